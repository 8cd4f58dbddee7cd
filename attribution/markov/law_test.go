package markov_test

import (
	"bytes"
	"errors"
	"math"
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/leadloop/leadloop/attribution"
	"github.com/leadloop/leadloop/attribution/markov"
)

func marshal(t testing.TB, g *markov.Grams) []byte {
	t.Helper()
	b, err := g.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func merge(t testing.TB, to *markov.Grams, others ...*markov.Grams) *markov.Grams {
	t.Helper()
	for _, g := range others {
		if err := to.Merge(g); err != nil {
			t.Fatal(err)
		}
	}
	return to
}

func TestMergeLaws(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	for i := range 600 {
		order := 1 + i%5
		rows := randomRows(r, 1+r.IntN(12), 3+r.IntN(30), 1+r.IntN(10))
		rows[0].Conversions++
		a, b := r.IntN(len(rows)), r.IntN(len(rows))
		a, b = min(a, b), max(a, b)
		parts := [3][]row{rows[:a], rows[a:b], rows[b:]}
		part := func(i int) *markov.Grams { return gramsOf(t, order, parts[i]...) }
		shuffled := append([]row(nil), rows...)
		r.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		whole := gramsOf(t, order, rows...)
		want := marshal(t, whole)
		for name, g := range map[string]*markov.Grams{
			"left":     merge(t, part(0), part(1), part(2)),
			"right":    merge(t, part(0), merge(t, part(1), part(2))),
			"turned":   merge(t, part(2), part(0), part(1)),
			"shuffled": gramsOf(t, order, shuffled...),
			"identity": merge(t, gramsOf(t, order), whole, gramsOf(t, order)),
		} {
			if !bytes.Equal(marshal(t, g), want) {
				t.Fatalf("%s: other bytes at order %d\n%v", name, order, rows)
			}
			sameFit(t, g, whole)
		}
		var read markov.Grams
		if err := read.UnmarshalBinary(want); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(marshal(t, &read), want) || read.Total() != whole.Total() || read.Order() != order {
			t.Fatal("reading and writing gives other bytes")
		}
		sameFit(t, &read, whole)
		twice := gramsOf(t, order, append(append([]row(nil), rows...), rows...)...)
		if merge(t, whole, whole); !bytes.Equal(marshal(t, whole), marshal(t, twice)) {
			t.Fatal("an aggregate merged with itself is not twice as much")
		}
	}
}

func sameFit(t testing.TB, a, b *markov.Grams) {
	t.Helper()
	x, err := a.Fit()
	if err != nil {
		t.Fatal(err)
	}
	y, err := b.Fit()
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(x, y) {
		t.Fatalf("%+v\n%+v", x, y)
	}
}

func TestFitDoesNotDependOnWorkers(t *testing.T) {
	g, err := markov.New(2, channelsOf(30))
	if err != nil {
		t.Fatal(err)
	}
	journeys(20_000, 30, 0.2, func(j journey) {
		if err := g.Add(j.path, j.Counts); err != nil {
			t.Fatal(err)
		}
	})
	one, err := g.Fit()
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{-1, 1, 2, 3, 8, 1000} {
		if m, err := g.FitParallel(n); err != nil || !reflect.DeepEqual(m, one) {
			t.Fatalf("%d workers give another result", n)
		}
	}
}

func TestEdges(t *testing.T) {
	some := attribution.Counts{Conversions: 2, Value: 10, Nulls: 1}
	for order := 1; order <= markov.MaxOrder; order++ {
		m, err := gramsOf(t, order, row{"a", some}, row{"a > a > a > a > a > a > a > a > a", some}).Fit()
		if err != nil {
			t.Fatal(err)
		}
		if c := m.Channels; len(c) != 1 || c[0].RemovalEffect != 1 || c[0].ValueRemovalEffect != 1 || c[0].Conversions != 4 || c[0].Value != 20 {
			t.Errorf("order %d, a single channel: %+v", order, c)
		}
		m, err = gramsOf(t, order, row{"a > b", attribution.Counts{Nulls: 9}}, row{"c", some}, row{"c > b > d > a > c", attribution.Counts{Conversions: 1}}).Fit()
		if err != nil {
			t.Fatal(err)
		}
		if c := m.Channels; len(c) != 4 || c[0].RemovalEffect <= 0 || c[0].ValueRemovalEffect < 0 {
			t.Errorf("order %d: %+v", order, c)
		}
		m, err = gramsOf(t, order, row{"never > ever", attribution.Counts{Nulls: 9}}, row{"c > d > never > c", attribution.Counts{Nulls: 4}}, row{"c > d", attribution.Counts{Conversions: 1}}).Fit()
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range m.Channels {
			if c.Name == "ever" && (c.RemovalEffect != 0 || c.Conversions != 0 || c.Value != 0 || c.ValueShare != 0) {
				t.Errorf("order %d: what never leads to a conversion has %+v", order, c)
			}
		}
		if _, err := gramsOf(t, order).Fit(); err != markov.ErrEmpty {
			t.Errorf("order %d, no journey: %v", order, err)
		}
		if _, err := gramsOf(t, order, row{"a > b", attribution.Counts{Nulls: 9}}).Fit(); err != markov.ErrNoConversions {
			t.Errorf("order %d, no conversion: %v", order, err)
		}
	}
}

func TestAddRefuses(t *testing.T) {
	for _, order := range []int{0, -1, 9} {
		if _, err := markov.New(order, nil); !errors.Is(err, markov.ErrOrder) {
			t.Errorf("order %d: %v", order, err)
		}
		if _, err := markov.Fit(samplePaths(), order); !errors.Is(err, markov.ErrOrder) {
			t.Errorf("order %d: %v", order, err)
		}
	}
	g := gramsOf(t, 4, row{"a > b > a > b > b > a", attribution.Counts{Conversions: 5, Value: 7}})
	if g.Channels().Len() != 2 {
		t.Error("two channels have other names")
	}
	before := marshal(t, g)
	for name, c := range map[string]struct {
		path  []uint16
		count attribution.Counts
		want  error
	}{
		"no channel":    {nil, attribution.Counts{Nulls: 1}, markov.ErrMissing},
		"unknown":       {[]uint16{2}, attribution.Counts{Nulls: 1}, markov.ErrUnknown},
		"negative":      {[]uint16{0}, attribution.Counts{Nulls: -1}, markov.ErrNegative},
		"minus value":   {[]uint16{0}, attribution.Counts{Conversions: 1, Value: -1}, markov.ErrNegative},
		"null's value":  {[]uint16{0}, attribution.Counts{Nulls: 1, Value: 1}, markov.ErrCounts},
		"two too large": {[]uint16{0}, attribution.Counts{Conversions: math.MaxInt64, Nulls: 1}, markov.ErrOverflow},
		"too large":     {[]uint16{0}, attribution.Counts{Conversions: math.MaxInt64}, markov.ErrOverflow},
		"too often":     {[]uint16{0, 1, 0, 1, 0, 1}, attribution.Counts{Conversions: math.MaxInt64 / 4}, markov.ErrOverflow},
		"much value":    {[]uint16{0}, attribution.Counts{Conversions: 1, Value: math.MaxInt64 - 6}, markov.ErrOverflow},
		"nothing":       {[]uint16{0}, attribution.Counts{}, nil},
	} {
		if err := g.Add(c.path, c.count); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
		if !bytes.Equal(marshal(t, g), before) {
			t.Errorf("%s: something was added", name)
		}
	}
	if err := g.Merge(gramsOf(t, 3)); err != markov.ErrIncompatible {
		t.Error(err)
	}
	big := gramsOf(t, 4, row{"a", attribution.Counts{Nulls: math.MaxInt64}})
	if err := big.Merge(g); err != markov.ErrOverflow {
		t.Error(err)
	}
	many, err := markov.New(8, channelsOf(200))
	if err != nil {
		t.Fatal(err)
	}
	if err := many.Add([]uint16{128}, attribution.Counts{Nulls: 1}); !errors.Is(err, markov.ErrChannels) || !errors.Is(err, attribution.ErrChannels) {
		t.Error(err)
	}
	for i := range uint16(128) {
		if err := many.Add([]uint16{i, 127 - i}, attribution.Counts{Conversions: 1}); err != nil {
			t.Fatal(err)
		}
	}
	if err := gramsOf(t, 8, row{"other > name", attribution.Counts{Nulls: 1}}).Merge(many); err != markov.ErrChannels {
		t.Error(err)
	}
	if m, err := many.Fit(); err != nil || len(m.Channels) != 128 {
		t.Error(err)
	}
}
