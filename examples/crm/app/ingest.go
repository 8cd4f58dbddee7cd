package app

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/leadloop/leadloop/examples/crm/store"
)

// Ingested says what became of a batch.
type Ingested struct {
	Messages   int // of the batch
	Known      int // of them, those that had come before
	Activities int // stored
	Leads      int // new
}

// MaxBatch is how many messages [App.Ingest] takes at once.
const MaxBatch = 5000

// Ingest stores a batch of messages in one transaction. It is idempotent by [Message].ID. A message that can't be taken refuses the
// whole batch with a [*FieldError]. Leads are scored afterwards, by the scheduler: that takes longer than storing, and a burst of messages
// about one lead needs it but once.
func (a *App) Ingest(ctx context.Context, batch []Message) (Ingested, error) {
	if len(batch) > MaxBatch {
		return Ingested{}, &FieldError{MaxBatch, "batch", "has too many messages, send it in parts"}
	}
	for i := range batch {
		if err := batch[i].check(i); err != nil {
			return Ingested{}, err
		}
	}
	if len(batch) == 0 {
		return Ingested{}, nil
	}
	for attempt := 0; ; attempt++ {
		var out Ingested
		err := a.store.Within(ctx, func(tx *store.Store) error {
			in := &intake{app: a.on(tx), now: a.now(), leads: map[string]*store.Lead{}, changed: map[string]bool{}, added: map[store.Identity]string{}}
			var err error
			out, err = in.take(ctx, batch)
			return err
		})
		if errors.Is(err, store.ErrConflict) && attempt < retries { // somebody else has added one of the leads
			continue
		}
		if err == nil {
			signal(a.wake)
		}
		return out, err
	}
}

// An intake is one batch on its way into the store.
type intake struct {
	app     *App
	now     time.Time
	found   map[store.Identity]string
	added   map[store.Identity]string
	leads   map[string]*store.Lead // that the batch is about
	changed map[string]bool
	out     Ingested
	rows    []store.Activity
}

func (in *intake) take(ctx context.Context, batch []Message) (Ingested, error) {
	in.out.Messages = len(batch)
	batch, err := in.news(ctx, batch)
	if err != nil || len(batch) == 0 {
		return in.out, err
	}
	if err := in.find(ctx, batch); err != nil {
		return in.out, err
	}
	if err := in.channels(ctx, batch); err != nil {
		return in.out, err
	}
	for i := range batch {
		if err := in.message(ctx, &batch[i]); err != nil {
			return in.out, err
		}
	}
	return in.out, in.store(ctx)
}

// Channels come from outside, under a key that web pages show to everybody, and a report that tells each apart has room for so many.
const (
	maxChannels  = 200
	otherChannel = "other"
)

// channels tells the first channels apart, and calls all that come after them by one name.
func (in *intake) channels(ctx context.Context, batch []Message) error {
	known, err := in.app.store.Channels(ctx)
	if err != nil {
		return err
	}
	for i := range batch {
		switch m := &batch[i]; {
		case m.Channel == "" || known[m.Channel]:
		case len(known) >= maxChannels:
			m.Channel = otherChannel
		default:
			if err := in.app.store.AddChannel(ctx, m.Channel); err != nil {
				return err
			}
			known[m.Channel] = true
		}
	}
	return nil
}

// news leaves out the messages that have come before, in this batch or an earlier one.
func (in *intake) news(ctx context.Context, batch []Message) ([]Message, error) {
	ids := make([]string, len(batch))
	for i := range batch {
		ids[i] = batch[i].ID
	}
	known, err := in.app.store.KnownMessages(ctx, ids)
	if err != nil {
		return nil, err
	}
	fresh := make([]Message, 0, len(batch))
	for _, m := range batch {
		if known[m.ID] {
			in.out.Known++
			continue
		}
		known[m.ID] = true
		fresh = append(fresh, m)
	}
	return fresh, nil
}

// identities are by what a message knows its lead, the surest first.
func (m *Message) identities() []store.Identity {
	var list []store.Identity
	for _, i := range []store.Identity{{Kind: "user", Value: m.User}, {Kind: "email", Value: normal("email", m.Fields["email"])}, {Kind: "anonymous", Value: m.Anonymous}} {
		if i.Value != "" {
			list = append(list, i)
		}
	}
	return list
}

// find loads the leads that a batch is about, those that are known.
func (in *intake) find(ctx context.Context, batch []Message) error {
	var list []store.Identity
	for i := range batch {
		list = append(list, batch[i].identities()...)
	}
	var err error
	if in.found, err = in.app.store.Identities(ctx, list); err != nil {
		return err
	}
	ids := make([]string, 0, len(in.found))
	for _, id := range in.found {
		ids = append(ids, id)
	}
	rows, err := in.app.store.LockLeads(ctx, ids)
	if err != nil {
		return err
	}
	for i := range rows {
		in.leads[rows[i].ID] = &rows[i]
	}
	// While this waited for the lock, a lead may have been erased, or joined with another: what is known of it now must not be filled again.
	now, err := in.app.store.Identities(ctx, list)
	if err == nil && !maps.Equal(now, in.found) {
		err = store.ErrConflict
	}
	return err
}

// message enters one message.
func (in *intake) message(ctx context.Context, m *Message) error {
	at := m.At
	if at.IsZero() || at.After(in.now) {
		at = in.now
	}
	lead, err := in.lead(ctx, m, at)
	if err != nil {
		return err
	}
	email := lead.Fields["email"]
	for name, value := range m.Fields {
		value = normal(name, value)
		if value == "" {
			delete(lead.Fields, name)
			continue
		}
		lead.Fields[name], lead.Filled[name] = value, in.now
	}
	if lead.Fields["email"] != email {
		if err := in.suppressed(ctx, lead); err != nil {
			return err
		}
	}
	lead.Label = labelOf(lead.Fields)
	kind := m.Kind
	if kind == "" {
		kind = "identify"
	}
	in.rows = append(in.rows, store.Activity{
		Message: m.ID, Lead: lead.ID, At: at, Kind: kind, Channel: m.Channel, Campaign: m.Campaign, Cost: m.Cost, Detail: m.Detail,
	})
	lead.Activities++
	if at.After(lead.Newest) {
		lead.Newest = at
	}
	if lead.Channel == "" {
		lead.Channel = m.Channel
	}
	in.changed[lead.ID] = true
	return nil
}

// lead finds the lead of a message, or makes one. The first identity that is known decides; the others become that lead's. A visitor that
// turns out to be a lead that is known otherwise is joined with it.
func (in *intake) lead(ctx context.Context, m *Message, at time.Time) (*store.Lead, error) {
	var lead *store.Lead
	for _, i := range m.identities() {
		other := in.leads[in.found[i]]
		if other != nil && other != lead && i.Kind == "anonymous" && m.User != "" {
			named, err := in.named(ctx, other.ID)
			if err != nil {
				return nil, err
			}
			if named { // somebody else, at the same machine
				continue
			}
		}
		switch {
		case other == nil || other == lead:
		case lead == nil:
			lead = other
		case i.Kind == "anonymous" && other.Fields["email"] == "":
			if err := in.join(ctx, other, lead); err != nil {
				return nil, err
			}
		}
	}
	if lead == nil {
		lead = &store.Lead{ID: in.app.newID(), Created: at, Fields: map[string]string{}, Filled: map[string]time.Time{}}
		in.leads[lead.ID] = lead
		in.out.Leads++
	}
	if at.Before(lead.Created) && lead.Scored.IsZero() {
		lead.Created = at
	}
	for _, i := range m.identities() {
		if in.found[i] == "" {
			in.found[i], in.added[i] = lead.ID, lead.ID
		}
	}
	return lead, nil
}

// named says that a lead is a user that the sender knows, and not only a visitor.
func (in *intake) named(ctx context.Context, lead string) (bool, error) {
	for i, id := range in.added {
		if id == lead && i.Kind == "user" {
			return true, nil
		}
	}
	names, err := in.app.store.IdentitiesOf(ctx, lead)
	return slices.ContainsFunc(names, func(i store.Identity) bool { return i.Kind == "user" }), err
}

// suppressed marks a lead, new or known as a visitor until now, whose address must not be contacted: the address was suppressed, and maybe
// its lead erased.
func (in *intake) suppressed(ctx context.Context, lead *store.Lead) error {
	email := lead.Fields["email"]
	if email == "" || !lead.Suppressed.IsZero() {
		return nil
	}
	since, _, err := in.app.store.Suppressed(ctx, in.app.hash(email))
	lead.Suppressed = since
	return err
}

// join gives what a visitor did to the lead that it is.
func (in *intake) join(ctx context.Context, visitor, lead *store.Lead) error {
	c, err := in.app.store.Case(ctx, visitor.ID)
	if err != nil || c.Version > 0 { // registered: people decide what becomes of duplicates
		return err
	}
	if err := in.store(ctx); err != nil { // what came before in this batch
		return err
	}
	if err := in.app.store.Join(ctx, visitor.ID, lead.ID); err != nil {
		return err
	}
	lead.Activities += visitor.Activities
	if visitor.Newest.After(lead.Newest) {
		lead.Newest = visitor.Newest
	}
	if visitor.Created.Before(lead.Created) && visitor.Channel != "" {
		lead.Channel = visitor.Channel // what brought it in first
	}
	for i, id := range in.found {
		if id == visitor.ID {
			in.found[i] = lead.ID
		}
	}
	delete(in.leads, visitor.ID)
	in.changed[lead.ID] = true
	return nil
}

// store writes what the batch has changed so far.
func (in *intake) store(ctx context.Context) error {
	ids := sortedKeys(in.changed)
	for _, id := range ids {
		if err := in.app.store.PutLead(ctx, *in.leads[id]); err != nil {
			return err
		}
	}
	if err := in.app.store.AddIdentities(ctx, in.added); err != nil {
		return err
	}
	fresh, err := in.app.store.AddActivities(ctx, in.rows)
	if err != nil {
		return err
	}
	if len(fresh) < len(in.rows) {
		return store.ErrConflict // another process has stored one of them since we looked
	}
	in.out.Activities += len(fresh)
	if err := in.app.store.HastenTimers(ctx, store.ScoreTimer, in.now, ids); err != nil {
		return err
	}
	in.rows, in.changed, in.added = nil, map[string]bool{}, map[store.Identity]string{}
	return nil
}
