package attribution_test

import (
	"fmt"
	"testing"

	"github.com/leadloop/leadloop/attribution"
)

// BenchmarkPositions adds rows of which one in ten converts, five touches each on average, of 50 channels.
func BenchmarkPositions(b *testing.B) {
	p := attribution.NewPositions(nil)
	for i := range 50 {
		numbered(b, p.Channels(), []string{fmt.Sprint("channel ", i)})
	}
	r := random(44)
	paths, counts := make([][]uint16, 4096), make([]attribution.Counts, 4096)
	for i := range paths {
		for len(paths[i]) == 0 || r.IntN(5) > 0 {
			paths[i] = append(paths[i], uint16(r.IntN(50)))
		}
		if counts[i].Nulls = 1; r.IntN(10) == 0 {
			counts[i] = attribution.Counts{Conversions: 1, Value: r.Int64N(500)}
		}
	}
	b.Run("Add", func(b *testing.B) {
		b.ReportAllocs()
		i := 0
		for b.Loop() {
			if err := p.Add(paths[i%4096], counts[i%4096]); err != nil {
				b.Fatal(err)
			}
			i++
		}
	})
	b.Run("Credit", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := p.Credit(attribution.Linear); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkTransforms rewrites paths of eight and of eighty touches, in place.
func BenchmarkTransforms(b *testing.B) {
	r := random(45)
	for _, length := range []int{8, 80} {
		from, path := make([]uint16, length), make([]uint16, length)
		for i := range from {
			from[i] = uint16(r.IntN(4))
		}
		for _, c := range []struct {
			name      string
			transform attribution.Transform
		}{
			{"Exposure", attribution.Exposure},
			{"FirstExposure", attribution.FirstExposure},
			{"Drop", attribution.Drop(1)},
			{"DropLast", attribution.DropLast(1)},
			{"Trim", attribution.Trim(5)},
		} {
			b.Run(fmt.Sprintf("%s/%d", c.name, length), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					copy(path, from)
					if len(c.transform(path)) == 0 {
						b.Fatal("nothing left")
					}
				}
			})
		}
	}
}
