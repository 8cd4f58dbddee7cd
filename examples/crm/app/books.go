package app

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/leadloop/leadloop/attribution"
	"github.com/leadloop/leadloop/examples/crm/store"
	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/handoff"
	"github.com/leadloop/leadloop/scoring/learn"
)

// books is what the report is made of: what was read of each part of the leads, and when it was last as in the store. A part is read anew
// if its mark has changed, the logs and the touches each by themselves. Nothing personal is kept.
type books struct {
	mutex   sync.Mutex
	parts   [store.Parts]*part
	reading chan struct{} // closed when the parts that are being read now are there; nil: none are
	failed  error         // of the last reading

	last      *Report // that was made
	lastMarks [store.Parts]store.Mark
}

func newBooks() *books { return &books{} }

// A part is what was read of one part of the leads. It never changes.
type part struct {
	mark     store.Mark
	logs     [][]handoff.Event // of leads that have been offered, redacted
	waiting  []registration    // of the other leads at the desk
	visitors int64             // leads without a case
	outcomes []outcome         // of the offers
	tally    *attribution.Tally
	paths    *attribution.Paths
}

// An outcome is what came of an offer, and by which version of the model the lead was scored: it tells of that version's rules.
type outcome struct {
	model int
	learn.Outcome
}

// registration is all of the log of a lead that was never offered.
type registration struct {
	lead string
	at   time.Time
}

// lookback is how long before a deal a touch may lie to be credited with it.
const lookback = 180 * 24 * time.Hour

// rules are the models of attribution that look at journeys, side by side.
var rules = []attribution.Model{
	attribution.First.Within(lookback), attribution.Last.Within(lookback), attribution.LastNonDirect("direct").Within(lookback),
	attribution.Linear.Within(lookback), attribution.PositionBased.Within(lookback), attribution.WShaped.Within(lookback),
	attribution.TimeDecay(14 * 24 * time.Hour).Within(lookback),
}

// linear is the place of the linear model among the rules: its statement has costs and returns.
const linear = 3

// readPart reads a part, or as much of it as has changed since it was read before.
func (a *App) readPart(ctx context.Context, number int, mark store.Mark, before *part) (*part, error) {
	p := &part{mark: mark}
	g, err := a.current(ctx)
	if err != nil {
		return nil, err
	}
	won := map[string][]handoff.Event{} // milestones and deals, for the journeys
	same := before != nil && before.mark.Cases == mark.Cases && before.mark.Versions == mark.Versions
	if same {
		p.logs, p.waiting, p.outcomes = before.logs, before.waiting, before.outcomes
	} else {
		err = a.store.PartLogs(ctx, number, func(lead string, log []handoff.Event) {
			p.enter(lead, log, g.desk.Redact)
		})
		if err != nil {
			return nil, err
		}
	}
	for _, log := range p.logs {
		won[log[0].ID] = log
	}
	if p.tally, err = attribution.NewTally(attribution.Options{}, rules...); err != nil {
		return nil, err
	}
	p.paths = attribution.NewPaths(0)
	reader, err := attribution.NewJourneyPaths(p.paths.Channels(), lookback, time.Time{})
	if err != nil {
		return nil, err
	}
	var errs []error
	err = a.store.PartTouches(ctx, number, func(lead store.Lead, touches []store.Activity) {
		j := journey(lead, touches, won[lead.ID])
		errs = append(errs, p.tally.Add(j), walk(p.paths, reader, j))
		p.visitors++
	})
	p.visitors -= int64(len(p.logs) + len(p.waiting))
	return p, errors.Join(append(errs, err)...)
}

// enter takes a lead's log.
func (p *part) enter(lead string, log []handoff.Event, redact func(handoff.Event) handoff.Event) {
	offers := handoff.Outcomes(log)
	if len(offers) == 0 {
		p.waiting = append(p.waiting, registration{lead, log[0].Occurred})
		return
	}
	for i := range log {
		log[i] = redact(log[i])
		log[i].Rating.Hits = nil // the outcomes have them
	}
	p.logs = append(p.logs, log)
	for _, o := range offers {
		p.outcomes = append(p.outcomes, outcome{o.Rating.ModelVersion, judgement(o)})
	}
}

// judgement says what an outcome tells about the rules that recommended the lead. Silence judges no lead, nor does a rejection that counts
// against somebody else than marketing, such as a lack of capacity.
func judgement(o handoff.Outcome) learn.Outcome {
	row := learn.Outcome{Hits: o.Rating.Hits, Reason: string(o.Reason), Offered: o.Offered}
	switch {
	case o.Status == handoff.StatusAccepted:
		row.Accepted, row.Answered = learn.Positive, o.Decided
		if o.Closed {
			row.Won, row.Closed = learn.Negative, o.Finished
			if o.Won {
				row.Won = learn.Positive
			}
		}
	case o.Status == handoff.StatusRejected && o.AtFault == funnel.SideMarketing:
		row.Accepted, row.Answered = learn.Negative, o.Decided
	}
	return row
}

// milestones are the funnel's stages that attribution knows.
var milestones = map[funnel.Stage]attribution.Stage{
	funnel.MQL: attribution.MQL, funnel.SAL: attribution.SAL, funnel.Opportunity: attribution.Opportunity, funnel.Won: attribution.Won,
}

// journey is what attribution needs to know of a lead.
func journey(lead store.Lead, touches []store.Activity, log []handoff.Event) attribution.Journey {
	j := attribution.Journey{
		ID: lead.ID, Milestones: []attribution.Milestone{{Stage: attribution.LeadCreated, At: lead.Created}}, Touches: make([]attribution.Touch, len(touches)),
	}
	if lead.Channel != "" {
		j.Source = attribution.Marketing
		if lead.Channel == "sales outbound" {
			j.Source = attribution.Sales
		}
	}
	for i, t := range touches {
		j.Touches[i] = attribution.Touch{ID: t.Message, Channel: t.Channel, Campaign: t.Campaign, At: t.At, Cost: t.Cost}
		if t.Channel == "sales outbound" {
			j.Touches[i].Side = attribution.Sales
		}
	}
	for i := range log {
		if tr := log[i].Transition; tr != nil && milestones[tr.To] != "" {
			j.Milestones = append(j.Milestones, attribution.Milestone{Stage: milestones[tr.To], At: log[i].Occurred})
			if tr.To == funnel.Won {
				j.Conversions = append(j.Conversions, attribution.Conversion{ID: "deal " + log[i].Occurred.String(), At: log[i].Occurred, Revenue: log[i].Revenue})
			}
		}
	}
	return j
}

// walk adds the paths of a journey.
func walk(paths *attribution.Paths, reader *attribution.JourneyPaths, j attribution.Journey) error {
	found, err := reader.Of(j)
	if err != nil {
		return err
	}
	for p := range found {
		if len(p.Channels) > 0 {
			err = errors.Join(err, paths.Add(p.Channels, p.Counts))
		}
	}
	return err
}
