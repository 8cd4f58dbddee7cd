package learn_test

import (
	"fmt"
	"log"

	"github.com/leadloop/leadloop/scoring"
	"github.com/leadloop/leadloop/scoring/learn"
)

// From leads with a known outcome to a model with points, without a rule to start from.
func ExampleInduce() {
	type closed struct {
		lead scoring.Record
		won  bool
	}
	var leads []closed // here made up: large companies from trade fairs are won more often
	for i := range 400 {
		employees, source := i*7%400, []string{"web", "fair"}[i/2%2]
		lead := scoring.Record{"Source": source}
		if i%10 > 0 {
			lead["Employees"] = employees
		}
		score := i * 37 % 100
		leads = append(leads, closed{lead, employees >= 150 && score < 60 || source == "fair" && score < 40})
	}

	table, err := learn.NewTable([]learn.Column{{Name: "Source", Type: scoring.Text}, {Name: "Employees", Type: scoring.Integer}})
	if err != nil {
		log.Fatal(err)
	}
	for _, l := range leads {
		if err := table.Add(l.lead, l.won); err != nil {
			log.Fatal(err)
		}
	}
	induction, err := learn.Induce(table, learn.InduceOptions{Name: "won", Trends: map[string]learn.Trend{"Employees": learn.Rising}})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print(induction)

	// The draft is an ordinary model. Its hits, with the outcomes, are what points are learned from.
	scorer, err := scoring.Compile[scoring.Record, struct{}](induction.Model)
	if err != nil {
		log.Fatal(err)
	}
	sample, err := learn.NewSample(induction.Model)
	if err != nil {
		log.Fatal(err)
	}
	for _, l := range leads {
		score := scorer.Score(scoring.Subject[scoring.Record, struct{}]{Lead: &l.lead}, noon)
		outcome := learn.Outcome{Hits: score.Hits(), Accepted: learn.Negative}
		if l.won {
			outcome.Accepted = learn.Positive
		}
		if err := sample.Add(outcome); err != nil {
			log.Fatal(err)
		}
	}
	fit, err := sample.Fit(learn.Options{Target: learn.Acceptance})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println()
	for _, term := range fit.Terms {
		if term.Learned {
			fmt.Printf("%s %s: %s points\n", term.Rule, term.Row, term.After)
		}
	}
	// Output:
	// 400 leads, base rate 180/400 45.0 %
	//
	// Source: information value 0.092 (by chance 0.053), divergence 0.0115
	//   fair           200/400 50.0 %      105/200 52.5 %   +0.30
	//   web            200/400 50.0 %       75/200 37.5 %   -0.31
	//
	// Employees: information value 0.644 (by chance 0.081), divergence 0.0777
	//   below 149      134/400 33.5 %       26/134 19.4 %   -1.21
	//   from 149       226/400 56.5 %      137/226 60.6 %   +0.63
	//   missing         40/400 10.0 %        17/40 42.5 %   -0.09
	//
	// lead/Source values[0]: 8 points
	// lead/Source values[1]: -10 points
	// lead/Employees ranges[0]: -25 points
	// lead/Employees ranges[1]: 23 points
	// lead/Employees missing: 2 points
}
