package markov

import (
	"cmp"
	"slices"

	"github.com/leadloop/leadloop/attribution"
)

// A Model is what a fitted chain says of its channels.
type Model struct {
	Order  int                `json:"order"`
	Total  attribution.Counts `json:"total"`  // of all paths
	States int                `json:"states"` // from which a conversion is reached
	Sweeps int                `json:"sweeps"` // through all transitions, for the channel that took most

	// Channels are in order of their names: all that occur in a path.
	Channels []Channel `json:"channels"`
}

// A Channel is what a fitted chain says of one channel.
type Channel struct {
	Name string `json:"name"`

	// RemovalEffect is the share of conversions that would be lost if every
	// journey that reaches the channel ended there without one: 1 − P(convert
	// without it)/P(convert), from 0 to 1. ValueRemovalEffect is the same share
	// of value, 0 if nothing has value.
	RemovalEffect      float64 `json:"removal_effect"`
	ValueRemovalEffect float64 `json:"value_removal_effect"`

	// ErrorBound and ValueErrorBound are how far the two effects can be at most
	// from those of the exact solution: what the last sweep changed and what
	// rounding can have done, weighted by what follows.
	ErrorBound      float64 `json:"error_bound"`
	ValueErrorBound float64 `json:"value_error_bound"`

	// ConversionShare and ValueShare are the effects divided by their sums over
	// all channels. They sum to 1, but for rounding.
	ConversionShare float64 `json:"conversion_share"`
	ValueShare      float64 `json:"value_share"`

	// Conversions and Value are those shares of the totals.
	Conversions float64 `json:"conversions"`
	Value       float64 `json:"value"`
}

// Fit fits a chain of the order, from 1 to [MaxOrder], to the paths, and finds
// what the removal of each channel would cost. See [Grams.Fit].
func Fit(paths *attribution.Paths, order int) (*Model, error) {
	g, err := New(order, paths.Channels())
	if err != nil {
		return nil, err
	}
	for path, c := range paths.All() {
		if err := g.Add(path, c); err != nil {
			return nil, err
		}
	}
	return g.Fit()
}

// Fit finds what the removal of each channel would cost in the fitted chain. It
// fails with [ErrEmpty] where there is no journey, and with [ErrNoConversions]
// where none converts. The aggregate stays as it is.
//
// The result has the same bits for the same paths: their order, the numbers of
// the channels and the shards do not matter. It takes about a dozen sweeps
// through all transitions for each channel, and 30 bytes for each transition; at
// order 1 with up to 1,024 channels, one factorisation. Where 20,000 sweeps do not
// suffice, the bounds of the errors say how far they came.
func (g *Grams) Fit() (*Model, error) { return g.FitParallel(1) }

// FitParallel is [Grams.Fit] by up to so many goroutines, which have ended when
// it returns; less than 1 is 1. Their number does not change a bit of the result.
func (g *Grams) FitParallel(workers int) (*Model, error) {
	if g.flow == 0 {
		return nil, ErrEmpty
	}
	if g.total.Conversions == 0 {
		return nil, ErrNoConversions
	}
	// The aggregate is not touched again, so that its memory is free where the caller has no further use for it.
	c := newChain(g)
	found := newSystem(c).solve(max(1, workers))
	m := &Model{Order: c.order, Total: c.total, States: len(c.keys), Channels: make([]Channel, c.ranks)}
	conversions, value := float64(c.total.Conversions), float64(c.total.Value)
	for r, f := range found {
		m.Sweeps = max(m.Sweeps, f.sweeps)
		ch := &m.Channels[r]
		ch.Name = c.names[r]
		ch.RemovalEffect = min(1, max(0, f.conv+float64(c.shortConv[r]))/conversions)
		ch.ErrorBound = f.convBound/conversions + rounding
		if value > 0 {
			ch.ValueRemovalEffect = min(1, max(0, f.val+float64(c.shortVal[r]))/value)
			ch.ValueErrorBound = f.valBound/value + rounding
		}
	}
	slices.SortFunc(m.Channels, func(a, b Channel) int { return cmp.Compare(a.Name, b.Name) })
	m.share()
	return m, nil
}

// rounding is that of the last additions and divisions.
const rounding = 4 * roundingUlp

// share divides conversions and value in proportion to the effects.
func (m *Model) share() {
	var conv, val float64
	for _, c := range m.Channels {
		conv += c.RemovalEffect
		val += c.ValueRemovalEffect
	}
	for i := range m.Channels {
		c := &m.Channels[i]
		c.ConversionShare = c.RemovalEffect / conv
		c.Conversions = float64(c.ConversionShare * float64(m.Total.Conversions))
		if val > 0 {
			c.ValueShare = c.ValueRemovalEffect / val
			c.Value = float64(c.ValueShare * float64(m.Total.Value))
		}
	}
}
