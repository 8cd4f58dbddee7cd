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
// of a range and remembers which were open.
type reference struct {
	start time.Time
	open  []bool
}

func newReference(d worktime.Definition, location *time.Location, start time.Time, length int) *reference {
	r := &reference{start: start, open: make([]bool, length)}
	holidays := map[string]bool{}
	for _, h := range d.Holidays {
		holidays[string(h)] = true
	}
	var day int
	var a, b string                             // today and yesterday
	var fromA, fromB, breaksA, breaksB [][2]int // that start on them
	for i := range r.open {
		local := start.Add(time.Duration(i) * time.Minute).In(location)
		if local.Day() != day {
			day = local.Day()
			today := time.Date(local.Year(), local.Month(), day, 12, 0, 0, 0, time.UTC)
			yesterday := today.AddDate(0, 0, -1)
			a, b = today.Format(time.DateOnly), yesterday.Format(time.DateOnly)
			fromA, fromB = minutes(starting(d, today)), minutes(starting(d, yesterday))
			breaksA, breaksB = minutes(d.Breaks[worktime.Date(a)]), minutes(d.Breaks[worktime.Date(b)])
		}
		hour, minute, _ := local.Clock()
		minute += hour * 60
		switch {
		case holidays[a]:
		case covers(breaksA, minute), covers(breaksB, minute+1440):
		case covers(fromA, minute):
			r.open[i] = true
		case !holidays[b] && covers(fromB, minute+1440):
			r.open[i] = true
		}
	}
	return r
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
	i := from
	for ; n > 0; i++ {
		if i == len(r.open) {
			return
		}
		if r.open[i] {
			n--
		}
	}
	earliest = r.at(i)
	for ; i < len(r.open); i++ {
		if r.open[i] {
			return earliest, r.at(i), true
		}
	}
	return
}

func (r *reference) sub(from, n int) (earliest, latest time.Time, ok bool) {
	i := from
	for ; n > 0; i-- {
		if i == 0 {
			return
		}
		if r.open[i-1] {
			n--
		}
	}
	latest = r.at(i)
	for ; i > 0; i-- {
		if r.open[i-1] {
			return r.at(i), latest, true
		}
	}
	return
}

var zones = []struct {
	name   string
	starts []string // ranges around the zone's odd days
}{
	{"Europe/Berlin", []string{"2026-03-10", "2026-10-10"}},
	{"America/New_York", []string{"2026-02-20", "2026-10-15", "2107-02-25"}},
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

// TestAgainstWalk compares every operation with the minute-by-minute walk, over
// zones with unusual changes of the clock.
func TestAgainstWalk(t *testing.T) {
	const days = 36
	perCalendar := 1000
	if testing.Short() {
		perCalendar = 100
	}
	var compared atomic.Int64
	t.Run("zones", func(t *testing.T) {
		for _, zone := range zones {
			t.Run(zone.name, func(t *testing.T) {
				t.Parallel()
				location, err := time.LoadLocation(zone.name)
				if err != nil {
					t.Fatal(err)
				}
				r := rand.New(rand.NewSource(7))
				for _, first := range zone.starts {
					start, err := time.Parse(time.DateOnly, first)
					if err != nil {
						t.Fatal(err)
					}
					for range 6 {
						d := randomDefinition(r, zone.name, start, days)
						c, err := worktime.Compile(d, time.LoadLocation)
						if err != nil {
							continue // it happens to have no hours at all
						}
						ref := newReference(d, location, start, days*1440)
						for range perCalendar {
							i, n := r.Intn(days*1440), r.Intn(1500)
							if r.Intn(10) == 0 {
								n = 0
							}
							at, amount := ref.at(i), time.Duration(n)*time.Minute
							if c.In(at) != ref.open[i] {
								t.Fatalf("%+v: In(%v) = %v", d, at, !ref.open[i])
							}
							if earliest, latest, ok := ref.add(i, n); ok {
								compared.Add(1)
								got := c.Add(at, amount)
								if !got.Due.Equal(earliest) || !got.MetUntil.Equal(latest) {
									t.Fatalf("%+v: Add(%v, %v) = %v, want %v to %v", d, at, amount, got, earliest, latest)
								}
								if b := c.Between(at, earliest); b != amount {
									t.Fatalf("%+v: Between(%v, %v) = %v, want %v", d, at, earliest, b, amount)
								}
								if b := c.Between(at, latest); b != amount {
									t.Fatalf("%+v: Between(%v, %v) = %v, want %v", d, at, latest, b, amount)
								}
								if next, ok := c.Next(got.Due); !ok || !next.Equal(latest) {
									t.Fatalf("%+v: Next(%v) = %v, want %v", d, got.Due, next, latest)
								}
							}
							if earliest, latest, ok := ref.sub(i, n); ok {
								compared.Add(1)
								if got := c.Sub(at, amount); !got.Due.Equal(earliest) || !got.MetUntil.Equal(latest) {
									t.Fatalf("%+v: Sub(%v, %v) = %v, want %v to %v", d, at, amount, got, earliest, latest)
								}
							}
						}
						at := ref.start
						end := ref.at(len(ref.open))
						i := 0
						for p := range c.Periods(at, end) {
							for ; ref.at(i).Before(p.Open); i++ {
								if ref.open[i] {
									t.Fatalf("%+v: Periods leaves out %v", d, ref.at(i))
								}
							}
							for ; ref.at(i).Before(p.Close); i++ {
								if !ref.open[i] {
									t.Fatalf("%+v: Periods has %v", d, ref.at(i))
								}
							}
							if i < len(ref.open) && ref.open[i] {
								t.Fatalf("%+v: period %v ends too early", d, p)
							}
						}
						for ; i < len(ref.open); i++ {
							if ref.open[i] {
								t.Fatalf("%+v: Periods leaves out %v", d, ref.at(i))
							}
						}
					}
				}
			})
		}
	})
	if !testing.Short() && compared.Load() < 100_000 {
		t.Errorf("only %d cases compared, want 100,000", compared.Load())
	}
}
