package scoring_test

import (
	"bytes"
	"math/rand"
	"slices"
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
