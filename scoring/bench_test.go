package scoring_test

import (
	"os"
	"testing"

	"github.com/leadloop/leadloop/scoring"
)

// BenchmarkScore scores leads of 20 activities: by 50 rules on the lead, by five decaying
// rules on each activity, and by both with adjustments.
func BenchmarkScore(b *testing.B) {
	fifty, decaying := fiftyRules(b), fiveDecaying()
	five := scoring.Model{Schema: 1, Name: "five decaying rules", Dimensions: []scoring.Dimension{decaying}}
	both := fifty
	both.Dimensions = append(fifty.Dimensions[:2:2], decaying)
	subjects := subjectsOf(contacts(256))
	adjusted := subjectsOf(contacts(256))
	for i := range adjusted {
		adjusted[i].Adjustments = []scoring.Adjustment{{At: ago(30), Dimension: "*", Op: scoring.Scale, Amount: scoring.Point / 2}, {At: ago(60), Dimension: "*", Op: scoring.Reset}}
	}
	for _, bench := range []struct {
		name     string
		model    scoring.Model
		subjects []scoring.Subject[contact, action]
	}{{"50 rules", fifty, subjects}, {"5 decaying", five, subjects}, {"55 rules adjusted", both, adjusted}} {
		scorer, err := scoring.Compile[contact, action](bench.model)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(bench.name, func(b *testing.B) {
			b.ReportAllocs()
			var sum scoring.Points
			for i := 0; b.Loop(); i++ {
				score := scorer.Score(bench.subjects[i%len(bench.subjects)], noon)
				sum += score.Total
				if len(score.Problems) > 0 {
					b.Fatal(score.Err())
				}
			}
			_ = sum
		})
	}
}

func BenchmarkCompile(b *testing.B) {
	data, err := os.ReadFile("testdata/fifty_rules.json")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		m, err := scoring.Parse(data)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := scoring.Compile[contact, action](m); err != nil {
			b.Fatal(err)
		}
	}
}
