package routing_test

import (
	"testing"
	"time"

	"github.com/leadloop/leadloop/handoff/routing"
	"github.com/leadloop/leadloop/handoff/worktime"
)

// company is a host's view of a lead.
type company struct {
	Country   string
	Employees int
	Products  []string
	Score     *int
}

func utc(string) (*time.Location, error) { return time.UTC, nil }

// hours are two working calendars: now is a Monday at eight, when only "early" is open.
func hours(t testing.TB) map[string]*worktime.Calendar {
	t.Helper()
	all := map[string]*worktime.Calendar{}
	for name, window := range map[string]worktime.Window{"early": "07:00-15:00", "late": "12:00-20:00"} {
		day := []worktime.Window{window}
		c, err := worktime.Compile(worktime.Definition{TimeZone: "UTC", Hours: worktime.Week{Mon: day, Tue: day, Wed: day, Thu: day, Fri: day}}, utc)
		if err != nil {
			t.Fatal(err)
		}
		all[name] = c
	}
	return all
}

// plan is an agreement of three pools.
func plan() routing.Plan {
	return routing.Plan{
		Name: "inbound", Version: 3, Otherwise: "world", Fallback: "head",
		Rules: []routing.Rule{
			{Name: "enterprise", When: "Employees >= 1000", Skills: []string{"enterprise"}},
			{Name: "dach", When: `Country in ["DE", "AT", "CH"]`, Pool: "dach", Territories: []string{"dach"}},
			{Name: "hot", When: "Score > 80", Pool: "world", Skills: []string{"closer"}},
		},
		Pools: []routing.Pool{
			{Name: "dach", Strategy: routing.LongestWaiting, Fallback: "world", OpenWithin: routing.Duration(2 * time.Hour), Members: []routing.Member{
				{ID: "ann", Calendar: "early", Quota: 3, Skills: []string{"enterprise"}, Territories: []string{"dach"}},
				{ID: "ben", Calendar: "late", Territories: []string{"dach"}},
				{ID: "cyd", Capacity: 2, Territories: []string{"dach", "nordics"}, Prefers: `"crm" in Products`},
			}},
			{Name: "world", Fallback: "last", Members: []routing.Member{
				{ID: "dan", Weight: 2, Skills: []string{"closer", "enterprise"}, Territories: []string{"dach"}},
				{ID: "eve", Weight: 1, Capacity: 5},
			}},
			{Name: "last", Strategy: routing.FreeCapacity, Members: []routing.Member{{ID: "ann", Capacity: 9}, {ID: "fay", Capacity: 4}}},
		},
	}
}

func dispatcher(t testing.TB, p routing.Plan) *routing.Dispatcher[company] {
	t.Helper()
	d, err := routing.CompilePlan[company](p, routing.Calendars(hours(t)))
	if err != nil {
		t.Fatal(err)
	}
	return d
}
