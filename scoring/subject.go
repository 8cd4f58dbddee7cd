package scoring

import "time"

// MaxActivities is how many activities of one lead, and MaxAdjustments how many
// adjustments, a score takes in. Of more than that none counts, and a problem says so.
const (
	MaxActivities  = 1_000_000
	MaxAdjustments = 1000
)

// Record is a lead or an activity as a map, with fields that the model declares.
type Record map[string]any

// FieldType is the type of a declared field of a [Record].
type FieldType string

// The types of declared fields, and the Go values that a record may hold.
const (
	Text    FieldType = "text"    // a string
	Integer FieldType = "integer" // an integer, or a float without a fraction below 2⁵³
	Number  FieldType = "number"  // a float or an integer
	Boolean FieldType = "boolean" // a bool
	Time    FieldType = "time"    // a time.Time
	Texts   FieldType = "texts"   // a []string, or a []any of strings
)

// Subject is what is scored: a lead, its activities in any order, and the
// adjustments that feedback has left.
type Subject[L, A any] struct {
	Lead        *L           // nil is a problem: no rule matches then
	Activities  []A          // those dated after now, or without a date, don't count
	Adjustments []Adjustment // in any order of dates; those of one instant apply in the order given
}

// Operation is what an adjustment does.
type Operation string

const (
	Reset Operation = "reset" // what was earned until then is worth nothing any more
	Scale Operation = "scale" // what was earned until then is multiplied by Amount, from 0 to 1 point
	Add   Operation = "add"   // Amount is added as a line of its own
)

// AllDimensions as an adjustment's dimension means each of them.
const AllDimensions = "*"

// Adjustment is a dated fact that feedback leaves: sales returned the lead, so
// that what it earned before counts no longer, or less. It changes what was earned
// at or before At and leaves what comes later alone; no stored counter is ever edited.
type Adjustment struct {
	At        time.Time `json:"at"`
	Dimension string    `json:"dimension"` // a dimension's name, or [AllDimensions]: then Add adds to each
	Op        Operation `json:"op"`
	Amount    Points    `json:"amount,omitzero"` // the points of Add; the factor of Scale, where Point/2, 0.5 in JSON, is one half
	Cause     string    `json:"cause,omitempty"` // shown in the explanation
}
