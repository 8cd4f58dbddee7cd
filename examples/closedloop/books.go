package main

import (
	"slices"
	"time"

	"github.com/leadloop/leadloop/attribution"
	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/funnel/flow"
	"github.com/leadloop/leadloop/handoff"
	"github.com/leadloop/leadloop/handoff/worktime"
	"github.com/leadloop/leadloop/scoring"
	"github.com/leadloop/leadloop/scoring/learn"
)

// notes is what the books remember of a record while it is open.
type notes struct {
	reached  uint16 // stages that it was in or beyond, as bits
	recycled bool
	again    bool // handed over again after a recycle
	won      bool
	regained bool   // won after a recycle
	owner    string // of the newest offer
}

// books is everything that the report will be made of. It sees each event as it is stored, and each log as a whole once
// its lead is finished, and keeps sums, so that hardly anything in it grows with the number of leads.
type books struct {
	asOf     time.Time
	terms    *handoff.Desk[Lead] // of the agreement; nil: nothing is agreed
	desk     *handoff.Report
	periods  []period // those of the goals
	flow     *flow.Flow
	stages   []funnel.StageDefinition
	evidence *learn.Evidence
	outcomes *learn.Sample
	roster   roster

	unoffered bool     // the data knows no offers: the desk has nothing to report
	channels  []string // in the order of the report

	reached   map[funnel.Stage]int64
	standing  map[funnel.Stage]int64
	people    map[string]*Person
	owed      time.Time // when marketing's commitment begins
	handed    []quarter // of it
	offered   []int32   // by channel: new MQLs
	won       []int32   // by channel: leads won
	grades    map[string]*tally
	recycling Recycling
	rejected  map[funnel.Reason]int64
	review    []scoring.Finding // of the model
	outlook   *Outlook
	revenue   int64
	yields    map[left]int64    // what leads brought after they had left
	sales     int64             // deals that brought something
	lefts     []left            // reused from journey to journey
	steps     []flow.Step       // reused from journey to journey
	names     []string          // reused, too
	marks     map[uint32][]mark // of each account that has a lead at the desk
	deals     map[uint32][]sale
}

// left is how a lead left the success path.
type left struct {
	stage  funnel.Stage
	reason funnel.Reason
}

// tally counts the hand-overs of one grade.
type tally struct{ offers, judged, accepted, closed, won int64 }

// mark is a milestone of an account.
type mark struct {
	stage attribution.Stage
	at    int64 // seconds, as [time.Time.Unix]
}

// sale is a won deal of an account.
type sale struct {
	lead    uint32
	at      int64 // seconds, as [time.Time.Unix]
	revenue int64
}

// quarter counts the new MQLs until its end, since the end of the one before.
type quarter struct {
	end time.Time
	mql int64
}

// roster is what the books ask of a data set about its leads. Leads, accounts and channels go by their numbers.
type roster interface {
	id(lead uint32) string
	account(lead uint32) uint32
	created(lead uint32) time.Time
	channel(lead uint32) int                       // that brought it in
	segments(lead uint32, names []string) []string // appends what tells leads apart from the day they come in
}

// newBooks opens the books as of an instant. Without an agreement (nil) and without a model (its zero value) what
// rests on them stays empty. Months begin in the time zone of the instant.
func newBooks(leads roster, channels []string, model scoring.Model, definition funnel.Definition, terms *handoff.Desk[Lead], asOf time.Time) (*books, error) {
	b := &books{
		asOf: asOf, terms: terms, roster: leads, channels: channels, stages: definition.Stages, desk: handoff.NewReport(asOf), review: []scoring.Finding{},
		reached: map[funnel.Stage]int64{}, standing: map[funnel.Stage]int64{},
		people: map[string]*Person{}, grades: map[string]*tally{}, rejected: map[funnel.Reason]int64{},
		offered: make([]int32, len(channels)), won: make([]int32, len(channels)),
		marks: map[uint32][]mark{}, deals: map[uint32][]sale{}, yields: map[left]int64{},
	}
	var hours *worktime.Calendar
	if terms != nil {
		b.agree()
		hours = terms.Calendar()
	}
	var err error
	if b.flow, err = flow.New(flow.Options{
		Definition: definition, AsOf: asOf, Calendar: hours, Horizon: inTime, Tick: 15 * time.Minute, Quick: quick, Opportunity: funnel.Opportunity,
		Zone: asOf.Location(),
	}); err != nil {
		return nil, err
	}
	if model.Name == "" {
		return b, nil
	}
	b.review = append(b.review, scoring.Lint(model)...)
	if b.evidence, err = learn.NewEvidence(model); err != nil {
		return nil, err
	}
	b.outcomes, err = learn.NewSample(model)
	return b, err
}

// agree sets up the counts of what was agreed: both sides' goals by period, and what marketing owes by quarter.
func (b *books) agree() {
	b.desk = b.terms.Report(b.asOf)
	agreed := b.terms.Agreement()
	for _, p := range agreed.Goals.Periods {
		b.periods = append(b.periods, period{goals: p, desk: b.terms.Report(b.asOf).Within(p.From, p.To)})
	}
	if b.terms.Plan() == nil {
		return // nothing is committed
	}
	// Months are those of the report, whose zone the instant of the report has.
	b.owed = agreed.Marketing.From.In(b.asOf.Location())
	for months := 3; ; months += 3 {
		end := b.owed.AddDate(0, months, 0)
		last := !end.Before(agreed.Marketing.To)
		if last {
			end = agreed.Marketing.To.In(b.asOf.Location())
		}
		b.handed = append(b.handed, quarter{end: end})
		if last || end.After(b.asOf) {
			return
		}
	}
}

// inTime is what the report calls in time, and quick what it calls a quick win.
const (
	inTime = 90 * 24 * time.Hour
	quick  = 90 * 24 * time.Hour
)

// journeyMarks says which stages are milestones for attribution.
var journeyMarks = map[funnel.Stage]attribution.Stage{
	funnel.MQL: attribution.MQL, funnel.SAL: attribution.SAL, funnel.Opportunity: attribution.Opportunity, funnel.Won: attribution.Won,
}

// path is the success path of the standard funnel.
var path = []funnel.Stage{funnel.Inquiry, funnel.MQL, funnel.SAL, funnel.SQL, funnel.Opportunity, funnel.Won}

// note enters one event of a lead, who has this owner after it.
func (b *books) note(lead uint32, n *notes, owner string, e *handoff.Event) {
	switch e.Kind {
	case handoff.Offered:
		b.person(e.Owner).Offers++
		n.owner = e.Owner
	case handoff.Accepted:
		b.person(e.Actor).Accepted++
	case handoff.Rejected:
		b.person(e.Actor).Rejected++
	case handoff.Expired:
		b.person(n.owner).Expired++ // the event names nobody: the offer has no owner any more
	}
	tr := e.Transition
	if tr == nil {
		return
	}
	at, account := tr.Occurred.Unix(), b.roster.account(lead)
	b.reach(lead, n, tr)
	if stage, ok := journeyMarks[tr.To]; ok {
		b.marks[account] = append(b.marks[account], mark{stage, at})
	}
	switch tr.To {
	case funnel.Recycled:
		if !n.recycled {
			n.recycled = true
			b.recycling.Recycled.Count++
		}
	case funnel.MQL:
		if n.recycled && !n.again {
			n.again = true
			b.recycling.Again.Count++
		}
	case funnel.Won:
		b.deals[account] = append(b.deals[account], sale{lead, at, e.Revenue})
		b.revenue += e.Revenue
		b.inPeriods(tr.Occurred, func(p *period) { p.revenue += e.Revenue })
		if !n.won {
			n.won = true
			b.won[b.roster.channel(lead)]++
		}
		b.person(owner).Won++
		if n.recycled {
			if !n.regained {
				n.regained = true
				b.recycling.Won.Count++
			}
			b.recycling.Revenue += e.Revenue
		}
	}
}

// reach notes that a lead has come as far as a stage of the success path. Whoever is beyond a stage has reached it, too,
// even if the data does not say when.
func (b *books) reach(lead uint32, n *notes, tr *funnel.Transition) {
	for i := slices.Index(path, tr.To); i > 0; i-- {
		if bit := uint16(1) << i; n.reached&bit == 0 {
			n.reached |= bit
			b.reached[path[i]]++
			if path[i] == funnel.MQL {
				b.delivered(lead, tr.Occurred)
			}
		}
	}
}

// delivered counts a new MQL.
func (b *books) delivered(lead uint32, at time.Time) {
	b.offered[b.roster.channel(lead)]++
	b.inPeriods(at, func(p *period) { p.delivered++ })
	if at.Before(b.owed) {
		return
	}
	for i := range b.handed {
		if at.Before(b.handed[i].end) {
			b.handed[i].mql++
			return
		}
	}
}

// close takes the whole log of a lead that is finished, or as far as it has come at the end.
func (b *books) close(lead uint32, stage funnel.Stage, log []handoff.Event) error {
	if !b.unoffered {
		b.desk.Add(log)
		for i := range b.periods {
			if p := &b.periods[i]; !log[len(log)-1].Occurred.Before(p.goals.From) { // else nothing of it is of the period
				p.desk.Add(log)
			}
		}
	}
	b.standing[stage]++
	b.travel(lead, log)
	if b.evidence == nil {
		return nil
	}
	for _, o := range handoff.Outcomes(log) {
		if err := b.learn(o); err != nil {
			return err
		}
	}
	return nil
}

// travel enters a lead's journey: it begins as an inquiry, and each transition in the log, if there is one, leads it on. A
// journey has one amount, the last that it is told: where a lead has several deals, that is what they have brought so far. What
// came after a lead had left the path is summed here, since the amount of the journey has what came before in it, too.
func (b *books) travel(lead uint32, log []handoff.Event) {
	won := int64(0)
	b.lefts = b.lefts[:0]
	b.steps = append(b.steps[:0], flow.Step{At: b.roster.created(lead), Stage: funnel.Inquiry})
	for i := range log {
		if tr := log[i].Transition; tr != nil {
			step := flow.StepOf(*tr)
			step.Version = int64(len(b.steps)) // the log numbers offers and touches, too
			if won += log[i].Revenue; log[i].Revenue > 0 {
				step.Amount = won
				b.sales++
			}
			for _, l := range b.lefts {
				b.yields[l] += log[i].Revenue
			}
			if l := (left{tr.To, tr.Reason}); !slices.Contains(path, tr.To) && !slices.Contains(b.lefts, l) {
				b.lefts = append(b.lefts, l)
			}
			b.steps = append(b.steps, step)
		}
	}
	b.names = b.roster.segments(lead, b.names[:0])
	b.flow.Add(flow.Journey{Lead: b.roster.id(lead), Steps: b.steps, Segments: b.names})
}

// learn enters what came of one offer. A rejection that is not about the lead's quality (a wrong route, a duplicate, no
// capacity) judges no rule, and neither does an acceptance that nobody has given.
func (b *books) learn(o handoff.Outcome) error {
	g := b.grades[o.Rating.Grade]
	if g == nil {
		g = &tally{}
		b.grades[o.Rating.Grade] = g
	}
	g.offers++
	row := learn.Outcome{Hits: o.Rating.Hits, Reason: string(o.Reason), Offered: o.Offered}
	switch {
	case o.Status == handoff.StatusAccepted:
		row.Accepted, row.Answered = learn.Positive, o.Decided
		g.judged++
		g.accepted++
		if o.Closed {
			row.Won, row.Closed = learn.Negative, o.Finished
			g.closed++
			if o.Won {
				row.Won = learn.Positive
				g.won++
			}
		}
	case o.Status == handoff.StatusRejected && o.AtFault == funnel.SideMarketing:
		row.Accepted, row.Answered = learn.Negative, o.Decided
		g.judged++
	}
	if err := b.outcomes.Add(row); err != nil {
		return err
	}
	return b.evidence.Add(row)
}

func (b *books) person(id string) *Person {
	if id == "" {
		return &Person{} // nobody knows who
	}
	p := b.people[id]
	if p == nil {
		p = &Person{ID: id}
		b.people[id] = p
	}
	return p
}
