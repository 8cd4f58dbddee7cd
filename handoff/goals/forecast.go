package goals

import (
	"fmt"
	"math/big"
)

// OpenStage is the open pipeline at one stage, with the record by which to judge
// it: the deals that once stood there and are closed now.
type OpenStage struct {
	Stage  string `json:"stage"`
	Amount int64  `json:"amount"` // of all open deals at the stage, in minor units
	Win    Ratio  `json:"win"`    // won of closed deals
}

// Forecast is the revenue expected of the open pipeline.
type Forecast struct {
	Exact   *big.Rat `json:"exact"`             // Σ amount × P(win given stage), in minor units, over the stages with a record
	Amount  int64    `json:"amount"`            // Exact rounded to the nearest minor unit, ties to even
	Unknown []string `json:"unknown,omitempty"` // stages that hold open deals and have no record; Exact is without them
	Without int64    `json:"without,omitempty"` // the amount that is open at those
}

// Defined tells whether the forecast covers the whole pipeline: where a stage has
// no record, the sum over the others is not a forecast of all.
func (f Forecast) Defined() bool { return len(f.Unknown) == 0 }

// Predict gives the forecast, Σ amount × P(win given stage), exactly. Sums by stage
// are all that it needs; the sums of shards may be added first, in any order. Errors
// are a negative amount, a stage that stands twice, a record with more won than
// closed deals, and a sum beyond an int64.
func Predict(open []OpenStage) (Forecast, error) {
	r := &review{}
	f := Forecast{Exact: new(big.Rat)}
	without := new(big.Int)
	seen := map[string]bool{}
	for i, s := range open {
		at := fmt.Sprintf("[%d]", i)
		r.name(at+".stage", s.Stage, seen)
		if s.Amount < 0 {
			r.report(at+".amount", ErrAmount, "the amount is negative: give what is open, in minor units")
		}
		if s.Win.Part < 0 || s.Win.Whole < s.Win.Part {
			r.report(at+".win", ErrAmount, "the record is not won of closed deals: give 0 ≤ part ≤ whole")
		}
		if s.Amount == 0 {
			continue
		}
		if p, ok := s.Win.Rat(); ok {
			f.Exact.Add(f.Exact, p.Mul(p, new(big.Rat).SetInt64(s.Amount)))
		} else {
			f.Unknown = append(f.Unknown, s.Stage)
			without.Add(without, big.NewInt(s.Amount))
		}
	}
	amount := nearest(f.Exact)
	if r.errs == nil && !(amount.IsInt64() && without.IsInt64()) {
		r.report("amount", ErrAmount, "the pipeline is larger than 64 bits can hold")
	}
	if err := r.err(); err != nil {
		return Forecast{}, err
	}
	f.Amount, f.Without = amount.Int64(), without.Int64()
	return f, nil
}

// Coverage is open pipeline ÷ remaining goal, exactly: how often the pipeline
// would have to be won whole. It is undefined where the goal is reached, or none
// is set.
func Coverage(open, goal, won int64) (*big.Rat, bool) {
	remaining := new(big.Int).Sub(big.NewInt(goal), big.NewInt(won))
	if goal <= 0 || remaining.Sign() <= 0 {
		return nil, false
	}
	return new(big.Rat).SetFrac(big.NewInt(open), remaining), true
}
