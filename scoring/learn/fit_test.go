package learn_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/leadloop/leadloop/scoring"
	"github.com/leadloop/leadloop/scoring/learn"
)

// pointsModel has a rule for each number of points.
func pointsModel(points ...int64) scoring.Model {
	m := scoring.Model{Schema: scoring.Schema, Name: "points", Version: 4, Dimensions: []scoring.Dimension{{Name: "d"}}}
	for i, p := range points {
		m.Dimensions[0].Rules = append(m.Dimensions[0].Rules, scoring.Rule{Name: fmt.Sprint("r", i), When: "true", Points: scoring.Points(p) * scoring.Point})
	}
	return m
}

// logisticOutcomes draws outcomes whose log-odds are a sum over the rules that match.
func logisticOutcomes(r *rand.Rand, n int, intercept float64, effects []float64) []learn.Outcome {
	outcomes := make([]learn.Outcome, n)
	for i := range outcomes {
		o, odds := &outcomes[i], intercept
		for j, effect := range effects {
			if r.IntN(3) == 0 {
				o.Hits = append(o.Hits, fmt.Sprint("d/r", j))
				odds += effect
			}
		}
		o.Accepted = learn.Negative
		if r.Float64() < 1/(1+math.Exp(-odds)) {
			o.Accepted = learn.Positive
		}
	}
	return outcomes
}

// eachModel has a rule for each of the points, which leads get as often as they do something.
func eachModel(points ...int64) scoring.Model {
	m := pointsModel(points...)
	for i := range m.Dimensions[0].Rules {
		m.Dimensions[0].Rules[i].When, m.Dimensions[0].Rules[i].Each = "", "true"
	}
	return m
}

func sampleFrom(t testing.TB, m scoring.Model, outcomes []learn.Outcome) *learn.Sample {
	t.Helper()
	s := made(learn.NewSample(m))
	for _, o := range outcomes {
		if err := s.Add(o); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// descend fits by plain gradient descent, lead by lead, in steps that halve when they go too far. It
// gives the intercept, κ and the coefficients.
func descend(outcomes []learn.Outcome, points []int64, shrinkage float64) (intercept, expert float64, coefficients []float64) {
	totals, mean, deviation := make([]float64, len(outcomes)), 0.0, 0.0
	times := make([][]float64, len(outcomes))
	square, hit := make([]float64, len(points)), make([]float64, len(points))
	for i, o := range outcomes {
		times[i] = make([]float64, len(points))
		for j, p := range points {
			for _, text := range o.Hits {
				if h := made(scoring.ParseHit(text)); h.Rule == fmt.Sprint("d/r", j) {
					times[i][j] = 1
					if p != 0 {
						times[i][j] = float64(h.Points) / float64(p*int64(scoring.Point))
					}
					square[j] += times[i][j] * times[i][j]
					hit[j]++
				}
			}
			totals[i] += times[i][j] * float64(p)
		}
		mean += totals[i] / float64(len(outcomes))
	}
	for j := range square {
		square[j] = max(1, square[j]/max(1, hit[j]))
	}
	for _, x := range totals {
		deviation += (x - mean) * (x - mean) / float64(len(outcomes))
	}
	deviation = math.Sqrt(deviation)
	n := len(points)
	objective := func(at []float64, gradient []float64) float64 {
		p0 := 1 / (1 + math.Exp(-at[0])) // half a positive and half a negative outcome
		value := -0.5*math.Log(p0) - 0.5*math.Log(1-p0) + at[n+1]*at[n+1]/2.5/2.5/2
		clear(gradient)
		gradient[0], gradient[n+1] = p0-0.5, at[n+1]/2.5/2.5
		for j := range n {
			value += shrinkage * square[j] * at[1+j] * at[1+j]
			gradient[1+j] = 2 * shrinkage * square[j] * at[1+j]
		}
		for i, o := range outcomes {
			z := 0.0
			if deviation > 0 {
				z = (totals[i] - mean) / deviation
			}
			odds, y := at[0]+at[n+1]*z, 0.0
			for j := range n {
				odds += times[i][j] * at[1+j]
			}
			p := 1 / (1 + math.Exp(-odds))
			if o.Accepted == learn.Positive {
				y = 1
				value -= math.Log(p)
			} else {
				value -= math.Log(1 - p)
			}
			gradient[0] += p - y
			gradient[n+1] += (p - y) * z
			for j := range n {
				gradient[1+j] += times[i][j] * (p - y)
			}
		}
		return value
	}
	at, next := make([]float64, n+2), make([]float64, n+2)
	gradient, ahead := make([]float64, n+2), make([]float64, n+2)
	value, step := objective(at, gradient), 1.0
	for range 20000 {
		for i := range at {
			next[i] = at[i] - step*gradient[i]
		}
		next[n+1] = max(next[n+1], 0)
		v := objective(next, ahead)
		if v > value {
			if step /= 2; step < 1e-12 {
				break
			}
			continue
		}
		moved := 0.0
		for i := range at {
			moved = max(moved, math.Abs(next[i]-at[i]))
		}
		copy(at, next)
		copy(gradient, ahead)
		value = v
		step *= 1.1
		if moved < 1e-12 {
			break
		}
	}
	intercept = at[0]
	if deviation > 0 {
		expert = at[n+1] / deviation
		intercept -= expert * mean
	}
	for j, p := range points {
		coefficients = append(coefficients, at[1+j]+expert*float64(p))
	}
	return intercept, expert, coefficients
}

func TestFitAgainstGradientDescent(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 1))
	contradicted := 0
	for range 60 {
		points, effects := make([]int64, 1+r.IntN(5)), make([]float64, 0, 5)
		for j := range points {
			points[j] = int64(r.IntN(41) - 20)
			effects = append(effects, 0.1*float64(points[j])*float64(r.IntN(3)-1)+r.NormFloat64()/2)
		}
		outcomes := logisticOutcomes(r, 20+r.IntN(80), -0.5, effects)
		for i := range outcomes { // some leads get some points several times
			for k, text := range outcomes[i].Hits {
				j := int(text[len(text)-1] - '0')
				outcomes[i].Hits[k] = scoring.Hit{Rule: text, Points: scoring.Points(points[j]*int64(1+r.IntN(4)*(j%2))) * scoring.Point}.String()
			}
		}
		shrinkage := []float64{0.3, 1, 4}[r.IntN(3)]
		fit, err := sampleFrom(t, eachModel(points...), outcomes).Fit(learn.Options{Target: learn.Acceptance, Shrinkage: shrinkage})
		if errors.Is(err, learn.ErrOneClass) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		intercept, expert, coefficients := descend(outcomes, points, shrinkage)
		if expert == 0 {
			contradicted++
		}
		if math.Abs(fit.Intercept-intercept) > 1e-4 || math.Abs(fit.Expert-expert) > 1e-5 {
			t.Fatalf("intercept %v and κ %v, want %v and %v", fit.Intercept, fit.Expert, intercept, expert)
		}
		for j, term := range fit.Terms {
			if term.Learned && math.Abs(term.Coefficient-coefficients[j]) > 1e-4 {
				t.Fatalf("%s: %v, want %v", term.Name(), term.Coefficient, coefficients[j])
			}
			if term.Learned && (term.Low > term.High || term.Support.Part != term.Precision.Whole) {
				t.Fatalf("%+v", term)
			}
		}
	}
	if contradicted < 5 {
		t.Errorf("only %d samples contradict the experts: the test does not look at them", contradicted)
	}
}

// However outcomes are ordered and sharded, marshalled on the way, and whatever was added and removed again, the
// fit has the same bits.
func TestFitIsOrderFree(t *testing.T) {
	r := rand.New(rand.NewPCG(12, 1))
	m := pointsModel(10, -5, 0, 20)
	day := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for round := range 20 {
		outcomes := logisticOutcomes(r, 200, -1, []float64{1, -1, 0.5, 1})
		if round%2 == 0 {
			for i := range outcomes {
				outcomes[i].Offered = day.Add(time.Duration(r.IntN(300)) * 24 * time.Hour)
				outcomes[i].Answered = outcomes[i].Offered.Add(time.Duration(r.IntN(20)) * 24 * time.Hour)
				outcomes[i].Propensity = []scoring.Points{0, scoring.Point / 3}[r.IntN(2)]
			}
		}
		whole := sampleFrom(t, m, outcomes)
		shards := []*learn.Sample{made(learn.NewSample(m)), made(learn.NewSample(m)), made(learn.NewSample(m))}
		r.Shuffle(len(outcomes), func(i, j int) { outcomes[i], outcomes[j] = outcomes[j], outcomes[i] })
		for _, o := range outcomes {
			slices.Reverse(o.Hits)
			if err := shards[r.IntN(3)].Add(o); err != nil {
				t.Fatal(err)
			}
		}
		odd := learn.Outcome{Hits: []string{"d/r1=-5"}, Accepted: learn.Positive, Propensity: 7}
		if err := errors.Join(shards[0].Add(odd), shards[0].Add(outcomes[0]), shards[0].Remove(odd), shards[0].Remove(outcomes[0])); err != nil {
			t.Fatal(err)
		}
		if err := shards[0].Remove(odd); !errors.Is(err, learn.ErrNotAdded) {
			t.Fatalf("removing what is not there: %v", err)
		}
		merged := made(learn.NewSample(m))
		for _, s := range shards {
			data := made(s.MarshalBinary())
			back := made(learn.NewSample(m))
			if err := errors.Join(back.UnmarshalBinary(data), merged.Merge(back)); err != nil {
				t.Fatal(err)
			}
		}
		if a, b := made(whole.MarshalBinary()), made(merged.MarshalBinary()); string(a) != string(b) || merged.Len() != whole.Len() {
			t.Fatal("the merged sample is not the whole one")
		}
		for _, o := range []learn.Options{{Target: learn.Acceptance}, {Target: learn.Acceptance, Weighted: round%2 == 0, PointsToDoubleOdds: 15 * scoring.Point}} {
			a, b := made(whole.Fit(o)), made(merged.Fit(o))
			if x, y := made(json.Marshal(a)), made(json.Marshal(b)); string(x) != string(y) {
				t.Fatalf("%s\n%s", x, y)
			}
			p, q := made(learn.Propose(whole, o)), made(learn.Propose(merged, o))
			if p.String() != q.String() {
				t.Fatalf("%s\n%s", p, q)
			}
		}
	}
}

// The bits that a fit has on every architecture.
func TestFitBits(t *testing.T) {
	r := rand.New(rand.NewPCG(13, 1))
	fit := made(sampleFrom(t, pointsModel(10, -5, 0, 20), logisticOutcomes(r, 400, -1, []float64{1, -1, 0.5, 1})).Fit(learn.Options{Target: learn.Acceptance}))
	got := []uint64{math.Float64bits(fit.Intercept), math.Float64bits(fit.Expert), math.Float64bits(fit.Calibration.Intercept), math.Float64bits(fit.Loss)}
	want := []uint64{0xbfeb68ad45fe590e, 0x3fb0ed84ab749ba5, 0xbfeb682fe50fa042, 0x3fe333a77a3e92a3}
	for i := range got {
		if got[i] != want[i] {
			t.Errorf("number %d has the bits %#x, not %#x", i, got[i], want[i])
		}
	}
}

// Where the outcomes follow the experts' points, these come out again; where they give none, points to
// double the odds do.
func TestFitFindsPoints(t *testing.T) {
	r := rand.New(rand.NewPCG(14, 1))
	effects := []float64{1.5, -1, 0.5, 0, -0.5}
	outcomes := logisticOutcomes(r, 20000, -1, effects)
	fit := made(sampleFrom(t, pointsModel(30, -20, 10, 0, -10), outcomes).Fit(learn.Options{Target: learn.Acceptance}))
	for _, term := range fit.Terms {
		if max(term.After-term.Before, term.Before-term.After) > 3*scoring.Point || term.Low > term.Before || term.High < term.Before {
			t.Errorf("%s from %s to %s (%s … %s)", term.Name(), term.Before, term.After, term.Low, term.High)
		}
	}
	if math.Abs(fit.Expert-0.05) > 0.005 {
		t.Errorf("κ is %v, want 0.05", fit.Expert)
	}
	fit = made(sampleFrom(t, pointsModel(0, 0, 0, 0, 0), outcomes).Fit(learn.Options{Target: learn.Acceptance}))
	for j, term := range fit.Terms {
		if want := effects[j] * 20 / math.Ln2; math.Abs(float64(term.After)/float64(scoring.Point)-want) > 4 || term.After%scoring.Point != 0 {
			t.Errorf("%s has %s points, want about %.1f", term.Name(), term.After, want)
		}
	}
	if fit.IntegerLoss-fit.Loss > 1e-4 || fit.Loss >= fit.BaseLoss || !fit.SampleSize.Enough() {
		t.Errorf("losses %v, %v, %v, sample size %+v", fit.Loss, fit.IntegerLoss, fit.BaseLoss, fit.SampleSize)
	}
	m := fit.Model()
	if m.Version != 5 || m.Calibration == nil || m.Calibration.Outcome != "accepted" || m.Dimensions[0].Rules[0].Points != fit.Terms[0].After {
		t.Errorf("model %+v", m)
	}
}

func TestFitRefuses(t *testing.T) {
	m := pointsModel(1, 2)
	yes, no := learn.Outcome{Hits: []string{"d/r0"}, Accepted: learn.Positive}, learn.Outcome{Accepted: learn.Negative}
	for _, c := range []struct {
		name     string
		outcomes []learn.Outcome
		options  learn.Options
		want     error
	}{
		{"none", nil, learn.Options{Target: learn.Acceptance}, learn.ErrNoOutcomes},
		{"pending", []learn.Outcome{{Hits: yes.Hits}}, learn.Options{Target: learn.Acceptance}, learn.ErrNoOutcomes},
		{"no deals", []learn.Outcome{yes, no}, learn.Options{Target: learn.Win}, learn.ErrNoOutcomes},
		{"one kind", []learn.Outcome{yes, yes}, learn.Options{Target: learn.Acceptance}, learn.ErrOneClass},
		{"unknown age", []learn.Outcome{yes, no}, learn.Options{Target: learn.Acceptance, Maturity: scoring.Day}, learn.ErrNoOutcomes},
		{"no target", []learn.Outcome{yes, no}, learn.Options{}, learn.ErrOptions},
		{"clip", []learn.Outcome{yes, no}, learn.Options{Target: learn.Acceptance, Clip: math.NaN()}, learn.ErrOptions},
		{"shrinkage", []learn.Outcome{yes, no}, learn.Options{Target: learn.Acceptance, Shrinkage: -1}, learn.ErrOptions},
		{"hours", []learn.Outcome{yes, no}, learn.Options{Target: learn.Acceptance, Maturity: 1}, learn.ErrOptions},
		{"odds", []learn.Outcome{yes, no}, learn.Options{Target: learn.Acceptance, PointsToDoubleOdds: -1}, learn.ErrOptions},
		{"date", []learn.Outcome{yes, no}, learn.Options{Target: learn.Acceptance, AsOf: time.Date(20000, 1, 1, 0, 0, 0, 0, time.UTC)}, learn.ErrOptions},
	} {
		if _, err := sampleFrom(t, m, c.outcomes).Fit(c.options); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
		p, err := learn.Propose(sampleFrom(t, m, c.outcomes), c.options)
		if refused := !errors.Is(c.want, learn.ErrOptions); refused != (err == nil && p.Refused != "" && p.Model.Version == m.Version) {
			t.Errorf("%s: proposal %+v, %v", c.name, p, err)
		}
	}
	if _, err := new(learn.Sample).Fit(learn.Options{Target: learn.Win}); err == nil {
		t.Error("a sample without a model was fitted")
	}
}

// Outcomes that a rule tells apart perfectly give finite points, and a rule that never matched keeps its own.
func TestFitOfSeparableOutcomes(t *testing.T) {
	var outcomes []learn.Outcome
	for range 30 {
		outcomes = append(outcomes, learn.Outcome{Hits: []string{"d/r0=10"}, Accepted: learn.Positive}, learn.Outcome{Accepted: learn.Negative})
	}
	for _, points := range []int64{10, 0} {
		m := pointsModel(points, 7)
		for i := range outcomes {
			if outcomes[i].Hits != nil {
				outcomes[i].Hits[0] = fmt.Sprintf("d/r0=%d", points)
			}
		}
		s := sampleFrom(t, m, outcomes)
		fit := made(s.Fit(learn.Options{Target: learn.Acceptance}))
		for _, x := range []float64{fit.Intercept, fit.Expert, fit.Loss, fit.IntegerLoss, fit.ExpertLoss, fit.Calibration.Intercept, fit.Calibration.Slope, fit.SampleSize.R2} {
			if math.IsNaN(x) || math.IsInf(x, 0) {
				t.Fatalf("%+v", fit)
			}
		}
		if fit.Terms[0].After <= 0 || fit.Loss > 0.3 || fit.Terms[1].After != 7*scoring.Point || fit.Terms[1].Learned {
			t.Errorf("%+v", fit)
		}
		for _, p := range made(fit.Predict(s)) {
			if !(p.Probability > 0 && p.Probability < 1) || p.Positive != (p.Probability > 0.5) {
				t.Errorf("%+v", p)
			}
		}
	}
}

func TestNeededOutcomes(t *testing.T) {
	// Riley and others, 2019, section 6: 24 parameters and R² = 0.288 need 623 outcomes.
	if got := learn.NeededOutcomes(24, 0.288); got != 623 {
		t.Errorf("%d outcomes, want 623", got)
	}
	if learn.NeededOutcomes(0, 0.5) != 0 || learn.NeededOutcomes(3, 0) != math.MaxInt64 || learn.NeededOutcomes(3, 0.95) != 4 {
		t.Error("the ends are wrong")
	}
}

// What a fit says of its own sample has the losses that it reports, weights and limits included.
func TestLossesAreThoseOfPredictions(t *testing.T) {
	r := rand.New(rand.NewPCG(15, 1))
	mean := func(predictions []learn.Prediction, err error) float64 {
		if err != nil {
			t.Fatal(err)
		}
		loss, weight := 0.0, 0.0
		for _, p := range predictions {
			q := p.Probability
			if !p.Positive {
				q = 1 - q
			}
			loss -= p.Weight * math.Log(q)
			weight += p.Weight
		}
		return loss / weight
	}
	for round := range 30 {
		m := pointsModel(10, -5, 0, 20)
		m.Dimensions[0].Rules[1].Points = -scoring.Point * 9 / 2
		if round%2 == 0 {
			m.Maximum = new(12 * scoring.Point)
		}
		outcomes := logisticOutcomes(r, 60+r.IntN(300), -1, []float64{1, -1, 0.5, 1})
		for i := range outcomes {
			outcomes[i].Propensity = []scoring.Points{0, scoring.Point / 3, scoring.Point / 100}[r.IntN(3)]
		}
		s := sampleFrom(t, m, outcomes)
		fit := made(s.Fit(learn.Options{Target: learn.Acceptance}))
		for i, pair := range [][2]float64{
			{mean(fit.Predict(s)), fit.IntegerLoss}, {mean(fit.PredictReal(s)), fit.Loss},
			{mean(fit.PredictExpert(s)), fit.ExpertLoss}, {mean(fit.PredictBase(s)), fit.BaseLoss},
		} {
			if math.Abs(pair[0]-pair[1]) > 1e-9 {
				t.Fatalf("number %d: the predictions have the loss %v, the fit says %v", i, pair[0], pair[1])
			}
		}
		if fit.Loss > fit.BaseLoss+1e-3 || round%2 == 1 && fit.IntegerLoss-fit.Loss > 0.003 {
			t.Errorf("losses %v, %v, %v", fit.Loss, fit.IntegerLoss, fit.BaseLoss)
		}
		for _, term := range fit.Terms {
			if term.After%(scoring.Point/10) != 0 {
				t.Errorf("%s has %s points: more decimals than the experts'", term.Name(), term.After)
			}
		}
	}
}

// Of very many terms those are learned that most leads hit.
func TestFitOfVeryManyTerms(t *testing.T) {
	m := pointsModel(make([]int64, learn.MaxTerms+20)...)
	s := made(learn.NewSample(m))
	for i := range 2 * (learn.MaxTerms + 20) {
		o := learn.Outcome{Hits: []string{fmt.Sprint("d/r", i/2)}, Accepted: learn.Verdict(1 + i%2)}
		if i/2 >= 20 || i%2 == 0 { // the first twenty match once, the others twice
			if err := s.Add(o); err != nil {
				t.Fatal(err)
			}
		}
	}
	for i, term := range made(s.Fit(learn.Options{Target: learn.Acceptance, Shrinkage: 1})).Terms {
		if term.Learned != (i >= 20) {
			t.Fatalf("%s learned: %v", term.Name(), term.Learned)
		}
	}
}

// Every part of the bytes is needed, and damage shows.
func TestDamagedBytes(t *testing.T) {
	m := everything()
	s, e := made(learn.NewSample(m)), made(learn.NewEvidence(m))
	for _, o := range seedOutcomes()[:6] {
		if err := errors.Join(s.Add(o), e.Add(o)); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		data []byte
		read func([]byte) error
	}{
		{made(s.MarshalBinary()), made(learn.NewSample(m)).UnmarshalBinary},
		{made(e.MarshalBinary()), made(learn.NewEvidence(m)).UnmarshalBinary},
	} {
		for n := range c.data {
			if err := c.read(c.data[:n]); !errors.Is(err, learn.ErrDamaged) {
				t.Fatalf("the first %d bytes: %v", n, err)
			}
		}
		if err := c.read(append(slices.Clone(c.data), 0)); !errors.Is(err, learn.ErrDamaged) {
			t.Fatalf("a byte more: %v", err)
		}
		if err := c.read(c.data); err != nil {
			t.Fatal(err)
		}
	}
}

// Where limits cut totals, the card promises no more than its coefficients do: a slope fitted to the same outcomes again would
// undo the shrinkage, and promise twice as much.
func TestLimitsDoNotUndoShrinkage(t *testing.T) {
	r := rand.New(rand.NewPCG(13, 5))
	spread := func(predictions []learn.Prediction) float64 {
		mean, square := 0.0, 0.0
		for _, p := range predictions {
			odds := math.Log(p.Probability / (1 - p.Probability))
			mean += odds / float64(len(predictions))
			square += odds * odds / float64(len(predictions))
		}
		return math.Sqrt(square - mean*mean)
	}
	for range 100 {
		m := pointsModel(10, 5, 0, 20, -10, 15, 5, 0)
		most, least := 25*scoring.Point, -20*scoring.Point
		m.Dimensions[0].Maximum, m.Dimensions[0].Minimum = &most, &least
		outcomes := logisticOutcomes(r, 80, 1, []float64{0.3, -0.3, 0, 0, 0.3, 0, 0, 0})
		s := sampleFrom(t, m, outcomes)
		fit, err := s.Fit(learn.Options{Target: learn.Acceptance})
		if err != nil {
			t.Fatal(err)
		}
		card, real := spread(made(fit.Predict(s))), spread(made(fit.PredictReal(s)))
		if card > 1.25*real+0.02 {
			t.Errorf("log-odds of the card differ by %v, those of the coefficients by %v", card, real)
		}
	}
}
