package handoff

import (
	"cmp"
	"slices"
	"strings"

	"github.com/leadloop/leadloop/handoff/routing"
)

// A Change is one difference between two agreements, in words.
type Change struct {
	Path   string `json:"path"` // the place in the new agreement; of what was removed, in the old one
	Part   Part   `json:"part"`
	Before string `json:"before,omitempty"` // the old value; empty if there was none
	After  string `json:"after,omitempty"`  // the new value; empty if there is none
	Text   string `json:"text"`             // for people: offers are to be answered within 6h instead of 8h
}

// String gives the text.
func (c Change) String() string { return c.Text }

// Part is what a change of an agreement is about.
type Part string

// The parts of an agreement, in the order in which [Diff] tells of them.
const (
	PartDocument   Part = "document"   // its name and version, and the funnel's policy that it is made for
	PartCriterion  Part = "criterion"  // when a lead is ready for sales
	PartCalendar   Part = "calendar"   // business hours
	PartRouting    Part = "routing"    // who is offered a lead, and in which proportion
	PartManagers   Part = "managers"   // who may decide in an owner's place
	PartDeadlines  Part = "deadlines"  // for answers, attempts and outcomes, and what silence means
	PartEscalation Part = "escalation" // who is told of a breach, and who has the lead then
	PartNurture    Part = "nurture"    // where leads are nurtured that no reason sends elsewhere
	PartMarketing  Part = "marketing"  // what marketing owes sales
	PartGoals      Part = "goals"      // of both sides
	PartPay        Part = "pay"        // of both departments
)

var parts = []Part{PartDocument, PartCriterion, PartCalendar, PartRouting, PartManagers, PartDeadlines, PartEscalation, PartNurture, PartMarketing, PartGoals, PartPay}

// Diff says what changed from one agreement to the other: what two departments read before they sign. The order is that of
// the parts, within each that of the new agreement, then what was removed in the order of the old one. It takes any
// agreements, also those that [Compile] refuses.
//
// Pools, members, rules, calendars, managers, periods, roles, components and gates are matched by their id or name, dates by themselves,
// rungs by their time. What is removed is told in one sentence, whatever belonged to it; but of a pool, each member in one of its
// own. The order of all these, and of the windows of a day, skills and territories, decides nothing but the order of lists, and is
// no change, but for that of rules, and of pools where [routing.Diff] says so; nor is a default that is written out, or another
// zone for the same instant. Equal agreements have no changes. The time is in proportion to the agreements, times their logarithm.
func Diff(old, new Agreement) []Change {
	before, after := describe(old), describe(new)
	was, is := byKey(before), byKey(after)
	var changes []Change
	for _, f := range after {
		o, ok := was[f.key]
		switch {
		case !ok:
			changes = append(changes, Change{Path: f.path, Part: f.part, After: f.value, Text: cmp.Or(f.come, f.sentence(f.value))})
		case o.exact != f.exact:
			changes = append(changes, Change{Path: f.path, Part: f.part, Before: o.value, After: f.value, Text: f.sentence(f.value + " instead of " + o.value)})
		}
	}
	for _, f := range before {
		_, kept := is[f.key]
		_, whole := is[f.thing]
		if !kept && (whole || f.thing == "") {
			changes = append(changes, Change{Path: f.path, Part: f.part, Before: f.value, Text: cmp.Or(f.gone, "no longer: "+f.sentence(f.value))})
		}
	}
	for _, c := range routing.Diff(old.Routing, new.Routing) {
		text := c.Text
		if own, ok := strings.CutPrefix(text, "the plan:"); ok { // the agreement has other plans
			text = "the routing:" + own
		}
		changes = append(changes, Change{Path: join("routing", c.Path), Part: PartRouting, Before: c.Before, After: c.After, Text: text})
	}
	slices.SortStableFunc(changes, func(a, b Change) int { return slices.Index(parts, a.Part) - slices.Index(parts, b.Part) })
	return changes
}

// A fact is one value of an agreement and the sentence around it. Facts of two agreements match by key.
type fact struct {
	part              Part
	key, path         string
	thing             string // key of what it belongs to; if that is gone, nothing is said of the fact
	lead, value, tail string // the sentence
	exact             string // what is compared; the value, unless equal things can be written in several ways
	come, gone        string // the sentences when it is new and when it is gone; empty: made from the other
}

func (f fact) sentence(value string) string { return f.lead + value + f.tail }

func byKey(facts []fact) map[string]fact {
	m := make(map[string]fact, len(facts))
	for _, f := range facts {
		m[f.key] = f
	}
	return m
}
