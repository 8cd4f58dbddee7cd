package leadloop_test

import (
	"fmt"
	"time"

	"github.com/leadloop/leadloop/attribution"
	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/handoff"
	"github.com/leadloop/leadloop/handoff/routing"
	"github.com/leadloop/leadloop/scoring"
	"github.com/leadloop/leadloop/scoring/learn"
)

// Lead, Activity and View are the host's own types. The view is what the
// agreement's criterion looks at: the lead, and the grade that scoring gave it.
type (
	Lead struct {
		Title     string
		Employees int
	}
	Activity struct {
		Kind, Channel string
		At            time.Time
	}
	View struct {
		Lead
		Grade string
	}
)

const modelJSON = `{
  "schema": 1, "name": "b2b", "version": 1,
  "dimensions": [
    {"name": "fit",
     "rules": [{"name": "decides", "when": "Title matches \"(?i)chief|head\"", "points": 20},
               {"name": "size", "when": "Employees >= 200", "points": 10}],
     "bands": [{"name": "A", "from": 30}, {"name": "B"}]},
    {"name": "engagement",
     "rules": [{"name": "webinar", "each": "Kind == \"webinar\"", "points": 20, "half_life": "30d"}],
     "bands": [{"name": "1", "from": 15}, {"name": "2"}]}],
  "grade": {"dimensions": ["fit", "engagement"]}
}`

const agreementJSON = `{
  "name": "marketing and sales", "version": 1, "policy": "standard",
  "criterion": "Grade == \"A1\"",
  "calendar": {"time_zone": "UTC", "hours": {
    "mon": ["09:00-17:00"], "tue": ["09:00-17:00"], "wed": ["09:00-17:00"], "thu": ["09:00-17:00"], "fri": ["09:00-17:00"]}},
  "routing": {"otherwise": "inbound", "pools": [{"name": "inbound", "members": [{"id": "ann", "weight": 1}, {"id": "bob", "weight": 1}]}]},
  "managers": ["mia"], "escalate_to": "mia",
  "accept": {"within": "8h", "max_offers": 2, "fallback": "mia"},
  "first_touch": "4h", "feedback": "40h", "attempts": 5, "nurture_track": "general"
}`

// host keeps in memory what a real one keeps in a database.
type host struct {
	desk        *handoff.Desk[View]
	scorer      *scoring.Scorer[Lead, Activity]
	lead        Lead
	activities  []Activity
	adjustments []scoring.Adjustment
	caseOf      handoff.Case
	log         []handoff.Event
	pool        routing.States
}

func (h *host) score(now time.Time) scoring.Score {
	return h.scorer.Score(scoring.Subject[Lead, Activity]{Lead: &h.lead, Activities: h.activities, Adjustments: h.adjustments}, now)
}

// do decides, appends the events, and carries out the effects that concern
// scoring; a real host does the rest of them as well.
func (h *host) do(command handoff.Command, now time.Time) {
	view := View{h.lead, h.score(now).Grade}
	decision, err := h.desk.Decide(h.caseOf, command, &view, now)
	if err != nil {
		fmt.Println("refused:", err)
		return
	}
	for _, event := range decision.Events {
		h.log = append(h.log, event)
		h.caseOf = handoff.Apply(h.caseOf, event)
		fmt.Println(event.Occurred.Format("2006-01-02 15:04"), event.Kind, "at", h.caseOf.Stage)
	}
	if decision.Pools != nil {
		h.pool = decision.Pools
	}
	for _, effect := range decision.Effects {
		h.adjustments = append(h.adjustments, adjustments(effect)...)
	}
}

func (h *host) by(actor string) handoff.By {
	return handoff.By{Actor: actor, Version: h.caseOf.Version}
}

func (h *host) offer(now time.Time) {
	h.do(handoff.Offer{
		By: h.by("marketing"), Pools: h.pool, Packet: packet(h.score(now)),
		Activity: handoff.Activity{At: h.activities[len(h.activities)-1].At},
	}, now)
}

// packet tells sales what a score rests on. A host that has more to tell, adds
// activities and the journey.
func packet(score scoring.Score) handoff.Packet {
	p := handoff.Packet{Rating: handoff.Rating{
		Model: score.Model, ModelVersion: score.Version, Grade: score.Grade, Points: int64(score.Total), Hits: score.Hits(),
	}}
	for _, line := range score.Lines {
		if line.Kind == scoring.RuleLine {
			p.Reasons = append(p.Reasons, handoff.Line{Rule: line.Dimension + "/" + line.Rule, Points: int64(line.Points)})
		}
	}
	return p
}

// adjustments turns what a return does to the score into dated facts for the
// scoring. Effects other than Rescore have none.
func adjustments(effect handoff.Effect) []scoring.Adjustment {
	var list []scoring.Adjustment
	for _, a := range effect.Adjust {
		adjustment := scoring.Adjustment{At: effect.At, Dimension: a.Dimension, Op: scoring.Operation(a.Op), Cause: string(effect.Reason)}
		if a.Op == funnel.OpScale {
			part, whole := must2(a.Ratio()) // the policy's Compile has checked it
			adjustment.Amount = scoring.Points(part) * scoring.Point / scoring.Points(whole)
		}
		list = append(list, adjustment)
	}
	return list
}

// judgement says what an outcome tells about the rules that recommended the
// lead. These two departments have agreed that silence judges no lead, nor does
// a rejection that counts against somebody else than marketing.
func judgement(o handoff.Outcome) learn.Outcome {
	row := learn.Outcome{Hits: o.Rating.Hits, Reason: string(o.Reason)}
	switch {
	case o.Status == handoff.StatusAccepted:
		row.Accepted = learn.Positive
		if o.Won {
			row.Won = learn.Positive
		} else if o.Closed {
			row.Won = learn.Negative
		}
	case o.Status == handoff.StatusRejected && o.AtFault == funnel.SideMarketing:
		row.Accepted = learn.Negative
	}
	return row
}

// stages maps the funnel's stages to the milestones that attribution knows.
var stages = map[funnel.Stage]attribution.Stage{
	funnel.MQL: attribution.MQL, funnel.SAL: attribution.SAL, funnel.Opportunity: attribution.Opportunity, funnel.Won: attribution.Won,
}

// journey is what attribution needs to know of a lead.
func journey(id string, activities []Activity, log []handoff.Event) attribution.Journey {
	j := attribution.Journey{ID: id}
	for i, a := range activities {
		j.Touches = append(j.Touches, attribution.Touch{ID: fmt.Sprint(i), Channel: a.Channel, At: a.At})
	}
	for _, event := range log {
		if event.Kind == handoff.Registered {
			j.Milestones = append(j.Milestones, attribution.Milestone{Stage: attribution.LeadCreated, At: event.Occurred})
		}
		if tr := event.Transition; tr != nil && stages[tr.To] != "" {
			j.Milestones = append(j.Milestones, attribution.Milestone{Stage: stages[tr.To], At: event.Occurred})
		}
	}
	for _, o := range handoff.Outcomes(log) {
		if o.Won {
			j.Conversions = append(j.Conversions, attribution.Conversion{ID: o.ID, At: o.Finished, Revenue: o.Revenue})
		}
	}
	return j
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func must2[T, U any](t T, u U, err error) (T, U) {
	if err != nil {
		panic(err)
	}
	return t, u
}

// The whole loop: a lead is scored, handed over, accepted, given back with a
// reason, nurtured, handed over again and won; its revenue goes to the touches
// that earned it, and the feedback to the rules that recommended it.
func Example() {
	model := must(scoring.Parse([]byte(modelJSON)))
	policy := must(funnel.Compile[View](funnel.Standard()))
	agreement := must(handoff.Parse([]byte(agreementJSON)))
	h := &host{
		scorer: must(scoring.Compile[Lead, Activity](model)),
		desk:   must(handoff.Compile(agreement, policy, time.LoadLocation)),
		lead:   Lead{Title: "Head of Sales", Employees: 250},
	}
	at := func(month time.Month, day, hour int) time.Time {
		return time.Date(2026, month, day, hour, 0, 0, 0, time.UTC)
	}

	h.activities = append(h.activities, Activity{"webinar", "paid search", at(1, 5, 10)})
	h.do(handoff.Register{By: handoff.By{Actor: "web"}, ID: "lead-1"}, at(1, 5, 10))
	h.offer(at(1, 5, 11))
	h.do(handoff.Accept{By: h.by("ann")}, at(1, 5, 12))
	h.do(handoff.Attempt{By: h.by("ann"), Reached: true}, at(1, 5, 13))
	h.do(handoff.Recycle{By: h.by("ann"), Reason: "timing", Feedback: funnel.Feedback{
		Fields: map[string]string{"revisit_at": "2026-03-16"},
	}}, at(1, 6, 9))

	h.activities = append(h.activities, Activity{"webinar", "email", at(2, 20, 10)})
	h.offer(at(2, 20, 11))            // too early
	h.do(handoff.Tick{}, at(3, 2, 9)) // the revisit date less the reason's two weeks
	fmt.Println("grade", h.score(at(3, 2, 9)).Grade)
	h.offer(at(3, 2, 9))
	h.do(handoff.Accept{By: h.by("bob")}, at(3, 2, 12))
	h.do(handoff.Attempt{By: h.by("bob"), Reached: true}, at(3, 2, 13))
	h.do(handoff.Qualify{By: h.by("bob")}, at(3, 5, 12))
	h.do(handoff.Open{By: h.by("bob")}, at(3, 5, 12))
	h.do(handoff.Win{By: h.by("bob"), Revenue: 1_000_001}, at(4, 1, 12))

	account := journey("account-1", h.activities, h.log)
	for _, e := range must(attribution.Book([]attribution.Journey{account}, attribution.Linear)).Entries {
		fmt.Printf("%-12s earned %d\n", e.Channel, e.Amount)
	}
	evidence := must(learn.NewEvidence(model))
	for _, o := range handoff.Outcomes(h.log) {
		if err := evidence.Add(judgement(o)); err != nil {
			fmt.Println(err)
		}
	}
	fmt.Println("offers won:", evidence.Report(learn.Win).Base)
	// Output:
	// 2026-01-05 10:00 registered at inquiry
	// 2026-01-05 11:00 moved at mql
	// 2026-01-05 11:00 offered at mql
	// 2026-01-05 12:00 accepted at sal
	// 2026-01-05 13:00 attempted at sal
	// 2026-01-06 09:00 moved at recycled
	// refused: funnel: "requalify" at stage "recycled": cooling down until 2026-03-02T00:00:00Z; try again then
	// 2026-03-02 00:00 woken at recycled
	// grade A1
	// 2026-03-02 09:00 moved at mql
	// 2026-03-02 09:00 offered at mql
	// 2026-03-02 12:00 accepted at sal
	// 2026-03-02 13:00 attempted at sal
	// 2026-03-05 12:00 moved at sql
	// 2026-03-05 12:00 moved at opportunity
	// 2026-04-01 12:00 moved at won
	// paid search  earned 500001
	// email        earned 500000
	// offers won: 1/2 50.0 %
}
