package shapley

import (
	"cmp"
	"math/big"
	"slices"

	"github.com/leadloop/leadloop/attribution"
	"github.com/leadloop/leadloop/internal/num"
)

// MaxPositions is how many positions [Ordered] tells apart; all later ones are one.
const MaxPositions = 64

// maxTouches is how long a path may be: as often a channel may occur in a key of 64 bits.
const maxTouches = 1<<24 - 1

// Ordered credits channels as [Simplified] does, and splits what a channel earned of a path evenly among the positions at which it
// stands there: it tells what each channel earned at each position, counted from 1. It is an aggregate: add paths, merge those of
// shards, in any order, and the result has the same bytes.
//
// What it keeps are sums by channel, position, the number of different channels of the path, and how often the channel
// occurs in it. Memory grows with the combinations that occur, 40 to 80 bytes for each. The first [MaxPositions] positions are
// told apart, and all later ones are one more, so that a path adds to 65 sums of a channel at most. The zero Ordered is empty, with
// channels of its own. It is not safe for concurrent use.
type Ordered struct {
	journeys
	sums  table    // by number of channels, times that the channel occurs, position and channel
	times []uint32 // by channel: how often the path being added has it
}

// NewOrdered gives an empty aggregate. The channels give the numbers in paths their names; several aggregates of one reader may
// share them, and nil makes channels of its own.
func NewOrdered(channels *attribution.Channels) *Ordered {
	return &Ordered{journeys: journeys{channels: channels}}
}

// A placeKey is where a channel is summed that occurs so many times in paths with so many different channels, at a position.
type placeKey uint64

func newPlaceKey(size int, times uint32, position int, channel uint16) placeKey {
	return placeKey(size)<<48 | placeKey(times)<<24 | placeKey(position)<<16 | placeKey(channel)
}

func (k placeKey) size() int       { return int(k >> 48) }
func (k placeKey) times() int64    { return int64(k >> 24 & maxTouches) }
func (k placeKey) position() int   { return int(uint8(k >> 16)) }
func (k placeKey) channel() uint16 { return uint16(k) }

// anywhere is the key without its position.
func (k placeKey) anywhere() placeKey { return k &^ (0xFF << 16) }

// Add counts journeys along a path of numbers that Channels gave, which is not kept. Counts of zero leave no trace. The
// error is [ErrMissing] (an empty path), [ErrUnknown] (a number that no channel has), [ErrNegative], [ErrCounts] (a value without a
// conversion), [ErrLong], or [ErrOverflow], also where all conversions, or their value, times the touches of their paths do not fit 64
// bits; then nothing has changed. It takes time in proportion to the path, least where
// nothing converted.
func (o *Ordered) Add(path []uint16, c attribution.Counts) error {
	total, err := o.with(path, c)
	if err != nil || total == o.total {
		return err
	}
	if len(path) > maxTouches {
		return ErrLong
	}
	if c.Conversions > 0 {
		flow, ok := o.flowing(sum{c.Conversions, c.Value}, len(path))
		if !ok {
			return ErrOverflow
		}
		o.flow = flow
		o.place(path, sum{c.Conversions, c.Value})
	}
	o.total = total
	o.see(path)
	return nil
}

// place sums what a path earned.
func (o *Ordered) place(path []uint16, earned sum) {
	set := o.distinct(path)
	if more := len(o.seen) - len(o.times); more > 0 {
		o.times = append(o.times, make([]uint32, more)...)
	}
	for _, n := range set {
		o.times[n] = 0
	}
	for _, n := range path {
		o.times[n]++
	}
	for i, n := range path {
		o.sums.add(uint64(newPlaceKey(len(set), o.times[n], min(i, MaxPositions)+1, n)), earned)
	}
}

// Merge adds what another aggregate has counted, which stays as it is. The error is [ErrOverflow], or one that wraps
// [attribution.ErrChannels]; then nothing has changed but that channels may be known.
func (o *Ordered) Merge(other *Ordered) error {
	numbers, err := o.join(&other.journeys, attribution.MaxChannels)
	if err != nil {
		return err
	}
	other.sums.each(func(key uint64, earned sum) {
		o.sums.add(key&^0xFFFF|uint64(numbers[uint16(key)]), earned)
	})
	return nil
}

// bySize gives the sums that [Simplified] would keep; false if these can't be those of paths. All together fit 64 bits.
func (o *Ordered) bySize() (sums table, ok bool) {
	ok = true
	var anywhere table
	o.sums.each(func(key uint64, earned sum) { anywhere.add(uint64(placeKey(key).anywhere()), earned) })
	o.sums.each(func(key uint64, earned sum) {
		k := placeKey(key)
		once, _ := anywhere.get(uint64(k.anywhere())).split(k.times())
		ok = ok && (k.position() > MaxPositions || earned.within(once))
	})
	anywhere.each(func(key uint64, earned sum) {
		k := placeKey(key)
		once, whole := earned.split(k.times())
		if ok = ok && whole; ok {
			sums.add(sizeKey(k.size(), k.channel()), once)
		}
	})
	return sums, ok
}

// Credit gives each channel that is in any path what it earned, in order of names: what [Simplified.Credit] gives. Without conversions
// all credit is 0. It never fails.
func (o *Ordered) Credit() ([]attribution.ChannelCredit, error) {
	sums, _ := o.bySize()
	return o.credit(&sums)
}

// A PositionCredit is what a channel earned at one position of paths.
type PositionCredit struct {
	Channel  string `json:"channel"`
	Position int    `json:"position"` // from 1; MaxPositions + 1 stands for all that come later

	// ConversionShare and ValueShare are parts of the whole, each the float64 nearest to the exact share.
	ConversionShare float64 `json:"conversion_share"`
	ValueShare      float64 `json:"value_share"`

	// Conversions and Value, in minor units, are what the channel has in Credit, apportioned among its positions in whole numbers by
	// largest remainder, equal remainders to the earlier position.
	Conversions int64 `json:"conversions"`
	Value       int64 `json:"value"`
}

// ByPosition gives what channels earned at each position, in order of names and of positions. Positions at which a channel earned
// nothing are left out. The parts of a channel sum to what [Ordered.Credit] gives it. It never fails.
func (o *Ordered) ByPosition() ([]PositionCredit, error) {
	credits, err := o.Credit()
	if err != nil {
		return nil, err
	}
	common := newDenominator()
	divisor := func(k placeKey) int64 { return int64(k.size()) * k.times() }
	_, rank := o.ranks()
	places := make([]slot, 0, o.sums.length)
	o.sums.each(func(key uint64, earned sum) {
		common.include(divisor(placeKey(key)))
		places = append(places, slot{key, earned})
	})
	where := func(s slot) (rankOfChannel uint16, position int) {
		k := placeKey(s.key)
		return rank[k.channel()], k.position()
	}
	slices.SortFunc(places, func(x, y slot) int {
		a, i := where(x)
		b, j := where(y)
		return cmp.Or(cmp.Compare(a, b), cmp.Compare(i, j))
	})
	conversions := new(big.Int).Mul(common.common, big.NewInt(o.total.Conversions))
	value := new(big.Int).Mul(common.common, big.NewInt(o.total.Value))
	part := new(big.Int)
	var all []PositionCredit
	for r, credit := range credits {
		first := len(all)
		var weights, valueWeights []*big.Int
		for len(places) > 0 {
			channel, position := where(places[0])
			if int(channel) != r {
				break
			}
			earned, earnedValue := new(big.Int), new(big.Int)
			for len(places) > 0 {
				if c, p := where(places[0]); c != channel || p != position {
					break
				}
				d := divisor(placeKey(places[0].key))
				earned.Add(earned, common.part(part, places[0].count, d))
				earnedValue.Add(earnedValue, common.part(part, places[0].value, d))
				places = places[1:]
			}
			all = append(all, PositionCredit{Channel: credit.Channel, Position: position,
				ConversionShare: nearest(earned, conversions), ValueShare: nearest(earnedValue, value)})
			weights, valueWeights = append(weights, earned), append(valueWeights, earnedValue)
		}
		parts := make([]int64, len(weights))
		if err := num.ApportionBig(parts, credit.Conversions, weights); err != nil {
			return nil, err
		}
		for i, n := range parts {
			all[first+i].Conversions = n
		}
		if err := num.ApportionBig(parts, credit.Value, valueWeights); err != nil {
			return nil, err
		}
		for i, n := range parts {
			all[first+i].Value = n
		}
	}
	return all, nil
}
