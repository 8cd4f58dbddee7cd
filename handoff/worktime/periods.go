package worktime

import (
	"iter"
	"time"
)

// Period is a stretch of working time, half-open: Close is the first instant
// after it.
type Period struct {
	Open  time.Time `json:"open"`
	Close time.Time `json:"close"`
}

// Periods gives the working time from one instant to another as its stretches in
// order, each as long as it can be: windows that touch at midnight are one, and
// the first and last are cut at the ends of the range.
func (c *Calendar) Periods(from, to time.Time) iter.Seq[Period] {
	return func(yield func(Period) bool) {
		open, ok := c.Next(from)
		for ok && open.Before(to) {
			p := Period{Open: open, Close: c.closing(open, to)}
			if !yield(p) {
				return
			}
			open, ok = c.Next(p.Close)
		}
	}
}

// closing gives the end of the stretch that is open at t, or the limit if that
// comes first. The stretch reaches n seconds beyond t exactly if n seconds of
// working time pass in them, and that can be searched by halves.
func (c *Calendar) closing(t, limit time.Time) time.Time {
	start := t.Unix()
	before := c.zone.before(start)
	reaches := func(n int64) bool { return c.zone.before(start+n)-before == n }
	end := min(limit.Unix(), horizonEnd) - start
	good, bad := int64(0), int64(12*60*60)
	for bad < end && reaches(bad) {
		good, bad = bad, 2*bad
	}
	if bad >= end {
		if reaches(end) { // open up to the second of the limit, and so up to it
			if c.In(limit) {
				return limit.Round(0).In(t.Location())
			}
			return at(start+end, 0, t)
		}
		bad = end
	}
	for bad-good > 1 {
		if middle := good + (bad-good)/2; reaches(middle) {
			good = middle
		} else {
			bad = middle
		}
	}
	return at(start+good, 0, t)
}
