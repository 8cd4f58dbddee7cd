package routing

import "errors"

// Causes of a refused pool, for errors.Is.
var (
	ErrName     = errors.New("name missing")
	ErrMembers  = errors.New("members not usable")
	ErrID       = errors.New("member id not usable")
	ErrWeight   = errors.New("weight not usable")
	ErrCapacity = errors.New("capacity not usable")
)

// Error is one mistake in a pool. [Compile] joins all that it finds.
type Error struct {
	Path    string // the place in the pool, such as members[2].weight
	Message string // what is wrong and what to do
	Cause   error  // one of the sentinels above
}

// Error writes path and message.
func (e *Error) Error() string { return e.Path + ": " + e.Message }

// Unwrap gives the sentinel.
func (e *Error) Unwrap() error { return e.Cause }
