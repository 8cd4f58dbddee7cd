package goals

import (
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/leadloop/leadloop/internal/document"
)

// Payout is what one role is paid for a period, with its lines. They sum to the
// amount exactly.
type Payout struct {
	Role   string `json:"role"`
	To     string `json:"to,omitempty"` // of a part of a split: who or what it is for
	Amount int64  `json:"amount"`       // in minor units; negative for what is clawed back
	Lines  []Line `json:"lines"`
}

// Line is one part of a payout and why it is there.
type Line struct {
	Kind LineKind `json:"kind"`
	// Name is that of the component or gate; empty for the floor and cap of the whole.
	Name       string   `json:"name,omitempty"`
	Measure    string   `json:"measure,omitempty"`
	Attainment *big.Rat `json:"attainment,omitempty"` // of the measure; nil for floors and caps
	Step       string   `json:"step"`                 // where on the curve, such as 1 to 13/10 at 3/2
	Exact      *big.Rat `json:"exact"`                // the line before rounding, in minor units
	Amount     int64    `json:"amount"`               // less than one unit from Exact; of a split less than three, of a clawback two
}

// LineKind is what a line is for.
type LineKind string

// The kinds of lines, in the order in which they are worked out.
const (
	LinePay            LineKind = "pay"             // a step of a component's curve
	LineComponentFloor LineKind = "component_floor" // what lifts a component to its floor
	LineComponentCap   LineKind = "component_cap"   // what lowers a component to its cap; not above 0
	LineGate           LineKind = "gate"            // what a closed gate takes away; 0 for an open one
	LineFloor          LineKind = "floor"           // what lifts the whole to its floor
	LineCap            LineKind = "cap"             // what lowers the whole to its cap; not above 0
)

// Payout works out what a role is paid for its attainments. Steps of curves come
// first, each component's floor or cap behind them; then the gates cut what there
// is, one after the other, those that all roles share first; then the floor or
// cap of the whole applies, so that a floor is paid whatever the gates say. An
// attainment below 0 pays as 0 does.
//
// The exact sum is rounded once, to the nearest minor unit, ties to even. The
// lines are rounded to sum to it by largest remainder: none is off by a unit or
// more.
//
// Errors are a role that the plan does not have ([ErrName]), a measure of the
// plan without an attainment ([ErrUndefined], all at once: no data is not 0), and
// a line or a running sum of lines beyond 2⁶² ([ErrAmount]).
func (p *Pay) Payout(role string, attained Attained) (Payout, error) {
	r, err := p.role(role)
	if err != nil {
		return Payout{}, err
	}
	if err := r.undefined(attained); err != nil {
		return Payout{}, err
	}
	out := Payout{Role: role}
	total := new(big.Rat) // of target 1
	add := func(l Line, value *big.Rat) {
		l.Exact = new(big.Rat).Mul(value, r.target)
		if l.Measure != "" {
			l.Attainment = new(big.Rat).Set(attained[l.Measure])
		}
		out.Lines = append(out.Lines, l)
		total.Add(total, value)
	}
	for _, c := range r.components {
		sum := new(big.Rat)
		for _, s := range c.curve.steps(attained[c.measure]) {
			sum.Add(sum, s.value)
			add(Line{Kind: LinePay, Name: c.name, Measure: c.measure, Step: s.text}, s.value.Mul(s.value, c.weight))
		}
		if kind, text, change := limited(sum, c.floor, c.cap); change != nil {
			add(Line{Kind: "component_" + kind, Name: c.name, Step: text}, change.Mul(change, c.weight))
		}
	}
	for _, g := range r.gates {
		l := Line{Kind: LineGate, Name: g.name, Measure: g.measure, Step: "reached " + g.threshold.RatString()}
		change := new(big.Rat)
		if attained[g.measure].Cmp(g.threshold) < 0 {
			l.Step = fmt.Sprintf("below %s: times %s", g.threshold.RatString(), g.factor.RatString())
			change.Mul(total, change.Sub(g.factor, one))
		}
		add(l, change)
	}
	if kind, text, change := limited(total, r.floor, r.cap); change != nil {
		add(Line{Kind: kind, Step: text}, change)
	}
	exact := make([]*big.Rat, len(out.Lines))
	for i := range exact {
		exact[i] = out.Lines[i].Exact
	}
	amount := nearest(total.Mul(total, r.target))
	parts, ok := spread(exact, amount)
	for i := range parts {
		out.Lines[i].Amount = parts[i]
	}
	out.Amount = amount.Int64()
	if !ok || !out.sums() {
		return Payout{}, &Error{Path: "payout", Message: "a line or a sum of lines is beyond 2^62 minor units: check the attainments and rates", Cause: ErrAmount}
	}
	return out, nil
}

// limited says what lifts a value to its floor or lowers it to its cap, if anything.
func limited(value, floor, limit *big.Rat) (LineKind, string, *big.Rat) {
	switch {
	case floor != nil && value.Cmp(floor) < 0:
		return LineFloor, "at least " + floor.RatString(), new(big.Rat).Sub(floor, value)
	case limit != nil && value.Cmp(limit) > 0:
		return LineCap, "at most " + limit.RatString(), new(big.Rat).Sub(limit, value)
	}
	return "", "", nil
}

// sums tells whether the lines sum to the amount, none of them and no sum on the
// way being beyond the largest amount.
func (p Payout) sums() bool {
	fits := func(n int64) bool { return -1<<62 <= n && n <= 1<<62 }
	sum := int64(0)
	for _, l := range p.Lines {
		if !fits(l.Amount) || !fits(sum+l.Amount) {
			return false
		}
		sum += l.Amount
	}
	return sum == p.Amount
}

// Measures lists what a role's payout needs an attainment of, in the order of
// components and gates; nothing for a role that the plan does not have.
func (p *Pay) Measures(role string) []string {
	r, err := p.role(role)
	if err != nil {
		return nil
	}
	return r.measures()
}

func (p *Pay) role(name string) (*payRole, error) {
	names := make([]string, len(p.roles))
	for i := range p.roles {
		if names[i] = p.roles[i].name; names[i] == name {
			return &p.roles[i], nil
		}
	}
	return nil, &Error{Path: "role", Message: "the plan has no such role" + document.DidYouMean(name, names), Cause: ErrName}
}

func (r *payRole) measures() (list []string) {
	add := func(measure string) {
		if !slices.Contains(list, measure) {
			list = append(list, measure)
		}
	}
	for _, c := range r.components {
		add(c.measure)
	}
	for _, g := range r.gates {
		add(g.measure)
	}
	return list
}

func (r *payRole) undefined(attained Attained) error {
	var errs []error
	for _, measure := range r.measures() {
		if attained[measure] == nil {
			errs = append(errs, &Error{Path: measure, Message: "there is no attainment, and none is not 0: wait for data, or decide what counts instead and give that", Cause: ErrUndefined})
		}
	}
	return errors.Join(errs...)
}

// Explain writes the lines as a table for people, the sum last. Amounts are in
// minor units.
func (p Payout) Explain() string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, l := range p.Lines {
		what := string(l.Kind)
		if l.Name != "" {
			what = l.Name
			if l.Kind != LinePay {
				what += " (" + strings.TrimPrefix(string(l.Kind), "component_") + ")"
			}
		}
		measure := ""
		if l.Attainment != nil {
			measure = l.Measure + " " + l.Attainment.RatString()
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%d\n", what, measure, l.Step, l.Amount)
	}
	who := p.Role
	if p.To != "" {
		who += " for " + p.To
	}
	fmt.Fprintf(w, "%s\t\t\t%d\n", who, p.Amount)
	_ = w.Flush() // into memory: it can't fail
	return b.String()
}
