package routing_test

import (
	"encoding/binary"
	"encoding/json"
	"math/rand"
	"reflect"
	"testing"
	"time"

	"github.com/leadloop/leadloop/handoff/routing"
)

// FuzzRoute: whatever the pool, the stored state and the request, a decision
// names an eligible member if there is one, lists everybody, repeats, and leaves
// a state that routes on.
func FuzzRoute(f *testing.F) {
	f.Add([]byte(`{"name":"p","members":[{"id":"a","weight":2},{"id":"b","weight":1,"capacity":3}]}`), []byte(`{}`), "a", "b", int64(3))
	f.Add([]byte(`{"name":"p","members":[{"id":"a","weight":1000000},{"id":"b","weight":1},{"id":"c","weight":0}]}`),
		[]byte(`{"unit":6,"accounts":[{"member":"a","balance":9223372036854775807},{"member":"b","balance":-9223372036854775808}]}`), "", "x", int64(-1))
	f.Fuzz(func(t *testing.T, document, stored []byte, declined, absent string, load int64) {
		p, err := routing.Parse(document)
		if err != nil {
			return
		}
		router, err := routing.Compile(p)
		if err != nil {
			return
		}
		var state routing.State
		if json.Unmarshal(stored, &state) != nil {
			return
		}
		q := routing.Request{Lead: "l", Declined: []string{declined}, Absences: away(absent), Load: map[string]int64{}, Now: time.Unix(load, 0)}
		for _, m := range p.Members {
			q.Load[m.ID] = load
		}
		for range 5 {
			d, next := router.Route(state, q)
			again, same := router.Route(state, q)
			if !reflect.DeepEqual(d, again) || !reflect.DeepEqual(next, same) {
				t.Fatal("the same question has two answers")
			}
			if len(d.Candidates) != len(p.Members) {
				t.Fatalf("%d candidates of %d members", len(d.Candidates), len(p.Members))
			}
			eligible, chosen := 0, 0
			for _, c := range d.Candidates {
				if len(c.Exclusions) > 0 {
					continue
				}
				eligible++
				if c.Member == d.Member {
					chosen++
				}
			}
			if chosen != min(eligible, 1) || (d.Member == "") != (eligible == 0) {
				t.Fatalf("%q is chosen of %d eligible", d.Member, eligible)
			}
			state = next
		}
	})
}

// FuzzDispatch: whatever the plan, the stored states and the request, the decision repeats, names somebody unless the
// lead is suppressed, takes an eligible one where a pool decides, and lists everybody of each pool that was tried.
func FuzzDispatch(f *testing.F) {
	document, err := json.Marshal(plan())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(document, []byte(`[{"pool":"dach","state":{"last":"2026-03-01T00:00:00Z","accounts":[{"member":"ann","balance":1,"leads":3,"turn":9007199254740991}]}}]`), "DE", "ann", "cyd", "", int64(1774857600), 50)
	f.Add(document, []byte(`[{"pool":"world","state":{"unit":-1,"accounts":[{"member":"dan","balance":-9223372036854775808}]}},{"pool":"world","state":{}}]`), "FR", "", "dan", "erased", int64(-1<<40), 5000)
	f.Add([]byte(`{"name":"p","version":1,"otherwise":"a","fallback":"f","pools":[{"name":"a","bucket":"1s","open_within":"9d","fallback":"b","members":[{"id":"x","weight":1,"calendar":"late"},{"id":"y","weight":1,"prefers":"Employees > 3"}]},{"name":"b","strategy":"free_capacity","members":[{"id":"x","capacity":1}]}]}`),
		[]byte(`[]`), "US", "x", "y", "", int64(1774857600), 4)
	calendars := routing.Calendars(hours(f))
	f.Fuzz(func(t *testing.T, document, stored []byte, country, owner, member, suppression string, seconds int64, n int) {
		p, err := routing.ParsePlan(document)
		if err != nil { // few mutations are plans
			p = varied(rand.New(rand.NewSource(seconds)))
		}
		d, err := routing.CompilePlan[company](p, calendars)
		if err != nil {
			return
		}
		var states routing.States
		if json.Unmarshal(stored, &states) != nil {
			states = nil
			for i := 0; i+16 < len(stored); i += 17 { // nor are they States
				a := routing.Account{Member: people[int(stored[i])%len(people)], Balance: int64(binary.LittleEndian.Uint64(stored[i+1:])),
					Leads: int64(stored[i]), Turn: int64(binary.LittleEndian.Uint64(stored[i+9:]))}
				states = append(states, routing.PoolState{Pool: []string{"dach", "world", "last"}[int(stored[i])%3], State: routing.State{Unit: a.Turn, Accounts: []routing.Account{a}}})
			}
		}
		q := routing.Request{Lead: "l", Declined: []string{member}, Absences: []routing.Absence{{Member: member, From: time.Unix(int64(n), 0)}, {Member: owner, Until: time.Unix(seconds, 9)}},
			Load: map[string]int64{member: int64(n), owner: seconds}, Now: time.Unix(seconds, 0), Period: time.Unix(seconds-int64(n), 0),
			Suppression: routing.Suppression(suppression), Existing: routing.Existing{Owner: owner}, AccountOwner: member}
		lead := &company{Country: country, Employees: n, Products: []string{member}, Score: &n}
		for range 4 {
			result, next := d.Route(states, q, lead)
			again, same := d.Route(states, q, lead)
			if !reflect.DeepEqual(result, again) || !reflect.DeepEqual(next, same) {
				t.Fatal("the same question has two answers")
			}
			if (result.Member == "") != (suppression != "") || (result.Pool != "") != (result.By == routing.ByPool) || len(result.Steps) == 0 || result.Steps[len(result.Steps)-1].Answer != routing.Decided {
				t.Fatalf("got %v", result)
			}
			for _, pool := range result.Pools {
				for _, c := range pool.Candidates {
					if c.Member == pool.Member && c.Exclusions != nil {
						t.Fatalf("got %v", result)
					}
					if pool.Member == "" && c.Exclusions == nil {
						t.Fatalf("%s is eligible, and nobody gets the lead: %v", c.Member, result)
					}
				}
			}
			states = next
			q.Suppression, suppression = "", ""
			q.Existing.Owner, q.AccountOwner = "", ""
		}
	})
}
