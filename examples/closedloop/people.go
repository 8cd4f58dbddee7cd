package main

import (
	"errors"
	"slices"
	"time"

	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/handoff"
	"github.com/leadloop/leadloop/scoring"
)

// step is what a person does next with a lead.
type step uint8

const (
	noStep     step = iota
	lookStep        // look at the offer
	touchStep       // try to reach the lead
	answerStep      // give the feedback that is owed
	openStep        // open the opportunity, or return the lead
	closeStep       // close the deal
	rescueStep      // the manager takes back what an owner has forgotten
	reviewStep      // the manager reviews a return
	enrichStep      // somebody completes the data
)

// reviewing says that a manager has yet to look at a lead that is out.
func (r *record) reviewing() bool { return r.plan == reviewStep }

// effect carries out one effect of a decision. It answers whether the lead is to be offered again at once.
func (h *host) effect(lead uint32, r *record, e *handoff.Effect, now time.Time) (again bool) {
	switch e.Kind {
	case handoff.Assign:
		if r.state.Status == handoff.StatusOpen {
			p := &h.world.people[lead]
			a := h.accounts[p.account]
			r.look = h.world.look(int(lead), r.state.Round, r.state.Offers, h.temper(r.state.Owner), a.open > 0, a.deals > 0, now)
			if r.look.ignored {
				h.callOff(r)
			} else {
				h.plan(lead, r, lookStep, h.hours.Add(now, r.look.after).Due)
			}
		} else {
			h.startWork(lead, r, now) // nobody answered in time, and so it was accepted
		}
	case handoff.Release:
		if r.plan <= rescueStep {
			h.callOff(r)
		}
	case handoff.OfferAgain:
		return true
	case handoff.Rescore:
		for _, a := range e.Adjust {
			if fact, ok := adjustment(a, e); ok {
				r.adjustments = append(r.adjustments, fact)
			}
		}
	case handoff.StartNurture:
		r.mail |= 1
		h.planMail(lead, r, second(now))
	case handoff.StopNurture:
		r.mail = (r.mail | 1) + 1
	case handoff.Enrich:
		r.filled = slices.Clone(e.Fields)
		h.plan(lead, r, enrichStep, h.hours.Add(now, 20*time.Hour).Due)
	case handoff.Escalate:
		if e.Breach == handoff.FeedbackMissed && r.work.forgot {
			h.plan(lead, r, rescueStep, h.hours.Add(now, 6*time.Hour).Due)
		}
	case handoff.Suppress:
		l := &h.leads[lead]
		l.acts.count = l.next // nobody writes to it again, and no advertisement follows it
		h.expect(lead)
	case handoff.Review:
		h.plan(lead, r, reviewStep, h.hours.Add(now, 10*time.Hour).Due)
	}
	return false // a reminder, a merge and the like change nothing in this world
}

// adjustment turns what a reason does to the score into the dated fact that the scorer takes.
func adjustment(a funnel.Adjustment, e *handoff.Effect) (scoring.Adjustment, bool) {
	fact := scoring.Adjustment{At: e.At, Dimension: a.Dimension, Op: scoring.Operation(a.Op), Cause: string(e.Reason)}
	if a.Op == funnel.OpScale {
		numerator, denominator, err := a.Ratio()
		if err != nil {
			return fact, false
		}
		fact.Amount = scoring.Points(numerator * int64(scoring.Point) / denominator)
	}
	return fact, true
}

// plan puts the next step of a person on the agenda and calls off an earlier one.
func (h *host) plan(lead uint32, r *record, s step, at time.Time) {
	h.callOff(r)
	r.plan = s
	h.agenda.add(entry{at: second(at), lead: lead, stamp: r.stamp, task: personTask})
}

func (h *host) callOff(r *record) {
	r.stamp++
	r.plan = noStep
}

func (h *host) temper(owner string) temper {
	if t, ok := h.tempers[owner]; ok {
		return t
	}
	return temper{0, 100} // the fallback, who has to
}

// startWork plans what an owner does with a lead that is accepted.
func (h *host) startWork(lead uint32, r *record, now time.Time) {
	t := h.temper(r.state.Owner)
	r.work = h.world.work(int(lead), r.state.Round, h.agreed.Attempts, t, now)
	r.attempts = 0
	if r.work.forgot {
		h.callOff(r)
		return
	}
	h.plan(lead, r, touchStep, h.hours.Add(now, r.work.touch).Due)
}

// person does the planned step.
func (h *host) person(lead uint32, r *record, now time.Time) error {
	by := handoff.By{Actor: r.state.Owner, Occurred: now, Version: r.state.Version}
	switch r.plan {
	case lookStep:
		if r.look.objects {
			by.Actor = "marketing"
			return h.decide(lead, r, handoff.Withdraw{By: by, Reason: r.look.reason, Feedback: feedback(r.look.fields)}, now)
		}
		if r.look.reason != "" {
			return h.decide(lead, r, handoff.Reject{By: by, Reason: r.look.reason, Feedback: feedback(r.look.fields)}, now)
		}
		if err := h.decide(lead, r, handoff.Accept{By: by}, now); err != nil {
			return err
		}
		h.startWork(lead, r, now)
	case touchStep:
		last := r.attempts == len(r.work.attempts)
		if err := h.decide(lead, r, handoff.Attempt{By: by, Reached: last && r.work.reached}, now); err != nil {
			return err
		}
		if last {
			h.plan(lead, r, answerStep, h.hours.Add(now, r.work.answer).Due)
			return nil
		}
		h.plan(lead, r, touchStep, h.hours.Add(now, r.work.attempts[r.attempts]).Due)
		r.attempts++
	case answerStep:
		return h.answer(lead, r, by, now)
	case openStep:
		return h.open(lead, r, by, now)
	case closeStep:
		h.accounts[h.world.people[lead].account].open--
		r.plan = noStep
		if !r.deal.won {
			return h.decide(lead, r, handoff.Lose{By: by, Reason: r.deal.reason, Feedback: feedback(r.deal.fields)}, now)
		}
		h.accounts[h.world.people[lead].account].deals++
		return h.decide(lead, r, handoff.Win{By: by, Revenue: r.deal.revenue}, now)
	case rescueStep:
		r.plan = noStep
		by.Actor, by.Because = h.agreed.EscalateTo, "no feedback in time"
		return h.decide(lead, r, handoff.Recycle{By: by, Reason: "other", Feedback: funnel.Feedback{Note: "(simulated note)"}}, now)
	case reviewStep:
		r.plan = noStep
		by.Actor, by.Because = h.agreed.EscalateTo, "reviewed: worth another try"
		if h.world.people[lead].quality > 350 {
			if err := h.decide(lead, r, handoff.Reopen{By: by}, now); !errors.Is(err, funnel.ErrTooManyRounds) {
				return err
			}
		}
		if r.state.Stage == funnel.Disqualified {
			return h.end(lead, r)
		}
	case enrichStep:
		r.plan = noStep
		h.leads[lead].phone = second(now)
		return h.consider(lead, r, now)
	}
	return nil
}

// answer gives the feedback that is owed after acceptance.
func (h *host) answer(lead uint32, r *record, by handoff.By, now time.Time) error {
	r.plan = noStep
	switch r.work.verdict {
	case funnel.Recycle:
		return h.decide(lead, r, handoff.Recycle{By: by, Reason: r.work.reason, Feedback: feedback(r.work.fields)}, now)
	case funnel.Disqualify:
		return h.decide(lead, r, handoff.Disqualify{By: by, Reason: r.work.reason, Feedback: feedback(r.work.fields)}, now)
	}
	if err := h.decide(lead, r, handoff.Qualify{By: by}, now); err != nil {
		return err
	}
	r.deal = h.world.deal(int(lead), r.state.Round, now)
	h.plan(lead, r, openStep, h.hours.Add(now, r.deal.open).Due)
	return nil
}

// open opens the opportunity of a sales-qualified lead, or gives the lead back.
func (h *host) open(lead uint32, r *record, by handoff.By, now time.Time) error {
	r.plan = noStep
	if !r.deal.opened {
		return h.decide(lead, r, handoff.Recycle{By: by, Reason: r.deal.reason, Feedback: feedback(r.deal.fields)}, now)
	}
	if err := h.decide(lead, r, handoff.Open{By: by}, now); err != nil {
		return err
	}
	h.accounts[h.world.people[lead].account].open++
	closing, _ := h.hours.Next(now.AddDate(0, 0, r.deal.days))
	h.plan(lead, r, closeStep, closing)
	return nil
}

func feedback(fields map[string]string) funnel.Feedback { return funnel.Feedback{Fields: fields} }

// planMail puts the next mail of a nurture track on the agenda.
func (h *host) planMail(lead uint32, r *record, now uint32) {
	d := roll(h.world.seed, 7, uint64(lead), uint64(r.mails))
	h.agenda.add(entry{at: office(d, now/day+uint32(d.between(10, 18))), lead: lead, stamp: r.mail, task: mailTask})
}

// mail sends one mail of a nurture track, to which the lead may respond.
func (h *host) mail(lead uint32, r *record, at uint32) {
	l := &h.leads[lead]
	r.mails++
	if response := h.world.nurture(int(lead), r.mails, at); len(response) > 0 {
		all := append(slices.Clone(h.diary.read(l.acts)), response...)
		slices.SortStableFunc(all[l.next:], func(a, b act) int { return int(int64(a.at) - int64(b.at)) })
		h.diary.write(&l.acts, all)
		h.expect(lead)
	}
	h.planMail(lead, r, at)
}
