package shapley

import (
	"cmp"
	"math"
	"math/bits"
	"slices"

	"github.com/leadloop/leadloop/attribution"
)

// journeys is what all aggregates know of the paths they read.
type journeys struct {
	channels *attribution.Channels
	total    attribution.Counts
	flow     sum      // of converting paths, times what they have of channels or touches: bounds all sums
	seen     []bool   // by channel: whether it is in a path
	known    int      // channels that are
	stamps   []uint64 // by channel: the last path that had it
	stamp    uint64
	set      []uint16 // scratch of distinct
}

// Channels gives the channels their numbers, and numbers their names.
func (j *journeys) Channels() *attribution.Channels {
	if j.channels == nil {
		j.channels = new(attribution.Channels)
	}
	return j.channels
}

// Total sums all counts.
func (j *journeys) Total() attribution.Counts { return j.total }

// with is the total with a path added, or why the path can't be.
func (j *journeys) with(path []uint16, c attribution.Counts) (attribution.Counts, error) {
	switch {
	case len(path) == 0:
		return j.total, ErrMissing
	case c.Conversions < 0 || c.Value < 0 || c.Nulls < 0:
		return j.total, ErrNegative
	case c.Value > 0 && c.Conversions == 0:
		return j.total, ErrCounts
	case c == attribution.Counts{}:
		return j.total, nil
	}
	highest := uint16(0)
	for _, n := range path {
		highest = max(highest, n)
	}
	if int(highest) >= j.Channels().Len() {
		return j.total, ErrUnknown
	}
	total, ok := add(j.total, c)
	if !ok {
		return j.total, ErrOverflow
	}
	return total, nil
}

// add adds counts that are 0 or more; false if the sum does not fit, or its conversions and nulls together.
func add(a, b attribution.Counts) (attribution.Counts, bool) {
	a.Conversions += b.Conversions
	a.Value += b.Value
	a.Nulls += b.Nulls
	return a, a.Conversions >= 0 && a.Value >= 0 && a.Nulls >= 0 && a.Conversions+a.Nulls >= 0
}

// flowing is the flow with so many times what conversions came to; false if it does not fit.
func (j *journeys) flowing(s sum, times int) (flow sum, ok bool) {
	high, count := bits.Mul64(uint64(s.count), uint64(times))
	highest, value := bits.Mul64(uint64(s.value), uint64(times))
	if high|highest != 0 || count > math.MaxInt64 || value > math.MaxInt64 {
		return flow, false
	}
	return j.flow.plus(sum{int64(count), int64(value)})
}

// grow makes room for all channels.
func (j *journeys) grow() {
	if more := j.Channels().Len() - len(j.seen); more > 0 {
		j.seen = append(j.seen, make([]bool, more)...)
		j.stamps = append(j.stamps, make([]uint64, more)...)
	}
}

// see notes the channels of a path.
func (j *journeys) see(path []uint16) {
	j.grow()
	for _, n := range path {
		if !j.seen[n] {
			j.seen[n] = true
			j.known++
		}
	}
}

// distinct gives the different channels of a path, in the order in which they first come, until the next call.
func (j *journeys) distinct(path []uint16) []uint16 {
	j.grow()
	j.stamp++
	j.set = j.set[:0]
	for _, n := range path {
		if j.stamps[n] != j.stamp {
			j.stamps[n] = j.stamp
			j.set = append(j.set, n)
		}
	}
	return j.set
}

// sorted gives the channels that are in paths, in order of their names.
func (j *journeys) sorted() []uint16 {
	numbers := make([]uint16, 0, j.known)
	for n, seen := range j.seen {
		if seen {
			numbers = append(numbers, uint16(n))
		}
	}
	slices.SortFunc(numbers, func(a, b uint16) int { return cmp.Compare(j.channels.Name(a), j.channels.Name(b)) })
	return numbers
}

// ranks gives the channels that are in paths, in order of their names, and each number's place in that order.
func (j *journeys) ranks() (numbers, rank []uint16) {
	numbers = j.sorted()
	rank = make([]uint16, len(j.seen))
	for r, n := range numbers {
		rank[n] = uint16(r)
	}
	return numbers, rank
}

// join adds what others know, and gives the numbers here of channels there; up to so many channels may then be in paths. After an
// error nothing has changed but that channels may have numbers.
func (j *journeys) join(other *journeys, most int) (numbers []uint16, err error) {
	total, fits := add(j.total, other.total)
	flow, flows := j.flow.plus(other.flow)
	if !fits || !flows {
		return nil, ErrOverflow
	}
	numbers = make([]uint16, len(other.seen))
	known := j.known
	for n, seen := range other.seen {
		if !seen {
			continue
		}
		own, err := j.Channels().Number([]byte(other.channels.Name(uint16(n))))
		if err != nil {
			return nil, err
		}
		if int(own) >= len(j.seen) || !j.seen[own] {
			known++
		}
		numbers[n] = own
	}
	if known > most {
		return nil, ErrChannels
	}
	j.total, j.flow, j.known = total, flow, known
	j.grow()
	for n, seen := range other.seen {
		if seen {
			j.seen[numbers[n]] = true
		}
	}
	return numbers, nil
}
