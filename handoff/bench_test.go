package handoff_test

import (
	"testing"
	"time"

	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/handoff"
)

// benchCase is a lead that is on offer to anna.
func benchCase(b *testing.B) (*handoff.Desk[Lead], handoff.Case) {
	s := &story{t: &testing.T{}, desk: desk(b)}
	s.step("Mon 2026-01-12 09:00 register by form")
	s.step("Mon 2026-01-12 09:00 offer by scoring grade A1")
	return s.desk, s.c
}

// BenchmarkFunnelMove is the funnel's own step, to hold the desk's against.
func BenchmarkFunnelMove(b *testing.B) {
	_, c := benchCase(b)
	p := policy(b)
	by := funnel.By{Actor: "anna", Occurred: c.Last.Add(time.Minute)}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.Move(c.Position, funnel.Accept, nil, by); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkAccept is a desk decision around the same step: two deadlines in business time, one event, one effect.
func BenchmarkAccept(b *testing.B) {
	d, c := benchCase(b)
	var cmd handoff.Command = handoff.Accept{By: handoff.By{Actor: "anna", Version: c.Version}}
	now := c.Last.Add(time.Minute)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := d.Decide(c, cmd, nil, now); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkTick asks about a case of which nothing is due: what a host's timer costs.
func BenchmarkTick(b *testing.B) {
	d, c := benchCase(b)
	now := c.Last.Add(time.Minute)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := d.Decide(c, handoff.Tick{}, nil, now); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkOffer routes a lead in a pool of three and starts its deadline.
func BenchmarkOffer(b *testing.B) {
	s := &story{t: &testing.T{}, desk: desk(b)}
	s.step("Mon 2026-01-12 09:00 register by form")
	var cmd handoff.Command = handoff.Offer{By: handoff.By{Actor: "scoring", Version: 1}}
	lead := Lead{Grade: "A1"}
	now := s.c.Last.Add(time.Minute)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.desk.Decide(s.c, cmd, &lead, now); err != nil {
			b.Fatal(err)
		}
	}
}
