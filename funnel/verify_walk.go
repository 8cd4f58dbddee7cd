package funnel

import (
	"fmt"
	"slices"
)

// maxWalkedRounds bounds the product: what a policy does in its last round it does after 16 as well.
const maxWalkedRounds = 16

// An arrival is what the reason in a position says about coming back: all that a release asks of it.
type arrival int

const (
	withoutReason arrival = iota
	waits                 // a wait that nothing ends early
	waitsOrIntent         // a wait that an activity of high intent ends
	byHand                // a person decides
	never
	arrivalCount
)

func arrivalOf(reason *ReasonDefinition) arrival {
	switch {
	case reason.ReEntry.When == WhenNever:
		return never
	case reason.ReEntry.When == WhenManual:
		return byHand
	case reason.ReEntry.Bypass == BypassHighIntent:
		return waitsOrIntent
	}
	return waits
}

// letsIn says whether a release ever lets a lead back, as the table at [When] says.
func (r Release) letsIn(a arrival) bool {
	switch a {
	case withoutReason, never:
		return false
	case byHand:
		return r == ReleaseManual
	}
	return true
}

// A step is an edge or a return edge between known stages.
type step struct {
	back     bool // a return edge
	index    int  // in Edges or Returns
	from, to int
	release  Release
	arrivals uint // how leads arrive: bits by arrival; 0 if no reason fits
	certain  bool // neither guards nor a condition, nor a release, can refuse it
	taken    bool // a lead can take it
}

func (s *step) path() string {
	if s.back {
		return returnPath(s.index)
	}
	return edgePath(s.index)
}

// A standing is a point of the product: what decides about a lead's next step.
type standing struct {
	stage   int
	arrival arrival
	round   int // from 0
	due     int // the stage's time limit that has fallen due; -1 while none has

	leaves bool // another stage can be reached
	ends   bool // an end can be reached, or a standing that is found to be stuck
}

// describe says of which leads at its stage it speaks, where it is not all of them.
func (s standing) describe(d *Definition) string {
	switch {
	case s.arrival == never:
		return " for a lead that never comes back"
	case s.arrival == byHand:
		return " for a lead that only a person brings back"
	case d.MaxRounds > 0 && s.round == min(d.MaxRounds, maxWalkedRounds)-1 && s.arrival != withoutReason:
		return " in the last round"
	}
	return ""
}

// A walk is the part of the product that leads can reach, and what was seen on the way.
type walk struct {
	definition *Definition
	index      map[Stage]int
	steps      []*step   // edges, then returns, in the definition's order
	leaving    [][]*step // by stage
	rounds     int
	capped     bool // MaxRounds bounds the rounds

	limitSteps [][]*step // by stage and limit: what it asks for; nil for a reminder
	shadowing  []int     // by stage: the time limit that certainly takes leads away first; -1 if there is none

	ids       []int32 // of standings, by their place in the product; 0: not seen
	base      []int   // by stage: where its standings begin in ids
	standings []standing
	next      [][]int32 // the standings that follow each

	reached  []bool   // by stage
	arrivals []uint   // by stage
	due      [][]bool // by stage and limit: it can fall due
}

func newWalk(d *Definition) *walk {
	w := &walk{definition: d, index: map[Stage]int{}, rounds: 1, leaving: make([][]*step, len(d.Stages))}
	for i, stage := range d.Stages {
		if _, twice := w.index[stage.Name]; !twice {
			w.index[stage.Name] = i
		}
	}
	if w.capped = d.MaxRounds > 0; w.capped {
		w.rounds = min(d.MaxRounds, maxWalkedRounds)
	}
	for i, e := range d.Edges {
		w.add(e.From, e.To, step{index: i, release: e.Release, arrivals: 1 << withoutReason,
			certain: len(e.Guards) == 0 && e.When == "" && e.Release == ""})
	}
	for i, e := range d.Returns {
		s := step{back: true, index: i, certain: len(e.Guards) == 0 && e.When == ""}
		for j := range d.Reasons {
			if e.fits(&d.Reasons[j]) {
				s.arrivals |= 1 << arrivalOf(&d.Reasons[j])
			}
		}
		w.add(e.From, e.To, s)
	}
	size := 0
	for i, stage := range d.Stages {
		w.base = append(w.base, size)
		size += (len(stage.Limits) + 1) * int(arrivalCount) * w.rounds
		w.due = append(w.due, make([]bool, len(stage.Limits)))
		w.shadowing = append(w.shadowing, -1)
		w.limitSteps = append(w.limitSteps, make([]*step, len(stage.Limits)))
		for k, limit := range stage.Limits {
			s := w.limitStep(i, limit)
			w.limitSteps[i][k] = s
			if s == nil || !s.certain || limit.Unit.business() {
				continue
			}
			if by := w.shadowing[i]; by < 0 || limit.length() < stage.Limits[by].length() {
				w.shadowing[i] = k
			}
		}
	}
	w.ids = make([]int32, size)
	w.reached = make([]bool, len(d.Stages))
	w.arrivals = make([]uint, len(d.Stages))
	return w
}

func (w *walk) add(from, to Stage, s step) {
	var known, leads bool
	s.from, known = w.index[from]
	s.to, leads = w.index[to]
	if known && leads {
		w.steps = append(w.steps, &s)
		w.leaving[s.from] = append(w.leaving[s.from], &s)
	}
}

// limitStep finds the step that a time limit asks for; nil for a reminder.
func (w *walk) limitStep(stage int, limit TimeLimit) *step {
	for _, s := range w.leaving[stage] {
		if s.back && limit.Return != "" && w.definition.Returns[s.index].On == limit.Return {
			for i := range w.definition.Reasons {
				if reason := &w.definition.Reasons[i]; reason.Code == limit.Reason && w.definition.Returns[s.index].fits(reason) {
					return s
				}
			}
		}
		if !s.back && limit.Event != "" && w.definition.Edges[s.index].On == limit.Event {
			return s
		}
	}
	return nil
}

// run walks the product from the initial stage, then looks back from where leads leave and end.
func (w *walk) run(start int) {
	w.visit(standing{stage: start, due: -1})
	for id := 0; id < len(w.standings); id++ {
		w.next = append(w.next, w.follow(w.standings[id]))
	}
	before := make([][]int32, len(w.standings))
	for id, next := range w.next {
		for _, n := range next {
			before[n] = append(before[n], int32(id))
		}
	}
	var queue []int32
	for id, next := range w.next {
		w.standings[id].leaves = slices.ContainsFunc(next, func(n int32) bool { return w.standings[n].stage != w.standings[id].stage })
		if w.standings[id].leaves {
			queue = append(queue, int32(id))
		}
	}
	for ; len(queue) > 0; queue = queue[1:] {
		for _, b := range before[queue[0]] {
			if s := &w.standings[b]; !s.leaves && s.stage == w.standings[queue[0]].stage {
				s.leaves = true
				queue = append(queue, b)
			}
		}
	}
	for id := range w.standings {
		s := &w.standings[id]
		kind := w.definition.Stages[s.stage].Kind
		if s.ends = !s.leaves || kind == KindWon || kind == KindLost; s.ends {
			queue = append(queue, int32(id))
		}
	}
	for ; len(queue) > 0; queue = queue[1:] {
		for _, b := range before[queue[0]] {
			if s := &w.standings[b]; !s.ends {
				s.ends = true
				queue = append(queue, b)
			}
		}
	}
}

// visit notes a standing and gives its id.
func (w *walk) visit(s standing) int32 {
	limits := len(w.definition.Stages[s.stage].Limits)
	at := w.base[s.stage] + (s.round*int(arrivalCount)+int(s.arrival))*(limits+1) + s.due + 1
	if w.ids[at] == 0 {
		w.standings = append(w.standings, s)
		w.ids[at] = int32(len(w.standings))
		w.reached[s.stage] = true
		w.arrivals[s.stage] |= 1 << s.arrival
	}
	return w.ids[at] - 1
}

// follow takes every step that a lead in this standing can take, and lets time pass.
func (w *walk) follow(s standing) (next []int32) {
	limits := w.definition.Stages[s.stage].Limits
	if s.due >= 0 {
		if forced := w.limitSteps[s.stage][s.due]; forced != nil && forced.certain {
			arrivals := forced.arrivals
			if forced.back {
				i := slices.IndexFunc(w.definition.Reasons, func(r ReasonDefinition) bool { return r.Code == limits[s.due].Reason })
				arrivals = 1 << arrivalOf(&w.definition.Reasons[i])
			}
			return w.take(next, s, forced, arrivals)
		}
	}
	for _, step := range w.leaving[s.stage] {
		next = w.take(next, s, step, step.arrivals)
	}
	if s.due >= 0 {
		return next
	}
	for k, limit := range limits {
		// Business time never runs faster than time: what is due after more of either comes after a limit of all hours.
		if by := w.shadowing[s.stage]; by < 0 || limit.length() <= limits[by].length() {
			w.due[s.stage][k] = true
			next = append(next, w.visit(standing{stage: s.stage, arrival: s.arrival, round: s.round, due: k}))
		}
	}
	return next
}

func (w *walk) take(next []int32, s standing, by *step, arrivals uint) []int32 {
	round := s.round
	if by.release != "" {
		if !by.release.letsIn(s.arrival) {
			return next
		}
		if w.capped {
			round++
		}
		if round == w.rounds {
			return next
		}
	}
	for a := range arrivalCount {
		if arrivals&(1<<a) != 0 {
			by.taken = true
			next = append(next, w.visit(standing{stage: by.to, arrival: a, round: round, due: -1}))
		}
	}
	return next
}

// why says why no lead can take a step.
func (w *walk) why(s *step) string {
	switch arrivals := w.arrivals[s.from]; {
	case s.back:
		return "no reason of the catalogue fits it"
	case arrivals == 1<<withoutReason:
		return "leads come to its beginning without a reason, which a release needs"
	case w.capped && w.rounds == 1:
		return "max_rounds allows no second round"
	case s.release != ReleaseManual && arrivals&(1<<waits|1<<waitsOrIntent) == 0:
		return fmt.Sprintf("no reason with which leads come to its beginning lets them back by %q", s.release)
	case arrivals&^(1<<never|1<<withoutReason) == 0:
		return "the reasons with which leads come to its beginning never let them back"
	}
	return "leads come to its beginning in the last round only"
}
