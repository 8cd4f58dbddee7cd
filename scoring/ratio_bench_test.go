package scoring_test

import (
	"math"
	"runtime"
	"testing"
	"time"
)

// measured is what a candidate takes for one lead: the fastest of its batches.
type measured struct {
	candidate
	nanoseconds, allocations float64
	leads                    int // of a batch, each scored as often
	repeats                  int
}

var sink int64

func (m *measured) once() {
	for lead := range m.leads {
		sink += m.total(lead)
	}
}

func (m *measured) batch() time.Duration {
	start := time.Now()
	for range m.repeats {
		m.once()
	}
	return time.Since(start)
}

// settle counts allocations and finds how often a batch goes through the leads
// to take some milliseconds; or some more, if it leaves garbage, so that the
// time includes its collection, as it would in a service.
func (m *measured) settle() {
	m.repeats, m.nanoseconds = 1, math.Inf(1)
	var before, after runtime.MemStats
	m.batch()
	runtime.ReadMemStats(&before)
	once := m.batch()
	runtime.ReadMemStats(&after)
	m.allocations = float64(after.Mallocs-before.Mallocs) / float64(m.leads)
	length := 3 * time.Millisecond
	if m.allocations > 0.5 {
		length = 100 * time.Millisecond
	}
	m.repeats = 1 + int(length/max(once, 1))
}

// rounds is how many batches of each candidate are run, by turns, so that what
// disturbs the machine disturbs all alike.
const rounds = 30

// BenchmarkRatios compares, in one process, what scoring a lead of 20 activities
// costs here and elsewhere. It measures all before it reports each:
//
//	go test -run '^$' -bench Ratios ./scoring
func BenchmarkRatios(b *testing.B) {
	leads := contacts(256)
	fifty, many, fewOfMany := fiftyRules(b), manyRules(5000), manyRules(50)
	decaying := fifty
	decaying.Dimensions = append(fifty.Dimensions[:2:2], fiveDecaying())
	subjects, records := subjectsOf(leads), recordsOf(leads)
	workloads := []struct {
		name       string
		leads      int
		candidates []candidate // the first is ours, to which the others are compared
	}{
		{"fifty", 256, append(ours(b, fifty, subjects), byExpression(b, fifty, leads), byOneExpression(b, fifty, leads),
			byHand("by-hand", scoreByHand, leads), byHand("by-an-expert", scoreByExpert, leads))},
		{"one-changed-field", 256, []candidate{afterAChange(b, fifty, subjects), byExpression(b, fifty, leads)}},
		{"fifty-maps", 256, append(ours(b, asRecords(fifty), records), byExpressionOverMaps(b, fifty, leads))},
		{"fifty-and-5-decaying", 256, ours(b, decaying, subjects)},
		{"50-on-the-lead", 256, append(ours(b, fewOfMany, subjects), byExpression(b, fewOfMany, leads))},
		{"5000-on-the-lead", 8, append(ours(b, many, subjects), byExpression(b, many, leads))},
	}
	all := make([][]*measured, len(workloads))
	for i, w := range workloads {
		for _, c := range w.candidates {
			m := &measured{candidate: c, leads: w.leads}
			m.settle()
			all[i] = append(all[i], m)
		}
	}
	for range rounds {
		runtime.GC()
		for _, row := range all {
			for _, m := range row {
				m.once() // what was run before it has left the caches full of its own
				m.nanoseconds = min(m.nanoseconds, float64(m.batch().Nanoseconds())/float64(m.repeats*m.leads))
			}
		}
	}
	for i, row := range all {
		for _, m := range row {
			b.Run(workloads[i].name+"/"+m.name, func(b *testing.B) {
				b.ReportMetric(m.nanoseconds, "ns/lead")
				b.ReportMetric(m.allocations, "allocs/lead")
				b.ReportMetric(m.nanoseconds/row[0].nanoseconds, "times-ours")
				b.ReportMetric(0, "ns/op") // it has been measured before
			})
		}
	}
}
