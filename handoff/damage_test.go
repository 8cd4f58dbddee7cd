package handoff_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/handoff"
)

// TestDamagedCase: a version that can't be is refused before anything counts on from it.
func TestDamagedCase(t *testing.T) {
	s := onOffer(t, desk(t))
	now := at(t, "2026-02-02 10:00")
	refused := func(name string, c handoff.Case, cmd handoff.Command) {
		t.Helper()
		_, err := s.desk.Decide(c, cmd, &Lead{Grade: "A1"}, now)
		var refusal *handoff.Refusal
		if !errors.As(err, &refusal) || refusal.Kind != handoff.ErrCase || len(refusal.Fields) != 1 {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, version := range []int64{-1, math.MinInt64, math.MaxInt64, math.MaxInt64 - 1} {
		c := s.c
		c.Version = version
		refused("tick", c, handoff.Tick{})
		refused("accept", c, handoff.Accept{By: handoff.By{Actor: "anna", Version: version}})
	}
	rest := s.c
	rest.Version = 0
	refused("version lost", rest, handoff.Register{By: handoff.By{Actor: "form"}, ID: "lead-1"})
	refused("only a deadline", handoff.Case{Deadlines: handoff.Deadlines{Warn: now.Add(-time.Hour)}}, handoff.Register{By: handoff.By{Actor: "form"}, ID: "lead-1"})
}

// TestRegisteredOnce, even by somebody who knows the version: another lead's case is not overwritten.
func TestRegisteredOnce(t *testing.T) {
	s := onOffer(t, desk(t))
	cmd := handoff.Register{By: handoff.By{Actor: "form", Version: s.c.Version}, ID: "lead-2"}
	if _, err := s.desk.Decide(s.c, cmd, nil, at(t, "2026-01-12 10:30")); !errors.Is(err, handoff.ErrRegistered) {
		t.Error(err)
	}
}

// TestPointerIsNoCommand, and a nil one does not panic.
func TestPointerIsNoCommand(t *testing.T) {
	s := onOffer(t, desk(t))
	for _, cmd := range []handoff.Command{(*handoff.Accept)(nil), &handoff.Accept{By: handoff.By{Actor: "anna", Version: s.c.Version}}, foreign{}} {
		if _, err := s.desk.Decide(s.c, cmd, nil, at(t, "2026-01-12 10:30")); !errors.Is(err, handoff.ErrCommand) {
			t.Errorf("%T: %v", cmd, err)
		}
	}
}

// TestEffectsAreTheHosts: what a host does to a decision changes neither the desk nor the case.
func TestEffectsAreTheHosts(t *testing.T) {
	d := desk(t)
	tamper := func(decision handoff.Decision) {
		for _, e := range decision.Effects {
			for i := range e.Adjust {
				e.Adjust[i] = funnel.Adjustment{}
			}
			for i := range e.Declined {
				e.Declined[i] = ""
			}
			for i := range e.Fields {
				e.Fields[i] = ""
			}
			if e.Packet != nil {
				for owed := range e.Packet.Owed.All() {
					clear(owed.Fields)
				}
				if e.Packet.Owed.UnmarshalJSON([]byte(`[{"reason":"mine"}]`)) != nil {
					t.Fatal("no list of reasons")
				}
			}
		}
	}
	tell := func() (all []string) {
		for _, last := range []string{"Mon 2026-01-12 11:00 reject by anna for no_capacity", "Mon 2026-01-12 11:00 reject by anna for insufficient_data with missing_fields=Phone",
			"Mon 2026-01-12 11:00 reject by anna for not_target_market with failed_criterion=size"} {
			s := onOffer(t, d)
			s.tamper = tamper
			all = append(all, s.step(last)...)
			all = append(all, fmt.Sprint(s.c.Declined, s.c.Missing))
		}
		s := &story{t: t, desk: d, tamper: tamper}
		s.step("Mon 2026-01-12 09:00 register by form")
		all = append(all, s.step("Mon 2026-01-12 10:00 offer by scoring grade A1")...)
		decision, err := d.Decide(s.c, handoff.Accept{By: handoff.By{Actor: "anna", Version: s.c.Version}}, nil, at(t, "2026-01-12 11:00"))
		if err != nil {
			t.Fatal(err)
		}
		data, err := json.Marshal(decision)
		if err != nil {
			t.Fatal(err)
		}
		tamper(decision)
		return append(all, string(data))
	}
	first := tell()
	if diff := cmp.Diff(first, tell()); diff != "" {
		t.Error(diff)
	}
	if !slices.Contains(first, "[anna] [Phone]") || !slices.Contains(first, "! 4/1 rescore fit scale 1/2") {
		t.Error(first)
	}
}

// TestBlankCause is none.
func TestBlankCause(t *testing.T) {
	s := onOffer(t, desk(t))
	now := at(t, "2026-01-12 10:30")
	by := handoff.By{Actor: "mara", Version: s.c.Version, Because: " \t"}
	if _, err := s.desk.Decide(s.c, handoff.Accept{By: by}, nil, now); !errors.Is(err, handoff.ErrCause) {
		t.Error(err)
	}
	s.step("Mon 2026-01-12 11:00 reject by anna for not_target_market with failed_criterion=size")
	by.Version = s.c.Version
	if _, err := s.desk.Decide(s.c, handoff.Reopen{By: by}, nil, at(t, "2026-01-12 11:30")); !errors.Is(err, handoff.ErrCause) {
		t.Error(err)
	}
	by = handoff.By{Actor: " ", Version: s.c.Version, Because: "asked"}
	if _, err := s.desk.Decide(s.c, handoff.Reopen{By: by}, nil, at(t, "2026-01-12 11:30")); !errors.Is(err, handoff.ErrActor) {
		t.Error(err)
	}
}

// lostAndFound is the standard funnel with a person's way back from a lost deal.
func lostAndFound(t *testing.T) *handoff.Desk[Lead] {
	t.Helper()
	definition := funnel.Standard()
	definition.Name = "lost_and_found"
	definition.Edges = append(slices.DeleteFunc(definition.Edges, func(e funnel.Edge) bool { return e.From == funnel.Lost }),
		funnel.Edge{From: funnel.Lost, On: funnel.Reopen, To: funnel.MQL, Release: funnel.ReleaseManual})
	// of withdrawals it knows none from there: law overrides everything all the same
	definition.Returns = slices.DeleteFunc(definition.Returns, func(e funnel.ReturnEdge) bool { return e.From == funnel.Lost })
	p, err := funnel.Compile[Lead](definition)
	if err != nil {
		t.Fatal(err)
	}
	a := agreement(t)
	a.Policy, a.PolicyVersion = definition.Name, 0
	d, err := handoff.Compile(a, p, time.LoadLocation)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestWithdrawnStaysOut: consent that was withdrawn after a deal was lost is not undone by the way back that the reason of
// the loss allows.
func TestWithdrawnStaysOut(t *testing.T) {
	s := onOffer(t, lostAndFound(t), "Mon 2026-01-12 11:00 accept by anna", "Mon 2026-01-12 12:00 qualify by anna", "Mon 2026-01-12 12:00 open by anna",
		"Mon 2026-01-12 12:30 lose by anna for price", "Mon 2026-01-12 13:00 withdraw by privacy for consent_withdrawn with withdrawn_at=2026-01-12T12:00:00Z")
	if !s.c.Withdrawn || s.c.Reason != "consent_withdrawn" {
		t.Fatalf("%+v", s.c)
	}
	reopen := handoff.Reopen{By: handoff.By{Actor: "mara", Version: s.c.Version, Because: "asked"}}
	if _, err := s.desk.Decide(s.c, reopen, nil, at(t, "2026-01-12 14:00")); !errors.Is(err, funnel.ErrReEntry) {
		t.Error(err)
	}
	s.replay()
}

// TestReopenedFromTheBook: a lost deal that is reopened leaves its owner.
func TestReopenedFromTheBook(t *testing.T) {
	s := onOffer(t, lostAndFound(t), "Mon 2026-01-12 11:00 accept by anna", "Mon 2026-01-12 12:00 qualify by anna", "Mon 2026-01-12 12:00 open by anna",
		"Mon 2026-01-12 12:30 lose by anna for price")
	if s.c.Owner != "anna" {
		t.Fatal(s.c.Owner)
	}
	released := false
	for _, line := range s.step(`Mon 2026-01-12 13:00 reopen by mara because "asked again"`) {
		released = released || line == "! 8/0 release to anna"
	}
	if !released || s.c.Owner != "" {
		t.Errorf("%+v", s.c)
	}
	s.replay()
}

// TestReturnedToTheStart: in a funnel that returns leads to its initial stage they are nurtured, though no edge from there
// waits for a release.
func TestReturnedToTheStart(t *testing.T) {
	definition := funnel.Standard()
	for i := range definition.Returns {
		if definition.Returns[i].To == funnel.Recycled {
			definition.Returns[i].To = funnel.Inquiry
		}
	}
	definition.Stages = slices.DeleteFunc(definition.Stages, func(s funnel.StageDefinition) bool { return s.Name == funnel.Recycled })
	definition.Edges = slices.DeleteFunc(definition.Edges, func(e funnel.Edge) bool { return e.From == funnel.Recycled })
	definition.Returns = slices.DeleteFunc(definition.Returns, func(e funnel.ReturnEdge) bool { return e.From == funnel.Recycled })
	p, err := funnel.Compile[Lead](definition)
	if err != nil {
		t.Fatal(err)
	}
	d, err := handoff.Compile(agreement(t), p, time.LoadLocation)
	if err != nil {
		t.Fatal(err)
	}
	s := onOffer(t, d, "Mon 2026-01-12 11:00 reject by anna for recently_contacted with last_contact_at=2026-01-11T12:00:00Z")
	if s.c.Track != "general" || s.c.Deadlines.Wake.IsZero() {
		t.Errorf("%+v", s.c)
	}
}

// TestTimesFromADatabase come in whatever zone its driver reads; what is decided is in UTC all the same.
func TestTimesFromADatabase(t *testing.T) {
	s := onOffer(t, desk(t))
	now := at(t, "2026-01-20 10:00").UTC()
	want, err := s.desk.Decide(s.c, handoff.Tick{}, nil, now)
	if err != nil {
		t.Fatal(err)
	}
	c := s.c
	for _, x := range []*time.Time{&c.Deadlines.Warn, &c.Deadlines.Accept.Due, &c.Deadlines.Accept.MetUntil, &c.Last} {
		*x = x.In(berlin)
	}
	got, err := s.desk.Decide(c, handoff.Tick{}, nil, now)
	if err != nil || len(want.Events) < 3 {
		t.Fatal(err, want)
	}
	for i := range got.Events {
		if g, w := got.Events[i], want.Events[i]; g.Occurred != w.Occurred || g.Recorded != w.Recorded {
			t.Errorf("%s: %v, want %v", g.Kind, g.Occurred, w.Occurred)
		}
	}
}

// Why a customer was withdrawn is kept, though the funnel knows no step out of won; and can be redacted.
func TestWithdrawalOfACustomerKeepsItsFeedback(t *testing.T) {
	d := desk(t)
	s := onOffer(t, d, "Mon 2026-01-12 11:00 accept by anna", "Mon 2026-01-12 12:00 qualify by anna", "Mon 2026-01-12 12:00 open by anna", "Mon 2026-01-12 13:00 win by anna")
	withdraw := func(at string) handoff.Withdraw {
		return handoff.Withdraw{By: handoff.By{Actor: "privacy", Version: s.c.Version}, Reason: "consent_withdrawn",
			Feedback: funnel.Feedback{Note: "wrote a letter", Fields: map[string]string{"withdrawn_at": at}}}
	}
	if _, err := d.Decide(s.c, withdraw("yesterday"), nil, s.c.Last); !errors.Is(err, funnel.ErrFieldInvalid) {
		t.Errorf("nonsense is accepted: %v", err)
	}
	decision, err := d.Decide(s.c, withdraw("2026-01-12T10:00:00Z"), nil, s.c.Last)
	if err != nil {
		t.Fatal(err)
	}
	event := decision.Events[0]
	if event.Transition != nil || event.Feedback.Note != "wrote a letter" || event.Feedback.Fields["withdrawn_at"] != "2026-01-12T10:00:00Z" {
		t.Errorf("%+v", event)
	}
	redacted := d.Redact(event)
	if redacted.Feedback.Note != "" || redacted.Feedback.Fields["withdrawn_at"] != "2026-01-12T10:00:00Z" {
		t.Errorf("%+v", redacted.Feedback)
	}
}
