package attribution

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"math/big"
	"math/bits"
	"slices"
)

// Positions credits paths of channels by every model that needs neither times nor milestones, in one pass over them: it counts
// how often each channel stood first, last or between in converting paths of each length, which is all that such models
// look at ([LastNonDirect] excepted, see Credit). It is an aggregate: add paths, merge the positions of shards, in any order, and the result has the same bytes.
//
// Memory grows with the number of different pairs of a channel and a length of converting paths, not with the number of different
// paths. Paths are not cut.
//
// Make one with [NewPositions]. It is not safe for concurrent use.
type Positions struct {
	channels *Channels
	total    Counts
	touches  [2]int64 // of converting paths, times conversions and times value: bounds all sums
	seen     []bool   // by channel: whether it is in a path
	present  []gain   // by channel: of the converting paths that it is in
	lengths  map[int]*placed
	recent   [64]*placed // the same, by length, for short ones
	stamps   []uint64    // by channel: the last path that had it
	stamp    uint64
}

// A gain is what conversions came to.
type gain struct{ conversions, value int64 }

// NewPositions gives an empty aggregate. The channels give the numbers in paths their names; several aggregates of one reader may
// share them, and nil makes channels of its own.
func NewPositions(channels *Channels) *Positions {
	if channels == nil {
		channels = new(Channels)
	}
	return &Positions{channels: channels, lengths: map[int]*placed{}}
}

// Channels gives the channels their numbers, and numbers their names.
func (p *Positions) Channels() *Channels {
	p.ready()
	return p.channels
}

// ready makes the zero Positions an empty one.
func (p *Positions) ready() {
	if p.channels == nil {
		*p = *NewPositions(nil)
	}
}

// Total sums all counts.
func (p *Positions) Total() Counts { return p.total }

// Add counts journeys along a path. Errors are those of [Paths.Add]; a sum that overflows may also be that of conversions, or of
// value, times the touches of their paths. A path without a conversion takes a few nanoseconds, others time in proportion to
// their length.
func (p *Positions) Add(path []uint16, c Counts) error {
	total, err := p.total.with(path, c, p.channels)
	if err != nil || total == p.total {
		return err
	}
	touches, ok := p.bounded(len(path), gain{c.Conversions, c.Value})
	if !ok {
		return fmt.Errorf("attribution: counts: %w: split the paths, or take a larger unit of money", ErrOverflow)
	}
	p.total, p.touches = total, touches
	p.grow()
	for _, n := range path {
		p.seen[n] = true
	}
	if c.Conversions > 0 {
		p.place(path, gain{c.Conversions, c.Value})
	}
	return nil
}

// mostTouches of a path are more than memory holds; up to them the weights of a model, in millions, fit an int64 when they are
// multiplied by the touches.
const mostTouches = 1 << 38

// bounded is what p.touches becomes with a path, and false if that does not fit.
func (p *Positions) bounded(length int, g gain) (touches [2]int64, ok bool) {
	if int64(length) > mostTouches {
		return touches, false
	}
	for i, n := range [2]int64{g.conversions, g.value} {
		high, low := bits.Mul64(uint64(n), uint64(length))
		if high != 0 || low > uint64(math.MaxInt64-p.touches[i]) {
			return touches, false
		}
		touches[i] = p.touches[i] + int64(low)
	}
	return touches, true
}

// grow makes room for all channels.
func (p *Positions) grow() {
	if more := p.channels.Len() - len(p.seen); more > 0 {
		p.seen = append(p.seen, make([]bool, more)...)
		p.present = append(p.present, make([]gain, more)...)
		p.stamps = append(p.stamps, make([]uint64, more)...)
	}
}

// place counts a converting path.
func (p *Positions) place(path []uint16, g gain) {
	p.stamp++
	for _, n := range path {
		if p.stamps[n] != p.stamp {
			p.stamps[n] = p.stamp
			p.present[n].add(g)
		}
	}
	at := p.ofLength(len(path))
	at.of(path[0]).first.add(g)
	if len(path) == 1 {
		return
	}
	at.of(path[len(path)-1]).last.add(g)
	for _, n := range path[1 : len(path)-1] {
		at.of(n).between.add(g)
	}
}

func (g *gain) add(h gain) {
	g.conversions += h.conversions
	g.value += h.value
}

// ofLength is where paths of a length are counted.
func (p *Positions) ofLength(length int) *placed {
	var at *placed
	if length < len(p.recent) {
		at = p.recent[length]
	} else {
		at = p.lengths[length]
	}
	if at == nil {
		at = &placed{}
		p.lengths[length] = at
		if length < len(p.recent) {
			p.recent[length] = at
		}
	}
	return at
}

// Credit gives each channel that is in any path what it earned by the model, in order of names. The error wraps [ErrModel]
// for a model that needs times or milestones ([TimeDecay], a lookback, W-shaped, full path, lead creation), and for
// [LastNonDirect]: [Drop] the direct touches from the paths before they are added, then take [Last]. Without conversions all
// credit is 0.
//
// By [Participation] a channel has all conversions of the paths that it is in, once for each, and its shares are parts of the
// total: neither sums to the whole.
//
// The credit is exact: weights are integers, and rounding comes last. Time grows with the channels times the different lengths of
// converting paths, and with the size of the denominator that these have in common.
func (p *Positions) Credit(m Model) ([]ChannelCredit, error) {
	if err := m.Validate(); err != nil {
		return nil, err
	}
	numbers := p.sorted()
	if m.participates() && !m.bounded {
		return p.participation(numbers), nil
	}
	type weighed struct {
		at                   *placed
		first, between, last *big.Int
		factor               *big.Int // of the denominator of this length to the common one
	}
	var all []weighed
	common := big.NewInt(1)
	// A model that can't be asked this is refused even where no path converted.
	if _, _, _, err := m.byPosition(1); err != nil {
		return nil, err
	}
	for _, n := range p.sortedLengths() {
		first, between, last, err := m.byPosition(n)
		if err != nil {
			return nil, err
		}
		w := weighed{p.lengths[n], big.NewInt(first), big.NewInt(between), big.NewInt(last), nil}
		sum := new(big.Int).Add(w.first, w.last)
		if n > 2 {
			sum.Add(sum, new(big.Int).Mul(w.between, big.NewInt(int64(n-2))))
		}
		if n == 1 {
			sum.Set(w.first)
		}
		// In lowest terms, so that the common denominator stays small.
		divisor := new(big.Int).GCD(nil, nil, new(big.Int).GCD(nil, nil, w.first, w.last), w.between)
		divisor.GCD(nil, nil, divisor, sum)
		for _, x := range []*big.Int{w.first, w.between, w.last, sum} {
			x.Quo(x, divisor)
		}
		w.factor = sum
		common.Mul(common, new(big.Int).Quo(sum, new(big.Int).GCD(nil, nil, common, sum)))
		all = append(all, w)
	}
	for _, w := range all {
		w.factor.Quo(common, w.factor)
	}
	weights := make([]ChannelWeight, len(numbers))
	part, term := new(big.Int), new(big.Int)
	credit := func(sum *big.Int, w *weighed, first, between, last int64) {
		part.Mul(w.first, term.SetInt64(first))
		part.Add(part, term.Mul(w.between, term.SetInt64(between)))
		part.Add(part, term.Mul(w.last, term.SetInt64(last)))
		sum.Add(sum, part.Mul(part, w.factor))
	}
	for i, n := range numbers {
		weights[i] = ChannelWeight{Channel: p.channels.Name(n), Conversions: new(big.Int), Value: new(big.Int)}
		for k := range all {
			w := &all[k]
			at := w.at.find(n)
			if at == nil {
				continue
			}
			credit(weights[i].Conversions, w, at.first.conversions, at.between.conversions, at.last.conversions)
			credit(weights[i].Value, w, at.first.value, at.between.value, at.last.value)
		}
	}
	return Credits(p.total, weights)
}

func (p *Positions) participation(numbers []uint16) []ChannelCredit {
	share := func(part, whole int64) float64 {
		if whole == 0 {
			return 0
		}
		nearest, _ := new(big.Rat).SetFrac64(part, whole).Float64()
		return nearest
	}
	credits := make([]ChannelCredit, len(numbers))
	for i, n := range numbers {
		g := p.present[n]
		credits[i] = ChannelCredit{p.channels.Name(n), share(g.conversions, p.total.Conversions), share(g.value, p.total.Value), g.conversions, g.value}
	}
	return credits
}

// sorted gives the channels that are in paths, in order of their names.
func (p *Positions) sorted() (numbers []uint16) {
	for n, seen := range p.seen {
		if seen {
			numbers = append(numbers, uint16(n))
		}
	}
	slices.SortFunc(numbers, func(a, b uint16) int { return cmp.Compare(p.channels.Name(a), p.channels.Name(b)) })
	return numbers
}

func (p *Positions) sortedLengths() []int { return slices.Sorted(maps.Keys(p.lengths)) }

// Merge adds what other positions have counted, which stay as they are. The error wraps [ErrOverflow] or [ErrChannels]; then
// nothing has changed but that channels may be known.
func (p *Positions) Merge(other *Positions) error {
	p.ready()
	total, ok := p.total.plus(other.total)
	var touches [2]int64
	for i := range touches {
		ok = ok && other.touches[i] <= math.MaxInt64-p.touches[i]
		touches[i] = p.touches[i] + other.touches[i]
	}
	if !ok {
		return fmt.Errorf("attribution: counts: %w", ErrOverflow)
	}
	numbers := make([]uint16, len(other.seen))
	for n, seen := range other.seen {
		if !seen {
			continue
		}
		own, err := p.channels.number(other.channels.Name(uint16(n)))
		if err != nil {
			return err
		}
		numbers[n] = own
	}
	p.total, p.touches = total, touches
	p.grow()
	for n, seen := range other.seen {
		if seen {
			p.seen[numbers[n]] = true
			p.present[numbers[n]].add(other.present[n])
		}
	}
	for length, from := range other.lengths {
		to := p.ofLength(length)
		for _, s := range slices.Clone(from.slots) { // other may be p
			if s.channel > 0 {
				own := to.of(numbers[s.channel-1])
				own.first.add(s.first)
				own.between.add(s.between)
				own.last.add(s.last)
			}
		}
	}
	return nil
}
