package handoff

import (
	"slices"
	"time"

	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/handoff/worktime"
)

// A step is what fires at a deadline. Of those that fall due at the same instant the first in this order fires first.
type step int

const (
	stepNone step = iota
	stepWarn
	stepAccept
	stepOffer
	stepTouch
	stepAttempts
	stepFeedback
	stepEscalate
	stepWake
)

// next returns the step that fires first, and when.
func (d *Deadlines) next() (step, time.Time) {
	first, at := stepNone, time.Time{}
	for i, t := range [...]time.Time{
		d.Warn, d.Accept.MetUntil, d.Offer.MetUntil, d.Touch.MetUntil, d.Attempts.MetUntil, d.Feedback.MetUntil, d.Escalate.MetUntil, d.Wake,
	} {
		if !t.IsZero() && (first == stepNone || t.Before(at)) {
			first, at = step(i+1), t
		}
	}
	return first, at
}

// fire lets every deadline before an instant fire, in the order of time, and on a tick those at the instant as well. What
// one of them starts may have ended as well: it fires in turn. Each is dated when it fell due.
func (w *work[L]) fire(until time.Time, inclusive bool) error {
	for {
		step, at := w.c.Deadlines.next()
		if step == stepNone || at.After(until) || !inclusive && !at.Before(until) {
			return nil
		}
		var err error
		at = at.UTC()
		switch step {
		case stepWarn:
			w.warn(at)
		case stepAccept:
			err = w.silence(at)
		case stepOffer:
			err = w.fallBack(at)
		case stepTouch:
			w.breach(TouchMissed, at)
		case stepAttempts:
			w.breach(AttemptsMissed, at)
		case stepFeedback:
			w.breach(FeedbackMissed, at)
		case stepEscalate:
			w.escalate(at)
		case stepWake:
			w.wake(at)
		}
		if err != nil {
			return err
		}
	}
}

func (w *work[L]) warn(at time.Time) {
	e := w.event(Warned, "", at)
	e.Deadlines.Warn = time.Time{}
	w.apply(e)
	w.effect(Effect{Kind: Remind, To: w.c.Owner, Due: w.c.Deadlines.Accept.MetUntil})
}

// silence ends an offer that nobody has answered: it goes to the next, and the last one to the fallback owner.
func (w *work[L]) silence(at time.Time) error {
	a, owner := &w.desk.agreement, w.c.Owner
	if w.c.Offers >= a.Accept.MaxOffers {
		return w.autoAccept(at, owner, Packet{Rating: w.c.Rating})
	}
	e := w.event(Expired, "", at)
	e.Owner = ""
	e.Deadlines = Deadlines{Offer: w.desk.within(at, a.Accept.Within)}
	w.apply(e)
	w.release(owner)
	w.effect(Effect{Kind: Escalate, To: a.EscalateTo, Breach: Expired, Due: at})
	w.effect(Effect{Kind: OfferAgain, Declined: slices.Clone(w.c.Declined), Due: w.c.Deadlines.Offer.MetUntil})
	return nil
}

// fallBack offers the lead to the fallback owner and accepts it in that name at once: nobody else is left, or nobody has
// offered it in time.
func (w *work[L]) fallBack(at time.Time) error {
	e := w.event(Offered, "", at)
	e.Owner, e.Track, e.Rating = w.desk.agreement.Accept.Fallback, "", w.c.Rating
	e.Deadlines = Deadlines{}
	w.apply(e)
	return w.autoAccept(at, "", Packet{Rating: w.c.Rating})
}

// autoAccept gives the lead to the fallback owner and takes it from whoever it was offered to ("" for nobody).
func (w *work[L]) autoAccept(at time.Time, from string, p Packet) error {
	a := &w.desk.agreement
	tr, err := w.desk.policy.Move(w.c.Position, funnel.Accept, w.lead, funnel.By{Occurred: at, Recorded: w.now})
	if err != nil {
		return err
	}
	e := w.step(AutoAccepted, tr)
	e.Owner = a.Accept.Fallback
	w.startWork(e)
	w.apply(e)
	w.release(from)
	if from != w.c.Owner {
		w.effect(Effect{Kind: Assign, To: w.c.Owner, Packet: w.packet(p)})
	}
	w.effect(Effect{Kind: Escalate, To: a.EscalateTo, Breach: AutoAccepted, Due: at})
	w.askFeedback()
	return nil
}

// startWork starts the clocks that run from an acceptance.
func (w *work[L]) startWork(e *Event) {
	a := &w.desk.agreement
	e.Deadlines = Deadlines{
		Touch:    w.desk.within(e.Occurred, a.FirstTouch),
		Feedback: w.desk.within(e.Occurred, a.Feedback),
	}
	if a.AttemptsWithin > 0 {
		e.Deadlines.Attempts = w.desk.within(e.Occurred, a.AttemptsWithin)
	}
}

// askFeedback tells the owner which outcome is owed until when, and the reasons that may be given.
func (w *work[L]) askFeedback() {
	w.effect(Effect{
		Kind: AskFeedback, To: w.c.Owner, Due: w.c.Deadlines.Feedback.MetUntil, Owed: w.owed(),
	})
}

// packet adds to a packet what the desk knows.
func (w *work[L]) packet(p Packet) *Packet {
	p.Deadlines, p.Owed = w.c.Deadlines, w.owed()
	return &p
}

// owed is with what the lead may be returned from where it is.
func (w *work[L]) owed() OwedList { return OwedList{w.desk.chart.owed[w.c.Stage]} }

// breach records that something was not done in time, and tells the manager. The lead stays with its owner.
func (w *work[L]) breach(kind Kind, at time.Time) {
	e := w.event(kind, "", at)
	switch kind {
	case TouchMissed:
		e.Deadlines.Touch = worktime.Deadline{}
	case AttemptsMissed:
		e.Deadlines.Attempts = worktime.Deadline{}
	default:
		e.Deadlines.Feedback = worktime.Deadline{}
	}
	w.climb(&e.Deadlines, 0, kind, at)
	w.apply(e)
	w.effect(Effect{Kind: Escalate, To: w.desk.agreement.EscalateTo, Breach: kind, Due: at})
}

// climb sets the deadline of a rung, so much business time after an instant as it comes after the rung before; above the last
// there is none.
func (w *work[L]) climb(d *Deadlines, rung int, breach Kind, from time.Time) {
	d.stopLadder()
	ladder := w.desk.agreement.Escalation
	if rung < 0 || rung >= len(ladder) {
		return
	}
	after := ladder[rung].After
	if rung > 0 {
		after -= ladder[rung-1].After
	}
	d.Escalate, d.Rung, d.Breach = w.desk.within(from, after), rung, breach
}

func (d *Deadlines) stopLadder() { d.Escalate, d.Rung, d.Breach = worktime.Deadline{}, 0, "" }

// escalate climbs a rung: somebody is told, and has the lead if the agreement says so. A newer agreement may have fewer rungs: then it
// is EscalateTo, who is told of every breach.
func (w *work[L]) escalate(at time.Time) {
	was, owner := w.c.Deadlines, w.c.Owner
	e := w.event(Escalated, "", at)
	e.Breach = was.Breach
	w.climb(&e.Deadlines, was.Rung+1, was.Breach, at)
	told := w.desk.agreement.EscalateTo
	if ladder := w.desk.agreement.Escalation; was.Rung >= 0 && was.Rung < len(ladder) {
		if told = ladder[was.Rung].To; ladder[was.Rung].Reassign {
			e.Owner = told
		}
	}
	w.apply(e)
	w.effect(Effect{Kind: Escalate, To: told, Breach: was.Breach, Due: at})
	if w.c.Owner != owner {
		w.release(owner)
		w.effect(Effect{Kind: Assign, To: w.c.Owner, Packet: w.packet(Packet{Rating: w.c.Rating})})
	}
}

// wake says that the wait of a returned lead is over. Whether it may come back is decided when it is offered.
func (w *work[L]) wake(at time.Time) {
	e := w.event(Woken, "", at)
	e.Deadlines.Wake = time.Time{}
	w.apply(e)
	w.effect(Effect{Kind: OfferAgain, Reason: w.c.Reason})
}
