package routing_test

import (
	"fmt"
	"testing"

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
