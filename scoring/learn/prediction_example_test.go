package learn_test

import (
	"fmt"
	"strconv"

	"github.com/leadloop/leadloop/scoring"
	"github.com/leadloop/leadloop/scoring/learn"
)

// judgedLeads are totals of points with what became of the leads: one more of ten is
// won for each ten points.
func judgedLeads() (list []learn.Prediction) {
	for points := range scoring.Points(10) {
		for i := range scoring.Points(10) {
			list = append(list, learn.Prediction{Points: 10 * points * scoring.Point, Positive: i < points})
		}
	}
	return list
}

// Points become probabilities; the probabilities say how good the points are, and
// where to draw the line.
func ExampleCalibrate() {
	leads := judgedLeads()
	calibration, err := learn.Calibrate(leads, "won")
	if err != nil {
		fmt.Println(err)
		return
	}
	for i := range leads {
		leads[i].Probability = calibration.Probability(leads[i].Points)
	}
	fmt.Printf("at 70 points: %.0f %%\n", 100*calibration.Probability(70*scoring.Point))

	e, err := learn.Evaluate(leads)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("AUC %.3f, log loss %.3f, without points %.3f\n", e.AUC, e.LogLoss, e.BaseLogLoss)

	line, err := learn.CapacityThreshold(leads, 0.3) // sales can take three of ten leads
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("hand over from %s points on: %.0f %% will be won, %.0f %% of all that can be\n", line.Points, 100*line.Precision, 100*line.Recall)
	// Output:
	// at 70 points: 72 %
	// AUC 0.833, log loss 0.500, without points 0.688
	// hand over from 70 points on: 80 % will be won, 53 % of all that can be
}

// One of twenty leads that do not qualify goes to sales nevertheless; its outcome stands for
// twenty.
func ExampleExploration() {
	exploration := learn.Exploration{Share: scoring.Point / 20, Key: "any secret text"}
	var handedOver int
	var propensities []scoring.Points
	for i := range 1000 {
		qualifies := i%10 == 0
		if over, propensity := exploration.Select("lead-"+strconv.Itoa(i), qualifies); over {
			handedOver++
			propensities = append(propensities, propensity)
		}
	}
	weights, err := learn.InverseWeights(propensities, 5)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(handedOver, "handed over,", weights.Clipped, "weights clipped")
	// Output: 142 handed over, 42 weights clipped
}
