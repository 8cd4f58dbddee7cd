package funnel

import (
	"errors"
	"slices"
	"strconv"
	"strings"
)

// A Reason is the code of an entry of the catalogue, such as "no_budget".
type Reason string

// A ReasonDefinition says all that follows from returning a lead with a reason. The funnel itself acts on BeforeContact,
// Disposition, CoolDownDays, Fields and ReEntry; the rest is for those who act on the return: the hand-over desk
// (MinAttempts, Track), the scoring (Adjust) and the reports (Class, AtFault).
type ReasonDefinition struct {
	Code          Reason       `json:"code"`
	Class         Class        `json:"class"`
	BeforeContact bool         `json:"before_contact"` // may be given before anyone has spoken with the lead
	Disposition   Disposition  `json:"disposition"`
	Track         string       `json:"track"`                  // nurture track that the lead joins; "" for none
	CoolDownDays  int          `json:"cool_down_days"`         // days of 24 hours that the lead is left alone; 0 to 36500; a person who decides ([WhenManual]) need not wait
	Fields        []Field      `json:"fields,omitzero"`        // feedback that the return owes or may carry
	MinAttempts   string       `json:"min_attempts,omitempty"` // contact attempts that must precede: "", a number, or "agreement.attempts"
	Adjust        []Adjustment `json:"adjust,omitzero"`        // what the return does to the lead's score
	AtFault       Side         `json:"at_fault"`
	ReEntry       ReEntry      `json:"re_entry"`
}

// A Class sorts reasons by what went wrong.
type Class string

// The classes of reasons. Procedural, clerical and definitional ones can be seen before contact; qualification is learned
// in a conversation; compliance overrides everything.
const (
	ClassProcedural    Class = "procedural"    // wrong route or state
	ClassClerical      Class = "clerical"      // the record is wrong or incomplete
	ClassDefinitional  Class = "definitional"  // not what was agreed to call an MQL
	ClassQualification Class = "qualification" // learned only after contact
	ClassCompliance    Class = "compliance"    // law or consent
	ClassAny           Class = "any"           // fits none of them
)

// A Disposition says what is to become of a returned lead. It selects the [ReturnEdge].
type Disposition string

// The dispositions.
const (
	DispositionReroute    Disposition = "reroute"    // offer it to somebody else
	DispositionMerge      Disposition = "merge"      // join it with its duplicate
	DispositionAttach     Disposition = "attach"     // add it to the opportunity in progress
	DispositionDefer      Disposition = "defer"      // later, as it is
	DispositionEnrich     Disposition = "enrich"     // complete its data first
	DispositionRecycle    Disposition = "recycle"    // nurture it until it is ripe
	DispositionDisqualify Disposition = "disqualify" // not a customer
	DispositionSuppress   Disposition = "suppress"   // never contact it again
	DispositionReview     Disposition = "review"     // a person must look at it
)

// A Side is the party that a return counts against in reports.
type Side string

// The sides.
const (
	SideMarketing Side = "marketing"
	SideSales     Side = "sales"
	SideRouting   Side = "routing"
	SideData      Side = "data"
	SideProduct   Side = "product"
	SideReview    Side = "review" // to be decided when the return is reviewed
	SideNone      Side = "none"
)

// A Field is a piece of feedback that a return owes (or may carry, if Optional) in [Feedback].Fields. A text field named
// "note" may be given as Feedback.Note instead.
type Field struct {
	Name     string    `json:"field"`
	Type     FieldType `json:"type"`
	Optional bool      `json:"optional,omitempty"`
}

// A FieldType says how the text of a field must be written.
type FieldType string

// The types of fields. Text and id may tell who somebody is and are treated as personal data.
const (
	FieldText  FieldType = "text"  // any text that is not blank; personal
	FieldID    FieldType = "id"    // an identifier without spaces or control characters; personal
	FieldTime  FieldType = "time"  // an instant as RFC 3339 has it: 2026-03-01T09:00:00Z
	FieldDate  FieldType = "date"  // a day: 2026-03-01; as an instant, its beginning in UTC
	FieldList  FieldType = "list"  // names separated by commas, none of them blank
	FieldMoney FieldType = "money" // a whole number of minor units (cents) that fits int64
)

// An Adjustment is what a return does to the lead's score. It is carried as data; the funnel scores nothing. The host turns
// it into one of scoring, dated when the return occurred: the operations have the same names, and the amount of a scale is
// its [Adjustment.Ratio] in points.
type Adjustment struct {
	Dimension string    `json:"dimension"` // of the scoring model; "*" for all
	Op        Operation `json:"op"`
	Factor    string    `json:"factor,omitempty"` // for [OpScale]: a fraction such as "1/2"
}

// An Operation is how an [Adjustment] changes the points.
type Operation string

// The operations.
const (
	OpReset Operation = "reset" // start again from 0
	OpScale Operation = "scale" // multiply by the factor
)

// A ReEntry says when and on which condition a returned lead may come back.
type ReEntry struct {
	When     When   `json:"when"`
	Needs    Needs  `json:"needs"`
	Field    string `json:"field,omitempty"`     // date or time field of the feedback that says when; without it the cool-down holds
	LeadDays int    `json:"lead_days,omitempty"` // that many days (of 24 hours) before the field's date; 0 to 36500
	Bypass   Bypass `json:"bypass,omitempty"`    // what ends the wait early
}

// When says what has to happen before a returned lead may come back. Together with the [Release] of an edge:
//
//	                      release: cool_down      high_intent                    manual
//	at_once, complete,
//	cool_down, field      once the wait is over   the same; at once by a bypass  at once
//	manual                refused                 refused                        at once
//	never                 refused                 refused                        refused
type When string

// The ways to come back. The wait of all but the last two is in [Position].NotBefore: the date of the re-entry's field
// less the lead days if the feedback gives one, else the cool-down, and never before the return itself.
const (
	WhenAtOnce   When = "at_once"
	WhenCoolDown When = "cool_down"
	WhenField    When = "field"    // on the date that the feedback gives
	WhenComplete When = "complete" // when the fields that the feedback lists are filled in: for a guard, or whoever calls, to check
	WhenManual   When = "manual"   // by a person's decision
	WhenNever    When = "never"
)

// Needs is the condition on which a lead may come back. A funnel does not know scores and activities: whoever calls
// [Policy.Move], or a guard on the edge, checks it, asking policy.Reason(pos.Reason) for ReEntry.Needs.
type Needs string

// The conditions.
const (
	NeedsNone        Needs = "none"
	NeedsThreshold   Needs = "threshold"    // the hand-over criterion holds
	NeedsNewActivity Needs = "new_activity" // it holds with an activity newer than the return
)

// A Bypass ends a wait early.
type Bypass string

// The bypasses; "" is none.
const BypassHighIntent Bypass = "high_intent" // an activity that is marked as high intent, by [ReleaseHighIntent]

// maxDays bounds cool-downs and lead days (a hundred years), far inside the range of time.Duration.
const maxDays = 36500

// maxFactor bounds the factor of an adjustment and its denominator.
const maxFactor = 1_000_000

var errFactor = errors.New(`write the factor as a fraction of whole numbers such as "3/4", at most 1000000 with at most 6 decimal places`)

// Ratio returns the factor of a [OpScale] exactly, as numerator ≥ 0 and denominator > 0. Its decimal form has at most 6
// places, so that numerator × 1000000 / denominator is a whole number: a score in millionths of a point carries it
// without loss. Factors of a compiled [Policy] are valid; otherwise the error says how to write one.
func (a Adjustment) Ratio() (numerator, denominator int64, err error) {
	above, below, fraction := strings.Cut(a.Factor, "/")
	if !fraction {
		below = "1"
	}
	numerator, ok := wholeNumber(above)
	denominator, valid := wholeNumber(below)
	if !ok || !valid || denominator == 0 || denominator > maxFactor || numerator > maxFactor*denominator ||
		numerator*1_000_000%denominator != 0 {
		return 0, 0, errFactor
	}
	return numerator, denominator, nil
}

// wholeNumber reads up to 12 digits, so that a product with a million stays inside int64.
func wholeNumber(s string) (int64, bool) {
	if s == "" || len(s) > 12 || strings.Trim(s, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil
}

func (r ReasonDefinition) clone() ReasonDefinition {
	r.Fields = slices.Clone(r.Fields)
	r.Adjust = slices.Clone(r.Adjust)
	return r
}
