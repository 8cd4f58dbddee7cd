package funnel

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/leadloop/leadloop/internal/document"
	"github.com/leadloop/leadloop/internal/rule"
)

// Compile checks a definition and turns it into a policy over the host's view of a lead. It reports every mistake at
// once, each a [*Mistake] with its path. The guards are all those that the edges name, each used by at least one edge.
// The policy keeps a copy of the definition.
func Compile[L any](d Definition, guards ...Guard[L]) (*Policy[L], error) {
	d = d.clone()
	r := &review{definition: &d}
	r.all()
	b := &binding[L]{review: r, given: map[string]func(*L, time.Time) error{}, used: map[string]bool{}}
	b.take(guards)
	p := &Policy[L]{}
	for i, e := range d.Edges {
		p.edgeChecks = append(p.edgeChecks, b.checks(fmt.Sprintf("edges[%d]", i), e.Guards, e.When))
	}
	for i, e := range d.Returns {
		p.returnChecks = append(p.returnChecks, b.checks(fmt.Sprintf("returns[%d]", i), e.Guards, e.When))
	}
	for i, g := range guards {
		if g.Name != "" && !b.used[g.Name] {
			r.report(fmt.Sprintf("guards[%d]", i), "no edge names the guard %q: name it or don't give it", g.Name)
		}
	}
	if len(r.errs) > 0 {
		return nil, errors.Join(r.errs...)
	}
	p.chart = newChart(d)
	return p, nil
}

// A binding connects the names of guards and the texts of conditions with what can be called.
type binding[L any] struct {
	*review
	given    map[string]func(*L, time.Time) error
	names    []string
	used     map[string]bool
	compiler *rule.Compiler[L, rule.None] // made for the first condition
	unfit    error                        // why conditions can't look at an L
}

func (b *binding[L]) take(guards []Guard[L]) {
	for i, g := range guards {
		path := fmt.Sprintf("guards[%d]", i)
		switch {
		case g.Name == "":
			b.report(path, "the guard has no name: give it the one that the edges use")
		case b.given[g.Name] != nil:
			b.report(path, "the guard %q is given twice", g.Name)
		case g.Check == nil:
			b.report(path, "the guard %q has no function", g.Name)
		}
		if g.Check == nil { // it is given nevertheless: don't report it as unknown as well
			g.Check = func(*L, time.Time) error { return nil }
		}
		b.given[g.Name] = g.Check
		b.names = append(b.names, g.Name)
	}
}

// checks lists what an edge asks: its guards in their order, then the condition.
func (b *binding[L]) checks(path string, guards []string, when string) []check[L] {
	var checks []check[L]
	for i, name := range guards {
		guard := b.given[name]
		switch {
		case guard == nil:
			b.report(fmt.Sprintf("%s.guards[%d]", path, i), "unknown guard %q%s: give it to Compile", name, document.DidYouMean(name, b.names))
		case slices.Contains(guards[:i], name):
			b.report(fmt.Sprintf("%s.guards[%d]", path, i), "the guard %q stands here twice", name)
		}
		b.used[name] = true
		checks = append(checks, check[L]{name: name, guard: guard})
	}
	if when == "" {
		return checks
	}
	path += ".when"
	if b.compiler == nil && b.unfit == nil {
		b.compiler, b.unfit = rule.NewCompiler[L, rule.None]()
	}
	if b.unfit != nil {
		b.report(path, "conditions can't look at this type of lead: %v", b.unfit)
		return checks
	}
	condition, err := b.compiler.LeadGuard(when)
	for _, e := range rule.Mistakes(err) {
		b.errs = append(b.errs, &Mistake{Path: path, Line: e.Line, Column: e.Column, Message: e.Message})
	}
	if err != nil && len(rule.Mistakes(err)) == 0 {
		b.report(path, "%v", err)
	}
	return append(checks, check[L]{name: when, condition: condition})
}
