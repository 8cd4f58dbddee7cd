package num

import "math/bits"

// Quantile gives the value at the fraction numerator/denominator of ascending
// values by nearest rank: the smallest value that at least this fraction of all
// does not exceed. It is false where there are no values or the fraction does
// not lie in 0 … 1.
func Quantile(ascending []int64, numerator, denominator int64) (int64, bool) {
	if len(ascending) == 0 || denominator <= 0 || numerator < 0 || numerator > denominator {
		return 0, false
	}
	hi, lo := bits.Mul64(uint64(len(ascending)), uint64(numerator))
	rank, rest := bits.Div64(hi, lo, uint64(denominator))
	if rest > 0 {
		rank++
	}
	return ascending[max(rank, 1)-1], true
}
