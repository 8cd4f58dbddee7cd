package store

import (
	"context"
	"encoding/json"

	"github.com/leadloop/leadloop/handoff"
)

// Reports count the leads part by part, and count a part anew only if something in it has changed. What has, the sums of versions
// and counters tell: they only ever grow. A visitor that is joined with a lead takes its counters along, so that is counted, too: otherwise
// another one who came meanwhile could make up for it.

// A Mark is what a part looked like. Equal marks mean that nothing has changed.
type Mark struct{ Cases, Versions, Leads, Changes, Dropped int64 }

// Marks gives the mark of every part.
func (s *Store) Marks(ctx context.Context) ([Parts]Mark, error) {
	var marks [Parts]Mark
	err := s.each(ctx, `SELECT part, COUNT(*), CAST(SUM(version) AS BIGINT) FROM cases GROUP BY part`, nil, func(scan func(...any) error) error {
		var part int
		var m Mark
		if err := scan(&part, &m.Cases, &m.Versions); err != nil {
			return err
		}
		marks[part] = m
		return nil
	})
	if err == nil {
		err = s.each(ctx, `SELECT part, COUNT(*), CAST(SUM(activities + changes) AS BIGINT) FROM leads GROUP BY part`, nil, func(scan func(...any) error) error {
			var part int
			var leads, changes int64
			if err := scan(&part, &leads, &changes); err != nil {
				return err
			}
			marks[part].Leads, marks[part].Changes = leads, changes
			return nil
		})
	}
	if err == nil {
		err = s.each(ctx, `SELECT part, leads FROM dropped`, nil, func(scan func(...any) error) error {
			var part int
			var leads int64
			if err := scan(&part, &leads); err != nil {
				return err
			}
			marks[part].Dropped = leads
			return nil
		})
	}
	return marks, fault("marks", err)
}

// PartLogs reads the logs of a part, one lead after the other.
func (s *Store) PartLogs(ctx context.Context, part int, take func(lead string, log []handoff.Event)) error {
	var lead string
	var log []handoff.Event
	err := s.each(ctx, `SELECT lead, body FROM events WHERE part = ? ORDER BY lead, version`, []any{part}, func(scan func(...any) error) error {
		var next string
		var body []byte
		if err := scan(&next, &body); err != nil {
			return err
		}
		if next != lead && len(log) > 0 {
			take(lead, log)
			log = nil
		}
		lead = next
		log = append(log, handoff.Event{})
		return json.Unmarshal(body, &log[len(log)-1])
	})
	if err == nil && len(log) > 0 {
		take(lead, log)
	}
	return fault("logs of a part", err)
}

// PartTouches reads the marketing touches of a part, one lead after the other: leads in order of their ids, those without a touch as well.
func (s *Store) PartTouches(ctx context.Context, part int, take func(lead Lead, touches []Activity)) error {
	var lead Lead
	var touches []Activity
	err := s.each(ctx, `SELECT l.id, l.created, l.channel, COALESCE(a.message, ''), COALESCE(a.at, 0), COALESCE(a.channel, ''), COALESCE(a.campaign, ''), COALESCE(a.cost, 0)
		FROM leads AS l LEFT JOIN activities AS a ON a.lead = l.id AND a.channel <> '' WHERE l.part = ? ORDER BY l.id`, []any{part}, func(scan func(...any) error) error {
		var next Lead
		var a Activity
		var created, at int64
		if err := scan(&next.ID, &created, &next.Channel, &a.Message, &at, &a.Channel, &a.Campaign, &a.Cost); err != nil {
			return err
		}
		if next.ID != lead.ID {
			if lead.ID != "" {
				take(lead, touches)
			}
			lead, touches = next, touches[:0]
			lead.Created = instant(created)
		}
		if a.Message != "" {
			a.At = instant(at)
			touches = append(touches, a)
		}
		return nil
	})
	if err == nil && lead.ID != "" {
		take(lead, touches)
	}
	return fault("touches of a part", err)
}
