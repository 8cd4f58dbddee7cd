package store

import (
	"context"
	"encoding/json"
	"time"

	"github.com/leadloop/leadloop/scoring"
)

// An Activity is something that a lead did, or that was told of it.
type Activity struct {
	Message  string // the sender's id, unique
	Lead     string
	At       time.Time
	Kind     string
	Channel  string // of marketing that brought it about; "": it is no touch
	Campaign string
	Cost     int64 // of the touch, in minor units
	Detail   string
}

// AddActivities stores activities and says which messages were new. Others are left as they are.
func (s *Store) AddActivities(ctx context.Context, list []Activity) (fresh map[string]bool, err error) {
	err = s.Within(ctx, func(tx *Store) error {
		fresh, err = tx.addActivities(ctx, list)
		return err
	})
	return fresh, err
}

func (s *Store) addActivities(ctx context.Context, list []Activity) (map[string]bool, error) {
	fresh := make(map[string]bool, len(list))
	for chunk := range chunks(list) {
		values := make([]any, 0, 8*len(chunk))
		for i := range chunk {
			a := &chunk[i]
			values = append(values, a.Message, a.Lead, micros(a.At), a.Kind, a.Channel, a.Campaign, a.Cost, a.Detail)
		}
		rows, err := s.query(ctx, `INSERT INTO activities (message, lead, at, kind, channel, campaign, cost, detail) VALUES `+placeholders(len(chunk), 8)+`
			ON CONFLICT DO NOTHING RETURNING message`, values...)
		if err == nil {
			err = drain(rows, func(scan func(...any) error) error {
				var message string
				err := scan(&message)
				fresh[message] = true
				return err
			})
		}
		if err != nil {
			return nil, fault("add activities", err)
		}
	}
	return fresh, nil
}

// KnownMessages says which of these messages have been stored before.
func (s *Store) KnownMessages(ctx context.Context, messages []string) (map[string]bool, error) {
	known := map[string]bool{}
	for chunk := range chunks(messages) {
		values := make([]any, len(chunk))
		for i, m := range chunk {
			values[i] = m
		}
		err := s.each(ctx, `SELECT message FROM activities WHERE message IN `+placeholders(1, len(chunk)), values, func(scan func(...any) error) error {
			var message string
			err := scan(&message)
			known[message] = true
			return err
		})
		if err != nil {
			return nil, fault("known messages", err)
		}
	}
	return known, nil
}

// Activities lists the activities of a lead after an instant (zero: all), the newest first, at most limit (0: all).
func (s *Store) Activities(ctx context.Context, lead string, after time.Time, limit int) ([]Activity, error) {
	if limit == 0 {
		limit = 1 << 30
	}
	since := int64(-1 << 62)
	if !after.IsZero() {
		since = micros(after)
	}
	var list []Activity
	err := s.each(ctx, `SELECT message, lead, at, kind, channel, campaign, cost, detail FROM activities WHERE lead = ? AND at > ? ORDER BY at DESC, message LIMIT ?`,
		[]any{lead, since, limit}, func(scan func(...any) error) error {
			var a Activity
			var at int64
			err := scan(&a.Message, &a.Lead, &at, &a.Kind, &a.Channel, &a.Campaign, &a.Cost, &a.Detail)
			a.At = instant(at)
			list = append(list, a)
			return err
		})
	return list, fault("activities", err)
}

// AddAdjustment stores what feedback does to a lead's score, by the key of the effect that says so: a second time changes nothing.
func (s *Store) AddAdjustment(ctx context.Context, lead, key string, a scoring.Adjustment) error {
	body, err := json.Marshal(a)
	if err != nil {
		return err
	}
	_, err = s.exec(ctx, `INSERT INTO adjustments (key, lead, body) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`, key, lead, string(body))
	return fault("add adjustment", err)
}

// Adjustments lists those of a lead.
func (s *Store) Adjustments(ctx context.Context, lead string) ([]scoring.Adjustment, error) {
	var list []scoring.Adjustment
	err := s.each(ctx, `SELECT body FROM adjustments WHERE lead = ? ORDER BY key`, []any{lead}, func(scan func(...any) error) error {
		var body string
		if err := scan(&body); err != nil {
			return err
		}
		var a scoring.Adjustment
		if err := json.Unmarshal([]byte(body), &a); err != nil {
			return err
		}
		list = append(list, a)
		return nil
	})
	return list, fault("adjustments", err)
}
