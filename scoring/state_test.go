package scoring_test

import (
	"bytes"
	"crypto/sha256"
	"math/rand"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	diff "github.com/google/go-cmp/cmp"

	"github.com/leadloop/leadloop/scoring"
)

func written[L, A any](t testing.TB, st *scoring.State[L, A]) []byte {
	t.Helper()
	b, err := st.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// sameAsWhole compares a state with the full evaluation at several instants.
func sameAsWhole[L, A any](t *testing.T, s *scoring.Scorer[L, A], st *scoring.State[L, A], subject scoring.Subject[L, A], nows ...time.Time) {
	t.Helper()
	for _, now := range nows {
		want := s.Score(subject, now)
		if got := st.Points(now, subject.Adjustments...); got != want.Total {
			t.Fatalf("%v: the state says %v points, the whole %v", now, got, want.Total)
		}
		if d := diff.Diff(want, st.Score(now, subject.Adjustments...)); d != "" {
			t.Fatalf("%v: the state's score differs from the whole (-) by:\n%s", now, d)
		}
		if got := st.Points(now, subject.Adjustments...); got != want.Total {
			t.Fatalf("%v: the state, asked again, says %v points, the whole %v", now, got, want.Total)
		}
	}
}

// fed is a state that is fed the activities in random order and batches, by
// way of states that are merged or written and read.
func fed[L, A any](t *testing.T, r *rand.Rand, s *scoring.Scorer[L, A], lead *L, activities []A) *scoring.State[L, A] {
	t.Helper()
	st, err := s.State(lead)
	if err != nil {
		t.Fatal(err)
	}
	activities = slices.Clone(activities)
	r.Shuffle(len(activities), func(i, j int) { activities[i], activities[j] = activities[j], activities[i] })
	for len(activities) > 0 {
		n := 1 + r.Intn(len(activities))
		switch r.Intn(3) {
		case 0:
			other := fed(t, r, s, lead, activities[:n])
			if r.Intn(2) == 0 {
				st, other = other, st
			}
			if err := st.Merge(other); err != nil {
				t.Fatal(err)
			}
		case 1:
			data := written(t, st)
			if st, err = s.Restore(lead, data); err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(written(t, st), data) {
				t.Fatal("what is restored is written otherwise")
			}
			fallthrough
		default:
			st.Add(activities[:n]...)
		}
		activities = activities[n:]
	}
	return st
}

// What can be kept: conditions on the lead, and on activities.
var (
	keptWhens = []string{`Country == "DE"`, `Seats >= 10`, `Budget > 100.0`, `count(Activities, .Kind == "a") >= 2`, `any(Activities, .Kind == "b" and .Page != nil)`,
		`Created > Now - duration("3d") and Country == "US"`, `100 % Seats == 1`, `none(Activities, .At > Now - duration("4d"))`, `len(Activities) > 3 or Seats < 4`,
		`count(Activities, .Value > 2.5 and .At <= Now - duration("36h")) == 2`, `len(filter(Activities, .At >= Now - duration("10d"))) in [1, 2, 5]`,
		`Now - Created > duration("3d")`, `Country in split("DE,AT", ",")`}
	keptEaches = []string{`Kind == "a"`, `true`, `Value > 2.0`, `5 % int(Value) == 1`, `Page startsWith "/p"`, `Page == "/pricing" and At > Now - duration("4d")`,
		`At <= Now - duration("36h") and 5 % int(Value) == 1`, `At < Now - duration("1d") or Kind == "b"`, `Now - At < duration("3d")`,
		`5 % int(Value) == 1 and At > Now - duration("2d") and Kind != "c"`, `Kind in split("a,b", ",")`, `At == Now`}
)

// keepable replaces conditions of a random model by some that can be kept.
func keepable(r *rand.Rand, m scoring.Model) scoring.Model {
	replace := func(rules []scoring.Rule) {
		for i := range rules {
			if rules[i].When != "" {
				rules[i].When = pick(r, keptWhens...)
			}
			if rules[i].Each != "" {
				rules[i].Each = pick(r, keptEaches...)
			}
		}
	}
	for i := range m.Dimensions {
		replace(m.Dimensions[i].Rules)
		for j := range m.Dimensions[i].Groups {
			replace(m.Dimensions[i].Groups[j].Rules)
		}
	}
	for i := range m.Disqualifiers {
		m.Disqualifiers[i].When = pick(r, keptWhens...)
	}
	return m
}

func changeVisitor(r *rand.Rand, v *visitor, now time.Time) string {
	switch r.Intn(4) {
	case 0:
		v.Country = pick(r, "DE", "US", "AT")
		return "Country"
	case 1:
		v.Seats = r.Intn(20)
		return "Seats"
	case 2:
		v.Created = randomTime(r, now)
		return "Created"
	}
	if v.Budget = nil; r.Intn(2) == 0 {
		v.Budget = new(float64(r.Intn(200)))
	}
	return "Budget"
}

func around(now time.Time) []time.Time {
	return []time.Time{now, now.Add(-36 * time.Hour), now.Add(50 * time.Hour), now.AddDate(0, 1, 0), now.AddDate(-40, 0, 0), now}
}

// A state that is fed activities one way or the other gives what the whole does.
func TestStateEqualsTheWhole(t *testing.T) {
	r := seeded(20)
	for range 500 {
		m := keepable(r, randomModel(r))
		s, err := scoring.Compile[visitor, visit](m, scoring.Zones(time.LoadLocation))
		if err != nil {
			t.Fatal(err)
		}
		now := randomNow(r)
		subject := randomSubject(r, m, now)
		st := fed(t, r, s, subject.Lead, subject.Activities)
		if other := fed(t, r, s, subject.Lead, subject.Activities); !bytes.Equal(written(t, st), written(t, other)) {
			t.Fatal("another way to the same activities is written otherwise")
		}
		sameAsWhole(t, s, st, subject, around(now)...)
		for range 3 {
			if err := st.Changed(changeVisitor(r, subject.Lead, now)); err != nil {
				t.Fatal(err)
			}
			sameAsWhole(t, s, st, subject, now)
		}
	}
}

// Records are kept with the fields that can't be used, which are problems.
func TestStateOfRecords(t *testing.T) {
	r := seeded(21)
	m := asRecords(fiftyRules(t))
	engagement := &m.Dimensions[1]
	engagement.Rules = slices.DeleteFunc(engagement.Rules, func(r scoring.Rule) bool { return r.Name == "r47" || r.Name == "r48" }) // compare what may be missing
	m.Dimensions = append(m.Dimensions, fiveDecaying(), scoring.Dimension{Name: "more", Rules: []scoring.Rule{
		{Name: "pricing", Each: `Page contains "pricing" and At > Now - duration("30d")`, PointsExpression: "Value ?? 0.0", Distinct: "Channel"},
		{Name: "long", Each: `Duration > 300`, Points: scoring.Point, Window: &scoring.Window{Days: 20}, Repeat: scoring.Once},
		{Name: "quiet", Idle: &scoring.Idle{Every: scoring.Day, Since: "CreatedAt"}, Points: -scoring.Point},
	}})
	s, err := scoring.Compile[scoring.Record, scoring.Record](m)
	if err != nil {
		t.Fatal(err)
	}
	for _, subject := range recordsOf(contacts(40)) {
		for i, a := range subject.Activities {
			switch r.Intn(12) {
			case 0:
				a["Duration"] = "long"
			case 1:
				delete(a, "Page")
			case 2:
				a["Typo"] = true
			case 3:
				delete(a, "At")
			case 4:
				subject.Activities[i] = nil
			case 5:
				a["At"] = noon.Add(time.Duration(r.Intn(50)) * time.Hour)
			}
		}
		st := fed(t, r, s, subject.Lead, subject.Activities)
		sameAsWhole(t, s, st, subject, around(noon)...)
		(*subject.Lead)["Country"] = pick(r, any("DE"), any("US"), any(7), nil)
		if err := st.Changed("Country"); err != nil {
			t.Fatal(err)
		}
		sameAsWhole(t, s, st, subject, noon)
	}
}

func TestStateIsRefused(t *testing.T) {
	for text, why := range map[string]string{
		`Kind == "a" and Lead.Seats > 5`: "Lead.Seats",
		`Now.Weekday() == 1`:             "Now",
	} {
		refused(t, scoring.Rule{Name: "r", Each: text, Points: scoring.Point}, why)
	}
	for text, why := range map[string]string{
		`any(Activities, .Value > 2 and Seats > 3)`:       "together",
		`any(Activities, -.Value > 1)`:                    "may fail",
		`Budget > 3 and any(Activities, true)`:            "may fail",
		`sum(Activities, .Value) > 3`:                     "another way",
		`any(Activities, .At.Weekday() == Now.Weekday())`: "",
	} {
		refused(t, scoring.Rule{Name: "r", When: text, Points: scoring.Point}, why)
	}
	refused(t, scoring.Rule{Name: "r", Each: "true", PointsExpression: "Lead.Seats"}, "Lead.Seats")
	refused(t, scoring.Rule{Name: "r", When: "true", PointsExpression: "len(Activities)"}, "computes with Activities")
}

func refused(t *testing.T, rule scoring.Rule, why string) {
	t.Helper()
	s, err := scoring.Compile[visitor, visit](scoring.Model{Schema: 1, Name: "m", Dimensions: []scoring.Dimension{{Name: "d", Rules: []scoring.Rule{rule}}}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err = s.State(&visitor{}); err == nil || !strings.HasPrefix(err.Error(), "d/r can't be kept in a state: ") || !strings.Contains(err.Error(), why) {
		t.Errorf("%s%s%s: got the error %v, want one about %q", rule.When, rule.Each, rule.PointsExpression, err, why)
	}
}

func TestStateErrors(t *testing.T) {
	model := func(points scoring.Points) scoring.Model {
		return scoring.Model{Schema: 1, Name: "m", Dimensions: []scoring.Dimension{{Name: "d", Rules: []scoring.Rule{{Name: "r", Each: `Kind == "a"`, Points: points}}}}}
	}
	s, other := scoring.MustCompile[visitor, visit](model(scoring.Point)), scoring.MustCompile[visitor, visit](model(2*scoring.Point))
	if _, err := s.State(nil); err == nil {
		t.Error("a state without a lead is no error")
	}
	st, err := s.State(&visitor{})
	if err != nil {
		t.Fatal(err)
	}
	if err := st.Changed("Countri"); err == nil || !strings.Contains(err.Error(), `did you mean "Country"?`) {
		t.Errorf("got the error %v for an unknown field", err)
	}
	foreign, err := other.State(&visitor{})
	if err != nil {
		t.Fatal(err)
	}
	if st.Merge(foreign) == nil || st.Merge(nil) == nil {
		t.Error("a state of another model merges")
	}
	if _, err := s.Restore(&visitor{}, written(t, foreign)); err == nil || !strings.Contains(err.Error(), "another model") {
		t.Errorf("got the error %v for the state of another model", err)
	}
	st.Add(visit{Kind: "a", At: noon}, visit{Kind: "a", At: noon}, visit{})
	data := written(t, st)
	for n := range data {
		if _, err := s.Restore(&visitor{}, data[:n]); err == nil {
			t.Errorf("the first %d of %d bytes are a state", n, len(data))
		}
	}
	if _, err := s.Restore(&visitor{}, append(data, 0)); err == nil {
		t.Error("bytes after the end are no error")
	}
	for i := range data {
		damaged := slices.Clone(data)
		damaged[i] ^= 1 << (i % 8)
		if _, err := s.Restore(&visitor{}, damaged); err == nil {
			t.Errorf("damage of byte %d is no error", i)
		}
	}
	newer := slices.Clone(data)
	newer[len("leadloop state")]++
	if _, err := s.Restore(&visitor{}, newer); err == nil || !strings.Contains(err.Error(), "another version") {
		t.Errorf("got the error %v for a state of another version", err)
	}
	if err := st.Merge(st); err != nil {
		t.Fatal(err)
	}
	if got := st.Score(noon); got.Total != 4*scoring.Point || got.Problems[0].Count != 2 {
		t.Errorf("merged with itself, the state gives %v", got)
	}
}

// FuzzRestore reads arbitrary bytes: what is a state scores and is written as it was.
func FuzzRestore(f *testing.F) {
	r := seeded(22)
	m := keepable(r, randomModel(r))
	m.Zone = ""
	s, err := scoring.Compile[visitor, visit](m)
	if err != nil {
		f.Fatal(err)
	}
	st, err := s.State(&visitor{})
	if err != nil {
		f.Fatal(err)
	}
	const check = 8 // bytes at the end
	head := len(written(f, st)) - 3 - check
	for range 5 {
		st.Add(randomSubject(r, m, noon).Activities...)
		data := written(f, st)
		f.Add(data[head : len(data)-check])
	}
	start := written(f, st)[:head]
	f.Fuzz(func(t *testing.T, data []byte) {
		data = append(slices.Clone(start), data...)
		sum := sha256.Sum256(data) // as who means harm would write it
		data = append(data, sum[:check]...)
		st, err := s.Restore(&visitor{}, data)
		if err != nil {
			return
		}
		st.Score(noon)
		st.Points(noon.AddDate(1, 0, 0))
		again, err := s.Restore(&visitor{}, written(t, st))
		if err != nil || !bytes.Equal(written(t, again), written(t, st)) {
			t.Fatalf("what is written is not read again: %v", err)
		}
	})
}

// The points of an instant are asked for in two zones, whose clocks a condition reads.
func TestStateReadsTheClockOfTheZone(t *testing.T) {
	s := scoring.MustCompile[visitor, visit](scoring.Model{Schema: 1, Name: "m", Dimensions: []scoring.Dimension{{Name: "d", Rules: []scoring.Rule{
		{Name: "noon", When: "Now.Hour() == 12", Points: scoring.Point}}}}})
	st, err := s.State(&visitor{})
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 6, 15, 12, 0, 0, 0, time.UTC)
	if here, there := st.Points(at), st.Points(at.In(time.FixedZone("", 7200))); here != scoring.Point || there != 0 {
		t.Errorf("got %v points in UTC and %v two hours east", here, there)
	}
}

// Activities from the newest to the oldest, and what repeats without end, cost no more than others.
func TestStateOfManyActivities(t *testing.T) {
	s := scoring.MustCompile[visitor, visit](scoring.Model{Schema: 1, Name: "m", Dimensions: []scoring.Dimension{{Name: "d", Rules: []scoring.Rule{
		{Name: "r", Each: `Kind == "a"`, Points: scoring.Point}}}}})
	st, err := s.State(&visitor{})
	if err != nil {
		t.Fatal(err)
	}
	const many = 30_000
	for i := range many {
		st.Add(visit{Kind: "a", At: noon.Add(-time.Duration(i))})
	}
	if got := st.Points(noon); got != many*scoring.Point {
		t.Errorf("got %v points", got)
	}
	doubled, err := s.State(&visitor{})
	if err != nil {
		t.Fatal(err)
	}
	doubled.Add(visit{Kind: "a", At: noon})
	for range 100 { // 2 to the 100th
		if err := doubled.Merge(doubled); err != nil {
			t.Fatal(err)
		}
	}
	again, err := s.Restore(&visitor{}, written(t, doubled))
	if err != nil {
		t.Fatal(err)
	}
	if got := again.Score(noon); got.Total != 0 || len(got.Problems) != 1 || got.Problems[0].Kind != scoring.TooMuch {
		t.Errorf("got %v of too many activities", got)
	}
}

// Bytes are refused if a type within a field has changed.
func TestStateOfOtherTypes(t *testing.T) {
	m := scoring.Model{Schema: 1, Name: "m", Dimensions: []scoring.Dimension{{Name: "d", Rules: []scoring.Rule{{Name: "r", Each: "Place.Floor > 3", Points: scoring.Point}}}}}
	write := func() []byte {
		type place struct{ Floor int }
		type call struct {
			Place place
			At    time.Time
		}
		st, err := scoring.MustCompile[visitor, call](m).State(&visitor{})
		if err != nil {
			t.Fatal(err)
		}
		return written(t, st)
	}
	type place struct{ Floor float64 }
	type call struct {
		Place place
		At    time.Time
	}
	if _, err := scoring.MustCompile[visitor, call](m).Restore(&visitor{}, write()); err == nil || !strings.Contains(err.Error(), "of other types") {
		t.Errorf("got the error %v", err)
	}
}

// States of one scorer are used at the same time, each by its goroutine.
func TestStatesAtTheSameTime(t *testing.T) {
	r := seeded(25)
	for range 10 {
		m := keepable(r, randomModel(r))
		s, err := scoring.Compile[visitor, visit](m, scoring.Zones(time.LoadLocation))
		if err != nil {
			t.Fatal(err)
		}
		now := randomNow(r)
		const many = 8
		var subjects [many]scoring.Subject[visitor, visit]
		for i := range subjects {
			subjects[i] = randomSubject(r, m, now)
		}
		var group sync.WaitGroup
		for i, subject := range subjects {
			group.Go(func() {
				r := seeded(int64(i))
				for range 3 {
					st := fed(t, r, s, subject.Lead, subject.Activities) // the first of all prepares the scorer
					if err := st.Changed("Country"); err != nil {
						t.Error(err)
					}
					if want, got := s.Score(subject, now), st.Score(now, subject.Adjustments...); !reflect.DeepEqual(want, got) {
						t.Errorf("the state's score differs from the whole (-) by:\n%s", diff.Diff(want, got))
					}
					st.Forget(now)
					if want, got := s.Points(subject, now), st.Points(now, subject.Adjustments...); want != got {
						t.Errorf("the state says %v points, the whole %v", got, want)
					}
				}
			})
		}
		group.Wait()
	}
}
