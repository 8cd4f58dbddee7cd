package goals

import (
	"fmt"
	"math"
	"math/big"

	"github.com/leadloop/leadloop/internal/num"
)

// Share is one part of a split.
type Share struct {
	To     string `json:"to"`     // who or what it is for: a person, a deal
	Weight int64  `json:"weight"` // in relation to the others: 60 and 40, or the amounts of deals
}

// Split divides a payout between those who earned it together, or over the deals
// for which it is paid. The parts sum to the whole exactly, and so do the parts of
// each line; within each part the lines sum to its amount. The amounts are
// apportioned by largest remainder, ties to the first, and the lines are the
// differences between such apportionments of their running sums.
//
// Errors are no shares, a name that is missing or stands twice ([ErrName]), a
// weight below 0, weights that are all 0 or sum to more than an int64, a payout
// whose lines do not sum to its amount ([ErrAmount]); all at once, joined.
func (p Payout) Split(shares []Share) ([]Payout, error) {
	r := &review{}
	if !p.sums() {
		r.report("lines", ErrAmount, "they do not sum to the amount: split a payout as it was worked out")
	}
	names := map[string]bool{}
	weights := make([]int64, len(shares))
	var sum uint64
	for i, s := range shares {
		at := fmt.Sprintf("shares[%d].", i)
		r.name(at+"to", s.To, names)
		if weights[i] = s.Weight; s.Weight < 0 {
			r.report(at+"weight", ErrAmount, "it is negative")
		} else if sum += uint64(s.Weight); sum > math.MaxInt64 {
			r.report(at+"weight", ErrAmount, "the weights sum to more than 64 bits can hold")
			break
		}
	}
	if sum == 0 {
		r.report("shares", ErrAmount, "there is no weight: give at least one share with a weight above 0")
	}
	if err := r.err(); err != nil {
		return nil, err
	}
	parts := make([]Payout, len(shares))
	fraction := make([]*big.Rat, len(shares))
	for i, s := range shares {
		parts[i] = Payout{Role: p.Role, To: s.To, Lines: make([]Line, len(p.Lines))}
		fraction[i] = big.NewRat(s.Weight, int64(sum))
	}
	before, after := make([]int64, len(shares)), make([]int64, len(shares))
	running := int64(0)
	for k, l := range p.Lines {
		running += l.Amount
		if err := num.Apportion(after, running, weights); err != nil { // the weights are checked above
			return nil, &Error{Path: "shares", Message: err.Error(), Cause: ErrAmount}
		}
		for i := range parts {
			line := l
			line.Amount = after[i] - before[i]
			line.Exact = new(big.Rat).Mul(exact(l), fraction[i])
			parts[i].Lines[k] = line
			parts[i].Amount = after[i]
		}
		before, after = after, before
	}
	return parts, nil
}

// exact is a line's exact amount; of a line that was made by hand, its amount.
func exact(l Line) *big.Rat {
	if l.Exact != nil {
		return l.Exact
	}
	return new(big.Rat).SetInt64(l.Amount)
}
