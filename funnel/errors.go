package funnel

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// The kinds of refusals, for errors.Is. The error itself is a [*Refusal].
var (
	ErrNotPermitted     = errors.New("not permitted here")
	ErrGuard            = errors.New("a guard said no")
	ErrLeadMissing      = errors.New("a guard needs the lead")
	ErrReasonMissing    = errors.New("a reason is owed")
	ErrReasonUnknown    = errors.New("unknown reason")
	ErrReasonNotAllowed = errors.New("reason not allowed here")
	ErrFieldMissing     = errors.New("a field is owed")
	ErrFieldInvalid     = errors.New("invalid field")
	ErrFieldUnknown     = errors.New("unknown field")
	ErrCoolingDown      = errors.New("cooling down")
	ErrReEntry          = errors.New("the reason of the return does not let the lead back in this way")
	ErrTooManyRounds    = errors.New("too many rounds")
	ErrTimeInvalid      = errors.New("time missing or out of range")
	ErrTimeBackwards    = errors.New("time runs backwards")
	ErrUnknownStage     = errors.New("unknown stage")
	ErrWrongPolicy      = errors.New("position of another policy")
	ErrPolicyVersion    = errors.New("position of a later version of the policy")
	ErrPosition         = errors.New("impossible position")
	ErrCalendarMissing  = errors.New("a time limit needs the calendar")  // only of [Policy.Due]
	ErrNoSuchStep       = errors.New("no such step")                     // only of [Policy.Correct]
	ErrSameLead         = errors.New("the duplicate is the lead itself") // only of [Policy.Merge]
	ErrMigrated         = errors.New("carried over already")             // only of [Migration.Carry]
)

// The kinds of violations, of [Policy.Replay] and [Policy.Correct]. The error is a [*Violation].
var (
	ErrNoHistory = errors.New("no history: a lead without a transition stands where Start put it")
	ErrHistory   = errors.New("the history does not fit together")
)

// A Refusal says why a step was not taken. The position is as it was. Its text is written when it is asked for.
// It names fields and codes, never a person's value.
type Refusal struct {
	Kind   error     // one of the Err… kinds above; errors.Is finds it
	ID     string    // of the position
	Stage  Stage     // of the position
	Event  Event     // that was asked for, or
	Return Return    // that was asked for
	Reason Reason    // given with the return; for a refused re-entry, the reason in the position
	Guard  string    // ErrGuard, ErrLeadMissing: the guard's name, or the condition itself
	Field  string    // the field of the feedback, of By or of the position that is wrong
	Until  time.Time // ErrCoolingDown: end of the wait; ErrTimeBackwards: the earliest time that is possible
	Round  int       // of the position
	Cause  error     // what the guard said, or why the condition failed; may be nil

	Version int64 // ErrNoSuchStep: that was asked for

	chart *chart
}

// Is lets errors.Is find the kind.
func (r *Refusal) Is(target error) bool { return target == r.Kind }

// Unwrap returns what the guard or the condition said.
func (r *Refusal) Unwrap() error { return r.Cause }

// Error says what was refused, why, and what to do.
func (r *Refusal) Error() string {
	if r.chart == nil { // made by hand, in a host's test
		return fmt.Sprintf("funnel: %v", r.Kind)
	}
	asked := string(r.Event)
	if r.Return != "" {
		asked = string(r.Return)
	}
	if asked == "" { // a position or feedback that was checked without a step
		return "funnel: " + r.why()
	}
	return fmt.Sprintf("funnel: %q at stage %q: %s", asked, r.Stage, r.why())
}

func (r *Refusal) why() string {
	switch r.Kind {
	case ErrNotPermitted:
		return "not permitted here; " + r.chart.permittedHere(r.Stage)
	case ErrGuard:
		if r.Cause != nil {
			return fmt.Sprintf("guard %q said no: %v", r.Guard, r.Cause)
		}
		return fmt.Sprintf("guard %q said no: the condition does not hold", r.Guard)
	case ErrLeadMissing:
		return fmt.Sprintf("guard %q needs the lead: give it", r.Guard)
	case ErrReasonMissing:
		if r.Return == "" {
			return "the position has no reason for its return: set the one that applies, so that its re-entry rule is known"
		}
		return "a reason is owed; allowed here are " + r.chart.allowedReasons(r.Stage, r.Return)
	case ErrReasonUnknown:
		return fmt.Sprintf("unknown reason %q%s", r.Reason, r.chart.suggestReason(r.Reason))
	case ErrReasonNotAllowed:
		return fmt.Sprintf("reason %q is not allowed here; allowed are %s", r.Reason, r.chart.allowedReasons(r.Stage, r.Return))
	case ErrFieldMissing:
		return fmt.Sprintf("reason %q owes the field %q (%s)", r.Reason, r.Field, r.chart.fieldType(r.Reason, r.Field).describe())
	case ErrFieldInvalid:
		return fmt.Sprintf("field %q must be %s", r.Field, r.chart.fieldType(r.Reason, r.Field).describe())
	case ErrFieldUnknown:
		return fmt.Sprintf("reason %q has no field %q; it has %s", r.Reason, r.Field, r.chart.fieldNames(r.Reason))
	case ErrCoolingDown:
		return "cooling down until " + r.Until.Format(time.RFC3339) + "; try again then"
	case ErrReEntry:
		return fmt.Sprintf("the lead was returned with reason %q, %s", r.Reason, r.chart.wayBack(r.Stage, r.Reason))
	case ErrTooManyRounds:
		return fmt.Sprintf("this was round %d of at most %d", r.Round, r.chart.definition.MaxRounds)
	case ErrTimeInvalid:
		return fmt.Sprintf("By.%s must be set, between the years 1 and 9999", r.Field)
	case ErrTimeBackwards:
		return fmt.Sprintf("By.%s must not be before %s", r.Field, r.Until.Format(time.RFC3339Nano))
	case ErrCalendarMissing:
		return fmt.Sprintf("stage %q has a time limit in business time, which needs the calendar: give it", r.Stage)
	case ErrNoSuchStep:
		return fmt.Sprintf("the history has no transition with version %d that could be taken back", r.Version)
	case ErrSameLead:
		return "the duplicate has the id of the lead itself: give the other record's position"
	case ErrMigrated:
		return fmt.Sprintf("the position is one of version %d already: leave it as it is", r.chart.definition.Version)
	case ErrUnknownStage:
		return fmt.Sprintf("the policy has no stage %q; it has %s", r.Stage, r.chart.stageNames())
	case ErrWrongPolicy:
		return fmt.Sprintf("the position belongs to another policy, not to %q", r.chart.definition.Name)
	case ErrPolicyVersion:
		return fmt.Sprintf("the position was written by a version of policy %q later than this one, %d: update the program",
			r.chart.definition.Name, r.chart.definition.Version)
	default: // ErrPosition
		return fmt.Sprintf("the position's %s is impossible: correct the stored row", r.Field)
	}
}

// A Violation is a transition of a history that the policy would not have allowed. [Policy.Replay] joins all of them;
// [Policy.Correct] answers the first that does not fit together.
type Violation struct {
	Index   int    // of the transition in the history
	Version int64  // that the transition carries
	Field   string // ErrHistory: the transition's JSON field that does not follow from what went before
	Err     error  // a [*Refusal], or ErrHistory
}

// Error says where and why.
func (v *Violation) Error() string {
	if v.Field != "" {
		return fmt.Sprintf("history[%d].%s: %v: it does not follow from the transitions before and the policy", v.Index, v.Field, v.Err)
	}
	return fmt.Sprintf("history[%d]: %v", v.Index, v.Err)
}

// Unwrap returns the refusal or ErrHistory.
func (v *Violation) Unwrap() error { return v.Err }

// A Mistake is something wrong in a [Definition]. [Parse] and [Compile] join all that they find.
type Mistake struct {
	Path    string // into the definition, such as edges[3].to
	Line    int    // from 1, of the JSON text or of the condition; 0 where there is none
	Column  int    // from 1, in characters; 0 where there is none
	Message string
}

// Error says where and what.
func (m *Mistake) Error() string {
	var b strings.Builder
	b.WriteString(m.Path)
	if m.Line > 0 {
		fmt.Fprintf(&b, ":%d:%d", m.Line, m.Column)
	}
	if b.Len() > 0 {
		b.WriteString(": ")
	}
	b.WriteString(m.Message)
	return strings.TrimPrefix(b.String(), ":")
}
