package main

import (
	"github.com/leadloop/leadloop/scoring"
	"github.com/leadloop/leadloop/scoring/learn"
)

// naiveBayes predicts by naive Bayes over the rows of the draft: as it is, and mended on the part to calibrate after
// Platt, over the probability that it gives and over its log-odds.
func (r *result) naiveBayes(l *leads) ([3]way, error) {
	ways := [3]way{{name: "naive_bayes"}, {name: "naive_bayes_platt"}, {name: "naive_bayes_odds"}}
	var fields []learn.BayesField
	places := map[string]int{}
	for _, c := range r.induction.Columns {
		if c.Rule != "" {
			places[c.Rule] = len(fields)
			fields = append(fields, learn.BayesField{Name: c.Rule})
		}
	}
	bayes, err := learn.NewBayes(fields)
	if err != nil {
		return ways, err
	}
	scorer, err := scoring.Compile[scoring.Record, scoring.Record](r.induction.Model)
	if err != nil {
		return ways, err
	}
	var score scoring.Score
	read := func(row *lead) learn.BayesLead {
		values := make([]string, len(fields))
		scorer.ScoreInto(&score, scoring.Subject[scoring.Record, scoring.Record]{Lead: &row.record}, r.job.now)
		for _, line := range score.Lines {
			if line.Kind == scoring.RuleLine && line.Row != "missing" {
				values[places[line.Dimension+"/"+line.Rule]] = line.Row
			}
		}
		return learn.BayesLead{Values: values}
	}
	for i := range l.rows {
		if row := &l.rows[i]; row.part == train {
			verdict := learn.Negative
			if row.positive {
				verdict = learn.Positive
			}
			if err := bayes.Add(read(row), verdict); err != nil {
				return ways, err
			}
		}
	}
	var percent, odds [parts][]learn.Prediction
	for i := range l.rows {
		row := &l.rows[i]
		if row.part == train {
			continue
		}
		said, err := bayes.Predict(read(row))
		if err != nil {
			return ways, err
		}
		odds[row.part] = append(odds[row.part], said.Prediction(row.positive))
		percent[row.part] = append(percent[row.part], learn.Prediction{
			Probability: float64(said.BasisPoints) / 10_000, Points: scoring.Points(said.BasisPoints) * scoring.Point / 100, Positive: row.positive})
	}
	ways[0].predictions = percent[test]
	for i, of := range [][parts][]learn.Prediction{percent, odds} {
		mended, err := learn.Platt(of[calibrate], r.job.outcome)
		if err != nil {
			return ways, err
		}
		for _, p := range of[test] {
			p.Probability = mended.Probability(p.Points)
			ways[i+1].predictions = append(ways[i+1].predictions, p)
		}
	}
	return ways, nil
}
