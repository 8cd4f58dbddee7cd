package worktime

import "errors"

// Causes of a refused definition, for errors.Is.
var (
	ErrTimeZone = errors.New("time zone not usable")
	ErrWindow   = errors.New("window not usable")
	ErrDate     = errors.New("date not usable")
	ErrNoHours  = errors.New("the calendar never opens")
)

// Error is one mistake in a definition. [Compile] joins all that it finds.
type Error struct {
	Path    string // the place in the definition, such as hours.mon[1] or holidays[3]
	Message string // what is wrong and what to do
	Cause   error  // one of the sentinels above
}

// Error writes path and message.
func (e *Error) Error() string { return e.Path + ": " + e.Message }

// Unwrap gives the sentinel.
func (e *Error) Unwrap() error { return e.Cause }
