package scoring_test

import (
	"bytes"
	"fmt"
	"math/rand"
	"slices"
	"strings"
	"testing"
	"time"

	diff "github.com/google/go-cmp/cmp"

	"github.com/leadloop/leadloop/scoring"
)

// beyond takes out of a score what Forget may change: counts and lines of 0 points of rules that decay, and
// problems of activities.
func beyond(m scoring.Model, s scoring.Score) scoring.Score {
	decays := map[[2]string]bool{}
	for _, d := range m.Dimensions {
		rules := slices.Clone(d.Rules)
		for _, g := range d.Groups {
			rules = append(rules, g.Rules...)
		}
		for _, r := range rules {
			decays[[2]string{d.Name, r.Name}] = r.HalfLife != 0 || r.Linear != 0 || len(r.Steps) > 0
		}
	}
	lines := []scoring.Line{}
	for _, l := range s.Lines {
		if l.Kind == scoring.RuleLine && decays[[2]string{l.Dimension, l.Rule}] {
			if l.Count = 0; l.Points == 0 {
				continue
			}
		}
		lines = append(lines, l)
	}
	problems := []scoring.Problem{}
	for _, p := range s.Problems {
		if p.Kind != scoring.RuleFailed && p.Kind != scoring.FieldIgnored {
			problems = append(problems, p)
		}
	}
	s.Lines, s.Problems = lines, problems
	return s
}

// forgetting leads a state through a random life: it is fed, merged, written and forgets, while time goes on. It
// gives how many activities it forgot.
func forgetting[L, A any](t *testing.T, r *rand.Rand, s *scoring.Scorer[L, A], m scoring.Model, lead *L, adjustments []scoring.Adjustment, now time.Time, activity func(now time.Time) A) (forgotten int) {
	t.Helper()
	fresh := func(n int) (all []A) {
		for range n {
			all = append(all, activity(now))
		}
		return twice(r, all)
	}
	all := fresh(1 + r.Intn(30))
	st := fed(t, r, s, lead, all)
	for range 5 {
		now = now.Add(pick(r, 0, 1, time.Hour, 36*time.Hour, 9*24*time.Hour, 40*24*time.Hour, 500*24*time.Hour))
		forgotten += st.Forget(now)
		if n := st.Forget(now); n != 0 {
			t.Fatalf("%d activities are forgotten at once after the others", n)
		}
		more := fresh(r.Intn(6))
		switch all = append(all, more...); r.Intn(4) {
		case 0:
			st.Add(more...)
		case 1: // with a state that has forgotten, too, or has not
			other := fed(t, r, s, lead, more)
			if r.Intn(2) == 0 {
				forgotten += other.Forget(now)
			}
			if r.Intn(2) == 0 {
				st, other = other, st
			}
			if err := st.Merge(other); err != nil {
				t.Fatal(err)
			}
		case 2:
			st.Add(more...)
			forgotten += st.Forget(now)
			whole := fed(t, r, s, lead, all)
			whole.Forget(now)
			if !bytes.Equal(written(t, st), written(t, whole)) {
				t.Fatalf("%v: what was forgotten little by little is written otherwise than what was at once", now)
			}
		default:
			st.Add(more...)
			var err error
			if st, err = s.Restore(lead, written(t, st)); err != nil {
				t.Fatal(err)
			}
		}
		subject := scoring.Subject[L, A]{Lead: lead, Activities: all, Adjustments: adjustments}
		for _, at := range []time.Time{now, now.Add(1), now.Add(time.Duration(r.Int63n(int64(100 * time.Hour)))), now.AddDate(0, r.Intn(4), r.Intn(40)), now.In(berlin).AddDate(300, 0, 0)} {
			want := s.Score(subject, at)
			if got := st.Points(at, adjustments...); got != want.Total {
				t.Fatalf("%v, forgotten as of %v: the state says %v points, the whole %v", at, now, got, want.Total)
			}
			if d := diff.Diff(beyond(m, want), beyond(m, st.Score(at, adjustments...))); d != "" {
				t.Fatalf("%v, forgotten as of %v: the state's score differs from the whole (-) by:\n%s", at, now, d)
			}
		}
	}
	return forgotten
}

// What is forgotten makes no difference later.
func TestForget(t *testing.T) {
	forgotten := 0
	for seed := range int64(150) {
		r := seeded(4000 + seed)
		m := keepable(r, randomModel(r))
		s, err := scoring.Compile[visitor, visit](m, scoring.Zones(time.LoadLocation))
		if err != nil {
			t.Fatal(err)
		}
		now := randomNow(r)
		subject := randomSubject(r, m, now)
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			forgotten += forgetting(t, r, s, m, subject.Lead, subject.Adjustments, now, func(now time.Time) visit {
				for {
					if some := randomSubject(r, m, now).Activities; len(some) > 0 {
						return some[0]
					}
				}
			})
		})
	}
	for seed := range int64(25) {
		r := seeded(5000 + seed)
		m := randomKept[account, occasion](t, r, nil, nil, func(string) bool { return true })
		s, err := scoring.Compile[account, occasion](m, scoring.Zones(time.LoadLocation))
		if err != nil {
			t.Fatal(err)
		}
		now := randomNow(r)
		lead := randomAccount(r, now)
		t.Run(fmt.Sprint("account ", seed), func(t *testing.T) {
			forgotten += forgetting(t, r, s, m, &lead, randomAdjustments(r, m, now), now, func(now time.Time) occasion { return randomEvent(r, now) })
		})
	}
	if forgotten < 1000 {
		t.Errorf("%d forgotten activities tell little", forgotten)
	}
}

// Records whose values can't be used, because of which conditions on the lead fail, stay.
func TestForgetRecords(t *testing.T) {
	activityFields := map[string]scoring.FieldType{"Kind": scoring.Text, "Value": scoring.Number, "At": scoring.Time}
	forgotten := 0
	for seed := range int64(60) {
		r := seeded(6000 + seed)
		rules := []scoring.Rule{
			{Name: "count", When: pick(r, `count(Activities, .Kind == "a" and .At > Now - duration("4d")) > 1`, `Open == true`), Points: scoring.Point},
			{Name: "window", Each: `Value > 2.0`, Points: scoring.Point, Window: &scoring.Window{Span: 9 * scoring.Day}},
			{Name: "decay", Each: `Kind == "b"`, PointsExpression: "Value ?? 1.0", Linear: 5 * scoring.Day, Distinct: "Kind"},
			{Name: "recent", Each: `Kind != "c" and At > Now - duration("6d")`, Points: scoring.Point},
			{Name: "idle", Each: `Kind == "a"`, Idle: &scoring.Idle{Every: scoring.Day}, Points: -scoring.Point},
		}
		r.Shuffle(len(rules), func(i, j int) { rules[i], rules[j] = rules[j], rules[i] })
		m := scoring.Model{Schema: 1, Name: "m", Fields: map[string]scoring.FieldType{"Open": scoring.Boolean}, ActivityFields: activityFields,
			Dimensions: []scoring.Dimension{{Name: "d", Rules: rules[:1+r.Intn(len(rules))]}}}
		s, err := scoring.Compile[scoring.Record, scoring.Record](m)
		if err != nil {
			t.Fatal(err)
		}
		lead := scoring.Record{"Open": true}
		flaws := pick(r, 8, 50, 1000)
		forgotten += forgetting(t, r, s, m, &lead, nil, noon, func(now time.Time) scoring.Record {
			e := randomEvent(r, now)
			record := scoring.Record{"Kind": e.Kind, "Value": e.Value, "At": e.At}
			switch r.Intn(flaws) {
			case 0:
				record["Kind"] = 7
			case 1:
				record["Value"] = "seven"
			case 2:
				delete(record, "At")
			case 3:
				record["Typo"] = 1
			case 4:
				delete(record, "Kind")
			}
			return record
		})
	}
	if forgotten < 400 {
		t.Errorf("%d forgotten activities tell little", forgotten)
	}
}

// Each kind of rule lets an activity go at its own instant.
func TestForgetAtTheHorizon(t *testing.T) {
	day, five := scoring.Day, 5*scoring.Point
	const never = -1
	for _, test := range []struct {
		rule scoring.Rule
		days int // until the activity is forgotten
	}{
		{scoring.Rule{Each: `Kind == "b"`, Points: five}, 0},
		{scoring.Rule{Each: `Kind == "a"`, Points: five}, never},
		{scoring.Rule{Each: `Kind == "a"`, Points: five, Window: &scoring.Window{Span: 10 * day}}, 10},
		{scoring.Rule{Each: `Kind == "a"`, Points: five, Window: &scoring.Window{Days: 10}}, 14}, // four more, for clock changes
		{scoring.Rule{Each: `Kind == "a"`, Points: five, Linear: 36 * scoring.Duration(time.Hour)}, 2},
		{scoring.Rule{Each: `Kind == "a"`, Points: five, HalfLife: 14 * day}, 326}, // see TestDepends
		{scoring.Rule{Each: `Kind == "a"`, Points: five, Linear: 3 * day, AtLeast: 2}, never},
		{scoring.Rule{Each: `Kind == "a"`, Points: 0, Linear: 3 * day}, never},
		{scoring.Rule{Each: `Kind == "a" and At > Now - duration("12d")`, Points: five}, 12},
		{scoring.Rule{Each: `5 % int(Value) == 1 and At > Now - duration("2d")`, Points: five}, 2}, // fails
		{scoring.Rule{When: `count(Activities, .Kind == "a") > 1`, Points: five}, never},
		{scoring.Rule{When: `count(Activities, .Kind == "b") > 1`, Points: five}, 0},
		{scoring.Rule{When: `any(Activities, .At > Now - duration("7d"))`, Points: five}, 7},
		{scoring.Rule{When: `Country == "DE"`, Points: five}, 0},
	} {
		test.rule.Name = "r"
		s := scoring.MustCompile[visitor, visit](scoring.Model{Schema: 1, Name: "m", Dimensions: []scoring.Dimension{{Name: "d", Rules: []scoring.Rule{test.rule}}},
			Disqualifiers: []scoring.Disqualifier{{Name: "x", When: `Seats > 3`, Reason: "because"}}})
		st, err := s.State(&visitor{})
		if err != nil {
			t.Fatal(err)
		}
		st.Add(visit{Kind: "a", At: noon}, visit{Kind: "a", At: noon})
		at := noon.AddDate(200, 0, 0)
		if test.days != never {
			at = noon.AddDate(0, 0, test.days)
		}
		if n := st.Forget(at.Add(-1)); n != 0 {
			t.Errorf("%s%s: %d activities are forgotten before %d days", test.rule.When, test.rule.Each, n, test.days)
		}
		want := 2
		if test.days == never {
			want = 0
		}
		if n := st.Forget(at); n != want {
			t.Errorf("%s%s: %d activities are forgotten after %d days, want %d", test.rule.When, test.rule.Each, n, test.days, want)
		}
	}
}

// An idle rule needs the newest activity, and what matches until then.
func TestForgetWhenIdle(t *testing.T) {
	for _, test := range []struct {
		each string
		days []int // when it forgets
		want []int // so many
	}{
		{"", []int{0, 1, 2, 300}, []int{0, 1, 1, 0}},
		{`Kind == "a"`, []int{0, 1, 2, 300}, []int{0, 1, 1, 0}},
		{`Kind == "b"`, []int{0, 1, 2, 300}, []int{1, 0, 1, 0}},
		{`Kind == "a" and At > Now - duration("5d")`, []int{2, 5, 6, 7}, []int{1, 1, 0, 1}},
		{`Kind == "a" and At <= Now - duration("1d") or Kind == "b"`, []int{1, 2, 3}, []int{1, 0, 1}}, // that of day 2 matches on day 3
	} {
		s := scoring.MustCompile[visitor, visit](scoring.Model{Schema: 1, Name: "m", Dimensions: []scoring.Dimension{{Name: "d", Rules: []scoring.Rule{
			{Name: "r", Each: test.each, Idle: &scoring.Idle{Every: scoring.Day}, Points: -scoring.Point}}}}})
		st, err := s.State(&visitor{})
		if err != nil {
			t.Fatal(err)
		}
		st.Add(visit{Kind: "a", At: noon}, visit{Kind: "b", At: noon.AddDate(0, 0, 1)}, visit{Kind: "a", At: noon.AddDate(0, 0, 2)})
		for i, days := range test.days {
			if n := st.Forget(noon.AddDate(0, 0, days)); n != test.want[i] {
				t.Errorf("%q: %d activities are forgotten after %d days, want %d", test.each, n, days, test.want[i])
			}
		}
	}
}

// A state that forgets is no larger than what is within the horizon.
func TestForgetBoundsTheState(t *testing.T) {
	r := seeded(24)
	bounded, old := 0, 0
	for bounded < 40 {
		m := keepable(r, randomModel(r))
		s, err := scoring.Compile[visitor, visit](m, scoring.Zones(time.LoadLocation))
		if err != nil {
			t.Fatal(err)
		}
		since, ok := s.Horizon().Since(noon)
		if !ok {
			continue
		}
		bounded++
		subject := randomSubject(r, m, noon)
		st := fed(t, r, s, subject.Lead, subject.Activities)
		before := len(written(t, st))
		want := 0
		for _, a := range subject.Activities {
			if !a.At.IsZero() && !a.At.After(since) {
				want++
			}
		}
		if n := st.Forget(noon); n < want {
			t.Fatalf("%d activities are forgotten, %d are beyond the horizon %v", n, want, s.Horizon().Span)
		}
		if after := len(written(t, st)); want > 0 && after >= before {
			t.Errorf("the state has %d bytes, before it forgot %d", after, before)
		}
		old += want
	}
	if old < 50 {
		t.Errorf("%d old activities tell little", old)
	}
	s := scoring.MustCompile[visitor, visit](scoring.Model{Schema: 1, Name: "m", Dimensions: []scoring.Dimension{{Name: "d", Rules: []scoring.Rule{
		{Name: "r", Each: `Kind == "a"`, Points: scoring.Point, Window: &scoring.Window{Span: scoring.Day}}}}}})
	st, err := s.State(&visitor{})
	if err != nil {
		t.Fatal(err)
	}
	st.Add(visit{Kind: "a", At: noon.AddDate(-1, 0, 0)})
	for range 20 {
		if err := st.Merge(st); err != nil {
			t.Fatal(err)
		}
	}
	st.Add(visit{Kind: "a", At: noon}, visit{})
	if got := st.Score(noon); got.Total != 0 || !strings.Contains(fmt.Sprint(got.Problems), "none counts") {
		t.Errorf("got %v of too many activities", got)
	}
	if n := st.Forget(noon); n != 1<<20 {
		t.Errorf("%d activities are forgotten", n)
	}
	if got := st.Score(noon); got.Total != scoring.Point || len(got.Problems) != 1 { // that one has no date
		t.Errorf("got %v points", got.Total)
	}
}
