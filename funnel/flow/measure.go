package flow

import (
	"slices"

	"github.com/leadloop/leadloop/funnel"
)

// Add counts a journey as of the report's instant. The journey and its steps are not kept. It takes time in proportion to
// the steps, and to their number times its logarithm where they are not in order of time.
func (f *Flow) Add(j Journey) {
	f.journeys = add(f.journeys, 1)
	f.rows = add(f.rows, int64(len(j.Steps)))
	h, ok := f.read(&j)
	if !ok {
		return
	}
	f.leads = add(f.leads, 1)
	if h.contradicted {
		f.negative = add(f.negative, 1)
	}
	top := f.count(&h)
	outcome := f.outcome(&h)
	f.spells(&h)
	f.stays(&h)
	f.wait(&j, &h, outcome)
	round, wonAt := f.firstWin(&h)
	if round > 0 {
		f.rounds[round] = add(f.rounds[round], 1)
	}
	f.group(&j, &h, outcome, top, wonAt)
	f.recycling(&h)
}

// count takes the stages that a lead went through, and gives the highest rank that it reached.
func (f *Flow) count(h *history) (top int) {
	p := f.plan
	n := len(p.stages)
	top = -1
	for i := range h.visits {
		s := h.visits[i].stage
		f.visited[s] = add(f.visited[s], 1)
		if f.spent[s].visits == 0 {
			f.touched = append(f.touched, s)
			f.entered[s] = add(f.entered[s], 1)
		}
		f.spent[s].visits++
		top = max(top, p.stages[s].rank)
		if i > 0 {
			k := h.visits[i-1].stage*n + s
			f.follows[k] = add(f.follows[k], 1)
		}
	}
	first, last := h.visits[0].stage, h.visits[len(h.visits)-1].stage
	f.starts[first] = add(f.starts[first], 1)
	f.standing[last] = add(f.standing[last], 1)
	return top
}

// outcome is what has become of a lead. Who was won once is won.
func (f *Flow) outcome(h *history) int {
	for i := range h.visits {
		if f.plan.stages[h.visits[i].stage].kind == funnel.KindWon {
			return isWon
		}
	}
	last := f.plan.stages[h.visits[len(h.visits)-1].stage]
	switch {
	case last.kind == funnel.KindLost:
		return isLost
	case last.rank < 0:
		return isAside
	}
	return isOpen
}

// spells measures the steps of the success path, round by round.
func (f *Flow) spells(h *history) {
	if h.contradicted {
		return
	}
	p := f.plan
	before := offPath
	for i := range h.visits {
		v := &h.visits[i]
		s := &p.stages[v.stage]
		if s.rank < 0 || before >= p.won && s.rank < p.won { // the end of a round: off the path, or a customer at its beginning again
			ending := aside
			if s.kind == funnel.KindLost {
				ending = lost
			}
			f.endRound(h, v.enter, ending)
		}
		before = s.rank
		if s.rank < 0 {
			continue
		}
		for r := f.lowest; r < s.rank; r++ {
			f.end(h, r, v.enter, converted)
		}
		f.lowest = max(f.lowest, s.rank)
		if s.rank >= p.won {
			for k := p.toWon; k < len(f.open); k++ {
				f.end(h, k, v.enter, converted)
			}
		}
		if f.begun[s.rank] {
			continue
		}
		f.begun[s.rank] = true
		if v.enter == unknown {
			continue
		}
		if s.rank+1 < len(p.path) {
			f.open[s.rank] = v.enter
			f.lowest = min(f.lowest, s.rank)
		}
		if s.rank < p.won-1 {
			f.open[p.toWon+s.rank] = v.enter
		}
	}
	f.endRound(h, p.asOf, censored)
}

// endRound ends what is under way, and lets every stage begin anew.
func (f *Flow) endRound(h *history, at int64, ending int) {
	for k, start := range f.open {
		if start != none {
			f.end(h, k, at, ending)
		}
	}
	clear(f.begun)
	f.lowest = 0
}

// end counts a spell if it is under way.
func (f *Flow) end(h *history, k int, at int64, ending int) {
	start := f.open[k]
	if start == none {
		return
	}
	f.open[k] = none
	t, p := &f.pairs[k], f.plan
	late := h.observed > start
	t.add(&p.tick, h.observed-start, at-start, late, ending)
	if !late && start <= p.asOf-p.horizon {
		t.mature = add(t.mature, 1)
		if ending == converted && at-start <= p.horizon {
			t.within = add(t.within, 1)
		}
	}
}

// stays measures the time in stages, per visit and per lead.
func (f *Flow) stays(h *history) {
	p := f.plan
	if !h.contradicted {
		working := p.options.Calendar != nil
		read, readAt := int64(0), int64(unknown)
		for i := range h.visits {
			v := &h.visits[i]
			sum := &f.spent[v.stage]
			if v.enter == unknown {
				sum.unknown = true
				continue
			}
			ending := converted
			if i == len(h.visits)-1 {
				ending, sum.open = censored, true
			}
			early := min(max(0, h.observed-v.enter), v.leave-v.enter)
			sum.total += v.leave - v.enter
			sum.early += early
			t := &f.stages[v.stage]
			calendar, clock := &t.once, &t.onceWorking
			if sum.visits > 1 {
				calendar, clock = &t.visit, &t.visitWorking
			}
			calendar.add(&p.tick, h.observed-v.enter, v.leave-v.enter, h.observed > v.enter, ending)
			if !working {
				continue
			}
			enter := read // where the visit before ended
			if readAt != v.enter {
				enter = f.clock.read(v.enter)
			}
			read, readAt = f.clock.read(v.leave), v.leave
			watched := enter
			if early > 0 {
				watched = f.clock.read(v.enter + early)
			}
			clock.add(&p.tick, watched-enter, read-enter, h.observed > v.enter, ending)
			sum.totalWorking += read - enter
			sum.earlyWorking += watched - enter
		}
	}
	for _, s := range f.touched {
		sum := &f.spent[s]
		if !h.contradicted && !sum.unknown && sum.visits > 1 {
			ending := converted
			if sum.open {
				ending = censored
			}
			t := &f.stages[s]
			t.lead.add(&p.tick, sum.early, sum.total, sum.early > 0, ending)
			if p.options.Calendar != nil {
				t.leadWorking.add(&p.tick, sum.earlyWorking, sum.totalWorking, sum.early > 0, ending)
			}
		}
		*sum = spent{}
	}
	f.touched = f.touched[:0]
}

// wait counts how long an open lead has been where it is.
func (f *Flow) wait(j *Journey, h *history, outcome int) {
	p := f.plan
	v := &h.visits[len(h.visits)-1]
	if p.stages[v.stage].rank < 0 || p.stages[v.stage].rank >= p.won {
		return
	}
	if outcome == isOpen {
		f.pipeline[v.stage] = add(f.pipeline[v.stage], h.amount)
	}
	if h.contradicted || v.enter == unknown {
		return
	}
	f.ageing[v.stage].count(p.tick.divide(p.asOf - v.enter + p.tick.by - 1))
	list := &f.waiting[v.stage]
	if list.last != nil && v.enter > list.last.Since.Unix()*second+int64(list.last.Since.Nanosecond()) {
		return
	}
	since := instant(v.enter)
	age := Span{spanTime(p.asOf-v.enter, 1), true}
	list.add(Waiting{Lead: j.Lead, Stage: p.stages[v.stage].name, Since: since, Age: age}, p.options.Listed, (*Waiting).compare)
}

// firstWin gives the round in which a lead was first won and when that was, or 0 and unknown.
func (f *Flow) firstWin(h *history) (round, at int64) {
	p := f.plan
	before := offPath
	for i := range h.visits {
		rank := p.stages[h.visits[i].stage].rank
		if rank >= 0 && before < 0 {
			round++
		}
		if rank >= 0 && p.stages[h.visits[i].stage].kind == funnel.KindWon {
			return round, h.visits[i].enter
		}
		before = rank
	}
	return 0, unknown
}

// group counts a lead among all, in its month, its segments and its variant.
func (f *Flow) group(j *Journey, h *history, outcome, top int, wonAt int64) {
	p := f.plan
	start := h.visits[0].enter
	var one group
	one.outcomes[outcome] = 1
	if outcome == isWon && h.amount > 0 {
		one.revenue, one.deals = h.amount, 1
	}
	watched := start != unknown && h.observed <= start && !h.contradicted
	if watched && start <= p.asOf-p.quick {
		one.mature = 1
		if wonAt != unknown && wonAt-start <= p.quick {
			one.quick = 1
		}
	}
	if watched && wonAt != unknown {
		one.measured, one.seconds = 1, (wonAt-start)/second
	}

	c := f.cohort(f.month(start))
	c.merge(&one)
	for r := 0; r <= top; r++ {
		c.reached[r] = add(c.reached[r], 1)
	}
	if watched && start <= p.asOf-p.horizon {
		c.ripe = add(c.ripe, 1)
		if wonAt != unknown && wonAt-start <= p.horizon {
			c.won = add(c.won, 1)
		}
	}

	for i, name := range j.Segments {
		if slices.Contains(j.Segments[:i], name) {
			continue
		}
		g := f.segments[name]
		if g == nil {
			g = &group{}
			f.segments[name] = g
		}
		g.merge(&one)
	}

	f.variant = f.variant[:0]
	for i := range h.visits {
		s := &p.stages[h.visits[i].stage]
		if s.kind == funnel.KindWon {
			break // what came after does not tell how it was won
		}
		if len(f.variant) == maxVariant {
			f.variant = append(f.variant, more)
			break
		}
		f.variant = append(f.variant, byte(h.visits[i].stage))
	}
	for n := len(f.variant); n > 0 && outcome != isWon && f.variant[n-1] != more && p.stages[f.variant[n-1]].rank < 0; n-- {
		f.variant = f.variant[:n-1] // the outcome is no part of the way
	}
	g := f.variants[string(f.variant)]
	if g == nil {
		g = &group{}
		f.variants[string(f.variant)] = g
	}
	g.merge(&one)
}

// month numbers the months of the zone since the year 0; 0 for an unknown instant. It remembers the answer for each day that
// is of one month from beginning to end.
func (f *Flow) month(at int64) int32 {
	if at == unknown {
		return 0
	}
	in := func(at int64) int32 {
		t := instant(at).In(f.plan.options.Zone)
		return int32(t.Year()*12 + int(t.Month()))
	}
	const day = 24 * hour
	n := at / day
	if n >= int64(len(f.months)) {
		f.months = append(f.months, make([]int32, n+1-int64(len(f.months)))...)
	}
	if m := f.months[n]; m > 0 {
		return m
	}
	if m := in(n * day); m == in(n*day+day-1) {
		f.months[n] = m
		return m
	}
	return in(at)
}

// maxVariant is how many stages of a way are kept; more stands for those beyond.
const (
	maxVariant = 48
	more       = 0xff
)

// recycling counts what becomes of returns: the steps off the success path. One return at a time is under way, because the
// next step off the path ends it.
func (f *Flow) recycling(h *history) {
	p := f.plan
	lastWon := -1
	left := false
	for i := range h.visits {
		s := &p.stages[h.visits[i].stage]
		if s.kind == funnel.KindWon {
			lastWon = i
		}
		left = left || s.rank < 0
	}
	if !left {
		return
	}
	f.lead++
	var u underway
	for i := range h.visits {
		v := &h.visits[i]
		s := &p.stages[v.stage]
		if s.rank >= 0 {
			if u.of != nil && !u.back {
				u.of.back.end(f, h, &u, v.enter, converted)
				u.back = true
				if u.of.counted != f.lead {
					u.of.counted = f.lead
					u.of.again = add(u.of.again, 1)
				}
			}
			if u.of != nil && !u.accepted && p.accepted >= 0 && s.rank >= p.accepted {
				u.of.accepted.end(f, h, &u, v.enter, converted)
				u.accepted = true
			}
			continue
		}
		ending := aside
		if s.kind == funnel.KindLost {
			ending = lost
		}
		u.settle(f, h, v.enter, ending)
		key := returnKey{stage: uint8(v.stage)}
		if v.step != nil {
			key.reason = v.step.Reason
		}
		r := f.returned(key)
		r.visits = add(r.visits, 1)
		if r.seen != f.lead { // the lead counts with its first return of the kind
			r.seen = f.lead
			r.leads = add(r.leads, 1)
			if i < lastWon {
				r.won = add(r.won, 1)
				r.revenue = add(r.revenue, h.amount)
			}
		}
		u = underway{of: r, enter: v.enter}
	}
	u.settle(f, h, p.asOf, censored)
}

// settle ends what a return still waits for.
func (u *underway) settle(f *Flow, h *history, at int64, ending int) {
	if u.of == nil {
		return
	}
	if !u.back {
		u.of.back.end(f, h, u, at, ending)
	}
	if !u.accepted && f.plan.accepted >= 0 {
		u.of.accepted.end(f, h, u, at, ending)
	}
}

// end counts the time since a return.
func (t *times) end(f *Flow, h *history, u *underway, at int64, ending int) {
	if !h.contradicted && u.enter != unknown {
		t.add(&f.plan.tick, h.observed-u.enter, at-u.enter, h.observed > u.enter, ending)
	}
}
