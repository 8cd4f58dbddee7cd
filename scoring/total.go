package scoring

import (
	"math/bits"
	"time"

	"github.com/leadloop/leadloop/internal/rule"
)

// Points gives the total of [Scorer.Score] alone, in a fraction of its time and
// without memory of its own: for rankings, and for loops over very many leads.
// Problems are not told.
func (s *Scorer[L, A]) Points(subject Subject[L, A], now time.Time) Points {
	if total, ok := s.shortTotal(subject, now); ok {
		return total
	}
	return s.Score(subject, now).Total
}

// totals are the rules as [Scorer.Points] adds them up.
type totals struct {
	constants []int64 // what conditions on the lead give, within their rules' limits, by the index in the set
	mass      uint64  // of all constants
	lists     [][]sum // by dimension: its rules, then its groups'
	plain     bool    // all rules give constants
}

// sum is what is added of one list of rules.
type sum struct {
	words  []wordSum // conditions on the lead that give constants
	others []int     // the other rules
}

// wordSum is conditions of one word of the set's bits.
type wordSum struct {
	word  int
	mask  uint64
	bytes *[8][256]int64 // what the conditions of each byte give together, for each of its values; nil in large models
}

// mostTables is how many tables of bytes a scorer has: they take 16 KiB each.
const mostTables = 16

// tabulate makes the tables of bytes.
func (t *totals) tabulate() {
	count := 0
	for _, lists := range t.lists {
		for _, list := range lists {
			count += len(list.words)
		}
	}
	if count > mostTables {
		return
	}
	for _, lists := range t.lists {
		for _, list := range lists {
			for i := range list.words {
				x := &list.words[i]
				x.bytes = new([8][256]int64)
				for bit := range 64 {
					for value := range 256 {
						if x.mask>>bit&1 != 0 && value>>(bit%8)&1 != 0 {
							x.bytes[bit/8][value] += t.constants[x.word*64+bit]
						}
					}
				}
			}
		}
	}
}

// points sums what the conditions that hold give.
func (x *wordSum) points(constants []int64, holds uint64) (sum int64) {
	holds &= x.mask
	if b := x.bytes; b != nil {
		return b[0][holds&255] + b[1][holds>>8&255] + b[2][holds>>16&255] + b[3][holds>>24&255] +
			b[4][holds>>32&255] + b[5][holds>>40&255] + b[6][holds>>48&255] + b[7][holds>>56]
	}
	for ; holds != 0; holds &= holds - 1 {
		sum += constants[x.word*64+bits.TrailingZeros64(holds)]
	}
	return sum
}

// total prepares what Points needs.
func (s *Scorer[L, A]) total(conditions int) totals {
	t := totals{constants: make([]int64, conditions), plain: true}
	for i := range s.dimensions {
		d := &s.dimensions[i]
		lists := []sum{s.listed(&t, d.rules)}
		for j := range d.groups {
			lists = append(lists, s.listed(&t, d.groups[j].rules))
		}
		t.lists = append(t.lists, lists)
	}
	t.tabulate()
	return t
}

func (s *Scorer[L, A]) listed(t *totals, rules []compiledRule[L, A]) (list sum) {
	for i := range rules {
		r := &rules[i]
		if r.kind != onLead || r.index < 0 || r.source.value != nil || r.source.table != nil {
			list.others = append(list.others, i)
			t.plain = false
			continue
		}
		points := r.source.points
		t.mass += uint64(max(points, -points))
		r.limits.apply(&points)
		t.constants[r.index] = points
		word := r.index / 64
		if n := len(list.words); n == 0 || list.words[n-1].word != word {
			list.words = append(list.words, wordSum{word: word})
		}
		list.words[len(list.words)-1].mask |= 1 << (r.index % 64)
	}
	return list
}

// shortTotal sums the points without lines; false if it can't be done so.
func (s *Scorer[L, A]) shortTotal(subject Subject[L, A], now time.Time) (Points, bool) {
	if len(subject.Adjustments) > 0 || s.anyIdle || s.dateless || len(subject.Activities) > MaxActivities {
		return 0, false
	}
	run, err := s.compiler.Begin(&rule.Subject[L, A]{Lead: subject.Lead, Activities: subject.Activities, Now: now})
	if err != nil {
		return 0, false
	}
	defer run.End()
	run.Decide(s.set)
	var w *work
	if !s.totals.plain {
		w = s.borrow()
		defer s.giveBack(w)
		s.prepare(w, now.Round(0))
		s.earn(w, run, len(subject.Activities))
	}
	return s.shortSum(w, run, run.Holds())
}

// shortSum sums what has been decided and earned. Where all rules give constants it needs
// but the bits of the conditions that hold.
func (s *Scorer[L, A]) shortSum(w *work, run *rule.Run[L, A], holds []uint64) (Points, bool) {
	total := int64(0)
	for i := range s.dimensions {
		points, ok := s.shortDimension(w, run, holds, i)
		if !ok {
			return 0, false
		}
		total += points
	}
	if w != nil && w.mass+s.totals.mass > mostMass {
		return 0, false // Score finds out what really counts
	}
	s.limits.apply(&total)
	return Points(total), true
}

func (s *Scorer[L, A]) shortDimension(w *work, run *rule.Run[L, A], holds []uint64, index int) (points int64, ok bool) {
	d := &s.dimensions[index]
	for i := range s.totals.lists[index] {
		list := &s.totals.lists[index][i]
		rules := d.rules
		if i > 0 {
			rules = d.groups[i-1].rules
		}
		part := int64(0)
		for j := range list.words {
			x := &list.words[j]
			part += x.points(s.totals.constants, holds[x.word])
		}
		for _, j := range list.others {
			r := &rules[j]
			var e gain
			switch {
			case r.kind == onSilence:
				return 0, false
			case r.kind == onActivity:
				e = s.settle(w, r, index)
			case r.index < 0 || has(holds, r.index):
				e, _ = r.lead(w, run, index)
			}
			r.limits.apply(&e.left)
			part += e.left
		}
		if i > 0 {
			d.groups[i-1].limits.apply(&part)
		}
		points += part
	}
	d.limits.apply(&points)
	return points, true
}
