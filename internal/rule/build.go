package rule

import (
	"cmp"
	"math"
	"math/bits"
	"slices"
)

// How many words the rows of one index may have. The equality of texts is worth
// more, for it narrows most.
const (
	largestIndex    = 32 << 10
	largestEquality = 1 << 20
)

// use is a test of a clause that an index answers.
type use struct {
	clause int
	test   *test
	safe   bool // a missing value has made the clause false before
}

// builder gathers the tests that look at one field in one way.
type builder struct {
	aspect aspect
	place  *place
	words  int
	tests  []*test
	needed bool // it decides a clause by itself, or one that nothing else narrows
	chosen bool
	uses   []use
}

func (b *builder) add(clause int, t *test, needed bool) {
	b.tests = append(b.tests, t)
	b.needed = b.needed || needed
}

// worth decides whether to build the index.
func (b *builder) worth() {
	rows := 2
	for _, t := range b.tests {
		rows += 2*len(t.bounds) + 2*len(t.numbers) + len(t.texts) + 1
	}
	largest := largestIndex
	if b.aspect == byText {
		largest = largestEquality
	}
	b.chosen = (b.needed || len(b.tests) > 3) && rows*b.words <= largest
	switch b.aspect {
	case alone:
		b.chosen = b.chosen && len(b.tests) > 1 // a check that several clauses share
	case bySearch, byElement:
		b.chosen = b.chosen && len(b.tests) < bits.UintSize-1 // the row is a number of so many bits
	}
}

// use books a test of a clause, given the tests before it.
func (b *builder) use(clause int, t *test, before clause) {
	safe := slices.ContainsFunc(before, func(other test) bool {
		return other.aspect == byNil && other.negate && other.key == t.key
	})
	b.uses = append(b.uses, use{clause, t, safe})
}

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

// texts are those that the tests name, sorted, each once.
func (b *builder) texts() (texts []string) {
	for _, u := range b.uses {
		texts = append(texts, u.test.texts...)
	}
	slices.Sort(texts)
	return slices.Compact(texts)
}

func (b *builder) equalities(x *index, all []uint64) {
	texts := b.texts()
	x.texts = newTextIndex(texts)
	x.missing = 0 // as any other text: nil equals none
	b.rows(x, all, 1, func(*test, int) (bool, bool) { return false, false })
	of := map[int][]*test{} // by clause
	naming := map[string][]int{}
	for _, u := range b.uses {
		slices.Sort(u.test.texts)
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
				if _, named := slices.BinarySearch(t.texts, text); named == t.negate {
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
	_, found := slices.BinarySearch(bounds, v) // one, or the sorted ones of a list
	return found
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
	texts := b.texts()
	x.texts = newTextIndex(texts)
	b.bitRows(x, all, len(texts), func(t *test) int { return slices.Index(texts, t.texts[0]) })
}
