package attribution_test

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/leadloop/leadloop/attribution"
)

func marshalled(t *testing.T, tally *attribution.Tally) []byte {
	t.Helper()
	data, err := tally.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// Shards that are cut, sent as bytes and merged at random give the bytes, and the report, of the whole.
func TestShardsGiveTheSameBytes(t *testing.T) {
	r := random(21)
	for range 10 {
		o := options(r)
		journeys := randomJourneys(r, 60)
		for i := range journeys {
			journeys[i].Currency = "EUR"
		}
		whole := tally(t, o, journeys)
		var shards []*attribution.Tally
		for _, part := range slices.Collect(slices.Chunk(shuffle(r, journeys), 1+r.IntN(30))) {
			sent := tally(t, o, nil)
			if err := sent.UnmarshalBinary(marshalled(t, tally(t, o, part))); err != nil {
				t.Fatal(err)
			}
			shards = append(shards, sent)
		}
		merged := merge(t, o, shuffle(r, shards)...)
		if !bytes.Equal(marshalled(t, whole), marshalled(t, merged)) {
			t.Fatal("other bytes")
		}
		if diff := cmp.Diff(whole.Result(), merged.Result()); diff != "" {
			t.Fatal(diff)
		}
		// What was read goes on counting.
		more := randomJourney(r, 1_000)
		more.Currency = "EUR"
		if err := errors.Join(whole.Add(more), merged.Add(more)); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(whole.Result(), merged.Result()); diff != "" {
			t.Fatal(diff)
		}
	}
}

func TestTallyOfOtherConfigurationIsRefused(t *testing.T) {
	make := func(o attribution.Options, models ...attribution.Model) *attribution.Tally {
		tally, err := attribution.NewTally(o, models...)
		if err != nil {
			t.Fatal(err)
		}
		if err := tally.Add(acme); err != nil {
			t.Fatal(err)
		}
		return tally
	}
	w := attribution.Weights{First: 1, Last: 2}
	mine := make(attribution.Options{AsOf: day(30)}, attribution.First, attribution.Custom("x", w))
	data := marshalled(t, mine)
	for _, other := range []*attribution.Tally{
		make(attribution.Options{}, attribution.First, attribution.Custom("x", w)),
		make(attribution.Options{AsOf: day(30), Origin: attribution.OriginBeforeSales}, attribution.First, attribution.Custom("x", w)),
		make(attribution.Options{AsOf: day(30)}, attribution.First),
		make(attribution.Options{AsOf: day(30)}, attribution.Custom("x", w), attribution.First),
		make(attribution.Options{AsOf: day(30)}, attribution.First, attribution.Custom("x", attribution.Weights{First: 1, Last: 3})),
		make(attribution.Options{AsOf: day(30)}, attribution.First, attribution.Custom("x", w).WithAbsent(attribution.SplitEqually)),
		make(attribution.Options{AsOf: day(30)}, attribution.First, attribution.Custom("x", w).Within(hours24)),
		{},
	} {
		before := marshalled(t, other)
		if err := other.UnmarshalBinary(data); !errors.Is(err, attribution.ErrIncompatible) {
			t.Errorf("%v", err)
		}
		if !bytes.Equal(before, marshalled(t, other)) {
			t.Error("a refused state changed the tally")
		}
	}
	if err := mine.UnmarshalBinary(data); err != nil {
		t.Error(err)
	}
}

// Every cut, and every changed byte that does not happen to be another tally, is refused and changes nothing.
func TestDamagedTally(t *testing.T) {
	mine := tally(t, attribution.Options{}, randomJourneys(random(22), 2))
	data := marshalled(t, mine)
	for size := range len(data) {
		if err := mine.UnmarshalBinary(data[:size]); !errors.Is(err, attribution.ErrDamaged) && !errors.Is(err, attribution.ErrIncompatible) {
			t.Fatalf("%d of %d bytes: %v", size, len(data), err)
		}
	}
	if err := mine.UnmarshalBinary(append(slices.Clone(data), 0)); !errors.Is(err, attribution.ErrDamaged) {
		t.Errorf("a byte too much: %v", err)
	}
	damaged := 0
	for i := range data {
		changed := slices.Clone(data)
		changed[i] ^= 0x80
		if err := mine.UnmarshalBinary(changed); err != nil {
			damaged++
		} else if !bytes.Equal(changed, marshalled(t, mine)) {
			t.Fatalf("byte %d: read as something else", i)
		}
	}
	if damaged < len(data)/2 {
		t.Errorf("only %d of %d changes were noticed", damaged, len(data))
	}
}

func FuzzTallyBinary(f *testing.F) {
	o := attribution.Options{}
	fresh := func(t interface{ Fatal(...any) }) *attribution.Tally {
		tally, err := attribution.NewTally(o, attribution.Linear, attribution.Participation)
		if err != nil {
			t.Fatal(err)
		}
		return tally
	}
	for seed := range uint64(8) {
		tally := fresh(f)
		for _, j := range randomJourneys(random(seed), 4) {
			if err := tally.Add(j); err != nil {
				f.Fatal(err)
			}
		}
		data, err := tally.MarshalBinary()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		tally := fresh(t)
		if tally.UnmarshalBinary(data) != nil {
			return
		}
		if again := marshalled(t, tally); !bytes.Equal(again, data) {
			t.Fatal("read and written again, other bytes")
		}
		double := fresh(t)
		if err := errors.Join(double.Merge(tally), double.Merge(tally)); err != nil && !errors.Is(err, attribution.ErrOverflow) {
			t.Fatal(err)
		}
		for _, s := range double.Result() {
			for _, c := range s.Channels {
				if c.Revenue < 0 || c.Cost < 0 || c.Pipeline < 0 || c.Touches < 0 || c.Conversions.Whole < 0 {
					t.Fatalf("a sum overflowed: %+v", c)
				}
			}
		}
	})
}
