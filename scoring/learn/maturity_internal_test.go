package learn

import (
	"math"
	"math/rand/v2"
	"testing"
)

// The weights stand for all leads: where the longest time is an answered one's, they sum to the number of leads (as the
// product-limit estimator shares a censored lead out among those that are observed for longer).
func TestWeightsOfCensoredSumToAll(t *testing.T) {
	r := rand.New(rand.NewPCG(31, 1))
	for range 300 {
		list := []standing{{state: judged, start: 1, end: 200, count: 1}}
		all := int64(1)
		for range r.IntN(50) {
			st := standing{state: []state{judged, pending, unasked, later}[r.IntN(4)], start: 1, end: day(1 + r.IntN(30)), count: 1 + r.Int64N(3)}
			if st.state == judged || st.state == pending {
				all += st.count
			}
			list = append(list, st)
		}
		weighCensored(list, 0)
		total := 0.0
		for i := range list {
			if list[i].state == judged {
				total += float64(list[i].count) * list[i].weight
				// By definition: one over the product, over shorter times, of the share that goes on being observed.
				want := 1.0
				for at := day(0); at < list[i].end-1; at++ {
					risk, ended := 0.0, 0.0
					for j := range list {
						o := &list[j]
						switch {
						case o.state == pending && o.end-1 == at:
							ended += float64(o.count)
							risk += float64(o.count)
						case (o.state == pending || o.state == judged) && o.end-1 > at:
							risk += float64(o.count)
						}
					}
					if ended > 0 {
						want /= 1 - ended/risk
					}
				}
				if math.Abs(list[i].weight-want) > 1e-9*want {
					t.Fatalf("weight %v, want %v", list[i].weight, want)
				}
			}
		}
		if math.Abs(total-float64(all)) > 1e-6*float64(all) {
			t.Fatalf("the weights of %d leads sum to %v", all, total)
		}
	}
}
