package worktime_test

import (
	"fmt"
	"math/rand"
	"sync/atomic"
	"testing"
	"time"

	"github.com/leadloop/leadloop/handoff/worktime"
)

// reference answers the slow, obvious way: it asks the wall clock of every minute
// of a range, remembers which were open, and counts them.
type reference struct {
	start   time.Time
	open    []bool
	before  []int // open minutes before each minute
	minutes []int // the open minutes
}

func (r *reference) count() *reference {
	r.before = make([]int, len(r.open))
	for i, open := range r.open {
		r.before[i] = len(r.minutes)
		if open {
			r.minutes = append(r.minutes, i)
		}
	}
	return r
}

func newReference(d worktime.Definition, location *time.Location, start time.Time, length int) *reference {
	r := &reference{start: start, open: make([]bool, length)}
	holidays := map[string]bool{}
	for _, h := range d.Holidays {
		holidays[string(h)] = true
	}
	day := int64(-1 << 62)
	var a, b string                             // today and yesterday
	var fromA, fromB, breaksA, breaksB [][2]int // that start on them
	for i := range r.open {
		local := start.Add(time.Duration(i) * time.Minute).In(location)
		_, offset := local.Zone()
		wall := local.Unix() + int64(offset) // what the wall clock shows, in seconds
		past := (wall%86400 + 86400) % 86400
		minute := int(past / 60)
		if midnight := wall - past; midnight != day {
			day = midnight
			today := time.Date(local.Year(), local.Month(), local.Day(), 12, 0, 0, 0, time.UTC)
			yesterday := today.AddDate(0, 0, -1)
			a, b = today.Format(time.DateOnly), yesterday.Format(time.DateOnly)
			fromA, fromB = minutes(starting(d, today)), minutes(starting(d, yesterday))
			breaksA, breaksB = minutes(d.Breaks[worktime.Date(a)]), minutes(d.Breaks[worktime.Date(b)])
		}
		switch {
		case holidays[a]:
		case covers(breaksA, minute), covers(breaksB, minute+1440):
		case covers(fromA, minute):
			r.open[i] = true
		case !holidays[b] && covers(fromB, minute+1440):
			r.open[i] = true
		}
	}
	return r.count()
}

func starting(d worktime.Definition, date time.Time) []worktime.Window {
	if list, ok := d.DatedHours[worktime.Date(date.Format(time.DateOnly))]; ok {
		return list
	}
	return map[time.Weekday][]worktime.Window{time.Monday: d.Hours.Mon, time.Tuesday: d.Hours.Tue, time.Wednesday: d.Hours.Wed,
		time.Thursday: d.Hours.Thu, time.Friday: d.Hours.Fri, time.Saturday: d.Hours.Sat, time.Sunday: d.Hours.Sun}[date.Weekday()]
}

// minutes gives the windows in minutes since midnight.
func minutes(list []worktime.Window) [][2]int {
	var bounds [][2]int
	for _, w := range list {
		var h1, m1, h2, m2 int
		if _, err := fmt.Sscanf(string(w), "%d:%d-%d:%d", &h1, &m1, &h2, &m2); err != nil {
			panic(err)
		}
		from, to := h1*60+m1, h2*60+m2
		if to < from {
			to += 1440
		}
		bounds = append(bounds, [2]int{from, to})
	}
	return bounds
}

func covers(list [][2]int, minute int) bool {
	for _, w := range list {
		if w[0] <= minute && minute < w[1] {
			return true
		}
	}
	return false
}

func (r *reference) at(i int) time.Time { return r.start.Add(time.Duration(i) * time.Minute) }

// add gives the first and last minute boundary with n open minutes since from;
// ok is false if the range is too short to tell.
func (r *reference) add(from, n int) (earliest, latest time.Time, ok bool) {
	k := r.before[from] + n // the open minute that follows
	if k >= len(r.minutes) {
		return
	}
	earliest = r.at(from)
	if n > 0 {
		earliest = r.at(r.minutes[k-1] + 1)
	}
	return earliest, r.at(r.minutes[k]), true
}

func (r *reference) sub(from, n int) (earliest, latest time.Time, ok bool) {
	k := r.before[from] - n // the first of the n open minutes
	if k < 1 {
		return
	}
	latest = r.at(from)
	if n > 0 {
		latest = r.at(r.minutes[k])
	}
	return r.at(r.minutes[k-1] + 1), latest, true
}

var zones = []struct {
	name   string
	starts []string // ranges around the zone's odd days
}{
	{"Europe/Berlin", []string{"2026-03-10", "2026-10-10"}},
	{"America/New_York", []string{"2026-02-20", "2026-10-15", "2101-02-25"}},
	{"Australia/Lord_Howe", []string{"2026-03-20", "2026-09-20"}},
	{"Africa/Casablanca", []string{"2026-02-01", "2026-03-05", "1966-12-20"}},
	{"Pacific/Apia", []string{"2011-12-15", "2011-09-10", "2012-03-20"}},
	{"Asia/Kathmandu", []string{"1985-12-20", "2026-01-01"}},
	{"America/Sao_Paulo", []string{"2015-10-05"}},
}

func clockText(minute int) string { return fmt.Sprintf("%02d:%02d", minute/60, minute%60) }

func randomWindows(r *rand.Rand) []worktime.Window {
	switch r.Intn(8) {
	case 0:
		return nil
	case 1:
		return []worktime.Window{"00:00-24:00"}
	case 2:
		return []worktime.Window{worktime.Window("2" + clockText(r.Intn(240))[1:] + "-0" + clockText(r.Intn(600))[1:])}
	}
	var list []worktime.Window
	for from := r.Intn(12 * 60); from < 1400; {
		to := from + 1 + r.Intn(min(400, 1440-from))
		list = append(list, worktime.Window(clockText(from)+"-"+clockText(to)))
		from = to + r.Intn(200)
	}
	return list
}

func randomDefinition(r *rand.Rand, zone string, start time.Time, days int) worktime.Definition {
	d := worktime.Definition{TimeZone: zone, DatedHours: map[worktime.Date][]worktime.Window{}, Breaks: map[worktime.Date][]worktime.Window{}}
	for _, day := range []*[]worktime.Window{&d.Hours.Mon, &d.Hours.Tue, &d.Hours.Wed, &d.Hours.Thu, &d.Hours.Fri, &d.Hours.Sat, &d.Hours.Sun} {
		*day = randomWindows(r)
	}
	if r.Intn(5) == 0 {
		all := []worktime.Window{"00:00-24:00"}
		d.Hours = worktime.Week{Mon: all, Tue: all, Wed: all, Thu: all, Fri: all, Sat: all, Sun: all}
	}
	date := func() worktime.Date {
		return worktime.Date(start.AddDate(0, 0, r.Intn(days)).Format(time.DateOnly))
	}
	for range r.Intn(6) {
		d.Holidays = append(d.Holidays, date())
		d.DatedHours[date()] = randomWindows(r)
		d.Breaks[date()] = randomWindows(r)
	}
	return d
}

// asked is what one comparison looks at: a calendar, and the walk over its range.
type asked struct {
	name     string
	calendar *worktime.Calendar
	walk     *reference
}

// compare asks every operation about one minute and one amount, and tells whether
// the range of the walk was long enough to answer.
func (a asked) compare(t *testing.T, i, n int) bool {
	t.Helper()
	c, at, amount := a.calendar, a.walk.at(i), time.Duration(n)*time.Minute
	if c.In(at) != a.walk.open[i] {
		t.Fatalf("%s: In(%v) = %v", a.name, at, !a.walk.open[i])
	}
	earliest, latest, forward := a.walk.add(i, n)
	if forward {
		got := c.Add(at, amount)
		if !got.Due.Equal(earliest) || !got.MetUntil.Equal(latest) {
			t.Fatalf("%s: Add(%v, %v) = %v, want %v to %v", a.name, at, amount, got, earliest, latest)
		}
		for _, end := range []time.Time{earliest, latest} {
			if b := c.Between(at, end); b != amount {
				t.Fatalf("%s: Between(%v, %v) = %v, want %v", a.name, at, end, b, amount)
			}
		}
		if next, ok := c.Next(got.Due); !ok || !next.Equal(latest) {
			t.Fatalf("%s: Next(%v) = %v, want %v", a.name, got.Due, next, latest)
		}
	}
	earliest, latest, back := a.walk.sub(i, n)
	if back {
		if got := c.Sub(at, amount); !got.Due.Equal(earliest) || !got.MetUntil.Equal(latest) {
			t.Fatalf("%s: Sub(%v, %v) = %v, want %v to %v", a.name, at, amount, got, earliest, latest)
		}
	}
	return forward || back
}

// periods compares the stretches of the whole range.
func (a asked) periods(t *testing.T) {
	t.Helper()
	walk, i := a.walk, 0
	for p := range a.calendar.Periods(walk.start, walk.at(len(walk.open))) {
		for ; walk.at(i).Before(p.Open); i++ {
			if walk.open[i] {
				t.Fatalf("%s: Periods leaves out %v", a.name, walk.at(i))
			}
		}
		for ; walk.at(i).Before(p.Close); i++ {
			if !walk.open[i] {
				t.Fatalf("%s: Periods has %v", a.name, walk.at(i))
			}
		}
		if i < len(walk.open) && walk.open[i] {
			t.Fatalf("%s: period %v ends too early", a.name, p)
		}
	}
	for ; i < len(walk.open); i++ {
		if walk.open[i] {
			t.Fatalf("%s: Periods leaves out %v", a.name, walk.at(i))
		}
	}
}

const rangeDays = 36 // of one walk

// draw makes a random calendar of the zone around one of its odd days, with the
// walk over it; false if it happens to have no hours at all.
func draw(t *testing.T, r *rand.Rand, zone string, start time.Time) (asked, bool) {
	t.Helper()
	location, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	d := randomDefinition(r, zone, start, rangeDays)
	c, err := worktime.Compile(d, time.LoadLocation)
	if err != nil {
		return asked{}, false
	}
	return asked{fmt.Sprintf("%+v", d), c, newReference(d, location, start, rangeDays*1440)}, true
}

// TestAgainstWalk compares every operation with the minute-by-minute walk, over
// zones with unusual changes of the clock: 100,000 random questions.
func TestAgainstWalk(t *testing.T) {
	calendars, questions := 25, 400
	if testing.Short() {
		calendars, questions = 4, 100
	}
	var answered atomic.Int64
	t.Run("zones", func(t *testing.T) {
		for i, zone := range zones {
			t.Run(zone.name, func(t *testing.T) {
				t.Parallel()
				r := rand.New(rand.NewSource(int64(i)))
				for _, first := range zone.starts {
					start := utc(first + "T00:00:00Z")
					for range calendars {
						a, ok := draw(t, r, zone.name, start)
						if !ok {
							continue
						}
						for range questions {
							n := r.Intn(1500)
							if r.Intn(10) == 0 {
								n = 0
							}
							if a.compare(t, r.Intn(rangeDays*1440), n) {
								answered.Add(1)
							}
						}
						a.periods(t)
					}
				}
			})
		}
	})
	if !testing.Short() && answered.Load() < 100_000 {
		t.Errorf("only %d questions were answered, want 100,000", answered.Load())
	}
}

// TestIntersectionAgainstWalk compares the common hours of two calendars, in
// different zones or the same, and of three, with the minutes at which the walks
// of all are open.
func TestIntersectionAgainstWalk(t *testing.T) {
	pairs, questions := 10, 300
	if testing.Short() {
		pairs, questions = 3, 50
	}
	var answered atomic.Int64
	t.Run("zones", func(t *testing.T) {
		for i, zone := range zones {
			t.Run(zone.name, func(t *testing.T) {
				t.Parallel()
				r := rand.New(rand.NewSource(int64(100 + i)))
				for _, first := range zone.starts {
					start := utc(first + "T00:00:00Z")
					for n := range pairs {
						a, ok := draw(t, r, zone.name, start)
						for k := 0; k <= n%4/3 && ok; k++ {
							var b asked
							if b, ok = draw(t, r, zones[r.Intn(len(zones))].name, start); !ok {
								break
							}
							common, err := worktime.Intersect(a.calendar, b.calendar)
							if ok = err == nil; !ok {
								for i := range a.walk.open {
									if a.walk.open[i] && b.walk.open[i] {
										t.Fatalf("%s and %s: %v, but %v is open", a.name, b.name, err, a.walk.at(i))
									}
								}
								break
							}
							open := make([]bool, len(a.walk.open))
							for i := range open {
								open[i] = a.walk.open[i] && b.walk.open[i]
							}
							a = asked{a.name + " and " + b.name, common, (&reference{start: start, open: open}).count()}
						}
						if !ok {
							continue
						}
						for range questions {
							if a.compare(t, r.Intn(rangeDays*1440), r.Intn(1000)) {
								answered.Add(1)
							}
						}
						a.periods(t)
					}
				}
			})
		}
	})
	if !testing.Short() && answered.Load() < 20_000 {
		t.Errorf("only %d questions were answered, want 20,000", answered.Load())
	}
}
