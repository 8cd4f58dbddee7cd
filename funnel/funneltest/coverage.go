package funneltest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/leadloop/leadloop/funnel"
)

// Coverage says what of a definition the scripts of a suite touch.
type Coverage struct {
	Edges   Share // edges and return edges along which a step was taken
	Guards  Share // answers of guards and conditions: two for each of an edge, yes and no
	Reasons Share // with which a lead was returned
}

// A Share is how many of all were touched, and which were not, in the order of the definition.
type Share struct {
	Touched, All int
	Missing      []string
}

// Full says whether nothing is missing.
func (c Coverage) Full() bool {
	return len(c.Edges.Missing)+len(c.Guards.Missing)+len(c.Reasons.Missing) == 0
}

// String counts, and names what is missing.
func (c Coverage) String() string {
	text := fmt.Sprintf("edges %d of %d, answers of guards %d of %d, reasons %d of %d",
		c.Edges.Touched, c.Edges.All, c.Guards.Touched, c.Guards.All, c.Reasons.Touched, c.Reasons.All)
	for _, missing := range append(append(slices.Clone(c.Edges.Missing), c.Guards.Missing...), c.Reasons.Missing...) {
		text += "\n\tnot touched: " + missing
	}
	return text
}

// Covers asserts that the scripts of the suite walk every edge, hear every guard and condition of an edge say yes and no, and
// return leads with every reason.
func (s Suite[L]) Covers(t testing.TB) {
	t.Helper()
	c, err := s.Coverage()
	if err != nil {
		t.Fatalf("the suite can't be run: %v", err)
	}
	if !c.Full() {
		t.Errorf("the scripts do not touch everything: %v", c)
	}
}

// Coverage runs the scripts of the suite against its definition and says what they touch.
func (s Suite[L]) Coverage() (Coverage, error) {
	policy, checks, err := s.prepare(false)
	if err != nil {
		return Coverage{}, err
	}
	d := policy.definition()
	m := meter{definition: d, touched: map[string]bool{}}
	for _, c := range checks {
		if script, ok := c.loaded.(*script); ok {
			for _, p := range script.paragraphs {
				p.outcomes(policy, m.watch)
			}
		}
	}
	var c Coverage
	for _, e := range d.Edges {
		m.count(&c.Edges, edgeName(e))
		m.answers(&c.Guards, edgeName(e), e.Guards, e.When)
	}
	for _, e := range d.Returns {
		m.count(&c.Edges, returnEdgeName(e))
		m.answers(&c.Guards, returnEdgeName(e), e.Guards, e.When)
	}
	for _, reason := range d.Reasons {
		m.count(&c.Reasons, reasonName(reason.Code))
	}
	return c, nil
}

func edgeName(e funnel.Edge) string { return quote(string(e.From)) + " " + quote(string(e.On)) }

func returnEdgeName(e funnel.ReturnEdge) string {
	var words []string
	for _, d := range e.Dispositions {
		words = append(words, string(d))
	}
	return fmt.Sprintf("%s %s (%s)", quote(string(e.From)), quote(string(e.On)), strings.Join(words, ", "))
}

func reasonName(code funnel.Reason) string { return "reason " + quote(string(code)) }

// A meter notes what steps touch, by name.
type meter struct {
	definition *funnel.Definition
	touched    map[string]bool
}

func (m *meter) count(s *Share, name string) {
	s.All++
	if m.touched[name] {
		s.Touched++
	} else {
		s.Missing = append(s.Missing, name)
	}
}

func (m *meter) answers(s *Share, edge string, guards []string, when string) {
	for _, g := range asked(guards, when) {
		m.count(s, answer(edge, g, "yes"))
		m.count(s, answer(edge, g, "no"))
	}
}

func answer(edge, guard, says string) string {
	return fmt.Sprintf("%s: %s says %s", edge, quote(guard), says)
}

// asked lists what an edge asks, in its order.
func asked(guards []string, when string) []string {
	if when == "" {
		return guards
	}
	return append(slices.Clone(guards), when)
}

func (m *meter) watch(s step) {
	for _, e := range m.definition.Edges {
		if e.From == s.before.Stage && string(e.On) == s.line.name && !s.line.owes {
			m.note(s, edgeName(e), asked(e.Guards, e.When))
		}
	}
	i := slices.IndexFunc(m.definition.Reasons, func(r funnel.ReasonDefinition) bool { return r.Code == s.line.reason })
	if i < 0 {
		return
	}
	reason := &m.definition.Reasons[i]
	for _, e := range m.definition.Returns {
		if e.From == s.before.Stage && string(e.On) == s.line.name && slices.Contains(e.Dispositions, reason.Disposition) {
			m.note(s, returnEdgeName(e), asked(e.Guards, e.When))
			if s.err == nil {
				m.touched[reasonName(reason.Code)] = true
			}
		}
	}
}

// note notes a step along an edge: those who were asked before somebody said no, said yes.
func (m *meter) note(s step, edge string, guards []string) {
	var refusal *funnel.Refusal
	said := errors.As(s.err, &refusal) && refusal.Kind == funnel.ErrGuard
	if s.err == nil {
		m.touched[edge] = true
	} else if !said {
		return
	}
	for _, g := range guards {
		if said && refusal.Guard == g {
			m.touched[answer(edge, g, "no")] = true
			return
		}
		m.touched[answer(edge, g, "yes")] = true
	}
}
