package shapley_test

import (
	"fmt"
	"math"
	"sort"
	"strconv"
	"testing"

	"github.com/leadloop/leadloop/attribution"
	"github.com/leadloop/leadloop/attribution/shapley"
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

// load is input of a benchmark: one long array of touches, so that it is no work for the collector.
type load struct {
	channels int
	touches  []uint16
	ends     []int
	counts   []attribution.Counts
	bytes    int64 // as rows of a CSV file
}

// newLoad makes journeys of mean length 5 over channels of Zipf's popularity, of which so many convert.
func newLoad(rows, channels int, converting float64) *load {
	r := splitmix(1)
	zipf := make([]float64, channels)
	sum := 0.0
	for i := range zipf {
		sum += 1 / float64(i+1)
		zipf[i] = sum
	}
	l := &load{channels: channels}
	for range rows {
		begin := len(l.touches)
		for {
			n := min(sort.SearchFloat64s(zipf, r.float()*sum), channels-1)
			l.touches = append(l.touches, uint16(n))
			if r.float() < 0.2 {
				break
			}
		}
		l.ends = append(l.ends, len(l.touches))
		c := attribution.Counts{Nulls: 1}
		if r.float() < converting {
			c = attribution.Counts{Conversions: 1, Value: int64(5 + r.next()%496)}
		}
		l.counts = append(l.counts, c)
		for i, n := range l.touches[begin:] {
			if i > 0 {
				l.bytes += int64(len(" > "))
			}
			l.bytes += int64(len("ch" + strconv.Itoa(int(n))))
		}
		l.bytes += int64(len(fmt.Sprintf(",%d,%d,%d\n", c.Conversions, c.Value, c.Nulls)))
	}
	return l
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

// benchmarkAdd adds a million journeys of 200 channels to an empty aggregate and asks for credit; MB/s are those of a CSV file
// with a row for each, such as "ch0 > ch12 > ch3,1,50,0".
func benchmarkAdd[A aggregate](b *testing.B, empty func(*attribution.Channels) A, credit func(A) error) {
	for _, converting := range []float64{0.05, 1} {
		b.Run(fmt.Sprintf("converting=%v%%", math.Round(100*converting)), func(b *testing.B) {
			l := newLoad(1_000_000, 200, converting)
			b.SetBytes(l.bytes)
			b.ReportAllocs()
			for b.Loop() {
				a := empty(channelsOf(l.channels))
				begin := 0
				for i, end := range l.ends {
					if err := a.Add(l.touches[begin:end], l.counts[i]); err != nil {
						b.Fatal(err)
					}
					begin = end
				}
				if err := credit(a); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkSimplified(b *testing.B) {
	benchmarkAdd(b, shapley.NewSimplified, func(s *shapley.Simplified) error {
		_, err := s.Credit()
		return err
	})
}

func BenchmarkOrdered(b *testing.B) {
	benchmarkAdd(b, shapley.NewOrdered, func(o *shapley.Ordered) error {
		_, err := o.ByPosition()
		return err
	})
}

func BenchmarkShaoLi(b *testing.B) {
	benchmarkAdd(b, shapley.NewShaoLi, func(s *shapley.ShaoLi) error {
		_, err := s.Credit()
		return err
	})
}

func BenchmarkExact(b *testing.B) {
	for _, n := range []int{10, 20, 24} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			r := splitmix(1)
			game := make([]int64, 1<<n)
			for i := range game {
				game[i] = int64(r.next())
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := shapley.Exact(game); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
