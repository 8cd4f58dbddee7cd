package scoring_test

import (
	"fmt"
	"testing"

	"github.com/leadloop/leadloop/scoring"
)

// BenchmarkNextChange asks when the grade of leads of 20 activities changes: by five rules of a
// half-life, and with windows and an idle rule beside them.
func BenchmarkNextChange(b *testing.B) {
	var halves, windows []scoring.Rule
	for _, kind := range []string{"page_view", "email_click", "webinar", "call", "pricing_page"} {
		each := fmt.Sprintf("Kind == %q", kind)
		halves = append(halves, scoring.Rule{Name: kind, Each: each, Points: 5 * scoring.Point, HalfLife: 14 * scoring.Day})
		windows = append(windows, scoring.Rule{Name: kind + " lately", Each: each, Points: 2 * scoring.Point, Window: &scoring.Window{Days: 30}})
	}
	windows = append(windows, scoring.Rule{Name: "idle", Points: -scoring.Point, Idle: &scoring.Idle{Every: 7 * scoring.Day, Floor: new(scoring.Points)}})
	negative := scoring.Rule{Name: "chat", Each: `Kind == "chat"`, Points: -3 * scoring.Point, HalfLife: 14 * scoring.Day}
	for _, bench := range []struct {
		name  string
		rules []scoring.Rule
	}{
		{"half-lives", halves},
		{"half-lives, windows, idle", append(halves[:5:5], windows...)},
		{"both signs", append(halves[:5:5], negative)},
	} {
		scorer := scoring.MustCompile[contact, action](scoring.Model{Schema: 1, Name: "next", Dimensions: []scoring.Dimension{{Name: "engagement", Rules: bench.rules,
			Bands: []scoring.Band{{Name: "1", From: new(40 * scoring.Point)}, {Name: "2", From: new(20 * scoring.Point)}, {Name: "3", From: new(8 * scoring.Point)}, {Name: "4"}}}}})
		subjects := subjectsOf(contacts(256))
		b.Run(bench.name, func(b *testing.B) {
			b.ReportAllocs()
			changes := 0
			for i := 0; b.Loop(); i++ {
				if scorer.NextChange(subjects[i%len(subjects)], noon).Kind == scoring.Changes {
					changes++
				}
			}
			b.ReportMetric(float64(changes)/float64(b.N), "changes/op")
		})
	}
}
