package routing_test

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/leadloop/leadloop/handoff/routing"
	"github.com/leadloop/leadloop/handoff/worktime"
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

// A lead's country decides the pool, its size the skill. Nobody of the first pool has it.
func ExampleDispatcher_Route() {
	type Lead struct {
		Country   string
		Employees int
	}
	plan, err := routing.ParsePlan([]byte(`{
	  "name": "inbound", "version": 1,
	  "rules": [
	    {"name": "dach",       "when": "Country in ['DE', 'AT', 'CH']", "pool": "dach"},
	    {"name": "enterprise", "when": "Employees >= 1000", "skills": ["enterprise"]}
	  ],
	  "otherwise": "world",
	  "pools": [
	    {"name": "dach", "strategy": "longest_waiting", "fallback": "world", "members": [{"id": "ann"}, {"id": "ben"}]},
	    {"name": "world", "members": [{"id": "cyd", "weight": 2, "skills": ["enterprise"]}, {"id": "dan", "weight": 1}]}
	  ],
	  "fallback": "head-of-sales"
	}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	dispatcher, err := routing.CompilePlan[Lead](plan)
	if err != nil {
		fmt.Println(err)
		return
	}
	var states routing.States // the host stores them between any two leads
	result, states := dispatcher.Route(states, routing.Request{Lead: "lead-17", AccountOwner: "zoe"}, &Lead{Country: "AT", Employees: 4000})
	fmt.Println(result)
	fmt.Println(len(states))
	// Output:
	// inbound: lead lead-17 goes to cyd
	//   suppression: nothing suppresses the lead
	//   existing: there is no duplicate and no open opportunity
	//   account owner zoe: the owner of the account can't get the lead: is in no pool of the plan
	//   rule dach: the rule holds, the lead goes to the pool "dach"
	//   rule enterprise: the rule holds, the skill "enterprise" is needed
	//   pool dach: nobody of the pool can get the lead
	//     ann: does not have the skill "enterprise"
	//     ben: does not have the skill "enterprise"
	//   pool world: the lead goes to cyd
	//     cyd: gets the lead
	//     dan: does not have the skill "enterprise"
	// 1
}

// All mistakes of a plan are reported at once, each with its place.
func ExampleCompilePlan() {
	type Lead struct{ Country string }
	_, err := routing.CompilePlan[Lead](routing.Plan{
		Name: "inbound", Version: 1, Otherwise: "world", Fallback: "head-of-sales",
		Rules: []routing.Rule{{Name: "dach", When: `Land == "AT"`, Pool: "dahc"}, {Name: "french", Skills: []string{"french"}}},
		Pools: []routing.Pool{{Name: "world", Fallback: "dach", Members: []routing.Member{{ID: "ann"}}},
			{Name: "dach", Fallback: "world", Members: []routing.Member{{ID: "ben", Weight: 1}}}},
	})
	fmt.Println(err)
	// Output:
	// pools[0].fallback: fallbacks go round in a circle: world → dach → world: end it
	// rules[0].pool: unknown pool "dahc", did you mean "dach"?: name one of the plan's pools
	// rules[1].skills[0]: no member has the skill "french"
	// pools[0].members: no member has a weight above 0, so nobody could get a lead: give at least one
	// rules[0].when:1:1: unknown name "Land"
}

// Who got a lead by hand goes to the end of the line.
func ExampleRouter_Record() {
	router, err := routing.Compile(routing.Pool{Name: "north", Strategy: routing.LongestWaiting,
		Members: []routing.Member{{ID: "miriam"}, {ID: "sanjay"}, {ID: "susana"}}})
	if err != nil {
		fmt.Println(err)
		return
	}
	var state routing.State
	for i := range 4 {
		var decision routing.Decision
		decision, state = router.Route(state, routing.Request{Lead: fmt.Sprint("lead-", i)})
		fmt.Print(decision.Member, " ")
		if i == 0 {
			state = router.Record(state, routing.Assignment{Member: "sanjay"})
		}
	}
	// Output: miriam susana miriam sanjay
}

// Off hours a lead goes to whoever opens soonest, if that is soon enough.
func ExampleCalendars() {
	calendar := func(window worktime.Window) *worktime.Calendar {
		day := []worktime.Window{window}
		c, err := worktime.Compile(worktime.Definition{TimeZone: "UTC", Hours: worktime.Week{Mon: day, Tue: day, Wed: day, Thu: day, Fri: day}},
			func(string) (*time.Location, error) { return time.UTC, nil })
		if err != nil {
			panic(err)
		}
		return c
	}
	router, err := routing.Compile(routing.Pool{Name: "north", OpenWithin: routing.Duration(12 * time.Hour), Bucket: routing.Duration(time.Hour), Members: []routing.Member{
		{ID: "mary", Weight: 1, Calendar: "office"}, {ID: "joe", Weight: 1, Calendar: "early"}, {ID: "ann", Weight: 1, Calendar: "late"},
	}}, routing.Calendars(map[string]*worktime.Calendar{"office": calendar("09:00-17:00"), "early": calendar("06:00-14:00"), "late": calendar("14:00-22:00")}))
	if err != nil {
		fmt.Println(err)
		return
	}
	decision, _ := router.Route(routing.State{}, routing.Request{Lead: "lead-1", Now: time.Date(2026, 3, 31, 0, 0, 0, 0, time.UTC)})
	fmt.Println(decision)
	// Output:
	// north: lead lead-1 goes to joe
	//   mary: opens at 2026-03-31T09:00:00Z, others sooner
	//   joe: gets the lead
	//   ann: opens at 2026-03-31T14:00:00Z, must open within 12h
}

// What two departments read before they agree to a new plan.
func ExampleDiff() {
	old := routing.Plan{Name: "inbound", Version: 1, Otherwise: "world", Fallback: "head-of-sales",
		Pools: []routing.Pool{{Name: "world", Members: []routing.Member{{ID: "ann", Weight: 1}, {ID: "ben", Weight: 1}}}}}
	revised := routing.Plan{Name: "inbound", Version: 2, Otherwise: "world", Fallback: "head-of-sales",
		Pools: []routing.Pool{{Name: "world", OpenWithin: routing.Duration(4 * time.Hour), Members: []routing.Member{{ID: "ann", Weight: 2}, {ID: "cyd", Weight: 1}}}}}
	for _, change := range routing.Diff(old, revised) {
		fmt.Println(change)
	}
	// Output:
	// the plan: version 1 → 2
	// pool "world": open within none → 4h
	// member "ann" of the pool "world": weight 1 → 2
	// member "cyd" of the pool "world" is new: weight 1
	// member "ben" of the pool "world" is gone: weight 1
}
