package funnel

import "time"

// A TimeLimit says what falls due when a lead has stood at a stage for a time. Exactly one of Event, Return and Remind is
// set. A policy does nothing of itself: [Policy.Due] turns the limits of a position into instants at which the host acts.
//
// An agreement's own clocks (how soon an offer is answered, a lead called) belong to the hand-over desk. A limit is for what
// a stage itself promises: "an opportunity in which nothing has happened for 90 days is lost".
type TimeLimit struct {
	After  int    `json:"after"`            // how many units after the lead has come to the stage; from 1
	Unit   Unit   `json:"unit"`             // in which After counts
	Event  Event  `json:"event,omitempty"`  // that is due: one of the stage's
	Return Return `json:"return,omitempty"` // that is due: one of the stage's, with
	Reason Reason `json:"reason,omitempty"` // a reason that it allows and that owes no field, as nobody is there to fill it in
	Remind string `json:"remind,omitempty"` // who is reminded: a role or a team, in the host's own words
}

// A Unit is what a [TimeLimit] counts in. There are no business days: how long one is differs from day to day; five of
// eight hours are 40 business hours.
type Unit string

// The units.
const (
	UnitMinutes         Unit = "minutes"
	UnitHours           Unit = "hours"
	UnitDays            Unit = "days"             // of 24 hours
	UnitBusinessMinutes Unit = "business_minutes" // in which the [Calendar] is open
	UnitBusinessHours   Unit = "business_hours"
)

// length is how long one unit is; 0 if there is no such unit.
func (u Unit) length() time.Duration {
	switch u {
	case UnitMinutes, UnitBusinessMinutes:
		return time.Minute
	case UnitHours, UnitBusinessHours:
		return time.Hour
	case UnitDays:
		return 24 * time.Hour
	}
	return 0
}

// business says whether only time counts in which the calendar is open.
func (u Unit) business() bool { return u == UnitBusinessMinutes || u == UnitBusinessHours }

// A Calendar tells business time from the rest. The one of the package handoff/worktime is one.
type Calendar interface {
	// Between gives the business time from a to b, 0 if b is not after a. Along b it never falls and never grows faster
	// than time itself.
	Between(a, b time.Time) time.Duration
}
