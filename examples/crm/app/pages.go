package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/leadloop/leadloop/examples/crm/store"
	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/handoff"
	"github.com/leadloop/leadloop/handoff/routing"
	"github.com/leadloop/leadloop/scoring"
)

// A Page is all that the page of a lead shows.
type Page struct {
	Row
	Fields      []Field
	Created     time.Time
	Suppressed  time.Time // zero: it is not
	Existing    *Existing // nil: it belongs to nothing that was worked on
	Case        handoff.Case
	Score       scoring.Score // as of now, with its lines
	NextChange  scoring.NextChange
	Lifts       []scoring.Lift // what would bring the next grade
	Adjustments []scoring.Adjustment
	Journey     []JourneyStep // newest first, at most 200
	Activities  int64         // in all
	History     []Entry       // newest first
	Pending     []PendingEffect
	Actions     []Action
}

// Existing is what somebody already worked on when the lead was offered: the same person, or its account.
type Existing struct {
	Kind        routing.ExistingKind
	Owner       string
	Lead, Label string // "": it has been erased since
}

// A Field is one of a lead's fields.
type Field struct{ Name, Label, Value string }

// A JourneyStep is an activity.
type JourneyStep struct {
	At                              time.Time
	Kind, Channel, Campaign, Detail string
	Cost                            int64
}

// An Entry is an event of the log, in words.
type Entry struct {
	handoff.Event
	Text    string // such as "Recycled by ann: no budget"
	Detail  string // note and fields of the feedback; personal
	Decided string // the versions that it was decided under
}

// A PendingEffect is an effect that is not carried out yet, or given up.
type PendingEffect struct {
	Key, Kind, State, Error string
	Attempts                int64
	Next                    time.Time
}

const (
	mostSteps   = 200 // of a journey, on a page
	mostPending = 50
)

// Lead gives the page of a lead; [store.ErrNotFound] if there is none.
func (a *App) Lead(ctx context.Context, by User, id string) (Page, error) {
	g, err := a.current(ctx)
	if err != nil {
		return Page{}, err
	}
	s, err := a.scoreLead(ctx, g, id)
	if err != nil {
		return Page{}, err
	}
	c, err := a.store.Case(ctx, id)
	if err != nil {
		return Page{}, err
	}
	now := a.now()
	p := Page{
		Row: a.row(&s.lead, &c), Created: s.lead.Created, Suppressed: s.lead.Suppressed, Case: c, Score: s.score, Activities: s.lead.Activities,
		NextChange: g.scorer.NextChange(s.subject, now), Lifts: g.scorer.WhatIf(s.subject, now), Adjustments: s.subject.Adjustments,
	}
	p.Grade, p.Points = s.score.Grade, s.score.Total
	for _, name := range FieldNames {
		if value := s.lead.Fields[name]; value != "" {
			p.Fields = append(p.Fields, Field{name, words(name), value})
		}
	}
	if c.Version > 0 {
		p.Actions = g.actions(by, c, s, now)
	}
	if p.Existing, err = a.existing(ctx, &c); err != nil {
		return Page{}, err
	}
	return p, a.history(ctx, id, &p)
}

// existing is what the latest offer of a lead that sales has was told to belong to. Packets that the desk makes by itself, when nobody has
// answered, say nothing of it. Everybody may see every lead, and so the other one, too.
func (a *App) existing(ctx context.Context, c *handoff.Case) (*Existing, error) {
	if c.Owner == "" {
		return nil, nil
	}
	effects, err := a.store.EffectsOf(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	var found routing.Existing
	for _, e := range slices.Backward(effects) {
		if p := e.Effect.Packet; p != nil && (p.Existing.Kind != "" || len(p.Reasons) > 0) {
			found = p.Existing
			break
		}
	}
	if found.Kind == "" {
		return nil, nil
	}
	out := &Existing{Kind: found.Kind, Owner: found.Owner}
	other, err := a.store.Lead(ctx, found.ID)
	if errors.Is(err, store.ErrNotFound) {
		return out, nil
	}
	if len(other.Fields) > 0 {
		out.Lead, out.Label = other.ID, other.Label
	}
	return out, err
}

// history fills in what happened.
func (a *App) history(ctx context.Context, id string, p *Page) error {
	steps, err := a.store.Activities(ctx, id, time.Time{}, mostSteps)
	if err != nil {
		return err
	}
	for _, s := range steps {
		p.Journey = append(p.Journey, JourneyStep{s.At, s.Kind, s.Channel, s.Campaign, s.Detail, s.Cost})
	}
	log, err := a.store.Log(ctx, id)
	if err != nil {
		return err
	}
	for _, e := range slices.Backward(log) {
		entry := Entry{Event: e, Text: sentence(&e), Detail: told(&e)}
		entry.Decided = fmt.Sprintf("%s v%d, %s v%d", e.Agreement, e.AgreementVersion, e.Policy, e.PolicyVersion)
		if e.Rating.Model != "" {
			entry.Decided += fmt.Sprintf(", %s v%d", e.Rating.Model, e.Rating.ModelVersion)
		}
		p.History = append(p.History, entry)
	}
	pending, err := a.store.Outbox(ctx, id, mostPending)
	for _, e := range pending {
		p.Pending = append(p.Pending, PendingEffect{e.Key, e.Kind, e.State, e.Error, e.Attempts, e.Ready})
	}
	return err
}

// A Pipeline is the funnel with the leads that stand in it.
type Pipeline struct{ Stages []PipelineStage }

// A PipelineStage is a stage with its leads.
type PipelineStage struct {
	Stage   funnel.Stage
	Label   string
	Leads   int64
	Revenue int64 // won in it, in minor units
	Rows    []Row // that changed last, at most 10
}

// Pipeline gives the stages in the order of the funnel. A sales person sees the own leads in the rows, and all in the counts.
func (a *App) Pipeline(ctx context.Context, by User) (Pipeline, error) {
	g, err := a.current(ctx)
	if err != nil {
		return Pipeline{}, err
	}
	counts, err := a.store.Stages(ctx)
	if err != nil {
		return Pipeline{}, err
	}
	var p Pipeline
	for _, known := range g.definition.Stages {
		stage := PipelineStage{Stage: known.Name, Label: StageLabel(known.Name)}
		for _, c := range counts {
			if c.Stage == known.Name {
				stage.Leads, stage.Revenue = c.Cases, c.Revenue
			}
		}
		list := store.List{Stages: []funnel.Stage{known.Name}, Newest: true, Limit: 10}
		if by.Role == Sales {
			list.Owner = by.ID
		}
		rows, err := a.store.Cases(ctx, list)
		if err != nil {
			return p, err
		}
		for i := range rows {
			stage.Rows = append(stage.Rows, a.row(&rows[i].Lead, &rows[i].Case))
		}
		p.Stages = append(p.Stages, stage)
	}
	return p, nil
}

// Diagram is the funnel's, in Mermaid and in DOT.
func (a *App) Diagram() (mermaid, dot string) {
	policy := a.agreed.Load().policy
	return policy.Mermaid(), policy.DOT()
}
