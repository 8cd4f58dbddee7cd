package main

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/integrate"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize"
	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"github.com/leadloop/leadloop/handoff/goals"
	"github.com/leadloop/leadloop/scoring"
	"github.com/leadloop/leadloop/scoring/learn"
)

// checkStatistics computes figures of learn and goals anew, with gonum.
func checkStatistics() (findings []finding) {
	predictions := makePredictions(5000)
	evaluation, err := learn.Evaluate(predictions)
	if err != nil {
		return []finding{{what: "learn.Evaluate", err: err}}
	}
	check := func(what, by string, ours, theirs, tolerance float64) {
		findings = append(findings, compare(what, by, ours, theirs, tolerance))
	}
	probabilities, positive := make([]float64, len(predictions)), make([]bool, len(predictions))
	var good, bad, squares, losses []float64
	for i, p := range predictions {
		probabilities[i], positive[i] = p.Probability, p.Positive
		truth := 0.
		if p.Positive {
			truth, good = 1, append(good, p.Probability)
		} else {
			bad = append(bad, p.Probability)
		}
		squares = append(squares, (p.Probability-truth)*(p.Probability-truth))
		losses = append(losses, -math.Log(math.Abs(1-truth-p.Probability)))
	}
	stat.SortWeightedLabeled(probabilities, positive, nil)
	hits, alarms, _ := stat.ROC(nil, probabilities, positive, nil)
	slices.Sort(good)
	slices.Sort(bad)
	check("learn: AUC", "gonum stat.ROC, integrate.Trapezoidal", evaluation.AUC, integrate.Trapezoidal(alarms, hits), 1e-12)
	check("learn: KS", "gonum stat.KolmogorovSmirnov", evaluation.KS, stat.KolmogorovSmirnov(good, nil, bad, nil), 1e-12)
	check("learn: Brier score", "gonum stat.Mean", evaluation.Brier, stat.Mean(squares, nil), 1e-12)
	check("learn: log loss", "gonum stat.Mean, package math", evaluation.LogLoss, stat.Mean(losses, nil), 1e-12)

	ours, err := learn.Platt(predictions, "won")
	intercept, slope, err2 := plattByGonum(predictions)
	if err := errors.Join(err, err2); err != nil {
		return append(findings, finding{what: "learn.Platt", err: err})
	}
	check("learn: Platt's intercept", "gonum optimize.Newton", ours.Intercept, intercept, 1e-6)
	check("learn: Platt's slope", "gonum optimize.Newton", ours.Slope, slope, 1e-6)

	bins := []learn.Counts{{Positive: 120, Negative: 900}, {Positive: 80, Negative: 310}, {Positive: 45, Negative: 70}, {Positive: 31, Negative: 9}}
	p, q := make([]float64, len(bins)), make([]float64, len(bins))
	for i, b := range bins {
		p[i], q[i] = float64(b.Positive), float64(b.Negative)
	}
	floats.Scale(1/floats.Sum(p), p)
	floats.Scale(1/floats.Sum(q), q)
	_, information := learn.Inform(bins, 0)
	check("learn: information value", "gonum stat.KullbackLeibler, both ways", information.Value, stat.KullbackLeibler(p, q)+stat.KullbackLeibler(q, p), 1e-12)
	check("learn: divergence", "gonum stat.JensenShannon", information.Divergence, stat.JensenShannon(p, q), 1e-12)

	rate := learn.Rate{Part: 37, Whole: 210}.Interval()
	low, high := wilsonByGonum(37, 210)
	check("learn: Wilson interval, low", "gonum distuv.Normal", rate.Low, low, 1e-9)
	check("learn: Wilson interval, high", "gonum distuv.Normal", rate.High, high, 1e-9)
	for _, c := range []struct {
		what, by string
		both     func() ([2]float64, error)
	}{
		{"learn: population stability index", "gonum stat.KullbackLeibler, both ways", checkDrift},
		{"goals: forecast of the pipeline", "gonum floats.Dot", checkForecast},
		{"goals: leads that a revenue goal needs", "gonum floats.Prod", checkBackwards},
	} {
		both, err := c.both()
		if err != nil {
			return append(findings, finding{what: c.what, err: err})
		}
		check(c.what, c.by, both[0], both[1], 1e-12)
	}
	return findings
}

func compare(what, by string, ours, theirs, tolerance float64) finding {
	off := math.Abs(ours - theirs)
	if !(off <= tolerance*max(1, math.Abs(theirs))) {
		return finding{what: what, by: by, err: fmt.Errorf("leadloop says %v, %s says %v", ours, by, theirs)}
	}
	return finding{what: what, by: by, result: fmt.Sprintf("%.10g, apart by %.1g", ours, off)}
}

// makePredictions makes calibrated predictions with many ties in rank.
func makePredictions(n int) []learn.Prediction {
	r := rand.New(rand.NewPCG(11, 11))
	all := make([]learn.Prediction, n)
	for i := range all {
		points := r.IntN(101)
		probability := 1 / (1 + math.Exp(4-float64(points)/15))
		all[i] = learn.Prediction{Probability: probability, Points: scoring.Points(points) * scoring.Point, Positive: r.Float64() < probability}
	}
	return all
}

// plattByGonum minimises the same loss: targets a little inside of 0 and 1, a line of log-odds over points.
func plattByGonum(predictions []learn.Prediction) (intercept, slope float64, err error) {
	var positives float64
	for _, p := range predictions {
		if p.Positive {
			positives++
		}
	}
	negatives := float64(len(predictions)) - positives
	target := func(p learn.Prediction) float64 {
		if p.Positive {
			return (positives + 1) / (positives + 2)
		}
		return 1 / (negatives + 2)
	}
	points := func(p learn.Prediction) float64 { return float64(p.Points) / float64(scoring.Point) }
	const scale = 100 // of points, so that both parameters are of one size
	n := float64(len(predictions))
	each := func(x []float64, do func(z, points, target float64)) {
		for _, p := range predictions {
			do(x[0]+x[1]*points(p)/scale, points(p)/scale, target(p))
		}
	}
	result, err := optimize.Minimize(optimize.Problem{
		Func: func(x []float64) (loss float64) {
			each(x, func(z, _, target float64) { loss += (math.Log1p(math.Exp(-math.Abs(z))) + max(z, 0) - target*z) / n })
			return loss
		},
		Grad: func(gradient, x []float64) {
			gradient[0], gradient[1] = 0, 0
			each(x, func(z, points, target float64) {
				off := (1/(1+math.Exp(-z)) - target) / n
				gradient[0] += off
				gradient[1] += off * points
			})
		},
		Hess: func(hessian *mat.SymDense, x []float64) {
			var a, b, c float64
			each(x, func(z, points, _ float64) {
				p := 1 / (1 + math.Exp(-z))
				w := p * (1 - p) / n
				a, b, c = a+w, b+w*points, c+w*points*points
			})
			hessian.SetSym(0, 0, a)
			hessian.SetSym(0, 1, b)
			hessian.SetSym(1, 1, c)
		},
	}, []float64{0, 0}, &optimize.Settings{GradientThreshold: 1e-10}, &optimize.Newton{})
	if err != nil {
		return 0, 0, err
	}
	return result.X[0], result.X[1] / scale, nil
}

func wilsonByGonum(part, whole float64) (low, high float64) {
	z := distuv.UnitNormal.Quantile(0.975)
	p := part / whole
	middle, half := p+z*z/(2*whole), z*math.Sqrt(p*(1-p)/whole+z*z/(4*whole*whole))
	return (middle - half) / (1 + z*z/whole), (middle + half) / (1 + z*z/whole)
}

// checkDrift gives the population stability index by both.
func checkDrift() (both [2]float64, err error) {
	r := rand.New(rand.NewPCG(12, 12))
	before, after := make([]scoring.Points, 2000), make([]scoring.Points, 1500)
	for i := range before {
		before[i] = scoring.Points(r.IntN(100)) * scoring.Point
	}
	for i := range after {
		after[i] = scoring.Points(r.IntN(50)+r.IntN(60)) * scoring.Point
	}
	drift, err := learn.ScoreDrift(before, after)
	if err != nil {
		return both, err
	}
	p, q := make([]float64, len(drift.Parts)), make([]float64, len(drift.Parts))
	for i, part := range drift.Parts {
		p[i], q[i] = float64(part.Before)+.5, float64(part.After)+.5
	}
	floats.Scale(1/floats.Sum(p), p)
	floats.Scale(1/floats.Sum(q), q)
	return [2]float64{drift.Index, stat.KullbackLeibler(p, q) + stat.KullbackLeibler(q, p)}, nil
}

func checkForecast() (both [2]float64, err error) {
	open := []goals.OpenStage{{Stage: "sql", Amount: 71_233_01, Win: goals.Ratio{Part: 17, Whole: 112}},
		{Stage: "opportunity", Amount: 1_204_500_77, Win: goals.Ratio{Part: 64, Whole: 189}}, {Stage: "contract", Amount: 99_999_99, Win: goals.Ratio{Part: 41, Whole: 43}}}
	forecast, err := goals.Predict(open)
	if err != nil {
		return both, err
	}
	amounts, chances := make([]float64, len(open)), make([]float64, len(open))
	for i, o := range open {
		amounts[i], chances[i] = float64(o.Amount), float64(o.Win.Part)/float64(o.Win.Whole)
	}
	return [2]float64{float(forecast.Exact), floats.Dot(amounts, chances)}, nil
}

func float(r *big.Rat) float64 {
	f, _ := r.Float64()
	return f
}

// checkBackwards asks how many leads of one kind a revenue goal needs.
func checkBackwards() (both [2]float64, err error) {
	required, err := goals.Backwards(goals.Target{Revenue: 9_000_000_00, Stages: []string{"mql", "sal", "opportunity", "won"},
		Segments: []goals.Segment{{Deal: "1750000", Rates: []goals.Fraction{"3/5", "7/20", "2/9"}}}})
	if err != nil {
		return both, err
	}
	return [2]float64{float(required.Stages[0].Exact), 9_000_000_00. / 1_750_000 / floats.Prod([]float64{3. / 5, 7. / 20, 2. / 9})}, nil
}
