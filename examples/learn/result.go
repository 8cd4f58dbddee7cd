package main

import (
	"errors"
	"fmt"
	"reflect"
	"slices"

	"github.com/leadloop/leadloop/scoring"
	"github.com/leadloop/leadloop/scoring/learn"
)

// result is what was learned, and how good it is.
type result struct {
	job       job
	headers   map[string]string // of columns, by the field's name
	sizes     [parts]learn.Counts
	induction *learn.Induction
	fit       *learn.Fit
	model     scoring.Model
	figures   []figure
	notes     []string
}

// figure is how good one way to predict is, on the test part.
type figure struct {
	name string
	learn.Evaluation
}

// samples is how many samples of the test part the intervals are from.
const samples = 200

// alike says whether all leads have the same values.
func (l *leads) alike() bool {
	for _, row := range l.rows {
		if !reflect.DeepEqual(row.record, l.rows[0].record) {
			return false
		}
	}
	return true
}

// learnFrom makes a model from the training part, and tests it.
func learnFrom(l *leads, j job, watch *progress) (*result, error) {
	r := &result{job: j, headers: map[string]string{}}
	for _, row := range l.rows {
		if row.positive {
			r.sizes[row.part].Positive++
		} else {
			r.sizes[row.part].Negative++
		}
	}
	for p, name := range [parts]string{"train", "calibrate", "test"} {
		if size := r.sizes[p]; size.Positive == 0 || size.Negative == 0 {
			if l.alike() {
				return nil, errors.New("all leads are alike but for their outcome: every column is constant, so that there is nothing to learn from")
			}
			return nil, fmt.Errorf("the part to %s has %s, %d of them positive: each of the three parts needs both outcomes, so give more leads or another -split",
				name, plural(int(size.Sum()), "lead", "leads"), size.Positive)
		}
	}
	if err := r.induce(l, watch); err != nil {
		return nil, err
	}
	if err := r.learn(l, watch); err != nil {
		return nil, err
	}
	r.warn()
	return r, nil
}

// induce makes the draft.
func (r *result) induce(l *leads, watch *progress) error {
	columns := make([]learn.Column, len(l.columns))
	for i, c := range l.columns {
		columns[i], r.headers[c.Name] = c.Column, c.header
	}
	table, err := learn.NewTable(columns)
	if err != nil {
		return err
	}
	for i, row := range l.rows {
		if row.part != train {
			continue
		}
		if err := table.Add(row.record, row.positive); err != nil {
			return err
		}
		watch.show("leads counted", i, len(l.rows))
	}
	r.induction, err = learn.Induce(table, learn.InduceOptions{Name: r.job.outcome})
	return err
}

// learn finds the points, and tests all ways to predict.
func (r *result) learn(l *leads, watch *progress) error {
	draft := r.induction.Model
	scorer, err := scoring.Compile[scoring.Record, scoring.Record](draft)
	if err != nil {
		return err
	}
	known, err := learn.NewSample(draft)
	if err != nil {
		return err
	}
	later, err := learn.NewSample(draft)
	if err != nil {
		return err
	}
	var score scoring.Score
	for i := range l.rows {
		row := &l.rows[i]
		sample := known
		switch row.part {
		case calibrate:
			continue
		case test:
			sample = later
		}
		scorer.ScoreInto(&score, scoring.Subject[scoring.Record, scoring.Record]{Lead: &row.record}, r.job.now)
		outcome := learn.Outcome{Hits: score.Hits(), Accepted: learn.Negative, Offered: row.at}
		if row.positive {
			outcome.Accepted = learn.Positive
		}
		if err := sample.Add(outcome); err != nil {
			return err
		}
		watch.show("leads read by the draft", i, len(l.rows))
	}
	options := learn.Options{Target: learn.Acceptance}
	if r.job.time != "" {
		options.AsOf = r.job.now
	}
	if r.fit, err = known.Fit(options); err != nil {
		return err
	}
	r.model = r.fit.Model()
	if c := r.model.Calibration; c != nil {
		named := *c
		named.Outcome = r.job.outcome
		r.model.Calibration = &named
	}
	return r.test(l, later)
}

// way is a way to predict, and what it says of the test part.
type way struct {
	name        string
	predictions []learn.Prediction
}

// test evaluates all ways to predict on the test part.
func (r *result) test(l *leads, later *learn.Sample) error {
	card, err := r.score(l, r.model, test)
	if err != nil {
		return err
	}
	logistic, err := r.fit.PredictReal(later)
	if err != nil {
		return err
	}
	base, err := r.fit.PredictBase(later)
	if err != nil {
		return err
	}
	bayes, err := r.naiveBayes(l)
	if err != nil {
		return err
	}
	for _, way := range []way{{"card", card}, {"logistic", logistic}, bayes[0], bayes[1], bayes[2], {"base_rate", base}} {
		evaluation, err := learn.Bootstrap(single(way.predictions), samples, r.job.seed)
		if err != nil {
			return fmt.Errorf("%s: %w", way.name, err)
		}
		r.figures = append(r.figures, figure{way.name, evaluation})
	}
	return nil
}

// single takes predictions for several like leads apart, so that samples are drawn of leads.
func single(predictions []learn.Prediction) (list []learn.Prediction) {
	for _, p := range predictions {
		times := max(1, int(p.Weight))
		p.Weight = 0
		list = append(list, slices.Repeat([]learn.Prediction{p}, times)...)
	}
	return list
}

// score predicts by an ordinary model with a calibration.
func (r *result) score(l *leads, m scoring.Model, of part) ([]learn.Prediction, error) {
	scorer, err := scoring.Compile[scoring.Record, scoring.Record](m)
	if err != nil {
		return nil, err
	}
	var score scoring.Score
	var predictions []learn.Prediction
	for i := range l.rows {
		if row := &l.rows[i]; row.part == of {
			scorer.ScoreInto(&score, scoring.Subject[scoring.Record, scoring.Record]{Lead: &row.record}, r.job.now)
			predictions = append(predictions, learn.Prediction{Probability: score.Probability, Points: score.Total, Positive: row.positive})
		}
	}
	return predictions, nil
}

// figure finds a way to predict.
func (r *result) figure(name string) *figure {
	for i := range r.figures {
		if r.figures[i].name == name {
			return &r.figures[i]
		}
	}
	return nil
}

// refused says why the model should not be used; nil if nothing speaks against it.
func (r *result) refused() error {
	if card, base := r.figure("card"), r.figure("base_rate"); card.LogLoss >= base.LogLoss {
		return errors.New("the model predicts the test part no better than the base rate does: give more leads, or columns that tell more")
	}
	return nil
}

// warn notes what people should look at.
func (r *result) warn() {
	for _, c := range r.induction.Columns {
		if c.Leakage != "" {
			r.notes = append(r.notes, fmt.Sprintf("column %q may leak the outcome: %s", shown(r.headers[c.Name]), c.Leakage))
		}
		if c.Unused != "" {
			r.notes = append(r.notes, fmt.Sprintf("column %q is not learned from: %s", shown(r.headers[c.Name]), c.Unused))
		}
	}
	switch size := r.fit.SampleSize; {
	case size.Outcomes <= int64(size.Parameters):
		r.notes = append(r.notes, fmt.Sprintf("there are fewer leads to train (%d) than points to learn (%d): the points are held back strongly, and mean little yet", size.Outcomes, size.Parameters))
	case !size.Enough():
		r.notes = append(r.notes, fmt.Sprintf("there are %d leads to train, and %d are needed to learn %d points with little optimism (Riley): more leads, or fewer columns, make it better",
			size.Outcomes, size.Needed, size.Parameters))
	}
}
