package main

import (
	"cmp"
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/funnel/flow"
	"github.com/leadloop/leadloop/scoring"
	"github.com/leadloop/leadloop/scoring/learn"
)

// The funnel of the Olist data has two stages, because the data has two dates. Stages between them would be guesses.
//
//go:embed olist_funnel.json
var olistFunnel []byte

// The scoring model of the Olist data is what an expert might have written down before the first deal.
//
//go:embed olist_model.json
var olistModel []byte

// FirstContact is all that is known of an Olist lead at its first contact: what scoring may see.
type FirstContact struct {
	Origin    string
	PageLeads int // how many leads the same landing page had brought in the 90 days before
}

// Nothing is the activity type of leads without activities.
type Nothing struct{ At time.Time }

// ripe is how long a lead has for the evidence: won within that time of the first contact, or not.
const ripe = 90

// olistQuick is what counts as a quick win.
const olistQuick = 30 * 24 * time.Hour

// olistRun is one pass over the data in the order of the dates.
type olistRun struct {
	data   *olistData
	asOf   time.Time
	policy *funnel.Policy[FirstContact]
	scorer *scoring.Scorer[FirstContact, Nothing]

	positions []funnel.Position
	histories [][]funnel.Transition
	scores    []scoring.Score
	seen      int // leads with a first contact by asOf: the first in data.leads
	future    int // deals of those leads that are dated after asOf
	flow      *flow.Report
}

// runOlist moves every lead through the funnel and scores it at its first contact.
func runOlist(data *olistData, asOf time.Time) (*olistRun, error) {
	definition, err := funnel.Parse(olistFunnel)
	if err != nil {
		return nil, fmt.Errorf("olist_funnel.json: %w", err)
	}
	r := &olistRun{data: data, asOf: asOf}
	if r.policy, err = funnel.Compile[FirstContact](definition); err != nil {
		return nil, fmt.Errorf("olist_funnel.json: %w", err)
	}
	model, err := scoring.Parse(olistModel)
	if err != nil {
		return nil, fmt.Errorf("olist_model.json: %w", err)
	}
	if r.scorer, err = scoring.Compile[FirstContact, Nothing](model); err != nil {
		return nil, fmt.Errorf("olist_model.json: %w", err)
	}
	pages := map[string][]time.Time{} // the contacts of each page within the last 90 days
	for i := range data.leads {
		l := &data.leads[i]
		if l.contact.After(asOf) {
			break
		}
		r.seen++
		recent := pages[l.page]
		for len(recent) > 0 && recent[0].Before(l.contact.AddDate(0, 0, -ripe)) {
			recent = recent[1:]
		}
		// Leads of the same day have no order: none of them counts for another.
		before, _ := slices.BinarySearchFunc(recent, l.contact, time.Time.Compare)
		first := FirstContact{Origin: l.origin, PageLeads: before}
		pages[l.page] = append(recent, l.contact)
		score := r.scorer.Score(scoring.Subject[FirstContact, Nothing]{Lead: &first}, l.contact)
		if err := score.Err(); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", olistLeads, l.line, err)
		}
		r.scores = append(r.scores, score)
		if err := r.move(l, &first); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// move takes a lead through the funnel. A deal that is dated before the first contact is refused by the policy, since
// time does not run backwards in a history. The deal was won all the same, so it is entered at the earliest time that is
// possible, and its dates are reported and left out of every duration.
func (r *olistRun) move(l *olistLead, first *FirstContact) error {
	pos := r.policy.Start(l.id, funnel.By{Actor: "olist", Occurred: l.contact})
	var history []funnel.Transition
	if l.deal != nil && l.deal.won.After(r.asOf) {
		r.future++
	} else if l.deal != nil {
		by := funnel.By{Actor: l.deal.sr, Occurred: l.deal.won}
		tr, err := r.policy.Move(pos, funnel.Win, first, by)
		if refusal := (*funnel.Refusal)(nil); errors.Is(err, funnel.ErrTimeBackwards) && errors.As(err, &refusal) {
			by.Occurred = refusal.Until
			tr, err = r.policy.Move(pos, funnel.Win, first, by)
		}
		if err != nil {
			return fmt.Errorf("%s:%d: lead %s cannot be won: %w", olistDeals, l.deal.line, l.id, err)
		}
		history = append(history, tr)
		replayed, err := r.policy.Replay(history)
		if pos = funnel.Apply(pos, tr); err != nil || replayed != pos {
			return fmt.Errorf("lead %s: the history does not give its position again: %w", l.id, err)
		}
	}
	r.positions = append(r.positions, pos)
	r.histories = append(r.histories, history)
	return nil
}

// won says that the lead is won as of the date.
func (r *olistRun) won(i int) bool { return r.positions[i].Stage == funnel.Won }

// olistReport reads the data, runs it and reports. A zero asOf is the latest date in the data.
func olistReport(dir string, asOf time.Time) (*Report, error) {
	data, err := readOlist(dir)
	if err != nil {
		return nil, err
	}
	if asOf.IsZero() {
		asOf = data.latest
	}
	if first := data.leads[0].contact; asOf.Before(first) {
		return nil, fmt.Errorf("%s: no lead by %s, give -as-of a date from %s", olistLeads, dateOf(asOf), dateOf(first))
	}
	run, err := runOlist(data, asOf)
	if err != nil {
		return nil, err
	}
	return run.report()
}

// report sums the run up.
func (r *olistRun) report() (*Report, error) {
	out := &Report{
		Title:  "Marketing funnel of Olist",
		Notice: "Real data: marketing-qualified leads of a Brazilian marketplace and the deals that were won.",
		From:   dateOf(r.data.leads[0].contact), AsOf: dateOf(r.asOf), Leads: int64(r.seen), MQL: int64(r.seen),
		ByOrigin: map[string]Origin{}, Problems: []Finding{},
	}
	if err := r.travels(out); err != nil {
		return nil, err
	}
	r.people(out)
	if err := r.evidence(out); err != nil {
		return nil, err
	}
	r.balance(out)
	r.findings(out)
	return out, nil
}

// travels gives flow the journey of each lead, with the dates of the data, and fills in what follows from it.
func (r *olistRun) travels(out *Report) error {
	counted, err := flow.New(flow.Options{Definition: r.policy.Definition(), AsOf: r.known(), Horizon: ripe * 24 * time.Hour, Quick: olistQuick})
	if err != nil {
		return err
	}
	recorded := r.recorded()
	for i := range r.seen {
		l := &r.data.leads[i]
		j := flow.Journey{Lead: l.id, Steps: []flow.Step{{At: l.contact, Stage: funnel.MQL, Line: l.line}}, Segments: []string{originSegment + l.origin}}
		if l.contact.Before(recorded) {
			j.Observed = recorded // a deal before would not be in the data
		}
		for _, tr := range r.histories[i] {
			step := flow.StepOf(tr)
			step.At, step.Line = l.deal.won, l.deal.line // also where the policy would not have it: flow says what is wrong
			j.Steps = append(j.Steps, step)
		}
		counted.Add(j)
	}
	r.flow = counted.Report()
	reached, standing := map[funnel.Stage]int64{funnel.MQL: out.Leads}, r.standing()
	reached[funnel.Won] = standing[funnel.Won]
	out.flows(r.flow, reached, standing)
	for _, s := range r.flow.Segments {
		o := Origin{Leads: s.Outcomes.All(), Won: s.Outcomes.Won}
		o.Rate = Rate{o.Won, o.Leads}
		out.ByOrigin[strings.TrimPrefix(s.Name, originSegment)] = o
	}
	return nil
}

// originSegment begins the names of the segments by origin.
const originSegment = "origin: "

// standing counts the leads by where they are, one by one: a difference would always balance.
func (r *olistRun) standing() map[funnel.Stage]int64 {
	stands := map[funnel.Stage]int64{}
	for _, p := range r.positions {
		stands[p.Stage]++
	}
	return stands
}

// known is until when anything is known: of the time after the latest date the data says nothing.
func (r *olistRun) known() time.Time {
	if r.data.latest.Before(r.asOf) {
		return r.data.latest
	}
	return r.asOf
}

// recorded is the day of the first deal on record; zero if there is none. What was won before is not in the data.
func (r *olistRun) recorded() time.Time { return r.firstWin().Truncate(24 * time.Hour) }

func (r *olistRun) people(out *Report) {
	wins := map[Person]int64{}
	for i := range r.seen {
		if r.won(i) {
			wins[Person{ID: r.data.leads[i].deal.sdr, Role: "sdr"}]++
			wins[Person{ID: r.data.leads[i].deal.sr, Role: "sr"}]++
		}
	}
	for p, n := range wins {
		p.Won = n
		out.People = append(out.People, p)
	}
	slices.SortFunc(out.People, func(a, b Person) int {
		return cmp.Or(cmp.Compare(a.Role, b.Role), cmp.Compare(b.Won, a.Won), cmp.Compare(a.ID, b.ID))
	})
}

// evidence holds the scores of the first contact against the outcomes. Every lead had the same time: it is positive if it
// was won within 90 days, negative if it was not, and if its 90 days are not over it is pending, never lost.
func (r *olistRun) evidence(out *Report) error {
	model, err := scoring.Parse(olistModel)
	if err != nil {
		return err
	}
	out.Review = append([]scoring.Finding{}, scoring.Lint(model)...)
	e, err := learn.NewEvidence(model)
	if err != nil {
		return err
	}
	sample, err := learn.NewSample(model)
	if err != nil {
		return err
	}
	recorded, known := r.recorded(), r.known()
	grades := map[string]*tally{}
	for i := range r.seen {
		// Sales worked on every one of these leads, so that each counts as accepted.
		o := learn.Outcome{Hits: r.scores[i].Hits(), Accepted: learn.Positive, Offered: r.data.leads[i].contact, Answered: r.data.leads[i].contact}
		end := r.data.leads[i].contact.AddDate(0, 0, ripe)
		t := grades[r.scores[i].Grade]
		if t == nil {
			t = &tally{}
			grades[r.scores[i].Grade] = t
		}
		t.offers++
		switch {
		case recorded.IsZero() || r.data.leads[i].contact.Before(recorded): // deals were not recorded yet: nobody knows
		case known.Before(end): // pending, even if it is won: leads that are not won by now are pending, too
		case r.won(i) && !r.data.leads[i].deal.won.After(end):
			o.Won = learn.Positive
			t.won++
			t.closed++
		default:
			o.Won = learn.Negative
			t.closed++
		}
		if o.Won != learn.Pending {
			o.Closed = end // when it is known whether the lead was won within its days
		}
		if err := errors.Join(e.Add(o), sample.Add(o)); err != nil {
			return err
		}
	}
	if out.Proposals, err = propose(sample, learn.Options{Target: learn.Win, AsOf: r.asOf}); err != nil {
		return err
	}
	for _, name := range sortedKeys(grades) {
		t := grades[name]
		out.Grades = append(out.Grades, Grade{Grade: name, Leads: t.offers, Won: Rate{t.won, t.closed}})
	}
	out.Rules = rules(e, false)
	out.Target = "won: within 90 days of the first contact, of the leads whose 90 days are over and lie after the first deal on record. Scored on what was known at the " +
		"first contact alone. supported, contradicted: 95 % sure, each by itself; · too close to tell, or fewer than 30 leads."
	return nil
}

func (r *olistRun) balance(out *Report) {
	var origins, cohorts []Part
	for _, name := range sortedOrigins(out.ByOrigin) {
		origins = append(origins, Part{originName(name), out.ByOrigin[name].Leads})
	}
	for _, c := range out.Cohorts {
		cohorts = append(cohorts, Part{c.Month, c.Leads})
	}
	stands := r.standing()
	after := int64(0)
	for i := range r.data.leads {
		after += int64(when(r.data.leads[i].contact.After(r.asOf), 1))
	}
	out.Conservation.balance("leads read", "leads", int64(len(r.data.leads)),
		Part{"won", stands[funnel.Won]}, Part{"not yet won", stands[funnel.MQL]}, Part{"after the date", after})
	out.Conservation.balance("leads by origin", "leads", out.Leads, origins...)
	out.Conservation.balance("leads by month", "leads", out.Leads, cohorts...)
}

// findings lists what is odd in the data. Nothing of it was dropped in silence.
func (r *olistRun) findings(out *Report) {
	odd := slices.Clone(r.data.oddity)
	for i := range r.seen {
		if l := &r.data.leads[i]; l.negative() {
			odd = append(odd, l.oddity())
		}
	}
	slices.SortStableFunc(odd, func(a, b problem) int { return cmp.Or(-cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line)) })
	const listed = 20
	for _, p := range odd[:min(listed, len(odd))] {
		out.Problems = append(out.Problems, Finding{p.What, 1, fmt.Sprintf("%s:%d", p.File, p.Line), p.Do})
	}
	add := func(what string, n int64, line int, file, done string) {
		if n > 0 {
			where := ""
			if line > 0 {
				where = fmt.Sprintf("%s:%d", file, line)
			}
			out.Problems = append(out.Problems, Finding{what, n, where, done})
		}
	}
	add("more of the same", int64(len(odd)-listed), 0, "", "treated as the ones above")
	n, line := r.first(func(l *olistLead) int { return when(l.origin == "", l.line) })
	add("the origin is empty", n, line, olistLeads, "shown as (empty), apart from the origin \"unknown\"")
	n, line = r.first(func(l *olistLead) int {
		d := r.deal(l)
		return when(d.line > 0 && (d.sr == "" || d.sdr == ""), d.line)
	})
	add("a deal names no sales person", n, line, olistDeals, "counted under an empty id")
	n, line = r.first(func(l *olistLead) int { return when(r.deal(l).declared > 0, r.deal(l).line) })
	add("a seller has declared a monthly turnover of its own", n, line, olistDeals, "not counted: it is no revenue of the marketplace")
	if end := dateOf(r.data.latest); end < dateOf(r.asOf) {
		add("the as-of date is after the latest date in the data ("+end+")", 1, 0, "", "what came since is not known; no lead's 90 days go on")
	}
	add("first contact after the as-of date", int64(len(r.data.leads)-r.seen), 0, "", "not counted yet")
	add("won after the as-of date", int64(r.future), 0, "", "counted as not yet won")
	if won := r.firstWin(); !won.IsZero() && won.After(r.data.leads[0].contact.AddDate(0, 0, 30)) {
		n, _ := r.first(func(l *olistLead) int { return when(l.contact.Before(won.Truncate(24*time.Hour)), l.line) })
		add("first contact before the first deal on record ("+dateOf(won)+")", n, 0, "",
			"counted; their early deals, if any, are missing, so their win rate is too low")
	}
}

// first counts the leads for which is gives a line, and finds the smallest of those lines.
func (r *olistRun) first(is func(*olistLead) int) (n int64, line int) {
	for i := range r.seen {
		if at := is(&r.data.leads[i]); at > 0 {
			n++
			if line == 0 || at < line {
				line = at
			}
		}
	}
	return n, line
}

// deal is the lead's deal as of the date; without one it is empty.
func (r *olistRun) deal(l *olistLead) olistDeal {
	if l.deal == nil || l.deal.won.After(r.asOf) {
		return olistDeal{}
	}
	return *l.deal
}

func when(holds bool, line int) int {
	if holds {
		return line
	}
	return 0
}

func (r *olistRun) firstWin() (first time.Time) {
	for i := range r.seen {
		if won := r.data.leads[i].deal; r.won(i) && (first.IsZero() || won.won.Before(first)) {
			first = won.won
		}
	}
	return first
}

// originName shows the empty origin as what it is.
func originName(origin string) string {
	if origin == "" {
		return "(empty)"
	}
	return origin
}

// sortedOrigins lists origins by leads, the most first.
func sortedOrigins(by map[string]Origin) []string {
	var names []string
	for name := range by {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int {
		return cmp.Or(cmp.Compare(by[b].Leads, by[a].Leads), cmp.Compare(a, b))
	})
	return names
}
