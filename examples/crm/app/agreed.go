package app

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"time"
	_ "time/tzdata" // the agreement's time zone, on machines that have none installed

	"github.com/leadloop/leadloop/examples/crm/store"
	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/handoff"
	"github.com/leadloop/leadloop/handoff/goals"
	"github.com/leadloop/leadloop/scoring"
)

// What the demo starts with.
var (
	//go:embed demo/model.json
	demoModel []byte
	//go:embed demo/agreement.json
	demoAgreement []byte
)

// agreed is what decides: the documents, compiled. It never changes; a new version of a document is a new value.
type agreed struct {
	versions   map[string]int
	model      scoring.Model
	definition funnel.Definition
	agreement  handoff.Agreement
	scorer     *scoring.Scorer[Lead, Activity]
	policy     *funnel.Policy[View]
	desk       *handoff.Desk[View]
	capacity   bool // some member takes no more than so many open leads
}

// compile makes documents into what decides, and lists every mistake in them.
func compile(documents map[string][]byte) (*agreed, error) {
	g := &agreed{}
	var errs []error
	note := func(kind string, err error) {
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", kind, err))
		}
	}
	var err error
	g.model, err = scoring.Parse(documents[ModelDocument])
	note(ModelDocument, err)
	g.definition, err = funnel.Parse(documents[PolicyDocument])
	note(PolicyDocument, err)
	g.agreement, err = handoff.Parse(documents[AgreementDocument])
	note(AgreementDocument, err)
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	g.scorer, err = scoring.Compile[Lead, Activity](g.model, scoring.Zones(time.LoadLocation))
	note(ModelDocument, err)
	if g.policy, err = funnel.Compile[View](g.definition); err != nil {
		note(PolicyDocument, err)
		return nil, errors.Join(errs...)
	}
	g.desk, err = handoff.Compile(g.agreement, g.policy, time.LoadLocation)
	note(AgreementDocument, err)
	for _, pool := range g.agreement.Routing.Pools {
		for _, m := range pool.Members {
			g.capacity = g.capacity || m.Capacity > 0
		}
	}
	g.versions = map[string]int{ModelDocument: g.model.Version, PolicyDocument: g.definition.Version, AgreementDocument: g.agreement.Version}
	return g, errors.Join(errs...)
}

// begin stores the demo's documents if there are none yet.
func (a *App) begin(ctx context.Context) error {
	versions, err := a.store.ActiveVersions(ctx)
	if err != nil || len(versions) > 0 {
		return err
	}
	policy, err := indented(funnel.Standard())
	if err != nil {
		return err
	}
	agreement, err := handoff.Parse(demoAgreement)
	if err != nil {
		return err
	}
	agreement.Goals = demoGoals(a.now())
	signed, err := indented(agreement)
	if err != nil {
		return err
	}
	return a.store.Within(ctx, func(tx *store.Store) error {
		for _, d := range []store.Document{
			{Kind: ModelDocument, Version: 1, Body: string(demoModel)},
			{Kind: PolicyDocument, Version: funnel.Standard().Version, Body: string(policy)},
			{Kind: AgreementDocument, Version: agreement.Version, Body: string(signed)},
		} {
			d.Author, d.Created, d.Note = "system", a.now(), "the demo's"
			if err := tx.AddDocument(ctx, d); err != nil && !errors.Is(err, store.ErrConflict) { // another process was faster
				return err
			}
		}
		return nil
	})
}

// demoGoals are goals for the quarter that runs and the one before, sized for about 200 leads.
func demoGoals(now time.Time) goals.Goals {
	quarter := time.Date(now.Year(), (now.Month()-1)/3*3+1, 1, 0, 0, 0, 0, time.UTC)
	var g goals.Goals
	for _, from := range []time.Time{quarter.AddDate(0, -3, 0), quarter} {
		g.Periods = append(g.Periods, goals.PeriodGoals{
			Name: fmt.Sprintf("%d-Q%d", from.Year(), (from.Month()-1)/3+1), From: from, To: from.AddDate(0, 3, 0),
			Marketing: goals.MarketingGoals{Count: 25},
			Sales:     goals.SalesGoals{Revenue: 15_000_000, Acceptance: "4/5", FollowUp: "9/10"},
		})
	}
	return g
}

// current is what decides now. Another process may have adopted a new version; then that is loaded first.
func (a *App) current(ctx context.Context) (*agreed, error) {
	versions, err := a.store.ActiveVersions(ctx)
	if err != nil {
		return nil, err
	}
	g := a.agreed.Load()
	if g != nil && g.versions[ModelDocument] == versions[ModelDocument] && g.versions[PolicyDocument] == versions[PolicyDocument] &&
		g.versions[AgreementDocument] == versions[AgreementDocument] {
		return g, nil
	}
	documents, err := a.activeDocuments(ctx)
	if err != nil {
		return nil, err
	}
	if g, err = compile(documents); err != nil {
		return nil, err
	}
	a.agreed.Store(g)
	return g, nil
}

func (a *App) activeDocuments(ctx context.Context) (map[string][]byte, error) {
	list, err := a.store.ActiveDocuments(ctx)
	if err != nil {
		return nil, err
	}
	documents := map[string][]byte{}
	for _, d := range list {
		documents[d.Kind] = []byte(d.Body)
	}
	return documents, nil
}

func indented(document any) ([]byte, error) {
	text, err := json.MarshalIndent(document, "", "  ")
	return append(bytes.TrimSpace(text), '\n'), err
}
