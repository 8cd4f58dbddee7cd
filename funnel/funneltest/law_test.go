package funneltest_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/funnel/funneltest"
)

// Each law that fails shows the shortest path that breaks it.
func TestLawsShowShortestPaths(t *testing.T) {
	for _, c := range []struct {
		check  funneltest.Check
		change func(d *funnel.Definition)
		want   string
	}{
		{funneltest.Never("nobody buys twice", funneltest.Both(funneltest.From("won"), funneltest.On("invite"))),
			func(d *funnel.Definition) {
				d.Edges = append(d.Edges, funnel.Edge{From: "won", On: "invite", To: "demo"})
			},
			`a path with a step from won, on invite
2026-01-05  start    → new
lead good
2026-01-05  invite   → demo
2026-01-05  buy      → won
2026-01-05  invite   → demo
`},
		{funneltest.Always("there is nothing but events", funneltest.Not(funneltest.By("postpone"))), func(*funnel.Definition) {},
			`a path with a step that is not not by postpone
2026-01-05  start                        → new
lead good
2026-01-05  invite                       → demo
2026-01-05  postpone because no_budget   → nurture, not before 2026-04-05
`},
		{funneltest.Precedes("nobody buys who was not invited", funneltest.On("invite"), funneltest.On("buy")),
			func(d *funnel.Definition) {
				d.Edges = append(d.Edges, funnel.Edge{From: "new", On: "buy", To: "won"})
			},
			`a path with a step on buy, and none on invite before
2026-01-05  start   → new
lead good
2026-01-05  buy     → won
`},
		{funneltest.EventuallyPossible("who is postponed may buy", funneltest.Because("no_budget"), funneltest.To("won")),
			func(d *funnel.Definition) { d.MaxRounds = 1 },
			`a path after which no step is possible any more to won
2026-01-05  start                        → new
lead good
2026-01-05  invite                       → demo
2026-01-05  postpone because no_budget   → nurture, not before 2026-04-05
`},
		{funneltest.Precedes("nobody is reopened without a reason", funneltest.By("postpone"), funneltest.To("new")), func(*funnel.Definition) {},
			"no path has a step to new, so that the law says nothing\n"},
		{funneltest.EventuallyPossible("who comes again may buy", funneltest.To("new"), funneltest.To("won")), func(*funnel.Definition) {},
			"no path has a step to new, so that the law says nothing\n"},
	} {
		suite := shop()
		suite.Checks = []funneltest.Check{c.check}
		c.change(&suite.Definition)
		failures, err := suite.Failures(suite.Definition)
		if err != nil || len(failures) != 1 || strings.ReplaceAll(failures[0].Difference, " lead good\n", "lead good\n") != c.want {
			t.Errorf("%v, %v\nwant\n%s", failures, err, c.want)
		}
	}
}

// Without a bound of rounds paths end at the depth, and a wait whose length differs each time makes no end of places.
func TestDepth(t *testing.T) {
	suite := shop()
	suite.Definition.MaxRounds = 0
	rounds := 0
	suite.Depth = 9
	suite.Checks = []funneltest.Check{
		funneltest.Never("the eleventh step", funneltest.That("which is the fifth round", func(before funnel.Position, tr funnel.Transition) bool {
			rounds = max(rounds, tr.Round)
			return before.Version > 9
		})),
		funneltest.EventuallyPossible("whoever is postponed may buy", funneltest.By("postpone"), funneltest.To("won")),
	}
	failures, err := suite.Failures(suite.Definition)
	if err != nil || len(failures) > 0 {
		t.Errorf("%v, %v", failures, err)
	}
	if rounds != 5 { // invite, then four times postpone and return
		t.Errorf("%d rounds in 9 steps", rounds)
	}
}

// Laws on random policies, against a search that is as plain as they are: what can be reached, remembering whether the
// first kind of step was taken; and for each step of the one kind, whether one of the other can be reached from there.
func TestLawsAgreeWithPlainSearch(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 2))
	stages := []funnel.Stage{"a", "b", "c", "d", "e"}
	failed := [4]int{}
	for range 3000 {
		d := funnel.Definition{Name: "random", Version: 1, Initial: "a", MaxRounds: 1 + r.IntN(3)}
		for i, stage := range stages {
			kind := funnel.KindInventory
			if i == 4 {
				kind = funnel.KindWon
			}
			d.Stages = append(d.Stages, funnel.StageDefinition{Name: stage, Kind: kind, Order: i + 1})
		}
		for range 3 + r.IntN(8) {
			e := funnel.Edge{From: stages[r.IntN(5)], On: funnel.Event([]string{"x", "y", "z"}[r.IntN(3)]), To: stages[r.IntN(5)]}
			if !slices.ContainsFunc(d.Edges, func(other funnel.Edge) bool { return other.From == e.From && other.On == e.On }) {
				d.Edges = append(d.Edges, e)
			}
		}
		policy, err := funnel.Compile[Lead](d)
		if err != nil {
			continue
		}
		p, q := stages[r.IntN(5)], stages[r.IntN(5)]
		reach := plainSearch(policy, d.Initial)
		want := [4]bool{} // which laws are broken
		anyTo := func(s funnel.Stage) bool {
			for from := range reach {
				if slices.Contains(steps(policy, from), s) {
					return true
				}
			}
			return false
		}
		want[0] = anyTo(q)
		for from := range reach {
			for _, to := range steps(policy, from) {
				want[1] = want[1] || to != q
			}
		}
		// Precedes: as if no step to p were possible
		without := map[funnel.Stage]bool{d.Initial: true}
		for again := true; again; {
			again = false
			for from := range without {
				for _, to := range steps(policy, from) {
					if to == q {
						want[2] = true
					}
					if to != p && !without[to] {
						without[to], again = true, true
					}
				}
			}
		}
		want[2] = want[2] || !anyTo(q)
		// EventuallyPossible: after each step to p a step to q
		want[3] = !anyTo(p)
		if anyTo(p) {
			left := false
			for from := range plainSearch(policy, p) {
				left = left || slices.Contains(steps(policy, from), q)
			}
			want[3] = !left
		}
		suite := funneltest.Suite[Lead]{Definition: d}
		for i, check := range []funneltest.Check{
			funneltest.Never("law", funneltest.To(q)),
			funneltest.Always("law", funneltest.To(q)),
			funneltest.Precedes("law", funneltest.To(p), funneltest.To(q)),
			funneltest.EventuallyPossible("law", funneltest.To(p), funneltest.To(q)),
		} {
			suite.Checks = []funneltest.Check{check}
			failures, err := suite.Failures(d)
			if err != nil {
				t.Fatal(err)
			}
			if (len(failures) > 0) != want[i] {
				t.Fatalf("law %d to %s and %s of %v: %v, want broken %t", i, p, q, d.Edges, failures, want[i])
			}
			if want[i] {
				failed[i]++
			}
		}
	}
	for i, n := range failed {
		if n < 50 || n > 2900 {
			t.Errorf("law %d broke %d times: the random policies do not test it", i, n)
		}
	}
}

// steps lists where events lead from a stage.
func steps(policy *funnel.Policy[Lead], from funnel.Stage) (list []funnel.Stage) {
	for _, e := range policy.Definition().Edges {
		if e.From == from {
			list = append(list, e.To)
		}
	}
	return list
}

// plainSearch is the set of stages that can be reached.
func plainSearch(policy *funnel.Policy[Lead], from funnel.Stage) map[funnel.Stage]bool {
	reached := map[funnel.Stage]bool{from: true}
	for again := true; again; {
		again = false
		for stage := range reached {
			for _, to := range steps(policy, stage) {
				if !reached[to] {
					reached[to], again = true, true
				}
			}
		}
	}
	return reached
}

// Each match, by the steps that it picks on all paths.
func TestMatches(t *testing.T) {
	for _, c := range []struct {
		match funneltest.Match
		want  string
	}{
		{funneltest.To("demo"), "[invite return]"},
		{funneltest.To("demo", "won"), "[buy invite return]"},
		{funneltest.From("demo"), "[buy postpone]"},
		{funneltest.On("invite", "buy"), "[buy invite]"},
		{funneltest.By("postpone"), "[postpone]"},
		{funneltest.Because("no_budget"), "[postpone]"},
		{funneltest.Returned("no_budget"), "[return]"},
		{funneltest.Both(funneltest.From("demo"), funneltest.To("won")), "[buy]"},
		{funneltest.Both(), "[buy invite postpone return]"},
		{funneltest.Not(funneltest.To("demo")), "[buy postpone]"},
		{funneltest.That("round two", func(_ funnel.Position, tr funnel.Transition) bool { return tr.Round == 2 && tr.Event != "" }), "[buy return]"},
	} {
		var seen []string
		suite := shop()
		suite.Checks = []funneltest.Check{funneltest.Never("law", funneltest.Both(c.match, funneltest.That("noted", func(_ funnel.Position, tr funnel.Transition) bool {
			if name := string(tr.Event) + string(tr.Return); !slices.Contains(seen, name) {
				seen = append(seen, name)
			}
			return false
		})))}
		if failures, err := suite.Failures(suite.Definition); err != nil || len(failures) > 0 {
			t.Fatal(failures, err)
		}
		slices.Sort(seen)
		if fmt.Sprint(seen) != c.want {
			t.Errorf("%v picks %v, want %s", c.match, seen, c.want)
		}
	}
}

// Scripts of all kinds are read or refused, and what is read reads as the same once written.
func FuzzScenarios(f *testing.F) {
	f.Add("A title.\nlead good\n2026-01-05  start → new\n2026-01-05  invite   → demo\n2026-01-05 postpone because no_budget with note \"a, b\", x y → nurture")
	f.Add("# comment\n\nA.\n2026-01-05T10:00:00+02:00 start at demo round 2 because no_budget -> demo\n2026-02-02 possible\n2026-02-02 due")
	f.Add("A.\n0001-01-01 start at \"\" round -9223372036854775808\n9999-12-31 return")
	f.Add("\xff\n\"\n2026-01-05 start\n")
	f.Fuzz(func(t *testing.T, text string) {
		suite := shop()
		suite.Checks = []funneltest.Check{funneltest.Scenarios("fuzzed", text)}
		first, err := suite.Failures(suite.Definition)
		again, errAgain := suite.Failures(suite.Definition)
		if fmt.Sprint(len(first), err) != fmt.Sprint(len(again), errAgain) {
			t.Fatalf("%v, %v; then %v, %v", first, err, again, errAgain)
		}
		if _, errCover := suite.Coverage(); (errCover == nil) != (err == nil) {
			t.Fatalf("coverage: %v, run: %v", errCover, err)
		}
	})
}
