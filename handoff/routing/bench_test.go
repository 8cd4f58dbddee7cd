package routing_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/leadloop/leadloop/handoff/routing"
)

func BenchmarkRoute(b *testing.B) {
	for _, size := range []int{3, 20, 200} {
		b.Run(fmt.Sprintf("members=%d", size), func(b *testing.B) {
			weights := make([]int64, size)
			for i := range weights {
				weights[i] = int64(1 + i%7)
			}
			router := compile(b, pool(weights...))
			var state routing.State
			b.ReportAllocs()
			for b.Loop() {
				_, state = router.Route(state, routing.Request{Lead: "l", Now: now})
			}
		})
	}
}

// BenchmarkStrategy routes to 20 members with capacities, quotas, calendars and a known absence.
func BenchmarkStrategy(b *testing.B) {
	for _, strategy := range []routing.Strategy{routing.Weighted, routing.LongestWaiting, routing.FreeCapacity} {
		b.Run(string(strategy), func(b *testing.B) {
			p := pool(make([]int64, 20)...)
			p.Strategy, p.OpenWithin, p.Bucket = strategy, routing.Duration(24*time.Hour), routing.Duration(time.Hour)
			q := routing.Request{Lead: "l", Absences: away("m003"), Load: map[string]int64{}, Now: now, Period: now}
			for i := range p.Members {
				m := &p.Members[i]
				m.Weight, m.Capacity, m.Quota = int64(1+i%7), 100, 1<<50
				if i%4 == 0 {
					m.Calendar = "early"
				}
				q.Load[m.ID] = int64(i)
			}
			router, err := routing.Compile(p, routing.Calendars(hours(b)))
			if err != nil {
				b.Fatal(err)
			}
			var state routing.State
			b.ReportAllocs()
			for b.Loop() {
				_, state = router.Route(state, q)
			}
		})
	}
}

// BenchmarkDispatch routes by a plan of ten rules and two pools of 20 members, the second of which decides.
func BenchmarkDispatch(b *testing.B) {
	first, second := pool(make([]int64, 20)...), pool(make([]int64, 20)...)
	first.Name, first.Fallback, second.Name = "first", "second", "second"
	first.Strategy, second.Strategy = routing.LongestWaiting, routing.LongestWaiting
	for i := range second.Members {
		second.Members[i].Skills = []string{"german"}
	}
	p := routing.Plan{Name: "p", Version: 1, Otherwise: "second", Fallback: "f", Pools: []routing.Pool{first, second}}
	for i := range 9 {
		p.Rules = append(p.Rules, routing.Rule{Name: fmt.Sprint(i), When: fmt.Sprintf("Employees > %d", 1000*i), Skills: []string{"german"}})
	}
	p.Rules = append(p.Rules, routing.Rule{Name: "all", Pool: "first"})
	d := dispatcher(b, p)
	lead := &company{Country: "DE", Employees: 10_500}
	var states routing.States
	b.ReportAllocs()
	for b.Loop() {
		_, states = d.Route(states, routing.Request{Lead: "l", Now: now}, lead)
	}
}
