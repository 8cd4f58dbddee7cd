package worktime_test

import (
	"errors"
	"math"
	"testing"
	"time"

	"github.com/leadloop/leadloop/handoff/worktime"
)

// Common hours are a calendar: they can be empty, finite, intersected again, and
// counted in dates of the first calendar's zone.
func TestIntersect(t *testing.T) {
	compile := func(zone string, week worktime.Week, dated map[worktime.Date][]worktime.Window) *worktime.Calendar {
		t.Helper()
		c, err := worktime.Compile(worktime.Definition{TimeZone: zone, Hours: week, DatedHours: dated}, time.LoadLocation)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	intersect := func(a, b *worktime.Calendar) *worktime.Calendar {
		t.Helper()
		c, err := worktime.Intersect(a, b)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	day := func(w ...worktime.Window) worktime.Week {
		return worktime.Week{Mon: w, Tue: w, Wed: w, Thu: w, Fri: w}
	}
	berlin, york := compile("Europe/Berlin", day("09:00-17:00"), nil), compile("America/New_York", day("09:00-17:00"), nil)
	both := intersect(berlin, york)

	// 15:00-17:00 in Berlin is 9:00-11:00 in New York; in the weeks in which only America has summer time, an hour more.
	for week, want := range map[string]time.Duration{"2026-02-02": 10 * time.Hour, "2026-03-09": 15 * time.Hour, "2026-06-01": 10 * time.Hour, "2026-10-26": 15 * time.Hour} {
		from := utc(week + "T00:00:00Z")
		if got := both.Between(from, from.AddDate(0, 0, 7)); got != want {
			t.Errorf("the week of %s has %v, want %v", week, got, want)
		}
	}
	friday := utc("2026-03-27T14:00:00Z") // 15:00 in Berlin, an hour in New York already; the last day before Europe's change
	if got := both.Add(friday, 150*time.Minute); !got.Due.Equal(utc("2026-03-30T13:30:00Z")) {
		t.Errorf("two and a half common hours from %v: %v", friday, got)
	}
	for _, other := range []*worktime.Calendar{worktime.Always(), berlin} { // Always is the identity, and a calendar meets itself
		same := intersect(other, berlin)
		for n := -400; n <= 400; n += 7 {
			at := friday.Add(time.Duration(n) * time.Hour)
			x, okX := same.AddDays(at, n)
			y, okY := berlin.AddDays(at, n)
			if other == berlin && (!x.Equal(y) || okX != okY) {
				t.Errorf("AddDays(%v, %d) = %v, want %v", at, n, x, y)
			}
			if a, b := same.Add(at, 50*time.Hour), berlin.Add(at, 50*time.Hour); a != b {
				t.Errorf("Add(%v) = %v, want %v", at, a, b)
			}
		}
	}

	// Far from the years that are laid out, and at the ends of time.
	for _, year := range []int{3, 1850, 2400, 9990} {
		at := time.Date(year, 7, 1, 0, 0, 0, 0, time.UTC)
		if got := both.Add(at, 40*time.Hour); both.Between(at, got.Due) != 40*time.Hour || both.Between(at, got.MetUntil) != 40*time.Hour || !both.In(got.MetUntil) {
			t.Errorf("in %d: %v", year, got)
		}
		if _, ok := both.AddDays(at, 1); ok {
			t.Errorf("AddDays counts in %d", year)
		}
		if _, ok := both.AddDays(at, -1); ok {
			t.Errorf("AddDays counts back in %d", year)
		}
	}
	if _, ok := both.AddDays(friday, math.MaxInt); ok {
		t.Error("AddDays has no end")
	}
	if _, ok := both.AddDays(friday, math.MinInt); ok {
		t.Error("AddDays has no beginning")
	}

	// A single common hour.
	once := intersect(berlin, compile("UTC", worktime.Week{}, map[worktime.Date][]worktime.Window{"2026-03-30": {"13:30-19:00"}}))
	if got := once.Add(friday, 90*time.Minute); got.Due != utc("2026-03-30T15:00:00Z") || !got.MetUntil.IsZero() {
		t.Errorf("all of the common time: %v", got)
	}
	if got, ok := once.AddDays(friday, 1); !ok || !got.Equal(utc("2026-03-30T13:30:00Z")) {
		t.Errorf("the common day: %v, %v", got, ok)
	}
	if got, ok := once.AddDays(friday, 2); ok {
		t.Errorf("a second common day: %v", got)
	}
	if got, ok := once.AddDays(utc("2026-04-30T14:00:00Z"), -1); !ok || !got.Equal(utc("2026-03-30T14:00:00Z")) {
		t.Errorf("the common day, looking back: %v, %v", got, ok)
	}
	if got, ok := once.AddDays(friday, -1); ok {
		t.Errorf("a common day before the only one: %v", got)
	}

	// Nothing in common: mornings and evenings, or one of three that never meets the two others.
	morning := compile("Europe/Berlin", day("05:00-07:00"), nil)
	for name, b := range map[string]*worktime.Calendar{"two": berlin, "three": both} {
		_, err := worktime.Intersect(morning, b)
		var e *worktime.Error
		if !errors.Is(err, worktime.ErrNoHours) || !errors.As(err, &e) || e.Path != "hours" {
			t.Errorf("%s: %v, want ErrNoHours", name, err)
		}
	}
	// Common only in 1925: outside of the years that are laid out.
	old := intersect(worktime.Always(), compile("Europe/Berlin", worktime.Week{}, map[worktime.Date][]worktime.Window{"1925-05-04": {"10:00-11:00"}}))
	if got, ok := old.Next(utc("1900-01-01T00:00:00Z")); !ok || !got.Equal(utc("1925-05-04T09:00:00Z")) {
		t.Errorf("the hour of 1925: %v, %v", got, ok)
	}
}

// Where clocks are put back over midnight, a date comes twice: it counts once.
// In Newfoundland 00:01 of 7 November 2010 became 23:01 of the 6th, so that even
// midnight came twice; in Brazil midnight of 21 February 2016 became 23:00.
func TestIntersectCountsARepeatedDateOnce(t *testing.T) {
	for zone, start := range map[string]string{"America/Sao_Paulo": "2016-02-19T15:30:00Z", "America/St_Johns": "2010-11-05T15:30:00Z"} {
		for _, window := range []worktime.Window{"00:00-24:00", "23:10-23:50", "00:00-00:01", "22:00-23:01", "23:59-24:00", "12:00-13:00"} {
			w := []worktime.Window{window}
			plain, err := worktime.Compile(worktime.Definition{TimeZone: zone, Hours: worktime.Week{Mon: w, Tue: w, Wed: w, Thu: w, Fri: w, Sat: w, Sun: w}}, time.LoadLocation)
			if err != nil {
				t.Fatal(err)
			}
			joint, err := worktime.Intersect(plain, worktime.Always())
			if err != nil {
				t.Fatal(err)
			}
			for n := -4; n <= 4; n++ {
				for quarter := range 4 * 60 {
					at := utc(start).Add(time.Duration(quarter) * 15 * time.Minute)
					x, okX := joint.AddDays(at, n)
					y, okY := plain.AddDays(at, n)
					if !x.Equal(y) || okX != okY {
						t.Fatalf("%s %s: AddDays(%v, %d) = %v, want %v", zone, window, at, n, x, y)
					}
				}
			}
		}
	}
	// Only the second pass of 23:01 to 24:00 is shared.
	all := []worktime.Window{"00:00-24:00"}
	newfoundland, err := worktime.Compile(worktime.Definition{TimeZone: "America/St_Johns", Hours: worktime.Week{Mon: all, Tue: all, Wed: all, Thu: all, Fri: all, Sat: all, Sun: all}}, time.LoadLocation)
	if err != nil {
		t.Fatal(err)
	}
	change := utc("2010-11-07T02:31:00Z")
	once, err := worktime.Compile(worktime.Definition{TimeZone: "UTC", DatedHours: map[worktime.Date][]worktime.Window{
		"2010-11-03": {"12:00-13:00"}, "2010-11-04": {"12:00-13:00"}, "2010-11-07": {"02:40-03:00", "16:00-17:00"}}}, time.LoadLocation)
	if err != nil {
		t.Fatal(err)
	}
	shared, err := worktime.Intersect(newfoundland, once)
	if err != nil {
		t.Fatal(err)
	}
	if got := change.In(mustLoad(t, "America/St_Johns")).Format("2006-01-02 15:04"); got != "2010-11-06 23:01" {
		t.Fatalf("the change was to %s", got)
	}
	for from, n := range map[string]int{"2010-11-07T14:00:00Z": -2, "2010-11-08T03:10:00Z": -2, "2010-11-09T03:10:00Z": -3} { // 7th, 6th, 4th
		if got, ok := shared.AddDays(utc(from), n); !ok || !got.Equal(utc("2010-11-04T13:00:00Z")) {
			t.Errorf("%d days from %s: %v, %v", n, from, got, ok)
		}
	}
}

func mustLoad(t *testing.T, zone string) *time.Location {
	t.Helper()
	location, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	return location
}
