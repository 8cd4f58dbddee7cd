package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/leadloop/leadloop/examples/crm/store"
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

// ErrDocument is a document that can't be adopted; the error that wraps it lists every mistake.
var ErrDocument = errors.New("the document can't be adopted")

// Documents lists all versions of all documents, the newest of each kind first.
func (a *App) Documents(ctx context.Context) ([]Document, error) {
	rows, err := a.store.Documents(ctx)
	var list []Document
	for _, d := range rows {
		list = append(list, Document(d))
	}
	return list, err
}

// Adopt stores a new version of a document and lets it decide from now on. It is compiled first, with the others; the error, an [ErrDocument],
// lists every mistake. Only an [Admin] may. All leads are scored anew if it is a model.
func (a *App) Adopt(ctx context.Context, by User, kind, body, note string) (Document, error) {
	if by.Role != Admin {
		return Document{}, ErrForbidden
	}
	documents, err := a.activeDocuments(ctx)
	if err != nil {
		return Document{}, err
	}
	if _, known := documents[kind]; !known {
		return Document{}, fmt.Errorf("%w: there is no kind %q", ErrDocument, kind)
	}
	before, err := compile(documents)
	if err != nil {
		return Document{}, err
	}
	documents[kind] = []byte(body)
	g, err := compile(documents)
	if err != nil {
		return Document{}, fmt.Errorf("%w: %w", ErrDocument, err)
	}
	if g.versions[kind] <= before.versions[kind] {
		return Document{}, fmt.Errorf("%w: its version must be above %d, which decides now", ErrDocument, before.versions[kind])
	}
	d := store.Document{Kind: kind, Version: g.versions[kind], Body: body, Author: by.ID, Created: a.now(), Note: note, Active: true}
	err = a.store.Within(ctx, func(tx *store.Store) error {
		if err := tx.AddDocument(ctx, d); err != nil {
			return err
		}
		if kind == ModelDocument {
			if err := tx.HastenAll(ctx, a.now()); err != nil {
				return err
			}
		}
		return tx.Audit(ctx, store.AuditEntry{At: a.now(), Actor: by.ID, Action: "adopt " + kind, Target: fmt.Sprint(d.Version)})
	})
	if errors.Is(err, store.ErrConflict) {
		err = fmt.Errorf("%w: version %d exists already", ErrDocument, d.Version)
	}
	if err != nil {
		return Document{}, err
	}
	signal(a.wake)
	_, err = a.current(ctx)
	return Document(d), err
}
