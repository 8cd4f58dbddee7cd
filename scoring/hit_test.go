package scoring_test

import (
	"reflect"
	"testing"

	"github.com/leadloop/leadloop/scoring"
)

// A hit says what a rule gave within its own limits, and which row of a table applied.
func TestHits(t *testing.T) {
	model := scoring.Model{Schema: scoring.Schema, Name: "hits", Dimensions: []scoring.Dimension{{Name: "d", Minimum: new(scoring.Points(0)), Maximum: new(3 * scoring.Point), Rules: []scoring.Rule{
		{Name: "visits", Each: `Kind == "a"`, Points: 2 * scoring.Point, Maximum: new(5 * scoring.Point)},
		{Name: "a=1#x", When: "true", Points: -scoring.Point / 2},
		{Name: "size", Table: &scoring.Table{Of: "Seats", Ranges: []scoring.Range{{Below: new(10.0), Points: scoring.Point}, {From: new(10.0), Points: 0}}}},
		{Name: "land", Table: &scoring.Table{Of: "Country", Values: []scoring.ValueGroup{{Is: []string{"FR"}}, {Is: []string{"DE", "AT"}, Points: 7 * scoring.Point}}, Otherwise: new(scoring.Points(0))}},
		{Name: "wealth", Table: &scoring.Table{Of: "Budget", Ranges: []scoring.Range{{From: new(1.0), Points: scoring.Point}}, Missing: new(-scoring.Point)}},
	}}}}
	scorer, err := scoring.Compile[hitLead, visit](model)
	if err != nil {
		t.Fatal(err)
	}
	activities := []visit{{At: noon, Kind: "a"}, {At: noon, Kind: "a"}, {At: noon, Kind: "a"}, {At: noon, Kind: "b"}}
	score := scorer.Score(scoring.Subject[hitLead, visit]{Lead: &hitLead{Seats: 12, Country: "DE"}, Activities: activities}, noon)
	want := []string{"d/visits=5", "d/a=1#x=-0.5", "d/size#ranges[1]=0", "d/land#values[1]=7", "d/wealth#missing=-1"}
	if got := score.Hits(); !reflect.DeepEqual(got, want) {
		t.Errorf("hits %q, not %q", got, want)
	}
	for i, read := range []scoring.Hit{{Rule: "d/visits", Points: 5 * scoring.Point}, {Rule: "d/a=1#x", Points: -scoring.Point / 2}, {Rule: "d/size", Row: "ranges[1]"},
		{Rule: "d/land", Row: "values[1]", Points: 7 * scoring.Point}, {Rule: "d/wealth", Row: "missing", Points: -scoring.Point}} {
		if got, err := scoring.ParseHit(want[i]); got != read || err != nil {
			t.Errorf("%s is read as %+v, %v", want[i], got, err)
		}
	}
	for _, bad := range []string{"", "d/r", "d/r=", "d/r=1e3", "d/r=--1"} {
		if got, err := scoring.ParseHit(bad); err == nil {
			t.Errorf("%q is read as %+v", bad, got)
		}
	}
}

type hitLead struct {
	Seats   int
	Country string
	Budget  *float64
}
