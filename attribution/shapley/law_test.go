package shapley_test

import (
	"encoding"
	"errors"
	"math"
	"math/big"
	"reflect"
	"strconv"
	"testing"

	"github.com/leadloop/leadloop/attribution"
	"github.com/leadloop/leadloop/attribution/shapley"
)

// A model is what all aggregates of this package can do; M is a pointer to one.
type model[M any] interface {
	aggregate
	encoding.BinaryMarshaler
	encoding.BinaryUnmarshaler
	Total() attribution.Counts
	Merge(other M) error
	Credit() ([]attribution.ChannelCredit, error)
}

// eachModel runs a test for each of them.
func eachModel(t *testing.T, simplified, ordered, shaoLi func(*testing.T)) {
	t.Run("simplified", simplified)
	t.Run("ordered", ordered)
	t.Run("Shao and Li", shaoLi)
}

func TestMergeLaws(t *testing.T) {
	eachModel(t, mergeLaws(shapley.NewSimplified), mergeLaws(shapley.NewOrdered), mergeLaws(shapley.NewShaoLi))
}

func mergeLaws[M model[M]](empty func(*attribution.Channels) M) func(*testing.T) {
	return func(t *testing.T) {
		r := random(20)
		merge := func(to M, others ...M) M {
			t.Helper()
			for _, o := range others {
				if err := to.Merge(o); err != nil {
					t.Fatal(err)
				}
			}
			return to
		}
		credit := func(m M) []attribution.ChannelCredit {
			t.Helper()
			credits, err := m.Credit()
			if err != nil {
				t.Fatal(err)
			}
			return credits
		}
		for range 400 {
			rows := randomRows(r, 1+r.IntN(20), 1+r.IntN(12))
			whole := fill(t, empty(nil), rows...)
			a, b := r.IntN(len(rows)), r.IntN(len(rows))
			a, b = min(a, b), max(a, b)
			parts := [3][]row{rows[:a], rows[a:b], rows[b:]}
			part := func(i int) M { return fill(t, empty(nil), parts[i]...) }
			shuffled := append([]row(nil), rows...)
			r.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
			shared := new(attribution.Channels)
			sharing := func(i int) M { return fill(t, empty(shared), parts[i]...) }
			// Counts of nothing leave no trace, nor do channels that are in no path.
			traceless := fill(t, empty(nil), row{"y > z", attribution.Counts{}})
			for name, m := range map[string]M{
				"left":     merge(part(0), part(1), part(2)),
				"right":    merge(part(0), merge(part(1), part(2))),
				"turned":   merge(part(2), part(0), part(1)),
				"shuffled": fill(t, empty(nil), shuffled...),
				"sharing":  merge(sharing(2), sharing(1), sharing(0)),
				"identity": merge(empty(nil), traceless, whole, empty(nil)),
			} {
				same(t, name, m, whole)
				if !reflect.DeepEqual(credit(m), credit(whole)) || m.Total() != whole.Total() {
					t.Fatalf("%s: other credit", name)
				}
			}
			read := empty(nil)
			if err := read.UnmarshalBinary(marshal(t, whole)); err != nil {
				t.Fatal(err)
			}
			same(t, "read", read, whole)
			// What was read takes more rows, like what was added.
			more := fill(t, read, rows...)
			twice := fill(t, empty(nil), append(append([]row(nil), rows...), rows...)...)
			same(t, "more", more, twice)
			same(t, "merged with itself", merge(whole, whole), twice)
			if !reflect.DeepEqual(credit(more), credit(twice)) || !reflect.DeepEqual(credit(whole), credit(twice)) {
				t.Fatal("twice as much has other credit")
			}
		}
	}
}

// All of a journey's contributions sum to half its channels times the mean rate of its pairs, so that credit always has a base.
func TestContributionsOfAJourney(t *testing.T) {
	r := random(21)
	for range 300 {
		rows := randomRows(r, 1+r.IntN(10), 1+r.IntN(6))
		want := new(big.Rat)
		rate := func(a, b string) *big.Rat {
			var converted, all int64
			for _, row := range rows {
				has := map[string]bool{}
				for _, name := range row.set() {
					has[name] = true
				}
				if has[a] && has[b] {
					converted += row.Conversions
					all += row.Conversions + row.Nulls
				}
			}
			return big.NewRat(converted, all)
		}
		for _, row := range rows {
			set := row.set()
			if row.Conversions == 0 {
				continue
			}
			sum := new(big.Rat)
			for i, a := range set {
				for _, b := range set[:i] {
					sum.Add(sum, rate(a, b))
				}
			}
			if len(set) == 1 {
				sum.Set(rate(set[0], set[0]))
			} else {
				sum.Mul(sum, big.NewRat(1, int64(len(set)-1)))
			}
			want.Add(want, sum.Mul(sum, big.NewRat(row.Conversions, 1)))
		}
		got := 0.0
		for _, c := range fill(t, shapley.NewShaoLi(nil), rows...).Contributions() {
			got += c.Conversions
		}
		if exact, _ := want.Float64(); math.Abs(got-exact) > 1e-12*max(1, exact) {
			t.Fatalf("%v: contributions sum to %v, want %v", rows, got, exact)
		}
	}
}

// A channel beside one that converts far better contributes less than nothing, and has less than nothing.
func TestNegativeContribution(t *testing.T) {
	s := fill(t, shapley.NewShaoLi(nil),
		row{"good", attribution.Counts{Conversions: 99, Value: 99, Nulls: 1}},
		row{"good > bad", attribution.Counts{Conversions: 10, Value: 1000}},
		row{"bad > good", attribution.Counts{Nulls: 90}},
		row{"bad", attribution.Counts{Nulls: 990}})
	// p(bad) = 10/1090, p(good) = 109/200, p of both = 10/100: bad contributes 10·½·(10/1090 + 1/10 − 109/200).
	want, _ := new(big.Rat).Mul(big.NewRat(5, 1), new(big.Rat).Add(big.NewRat(10, 1090), new(big.Rat).Sub(big.NewRat(1, 10), big.NewRat(109, 200)))).Float64()
	if c := s.Contributions()[0]; c.Channel != "bad" || c.Conversions != want || c.Conversions > -2 {
		t.Errorf("%+v, want %v", c, want)
	}
	credits, err := s.Credit()
	if err != nil {
		t.Fatal(err)
	}
	if bad, good := credits[0], credits[1]; bad.Conversions >= 0 || bad.Conversions+good.Conversions != 109 || bad.Value+good.Value != 1099 {
		t.Errorf("%+v", credits)
	}
}

// Positions beyond those told apart are one, and the parts of a channel are whole again together.
func TestLatePositions(t *testing.T) {
	o := shapley.NewOrdered(nil)
	path := make([]uint16, 200)
	for i, n := range numbers(t, o.Channels(), "a", "b") {
		for at := i; at < len(path); at += 2 {
			path[at] = n
		}
	}
	if err := o.Add(path, attribution.Counts{Conversions: 1000, Value: 7}); err != nil {
		t.Fatal(err)
	}
	parts, err := o.ByPosition()
	if err != nil {
		t.Fatal(err)
	}
	if len(parts) != 2*(shapley.MaxPositions/2+1) {
		t.Fatalf("%d parts", len(parts))
	}
	for _, p := range parts {
		share, conversions := 0.005, int64(5)
		if p.Position == shapley.MaxPositions+1 {
			share, conversions = 0.34, 340 // 136 of 200 touches, 68 of each channel
		}
		if p.ConversionShare != share || p.ValueShare != share || p.Conversions != conversions {
			t.Errorf("%+v", p)
		}
	}
}

// The zero value is an empty aggregate, and no journeys have no credit.
func TestZero(t *testing.T) {
	eachModel(t, zero(func() *shapley.Simplified { return new(shapley.Simplified) }),
		zero(func() *shapley.Ordered { return new(shapley.Ordered) }), zero(func() *shapley.ShaoLi { return new(shapley.ShaoLi) }))
}

func zero[M model[M]](empty func() M) func(*testing.T) {
	return func(t *testing.T) {
		some := row{"a > b", attribution.Counts{Conversions: 2, Value: 1, Nulls: 1}}
		for _, m := range []M{empty(), fill(t, empty(), some), fill(t, empty(), row{"a > b", attribution.Counts{Nulls: 5}})} {
			other := empty()
			if err := other.Merge(m); err != nil {
				t.Fatal(err)
			}
			if err := other.Merge(empty()); err != nil {
				t.Fatal(err)
			}
			same(t, "merged", other, m)
			read := empty()
			if err := read.UnmarshalBinary(marshal(t, m)); err != nil {
				t.Fatal(err)
			}
			same(t, "read", read, m)
			credits, err := m.Credit()
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range credits {
				if total := m.Total(); total.Conversions == 0 && (c.ConversionShare != 0 || c.Conversions != 0 || c.Value != 0) {
					t.Errorf("%+v of nothing", c)
				}
			}
			if len(credits) != m.Channels().Len() {
				t.Errorf("%d channels of %d have credit", len(credits), m.Channels().Len())
			}
		}
	}
}

func TestAddRefuses(t *testing.T) {
	eachModel(t, addRefuses(shapley.NewSimplified), addRefuses(shapley.NewOrdered), addRefuses(shapley.NewShaoLi))
}

func addRefuses[M model[M]](empty func(*attribution.Channels) M) func(*testing.T) {
	return func(t *testing.T) {
		m := fill(t, empty(nil), row{"a > b", attribution.Counts{Conversions: 5, Value: 7, Nulls: 2}})
		before := marshal(t, m)
		for name, c := range map[string]struct {
			path       []uint16
			count      attribution.Counts
			want, also error
		}{
			"no channel":      {nil, attribution.Counts{Nulls: 1}, shapley.ErrMissing, attribution.ErrMissing},
			"unknown":         {[]uint16{0, 2, 1}, attribution.Counts{Nulls: 1}, shapley.ErrUnknown, attribution.ErrUnknown},
			"negative":        {[]uint16{0}, attribution.Counts{Nulls: -1}, shapley.ErrNegative, attribution.ErrNegative},
			"minus value":     {[]uint16{0}, attribution.Counts{Conversions: 1, Value: -1}, shapley.ErrNegative, attribution.ErrNegative},
			"less than none":  {[]uint16{0}, attribution.Counts{Conversions: -1}, shapley.ErrNegative, attribution.ErrNegative},
			"null's value":    {[]uint16{0}, attribution.Counts{Nulls: 1, Value: 1}, shapley.ErrCounts, attribution.ErrCounts},
			"two too large":   {[]uint16{0}, attribution.Counts{Conversions: math.MaxInt64 - 9, Nulls: 4}, shapley.ErrOverflow, attribution.ErrOverflow},
			"too large":       {[]uint16{0}, attribution.Counts{Conversions: math.MaxInt64 - 4}, shapley.ErrOverflow, attribution.ErrOverflow},
			"too many nulls":  {[]uint16{0}, attribution.Counts{Nulls: math.MaxInt64 - 1}, shapley.ErrOverflow, attribution.ErrOverflow},
			"much value":      {[]uint16{0}, attribution.Counts{Conversions: 1, Value: math.MaxInt64 - 6}, shapley.ErrOverflow, attribution.ErrOverflow},
			"twice too large": {[]uint16{0, 1}, attribution.Counts{Conversions: math.MaxInt64 / 2}, shapley.ErrOverflow, attribution.ErrOverflow},
			"twice value":     {[]uint16{0, 1}, attribution.Counts{Conversions: 1, Value: math.MaxInt64/2 + 1}, shapley.ErrOverflow, attribution.ErrOverflow},
			"flowing over":    {[]uint16{1, 0}, attribution.Counts{Conversions: 1, Value: math.MaxInt64/2 - 6}, shapley.ErrOverflow, attribution.ErrOverflow},
			"nothing":         {[]uint16{0}, attribution.Counts{}, nil, nil},
		} {
			if err := m.Add(c.path, c.count); !errors.Is(err, c.want) || !errors.Is(err, c.also) {
				t.Errorf("%s: %v, want %v", name, err, c.want)
			}
			if string(marshal(t, m)) != string(before) {
				t.Errorf("%s: something was added", name)
			}
		}
		// The last overflows by what is counted twice, once for each channel.
		for _, c := range []attribution.Counts{{Nulls: math.MaxInt64 - 6}, {Conversions: math.MaxInt64 - 4}, {Conversions: 1, Value: math.MaxInt64 - 10}} {
			if err := m.Merge(fill(t, empty(nil), row{"c", c})); !errors.Is(err, shapley.ErrOverflow) {
				t.Errorf("merge with %+v: %v", c, err)
			}
			if string(marshal(t, m)) != string(before) {
				t.Errorf("merge with %+v: something was added", c)
			}
		}
	}
}

func TestTooManyChannels(t *testing.T) {
	c := attribution.Counts{Conversions: 1}
	all := channelsOf(1100)
	s, other := shapley.NewShaoLi(all), shapley.NewShaoLi(nil)
	for n := range uint16(1024) {
		if err := s.Add([]uint16{1099 - n, 1098 - n}[:1+(n+1)%2], c); err != nil {
			t.Fatal(n, err)
		}
	}
	before := marshal(t, s)
	// 1099 … 76 are known, so that one more is too many: whatever its number, and whatever came of it.
	for _, path := range [][]uint16{{0}, {76, 75}, {75, 75, 76}} {
		for _, c := range []attribution.Counts{c, {Nulls: 1}} {
			if err := s.Add(path, c); !errors.Is(err, shapley.ErrChannels) || !errors.Is(err, attribution.ErrChannels) {
				t.Fatalf("%v: %v", path, err)
			}
		}
	}
	fill(t, other, row{"another", c})
	if err := s.Merge(other); !errors.Is(err, shapley.ErrChannels) {
		t.Fatal(err)
	}
	if string(marshal(t, s)) != string(before) {
		t.Fatal("what was refused left a trace")
	}
	if err := s.Add([]uint16{1099, 76}, c); err != nil {
		t.Fatal(err)
	}
	if err := new(shapley.ShaoLi).UnmarshalBinary(before); err != nil {
		t.Fatal(err)
	}

	// Channels run out of numbers.
	full := channelsOf(attribution.MaxChannels)
	simplified, ordered, shaoLi := shapley.NewSimplified(full), shapley.NewOrdered(full), shapley.NewShaoLi(full)
	for name, err := range map[string]error{
		"simplified":  simplified.Merge(fill(t, shapley.NewSimplified(nil), row{"another", c})),
		"ordered":     ordered.Merge(fill(t, shapley.NewOrdered(nil), row{"another", c})),
		"Shao and Li": shaoLi.Merge(fill(t, shapley.NewShaoLi(nil), row{"another", c})),
	} {
		if !errors.Is(err, attribution.ErrChannels) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// As many different channels as there can be, in one path.
func TestWidePath(t *testing.T) {
	c := attribution.Counts{Conversions: 65535 * 3, Value: 65535}
	full := channelsOf(attribution.MaxChannels)
	path := make([]uint16, attribution.MaxChannels)
	for i := range path {
		path[i] = uint16(i)
	}
	simplified, ordered := shapley.NewSimplified(full), shapley.NewOrdered(full)
	for _, m := range []aggregate{simplified, ordered} {
		if err := m.Add(path, c); err != nil {
			t.Fatal(err)
		}
	}
	credits, err := simplified.Credit()
	if err != nil {
		t.Fatal(err)
	}
	for _, got := range credits {
		if got.Conversions != 3 || got.Value != 1 {
			t.Fatalf("%+v", got)
		}
	}
	again, err := ordered.Credit()
	if err != nil || !reflect.DeepEqual(again, credits) {
		t.Fatal("ordered credit is another", err)
	}
	if err := new(shapley.Ordered).UnmarshalBinary(marshal(t, ordered)); err != nil {
		t.Fatal(err)
	}
}

func TestLongPath(t *testing.T) {
	o := shapley.NewOrdered(channelsOf(1))
	if err := o.Add(make([]uint16, 1<<24), attribution.Counts{Conversions: 1}); !errors.Is(err, shapley.ErrLong) {
		t.Error(err)
	}
	if err := o.Add(make([]uint16, 1<<24-1), attribution.Counts{Conversions: 1}); err != nil {
		t.Error(err)
	}
	parts, err := o.ByPosition()
	if err != nil || len(parts) != shapley.MaxPositions+1 {
		t.Fatal(len(parts), err)
	}
	if want := float64(1<<24-1-64) / (1<<24 - 1); parts[64].ConversionShare != want || parts[64].Conversions != 1 {
		t.Errorf("%+v, want a share of %v", parts[64], want)
	}
}

// The last digits of a share are right although the parts of so many sizes of paths have a common denominator of more than 4,096 bits.
func TestManySizes(t *testing.T) {
	const most = 3200
	s := shapley.NewSimplified(channelsOf(most))
	path := make([]uint16, most)
	for i := range path {
		path[i] = uint16(i)
	}
	want := make([]*big.Float, most)
	for i := range want {
		want[i] = new(big.Float).SetPrec(300)
	}
	total := int64(0)
	denominator := big.NewInt(1)
	for size := 1; size <= most; size++ {
		if !big.NewInt(int64(size)).ProbablyPrime(0) {
			continue
		}
		denominator.Mul(denominator, big.NewInt(int64(size)))
		n := int64(1 + size%7)
		if err := s.Add(path[:size], attribution.Counts{Conversions: n, Value: n}); err != nil {
			t.Fatal(err)
		}
		total += n
		part := new(big.Float).SetPrec(300).Quo(big.NewFloat(float64(n)), big.NewFloat(float64(size)))
		for i := range size {
			want[i].Add(want[i], part)
		}
	}
	if denominator.BitLen() <= 4096 {
		t.Fatalf("the common denominator has but %d bits", denominator.BitLen())
	}
	credits, err := s.Credit()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range credits {
		n, err := strconv.Atoi(c.Channel[len("ch"):])
		if err != nil {
			t.Fatal(err)
		}
		share, _ := new(big.Float).Quo(want[n], new(big.Float).SetInt64(total)).Float64()
		if c.ConversionShare != share || c.ValueShare != share {
			t.Fatalf("%+v, want a share of %v", c, share)
		}
	}
}
