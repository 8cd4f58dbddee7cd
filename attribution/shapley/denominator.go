package shapley

import "math/big"

// maxBits is how long a common denominator may become. Beyond, it would cost much time to keep what nobody sees.
const maxBits = 4096

// A denominator is the least common one of fractions, or 2^maxBits where that has more bits.
type denominator struct {
	common  *big.Int
	rounded bool
	scratch [2]big.Int
}

func newDenominator() *denominator { return &denominator{common: big.NewInt(1)} }

// include makes a divisor, above 0, one of the common denominator. All are included before the first part is asked for.
func (d *denominator) include(divisor int64) {
	if d.rounded {
		return
	}
	n, gcd := d.scratch[0].SetInt64(divisor), &d.scratch[1]
	gcd.GCD(nil, nil, d.common, n)
	d.common.Mul(d.common, n.Quo(n, gcd))
	if d.common.BitLen() > maxBits {
		d.rounded = true
		d.common.Lsh(big.NewInt(1), maxBits)
	}
}

// part sets x to a fraction as a number of common ones, rounded down, and returns it.
func (d *denominator) part(x *big.Int, numerator, divisor int64) *big.Int {
	x.Mul(d.common, d.scratch[0].SetInt64(numerator))
	return x.Quo(x, d.scratch[0].SetInt64(divisor))
}

// nearest is the float64 nearest to a fraction; 0 where it has no denominator.
func nearest(numerator, denominator *big.Int) float64 {
	if denominator.Sign() == 0 {
		return 0
	}
	f, _ := new(big.Rat).SetFrac(numerator, denominator).Float64()
	return f
}
