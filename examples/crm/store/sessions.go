package store

import (
	"context"
	"crypto/rand"
	"time"
)

// A Session is somebody who is signed in.
type Session struct {
	Token   string // hash of the cookie's token, so that who reads the table can't sign in
	Actor   string
	Role    string
	Secret  string // of the session's forms
	Expires time.Time
}

// AddSession signs somebody in, and clears out sessions that have ended.
func (s *Store) AddSession(ctx context.Context, session Session, now time.Time) error {
	err := s.Within(ctx, func(tx *Store) error {
		if _, err := tx.exec(ctx, `DELETE FROM sessions WHERE expires <= ?`, micros(now)); err != nil {
			return err
		}
		_, err := tx.exec(ctx, `INSERT INTO sessions (token, actor, role, secret, expires) VALUES (?, ?, ?, ?, ?)`,
			session.Token, session.Actor, session.Role, session.Secret, micros(session.Expires))
		return err
	})
	return fault("add session", err)
}

// Session finds a session that has not ended; [ErrNotFound] if there is none.
func (s *Store) Session(ctx context.Context, token string, now time.Time) (Session, error) {
	session := Session{Token: token}
	var expires int64
	err := s.row(ctx, `SELECT actor, role, secret, expires FROM sessions WHERE token = ? AND expires > ?`, []any{token, micros(now)},
		&session.Actor, &session.Role, &session.Secret, &expires)
	session.Expires = instant(expires)
	return session, fault("session", err)
}

// EndSession signs somebody out.
func (s *Store) EndSession(ctx context.Context, token string) error {
	_, err := s.exec(ctx, `DELETE FROM sessions WHERE token = ?`, token)
	return fault("end session", err)
}

// An AuditEntry is something that somebody did and that others may ask about: a sign-in, an export, an erasure, a new document.
type AuditEntry struct {
	At                    time.Time
	Actor, Action, Target string // opaque ids and names of actions, nothing personal
}

// Audit writes an entry.
func (s *Store) Audit(ctx context.Context, e AuditEntry) error {
	_, err := s.exec(ctx, `INSERT INTO audit (id, at, actor, action, target) VALUES (?, ?, ?, ?, ?)`, rand.Text(), micros(e.At), e.Actor, e.Action, e.Target)
	return fault("audit", err)
}

// AuditLog lists the latest entries, the newest first.
func (s *Store) AuditLog(ctx context.Context, limit int) ([]AuditEntry, error) {
	return s.auditLog(ctx, `SELECT at, actor, action, target FROM audit ORDER BY at DESC, id LIMIT ?`, limit)
}

// AuditOf lists the entries about a target, the newest first.
func (s *Store) AuditOf(ctx context.Context, target string) ([]AuditEntry, error) {
	return s.auditLog(ctx, `SELECT at, actor, action, target FROM audit WHERE target = ? ORDER BY at DESC, id`, target)
}

func (s *Store) auditLog(ctx context.Context, statement string, values ...any) ([]AuditEntry, error) {
	var list []AuditEntry
	err := s.each(ctx, statement, values, func(scan func(...any) error) error {
		var e AuditEntry
		var at int64
		if err := scan(&at, &e.Actor, &e.Action, &e.Target); err != nil {
			return err
		}
		e.At = instant(at)
		list = append(list, e)
		return nil
	})
	return list, fault("audit log", err)
}
