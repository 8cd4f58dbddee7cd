// Package num holds the arithmetic that gives the same bits everywhere:
// rounding of 128-bit products, half-life weights, apportionment by largest
// remainder and quantiles by nearest rank. It computes in integers only.
package num
