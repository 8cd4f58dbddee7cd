package scoring

import (
	"slices"
	"time"
)

// The longest windows: a century.
const (
	maxDays   = 36_525
	maxMonths = 1200
)

// window checks a window and gives its index among the scorer's.
func (c *checker[L, A]) window(path string, w Window) int {
	ways := 0
	for _, set := range []bool{w.Span != 0, w.Days != 0, w.Months != 0} {
		if set {
			ways++
		}
	}
	if ways != 1 {
		c.refuse(path, "a window looks back by exactly one of span, days and months")
	}
	if w.Span != 0 {
		c.span(path+".span", "a window", "30d", w.Span)
	}
	if w.Days < 0 || w.Days > maxDays {
		c.refuse(path+".days", "a window is of 1 to %d days", maxDays)
	}
	if w.Months < 0 || w.Months > maxMonths {
		c.refuse(path+".months", "a window is of 1 to %d months", maxMonths)
	}
	if i := slices.Index(c.scorer.windows, w); i >= 0 {
		return i
	}
	c.scorer.windows = append(c.scorer.windows, w)
	return len(c.scorer.windows) - 1
}

// since gives the first instant at which an activity is in the window.
func (w Window) since(now time.Time, zone *time.Location) time.Time {
	if w.Span != 0 {
		return now.Add(-time.Duration(w.Span)).Add(1) // younger than the span
	}
	year, month, day := now.In(zone).Date()
	if w.Months != 0 {
		month -= time.Month(w.Months)
		day = min(day, time.Date(year, month+1, 0, 0, 0, 0, 0, time.UTC).Day())
	}
	return firstInstant(year, month, day-w.Days, zone)
}

// firstInstant is the first at which the local date is the given one or, where
// the zone skips it, a later one. It is not always what time.Date gives for
// midnight, which clocks may skip or show twice.
func firstInstant(year int, month time.Month, day int, zone *time.Location) time.Time {
	// On the wall clock's line, shifted to UTC, the date begins at this second.
	wall := time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix()
	const widest = 3 * 24 * 60 * 60 // no clock is further from UTC
	t := time.Unix(wall-widest, 0).In(zone)
	for range 100 { // changes of the clock within days; more are no zone
		_, offset := t.Zone()
		start, end := t.ZoneBounds()
		first := time.Unix(wall-int64(offset), 0).UTC()
		if !start.IsZero() && first.Before(start) { // the clock was put forward to it or over it
			first = start
		}
		if end.IsZero() || first.Before(end) {
			return first
		}
		t = end
	}
	return time.Unix(wall, 0).UTC()
}
