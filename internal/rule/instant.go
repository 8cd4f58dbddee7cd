package rule

import (
	"math"
	"time"
)

// The instants that keys tell apart, in seconds from 1970: the years 1698 to 2242.
const farthest = 1<<33 - 1

// fromYear1 are the seconds from the year 1, where Go's times begin, to 1970.
const fromYear1 = 62135596800

// keyOf orders instants as integers. Those out of range are before or after all
// others, which is enough where only cuts within it are compared with.
func keyOf(t *time.Time) int64 {
	s := t.Unix()
	if uint64(s+farthest) <= 2*farthest {
		return s<<30 | int64(t.Nanosecond())
	}
	if s > 0 && s+fromYear1 > 0 { // times count from the year 1, and what overflows there comes before all
		return math.MaxInt64
	}
	return math.MinInt64
}

// cut is an instant relative to now.
type cut struct {
	seconds, nanoseconds int64 // the nanoseconds from 0 to below 10⁹
}

// after is the cut at an offset, or one nanosecond later.
func after(offset time.Duration, strictly bool) cut {
	c := cut{int64(offset / time.Second), int64(offset % time.Second)}
	if strictly {
		c.nanoseconds++
	}
	switch {
	case c.nanoseconds < 0:
		c.seconds, c.nanoseconds = c.seconds-1, c.nanoseconds+1e9
	case c.nanoseconds == 1e9:
		c.seconds, c.nanoseconds = c.seconds+1, 0
	}
	return c
}

// cuts are those of a set.
type cuts []cut
