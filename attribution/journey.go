package attribution

import "time"

// Journey is all that is known of one lead on its way to revenue, or of one account with its many contacts. Its slices may
// come in any order and may repeat a row: neither changes a result.
type Journey struct {
	// ID is the lead's or the account's opaque id. It is required and unique among the journeys of one Book, Tally or Compare.
	ID string `json:"id"`
	// Source is the side that the source field of the host's CRM names, fixed when the lead was created. "" means that
	// nobody filled it in; the origin by that definition is then unknown.
	Source Side `json:"source,omitempty"`
	// Suppressed is when the lead opted out or was suppressed otherwise; no later touch is valid. Zero means never. In the
	// journey of an account it stands for the whole account, not for one contact.
	Suppressed time.Time `json:"suppressed,omitzero"`
	// Currency is that of all money of the journey, such as "EUR"; "" where the host has but one. Nothing is converted: all
	// journeys with money, an amount above zero, in one Book, Tally or Compare must have the same.
	Currency string `json:"currency,omitempty"`

	Touches     []Touch      `json:"touches,omitempty"`
	Milestones  []Milestone  `json:"milestones,omitempty"`
	Conversions []Conversion `json:"conversions,omitempty"`
	Pipeline    []OpenDeal   `json:"pipeline,omitempty"`
}

// Touch is one contact between a lead and the vendor: an advertisement clicked, a form sent, a stand visited, a call.
type Touch struct {
	// ID is required. Rows of one journey with the same ID and the same content are one touch; with different content they
	// are an error.
	ID string `json:"id"`
	// Channel is required, for example "email" or "paid search".
	Channel string `json:"channel"`
	// Campaign is the campaign within the channel; "" where there is none.
	Campaign string `json:"campaign,omitempty"`
	// At is when the touch happened. It is required.
	At time.Time `json:"at"`
	// Cost is what the touch cost, in minor units of the journey's currency. It is never negative.
	Cost int64 `json:"cost,omitempty"`
	// Contact is the opaque id of the person, where the journey is an account's. It does not change credit.
	Contact string `json:"contact,omitempty"`
	// Side says whose touch it was; "" means marketing's. Only marketing's touches earn credit.
	Side Side `json:"side,omitempty"`
}

// Side is who touched a lead, or who found it.
type Side string

// The sides. Internal touches (tests, staff, bots) and automated ones (receipts, reminders) are nobody's merit: they earn
// no credit and originate nothing.
const (
	Marketing Side = "marketing"
	Sales     Side = "sales"
	Internal  Side = "internal"
	Automated Side = "automated"
)

// Stage is a step of the buyer's journey that attribution needs to know of.
type Stage string

// The stages, in the order of the funnel.
const (
	LeadCreated Stage = "lead_created" // the lead became known
	MQL         Stage = "mql"          // marketing qualified it
	SAL         Stage = "sal"          // sales accepted it
	SQL         Stage = "sql"          // sales qualified it
	Opportunity Stage = "opportunity"  // an opportunity was opened
	Won         Stage = "won"          // an opportunity was won
)

// stages lists every Stage in the order in which a Statement shows them.
var stages = [...]Stage{LeadCreated, MQL, SAL, SQL, Opportunity, Won}

// Milestone is the instant at which a journey reached a stage. An account may reach a stage several times.
type Milestone struct {
	Stage Stage     `json:"stage"`
	At    time.Time `json:"at"`
}

// Conversion is won revenue.
type Conversion struct {
	// ID is required, for example the id of the opportunity. Rows of one journey with the same ID and the same content are
	// one conversion; with different content they are an error.
	ID string `json:"id"`
	// At is when the revenue was won. It is required.
	At time.Time `json:"at"`
	// Revenue is in minor units (cents) and never negative. A conversion worth nothing still counts as one.
	Revenue int64 `json:"revenue"`
	// Refunds are what was paid back of it, together no more than Revenue.
	Refunds []Refund `json:"refunds,omitempty"`
}

// Refund is a part of the revenue of a conversion that was paid back, or of a contract that was cut.
type Refund struct {
	// ID is required, for example the number of the credit note. Rows of one conversion with the same ID and the same content
	// are one refund; with different content they are an error.
	ID string `json:"id"`
	// At is when it was paid back, not before the conversion. It is required.
	At time.Time `json:"at"`
	// Amount is in minor units, and positive.
	Amount int64 `json:"amount"`
}

// OpenDeal is an opportunity that may become revenue: pipeline from the time it was opened until it was closed, won or lost.
// Its conversion, if it is won, stands among the conversions.
type OpenDeal struct {
	// ID is required, and unique among the journey's open deals in the way of Touch.ID.
	ID string `json:"id"`
	// At is when it was opened. It is required. The touches up to then share the amount.
	At time.Time `json:"at"`
	// Closed is when it was won or lost, not before At; zero while it is open.
	Closed time.Time `json:"closed,omitzero"`
	// Amount is what it is expected to bring, in minor units, never negative.
	Amount int64 `json:"amount"`
}
