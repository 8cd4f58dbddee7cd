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
	evidence := learn.NewEvidence(model)
	add := func(n int, o learn.Outcome) {
		for range n {
			if err := evidence.Add(o); err != nil {
				fmt.Println(err)
			}
		}
	}
	add(40, learn.Outcome{Hits: []string{"fit/asked for a demo"}, Accepted: learn.Positive})
	add(10, learn.Outcome{Hits: []string{"fit/asked for a demo"}, Accepted: learn.Negative, Reason: "no_capacity"})
	add(5, learn.Outcome{Hits: []string{"fit/free mail"}, Accepted: learn.Positive})
	add(25, learn.Outcome{Hits: []string{"fit/free mail"}, Accepted: learn.Negative, Reason: "student_or_researcher"})
	add(7, learn.Outcome{Hits: []string{"fit/free mail"}}) // offered, not answered yet: no judgement

	fmt.Print(evidence.Report(learn.Acceptance))
	fmt.Println("most frequent reason:", evidence.Reasons()[0].Reason)
	// Output:
	// b2b version 3, acceptance: base rate 45/80 56.2 %
	// rule                    points           support         precision   lift  finding
	// fit/asked for a demo        20      50/80 62.5 %      40/50 80.0 %   1.42  supported
	// fit/free mail                5      30/80 37.5 %       5/30 16.7 %   0.30  contradicted
	// most frequent reason: student_or_researcher
}
