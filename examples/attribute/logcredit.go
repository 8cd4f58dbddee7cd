package main

import (
	"fmt"
	"math/big"
	"time"

	"github.com/leadloop/leadloop/attribution"
)

// credit asks the models what the journeys of a log say: those that look at times share out each conversion, those that look at
// paths get the paths.
func (l *log) credit(models []model, lookback time.Duration) (results []result, total, unattributed attribution.Counts, err error) {
	var rules []attribution.Model
	var others []model
	for _, m := range models {
		if m.byTime() {
			rules = append(rules, m.rule)
		} else {
			others = append(others, m)
		}
	}
	var tally *attribution.Tally
	if len(rules) > 0 {
		if tally, err = attribution.NewTally(attribution.Options{}, rules...); err != nil {
			return nil, total, unattributed, err
		}
	}
	c := newCollector(others)
	paths, err := attribution.NewJourneyPaths(&c.channels, lookback, time.Time{})
	if err != nil {
		return nil, total, unattributed, err
	}
	err = l.each(func(journey attribution.Journey) error {
		if tally != nil {
			if err := tally.Add(journey); err != nil {
				return err
			}
		}
		all, err := paths.Of(journey)
		if err != nil {
			return err
		}
		for p := range all {
			if len(p.Channels) == 0 {
				unattributed.Conversions += p.Counts.Conversions
				unattributed.Value += p.Counts.Value
				continue
			}
			if err := c.add(p.Channels, p.Counts); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, total, unattributed, err
	}
	var statements []attribution.Statement
	if tally != nil {
		statements = tally.Result()
	}
	for _, m := range models {
		var r result
		if m.byTime() {
			r, err = ofStatement(m, statements[0], c.total)
			statements = statements[1:]
		} else {
			r, err = c.credit(m)
		}
		if err != nil {
			return nil, total, unattributed, fmt.Errorf("the model %s: %w", m.name, err)
		}
		results = append(results, r)
	}
	return results, c.total, unattributed, nil
}

// ofStatement takes the credit of channels from a statement. Value is exact there, to the last minor unit; conversions, of which
// touches have shares, are apportioned as whole numbers.
func ofStatement(m model, s attribution.Statement, total attribution.Counts) (result, error) {
	r := result{model: m}
	if m.name == "participation" { // a channel has all of what it took part in
		for _, of := range s.Channels {
			c := attribution.ChannelCredit{Channel: of.Name, Conversions: of.Conversions.Whole, Value: of.Revenue}
			if total.Conversions > 0 {
				c.ConversionShare = float64(c.Conversions) / float64(total.Conversions)
			}
			if total.Value > 0 {
				c.ValueShare = float64(c.Value) / float64(total.Value)
			}
			r.credits = append(r.credits, credit{ChannelCredit: c})
		}
		return r, nil
	}
	weights := make([]attribution.ChannelWeight, len(s.Channels))
	for i, of := range s.Channels {
		share := new(big.Int).Lsh(big.NewInt(of.Conversions.Whole), 62) // in parts of attribution.One
		share.Add(share, big.NewInt(int64(of.Conversions.Part)))
		weights[i] = attribution.ChannelWeight{Channel: of.Name, Conversions: share, Value: big.NewInt(of.Revenue)}
	}
	credits, err := attribution.Credits(total, weights)
	for _, of := range credits {
		r.credits = append(r.credits, credit{ChannelCredit: of})
	}
	return r, err
}

// costOf is what the touches of each channel cost, credited or not.
func (l *log) costOf() map[string]int64 {
	costs := map[string]int64{}
	for i, name := range l.channels.list {
		costs[name] = l.costs[i]
	}
	return costs
}
