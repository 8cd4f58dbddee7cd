package worktime

import "errors"

// Causes of a refused definition or ladder, for errors.Is.
var (
	ErrTimeZone = errors.New("time zone not usable")
	ErrWindow   = errors.New("window not usable")
	ErrDate     = errors.New("date not usable")
	ErrNoHours  = errors.New("the calendar never opens")
	ErrStep     = errors.New("step not usable")
)

// The kinds of refusals by a clock, for errors.Is. The error itself is a [*Refusal].
var (
	ErrClock    = errors.New("the clock is damaged")
	ErrRepeated = errors.New("the event has been decided already")
	ErrConflict = errors.New("the event is for a later version of the clock")
	ErrEvent    = errors.New("no event that can be")
	ErrState    = errors.New("the event does not fit the state of the clock")
	ErrLate     = errors.New("the event is dated before what the clock has said")
	ErrCalendar = errors.New("no such calendar")
)

// Error is one mistake in a definition or a ladder. [Compile] and [NewLadder] join
// all that they find.
type Error struct {
	Path    string // the place, such as hours.mon[1], holidays[3] or ladder[0].at
	Message string // what is wrong and what to do
	Cause   error  // one of the sentinels above
}

// Error writes path and message.
func (e *Error) Error() string { return e.Path + ": " + e.Message }

// Unwrap gives the sentinel.
func (e *Error) Unwrap() error { return e.Cause }
