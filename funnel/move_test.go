package funnel_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/leadloop/leadloop/funnel"
)

// A transition says everything, in UTC and without the monotonic clock.
func TestTransition(t *testing.T) {
	policy := standard(t)
	zone := time.FixedZone("", 3600)
	occurred := time.Date(2026, 3, 1, 10, 0, 0, 0, zone)
	pos := with(at(funnel.SAL), func(p *funnel.Position) { p.Round, p.Version = 2, 7 })
	fields := map[string]string{"competitor": "Acme"}
	tr, err := policy.Return(pos, funnel.Recycle, funnel.ReasonChoseCompetitor, funnel.Feedback{Note: "cheaper", Fields: fields}, nil,
		funnel.By{Actor: "ann", Occurred: occurred, Recorded: occurred.Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	want := funnel.Transition{
		ID: "lead", Policy: "standard", PolicyVersion: 1, Version: 8, From: funnel.SAL, To: funnel.Recycled,
		Return: funnel.Recycle, Reason: funnel.ReasonChoseCompetitor,
		Feedback: funnel.Feedback{Note: "cheaper", Fields: map[string]string{"competitor": "Acme"}},
		Occurred: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC), Recorded: time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC),
		Actor: "ann", Round: 2, NotBefore: time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC), // 270 days later
	}
	if diff := cmp.Diff(want, tr); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if tr.Occurred.Location() != time.UTC {
		t.Error("not in UTC")
	}
	fields["competitor"] = "changed"
	if tr.Feedback.Fields["competitor"] != "Acme" {
		t.Error("the transition shares the caller's map")
	}

	after := funnel.Apply(pos, tr)
	wantPos := funnel.Position{ID: "lead", Policy: "standard", PolicyVersion: 1, Stage: funnel.Recycled, Since: want.Occurred,
		Round: 2, Version: 8, NotBefore: want.NotBefore, Reason: funnel.ReasonChoseCompetitor}
	if after != wantPos {
		t.Errorf("applied: %+v", after)
	}
	if funnel.Apply(after, tr) != after || funnel.Apply(funnel.Position{}, tr) != after {
		t.Error("Apply depends on more than the transition")
	}

	// The next round starts without the reason and the wait.
	again, err := policy.Move(after, funnel.Reopen, nil, funnel.By{Occurred: after.Since})
	if err != nil {
		t.Fatal(err)
	}
	reopened := funnel.Apply(after, again)
	if reopened != (funnel.Position{ID: "lead", Policy: "standard", PolicyVersion: 1, Stage: funnel.MQL, Since: after.Since, Round: 3, Version: 9}) {
		t.Errorf("reopened: %+v", reopened)
	}

	for _, tr := range []funnel.Transition{tr, again, policy.Redact(tr)} {
		roundTrip(t, tr)
	}
	for _, pos := range []funnel.Position{pos, after, reopened, {}} {
		roundTrip(t, pos)
	}
}

// roundTrip checks that JSON carries a value without loss.
func roundTrip[T any](t *testing.T, value T) {
	t.Helper()
	data, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	var back T
	if err := json.Unmarshal(data, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(value, back); diff != "" {
		t.Errorf("after JSON:\n%s", diff)
	}
}

// The wait after a return made on 2026-03-01.
func TestNotBefore(t *testing.T) {
	d := funnel.Standard()
	d.Reasons = append(d.Reasons, funnel.ReasonDefinition{
		Code: "call", Class: funnel.ClassAny, Disposition: funnel.DispositionRecycle, CoolDownDays: 7, AtFault: funnel.SideNone,
		Fields:  []funnel.Field{{Name: "when", Type: funnel.FieldTime, Optional: true}},
		ReEntry: funnel.ReEntry{When: funnel.WhenField, Needs: funnel.NeedsNone, Field: "when", LeadDays: 1},
	})
	policy, err := funnel.Compile[Lead](d)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		reason      funnel.Reason
		field, text string
		want        string // "" for none
	}{
		{funnel.ReasonMisrouted, "suggested_queue", "emea", "2026-03-01T00:00:00Z"},        // at once
		{funnel.ReasonInsufficientData, "missing_fields", "phone", "2026-03-01T00:00:00Z"}, // complete
		{funnel.ReasonUnreachable, "", "", "2026-03-31T00:00:00Z"},                         // 30 days
		{funnel.ReasonNoBudget, "", "", "2026-05-30T00:00:00Z"},                            // 90 days
		{funnel.ReasonNoBudget, "budget_date", "", "2026-05-30T00:00:00Z"},                 // an empty date is none
		{funnel.ReasonNoBudget, "budget_date", "2026-04-01", "2026-04-01T00:00:00Z"},       // earlier than the cool-down
		{funnel.ReasonNoBudget, "budget_date", "2027-01-01", "2027-01-01T00:00:00Z"},       // later
		{funnel.ReasonTiming, "revisit_at", "2026-09-15", "2026-09-01T00:00:00Z"},          // 14 days before
		{funnel.ReasonTiming, "revisit_at", "2026-03-10", "2026-03-01T00:00:00Z"},          // never before the return
		{funnel.ReasonTiming, "revisit_at", "1999-01-01", "2026-03-01T00:00:00Z"},          // in the past
		{funnel.ReasonTiming, "revisit_at", "9999-12-31", "9999-12-17T00:00:00Z"},          // as late as can be written
		{funnel.ReasonInContract, "contract_end", "2026-12-31", "2026-10-02T00:00:00Z"},    // 90 days before
		{"call", "when", "2026-03-05T09:30:00+02:00", "2026-03-04T07:30:00Z"},              // an instant
		{"call", "when", "9999-12-31T23:00:00-20:00", "9999-12-31T19:00:00Z"},              // its day before
		{"call", "", "", "2026-03-08T00:00:00Z"},                                           // 7 days
		{funnel.ReasonProductGap, "missing_capability", "export", ""},                      // by hand
	} {
		f := funnel.Feedback{}
		if test.field != "" {
			f.Fields = map[string]string{test.field: test.text}
		}
		tr, err := policy.Return(at(funnel.SAL), funnel.Recycle, test.reason, f, nil, on("ann", "2026-03-01"))
		if err != nil {
			t.Errorf("%s %s: %v", test.reason, test.text, err)
			continue
		}
		got := ""
		if !tr.NotBefore.IsZero() {
			got = tr.NotBefore.Format(time.RFC3339)
		}
		if got != test.want {
			t.Errorf("%s %s: not before %s, want %s", test.reason, test.text, got, test.want)
		}
	}
	// A wait that would end beyond what can be written ends there.
	tr, err := policy.Return(at(funnel.SAL), funnel.Recycle, funnel.ReasonNoNeed, funnel.Feedback{}, nil, on("ann", "9999-12-01"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := json.Marshal(tr); err != nil || tr.NotBefore.Year() != 9999 {
		t.Errorf("not before %v: %v", tr.NotBefore, err)
	}
}

// Which release takes back which reason: the table at When.
func TestReEntry(t *testing.T) {
	policy := standard(t)
	const wait = "2026-06-01"
	for _, test := range []struct {
		reason  funnel.Reason
		event   funnel.Event
		at      string
		allowed bool
	}{
		{funnel.ReasonNoNeed, funnel.Requalify, "2026-05-31", false},
		{funnel.ReasonNoNeed, funnel.Requalify, "2026-06-01", true},
		{funnel.ReasonNoNeed, funnel.Reawaken, "2026-01-02", true}, // bypass
		{funnel.ReasonNoNeed, funnel.Reopen, "2026-01-02", true},
		{funnel.ReasonTiming, funnel.Requalify, "2026-05-31", false},
		{funnel.ReasonTiming, funnel.Requalify, "2026-06-01", true},
		{funnel.ReasonInsufficientData, funnel.Requalify, "2026-06-01", true},
		{funnel.ReasonMisrouted, funnel.Requalify, "2026-06-01", true},
		{funnel.ReasonBelowThreshold, funnel.Reawaken, "2026-05-31", false}, // no bypass
		{funnel.ReasonBelowThreshold, funnel.Reawaken, "2026-06-01", true},  // nothing left to bypass
		{funnel.ReasonProductGap, funnel.Requalify, "2027-01-01", false},
		{funnel.ReasonProductGap, funnel.Reawaken, "2027-01-01", false},
		{funnel.ReasonProductGap, funnel.Reopen, "2026-01-02", true},
		{funnel.ReasonCompetitor, funnel.Requalify, "2027-01-01", false},
		{funnel.ReasonCompetitor, funnel.Reawaken, "2027-01-01", false},
		{funnel.ReasonCompetitor, funnel.Reopen, "2027-01-01", false},
	} {
		pos := with(at(funnel.Recycled), func(p *funnel.Position) { p.Reason, p.NotBefore = test.reason, on("", wait).Occurred })
		tr, err := policy.Move(pos, test.event, nil, on("ann", test.at))
		if (err == nil) != test.allowed {
			t.Errorf("%s by %s on %s: %v", test.reason, test.event, test.at, err)
		}
		if err == nil && (tr.Round != 2 || tr.To != funnel.MQL) {
			t.Errorf("%s by %s leads to %s, round %d", test.reason, test.event, tr.To, tr.Round)
		}
	}
}

// The round limit counts releases, and rejections that reroute cost none.
func TestRounds(t *testing.T) {
	policy := standard(t)
	pos := policy.Start("lead", on("web", "2026-01-01"))
	must := func(tr funnel.Transition, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		pos = funnel.Apply(pos, tr)
	}
	by := on("ann", "2026-01-01")
	must(policy.Move(pos, funnel.Qualify, nil, by))
	for round := 1; ; round++ {
		for range 3 {
			must(policy.Return(pos, funnel.Reject, funnel.ReasonNoCapacity, funnel.Feedback{}, nil, by))
		}
		must(policy.Return(pos, funnel.Reject, funnel.ReasonOther, funnel.Feedback{Note: "see me"}, nil, by))
		if pos.Round != round {
			t.Fatalf("round %d, want %d", pos.Round, round)
		}
		tr, err := policy.Move(pos, funnel.Reopen, nil, by)
		if err != nil {
			if round != 5 {
				t.Errorf("round %d: %v", round, err)
			}
			break
		}
		pos = funnel.Apply(pos, tr)
	}
}

// A position of an earlier version of the policy moves on under the new one.
func TestEarlierVersion(t *testing.T) {
	d := funnel.Standard()
	d.Version = 4
	policy, err := funnel.Compile[Lead](d)
	if err != nil {
		t.Fatal(err)
	}
	tr, err := policy.Move(at(funnel.MQL), funnel.Accept, nil, on("ann", "2026-02-01"))
	if err != nil || tr.PolicyVersion != 4 {
		t.Errorf("%+v, %v", tr, err)
	}
}

func TestRedact(t *testing.T) {
	policy := standard(t)
	by := on("ann", "2026-02-01")
	for _, reason := range policy.Definition().Reasons {
		for stage, back := range map[funnel.Stage]funnel.Return{funnel.SAL: funnel.Recycle, funnel.SQL: funnel.Disqualify} {
			f := feedback(reason)
			f.Note = "Jane said so"
			tr, err := policy.Return(at(stage), back, reason.Code, f, nil, by)
			if err != nil {
				continue
			}
			got := policy.Redact(tr)
			if got.Feedback.Note != "" {
				t.Errorf("%s: the note stays", reason.Code)
			}
			for _, field := range reason.Fields {
				_, kept := got.Feedback.Fields[field.Name]
				if personal := field.Type == funnel.FieldText || field.Type == funnel.FieldID; kept == personal {
					t.Errorf("%s: %s of type %s kept: %v", reason.Code, field.Name, field.Type, kept)
				}
			}
			got.Feedback, got.Redacted = tr.Feedback, false
			if diff := cmp.Diff(tr, got); diff != "" {
				t.Errorf("%s: more was lost:\n%s", reason.Code, diff)
			}
			if tr.Feedback.Note == "" {
				t.Error("the original was changed")
			}
		}
	}
	unknown := funnel.Transition{Return: "x", Reason: "retired", Feedback: funnel.Feedback{Fields: map[string]string{"name": "Jane"}}}
	if got := policy.Redact(unknown); got.Feedback.Fields != nil {
		t.Errorf("a field that nobody knows stays: %v", got)
	}
	event := funnel.Transition{Event: funnel.Accept}
	if got := policy.Redact(event); got.Redacted {
		t.Error("an event has nothing to redact")
	}
}

// What Reason and Definition answer can be changed without changing the policy.
func TestCopies(t *testing.T) {
	d := funnel.Standard()
	policy, err := funnel.Compile[Lead](d)
	if err != nil {
		t.Fatal(err)
	}
	d.Edges[0].To, d.Reasons[0].Fields[0].Name, d.Returns[0].Dispositions[0] = "x", "x", "x"
	reason, ok := policy.Reason(funnel.ReasonTiming)
	if !ok || reason.ReEntry.LeadDays != 14 {
		t.Fatalf("timing is %+v", reason)
	}
	reason.Fields[0].Name = "x"
	policy.Definition().Reasons[0].Fields[0].Name = "x"
	if diff := cmp.Diff(funnel.Standard(), policy.Definition()); diff != "" {
		t.Errorf("the policy changed:\n%s", diff)
	}
	if _, ok := policy.Reason("x"); ok {
		t.Error("x is no reason")
	}
}

// A funnel of many stages, where they are no longer found by a search.
func TestManyStages(t *testing.T) {
	d := funnel.Definition{Name: "many", Version: 1, Initial: "s0"}
	for i := range 300 {
		d.Stages = append(d.Stages, funnel.StageDefinition{Name: funnel.Stage(fmt.Sprint("s", i)), Kind: funnel.KindInventory, Order: i + 1})
		if i > 0 {
			d.Edges = append(d.Edges, funnel.Edge{From: d.Stages[i-1].Name, On: "next", To: d.Stages[i].Name})
		}
	}
	policy, err := funnel.Compile[Lead](d)
	if err != nil {
		t.Fatal(err)
	}
	pos, by := policy.Start("lead", on("a", "2026-01-01")), on("a", "2026-01-02")
	for range 299 {
		tr, err := policy.Move(pos, "next", nil, by)
		if err != nil {
			t.Fatal(err)
		}
		pos = funnel.Apply(pos, tr)
	}
	if pos.Stage != "s299" || pos.Version != 299 {
		t.Errorf("ended at %+v", pos)
	}
	pos.Stage = "s300"
	if _, err := policy.Move(pos, "next", nil, by); !errors.Is(err, funnel.ErrUnknownStage) {
		t.Errorf("got %v", err)
	}
}

// Mistakes don't multiply: a list of the same stage and edge over and over is answered at once.
func TestManyMistakes(t *testing.T) {
	var d funnel.Definition
	for range 3000 {
		d.Stages = append(d.Stages, funnel.StageDefinition{Name: "x", Order: 1})
		d.Edges = append(d.Edges, funnel.Edge{From: "x", On: "y", To: "x", Release: "z"})
	}
	_, err := funnel.Compile[Lead](d)
	if n := len(err.(interface{ Unwrap() []error }).Unwrap()); n > 10*3000 {
		t.Errorf("%d mistakes", n)
	}
}

// What is stored and read again equals what was decided, whether no field is a nil map or an empty one.
func TestTransitionSurvivesJSON(t *testing.T) {
	policy := standard(t)
	pos := policy.Start("lead", on("a", "2026-01-01"))
	pos.Stage = funnel.SAL
	for _, fields := range []map[string]string{nil, {}, {"budget_date": "2027-02-28"}} {
		tr, err := policy.Return(pos, funnel.Recycle, funnel.ReasonNoBudget, funnel.Feedback{Fields: fields}, nil, on("a", "2026-01-02"))
		if err != nil {
			t.Fatal(err)
		}
		written, err := json.Marshal(tr)
		if err != nil {
			t.Fatal(err)
		}
		var back funnel.Transition
		if err := json.Unmarshal(written, &back); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tr, back); diff != "" {
			t.Errorf("%v after JSON:\n%s", fields, diff)
		}
	}
}
