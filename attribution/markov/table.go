package markov

// A table counts packed keys by open addressing. A count is never zero where a
// key is stored, so that a zero count marks a free place and any key may occur.
type table struct {
	keys   []uint64
	counts []int64
	length int
	shift  uint
}

const firstPlaces = 1 << 8

func hash(key uint64) uint64 {
	key ^= key >> 32
	return key * 0x9E3779B97F4A7C15
}

// add adds a positive count. The caller sees to it that the sum fits.
func (t *table) add(key uint64, count int64) {
	if t.length*8 >= len(t.keys)*5 {
		t.grow()
	}
	i := t.place(key)
	if t.counts[i] == 0 {
		t.keys[i] = key
		t.length++
	}
	t.counts[i] += count
}

// place gives where the key is or belongs.
func (t *table) place(key uint64) int {
	mask := len(t.keys) - 1
	for i := int(hash(key) >> t.shift); ; i = (i + 1) & mask {
		if t.counts[i] == 0 || t.keys[i] == key {
			return i
		}
	}
}

func (t *table) grow() {
	keys, counts := t.keys, t.counts
	n := max(firstPlaces, 2*len(keys))
	t.keys, t.counts = make([]uint64, n), make([]int64, n)
	t.shift = 64
	for ; n > 1; n /= 2 {
		t.shift--
	}
	for i, c := range counts {
		if c != 0 {
			j := t.place(keys[i])
			t.keys[j], t.counts[j] = keys[i], c
		}
	}
}

// each calls visit for each key, in no order that means anything.
func (t *table) each(visit func(key uint64, count int64)) {
	for i, c := range t.counts {
		if c != 0 {
			visit(t.keys[i], c)
		}
	}
}

// get gives the count of a key, 0 if it is not there.
func (t *table) get(key uint64) int64 {
	if t.length == 0 {
		return 0
	}
	return t.counts[t.place(key)]
}
