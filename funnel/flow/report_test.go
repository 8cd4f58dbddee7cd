package flow_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/funnel/flow"
)

// 10 open opportunities × 5000.00 × 25 % ÷ 50 days = 250.00 a day.
func TestVelocity(t *testing.T) {
	f := newFlow(t, flow.Options{Definition: funnel.Standard(), AsOf: day("2026-06-01")})
	add := func(lead string, rows ...string) {
		j := flow.Journey{Lead: lead}
		for i, text := range rows {
			j.Steps = append(j.Steps, row(t, i, text))
		}
		f.Add(j)
	}
	for i := range 10 {
		add(fmt.Sprint("open", i), "2026-05-01 opportunity amount=200000")
	}
	add("won 1", "2026-01-01 opportunity amount=400000", "2026-02-10 won") // 40 days
	add("won 2", "2026-01-01 opportunity", "2026-03-02 won amount=600000") // 60 days
	for i := range 4 {
		add(fmt.Sprint("lost", i), "2026-01-01 opportunity", "2026-02-01 lost reason=price")
	}
	add("gone 1", "2026-01-01 opportunity", "2026-02-01 disqualified reason=duplicate")
	add("gone 2", "2026-01-01 opportunity amount=1", "2026-02-01 recycled reason=timing")
	v := f.Report().Velocity
	equal(t, "velocity", v, flow.Velocity{Stage: funnel.Opportunity, Opportunities: 10, Revenue: 1_000_000, Deals: 2, Win: flow.Rate{Part: 2, Whole: 8},
		Cycle: flow.Span{Time: 50 * oneDay, Reached: true}, PerDay: 25_000, Defined: true})
	for _, s := range f.Report().Standing {
		if s.Stage == funnel.Opportunity {
			equal(t, "pipeline", s.Pipeline, 2_000_000)
		}
	}
}

// Recycled leads: those who came back, were accepted again, and won.
func TestRecycling(t *testing.T) {
	f := newFlow(t, flow.Options{Definition: funnel.Standard(), AsOf: day("2026-06-01"), Tick: oneDay})
	add := func(rows ...string) {
		j := flow.Journey{Lead: "x"}
		for i, text := range rows {
			j.Steps = append(j.Steps, row(t, i, text))
		}
		f.Add(j)
	}
	add("2026-01-01 sal", "2026-01-11 recycled reason=timing", "2026-01-31 mql", "2026-02-10 sal", "2026-02-11 sql", "2026-02-12 opportunity", "2026-02-20 won amount=700")
	add("2026-01-01 sal", "2026-01-11 recycled reason=timing", "2026-02-20 mql", "2026-03-01 recycled reason=timing")
	add("2026-01-01 sal", "2026-01-11 recycled reason=no_budget")
	add("2026-01-01 sal", "2026-01-11 recycled reason=timing", "2026-01-21 disqualified reason=duplicate")
	r := f.Report()
	equal(t, "kinds", len(r.Recycling), 3)
	y := r.Recycling[0]
	equal(t, "reason", y.Reason, funnel.ReasonTiming)
	equal(t, "leads", y.Leads, 3)
	equal(t, "returns", y.Returns, 4)
	equal(t, "again", y.Again, flow.Rate{Part: 2, Whole: 3})
	equal(t, "yield", y.Yield, flow.Rate{Part: 1, Whole: 3})
	equal(t, "revenue", y.Revenue, 700)
	// Of 4 returns one ends aside after 10 days, one comes back after 20 and one after 40, one waits for 92.
	equal(t, "spells", y.Back.Spells, 4)
	near(t, "back by 20 days", y.Back.At(20*oneDay).Share, 0.25)
	near(t, "back by 40 days", y.Back.At(40*oneDay).Share, 0.5)
	equal(t, "median", y.Back.Median.Days(), 40.0)
	// Accepted again is one, after 30 days; the second return ended the wait of the first.
	equal(t, "accepted", y.Accepted.Events, 1)
	near(t, "accepted by 30 days", y.Accepted.At(30*oneDay).Share, 0.25)
	equal(t, "rounds", r.Rounds[0], flow.Round{Round: 2, Won: 1})
}

func TestQuickWinsAndBestWays(t *testing.T) {
	definition := flow.Path("short", []funnel.Stage{"lead", "demo", "won"}, "lost")
	f := newFlow(t, flow.Options{Definition: definition, AsOf: day("2026-06-01"), Quick: 10 * oneDay})
	for i := range 400 {
		begin := day("2026-01-01").AddDate(0, 0, i%100)
		j := flow.Journey{Lead: fmt.Sprint(i), Steps: []flow.Step{{At: begin, Stage: "lead"}}, Segments: []string{"all", "all"}}
		if i%4 == 0 { // half of those with a demo win, within five days
			j.Segments = append(j.Segments, "demo")
			j.Steps = append(j.Steps, flow.Step{At: begin.Add(2 * oneDay), Stage: "demo"})
		}
		last := flow.Step{At: begin.Add(5 * oneDay), Stage: "lost"}
		if i%8 == 0 {
			last.Stage = "won"
		} else if i%50 == 1 {
			last.Stage, last.At = "won", begin.Add(20*oneDay)
		}
		j.Steps = append(j.Steps, last)
		f.Add(j)
	}
	f.Add(flow.Journey{Lead: "lucky", Segments: []string{"lucky"}, Steps: []flow.Step{{At: day("2026-02-01"), Stage: "demo"}, {At: day("2026-02-02"), Stage: "won"}}})
	r := f.Report()
	equal(t, "base", r.Base.Quick, flow.Rate{Part: 51, Whole: 401})
	quick := r.QuickWins()
	if len(quick) != 1 || quick[0].Name != "demo" || quick[0].Quick != (flow.Rate{Part: 50, Whole: 100}) {
		t.Errorf("quick wins: %+v", quick)
	}
	best := r.Best(30)
	if len(best) != 2 || best[0].PathText() != "lead → demo" || best[0].Close != (flow.Rate{Part: 50, Whole: 100}) || best[0].ToWin.Days() != 5 || len(r.Best(0)) != 3 {
		t.Errorf("best ways: %+v", best)
	}
	low, high := flow.Rate{Part: 50, Whole: 100}.Interval() // Wilson 1927; the value as in Brown, Cai and DasGupta's formula (4)
	if fmt.Sprintf("%.4f %.4f", low, high) != "0.4038 0.5962" {
		t.Errorf("interval %.4f to %.4f", low, high)
	}
	if low, high := (flow.Rate{Part: 0, Whole: 10}).Interval(); low != 0 || fmt.Sprintf("%.4f", high) != "0.2775" {
		t.Errorf("interval %v to %v", low, high)
	}
	if low, high := (flow.Rate{}).Interval(); low != 0 || high != 1 {
		t.Errorf("interval %v to %v", low, high)
	}
}

// Months begin in the zone; the last instant of January in Berlin is one in January there, and in UTC an hour earlier.
func TestCohortsInAZone(t *testing.T) {
	berlin := time.FixedZone("Berlin", 3600)
	f := newFlow(t, flow.Options{Definition: funnel.Standard(), AsOf: day("2026-06-01"), Zone: berlin})
	for _, at := range []string{"2026-01-31T22:59:59Z", "2026-01-31T23:00:00Z", "2026-02-01T10:00:00Z", "2025-12-31T23:30:00Z"} {
		when, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		f.Add(flow.Journey{Lead: at, Steps: []flow.Step{{At: when, Stage: funnel.MQL}}})
	}
	var got []string
	for _, c := range f.Report().Cohorts {
		got = append(got, fmt.Sprint(c.Month, " ", c.Leads(), " ", c.Reached))
	}
	equal(t, "cohorts", fmt.Sprint(got), "[2026-01 2 [2 2 0 0 0 0] 2026-02 2 [2 2 0 0 0 0]]")
}

// A customer who begins again is a new spell, and the old one's ways to won are done.
func TestStagesBeyondWon(t *testing.T) {
	d := flow.Path("life", []funnel.Stage{"lead", "deal", "customer", "evangelist"}, "churned")
	d.Stages[2].Kind, d.Stages[3].Kind = funnel.KindWon, funnel.KindInventory
	d.Edges = append(d.Edges, funnel.Edge{From: "customer", On: "again", To: "deal"}, funnel.Edge{From: "customer", On: "praise", To: "evangelist"})
	f := newFlow(t, flow.Options{Definition: d, AsOf: day("2026-06-01"), Tick: oneDay, Opportunity: "lead"})
	f.Add(flow.Journey{Lead: "x", Steps: []flow.Step{{At: day("2026-01-01"), Stage: "lead"}, {At: day("2026-01-11"), Stage: "deal"}, {At: day("2026-01-31"), Stage: "customer"},
		{At: day("2026-02-10"), Stage: "deal"}, {At: day("2026-02-15"), Stage: "customer"}, {At: day("2026-03-01"), Stage: "evangelist"}}})
	r := f.Report()
	deal, _ := r.Conversion("deal", "customer")
	equal(t, "deals", deal.Converted.Events, 2)
	near(t, "in 5 days", deal.Converted.At(5*oneDay).Share, 0.5)
	lead, _ := r.Conversion("lead", "customer")
	equal(t, "leads", lead.Converted.Events, 1)
	equal(t, "median", lead.Converted.Median.Days(), 30.0)
	praise, _ := r.Conversion("customer", "evangelist")
	equal(t, "praise", fmt.Sprint(praise.Converted.Events, praise.Aside.Events), "1 1")
	equal(t, "velocity", r.Velocity.Stage, "lead")
	equal(t, "won", r.Outcomes, flow.Outcomes{Won: 1})
	equal(t, "regressions", len(r.Regressions), 1)
}

func TestStepOfAnAmendment(t *testing.T) {
	tr := funnel.Transition{Version: 5, From: funnel.SQL, To: funnel.MQL, Occurred: day("2026-03-01"), Amendment: &funnel.Amendment{Corrects: 3, Since: day("2026-02-01")}}
	equal(t, "step", flow.StepOf(tr), flow.Step{At: day("2026-02-01"), Stage: funnel.MQL, Version: 5, Amended: day("2026-03-01"), Corrects: 3})
}

// Very long ways keep their beginning, and journeys of thousands of steps at one instant take no thousand times as long.
func TestLongJourneys(t *testing.T) {
	f := newFlow(t, flow.Options{Definition: funnel.Standard(), AsOf: day("2026-06-01")})
	j := flow.Journey{Lead: "x"}
	for i := range 20_000 {
		j.Steps = append(j.Steps, flow.Step{At: day("2026-01-01").Add(time.Duration(i/5000) * time.Hour), Stage: []funnel.Stage{funnel.MQL, funnel.Recycled, funnel.SAL}[i%3], Reason: funnel.Reason(fmt.Sprint(i % 700))})
	}
	f.Add(j)
	r := f.Report()
	if len(r.Variants) != 1 || !r.Variants[0].More || len(r.Variants[0].Path) != 48 || r.Leads != 1 {
		t.Errorf("%d variants", len(r.Variants))
	}
	if text := r.Variants[0].PathText(); text[len(text)-len("…"):] != "…" {
		t.Error(text)
	}
	back := f.Empty()
	if err := back.UnmarshalBinary(written(t, f)); err != nil {
		t.Error(err)
	}
}
