package handoff_test

import (
	"fmt"
	"log"
	"os"
	"strings"
	"time"
	_ "time/tzdata"

	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/handoff"
)

// One lead's life at the desk: offered on a Friday evening, accepted on Monday, recycled until June.
func Example() {
	data, err := os.ReadFile("testdata/agreement.json")
	if err != nil {
		log.Fatal(err)
	}
	agreement, err := handoff.Parse(data)
	if err != nil {
		log.Fatal(err)
	}
	policy, err := funnel.Compile[Lead](funnel.Standard())
	if err != nil {
		log.Fatal(err)
	}
	desk, err := handoff.Compile(agreement, policy, time.LoadLocation)
	if err != nil {
		log.Fatal(err)
	}

	var c handoff.Case          // what the host stores of a lead
	var history []handoff.Event // and its log
	lead := Lead{Grade: "A1"}   // the host's view of it
	give := func(now string, cmd handoff.Command) {
		t, _ := time.Parse(time.RFC3339, now)
		decision, err := desk.Decide(c, cmd, &lead, t)
		if err != nil {
			fmt.Println(err)
			return
		}
		for _, e := range decision.Events {
			c = handoff.Apply(c, e)
			history = append(history, e)
			fmt.Printf("%d %s: %s, owner %q\n", e.Version, e.Kind, c.Stage, c.Owner)
		}
		for _, e := range decision.Effects {
			fmt.Println(strings.TrimSpace(fmt.Sprintf("%s %s %s%s", e.Key, e.Kind, e.To, e.Track)))
		}
	}
	by := func(actor string) handoff.By { return handoff.By{Actor: actor, Version: c.Version} }

	give("2026-01-09T15:00:00Z", handoff.Register{By: by("form"), ID: "l1"})
	give("2026-01-09T15:30:00Z", handoff.Offer{By: by("scoring"), Packet: handoff.Packet{Rating: handoff.Rating{Grade: lead.Grade}}})
	fmt.Println("to be answered until", c.Deadlines.Accept.MetUntil.Format(time.RFC1123))
	give("2026-01-12T13:00:00Z", handoff.Accept{By: by("anna")})
	give("2026-01-12T13:20:00Z", handoff.Attempt{By: by("anna"), Reached: true})
	give("2026-01-15T09:00:00Z", handoff.Recycle{By: by("anna"), Reason: "timing", Feedback: funnel.Feedback{
		Note: "call me in June", Fields: map[string]string{"revisit_at": "2026-06-01"},
	}})
	give("2026-02-02T09:00:00Z", handoff.Offer{By: by("scoring")})
	give("2026-05-18T00:00:00Z", handoff.Tick{})

	report := handoff.NewReport(c.Last)
	report.Add(history)
	fmt.Println("accepted", report.Result().Acceptance)
	// Output:
	// 1 registered: inquiry, owner ""
	// l1/1/0 start_nurture general
	// 2 moved: mql, owner ""
	// 3 offered: mql, owner "anna"
	// l1/2/0 stop_nurture general
	// l1/3/0 assign anna
	// to be answered until Mon, 12 Jan 2026 15:30:00 UTC
	// 4 warned: mql, owner "anna"
	// 5 accepted: sal, owner "anna"
	// l1/4/0 remind anna
	// l1/5/0 ask_feedback anna
	// 6 attempted: sal, owner "anna"
	// 7 moved: recycled, owner ""
	// l1/7/0 release anna
	// l1/7/1 rescore
	// l1/7/2 start_nurture long_term
	// funnel: "requalify" at stage "recycled": cooling down until 2026-05-18T00:00:00Z; try again then
	// 8 woken: recycled, owner ""
	// l1/8/0 offer_again
	// accepted 1/1 (100.0 %)
}
