package learn

import (
	"fmt"
	"math"
	"strings"

	"github.com/leadloop/leadloop/internal/num"
	"github.com/leadloop/leadloop/scoring"
)

// Rate is a share with what it was counted from. Without a whole it is
// undefined, not zero.
type Rate struct {
	Part  int64 `json:"part"`
	Whole int64 `json:"whole"`
}

// Value is the share from 0 to 1. It is false where the rate is undefined.
func (r Rate) Value() (float64, bool) {
	if r.Whole == 0 {
		return 0, false
	}
	return float64(r.Part) / float64(r.Whole), true
}

// z is the standard normal quantile of 0.975, for two-sided 95 % intervals.
const z = 1.959963984540054

// Interval is the 95 % interval of the rate after Wilson. An undefined rate may
// be anything from 0 to 1.
func (r Rate) Interval() Interval {
	if r.Whole == 0 {
		return Interval{0, 1}
	}
	k, n := float64(r.Part), float64(r.Whole)
	const zz = z * z
	center := k + zz/2
	spread := float64(z * math.Sqrt(float64(k*(n-k))/n+zz/4))
	low, high := (center-spread)/(n+zz), (center+spread)/(n+zz)
	if r.Part == 0 {
		low = 0 // what rounding leaves of it is noise
	}
	if r.Part == r.Whole {
		high = 1
	}
	return Interval{low, high}
}

// Interval is a range of shares from 0 to 1.
type Interval struct {
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

// MinimumSupport is how many judged leads a rule must have matched before there
// is a finding about it. An interval from a handful of leads can lie on one side
// of an extreme base rate: one rejected lead would contradict its rule where
// nearly all others are accepted. 30 is the usual rule of thumb.
const MinimumSupport = 30

// Finding is what the evidence says about a rule.
type Finding string

const (
	// Supported: the whole interval of the precision lies on the side of the
	// base rate that the rule's points claim: above it for points given, below it for points taken.
	Supported Finding = "supported"
	// Contradicted: the whole interval lies on the other side.
	Contradicted Finding = "contradicted"
	// Open: the interval holds the base rate, fewer than [MinimumSupport]
	// judged leads matched, or the rule's points claim nothing because they are
	// zero or computed.
	Open Finding = "open"
)

// Row is the evidence about one rule, or about one row of a rule's table on the lead.
type Row struct {
	Rule      string         `json:"rule"`          // "dimension/rule"
	Row       string         `json:"row,omitempty"` // of the table, as in [scoring.Hit]; empty for other rules
	Points    scoring.Points `json:"points"`        // what the model gives for a match; 0 if computed
	Support   Rate           `json:"support"`       // judged leads that the rule matched, of all judged
	Precision Rate           `json:"precision"`     // positive leads of those that it matched
	Interval  Interval       `json:"interval"`      // of the precision, 95 %
	Finding   Finding        `json:"finding"`
	Base      Rate           `json:"base"` // the base rate, as in the report: what Lift compares with

	// WeightOfEvidence is ln[((p+½)/P)/((n+½)/N)]: p and n are the positive and negative leads that
	// matched, P and N all of them. Above 0 the match speaks for the outcome. 0 where P or N is.
	WeightOfEvidence float64 `json:"weight_of_evidence"`
}

// Name is the rule, with its row where it has one: "fit/industry#values[2]".
func (r Row) Name() string {
	if r.Row == "" {
		return r.Rule
	}
	return r.Rule + "#" + r.Row
}

// Lift is the precision over the base rate: 1 means that the rule tells
// nothing. It is false where either is undefined or nothing was positive.
func (r Row) Lift() (float64, bool) {
	precision, ok := r.Precision.Value()
	base, defined := r.Base.Value()
	if !ok || !defined || r.Base.Part == 0 {
		return 0, false
	}
	return precision / base, true
}

// Report is the evidence about all rules for one target.
type Report struct {
	Model   string `json:"model"`
	Version int    `json:"version"`
	Target  Target `json:"target"`
	Base    Rate   `json:"base"` // positive leads of all judged: the base rate
	Rows    []Row  `json:"rows"` // in the model's order

	Information []RuleInformation `json:"information"` // of each rule, in the model's order
}

// RuleInformation is how much a rule tells about the target.
type RuleInformation struct {
	Rule string `json:"rule"` // "dimension/rule"
	// Value is the information value: the sum, over the rule's rows, or the match, and the leads that the
	// rule did not match, of (p/P − n/N)·WeightOfEvidence (Siddiqi, "Credit Risk
	// Scorecards", 2006: below 0.02 useless, above 0.5 suspicious).
	Value float64 `json:"information_value"`
	// Leakage warns that the rule tells too much to have been known at the hand-over: [LeakageInformation]
	// from [MinimumSupport] judged leads on. Look at when its field is filled in.
	Leakage bool `json:"leakage,omitempty"`
}

// LeakageInformation is the information value above which a rule is suspected of knowing the outcome.
const LeakageInformation = 1.0

// Report weighs the evidence for a target. An unknown target has no judged
// leads.
func (e *Evidence) Report(target Target) Report {
	r := Report{Target: target, Rows: []Row{}, Information: []RuleInformation{}}
	r.Base = e.total.rate(target)
	if e.card == nil {
		return r
	}
	r.Model, r.Version = e.card.model.Name, e.card.model.Version
	for _, rule := range e.card.rules {
		information := 0.0
		rest := r.Base // what the rule did not match
		for at := rule.first; at < rule.first+rule.count; at++ {
			row := e.row(at, target, r.Base)
			information += informationValue(row.Precision, r.Base)
			rest.Part, rest.Whole = rest.Part-row.Precision.Part, rest.Whole-row.Precision.Whole
			r.Rows = append(r.Rows, row)
		}
		information += informationValue(rest, r.Base)
		r.Information = append(r.Information, RuleInformation{rule.name, information, information > LeakageInformation && r.Base.Whole >= MinimumSupport})
	}
	return r
}

// row weighs the evidence of a slot.
func (e *Evidence) row(at int, target Target, base Rate) Row {
	s := &e.card.slots[at]
	precision := e.hits[at].rate(target)
	row := Row{
		Rule: e.card.rules[s.rule].name, Row: s.row, Points: s.points,
		Support:          Rate{precision.Whole, base.Whole},
		Precision:        precision,
		Interval:         precision.Interval(),
		Finding:          Open,
		Base:             base,
		WeightOfEvidence: weightOfEvidence(precision, base),
	}
	if share, ok := base.Value(); ok && precision.Whole >= MinimumSupport {
		above, below := row.Interval.Low > share, row.Interval.High < share
		switch {
		case above && row.Points > 0, below && row.Points < 0:
			row.Finding = Supported
		case above && row.Points < 0, below && row.Points > 0:
			row.Finding = Contradicted
		}
	}
	return row
}

func (c *counts) rate(target Target) Rate {
	switch target {
	case Acceptance:
		return Rate{c.positive[0], c.judged[0]}
	case Win:
		return Rate{c.positive[1], c.judged[1]}
	}
	return Rate{}
}

// weightOfEvidence is that of a part of all leads, smoothed by half a lead.
func weightOfEvidence(part, all Rate) float64 {
	positive, negative := float64(all.Part), float64(all.Whole-all.Part)
	if positive == 0 || negative == 0 {
		return 0
	}
	return num.Log((float64(part.Part) + 0.5) / positive / ((float64(part.Whole-part.Part) + 0.5) / negative))
}

// informationValue is what a part of all leads adds to it.
func informationValue(part, all Rate) float64 {
	positive, negative := float64(all.Part), float64(all.Whole-all.Part)
	if positive == 0 || negative == 0 || part.Whole == 0 {
		return 0
	}
	return float64((float64(part.Part)/positive - float64(part.Whole-part.Part)/negative) * weightOfEvidence(part, all))
}

// String writes the report as a table that people can read.
func (r Report) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s version %d, %s: base rate %s\n", r.Model, r.Version, r.Target, r.Base)
	width := len("rule")
	for _, row := range r.Rows {
		width = max(width, len([]rune(row.Name())))
	}
	fmt.Fprintf(&b, "%-*s  %8s  %16s  %16s  %5s  %s\n", width, "rule", "points", "support", "precision", "lift", "finding")
	for _, row := range r.Rows {
		lift := "–"
		if l, ok := row.Lift(); ok {
			lift = fmt.Sprintf("%.2f", l)
		}
		fmt.Fprintf(&b, "%-*s  %8s  %16s  %16s  %5s  %s\n", width, row.Name(), row.Points, row.Support, row.Precision, lift, row.Finding)
	}
	for _, rule := range r.Information {
		if rule.Leakage {
			fmt.Fprintf(&b, "%s tells suspiciously much (information value %.2f): was its field filled in after the hand-over?\n", rule.Rule, rule.Value)
		}
	}
	return b.String()
}

// String writes the rate as "3/4 75.0 %", or "undefined" without a whole.
func (r Rate) String() string {
	v, ok := r.Value()
	if !ok {
		return "undefined"
	}
	return fmt.Sprintf("%d/%d %.1f %%", r.Part, r.Whole, float64(100*v))
}
