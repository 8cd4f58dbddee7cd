package worktime_test

import (
	"testing"
	"time"

	"github.com/leadloop/leadloop/handoff/worktime"
	"github.com/leadloop/leadloop/internal/ratio"
)

// Kept from the compiler, which would drop work that nobody looks at.
var (
	offsetSink   int
	deadlineSink worktime.Deadline
	elapsedSink  time.Duration
)

// questions are what the ratios are about. Each starts on one of many days and
// hours: at a fixed instant the processor would learn by heart which branch is next.
func questions(b *testing.B) []ratio.Work {
	location, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		b.Fatal(err)
	}
	calendar := load(berlin)
	common, err := worktime.Intersect(calendar, load(`{"time_zone":"America/New_York","hours":{"mon":["09:00-17:00"],"tue":["09:00-17:00"],"wed":["09:00-17:00"],"thu":["09:00-17:00"],"fri":["09:00-17:00"]}}`))
	if err != nil {
		b.Fatal(err)
	}
	starts := make([]time.Time, 1024)
	for i := range starts {
		starts[i] = time.Date(2026, 3, 1, 15, 0, 0, 0, time.UTC).In(location).Add(time.Duration(i) * 311 * time.Minute)
	}
	at := func(i int) time.Time { return starts[i*37&1023] }
	week := calendar.Between(starts[0], starts[0].AddDate(0, 0, 7))
	decade := calendar.Between(starts[0], starts[0].AddDate(10, 0, 0))
	add := func(c *worktime.Calendar, d time.Duration) func(int) {
		return func(n int) {
			for i := range n {
				deadlineSink = c.Add(at(i), d)
			}
		}
	}
	terms := &worktime.Terms{Calendars: map[string]*worktime.Calendar{"office": calendar}, Ladder: ladder(b, `[{"name": "warn", "at": "75%"}, {"name": "breach", "at": "100%"}, {"name": "manager", "at": "100%+1h"}]`)}
	clock, _, err := terms.Decide(worktime.Clock{}, worktime.Event{Kind: worktime.Start, At: starts[0], Calendar: "office", Budget: decade})
	if err != nil {
		b.Fatal(err)
	}
	return []ratio.Work{
		{Name: "time.Add-and-zone", Run: func(n int) {
			for i := range n {
				_, offsetSink = at(i).Add(week).Zone()
			}
		}},
		{Name: "Add-week", Run: add(calendar, week)},
		{Name: "Add-decade", Than: 1, Run: add(calendar, decade)},
		{Name: "Add-week-of-two-calendars", Than: 1, Run: add(common, 10*time.Hour)},
		{Name: "Between", Than: 1, Run: func(n int) {
			for i := range n {
				elapsedSink = calendar.Between(at(i), at(i+1))
			}
		}},
		{Name: "Read-a-clock", Than: 1, Run: func(n int) {
			for i := range n {
				reading, err := terms.Read(clock, at(i))
				if err != nil {
					b.Fatal(err)
				}
				elapsedSink = reading.Elapsed
			}
		}},
		{Name: "Fire-nothing", Than: 1, Run: func(n int) {
			for i := range n {
				_, due, err := terms.Fire(clock, at(i))
				if err != nil || due != nil {
					b.Fatal(due, err)
				}
			}
		}},
	}
}

// BenchmarkRatios compares, in one process, what a week of working time costs with
// what time.Time.Add and a look-up of the zone cost, and the other questions with
// that week:
//
//	go test -run '^$' -bench Ratios ./handoff/worktime
func BenchmarkRatios(b *testing.B) { ratio.Benchmark(b, questions(b)) }

// No answer about a calendar costs memory, nor does the reading of a clock.
func TestNothingIsAllocated(t *testing.T) {
	calendar := load(berlin)
	at := utc("2026-03-27T15:00:00Z")
	terms := &worktime.Terms{Calendars: map[string]*worktime.Calendar{"office": calendar}, Ladder: ladder(t, `[{"name": "warn", "at": "75%"}]`)}
	clock, _, err := terms.Decide(worktime.Clock{}, worktime.Event{Kind: worktime.Start, At: at, Calendar: "office", Budget: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	for name, do := range map[string]func(){
		"Add":     func() { calendar.Add(at, 1000*time.Hour) },
		"Sub":     func() { calendar.Sub(at, 1000*time.Hour) },
		"AddDays": func() { calendar.AddDays(at, 100) },
		"Between": func() { calendar.Between(at, at.AddDate(1, 0, 0)) },
		"In":      func() { calendar.In(at) },
		"Next":    func() { calendar.Next(at) },
		"Read":    func() { _, _ = terms.Read(clock, at) },
		"Fire":    func() { _, _, _ = terms.Fire(clock, at) },
	} {
		if n := testing.AllocsPerRun(100, do); n > 0 {
			t.Errorf("%s allocates %v times", name, n)
		}
	}
}

func BenchmarkAdd(b *testing.B) {
	calendar := load(berlin)
	start := utc("2026-03-27T15:00:00Z")
	b.ReportAllocs()
	for b.Loop() {
		calendar.Add(start, 40*time.Hour)
	}
}

func BenchmarkDecide(b *testing.B) {
	terms := usual(b)
	start := worktime.Event{Kind: worktime.Start, At: utc("2026-03-30T09:00:00Z"), Calendar: "office", Budget: 8 * time.Hour}
	clock, _, err := terms.Decide(worktime.Clock{}, start)
	if err != nil {
		b.Fatal(err)
	}
	pause := worktime.Event{Kind: worktime.Pause, At: utc("2026-03-30T09:10:00Z"), Version: 1, Cause: "waiting"}
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := terms.Decide(clock, pause); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCompile(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		load(berlin)
	}
}

func BenchmarkIntersect(b *testing.B) {
	x, y := load(berlin), load(`{"time_zone":"America/New_York","hours":{"mon":["09:00-17:00"]}}`)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := worktime.Intersect(x, y); err != nil {
			b.Fatal(err)
		}
	}
}
