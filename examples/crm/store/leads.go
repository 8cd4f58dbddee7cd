package store

import (
	"context"
	"encoding/json"
	"iter"
	"slices"
	"time"
)

// A Lead is a row of table leads.
type Lead struct {
	ID         string
	Created    time.Time
	Channel    string               // that brought it in
	Fields     map[string]string    // name, company, industry and so on
	Filled     map[string]time.Time // when each was last given
	Label      string               // for lists
	Activities int64                // how many there are
	Newest     time.Time            // the latest of them
	Changes    int64                // counts what has changed it
	Grade      string
	Points     int64
	Why        []string // the rules that weigh most
	Scored     time.Time
	Suppressed time.Time // zero: it is not
}

const leadColumns = `id, created, channel, fields, filled, label, activities, newest, changes, grade, points, why, scored, suppressed`

func scanLead(scan func(...any) error, more ...any) (Lead, error) {
	var l Lead
	var created, newest, scored, suppressed int64
	var fields, filled, why string
	err := scan(append([]any{&l.ID, &created, &l.Channel, &fields, &filled, &l.Label, &l.Activities, &newest, &l.Changes, &l.Grade, &l.Points, &why, &scored, &suppressed}, more...)...)
	if err != nil {
		return l, err
	}
	l.Created, l.Newest, l.Scored, l.Suppressed = instant(created), instant(newest), instant(scored), instant(suppressed)
	var times map[string]int64
	for _, column := range []struct {
		text string
		into any
	}{{fields, &l.Fields}, {filled, &times}, {why, &l.Why}} {
		if err := json.Unmarshal([]byte(column.text), column.into); err != nil {
			return l, err
		}
	}
	l.Filled = make(map[string]time.Time, len(times))
	for name, at := range times {
		l.Filled[name] = instant(at)
	}
	return l, nil
}

// Lead returns a lead; [ErrNotFound] if there is none.
func (s *Store) Lead(ctx context.Context, id string) (Lead, error) {
	list, err := s.leads(ctx, []string{id}, "")
	if err == nil && len(list) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return Lead{}, fault("lead", err)
	}
	return list[0], nil
}

// LockLeads returns leads by id, in that order, and keeps others from changing them until the transaction ends. Those that do not exist are
// left out.
func (s *Store) LockLeads(ctx context.Context, ids []string) ([]Lead, error) {
	list, err := s.leads(ctx, ids, s.forUpdate())
	return list, fault("lock leads", err)
}

// Leads returns leads by id, in that order.
func (s *Store) Leads(ctx context.Context, ids []string) ([]Lead, error) {
	list, err := s.leads(ctx, ids, "")
	return list, fault("leads", err)
}

func (s *Store) leads(ctx context.Context, ids []string, lock string) ([]Lead, error) {
	ids = slices.Clone(ids)
	slices.Sort(ids)
	var list []Lead
	for chunk := range chunks(slices.Compact(ids)) {
		values := make([]any, len(chunk))
		for i, id := range chunk {
			values[i] = id
		}
		err := s.each(ctx, `SELECT `+leadColumns+` FROM leads WHERE id IN `+placeholders(1, len(chunk))+` ORDER BY id`+lock, values, func(scan func(...any) error) error {
			l, err := scanLead(scan)
			list = append(list, l)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return list, nil
}

// PutLead stores a lead's fields, and what follows from them and from its activities: all but its score. A new one is added.
func (s *Store) PutLead(ctx context.Context, l Lead) error {
	fields, err := json.Marshal(l.Fields)
	if err != nil {
		return err
	}
	times := make(map[string]int64, len(l.Filled))
	for name, at := range l.Filled {
		times[name] = micros(at)
	}
	filled, err := json.Marshal(times)
	if err != nil {
		return err
	}
	_, err = s.exec(ctx, `INSERT INTO leads (id, part, created, channel, fields, filled, label, activities, newest, changes, suppressed, account)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 1, ?, ?)
		ON CONFLICT (id) DO UPDATE SET channel = excluded.channel, fields = excluded.fields, filled = excluded.filled, label = excluded.label,
			activities = excluded.activities, newest = excluded.newest, changes = leads.changes + 1, suppressed = excluded.suppressed,
			account = excluded.account`,
		l.ID, Part(l.ID), micros(l.Created), l.Channel, string(fields), string(filled), l.Label, l.Activities, micros(l.Newest), micros(l.Suppressed),
		l.Fields["account"])
	return fault("put lead", err)
}

// DropLead takes a lead out with its activities and identities.
func (s *Store) DropLead(ctx context.Context, id string) error {
	_, err := s.exec(ctx, `DELETE FROM leads WHERE id = ?`, id)
	if err == nil {
		_, err = s.exec(ctx, `DELETE FROM timers WHERE lead = ?`, id)
	}
	if err == nil {
		_, err = s.exec(ctx, `INSERT INTO dropped (part, leads) VALUES (?, 1) ON CONFLICT (part) DO UPDATE SET leads = dropped.leads + 1`, Part(id))
	}
	return fault("drop lead", err)
}

// PutScore stores what scoring says of a lead, for lists.
func (s *Store) PutScore(ctx context.Context, id, grade string, points int64, why []string, at time.Time) error {
	text, err := json.Marshal(append([]string{}, why...))
	if err != nil {
		return err
	}
	_, err = s.exec(ctx, `UPDATE leads SET grade = ?, points = ?, why = ?, scored = ? WHERE id = ?`, grade, points, string(text), micros(at), id)
	return fault("put score", err)
}

// An Identity is by what a sender knows a lead.
type Identity struct{ Kind, Value string }

// Identities finds the leads behind identities; those that nobody has are left out.
func (s *Store) Identities(ctx context.Context, list []Identity) (map[Identity]string, error) {
	found := map[Identity]string{}
	for chunk := range chunks(list) {
		values := make([]any, 0, 2*len(chunk))
		for _, i := range chunk {
			values = append(values, i.Kind, i.Value)
		}
		err := s.each(ctx, `SELECT kind, value, lead FROM identities WHERE (kind, value) IN (VALUES `+placeholders(len(chunk), 2)+`)`, values, func(scan func(...any) error) error {
			var i Identity
			var lead string
			err := scan(&i.Kind, &i.Value, &lead)
			found[i] = lead
			return err
		})
		if err != nil {
			return nil, fault("identities", err)
		}
	}
	return found, nil
}

// AddIdentities gives identities to leads. If somebody else has given one meanwhile, it is [ErrConflict].
func (s *Store) AddIdentities(ctx context.Context, leads map[Identity]string) error {
	keys := make([]Identity, 0, len(leads))
	for i := range leads {
		keys = append(keys, i)
	}
	slices.SortFunc(keys, func(a, b Identity) int { return compareBoth(a.Kind, b.Kind, a.Value, b.Value) })
	for chunk := range chunks(keys) {
		values := make([]any, 0, 3*len(chunk))
		for _, i := range chunk {
			values = append(values, i.Kind, i.Value, leads[i])
		}
		n, err := s.exec(ctx, `INSERT INTO identities (kind, value, lead) VALUES `+placeholders(len(chunk), 3)+` ON CONFLICT DO NOTHING`, values...)
		if err == nil && n < int64(len(chunk)) {
			err = ErrConflict
		}
		if err != nil {
			return fault("add identities", err)
		}
	}
	return nil
}

// IdentitiesOf lists what a lead is known by.
func (s *Store) IdentitiesOf(ctx context.Context, lead string) ([]Identity, error) {
	var list []Identity
	err := s.each(ctx, `SELECT kind, value FROM identities WHERE lead = ? ORDER BY kind, value`, []any{lead}, func(scan func(...any) error) error {
		var i Identity
		err := scan(&i.Kind, &i.Value)
		list = append(list, i)
		return err
	})
	return list, fault("identities of lead", err)
}

// Join gives a visitor's activities and identities to the lead that it turned out to be. The visitor's row goes.
func (s *Store) Join(ctx context.Context, visitor, lead string) error {
	for _, statement := range []string{
		`UPDATE activities SET lead = ? WHERE lead = ?`,
		`UPDATE identities SET lead = ? WHERE lead = ?`,
	} {
		if _, err := s.exec(ctx, statement, lead, visitor); err != nil {
			return fault("join leads", err)
		}
	}
	return s.DropLead(ctx, visitor)
}

// CountLeads counts the leads.
func (s *Store) CountLeads(ctx context.Context) (int64, error) {
	var n int64
	err := s.row(ctx, `SELECT COUNT(*) FROM leads`, nil, &n)
	return n, fault("count leads", err)
}

// chunks cuts a list into pieces that one statement takes.
func chunks[T any](list []T) iter.Seq[[]T] { return slices.Chunk(list, 500) }

func compareBoth(a, b, c, d string) int {
	if a != b {
		if a < b {
			return -1
		}
		return 1
	}
	if c < d {
		return -1
	}
	if c > d {
		return 1
	}
	return 0
}
