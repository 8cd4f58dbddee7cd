package main

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/leadloop/leadloop/attribution"
	"github.com/leadloop/leadloop/funnel"
)

// ownOptions are what the flags say of own data.
type ownOptions struct {
	dir, mapping string
	lenient      bool
	day          time.Time // that is over at the end of the report, of which the date alone counts; zero: the latest time in the data
}

// ownReport reads a company's own data, runs it and reports.
func ownReport(o ownOptions) (*Report, error) {
	if o.mapping == "" {
		file := filepath.Join(o.dir, mappingFile)
		if _, err := os.Stat(file); err == nil {
			o.mapping = file
		}
	}
	m, err := readMapping(o.mapping)
	if err != nil {
		return nil, err
	}
	data, err := readOwnData(o.dir, m, o.lenient)
	if err != nil {
		return nil, err
	}
	asOf := data.latest
	if !o.day.IsZero() {
		asOf = m.ends(o.day.Date())
	}
	asOf = asOf.In(m.zone)
	data.until(asOf)
	if len(data.leads) == 0 {
		return nil, fmt.Errorf("%s: no lead by %s, give -as-of a later date", m.Leads.File, dateOf(asOf))
	}
	data.arrange()
	r, err := newOwnRun(o.dir, data, asOf)
	if err != nil {
		return nil, err
	}
	if err := r.run(); err != nil {
		return nil, err
	}
	return r.report()
}

// report makes the figures of the books into the report.
func (r *ownRun) report() (*Report, error) {
	first := r.asOf
	for i := range r.data.leads {
		if at := r.data.leads[i].created; at.Before(first) {
			first = at
		}
	}
	out := &Report{
		Title: "Closed loop of marketing and sales", Notice: "Your own data: " + r.data.mapping.Leads.File + ", " + r.data.mapping.Activities.File + " and " + r.data.mapping.Deals.File + ".",
		From: r.data.mapping.dateOf(first), AsOf: dateOf(r.asOf), Leads: int64(len(r.data.leads)), Accounts: int64(r.data.accounts), Activities: r.deeds, Scores: r.scored,
		Problems: []Finding{},
	}
	if err := r.books.fill(out, r.journey); err != nil {
		return nil, err
	}
	if out.Offers == nil {
		r.reasons(out)
	}
	if out.Offers == nil && out.Target != "" {
		out.Target = "accepted: of the MQLs that went on to a later stage or came back. " + strings.TrimSuffix(out.Target[strings.Index(out.Target, "won: "):], " Judged were only leads that the model itself let through.")
	}
	r.findings(out)
	return out, nil
}

// reasons takes the reasons of returns from the stages, where the data knows no offers.
func (r *ownRun) reasons(out *Report) {
	returns := map[string]funnel.Return{string(funnel.Recycled): funnel.Recycle, string(funnel.Disqualified): funnel.Disqualify, string(funnel.Lost): funnel.Lose}
	for _, y := range out.Yields {
		reason, _ := r.policy.Reason(funnel.Reason(y.Reason))
		out.Reasons = append(out.Reasons, Reason{string(returns[y.Stage]), y.Reason, string(reason.AtFault), y.Returns})
	}
	slices.SortStableFunc(out.Reasons, func(a, b Reason) int { return cmp.Compare(b.Count, a.Count) })
}

// journey is what all contacts of an account did, as attribution takes it.
func (r *ownRun) journey(account uint32) attribution.Journey {
	members := r.members[account]
	first := &r.data.leads[members[0]]
	for _, lead := range members {
		if l := &r.data.leads[lead]; l.created.Before(first.created) || l.created.Equal(first.created) && l.id < first.id {
			first = l
		}
	}
	j := attribution.Journey{ID: cmp.Or(first.view.Account, "lead "+first.id), Source: attribution.Side(first.view.Source)}
	for _, lead := range members {
		l := &r.data.leads[lead]
		j.Milestones = append(j.Milestones, attribution.Milestone{Stage: attribution.LeadCreated, At: l.created})
		deed := 0
		for _, row := range r.data.rows[l.firstRow:l.afterRows] {
			if row.kind != didRow || row.at > r.asOf.Unix() {
				continue
			}
			if row.channel != 0 {
				t := attribution.Touch{
					ID: l.id + "/" + strconv.Itoa(deed), Channel: r.data.text[row.channel], Campaign: r.data.text[row.campaign], At: time.Unix(row.at, 0).UTC(),
					Cost: row.cents, Contact: l.id,
				}
				if row.sales {
					t.Side = attribution.Sales
				}
				j.Touches = append(j.Touches, t)
			}
			deed++
		}
	}
	r.books.milestones(account, &j)
	return j
}

// findings lists what is odd in the data, and what was skipped, in an order that does not depend on that of the rows.
func (r *ownRun) findings(out *Report) {
	slices.SortFunc(r.data.wrong.skipped, func(a, b skipped) int {
		return cmp.Or(strings.Compare(a.file, b.file), strings.Compare(a.cause, b.cause))
	})
	slices.SortFunc(r.data.odd, func(a, b Finding) int {
		return cmp.Or(strings.Compare(a.What, b.What), strings.Compare(a.Where, b.Where))
	})
	for _, s := range r.data.wrong.skipped {
		out.Problems = append(out.Problems, Finding{"row skipped: " + s.cause, s.count, fmt.Sprintf("%s:%d", s.file, s.line), "not counted anywhere"})
	}
	out.Problems = append(out.Problems, r.data.odd...)
	add := func(what string, n int64, done string) {
		if n > 0 {
			out.Problems = append(out.Problems, Finding{What: what, Count: n, Done: done})
		}
	}
	add("the lead came in after the as-of date", r.data.young, "not counted yet")
	add("activity or step after the as-of date", r.later, "not counted yet")
	add("a return without a reason", r.unsaid, "counted as other")
	add("an answer to an offer that the data does not have", r.adrift, "counted as a step alone")
	blank := map[string]int64{}
	for i := range r.data.leads {
		l := &r.data.leads[i]
		blank["channel"] += int64(when(r.data.channels[l.channel] == notGiven, 1))
		blank["account"] += int64(when(l.view.Account == "", 1))
		blank["source"] += int64(when(l.view.Source == "", 1))
	}
	add("lead without a channel", blank["channel"], "shown as "+notGiven)
	add("lead without an account", blank["account"], "counted as an account of its own")
	add("lead without a source", blank["source"], "sourced by source_field is unknown for it")
	for _, kind := range sortedKeys(r.oddity) {
		add("scoring: "+string(kind), r.oddity[kind], "the rest of the score stands")
	}
	if r.scorer == nil {
		add("no "+modelFile+" in the folder", 1, "nothing is scored: no grades, no rules, no proposals")
	}
	if r.terms == nil {
		add("no "+agreementFile+" in the folder", 1, "no business hours, no deadlines, no goals and no pay")
	}
	if !r.data.offers {
		add("no offers in "+r.data.mapping.Activities.File, 1, "nothing is said of acceptance and speed to lead; entering MQL stands for the offer in the evidence for rules")
	}
}
