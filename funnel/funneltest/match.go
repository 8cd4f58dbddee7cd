package funneltest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/leadloop/leadloop/funnel"
)

// A Match picks steps: transitions, with the position before each.
type Match struct {
	text  string
	holds func(before *funnel.Position, tr *funnel.Transition) bool
	names []name
}

// A name is one that a match speaks of and a definition must have.
type name struct{ kind, name string }

// To picks the steps that lead to one of the stages.
func To(stages ...funnel.Stage) Match {
	return match("to", "stage", stages, func(_ *funnel.Position, tr *funnel.Transition) funnel.Stage { return tr.To })
}

// From picks the steps that begin at one of the stages.
func From(stages ...funnel.Stage) Match {
	return match("from", "stage", stages, func(_ *funnel.Position, tr *funnel.Transition) funnel.Stage { return tr.From })
}

// On picks the steps of the events.
func On(events ...funnel.Event) Match {
	return match("on", "event", events, func(_ *funnel.Position, tr *funnel.Transition) funnel.Event { return tr.Event })
}

// By picks the returns.
func By(returns ...funnel.Return) Match {
	return match("by", "return", returns, func(_ *funnel.Position, tr *funnel.Transition) funnel.Return { return tr.Return })
}

// Because picks returns with one of the reasons.
func Because(reasons ...funnel.Reason) Match {
	return match("because", "reason", reasons, func(_ *funnel.Position, tr *funnel.Transition) funnel.Reason { return tr.Reason })
}

// Returned picks what happens next to a lead that was returned with one of the reasons.
func Returned(reasons ...funnel.Reason) Match {
	return match("returned because", "reason", reasons, func(before *funnel.Position, _ *funnel.Transition) funnel.Reason { return before.Reason })
}

func match[S ~string](verb, kind string, list []S, of func(*funnel.Position, *funnel.Transition) S) Match {
	m := Match{holds: func(before *funnel.Position, tr *funnel.Transition) bool {
		return slices.Contains(list, of(before, tr))
	}}
	var words []string
	for _, s := range list {
		m.names = append(m.names, name{kind, string(s)})
		words = append(words, quote(string(s)))
	}
	m.text = verb + " " + strings.Join(words, " or ")
	return m
}

// That picks the steps of which a function of the host says so. It must look only at its arguments. The text describes
// them in messages.
func That(text string, holds func(before funnel.Position, tr funnel.Transition) bool) Match {
	return Match{text: text, holds: func(before *funnel.Position, tr *funnel.Transition) bool { return holds(*before, *tr) }}
}

// Both picks the steps that all matches pick; without a match, every step.
func Both(matches ...Match) Match {
	m := Match{holds: func(before *funnel.Position, tr *funnel.Transition) bool {
		return !slices.ContainsFunc(matches, func(m Match) bool { return m.holds == nil || !m.holds(before, tr) })
	}}
	var words []string
	for _, part := range matches {
		m.names = append(m.names, part.names...)
		words = append(words, part.text)
	}
	m.text = strings.Join(words, ", ")
	return m
}

// Not picks the steps that another match does not.
func Not(other Match) Match {
	return Match{text: "not " + other.text, names: other.names, holds: func(before *funnel.Position, tr *funnel.Transition) bool {
		return other.holds != nil && !other.holds(before, tr)
	}}
}

// valid says which of its names the definition does not have: a law about a misspelt stage would always hold.
func (m Match) valid(d *funnel.Definition) error {
	if m.holds == nil {
		return fmt.Errorf("a match is empty: make it with one of this package's functions")
	}
	for _, n := range m.names {
		known := false
		switch n.kind {
		case "stage":
			known = slices.ContainsFunc(d.Stages, func(s funnel.StageDefinition) bool { return string(s.Name) == n.name })
		case "event":
			known = slices.ContainsFunc(d.Edges, func(e funnel.Edge) bool { return string(e.On) == n.name })
		case "return":
			known = slices.ContainsFunc(d.Returns, func(e funnel.ReturnEdge) bool { return string(e.On) == n.name })
		case "reason":
			known = slices.ContainsFunc(d.Reasons, func(r funnel.ReasonDefinition) bool { return string(r.Code) == n.name })
		}
		if !known {
			return fmt.Errorf("the definition has no %s %q", n.kind, n.name)
		}
	}
	return nil
}
