package goals

import (
	"encoding/json"
	"fmt"

	"github.com/leadloop/leadloop/internal/document"
)

// PaySchema is the version of the data format of pay plans that this package reads and writes.
const PaySchema = 1

// PayPlan says how the variable pay of both departments follows from what they
// attain: plain data that can be reviewed, compared and versioned.
//
//	payout = target × Σ weight·curve(attainment), then gates, then floor and cap
type PayPlan struct {
	// SchemaURL tells an editor by which JSON Schema to check the plan, such as this
	// folder's pay.schema.json. It means nothing to the plan.
	SchemaURL string `json:"$schema,omitempty"`

	Schema   int      `json:"schema,omitempty"` // the data format; 0 or [PaySchema]
	Name     string   `json:"name"`
	Version  int      `json:"version"`         // from 1; every change that people agree on raises it
	Gates    []Gate   `json:"gates,omitempty"` // that all roles share
	Roles    []Role   `json:"roles"`
	Clawback Clawback `json:"clawback,omitzero"`
}

// Role is who is paid alike, such as marketing or sales.
type Role struct {
	Name       string      `json:"name"`
	Target     int64       `json:"target"` // variable pay of a period at 100 %, in minor units
	Components []Component `json:"components"`
	Gates      []Gate      `json:"gates,omitempty"` // of this role, behind those that all share
	Floor      Fraction    `json:"floor,omitempty"` // of the target: the least payout, whatever the gates say
	Cap        Fraction    `json:"cap,omitempty"`   // of the target: the largest payout
}

// Component is a part of the target that follows one measure.
type Component struct {
	Name    string   `json:"name"`    // unique in the role
	Weight  Fraction `json:"weight"`  // its share of the target; a role's weights sum to 1
	Measure string   `json:"measure"` // whose attainment counts, such as [AttainedRevenue]
	Curve   Curve    `json:"curve"`
	Floor   Fraction `json:"floor,omitempty"` // of the component's share: the least it gives
	Cap     Fraction `json:"cap,omitempty"`   // of the component's share: the most it gives
}

// Curve turns attainment into a part of the component's share of the target, 1
// being all of it. Below the threshold it gives 0.
type Curve struct {
	Kind      CurveKind `json:"kind"`
	Threshold Fraction  `json:"threshold,omitempty"` // the least attainment that pays; a cliff needs one
	Points    []Point   `json:"points,omitempty"`    // of a ramp, by rising attainment
	Tiers     []Tier    `json:"tiers,omitempty"`     // by rising attainment, the first from 0
	Mode      TierMode  `json:"mode,omitempty"`      // of tiers; marginal if left out
}

// CurveKind is the form of a curve.
type CurveKind string

// The kinds of curves.
const (
	CurveLinear CurveKind = "linear" // the attainment itself
	CurveCliff  CurveKind = "cliff"  // all or nothing: 1 from the threshold on
	CurveRamp   CurveKind = "ramp"   // straight lines through points; 0 before the first, level after the last
	CurveTiers  CurveKind = "tiers"  // attainment times the rate of its tier: accelerators and decelerators
)

// Point is a corner of a ramp.
type Point struct {
	At  Fraction `json:"at"`  // attainment
	Pay Fraction `json:"pay"` // of the component's share
}

// Tier is a rate from an attainment on.
type Tier struct {
	From Fraction `json:"from"` // attainment, included
	Rate Fraction `json:"rate"`
}

// TierMode says which attainment a tier's rate multiplies.
type TierMode string

// The modes of tiers.
const (
	TiersMarginal TierMode = "marginal" // each rate multiplies the attainment within its tier
	TiersWhole    TierMode = "whole"    // the rate of the tier that is reached multiplies all of the attainment
)

// Gate cuts a payout while a measure is below a threshold: the revenue that both
// departments must reach together, or the share of leads that sales accepts.
type Gate struct {
	Name      string   `json:"name"`      // unique among a role's gates and those that all share
	Measure   string   `json:"measure"`   // such as [AttainedRevenue] or [RateAcceptance]
	Threshold Fraction `json:"threshold"` // the least that opens the gate
	Factor    Fraction `json:"factor"`    // what is left of the payout below it: "0" nothing, "1/2" half
}

// Clawback says how long a refund takes back what was paid for the deal.
type Clawback struct {
	Days int `json:"days"` // of 24 hours after the deal was won; 0: never
}

// Bounds of a pay plan.
const (
	maxRoles      = 1000
	maxComponents = 16
	maxSteps      = 16 // points or tiers of a curve
	maxGates      = 16
	maxDays       = 36600
)

// ParsePay reads a pay plan from JSON, as strictly as [Parse]; a later [PaySchema]
// and more than 1 MiB are errors, too. What the values mean is checked by [CompilePay]. The file
// pay.schema.json in this package's folder is a JSON Schema of the format.
func ParsePay(data []byte) (PayPlan, error) {
	// A later format has keys that this one does not know: say what matters, not what follows from it.
	var head struct {
		Schema int `json:"schema"`
	}
	if json.Unmarshal(data, &head) == nil && head.Schema > PaySchema {
		return PayPlan{}, laterSchema(head.Schema)
	}
	var p PayPlan
	if err := document.Decode(data, &p, maxLarge); err != nil {
		return PayPlan{}, err
	}
	return p, nil
}

func laterSchema(schema int) error {
	return &Error{Path: "schema", Cause: ErrSchema, Message: fmt.Sprintf("the format is %d, this program reads formats up to %d: update it", schema, PaySchema)}
}
