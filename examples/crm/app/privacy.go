package app

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"

	"github.com/leadloop/leadloop/examples/crm/store"
	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/handoff"
	"github.com/leadloop/leadloop/scoring"
)

// exported is what a lead gets to see of all that is stored: all but what only finds it, such as indexes and keys.
type exported struct {
	Exported     time.Time            `json:"exported"`
	ID           string               `json:"id"`
	Created      time.Time            `json:"created"`
	Channel      string               `json:"channel,omitempty"`
	Fields       map[string]string    `json:"fields"`
	Filled       map[string]time.Time `json:"filled"` // when each field was last given
	Identities   []store.Identity     `json:"identities"`
	Grade        string               `json:"grade"`
	Points       int64                `json:"micropoints"`
	Explained    string               `json:"explained"`
	Adjustments  []scoring.Adjustment `json:"adjustments"`
	Case         handoff.Case         `json:"case"`
	Events       []handoff.Event      `json:"events"`
	Effects      []store.Told         `json:"effects"` // what other systems are told, and were in the last weeks
	Activities   []store.Activity     `json:"activities"`
	Suppressed   time.Time            `json:"suppressed,omitzero"`
	Suppressions []suppression        `json:"suppressions"`
	Timers       []appointed          `json:"timers"`
	Uses         []use                `json:"uses"`
}

// A suppression is an address that must not be contacted.
type suppression struct {
	Address string    `json:"address"`
	Reason  string    `json:"reason"`
	Since   time.Time `json:"since"`
}

// An appointed is when a deadline of the desk ends, or the score is looked at again.
type appointed struct {
	Kind string    `json:"kind"`
	Due  time.Time `json:"due"`
}

// A use is an entry of the audit log, such as an export. Who it was is left out: that is about the colleague as well, and to know what was
// done, and when, does not need it.
type use struct {
	At     time.Time `json:"at"`
	Action string    `json:"action"`
}

// Export gives all that is stored about a lead, as JSON (GDPR Art. 15 and 20). Marketing and admins may; it is written to the audit log.
func (a *App) Export(ctx context.Context, by User, lead string) ([]byte, error) {
	if by.Role == Sales {
		return nil, ErrForbidden
	}
	g, err := a.current(ctx)
	if err != nil {
		return nil, err
	}
	s, err := a.scoreLead(ctx, g, lead)
	if err != nil {
		return nil, err
	}
	out := exported{
		Exported: a.now(), ID: s.lead.ID, Created: s.lead.Created, Channel: s.lead.Channel, Fields: s.lead.Fields, Filled: s.lead.Filled,
		Grade: s.score.Grade, Points: int64(s.score.Total), Explained: s.score.Explain(), Adjustments: s.subject.Adjustments, Suppressed: s.lead.Suppressed,
	}
	if out.Identities, err = a.store.IdentitiesOf(ctx, lead); err != nil {
		return nil, err
	}
	if out.Case, err = a.store.Case(ctx, lead); err != nil {
		return nil, err
	}
	if out.Events, err = a.store.Log(ctx, lead); err != nil {
		return nil, err
	}
	if out.Effects, err = a.store.EffectsOf(ctx, lead); err != nil {
		return nil, err
	}
	if out.Activities, err = a.store.Activities(ctx, lead, time.Time{}, 0); err != nil {
		return nil, err
	}
	if err := a.exportAround(ctx, &s.lead, &out); err != nil {
		return nil, err
	}
	if err := a.store.Audit(ctx, store.AuditEntry{At: a.now(), Actor: by.ID, Action: "export", Target: lead}); err != nil {
		return nil, err
	}
	return json.MarshalIndent(out, "", "  ")
}

// exportAround adds what is stored beside the lead: suppressions of its addresses, timers, and what was done with its data.
func (a *App) exportAround(ctx context.Context, lead *store.Lead, out *exported) error {
	emails, err := a.addresses(ctx, lead)
	if err != nil {
		return err
	}
	for _, email := range emails {
		since, reason, err := a.store.Suppressed(ctx, a.hash(email))
		if err != nil {
			return err
		}
		if !since.IsZero() {
			out.Suppressions = append(out.Suppressions, suppression{email, reason, since})
		}
	}
	timers, err := a.store.TimersOf(ctx, lead.ID)
	if err != nil {
		return err
	}
	for _, t := range timers {
		out.Timers = append(out.Timers, appointed{t.Kind, t.Due})
	}
	entries, err := a.store.AuditOf(ctx, lead.ID)
	for _, e := range entries {
		out.Uses = append(out.Uses, use{e.At, e.Action})
	}
	return err
}

// Erase takes out all that may tell who a lead is (GDPR Art. 17): fields, identities, activities' details, notes. Counts, stages and times
// stay for the reports, under the opaque id, and nobody is offered the lead any more. If its addresses are suppressed, keyed hashes of them
// stay so. Only an [Admin] may.
func (a *App) Erase(ctx context.Context, by User, lead string) error {
	if by.Role != Admin {
		return ErrForbidden
	}
	g, err := a.current(ctx)
	if err != nil {
		return err
	}
	return again(ctx, func() error { return a.erase(ctx, g, by, lead) })
}

func (a *App) erase(ctx context.Context, g *agreed, by User, lead string) error {
	return a.store.Within(ctx, func(tx *store.Store) error {
		rows, err := tx.LockLeads(ctx, []string{lead})
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			return store.ErrNotFound
		}
		if err := a.on(tx).takeOut(ctx, lead); err != nil {
			return err
		}
		if err := tx.Erase(ctx, lead, g.desk.Redact); err != nil {
			return err
		}
		return tx.Audit(ctx, store.AuditEntry{At: a.now(), Actor: by.ID, Action: "erase", Target: lead})
	})
}

// takeOut ends what is under way with a lead: it withdraws the case for want of consent. One that has ended, or that was never registered, stays
// as it is.
func (a *App) takeOut(ctx context.Context, lead string) error {
	c, err := a.store.Case(ctx, lead)
	if err != nil || c.Version == 0 || c.Withdrawn {
		return err
	}
	_, err = a.decideOnce(ctx, lead, func(c handoff.Case) (handoff.Command, *View, error) {
		return handoff.Withdraw{By: handoff.By{Actor: "system", Version: c.Version}, Reason: "consent_withdrawn",
			Feedback: consentFeedback(a.now())}, nil, nil
	})
	return err
}

// hash is the keyed hash of an address: who has the table alone can't try addresses against it.
func (a *App) hash(email string) string {
	mac := hmac.New(sha256.New, []byte(a.secret))
	mac.Write([]byte(normal("email", email)))
	return hex.EncodeToString(mac.Sum(nil))
}

// consentFeedback is what the reason consent_withdrawn owes.
func consentFeedback(at time.Time) funnel.Feedback {
	return funnel.Feedback{Fields: map[string]string{"withdrawn_at": at.Format(time.RFC3339)}}
}
