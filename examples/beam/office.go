package main

import (
	"encoding/json"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/handoff"
	"github.com/leadloop/leadloop/handoff/routing"
	"github.com/leadloop/leadloop/scoring"
)

// office is the desk of the made-up market and those who work at it.
type office struct {
	engine *engine
	pools  routing.States
}

func newOffice() (*office, error) {
	e, err := compile(&Plan{AsOf: marketEnd, Model: modelJSON, Agreement: agreementJSON})
	return &office{engine: e}, err
}

// handling is one lead at the desk.
type handling struct {
	*office
	sheets *sheets
	dice   *rand.Rand
	state  handoff.Case
	view   view
	now    time.Time
	err    error
}

// pass lets up to so many minutes go by, and says whether the market still lives.
func (h *handling) pass(minutes int) bool {
	h.now = h.now.Add(time.Duration(1+h.dice.IntN(minutes)) * time.Minute)
	return h.err == nil && h.now.Before(marketEnd)
}

// do gives the desk a command, and writes its events down.
func (h *handling) do(command handoff.Command) {
	decision, err := h.engine.desk.Decide(h.state, command, &h.view, h.now)
	h.err = errors.Join(h.err, err)
	for _, e := range decision.Events {
		h.state = handoff.Apply(h.state, e)
		line, _ := json.Marshal(e) // plain data: it can't fail
		h.sheets.events = append(h.sheets.events, string(line)+"\n")
	}
	if decision.Pools != nil {
		h.pools = decision.Pools
	}
}

func (h *handling) by(actor string) handoff.By {
	return handoff.By{Actor: actor, Version: h.state.Version}
}

// handle is a lead's way through the office. If it comes to a deal, that is the answer.
func (o *office) handle(s *sheets, dice *rand.Rand, l *Lead, deeds []Touch) (deal Deal, err error) {
	h := &handling{office: o, sheets: s, dice: dice, now: l.Created}
	h.do(handoff.Register{By: handoff.By{Actor: "web"}, ID: l.ID})
	if !h.pass(90 * 24 * 60) {
		return deal, h.err
	}
	score := o.engine.scorer.Score(scoring.Subject[Lead, Touch]{Lead: l, Activities: deeds}, h.now)
	if h.view.Grade = score.Grade; score.Grade > "B2" || score.Grade == "A3" {
		return deal, h.err // not ripe
	}
	rating := handoff.Rating{Model: score.Model, ModelVersion: score.Version, Grade: score.Grade, Points: int64(score.Total), Hits: score.Hits()}
	if len(deeds) > 0 {
		rating.Source = deeds[0].Channel
	}
	h.do(handoff.Offer{By: h.by("scoring"), Pools: h.pools, Packet: handoff.Packet{Rating: rating}})
	owner := func() handoff.By { return h.by(h.state.Owner) }
	switch dice.IntN(20) {
	case 0: // left lying
		h.now = h.now.AddDate(0, 0, 10)
		h.do(handoff.Tick{})
		return deal, h.err
	case 1:
		if h.pass(300) {
			h.do(handoff.Reject{By: owner(), Reason: funnel.ReasonStudentOrResearcher})
		}
		return deal, h.err
	case 2:
		if h.pass(300) {
			h.do(handoff.Reject{By: owner(), Reason: funnel.ReasonBelowThreshold, Feedback: funnel.Feedback{Fields: map[string]string{"agreed_criterion": "grade"}}})
		}
		return deal, h.err
	}
	if !h.pass(400) {
		return deal, h.err
	}
	h.do(handoff.Accept{By: owner()})
	if !h.pass(600) {
		return deal, h.err
	}
	h.do(handoff.Attempt{By: owner(), Reached: true})
	if !h.pass(4 * 24 * 60) {
		return deal, h.err
	}
	if dice.IntN(3) == 0 {
		h.do(handoff.Recycle{By: owner(), Reason: funnel.ReasonNoNeed})
		return deal, h.err
	}
	h.do(handoff.Qualify{By: owner()})
	if !h.pass(5 * 24 * 60) {
		return deal, h.err
	}
	h.do(handoff.Open{By: owner()})
	deal = Deal{ID: "D" + l.ID, Opened: h.now, Outcome: open, Amount: int64(100_000 + dice.IntN(5_000_000))}
	if !h.pass(60 * 24 * 60) {
		return deal, h.err
	}
	deal.Closed = h.now
	if deal.Outcome = won; dice.IntN(2) == 0 {
		deal.Outcome = lost
		h.do(handoff.Lose{By: owner(), Reason: funnel.ReasonNoBudget})
		return deal, h.err
	}
	h.do(handoff.Win{By: owner(), Revenue: deal.Amount})
	return deal, h.err
}
