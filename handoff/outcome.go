package handoff

import (
	"time"

	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/handoff/worktime"
)

// An Outcome is what came of one offer, in plain values from which the host makes its rows for learning and attribution.
//
// For learning, an accepted offer is a positive answer, and whether a rejected one is a negative answer about the lead is
// told by AtFault: a lack of capacity is no fault of the rules. What is open, expired, auto-accepted or withdrawn has been
// judged by nobody and stays pending, even if the deal is won later. For attribution, a won outcome is a conversion with
// the revenue at Finished. The module's package example has both as functions.
type Outcome struct {
	ID       string        `json:"id"`
	Round    int           `json:"round"`
	Offered  time.Time     `json:"offered"`
	Rating   Rating        `json:"rating,omitzero"`    // at the offer, hits included
	Status   Status        `json:"status"`             // of the offer; [StatusOpen]: nobody has decided yet
	Reason   funnel.Reason `json:"reason,omitempty"`   // of the return that closed it
	AtFault  funnel.Side   `json:"at_fault,omitempty"` // the side that the return counts against
	Stage    funnel.Stage  `json:"stage"`              // how far it has come, or where its return led
	Closed   bool          `json:"closed"`             // nothing more can come of this offer; false: too early to tell, which is not a failure
	Won      bool          `json:"won,omitempty"`      // closed as won
	Revenue  int64         `json:"revenue,omitempty"`  // minor units
	Decided  time.Time     `json:"decided,omitzero"`   // when the offer came to its end
	Finished time.Time     `json:"finished,omitzero"`  // when it was closed
}

// Outcomes reads the outcomes off the log of one case, one for each offer in their order. Later events only add to what
// is still open, so the rows can be taken again at any time.
func Outcomes(log []Event) []Outcome {
	_, rows := read(log, time.Time{})
	outcomes := make([]Outcome, len(rows))
	for i := range rows {
		outcomes[i] = rows[i].Outcome
	}
	return outcomes
}

// A row is an outcome with what reports ask of it besides.
type row struct {
	Outcome
	owner     string
	due       Deadlines     // of the offer, and those that its acceptance started
	back      funnel.Return // that closed it
	touched   time.Time     // first attempt at contact
	attempted time.Time     // as many attempts as agreed, or one that reached the lead
	answered  time.Time     // first outcome after the acceptance
	withdrawn bool          // closed by a withdrawal
}

func (r *row) accepted() bool { return r.Status == StatusAccepted || r.Status == StatusAutoAccepted }

func (r *row) close(e *Event) {
	r.Closed, r.Finished, r.Reason, r.AtFault = true, e.Occurred, e.Reason, e.AtFault
	if e.Transition != nil {
		r.Reason, r.back = e.Transition.Reason, e.Transition.Return
	}
}

// read turns a log into its offers, leaving out what occurred after an instant (zero: nothing).
func read(log []Event, asOf time.Time) (registered time.Time, rows []row) {
	var stage funnel.Stage
	round := 1
	none := &row{}
	latest := none
	for i := range log {
		e := &log[i]
		if !asOf.IsZero() && e.Occurred.After(asOf) {
			continue
		}
		if tr := e.Transition; tr != nil {
			stage, round = tr.To, tr.Round
		}
		switch e.Kind {
		case Registered:
			registered, stage = e.Occurred, e.Stage
			continue
		case Offered:
			rows = append(rows, row{
				Outcome: Outcome{ID: e.ID, Round: round, Offered: e.Occurred, Rating: e.Rating, Status: StatusOpen, Stage: stage},
				owner:   e.Owner, due: Deadlines{Accept: e.Deadlines.Accept},
			})
			latest = &rows[len(rows)-1]
			continue
		}
		if latest.Closed || latest == none { // belongs to no offer: such as a return to a new round, or a withdrawal from nurturing
			continue
		}
		latest.Stage = stage
		latest.follow(e)
	}
	return registered, rows
}

// follow takes one event after the offer.
func (r *row) follow(e *Event) {
	switch e.Kind {
	case Accepted, AutoAccepted:
		r.Status, r.Decided = StatusAccepted, e.Occurred
		if e.Kind == AutoAccepted {
			r.Status = StatusAutoAccepted
		}
		r.due.Touch, r.due.Attempts, r.due.Feedback = e.Deadlines.Touch, e.Deadlines.Attempts, e.Deadlines.Feedback
	case Rejected:
		r.Status, r.Decided = StatusRejected, e.Occurred
		r.close(e)
	case Expired:
		r.Status, r.Decided = StatusExpired, e.Occurred
		r.close(e)
	case Attempted:
		if r.touched.IsZero() || e.Occurred.Before(r.touched) {
			r.touched = e.Occurred
		}
		if r.attempted.IsZero() && e.Deadlines.Attempts.MetUntil.IsZero() {
			r.attempted = e.Occurred
		}
	case Withdrawn:
		if r.Status == StatusOpen {
			r.Status, r.Decided = StatusWithdrawn, e.Occurred
		}
		r.withdrawn = true
		r.close(e)
	case Moved:
		if e.Transition == nil { // a damaged log: [Desk.Replay] says so
			return
		}
		if r.answered.IsZero() {
			r.answered = e.Occurred
		}
		if r.attempted.IsZero() {
			r.attempted = e.Occurred
		}
		if e.Transition.Event == funnel.SalesQualify && r.touched.IsZero() { // whoever qualified the lead has spoken with it
			r.touched = e.Occurred
		}
		if e.Transition.Return != "" || e.Transition.Event == funnel.Win {
			r.close(e)
			r.Won, r.Revenue = e.Transition.Event == funnel.Win, e.Revenue
		}
	}
}

// A verdict is how a deadline came out.
type verdict int

const (
	verdictNone verdict = iota // there was none, or a withdrawal ended it
	verdictMet
	verdictMissed
	verdictOpen
)

// judge holds a deadline against when it was done (zero: not yet) as of an instant.
func (r *row) judge(due worktime.Deadline, done, asOf time.Time) verdict {
	end := asOf
	if r.Closed && r.Finished.Before(end) {
		end = r.Finished
	}
	switch {
	case due.MetUntil.IsZero():
		return verdictNone
	case !done.IsZero() && !done.After(due.MetUntil):
		return verdictMet
	case !done.IsZero(), end.After(due.MetUntil), r.Closed && !r.withdrawn:
		return verdictMissed
	case r.withdrawn:
		return verdictNone
	}
	return verdictOpen
}
