package rule

// Set is the conditions of a model, decided together: one look at the lead and
// one pass over its activities. It is safe for concurrent use.
type Set[L, A any] struct {
	leads, eaches []*Condition[L, A]
}

// Set puts conditions together: on the lead, and on each activity. They are
// from then on known by their index.
func (c *Compiler[L, A]) Set(leads, eaches []*Condition[L, A]) *Set[L, A] {
	return &Set[L, A]{leads: leads, eaches: eaches}
}

// Match is a condition on an activity that holds, or that fails.
type Match struct {
	Each     int32 // the condition, by its index in the set
	Activity int32 // by its index in the subject
}

// decisions are what [Run.Decide] has found, reused by the next run.
type decisions struct {
	holds, failed    []uint64 // a bit for each condition on the lead
	matches, failing []Match
}

// Decide decides every condition of the set. What it finds is valid until the
// next Decide or End.
func (r *Run[L, A]) Decide(s *Set[L, A]) {
	d := &r.decided
	words := (len(s.leads) + 63) / 64
	*d = decisions{make([]uint64, words), make([]uint64, words), d.matches[:0], d.failing[:0]}
	for i, c := range s.leads {
		ok, err := c.True(r, 0)
		switch {
		case err != nil:
			d.failed[i/64] |= 1 << (i % 64)
		case ok:
			d.holds[i/64] |= 1 << (i % 64)
		}
	}
	for _, activity := range r.counted {
		for i, c := range s.eaches {
			ok, err := c.True(r, activity)
			switch {
			case err != nil:
				d.failing = append(d.failing, Match{int32(i), int32(activity)})
			case ok:
				d.matches = append(d.matches, Match{int32(i), int32(activity)})
			}
		}
	}
}

// Holds gives a bit for each condition on the lead, 64 to a word, the first in the lowest bit: whether it holds.
func (r *Run[L, A]) Holds() []uint64 { return r.decided.holds }

// Failed gives a bit for each condition on the lead: whether it fails. Its
// True says why.
func (r *Run[L, A]) Failed() []uint64 { return r.decided.failed }

// Matches lists what holds of which activity, by activity and then by condition.
func (r *Run[L, A]) Matches() []Match { return r.decided.matches }

// Failing lists what fails on which activity, by activity and then by
// condition. True says why.
func (r *Run[L, A]) Failing() []Match { return r.decided.failing }

// Coverage tells for each condition why it is left to the expression language's
// machine; empty for those that the engine decides.
func (s *Set[L, A]) Coverage() (leads, eaches []string) {
	return make([]string, len(s.leads)), make([]string, len(s.eaches))
}
