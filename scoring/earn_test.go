package scoring_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/leadloop/leadloop/scoring"
)

// Of matches with one value the newest counts; then comes the least number, then once.
func TestDistinctAndAtLeast(t *testing.T) {
	visits := []Activity{{"a", ago(4)}, {"b", ago(3)}, {"a", ago(2)}, {"c", ago(1)}, {"a", ago(3)}}
	for _, test := range []struct {
		rule scoring.Rule
		want string // count and points
	}{
		{scoring.Rule{}, "5 5"},
		{scoring.Rule{Distinct: "Kind"}, "3 3"},
		{scoring.Rule{Distinct: "Kind", HalfLife: scoring.Day}, "3 0.875"}, // ages 1, 2 and 3
		{scoring.Rule{Distinct: "Kind", AtLeast: 3}, "3 3"},
		{scoring.Rule{Distinct: "Kind", AtLeast: 4}, ""},
		{scoring.Rule{AtLeast: 5}, "5 5"},
		{scoring.Rule{AtLeast: 6}, ""},
		{scoring.Rule{AtLeast: 5, Repeat: scoring.Once, HalfLife: scoring.Day}, "1 0.5"},
		{scoring.Rule{Repeat: scoring.Once, Distinct: "Kind", AtLeast: 3, HalfLife: scoring.Day}, "1 0.5"},
		{scoring.Rule{Window: &scoring.Window{Span: 3*scoring.Day + scoring.Duration(time.Second)}, AtLeast: 5}, ""},
		{scoring.Rule{Window: &scoring.Window{Span: 3*scoring.Day + scoring.Duration(time.Second)}, AtLeast: 4}, "4 4"},
		{scoring.Rule{Distinct: "true", Linear: 4 * scoring.Day}, "1 0.75"},
		{scoring.Rule{Distinct: "At"}, "4 4"},
	} {
		test.rule.Each, test.rule.Points = "true", scoring.Point
		score := compile(t, test.rule).Score(subject(visits...), noon)
		got := ""
		if len(score.Lines) == 1 {
			got = fmt.Sprint(score.Lines[0].Count, " ", score.Lines[0].Points)
		}
		if got != test.want {
			t.Errorf("%+v: %s, want %s", test.rule, got, test.want)
		}
	}
}

// What does not count for want of others, adjustments do not see either.
func TestAtLeastAndAdjustments(t *testing.T) {
	s := compile(t, scoring.Rule{Each: "true", Points: scoring.Point, AtLeast: 2})
	sub := subject(Activity{"x", ago(5)})
	sub.Adjustments = []scoring.Adjustment{{At: ago(1), Dimension: "d", Op: scoring.Reset}}
	score := s.Score(sub, noon)
	if len(score.Lines) != 1 || score.Lines[0].Points != 0 {
		t.Errorf("%s", score.Explain())
	}
}

// Linear decay and steps in whole days, by hand.
func TestLinearAndSteps(t *testing.T) {
	linear := compile(t, scoring.Rule{Each: "true", Points: 30 * scoring.Point, Linear: 60 * scoring.Day})
	odd := compile(t, scoring.Rule{Each: "true", Points: 3 << 32, Linear: 3 * scoring.Day})
	steps := compile(t, scoring.Rule{Each: "true", Points: 5, Steps: []scoring.Step{
		{After: scoring.Duration(time.Hour), Share: scoring.Point / 2}, {After: 30 * scoring.Day, Share: scoring.Point / 10}, {After: 90 * scoring.Day}}})
	for _, test := range []struct {
		scorer *scoring.Scorer[Lead, Activity]
		days   int
		want   scoring.Points
	}{
		{linear, 0, 30 * scoring.Point}, {linear, 1, 29_500_000}, {linear, 30, 15 * scoring.Point}, {linear, 59, 500_000}, {linear, 60, 0}, {linear, 5000, 0},
		{odd, 1, 3 * 2863311531}, {odd, 2, 3 * 1431655765}, // 2³²·2/3 = 2863311530.67, 2³²/3 = 1431655765.33
		{steps, 0, 5}, {steps, 1, 2}, {steps, 29, 2}, {steps, 30, 0}, {steps, 90, 0}, {steps, 5000, 0}, // 2.5 goes to the even 2, 0.5 to 0
	} {
		if got := test.scorer.Score(subject(Activity{"x", ago(test.days)}), noon).Total; got != test.want {
			t.Errorf("%d days: %d, want %d", test.days, got, test.want)
		}
	}
}

// Silence, by hand: periods are exact spans from the newest activity.
func TestIdle(t *testing.T) {
	week := 7 * scoring.Day
	floor := func(p scoring.Points) *scoring.Points { return &p }
	reset := func(days int) scoring.Adjustment {
		return scoring.Adjustment{At: ago(days), Dimension: "d", Op: scoring.Reset}
	}
	base := scoring.Rule{When: "true", Points: 40 * scoring.Point}
	for _, test := range []struct {
		name        string
		rules       []scoring.Rule
		activities  []Activity
		adjustments []scoring.Adjustment
		want        string
	}{
		{"none yet", []scoring.Rule{{Points: -1, Idle: &scoring.Idle{Every: week}}}, nil, nil, ""},
		{"young", []scoring.Rule{{Points: -1, Idle: &scoring.Idle{Every: week}}}, []Activity{{"x", ago(7).Add(1)}}, nil, ""},
		{"a period", []scoring.Rule{{Points: -1, Idle: &scoring.Idle{Every: week}}}, []Activity{{"x", ago(7)}}, nil, "r0 ×1 -0.000001"},
		{"a nanosecond short of two", []scoring.Rule{{Points: -1, Idle: &scoring.Idle{Every: week}}}, []Activity{{"x", ago(14).Add(1)}}, nil, "r0 ×1 -0.000001"},
		{"the newest of a kind", []scoring.Rule{{Each: `Kind == "a"`, Points: -1, Idle: &scoring.Idle{Every: scoring.Day}}},
			[]Activity{{"a", ago(9)}, {"a", ago(5)}, {"a", ago(7)}, {"b", ago(1)}}, nil, "r0 ×5 -0.000005"},
		{"the newest of all", []scoring.Rule{{Points: -1, Idle: &scoring.Idle{Every: scoring.Day}}},
			[]Activity{{"a", ago(9)}, {"b", ago(2)}, {"a", noon.Add(1)}, {"a", time.Time{}}}, nil, "r0 ×2 -0.000002"},
		{"minimum", []scoring.Rule{{Points: -1, Idle: &scoring.Idle{Every: scoring.Day}, Minimum: floor(-3)}}, []Activity{{"x", ago(9)}}, nil,
			"r0 ×9 -0.000009, r0: minimum -0.000003 0.000006"},
		{"floor", []scoring.Rule{base, {Points: -4 * scoring.Point, Idle: &scoring.Idle{Every: week, Floor: floor(30 * scoring.Point)}}}, []Activity{{"x", ago(28)}}, nil,
			"r0 ×1 40, r1 ×4 -16, r1: floor 30 6"},
		{"exactly the floor", []scoring.Rule{base, {Points: -10 * scoring.Point, Idle: &scoring.Idle{Every: week, Floor: floor(30 * scoring.Point)}}}, []Activity{{"x", ago(7)}}, nil,
			"r0 ×1 40, r1 ×1 -10"},
		{"below the floor already", []scoring.Rule{base, {Points: -1, Idle: &scoring.Idle{Every: week, Floor: floor(50 * scoring.Point)}}}, []Activity{{"x", ago(7)}}, nil,
			"r0 ×1 40, r1 ×1 -0.000001, r1: floor 50 0.000001"},
		{"two, in order", []scoring.Rule{{Points: -25 * scoring.Point, Idle: &scoring.Idle{Every: week, Floor: floor(20 * scoring.Point)}}, base,
			{Points: -1 * scoring.Point, Idle: &scoring.Idle{Every: week, Floor: floor(0)}}}, []Activity{{"x", ago(7)}}, nil,
			"r0 ×1 -25, r1 ×1 40, r2 ×1 -1, r0: floor 20 5"},
		{"a reset forgives what came before", []scoring.Rule{{Points: -1 * scoring.Point, Idle: &scoring.Idle{Every: week}}}, []Activity{{"x", ago(28)}},
			[]scoring.Adjustment{reset(14)}, "r0 ×4 -4, reset on 2026-06-01 2"}, // the periods that end 21 and 14 days ago
		{"a reset before a period ends", []scoring.Rule{{Points: -1 * scoring.Point, Idle: &scoring.Idle{Every: week}}}, []Activity{{"x", ago(28)}},
			[]scoring.Adjustment{reset(22)}, "r0 ×4 -4, reset on 2026-05-24 0"},
		{"scales round for each period", []scoring.Rule{{Points: -3, Idle: &scoring.Idle{Every: week}}}, []Activity{{"x", ago(28)}},
			[]scoring.Adjustment{{At: ago(0), Dimension: "d", Op: scoring.Scale, Amount: scoring.Point / 2}, {At: ago(8), Dimension: "d", Op: scoring.Scale, Amount: scoring.Point / 2}},
			"r0 ×4 -0.000012, scale on 2026-06-07 0.000002, scale on 2026-06-15 0.000004"}, // two periods go -3, -2, -1, two -3, -2
	} {
		s := compile(t, test.rules...)
		sub := subject(test.activities...)
		sub.Adjustments = test.adjustments
		score := s.Score(sub, noon)
		checkSums(t, score)
		var lines []string
		for _, l := range score.Lines {
			text := l.Text()
			if l.Count > 0 {
				text += fmt.Sprint(" ×", l.Count)
			}
			lines = append(lines, text+" "+l.Points.String())
		}
		if got := strings.Join(lines, ", "); got != test.want {
			t.Errorf("%s:\n got %s\nwant %s", test.name, got, test.want)
		}
	}
}

// A lead without activity is idle since a date of its own, or not at all.
func TestIdleSince(t *testing.T) {
	type lead struct {
		Created time.Time
		Joined  *time.Time
	}
	s, err := scoring.Compile[lead, Activity](scoring.Model{Schema: 1, Name: "m", Dimensions: []scoring.Dimension{{Name: "d", Rules: []scoring.Rule{
		{Name: "created", Points: -1, Idle: &scoring.Idle{Every: scoring.Day, Since: "Created"}},
		{Name: "joined", Points: -1000, Idle: &scoring.Idle{Every: scoring.Day, Since: "Joined"}}}}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		lead lead
		acts []Activity
		want scoring.Points
	}{
		{lead{}, nil, 0}, {lead{Created: ago(3)}, nil, -3}, {lead{Joined: new(ago(2))}, nil, -2000},
		{lead{ago(3), new(ago(2))}, nil, -2003}, {lead{ago(3), new(ago(2))}, []Activity{{"x", ago(9)}}, -9009},
		{lead{Created: noon.Add(1)}, nil, 0}, {lead{Created: noon.In(time.FixedZone("east", 50000)).AddDate(0, 0, -1)}, nil, -1},
	} {
		if score := s.Score(scoring.Subject[lead, Activity]{Lead: &test.lead, Activities: test.acts}, noon); score.Total != test.want || score.Err() != nil {
			t.Errorf("%+v: %d, want %d, %v", test.lead, score.Total, test.want, score.Err())
		}
	}
}

// Any number of periods takes the same time, and too many points none.
func TestIdleForAges(t *testing.T) {
	second := scoring.Duration(time.Second)
	observed := compile(t, scoring.Rule{Idle: &scoring.Idle{Every: second}})
	costly := compile(t, scoring.Rule{Points: -scoring.MaxPoints, Idle: &scoring.Idle{Every: second}})
	old, far := time.Unix(-1<<61, 0), time.Unix(1<<61, 0)
	if score := observed.Score(subject(Activity{"x", old}), far); score.Err() != nil || len(score.Lines) != 0 && score.Lines[0].Points != 0 {
		t.Errorf("%s", score.Explain())
	}
	for _, now := range []time.Time{far, noon} {
		sub := subject(Activity{"x", time.Unix(0, 0)})
		for i := range 1000 {
			sub.Adjustments = append(sub.Adjustments, scoring.Adjustment{At: noon.Add(-time.Duration(i) * time.Hour), Dimension: "*", Op: scoring.Scale, Amount: scoring.Point - 1})
		}
		score := costly.Score(sub, now)
		checkSums(t, score)
		if score.Total != 0 || score.Err() == nil || !strings.Contains(score.Err().Error(), "too many to be summed") {
			t.Errorf("%s, %v", score.Total, score.Err())
		}
	}
}
