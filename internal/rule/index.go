package rule

import (
	"cmp"
	"slices"
)

// index answers all tests that look at one field in one way: it finds the row
// of the value, which has a bit for each clause that the value leaves possible.
type index struct {
	easy     easy
	aspect   aspect
	pairs    bool // rows come in pairs, one for each bit that row gives: whether it is 0 or 1
	slot     slot // of an easy one
	rows     []uint64
	texts    textIndex
	integers []int64      // thresholds: the row is how many of them the value reaches
	numbers  []float64    // thresholds
	nan      bool         // what is not a number has the row after theirs
	pointer  bool         // of an easy one: the slot points to
	value    slot         // the value
	from, to int          // the cuts of a window
	searches []textTest   // few, none with a pattern; or
	scanner  *textScanner // any
	place    *place
	check    check
	words    int      // of a row
	missing  int      // the row where there is no value
	doubt    []uint64 // the clauses with tests that fail then
	users    []uint64 // the clauses with tests that fail where the way to the field ends
}

// easy says that an index looks at a field that lies in the struct at hand.
type easy uint8

const (
	hard easy = iota
	easyText
	easyOnly // a single text
	easyDate // windows over the date of the activity
	easyWindow
	easyNumber
	easyInteger
	easyLength
	easyTruth
	easyNil
	easySearch
	easyPlain // one search without a pattern
)

// mostEasy is how many bounds are compared with one after the other.
const mostEasy = 8

// ease finds out how an index over a struct with the date is easy.
func (x *index) ease(of bool, date *place) {
	if x.aspect == alone || x.pairs || x.place.item != of || len(x.place.hops) > 0 {
		return
	}
	x.slot, x.value = x.place.last, x.place.value
	x.pointer = x.place.pointer && x.aspect != byNil
	switch {
	case x.aspect == byText && x.texts.single:
		x.easy = easyOnly
	case x.aspect == byText && x.texts.perfect:
		x.easy = easyText
	case x.aspect == byWindow && date != nil && x.place.name == date.name:
		x.easy = easyDate
	case x.aspect == byWindow:
		x.easy = easyWindow
	case x.aspect == byNumber && len(x.numbers) <= mostEasy:
		x.easy = easyNumber
	case x.aspect == byInteger && len(x.integers) <= mostEasy:
		x.easy = easyInteger
	case x.aspect == byLength && len(x.integers) <= mostEasy:
		x.easy = easyLength
	case x.aspect == byTruth:
		x.easy = easyTruth
	case x.aspect == byNil:
		x.easy = easyNil
	case x.aspect == bySearch && x.searches != nil:
		x.easy = easyPlain
	case x.aspect == bySearch:
		x.easy = easySearch
	}
}

// narrowWord takes the clauses that are possible for the struct m, at most 64,
// through the indexes. The doubtful ones may fail.
func narrowWord(indexes []index, f *frame, m memory, holds uint64) (possible, doubtful uint64) {
	for i := range indexes {
		x, row := &indexes[i], 0
		s, m := &x.slot, m
		if x.pointer {
			if m = s.follow(m); absent(m) {
				holds &= x.rows[x.missing]
				doubtful |= x.doubt[0]
				continue
			}
			s = &x.value
		}
		switch x.easy {
		case easyText:
			row = x.texts.sure(s.text(m))
		case easyOnly:
			row = ones(s.text(m) == x.texts.only)
		case easyDate:
			row = rowOfKey(f.cuts[x.from:x.to], f.itemKey)
		case easyWindow:
			row = rowOfKey(f.cuts[x.from:x.to], keyOf(s.time(m)))
		case easyNumber:
			row = x.rowOfNumber(s.number(m))
		case easyInteger:
			row = x.rowOfInteger(s.integer(m))
		case easyLength:
			row = x.rowOfInteger(int64(s.length(m)))
		case easyTruth:
			row = ones(s.boolean(m))
		case easyNil:
			row = ones(s.isNil(m))
		case easySearch:
			row = int(x.scanner.scan64(s.text(m)))
		case easyPlain:
			text := s.text(m)
			for i := range x.searches {
				row |= ones(x.searches[i].holds(text)) << i
			}
		default:
			row = x.row(f)
			switch {
			case row < 0:
				doubtful |= x.users[0]
				continue
			case x.pairs:
				one := [1]uint64{holds}
				x.narrow(one[:], row)
				holds = one[0]
				continue
			case row == x.missing:
				doubtful |= x.doubt[0]
			}
		}
		holds &= x.rows[row]
	}
	return holds, doubtful
}

// ones is 1 of what is true, without a jump that a processor would have to guess.
func ones(b bool) int {
	if b {
		return 1
	}
	return 0
}

// rowOfKey finds the row among cuts.
func rowOfKey(cuts []int64, key int64) (row int) {
	for len(cuts) >= 4 {
		row += ones(key >= cuts[0]) + ones(key >= cuts[1]) + ones(key >= cuts[2]) + ones(key >= cuts[3])
		cuts = cuts[4:]
	}
	for _, cut := range cuts {
		row += ones(key >= cut)
	}
	return row
}

// rowOfNumber finds the row among few thresholds.
func (x *index) rowOfNumber(v float64) (row int) {
	for _, threshold := range x.numbers {
		row += ones(v >= threshold)
	}
	if x.nan && v != v {
		return len(x.numbers) + 1
	}
	return row
}

// rowOfInteger finds the row among few thresholds.
func (x *index) rowOfInteger(v int64) (row int) {
	for _, threshold := range x.integers {
		row += ones(v >= threshold)
	}
	return row
}

// row finds the row for the frame; below 0 if that fails.
func (x *index) row(f *frame) int {
	if x.aspect == alone {
		switch x.check(f) {
		case yes:
			return 1
		case no:
			return 0
		}
		return -1
	}
	m, ok := x.place.base(f)
	if !ok {
		return -1
	}
	s := &x.place.last
	if x.aspect == byNil {
		if s.isNil(m) {
			return 1
		}
		return 0
	}
	if x.place.pointer {
		if m = s.follow(m); absent(m) {
			return x.missing
		}
		s = &x.place.value
	}
	switch x.aspect {
	case byText:
		return x.texts.find(s.text(m))
	case byInteger:
		return rowAmong(x.integers, s.integer(m))
	case byLength:
		return rowAmong(x.integers, int64(s.length(m)))
	case byNumber:
		v := s.number(m)
		if v != v {
			return x.rowOfNumber(v)
		}
		return rowAmong(x.numbers, v)
	case byTruth:
		if s.boolean(m) {
			return 1
		}
		return 0
	case byWindow:
		return rowOfKey(f.cuts[x.from:x.to], keyOf(s.time(m)))
	case bySearch:
		return int(x.scanner.scan64(s.text(m)))
	}
	hits := 0
	for i := range s.length(m) {
		hits |= 1 << x.texts.find(s.element(m, i))
	}
	return hits >> 1
}

// rowAmong tells how many thresholds the value reaches.
func rowAmong[T cmp.Ordered](thresholds []T, v T) int {
	i, found := slices.BinarySearch(thresholds, v)
	return i + ones(found)
}

// narrow combines the row of each bit.
func (x *index) narrow(holds []uint64, hits int) {
	for bit := range len(x.rows) / (2 * x.words) {
		row := 2*bit + hits>>bit&1
		for w, mask := range x.rows[row*x.words : (row+1)*x.words] {
			holds[w] &= mask
		}
	}
}
