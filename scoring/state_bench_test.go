package scoring_test

import (
	"testing"
	"time"

	"github.com/leadloop/leadloop/scoring"
)

// BenchmarkState keeps leads of 20 activities scored by 50 rules.
func BenchmarkState(b *testing.B) {
	s, err := scoring.Compile[contact, action](fiftyRules(b))
	if err != nil {
		b.Fatal(err)
	}
	lead := contacts(1)[0]
	st, err := s.State(lead)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("add", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			other, err := s.State(lead)
			if err != nil {
				b.Fatal(err)
			}
			other.Add(lead.Activities[0])
		}
	})
	st.Add(lead.Activities...)
	countries := [2]string{"DE", "US"}
	b.Run("change a field and ask for the points", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			lead.Country = countries[i&1]
			if err := st.Changed("Country"); err != nil {
				b.Fatal(err)
			}
			st.Points(noon)
		}
	})
	b.Run("points at a later time", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			st.Points(noon.Add(time.Duration(i) * time.Second))
		}
	})
	b.Run("score", func(b *testing.B) {
		b.ReportAllocs()
		var score scoring.Score
		for b.Loop() {
			st.ScoreInto(&score, noon)
		}
	})
}
