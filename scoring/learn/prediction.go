package learn

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/leadloop/leadloop/scoring"
)

// Prediction is what a model said of one lead, and what became of it: what
// calibrations, evaluations and thresholds are made from.
type Prediction struct {
	// Probability is the predicted probability of a positive outcome, from 0 to 1.
	Probability float64 `json:"probability"`
	// Points are the lead's total of points, if the prediction is a score's.
	Points scoring.Points `json:"points"`
	// Positive says whether the outcome was positive, such as accepted or won.
	Positive bool `json:"positive"`
	// Weight is how many leads this one stands for, from 1e-9 to 1e9; 0 means 1.
	Weight float64 `json:"weight,omitempty"`
}

// ErrPrediction is the refusal of a prediction. The errors returned say more.
var ErrPrediction = errors.New("learn: a prediction makes no sense")

// The bounds of weights keep sums and products of them finite and above zero.
const leastWeight, mostWeight = 1e-9, 1e9

// check says what is wrong with a prediction.
func (p *Prediction) check() error {
	switch {
	case !(p.Probability >= 0 && p.Probability <= 1): // no number at all is neither
		return fmt.Errorf("%w: its probability is not from 0 to 1", ErrPrediction)
	case p.Weight != 0 && !(p.Weight >= leastWeight && p.Weight <= mostWeight):
		return fmt.Errorf("%w: its weight is not from %g to %g, nor 0 for 1", ErrPrediction, leastWeight, mostWeight)
	}
	return nil
}

// ranked gives the predictions from the lowest rank to the highest: by
// probability, then by points. What is computed in this order has the same bits
// in whatever order the predictions came. It refuses what makes no sense, and
// outcomes of one kind only.
func ranked(predictions []Prediction) ([]Prediction, error) {
	rows := slices.Clone(predictions)
	var positives int
	for i := range rows {
		p := &rows[i]
		if err := p.check(); err != nil {
			return nil, fmt.Errorf("predictions[%d]: %w", i, err)
		}
		if p.Weight == 0 {
			p.Weight = 1
		}
		p.Probability += 0 // a zero has no sign
		if p.Positive {
			positives++
		}
	}
	switch {
	case len(rows) == 0:
		return nil, ErrNoOutcomes
	case positives == 0:
		return nil, fmt.Errorf("%w: all %d are negative", ErrOneClass, len(rows))
	case positives == len(rows):
		return nil, fmt.Errorf("%w: all %d are positive", ErrOneClass, len(rows))
	}
	slices.SortFunc(rows, func(a, b Prediction) int {
		if a.Probability != b.Probability {
			return cmp.Compare(a.Probability, b.Probability)
		}
		return compareByPoints(a, b)
	})
	return rows, nil
}

// compareByPoints orders predictions by points, and equal ones by their outcome and weight.
func compareByPoints(a, b Prediction) int {
	switch {
	case a.Points != b.Points:
		return cmp.Compare(a.Points, b.Points)
	case a.Positive != b.Positive:
		if b.Positive {
			return -1
		}
		return 1
	}
	return cmp.Compare(a.Weight, b.Weight)
}

// tied tells whether two predictions have the same rank.
func tied(a, b *Prediction) bool { return a.Probability == b.Probability && a.Points == b.Points }
