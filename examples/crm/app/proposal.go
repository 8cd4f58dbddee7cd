package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"iter"

	"github.com/leadloop/leadloop/examples/crm/store"
	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/scoring"
	"github.com/leadloop/leadloop/scoring/learn"
)

// ErrProposal says that the proposal is no longer the one that was read.
var ErrProposal = errors.New("the proposal has changed since you read it, look again")

// A ModelPage is the scoring model and what the feedback of sales would change in it.
type ModelPage struct {
	Model    scoring.Model
	Version  int
	Findings []scoring.Finding  // of the review
	Evidence learn.Report       // of each rule
	Proposal learn.Proposal     // Refused says why there is none
	Diff     []scoring.Change   // from the model to the proposal, in words
	Effect   scoring.Comparison // what the proposal would change for leads that marketing has now
	Digest   string             // of the proposal, to be sent with the answer to it; "": there is none
	Declined bool               // it was declined before
}

// Model gives the page of the model, with a proposal learned for a target. It takes some seconds with many outcomes.
func (a *App) Model(ctx context.Context, target learn.Target) (ModelPage, error) {
	g, err := a.current(ctx)
	if err != nil {
		return ModelPage{}, err
	}
	page := ModelPage{Model: g.model, Version: g.model.Version, Findings: scoring.Lint(g.model)}
	if err := a.propose(ctx, g, target, &page); err != nil || page.Proposal.Refused != "" {
		return page, err
	}
	page.Diff = scoring.Diff(g.model, page.Proposal.Model)
	if page.Digest, err = digest(page.Proposal.Model); err != nil {
		return page, err
	}
	_, err = a.store.Setting(ctx, declined+page.Digest)
	page.Declined = err == nil
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return page, err
	}
	next, err := scoring.Compile[Lead, Activity](page.Proposal.Model)
	if err != nil {
		return page, err
	}
	leads, err := a.sample(ctx, g)
	page.Effect = scoring.Backtest(g.scorer, next, leads, a.now())
	return page, err
}

// propose learns from what became of the offers until now, of those that were made under this version of the model: rules of one version tell
// nothing of another's. So a model that was just adopted has nothing to learn from yet.
func (a *App) propose(ctx context.Context, g *agreed, target learn.Target, page *ModelPage) error {
	marks, err := a.store.Marks(ctx)
	if err != nil {
		return err
	}
	parts, _, err := a.refresh(ctx, marks)
	if err != nil {
		return err
	}
	sample, err := learn.NewSample(g.model)
	if err != nil {
		return err
	}
	evidence, err := learn.NewEvidence(g.model)
	if err != nil {
		return err
	}
	for _, p := range parts {
		for _, o := range p.outcomes {
			if o.model != g.model.Version {
				continue
			}
			if err := errors.Join(sample.Add(o.Outcome), evidence.Add(o.Outcome)); err != nil {
				return err
			}
		}
	}
	page.Evidence = evidence.Report(target)
	page.Proposal, err = learn.Propose(sample, learn.Options{Target: target, AsOf: a.now(), Weighted: target == learn.Win})
	return err
}

// sampled is how many leads show what a proposal would change.
const sampled = 500

// sample gives leads that marketing has now, as they would be scored.
func (a *App) sample(ctx context.Context, g *agreed) (iter.Seq2[string, scoring.Subject[Lead, Activity]], error) {
	rows, err := a.store.Cases(ctx, store.List{Stages: []funnel.Stage{funnel.Inquiry, funnel.Recycled}, Newest: true, Limit: sampled})
	if err != nil {
		return nil, err
	}
	var ids []string
	var subjects []scoring.Subject[Lead, Activity]
	for i := range rows {
		s, err := a.scoreLead(ctx, g, rows[i].Lead.ID)
		if err != nil {
			return nil, err
		}
		ids, subjects = append(ids, s.lead.ID), append(subjects, s.subject)
	}
	return func(yield func(string, scoring.Subject[Lead, Activity]) bool) {
		for i := range ids {
			if !yield(ids[i], subjects[i]) {
				return
			}
		}
	}, nil
}

// declined begins the names of the settings that remember what was declined.
const declined = "declined proposal "

// AnswerProposal accepts the proposal, which then is the model, or declines it. The digest is that of the page on which it was
// read: [ErrProposal] if outcomes have changed it since. Only an [Admin] may.
func (a *App) AnswerProposal(ctx context.Context, by User, target learn.Target, proposal string, accept bool) error {
	if by.Role != Admin {
		return ErrForbidden
	}
	g, err := a.current(ctx)
	if err != nil {
		return err
	}
	var page ModelPage
	if err := a.propose(ctx, g, target, &page); err != nil {
		return err
	}
	now, err := digest(page.Proposal.Model)
	if err != nil {
		return err
	}
	if page.Proposal.Refused != "" || now != proposal {
		return ErrProposal
	}
	if !accept {
		if err := a.store.SetSetting(ctx, declined+now, by.ID); err != nil {
			return err
		}
		return a.store.Audit(ctx, store.AuditEntry{At: a.now(), Actor: by.ID, Action: "decline proposal", Target: now[:12]})
	}
	body, err := indented(page.Proposal.Model)
	if err != nil {
		return err
	}
	_, err = a.Adopt(ctx, by, ModelDocument, string(body), "learned from outcomes: "+string(target))
	return err
}

// digest tells proposals apart.
func digest(m scoring.Model) (string, error) {
	text, err := json.Marshal(m)
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:]), err
}
