package store

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"strings"
)

// Migrations are numbered files, applied in order, each once and in a transaction of its own. A file that has been released is never
// changed: what comes later is a new file.
//
//go:embed migrations/*.sql
var migrations embed.FS

// migrate applies what has not been applied yet.
func (s *Store) migrate(ctx context.Context) error {
	files, err := fs.Glob(migrations, "migrations/*.sql") // sorted
	if err != nil {
		return err
	}
	err = s.Within(ctx, func(tx *Store) error {
		if err := tx.alone(ctx); err != nil {
			return err
		}
		_, err := tx.exec(ctx, `CREATE TABLE IF NOT EXISTS migrations (number BIGINT PRIMARY KEY, name TEXT NOT NULL)`)
		return err
	})
	if err != nil {
		return fault("migrations", err)
	}
	for i, name := range files {
		text, err := migrations.ReadFile(name)
		if err != nil {
			return err
		}
		if err := s.Within(ctx, func(tx *Store) error { return tx.apply(ctx, i+1, name, string(text)) }); err != nil {
			return fmt.Errorf("store: migration %s: %w", name, err)
		}
	}
	return nil
}

func (s *Store) apply(ctx context.Context, number int, name, text string) error {
	if err := s.alone(ctx); err != nil {
		return err
	}
	fresh, err := s.exec(ctx, `INSERT INTO migrations (number, name) VALUES (?, ?) ON CONFLICT DO NOTHING`, number, name)
	if err != nil || fresh == 0 {
		return err
	}
	for statement := range strings.SplitSeq(text, ";\n") {
		if strings.TrimSpace(statement) == "" {
			continue
		}
		if _, err := s.exec(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

// alone makes processes that start at once wait for each other until the transaction ends; SQLite does so by itself.
func (s *Store) alone(ctx context.Context) error {
	if !s.postgres {
		return nil
	}
	_, err := s.exec(ctx, `SELECT pg_advisory_xact_lock(7246135)`) // any number that others are not likely to use
	return err
}
