package handoff_test

import (
	"os"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/handoff"
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

// at reads a local time of Berlin, "2026-01-09 16:30".
func at(t testing.TB, text string) time.Time {
	t.Helper()
	v, err := time.ParseInLocation("2006-01-02 15:04", text, berlin)
	if err != nil {
		t.Fatal(err)
	}
	return v
}
