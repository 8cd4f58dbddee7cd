package markov

import (
	"math"
	"math/big"

	"github.com/leadloop/leadloop/attribution"
)

// Credits shares out the conversions and their value in whole numbers, in proportion to the effects as they stand in
// the model, to the last bit: what [attribution.Credits] makes of them, in order of the channels. The shares agree with
// those of the model, but for rounding. The error wraps [attribution.ErrNoWeight] where no channel has an effect, which
// does not happen to a model that Fit made.
func (m *Model) Credits() ([]attribution.ChannelCredit, error) {
	weights := make([]attribution.ChannelWeight, len(m.Channels))
	effects, valueEffects := make([]float64, len(weights)), make([]float64, len(weights))
	for i, c := range m.Channels {
		effects[i], valueEffects[i] = c.RemovalEffect, c.ValueRemovalEffect
	}
	conversions, value := exactly(effects), exactly(valueEffects)
	for i, c := range m.Channels {
		weights[i] = attribution.ChannelWeight{Channel: c.Name, Conversions: conversions[i], Value: value[i]}
	}
	return attribution.Credits(m.Total, weights)
}

// exactly gives integers in the same proportions as floats, which are all finite.
func exactly(floats []float64) []*big.Int {
	const digits = 53 // of a float's fraction
	least := math.MaxInt
	for _, x := range floats {
		if x != 0 {
			_, exponent := math.Frexp(x)
			least = min(least, exponent)
		}
	}
	integers := make([]*big.Int, len(floats))
	for i, x := range floats {
		integers[i] = new(big.Int)
		if x != 0 {
			fraction, exponent := math.Frexp(x)
			integers[i].SetInt64(int64(math.Ldexp(fraction, digits)))
			integers[i].Lsh(integers[i], uint(exponent-least))
		}
	}
	return integers
}
