package worktime_test

import (
	"encoding/json"
	"errors"
	"math"
	"math/rand"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/leadloop/leadloop/handoff/worktime"
)

func utc(s string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		panic(err)
	}
	return t
}

func TestMistakesAreAllReported(t *testing.T) {
	open := worktime.Week{Mon: []worktime.Window{"09:00-17:00"}}
	silent := func(string) (*time.Location, error) { return nil, nil }
	for _, c := range []struct {
		name string
		d    worktime.Definition
		load func(string) (*time.Location, error)
		want []string
		is   error
	}{
		{"empty", worktime.Definition{TimeZone: "UTC"}, time.LoadLocation, []string{"hours: the calendar never opens"}, worktime.ErrNoHours},
		{"all taken away", worktime.Definition{TimeZone: "UTC", DatedHours: map[worktime.Date][]worktime.Window{"2026-01-01": {"09:00-10:00"}, "2026-01-02": {"09:00-10:00"}},
			Holidays: []worktime.Date{"2026-01-01"}, Breaks: map[worktime.Date][]worktime.Window{"2026-01-02": {"08:00-11:00"}}}, time.LoadLocation,
			[]string{"hours: the calendar never opens"}, worktime.ErrNoHours},
		{"no zone", worktime.Definition{Hours: open}, time.LoadLocation, []string{"time_zone: no time zone"}, worktime.ErrTimeZone},
		{"no loader", worktime.Definition{TimeZone: "UTC", Hours: open}, nil, []string{"time_zone: no loader"}, worktime.ErrTimeZone},
		{"unknown zone", worktime.Definition{TimeZone: "Europe/Atlantis", Hours: open}, time.LoadLocation, []string{"time_zone: the loader does not know"}, worktime.ErrTimeZone},
		{"silent loader", worktime.Definition{TimeZone: "UTC", Hours: open}, silent, []string{"time_zone: the loader gave nothing"}, worktime.ErrTimeZone},
		{"windows", worktime.Definition{TimeZone: "UTC", Hours: worktime.Week{
			Mon: []worktime.Window{"", "9-17", "24:00-09:00", "09:00-09:00", "09:60-10:00", "09:00-24:01", "0a:00-09:00", "09:00 10:00", "22:00-06:00", "23:00-24:00"}}}, time.LoadLocation,
			[]string{"hours.mon[0]: ", "hours.mon[1]: ", "hours.mon[2]: ", "hours.mon[3]: ", "hours.mon[4]: ", "hours.mon[5]: ", "hours.mon[6]: ", "hours.mon[7]: ", "hours.mon[9]: "}, worktime.ErrWindow},
		{"dates", worktime.Definition{TimeZone: "UTC", Hours: open, Holidays: []worktime.Date{"2026-1-1", "0000-01-01"},
			DatedHours: map[worktime.Date][]worktime.Window{"2026-02-30": nil, "2026-02-01": {"x"}}, Breaks: map[worktime.Date][]worktime.Window{"tomorrow": {"y"}}}, time.LoadLocation,
			[]string{"dated_hours.2026-02-01[0]: ", "dated_hours.2026-02-30: ", "breaks.tomorrow: ", "breaks.tomorrow[0]: ", "holidays[0]: ", "holidays[1]: "}, worktime.ErrDate},
	} {
		calendar, err := worktime.Compile(c.d, c.load)
		if err == nil || calendar != nil {
			t.Errorf("%s: accepted", c.name)
			continue
		}
		lines := strings.Split(err.Error(), "\n")
		if len(lines) != len(c.want) {
			t.Errorf("%s: %d mistakes, want %d:\n%v", c.name, len(lines), len(c.want), err)
			continue
		}
		for i, want := range c.want {
			if !strings.HasPrefix(lines[i], want) {
				t.Errorf("%s: %q, want %q", c.name, lines[i], want)
			}
		}
		var e *worktime.Error
		if !errors.Is(err, c.is) || !errors.As(err, &e) || e.Path == "" {
			t.Errorf("%s: %v is not %v", c.name, err, c.is)
		}
	}
}

func TestParse(t *testing.T) {
	want, err := worktime.Parse([]byte(berlin))
	if err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := worktime.Parse(data); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
	if _, err := worktime.Parse([]byte(`{"hours": {"monday": []}, "time_zone": 1}`)); err == nil || strings.Count(err.Error(), "\n") != 1 {
		t.Errorf("got %v, want two mistakes", err)
	}
}

// Precedence: holiday over break over dated hours over weekday; a window belongs
// to the date on which it starts.
func TestPrecedence(t *testing.T) {
	night := []worktime.Window{"22:00-06:00"}
	c, err := worktime.Compile(worktime.Definition{
		TimeZone:   "UTC",
		Hours:      worktime.Week{Mon: night, Tue: night, Wed: night, Thu: night, Fri: night, Sat: night, Sun: night},
		DatedHours: map[worktime.Date][]worktime.Window{"2026-06-10": {"12:00-14:00"}, "2026-06-15": {"10:00-11:00"}, "2026-06-20": {}},
		Breaks:     map[worktime.Date][]worktime.Window{"2026-06-05": {"23:00-01:00"}, "2026-06-10": {"13:00-13:30"}},
		Holidays:   []worktime.Date{"2026-06-15", "2026-06-25"},
	}, time.LoadLocation)
	if err != nil {
		t.Fatal(err)
	}
	for instant, want := range map[string]bool{
		"2026-06-01T22:00:00Z": true, "2026-06-01T21:59:59.999999999Z": false, "2026-06-02T05:59:59.999999999Z": true, "2026-06-02T06:00:00Z": false,
		"2026-06-05T22:30:00Z": true, "2026-06-05T23:00:00Z": false, "2026-06-06T00:59:00Z": false, "2026-06-06T01:00:00Z": true,
		"2026-06-10T05:00:00Z": true, // Tuesday's night
		"2026-06-10T12:30:00Z": true, "2026-06-10T13:15:00Z": false, "2026-06-10T23:00:00Z": false, "2026-06-11T01:00:00Z": false,
		"2026-06-15T01:00:00Z": false, "2026-06-15T10:30:00Z": false, "2026-06-14T23:00:00Z": true,
		"2026-06-20T05:00:00Z": true, "2026-06-20T23:00:00Z": false, "2026-06-21T01:00:00Z": false, "2026-06-21T23:00:00Z": true,
		"2026-06-25T03:00:00Z": false, "2026-06-25T23:00:00Z": false, "2026-06-26T03:00:00Z": false, "2026-06-26T22:00:00Z": true,
	} {
		if got := c.In(utc(instant)); got != want {
			t.Errorf("In(%s) = %v, want %v", instant, got, want)
		}
	}
}

// A calendar with dated hours only has an end and a beginning.
func TestFiniteCalendar(t *testing.T) {
	c, err := worktime.Compile(worktime.Definition{TimeZone: "UTC", DatedHours: map[worktime.Date][]worktime.Window{"2026-01-05": {"10:00-11:00"}, "2026-01-07": {"10:00-11:00"}}}, time.LoadLocation)
	if err != nil {
		t.Fatal(err)
	}
	before, after := utc("2026-01-01T00:00:00Z"), utc("2026-02-01T00:00:00Z")
	zero := worktime.Deadline{}
	for _, d := range []struct {
		name      string
		got, want worktime.Deadline
	}{
		{"all of it", c.Add(before, 2*time.Hour), worktime.Deadline{Due: utc("2026-01-07T11:00:00Z")}},
		{"the first day", c.Add(before, time.Hour), worktime.Deadline{Due: utc("2026-01-05T11:00:00Z"), MetUntil: utc("2026-01-07T10:00:00Z")}},
		{"too much", c.Add(before, 2*time.Hour+1), zero},
		{"over", c.Add(after, 1), zero},
		{"nothing, afterwards", c.Add(after, 0), worktime.Deadline{Due: after}},
		{"back: all of it", c.Sub(after, 2*time.Hour), worktime.Deadline{MetUntil: utc("2026-01-05T10:00:00Z")}},
		{"back: too much", c.Sub(after, 2*time.Hour+1), zero},
		{"back: before all", c.Sub(before, 1), zero},
		{"back: nothing", c.Sub(before, 0), worktime.Deadline{MetUntil: before}},
		{"back: a nanosecond", c.Sub(after, 1), worktime.Deadline{Due: utc("2026-01-07T10:59:59.999999999Z"), MetUntil: utc("2026-01-07T10:59:59.999999999Z")}},
	} {
		if d.got != d.want {
			t.Errorf("%s: got %v, want %v", d.name, d.got, d.want)
		}
	}
	if _, ok := c.Next(after); ok {
		t.Error("Next finds something after the end")
	}
	if got, ok := c.AddDays(before, 2); !ok || !got.Equal(utc("2026-01-07T10:00:00Z")) {
		t.Errorf("the second day: %v, %v", got, ok)
	}
	for _, n := range []int{3, math.MaxInt, -1, math.MinInt} {
		if got, ok := c.AddDays(before, n); ok {
			t.Errorf("AddDays(%d) = %v", n, got)
		}
	}
	if got, ok := c.AddDays(after, -2); ok {
		t.Errorf("at midnight of the first day nothing was open yet, so there is no close to go back to: %v", got)
	}
	if got, ok := c.AddDays(after, -1); !ok || !got.Equal(utc("2026-01-05T11:00:00Z")) {
		t.Errorf("a day back: %v, %v", got, ok)
	}
	if s, err := json.Marshal(zero); err != nil || string(s) != "{}" {
		t.Errorf("%s %v", s, err)
	}
}

// Far from today, and at the ends of the world, answers are right and come soon.
func TestHorizon(t *testing.T) {
	minute := []worktime.Window{"12:00-12:01"}
	for _, zone := range []string{"America/New_York", "UTC", "Australia/Lord_Howe"} {
		c, err := worktime.Compile(worktime.Definition{TimeZone: zone, Hours: worktime.Week{Wed: minute}}, time.LoadLocation)
		if err != nil {
			t.Fatal(err)
		}
		start := utc("2026-01-01T00:00:00Z")
		if got := c.Add(start, 365*24*time.Hour); got != (worktime.Deadline{}) {
			t.Errorf("525,600 minutes, one a week, are beyond the year 9999: %v", got)
		}
		if got := c.Add(start, 300_000*time.Minute); got.Due.Year() != 2026+5749 && got.Due.Year() != 2026+5750 {
			t.Errorf("300,000 weeks later: %v", got)
		}
		if got := c.Add(start, 100_000*time.Minute); c.Between(start, got.Due) != 100_000*time.Minute || c.Between(start, got.MetUntil) != 100_000*time.Minute {
			t.Errorf("100,000 weeks later: %v", got)
		}
		if got := c.Sub(start, 50_000*time.Minute); c.Between(got.Due, start) != 50_000*time.Minute || got.Due.Year() > 1100 {
			t.Errorf("50,000 weeks earlier: %v", got)
		}
		if got := c.Sub(start, 365*24*time.Hour); got != (worktime.Deadline{}) {
			t.Errorf("before the year 1: %v", got)
		}
		for _, far := range []time.Time{time.Unix(math.MinInt64, 0), time.Unix(math.MaxInt64, 0), time.Unix(1<<40, 5), time.Unix(-1<<40, 5)} {
			if c.In(far) {
				t.Errorf("In(%d)", far.Unix())
			}
			if _, ok := c.AddDays(far, 1); ok {
				t.Errorf("AddDays(%d)", far.Unix())
			}
		}
		if got := c.Between(time.Unix(math.MinInt64, 0), time.Unix(1<<50, 0)); got < 520_000*time.Minute || got > 522_000*time.Minute {
			t.Errorf("one minute in every week of 9999 years: %v", got)
		}
	}
	always := worktime.Always()
	if got := always.Between(time.Time{}, time.Unix(1<<50, 0)); got != math.MaxInt64 {
		t.Errorf("Between of all times = %v", got)
	}
	last := utc("9999-12-31T23:00:00Z")
	if got := always.Add(last, time.Hour); !got.Due.Equal(last.Add(time.Hour)) || !got.MetUntil.IsZero() {
		t.Errorf("the last hour: %v", got)
	}
	n := 0
	for p := range always.Periods(time.Unix(-1<<50, 0), time.Unix(1<<50, 0)) {
		if n++; !p.Open.Equal(utc("0001-01-01T00:00:00Z")) || !p.Close.Equal(last.Add(time.Hour)) {
			t.Errorf("all time is %v", p)
		}
	}
	if n != 1 {
		t.Errorf("all time has %d periods", n)
	}
}

// On the last day of a leap year, in years that follow from a zone's rule, the
// standard library's bounds of the zone are wrong; the offset is not.
func TestLeapYearsEnd(t *testing.T) {
	night := []worktime.Window{"00:00-24:00"}
	c, err := worktime.Compile(worktime.Definition{TimeZone: "Europe/Berlin", Hours: worktime.Week{Mon: night, Tue: night, Wed: night, Thu: night, Fri: night, Sat: night, Sun: night}}, time.LoadLocation)
	if err != nil {
		t.Fatal(err)
	}
	for _, year := range []int{1904, 2040, 2096, 2104, 2400} {
		start := time.Date(year, 12, 31, 12, 0, 0, 0, time.UTC)
		if got := c.Add(start, 30*time.Hour); !got.Due.Equal(start.Add(30*time.Hour)) || !got.MetUntil.Equal(got.Due) {
			t.Errorf("%d: %v", year, got)
		}
		if got := c.Sub(start, 30*time.Hour); !got.Due.Equal(start.Add(-30 * time.Hour)) {
			t.Errorf("%d: %v", year, got)
		}
	}
}

// Work that ends at the change of the clock ends there, whatever the clock would
// have shown next: of 01:00-03:00 in the night without a 02:00, one hour is left.
func TestDueAtTheChange(t *testing.T) {
	c, err := worktime.Compile(worktime.Definition{TimeZone: "Europe/Berlin", Hours: worktime.Week{Sun: []worktime.Window{"01:00-03:00"}}}, time.LoadLocation)
	if err != nil {
		t.Fatal(err)
	}
	want := worktime.Deadline{Due: utc("2026-03-29T01:00:00Z"), MetUntil: utc("2026-04-04T23:00:00Z")}
	if got := c.Add(utc("2026-03-29T00:00:00Z"), time.Hour); got != want {
		t.Errorf("%v, want %v", got, want)
	}
}

// AddDays keeps the time of day where clocks change.
func TestAddDaysAcrossChanges(t *testing.T) {
	day := []worktime.Window{"00:00-24:00"}
	c, err := worktime.Compile(worktime.Definition{TimeZone: "Europe/Berlin", Hours: worktime.Week{Mon: day, Tue: day, Wed: day, Thu: day, Fri: day, Sat: day, Sun: day}}, time.LoadLocation)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		from string
		n    int
		want string
	}{
		{"2026-03-28T01:30:00Z", 1, "2026-03-29T01:30:00Z"},     // 02:30 does not exist: 03:30
		{"2026-03-28T11:00:00.5Z", 1, "2026-03-29T10:00:00.5Z"}, // noon is noon
		{"2026-03-30T00:30:00Z", -1, "2026-03-29T01:30:00Z"},    // 02:30 again
		{"2026-10-24T00:30:00Z", 1, "2026-10-25T00:30:00Z"},     // 02:30 comes twice: the first
		{"2026-10-26T01:30:00Z", -1, "2026-10-25T00:30:00Z"},    // the first
		{"2026-03-28T00:30:00Z", 1, "2026-03-29T00:30:00Z"},     // 01:30, before the change
		{"2026-03-28T02:30:00Z", 1, "2026-03-29T01:30:00Z"},     // 03:30, after it
		{"2026-03-28T02:30:00Z", 0, "2026-03-28T02:30:00Z"},     //
		{"2026-01-01T11:00:00Z", 36524, "2126-01-01T11:00:00Z"}, // a hundred years
	} {
		if got, ok := c.AddDays(utc(x.from), x.n); !ok || !got.Equal(utc(x.want)) {
			t.Errorf("AddDays(%s, %d) = %v, want %s", x.from, x.n, got, x.want)
		}
	}
}

// Laws over instants to the nanosecond: what Add adds, Between finds, Sub takes
// back, and parts sum to the whole; a negative amount is the other direction.
func TestLaws(t *testing.T) {
	c := load(berlin)
	r := rand.New(rand.NewSource(2))
	base := utc("2026-01-01T00:00:00Z")
	instant := func() time.Time { return base.Add(time.Duration(r.Int63n(int64(400 * 24 * time.Hour)))) }
	for range 20_000 {
		at, d, e := instant(), time.Duration(r.Int63n(int64(300*time.Hour))), time.Duration(r.Int63n(int64(10*time.Hour)))
		a := c.Add(at, d)
		if c.Between(at, a.Due) != d || c.Between(at, a.MetUntil) != d || c.Between(at, a.MetUntil.Add(time.Nanosecond)) != d+1 {
			t.Fatalf("Add(%v, %v) = %v", at, d, a)
		}
		if d > 0 && c.Between(at, a.Due.Add(-time.Nanosecond)) != d-1 {
			t.Fatalf("Add(%v, %v) = %v is not the earliest", at, d, a)
		}
		if twice, once := c.Add(a.Due, e), c.Add(at, d+e); !twice.MetUntil.Equal(once.MetUntil) {
			t.Fatalf("Add(%v) in parts %v and %v: %v, at once %v", at, d, e, twice, once)
		}
		b := c.Sub(at, d)
		if c.Between(b.Due, at) != d || c.Between(b.MetUntil, at) != d || d > 0 && c.Between(b.Due.Add(-time.Nanosecond), at) != d+1 {
			t.Fatalf("Sub(%v, %v) = %v", at, d, b)
		}
		if c.Add(at, -d-1) != c.Sub(at, d+1) || c.Sub(at, -d-1) != c.Add(at, d+1) {
			t.Fatalf("a negative amount is not the other direction at %v, %v", at, d)
		}
		x, y := instant(), instant()
		if y.Before(x) {
			x, y = y, x
		}
		if m := instant(); m.After(x) && m.Before(y) && c.Between(x, m)+c.Between(m, y) != c.Between(x, y) {
			t.Fatalf("Between %v, %v, %v", x, m, y)
		}
		if c.Between(y, x) != 0 {
			t.Fatal("a reversed range has working time")
		}
	}
	// 2,562,047 hours of work, 37 in a week, are 1327 years.
	if got := c.Add(base, math.MinInt64); got.Due.Year() != 698 && got.Due.Year() != 699 {
		t.Errorf("the largest step back: %v", got)
	}
	if got := c.Sub(base, math.MinInt64); got.Due.Year() != 3353 && got.Due.Year() != 3354 {
		t.Errorf("the largest step on: %v", got)
	}
}

// Answers carry no monotonic clock reading and keep the location of the question.
func TestLocationOfAnswers(t *testing.T) {
	tokyo := time.FixedZone("JST", 9*60*60)
	at := time.Date(2026, 3, 30, 20, 0, 0, 0, tokyo)
	c := load(berlin)
	next, _ := c.Next(at)
	days, _ := c.AddDays(at, 1)
	d := c.Add(at, time.Hour)
	for _, got := range []time.Time{next, days, d.Due, d.MetUntil, c.Sub(at, time.Hour).Due} {
		if got.Location() != tokyo {
			t.Errorf("%v is not in the location of the question", got)
		}
	}
	reading := time.Now() // the only source of a monotonic clock reading; whatever the time is
	if got := worktime.Always().Add(reading, 0); got.Due != reading.Round(0) || got.MetUntil != reading.Round(0) {
		t.Errorf("%v has a monotonic clock reading", got)
	}
}
