package learn

import (
	"fmt"
	"math"
	"strings"

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

// Row is the evidence about one rule.
type Row struct {
	Rule      string         `json:"rule"`      // "dimension/rule"
	Points    scoring.Points `json:"points"`    // what the model gives for a match; 0 if computed
	Support   Rate           `json:"support"`   // judged leads that the rule matched, of all judged
	Precision Rate           `json:"precision"` // positive leads of those that it matched
	Interval  Interval       `json:"interval"`  // of the precision, 95 %
	Finding   Finding        `json:"finding"`
	Base      Rate           `json:"base"` // the base rate, as in the report: what Lift compares with
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
}

// Report weighs the evidence for a target. An unknown target has no judged
// leads.
func (e *Evidence) Report(target Target) Report {
	r := Report{Model: e.model, Version: e.version, Target: target, Rows: make([]Row, len(e.rules))}
	pick := func(c counts) Rate {
		switch target {
		case Acceptance:
			return Rate{c.positive[0], c.judged[0]}
		case Win:
			return Rate{c.positive[1], c.judged[1]}
		}
		return Rate{}
	}
	r.Base = pick(e.total)
	for i, rule := range e.rules {
		precision := pick(e.hits[i])
		row := Row{
			Rule: rule, Points: e.points[i],
			Support:   Rate{precision.Whole, r.Base.Whole},
			Precision: precision,
			Interval:  precision.Interval(),
			Finding:   Open,
			Base:      r.Base,
		}
		if base, ok := r.Base.Value(); ok && precision.Whole >= MinimumSupport {
			above, below := row.Interval.Low > base, row.Interval.High < base
			switch {
			case above && row.Points > 0, below && row.Points < 0:
				row.Finding = Supported
			case above && row.Points < 0, below && row.Points > 0:
				row.Finding = Contradicted
			}
		}
		r.Rows[i] = row
	}
	return r
}

// String writes the report as a table that people can read.
func (r Report) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s version %d, %s: base rate %s\n", r.Model, r.Version, r.Target, r.Base)
	width := len("rule")
	for _, row := range r.Rows {
		width = max(width, len([]rune(row.Rule)))
	}
	fmt.Fprintf(&b, "%-*s  %8s  %16s  %16s  %5s  %s\n", width, "rule", "points", "support", "precision", "lift", "finding")
	for _, row := range r.Rows {
		lift := "–"
		if l, ok := row.Lift(); ok {
			lift = fmt.Sprintf("%.2f", l)
		}
		fmt.Fprintf(&b, "%-*s  %8s  %16s  %16s  %5s  %s\n", width, row.Rule, row.Points, row.Support, row.Precision, lift, row.Finding)
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
