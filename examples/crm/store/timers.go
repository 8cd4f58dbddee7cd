package store

import (
	"context"
	"crypto/rand"
	"time"
)

// The kinds of timers. A lead has at most one of each.
const (
	DeadlineTimer = "deadline" // the desk wants a tick
	ScoreTimer    = "score"    // the score may have changed
)

// A Timer is an instant at which something is to be done for a lead.
type Timer struct {
	Lead, Kind string
	Due        time.Time
	claim      string // who has it
}

// SetTimer sets a timer anew, whoever has it claimed; a zero Due takes it away.
func (s *Store) SetTimer(ctx context.Context, t Timer) error {
	if t.Due.IsZero() {
		_, err := s.exec(ctx, `DELETE FROM timers WHERE lead = ? AND kind = ?`, t.Lead, t.Kind)
		return fault("clear timer", err)
	}
	_, err := s.exec(ctx, `INSERT INTO timers (lead, kind, ready, claim) VALUES (?, ?, ?, '')
		ON CONFLICT (lead, kind) DO UPDATE SET ready = excluded.ready, claim = ''`, t.Lead, t.Kind, micros(t.Due))
	return fault("set timer", err)
}

// HastenTimers lets the timers of a kind fall due at an instant, or earlier if they would anyway. Who is working on one of them finishes for
// nothing: it falls due again, so that what is new is seen.
func (s *Store) HastenTimers(ctx context.Context, kind string, due time.Time, leads []string) error {
	for chunk := range chunks(leads) {
		values := make([]any, 0, 4*len(chunk))
		for _, lead := range chunk {
			values = append(values, lead, kind, micros(due), "")
		}
		if _, err := s.exec(ctx, `INSERT INTO timers (lead, kind, ready, claim) VALUES `+placeholders(len(chunk), 4)+`
			ON CONFLICT (lead, kind) DO UPDATE SET ready = CASE WHEN timers.ready < excluded.ready THEN timers.ready ELSE excluded.ready END, claim = ''`,
			values...); err != nil {
			return fault("hasten timers", err)
		}
	}
	return nil
}

// HastenAll lets the score timers of all leads fall due, but of those that are suppressed: after a change of the model.
func (s *Store) HastenAll(ctx context.Context, due time.Time) error {
	_, err := s.exec(ctx, `INSERT INTO timers (lead, kind, ready, claim) SELECT id, 'score', ?, '' FROM leads WHERE suppressed = 0
		ON CONFLICT (lead, kind) DO UPDATE SET ready = excluded.ready, claim = ''`, micros(due))
	return fault("hasten all timers", err)
}

// ClaimTimers claims timers that have fallen due, the earliest first, at most limit. Until the lease ends nobody else gets them; who has not
// finished by then is taken to have crashed.
func (s *Store) ClaimTimers(ctx context.Context, now time.Time, lease time.Duration, limit int) ([]Timer, error) {
	claim := rand.Text()
	var list []Timer
	err := s.Within(ctx, func(tx *Store) error {
		// The condition stands outside as well: on PostgreSQL it is asked again once another claim has let go of the row.
		rows, err := tx.query(ctx, `UPDATE timers SET ready = ?, claim = ? WHERE ready <= ? AND (lead, kind) IN
			(SELECT lead, kind FROM timers WHERE ready <= ? ORDER BY ready, lead, kind LIMIT ?) RETURNING lead, kind`,
			micros(now.Add(lease)), claim, micros(now), micros(now), limit)
		if err != nil {
			return err
		}
		return drain(rows, func(scan func(...any) error) error {
			t := Timer{claim: claim, Due: now}
			err := scan(&t.Lead, &t.Kind)
			list = append(list, t)
			return err
		})
	})
	return list, fault("claim timers", err)
}

// FinishTimer answers a claim: the timer falls due next at an instant, or never if that is zero. If it was set anew or hastened meanwhile
// that stands, and so it does if the lease has ended and another has claimed it.
func (s *Store) FinishTimer(ctx context.Context, t Timer, next time.Time) error {
	var err error
	if next.IsZero() {
		_, err = s.exec(ctx, `DELETE FROM timers WHERE lead = ? AND kind = ? AND claim = ?`, t.Lead, t.Kind, t.claim)
	} else {
		_, err = s.exec(ctx, `UPDATE timers SET ready = ?, claim = '' WHERE lead = ? AND kind = ? AND claim = ?`, micros(next), t.Lead, t.Kind, t.claim)
	}
	return fault("finish timer", err)
}

// NextTimer is the earliest instant at which a timer can be claimed; zero if there is none.
func (s *Store) NextTimer(ctx context.Context) (time.Time, error) {
	var next int64
	err := s.row(ctx, `SELECT COALESCE(MIN(ready), 0) FROM timers`, nil, &next)
	return instant(next), fault("next timer", err)
}

// DueTimers lists the leads whose deadline timers have fallen due, claimed or not.
func (s *Store) DueTimers(ctx context.Context, now time.Time) ([]string, error) {
	var leads []string
	err := s.each(ctx, `SELECT lead FROM timers WHERE kind = 'deadline' AND ready <= ? ORDER BY ready, lead`, []any{micros(now)}, func(scan func(...any) error) error {
		var lead string
		err := scan(&lead)
		leads = append(leads, lead)
		return err
	})
	return leads, fault("due timers", err)
}

// TimersOf lists the timers of a lead.
func (s *Store) TimersOf(ctx context.Context, lead string) ([]Timer, error) {
	var list []Timer
	err := s.each(ctx, `SELECT kind, ready FROM timers WHERE lead = ? ORDER BY kind`, []any{lead}, func(scan func(...any) error) error {
		t := Timer{Lead: lead}
		var ready int64
		err := scan(&t.Kind, &ready)
		t.Due = instant(ready)
		list = append(list, t)
		return err
	})
	return list, fault("timers of lead", err)
}
