package learn_test

import (
	"encoding/binary"
	"errors"
	"math"
	"reflect"
	"slices"
	"testing"

	"github.com/leadloop/leadloop/scoring"
	"github.com/leadloop/leadloop/scoring/learn"
)

// predictionsOf reads 25 bytes for each prediction: whatever floats and points they make.
func predictionsOf(data []byte) (list []learn.Prediction) {
	for ; len(data) >= 25; data = data[25:] {
		float := func(at int) float64 { return math.Float64frombits(binary.LittleEndian.Uint64(data[at:])) }
		list = append(list, learn.Prediction{
			Probability: float(0), Weight: float(8), Points: scoring.Points(binary.LittleEndian.Uint64(data[16:])), Positive: data[24]&1 == 1,
		})
	}
	return list
}

func predictionBytes(list ...learn.Prediction) (data []byte) {
	for _, p := range list {
		data = binary.LittleEndian.AppendUint64(data, math.Float64bits(p.Probability))
		data = binary.LittleEndian.AppendUint64(data, math.Float64bits(p.Weight))
		data = binary.LittleEndian.AppendUint64(data, uint64(p.Points))
		if p.Positive {
			data = append(data, 1)
		} else {
			data = append(data, 0)
		}
	}
	return data
}

// Whatever the predictions: a clear refusal, or figures in their ranges that do not
// depend on order.
func FuzzPredictions(f *testing.F) {
	f.Add(predictionBytes(), 0.5)
	f.Add(predictionBytes(learn.Prediction{Probability: 0.3, Positive: true}, learn.Prediction{Probability: 0.7, Weight: 3}), 0.5)
	f.Add(predictionBytes(learn.Prediction{Probability: 1}, learn.Prediction{Positive: true, Weight: 1e9}, learn.Prediction{Probability: 5e-324, Weight: 1e-9}), 1.0)
	f.Add(predictionBytes(learn.Prediction{Probability: math.NaN()}, learn.Prediction{Positive: true, Points: math.MinInt64}, learn.Prediction{Points: math.MaxInt64}), 0.01)
	f.Add(predictionBytes(learn.Prediction{Probability: math.Copysign(0, -1), Positive: true}, learn.Prediction{Points: 7}), 0.9)
	f.Add(predictionBytes(learn.Prediction{Probability: 1e-9, Weight: 1e9, Positive: true}, learn.Prediction{Weight: 1e-9}), 1.0)
	f.Fuzz(func(t *testing.T, data []byte, share float64) {
		list := predictionsOf(data)
		e, err := learn.Evaluate(list)
		if err != nil {
			if !errors.Is(err, learn.ErrPrediction) && !errors.Is(err, learn.ErrOneClass) && !errors.Is(err, learn.ErrNoOutcomes) {
				t.Fatalf("an error of no kind: %v", err)
			}
			return
		}
		for name, v := range map[string][3]float64{
			"AUC": {e.AUC, 0, 1}, "Gini": {e.Gini, -1, 1}, "KS": {e.KS, 0, 1}, "Brier": {e.Brier, 0, 1}, "log loss": {e.LogLoss, 0, 35},
			"base log loss": {e.BaseLogLoss, 0, 0.7}, "calibration error": {e.CalibrationError, 0, 1}, "base rate": {e.BaseRate, 0, 1}, "mean": {e.MeanProbability, 0, 1},
		} {
			if !(v[0] >= v[1]-1e-9 && v[0] <= v[2]+1e-9) {
				t.Errorf("%s is %v", name, v[0])
			}
		}
		other := slices.Clone(list)
		slices.Reverse(other)
		if again, err := learn.Evaluate(other); err != nil || !reflect.DeepEqual(again, e) {
			t.Errorf("in reverse order %+v, %v, not %+v", again, err, e)
		}
		c, err := learn.Calibrate(list, "won")
		if err != nil {
			t.Fatal(err)
		}
		compiles(t, c)
		if d, _ := learn.Calibrate(other, "won"); !sameCalibration(c, d) {
			t.Errorf("in reverse order the calibration is %+v, not %+v", d, c)
		}
		for _, p := range list {
			if at := c.Probability(p.Points); !(at > 0 && at < 1) {
				t.Errorf("the calibrated probability is %v", at)
			}
		}
		r, err := learn.Recalibrate(list)
		if err != nil || math.IsNaN(r.Intercept+r.Slope) || math.IsInf(r.Intercept+r.Slope, 0) {
			t.Errorf("recalibration %+v, %v", r, err)
		}
		if got, err := learn.CapacityThreshold(list, share); err == nil && got.Share > share {
			t.Errorf("capacity %v gives the share %v", share, got.Share)
		}
		if got, err := learn.RecallAt(list, share); err == nil && !(got.Recall >= 0 && got.Recall <= 1+1e-9) {
			t.Errorf("%+v", got)
		}
	})
}
