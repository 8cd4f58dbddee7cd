package funnel

import (
	"slices"
	"time"
	"unicode/utf8"

	"github.com/leadloop/leadloop/internal/document"
)

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

// limit checks a time limit of a stage.
func (r *review) limit(path string, stage Stage, l TimeLimit) {
	choice(r, path+".unit", l.Unit, UnitMinutes, UnitHours, UnitDays, UnitBusinessMinutes, UnitBusinessHours)
	if most := int(days(maxDays) / max(l.Unit.length(), time.Minute)); l.After < 1 || l.After > most {
		r.report(path+".after", "must be from 1 to %d", most)
	}
	set := 0
	for _, is := range []bool{l.Event != "", l.Return != "", l.Remind != ""} {
		if is {
			set++
		}
	}
	if set != 1 {
		r.report(path, "exactly one of event, return and remind must be set: write a limit for each")
	}
	d := r.definition
	if l.Event != "" && !slices.ContainsFunc(d.Edges, func(e Edge) bool { return e.From == stage && e.On == l.Event }) {
		r.report(path+".event", "no edge leads from %q on %q", stage, l.Event)
	}
	if !utf8.ValidString(l.Remind) {
		r.report(path+".remind", "is not valid UTF-8")
	}
	if l.Return == "" {
		if l.Reason != "" {
			r.report(path+".reason", "only a return has a reason: leave it out")
		}
		return
	}
	if !slices.ContainsFunc(d.Returns, func(e ReturnEdge) bool { return e.From == stage && e.On == l.Return }) {
		r.report(path+".return", "no return edge leads from %q on %q", stage, l.Return)
		return
	}
	i := slices.IndexFunc(d.Reasons, func(reason ReasonDefinition) bool { return reason.Code == l.Reason })
	if i < 0 {
		var codes []Reason
		for _, reason := range d.Reasons {
			codes = append(codes, reason.Code)
		}
		r.report(path+".reason", "unknown reason %q%s: a return owes one of the catalogue", l.Reason, document.DidYouMean(l.Reason, codes))
		return
	}
	reason := &d.Reasons[i]
	if !slices.ContainsFunc(d.Returns, func(e ReturnEdge) bool {
		return e.From == stage && e.On == l.Return && slices.Contains(e.Dispositions, reason.Disposition) && (reason.BeforeContact || !e.BeforeContact)
	}) {
		r.report(path+".reason", "%q at %q does not allow the reason %q", l.Return, stage, l.Reason)
	}
	for _, field := range reason.Fields {
		if !field.Optional {
			r.report(path+".reason", "the reason %q owes the field %q, which nobody is there to fill in", l.Reason, field.Name)
		}
	}
}
