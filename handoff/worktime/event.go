package worktime

import (
	"errors"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"
)

// Kind is what happens to a clock.
type Kind string

// The kinds of events.
const (
	Start    Kind = "start"    // it runs, by a calendar and with a budget
	Pause    Kind = "pause"    // it stands still for a cause, whatever other causes there are
	Resume   Kind = "resume"   // the cause is gone; the clock runs again if it was the last one
	Stop     Kind = "stop"     // what was promised is done, or no longer owed
	Amend    Kind = "amend"    // another budget for the same working time; pauses stay
	Reassign Kind = "reassign" // from now on another calendar counts; the working time so far stays
)

// Event is what happened to a clock, and when.
type Event struct {
	Kind Kind      `json:"kind"`
	At   time.Time `json:"at"`
	// Version is that of the clock which the event was meant for: 0 for a start,
	// 1 for what comes next.
	Version  int64         `json:"version"`
	Budget   time.Duration `json:"budget_ns,omitempty"` // of Start and Amend
	Calendar string        `json:"calendar,omitempty"`  // of Start and Reassign
	Cause    string        `json:"cause,omitempty"`     // of Pause and Resume: a code, such as "waiting_for_lead"
}

// Decide gives the clock after an event, and the steps of the ladder that had
// fallen due before it and that nobody had asked for. On an error nothing has
// happened; it is a [*Refusal] of the first kind that applies:
//
//   - [ErrClock]: the stored clock can't be
//   - [ErrRepeated]: the event is for a version that is past; it comes twice, or
//     somebody was faster
//   - [ErrConflict]: it is for a version that is still to come; others are missing
//   - [ErrEvent]: no such kind, an instant outside of the years 1 to 9999, a
//     negative budget, a text that is not UTF-8
//   - [ErrState]: it does not fit: a second start, a pause for a cause that is
//     open, a resume from one that is not, anything before the start or after
//     the stop
//   - [ErrLate]: it is dated before the clock's last event or before a step that
//     has fired. A clock does not rewrite what it has said: date the event at
//     Refusal.Limit, or sort the whole log and [Terms.Replay] it to measure
//   - [ErrCalendar]: a calendar is not among the terms
//
// Events at one instant count in the order of their versions. An event comes
// before the steps that fall due at its instant: what is stopped at
// Deadline.MetUntil is met and does not breach.
func (t *Terms) Decide(c Clock, e Event) (Clock, []Firing, error) {
	e.At = e.At.Round(0).UTC()
	if err := c.admit(&e); err != nil {
		return c, nil, err
	}
	next := c
	due, err := t.due(&c, e.At, false)
	if err != nil {
		return c, nil, err
	}
	if next.Elapsed, err = t.elapsed(&c, e.At); err != nil {
		return c, nil, err
	}
	next.Version, next.At, next.Fired = c.Version+1, e.At, joined(c.Fired, due)
	switch e.Kind {
	case Start:
		next.Started, next.Budget, next.Calendar = e.At, e.Budget, e.Calendar
	case Pause:
		i, _ := slices.BinarySearch(c.Paused, e.Cause)
		next.Paused = slices.Insert(slices.Clone(c.Paused), i, e.Cause)
	case Resume:
		i, _ := slices.BinarySearch(c.Paused, e.Cause)
		if next.Paused = nil; len(c.Paused) > 1 {
			next.Paused = slices.Delete(slices.Clone(c.Paused), i, i+1)
		}
	case Stop:
		next.Stopped, next.Paused = true, nil
		return next, due, nil // the deadline stays as it was promised
	case Amend:
		next.Budget = e.Budget
	case Reassign:
		next.Calendar = e.Calendar
	}
	var calendar *Calendar
	if next.State() == Running || e.Kind == Reassign {
		if calendar, err = t.calendar(&c, next.Calendar); err != nil {
			return c, nil, err
		}
	}
	next.promise(calendar, next.Budget != c.Budget)
	return next, due, nil
}

// admit says whether the event may happen to the clock.
func (c *Clock) admit(e *Event) error {
	if err := c.check(); err != nil {
		return err
	}
	refuse := func(kind error) *Refusal {
		return &Refusal{Kind: kind, Event: e.Kind, Version: c.Version, Given: e.Version, State: c.State()}
	}
	_, open := slices.BinarySearch(c.Paused, e.Cause)
	fits := c.Version > 0 && !c.Stopped
	switch e.Kind {
	case Start:
		fits = c.Version == 0
	case Pause:
		fits = fits && !open
	case Resume:
		fits = fits && open
	}
	limit := c.At
	for _, f := range c.Fired {
		if f.At.After(limit) {
			limit = f.At
		}
	}
	switch {
	case e.Version < c.Version:
		return refuse(ErrRepeated)
	case e.Version > c.Version:
		return refuse(ErrConflict)
	case e.fault() != "":
		r := refuse(ErrEvent)
		r.Field = e.fault()
		return r
	case !fits:
		return refuse(ErrState)
	case e.At.Before(limit):
		r := refuse(ErrLate)
		r.Limit = limit
		return r
	}
	return nil
}

// fault names the field of the event that can't be.
func (e *Event) fault() string {
	switch {
	case !slices.Contains([]Kind{Start, Pause, Resume, Stop, Amend, Reassign}, e.Kind):
		return "kind"
	case !inRange(e.At):
		return "at"
	case e.Budget < 0:
		return "budget_ns"
	case !utf8.ValidString(e.Calendar):
		return "calendar"
	case !utf8.ValidString(e.Cause):
		return "cause"
	}
	return ""
}

// Replay folds the events of one clock, in the order given, and answers the clock
// and the steps that fell due before the last event. An event that is refused
// changes nothing; all refusals are joined, each with the event's index.
func (t *Terms) Replay(events []Event) (Clock, []Firing, error) {
	var c Clock
	var all []Firing
	var errs []error
	for i, e := range events {
		next, due, err := t.Decide(c, e)
		if err != nil {
			errs = append(errs, fmt.Errorf("events[%d]: %w", i, err))
		}
		c, all = next, append(all, due...)
	}
	return c, all, errors.Join(errs...)
}
