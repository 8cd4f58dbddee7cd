package funnel

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// A Change is one difference between two definitions, in words.
type Change struct {
	Path   string     `json:"path"` // the place in the new definition; of what was removed, in the old one
	Kind   ChangeKind `json:"kind"`
	Before string     `json:"before,omitempty"` // the old value; empty if there was none
	After  string     `json:"after,omitempty"`  // the new value; empty if there is none
	Text   string     `json:"text"`             // for people: reason "no_budget": cool-down 90 days → 60 days
}

// String gives the text.
func (c Change) String() string { return c.Text }

// ChangeKind says how a definition changed.
type ChangeKind string

// The kinds of changes.
const (
	Added   ChangeKind = "added"   // something new
	Removed ChangeKind = "removed" // something is gone
	Renamed ChangeKind = "renamed" // the same under another name
	Changed ChangeKind = "changed" // another value
)

// Diff says what changed from one definition to the other, in a fixed order that follows the new one: what two
// departments read before they agree to it. It takes any definitions, also those that [Compile] refuses.
//
// Stages and reasons are matched by name, edges by their beginning and event, returns by their beginning, name and end. What
// has another name but the same content is renamed: of a stage that is its description and the names of all that leads in
// and out; where a stage is renamed, the edges that follow suit are no changes. The order in which stages, edges, reasons,
// fields and dispositions stand decides nothing but the order of lists, and is no change; that of guards and adjustments is
// one. Equal definitions have no changes. The time is in proportion to the definitions, times their logarithm, where names and
// contents are hardly repeated.
func Diff(old, new Definition) []Change {
	d := &differ{}
	stages := match(old.Stages, new.Stages, func(s StageDefinition) string { return string(s.Name) }, stageContent(old), stageContent(new))
	now := map[Stage]Stage{} // by old name
	for _, p := range stages {
		if p.old != nil && p.new != nil {
			now[p.old.Name] = p.new.Name
		}
	}
	old = renameStages(old, now)
	d.facts("", "", "", definitionFacts(old), definitionFacts(new))
	report(d, "stages", stages, func(s StageDefinition) string { return fmt.Sprintf("stage %q", s.Name) },
		func(s StageDefinition) string { return string(s.Name) }, stageFacts)

	edgeName := func(e Edge) string { return fmt.Sprintf("%q %q", e.From, e.On) }
	edgeContent := func(e Edge) string { e.On = ""; return content(e) }
	report(d, "edges", match(old.Edges, new.Edges, edgeName, edgeContent, edgeContent),
		func(e Edge) string { return fmt.Sprintf("event %q at %q", e.On, e.From) }, func(e Edge) string { return string(e.On) }, edgeFacts)

	returnName := func(e ReturnEdge) string { return fmt.Sprintf("%q %q %q", e.From, e.On, e.To) }
	returnContent := func(e ReturnEdge) string {
		e.On, e.To = "", ""
		e.Dispositions = slices.Sorted(slices.Values(e.Dispositions))
		return content(e)
	}
	report(d, "returns", match(old.Returns, new.Returns, returnName, returnContent, returnContent),
		func(e ReturnEdge) string { return fmt.Sprintf("return %q from %q to %q", e.On, e.From, e.To) }, func(e ReturnEdge) string { return string(e.On) }, returnFacts)

	reasonContent := func(r ReasonDefinition) string { r.Code = ""; return content(r) }
	report(d, "reasons", match(old.Reasons, new.Reasons, func(r ReasonDefinition) string { return string(r.Code) }, reasonContent, reasonContent),
		func(r ReasonDefinition) string { return fmt.Sprintf("reason %q", r.Code) }, func(r ReasonDefinition) string { return string(r.Code) }, reasonFacts)
	return d.changes
}

// A differ collects changes.
type differ struct{ changes []Change }

func (d *differ) add(kind ChangeKind, path, subject, before, after, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if subject != "" {
		text = subject + ": " + text
	}
	d.changes = append(d.changes, Change{path, kind, before, after, text})
}

// A pair is what stands in both definitions, or in one of them.
type pair[T any] struct {
	old, new           *T
	oldIndex, newIndex int
}

// match pairs two lists: by name, the n-th of a name with the n-th, and what is left by its content. Pairs are in the order
// of the new list; what is only in the old one follows.
func match[T any](old, new []T, name, oldContent, newContent func(T) string) []pair[T] {
	pairs := make([]pair[T], len(new))
	used := make([]bool, len(old))
	join := func(oldKey, newKey func(T) string) {
		free := map[string][]int{}
		for j := range old {
			if !used[j] {
				free[oldKey(old[j])] = append(free[oldKey(old[j])], j)
			}
		}
		for i := range new {
			if pairs[i].old != nil {
				continue
			}
			key := newKey(new[i])
			if at := free[key]; len(at) > 0 {
				free[key] = at[1:]
				pairs[i].old, pairs[i].oldIndex = &old[at[0]], at[0]
				used[at[0]] = true
			}
		}
	}
	for i := range new {
		pairs[i].new, pairs[i].newIndex = &new[i], i
	}
	join(name, name)
	join(oldContent, newContent)
	for j := range old {
		if !used[j] {
			pairs = append(pairs, pair[T]{old: &old[j], oldIndex: j})
		}
	}
	return pairs
}

// report tells what became of the elements of a list: title names one in words, name gives what is renamed.
func report[T any](d *differ, list string, pairs []pair[T], title, name func(T) string, facts func(T) []fact) {
	for _, p := range pairs {
		before, after := fmt.Sprintf("%s[%d]", list, p.oldIndex), fmt.Sprintf("%s[%d]", list, p.newIndex)
		switch {
		case p.new == nil:
			d.add(Removed, before, "", name(*p.old), "", "the %s is removed (%s)", title(*p.old), summary(facts(*p.old)))
		case p.old == nil:
			d.add(Added, after, "", "", name(*p.new), "the %s is added (%s)", title(*p.new), summary(facts(*p.new)))
		default:
			if name(*p.old) != name(*p.new) {
				d.add(Renamed, after, "", name(*p.old), name(*p.new), "the %s is now called %q", title(*p.old), name(*p.new))
			}
			d.facts(after, before, title(*p.new), facts(*p.old), facts(*p.new))
		}
	}
}

// facts reports where the facts of two things differ.
func (d *differ) facts(path, oldPath, subject string, old, new []fact) {
	place := func(path, key string) string { return strings.TrimPrefix(path+"."+key, ".") }
	known := map[string]fact{}
	for _, f := range old {
		known[f.key] = f
	}
	for _, n := range new {
		o := known[n.key]
		delete(known, n.key)
		switch {
		case o.text == n.text:
		case o.text == "":
			d.add(Added, place(path, n.path), subject, "", n.text, "%s added: %s", n.label, n.text)
		case n.text == "":
			d.add(Removed, place(path, n.path), subject, o.text, "", "%s removed, it was %s", n.label, o.text)
		default:
			d.add(Changed, place(path, n.path), subject, o.text, n.text, "%s %s → %s", n.label, o.text, n.text)
		}
	}
	for _, o := range old {
		if _, left := known[o.key]; left && o.text != "" {
			d.add(Removed, place(oldPath, o.path), subject, o.text, "", "%s removed, it was %s", o.label, o.text)
		}
	}
}

// content is the same for what is equal.
func content(x any) string {
	text, err := json.Marshal(x)
	if err != nil {
		return fmt.Sprintf("%+v", x) // no field of a definition is such
	}
	return string(text)
}

// stageContent describes a stage without its name: what it says of itself, and the names of all that leads in and out.
func stageContent(d Definition) func(StageDefinition) string {
	around := map[Stage][]string{}
	note := func(from, to Stage, on string) {
		around[from] = append(around[from], "from "+on)
		around[to] = append(around[to], "to "+on)
	}
	for _, e := range d.Edges {
		note(e.From, e.To, string(e.On))
	}
	for _, e := range d.Returns {
		note(e.From, e.To, string(e.On))
	}
	return func(s StageDefinition) string {
		names, initial := slices.Sorted(slices.Values(around[s.Name])), s.Name == d.Initial
		s.Name = ""
		return content(s) + content(names) + fmt.Sprint(initial)
	}
}

// renameStages gives an old definition the new names of its stages where it refers to them.
func renameStages(d Definition, now map[Stage]Stage) Definition {
	rename := func(stage *Stage) {
		if name, ok := now[*stage]; ok {
			*stage = name
		}
	}
	d = d.clone()
	rename(&d.Initial)
	for i := range d.Edges {
		rename(&d.Edges[i].From)
		rename(&d.Edges[i].To)
	}
	for i := range d.Returns {
		rename(&d.Returns[i].From)
		rename(&d.Returns[i].To)
	}
	return d
}
