package main

import (
	"fmt"
	"math"
	"math/bits"
	"runtime"

	"github.com/leadloop/leadloop/attribution"
	"github.com/leadloop/leadloop/attribution/markov"
	"github.com/leadloop/leadloop/attribution/shapley"
)

// collector takes paths for all models that look at paths, and keeps of each no more than its models need.
type collector struct {
	channels   attribution.Channels
	total      attribution.Counts
	grams      *markov.Grams          // nil without a model that needs them; so are all that follow
	positions  *attribution.Positions // of whole paths
	indirect   *attribution.Positions // of paths without direct touches
	direct     string                 // the channel of those
	known      int                    // channels among which it was looked for
	drop       attribution.Transform  // nil until it is found
	simplified *shapley.Simplified
	ordered    *shapley.Ordered
	shaoLi     *shapley.ShaoLi
	several    bool     // of these
	touches    [2]int64 // if so: of all journeys, and times value
}

func newCollector(models []model) *collector {
	c := &collector{several: len(models) > 1}
	for _, m := range models {
		switch m.kind {
		case ruled:
			if c.positions == nil {
				c.positions = attribution.NewPositions(&c.channels)
			}
		case nonDirect:
			c.direct, c.indirect = m.direct, attribution.NewPositions(&c.channels)
		case markovChain:
			c.grams, _ = markov.New(m.order, &c.channels) // the flags were checked
		case simplified:
			c.simplified = shapley.NewSimplified(&c.channels)
		case ordered:
			c.ordered = shapley.NewOrdered(&c.channels)
		case shaoLi:
			c.shaoLi = shapley.NewShaoLi(&c.channels)
		}
	}
	return c
}

// add counts journeys along a path, which it may change. After an error that wraps [attribution.ErrOverflow] nothing has changed.
func (c *collector) add(path []uint16, counts attribution.Counts) error {
	total, ok := sum(c.total, counts)
	if !ok || c.several && !c.fits(len(path), counts) {
		return attribution.ErrOverflow
	}
	if c.grams != nil {
		if err := c.grams.Add(path, counts); err != nil {
			return err
		}
	}
	if c.positions != nil {
		if err := c.positions.Add(path, counts); err != nil {
			return err
		}
	}
	if c.simplified != nil {
		if err := c.simplified.Add(path, counts); err != nil {
			return err
		}
	}
	if c.ordered != nil {
		if err := c.ordered.Add(path, counts); err != nil {
			return err
		}
	}
	if c.shaoLi != nil {
		if err := c.shaoLi.Add(path, counts); err != nil {
			return err
		}
	}
	if c.indirect != nil {
		if err := c.indirect.Add(c.withoutDirect(path), counts); err != nil {
			return err
		}
	}
	c.total = total
	return nil
}

// fits reports whether all journeys times their touches, and all value times the touches, fit 64 bits: where none of the
// aggregates can overflow, all of them take a row or none does.
func (c *collector) fits(length int, counts attribution.Counts) bool {
	next := c.touches
	for i, n := range [...]int64{counts.Conversions + counts.Nulls, counts.Value} {
		high, low := bits.Mul64(uint64(n), uint64(length))
		if high != 0 || low > uint64(math.MaxInt64-next[i]) {
			return false
		}
		next[i] += int64(low)
	}
	c.touches = next
	return true
}

// sum is false where one of the sums, or that of all journeys, does not fit.
func sum(a, b attribution.Counts) (attribution.Counts, bool) {
	if b.Conversions > math.MaxInt64-a.Conversions || b.Value > math.MaxInt64-a.Value || b.Nulls > math.MaxInt64-a.Nulls {
		return a, false
	}
	a.Conversions += b.Conversions
	a.Value += b.Value
	a.Nulls += b.Nulls
	return a, a.Nulls <= math.MaxInt64-a.Conversions
}

// withoutDirect drops direct touches, unless there are no others.
func (c *collector) withoutDirect(path []uint16) []uint16 {
	for ; c.drop == nil && c.known < c.channels.Len(); c.known++ {
		if n := uint16(c.known); c.channels.Name(n) == c.direct {
			c.drop = attribution.Drop(n)
		}
	}
	if c.drop == nil {
		return path
	}
	return c.drop(path)
}

// A result is what a model says.
type result struct {
	model   model
	bound   float64 // markov: of the error of each effect
	credits []credit
}

// credit is a channel's part.
type credit struct {
	attribution.ChannelCredit
	effect, valueEffect float64 // markov
}

// credits asks the models.
func (c *collector) credits(models []model) (results []result, err error) {
	for _, m := range models {
		r, err := c.credit(m)
		if err != nil {
			return nil, fmt.Errorf("the model %s: %w", m.name, err)
		}
		results = append(results, r)
	}
	return results, nil
}

// dropped is the channel of direct touches, if there are any: no model may list it, but it was there.
func (c *collector) dropped() (names []string) {
	if c.drop != nil {
		names = append(names, c.direct)
	}
	return names
}

// credit asks a model.
func (c *collector) credit(m model) (result, error) {
	r := result{model: m}
	if m.kind == markovChain {
		return c.markov(r)
	}
	var credits []attribution.ChannelCredit
	var err error
	switch m.kind {
	case ruled:
		credits, err = c.positions.Credit(m.rule)
	case nonDirect:
		credits, err = c.indirect.Credit(attribution.Last)
	case simplified:
		credits, err = c.simplified.Credit()
	case ordered:
		credits, err = c.ordered.Credit()
	case shaoLi:
		credits, err = c.shaoLi.Credit()
	}
	if err != nil {
		return r, err
	}
	for _, of := range credits {
		r.credits = append(r.credits, credit{ChannelCredit: of})
	}
	return r, nil
}

// markov fits the chain, and lets go of what it was fitted to.
func (c *collector) markov(r result) (result, error) {
	grams := c.grams
	c.grams = nil
	fitted, err := grams.FitParallel(runtime.GOMAXPROCS(0))
	if err != nil {
		return r, err
	}
	credits, err := fitted.Credits()
	if err != nil {
		return r, err
	}
	for i, of := range fitted.Channels {
		r.credits = append(r.credits, credit{credits[i], of.RemovalEffect, of.ValueRemovalEffect})
		r.bound = max(r.bound, of.ErrorBound, of.ValueErrorBound)
	}
	return r, nil
}
