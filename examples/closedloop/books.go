package main

import (
	"cmp"
	"fmt"
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
	reached  uint16 // stages, as bits
	recycled bool
	again    bool   // handed over again after a recycle
	owner    string // of the newest offer
}

// books is everything that the report will be made of. It sees each event as it is stored, and each log as a whole once
// its lead is finished, and keeps sums, so that hardly anything in it grows with the number of leads.
type books struct {
	desk     *handoff.Report
	periods  []period // those of the goals
	flow     *flow.Flow
	evidence *learn.Evidence
	outcomes *learn.Sample
	world    *world

	reached   map[funnel.Stage]int64
	standing  map[funnel.Stage]int64
	people    map[string]*Person
	handed    [4]int64 // new MQLs by quarter
	offered   []int32  // by channel: new MQLs
	won       []int32  // by channel: leads won
	grades    map[string]*tally
	recycling Recycling
	rejected  map[funnel.Reason]int64
	review    []scoring.Finding // of the model
	outlook   *Outlook
	revenue   int64
	steps     []flow.Step       // reused from journey to journey
	names     []string          // reused, too
	marks     map[uint32][]mark // of each account that has a lead at the desk
	deals     map[uint32][]sale
}

// tally counts the hand-overs of one grade.
type tally struct{ offers, judged, accepted, closed, won int64 }

// mark is a milestone of an account.
type mark struct {
	stage attribution.Stage
	at    uint32
}

// sale is a won deal of an account.
type sale struct {
	lead    uint32
	at      uint32
	revenue int64
}

func newBooks(w *world, model scoring.Model, definition funnel.Definition, hours *worktime.Calendar) (*books, error) {
	journeys, err := flow.New(flow.Options{
		Definition: definition, AsOf: yearEnd.Add(-time.Second), Calendar: hours, Horizon: inTime, Tick: 15 * time.Minute, Quick: quick, Opportunity: funnel.Opportunity,
	})
	if err != nil {
		return nil, err
	}
	evidence, err := learn.NewEvidence(model)
	if err != nil {
		return nil, err
	}
	outcomes, err := learn.NewSample(model)
	if err != nil {
		return nil, err
	}
	return &books{
		flow: journeys, evidence: evidence, outcomes: outcomes, world: w,
		review:  append([]scoring.Finding{}, scoring.Lint(model)...),
		reached: map[funnel.Stage]int64{}, standing: map[funnel.Stage]int64{},
		people: map[string]*Person{}, grades: map[string]*tally{}, rejected: map[funnel.Reason]int64{},
		offered: make([]int32, len(channels)), won: make([]int32, len(channels)),
		marks: map[uint32][]mark{}, deals: map[uint32][]sale{},
	}, nil
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

// stageBit numbers the stages for [notes].
func stageBit(s funnel.Stage) uint16 {
	for i, stage := range path {
		if s == stage {
			return 1 << i
		}
	}
	return 0
}

// path is the success path of the standard funnel.
var path = []funnel.Stage{funnel.Inquiry, funnel.MQL, funnel.SAL, funnel.SQL, funnel.Opportunity, funnel.Won}

// note enters one event. The record is already in the state after it.
func (b *books) note(lead uint32, r *record, e *handoff.Event) {
	switch e.Kind {
	case handoff.Offered:
		b.person(e.Owner).Offers++
		r.notes.owner = e.Owner
	case handoff.Accepted:
		b.person(e.Actor).Accepted++
	case handoff.Rejected:
		b.person(e.Actor).Rejected++
	case handoff.Expired:
		b.person(r.notes.owner).Expired++ // the event names nobody: the offer has no owner any more
	}
	tr := e.Transition
	if tr == nil {
		return
	}
	at := second(tr.Occurred)
	p := &b.world.people[lead]
	if bit := stageBit(tr.To); bit != 0 && r.notes.reached&bit == 0 {
		r.notes.reached |= bit
		b.reached[tr.To]++
		if tr.To == funnel.MQL {
			b.handed[min(3, (tr.Occurred.Month()-1)/3)]++
			b.offered[channelOf(p)]++
			b.inPeriods(tr.Occurred, func(p *period) { p.delivered++ })
		}
	}
	if stage, ok := journeyMarks[tr.To]; ok {
		b.marks[p.account] = append(b.marks[p.account], mark{stage, at})
	}
	switch tr.To {
	case funnel.Recycled:
		if !r.notes.recycled {
			r.notes.recycled = true
			b.recycling.Recycled.Count++
		}
	case funnel.MQL:
		if r.notes.recycled && !r.notes.again {
			r.notes.again = true
			b.recycling.Again.Count++
		}
	case funnel.Won:
		b.deals[p.account] = append(b.deals[p.account], sale{lead, at, e.Revenue})
		b.revenue += e.Revenue
		b.inPeriods(tr.Occurred, func(p *period) { p.revenue += e.Revenue })
		b.won[channelOf(p)]++
		b.person(r.state.Owner).Won++
		if r.notes.recycled {
			b.recycling.Won.Count++
			b.recycling.Revenue += e.Revenue
		}
	}
}

// close takes the whole log of a lead that is finished, or as far as it has come at the end.
func (b *books) close(lead uint32, r *record, log []handoff.Event) error {
	b.desk.Add(log)
	for i := range b.periods {
		b.periods[i].desk.Add(log)
	}
	b.standing[r.state.Stage]++
	b.travel(lead, log)
	for _, o := range handoff.Outcomes(log) {
		if err := b.learn(o); err != nil {
			return err
		}
	}
	return nil
}

// travel enters a lead's journey: it begins as an inquiry, and each transition in the log, if there is one, leads it on.
func (b *books) travel(lead uint32, log []handoff.Event) {
	p := &b.world.people[lead]
	b.steps = append(b.steps[:0], flow.Step{At: instant(p.created), Stage: funnel.Inquiry})
	for i := range log {
		if tr := log[i].Transition; tr != nil {
			step := flow.StepOf(*tr)
			step.Version = int64(len(b.steps)) // the log numbers offers and touches, too
			step.Amount = log[i].Revenue
			b.steps = append(b.steps, step)
		}
	}
	b.flow.Add(flow.Journey{Lead: leadID(int(lead)), Steps: b.steps, Segments: b.segments(p)})
}

// segments are what tells leads apart from the day they come in. The list is good until the next one is asked for.
func (b *books) segments(p *person) []string {
	b.names = append(b.names[:0], segmentNames.channel[channelOf(p)], segmentNames.industry[p.industry], segmentNames.rank[p.rank],
		segmentNames.size[sizeOf(int(p.employees))])
	return b.names
}

// segmentNames are the names of the segments, made once.
var segmentNames = func() (names struct{ channel, industry, rank, size []string }) {
	for _, c := range channels {
		names.channel = append(names.channel, "channel: "+c)
	}
	for _, i := range industries {
		names.industry = append(names.industry, "industry: "+i.name)
	}
	for _, r := range ranks {
		names.rank = append(names.rank, "seniority: "+cmp.Or(r.name, "not given"))
	}
	for _, s := range sizes {
		names.size = append(names.size, fmt.Sprintf("employees: %s to %s", thousands(int64(s.lo)), thousands(int64(s.hi))))
	}
	return names
}()

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
	p := b.people[id]
	if p == nil {
		p = &Person{ID: id}
		b.people[id] = p
	}
	return p
}

// channelOf is the channel that brought a lead in, by its place in [channels].
func channelOf(p *person) int { return channelNumber[p.entry] }

// channelNumber is each campaign's channel as a place in [channels].
var channelNumber = func() []int {
	numbers := make([]int, len(campaigns))
	for i, c := range campaigns {
		for k, name := range channels {
			if c.channel == name {
				numbers[i] = k
			}
		}
	}
	return numbers
}()
