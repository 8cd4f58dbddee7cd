package scoring

import "time"

// Score is a lead's score at one instant and all that led to it.
type Score struct {
	Model      string           `json:"model"`
	Version    int              `json:"version"`
	At         time.Time        `json:"at"`
	Total      Points           `json:"total"`           // the dimensions' sum, within the model's limits
	Grade      string           `json:"grade,omitempty"` // empty if the model has none
	Dimensions []DimensionScore `json:"dimensions"`      // in the model's order

	// Probability is how probable Outcome is at the total, by the model's [Calibration]:
	// above 0 and below 1, the same bits on each machine. It is 0, and
	// Outcome empty, where the model has none, without a lead, and where the points
	// are too many to be summed. Like the points it looks at no disqualifier.
	Probability float64 `json:"probability,omitzero"`
	Outcome     string  `json:"outcome,omitempty"`

	// Reached names the thresholds that are reached, in the model's order. They and what
	// Disqualified lists change neither points nor grade: what follows is the host's to say.
	Reached      []string           `json:"reached,omitempty"`
	Disqualified []Disqualification `json:"disqualified,omitempty"` // the disqualifiers that apply, in the model's order

	Lines    []Line    `json:"lines"` // sum exactly to the dimensions and the total
	Problems []Problem `json:"problems,omitempty"`
}

// DimensionScore is the score of one dimension.
type DimensionScore struct {
	Name   string `json:"name"`
	Points Points `json:"points"`         // within the dimension's limits
	Band   string `json:"band,omitempty"` // empty if the dimension has none
}

// Disqualification is a [Disqualifier] that applies.
type Disqualification struct {
	Name   string `json:"name"`
	Reason string `json:"reason"`
}

// LineKind says what a line of a score stands for.
type LineKind string

const (
	RuleLine           LineKind = "rule"            // a matched rule
	AdjustmentLine     LineKind = "adjustment"      // what an adjustment changed in one dimension
	RuleLimitLine      LineKind = "rule_limit"      // what a rule's limit, or the floor of an idle rule, changed
	GroupLimitLine     LineKind = "group_limit"     // what a group's limit changed
	DimensionLimitLine LineKind = "dimension_limit" // what a dimension's limit changed
	TotalLimitLine     LineKind = "total_limit"     // what the model's limit changed
)

// Line is one line of a score's explanation. The lines of a dimension sum
// exactly to its points, and all lines to the total.
type Line struct {
	Kind      LineKind  `json:"kind"`
	Dimension string    `json:"dimension,omitempty"` // empty for the total's limit
	Group     string    `json:"group,omitempty"`     // of a group's rules, their limits, and the group's own
	Rule      string    `json:"rule,omitempty"`      // of a rule and its limit
	Row       string    `json:"row,omitempty"`       // of a table on the lead: what applied, such as "ranges[2]", "values[0]", "otherwise" or "missing"
	Count     int       `json:"count,omitempty"`     // of a rule: how many activities counted, 1 for a lead rule, periods for an idle rule
	Points    Points    `json:"points"`
	Bound     string    `json:"bound,omitempty"` // of a limit: "minimum", "maximum" or "floor"
	Limit     Points    `json:"limit,omitzero"`  // of a limit: its value
	Op        Operation `json:"op,omitempty"`    // of an adjustment
	At        time.Time `json:"at,omitzero"`     // of an adjustment
	Cause     string    `json:"cause,omitempty"` // of an adjustment
}

// Problem is something that did not count, and why. It names rule and field,
// never a value.
type Problem struct {
	Kind      ProblemKind `json:"kind"`
	Dimension string      `json:"dimension,omitempty"`
	Rule      string      `json:"rule,omitempty"`  // or, without a dimension, a disqualifier
	Count     int         `json:"count,omitempty"` // how many activities or adjustments are concerned
	Message   string      `json:"message"`         // for people
}

// ProblemKind says what did not count.
type ProblemKind string

const (
	RuleFailed        ProblemKind = "rule_failed"        // a text of a rule failed: the rule does not match; or a disqualifier's: it does not apply
	FieldIgnored      ProblemKind = "field_ignored"      // a field of a [Record] is undeclared or of another type
	ActivityNotYet    ProblemKind = "activity_not_yet"   // activities dated after now
	ActivityIgnored   ProblemKind = "activity_ignored"   // activities without a date, or without declared fields
	AdjustmentNotYet  ProblemKind = "adjustment_not_yet" // an adjustment dated after now
	AdjustmentIgnored ProblemKind = "adjustment_ignored" // an adjustment that makes no sense for the model
	LeadMissing       ProblemKind = "lead_missing"       // there is no lead: no rule matches
	TooMuch           ProblemKind = "too_much"           // beyond a limit of the package: none of it counts
)
