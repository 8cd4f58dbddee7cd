package handoff

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/leadloop/leadloop/handoff/goals"
	"github.com/leadloop/leadloop/handoff/routing"
	"github.com/leadloop/leadloop/handoff/worktime"
	"github.com/leadloop/leadloop/internal/document"
)

// Schema is the version of the agreement's data format that this package reads and writes.
const Schema = 1

// maxAgreement is how many bytes of an agreement [Parse] reads.
const maxAgreement = 4 << 20

// An Agreement is what marketing and sales have agreed on: plain data to be read in a review, compared and versioned.
// [Compile] checks it against the funnel and turns it into a [Desk]; [Parse] reads it from JSON.
//
// It says who decides what and by when. What follows from a return, it does not say: that is the business of the
// funnel's reasons alone.
type Agreement struct {
	// SchemaURL tells an editor by which JSON Schema to check the agreement, such as this folder's agreement.schema.json. It
	// means nothing to the desk.
	SchemaURL string `json:"$schema,omitempty"`

	Schema        int    `json:"schema,omitempty"` // the data format; 0 or [Schema]
	Name          string `json:"name"`
	Version       int    `json:"version"`                  // from 1; every change that both sides agree on raises it
	Policy        string `json:"policy"`                   // name of the funnel's policy that it is made for
	PolicyVersion int    `json:"policy_version,omitempty"` // of the policy; 0: any

	Criterion      string                         `json:"criterion"`                 // hand-over criterion: a condition over the host's view of a lead, in the language of [funnel.Edge].When
	Calendar       worktime.Definition            `json:"calendar"`                  // the business hours in which all deadlines run
	Calendars      map[string]worktime.Definition `json:"calendars,omitempty"`       // working calendars by the names under which members of pools have them
	Routing        routing.Plan                   `json:"routing"`                   // who is offered a lead; its Name, Version and Fallback are the agreement's own and left out
	QuotaPeriod    QuotaPeriod                    `json:"quota_period,omitempty"`    // whose leads count against members' quotas
	Managers       []string                       `json:"managers"`                  // may decide in an owner's place, giving the cause; outside or inside the pool
	EscalateTo     string                         `json:"escalate_to"`               // one of the managers: is told of every breach
	Accept         Acceptance                     `json:"accept"`                    // the offer's deadline and what silence means
	FirstTouch     Duration                       `json:"first_touch"`               // business time from acceptance to the first attempt at contact
	Feedback       Duration                       `json:"feedback"`                  // business time from acceptance to an outcome: qualified, recycled or disqualified
	Escalation     []Rung                         `json:"escalation,omitempty"`      // what follows when a first attempt or an outcome was missed, in order of time
	Attempts       int                            `json:"attempts"`                  // attempts that must precede a reason with min_attempts "agreement.attempts"
	AttemptsWithin Duration                       `json:"attempts_within,omitempty"` // business time from acceptance to the last of those attempts, unless the lead is reached or answered before; 0: no deadline
	NurtureTrack   string                         `json:"nurture_track"`             // where leads are nurtured that no reason sends elsewhere
	Marketing      goals.Commitment               `json:"marketing,omitzero"`        // what marketing owes sales; zero: nothing is committed
	Goals          goals.Goals                    `json:"goals,omitzero"`            // of both sides, period by period; none: nothing is agreed
	Pay            goals.PayPlan                  `json:"pay,omitzero"`              // what both departments are paid for what they attain; none: nothing is agreed
}

// Acceptance is the deadline of an offer, and what silence means.
//
// An offer that nobody answers within the time expires and the lead goes to the next whom the routing names, until MaxOffers
// have been made in the round. Silence on the last offer accepts the lead in the name of the fallback owner, as it does
// when the pools have nobody left who could take it: silence never drops a lead.
type Acceptance struct {
	Within    Duration `json:"within"`               // business time from the offer
	WarnAfter Duration `json:"warn_after,omitempty"` // business time from the offer to the warning; 0: no warning
	MaxOffers int      `json:"max_offers"`           // offers per round, from 1
	Fallback  string   `json:"fallback"`             // a member of a pool or a manager
}

// A Rung is a step of the escalation ladder. The ladder begins when a first attempt or an outcome is missed, which EscalateTo is told
// at once; a rung is climbed if what was missed is still missing then. The missed outcome begins the ladder anew.
type Rung struct {
	After    Duration `json:"after"`              // business time since it was missed
	To       string   `json:"to"`                 // a manager or a member of a pool, who is told
	Reassign bool     `json:"reassign,omitempty"` // and who has the lead from then on
}

// A QuotaPeriod is what begins anew for quotas at midnight in the time zone of the agreement's calendar: where a change of
// the clock skips midnight, with that change; where midnight comes twice, with the first.
type QuotaPeriod string

// The periods of quotas.
const (
	QuotaDay     QuotaPeriod = "day"
	QuotaWeek    QuotaPeriod = "week" // from Monday (ISO 8601)
	QuotaMonth   QuotaPeriod = "month"
	QuotaQuarter QuotaPeriod = "quarter"
	QuotaYear    QuotaPeriod = "year"
)

var quotaPeriods = []QuotaPeriod{QuotaDay, QuotaWeek, QuotaMonth, QuotaQuarter, QuotaYear}

// begin returns when the period began in which an instant lies; zero without a period.
func (p QuotaPeriod) begin(t time.Time, in *time.Location) time.Time {
	t = t.In(in)
	year, month, day := t.Date()
	switch p {
	case QuotaDay:
	case QuotaWeek:
		day -= (int(t.Weekday()) + 6) % 7
	case QuotaMonth:
		day = 1
	case QuotaQuarter:
		month, day = month-(month-1)%3, 1
	case QuotaYear:
		month, day = time.January, 1
	default:
		return time.Time{}
	}
	return midnight(year, month, day, in)
}

// midnight is when a date begins. [time.Date] alone may take the second midnight of two, or an instant of the day before
// where there is none: who got a lead in between would be counted anew with each.
func midnight(year int, month time.Month, day int, in *time.Location) time.Time {
	t := time.Date(year, month, day, 0, 0, 0, 0, in)
	start, end := t.ZoneBounds()
	switch want, is := time.Date(year, month, day, 0, 0, 0, 0, time.UTC), wall(t); {
	case is.Before(want):
		return end
	case is.After(want):
		return start
	}
	if !start.IsZero() {
		_, before := start.Add(-time.Nanosecond).Zone()
		_, after := t.Zone()
		if first := t.Add(time.Duration(after-before) * time.Second); first.Before(start) && first.Before(t) {
			return first
		}
	}
	return t
}

// wall is what a clock on the wall shows, as if it were UTC.
func wall(t time.Time) time.Time {
	_, offset := t.Zone()
	return t.Add(time.Duration(offset) * time.Second).UTC()
}

// A Duration is a stretch of business time, in JSON written "8h" or "1h30m". A "d" is 24 hours: five days of eight
// business hours each are "40h".
type Duration time.Duration

// MarshalText writes the duration as [Duration.UnmarshalText] reads it.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads whole days (24 h), hours, minutes and seconds: "1d12h", "90m", "30s".
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := document.ParseDuration(string(text))
	*d = Duration(v)
	return err
}

// String writes the duration in hours, minutes and seconds, such as "40h" or "1h30m": days would be taken for working days.
func (d Duration) String() string {
	hours := time.Duration(d) / time.Hour
	rest := document.FormatDuration(time.Duration(d) % time.Hour)
	switch {
	case hours == 0:
		return rest
	case time.Duration(d)%time.Hour == 0:
		return strconv.FormatInt(int64(hours), 10) + "h"
	}
	return strconv.FormatInt(int64(hours), 10) + "h" + strings.TrimPrefix(rest, "-")
}

// Parse reads an agreement from JSON, strictly: unknown and repeated keys, wrong types and trailing data are errors.
// All are reported, each with its path, line and column. Whether the agreement makes sense is for [Compile] to say. The
// package's testdata/agreement.json is one to start from.
func Parse(data []byte) (Agreement, error) {
	var a Agreement
	if err := document.Decode(data, &a, maxAgreement); err != nil {
		return Agreement{}, err
	}
	if a.Schema != 0 && a.Schema != Schema {
		return Agreement{}, fmt.Errorf("schema: format %d is not known here, this package reads format %d", a.Schema, Schema)
	}
	return a, nil
}
