package app

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/leadloop/leadloop/attribution"
	"github.com/leadloop/leadloop/attribution/markov"
	"github.com/leadloop/leadloop/attribution/shapley"
	"github.com/leadloop/leadloop/examples/crm/store"
	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/funnel/flow"
	"github.com/leadloop/leadloop/handoff"
	"github.com/leadloop/leadloop/handoff/goals"
	"github.com/leadloop/leadloop/scoring/learn"
)

// A Report is the closed loop in figures, for both sides.
type Report struct {
	AsOf     time.Time
	Leads    int64 // at the desk
	Visitors int64 // not yet known
	Stale    int   // parts of 64 that have changed since they were counted, and are being counted again
	Flow     *flow.Report
	Desk     handoff.Result        // offers, acceptance by reason, speed, attainment of deadlines, leaks, signals
	Models   []ModelRevenue        // revenue by channel under several models
	Linear   attribution.Statement // the same under the linear one, with costs and returns
	Goals    []goals.Standing      // both sides' attainment, period by period
	Evidence learn.Report          // what acceptance says of each rule of the model
}

// ModelRevenue is how one model of attribution shares out the revenue, in minor units.
type ModelRevenue struct {
	Model        string // such as "linear"
	Channels     []ChannelRevenue
	Unattributed int64
	Revenue      int64 // the sum
}

// ChannelRevenue is a channel's part, in minor units.
type ChannelRevenue struct {
	Channel string
	Revenue int64
}

// fresh is how long a report stands if nothing has changed: deadlines pass meanwhile.
const fresh = time.Minute

// Report counts. It answers within a second or two: what could not be read anew in that time is as it was read last, see
// [Report].Stale, and will be there the next time. The first report of a process waits until all is read.
func (a *App) Report(ctx context.Context) (*Report, error) {
	g, err := a.current(ctx)
	if err != nil {
		return nil, err
	}
	marks, err := a.store.Marks(ctx)
	if err != nil {
		return nil, err
	}
	now := a.now()
	if last := a.books.made(marks, now); last != nil {
		return last, nil
	}
	parts, stale, err := a.refresh(ctx, marks)
	if err != nil {
		return nil, err
	}
	report, err := g.count(parts, now)
	if err != nil {
		return nil, err
	}
	report.Stale = stale
	a.books.mutex.Lock()
	a.books.last, a.books.lastMarks = report, marks
	a.books.mutex.Unlock()
	return report, nil
}

// made is the last report, if it still stands.
func (b *books) made(marks [store.Parts]store.Mark, now time.Time) *Report {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	if b.last == nil || b.last.Stale > 0 || b.lastMarks != marks || now.Sub(b.last.AsOf) > fresh || now.Before(b.last.AsOf) {
		return nil
	}
	return b.last
}

// A count is what one worker has counted as of an instant.
type count struct {
	desk     *handoff.Report
	periods  []periodCount
	flow     *flow.Flow
	evidence *learn.Evidence
	model    int // version that the evidence is of
	leads    int64
	visitors int64
}

// periodCount is what both sides did in a period of their goals.
type periodCount struct {
	goals              goals.PeriodGoals
	desk               *handoff.Report
	delivered, revenue int64
}

func (g *agreed) newCount(asOf time.Time) (*count, error) {
	c := &count{desk: g.desk.Report(asOf), model: g.model.Version}
	for _, p := range g.agreement.Goals.Periods {
		c.periods = append(c.periods, periodCount{goals: p, desk: g.desk.Report(asOf).Within(p.From, p.To)})
	}
	var err error
	if c.flow, err = flow.New(flow.Options{
		Definition: g.definition, AsOf: asOf, Horizon: 90 * 24 * time.Hour, Quick: 90 * 24 * time.Hour, Opportunity: funnel.Opportunity,
	}); err != nil {
		return nil, err
	}
	c.evidence, err = learn.NewEvidence(g.model)
	return c, err
}

// add counts a part.
func (c *count) add(p *part) error {
	c.leads += int64(len(p.logs) + len(p.waiting))
	c.visitors += p.visitors
	var steps []flow.Step
	for i := range p.waiting {
		w := &p.waiting[i]
		c.desk.Add([]handoff.Event{{ID: w.lead, Version: 1, Kind: handoff.Registered, Occurred: w.at, Stage: funnel.Inquiry}})
		steps = append(steps[:0], flow.Step{At: w.at, Stage: funnel.Inquiry})
		c.flow.Add(flow.Journey{Lead: w.lead, Steps: steps})
	}
	for _, log := range p.logs {
		c.desk.Add(log)
		for i := range c.periods {
			c.periods[i].add(log)
		}
		steps = append(steps[:0], flow.Step{At: log[0].Occurred, Stage: log[0].Stage})
		for i := range log {
			if tr := log[i].Transition; tr != nil {
				step := flow.StepOf(*tr)
				step.Version, step.Amount = int64(len(steps)), log[i].Revenue // the log numbers offers and touches, too
				steps = append(steps, step)
			}
		}
		c.flow.Add(flow.Journey{Lead: log[0].ID, Steps: steps})
	}
	for _, o := range p.outcomes {
		if o.model != c.model {
			continue
		}
		if err := c.evidence.Add(o.Outcome); err != nil {
			return err
		}
	}
	return nil
}

// add counts a log in a period.
func (p *periodCount) add(log []handoff.Event) {
	p.desk.Add(log)
	first := true
	for i := range log {
		tr := log[i].Transition
		if tr == nil {
			continue
		}
		in := !tr.Occurred.Before(p.goals.From) && tr.Occurred.Before(p.goals.To)
		if tr.To == funnel.MQL && first {
			first = false
			if in {
				p.delivered++
			}
		}
		if tr.To == funnel.Won && in {
			p.revenue += log[i].Revenue
		}
	}
}

// merge adds what another worker has counted.
func (c *count) merge(o *count) error {
	errs := []error{c.desk.Merge(o.desk), c.flow.Merge(o.flow), c.evidence.Merge(o.evidence)}
	for i := range c.periods {
		errs = append(errs, c.periods[i].desk.Merge(o.periods[i].desk))
		c.periods[i].delivered += o.periods[i].delivered
		c.periods[i].revenue += o.periods[i].revenue
	}
	c.leads += o.leads
	c.visitors += o.visitors
	return errors.Join(errs...)
}

// count makes the report of the parts as of an instant, on all cores.
func (g *agreed) count(parts [store.Parts]*part, asOf time.Time) (*Report, error) {
	workers := runtime.GOMAXPROCS(0)
	counts, errs := make([]*count, workers), make([]error, workers)
	var all sync.WaitGroup
	for w := range workers {
		all.Go(func() {
			c, err := g.newCount(asOf)
			for i := w; err == nil && i < len(parts); i += workers {
				err = c.add(parts[i])
			}
			counts[w], errs[w] = c, err
		})
	}
	tally, err := attribution.NewTally(attribution.Options{}, rules...)
	paths := attribution.NewPaths(0)
	for _, p := range parts {
		if err == nil {
			err = errors.Join(tally.Merge(p.tally), paths.Merge(p.paths))
		}
	}
	all.Wait()
	if err := errors.Join(append(errs, err)...); err != nil {
		return nil, err
	}
	for _, c := range counts[1:] {
		if err := counts[0].merge(c); err != nil {
			return nil, err
		}
	}
	return g.report(counts[0], tally, paths, asOf)
}

// report makes the figures of what was counted.
func (g *agreed) report(c *count, tally *attribution.Tally, paths *attribution.Paths, asOf time.Time) (*Report, error) {
	r := &Report{AsOf: asOf, Leads: c.leads, Visitors: c.visitors, Flow: c.flow.Report(), Desk: c.desk.Result(), Evidence: c.evidence.Report(learn.Acceptance)}
	if board := g.desk.Board(); board != nil {
		for i := range c.periods {
			p := &c.periods[i]
			done := p.desk.Result().Done(goals.Delivered{Count: p.delivered}, p.revenue, 0)
			if standing, known := board.Progress(p.goals.Name, done, asOf); known {
				r.Goals = append(r.Goals, standing)
			}
		}
	}
	statements := tally.Result()
	r.Linear = statements[linear]
	for _, s := range statements {
		m := ModelRevenue{Model: s.Model, Unattributed: s.Unattributed, Revenue: s.Revenue}
		for _, channel := range s.Channels {
			m.Channels = append(m.Channels, ChannelRevenue{channel.Name, channel.Revenue})
		}
		r.Models = append(r.Models, m)
	}
	if paths.Total().Conversions == 0 {
		return r, nil // there is nothing to learn from
	}
	return r, r.learned(paths, r.Linear.Revenue)
}

// learned adds the models that learn from all paths, those without a deal included.
func (r *Report) learned(paths *attribution.Paths, revenue int64) error {
	chain, err := markov.Fit(paths, 1)
	if err != nil {
		return err
	}
	simplified := shapley.NewSimplified(paths.Channels())
	for path, counts := range paths.All() {
		err = errors.Join(err, simplified.Add(path, counts))
	}
	if err != nil {
		return err
	}
	for _, m := range []struct {
		name   string
		credit func() ([]attribution.ChannelCredit, error)
	}{{"markov, order 1", chain.Credits}, {"shapley", simplified.Credit}} {
		credits, err := m.credit()
		if err != nil {
			return err
		}
		out := ModelRevenue{Model: m.name, Revenue: revenue, Unattributed: revenue}
		for _, c := range credits {
			out.Channels = append(out.Channels, ChannelRevenue{c.Channel, c.Value})
			out.Unattributed -= c.Value
		}
		slices.SortFunc(out.Channels, func(a, b ChannelRevenue) int { return compareText(a.Channel, b.Channel) })
		r.Models = append(r.Models, out)
	}
	return nil
}
