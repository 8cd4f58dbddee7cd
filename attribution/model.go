package attribution

import (
	"fmt"
	"strconv"
	"time"
)

// Model says how one conversion is shared out among the touches of its path. It is an immutable value, safe for concurrent
// use and comparable with ==. The zero Model is invalid.
//
// Every model but TimeDecay and Participation is a table of [Weights]: some for the key touches of a path, and one for the
// rest. What a path does not have drops out, by default so that the weights that remain keep their proportions (see
// [Absent], and the package documentation, "Short paths and missing milestones").
type Model struct {
	name          string
	weights       Weights
	absent        Absent
	halfLife      time.Duration // if decay
	decay         bool
	participation bool
	direct        string        // channel that Last passes over, if passes
	passes        bool          // whether direct was set
	lookback      time.Duration // 0: the whole journey
	bounded       bool          // whether lookback was set
}

// Weights are what the key touches of a path weigh, in any unit: only their proportions count. A touch that is several key
// touches at once has all their weights. Each is from 0 to MaxWeight.
type Weights struct {
	First       int64 // the first touch of the path
	Lead        int64 // the touch that created the lead
	Opportunity int64 // the touch that created the opportunity
	Last        int64 // the last touch of the path: that which closed the deal
	Rest        int64 // all other touches together, in equal parts
}

// MaxWeight is the greatest of Weights.
const MaxWeight = 1_000_000

// The models without parameters. Weights of vendors differ; the package documentation has their sources.
var (
	// First gives all credit to the first touch of the path.
	First = Model{name: "first", weights: Weights{First: 100}}

	// Last gives all credit to the last touch of the path.
	Last = Model{name: "last", weights: Weights{Last: 100}}

	// LeadCreation gives all credit to the touch that created the lead. Without one, nothing is attributed.
	LeadCreation = Model{name: "lead-creation", weights: Weights{Lead: 100}}

	// Linear gives every touch the same credit; a channel that was touched twice counts twice.
	Linear = Model{name: "linear", weights: Weights{Rest: 100}}

	// PositionBased, the U-shaped model, gives 40 % to the first touch, 40 % to the last and 20 % to the rest. Two touches
	// get half each, a single touch gets all.
	PositionBased = Model{name: "position-based", weights: Weights{First: 40, Last: 40, Rest: 20}}

	// JShaped gives 20 % to the first touch, 60 % to the last and 20 % to the rest. Two touches get 25 % and 75 %, or 30 % and
	// 70 % by [SplitEqually].
	JShaped = Model{name: "j-shaped", weights: Weights{First: 20, Last: 60, Rest: 20}}

	// InverseJShaped gives 60 % to the first touch, 20 % to the last and 20 % to the rest.
	InverseJShaped = Model{name: "inverse-j-shaped", weights: Weights{First: 60, Last: 20, Rest: 20}}

	// WShaped gives 30 % each to the first touch, to the touch that created the lead and to the touch that created the
	// opportunity, and 10 % to the rest.
	WShaped = Model{name: "w-shaped", weights: Weights{First: 30, Lead: 30, Opportunity: 30, Rest: 10}}

	// FullPath gives 22.5 % each to the first touch, to those that created the lead and the opportunity, and to the last
	// touch before the deal was won, and 10 % to the rest.
	FullPath = Model{name: "full-path", weights: Weights{First: 225, Lead: 225, Opportunity: 225, Last: 225, Rest: 100}}

	// Participation gives all credit to each touch, so that it is the one model whose credit does not sum to One: it tells
	// what a channel or a campaign took part in, and reports count a deal once for each of them.
	Participation = Model{name: "participation", participation: true}
)

// Custom is a model of your own. It is invalid without a name, with a weight that is not from 0 to MaxWeight, or if none is
// positive.
func Custom(name string, weights Weights) Model { return Model{name: name, weights: weights} }

// LastNonDirect gives all credit to the last touch of the path that is not of the channel by which visits without a known
// source go, such as "direct"; where there is no other, to the last touch.
func LastNonDirect(direct string) Model {
	return Model{name: "last-non-direct (" + strconv.Quote(direct) + ")", weights: Weights{Last: 100}, direct: direct, passes: true}
}

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

// Absent says who gets the weight of what a path does not have: a milestone that was not reached, or touches besides the key
// touches.
type Absent uint8

// The rules for what is absent.
const (
	// Renormalise lets the weights that remain keep their proportions; it is the default. Adobe Analytics and Mixpanel do so:
	// two touches of the J-shaped model get 25 % and 75 %.
	Renormalise Absent = iota
	// SplitEqually adds what is missing to the key touches that are there, in equal parts; a touch that is two of them gets two
	// parts. What the rest weighs stays with the rest. Amplitude does so: two touches of the J-shaped model get 30 % and 70 %.
	SplitEqually
)

// WithAbsent returns the model with a rule for what a path does not have. It makes no difference to TimeDecay and Participation.
func (m Model) WithAbsent(rule Absent) Model {
	m.absent = rule
	return m
}

// Name returns the model's name with its parameters, such as "time-decay 7d within 90d".
func (m Model) Name() string {
	name := m.name
	if m.absent == SplitEqually {
		name += " split equally"
	}
	if m.bounded {
		name += " within " + days(m.lookback)
	}
	return name
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
		return fmt.Errorf("attribution: %w: it has no name; use First, Linear, TimeDecay … or name the Custom one", ErrModel)
	case m.decay && m.halfLife <= 0:
		return fmt.Errorf("attribution: %w %q: the half-life must be positive", ErrModel, m.name)
	case m.bounded && m.lookback <= 0:
		return fmt.Errorf("attribution: %w %q: the lookback must be positive; leave out Within to look at the whole journey", ErrModel, m.Name())
	case m.absent > SplitEqually:
		return fmt.Errorf("attribution: %w %q: use Renormalise or SplitEqually for what is absent", ErrModel, m.name)
	case m.passes && m.direct == "":
		return fmt.Errorf("attribution: %w %q: name the channel of direct visits", ErrModel, m.name)
	case m.decay || m.participation:
		return nil
	}
	positive := false
	for _, weight := range [...]int64{m.weights.First, m.weights.Lead, m.weights.Opportunity, m.weights.Last, m.weights.Rest} {
		if weight < 0 || weight > MaxWeight {
			return fmt.Errorf("attribution: %w %q: a weight must be from 0 to %d", ErrModel, m.name, MaxWeight)
		}
		positive = positive || weight > 0
	}
	if !positive {
		return fmt.Errorf("attribution: %w %q: one weight at least must be positive", ErrModel, m.name)
	}
	return nil
}

// Credit shares out the latest conversion of the journey (among equally late ones, the one with the greatest ID); a journey
// without a conversion is shared out as if it converted at its last milestone or its last touch by marketing before a suppression,
// whichever is later. The result has one Share per element of
// j.Touches, in that order, and sums to exactly One; touches that are not valid, and repetitions of a touch, have none.
// Participation alone gives One to each.
//
// It returns an error that wraps ErrNoTouch if no touch is valid, or none is one that the model credits; ErrModel if the model
// is not valid; and every *Error of the journey joined. Time is O(n log n) for n touches.
func (m Model) Credit(j Journey) ([]Share, error) {
	if err := m.Validate(); err != nil {
		return nil, err
	}
	var t timeline
	if err := t.read(&j, -1); err != nil {
		return nil, err
	}
	path := t.openPath(m, time.Time{})
	if n := len(t.conversions); n > 0 {
		path = t.path(m, t.conversions[n-1].At)
	}
	var s scratch
	if !s.weigh(m, path) {
		return nil, fmt.Errorf("attribution: journey %q: %w: nothing can take the credit", j.ID, ErrNoTouch)
	}
	credit := make([]Share, len(j.Touches))
	for i, share := range s.share() {
		credit[path.touches[i]] = Share(share)
	}
	return credit, nil
}
