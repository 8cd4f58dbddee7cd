package routing_test

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/leadloop/leadloop/handoff/routing"
)

func Example() {
	pool, err := routing.Parse([]byte(`{
	  "name": "north",
	  "members": [
	    {"id": "mary",  "weight": 2},
	    {"id": "joe",   "weight": 1},
	    {"id": "stacy", "weight": 1, "capacity": 30}
	  ]
	}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	router, err := routing.Compile(pool)
	if err != nil {
		fmt.Println(err)
		return
	}
	var state routing.State // the host stores it between any two leads
	for i := range 8 {
		var decision routing.Decision
		decision, state = router.Route(state, routing.Request{Lead: fmt.Sprint("lead-", i)})
		fmt.Print(decision.Member, " ")
	}
	// Output: mary joe stacy mary mary joe stacy mary
}

// Everybody who can't get the lead is listed with the cause.
func ExampleRouter_Route() {
	router, err := routing.Compile(routing.Pool{Name: "north", Members: []routing.Member{
		{ID: "mary", Weight: 2}, {ID: "joe", Weight: 1}, {ID: "stacy", Weight: 1, Capacity: 30}, {ID: "ann", Weight: 1},
	}})
	if err != nil {
		fmt.Println(err)
		return
	}
	monday := time.Date(2026, 3, 30, 9, 0, 0, 0, time.UTC)
	decision, _ := router.Route(routing.State{}, routing.Request{
		Lead:     "lead-17",
		Declined: []string{"joe"},
		Absences: []routing.Absence{{Member: "mary", From: monday, Until: monday.AddDate(0, 0, 14)}},
		Load:     map[string]int64{"stacy": 31},
		Now:      monday.Add(time.Hour),
	})
	fmt.Println(decision)
	// Output:
	// north: lead lead-17 goes to ann
	//   mary: is absent until 2026-04-13T09:00:00Z
	//   joe: has declined this lead
	//   stacy: has 31 open leads, the capacity is 30
	//   ann: gets the lead
}

// A mistake in a pool is reported with its place, all of them at once.
func ExampleCompile() {
	_, err := routing.Compile(routing.Pool{Name: "north", Members: []routing.Member{{ID: "mary", Weight: -2}, {ID: "mary", Weight: 1}}})
	fmt.Println(err)
	// Output:
	// members[0].weight: the weight is -2: give one from 0 to 1000000
	// members[1].id: members[0] has the same id: keep one
}

// The state is plain data.
func ExampleState() {
	router, err := routing.Compile(routing.Pool{Name: "p", Members: []routing.Member{{ID: "a", Weight: 1}, {ID: "b", Weight: 1}}})
	if err != nil {
		fmt.Println(err)
		return
	}
	_, state := router.Route(routing.State{}, routing.Request{Lead: "lead-1"})
	data, err := json.Marshal(state)
	fmt.Println(len(state.Accounts), len(data) > 0, err)
	fmt.Println(2*state.Accounts[0].Balance == -state.Unit, 2*state.Accounts[1].Balance == state.Unit)
	// Output:
	// 2 true <nil>
	// true true
}
