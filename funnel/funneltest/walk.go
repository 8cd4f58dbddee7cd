package funneltest

import (
	"slices"
	"time"

	"github.com/leadloop/leadloop/funnel"
)

// A graph is all that can happen to a lead: breadth first from the initial stage, so that the first way that is found to
// anything is a shortest one.
type graph struct {
	places   []place
	tooLarge bool // there are more than maxPlaces: the graph says nothing
}

// maxPlaces bounds what is explored, far above what any agreement has.
const maxPlaces = 100_000

// A place is a position that leads can reach. Two are the same if no policy can tell them apart: but for the times at
// which, and the number of steps after which, they are reached.
type place struct {
	pos   funnel.Position
	depth int
	from  int   // index of the place before it; -1 for the first
	by    way   // the step that led here
	ways  []way // the steps that lead on
	cut   bool  // its ways are not known: paths would be too long
}

// A way is a step from a place.
type way struct {
	tr     funnel.Transition
	lead   string // with which it was taken
	waited bool   // until the end of the wait
	to     int    // index of the place
}

// A mark is what distinguishes places.
type mark struct {
	stage  funnel.Stage
	round  int
	reason funnel.Reason
	wait   time.Duration
}

func markOf(pos funnel.Position) mark {
	m := mark{stage: pos.Stage, round: pos.Round, reason: pos.Reason}
	if pos.NotBefore.After(pos.Since) {
		m.wait = pos.NotBefore.Sub(pos.Since)
	}
	return m
}

// dawn is when exploration begins.
var dawn = time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)

func explore(s subject, depth int) *graph {
	first := s.start(dawn)
	g := &graph{places: []place{{pos: first, from: -1}}}
	index := map[mark]int{markOf(first): 0}
	for i := 0; i < len(g.places); i++ {
		if g.places[i].depth == depth {
			g.places[i].cut = true
			continue
		}
		ways := s.ways(g.places[i].pos)
		for j := range ways {
			after := funnel.Apply(g.places[i].pos, ways[j].tr)
			to, seen := index[markOf(after)]
			if !seen {
				to = len(g.places)
				if to == maxPlaces {
					g.tooLarge = true
					return g
				}
				index[markOf(after)] = to
				g.places = append(g.places, place{pos: after, depth: g.places[i].depth + 1, from: i, by: ways[j]})
			}
			ways[j].to = to
		}
		g.places[i].ways = ways
	}
	return g
}

// ways lists the steps that lead on from a position: those of the events, then of the returns, in the order of the definition.
func (c *compiled[L]) ways(pos funnel.Position) (list []way) {
	for _, e := range c.d.Edges {
		if e.From != pos.Stage {
			continue
		}
		list = c.tries(list, pos, len(e.Guards) > 0 || e.When != "", func(lead string, at time.Time) (funnel.Transition, error) {
			return c.move(pos, e.On, lead, at)
		})
	}
	for _, e := range c.d.Returns {
		if e.From != pos.Stage {
			continue
		}
		for i := range c.d.Reasons {
			reason := &c.d.Reasons[i]
			if !slices.Contains(e.Dispositions, reason.Disposition) || e.BeforeContact && !reason.BeforeContact {
				continue
			}
			list = c.tries(list, pos, len(e.Guards) > 0 || e.When != "", func(lead string, at time.Time) (funnel.Transition, error) {
				return c.giveBack(pos, e.On, reason.Code, owed(reason, at), lead, at)
			})
		}
	}
	return list
}

// tries takes a step at once and after the wait, with each lead if it is asked about, as far as the lead makes a difference.
func (c *compiled[L]) tries(list []way, pos funnel.Position, guarded bool, take func(lead string, at time.Time) (funnel.Transition, error)) []way {
	times := []time.Time{pos.Since}
	if pos.NotBefore.After(pos.Since) {
		times = append(times, pos.NotBefore)
	}
	for i, at := range times {
		for _, lead := range c.names {
			tr, err := take(lead, at)
			if err == nil {
				list = append(list, way{tr: tr, lead: lead, waited: i > 0})
				break
			}
			if !guarded {
				break
			}
		}
	}
	return list
}

// ahead is how far ahead the dates are that feedback gives.
const ahead = 182 * 24 * time.Hour

// owed is the least feedback that a reason asks for.
func owed(reason *funnel.ReasonDefinition, at time.Time) funnel.Feedback {
	return feedback(reason, at, func(field funnel.Field) bool { return !field.Optional })
}

// feedback fills in the fields of a reason that are picked.
func feedback(reason *funnel.ReasonDefinition, at time.Time, pick func(funnel.Field) bool) funnel.Feedback {
	var f funnel.Feedback
	for _, field := range reason.Fields {
		if !pick(field) {
			continue
		}
		if f.Fields == nil {
			f.Fields = map[string]string{}
		}
		f.Fields[field.Name] = sample(field.Type, at)
	}
	return f
}

// sample is a value of a type.
func sample(t funnel.FieldType, at time.Time) string {
	switch t {
	case funnel.FieldTime:
		return at.Add(ahead).Format(time.RFC3339)
	case funnel.FieldDate:
		return at.Add(ahead).Format(time.DateOnly)
	case funnel.FieldMoney:
		return "100000"
	default:
		return "x"
	}
}

// path writes the shortest way to a place and a step from there (nil for none) as a scenario.
func (g *graph) path(s subject, title string, to int, last *way) string {
	var ways []way
	if last != nil {
		ways = append(ways, *last)
	}
	for ; g.places[to].from >= 0; to = g.places[to].from {
		ways = append(ways, g.places[to].by)
	}
	slices.Reverse(ways)
	return scenarioOf(s, title, g.places[0].pos, ways)
}

// scenarioOf takes steps again, one after the other, and writes them as a scenario: a place may have been explored at other
// times than those at which this path comes to it.
func scenarioOf(s subject, title string, pos funnel.Position, ways []way) string {
	p := paragraph{title: title, lines: []line{{command: date(pos.Since) + "  start"}}}
	outcomes := []string{quote(string(pos.Stage))}
	lead := ""
	for _, w := range ways {
		if w.lead != lead {
			lead = w.lead
			p.lines = append(p.lines, line{verb: verbLead, command: "lead " + quote(lead)})
			outcomes = append(outcomes, "")
		}
		at := pos.Since
		if w.waited {
			at = pos.NotBefore
		}
		var tr funnel.Transition
		var err error
		if w.tr.Return != "" {
			tr, err = s.giveBack(pos, w.tr.Return, w.tr.Reason, owed(s.reason(w.tr.Reason), at), lead, at)
		} else {
			tr, err = s.move(pos, w.tr.Event, lead, at)
		}
		if err != nil { // a guard that looks at the time
			p.lines = append(p.lines, line{command: command(w.tr)})
			outcomes = append(outcomes, refused(err))
			break
		}
		p.lines = append(p.lines, line{command: command(tr)})
		outcomes = append(outcomes, taken(pos, tr))
		pos = funnel.Apply(pos, tr)
	}
	return p.text(outcomes) + "\n"
}
