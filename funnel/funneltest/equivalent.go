package funneltest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/leadloop/leadloop/funnel"
)

// answers stand in for a lead: what each guard and condition says of it, by name. So every combination of answers can be
// tried, whatever leads the suite has.
type answers map[string]bool

// A comparison holds a definition against its mutants at every place that a lead can reach.
type comparison struct {
	calendar funnel.Calendar
	policy   *funnel.Policy[answers]
	d        funnel.Definition
	places   []place
}

// errAnswer is what all guards say for no, so that refusals can be compared.
var errAnswer = errors.New("no")

func (s Suite[L]) comparison() (*comparison, error) {
	policy, err := answering(s.Definition)
	if err != nil {
		return nil, err
	}
	c := &comparison{calendar: s.Calendar, policy: policy, d: policy.Definition()}
	// Leads: one of which everybody says yes. What a no leads to is a refusal, and no place.
	leads := Suite[answers]{Definition: s.Definition, Calendar: s.Calendar, Depth: s.Depth, Leads: map[string]answers{"yes": allSay(&c.d, true)}}
	g := leads.subject(policy).paths()
	if g.tooLarge {
		return nil, fmt.Errorf("there are more than %d places that a lead can reach: bound the rounds, or choose a smaller depth", maxPlaces)
	}
	c.places = g.places
	return c, nil
}

// answering compiles a definition with guards that look up their answers. Conditions become guards after the others, which is
// when they are asked.
func answering(d funnel.Definition) (*funnel.Policy[answers], error) {
	edges, returns := slices.Clone(d.Edges), slices.Clone(d.Returns)
	for i, e := range edges {
		edges[i].Guards, edges[i].When = asked(e.Guards, e.When), ""
	}
	for i, e := range returns {
		returns[i].Guards, returns[i].When = asked(e.Guards, e.When), ""
	}
	d.Edges, d.Returns = edges, returns
	var guards []funnel.Guard[answers]
	for _, name := range guardNames(d) {
		guards = append(guards, funnel.Guard[answers]{Name: name, Check: func(lead *answers, _ time.Time) error {
			if !lead.say(name) {
				return errAnswer
			}
			return nil
		}})
	}
	return funnel.Compile(d, guards...)
}

// say gives the answer of a guard, or the contrary of that of the one that it negates.
func (a *answers) say(name string) bool {
	if answer, known := (*a)[name]; known {
		return answer
	}
	if other, negated := strings.CutPrefix(name, "not ("); negated {
		if answer, known := (*a)[strings.TrimSuffix(other, ")")]; known {
			return !answer
		}
	}
	other, _ := strings.CutPrefix(name, "not ")
	return !(*a)[other]
}

func allSay(d *funnel.Definition, answer bool) answers {
	a := answers{}
	for _, e := range d.Edges {
		for _, g := range asked(e.Guards, e.When) {
			a[g] = answer
		}
	}
	for _, e := range d.Returns {
		for _, g := range asked(e.Guards, e.When) {
			a[g] = answer
		}
	}
	return a
}

// same says whether no question that a lead's way can raise tells the mutant from the original.
func (c *comparison) same(d funnel.Definition) (bool, error) {
	mutant, err := answering(d)
	if err != nil {
		return false, err
	}
	if a, b := c.policy.Start(leadID, funnel.By{Occurred: dawn}), mutant.Start(leadID, funnel.By{Occurred: dawn}); a != b {
		return false, nil
	}
	leads := []answers{allSay(&c.d, true)}
	for g := range leads[0] {
		one := allSay(&c.d, true)
		one[g] = false
		leads = append(leads, one)
	}
	if len(leads) > 1 {
		leads = append(leads, allSay(&c.d, false))
	}
	// A return asks where the lead is, and nothing of how it came there.
	type at struct {
		stage funnel.Stage
		round int
	}
	returned := map[at]bool{}
	for i := range c.places {
		pos := c.places[i].pos
		due, err := c.policy.Due(pos, c.calendar)
		mutantDue, mutantErr := mutant.Due(pos, c.calendar)
		if !slices.Equal(due, mutantDue) || saidOf(err) != saidOf(mutantErr) {
			return false, nil
		}
		events, returns := leaving(pos.Stage, &c.d, &d)
		if returned[at{pos.Stage, pos.Round}] {
			returns = nil
		}
		returned[at{pos.Stage, pos.Round}] = true
		var feedbacks map[funnel.Reason][]funnel.Feedback
		if len(returns) > 0 {
			feedbacks = c.feedbacks(&d, pos.Since)
		}
		times := []time.Time{pos.Since}
		if pos.NotBefore.After(pos.Since) {
			times = append(times, pos.NotBefore.Add(-time.Nanosecond), pos.NotBefore)
		}
		for _, when := range times {
			by := funnel.By{Occurred: when}
			for j := range leads {
				for _, on := range events {
					tr, err := c.policy.Move(pos, on, &leads[j], by)
					mutantTr, mutantErr := mutant.Move(pos, on, &leads[j], by)
					if saidOf(err) != saidOf(mutantErr) || funnel.Apply(pos, tr) != funnel.Apply(pos, mutantTr) {
						return false, nil
					}
				}
				for _, on := range returns {
					for reason, list := range feedbacks {
						for _, f := range list {
							tr, err := c.policy.Return(pos, on, reason, f, &leads[j], by)
							mutantTr, mutantErr := mutant.Return(pos, on, reason, f, &leads[j], by)
							if saidOf(err) != saidOf(mutantErr) || funnel.Apply(pos, tr) != funnel.Apply(pos, mutantTr) {
								return false, nil
							}
						}
					}
				}
			}
		}
	}
	return true, nil
}

// leaving lists the events and returns of a stage in either definition; all others are refused by both.
func leaving(stage funnel.Stage, definitions ...*funnel.Definition) (events []funnel.Event, returns []funnel.Return) {
	for _, d := range definitions {
		for _, e := range d.Edges {
			if e.From == stage && !slices.Contains(events, e.On) {
				events = append(events, e.On)
			}
		}
		for _, e := range d.Returns {
			if e.From == stage && !slices.Contains(returns, e.On) {
				returns = append(returns, e.On)
			}
		}
	}
	return events, returns
}

// said is a refusal without its text, which may name what else there is. The zero value is none.
type said struct {
	kind         error
	guard, field string
	until        time.Time
}

func saidOf(err error) said {
	if r, ok := err.(*funnel.Refusal); ok {
		return said{r.Kind, r.Guard, r.Field, r.Until}
	}
	return said{kind: err}
}

// feedbacks lists, for each reason of the original and of the mutant, what tells fields apart: all of them, those that are owed,
// and all with one that is missing, wrong or unknown. Dates are ahead of an instant.
func (c *comparison) feedbacks(d *funnel.Definition, at time.Time) map[funnel.Reason][]funnel.Feedback {
	lists := map[funnel.Reason][]funnel.Feedback{"": {{}}}
	for _, definition := range []*funnel.Definition{&c.d, d} {
		for i := range definition.Reasons {
			r := &definition.Reasons[i]
			list := append(lists[r.Code], feedback(r, at, func(funnel.Field) bool { return true }), owed(r, at))
			for _, field := range r.Fields {
				list = append(list, feedback(r, at, func(f funnel.Field) bool { return f.Name != field.Name }))
				wrong := feedback(r, at, func(funnel.Field) bool { return true })
				wrong.Fields[field.Name] = "neither one nor the other,"
				list = append(list, wrong)
			}
			lists[r.Code] = append(list, funnel.Feedback{Fields: map[string]string{"nobody asks for this": "x"}})
		}
	}
	return lists
}
