package num

import (
	"math/big"
	"testing"
)

func TestRootsAreComputedAnew(t *testing.T) {
	root := new(big.Float).SetPrec(400).SetFloat64(0.5)
	for i := range roots {
		root.Sqrt(root)
		scaled := new(big.Float).SetPrec(400).SetMantExp(root, 64)
		want, _ := scaled.Add(scaled, big.NewFloat(0.5)).Uint64() // saturates where it rounds up to 2⁶⁴
		if roots[i] != want {
			t.Errorf("root %d is %#x, want %#x", i, roots[i], want)
		}
	}
}

// The exact path is hardly ever taken, so it is compared everywhere.
func TestExactHalfLifeAgreesWithTheFastOne(t *testing.T) {
	for half := uint64(2); half < 60; half += 19 {
		for age := uint64(1); age < 36*half; age += 7 {
			if age%half == 0 {
				continue
			}
			if fast, exact := HalfLifeWeight(age, half), halfLifeExact(age, half); fast != exact {
				t.Fatalf("age %d of half-life %d: %d, exactly %d", age, half, fast, exact)
			}
		}
	}
}
