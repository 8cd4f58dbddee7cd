package scoring

import (
	"cmp"
	"time"

	"github.com/leadloop/leadloop/internal/rule"
)

// earnings are what a rule on activities has earned so far.
type earnings struct {
	gain
	newest time.Time // of an idle rule: the newest activity that its condition holds for
	failed int       // activities on which the rule fails
	why    string    // the first failure in alphabetical order, so that the order of activities does not matter

	// Of a rule that selects:
	matches int // what counts towards at_least
	kept    []candidate
	keys    map[rule.Plain]int // where in kept stands what has this key of Distinct
}

// candidate is a match that may count.
type candidate struct {
	at     time.Time
	points int64
}

// before tells whether another candidate counts rather than this one. Of those at one
// instant the one with most points counts, so that their order does not.
func (c candidate) before(other candidate) bool {
	return cmp.Or(c.at.Compare(other.at), cmp.Compare(c.points, other.points)) < 0
}

// mostKeys is how many keys a rule's memory keeps room for.
const mostKeys = 1024

func (e *earnings) reset() {
	keys, kept := e.keys, e.kept[:0]
	if len(keys) > mostKeys {
		keys, kept = nil, nil
	}
	clear(keys)
	*e = earnings{kept: kept, keys: keys}
}

func (e *earnings) fail(err error) { e.failAs(failure(err)) }

func (e *earnings) failAs(message string) {
	e.failed++
	if e.failed == 1 || message < e.why {
		e.why = message
	}
}

// earn walks once through the activities that conditions hold for, in their order, to
// collect what each rule earns.
func (s *Scorer[L, A]) earn(w *work, run *rule.Run[L, A], activities int) {
	if s.anyIdle {
		s.latest(w, run, activities)
	}
	for _, m := range run.Failing() {
		r := &s.eaches[m.Each]
		if !r.outside(w, run.At(int(m.Activity))) {
			_, err := r.source.condition.True(run, int(m.Activity))
			w.earned[m.Each].fail(err)
		}
	}
	current, at, age := int32(-1), time.Time{}, uint64(0)
	for _, m := range run.Matches() {
		if m.Activity != current {
			current, at = m.Activity, run.At(int(m.Activity))
			age = uint64(w.tick) - uint64(tickOf(at.Unix(), s.tick)) // between 0 and 2^64, so that wrapping gives it
		}
		r, e := &s.eaches[m.Each], &w.earned[m.Each]
		switch {
		case r.outside(w, at):
		case r.idle:
			if at.After(e.newest) {
				e.newest = at
			}
		case !r.constant:
			points, _, ok, err := r.source.give(run, int(current))
			switch {
			case err != nil:
				e.fail(err)
			case ok:
				r.match(w, run, e, current, at, r.decayed(points, age))
			}
		case age < uint64(len(r.byAge)):
			r.match(w, run, e, current, at, r.byAge[age])
		default:
			r.match(w, run, e, current, at, r.decayed(r.source.points, age))
		}
	}
}

// outside tells whether the rule does not look back so far.
func (r *eachRule[L, A]) outside(w *work, at time.Time) bool {
	return r.window >= 0 && at.Before(w.since[r.window])
}

func (r *eachRule[L, A]) decayed(points int64, age uint64) int64 {
	if r.decay == nil {
		return points
	}
	return r.decay.apply(points, age)
}

// match books an activity that gives points.
func (r *eachRule[L, A]) match(w *work, run *rule.Run[L, A], e *earnings, activity int32, at time.Time, points int64) {
	if !r.selects {
		r.book(w, e, at, points)
		return
	}
	var key rule.Plain
	if r.distinct != nil {
		var err error
		if key, err = r.distinct.Plain(run, int(activity)); err != nil {
			e.fail(within("distinct", err))
			return
		}
	}
	r.keep(e, key, candidate{at, points})
}

// book adds what an activity gives.
func (r *eachRule[L, A]) book(w *work, e *earnings, at time.Time, points int64) {
	e.count++
	e.raw += w.weigh(points)
	e.left += w.leave(r.dimension, points, at)
}

// keep remembers a match of a rule that selects.
func (r *eachRule[L, A]) keep(e *earnings, key rule.Plain, c candidate) {
	at := len(e.kept) // where it goes
	switch {
	case r.distinct != nil:
		if known, ok := e.keys[key]; ok {
			at = known
			break
		}
		if e.keys == nil {
			e.keys = map[rule.Plain]int{}
		}
		e.keys[key] = at
		e.matches++
	case r.once:
		at = 0
		e.matches++
	default:
		e.matches++
	}
	switch {
	case at == len(e.kept):
		e.kept = append(e.kept, c)
	case e.kept[at].before(c):
		e.kept[at] = c
	}
}

// settle gives what a rule on activities has earned in the end.
func (s *Scorer[L, A]) settle(w *work, compiled *compiledRule[L, A], dimension int) gain {
	s.report(w, compiled, dimension)
	r, e := &s.eaches[compiled.index], &w.earned[compiled.index]
	if !r.selects {
		return e.gain
	}
	if e.matches < r.atLeast || e.matches == 0 {
		return gain{}
	}
	counts := e.kept
	if r.once {
		newest := 0
		for i := range counts {
			if counts[newest].before(counts[i]) {
				newest = i
			}
		}
		counts = counts[newest : newest+1]
	}
	for _, c := range counts {
		r.book(w, e, c.at, c.points)
	}
	return e.gain
}

// report lists a rule that fails on activities among the problems.
func (s *Scorer[L, A]) report(w *work, r *compiledRule[L, A], dimension int) {
	if e := &w.earned[r.index]; e.failed > 0 {
		w.problem(RuleFailed, s.dimensions[dimension].name, r.name, e.failed, e.why)
	}
}

// latest finds the date of the newest activity that counts.
func (s *Scorer[L, A]) latest(w *work, run *rule.Run[L, A], activities int) {
	for i := range activities {
		if at := run.At(i); at.After(w.newest) && !at.After(w.now) { // one without a date has the zero time
			w.newest = at
		}
	}
}
