package funnel_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/leadloop/leadloop/funnel"
)

// The buttons of a page for a lead that sales has not yet accepted.
func ExamplePolicy_Permitted() {
	policy, err := funnel.Compile[Lead](funnel.Standard())
	if err != nil {
		panic(err)
	}
	pos := policy.Start("lead-17", on("web", "2026-01-05"))
	for _, option := range policy.Permitted(pos, &Lead{}, on("", "2026-02-01").Occurred) {
		switch {
		case errors.Is(option.Err, funnel.ErrNotPermitted):
		case option.Err != nil:
			fmt.Println(option.Event, option.Return, option.Err)
		case option.Event != "":
			fmt.Println(option.Event, "→", option.To)
		default:
			fmt.Println(option.Return, "with one of", len(option.Reasons), "reasons, such as", option.Reasons[0].Reason)
		}
	}
	// Output:
	// qualify → mql
	// disqualify with one of 11 reasons, such as duplicate
}

// The order is that of the definition.
func TestPermittedOrder(t *testing.T) {
	var got []string
	for _, option := range standard(t).Permitted(at(funnel.MQL), nil, on("", "2026-02-01").Occurred) {
		got = append(got, string(option.Event)+string(option.Return))
	}
	want := []string{"qualify", "accept", "sales_qualify", "open", "win", "requalify", "reawaken", "reopen",
		"reject", "recycle", "disqualify", "lose"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// It agrees with Move and with Return for every reason, on random definitions and positions, valid or not.
func TestPermittedAgrees(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	same := func(given, err error) bool {
		var got, want *funnel.Refusal
		if !errors.As(err, &want) {
			return given == nil && err == nil
		}
		return errors.As(given, &got) && got.Kind == want.Kind && got.Guard == want.Guard && got.Until.Equal(want.Until) && got.Reason == want.Reason &&
			got.Error() == want.Error()
	}
	yes, no := 0, map[error]int{}
	for range 1500 {
		d := randomDefinition(random)
		policy, err := funnel.Compile(d, consent())
		if err != nil {
			t.Fatal(err)
		}
		pos := policy.Start("lead", on("web", "2026-01-01"))
		pos.Stage, pos.Round = pick(random, d.Stages).Name, 1+random.IntN(3)
		pos.Reason, pos.NotBefore = pick(random, d.Reasons).Code, pos.Since.AddDate(0, 0, random.IntN(30))
		if random.IntN(10) == 0 {
			pos = corrupt(random, pos)
		}
		now := pos.Since.AddDate(0, 0, random.IntN(30)-1)
		lead := &Lead{Consent: random.IntN(2) == 0, Grade: pick(random, []string{"A1", "B2"})}
		if random.IntN(4) == 0 {
			lead = nil
		}
		by := funnel.By{Occurred: now}
		for _, option := range policy.Permitted(pos, lead, now) {
			if option.Event != "" {
				tr, err := policy.Move(pos, option.Event, lead, by)
				if !same(option.Err, err) || option.To != tr.To || option.Reasons != nil {
					t.Fatalf("%+v, want %v, %v", option, tr.To, err)
				}
			} else {
				open := false
				for _, choice := range option.Reasons {
					reason, _ := policy.Reason(choice.Reason)
					tr, err := policy.Return(pos, option.Return, choice.Reason, feedback(reason), lead, by)
					if !same(choice.Err, err) || err == nil && choice.To != tr.To {
						t.Fatalf("%+v, want %v, %v", choice, tr.To, err)
					}
					open = open || err == nil
				}
				listed := 0
				for _, reason := range d.Reasons {
					_, err := policy.Return(pos, option.Return, reason.Code, feedback(reason), &Lead{Consent: true, Grade: "A1"}, funnel.By{Occurred: pos.Since})
					if err == nil {
						listed++
					}
				}
				if listed != len(option.Reasons) || open != (option.Err == nil) {
					t.Fatalf("%+v: %d reasons are allowed", option, listed)
				}
			}
			if option.Err == nil {
				yes++
			} else {
				no[kindOf(option.Err)]++
			}
		}
	}
	for _, kind := range []error{funnel.ErrNotPermitted, funnel.ErrGuard, funnel.ErrLeadMissing, funnel.ErrCoolingDown, funnel.ErrReEntry,
		funnel.ErrTooManyRounds, funnel.ErrTimeBackwards, funnel.ErrUnknownStage, funnel.ErrWrongPolicy, funnel.ErrPosition} {
		if no[kind] < 20 {
			t.Errorf("%d times %v", no[kind], kind)
		}
	}
	if yes < 500 {
		t.Errorf("%d permitted", yes)
	}
}

func kindOf(err error) error {
	var refusal *funnel.Refusal
	errors.As(err, &refusal)
	return refusal.Kind
}

// A guard is asked once for each edge, and a return is open while one of its reasons is.
func TestPermittedGuards(t *testing.T) {
	d := funnel.Standard()
	d.Returns[1].Guards = []string{"count"} // reject to recycled
	d.Reasons = append(d.Reasons, funnel.ReasonDefinition{Code: "late", Class: funnel.ClassAny, Disposition: funnel.DispositionReroute,
		AtFault: funnel.SideNone, ReEntry: funnel.ReEntry{When: funnel.WhenAtOnce, Needs: funnel.NeedsNone}})
	d.Returns = append(d.Returns, funnel.ReturnEdge{From: funnel.Won, On: "churn", To: funnel.Lost, BeforeContact: true,
		Dispositions: []funnel.Disposition{funnel.DispositionReview}})
	d.Reasons[28].BeforeContact = false // other: the only one to review
	asked := 0
	policy, err := funnel.Compile(d, funnel.Guard[Lead]{Name: "count", Check: func(*Lead, time.Time) error { asked++; return errors.New("no") }})
	if err != nil {
		t.Fatal(err)
	}
	now := on("", "2026-02-01").Occurred
	reject := policy.Permitted(at(funnel.MQL), &Lead{}, now)[8]
	refused, refusal := 0, (*funnel.Refusal)(nil)
	for _, choice := range reject.Reasons {
		if choice.Err != nil {
			refused++
			if !errors.As(choice.Err, &refusal) || refusal.Guard != "count" || refusal.Reason != choice.Reason || choice.To != funnel.Recycled {
				t.Errorf("%+v", choice)
			}
		}
	}
	if asked != 1 || reject.Err != nil || refused != 4 { // recently_contacted, two of data, below_threshold
		t.Errorf("asked %d times, %d refused, %v", asked, refused, reject.Err)
	}
	options := policy.Permitted(at(funnel.Won), nil, now)
	if churn := options[len(options)-1]; churn.Return != "churn" || churn.Reasons != nil || !errors.Is(churn.Err, funnel.ErrReasonMissing) {
		t.Errorf("%+v", churn)
	}
}
