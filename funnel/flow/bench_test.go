package flow_test

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/funnel/flow"
	"github.com/leadloop/leadloop/handoff/worktime"
)

// officeHours is Monday to Friday from nine to half past five.
func officeHours(tb testing.TB) *worktime.Calendar {
	tb.Helper()
	w := []worktime.Window{"09:00-17:30"}
	c, err := worktime.Compile(worktime.Definition{TimeZone: "UTC", Hours: worktime.Week{Mon: w, Tue: w, Wed: w, Thu: w, Fri: w}},
		func(string) (*time.Location, error) { return time.UTC, nil })
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

// A walker makes journeys through the standard funnel, by chance from a seed: about 5 steps on average, up to three rounds.
type walker struct {
	r     *rand.Rand
	steps []flow.Step
	begin time.Time
}

func (w *walker) journey(i int) flow.Journey {
	at := w.begin.Add(time.Duration(w.r.Int64N(int64(540 * 24 * time.Hour)))).Truncate(time.Second)
	steps := append(w.steps[:0], flow.Step{At: at, Stage: funnel.Inquiry})
	stage, version := funnel.Inquiry, int64(0)
	step := func(to funnel.Stage, reason funnel.Reason, days float64) {
		at = at.Add(time.Duration(w.r.ExpFloat64() * days * float64(24*time.Hour))).Truncate(time.Second)
		version++
		steps = append(steps, flow.Step{At: at, Stage: to, From: stage, Reason: reason, Version: version})
		stage = to
	}
	reasons := []funnel.Reason{funnel.ReasonNoBudget, funnel.ReasonTiming, funnel.ReasonNoNeed, funnel.ReasonUnreachable}
	for round := 0; round < 3; round++ {
		if w.r.IntN(10) == 0 {
			break
		}
		step(funnel.MQL, "", 10)
		if w.r.IntN(5) == 0 {
			break
		}
		step(funnel.SAL, "", 1)
		if w.r.IntN(3) == 0 {
			step(funnel.Recycled, reasons[w.r.IntN(4)], 7)
			continue
		}
		step(funnel.SQL, "", 7)
		step(funnel.Opportunity, "", 14)
		if w.r.IntN(3) == 0 {
			step(funnel.Won, "", 45)
			steps[len(steps)-1].Amount = 1_000_00 + w.r.Int64N(9_000_00)
		} else {
			step(funnel.Lost, funnel.ReasonPrice, 45)
		}
		break
	}
	w.steps = steps
	return flow.Journey{Lead: fmt.Sprintf("lead-%07d", i), Steps: steps, Segments: segments[i%4 : i%4+1]}
}

var segments = []string{"origin: search", "origin: webinar", "origin: event", "origin: partner"}

func newWalker(seed uint64) *walker {
	return &walker{r: rand.New(rand.NewPCG(seed, 7)), begin: time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)}
}

// BenchmarkMillion counts a million journeys with working time and all estimates, one pass plus result, and reports the CPU
// time of the process, less what it takes to make the journeys, and the memory that the flow and the report hold.
func BenchmarkMillion(b *testing.B) {
	const leads = 1_000_000
	calendar := officeHours(b)
	b.ReportAllocs()
	for b.Loop() {
		w := newWalker(1)
		start, rows := cpu(), 0
		for i := range leads {
			rows += len(w.journey(i).Steps)
		}
		making := cpu() - start

		w = newWalker(1)
		runtime.GC()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		start = cpu()
		f, err := flow.New(flow.Options{Definition: funnel.Standard(), AsOf: time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC), Calendar: calendar})
		if err != nil {
			b.Fatal(err)
		}
		for i := range leads {
			f.Add(w.journey(i))
		}
		report := f.Report()
		used := cpu() - start - making
		runtime.GC()
		runtime.ReadMemStats(&after)
		data, err := f.MarshalBinary()
		if err != nil || report.Leads == 0 {
			b.Fatal(err)
		}
		b.ReportMetric(used.Seconds(), "cpu-s")
		b.ReportMetric(float64(rows)/leads, "rows/lead")
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/1e6, "MB-held")
		b.ReportMetric(float64(after.Sys)/1e6, "MB-of-process")
		b.ReportMetric(float64(len(data))/1e6, "MB-written")
		runtime.KeepAlive(report)
	}
}

// BenchmarkLog gathers the rows of 200,000 leads in order of time, so that each row is of another lead than the one before,
// and gives their journeys to a flow.
func BenchmarkLog(b *testing.B) {
	const leads = 200_000
	w := newWalker(1)
	type row struct {
		lead string
		step flow.Step
	}
	var rows []row
	for i := range leads {
		j := w.journey(i)
		for _, s := range j.Steps {
			rows = append(rows, row{j.Lead, s})
		}
	}
	slices.SortFunc(rows, func(a, b row) int { return a.step.At.Compare(b.step.At) })
	b.ReportAllocs()
	for b.Loop() {
		runtime.GC()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		start := cpu()
		var log flow.Log
		for i := range rows {
			log.Add(rows[i].lead, rows[i].step)
		}
		gathered := cpu() - start
		runtime.GC()
		runtime.ReadMemStats(&after)
		start = cpu()
		for range log.Journeys() {
		}
		b.ReportMetric(gathered.Seconds()/leads*1e9, "cpu-ns/lead-gathered")
		b.ReportMetric((cpu()-start).Seconds()/leads*1e9, "cpu-ns/lead-read")
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/leads, "B/lead")
	}
}

func BenchmarkReport(b *testing.B) {
	w := newWalker(1)
	f, err := flow.New(flow.Options{Definition: funnel.Standard(), AsOf: day("2026-07-01"), Calendar: officeHours(b)})
	if err != nil {
		b.Fatal(err)
	}
	for i := range 100_000 {
		f.Add(w.journey(i))
	}
	b.ReportAllocs()
	for b.Loop() {
		f.Report()
	}
}

func BenchmarkMerge(b *testing.B) {
	w := newWalker(1)
	f, err := flow.New(flow.Options{Definition: funnel.Standard(), AsOf: day("2026-07-01")})
	if err != nil {
		b.Fatal(err)
	}
	for i := range 100_000 {
		f.Add(w.journey(i))
	}
	b.ReportAllocs()
	for b.Loop() {
		into := f.Empty()
		if err := into.Merge(f); err != nil {
			b.Fatal(err)
		}
	}
}
