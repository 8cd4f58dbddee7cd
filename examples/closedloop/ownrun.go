package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/handoff"
	"github.com/leadloop/leadloop/handoff/worktime"
	"github.com/leadloop/leadloop/scoring"
)

// This file lives through a company's own data, lead by lead, and makes of each the log that a desk would have kept of it. The
// books take it from there.

// ownRun is one pass over own data.
type ownRun struct {
	data   *ownData
	asOf   time.Time
	books  *books
	policy *funnel.Policy[Lead]
	terms  *handoff.Desk[Lead]             // nil: there is no agreement
	scorer *scoring.Scorer[Lead, Activity] // nil: there is no model
	hours  *worktime.Calendar
	agreed handoff.Agreement

	definition funnel.Definition
	scored     int64
	deeds      int64
	later      int64 // rows after the as-of date
	adrift     int64 // what happened to offers that nobody made
	unsaid     int64 // returns without a reason
	oddity     map[scoring.ProblemKind]int64
	members    [][]uint32 // the leads of each account
}

// The files of what people agreed on, which a folder of own data may hold.
const (
	modelFile     = "model.json"
	agreementFile = "agreement.json"
	mappingFile   = "mapping.json"
)

// optionalFile reads a file of the folder; nil if there is none.
func optionalFile(dir, name string) ([]byte, error) {
	data, err := os.ReadFile(filepath.Join(dir, name))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("%s: cannot be read (%w)", name, reason(err))
	}
	return data, nil
}

// newOwnRun compiles what was agreed, if anything was.
func newOwnRun(dir string, data *ownData, asOf time.Time) (*ownRun, error) {
	r := &ownRun{data: data, asOf: asOf, oddity: map[scoring.ProblemKind]int64{}}
	var err error
	if r.policy, err = funnel.Compile[Lead](funnel.Standard()); err != nil {
		return nil, err
	}
	var model scoring.Model
	text, err := optionalFile(dir, modelFile)
	if err != nil {
		return nil, err
	}
	if text != nil {
		if model, err = scoring.Parse(text); err != nil {
			return nil, fmt.Errorf("%s: %w", modelFile, err)
		}
		if r.scorer, err = scoring.Compile[Lead, Activity](model); err != nil {
			return nil, fmt.Errorf("%s: %w", modelFile, err)
		}
	}
	if text, err = optionalFile(dir, agreementFile); err != nil {
		return nil, err
	}
	if text != nil {
		if r.agreed, err = handoff.Parse(text); err != nil {
			return nil, fmt.Errorf("%s: %w", agreementFile, err)
		}
		if r.terms, err = handoff.Compile(r.agreed, r.policy, time.LoadLocation); err != nil {
			return nil, fmt.Errorf("%s: %w", agreementFile, err)
		}
		r.hours = r.terms.Calendar()
	}
	r.definition = r.policy.Definition()
	if r.books, err = newBooks(data, data.channels, model, r.definition, r.terms, asOf); err != nil {
		return nil, err
	}
	r.books.unoffered = !data.offers
	r.members = make([][]uint32, data.accounts)
	for i := range data.leads {
		account := data.leads[i].account
		r.members[account] = append(r.members[account], uint32(i))
	}
	return r, nil
}

// The data is the roster of the books.

func (d *ownData) id(lead uint32) string         { return d.leads[lead].id }
func (d *ownData) account(lead uint32) uint32    { return d.leads[lead].account }
func (d *ownData) created(lead uint32) time.Time { return d.leads[lead].created }
func (d *ownData) channel(lead uint32) int       { return int(d.leads[lead].channel) }

// segments are what tells leads apart from the day they come in.
func (d *ownData) segments(lead uint32, names []string) []string {
	l := &d.leads[lead]
	size := sizeSegment + notGiven
	if l.size >= 0 {
		size = segmentNames.size[l.size]
	}
	return append(names, channelSegment+d.channels[l.channel], industrySegment+orNotGiven(l.view.Industry), rankSegment+orNotGiven(l.view.Seniority), size)
}

func orNotGiven(text string) string {
	if text == "" {
		return notGiven
	}
	return text
}

// run takes every lead through its rows.
func (r *ownRun) run() error {
	for i := range r.data.leads {
		if err := r.lead(uint32(i)); err != nil {
			return fmt.Errorf("%s:%d: %w", r.data.mapping.Leads.File, r.data.leads[i].line, err)
		}
	}
	for _, list := range r.books.marks { // in the order of the leads so far
		slices.SortStableFunc(list, func(a, b mark) int { return int(min(1, max(-1, a.at-b.at))) })
	}
	for _, list := range r.books.deals {
		slices.SortStableFunc(list, func(a, b sale) int { return int(min(1, max(-1, a.at-b.at))) })
	}
	return nil
}

// lead makes the log of one lead, and enters it.
func (r *ownRun) lead(number uint32) error {
	l := &r.data.leads[number]
	c := ownCase{run: r, number: number, lead: l, stage: funnel.Inquiry}
	for _, row := range r.data.rows[l.firstRow:l.afterRows] {
		if row.at > r.asOf.Unix() {
			r.later++
			continue
		}
		if row.kind == didRow {
			r.deeds++
			c.deeds = append(c.deeds, Activity{At: time.Unix(row.at, 0).UTC(), Kind: r.data.text[row.activity]})
			continue
		}
		c.take(&row)
	}
	if len(c.log) == 0 {
		r.books.standing[funnel.Inquiry]++
		r.books.travel(number, nil)
		return nil
	}
	return r.close(&c)
}

// close enters a log. Where the data knows no offers, the desk has nothing to report of it; the outcomes, whether sales
// accepted the lead and whether it was won, are of the stages.
func (r *ownRun) close(c *ownCase) error {
	notes := notes{}
	for i := range c.log {
		e := c.log[i]
		if !r.data.offers {
			e.Kind = handoff.Moved
		}
		r.books.note(c.number, &notes, e.Owner, &e)
	}
	return r.books.close(c.number, c.stage, c.log)
}

// rating is what scoring says of a lead at an instant, from what it had done by then.
func (c *ownCase) rating(at time.Time) handoff.Rating {
	r := c.run
	if r.scorer == nil {
		return handoff.Rating{}
	}
	view := c.lead.view
	view.HasPhone = view.HasPhone && !c.lead.phoneAt.After(at)
	s := r.scorer.Score(scoring.Subject[Lead, Activity]{Lead: &view, Activities: c.deeds, Adjustments: c.adjustments}, at)
	r.scored++
	for _, p := range s.Problems {
		r.oddity[p.Kind]++
	}
	return handoff.Rating{Model: s.Model, ModelVersion: s.Version, Grade: s.Grade, Points: int64(s.Total), Hits: s.Hits()}
}
