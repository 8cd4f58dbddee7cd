package handoff_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/handoff"
	"github.com/leadloop/leadloop/internal/ratio"
)

// A move is a command to the desk, and what it asks of the funnel.
type move struct {
	c        handoff.Case
	cmd      handoff.Command
	lead     *Lead
	on       funnel.Event
	back     funnel.Return
	reason   funnel.Reason
	feedback funnel.Feedback
}

// moves are the steps of a lead's life, each with the case before it.
func moves() []move {
	timing := funnel.Feedback{Fields: map[string]string{"revisit_at": "2026-06-01"}}
	list := []move{
		{on: funnel.Qualify}, {on: funnel.Accept}, {on: funnel.SalesQualify}, {on: funnel.Open}, {on: funnel.Win},
		{back: funnel.Recycle, reason: funnel.ReasonTiming, feedback: timing},
	}
	for i, lines := range [][]string{
		{},
		{"Mon 2026-01-12 09:00 offer by scoring grade A1"},
		{"Mon 2026-01-12 10:00 accept by anna", "Mon 2026-01-12 11:00 attempt by anna reached"},
		{"Mon 2026-01-12 11:30 qualify by anna"},
		{"Mon 2026-01-12 12:00 open by anna"},
		nil,
	} {
		if lines == nil { // recycled instead of qualified
			list[i].c = list[2].c
			continue
		}
		if i > 0 {
			list[i].c = list[i-1].c
		} else {
			lines = []string{"Mon 2026-01-12 09:00 register by form"}
		}
		s := &story{t: &testing.T{}, desk: benchDesk, c: list[i].c}
		for _, line := range lines {
			s.step(line)
		}
		list[i].c = s.c
	}
	for i := range list {
		m := &list[i]
		by := handoff.By{Actor: "anna", Version: m.c.Version}
		switch {
		case m.on == funnel.Qualify:
			m.cmd, m.lead = handoff.Offer{By: by}, &Lead{Grade: "A1"}
		case m.on == funnel.Accept:
			m.cmd = handoff.Accept{By: by}
		case m.on == funnel.SalesQualify:
			m.cmd = handoff.Qualify{By: by}
		case m.on == funnel.Open:
			m.cmd = handoff.Open{By: by}
		case m.on == funnel.Win:
			m.cmd = handoff.Win{By: by, Revenue: 1}
		default:
			m.cmd = handoff.Recycle{By: by, Reason: m.reason, Feedback: m.feedback}
		}
	}
	return list
}

var (
	benchDesk    = desk(&testing.T{})
	benchPolicy  = policy(&testing.T{})
	positionSink funnel.Position
	decisionSink handoff.Decision
)

// BenchmarkRatios compares what decisions of the desk cost with what the funnel's own steps cost, which are a part of them:
//
//	go test -run '^$' -bench Ratios ./handoff
func BenchmarkRatios(b *testing.B) {
	all := moves()
	now := all[4].c.Last.Add(30 * time.Minute)
	by := funnel.By{Actor: "anna", Occurred: now}
	step := func(m *move) {
		var tr funnel.Transition
		var err error
		if m.back != "" {
			tr, err = benchPolicy.Return(m.c.Position, m.back, m.reason, m.feedback, m.lead, by)
		} else {
			tr, err = benchPolicy.Move(m.c.Position, m.on, m.lead, by)
		}
		if positionSink = funnel.Apply(m.c.Position, tr); err != nil {
			b.Fatal(err)
		}
	}
	decide := func(m *move) {
		var err error
		if decisionSink, err = benchDesk.Decide(m.c, m.cmd, m.lead, now); err != nil {
			b.Fatal(err)
		}
	}
	// Leads come in any order: in a fixed one the processor would learn by heart which branch is next.
	random, order := rand.New(rand.NewPCG(1, 1)), make([]int, 4096)
	for i := range order {
		order[i] = random.IntN(5)
	}
	mixed := func(do func(m *move)) func(int) {
		return func(n int) {
			for i := range n {
				do(&all[1+order[i&4095]])
			}
		}
	}
	alone := func(do func(m *move), i int) func(int) {
		return func(n int) {
			for range n {
				do(&all[i])
			}
		}
	}
	attempt := move{c: all[2].c, cmd: handoff.Attempt{By: handoff.By{Actor: "anna", Version: all[2].c.Version}}}
	tick := move{c: all[2].c, cmd: handoff.Tick{}}
	ratio.Benchmark(b, []ratio.Work{
		{Name: "funnel-step", Run: mixed(step)},
		{Name: "decision", Run: mixed(decide)},
		{Name: "funnel-accept", Run: alone(step, 1), Than: 2},
		{Name: "accept", Run: alone(decide, 1), Than: 2},
		{Name: "qualify", Run: alone(decide, 2), Than: 2},
		{Name: "attempt", Run: func(n int) {
			for range n {
				decide(&attempt)
			}
		}, Than: 2},
		{Name: "tick", Run: func(n int) {
			for range n {
				decide(&tick)
			}
		}, Than: 2},
		{Name: "offer", Run: alone(decide, 0), Than: 2},
		{Name: "funnel-recycle", Run: alone(step, 5), Than: 8},
		{Name: "recycle", Run: alone(decide, 5), Than: 8},
	})
}
