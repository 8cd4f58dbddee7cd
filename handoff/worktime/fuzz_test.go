package worktime_test

import (
	"encoding/json"
	"reflect"
	"slices"
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

// FuzzClock: whatever stored clock, event and ladder come, there is an answer; a
// clock that is accepted is stored without loss, an event that is refused changes
// nothing, and steps do not depend on how often one asks.
func FuzzClock(f *testing.F) {
	ladder := `[{"name":"warn","at":"75%"},{"name":"breach","at":"100%"},{"name":"manager","at":"100%+1h"}]`
	f.Add([]byte(`{"version":0}`), []byte(`{"kind":"start","at":"2026-03-30T09:00:00Z","version":0,"budget_ns":14400000000000,"calendar":"office"}`), []byte(ladder), int64(1_775_000_000), int64(1_776_000_000))
	f.Add([]byte(`{"version":1,"calendar":"office","budget_ns":14400000000000,"started":"2026-03-30T09:00:00Z","at":"2026-03-30T09:00:00Z"}`),
		[]byte(`{"kind":"pause","at":"2026-03-30T10:00:00+02:00","version":1,"cause":"x"}`), []byte(ladder), int64(0), int64(1<<60))
	f.Add([]byte(`{"version":3,"calendar":"both","budget_ns":1,"started":"2026-03-30T09:00:00Z","at":"2026-03-31T09:00:00Z","elapsed_ns":5000000000,"paused":["","x"],"fired":[{"step":"warn","at":"2026-03-30T09:00:00.5Z"}]}`),
		[]byte(`{"kind":"amend","at":"2026-04-01T09:00:00Z","version":3,"budget_ns":9223372036854775807}`), []byte(`[{"name":"a","at":"1000%-1d"}]`), int64(1_775_000_000), int64(1_774_900_000))
	f.Add([]byte(`{"version":2,"calendar":"always","started":"0001-01-01T00:00:01Z","at":"9999-12-31T23:59:59.999999999Z"}`),
		[]byte(`{"kind":"reassign","at":"9999-12-31T23:59:59.999999999Z","version":2,"calendar":"office"}`), []byte(ladder), int64(-1<<63), int64(1<<63-1))
	calendars := map[string]*worktime.Calendar{"office": load(berlin), "always": worktime.Always()}
	both, err := worktime.Intersect(calendars["office"], load(`{"time_zone":"America/New_York","hours":{"mon":["09:00-17:00"],"tue":["22:00-06:00"]}}`))
	if err != nil {
		f.Fatal(err)
	}
	calendars["both"] = both
	f.Fuzz(func(t *testing.T, clock, event, steps []byte, middle, end int64) {
		var c worktime.Clock
		var e worktime.Event
		var list []worktime.Step
		if json.Unmarshal(clock, &c) != nil || json.Unmarshal(event, &e) != nil || json.Unmarshal(steps, &list) != nil {
			return
		}
		ladder, err := worktime.NewLadder(list)
		if err != nil {
			return
		}
		terms := &worktime.Terms{Calendars: calendars, Ladder: ladder}
		next, due, err := terms.Decide(c, e)
		switch {
		case err != nil:
			if !reflect.DeepEqual(next, c) || due != nil {
				t.Fatalf("%v, and yet %+v, %v", err, next, due)
			}
		default:
			if next.Version != c.Version+1 || len(next.Fired) != len(c.Fired)+len(due) {
				t.Fatalf("%+v, %v", next, due)
			}
			if _, err := json.Marshal(next); err != nil {
				t.Fatalf("%+v: %v", next, err)
			}
		}
		a, b := time.Unix(middle, 0).UTC(), time.Unix(end, 0).UTC()
		once, all, err := terms.Fire(next, b)
		if err != nil {
			return // the clock can't be, or its calendar is unknown
		}
		data, err := json.Marshal(once)
		if err != nil {
			t.Fatalf("%+v: %v", once, err)
		}
		var back worktime.Clock
		if err := json.Unmarshal(data, &back); err != nil {
			t.Fatalf("%s: %v", data, err)
		}
		if again, err := json.Marshal(back); err != nil || string(again) != string(data) {
			t.Fatalf("%s is read and written as %s (%v)", data, again, err)
		}
		var parts []worktime.Firing
		twice := next
		if a.Before(b) {
			if twice, parts, err = terms.Fire(twice, a); err != nil {
				t.Fatal(err)
			}
		}
		twice, rest, err := terms.Fire(twice, b)
		if err != nil || !slices.Equal(append(parts, rest...), all) || !reflect.DeepEqual(once, twice) {
			t.Fatalf("in parts %v, at once %v, %v", parts, all, err)
		}
		r, err := terms.Read(once, b)
		if err != nil || r.Elapsed < once.Elapsed || r.Met != (r.Over == 0) || r.Remaining > 0 && r.Over > 0 {
			t.Fatalf("%+v, %v", r, err)
		}
	})
}

// FuzzOffset: what is read is written and read as the same.
func FuzzOffset(f *testing.F) {
	for _, text := range []string{"75%", "100%+1h", "100%-15m", "90m", "0", "1000%+106751d", "%", "1%+"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var o, back worktime.Offset
		if o.UnmarshalText([]byte(text)) != nil {
			return
		}
		written, err := o.MarshalText()
		if err != nil {
			t.Fatalf("%q is read as %+v, and can't be written: %v", text, o, err)
		}
		if err := back.UnmarshalText(written); err != nil || back != o {
			t.Fatalf("%q is read as %+v, written %q and read as %+v, %v", text, o, written, back, err)
		}
	})
}
