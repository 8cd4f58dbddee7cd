package attribution_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/leadloop/leadloop/attribution"
)

// benchJourneys have five touches on average, 50 channels of falling popularity and one conversion in ten.
func benchJourneys(n int) (all []attribution.Journey) {
	r := random(42)
	for id := range n {
		j := attribution.Journey{ID: fmt.Sprintf("j%07d", id)}
		at := day(1)
		for i := 0; i == 0 || r.IntN(5) > 0; i++ {
			at = at.Add(time.Duration(r.IntN(1000)) * time.Minute)
			channel := min(r.IntN(50), r.IntN(50), r.IntN(50))
			j.Touches = append(j.Touches, attribution.Touch{ID: fmt.Sprintf("t%03d", i), Channel: fmt.Sprintf("channel %02d", channel), At: at, Cost: 100})
		}
		if r.IntN(10) == 0 {
			j.Conversions = []attribution.Conversion{{ID: "c", At: at, Revenue: r.Int64N(1_000_00)}}
		}
		all = append(all, j)
	}
	return all
}

// BenchmarkCredit is for one journey of eight touches.
func BenchmarkCredit(b *testing.B) {
	j := journeyOf(100_00, "a", "b", "c", "d", "e", "f", "g", "h")
	j.Milestones = []attribution.Milestone{{Stage: attribution.LeadCreated, At: j.Touches[2].At}, {Stage: attribution.Opportunity, At: j.Touches[5].At}}
	for _, m := range []attribution.Model{attribution.First, attribution.Linear, attribution.WShaped, attribution.TimeDecay(7 * hours24)} {
		b.Run(m.Name(), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := m.Credit(j); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkBook(b *testing.B) {
	journeys := benchJourneys(10_000)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := attribution.Book(journeys, attribution.WShaped); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(journeys)), "ns/journey")
}

// BenchmarkTally adds journeys to a tally that has seen their channels, under one model and under six.
func BenchmarkTally(b *testing.B) {
	six := []attribution.Model{attribution.First, attribution.Last, attribution.Linear, attribution.PositionBased,
		attribution.WShaped, attribution.TimeDecay(7 * hours24)}
	journeys := benchJourneys(10_000)
	for _, models := range [][]attribution.Model{six[2:3], six} {
		b.Run(fmt.Sprint(len(models), " models"), func(b *testing.B) {
			tally, err := attribution.NewTally(attribution.Options{}, models...)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				if err := tally.Add(journeys[i%len(journeys)]); err != nil {
					b.Fatal(err)
				}
				i++
			}
		})
	}
}
