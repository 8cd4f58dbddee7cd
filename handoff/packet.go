package handoff

import (
	"slices"
	"time"

	"github.com/leadloop/leadloop/funnel"
)

// A Packet is what sales needs to know of a lead that it is offered. The host fills it from its scoring and its records
// (the module's package example has the function from a score); the desk adds Deadlines and Owed. It travels in the effect
// that assigns the lead; events keep its [Rating] only. What the host leaves out is missing there: nothing is owed.
type Packet struct {
	Rating
	Reasons    []Line     `json:"reasons,omitempty"`    // what the grade rests on
	Activities []Activity `json:"activities,omitempty"` // those that mattered
	Journey    []Touch    `json:"journey,omitempty"`    // how marketing reached the lead, in order of time
	Deadlines  Deadlines  `json:"deadlines,omitzero"`   // set by the desk
	Owed       []Owed     `json:"owed,omitempty"`       // set by the desk: the reasons with which the lead may be returned now
}

// A Rating is the score at the moment of the hand-over. Events carry it, so that what came of the lead can be held against
// the model that recommended it.
type Rating struct {
	Model        string   `json:"model,omitempty"`
	ModelVersion int      `json:"model_version,omitempty"`
	Grade        string   `json:"grade,omitempty"`
	Points       int64    `json:"points,omitempty"` // micropoints
	Hits         []string `json:"hits,omitempty"`   // the rules that matched, as scoring and learning write them, such as "fit/demo=20"
}

// A Line is one reason for the grade.
type Line struct {
	Rule   string `json:"rule"`          // such as "fit/company_size"
	Points int64  `json:"points"`        // micropoints
	Why    string `json:"why,omitempty"` // in words, where the rule's name does not say it
}

// An Activity is something that the lead did.
type Activity struct {
	At         time.Time `json:"at,omitzero"`
	Kind       string    `json:"kind,omitempty"`
	HighIntent bool      `json:"high_intent,omitempty"` // shows that the lead is about to decide, such as a request for a demo
}

// A Touch is a marketing touch of the lead's journey.
type Touch struct {
	At       time.Time `json:"at"`
	Channel  string    `json:"channel"`
	Campaign string    `json:"campaign,omitempty"`
}

// An Owed is a reason with which the lead may be returned where it stands, and the feedback that this takes.
type Owed struct {
	Return      funnel.Return      `json:"return"`
	Reason      funnel.Reason      `json:"reason"`
	Disposition funnel.Disposition `json:"disposition"`
	Fields      []funnel.Field     `json:"fields,omitempty"`
}

// cloneOwed copies a list, so that a host may do with its packet as it likes.
func cloneOwed(list []Owed) []Owed {
	list = slices.Clone(list)
	n := 0
	for i := range list {
		n += len(list[i].Fields)
	}
	fields := make([]funnel.Field, 0, n) // one array for all
	for i := range list {
		start := len(fields)
		fields = append(fields, list[i].Fields...)
		list[i].Fields = fields[start:len(fields):len(fields)]
	}
	return list
}
