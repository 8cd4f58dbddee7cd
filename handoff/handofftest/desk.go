package handofftest

import (
	"time"

	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/handoff"
)

// lead is the view of a lead that the agreement's criterion looks at.
type lead struct{ Grade string }

// agreement is what the laws are told under. With these weights no state of the pools comes back within 12 leads, and the first
// lead goes to anna. Nobody comes to the quota: it is there so that the state has a period.
const agreement = `{
  "name": "handofftest",
  "version": 1,
  "policy": "standard",
  "criterion": "Grade == \"A\"",
  "calendar": {
    "time_zone": "UTC",
    "hours": {"mon": ["09:00-17:00"], "tue": ["09:00-17:00"], "wed": ["09:00-17:00"], "thu": ["09:00-17:00"], "fri": ["09:00-17:00"]}
  },
  "routing": {"otherwise": "handofftest", "pools": [{
    "name": "handofftest", "fallback": "reserve",
    "members": [{"id": "anna", "weight": 5}, {"id": "ben", "weight": 4}, {"id": "cleo", "weight": 3}]
  }, {
    "name": "reserve", "members": [{"id": "cleo", "weight": 1}, {"id": "dora", "weight": 1, "quota": 1000}]
  }]},
  "quota_period": "month",
  "managers": ["mara"],
  "escalate_to": "mara",
  "accept": {"within": "8h", "warn_after": "4h", "max_offers": 3, "fallback": "mara"},
  "first_touch": "2h",
  "feedback": "40h",
  "escalation": [{"after": "2h", "to": "mara"}, {"after": "8h", "to": "ben", "reassign": true}],
  "attempts": 2,
  "attempts_within": "16h",
  "nurture_track": "general"
}`

func compile() (*handoff.Desk[lead], error) {
	a, err := handoff.Parse([]byte(agreement))
	if err != nil {
		return nil, err
	}
	policy, err := funnel.Compile[lead](funnel.Standard())
	if err != nil {
		return nil, err
	}
	return handoff.Compile(a, policy, func(string) (*time.Location, error) { return time.UTC, nil })
}

// start is a Monday at the opening of business, with all digits that an instant can have.
var start = time.Date(2026, 1, 5, 9, 0, 0, 123456789, time.UTC)

// by is who gives a command, for the version of the case that was seen.
func by(actor string, version int64) handoff.By { return handoff.By{Actor: actor, Version: version} }

// A step is a command that comes at a time after start.
type step struct {
	after time.Duration
	id    string
	cmd   handoff.Command
}

// life is a lead's short life: with nobody in between, its versions are these. Anna is the first of the pool.
func life(id string) []step {
	return []step{
		{0, id, handoff.Register{By: by("form", 0), ID: id}},                   // 1 registered
		{time.Hour, id, handoff.Offer{By: by("scoring", 1)}},                   // 2 moved, 3 offered
		{2 * time.Hour, id, handoff.Accept{By: by("anna", 3)}},                 // 4 accepted
		{3 * time.Hour, id, handoff.Attempt{By: by("anna", 4), Reached: true}}, // 5 attempted
		{4 * time.Hour, id, handoff.Recycle{By: by("anna", 5), Reason: funnel.ReasonTiming, // 6 moved
			Feedback: funnel.Feedback{Fields: map[string]string{"revisit_at": "2026-06-01"}}}},
	}
}
