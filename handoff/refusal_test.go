package handoff_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/handoff"
)

// foreign is no command of the package, though it embeds one.
type foreign struct{ handoff.Accept }

// TestRefusals brings about every kind of refusal by the desk, and checks that each says what to do and changes nothing.
func TestRefusals(t *testing.T) {
	d := desk(t)
	now := at(t, "2026-01-12 10:00") // a Monday
	fresh := &story{t: t, desk: d}
	fresh.step("Mon 2026-01-12 09:00 register by form")
	offered := &story{t: t, desk: d}
	offered.step("Mon 2026-01-12 09:00 register by form")
	offered.step("Mon 2026-01-12 09:00 offer by scoring grade A1")
	accepted := *offered
	accepted.step("Mon 2026-01-12 09:30 accept by anna")
	incomplete := *offered
	incomplete.step("Mon 2026-01-12 09:30 reject by anna for insufficient_data with missing_fields=Phone,Country")
	withdrawn := *fresh
	withdrawn.step("Mon 2026-01-12 09:30 withdraw by crm for duplicate with survivor_id=lead-7")
	rejected := *offered
	rejected.step("Mon 2026-01-12 09:30 reject by anna for no_capacity")
	won := accepted
	for _, step := range []string{"qualify by anna", "open by anna", "win by anna revenue 5"} {
		won.step("Mon 2026-01-12 09:45 " + step)
	}
	needsActivity := *offered
	needsActivity.step("Mon 2026-01-12 09:30 reject by anna for below_threshold with agreed_criterion=size")

	by := func(s *story, actor string) handoff.By { return handoff.By{Actor: actor, Version: s.c.Version} }
	because := func(b handoff.By) handoff.By { b.Because = "ill"; return b }
	dated := func(b handoff.By, occurred time.Time) handoff.By { b.Occurred = occurred; return b }
	ripe, unripe := &Lead{Grade: "A1"}, &Lead{Grade: "C3"}

	for _, x := range []struct {
		name string
		s    *story
		cmd  handoff.Command
		lead *Lead
		now  time.Time
		kind error
		text string
	}{
		{"repeated", offered, handoff.Accept{By: handoff.By{Actor: "anna", Version: 1}}, nil, now, handoff.ErrRepeated, "given for version 1, which has been decided"},
		{"registered again", fresh, handoff.Register{By: handoff.By{Actor: "form"}, ID: "lead-1"}, nil, now, handoff.ErrRepeated, "load the case"},
		{"conflict", offered, handoff.Accept{By: handoff.By{Actor: "anna", Version: 9}}, nil, now, handoff.ErrConflict, "load the case again"},
		{"not registered", &story{}, handoff.Accept{By: handoff.By{Actor: "anna"}}, nil, now, handoff.ErrNotRegistered, "register the lead"},
		{"tick of nothing", &story{}, handoff.Tick{}, nil, now, handoff.ErrNotRegistered, "register the lead"},
		{"no id", &story{}, handoff.Register{By: handoff.By{Actor: "form"}}, nil, now, handoff.ErrNotRegistered, "with an id"},
		{"no actor", offered, handoff.Accept{By: by(offered, "")}, nil, now, handoff.ErrActor, "say who asks"},
		{"not the owner", offered, handoff.Accept{By: because(by(offered, "ben"))}, nil, now, handoff.ErrNotOwner, "only the owner"},
		{"no cause", offered, handoff.Reject{By: by(offered, "mara"), Reason: "no_capacity"}, nil, now, handoff.ErrCause, "Because"},
		{"not offered", fresh, handoff.Accept{By: by(fresh, "anna")}, nil, now, handoff.ErrNotOffered, "not on offer"},
		{"reject unoffered", fresh, handoff.Reject{By: by(fresh, "anna"), Reason: "other"}, nil, now, handoff.ErrNotOffered, "not on offer"},
		{"too late", offered, handoff.Accept{By: by(offered, "anna")}, nil, at(t, "2026-01-13 09:01"), handoff.ErrNotOffered, "ended as expired; if time has passed, give the desk a tick"},
		{"offered", offered, handoff.Offer{By: by(offered, "system")}, ripe, now, handoff.ErrOffered, "on offer already"},
		{"not accepted", offered, handoff.Attempt{By: by(offered, "anna")}, nil, now, handoff.ErrNotAccepted, "accept it first"},
		{"qualify unaccepted", offered, handoff.Qualify{By: by(offered, "anna")}, nil, now, handoff.ErrNotAccepted, "accept it first"},
		{"recycle unaccepted", offered, handoff.Recycle{By: by(offered, "anna"), Reason: "no_need"}, nil, now, handoff.ErrNotAccepted, "accept it first"},
		{"disqualify unaccepted", offered, handoff.Disqualify{By: by(offered, "anna"), Reason: "competitor"}, nil, now, handoff.ErrNotAccepted, "accept it first"},
		{"not the one at work", &accepted, handoff.Attempt{By: by(&accepted, "ben")}, nil, now, handoff.ErrNotOwner, "only the owner"},
		{"withdrawn", &withdrawn, handoff.Offer{By: by(&withdrawn, "system")}, ripe, now, handoff.ErrWithdrawn, "nothing more"},
		{"criterion", fresh, handoff.Offer{By: by(fresh, "system")}, unripe, now, handoff.ErrCriterion, "does not hold"},
		{"no lead", fresh, handoff.Offer{By: by(fresh, "system")}, nil, now, handoff.ErrLeadMissing, "give it"},
		{"no activity", &needsActivity, handoff.Offer{By: by(&needsActivity, "system")}, ripe, now, handoff.ErrNoNewActivity, "only with an activity after 2026-01-12T08:30:00Z"},
		{"activity of tomorrow", &needsActivity, handoff.Offer{By: by(&needsActivity, "system"), Activity: handoff.Activity{At: now.Add(time.Hour)}}, ripe, now, handoff.ErrNoNewActivity, "occurred by now"},
		{"incomplete", &incomplete, handoff.Offer{By: by(&incomplete, "system"), Filled: []string{"Phone"}}, ripe, now, handoff.ErrIncomplete, "these fields are filled: Country"},
		{"attempts", &accepted, handoff.Recycle{By: by(&accepted, "anna"), Reason: "unreachable"}, nil, now, handoff.ErrAttempts, "wants 3 attempts at contact, 0 are logged"},
		{"reason", fresh, handoff.Withdraw{By: by(fresh, "crm"), Reason: "timing"}, nil, now, handoff.ErrReason, "disposition merge or of class compliance"},
		{"field", &won, handoff.Withdraw{By: by(&won, "crm"), Reason: "duplicate"}, nil, now, funnel.ErrFieldMissing, `owes the field "survivor_id"`},
		{"revenue", &accepted, handoff.Win{By: by(&accepted, "anna"), Revenue: -1}, nil, now, handoff.ErrRevenue, "negative"},
		{"future", offered, handoff.Accept{By: dated(by(offered, "anna"), now.Add(time.Second))}, nil, now, handoff.ErrTime, "and now"},
		{"past", offered, handoff.Accept{By: dated(by(offered, "anna"), at(t, "2026-01-12 08:59"))}, nil, now, handoff.ErrTime, "between 2026-01-12T08:00:00Z"},
		{"attempt before acceptance", &accepted, handoff.Attempt{By: dated(by(&accepted, "anna"), at(t, "2026-01-12 09:29"))}, nil, now, handoff.ErrTime, "between 2026-01-12T08:30:00Z"},
		{"no time", offered, handoff.Accept{By: by(offered, "anna")}, nil, time.Time{}, handoff.ErrTime, "now must be set"},
		{"far future", offered, handoff.Tick{}, nil, time.Date(9500, 1, 1, 0, 0, 0, 0, time.UTC), handoff.ErrTime, "must be set"},
		{"nil", offered, nil, nil, now, handoff.ErrCommand, "no command"},
		{"foreign", offered, foreign{handoff.Accept{By: by(offered, "anna")}}, nil, now, handoff.ErrCommand, "no command"},
		{"the funnel's", &accepted, handoff.Win{By: by(&accepted, "anna")}, nil, now, funnel.ErrNotPermitted, "not permitted here"},
		{"offer of an accepted lead", &accepted, handoff.Offer{By: by(&accepted, "system")}, ripe, now, funnel.ErrNotPermitted, "not permitted here"},
		{"reopen of an offered lead", offered, handoff.Reopen{By: because(by(offered, "mara"))}, ripe, now, funnel.ErrNotPermitted, "not permitted here"},
	} {
		t.Run(x.name, func(t *testing.T) {
			before, _ := json.Marshal(x.s.c)
			got, err := d.Decide(x.s.c, x.cmd, x.lead, x.now)
			if !errors.Is(err, x.kind) || !strings.Contains(err.Error(), x.text) {
				t.Errorf("got %v, want %v with %q", err, x.kind, x.text)
			}
			if len(got.Events)+len(got.Effects) > 0 || !got.Next.IsZero() {
				t.Errorf("an error with a decision: %+v", got)
			}
			if after, _ := json.Marshal(x.s.c); string(before) != string(after) {
				t.Errorf("the case has changed: %s → %s", before, after)
			}
		})
	}
}

// TestCriterionThatFails carries the cause of a condition that can't be evaluated.
func TestCriterionThatFails(t *testing.T) {
	type record struct{ Scores []int }
	p, err := funnel.Compile[record](funnel.Standard())
	if err != nil {
		t.Fatal(err)
	}
	a := agreement(t)
	a.Criterion = "Scores[3] > 1"
	d, err := handoff.Compile(a, p, time.LoadLocation)
	if err != nil {
		t.Fatal(err)
	}
	now := at(t, "2026-01-12 10:00")
	first, err := d.Decide(handoff.Case{}, handoff.Register{By: handoff.By{Actor: "form"}, ID: "x"}, nil, now)
	if err != nil {
		t.Fatal(err)
	}
	c := handoff.Apply(handoff.Case{}, first.Events[0])
	_, err = d.Decide(c, handoff.Offer{By: handoff.By{Actor: "system", Version: 1}}, &record{}, now)
	var refusal *handoff.Refusal
	if !errors.As(err, &refusal) || refusal.Kind != handoff.ErrCriterion || refusal.Cause == nil || errors.Unwrap(refusal) != refusal.Cause {
		t.Errorf("got %v", err)
	}
	if !strings.Contains(err.Error(), "could not be evaluated") {
		t.Error(err)
	}
}

// TestReplayFindsWhatDoesNotFit breaks a log in every way.
func TestReplayFindsWhatDoesNotFit(t *testing.T) {
	d := desk(t)
	s := &story{t: t, desk: d}
	for _, step := range []string{
		"Mon 2026-01-12 09:00 register by form", "Mon 2026-01-12 09:00 offer by scoring grade A1", "Mon 2026-01-12 09:30 accept by anna",
		"Mon 2026-01-12 09:40 attempt by anna",
	} {
		s.step(step)
	}
	for name, x := range map[string]struct {
		change func(log []handoff.Event) []handoff.Event
		want   string
	}{
		"version": {func(log []handoff.Event) []handoff.Event { return append(log[:2], log[3:]...) }, "log[2].version: "},
		"kind":    {func(log []handoff.Event) []handoff.Event { log[4].Kind = handoff.Registered; return log }, "log[4].kind: "},
		"id":      {func(log []handoff.Event) []handoff.Event { log[4].ID = "lead-2"; return log }, "log[4].id: "},
		"occurred": {func(log []handoff.Event) []handoff.Event {
			log[2].Occurred = log[2].Occurred.Add(-time.Hour)
			return log
		}, "log[2].occurred: "},
		"transition": {func(log []handoff.Event) []handoff.Event { log[3].Transition = nil; return log }, "log[3].transition: "},
		"stage":      {func(log []handoff.Event) []handoff.Event { log[3].Transition.From = "sql"; return log }, "log[3].transition: "},
		"step":       {func(log []handoff.Event) []handoff.Event { log[3].Transition.To = "won"; return log }, "log[3]: "},
	} {
		t.Run(name, func(t *testing.T) {
			var log []handoff.Event
			data, _ := json.Marshal(s.log)
			if err := json.Unmarshal(data, &log); err != nil {
				t.Fatal(err)
			}
			_, err := d.Replay(x.change(log))
			var v *handoff.Violation
			if !errors.As(err, &v) || !strings.Contains(err.Error(), x.want) {
				t.Errorf("got %v, want %s", err, x.want)
			}
			if v.Field != "" && !errors.Is(err, handoff.ErrHistory) {
				t.Error("no ErrHistory")
			}
		})
	}
	if c, err := d.Replay(nil); err != nil || c.Version != 0 {
		t.Error("an empty log is the zero case", err)
	}
}

// TestRedact keeps counts and loses the person.
func TestRedact(t *testing.T) {
	s := &story{t: t, desk: desk(t)}
	for _, step := range []string{
		"Mon 2026-01-12 09:00 register by form", "Mon 2026-01-12 09:00 offer by scoring grade A1",
		`Mon 2026-01-12 09:30 reject by mara for misrouted with suggested_queue=ms-miller because "Ms Miller asked"`,
	} {
		s.step(step)
	}
	e := s.desk.Redact(s.log[len(s.log)-1])
	data, err := json.Marshal(e)
	if err != nil || strings.Contains(strings.ToLower(string(data)), "miller") {
		t.Errorf("%s %v", data, err)
	}
	if e.Kind != handoff.Rejected || e.Transition.Reason != "misrouted" || s.log[len(s.log)-1].Because == "" {
		t.Errorf("%+v", e)
	}
}
