package goals_test

import (
	"encoding/json"
	"math"
	"math/big"
	"testing"
	"time"

	"github.com/leadloop/leadloop/handoff/goals"
)

// FuzzPay: whatever the plan and the attainments, there is an answer, and lines sum to it.
func FuzzPay(f *testing.F) {
	data, err := json.Marshal(both())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data, int64(13), int64(10), int64(3), int64(7))
	f.Add(data, int64(math.MaxInt64), int64(1), int64(1), int64(math.MaxInt64))
	f.Add([]byte(`{"name":"p","version":1,"roles":[{"name":"r","target":9223372036854775807,"components":[{"name":"c","weight":"1","measure":"m","curve":{"kind":"tiers","mode":"whole","tiers":[{"from":"0","rate":"999999999999999999/7"}]}}]}],"clawback":{"days":1}}`), int64(-5), int64(3), int64(2), int64(3))
	f.Add([]byte(`{"name":"p","version":1,"roles":[{"name":"r","target":7,"components":[{"name":"c","weight":"1","measure":"m","curve":{"kind":"ramp","points":[{"at":"1/3","pay":"1/3"},{"at":"2/3","pay":"0"}]}}],"floor":"1/2","cap":"1/2"}]}`), int64(1), int64(2), int64(0), int64(1))
	f.Fuzz(func(t *testing.T, data []byte, part, whole, refunded, deal int64) {
		plan, err := goals.ParsePay(data)
		if err != nil {
			return
		}
		pay, err := goals.CompilePay(plan)
		if err != nil {
			return
		}
		attainment, ok := goals.Ratio{Part: part, Whole: whole}.Rat()
		if !ok {
			return
		}
		for _, role := range plan.Roles {
			attained := goals.Attained{}
			for _, m := range pay.Measures(role.Name) {
				attained[m] = attainment
			}
			payout, err := pay.Payout(role.Name, attained)
			if err != nil {
				continue // too much for 64 bits
			}
			sums(t, payout)
			if want := reference(t, plan, role, attained); payout.Amount != halfEven(want) {
				t.Fatalf("%s: %d, want %s", data, payout.Amount, want)
			}
			within(t, role, payout.Amount)
			parts, err := payout.Split([]goals.Share{{To: "a", Weight: 2}, {To: "b", Weight: 1}})
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range parts {
				sums(t, p)
			}
			back, err := pay.Clawback(payout, goals.Refund{Deal: deal, Amount: refunded})
			if err != nil {
				continue
			}
			sums(t, back)
			if back.Amount > 0 || -back.Amount > payout.Amount {
				t.Fatalf("%s: of %d %d comes back", data, payout.Amount, back.Amount)
			}
		}
	})
}

// FuzzBackwards: what is required brings the goal exactly.
func FuzzBackwards(f *testing.F) {
	f.Add([]byte(`{"revenue":100000100,"stages":["mql","won"],"segments":[{"deal":"1000000","rates":["3/100"]}]}`))
	f.Add([]byte(`{"revenue":1,"stages":["a","b","c"],"segments":[{"source":"x","weight":3,"deal":"2/3","rates":["1","1/2"]},{"source":"y","weight":5,"deal":"7","rates":["1/999999999","1"]}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		target, err := goals.ParseTarget(data)
		if err != nil {
			return
		}
		required, err := goals.Backwards(target)
		if err != nil {
			return
		}
		won := new(big.Rat)
		for i, s := range required.Segments {
			deal := rat(t, string(target.Segments[i].Deal))
			won.Add(won, deal.Mul(deal, s.Stages[len(s.Stages)-1].Exact))
		}
		if won.Cmp(new(big.Rat).SetInt64(target.Revenue)) != 0 {
			t.Fatalf("%s brings %s", data, won)
		}
	})
}

// FuzzBoard: nothing is due too early or too much, and what is measured is what was done.
func FuzzBoard(f *testing.F) {
	g, err := json.Marshal(yearly(f))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(g, int64(5), int64(1_775_000_000))
	f.Add([]byte(`{"periods":[{"name":"a","from":"2026-04-01T00:00:00Z","to":"2026-05-01T00:00:00Z","sales":{"acceptance":"1/3"}}]}`), int64(-1), int64(math.MinInt64))
	_, calendar := april(f)
	f.Fuzz(func(t *testing.T, data []byte, n, at int64) {
		g, err := goals.ParseGoals(data)
		if err != nil {
			return
		}
		board, err := goals.CompileGoals(g, calendar)
		if err != nil {
			return
		}
		for _, name := range board.Names() {
			s, ok := board.Progress(name, goals.Done{Delivered: goals.Delivered{Count: n, Value: n}, Revenue: n, Pipeline: n, Acceptance: goals.Ratio{Part: n, Whole: n}}, time.Unix(at, 0))
			if !ok {
				t.Fatalf("%s: no period %q", data, name)
			}
			for _, m := range []goals.Measure{s.Count, s.Value, s.Revenue} {
				if m.Elapsed < 0 || m.Elapsed > m.Period || m.Delivered != n || m.Due().Cmp(new(big.Rat).SetInt64(m.Committed)) > 0 {
					t.Fatalf("%s: %+v", data, m)
				}
			}
			s.Coverage()
			s.Attained()
		}
	})
}
