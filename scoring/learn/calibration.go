package learn

import (
	"fmt"
	"math"
	"math/bits"
	"math/rand/v2"
	"slices"

	"github.com/leadloop/leadloop/internal/num"
	"github.com/leadloop/leadloop/scoring"
)

// An isotonic calibration follows every turn of its outcomes, so that it takes many
// of them: about 1000, after Niculescu-Mizil and Caruana ("Predicting good
// probabilities with supervised learning", ICML 2005); Platt's has two parameters
// and is the better one below.
const (
	// IsotonicOutcomes is how many outcomes an isotonic calibration takes.
	IsotonicOutcomes = 1000
	// IsotonicRarer is how many of them there must be of the rarer kind.
	IsotonicRarer = 100
)

// ErrTooFewOutcomes is the refusal of an isotonic calibration.
var ErrTooFewOutcomes = fmt.Errorf("learn: an isotonic calibration takes %d outcomes, %d of the rarer kind: calibrate after Platt", IsotonicOutcomes, IsotonicRarer)

// Calibrate finds how probable the outcome, such as "won", is at a total of points. It is
// [Platt] below [IsotonicOutcomes] outcomes or [IsotonicRarer] of the rarer kind.
// From there on it is whichever of Platt, [SmoothIsotonic] and [Isotonic] has the least log
// loss in five-fold cross-validation; Platt if that is no more than one standard
// error better. Only Points, Positive and Weight of the predictions matter, in any order.
//
// Predictions whose points were learned from the same outcomes promise too much:
// calibrate on others.
func Calibrate(predictions []Prediction, outcome string) (scoring.Calibration, error) {
	rows, err := byPoints(predictions)
	if err != nil {
		return scoring.Calibration{}, err
	}
	best := platt
	if enough(rows) == nil {
		best = chooseCalibration(rows)
	}
	return best(levels(rows), outcome), nil
}

// calibrator makes a calibration of levels, for an outcome.
type calibrator func([]level, string) scoring.Calibration

// chooseCalibration compares the kinds of calibrations on leads that they were not made
// from.
func chooseCalibration(rows []Prediction) calibrator {
	const folds = 5
	kinds := []calibrator{platt, smoothIsotonic, isotonic}
	gains := make([][]float64, len(kinds)) // by lead: how much less it loses than by Platt's
	var weights []float64
	// Chance of a fixed seed over the sorted rows chooses the parts, whatever order they came in.
	// Every fifth row would not do: each part would have the same outcomes as the others at each total.
	source := rand.NewPCG(folds, 0)
	part := make([]uint64, len(rows))
	for i := range part {
		part[i], _ = bits.Mul64(source.Uint64(), folds)
	}
	for fold := range uint64(folds) {
		var rest, held []Prediction
		for i, p := range rows {
			if part[i] == fold {
				held = append(held, p)
				weights = append(weights, p.Weight)
			} else {
				rest = append(rest, p)
			}
		}
		var losses []float64
		for kind, calibrate := range kinds {
			c := calibrate(levels(rest), "")
			for i, p := range held {
				loss := -num.Log1p(-c.Probability(p.Points))
				if p.Positive {
					loss = -num.Log(c.Probability(p.Points))
				}
				if kind == 0 {
					losses = append(losses, loss)
				}
				gains[kind] = append(gains[kind], losses[i]-loss)
			}
		}
	}
	best, most := platt, 0.0
	for kind, gain := range gains {
		if mean, deviation := meanOf(gain, weights); mean > deviation && mean > most {
			best, most = kinds[kind], mean
		}
	}
	return best
}

// meanOf gives the weighted mean of values, and its standard error.
func meanOf(values, weights []float64) (mean, deviation float64) {
	var total, square float64
	for i, v := range values {
		total += weights[i]
		mean += float64(weights[i] * v)
	}
	mean /= total
	for i, v := range values {
		off := float64(weights[i] * (v - mean))
		square += float64(off * off)
	}
	return mean, math.Sqrt(square) / total
}

// Platt fits the log-odds of the outcome as a line over the total of points, by
// maximum likelihood with targets a little inside of 0 and 1, so that outcomes which
// points tell apart completely give a finite slope: (N₊+1)/(N₊+2) for positive ones, 1/(N₋+2) for
// negative ones (Platt, "Probabilistic outputs for support vector machines", 1999;
// solved after Lin, Lin and Weng, Machine Learning 68, 2007).
func Platt(predictions []Prediction, outcome string) (scoring.Calibration, error) {
	rows, err := byPoints(predictions)
	if err != nil {
		return scoring.Calibration{}, err
	}
	return platt(levels(rows), outcome), nil
}

// Isotonic gives the probability by steps that never fall: of all such steps those
// nearest to the outcomes, by the square of the distance (Ayer and others, "An
// empirical distribution function for sampling with incomplete information", 1955:
// pool adjacent violators). Outcomes count as Platt's targets, so that no step is 0
// or 1. It is [ErrTooFewOutcomes] where there are too few.
func Isotonic(predictions []Prediction, outcome string) (scoring.Calibration, error) {
	return enoughFor(isotonic, predictions, outcome)
}

// SmoothIsotonic draws lines between the steps of [Isotonic], from the middle of each, by
// weight, to that of the next, so that more points are more probable everywhere (centered
// isotonic regression: Oron and Flournoy, Statistics in Biopharmaceutical Research 9, 2017).
func SmoothIsotonic(predictions []Prediction, outcome string) (scoring.Calibration, error) {
	return enoughFor(smoothIsotonic, predictions, outcome)
}

func enoughFor(calibrate calibrator, predictions []Prediction, outcome string) (scoring.Calibration, error) {
	rows, err := byPoints(predictions)
	if err == nil {
		err = enough(rows)
	}
	if err != nil {
		return scoring.Calibration{}, err
	}
	return calibrate(levels(rows), outcome), nil
}

// enough says whether outcomes suffice for an isotonic calibration.
func enough(rows []Prediction) error {
	var positives int
	for i := range rows {
		if rows[i].Positive {
			positives++
		}
	}
	if rarer := min(positives, len(rows)-positives); len(rows) < IsotonicOutcomes || rarer < IsotonicRarer {
		return fmt.Errorf("%w; there are %d and %d", ErrTooFewOutcomes, len(rows), rarer)
	}
	return nil
}

// byPoints gives the predictions from the fewest points up. Totals beyond the points that
// a calibration may name count as those.
func byPoints(predictions []Prediction) ([]Prediction, error) {
	rows, err := ranked(predictions)
	if err != nil {
		return nil, err
	}
	for i := range rows {
		rows[i].Points = min(max(rows[i].Points, -scoring.MaxPoints), scoring.MaxPoints)
	}
	slices.SortFunc(rows, compareByPoints)
	return rows, nil
}

// level is a total of points, with the weight of the leads that have it and of the
// positive ones among them.
type level struct {
	points           scoring.Points
	weight, positive float64
}

// levels sums rows that are ordered by points.
func levels(rows []Prediction) (list []level) {
	for i := range rows {
		if n := len(list); n == 0 || list[n-1].points != rows[i].Points {
			list = append(list, level{points: rows[i].Points})
		}
		l := &list[len(list)-1]
		l.weight += rows[i].Weight
		if rows[i].Positive {
			l.positive += rows[i].Weight
		}
	}
	return list
}

// plattTargets are what positive and negative outcomes count as.
func plattTargets(positive, negative float64) (high, low float64) {
	return (positive + 1) / (positive + 2), 1 / (negative + 2)
}

func platt(list []level, outcome string) scoring.Calibration {
	x, weight, positive := make([]float64, len(list)), make([]float64, len(list)), make([]float64, len(list))
	for i, l := range list {
		x[i], weight[i], positive[i] = float64(l.points)/float64(scoring.Point), l.weight, l.positive
	}
	intercept, slope := plattLine(x, weight, positive)
	if intercept == 0 && slope == 0 { // not a form of its own
		return scoring.Calibration{Outcome: outcome, Steps: []scoring.CalibrationStep{{From: list[0].points, Probability: 0.5}}}
	}
	return scoring.Calibration{Outcome: outcome, Intercept: intercept, Slope: slope}
}

// plattLine fits the log-odds as a line over x, which rises, by Newton's method with
// shorter steps where a full one does not help. It works on x less its mean, over its standard
// deviation, where the problem is well conditioned.
func plattLine(x, weight, positive []float64) (intercept, slope float64) {
	var total, positives, mean, variance float64
	for i := range x {
		total += weight[i]
		positives += positive[i]
		mean += float64(weight[i] * x[i])
	}
	mean /= total
	for i := range x {
		off := x[i] - mean
		variance += float64(weight[i] * float64(off*off))
	}
	deviation := math.Sqrt(variance / total)
	high, low := plattTargets(positives, total-positives)
	target, u := make([]float64, len(x)), make([]float64, len(x))
	for i := range x {
		target[i] = float64(positive[i]*high) + float64((weight[i]-positive[i])*low)
		if deviation > 0 {
			u[i] = (x[i] - mean) / deviation
		}
	}
	loss := func(a, b float64) (sum float64) {
		for i := range u {
			f := a + float64(b*u[i])
			sum += float64(target[i]*num.Softplus(-f)) + float64((weight[i]-target[i])*num.Softplus(f))
		}
		return sum
	}
	a, b := num.Log((positives+1)/(total-positives+1)), 0.0
	least := loss(a, b)
	for range 100 {
		var ga, gb, haa, hab, hbb float64
		for i := range u {
			p := num.Logistic(a + float64(b*u[i]))
			g := float64(weight[i]*p) - target[i]
			h := float64(weight[i] * float64(p*(1-p)))
			ga += g
			gb += float64(g * u[i])
			haa += h
			hab += float64(h * u[i])
			hbb += float64(float64(h*u[i]) * u[i])
		}
		damping := float64(1e-12 * (haa + 1e-300))
		haa, hbb = haa+damping, hbb+damping
		determinant := float64(haa*hbb) - float64(hab*hab)
		da := (float64(hbb*ga) - float64(hab*gb)) / determinant
		db := (float64(haa*gb) - float64(hab*ga)) / determinant
		if math.Abs(da)+math.Abs(db) < 1e-6 { // the error left is the square of this
			a, b = a-da, b-db
			break
		}
		for step := 1.0; step > 1e-10; step /= 2 {
			nextA, nextB := a-float64(step*da), b-float64(step*db)
			if next := loss(nextA, nextB); next < least {
				a, b, least = nextA, nextB, next
				break
			}
		}
	}
	if deviation == 0 {
		return a, 0
	}
	return a - float64(b*mean)/deviation, b / deviation
}

// stretch is a stretch of levels that have one probability.
type stretch struct {
	first         scoring.Points
	weight, value float64 // value: the mean target
	moment        float64 // weight times points above first
}

// stretches gives the steps of an isotonic regression of the targets.
func stretches(list []level) []stretch {
	var total, positives float64
	for _, l := range list {
		total += l.weight
		positives += l.positive
	}
	high, low := plattTargets(positives, total-positives)
	fitted := monotone(list)
	var steps []stretch
	for i, l := range list {
		if i == 0 || fitted[i] != fitted[i-1] {
			steps = append(steps, stretch{first: l.points, value: float64(fitted[i]*high) + float64((1-fitted[i])*low)})
		}
		s := &steps[len(steps)-1]
		s.weight += l.weight
		s.moment += float64(l.weight * float64(l.points-s.first))
	}
	return atMost(scoring.MaxCalibrationSteps, steps)
}

// monotone is the isotonic regression: the sequence that never falls and is nearest
// to the levels' shares of positives, by the weighted square of the distance. It
// pools neighbours that fall into their mean, until none do.
func monotone(list []level) []float64 {
	type block struct {
		level
		size int
	}
	share := func(b block) float64 { return b.positive / b.weight }
	var blocks []block
	for _, l := range list {
		last := block{l, 1}
		for n := len(blocks); n > 0 && share(blocks[n-1]) >= share(last); n-- {
			last.positive += blocks[n-1].positive
			last.weight += blocks[n-1].weight
			last.size += blocks[n-1].size
			blocks = blocks[:n-1]
		}
		blocks = append(blocks, last)
	}
	fitted := make([]float64, 0, len(list))
	for _, b := range blocks {
		for range b.size {
			fitted = append(fitted, share(b))
		}
	}
	return fitted
}

// atMost joins neighbours so that no more steps than most are left.
func atMost(most int, steps []stretch) []stretch {
	if len(steps) <= most {
		return steps
	}
	joined := make([]stretch, 0, most)
	for i, s := range steps {
		at := i * most / len(steps)
		if at == len(joined) {
			joined = append(joined, s)
			continue
		}
		j := &joined[at]
		weight := j.weight + s.weight
		j.value += float64((s.value - j.value) * (s.weight / weight))
		j.moment += s.moment + float64(s.weight*float64(s.first-j.first))
		j.weight = weight
	}
	return joined
}

func isotonic(list []level, outcome string) scoring.Calibration {
	c := scoring.Calibration{Outcome: outcome}
	for _, s := range stretches(list) {
		c.Steps = append(c.Steps, scoring.CalibrationStep{From: s.first, Probability: s.value})
	}
	return c
}

func smoothIsotonic(list []level, outcome string) scoring.Calibration {
	c := scoring.Calibration{Outcome: outcome}
	for _, s := range stretches(list) {
		middle := s.first + scoring.Points(math.RoundToEven(s.moment/s.weight))
		c.Steps = append(c.Steps, scoring.CalibrationStep{From: middle, Probability: s.value})
	}
	c.Interpolate = len(c.Steps) > 1
	return c
}

// Recalibration corrects probabilities that are too bold or too timid, such as those of
// naive Bayes, by a line over their log-odds.
type Recalibration struct {
	Intercept float64 `json:"intercept"`
	Slope     float64 `json:"slope"` // below 1: the probabilities were too bold
}

// Recalibrate fits a recalibration as [Platt] does, over the log-odds of the
// predictions' probabilities instead of points. Probabilities nearer to 0 or 1
// than 1e-15 count as if they were 1e-15 from it.
func Recalibrate(predictions []Prediction) (Recalibration, error) {
	rows, err := ranked(predictions)
	if err != nil {
		return Recalibration{}, err
	}
	var x, weight, positive []float64
	for i := range rows {
		odds := logOdds(rows[i].Probability)
		if n := len(x); n == 0 || x[n-1] != odds {
			x, weight, positive = append(x, odds), append(weight, 0), append(positive, 0)
		}
		weight[len(x)-1] += rows[i].Weight
		if rows[i].Positive {
			positive[len(x)-1] += rows[i].Weight
		}
	}
	var r Recalibration
	r.Intercept, r.Slope = plattLine(x, weight, positive)
	return r, nil
}

// Probability corrects a probability. What is no number stays so.
func (r Recalibration) Probability(p float64) float64 {
	return num.Logistic(r.Intercept + float64(r.Slope*logOdds(p)))
}

// logOdds gives ln(p/(1−p)) of a probability kept a little inside of 0 and 1.
func logOdds(p float64) float64 {
	p = min(max(p, certain), 1-certain)
	return num.Log(p) - num.Log1p(-p)
}
