package attribution_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/leadloop/leadloop/attribution"
)

func TestDamagedPositions(t *testing.T) {
	p := positionsOf(t, randomPaths(random(43), 12))
	data, _ := p.MarshalBinary()
	for size := range len(data) {
		if err := p.UnmarshalBinary(data[:size]); !errors.Is(err, attribution.ErrDamaged) {
			t.Fatalf("%d of %d bytes: %v", size, len(data), err)
		}
	}
	for i := range data {
		for _, flip := range []byte{1, 0x80} {
			changed := slices.Clone(data)
			changed[i] ^= flip
			read := attribution.NewPositions(nil)
			if err := read.UnmarshalBinary(changed); err == nil {
				if again, _ := read.MarshalBinary(); !bytes.Equal(again, changed) {
					t.Fatalf("byte %d: read as something else", i)
				}
			}
		}
	}
}

// writtenPositions are bytes of one channel, "a", and at most one length, as MarshalBinary lays them out.
func writtenPositions(total attribution.Counts, presentConversions, presentValue uint64, length uint64, gains ...uint64) []byte {
	data := []byte("LLplaces\x01")
	for _, n := range []int64{total.Conversions, total.Value, total.Nulls} {
		data = binary.AppendUvarint(data, uint64(n))
	}
	data = append(data, 1, 1, 'a')
	data = binary.AppendUvarint(binary.AppendUvarint(data, presentConversions), presentValue)
	if length == 0 {
		return append(data, 0)
	}
	data = binary.AppendUvarint(append(data, 1), length)
	data = append(data, 1, 0) // one channel of the length, which is the first
	for _, n := range gains { // conversions and value of the first place, those between, the last
		data = binary.AppendUvarint(data, n)
	}
	return data
}

// What no paths can come to is not read: some of it would credit nonsense, or divide by zero.
func TestPositionsThatNoPathsHave(t *testing.T) {
	two := attribution.Counts{Conversions: 2, Value: 10}
	for _, c := range []struct {
		what string
		data []byte
		want error
	}{
		{"as they come", writtenPositions(two, 2, 10, 3, 2, 10, 2, 10, 2, 10), nil},
		{"of nulls", writtenPositions(attribution.Counts{Nulls: 1}, 0, 0, 0), nil},
		{"of a single touch", writtenPositions(two, 2, 10, 1, 2, 10, 0, 0, 0, 0), nil},
		{"a path longer than memory", writtenPositions(attribution.Counts{Conversions: 1}, 1, 0, 1<<62+2, 1, 0, 1<<62, 0, 1, 0), attribution.ErrDamaged},
		{"no touch", writtenPositions(two, 2, 10, 0, 2, 10), attribution.ErrDamaged},
		{"a channel of no path", writtenPositions(attribution.Counts{}, 0, 0, 0), attribution.ErrDamaged},
		{"nulls of no channel", []byte("LLplaces\x01\x00\x00\x01\x00\x00"), attribution.ErrDamaged},
		{"in fewer paths than it ends", writtenPositions(two, 1, 10, 3, 2, 10, 2, 10, 2, 10), attribution.ErrDamaged},
		{"with less value than it ends", writtenPositions(two, 2, 9, 3, 2, 10, 2, 10, 2, 10), attribution.ErrDamaged},
		{"in more paths than there are", writtenPositions(two, 3, 10, 3, 2, 10, 2, 10, 2, 10), attribution.ErrDamaged},
		{"with more value than there is", writtenPositions(two, 2, 11, 3, 2, 10, 2, 10, 2, 10), attribution.ErrDamaged},
		{"more between than places", writtenPositions(two, 2, 10, 3, 2, 10, 3, 10, 2, 10), attribution.ErrDamaged},
		{"value without conversion", writtenPositions(attribution.Counts{Value: 10, Nulls: 1}, 0, 10, 0), attribution.ErrDamaged},
		{"a last touch missing", writtenPositions(two, 2, 10, 3, 2, 10, 2, 10, 1, 10), attribution.ErrDamaged},
		{"a total too large", writtenPositions(attribution.Counts{Conversions: -1}, 1, 0, 1, 1, 0, 0, 0, 0, 0), attribution.ErrDamaged},
		{"a sum too large", writtenPositions(attribution.Counts{Conversions: math.MaxInt64}, math.MaxInt64, 0, 2, math.MaxInt64, 0, 0, 0, math.MaxInt64, 0), attribution.ErrDamaged},
	} {
		p := positionsOf(t, []namedPath{{[]string{"b"}, attribution.Counts{Nulls: 5}}})
		before, _ := p.MarshalBinary()
		if err := p.UnmarshalBinary(c.data); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.what, err, c.want)
		}
		if after, _ := p.MarshalBinary(); c.want != nil && !bytes.Equal(after, before) || c.want == nil && !bytes.Equal(after, c.data) {
			t.Errorf("%s: left %q", c.what, after)
		}
	}
}

func FuzzPositionsBinary(f *testing.F) {
	for seed := range uint64(6) {
		data, _ := positionsOf(f, randomPaths(random(seed), 5)).MarshalBinary()
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		p := attribution.NewPositions(nil)
		if p.UnmarshalBinary(data) != nil {
			return
		}
		if again, _ := p.MarshalBinary(); !bytes.Equal(again, data) {
			t.Fatal("read and written again, other bytes")
		}
		for _, m := range positional[:5] {
			credits, err := p.Credit(m.model)
			if err != nil {
				t.Fatal(err)
			}
			var conversions, value int64
			for _, c := range credits {
				conversions += c.Conversions
				value += c.Value
			}
			if total := p.Total(); conversions != total.Conversions || value != total.Value {
				t.Fatalf("%s: %d of %d, %d of %d", m.model.Name(), conversions, total.Conversions, value, total.Value)
			}
		}
		if err := p.Merge(p); err != nil && !errors.Is(err, attribution.ErrOverflow) {
			t.Fatal(err)
		}
	})
}

// FuzzPositionsAdd adds what Paths is given: both refuse the same, and what one counts the other credits.
func FuzzPositionsAdd(f *testing.F) {
	for seed := range uint64(10) {
		r := random(60 + seed)
		data := make([]byte, 30+r.IntN(100))
		for i := range data {
			data[i] = byte(r.IntN(256)) >> r.IntN(8)
		}
		f.Add(data)
	}
	f.Add([]byte{1, 0, 1, 63, 1, 63, 0, 0})
	f.Fuzz(func(t *testing.T, data []byte) {
		next := func() (b byte) {
			if len(data) > 0 {
				b, data = data[0], data[1:]
			}
			return b
		}
		amount := func() int64 { return int64(int8(next())) << (next() % 64) }
		paths, whole, shards := attribution.NewPaths(0), attribution.NewPositions(nil), [2]*attribution.Positions{attribution.NewPositions(nil), attribution.NewPositions(nil)}
		for i, name := range []string{"c", "a", "b"} {
			numbered(t, paths.Channels(), []string{name})
			numbered(t, whole.Channels(), []string{name})
			numbered(t, shards[0].Channels(), []string{name})
			numbered(t, shards[1].Channels(), []string{[]string{"b", "c", "a"}[i]})
		}
		other := []uint16{1, 2, 0, 3} // the numbers of the other shard
		for len(data) > 0 {
			path := make([]uint16, next()%70)
			for i := range path {
				if path[i] = uint16(next() % 32); path[i] != 3 {
					path[i] %= 3
				}
			}
			c := attribution.Counts{Conversions: amount(), Value: amount(), Nulls: amount()}
			before := whole.Total()
			err := whole.Add(path, c)
			if err != nil && whole.Total() != before {
				t.Fatalf("%v, and counted", err)
			}
			if errors.Is(err, attribution.ErrOverflow) {
				continue // of what is counted in more places than in Paths, perhaps
			}
			if want := paths.Add(path, c); (err == nil) != (want == nil) || err != nil && err.Error() != want.Error() {
				t.Fatalf("%v of %v: %v, but of Paths %v", c, path, err, want)
			}
			if err != nil {
				continue
			}
			shard := int(next() % 2)
			if shard == 1 {
				for i, n := range path {
					path[i] = other[n]
				}
			}
			if err := shards[shard].Add(path, c); err != nil {
				t.Fatalf("in a shard: %v", err)
			}
		}
		if whole.Total() != paths.Total() {
			t.Fatalf("%+v, but Paths %+v", whole.Total(), paths.Total())
		}
		data, _ = whole.MarshalBinary()
		if err := shards[1].Merge(shards[0]); err != nil {
			t.Fatal(err)
		}
		if merged, _ := shards[1].MarshalBinary(); !bytes.Equal(merged, data) {
			t.Fatal("shards come to other bytes")
		}
		if err := attribution.NewPositions(nil).UnmarshalBinary(data); err != nil {
			t.Fatalf("what was written is not read: %v", err)
		}
		credits, err := whole.Credit(attribution.JShaped)
		if err != nil {
			t.Fatal(err)
		}
		var conversions, value int64
		for _, c := range credits {
			conversions += c.Conversions
			value += c.Value
		}
		if conversions != whole.Total().Conversions || value != whole.Total().Value {
			t.Fatalf("%v does not sum to %v", credits, whole.Total())
		}
	})
}

// FuzzTransforms holds each transform against its definition, with texts in place of numbers.
func FuzzTransforms(f *testing.F) {
	f.Add([]byte("DABBCDCC"), byte('D'), 3)
	f.Add([]byte("DDD"), byte('D'), 0)
	f.Add([]byte("ADD"), byte('D'), -1)
	f.Add([]byte{}, byte(0), 1)
	f.Add(bytes.Repeat([]byte("ABCA"), 20), byte('A'), 40)
	f.Fuzz(func(t *testing.T, text []byte, channel byte, n int) {
		path := make([]uint16, len(text))
		for i, b := range text {
			path[i] = uint16(b)
		}
		word := func(b byte) string { return string(rune(b)) }
		var exposure, first, dropped strings.Builder
		var all string
		for i, b := range text {
			all += word(b)
			if i == 0 || text[i-1] != b {
				exposure.WriteString(word(b))
			}
			if bytes.IndexByte(text, b) == i {
				first.WriteString(word(b))
			}
			if b != channel {
				dropped.WriteString(word(b))
			}
		}
		drop, dropLast := dropped.String(), strings.TrimRight(all, word(channel))
		if drop == "" {
			drop, dropLast = all, all
		}
		last := []rune(all)
		last = last[len(last)-min(len(last), max(1, n)):]
		for _, c := range []struct {
			name      string
			transform attribution.Transform
			want      string
		}{
			{"exposure", attribution.Exposure, exposure.String()},
			{"first exposure", attribution.FirstExposure, first.String()},
			{"drop", attribution.Drop(uint16(channel)), drop},
			{"drop last", attribution.DropLast(uint16(channel)), dropLast},
			{"trim", attribution.Trim(n), string(last)},
		} {
			var got strings.Builder
			once := c.transform(slices.Clone(path))
			for _, n := range once {
				got.WriteString(word(byte(n)))
			}
			if got.String() != c.want {
				t.Fatalf("%s of %q: %q, want %q", c.name, all, got.String(), c.want)
			}
			if again := c.transform(slices.Clone(once)); !slices.Equal(again, once) {
				t.Fatalf("%s of %q, twice: %v, once %v", c.name, all, again, once)
			}
		}
	})
}
