package learn_test

import (
	"bytes"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/leadloop/leadloop/scoring"
	"github.com/leadloop/leadloop/scoring/learn"
)

// seedOutcomes are of the model everything.
func seedOutcomes() []learn.Outcome {
	r := rand.New(rand.NewPCG(51, 1))
	scorer := made(scoring.Compile[cardLead, cardVisit](everything()))
	var outcomes []learn.Outcome
	for i := range 40 {
		o := learn.Outcome{Hits: scorer.Score(randomSubject(r), noon).Hits(), Accepted: learn.Verdict(i % 3), Propensity: scoring.Points(i * 1000), Offered: noon}
		if o.Accepted == learn.Positive {
			o.Won = learn.Verdict(r.IntN(3))
		}
		if o.Accepted == learn.Negative {
			o.Answered, o.Reason = noon.Add(48*time.Hour), "timing"
		}
		outcomes = append(outcomes, o)
	}
	return outcomes
}

// Whatever bytes are read, they are refused, or they are the only ones for what they hold; and all can be done with it.
func FuzzSampleUnmarshal(f *testing.F) {
	s := made(learn.NewSample(everything()))
	f.Add(made(s.MarshalBinary()))
	for _, o := range seedOutcomes() {
		if err := s.Add(o); err != nil {
			f.Fatal(err)
		}
	}
	data := made(s.MarshalBinary())
	f.Add(data)
	f.Add(data[:len(data)-1])
	f.Add(append(bytes.Clone(data), 0))
	f.Fuzz(func(t *testing.T, data []byte) {
		s := made(learn.NewSample(everything()))
		if s.UnmarshalBinary(data) != nil {
			if s.Len() != 0 {
				t.Fatal("after an error there are outcomes")
			}
			return
		}
		if !bytes.Equal(made(s.MarshalBinary()), data) {
			t.Fatal("other bytes are written than were read")
		}
		if s.Len() < 1000 {
			for _, o := range []learn.Options{{Target: learn.Acceptance}, {Target: learn.Win, Shrinkage: 1, Weighted: true}} {
				if fit, err := s.Fit(o); err == nil && (fit.Loss != fit.Loss || fit.IntegerLoss != fit.IntegerLoss) {
					t.Fatalf("a loss is no number: %+v", fit)
				}
			}
		}
	})
}

func FuzzEvidenceUnmarshal(f *testing.F) {
	e := made(learn.NewEvidence(everything()))
	f.Add(made(e.MarshalBinary()))
	for _, o := range seedOutcomes() {
		if err := e.Add(o); err != nil {
			f.Fatal(err)
		}
	}
	data := made(e.MarshalBinary())
	f.Add(data)
	f.Add(data[:len(data)-1])
	f.Add(append(bytes.Clone(data), 0))
	f.Fuzz(func(t *testing.T, data []byte) {
		e := made(learn.NewEvidence(everything()))
		if e.UnmarshalBinary(data) != nil {
			return
		}
		if !bytes.Equal(made(e.MarshalBinary()), data) {
			t.Fatal("other bytes are written than were read")
		}
		for _, target := range []learn.Target{learn.Acceptance, learn.Win} {
			for _, row := range e.Report(target).Rows {
				if row.Precision.Part > row.Precision.Whole || row.Precision.Whole > row.Base.Whole || row.WeightOfEvidence != row.WeightOfEvidence {
					t.Fatalf("%+v", row)
				}
			}
		}
	})
}

// A hit that is taken can be stored, merged and taken back.
func FuzzHits(f *testing.F) {
	for _, o := range seedOutcomes()[:8] {
		for _, hit := range o.Hits {
			f.Add(hit)
		}
	}
	f.Add("engagement/visits=0.000001")
	f.Add("fit/size#ranges[99]=1")
	f.Add("fit/seats=562949953.421312")
	f.Fuzz(func(t *testing.T, hit string) {
		s, back := made(learn.NewSample(everything())), made(learn.NewSample(everything()))
		o := learn.Outcome{Hits: []string{hit}, Accepted: learn.Positive}
		if s.Add(o) != nil {
			return
		}
		if err := back.UnmarshalBinary(made(s.MarshalBinary())); err != nil {
			t.Fatal(err)
		}
		if err := back.Remove(o); err != nil || back.Len() != 0 {
			t.Fatal(err)
		}
		if err := s.Add(learn.Outcome{Accepted: learn.Negative}); err != nil {
			t.Fatal(err)
		}
		fit := made(s.Fit(learn.Options{Target: learn.Acceptance}))
		for _, p := range made(fit.Predict(s)) {
			if !(p.Probability > 0 && p.Probability < 1) {
				t.Fatalf("%+v", p)
			}
		}
	})
}
