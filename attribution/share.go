package attribution

import (
	"fmt"
	"strconv"
)

// Share is a part of one conversion as a fixed-point number: One is the whole. Being an integer it adds without rounding,
// so the shares of a conversion sum to One exactly, on every architecture and in every order.
type Share int64

// One is a whole conversion, 2⁶².
const One Share = 1 << 62

// Float64 returns the share as the nearest float64, for display: 1 is the whole.
func (s Share) Float64() float64 { return float64(s) / float64(One) }

// String returns the share in percent with two places, such as "33.33 %".
func (s Share) String() string {
	return strconv.FormatFloat(float64(100*s.Float64()), 'f', 2, 64) + " %"
}

// Count is a number of conversions to which several touches contributed: Whole plus Part, with 0 ≤ Part < One. Sums of
// counts are exact. In JSON the part is a string of digits, because it exceeds what many readers take for an integer.
type Count struct {
	Whole int64 `json:"whole"`
	Part  Share `json:"part,string"`
}

// Add returns the sum of c and d, neither of them negative. Parts of One or more are carried over to Whole, so that the
// share s of a conversion is added as Count{Part: s}.
func (c Count) Add(d Count) Count {
	parts := uint64(c.Part) + uint64(d.Part) // two parts of One are 2⁶³, more than a Share holds
	return Count{Whole: c.Whole + d.Whole + int64(parts/uint64(One)), Part: Share(parts % uint64(One))}
}

// Float64 returns the count as a float64, for display.
func (c Count) Float64() float64 { return float64(c.Whole) + c.Part.Float64() }

// String returns the count with two places, such as "12.33".
func (c Count) String() string { return strconv.FormatFloat(c.Float64(), 'f', 2, 64) }

// Ratio is a figure that shows what it was made of. Without a denominator it is undefined, which is not zero.
type Ratio struct {
	Numerator   int64 `json:"numerator"`
	Denominator int64 `json:"denominator"`
}

// Defined reports whether there is anything to divide by.
func (r Ratio) Defined() bool { return r.Denominator != 0 }

// Float64 returns the quotient, and false if the ratio is undefined.
func (r Ratio) Float64() (float64, bool) {
	if !r.Defined() {
		return 0, false
	}
	return float64(r.Numerator) / float64(r.Denominator), true
}

// String returns the ratio with its parts, such as "0.250 (1/4)" or "undefined (0/0)".
func (r Ratio) String() string {
	q, ok := r.Float64()
	if !ok {
		return fmt.Sprintf("undefined (%d/%d)", r.Numerator, r.Denominator)
	}
	return fmt.Sprintf("%.3f (%d/%d)", q, r.Numerator, r.Denominator)
}
