package funnel_test

import (
	"math"
	"math/rand/v2"
	"runtime"
	"testing"
	"time"

	"github.com/leadloop/leadloop/funnel"
)

// A workload is a piece of work done n times, and what it takes once: the fastest of its batches.
type workload struct {
	name                     string
	run                      func(n int)
	nanoseconds, allocations float64
	repeats                  int
}

// settle finds how many repeats take some milliseconds, and counts allocations.
func (w *workload) settle() {
	w.repeats, w.nanoseconds = 1024, math.Inf(1)
	w.run(w.repeats)
	start := time.Now()
	w.run(w.repeats)
	w.repeats = int(max(1, 3*time.Millisecond*1024/max(time.Since(start), 1)))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	w.run(w.repeats)
	runtime.ReadMemStats(&after)
	w.allocations = float64((after.Mallocs - before.Mallocs) / uint64(w.repeats))
}

func (w *workload) batch() {
	start := time.Now()
	w.run(w.repeats)
	w.nanoseconds = min(w.nanoseconds, float64(time.Since(start).Nanoseconds())/float64(w.repeats))
}

// batches is how many of each workload are run, by turns, so that what disturbs the machine disturbs all alike.
const batches = 150

// decisions are what the ratios are about. A full decision has a guard on every edge, times of its own for what occurred
// and was recorded, and of eight edges three with a release, which look at the reason, the rounds and the wait.
func decisions(b *testing.B) []*workload {
	d := funnel.Standard()
	for i := range d.Edges {
		d.Edges[i].Guards = []string{"consent"}
	}
	policy, err := funnel.Compile(d, consent())
	if err != nil {
		b.Fatal(err)
	}
	positions := make([]funnel.Position, len(steps))
	for i, s := range steps {
		positions[i] = with(at(s.stage), func(p *funnel.Position) { p.Reason, p.NotBefore = funnel.ReasonNoBudget, p.Since })
	}
	lead, by := &Lead{Consent: true}, on("ann", "2026-06-01")
	by.Recorded = by.Occurred.Add(time.Hour)
	log, _ := history(b, standard(b))
	log = log[:6]
	// Leads come in any order: in a fixed one the processor would learn by heart which branch is next.
	random, order := rand.New(rand.NewPCG(1, 1)), make([]int, 4096)
	for i := range order {
		order[i] = random.IntN(len(steps))
	}
	in := func(i int) int { return order[i&4095] }
	return []*workload{
		{name: "switch", run: func(n int) {
			for i := range n {
				s := &steps[in(i)]
				next, ok := bySwitch(s.stage, s.event)
				if !ok || next == "" {
					b.Fatal("no step")
				}
			}
		}},
		{name: "move", run: func(n int) {
			for i := range n {
				i = in(i)
				tr, err := policy.Move(positions[i], steps[i].event, lead, by)
				if err != nil || tr.Version != 1 {
					b.Fatal(err)
				}
			}
		}},
		{name: "move-and-apply", run: func(n int) {
			for i := range n {
				i = in(i)
				tr, err := policy.Move(positions[i], steps[i].event, lead, by)
				if err != nil || funnel.Apply(positions[i], tr).Version != 1 {
					b.Fatal(err)
				}
			}
		}},
		{name: "refusal", run: func(n int) {
			for i := range n {
				i = in(i)
				if _, errSink = policy.Move(positions[i], steps[(i+3)&7].event, lead, by); errSink == nil {
					b.Fatal("no refusal")
				}
			}
		}},
		{name: "replay-of-6", run: func(n int) {
			for range n {
				if _, err := policy.Replay(log); err != nil {
					b.Fatal(err)
				}
			}
		}},
	}
}

// BenchmarkRatios compares, in one process, what decisions cost with what a hand-written switch costs, which checks
// nothing else. It measures all before it reports each:
//
//	go test -run '^$' -bench Ratios ./funnel
func BenchmarkRatios(b *testing.B) {
	all := decisions(b)
	for _, w := range all {
		w.settle()
	}
	for range batches {
		runtime.GC()
		for _, w := range all {
			w.batch()
		}
	}
	for _, w := range all {
		b.Run(w.name, func(b *testing.B) {
			b.ReportMetric(w.nanoseconds, "ns/time")
			b.ReportMetric(w.allocations, "allocs/time")
			b.ReportMetric(w.nanoseconds/all[0].nanoseconds, "times-switch")
			b.ReportMetric(0, "ns/op") // it has been measured before
		})
	}
}
