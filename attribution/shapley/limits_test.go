package shapley_test

import (
	"errors"
	"math"
	"math/big"
	"reflect"
	"strconv"
	"testing"

	"github.com/leadloop/leadloop/attribution"
	"github.com/leadloop/leadloop/attribution/shapley"
)

func TestAddRefuses(t *testing.T) {
	eachModel(t, addRefuses(shapley.NewSimplified), addRefuses(shapley.NewOrdered), addRefuses(shapley.NewShaoLi))
}

func addRefuses[M model[M]](empty func(*attribution.Channels) M) func(*testing.T) {
	return func(t *testing.T) {
		m := fill(t, empty(nil), row{"a > b", attribution.Counts{Conversions: 5, Value: 7, Nulls: 2}})
		before := marshal(t, m)
		for name, c := range map[string]struct {
			path       []uint16
			count      attribution.Counts
			want, also error
		}{
			"no channel":      {nil, attribution.Counts{Nulls: 1}, shapley.ErrMissing, attribution.ErrMissing},
			"unknown":         {[]uint16{0, 2, 1}, attribution.Counts{Nulls: 1}, shapley.ErrUnknown, attribution.ErrUnknown},
			"negative":        {[]uint16{0}, attribution.Counts{Nulls: -1}, shapley.ErrNegative, attribution.ErrNegative},
			"minus value":     {[]uint16{0}, attribution.Counts{Conversions: 1, Value: -1}, shapley.ErrNegative, attribution.ErrNegative},
			"less than none":  {[]uint16{0}, attribution.Counts{Conversions: -1}, shapley.ErrNegative, attribution.ErrNegative},
			"null's value":    {[]uint16{0}, attribution.Counts{Nulls: 1, Value: 1}, shapley.ErrCounts, attribution.ErrCounts},
			"two too large":   {[]uint16{0}, attribution.Counts{Conversions: math.MaxInt64 - 9, Nulls: 4}, shapley.ErrOverflow, attribution.ErrOverflow},
			"too large":       {[]uint16{0}, attribution.Counts{Conversions: math.MaxInt64 - 4}, shapley.ErrOverflow, attribution.ErrOverflow},
			"too many nulls":  {[]uint16{0}, attribution.Counts{Nulls: math.MaxInt64 - 1}, shapley.ErrOverflow, attribution.ErrOverflow},
			"much value":      {[]uint16{0}, attribution.Counts{Conversions: 1, Value: math.MaxInt64 - 6}, shapley.ErrOverflow, attribution.ErrOverflow},
			"twice too large": {[]uint16{0, 1}, attribution.Counts{Conversions: math.MaxInt64 / 2}, shapley.ErrOverflow, attribution.ErrOverflow},
			"twice value":     {[]uint16{0, 1}, attribution.Counts{Conversions: 1, Value: math.MaxInt64/2 + 1}, shapley.ErrOverflow, attribution.ErrOverflow},
			"flowing over":    {[]uint16{1, 0}, attribution.Counts{Conversions: 1, Value: math.MaxInt64/2 - 6}, shapley.ErrOverflow, attribution.ErrOverflow},
			"nothing":         {[]uint16{0}, attribution.Counts{}, nil, nil},
		} {
			if err := m.Add(c.path, c.count); !errors.Is(err, c.want) || !errors.Is(err, c.also) {
				t.Errorf("%s: %v, want %v", name, err, c.want)
			}
			if string(marshal(t, m)) != string(before) {
				t.Errorf("%s: something was added", name)
			}
		}
		// Four times 2⁶² is 0 in 64 bits.
		four := empty(channelsOf(4))
		if err := four.Add([]uint16{0, 1, 2, 3}, attribution.Counts{Conversions: 1 << 62}); !errors.Is(err, shapley.ErrOverflow) {
			t.Error(err)
		}
		// The last overflows by what is counted twice, once for each channel.
		for _, c := range []attribution.Counts{{Nulls: math.MaxInt64 - 6}, {Conversions: math.MaxInt64 - 4}, {Conversions: 1, Value: math.MaxInt64 - 10}} {
			if err := m.Merge(fill(t, empty(nil), row{"c", c})); !errors.Is(err, shapley.ErrOverflow) {
				t.Errorf("merge with %+v: %v", c, err)
			}
			if string(marshal(t, m)) != string(before) {
				t.Errorf("merge with %+v: something was added", c)
			}
		}
	}
}

func TestTooManyChannels(t *testing.T) {
	c := attribution.Counts{Conversions: 1}
	all := channelsOf(1100)
	s, other := shapley.NewShaoLi(all), shapley.NewShaoLi(nil)
	for n := range uint16(1024) {
		if err := s.Add([]uint16{1099 - n, 1098 - n}[:1+(n+1)%2], c); err != nil {
			t.Fatal(n, err)
		}
	}
	before := marshal(t, s)
	// 1099 … 76 are known, so that one more is too many: whatever its number, and whatever came of it.
	for _, path := range [][]uint16{{0}, {76, 75}, {75, 75, 76}} {
		for _, c := range []attribution.Counts{c, {Nulls: 1}} {
			if err := s.Add(path, c); !errors.Is(err, shapley.ErrChannels) || !errors.Is(err, attribution.ErrChannels) {
				t.Fatalf("%v: %v", path, err)
			}
		}
	}
	fill(t, other, row{"another", c})
	if err := s.Merge(other); !errors.Is(err, shapley.ErrChannels) {
		t.Fatal(err)
	}
	if string(marshal(t, s)) != string(before) {
		t.Fatal("what was refused left a trace")
	}
	if err := s.Add([]uint16{1099, 76}, c); err != nil {
		t.Fatal(err)
	}
	if err := new(shapley.ShaoLi).UnmarshalBinary(before); err != nil {
		t.Fatal(err)
	}

	// Channels run out of numbers.
	full := channelsOf(attribution.MaxChannels)
	simplified, ordered, shaoLi := shapley.NewSimplified(full), shapley.NewOrdered(full), shapley.NewShaoLi(full)
	for name, err := range map[string]error{
		"simplified":  simplified.Merge(fill(t, shapley.NewSimplified(nil), row{"another", c})),
		"ordered":     ordered.Merge(fill(t, shapley.NewOrdered(nil), row{"another", c})),
		"Shao and Li": shaoLi.Merge(fill(t, shapley.NewShaoLi(nil), row{"another", c})),
	} {
		if !errors.Is(err, attribution.ErrChannels) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// As many different channels as there can be, in one path.
func TestWidePath(t *testing.T) {
	c := attribution.Counts{Conversions: 65535 * 3, Value: 65535}
	full := channelsOf(attribution.MaxChannels)
	path := make([]uint16, attribution.MaxChannels)
	for i := range path {
		path[i] = uint16(i)
	}
	simplified, ordered := shapley.NewSimplified(full), shapley.NewOrdered(full)
	for _, m := range []aggregate{simplified, ordered} {
		if err := m.Add(path, c); err != nil {
			t.Fatal(err)
		}
	}
	credits, err := simplified.Credit()
	if err != nil {
		t.Fatal(err)
	}
	for _, got := range credits {
		if got.Conversions != 3 || got.Value != 1 {
			t.Fatalf("%+v", got)
		}
	}
	again, err := ordered.Credit()
	if err != nil || !reflect.DeepEqual(again, credits) {
		t.Fatal("ordered credit is another", err)
	}
	if err := new(shapley.Ordered).UnmarshalBinary(marshal(t, ordered)); err != nil {
		t.Fatal(err)
	}
}

func TestLongPath(t *testing.T) {
	o := shapley.NewOrdered(channelsOf(1))
	if err := o.Add(make([]uint16, 1<<24), attribution.Counts{Conversions: 1}); !errors.Is(err, shapley.ErrLong) {
		t.Error(err)
	}
	if err := o.Add(make([]uint16, 1<<24-1), attribution.Counts{Conversions: 1}); err != nil {
		t.Error(err)
	}
	parts, err := o.ByPosition()
	if err != nil || len(parts) != shapley.MaxPositions+1 {
		t.Fatal(len(parts), err)
	}
	if want := float64(1<<24-1-64) / (1<<24 - 1); parts[64].ConversionShare != want || parts[64].Conversions != 1 {
		t.Errorf("%+v, want a share of %v", parts[64], want)
	}
}

// The last digits of a share are right although the parts of so many sizes of paths have a common denominator of more than 4,096 bits.
func TestManySizes(t *testing.T) {
	const most = 3200
	s := shapley.NewSimplified(channelsOf(most))
	path := make([]uint16, most)
	for i := range path {
		path[i] = uint16(i)
	}
	want := make([]*big.Float, most)
	for i := range want {
		want[i] = new(big.Float).SetPrec(300)
	}
	total := int64(0)
	denominator := big.NewInt(1)
	for size := 1; size <= most; size++ {
		if !big.NewInt(int64(size)).ProbablyPrime(0) {
			continue
		}
		denominator.Mul(denominator, big.NewInt(int64(size)))
		n := int64(1 + size%7)
		if err := s.Add(path[:size], attribution.Counts{Conversions: n, Value: n}); err != nil {
			t.Fatal(err)
		}
		total += n
		part := new(big.Float).SetPrec(300).Quo(big.NewFloat(float64(n)), big.NewFloat(float64(size)))
		want[size-1].Add(want[size-1], part) // and so have all before it
	}
	for i := most - 1; i > 0; i-- {
		want[i-1].Add(want[i-1], want[i])
	}
	if denominator.BitLen() <= 4096 {
		t.Fatalf("the common denominator has but %d bits", denominator.BitLen())
	}
	credits, err := s.Credit()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range credits {
		n, err := strconv.Atoi(c.Channel[len("ch"):])
		if err != nil {
			t.Fatal(err)
		}
		share, _ := new(big.Float).Quo(want[n], new(big.Float).SetInt64(total)).Float64()
		if c.ConversionShare != share || c.ValueShare != share {
			t.Fatalf("%+v, want a share of %v", c, share)
		}
	}
}

// A tie is one although its halves were added up of other fractions, over a common denominator of some hundred bits.
func TestTieOfSums(t *testing.T) {
	s := fill(t, shapley.NewSimplified(nil),
		row{"a1 > a2 > a3", attribution.Counts{Conversions: 1}},
		row{"a1 > a2 > a3 > p > q > r", attribution.Counts{Conversions: 1}},
		row{"z1 > z2", attribution.Counts{Conversions: 1}})
	for _, prime := range []int64{7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107} {
		var path []uint16
		for i := range prime {
			path = append(path, numbers(t, s.Channels(), "whole"+strconv.FormatInt(i, 10))...)
		}
		if err := s.Add(path, attribution.Counts{Conversions: prime}); err != nil {
			t.Fatal(err)
		}
	}
	credits, err := s.Credit()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range credits {
		// Five have a half, 1/3 + 1/6 or 1/2, three have 1/6: the first three of the five get what is left.
		if want, known := map[string]int64{"a1": 1, "a2": 1, "a3": 1, "z1": 0, "z2": 0, "p": 0, "q": 0, "r": 0}[c.Channel]; known && c.Conversions != want {
			t.Errorf("%+v, want %d", c, want)
		}
	}
}
