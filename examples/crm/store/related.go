package store

import (
	"context"

	"github.com/leadloop/leadloop/funnel"
)

// Related is a lead that somebody works on, and what another has in common with it.
type Related struct {
	What  string // one of the constants below
	Lead  string
	Owner string
	Stage funnel.Stage
}

// What leads may have in common.
const (
	SameAddress     = "address"     // the mail address
	OpenOpportunity = "opportunity" // the account, and it is an open opportunity
	SameAccount     = "account"     // the account
)

// Related finds what is worked on already of the person behind a mail address, and of an account, beside a lead: for each of the constants
// the case that changed last, if there is one, in their order. An offer that nobody has accepted yet is work on the address, but
// not on the account. It begins with the rows of the address and of the account: SQLite keeps the order of a CROSS JOIN.
func (s *Store) Related(ctx context.Context, lead, email, account string) ([]Related, error) {
	var list []Related
	err := s.each(ctx, `SELECT 'address', lead, owner, stage FROM
			(SELECT c.lead, c.owner, c.stage FROM identities AS i JOIN cases AS c ON c.lead = i.lead
			WHERE i.kind = 'email' AND i.value = ? AND i.lead <> ? AND c.owner <> '' AND c.stage IN ('mql', 'sal', 'sql', 'opportunity')) AS a
		UNION ALL SELECT 'opportunity', lead, owner, stage FROM
			(SELECT c.lead, c.owner, c.stage FROM leads AS l CROSS JOIN cases AS c
			WHERE c.lead = l.id AND l.account = ? AND l.account <> '' AND l.id <> ? AND c.owner <> '' AND c.stage = 'opportunity' ORDER BY c.changed DESC, c.lead LIMIT 1) AS o
		UNION ALL SELECT 'account', lead, owner, stage FROM
			(SELECT c.lead, c.owner, c.stage FROM leads AS l CROSS JOIN cases AS c
			WHERE c.lead = l.id AND l.account = ? AND l.account <> '' AND l.id <> ? AND c.owner <> '' AND c.stage IN ('sal', 'sql', 'opportunity') ORDER BY c.changed DESC, c.lead LIMIT 1) AS w`,
		[]any{email, lead, account, lead, account, lead}, func(scan func(...any) error) error {
			var r Related
			err := scan(&r.What, &r.Lead, &r.Owner, &r.Stage)
			list = append(list, r)
			return err
		})
	return list, fault("related", err)
}
