package main

import (
	"time"

	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/handoff"
	"github.com/leadloop/leadloop/handoff/worktime"
	"github.com/leadloop/leadloop/scoring"
)

// ownCase is a lead of own data on its way through its rows.
type ownCase struct {
	run         *ownRun
	number      uint32
	lead        *ownLead
	stage       funnel.Stage
	deeds       []Activity
	adjustments []scoring.Adjustment
	log         []handoff.Event

	open     bool              // it is on offer
	due      worktime.Deadline // of the attempts at contact
	attempts int
}

// take adds what a row says to the log.
func (c *ownCase) take(row *ownRow) {
	at := time.Unix(row.at, 0).UTC()
	person, stage := c.run.data.text[row.person], c.run.data.stages[row.stage]
	why := funnel.Reason(c.run.data.text[row.why])
	if len(c.log) == 0 {
		c.add(handoff.Event{Kind: handoff.Registered, Occurred: c.lead.created, Stage: funnel.Inquiry})
	}
	switch row.kind {
	case movedRow:
		c.move(at, stage, why, row.cents, person)
	case offeredRow:
		c.offer(at, person)
	case acceptedRow, autoAcceptedRow:
		c.accept(at, row.kind, person)
	case rejectedRow:
		if stage == "" {
			stage = c.leads(funnel.Reject, why)
		}
		c.back(handoff.Rejected, at, funnel.Reject, stage, why, person)
	case withdrawnRow:
		if stage == "" {
			c.leave(at, why, person)
		} else {
			c.back(handoff.Withdrawn, at, funnel.Disqualify, stage, why, person)
		}
	case expiredRow:
		if c.isOpen() {
			c.add(handoff.Event{Kind: handoff.Expired, Occurred: at})
		}
		c.open = false
	case attemptedRow, reachedRow:
		c.attempt(at, person, row.kind == reachedRow)
	}
}

// add appends an event to the log.
func (c *ownCase) add(e handoff.Event) {
	e.ID, e.Version, e.Recorded = c.lead.id, int64(len(c.log)+1), e.Occurred
	c.log = append(c.log, e)
}

// step makes the step of the funnel to a stage.
func (c *ownCase) step(at time.Time, on funnel.Event, back funnel.Return, to funnel.Stage, why funnel.Reason) *funnel.Transition {
	tr := &funnel.Transition{ID: c.lead.id, Event: on, Return: back, From: c.stage, To: to, Reason: why, Occurred: at, Recorded: at, Round: 1}
	c.stage = to
	return tr
}

// isOpen says whether the lead is on offer, and counts it where the data should know of an offer and does not.
func (c *ownCase) isOpen() bool {
	if !c.open && c.run.data.offers {
		c.run.adrift++
	}
	return c.open
}

// within is a deadline of the agreement.
func (c *ownCase) within(at time.Time, by handoff.Duration) worktime.Deadline {
	if c.run.hours == nil || by == 0 {
		return worktime.Deadline{}
	}
	return c.run.hours.Add(at, time.Duration(by))
}

func (c *ownCase) offer(at time.Time, person string) {
	c.add(handoff.Event{
		Kind: handoff.Offered, Occurred: at, Owner: person, Rating: c.rating(at), Deadlines: handoff.Deadlines{Accept: c.within(at, c.run.agreed.Accept.Within)},
	})
	c.open = true
}

// accept takes the lead that is on offer; who takes it in passing by has it in the funnel all the same.
func (c *ownCase) accept(at time.Time, kind rowKind, person string) {
	agreed := &c.run.agreed
	e := handoff.Event{Kind: handoff.Accepted, Occurred: at, Actor: person, Owner: person}
	if kind == autoAcceptedRow {
		e.Kind, e.Actor = handoff.AutoAccepted, ""
		if last := &c.log[len(c.log)-1]; last.Kind == handoff.Offered && last.Occurred.Equal(at) {
			last.Deadlines.Accept = worktime.Deadline{} // nobody was asked
		}
	}
	if !c.isOpen() {
		e.Kind = handoff.Moved
	}
	e.Transition = c.step(at, funnel.Accept, "", funnel.SAL, "")
	c.due, c.attempts = c.within(at, agreed.AttemptsWithin), 0
	e.Deadlines = handoff.Deadlines{Touch: c.within(at, agreed.FirstTouch), Feedback: c.within(at, agreed.Feedback), Attempts: c.due}
	c.add(e)
	c.open = false
}

func (c *ownCase) attempt(at time.Time, person string, reached bool) {
	c.attempts++
	if reached || c.attempts >= c.run.agreed.Attempts {
		c.due = worktime.Deadline{}
	}
	c.add(handoff.Event{Kind: handoff.Attempted, Occurred: at, Actor: person, Reached: reached, Deadlines: handoff.Deadlines{Attempts: c.due}})
}

// move enters a stage. Data without offers takes entering MQL for one, and what comes next for its answer.
func (c *ownCase) move(at time.Time, to funnel.Stage, why funnel.Reason, cents int64, person string) {
	back := c.returnTo(to)
	if back != "" {
		if !c.run.data.offers && c.open {
			c.back(handoff.Rejected, at, back, to, why, person)
			return
		}
		c.back(handoff.Moved, at, back, to, why, person)
		return
	}
	switch {
	case c.run.data.offers || !c.open: // offers are rows of their own
	case to == funnel.SAL:
		c.accept(at, acceptedRow, person)
		return
	case to == funnel.SQL, to == funnel.Opportunity, to == funnel.Won:
		c.add(handoff.Event{Kind: handoff.Accepted, Occurred: at, Actor: person})
		c.open = false
	}
	e := handoff.Event{Kind: handoff.Moved, Occurred: at, Owner: person, Actor: person, Transition: c.step(at, entering[to], "", to, "")}
	if to == funnel.Won {
		e.Revenue = cents
	}
	c.add(e)
	if to == funnel.MQL && !c.run.data.offers {
		c.offer(at, "")
	}
}

// entering are the events of the standard funnel that lead to a stage of the success path.
var entering = map[funnel.Stage]funnel.Event{
	funnel.MQL: funnel.Qualify, funnel.SAL: funnel.Accept, funnel.SQL: funnel.SalesQualify, funnel.Opportunity: funnel.Open, funnel.Won: funnel.Win,
}

// returnTo is the return that leads to a stage, "" for a stage of the success path.
func (c *ownCase) returnTo(to funnel.Stage) funnel.Return {
	switch to {
	case funnel.Recycled:
		return funnel.Recycle
	case funnel.Disqualified:
		return funnel.Disqualify
	case funnel.Lost:
		return funnel.Lose
	}
	return ""
}

// leads is the stage to which a return leads by its reason.
func (c *ownCase) leads(on funnel.Return, why funnel.Reason) funnel.Stage {
	if reason, ok := c.run.policy.Reason(why); ok {
		for _, edge := range c.run.definition.Returns {
			for _, d := range edge.Dispositions {
				if edge.From == funnel.MQL && edge.On == on && d == reason.Disposition {
					return edge.To
				}
			}
		}
	}
	return funnel.Recycled
}

// back returns the lead, or takes it out. A return without a reason counts as "other".
func (c *ownCase) back(kind handoff.Kind, at time.Time, on funnel.Return, to funnel.Stage, why funnel.Reason, person string) {
	if why == "" {
		c.run.unsaid++
		why = funnel.ReasonOther
	}
	reason, _ := c.run.policy.Reason(why)
	if kind == handoff.Rejected && !c.isOpen() {
		kind = handoff.Moved
	}
	e := handoff.Event{Kind: kind, Occurred: at, Actor: person, AtFault: reason.AtFault, Transition: c.step(at, "", on, to, why)}
	if kind == handoff.Withdrawn {
		e.Reason = why
	}
	c.add(e)
	c.open = false
	c.rescore(at, &reason)
}

// leave withdraws the lead from where the funnel knows no way out.
func (c *ownCase) leave(at time.Time, why funnel.Reason, person string) {
	reason, _ := c.run.policy.Reason(why)
	c.add(handoff.Event{Kind: handoff.Withdrawn, Occurred: at, Actor: person, Reason: why, AtFault: reason.AtFault})
	c.open = false
	c.rescore(at, &reason)
}

// rescore notes what a reason does to the score from then on.
func (c *ownCase) rescore(at time.Time, reason *funnel.ReasonDefinition) {
	for _, a := range reason.Adjust {
		if fact, ok := adjustment(a, &handoff.Effect{At: at, Reason: reason.Code}); ok {
			c.adjustments = append(c.adjustments, fact)
		}
	}
}
