package markov_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"math"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/leadloop/leadloop/attribution"
	"github.com/leadloop/leadloop/attribution/markov"
)

// A loop that is hardly ever left: the exact effects are known by hand.
func TestNearAbsorbingLoop(t *testing.T) {
	for _, turns := range []int64{1, 1 << 20, 1 << 40, 1 << 53, 1 << 60} {
		g, err := markov.New(1, channelsOf(3))
		if err != nil {
			t.Fatal(err)
		}
		// One journey enters 0, goes to 1 and back so many times, and converts after 1;
		// others begin and convert at 2.
		var bytesOf = func(path []uint16, c attribution.Counts) {
			if err := g.Add(path, c); err != nil {
				t.Fatal(err)
			}
		}
		bytesOf([]uint16{0, 1}, attribution.Counts{Conversions: 1, Value: 3})
		bytesOf([]uint16{2, 1}, attribution.Counts{Conversions: 1, Nulls: turns})
		m, err := g.Fit()
		if err != nil {
			t.Fatal(err)
		}
		// Of visits to 1, a share of 1/(turns+2) came from 0, the others from 2; two convert.
		total := new(big.Rat).SetInt64(turns)
		total.Add(total, big.NewRat(2, 1))
		want, _ := new(big.Rat).Inv(total).Float64()
		if c := m.Channels[0]; !near(c.RemovalEffect, want, 1e-14*want+c.ErrorBound) {
			t.Errorf("%d turns: %v, want %v", turns, c.RemovalEffect, want)
		}
		if c := m.Channels[1]; c.RemovalEffect != 1 {
			t.Errorf("%d turns: %v, want 1", turns, c.RemovalEffect)
		}
	}
}

// Journeys that go round and round, at all orders, against the dense solve.
func TestLongJourneys(t *testing.T) {
	r := rand.New(rand.NewPCG(21, 22))
	for i := range 60 {
		var rows []row
		for range 6 {
			// Two groups of channels that are rarely left for one another.
			var steps []string
			group := r.IntN(2)
			for range 100 + r.IntN(200) {
				if r.IntN(40) == 0 {
					group = 1 - group
				}
				steps = append(steps, string(rune('a'+3*group+r.IntN(3))))
			}
			rows = append(rows, row{strings.Join(steps, ">"), attribution.Counts{Conversions: 1, Nulls: int64(r.IntN(9)), Value: int64(r.IntN(50))}})
		}
		checkNaive(t, rows, 1+i%4, 1e-10)
	}
}

// What comes next depends on the last two touches: first-order chains are wrong
// here, and a first-order correction is a poor one.
func secondOrder(rows, channels int, stop float64, visit func([]uint16, attribution.Counts)) {
	r := splitmix(7)
	var path []uint16
	for range rows {
		path = append(path[:0], uint16(r.next()%uint64(channels)), uint16(r.next()%uint64(channels)))
		for r.float() > stop {
			n := len(path)
			next := (2*int(path[n-1]) + 3*int(path[n-2])) % channels
			if r.float() < 0.1 {
				next = int(r.next() % uint64(channels))
			}
			path = append(path, uint16(next))
		}
		c := attribution.Counts{Nulls: 1}
		if last := path[len(path)-1]; (last+path[len(path)-2])%5 == 0 && last != 3 {
			c = attribution.Counts{Conversions: 1, Value: int64(last)}
		}
		visit(path, c)
	}
}

func TestSecondOrderStructure(t *testing.T) {
	const channels = 12
	var rows []row
	secondOrder(3000, channels, 0.02, func(path []uint16, c attribution.Counts) {
		var names []string
		for _, x := range path {
			names = append(names, string(rune('a'+x)))
		}
		rows = append(rows, row{strings.Join(names, ">"), c})
	})
	for order := 1; order <= 2; order++ {
		m := checkNaive(t, rows, order, 1e-10)
		if m.Sweeps > 200 {
			t.Errorf("order %d took %d sweeps", order, m.Sweeps)
		}
	}
	s, err := markov.SelectOrder(pathsOf(t, rows...), 3)
	if err != nil || s.Order != 2 {
		t.Errorf("order selection: %+v, %v", s, err)
	}
}

func TestHugeCounts(t *testing.T) {
	const huge = int64(1) << 53
	rows := []row{
		{"a > b > a > c", attribution.Counts{Conversions: huge, Value: huge, Nulls: 3}},
		{"b > c > b > a", attribution.Counts{Conversions: 1, Value: 1 << 40, Nulls: huge + 1}},
		{"c > a", attribution.Counts{Nulls: huge}},
	}
	for order := 1; order <= 4; order++ {
		checkNaive(t, rows, order, 1e-12)
	}
}

func TestManyChannels(t *testing.T) {
	// More than are solved at once: sweeps alone.
	g, err := markov.New(1, channelsOf(1500))
	if err != nil {
		t.Fatal(err)
	}
	r := splitmix(5)
	for range 3000 {
		a, b, c := uint16(r.next()%1500), uint16(r.next()%1500), uint16(r.next()%1500)
		if err := g.Add([]uint16{a, b, c}, attribution.Counts{Conversions: 1, Nulls: 1}); err != nil {
			t.Fatal(err)
		}
	}
	m, err := g.Fit()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range m.Channels {
		if c.RemovalEffect <= 0 || c.ErrorBound > 1e-12 {
			t.Fatalf("%+v", c)
		}
	}
}

// A count that outgrows the array of runs moves to the table, and merges.
func TestCountsBeyond32Bits(t *testing.T) {
	const many = math.MaxUint32 - 5
	rows := []row{{"a > b > c", attribution.Counts{Conversions: many}}, {"a > b > c", attribution.Counts{Conversions: many}}, {"a > b > c", attribution.Counts{Nulls: 7}}}
	one := []row{{"a > b > c", attribution.Counts{Conversions: 2 * many, Nulls: 7}}}
	for order := 1; order <= 2; order++ {
		a, b := gramsOf(t, order, rows...), gramsOf(t, order, one...)
		if string(marshal(t, a)) != string(marshal(t, b)) {
			t.Errorf("order %d: other bytes", order)
		}
		sameFit(t, a, b)
	}
}

const golden = "00d14439fe9c4db79fcb7b2505236c9435ecd76b448b1b97b206941a6317746a"

// The bits are the same on every architecture: this hash was made on amd64.
func TestGoldenBits(t *testing.T) {
	h := sha256.New()
	for order := 1; order <= 4; order++ {
		p := attribution.NewPaths(0)
		for i := range 20 {
			if _, err := p.Channels().Number([]byte{byte('a' + i)}); err != nil {
				t.Fatal(err)
			}
		}
		journeysByInteger(4000, 20, func(path []uint16, c attribution.Counts) {
			if err := p.Add(path, c); err != nil {
				t.Fatal(err)
			}
		})
		m, err := markov.Fit(p, order)
		if err != nil {
			t.Fatal(err)
		}
		b, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		h.Write(b)
		if order == 2 {
			s, err := markov.SelectOrder(p, 3)
			if err != nil {
				t.Fatal(err)
			}
			found, err := markov.Bootstrap(p, 1, markov.Sample{Replicates: 20, Level: 0.8, Seed: 9})
			if err != nil {
				t.Fatal(err)
			}
			b, err := json.Marshal([]any{s, found})
			if err != nil {
				t.Fatal(err)
			}
			h.Write(b)
		}
	}
	if got := hex.EncodeToString(h.Sum(nil)); got != golden {
		t.Errorf("other bits: %s", got)
	}
}

// journeysByInteger makes journeys without floats, whose bits could differ.
func journeysByInteger(rows, channels int, visit func([]uint16, attribution.Counts)) {
	r := splitmix(3)
	for range rows {
		var path []uint16
		at := uint64(0)
		for first := true; first || r.next()%5 > 0; first = false {
			at = (at + r.next()%uint64(channels)*(r.next()%3)) % uint64(channels)
			path = append(path, uint16(at))
		}
		c := attribution.Counts{Nulls: int64(r.next() % 3)}
		if r.next()%9 == 0 {
			c.Conversions, c.Value = 1, int64(r.next()%500)
		}
		visit(path, c)
	}
}
