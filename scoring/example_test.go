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
	// 17 [fit/region=10 fit/trial=7]
	// scoring: lead: field seats: the value is not of the declared type
	// scoring: fit/team: the rule does not match, for it fails at 1:1: field seats: the value is not of the declared type
}

// printScore scores a lead that has done these things and prints the lines.
func printScore(model string, lead Lead, activities ...Activity) {
	m, err := scoring.Parse([]byte(model))
	if err != nil {
		fmt.Println(err)
		return
	}
	scorer, err := scoring.Compile[Lead, Activity](m)
	if err != nil {
		fmt.Println(err)
		return
	}
	score := scorer.Score(scoring.Subject[Lead, Activity]{Lead: &lead, Activities: activities}, noon)
	for _, line := range score.Lines {
		fmt.Println(line.Text(), line.Points)
	}
	fmt.Println("total", score.Total)
}

// A table gives points by the range of a number or the value of a text.
func ExampleTable() {
	printScore(`{"schema": 1, "name": "fit", "dimensions": [{"name": "fit", "rules": [
		{"name": "size", "table": {"of": "Employees", "ranges": [
			{"below": 11, "points": -5}, {"from": 11, "to": 1000, "points": 10}, {"from": 1001, "points": 20}]}},
		{"name": "industry", "table": {"of": "Industry", "values": [
			{"is": ["software", "fintech"], "points": 10}, {"is": ["retail"], "points": 5}], "otherwise": -1}}]}]}`,
		Lead{Employees: 1000, Industry: "mining"})
	// Output:
	// size 10
	// industry -1
	// total 9
}

// Visits of the last 30 days count, those older than ten days by half.
func ExampleWindow() {
	printScore(`{"schema": 1, "name": "engagement", "dimensions": [{"name": "engagement", "rules": [
		{"name": "visits", "each": "Kind == \"visit\"", "points": 10, "window": {"days": 30},
		 "steps": [{"after": "10d", "share": 0.5}]}]}]}`,
		Lead{}, Activity{"visit", ago(1)}, Activity{"visit", ago(12)}, Activity{"visit", ago(31)})
	// Output:
	// visits 15
	// total 15
}

// Two kinds of activity show interest, ten of one kind may not.
func ExampleRule_distinct() {
	model := `{"schema": 1, "name": "engagement", "dimensions": [{"name": "engagement", "rules": [
		{"name": "breadth", "each": "true", "points": 5, "distinct": "Kind", "at_least": 2}]}]}`
	printScore(model, Lead{}, Activity{"visit", ago(3)}, Activity{"visit", ago(2)})
	printScore(model, Lead{}, Activity{"visit", ago(3)}, Activity{"visit", ago(2)}, Activity{"webinar", ago(1)})
	// Output:
	// total 0
	// breadth 10
	// total 10
}

// Each week of silence takes points, but the lead keeps what it had to begin with.
func ExampleIdle() {
	printScore(`{"schema": 1, "name": "engagement", "dimensions": [{"name": "engagement", "rules": [
		{"name": "known", "when": "true", "points": 30},
		{"name": "webinar", "each": "Kind == \"webinar\"", "points": 11},
		{"name": "silent", "points": -4, "idle": {"every": "7d", "floor": 30}}]}]}`,
		Lead{}, Activity{"webinar", ago(30)})
	// Output:
	// known 30
	// webinar 11
	// silent -16
	// silent: floor 30 5
	// total 30
}

// Several rules on the same thing share a limit.
func ExampleGroup() {
	printScore(`{"schema": 1, "name": "engagement", "dimensions": [{"name": "engagement", "groups": [
		{"name": "content", "maximum": 12, "rules": [
			{"name": "visit", "each": "Kind == \"visit\"", "points": 3},
			{"name": "download", "each": "Kind == \"download\"", "points": 8}]}]}]}`,
		Lead{}, Activity{"visit", ago(3)}, Activity{"visit", ago(2)}, Activity{"download", ago(1)})
	// Output:
	// visit 6
	// download 8
	// content: maximum 12 of the group -2
	// total 12
}

// A disqualifier leaves the points as they are: the host sees both, and the reason.
func ExampleDisqualifier() {
	scorer := scoring.MustCompile[Lead, Activity](scoring.Model{
		Schema: 1, Name: "leads", Version: 1,
		Dimensions: []scoring.Dimension{{Name: "fit", Rules: []scoring.Rule{
			{Name: "decides", When: `Title contains "VP"`, Points: 20 * scoring.Point}}}},
		Disqualifiers: []scoring.Disqualifier{{Name: "agency", When: `Industry == "advertising"`, Reason: "works for others"}},
	})
	score := scorer.Score(scoring.Subject[Lead, Activity]{Lead: &Lead{Title: "VP Media", Industry: "advertising"}}, noon)
	fmt.Println(score.Total, score.Disqualified)
	// Output:
	// 20 [{agency works for others}]
}

// Thresholds name the numbers of points at which something happens.
func ExampleThreshold() {
	scorer := scoring.MustCompile[Lead, Activity](scoring.Model{
		Schema: 1, Name: "leads", Version: 1,
		Dimensions: []scoring.Dimension{
			{Name: "fit", Rules: []scoring.Rule{{Name: "large", When: "Employees >= 200", Points: 10 * scoring.Point}}},
			{Name: "engagement", Rules: []scoring.Rule{{Name: "visit", Each: `Kind == "visit"`, Points: 5 * scoring.Point}}}},
		Thresholds: []scoring.Threshold{
			{Name: "worth a call", From: 15 * scoring.Point},
			{Name: "active", Dimension: "engagement", From: 10 * scoring.Point}},
	})
	subject := scoring.Subject[Lead, Activity]{Lead: &Lead{Employees: 500}, Activities: []Activity{{"visit", ago(1)}}}
	fmt.Println(scorer.Score(subject, noon).Reached)
	// Output:
	// [worth a call]
}

// The strongest reasons for and against a lead, for whoever calls it.
func ExampleScore_Reasons() {
	scorer := scoring.MustCompile[Lead, Activity](scoring.Model{
		Schema: 1, Name: "leads", Version: 1,
		Dimensions: []scoring.Dimension{{Name: "fit", Rules: []scoring.Rule{
			{Name: "decides", When: `Title contains "VP"`, Points: 20 * scoring.Point},
			{Name: "large", When: "Employees >= 200", Points: 10 * scoring.Point},
			{Name: "industry", When: `Industry == "software"`, Points: 15 * scoring.Point},
			{Name: "too large", When: "Employees >= 10000", Points: -5 * scoring.Point}}}},
	})
	score := scorer.Score(scoring.Subject[Lead, Activity]{Lead: &Lead{Title: "VP Sales", Industry: "software", Employees: 20_000}}, noon)
	plus, minus := score.Reasons(2)
	for _, line := range plus {
		fmt.Println("+", line.Rule)
	}
	for _, line := range minus {
		fmt.Println("-", line.Rule)
	}
	// Output:
	// + decides
	// + industry
	// - too large
}

// Windows of days and months count dates in the model's zone, which the host loads.
func ExampleZones() {
	model := scoring.Model{Schema: 1, Name: "engagement", Version: 1, Zone: "America/Sao_Paulo",
		Dimensions: []scoring.Dimension{{Name: "engagement", Rules: []scoring.Rule{
			{Name: "since yesterday", Each: "true", Points: scoring.Point, Window: &scoring.Window{Days: 1}}}}}}
	if _, err := scoring.Compile[Lead, Activity](model); err != nil {
		fmt.Println(err)
	}
	scorer, err := scoring.Compile[Lead, Activity](model, scoring.Zones(time.LoadLocation))
	if err != nil {
		fmt.Println(err)
		return
	}
	subject := scoring.Subject[Lead, Activity]{Lead: &Lead{}, Activities: []Activity{{"visit", time.Date(2018, 11, 4, 2, 59, 59, 0, time.UTC)}}}
	fmt.Println(scorer.Score(subject, time.Date(2018, 11, 5, 12, 0, 0, 0, time.UTC)).Total, "points: it was the 3rd still")
	subject.Activities[0].At = subject.Activities[0].At.Add(time.Second)
	fmt.Println(scorer.Score(subject, time.Date(2018, 11, 5, 12, 0, 0, 0, time.UTC)).Total, "point: at once it was one o'clock on the 4th")
	// Output:
	// zone: there is no loader for the zone "America/Sao_Paulo": compile with Zones, such as Zones(time.LoadLocation)
	// 0 points: it was the 3rd still
	// 1 point: at once it was one o'clock on the 4th
}

// With a calibration, learned from what became of earlier leads, a score says how probable
// the outcome is.
func ExampleCalibration() {
	model := scoring.Model{
		Schema: 1, Name: "leads", Version: 2,
		Dimensions: []scoring.Dimension{{Name: "fit", Rules: []scoring.Rule{
			{Name: "decides", When: `Title contains "VP"`, Points: 20 * scoring.Point},
			{Name: "large", When: "Employees >= 200", Points: 15 * scoring.Point}}}},
		Calibration: &scoring.Calibration{Outcome: "won", Intercept: -3, Slope: 0.05},
	}
	scorer := scoring.MustCompile[Lead, Activity](model)
	for _, lead := range []Lead{{Title: "VP Sales", Employees: 900}, {Title: "VP Sales"}, {Title: "Student"}} {
		score := scorer.Score(scoring.Subject[Lead, Activity]{Lead: &lead}, noon)
		fmt.Printf("%s points: %s with probability %.3f\n", score.Total, score.Outcome, score.Probability)
	}
	// Output:
	// 35 points: won with probability 0.223
	// 20 points: won with probability 0.119
	// 0 points: won with probability 0.047
}
