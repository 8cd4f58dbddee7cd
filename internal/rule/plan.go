package rule

import (
	"math"
	"math/bits"
	"slices"
)

// plan is how a set is decided. Conditions are clauses of two tables, one over
// the lead and one over each activity. Counts of activities in conditions on the
// lead are counters: clauses over the activity as well.
type plan struct {
	leads, items   *table
	counters       int      // the first clauses of items
	counting       []uint64 // those of them of which it matters how many there are, not just whether there is one
	cuts           cuts
	leadOf, eachOf []int // the condition of each clause
	straight       bool  // the conditions on the lead are the clauses of the same numbers
}

func (p *plan) build(l *lowering, leads, eaches []clause, straight bool, date *place) {
	p.counters = len(l.counters)
	p.items = newTable(append(l.counters, eaches...), &p.cuts, true, date)
	p.leads = newTable(leads, &p.cuts, false, nil)
	p.counting = make([]uint64, p.items.words)
	for counter := range l.exact {
		set(p.counting, counter)
	}
	p.straight = straight
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

// decide decides the clauses; false if now is so far off that instants can't be compared as keys.
func (v *view) decide(p *plan) bool {
	if !v.cutsAt(p.cuts) {
		return false
	}
	v.counts = slices.Grow(v.counts[:0], p.counters)[:p.counters]
	clear(v.counts)
	v.anyBroken = false
	v.broken = zero(v.broken, p.items.words)
	v.later, v.undated, v.counted = 0, 0, true
	switch p.items.words {
	case 0:
		v.counted = false
	case 1:
		v.passWord(p)
	default:
		v.pass(p)
	}
	v.decideLead(p)
	return true
}

// cutsAt computes the instants that windows compare with; false if one is out of range.
func (v *view) cutsAt(c cuts) bool {
	v.cuts = v.cuts[:0]
	if v.nowKey == math.MaxInt64 || v.nowKey == math.MinInt64 {
		return false
	}
	seconds, nanoseconds := v.nowKey>>30, v.nowKey&(1<<30-1)
	for i := range c {
		s, n := seconds+c[i].seconds, nanoseconds+c[i].nanoseconds
		if n >= 1e9 {
			s, n = s+1, n-1e9
		}
		if s > farthest || s < -farthest {
			return false
		}
		v.cuts = append(v.cuts, s<<30|n)
	}
	return true
}

// pass makes one pass over the activities that count, for any number of clauses.
func (v *view) pass(p *plan) {
	t := p.items
	v.some, v.itemHolds, v.itemFailing = zero(v.some, t.words), zero(v.itemHolds, t.words), zero(v.itemFailing, t.words)
	for i := range v.rows.count {
		v.item = v.rows.at(i)
		if v.leftOut() {
			continue
		}
		t.decide(&v.frame, v.item, v.itemHolds, v.itemFailing)
		for w, holds := range v.itemHolds {
			v.some[w] |= holds
			for many := holds & p.counting[w]; many != 0; many &= many - 1 {
				v.counts[w*64+bits.TrailingZeros64(many)]++
			}
			p.list(&v.matches, w, holds, i)
			if failing := v.itemFailing[w]; failing != 0 {
				v.fail(p, w, failing, i)
			}
		}
	}
	for w, some := range v.some {
		for once := some &^ p.counting[w]; once != 0; once &= once - 1 {
			if c := w*64 + bits.TrailingZeros64(once); c < p.counters {
				v.counts[c] = 1
			}
		}
	}
}

// fail books the clauses of a word that fail on an activity.
func (v *view) fail(p *plan, word int, failing uint64, activity int) {
	p.list(&v.failing, word, failing, activity)
	v.broken[word] |= failing
	v.anyBroken = true
}

// list lists the conditions on activities among the clauses of a word.
func (p *plan) list(list *[]Match, word int, clauses uint64, activity int) {
	if from := p.counters - word*64; from >= 64 {
		return
	} else if from > 0 {
		clauses &^= 1<<from - 1
	}
	for ; clauses != 0; clauses &= clauses - 1 {
		each := p.eachOf[word*64+bits.TrailingZeros64(clauses)-p.counters]
		*list = append(*list, Match{int32(each), int32(activity)})
	}
}

func (v *view) decideLead(p *plan) {
	t := p.leads
	if p.straight {
		t.decide(&v.frame, v.lead, v.holds, v.failed)
		return
	}
	v.leadHolds, v.leadFailing = zero(v.leadHolds, t.words), zero(v.leadFailing, t.words)
	t.decide(&v.frame, v.lead, v.leadHolds, v.leadFailing)
	for i, condition := range p.leadOf {
		v.holds[condition/64] |= v.leadHolds[i/64] >> (i % 64) & 1 << (condition % 64)
		v.failed[condition/64] |= v.leadFailing[i/64] >> (i % 64) & 1 << (condition % 64)
	}
}
