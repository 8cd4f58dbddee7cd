package worktime_test

import (
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/leadloop/leadloop/handoff/worktime"
)

// office is open from Monday to Friday in UTC.
func office(t testing.TB, hours worktime.Window) *worktime.Calendar {
	t.Helper()
	w := []worktime.Window{hours}
	c, err := worktime.Compile(worktime.Definition{TimeZone: "UTC", Hours: worktime.Week{Mon: w, Tue: w, Wed: w, Thu: w, Fri: w}}, time.LoadLocation)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func ladder(t testing.TB, text string) worktime.Ladder {
	t.Helper()
	var steps []worktime.Step
	if err := json.Unmarshal([]byte(text), &steps); err != nil {
		t.Fatal(err)
	}
	l, err := worktime.NewLadder(steps)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// story tells events to a clock: it fills in their versions, and stores and
// restores the clock before each.
type story struct {
	t     *testing.T
	terms *worktime.Terms
	clock worktime.Clock
	fired []worktime.Firing
}

func (s *story) tell(kind worktime.Kind, at string, fill ...func(*worktime.Event)) {
	s.t.Helper()
	e := worktime.Event{Kind: kind, At: utc(at), Version: s.clock.Version}
	for _, f := range fill {
		f(&e)
	}
	next, due, err := s.terms.Decide(stored(s.t, s.clock), e)
	if err != nil {
		s.t.Fatalf("%s at %s: %v", kind, at, err)
	}
	s.clock, s.fired = next, append(s.fired, due...)
}

func (s *story) ask(at string) {
	s.t.Helper()
	next, due, err := s.terms.Fire(stored(s.t, s.clock), utc(at))
	if err != nil {
		s.t.Fatal(err)
	}
	s.clock, s.fired = next, append(s.fired, due...)
}

func (s *story) read(at string) worktime.Reading {
	s.t.Helper()
	r, err := s.terms.Read(s.clock, utc(at))
	if err != nil {
		s.t.Fatal(err)
	}
	return r
}

// told checks all that has fired so far, as "step instant".
func (s *story) told(want ...string) {
	s.t.Helper()
	var got []string
	for _, f := range s.fired {
		got = append(got, f.Step+" "+f.At.Format(time.RFC3339))
	}
	if strings.Join(got, ", ") != strings.Join(want, ", ") {
		s.t.Errorf("fired %v, want %v", got, want)
	}
}

func (s *story) due(want string) {
	s.t.Helper()
	text := func(t time.Time) string {
		if t.IsZero() {
			return "never"
		}
		return t.Format(time.RFC3339)
	}
	if got := text(s.clock.Deadline.Due) + " to " + text(s.clock.Deadline.MetUntil); got != want {
		s.t.Errorf("due %s, want %s", got, want)
	}
}

// stored writes the clock to JSON and reads it again: nothing may be lost.
func stored(t testing.TB, c worktime.Clock) worktime.Clock {
	t.Helper()
	data, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	var back worktime.Clock
	if err := json.Unmarshal(data, &back); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(back, c) {
		t.Fatalf("stored %s, and read %+v, want %+v", data, back, c)
	}
	return back
}

func budget(d time.Duration) func(*worktime.Event) { return func(e *worktime.Event) { e.Budget = d } }
func by(calendar string) func(*worktime.Event) {
	return func(e *worktime.Event) { e.Calendar = calendar }
}
func cause(s string) func(*worktime.Event) { return func(e *worktime.Event) { e.Cause = s } }

// TestClockCases holds clocks to the independent facts of testdata/sla.json.
func TestClockCases(t *testing.T) {
	var file struct {
		Calendar struct {
			TimeZone string `json:"time_zone"`
			Holidays []worktime.Date
			Hours    string
		}
		Cases []struct {
			ID             string
			Start          time.Time
			Budget         int64 `json:"budget_minutes"`
			Pauses         [][2]time.Time
			Due            time.Time
			MetUntil       time.Time `json:"met_until"`
			Completed      time.Time
			ElapsedMinutes int64 `json:"elapsed_minutes"`
			OverMinutes    int64 `json:"over_minutes"`
			Met            bool
		}
		Ladder struct {
			Start  time.Time
			Budget int64 `json:"budget_minutes"`
			Steps  map[string]time.Time
		}
		KnownWrong []struct{ ID string } `json:"known_wrong_elsewhere"`
	}
	read(t, "sla.json", &file)
	if file.Calendar.Hours != "Mon-Fri 09:00-17:00" || len(file.Cases) != 7 || len(file.Ladder.Steps) != 4 || len(file.KnownWrong) != 2 {
		t.Fatalf("hours %s, %d cases, %d steps, %d known wrong", file.Calendar.Hours, len(file.Cases), len(file.Ladder.Steps), len(file.KnownWrong))
	}
	nine := []worktime.Window{"09:00-17:00"}
	calendar, err := worktime.Compile(worktime.Definition{TimeZone: file.Calendar.TimeZone, Holidays: file.Calendar.Holidays,
		Hours: worktime.Week{Mon: nine, Tue: nine, Wed: nine, Thu: nine, Fri: nine}}, time.LoadLocation)
	if err != nil {
		t.Fatal(err)
	}
	terms := &worktime.Terms{Calendars: map[string]*worktime.Calendar{"office": calendar}}
	for _, c := range file.Cases {
		t.Run(c.ID, func(t *testing.T) {
			s := &story{t: t, terms: terms}
			text := func(at time.Time) string { return at.Format(time.RFC3339) }
			s.tell(worktime.Start, text(c.Start), by("office"), budget(time.Duration(c.Budget)*time.Minute))
			// The pauses overlap: each is a cause, and their ends mingle in time.
			type end struct {
				at    time.Time
				kind  worktime.Kind
				cause string
			}
			var ends []end
			for i, p := range c.Pauses {
				ends = append(ends, end{p[0], worktime.Pause, string(rune('a' + i))}, end{p[1], worktime.Resume, string(rune('a' + i))})
			}
			for len(ends) > 0 {
				first := 0
				for i := range ends {
					if ends[i].at.Before(ends[first].at) {
						first = i
					}
				}
				e := ends[first]
				s.tell(e.kind, text(e.at), cause(e.cause))
				if e.kind == worktime.Pause {
					s.due("never to never")
				}
				ends = append(ends[:first:first], ends[first+1:]...)
			}
			s.due(text(c.Due) + " to " + text(c.MetUntil))
			open := s.read(text(c.Completed))
			s.tell(worktime.Stop, text(c.Completed))
			done := s.read("2030-01-01T00:00:00Z")
			if open.State != worktime.Running || done.State != worktime.Stopped {
				t.Errorf("%s, then %s", open.State, done.State)
			}
			for _, r := range []worktime.Reading{open, done} {
				elapsed, over := time.Duration(c.ElapsedMinutes)*time.Minute, time.Duration(c.OverMinutes)*time.Minute
				if r.Elapsed != elapsed || r.Over != over || r.Met != c.Met || r.Remaining != max(0, time.Duration(c.Budget)*time.Minute-elapsed) || !r.Deadline.Due.Equal(c.Due) {
					t.Errorf("%+v, want elapsed %v, over %v, met %v", r, elapsed, over, c.Met)
				}
			}
		})
	}
	t.Run("ladder", func(t *testing.T) {
		with := &worktime.Terms{Calendars: terms.Calendars, Ladder: ladder(t, `[{"name": "reassign", "at": "100%+240m"}, {"name": "breach", "at": "100%"}, {"name": "manager", "at": "100%+1h"}, {"name": "warn75", "at": "75%"}]`)}
		s := &story{t: t, terms: with}
		s.tell(worktime.Start, file.Ladder.Start.Format(time.RFC3339), by("office"), budget(time.Duration(file.Ladder.Budget)*time.Minute))
		s.ask("2026-04-30T00:00:00Z")
		var want []string
		for _, step := range []string{"warn75", "breach", "manager", "reassign"} {
			want = append(want, step+" "+file.Ladder.Steps[step].Format(time.RFC3339))
		}
		s.told(want...)
	})
}

// What other systems are known to get wrong: the facts of testdata/sla.json by their ids.
func TestKnownWrongElsewhere(t *testing.T) {
	terms := &worktime.Terms{Calendars: map[string]*worktime.Calendar{"ten-to-six": office(t, "10:00-18:00")}}
	t.Run("erpnext-hold", func(t *testing.T) { // a hold outside of the hours moves nothing
		s := &story{t: t, terms: terms}
		s.tell(worktime.Start, "2026-03-30T04:00:00Z", by("ten-to-six"), budget(6*time.Hour))
		s.due("2026-03-30T16:00:00Z to 2026-03-30T16:00:00Z")
		s.tell(worktime.Pause, "2026-03-30T04:15:00Z")
		s.tell(worktime.Resume, "2026-03-30T05:00:00Z")
		s.due("2026-03-30T16:00:00Z to 2026-03-30T16:00:00Z")
	})
	t.Run("glpi-sla-change", func(t *testing.T) { // a new budget keeps what has elapsed, and the pauses
		s := &story{t: t, terms: terms}
		s.tell(worktime.Start, "2026-03-30T10:00:00Z", by("ten-to-six"), budget(2*time.Hour))
		s.tell(worktime.Pause, "2026-03-30T11:00:00Z")
		s.tell(worktime.Resume, "2026-03-30T14:00:00Z") // three hours of pause
		s.due("2026-03-30T15:00:00Z to 2026-03-30T15:00:00Z")
		s.tell(worktime.Amend, "2026-03-30T14:30:00Z", budget(4*time.Hour))
		s.due("2026-03-30T17:00:00Z to 2026-03-30T17:00:00Z") // not 14:00, as from the opening without the pause
		if r := s.read("2026-03-30T14:30:00Z"); r.Elapsed != 90*time.Minute {
			t.Errorf("elapsed %v, want 1h30m", r.Elapsed)
		}
		s.tell(worktime.Pause, "2026-03-30T15:00:00Z")
		s.tell(worktime.Amend, "2026-03-30T15:30:00Z", budget(3*time.Hour)) // in a pause: still paused
		s.due("never to never")
		s.tell(worktime.Resume, "2026-03-30T16:00:00Z") // two hours have elapsed
		s.due("2026-03-30T17:00:00Z to 2026-03-30T17:00:00Z")
	})
}

func usual(t testing.TB) *worktime.Terms {
	t.Helper()
	return &worktime.Terms{
		Calendars: map[string]*worktime.Calendar{"office": office(t, "09:00-17:00"), "late": office(t, "12:00-20:00"), "always": worktime.Always(), "nothing": nil, "zero": {}},
		Ladder:    ladder(t, `[{"name": "remind", "at": "30m"}, {"name": "warn", "at": "75%"}, {"name": "breach", "at": "100%"}, {"name": "manager", "at": "100%+1h"}]`),
	}
}

// Another calendar counts from the reassignment on; what has elapsed stays.
func TestReassign(t *testing.T) {
	s := &story{t: t, terms: usual(t)}
	s.tell(worktime.Start, "2026-03-30T10:00:00Z", by("office"), budget(8*time.Hour))
	s.due("2026-03-31T10:00:00Z to 2026-03-31T10:00:00Z")
	s.tell(worktime.Reassign, "2026-03-30T16:00:00Z", by("late")) // six hours, and two more by the other calendar
	s.due("2026-03-30T18:00:00Z to 2026-03-30T18:00:00Z")
	s.tell(worktime.Pause, "2026-03-30T17:00:00Z")
	s.tell(worktime.Reassign, "2026-03-30T17:30:00Z", by("office")) // in a pause
	s.due("never to never")
	s.tell(worktime.Resume, "2026-03-30T19:00:00Z")
	s.due("2026-03-31T10:00:00Z to 2026-03-31T10:00:00Z")
	s.told("remind 2026-03-30T10:30:00Z", "warn 2026-03-30T16:00:00Z")
}

// A budget that is used up exactly at a pause was due then, and can be met until
// the clock runs again.
func TestDueAtPause(t *testing.T) {
	s := &story{t: t, terms: usual(t)}
	s.tell(worktime.Start, "2026-03-30T10:00:00Z", by("office"), budget(time.Hour))
	s.tell(worktime.Pause, "2026-03-30T11:00:00Z")
	s.due("2026-03-30T11:00:00Z to never")
	s.tell(worktime.Resume, "2026-03-30T17:00:00Z")
	s.due("2026-03-30T11:00:00Z to 2026-03-31T09:00:00Z")
	s.tell(worktime.Reassign, "2026-03-30T17:00:00Z", by("late"))
	s.due("2026-03-30T11:00:00Z to 2026-03-30T17:00:00Z")
	s.tell(worktime.Reassign, "2026-03-30T17:00:00Z", by("office"))
	s.ask("2026-03-31T08:59:59Z")
	s.told("remind 2026-03-30T10:30:00Z", "warn 2026-03-30T10:45:00Z")
	at := s.read("2026-03-31T09:00:00Z")
	after := s.read("2026-03-31T09:00:00.000000001Z")
	if !at.Met || at.Over != 0 || after.Met || after.Over != 1 || after.Remaining != 0 {
		t.Errorf("%+v, then %+v", at, after)
	}
	stop := s.clock
	s.tell(worktime.Stop, "2026-03-31T09:00:00Z") // the last instant: met, and no breach
	s.ask("2026-05-01T00:00:00Z")
	s.told("remind 2026-03-30T10:30:00Z", "warn 2026-03-30T10:45:00Z")
	s.clock = stop
	s.tell(worktime.Pause, "2026-03-31T10:00:00Z") // too late: what is past stays past
	s.due("2026-03-30T11:00:00Z to 2026-03-31T09:00:00Z")
	s.told("remind 2026-03-30T10:30:00Z", "warn 2026-03-30T10:45:00Z", "breach 2026-03-31T09:00:00Z")
	s.tell(worktime.Amend, "2026-03-31T10:30:00Z", budget(time.Hour)) // the same budget: no change
	s.due("2026-03-30T11:00:00Z to 2026-03-31T09:00:00Z")
	s.tell(worktime.Amend, "2026-03-31T11:00:00Z", budget(2*time.Hour)) // two hours have elapsed: exactly used up, in a pause
	s.due("2026-03-31T11:00:00Z to never")
	s.tell(worktime.Resume, "2026-03-31T12:00:00Z")
	s.due("2026-03-31T11:00:00Z to 2026-03-31T12:00:00Z")
}

// An amendment moves what is still to come, fires at once what it puts into the
// past, and never repeats what has fired.
func TestAmendMovesSteps(t *testing.T) {
	s := &story{t: t, terms: usual(t)}
	s.tell(worktime.Start, "2026-03-30T09:00:00Z", by("office"), budget(8*time.Hour))
	s.tell(worktime.Amend, "2026-03-30T11:00:00Z", budget(time.Hour)) // two hours have elapsed
	s.due("2026-03-30T11:00:00Z to 2026-03-30T11:00:00Z")
	if next, err := s.terms.Next(s.clock); err != nil || next.Step != "warn" || !next.At.Equal(utc("2026-03-30T11:00:00Z")) {
		t.Errorf("next %v, %v", next, err)
	}
	s.ask("2026-03-30T10:59:59Z")
	s.told("remind 2026-03-30T09:30:00Z")
	s.ask("2026-03-30T11:00:00Z") // the manager's hour is over just now, too: the clock runs
	s.told("remind 2026-03-30T09:30:00Z", "warn 2026-03-30T11:00:00Z", "breach 2026-03-30T11:00:00Z", "manager 2026-03-30T11:00:00Z")
	s.tell(worktime.Amend, "2026-03-30T12:00:00Z", budget(8*time.Hour))
	s.due("2026-03-30T17:00:00Z to 2026-03-31T09:00:00Z")
	s.ask("2026-06-01T00:00:00Z")
	s.told("remind 2026-03-30T09:30:00Z", "warn 2026-03-30T11:00:00Z", "breach 2026-03-30T11:00:00Z", "manager 2026-03-30T11:00:00Z")
	if next, err := s.terms.Next(s.clock); err != nil || next != (worktime.Firing{}) {
		t.Errorf("next %v, %v", next, err)
	}

	// In a pause: at once what is past, and not what is reached exactly.
	s = &story{t: t, terms: usual(t)}
	s.tell(worktime.Start, "2026-03-30T09:00:00Z", by("office"), budget(8*time.Hour))
	s.tell(worktime.Pause, "2026-03-30T11:00:00Z")
	s.tell(worktime.Amend, "2026-03-30T12:00:00Z", budget(2*time.Hour))
	s.ask("2026-03-30T15:00:00Z")
	s.told("remind 2026-03-30T09:30:00Z", "warn 2026-03-30T12:00:00Z")
	s.tell(worktime.Resume, "2026-03-30T15:00:00Z")
	s.ask("2026-03-30T15:00:00Z")
	s.told("remind 2026-03-30T09:30:00Z", "warn 2026-03-30T12:00:00Z", "breach 2026-03-30T15:00:00Z")
}

// A step that is new to the ladder fires when it is first asked for.
func TestLadderGainsAStep(t *testing.T) {
	s := &story{t: t, terms: usual(t)}
	s.tell(worktime.Start, "2026-03-30T09:00:00Z", by("office"), budget(4*time.Hour))
	s.ask("2026-03-30T12:30:00Z")
	s.terms.Ladder = ladder(t, `[{"name": "half", "at": "50%"}]`)
	s.ask("2026-03-30T12:30:00Z")
	s.told("remind 2026-03-30T09:30:00Z", "warn 2026-03-30T12:00:00Z", "half 2026-03-30T11:00:00Z")
	s.ask("2026-03-30T12:40:00Z")
	s.tell(worktime.Stop, "2026-03-30T12:40:00Z")
	if got := s.terms.Ladder.Steps(); len(got) != 1 || got[0].At != (worktime.Offset{Percent: 50}) {
		t.Errorf("steps %v", got)
	}
}

// At the ends of what time and durations can hold.
func TestClockAtTheEnds(t *testing.T) {
	terms := &worktime.Terms{Calendars: map[string]*worktime.Calendar{"always": worktime.Always()}, Ladder: ladder(t, `[{"name": "far", "at": "1000%+106751d"}, {"name": "end", "at": "100%"}]`)}
	s := &story{t: t, terms: terms}
	s.tell(worktime.Start, "9999-12-31T23:00:00Z", by("always"), budget(time.Hour)) // the end is midnight of the year 10000
	s.due("never to never")
	s.ask("9999-12-31T23:59:59Z")
	s.tell(worktime.Stop, "9999-12-31T23:59:59Z")
	s.told()

	s = &story{t: t, terms: terms}
	s.tell(worktime.Start, "0001-01-01T00:00:01Z", by("always"), budget(math.MaxInt64))
	s.tell(worktime.Pause, "3000-01-01T00:00:00Z")
	if s.clock.Elapsed != math.MaxInt64 {
		t.Errorf("elapsed %v", s.clock.Elapsed)
	}
	s.tell(worktime.Resume, "3000-01-01T00:00:00Z")
	if r := s.read("9000-01-01T00:00:00Z"); r.Elapsed != math.MaxInt64 || !r.Met {
		t.Errorf("%+v", r)
	}
}

// Hours that change under one name are counted from then on, as from another
// calendar; a budget used up too early by the old hours is due at the event.
func TestHoursChange(t *testing.T) {
	s := &story{t: t, terms: usual(t)}
	s.tell(worktime.Start, "2026-03-30T16:30:00Z", by("office"), budget(time.Hour))
	s.due("2026-03-31T09:30:00Z to 2026-03-31T09:30:00Z")
	s.terms.Calendars["office"] = worktime.Always()
	s.tell(worktime.Pause, "2026-03-30T17:30:00Z")
	s.due("2026-03-30T17:30:00Z to never")
}

// Of steps with one offset the first in the list is first; copies of a clock do
// not disturb each other.
func TestTiesAndCopies(t *testing.T) {
	s := &story{t: t, terms: usual(t)}
	s.terms.Ladder = ladder(t, `[{"name": "z", "at": "50%"}, {"name": "a", "at": "1h"}, {"name": "late", "at": "100%"}]`)
	s.tell(worktime.Start, "2026-03-30T09:00:00Z", by("office"), budget(2*time.Hour))
	if next, err := s.terms.Next(s.clock); err != nil || next.Step != "z" {
		t.Errorf("next %v, %v", next, err)
	}
	s.ask("2026-03-30T10:00:00Z")
	s.told("z 2026-03-30T10:00:00Z", "a 2026-03-30T10:00:00Z")

	amended := s.clock
	amended.Fired = slices.Grow(s.clock.Fired, 8)
	s.clock.Fired = amended.Fired
	amended.Budget = 3 * time.Hour
	first, _, err := s.terms.Fire(s.clock, utc("2026-03-30T11:00:00Z"))
	if err != nil {
		t.Fatal(err)
	}
	second, _, err := s.terms.Fire(amended, utc("2026-03-30T12:00:00Z"))
	if err != nil {
		t.Fatal(err)
	}
	if a, b := first.Fired[2].At, second.Fired[2].At; !a.Equal(utc("2026-03-30T11:00:00Z")) || !b.Equal(utc("2026-03-30T12:00:00Z")) {
		t.Errorf("the copies say %v and %v", a, b)
	}
}

func TestReplay(t *testing.T) {
	terms := usual(t)
	log := []worktime.Event{
		{Kind: worktime.Start, At: utc("2026-03-30T09:00:00Z"), Calendar: "office", Budget: 2 * time.Hour},
		{Kind: worktime.Pause, At: utc("2026-03-30T10:00:00Z"), Version: 1},
		{Kind: worktime.Pause, At: utc("2026-03-30T10:00:00Z"), Version: 1},
		{Kind: worktime.Resume, At: utc("2026-03-30T09:59:00Z"), Version: 2},
		{Kind: worktime.Resume, At: utc("2026-03-30T12:00:00Z"), Version: 2},
		{Kind: worktime.Stop, At: utc("2026-03-30T12:45:00Z"), Version: 3},
	}
	c, fired, err := terms.Replay(log)
	if !errors.Is(err, worktime.ErrRepeated) || !errors.Is(err, worktime.ErrLate) || strings.Count(err.Error(), "\n") != 1 ||
		!strings.HasPrefix(err.Error(), "events[2]: ") || !strings.Contains(err.Error(), "\nevents[3]: ") {
		t.Errorf("%v", err)
	}
	if c.Elapsed != 105*time.Minute || c.State() != worktime.Stopped || len(fired) != 2 || !reflect.DeepEqual(fired, c.Fired) {
		t.Errorf("%+v, fired %v", c, fired)
	}
}
