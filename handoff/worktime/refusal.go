package worktime

import (
	"fmt"
	"time"
)

// A Refusal says why a clock did not do what it was asked. It is as it was.
type Refusal struct {
	Kind    error     // one of ErrClock, ErrRepeated, ErrConflict, ErrEvent, ErrState, ErrLate, ErrCalendar
	Event   Kind      // that was refused; empty where the clock was read
	Version int64     // of the clock
	State   State     // of the clock, where an event was refused
	Given   int64     // ErrRepeated, ErrConflict: the event's version
	Field   string    // ErrEvent: the field that can't be
	Limit   time.Time // ErrLate: the earliest instant that the clock still takes
	Name    string    // ErrCalendar: that of the calendar
}

// Is lets errors.Is find the kind.
func (r *Refusal) Is(target error) bool { return target == r.Kind }

// Error says what was refused, why, and what to do.
func (r *Refusal) Error() string {
	what := "clock"
	if r.Event != "" && r.Kind != ErrEvent {
		what = string(r.Event) + " of the clock"
	}
	return fmt.Sprintf("worktime: %s at version %d: %s", what, r.Version, r.why())
}

func (r *Refusal) why() string {
	switch r.Kind {
	case ErrRepeated:
		return fmt.Sprintf("the event was meant for version %d, which is past: load the clock and see what came of it", r.Given)
	case ErrConflict:
		return fmt.Sprintf("the event was meant for version %d, which is still to come: load the clock again", r.Given)
	case ErrEvent:
		return fmt.Sprintf("the event's %s can't be: see the documentation of Event", r.Field)
	case ErrState:
		return fmt.Sprintf("it is %s, so that the event does not fit: read its state first", r.State)
	case ErrLate:
		return fmt.Sprintf("it has given answers up to %s and does not take them back: date the event then", r.Limit.Format(time.RFC3339Nano))
	case ErrCalendar:
		return fmt.Sprintf("the terms have no calendar %q: give it under this name", r.Name)
	}
	return "the stored clock can't be: restore it from its events with Replay"
}
