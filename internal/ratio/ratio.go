// Package ratio measures, for benchmarks, how many times as long one piece of work takes as another.
//
// All works are run in one process, by turns and in short batches, so that what disturbs the machine disturbs all alike, and
// the fastest batch of each counts. The garbage of earlier batches is collected before each of them.
package ratio

import (
	"math"
	"runtime"
	"testing"
	"time"
)

// A Work is something that is done again and again.
type Work struct {
	Name string
	Run  func(n int) // does it n times; inputs that come in a fixed order would teach the processor which branch is next
	Than int         // place in the list of the work that it is held against; its own: none
}

// batches is how many of each work are run.
const batches = 150

// Benchmark measures all and reports of each the nanoseconds and allocations that it takes once, and the ratio.
func Benchmark(b *testing.B, works []Work) {
	all := make([]measured, len(works))
	for i := range all {
		all[i].settle(works[i].Run)
	}
	for range batches {
		for i := range all {
			runtime.GC()
			all[i].nanoseconds = min(all[i].nanoseconds, once(works[i].Run, all[i].repeats))
		}
	}
	for i, w := range works {
		b.Run(w.Name, func(b *testing.B) {
			b.ReportMetric(all[i].nanoseconds, "ns/time")
			b.ReportMetric(all[i].allocations, "allocs/time")
			if w.Than != i {
				b.ReportMetric(all[i].nanoseconds/all[w.Than].nanoseconds, "times-"+works[w.Than].Name)
			}
			b.ReportMetric(0, "ns/op") // it has been measured before
		})
	}
}

type measured struct {
	nanoseconds, allocations float64
	repeats                  int
}

// settle finds how many repeats take a millisecond, and counts allocations.
func (m *measured) settle(run func(n int)) {
	run(1024)
	m.nanoseconds = math.Inf(1)
	m.repeats = int(max(1, float64(time.Millisecond)/max(once(run, 1024), 1)))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	run(m.repeats)
	runtime.ReadMemStats(&after)
	m.allocations = float64((after.Mallocs - before.Mallocs) / uint64(m.repeats))
}

// once runs a batch and gives the nanoseconds of one time.
func once(run func(n int), n int) float64 {
	start := time.Now()
	run(n)
	return float64(time.Since(start).Nanoseconds()) / float64(n)
}
