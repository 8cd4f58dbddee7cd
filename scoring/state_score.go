package scoring

import (
	"slices"
	"time"

	"github.com/leadloop/leadloop/internal/rule"
)

// Score scores the lead as of now, with the adjustments that the host holds: what
// [Scorer.Score] gives for the lead with all activities that were added. All of the
// lead's fields are read anew. The time is proportional to the activities and what has been found of them.
func (st *State[L, A]) Score(now time.Time, adjustments ...Adjustment) Score {
	score := Score{Lines: make([]Line, 0, 16)}
	st.ScoreInto(&score, now, adjustments...)
	score.Problems = slices.Clip(score.Problems)
	return score
}

// ScoreInto is [State.Score] into memory that the caller gives; see [Scorer.ScoreInto].
func (st *State[L, A]) ScoreInto(score *Score, now time.Time, adjustments ...Adjustment) {
	s := st.scorer
	now = now.Round(0)
	w := s.begin(score, now)
	defer s.giveBack(w)
	st.order()
	rows, undated := st.rows, st.undated
	if !s.countable(w, st.added) {
		rows, undated = nil, 0
	}
	run, err := s.compiler.Begin(&rule.Subject[L, A]{Lead: st.lead, Now: now})
	if err != nil { // there is a lead
		return
	}
	defer run.End()
	happened, later := st.decide(run, rows, now)
	leftOut(w, later, undated)
	w.adjustments(adjustments, s.knows, now)
	keptFlaws(w, run.Flaws(), happened)
	s.prepare(w, now)
	st.earn(w, happened)
	s.conclude(w, run, score)
}

// Points gives the total of [State.Score] alone. Where now and the activities are those of
// the last score, and all rules give constants, only conditions are decided that read a field that [State.Changed] has
// named since.
func (st *State[L, A]) Points(now time.Time, adjustments ...Adjustment) Points {
	if len(adjustments) == 0 {
		if total, ok := st.shortTotal(now); ok {
			return total
		}
	}
	return st.Score(now, adjustments...).Total
}

// shortTotal sums the points without lines; false if it can't be done so.
func (st *State[L, A]) shortTotal(now time.Time) (Points, bool) {
	st.order()
	s, known := st.scorer, &st.decided
	if s.anyIdle || s.dateless || st.added > MaxActivities {
		return 0, false
	}
	if s.totals.plain && known.valid && st.sight.Clear && known.now == now.Round(0) { // of the same zone, too: conditions may read its clock
		st.keeping.of.Again(&st.sight, known.now, known.counts, known.changed, known.holds, known.failed)
		known.changed = known.changed[:0]
		return s.shortSum(nil, nil, known.holds)
	}
	run, err := s.compiler.Begin(&rule.Subject[L, A]{Lead: st.lead, Now: now})
	if err != nil {
		return 0, false
	}
	defer run.End()
	now = now.Round(0)
	happened, _ := st.decide(run, st.rows, now)
	if s.totals.plain {
		return s.shortSum(nil, run, run.Holds())
	}
	w := s.borrow()
	defer s.giveBack(w)
	s.prepare(w, now)
	st.earn(w, happened)
	return s.shortSum(w, run, run.Holds())
}

// decide decides the conditions on the lead. It gives the rows that have
// happened, and how many activities are still to come.
func (st *State[L, A]) decide(run *rule.Run[L, A], rows []keptRow, now time.Time) (happened []keptRow, later int) {
	known := &st.decided
	counters := st.keeping.of.Counters()
	known.counts = slices.Grow(known.counts[:0], counters)[:counters]
	clear(known.counts)
	var flaws []rule.Flaw
	for i := range rows {
		r := &rows[i]
		if r.at.After(now) {
			for _, r := range rows[i:] {
				later += r.times
			}
			rows = rows[:i]
			break
		}
		if counters > 0 {
			for _, c := range r.phase(now).counters {
				known.counts[c] += r.times
			}
		}
		flaws = append(flaws, r.flaws...) // each once, however many activities have it
	}
	st.keeping.of.Decide(run, known.counts, flaws)
	known.valid, known.now, known.changed = len(flaws) == 0, now, known.changed[:0]
	known.holds = append(known.holds[:0], run.Holds()...)
	known.failed = append(known.failed[:0], run.Failed()...)
	return rows, later
}

// keptFlaws lists the values of records that rules can't use, as flaws does.
func keptFlaws(w *work, all []rule.Flaw, rows []keptRow) {
	if len(all) == 0 {
		return
	}
	for _, f := range all {
		if f.Activity < 0 {
			w.problem(FieldIgnored, "", "", 0, "lead: "+f.Message)
		}
	}
	counts := map[string]int{}
	for i := range rows {
		for _, f := range rows[i].flaws {
			counts["activities: "+f.Message] += rows[i].times
		}
	}
	for _, message := range sortedKeys(counts) {
		w.problem(FieldIgnored, "", "", counts[message], message)
	}
}

// phase gives what holds of an activity that has happened.
func (r *keptRow) phase(now time.Time) *phase { return &r.phases[r.phaseAt(now)] }

func (r *keptRow) phaseAt(now time.Time) int {
	i := len(r.phases) - 1
	for i > 0 && r.phases[i].from.After(now) {
		i--
	}
	return i
}

// earn collects what each rule earns, as [Scorer.earn] does.
func (st *State[L, A]) earn(w *work, rows []keptRow) {
	s := st.scorer
	for i := range rows {
		r := &rows[i]
		if s.anyIdle && r.at.After(w.newest) {
			w.newest = r.at
		}
		p := r.phase(w.now)
		age := uint64(w.tick) - uint64(tickOf(r.at.Unix(), s.tick)) // between 0 and 2^64, so that wrapping gives it
		for range r.times {
			for j := range p.failing {
				f := &p.failing[j]
				if !s.eaches[f.each].outside(w, r.at) {
					w.earned[f.each].failAs(f.why)
				}
			}
			for j := range p.matches {
				m := &p.matches[j]
				s.eaches[m.each].matched(w, &w.earned[m.each], m, r.at, age)
			}
		}
	}
}

// matched books what has been found of an activity.
func (r *eachRule[L, A]) matched(w *work, e *earnings, m *found, at time.Time, age uint64) {
	switch {
	case r.outside(w, at) || m.kind == foundNothing:
		return
	case r.idle:
		if at.After(e.newest) {
			e.newest = at
		}
		return
	case m.kind == foundFailure || m.kind == foundKeyless:
		e.failAs(m.text)
		return
	}
	points := m.points
	switch {
	case !r.constant:
		points = r.decayed(points, age)
	case age < uint64(len(r.byAge)):
		points = r.byAge[age]
	default:
		points = r.decayed(r.source.points, age)
	}
	if !r.selects {
		r.book(w, e, at, points)
		return
	}
	var key rule.Plain
	if r.distinct != nil {
		key = rule.Plain{Type: rule.Text, Text: m.text}
	}
	r.keep(e, key, candidate{at, points})
}
