package learn

import (
	"math"

	"github.com/leadloop/leadloop/internal/num"
	"github.com/leadloop/leadloop/scoring"
)

// unit is the step of learned points: one point, or as many decimals as the experts' points have.
func (c *card) unit() scoring.Points {
	unit := scoring.Point
	for i := range c.slots {
		for c.slots[i].points%unit != 0 {
			unit /= 10
		}
	}
	return unit
}

// round makes points of the coefficients.
func (f *Fit) round(g *gathered, s *solver, perOdds float64, rescaled bool) {
	unit := f.card.unit()
	steps := float64(perOdds * (float64(scoring.Point) / float64(unit))) // for a unit of log-odds
	f.points = f.card.before()
	f.Scale = scoring.Points(math.RoundToEven(float64(min(float64(f.Expert*perOdds), 1e3) * float64(scoring.Point))))
	most := float64(scoring.MaxPoints / unit)
	toSteps := func(x float64) scoring.Points {
		return scoring.Points(min(max(math.RoundToEven(x), -most), most)) * unit
	}
	for at := range f.points {
		switch {
		case f.card.slots[at].computed:
			f.points[at] = f.Scale
		case rescaled && f.Expert > 0: // also what was not learned
			f.points[at] = toSteps(float64(f.coefficients[at] * steps))
		}
	}
	whole := improve(g, s, f.coefficients, steps)
	for column, at := range g.slots {
		f.points[at] = toSteps(whole[column])
	}
}

// improve rounds the columns' coefficients, then changes one at a time while that lowers the objective as its second derivatives have
// it, the intercept following along.
func improve(g *gathered, s *solver, coefficients []float64, steps float64) []float64 {
	n := len(g.slots)
	whole, gap := make([]float64, n), make([]float64, n) // gap: how far the coefficient is off
	for column, at := range g.slots {
		whole[column] = math.RoundToEven(float64(coefficients[at] * steps))
		gap[column] = whole[column]/steps - coefficients[at]
	}
	second := func(i, j int) float64 { // without the intercept
		a, b := max(i, j)+1, min(i, j)+1
		return s.hessian[a*s.size+b] - float64(s.hessian[a*s.size]*s.hessian[b*s.size])/s.hessian[0]
	}
	slope := make([]float64, n) // of the objective, by column
	for i := range n {
		for j := range n {
			slope[i] += float64(second(i, j) * gap[j])
		}
	}
	for range 20 {
		changed := false
		for i, at := range g.slots {
			curve := second(i, i)
			if !(curve > 0) {
				continue
			}
			now := math.RoundToEven(float64((coefficients[at] + gap[i] - slope[i]/curve) * steps))
			move := (now - whole[i]) / steps
			if move == 0 || float64(move*slope[i])+float64(float64(move*move)*curve)/2 >= 0 {
				continue
			}
			whole[i], gap[i], changed = now, gap[i]+move, true
			for j := range n {
				slope[j] += float64(second(j, i) * move)
			}
		}
		if !changed {
			break
		}
	}
	return whole
}

// calibrate says what the totals of the new card, and those of the unchanged one, mean.
func (f *Fit) calibrate(g *gathered, s *solver, perOdds float64) {
	before := f.card.before()
	old, now := make([]float64, len(g.codes)), make([]float64, len(g.codes)) // totals
	cut := false
	var hits []hit
	for row, code := range g.codes {
		hits, _ = f.card.decodeHits(hits[:0], code)
		total, _ := f.card.total(before, hits)
		old[row] = float64(total) / float64(scoring.Point)
		total, limited := f.card.total(f.points, hits)
		now[row], cut = float64(total)/float64(scoring.Point), cut || limited
	}
	positive, negative := sum(g.positive), sum(g.negative)
	f.base = num.Log(positive / negative)
	f.before = g.platt(old, f.base)
	if cut {
		// Limits leave less of the spread than the coefficients have. The slope that makes up for it is that which comes nearest to
		// what they promise: one fitted to the outcomes again would undo their shrinkage.
		promised := *g
		promised.labels = g.promised(s)
		f.Calibration = promised.platt(now, f.base)
	} else {
		f.Calibration = g.shift(now, 1/perOdds, f.base)
	}
	f.before.Outcome, f.Calibration.Outcome = f.Target.outcome(), f.Target.outcome()
	odds := make([]float64, g.rows())
	loss := func(x []float64, c scoring.Calibration) float64 {
		for row := range odds {
			odds[row] = c.Intercept + float64(c.Slope*x[row])
		}
		return meanLoss(odds, g.labels)
	}
	f.IntegerLoss, f.ExpertLoss = loss(now, f.Calibration), loss(old, f.before)
	f.BaseLoss = loss(now, scoring.Calibration{Intercept: f.base})
}

// promised is as many outcomes of each row as there are, of which as many are positive as the coefficients say.
func (g *gathered) promised(s *solver) labels {
	y := newLabels(g.rows())
	for row := range y.positive {
		n, p := g.positive[row]+g.negative[row], num.Logistic(s.logOdds(s.parameter, row))
		y.positive[row], y.negative[row] = float64(n*p), float64(n*(1-p))
	}
	return y
}

// outcome is what a probability is of.
func (t Target) outcome() string {
	if t == Win {
		return "won"
	}
	return "accepted"
}

// platt fits intercept and slope to totals. The slope is not negative.
func (g *gathered) platt(totals []float64, base float64) scoring.Calibration {
	mean, deviation := g.spread(totals)
	if deviation == 0 {
		return scoring.Calibration{Intercept: base}
	}
	d := &design{start: make([]int32, len(totals)+1), expert: make([]float64, len(totals))}
	for i, x := range totals {
		d.expert[i] = (x - mean) / deviation
	}
	s := fitScores(d, g.labels, 1, 1e-13, nil)
	found := s.scores()
	slope := found.expert / deviation
	return scoring.Calibration{Intercept: found.intercept - float64(slope*mean), Slope: slope}
}

// shift fits the intercept to totals whose slope is known: the probabilities then sum to the positive
// outcomes, and half of one more.
func (g *gathered) shift(totals []float64, slope, base float64) scoring.Calibration {
	mean, _ := g.spread(totals)
	intercept := base - float64(slope*mean)
	for range mostSteps {
		p := num.Logistic(intercept + float64(slope*mean))
		gap, curve := float64(2*halfOutcome*p)-halfOutcome, float64(float64(2*halfOutcome*p)*(1-p))
		for i, x := range totals {
			n := g.positive[i] + g.negative[i]
			p := num.Logistic(intercept + float64(slope*x))
			gap += float64(n*p) - g.positive[i]
			curve += float64(float64(n*p) * (1 - p))
		}
		if !(curve > 0) {
			break
		}
		step := min(max(gap/curve, -1), 1)
		intercept -= step
		if math.Abs(step) < 1e-12 {
			break
		}
	}
	return scoring.Calibration{Intercept: intercept, Slope: slope}
}

// describe says what was learned of each term, and how well.
func (f *Fit) describe(g *gathered, s *solver, perOdds float64) {
	odds := make([]float64, g.rows())
	for row := range odds {
		odds[row] = s.logOdds(s.parameter, row)
	}
	f.Loss = meanLoss(odds, g.labels)
	deviations := f.deviations(g, s)
	for at := range f.card.slots {
		x := &f.card.slots[at]
		if x.computed {
			continue
		}
		t := Term{
			Rule: f.card.rules[x.rule].name, Row: x.row, Before: x.points, After: f.points[at], Low: f.points[at], High: f.points[at],
			Coefficient: f.coefficients[at], Support: Rate{g.support[at].Whole, f.Outcomes}, Precision: g.support[at],
		}
		if deviations[at] > 0 {
			t.Learned = true
			t.Low = toPoints(float64((t.Coefficient - float64(z*deviations[at])) * perOdds))
			t.High = toPoints(float64((t.Coefficient + float64(z*deviations[at])) * perOdds))
		}
		f.Terms = append(f.Terms, t)
	}
	f.SampleSize = sampleSize(f.Outcomes, s.size-1, f.BaseLoss, f.Loss)
}

// toPoints rounds to tenths of a point.
func toPoints(x float64) scoring.Points {
	most := float64(scoring.MaxPoints / scoring.Point)
	return scoring.Points(math.RoundToEven(float64(min(max(x, -most), most)*10))) * (scoring.Point / 10)
}

// deviations gives the standard deviations of the coefficients, by slot, from the inverse of the Hessian; 0 of
// those that were not learned.
func (f *Fit) deviations(g *gathered, s *solver) []float64 {
	list := make([]float64, len(f.card.slots))
	s.cholesky()
	x := make([]float64, s.size)
	for column, at := range g.slots {
		clear(x)
		x[1+column] = 1
		if s.expert != nil {
			x[s.size-1] = float64(f.card.slots[at].points) / float64(scoring.Point) / g.deviation
		}
		combined := append([]float64(nil), x...)
		s.substitute(x)
		variance := 0.0
		for i, v := range combined {
			variance += float64(v * x[i])
		}
		list[at] = math.Sqrt(max(variance, math.SmallestNonzeroFloat64))
	}
	return list
}
