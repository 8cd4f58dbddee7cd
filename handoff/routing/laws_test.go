package routing_test

import (
	"encoding/json"
	"math"
	"math/rand"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/leadloop/leadloop/handoff/routing"
	"github.com/leadloop/leadloop/handoff/worktime"
)

// TestBatchOfPlan: a batch, in memory, is the sequence of its leads with the States stored as JSON between any two of them.
func TestBatchOfPlan(t *testing.T) {
	r := rand.New(rand.NewSource(21))
	for range 20 {
		p := varied(r)
		d := dispatcher(t, p)
		var batch, sequence routing.States
		at := now
		for i := range 100 {
			at = at.Add(time.Duration(r.Int63n(int64(10 * time.Hour))))
			q, lead := ask(r, i, at)
			var a, b routing.Result
			a, batch = d.Route(batch, q, lead)
			stored, err := json.Marshal(sequence)
			if err != nil {
				t.Fatal(err)
			}
			sequence = nil
			if err := json.Unmarshal(stored, &sequence); err != nil {
				t.Fatal(err)
			}
			q.Now = q.Now.In(time.FixedZone("elsewhere", 3600)) // the same instant
			b, sequence = dispatcher(t, p).Route(sequence, q, lead)
			if a.Member != b.Member || a.By != b.By || !reflect.DeepEqual(batch, sequence) {
				t.Fatalf("lead %d: %v and %v", i, a, b)
			}
		}
	}
}

// TestSharesByPlan: 10,000 leads to 20 members, two of which have nearly all the weight, through a plan. At every prefix everybody
// is within a lead of the exact share.
func TestSharesByPlan(t *testing.T) {
	weights := make([]int64, 20)
	var total int64
	for i := range weights {
		weights[i] = 1
		if i >= 18 {
			weights[i] = 95
		}
		total += weights[i]
	}
	d, err := routing.CompilePlan[company](routing.Plan{Name: "p", Version: 1, Otherwise: "pool", Fallback: "f", Pools: []routing.Pool{pool(weights...)}})
	if err != nil {
		t.Fatal(err)
	}
	var states routing.States
	counts := map[string]int64{}
	for n := int64(1); n <= 10_000; n++ {
		var r routing.Result
		r, states = d.Route(states, routing.Request{Now: now}, nil)
		counts[r.Member]++
		for i, c := range r.Pools[0].Candidates {
			if off := counts[c.Member]*total - n*weights[i]; off >= total || off <= -total {
				t.Fatalf("after %d leads %s has %d", n, c.Member, counts[c.Member])
			}
		}
	}
}

// TestNoBurstInTurn: whoever was away, in every stretch in which the same k members wait for their turn, each gets exactly one of any k leads.
func TestNoBurstInTurn(t *testing.T) {
	r := rand.New(rand.NewSource(4))
	for range 100 {
		p := pool(make([]int64, 2+r.Intn(9))...)
		p.Strategy = routing.LongestWaiting
		router := compile(t, p)
		var state routing.State
		for range 8 {
			absent := pick(r, ids(p), 4)
			var got []string
			k := len(p.Members) - len(absent)
			for range 4 * k {
				var d routing.Decision
				d, state = router.Route(state, routing.Request{Absences: away(absent...), Now: now})
				got = append(got, d.Member)
			}
			for i := 0; i+k <= len(got); i++ {
				window := slices.Clone(got[i : i+k])
				slices.Sort(window)
				if len(slices.Compact(window)) != k {
					t.Fatalf("without %v: %v", absent, got)
				}
			}
		}
	}
}

func ids(p routing.Pool) (list []string) {
	for _, m := range p.Members {
		list = append(list, m.ID)
	}
	return list
}

// TestQuota: counts are those of the period, whoever gave the leads; they start anew with a period and not with a late lead.
func TestQuota(t *testing.T) {
	p := pool(1, 1)
	p.Strategy, p.Members[0].Quota = routing.LongestWaiting, 2
	router := compile(t, p)
	march, april := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)
	var state routing.State
	route := func(at, period time.Time, want string) routing.Decision {
		t.Helper()
		var d routing.Decision
		if d, state = router.Route(state, routing.Request{Now: at, Period: period}); d.Member != want {
			t.Fatalf("got %v, want %s", d, want)
		}
		return d
	}
	route(march.Add(time.Hour), march, "m000")
	state = router.Record(state, routing.Assignment{Member: "m000", At: march.Add(2 * time.Hour), Period: march})
	d := route(march.Add(3*time.Hour), march, "m001")
	route(march.Add(4*time.Hour), march, "m001")
	if want := []routing.Exclusion{{Cause: routing.OverQuota, Why: "has got 2 leads in this period, the quota is 2"}}; !reflect.DeepEqual(d.Candidates[0].Exclusions, want) {
		t.Errorf("got %+v", d.Candidates[0])
	}
	route(april, april, "m000") // the first instant of the period belongs to it
	if state.Accounts[0].Leads != 1 || state.Accounts[1].Leads != 0 || !state.Last.Equal(april) {
		t.Errorf("got %+v", state)
	}
	route(april.Add(time.Hour), april, "m001")
	route(march.Add(5*time.Hour), march, "m000") // late: counts in April
	route(april.Add(2*time.Hour), april, "m001")
	if state.Accounts[0].Leads != 2 || state.Accounts[1].Leads != 2 {
		t.Errorf("got %+v", state)
	}
	if got := router.Record(state, routing.Assignment{Member: "nobody", At: april.AddDate(1, 0, 0), Period: april.AddDate(1, 0, 0)}); !reflect.DeepEqual(got, state) {
		t.Errorf("a stranger's lead changes the state: %+v", got)
	}
	route(april.AddDate(0, 1, 0), time.Time{}, "m001") // without a period the counts go on
}

// TestQuotaAgreedAnew: leads that were counted without a period, or in a longer one that began before, don't count against
// the quota of one that runs already; those of a shorter one, which are fewer than all, do.
func TestQuotaAgreedAnew(t *testing.T) {
	month := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		before time.Time
		leads  int64 // after one more, with the month
		period time.Time
	}{
		{time.Time{}, 1, month},
		{time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), 1, month},
		{month, 6, month},
		{time.Date(2026, 3, 9, 0, 0, 0, 0, time.UTC), 6, time.Date(2026, 3, 9, 0, 0, 0, 0, time.UTC)},
	} {
		p := pool(1)
		var state routing.State
		for i := range 5 {
			at := time.Date(2026, 3, 10+i, 9, 0, 0, 0, time.UTC)
			if i%2 == 0 {
				state = compile(t, p).Record(state, routing.Assignment{Member: "m000", At: at, Period: c.before})
			} else {
				_, state = compile(t, p).Route(state, routing.Request{Now: at, Period: c.before})
			}
		}
		p.Members[0].Quota = 6
		d, state := compile(t, p).Route(state, routing.Request{Now: time.Date(2026, 3, 20, 9, 0, 0, 0, time.UTC), Period: month})
		if d.Member != "m000" || state.Accounts[0].Leads != c.leads || !state.Period.Equal(c.period) {
			t.Errorf("counted since %v: got %v, %+v", c.before, d, state)
		}
	}
}

// TestRecordKeepsShares: leads given by hand change nobody's share of the others.
func TestRecordKeepsShares(t *testing.T) {
	router := compile(t, pool(3, 2, 1))
	var plain, mixed routing.State
	for range 100 {
		var a, b routing.Decision
		a, plain = router.Route(plain, routing.Request{Now: now})
		mixed = router.Record(mixed, routing.Assignment{Member: "m001", At: now})
		b, mixed = router.Route(mixed, routing.Request{Now: now})
		if a.Member != b.Member {
			t.Fatalf("got %s, want %s", b.Member, a.Member)
		}
	}
}

// TestOpening: a member opens where its calendar does and no absence holds, within the span or on its last instant.
func TestOpening(t *testing.T) {
	at := func(day, hour int) time.Time { return time.Date(2026, 3, day, hour, 0, 0, 0, time.UTC) } // the 30th is a Monday
	for _, c := range []struct {
		name     string
		now      time.Time
		within   time.Duration
		absences []routing.Absence
		why      string // "" is open
	}{
		{"open", at(30, 8), 0, nil, ""},
		{"closing", at(30, 15), 0, nil, "opens at 2026-03-31T07:00:00Z, must be open now"},
		{"on the last instant", at(30, 15), 16 * time.Hour, nil, ""},
		{"a nanosecond too far", at(30, 15), 16*time.Hour - 1, nil, "opens at 2026-03-31T07:00:00Z, must open within 15h59m59s"},
		{"over the weekend", at(27, 16), 72 * time.Hour, nil, ""},
		{"absent when it opens", at(30, 15), 16 * time.Hour, []routing.Absence{{Member: "a", From: at(31, 0), Until: at(31, 9)}},
			"opens at 2026-03-31T09:00:00Z, must open within 16h"},
		{"absent when it opens, not for long", at(30, 15), 20 * time.Hour, []routing.Absence{{Member: "a", From: at(31, 0), Until: at(31, 9)}}, ""},
		{"absent one after the other", at(30, 15), 20 * time.Hour, []routing.Absence{{Member: "a", From: at(31, 9), Until: at(31, 18)}, {Member: "a", From: at(31, 0), Until: at(31, 9)}},
			"opens at 2026-04-01T07:00:00Z, must open within 20h"},
		{"absent for good", at(30, 15), 20 * time.Hour, []routing.Absence{{Member: "a", From: at(31, 9), Until: at(31, 18)}, {Member: "a", From: at(31, 0)}},
			"is not known to open again, must open within 20h"},
		{"others are absent", at(30, 15), 16 * time.Hour, away("b"), ""},
	} {
		router, err := routing.Compile(routing.Pool{Name: "p", OpenWithin: routing.Duration(c.within), Members: []routing.Member{{ID: "a", Weight: 1, Calendar: "early"}}},
			routing.Calendars(hours(t)))
		if err != nil {
			t.Fatal(err)
		}
		d, _ := router.Route(routing.State{}, routing.Request{Now: c.now, Absences: c.absences})
		var want []routing.Exclusion
		if c.why != "" {
			want = []routing.Exclusion{{Cause: routing.NotOpen, Why: c.why}}
		}
		if !reflect.DeepEqual(d.Candidates[0].Exclusions, want) {
			t.Errorf("%s: got %+v", c.name, d.Candidates[0])
		}
	}
	past := map[string]*worktime.Calendar{"past": opensAfter(t, -48*time.Hour)}
	router, err := routing.Compile(routing.Pool{Name: "p", OpenWithin: 1 << 62, Members: []routing.Member{{ID: "a", Weight: 1, Calendar: "past"}}}, routing.Calendars(past))
	if err != nil {
		t.Fatal(err)
	}
	if d, _ := router.Route(routing.State{}, routing.Request{Now: now}); d.Member != "" || !strings.Contains(d.Candidates[0].Exclusions[0].Why, "not known to open again") {
		t.Errorf("got %v", d)
	}
}

// TestHostileStates: whatever the host has stored, decisions are made, and what comes back is in order and small enough to go on with.
func TestHostileStates(t *testing.T) {
	r := rand.New(rand.NewSource(17))
	extreme := func() int64 {
		return []int64{math.MinInt64, math.MinInt64 + 1, -1 << 53, -1, 0, 1, 2, 1<<53 - 2, 1<<53 - 1, 1 << 53, math.MaxInt64, r.Int63()}[r.Intn(12)]
	}
	names := []string{"dach", "world", "last", "", "gone"}
	for range 2000 {
		p := varied(r)
		d := dispatcher(t, p)
		var states routing.States
		for range r.Intn(6) {
			s := routing.State{Unit: extreme(), Last: time.Unix(extreme(), 0), Period: time.Unix(extreme(), 0)}
			for range r.Intn(8) {
				s.Accounts = append(s.Accounts, routing.Account{Member: people[r.Intn(len(people))], Balance: extreme(), Leads: extreme(), Turn: extreme()})
			}
			states = append(states, routing.PoolState{Pool: names[r.Intn(len(names))], State: s})
		}
		kept, _ := json.Marshal(states)
		for i := range 4 {
			q, lead := ask(r, i, now)
			q.Period = time.Unix(extreme(), 0)
			for _, id := range people {
				q.Load[id] = extreme()
			}
			given := states
			var result routing.Result
			result, states = d.Route(states, q, lead)
			if (result.Member == "") != (result.By == routing.BySuppression) {
				t.Fatalf("got %v", result)
			}
			if result.Pool == "" {
				continue
			}
			if after, _ := json.Marshal(given); i == 0 && string(after) != string(kept) {
				t.Fatal("Route changed the given states")
			}
			at := slices.IndexFunc(states, func(s routing.PoolState) bool { return s.Pool == result.Pool })
			state := states[at].State
			if _, err := json.Marshal(state); err != nil {
				t.Fatal(err)
			}
			var latest, turn int64
			for _, a := range state.Accounts {
				if a.Turn < 0 || a.Turn >= 1<<53 || a.Leads < 0 || a.Leads >= 1<<53 || max(a.Balance, -a.Balance) >= 1<<53 {
					t.Fatalf("got %+v", a)
				}
				latest = max(latest, a.Turn)
				if a.Member == result.Member {
					turn = a.Turn
				}
			}
			if turn != latest {
				t.Fatalf("%s got the lead, and is not the last in %+v", result.Member, state)
			}
		}
	}
}

// TestTurnsOfDamagedStates: large turns are made small and keep their order.
func TestTurnsOfDamagedStates(t *testing.T) {
	p := pool(0, 0, 0, 0)
	p.Strategy = routing.LongestWaiting
	router := compile(t, p)
	state := routing.State{Accounts: []routing.Account{{Member: "m000", Turn: math.MaxInt64}, {Member: "m001", Turn: 70}, {Member: "m002", Turn: 1<<53 - 2}, {Member: "m003", Turn: -5}}}
	var got []string
	for range 8 {
		var d routing.Decision
		d, state = router.Route(state, routing.Request{Now: now})
		got = append(got, d.Member)
	}
	if want := []string{"m003", "m001", "m002", "m000", "m003", "m001", "m002", "m000"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if state.Accounts[0].Turn > 20 {
		t.Errorf("got %+v", state)
	}
}
