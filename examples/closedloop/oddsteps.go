package main

import (
	"slices"
	"strings"

	"github.com/leadloop/leadloop/funnel/flow"
)

// This file says in the words of the data what flow has found in the journeys of leads.

// oddSteps lists what does not fit the funnel: steps that it does not have, by where they lead from and to, and the rest by its kind,
// each with the first lead by its id.
func (out *Report) oddSteps(r *flow.Report) {
	first := func(like func(*flow.Problem) bool) (where, what string) {
		at := slices.IndexFunc(r.Problems.List, func(p flow.Problem) bool { return like(&p) }) // steps have no lines: the list is in the order of ids
		if at < 0 {
			return "", "" // so many others came before that it is not listed
		}
		p := &r.Problems.List[at]
		return "lead " + shown(p.Lead, shownLetters), p.String()
	}
	for _, f := range r.Follows {
		if f.Known {
			continue
		}
		where, _ := first(func(p *flow.Problem) bool {
			return p.Kind == flow.NotInDefinition && p.From == f.From && p.Stage == f.To
		})
		what, done := "a step that the funnel does not have: ", "counted as it happened"
		if slices.Contains(r.Skips, f) {
			what, done = "a step that passes over stages: ", "the stages between count as reached; no time in them is known"
		}
		out.Problems = append(out.Problems, Finding{what + stageName(string(f.From)) + " to " + stageName(string(f.To)), f.Count, where, done})
	}
	for _, c := range r.Problems.Counts {
		switch c.Kind {
		case flow.NegativeDuration: // the data's own problems name both lines
		case flow.NotInDefinition: // listed by their steps
		case flow.Duplicate:
			where, _ := first(func(p *flow.Problem) bool { return p.Kind == c.Kind })
			out.Problems = append(out.Problems, Finding{"a step to where the lead stands already", c.Count, where, "left out"})
		default:
			where, what := first(func(p *flow.Problem) bool { return p.Kind == c.Kind })
			out.Problems = append(out.Problems, Finding{"journeys of leads: " + strings.ReplaceAll(string(c.Kind), "_", " "), c.Count, where, what})
		}
	}
}
