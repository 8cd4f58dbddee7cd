package shapley

import (
	"cmp"
	"math/big"
	"slices"

	"github.com/leadloop/leadloop/attribution"
)

// maxPaired is how many channels can be in the paths of a ShaoLi: it keeps up to half a million pairs of them.
const maxPaired = 1024

// ShaoLi credits channels by the probabilistic model of Shao and Li. Let p of channels be the share of journeys that converted
// among those with all of them in their path. In each converting journey with N different channels, channel i contributes
//
//	C(i) = p(i) + 1/(2(N−1)) · Σ over the other channels j of the path: p(i,j) − p(i) − p(j)
//
// and p(i) where it is alone. Repeats in a path count once. A channel has the sum over converting journeys, for value each times
// its value, and credit is in proportion to that. A channel may contribute less than nothing, where it converts less than those
// beside it; all channels of a journey together never do.
//
// It is an aggregate: add paths, merge those of shards, in any order, and the result has the same bytes. What it keeps are
// sums by pair of channels, and by the number of different channels of the converting paths that have both. Memory grows with the
// combinations that occur, 40 to 80 bytes for each; a path adds to all pairs of its channels. There may be 1,024 channels in all
// paths. The zero ShaoLi is empty, with channels of its own. It is not safe for concurrent use.
type ShaoLi struct {
	journeys
	sums  table // of converting journeys, by number of channels and pair: a channel with itself where it is alone
	nulls table // of the others, by pair, and by each channel with itself
}

// NewShaoLi gives an empty aggregate. The channels give the numbers in paths their names; several aggregates of one reader may
// share them, and nil makes channels of its own.
func NewShaoLi(channels *attribution.Channels) *ShaoLi {
	return &ShaoLi{journeys: journeys{channels: channels}}
}

// A pairKey is where two channels of paths with so many different channels are summed, the one with the lower number first.
type pairKey uint64

func newPairKey(size int, a, b uint16) pairKey {
	return pairKey(size)<<32 | pairKey(min(a, b))<<16 | pairKey(max(a, b))
}

func (k pairKey) size() int               { return int(k >> 32) }
func (k pairKey) channels() (a, b uint16) { return uint16(k >> 16), uint16(k) }
func (k pairKey) pair() pairKey           { return k & 0xFFFF_FFFF }
func (k pairKey) as(of []uint16) pairKey {
	return newPairKey(k.size(), of[uint16(k>>16)], of[uint16(k)])
}

// Add counts journeys along a path of numbers that Channels gave, which is not kept. Counts of zero leave no trace. The
// error is [ErrMissing] (an empty path), [ErrUnknown] (a number that no channel has), [ErrNegative], [ErrCounts] (a value without a
// conversion), [ErrChannels], or [ErrOverflow], also where all conversions, or their value, times the channels of their paths do not
// fit 64 bits; then nothing has changed. It takes time in proportion to the path and to the pairs of its channels.
func (s *ShaoLi) Add(path []uint16, c attribution.Counts) error {
	total, err := s.with(path, c)
	if err != nil || total == s.total {
		return err
	}
	set := s.distinct(path)
	known := s.known
	for _, n := range set {
		if !s.seen[n] {
			known++
		}
	}
	if known > maxPaired {
		return ErrChannels
	}
	earned := sum{c.Conversions, c.Value}
	flow, ok := s.flowing(earned, len(set))
	if !ok {
		return ErrOverflow
	}
	s.total, s.flow = total, flow
	s.see(set)
	if c.Conversions > 0 {
		s.win(set, earned)
	}
	if c.Nulls > 0 {
		s.lose(set, sum{count: c.Nulls})
	}
	return nil
}

func (s *ShaoLi) win(set []uint16, earned sum) {
	if len(set) == 1 {
		s.sums.add(uint64(newPairKey(1, set[0], set[0])), earned)
	}
	for i, a := range set {
		for _, b := range set[:i] {
			s.sums.add(uint64(newPairKey(len(set), a, b)), earned)
		}
	}
}

func (s *ShaoLi) lose(set []uint16, lost sum) {
	for i, a := range set {
		for _, b := range set[:i+1] {
			s.nulls.add(uint64(newPairKey(0, a, b)), lost)
		}
	}
}

// Merge adds what another aggregate has counted, which stays as it is. The error is [ErrOverflow], or [ErrChannels] or one that wraps
// [attribution.ErrChannels]; then nothing has changed but that channels may be known.
func (s *ShaoLi) Merge(other *ShaoLi) error {
	numbers, err := s.join(&other.journeys, maxPaired)
	if err != nil {
		return err
	}
	other.sums.each(func(key uint64, earned sum) { s.sums.add(uint64(pairKey(key).as(numbers)), earned) })
	other.nulls.each(func(key uint64, lost sum) { s.nulls.add(uint64(pairKey(key).as(numbers)), lost) })
	return nil
}

// bySize gives the sums that [Simplified] would keep; false if these can't be those of paths.
func (s *ShaoLi) bySize() (sums table, ok bool) {
	ok = true
	var beside table // by number of channels and channel: each other channel's share in its journeys
	s.sums.each(func(key uint64, earned sum) {
		k := pairKey(key)
		a, b := k.channels()
		ok = beside.add(sizeKey(k.size(), a), earned) && ok
		if a != b {
			ok = beside.add(sizeKey(k.size(), b), earned) && ok
		}
	})
	beside.each(func(key uint64, earned sum) {
		each, whole := earned.split(max(1, int64(key>>16)-1))
		if ok = ok && whole; ok {
			sums.add(key, each)
		}
	})
	s.sums.each(func(key uint64, earned sum) {
		k := pairKey(key)
		a, b := k.channels()
		ok = ok && earned.within(sums.get(sizeKey(k.size(), a))) && earned.within(sums.get(sizeKey(k.size(), b)))
	})
	return sums, ok
}

// A Contribution is what a channel contributed to all conversions, or to their value, before it is scaled to the whole.
type Contribution struct {
	Channel string `json:"channel"`

	// Conversions and Value, in minor units, are each the float64 nearest to the exact sum. They may be negative.
	Conversions float64 `json:"conversions"`
	Value       float64 `json:"value"`
}

// Contributions gives the sums of C(i) that the model is made of, in order of names. They do not sum to all conversions: credit does.
func (s *ShaoLi) Contributions() []Contribution {
	weights, whole := s.weights()
	all := make([]Contribution, len(weights))
	for i, w := range weights {
		all[i] = Contribution{w.Channel, nearest(w.Conversions, whole), nearest(w.Value, whole)}
	}
	return all
}

// Credit gives each channel that is in any path its part of all conversions and of their value, in proportion to contributions, in
// order of names. Without conversions all credit is 0. The error wraps [attribution.ErrOverflow] where a share beside a negative one
// does not fit 64 bits. It takes time in proportion to the sums it keeps, up to some microseconds for each.
func (s *ShaoLi) Credit() ([]attribution.ChannelCredit, error) {
	weights, _ := s.weights()
	return attribution.Credits(s.total, weights)
}

// paired is what all journeys with a pair of channels came to, or with one.
type paired struct {
	key  pairKey
	sums []slot // of its converting journeys, by number of channels
	sum         // of these
	all  int64  // journeys
}

// weights are contributions times whole.
func (s *ShaoLi) weights() (weights []attribution.ChannelWeight, whole *big.Int) {
	numbers, rank := s.ranks()
	singles, pairs := s.converting(numbers)
	rates, sizes := newDenominator(), newDenominator()
	for _, p := range singles {
		rates.include(p.all)
	}
	for _, p := range pairs {
		rates.include(p.all)
		for _, part := range p.sums {
			sizes.include(2 * int64(pairKey(part.key).size()-1))
		}
	}
	rate := make([]*big.Int, len(singles))
	term, factor := new(big.Int), new(big.Int)
	weights = make([]attribution.ChannelWeight, len(singles))
	for r, p := range singles {
		rate[r] = rates.part(new(big.Int), p.count, p.all)
		term.Mul(rate[r], sizes.common)
		weights[r] = attribution.ChannelWeight{
			Channel:     s.channels.Name(numbers[r]),
			Conversions: new(big.Int).Mul(term, factor.SetInt64(p.count)),
			Value:       new(big.Int).Mul(term, factor.SetInt64(p.value)),
		}
	}
	together, earned := new(big.Int), [2]*big.Int{new(big.Int), new(big.Int)}
	for _, p := range pairs {
		a, b := p.key.channels()
		a, b = rank[a], rank[b]
		rates.part(together, p.count, p.all)
		together.Sub(together, rate[a])
		together.Sub(together, rate[b])
		earned[0].SetInt64(0)
		earned[1].SetInt64(0)
		for _, part := range p.sums {
			divisor := 2 * int64(pairKey(part.key).size()-1)
			earned[0].Add(earned[0], sizes.part(factor, part.count, divisor))
			earned[1].Add(earned[1], sizes.part(factor, part.value, divisor))
		}
		term.Mul(together, earned[0])
		weights[a].Conversions.Add(weights[a].Conversions, term)
		weights[b].Conversions.Add(weights[b].Conversions, term)
		term.Mul(together, earned[1])
		weights[a].Value.Add(weights[a].Value, term)
		weights[b].Value.Add(weights[b].Value, term)
	}
	return weights, new(big.Int).Mul(rates.common, sizes.common)
}

// converting gives what came of journeys with each of the channels, and with each pair that a converting path has.
func (s *ShaoLi) converting(numbers []uint16) (singles, pairs []paired) {
	own := make([]sum, len(s.seen))
	sums, _ := s.bySize()
	sums.each(func(key uint64, earned sum) { own[uint16(key)], _ = own[uint16(key)].plus(earned) })
	for _, n := range numbers {
		nulls := s.nulls.get(uint64(newPairKey(0, n, n)))
		singles = append(singles, paired{sum: own[n], all: own[n].count + nulls.count})
	}
	var parts []slot
	s.sums.each(func(key uint64, earned sum) {
		if pairKey(key).size() > 1 {
			parts = append(parts, slot{key, earned})
		}
	})
	slices.SortFunc(parts, func(x, y slot) int { return cmp.Compare(pairKey(x.key).pair(), pairKey(y.key).pair()) })
	for len(parts) > 0 {
		p := paired{key: pairKey(parts[0].key).pair()}
		n := 0
		for n < len(parts) && pairKey(parts[n].key).pair() == p.key {
			p.sum, _ = p.plus(parts[n].sum)
			n++
		}
		p.sums, parts = parts[:n], parts[n:]
		p.all = p.count + s.nulls.get(uint64(p.key)).count
		pairs = append(pairs, p)
	}
	return singles, pairs
}
