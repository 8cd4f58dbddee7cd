// Package goals puts numbers to what the two departments owe each other: what a
// revenue goal asks of each stage, where both sides stand, what is to be expected,
// and what both are paid.
//
// # Backwards from the revenue goal
//
// [Backwards] takes a [Target] and finds the deals, opportunities, accepted and
// qualified leads that it needs: goal ÷ deal ÷ rates, for one kind of leads or a
// mix of sources and bands. Only what is reported is rounded, up; a goal of
// 1,000,001.00 with deals of 10,000 and 3 deals per 100 leads needs 101 deals and
// 3,334 leads, while dividing the 101 again would ask for 3,367. [LeadValue] is
// what a lead is worth on the day it is handed over.
//
// # Where both sides stand
//
// A [Commitment] says what marketing delivers to sales in a period; [Goals] are
// both sides' goals for months, quarters and years. [Plan.Progress] and
// [Board.Progress] say at any instant how much was due by then and how much has
// come,
//
//	delivered ÷ (committed × working time passed ÷ working time of the period).
//
// The run rate follows working time, so a month that begins with a week of
// holidays is not behind after it. [Coverage] holds the open pipeline against the
// rest of the goal, [Predict] says what it will bring.
//
// # Pay
//
// A [PayPlan] ties both departments' pay to what they attain:
//
//	payout = target × Σ weight·curve(attainment)
//
// with curves that are linear, a cliff, a ramp, or tiers whose rates count for
// what lies in them or for the whole. Then gates cut it, shared ones (revenue that
// both must reach) and a role's own (the share of leads that sales accepts), then
// the floor and cap apply. [Pay.Payout] lists the lines and why each is there,
// [Payout.Split] divides them between people or deals, [Pay.Clawback] takes back
// what a refund undoes. The lines always sum to the amount.
//
// # Exact, or undefined
//
// Numbers are whole, or rationals of any size ([math/big.Rat]); documents hold them as
// a [Fraction]. Money is rounded to minor units once, at the end, to the nearest,
// ties to even, and parts are rounded by largest remainder. Where there is no data
// an answer is undefined, which is neither 0 nor 1: methods say so with false,
// [Pay.Payout] with [ErrUndefined].
//
// All amounts of a document are in one currency. The package does not know which,
// nor when a period's pay falls due; it knows no tax and no draw. An amount of a
// payout is at most 2⁶² minor units.
package goals
