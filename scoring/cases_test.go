package scoring_test

import (
	"encoding/json"
	"os"
	"testing"
	"time"

	"github.com/leadloop/leadloop/scoring"
)

// The scorecard that PostHog publishes, with leads scored by hand. Source: PostHog/posthog.com,
// contents/handbook/growth/sales/lead-scoring.md; its bands overlap at the edges, which here
// belong to the upper band.
func TestPostHogScorecard(t *testing.T) {
	data, err := os.ReadFile("testdata/posthog_scorecard.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Model json.RawMessage
		Leads []struct {
			Country     string
			Employees   int
			RevenueMUSD float64 `json:"revenue_musd"`
			Role        string
			SubRole     string `json:"sub_role"`
			Expect      int64
		}
	}
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	model, err := scoring.Parse(file.Model)
	if err != nil {
		t.Fatal(err)
	}
	scorer, err := scoring.Compile[scoring.Record, struct{}](model)
	if err != nil {
		t.Fatal(err)
	}
	if len(file.Leads) != 7 {
		t.Fatalf("%d leads, want 7", len(file.Leads))
	}
	for _, l := range file.Leads {
		lead := scoring.Record{"country": l.Country, "employees": l.Employees, "revenue_musd": l.RevenueMUSD, "role": l.Role, "sub_role": l.SubRole}
		score := scorer.Score(scoring.Subject[scoring.Record, struct{}]{Lead: &lead}, noon)
		checkSums(t, score)
		if score.Err() != nil || score.Total != scoring.Points(l.Expect)*scoring.Point {
			t.Errorf("%v: %s, want %d, %v\n%s", lead, score.Total, l.Expect, score.Err(), score.Explain())
		}
	}
}

// An evergreen score counts all events, a window the recent ones. Source:
// help.zoho.com, inquiry about lead score calculation: 10 points 90 days ago and 50 two days ago.
func TestZohoEvergreenAndWindow(t *testing.T) {
	scorer, err := scoring.Compile[Lead, visit](scoring.Model{Schema: 1, Name: "zoho", Dimensions: []scoring.Dimension{
		{Name: "evergreen", Rules: []scoring.Rule{{Name: "event", Each: "true", PointsExpression: "Value"}}},
		{Name: "window", Rules: []scoring.Rule{{Name: "event", Each: `At > Now - duration("30d")`, PointsExpression: "Value"}}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	score := scorer.Score(scoring.Subject[Lead, visit]{Lead: &Lead{}, Activities: []visit{{Value: 10, At: ago(90)}, {Value: 50, At: ago(2)}}}, noon)
	if a, b := score.Dimensions[0].Points, score.Dimensions[1].Points; a != 60*scoring.Point || b != 50*scoring.Point {
		t.Errorf("evergreen %s, window %s, want 60 and 50", a, b)
	}
}

// A reset is a fact with a date: when the rules change later, what was earned before it
// is still worth nothing, neither more nor less. Source: pardotgeeks.com, December 2020,
// where a score adjusted to zero fell to -1200 when a rule changed.
func TestPardotResetAndRuleChange(t *testing.T) {
	model := scoring.Model{Schema: 1, Name: "pardot", Dimensions: []scoring.Dimension{
		{Name: "engagement", Rules: []scoring.Rule{{Name: "view", Each: `Kind == "view"`, Points: scoring.Point}}}}}
	sub := scoring.Subject[Lead, Activity]{Lead: &Lead{},
		Adjustments: []scoring.Adjustment{{At: ago(10), Dimension: "*", Op: scoring.Reset, Cause: "recycled"}}}
	for range 1200 {
		sub.Activities = append(sub.Activities, Activity{"view", ago(11)})
	}
	for _, points := range []scoring.Points{scoring.Point, 0, 5 * scoring.Point, scoring.Point / 3} {
		model.Version++
		model.Dimensions[0].Rules[0].Points = points
		scorer, err := scoring.Compile[Lead, Activity](model)
		if err != nil {
			t.Fatal(err)
		}
		before := scorer.Score(sub, noon)
		checkSums(t, before)
		if before.Total != 0 {
			t.Errorf("with %s points a view: %s, want 0", points, before.Total)
		}
		// New activity counts in full.
		again := sub
		again.Activities = append(again.Activities[:len(again.Activities):len(again.Activities)], Activity{"view", ago(9)})
		if after := scorer.Score(again, noon); after.Total != points {
			t.Errorf("a view after the reset gives %s, want %s", after.Total, points)
		}
		if earlier := scorer.Score(sub, ago(10).Add(-time.Second)); earlier.Total != 1200*points {
			t.Errorf("before the reset %s, want 1200 × %s", earlier.Total, points)
		}
	}
}
