package funneltest_test

import (
	"errors"
	"fmt"
	"time"

	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/funnel/funneltest"
)

// Lead is what this host shows to its guards and conditions.
type Lead struct {
	Grade   string
	Consent bool
}

// A shop of three stages: what it agreed on fits a page, and so does what it asserts.
func shop() funneltest.Suite[Lead] {
	return funneltest.Suite[Lead]{
		Definition: funnel.Definition{
			Name: "shop", Version: 1, Initial: "new", MaxRounds: 2,
			Stages: []funnel.StageDefinition{
				{Name: "new", Kind: funnel.KindInventory, Order: 1},
				{Name: "demo", Kind: funnel.KindSLA, Order: 2},
				{Name: "won", Kind: funnel.KindWon, Order: 3},
				{Name: "nurture", Kind: funnel.KindDetour},
			},
			Edges: []funnel.Edge{
				{From: "new", On: "invite", To: "demo", When: `Grade == "A"`, Guards: []string{"consent"}},
				{From: "demo", On: "buy", To: "won"},
				{From: "nurture", On: "return", To: "demo", Release: funnel.ReleaseCoolDown},
			},
			Returns: []funnel.ReturnEdge{
				{From: "demo", On: "postpone", To: "nurture", Dispositions: []funnel.Disposition{funnel.DispositionRecycle}},
			},
			Reasons: []funnel.ReasonDefinition{{
				Code: "no_budget", Class: funnel.ClassQualification, Disposition: funnel.DispositionRecycle, CoolDownDays: 90,
				AtFault: funnel.SideNone, ReEntry: funnel.ReEntry{When: funnel.WhenCoolDown, Needs: funnel.NeedsNone},
			}},
		},
		Guards: []funnel.Guard[Lead]{{Name: "consent", Check: func(lead *Lead, _ time.Time) error {
			if !lead.Consent {
				return errors.New("did not agree to be contacted")
			}
			return nil
		}}},
		Leads: map[string]Lead{"good": {Grade: "A", Consent: true}, "weak": {Grade: "B", Consent: true}, "silent": {Grade: "A"}},
		Checks: []funneltest.Check{
			funneltest.Scenarios("agreement", `

Who has a good grade and agreed to be contacted is shown the product, and may buy.
lead weak
2026-01-05  start                        → new
2026-01-05  invite                       → refused: a guard said no: "Grade == \"A\""
lead silent
2026-01-06  invite                       → refused: a guard said no: consent
lead good
2026-01-07  invite                       → demo
2026-01-07  possible                     → buy, postpone
2026-01-08  buy                          → won
2026-01-08  possible                     → nothing

Who has no budget is left alone for 90 days and asked once more.
lead good
2026-01-05  start at demo                → demo
2026-01-05  postpone                     → refused: a reason is owed
2026-01-05  postpone because no_budget   → nurture, not before 2026-04-05
2026-01-05  due                          → 2026-04-05 return
2026-04-04  return                       → refused: cooling down until 2026-04-05
2026-04-05  possible                     → return
2026-04-05  return                       → demo, round 2
2026-04-06  postpone because no_budget   → nurture, not before 2026-07-05
2026-07-05  return                       → refused: too many rounds
`),
			funneltest.Precedes("nobody buys who was not invited", funneltest.On("invite"), funneltest.On("buy")),
			funneltest.EventuallyPossible("who is shown the product may buy", funneltest.To("demo"), funneltest.To("won")),
		},
	}
}

// A suite reads like the agreement. Would it notice if somebody changed the policy?
func Example() {
	suite := shop()
	failures, err := suite.Failures(suite.Definition)
	fmt.Println(len(failures), "failures,", err)

	coverage, err := suite.Coverage()
	fmt.Println(coverage, err)

	mutation, err := suite.Mutants()
	fmt.Println(mutation, err)
	// Output:
	// 0 failures, <nil>
	// edges 4 of 4, answers of guards 4 of 4, reasons 1 of 1 <nil>
	// 40 mutants: 13 refused, 25 noticed, 2 equivalent, 0 survive <nil>
}

// A lead that waits must not be called; here somebody gave sales a way around the wait.
func ExampleNever() {
	suite := shop()
	suite.Checks = []funneltest.Check{
		funneltest.Never("a lead that waits is left alone", funneltest.That("before the wait is over",
			func(before funnel.Position, tr funnel.Transition) bool { return tr.Occurred.Before(before.NotBefore) })),
	}
	suite.Definition.Edges[2].Release = funnel.ReleaseManual
	failures, err := suite.Failures(suite.Definition)
	fmt.Println(err)
	for _, failure := range failures {
		fmt.Println(failure)
	}
	// Output:
	// <nil>
	// a lead that waits is left alone:
	// a path with a step before the wait is over
	// 2026-01-05  start                        → new
	// lead good
	// 2026-01-05  invite                       → demo
	// 2026-01-05  postpone because no_budget   → nurture, not before 2026-04-05
	// 2026-01-05  return                       → demo, round 2
}
