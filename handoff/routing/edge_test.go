package routing_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/leadloop/leadloop/handoff/routing"
	"github.com/leadloop/leadloop/handoff/worktime"
)

// TestBucketIncludesItsEnd: who opens after exactly one bucket is in it, and shares the lead with who opens before.
func TestBucketIncludesItsEnd(t *testing.T) {
	for bucket, want := range map[time.Duration]string{24 * time.Hour: "a", 24*time.Hour - 1: "b"} {
		router, err := routing.Compile(routing.Pool{Name: "p", OpenWithin: routing.Duration(48 * time.Hour), Bucket: routing.Duration(bucket),
			Members: []routing.Member{{ID: "a", Weight: 1, Calendar: "a"}, {ID: "b", Weight: 1, Calendar: "b"}}},
			routing.Calendars(map[string]*worktime.Calendar{"a": opensAfter(t, 24*time.Hour), "b": opensAfter(t, 10*time.Hour)}))
		if err != nil {
			t.Fatal(err)
		}
		if d, _ := router.Route(routing.State{}, routing.Request{Now: now}); d.Member != want {
			t.Errorf("%v: got %v", bucket, d)
		}
	}
}

// TestLongestAbsenceIsTold: of several absences that hold.
func TestLongestAbsenceIsTold(t *testing.T) {
	day := func(n int) routing.Absence { return routing.Absence{Member: "m000", Until: now.AddDate(0, 0, n)} }
	for _, c := range []struct {
		absences []routing.Absence
		why      string
	}{
		{[]routing.Absence{day(1), day(3), day(2)}, "is absent until 2026-04-02T08:00:00Z"},
		{[]routing.Absence{day(1), {Member: "m000"}, day(2)}, "is absent until further notice"},
	} {
		d, _ := compile(t, pool(1)).Route(routing.State{}, routing.Request{Now: now, Absences: c.absences})
		if got := d.Candidates[0].Exclusions; len(got) != 1 || got[0].Why != c.why {
			t.Errorf("got %+v, want %s", got, c.why)
		}
	}
}

// TestPreferencesStayInTheirPool: the pool that another falls back on has none.
func TestPreferencesStayInTheirPool(t *testing.T) {
	p := routing.Plan{Name: "p", Version: 1, Otherwise: "a", Fallback: "f", Pools: []routing.Pool{
		{Name: "a", Fallback: "b", Members: []routing.Member{{ID: "x", Weight: 1, Prefers: "Employees > 9"}}},
		{Name: "b", Members: []routing.Member{{ID: "y", Weight: 1}, {ID: "z", Weight: 2}}},
	}}
	if r, _ := dispatcher(t, p).Route(nil, routing.Request{Now: now, Absences: away("x")}, &company{}); r.Member != "z" || r.Pools[1].Candidates[0].Exclusions != nil {
		t.Errorf("got %v", r)
	}
}

// TestFirstRuleForAll: no rule after one that always holds decides the pool, were it the first.
func TestFirstRuleForAll(t *testing.T) {
	p := plan()
	p.Rules = []routing.Rule{{Name: "all", Pool: "dach"}, {Name: "late", When: "true", Pool: "world"}}
	_, err := routing.CompilePlan[company](p, routing.Calendars(hours(t)))
	holdTo(t, err, []string{"rules[1].pool: rules[0] holds for every lead"}, routing.ErrRule)
}

// TestNegativeLoad counts as none.
func TestNegativeLoad(t *testing.T) {
	p := pool(1, 1)
	p.Strategy, p.Members[0].Capacity, p.Members[1].Capacity = routing.FreeCapacity, 3, 5
	if d, _ := compile(t, p).Route(routing.State{}, routing.Request{Now: now, Load: map[string]int64{"m000": -10}}); d.Member != "m001" {
		t.Errorf("got %v", d)
	}
}

// TestTimesThatJSONCannotHold do not get into a State.
func TestTimesThatJSONCannotHold(t *testing.T) {
	router := compile(t, pool(1))
	for _, year := range []int{-5, 0, 10_000} {
		at := time.Date(year, 6, 1, 0, 0, 0, 0, time.UTC)
		for _, now := range []time.Time{{}, at} {
			_, s := router.Route(routing.State{Last: at, Period: at}, routing.Request{Now: now, Period: at})
			if _, err := json.Marshal(s); err != nil || !s.Last.IsZero() || !s.Period.IsZero() || s.Accounts[0].Leads != 1 {
				t.Errorf("year %d: got %+v, %v", year, s, err)
			}
		}
	}
}
