package worktime_test

import (
	"encoding/json"
	"errors"
	"math"
	"reflect"
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

func TestRefusals(t *testing.T) {
	terms := usual(t)
	start := worktime.Event{Kind: worktime.Start, At: utc("2026-03-30T09:00:00Z"), Calendar: "office", Budget: time.Hour}
	running, _, err := terms.Decide(worktime.Clock{}, start)
	if err != nil {
		t.Fatal(err)
	}
	after := func(c worktime.Clock, e worktime.Event) worktime.Clock {
		t.Helper()
		e.Version = c.Version
		next, _, err := terms.Decide(c, e)
		if err != nil {
			t.Fatal(err)
		}
		return next
	}
	ten := utc("2026-03-30T10:00:00Z")
	paused := after(running, worktime.Event{Kind: worktime.Pause, At: ten, Cause: "b"})
	stopped := after(paused, worktime.Event{Kind: worktime.Stop, At: ten})
	warned, _, err := terms.Fire(running, ten)
	if err != nil {
		t.Fatal(err)
	}
	strange := running
	strange.Calendar = "unknown"
	for _, c := range []struct {
		name  string
		clock worktime.Clock
		event worktime.Event
		kind  error
		text  string
	}{
		{"a duplicate", running, start, worktime.ErrRepeated, "worktime: start of the clock at version 1: the event was meant for version 0, which is past: load the clock and see what came of it"},
		{"a gap", running, worktime.Event{Kind: worktime.Stop, At: ten, Version: 2}, worktime.ErrConflict, "still to come"},
		{"a second start", running, worktime.Event{Kind: worktime.Start, At: ten, Version: 1, Calendar: "office"}, worktime.ErrState, "it is running, so that the event does not fit"},
		{"nothing to pause", worktime.Clock{}, worktime.Event{Kind: worktime.Pause, At: ten}, worktime.ErrState, "it is unstarted"},
		{"the same cause", paused, worktime.Event{Kind: worktime.Pause, At: ten, Version: 2, Cause: "b"}, worktime.ErrState, "it is paused"},
		{"another cause", paused, worktime.Event{Kind: worktime.Resume, At: ten, Version: 2, Cause: "a"}, worktime.ErrState, "it is paused"},
		{"after the stop", stopped, worktime.Event{Kind: worktime.Amend, At: ten, Version: 3}, worktime.ErrState, "it is stopped"},
		{"twice stopped", stopped, worktime.Event{Kind: worktime.Stop, At: ten, Version: 3}, worktime.ErrState, "it is stopped"},
		{"late", paused, worktime.Event{Kind: worktime.Stop, At: ten.Add(-1), Version: 2}, worktime.ErrLate, "it has given answers up to 2026-03-30T10:00:00Z"},
		{"before a warning", warned, worktime.Event{Kind: worktime.Stop, At: ten.Add(-time.Minute), Version: 1}, worktime.ErrLate, "2026-03-30T10:00:00Z"},
		{"no kind", running, worktime.Event{Kind: "sleep", At: ten, Version: 1}, worktime.ErrEvent, "worktime: clock at version 1: the event's kind can't be"},
		{"no instant", running, worktime.Event{Kind: worktime.Stop, Version: 1}, worktime.ErrEvent, "the event's at can't be"},
		{"too far", running, worktime.Event{Kind: worktime.Stop, At: time.Unix(1<<40, 0), Version: 1}, worktime.ErrEvent, "the event's at can't be"},
		{"a debt", running, worktime.Event{Kind: worktime.Amend, At: ten, Version: 1, Budget: -1}, worktime.ErrEvent, "the event's budget_ns can't be"},
		{"bytes for a cause", running, worktime.Event{Kind: worktime.Pause, At: ten, Version: 1, Cause: "\xff"}, worktime.ErrEvent, "the event's cause can't be"},
		{"bytes for a name", running, worktime.Event{Kind: worktime.Reassign, At: ten, Version: 1, Calendar: "\xff"}, worktime.ErrEvent, "the event's calendar can't be"},
		{"no calendar", worktime.Clock{}, worktime.Event{Kind: worktime.Start, At: ten}, worktime.ErrCalendar, `the terms have no calendar ""`},
		{"a nil calendar", running, worktime.Event{Kind: worktime.Reassign, At: ten, Version: 1, Calendar: "nothing"}, worktime.ErrCalendar, `no calendar "nothing"`},
		{"a zero calendar", paused, worktime.Event{Kind: worktime.Reassign, At: ten, Version: 2, Calendar: "zero"}, worktime.ErrCalendar, `no calendar "zero"`},
		{"a calendar that is gone", strange, worktime.Event{Kind: worktime.Stop, At: ten, Version: 1}, worktime.ErrCalendar, `no calendar "unknown"`},
		{"damage", worktime.Clock{Version: -1}, worktime.Event{Kind: worktime.Start, At: ten}, worktime.ErrClock, "restore it from its events with Replay"},
	} {
		next, due, err := terms.Decide(c.clock, c.event)
		var r *worktime.Refusal
		if !errors.Is(err, c.kind) || !errors.As(err, &r) || !strings.Contains(err.Error(), c.text) || due != nil || !reflect.DeepEqual(next, c.clock) {
			t.Errorf("%s: %v, want %v with %q", c.name, err, c.kind, c.text)
		}
	}
	// Without its calendar a clock that runs can't be read; one that is paused or stopped can, and can be stopped.
	nowhere := &worktime.Terms{Ladder: terms.Ladder}
	if _, err := nowhere.Read(running, ten); !errors.Is(err, worktime.ErrCalendar) {
		t.Errorf("read: %v", err)
	}
	if _, _, err := nowhere.Fire(running, ten); !errors.Is(err, worktime.ErrCalendar) {
		t.Errorf("fire: %v", err)
	}
	if _, err := nowhere.Next(running); !errors.Is(err, worktime.ErrCalendar) {
		t.Errorf("next: %v", err)
	}
	if r, err := nowhere.Read(paused, ten.AddDate(1, 0, 0)); err != nil || r.Elapsed != time.Hour || r.State != worktime.Paused {
		t.Errorf("read in a pause: %+v, %v", r, err)
	}
	if _, _, err := nowhere.Decide(paused, worktime.Event{Kind: worktime.Stop, At: ten, Version: 2}); err != nil {
		t.Errorf("stop in a pause: %v", err)
	}
	if r, err := terms.Read(worktime.Clock{}, ten); err != nil || r != (worktime.Reading{State: worktime.Unstarted, Met: true}) {
		t.Errorf("unstarted: %+v, %v", r, err)
	}
	if r, err := terms.Read(running, ten.AddDate(-1, 0, 0)); err != nil || r.Elapsed != 0 {
		t.Errorf("before the start: %+v, %v", r, err)
	}
}

// A stored clock that no events can have led to is refused by every question.
func TestDamagedClock(t *testing.T) {
	terms := usual(t)
	at := utc("2026-03-30T09:00:00Z")
	sound, _, err := terms.Decide(worktime.Clock{}, worktime.Event{Kind: worktime.Start, At: at, Calendar: "office", Budget: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	for name, damage := range map[string]func(*worktime.Clock){
		"no version":          func(c *worktime.Clock) { c.Version = 0 },
		"the last version":    func(c *worktime.Clock) { c.Version = math.MaxInt64 },
		"a debt":              func(c *worktime.Clock) { c.Budget = -1 },
		"time runs back":      func(c *worktime.Clock) { c.Elapsed = -1 },
		"more than has been":  func(c *worktime.Clock) { c.Elapsed = 1 },
		"no start":            func(c *worktime.Clock) { c.Started = time.Time{} },
		"no event":            func(c *worktime.Clock) { c.At = time.Unix(1<<40, 0) },
		"before the start":    func(c *worktime.Clock) { c.At = c.At.Add(-1) },
		"stopped and paused":  func(c *worktime.Clock) { c.Stopped, c.Paused = true, []string{""} },
		"a cause twice":       func(c *worktime.Clock) { c.Paused = []string{"a", "a"} },
		"causes out of order": func(c *worktime.Clock) { c.Paused = []string{"b", "a"} },
		"a step twice":        func(c *worktime.Clock) { c.Fired = []worktime.Firing{{Step: "a", At: at}, {Step: "a", At: at}} },
		"a step too early":    func(c *worktime.Clock) { c.Fired = []worktime.Firing{{Step: "a", At: at.Add(-1)}} },
	} {
		c := sound
		damage(&c)
		_, err1 := terms.Read(c, at)
		_, _, err2 := terms.Fire(c, at)
		_, err3 := terms.Next(c)
		_, _, err4 := terms.Decide(c, worktime.Event{Kind: worktime.Stop, At: at, Version: c.Version})
		for _, err := range []error{err1, err2, err3, err4} {
			if !errors.Is(err, worktime.ErrClock) {
				t.Errorf("%s: %v", name, err)
			}
		}
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
