package main

import (
	"cmp"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/handoff"
	"github.com/leadloop/leadloop/scoring"
)

// listed is how many leads the two lists of the outlook show.
const listed = 10

// soon is what counts as soon in the outlook.
const soon = 7 * 24 * time.Hour

// outlook asks of the leads that sales has when their grade falls, and of those that marketing has and that are one band
// short of the hand-over what would lift them.
func (h *host) outlook(now time.Time) error {
	out := &Outlook{Cooling: Cooling{Next: []Fall{}}, Near: Near{Next: []NearLead{}}}
	for i := range h.leads {
		lead := uint32(i)
		r := h.store.records[lead]
		stage := funnel.Inquiry
		switch {
		case r != nil:
			stage = r.state.Stage
		case h.leads[i].desk:
			continue // closed
		}
		switch stage {
		case funnel.MQL, funnel.SAL, funnel.SQL, funnel.Opportunity:
			h.cooling(&out.Cooling, lead, r, now)
		case funnel.Recycled, funnel.Inquiry:
			if r != nil && r.state.NotBefore.After(now) {
				continue // it is not to be approached yet
			}
			if err := h.near(&out.Near, lead, r, string(stage), now); err != nil {
				return err
			}
		}
	}
	slices.SortFunc(out.Cooling.Next, func(a, b Fall) int {
		return cmp.Or(a.At.Compare(b.At), strings.Compare(a.From, b.From), strings.Compare(a.Lead, b.Lead))
	})
	slices.SortFunc(out.Near.Next, func(a, b NearLead) int {
		return cmp.Or(cmp.Compare(a.Lifts[0].Points, b.Lifts[0].Points), strings.Compare(a.Grade, b.Grade), strings.Compare(a.Lead, b.Lead))
	})
	out.Cooling.Next = out.Cooling.Next[:min(listed, len(out.Cooling.Next))]
	out.Near.Next = out.Near.Next[:min(listed, len(out.Near.Next))]
	h.books.outlook = out
	return nil
}

// cooling notes when the grade of a lead that sales has falls if the lead does nothing more.
func (h *host) cooling(c *Cooling, lead uint32, r *record, now time.Time) {
	view, subject := h.subject(lead, r)
	change := h.foresees(lead).NextChange(subject, now)
	c.Leads++
	switch {
	case change.Kind == scoring.Never:
		c.Stay++
	case change.Kind == scoring.Unknown:
		c.Unknown++
	case gradeNumber(change.To.Grade) < gradeNumber(change.From.Grade): // what counted against it fades
		c.Rise++
	default:
		c.Fall++
		if !change.At.After(now.Add(soon)) {
			c.Soon++
		}
		c.Next = append(c.Next, Fall{view.ID, string(r.state.Stage), r.state.Owner, change.From.Grade, change.To.Grade, change.At})
	}
}

// foresees is the scorer to look ahead with. Where all points of activities fade towards 0 from one side, a grade changes once
// for each band, which halving finds; where some are taken and others given, each day has to be tried. Most leads have no
// activity that takes points: a scorer without the rules for those says the same of them, and sooner.
func (h *host) foresees(lead uint32) *scoring.Scorer[Lead, Activity] {
	for _, a := range h.past(lead) {
		if a.kind == careers {
			return h.scorer
		}
	}
	return h.calm
}

// withoutMalus is a model without the rules that take points for activities.
func withoutMalus(model scoring.Model) scoring.Model {
	model.Dimensions = slices.Clone(model.Dimensions)
	for i := range model.Dimensions {
		model.Dimensions[i].Rules = slices.DeleteFunc(slices.Clone(model.Dimensions[i].Rules), func(r scoring.Rule) bool { return r.Each == careersRule })
	}
	return model
}

// careersRule is the one condition of the model that takes points for an activity.
const careersRule = `Kind == "careers_view"`

// near notes what would bring a lead that marketing has to the hand-over, if one band is missing.
func (h *host) near(n *Near, lead uint32, r *record, stage string, now time.Time) error {
	view, subject := h.subject(lead, r)
	score := &h.rating
	h.scorer.ScoreInto(score, subject, now)
	if short, err := h.oneBandShort(score.Grade, now); err != nil || !short {
		return err
	}
	n.Leads++
	entry := NearLead{Lead: view.ID, Stage: stage, Grade: score.Grade}
	for _, lift := range h.scorer.WhatIf(subject, now) {
		enough, err := h.handedOver(lift.Grade, now)
		if err != nil {
			return err
		}
		if !enough || slices.ContainsFunc(lift.Unmet, func(u scoring.Unmet) bool { return u.Activities == 0 && !learnable[u.Dimension+"/"+u.Rule] }) {
			continue // nobody can change the industry of a lead
		}
		way := Way{Points: lift.Added, Grade: lift.Grade}
		for _, u := range lift.Unmet {
			way.Needs = append(way.Needs, Need{u.Dimension + "/" + u.Rule, u.Activities})
		}
		if entry.Lifts = append(entry.Lifts, way); len(entry.Lifts) == 3 {
			break
		}
	}
	if len(entry.Lifts) > 0 {
		n.Next = append(n.Next, entry)
	}
	return nil
}

// learnable are the rules on the lead whose fact may be known tomorrow. The others are what they are.
var learnable = map[string]bool{"fit/phone_known": true}

// oneBandShort says that a grade is not handed over, and that it would be with the next better band of fit or engagement.
func (h *host) oneBandShort(grade string, now time.Time) (bool, error) {
	if enough, err := h.handedOver(grade, now); enough || err != nil {
		return false, err
	}
	for _, better := range []string{string(grade[0]-1) + grade[1:], grade[:1] + string(grade[1]-1)} {
		if better[0] < 'A' || better[1] < '1' {
			continue
		}
		if enough, err := h.handedOver(better, now); enough || err != nil {
			return enough, err
		}
	}
	return false, nil
}

// handedOver asks the desk, once for each grade, whether its criterion lets a lead with it through.
func (h *host) handedOver(grade string, now time.Time) (bool, error) {
	if enough, known := h.enough[grade]; known {
		return enough, nil
	}
	by := handoff.By{Actor: "marketing", Occurred: now}
	view := Lead{ID: "nobody", Grade: grade}
	created, err := h.desk.Decide(handoff.Case{}, handoff.Register{By: by, ID: view.ID}, &view, now)
	if err != nil {
		return false, err
	}
	state := handoff.Case{}
	for _, e := range created.Events {
		state = handoff.Apply(state, e)
	}
	by.Version = state.Version
	_, err = h.desk.Decide(state, handoff.Offer{By: by, Packet: handoff.Packet{Rating: handoff.Rating{Grade: grade}}, Pools: h.store.pool}, &view, now)
	if err != nil && !errors.Is(err, handoff.ErrCriterion) {
		return false, err
	}
	h.enough[grade] = err == nil
	return err == nil, nil
}
