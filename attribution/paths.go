package attribution

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"iter"
	"math"
	"math/bits"
	"slices"
	"strings"
)

// Counts is what became of journeys along one path. All are 0 or more.
type Counts struct {
	Conversions int64 `json:"conversions"`
	Value       int64 `json:"value"` // of the conversions, in minor units
	Nulls       int64 `json:"nulls"` // journeys that did not convert
}

// plus is the sum; false if it does not fit.
func (c Counts) plus(d Counts) (Counts, bool) {
	conversions, carry1 := bits.Add64(uint64(c.Conversions), uint64(d.Conversions), 0)
	value, carry2 := bits.Add64(uint64(c.Value), uint64(d.Value), 0)
	nulls, carry3 := bits.Add64(uint64(c.Nulls), uint64(d.Nulls), 0)
	ok := carry1|carry2|carry3 == 0 && conversions <= math.MaxInt64 && value <= math.MaxInt64 && nulls <= math.MaxInt64 && conversions+nulls <= math.MaxInt64
	return Counts{int64(conversions), int64(value), int64(nulls)}, ok
}

// with is the total with a path added, or why the path can't be.
func (c Counts) with(path []uint16, added Counts, channels *Channels) (Counts, error) {
	switch {
	case len(path) == 0:
		return c, fmt.Errorf("attribution: path: %w: a journey without a touch has nothing to credit; leave it out, or give it a channel such as \"none\"", ErrMissing)
	case added.Conversions < 0 || added.Value < 0 || added.Nulls < 0:
		return c, fmt.Errorf("attribution: counts: %w: give how many there were", ErrNegative)
	case added.Value > 0 && added.Conversions == 0:
		return c, fmt.Errorf("attribution: counts: %w: a value without a conversion", ErrCounts)
	case added == Counts{}:
		return c, nil
	}
	highest := uint16(0)
	for _, n := range path {
		highest = max(highest, n)
	}
	if int(highest) >= channels.Len() {
		return c, fmt.Errorf("attribution: path: %w: no channel has the number %d; take those that Channels gives", ErrUnknown, highest)
	}
	sum, ok := c.plus(added)
	if !ok {
		return c, fmt.Errorf("attribution: counts: %w", ErrOverflow)
	}
	return sum, nil
}

// Paths counts journeys by the channels that they touched, in order: what remains of any number of them for models that
// look at paths and not at times. It is an aggregate: add journeys, merge the paths of shards, in any order, and the
// result has the same bytes.
//
// Memory grows with the number of different paths. A limit bounds it: where there are more, all paths are cut to their last
// touches, as many as can be kept: the greatest length at which no more than the limit are different. [Paths.Longest] says how long
// paths are since then, [Paths.Cut] how many journeys were longer. What is kept follows from all the
// journeys together, whatever their order, and however they were sharded. At length 1 there are as many paths as
// channels, whatever the limit.
//
// Make one with [NewPaths]. It is not safe for concurrent use.
type Paths struct {
	channels Channels
	limit    int            // 0: none
	longest  int            // 0: as long as they come
	cut      int64          // journeys that were longer
	index    map[string]int // by path: two bytes a touch, big endian
	keys     []string
	counts   []Counts
	total    Counts
	scratch  []byte
}

// NewPaths gives an empty aggregate that keeps up to so many different paths; 0 means all of them.
func NewPaths(limit int) *Paths { return &Paths{limit: max(0, limit), index: map[string]int{}} }

// Channels gives the channels their numbers, and numbers their names.
func (p *Paths) Channels() *Channels { return &p.channels }

// Len is how many different paths there are.
func (p *Paths) Len() int { return len(p.keys) }

// Total sums all counts.
func (p *Paths) Total() Counts { return p.total }

// Longest is how many touches are kept of a path at most; 0: all of them.
func (p *Paths) Longest() int { return p.longest }

// Cut is how many journeys had more touches than are kept.
func (p *Paths) Cut() int64 { return p.cut }

// Add counts journeys along a path of numbers that [Paths.Channels] gave, which is not kept. Counts of zero leave no trace. The error
// wraps [ErrMissing] (an empty path), [ErrUnknown] (a number that no channel has), [ErrNegative], [ErrCounts] (a value
// without a conversion) or [ErrOverflow]; then nothing has changed. It takes time in proportion to the path, and now and then,
// where there is a limit, to all paths.
func (p *Paths) Add(path []uint16, c Counts) error {
	total, err := p.total.with(path, c, &p.channels)
	if err != nil || total == p.total {
		return err
	}
	p.total = total
	p.scratch = p.scratch[:0]
	for _, n := range path {
		p.scratch = binary.BigEndian.AppendUint16(p.scratch, n)
	}
	key := p.scratch
	if p.longest > 0 && len(path) > p.longest {
		key = key[2*(len(path)-p.longest):]
		p.cut += c.Conversions + c.Nulls
	}
	p.put(key, c)
	p.fit()
	return nil
}

// put adds to a path whose sum is known to fit.
func (p *Paths) put(key []byte, c Counts) {
	at, known := p.index[string(key)]
	if !known {
		if p.index == nil {
			p.index = map[string]int{}
		}
		at = len(p.keys)
		own := string(key)
		p.keys, p.counts = append(p.keys, own), append(p.counts, Counts{})
		p.index[own] = at
	}
	p.counts[at], _ = p.counts[at].plus(c)
}

// fit cuts paths if there are more than the limit.
func (p *Paths) fit() {
	if p.limit == 0 || p.longest == 1 || len(p.keys) <= p.limit {
		return
	}
	// In the order of their ends, neighbours have the longest end in common that any two have: cut to a length, there are as many
	// different paths less as neighbours have ends of that length in common.
	order := slices.Clone(p.keys)
	slices.SortFunc(order, compareEnds)
	alike := []int{} // by length: neighbours with an end of just that length in common
	for i := 1; i < len(order); i++ {
		n := common(order[i-1], order[i])
		for len(alike) <= n {
			alike = append(alike, 0)
		}
		alike[n]++
	}
	left := len(p.keys)
	length := len(alike) - 1
	for ; length > 0; length-- {
		if left -= alike[length]; left <= p.limit {
			break
		}
	}
	p.shorten(max(1, length))
}

// compareEnds orders paths by their last touch, then by the one before it.
func compareEnds(a, b string) int {
	for len(a) > 0 && len(b) > 0 {
		x, y := a[len(a)-2:], b[len(b)-2:]
		if x != y {
			return strings.Compare(x, y)
		}
		a, b = a[:len(a)-2], b[:len(b)-2]
	}
	return len(a) - len(b)
}

// common is how many of the last touches are the same.
func common(a, b string) int {
	n := 0
	for 2*n < len(a) && 2*n < len(b) && a[len(a)-2*n-2:len(a)-2*n] == b[len(b)-2*n-2:len(b)-2*n] {
		n++
	}
	return n
}

// shorten cuts all paths to a length.
func (p *Paths) shorten(length int) {
	if p.longest > 0 && p.longest <= length {
		return
	}
	keys, counts := p.keys, p.counts
	p.longest, p.cut = length, 0
	p.keys, p.counts, p.index = nil, nil, map[string]int{}
	for i, key := range keys {
		if len(key) > 2*length {
			p.cut += counts[i].Conversions + counts[i].Nulls
			key = key[len(key)-2*length:]
		}
		p.put([]byte(key), counts[i])
	}
}

// Merge adds what other paths have counted, which stay as they are. The limits must be the same ([ErrIncompatible]). The
// error may wrap [ErrOverflow], too; then nothing has changed but that channels may be known.
func (p *Paths) Merge(other *Paths) error {
	if p.limit != other.limit {
		return fmt.Errorf("attribution: paths: %w: their limits are %d and %d", ErrIncompatible, p.limit, other.limit)
	}
	total, ok := p.total.plus(other.total)
	if !ok {
		return fmt.Errorf("attribution: counts: %w", ErrOverflow)
	}
	numbers, err := p.renumber(other)
	if err != nil {
		return err
	}
	if other.longest > 0 {
		p.shorten(other.longest)
	}
	keys, counts, cut := slices.Clone(other.keys), slices.Clone(other.counts), other.cut // other may be p
	if p.longest > 0 && (other.longest == 0 || other.longest > p.longest) {
		cut = 0
		for i, key := range keys {
			if len(key) > 2*p.longest {
				cut += counts[i].Conversions + counts[i].Nulls
				keys[i] = key[len(key)-2*p.longest:]
			}
		}
	}
	p.total = total
	p.cut += cut
	for i, key := range keys {
		p.scratch = p.scratch[:0]
		for ; key != ""; key = key[2:] {
			p.scratch = binary.BigEndian.AppendUint16(p.scratch, numbers[uint16(key[0])<<8|uint16(key[1])])
		}
		p.put(p.scratch, counts[i])
	}
	p.fit()
	return nil
}

// renumber gives the channels that another's paths have numbers here, by their numbers there.
func (p *Paths) renumber(other *Paths) ([]uint16, error) {
	channels, _ := other.sorted()
	numbers := make([]uint16, other.channels.Len())
	for _, n := range channels {
		own, err := p.channels.number(other.channels.names[n])
		if err != nil {
			return nil, err
		}
		numbers[n] = own
	}
	return numbers, nil
}

// sorted gives the channels that paths have, in the order of their names, and the paths with the ranks of their channels
// in place of the numbers, in their order.
func (p *Paths) sorted() (channels []uint16, ranked []rankedPath) {
	used := make([]bool, p.channels.Len())
	for _, key := range p.keys {
		for ; key != ""; key = key[2:] {
			used[uint16(key[0])<<8|uint16(key[1])] = true
		}
	}
	for n, is := range used {
		if is {
			channels = append(channels, uint16(n))
		}
	}
	slices.SortFunc(channels, func(a, b uint16) int { return strings.Compare(p.channels.names[a], p.channels.names[b]) })
	rank := make([]uint16, len(used))
	for r, n := range channels {
		rank[n] = uint16(r)
	}
	for i, key := range p.keys {
		path := make([]byte, 0, len(key))
		for ; key != ""; key = key[2:] {
			path = binary.BigEndian.AppendUint16(path, rank[uint16(key[0])<<8|uint16(key[1])])
		}
		ranked = append(ranked, rankedPath{path, p.counts[i]})
	}
	slices.SortFunc(ranked, func(a, b rankedPath) int { return bytes.Compare(a.path, b.path) })
	return channels, ranked
}

// rankedPath is a path of ranks of channels, two bytes each.
type rankedPath struct {
	path   []byte
	counts Counts
}

// All gives the different paths and their counts, in the order of the channels' names. The slice is valid until the next one.
func (p *Paths) All() iter.Seq2[[]uint16, Counts] {
	return func(yield func([]uint16, Counts) bool) {
		channels, ranked := p.sorted()
		var path []uint16
		for _, r := range ranked {
			path = path[:0]
			for i := 0; i < len(r.path); i += 2 {
				path = append(path, channels[binary.BigEndian.Uint16(r.path[i:])])
			}
			if !yield(path, r.counts) {
				return
			}
		}
	}
}
