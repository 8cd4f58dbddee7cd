package handoff_test

import (
	"os"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/handoff"
	"github.com/leadloop/leadloop/handoff/routing"
	"github.com/leadloop/leadloop/handoff/worktime"
)

// Lead is a host's view of a lead: what the criterion looks at.
type Lead struct{ Grade string }

var berlin = func() *time.Location {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		panic(err)
	}
	return zone
}()

func agreement(t testing.TB) handoff.Agreement {
	t.Helper()
	data, err := os.ReadFile("testdata/agreement.json")
	if err != nil {
		t.Fatal(err)
	}
	a, err := handoff.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func policy(t testing.TB) *funnel.Policy[Lead] {
	t.Helper()
	p, err := funnel.Compile[Lead](funnel.Standard())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func desk(t testing.TB) *handoff.Desk[Lead] {
	t.Helper()
	d, err := handoff.Compile(agreement(t), policy(t), time.LoadLocation)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// ladderDesk has an escalation ladder: after an hour the manager is told, after four Cleo has the lead, after eight the manager.
// And the three attempts that are agreed on are due within three days of business.
func ladderDesk(t testing.TB) *handoff.Desk[Lead] {
	t.Helper()
	a := agreement(t)
	a.Escalation = []handoff.Rung{
		{After: handoff.Duration(time.Hour), To: "mara"},
		{After: handoff.Duration(4 * time.Hour), To: "cleo", Reassign: true},
		{After: handoff.Duration(8 * time.Hour), To: "mara", Reassign: true},
	}
	a.AttemptsWithin = handoff.Duration(24 * time.Hour)
	d, err := handoff.Compile(a, policy(t), time.LoadLocation)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// soakDesk is the ladder's, with a rule that sends the best leads to a pool of their own. It falls back on the other; there are
// quotas of a week, a calendar, and what keeps a lead from its owner.
func soakDesk(t testing.TB) *handoff.Desk[Lead] {
	t.Helper()
	a := ladderDesk(t).Agreement()
	day := []worktime.Window{"06:00-14:00"}
	a.Calendars = map[string]worktime.Definition{"early": {TimeZone: "Europe/Berlin", Hours: worktime.Week{Mon: day, Tue: day, Wed: day, Thu: day, Fri: day}}}
	a.QuotaPeriod = handoff.QuotaWeek
	a.Routing.OwnerHeeds = []routing.Cause{routing.Absent, routing.Declined, routing.OverQuota}
	a.Routing.Rules = []routing.Rule{{Name: "best", When: `Grade == "A1"`, Pool: "key accounts", Skills: []string{"closer"}}}
	closer := []string{"closer"}
	a.Routing.Pools[0].Members[0].Skills = closer
	a.Routing.Pools = append(a.Routing.Pools, routing.Pool{Name: "key accounts", Strategy: routing.LongestWaiting, Fallback: a.Routing.Otherwise, Members: []routing.Member{
		{ID: "ben", Quota: 8, Skills: closer}, {ID: "dora", Calendar: "early", Quota: 12, Skills: closer},
	}})
	d, err := handoff.Compile(a, policy(t), time.LoadLocation)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// at reads a local time of Berlin, "2026-01-09 16:30".
func at(t testing.TB, text string) time.Time {
	t.Helper()
	v, err := time.ParseInLocation("2006-01-02 15:04", text, berlin)
	if err != nil {
		t.Fatal(err)
	}
	return v
}
