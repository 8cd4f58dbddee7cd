package learn_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/leadloop/leadloop/scoring"
	"github.com/leadloop/leadloop/scoring/learn"
)

var newYear = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// dated spreads outcomes evenly over a year, each answered after up to two weeks.
func dated(r *rand.Rand, outcomes []learn.Outcome) {
	for i := range outcomes {
		outcomes[i].Offered = newYear.AddDate(0, 0, i*365/len(outcomes))
		outcomes[i].Answered = outcomes[i].Offered.AddDate(0, 0, r.IntN(14))
	}
}

func TestProposals(t *testing.T) {
	r := rand.New(rand.NewPCG(41, 1))
	m := pointsModel(20, 10, 10, 0)
	options := learn.Options{Target: learn.Acceptance}

	contradicted := logisticOutcomes(r, 2000, -0.5, []float64{1, -1, 0.5, 0})
	dated(r, contradicted)
	p := made(learn.Propose(sampleFrom(t, m, contradicted), options))
	if p.Refused != "" || p.Model.Version != m.Version+1 || len(p.Changes) == 0 || p.Fit.Terms[1].After >= 0 {
		t.Fatalf("outcomes that contradict a rule:\n%s", p)
	}
	if b := p.Backtest; !(b.After.LogLoss < b.Before.LogLoss && b.After.AUC > b.Before.AUC && b.Gain > b.Error && b.Learned > 1200 && b.Tested > 500) || b.Until.IsZero() {
		t.Errorf("backtest %+v", b)
	}
	for _, text := range []string{"d/r1", "10 → -", "less often positive", "until 2026-09-1", "base rate", "double the odds"} {
		if !strings.Contains(p.String(), text) {
			t.Errorf("the proposal does not say %q:\n%s", text, p)
		}
	}
	// Nothing is learned from what happened later: with the later outcomes turned round, the same fit was made then.
	later := make([]learn.Outcome, len(contradicted))
	copy(later, contradicted)
	for i := range later {
		if later[i].Answered.After(p.Backtest.Until) {
			later[i].Accepted = learn.Positive + learn.Negative - later[i].Accepted
		}
	}
	turned := made(learn.Propose(sampleFrom(t, m, later), options))
	if turned.Refused == "" || turned.Model.Version != m.Version || len(turned.Changes) != 0 || turned.Backtest.Learned != p.Backtest.Learned ||
		math.Abs(turned.Backtest.Base.MeanProbability-p.Backtest.Base.MeanProbability) > 1e-12 {
		t.Errorf("the world has changed:\n%s", turned)
	}

	noise := logisticOutcomes(r, 600, -0.5, make([]float64, 4))
	if p := made(learn.Propose(sampleFrom(t, m, noise), options)); !strings.Contains(p.Refused, "no better than the base rate") || p.Backtest == nil || !p.Backtest.Until.IsZero() {
		t.Errorf("outcomes without any pattern:\n%s", p)
	}
	confirmed := logisticOutcomes(r, 4000, -1, []float64{1, 0.5, 0.5, 0})
	if p := made(learn.Propose(sampleFrom(t, m, confirmed), options)); !strings.Contains(p.Refused, "as they are do as well") && p.Backtest.Before.LogLoss-p.Backtest.After.LogLoss > 1e-3 {
		t.Errorf("outcomes that confirm the experts:\n%s", p)
	}
	one := logisticOutcomes(r, 40, -0.5, []float64{1, 0, 0, 0})
	for i := range one { // all rejections come at the end
		one[i].Accepted = learn.Positive
		if i >= 30 {
			one[i].Accepted = learn.Negative
		}
	}
	dated(r, one)
	if p := made(learn.Propose(sampleFrom(t, m, one), options)); !strings.Contains(p.Refused, "earlier outcomes are not enough") {
		t.Errorf("earlier outcomes of one kind:\n%s", p)
	}
}

// What was not answered by the day is pending, what was handed over later is left out, and the young do not count.
func TestAsOfAndMaturity(t *testing.T) {
	m := pointsModel(5)
	s := made(learn.NewSample(m))
	for i := range 100 { // one a day; the first half is answered after 5 days, the second after 20
		o := learn.Outcome{Offered: newYear.AddDate(0, 0, i), Accepted: learn.Verdict(1 + i%2)}
		o.Answered = o.Offered.AddDate(0, 0, 5+i/50*15)
		if i%4 < 2 {
			o.Hits = []string{"d/r0"}
		}
		if err := s.Add(o); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 3 {
		if err := s.Add(learn.Outcome{Accepted: learn.Verdict(1 + i%2)}); err != nil {
			t.Fatal(err)
		}
	}
	type counts struct{ outcomes, pending, young, undated, later int64 }
	for _, c := range []struct {
		options learn.Options
		want    counts
	}{
		{learn.Options{}, counts{103, 0, 0, 0, 0}},
		{learn.Options{AsOf: newYear.AddDate(0, 0, 59).Add(23 * time.Hour)}, counts{53, 10, 0, 0, 40}},
		{learn.Options{AsOf: newYear.AddDate(0, 0, 39), Maturity: 10 * scoring.Day}, counts{30, 5, 5, 3, 60}},
		{learn.Options{AsOf: newYear.AddDate(0, 0, 59), Weighted: true}, counts{50, 10, 0, 3, 40}},
	} {
		c.options.Target = learn.Acceptance
		fit := made(s.Fit(c.options))
		if got := (counts{fit.Outcomes, fit.Pending, fit.Young, fit.Undated, fit.Later}); got != c.want {
			t.Errorf("%+v: %+v, want %+v", c.options, got, c.want)
		}
	}
}

// Where sales answers bad leads quickly and good ones late, the young are judged too harshly; waiting and weighing both mend it.
func TestYoungOutcomesMislead(t *testing.T) {
	r := rand.New(rand.NewPCG(42, 1))
	m := pointsModel(5)
	s := made(learn.NewSample(m))
	for range 20000 {
		o := learn.Outcome{Offered: newYear.AddDate(0, 0, r.IntN(60)), Accepted: learn.Negative}
		if r.IntN(2) == 0 {
			o.Hits = []string{"d/r0"}
		}
		days := r.IntN(5)
		if r.IntN(2) == 0 {
			o.Accepted = learn.Positive
			days = r.IntN(40)
		}
		if o.Answered = o.Offered.AddDate(0, 0, days); o.Answered.After(newYear.AddDate(0, 0, 59)) {
			o.Accepted, o.Answered = learn.Pending, time.Time{}
		}
		if err := s.Add(o); err != nil {
			t.Fatal(err)
		}
	}
	share := func(o learn.Options) float64 {
		o.Target, o.AsOf = learn.Acceptance, newYear.AddDate(0, 0, 59)
		p := made(made(s.Fit(o)).PredictBase(s))
		return p[0].Probability
	}
	naive, waited, weighted := share(learn.Options{}), share(learn.Options{Maturity: 40 * scoring.Day}), share(learn.Options{Weighted: true})
	if naive > 0.45 || math.Abs(waited-0.5) > 0.02 || math.Abs(weighted-0.5) > 0.02 {
		t.Errorf("the base rate is 0.5: naively %.3f, having waited %.3f, weighted %.3f", naive, waited, weighted)
	}
}

// Leads that were handed over by chance, with a known propensity, stand for those that were not.
func TestPropensitiesMendTheBaseRate(t *testing.T) {
	r := rand.New(rand.NewPCG(43, 1))
	s := made(learn.NewSample(pointsModel(5)))
	for range 20000 {
		good := r.IntN(2) == 0
		o := learn.Outcome{Accepted: learn.Negative, Propensity: scoring.Point / 10}
		if good {
			o.Hits, o.Propensity = []string{"d/r0"}, 0
		} else if r.IntN(10) > 0 {
			continue // not handed over
		}
		if good == (r.IntN(4) > 0) {
			o.Accepted = learn.Positive
		}
		if err := s.Add(o); err != nil {
			t.Fatal(err)
		}
	}
	fit := made(s.Fit(learn.Options{Target: learn.Acceptance}))
	if p := made(fit.PredictBase(s)); math.Abs(p[0].Probability-0.5) > 0.03 || fit.Size >= float64(fit.Outcomes) {
		t.Errorf("base rate %.3f, want 0.5; size %.0f of %d", p[0].Probability, fit.Size, fit.Outcomes)
	}
	clipped := made(s.Fit(learn.Options{Target: learn.Acceptance, Clip: 1}))
	if p := made(clipped.PredictBase(s)); p[0].Probability < 0.65 || clipped.Size != float64(clipped.Outcomes) {
		t.Errorf("without weights the base rate is %.3f", p[0].Probability)
	}
}

func TestChain(t *testing.T) {
	r := rand.New(rand.NewPCG(44, 1))
	m := pointsModel(10, 10)
	outcomes := logisticOutcomes(r, 6000, -1, []float64{2, 0})
	dated(r, outcomes)
	won := 0
	for i := range outcomes {
		o := &outcomes[i]
		if o.Accepted == learn.Positive && r.IntN(5) > 0 { // every fifth deal is open
			o.Won = learn.Negative
			chance := 0.2
			if strings.Contains(fmt.Sprint(o.Hits), "r1") {
				chance = 0.7
			}
			if r.Float64() < chance {
				o.Won = learn.Positive
				won++
			}
			o.Closed = o.Answered.AddDate(0, 0, r.IntN(10))
		}
	}
	s := sampleFrom(t, m, outcomes)
	chain := made(s.FitChain(learn.Options{}))
	if a, w := chain.Accepted.Terms, chain.Won.Terms; a[0].Coefficient < 1.5 || math.Abs(a[1].Coefficient) > 0.3 || math.Abs(w[0].Coefficient) > 0.5 || w[1].Coefficient < 1.5 {
		t.Errorf("accepted %+v\nwon %+v", a, w)
	}
	mean, open := 0.0, 0
	predictions := made(chain.Predict(s))
	positives := 0
	for _, p := range predictions {
		mean += p.Probability / float64(len(predictions))
		if p.Positive {
			positives++
		}
	}
	for _, o := range outcomes {
		if o.Accepted == learn.Positive && o.Won == learn.Pending {
			open++
		}
	}
	if positives != won || len(predictions) != len(outcomes)-open {
		t.Errorf("%d predictions, %d positive; want %d and %d", len(predictions), positives, len(outcomes)-open, won)
	}
	// Of all leads, as many will be won as the closed deals and the open ones at their rate.
	if want := float64(won) / float64(len(outcomes)) * 5 / 4; math.Abs(mean-want) > 0.03 {
		t.Errorf("mean probability %.3f, want about %.3f", mean, want)
	}
	p := made(learn.Propose(s, learn.Options{Target: learn.Win}))
	if p.Refused != "" || p.Backtest.Chain == nil || p.Backtest.Chain.AUC < 0.7 || p.Model.Calibration.Outcome != "won" || !strings.Contains(p.String(), "won of all") {
		t.Errorf("proposal:\n%s", p)
	}
	if _, err := made(learn.NewSample(m)).FitChain(learn.Options{}); err == nil {
		t.Error("a chain of nothing")
	}
	if _, err := chain.Predict(made(learn.NewSample(pointsModel(1)))); err == nil {
		t.Error("a sample of another model is predicted")
	}
}
