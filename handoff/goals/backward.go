package goals

import (
	"fmt"
	"math/big"
	"slices"

	"github.com/leadloop/leadloop/internal/document"
)

// Target is a revenue goal and what is known of the way to it: plain data. From it
// [Backwards] finds how many leads each stage must see.
type Target struct {
	Revenue  int64     `json:"revenue"`  // to be won, in minor units
	Stages   []string  `json:"stages"`   // in the order of the funnel, such as mql, sal, opportunity, won
	Segments []Segment `json:"segments"` // the mix that comes in at the first stage; one if there is no mix
}

// Segment is one kind of leads with its rates and its deals.
type Segment struct {
	Source string `json:"source,omitempty"`
	Band   string `json:"band,omitempty"`
	// Weight is the segment's part of the leads at the first stage, in relation to
	// the others': last year's number of leads will do. One segment needs none.
	Weight int64 `json:"weight,omitempty"`
	// Deal is the mean deal in minor units, such as "80000", or revenue over number
	// where that is no whole number: "2500000/3".
	Deal Fraction `json:"deal"`
	// Rates are the shares that go on from each stage but the last to the next.
	Rates []Fraction `json:"rates"`
}

// Bounds of a target.
const (
	maxSegments = 32
	maxStages   = 12
)

// ParseTarget reads a target from JSON, as strictly as [Parse], up to 1 MiB. What the values
// mean is checked by [Backwards].
func ParseTarget(data []byte) (Target, error) {
	var t Target
	if err := document.Decode(data, &t, maxLarge); err != nil {
		return Target{}, err
	}
	return t, nil
}

// Required is what a revenue goal asks of each stage.
type Required struct {
	Stages   []Volume          `json:"stages"`   // of all segments, in the target's order
	Segments []RequiredSegment `json:"segments"` // in the target's order
	Value    *big.Rat          `json:"value"`    // expected of a lead at the first stage of this mix, in minor units
}

// RequiredSegment is one segment's part.
type RequiredSegment struct {
	Source string   `json:"source,omitempty"`
	Band   string   `json:"band,omitempty"`
	Stages []Volume `json:"stages"`
	Win    *big.Rat `json:"win"`   // the probability that a lead at the first stage reaches the last
	Value  *big.Rat `json:"value"` // of a lead at the first stage: Win × mean deal, in minor units
}

// Volume is how many leads a stage must see.
type Volume struct {
	Stage string   `json:"stage"`
	Exact *big.Rat `json:"exact"`
	Count int64    `json:"count"` // Exact rounded up
}

// Backwards goes from the revenue goal back through the funnel: goal ÷ deal is the
// number of deals, and that ÷ rate what the stage before must see,
//
//	leads at a stage = goal ÷ Σ weight·deal·rates from here on × weight·rates up to here
//
// for a mix whose weights sum to 1. All of it is exact. Only the count that is
// reported for a stage is rounded, up; no count is computed from another, as
// rounding up at each stage would ask for more than is needed. So the counts of
// segments can sum to more than that of all.
//
// All mistakes are reported at once, joined, each an *[Error] with its path: a goal
// that is not above 0, a rate that is missing, malformed, zero or above one, a
// stage or segment that stands twice, a count beyond an int64.
func Backwards(t Target) (Required, error) {
	parts, err := t.check()
	if err != nil {
		return Required{}, err
	}
	out := Required{Value: new(big.Rat)}
	weights := new(big.Rat)
	for _, p := range parts {
		weights.Add(weights, p.weight)
	}
	for i, p := range parts {
		p.weight.Quo(p.weight, weights)
		win := new(big.Rat).SetInt64(1)
		for _, rate := range p.rates {
			win.Mul(win, rate)
		}
		s := t.Segments[i]
		value := new(big.Rat).Mul(win, p.deal)
		out.Segments = append(out.Segments, RequiredSegment{Source: s.Source, Band: s.Band, Win: win, Value: value})
		out.Value.Add(out.Value, new(big.Rat).Mul(p.weight, value))
	}
	r := &review{}
	leads := new(big.Rat).SetInt64(t.Revenue)
	leads.Quo(leads, out.Value) // at the first stage
	sums := make([]*big.Rat, len(t.Stages))
	for i, p := range parts {
		here := new(big.Rat).Mul(leads, p.weight)
		for k, stage := range t.Stages {
			if k > 0 {
				here = new(big.Rat).Mul(here, p.rates[k-1])
			}
			out.Segments[i].Stages = append(out.Segments[i].Stages, r.volume(stage, here))
			if sums[k] == nil {
				sums[k] = new(big.Rat)
			}
			sums[k].Add(sums[k], here)
		}
	}
	for k, stage := range t.Stages {
		out.Stages = append(out.Stages, r.volume(stage, sums[k]))
	}
	if len(r.errs) > 0 {
		return Required{}, r.errs[0]
	}
	return out, nil
}

func (r *review) volume(stage string, exact *big.Rat) Volume {
	count := ceiling(exact)
	if !count.IsInt64() {
		r.report("revenue", ErrAmount, "stage %q would need more leads than 64 bits can count: the rates are too small for the goal", stage)
		return Volume{}
	}
	return Volume{Stage: stage, Exact: new(big.Rat).Set(exact), Count: count.Int64()}
}

// part is a segment's numbers, checked.
type part struct {
	weight, deal *big.Rat
	rates        []*big.Rat
}

func (t *Target) check() ([]part, error) {
	r := &review{}
	if t.Revenue <= 0 {
		r.report("revenue", ErrAmount, "the goal is not above 0: give the revenue to be won, in minor units")
	}
	if n := len(t.Stages); n < 2 || n > maxStages {
		r.report("stages", ErrName, "there are %d stages: give 2 to %d, such as mql and won", n, maxStages)
	}
	seen := map[string]bool{}
	for i, name := range t.Stages {
		r.name(fmt.Sprintf("stages[%d]", i), name, seen)
	}
	if n := len(t.Segments); n == 0 || n > maxSegments {
		r.report("segments", ErrAmount, "there are %d segments: give 1 to %d", n, maxSegments)
		return nil, r.err()
	}
	parts := make([]part, len(t.Segments))
	for i, s := range t.Segments {
		at := fmt.Sprintf("segments[%d]", i)
		if slices.ContainsFunc(t.Segments[:i], func(o Segment) bool { return o.Source == s.Source && o.Band == s.Band }) {
			r.report(at, ErrName, "source and band stand here twice: join the segments")
		}
		weight := s.Weight
		if len(t.Segments) == 1 && weight == 0 {
			weight = 1
		}
		if weight <= 0 {
			r.report(at+".weight", ErrAmount, "the weight is not above 0: give each segment its part of the leads, or leave the segment out")
		}
		parts[i].weight = new(big.Rat).SetInt64(weight)
		if parts[i].deal = r.fraction(at+".deal", s.Deal); parts[i].deal != nil && parts[i].deal.Sign() == 0 {
			r.report(at+".deal", ErrAmount, "the mean deal is 0: give it in minor units")
		}
		if len(s.Rates) != max(len(t.Stages)-1, 0) {
			r.report(at+".rates", ErrFraction, "there are %d rates for %d stages: give one for each stage but the last", len(s.Rates), len(t.Stages))
		}
		for k, rate := range s.Rates {
			parts[i].rates = append(parts[i].rates, r.share(fmt.Sprintf("%s.rates[%d]", at, k), rate))
		}
	}
	return parts, r.err()
}

// LeadValue is what a lead is worth when it is handed over, in minor units: the
// probability of a deal given its source and band, won ÷ leads, times the mean
// deal, revenue ÷ deals, exactly. The two may be counted over different groups,
// such as the probability within a band and the mean over all deals. It is
// undefined where there are no leads or no deals.
func LeadValue(wonOfLeads, revenueOfDeals Ratio) (*big.Rat, bool) {
	win, ok := wonOfLeads.Rat()
	deal, defined := revenueOfDeals.Rat()
	if !ok || !defined {
		return nil, false
	}
	return win.Mul(win, deal), true
}
