package attribution

import (
	"fmt"
	"math/bits"
	"strconv"
	"time"

	"github.com/leadloop/leadloop/internal/num"
)

// Model says how one conversion is shared out among the touches of its path. It is an immutable value, safe for concurrent
// use and comparable with ==. The zero Model is invalid.
//
// Every model but TimeDecay is a table of weights: some for the key touches of a path, and one for the rest, which the
// touches that are no key touch share equally. What a path does not have drops out, and the weights that remain keep their
// proportions (see the package documentation, "Short paths and missing milestones").
type Model struct {
	name     string
	keys     keyWeights
	rest     int64         // together, for all touches that are no key touch
	halfLife time.Duration // if decay
	decay    bool
	lookback time.Duration // 0: the whole journey
	bounded  bool          // whether lookback was set
}

// keyWeights holds the weight of each key touch in percent. A touch that is several key touches at once has them all.
type keyWeights struct {
	first       int64 // the first touch of the path
	lead        int64 // the touch that created the lead
	opportunity int64 // the touch that created the opportunity
	last        int64 // the last touch of the path
}

// The models without parameters.
var (
	// First gives all credit to the first touch of the path.
	First = Model{name: "first", keys: keyWeights{first: 100}}

	// Last gives all credit to the last touch of the path.
	Last = Model{name: "last", keys: keyWeights{last: 100}}

	// Linear gives every touch the same credit; a channel that was touched twice counts twice.
	Linear = Model{name: "linear", rest: 100}

	// PositionBased, the U-shaped model, gives 40 % to the first touch, 40 % to the last and 20 % to the rest. Two touches
	// get half each, a single touch gets all.
	PositionBased = Model{name: "position-based", keys: keyWeights{first: 40, last: 40}, rest: 20}

	// WShaped gives 30 % each to the first touch, to the touch that created the lead and to the touch that created the
	// opportunity, and 10 % to the rest.
	WShaped = Model{name: "w-shaped", keys: keyWeights{first: 30, lead: 30, opportunity: 30}, rest: 10}
)

// TimeDecay halves a touch's weight for every half-life that it is older than the newest touch of the path. Ages are exact
// instants, not whole days. Measuring from the newest touch rather than from the conversion gives the same shares (the
// factor cancels), and an old path never fades to nothing: its newest touch always weighs 1. A touch more than
// 60 half-lives older earns nothing (in a path of a thousand touches, more than 52), and ages above 292 years count as 292.
// A half-life that is not positive makes the model invalid.
func TimeDecay(halfLife time.Duration) Model {
	return Model{name: "time-decay " + days(halfLife), decay: true, halfLife: halfLife}
}

// Within returns the model with a lookback window: only touches at most that long before the conversion are valid, the
// one exactly that old included. A lookback that is not positive makes the model invalid. Without Within the whole journey counts.
func (m Model) Within(lookback time.Duration) Model {
	m.lookback, m.bounded = lookback, true
	return m
}

// Name returns the model's name with its parameters, such as "time-decay 7d within 90d".
func (m Model) Name() string {
	if m.bounded {
		return m.name + " within " + days(m.lookback)
	}
	return m.name
}

// days prints whole days as such: "7d", but "36h0m0s".
func days(d time.Duration) string {
	const day = 24 * time.Hour
	if d%day == 0 {
		return strconv.FormatInt(int64(d/day), 10) + "d"
	}
	return d.String()
}

// Validate returns nil or an error that wraps ErrModel. Credit, Book and NewTally call it.
func (m Model) Validate() error {
	switch {
	case m.name == "":
		return fmt.Errorf("attribution: %w: zero Model; use First, Linear, TimeDecay …", ErrModel)
	case m.decay && m.halfLife <= 0:
		return fmt.Errorf("attribution: %w %q: the half-life must be positive", ErrModel, m.name)
	case m.bounded && m.lookback <= 0:
		return fmt.Errorf("attribution: %w %q: the lookback must be positive; leave out Within to look at the whole journey", ErrModel, m.Name())
	}
	return nil
}

// Credit shares out the latest conversion of the journey (among equally late ones, the one with the greatest ID); a journey
// without a conversion is shared out as if it converted at its last milestone or its last touch by marketing, whichever is
// later. The result has one Share per element of
// j.Touches, in that order, and sums to exactly One; touches that are not valid, and repetitions of a touch, have none.
//
// It returns an error that wraps ErrNoTouch if no touch is valid, ErrModel if the model is not, and every *Error of the
// journey joined. Time is O(n log n) for n touches.
func (m Model) Credit(j Journey) ([]Share, error) {
	if err := m.Validate(); err != nil {
		return nil, err
	}
	var t timeline
	if err := t.read(&j, -1); err != nil {
		return nil, err
	}
	path := t.openPath(m)
	if n := len(t.conversions); n > 0 {
		path = t.path(m, t.conversions[n-1].At)
	}
	if len(path.touches) == 0 {
		return nil, fmt.Errorf("attribution: journey %q: %w: nothing can take the credit", j.ID, ErrNoTouch)
	}
	var s scratch
	credit := make([]Share, len(j.Touches))
	for i, share := range s.share(m, path) {
		credit[path.touches[i]] = Share(share)
	}
	return credit, nil
}

// scratch holds the buffers of one calculation, so that a loop over many journeys allocates nothing.
type scratch struct {
	weights, shares, amounts []int64
}

// share returns one share per touch of the path, which must not be empty. The result is valid until the next call.
func (s *scratch) share(m Model, p path) []int64 {
	n := len(p.touches)
	s.weights = resize(s.weights, n)
	s.shares = resize(s.shares, n)
	if m.decay {
		m.decayWeights(s.weights, p)
	} else {
		m.keyedWeights(s.weights, p)
	}
	apportion(s.shares, int64(One), s.weights)
	return s.shares
}

// amount returns the part of revenue for each touch of the path of the last call of share: by the model's own weights, as
// rounded shares would decide ties at random. The result is valid until the next call.
func (s *scratch) amount(revenue int64) []int64 {
	s.amounts = resize(s.amounts, len(s.weights))
	apportion(s.amounts, revenue, s.weights)
	return s.amounts
}

// keyedWeights fills dst with integers in proportion to the weights of the touches: multiplying the key weights by the
// number of the other touches lets the rest be divided without a fraction.
func (m Model) keyedWeights(dst []int64, p path) {
	keys := [...]struct {
		at     int
		weight int64
	}{{0, m.keys.first}, {p.lead, m.keys.lead}, {p.opportunity, m.keys.opportunity}, {len(dst) - 1, m.keys.last}}

	clear(dst)
	others := int64(len(dst))
	for _, key := range keys {
		if key.weight > 0 && key.at >= 0 {
			if dst[key.at] == 0 {
				others--
			}
			dst[key.at] += key.weight
		}
	}
	for i, weight := range dst {
		switch {
		case weight == 0:
			dst[i] = m.rest
		case others > 0:
			dst[i] = weight * others
		}
	}
}

// decayWeights fills dst with the weights of the touches by age, scaled so that they sum to at most 2⁶².
func (m Model) decayWeights(dst []int64, p path) {
	newest := p.at(len(dst) - 1)
	shift := bits.Len(uint(len(dst))) // len(dst) < 2^shift
	for i := range dst {
		age := newest.Sub(p.at(i)) // saturates at 292 years; never negative, the path is in order of time
		dst[i] = num.HalfLifeShare(uint64(age), uint64(m.halfLife)) >> shift
	}
}

// apportion is num.Apportion for weights that it cannot refuse: none is negative, one is positive, and they sum to less than
// 2⁶³. Every path has a touch, and every model weighs the first, the last or all of them.
func apportion(dst []int64, total int64, weights []int64) {
	_ = num.Apportion(dst, total, weights)
}

// resize returns a slice of length n, s itself if it is large enough.
func resize(s []int64, n int) []int64 {
	if cap(s) < n {
		return make([]int64, n, n+n/2)
	}
	return s[:n]
}
