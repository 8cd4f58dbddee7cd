package markov_test

import (
	"errors"
	"math"
	"reflect"
	"testing"

	"github.com/leadloop/leadloop/attribution"
	"github.com/leadloop/leadloop/attribution/markov"
)

func TestBootstrapCoversAKnownSpread(t *testing.T) {
	// With paths of one channel each, an effect is a share of conversions, whose spread is known.
	const a, b = 400, 600
	for _, n := range []int64{1, 100} { // above and below where drawing is exact
		var rows []row
		if n == 1 {
			rows = []row{{"a", attribution.Counts{Conversions: a, Value: a}}, {"b", attribution.Counts{Conversions: b, Value: 3 * b}}}
		} else {
			// The same conversions on paths of 4 and 6 journeys each.
			for i := range 100 {
				other := string(rune('A'+i%26)) + string(rune('A'+i/26))
				rows = append(rows, row{"a > " + other, attribution.Counts{Conversions: 4}}, row{"b > " + other, attribution.Counts{Conversions: 6}})
			}
		}
		found, err := markov.Bootstrap(pathsOf(t, rows...), 2, markov.Sample{Replicates: 400, Level: 0.95, Seed: 3})
		if err != nil {
			t.Fatal(err)
		}
		spread := 1.96 * math.Sqrt(0.4*0.6/1000)
		for _, c := range found.Channels {
			if c.Name != "a" {
				continue
			}
			if !near(c.RemovalEffect.Low, 0.4-spread, 0.01) || !near(c.RemovalEffect.High, 0.4+spread, 0.01) {
				t.Errorf("%+v, want 0.4 ± %v", c.RemovalEffect, spread)
			}
		}
	}
}

func TestBootstrapRepeats(t *testing.T) {
	run := func(seed uint64) *markov.Intervals {
		found, err := markov.Bootstrap(samplePaths(), 2, markov.Sample{Replicates: 50, Level: 0.9, Seed: seed})
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	if !reflect.DeepEqual(run(1), run(1)) {
		t.Error("the same seed gives other intervals")
	}
	if reflect.DeepEqual(run(1), run(2)) {
		t.Error("another seed gives the same intervals")
	}
}

func TestBootstrapErrors(t *testing.T) {
	ok := markov.Sample{Replicates: 10, Level: 0.9}
	for _, s := range []markov.Sample{{Level: 0.9}, {Replicates: 10}, {Replicates: 10, Level: 1}, {Replicates: 10, Level: math.NaN()}, {Replicates: 1e6, Level: 0.5}} {
		if _, err := markov.Bootstrap(samplePaths(), 1, s); !errors.Is(err, markov.ErrSample) {
			t.Errorf("%+v: %v", s, err)
		}
	}
	if _, err := markov.Bootstrap(attribution.NewPaths(0), 1, ok); !errors.Is(err, markov.ErrEmpty) {
		t.Error(err)
	}
	if _, err := markov.Bootstrap(pathsOf(t, row{"a", attribution.Counts{Nulls: 3}}), 1, ok); !errors.Is(err, markov.ErrNoConversions) {
		t.Error(err)
	}
	// One conversion is drawn in about 63 of 100 replicates.
	found, err := markov.Bootstrap(pathsOf(t, row{"a", attribution.Counts{Conversions: 1}}), 1, markov.Sample{Replicates: 1000, Level: 0.9})
	if err != nil || found.Empty < 318 || found.Empty > 418 {
		t.Errorf("%+v, %v: want about 368 empty replicates", found, err)
	}
	if _, err := markov.Bootstrap(pathsOf(t, row{"a", attribution.Counts{Conversions: 1 << 60, Value: math.MaxInt64 - 1}}), 1, markov.Sample{Replicates: 40, Level: 0.9}); !errors.Is(err, markov.ErrOverflow) {
		t.Error(err)
	}
}

func TestSelectOrder(t *testing.T) {
	// Nothing depends on the past: the lowest order foretells best.
	p := attribution.NewPaths(0)
	for _, name := range []string{"a", "b", "c"} {
		if _, err := p.Channels().Number([]byte(name)); err != nil {
			t.Fatal(err)
		}
	}
	r := splitmix(9)
	for range 3000 {
		var path []uint16
		for len(path) == 0 || r.next()%4 > 0 {
			path = append(path, uint16(r.next()%3))
		}
		if err := p.Add(path, attribution.Counts{Conversions: int64(r.next() % 2), Nulls: 1}); err != nil {
			t.Fatal(err)
		}
	}
	s, err := markov.SelectOrder(p, 4)
	if err != nil || s.Order != 1 || len(s.LogLikelihood) != 4 {
		t.Errorf("%+v, %v", s, err)
	}
	for _, l := range s.LogLikelihood {
		if !(l < 0) {
			t.Errorf("log-likelihood %v", l)
		}
	}
	for _, highest := range []int{0, 9} {
		if _, err := markov.SelectOrder(p, highest); !errors.Is(err, markov.ErrOrder) {
			t.Error(err)
		}
	}
	if _, err := markov.SelectOrder(attribution.NewPaths(0), 1); !errors.Is(err, markov.ErrEmpty) {
		t.Error(err)
	}
	// By hand. Where nothing is known, a and the two ends are equally likely.
	s, err = markov.SelectOrder(pathsOf(t, row{"a", attribution.Counts{Conversions: 1}}), 2)
	if err != nil || s.Order != 1 || !near(s.LogLikelihood[0], 2*math.Log(1.0/3), 1e-14) || s.LogLikelihood[0] != s.LogLikelihood[1] {
		t.Errorf("%+v, %v", s, err)
	}
	// Two journeys: in one fold, or each is foretold by the other. After it, a and
	// the conversion have been seen once each: p0 = (1+1/3)/3, p1 = (1+p0)/2.
	s, err = markov.SelectOrder(pathsOf(t, row{"a", attribution.Counts{Conversions: 2}}), 1)
	if err != nil {
		t.Fatal(err)
	}
	p0 := (1 + 1.0/3) / 3
	if l := s.LogLikelihood[0]; !near(l, 2*math.Log((1+p0)/2), 1e-14) && !near(l, 2*math.Log(1.0/3), 1e-14) {
		t.Errorf("log-likelihood %v", l)
	}
	// Large counts are dealt out, too.
	s, err = markov.SelectOrder(pathsOf(t, row{"a", attribution.Counts{Conversions: 1 << 50, Nulls: 1 << 50}}), 1)
	if err != nil || !near(s.LogLikelihood[0], -math.Ln2, 1e-6) {
		t.Errorf("%+v, %v", s, err)
	}
	wide := attribution.NewPaths(0)
	for i := range 200 {
		n, err := wide.Channels().Number([]byte{byte(i), 'x'})
		if err != nil {
			t.Fatal(err)
		}
		if err := wide.Add([]uint16{n}, attribution.Counts{Conversions: 1}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := markov.SelectOrder(wide, 8); !errors.Is(err, markov.ErrChannels) {
		t.Error(err)
	}
}
