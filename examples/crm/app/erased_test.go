package app_test

import (
	"testing"

	"github.com/leadloop/leadloop/examples/crm/app"
	"github.com/leadloop/leadloop/examples/crm/store"
	"github.com/leadloop/leadloop/examples/crm/storetest"
	"github.com/leadloop/leadloop/handoff"
)

// TestIngestWhileErased: a message that waits while its lead is erased, or joined with another, does not fill it again.
func TestIngestWhileErased(t *testing.T) {
	storetest.Each(t, func(t *testing.T, address func(*testing.T) string) {
		at := address(t)
		c := &clock{juneMorning}
		a := open(t, at, c.now)
		if _, err := a.Ingest(t.Context(), append(hot(1), app.Message{ID: "visit", Anonymous: "v", Kind: "visit"})); err != nil {
			t.Fatal(err)
		}
		lead, visitor := leadBehind(t, a, "user", "user-1"), leadBehind(t, a, "anonymous", "v")

		// while changes a lead in a transaction, and sends a message about it before that ends.
		while := func(id string, change func(tx *store.Store) error, message app.Message) {
			t.Helper()
			answer := make(chan error, 1)
			err := a.Store().Within(t.Context(), func(tx *store.Store) error {
				if _, err := tx.LockLeads(t.Context(), []string{id}); err != nil {
					return err
				}
				go func() {
					_, err := a.Ingest(t.Context(), []app.Message{message})
					answer <- err
				}()
				storetest.Waiting(t, at)
				return change(tx)
			})
			if err != nil {
				t.Fatal(err)
			}
			if err := <-answer; err != nil {
				t.Fatal(err)
			}
		}

		while(visitor, func(tx *store.Store) error { return tx.Join(t.Context(), visitor, lead) }, app.Message{ID: "again", Anonymous: "v", Kind: "visit"})
		if list, err := a.Store().Activities(t.Context(), lead, c.at.AddDate(-1, 0, 0), 0); err != nil || len(list) != 5 {
			t.Errorf("%d activities of the lead and the visitor that joined it, want 5: %v", len(list), err)
		}

		keep := func(e handoff.Event) handoff.Event { return e }
		while(lead, func(tx *store.Store) error { return tx.Erase(t.Context(), lead, keep) },
			app.Message{ID: "late", User: "user-1", Fields: map[string]string{"email": "hot1@firm.example", "name": "Hot Lead"}})
		erased, err := a.Store().Lead(t.Context(), lead)
		if err != nil || len(erased.Fields) > 0 || erased.Label != "erased" {
			t.Errorf("the erased lead: %+v, %v", erased, err)
		}
		if names, err := a.Store().IdentitiesOf(t.Context(), lead); err != nil || len(names) > 0 {
			t.Errorf("the erased lead is known by %v, %v", names, err)
		}
		if next := leadBehind(t, a, "user", "user-1"); next == lead || next == "" {
			t.Errorf("the message came to %q, the erased lead is %q", next, lead)
		}
	})
}
