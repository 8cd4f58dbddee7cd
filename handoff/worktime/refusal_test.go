package worktime_test

import (
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/leadloop/leadloop/handoff/worktime"
)

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
		"a step too late":     func(c *worktime.Clock) { c.Fired = []worktime.Firing{{Step: "a", At: time.Unix(1<<40, 0)}} },
		"only a deadline":     func(c *worktime.Clock) { *c = worktime.Clock{Deadline: worktime.Deadline{Due: at}} },
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
