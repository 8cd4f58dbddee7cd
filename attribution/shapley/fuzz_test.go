package shapley_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math/bits"
	"testing"

	"github.com/leadloop/leadloop/attribution"
	"github.com/leadloop/leadloop/attribution/shapley"
)

// seeds are aggregates of some rows, as bytes.
func seeds[M model[M]](t testing.TB, empty func(*attribution.Channels) M) (all [][]byte) {
	r := random(30)
	some := []row{
		{"a > b > a", attribution.Counts{Conversions: 3, Value: 30, Nulls: 5}},
		{"b", attribution.Counts{Conversions: 2, Nulls: 1}},
		{"a > c > b > a > c", attribution.Counts{Conversions: 4, Value: 1 << 40, Nulls: 1 << 33}},
		{"d", attribution.Counts{Nulls: 1}},
	}
	for _, rows := range [][]row{nil, some[:1], some[:3], some, randomRows(r, 5, 3), randomRows(r, 25, 9)} {
		all = append(all, marshal(t, fill(t, empty(nil), rows...)))
	}
	return all
}

// Whatever the bytes, reading them gives an error that changes nothing, or an aggregate that writes the same bytes, has credit
// that sums to its totals, and can be merged.
func fuzzUnmarshal[M model[M]](f *testing.F, empty func(*attribution.Channels) M) {
	for _, seed := range seeds(f, empty) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) { unmarshal(t, empty, data) })
}

func unmarshal[M model[M]](t testing.TB, empty func(*attribution.Channels) M, data []byte) {
	m := fill(t, empty(nil), row{"a > b > a", attribution.Counts{Conversions: 1}})
	before := marshal(t, m)
	if err := m.UnmarshalBinary(data); err != nil {
		if !errors.Is(err, shapley.ErrDamaged) || !errors.Is(err, attribution.ErrDamaged) {
			t.Fatal(err)
		}
		if !bytes.Equal(marshal(t, m), before) {
			t.Fatal("an error changed the aggregate")
		}
		return
	}
	if !bytes.Equal(marshal(t, m), data) {
		t.Fatal("other bytes were written than read")
	}
	credits, err := m.Credit()
	if errors.Is(err, attribution.ErrOverflow) {
		return // a negative share beside a large one
	}
	if err != nil {
		t.Fatal(err)
	}
	var conversions, value int64
	for _, c := range credits {
		conversions, value = conversions+c.Conversions, value+c.Value
	}
	if total := m.Total(); conversions != total.Conversions || value != total.Value {
		t.Fatalf("%d and %d of %+v", conversions, value, total)
	}
	other := empty(nil)
	if err := other.Merge(m); err != nil {
		t.Fatal(err)
	}
	same(t, "merged", other, m)
	if o, ok := any(m).(*shapley.Ordered); ok {
		parts, err := o.ByPosition()
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range parts {
			conversions, value = conversions-p.Conversions, value-p.Value
		}
		if conversions != 0 || value != 0 {
			t.Fatal("positions do not sum to the whole")
		}
	}
}

func FuzzSimplified(f *testing.F) { fuzzUnmarshal(f, shapley.NewSimplified) }
func FuzzOrdered(f *testing.F)    { fuzzUnmarshal(f, shapley.NewOrdered) }
func FuzzShaoLi(f *testing.F)     { fuzzUnmarshal(f, shapley.NewShaoLi) }

// Any paths have the credit that fractions give path by path.
func FuzzAdd(f *testing.F) {
	f.Add([]byte("abcab.ab.b"))
	f.Add([]byte("ababababcababa.b.a.acab"))
	f.Add([]byte("aaaabbbbaaaab.bbbb.c"))
	f.Fuzz(func(t *testing.T, steps []byte) {
		if len(steps) > 200 {
			return
		}
		var rows []row
		for i, p := range bytes.Split(steps, []byte{'.'}) {
			path := ""
			for _, c := range p {
				path += " > c" + string('a'+rune(c%5))
			}
			if path != "" {
				rows = append(rows, row{path[3:], attribution.Counts{Conversions: int64(i % 3), Nulls: int64(len(p) % 4), Value: int64(i % 3 * len(p))}})
			}
		}
		checkAll(t, rows)
		checkGame(t, rows)
	})
}

// Any game has the values that the definition gives; its first values are those of the bytes.
func FuzzExact(f *testing.F) {
	f.Add(uint8(3), []byte("what a coalition earns, eight bytes each"))
	f.Add(uint8(1), bytes.Repeat([]byte{0xFF}, 16))
	f.Fuzz(func(t *testing.T, players uint8, data []byte) {
		n := int(players % 8)
		game := make([]int64, 1<<n)
		for i := range game {
			if len(data) >= 8 {
				game[i] = int64(binary.BigEndian.Uint64(data))
				data = data[8:]
			}
		}
		sameValues(t, game, byDefinition(game, n))
		if _, err := shapley.Exact(game[:len(game)-1]); (err == nil) != (n > 0 && bits.OnesCount(uint(len(game)-1)) == 1) {
			t.Fatalf("%d values: %v", len(game)-1, err)
		}
	})
}

func TestUnmarshalRefuses(t *testing.T) {
	eachModel(t, unmarshalRefuses(shapley.NewSimplified), unmarshalRefuses(shapley.NewOrdered), unmarshalRefuses(shapley.NewShaoLi))
}

func unmarshalRefuses[M model[M]](empty func(*attribution.Channels) M) func(*testing.T) {
	return func(t *testing.T) {
		for _, good := range seeds(t, empty) {
			for i := range good {
				if err := empty(nil).UnmarshalBinary(good[:i]); !errors.Is(err, shapley.ErrDamaged) {
					t.Errorf("the first %d bytes: %v", i, err)
				}
				for _, b := range []byte{0, 1, 0x7F, 0x80, 0xFF, good[i] + 1, good[i] - 1} {
					other := bytes.Clone(good)
					other[i] = b
					unmarshal(t, empty, other)
				}
			}
			if err := empty(nil).UnmarshalBinary(append(bytes.Clone(good), 0)); !errors.Is(err, shapley.ErrDamaged) {
				t.Error(err)
			}
		}
	}
}
