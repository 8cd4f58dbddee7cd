package app

import (
	"context"
	"fmt"
	"slices"

	"github.com/leadloop/leadloop/examples/crm/store"
	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/handoff"
	"github.com/leadloop/leadloop/scoring"
)

// follow does, in the transaction that stores a decision, what its effects ask of the application itself. So it is done exactly once.
//
//   - Rescore: the adjustments are stored with the lead, and its score timer falls due.
//   - OfferAgain, Enrich and a wait that is over: the score timer falls due, for whoever scores the lead also offers it.
//   - Suppress: the lead is marked, and keyed hashes of its addresses stay even when the lead is erased.
//
// The outbox has all effects; these are in it for whoever wants to know.
func (a *App) follow(ctx context.Context, lead string, d *handoff.Decision) error {
	again := false
	for i := range d.Events {
		again = again || d.Events[i].Kind == handoff.Woken
	}
	for i := range d.Effects {
		e := &d.Effects[i]
		switch e.Kind {
		case handoff.Rescore:
			again = true
			for n, adjustment := range adjustments(e) {
				if err := a.store.AddAdjustment(ctx, lead, fmt.Sprintf("%s/%d", e.Key, n), adjustment); err != nil {
					return err
				}
			}
		case handoff.OfferAgain, handoff.Enrich:
			again = true
		case handoff.Suppress:
			if err := a.suppress(ctx, lead, string(e.Reason)); err != nil {
				return err
			}
		}
	}
	if !again {
		return nil
	}
	return a.store.HastenTimers(ctx, store.ScoreTimer, a.now(), []string{lead})
}

// adjustments turns what a return does to the score into dated facts for the scoring.
func adjustments(e *handoff.Effect) []scoring.Adjustment {
	var list []scoring.Adjustment
	for _, change := range e.Adjust {
		fact := scoring.Adjustment{At: e.At, Dimension: change.Dimension, Op: scoring.Operation(change.Op), Cause: string(e.Reason)}
		if change.Op == funnel.OpScale {
			part, whole, err := change.Ratio()
			if err != nil {
				continue // compiling the funnel has checked it
			}
			fact.Amount = scoring.Points(part) * scoring.Point / scoring.Points(whole)
		}
		list = append(list, fact)
	}
	return list
}

// suppress marks a lead that must not be contacted any more: at no address, also none that it had before.
func (a *App) suppress(ctx context.Context, lead, reason string) error {
	rows, err := a.store.LockLeads(ctx, []string{lead})
	if err != nil || len(rows) == 0 {
		return err
	}
	l := rows[0]
	l.Suppressed = a.now()
	emails, err := a.addresses(ctx, &l)
	if err != nil {
		return err
	}
	for _, email := range emails {
		if err := a.store.Suppress(ctx, a.hash(email), reason, a.now()); err != nil {
			return err
		}
	}
	return a.store.PutLead(ctx, l)
}

// addresses are a lead's mail addresses: the present one, and those that it has been known by.
func (a *App) addresses(ctx context.Context, lead *store.Lead) ([]string, error) {
	names, err := a.store.IdentitiesOf(ctx, lead.ID)
	if err != nil {
		return nil, err
	}
	var emails []string
	for _, i := range names {
		if i.Kind == "email" {
			emails = append(emails, i.Value)
		}
	}
	if email := lead.Fields["email"]; email != "" && !slices.Contains(emails, email) { // another lead had it first
		emails = append(emails, email)
	}
	return emails, nil
}
