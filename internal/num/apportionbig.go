package num

import (
	"math/big"
	"slices"
)

// ApportionBig is Apportion for weights of any size, which may be negative as
// long as their sum is not: parts are then below zero or above the total. A sum
// of zero is [ErrNoWeight] where there is a total to bear, a sum below zero
// always is.
func ApportionBig(dst []int64, total int64, weights []*big.Int) error {
	clear(dst)
	sum := new(big.Int)
	for _, w := range weights {
		sum.Add(sum, w)
	}
	if sum.Sign() < 0 || sum.Sign() == 0 && total != 0 {
		return ErrNoWeight
	}
	if sum.Sign() == 0 {
		return nil
	}
	// A negative total is split as its positive and negated: ties then go to the same places.
	left := new(big.Int).Abs(big.NewInt(total))
	quota, remainder := new(big.Int), make([]*big.Int, len(weights))
	size := new(big.Int).Set(left)
	wide := make([]*big.Int, len(weights))
	for i, w := range weights {
		remainder[i] = new(big.Int)
		wide[i] = new(big.Int)
		wide[i].DivMod(quota.Mul(size, w), sum, remainder[i]) // Euclid: 0 ≤ remainder < sum
		left.Sub(left, wide[i])
	}
	order := make([]int, len(weights))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return remainder[b].Cmp(remainder[a]) })
	for _, i := range order[:left.Int64()] {
		wide[i].Add(wide[i], big.NewInt(1))
	}
	for i, part := range wide {
		if total < 0 {
			part.Neg(part)
		}
		if !part.IsInt64() {
			clear(dst)
			return ErrPartOverflow
		}
		dst[i] = part.Int64()
	}
	return nil
}
