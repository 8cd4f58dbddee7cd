package app_test

import (
	"testing"
	"time"

	"github.com/leadloop/leadloop/examples/crm/storetest"
	"github.com/leadloop/leadloop/scoring/learn"
)

// TestDemoTeaches: whenever the program is started for the first time, sales has taught something about the model: a proposal that its own test
// on later outcomes supports. Some leads of the demo have an account.
func TestDemoTeaches(t *testing.T) {
	for _, at := range []time.Time{
		time.Date(2026, 11, 29, 10, 30, 0, 0, time.UTC), time.Date(2026, 9, 22, 13, 7, 0, 0, time.UTC), time.Date(2027, 1, 13, 22, 0, 0, 0, time.UTC),
	} {
		t.Run(at.Format(time.DateOnly), func(t *testing.T) {
			t.Parallel()
			a := open(t, storetest.SQLite(t), (&clock{at}).now)
			if err := a.Seed(t.Context(), 200); err != nil { // as the program does by itself
				t.Fatal(err)
			}
			page, err := a.Model(t.Context(), learn.Acceptance)
			if err != nil || page.Proposal.Refused != "" || len(page.Diff) == 0 || page.Digest == "" {
				t.Errorf("%d changes are proposed, refused: %q, %v", len(page.Diff), page.Proposal.Refused, err)
			}
			lead, err := a.Store().Lead(t.Context(), leadBehind(t, a, "user", "user-1"))
			if err != nil || lead.Fields["account"] == "" {
				t.Errorf("%+v, %v", lead, err)
			}
		})
	}
}
