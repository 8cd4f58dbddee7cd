package goals_test

import (
	"fmt"
	"math/big"
	"time"

	"github.com/leadloop/leadloop/handoff/goals"
	"github.com/leadloop/leadloop/handoff/worktime"
)

// Marketing has committed to 200 leads in April. Before Easter, on two of twenty
// working days, 15 have come where 20 were due.
func ExamplePlan_Progress() {
	office := []worktime.Window{"09:00-17:00"}
	calendar, err := worktime.Compile(worktime.Definition{
		TimeZone: "UTC",
		Hours:    worktime.Week{Mon: office, Tue: office, Wed: office, Thu: office, Fri: office},
		Holidays: []worktime.Date{"2026-04-03", "2026-04-06"},
	}, time.LoadLocation)
	if err != nil {
		fmt.Println(err)
		return
	}
	plan, err := goals.Compile(goals.Commitment{
		From:  time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC),
		To:    time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC),
		Count: 200,
	}, calendar)
	if err != nil {
		fmt.Println(err)
		return
	}
	progress := plan.Progress(goals.Delivered{Count: 15}, time.Date(2026, 4, 5, 12, 0, 0, 0, time.UTC))
	attainment, _ := progress.Count.Attainment()
	fmt.Println("due:", progress.Count.Due().RatString())
	fmt.Println("attainment:", attainment)
	fmt.Println("missing:", progress.Count.Missing().RatString())
	_, defined := progress.Value.Attainment()
	fmt.Println("a value is committed:", defined)
	// Output:
	// due: 20
	// attainment: 3/4
	// missing: 5
	// a value is committed: false
}

// A million is to be won with deals of 10,000.00, of which web leads bring 3 per
// 100 and leads of events 1 per 10; for each lead of an event there are four of the
// web.
func ExampleBackwards() {
	required, err := goals.Backwards(goals.Target{
		Revenue: 1_000_000_00,
		Stages:  []string{"mql", "sal", "opportunity", "won"},
		Segments: []goals.Segment{
			{Source: "web", Weight: 4, Deal: "1000000", Rates: []goals.Fraction{"3/5", "1/4", "1/5"}},
			{Source: "event", Weight: 1, Deal: "1000000", Rates: []goals.Fraction{"4/5", "1/2", "1/4"}},
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, v := range required.Stages {
		fmt.Printf("%-12s %5d  exactly %s\n", v.Stage, v.Count, v.Exact.RatString())
	}
	for _, s := range required.Segments {
		fmt.Printf("%d leads of %s, each worth %s cents\n", s.Stages[0].Count, s.Source, s.Value.RatString())
	}
	// Output:
	// mql           2273  exactly 25000/11
	// sal           1455  exactly 16000/11
	// opportunity    455  exactly 5000/11
	// won            100  exactly 100
	// 1819 leads of web, each worth 30000 cents
	// 455 leads of event, each worth 100000 cents
}

// A document of both departments' pay. Both lose half while the company's revenue
// is below 80 % of its goal; marketing gets nothing if sales accepts less than 70 %
// of its leads.
const payPlan = `{
  "schema": 1, "name": "2026", "version": 1,
  "gates": [{"name": "company", "measure": "revenue", "threshold": "4/5", "factor": "1/2"}],
  "roles": [
    {"name": "marketing", "target": 600000,
     "components": [
       {"name": "delivery", "weight": "2/3", "measure": "mql_value",
        "curve": {"kind": "ramp", "points": [{"at": "1/2", "pay": "0"}, {"at": "1", "pay": "1"}]}},
       {"name": "revenue", "weight": "1/3", "measure": "revenue", "curve": {"kind": "linear"}, "cap": "3/2"}],
     "gates": [{"name": "quality", "measure": "acceptance_rate", "threshold": "7/10", "factor": "0"}]},
    {"name": "sales", "target": 1000000,
     "components": [
       {"name": "revenue", "weight": "9/10", "measure": "revenue",
        "curve": {"kind": "tiers", "tiers": [{"from": "0", "rate": "1"}, {"from": "1", "rate": "3/2"}]}},
       {"name": "follow-up", "weight": "1/10", "measure": "follow_up", "curve": {"kind": "cliff", "threshold": "1"}}]}
  ],
  "clawback": {"days": 90}
}`

// From what both sides did in a quarter to what both are paid.
func ExamplePay_Payout() {
	document, err := goals.ParsePay([]byte(payPlan))
	if err != nil {
		fmt.Println(err)
		return
	}
	pay, err := goals.CompilePay(document)
	if err != nil {
		fmt.Println(err)
		return
	}
	from, to := goals.Quarter(time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC))
	board, err := goals.CompileGoals(goals.Goals{Periods: []goals.PeriodGoals{{
		Name: "2026-Q2", From: from, To: to,
		Marketing: goals.MarketingGoals{Value: 30_000_000},
		Sales:     goals.SalesGoals{Revenue: 40_000_000, FollowUp: "9/10"},
	}}}, worktime.Always())
	if err != nil {
		fmt.Println(err)
		return
	}
	standing, _ := board.Progress("2026-Q2", goals.Done{
		Delivered: goals.Delivered{Value: 25_000_000}, Revenue: 44_000_000,
		Acceptance: goals.Ratio{Part: 78, Whole: 100}, FollowUp: goals.Ratio{Part: 930, Whole: 1000},
	}, to)
	for _, role := range []string{"marketing", "sales"} {
		payout, err := pay.Payout(role, standing.Attained())
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Print(payout.Explain())
	}
	// Output:
	// delivery        mql_value 5/6          1/2 to 1      266667
	// revenue         revenue 11/10          linear        220000
	// company (gate)  revenue 11/10          reached 4/5   0
	// quality (gate)  acceptance_rate 39/50  reached 7/10  0
	// marketing                                            486667
	// revenue         revenue 11/10    0 to 1 at 1    900000
	// revenue         revenue 11/10    from 1 at 3/2  135000
	// follow-up       follow_up 31/30  reached 1      100000
	// company (gate)  revenue 11/10    reached 4/5    0
	// sales                                           1135000
}

// A deal of two people is refunded by a quarter within the plan's ninety days.
func ExamplePay_Clawback() {
	document, err := goals.ParsePay([]byte(payPlan))
	if err != nil {
		fmt.Println(err)
		return
	}
	pay, err := goals.CompilePay(document)
	if err != nil {
		fmt.Println(err)
		return
	}
	one := big.NewRat(1, 1)
	paid, err := pay.Payout("sales", goals.Attained{goals.AttainedRevenue: one, goals.AttainedFollowUp: one})
	if err != nil {
		fmt.Println(err)
		return
	}
	parts, err := paid.Split([]goals.Share{{To: "anna", Weight: 2}, {To: "ben", Weight: 1}})
	if err != nil {
		fmt.Println(err)
		return
	}
	won := time.Date(2026, 4, 7, 9, 0, 0, 0, time.UTC)
	for _, part := range parts {
		back, err := pay.Clawback(part, goals.Refund{Deal: 40_000_000, Amount: 10_000_000, Won: won, At: won.AddDate(0, 2, 0)})
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(part.To, part.Amount, back.Amount)
	}
	// Output:
	// anna 666667 -166667
	// ben 333333 -83333
}

// The pipeline at two stages, and the record of each.
func ExamplePredict() {
	forecast, err := goals.Predict([]goals.OpenStage{
		{Stage: "discovery", Amount: 9_000_000, Win: goals.Ratio{Part: 12, Whole: 80}},
		{Stage: "proposal", Amount: 4_000_000, Win: goals.Ratio{Part: 12, Whole: 30}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	coverage, _ := goals.Coverage(13_000_000, 40_000_000, 34_800_000)
	fmt.Println(forecast.Amount, forecast.Defined(), coverage)
	// Output:
	// 2950000 true 5/2
}
