package worktime

import (
	"sort"
	"time"
)

// The calendar knows the instants of the years 1 to 9999; outside it is closed.
const (
	horizonStart = -62135596800 // 0001-01-01T00:00:00Z
	horizonEnd   = 253402300800 // 10000-01-01T00:00:00Z
	tableStart   = 0            // 1970-01-01T00:00:00Z
	tableEnd     = 4102444800   // 2100-01-01T00:00:00Z
)

// span is a stretch of physical time in which the zone's offset does not
// change. In it, the open seconds before an instant are wall.before(instant +
// offset) + base. base makes the count continuous where the clock jumps, which
// is all that is needed to be right in gaps and folds: an hour that the wall
// clock skips passes in no time, one that it repeats passes twice.
type span struct {
	start, end int64 // Unix seconds, half-open
	offset     int64 // seconds east of UTC
	base       int64
}

// zone is the calendar on the axis of physical time.
type zone struct {
	location *time.Location
	wall     *wall
	table    []span // what is asked for in practice, from tableStart to tableEnd
}

func newZone(location *time.Location, w *wall) *zone {
	z := &zone{location: location, wall: w}
	s := z.spanAt(tableStart)
	z.table = append(z.table, s)
	for s.end < tableEnd {
		s = z.after(s)
		if last := &z.table[len(z.table)-1]; last.offset == s.offset {
			last.end = s.end // the clock goes on, only the zone's name or the year changes
			continue
		}
		z.table = append(z.table, s)
	}
	return z
}

// spanAt asks the location, and leaves base open.
func (z *zone) spanAt(second int64) span {
	t := time.Unix(second, 0).In(z.location)
	_, offset := t.Zone()
	s := span{start: horizonStart, end: horizonEnd, offset: int64(offset)}
	from, to := t.ZoneBounds()
	// On 31 December of a leap year the standard library can give bounds that do
	// not contain the instant (seen in Go 1.26, for years that follow from a
	// zone's rule instead of its table). They are not believed.
	switch {
	case from.IsZero():
	case from.Unix() <= second:
		s.start = max(from.Unix(), horizonStart)
	default:
		s.start = max(z.change(second, second-secondsPerDay, s.offset)+1, horizonStart)
	}
	switch {
	case to.IsZero():
	case to.Unix() > second:
		s.end = min(to.Unix(), horizonEnd)
	default:
		s.end = min(z.change(second, second+secondsPerDay, s.offset), horizonEnd)
	}
	return s
}

// change gives the second nearest to one with the given offset, towards another
// at most a day away, that has a different one; or the other.
func (z *zone) change(same, other, offset int64) int64 {
	if z.offset(other) == offset {
		return other
	}
	for max(same-other, other-same) > 1 {
		if middle := same + (other-same)/2; z.offset(middle) == offset {
			same = middle
		} else {
			other = middle
		}
	}
	return other
}

func (z *zone) offset(second int64) int64 {
	_, offset := time.Unix(second, 0).In(z.location).Zone()
	return int64(offset)
}

func (z *zone) after(s span) span {
	next := z.spanAt(s.end)
	next.start = s.end
	next.base = s.base + z.wall.before(s.end+s.offset) - z.wall.before(s.end+next.offset)
	return next
}

func (z *zone) ahead(s span) span {
	last := z.spanAt(s.start - 1)
	last.end = s.start
	last.base = s.base + z.wall.before(s.start+s.offset) - z.wall.before(s.start+last.offset)
	return last
}

// at gives the span of an instant: from the table, or, far from today, by
// walking from its ends.
func (z *zone) at(second int64) span {
	first, last := z.table[0], z.table[len(z.table)-1]
	switch {
	case second < first.start:
		for second < first.start {
			first = z.ahead(first)
		}
		return first
	case second >= last.end:
		for second >= last.end {
			last = z.after(last)
		}
		return last
	}
	return z.table[sort.Search(len(z.table), func(i int) bool { return z.table[i].end > second })]
}

func (z *zone) openBefore(s span, second int64) int64 { return s.base + z.wall.before(second+s.offset) }

// before counts the open seconds before an instant; only differences mean
// something. Instants beyond the horizon count as its ends.
func (z *zone) before(second int64) int64 {
	second = min(max(second, horizonStart), horizonEnd)
	return z.openBefore(z.at(min(second, horizonEnd-1)), second)
}

// find gives the earliest second before which there are n open ones, if there is
// one after the first instant of all.
func (z *zone) find(n int64) (int64, bool) {
	first, last := z.table[0], z.table[len(z.table)-1]
	var s span
	switch {
	case z.openBefore(first, first.start) >= n:
		for s = first; z.openBefore(s, s.start) >= n; s = z.ahead(s) {
			if s.start <= horizonStart {
				return 0, false
			}
		}
	case z.openBefore(last, last.end) < n:
		for s = last; z.openBefore(s, s.end) < n; s = z.after(s) {
			if s.end >= horizonEnd {
				return 0, false
			}
		}
	default:
		s = z.table[sort.Search(len(z.table), func(i int) bool { return z.openBefore(z.table[i], z.table[i].end) >= n })]
	}
	return z.wall.find(n-s.base) - s.offset, true
}

func (z *zone) contains(second int64) bool {
	if second < horizonStart || second >= horizonEnd {
		return false
	}
	return z.wall.contains(second + z.at(second).offset)
}
