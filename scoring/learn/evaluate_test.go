package learn_test

import (
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/leadloop/leadloop/scoring"
	"github.com/leadloop/leadloop/scoring/learn"
)

// somePredictions has many ties, edges and weights, and both kinds of outcomes.
func somePredictions(r *rand.Rand, n int) []learn.Prediction {
	list := make([]learn.Prediction, n)
	grain := 1 + r.IntN(50)
	for i := range list {
		p := float64(r.IntN(grain+1)) / float64(grain)
		list[i] = learn.Prediction{Probability: p, Positive: r.Float64() < 0.2+0.6*p, Points: scoring.Points(r.IntN(3)) * scoring.Point}
		if r.IntN(4) == 0 {
			list[i].Weight = math.Exp(r.NormFloat64())
		}
	}
	list[0].Positive, list[n-1].Positive = true, false
	return list
}

// above is 1 where a ranks above b, ½ where they tie.
func above(a, b learn.Prediction) float64 {
	switch {
	case a.Probability == b.Probability && a.Points == b.Points:
		return 0.5
	case a.Probability > b.Probability, a.Probability == b.Probability && a.Points > b.Points:
		return 1
	}
	return 0
}

func near(a, b float64) bool { return math.Abs(a-b) <= 1e-9*(1+math.Abs(b)) }

func TestEvaluationAgainstTheDefinitions(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 3000 {
		list := somePredictions(r, 2+r.IntN(40))
		got, err := learn.Evaluate(list)
		if err != nil {
			t.Fatal(err)
		}
		var total, positive, mean, area, ks, brier, loss, calibration float64
		for _, p := range list {
			w, y := weightOf(p), 0.0
			if p.Positive {
				y = 1
			}
			total += w
			positive += w * y
			mean += w * p.Probability
			brier += w * (p.Probability - y) * (p.Probability - y)
			given := p.Probability
			if !p.Positive {
				given = 1 - p.Probability
			}
			loss -= w * math.Log(max(given, 1e-15))
		}
		for _, p := range list {
			var positivesBelow, negativesBelow float64
			for _, q := range list {
				if p.Positive && !q.Positive {
					area += weightOf(p) * weightOf(q) * above(p, q)
				}
				if above(q, p) < 1 {
					if q.Positive {
						positivesBelow += weightOf(q)
					} else {
						negativesBelow += weightOf(q)
					}
				}
			}
			ks = max(ks, math.Abs(positivesBelow/positive-negativesBelow/(total-positive)))
		}
		var low float64
		for b := 1; b <= 10; b++ {
			high := float64(b) / 10
			var gap float64
			for _, p := range list {
				if p.Probability <= high && (p.Probability > low || b == 1) {
					gap += weightOf(p) * p.Probability
					if p.Positive {
						gap -= weightOf(p)
					}
				}
			}
			calibration += math.Abs(gap) / total
			low = high
		}
		base := positive / total
		for name, v := range map[string][2]float64{
			"base rate": {got.BaseRate, base}, "mean": {got.MeanProbability, mean / total}, "AUC": {got.AUC, area / positive / (total - positive)},
			"Gini": {got.Gini, 2*area/positive/(total-positive) - 1}, "KS": {got.KS, ks}, "Brier": {got.Brier, brier / total}, "log loss": {got.LogLoss, loss / total},
			"base log loss": {got.BaseLogLoss, -base*math.Log(base) - (1-base)*math.Log(1-base)}, "calibration error": {got.CalibrationError, calibration},
		} {
			if !near(v[0], v[1]) {
				t.Fatalf("%s is %v, want %v: %+v", name, v[0], v[1], list)
			}
		}
		for _, g := range got.Gains {
			gainIs(t, list, g, total, positive)
		}
		again, err := learn.Evaluate(shuffled(r, list))
		if err != nil || !reflect.DeepEqual(again, got) {
			t.Fatalf("another order gives %+v, want %+v", again, got)
		}
	}
}

// gainIs computes a gain as the mean over ties: each lead is taken for the part of its
// rank that fits in.
func gainIs(t *testing.T, list []learn.Prediction, got learn.Gain, total, positive float64) {
	t.Helper()
	room, taken, hits := got.Share*total, 0.0, 0.0
	for _, p := range list {
		var better, same float64
		for _, q := range list {
			switch above(q, p) {
			case 1:
				better += weightOf(q)
			case 0.5:
				same += weightOf(q)
			}
		}
		part := min(max((room-better)/same, 0), 1)
		taken += part * weightOf(p)
		if p.Positive {
			hits += part * weightOf(p)
		}
	}
	if !near(got.Recall, hits/positive) || !near(got.Precision, hits/taken) || !near(got.Lift, hits/taken/(positive/total)) {
		t.Fatalf("the best %v have %+v, want recall %v and precision %v: %+v", got.Share, got, hits/positive, hits/taken, list)
	}
}

func TestRecallAtCapacity(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	for range 1000 {
		list := somePredictions(r, 2+r.IntN(40))
		got, err := learn.RecallAt(list, math.Nextafter(r.Float64(), 1))
		if err != nil {
			t.Fatal(err)
		}
		var total, positive float64
		for _, p := range list {
			total += weightOf(p)
			if p.Positive {
				positive += weightOf(p)
			}
		}
		gainIs(t, list, got, total, positive)
	}
	for _, share := range []float64{0, -1, 1.01, math.NaN()} {
		if _, err := learn.RecallAt(somePredictions(r, 9), share); err == nil {
			t.Errorf("a share of %v is taken", share)
		}
	}
}

// The cases are of scikit-learn's tests, which each names.
func TestEvaluationAgainstOtherLibraries(t *testing.T) {
	data, err := os.ReadFile("testdata/learn_math.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		Kind, Source string
		Bins         int
		P            []float64
		Y            []float64
		Expect       json.RawMessage
	}
	if err := json.Unmarshal(data, &cases); err != nil {
		t.Fatal(err)
	}
	tried := 0
	for _, c := range cases {
		var list []learn.Prediction
		for i := range c.P {
			list = append(list, learn.Prediction{Probability: c.P[i], Positive: c.Y[i] == 1})
		}
		switch c.Kind {
		case "auc", "brier":
			e, err := learn.Evaluate(list)
			if err != nil {
				t.Fatal(err)
			}
			got, want := e.AUC, 0.0
			if c.Kind == "brier" {
				got = e.Brier
			}
			if err := json.Unmarshal(c.Expect, &want); err != nil || !near(got, want) {
				t.Errorf("%s: %s is %v, want %v (%v)", c.Source, c.Kind, got, want, err)
			}
			tried++
		case "reliability_bins_uniform":
			var want struct {
				Pred []float64 `json:"prob_pred"`
				True []float64 `json:"prob_true"`
			}
			bins, err := learn.Reliability(list, c.Bins)
			if e := json.Unmarshal(c.Expect, &want); e != nil || err != nil || len(bins) != len(want.Pred) {
				t.Fatalf("%v, %v: %+v", e, err, bins)
			}
			for i, b := range bins {
				if !near(b.Mean, want.Pred[i]) || !near(b.Observed, want.True[i]) {
					t.Errorf("%s: bin %d is %+v", c.Source, i, b)
				}
			}
			tried++
		}
	}
	if tried != 3 {
		t.Errorf("%d cases, want 3", tried)
	}
}

func TestPredictionsThatMakeNoSense(t *testing.T) {
	good := []learn.Prediction{{Probability: 0, Positive: true}, {Probability: 1}}
	if e, err := learn.Evaluate(good); err != nil || e.AUC != 0 || math.Abs(e.LogLoss+math.Log(1e-15)) > 1e-9 || e.Brier != 1 {
		t.Errorf("the very wrong are evaluated to %+v, %v", e, err)
	}
	for name, c := range map[string]struct {
		list []learn.Prediction
		want error
		text string
	}{
		"none":         {nil, learn.ErrNoOutcomes, ""},
		"all positive": {good[:1], learn.ErrOneClass, "all 1 are positive"},
		"all negative": {good[1:], learn.ErrOneClass, "all 1 are negative"},
		"no number":    {append(good[:2:2], learn.Prediction{Probability: math.NaN()}), learn.ErrPrediction, "predictions[2]"},
		"below 0":      {append(good[:2:2], learn.Prediction{Probability: -1e-9}), learn.ErrPrediction, "from 0 to 1"},
		"above 1":      {append(good[:2:2], learn.Prediction{Probability: 1.0001}), learn.ErrPrediction, "from 0 to 1"},
		"weight":       {append(good[:2:2], learn.Prediction{Weight: -1}), learn.ErrPrediction, "weight"},
		"huge":         {append(good[:2:2], learn.Prediction{Weight: math.Inf(1)}), learn.ErrPrediction, "weight"},
		"no weight":    {append(good[:2:2], learn.Prediction{Weight: math.NaN()}), learn.ErrPrediction, "weight"},
	} {
		_, one := learn.Evaluate(c.list)
		_, two := learn.Bootstrap(c.list, 100, 1)
		_, three := learn.Calibrate(c.list, "won")
		_, four := learn.CapacityThreshold(c.list, 0.5)
		_, five := learn.Reliability(c.list, 10)
		_, six := learn.RecallAt(c.list, 0.5)
		_, seven := learn.SmoothIsotonic(c.list, "won")
		for i, err := range []error{one, two, three, four, five, six, seven} {
			if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.text) {
				t.Errorf("%s: error %d is %v", name, i, err)
			}
		}
	}
	for _, bins := range []int{0, -1, 1001} {
		if _, err := learn.Reliability(good, bins); err == nil {
			t.Errorf("%d bins are taken", bins)
		}
	}
	for _, samples := range []int{-1, 39, 100_001} {
		if _, err := learn.Bootstrap(good, samples, 1); err == nil {
			t.Errorf("%d samples are taken", samples)
		}
	}
}

// A mean's interval is known: that of the Brier score is the mean's, give or take
// 1.96 standard errors; that of the AUC has Hanley and McNeil's standard error.
func TestBootstrapAgainstKnownStandardErrors(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 2))
	var list []learn.Prediction
	var mean, square float64
	const n = 3000
	for range n {
		p := sigmoid(r.NormFloat64())
		l := learn.Prediction{Probability: p, Positive: r.Float64() < p}
		list = append(list, l)
		off := p
		if l.Positive {
			off = 1 - p
		}
		mean += off * off / n
		square += off * off * off * off / n
	}
	e, err := learn.Bootstrap(list, 0, 7)
	if err != nil || e.Intervals.Samples != 1000 {
		t.Fatal(err)
	}
	check := func(name string, i learn.Interval, value, deviation float64) {
		if math.Abs(i.Low-(value-1.96*deviation)) > 0.4*deviation || math.Abs(i.High-(value+1.96*deviation)) > 0.4*deviation {
			t.Errorf("%s: interval %v, want about %v ± %v", name, i, value, 1.96*deviation)
		}
	}
	check("Brier", e.Intervals.Brier, e.Brier, math.Sqrt((square-mean*mean)/n))
	positives := float64(e.Positives)
	a := e.AUC
	q1, q2 := a/(2-a), 2*a*a/(1+a)
	check("AUC", e.Intervals.AUC, a, math.Sqrt((a*(1-a)+(positives-1)*(q1-a*a)+(n-positives-1)*(q2-a*a))/(positives*(n-positives))))
	if g := e.Intervals.Gini; g.Low != 2*e.Intervals.AUC.Low-1 || g.High != 2*e.Intervals.AUC.High-1 {
		t.Errorf("Gini's interval is %v", g)
	}
	again, _ := learn.Bootstrap(shuffled(r, list), 1000, 7)
	if !reflect.DeepEqual(again, e) {
		t.Errorf("another order gives %+v, want %+v", again.Intervals, e.Intervals)
	}
	if other, _ := learn.Bootstrap(list, 1000, 8); *other.Intervals == *e.Intervals {
		t.Error("another seed gives the same intervals")
	}
	// Two leads: samples with one kind of outcome only are drawn again.
	if e, err := learn.Bootstrap([]learn.Prediction{{Probability: 0.3}, {Probability: 0.6, Positive: true}}, 40, 1); err != nil || e.Intervals.AUC != (learn.Interval{Low: 1, High: 1}) {
		t.Errorf("two leads: %+v, %v", e.Intervals, err)
	}
}

func TestEvaluationReads(t *testing.T) {
	list := []learn.Prediction{{Probability: 0.9, Positive: true}, {Probability: 0.8}, {Probability: 0.6, Positive: true}, {Probability: 0.1}}
	e, err := learn.Bootstrap(list, 40, 1)
	if err != nil {
		t.Fatal(err)
	}
	text := e.String()
	for _, want := range []string{
		"4 leads, 2 positive: base rate 50.0 %, predicted 60.0 %\n", "AUC                0.7500  95 % ", "KS                 0.5000", "(base rate 0.6931)\n",
		" 80 to  90 %         1   90.0%    100.0%", "  50 %      50.0%   50.0%  1.00",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
	if plain, _ := learn.Evaluate(list); strings.Contains(plain.String(), "95 % 0") {
		t.Errorf("there are no intervals:\n%s", plain)
	}
}

func TestThresholdsAgainstTryingEachLine(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 2))
	for range 3000 {
		list := somePredictions(r, 2+r.IntN(30))
		share, minimum, gain, cost := 0.01+0.99*r.Float64(), 0.01+0.99*r.Float64(), 1+r.Int64N(1000), 1+r.Int64N(1000)
		for _, c := range []struct {
			name  string
			find  func() (learn.Threshold, error)
			holds func(weight, positive, total, probability float64) bool
		}{
			{"capacity", func() (learn.Threshold, error) { return learn.CapacityThreshold(list, share) }, func(w, _, total, _ float64) bool { return w <= share*total }},
			{"precision", func() (learn.Threshold, error) { return learn.PrecisionThreshold(list, minimum) }, func(w, p, _, _ float64) bool { return p >= minimum*w }},
			{"value", func() (learn.Threshold, error) { return learn.ValueThreshold(list, gain, cost) }, func(_, _, _, p float64) bool { return p*float64(gain) >= float64(cost) }},
		} {
			got, err := c.find()
			var best *learn.Prediction
			var bestWeight float64
			for i, at := range list {
				var weight, positive, total float64
				for _, p := range list {
					total += weightOf(p)
					if above(at, p) < 1 {
						weight += weightOf(p)
						if p.Positive {
							positive += weightOf(p)
						}
					}
				}
				if c.holds(weight, positive, total, at.Probability) && weight > bestWeight {
					best, bestWeight = &list[i], weight
				}
			}
			switch {
			case best == nil && errors.Is(err, learn.ErrNoThreshold):
			case best == nil || err != nil || got.Probability != best.Probability || got.Points != best.Points:
				t.Fatalf("%s: %+v, %v, want the line at %+v of %+v (%v %v %v %v)", c.name, got, err, best, list, share, minimum, gain, cost)
			case !(got.Precision >= 0 && got.Precision <= 1 && got.Recall <= 1+1e-12 && got.Interval.Low <= got.Precision && got.Interval.High >= got.Precision && got.Share <= 1 && got.Mean >= got.Probability-1e-12):
				t.Fatalf("%s: %+v", c.name, got)
			}
		}
	}
	list := somePredictions(r, 10)
	for i, f := range []func() (learn.Threshold, error){
		func() (learn.Threshold, error) { return learn.CapacityThreshold(list, 0) },
		func() (learn.Threshold, error) { return learn.CapacityThreshold(list, math.NaN()) },
		func() (learn.Threshold, error) { return learn.PrecisionThreshold(list, 1.1) },
		func() (learn.Threshold, error) { return learn.ValueThreshold(list, 0, 5) },
		func() (learn.Threshold, error) { return learn.ValueThreshold(list, 5, -1) },
	} {
		if _, err := f(); err == nil || errors.Is(err, learn.ErrNoThreshold) {
			t.Errorf("senseless question %d has the answer %v", i, err)
		}
	}
}

func BenchmarkEvaluate(b *testing.B) {
	list := somePredictions(rand.New(rand.NewPCG(1, 1)), 100_000)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := learn.Evaluate(list); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkBootstrap100(b *testing.B) {
	list := somePredictions(rand.New(rand.NewPCG(1, 1)), 10_000)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := learn.Bootstrap(list, 100, 1); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCalibrate(b *testing.B) {
	list := scored(rand.New(rand.NewPCG(1, 1)), 100_000, stairs)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := learn.Calibrate(list, "won"); err != nil {
			b.Fatal(err)
		}
	}
}
