package goals_test

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/leadloop/leadloop/handoff/goals"
)

func BenchmarkPayout(b *testing.B) {
	pay := compilePay(b, both())
	attained := goals.Attained{goals.AttainedRevenue: big.NewRat(1_234_567, 1_000_000), goals.AttainedFollowUp: big.NewRat(97, 101)}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := pay.Payout("sales", attained); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkBackwards(b *testing.B) {
	target := goals.Target{
		Revenue: 1_000_000_000, Stages: []string{"mql", "sal", "opportunity", "won"},
		Segments: []goals.Segment{{Deal: "1000000", Rates: []goals.Fraction{"3/4", "8/15", "1/4"}}},
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := goals.Backwards(target); err != nil {
			b.Fatal(err)
		}
	}
}

// hostile numbers have 9 digits and hardly a common factor.
func hostile(r *rand.Rand, above int64) goals.Fraction {
	d := 1e8 + r.Int64N(8e8)
	return goals.Fraction(fmt.Sprintf("%d/%d", above*(d/16)+r.Int64N(d/32), d))
}

// The largest documents, with the worst fractions, still take bounded time.
func BenchmarkLargest(b *testing.B) {
	r := rand.New(rand.NewPCG(9, 9))
	b.Run("payout", func(b *testing.B) {
		role := goals.Role{Name: "r", Target: 1_000_000}
		left := big.NewRat(1, 1)
		for i := range 16 {
			weight := new(big.Rat).Set(left)
			if i < 15 {
				weight = big.NewRat(1, 16)
				left = new(big.Rat).Sub(left, weight)
			}
			c := goals.Component{Name: fmt.Sprint(i), Weight: goals.Fraction(weight.RatString()), Measure: "m", Curve: goals.Curve{Kind: goals.CurveTiers}}
			for k := range 16 {
				from := hostile(r, int64(k))
				if k == 0 {
					from = "0"
				}
				c.Curve.Tiers = append(c.Curve.Tiers, goals.Tier{From: from, Rate: hostile(r, 1)})
			}
			role.Components = append(role.Components, c)
		}
		pay := compilePay(b, goals.PayPlan{Name: "p", Version: 1, Roles: []goals.Role{role}})
		for b.Loop() {
			if _, err := pay.Payout("r", goals.Attained{"m": big.NewRat(31, 32)}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("backwards", func(b *testing.B) {
		t := goals.Target{Revenue: 1}
		for i := range 12 {
			t.Stages = append(t.Stages, fmt.Sprint(i))
		}
		for i := range 32 {
			s := goals.Segment{Source: fmt.Sprint(i), Weight: 1, Deal: hostile(r, 16)}
			for range 11 {
				s.Rates = append(s.Rates, hostile(r, 15))
			}
			t.Segments = append(t.Segments, s)
		}
		for b.Loop() {
			if _, err := goals.Backwards(t); err != nil {
				b.Fatal(err)
			}
		}
	})
}
