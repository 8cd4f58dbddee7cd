package worktime

import "time"

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
	total      int64 // open seconds before end, on the scale of all spans
	wall       *wall
}

// zone is a calendar on the axis of physical time.
type zone struct {
	parts  []part  // one, or those that must all be open
	joints []joint // of several parts
	table  []span  // what is asked for in practice, from tableStart to tableEnd
}

// part is a wall clock and what is open by it.
type part struct {
	location *time.Location
	wall     *wall
}

func newZone(parts ...part) *zone {
	z := &zone{parts: parts}
	if len(parts) > 1 {
		z.layAll()
	}
	s := z.spanAt(tableStart)
	s.close()
	z.table = append(z.table, s)
	for s.end < tableEnd {
		s = z.after(s)
		if last := &z.table[len(z.table)-1]; last.offset == s.offset && last.wall == s.wall {
			last.end, last.total = s.end, s.total // the clock goes on, only the zone's name or the year changes
			continue
		}
		z.table = append(z.table, s)
	}
	return z
}

// spanAt asks the locations, and leaves base and total open.
func (z *zone) spanAt(second int64) span {
	if len(z.parts) > 1 {
		return z.jointAt(second)
	}
	p := &z.parts[0]
	s := p.spanAt(second)
	s.wall = p.wall
	return s
}

// close sets total, once base is known.
func (s *span) close() { s.total = s.before(s.end) }

// before counts the open seconds before an instant of the span, or its end.
func (s *span) before(second int64) int64 { return s.base + s.wall.before(second+s.offset) }

// spanAt asks the location.
func (p *part) spanAt(second int64) span {
	t := time.Unix(second, 0).In(p.location)
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
		s.start = max(p.change(second, second-secondsPerDay, s.offset)+1, horizonStart)
	}
	switch {
	case to.IsZero():
	case to.Unix() > second:
		s.end = min(to.Unix(), horizonEnd)
	default:
		s.end = min(p.change(second, second+secondsPerDay, s.offset), horizonEnd)
	}
	return s
}

// change gives the second nearest to one with the given offset, towards another
// at most a day away, that has a different one; or the other.
func (p *part) change(same, other, offset int64) int64 {
	if p.offset(other) == offset {
		return other
	}
	for max(same-other, other-same) > 1 {
		if middle := same + (other-same)/2; p.offset(middle) == offset {
			same = middle
		} else {
			other = middle
		}
	}
	return other
}

func (p *part) offset(second int64) int64 {
	_, offset := time.Unix(second, 0).In(p.location).Zone()
	return int64(offset)
}

func (z *zone) after(s span) span {
	next := z.spanAt(s.end)
	next.start = s.end
	next.base = s.total - next.wall.before(s.end+next.offset)
	next.close()
	return next
}

func (z *zone) ahead(s span) span {
	last := z.spanAt(s.start - 1)
	last.end = s.start
	last.total = s.before(s.start)
	last.base = last.total - last.wall.before(s.start+last.offset)
	return last
}

// at gives the span of an instant: from the table, or, far from today, by
// walking from its ends.
func (z *zone) at(second int64) span {
	first, last := &z.table[0], &z.table[len(z.table)-1]
	switch {
	case second < first.start:
		s := z.ahead(*first)
		for second < s.start {
			s = z.ahead(s)
		}
		return s
	case second >= last.end:
		s := z.after(*last)
		for second >= s.end {
			s = z.after(s)
		}
		return s
	}
	low, high := 0, len(z.table)-1
	for low < high {
		if middle := int(uint(low+high) >> 1); z.table[middle].end > second {
			high = middle
		} else {
			low = middle + 1
		}
	}
	return z.table[low]
}

// before counts the open seconds before an instant; only differences mean
// something. Instants beyond the horizon count as its ends.
func (z *zone) before(second int64) int64 {
	second = min(max(second, horizonStart), horizonEnd)
	s := z.at(min(second, horizonEnd-1))
	return s.before(second)
}

// find gives the earliest second before which there are n open ones, if there is
// one after the first instant of all. It says that the second is open itself where
// that is easily told.
func (z *zone) find(n int64) (second int64, open, ok bool) {
	first, last := &z.table[0], &z.table[len(z.table)-1]
	var s span
	switch {
	case first.before(first.start) >= n:
		for s = *first; s.before(s.start) >= n; s = z.ahead(s) {
			if s.start <= horizonStart {
				return 0, false, false
			}
		}
	case last.total < n:
		for s = *last; s.total < n; s = z.after(s) {
			if s.end >= horizonEnd {
				return 0, false, false
			}
		}
	default:
		low, high := 0, len(z.table)-1
		for low < high {
			if middle := int(uint(low+high) >> 1); z.table[middle].total >= n {
				high = middle
			} else {
				low = middle + 1
			}
		}
		s = z.table[low]
	}
	moment, open := s.wall.find(n - s.base)
	second = moment - s.offset
	return second, open && second < s.end, true // the end is another span's
}

func (z *zone) contains(second int64) bool {
	if second < horizonStart || second >= horizonEnd {
		return false
	}
	s := z.at(second)
	return s.wall.contains(second + s.offset)
}
