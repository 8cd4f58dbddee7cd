package store

import (
	"context"
	"encoding/json"
	"time"

	"github.com/leadloop/leadloop/handoff"
)

// Suppress keeps the keyed hash of an address that must not be contacted. It survives the erasure of the lead.
func (s *Store) Suppress(ctx context.Context, hash, reason string, since time.Time) error {
	_, err := s.exec(ctx, `INSERT INTO suppressions (hash, reason, since) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`, hash, reason, micros(since))
	return fault("suppress", err)
}

// Suppressed says since when an address is suppressed; zero if it is not.
func (s *Store) Suppressed(ctx context.Context, hash string) (since time.Time, reason string, err error) {
	var at int64
	err = s.row(ctx, `SELECT since, reason FROM suppressions WHERE hash = ?`, []any{hash}, &at, &reason)
	if err == ErrNotFound {
		return time.Time{}, "", nil
	}
	return instant(at), reason, fault("suppressed", err)
}

// Erase takes a lead's personal data out in one transaction: fields, label, identities, the details of its activities (kind, time, channel,
// campaign, cost and the sender's id of the message stay) and, by a function that redacts, what its events tell of it. Effects that are still to be carried out lose their packets; those that are done go.
func (s *Store) Erase(ctx context.Context, lead string, redact func(handoff.Event) handoff.Event) error {
	return s.Within(ctx, func(tx *Store) error {
		log, err := tx.Log(ctx, lead)
		if err != nil {
			return err
		}
		for _, e := range log {
			body, err := json.Marshal(redact(e))
			if err != nil {
				return err
			}
			if _, err := tx.exec(ctx, `UPDATE events SET body = ? WHERE lead = ? AND version = ?`, string(body), lead, e.Version); err != nil {
				return fault("erase", err)
			}
		}
		for _, statement := range []string{
			`UPDATE leads SET fields = '{}', filled = '{}', label = 'erased', account = '', changes = changes + 1 WHERE id = ?`,
			`UPDATE activities SET detail = '' WHERE lead = ?`,
			`DELETE FROM identities WHERE lead = ?`,
			`DELETE FROM outbox WHERE lead = ? AND state <> 'pending'`,
		} {
			if _, err := tx.exec(ctx, statement, lead); err != nil {
				return fault("erase", err)
			}
		}
		return tx.stripPackets(ctx, lead)
	})
}

// stripPackets takes the packets out of a lead's pending effects.
func (s *Store) stripPackets(ctx context.Context, lead string) error {
	stripped := map[string]string{}
	err := s.each(ctx, `SELECT key, body FROM outbox WHERE lead = ?`, []any{lead}, func(scan func(...any) error) error {
		var key, body string
		if err := scan(&key, &body); err != nil {
			return err
		}
		var e handoff.Effect
		if err := json.Unmarshal([]byte(body), &e); err != nil {
			return err
		}
		e.Packet, e.Target = nil, ""
		text, err := json.Marshal(e)
		stripped[key] = string(text)
		return err
	})
	for key, body := range stripped {
		if err == nil {
			_, err = s.exec(ctx, `UPDATE outbox SET body = ? WHERE key = ?`, body, key)
		}
	}
	return fault("erase", err)
}
