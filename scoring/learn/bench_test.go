package learn_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/leadloop/leadloop/scoring"
	"github.com/leadloop/leadloop/scoring/learn"
)

// feedback is outcomes of leads that about 12 of 50 rules matched: hardly two leads are alike.
func feedback(n int) (scoring.Model, []learn.Outcome) {
	points := make([]int64, 50)
	for i := range points {
		points[i] = int64(i%9 - 3)
	}
	m := pointsModel(points...)
	r := rand.New(rand.NewPCG(61, 1))
	outcomes := make([]learn.Outcome, n)
	for i := range outcomes {
		o := &outcomes[i]
		odds := 0
		for j := r.IntN(8); j < 50; j += 1 + r.IntN(7) {
			o.Hits = append(o.Hits, fmt.Sprintf("d/r%d=%d", j, points[j]))
			odds += j%5 - 2
		}
		o.Accepted = learn.Negative
		if r.IntN(10)-5 < odds {
			o.Accepted = learn.Positive
		}
	}
	return m, outcomes
}

// Each operation is one outcome.
func BenchmarkSampleAdd(b *testing.B) {
	m, outcomes := feedback(100_000)
	s := made(learn.NewSample(m))
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		if err := s.Add(outcomes[i%len(outcomes)]); err != nil {
			b.Fatal(err)
		}
		i++
	}
}

// Evidence of a million outcomes in one pass.
func BenchmarkEvidenceOfAMillion(b *testing.B) {
	m, outcomes := feedback(100_000)
	outcomes = slices.Repeat(outcomes, 10)
	b.ReportAllocs()
	for b.Loop() {
		e := made(learn.NewEvidence(m))
		for i := range outcomes {
			if err := e.Add(outcomes[i]); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// A fit of a million outcomes, by no two of which the rows of the sample are alike but for chance.
func BenchmarkFitOfAMillion(b *testing.B) {
	m, outcomes := feedback(1_000_000)
	s := made(learn.NewSample(m))
	for i := range outcomes {
		if err := s.Add(outcomes[i]); err != nil {
			b.Fatal(err)
		}
	}
	outcomes = nil
	b.ReportAllocs()
	for b.Loop() {
		made(s.Fit(learn.Options{Target: learn.Acceptance}))
	}
}
