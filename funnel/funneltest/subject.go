package funneltest

import (
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/leadloop/leadloop/funnel"
)

// A subject is a policy with the suite's leads, whatever their type. A lead is given by its name; "" is none.
type subject interface {
	definition() *funnel.Definition
	reason(code funnel.Reason) *funnel.ReasonDefinition
	leads() []string // in the order of their names; one "" if there are none
	has(lead string) bool
	returns(name string) bool // whether the policy has a return of that name

	start(at time.Time) funnel.Position
	check(pos funnel.Position) error
	move(pos funnel.Position, on funnel.Event, lead string, at time.Time) (funnel.Transition, error)
	giveBack(pos funnel.Position, on funnel.Return, reason funnel.Reason, f funnel.Feedback, lead string, at time.Time) (funnel.Transition, error)
	permitted(pos funnel.Position, lead string, now time.Time) []funnel.Option
	due(pos funnel.Position) ([]funnel.Deadline, error)
	mermaid() string
	ways(pos funnel.Position) []way
	paths() *graph // explored once, when first asked for
}

// compiled is a subject. It is used by one goroutine.
type compiled[L any] struct {
	policy   *funnel.Policy[L]
	d        funnel.Definition
	reasons  map[funnel.Reason]*funnel.ReasonDefinition
	given    map[string]*L
	names    []string
	calendar funnel.Calendar
	depth    int
	explored *graph
}

// leadID is what leads are called in positions; no check shows it.
const leadID = "lead"

func (s Suite[L]) subject(policy *funnel.Policy[L]) subject {
	c := &compiled[L]{policy: policy, d: policy.Definition(), given: map[string]*L{}, calendar: s.Calendar, depth: s.Depth,
		reasons: map[funnel.Reason]*funnel.ReasonDefinition{}}
	if c.depth <= 0 {
		c.depth = defaultDepth
	}
	for i := range c.d.Reasons {
		c.reasons[c.d.Reasons[i].Code] = &c.d.Reasons[i]
	}
	c.names = slices.Sorted(maps.Keys(s.Leads))
	for _, name := range c.names {
		lead := s.Leads[name]
		c.given[name] = &lead
	}
	if len(c.names) == 0 {
		c.names = []string{""}
	}
	return c
}

// compile makes a subject of a definition that need not name all guards, and may name negated ones.
func (s Suite[L]) compile(d funnel.Definition) (subject, error) {
	var guards []funnel.Guard[L]
	for _, name := range guardNames(d) {
		for _, g := range s.Guards {
			switch name {
			case g.Name:
				guards = append(guards, g)
			case negatedGuard(g.Name):
				guards = append(guards, funnel.Guard[L]{Name: name, Check: func(lead *L, at time.Time) error {
					if g.Check(lead, at) == nil {
						return errNegated
					}
					return nil
				}})
			}
		}
	}
	policy, err := funnel.Compile(d, guards...)
	if err != nil {
		return nil, err
	}
	return s.subject(policy), nil
}

var errNegated = errors.New("the guard that this one is the contrary of said yes")

// guardNames lists the guards that the edges name, each once.
func guardNames(d funnel.Definition) (names []string) {
	add := func(guards []string) {
		for _, g := range guards {
			if !slices.Contains(names, g) {
				names = append(names, g)
			}
		}
	}
	for _, e := range d.Edges {
		add(e.Guards)
	}
	for _, e := range d.Returns {
		add(e.Guards)
	}
	return names
}

func (c *compiled[L]) definition() *funnel.Definition { return &c.d }

func (c *compiled[L]) reason(code funnel.Reason) *funnel.ReasonDefinition { return c.reasons[code] }

func (c *compiled[L]) leads() []string { return c.names }

func (c *compiled[L]) has(lead string) bool { return c.given[lead] != nil }

func (c *compiled[L]) returns(name string) bool {
	return slices.ContainsFunc(c.d.Returns, func(e funnel.ReturnEdge) bool { return string(e.On) == name })
}

func (c *compiled[L]) start(at time.Time) funnel.Position {
	return c.policy.Start(leadID, funnel.By{Occurred: at})
}

func (c *compiled[L]) check(pos funnel.Position) error { return c.policy.Check(pos) }

func (c *compiled[L]) move(pos funnel.Position, on funnel.Event, lead string, at time.Time) (funnel.Transition, error) {
	return c.policy.Move(pos, on, c.given[lead], funnel.By{Occurred: at})
}

func (c *compiled[L]) giveBack(pos funnel.Position, on funnel.Return, reason funnel.Reason, f funnel.Feedback, lead string, at time.Time) (funnel.Transition, error) {
	return c.policy.Return(pos, on, reason, f, c.given[lead], funnel.By{Occurred: at})
}

func (c *compiled[L]) permitted(pos funnel.Position, lead string, now time.Time) []funnel.Option {
	return c.policy.Permitted(pos, c.given[lead], now)
}

func (c *compiled[L]) due(pos funnel.Position) ([]funnel.Deadline, error) {
	return c.policy.Due(pos, c.calendar)
}

func (c *compiled[L]) mermaid() string { return c.policy.Mermaid() }

func (c *compiled[L]) paths() *graph {
	if c.explored == nil {
		c.explored = explore(c, c.depth)
	}
	return c.explored
}
