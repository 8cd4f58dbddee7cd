package learn

import (
	"fmt"
	"math/bits"
	"math/rand/v2"
	"slices"
)

// Intervals are 95 % intervals of an evaluation's figures.
type Intervals struct {
	Samples          int      `json:"samples"`
	Seed             uint64   `json:"seed"`
	AUC              Interval `json:"auc"`
	Gini             Interval `json:"gini"`
	KS               Interval `json:"ks"`
	Brier            Interval `json:"brier"`
	LogLoss          Interval `json:"log_loss"`
	CalibrationError Interval `json:"calibration_error"`
}

// Bootstrap evaluates, and gives the figures intervals: the 2.5 and 97.5
// percentiles of as many samples of the predictions, drawn with replacement
// (Efron, Annals of Statistics 7, 1979). There are 40 to 100,000 samples; 1000
// are usual, and 0 means 1000. A sample without both kinds of outcomes is drawn
// again. The same predictions, in any order, and the same seed give the same
// intervals. It takes time in proportion to samples and predictions.
//
// KS and calibration error cannot fall below 0, and chance alone lifts them:
// their intervals lie too high where there are few leads.
func Bootstrap(predictions []Prediction, samples int, seed uint64) (Evaluation, error) {
	if samples == 0 {
		samples = 1000
	}
	if samples < 40 || samples > 100_000 {
		return Evaluation{}, fmt.Errorf("learn: %d samples: an interval takes 40 to 100000", samples)
	}
	rows, err := ranked(predictions)
	if err != nil {
		return Evaluation{}, err
	}
	t := newTrial(rows)
	e := evaluate(t)
	var auc, ks, brier, logLoss, calibration []float64
	source := rand.NewPCG(seed, 0)
	times := make([]int32, len(rows))
	for range samples {
		for t.draw(times, source); !t.mixed(times); {
			t.draw(times, source)
		}
		m := t.measure(times)
		auc, ks, brier = append(auc, m.auc), append(ks, m.ks), append(brier, m.brier)
		logLoss, calibration = append(logLoss, m.logLoss), append(calibration, m.calibration)
	}
	e.Intervals = &Intervals{
		Samples: samples, Seed: seed,
		AUC: middle(auc), KS: middle(ks), Brier: middle(brier), LogLoss: middle(logLoss), CalibrationError: middle(calibration),
	}
	e.Intervals.Gini = Interval{float64(2*e.Intervals.AUC.Low) - 1, float64(2*e.Intervals.AUC.High) - 1}
	return e, nil
}

// draw takes as many rows as there are, with replacement.
func (t *trial) draw(times []int32, source rand.Source) {
	clear(times)
	n := uint64(len(times))
	for range times {
		i, _ := bits.Mul64(source.Uint64(), n)
		times[i]++
	}
}

// mixed tells whether a sample has both kinds of outcomes.
func (t *trial) mixed(times []int32) bool {
	var kinds [2]bool
	for i, k := range times {
		if k > 0 {
			if t.rows[i].Positive {
				kinds[1] = true
			} else {
				kinds[0] = true
			}
			if kinds[0] && kinds[1] {
				return true
			}
		}
	}
	return false
}

// middle gives the range that holds the middle 95 % of values.
func middle(values []float64) Interval {
	slices.Sort(values)
	outside := len(values) / 40
	return Interval{values[outside], values[len(values)-1-outside]}
}
