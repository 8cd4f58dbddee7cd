package markov

import (
	"cmp"
	"encoding/binary"
	"math"
	"slices"

	"github.com/leadloop/leadloop/attribution"
)

// magic begins the bytes of an aggregate; its last byte is the version of the format.
const magic = "LLgrams\x01"

// MarshalBinary writes the aggregate: the same paths give the same bytes, in
// whatever order they came and shards were merged. It never fails. Channels that
// are in no path are left out.
//
// The bytes are the magic, the order, the names in ascending order, the final
// states and the runs, both in ascending order with channels by the rank of
// their names, all numbers as varints.
func (g *Grams) MarshalBinary() ([]byte, error) {
	names, rank := g.used()
	b := append([]byte(magic), byte(g.order))
	b = binary.AppendUvarint(b, uint64(len(names)))
	for _, name := range names {
		b = append(binary.AppendUvarint(b, uint64(len(name))), name...)
	}
	c := &chain{width: g.width}
	low := g.width * uint(g.order)

	type final struct {
		key uint64
		attribution.Counts
	}
	var finals []final
	g.eachEnd(func(key uint64, n int, e attribution.Counts) {
		finals = append(finals, final{uint64(n)<<low | c.rerank(key, n, g.width, rank), e})
	})
	slices.SortFunc(finals, func(a, b final) int { return cmp.Compare(a.key, b.key) })
	b = binary.AppendUvarint(b, uint64(len(finals)))
	last := uint64(0)
	for _, f := range finals {
		b = binary.AppendUvarint(b, f.key-last)
		last = f.key
		for _, n := range []int64{f.Conversions, f.Value, f.Nulls} {
			b = binary.AppendUvarint(b, uint64(n))
		}
	}
	edges := make([]edge, 0, g.runs.length)
	g.eachRun(func(key uint64, count int64) {
		edges = append(edges, edge{c.rerank(key, g.order+1, g.width, rank), count})
	})
	slices.SortFunc(edges, func(a, b edge) int { return cmp.Compare(a.key, b.key) })
	n := 0
	for i, e := range edges {
		if i > 0 && edges[n-1].key == e.key {
			edges[n-1].count += e.count
			continue
		}
		edges[n] = e
		n++
	}
	b = binary.AppendUvarint(b, uint64(n))
	last = 0
	for _, e := range edges[:n] {
		b = binary.AppendUvarint(b, e.key-last)
		b = binary.AppendUvarint(b, uint64(e.count))
		last = e.key
	}
	return b, nil
}

// used gives the names of channels that occur, sorted, and each number's rank.
func (g *Grams) used() (names []string, rank []uint16) {
	used := make([]bool, g.channels.Len())
	mark := func(key uint64, n int) {
		for range n {
			used[key&mask(g.width)] = true
			key >>= g.width
		}
	}
	g.eachEnd(func(key uint64, n int, _ attribution.Counts) { mark(key, n) })
	g.eachRun(func(key uint64, _ int64) { mark(key, g.order+1) })
	var numbers []uint16
	for i, u := range used {
		if u {
			numbers = append(numbers, uint16(i))
		}
	}
	slices.SortFunc(numbers, func(a, b uint16) int {
		return cmp.Compare(g.channels.Name(a), g.channels.Name(b))
	})
	rank = make([]uint16, len(used))
	for r, n := range numbers {
		rank[n] = uint16(r)
		names = append(names, g.channels.Name(n))
	}
	return names, rank
}

// UnmarshalBinary replaces the aggregate by the one that [Grams.MarshalBinary]
// wrote, with channels of its own. It reads nothing but what MarshalBinary
// writes of paths: all counts are positive and fit, and no state is left more
// often than journeys begin in it or enter it. Sizes are checked before memory
// is taken. After an error, which wraps [ErrDamaged], nothing has changed.
func (g *Grams) UnmarshalBinary(data []byte) error {
	r := reader{data: data}
	if len(data) <= len(magic) || string(data[:len(magic)]) != magic {
		return ErrDamaged
	}
	read, err := New(int(data[len(magic)]), nil)
	if err != nil {
		return ErrDamaged
	}
	r.data = data[len(magic)+1:]
	r.names(read)
	r.finals(read)
	r.runs(read)
	if r.bad || len(r.data) > 0 || !read.sound() {
		return ErrDamaged
	}
	*g = *read
	return nil
}

// A reader takes numbers off data, until one is bad.
type reader struct {
	data []byte
	bad  bool
}

// number reads a varint in its shortest form.
func (r *reader) number(most uint64) uint64 {
	n, size := binary.Uvarint(r.data)
	if size <= 0 || n > most || size > 1 && r.data[size-1] == 0 {
		r.bad, r.data = true, nil
		return 0
	}
	r.data = r.data[size:]
	return n
}

// count reads how many items follow, of at least so many bytes each.
func (r *reader) count(bytes int) int { return int(r.number(uint64(len(r.data) / bytes))) }

func (r *reader) names(g *Grams) {
	last := ""
	for range r.count(2) {
		size := r.count(1)
		if r.bad || size > len(r.data) {
			r.bad = true
			return
		}
		name := string(r.data[:size])
		r.data = r.data[size:]
		if name <= last || uint(g.channels.Len())>>g.width != 0 {
			r.bad = true
			return
		}
		if _, err := g.channels.Number([]byte(name)); err != nil {
			r.bad = true
			return
		}
		last = name
	}
	g.settle()
}

func (r *reader) finals(g *Grams) {
	low := g.width * uint(g.order)
	var last uint64
	for i := range r.count(4) {
		step := r.number(math.MaxUint64)
		key := last + step
		c := attribution.Counts{
			Conversions: int64(r.number(math.MaxInt64)),
			Value:       int64(r.number(math.MaxInt64)),
			Nulls:       int64(r.number(math.MaxInt64)),
		}
		n := int(key >> low)
		if r.bad || key < last || i > 0 && step == 0 || n < 1 || n > g.order {
			r.bad = true
			return
		}
		last = key
		key &= mask(low)
		path, ok := g.unpack(key, n)
		if !ok || c.Conversions == 0 && (c.Nulls == 0 || c.Value > 0) {
			r.bad = true
			return
		}
		if c.Nulls > math.MaxInt64-g.flow || c.Conversions > math.MaxInt64-g.flow-c.Nulls || c.Value > math.MaxInt64-g.total.Value {
			r.bad = true
			return
		}
		g.end(g.final(path), c)
	}
}

// unpack gives the channels of a key of n, and whether all of them exist.
func (g *Grams) unpack(key uint64, n int) ([]uint16, bool) {
	path := make([]uint16, n)
	for i := n - 1; i >= 0; i-- {
		path[i] = uint16(key & mask(g.width))
		key >>= g.width
		if int(path[i]) >= g.channels.Len() {
			return nil, false
		}
	}
	return path, key == 0
}

func (r *reader) runs(g *Grams) {
	var last uint64
	n := g.order + 1
	for i := range r.count(2) {
		step := r.number(math.MaxUint64)
		count := int64(r.number(math.MaxInt64))
		key := last + step
		if r.bad || count == 0 || key < last || i > 0 && step == 0 || count > math.MaxInt64-g.flow {
			r.bad = true
			return
		}
		last = key
		path, ok := g.unpack(key, n)
		if !ok || key>>g.width == key&mask(g.width*uint(g.order)) {
			r.bad = true
			return
		}
		g.addRun(path, count)
	}
}

// addRun counts a run by itself.
func (g *Grams) addRun(run []uint16, count int64) {
	if g.dense != nil && count <= math.MaxUint32 {
		g.addDense(run, uint32(count))
	} else {
		g.addSparse(run, count)
	}
}

// sound says whether each state is left at least as often as it is entered,
// and each channel occurs, as is true of any paths.
func (g *Grams) sound() bool {
	var left, entered table
	g.eachRun(func(key uint64, count int64) {
		left.add(key>>g.width, count)
		entered.add(key&mask(g.width*uint(g.order)), count)
	})
	g.eachEnd(func(key uint64, n int, c attribution.Counts) {
		if n == g.order {
			left.add(key, c.Conversions+c.Nulls)
		}
	})
	ok := true
	entered.each(func(key uint64, count int64) {
		if left.length == 0 || left.counts[left.place(key)] < count {
			ok = false
		}
	})
	names, _ := g.used()
	return ok && len(names) == g.channels.Len()
}

// Merge adds the paths of another aggregate of the same order, whose channels
// may have other numbers. It fails with [ErrIncompatible], [ErrChannels] or
// [ErrOverflow]; then nothing has changed but that channels may have new
// numbers. An empty aggregate changes nothing, in whatever order others come.
func (g *Grams) Merge(other *Grams) error {
	if g.order != other.order {
		return ErrIncompatible
	}
	if other.flow > math.MaxInt64-g.flow || other.total.Value > math.MaxInt64-g.total.Value {
		return ErrOverflow
	}
	if g == other {
		again := *other
		again.runs.keys, again.runs.counts = slices.Clone(other.runs.keys), slices.Clone(other.runs.counts)
		again.ends.keys, again.ends.counts = slices.Clone(other.ends.keys), slices.Clone(other.ends.counts)
		again.dense, again.ended = slices.Clone(other.dense), slices.Clone(other.ended)
		other = &again
	}
	number := make([]uint16, other.channels.Len())
	names, rank := other.used()
	numbers := make([]uint16, len(names))
	for r, name := range names {
		n, err := g.channels.Number([]byte(name))
		if err != nil || uint(n)>>g.width != 0 {
			return ErrChannels
		}
		numbers[r] = n
	}
	for i, r := range rank {
		if len(numbers) > 0 {
			number[i] = numbers[r]
		}
	}
	g.settle()
	renumber := func(key uint64, n int) []uint16 {
		path, _ := other.unpack(key, n)
		for i, x := range path {
			path[i] = number[x]
		}
		return path
	}
	other.eachRun(func(key uint64, count int64) { g.addRun(renumber(key, g.order+1), count) })
	other.eachEnd(func(key uint64, n int, c attribution.Counts) { g.end(g.final(renumber(key, n)), c) })
	return nil
}
