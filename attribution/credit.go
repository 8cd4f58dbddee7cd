package attribution

import (
	"fmt"
	"math"
	"math/big"

	"github.com/leadloop/leadloop/internal/num"
)

// ChannelWeight is how much a channel weighs in the eyes of a model that looks at paths. Only proportions count, those of
// conversions and those of value each for themselves; being integers of any size, they can be exact.
type ChannelWeight struct {
	Channel            string
	Conversions, Value *big.Int // nil is 0
}

// ChannelCredit is what a channel earned of all conversions and of their value, by a model that looks at paths.
type ChannelCredit struct {
	Channel string `json:"channel"`

	// ConversionShare and ValueShare are parts of the whole, each the float64 nearest to the exact share. They sum to 1 but for
	// rounding; all are 0 where there is nothing to share out.
	ConversionShare float64 `json:"conversion_share"`
	ValueShare      float64 `json:"value_share"`

	// Conversions and Value, in minor units, are those shares apportioned in whole numbers by largest remainder, equal
	// remainders to the channel that stands first. They sum to the totals.
	Conversions int64 `json:"conversions"`
	Value       int64 `json:"value"`
}

// Credits shares out the conversions and the value of a total in proportion to weights, in their order: what all models that
// look at paths end with, and what a model of your own can end with. A channel may weigh less than nothing, if all together
// do not. The error wraps [ErrNoWeight] where no channel bears what there is to share out, or the weights sum to less than
// nothing; [ErrNegative] for a total below 0; or [ErrOverflow] where a share of weights of both signs does not fit 64 bits.
func Credits(total Counts, weights []ChannelWeight) ([]ChannelCredit, error) {
	credits := make([]ChannelCredit, len(weights))
	list := make([]*big.Int, len(weights))
	parts := make([]int64, len(weights))
	share := func(what string, total int64, weight func(ChannelWeight) *big.Int, take func(*ChannelCredit, float64, int64)) error {
		sum := new(big.Int)
		for i, w := range weights {
			if list[i] = weight(w); list[i] == nil {
				list[i] = new(big.Int)
			}
			sum.Add(sum, list[i])
		}
		switch err := num.ApportionBig(parts, total, list); err {
		case nil:
		case num.ErrPartOverflow:
			return fmt.Errorf("attribution: credits: %s: %w", what, ErrOverflow)
		default:
			return fmt.Errorf("attribution: credits: %s: %w", what, ErrNoWeight)
		}
		for i := range credits {
			part := 0.0
			if total > 0 {
				if part, _ = new(big.Rat).SetFrac(list[i], sum).Float64(); math.IsInf(part, 0) {
					return fmt.Errorf("attribution: credits: %s: %w", what, ErrOverflow)
				}
			}
			take(&credits[i], part, parts[i])
		}
		return nil
	}
	if total.Conversions < 0 || total.Value < 0 {
		return nil, fmt.Errorf("attribution: credits: %w: give the counts that there are", ErrNegative)
	}
	for i, w := range weights {
		credits[i].Channel = w.Channel
	}
	if err := share("conversions", total.Conversions, func(w ChannelWeight) *big.Int { return w.Conversions },
		func(c *ChannelCredit, part float64, n int64) { c.ConversionShare, c.Conversions = part, n }); err != nil {
		return nil, err
	}
	if err := share("value", total.Value, func(w ChannelWeight) *big.Int { return w.Value },
		func(c *ChannelCredit, part float64, n int64) { c.ValueShare, c.Value = part, n }); err != nil {
		return nil, err
	}
	return credits, nil
}
