// Package num holds the arithmetic that gives the same bits everywhere:
// rounding of 128-bit products, half-life weights, apportionment by largest
// remainder, and exp and log. It computes in integers, or in floats whose
// products are rounded before they are added, so that no compiler fuses them.
package num
