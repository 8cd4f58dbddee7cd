package app

import (
	"context"
	"time"

	"github.com/leadloop/leadloop/scoring"
	"github.com/leadloop/leadloop/scoring/learn"
)

// The kinds of documents.
const (
	ModelDocument     = "model"
	AgreementDocument = "agreement"
	PolicyDocument    = "policy"
)

// A Document is a version of what people agreed on.
type Document struct {
	Kind    string
	Version int
	Body    string // JSON
	Author  string
	Created time.Time
	Note    string
	Active  bool // decides now
}

// Documents lists all versions of all documents, the newest of each kind first.
func (a *App) Documents(ctx context.Context) ([]Document, error) { return nil, nil }

// Adopt stores a new version of a document and lets it decide from now on. It is compiled first; the error lists every mistake. Only an
// [Admin] may. All leads are scored anew if it is a model.
func (a *App) Adopt(ctx context.Context, by User, kind, body, note string) (Document, error) {
	return Document{}, nil
}

// A ModelPage is the scoring model and what the feedback of sales would change in it.
type ModelPage struct {
	Model    scoring.Model
	Version  int
	Findings []scoring.Finding  // of the review
	Proposal learn.Proposal     // Refused says why there is none
	Diff     []scoring.Change   // from the model to the proposal, in words
	Effect   scoring.Comparison // what the proposal would change for the leads that are open now
	Digest   string             // of the proposal, to be sent with the answer to it
	Declined bool               // it was declined before
}

// Model gives the page of the model, with a proposal learned for a target.
func (a *App) Model(ctx context.Context, target learn.Target) (ModelPage, error) {
	return ModelPage{}, nil
}

// AnswerProposal accepts the proposal, which then is the model, or declines it. The digest is that of the page on which it was
// read: [ErrProposal] if outcomes have changed it since. Only an [Admin] may.
func (a *App) AnswerProposal(ctx context.Context, by User, target learn.Target, digest string, accept bool) error {
	return nil
}
