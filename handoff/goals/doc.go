// Package goals puts numbers to what the two departments owe each other.
//
// A [Commitment] says what marketing delivers to sales in a period: a number of
// leads, their value, or both. [Compile] checks it and gives it a calendar, and
// [Plan.Progress] says at any instant how much of it was due by then and how much
// has come: the marketing side of the service-level agreement,
//
//	delivered ÷ (committed × working time passed ÷ working time of the period),
//
// for the count and for the value apart. The run rate follows working time, so a
// month that begins with a week of holidays is not behind after it.
//
// Everything is exact: a [Measure] holds whole numbers, and its fractions are
// rationals of any size. While nothing is due yet, or nothing is committed,
// attainment is undefined, which is neither 0 nor 1, and the methods say so.
package goals
