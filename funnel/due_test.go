package funnel_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/handoff/worktime"
)

// office is open from nine to five, Monday to Friday, in UTC.
func office(t testing.TB) *worktime.Calendar {
	t.Helper()
	day := []worktime.Window{"09:00-17:00"}
	calendar, err := worktime.Compile(worktime.Definition{
		TimeZone: "UTC", Hours: worktime.Week{Mon: day, Tue: day, Wed: day, Thu: day, Fri: day},
	}, func(string) (*time.Location, error) { return time.UTC, nil })
	if err != nil {
		t.Fatal(err)
	}
	return calendar
}

// limited is the standard funnel with time limits at three stages.
func limited() funnel.Definition {
	d := funnel.Standard()
	d.Stages[1].Limits = []funnel.TimeLimit{ // mql
		{After: 8, Unit: funnel.UnitBusinessHours, Event: funnel.Accept},
		{After: 240, Unit: funnel.UnitBusinessMinutes, Remind: "sales"},
	}
	d.Stages[4].Limits = []funnel.TimeLimit{ // opportunity
		{After: 90, Unit: funnel.UnitDays, Return: funnel.Lose, Reason: funnel.ReasonNoNeed},
		{After: 36, Unit: funnel.UnitHours, Remind: "owner"},
		{After: 30, Unit: funnel.UnitMinutes, Remind: "manager"},
	}
	d.Stages[7].Limits = []funnel.TimeLimit{{After: 30, Unit: funnel.UnitDays, Remind: "marketing"}} // recycled
	return d
}

func ExamplePolicy_Due() {
	policy, err := funnel.Compile[Lead](limited())
	if err != nil {
		panic(err)
	}
	pos := policy.Start("lead-17", on("web", "2026-01-02"))
	pos.Stage, pos.Since = funnel.MQL, time.Date(2026, 1, 2, 15, 0, 0, 0, time.UTC) // a Friday

	deadlines, err := policy.Due(pos, office(new(testing.T))) // the calendar of the agreement
	for _, d := range deadlines {
		fmt.Printf("%s %s%s\n", d.At.Format("Mon 15:04"), d.Event, d.Remind)
	}
	fmt.Println(err)
	// Output:
	// Mon 11:00 sales
	// Mon 15:00 accept
	// <nil>
}

func TestDue(t *testing.T) {
	policy, err := funnel.Compile[Lead](limited())
	if err != nil {
		t.Fatal(err)
	}
	day := func(s string) time.Time { return on("", s).Occurred }
	opportunity := with(at(funnel.Opportunity), func(p *funnel.Position) {
		p.Since, p.Version = day("2026-02-01").In(time.FixedZone("", 3600)), 4
	})
	waiting := with(at(funnel.Recycled), func(p *funnel.Position) {
		p.Since, p.Reason, p.NotBefore = day("2026-02-01"), funnel.ReasonNoBudget, day("2026-02-20")
	})
	marketing := funnel.Deadline{ID: "lead", At: day("2026-03-03"), Remind: "marketing"}
	for _, test := range []struct {
		name string
		pos  funnel.Position
		want []funnel.Deadline
	}{
		{"none", at(funnel.SAL), nil},
		{"by the clock", opportunity, []funnel.Deadline{
			{ID: "lead", Version: 4, At: day("2026-02-01").Add(30 * time.Minute), Remind: "manager"},
			{ID: "lead", Version: 4, At: day("2026-02-02").Add(12 * time.Hour), Remind: "owner"},
			{ID: "lead", Version: 4, At: day("2026-05-02"), Return: funnel.Lose, Reason: funnel.ReasonNoNeed},
		}},
		{"end of a wait", waiting, []funnel.Deadline{{ID: "lead", At: day("2026-02-20"), Event: funnel.Requalify}, marketing}},
		{"wait over before it began", with(waiting, func(p *funnel.Position) { p.NotBefore = time.Time{} }),
			[]funnel.Deadline{{ID: "lead", At: day("2026-02-01"), Event: funnel.Requalify}, marketing}},
		{"limit first where both are due", with(waiting, func(p *funnel.Position) { p.NotBefore = day("2026-03-03") }),
			[]funnel.Deadline{marketing, {ID: "lead", At: day("2026-03-03"), Event: funnel.Requalify}}},
		{"by a person only", with(waiting, func(p *funnel.Position) { p.Reason = funnel.ReasonOther }), []funnel.Deadline{marketing}},
		{"last round", with(waiting, func(p *funnel.Position) { p.Round = 5 }), []funnel.Deadline{marketing}},
		{"end of time", with(opportunity, func(p *funnel.Position) { p.Since = day("9999-12-31") }),
			[]funnel.Deadline{{ID: "lead", Version: 4, At: day("9999-12-31").Add(30 * time.Minute), Remind: "manager"}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := policy.Due(test.pos, nil)
			if diff := cmp.Diff(test.want, got); diff != "" || err != nil {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
			for _, d := range got {
				if d.At.Location() != time.UTC {
					t.Errorf("%v is not in UTC", d.At)
				}
			}
		})
	}

	mql := at(funnel.MQL)
	if _, err := policy.Due(mql, nil); !errors.Is(err, funnel.ErrCalendarMissing) ||
		err.Error() != `funnel: stage "mql" has a time limit in business time, which needs the calendar: give it` {
		t.Errorf("without a calendar: %v", err)
	}
	if _, err := policy.Due(at("mqls"), nil); !errors.Is(err, funnel.ErrUnknownStage) {
		t.Errorf("unknown stage: %v", err)
	}
	if got, err := policy.Due(mql, never{}); err != nil || got != nil {
		t.Errorf("of a calendar that never opens: %v, %v", got, err)
	}
	// What Move and Return are asked to do at a deadline, they do.
	late := with(opportunity, func(p *funnel.Position) { p.Since = day("2026-02-01") })
	due, _ := policy.Due(late, nil)
	if _, err := policy.Return(late, due[2].Return, due[2].Reason, funnel.Feedback{}, nil, funnel.By{Occurred: due[2].At}); err != nil {
		t.Error(err)
	}
}

type never struct{}

func (never) Between(_, _ time.Time) time.Duration { return 0 }

// The deadline in business time is the one that the calendar itself computes.
func TestDueAgreesWithTheCalendar(t *testing.T) {
	calendar, random := office(t), rand.New(rand.NewPCG(3, 4))
	day := []worktime.Window{"09:00-12:00"}
	dated, err := worktime.Compile(worktime.Definition{ // open on two days in all
		TimeZone: "UTC", DatedHours: map[worktime.Date][]worktime.Window{"2026-06-01": day, "2031-06-01": day},
	}, func(string) (*time.Location, error) { return time.UTC, nil })
	if err != nil {
		t.Fatal(err)
	}
	found, missed := 0, 0
	for range 400 {
		minutes := 1 + random.IntN(3000)
		if random.IntN(2) == 0 {
			minutes = 60 * (1 + random.IntN(8)) // often ends when the office closes
		}
		d := funnel.Standard()
		d.Stages[2].Limits = []funnel.TimeLimit{{After: minutes, Unit: funnel.UnitBusinessMinutes, Remind: "sales"}}
		policy, err := funnel.Compile[Lead](d)
		if err != nil {
			t.Fatal(err)
		}
		since := on("", "2026-01-01").Occurred.Add(time.Duration(random.Int64N(int64(365 * 24 * time.Hour))))
		if random.IntN(2) == 0 {
			since = since.Truncate(time.Hour)
		}
		pos := with(at(funnel.SAL), func(p *funnel.Position) { p.Since = since })
		for _, c := range []*worktime.Calendar{calendar, dated} {
			want := c.Add(since, time.Duration(minutes)*time.Minute).Due
			got, err := policy.Due(pos, c)
			if err != nil {
				t.Fatal(err)
			}
			if want.IsZero() {
				missed++
				if got != nil {
					t.Fatalf("%v + %d min: %v, want none", since, minutes, got)
				}
				continue
			}
			found++
			if len(got) != 1 || !got[0].At.Equal(want) {
				t.Fatalf("%v + %d min: %v, want %v", since, minutes, got, want)
			}
		}
	}
	if found < 400 || missed < 50 {
		t.Errorf("%d found, %d missed", found, missed)
	}
}

func TestLimitMistakes(t *testing.T) {
	for _, test := range []struct {
		limit funnel.TimeLimit
		want  string
	}{
		{funnel.TimeLimit{After: 1, Unit: "days", Remind: "sales"}, ""},
		{funnel.TimeLimit{After: 36500, Unit: "days", Event: funnel.Accept}, ""},
		{funnel.TimeLimit{After: 1, Unit: "hours", Return: funnel.Reject, Reason: funnel.ReasonNoCapacity}, ""},
		{funnel.TimeLimit{After: 0, Unit: "days", Remind: "sales"}, "stages[1].limits[0].after: must be from 1 to 36500"},
		{funnel.TimeLimit{After: 876001, Unit: "business_hours", Remind: "sales"}, "stages[1].limits[0].after: must be from 1 to 876000"},
		{funnel.TimeLimit{After: 1, Unit: "day", Remind: "sales"}, `stages[1].limits[0].unit: unknown value "day", did you mean "days"?; known are ["minutes" "hours" "days" "business_minutes" "business_hours"]`},
		{funnel.TimeLimit{After: 1, Unit: "days"}, "stages[1].limits[0]: exactly one of event, return and remind must be set: write a limit for each"},
		{funnel.TimeLimit{After: 1, Unit: "days", Event: funnel.Accept, Remind: "sales"}, "stages[1].limits[0]: exactly one of event, return and remind must be set: write a limit for each"},
		{funnel.TimeLimit{After: 1, Unit: "days", Event: funnel.Win}, `stages[1].limits[0].event: no edge leads from "mql" on "win"`},
		{funnel.TimeLimit{After: 1, Unit: "days", Remind: "\xff"}, "stages[1].limits[0].remind: is not valid UTF-8"},
		{funnel.TimeLimit{After: 1, Unit: "days", Event: funnel.Accept, Reason: funnel.ReasonOther}, "stages[1].limits[0].reason: only a return has a reason: leave it out"},
		{funnel.TimeLimit{After: 1, Unit: "days", Return: funnel.Lose, Reason: funnel.ReasonOther}, `stages[1].limits[0].return: no return edge leads from "mql" on "lose"`},
		{funnel.TimeLimit{After: 1, Unit: "days", Return: funnel.Reject, Reason: "no_capacit"}, `stages[1].limits[0].reason: unknown reason "no_capacit", did you mean "no_capacity"?: a return owes one of the catalogue`},
		{funnel.TimeLimit{After: 1, Unit: "days", Return: funnel.Reject, Reason: funnel.ReasonNoNeed}, `stages[1].limits[0].reason: "reject" at "mql" does not allow the reason "no_need"`},
		{funnel.TimeLimit{After: 1, Unit: "days", Return: funnel.Reject, Reason: funnel.ReasonMisrouted}, `stages[1].limits[0].reason: the reason "misrouted" owes the field "suggested_queue", which nobody is there to fill in`},
	} {
		d := funnel.Standard()
		d.Stages[1].Limits = []funnel.TimeLimit{test.limit}
		_, err := funnel.Compile[Lead](d)
		if got := fmt.Sprint(err); got != test.want && (test.want != "" || err != nil) {
			t.Errorf("%+v\n gives %s\n want %s", test.limit, got, test.want)
		}
	}
	// Compile keeps a copy of the limits as well.
	d := limited()
	policy, err := funnel.Compile[Lead](d)
	if err != nil {
		t.Fatal(err)
	}
	d.Stages[1].Limits[0].After = 99
	copied := policy.Definition()
	copied.Stages[1].Limits[0].After = 98
	if got := policy.Definition().Stages[1].Limits[0].After; got != 8 {
		t.Errorf("the policy's limit has become %d", got)
	}
	roundTrip(t, limited())
}
