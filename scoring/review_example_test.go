package scoring_test

import (
	"fmt"
	"maps"
	"slices"

	"github.com/leadloop/leadloop/scoring"
)

// Lint finds what authors hardly want: here ranges that touch, a rule that can't match, and
// a band beyond what the rules give.
func ExampleLint() {
	model, err := scoring.Parse([]byte(`{
		"schema": 1, "name": "b2b leads",
		"dimensions": [{"name": "fit", "rules": [
			{"name": "size", "table": {"of": "Employees", "ranges": [
				{"from": 1, "to": 1000, "points": 10}, {"from": 1000, "points": 20}]}},
			{"name": "region", "when": "Country == \"DE\" and Country == \"AT\"", "points": 10}],
			"bands": [{"name": "A", "from": 40}, {"name": "B"}]}]}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, finding := range scoring.Lint(model) {
		fmt.Println(finding)
	}
	// Output:
	// warning: dimensions[0].rules[0].table.ranges[1]: the row overlaps ranges[0], 1000: the first row that has a number counts
	// warning: dimensions[0].rules[1].when: the condition of "region" can't hold: the rule never matches
	// warning: dimensions[0].bands[0]: no lead is in band "A": the rules and limits of "fit" give 0 to 30 points
}

// Diff says what a new version of a model changes.
func ExampleDiff() {
	old, err := scoring.Parse([]byte(modelJSON))
	if err != nil {
		fmt.Println(err)
		return
	}
	new, err := scoring.Parse([]byte(modelJSON))
	if err != nil {
		fmt.Println(err)
		return
	}
	new.Version = 4
	fit := &new.Dimensions[0]
	fit.Rules[1].When = `Industry in ["software", "fintech", "health"]`
	fit.Rules[2].Points = 15 * scoring.Point
	for _, change := range scoring.Diff(old, new) {
		fmt.Println(change)
	}
	// Output:
	// version 3 → 4
	// fit/industry: when "Industry in [\"software\", \"fintech\"]" → "Industry in [\"software\", \"fintech\", \"health\"]"
	// fit/size: points 12.5 → 15
}

// WhatIf says what is missing for the next grade.
func ExampleScorer_WhatIf() {
	model, err := scoring.Parse([]byte(modelJSON))
	if err != nil {
		fmt.Println(err)
		return
	}
	scorer := scoring.MustCompile[Lead, Activity](model)
	lead := scoring.Subject[Lead, Activity]{
		Lead:       &Lead{Title: "VP Marketing", Employees: 250},
		Activities: []Activity{{"visit", ago(0)}},
	}
	fmt.Println("now", scorer.Score(lead, noon).Grade)
	for _, lift := range scorer.WhatIf(lead, noon) {
		for _, unmet := range lift.Unmet {
			fmt.Printf("%s with %s/%s (%s points)\n", lift.Grade, unmet.Dimension, unmet.Rule, unmet.Points)
		}
	}
	// Output:
	// now B3
	// B2 with engagement/visit (8 points)
	// A3 with fit/industry (10 points)
	// B1 with engagement/demo request (40 points)
}

// Backtest says what a new model does to the leads that a host has.
func ExampleBacktest() {
	model, err := scoring.Parse([]byte(modelJSON))
	if err != nil {
		fmt.Println(err)
		return
	}
	old := scoring.MustCompile[Lead, Activity](model)
	model.Dimensions[0].Rules[2].Points = 20 * scoring.Point // size: 20 instead of 12.5
	new := scoring.MustCompile[Lead, Activity](model)

	leads := map[string]scoring.Subject[Lead, Activity]{
		"lead 17": {Lead: &Lead{Title: "VP Sales", Employees: 900}},
		"lead 18": {Lead: &Lead{Title: "Student", Employees: 3}},
		"lead 19": {Lead: &Lead{Title: "Head of Growth", Industry: "software", Employees: 300}},
	}
	comparison := scoring.Backtest(old, new, sorted(leads), noon)
	fmt.Print(comparison)
	for _, move := range comparison.Moves {
		fmt.Println(move.ID, move.From, "→", move.To)
	}
	// Output:
	// 3 leads, 2 with a larger total, 0 with a smaller one
	//
	// grade    A3  B3  C3
	// A3        1
	// B3        1
	// C3                1
	//
	// change of the total    leads
	// none                       1
	// +5 to below +10            2
	//
	// newly disqualified 0, no longer 0; with new problems 0; moved 1
	// lead 17 B3 → A3
}

// sorted ranges over the leads in the order of their ids.
func sorted[T any](m map[string]T) func(yield func(string, T) bool) {
	return func(yield func(string, T) bool) {
		for _, id := range slices.Sorted(maps.Keys(m)) {
			if !yield(id, m[id]) {
				return
			}
		}
	}
}

// Crossed reports a threshold once.
func ExampleCrossed() {
	scorer := scoring.MustCompile[Lead, Activity](scoring.Model{
		Schema: 1, Name: "engagement",
		Dimensions: []scoring.Dimension{{Name: "engagement", Rules: []scoring.Rule{
			{Name: "visit", Each: `Kind == "visit"`, Points: 10 * scoring.Point},
		}}},
		Thresholds: []scoring.Threshold{{Name: "marketing qualified", From: 20 * scoring.Point}},
	})
	var last scoring.Score // nothing yet
	lead := scoring.Subject[Lead, Activity]{Lead: &Lead{}}
	for day := 3; day > 0; day-- {
		lead.Activities = append(lead.Activities, Activity{"visit", ago(day)})
		score := scorer.Score(lead, ago(day))
		fmt.Println(score.Total, scoring.Crossed(last, score))
		last = score
	}
	// Output:
	// 10 []
	// 20 [marketing qualified]
	// 30 []
}
