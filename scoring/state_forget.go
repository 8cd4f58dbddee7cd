package scoring

import (
	"slices"
	"time"
)

// Forget drops activities that can't matter any more as of now and later, and tells how
// many. Scores at now and later stay the same, but scores of instants before now do not: forget what is older
// than the instants that are still asked for.
//
// An activity stays as long as its date is after now or
//   - a condition on the lead, also of a disqualifier, counts it now or will: without an
//     end unless the condition looks back only so far, as in .At > Now - duration("30d");
//   - an Each rule matches it or fails on it, and it is younger than the rule's horizon in [Scorer.Depends];
//   - it is the newest for an idle rule: of all that have happened or, with Each, of those that
//     the condition holds for now and ever after, and those newer ones that it holds for now or will;
//   - it is a record because of whose values a condition on the lead fails.
//
// So a state stays as small as the activities within [Scorer.Horizon], where that has an end. What goes
// with an activity is what its horizon leaves out: lines and hits of 0 points, counts of rules that
// decay, and problems. Nor does it count towards [MaxActivities] any more.
//
// Activities may still be added, however old, and states merged that have or have not
// forgotten: scores are right at instants from the last now of any of them on. What
// comes back or comes late without mattering stays until Forget is called again. The bytes of a state depend on the
// activities and on the last now alone, if that comes after all that was added.
//
// The time is proportional to the activities and what has been found of them.
func (st *State[L, A]) Forget(now time.Time) int {
	st.order()
	now = now.Round(0)
	m := memory[L, A]{st: st, now: now, newest: st.scorer.anyIdle, silent: make([]bool, len(st.scorer.eaches))}
	var kept []keptRow // from the newest on
	dropped := 0
	for _, r := range slices.Backward(st.rows) {
		if r.at.After(now) || m.needs(&r) {
			kept = append(kept, r)
		} else {
			dropped = sumUp(dropped, r.times)
		}
	}
	if dropped == 0 {
		return 0
	}
	slices.Reverse(kept)
	st.rows, st.added, st.decided.valid = slices.Clip(kept), st.undated, false
	for i := range st.rows {
		st.added = sumUp(st.added, st.rows[i].times)
	}
	return dropped
}

// memory tells which rows matter, asked from the newest to the oldest.
type memory[L, A any] struct {
	st     *State[L, A]
	now    time.Time
	newest bool   // the newest that has happened is still to come, and an idle rule asks for it
	silent []bool // idle rules for which no older activity matters
}

// needs tells whether an activity that has happened matters as of now or later.
func (m *memory[L, A]) needs(r *keptRow) bool {
	needed := m.newest || m.st.keeping.of.Spoils(r.flaws)
	m.newest = false
	phases := r.phases[r.phaseAt(m.now):]
	for i := range phases {
		needed = needed || m.wants(r, &phases[i])
	}
	for _, f := range phases[0].matches {
		if m.st.scorer.eaches[f.each].idle && !slices.ContainsFunc(phases, func(p phase) bool { return !p.holds(f.each) }) {
			m.silent[f.each] = true
		}
	}
	return needed
}

// wants tells whether something in a phase matters.
func (m *memory[L, A]) wants(r *keptRow, p *phase) bool {
	from := p.from
	if from.Before(m.now) {
		from = m.now
	}
	within := func(each int) bool {
		h := m.st.keeping.horizons[each]
		end := r.at.Add(time.Duration(h.Span))
		return h.All || from.Before(end) || end.Before(r.at) // beyond what a time can be
	}
	return len(p.counters) > 0 ||
		slices.ContainsFunc(p.matches, func(f found) bool {
			if m.st.scorer.eaches[f.each].idle {
				return !m.silent[f.each]
			}
			return f.kind != foundNothing && within(f.each)
		}) ||
		slices.ContainsFunc(p.failing, func(f keptFailure) bool {
			return !m.st.scorer.eaches[f.each].idle && within(f.each)
		})
}

// holds tells whether the condition of a rule holds.
func (p *phase) holds(each int) bool {
	return slices.ContainsFunc(p.matches, func(f found) bool { return f.each == each })
}
