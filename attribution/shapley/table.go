package shapley

// A sum is what some journeys came to. There is no value without a count.
type sum struct{ count, value int64 }

// plus adds sums of which both are 0 or more; false if that does not fit.
func (s sum) plus(t sum) (sum, bool) {
	s.count += t.count
	s.value += t.value
	return s, s.count >= 0 && s.value >= 0
}

// split divides a sum into equal parts, and says whether they are whole.
func (s sum) split(parts int64) (sum, bool) {
	return sum{s.count / parts, s.value / parts}, s.count%parts == 0 && s.value%parts == 0
}

// within says whether a sum can be a part of another.
func (s sum) within(t sum) bool { return s.count <= t.count && s.value <= t.value }

// A table holds sums by key, by open addressing. A count is never zero where a key is, so that a zero count marks a free slot and
// any key may occur.
type table struct {
	slots  []slot
	length int
	shift  uint
}

type slot struct {
	key uint64
	sum
}

// fewest is how many slots a table has that is not empty.
const fewest = 1 << 8

// hash spreads keys over all bits, the highest best.
func hash(key uint64) uint64 {
	key ^= key >> 32
	return key * 0x9E3779B97F4A7C15
}

// add adds a sum with a count; false if the result does not fit.
func (t *table) add(key uint64, s sum) bool {
	if t.length*8 >= len(t.slots)*5 {
		t.grow()
	}
	at := &t.slots[t.place(key)]
	if at.count == 0 {
		at.key = key
		t.length++
	}
	at.count += s.count
	at.value += s.value
	return at.count >= 0 && at.value >= 0
}

// get gives the sum of a key, zero if it is not there.
func (t *table) get(key uint64) sum {
	if t.length == 0 {
		return sum{}
	}
	return t.slots[t.place(key)].sum
}

// place gives where the key is or belongs.
func (t *table) place(key uint64) int {
	mask := len(t.slots) - 1
	for i := int(hash(key) >> t.shift); ; i = (i + 1) & mask {
		if s := &t.slots[i]; s.count == 0 || s.key == key {
			return i
		}
	}
}

func (t *table) grow() {
	old := t.slots
	n := max(fewest, 2*len(old))
	t.slots = make([]slot, n)
	for t.shift = 64; n > 1; n /= 2 {
		t.shift--
	}
	for _, s := range old {
		if s.count != 0 {
			t.slots[t.place(s.key)] = s
		}
	}
}

// each calls visit for each key, in no order that means anything.
func (t *table) each(visit func(key uint64, s sum)) {
	for _, s := range t.slots {
		if s.count != 0 {
			visit(s.key, s.sum)
		}
	}
}
