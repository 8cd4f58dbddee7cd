package scoring_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/leadloop/leadloop/scoring"
)

// Scores and comparisons are read back from where the host keeps them, perhaps in part or
// written by others. What they tell need not be right then, but nothing panics.
func TestStrangeData(t *testing.T) {
	var score scoring.Score
	data := `{"lines": [{"kind": "rule_limit", "dimension": "d", "rule": "r", "points": 5}, {"kind": "rule", "rule": "s", "points": 3}]}`
	if err := json.Unmarshal([]byte(data), &score); err != nil {
		t.Fatal(err)
	}
	if plus, minus := score.Reasons(3); len(plus) != 1 || plus[0].Rule != "s" || len(minus) != 0 {
		t.Errorf("%v %v", plus, minus)
	}
	_ = score.Explain()
	_ = score.Err()

	c := scoring.Comparison{Moves: make([]scoring.Move, scoring.MaxMoves+1), Totals: []scoring.TotalCount{{Leads: 1}}}
	c.Merge(scoring.Comparison{Moves: make([]scoring.Move, 1), Moved: 1})
	if text := c.String(); !strings.Contains(text, "change of the total") {
		t.Error(text)
	}
}

// What is merged from a comparison does not change it: parts are kept to be merged anew.
func TestMergeLeavesParts(t *testing.T) {
	one := func(id, grade string) scoring.Comparison {
		var c scoring.Comparison
		c.Add(id, scoring.Score{Grade: "A", Reached: []string{"mql"}}, scoring.Score{Grade: grade, Total: 7})
		return c
	}
	var parts scoring.Comparison
	for _, id := range []string{"a", "b", "c"} { // so that lists have room
		parts.Merge(one(id, "B"))
	}
	before, _ := json.Marshal(parts)
	first := parts
	first.Merge(one("d", "B"))
	second := parts
	second.Merge(one("e", "A"))
	if after, _ := json.Marshal(parts); string(after) != string(before) {
		t.Errorf("the part has changed:\n%s\n%s", before, after)
	}
	if first.Moves[3].ID != "d" || second.Moves[3].ID != "e" {
		t.Errorf("moves of two sums are mixed: %v %v", first.Moves, second.Moves)
	}
}

// Rules on the same facts do not count them twice where one gives nothing for them.
func TestNoDuplicate(t *testing.T) {
	row := func(points scoring.Points) []scoring.Range {
		return []scoring.Range{{From: new(0.0), Points: points}}
	}
	for name, rules := range map[string][]scoring.Rule{
		"only observed": {{When: "Employees > 5", Points: scoring.Point}, {When: "Employees > 5"}},
		"the other row": {{Table: &scoring.Table{Of: "Employees", Ranges: row(scoring.Point)}},
			{Table: &scoring.Table{Of: "Employees", Ranges: row(0), Otherwise: new(-scoring.Point)}}},
		"no value": {{Table: &scoring.Table{Of: "Employees", Values: []scoring.ValueGroup{{Is: []string{"a"}, Points: 1}}}},
			{Table: &scoring.Table{Of: "Employees", Values: []scoring.ValueGroup{{Is: []string{"a"}}}, Missing: new(-scoring.Point)}}},
	} {
		m := scoring.Model{Schema: 1, Name: "m", Dimensions: []scoring.Dimension{{Name: "d", Rules: rules}}}
		for _, f := range scoring.Lint(m) {
			if f.Kind == scoring.DuplicateRule {
				t.Errorf("%s: %s", name, f)
			}
		}
		for i := range rules {
			if rules[i].Table == nil {
				rules[i].Points = scoring.Point
				continue
			}
			rules[i].Table = rules[0].Table
		}
		found := slices.ContainsFunc(scoring.Lint(m), func(f scoring.Finding) bool { return f.Kind == scoring.DuplicateRule })
		if !found {
			t.Errorf("%s: two equal rules are not found", name)
		}
	}
}

// The longest spans do not make a window short.
func TestLintLongestSpans(t *testing.T) {
	longest := scoring.Duration(1<<63-1) / scoring.Duration(time.Second) * scoring.Duration(time.Second)
	for _, rule := range []scoring.Rule{
		{Each: "true", Points: 1, HalfLife: scoring.Day, Window: &scoring.Window{Span: longest}},
		{Each: "true", Points: 1, Linear: longest, Window: &scoring.Window{Span: longest}},
		{Each: "true", Points: 1, Steps: []scoring.Step{{After: longest}}, Window: &scoring.Window{Span: longest}},
	} {
		for _, f := range scoring.Lint(scoring.Model{Tick: longest, Dimensions: []scoring.Dimension{{Rules: []scoring.Rule{rule}}}}) {
			if f.Kind == scoring.DecayUnseen {
				t.Error(f)
			}
		}
	}
}

// Reading and writing a score changes nothing in it.
func TestScoreInJSON(t *testing.T) {
	r := seeded(72)
	for range 40 {
		m := randomModel(r)
		scorer := scoring.MustCompile[visitor, visit](m, scoring.Zones(time.LoadLocation))
		for range 5 {
			now := randomNow(r)
			score := scorer.Score(randomSubject(r, m, now), now.UTC())
			data, err := json.Marshal(score)
			if err != nil {
				t.Fatal(err)
			}
			var again scoring.Score
			if err := json.Unmarshal(data, &again); err != nil {
				t.Fatal(err)
			}
			if second, _ := json.Marshal(again); string(second) != string(data) || again.Explain() != score.Explain() || !reflect.DeepEqual(again.Hits(), score.Hits()) {
				t.Fatalf("%s\n%s", data, second)
			}
		}
	}
}

// The largest models are compared in less than the time of all pairs of their rules.
func TestDiffOfManyRules(t *testing.T) {
	models := make([]scoring.Model, 2)
	for i := range models {
		d := scoring.Dimension{Name: "d"}
		for j := range scoring.MaxRules {
			d.Rules = append(d.Rules, scoring.Rule{Name: fmt.Sprint(i, "/", j), When: "Employees > 1", Points: scoring.Points(j)})
		}
		models[i] = scoring.Model{Schema: 1, Name: "m", Dimensions: []scoring.Dimension{d}}
	}
	start := time.Now()
	changes := scoring.Diff(models[0], models[1])
	for i, c := range changes {
		if c.Kind != scoring.Renamed {
			t.Fatalf("%d: %s", i, c)
		}
	}
	if len(changes) != scoring.MaxRules {
		t.Errorf("%d changes", len(changes))
	}
	if spent := time.Since(start); spent > 10*time.Second {
		t.Errorf("it took %v", spent)
	}
}
