package handoff

import (
	"errors"

	"github.com/leadloop/leadloop/funnel"
)

// Replay folds a log, the events of one case in their order, into the case, and lists every event that does not fit to
// those before it or that the funnel's policy would not have allowed. The error joins a [*Violation] for each; the case is
// the fold of [Apply] even then.
func (d *Desk[L]) Replay(log []Event) (Case, error) {
	var c Case
	var errs []error
	var steps []funnel.Transition
	var at []int // of each step in the log
	for i := range log {
		e := &log[i]
		if field := misfit(&c, e, i); field != "" {
			errs = append(errs, &Violation{Index: i, Field: field, Err: ErrHistory})
		}
		if e.Transition != nil {
			tr := *e.Transition
			tr.Version = int64(len(steps) + 1) // the funnel counts its own steps only
			steps, at = append(steps, tr), append(at, i)
		}
		c = Apply(c, *e)
	}
	if len(steps) == 0 {
		return c, errors.Join(errs...)
	}
	_, err := d.policy.Replay(steps)
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, err := range joined.Unwrap() {
			var v *funnel.Violation
			if errors.As(err, &v) {
				errs = append(errs, &Violation{Index: at[v.Index], Err: v.Err})
			}
		}
	}
	return c, errors.Join(errs...)
}

// misfit returns the JSON name of the first field of an event that does not follow from the case before it.
func misfit(c *Case, e *Event, i int) string {
	switch tr := e.Transition; {
	case e.Version != c.Version+1:
		return "version"
	case i == 0 && e.Kind != Registered, i > 0 && e.Kind == Registered:
		return "kind"
	case i > 0 && e.ID != c.ID || e.ID == "":
		return "id"
	case e.Occurred.Before(c.Last) && e.Kind != Attempted, e.Recorded.Before(e.Occurred):
		return "occurred"
	case tr != nil && (tr.Version != e.Version || tr.ID != e.ID || tr.From != c.Stage || !tr.Occurred.Equal(e.Occurred)):
		return "transition"
	case tr == nil && (e.Kind == Moved || e.Kind == Accepted || e.Kind == AutoAccepted || e.Kind == Rejected):
		return "transition"
	}
	return ""
}

// Redact returns the event without what may tell who somebody is: causes in words, notes, and the feedback's texts and ids.
// Stages, reasons, times, deadlines and counts stay, so that reports and [Desk.Replay] lose nothing. ID, Actor and Owner
// stay as well: they are opaque.
func (d *Desk[L]) Redact(e Event) Event {
	e.Because = ""
	e.Feedback = d.policy.RedactFeedback(e.Reason, e.Feedback)
	if e.Transition != nil {
		tr := d.policy.Redact(*e.Transition)
		e.Transition = &tr
	}
	return e
}
