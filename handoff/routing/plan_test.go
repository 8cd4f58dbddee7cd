package routing_test

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/leadloop/leadloop/handoff/routing"
)

func points(n int) *int { return &n }

// TestOrder takes a lead to each end of the order. Who gets it, by what, and what each step said.
func TestOrder(t *testing.T) {
	german := company{Country: "DE", Employees: 10}
	for _, c := range []struct {
		name   string
		q      routing.Request
		lead   *company
		member string
		by     routing.StepKind
		pool   string
		steps  []string // kind name answer
	}{
		{"suppressed", routing.Request{Suppression: routing.OptedOut, AccountOwner: "ann"}, &german, "", routing.BySuppression, "",
			[]string{"suppression opted_out decided"}},
		{"duplicate", routing.Request{Existing: routing.Existing{Kind: routing.Duplicate, ID: "l0", Owner: "eve"}, AccountOwner: "ann"}, &german, "eve", routing.ByExisting, "",
			[]string{"suppression  passed", "existing eve decided"}},
		{"duplicate without an owner", routing.Request{Existing: routing.Existing{Kind: routing.Duplicate, ID: "l0"}, AccountOwner: "ann"}, &german, "ann", routing.ByAccountOwner, "",
			[]string{"suppression  passed", "existing  passed", "account_owner ann decided"}},
		{"owner of the opportunity has left", routing.Request{Existing: routing.Existing{Kind: routing.OpenOpportunity, Owner: "zoe"}, AccountOwner: "ann"}, &german, "ann", routing.ByAccountOwner, "",
			[]string{"suppression  passed", "existing zoe passed", "account_owner ann decided"}},
		{"owner is absent", routing.Request{AccountOwner: "eve", Absences: away("eve")}, &german, "ann", routing.ByPool, "dach",
			[]string{"suppression  passed", "existing  passed", "account_owner eve passed", "rule enterprise passed", "rule dach applied", "rule hot failed", "pool dach decided"}},
		{"owner is full, which does not matter", routing.Request{AccountOwner: "cyd", Load: map[string]int64{"cyd": 7}}, &german, "cyd", routing.ByAccountOwner, "",
			[]string{"suppression  passed", "existing  passed", "account_owner cyd decided"}},
		{"no rule", routing.Request{}, &company{Country: "FR", Score: points(1)}, "dan", routing.ByPool, "world",
			[]string{"suppression  passed", "existing  passed", "account_owner  passed", "rule enterprise passed", "rule dach passed", "rule hot passed", "rule  applied", "pool world decided"}},
		{"two rules with a pool", routing.Request{}, &company{Country: "DE", Score: points(90)}, "dan", routing.ByPool, "world",
			[]string{"suppression  passed", "existing  passed", "account_owner  passed", "rule enterprise passed", "rule dach applied", "rule hot applied", "pool dach passed", "pool world decided"}},
		{"to the end", routing.Request{Absences: away("dan")}, &company{Country: "DE", Score: points(90)}, "head", routing.ByFallback, "",
			[]string{"suppression  passed", "existing  passed", "account_owner  passed", "rule enterprise passed", "rule dach applied", "rule hot applied",
				"pool dach passed", "pool world passed", "pool last passed", "fallback head decided"}},
		{"no view of the lead", routing.Request{}, nil, "dan", routing.ByPool, "world",
			[]string{"suppression  passed", "existing  passed", "account_owner  passed", "rule enterprise failed", "rule dach failed", "rule hot failed", "rule  applied", "pool world decided"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.q.Lead, c.q.Now = "l1", now
			got, _ := dispatcher(t, plan()).Route(nil, c.q, c.lead)
			var steps []string
			for _, s := range got.Steps {
				steps = append(steps, string(s.Kind)+" "+s.Name+" "+string(s.Answer))
				if s.Why == "" {
					t.Errorf("step %v has no words", s)
				}
			}
			if got.Plan != "inbound" || got.Version != 3 || got.Lead != "l1" || got.Member != c.member || got.By != c.by || got.Pool != c.pool {
				t.Errorf("got %+v", got)
			}
			if !slices.Equal(steps, c.steps) {
				t.Errorf("got steps\n%s\nwant\n%s", strings.Join(steps, "\n"), strings.Join(c.steps, "\n"))
			}
			tried := 0
			for _, s := range got.Steps {
				if s.Kind == routing.ByPool {
					if d := got.Pools[tried]; d.Pool != s.Name || (d.Member != "") != (s.Answer == routing.Decided) {
						t.Errorf("pool %d is %+v", tried, d)
					}
					tried++
				}
			}
			if tried != len(got.Pools) {
				t.Errorf("%d pools for %d steps", len(got.Pools), tried)
			}
		})
	}
}

// TestWords: the result tells all of it.
func TestWords(t *testing.T) {
	q := routing.Request{Lead: "l1", Now: now, AccountOwner: "ann", Declined: []string{"ann"}, Absences: []routing.Absence{{Member: "ann", Until: now.Add(time.Hour)}},
		Load: map[string]int64{"cyd": 2, "eve": 6}}
	got, _ := dispatcher(t, plan()).Route(nil, q, &company{Country: "AT", Employees: 5000, Score: points(3)})
	want := `inbound: lead l1 goes to dan
  suppression: nothing suppresses the lead
  existing: there is no duplicate and no open opportunity
  account owner ann: the owner of the account can't get the lead: is absent until 2026-03-30T09:00:00Z; has declined this lead
  rule enterprise: the rule holds, the skill "enterprise" is needed
  rule dach: the rule holds, the territory "dach" is needed, the lead goes to the pool "dach"
  rule hot: the rule does not hold
  pool dach: nobody of the pool can get the lead
    ann: is absent until 2026-03-30T09:00:00Z; has declined this lead
    ben: does not have the skill "enterprise"; opens at 2026-03-30T12:00:00Z, must open within 2h
    cyd: does not have the skill "enterprise"; has 2 open leads, the capacity is 2
  pool world: the lead goes to dan
    dan: gets the lead
    eve: does not have the skill "enterprise"; does not serve the territory "dach"; has 6 open leads, the capacity is 5`
	if got.String() != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	suppressed, states := dispatcher(t, plan()).Route(nil, routing.Request{Lead: "l2", Suppression: "bankrupt"}, nil)
	if s := suppressed.String(); s != "inbound: nobody gets lead l2\n  suppression bankrupt: the lead is suppressed: nobody gets it" || states != nil {
		t.Errorf("got %s", s)
	}
	data, err := json.Marshal(got)
	var back routing.Result
	if err != nil || json.Unmarshal(data, &back) != nil || !reflect.DeepEqual(back, got) {
		t.Errorf("JSON gives %+v back", back)
	}
}

// TestOwnersWhomNothingKeeps: an empty list of causes is not the same as none, and stays what it is in JSON.
func TestOwnersWhomNothingKeeps(t *testing.T) {
	for _, c := range []struct {
		heeds []routing.Cause
		want  string
	}{{nil, "cyd"}, {[]routing.Cause{}, "ann"}} {
		p := plan()
		p.OwnerHeeds = c.heeds
		data, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		again, err := routing.ParsePlan(data)
		if err != nil {
			t.Fatal(err)
		}
		if changes := routing.Diff(p, again); changes != nil {
			t.Errorf("%q: JSON changes the plan: %v", c.heeds, changes)
		}
		for _, p := range []routing.Plan{p, again} {
			q := routing.Request{Lead: "l1", AccountOwner: "ann", Declined: []string{"ann"}, Now: now}
			if r, _ := dispatcher(t, p).Route(nil, q, &company{Country: "DE"}); r.Member != c.want {
				t.Errorf("%q: got %v, want %s", c.heeds, r, c.want)
			}
		}
	}
}

// TestOwnersCount: what an owner or the fallback got counts in each of the pools of that person, as a lead given by hand does.
func TestOwnersCount(t *testing.T) {
	p := plan()
	p.Fallback = "fay"
	p.OwnerHeeds = []routing.Cause{routing.OverQuota, routing.NotOpen, routing.OverCapacity}
	d := dispatcher(t, p)
	var states routing.States
	route := func(q routing.Request, want string) routing.Result {
		t.Helper()
		q.Now = now
		var r routing.Result
		if r, states = d.Route(states, q, &company{Country: "DE"}); r.Member != want {
			t.Fatalf("got %v, want %s", r, want)
		}
		return r
	}
	account := func(pool, member string) (a routing.Account) {
		for _, s := range states {
			for _, x := range s.State.Accounts {
				if s.Pool == pool && x.Member == member {
					a = x
				}
			}
		}
		return a
	}
	owned := routing.Request{AccountOwner: "ann", Declined: []string{"ann"}} // not heeded
	for range 3 {
		route(owned, "ann")
	}
	if account("dach", "ann").Leads != 3 || account("last", "ann").Leads != 3 || account("dach", "ann").Balance != 0 {
		t.Errorf("got %+v", states)
	}
	r := route(owned, "cyd") // the quota of ann's first pool is reached; ann has had the turn
	if list := r.Steps[2].Exclusions; len(list) != 1 || list[0].Cause != routing.OverQuota {
		t.Errorf("got %v", r)
	}
	if list := route(routing.Request{AccountOwner: "ben"}, "cyd").Steps[2].Exclusions; len(list) != 1 || list[0].Cause != routing.NotOpen {
		t.Errorf("got %v", list)
	}
	route(routing.Request{Absences: away("ann", "ben", "cyd", "dan", "eve", "fay")}, "fay")
	if account("last", "fay") != (routing.Account{Member: "fay", Leads: 1, Turn: 4}) || account("last", "ann").Turn != 3 {
		t.Errorf("got %+v", states)
	}
	before := states
	if states = d.Record(states, routing.Assignment{Member: "stranger", At: now}); !reflect.DeepEqual(states, before) {
		t.Error("a stranger counts")
	}
	if !slices.IsSortedFunc(states, func(a, b routing.PoolState) int { return strings.Compare(a.Pool, b.Pool) }) {
		t.Errorf("got %+v", states)
	}
}

func TestParsePlan(t *testing.T) {
	want := plan()
	data, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := routing.ParsePlan(data); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
	for bad, message := range map[string]string{
		`{"rules": [{"name": "x", "whem": "true"}]}`:   `rules[0].whem:1:26: unknown key, did you mean "when"?`,
		`{"pools": [{"open_within": "2 days"}]}`:       `pools[0].open_within:1:28: a span of time is written like`,
		`{"version": "1"}`:                             "version:1:13:",
		`{"name": "a", "fallback": "b", "name": "c"} `: "name:1:32: the key stands here twice",
	} {
		if _, err := routing.ParsePlan([]byte(bad)); err == nil || !strings.Contains(err.Error(), message) {
			t.Errorf("%s: got %v, want %s", bad, err, message)
		}
	}
	d := dispatcher(t, want)
	got := d.Plan()
	got.Pools[0].Members[0].Skills[0], got.Rules[0].Skills[0] = "x", "x"
	if !reflect.DeepEqual(d.Plan(), plan()) {
		t.Error("the plan of a dispatcher can be changed")
	}
	want.Pools[0].Members[0].ID = "x"
	if r, _ := d.Route(nil, routing.Request{Now: now}, &company{Country: "DE"}); r.Member != "ann" {
		t.Errorf("got %v", r)
	}
}

// TestNeedsOnce: what two rules ask for is one need.
func TestNeedsOnce(t *testing.T) {
	p := plan()
	p.Rules = append(p.Rules, routing.Rule{Name: "again", When: "Employees > 1", Skills: []string{"enterprise", "closer"}, Territories: []string{"dach"}})
	r, _ := dispatcher(t, p).Route(nil, routing.Request{Now: now}, &company{Country: "DE", Employees: 1000, Score: points(90)})
	var causes []routing.Cause
	for _, e := range r.Pools[1].Candidates[1].Exclusions {
		causes = append(causes, e.Cause)
	}
	if want := []routing.Cause{routing.LacksSkill, routing.LacksSkill, routing.OutsideTerritory}; r.Member != "dan" || !slices.Equal(causes, want) {
		t.Errorf("got %v", r)
	}
}

// TestZero: the zero values answer.
func TestZero(t *testing.T) {
	var d routing.Dispatcher[company]
	if r, states := d.Route(nil, routing.Request{Lead: "l"}, &company{}); r.Member != "" || states != nil {
		t.Errorf("got %v", r)
	}
	if states := d.Record(nil, routing.Assignment{Member: "a"}); states != nil {
		t.Errorf("got %v", states)
	}
}
