package goals

import (
	"math/big"
	"slices"
	"strings"
)

// Fraction is an exact number as people agree on it: whole, such as "2", or two
// whole numbers, such as "3/100". It has no sign and no decimal point, at most 18
// digits, and at most 9 behind the stroke. In a document it is a text.
type Fraction string

// Bounds of a Fraction. The denominators of a document can multiply: those of 9
// digits keep the largest document with the worst numbers well below a second.
const (
	maxDigits            = 18
	maxDenominatorDigits = 9
)

// Rat gives the number. What is no Fraction is an error that wraps [ErrFraction].
func (f Fraction) Rat() (*big.Rat, error) {
	whole, part, divided := strings.Cut(string(f), "/")
	if !digits(whole, maxDigits) || divided && (!digits(part, maxDenominatorDigits) || part == "0") {
		return nil, &Error{Path: "fraction", Message: fractionForm, Cause: ErrFraction}
	}
	r, _ := new(big.Rat).SetString(string(f)) // digits with at most a stroke between them are always read
	return r, nil
}

const fractionForm = `write it like "3/100" or "2", without sign, point or needless zeros, with at most 18 digits, 9 behind the stroke`

func digits(s string, most int) bool {
	if s == "" || len(s) > most || s[0] == '0' && s != "0" {
		return false
	}
	return strings.Trim(s, "0123456789") == ""
}

// Ratio is a part of a whole as it was counted or earned: accepted of decided
// offers, revenue of quota.
type Ratio struct {
	Part  int64 `json:"part"`
	Whole int64 `json:"whole"`
}

// Rat is the part over the whole, exactly. It is undefined (nil, false) where
// the whole is 0 or less: no data is not 0.
func (r Ratio) Rat() (*big.Rat, bool) {
	if r.Whole <= 0 {
		return nil, false
	}
	return big.NewRat(r.Part, r.Whole), true
}

// nearest rounds to whole units, ties to even: the one rule by which this
// package rounds money.
func nearest(r *big.Rat) *big.Int {
	twice := new(big.Int).Lsh(r.Num(), 1)
	twice.Add(twice, r.Denom())
	q, rest := new(big.Int).DivMod(twice, new(big.Int).Lsh(r.Denom(), 1), new(big.Int))
	if rest.Sign() == 0 && q.Bit(0) == 1 { // a tie, rounded up to an odd number
		q.Sub(q, big.NewInt(1))
	}
	return q
}

// ceiling is the smallest whole number that is not below r.
func ceiling(r *big.Rat) *big.Int {
	q := new(big.Int).Neg(r.Num())
	return q.Neg(q.Div(q, r.Denom()))
}

// largest is the most that an amount of a payout can be. Sums and differences of
// two of them fit an int64.
var largest = big.NewInt(1 << 62)

// spread rounds exact amounts to whole units that sum to the total, which must be
// the sum of the amounts rounded to a unit, down or up. By largest remainder: each
// gets its whole units, and the units left over go one each to the largest
// fractions, ties to the first. So none is off by a unit or more, which dividing
// the total in proportion could not promise where amounts have both signs and
// nearly cancel. Whole amounts stay as they are. It is false where an amount is beyond
// the largest.
func spread(exact []*big.Rat, total *big.Int) ([]int64, bool) {
	parts := make([]int64, len(exact))
	fractions := make([]*big.Rat, len(exact))
	order := make([]int, len(exact))
	left := new(big.Int).Set(total)
	for i, e := range exact {
		floor, rest := new(big.Int).DivMod(e.Num(), e.Denom(), new(big.Int))
		if floor.CmpAbs(largest) > 0 {
			return nil, false
		}
		parts[i] = floor.Int64()
		left.Sub(left, floor)
		fractions[i] = new(big.Rat).SetFrac(rest, e.Denom())
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return fractions[b].Cmp(fractions[a]) })
	for _, i := range order[:left.Int64()] {
		parts[i]++
	}
	return parts, true
}
