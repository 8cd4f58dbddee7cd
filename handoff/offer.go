package handoff

import (
	"errors"
	"slices"
	"strings"

	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/handoff/routing"
	"github.com/leadloop/leadloop/internal/rule"
)

// register opens a case. Until somebody offers the lead it is nurtured.
func (w *work[L]) register(cmd Register) error {
	if cmd.ID == "" {
		return w.refuse(ErrNotRegistered)
	}
	pos := w.desk.policy.Start(cmd.ID, w.funnelBy())
	w.c.ID, w.c.Policy, w.c.PolicyVersion = pos.ID, pos.Policy, pos.PolicyVersion
	e := w.event(Registered, w.by.Actor, w.by.Occurred)
	e.Stage, e.Track = pos.Stage, w.desk.agreement.NurtureTrack
	w.apply(e)
	w.effect(Effect{Kind: StartNurture, Track: w.c.Track})
	return nil
}

// offer brings the lead to where it can be offered, finds its owner, and starts the deadline.
func (w *work[L]) offer(cmd Offer) error {
	if w.c.Status == StatusOpen {
		return w.refuse(ErrOffered)
	}
	if cmd.Suppression != "" {
		refusal := w.refusal(ErrSuppressed)
		refusal.Fields = []string{string(cmd.Suppression)}
		return refusal
	}
	if w.c.Deadlines.Offer.MetUntil.IsZero() { // otherwise it waits for its next offer, nothing more is asked
		if err := w.enter(cmd); err != nil {
			return err
		}
	}
	a := &w.desk.agreement
	last, period := true, w.desk.QuotaBegin(w.by.Occurred)
	member := a.Accept.Fallback
	if w.c.Offers < a.Accept.MaxOffers {
		var routed routing.Result
		routed, w.out.Pools = w.desk.routing.Route(cmd.Pools, routing.Request{
			Lead: w.c.ID, Declined: w.c.Declined, Absences: cmd.Absences, Load: cmd.Load, Now: w.by.Occurred, Period: period,
			Existing: cmd.Existing, AccountOwner: cmd.AccountOwner,
		}, w.lead)
		w.out.Routing = &routed
		member, last = routed.Member, routed.By == routing.ByFallback
	} else {
		w.out.Pools = w.desk.routing.Record(cmd.Pools, routing.Assignment{Member: member, At: w.by.Occurred, Period: period})
	}
	e := w.event(Offered, w.by.Actor, w.by.Occurred)
	e.Because = w.by.Because
	e.Rating = cmd.Packet.Rating
	e.Rating.Hits = slices.Clone(e.Rating.Hits)
	e.Owner, e.Track, e.Deadlines = member, "", Deadlines{}
	cmd.Packet.Existing = cmd.Existing
	if last {
		w.apply(e)
		return w.autoAccept(w.by.Occurred, "", cmd.Packet)
	}
	e.Deadlines.Accept = w.desk.within(w.by.Occurred, a.Accept.Within)
	if a.Accept.WarnAfter > 0 {
		e.Deadlines.Warn = w.desk.within(w.by.Occurred, a.Accept.WarnAfter).MetUntil
	}
	w.apply(e)
	w.effect(Effect{Kind: Assign, To: member, Packet: w.packet(cmd.Packet), Due: w.c.Deadlines.Accept.MetUntil})
	return nil
}

// enter moves the lead to where it can be offered: for the first time on the criterion, or back as the reason of its
// return asks.
func (w *work[L]) enter(cmd Offer) error {
	on := funnel.Qualify
	back := w.desk.chart.release[w.c.Stage]
	fresh := cmd.Activity.At.After(w.c.Since) && !cmd.Activity.At.After(w.by.Occurred)
	if back {
		on = funnel.Requalify
		if w.by.Occurred.Before(w.c.NotBefore) && cmd.Activity.HighIntent && fresh {
			on = funnel.Reawaken
		}
	}
	tr, err := w.desk.policy.Move(w.c.Position, on, w.lead, w.funnelBy())
	if err != nil {
		if on == funnel.Reawaken && errors.Is(err, funnel.ErrNotPermitted) { // a funnel without a bypass: the wait counts
			_, err = w.desk.policy.Move(w.c.Position, funnel.Requalify, w.lead, w.funnelBy())
		}
		return err
	}
	needs := funnel.NeedsThreshold
	if back {
		if needs, err = w.reEntry(cmd, fresh); err != nil {
			return err
		}
	}
	if needs != funnel.NeedsNone {
		if err := w.meetsCriterion(); err != nil {
			return err
		}
	}
	owner, track := w.c.Owner, w.c.Track
	e := w.step(Moved, tr)
	e.Owner, e.Track, e.Deadlines = "", "", Deadlines{}
	w.apply(e)
	w.release(owner) // of a lost deal that comes back by itself
	w.stopNurture(track)
	return nil
}

// reEntry checks what the reason of the return asks for, but for the criterion, and says whether that must hold as well.
func (w *work[L]) reEntry(cmd Offer, fresh bool) (funnel.Needs, error) {
	reason := w.desk.chart.reasons[w.c.Reason]
	if reason == nil { // the funnel has let it in
		return funnel.NeedsThreshold, nil
	}
	if reason.ReEntry.Needs == funnel.NeedsNewActivity && !fresh {
		refusal := w.refusal(ErrNoNewActivity)
		refusal.Limit = w.c.Since
		return "", refusal
	}
	if reason.ReEntry.When == funnel.WhenComplete {
		var missing []string
		for _, name := range w.c.Missing {
			if !slices.Contains(cmd.Filled, name) {
				missing = append(missing, name)
			}
		}
		if len(missing) > 0 {
			refusal := w.refusal(ErrIncomplete)
			refusal.Fields = missing
			return "", refusal
		}
	}
	return reason.ReEntry.Needs, nil
}

func (w *work[L]) meetsCriterion() error {
	if w.lead == nil {
		return w.refuse(ErrLeadMissing)
	}
	holds, err := w.desk.criterion.Eval(&rule.Subject[L, rule.None]{Lead: w.lead, Now: w.by.Occurred}, nil)
	if err != nil || !holds {
		refusal := w.refusal(ErrCriterion)
		refusal.Cause = err
		return refusal
	}
	return nil
}

// reopen lets a returned lead in by a person's decision. It then waits for its offer.
func (w *work[L]) reopen() error {
	if strings.TrimSpace(w.by.Because) == "" {
		return w.refuse(ErrCause)
	}
	tr, err := w.desk.policy.Move(w.c.Position, funnel.Reopen, w.lead, w.funnelBy())
	if err != nil {
		return err
	}
	owner, track := w.c.Owner, w.c.Track
	e := w.step(Moved, tr)
	e.Because, e.Owner, e.Track = w.by.Because, "", ""
	e.Deadlines = Deadlines{Offer: w.desk.within(e.Occurred, w.desk.agreement.Accept.Within)}
	w.apply(e)
	w.release(owner) // of a lost deal
	w.stopNurture(track)
	w.effect(Effect{Kind: OfferAgain, Due: w.c.Deadlines.Offer.MetUntil})
	return nil
}

func (w *work[L]) stopNurture(track string) {
	if track != "" {
		w.effect(Effect{Kind: StopNurture, Track: track})
	}
}
