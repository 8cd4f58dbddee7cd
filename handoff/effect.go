package handoff

import (
	"time"

	"github.com/leadloop/leadloop/funnel"
)

// An Effect is something that the host has to do outside the desk, once its events are stored. Its Key is the same
// whenever the same decision is made again, so that carrying it out twice can be prevented.
//
// Effects come in the order of their events. Where deadlines fire before a command, an earlier effect may be overtaken by
// a later one of the same decision: an offer that expired asks to [OfferAgain], and the command was that [Offer]. Giving
// another is harmless: it is refused, with [ErrOffered] or, if the fallback owner has the lead by then, [funnel.ErrNotPermitted].
type Effect struct {
	Key      string              `json:"key"` // id/version/index: of the event that caused it, and its place among that event's effects
	Kind     EffectKind          `json:"kind"`
	To       string              `json:"to,omitempty"`       // whom it concerns: owner or manager
	Packet   *Packet             `json:"packet,omitempty"`   // of [Assign]
	Owed     OwedList            `json:"owed,omitzero"`      // of [AskFeedback]: the reasons with which the lead may be returned
	Track    string              `json:"track,omitempty"`    // of [StartNurture] and [StopNurture]; of [OfferAgain]: the team that the reason points to, such as "customer"
	Until    time.Time           `json:"until,omitzero"`     // of [StartNurture]: when the lead may come back; zero: open
	Due      time.Time           `json:"due,omitzero"`       // the deadline that it is about: the latest instant that is in time
	Target   string              `json:"target,omitempty"`   // of [Merge], [Attach] and [OfferAgain]: the record that the feedback names
	Reason   funnel.Reason       `json:"reason,omitempty"`   // of the return that caused it
	Adjust   []funnel.Adjustment `json:"adjust,omitempty"`   // of [Rescore]: dated facts for the scoring, as of the event
	At       time.Time           `json:"at,omitzero"`        // when its event occurred
	Declined []string            `json:"declined,omitempty"` // of [OfferAgain]: who is passed over
	Fields   []string            `json:"fields,omitempty"`   // of [Enrich]: names of fields to be completed
	Breach   Kind                `json:"breach,omitempty"`   // of [Escalate]: what was missed
}

// An EffectKind says what the host has to do.
type EffectKind string

// The kinds of effects.
const (
	Assign       EffectKind = "assign"        // show the lead, with its packet, to whom it is offered or given
	Release      EffectKind = "release"       // take it from whom it was assigned to
	Remind       EffectKind = "remind"        // the offer's deadline comes near
	Escalate     EffectKind = "escalate"      // tell the manager of a breach
	AskFeedback  EffectKind = "ask_feedback"  // tell the owner which outcome is owed until when
	OfferAgain   EffectKind = "offer_again"   // give the desk an [Offer] for the lead, by Due if that is set
	StartNurture EffectKind = "start_nurture" // put it on a nurture track
	StopNurture  EffectKind = "stop_nurture"  // take it off: sales speaks with it now
	Rescore      EffectKind = "rescore"       // record the reason's adjustments of the score
	Enrich       EffectKind = "enrich"        // complete the named fields
	Review       EffectKind = "review"        // a manager looks at the return and decides
	Suppress     EffectKind = "suppress"      // never contact it again
	Merge        EffectKind = "merge"         // join it with Target
	Attach       EffectKind = "attach"        // add it to the opportunity Target
)
