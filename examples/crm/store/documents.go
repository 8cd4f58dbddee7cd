package store

import (
	"context"
	"time"
)

// A Document is a version of a model, a funnel or an agreement.
type Document struct {
	Kind    string
	Version int
	Body    string
	Author  string
	Created time.Time
	Note    string
	Active  bool
}

// Documents lists all versions, the newest of each kind first.
func (s *Store) Documents(ctx context.Context) ([]Document, error) {
	return s.documents(ctx, `SELECT kind, version, body, author, created, note, active FROM documents ORDER BY kind, version DESC`)
}

// ActiveDocuments lists those that decide now.
func (s *Store) ActiveDocuments(ctx context.Context) ([]Document, error) {
	return s.documents(ctx, `SELECT kind, version, body, author, created, note, active FROM documents WHERE active = 1 ORDER BY kind`)
}

func (s *Store) documents(ctx context.Context, statement string) ([]Document, error) {
	var list []Document
	err := s.each(ctx, statement, nil, func(scan func(...any) error) error {
		var d Document
		var created, active int64
		err := scan(&d.Kind, &d.Version, &d.Body, &d.Author, &created, &d.Note, &active)
		d.Created, d.Active = instant(created), active == 1
		list = append(list, d)
		return err
	})
	return list, fault("documents", err)
}

// ActiveVersions gives the version of each kind that decides now. It is asked often, to see whether somebody has changed it.
func (s *Store) ActiveVersions(ctx context.Context) (map[string]int, error) {
	versions := map[string]int{}
	err := s.each(ctx, `SELECT kind, version FROM documents WHERE active = 1`, nil, func(scan func(...any) error) error {
		var kind string
		var version int
		err := scan(&kind, &version)
		versions[kind] = version
		return err
	})
	return versions, fault("active versions", err)
}

// AddDocument stores a new version and makes it the one that decides. If the version is there already it is [ErrConflict].
func (s *Store) AddDocument(ctx context.Context, d Document) error {
	return s.Within(ctx, func(tx *Store) error {
		n, err := tx.exec(ctx, `INSERT INTO documents (kind, version, body, author, created, note, active) VALUES (?, ?, ?, ?, ?, ?, 1) ON CONFLICT DO NOTHING`,
			d.Kind, d.Version, d.Body, d.Author, micros(d.Created), d.Note)
		if err == nil && n == 0 {
			err = ErrConflict
		}
		if err == nil {
			_, err = tx.exec(ctx, `UPDATE documents SET active = 0 WHERE kind = ? AND version <> ?`, d.Kind, d.Version)
		}
		return fault("add document", err)
	})
}

// Setting reads a setting, such as a key; [ErrNotFound] if it was never stored.
func (s *Store) Setting(ctx context.Context, name string) (string, error) {
	var value string
	err := s.row(ctx, `SELECT value FROM settings WHERE name = ?`, []any{name}, &value)
	return value, fault("setting", err)
}

// AddSetting stores a setting unless there is one, and returns the one that is stored.
func (s *Store) AddSetting(ctx context.Context, name, value string) (string, error) {
	if _, err := s.exec(ctx, `INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT DO NOTHING`, name, value); err != nil {
		return "", fault("add setting", err)
	}
	return s.Setting(ctx, name)
}

// SetSetting stores a setting in place of the one before.
func (s *Store) SetSetting(ctx context.Context, name, value string) error {
	_, err := s.exec(ctx, `INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value`, name, value)
	return fault("set setting", err)
}
