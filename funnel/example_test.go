package funnel_test

import (
	"errors"
	"fmt"
	"time"

	"github.com/leadloop/leadloop/funnel"
)

// Lead is what this host shows to guards and conditions.
type Lead struct {
	Grade   string
	Country string
	Consent bool
}

func on(actor, date string) funnel.By {
	at, err := time.Parse(time.DateOnly, date)
	if err != nil {
		panic(err)
	}
	return funnel.By{Actor: actor, Occurred: at}
}

// The loop of one lead: sales accepts it, learns that there is no budget before April, and gives it back; in April it is
// offered again.
func Example() {
	policy, err := funnel.Compile[Lead](funnel.Standard())
	if err != nil {
		panic(err)
	}
	lead := Lead{Grade: "A1", Consent: true}

	pos := policy.Start("lead-17", on("web", "2026-01-05"))
	var log []funnel.Transition
	move := func(event funnel.Event, by funnel.By) {
		tr, err := policy.Move(pos, event, &lead, by)
		if err != nil {
			fmt.Println(err)
			return
		}
		log = append(log, tr)       // the host appends the event, if the stored version is still tr.Version-1,
		pos = funnel.Apply(pos, tr) // and stores the position
		fmt.Printf("%s → %s, round %d\n", tr.From, tr.To, tr.Round)
	}

	move(funnel.Qualify, on("scoring", "2026-01-12"))
	move(funnel.Accept, on("ann", "2026-01-13"))

	back, err := policy.Return(pos, funnel.Recycle, funnel.ReasonNoBudget, funnel.Feedback{
		Note:   "likes it; budget comes with the new fiscal year",
		Fields: map[string]string{"budget_date": "2026-04-01"},
	}, &lead, on("ann", "2026-01-20"))
	if err != nil {
		panic(err)
	}
	log = append(log, back)
	pos = funnel.Apply(pos, back)
	fmt.Printf("%s → %s because of %s\n", back.From, back.To, back.Reason)

	move(funnel.Requalify, on("scoring", "2026-02-01"))
	move(funnel.Requalify, on("scoring", "2026-04-01"))

	replayed, err := policy.Replay(log)
	fmt.Println(replayed == pos, err)
	// Output:
	// inquiry → mql, round 1
	// mql → sal, round 1
	// sal → recycled because of no_budget
	// funnel: "requalify" at stage "recycled": cooling down until 2026-04-01T00:00:00Z; try again then
	// recycled → mql, round 2
	// true <nil>
}

// What sales reads when something is not possible.
func ExampleRefusal() {
	policy, err := funnel.Compile[Lead](funnel.Standard())
	if err != nil {
		panic(err)
	}
	by := on("ann", "2026-01-05")
	pos := policy.Start("lead-17", by)

	_, err = policy.Move(pos, funnel.Accept, nil, by)
	fmt.Println(err)

	pos.Stage = funnel.MQL
	_, err = policy.Return(pos, funnel.Reject, "no_budget", funnel.Feedback{}, nil, by)
	fmt.Println(errors.Is(err, funnel.ErrReasonNotAllowed))

	pos.Stage = funnel.SAL
	_, err = policy.Return(pos, funnel.Recycle, "no_buget", funnel.Feedback{}, nil, by)
	fmt.Println(err)

	_, err = policy.Return(pos, funnel.Recycle, "timing", funnel.Feedback{}, nil, by)
	fmt.Println(err)

	var refusal *funnel.Refusal
	if errors.As(err, &refusal) {
		fmt.Println("please fill in", refusal.Field)
	}
	// Output:
	// funnel: "accept" at stage "inquiry": not permitted here; possible are "qualify", "disqualify" (with a reason)
	// true
	// funnel: "recycle" at stage "sal": unknown reason "no_buget", did you mean "no_budget"?
	// funnel: "recycle" at stage "sal": reason "timing" owes the field "revisit_at" (a date such as 2026-03-01)
	// please fill in revisit_at
}

// A funnel of one's own, with a condition over the lead's fields and a guard in Go.
func ExampleParse() {
	definition, err := funnel.Parse([]byte(`{
		"name": "trial", "version": 3, "initial": "signed_up", "max_rounds": 2,
		"stages": [
			{"name": "signed_up", "kind": "inventory", "phase": "awareness", "order": 1},
			{"name": "demo", "kind": "sla", "phase": "consideration", "order": 2},
			{"name": "customer", "kind": "won", "phase": "decision", "order": 3},
			{"name": "later", "kind": "detour"}
		],
		"edges": [
			{"from": "signed_up", "on": "book", "to": "demo", "when": "Grade in [\"A1\", \"A2\"]", "guards": ["consent"]},
			{"from": "demo", "on": "buy", "to": "customer"},
			{"from": "later", "on": "again", "to": "demo", "release": "cool_down"}
		],
		"returns": [
			{"from": "demo", "on": "postpone", "dispositions": ["defer"], "to": "later"}
		],
		"reasons": [
			{"code": "busy", "class": "qualification", "before_contact": false, "disposition": "defer", "track": "",
			 "cool_down_days": 14, "fields": [], "adjust": [], "at_fault": "none",
			 "re_entry": {"when": "cool_down", "needs": "none"}}
		]
	}`))
	if err != nil {
		panic(err)
	}
	policy, err := funnel.Compile(definition, funnel.Guard[Lead]{Name: "consent", Check: func(lead *Lead, _ time.Time) error {
		if !lead.Consent {
			return errors.New("the lead has not agreed to be called")
		}
		return nil
	}})
	if err != nil {
		panic(err)
	}

	by := on("web", "2026-01-05")
	pos := policy.Start("lead-17", by)
	for _, lead := range []Lead{{Grade: "A1"}, {Grade: "C4", Consent: true}, {Grade: "A1", Consent: true}} {
		tr, err := policy.Move(pos, "book", &lead, by)
		fmt.Println(tr.To, err)
	}
	// Output:
	// funnel: "book" at stage "signed_up": guard "consent" said no: the lead has not agreed to be called
	//  funnel: "book" at stage "signed_up": guard "Grade in [\"A1\", \"A2\"]" said no: the condition does not hold
	// demo <nil>
}
