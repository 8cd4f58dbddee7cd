package learn

import (
	"math"

	"github.com/leadloop/leadloop/internal/num"
)

// SampleSize says whether there are enough outcomes for so many terms.
type SampleSize struct {
	Outcomes   int64   `json:"outcomes"`   // there are
	Parameters int     `json:"parameters"` // fitted
	R2         float64 `json:"r2"`         // Cox and Snell's, corrected for optimism
	Needed     int64   `json:"needed"`     // outcomes, for an expected shrinkage of no more than a tenth
}

// Enough tells whether there are as many outcomes as are needed.
func (s SampleSize) Enough() bool { return s.Outcomes >= s.Needed }

// targetShrinkage is S: predictions of new leads are to be no more than a tenth too extreme.
const targetShrinkage = 0.9

// NeededOutcomes is how many outcomes a model of so many parameters needs, so that its
// coefficients are expected to be no more than a tenth too large: n ≥ p/((S − 1)·ln(1 − R²/S)) with S = 0.9 and
// the R² of Cox and Snell (Riley and others, "Minimum sample size for developing a multivariable
// prediction model: part II", Statistics in Medicine 38, 2019, criterion 1). It is [math.MaxInt64] where R² is not
// above 0, and 0 without parameters.
func NeededOutcomes(parameters int, r2 float64) int64 {
	switch {
	case parameters <= 0:
		return 0
	case !(r2 > 0):
		return math.MaxInt64
	case r2 >= targetShrinkage:
		return int64(parameters) + 1
	}
	n := float64(parameters) / ((targetShrinkage - 1) * num.Log1p(-r2/targetShrinkage))
	if n >= 1<<62 {
		return math.MaxInt64
	}
	whole := int64(n)
	if float64(whole) < n {
		whole++
	}
	return whole
}

// sampleSize judges a fit. R² of Cox and Snell is that of the fit, corrected by the shrinkage that van Houwelingen and
// le Cessie ("Predictive value of statistical models", Statistics in Medicine 9, 1990) expect, 1 + p/(n·ln(1 − R²)).
// Where that leaves nothing it is 15 % of the largest value there is with this base rate, as Riley and others suggest
// where nothing is known.
func sampleSize(outcomes int64, parameters int, base, loss float64) SampleSize {
	gain := float64(2 * (base - loss)) // −ln(1 − R²)
	r2 := 0.0
	if gain > 0 {
		r2 = float64((1 - num.Exp(-gain)) * (1 - float64(parameters)/float64(float64(outcomes)*gain)))
	}
	if !(r2 > 0) {
		r2 = float64(0.15 * (1 - num.Exp(float64(-2*base))))
	}
	return SampleSize{outcomes, parameters, r2, NeededOutcomes(parameters, r2)}
}
