package funnel

import "slices"

// Schema is the version of the data format that this package reads and writes. [Parse] refuses a later one.
const Schema = 1

// A Stage names where a lead stands: a string that a database row, a report and a reviewer can read.
type Stage string

// An Event names a step that owes no reason, such as "accept".
type Event string

// A Return names a step back or out. Unlike an [Event] it always owes a [Reason].
type Return string

// A Definition is a funnel as people agree on it: plain data to be read in a review, compared and versioned. [Compile]
// checks it and turns it into a [Policy]. [Standard] gives a ready-made one; [Parse] reads one from JSON.
type Definition struct {
	// SchemaURL tells an editor by which JSON Schema to check the definition, such as the package's definition.schema.json.
	// It means nothing to this package.
	SchemaURL string `json:"$schema,omitempty"`

	Schema    int                `json:"schema"`               // the data format; 0 or [Schema]
	Name      string             `json:"name"`                 // of the policy; positions and transitions carry it
	Version   int                `json:"version"`              // of the policy, from 1; every change that people agree on raises it
	Initial   Stage              `json:"initial"`              // where [Policy.Start] puts a lead
	MaxRounds int                `json:"max_rounds,omitempty"` // how often a lead may run through the funnel; 0: no limit
	Stages    []StageDefinition  `json:"stages,omitzero"`
	Edges     []Edge             `json:"edges,omitzero"`
	Returns   []ReturnEdge       `json:"returns,omitempty"`
	Reasons   []ReasonDefinition `json:"reasons,omitempty"` // the catalogue: the only place that says what follows from a reason
}

// A StageDefinition describes a stage.
type StageDefinition struct {
	Name  Stage `json:"name"`
	Kind  Kind  `json:"kind"`
	Phase Phase `json:"phase,omitempty"` // "" where the lead is not on a buyer's journey
	Order int   `json:"order,omitempty"` // place on the success path, from 1; 0: off the path

	Limits []TimeLimit `json:"limits,omitempty"` // what falls due when a lead stands here for long
}

// A Kind says what a stage is for.
type Kind string

// The kinds of stages.
const (
	KindInventory Kind = "inventory" // leads may rest here: a stock that is worked down
	KindGate      Kind = "gate"      // somebody owes a decision, yes or no
	KindSLA       Kind = "sla"       // somebody owes work within an agreed time
	KindWon       Kind = "won"       // the success that the funnel is for
	KindLost      Kind = "lost"      // the deal went elsewhere
	KindDetour    Kind = "detour"    // off the success path, on a way back or set aside
)

// A Phase is a phase of the buyer's journey: what the buyer is busy with, whatever seller's stage the lead is in.
type Phase string

// The phases of the buyer's journey in the customary three-part division.
const (
	PhaseAwareness     Phase = "awareness"     // notices a problem and reads about it
	PhaseConsideration Phase = "consideration" // compares ways to solve it
	PhaseDecision      Phase = "decision"      // chooses a supplier
)

// An Edge leads from one stage to the next. There is at most one for each From and On.
//
// When is a condition in the language of scoring's rules on a lead (see that package): the fields of the host's view stand
// at the top level, and Now is when the step occurred. There are no Activities: what a condition
// needs of them is a field of the view, such as a grade or a count.
type Edge struct {
	From    Stage    `json:"from"`
	On      Event    `json:"on"`
	To      Stage    `json:"to"`
	Guards  []string `json:"guards,omitempty"`  // names of the [Guard] functions that must all agree
	When    string   `json:"when,omitempty"`    // condition that must hold: `Grade in ["A1", "A2"]`; "" for none
	Release Release  `json:"release,omitempty"` // this edge takes a returned lead back in: a new round
}

// A Release says which authority lets a returned lead in again. What each one may do depends on the [ReEntry] of the
// reason with which the lead was returned; see [When].
type Release string

// The releases.
const (
	ReleaseCoolDown   Release = "cool_down"   // the wait is over
	ReleaseHighIntent Release = "high_intent" // an activity of high intent, which ends a wait where the reason allows it
	ReleaseManual     Release = "manual"      // a person decides
)

// A ReturnEdge leads back or out. The stage that a return leads to follows from the disposition of its reason: there is
// at most one return edge for each From, On and disposition.
type ReturnEdge struct {
	From          Stage         `json:"from"`
	On            Return        `json:"on"`
	Dispositions  []Disposition `json:"dispositions,omitzero"`
	To            Stage         `json:"to"`
	BeforeContact bool          `json:"before_contact,omitempty"` // nobody has spoken with the lead: only reasons that are allowed then
	Guards        []string      `json:"guards,omitempty"`
	When          string        `json:"when,omitempty"`
}

// clone returns a copy that shares no memory with d.
func (d Definition) clone() Definition {
	d.Stages = slices.Clone(d.Stages)
	for i := range d.Stages {
		d.Stages[i].Limits = slices.Clone(d.Stages[i].Limits)
	}
	d.Edges = slices.Clone(d.Edges)
	for i := range d.Edges {
		d.Edges[i].Guards = slices.Clone(d.Edges[i].Guards)
	}
	d.Returns = slices.Clone(d.Returns)
	for i := range d.Returns {
		d.Returns[i].Guards = slices.Clone(d.Returns[i].Guards)
		d.Returns[i].Dispositions = slices.Clone(d.Returns[i].Dispositions)
	}
	d.Reasons = slices.Clone(d.Reasons)
	for i := range d.Reasons {
		d.Reasons[i] = d.Reasons[i].clone()
	}
	return d
}
