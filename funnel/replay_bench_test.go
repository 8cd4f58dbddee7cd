//go:build unix

package funnel_test

import (
	"fmt"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/leadloop/leadloop/funnel"
)

// processor is the time for which the processor has worked for this process, whoever else is at it.
func processor(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkReplayMillion replays the histories of a million leads, of 6 transitions each, and reports the CPU seconds. The
// leads are 10000 different ones, again and again: with 16 MB they don't fit the processor's nearer caches.
func BenchmarkReplayMillion(b *testing.B) {
	const leads, distinct = 1_000_000, 10_000
	policy := standard(b)
	whole, _ := history(b, policy)
	histories := make([][]funnel.Transition, distinct)
	for i := range histories {
		histories[i] = slices.Clone(whole[:6])
		for k := range histories[i] {
			histories[i][k].ID = fmt.Sprint("lead-", i)
		}
	}
	b.ReportAllocs()
	before := processor(b)
	for b.Loop() {
		for i := range leads {
			if pos, err := policy.Replay(histories[i%distinct]); err != nil || pos.Version != 6 {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric((processor(b)-before).Seconds()/float64(b.N), "cpu-s")
}
