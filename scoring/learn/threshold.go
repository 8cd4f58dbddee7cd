package learn

import (
	"errors"
	"fmt"

	"github.com/leadloop/leadloop/scoring"
)

// Threshold is a line above which leads are handed over, and what it would
// have meant for the leads that it was chosen by. Choose it by leads that the model
// was not fitted on.
type Threshold struct {
	// Probability and Points are those of the lowest lead above the line: hand over
	// leads from this probability on. Where probabilities rise with points, as those of a calibrated
	// score do, that is from these points on; predictions without points have 0.
	Probability float64        `json:"probability"`
	Points      scoring.Points `json:"points"`

	Share     float64  `json:"share"`     // leads above the line, of all
	Precision float64  `json:"precision"` // positive ones of these
	Interval  Interval `json:"interval"`  // of Precision, 95 % after Wilson
	Recall    float64  `json:"recall"`    // these positive ones of all positive ones
	Lift      float64  `json:"lift"`      // precision over the base rate
	Mean      float64  `json:"mean"`      // mean probability above the line: what precision was predicted
}

// ErrNoThreshold is the answer where no line does what is asked. The errors
// returned say why.
var ErrNoThreshold = errors.New("learn: no threshold does that")

// CapacityThreshold finds the lowest line above which no more leads lie than
// sales can take: capacity is their share of all leads, above 0 and at most 1. It
// is [ErrNoThreshold] where already the best leads, all of one rank, are more.
func CapacityThreshold(predictions []Prediction, capacity float64) (Threshold, error) {
	if !(capacity > 0 && capacity <= 1) {
		return Threshold{}, fmt.Errorf("learn: a capacity is a share of leads, above 0 and at most 1")
	}
	return lowest(predictions, func(_ *Prediction, above, all cut) bool { return above.weight <= float64(capacity*all.weight) },
		"the best leads have the same rank, and are more than capacity")
}

// PrecisionThreshold finds the lowest line above which at least the share minimum of
// the leads was positive. It is [ErrNoThreshold] where none is. Look at the
// Interval: a line with few leads above it may owe its precision to chance.
func PrecisionThreshold(predictions []Prediction, minimum float64) (Threshold, error) {
	if !(minimum > 0 && minimum <= 1) {
		return Threshold{}, fmt.Errorf("learn: a precision is above 0 and at most 1")
	}
	return lowest(predictions, func(_ *Prediction, above, _ cut) bool { return above.positive >= float64(minimum*above.weight) },
		"nowhere are so many of the leads above the line positive")
}

// ValueThreshold hands over each lead whose expected value is not negative: whose
// probability times the gain from a positive lead is at least the cost of working on a
// lead. Both are in minor units of money, above 0. The probabilities have to be
// calibrated: compare Mean with Precision. It is [ErrNoThreshold] where no lead is worth it.
func ValueThreshold(predictions []Prediction, gain, cost int64) (Threshold, error) {
	if gain <= 0 || cost <= 0 {
		return Threshold{}, fmt.Errorf("learn: gain and cost are above 0")
	}
	return lowest(predictions, func(p *Prediction, _, _ cut) bool { return float64(p.Probability*float64(gain)) >= float64(cost) },
		"no lead's probability times the gain reaches the cost")
}

// lowest finds the lowest line for which holds does, given the lowest lead above the line, what
// lies above it, and all leads.
func lowest(predictions []Prediction, holds func(at *Prediction, above, all cut) bool, refusal string) (Threshold, error) {
	rows, err := ranked(predictions)
	if err != nil {
		return Threshold{}, err
	}
	list := cuts(rows)
	all := list[len(list)-1]
	for i := len(list) - 1; i >= 0; i-- {
		c := list[i]
		at := &rows[c.last]
		if !holds(at, c, all) {
			continue
		}
		precision := c.positive / c.weight
		return Threshold{
			Probability: at.Probability, Points: at.Points,
			Share: c.weight / all.weight, Precision: precision, Interval: wilson(precision, float64(c.weight*c.weight)/c.squares),
			Recall: c.positive / all.positive, Lift: precision / (all.positive / all.weight), Mean: c.expected / c.weight,
		}, nil
	}
	return Threshold{}, fmt.Errorf("%w: %s", ErrNoThreshold, refusal)
}
