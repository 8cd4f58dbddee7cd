package main

import "testing"

// BenchmarkYear lives through a year and reports on it. The time of a lead is to stay the same from 10,000 leads to 1,000,000.
func BenchmarkYear(b *testing.B) {
	for _, leads := range []int{10_000, 40_000} {
		b.Run(thousands(int64(leads)), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				h, err := newHost(1, leads, nil)
				if err != nil {
					b.Fatal(err)
				}
				if err := h.run(); err != nil {
					b.Fatal(err)
				}
				if _, err := h.report(1); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*leads), "µs/lead")
		})
	}
}
