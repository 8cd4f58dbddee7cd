package markov_test

import (
	"errors"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/leadloop/leadloop/attribution"
	"github.com/leadloop/leadloop/attribution/markov"
)

// By hand: effects of 1 and ½ divide 10 conversions into 6⅔ and 3⅓, and 100 of value, at ¼ and ¾, into 25 and 75.
func TestCreditsByHand(t *testing.T) {
	m := &markov.Model{Total: attribution.Counts{Conversions: 10, Value: 100}, Channels: []markov.Channel{
		{Name: "a", RemovalEffect: 1, ValueRemovalEffect: 0.25},
		{Name: "b", RemovalEffect: 0.5, ValueRemovalEffect: 0.75},
		{Name: "c"},
	}}
	got, err := m.Credits()
	want := []attribution.ChannelCredit{
		{Channel: "a", ConversionShare: 2.0 / 3, ValueShare: 0.25, Conversions: 7, Value: 25},
		{Channel: "b", ConversionShare: 1.0 / 3, ValueShare: 0.75, Conversions: 3, Value: 75},
		{Channel: "c"},
	}
	if err != nil || len(got) != len(want) {
		t.Fatal(got, err)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("got %+v, want %+v", got[i], want[i])
		}
	}
}

// The whole numbers sum to the totals, and lie less than one from what big.Rat makes of the effects.
func TestCreditsOfRandomModels(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		m := &markov.Model{Total: attribution.Counts{Conversions: r.Int64N(math.MaxInt64), Value: r.Int64N(1_000_000)}}
		for i := range 1 + r.IntN(6) {
			// Effects of all magnitudes, the smallest that there are included.
			effect := math.Ldexp(r.Float64(), -r.IntN(1074))
			m.Channels = append(m.Channels, markov.Channel{Name: string(rune('a' + i)), RemovalEffect: effect, ValueRemovalEffect: 1 - r.Float64()})
		}
		m.Channels[0].RemovalEffect = max(m.Channels[0].RemovalEffect, math.SmallestNonzeroFloat64)
		credits, err := m.Credits()
		if err != nil {
			t.Fatal(err)
		}
		effects, values := new(big.Rat), new(big.Rat)
		for _, c := range m.Channels {
			effects.Add(effects, new(big.Rat).SetFloat64(c.RemovalEffect))
			values.Add(values, new(big.Rat).SetFloat64(c.ValueRemovalEffect))
		}
		left := m.Total
		for i, c := range credits {
			left.Conversions -= c.Conversions
			left.Value -= c.Value
			check := func(effect float64, sum *big.Rat, total, part int64, share float64) {
				exact := new(big.Rat).SetFloat64(effect)
				exact.Quo(exact, sum)
				if nearest, _ := exact.Float64(); share != nearest {
					t.Errorf("a share is %v, want %v", share, nearest)
				}
				exact.Mul(exact, new(big.Rat).SetInt64(total))
				if exact.Sub(exact, new(big.Rat).SetInt64(part)).Abs(exact).Cmp(big.NewRat(1, 1)) >= 0 {
					t.Errorf("%d is %v from the exact part", part, exact)
				}
			}
			check(m.Channels[i].RemovalEffect, effects, m.Total.Conversions, c.Conversions, c.ConversionShare)
			check(m.Channels[i].ValueRemovalEffect, values, m.Total.Value, c.Value, c.ValueShare)
		}
		if left.Conversions != 0 || left.Value != 0 {
			t.Errorf("%+v is left over", left)
		}
	}
}

// The whole numbers of a fitted model are the nearest to its floats that there can be, and its shares are the same.
func TestCreditsOfAFit(t *testing.T) {
	m, err := markov.Fit(samplePaths(), 2)
	if err != nil {
		t.Fatal(err)
	}
	credits, err := m.Credits()
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range credits {
		of := m.Channels[i]
		if c.Channel != of.Name || !near(c.ConversionShare, of.ConversionShare, 1e-15) || !near(c.ValueShare, of.ValueShare, 1e-15) ||
			!near(float64(c.Conversions), of.Conversions, 1) || !near(float64(c.Value), of.Value, 1) {
			t.Errorf("%+v of %+v", c, of)
		}
	}
}

func TestCreditsWithoutEffect(t *testing.T) {
	m := &markov.Model{Total: attribution.Counts{Conversions: 1}, Channels: []markov.Channel{{Name: "a"}}}
	if _, err := m.Credits(); !errors.Is(err, attribution.ErrNoWeight) {
		t.Error(err)
	}
}
