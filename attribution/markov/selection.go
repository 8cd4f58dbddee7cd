package markov

import (
	"cmp"
	"math"
	"math/bits"
	"slices"

	"github.com/leadloop/leadloop/attribution"
	"github.com/leadloop/leadloop/internal/num"
)

// Folds is in how many parts [SelectOrder] divides the journeys.
const Folds = 5

// A Selection says how well chains of each order foretell journeys that they
// were not fitted to.
type Selection struct {
	// Order is the one that foretells best, the lower one of equals.
	Order int `json:"order"`

	// LogLikelihood is the mean natural logarithm of the probability that the
	// chain of order 1, 2 … gives to a held-out journey, up to and with its end.
	LogLikelihood []float64 `json:"log_likelihood"`
}

// SelectOrder compares the orders from 1 to the highest by cross-validation:
// each part of the journeys is foretold by chains that were fitted to the
// others. The journeys of a path are dealt out at random, as a hash of the path
// decides: no seed, and the same folds for the same paths. (Dealt out evenly,
// they would be foretold too well by chains that learn paths by heart.)
//
// A probability is estimated from what followed the last k touches, plus one
// journey's worth of what follows the last k−1, and so on down to all channels
// alike (MacKay and Peto, 1995): nothing that can happen is impossible. Repeats
// of a channel count here; orders would not be comparable without them.
//
// It fails with [ErrOrder], [ErrEmpty], and with [ErrChannels] where highest+1
// channels don't fit into 64 bits.
func SelectOrder(paths *attribution.Paths, highest int) (*Selection, error) {
	if highest < 1 || highest > MaxOrder {
		return nil, ErrOrder
	}
	total := paths.Total()
	journeys := float64(total.Conversions) + float64(total.Nulls)
	if journeys == 0 {
		return nil, ErrEmpty
	}
	s := newSteps(paths.Channels(), highest)
	if s.width*uint(highest+1) > 64 {
		return nil, ErrChannels
	}
	all := s.count(paths, -1)
	sums := make([]float64, highest)
	for fold := range Folds {
		held := s.count(paths, fold)
		for k := 1; k <= highest; k++ {
			held.follow[k].each(func(key uint64, count int64) {
				sums[k-1] += float64(float64(count) * num.Log(s.probability(all, held, k, key)))
			})
		}
	}
	out := &Selection{Order: 1}
	for k, sum := range sums {
		out.LogLikelihood = append(out.LogLikelihood, sum/journeys)
		if out.LogLikelihood[k] > out.LogLikelihood[out.Order-1] {
			out.Order = k + 1
		}
	}
	return out, nil
}

// What can follow besides channels. Channels follow by the rank of their names.
const (
	begun = iota // stands before the first touch
	converted
	ended
	firstRank
)

// A stepCounter counts what follows what.
type stepCounter struct {
	highest int
	width   uint
	rank    []uint64
	salt    []uint64 // hash of each channel's name
}

// stepCounts are counts of each step after its last k touches, by k, and of
// those touches.
type stepCounts struct{ follow, context []table }

func newSteps(channels *attribution.Channels, highest int) *stepCounter {
	n := channels.Len()
	s := &stepCounter{highest: highest, rank: make([]uint64, n), salt: make([]uint64, n)}
	s.width = uint(bits.Len(uint(n + firstRank - 1)))
	order := make([]uint16, n)
	for i := range order {
		order[i] = uint16(i)
	}
	slices.SortFunc(order, func(a, b uint16) int { return cmp.Compare(channels.Name(a), channels.Name(b)) })
	for r, x := range order {
		s.rank[x] = uint64(r + firstRank)
		h := uint64(14695981039346656037) // FNV-1a
		for _, c := range []byte(channels.Name(x)) {
			h = (h ^ uint64(c)) * 1099511628211
		}
		s.salt[x] = h
	}
	return s
}

// count counts the journeys of a fold, or all of them for −1.
func (s *stepCounter) count(paths *attribution.Paths, fold int) stepCounts {
	n := stepCounts{make([]table, s.highest+1), make([]table, s.highest+1)}
	for path, c := range paths.All() {
		h := uint64(len(path))
		for _, x := range path {
			h = hash(h ^ s.salt[x])
		}
		d := draw(h)
		conversions, nulls := c.Conversions, c.Nulls
		if fold >= 0 {
			conversions, nulls = d.deal(conversions)[fold], d.deal(nulls)[fold]
		}
		if conversions+nulls == 0 {
			continue
		}
		var key uint64
		for _, x := range path {
			key = key<<s.width | s.rank[x]
			n.add(s, key, conversions+nulls)
		}
		n.add(s, key<<s.width|converted, conversions)
		n.add(s, key<<s.width|ended, nulls)
	}
	return n
}

// deal divides a count at random: one by one, or where it is large by the
// normal numbers that are near to binomial ones.
func (d *draw) deal(count int64) (parts [Folds]int64) {
	if count < 1<<8 {
		for range count {
			parts[d.next()%Folds]++
		}
		return parts
	}
	for i := range parts[:Folds-1] {
		p := 1 / float64(Folds-i)
		mean := float64(float64(count) * p)
		x := mean + float64(math.Sqrt(float64(mean*(1-p)))*d.normal())
		parts[i] = min(count, max(0, int64(math.RoundToEven(x))))
		count -= parts[i]
	}
	parts[Folds-1] = count
	return parts
}

func (n stepCounts) add(s *stepCounter, key uint64, count int64) {
	if count == 0 {
		return
	}
	for k := range n.follow {
		key := key & mask(s.width*uint(k+1))
		n.follow[k].add(key, count)
		n.context[k].add(key>>s.width, count)
	}
}

// probability is that of the last step of the key after the k before it, by
// what is not held out.
func (s *stepCounter) probability(all, held stepCounts, k int, key uint64) float64 {
	p := 1 / float64(len(s.rank)+2)
	for j := 0; j <= k; j++ {
		key := key & mask(s.width*uint(j+1))
		follow := all.follow[j].get(key) - held.follow[j].get(key)
		context := all.context[j].get(key>>s.width) - held.context[j].get(key>>s.width)
		p = (float64(follow) + p) / (float64(context) + 1)
	}
	return p
}
