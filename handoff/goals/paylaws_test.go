package goals_test

import (
	"fmt"
	"maps"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/leadloop/leadloop/handoff/goals"
)

// reference works out a payout in the plainest way: one number, no lines, other formulas.
func reference(t testing.TB, plan goals.PayPlan, role goals.Role, attained goals.Attained) *big.Rat {
	value := func(f goals.Fraction) *big.Rat { return rat(t, string(f)) }
	bounded := func(v *big.Rat, floor, limit goals.Fraction) *big.Rat {
		if limit != "" && v.Cmp(value(limit)) > 0 {
			return value(limit)
		}
		if floor != "" && v.Cmp(value(floor)) < 0 {
			return value(floor)
		}
		return v
	}
	curve := func(c goals.Curve, a *big.Rat) *big.Rat {
		v := new(big.Rat)
		if a.Sign() < 0 || c.Threshold != "" && a.Cmp(value(c.Threshold)) < 0 {
			return v
		}
		switch c.Kind {
		case goals.CurveLinear:
			v.Set(a)
		case goals.CurveCliff:
			v.SetInt64(1)
		case goals.CurveRamp:
			if last := c.Points[len(c.Points)-1]; a.Cmp(value(last.At)) >= 0 {
				return value(last.Pay)
			}
			for i, p := range c.Points[1:] {
				x0, x1, y0, y1 := value(c.Points[i].At), value(p.At), value(c.Points[i].Pay), value(p.Pay)
				if a.Cmp(x0) >= 0 && a.Cmp(x1) < 0 { // both ends weighted by the distance to the other
					y0.Mul(y0, new(big.Rat).Sub(x1, a))
					y1.Mul(y1, new(big.Rat).Sub(a, x0))
					return v.Quo(y0.Add(y0, y1), x1.Sub(x1, x0))
				}
			}
		case goals.CurveTiers:
			before := new(big.Rat)
			for _, tier := range c.Tiers {
				above := new(big.Rat).Sub(a, value(tier.From))
				if above.Sign() < 0 {
					break
				}
				if c.Mode == goals.TiersWhole {
					v.Mul(a, value(tier.Rate))
				} else { // what the rate rises by counts for all above
					v.Add(v, above.Mul(above, new(big.Rat).Sub(value(tier.Rate), before)))
					before = value(tier.Rate)
				}
			}
		}
		return v
	}
	total := new(big.Rat)
	for _, c := range role.Components {
		v := bounded(curve(c.Curve, attained[c.Measure]), c.Floor, c.Cap)
		total.Add(total, new(big.Rat).Mul(v, value(c.Weight)))
	}
	for _, g := range slices.Concat(plan.Gates, role.Gates) {
		if attained[g.Measure].Cmp(value(g.Threshold)) < 0 {
			total.Mul(total, value(g.Factor))
		}
	}
	total = bounded(total, role.Floor, role.Cap)
	return total.Mul(total, new(big.Rat).SetInt64(role.Target))
}

// halfEven rounds by looking at both neighbours.
func halfEven(x *big.Rat) int64 {
	low := new(big.Int).Div(x.Num(), x.Denom()).Int64()
	down := new(big.Rat).Sub(x, big.NewRat(low, 1))
	switch c := down.Cmp(big.NewRat(1, 2)); {
	case c > 0, c == 0 && low%2 != 0:
		return low + 1
	}
	return low
}

func TestPayoutAgainstReferenceAndLaws(t *testing.T) {
	r := rand.New(rand.NewPCG(20, 26))
	kinds, ties, raised := map[string]int{}, 0, 0
	for range 6000 {
		plan := randomPlan(r)
		pay, err := goals.CompilePay(plan)
		if err != nil {
			t.Fatalf("%+v: %v", plan, err)
		}
		attained := randomAttained(r)
		for _, role := range plan.Roles {
			payout, err := pay.Payout(role.Name, attained)
			if err != nil {
				t.Fatal(err)
			}
			exact := reference(t, plan, role, attained)
			if payout.Amount != halfEven(exact) {
				t.Fatalf("%+v with %v: %d, want %s", role, attained, payout.Amount, exact)
			}
			if exact.Denom().IsInt64() && exact.Denom().Int64() == 2 {
				ties++
			}
			sum := new(big.Rat)
			for _, l := range payout.Lines {
				kinds[string(l.Kind)]++
				sum.Add(sum, l.Exact)
				near(t, l, 1)
			}
			if sum.Cmp(exact) != 0 {
				t.Fatalf("%+v with %v: the exact lines sum to %s, want %s", role, attained, sum, exact)
			}
			sums(t, payout)
			largestRemainders(t, payout)
			within(t, role, payout.Amount)
			splitLaws(t, r, payout)
			clawbackLaws(t, r, pay, payout)
			if monotone(role) {
				more := maps.Clone(attained)
				measure := pay.Measures(role.Name)[r.IntN(len(pay.Measures(role.Name)))]
				more[measure] = new(big.Rat).Add(more[measure], big.NewRat(r.Int64N(5), 1+r.Int64N(9)))
				better, err := pay.Payout(role.Name, more)
				if err != nil {
					t.Fatal(err)
				}
				if better.Amount < payout.Amount {
					t.Fatalf("%+v: %v pays %d, %v pays %d", role, attained, payout.Amount, more, better.Amount)
				}
				if better.Amount > payout.Amount {
					raised++
				}
			}
		}
	}
	for _, kind := range []goals.LineKind{goals.LinePay, goals.LineComponentFloor, goals.LineComponentCap, goals.LineGate, goals.LineFloor, goals.LineCap} {
		if kinds[string(kind)] < 300 {
			t.Errorf("only %d lines are of the kind %s", kinds[string(kind)], kind)
		}
	}
	if ties < 20 || raised < 1000 {
		t.Errorf("%d ties, %d raised", ties, raised)
	}
}

func sums(t *testing.T, p goals.Payout) {
	t.Helper()
	sum := int64(0)
	for _, l := range p.Lines {
		sum += l.Amount
	}
	if sum != p.Amount {
		t.Fatalf("the lines sum to %d: %+v", sum, p)
	}
}

// near checks that a line is less than so many units from its exact amount.
func near(t *testing.T, l goals.Line, units int64) {
	t.Helper()
	off := new(big.Rat).Sub(l.Exact, new(big.Rat).SetInt64(l.Amount))
	if off.Abs(off).Cmp(big.NewRat(units, 1)) >= 0 {
		t.Fatalf("%+v is off by %s", l, off)
	}
}

// within checks that a payout is between the role's floor and cap, both rounded as payouts are.
func within(t *testing.T, role goals.Role, amount int64) {
	t.Helper()
	bound := func(f goals.Fraction) int64 {
		b := rat(t, string(f))
		return halfEven(b.Mul(b, new(big.Rat).SetInt64(role.Target)))
	}
	if amount < 0 || role.Floor != "" && amount < bound(role.Floor) || role.Cap != "" && amount > bound(role.Cap) {
		t.Fatalf("%d is out of the bounds of %+v", amount, role)
	}
}

// largestRemainders checks that the units went to the largest fractions, and among equal ones to the first.
func largestRemainders(t *testing.T, p goals.Payout) {
	t.Helper()
	fraction := func(l goals.Line) (*big.Rat, bool) {
		floor := new(big.Int).Div(l.Exact.Num(), l.Exact.Denom())
		return new(big.Rat).Sub(l.Exact, new(big.Rat).SetInt(floor)), l.Amount > floor.Int64()
	}
	for i, a := range p.Lines {
		fa, upA := fraction(a)
		for _, b := range p.Lines[i+1:] {
			if fb, upB := fraction(b); upA != upB && (fa.Cmp(fb) >= 0) != upA {
				t.Fatalf("%+v and %+v of %+v", a, b, p)
			}
		}
	}
}

// Lines by hand that tie in groups, more than a sort keeps in order by luck.
func TestTiesGoToTheFirst(t *testing.T) {
	r := rand.New(rand.NewPCG(16, 16))
	for range 300 {
		role := goals.Role{Name: "r", Target: 16}
		left := int64(64)
		for i := range 16 {
			weight := min(1+r.Int64N(7), left-int64(15-i))
			if i == 15 {
				weight = left
			}
			left -= weight
			role.Components = append(role.Components, goals.Component{
				Name: fmt.Sprint(i), Weight: goals.Fraction(big.NewRat(weight, 64).RatString()), Measure: "m", Curve: goals.Curve{Kind: goals.CurveLinear},
			})
		}
		payout, err := compilePay(t, goals.PayPlan{Name: "p", Version: 1, Roles: []goals.Role{role}}).Payout("r", goals.Attained{"m": big.NewRat(1, 1)})
		if err != nil {
			t.Fatal(err)
		}
		sums(t, payout)
		largestRemainders(t, payout)
	}
}

func splitLaws(t *testing.T, r *rand.Rand, whole goals.Payout) {
	t.Helper()
	shares := make([]goals.Share, 1+r.IntN(5))
	weights := int64(0)
	for i := range shares {
		shares[i] = goals.Share{To: fmt.Sprint(i), Weight: r.Int64N(1 << r.IntN(40))}
		weights += shares[i].Weight
	}
	shares[0].Weight++
	weights++
	parts, err := whole.Split(shares)
	if err != nil {
		t.Fatal(err)
	}
	all, lines := int64(0), make([]int64, len(whole.Lines))
	for i, p := range parts {
		sums(t, p)
		all += p.Amount
		fair := big.NewRat(shares[i].Weight, weights)
		fair.Mul(fair, new(big.Rat).SetInt64(whole.Amount))
		near(t, goals.Line{Exact: fair, Amount: p.Amount}, 1)
		for k, l := range p.Lines {
			lines[k] += l.Amount
			near(t, l, 3)
		}
	}
	if all != whole.Amount {
		t.Fatalf("the parts of %d sum to %d", whole.Amount, all)
	}
	for k, l := range whole.Lines {
		if lines[k] != l.Amount {
			t.Fatalf("the parts of line %d of %d sum to %d", k, l.Amount, lines[k])
		}
	}
}

func clawbackLaws(t *testing.T, r *rand.Rand, pay *goals.Pay, paid goals.Payout) {
	t.Helper()
	refund := goals.Refund{Deal: 1 + r.Int64N(1<<(1+r.IntN(50)))}
	taken, lines := int64(0), make([]int64, len(paid.Lines))
	for refund.Before < refund.Deal {
		refund.Amount = 1 + r.Int64N(refund.Deal-refund.Before)
		if r.IntN(4) == 0 {
			refund.Amount = refund.Deal - refund.Before
		}
		back, err := pay.Clawback(paid, refund)
		if err != nil {
			t.Fatal(err)
		}
		sums(t, back)
		if back.Amount > 0 {
			t.Fatalf("a refund pays %d", back.Amount)
		}
		taken -= back.Amount
		refund.Before += refund.Amount
		want := big.NewRat(refund.Before, refund.Deal)
		if want.Mul(want, new(big.Rat).SetInt64(paid.Amount)); taken != halfEven(want) {
			t.Fatalf("of %d paid, refunds of %d of %d took back %d", paid.Amount, refund.Before, refund.Deal, taken)
		}
		for k, l := range back.Lines {
			near(t, l, 2)
			lines[k] -= l.Amount
			if p := paid.Lines[k].Amount; lines[k] < min(p, 0) || lines[k] > max(p, 0) {
				t.Fatalf("of the line %d %d was taken back", p, lines[k])
			}
		}
	}
	if taken != paid.Amount {
		t.Fatalf("of %d paid the refund of the whole deal took back %d", paid.Amount, taken)
	}
	for k, l := range paid.Lines {
		if lines[k] != l.Amount {
			t.Fatalf("of the line %d the whole deal took back %d", l.Amount, lines[k])
		}
	}
}

// monotone tells whether no curve of the role falls.
func monotone(role goals.Role) bool {
	rises := func(a, b goals.Fraction) bool {
		x, _ := new(big.Rat).SetString(string(a))
		y, _ := new(big.Rat).SetString(string(b))
		return x.Cmp(y) <= 0
	}
	for _, c := range role.Components {
		for i := 1; i < len(c.Curve.Points); i++ {
			if !rises(c.Curve.Points[i-1].Pay, c.Curve.Points[i].Pay) {
				return false
			}
		}
		for i := 1; i < len(c.Curve.Tiers); i++ {
			if c.Curve.Mode == goals.TiersWhole && !rises(c.Curve.Tiers[i-1].Rate, c.Curve.Tiers[i].Rate) {
				return false
			}
		}
	}
	return true
}

var measures = []string{"a", "b", "c"}

func randomAttained(r *rand.Rand) goals.Attained {
	a := goals.Attained{}
	for _, m := range measures {
		a[m] = big.NewRat(r.Int64N(30)-3, []int64{2, 4, 10, 12, 7, 1000}[r.IntN(6)])
	}
	return a
}

// randomPlan is a plan that compiles, with all kinds of everything.
func randomPlan(r *rand.Rand) goals.PayPlan {
	small := func(low, high int64) goals.Fraction {
		d := []int64{1, 2, 3, 4, 10, 12}[r.IntN(6)]
		return goals.Fraction(big.NewRat(low*d+r.Int64N((high-low)*d+1), d).RatString())
	}
	maybe := func(f goals.Fraction) goals.Fraction {
		if r.IntN(3) > 0 || f == "0" {
			return ""
		}
		return f
	}
	limits := func() (floor, limit goals.Fraction) {
		return maybe(goals.Fraction(big.NewRat(r.Int64N(12), 12).RatString())), maybe(goals.Fraction(big.NewRat(12+r.Int64N(12), 12).RatString()))
	}
	gates := func(prefix string) (list []goals.Gate) {
		for i := range r.IntN(3) {
			list = append(list, goals.Gate{
				Name: fmt.Sprint(prefix, i), Measure: measures[r.IntN(3)], Threshold: goals.Fraction(big.NewRat(1+r.Int64N(12), 12).RatString()),
				Factor: goals.Fraction(big.NewRat(r.Int64N(7), 7).RatString()),
			})
		}
		return list
	}
	rising := func(n int, from int64) (list []goals.Fraction) {
		at := big.NewRat(from, 4)
		for range n {
			list = append(list, goals.Fraction(at.RatString()))
			at = new(big.Rat).Add(at, big.NewRat(1+r.Int64N(8), 12))
		}
		return list
	}
	curve := func() (c goals.Curve) {
		c.Threshold = maybe(small(0, 1))
		switch r.IntN(4) {
		case 0:
			c.Kind = goals.CurveLinear
		case 1:
			c.Kind, c.Threshold = goals.CurveCliff, goals.Fraction(big.NewRat(1+r.Int64N(6), 4).RatString())
		case 2:
			c.Kind = goals.CurveRamp
			for _, at := range rising(2+r.IntN(3), r.Int64N(3)) {
				pay := small(0, 2)
				if r.IntN(2) == 0 {
					pay = at // so that many ramps rise
				}
				c.Points = append(c.Points, goals.Point{At: at, Pay: pay})
			}
		default:
			c.Kind = goals.CurveTiers
			c.Mode = []goals.TierMode{"", goals.TiersMarginal, goals.TiersWhole}[r.IntN(3)]
			for i, at := range rising(1+r.IntN(4), 0) {
				rate := small(0, 3)
				if r.IntN(2) == 0 {
					rate = goals.Fraction(fmt.Sprint(i))
				}
				c.Tiers = append(c.Tiers, goals.Tier{From: at, Rate: rate})
			}
		}
		return c
	}
	p := goals.PayPlan{Name: "random", Version: 1, Gates: gates("shared"), Clawback: goals.Clawback{Days: 1}}
	for i := range 1 + r.IntN(2) {
		role := goals.Role{Name: fmt.Sprint("role", i), Target: 1 + r.Int64N(1<<(1+r.IntN(40))), Gates: gates("own")}
		role.Floor, role.Cap = limits()
		parts := make([]int64, 1+r.IntN(4))
		sum := int64(0)
		for k := range parts {
			parts[k] = 1 + r.Int64N(9)
			sum += parts[k]
		}
		for k, part := range parts {
			c := goals.Component{Name: fmt.Sprint("c", k), Weight: goals.Fraction(big.NewRat(part, sum).RatString()), Measure: measures[r.IntN(3)], Curve: curve()}
			c.Floor, c.Cap = limits()
			role.Components = append(role.Components, c)
		}
		p.Roles = append(p.Roles, role)
	}
	return p
}
