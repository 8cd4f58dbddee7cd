package store

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"time"

	"github.com/leadloop/leadloop/handoff"
)

// The states of an effect in the outbox.
const (
	PendingState = "pending"
	DoneState    = "done" // then its column ready is when
	DeadState    = "dead" // given up; an admin may try it again
)

// A Delivery is an effect that is claimed, to be carried out.
type Delivery struct {
	handoff.Effect
	Lead     string
	Body     string // the effect as JSON, as it was stored
	Attempts int64  // before this one
	Claim    string // to be given back with the answer
}

// first is the condition that an effect is the first of its lead that is pending.
const first = `NOT EXISTS (SELECT 1 FROM outbox AS e WHERE e.lead = o.lead AND e.state = 'pending'
	AND (e.version < o.version OR e.version = o.version AND e.place < o.place))`

// ClaimEffects claims effects that are to be carried out now, at most limit. Until the lease ends nobody else gets them; who has not
// answered by then is taken to have crashed. Of each lead it is the first that is pending, so that effects of one lead never overtake
// each other. The others follow when that is done or given up.
func (s *Store) ClaimEffects(ctx context.Context, now time.Time, lease time.Duration, limit int) ([]Delivery, error) {
	claim := rand.Text()
	var list []Delivery
	err := s.Within(ctx, func(tx *Store) error {
		rows, err := tx.query(ctx, `UPDATE outbox SET ready = ?, claim = ? WHERE state = 'pending' AND ready <= ? AND key IN (
				SELECT key FROM outbox AS o WHERE state = 'pending' AND ready <= ? AND `+first+` ORDER BY ready, lead LIMIT ?)
			RETURNING lead, body, attempts`, micros(now.Add(lease)), claim, micros(now), micros(now), limit)
		if err != nil {
			return err
		}
		return drain(rows, func(scan func(...any) error) error {
			d := Delivery{Claim: claim}
			if err := scan(&d.Lead, &d.Body, &d.Attempts); err != nil {
				return err
			}
			if err := json.Unmarshal([]byte(d.Body), &d.Effect); err != nil {
				return err
			}
			list = append(list, d)
			return nil
		})
	})
	return list, fault("claim effects", err)
}

// EffectDone marks an effect, which was carried out at an instant, by its key. One that is done already stays so.
func (s *Store) EffectDone(ctx context.Context, key string, at time.Time) error {
	_, err := s.exec(ctx, `UPDATE outbox SET state = 'done', ready = ?, claim = '', error = '', attempts = attempts + 1 WHERE key = ? AND state <> 'done'`, micros(at), key)
	return fault("effect done", err)
}

// ForgetEffects deletes effects that were done before an instant, the oldest first, at most limit, and says how many it has deleted.
func (s *Store) ForgetEffects(ctx context.Context, before time.Time, limit int64) (int64, error) {
	n, err := s.exec(ctx, `DELETE FROM outbox WHERE key IN (SELECT key FROM outbox WHERE state = 'done' AND ready < ? ORDER BY ready LIMIT ?)`, micros(before), limit)
	return n, fault("forget effects", err)
}

// AllEffectsDone marks all effects as carried out when they were due: of a history that is made up, nobody is told.
func (s *Store) AllEffectsDone(ctx context.Context) error {
	_, err := s.exec(ctx, `UPDATE outbox SET state = 'done' WHERE state = 'pending'`)
	return fault("all effects done", err)
}

// EffectFailed gives a claimed effect back: it is tried again at an instant, or given up if that is zero. What failed is shown to admins
// and must hold no personal data. If the claim has ended, nothing changes.
func (s *Store) EffectFailed(ctx context.Context, d Delivery, again time.Time, problem string) error {
	state := PendingState
	if again.IsZero() {
		state = DeadState
	}
	return s.Within(ctx, func(tx *Store) error {
		n, err := tx.exec(ctx, `UPDATE outbox SET state = ?, ready = ?, claim = '', attempts = attempts + 1, error = ? WHERE key = ? AND claim = ? AND state = 'pending'`,
			state, micros(again), problem, d.Key, d.Claim)
		if err == nil && n > 0 && state == PendingState { // those that wait for it need not be looked at before
			_, err = tx.exec(ctx, `UPDATE outbox SET ready = ? WHERE lead = ? AND state = 'pending' AND ready < ?`, micros(again), d.Lead, micros(again))
		}
		return fault("effect failed", err)
	})
}

// EffectStopped gives a claimed effect back that was neither carried out nor refused: it is ready again, as if it had not been claimed.
func (s *Store) EffectStopped(ctx context.Context, d Delivery, now time.Time) error {
	_, err := s.exec(ctx, `UPDATE outbox SET ready = ?, claim = '' WHERE key = ? AND claim = ? AND state = 'pending'`, micros(now), d.Key, d.Claim)
	return fault("effect stopped", err)
}

// ReviveEffect lets an effect that was given up be tried again.
func (s *Store) ReviveEffect(ctx context.Context, key string, now time.Time) error {
	n, err := s.exec(ctx, `UPDATE outbox SET state = 'pending', ready = ? WHERE key = ? AND state = 'dead'`, micros(now), key)
	if err == nil && n == 0 {
		err = ErrNotFound
	}
	return fault("revive effect", err)
}

// NextEffect is the earliest instant at which an effect can be claimed; zero if none is pending. Those that wait for an earlier one of their
// lead don't count.
func (s *Store) NextEffect(ctx context.Context) (time.Time, error) {
	var next int64
	err := s.row(ctx, `SELECT ready FROM outbox AS o WHERE state = 'pending' AND `+first+` ORDER BY ready LIMIT 1`, nil, &next)
	if err == ErrNotFound {
		return time.Time{}, nil
	}
	return instant(next), fault("next effect", err)
}

// OutboxCounts counts effects by state, of those that are done only the ones since an instant: of all, there are too many to be counted often.
func (s *Store) OutboxCounts(ctx context.Context, doneSince time.Time) (map[string]int64, error) {
	counts := map[string]int64{}
	err := s.each(ctx, `SELECT state, COUNT(*) FROM outbox WHERE state IN ('pending', 'dead') GROUP BY state
		UNION ALL SELECT 'done', COUNT(*) FROM outbox WHERE state = 'done' AND ready >= ?`, []any{micros(doneSince)}, func(scan func(...any) error) error {
		var state string
		var n int64
		if err := scan(&state, &n); err != nil {
			return err
		}
		counts[state] = n
		return nil
	})
	return counts, fault("outbox counts", err)
}

// An OutboxRow is an effect with how far it has come.
type OutboxRow struct {
	Lead, Key, Kind, State, Error string
	Attempts                      int64
	Ready                         time.Time
}

// Outbox lists effects of a lead that are not done, in their order; of all leads if it is "". At most limit.
func (s *Store) Outbox(ctx context.Context, lead string, limit int) ([]OutboxRow, error) {
	return s.outbox(ctx, `SELECT lead, key, kind, state, error, attempts, ready FROM outbox WHERE state <> 'done' AND (lead = ? OR ? = '')
		ORDER BY lead, version, place LIMIT ?`, lead, lead, limit)
}

// DeadEffects lists effects that were given up, at most limit.
func (s *Store) DeadEffects(ctx context.Context, limit int) ([]OutboxRow, error) {
	return s.outbox(ctx, `SELECT lead, key, kind, state, error, attempts, ready FROM outbox WHERE state = 'dead' ORDER BY lead, version, place LIMIT ?`, limit)
}

func (s *Store) outbox(ctx context.Context, statement string, values ...any) ([]OutboxRow, error) {
	var list []OutboxRow
	err := s.each(ctx, statement, values, func(scan func(...any) error) error {
		var r OutboxRow
		var ready int64
		if err := scan(&r.Lead, &r.Key, &r.Kind, &r.State, &r.Error, &r.Attempts, &ready); err != nil {
			return err
		}
		r.Ready = instant(ready)
		list = append(list, r)
		return nil
	})
	return list, fault("outbox", err)
}

// Pending lists all effects that are not done, those of one lead in their order.
func (s *Store) Pending(ctx context.Context) ([]handoff.Effect, error) {
	var list []handoff.Effect
	err := s.each(ctx, `SELECT body FROM outbox WHERE state <> 'done' ORDER BY lead, version, place`, nil, func(scan func(...any) error) error {
		var body string
		if err := scan(&body); err != nil {
			return err
		}
		var e handoff.Effect
		if err := json.Unmarshal([]byte(body), &e); err != nil {
			return err
		}
		list = append(list, e)
		return nil
	})
	return list, fault("pending", err)
}

// A Told is an effect of a lead with its state.
type Told struct {
	State  string         `json:"state"`
	Effect handoff.Effect `json:"effect"`
}

// EffectsOf lists all effects of a lead that are stored, in their order.
func (s *Store) EffectsOf(ctx context.Context, lead string) ([]Told, error) {
	var list []Told
	err := s.each(ctx, `SELECT state, body FROM outbox WHERE lead = ? ORDER BY version, place`, []any{lead}, func(scan func(...any) error) error {
		var e Told
		var body string
		if err := scan(&e.State, &body); err != nil {
			return err
		}
		list = append(list, e)
		return json.Unmarshal([]byte(body), &list[len(list)-1].Effect)
	})
	return list, fault("effects of lead", err)
}
