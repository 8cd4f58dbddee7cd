package scoring_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/leadloop/leadloop/scoring"
)

// compile makes a scorer of one dimension with these rules.
func compile(t testing.TB, rules ...scoring.Rule) *scoring.Scorer[Lead, Activity] {
	t.Helper()
	for i := range rules {
		rules[i].Name = fmt.Sprint("r", i)
	}
	s, err := scoring.Compile[Lead, Activity](scoring.Model{Schema: 1, Name: "m", Dimensions: []scoring.Dimension{{Name: "d", Rules: rules}}})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func subject(activities ...Activity) scoring.Subject[Lead, Activity] {
	return scoring.Subject[Lead, Activity]{Lead: &Lead{}, Activities: activities}
}

// Weights are fractions of 2^32, worked out by hand: after one half-life a half, after
// half a one 2^-0.5 = 0.70710678118…, of which 2^32 make 3037000500 (3037000499.976); after 33 nothing.
func TestDecay(t *testing.T) {
	s := compile(t, scoring.Rule{Each: "true", Points: 1 << 32, HalfLife: 14 * scoring.Day})
	for _, test := range []struct {
		at   time.Time
		want scoring.Points
	}{
		{noon, 4294967296},
		{noon.Add(-12 * time.Hour), 4294967296},                 // midnight: the same day in UTC
		{noon.Add(-12*time.Hour - 1), 4087499558},               // the day before: 2^(32-1/14) = 4087499557.94
		{ago(7), 3037000500},                                    //
		{ago(14), 2147483648},                                   //
		{ago(28), 1073741824},                                   //
		{ago(32 * 14), 1},                                       //
		{ago(33 * 14), 0},                                       // exactly a half goes to the even 0
		{ago(20000), 0},                                         // before 1970
		{time.Unix(-1<<62, 0), 0},                               // far off
		{noon.In(time.FixedZone("east", 50400)), 4294967296},    // an instant has no zone
		{ago(7).In(time.FixedZone("west", -43200)), 3037000500}, //
	} {
		score := s.Score(subject(Activity{"x", test.at}), noon)
		if score.Total != test.want {
			t.Errorf("%v: %d, want %d", test.at, score.Total, test.want)
		}
	}
}

// Ticks are counted down, also before 1970 and where seconds do not fit an int64 of nanoseconds.
func TestTicks(t *testing.T) {
	s, err := scoring.Compile[Lead, Activity](scoring.Model{Schema: 1, Name: "m", Tick: scoring.Duration(10 * time.Second),
		Dimensions: []scoring.Dimension{{Name: "d", Rules: []scoring.Rule{{Name: "r", Each: "true", Points: 1024, HalfLife: scoring.Duration(10 * time.Second)}}}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		at, now time.Time
		want    scoring.Points
	}{
		{time.Unix(-1, 0), time.Unix(0, 0), 512},
		{time.Unix(-10, 0), time.Unix(-1, 999), 1024},
		{time.Unix(-11, 0), time.Unix(-1, 999), 512},
		{time.Unix(-11, 0), time.Unix(9, 0), 256},
		{time.Unix(19, 999_999_999), time.Unix(20, 0), 512},
		{time.Unix(-1<<61, 0), time.Unix(1<<61, 0), 0},
		{time.Unix(1<<61-5, 0), time.Unix(1<<61+4, 0), 512}, // 2^61 mod 10 is 2: -5 and +4 lie in neighbouring ticks
		{time.Unix(1<<61-2, 0), time.Unix(1<<61+7, 0), 1024},
	} {
		if got := s.Score(subject(Activity{"x", test.at}), test.now).Total; got != test.want {
			t.Errorf("%d at %d: %d, want %d", test.at.Unix(), test.now.Unix(), got, test.want)
		}
	}
}

func TestOnce(t *testing.T) {
	s := compile(t, scoring.Rule{Each: `Kind == "a"`, Points: 64 * scoring.Point, Repeat: scoring.Once, HalfLife: scoring.Day})
	score := s.Score(subject(Activity{"a", ago(3)}, Activity{"a", ago(1)}, Activity{"b", ago(0)}, Activity{"a", ago(2)}), noon)
	if score.Total != 32*scoring.Point || score.Lines[0].Count != 1 {
		t.Errorf("%s", score.Explain())
	}
}

// A reset leaves what comes after it alone; what is dated at its instant is earlier.
func TestAdjustments(t *testing.T) {
	s, err := scoring.Compile[Lead, Activity](scoring.Model{Schema: 1, Name: "m", Dimensions: []scoring.Dimension{
		{Name: "fit", Rules: []scoring.Rule{{Name: "size", When: "Employees > 5", Points: 10 * scoring.Point}}},
		{Name: "engagement", Maximum: new(30 * scoring.Point), Rules: []scoring.Rule{
			{Name: "visit", Each: `Kind == "visit"`, Points: 10 * scoring.Point, Maximum: new(25 * scoring.Point)},
			{Name: "call", Each: `Kind == "call"`, Points: 7}}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	activities := []Activity{{"visit", ago(9)}, {"visit", ago(5)}, {"visit", ago(5).Add(1)}, {"visit", ago(1)}, {"call", ago(8)}, {"call", ago(8)}}
	half := scoring.Point / 2
	for _, test := range []struct {
		name        string
		adjustments []scoring.Adjustment
		want        string // points of fit and engagement
	}{
		{"none", nil, "10 25.000014"},
		{"reset", []scoring.Adjustment{{At: ago(5), Dimension: "engagement", Op: scoring.Reset}}, "10 20"},
		{"reset before the instant", []scoring.Adjustment{{At: ago(5).Add(-1), Dimension: "engagement", Op: scoring.Reset}}, "10 25"},
		{"reset all", []scoring.Adjustment{{At: ago(5), Dimension: "*", Op: scoring.Reset}}, "0 20"},
		{"reset now", []scoring.Adjustment{{At: noon, Dimension: "*", Op: scoring.Reset}}, "0 0"},
		// 7 micropoints halve to 3.5, which goes to the even 4, each by itself: 8, not 7.
		{"scale", []scoring.Adjustment{{At: ago(6), Dimension: "*", Op: scoring.Scale, Amount: half}}, "5 25.000008"},
		{"scale twice", []scoring.Adjustment{{At: ago(4), Dimension: "engagement", Op: scoring.Scale, Amount: half},
			{At: ago(6), Dimension: "engagement", Op: scoring.Scale, Amount: half}}, "10 22.500004"},
		{"add", []scoring.Adjustment{{At: ago(6), Dimension: "engagement", Op: scoring.Add, Amount: -20 * scoring.Point}}, "10 5.000014"},
		{"add to the limit", []scoring.Adjustment{{At: ago(6), Dimension: "engagement", Op: scoring.Add, Amount: 20 * scoring.Point}}, "10 30"},
		{"add, then reset", []scoring.Adjustment{{At: ago(6), Dimension: "engagement", Op: scoring.Reset},
			{At: ago(7), Dimension: "engagement", Op: scoring.Add, Amount: 3 * scoring.Point}}, "10 25"},
		{"reset, then add", []scoring.Adjustment{{At: ago(2), Dimension: "*", Op: scoring.Reset},
			{At: ago(2), Dimension: "*", Op: scoring.Add, Amount: 3 * scoring.Point}}, "3 13"},
		{"add, then reset at one instant", []scoring.Adjustment{{At: ago(2), Dimension: "*", Op: scoring.Add, Amount: 3 * scoring.Point},
			{At: ago(2), Dimension: "*", Op: scoring.Reset}}, "0 10"},
		{"after now", []scoring.Adjustment{{At: noon.Add(1), Dimension: "*", Op: scoring.Reset}}, "10 25.000014"},
	} {
		score := s.Score(scoring.Subject[Lead, Activity]{Lead: &Lead{Employees: 9}, Activities: activities, Adjustments: test.adjustments}, noon)
		checkSums(t, score)
		if got := fmt.Sprint(score.Dimensions[0].Points, " ", score.Dimensions[1].Points); got != test.want {
			t.Errorf("%s: %s, want %s\n%s", test.name, got, test.want, score.Explain())
		}
	}
}

func TestProblems(t *testing.T) {
	s := compile(t,
		scoring.Rule{Each: `Kind == "x" and 5 % len(Lead.Title) == 1`, Points: scoring.Point},
		scoring.Rule{When: `5 % Employees == 0`, Points: scoring.Point},
		scoring.Rule{When: `count(Activities, true) == 2`, Points: scoring.Point},
		scoring.Rule{Each: `true`, PointsExpression: "Lead.Employees / 0"},
	)
	sub := subject(Activity{"x", ago(1)}, Activity{"x", noon.Add(1)}, Activity{"x", time.Time{}}, Activity{"x", ago(2)}, Activity{"y", noon.AddDate(9, 0, 0)})
	sub.Adjustments = []scoring.Adjustment{
		{At: ago(1), Dimension: "x", Op: scoring.Reset}, {At: noon.Add(1), Dimension: "d", Op: scoring.Reset},
		{At: ago(1), Dimension: "d", Op: "clear"}, {At: ago(1), Dimension: "d", Op: scoring.Scale, Amount: -1},
		{At: ago(1), Dimension: "d", Op: scoring.Scale, Amount: scoring.Point + 1}, {At: ago(1), Dimension: "d", Op: scoring.Add, Amount: scoring.MaxPoints + 1},
		{Dimension: "*", Op: scoring.Reset},
	}
	score := s.Score(sub, noon)
	want := `scoring: activities dated after now do not count yet (2 times)
scoring: activities without a date do not count
scoring: x: an adjustment names a dimension that the model does not have: it does not count
scoring: d: an adjustment is dated after now: it does not count yet
scoring: d: an adjustment has an unknown operation: reset, scale and add are known
scoring: d: an adjustment scales by less than 0 or more than 1: it does not count
scoring: d: an adjustment scales by less than 0 or more than 1: it does not count
scoring: d: an adjustment adds points out of range: it does not count
scoring: *: an adjustment has no date: it does not count
scoring: d/r0: the rule does not match, for it fails at 1:19: division by zero (2 times)
scoring: d/r1: the rule does not match, for it fails at 1:3: division by zero
scoring: d/r3: the rule does not match, for it fails at 1:1: the points are no number between -1000000 and 1000000 (2 times)`
	if got := score.Err().Error(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got := strings.Join(score.Hits(), " "); got != "d/r2=1" || score.Total != scoring.Point {
		t.Errorf("hits %s, total %s", got, score.Total)
	}
	if len(sub.Activities) != 5 || sub.Activities[1].At != noon.Add(1) {
		t.Error("the host's activities have changed")
	}
	if err := s.Score(scoring.Subject[Lead, Activity]{Lead: &Lead{Title: "x", Employees: 1}}, noon).Err(); err != nil {
		t.Errorf("problems without a cause: %v", err)
	}
	if none := s.Score(scoring.Subject[Lead, Activity]{}, noon); none.Err() == nil || none.Total != 0 {
		t.Error("a subject without a lead is no problem")
	}
}

// A rule that fails in several ways names one of them, whatever the order.
func TestProblemsDoNotDependOnOrder(t *testing.T) {
	s := compile(t, scoring.Rule{Each: `Kind == "a" ? 5 % len(Lead.Title) == 1 : int(Kind) == 1`, Points: scoring.Point})
	a, b := Activity{"a", ago(1)}, Activity{"b", ago(1)}
	one, other := s.Score(subject(a, b, a), noon), s.Score(subject(b, a, a), noon)
	if one.Explain() != other.Explain() || one.Problems[0].Count != 3 {
		t.Errorf("%v, then %v", one.Problems, other.Problems)
	}
	if three := s.Score(subject(a, a, b), noon); three.Explain() != one.Explain() {
		t.Errorf("%v, then %v", one.Problems, three.Problems)
	}
}

// A limit that is just reached changes nothing and is no line.
func TestLimitReached(t *testing.T) {
	limit := 10 * scoring.Point
	s, err := scoring.Compile[Lead, Activity](scoring.Model{Schema: 1, Name: "m", Maximum: &limit, Minimum: &limit,
		Dimensions: []scoring.Dimension{{Name: "d", Minimum: &limit, Maximum: &limit,
			Rules: []scoring.Rule{{Name: "r", When: "true", Points: limit, Maximum: &limit}}}}})
	if err != nil {
		t.Fatal(err)
	}
	limit = 0 // the scorer keeps its own
	if score := s.Score(subject(), noon); len(score.Lines) != 1 || score.Total != 10*scoring.Point {
		t.Errorf("%s", score.Explain())
	}
}

// A hostile model is refused, each rule with its mistakes. No clock is read: what
// hangs would meet the time limit of the test run.
func TestHostileModel(t *testing.T) {
	m := scoring.Model{Schema: 1, Name: "m", Dimensions: []scoring.Dimension{{Name: "d"}}}
	for i := range 500 {
		m.Dimensions[0].Rules = append(m.Dimensions[0].Rules, scoring.Rule{Name: fmt.Sprint(i), Points: 1,
			When: `Title matches "(x{1000}){1000}" or ` + strings.Repeat("(", 100) + "any(Activities, any(Activities, true))" + strings.Repeat("!", 5000)})
	}
	if _, err := scoring.Compile[Lead, Activity](m); len(scoring.Mistakes(err)) < 500 {
		t.Errorf("%d mistakes", len(scoring.Mistakes(err)))
	}
	deep := []byte(`{"schema": 1, "name": "m", "dimensions": ` + strings.Repeat("[", 1<<20))
	if _, err := scoring.Parse(deep); err == nil {
		t.Error("a deep document is read")
	}
}

// What is too much is refused as a whole, so that no part of it is counted in silence.
func TestTooMuch(t *testing.T) {
	s := compile(t, scoring.Rule{Each: "true", Points: -scoring.MaxPoints})
	many := make([]Activity, scoring.MaxActivities+1)
	for i := range many {
		many[i].At = noon
	}
	check := func(name string, score scoring.Score, want string) {
		t.Helper()
		checkSums(t, score)
		if err := score.Err(); err == nil || !strings.Contains(err.Error(), want) || score.Total != 0 {
			t.Errorf("%s: %s, %v", name, score.Total, err)
		}
	}
	check("activities", s.Score(subject(many...), noon), "more than 1000000 activities: none counts")
	check("points", s.Score(subject(many[:500_001]...), noon), "the points are too many to be summed: none counts")
	if score := s.Score(subject(many[:500_000]...), noon); score.Err() != nil || score.Total != -500_000*scoring.MaxPoints {
		t.Errorf("at the limit: %s, %v", score.Total, score.Err())
	}
	sub := subject()
	for range scoring.MaxAdjustments + 1 {
		sub.Adjustments = append(sub.Adjustments, scoring.Adjustment{At: noon, Dimension: "*", Op: scoring.Add, Amount: scoring.Point})
	}
	check("adjustments", s.Score(sub, noon), "more than 1000 adjustments: none counts")
}

// Hosts without activities use a type without fields; the date may be renamed or promoted.
func TestActivityTypes(t *testing.T) {
	model := scoring.Model{Schema: 1, Name: "m", Dimensions: []scoring.Dimension{{Name: "d", Rules: []scoring.Rule{{Name: "r", When: "Employees > 3 and len(Activities) == 0", Points: 5}}}}}
	none, err := scoring.Compile[Lead, struct{}](model)
	if err != nil {
		t.Fatal(err)
	}
	if got := none.Score(scoring.Subject[Lead, struct{}]{Lead: &Lead{Employees: 5}}, noon).Total; got != 5 {
		t.Errorf("%d, want 5", got)
	}
	model.Dimensions[0].Rules[0] = scoring.Rule{Name: "r", Each: "At < Now", Points: 5}
	type stamped struct{ At time.Time }
	type renamed struct {
		Kind string
		When time.Time `expr:"At"`
	}
	type promoted struct {
		*stamped
		Kind string
	}
	a, err := scoring.Compile[Lead, renamed](model)
	if err != nil {
		t.Fatal(err)
	}
	if got := a.Score(scoring.Subject[Lead, renamed]{Lead: &Lead{}, Activities: []renamed{{"x", ago(1)}}}, noon).Total; got != 5 {
		t.Errorf("renamed: %d, want 5", got)
	}
	b, err := scoring.Compile[Lead, promoted](model)
	if err != nil {
		t.Fatal(err)
	}
	score := b.Score(scoring.Subject[Lead, promoted]{Lead: &Lead{}, Activities: []promoted{{&stamped{ago(1)}, "x"}, {nil, "x"}}}, noon)
	if score.Total != 5 || score.Err() == nil {
		t.Errorf("promoted: %d, %v", score.Total, score.Err())
	}
}

func TestRecordSubjects(t *testing.T) {
	s, err := scoring.Compile[scoring.Record, scoring.Record](scoring.Model{Schema: 1, Name: "m",
		Fields:         map[string]scoring.FieldType{"name": scoring.Text, "score": scoring.Number},
		ActivityFields: map[string]scoring.FieldType{"kind": scoring.Text, "At": scoring.Time},
		Dimensions: []scoring.Dimension{{Name: "d", Rules: []scoring.Rule{
			{Name: "named", When: "name != nil", Points: 1}, {Name: "kind", Each: `kind == "a"`, Points: 10},
			{Name: "score", When: "score > 1", Points: 100}, {Name: "any", When: `any(Activities, .kind == "a")`, Points: 1000}}}}})
	if err != nil {
		t.Fatal(err)
	}
	undeclared, err := scoring.Compile[scoring.Record, scoring.Record](scoring.Model{Schema: 1, Name: "m",
		Dimensions: []scoring.Dimension{{Name: "d", Rules: []scoring.Rule{{Name: "r", Each: "true", Points: 1}}}}})
	if err != nil {
		t.Fatal(err)
	}
	ignored := undeclared.Score(scoring.Subject[scoring.Record, scoring.Record]{Lead: &scoring.Record{}, Activities: []scoring.Record{{"At": ago(1)}, {}}}, noon)
	if err := ignored.Err(); err == nil || ignored.Total != 0 ||
		err.Error() != "scoring: activities without fields do not count: the model declares none in activity_fields (2 times)" {
		t.Errorf("undeclared activities: %s, %v", ignored.Total, err)
	}
	score := s.Score(scoring.Subject[scoring.Record, scoring.Record]{Lead: &scoring.Record{"name": "x", "score": math.NaN(), "shoe": 43},
		Activities: []scoring.Record{{"kind": "a", "At": ago(1)}, {"kind": 5, "At": ago(2)}, {"kind": "a"}, {"kind": "a", "At": "2026-01-01"}, nil, {"hat": 1, "At": ago(1)}},
	}, noon)
	want := `scoring: activities without a date do not count (3 times)
scoring: lead: field shoe is not declared by the model
scoring: activities: field hat is not declared by the model
scoring: activities: field kind: the value is not of the declared type
scoring: d/kind: the rule does not match, for it fails at 1:1: field kind: the value is not of the declared type
scoring: d/any: the rule does not match, for it fails at 1:1: field kind: the value is not of the declared type`
	if got := score.Err().Error(); got != want || score.Total != 11 {
		t.Errorf("%d\n%s\nwant\n%s", score.Total, got, want)
	}
}

// One scorer serves many goroutines; run with -race.
func TestConcurrentUse(t *testing.T) {
	s := compile(t, scoring.Rule{When: "Employees > 5", Points: 1}, scoring.Rule{Each: `Kind == "a"`, Points: 2, HalfLife: scoring.Day})
	var group sync.WaitGroup
	for worker := range 4 {
		group.Go(func() {
			for i := range 200 {
				sub := subject(make([]Activity, i%7)...)
				for k := range sub.Activities {
					sub.Activities[k] = Activity{"a", noon}
				}
				sub.Lead.Employees = worker * 3
				want := scoring.Points(2 * (i % 7))
				if worker >= 2 {
					want++
				}
				if got := s.Score(sub, noon).Total; got != want {
					t.Errorf("%d, want %d", got, want)
				}
			}
		})
	}
	group.Wait()
}

// Each kind of problem, and what brings it about.
func TestProblemKinds(t *testing.T) {
	scorer := compile(t, scoring.Rule{Name: "visits", Each: `Kind == "visit"`, Points: scoring.Point}, scoring.Rule{Name: "fails", When: `1 % (Employees - Employees) == 0`, Points: scoring.Point})
	at := func(days int) scoring.Adjustment {
		return scoring.Adjustment{At: noon.AddDate(0, 0, days), Dimension: "d", Op: scoring.Reset}
	}
	kinds := func(s scoring.Score) (list []scoring.ProblemKind) {
		for _, p := range s.Problems {
			list = append(list, p.Kind)
		}
		return list
	}
	got := kinds(scorer.Score(scoring.Subject[Lead, Activity]{
		Lead:        &Lead{},
		Activities:  []Activity{{"visit", noon.Add(1)}, {"visit", time.Time{}}},
		Adjustments: []scoring.Adjustment{at(1), {Dimension: "d"}},
	}, noon))
	want := []scoring.ProblemKind{scoring.ActivityNotYet, scoring.ActivityIgnored, scoring.AdjustmentNotYet, scoring.AdjustmentIgnored, scoring.RuleFailed}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	got = kinds(scorer.Score(scoring.Subject[Lead, Activity]{Adjustments: make([]scoring.Adjustment, scoring.MaxAdjustments+1)}, noon))
	if want := []scoring.ProblemKind{scoring.TooMuch, scoring.LeadMissing}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	records := scoring.MustCompile[scoring.Record, scoring.Record](scoring.Model{Schema: 1, Name: "m", Fields: map[string]scoring.FieldType{"size": scoring.Integer},
		Dimensions: []scoring.Dimension{{Name: "d", Rules: []scoring.Rule{{Name: "r", When: "size > 1", Points: scoring.Point}}}}})
	got = kinds(records.Score(scoring.Subject[scoring.Record, scoring.Record]{Lead: &scoring.Record{"size": 2, "colour": "red"}}, noon))
	if want := []scoring.ProblemKind{scoring.FieldIgnored}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
