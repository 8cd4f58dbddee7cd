package worktime_test

import (
	"testing"
	"time"

	"github.com/leadloop/leadloop/handoff/worktime"
)

// FuzzCalendar: whatever the definition and the question, there is an answer, in
// time, and the answers agree with one another.
func FuzzCalendar(f *testing.F) {
	f.Add([]byte(berlin), int64(1_774_800_000), int64(0), int64(4*time.Hour), 3)
	f.Add([]byte(`{"time_zone":"UTC","dated_hours":{"2026-01-01":["10:00-11:00"]}}`), int64(0), int64(5), int64(2*time.Hour), -1)
	f.Add([]byte(`{"time_zone":"Australia/Lord_Howe","hours":{"sun":["22:00-06:00"]},"holidays":["2026-04-05"]}`), int64(9_999_999_999), int64(999_999_999), int64(-1<<63), 1<<30)
	f.Add([]byte(`{"time_zone":"America/New_York","hours":{"mon":["00:00-24:00"],"tue":["00:00-00:01"]},"breaks":{"2026-01-05":["12:00-11:00"]}}`), int64(-1<<63), int64(1), int64(1<<63-1), -1<<30)
	f.Add([]byte(`{"time_zone":"","hours":{"mon":["25:00-24:00","09:00-09:00","24:00-09:00","0900-1000"]},"holidays":["x"]}`), int64(0), int64(0), int64(0), 0)
	f.Fuzz(func(t *testing.T, document []byte, second, nanosecond, amount int64, days int) {
		d, err := worktime.Parse(document)
		if err != nil {
			return
		}
		c, err := worktime.Compile(d, time.LoadLocation)
		if err != nil {
			return
		}
		at := time.Unix(second, ((nanosecond%1e9)+1e9)%1e9).UTC()
		span := time.Duration(amount)
		agree := func(from, to time.Time) {
			if span < 0 {
				from, to = to, from
			}
			if got, want := c.Between(from, to), max(span, -span); got != want && span != -1<<63 {
				t.Fatalf("%s: Between(%v, %v) = %v, want %v", document, from, to, got, want)
			}
		}
		deadline := c.Add(at, span)
		if !deadline.Due.IsZero() {
			agree(at, deadline.Due)
		}
		if !deadline.MetUntil.IsZero() {
			agree(at, deadline.MetUntil)
			if !deadline.Due.IsZero() && deadline.MetUntil.Before(deadline.Due) {
				t.Fatalf("%s: %v", document, deadline)
			}
		}
		c.Sub(at, span)
		if next, ok := c.Next(at); ok && (next.Before(at) || !c.In(next) || c.Between(at, next) != 0) {
			t.Fatalf("%s: Next(%v) = %v", document, at, next)
		}
		if moved, ok := c.AddDays(at, days); ok && days > 0 && !c.In(moved) {
			t.Fatalf("%s: AddDays(%v, %d) = %v", document, at, days, moved)
		}
		n := 0
		for p := range c.Periods(at, at.AddDate(1, 0, 0)) {
			if !p.Open.Before(p.Close) || !c.In(p.Open) || c.Between(p.Open, p.Close) != p.Close.Sub(p.Open) {
				t.Fatalf("%s: period %v", document, p)
			}
			if n++; n == 20 {
				break
			}
		}
	})
}
