package store

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"

	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/handoff"
	"github.com/leadloop/leadloop/handoff/routing"
)

// Parts is into how many parts the leads are divided, for reports.
const Parts = 64

// Part is the part that a lead is in.
func Part(lead string) int64 {
	h := fnv.New32a()
	h.Write([]byte(lead))
	return int64(h.Sum32() % Parts)
}

// Case returns the case of a lead; one that was never registered is the zero case.
func (s *Store) Case(ctx context.Context, lead string) (handoff.Case, error) {
	var c handoff.Case
	var body string
	err := s.row(ctx, `SELECT body FROM cases WHERE lead = ?`, []any{lead}, &body)
	if err == ErrNotFound {
		return c, nil
	}
	if err == nil {
		err = json.Unmarshal([]byte(body), &c)
	}
	return c, fault("load case", err)
}

// Pools returns the state of the pools; nil if there is none yet.
func (s *Store) Pools(ctx context.Context) (routing.States, error) {
	var states routing.States
	var body string
	err := s.row(ctx, `SELECT state FROM pools WHERE name = 'all'`, nil, &body)
	if err == ErrNotFound {
		return nil, nil
	}
	if err == nil {
		err = json.Unmarshal([]byte(body), &states)
	}
	return states, fault("load pools", err)
}

// Log returns the events of a lead in the order of their versions.
func (s *Store) Log(ctx context.Context, lead string) ([]handoff.Event, error) {
	var log []handoff.Event
	err := s.each(ctx, `SELECT body FROM events WHERE lead = ? ORDER BY version`, []any{lead}, func(scan func(...any) error) error {
		var body string
		if err := scan(&body); err != nil {
			return err
		}
		var e handoff.Event
		if err := json.Unmarshal([]byte(body), &e); err != nil {
			return err
		}
		log = append(log, e)
		return nil
	})
	return log, fault("log", err)
}

// Commit stores what the desk has decided on a command for a case, as it was loaded: events, case, pools, effects and the timer for the
// next deadline, all or nothing. It is [ErrConflict] if the case, or the pools' state that an offer was decided with, is no longer
// what was loaded.
func (s *Store) Commit(ctx context.Context, c handoff.Case, cmd handoff.Command, d handoff.Decision) error {
	if len(d.Events) == 0 {
		return nil
	}
	return s.Within(ctx, func(tx *Store) error { return fault("commit", tx.commit(ctx, c, cmd, &d)) })
}

func (s *Store) commit(ctx context.Context, c handoff.Case, cmd handoff.Command, d *handoff.Decision) error {
	lead, loaded := d.Events[0].ID, c.Version
	if loaded > 0 && c.ID != lead {
		return fmt.Errorf("events of %q for the case of %q", lead, c.ID)
	}
	rows := make([]any, 0, 4*len(d.Events))
	revenue := int64(0)
	for _, e := range d.Events {
		if e.ID != lead || e.Version != c.Version+1 {
			return fmt.Errorf("event %d of %q does not follow on version %d of %q", e.Version, e.ID, c.Version, lead)
		}
		c = handoff.Apply(c, e)
		body, err := json.Marshal(e)
		if err != nil {
			return err
		}
		rows = append(rows, lead, e.Version, Part(lead), string(body))
		revenue += e.Revenue
	}
	if err := s.putCase(ctx, c, d, loaded, revenue); err != nil {
		return err
	}
	if _, err := s.exec(ctx, `INSERT INTO events (lead, version, part, body) VALUES `+placeholders(len(d.Events), 4), rows...); err != nil {
		return err
	}
	if offer, ok := cmd.(handoff.Offer); ok && d.Pools != nil {
		if err := s.putPools(ctx, offer.Pools, d.Pools); err != nil {
			return err
		}
	}
	if err := s.putEffects(ctx, lead, d.Effects); err != nil {
		return err
	}
	return s.SetTimer(ctx, Timer{Lead: lead, Kind: DeadlineTimer, Due: d.Next})
}

// putCase stores the case if the stored one still has the version that was loaded. The check is part of the write.
func (s *Store) putCase(ctx context.Context, c handoff.Case, d *handoff.Decision, loaded, revenue int64) error {
	body, err := json.Marshal(c)
	if err != nil {
		return err
	}
	var n int64
	if loaded == 0 {
		n, err = s.exec(ctx, `INSERT INTO cases (version, body, stage, status, owner, track, next, changed, revenue, part, lead)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
			c.Version, string(body), string(c.Stage), string(c.Status), c.Owner, c.Track, orNever(d.Next), micros(c.Last), revenue, Part(c.ID), c.ID)
	} else {
		n, err = s.exec(ctx, `UPDATE cases SET version = ?, body = ?, stage = ?, status = ?, owner = ?, track = ?, next = ?, changed = ?, revenue = revenue + ?
			WHERE lead = ? AND version = ?`,
			c.Version, string(body), string(c.Stage), string(c.Status), c.Owner, c.Track, orNever(d.Next), micros(c.Last), revenue, c.ID, loaded)
	}
	if err == nil && n == 0 {
		err = ErrConflict
	}
	return err
}

// PutPools stores the next state of the pools if the stored one is still what was loaded. If it is not, that is [ErrConflict].
func (s *Store) PutPools(ctx context.Context, loaded, next routing.States) error {
	return fault("put pools", s.putPools(ctx, loaded, next))
}

func (s *Store) putPools(ctx context.Context, loaded, next routing.States) error {
	body, err := json.Marshal(next)
	if err != nil {
		return err
	}
	before, err := json.Marshal(loaded)
	if err != nil {
		return err
	}
	var n int64
	if len(loaded) == 0 {
		n, err = s.exec(ctx, `INSERT INTO pools (name, state) VALUES ('all', ?) ON CONFLICT DO NOTHING`, string(body))
	} else {
		n, err = s.exec(ctx, `UPDATE pools SET state = ? WHERE name = 'all' AND state = ?`, string(body), string(before))
	}
	if err == nil && n == 0 {
		err = ErrConflict
	}
	return err
}

// putEffects puts effects into the outbox.
func (s *Store) putEffects(ctx context.Context, lead string, effects []handoff.Effect) error {
	for _, e := range effects {
		version, place, err := keyOf(lead, e.Key)
		if err != nil {
			return err
		}
		body, err := json.Marshal(e)
		if err != nil {
			return err
		}
		if _, err := s.exec(ctx, `INSERT INTO outbox (lead, version, place, key, kind, body, ready, state) VALUES (?, ?, ?, ?, ?, ?, ?, 'pending')`,
			lead, version, place, e.Key, string(e.Kind), string(body), micros(e.At)); err != nil {
			return err
		}
	}
	return nil
}

// keyOf reads the key of an effect: the lead, the event's version and the place among its effects.
func keyOf(lead, key string) (version, place int64, err error) {
	if len(key) > len(lead) && key[:len(lead)] == lead {
		if _, err := fmt.Sscanf(key[len(lead):], "/%d/%d", &version, &place); err == nil {
			return version, place, nil
		}
	}
	return 0, 0, fmt.Errorf("effect %q is none of lead %q", key, lead)
}

// A Stage is how many cases stand in a stage, and what was won there.
type Stage struct {
	Stage   funnel.Stage
	Cases   int64
	Revenue int64
}

// Stages counts the cases by stage.
func (s *Store) Stages(ctx context.Context) ([]Stage, error) {
	var list []Stage
	err := s.each(ctx, `SELECT stage, COUNT(*), CAST(SUM(revenue) AS BIGINT) FROM cases GROUP BY stage ORDER BY stage`, nil, func(scan func(...any) error) error {
		var g Stage
		err := scan(&g.Stage, &g.Cases, &g.Revenue)
		list = append(list, g)
		return err
	})
	return list, fault("stages", err)
}

// Load counts the open leads of each owner, for the routing.
func (s *Store) Load(ctx context.Context) (map[string]int64, error) {
	load := map[string]int64{}
	err := s.each(ctx, `SELECT owner, COUNT(*) FROM cases WHERE owner <> '' AND stage IN ('mql', 'sal', 'sql', 'opportunity') GROUP BY owner`, nil,
		func(scan func(...any) error) error {
			var owner string
			var n int64
			err := scan(&owner, &n)
			load[owner] = n
			return err
		})
	return load, fault("load of owners", err)
}
