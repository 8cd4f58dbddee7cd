package routing_test

import (
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/leadloop/leadloop/handoff/routing"
	"github.com/leadloop/leadloop/handoff/worktime"
)

type facts struct {
	ID             string
	N              int
	Strategy       routing.Strategy
	Weights        map[string]int64
	Members, Rules []string
	Free           map[string]int64
	Last           map[string]string
	Bucket         map[string]int
	AvailableIn    map[string]int `json:"available_in_hours"`
	MaxHours       int            `json:"max_hours"`
	AtMaxHours60   string         `json:"at_max_hours_60"`
	Expected       json.RawMessage
	ExpectedCounts map[string]int `json:"expected_counts"`
	Eligible       []string
	History        []string
	Property       string
	Source         string
}

// load reads the independent facts.
func load(t *testing.T) []facts {
	t.Helper()
	data, err := os.ReadFile("testdata/cases.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Cases []facts }
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	return file.Cases
}

func (c *facts) expects(t *testing.T, into any) {
	t.Helper()
	if err := json.Unmarshal(c.Expected, into); err != nil {
		t.Fatal(err)
	}
}

// ids are the members that a case names, wherever it does.
func (c *facts) ids() []string {
	list := slices.Concat(c.Members, c.Eligible)
	for id := range c.Weights {
		list = append(list, id)
	}
	for id := range c.Free {
		list = append(list, id)
	}
	for id := range c.Last {
		list = append(list, id)
	}
	for id := range c.AvailableIn {
		list = append(list, id)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// opensAfter is a calendar that opens a time after now, for an hour.
func opensAfter(t testing.TB, d time.Duration) *worktime.Calendar {
	t.Helper()
	at := now.Add(d)
	c, err := worktime.Compile(worktime.Definition{TimeZone: "UTC", DatedHours: map[worktime.Date][]worktime.Window{
		worktime.Date(at.Format(time.DateOnly)): {worktime.Window(at.Format("15:04") + "-" + at.Add(time.Hour).Format("15:04"))},
	}}, func(string) (*time.Location, error) { return time.UTC, nil })
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestCases holds the package to the independent facts of testdata/cases.json.
func TestCases(t *testing.T) {
	seen := 0
	for _, c := range load(t) {
		seen++
		t.Run(c.ID, func(t *testing.T) {
			switch c.ID {
			case "swrr-equal", "swrr-2-1-1":
				c.sequence(t)
			case "lru-shared-order-across-rules":
				c.acrossRules(t)
			case "cap-dyn", "avail-buckets-dyn", "avail-buckets-load", "declined-not-again":
				c.one(t)
			case "avail-window-dyn":
				c.window(t)
			case "odoo-preferred":
				c.preferred(t)
			case "batch-equals-sequence":
				c.batch(t)
			default:
				t.Error("unknown case")
			}
		})
	}
	if seen != 10 {
		t.Errorf("%d cases, want 10", seen)
	}
}

func (c *facts) sequence(t *testing.T) {
	p := routing.Pool{Name: c.ID, Strategy: c.Strategy}
	for _, id := range c.ids() {
		p.Members = append(p.Members, routing.Member{ID: id, Weight: c.Weights[id]})
	}
	r := compile(t, p)
	var state routing.State
	var got []string
	counts := map[string]int{}
	for range c.N {
		var d routing.Decision
		d, state = r.Route(state, routing.Request{Lead: "l", Now: now})
		got = append(got, d.Member)
		counts[d.Member]++
	}
	if c.Expected != nil {
		var want []string
		if c.expects(t, &want); !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	}
	if c.ExpectedCounts != nil && !reflect.DeepEqual(counts, c.ExpectedCounts) {
		t.Errorf("got %v, want %v", counts, c.ExpectedCounts)
	}
}

func (c *facts) acrossRules(t *testing.T) {
	type lead struct{ Rule string }
	plan := routing.Plan{Name: c.ID, Version: 1, Otherwise: "p", Fallback: "f", Pools: []routing.Pool{{Name: "p", Strategy: c.Strategy}}}
	for _, id := range c.Members {
		plan.Pools[0].Members = append(plan.Pools[0].Members, routing.Member{ID: id})
	}
	for _, name := range slices.Compact(slices.Sorted(slices.Values(c.Rules))) {
		plan.Rules = append(plan.Rules, routing.Rule{Name: name, When: fmt.Sprintf("Rule == %q", name), Pool: "p"})
	}
	d, err := routing.CompilePlan[lead](plan)
	if err != nil {
		t.Fatal(err)
	}
	var states routing.States
	var got, want []string
	for _, name := range c.Rules {
		var r routing.Result
		r, states = d.Route(states, routing.Request{Now: now}, &lead{name})
		got = append(got, r.Member)
		if !slices.ContainsFunc(r.Steps, func(s routing.Step) bool { return s.Name == name && s.Answer == routing.Applied }) {
			t.Errorf("rule %s did not apply: %v", name, r)
		}
	}
	if c.expects(t, &want); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// one routes one lead in a pool with a history, loads and opening times.
func (c *facts) one(t *testing.T) {
	const day = 24 * time.Hour
	p := routing.Pool{Name: c.ID, Strategy: c.Strategy}
	calendars := map[string]*worktime.Calendar{}
	q := routing.Request{Lead: "l", Declined: c.History, Load: map[string]int64{}, Now: now}
	for _, id := range c.ids() {
		m := routing.Member{ID: id, Weight: 1}
		if free, ok := c.Free[id]; ok {
			m.Capacity, q.Load[id] = 30, 30-free
		}
		if bucket, ok := c.Bucket[id]; ok {
			p.OpenWithin, p.Bucket = routing.Duration(5*day), routing.Duration(day)
			m.Calendar = id
			calendars[id] = opensAfter(t, time.Duration(bucket)*day)
		}
		p.Members = append(p.Members, m)
	}
	router, err := routing.Compile(p, routing.Calendars(calendars))
	if err != nil {
		t.Fatal(err)
	}
	var state routing.State
	last := c.ids()
	slices.SortFunc(last, func(a, b string) int { return strings.Compare(c.Last[a], c.Last[b]) })
	for _, id := range last {
		if c.Last[id] != "" {
			state = router.Record(state, routing.Assignment{Member: id})
		}
	}
	var want string
	c.expects(t, &want)
	if d, _ := router.Route(state, q); d.Member != want {
		t.Errorf("got %v, want %s", d, want)
	}
}

// window routes a lead on Friday at nine in the evening: Monday at nine is 60 hours away.
func (c *facts) window(t *testing.T) {
	friday := time.Date(2026, 3, 27, 21, 0, 0, 0, time.UTC)
	monday, err := worktime.Compile(worktime.Definition{TimeZone: "UTC", Hours: worktime.Week{Mon: []worktime.Window{"09:00-17:00"}}},
		func(string) (*time.Location, error) { return time.UTC, nil })
	if err != nil {
		t.Fatal(err)
	}
	if opens, _ := monday.Next(friday); opens.Sub(friday) != time.Duration(c.AvailableIn["a"])*time.Hour {
		t.Fatalf("the calendar opens at %v", opens)
	}
	for hours, want := range map[int]string{c.MaxHours: "", 60: c.AtMaxHours60} {
		router, err := routing.Compile(routing.Pool{Name: "p", Strategy: c.Strategy, OpenWithin: routing.Duration(time.Duration(hours) * time.Hour),
			Members: []routing.Member{{ID: "a", Calendar: "monday"}}}, routing.Calendars(map[string]*worktime.Calendar{"monday": monday}))
		if err != nil {
			t.Fatal(err)
		}
		d, _ := router.Route(routing.State{}, routing.Request{Now: friday})
		if d.Member != want || want == "" && d.Candidates[0].Exclusions[0].Cause != routing.NotOpen {
			t.Errorf("within %d hours: got %v, want %q", hours, d, want)
		}
	}
	if string(c.Expected) != "null" {
		t.Errorf("the case expects %s", c.Expected)
	}
}

// preferred: in whatever order the leads come.
func (c *facts) preferred(t *testing.T) {
	type lead struct{ Tags []string }
	plan := routing.Plan{Name: c.ID, Version: 1, Otherwise: "team", Fallback: "f", Pools: []routing.Pool{{Name: "team", Members: []routing.Member{
		{ID: "m1", Weight: 1, Quota: 5, Prefers: `"preferred" in Tags`}, {ID: "m2", Weight: 1, Quota: 5}, {ID: "m3", Weight: 1, Quota: 5},
	}}}}
	d, err := routing.CompilePlan[lead](plan)
	if err != nil {
		t.Fatal(err)
	}
	orders := 0
	for set := range 1 << 11 {
		leads, others := make([]lead, 11), 0
		for i := range leads {
			if set>>i&1 == 1 {
				leads[i].Tags = []string{"large", "preferred"}
			} else {
				others++
			}
		}
		if others != 3 {
			continue
		}
		orders++
		var states routing.States
		counts := map[string]int{}
		for i := range leads {
			var r routing.Result
			r, states = d.Route(states, routing.Request{Now: now}, &leads[i])
			counts[r.Member]++
			if r.Member == "m1" && leads[i].Tags == nil {
				t.Errorf("order %b: lead %d of m1 is not preferred: %v", set, i, r)
			}
		}
		if !reflect.DeepEqual(counts, c.ExpectedCounts) {
			t.Errorf("order %b: got %v, want %v", set, counts, c.ExpectedCounts)
		}
	}
	if orders != 165 {
		t.Errorf("%d orders, want 11 over 3", orders)
	}
}

// batch: a batch keeps the State in memory, a sequence stores it between any two leads, in any process.
func (c *facts) batch(t *testing.T) {
	for _, strategy := range []routing.Strategy{routing.Weighted, routing.LongestWaiting, routing.FreeCapacity} {
		p := pool(5, 1, 3, 3)
		p.Strategy = strategy
		for i := range p.Members {
			p.Members[i].Capacity, p.Members[i].Quota = int64(20+i), 200
		}
		r := compile(t, p)
		var batch, sequence routing.State
		for i := range 1000 {
			q := routing.Request{Lead: fmt.Sprint(i), Now: now.Add(time.Duration(i) * time.Hour), Period: now.Add(time.Duration(i/300*300) * time.Hour),
				Load: map[string]int64{"m000": int64(i % 19), "m001": int64(i % 5)}}
			if i%7 == 0 {
				q.Declined = []string{"m000"}
			}
			var a, b routing.Decision
			a, batch = r.Route(batch, q)
			stored, err := json.Marshal(sequence)
			if err != nil {
				t.Fatal(err)
			}
			sequence = routing.State{}
			if err := json.Unmarshal(stored, &sequence); err != nil {
				t.Fatal(err)
			}
			b, sequence = compile(t, p).Route(sequence, q)
			if !reflect.DeepEqual(a, b) || !reflect.DeepEqual(batch, sequence) {
				t.Fatalf("lead %d: %v and %v", i, a, b)
			}
		}
	}
}

// TestAvailabilityAndCapacity is the third example of Dynamics 365's page: who is open now has no capacity left, Burt and Maya
// open within a day, Maria later, and the lead goes to Maya, who has waited longer than Burt.
func TestAvailabilityAndCapacity(t *testing.T) {
	const day = 24 * time.Hour
	p := routing.Pool{Name: "p", Strategy: routing.FreeCapacity, OpenWithin: routing.Duration(5 * day), Bucket: routing.Duration(day)}
	calendars, load := map[string]*worktime.Calendar{}, map[string]int64{}
	for _, m := range []struct {
		id   string
		days time.Duration
		free int64
	}{{"burt", 1, 14}, {"maya", 1, 20}, {"vivek", 0, -1}, {"maria", 2, 10}, {"sal", 0, 0}} {
		p.Members = append(p.Members, routing.Member{ID: m.id, Capacity: 40, Calendar: m.id})
		calendars[m.id], load[m.id] = opensAfter(t, m.days*day), 40-m.free
	}
	router, err := routing.Compile(p, routing.Calendars(calendars))
	if err != nil {
		t.Fatal(err)
	}
	state := router.Record(routing.State{}, routing.Assignment{Member: "maya"})
	state = router.Record(state, routing.Assignment{Member: "burt"})
	d, _ := router.Route(state, routing.Request{Lead: "l", Load: load, Now: now})
	causes := map[string]routing.Cause{}
	for _, c := range d.Candidates {
		if len(c.Exclusions) > 0 {
			causes[c.Member] = c.Exclusions[0].Cause
		}
	}
	want := map[string]routing.Cause{"vivek": routing.OverCapacity, "sal": routing.OverCapacity, "maria": routing.OpensLater}
	if d.Member != "maya" || !reflect.DeepEqual(causes, want) {
		t.Errorf("got %v", d)
	}
}
