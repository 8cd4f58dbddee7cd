// Package num holds the arithmetic that gives the same bits everywhere:
// rounding of 128-bit products, half-life weights and apportionment by largest
// remainder. It computes in integers only.
package num
