package markov_test

import (
	"fmt"
	"math"
	"runtime"
	"sort"
	"strconv"
	"testing"

	"github.com/leadloop/leadloop/attribution"
	"github.com/leadloop/leadloop/attribution/markov"
)

// splitmix is a generator of random numbers that any language can repeat.
type splitmix uint64

func (r *splitmix) next() uint64 {
	*r += 0x9E3779B97F4A7C15
	z := uint64(*r)
	z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9
	z = (z ^ (z >> 27)) * 0x94D049BB133111EB
	return z ^ (z >> 31)
}

func (r *splitmix) float() float64 { return float64(r.next()>>11) / (1 << 53) }

// A journey is a path and what became of it.
type journey struct {
	path []uint16
	attribution.Counts
}

// journeys makes journeys of mean length 1/stop over channels of Zipf's
// popularity that depends on the channel before, and calls visit for each.
func journeys(rows, channels int, stop float64, visit func(journey)) {
	r := splitmix(1)
	steps := make([][]float64, channels+1)
	for i := range steps {
		w := make([]float64, channels)
		sum, off := 0.0, int(r.next()%uint64(channels))
		for j := range w {
			w[j] = 0.6/float64(j+1) + 0.4/float64((j+off)%channels+1)
			sum += w[j]
		}
		c := 0.0
		for j := range w {
			c += w[j] / sum
			w[j] = c
		}
		w[channels-1] = 1
		steps[i] = w
	}
	lift := make([]float64, channels)
	for j := range lift {
		lift[j] = -0.3 + 0.8*r.float()
	}
	var path []uint16
	for range rows {
		path = path[:0]
		at, logit := channels, -3.2
		for {
			at = min(sort.SearchFloat64s(steps[at], r.float()), channels-1)
			path = append(path, uint16(at))
			logit += lift[at]
			if r.float() < stop {
				break
			}
		}
		j := journey{path: path, Counts: attribution.Counts{Nulls: 1}}
		if r.float() < 1/(1+math.Exp(-logit)) {
			j.Counts = attribution.Counts{Conversions: 1, Value: int64(5 + r.next()%496)}
		}
		visit(j)
	}
}

// channelsOf names so many channels.
func channelsOf(n int) *attribution.Channels {
	var c attribution.Channels
	for i := range n {
		if _, err := c.Number([]byte("ch" + strconv.Itoa(i))); err != nil {
			panic(err)
		}
	}
	return &c
}

// BenchmarkFit measures reading journeys into an aggregate and fitting it, on
// one processor. MB is what the heap holds at most, garbage included.
func BenchmarkFit(b *testing.B) {
	for _, c := range []struct {
		channels, order int
		raw             bool
	}{
		{50, 2, false}, {50, 3, false}, {200, 2, false}, {10, 4, false}, {200, 1, true}, {200, 2, true},
	} {
		rows := 1_000_000
		if c.raw {
			rows = 5_000_000
		}
		b.Run(fmt.Sprintf("rows=%d/channels=%d/order=%d", rows, c.channels, c.order), func(b *testing.B) {
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
			// One long array of steps, so that the input is no work for the collector.
			var steps []uint16
			var ends []int
			var counts []attribution.Counts
			seen := map[string]int{}
			journeys(rows, c.channels, 0.2, func(j journey) {
				if !c.raw {
					key := make([]byte, 0, 2*len(j.path))
					for _, x := range j.path {
						key = append(key, byte(x), byte(x>>8))
					}
					if i, ok := seen[string(key)]; ok {
						counts[i].Conversions += j.Conversions
						counts[i].Value += j.Value
						counts[i].Nulls += j.Nulls
						return
					}
					seen[string(key)] = len(counts)
				}
				steps = append(steps, j.path...)
				ends = append(ends, len(steps))
				counts = append(counts, j.Counts)
			})
			seen = nil
			runtime.GC()
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			b.ReportAllocs()
			var sweeps, added float64
			for b.Loop() {
				g, err := markov.New(c.order, channelsOf(c.channels))
				if err != nil {
					b.Fatal(err)
				}
				start := b.Elapsed()
				begin := 0
				for i, end := range ends {
					if err := g.Add(steps[begin:end], counts[i]); err != nil {
						b.Fatal(err)
					}
					begin = end
				}
				added = float64((b.Elapsed() - start).Milliseconds())
				m, err := g.Fit()
				if err != nil {
					b.Fatal(err)
				}
				sweeps = float64(m.Sweeps)
			}
			runtime.ReadMemStats(&after)
			b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N), "cpu-ms/op")
			b.ReportMetric(added, "add-ms")
			b.ReportMetric(sweeps, "sweeps")
			b.ReportMetric(float64(after.TotalAlloc-before.TotalAlloc)/float64(b.N)/1e6, "MB/op")
			runtime.KeepAlive(steps)
		})
	}
}

// BenchmarkSlowMixing fits long journeys whose next touch depends on the last
// two: what sweeps alone, or corrections of first order, are slow at.
func BenchmarkSlowMixing(b *testing.B) {
	g, err := markov.New(2, channelsOf(50))
	if err != nil {
		b.Fatal(err)
	}
	secondOrder(20_000, 50, 0.01, func(path []uint16, c attribution.Counts) {
		if err := g.Add(path, c); err != nil {
			b.Fatal(err)
		}
	})
	b.ReportAllocs()
	var sweeps float64
	for b.Loop() {
		m, err := g.Fit()
		if err != nil {
			b.Fatal(err)
		}
		sweeps = float64(m.Sweeps)
	}
	b.ReportMetric(sweeps, "sweeps")
}
