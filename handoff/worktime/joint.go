package worktime

import "slices"

// Intersect gives the calendar that is open at the instants at which both are:
// the team's hours and those of a member who works in another zone. It answers
// [ErrNoHours] if there is no such instant in the years 1 to 9999.
//
// The result is a calendar as any other, and can be intersected again. Its
// questions cost what they cost of a plain one, because between two changes of
// either clock the common hours are a week that repeats, in UTC: Intersect lays
// them out once, for each pair of offsets that the zones have from 1970 to 2100.
// Only [Calendar.AddDays] walks, over the dates that it counts, and answers false
// when that leads out of the years 1970 to 2099. A date is one of the first
// calendar's zone, and has hours if both calendars are open in it.
func Intersect(a, b *Calendar) (*Calendar, error) {
	z := newZone(slices.Concat(a.zone.parts, b.zone.parts)...)
	first, last := &z.table[0], &z.table[len(z.table)-1]
	if first.before(first.start) == last.total && z.before(horizonStart) == z.before(horizonEnd) {
		return nil, &Error{Path: "hours", Message: "the two calendars are never open at the same time: widen the hours of one", Cause: ErrNoHours}
	}
	return &Calendar{zone: z}, nil
}

// jointAt gives the stretch around an instant in which no part's clock changes,
// with the common hours in UTC.
func (z *zone) jointAt(second int64) span {
	s := span{start: horizonStart, end: horizonEnd}
	offsets := make([]int64, len(z.parts))
	for i := range z.parts {
		p := z.parts[i].spanAt(second)
		s.start, s.end, offsets[i] = max(s.start, p.start), min(s.end, p.end), p.offset
	}
	i := slices.IndexFunc(z.joints, func(j joint) bool { return slices.Equal(j.offsets, offsets) })
	if i < 0 { // laid out anew far from today: the calendar itself never changes
		s.wall = z.lay(offsets)
		return s
	}
	s.wall = z.joints[i].wall
	return s
}

// joint has the common hours in UTC while the parts' clocks have certain offsets.
type joint struct {
	offsets []int64
	wall    *wall
}

// layAll prepares the common hours of all the offsets that occur together in the
// years of the table.
func (z *zone) layAll() {
	for second := int64(tableStart); second < tableEnd; {
		offsets := make([]int64, len(z.parts))
		end := int64(horizonEnd)
		for i := range z.parts {
			p := z.parts[i].spanAt(second)
			end, offsets[i] = min(end, p.end), p.offset
		}
		if !slices.ContainsFunc(z.joints, func(j joint) bool { return slices.Equal(j.offsets, offsets) }) {
			z.joints = append(z.joints, joint{offsets, z.lay(offsets)})
		}
		second = end
	}
}

// lay gives the common hours in UTC, if the parts' clocks have the offsets.
func (z *zone) lay(offsets []int64) *wall {
	common := func(day int64, hours func(w *wall, day int64) daily) daily {
		open := daily{{0, secondsPerDay}}
		for i := range z.parts {
			open = both(open, moved(day, offsets[i], func(day int64) daily { return hours(z.parts[i].wall, day) }))
		}
		return open
	}
	var regular [7]daily
	for i := range regular {
		regular[i] = common(int64(i)+4, func(w *wall, day int64) daily { return w.regular[weekday(day)] }) // day 4 was a Monday
	}
	var days []int64
	for i := range z.parts {
		for _, e := range z.parts[i].wall.exceptions { // a date lies in two days of UTC
			day := floorDiv(e.day*secondsPerDay-offsets[i], secondsPerDay)
			days = append(days, day, day+1)
		}
	}
	slices.Sort(days)
	days = slices.Compact(days)
	exceptions := make([]exception, len(days))
	for i, day := range days {
		exceptions[i] = exception{day: day, open: common(day, (*wall).day)}
	}
	return newWall(regular, exceptions)
}

// moved gives what is open on a day of UTC, from what is open on the dates of a
// wall clock with an offset.
func moved(day, offset int64, hours func(day int64) daily) daily {
	var open daily
	start := day*secondsPerDay + offset // of the day of UTC, on the wall clock
	date := floorDiv(start, secondsPerDay)
	for _, date := range [...]int64{date, date + 1} {
		for _, v := range hours(date) {
			midnight := date*secondsPerDay - start
			open = open.with(midnight+v.from, midnight+v.to)
		}
	}
	return open
}

// both gives what is open in a and in b.
func both(a, b daily) daily {
	var open daily
	for len(a) > 0 && len(b) > 0 {
		open = open.with(max(a[0].from, b[0].from), min(a[0].to, b[0].to))
		if a[0].to < b[0].to {
			a = a[1:]
		} else {
			b = b[1:]
		}
	}
	return open
}

// jointDate gives the n-th date after (or, with a negative n, before) a date on
// which all parts are open, by the clock of the first part.
func (z *zone) jointDate(day int64, n int) (int64, bool) {
	p := &z.parts[0]
	date := func(second int64) (day, secondOfDay int64) {
		moment := second + p.offset(second)
		day = floorDiv(moment, secondsPerDay)
		return day, moment - day*secondsPerDay
	}
	if n > 0 {
		from := z.instant((day + 1) * secondsPerDay)
		for n > 0 {
			second, _, ok := z.find(z.before(from) + 1)
			if second--; !ok || !tabled(second) { // the first that is open
				return 0, false
			}
			found, past := date(second)
			if from = second + secondsPerDay - past; found > day { // or the date again, because clocks were put back over midnight
				day, n = found, n-1
				from = z.instant((day + 1) * secondsPerDay)
			}
		}
		return day, true
	}
	_, until := z.instants(day * secondsPerDay)
	for n < 0 {
		second, _, ok := z.find(z.before(until))
		if second--; !ok || !tabled(second) { // the last that is open
			return 0, false
		}
		found, past := date(second)
		if until = second - past; found < day { // or the date itself, in the first of its two first minutes
			day, n = found, n+1
			_, until = z.instants(day * secondsPerDay)
		}
	}
	return day, true
}

func tabled(second int64) bool { return tableStart <= second && second < tableEnd }

// clock gives the offset by which dates are told: that of the first part.
func (z *zone) clock(second int64) int64 {
	second = min(max(second, horizonStart), horizonEnd-1)
	if len(z.parts) == 1 {
		return z.at(second).offset
	}
	return z.parts[0].offset(second)
}
