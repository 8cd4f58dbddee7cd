package goals

import (
	"math/big"
	"time"

	"github.com/leadloop/leadloop/internal/num"
)

// Refund is a refund of a deal for which pay was paid.
type Refund struct {
	Deal   int64     `json:"deal"`   // the deal's amount in minor units
	Before int64     `json:"before"` // refunded earlier, within the window
	Amount int64     `json:"amount"` // refunded now
	Won    time.Time `json:"won"`    // when the deal was won
	At     time.Time `json:"at"`     // when it is refunded
}

// Clawback gives what a refund takes back of what was paid for its deal,
//
//	paid × refunded ÷ deal
//
// as a payout below 0 whose lines take back from the lines that were paid. Outside
// of the plan's window, from winning (included) to the days after it (excluded),
// the amount is 0 and there are no lines. A payout that covers several deals is
// first [Payout.Split] by their amounts.
//
// What several refunds take back is what one of their sum takes back, rounded to
// the nearest minor unit, ties to even: each takes the difference to those before.
// So all refunds together never take more than was paid, of no line and in sum,
// and the refund of the whole deal takes all of it.
//
// Errors, all [ErrAmount] but the last: a deal that is not above 0, a refund
// below 0, refunds above the deal, a payout below 0 or with lines that do not sum
// to it; a refund before the deal was won ([ErrPeriod]).
func (p *Pay) Clawback(paid Payout, refund Refund) (Payout, error) {
	r := &review{}
	if refund.Deal <= 0 {
		r.report("deal", ErrAmount, "it is not above 0: give the amount of the deal, in minor units")
	}
	if refund.Before < 0 || refund.Amount < 0 {
		r.report("amount", ErrAmount, "a refund is negative: give what the customer gets back")
	} else if refund.Before > refund.Deal || refund.Amount > refund.Deal-refund.Before {
		r.report("amount", ErrAmount, "the refunds are above the deal")
	}
	if paid.Amount < 0 || !paid.sums() {
		r.report("paid", ErrAmount, "it is below 0, or its lines do not sum to it: give a payout as it was worked out")
	}
	if refund.At.Before(refund.Won) {
		r.report("at", ErrPeriod, "the refund is before the deal was won")
	}
	if err := r.err(); err != nil {
		return Payout{}, err
	}
	out := Payout{Role: paid.Role, To: paid.To}
	if refund.At.Sub(refund.Won) >= p.window {
		return out, nil
	}
	before, beforeSum := taken(paid, refund.Before, refund.Deal)
	after, afterSum := taken(paid, refund.Before+refund.Amount, refund.Deal)
	out.Amount = beforeSum - afterSum
	for i, l := range paid.Lines {
		l.Amount = before[i] - after[i]
		l.Exact = big.NewRat(-refund.Amount, refund.Deal)
		l.Exact.Mul(l.Exact, new(big.Rat).SetInt64(paid.Lines[i].Amount))
		out.Lines = append(out.Lines, l)
	}
	return out, nil
}

// taken is what refunds of that sum take back of each line, and in all.
func taken(paid Payout, refunded, deal int64) ([]int64, int64) {
	sum, _ := num.MulDiv(paid.Amount, refunded, deal) // not above the amount, so that it fits
	exact := make([]*big.Rat, len(paid.Lines))
	for i, l := range paid.Lines {
		exact[i] = new(big.Rat).Mul(big.NewRat(refunded, deal), new(big.Rat).SetInt64(l.Amount))
	}
	parts, _ := spread(exact, big.NewInt(sum)) // none is larger than its line
	return parts, sum
}
