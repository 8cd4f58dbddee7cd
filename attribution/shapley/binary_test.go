package shapley_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"testing"

	"github.com/leadloop/leadloop/attribution"
	"github.com/leadloop/leadloop/attribution/shapley"
)

// An entry is a key of a table and its sum.
type entry struct {
	key          uint64
	count, value int64
}

// written is what an aggregate would write that came to this.
func written(magic string, total attribution.Counts, names []string, tables ...[]entry) []byte {
	b := []byte(magic)
	for _, n := range []int64{total.Conversions, total.Value, total.Nulls, int64(len(names))} {
		b = binary.AppendUvarint(b, uint64(n))
	}
	for _, name := range names {
		b = append(binary.AppendUvarint(b, uint64(len(name))), name...)
	}
	for _, t := range tables {
		b = binary.AppendUvarint(b, uint64(len(t)))
		last := uint64(0)
		for _, e := range t {
			b = binary.AppendUvarint(b, e.key-last)
			b = binary.AppendUvarint(binary.AppendUvarint(b, uint64(e.count)), uint64(e.value))
			last = e.key
		}
	}
	return b
}

const (
	simplifiedMagic = "LLequal\x01"
	orderedMagic    = "LLorder\x01"
	shaoLiMagic     = "LLshaol\x01"
	huge            = math.MaxInt64
)

// one is a conversion worth 2, and a journey without.
var one = attribution.Counts{Conversions: 1, Value: 2, Nulls: 1}

// Keys of the format.
func bySize(size, channel uint64) uint64 { return size<<16 | channel }
func byPlace(size, times, place, channel uint64) uint64 {
	return size<<48 | times<<24 | place<<16 | channel
}
func byPair(size, a, b uint64) uint64 { return size<<32 | a<<16 | b }

// The format as it is described: the bytes below are wrong for what they say, not for how they say it.
func TestFormat(t *testing.T) {
	row := row{"b > a > b", one}
	for name, c := range map[string]struct{ got, want []byte }{
		"simplified": {marshal(t, fill(t, shapley.NewSimplified(nil), row)),
			written(simplifiedMagic, one, []string{"a", "b"}, []entry{{bySize(2, 0), 1, 2}, {bySize(2, 1), 1, 2}})},
		"ordered": {marshal(t, fill(t, shapley.NewOrdered(nil), row)),
			written(orderedMagic, one, []string{"a", "b"}, []entry{{byPlace(2, 1, 2, 0), 1, 2}, {byPlace(2, 2, 1, 1), 1, 2}, {byPlace(2, 2, 3, 1), 1, 2}})},
		"Shao and Li": {marshal(t, fill(t, shapley.NewShaoLi(nil), row)),
			written(shaoLiMagic, one, []string{"a", "b"}, []entry{{byPair(2, 0, 1), 1, 2}}, []entry{{byPair(0, 0, 0), 1, 0}, {byPair(0, 0, 1), 1, 0}, {byPair(0, 1, 1), 1, 0}})},
	} {
		if string(c.got) != string(c.want) {
			t.Errorf("%s:\n%q, want\n%q", name, c.got, c.want)
		}
	}
}

// What no paths come to is not read.
func TestUnmarshalRefusesTheImpossible(t *testing.T) {
	ab, abc := []string{"a", "b"}, []string{"a", "b", "c"}
	nulls := attribution.Counts{Nulls: 3}
	two := attribution.Counts{Conversions: 2, Value: 2, Nulls: 1}
	most := attribution.Counts{Conversions: huge}
	alone := []entry{{byPair(0, 0, 0), 1, 0}, {byPair(0, 1, 1), 1, 0}}
	for name, data := range map[string][]byte{
		"another aggregate":              written(orderedMagic, nulls, ab, nil),
		"totals that do not fit":         written(simplifiedMagic, attribution.Counts{Conversions: huge, Nulls: 1}, ab, nil),
		"a name that repeats":            written(simplifiedMagic, nulls, []string{"a", "a"}, nil),
		"names out of order":             written(simplifiedMagic, nulls, []string{"b", "a"}, nil),
		"no name":                        written(simplifiedMagic, nulls, []string{""}, nil),
		"journeys without channels":      written(simplifiedMagic, nulls, nil, nil),
		"channels without journeys":      written(simplifiedMagic, attribution.Counts{}, ab, nil),
		"a channel without journeys":     written(simplifiedMagic, attribution.Counts{Conversions: 1}, ab, []entry{{bySize(1, 0), 1, 0}}),
		"conversions of nobody":          written(simplifiedMagic, one, ab, nil),
		"an unknown channel":             written(simplifiedMagic, one, ab, []entry{{bySize(1, 2), 1, 2}}),
		"a path without channels":        written(simplifiedMagic, one, ab, []entry{{bySize(0, 0), 1, 2}}),
		"a path of too many":             written(simplifiedMagic, one, ab, []entry{{bySize(3, 0), 1, 2}, {bySize(3, 1), 2, 4}}),
		"half a conversion":              written(simplifiedMagic, one, ab, []entry{{bySize(2, 0), 1, 2}}),
		"half a value":                   written(simplifiedMagic, one, ab, []entry{{bySize(2, 0), 1, 2}, {bySize(2, 1), 1, 1}}),
		"a channel twice in a set":       written(simplifiedMagic, one, ab, []entry{{bySize(2, 0), 2, 4}}),
		"value twice in a set":           written(simplifiedMagic, two, ab, []entry{{bySize(2, 0), 2, 4}, {bySize(2, 1), 2, 0}}),
		"more than all":                  written(simplifiedMagic, one, ab, []entry{{bySize(1, 0), 1, 2}, {bySize(2, 0), 1, 2}, {bySize(2, 1), 1, 2}}),
		"more than fits":                 written(simplifiedMagic, most, ab, []entry{{bySize(1, 0), huge, 0}, {bySize(1, 1), huge, 0}}),
		"more than fits, twice":          written(simplifiedMagic, most, ab, []entry{{bySize(2, 0), huge, 0}, {bySize(2, 1), huge, 0}}),
		"a key twice":                    written(simplifiedMagic, two, ab, []entry{{bySize(1, 0), 1, 1}, {bySize(1, 0), 1, 1}}),
		"keys out of order":              written(simplifiedMagic, two, ab, []entry{{bySize(1, 1), 1, 1}, {bySize(1, 0), 1, 1}}),
		"a count of zero":                written(simplifiedMagic, one, ab, []entry{{bySize(1, 0), 1, 2}, {bySize(1, 1), 0, 0}}),
		"position 0":                     written(orderedMagic, one, ab, []entry{{byPlace(1, 1, 0, 0), 1, 2}}),
		"position 66":                    written(orderedMagic, one, ab, []entry{{byPlace(1, 1, 66, 0), 1, 2}}),
		"a channel that never occurs":    written(orderedMagic, one, ab, []entry{{byPlace(1, 0, 1, 0), 1, 2}}),
		"one of two places":              written(orderedMagic, one, ab, []entry{{byPlace(1, 2, 1, 0), 1, 2}}),
		"value of one of two places":     written(orderedMagic, one, ab, []entry{{byPlace(1, 2, 1, 0), 1, 2}, {byPlace(1, 2, 2, 0), 1, 1}}),
		"twice at one place":             written(orderedMagic, one, ab, []entry{{byPlace(1, 2, 1, 0), 2, 4}}),
		"half a set":                     written(orderedMagic, one, ab, []entry{{byPlace(2, 1, 1, 0), 1, 2}}),
		"an unknown channel's place":     written(orderedMagic, one, ab, []entry{{byPlace(1, 1, 1, 2), 1, 2}}),
		"places that do not fit":         written(orderedMagic, most, ab, []entry{{byPlace(1, 2, 1, 0), huge, 0}, {byPlace(1, 2, 2, 0), huge, 0}, {byPlace(1, 2, 3, 0), 2, 0}}),
		"touches that do not fit":        written(orderedMagic, most, []string{"a"}, []entry{{byPlace(1, 1, 1, 0), huge, 0}, {byPlace(1, 3, 1, 0), 1, 0}}),
		"few touches that do not fit":    written(orderedMagic, attribution.Counts{Conversions: huge / 2}, ab, []entry{{byPlace(1, 2, 1, 0), huge / 4, 0}, {byPlace(1, 2, 2, 0), huge / 4, 0}, {byPlace(1, 3, 1, 1), huge/4 + 1, 0}, {byPlace(1, 3, 2, 1), huge/4 + 1, 0}, {byPlace(1, 3, 3, 1), huge/4 + 1, 0}}),
		"a pair of one":                  written(shaoLiMagic, one, ab, []entry{{byPair(2, 0, 0), 1, 2}}, alone),
		"a pair alone":                   written(shaoLiMagic, one, ab, []entry{{byPair(1, 0, 1), 1, 2}}, alone),
		"a pair turned round":            written(shaoLiMagic, one, ab, []entry{{byPair(2, 1, 0), 1, 2}}, alone),
		"an unknown pair":                written(shaoLiMagic, one, ab, []entry{{byPair(2, 1, 2), 1, 2}}, alone),
		"one pair of three":              written(shaoLiMagic, one, abc, []entry{{byPair(3, 0, 1), 1, 2}}, append(alone[:2:2], entry{byPair(0, 2, 2), 1, 0})),
		"pairs of a set twice":           written(shaoLiMagic, one, abc, []entry{{byPair(3, 0, 1), 2, 4}, {byPair(3, 0, 2), 2, 4}, {byPair(3, 1, 2), 2, 4}}, append(alone[:2:2], entry{byPair(0, 2, 2), 1, 0})),
		"pairs that do not fit":          written(shaoLiMagic, most, abc, []entry{{byPair(3, 0, 1), huge, 0}, {byPair(3, 0, 2), huge, 0}, {byPair(3, 1, 2), huge, 0}}, nil),
		"one that does not fit":          written(shaoLiMagic, most, ab, []entry{{byPair(1, 0, 0), huge, 0}, {byPair(1, 1, 1), huge, 0}}, nil),
		"nulls of conversions":           written(shaoLiMagic, one, ab, []entry{{byPair(2, 0, 1), 1, 2}}, []entry{{byPair(0, 0, 0), 1, 1}}),
		"nulls by size":                  written(shaoLiMagic, one, ab, []entry{{byPair(2, 0, 1), 1, 2}}, []entry{{byPair(1, 0, 0), 1, 0}}),
		"nulls of nobody":                written(shaoLiMagic, one, ab, []entry{{byPair(2, 0, 1), 1, 2}}, nil),
		"too many nulls of one":          written(shaoLiMagic, one, ab, []entry{{byPair(2, 0, 1), 1, 2}}, []entry{{byPair(0, 0, 0), 2, 0}}),
		"too few nulls":                  written(shaoLiMagic, nulls, ab, nil, alone),
		"nulls of a pair, not of both":   written(shaoLiMagic, one, ab, []entry{{byPair(2, 0, 1), 1, 2}}, []entry{{byPair(0, 0, 0), 1, 0}, {byPair(0, 0, 1), 1, 0}}),
		"a channel in no journey":        written(shaoLiMagic, nulls, ab, nil, []entry{{byPair(0, 0, 0), 3, 0}}),
		"a size that is no size of sets": written(shaoLiMagic, one, ab, []entry{{byPair(1<<31, 0, 1), 1<<31 - 1, 0}}, alone),
		"three of a set of two":          written(simplifiedMagic, attribution.Counts{Conversions: 1}, abc, []entry{{bySize(2, 0), 1, 0}, {bySize(2, 1), 1, 0}, {bySize(2, 2), 1, 0}}),
		"sets that do not fit together":  written(simplifiedMagic, most, ab, []entry{{bySize(1, 0), 1 << 62, 0}, {bySize(2, 0), 1<<62 - 1, 0}, {bySize(2, 1), 1<<62 - 1, 0}}),
		"half of the late places":        written(orderedMagic, one, []string{"a"}, []entry{{byPlace(1, 2, 65, 0), 3, 4}}),
		"nulls turned round":             written(shaoLiMagic, one, ab, []entry{{byPair(2, 0, 1), 1, 2}}, []entry{{byPair(0, 0, 0), 1, 0}, {byPair(0, 1, 0), 1, 0}, {byPair(0, 1, 1), 1, 0}}),
		"nulls of a pair beyond one's":   written(shaoLiMagic, attribution.Counts{Nulls: 2}, ab, nil, []entry{{byPair(0, 0, 0), 2, 0}, {byPair(0, 0, 1), 2, 0}, {byPair(0, 1, 1), 1, 0}}),
		// Two sets of three, and a pair of both.
		"a pair across sets": written(shaoLiMagic, attribution.Counts{Conversions: 2}, append(abc, "d", "e", "f"), []entry{{byPair(3, 0, 1), 1, 0}, {byPair(3, 0, 2), 1, 0}, {byPair(3, 0, 3), 1, 0},
			{byPair(3, 1, 2), 1, 0}, {byPair(3, 3, 4), 1, 0}, {byPair(3, 3, 5), 1, 0}, {byPair(3, 4, 5), 1, 0}}, nil),
		// Sums are those of two sets of three, but the first channel, or the last, is twice in a pair and once in a set.
		"a pair more often than its first": written(shaoLiMagic, attribution.Counts{Conversions: 2}, append(abc, "d", "e"), []entry{{byPair(3, 0, 1), 2, 0}, {byPair(3, 1, 2), 1, 0},
			{byPair(3, 1, 3), 1, 0}, {byPair(3, 2, 4), 1, 0}, {byPair(3, 3, 4), 1, 0}}, nil),
		"a pair more often than its last": written(shaoLiMagic, attribution.Counts{Conversions: 2}, append(abc, "d", "e"), []entry{{byPair(3, 0, 1), 1, 0}, {byPair(3, 0, 2), 1, 0},
			{byPair(3, 1, 3), 1, 0}, {byPair(3, 2, 3), 1, 0}, {byPair(3, 3, 4), 2, 0}}, nil),
	} {
		var err error
		switch string(data[:len(simplifiedMagic)]) {
		case orderedMagic:
			if name == "another aggregate" {
				err = new(shapley.Simplified).UnmarshalBinary(data)
			} else {
				err = new(shapley.Ordered).UnmarshalBinary(data)
			}
		case shaoLiMagic:
			err = new(shapley.ShaoLi).UnmarshalBinary(data)
		default:
			err = new(shapley.Simplified).UnmarshalBinary(data)
		}
		if !errors.Is(err, shapley.ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// Each channel has a journey of its own.
	var names []string
	var each []entry
	for n := range uint64(1025) {
		names = append(names, fmt.Sprintf("%04d", n))
		each = append(each, entry{byPair(0, n, n), 1, 0})
	}
	for n, want := range map[int]error{1024: nil, 1025: shapley.ErrDamaged} {
		data := written(shaoLiMagic, attribution.Counts{Nulls: int64(n)}, names[:n], nil, each[:n])
		if err := new(shapley.ShaoLi).UnmarshalBinary(data); !errors.Is(err, want) {
			t.Errorf("%d channels: %v", n, err)
		}
	}
	// A large claim takes no memory.
	claim := append([]byte(simplifiedMagic), 0, 0, 1)
	claim = binary.AppendUvarint(claim, 1<<40)
	if n := testing.AllocsPerRun(10, func() { _ = new(shapley.Simplified).UnmarshalBinary(claim) }); n > 10 {
		t.Errorf("%v allocations", n)
	}
}
