package rule

import (
	"cmp"
	"math"
	"slices"
	"time"
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

// The instants that keys tell apart, in seconds from 1970: the years 1698 to 2242.
const farthest = 1<<33 - 1

// keyOf orders instants as integers. Those out of range are before or after all
// others, which is enough where only cuts within it are compared with.
func keyOf(t *time.Time) int64 {
	s := t.Unix()
	if uint64(s+farthest) <= 2*farthest {
		return s<<30 | int64(t.Nanosecond())
	}
	if s > 0 {
		return math.MaxInt64
	}
	return math.MinInt64
}

// cut is an instant relative to now.
type cut struct {
	seconds, nanoseconds int64 // the nanoseconds from 0 to below 10⁹
}

// after is the cut at an offset, or one nanosecond later.
func after(offset time.Duration, strictly bool) cut {
	c := cut{int64(offset / time.Second), int64(offset % time.Second)}
	if strictly {
		c.nanoseconds++
	}
	switch {
	case c.nanoseconds < 0:
		c.seconds, c.nanoseconds = c.seconds-1, c.nanoseconds+1e9
	case c.nanoseconds == 1e9:
		c.seconds, c.nanoseconds = c.seconds+1, 0
	}
	return c
}

// cuts are those of a set.
type cuts []cut

// build makes the index of all booked tests.
func (b *builder) build(all []uint64, c *cuts) index {
	x := index{aspect: b.aspect, place: b.place, words: b.words, missing: -1, users: make([]uint64, b.words), doubt: make([]uint64, b.words)}
	for _, u := range b.uses {
		set(x.users, u.clause)
	}
	switch b.aspect {
	case alone:
		x.check = b.uses[0].test.check
		b.rows(&x, all, 2, func(t *test, row int) (bool, bool) { return row == 1, false })
	case byNil, byTruth:
		x.missing = 2
		b.rows(&x, all, 3, func(t *test, row int) (bool, bool) { return row == 1, row == 2 })
	case byText:
		b.equalities(&x, all)
	case byInteger, byLength:
		b.integers(&x, all)
	case byNumber:
		b.numbers(&x, all)
	case byWindow:
		b.windows(&x, all, c)
	case bySearch:
		b.searches(&x, all)
	case byElement:
		b.elements(&x, all)
	}
	return x
}

// rows makes the rows of the index: in each, a clause is possible if all its
// tests hold. Where a test fails, which only the row of the missing value
// knows, the clause is doubtful.
func (b *builder) rows(x *index, all []uint64, count int, of func(t *test, row int) (holds, fails bool)) {
	x.rows = x.rows[:0]
	for row := range count {
		mask := slices.Clone(all)
		for _, u := range b.uses {
			holds, fails := of(u.test, row)
			switch {
			case fails && u.safe:
				mask[u.clause/64] &^= 1 << (u.clause % 64)
			case fails:
				set(x.doubt, u.clause)
			case holds == u.test.negate:
				mask[u.clause/64] &^= 1 << (u.clause % 64)
			}
		}
		x.rows = append(x.rows, mask...)
	}
}

func (b *builder) equalities(x *index, all []uint64) {
	var texts []string
	for _, u := range b.uses {
		texts = append(texts, u.test.texts...)
	}
	slices.Sort(texts)
	texts = slices.Compact(texts)
	x.texts = newTextIndex(texts)
	x.missing = 0 // as any other text: nil equals none
	b.rows(x, all, 1, func(*test, int) (bool, bool) { return false, false })
	of := map[int][]*test{} // by clause
	naming := map[string][]int{}
	for _, u := range b.uses {
		of[u.clause] = append(of[u.clause], u.test)
		for _, text := range u.test.texts {
			naming[text] = append(naming[text], u.clause)
		}
	}
	// The other rows differ from that of any other text only in the clauses that name theirs.
	others := slices.Clone(x.rows)
	for _, text := range texts {
		mask := slices.Clone(others)
		for _, clause := range naming[text] {
			bit := uint64(1) << (clause % 64)
			mask[clause/64] |= bit
			for _, t := range of[clause] {
				if slices.Contains(t.texts, text) == t.negate {
					mask[clause/64] &^= bit
				}
			}
		}
		x.rows = append(x.rows, mask...)
	}
}

func (b *builder) integers(x *index, all []uint64) {
	for _, u := range b.uses {
		x.integers = appendThresholds(x.integers, u.test.compare, u.test.bounds, func(v int64) (int64, bool) { return v + 1, v < math.MaxInt64 })
	}
	slices.Sort(x.integers)
	x.integers = slices.Compact(x.integers)
	x.missing = len(x.integers) + 1
	b.rows(x, all, x.missing+1, func(t *test, row int) (bool, bool) {
		if row == x.missing {
			return false, isOrdering(t.compare)
		}
		least := int64(math.MinInt64)
		if row > 0 {
			least = x.integers[row-1]
		}
		return compares(t.compare, t.bounds, least), false
	})
}

func (b *builder) numbers(x *index, all []uint64) {
	for _, u := range b.uses {
		x.numbers = appendThresholds(x.numbers, u.test.compare, u.test.numbers, func(v float64) (float64, bool) { return above(v), !math.IsInf(v, 1) })
	}
	slices.Sort(x.numbers)
	x.numbers = slices.Compact(x.numbers)
	nan := len(x.numbers) + 1
	x.missing = nan + 1
	b.rows(x, all, x.missing+1, func(t *test, row int) (bool, bool) {
		switch row {
		case x.missing:
			return false, isOrdering(t.compare)
		case nan:
			return false, false
		}
		least := math.Inf(-1)
		if row > 0 {
			least = x.numbers[row-1]
		}
		return compares(t.compare, t.numbers, least), false
	})
	x.nan = !slices.Equal(x.rows[:x.words], x.rows[nan*x.words:x.missing*x.words])
}

// appendThresholds appends the values at which a comparison's truth changes.
func appendThresholds[T cmp.Ordered](to []T, operator string, bounds []T, next func(T) (T, bool)) []T {
	for i, bound := range bounds {
		last := i == len(bounds)-1
		if operator != "<=" && operator != ">" && (operator != ".." || !last) {
			to = append(to, bound)
		}
		if operator != "<" && operator != ">=" && (operator != ".." || last) {
			if above, ok := next(bound); ok {
				to = append(to, above)
			}
		}
	}
	return to
}

// above is the next larger number.
func above(v float64) float64 {
	switch {
	case v == 0:
		return math.SmallestNonzeroFloat64
	case v > 0:
		return math.Float64frombits(math.Float64bits(v) + 1)
	}
	return math.Float64frombits(math.Float64bits(v) - 1)
}

// isOrdering tells whether a comparison fails where there is no value.
func isOrdering(operator string) bool { return operator[0] == '<' || operator[0] == '>' }

// compares decides a comparison with constants.
func compares[T cmp.Ordered](operator string, bounds []T, v T) bool {
	switch operator {
	case "<":
		return v < bounds[0]
	case "<=":
		return v <= bounds[0]
	case ">":
		return v > bounds[0]
	case ">=":
		return v >= bounds[0]
	case "..":
		return v >= bounds[0] && v <= bounds[1]
	}
	return slices.Contains(bounds, v)
}

func (b *builder) windows(x *index, all []uint64, c *cuts) {
	var own []cut
	for _, u := range b.uses {
		own = append(own, after(u.test.offset, u.test.strictly))
	}
	slices.SortFunc(own, func(a, b cut) int {
		return cmp.Or(cmp.Compare(a.seconds, b.seconds), cmp.Compare(a.nanoseconds, b.nanoseconds))
	})
	own = slices.Compact(own)
	x.from, x.to = len(*c), len(*c)+len(own)
	*c = append(*c, own...)
	x.missing = len(own) + 1
	b.rows(x, all, len(own)+2, func(t *test, row int) (bool, bool) {
		return row > slices.Index(own, after(t.offset, t.strictly)), row == x.missing
	})
}

// mostBits is up to how many bits all their combinations have a row.
const mostBits = 6

// bitRows makes rows for tests that each have a bit.
func (b *builder) bitRows(x *index, all []uint64, count int, bitOf func(*test) int) {
	if count <= mostBits {
		b.rows(x, all, 1<<count, func(t *test, row int) (bool, bool) { return row>>bitOf(t)&1 != 0, false })
		return
	}
	x.pairs = true
	var rows []uint64
	for bit := range count {
		for hit := range 2 {
			mask := slices.Clone(all)
			for _, u := range b.uses {
				if bitOf(u.test) == bit && (hit == 1) == u.test.negate {
					mask[u.clause/64] &^= 1 << (u.clause % 64)
				}
			}
			rows = append(rows, mask...)
		}
	}
	x.rows = rows
}

func (b *builder) searches(x *index, all []uint64) {
	var tests []textTest
	for _, u := range b.uses {
		if !slices.Contains(tests, u.test.search) {
			tests = append(tests, u.test.search)
		}
	}
	x.scanner = newTextScanner(tests)
	if len(tests) <= 2 && !slices.ContainsFunc(tests, func(t textTest) bool { return t.kind == textMatches }) {
		x.searches = tests
	}
	x.missing = 0 // as a text that holds none
	b.bitRows(x, all, len(tests), func(t *test) int { return slices.Index(tests, t.search) })
}

func (b *builder) elements(x *index, all []uint64) {
	var texts []string
	for _, u := range b.uses {
		texts = append(texts, u.test.texts...)
	}
	slices.Sort(texts)
	texts = slices.Compact(texts)
	x.texts = newTextIndex(texts)
	b.bitRows(x, all, len(texts), func(t *test) int { return slices.Index(texts, t.texts[0]) })
}

// textIndex numbers texts from 1 on; 0 is any other.
type textIndex struct {
	only    string // the single text
	single  bool
	perfect bool // no two texts have one place
	short   bool // the length and the first byte tell the texts apart
	hash    hash
	entries []textEntry
	numbers map[string]int // if not perfect
}

type textEntry struct {
	text   string
	number int
}

// hash makes places of a few bytes of a text, which tell most sets of names apart.
type hash struct {
	multiplier uint64
	shift      uint
}

// triedMultipliers is how many are tried at each size of the table.
const triedMultipliers = 16

func newTextIndex(texts []string) textIndex {
	if len(texts) == 1 {
		return textIndex{only: texts[0], single: true}
	}
	for _, short := range []bool{true, false} {
		for bits := uint(2); 1<<bits <= 32*len(texts); bits++ {
			multiplier := uint64(0x9E3779B97F4A7C15)
			for range triedMultipliers {
				x := textIndex{perfect: true, short: short, hash: hash{multiplier, 64 - bits}, entries: make([]textEntry, 1<<bits)}
				if len(texts) <= 1<<bits && x.place(texts) {
					return x
				}
				multiplier = multiplier*6364136223846793005 + 1442695040888963407
			}
		}
	}
	x := textIndex{numbers: map[string]int{}}
	for i, text := range texts {
		x.numbers[text] = i + 1
	}
	return x
}

// place puts each text into its place; false if one is taken.
func (x *textIndex) place(texts []string) bool {
	for i, text := range texts {
		e := x.at(text)
		if e.number != 0 {
			return false
		}
		*e = textEntry{text, i + 1}
	}
	return true
}

// at is the place of a text.
func (x *textIndex) at(text string) *textEntry {
	n := uint64(len(text))
	if n == 0 {
		return &x.entries[0]
	}
	n ^= uint64(text[0]) << 8
	if !x.short {
		n ^= uint64(text[len(text)-1])<<16 ^ uint64(text[len(text)>>1])<<24
	}
	return &x.entries[n*x.hash.multiplier>>x.hash.shift&uint64(len(x.entries)-1)]
}

// sure gives the text's number, or 0, of a perfect index.
func (x *textIndex) sure(text string) int {
	if e := x.at(text); equalText(e.text, text) {
		return e.number
	}
	return 0
}

// equalText is a == b without a call for the usual lengths of names.
func equalText(a, b string) bool {
	n := len(a)
	switch {
	case n != len(b):
		return false
	case n >= 8 && n <= 16:
		return load8(a) == load8(b) && load8(a[n-8:]) == load8(b[n-8:])
	case n >= 4 && n < 8:
		return load4(a) == load4(b) && load4(a[n-4:]) == load4(b[n-4:])
	}
	return a == b
}

// load8 reads 8 bytes, which compilers make one load of.
func load8(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 | uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

func load4(s string) uint32 {
	_ = s[3]
	return uint32(s[0]) | uint32(s[1])<<8 | uint32(s[2])<<16 | uint32(s[3])<<24
}

// find gives the text's number, or 0.
func (x *textIndex) find(text string) int {
	switch {
	case x.single:
		return ones(text == x.only)
	case x.perfect:
		return x.sure(text)
	}
	return x.numbers[text]
}
