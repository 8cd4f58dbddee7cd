package funnel_test

import (
	"testing"
	"time"

	"github.com/leadloop/leadloop/funnel"
)

// bySwitch is what a hand-written funnel costs: the next stage and whether there is one, with nothing checked or said. It
// is called, as Move is: with the returns it would be too large to be inlined as well.
//
//go:noinline
func bySwitch(stage funnel.Stage, event funnel.Event) (funnel.Stage, bool) {
	switch stage {
	case funnel.Inquiry:
		if event == funnel.Qualify {
			return funnel.MQL, true
		}
	case funnel.MQL:
		if event == funnel.Accept {
			return funnel.SAL, true
		}
	case funnel.SAL:
		if event == funnel.SalesQualify {
			return funnel.SQL, true
		}
	case funnel.SQL:
		if event == funnel.Open {
			return funnel.Opportunity, true
		}
	case funnel.Opportunity:
		if event == funnel.Win {
			return funnel.Won, true
		}
	case funnel.Recycled:
		switch event {
		case funnel.Requalify, funnel.Reawaken, funnel.Reopen:
			return funnel.MQL, true
		}
	case funnel.Disqualified:
		if event == funnel.Reopen {
			return funnel.MQL, true
		}
	case funnel.Lost:
		if event == funnel.Reopen {
			return funnel.MQL, true
		}
	}
	return "", false
}

type step struct {
	stage funnel.Stage
	event funnel.Event
}

var steps = []step{{funnel.Inquiry, funnel.Qualify}, {funnel.MQL, funnel.Accept}, {funnel.SAL, funnel.SalesQualify},
	{funnel.SQL, funnel.Open}, {funnel.Opportunity, funnel.Win}, {funnel.Recycled, funnel.Requalify}, {funnel.Recycled, funnel.Reopen},
	{funnel.Disqualified, funnel.Reopen}}

var (
	stageSink      funnel.Stage
	transitionSink funnel.Transition
	errSink        error
)

func BenchmarkSwitch(b *testing.B) {
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		s := steps[i&7]
		stageSink, _ = bySwitch(s.stage, s.event)
		i++
	}
}

// BenchmarkMove takes full decisions: a guard on every edge, times, cool-down and rounds.
func BenchmarkMove(b *testing.B) {
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
	lead := &Lead{Consent: true}
	by := on("ann", "2026-06-01")
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		tr, err := policy.Move(positions[i&7], steps[i&7].event, lead, by)
		if err != nil || tr.Version != 1 {
			b.Fatal(err)
		}
		i++
	}
}

func BenchmarkRefusal(b *testing.B) {
	policy := standard(b)
	pos, by := at(funnel.MQL), on("ann", "2026-06-01")
	b.ReportAllocs()
	for b.Loop() {
		_, errSink = policy.Move(pos, funnel.Win, nil, by)
	}
}

func BenchmarkReturn(b *testing.B) {
	policy := standard(b)
	pos, by := at(funnel.SAL), on("ann", "2026-06-01")
	f := funnel.Feedback{Fields: map[string]string{"revisit_at": "2026-09-01"}}
	b.ReportAllocs()
	for b.Loop() {
		transitionSink, errSink = policy.Return(pos, funnel.Recycle, funnel.ReasonTiming, f, nil, by)
	}
}

func BenchmarkReplay(b *testing.B) {
	policy := standard(b)
	log, _ := history(b, policy)
	b.ReportAllocs()
	for b.Loop() {
		_, errSink = policy.Replay(log)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(log)), "ns/transition")
}

func BenchmarkCompile(b *testing.B) {
	d := funnel.Standard()
	b.ReportAllocs()
	for b.Loop() {
		_, errSink = funnel.Compile[Lead](d)
	}
}

// The promise on allocations: none for a step, one for a refusal.
func TestAllocations(t *testing.T) {
	policy := standard(t)
	pos, by := at(funnel.MQL), on("ann", "2026-06-01")
	if n := testing.AllocsPerRun(100, func() { transitionSink, errSink = policy.Move(pos, funnel.Accept, nil, by) }); n != 0 {
		t.Errorf("a step allocates %v times", n)
	}
	if n := testing.AllocsPerRun(100, func() { transitionSink, errSink = policy.Move(pos, funnel.Win, nil, by) }); n != 1 {
		t.Errorf("a refusal allocates %v times", n)
	}
	back := at(funnel.SAL)
	if n := testing.AllocsPerRun(100, func() {
		transitionSink, errSink = policy.Return(back, funnel.Recycle, funnel.ReasonNoNeed, funnel.Feedback{Note: "x"}, nil, by)
	}); n != 0 {
		t.Errorf("a return without fields allocates %v times", n)
	}
	if n := testing.AllocsPerRun(100, func() {
		transitionSink, errSink = policy.Return(back, funnel.Recycle, funnel.ReasonTiming, funnel.Feedback{}, nil, by)
	}); n != 1 {
		t.Errorf("a refused return allocates %v times", n)
	}
	recycled := with(at(funnel.Recycled), func(p *funnel.Position) { p.Reason, p.NotBefore = funnel.ReasonNoNeed, by.Occurred.Add(time.Second) })
	if n := testing.AllocsPerRun(100, func() { transitionSink, errSink = policy.Move(recycled, funnel.Requalify, nil, by) }); n != 1 {
		t.Errorf("a lead that cools down costs %v allocations", n)
	}
}
