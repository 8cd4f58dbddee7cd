package learn_test

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"testing"

	"github.com/leadloop/leadloop/scoring"
	"github.com/leadloop/leadloop/scoring/learn"
)

// study simulates sales that judges only what a weak model hands over.
type study struct {
	t     *testing.T
	leads []lead
	model scoring.Model // whose points are learned
	hits  [][]string    // of each lead by it
	top   []bool        // the third that the weak model hands over
	test  *learn.Sample // all leads of the parts 8 and 9, handed over or not
}

const trained = 5 // the last part to train on

func newStudy(t *testing.T) *study {
	columns, leads := xEducation.read(t)
	s := &study{t: t, leads: leads}
	s.model = s.induce(columns)
	s.hits = make([][]string, len(leads))
	s.score(s.model, func(i int, score scoring.Score) { s.hits[i] = score.Hits() })
	s.test = s.sample(s.model, s.hits, func(i int) (bool, scoring.Points) { return leads[i].part >= 8, scoring.Point })

	weak := s.induce(slices.DeleteFunc(columns, func(c learn.Column) bool {
		return !slices.Contains([]string{"Lead_Source", "TotalVisits", "City"}, c.Name)
	}))
	hits := make([][]string, len(leads))
	s.score(weak, func(i int, score scoring.Score) { hits[i] = score.Hits() })
	fit, err := s.sample(weak, hits, func(i int) (bool, scoring.Points) { return leads[i].part <= trained, scoring.Point }).Fit(learn.Options{Target: learn.Acceptance, Shrinkage: studyShrinkage})
	if err != nil {
		t.Fatal(err)
	}
	totals := make([]scoring.Points, len(leads))
	s.score(fit.Model(), func(i int, score scoring.Score) { totals[i] = score.Total })
	var order []int
	for i := range leads {
		if leads[i].part <= trained {
			order = append(order, i)
		}
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Or(cmp.Compare(totals[b], totals[a]), cmp.Compare(a, b)) })
	s.top = make([]bool, len(leads))
	for _, i := range order[:len(order)/3] {
		s.top[i] = true
	}
	return s
}

// induce drafts a model from the leads to train on.
func (s *study) induce(columns []learn.Column) scoring.Model {
	table, err := learn.NewTable(columns)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, l := range s.leads {
		if l.part > trained {
			continue
		}
		record := scoring.Record{}
		for _, c := range columns {
			if v, ok := l.record[c.Name]; ok {
				record[c.Name] = v
			}
		}
		if err := table.Add(record, l.positive); err != nil {
			s.t.Fatal(err)
		}
	}
	in, err := learn.Induce(table, learn.InduceOptions{})
	if err != nil {
		s.t.Fatal(err)
	}
	return in.Model
}

func (s *study) score(model scoring.Model, take func(i int, score scoring.Score)) {
	scorer, err := scoring.Compile[scoring.Record, struct{}](model)
	if err != nil {
		s.t.Fatal(err)
	}
	for i := range s.leads {
		take(i, scorer.Score(scoring.Subject[scoring.Record, struct{}]{Lead: &s.leads[i].record}, noon))
	}
}

// sample holds the leads that are handed over, with their propensities.
func (s *study) sample(model scoring.Model, hits [][]string, handOver func(i int) (bool, scoring.Points)) *learn.Sample {
	sample, err := learn.NewSample(model)
	if err != nil {
		s.t.Fatal(err)
	}
	for i, l := range s.leads {
		over, propensity := handOver(i)
		if !over {
			continue
		}
		o := learn.Outcome{Hits: hits[i], Accepted: learn.Negative, Propensity: propensity}
		if l.positive {
			o.Accepted = learn.Positive
		}
		if err := sample.Add(o); err != nil {
			s.t.Fatal(err)
		}
	}
	return sample
}

// try fits the model to the leads handed over, with weights up to clip, and gives the bias, in
// percentage points, and the AUC on all test leads. With again, it then calibrates
// the fitted points by the same leads with their full weights.
func (s *study) try(handOver func(i int) (bool, scoring.Points), clip float64, again bool) (bias, auc float64) {
	fit, err := s.sample(s.model, s.hits, handOver).Fit(learn.Options{Target: learn.Acceptance, Shrinkage: studyShrinkage, Clip: clip})
	if err != nil {
		s.t.Fatal(err)
	}
	predictions, err := fit.Predict(s.test)
	if err != nil {
		s.t.Fatal(err)
	}
	if again {
		var judged []learn.Prediction
		var propensities []scoring.Points
		s.score(fit.Model(), func(i int, score scoring.Score) {
			if over, propensity := handOver(i); over {
				judged = append(judged, learn.Prediction{Points: score.Total, Positive: s.leads[i].positive})
				propensities = append(propensities, propensity)
			}
		})
		weights, err := learn.InverseWeights(propensities, 0)
		if err != nil {
			s.t.Fatal(err)
		}
		for i := range judged {
			judged[i].Weight = weights.Each[i]
		}
		calibration, err := learn.Platt(judged, "accepted")
		if err != nil {
			s.t.Fatal(err)
		}
		for i := range predictions {
			predictions[i].Probability = calibration.Probability(predictions[i].Points)
		}
	}
	e, err := learn.Evaluate(predictions)
	if err != nil {
		s.t.Fatal(err)
	}
	return 100 * (e.MeanProbability - e.BaseRate), e.AUC
}

const (
	studyShrinkage = 3  // about what cross-validation chooses; fixed, to be quick
	studyKeys      = 10 // explorations to average over
)

// The figures are those of the documentation of Exploration.
func TestSelectionBiasOnRealLeads(t *testing.T) {
	s := newStudy(t)
	for _, c := range []struct {
		name      string
		share     scoring.Points // of the others that are handed over
		clip      float64
		again     bool
		bias, auc float64
	}{
		{"all leads", scoring.Point, 0, false, 0.5, 0.870},
		{"handed-over only", 0, 0, false, 9.4, 0.843},
		{"5 % explored, not weighted", 50_000, 1, false, 2.9, 0.860},
		{"5 % explored, clip 3", 50_000, 3, false, 1.7, 0.861},
		{"5 % explored, clip 5", 50_000, 5, false, 1.4, 0.860},
		{"5 % explored, clip 10", 50_000, 10, false, 1.0, 0.857},
		{"5 % explored, full weights", 50_000, 20, false, 0.2, 0.853},
		{"5 % explored, clip 3, calibrated", 50_000, 3, true, 0.6, 0.861},
		{"10 % explored, not weighted", 100_000, 1, false, 1.8, 0.863},
		{"10 % explored, clip 3", 100_000, 3, false, 0.9, 0.863},
		{"10 % explored, clip 5", 100_000, 5, false, 0.6, 0.862},
		{"10 % explored, full weights", 100_000, 10, false, 0.1, 0.860},
		{"10 % explored, clip 3, calibrated", 100_000, 3, true, 0.4, 0.863},
	} {
		keys := studyKeys
		if c.share == 0 || c.share == scoring.Point { // nothing is left to the key
			keys = 1
		}
		var bias, square, auc float64
		for key := range keys {
			e := learn.Exploration{Share: c.share, Key: "study " + strconv.Itoa(key)}
			b, a := s.try(func(i int) (bool, scoring.Points) {
				if s.leads[i].part > trained {
					return false, 0
				}
				return e.Select(strconv.Itoa(i), s.top[i])
			}, c.clip, c.again)
			bias += b / float64(keys)
			square += b * b / float64(keys)
			auc += a / float64(keys)
		}
		t.Logf("%-36s bias %+5.2f ± %.2f percentage points, AUC %.4f", c.name, bias, math.Sqrt(max(square-bias*bias, 0)), auc)
		if math.Abs(bias-c.bias) > 0.3 || math.Abs(auc-c.auc) > 0.002 {
			t.Errorf("%s: the documentation says bias %+.1f and AUC %.3f", c.name, c.bias, c.auc)
		}
	}
}
