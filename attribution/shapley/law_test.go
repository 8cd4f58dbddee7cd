package shapley_test

import (
	"encoding"
	"math"
	"math/big"
	"reflect"
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
