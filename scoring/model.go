package scoring

import (
	"encoding/json"
	"fmt"

	"github.com/leadloop/leadloop/internal/document"
)

// Schema is the version of the model's format that this package reads and
// writes. A model of a later schema is refused.
const Schema = 1

// MaxModelSize is how many bytes of JSON [Parse] reads.
const MaxModelSize = 4 << 20

// MaxRules is how many rules, disqualifiers included, a model may have.
const MaxRules = 8000

// MaxDimensions is how many dimensions a model may have.
const MaxDimensions = 1000

// Model is what marketing and sales agree on: plain data that is reviewed,
// compared and versioned. [Compile] checks it.
type Model struct {
	// SchemaURL tells an editor by which JSON Schema to check the model, such
	// as the package's model.schema.json. It means nothing to this package.
	SchemaURL string `json:"$schema,omitempty"`

	Schema  int    `json:"schema"`            // the format's version, required: [Schema]
	Name    string `json:"name"`              // names the model in scores
	Version int    `json:"version,omitempty"` // the host's own count of versions, stored with every score

	// Tick is the step in which decay runs: whole seconds; 24 hours if zero.
	// Ticks start at midnight UTC when they are days.
	Tick Duration `json:"tick,omitzero"`

	// Zone is the time zone in which a [Window] counts days and months, such as
	// "Europe/Berlin": UTC if empty. Others need the option [Zones].
	Zone string `json:"zone,omitempty"`

	// Fields declares the fields of leads that are a [Record], and
	// ActivityFields those of activities that are. They are an allow-list:
	// rules see no other field. Structs declare themselves.
	Fields         map[string]FieldType `json:"fields,omitempty"`
	ActivityFields map[string]FieldType `json:"activity_fields,omitempty"`

	Dimensions []Dimension `json:"dimensions,omitempty"`
	Minimum    *Points     `json:"minimum,omitempty"` // the least total
	Maximum    *Points     `json:"maximum,omitempty"` // the largest total
	Grade      *Grade      `json:"grade,omitempty"`

	Thresholds    []Threshold    `json:"thresholds,omitempty"`
	Disqualifiers []Disqualifier `json:"disqualifiers,omitempty"`

	// Calibration, if any, makes scores carry a probability.
	Calibration *Calibration `json:"calibration,omitempty"`
}

// Dimension is one side of a lead that is scored by itself, such as its fit or
// its engagement.
type Dimension struct {
	Name    string  `json:"name"`              // unique in the model; without a /
	Minimum *Points `json:"minimum,omitempty"` // the least that the dimension has
	Maximum *Points `json:"maximum,omitempty"` // the most that the dimension has
	Rules   []Rule  `json:"rules,omitempty"`
	Groups  []Group `json:"groups,omitempty"` // of rules that share a limit
	Bands   []Band  `json:"bands,omitempty"`  // from the highest to the lowest, without a gap
}

// Group is rules of a dimension that share a limit.
type Group struct {
	Name    string  `json:"name"`              // unique in its dimension
	Minimum *Points `json:"minimum,omitempty"` // at most 0: the least that the group gives in all
	Maximum *Points `json:"maximum,omitempty"` // at least 0: the most that the group gives in all
	Rules   []Rule  `json:"rules,omitempty"`
}

// Rule gives points for a fact or for activities. It has When, Each or Idle;
// one with a Table needs none of them and then looks at the lead.
type Rule struct {
	Name string `json:"name"` // unique in its dimension

	// When is a condition on the lead: its fields stand at the top level,
	// next to Activities and Now.
	When string `json:"when,omitempty"`
	// Each is a condition on one activity: its fields stand at the top level,
	// next to Lead and Now. The rule looks at every activity.
	Each string `json:"each,omitempty"`

	// Points is what a match gives: at most [MaxPoints] up or down. A rule of
	// 0 points is only observed: it stands among the lines and hits.
	Points Points `json:"points,omitzero"`
	// PointsExpression computes the points instead, in the same scope as the condition,
	// rounded half to even to micropoints.
	PointsExpression string `json:"points_expression,omitempty"`
	// Table looks the points up instead.
	Table *Table `json:"table,omitempty"`

	// Repeat says how an Each rule counts several matches: [Every] if empty.
	Repeat Repeat `json:"repeat,omitempty"`
	// Distinct is an expression in the scope of Each that tells repeats from new
	// ones, such as Email: of matches with the same value, or with none, the newest
	// counts alone. Its value is a text, a number, true or false, or a time.
	Distinct string `json:"distinct,omitempty"`
	// AtLeast is how many matches an Each rule needs before any of them counts,
	// repeats in the sense of Distinct left out: 1 if zero, at most [MaxActivities].
	AtLeast int `json:"at_least,omitempty"`
	// Window makes an Each rule look only at recent activities.
	Window *Window `json:"window,omitempty"`

	// HalfLife makes an Each rule's points decay: half after this span, a
	// quarter after twice as much. Whole seconds; zero is no decay. A rule has
	// one of HalfLife, Linear and Steps.
	HalfLife Duration `json:"half_life,omitzero"`
	// Linear makes an Each rule's points decay evenly, until nothing is left
	// after this span. Whole seconds.
	Linear Duration `json:"linear,omitzero"`
	// Steps makes an Each rule's points fall in steps, from the youngest age on:
	// at most 1000, whose shares do not rise.
	Steps []Step `json:"steps,omitempty"`

	// Idle makes the rule's points count for each period without activity.
	Idle *Idle `json:"idle,omitempty"`

	Minimum *Points `json:"minimum,omitempty"` // at most 0: the least that the rule gives in all
	Maximum *Points `json:"maximum,omitempty"` // at least 0: the most that the rule gives in all
}

// Repeat says how a rule counts several matching activities.
type Repeat string

const (
	Every Repeat = "every" // each matching activity counts
	Once  Repeat = "once"  // the newest matching activity counts alone; of several at one instant, that with the most points
)

// Table gives points by the range into which a number falls, or by the value of
// a text: it has either Ranges or Values. Of several that apply, the first counts;
// [Lint] reports them.
type Table struct {
	Of        string       `json:"of"` // an expression in the scope of the rule, such as Employees
	Ranges    []Range      `json:"ranges,omitempty"`
	Values    []ValueGroup `json:"values,omitempty"`
	Otherwise *Points      `json:"otherwise,omitempty"` // for all other numbers or texts: the rule does not match if nil
	Missing   *Points      `json:"missing,omitempty"`   // where there is no value: the rule does not match if nil
}

// Range gives points for numbers from From to To, both included, or below
// Below. A bound that is left out is none.
type Range struct {
	From   *float64 `json:"from,omitempty"`
	To     *float64 `json:"to,omitempty"`
	Below  *float64 `json:"below,omitempty"`
	Points Points   `json:"points"`
}

// ValueGroup gives points for texts.
type ValueGroup struct {
	Is     []string `json:"is"`
	Points Points   `json:"points"`
}

// Window is how far back a rule looks: by exactly one of its fields. With Days
// or Months it reaches back to the midnight, in the model's zone, that begins
// the date so many days or months before today's; where that month lacks the
// day, its last day.
type Window struct {
	Span   Duration `json:"span,omitzero"`    // activities younger than this; whole seconds
	Days   int      `json:"days,omitempty"`   // at most 36 525
	Months int      `json:"months,omitempty"` // at most 1200
}

// Step is a stretch of decay: from the age After on, and until the next step,
// activities count by Share. Before the first step they count in full.
type Step struct {
	After Duration `json:"after"` // whole seconds, above that of the step before
	Share Points   `json:"share"` // a factor from 0 to 1 [Point], written 0.5 in JSON
}

// Idle gives a rule's points, as a rule negative ones, once for each full period
// that has passed since the newest activity that matches Each (any activity
// without Each). Idle rules count after the other rules of the dimension, in
// their order, and stand outside groups.
type Idle struct {
	Every Duration `json:"every"`           // the period, whole seconds
	Since string   `json:"since,omitempty"` // a time on the lead, such as CreatedAt, that counts where there is no activity; without it the lead is not idle then
	Floor *Points  `json:"floor,omitempty"` // how far the rule can bring the dimension down: what is below already, it leaves alone
}

// Threshold is a number of points that is of interest when a lead reaches it;
// see [Crossed].
type Threshold struct {
	Name      string `json:"name"`                // unique in the model
	Dimension string `json:"dimension,omitempty"` // whose points; the total's if empty
	From      Points `json:"from"`                // reached with this many points
}

// Disqualifier knocks a lead out for a reason, whatever its points.
type Disqualifier struct {
	Name   string `json:"name"`   // unique in the model
	When   string `json:"when"`   // a condition on the lead
	Reason string `json:"reason"` // in the host's own words or codes
}

// Band names a range of a dimension's points: from From upwards, to the band
// above it. The last band may leave From out and takes the rest. In Go write
// From: new(40 * [Point]).
type Band struct {
	Name string  `json:"name"`
	From *Points `json:"from,omitempty"`
}

// Grade makes one label of the bands of several dimensions.
type Grade struct {
	// Dimensions are the names of dimensions with bands, in the order in which their
	// bands make the label: fit A and engagement 1 are "A1". Without Cells no two
	// combinations may make the same label.
	Dimensions []string `json:"dimensions,omitempty"`
	// Cells, if any, give the labels instead, one for each combination of bands.
	Cells []Cell `json:"cells,omitempty"`
}

// Cell labels one combination of bands.
type Cell struct {
	Bands []string `json:"bands,omitempty"` // one of each of the grade's dimensions
	Label string   `json:"label"`
}

// Parse reads a model from JSON of at most [MaxModelSize] bytes. It is strict:
// unknown and repeated keys, null, wrong types, data after the end and a later
// schema are errors. Every mistake is reported, each an *[Error] in a joined
// error. The model's meaning is checked by [Compile]. The package example has
// a model to start from.
func Parse(data []byte) (Model, error) {
	var m Model
	err := document.Decode(data, &m, MaxModelSize)
	if later := laterSchema(data); later != nil {
		return Model{}, later // its other keys are not mistakes
	}
	if err != nil {
		return Model{}, fromDocument(err)
	}
	return m, nil
}

// laterSchema looks only at the schema, so that a model of a later one is
// refused for that and not for keys that are unknown here.
func laterSchema(data []byte) error {
	var head struct {
		Schema int `json:"schema"`
	}
	if len(data) > MaxModelSize || json.Unmarshal(data, &head) != nil || head.Schema <= Schema {
		return nil
	}
	return &Error{Path: "schema", Message: fmt.Sprintf("the model is of schema %d, this version reads up to %d: update the library", head.Schema, Schema)}
}
