package learn

import "github.com/leadloop/leadloop/scoring"

// Prediction is what a model said of one lead, and what became of it: what
// calibrations, evaluations and thresholds are made from.
type Prediction struct {
	// Probability is the predicted probability of a positive outcome, from 0 to 1.
	Probability float64 `json:"probability"`
	// Points are the lead's total of points, if the prediction is a score's.
	Points scoring.Points `json:"points"`
	// Positive says whether the outcome was positive, such as accepted or won.
	Positive bool `json:"positive"`
	// Weight is how many leads this one stands for; 0 means 1. Finite, never negative.
	Weight float64 `json:"weight,omitempty"`
}
