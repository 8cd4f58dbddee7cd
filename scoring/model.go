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

// MaxRules is how many rules a model may have.
const MaxRules = 8000

// Model is what marketing and sales agree on: plain data that is reviewed,
// compared and versioned. [Compile] checks it.
type Model struct {
	Schema  int    `json:"schema"`            // the format's version, required: [Schema]
	Name    string `json:"name"`              // names the model in scores
	Version int    `json:"version,omitempty"` // the host's own count of versions, stored with every score

	// Tick is the step in which decay runs: whole seconds; 24 hours if zero.
	// Ticks start at midnight UTC when they are days.
	Tick Duration `json:"tick,omitzero"`

	// Fields declares the fields of leads that are a [Record], and
	// ActivityFields those of activities that are. They are an allow-list:
	// rules see no other field. Structs declare themselves.
	Fields         map[string]FieldType `json:"fields,omitempty"`
	ActivityFields map[string]FieldType `json:"activity_fields,omitempty"`

	Dimensions []Dimension `json:"dimensions,omitempty"`
	Minimum    *Points     `json:"minimum,omitempty"` // the least total
	Maximum    *Points     `json:"maximum,omitempty"` // the largest total
	Grade      *Grade      `json:"grade,omitempty"`
}

// Dimension is one side of a lead that is scored by itself, such as its fit or
// its engagement.
type Dimension struct {
	Name    string  `json:"name"`              // unique in the model; without a /
	Minimum *Points `json:"minimum,omitempty"` // the least that the dimension has
	Maximum *Points `json:"maximum,omitempty"` // the most that the dimension has
	Rules   []Rule  `json:"rules,omitempty"`
	Bands   []Band  `json:"bands,omitempty"` // from the highest to the lowest, without a gap
}

// Rule gives points for a fact or for activities. It has either When or Each.
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

	// Repeat says how an Each rule counts several matches: [Every] if empty.
	Repeat Repeat `json:"repeat,omitempty"`
	// HalfLife makes an Each rule's points decay: half after this span, a
	// quarter after twice as much. Whole seconds; zero is no decay.
	HalfLife Duration `json:"half_life,omitzero"`

	Minimum *Points `json:"minimum,omitempty"` // at most 0: the least that the rule gives in all
	Maximum *Points `json:"maximum,omitempty"` // at least 0: the most that the rule gives in all
}

// Repeat says how a rule counts several matching activities.
type Repeat string

const (
	Every Repeat = "every" // each matching activity counts
	Once  Repeat = "once"  // the newest matching activity counts alone; of several at one instant, that with the most points
)

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
