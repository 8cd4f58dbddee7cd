package worktime

import "time"

// AddDays moves by n working days: to the n-th next (or, with a negative n, the
// n-th earlier) local date that has hours, at the same time of day, and from
// there to working time: forward to the next opening, or back to the last close
// if n is negative. AddDays(t, 0) is [Calendar.Next]. It answers false where the
// calendar has no such date or no working time there.
//
// A time of day that the target date skips, because clocks are put forward, is
// moved by the length of the gap; one that it has twice is taken the first time.
func (c *Calendar) AddDays(t time.Time, n int) (time.Time, bool) {
	if n == 0 {
		return c.Next(t)
	}
	z := c.zone
	second := t.Unix()
	if second < horizonStart || second >= horizonEnd {
		return time.Time{}, false
	}
	moment := second + z.clock(second)
	day := floorDiv(moment, secondsPerDay)
	target, ok := z.date(day, n)
	if !ok {
		return time.Time{}, false
	}
	found := z.instant(target*secondsPerDay + moment - day*secondsPerDay)
	if z.contains(found) {
		return at(found, int64(t.Nanosecond()), t), true
	}
	if n > 0 {
		return c.Next(at(found, int64(t.Nanosecond()), t))
	}
	closed, _, ok := z.find(z.before(found))
	return at(closed, 0, t), ok
}

const horizonDays = (horizonEnd - horizonStart) / secondsPerDay

// date gives the n-th date with hours after a date or, with a negative n, before it.
func (z *zone) date(day int64, n int) (int64, bool) {
	if len(z.parts) > 1 {
		return z.jointDate(day, n)
	}
	dates := &z.parts[0].wall.dates
	target := dates.before(day) // the count by whose end a date is found
	if n > 0 {
		target = dates.before(day+1) + min(int64(n), horizonDays)
	} else {
		target += max(int64(n), -horizonDays) + 1
	}
	if target <= dates.before(floorDiv(horizonStart, secondsPerDay)) || target > dates.before(floorDiv(horizonEnd, secondsPerDay)) {
		return 0, false
	}
	return dates.find(target), true
}

// instant gives the physical time of a moment of the wall clock, the first if
// there are two.
func (z *zone) instant(moment int64) int64 {
	first, _ := z.instants(moment)
	return first
}

// instants gives the physical times of a moment of the wall clock: they differ if
// the clock is put back over it.
func (z *zone) instants(moment int64) (first, last int64) {
	// A day before and a day after lie safely on the two sides of a change.
	before, after := z.clock(moment-secondsPerDay), z.clock(moment+secondsPerDay)
	first, last = moment-before, moment-after
	switch {
	case z.clock(first) == before && z.clock(last) == after:
		return min(first, last), max(first, last) // the same, or the two passes of a repeated hour
	case z.clock(last) == after && z.clock(first) != before:
		return last, last
	}
	return first, first // valid, or in a gap and so moved forward by its length
}
