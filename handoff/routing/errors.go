package routing

import (
	"errors"
	"strconv"
)

// Causes of a refused pool or plan, for errors.Is.
var (
	ErrName     = errors.New("name missing or not unique")
	ErrMembers  = errors.New("members not usable")
	ErrID       = errors.New("member id not usable")
	ErrWeight   = errors.New("weight not usable")
	ErrCapacity = errors.New("capacity not usable")
	ErrQuota    = errors.New("quota not usable")
	ErrCalendar = errors.New("calendar not known")
	ErrSkill    = errors.New("skill or territory not usable")
	ErrPrefers  = errors.New("preference not usable")
	ErrStrategy = errors.New("strategy not known")
	ErrSpan     = errors.New("span of time not usable")
	ErrVersion  = errors.New("format or version not usable")
	ErrPool     = errors.New("pool not known or not reached")
	ErrRule     = errors.New("rule not usable")
	ErrFallback = errors.New("fallback not usable")
	ErrOwner    = errors.New("rule for owners not usable")
)

// Error is one mistake in a pool or a plan. [Compile] and [CompilePlan] join all that they find.
type Error struct {
	Path    string // the place in the document, such as members[2].weight
	Line    int    // within a condition's text, from 1; 0 elsewhere
	Column  int    // within a condition's text, from 1, in characters; 0 elsewhere
	Message string // what is wrong and what to do
	Cause   error  // one of the sentinels above
}

// Error writes path, place and message.
func (e *Error) Error() string {
	if e.Line == 0 {
		return e.Path + ": " + e.Message
	}
	return e.Path + ":" + strconv.Itoa(e.Line) + ":" + strconv.Itoa(e.Column) + ": " + e.Message
}

// Unwrap gives the sentinel.
func (e *Error) Unwrap() error { return e.Cause }

// review collects mistakes.
type review struct {
	prefix string
	errs   []error
}

func (r *review) report(path string, cause error, message string) {
	r.errs = append(r.errs, &Error{Path: r.prefix + path, Message: message, Cause: cause})
}
