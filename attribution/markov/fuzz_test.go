package markov_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/leadloop/leadloop/attribution"
	"github.com/leadloop/leadloop/attribution/markov"
)

// Whatever the bytes, reading them gives an error that changes nothing or an
// aggregate that writes the same bytes and can be fitted.
func FuzzUnmarshal(f *testing.F) {
	for order := 1; order <= markov.MaxOrder; order++ {
		f.Add(marshal(f, gramsOf(f, order)))
		f.Add(marshal(f, gramsOf(f, order,
			row{"a > b > a", attribution.Counts{Conversions: 3, Value: 30, Nulls: 5}},
			row{"b", attribution.Counts{Conversions: 2, Nulls: 1}},
			row{"a > c > b > a > c", attribution.Counts{Conversions: 4, Value: 1 << 40, Nulls: 1 << 33}})))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		g := gramsOf(t, 2, row{"a > b > a", attribution.Counts{Conversions: 1}})
		before := marshal(t, g)
		if err := g.UnmarshalBinary(data); err != nil {
			if !errors.Is(err, markov.ErrDamaged) || !errors.Is(err, attribution.ErrDamaged) {
				t.Fatal(err)
			}
			if !bytes.Equal(marshal(t, g), before) {
				t.Fatal("an error changed the aggregate")
			}
			return
		}
		if !bytes.Equal(marshal(t, g), data) {
			t.Fatal("other bytes were written than read")
		}
		m, err := g.Fit()
		if err != nil {
			if !errors.Is(err, markov.ErrEmpty) && !errors.Is(err, markov.ErrNoConversions) {
				t.Fatal(err)
			}
			return
		}
		for _, c := range m.Channels {
			if !(c.RemovalEffect >= 0 && c.RemovalEffect <= 1 && c.ValueRemovalEffect >= 0 && c.ValueRemovalEffect <= 1 && c.ErrorBound >= 0) {
				t.Fatalf("%+v", c)
			}
		}
	})
}

// A fit of any paths agrees with the dense solve.
func FuzzFit(f *testing.F) {
	f.Add(uint8(1), []byte("abcab.ab.b"))
	f.Add(uint8(2), []byte("ababababcababa.b.a.acab"))
	f.Add(uint8(3), []byte("aaaabbbbaaaab.bbbb.c"))
	f.Fuzz(func(t *testing.T, order uint8, steps []byte) {
		if len(steps) > 200 {
			return
		}
		rows := []row{{"start", attribution.Counts{Conversions: 1, Value: 1}}}
		for i, p := range bytes.Split(steps, []byte{'.'}) {
			path := ""
			for _, c := range p {
				path += " > c" + string('a'+rune(c%5))
			}
			if path != "" {
				rows = append(rows, row{path[3:], attribution.Counts{Conversions: int64(i % 3), Nulls: int64(len(p) % 4), Value: int64(i % 3 * len(p))}})
			}
		}
		checkNaive(t, rows, 1+int(order%5), 1e-9)
	})
}

func TestUnmarshalRefuses(t *testing.T) {
	good := marshal(t, gramsOf(t, 2,
		row{"a > b > a > c", attribution.Counts{Conversions: 3, Value: 30, Nulls: 5}},
		row{"b", attribution.Counts{Nulls: 1}}))
	var g markov.Grams
	for i := range good {
		if err := g.UnmarshalBinary(good[:i]); !errors.Is(err, markov.ErrDamaged) {
			t.Errorf("the first %d bytes: %v", i, err)
		}
		for _, b := range []byte{0, 1, 0x7F, 0x80, 0xFF, good[i] + 1} {
			other := bytes.Clone(good)
			other[i] = b
			if err := g.UnmarshalBinary(other); err == nil && !bytes.Equal(marshal(t, &g), other) {
				t.Errorf("byte %d as %d is read as something else", i, b)
			}
		}
	}
	if err := g.UnmarshalBinary(append(bytes.Clone(good), 0)); !errors.Is(err, markov.ErrDamaged) {
		t.Error(err)
	}
	if err := g.UnmarshalBinary(good); err != nil {
		t.Error(err)
	}
}
