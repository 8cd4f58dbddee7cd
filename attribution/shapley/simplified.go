package shapley

import (
	"math/big"

	"github.com/leadloop/leadloop/attribution"
)

// Simplified credits each of the different channels of a converting path equally. It is an aggregate: add paths, merge those of
// shards, in any order, and the result has the same bytes.
//
// What it keeps are sums by the number of different channels of paths, and by channel. The zero Simplified is empty, with channels
// of its own. It is not safe for concurrent use.
type Simplified struct {
	journeys
	sums table // by number of channels and channel
}

// NewSimplified gives an empty aggregate. The channels give the numbers in paths their names; several aggregates of one reader may
// share them, and nil makes channels of its own.
func NewSimplified(channels *attribution.Channels) *Simplified {
	return &Simplified{journeys: journeys{channels: channels}}
}

// sizeKey is where a channel of paths with so many different channels is summed.
func sizeKey(size int, channel uint16) uint64 { return uint64(size)<<16 | uint64(channel) }

// Add counts journeys along a path of numbers that Channels gave, which is not kept. Counts of zero leave no trace. The
// error is [ErrMissing] (an empty path), [ErrUnknown] (a number that no channel has), [ErrNegative], [ErrCounts] (a value without a
// conversion) or [ErrOverflow], also where all conversions, or their value, times the channels of their paths do not fit 64 bits; then
// nothing has changed. It takes time in proportion to the path, least where
// nothing converted.
func (s *Simplified) Add(path []uint16, c attribution.Counts) error {
	total, err := s.with(path, c)
	if err != nil || total == s.total {
		return err
	}
	if c.Conversions > 0 {
		set, earned := s.distinct(path), sum{c.Conversions, c.Value}
		flow, ok := s.flowing(earned, len(set))
		if !ok {
			return ErrOverflow
		}
		s.flow = flow
		for _, n := range set {
			s.sums.add(sizeKey(len(set), n), earned)
		}
	}
	s.total = total
	s.see(path)
	return nil
}

// Merge adds what another aggregate has counted, which stays as it is. The error is [ErrOverflow], or one that wraps
// [attribution.ErrChannels]; then nothing has changed but that channels may be known.
func (s *Simplified) Merge(other *Simplified) error {
	numbers, err := s.join(&other.journeys, attribution.MaxChannels)
	if err != nil {
		return err
	}
	other.sums.each(func(key uint64, earned sum) {
		s.sums.add(key&^0xFFFF|uint64(numbers[uint16(key)]), earned)
	})
	return nil
}

// Credit gives each channel that is in any path what it earned, in order of names. Without conversions all credit is 0. It never
// fails.
func (s *Simplified) Credit() ([]attribution.ChannelCredit, error) {
	return s.credit(&s.sums)
}

// credit shares out the total by sums by number of channels and channel.
func (j *journeys) credit(sums *table) ([]attribution.ChannelCredit, error) {
	numbers, rank := j.ranks()
	weights := make([]attribution.ChannelWeight, len(numbers))
	for i, n := range numbers {
		weights[i] = attribution.ChannelWeight{Channel: j.channels.Name(n), Conversions: new(big.Int), Value: new(big.Int)}
	}
	common := newDenominator()
	sums.each(func(key uint64, _ sum) { common.include(int64(key >> 16)) })
	equal := make([]*big.Int, len(numbers)+1) // by number of channels: the part of each
	factor, part := new(big.Int), new(big.Int)
	sums.each(func(key uint64, earned sum) {
		size, w := key>>16, &weights[rank[uint16(key)]]
		if equal[size] == nil {
			equal[size] = common.part(new(big.Int), 1, int64(size))
		}
		w.Conversions.Add(w.Conversions, part.Mul(equal[size], factor.SetInt64(earned.count)))
		w.Value.Add(w.Value, part.Mul(equal[size], factor.SetInt64(earned.value)))
	})
	return attribution.Credits(j.total, weights)
}
