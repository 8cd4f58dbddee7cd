package num

import (
	"errors"
	"math"
	"math/bits"
	"slices"
)

// Errors of Apportion and ApportionBig.
var (
	ErrNegativeWeight = errors.New("num: a weight is negative")
	ErrNoWeight       = errors.New("num: all weights are zero, nothing can bear the total")
	ErrWeightOverflow = errors.New("num: the weights sum to more than 2^63−1")
	ErrPartOverflow   = errors.New("num: a part does not fit 64 bits")
)

// Apportion splits the total in proportion to the weights by the method of
// largest remainder (Hamilton's): each part gets the whole units of its exact
// share, and the units left over go one each to the largest remainders, ties to
// the lowest index. The parts, stored in dst, which is as long as weights, sum to the
// total exactly. A negative total is split as its positive and negated. It
// takes O(n log n) time.
func Apportion(dst []int64, total int64, weights []int64) error {
	var sum uint64
	for _, w := range weights {
		if w < 0 {
			return ErrNegativeWeight
		}
		if sum += uint64(w); sum > math.MaxInt64 {
			return ErrWeightOverflow
		}
	}
	if sum == 0 {
		clear(dst)
		if total != 0 {
			return ErrNoWeight
		}
		return nil
	}
	var fixed [16]part
	parts := fixed[:0]
	if len(weights) > len(fixed) {
		parts = make([]part, 0, len(weights))
	}
	left := magnitude(total)
	for i, w := range weights {
		hi, lo := bits.Mul64(magnitude(total), uint64(w))
		q, r := bits.Div64(hi, lo, sum)
		dst[i], _ = signed(q, total < 0)
		left -= q
		parts = append(parts, part{r, i})
	}
	if left == 0 {
		return nil
	}
	slices.SortFunc(parts, func(a, b part) int {
		switch {
		case a.remainder > b.remainder, a.remainder == b.remainder && a.index < b.index:
			return -1
		}
		return 1
	})
	for _, p := range parts[:left] {
		if total < 0 {
			dst[p.index]--
		} else {
			dst[p.index]++
		}
	}
	return nil
}

type part struct {
	remainder uint64
	index     int
}
