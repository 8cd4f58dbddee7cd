package app

import (
	"context"

	"github.com/leadloop/leadloop/examples/crm/store"
	"github.com/leadloop/leadloop/handoff"
	"github.com/leadloop/leadloop/handoff/routing"
)

// surroundings adds to an offer what the routing has to know of others: whose turn it is, who has how much to do, who works on the same person or
// the same account already, and whether the person's address is suppressed.
//
// Leads are of one account if their field "account" is the same, which is the sender's id of it. What people type as their company does
// not say that much.
func (a *App) surroundings(ctx context.Context, s *scored, offer *handoff.Offer) error {
	related, err := a.store.Related(ctx, s.lead.ID, s.lead.Fields["email"], s.lead.Fields["account"])
	if err != nil {
		return err
	}
	belongs(offer, related)
	if email := s.lead.Fields["email"]; email != "" { // it may have been suppressed with another lead
		since, _, err := a.store.Suppressed(ctx, a.hash(email))
		if err != nil {
			return err
		}
		if !since.IsZero() {
			offer.Suppression = routing.Blocked
		}
	}
	if offer.Pools, err = a.store.Pools(ctx); err != nil {
		return err
	}
	if a.agreed.Load().capacity {
		offer.Load, err = a.store.Load(ctx)
	}
	return err
}

// belongs names what the lead belongs to. The same person comes before the same account: sales merges duplicates first.
func belongs(offer *handoff.Offer, related []store.Related) {
	for _, r := range related {
		switch r.What {
		case store.SameAddress:
			offer.Existing = routing.Existing{Kind: routing.Duplicate, ID: r.Lead, Owner: r.Owner}
		case store.OpenOpportunity:
			if offer.Existing.Kind == "" {
				offer.Existing = routing.Existing{Kind: routing.OpenOpportunity, ID: r.Lead, Owner: r.Owner}
			}
		case store.SameAccount:
			offer.AccountOwner = r.Owner
		}
	}
}
