package scoring_test

import (
	"strings"
	"testing"

	"github.com/leadloop/leadloop/internal/script"
	"github.com/leadloop/leadloop/scoring"
)

// The explanation of a score with every kind of line, and with problems.
func TestExplain(t *testing.T) {
	m, err := scoring.Parse([]byte(modelJSON))
	if err != nil {
		t.Fatal(err)
	}
	m.Name = "modèle\n\x1b[31m"
	m.Maximum = new(40 * scoring.Point)
	m.Dimensions[0].Rules = append(m.Dimensions[0].Rules, scoring.Rule{Name: "überfrage", When: `5 % len(Title) > 0`, Points: 1})
	m.Dimensions[1].Rules[0].Points = 30 * scoring.Point
	m.Dimensions[1].Groups = []scoring.Group{{Name: "content", Maximum: new(5 * scoring.Point), Rules: []scoring.Rule{
		{Name: "read", Each: `Kind == "visit"`, Points: 2 * scoring.Point, Maximum: new(4 * scoring.Point)},
		{Name: "signed up", Each: `Kind == "demo"`, Points: 3 * scoring.Point}}}}
	m.Dimensions[1].Rules = append(m.Dimensions[1].Rules, scoring.Rule{Name: "silent", Points: -40 * scoring.Point,
		Idle: &scoring.Idle{Every: scoring.Day, Floor: new(55 * scoring.Point)}})
	m.Thresholds = []scoring.Threshold{{Name: "warm", From: 30 * scoring.Point}, {Name: "fit\n", Dimension: "fit", From: 24 * scoring.Point}, {Name: "hot", From: 41 * scoring.Point}}
	m.Disqualifiers = []scoring.Disqualifier{{Name: "competitor", When: `Industry == "software"`, Reason: "builds\tthe same"},
		{Name: "student", When: `Title == "student"`, Reason: "no budget"}, {Name: "broken", When: `5 % len(Title) > 0`, Reason: "none"}}
	s, err := scoring.Compile[Lead, Activity](m)
	if err != nil {
		t.Fatal(err)
	}
	score := s.Score(scoring.Subject[Lead, Activity]{
		Lead:       &Lead{Industry: "software", Employees: 300},
		Activities: []Activity{{"visit", ago(40)}, {"visit", ago(2)}, {"visit", ago(1)}, {"demo", ago(3)}, {"visit", noon.AddDate(0, 0, 1)}},
		Adjustments: []scoring.Adjustment{
			{At: ago(30), Dimension: "engagement", Op: scoring.Reset, Cause: "recycled:\tno budget"},
			{At: ago(20), Dimension: "*", Op: scoring.Add, Amount: 3 * scoring.Point / 2},
		},
	}, noon)
	checkSums(t, score)
	kinds := map[scoring.LineKind]bool{}
	for _, l := range score.Lines {
		kinds[l.Kind] = true
	}
	if len(kinds) != 6 {
		t.Errorf("only the kinds %v", kinds)
	}
	got := score.Explain()
	if strings.ContainsRune(got, '\x1b') || strings.ContainsRune(got, '\t') {
		t.Error("control characters in the explanation")
	}
	script.Golden(t, "testdata/explain.txt", got)
}

// A grade with labels of its own, and bands that end at the dimension's minimum.
func TestGrade(t *testing.T) {
	m := scoring.Model{Schema: 1, Name: "m", Dimensions: []scoring.Dimension{
		{Name: "fit", Rules: []scoring.Rule{{Name: "size", When: "true", PointsExpression: "Employees"}},
			Minimum: new(scoring.Points(0)), Bands: []scoring.Band{{"A", new(10 * scoring.Point)}, {"B", new(scoring.Points(0))}}},
		{Name: "engagement", Rules: []scoring.Rule{{Name: "any", Each: "true", Points: scoring.Point}},
			Bands: []scoring.Band{{"1", new(2 * scoring.Point)}, {"2", new(scoring.Point)}, {"3", nil}}},
	}, Grade: &scoring.Grade{Dimensions: []string{"engagement", "fit"}}}
	cells := &scoring.Grade{Dimensions: []string{"engagement", "fit"}, Cells: []scoring.Cell{
		{[]string{"1", "A"}, "hot"}, {[]string{"3", "B"}, "cold"}, {[]string{"1", "B"}, "warm"},
		{[]string{"2", "A"}, "warm"}, {[]string{"2", "B"}, "cool"}, {[]string{"3", "A"}, "sleeping"}}}
	for _, test := range []struct {
		employees, activities int
		label, cell           string
	}{
		{10, 2, "1A", "hot"}, {9, 2, "1B", "warm"}, {10, 1, "2A", "warm"}, {0, 1, "2B", "cool"}, {99, 0, "3A", "sleeping"}, {-5, 0, "3B", "cold"},
	} {
		for _, c := range []struct {
			grade *scoring.Grade
			want  string
		}{{m.Grade, test.label}, {cells, test.cell}} {
			model := m
			model.Grade = c.grade
			s, err := scoring.Compile[Lead, Activity](model)
			if err != nil {
				t.Fatal(err)
			}
			sub := subject()
			sub.Lead.Employees = test.employees
			for range test.activities {
				sub.Activities = append(sub.Activities, Activity{"x", ago(1)})
			}
			if got := s.Score(sub, noon).Grade; got != c.want {
				t.Errorf("%d employees, %d activities: %s, want %s", test.employees, test.activities, got, c.want)
			}
		}
	}
}

// The strongest rules for and against the lead, after their own limits.
func TestReasons(t *testing.T) {
	rule := func(name string, points scoring.Points) scoring.Rule {
		return scoring.Rule{Name: name, When: "true", Points: points * scoring.Point}
	}
	capped := rule("capped", 50)
	capped.Maximum = new(6 * scoring.Point)
	s, err := scoring.Compile[Lead, Activity](scoring.Model{Schema: 1, Name: "m", Dimensions: []scoring.Dimension{
		{Name: "a", Rules: []scoring.Rule{rule("small", 5), rule("bad", -3), capped, rule("observed", 0), rule("equal", 5)}, Maximum: new(scoring.Point),
			Groups: []scoring.Group{{Name: "g", Maximum: new(scoring.Point), Rules: []scoring.Rule{rule("grouped", 7)}}}},
		{Name: "b", Rules: []scoring.Rule{rule("small", 9), rule("worse", -4), {Name: "idle", Points: -9 * scoring.Point, Idle: &scoring.Idle{Every: scoring.Day, Floor: new(3 * scoring.Point)}}}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	score := s.Score(subject(Activity{"x", ago(1)}), noon)
	words := func(lines []scoring.Line) string {
		var all []string
		for _, l := range lines {
			all = append(all, l.Dimension+"/"+l.Rule+" "+l.Points.String())
		}
		return strings.Join(all, ", ")
	}
	for _, test := range []struct {
		n           int
		plus, minus string
	}{
		{9, "b/small 9, a/grouped 7, a/capped 6, a/small 5, a/equal 5", "b/worse -4, a/bad -3, b/idle -2"},
		{4, "b/small 9, a/grouped 7, a/capped 6, a/small 5", "b/worse -4, a/bad -3, b/idle -2"},
		{1, "b/small 9", "b/worse -4"}, {0, "", ""}, {-1, "", ""},
	} {
		plus, minus := score.Reasons(test.n)
		if words(plus) != test.plus || words(minus) != test.minus {
			t.Errorf("%d: %s; %s\nwant %s; %s", test.n, words(plus), words(minus), test.plus, test.minus)
		}
	}
	checkSums(t, score) // the score's own lines are as they were
}
