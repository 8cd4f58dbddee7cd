package flow

import (
	"cmp"
	"slices"
	"strings"

	"github.com/leadloop/leadloop/funnel"
)

// A happening is an event or a return in a stage.
type happening struct {
	stage int
	event funnel.Event
}

// derive finds out where events and returns lead. A return leads where its reason's disposition says; without one, where all its
// edges lead, if that is one stage.
func (p *plan) derive() {
	d := &p.options.Definition
	p.targets, p.returns = map[happening]int{}, map[happening][]funnel.ReturnEdge{}
	for _, e := range d.Edges {
		from, known := p.index[e.From]
		to, ok := p.index[e.To]
		if known && ok {
			p.targets[happening{int(from), e.On}] = int(to)
		}
	}
	for _, e := range d.Returns {
		from, known := p.index[e.From]
		if _, ok := p.index[e.To]; known && ok {
			key := happening{int(from), funnel.Event(e.On)}
			p.returns[key] = append(p.returns[key], e)
		}
	}
	p.dispositions = map[funnel.Reason]funnel.Disposition{}
	for _, r := range d.Reasons {
		p.dispositions[r.Code] = r.Disposition
	}
}

// target is the stage to which an event leads from another; false where the definition does not permit it, or does not
// say where.
func (p *plan) target(from int, s *Step) (int, bool) {
	key := happening{from, s.Event}
	if to, ok := p.targets[key]; ok {
		return to, true
	}
	edges := p.returns[key]
	disposition, known := p.dispositions[s.Reason]
	for _, e := range edges {
		if known && slices.Contains(e.Dispositions, disposition) {
			return int(p.index[e.To]), true
		}
	}
	if known || len(edges) == 0 || slices.ContainsFunc(edges, func(e funnel.ReturnEdge) bool { return e.To != edges[0].To }) {
		return 0, false
	}
	return int(p.index[edges[0].To]), true
}

// next selects of the first steps, which are at the same instant, the one that comes next: by version if they have one; else the first
// event that is permitted, else a step that says its stage, which begins a journey before all events.
func (p *plan) next(list []event, stood int, begin bool) int {
	staged := none
	for k := 0; k < min(len(list), maxTies) && list[k].at == list[0].at; k++ {
		if k > 0 && list[k].version > 0 && list[0].version > 0 {
			break
		}
		if list[k].stage != none {
			if begin {
				return k
			}
			if staged == none {
				staged = k
			}
		} else if !begin {
			if _, ok := p.target(stood, list[k].step); ok {
				return k
			}
		}
	}
	if staged != none {
		return staged
	}
	if begin {
		return p.next(list, stood, false)
	}
	return 0
}

// resolve finds the stages of steps that are but events, in order of time.
func (f *Flow) resolve(j *Journey) {
	p := f.plan
	slices.SortFunc(f.events, func(a, b event) int {
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.version, b.version), cmp.Compare(a.stage, b.stage),
			strings.Compare(string(a.step.Event), string(b.step.Event)), strings.Compare(string(b.step.Reason), string(a.step.Reason)),
			cmp.Compare(b.step.Amount, a.step.Amount), cmp.Compare(a.step.Line, b.step.Line))
	})
	stood := p.initial
	kept := f.events[:0]
	for rest := f.events; len(rest) > 0; rest = rest[1:] {
		next := p.next(rest, stood, len(kept) == 0)
		e := rest[next]
		copy(rest[1:next+1], rest[:next])
		if e.stage == none {
			to, ok := p.target(stood, e.step)
			if !ok {
				if n := len(kept); n > 0 && kept[n-1].at == e.at && kept[n-1].step.Event == e.step.Event && kept[n-1].step.Reason == e.step.Reason &&
					(kept[n-1].version == e.version || kept[n-1].version == 0 || e.version == 0) {
					f.problem(Duplicate, j, e.step, none, none)
				} else {
					f.problem(NotPermitted, j, e.step, stood, none)
				}
				continue
			}
			e.stage, e.from = to, stood
		}
		stood = e.stage
		kept = append(kept, e)
	}
	f.events = kept
}
