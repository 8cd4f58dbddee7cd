package main

import (
	"fmt"
	"math"
	"runtime"

	"github.com/leadloop/leadloop/attribution"
	"github.com/leadloop/leadloop/attribution/markov"
)

// collector takes paths for all models that look at paths, and keeps of each no more than its models need.
type collector struct {
	channels  attribution.Channels
	total     attribution.Counts
	grams     *markov.Grams          // nil without a model that needs them; so are all that follow
	positions *attribution.Positions // of whole paths
	indirect  *attribution.Positions // of paths without direct touches
	direct    string                 // the channel of those
	known     int                    // channels among which it was looked for
	drop      attribution.Transform  // nil until it is found
}

func newCollector(models []model) *collector {
	c := &collector{}
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
		}
	}
	return c
}

// add counts journeys along a path, which it may change. After an error nothing has changed, as the strictest comes first.
func (c *collector) add(path []uint16, counts attribution.Counts) error {
	total, ok := sum(c.total, counts)
	if !ok {
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
	if c.indirect != nil {
		if err := c.indirect.Add(c.withoutDirect(path), counts); err != nil {
			return err
		}
	}
	c.total = total
	return nil
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

// found are the channels that the paths name.
func (c *collector) found() (names []string) {
	for n := range c.channels.Len() {
		names = append(names, c.channels.Name(uint16(n)))
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
