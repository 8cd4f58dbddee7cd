package handoff

import (
	"slices"

	"github.com/leadloop/leadloop/funnel"
)

// Apply returns the case after an event. It is total: it has no clock, asks no agreement and cannot fail. An event that
// the case already holds changes nothing.
func Apply(c Case, e Event) Case {
	c.apply(&e)
	return c
}

func (c *Case) apply(e *Event) {
	if e.Version <= c.Version {
		return
	}
	switch {
	case e.Transition != nil:
		round := c.Round
		c.Position = funnel.Apply(c.Position, *e.Transition)
		if c.Round != round {
			*c = Case{Position: c.Position, Registered: c.Registered, Last: c.Last, Owner: c.Owner} // the rest was of the round before
		}
	case e.Kind == Registered:
		c.Position = funnel.Position{
			ID: e.ID, Policy: e.Policy, PolicyVersion: e.PolicyVersion, Stage: e.Stage, Since: e.Occurred, Round: 1,
		}
		c.Registered = e.Occurred
	}
	c.Version = e.Version
	if e.Occurred.After(c.Last) {
		c.Last = e.Occurred
	}
	owner := c.Owner
	c.Owner, c.Track, c.Deadlines = e.Owner, e.Track, e.Deadlines

	switch e.Kind {
	case Offered:
		c.Status, c.Offered, c.Rating = StatusOpen, e.Occurred, e.Rating
		c.Offers++
	case Accepted, AutoAccepted:
		c.Status, c.Accepted = StatusAccepted, e.Occurred
		if e.Kind == AutoAccepted {
			c.Status = StatusAutoAccepted
		}
	case Rejected:
		c.Status, c.Missing = StatusRejected, e.Missing
		c.Declined = with(c.Declined, owner)
	case Expired:
		c.Status = StatusExpired
		c.Declined = with(c.Declined, owner)
	case Attempted:
		c.Attempts++
		if c.FirstTouch.IsZero() || e.Occurred.Before(c.FirstTouch) {
			c.FirstTouch = e.Occurred
		}
	case Withdrawn:
		c.Withdrawn, c.Reason = true, e.Reason // whose re-entry counts from now on, even if the funnel knew no step
		if c.Status == StatusOpen {
			c.Status = StatusWithdrawn
		}
	case Moved:
		c.Missing = e.Missing
		// whoever qualified the lead has spoken with it
		if e.Transition != nil && e.Transition.Event == funnel.SalesQualify && c.FirstTouch.IsZero() {
			c.FirstTouch = e.Occurred
		}
	}
}

// with returns the list with one more; lists of a case are never written to.
func with(list []string, s string) []string {
	return append(slices.Clip(list), s)
}
