package learn_test

import (
	"fmt"

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
