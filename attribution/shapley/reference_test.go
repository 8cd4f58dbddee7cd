package shapley_test

import (
	"bytes"
	"encoding"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/leadloop/leadloop/attribution"
	"github.com/leadloop/leadloop/attribution/shapley"
)

// A row is a path in words, and what came of it.
type row struct {
	path string
	attribution.Counts
}

// steps are the channels of a row.
func (r row) steps() (names []string) {
	for name := range strings.SplitSeq(r.path, ">") {
		names = append(names, strings.TrimSpace(name))
	}
	return names
}

// set are the different channels of a row, in order.
func (r row) set() []string { return slices.Compact(slices.Sorted(slices.Values(r.steps()))) }

// fill adds rows.
func fill[A aggregate](t testing.TB, to A, rows ...row) A {
	t.Helper()
	for _, r := range rows {
		if err := to.Add(numbers(t, to.Channels(), r.steps()...), r.Counts); err != nil {
			t.Fatal(err)
		}
	}
	return to
}

func numbers(t testing.TB, channels *attribution.Channels, names ...string) (path []uint16) {
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

func marshal(t testing.TB, a encoding.BinaryMarshaler) []byte {
	t.Helper()
	b, err := a.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func same(t testing.TB, what string, a, b encoding.BinaryMarshaler) {
	t.Helper()
	if !bytes.Equal(marshal(t, a), marshal(t, b)) {
		t.Fatalf("%s: other bytes", what)
	}
}

func random(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 20)) }

// randomRows are paths of up to so many channels; now and then one is longer than positions are told apart.
func randomRows(r *rand.Rand, n, channels int) (rows []row) {
	for range n {
		length := 1 + r.IntN(6)
		if r.IntN(30) == 0 {
			length = 55 + r.IntN(40)
		}
		names := make([]string, length)
		for i := range names {
			names[i] = string(rune('a' + r.IntN(channels)))
		}
		c := attribution.Counts{Nulls: r.Int64N(4)}
		if r.IntN(3) > 0 {
			c.Conversions = r.Int64N(5)
		}
		if c.Conversions > 0 {
			c.Value = r.Int64N(1000)
		}
		rows = append(rows, row{strings.Join(names, " > "), c})
	}
	return rows
}

// A pair is what channels have of conversions and of value.
type pair [2]*big.Rat

func newPair() pair { return pair{new(big.Rat), new(big.Rat)} }

// plus adds a part of what a row came to.
func (p pair) plus(c attribution.Counts, part *big.Rat) {
	for i, n := range []int64{c.Conversions, c.Value} {
		p[i].Add(p[i], new(big.Rat).Mul(part, big.NewRat(n, 1)))
	}
}

// A figure is by channel, and by position where that matters.
type figure struct {
	channel  string
	position int
}

// slowSimplified goes path by path, in fractions.
func slowSimplified(rows []row) map[figure]pair {
	all := map[figure]pair{}
	for _, r := range rows {
		if r.Counts == (attribution.Counts{}) {
			continue
		}
		set := r.set()
		for _, name := range set {
			if _, known := all[figure{name, 0}]; !known {
				all[figure{name, 0}] = newPair()
			}
			all[figure{name, 0}].plus(r.Counts, big.NewRat(1, int64(len(set))))
		}
	}
	return all
}

// slowOrdered does so by position.
func slowOrdered(rows []row) map[figure]pair {
	all := map[figure]pair{}
	for _, r := range rows {
		if r.Conversions == 0 {
			continue
		}
		steps := r.steps()
		for i, name := range steps {
			times := 0
			for _, other := range steps {
				if other == name {
					times++
				}
			}
			at := figure{name, min(i, shapley.MaxPositions) + 1}
			if _, known := all[at]; !known {
				all[at] = newPair()
			}
			all[at].plus(r.Counts, big.NewRat(1, int64(len(r.set())*times)))
		}
	}
	return all
}

// slowShaoLi is the model's formula for each channel of each converting path, with probabilities counted anew for each.
func slowShaoLi(rows []row) map[figure]pair {
	var sets [][]string
	for _, r := range rows {
		sets = append(sets, r.set())
	}
	p := func(channels ...string) *big.Rat {
		var converted, all int64
	rows:
		for i, r := range rows {
			set := sets[i]
			for _, c := range channels {
				if !slices.Contains(set, c) {
					continue rows
				}
			}
			converted += r.Conversions
			all += r.Conversions + r.Nulls
		}
		return big.NewRat(converted, all)
	}
	all := map[figure]pair{}
	for _, r := range rows {
		if r.Counts == (attribution.Counts{}) {
			continue
		}
		set := r.set()
		for _, i := range set {
			if _, known := all[figure{i, 0}]; !known {
				all[figure{i, 0}] = newPair()
			}
			if r.Conversions == 0 {
				continue
			}
			c := new(big.Rat)
			for _, j := range set {
				if j != i {
					c.Add(c, new(big.Rat).Sub(p(i, j), new(big.Rat).Add(p(i), p(j))))
				}
			}
			if len(set) > 1 {
				c.Mul(c, big.NewRat(1, int64(2*(len(set)-1))))
			}
			all[figure{i, 0}].plus(r.Counts, c.Add(c, p(i)))
		}
	}
	return all
}

// A part is what a channel, or a position of one, has of a whole.
type part struct {
	of    figure
	share [2]float64
	whole [2]int64
}

func partsOf(credits []attribution.ChannelCredit) (parts []part) {
	for _, c := range credits {
		parts = append(parts, part{figure{c.Channel, 0}, [2]float64{c.ConversionShare, c.ValueShare}, [2]int64{c.Conversions, c.Value}})
	}
	return parts
}

// check compares credit with slow figures: which there are, in which order, nearest shares and whole numbers.
func check(t testing.TB, what string, total attribution.Counts, got []part, want map[figure]pair) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d of %d figures", what, len(got), len(want))
	}
	for i, whole := range []int64{total.Conversions, total.Value} {
		sum := new(big.Rat)
		for _, w := range want {
			sum.Add(sum, w[i])
		}
		var shares []*big.Rat
		for n, g := range got {
			if n > 0 && !(got[n-1].of.channel < g.of.channel || got[n-1].of.channel == g.of.channel && got[n-1].of.position < g.of.position) {
				t.Fatalf("%s: %v stands after %v", what, g.of, got[n-1].of)
			}
			share := new(big.Rat)
			if w, known := want[g.of]; !known {
				t.Fatalf("%s: %v is made up", what, g.of)
			} else if sum.Sign() > 0 {
				share.Quo(w[i], sum)
			}
			shares = append(shares, share)
			if nearest, _ := share.Float64(); g.share[i] != nearest {
				t.Fatalf("%s: %v has %v of figure %d, want %v", what, g.of, g.share[i], i, nearest)
			}
		}
		if len(got) > 0 && got[0].of.position > 0 {
			continue // apportioned by channel
		}
		for n, units := range apportion(whole, shares) {
			if got[n].whole[i] != units {
				t.Fatalf("%s: %v has %d whole of figure %d, want %d", what, got[n].of, got[n].whole[i], i, units)
			}
		}
	}
}

// apportion is the method of largest remainder, word by word.
func apportion(total int64, shares []*big.Rat) []int64 {
	units, rests := make([]int64, len(shares)), make([]*big.Rat, len(shares))
	left, any := total, false
	for i, share := range shares {
		any = any || share.Sign() != 0
		exact := new(big.Rat).Mul(share, big.NewRat(total, 1))
		floor := new(big.Int).Div(exact.Num(), exact.Denom()) // towards minus infinity
		units[i] = floor.Int64()
		left -= units[i]
		rests[i] = exact.Sub(exact, new(big.Rat).SetInt(floor))
	}
	for any && left > 0 {
		most := 0
		for i := range rests {
			if rests[i].Cmp(rests[most]) > 0 {
				most = i
			}
		}
		units[most]++
		rests[most] = big.NewRat(-1, 1)
		left--
	}
	return units
}

// checkAll compares all aggregates of rows with the slow ones.
func checkAll(t testing.TB, rows []row) {
	t.Helper()
	simplified := fill(t, shapley.NewSimplified(nil), rows...)
	ordered := fill(t, shapley.NewOrdered(nil), rows...)
	shaoLi := fill(t, shapley.NewShaoLi(nil), rows...)
	total := simplified.Total()
	if ordered.Total() != total || shaoLi.Total() != total {
		t.Fatal("totals differ")
	}
	credits := func(a interface {
		Credit() ([]attribution.ChannelCredit, error)
	}) []part {
		c, err := a.Credit()
		if err != nil {
			t.Fatal(err)
		}
		return partsOf(c)
	}
	want := slowSimplified(rows)
	check(t, "simplified", total, credits(simplified), want)
	check(t, "ordered", total, credits(ordered), want)
	positions, err := ordered.ByPosition()
	if err != nil {
		t.Fatal(err)
	}
	var parts []part
	for _, p := range positions {
		parts = append(parts, part{figure{p.Channel, p.Position}, [2]float64{p.ConversionShare, p.ValueShare}, [2]int64{p.Conversions, p.Value}})
	}
	slow := slowOrdered(rows)
	check(t, "by position", total, parts, slow)
	checkNested(t, credits(ordered), parts, slow)
	want = slowShaoLi(rows)
	check(t, "Shao and Li", total, credits(shaoLi), want)
	for _, c := range shaoLi.Contributions() {
		w := want[figure{c.Channel, 0}]
		conversions, _ := w[0].Float64()
		value, _ := w[1].Float64()
		if c.Conversions != conversions || c.Value != value {
			t.Fatalf("Shao and Li: %+v, want %v and %v", c, conversions, value)
		}
	}
}

// checkNested apportions what each channel has among its positions.
func checkNested(t testing.TB, channels, positions []part, slow map[figure]pair) {
	t.Helper()
	for _, c := range channels {
		for i := range c.whole {
			sum := new(big.Rat)
			var weights []*big.Rat
			var got []int64
			for _, p := range positions {
				if p.of.channel == c.of.channel {
					sum.Add(sum, slow[p.of][i])
					weights = append(weights, new(big.Rat).Set(slow[p.of][i]))
					got = append(got, p.whole[i])
				}
			}
			for _, w := range weights {
				if sum.Sign() > 0 {
					w.Quo(w, sum)
				}
			}
			if want := apportion(c.whole[i], weights); !slices.Equal(got, want) {
				t.Fatalf("positions of %v have %v, want %v", c.of, got, want)
			}
		}
	}
}

func TestAgainstPathByPath(t *testing.T) {
	r := random(1)
	for range 2500 {
		checkAll(t, randomRows(r, r.IntN(12), 1+r.IntN(6)))
	}
}

// With so many pairs, the common denominator is not kept whole: rounding is still that of the exact figures.
func TestManyPairs(t *testing.T) {
	r := random(2)
	var rows []row
	for range 400 {
		var names []string
		for range 2 + r.IntN(3) {
			names = append(names, string(rune('a'+r.IntN(26))))
		}
		rows = append(rows, row{strings.Join(names, " > "), attribution.Counts{Conversions: 1 + r.Int64N(1e6), Value: r.Int64N(1e9), Nulls: r.Int64N(1e9)}})
	}
	shaoLi := fill(t, shapley.NewShaoLi(nil), rows...)
	credits, err := shaoLi.Credit()
	if err != nil {
		t.Fatal(err)
	}
	want := slowShaoLi(rows)
	denominator := big.NewInt(1)
	for _, w := range want {
		denominator.Mul(denominator, new(big.Int).Quo(w[0].Denom(), new(big.Int).GCD(nil, nil, denominator, w[0].Denom())))
	}
	if denominator.BitLen() < 4096 {
		t.Fatalf("the common denominator has but %d bits", denominator.BitLen())
	}
	check(t, "many pairs", shaoLi.Total(), partsOf(credits), want)
}
