package num_test

import (
	"errors"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/leadloop/leadloop/internal/num"
)

func bigs(weights ...int64) (all []*big.Int) {
	for _, w := range weights {
		all = append(all, big.NewInt(w))
	}
	return all
}

// Weights that both take, at their own size or at any other, give the same parts.
func TestApportionBigAgainstApportion(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 3))
	for range 20_000 {
		weights := make([]int64, r.IntN(9))
		for i := range weights {
			weights[i] = r.Int64N(1<<r.IntN(59) + 1)
			if i > 0 && r.IntN(3) == 0 {
				weights[i] = weights[i-1]
			}
		}
		total := someInt(r)
		want, got := make([]int64, len(weights)), make([]int64, len(weights))
		wantErr := num.Apportion(want, total, weights)
		large := bigs(weights...)
		scale := new(big.Int).Lsh(big.NewInt(r.Int64()+1), uint(r.IntN(300)))
		for _, w := range large {
			w.Mul(w, scale)
		}
		if err := num.ApportionBig(got, total, large); !errors.Is(err, wantErr) || !slices.Equal(got, want) {
			t.Fatalf("%d by %v: got %v, %v; want %v, %v", total, weights, got, err, want, wantErr)
		}
	}
}

// Every part is within one unit of its exact quota, and the parts sum to the total, whatever signs weights have.
func TestApportionBigOfBothSigns(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 5))
	apportioned := 0
	for range 20_000 {
		weights := make([]int64, 1+r.IntN(9))
		var sum int64
		for i := range weights {
			weights[i] = r.Int64N(2001) - 700
			sum += weights[i]
		}
		total := r.Int64N(2_000_001) - 1_000_000
		parts := make([]int64, len(weights))
		err := num.ApportionBig(parts, total, bigs(weights...))
		if sum <= 0 {
			if refused := sum < 0 || total != 0; refused != errors.Is(err, num.ErrNoWeight) {
				t.Fatalf("weights that sum to %d: %v", sum, err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		apportioned++
		var booked int64
		for i, part := range parts {
			booked += part
			if distance := part*sum - total*weights[i]; distance >= sum || distance <= -sum {
				t.Fatalf("%d by %v: part %d of %v", total, weights, i, parts)
			}
		}
		if booked != total {
			t.Fatalf("%d by %v: %v", total, weights, parts)
		}
	}
	if apportioned < 10_000 {
		t.Errorf("only %d", apportioned)
	}
}

func TestApportionBigRefuses(t *testing.T) {
	parts := make([]int64, 2)
	for _, c := range []struct {
		total   int64
		weights []*big.Int
		want    error
	}{
		{1, bigs(0, 0), num.ErrNoWeight},
		{0, bigs(0, 0), nil},
		{0, bigs(-1, 0), num.ErrNoWeight},
		{math.MaxInt64, bigs(-1, 3), num.ErrPartOverflow},
		{math.MinInt64, bigs(1, 0), nil},
	} {
		if err := num.ApportionBig(parts, c.total, c.weights); !errors.Is(err, c.want) {
			t.Errorf("%d by %v: %v, want %v", c.total, c.weights, err, c.want)
		}
	}
	if parts[0] != math.MinInt64 {
		t.Errorf("the least total became %d", parts[0])
	}
}
