package handoff_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/handoff"
)

// onOffer is a lead that anna has on offer since Monday at ten, to be answered until Tuesday at ten.
func onOffer(t *testing.T, d *handoff.Desk[Lead], steps ...string) *story {
	t.Helper()
	s := &story{t: t, desk: d}
	s.step("Mon 2026-01-12 09:00 register by form")
	for _, step := range append([]string{"Mon 2026-01-12 10:00 offer by scoring grade A1"}, steps...) {
		if lines := s.step(step); strings.HasPrefix(lines[0], "refused") {
			t.Fatalf("%s: %s", step, lines[0])
		}
	}
	return s
}

// TestTheVeryInstant shows that what is done at the end of a deadline is in time, and open until then.
func TestTheVeryInstant(t *testing.T) {
	s := onOffer(t, desk(t), "Mon 2026-01-12 15:00 tick")
	report := handoff.NewReport(at(t, "2026-01-13 10:00"))
	report.Add(s.log)
	if r := report.Result(); r.Accept != (handoff.Attainment{Open: 1, Oldest: at(t, "2026-01-12 10:00").UTC()}) || len(r.Leaks) > 0 {
		t.Errorf("%+v %v", r.Accept, r.Leaks)
	}
	s.step("Tue 2026-01-13 10:00 accept by anna")
	s.step("Tue 2026-01-13 12:00 attempt by anna")
	s.step("Tue 2026-01-20 10:00 recycle by anna for no_need")
	for _, e := range s.log {
		if e.Kind == handoff.Expired || e.Kind == handoff.TouchMissed || e.Kind == handoff.FeedbackMissed {
			t.Error(e.Kind)
		}
	}
	report = handoff.NewReport(at(t, "2026-02-01 10:00"))
	report.Add(s.log)
	met := handoff.Attainment{Met: 1}
	if r := report.Result(); r.Accept != met || r.Touch != met || r.Feedback != met {
		t.Errorf("%+v %+v %+v", r.Accept, r.Touch, r.Feedback)
	}
}

// TestFallbackHasItAlready takes nothing from whom the lead was offered to if that is the fallback owner.
func TestFallbackHasItAlready(t *testing.T) {
	a := agreement(t)
	a.Accept.MaxOffers, a.Accept.Fallback, a.Accept.WarnAfter = 1, "anna", 0
	d, err := handoff.Compile(a, policy(t), time.LoadLocation)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"v4 auto_accepted mql>sal, owner anna, touch Tue 2026-01-13 12:00, feedback Tue 2026-01-20 10:00",
		"! 4/0 escalate to mara, due Tue 2026-01-13 10:00, breach auto_accepted",
		"! 4/1 ask_feedback to anna, due Tue 2026-01-20 10:00, 30 reasons to choose from", "next Tue 2026-01-13 12:00",
	}
	if diff := cmp.Diff(want, onOffer(t, d).step("Tue 2026-01-13 10:00 tick")); diff != "" {
		t.Error(diff)
	}
}

// TestOldHighIntent does not end a wait: the activity was known when sales returned the lead.
func TestOldHighIntent(t *testing.T) {
	s := onOffer(t, desk(t), "Mon 2026-01-12 11:00 accept by anna", "Mon 2026-01-12 12:00 recycle by anna for timing with revisit_at=2026-06-01")
	got := s.step("Tue 2026-01-13 10:00 offer by scoring grade A1 activity 2026-01-12T10:59:00Z high")
	if !strings.HasPrefix(got[0], "refused: cooling down") {
		t.Error(got)
	}
	// once the wait is over, a fresh one is an ordinary re-entry
	s.step("Mon 2026-06-01 10:00 offer by scoring grade A1 activity 2026-06-01T07:00:00Z high")
	if e := s.log[len(s.log)-2]; e.Transition == nil || e.Transition.Event != funnel.Requalify {
		t.Errorf("%+v", e)
	}
}

// TestBackwardClock stands still for the case.
func TestBackwardClock(t *testing.T) {
	s := onOffer(t, desk(t))
	d, err := s.desk.Decide(s.c, handoff.Accept{By: handoff.By{Actor: "anna", Version: s.c.Version}}, nil, at(t, "2026-01-12 09:30"))
	if err != nil {
		t.Fatal(err)
	}
	if e := d.Events[0]; !e.Occurred.Equal(at(t, "2026-01-12 10:00")) || !e.Recorded.Equal(e.Occurred) {
		t.Errorf("%v %v", e.Occurred, e.Recorded)
	}
}

// TestFirstTouchIsTheEarliest, whenever it was entered.
func TestFirstTouchIsTheEarliest(t *testing.T) {
	s := onOffer(t, desk(t), "Mon 2026-01-12 11:00 accept by anna", "Mon 2026-01-12 12:00 attempt by anna",
		"Mon 2026-01-12 12:30 attempt by anna occurred 2026-01-12T10:10:00Z", "Mon 2026-01-12 12:40 attempt by anna", "Mon 2026-01-12 12:50 qualify by anna")
	if !s.c.FirstTouch.Equal(at(t, "2026-01-12 11:10")) || s.c.Attempts != 3 || !s.c.Last.Equal(at(t, "2026-01-12 12:50")) {
		t.Errorf("%v %d %v", s.c.FirstTouch, s.c.Attempts, s.c.Last)
	}
	report := handoff.NewReport(at(t, "2026-02-01 10:00"))
	report.Add(s.log)
	if r := report.Result().Assigned; r.Median.Time != 70*time.Minute {
		t.Errorf("%+v", r)
	}
	if c := onOffer(t, desk(t), "Mon 2026-01-12 11:00 accept by anna", "Mon 2026-01-12 12:50 qualify by anna").c; !c.FirstTouch.Equal(at(t, "2026-01-12 12:50")) {
		t.Error("whoever qualified the lead has spoken with it")
	}
	if c := onOffer(t, desk(t), "Mon 2026-01-12 11:00 accept by anna", "Mon 2026-01-12 12:00 attempt by anna",
		"Mon 2026-01-12 12:01 attempt by anna occurred 2026-01-12T10:10:00Z").c; !c.Last.Equal(at(t, "2026-01-12 12:00")) {
		t.Error("time has run back:", c.Last)
	}
}

// TestLateLossIsNoLateOutcome: the outcome was given with the qualification.
func TestLateLossIsNoLateOutcome(t *testing.T) {
	s := onOffer(t, desk(t), "Mon 2026-01-12 11:00 accept by anna", "Mon 2026-01-12 12:00 qualify by anna", "Mon 2026-01-12 12:00 open by anna",
		"Mon 2026-03-30 12:00 lose by anna for price")
	report := handoff.NewReport(at(t, "2026-04-01 10:00"))
	report.Add(s.log)
	r := report.Result()
	if r.Feedback != (handoff.Attainment{Met: 1}) || len(r.Lost) != 1 || r.Lost[0].Reason != "price" {
		t.Errorf("%+v %+v", r.Feedback, r.Lost)
	}
}

// TestWithdrawnWhileAtWork keeps the offer accepted.
func TestWithdrawnWhileAtWork(t *testing.T) {
	s := onOffer(t, desk(t), "Mon 2026-01-12 11:00 accept by anna", "Mon 2026-01-12 12:00 withdraw by crm for duplicate with survivor_id=l2")
	if s.c.Status != handoff.StatusAccepted || !s.c.Withdrawn || handoff.Outcomes(s.log)[0].Status != handoff.StatusAccepted {
		t.Errorf("%+v", s.c)
	}
}

// TestNearestRank of the 90th percentile of five is the fifth.
func TestNearestRank(t *testing.T) {
	report := handoff.NewReport(at(t, "2026-02-01 10:00"))
	for _, minute := range []string{"01", "02", "03", "04", "05"} {
		report.Add(onOffer(t, desk(t), "Mon 2026-01-12 10:00 accept by anna", "Mon 2026-01-12 10:"+minute+" attempt by anna").log)
	}
	if r := report.Result().Assigned; r.Median.Time != 3*time.Minute || r.P90.Time != 5*time.Minute || r.FiveMinutes != 5 {
		t.Errorf("%+v", r)
	}
}

// TestReasonsOfYourOwn: a suppressed lead joins no track, law suppresses whatever the disposition, fields may be optional,
// and a note may be given as such.
func TestReasonsOfYourOwn(t *testing.T) {
	definition := funnel.Standard()
	definition.Reasons = append(definition.Reasons,
		funnel.ReasonDefinition{
			Code: "hostile", Class: funnel.ClassAny, BeforeContact: true, Disposition: funnel.DispositionSuppress, Track: "general",
			AtFault: funnel.SideNone, ReEntry: funnel.ReEntry{When: funnel.WhenNever, Needs: funnel.NeedsNone},
		},
		funnel.ReasonDefinition{
			Code: "minor", Class: funnel.ClassCompliance, BeforeContact: true, Disposition: funnel.DispositionDisqualify, AtFault: funnel.SideNone,
			Fields:  []funnel.Field{{Name: "note", Type: funnel.FieldText}, {Name: "basis", Type: funnel.FieldText, Optional: true}},
			ReEntry: funnel.ReEntry{When: funnel.WhenNever, Needs: funnel.NeedsNone},
		})
	p, err := funnel.Compile[Lead](definition)
	if err != nil {
		t.Fatal(err)
	}
	d, err := handoff.Compile(agreement(t), p, time.LoadLocation)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"v4 rejected mql>disqualified for hostile, fault none", "! 4/0 release to anna", "! 4/1 suppress", "next never"}
	if diff := cmp.Diff(want, onOffer(t, d).step("Mon 2026-01-12 11:00 reject by anna for hostile")); diff != "" {
		t.Error(diff)
	}
	s := onOffer(t, d, "Mon 2026-01-12 11:00 accept by anna", "Mon 2026-01-12 11:00 qualify by anna", "Mon 2026-01-12 11:00 open by anna", "Mon 2026-01-12 11:00 win by anna")
	withdraw := handoff.Withdraw{By: handoff.By{Actor: "privacy", Version: s.c.Version}, Reason: "minor"}
	if _, err := d.Decide(s.c, withdraw, nil, s.c.Last); !errors.Is(err, funnel.ErrFieldMissing) {
		t.Error(err)
	}
	withdraw.Feedback.Note = "born in 2012"
	decision, err := d.Decide(s.c, withdraw, nil, s.c.Last)
	if err != nil {
		t.Fatal(err)
	}
	want = []string{"v8 withdrawn, fault none", "! 8/0 release to anna", "! 8/1 suppress", "next never"}
	if diff := cmp.Diff(want, render(decision, s.c.Last)); diff != "" {
		t.Error(diff)
	}
}
