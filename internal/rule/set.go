package rule

import (
	"cmp"
	"slices"
)

// Set is the conditions of a model, decided together: one look at the lead and
// one pass over its activities. It is safe for concurrent use.
type Set[L, A any] struct {
	plan
	compiler         *Compiler[L, A]
	leads, eaches    []*Condition[L, A]
	leadRest         []int // conditions that are left to the machine
	eachRest         []int
	leadWhy, eachWhy []string // what of each condition leaves it to the machine
	counted          []string // the texts of the counters
}

// Set puts conditions together: on the lead, and on each activity. They are
// from then on known by their index.
func (c *Compiler[L, A]) Set(leads, eaches []*Condition[L, A]) *Set[L, A] {
	s := &Set[L, A]{compiler: c, leads: leads, eaches: eaches, leadWhy: make([]string, len(leads)), eachWhy: make([]string, len(eaches))}
	l := newLowering(&c.language)
	var leadClauses, eachClauses []clause
	for i, condition := range leads {
		if clause, ok := l.lowered(&condition.program); ok {
			leadClauses = append(leadClauses, clause)
			s.leadOf = append(s.leadOf, i)
		} else {
			s.leadRest, s.leadWhy[i] = append(s.leadRest, i), l.blamed
		}
	}
	for i, condition := range eaches {
		if clause, ok := l.lowered(&condition.program); ok {
			eachClauses = append(eachClauses, clause)
			s.eachOf = append(s.eachOf, i)
		} else {
			s.eachRest, s.eachWhy[i] = append(s.eachRest, i), l.blamed
		}
	}
	s.counted = l.counted()
	s.build(l, leadClauses, eachClauses, len(s.leadRest) == 0, c.date.place)
	return s
}

// Coverage tells for each condition which part of it leaves it to the expression
// language's machine; empty for those that the tables decide.
func (s *Set[L, A]) Coverage() (leads, eaches []string) { return s.leadWhy, s.eachWhy }

// Match is a condition on an activity that holds, or that fails.
type Match struct {
	Each     int32 // the condition, by its index in the set
	Activity int32 // by its index in the subject
}

func (m Match) compare(other Match) int {
	return cmp.Or(cmp.Compare(m.Activity, other.Activity), cmp.Compare(m.Each, other.Each))
}

// Decide decides every condition of the set. What it finds is valid until the
// next Decide or End.
func (r *Run[L, A]) Decide(s *Set[L, A]) {
	r.matches, r.failing = r.matches[:0], r.failing[:0]
	r.holds, r.failed = zero(r.holds, (len(s.leads)+63)/64), zero(r.failed, (len(s.leads)+63)/64)
	// Where values can't be used, rules that read them fail: the machine's side knows which.
	if r.flawed || !r.decide(&s.plan) {
		r.leave(s, indexes(len(s.leads)), indexes(len(s.eaches)))
	} else {
		r.leave(s, s.leadRest, s.eachRest)
	}
}

func indexes(count int) []int {
	all := make([]int, count)
	for i := range all {
		all[i] = i
	}
	return all
}

// leave lets the machine decide conditions on the lead and on activities.
func (r *Run[L, A]) leave(s *Set[L, A], leads, eaches []int) {
	for _, i := range leads {
		switch ok, err := s.leads[i].True(r, 0); {
		case err != nil:
			set(r.failed, i)
		case ok:
			set(r.holds, i)
		}
	}
	if len(eaches) == 0 {
		return
	}
	for activity := range r.rows.count {
		if r.item = r.rows.at(activity); r.occurrence() != happened {
			continue
		}
		for _, i := range eaches {
			switch ok, err := s.eaches[i].True(r, activity); {
			case err != nil:
				r.failing = append(r.failing, Match{int32(i), int32(activity)})
			case ok:
				r.matches = append(r.matches, Match{int32(i), int32(activity)})
			}
		}
	}
	slices.SortFunc(r.matches, Match.compare)
	slices.SortFunc(r.failing, Match.compare)
}

// Holds gives a bit for each condition on the lead, 64 to a word, the first in the lowest bit: whether it holds.
func (v *view) Holds() []uint64 { return v.holds }

// Failed gives a bit for each condition on the lead: whether it fails. Its
// True says why.
func (v *view) Failed() []uint64 { return v.failed }

// Matches lists what holds of which activity, by activity and then by condition.
func (v *view) Matches() []Match { return v.matches }

// Failing lists what fails on which activity, by activity and then by
// condition. True says why.
func (v *view) Failing() []Match { return v.failing }
