package learn_test

import (
	"fmt"

	"github.com/leadloop/leadloop/scoring/learn"
)

// Naive Bayes needs neither rules nor points: it counts what closed leads had.
func ExampleBayes() {
	bayes, err := learn.NewBayes([]learn.BayesField{{Name: "country"}, {Name: "source"}},
		learn.BayesStage{Name: "new"}, learn.BayesStage{Name: "offer"}, learn.BayesStage{Name: "won", Won: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, closed := range []struct {
		stage, country, source string
		outcome                learn.Verdict
	}{
		{"won", "DE", "fair", learn.Positive},
		{"won", "AT", "referral", learn.Positive},
		{"new", "DE", "mailing", learn.Negative},
		{"new", "US", "mailing", learn.Negative},
		{"offer", "US", "fair", learn.Negative},
	} {
		lead := learn.BayesLead{Team: "west", Stage: closed.stage, Values: []string{closed.country, closed.source}}
		if err := bayes.Add(lead, closed.outcome); err != nil {
			fmt.Println(err)
		}
	}
	prediction, err := bayes.Predict(learn.BayesLead{Team: "west", Stage: "offer", Values: []string{"DE", "mailing"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.2f %%\n", float64(prediction.BasisPoints)/100)
	for _, f := range prediction.For {
		fmt.Printf("+ %s %s\n", f.Field, f.Value)
	}
	for _, f := range prediction.Against {
		fmt.Printf("- %s %s\n", f.Field, f.Value)
	}
	// Output:
	// 15.76 %
	// + stage offer
	// + country DE
	// - source mailing
}
