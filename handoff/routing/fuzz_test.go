package routing_test

import (
	"encoding/json"
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
