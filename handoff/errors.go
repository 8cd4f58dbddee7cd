package handoff

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/leadloop/leadloop/funnel"
)

// The kinds of refusals by the desk, for errors.Is. The error itself is a [*Refusal]. What the funnel refuses comes as its
// own [*funnel.Refusal].
var (
	ErrRepeated      = errors.New("the command has been decided already")
	ErrConflict      = errors.New("the command is for a later version of the case")
	ErrNotRegistered = errors.New("no such case")
	ErrRegistered    = errors.New("the lead is registered already")
	ErrCase          = errors.New("the case is damaged")
	ErrActor         = errors.New("an actor is owed")
	ErrNotOwner      = errors.New("not the owner")
	ErrCause         = errors.New("a cause is owed")
	ErrNotOffered    = errors.New("the lead is not on offer")
	ErrOffered       = errors.New("the lead is on offer already")
	ErrNotAccepted   = errors.New("nobody has accepted the lead")
	ErrWithdrawn     = errors.New("the lead is withdrawn")
	ErrSuppressed    = errors.New("the lead is suppressed")
	ErrCriterion     = errors.New("the hand-over criterion does not hold")
	ErrLeadMissing   = errors.New("the hand-over criterion needs the lead")
	ErrNoNewActivity = errors.New("no activity since the return")
	ErrIncomplete    = errors.New("fields are still to be completed")
	ErrAttempts      = errors.New("too few attempts at contact")
	ErrReason        = errors.New("not a reason for this command")
	ErrRevenue       = errors.New("revenue must not be negative")
	ErrTime          = errors.New("impossible time")
	ErrCommand       = errors.New("no command of this package")
)

// ErrHistory is the kind of a [*Violation] for an event that does not fit to those before it.
var ErrHistory = errors.New("the log does not fit together")

// A Refusal says why the desk did not do what it was asked. The case is as it was. It names fields and codes, never a
// person's value.
type Refusal struct {
	Kind    error         // one of the Err… kinds above; errors.Is finds it
	ID      string        // of the case
	Version int64         // of the case
	Command string        // such as "accept"
	Stage   funnel.Stage  // where the lead stands
	Status  Status        // of its latest offer
	Reason  funnel.Reason // given with the command, or of the return that the lead comes back from
	Fields  []string      // ErrIncomplete, ErrCase: which; ErrSuppressed: by what
	Given   int64         // ErrRepeated, ErrConflict: the command's version; ErrAttempts: attempts made
	Wanted  int64         // ErrAttempts: attempts that the agreement wants
	Limit   time.Time     // ErrTime, ErrNoNewActivity: the bound that was broken
	Cause   error         // ErrCriterion: why the condition failed, if it could not be evaluated
}

// Is lets errors.Is find the kind.
func (r *Refusal) Is(target error) bool { return target == r.Kind }

// Unwrap returns why the criterion could not be evaluated.
func (r *Refusal) Unwrap() error { return r.Cause }

// Error says what was refused, why, and what to do.
func (r *Refusal) Error() string {
	return fmt.Sprintf("handoff: %s of case %q at version %d: %s", r.Command, r.ID, r.Version, r.why())
}

func (r *Refusal) why() string {
	switch r.Kind {
	case ErrRepeated:
		return fmt.Sprintf("the command was given for version %d, which has been decided: load the case and see what came of it", r.Given)
	case ErrConflict:
		return fmt.Sprintf("the command was given for version %d, which is not known here: load the case again", r.Given)
	case ErrNotRegistered:
		return "there is no such case: register the lead, with an id"
	case ErrRegistered:
		return "the lead is registered already: give the zero case for a new one"
	case ErrCase:
		return "the stored case can't be (" + strings.Join(r.Fields, ", ") + "): restore it from its log with Replay"
	case ErrActor:
		return "an actor is owed: say who asks"
	case ErrNotOwner:
		return "only the owner may do that, or a manager of the agreement who gives the cause"
	case ErrCause:
		return "a cause is owed: say in Because why a person decides this"
	case ErrNotOffered:
		if r.Status == StatusNone {
			return "the lead is not on offer"
		}
		return fmt.Sprintf("the latest offer has ended as %s; if time has passed, give the desk a tick", r.Status)
	case ErrOffered:
		return "the lead is on offer already: wait for the answer or the deadline"
	case ErrNotAccepted:
		return "nobody has accepted the lead: accept it first"
	case ErrWithdrawn:
		return "the lead is withdrawn: nothing more may be done with it"
	case ErrSuppressed:
		return "nobody may get the lead (" + strings.Join(r.Fields, ", ") + "): withdraw or disqualify it with the reason for that"
	case ErrCriterion:
		if r.Cause != nil {
			return "the hand-over criterion could not be evaluated: " + r.Cause.Error()
		}
		return "the hand-over criterion does not hold"
	case ErrLeadMissing:
		return "the hand-over criterion needs the lead: give it"
	case ErrNoNewActivity:
		return fmt.Sprintf("it was returned with reason %q and comes back only with an activity after %s that has occurred by now", r.Reason, r.Limit.Format(time.RFC3339))
	case ErrIncomplete:
		return fmt.Sprintf("it was returned with reason %q and comes back only when these fields are filled: %s", r.Reason, strings.Join(r.Fields, ", "))
	case ErrAttempts:
		return fmt.Sprintf("reason %q wants %d attempts at contact, %d are logged", r.Reason, r.Wanted, r.Given)
	case ErrReason:
		return fmt.Sprintf("reason %q does not withdraw a lead: give one with disposition merge or of class compliance", r.Reason)
	case ErrTime:
		if r.Limit.IsZero() {
			return "now must be set, in the years 1 to 8999, and Occurred must not be after it"
		}
		return "Occurred must lie between " + r.Limit.Format(time.RFC3339Nano) + ", when the latest event of the case occurred, and now"
	case ErrCommand:
		return "no command of this package: give one by value, such as handoff.Accept{…}"
	default: // ErrRevenue
		return r.Kind.Error()
	}
}

// A Mistake is something wrong in an [Agreement]. [Compile] joins all that it finds.
type Mistake struct {
	Path    string // into the agreement, such as accept.within
	Line    int    // from 1, of the criterion or a condition of the routing; 0 where there is none
	Column  int    // from 1, in characters; 0 where there is none
	Message string
	Cause   error // what the calendar, the routing or the commitment said; may be nil
}

// Error says where and what.
func (m *Mistake) Error() string {
	if m.Line > 0 {
		return fmt.Sprintf("%s:%d:%d: %s", m.Path, m.Line, m.Column, m.Message)
	}
	return m.Path + ": " + m.Message
}

// Unwrap returns the cause.
func (m *Mistake) Unwrap() error { return m.Cause }

// A Violation is an event of a log that does not fit. [Desk.Replay] joins all of them.
type Violation struct {
	Index int    // of the event in the log
	Field string // the event's JSON field that does not follow from what went before; "" if the funnel objects
	Err   error  // [ErrHistory] or what the funnel says
}

// Error says where and why.
func (v *Violation) Error() string {
	if v.Field != "" {
		return fmt.Sprintf("log[%d].%s: %v", v.Index, v.Field, v.Err)
	}
	return fmt.Sprintf("log[%d]: %v", v.Index, v.Err)
}

// Unwrap returns the cause.
func (v *Violation) Unwrap() error { return v.Err }
