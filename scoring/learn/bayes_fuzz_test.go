package learn_test

import (
	"errors"
	"fmt"
	"math"
	"math/rand"
	"testing"

	"github.com/leadloop/leadloop/scoring/learn"
)

func fuzzBayes(t testing.TB) *learn.Bayes {
	return newBayes(t, []learn.BayesField{{Name: "a"}, {Name: "b", Unset: true}}, randomBayesStages...)
}

// FuzzBayesDecode reads any bytes: it never panics, and what it takes is canonical, predicts and can be undone.
func FuzzBayesDecode(f *testing.F) {
	r := rand.New(rand.NewSource(4))
	for n := range 6 {
		b := fuzzBayes(f)
		for range n * n * 4 {
			l := randomBayesLead(r, make([]learn.BayesField, 2), randomBayesStages)
			if err := b.Add(l.BayesLead, l.won); err != nil {
				f.Fatal(err)
			}
		}
		f.Add([]byte(bayesBytes(f, b))[len("leadloop bayes ")+32:])
	}
	head := bayesBytes(f, fuzzBayes(f))
	head = head[:len(head)-1]
	f.Fuzz(func(t *testing.T, data []byte) {
		b := fuzzBayes(t)
		if err := b.UnmarshalBinary([]byte(head + string(data))); err != nil {
			if !errors.Is(err, learn.ErrDamaged) {
				t.Fatal(err)
			}
			return
		}
		if bayesBytes(t, b) != head+string(data) {
			t.Fatal("the bytes are not canonical")
		}
		r := rand.New(rand.NewSource(1))
		for range 5 {
			l := randomBayesLead(r, make([]learn.BayesField, 2), randomBayesStages)
			p, err := b.Predict(l.BayesLead)
			if err == nil && !(p.Probability >= 0 && p.Probability <= 1 && p.BasisPoints >= 0 && p.BasisPoints <= 10_000) {
				t.Fatalf("%+v", p)
			}
			if err := b.Remove(l.BayesLead, l.won); err == nil { // what is left can be read again
				if err := fuzzBayes(t).UnmarshalBinary([]byte(bayesBytes(t, b))); err != nil {
					t.Fatal(err)
				}
			}
		}
		other := fuzzBayes(t)
		if err := other.Merge(b); err != nil || bayesBytes(t, other) != bayesBytes(t, b) {
			t.Fatal(err)
		}
	})
}

// FuzzBayesPredict counts leads of any texts: it never panics and follows the reference.
func FuzzBayesPredict(f *testing.F) {
	f.Add("t", "new", "DE", "", "hot", uint8(3), uint8(1))
	f.Add("", "offer", "", "x", "", uint8(0), uint8(90))
	f.Add("\xff", "won", "a", "b", "c\x00", uint8(200), uint8(200))
	f.Add("t", "nowhere", "a", "b", "c", uint8(1), uint8(1))
	f.Fuzz(func(t *testing.T, team, stage, a, b, tag string, won, lost uint8) {
		bayes := fuzzBayes(t)
		var closed []closedLead
		add := func(n uint8, l closedLead) {
			for range n {
				if err := bayes.Add(l.BayesLead, l.won); err != nil {
					if !errors.Is(err, learn.ErrLead) {
						t.Fatal(err)
					}
					return
				}
				closed = append(closed, l)
			}
		}
		lead := learn.BayesLead{Team: team, Stage: stage, Values: []string{a, b}, Tags: []string{tag, tag}}
		add(won, closedLead{lead, learn.Positive})
		add(lost, closedLead{learn.BayesLead{Team: team, Stage: stage, Values: []string{b, a}, Tags: []string{b}}, learn.Negative})
		p, err := bayes.Predict(lead)
		if stage != "new" && stage != "offer" {
			if err == nil && p.Probability != 0 && p.Probability != 1 {
				t.Fatalf("%+v", p)
			}
			return
		}
		odds, ok := slowBayes([]learn.BayesField{{Name: "a"}, {Name: "b", Unset: true}}, randomBayesStages, closed, lead)
		if ok != (err == nil) || ok && math.Abs(p.Probability-oddsShare(odds)) > 1e-14 {
			t.Fatalf("%+v, %v", p, err)
		}
	})
}

func BenchmarkBayes(b *testing.B) {
	r := rand.New(rand.NewSource(5))
	fields := make([]learn.BayesField, 10)
	for i := range fields {
		fields[i].Name = fmt.Sprint(i)
	}
	bayes := newBayes(b, fields, randomBayesStages...)
	var leads []closedLead
	for range 1000 {
		leads = append(leads, randomBayesLead(r, fields, randomBayesStages))
	}
	b.Run("Add", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			if err := bayes.Add(leads[i%1000].BayesLead, leads[i%1000].won); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("Probability", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			if _, err := bayes.Probability(leads[i%1000].BayesLead); err != nil {
				b.Fatal(err)
			}
		}
	})
}
