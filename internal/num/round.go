package num

import (
	"math"
	"math/bits"
)

// MulDiv gives x·n/d rounded to the nearest integer, ties to even. It is false
// when d is not positive or the result does not fit.
func MulDiv(x, n, d int64) (int64, bool) {
	if d <= 0 {
		return 0, false
	}
	hi, lo := bits.Mul64(magnitude(x), magnitude(n))
	if hi >= uint64(d) {
		return 0, false
	}
	q, r := bits.Div64(hi, lo, uint64(d))
	// r < d < 2^63, so that doubling it does not overflow.
	if 2*r > uint64(d) || 2*r == uint64(d) && q&1 == 1 {
		if q++; q == 0 { // 2^64 does not fit either
			return 0, false
		}
	}
	return signed(q, (x < 0) != (n < 0))
}

// ScaleHalfEven gives x·weight/2^shift rounded to the nearest integer, ties to
// even. The weight is at most 2^shift and the shift at most 63, so that the
// result is never larger than x.
func ScaleHalfEven(x int64, weight uint64, shift uint) int64 {
	if weight == 1<<shift {
		return x
	}
	if weight == 0 {
		return 0
	}
	hi, lo := bits.Mul64(magnitude(x), weight)
	q := hi<<(64-shift) | lo>>shift
	rest, half := lo&(1<<shift-1), uint64(1)<<(shift-1)
	if rest > half || rest == half && q&1 == 1 {
		q++
	}
	v, _ := signed(q, x < 0)
	return v
}

func magnitude(x int64) uint64 {
	if x < 0 {
		return -uint64(x)
	}
	return uint64(x)
}

func signed(q uint64, negative bool) (int64, bool) {
	switch {
	case q <= math.MaxInt64 && negative:
		return -int64(q), true
	case q <= math.MaxInt64:
		return int64(q), true
	case q == 1<<63 && negative:
		return math.MinInt64, true
	}
	return 0, false
}
