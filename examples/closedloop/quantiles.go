package main

import "slices"

// quantilesOf takes the nearest ranks of how long things took; it sorts the list.
func quantilesOf(seconds []int32) Quantiles {
	q := Quantiles{Count: int64(len(seconds))}
	if len(seconds) == 0 {
		return q
	}
	slices.Sort(seconds)
	rank := func(percent int) *Seconds {
		s := Seconds(seconds[(len(seconds)*percent+99)/100-1])
		return &s
	}
	q.Median, q.P90 = rank(50), rank(90)
	return q
}
