package funnel_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/internal/ratio"
)

// decisions are what the ratios are about. A full decision has a guard on every edge, times of its own for what occurred
// and was recorded, and of eight edges three with a release, which look at the reason, the rounds and the wait.
func decisions(b *testing.B) []ratio.Work {
	d := funnel.Standard()
	for i := range d.Edges {
		d.Edges[i].Guards = []string{"consent"}
	}
	policy, err := funnel.Compile(d, consent())
	if err != nil {
		b.Fatal(err)
	}
	positions := make([]funnel.Position, len(steps))
	for i, s := range steps {
		positions[i] = with(at(s.stage), func(p *funnel.Position) { p.Reason, p.NotBefore = funnel.ReasonNoBudget, p.Since })
	}
	lead, by := &Lead{Consent: true}, on("ann", "2026-06-01")
	by.Recorded = by.Occurred.Add(time.Hour)
	log, _ := history(b, standard(b))
	log = log[:6]
	// Leads come in any order: in a fixed one the processor would learn by heart which branch is next.
	random, order := rand.New(rand.NewPCG(1, 1)), make([]int, 4096)
	for i := range order {
		order[i] = random.IntN(len(steps))
	}
	in := func(i int) int { return order[i&4095] }
	return []ratio.Work{
		{Name: "switch", Run: func(n int) {
			for i := range n {
				s := &steps[in(i)]
				next, ok := bySwitch(s.stage, s.event)
				if !ok || next == "" {
					b.Fatal("no step")
				}
			}
		}},
		{Name: "move", Run: func(n int) {
			for i := range n {
				i = in(i)
				tr, err := policy.Move(positions[i], steps[i].event, lead, by)
				if err != nil || tr.Version != 1 {
					b.Fatal(err)
				}
			}
		}},
		{Name: "move-and-apply", Run: func(n int) {
			for i := range n {
				i = in(i)
				tr, err := policy.Move(positions[i], steps[i].event, lead, by)
				if err != nil || funnel.Apply(positions[i], tr).Version != 1 {
					b.Fatal(err)
				}
			}
		}},
		{Name: "refusal", Run: func(n int) {
			for i := range n {
				i = in(i)
				if _, errSink = policy.Move(positions[i], steps[(i+3)&7].event, lead, by); errSink == nil {
					b.Fatal("no refusal")
				}
			}
		}},
		{Name: "replay-of-6", Run: func(n int) {
			for range n {
				if _, err := policy.Replay(log); err != nil {
					b.Fatal(err)
				}
			}
		}},
	}
}

// BenchmarkRatios compares, in one process, what decisions cost with what a hand-written switch costs, which checks
// nothing else:
//
//	go test -run '^$' -bench Ratios ./funnel
func BenchmarkRatios(b *testing.B) { ratio.Benchmark(b, decisions(b)) }
