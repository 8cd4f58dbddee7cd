package scoring_test

import (
	"fmt"
	"time"

	"github.com/leadloop/leadloop/scoring"
)

// Lead is the host's own view of a lead.
type Lead struct {
	Title     string
	Industry  string
	Employees int
}

// Activity is something that the lead did.
type Activity struct {
	Kind string
	At   time.Time
}

const modelJSON = `{
  "schema": 1,
  "name": "b2b leads",
  "version": 3,
  "dimensions": [
    {
      "name": "fit",
      "rules": [
        {"name": "decides", "when": "Title matches \"(?i)chief|vp|head\"", "points": 15},
        {"name": "industry", "when": "Industry in [\"software\", \"fintech\"]", "points": 10},
        {"name": "size", "when": "Employees >= 200", "points": 12.5}
      ],
      "bands": [{"name": "A", "from": 30}, {"name": "B", "from": 10}, {"name": "C"}]
    },
    {
      "name": "engagement",
      "maximum": 50,
      "rules": [
        {"name": "visit", "each": "Kind == \"visit\"", "points": 8, "half_life": "14d", "maximum": 20},
        {"name": "demo request", "each": "Kind == \"demo\"", "points": 40, "repeat": "once"}
      ],
      "bands": [{"name": "1", "from": 40}, {"name": "2", "from": 15}, {"name": "3"}]
    }
  ],
  "grade": {"dimensions": ["fit", "engagement"]}
}`

var noon = time.Date(2026, 6, 15, 12, 0, 0, 0, time.UTC)

func ago(days int) time.Time { return noon.AddDate(0, 0, -days) }

// A model is parsed, compiled against the host's own structs and run. The
// explanation's lines sum exactly to the score.
func Example() {
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
	score := scorer.Score(scoring.Subject[Lead, Activity]{
		Lead: &Lead{Title: "VP Marketing", Industry: "software", Employees: 250},
		Activities: []Activity{
			{"visit", ago(0)}, {"visit", ago(1)}, {"visit", ago(14)}, {"visit", ago(28)}, {"demo", ago(2)},
		},
	}, noon)
	fmt.Print(score.Explain())
	// Output:
	// b2b leads, version 3, as of 2026-06-15T12:00:00Z
	//
	// dimension   line               count      points        sum
	// fit         decides                1         +15         15
	// fit         industry               1         +10         25
	// fit         size                   1       +12.5       37.5
	// engagement  visit                  4  +21.613561  21.613561
	// engagement  demo request           1         +40  61.613561
	// engagement  visit: maximum 20          -1.613561         60
	// engagement  maximum 50                       -10         50
	//
	// fit         A   37.5
	// engagement  1     50
	// total       A1  87.5
}

// Sales has returned the lead. What it did before counts no longer; what it does
// from then on counts in full.
func Example_recycled() {
	scorer := scoring.MustCompile[Lead, Activity](scoring.Model{
		Schema: 1, Name: "engagement", Version: 1,
		Dimensions: []scoring.Dimension{{Name: "engagement", Rules: []scoring.Rule{
			{Name: "visit", Each: `Kind == "visit"`, Points: 10 * scoring.Point},
		}}},
	})
	subject := scoring.Subject[Lead, Activity]{
		Lead:       &Lead{},
		Activities: []Activity{{"visit", ago(30)}, {"visit", ago(29)}, {"visit", ago(1)}},
	}
	fmt.Println("before:", scorer.Score(subject, noon).Total)
	subject.Adjustments = []scoring.Adjustment{
		{At: ago(20), Dimension: "engagement", Op: scoring.Reset, Cause: "recycled: no budget"},
	}
	score := scorer.Score(subject, noon)
	fmt.Println("after:", score.Total)
	for _, line := range score.Lines {
		fmt.Println(line.Text(), line.Points)
	}
	// Output:
	// before: 30
	// after: 10
	// visit 30
	// reset on 2026-05-26: recycled: no budget -20
}

// Leads and activities can be maps whose fields the model declares.
func ExampleRecord() {
	model, err := scoring.Parse([]byte(`{
		"schema": 1, "name": "records",
		"fields": {"country": "text", "seats": "integer"},
		"activity_fields": {"kind": "text", "At": "time"},
		"dimensions": [{"name": "fit", "rules": [
			{"name": "region", "when": "country in [\"DE\", \"AT\", \"CH\"]", "points": 10},
			{"name": "team", "when": "seats >= 20", "points": 5},
			{"name": "trial", "each": "kind == \"trial\"", "points": 7}]}]}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	scorer, err := scoring.Compile[scoring.Record, scoring.Record](model)
	if err != nil {
		fmt.Println(err)
		return
	}
	score := scorer.Score(scoring.Subject[scoring.Record, scoring.Record]{
		Lead:       &scoring.Record{"country": "CH", "seats": "many"},
		Activities: []scoring.Record{{"kind": "trial", "At": ago(3)}},
	}, noon)
	fmt.Println(score.Total, score.Hits())
	fmt.Println(score.Err())
	// Output:
	// 17 [fit/region fit/trial]
	// scoring: lead: field seats: the value is not of the declared type
	// scoring: fit/team: the rule does not match, for it fails at 1:1: field seats: the value is not of the declared type
}
