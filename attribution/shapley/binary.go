package shapley

import (
	"cmp"
	"encoding/binary"
	"math"
	"slices"

	"github.com/leadloop/leadloop/attribution"
)

// These begin the bytes of aggregates; their last byte is the version of the format. Then come the totals, the names in ascending
// order, and tables in ascending order of keys that have the rank of a channel's name in place of its number, all numbers as varints.
const (
	simplifiedMagic = "LLequal\x01"
	orderedMagic    = "LLorder\x01"
	shaoLiMagic     = "LLshaol\x01"
)

// MarshalBinary writes the aggregate: the same paths, in whatever order and however sharded, give the same bytes. It never fails.
func (s *Simplified) MarshalBinary() ([]byte, error) {
	b, rank := s.header(simplifiedMagic)
	return s.sums.append(b, func(key uint64) uint64 { return key&^0xFFFF | uint64(rank[uint16(key)]) }), nil
}

// MarshalBinary writes the aggregate: the same paths, in whatever order and however sharded, give the same bytes. It never fails.
func (o *Ordered) MarshalBinary() ([]byte, error) {
	b, rank := o.header(orderedMagic)
	return o.sums.append(b, func(key uint64) uint64 { return key&^0xFFFF | uint64(rank[uint16(key)]) }), nil
}

// MarshalBinary writes the aggregate: the same paths, in whatever order and however sharded, give the same bytes. It never fails.
func (s *ShaoLi) MarshalBinary() ([]byte, error) {
	b, rank := s.header(shaoLiMagic)
	ranked := func(key uint64) uint64 { return uint64(pairKey(key).as(rank)) }
	return s.nulls.append(s.sums.append(b, ranked), ranked), nil
}

func (j *journeys) header(magic string) (b []byte, rank []uint16) {
	numbers, rank := j.ranks()
	b = []byte(magic)
	for _, n := range []int64{j.total.Conversions, j.total.Value, j.total.Nulls, int64(len(numbers))} {
		b = binary.AppendUvarint(b, uint64(n))
	}
	for _, n := range numbers {
		name := j.channels.Name(n)
		b = append(binary.AppendUvarint(b, uint64(len(name))), name...)
	}
	return b, rank
}

// append writes a table with other keys.
func (t *table) append(b []byte, ranked func(uint64) uint64) []byte {
	all := make([]slot, 0, t.length)
	t.each(func(key uint64, s sum) { all = append(all, slot{ranked(key), s}) })
	slices.SortFunc(all, func(x, y slot) int { return cmp.Compare(x.key, y.key) })
	b = binary.AppendUvarint(b, uint64(len(all)))
	last := uint64(0)
	for _, s := range all {
		for _, n := range []uint64{s.key - last, uint64(s.count), uint64(s.value)} {
			b = binary.AppendUvarint(b, n)
		}
		last = s.key
	}
	return b
}

// UnmarshalBinary replaces the aggregate, and its channels, by what [Simplified.MarshalBinary] wrote. Memory is taken in proportion to
// the data alone. After an error, [ErrDamaged], nothing has changed. Only what MarshalBinary writes is read, and only sums that paths
// can have: those of n channels have n times their conversions, and none has more than all.
func (s *Simplified) UnmarshalBinary(data []byte) error {
	r := newReader(data, simplifiedMagic)
	read := Simplified{journeys: r.journeys()}
	r.table(&read.sums, func(key uint64) bool { return int(uint16(key)) < read.known })
	if !r.done() || !read.holds(&read.sums) {
		return ErrDamaged
	}
	*s = read
	return nil
}

// UnmarshalBinary replaces the aggregate, and its channels, by what [Ordered.MarshalBinary] wrote. Memory is taken in proportion to
// the data alone. After an error, [ErrDamaged], nothing has changed. Only what MarshalBinary writes is read, and only sums that paths
// can have: see [Simplified.UnmarshalBinary]; and a channel that occurs k times has k times its conversions.
func (o *Ordered) UnmarshalBinary(data []byte) error {
	r := newReader(data, orderedMagic)
	read := Ordered{journeys: r.journeys()}
	r.table(&read.sums, func(key uint64) bool {
		k := placeKey(key)
		return int(k.channel()) < read.known && k.times() > 0 && k.position() > 0 && k.position() <= MaxPositions+1
	})
	if !r.done() {
		return ErrDamaged
	}
	flow, ok := sum{}, true
	read.sums.each(func(_ uint64, earned sum) {
		next, fits := flow.plus(earned)
		if ok = ok && fits; ok {
			flow = next
		}
	})
	if !ok {
		return ErrDamaged
	}
	sums, ok := read.bySize()
	if !ok || !read.holds(&sums) {
		return ErrDamaged
	}
	read.flow = flow // that of touches
	*o = read
	return nil
}

// UnmarshalBinary replaces the aggregate, and its channels, by what [ShaoLi.MarshalBinary] wrote. Memory is taken in proportion to
// the data alone. After an error, [ErrDamaged], nothing has changed. Only what MarshalBinary writes is read, and only sums that paths
// can have: see [Simplified.UnmarshalBinary]; and a channel is beside n−1 others in each path of n.
func (s *ShaoLi) UnmarshalBinary(data []byte) error {
	r := newReader(data, shaoLiMagic)
	read := ShaoLi{journeys: r.journeys()}
	r.table(&read.sums, func(key uint64) bool {
		k := pairKey(key)
		a, b := k.channels()
		return k.size() == 1 && a == b && int(b) < read.known || k.size() > 1 && a < b && int(b) < read.known
	})
	r.table(&read.nulls, func(key uint64) bool {
		k := pairKey(key)
		a, b := k.channels()
		return k.size() == 0 && a <= b && int(b) < read.known
	})
	if !r.done() || read.known > maxPaired {
		return ErrDamaged
	}
	sums, ok := read.bySize()
	if !ok || !read.holds(&sums) || !read.lost() {
		return ErrDamaged
	}
	*s = read
	return nil
}

// holds says whether sums by number of channels and channel can be those of journeys with the total, and finds their flow.
func (j *journeys) holds(sums *table) bool {
	var sizes table
	ok := true
	j.flow = sum{}
	earning := make([]bool, j.known)
	sums.each(func(key uint64, earned sum) {
		size := int64(key >> 16)
		flow, fits := j.flow.plus(earned)
		if ok = ok && fits && size > 0; ok {
			j.flow = flow
			earning[uint16(key)] = true
			sizes.add(uint64(size), earned)
		}
	})
	all := sum{}
	sizes.each(func(size uint64, earned sum) {
		of, whole := earned.split(int64(size))
		ok = ok && whole
		all, _ = all.plus(of)
	})
	sums.each(func(key uint64, earned sum) {
		of, _ := sizes.get(key >> 16).split(max(1, int64(key>>16)))
		ok = ok && earned.within(of)
	})
	if j.total.Nulls == 0 && slices.Contains(earning, false) || j.known == 0 && j.total != (attribution.Counts{}) {
		return false
	}
	return ok && all == sum{j.total.Conversions, j.total.Value}
}

// lost says whether the nulls by pair can be those of journeys: each channel without a conversion is in one, no pair is in more than
// either channel, and each journey has a channel.
func (s *ShaoLi) lost() bool {
	ok := true
	left := s.total.Nulls
	s.nulls.each(func(key uint64, lost sum) {
		a, b := pairKey(key).channels()
		alone := min(s.nulls.get(uint64(newPairKey(0, a, a))).count, s.nulls.get(uint64(newPairKey(0, b, b))).count)
		ok = ok && lost.value == 0 && lost.count <= alone && lost.count <= s.total.Nulls
		if a == b {
			left -= min(left, lost.count)
		}
	})
	earning := make([]bool, s.known)
	s.sums.each(func(key uint64, _ sum) {
		a, b := pairKey(key).channels()
		earning[a], earning[b] = true, true
	})
	for n, is := range earning {
		ok = ok && (is || s.nulls.get(uint64(newPairKey(0, uint16(n), uint16(n)))).count > 0)
	}
	return ok && left == 0
}

// A reader takes numbers off data, until one is bad: then all are 0.
type reader struct {
	data []byte
	bad  bool
}

func newReader(data []byte, magic string) *reader {
	if len(data) < len(magic) || string(data[:len(magic)]) != magic {
		return &reader{bad: true}
	}
	return &reader{data: data[len(magic):]}
}

// done says whether all data were read, and good.
func (r *reader) done() bool { return !r.bad && len(r.data) == 0 }

func (r *reader) fail() {
	r.data, r.bad = nil, true
}

// number reads a varint in its shortest form.
func (r *reader) number(most uint64) uint64 {
	n, size := binary.Uvarint(r.data)
	if size <= 0 || n > most || size > 1 && r.data[size-1] == 0 {
		r.fail()
		return 0
	}
	r.data = r.data[size:]
	return n
}

func (r *reader) positive() int64 { return int64(r.number(math.MaxInt64)) }

// items reads how many follow, of so many bytes each at least.
func (r *reader) items(bytes int) int { return int(r.number(uint64(len(r.data) / bytes))) }

// journeys reads a header. Channels have the numbers of their order.
func (r *reader) journeys() (j journeys) {
	total, ok := add(attribution.Counts{}, attribution.Counts{Conversions: r.positive(), Value: r.positive(), Nulls: r.positive()})
	if !ok {
		r.fail()
	}
	j.total = total
	last := ""
	for range r.items(2) {
		size := r.items(1)
		if size > len(r.data) {
			r.fail()
		}
		if r.bad {
			return j
		}
		name := string(r.data[:size])
		r.data = r.data[size:]
		if _, err := j.Channels().Number([]byte(name)); err != nil || name <= last {
			r.fail()
			return j
		}
		last = name
	}
	j.grow()
	for i := range j.seen {
		j.seen[i] = true
	}
	j.known = len(j.seen)
	return j
}

// table reads sums, in ascending order of good keys.
func (r *reader) table(t *table, good func(key uint64) bool) {
	last := uint64(0)
	for i := range r.items(3) {
		step := r.number(math.MaxUint64)
		key, s := last+step, sum{r.positive(), r.positive()}
		if r.bad || key < last || i > 0 && step == 0 || s.count == 0 || !good(key) {
			r.fail()
			return
		}
		t.add(key, s)
		last = key
	}
}
