package worktime

import (
	"errors"
	"fmt"
	"sort"
	"strconv"
	"time"
)

// Compile checks the definition and makes its calendar. The loader finds the
// time zone by its name; time.LoadLocation is one, a map of a host another.
//
// All mistakes are reported at once, joined, each an *[Error] with its path:
// an unknown zone, a malformed window or date, windows of one list that
// overlap, a calendar that would never open. A date that stands twice among
// the holidays is no mistake.
func Compile(d Definition, load func(string) (*time.Location, error)) (*Calendar, error) {
	c := &compiler{}
	location := c.zone(d.TimeZone, load)

	var week [7][]interval // what starts on each weekday, Monday first
	for i, w := range []struct {
		name    string
		windows []Window
	}{{"mon", d.Hours.Mon}, {"tue", d.Hours.Tue}, {"wed", d.Hours.Wed}, {"thu", d.Hours.Thu}, {"fri", d.Hours.Fri}, {"sat", d.Hours.Sat}, {"sun", d.Hours.Sun}} {
		week[i] = c.windows("hours."+w.name, w.windows)
	}
	dated := c.dates("dated_hours", d.DatedHours)
	breaks := c.dates("breaks", d.Breaks)
	holidays := map[int64]bool{}
	for i, date := range d.Holidays {
		if day, ok := c.date("holidays["+strconv.Itoa(i)+"]", date); ok {
			holidays[day] = true
		}
	}
	if c.errs != nil {
		return nil, errors.Join(c.errs...)
	}

	// A date differs from its weekday if it, or the day before, is listed.
	special := map[int64]bool{}
	for day := range holidays {
		special[day], special[day+1] = true, true
	}
	for _, listed := range []map[int64][]interval{dated, breaks} {
		for day := range listed {
			special[day], special[day+1] = true, true
		}
	}
	starts := func(day int64) []interval {
		if holidays[day] {
			return nil
		}
		if list, ok := dated[day]; ok {
			return list
		}
		return week[weekday(day)]
	}
	exceptions := make([]exception, 0, len(special))
	for day := range special {
		open := openOn(starts(day-1), starts(day))
		open = cut(open, openOn(breaks[day-1], breaks[day]))
		if holidays[day] {
			open = nil
		}
		exceptions = append(exceptions, exception{day: day, open: open})
	}
	sort.Slice(exceptions, func(i, j int) bool { return exceptions[i].day < exceptions[j].day })

	var regular [7]daily
	for i := range regular {
		regular[i] = openOn(week[(i+6)%7], week[i])
	}
	wall := newWall(regular, exceptions)
	if !wall.opens() {
		return nil, c.report("hours", ErrNoHours, "the calendar never opens: give at least one window that no holiday or break takes away")
	}
	return newCalendar(location, wall), nil
}

// compiler reads the parts of a definition and keeps its mistakes.
type compiler struct{ errs []error }

func (c *compiler) report(path string, cause error, format string, args ...any) error {
	err := &Error{Path: path, Message: fmt.Sprintf(format, args...), Cause: cause}
	c.errs = append(c.errs, err)
	return err
}

func (c *compiler) zone(name string, load func(string) (*time.Location, error)) *time.Location {
	switch {
	case name == "":
		c.report("time_zone", ErrTimeZone, `no time zone: name one, such as "Europe/Berlin" or "UTC"`)
	case load == nil:
		c.report("time_zone", ErrTimeZone, "no loader for time zones: give one, such as time.LoadLocation")
	default:
		location, err := load(name)
		if err != nil {
			c.report("time_zone", ErrTimeZone, "the loader does not know %q: %v", name, err)
		} else if location == nil {
			c.report("time_zone", ErrTimeZone, "the loader gave nothing for %q", name)
		}
		return location
	}
	return nil
}

// date gives the number of days since 1970-01-01.
func (c *compiler) date(path string, date Date) (int64, bool) {
	t, err := time.ParseInLocation(time.DateOnly, string(date), time.UTC)
	if err != nil || t.Year() < 1 {
		c.report(path, ErrDate, `%q is no date: write it like "2026-12-24"`, string(date))
		return 0, false
	}
	return floorDiv(t.Unix(), secondsPerDay), true
}

func (c *compiler) dates(path string, listed map[Date][]Window) map[int64][]interval {
	dates := make([]Date, 0, len(listed))
	for date := range listed {
		dates = append(dates, date)
	}
	sort.Slice(dates, func(i, j int) bool { return dates[i] < dates[j] })
	days := make(map[int64][]interval, len(listed))
	for _, date := range dates {
		inner := path + "." + string(date)
		day, ok := c.date(inner, date)
		windows := c.windows(inner, listed[date])
		if ok {
			days[day] = windows
		}
	}
	return days
}

// windows reads a list into intervals from the midnight on which they start; the
// end of an overnight window is beyond 24 hours.
func (c *compiler) windows(path string, list []Window) []interval {
	read := make([]interval, 0, len(list))
	for i, w := range list {
		inner := path + "[" + strconv.Itoa(i) + "]"
		one, err := w.interval()
		if err != "" {
			c.report(inner, ErrWindow, "%q %s", string(w), err)
			continue
		}
		for j, other := range read {
			if one.from < other.to && other.from < one.to {
				c.report(inner, ErrWindow, "%q overlaps an earlier window of the list (%s): join them", string(w), read[j])
			}
		}
		read = append(read, one)
	}
	sort.Slice(read, func(i, j int) bool { return read[i].from < read[j].from })
	return read
}

// interval reads the window, or says what is wrong with it.
func (w Window) interval() (interval, string) {
	const form = `is no window: write it like "09:00-17:00"`
	if len(w) != len("09:00-17:00") || w[5] != '-' {
		return interval{}, form
	}
	from, ok := clock(string(w[:5]))
	to, fine := clock(string(w[6:]))
	switch {
	case !ok || !fine:
		return interval{}, form
	case from == secondsPerDay:
		return interval{}, "starts at 24:00: write 00:00 on the next day"
	case from == to:
		return interval{}, "is empty: for the whole day write 00:00-24:00"
	case to < from:
		to += secondsPerDay
	}
	return interval{from, to}, ""
}

// clock reads HH:MM into seconds since midnight, up to 24:00.
func clock(s string) (int64, bool) {
	for _, i := range []int{0, 1, 3, 4} {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
	}
	hour, minute := int64(s[0]-'0')*10+int64(s[1]-'0'), int64(s[3]-'0')*10+int64(s[4]-'0')
	if s[2] != ':' || minute > 59 || hour > 24 || hour == 24 && minute > 0 {
		return 0, false
	}
	return hour*3600 + minute*60, true
}
