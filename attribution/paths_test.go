package attribution_test

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/leadloop/leadloop/attribution"
)

// Journeys in rows of any number become paths with what came of them.
func ExamplePaths() {
	paths := attribution.NewPaths(0)
	for _, journey := range []struct {
		touches []string
		cents   int64
	}{
		{[]string{"search", "email"}, 0},
		{[]string{"search", "email"}, 25_000},
		{[]string{"fair"}, 0},
	} {
		var path []uint16
		for _, name := range journey.touches {
			n, err := paths.Channels().Number([]byte(name))
			if err != nil {
				panic(err)
			}
			path = append(path, n)
		}
		counts := attribution.Counts{Nulls: 1}
		if journey.cents > 0 {
			counts = attribution.Counts{Conversions: 1, Value: journey.cents}
		}
		if err := paths.Add(path, counts); err != nil {
			panic(err)
		}
	}
	for path, counts := range paths.All() {
		var names []string
		for _, n := range path {
			names = append(names, paths.Channels().Name(n))
		}
		fmt.Println(strings.Join(names, " > "), counts)
	}
	// Output:
	// fair {0 0 1}
	// search > email {1 25000 1}
}

// walk is a journey by names.
type walk struct {
	names  []string
	counts attribution.Counts
}

func addWalk(t testing.TB, p *attribution.Paths, w walk) {
	t.Helper()
	var path []uint16
	for _, name := range w.names {
		path = append(path, made(p.Channels().Number([]byte(name))))
	}
	if err := p.Add(path, w.counts); err != nil {
		t.Fatal(err)
	}
}

func made[T any](x T, err error) T {
	if err != nil {
		panic(err)
	}
	return x
}

// contents writes the paths by names.
func contents(p *attribution.Paths) map[string]attribution.Counts {
	all := map[string]attribution.Counts{}
	for path, counts := range p.All() {
		var names []string
		for _, n := range path {
			names = append(names, p.Channels().Name(n))
		}
		text := strings.Join(names, " > ")
		if _, twice := all[text]; twice {
			panic("the path " + text + " comes twice")
		}
		all[text] = counts
	}
	return all
}

// plainPaths is what paths under a limit must be, by the definition: the greatest length at which no more than the limit are
// different.
func plainPaths(walks []walk, limit int) (all map[string]attribution.Counts, longest int, cut int64, total attribution.Counts) {
	length := 0
	for _, w := range walks {
		length = max(length, len(w.names))
	}
	for whole := length; ; length-- {
		all, cut, total = map[string]attribution.Counts{}, 0, attribution.Counts{}
		for _, w := range walks {
			names := w.names
			if len(names) > length {
				names = names[len(names)-length:]
				cut += w.counts.Conversions + w.counts.Nulls
			}
			if w.counts == (attribution.Counts{}) {
				continue
			}
			text := strings.Join(names, " > ")
			c := all[text]
			all[text] = attribution.Counts{Conversions: c.Conversions + w.counts.Conversions, Value: c.Value + w.counts.Value, Nulls: c.Nulls + w.counts.Nulls}
			total = attribution.Counts{Conversions: total.Conversions + w.counts.Conversions, Value: total.Value + w.counts.Value, Nulls: total.Nulls + w.counts.Nulls}
		}
		if limit == 0 || len(all) <= limit || length <= 1 {
			if length < whole {
				longest = length
			}
			return all, longest, cut, total
		}
	}
}

func randomWalks(r *rand.Rand) []walk {
	walks := make([]walk, r.IntN(60))
	channels := 1 + r.IntN(5)
	for i := range walks {
		w := &walks[i]
		for range 1 + r.IntN(1+r.IntN(12)) {
			w.names = append(w.names, string(rune('a'+r.IntN(channels)))+strings.Repeat("x", r.IntN(2)))
		}
		w.counts.Nulls = int64(r.IntN(3))
		if r.IntN(2) == 0 {
			w.counts.Conversions, w.counts.Value = int64(1+r.IntN(3)), int64(r.IntN(1000))
		}
	}
	return walks
}

// Any order, any sharding, with and without bytes in between: the same paths as by the definition, and the same bytes.
func TestPathsAgainstDefinition(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 9))
	bounded := 0
	for range 3000 {
		walks, limit := randomWalks(r), r.IntN(20)
		want, longest, cut, total := plainPaths(walks, limit)
		var first []byte
		for range 3 {
			shards := make([]*attribution.Paths, 1+r.IntN(4))
			for i := range shards {
				shards[i] = attribution.NewPaths(limit)
			}
			for _, i := range r.Perm(len(walks)) {
				addWalk(t, shards[r.IntN(len(shards))], walks[i])
			}
			whole := attribution.NewPaths(limit)
			for _, s := range shards {
				if r.IntN(2) == 0 {
					again := attribution.NewPaths(0)
					if err := again.UnmarshalBinary(made(s.MarshalBinary())); err != nil {
						t.Fatal(err)
					}
					s = again
				}
				if err := whole.Merge(s); err != nil {
					t.Fatal(err)
				}
			}
			if got := contents(whole); !maps.Equal(got, want) || whole.Longest() != longest || whole.Cut() != cut || whole.Total() != total || whole.Len() != len(want) {
				t.Fatalf("limit %d of %v\ngot  %v, longest %d, cut %d, total %v\nwant %v, longest %d, cut %d, total %v", limit, walks, got, whole.Longest(), whole.Cut(),
					whole.Total(), want, longest, cut, total)
			}
			b := made(whole.MarshalBinary())
			if first != nil && !bytes.Equal(first, b) {
				t.Fatal("other bytes in another order")
			}
			first = b
		}
		if longest > 0 {
			bounded++
		}
	}
	if bounded < 500 {
		t.Errorf("only %d limits were reached", bounded)
	}
}

// Paths come in the order of their channels' names, whatever numbers they have.
func TestPathsInOrder(t *testing.T) {
	p := attribution.NewPaths(0)
	for _, names := range [][]string{{"z"}, {"b", "a"}, {"b"}, {"a", "z"}, {"aa"}} {
		addWalk(t, p, walk{names, attribution.Counts{Nulls: 1}})
	}
	var got []string
	for path := range p.All() {
		text := ""
		for _, n := range path {
			text += p.Channels().Name(n) + " "
		}
		got = append(got, text)
	}
	if want := []string{"a z ", "aa ", "b ", "b a ", "z "}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	for range p.All() {
		break
	}
	if p.Channels().Len() != 4 {
		t.Errorf("%d channels", p.Channels().Len())
	}
}

func TestPathsRefuse(t *testing.T) {
	p := attribution.NewPaths(10)
	a := made(p.Channels().Number([]byte("a")))
	if err := p.Add([]uint16{a, a}, attribution.Counts{Conversions: 1, Value: math.MaxInt64}); err != nil {
		t.Fatal(err)
	}
	before := made(p.MarshalBinary())
	for _, c := range []struct {
		path   []uint16
		counts attribution.Counts
		want   error
	}{
		{nil, attribution.Counts{Nulls: 1}, attribution.ErrMissing},
		{[]uint16{a, 1}, attribution.Counts{Nulls: 1}, attribution.ErrUnknown},
		{[]uint16{a}, attribution.Counts{Nulls: -1}, attribution.ErrNegative},
		{[]uint16{a}, attribution.Counts{Conversions: -1}, attribution.ErrNegative},
		{[]uint16{a}, attribution.Counts{Value: -1, Conversions: 1}, attribution.ErrNegative},
		{[]uint16{a}, attribution.Counts{Value: 1, Nulls: 1}, attribution.ErrCounts},
		{[]uint16{a}, attribution.Counts{Value: 1, Conversions: 1}, attribution.ErrOverflow},
		{[]uint16{a}, attribution.Counts{Nulls: math.MaxInt64}, attribution.ErrOverflow},
		{[]uint16{a}, attribution.Counts{Conversions: math.MaxInt64}, attribution.ErrOverflow},
		{[]uint16{a}, attribution.Counts{}, nil},
	} {
		if err := p.Add(c.path, c.counts); !errors.Is(err, c.want) {
			t.Errorf("%v %v: %v, want %v", c.path, c.counts, err, c.want)
		}
	}
	if err := p.Merge(attribution.NewPaths(11)); !errors.Is(err, attribution.ErrIncompatible) {
		t.Errorf("another limit: %v", err)
	}
	if err := p.Merge(p); !errors.Is(err, attribution.ErrOverflow) {
		t.Errorf("twice as much: %v", err)
	}
	if !bytes.Equal(before, made(p.MarshalBinary())) {
		t.Error("what was refused has been counted")
	}
	if _, err := p.Channels().Number(nil); !errors.Is(err, attribution.ErrMissing) {
		t.Errorf("no name: %v", err)
	}
}

// Paths merged with themselves are twice as many journeys.
func TestPathsMergeWithThemselves(t *testing.T) {
	p, twice := attribution.NewPaths(3), attribution.NewPaths(3)
	for _, w := range randomWalks(rand.New(rand.NewPCG(1, 1))) {
		addWalk(t, p, w)
		addWalk(t, twice, w)
		addWalk(t, twice, w)
	}
	if err := p.Merge(p); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(made(p.MarshalBinary()), made(twice.MarshalBinary())) {
		t.Error("not the same as adding each journey twice")
	}
}

func TestChannels(t *testing.T) {
	var c attribution.Channels
	for i := range attribution.MaxChannels {
		if n := made(c.Number(fmt.Append(nil, "channel ", i))); int(n) != i {
			t.Fatalf("the number of channel %d is %d", i, n)
		}
	}
	if _, err := c.Number([]byte("one more")); !errors.Is(err, attribution.ErrChannels) {
		t.Errorf("one more: %v", err)
	}
	name := []byte("channel 7")
	if allocations := testing.AllocsPerRun(100, func() { made(c.Number(name)) }); allocations > 0 {
		t.Errorf("%v allocations for a known name", allocations)
	}
	if c.Name(7) != "channel 7" || c.Len() != attribution.MaxChannels {
		t.Errorf("%q, %d", c.Name(7), c.Len())
	}
	p := attribution.NewPaths(0)
	full := attribution.NewPaths(0)
	for i := range attribution.MaxChannels {
		made(full.Channels().Number(fmt.Append(nil, i)))
	}
	addWalk(t, p, walk{[]string{"other"}, attribution.Counts{Nulls: 1}})
	if err := full.Merge(p); !errors.Is(err, attribution.ErrChannels) {
		t.Errorf("merged with one more: %v", err)
	}
}

// Whatever bytes come: paths that write the same bytes, or an error.
func FuzzPathsBinary(f *testing.F) {
	r := rand.New(rand.NewPCG(8, 8))
	for _, limit := range []int{0, 3, 8} {
		p := attribution.NewPaths(limit)
		for _, w := range randomWalks(r) {
			addWalk(f, p, w)
		}
		f.Add(made(p.MarshalBinary()))
	}
	f.Add([]byte("LLpaths\x01\x00\x00\x00\xff\xff\xff\x7f"))
	f.Fuzz(func(t *testing.T, data []byte) {
		p := attribution.NewPaths(5)
		before := made(p.MarshalBinary())
		if err := p.UnmarshalBinary(data); err != nil {
			if !errors.Is(err, attribution.ErrDamaged) || !bytes.Equal(before, made(p.MarshalBinary())) {
				t.Fatal(err)
			}
			return
		}
		if !bytes.Equal(data, made(p.MarshalBinary())) {
			t.Fatal("read and written again, the bytes differ")
		}
		total := attribution.Counts{}
		for path, c := range p.All() {
			if len(path) == 0 {
				t.Fatal("an empty path")
			}
			total = attribution.Counts{Conversions: total.Conversions + c.Conversions, Value: total.Value + c.Value, Nulls: total.Nulls + c.Nulls}
		}
		if total != p.Total() {
			t.Fatalf("the total is %v, the sum %v", p.Total(), total)
		}
	})
}
