package rule

import (
	"cmp"
	"math/bits"
	"slices"
)

// Set is the conditions of a model, decided together: one look at the lead and
// one pass over its activities. It is safe for concurrent use.
//
// Conditions are taken to clauses of two tables, one over the lead and one over
// each activity. Counts of activities in conditions on the lead are counters:
// clauses over the activity as well. What the tables do not cover is left to
// the expression language's machine, condition by condition.
type Set[L, A any] struct {
	leads, eaches    []*Condition[L, A]
	leadTable        *table
	itemTable        *table
	counters         int      // the first clauses of itemTable
	counting         []uint64 // those of them of which it matters how many there are, not just whether there is one
	cuts             cuts
	leadOf, eachOf   []int // the condition of each clause
	leadRest         []int // conditions that are left to the machine
	eachRest         []int
	leadWhy, eachWhy []string // what of each condition leaves it to the machine
}

// Set puts conditions together: on the lead, and on each activity. They are
// from then on known by their index.
func (c *Compiler[L, A]) Set(leads, eaches []*Condition[L, A]) *Set[L, A] {
	s := &Set[L, A]{leads: leads, eaches: eaches, leadWhy: make([]string, len(leads)), eachWhy: make([]string, len(eaches))}
	l := &lowering{language: &c.language, counterOf: map[string]int{}, exact: map[int]bool{}}
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
	s.counters = len(l.counters)
	s.itemTable = newTable(append(l.counters, eachClauses...), &s.cuts)
	s.leadTable = newTable(leadClauses, &s.cuts)
	s.counting = make([]uint64, s.itemTable.words)
	for counter := range l.exact {
		set(s.counting, counter)
	}
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

// decisions are what [Run.Decide] has found, reused by the next run.
type decisions struct {
	frame            frame
	holds, failed    []uint64 // a bit for each condition on the lead
	matches, failing []Match

	leadHolds, leadFailing []uint64 // a bit for each clause
	itemHolds, itemFailing []uint64
	some                   []uint64 // the clauses that held for an activity
}

func indexes(count int) []int {
	all := make([]int, count)
	for i := range all {
		all[i] = i
	}
	return all
}

// zero gives a slice of so many zero words.
func zero(words []uint64, count int) []uint64 {
	if cap(words) < count {
		return make([]uint64, count)
	}
	words = words[:count]
	clear(words)
	return words
}

// Decide decides every condition of the set. What it finds is valid until the
// next Decide or End.
func (r *Run[L, A]) Decide(s *Set[L, A]) {
	d := &r.decided
	d.matches, d.failing = d.matches[:0], d.failing[:0]
	d.holds, d.failed = zero(d.holds, (len(s.leads)+63)/64), zero(d.failed, (len(s.leads)+63)/64)
	exact := !r.flawed // rules that read what can't be used fail: the machine's side knows which
	if exact {
		d.frame.cuts, exact = s.cuts.keys(d.frame.cuts, r.now)
	}
	if !exact {
		r.leave(s, indexes(len(s.leads)))
		r.leaveEaches(s, indexes(len(s.eaches)))
		return
	}
	r.decideActivities(s)
	r.decideLead(s)
	r.leave(s, s.leadRest)
	r.leaveEaches(s, s.eachRest)
}

// decideActivities makes one pass over the activities that count.
func (r *Run[L, A]) decideActivities(s *Set[L, A]) {
	d, t := &r.decided, s.itemTable
	f := &d.frame
	f.lead, f.now = r.lead, r.now
	f.counts = slices.Grow(f.counts[:0], s.counters)[:s.counters]
	clear(f.counts)
	f.broken, f.anyBroken = zero(f.broken, t.words), false
	d.some, d.itemHolds, d.itemFailing = zero(d.some, t.words), zero(d.itemHolds, t.words), zero(d.itemFailing, t.words)
	r.later, r.undated, r.counted = 0, 0, true
	for i := range r.rows.count {
		f.item = r.rows.at(i)
		if r.leftOut(f) {
			continue
		}
		t.decide(f, d.itemHolds, d.itemFailing)
		for w, holds := range d.itemHolds {
			d.some[w] |= holds
			for many := holds & s.counting[w]; many != 0; many &= many - 1 {
				f.counts[w*64+bits.TrailingZeros64(many)]++
			}
			s.matched(&d.matches, w, holds, i)
			if failing := d.itemFailing[w]; failing != 0 {
				s.matched(&d.failing, w, failing, i)
				f.broken[w] |= failing
				f.anyBroken = true
			}
		}
	}
	for w, some := range d.some {
		for once := some &^ s.counting[w]; once != 0; once &= once - 1 {
			if c := w*64 + bits.TrailingZeros64(once); c < s.counters {
				f.counts[c] = 1
			}
		}
	}
}

// matched lists the conditions among the clauses of a word.
func (s *Set[L, A]) matched(list *[]Match, word int, clauses uint64, activity int) {
	if from := s.counters - word*64; from >= 64 {
		return
	} else if from > 0 {
		clauses &^= 1<<from - 1
	}
	for ; clauses != 0; clauses &= clauses - 1 {
		each := s.eachOf[word*64+bits.TrailingZeros64(clauses)-s.counters]
		*list = append(*list, Match{int32(each), int32(activity)})
	}
}

func (r *Run[L, A]) decideLead(s *Set[L, A]) {
	d, t := &r.decided, s.leadTable
	if len(s.leadRest) == 0 { // each condition is the clause of its number
		t.decide(&d.frame, d.holds, d.failed)
		return
	}
	d.leadHolds, d.leadFailing = zero(d.leadHolds, t.words), zero(d.leadFailing, t.words)
	t.decide(&d.frame, d.leadHolds, d.leadFailing)
	for i, condition := range s.leadOf {
		d.holds[condition/64] |= d.leadHolds[i/64] >> (i % 64) & 1 << (condition % 64)
		d.failed[condition/64] |= d.leadFailing[i/64] >> (i % 64) & 1 << (condition % 64)
	}
}

// leave lets the machine decide conditions on the lead.
func (r *Run[L, A]) leave(s *Set[L, A], rest []int) {
	for _, i := range rest {
		switch ok, err := s.leads[i].True(r, 0); {
		case err != nil:
			set(r.decided.failed, i)
		case ok:
			set(r.decided.holds, i)
		}
	}
}

// leaveEaches lets the machine decide conditions on activities.
func (r *Run[L, A]) leaveEaches(s *Set[L, A], rest []int) {
	if len(rest) == 0 {
		return
	}
	d := &r.decided
	for activity := range r.rows.count {
		if d.frame.item = r.rows.at(activity); r.occurrence(&d.frame) != happened {
			continue
		}
		for _, i := range rest {
			switch ok, err := s.eaches[i].True(r, activity); {
			case err != nil:
				d.failing = append(d.failing, Match{int32(i), int32(activity)})
			case ok:
				d.matches = append(d.matches, Match{int32(i), int32(activity)})
			}
		}
	}
	slices.SortFunc(d.matches, Match.compare)
	slices.SortFunc(d.failing, Match.compare)
}

func (m Match) compare(other Match) int {
	return cmp.Or(cmp.Compare(m.Activity, other.Activity), cmp.Compare(m.Each, other.Each))
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
