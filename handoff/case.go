package handoff

import (
	"time"

	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/handoff/worktime"
)

// A Case is one lead at the desk: its position in the funnel and what the agreement adds to it. It has one id, one version
// and one log of [Event] values. JSON carries it without loss. The zero Case is a lead that is not yet registered.
//
// Treat it as a value: the slices of a Case are never written to once it exists.
type Case struct {
	funnel.Position
	Registered time.Time `json:"registered,omitzero"`
	Last       time.Time `json:"last,omitzero"` // when the latest event occurred; time at the desk never runs back behind it
	Owner      string    `json:"owner,omitempty"`
	Track      string    `json:"track,omitempty"`      // nurture track that the lead is on; "" for none
	Deadlines  Deadlines `json:"deadlines,omitzero"`   // pending
	Status     Status    `json:"status,omitempty"`     // of the round's latest offer
	Offers     int       `json:"offers,omitempty"`     // made in this round
	Offered    time.Time `json:"offered,omitzero"`     // when the latest offer was made
	Accepted   time.Time `json:"accepted,omitzero"`    // when it was accepted
	Rating     Rating    `json:"rating,omitzero"`      // at the latest offer
	Declined   []string  `json:"declined,omitempty"`   // who declined in this round or let an offer expire, in that order
	Attempts   int       `json:"attempts,omitempty"`   // at contact, since the acceptance
	FirstTouch time.Time `json:"first_touch,omitzero"` // the earliest of them
	Missing    []string  `json:"missing,omitempty"`    // fields to be completed before the lead may return
	Withdrawn  bool      `json:"withdrawn,omitempty"`  // merged, or out by law or consent, with Reason: no further command but [Reopen] where that reason allows it, and another [Withdraw]
}

// A Status is how far an offer has come.
type Status string

// The life of an offer: every offer is open until it comes to exactly one of the other ends.
const (
	StatusNone         Status = "" // no offer in this round
	StatusOpen         Status = "open"
	StatusAccepted     Status = "accepted"
	StatusAutoAccepted Status = "auto_accepted"
	StatusRejected     Status = "rejected"
	StatusExpired      Status = "expired"
	StatusWithdrawn    Status = "withdrawn"
)

// Deadlines are the instants at which something falls due. A zero one is not pending.
//
// A deadline in business time has two instants: what is done at or before MetUntil is in time, and at MetUntil it fires.
type Deadlines struct {
	Warn     time.Time         `json:"warn,omitzero"`     // the owner is reminded of the offer
	Accept   worktime.Deadline `json:"accept,omitzero"`   // of the offer
	Offer    worktime.Deadline `json:"offer,omitzero"`    // of a lead that waits for its next offer
	Touch    worktime.Deadline `json:"touch,omitzero"`    // of the first attempt at contact
	Attempts worktime.Deadline `json:"attempts,omitzero"` // of all agreed attempts
	Feedback worktime.Deadline `json:"feedback,omitzero"` // of an outcome
	Wake     time.Time         `json:"wake,omitzero"`     // the wait of a returned lead is over
	Escalate worktime.Deadline `json:"escalate,omitzero"` // of the next rung of the escalation ladder
	Rung     int               `json:"rung,omitempty"`    // which of [Agreement].Escalation that is
	Breach   Kind              `json:"breach,omitempty"`  // what was missed, so that the ladder began
}
