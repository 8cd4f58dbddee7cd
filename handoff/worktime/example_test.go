package worktime_test

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/leadloop/leadloop/handoff/worktime"
)

const berlin = `{
  "time_zone": "Europe/Berlin",
  "hours": {
    "mon": ["09:00-12:30", "13:30-18:00"],
    "tue": ["09:00-12:30", "13:30-18:00"],
    "wed": ["09:00-12:30", "13:30-18:00"],
    "thu": ["09:00-12:30", "13:30-18:00"],
    "fri": ["09:00-14:00"]
  },
  "dated_hours": {"2026-12-24": ["09:00-12:00"], "2026-12-31": ["09:00-12:00"]},
  "breaks":      {"2026-06-17": ["15:00-24:00"]},
  "holidays":    ["2026-04-03", "2026-04-06", "2026-12-25", "2026-12-26", "2027-01-01"]
}`

func load(document string) *worktime.Calendar {
	definition, err := worktime.Parse([]byte(document))
	if err != nil {
		panic(err)
	}
	calendar, err := worktime.Compile(definition, time.LoadLocation) // or any loader of the host
	if err != nil {
		panic(err)
	}
	return calendar
}

// A lead comes in before Easter, half an hour before work ends, and is to be
// answered within four hours of work.
func ExampleCalendar_Add() {
	calendar := load(berlin)
	created := time.Date(2026, 4, 2, 15, 30, 0, 0, time.UTC) // Thursday 17:30 in Berlin
	deadline := calendar.Add(created, 4*time.Hour)
	fmt.Println("due:      ", deadline.Due)
	fmt.Println("met until:", deadline.MetUntil)
	fmt.Println("wall time:", deadline.Due.Sub(created))
	// Output:
	// due:       2026-04-07 10:30:00 +0000 UTC
	// met until: 2026-04-07 11:30:00 +0000 UTC
	// wall time: 115h0m0s
}

// Time used up at the close of business leaves the night to be in time.
func ExampleDeadline() {
	calendar := load(berlin)
	fivePM := time.Date(2026, 3, 30, 15, 0, 0, 0, time.UTC)
	deadline := calendar.Add(fivePM, time.Hour)
	fmt.Println(deadline.Due.Format("Mon 15:04"), "to", deadline.MetUntil.Format("Mon 15:04"))
	// Output: Mon 16:00 to Tue 07:00
}

func ExampleCalendar_Between() {
	calendar := load(berlin)
	saturday := time.Date(2026, 3, 28, 0, 0, 0, 0, time.UTC)
	fmt.Println(calendar.Between(saturday, saturday.AddDate(0, 0, 7)))
	fmt.Println(worktime.Always().Between(saturday, saturday.AddDate(0, 0, 7)))
	// Output:
	// 32h0m0s
	// 168h0m0s
}

func ExampleCalendar_Periods() {
	calendar := load(berlin)
	wednesday := time.Date(2026, 12, 23, 15, 0, 0, 0, time.UTC)
	for p := range calendar.Periods(wednesday, wednesday.AddDate(0, 0, 6)) {
		fmt.Println(p.Open.Format("Mon 02 Jan 15:04"), "-", p.Close.Format("15:04"))
	}
	// Output:
	// Wed 23 Dec 15:00 - 17:00
	// Thu 24 Dec 08:00 - 11:00
	// Mon 28 Dec 08:00 - 11:30
	// Mon 28 Dec 12:30 - 17:00
	// Tue 29 Dec 08:00 - 11:30
	// Tue 29 Dec 12:30 - 15:00
}

// All mistakes are reported at once, each with its place.
func ExampleCompile() {
	_, err := worktime.Compile(worktime.Definition{
		Hours:    worktime.Week{Mon: []worktime.Window{"9-17"}, Tue: []worktime.Window{"09:00-13:00", "12:00-17:00"}},
		Holidays: []worktime.Date{"2026-02-30"},
	}, time.LoadLocation)
	fmt.Println(err)
	// Output:
	// time_zone: no time zone: name one, such as "Europe/Berlin" or "UTC"
	// hours.mon[0]: "9-17" is no window: write it like "09:00-17:00"
	// hours.tue[1]: "12:00-17:00" overlaps an earlier window of the list (09:00-13:00): join them
	// holidays[0]: "2026-02-30" is no date: write it like "2026-12-24"
}

// The team in Berlin and a member in New York share the late afternoon.
func ExampleIntersect() {
	team := load(berlin)
	member := load(`{"time_zone": "America/New_York", "hours": {"mon": ["09:00-17:00"], "tue": ["09:00-17:00"], "wed": ["09:00-17:00"]}}`)
	common, err := worktime.Intersect(team, member)
	if err != nil {
		panic(err)
	}
	monday := time.Date(2026, 6, 15, 0, 0, 0, 0, time.UTC)
	for p := range common.Periods(monday, monday.AddDate(0, 0, 7)) {
		fmt.Println(p.Open.Format("Mon 15:04"), "-", p.Close.Format("15:04"))
	}
	fmt.Println(common.Add(monday, 4*time.Hour).Due.Format("Mon 15:04"))
	// Output:
	// Mon 13:00 - 16:00
	// Tue 13:00 - 16:00
	// Tue 14:00
}

// A day of a clock: four hours to answer a lead, with a pause while the lead is
// asked something, a warning and an escalation. The host stores the clock between
// the lines, and asks when Next says so.
func ExampleTerms() {
	ladder, err := worktime.NewLadder([]worktime.Step{
		{Name: "warn the owner", At: worktime.Offset{Percent: 75}},
		{Name: "breach", At: worktime.Offset{Percent: 100}},
		{Name: "tell the manager", At: worktime.Offset{Percent: 100, Plus: time.Hour}},
	})
	if err != nil {
		panic(err)
	}
	terms := &worktime.Terms{Calendars: map[string]*worktime.Calendar{"sales": load(berlin)}, Ladder: ladder}

	var clock worktime.Clock
	show := func(due []worktime.Firing, err error) {
		if err != nil {
			fmt.Println("  refused:", err)
		}
		for _, f := range due {
			fmt.Println(" ", f.At.Format("Mon 15:04"), f.Step)
		}
	}
	tell := func(e worktime.Event) {
		fmt.Println(e.At.Format("Mon 15:04"), e.Kind)
		next, due, err := terms.Decide(clock, e)
		show(due, err)
		clock = next
	}
	ask := func(now time.Time) {
		next, due, err := terms.Fire(clock, now)
		show(due, err)
		clock = next
	}
	at := func(day, hour, minute int) time.Time { return time.Date(2026, 6, day, hour, minute, 0, 0, time.UTC) }

	tell(worktime.Event{Kind: worktime.Start, At: at(15, 12, 0), Calendar: "sales", Budget: 4 * time.Hour})
	fmt.Println("due", clock.Deadline.Due.Format("Mon 15:04"), "to", clock.Deadline.MetUntil.Format("Mon 15:04"))
	pause := worktime.Event{Kind: worktime.Pause, At: at(15, 13, 0), Version: 1, Cause: "asked_back"}
	tell(pause)
	tell(pause) // delivered twice
	tell(worktime.Event{Kind: worktime.Resume, At: at(15, 15, 0), Version: 2, Cause: "asked_back"})
	fmt.Println("due", clock.Deadline.Due.Format("Mon 15:04"), "to", clock.Deadline.MetUntil.Format("Mon 15:04"))
	next, _ := terms.Next(clock)
	fmt.Println("ask at", next.At.Format("Mon 15:04"))
	ask(next.At)
	ask(next.At.Add(time.Minute)) // nothing is said twice
	tell(worktime.Event{Kind: worktime.Stop, At: at(16, 8, 30), Version: 3})

	reading, _ := terms.Read(clock, at(30, 0, 0))
	fmt.Println("took", reading.Elapsed, "over", reading.Over, "met", reading.Met)
	// Output:
	// Mon 12:00 start
	// due Mon 16:00 to Tue 07:00
	// Mon 13:00 pause
	// Mon 13:00 pause
	//   refused: worktime: pause of the clock at version 2: the event was meant for version 1, which is past: load the clock and see what came of it
	// Mon 15:00 resume
	// due Tue 09:00 to Tue 09:00
	// ask at Tue 08:00
	//   Tue 08:00 warn the owner
	// Tue 08:30 stop
	// took 3h30m0s over 0s met true
}

// Ladders are written as people say them.
func ExampleOffset() {
	var steps []worktime.Step
	if err := json.Unmarshal([]byte(`[{"name": "warn", "at": "75%"}, {"name": "manager", "at": "100%+1h"}, {"name": "last call", "at": "100%-15m"}]`), &steps); err != nil {
		panic(err)
	}
	for _, s := range steps {
		fmt.Println(s.Name, s.At.Percent, s.At.Plus)
	}
	// Output:
	// warn 75 0s
	// manager 100 1h0m0s
	// last call 100 -15m0s
}
