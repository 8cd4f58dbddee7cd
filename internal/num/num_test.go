package num_test

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/leadloop/leadloop/internal/num"
)

func ExampleApportion() {
	cents := make([]int64, 3)
	if err := num.Apportion(cents, 100, []int64{1, 1, 1}); err != nil {
		fmt.Println(err)
	}
	fmt.Println(cents)
	// Output: [34 33 33]
}

// someInt gives values of every magnitude, edges included.
func someInt(r *rand.Rand) int64 {
	switch r.IntN(8) {
	case 0:
		return math.MaxInt64 - r.Int64N(3)
	case 1:
		return math.MinInt64 + r.Int64N(3)
	case 2:
		return r.Int64N(7) - 3
	}
	return int64(r.Uint64()) >> r.IntN(64)
}

// halfEven rounds n/d, d > 0, in big integers.
func halfEven(n, d *big.Int) *big.Int {
	q, m := new(big.Int).DivMod(n, d, new(big.Int)) // Euclid: 0 <= m < d
	switch twice := new(big.Int).Lsh(m, 1).Cmp(d); {
	case twice > 0, twice == 0 && q.Bit(0) == 1:
		q.Add(q, big.NewInt(1))
	}
	return q
}

func TestMulDivAgainstBigIntegers(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for range 200_000 {
		x, n, d := someInt(r), someInt(r), someInt(r)
		got, ok := num.MulDiv(x, n, d)
		if d <= 0 {
			if ok {
				t.Fatalf("MulDiv(%d, %d, %d) accepts a divisor that is not positive", x, n, d)
			}
			continue
		}
		want := halfEven(new(big.Int).Mul(big.NewInt(x), big.NewInt(n)), big.NewInt(d))
		if ok != want.IsInt64() || ok && got != want.Int64() {
			t.Fatalf("MulDiv(%d, %d, %d) = %d, %v; want %v", x, n, d, got, ok, want)
		}
	}
}

// Rounding up may be what makes a quotient too large: (2^65 − 1)/2 lies half-way below 2^64.
func TestMulDivRoundsBeyondAllBits(t *testing.T) {
	if got, ok := num.MulDiv(145295143558111, 31*8191, 2); ok {
		t.Errorf("2^64 fits into %d", got)
	}
}

func TestScaleHalfEvenAgainstBigIntegers(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 1))
	for range 200_000 {
		x, shift := someInt(r), uint(r.IntN(64))
		weight := r.Uint64N(1<<shift + 1)
		want := halfEven(new(big.Int).Mul(big.NewInt(x), new(big.Int).SetUint64(weight)), new(big.Int).Lsh(big.NewInt(1), shift))
		if got := num.ScaleHalfEven(x, weight, shift); got != want.Int64() {
			t.Fatalf("ScaleHalfEven(%d, %d, %d) = %d, want %v", x, weight, shift, got, want)
		}
	}
}

// Ties are rare among random numbers, so they are listed.
func TestTiesGoToEven(t *testing.T) {
	for _, c := range []struct{ x, want int64 }{{1, 0}, {3, 2}, {5, 2}, {7, 4}, {-1, 0}, {-3, -2}, {-5, -2}, {-7, -4}} {
		if got, _ := num.MulDiv(c.x, 1, 2); got != c.want {
			t.Errorf("MulDiv(%d, 1, 2) = %d, want %d", c.x, got, c.want)
		}
		if got := num.ScaleHalfEven(c.x, 1<<31, 32); got != c.want {
			t.Errorf("ScaleHalfEven(%d, half) = %d, want %d", c.x, got, c.want)
		}
	}
}

// roots are the square root of ½, its square root, and so on, with 400 bits.
var roots = func() (list [200]*big.Float) {
	root := new(big.Float).SetPrec(400).SetFloat64(0.5)
	for i := range list {
		root = new(big.Float).SetPrec(400).Sqrt(root)
		list[i] = root
	}
	return list
}()

// halfLife computes 2^(bits−age/half) with 400 bits, one binary digit of the
// exponent after the other.
func halfLife(age, half uint64, bits int) *big.Float {
	z := new(big.Float).SetPrec(400).SetInt64(1)
	rest, h := new(big.Int).SetUint64(age%half), new(big.Int).SetUint64(half)
	for _, root := range roots {
		if rest.Lsh(rest, 1); rest.Cmp(h) >= 0 {
			rest.Sub(rest, h)
			z.Mul(z, root)
		}
	}
	if age/half > 200 {
		return new(big.Float)
	}
	return z.SetMantExp(z, bits-int(age/half))
}

func TestHalfLifeWeightIsTheNearestInteger(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 1))
	for i := range 4000 {
		half := uint64(1 + r.IntN(400))
		age := r.Uint64N(40 * half)
		if i%8 == 0 {
			half, age = r.Uint64()>>r.IntN(60)|1, r.Uint64()>>r.IntN(60)
		}
		w := halfLife(age, half, 32)
		up := new(big.Float).Add(w, big.NewFloat(0.5))
		want, _ := up.Uint64()
		if up.IsInt() && want%2 == 1 {
			want--
		}
		if got := num.HalfLifeWeight(age, half); got != want {
			t.Fatalf("HalfLifeWeight(%d, %d) = %d, want %d", age, half, got, want)
		}
	}
}

func TestHalfLifeWeightHalves(t *testing.T) {
	for age, want := range map[uint64]uint64{0: 1 << 32, 30: 1 << 31, 60: 1 << 30, 960: 1, 990: 0, 1020: 0, math.MaxUint64: 0} {
		if got := num.HalfLifeWeight(age, 30); got != want {
			t.Errorf("weight at age %d of half-life 30 is %d, want %d", age, got, want)
		}
	}
}

func TestHalfLifeWeightNeverRises(t *testing.T) {
	for _, half := range []uint64{1, 7, 30, 365} {
		last := uint64(math.MaxUint64)
		for age := range 40 * half {
			w := num.HalfLifeWeight(age, half)
			if w > last {
				t.Fatalf("half-life %d: weight rises from %d to %d at age %d", half, last, w, age)
			}
			last = w
		}
	}
}

func TestHalfLifeShareIsWithinItsBound(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 1))
	for range 4000 {
		half := uint64(1 + r.IntN(400))
		age := r.Uint64N(70 * half)
		want := halfLife(age, half, 62)
		bound := new(big.Float).SetMantExp(want, -55)
		if bound.Cmp(big.NewFloat(1)) < 0 {
			bound.SetInt64(1)
		}
		diff := new(big.Float).Sub(want, new(big.Float).SetInt64(num.HalfLifeShare(age, half)))
		if diff.Abs(diff).Cmp(bound) > 0 {
			t.Fatalf("HalfLifeShare(%d, %d) is off by %v", age, half, diff)
		}
	}
	if got := num.HalfLifeShare(0, 5); got != 1<<62 {
		t.Errorf("share at age 0 is %d", got)
	}
}

// apportion is largest remainder by its definition, in big integers.
func apportion(total int64, weights []int64) []int64 {
	sum, left := new(big.Int), big.NewInt(total)
	for _, w := range weights {
		sum.Add(sum, big.NewInt(w))
	}
	parts, remainders := make([]int64, len(weights)), make([]*big.Int, len(weights))
	for i, w := range weights {
		q, m := new(big.Int).QuoRem(new(big.Int).Mul(big.NewInt(total), big.NewInt(w)), sum, new(big.Int))
		parts[i], remainders[i] = q.Int64(), m.Abs(m)
		left.Sub(left, q)
	}
	for ; left.Sign() != 0; left.Sub(left, big.NewInt(int64(left.Sign()))) {
		best := 0
		for i := range remainders {
			if remainders[i].Cmp(remainders[best]) > 0 {
				best = i
			}
		}
		parts[best] += int64(left.Sign())
		remainders[best].SetInt64(-1)
	}
	return parts
}

func TestApportionAgainstItsDefinition(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 1))
	for range 20_000 {
		weights := make([]int64, 1+r.IntN(30))
		var sum int64
		for i := range weights {
			weights[i] = r.Int64N(1 << r.IntN(55))
			sum += weights[i]
		}
		if sum == 0 {
			weights[0] = 1
		}
		total := someInt(r)
		if total == math.MinInt64 {
			total++
		}
		got := make([]int64, len(weights))
		if err := num.Apportion(got, total, weights); err != nil {
			t.Fatal(err)
		}
		var back int64
		for _, g := range got {
			back += g
		}
		if want := apportion(total, weights); back != total || !slices.Equal(got, want) {
			t.Fatalf("Apportion(%d, %v) = %v, want %v", total, weights, got, want)
		}
	}
}

func TestApportionRefusals(t *testing.T) {
	dst := []int64{7, 7}
	for _, c := range []struct {
		total   int64
		weights []int64
		want    error
	}{
		{1, []int64{1, -1}, num.ErrNegativeWeight},
		{1, []int64{0, 0}, num.ErrNoWeight},
		{1, []int64{math.MaxInt64, 1}, num.ErrWeightOverflow},
		{0, []int64{0, 0}, nil},
	} {
		if err := num.Apportion(dst, c.total, c.weights); !errors.Is(err, c.want) {
			t.Errorf("Apportion(%d, %v): %v, want %v", c.total, c.weights, err, c.want)
		}
	}
	if dst[0] != 0 || dst[1] != 0 {
		t.Errorf("nothing to split, but the parts are %v", dst)
	}
}

func BenchmarkHalfLifeWeight(b *testing.B) {
	b.ReportAllocs()
	age := uint64(0)
	for b.Loop() {
		num.HalfLifeWeight(age%400, 30)
		age++
	}
}

func BenchmarkApportion(b *testing.B) {
	b.ReportAllocs()
	dst, weights := make([]int64, 6), []int64{3, 1, 4, 1, 5, 9}
	for b.Loop() {
		if err := num.Apportion(dst, 1_000_003, weights); err != nil {
			b.Fatal(err)
		}
	}
}
