package handoff

import (
	"encoding/json"
	"iter"
	"slices"
	"time"

	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/handoff/routing"
)

// A Packet is what sales needs to know of a lead that it is offered. The host fills it from its scoring and its records
// (the module's package example has the function from a score); the desk adds Existing, Deadlines and Owed. It travels in the effect
// that assigns the lead; events keep its [Rating] only. What the host leaves out is missing there: nothing is owed.
type Packet struct {
	Rating
	Reasons    []Line           `json:"reasons,omitempty"`    // what the grade rests on
	Activities []Activity       `json:"activities,omitempty"` // those that mattered
	Journey    []Touch          `json:"journey,omitempty"`    // how marketing reached the lead, in order of time
	Existing   routing.Existing `json:"existing,omitzero"`    // set by the desk: the duplicate or open opportunity that the offer named, so that its owner returns the lead with the reason for that
	Deadlines  Deadlines        `json:"deadlines,omitzero"`   // set by the desk
	Owed       OwedList         `json:"owed,omitzero"`        // set by the desk: the reasons with which the lead may be returned now
}

// A Rating is the score at the moment of the hand-over. Events carry it, so that what came of the lead can be held against
// the model that recommended it.
type Rating struct {
	Model        string   `json:"model,omitempty"`
	ModelVersion int      `json:"model_version,omitempty"`
	Grade        string   `json:"grade,omitempty"`
	Source       string   `json:"source,omitempty"` // what brought the lead in, such as a channel; reports group by it
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

// An OwedList is what is owed, in the order of the funnel's definition. The list is the desk's own and can't be changed, so that
// every packet carries it without a copy. In JSON it is an array.
type OwedList struct{ list []Owed }

// Len is how many reasons there are.
func (l OwedList) Len() int { return len(l.list) }

// IsZero says that nothing is owed.
func (l OwedList) IsZero() bool { return len(l.list) == 0 }

// All gives the reasons in their order, as copies that the caller may keep and change.
func (l OwedList) All() iter.Seq[Owed] {
	return func(yield func(Owed) bool) {
		for _, o := range l.list {
			o.Fields = slices.Clone(o.Fields)
			if !yield(o) {
				return
			}
		}
	}
}

// Equal compares the reasons; packages that compare results ask for it.
func (l OwedList) Equal(m OwedList) bool {
	return slices.EqualFunc(l.list, m.list, func(a, b Owed) bool {
		return a.Return == b.Return && a.Reason == b.Reason && a.Disposition == b.Disposition && slices.Equal(a.Fields, b.Fields)
	})
}

// MarshalJSON writes an array.
func (l OwedList) MarshalJSON() ([]byte, error) { return json.Marshal(l.list) }

// UnmarshalJSON reads what MarshalJSON wrote.
func (l *OwedList) UnmarshalJSON(data []byte) error {
	var list []Owed
	if err := json.Unmarshal(data, &list); err != nil {
		return err
	}
	l.list = list
	return nil
}
