package scoring_test

import (
	"fmt"
	"time"

	"github.com/leadloop/leadloop/scoring"
)

// The host sets a timer for when the lead cools down, instead of scoring every
// lead every day.
func ExampleScorer_NextChange() {
	model, err := scoring.Parse([]byte(modelJSON))
	if err != nil {
		fmt.Println(err)
		return
	}
	scorer, err := scoring.Compile[Lead, Activity](model)
	if err != nil {
		fmt.Println(err)
		return
	}
	subject := scoring.Subject[Lead, Activity]{
		Lead:       &Lead{Title: "VP Marketing", Industry: "software", Employees: 250},
		Activities: []Activity{{"visit", ago(0)}, {"visit", ago(1)}, {"visit", ago(14)}},
	}
	for now := noon; ; {
		change := scorer.NextChange(subject, now)
		if change.Kind != scoring.Changes {
			fmt.Println(change.Kind)
			break
		}
		fmt.Println(change.At.Format(time.DateOnly), change.From.Grade, "to", change.To.Grade)
		now = change.At
	}
	// Output:
	// 2026-06-21 A2 to A3
	// never
}

// What a model looks at tells a host which fields to load and how long to keep activities.
func ExampleScorer_Depends() {
	scorer := scoring.MustCompile[Lead, Activity](scoring.Model{
		Schema: 1, Name: "recent engagement",
		Dimensions: []scoring.Dimension{{Name: "engagement", Rules: []scoring.Rule{
			{Name: "visit", Each: `Kind == "visit"`, Points: 8 * scoring.Point, Window: &scoring.Window{Span: 90 * scoring.Day}},
			{Name: "active", When: `count(Activities, .At > Now - duration("7d")) >= 3`, Points: 5 * scoring.Point},
		}}},
	})
	depends := scorer.Depends()
	fmt.Println(depends.Lead, depends.Activity, depends.Horizon.Span)
	// Output:
	// [] [At Kind] 90d
}
