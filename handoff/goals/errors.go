package goals

import "errors"

// Causes of a refused commitment, for errors.Is.
var (
	ErrPeriod   = errors.New("period not usable")
	ErrAmount   = errors.New("amount not usable")
	ErrCalendar = errors.New("calendar not usable")
)

// Error is one mistake in a commitment. [Compile] joins all that it finds.
type Error struct {
	Path    string // the place in the commitment, such as to
	Message string // what is wrong and what to do
	Cause   error  // one of the sentinels above
}

// Error writes path and message.
func (e *Error) Error() string { return e.Path + ": " + e.Message }

// Unwrap gives the sentinel.
func (e *Error) Unwrap() error { return e.Cause }
