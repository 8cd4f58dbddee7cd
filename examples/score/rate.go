package main

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/leadloop/leadloop/scoring"
)

// readModel reads a model; each line of the error begins with the file's name.
func readModel(path string) (scoring.Model, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		why := err
		if inner := (*os.PathError)(nil); errors.As(err, &inner) {
			why = inner.Err
		}
		return scoring.Model{}, fmt.Errorf("%s: can't be read (%v): check the name", path, why)
	}
	model, err := scoring.Parse(data)
	return model, inFile(path, err)
}

// inFile puts a file's name before each line of an error.
func inFile(path string, err error) error {
	if err == nil {
		return nil
	}
	return errors.New(path + ": " + strings.ReplaceAll(err.Error(), "\n", "\n"+path+": "))
}

// scorer is what rates leads that are maps with declared fields.
type scorer = scoring.Scorer[scoring.Record, scoring.Record]

func compile(model scoring.Model, path string) (*scorer, error) {
	if !declares(model) {
		return nil, fmt.Errorf("%s: the model declares no fields: list the columns that its rules read, with their types, as in "+
			`"fields": {"Title": "text", "Employees": "integer"} and "activity_fields": {"Kind": "text", "At": "time"}`, path)
	}
	s, err := scoring.Compile[scoring.Record, scoring.Record](model, scoring.Zones(time.LoadLocation))
	return s, inFile(path, err)
}

func declares(model scoring.Model) bool { return len(model.Fields)+len(model.ActivityFields) > 0 }

// rate scores all leads, or explains one.
func rate(model scoring.Model, j job, s streams) error {
	scorer, err := compile(model, j.model)
	if err != nil {
		return err
	}
	if j.activities != "" && len(model.ActivityFields) == 0 {
		return fmt.Errorf("%s: the model declares no activity_fields, so that no activity can count: declare them, or leave -activities out", j.model)
	}
	watch := newProgress(s)
	defer watch.done()
	wrong := &problems{}
	acts := &activities{}
	if j.activities != "" {
		want := layout{"lead", model.ActivityFields, "activity_fields", j.extra}
		acts = readActivities(j.activities, want, wrong, watch)
	}
	leads := &leads{layout: layout{"id", model.Fields, "fields", j.extra}, path: j.leads}
	leads.check(wrong, watch)
	if err := wrong.err(); err != nil {
		return err
	}
	watch.done()
	for _, name := range leads.extra {
		s.say("%s: column %q is not declared in the model's fields: ignored", j.leads, shown(name))
	}
	for _, name := range acts.extra {
		s.say("%s: column %q is not declared in the model's activity_fields: ignored", j.activities, shown(name))
	}
	if j.activities == "" && len(model.ActivityFields) > 0 {
		s.say("no -activities are given: rules on activities have nothing to count")
	}
	acts.tellStrangers(leads, s)
	if j.explain != nil {
		return explain(scorer, leads, acts, *j.explain, j.now, s)
	}
	return writeScores(scorer, model, leads, acts, j.now, s, watch)
}

// explain prints the score of one lead.
func explain(scorer *scorer, leads *leads, acts *activities, id string, now time.Time, s streams) error {
	if _, ok := leads.lines[id]; !ok {
		hint := "give one of its column id"
		if near := leads.near(id); near != "" {
			hint = fmt.Sprintf("did you mean %q?", near)
		}
		return fmt.Errorf("%s: there is no lead %q: %s", leads.path, shown(id), hint)
	}
	var text string
	err := leads.each(func(lead string, record *scoring.Record) error {
		if lead == id {
			score := scorer.Score(scoring.Subject[scoring.Record, scoring.Record]{Lead: record, Activities: acts.of(id)}, now)
			text = "lead " + id + "\n" + score.Explain()
		}
		return nil
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprint(s.out, text)
	return unwritten(err)
}

func unwritten(err error) error {
	if err != nil {
		return fmt.Errorf("score: the result can't be written: %v", err)
	}
	return nil
}

// review prints what is to be said about the model.
func review(model scoring.Model, path string, s streams) error {
	if declares(model) {
		if _, err := compile(model, path); err != nil {
			return err
		}
	} else {
		s.say("%s declares no fields: whether its rules name the right ones can't be told", path)
	}
	findings := scoring.Lint(model)
	severe := 0
	for _, f := range findings {
		if f.Severity == scoring.SeverityError {
			severe++
		}
		if _, err := fmt.Fprintf(s.out, "%s: %s\n", path, f); err != nil {
			return unwritten(err)
		}
	}
	if len(findings) == 0 {
		_, err := fmt.Fprintf(s.out, "%s: nothing to find fault with\n", path)
		return unwritten(err)
	}
	if severe > 0 {
		return fmt.Errorf("score: %s must not go live: mend the %d of %d findings that are errors", path, severe, len(findings))
	}
	return nil
}
