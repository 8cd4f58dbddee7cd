package goals_test

import (
	"fmt"
	"time"

	"github.com/leadloop/leadloop/handoff/goals"
	"github.com/leadloop/leadloop/handoff/worktime"
)

// Marketing has committed to 200 leads in April. Before Easter, on two of twenty
// working days, 15 have come where 20 were due.
func ExamplePlan_Progress() {
	office := []worktime.Window{"09:00-17:00"}
	calendar, err := worktime.Compile(worktime.Definition{
		TimeZone: "UTC",
		Hours:    worktime.Week{Mon: office, Tue: office, Wed: office, Thu: office, Fri: office},
		Holidays: []worktime.Date{"2026-04-03", "2026-04-06"},
	}, time.LoadLocation)
	if err != nil {
		fmt.Println(err)
		return
	}
	plan, err := goals.Compile(goals.Commitment{
		From:  time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC),
		To:    time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC),
		Count: 200,
	}, calendar)
	if err != nil {
		fmt.Println(err)
		return
	}
	progress := plan.Progress(goals.Delivered{Count: 15}, time.Date(2026, 4, 5, 12, 0, 0, 0, time.UTC))
	attainment, _ := progress.Count.Attainment()
	fmt.Println("due:", progress.Count.Due().RatString())
	fmt.Println("attainment:", attainment)
	fmt.Println("missing:", progress.Count.Missing().RatString())
	_, defined := progress.Value.Attainment()
	fmt.Println("a value is committed:", defined)
	// Output:
	// due: 20
	// attainment: 3/4
	// missing: 5
	// a value is committed: false
}
