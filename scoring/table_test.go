package scoring_test

import (
	"math"
	"testing"

	"github.com/leadloop/leadloop/scoring"
)

// tabled scores one table over a number that may be whole or not, or missing.
func tabled(t *testing.T, table scoring.Table, value any) (scoring.Points, bool) {
	t.Helper()
	declared := scoring.Number
	switch value.(type) {
	case int, int64, nil:
		declared = scoring.Integer
	case string:
		declared = scoring.Text
	}
	table.Of = "x"
	s, err := scoring.Compile[scoring.Record, struct{}](scoring.Model{Schema: 1, Name: "m", Fields: map[string]scoring.FieldType{"x": declared},
		Dimensions: []scoring.Dimension{{Name: "d", Rules: []scoring.Rule{{Name: "r", Table: &table}}}}})
	if err != nil {
		t.Fatal(err)
	}
	lead := scoring.Record{"x": value}
	score := s.Score(scoring.Subject[scoring.Record, struct{}]{Lead: &lead}, noon)
	if score.Err() != nil {
		t.Fatal(score.Err())
	}
	return score.Total, len(score.Lines) > 0
}

// Bounds count as written, for whole numbers and for fractions, up to the largest.
func TestRanges(t *testing.T) {
	f := func(v float64) *float64 { return &v }
	for _, test := range []struct {
		row   scoring.Range
		value any
		in    bool
	}{
		{scoring.Range{From: f(5)}, 5, true}, {scoring.Range{From: f(5)}, 4, false}, {scoring.Range{From: f(5)}, 5.0, true},
		{scoring.Range{From: f(4.5)}, 5, true}, {scoring.Range{From: f(4.5)}, 4, false}, {scoring.Range{From: f(-4.5)}, -4, true}, {scoring.Range{From: f(-4.5)}, -5, false},
		{scoring.Range{To: f(5)}, 5, true}, {scoring.Range{To: f(5)}, 6, false}, {scoring.Range{To: f(5)}, 5.0, true}, {scoring.Range{To: f(5)}, 5.0000001, false},
		{scoring.Range{To: f(4.5)}, 4, true}, {scoring.Range{To: f(4.5)}, 5, false}, {scoring.Range{To: f(-4.5)}, -5, true}, {scoring.Range{To: f(-4.5)}, -4, false},
		{scoring.Range{Below: f(5)}, 4, true}, {scoring.Range{Below: f(5)}, 5, false}, {scoring.Range{Below: f(5)}, 5.0, false}, {scoring.Range{Below: f(5)}, 4.9999999, true},
		{scoring.Range{Below: f(4.5)}, 4, true}, {scoring.Range{Below: f(4.5)}, 5, false}, {scoring.Range{Below: f(-4.5)}, -5, true}, {scoring.Range{Below: f(-4.5)}, -4, false},
		{scoring.Range{From: f(1 << 53)}, int64(1<<53 - 1), false}, {scoring.Range{From: f(1<<53 + 2)}, int64(1<<53 + 1), false}, // exact where floats have gaps
		{scoring.Range{To: f(1 << 53)}, int64(1<<53 + 1), false}, {scoring.Range{Below: f(1<<53 + 2)}, int64(1<<53 + 1), true},
		{scoring.Range{From: f(1 << 63)}, int64(math.MaxInt64), false}, {scoring.Range{Below: f(1 << 63)}, int64(math.MaxInt64), true}, {scoring.Range{To: f(1 << 63)}, int64(math.MaxInt64), true},
		{scoring.Range{From: f(-1 << 63)}, int64(math.MinInt64), true}, {scoring.Range{Below: f(-1 << 63)}, int64(math.MinInt64), false}, {scoring.Range{To: f(-1 << 63)}, int64(math.MinInt64), true},
		{scoring.Range{From: f(1e300)}, int64(math.MaxInt64), false}, {scoring.Range{To: f(-1e300)}, int64(math.MinInt64), false}, {scoring.Range{From: f(-1e300), Below: f(1e300)}, 0, true},
		{scoring.Range{From: f(1)}, math.Inf(1), true}, {scoring.Range{To: f(1)}, math.Inf(-1), true}, {scoring.Range{Below: f(1)}, math.Inf(-1), true},
		{scoring.Range{From: f(0), To: f(0)}, math.Copysign(0, -1), true}, {scoring.Range{From: f(0)}, nil, false},
	} {
		test.row.Points = 7
		points, matched := tabled(t, scoring.Table{Ranges: []scoring.Range{test.row}}, test.value)
		if matched != test.in || test.in != (points == 7) {
			t.Errorf("%v in %+v: %v, %d", test.value, test.row, matched, points)
		}
	}
}

// The first row that applies counts; otherwise and missing are rows of their own, and 0
// points are a match.
func TestTableRows(t *testing.T) {
	values := []scoring.ValueGroup{{Is: []string{"a", "b"}, Points: 1}, {Is: []string{"b", "c"}, Points: 2}, {Is: []string{""}, Points: 0}}
	one := new(1.0)
	ranges := []scoring.Range{{From: one, Points: 3}, {From: one, To: one, Points: 4}}
	for _, test := range []struct {
		table scoring.Table
		value any
		want  scoring.Points
		match bool
	}{
		{scoring.Table{Values: values}, "a", 1, true}, {scoring.Table{Values: values}, "b", 1, true}, {scoring.Table{Values: values}, "c", 2, true},
		{scoring.Table{Values: values}, "", 0, true}, {scoring.Table{Values: values}, "A", 0, false},
		{scoring.Table{Values: values, Otherwise: new(scoring.Points(9))}, "A", 9, true},
		{scoring.Table{Values: values, Missing: new(scoring.Points(9))}, "A", 0, false},
		{scoring.Table{Ranges: ranges}, 1, 3, true}, {scoring.Table{Ranges: ranges}, 0, 0, false},
		{scoring.Table{Ranges: ranges, Otherwise: new(scoring.Points(9))}, nil, 0, false},
		{scoring.Table{Ranges: ranges, Missing: new(scoring.Points(8)), Otherwise: new(scoring.Points(9))}, nil, 8, true},
		{scoring.Table{Ranges: ranges, Missing: new(scoring.Points(8)), Otherwise: new(scoring.Points(0))}, 0.5, 0, true},
	} {
		if points, match := tabled(t, test.table, test.value); points != test.want || match != test.match {
			t.Errorf("%v: %d, %v, want %d, %v", test.value, points, match, test.want, test.match)
		}
	}
}

// What is known only when the text runs may be of a wrong type: that is a problem.
func TestTableOfAnything(t *testing.T) {
	type lead struct{ Extra map[string]any }
	row := []scoring.Range{{From: new(1.0), Points: 1}}
	s, err := scoring.Compile[lead, struct{}](scoring.Model{Schema: 1, Name: "m", Dimensions: []scoring.Dimension{{Name: "d", Rules: []scoring.Rule{
		{Name: "number", Table: &scoring.Table{Of: "Extra.x", Ranges: row}},
		{Name: "text", Table: &scoring.Table{Of: "Extra.x", Values: []scoring.ValueGroup{{Is: []string{"a"}, Points: 2}}}},
		{Name: "since", Points: -1, Idle: &scoring.Idle{Every: scoring.Day, Since: "Extra.x"}}}}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		value any
		want  scoring.Points
		err   string
	}{
		{5, 1, "scoring: d/text: the rule does not match, for it fails at table.of:1:1: the value is not a text\n" +
			"scoring: d/since: the rule does not match, for it fails at idle.since:1:1: the value is not a time"},
		{"a", 2, "scoring: d/number: the rule does not match, for it fails at table.of:1:1: the value is not a number\n" +
			"scoring: d/since: the rule does not match, for it fails at idle.since:1:1: the value is not a time"},
		{ago(3), -3, "scoring: d/number: the rule does not match, for it fails at table.of:1:1: the value is not a number\n" +
			"scoring: d/text: the rule does not match, for it fails at table.of:1:1: the value is not a text"},
	} {
		score := s.Score(scoring.Subject[lead, struct{}]{Lead: &lead{map[string]any{"x": test.value}}}, noon)
		if err := score.Err(); err == nil || err.Error() != test.err || score.Total != test.want {
			t.Errorf("%v: %d, %v", test.value, score.Total, err)
		}
	}
	if score := s.Score(scoring.Subject[lead, struct{}]{Lead: &lead{}}, noon); score.Err() != nil || score.Total != 0 {
		t.Errorf("nothing: %v, %d", score.Err(), score.Total)
	}
}
