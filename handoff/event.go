package handoff

import (
	"time"

	"github.com/leadloop/leadloop/funnel"
)

// An Event is a fact in the one log of a case: what the host appends. It says all that [Apply] needs. Its Version is the
// case's after it, so that the log has neither gap nor double. It either carries a step of the funnel, whose version it
// then shares, or is the desk's own.
type Event struct {
	ID               string             `json:"id"`
	Version          int64              `json:"version"` // of the case after it, from 1
	Kind             Kind               `json:"kind"`
	Occurred         time.Time          `json:"occurred"` // when it became true; for a deadline, when that fell due
	Recorded         time.Time          `json:"recorded"` // when the desk decided
	Actor            string             `json:"actor,omitempty"`
	Because          string             `json:"because,omitempty"` // the cause of an override or of reopening; personal
	Agreement        string             `json:"agreement"`
	AgreementVersion int                `json:"agreement_version"`
	Policy           string             `json:"policy"`
	PolicyVersion    int                `json:"policy_version"`
	Transition       *funnel.Transition `json:"transition,omitempty"` // the funnel's step; nil: the desk's own event
	Stage            funnel.Stage       `json:"stage,omitempty"`      // of [Registered]: where the case begins
	Owner            string             `json:"owner,omitempty"`      // after the event; "" for none
	Track            string             `json:"track,omitempty"`      // nurture track after the event; "" for none
	Deadlines        Deadlines          `json:"deadlines,omitzero"`   // pending after the event
	Rating           Rating             `json:"rating,omitzero"`      // of [Offered]
	Reached          bool               `json:"reached,omitempty"`    // of [Attempted]
	Revenue          int64              `json:"revenue,omitempty"`    // of a won deal, in minor units
	AtFault          funnel.Side        `json:"at_fault,omitempty"`   // of a return: the side that it counts against
	Missing          []string           `json:"missing,omitempty"`    // of a return: names of the fields to be completed first
	Breach           Kind               `json:"breach,omitempty"`     // of [Escalated]: what was missed
	Reason           funnel.Reason      `json:"reason,omitempty"`     // of [Withdrawn]
	Feedback         funnel.Feedback    `json:"feedback,omitzero"`    // of [Withdrawn] without a transition, which would hold it
}

// A Kind says what an event is about.
type Kind string

// The kinds of events. All but those that are marked carry no transition of the funnel. What happened in a [Moved] is said
// by its Transition alone: won, for example, has Event [funnel.Win], recycled has Return [funnel.Recycle].
const (
	Registered     Kind = "registered"      // the case begins
	Moved          Kind = "moved"           // any other step of the funnel: qualified, opened, won, lost, recycled, disqualified, let in again (transition)
	Offered        Kind = "offered"         // the lead is on offer to its owner
	Warned         Kind = "warned"          // the offer's deadline comes near
	Expired        Kind = "expired"         // nobody answered the offer in time
	Accepted       Kind = "accepted"        // the owner took the lead (transition)
	AutoAccepted   Kind = "auto_accepted"   // the fallback owner has it, because silence never drops a lead (transition)
	Rejected       Kind = "rejected"        // the owner declined, before contact (transition)
	Attempted      Kind = "attempted"       // somebody tried to reach the lead
	TouchMissed    Kind = "touch_missed"    // nobody tried in time
	AttemptsMissed Kind = "attempts_missed" // fewer attempts than agreed in time, and nobody reached
	FeedbackMissed Kind = "feedback_missed" // no outcome in time
	Escalated      Kind = "escalated"       // what was missed is still missing: a rung of the ladder
	Withdrawn      Kind = "withdrawn"       // merged, or law or consent demand it (transition, where the funnel knows the way)
	Woken          Kind = "woken"           // the wait of a returned lead is over
)
