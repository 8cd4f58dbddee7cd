package worktime_test

import (
	"testing"
	"time"
)

// BenchmarkAdd prints, besides the times, the two ratios that matter: a week
// against time.Time.Add with a look-up of the zone, and ten years against a week.
func BenchmarkAdd(b *testing.B) {
	calendar := load(berlin)
	location, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		b.Fatal(err)
	}
	start := time.Date(2026, 3, 27, 15, 0, 0, 0, time.UTC).In(location)
	week := calendar.Between(start, start.AddDate(0, 0, 7))
	decade := calendar.Between(start, start.AddDate(10, 0, 0))
	cost := map[string]float64{}
	run := func(name string, do func()) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				do()
			}
			cost[name] = float64(b.Elapsed()) / float64(b.N)
			switch {
			case name == "week" && cost["plain"] > 0:
				b.ReportMetric(cost[name]/cost["plain"], "x-plain")
			case name == "decade" && cost["week"] > 0:
				b.ReportMetric(cost[name]/cost["week"], "x-week")
			}
		})
	}
	run("plain", func() { _, zoneOffset = start.Add(week).Zone() })
	run("week", func() { calendar.Add(start, week) })
	run("decade", func() { calendar.Add(start, decade) })
}

// zoneOffset keeps the compiler from dropping the look-up that the benchmark compares with.
var zoneOffset int

func BenchmarkBetween(b *testing.B) {
	calendar := load(berlin)
	start := time.Date(2026, 3, 27, 15, 0, 0, 0, time.UTC)
	end := start.AddDate(1, 0, 0)
	b.ReportAllocs()
	for b.Loop() {
		calendar.Between(start, end)
	}
}

func BenchmarkCompile(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		load(berlin)
	}
}
