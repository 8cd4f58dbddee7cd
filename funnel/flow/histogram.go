package flow

import (
	"cmp"
	"encoding/binary"
	"math"
	"slices"
)

// add sums two counts, neither of which is negative. At the end of the range it stays there, so that sums of any bytes are
// the same in any order.
func add(a, b int64) int64 {
	if s := a + b; s >= 0 {
		return s
	}
	return math.MaxInt64
}

// A histogram counts whole numbers from 0. They are gathered and counted some hundred at a time, because counters all over the
// memory are slow one by one and fast in a row. Small numbers, the usual case, have a counter each; the others are
// gathered further, and sorted when there are as many new ones as distinct old ones. The zero histogram is empty.
type histogram struct {
	fresh   []int64 // not counted yet
	dense   []int64
	run     []bin   // sorted, each value once
	pending []int64 // values of the run-to-be
}

// A bin is a value with its count.
type bin struct{ value, count int64 }

const (
	maxDense   = 1 << 14 // bounds what an array of counters may take: 128 KiB
	minFresh   = 8
	maxFresh   = 512
	minPending = 1 << 10
)

func (h *histogram) count(value int64) {
	if len(h.fresh) == cap(h.fresh) {
		h.flush()
	}
	h.fresh = append(h.fresh, value)
}

// flush counts what is fresh, and makes room for more.
func (h *histogram) flush() {
	most := int64(-1)
	for _, v := range h.fresh {
		if v < maxDense {
			most = max(most, v)
		}
	}
	if most >= int64(len(h.dense)) {
		size := max(64, len(h.dense))
		for int64(size) <= most {
			size *= 2
		}
		grown := make([]int64, size)
		copy(grown, h.dense)
		h.dense = grown
	}
	for _, v := range h.fresh {
		if v < int64(len(h.dense)) {
			h.dense[v] = add(h.dense[v], 1)
		} else {
			h.pending = append(h.pending, v)
		}
	}
	if n := cap(h.fresh); n < maxFresh {
		h.fresh = make([]int64, 0, max(minFresh, min(maxFresh, 8*n)))
	}
	h.fresh = h.fresh[:0]
	if len(h.pending) >= max(minPending, len(h.run)) {
		h.sort()
	}
}

// settle counts all that has been given.
func (h *histogram) settle() {
	if len(h.fresh) > 0 {
		h.flush()
	}
	h.sort()
}

// sort takes what is pending into the run.
func (h *histogram) sort() {
	if len(h.pending) == 0 {
		return
	}
	slices.Sort(h.pending)
	fresh := make([]bin, 0, min(len(h.pending), 1024))
	for _, v := range h.pending {
		if n := len(fresh); n > 0 && fresh[n-1].value == v {
			fresh[n-1].count++
			continue
		}
		fresh = append(fresh, bin{v, 1})
	}
	h.run = mergeBins(h.run, fresh)
	h.pending = h.pending[:0]
}

// mergeBins joins two sorted lists; neither is changed, but one may be given back.
func mergeBins(a, b []bin) []bin {
	if len(a) == 0 {
		return b
	}
	if len(b) == 0 {
		return a
	}
	out := make([]bin, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		switch {
		case a[0].value < b[0].value:
			out, a = append(out, a[0]), a[1:]
		case a[0].value > b[0].value:
			out, b = append(out, b[0]), b[1:]
		default:
			out = append(out, bin{a[0].value, add(a[0].count, b[0].count)})
			a, b = a[1:], b[1:]
		}
	}
	return append(append(out, a...), b...)
}

// bins lists the values in their order, each with a count above 0. The list must not be changed.
func (h *histogram) bins() []bin {
	h.settle()
	n := 0
	for _, c := range h.dense {
		if c > 0 {
			n++
		}
	}
	if n == 0 {
		return h.run
	}
	low := make([]bin, 0, n)
	for v, c := range h.dense {
		if c > 0 {
			low = append(low, bin{int64(v), c})
		}
	}
	return mergeBins(low, h.run)
}

// merge adds another histogram, whose bins stay as they are.
func (h *histogram) merge(o *histogram) {
	o.settle()
	if len(o.dense) > len(h.dense) {
		grown := make([]int64, len(o.dense))
		copy(grown, h.dense)
		h.dense = grown
	}
	for v, c := range o.dense {
		h.dense[v] = add(h.dense[v], c)
	}
	if len(o.run) > 0 {
		h.settle()
		h.run = mergeBins(h.run, slices.Clone(o.run))
	}
}

func (h *histogram) appendBinary(b []byte) []byte {
	list := h.bins()
	b = binary.AppendUvarint(b, uint64(len(list)))
	last := int64(-1)
	for _, e := range list {
		b = binary.AppendUvarint(b, uint64(e.value-last)) // from 1
		b = binary.AppendUvarint(b, uint64(e.count))
		last = e.value
	}
	return b
}

// read is the inverse of appendBinary. Each bin takes two bytes at least, so that no list is made that the data could not
// fill.
func (h *histogram) read(r *reader) {
	n := r.number(int64(len(r.rest) / 2))
	if n == 0 || r.bad {
		return
	}
	h.run = make([]bin, 0, n)
	last := int64(-1)
	for range n {
		step := r.count()
		count := r.count()
		if r.bad || step == 0 || count == 0 || step > maxTicks || last+step > maxTicks {
			r.bad = true
			return
		}
		last += step
		h.run = append(h.run, bin{last, count})
	}
}

// maxTicks is above every length of time in ticks.
const maxTicks = int64(maxSecond) + 1

// total is the number of values.
func total(list []bin) (n int64) {
	for _, e := range list {
		n = add(n, e.count)
	}
	return n
}

// nearestRank is the smallest value that at least the share part/whole of the values do not exceed; -1 for none.
func nearestRank(list []bin, part, whole int64) int64 {
	n := total(list)
	if n == 0 {
		return -1
	}
	rank := n/whole*part + (n%whole*part+whole-1)/whole
	for _, e := range list {
		if rank -= e.count; rank <= 0 {
			return e.value
		}
	}
	return list[len(list)-1].value
}

// below is how many values are less than a limit.
func below(list []bin, limit int64) int64 {
	i, _ := slices.BinarySearchFunc(list, limit, func(e bin, v int64) int { return cmp.Compare(e.value, v) })
	return total(list[:i])
}
