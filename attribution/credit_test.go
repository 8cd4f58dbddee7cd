package attribution_test

import (
	"errors"
	"math"
	"math/big"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/leadloop/leadloop/attribution"
)

func TestCredits(t *testing.T) {
	weights := []attribution.ChannelWeight{
		{Channel: "a", Conversions: big.NewInt(1), Value: big.NewInt(1)},
		{Channel: "b", Conversions: big.NewInt(1)},
		{Channel: "c", Conversions: big.NewInt(1), Value: big.NewInt(3)},
	}
	got, err := attribution.Credits(attribution.Counts{Conversions: 100, Value: 10}, weights)
	want := []attribution.ChannelCredit{ // 2.5 and 7.5 of 10: equal remainders to the first
		{Channel: "a", ConversionShare: 1. / 3, Conversions: 34, ValueShare: 0.25, Value: 3},
		{Channel: "b", ConversionShare: 1. / 3, Conversions: 33},
		{Channel: "c", ConversionShare: 1. / 3, Conversions: 33, ValueShare: 0.75, Value: 7},
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(err, diff)
	}
	if got, err := attribution.Credits(attribution.Counts{}, []attribution.ChannelWeight{{Channel: "a"}}); err != nil || got[0] != (attribution.ChannelCredit{Channel: "a"}) {
		t.Errorf("nothing to share out: %+v, %v", got, err)
	}
	negative := []attribution.ChannelWeight{{Channel: "a", Conversions: big.NewInt(-1)}, {Channel: "b", Conversions: big.NewInt(3)}}
	if got, err := attribution.Credits(attribution.Counts{Conversions: 10}, negative); err != nil || got[0].Conversions != -5 || got[1].Conversions != 15 || got[0].ConversionShare != -0.5 {
		t.Errorf("a channel that costs conversions: %+v, %v", got, err)
	}
	for _, c := range []struct {
		total   attribution.Counts
		weights []attribution.ChannelWeight
		want    error
	}{
		{attribution.Counts{Conversions: 1}, nil, attribution.ErrNoWeight},
		{attribution.Counts{Conversions: 1}, []attribution.ChannelWeight{{Channel: "a"}}, attribution.ErrNoWeight},
		{attribution.Counts{Conversions: 1, Value: 1}, weights[1:2], attribution.ErrNoWeight},
		{attribution.Counts{Conversions: 1}, negative[:1], attribution.ErrNoWeight},
		{attribution.Counts{Conversions: math.MaxInt64}, negative, attribution.ErrOverflow},
	} {
		if got, err := attribution.Credits(c.total, c.weights); !errors.Is(err, c.want) || got != nil {
			t.Errorf("%+v: %+v, %v", c, got, err)
		}
	}
}
