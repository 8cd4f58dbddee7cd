package num

import (
	"math/big"
	"math/bits"
)

// HalfLifeWeight gives the integer nearest to 2³²·2^(−age/half), ties to even:
// 2³² at age 0, half of it after each half-life. half must not be 0.
//
// The power is the product of the square roots of square roots of ½ that the
// binary digits of age/half select, taken with 64 bits. Where those do not
// decide the rounding, 320 bits do.
func HalfLifeWeight(age, half uint64) uint64 {
	q, m, exact := halfLife(age, half)
	if q > 33 {
		return 0
	}
	shift := uint(32 + q) // m is scaled by 2^64
	if exact {
		if q == 33 { // exactly one half: ties go to even
			return 0
		}
		return 1 << (32 - q)
	}
	round := func(v uint64) uint64 {
		switch {
		case shift > 64:
			return 0
		case shift == 64:
			return v >> 63
		}
		return v>>shift + v>>(shift-1)&1
	}
	low, high := m-halfLifeError, m+halfLifeError
	if high < m {
		high = 1<<64 - 1
	}
	if w := round(low); w == round(high) {
		return w
	}
	return halfLifeExact(age, half)
}

// HalfLifeShare gives 2⁶²·2^(−age/half) with a relative error below 2⁻⁵⁵, but at least one
// unit's: 2⁶² at age 0, 0 after 63 half-lives. half must not be 0.
func HalfLifeShare(age, half uint64) int64 {
	q, m, exact := halfLife(age, half)
	switch {
	case q > 62:
		return 0
	case exact:
		return 1 << (62 - q)
	case q == 62:
		return int64(m >> 63)
	}
	return int64(m>>(2+q) + m>>(1+q)&1)
}

// halfLifeError bounds the error of halfLife's 64-bit product: each of its at
// most 63 steps loses less than 3 units.
const halfLifeError = 200

// halfLife splits 2^(−age/half) into 2^−q and m/2⁶⁴; exact tells that m stands
// for exactly 2⁶⁴.
func halfLife(age, half uint64) (q, m uint64, exact bool) {
	q, r := age/half, age%half
	if r == 0 {
		return q, 0, true
	}
	fraction, _ := bits.Div64(r, 0, half)
	m = 1<<64 - 1
	for i := range roots {
		if fraction&(1<<(63-i)) != 0 {
			m, _ = bits.Mul64(m, roots[i])
		}
	}
	return q, m, false
}

// halfLifeExact computes the weight with 320 bits. As 2^(−r/half) is irrational
// for 0 < r < half, no tie is left at any precision.
func halfLifeExact(age, half uint64) uint64 {
	const precision = 320
	q, r := age/half, age%half
	rest, h := new(big.Int).SetUint64(r), new(big.Int).SetUint64(half)
	power := new(big.Float).SetPrec(precision).SetInt64(1)
	root := new(big.Float).SetPrec(precision).SetFloat64(0.5)
	for range precision - 64 {
		root = new(big.Float).SetPrec(precision).Sqrt(root)
		if rest.Lsh(rest, 1).Cmp(h) >= 0 {
			rest.Sub(rest, h)
			power.Mul(power, root)
		}
	}
	power.SetMantExp(power, 32-int(q))
	w, _ := power.Add(power, big.NewFloat(0.5)).Uint64()
	return w
}

// roots[i] is 2⁶⁴·2^(−2^−(i+1)) to the nearest integer. A test computes them anew.
var roots = [63]uint64{
	0xb504f333f9de6484,
	0xd744fccad69d6af4,
	0xeac0c6e7dd24392f,
	0xf5257d152486cc2c,
	0xfa83b2db722a033a,
	0xfd3e0c0cf486c175,
	0xfe9e115c7b8f884c,
	0xff4ecb59511ec8a5,
	0xffa756521c8daed2,
	0xffd3a751c0f7e10c,
	0xffe9d2b2f7db2756,
	0xfff4e91bff1b8c3e,
	0xfffa747ea0040664,
	0xfffd3a3b7814eb54,
	0xfffe9d1cc60ddab1,
	0xffff4e8e25879bfa,
	0xffffa7470363f451,
	0xffffd3a37dda0313,
	0xffffe9d1bdf703af,
	0xfffff4e8debe025e,
	0xfffffa746f4fa150,
	0xfffffd3a37a3f8b0,
	0xfffffe9d1bd1065a,
	0xffffff4e8de845ae,
	0xffffffa746f41377,
	0xffffffd3a37a05e4,
	0xffffffe9d1bd01fc,
	0xfffffff4e8de80c0,
	0xfffffffa746f4051,
	0xfffffffd3a37a025,
	0xfffffffe9d1bd011,
	0xffffffff4e8de808,
	0xffffffffa746f404,
	0xffffffffd3a37a02,
	0xffffffffe9d1bd01,
	0xfffffffff4e8de81,
	0xfffffffffa746f40,
	0xfffffffffd3a37a0,
	0xfffffffffe9d1bd0,
	0xffffffffff4e8de8,
	0xffffffffffa746f4,
	0xffffffffffd3a37a,
	0xffffffffffe9d1bd,
	0xfffffffffff4e8df,
	0xfffffffffffa746f,
	0xfffffffffffd3a38,
	0xfffffffffffe9d1c,
	0xffffffffffff4e8e,
	0xffffffffffffa747,
	0xffffffffffffd3a3,
	0xffffffffffffe9d2,
	0xfffffffffffff4e9,
	0xfffffffffffffa74,
	0xfffffffffffffd3a,
	0xfffffffffffffe9d,
	0xffffffffffffff4f,
	0xffffffffffffffa7,
	0xffffffffffffffd4,
	0xffffffffffffffea,
	0xfffffffffffffff5,
	0xfffffffffffffffa,
	0xfffffffffffffffd,
	0xffffffffffffffff,
}
