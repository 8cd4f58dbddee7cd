package markov

import (
	"math"
	"math/bits"

	"github.com/leadloop/leadloop/attribution"
)

// MaxOrder is the highest order of a chain.
const MaxOrder = 8

// Grams is all that a chain of one order needs to know of any number of paths:
// how often each run of order+1 channels occurs, and how the paths end after
// each of the last runs of order channels. It is an aggregate: add paths to
// one per shard, in any order, and merge them. All it holds are integers.
//
// A run is packed into 64 bits, so that the order limits the channels: 65,535
// for orders up to 3, 4,096 for order 4, 1,024 for 5, 512 for 6, 256 for 7 and
// 128 for 8. It takes 26 to 51 bytes for each distinct run; where there could be
// no more than 2²⁴ of them and a good part occurs, it counts in an array instead,
// of at most 64 MB, and adds a touch in a few nanoseconds.
//
// A Grams is not safe for concurrent use. Make one with New.
type Grams struct {
	order    int
	width    uint // bits of a channel in a packed key
	channels *attribution.Channels
	runs     table    // of order+1 channels, at least two of them different
	dense    []uint32 // the same, where that pays; what exceeds 32 bits moves to runs
	bits     uint     // of a channel in an index of dense
	worth    int      // runs from which dense would pay
	ends     table    // index+1 into ended, by final state
	ended    []attribution.Counts
	total    attribution.Counts
	flow     int64 // all counts of runs and ends: bounds each sum of them
}

// denseBits is how wide an index of the array of runs may become.
const denseBits = 24

// New makes an empty aggregate for chains of the order, from 1 to MaxOrder. The
// channels give the numbers in paths their names; they may be shared by several
// aggregates of one reader, and nil makes channels of its own.
func New(order int, channels *attribution.Channels) (*Grams, error) {
	if order < 1 || order > MaxOrder {
		return nil, ErrOrder
	}
	if channels == nil {
		channels = new(attribution.Channels)
	}
	g := &Grams{order: order, width: min(16, 64/uint(order+1)), channels: channels}
	g.settle()
	return g, nil
}

// Order is that of the chain.
func (g *Grams) Order() int { return g.order }

// Channels gives the numbers in paths their names.
func (g *Grams) Channels() *attribution.Channels { return g.channels }

// Total sums the counts of all paths.
func (g *Grams) Total() attribution.Counts { return g.total }

// Add counts a path, first touch first: so many journeys along it converted, so
// many did not, and what the conversions earned. A path counted by nothing but
// zeros leaves no trace. An error means that nothing was added.
//
// A path shorter than the order is one state by itself. A state that follows
// itself is the same stay in it, so that repeats of one channel beyond the order
// tell nothing.
func (g *Grams) Add(path []uint16, c attribution.Counts) error {
	weight, err := g.check(path, c)
	if err != nil || weight == 0 {
		return err
	}
	k := g.order
	if len(path) <= k {
		g.end(g.final(path), c)
		return nil
	}
	if g.dense == nil && g.runs.length >= g.worth || g.dense != nil && g.outgrown(path) {
		g.settle()
	}
	if g.dense != nil && weight <= math.MaxUint32 {
		g.addDense(path, uint32(weight))
	} else {
		g.addSparse(path, weight)
	}
	g.end(g.final(path), c)
	return nil
}

// check says why a path can't be added, and how many journeys it counts.
func (g *Grams) check(path []uint16, c attribution.Counts) (int64, error) {
	if len(path) == 0 {
		return 0, ErrMissing
	}
	if c.Conversions < 0 || c.Nulls < 0 || c.Value < 0 {
		return 0, ErrNegative
	}
	if c.Conversions == 0 && c.Value != 0 {
		return 0, ErrCounts
	}
	for _, x := range path {
		if int(x) >= g.channels.Len() {
			return 0, ErrUnknown
		}
		if uint(x)>>g.width != 0 {
			return 0, ErrChannels
		}
	}
	weight := c.Conversions + c.Nulls
	if weight < 0 || c.Value > math.MaxInt64-g.total.Value {
		return 0, ErrOverflow
	}
	hi, steps := bits.Mul64(uint64(weight), uint64(len(path)))
	if hi != 0 || steps > uint64(math.MaxInt64-g.flow) {
		return 0, ErrOverflow
	}
	return weight, nil
}

// final packs the state in which a path ends; above its channels stands its
// length if that is less than the order.
func (g *Grams) final(path []uint16) uint64 {
	if len(path) < g.order {
		return uint64(len(path))<<(g.width*uint(g.order)) | g.pack(path)
	}
	return g.pack(path[len(path)-g.order:])
}

func (g *Grams) pack(path []uint16) (key uint64) {
	for _, x := range path {
		key = key<<g.width | uint64(x)
	}
	return key
}

func (g *Grams) end(key uint64, c attribution.Counts) {
	if g.ends.length == 0 || g.ends.counts[g.ends.place(key)] == 0 {
		g.ended = append(g.ended, attribution.Counts{})
		g.ends.add(key, int64(len(g.ended)))
	}
	e := &g.ended[g.ends.counts[g.ends.place(key)]-1]
	e.Conversions += c.Conversions
	e.Value += c.Value
	e.Nulls += c.Nulls
	g.total.Conversions += c.Conversions
	g.total.Value += c.Value
	g.total.Nulls += c.Nulls
	g.flow += c.Conversions + c.Nulls
}

func (g *Grams) addSparse(path []uint16, weight int64) {
	stay := mask(g.width * uint(g.order))
	all := mask(g.width * uint(g.order+1))
	key := g.pack(path[:g.order])
	for _, x := range path[g.order:] {
		key = (key<<g.width | uint64(x)) & all
		if key>>g.width != key&stay {
			g.runs.add(key, weight)
			g.flow += weight
		}
	}
}

func (g *Grams) addDense(path []uint16, weight uint32) {
	k, b := g.order, g.bits
	stay := mask(b * uint(k))
	all := mask(b * uint(k+1))
	var key uint64
	for _, x := range path[:k] {
		key = key<<b | uint64(x)
	}
	for _, x := range path[k:] {
		key = (key<<b | uint64(x)) & all
		if key>>b == key&stay {
			continue
		}
		sum, carry := bits.Add32(g.dense[key], weight, 0)
		if carry != 0 {
			g.runs.add(repack(key, k+1, b, g.width), int64(sum)+1<<32)
			sum = 0
		}
		g.dense[key] = sum
		g.flow += int64(weight)
	}
}

func mask(bits uint) uint64 {
	if bits >= 64 {
		return math.MaxUint64
	}
	return 1<<bits - 1
}

// repack writes a key of n channels with another width of each.
func repack(key uint64, n int, from, to uint) (out uint64) {
	for j := n - 1; j >= 0; j-- {
		out |= key >> (uint(j) * from) & mask(from) << (uint(j) * to)
	}
	return out
}

// outgrown says whether a path has a channel that the array of runs has no place for.
func (g *Grams) outgrown(path []uint16) bool {
	var all uint16
	for _, x := range path {
		all |= x
	}
	return uint(all)>>g.bits != 0
}

// settle chooses where to count runs: in an array with a place for each that
// the channels could form, if it is small or enough of them have occurred.
func (g *Grams) settle() {
	n := g.order + 1
	old, from := g.dense, g.bits
	g.dense = nil
	for key, count := range old {
		if count != 0 {
			g.runs.add(repack(uint64(key), n, from, g.width), int64(count))
		}
	}
	g.worth = math.MaxInt
	g.bits = max(2, uint(bits.Len(uint(max(1, g.channels.Len())-1))))
	if g.bits*uint(n) > denseBits {
		return
	}
	size := 1 << (g.bits * uint(n))
	if g.worth = size / 64; size > 1<<16 && g.runs.length < g.worth {
		return
	}
	g.dense = make([]uint32, size)
	var rest table
	g.runs.each(func(key uint64, count int64) {
		if count <= math.MaxUint32 {
			g.dense[repack(key, n, g.width, g.bits)] = uint32(count)
		} else {
			rest.add(key, count)
		}
	})
	g.runs = rest
}

// eachRun calls visit for each run. One that has counts in both places comes
// twice.
func (g *Grams) eachRun(visit func(key uint64, count int64)) {
	g.runs.each(visit)
	for key, count := range g.dense {
		if count != 0 {
			visit(repack(uint64(key), g.order+1, g.bits, g.width), int64(count))
		}
	}
}

// eachEnd calls visit for each final state with its packed channels, of which
// there are n.
func (g *Grams) eachEnd(visit func(key uint64, n int, c attribution.Counts)) {
	low := g.width * uint(g.order)
	g.ends.each(func(key uint64, at int64) {
		n := int(key >> low)
		if n == 0 {
			n = g.order
		}
		visit(key&mask(low), n, g.ended[at-1])
	})
}
