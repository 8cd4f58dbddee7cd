package worktime

// wall is the calendar on the wall clock, where a day has 24 hours and no clock
// ever changes. Its moments are seconds since 1970-01-01 00:00 of the wall.
//
// Open seconds (and dates that have any) are counted from a week's sum and from
// the corrections of the listed dates, so that no question walks over days.
type wall struct {
	regular    [7]daily // Monday first
	exceptions []exception
	seconds    tally // open seconds
	dates      tally // dates with open seconds
}

// exception is a date on which something else holds than on its weekday.
type exception struct {
	day  int64 // since 1970-01-01
	open daily
}

func newWall(regular [7]daily, exceptions []exception) *wall {
	w := &wall{regular: regular, exceptions: exceptions}
	w.seconds = newTally(regular, exceptions, func(d daily) int64 { return d.before(secondsPerDay) })
	w.dates = newTally(regular, exceptions, func(d daily) int64 { return int64(min(len(d), 1)) })
	return w
}

// opens says whether there is any open second.
func (w *wall) opens() bool {
	for _, e := range w.exceptions {
		if len(e.open) > 0 {
			return true
		}
	}
	return w.seconds.week[7] > 0
}

// open gives the open seconds before a date, and what is open on it.
func (w *wall) open(day int64) (before int64, hours daily) {
	i := w.seconds.search(day)
	before = w.seconds.byWeek(day) + w.seconds.deltaBefore(i)
	if i < len(w.exceptions) && w.exceptions[i].day == day {
		return before, w.exceptions[i].open
	}
	return before, w.regular[weekday(day)]
}

// day gives what is open on a date.
func (w *wall) day(day int64) daily {
	_, hours := w.open(day)
	return hours
}

// before counts the open seconds before a moment, from a fixed but unspecified
// origin: only differences mean something.
func (w *wall) before(moment int64) int64 {
	day := floorDiv(moment, secondsPerDay)
	before, hours := w.open(day)
	return before + hours.before(moment-day*secondsPerDay)
}

// find gives the earliest moment before which there are n open seconds, on the
// scale of before, and whether it is open itself; of midnight it does not say so.
// The caller knows that there is such a moment.
func (w *wall) find(n int64) (moment int64, open bool) {
	day := w.seconds.find(n)
	before, hours := w.open(day)
	second := hours.find(n - before)
	return day*secondsPerDay + second, hours.contains(second)
}

func (w *wall) contains(moment int64) bool {
	day := floorDiv(moment, secondsPerDay)
	return w.day(day).contains(moment - day*secondsPerDay)
}

// tally counts something per date: by a week that repeats for ever, and listed
// dates that differ from it.
type tally struct {
	week  [8]int64 // sums before each weekday, Monday first; the last is the week's
	days  []int64  // the listed dates, sorted
	delta []int64  // by how much the count differs after each listed date
}

func newTally(regular [7]daily, exceptions []exception, count func(daily) int64) tally {
	t := tally{days: make([]int64, len(exceptions)), delta: make([]int64, len(exceptions))}
	for i, d := range regular {
		t.week[i+1] = t.week[i] + count(d)
	}
	var delta int64
	for i, e := range exceptions {
		delta += count(e.open) - count(regular[weekday(e.day)])
		t.days[i], t.delta[i] = e.day, delta
	}
	return t
}

// search gives the index of the first listed date at or after a date.
func (t *tally) search(day int64) int {
	low, high := 0, len(t.days)
	for low < high {
		if middle := int(uint(low+high) >> 1); t.days[middle] >= day {
			high = middle
		} else {
			low = middle + 1
		}
	}
	return low
}

// before counts what precedes a date's first midnight.
func (t *tally) before(day int64) int64 {
	return t.byWeek(day) + t.deltaBefore(t.search(day))
}

func (t *tally) deltaBefore(i int) int64 {
	if i == 0 {
		return 0
	}
	return t.delta[i-1]
}

func (t *tally) byWeek(day int64) int64 {
	monday := day + 3 // 1970-01-01 was a Thursday
	week := floorDiv(monday, 7)
	return week*t.week[7] + t.week[monday-week*7]
}

// find gives the first date by whose end the count is at least n. The caller
// knows that there is one, and that the count was once lower.
func (t *tally) find(n int64) int64 {
	i, high := 0, len(t.days)
	for i < high {
		if middle := int(uint(i+high) >> 1); t.byWeek(t.days[middle]+1)+t.delta[middle] >= n {
			high = middle
		} else {
			i = middle + 1
		}
	}
	delta := t.deltaBefore(i)
	if i < len(t.days) && t.byWeek(t.days[i])+delta < n {
		return t.days[i] // it is passed on the listed date itself
	}
	if t.week[7] == 0 {
		return 0 // unreachable by the caller's promise; no division by zero all the same
	}
	week := floorDiv(n-delta-1, t.week[7])
	rest := n - delta - week*t.week[7] // from 1 to the week's sum
	i = 0
	for t.week[i+1] < rest {
		i++
	}
	return week*7 + int64(i) - 3
}

// weekday counts from Monday = 0.
func weekday(day int64) int64 { return day + 3 - floorDiv(day+3, 7)*7 }

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
