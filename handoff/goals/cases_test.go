package goals_test

import (
	"encoding/json"
	"math/big"
	"os"
	"testing"

	"github.com/leadloop/leadloop/handoff/goals"
)

// metricsCase is one case of testdata/metrics.json; the file names their source.
type metricsCase struct {
	ID         string            `json:"id"`
	Deal       json.Number       `json:"deal_cents"`
	MQL        int64             `json:"mql"`
	Value      json.Number       `json:"mql_value_cents"`
	Reps       int64             `json:"reps"`
	NeededMQL  int64             `json:"required_mql"`
	Won        int64             `json:"won"`
	Goal       int64             `json:"goal_cents"`
	Rates      map[string]string `json:"rates"`
	Required   map[string]int64  `json:"required"`
	SAL        int64             `json:"sal"`
	SQL        int64             `json:"sql"`
	MQLToSAL   string            `json:"mql_sal"`
	SALToSQL   string            `json:"sal_sql"`
	Actual     int64             `json:"actual"`
	Quota      int64             `json:"quota"`
	Mode       string            `json:"mode"`
	Payout     int64             `json:"payout"`
	Tiers      [][2]string       `json:"tiers"`
	Variable   int64             `json:"variable"`
	Attainment string            `json:"attainment"`
	Points     [][2]any          `json:"points"`
	Threshold  string            `json:"threshold"`
}

func TestMetricsCases(t *testing.T) {
	data, err := os.ReadFile("testdata/metrics.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Cases []metricsCase `json:"cases"`
	}
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	tests := map[string]func(*testing.T, metricsCase){
		"mql-value": leadValueCase, "backward-ceil": backwardCase, "sal-rate": rateCase,
		"accelerator-150": tiersCase, "decelerator": tiersCase, "threshold-ramp": rampCase,
	}
	for _, c := range file.Cases {
		test, ok := tests[c.ID]
		if !ok {
			t.Errorf("the case %s is not tested", c.ID)
			continue
		}
		delete(tests, c.ID)
		t.Run(c.ID, func(t *testing.T) { test(t, c) })
	}
	for id := range tests {
		t.Errorf("there is no case %s", id)
	}
}

// Ten people who each need what a hundred leads bring.
func leadValueCase(t *testing.T, c metricsCase) {
	deal, err := c.Deal.Int64()
	if err != nil {
		t.Fatal(err)
	}
	value, ok := goals.LeadValue(goals.Ratio{Part: c.Won, Whole: c.MQL}, goals.Ratio{Part: deal * c.Won, Whole: c.Won})
	if !ok || value.RatString() != c.Value.String() {
		t.Errorf("a lead is worth %v, want %s", value, c.Value)
	}
	required := backwards(t, goals.Target{
		Revenue: c.Reps * c.Won * deal, Stages: []string{"mql", "won"},
		Segments: []goals.Segment{{Deal: goals.Fraction(c.Deal), Rates: []goals.Fraction{goals.Fraction(big.NewRat(c.Won, c.MQL).RatString())}}},
	})
	if got := required.Stages[0].Count; got != c.NeededMQL {
		t.Errorf("%d leads are required, want %d", got, c.NeededMQL)
	}
	if required.Value.Cmp(value) != 0 {
		t.Errorf("backwards says that a lead is worth %s", required.Value)
	}
}

func backwardCase(t *testing.T, c metricsCase) {
	required := backwards(t, goals.Target{
		Revenue: c.Goal, Stages: []string{"mql", "won"},
		Segments: []goals.Segment{{Deal: goals.Fraction(c.Deal), Rates: []goals.Fraction{goals.Fraction(c.Rates["mql_won"])}}},
	})
	for _, v := range required.Stages {
		if want := c.Required[v.Stage]; v.Count != want {
			t.Errorf("%d %s are required, want %d", v.Count, v.Stage, want)
		}
	}
}

func rateCase(t *testing.T, c metricsCase) {
	for _, r := range []struct {
		ratio goals.Ratio
		want  string
	}{{goals.Ratio{Part: c.SAL, Whole: c.MQL}, c.MQLToSAL}, {goals.Ratio{Part: c.SQL, Whole: c.SAL}, c.SALToSQL}} {
		if got, ok := r.ratio.Rat(); !ok || got.RatString() != r.want {
			t.Errorf("%+v is %v, want %s", r.ratio, got, r.want)
		}
	}
	required := backwards(t, goals.Target{
		Revenue: c.SQL, Stages: []string{"mql", "sal", "sql"},
		Segments: []goals.Segment{{Deal: "1", Rates: []goals.Fraction{goals.Fraction(c.MQLToSAL), goals.Fraction(c.SALToSQL)}}},
	})
	for i, want := range []int64{c.MQL, c.SAL, c.SQL} {
		if got := required.Stages[i]; got.Count != want || got.Exact.Cmp(big.NewRat(want, 1)) != 0 {
			t.Errorf("%s: %d, want %d", got.Stage, got.Count, want)
		}
	}
}

func tiersCase(t *testing.T, c metricsCase) {
	curve := goals.Curve{Kind: goals.CurveTiers, Mode: goals.TierMode(c.Mode)}
	for _, tier := range c.Tiers {
		curve.Tiers = append(curve.Tiers, goals.Tier{From: goals.Fraction(tier[0]), Rate: goals.Fraction(tier[1])})
	}
	attainment, ok := goals.Ratio{Part: c.Actual, Whole: c.Quota}.Rat()
	if !ok {
		attainment = rat(t, c.Attainment)
	}
	if got := paid(t, curve, c.Variable, attainment); got != c.Payout {
		t.Errorf("%d is paid, want %d", got, c.Payout)
	}
}

// The corners of the published curve, the middles of its lines, and what lies outside.
func rampCase(t *testing.T, c metricsCase) {
	curve := goals.Curve{Kind: goals.CurveRamp, Threshold: goals.Fraction(c.Threshold)}
	want := map[string]int64{"0": 0, "2/5": 0, "9/20": 0, "1/2": 0, "5/8": 25_000, "7/8": 75_000, "3/2": 100_000}
	for _, p := range c.Points {
		at, pay := p[0].(string), int64(p[1].(float64))
		want[at] = pay
		curve.Points = append(curve.Points, goals.Point{At: goals.Fraction(at), Pay: goals.Fraction(big.NewRat(pay, c.Variable).RatString())})
	}
	for at, amount := range want {
		if got := paid(t, curve, c.Variable, rat(t, at)); got != amount {
			t.Errorf("at %s: %d is paid, want %d", at, got, amount)
		}
	}
}

// 130 % of quota at 1.5 above 100 % on a 100 k target pays 145 k, and the same rates
// on the whole pay 195 k.
func TestAccelerator(t *testing.T) {
	tiers := []goals.Tier{{From: "0", Rate: "1"}, {From: "1", Rate: "3/2"}}
	if got := paid(t, goals.Curve{Kind: goals.CurveTiers, Tiers: tiers}, 100_000, rat(t, "13/10")); got != 145_000 {
		t.Errorf("%d is paid", got)
	}
	if got := paid(t, goals.Curve{Kind: goals.CurveTiers, Tiers: tiers, Mode: goals.TiersWhole}, 100_000, rat(t, "13/10")); got != 195_000 {
		t.Errorf("%d is paid on the whole", got)
	}
}

func rat(t testing.TB, s string) *big.Rat {
	t.Helper()
	r, ok := new(big.Rat).SetString(s)
	if !ok {
		t.Fatalf("%q is no number", s)
	}
	return r
}

func backwards(t testing.TB, target goals.Target) goals.Required {
	t.Helper()
	required, err := goals.Backwards(target)
	if err != nil {
		t.Fatal(err)
	}
	return required
}

// paid is what a curve alone pays.
func paid(t testing.TB, curve goals.Curve, target int64, attainment *big.Rat) int64 {
	t.Helper()
	pay, err := goals.CompilePay(goals.PayPlan{Name: "p", Version: 1, Roles: []goals.Role{{
		Name: "sales", Target: target, Components: []goals.Component{{Name: "c", Weight: "1", Measure: "revenue", Curve: curve}},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	payout, err := pay.Payout("sales", goals.Attained{"revenue": attainment})
	if err != nil {
		t.Fatal(err)
	}
	return payout.Amount
}
