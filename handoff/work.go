package handoff

import (
	"maps"
	"slices"
	"time"

	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/handoff/worktime"
)

// accept takes the lead that is on offer.
func (w *work[L]) accept() error {
	if w.c.Status != StatusOpen {
		return w.refuse(ErrNotOffered)
	}
	if err := w.mayDecide(); err != nil {
		return err
	}
	tr, err := w.desk.policy.Move(w.c.Position, funnel.Accept, w.lead, w.funnelBy())
	if err != nil {
		return err
	}
	e := w.step(Accepted, tr)
	e.Because = w.by.Because
	w.startWork(e)
	w.apply(e)
	w.askFeedback()
	return nil
}

// attempt logs an attempt at contact; the first one stops the clock of the first touch, and as many as agreed, or one that
// reaches the lead, that of the attempts.
func (w *work[L]) attempt(cmd Attempt) error {
	if err := w.atWork(); err != nil {
		return err
	}
	e := w.event(Attempted, w.by.Actor, w.by.Occurred)
	e.Because, e.Reached = w.by.Because, cmd.Reached
	e.Deadlines.Touch = worktime.Deadline{}
	enough := cmd.Reached || w.c.Attempts+1 >= w.desk.agreement.Attempts
	if enough {
		e.Deadlines.Attempts = worktime.Deadline{}
	}
	if breach := e.Deadlines.Breach; breach == TouchMissed || enough && breach == AttemptsMissed {
		e.Deadlines.stopLadder()
	}
	w.apply(e)
	return nil
}

// atWork checks that the lead has been accepted in this round and that the command comes from who has it.
func (w *work[L]) atWork() error {
	if w.c.Owner == "" || w.c.Status != StatusAccepted && w.c.Status != StatusAutoAccepted {
		return w.refuse(ErrNotAccepted)
	}
	return w.mayDecide()
}

// advance takes an accepted lead a step ahead. An outcome is no longer owed then.
func (w *work[L]) advance(on funnel.Event, revenue int64) error {
	if err := w.atWork(); err != nil {
		return err
	}
	tr, err := w.desk.policy.Move(w.c.Position, on, w.lead, w.funnelBy())
	if err != nil {
		return err
	}
	e := w.step(Moved, tr)
	e.Because, e.Revenue = w.by.Because, revenue
	e.Deadlines = Deadlines{}
	w.apply(e)
	return nil
}

// reject declines the lead that is on offer. It goes where its reason says.
func (w *work[L]) reject(cmd Reject) error {
	if w.c.Status != StatusOpen {
		return w.refuse(ErrNotOffered)
	}
	if err := w.mayDecide(); err != nil {
		return err
	}
	return w.turn(Rejected, funnel.Reject, cmd.Reason, cmd.Feedback)
}

// giveBack returns an accepted lead, or takes out one that nobody has.
func (w *work[L]) giveBack(on funnel.Return, reason funnel.Reason, f funnel.Feedback) error {
	if on != funnel.Disqualify || w.c.Owner != "" {
		if err := w.atWork(); err != nil {
			return err
		}
	}
	return w.turn(Moved, on, reason, f)
}

// turn asks the funnel for a return and adds what follows from its reason.
func (w *work[L]) turn(kind Kind, on funnel.Return, code funnel.Reason, f funnel.Feedback) error {
	tr, err := w.desk.policy.Return(w.c.Position, on, code, f, w.lead, w.funnelBy())
	if err != nil {
		return err
	}
	reason := w.desk.chart.reasons[code]
	if wanted := minAttempts(reason, w.desk.agreement.Attempts); int64(w.c.Attempts) < wanted {
		refusal := w.refusal(ErrAttempts)
		refusal.Reason, refusal.Given, refusal.Wanted = code, int64(w.c.Attempts), wanted
		return refusal
	}
	e := w.step(kind, tr)
	e.Because, e.AtFault = w.by.Because, reason.AtFault
	w.follow(e, reason)
	return nil
}

// follow adds the event of a return and all that its reason says: this is where the catalogue turns into deeds.
func (w *work[L]) follow(e *Event, reason *funnel.ReasonDefinition) {
	a, owner, track := &w.desk.agreement, w.c.Owner, w.c.Track
	tr := e.Transition
	again := e.Kind == Rejected && tr.To == tr.From // stays where it is: to be offered to somebody else
	nurtured := !again && w.desk.chart.onward[tr.To]
	e.Owner, e.Deadlines = "", Deadlines{}
	switch {
	case again:
		e.Deadlines.Offer = w.desk.within(e.Occurred, a.Accept.Within)
	case nurtured:
		e.Track = reason.Track
		if e.Track == "" {
			e.Track = a.NurtureTrack
		}
		e.Deadlines.Wake = wakeAt(reason, tr)
	case reason.Disposition == funnel.DispositionSuppress:
		e.Track = ""
	default:
		e.Track = reason.Track
	}
	if tr.Return == funnel.Lose {
		e.Owner = owner // a lost deal stays in its book
	}
	if reason.ReEntry.When == funnel.WhenComplete {
		e.Missing = listed(reason, tr.Feedback)
	}
	w.apply(e)

	w.release(owner)
	w.rescore(reason)
	if w.c.Track != track {
		w.stopNurture(track)
		if w.c.Track != "" {
			w.effect(Effect{Kind: StartNurture, Track: w.c.Track, Until: w.c.Deadlines.Wake, Reason: reason.Code})
		}
	}
	if again {
		w.effect(Effect{Kind: OfferAgain, Declined: slices.Clone(w.c.Declined), Reason: reason.Code, Due: w.c.Deadlines.Offer.MetUntil,
			Track: reason.Track, Target: target(reason, tr.Feedback)})
	}
	w.deeds(reason, tr.Feedback)
}

// deeds adds the effects that the reason's disposition asks for.
func (w *work[L]) deeds(reason *funnel.ReasonDefinition, f funnel.Feedback) {
	switch reason.Disposition {
	case funnel.DispositionMerge:
		w.effect(Effect{Kind: Merge, Reason: reason.Code, Target: target(reason, f)})
	case funnel.DispositionAttach:
		w.effect(Effect{Kind: Attach, Reason: reason.Code, Target: target(reason, f)})
	case funnel.DispositionSuppress:
		w.effect(Effect{Kind: Suppress, Reason: reason.Code})
	case funnel.DispositionEnrich:
		w.effect(Effect{Kind: Enrich, Reason: reason.Code, Fields: slices.Clone(w.c.Missing)})
	case funnel.DispositionReview:
		w.effect(Effect{Kind: Review, Reason: reason.Code, To: w.desk.agreement.EscalateTo})
	}
}

func (w *work[L]) release(owner string) {
	if owner != "" && w.c.Owner != owner {
		w.effect(Effect{Kind: Release, To: owner})
	}
}

func (w *work[L]) rescore(reason *funnel.ReasonDefinition) {
	if len(reason.Adjust) > 0 {
		w.effect(Effect{Kind: Rescore, Reason: reason.Code, Adjust: slices.Clone(reason.Adjust)})
	}
}

// withdraw takes the lead out from wherever it is.
func (w *work[L]) withdraw(cmd Withdraw) error {
	reason := w.desk.chart.reasons[cmd.Reason]
	if reason == nil || reason.Class != funnel.ClassCompliance && reason.Disposition != funnel.DispositionMerge {
		refusal := w.refusal(ErrReason)
		refusal.Reason = cmd.Reason
		return refusal
	}
	owner, track := w.c.Owner, w.c.Track
	e, err := w.wayOut(cmd)
	if err != nil {
		return err
	}
	e.Because, e.Reason, e.AtFault = w.by.Because, cmd.Reason, reason.AtFault
	e.Owner, e.Track, e.Deadlines = "", "", Deadlines{}
	w.apply(e)
	w.release(owner)
	w.rescore(reason)
	w.stopNurture(track)
	w.deeds(reason, cmd.Feedback)
	if reason.Class == funnel.ClassCompliance && reason.Disposition != funnel.DispositionSuppress {
		w.effect(Effect{Kind: Suppress, Reason: reason.Code})
	}
	return nil
}

// wayOut finds the funnel's way out. Where it knows none (a won deal) or a guard bars it, the lead is withdrawn all the
// same: the event then carries no step, for law and consent override everything.
func (w *work[L]) wayOut(cmd Withdraw) (*Event, error) {
	for _, edge := range w.desk.chart.returns {
		if edge.From != w.c.Stage {
			continue
		}
		tr, err := w.desk.policy.Return(w.c.Position, edge.On, cmd.Reason, cmd.Feedback, w.lead, w.funnelBy())
		if err == nil {
			return w.step(Withdrawn, tr), nil
		}
		if isAny(err, funnel.ErrFieldMissing, funnel.ErrFieldInvalid, funnel.ErrFieldUnknown, funnel.ErrWrongPolicy, funnel.ErrPolicyVersion) {
			return nil, err
		}
	}
	if err := w.desk.policy.CheckFeedback(cmd.Reason, cmd.Feedback); err != nil {
		return nil, err
	}
	e := w.event(Withdrawn, w.by.Actor, w.by.Occurred)
	e.Feedback.Note = cmd.Feedback.Note
	if len(cmd.Feedback.Fields) > 0 { // an empty map does not survive JSON
		e.Feedback.Fields = maps.Clone(cmd.Feedback.Fields)
	}
	return e, nil
}

// wakeAt returns when a returned lead may come back by itself; zero: never by the passing of time. A lead that comes back
// only with new activity, and without a wait, has nothing to wait for.
func wakeAt(reason *funnel.ReasonDefinition, tr *funnel.Transition) time.Time {
	switch reason.ReEntry.When {
	case funnel.WhenAtOnce, funnel.WhenCoolDown, funnel.WhenField:
		if reason.ReEntry.Needs == funnel.NeedsNewActivity && !tr.NotBefore.After(tr.Occurred) {
			return time.Time{}
		}
		return tr.NotBefore
	}
	return time.Time{}
}
