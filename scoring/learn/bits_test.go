package learn_test

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"testing"

	"github.com/leadloop/leadloop/scoring"
	"github.com/leadloop/leadloop/scoring/learn"
)

// One hash over what is computed from predictions, so that an architecture whose
// compiler fuses anything is found out.
func TestPredictionsGiveTheSameBitsEverywhere(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 9))
	hash := fnv.New64a()
	for range 50 {
		list := make([]learn.Prediction, 1500)
		totals := make([]scoring.Points, len(list))
		for i := range list {
			points := r.IntN(200)
			list[i] = learn.Prediction{Probability: float64(1+points) / 203, Points: scoring.Points(points) * scoring.Point / 3, Positive: r.IntN(200) < points, Weight: float64(1+r.IntN(9)) / 7}
			totals[i] = list[i].Points
		}
		e, err := learn.Bootstrap(list, 40, 1)
		if err != nil {
			t.Fatal(err)
		}
		platt, _ := learn.Platt(list, "won")
		smooth, _ := learn.SmoothIsotonic(list, "won")
		again, _ := learn.Recalibrate(list)
		line, _ := learn.PrecisionThreshold(list, 0.6)
		drift, err := learn.ScoreDrift(totals, totals[:700])
		if err != nil {
			t.Fatal(err)
		}
		intervals := *e.Intervals
		e.Intervals = nil
		text, err := json.Marshal(e) // floats in the fewest digits that tell them apart
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(hash, "%s %x %x %x %x %x %x %x %x", text, intervals, platt.Intercept, platt.Slope, smooth.Steps, again, line, drift.Index, drift.Chance)
	}
	if got := fmt.Sprintf("%016x", hash.Sum64()); got != "5bc6d9877f639b40" {
		t.Errorf("the hash of the results is %s: this architecture, or the code, gives other bits", got)
	}
}
