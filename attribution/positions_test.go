package attribution_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/leadloop/leadloop/attribution"
	"github.com/leadloop/leadloop/internal/script"
)

// namedPath is a path by names, and what came of it.
type namedPath struct {
	names  []string
	counts attribution.Counts
}

// numbered gives the path in numbers of the channels.
func numbered(t testing.TB, channels *attribution.Channels, names []string) (path []uint16) {
	t.Helper()
	for _, name := range names {
		n, err := channels.Number([]byte(name))
		if err != nil {
			t.Fatal(err)
		}
		path = append(path, n)
	}
	return path
}

func positionsOf(t testing.TB, paths []namedPath) *attribution.Positions {
	t.Helper()
	p := attribution.NewPositions(nil)
	for _, path := range paths {
		if err := p.Add(numbered(t, p.Channels(), path.names), path.counts); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

func randomPaths(r *rand.Rand, n int) (all []namedPath) {
	channels := 1 + r.IntN(6)
	for range n {
		length := 1 + r.IntN(4)
		if r.IntN(8) == 0 {
			length = 1 + r.IntN(90)
		}
		var p namedPath
		for range length {
			p.names = append(p.names, string(rune('a'+r.IntN(channels))))
		}
		p.counts.Nulls = r.Int64N(3)
		if r.IntN(3) > 0 {
			p.counts.Conversions = r.Int64N(4)
		}
		if p.counts.Conversions > 0 {
			p.counts.Value = r.Int64N(1000)
		}
		all = append(all, p)
	}
	return all
}

// positional are models by position, and what they give to touch i of n, before it is divided by the sum.
var positional = []struct {
	model  attribution.Model
	weight func(i, n int) *big.Rat
}{
	{attribution.First, ends(100, 0, 0, false)},
	{attribution.Last, ends(0, 100, 0, false)},
	{attribution.Linear, ends(0, 0, 100, false)},
	{attribution.PositionBased, ends(40, 40, 20, false)},
	{attribution.JShaped, ends(20, 60, 20, false)},
	{attribution.InverseJShaped, ends(60, 20, 20, false)},
	{attribution.JShaped.WithAbsent(attribution.SplitEqually), ends(20, 60, 20, true)},
	{attribution.Custom("first and rest", attribution.Weights{First: 7, Rest: 1}), ends(7, 0, 1, false)},
	{attribution.Custom("last and rest", attribution.Weights{Last: 999_983, Rest: 3}), ends(0, 999_983, 3, false)},
	{attribution.Custom("ends", attribution.Weights{First: 1, Last: 2}).WithAbsent(attribution.SplitEqually), ends(1, 2, 0, true)},
}

// ends are weights of the first touch, the last and the rest together; where there is no rest, its weight drops out or is split.
func ends(first, last, rest int64, split bool) func(i, n int) *big.Rat {
	return func(i, n int) *big.Rat {
		keys := map[int]*big.Rat{}
		roles := int64(0)
		for at, weight := range map[int]int64{0: first, 1 - 2*n: last} { // the key of the last is made different from 0
			if weight == 0 {
				continue
			}
			place := at
			if at != 0 {
				place = n - 1
			}
			if keys[place] == nil {
				keys[place] = new(big.Rat)
			}
			keys[place].Add(keys[place], big.NewRat(weight, 1))
			roles++
		}
		others := int64(n - len(keys))
		if key := keys[i]; key != nil {
			if others == 0 && split && len(keys) > 1 {
				return new(big.Rat).Add(key, big.NewRat(rest, roles))
			}
			return key
		}
		return big.NewRat(rest, others)
	}
}

// Path by path, in fractions.
func slowCredit(paths []namedPath, weight func(i, n int) *big.Rat) (conversions, value map[string]*big.Rat) {
	conversions, value = map[string]*big.Rat{}, map[string]*big.Rat{}
	for _, p := range paths {
		if p.counts == (attribution.Counts{}) {
			continue
		}
		sum := new(big.Rat)
		for i := range p.names {
			sum.Add(sum, weight(i, len(p.names)))
		}
		for i, name := range p.names {
			if conversions[name] == nil {
				conversions[name], value[name] = new(big.Rat), new(big.Rat)
			}
			share := new(big.Rat).Quo(weight(i, len(p.names)), sum)
			conversions[name].Add(conversions[name], new(big.Rat).Mul(share, big.NewRat(p.counts.Conversions, 1)))
			value[name].Add(value[name], new(big.Rat).Mul(share, big.NewRat(p.counts.Value, 1)))
		}
	}
	return conversions, value
}

func TestPositionsAgainstPathByPath(t *testing.T) {
	r := random(40)
	for range 1500 {
		paths := randomPaths(r, r.IntN(12))
		p := positionsOf(t, paths)
		for _, m := range positional {
			got, err := p.Credit(m.model)
			if err != nil {
				t.Fatal(err)
			}
			conversions, value := slowCredit(paths, m.weight)
			if len(got) != len(conversions) {
				t.Fatalf("%s of %v: %+v", m.model.Name(), paths, got)
			}
			total := p.Total()
			var parts, cents []*big.Rat
			for _, c := range got {
				part, cent := new(big.Rat), new(big.Rat)
				if total.Conversions > 0 {
					part.Quo(conversions[c.Channel], big.NewRat(total.Conversions, 1))
				}
				if total.Value > 0 {
					cent.Quo(value[c.Channel], big.NewRat(total.Value, 1))
				}
				nearest, _ := part.Float64()
				nearestValue, _ := cent.Float64()
				if c.ConversionShare != nearest || c.ValueShare != nearestValue {
					t.Fatalf("%s of %v: %+v, want %v and %v", m.model.Name(), paths, c, nearest, nearestValue)
				}
				parts, cents = append(parts, part), append(cents, cent)
			}
			whole, money := apportion(total.Conversions, parts), apportion(total.Value, cents)
			for i, c := range got {
				if i > 0 && got[i-1].Channel >= c.Channel || c.Conversions != whole[i] || c.Value != money[i] {
					t.Fatalf("%s of %v: %+v, want %v and %v", m.model.Name(), paths, got, whole, money)
				}
			}
		}
	}
}

func TestParticipationOfPaths(t *testing.T) {
	r := random(41)
	for range 1000 {
		paths := randomPaths(r, r.IntN(12))
		got, err := positionsOf(t, paths).Credit(attribution.Participation)
		if err != nil {
			t.Fatal(err)
		}
		want := map[string][2]int64{}
		var total [2]int64
		for _, p := range paths {
			if p.counts == (attribution.Counts{}) {
				continue
			}
			total[0] += p.counts.Conversions
			total[1] += p.counts.Value
			for _, name := range slices.Compact(slices.Sorted(slices.Values(p.names))) {
				w := want[name]
				want[name] = [2]int64{w[0] + p.counts.Conversions, w[1] + p.counts.Value}
			}
		}
		for _, c := range got {
			w := want[c.Channel]
			if c.Conversions != w[0] || c.Value != w[1] || total[0] > 0 && c.ConversionShare != float64(w[0])/float64(total[0]) || total[1] > 0 && c.ValueShare != float64(w[1])/float64(total[1]) {
				t.Fatalf("%v: %+v, want %v of %v", paths, c, w, total)
			}
		}
		if len(got) != len(want) {
			t.Fatalf("%v: %+v", paths, got)
		}
	}
}

func TestPositionsOfPeers(t *testing.T) {
	asTheyAre := func(path []uint16) []uint16 { return path }
	for name, c := range readCases(t).Tiny {
		t.Run(name, func(t *testing.T) { checkPositions(t, tinyPositions(t, name, asTheyAre), 1, c.Heuristic) })
	}
}

// tinyPositions counts one of the tiny tables, each path transformed.
func tinyPositions(t *testing.T, name string, transform attribution.Transform) *attribution.Positions {
	t.Helper()
	rows := readCases(t).Tiny[name].Rows
	if len(rows) == 0 {
		t.Fatal("the cases have changed")
	}
	p := attribution.NewPositions(nil)
	for _, row := range rows {
		path := transform(numbered(t, p.Channels(), strings.Split(row.Path, " > ")))
		if err := p.Add(path, attribution.Counts{Conversions: whole(t, row.Conv, 1), Value: whole(t, row.Value, 1), Nulls: 1}); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

// wantU compares position-based credit with a peer's, by channel; value is nil where the peer has none.
func wantU(t *testing.T, name string, p *attribution.Positions, conversions, value map[string]float64) {
	t.Helper()
	got, err := p.Credit(attribution.PositionBased)
	if err != nil || len(got) != len(conversions) {
		t.Fatal(name, got, err)
	}
	near := func(what string, got, want float64) {
		if math.Abs(got-want) > 1e-12*want {
			t.Errorf("%s %s: %v, want %v", name, what, got, want)
		}
	}
	for _, c := range got {
		near(c.Channel, c.ConversionShare*float64(p.Total().Conversions), conversions[c.Channel])
		if value != nil {
			near(c.Channel+" value", c.ValueShare*float64(p.Total().Value), value[c.Channel])
		}
	}
}

// U as Google's fractribution gives it for the tiny tables (position_based, paths "unique"): conversions and revenue by channel.
func TestPositionBasedOfFractribution(t *testing.T) {
	asTheyAre := func(path []uint16) []uint16 { return path }
	for name, want := range map[string][2]map[string]float64{
		"t1": {{"C1": 0.4, "C2": 0.2, "C3": 0.4}, {"C1": 4, "C2": 2, "C3": 4}},
		"t2": {{"A": 2.716666666666667, "B": 0.2833333333333333}, {"A": 2.716666666666667, "B": 0.2833333333333333}},
		"t3": {{"A": 4.2666666666666675, "B": 2.8666666666666667, "C": 1.8666666666666667},
			{"A": 28.666666666666668, "B": 56.666666666666664, "C": 4.666666666666667}},
	} {
		wantU(t, name, tinyPositions(t, name, asTheyAre), want[0], want[1])
	}
}

// whole is a number of minor units, of which so many make one.
func whole(t *testing.T, number any, units int64) int64 {
	t.Helper()
	r := rat(t, number)
	if r.Mul(r, big.NewRat(units, 1)); !r.IsInt() || !r.Num().IsInt64() {
		t.Fatalf("%v has smaller parts than 1/%d", number, units)
	}
	return r.Num().Int64()
}

// checkPositions compares first, last and linear with a peer's results; so many minor units make one.
func checkPositions(t *testing.T, p *attribution.Positions, units int64, want []heuristic) {
	t.Helper()
	if len(want) == 0 {
		t.Fatal("the cases have changed")
	}
	for _, check := range []struct {
		model        attribution.Model
		count, value func(heuristic) any
	}{
		{attribution.First, func(h heuristic) any { return h.FirstCount }, func(h heuristic) any { return h.FirstValue }},
		{attribution.Last, func(h heuristic) any { return h.LastCount }, func(h heuristic) any { return h.LastValue }},
		{attribution.Linear, func(h heuristic) any { return h.LinearCount }, func(h heuristic) any { return h.LinearValue }},
	} {
		credits, err := p.Credit(check.model)
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]attribution.ChannelCredit{}
		for _, c := range credits {
			got[c.Channel] = c
		}
		for _, h := range want {
			c, known := got[h.Channel]
			if !known {
				t.Errorf("%s: no %s", check.model.Name(), h.Channel)
			}
			for _, side := range []struct {
				share float64
				total *big.Rat
				want  any
			}{
				{c.ConversionShare, big.NewRat(p.Total().Conversions, 1), check.count(h)},
				{c.ValueShare, big.NewRat(p.Total().Value, units), check.value(h)},
			} {
				share := new(big.Rat).SetFloat64(side.share)
				wantNear(t, check.model.Name()+" "+h.Channel, share.Mul(share, side.total), rat(t, side.want))
			}
		}
	}
}

func TestPositionsOfPathData(t *testing.T) {
	records, err := csv.NewReader(script.Open(t, "pathdata.csv")).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	p := attribution.NewPositions(nil)
	for _, r := range records[1:] {
		names := strings.Split(r[0], ">")
		for i := range names {
			names[i] = strings.TrimSpace(names[i])
		}
		counts := attribution.Counts{Conversions: whole(t, r[1], 1), Value: whole(t, r[2], 1000), Nulls: whole(t, r[3], 1)}
		if err := p.Add(numbered(t, p.Channels(), names), counts); err != nil {
			t.Fatal(err)
		}
	}
	checkPositions(t, p, 1000, readCases(t).PathData)
}

// Shards of any cut, with other numbers for the channels, give the same bytes and credit in any order.
func TestPositionsOfShards(t *testing.T) {
	r := random(42)
	for range 300 {
		paths := randomPaths(r, 1+r.IntN(20))
		whole := positionsOf(t, paths)
		data, err := whole.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		var shards []*attribution.Positions
		for _, part := range slices.Collect(slices.Chunk(shuffle(r, paths), 1+r.IntN(6))) {
			sent, err := positionsOf(t, part).MarshalBinary()
			if err != nil {
				t.Fatal(err)
			}
			shard := attribution.NewPositions(nil)
			if err := shard.UnmarshalBinary(sent); err != nil {
				t.Fatal(err)
			}
			shards = append(shards, shard)
		}
		sum := attribution.NewPositions(nil)
		for range r.IntN(3) {
			numbered(t, sum.Channels(), []string{string(rune('e' - r.IntN(9)))})
		}
		for _, shard := range shuffle(r, shards) {
			if err := sum.Merge(shard); err != nil {
				t.Fatal(err)
			}
		}
		if again, _ := sum.MarshalBinary(); !bytes.Equal(again, data) {
			t.Fatalf("%v: other bytes", paths)
		}
		want, err := whole.Credit(attribution.PositionBased)
		if err != nil {
			t.Fatal(err)
		}
		got, err := sum.Credit(attribution.PositionBased)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Fatal(err, diff)
		}
		if err := sum.Merge(sum); err != nil || sum.Total().Nulls != 2*whole.Total().Nulls {
			t.Fatalf("doubled: %v, %+v", err, sum.Total())
		}
	}
}

func TestPositionsRefuse(t *testing.T) {
	p := positionsOf(t, []namedPath{{[]string{"a", "b"}, attribution.Counts{Conversions: 1, Value: 5}}})
	before, _ := p.MarshalBinary()
	for _, c := range []struct {
		path   []uint16
		counts attribution.Counts
		want   error
	}{
		{nil, attribution.Counts{Nulls: 1}, attribution.ErrMissing},
		{[]uint16{0, 2}, attribution.Counts{Nulls: 1}, attribution.ErrUnknown},
		{[]uint16{0}, attribution.Counts{Nulls: -1}, attribution.ErrNegative},
		{[]uint16{0}, attribution.Counts{Nulls: 1, Value: 1}, attribution.ErrCounts},
		{[]uint16{0}, attribution.Counts{Conversions: math.MaxInt64}, attribution.ErrOverflow},
		{[]uint16{0, 1, 0}, attribution.Counts{Conversions: 1, Value: math.MaxInt64 / 2}, attribution.ErrOverflow},
		{[]uint16{0}, attribution.Counts{}, nil},
	} {
		if err := p.Add(c.path, c.counts); !errors.Is(err, c.want) {
			t.Errorf("%v: %v, want %v", c, err, c.want)
		}
	}
	large := positionsOf(t, []namedPath{{[]string{"c", "c"}, attribution.Counts{Conversions: 1, Value: math.MaxInt64/2 - 4}}})
	if err := p.Merge(large); !errors.Is(err, attribution.ErrOverflow) {
		t.Errorf("merge: %v", err)
	}
	if after, _ := p.MarshalBinary(); !bytes.Equal(before, after) {
		t.Error("what was refused left a trace")
	}
	for _, m := range []attribution.Model{attribution.WShaped, attribution.FullPath, attribution.LeadCreation, attribution.TimeDecay(hours24), attribution.Last.Within(hours24),
		attribution.Participation.Within(hours24), attribution.Participation.WithAbsent(9), attribution.LastNonDirect("a"), {}} {
		if got, err := p.Credit(m); !errors.Is(err, attribution.ErrModel) || got != nil {
			t.Errorf("%s: %v, %v", m.Name(), got, err)
		}
	}
	if got, err := attribution.NewPositions(nil).Credit(attribution.Linear); err != nil || len(got) != 0 {
		t.Errorf("nothing: %v, %v", got, err)
	}
	if err := new(attribution.Positions).Add([]uint16{0}, attribution.Counts{Conversions: 1}); !errors.Is(err, attribution.ErrUnknown) {
		t.Errorf("zero positions: %v", err)
	}
	full := attribution.NewPositions(nil)
	for i := range attribution.MaxChannels {
		numbered(t, full.Channels(), []string{fmt.Sprint(i)})
	}
	if err := full.Merge(p); !errors.Is(err, attribution.ErrChannels) {
		t.Errorf("too many channels: %v", err)
	}
}
