package learn_test

import (
	"fmt"
	"time"

	"github.com/leadloop/leadloop/scoring"
	"github.com/leadloop/leadloop/scoring/learn"
)

// Sales accepted most leads who asked for a demo and hardly any who were
// credited with a free mail address.
func Example() {
	model := scoring.Model{
		Schema: scoring.Schema, Name: "b2b", Version: 3,
		Dimensions: []scoring.Dimension{{Name: "fit", Rules: []scoring.Rule{
			{Name: "asked for a demo", When: "Demo", Points: 20 * scoring.Point},
			{Name: "free mail", When: "FreeMail", Points: 5 * scoring.Point},
		}}},
	}
	evidence, err := learn.NewEvidence(model)
	if err != nil {
		fmt.Println(err)
		return
	}
	add := func(n int, o learn.Outcome) {
		for range n {
			if err := evidence.Add(o); err != nil {
				fmt.Println(err)
			}
		}
	}
	add(36, learn.Outcome{Hits: []string{"fit/asked for a demo"}, Accepted: learn.Positive})
	add(14, learn.Outcome{Hits: []string{"fit/asked for a demo"}, Accepted: learn.Negative, Reason: "no_capacity"})
	add(9, learn.Outcome{Hits: []string{"fit/free mail"}, Accepted: learn.Positive})
	add(21, learn.Outcome{Hits: []string{"fit/free mail"}, Accepted: learn.Negative, Reason: "student_or_researcher"})
	add(7, learn.Outcome{Hits: []string{"fit/free mail"}}) // offered, not answered yet: no judgement

	fmt.Print(evidence.Report(learn.Acceptance))
	fmt.Println("most frequent reason:", evidence.Reasons()[0].Reason)
	// Output:
	// b2b version 3, acceptance: base rate 45/80 56.2 %
	// rule                    points           support         precision   lift  finding
	// fit/asked for a demo        20      50/80 62.5 %      36/50 72.0 %   1.28  supported
	// fit/free mail                5      30/80 37.5 %       9/30 30.0 %   0.53  contradicted
	// most frequent reason: student_or_researcher
}

// A year of answers says that free mail addresses are worth nothing, and that a demo is worth more than the
// experts gave for it. Marketing and sales read the proposal; whether to adopt it, the host asks them.
func ExamplePropose() {
	model := scoring.Model{
		Schema: scoring.Schema, Name: "b2b", Version: 3,
		Dimensions: []scoring.Dimension{{Name: "fit", Rules: []scoring.Rule{
			{Name: "asked for a demo", When: "Demo", Points: 10 * scoring.Point},
			{Name: "free mail", When: "FreeMail", Points: 10 * scoring.Point},
		}}},
	}
	sample, err := learn.NewSample(model)
	if err != nil {
		fmt.Println(err)
		return
	}
	start := time.Date(2026, time.January, 5, 0, 0, 0, 0, time.UTC)
	for i := range 900 {
		lead := learn.Outcome{Accepted: learn.Negative, Offered: start.AddDate(0, 0, i/3)}
		demo, freeMail := i%2 == 0, i%3 == 0
		if demo {
			lead.Hits = append(lead.Hits, "fit/asked for a demo=10")
		}
		if freeMail {
			lead.Hits = append(lead.Hits, "fit/free mail=10")
		}
		if i%5 < 1 || demo && i%5 < 4 && (!freeMail || i%4 < 2) {
			lead.Accepted = learn.Positive
		}
		if err := sample.Add(lead); err != nil {
			fmt.Println(err)
		}
	}
	proposal, err := learn.Propose(sample, learn.Options{Target: learn.Acceptance})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(proposal)
	// Output:
	// b2b version 4, acceptance: proposed from 900 outcomes, 405 of them positive
	// rule                             points             95 %         precision  reason
	// fit/asked for a demo            10 → 13      11.3 … 14.9    315/450 70.0 %  more often positive than the rest
	// fit/free mail                   10 → -4      -6.3 … -2.4    105/300 35.0 %  less often positive than the rest
	// backtest: learned from 630 outcomes until 2026-08-02, tested on 270 later ones
	//               log loss   Brier     AUC
	// base rate       0.6885  0.2477  0.5000
	// before          0.6500  0.2294  0.6545
	// after           0.5422  0.1786  0.7866
	// whole points cost 0.0003 of log loss; 4.1 points double the odds
}
