package attribution

import (
	"fmt"
	"slices"
	"strings"

	"github.com/leadloop/leadloop/internal/num"
)

// Incrementality is what an experiment found out about a channel: which part of the revenue attributed to it would not have come
// without it. No model of this package knows that, so that it is never implied, and has a source.
type Incrementality struct {
	Channel string `json:"channel"`
	Factor  Ratio  `json:"factor"` // 0 or more, for example {35, 100}; above 1 for a channel that is worth more than is attributed to it
	Source  string `json:"source"` // where the factor is from, for example "hold-out of regions, May 2026"
}

// IncrementalRevenue is the revenue that a channel brought, by a model and an experiment.
type IncrementalRevenue struct {
	Incrementality
	Attributed  int64 `json:"attributed"`  // by the model, minor units
	Incremental int64 `json:"incremental"` // Attributed times the factor, rounded to minor units, half to even
	Cost        int64 `json:"cost"`
}

// ROAS is the incremental return on advertising spend: incremental revenue ÷ cost.
func (r IncrementalRevenue) ROAS() Ratio { return Ratio{r.Incremental, r.Cost} }

// Incremental applies the factors to the revenue of their channels, in order of the channels' names. Channels without a factor are
// not in the result, and its sum is not the statement's revenue. The error wraps [ErrMissing] (no source), [ErrRatio]
// (a factor below 0, or one that is undefined), [ErrConflict] (two factors for a channel), [ErrUnknown] (a channel that the statement
// does not have) or [ErrOverflow].
func (s Statement) Incremental(factors ...Incrementality) ([]IncrementalRevenue, error) {
	all := make([]IncrementalRevenue, 0, len(factors))
	for _, f := range factors {
		at, known := slices.BinarySearchFunc(s.Channels, f.Channel, func(c Channel, name string) int { return strings.Compare(c.Name, name) })
		fail := func(err error, advice string) ([]IncrementalRevenue, error) {
			return nil, fmt.Errorf("attribution: incrementality of %q: %w: %s", f.Channel, err, advice)
		}
		switch {
		case !known:
			return fail(ErrUnknown, "no channel of the statement has this name")
		case strings.TrimSpace(f.Source) == "":
			return fail(ErrMissing, "say which experiment the factor is from")
		case f.Factor.Numerator < 0 || f.Factor.Denominator <= 0:
			return fail(ErrRatio, "give a factor of 0 or more, such as {35, 100}")
		case slices.ContainsFunc(all, func(r IncrementalRevenue) bool { return r.Channel == f.Channel }):
			return fail(ErrConflict, "give one factor for each channel")
		}
		c := s.Channels[at]
		incremental, ok := num.MulDiv(c.Revenue, f.Factor.Numerator, f.Factor.Denominator)
		if !ok {
			return fail(ErrOverflow, "the factor is too large")
		}
		all = append(all, IncrementalRevenue{f, c.Revenue, incremental, c.Cost})
	}
	slices.SortFunc(all, func(a, b IncrementalRevenue) int { return strings.Compare(a.Channel, b.Channel) })
	return all, nil
}
