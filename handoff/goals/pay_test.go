package goals_test

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/leadloop/leadloop/handoff/goals"
)

// both is a plan of both departments: a revenue gate for both, and a quality gate for sales' own acceptance.
func both() goals.PayPlan {
	return goals.PayPlan{
		Name: "2026", Version: 1,
		Gates: []goals.Gate{{Name: "company", Measure: goals.AttainedRevenue, Threshold: "4/5", Factor: "1/2"}},
		Roles: []goals.Role{
			{Name: "marketing", Target: 300_000, Components: []goals.Component{
				{Name: "delivery", Weight: "2/3", Measure: goals.AttainedValue, Curve: goals.Curve{Kind: goals.CurveRamp, Points: []goals.Point{{At: "1/2", Pay: "0"}, {At: "1", Pay: "1"}, {At: "3/2", Pay: "2"}}}},
				{Name: "company", Weight: "1/3", Measure: goals.AttainedRevenue, Curve: goals.Curve{Kind: goals.CurveCliff, Threshold: "1"}},
			}, Gates: []goals.Gate{{Name: "quality", Measure: goals.RateAcceptance, Threshold: "9/10", Factor: "0"}}},
			{Name: "sales", Target: 500_000, Floor: "1/10", Cap: "2", Components: []goals.Component{
				{Name: "deals", Weight: "4/5", Measure: goals.AttainedRevenue, Cap: "3", Curve: goals.Curve{Kind: goals.CurveTiers, Tiers: []goals.Tier{{From: "0", Rate: "1/2"}, {From: "1/2", Rate: "1"}, {From: "1", Rate: "3/2"}}}},
				{Name: "follow-up", Weight: "1/5", Measure: goals.AttainedFollowUp, Floor: "1/4", Curve: goals.Curve{Kind: goals.CurveLinear, Threshold: "3/4"}},
			}},
		},
		Clawback: goals.Clawback{Days: 90},
	}
}

func compilePay(t testing.TB, plan goals.PayPlan) *goals.Pay {
	t.Helper()
	pay, err := goals.CompilePay(plan)
	if err != nil {
		t.Fatal(err)
	}
	return pay
}

// Each line by hand: what it is for, where on the curve, and how much.
func TestPayoutLines(t *testing.T) {
	pay := compilePay(t, both())
	for _, c := range []struct {
		name, role                            string
		value, revenue, acceptance, follow_up string
		want                                  string
	}{
		{"all on plan", "marketing", "1", "1", "9/10", "1", `
			pay delivery: 1 to 3/2 = 200000
			pay company: reached 1 = 100000
			gate company: reached 4/5 = 0
			gate quality: reached 9/10 = 0
			= 300000`},
		{"too little revenue halves", "marketing", "3/4", "79/100", "1", "1", `
			pay delivery: 1/2 to 1 = 100000
			pay company: below 1 = 0
			gate company: below 4/5: times 1/2 = -50000
			gate quality: reached 9/10 = 0
			= 50000`},
		{"too little quality takes all", "marketing", "2", "1/2", "89/100", "1", `
			pay delivery: from 3/2 = 400000
			pay company: below 1 = 0
			gate company: below 4/5: times 1/2 = -200000
			gate quality: below 9/10: times 0 = -200000
			= 0`},
		{"sales above plan", "sales", "1", "6/5", "1", "1", `
			pay deals: 0 to 1/2 at 1/2 = 100000
			pay deals: 1/2 to 1 at 1 = 200000
			pay deals: from 1 at 3/2 = 120000
			pay follow-up: linear = 100000
			gate company: reached 4/5 = 0
			= 520000`},
		{"exactly at a tier", "sales", "1", "1", "1", "74/100", `
			pay deals: 0 to 1/2 at 1/2 = 100000
			pay deals: 1/2 to 1 at 1 = 200000
			pay follow-up: below 3/4 = 0
			component_floor follow-up: at least 1/4 = 25000
			gate company: reached 4/5 = 0
			= 325000`},
		{"both caps", "sales", "1", "5", "1", "1", `
			pay deals: 0 to 1/2 at 1/2 = 100000
			pay deals: 1/2 to 1 at 1 = 200000
			pay deals: from 1 at 3/2 = 2400000
			component_cap deals: at most 3 = -1500000
			pay follow-up: linear = 100000
			gate company: reached 4/5 = 0
			cap : at most 2 = -300000
			= 1000000`},
		{"the floor stands whatever the gates say, and corrections pay as 0", "sales", "1", "-1/3", "1", "0", `
			pay deals: below 0 = 0
			pay follow-up: below 3/4 = 0
			component_floor follow-up: at least 1/4 = 25000
			gate company: below 4/5: times 1/2 = -12500
			floor : at least 1/10 = 37500
			= 50000`},
	} {
		payout, err := pay.Payout(c.role, goals.Attained{
			goals.AttainedValue: rat(t, c.value), goals.AttainedRevenue: rat(t, c.revenue), goals.RateAcceptance: rat(t, c.acceptance), goals.AttainedFollowUp: rat(t, c.follow_up),
		})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, l := range payout.Lines {
			got = append(got, fmt.Sprintf("%s %s: %s = %d", l.Kind, l.Name, l.Step, l.Amount))
		}
		got = append(got, fmt.Sprintf("= %d", payout.Amount))
		want := strings.Split(strings.ReplaceAll(strings.TrimSpace(c.want), "\t", ""), "\n")
		if !slices.Equal(got, want) {
			t.Errorf("%s:\n%s\nwant\n%s", c.name, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
}

func TestExplain(t *testing.T) {
	payout, err := compilePay(t, both()).Payout("sales", goals.Attained{goals.AttainedRevenue: rat(t, "6"), goals.AttainedFollowUp: rat(t, "1/2")})
	if err != nil {
		t.Fatal(err)
	}
	parts, err := payout.Split([]goals.Share{{To: "anna", Weight: 1}})
	if err != nil {
		t.Fatal(err)
	}
	want := `deals              revenue 6      0 to 1/2 at 1/2  100000
deals              revenue 6      1/2 to 1 at 1    200000
deals              revenue 6      from 1 at 3/2    3000000
deals (cap)                       at most 3        -2100000
follow-up          follow_up 1/2  below 3/4        0
follow-up (floor)                 at least 1/4     25000
company (gate)     revenue 6      reached 4/5      0
cap                               at most 2        -225000
sales for anna                                     1000000
`
	if got := parts[0].Explain(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// What is exactly at its floor or cap needs no line for it, and the two may be the same.
func TestExactlyAtFloorAndCap(t *testing.T) {
	plan := both()
	plan.Gates, plan.Roles = nil, plan.Roles[1:]
	role := &plan.Roles[0]
	role.Floor, role.Cap = "1", "1"
	role.Components = []goals.Component{{Name: "c", Weight: "1", Measure: "m", Curve: goals.Curve{Kind: goals.CurveLinear}, Floor: "1", Cap: "1"}}
	pay := compilePay(t, plan)
	for attainment, lines := range map[string]int{"1": 1, "1/2": 2, "2": 2} {
		payout, err := pay.Payout("sales", goals.Attained{"m": rat(t, attainment)})
		if err != nil || len(payout.Lines) != lines || payout.Amount != role.Target {
			t.Errorf("at %s: %+v, %v", attainment, payout, err)
		}
	}
}

// Gates that all share stand before each role's own.
func TestRolesKeepTheirOwnGates(t *testing.T) {
	plan := both()
	for _, name := range []string{"second", "third"} {
		plan.Gates = append(plan.Gates, goals.Gate{Name: name, Measure: name, Threshold: "1", Factor: "0"})
	}
	plan.Roles[1].Gates = []goals.Gate{{Name: "own", Measure: "own", Threshold: "1", Factor: "0"}}
	pay := compilePay(t, plan)
	if got, want := pay.Measures("marketing"), []string{"mql_value", "revenue", "second", "third", "acceptance_rate"}; !slices.Equal(got, want) {
		t.Errorf("marketing needs %v, want %v", got, want)
	}
	if got, want := pay.Measures("sales"), []string{"revenue", "follow_up", "second", "third", "own"}; !slices.Equal(got, want) {
		t.Errorf("sales needs %v, want %v", got, want)
	}
}

func TestPayoutRefuses(t *testing.T) {
	pay := compilePay(t, both())
	if _, err := pay.Payout("sale", nil); !errors.Is(err, goals.ErrName) || !strings.Contains(err.Error(), `did you mean "sales"?`) {
		t.Errorf("an unknown role: %v", err)
	}
	_, err := pay.Payout("marketing", goals.Attained{goals.AttainedRevenue: rat(t, "1"), goals.RateAcceptance: nil})
	if !errors.Is(err, goals.ErrUndefined) || strings.Count(err.Error(), "\n") != 1 || !strings.Contains(err.Error(), "mql_value: ") || !strings.Contains(err.Error(), "acceptance_rate: ") {
		t.Errorf("no data: %v", err)
	}
	if got, want := pay.Measures("marketing"), []string{"mql_value", "revenue", "acceptance_rate"}; !slices.Equal(got, want) {
		t.Errorf("marketing needs %v, want %v", got, want)
	}
	if got := pay.Measures("nobody"); got != nil {
		t.Errorf("nobody needs %v", got)
	}
	plan := both()
	plan.Roles[0].Components[0].Curve = goals.Curve{Kind: goals.CurveLinear}
	for _, huge := range []string{"1000000000000000000", "1000000000000000000000000000000"} {
		_, err = compilePay(t, plan).Payout("marketing", goals.Attained{goals.AttainedValue: rat(t, huge), goals.AttainedRevenue: rat(t, "1"), goals.RateAcceptance: rat(t, "1")})
		if !errors.Is(err, goals.ErrAmount) {
			t.Errorf("an attainment of %s: %v", huge, err)
		}
	}
}

// The largest lines fit, their sum does not.
func TestPayoutSumsAreChecked(t *testing.T) {
	plan := both()
	plan.Gates, plan.Roles = nil, plan.Roles[:1]
	plan.Roles[0].Gates = nil
	for i := range plan.Roles[0].Components {
		c := &plan.Roles[0].Components[i]
		c.Weight, c.Curve, c.Measure = "1/2", goals.Curve{Kind: goals.CurveLinear}, "m"
	}
	plan.Roles[0].Target = math.MaxInt64
	pay := compilePay(t, plan)
	if _, err := pay.Payout("marketing", goals.Attained{"m": rat(t, "9/10")}); !errors.Is(err, goals.ErrAmount) {
		t.Errorf("got %v", err)
	}
	payout, err := pay.Payout("marketing", goals.Attained{"m": rat(t, "1/2")})
	if err != nil || payout.Amount != 1<<62 { // (2^63−1)/2, the tie to even
		t.Errorf("got %d, %v", payout.Amount, err)
	}
}

// Results stay as they are when the host goes on with its numbers.
func TestPayoutKeepsNothing(t *testing.T) {
	plan := both()
	pay := compilePay(t, plan)
	plan.Roles[0].Components[0].Curve.Points[0].At = "7"
	attained := goals.Attained{goals.AttainedRevenue: rat(t, "1"), goals.AttainedFollowUp: rat(t, "1")}
	first, err := pay.Payout("sales", attained)
	if err != nil {
		t.Fatal(err)
	}
	want := first.Explain()
	first.Lines[0].Attainment.SetInt64(9)
	first.Lines[0].Exact.SetInt64(9)
	again, err := pay.Payout("sales", attained)
	if err != nil || again.Explain() != want {
		t.Errorf("%v, got\n%s\nwant\n%s", err, again.Explain(), want)
	}
}

func TestSplit(t *testing.T) {
	whole := goals.Payout{Role: "sales", Amount: 101, Lines: []goals.Line{{Name: "a", Amount: 34}, {Name: "b", Amount: 67}}}
	parts, err := whole.Split([]goals.Share{{"anna", 1}, {"ben", 1}, {"nobody", 0}})
	if err != nil {
		t.Fatal(err)
	}
	// 34 is 17 and 17; 101 is 51 and 50, so that of the 67 there are 34 for anna and 33 for ben.
	for i, want := range [][3]int64{{51, 17, 34}, {50, 17, 33}, {0, 0, 0}} {
		p := parts[i]
		if got := [3]int64{p.Amount, p.Lines[0].Amount, p.Lines[1].Amount}; got != want || p.Role != "sales" {
			t.Errorf("%s gets %v, want %v", p.To, got, want)
		}
	}
	if parts[1].To != "ben" || parts[1].Lines[1].Exact.RatString() != "67/2" || parts[1].Lines[1].Name != "b" {
		t.Errorf("got %+v", parts[1])
	}
	for _, c := range []struct {
		name   string
		payout goals.Payout
		shares []goals.Share
		is     error
		want   int
	}{
		{"none", whole, nil, goals.ErrAmount, 1},
		{"no weight", whole, []goals.Share{{"a", 0}}, goals.ErrAmount, 1},
		{"negative", whole, []goals.Share{{"a", 2}, {"b", -1}}, goals.ErrAmount, 1},
		{"too heavy", whole, []goals.Share{{"a", math.MaxInt64}, {"b", math.MaxInt64}, {"c", math.MaxInt64}}, goals.ErrAmount, 1},
		{"no name, twice", whole, []goals.Share{{"", 1}, {"b", 1}, {"b", 1}}, goals.ErrName, 2},
		{"lines do not sum", goals.Payout{Amount: 1}, []goals.Share{{"a", 1}}, goals.ErrAmount, 1},
		{"lines too large", goals.Payout{Amount: 1, Lines: []goals.Line{{Amount: math.MaxInt64}, {Amount: -math.MaxInt64}, {Amount: 1}}}, []goals.Share{{"a", 1}}, goals.ErrAmount, 1},
		{"a line too large, no sum", goals.Payout{Amount: 1, Lines: []goals.Line{{Amount: -1 << 62}, {Amount: 1<<62 + 1}}}, []goals.Share{{"a", 1}}, goals.ErrAmount, 1},
		{"sums too large", goals.Payout{Amount: 0, Lines: []goals.Line{{Amount: 1 << 62}, {Amount: 1}, {Amount: -1<<62 - 1}}}, []goals.Share{{"a", 1}}, goals.ErrAmount, 1},
	} {
		parts, err := c.payout.Split(c.shares)
		if !errors.Is(err, c.is) || parts != nil || strings.Count(err.Error(), "\n")+1 != c.want {
			t.Errorf("%s: %v, %v", c.name, parts, err)
		}
	}
}

func TestSplitSaysWhichWeight(t *testing.T) {
	_, err := (goals.Payout{}).Split([]goals.Share{{"a", 2}, {"b", -1}})
	if err == nil || err.Error() != "shares[1].weight: it is negative" {
		t.Errorf("got %v", err)
	}
	_, err = (goals.Payout{}).Split([]goals.Share{{"a", math.MaxInt64}, {"b", 1}, {"c", 1}})
	if err == nil || err.Error() != "shares[1].weight: the weights sum to more than 64 bits can hold" {
		t.Errorf("got %v", err)
	}
}

// 12,000 were paid for a deal of 40,000; a quarter of it comes back within the ninety days, then all of it.
func TestClawback(t *testing.T) {
	pay := compilePay(t, both())
	won := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	paid := goals.Payout{Role: "sales", To: "anna", Amount: 12_000, Lines: []goals.Line{{Name: "deals", Amount: 15_000}, {Kind: goals.LineCap, Amount: -3_000}}}
	refund := goals.Refund{Deal: 40_000, Amount: 10_000, Won: won, At: won.AddDate(0, 0, 90).Add(-1)}
	back, err := pay.Clawback(paid, refund)
	if err != nil || back.Amount != -3_000 || back.Lines[0].Amount != -3_750 || back.Lines[1].Amount != 750 || back.To != "anna" || back.Role != "sales" {
		t.Errorf("got %+v, %v", back, err)
	}
	rest := refund
	rest.Before, rest.Amount = 10_000, 30_000
	back, err = pay.Clawback(paid, rest)
	if err != nil || back.Amount != -9_000 || back.Lines[0].Exact.RatString() != "-11250" {
		t.Errorf("got %+v, %v", back, err)
	}
	late := refund
	late.At = late.At.Add(1)
	if back, err = pay.Clawback(paid, late); err != nil || back.Amount != 0 || back.Lines != nil {
		t.Errorf("after the window: %+v, %v", back, err)
	}
	plan := both()
	plan.Clawback = goals.Clawback{}
	at := refund
	at.At = won
	if back, err = compilePay(t, plan).Clawback(paid, at); err != nil || back.Amount != 0 {
		t.Errorf("without clawback: %+v, %v", back, err)
	}
	if back, err = pay.Clawback(paid, at); err != nil || back.Amount != -3_000 {
		t.Errorf("at once: %+v, %v", back, err)
	}
	for name, c := range map[string]struct {
		change func(*goals.Payout, *goals.Refund)
		is     error
	}{
		"no deal":          {func(_ *goals.Payout, r *goals.Refund) { r.Deal, r.Amount = 0, 0 }, goals.ErrAmount},
		"negative":         {func(_ *goals.Payout, r *goals.Refund) { r.Amount = -1 }, goals.ErrAmount},
		"negative before":  {func(_ *goals.Payout, r *goals.Refund) { r.Before = -1 }, goals.ErrAmount},
		"more than paid":   {func(_ *goals.Payout, r *goals.Refund) { r.Amount = 40_001 }, goals.ErrAmount},
		"more in sum":      {func(_ *goals.Payout, r *goals.Refund) { r.Before = 30_001 }, goals.ErrAmount},
		"sum beyond int64": {func(_ *goals.Payout, r *goals.Refund) { r.Amount, r.Before = math.MaxInt64, math.MaxInt64 }, goals.ErrAmount},
		"paid negative":    {func(p *goals.Payout, _ *goals.Refund) { p.Amount, p.Lines = -1, []goals.Line{{Amount: -1}} }, goals.ErrAmount},
		"lines wrong":      {func(p *goals.Payout, _ *goals.Refund) { p.Amount++ }, goals.ErrAmount},
		"before it":        {func(_ *goals.Payout, r *goals.Refund) { r.At = won.Add(-1) }, goals.ErrPeriod},
	} {
		p, r := paid, refund
		c.change(&p, &r)
		if back, err := pay.Clawback(p, r); !errors.Is(err, c.is) || back.Amount != 0 || back.Lines != nil {
			t.Errorf("%s: %+v, %v", name, back, err)
		}
	}
}
