package funnel_test

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/leadloop/leadloop/funnel"
)

// with changes a copy of a position.
func with(pos funnel.Position, change func(*funnel.Position)) funnel.Position {
	change(&pos)
	return pos
}

// Every kind of refusal: what causes it, what its fields say, what its text says.
func TestRefusals(t *testing.T) {
	definition := funnel.Standard()
	definition.Edges[1].Guards = []string{"consent"}   // accept
	definition.Edges[2].When = `Grade == "A1"`         // sales_qualify
	definition.Edges[3].When = `7 % len(Country) == 0` // open: fails without a country
	notYet := errors.New("no consent yet")
	policy, err := funnel.Compile(definition, funnel.Guard[Lead]{Name: "consent", Check: func(lead *Lead, _ time.Time) error {
		if lead.Consent {
			return nil
		}
		return notYet
	}})
	if err != nil {
		t.Fatal(err)
	}
	lead := &Lead{}
	feb := on("ann", "2026-02-01")
	move := func(pos funnel.Position, event funnel.Event, lead *Lead, by funnel.By) func() (funnel.Transition, error) {
		return func() (funnel.Transition, error) { return policy.Move(pos, event, lead, by) }
	}
	back := func(stage funnel.Stage, on funnel.Return, reason funnel.Reason, f funnel.Feedback, by funnel.By) func() (funnel.Transition, error) {
		return func() (funnel.Transition, error) { return policy.Return(at(stage), on, reason, f, nil, by) }
	}
	fields := func(pairs ...string) funnel.Feedback {
		f := funnel.Feedback{Fields: map[string]string{}}
		for i := 0; i < len(pairs); i += 2 {
			f.Fields[pairs[i]] = pairs[i+1]
		}
		return f
	}
	recycled := func(reason funnel.Reason, notBefore string) funnel.Position {
		return with(at(funnel.Recycled), func(p *funnel.Position) {
			p.Reason, p.NotBefore = reason, on("", notBefore).Occurred
		})
	}
	jan := on("", "2026-01-01").Occurred

	for _, test := range []struct {
		name string
		do   func() (funnel.Transition, error)
		kind error
		want funnel.Refusal // but for Kind, ID, Stage, Event, Return and Round
		text string
	}{
		{"event elsewhere", move(at(funnel.Inquiry), funnel.Win, lead, feb), funnel.ErrNotPermitted, funnel.Refusal{}, `possible are "qualify"`},
		{"event at the end", move(at(funnel.Won), funnel.Win, lead, feb), funnel.ErrNotPermitted, funnel.Refusal{}, "nothing leads on from here"},
		{"event that is a return", move(at(funnel.MQL), "reject", lead, feb), funnel.ErrNotPermitted, funnel.Refusal{}, `"reject" (with a reason)`},
		{"return elsewhere", back(funnel.SAL, funnel.Lose, funnel.ReasonPrice, funnel.Feedback{}, feb), funnel.ErrNotPermitted, funnel.Refusal{Reason: funnel.ReasonPrice}, "not permitted here"},
		{"return elsewhere, no reason", back(funnel.SAL, funnel.Lose, "", funnel.Feedback{}, feb), funnel.ErrNotPermitted, funnel.Refusal{}, "not permitted here"},
		{"return that is an event", back(funnel.SAL, "sales_qualify", funnel.ReasonPrice, funnel.Feedback{}, feb), funnel.ErrNotPermitted, funnel.Refusal{Reason: funnel.ReasonPrice}, "not permitted here"},

		{"guard", move(at(funnel.MQL), funnel.Accept, lead, feb), funnel.ErrGuard, funnel.Refusal{Guard: "consent", Cause: notYet}, `guard "consent" said no: no consent yet`},
		{"condition", move(at(funnel.SAL), funnel.SalesQualify, lead, feb), funnel.ErrGuard, funnel.Refusal{Guard: `Grade == "A1"`}, "the condition does not hold"},
		{"guard without lead", move(at(funnel.MQL), funnel.Accept, nil, feb), funnel.ErrLeadMissing, funnel.Refusal{Guard: "consent"}, "needs the lead"},
		{"condition without lead", move(at(funnel.SAL), funnel.SalesQualify, nil, feb), funnel.ErrLeadMissing, funnel.Refusal{Guard: `Grade == "A1"`}, "needs the lead"},

		{"no reason", back(funnel.MQL, funnel.Reject, "", funnel.Feedback{}, feb), funnel.ErrReasonMissing, funnel.Refusal{}, "allowed here are misrouted, duplicate, opportunity_in_progress"},
		{"unknown reason", back(funnel.MQL, funnel.Reject, "spam", funnel.Feedback{}, feb), funnel.ErrReasonUnknown, funnel.Refusal{Reason: "spam"}, `unknown reason "spam"`},
		{"only after contact", back(funnel.MQL, funnel.Reject, funnel.ReasonPrice, funnel.Feedback{}, feb), funnel.ErrReasonNotAllowed, funnel.Refusal{Reason: funnel.ReasonPrice}, "allowed are misrouted"},
		{"other disposition", back(funnel.SAL, funnel.Disqualify, funnel.ReasonPrice, funnel.Feedback{}, feb), funnel.ErrReasonNotAllowed, funnel.Refusal{Reason: funnel.ReasonPrice}, "is not allowed here"},

		{"field missing", back(funnel.SAL, funnel.Recycle, funnel.ReasonTiming, funnel.Feedback{}, feb), funnel.ErrFieldMissing, funnel.Refusal{Reason: funnel.ReasonTiming, Field: "revisit_at"}, "owes the field"},
		{"field empty", back(funnel.SAL, funnel.Recycle, funnel.ReasonTiming, fields("revisit_at", ""), feb), funnel.ErrFieldMissing, funnel.Refusal{Reason: funnel.ReasonTiming, Field: "revisit_at"}, "owes the field"},
		{"date", back(funnel.SAL, funnel.Recycle, funnel.ReasonTiming, fields("revisit_at", "March"), feb), funnel.ErrFieldInvalid, funnel.Refusal{Reason: funnel.ReasonTiming, Field: "revisit_at"}, "a date such as"},
		{"optional date", back(funnel.SAL, funnel.Recycle, funnel.ReasonNoBudget, fields("budget_date", "2026-02-30"), feb), funnel.ErrFieldInvalid, funnel.Refusal{Reason: funnel.ReasonNoBudget, Field: "budget_date"}, "a date such as"},
		{"text", back(funnel.MQL, funnel.Reject, funnel.ReasonMisrouted, fields("suggested_queue", " \t"), feb), funnel.ErrFieldInvalid, funnel.Refusal{Reason: funnel.ReasonMisrouted, Field: "suggested_queue"}, "not blank"},
		{"text in another code", back(funnel.MQL, funnel.Reject, funnel.ReasonMisrouted, fields("suggested_queue", "\xff"), feb), funnel.ErrFieldInvalid, funnel.Refusal{Reason: funnel.ReasonMisrouted, Field: "suggested_queue"}, "not blank"},
		{"id", back(funnel.MQL, funnel.Reject, funnel.ReasonDuplicate, fields("survivor_id", "a b"), feb), funnel.ErrFieldInvalid, funnel.Refusal{Reason: funnel.ReasonDuplicate, Field: "survivor_id"}, "without spaces"},
		{"time", back(funnel.MQL, funnel.Reject, funnel.ReasonDoNotContact, fields("requested_at", "2026-01-02"), feb), funnel.ErrFieldInvalid, funnel.Refusal{Reason: funnel.ReasonDoNotContact, Field: "requested_at"}, "a time such as"},
		{"hour of one digit", back(funnel.MQL, funnel.Reject, funnel.ReasonDoNotContact, fields("requested_at", "2026-01-02T9:00:00Z"), feb), funnel.ErrFieldInvalid, funnel.Refusal{Reason: funnel.ReasonDoNotContact, Field: "requested_at"}, "a time such as"},
		{"comma in a time", back(funnel.MQL, funnel.Reject, funnel.ReasonDoNotContact, fields("requested_at", "2026-01-02T09:00:00,5Z"), feb), funnel.ErrFieldInvalid, funnel.Refusal{Reason: funnel.ReasonDoNotContact, Field: "requested_at"}, "a time such as"},
		{"zone beyond a day", back(funnel.MQL, funnel.Reject, funnel.ReasonDoNotContact, fields("requested_at", "2026-01-02T09:00:00+24:00"), feb), funnel.ErrFieldInvalid, funnel.Refusal{Reason: funnel.ReasonDoNotContact, Field: "requested_at"}, "a time such as"},
		{"list", back(funnel.MQL, funnel.Reject, funnel.ReasonInsufficientData, fields("missing_fields", "a,,b"), feb), funnel.ErrFieldInvalid, funnel.Refusal{Reason: funnel.ReasonInsufficientData, Field: "missing_fields"}, "separated by commas"},
		{"money", back(funnel.SAL, funnel.Recycle, funnel.ReasonPrice, fields("expected_price", "12.50"), feb), funnel.ErrFieldInvalid, funnel.Refusal{Reason: funnel.ReasonPrice, Field: "expected_price"}, "minor units"},
		{"note", back(funnel.SAL, funnel.Recycle, funnel.ReasonPrice, funnel.Feedback{Note: "\xff"}, feb), funnel.ErrFieldInvalid, funnel.Refusal{Reason: funnel.ReasonPrice, Field: "note"}, "not blank"},
		{"field unknown", back(funnel.SAL, funnel.Recycle, funnel.ReasonPrice, fields("zzz", "1", "yyy", "2", "expected_price", "1"), feb), funnel.ErrFieldUnknown, funnel.Refusal{Reason: funnel.ReasonPrice, Field: "yyy"}, "it has expected_price"},
		{"field unknown, none known", back(funnel.SAL, funnel.Recycle, funnel.ReasonNoNeed, fields("yyy", "2"), feb), funnel.ErrFieldUnknown, funnel.Refusal{Reason: funnel.ReasonNoNeed, Field: "yyy"}, "it has none"},

		{"too early", move(recycled(funnel.ReasonBelowThreshold, "2026-02-02"), funnel.Requalify, nil, feb), funnel.ErrCoolingDown, funnel.Refusal{Reason: funnel.ReasonBelowThreshold, Until: on("", "2026-02-02").Occurred}, "cooling down until 2026-02-02T00:00:00Z"},
		{"high intent, no bypass", move(recycled(funnel.ReasonBelowThreshold, "2026-02-02"), funnel.Reawaken, nil, feb), funnel.ErrCoolingDown, funnel.Refusal{Reason: funnel.ReasonBelowThreshold, Until: on("", "2026-02-02").Occurred}, "cooling down"},
		{"manual", move(recycled(funnel.ReasonProductGap, "2026-01-01"), funnel.Requalify, nil, feb), funnel.ErrReEntry, funnel.Refusal{Reason: funnel.ReasonProductGap}, `use "reopen"`},
		{"manual, high intent", move(recycled(funnel.ReasonProductGap, "2026-01-01"), funnel.Reawaken, nil, feb), funnel.ErrReEntry, funnel.Refusal{Reason: funnel.ReasonProductGap}, `use "reopen"`},
		{"never", move(recycled(funnel.ReasonCompetitor, "2026-01-01"), funnel.Reopen, nil, feb), funnel.ErrReEntry, funnel.Refusal{Reason: funnel.ReasonCompetitor}, "never comes back"},
		{"no reason in the position", move(recycled("", "2026-01-01"), funnel.Requalify, nil, feb), funnel.ErrReasonMissing, funnel.Refusal{}, "set the one that applies"},
		{"strange reason in the position", move(recycled("no_bugdet", "2026-01-01"), funnel.Requalify, nil, feb), funnel.ErrReasonUnknown, funnel.Refusal{Reason: "no_bugdet"}, `did you mean "no_budget"`},
		{"rounds", move(with(recycled(funnel.ReasonNoNeed, "2026-01-01"), func(p *funnel.Position) { p.Round = 5 }), funnel.Reopen, nil, feb), funnel.ErrTooManyRounds, funnel.Refusal{Reason: funnel.ReasonNoNeed}, "round 5 of at most 5"},

		{"no time", move(at(funnel.Inquiry), funnel.Qualify, nil, funnel.By{}), funnel.ErrTimeInvalid, funnel.Refusal{Field: "Occurred"}, "By.Occurred must be set"},
		{"far future", move(at(funnel.Inquiry), funnel.Qualify, nil, funnel.By{Occurred: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)}), funnel.ErrTimeInvalid, funnel.Refusal{Field: "Occurred"}, "between the years"},
		{"recorded far future", move(at(funnel.Inquiry), funnel.Qualify, nil, funnel.By{Occurred: jan, Recorded: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)}), funnel.ErrTimeInvalid, funnel.Refusal{Field: "Recorded"}, "By.Recorded"},
		{"before", move(at(funnel.Inquiry), funnel.Qualify, nil, funnel.By{Occurred: jan.Add(-1)}), funnel.ErrTimeBackwards, funnel.Refusal{Field: "Occurred", Until: jan}, "must not be before 2026-01-01T00:00:00Z"},
		{"return before", back(funnel.SAL, funnel.Recycle, funnel.ReasonNoNeed, funnel.Feedback{}, funnel.By{Occurred: jan.Add(-1)}), funnel.ErrTimeBackwards, funnel.Refusal{Reason: funnel.ReasonNoNeed, Field: "Occurred", Until: jan}, "must not be before"},
		{"recorded before it occurred", move(at(funnel.Inquiry), funnel.Qualify, nil, funnel.By{Occurred: jan.Add(1), Recorded: jan}), funnel.ErrTimeBackwards, funnel.Refusal{Field: "Recorded", Until: jan.Add(1)}, "By.Recorded must not be before 2026-01-01T00:00:00.000000001Z"},

		{"stage", move(at("mqls"), funnel.Accept, lead, feb), funnel.ErrUnknownStage, funnel.Refusal{}, "it has inquiry, mql,"},
		{"return, stage", back("mqls", funnel.Reject, funnel.ReasonOther, funnel.Feedback{}, feb), funnel.ErrUnknownStage, funnel.Refusal{}, "it has inquiry, mql,"},
		{"policy", move(with(at(funnel.MQL), func(p *funnel.Position) { p.Policy = "trial" }), funnel.Accept, lead, feb), funnel.ErrWrongPolicy, funnel.Refusal{}, `not to "standard"`},
		{"empty row", move(funnel.Position{}, funnel.Accept, lead, feb), funnel.ErrWrongPolicy, funnel.Refusal{}, "another policy"},
		{"later version", move(with(at(funnel.MQL), func(p *funnel.Position) { p.PolicyVersion = 2 }), funnel.Accept, lead, feb), funnel.ErrPolicyVersion, funnel.Refusal{}, "later than this one, 1"},
		{"version of the policy", move(with(at(funnel.MQL), func(p *funnel.Position) { p.PolicyVersion = 0 }), funnel.Accept, lead, feb), funnel.ErrPosition, funnel.Refusal{Field: "policy_version"}, "policy_version is impossible"},
		{"id", move(with(at(funnel.MQL), func(p *funnel.Position) { p.ID = "" }), funnel.Accept, lead, feb), funnel.ErrPosition, funnel.Refusal{Field: "id"}, "id is impossible"},
		{"round 0", move(with(at(funnel.MQL), func(p *funnel.Position) { p.Round = 0 }), funnel.Accept, lead, feb), funnel.ErrPosition, funnel.Refusal{Field: "round"}, "round is impossible"},
		{"huge round", move(with(at(funnel.MQL), func(p *funnel.Position) { p.Round = math.MaxInt }), funnel.Accept, lead, feb), funnel.ErrPosition, funnel.Refusal{Field: "round"}, "round is impossible"},
		{"negative version", move(with(at(funnel.MQL), func(p *funnel.Position) { p.Version = -1 }), funnel.Accept, lead, feb), funnel.ErrPosition, funnel.Refusal{Field: "version"}, "version is impossible"},
		{"last version", move(with(at(funnel.MQL), func(p *funnel.Position) { p.Version = math.MaxInt64 }), funnel.Accept, lead, feb), funnel.ErrPosition, funnel.Refusal{Field: "version"}, "version is impossible"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if test.name == "huge round" && strconv.IntSize == 32 {
				t.Skip("an int has no round too many")
			}
			tr, err := test.do()
			if !errors.Is(err, test.kind) {
				t.Fatalf("refused with %v, want %v", err, test.kind)
			}
			if diff := cmp.Diff(funnel.Transition{}, tr); diff != "" {
				t.Errorf("a transition was answered: %s", diff)
			}
			var got *funnel.Refusal
			if !errors.As(err, &got) {
				t.Fatalf("%T is no *Refusal", err)
			}
			if (got.Event == "") == (got.Return == "") {
				t.Errorf("event %q, return %q: want exactly one", got.Event, got.Return)
			}
			if got.Reason != test.want.Reason || got.Guard != test.want.Guard || got.Field != test.want.Field ||
				!got.Until.Equal(test.want.Until) || got.Cause != test.want.Cause {
				t.Errorf("got %+v", got)
			}
			if !strings.Contains(err.Error(), test.text) {
				t.Errorf("text %q lacks %q", err, test.text)
			}
			for _, other := range kinds {
				if other != test.kind && errors.Is(err, other) {
					t.Errorf("is also %v", other)
				}
			}
		})
	}

	// A condition that fails at run time says no, and says why.
	_, err = policy.Move(at(funnel.SQL), funnel.Open, lead, feb)
	var refusal *funnel.Refusal
	if !errors.As(err, &refusal) || refusal.Kind != funnel.ErrGuard || refusal.Cause == nil || !strings.Contains(err.Error(), refusal.Cause.Error()) {
		t.Errorf("a failing condition gives %v", err)
	}
	if _, err := policy.Move(at(funnel.SQL), funnel.Open, &Lead{Country: "FR"}, feb); !errors.Is(err, funnel.ErrGuard) {
		t.Errorf("7 %% 2 == 0 gives %v", err)
	}
	if _, err := policy.Move(at(funnel.SQL), funnel.Open, &Lead{Country: "F"}, feb); err != nil {
		t.Errorf("7 %% 1 == 0 gives %v", err)
	}
	if !errors.Is(errors.Join(errors.New("x"), &funnel.Refusal{Kind: funnel.ErrGuard, Cause: notYet}), notYet) {
		t.Error("the guard's own error is not found")
	}
	if got := (&funnel.Refusal{Kind: funnel.ErrGuard}).Error(); got != "funnel: a guard said no" {
		t.Errorf("a refusal made by hand prints %q", got)
	}
}

var kinds = []error{funnel.ErrNotPermitted, funnel.ErrGuard, funnel.ErrLeadMissing, funnel.ErrReasonMissing, funnel.ErrReasonUnknown,
	funnel.ErrReasonNotAllowed, funnel.ErrFieldMissing, funnel.ErrFieldInvalid, funnel.ErrFieldUnknown, funnel.ErrCoolingDown,
	funnel.ErrReEntry, funnel.ErrTooManyRounds, funnel.ErrTimeInvalid, funnel.ErrTimeBackwards, funnel.ErrUnknownStage,
	funnel.ErrWrongPolicy, funnel.ErrPolicyVersion, funnel.ErrPosition}

// A guard on a return is asked as well, and a stage without a manual way back says so.
func TestReturnGuard(t *testing.T) {
	d := funnel.Standard()
	d.Returns[3].Guards = []string{"manager"} // recycle from sal
	d.Edges = d.Edges[:7]                     // no reopen
	d.Returns = append(d.Returns, funnel.ReturnEdge{From: funnel.SAL, On: "hold", Dispositions: []funnel.Disposition{funnel.DispositionDefer}, To: funnel.SAL, BeforeContact: true})
	d.Reasons[4].BeforeContact = false // recently_contacted, the only one to defer
	policy, err := funnel.Compile(d, funnel.Guard[Lead]{Name: "manager", Check: func(lead *Lead, at time.Time) error {
		if at.Month() == time.February {
			return errors.New("not in February")
		}
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = policy.Return(at(funnel.SAL), funnel.Recycle, funnel.ReasonNoNeed, funnel.Feedback{}, &Lead{}, on("ann", "2026-02-01"))
	var refusal *funnel.Refusal
	if !errors.As(err, &refusal) || refusal.Kind != funnel.ErrGuard || refusal.Guard != "manager" || refusal.Return != funnel.Recycle || refusal.Reason != funnel.ReasonNoNeed {
		t.Errorf("got %v", err)
	}
	_, err = policy.Return(at(funnel.SAL), "hold", "", funnel.Feedback{}, nil, on("ann", "2026-03-01"))
	if err == nil || !strings.HasSuffix(err.Error(), "allowed here are none") {
		t.Errorf("got %v", err)
	}
	tr, err := policy.Return(at(funnel.SAL), funnel.Recycle, funnel.ReasonNoNeed, funnel.Feedback{}, &Lead{}, on("ann", "2026-03-01"))
	if err != nil || tr.To != funnel.Recycled {
		t.Errorf("got %v, %v", tr, err)
	}
	_, err = policy.Move(with(at(funnel.Recycled), func(p *funnel.Position) { p.Reason = funnel.ReasonOther }), funnel.Requalify, nil, on("ann", "2026-03-01"))
	if err == nil || !strings.Contains(err.Error(), "this stage has no event for that") {
		t.Errorf("got %v", err)
	}
}

// Feedback can be checked and redacted without a step.
func TestFeedbackWithoutAStep(t *testing.T) {
	policy, err := funnel.Compile[Lead](funnel.Standard())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		reason funnel.Reason
		fields map[string]string
		kind   error
		text   string
	}{
		{"timing", map[string]string{"revisit_at": "2026-03-01"}, nil, ""},
		{"timing", nil, funnel.ErrFieldMissing, `funnel: reason "timing" owes the field "revisit_at" (a date such as 2026-03-01)`},
		{"timing", map[string]string{"revisit_at": "in March"}, funnel.ErrFieldInvalid, `funnel: field "revisit_at" must be a date such as 2026-03-01`},
		{"no_need", map[string]string{"mood": "bad"}, funnel.ErrFieldUnknown, `funnel: reason "no_need" has no field "mood"`},
		{"timming", nil, funnel.ErrReasonUnknown, `funnel: unknown reason "timming", did you mean "timing"?`},
	} {
		err := policy.CheckFeedback(c.reason, funnel.Feedback{Fields: c.fields})
		if !errors.Is(err, c.kind) || err != nil && !strings.HasPrefix(err.Error(), c.text) {
			t.Errorf("%s %v: %v, want %s", c.reason, c.fields, err, c.text)
		}
	}
	got := policy.RedactFeedback("chose_competitor", funnel.Feedback{
		Note: "met Jane", Fields: map[string]string{"competitor": "Globex", "contract_end": "2027-01-31"},
	})
	if diff := cmp.Diff(funnel.Feedback{Fields: map[string]string{"contract_end": "2027-01-31"}}, got); diff != "" {
		t.Error(diff)
	}
}
