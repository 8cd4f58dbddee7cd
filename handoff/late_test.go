package handoff_test

import (
	"errors"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/handoff"
)

// TestLateTicks runs random commands twice, once with a tick at every instant that the desk asks for and once without any
// until the end: what has occurred is the same, and only when it was recorded differs.
func TestLateTicks(t *testing.T) {
	for seed := range uint64(60) {
		d := soakDesk(t)
		start := at(t, "2026-01-05 08:00")
		run := func(ticks bool) []handoff.Event {
			h := &host{t: t, random: rand.New(rand.NewPCG(seed, 3)), desk: d, now: start}
			var c handoff.Case
			var log []handoff.Event
			var next time.Time
			take := func(cmd handoff.Command, now time.Time) {
				decision, err := d.Decide(c, cmd, &Lead{Grade: "A1"}, now)
				if err != nil {
					return
				}
				for _, e := range decision.Events {
					c = handoff.Apply(c, e)
					log = append(log, e)
				}
				next = decision.Next
				if decision.Pools != nil {
					h.pool = decision.Pools
				}
			}
			take(handoff.Register{By: handoff.By{Actor: "form"}, ID: "lead-1"}, start)
			for range 60 {
				h.now = h.now.Add(time.Duration(1 + h.random.Int64N(int64(20*time.Hour))))
				for ticks && !next.IsZero() && next.Before(h.now) {
					take(handoff.Tick{}, next)
				}
				// what is asked for must not depend on ticks: let the case be up to date when the command is made up
				seen := c
				if decision, err := d.Decide(c, handoff.Tick{}, nil, h.now); err == nil {
					for _, e := range decision.Events {
						seen = handoff.Apply(seen, e)
					}
				}
				cmd := h.command(seen)
				take(versioned(cmd, seen, c), h.now)
			}
			take(handoff.Tick{}, h.now)
			return log
		}
		in, late := run(true), run(false)
		for i := range in {
			in[i].Recorded = time.Time{}
			if in[i].Transition != nil {
				in[i].Transition.Recorded = time.Time{}
			}
		}
		for i := range late {
			late[i].Recorded = time.Time{}
			if late[i].Transition != nil {
				late[i].Transition.Recorded = time.Time{}
			}
		}
		if diff := cmp.Diff(in, late); diff != "" {
			t.Fatalf("seed %d (-with ticks +without):\n%s", seed, diff)
		}
	}
}

// versioned gives the command as a person would who sees a case that is behind by its ticks: with the version that it has.
func versioned(cmd handoff.Command, seen, c handoff.Case) handoff.Command {
	v := reflect.New(reflect.TypeOf(cmd)).Elem()
	v.Set(reflect.ValueOf(cmd))
	if by := v.FieldByName("By"); by.IsValid() {
		version := by.FieldByName("Version")
		version.SetInt(version.Int() - seen.Version + c.Version)
		by.FieldByName("Occurred").SetZero() // backfill depends on what has been decided before
	}
	return v.Interface().(handoff.Command)
}

// Deadlines fire before commands, too: the effect that gives the lead to the fallback owner then comes with the command, and an
// offer that is asked for on the way there is refused.
func TestSilenceBeforeACommand(t *testing.T) {
	a := agreement(t)
	a.Accept.MaxOffers = 1
	d, err := handoff.Compile(a, policy(t), time.LoadLocation)
	if err != nil {
		t.Fatal(err)
	}
	s := onOffer(t, d)
	now := at(t, "2026-01-15 10:00")
	got, err := d.Decide(s.c, handoff.Attempt{By: handoff.By{Actor: "mara", Version: s.c.Version}}, nil, now)
	if err != nil {
		t.Fatal(err)
	}
	assigned := ""
	for _, e := range got.Effects {
		if e.Kind == handoff.Assign {
			assigned += e.To + " " + e.At.In(berlin).Format("2006-01-02 15:04")
		}
	}
	if want := "mara 2026-01-13 10:00"; assigned != want || got.Pools != nil || got.Routing != nil {
		t.Errorf("assigned to %s, want %s", assigned, want)
	}
	c := s.c
	for _, e := range got.Events {
		c = handoff.Apply(c, e)
	}
	if _, err := d.Decide(c, handoff.Offer{By: handoff.By{Actor: "scoring", Version: c.Version}}, &Lead{Grade: "A1"}, now); !errors.Is(err, funnel.ErrNotPermitted) {
		t.Errorf("got %v", err)
	}
}
