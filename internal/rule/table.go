package rule

import (
	"math/bits"
	"slices"
)

// table decides many clauses over one struct at once. Each clause has a bit.
// An index looks at one field and gives the row of the clauses that its value
// leaves possible; the rows of all indexes are combined with and. What no index
// answers is checked for the clauses that are still possible. Where a test may
// fail for this very struct, its clauses are suspects, and are decided anew by
// their checks in order, so that errors are those of the text.
type table struct {
	words   int
	all     []uint64  // a bit for each clause
	rest    []uint64  // the clauses with checks that no index answers
	left    []check   // of those clauses, in one
	exact   [][]check // all checks of a clause
	indexes []index
	dated   int // how many of the first indexes are windows over the activity's date: 0 or 1
	tallies []tallyTest
	tallied []uint64 // the clauses with tallies
	sure    uint64   // the clauses of the first word that can't fail
}

// tallyTest clears a clause's bit unless a counter has at least so many.
type tallyTest struct {
	counter, least int
	negate         bool
	word           int
	mask           uint64
}

// newTable builds the indexes that are worth their cost: one for each way to
// look at a field that clauses share, or that decides a clause by itself. The
// table is over activities, with the date, or over the lead.
func newTable(clauses []clause, cuts *cuts, items bool, date *place) *table {
	t := &table{words: (len(clauses) + 63) / 64, left: make([]check, len(clauses)), exact: make([][]check, len(clauses))}
	t.all, t.rest, t.tallied = make([]uint64, t.words), make([]uint64, t.words), make([]uint64, t.words)
	fallible := func(t *test) bool {
		dated := items && date != nil && t.aspect == byWindow && t.place.name == date.name // what has no date does not count
		return t.fallible() && !(dated && !date.fallible())
	}
	builders := map[string]*builder{}
	var order []*builder
	for i, c := range clauses {
		set(t.all, i)
		selective := slices.ContainsFunc(c, func(t test) bool { return t.aspect == byText && !t.negate })
		for j := range c {
			x := &c[j]
			t.exact[i] = append(t.exact[i], x.check)
			if x.aspect == byTally {
				continue
			}
			key := string('0'+byte(x.aspect)) + x.key
			b := builders[key]
			if b == nil {
				b = &builder{aspect: x.aspect, place: x.place, words: t.words}
				builders[key] = b
				order = append(order, b)
			}
			b.add(i, x, !selective || len(c) == 1)
		}
	}
	for _, b := range order {
		b.worth()
	}
	for i, c := range clauses {
		if i < 64 && !slices.ContainsFunc(c, func(t test) bool { return fallible(&t) }) {
			t.sure |= 1 << i
		}
		var left []check
		open := true // no test before has been left to its check and may fail
		for j := range c {
			x := &c[j]
			if x.aspect == byTally && open {
				t.tallies = append(t.tallies, tallyTest{x.counter, x.least, x.negate, i / 64, 1 << (i % 64)})
				set(t.tallied, i)
				continue
			}
			if x.aspect != byTally && open {
				if b := builders[string('0'+byte(x.aspect))+x.key]; b.chosen {
					b.use(i, x, c[:j])
					continue
				}
			}
			open = open && !fallible(x)
			left = append(left, x.check)
			set(t.rest, i)
		}
		t.left[i] = allOf(left)
	}
	for _, b := range order {
		if b.chosen && len(b.uses) > 0 {
			x := b.build(t.all, cuts)
			x.ease(items, date)
			t.indexes = append(t.indexes, x)
		}
	}
	for i := range t.indexes {
		if t.words == 1 && t.indexes[i].easy == easyDate {
			t.indexes[0], t.indexes[i], t.dated = t.indexes[i], t.indexes[0], 1
		}
	}
	return t
}

func set(row []uint64, i int) { row[i/64] |= 1 << (i % 64) }

// decide gives the clauses that hold for the frame, and those that fail, where m
// is the struct that the table is over. The slices have a word for every 64 clauses.
func (t *table) decide(f *frame, m memory, holds, failing []uint64) {
	if t.words == 1 {
		holds[0], failing[0] = t.decideWord(f, m)
		return
	}
	copy(holds, t.all)
	suspects := failing
	clear(suspects)
	for i := range t.indexes {
		x := &t.indexes[i]
		row := x.row(f)
		switch {
		case row < 0:
			for w, users := range x.users {
				suspects[w] |= users
			}
		case x.pairs:
			x.narrow(holds, row)
		default:
			for w, mask := range x.rows[row*t.words : (row+1)*t.words] {
				holds[w] &= mask
			}
			if row == x.missing {
				for w, doubt := range x.doubt {
					suspects[w] |= doubt
				}
			}
		}
	}
	for i := range t.tallies {
		if y := &t.tallies[i]; (f.counts[y.counter] >= y.least) == y.negate {
			holds[y.word] &^= y.mask
		}
	}
	if f.anyBroken {
		for w, tallied := range t.tallied {
			suspects[w] |= tallied
		}
	}
	for w := range holds {
		doubted := suspects[w]
		suspects[w] = 0
		holds[w], failing[w] = t.finish(f, w, holds[w], 0, doubted)
	}
}

// decideWord is decide for at most 64 clauses.
func (t *table) decideWord(f *frame, m memory) (holds, failing uint64) {
	holds, suspects := narrowWord(t.indexes, f, m, t.all[0])
	for i := range t.tallies {
		y := &t.tallies[i]
		holds &^= y.mask & -uint64(ones((f.counts[y.counter] >= y.least) == y.negate))
	}
	if f.anyBroken {
		suspects |= t.tallied[0]
	}
	if suspects == 0 && holds&t.rest[0] == 0 {
		return holds, 0
	}
	return t.finish(f, 0, holds, 0, suspects)
}

// finish makes the checks that no index has answered, of one word of clauses,
// and decides suspects by all their checks. What is settled need not be decided.
func (t *table) finish(f *frame, word int, holds, settled, suspects uint64) (kept, failing uint64) {
	for open := holds & t.rest[word] &^ (suspects | settled); open != 0; open &= open - 1 {
		i := bits.TrailingZeros64(open)
		switch t.left[word*64+i](f) {
		case no:
			holds &^= 1 << i
		case fails:
			holds &^= 1 << i
			failing |= 1 << i
		}
	}
	for ; suspects != 0; suspects &= suspects - 1 {
		i := bits.TrailingZeros64(suspects)
		holds &^= 1 << i
		switch decideAll(t.exact[word*64+i], f) {
		case yes:
			holds |= 1 << i
		case fails:
			failing |= 1 << i
		}
	}
	return holds, failing
}

// allOf makes checks one.
func allOf(checks []check) check {
	if len(checks) == 1 {
		return checks[0]
	}
	return func(f *frame) verdict { return decideAll(checks, f) }
}

func decideAll(checks []check, f *frame) verdict {
	for _, c := range checks {
		if v := c(f); v != yes {
			return v
		}
	}
	return yes
}
