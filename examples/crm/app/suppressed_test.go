package app_test

import (
	"errors"
	"testing"
	"time"

	"github.com/leadloop/leadloop/examples/crm/app"
	"github.com/leadloop/leadloop/examples/crm/storetest"
	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/handoff"
)

// TestSuppressedAddress: nobody is contacted at an address that was suppressed, whichever lead it is given for, and whenever.
func TestSuppressedAddress(t *testing.T) {
	storetest.Each(t, func(t *testing.T, address func(*testing.T) string) {
		c := &clock{juneMorning}
		a := open(t, address(t), c.now)
		take := func(messages ...app.Message) {
			t.Helper()
			c.at = c.at.Add(time.Minute)
			if _, err := a.Ingest(t.Context(), messages); err != nil {
				t.Fatal(err)
			}
			if _, err := a.Step(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		first := offered(t, a, 1)[0]
		email := hot(0)[0].Fields["email"]
		take(app.Message{ID: "twin", User: "twin"})
		take(app.Message{ID: "twin's address", User: "twin", Fields: map[string]string{"email": email}})
		twin := leadBehind(t, a, "user", "twin")
		if state := caseOf(t, a, twin); twin == first || state.Stage != funnel.Inquiry {
			t.Fatalf("%s is no inquiry beside %s: %+v", twin, first, state)
		}
		withdraw := app.Request{Command: app.Withdraw, Reason: "do_not_contact", Version: caseOf(t, a, first).Version, Fields: map[string]string{"requested_at": "2026-06-01T09:00:00Z"}}
		if err := a.Do(t.Context(), marketer, first, withdraw); err != nil {
			t.Fatal(err)
		}

		// Another lead that had the address before.
		for _, m := range hot(0) {
			m.ID, m.User = "twin "+m.ID, "twin"
			take(m)
		}
		state := caseOf(t, a, twin)
		if state.Stage != funnel.Inquiry || state.Offers != 0 {
			t.Errorf("the twin was offered: %+v", state)
		}
		if err := a.Do(t.Context(), marketer, twin, app.Request{Command: app.Offer, Version: state.Version}); !errors.Is(err, handoff.ErrSuppressed) {
			t.Errorf("the twin, offered by hand: %v", err)
		}

		// A lead that had the address for a while.
		for i, given := range []string{"other@firm.example", email, "other@firm.example"} {
			take(app.Message{ID: "other " + string(rune('0'+i)), User: "other", Fields: map[string]string{"email": given}})
		}
		other := leadBehind(t, a, "user", "other")
		if err := a.Do(t.Context(), marketer, other, app.Request{Command: app.Offer, Version: caseOf(t, a, other).Version}); !errors.Is(err, handoff.ErrSuppressed) {
			t.Errorf("the other, offered by hand: %v", err)
		}

		// A visitor who gives the address later, when its lead has been erased.
		if err := a.Erase(t.Context(), maria, first); err != nil {
			t.Fatal(err)
		}
		take(app.Message{ID: "visit", Anonymous: "v", Kind: "visit"})
		visitor := leadBehind(t, a, "anonymous", "v")
		take(app.Message{ID: "visitor's address", User: "visitor", Anonymous: "v", Fields: map[string]string{"email": email}})
		lead, err := a.Store().Lead(t.Context(), visitor)
		if err != nil || lead.Fields["email"] != email || lead.Suppressed.IsZero() {
			t.Errorf("the visitor: %+v, %v", lead, err)
		}
		if state := caseOf(t, a, visitor); state.Version != 0 {
			t.Errorf("the visitor is at the desk: %+v", state)
		}
	})
}

// TestFormerAddress: who may not be contacted any more is not contacted at an earlier address either, also when the lead is erased.
func TestFormerAddress(t *testing.T) {
	storetest.Each(t, func(t *testing.T, address func(*testing.T) string) {
		c := &clock{juneMorning}
		a := open(t, address(t), c.now)
		lead := offered(t, a, 1)[0]
		emails := []string{hot(0)[0].Fields["email"], "new@firm.example"}
		take := func(message app.Message) {
			t.Helper()
			c.at = c.at.Add(time.Minute)
			if _, err := a.Ingest(t.Context(), []app.Message{message}); err != nil {
				t.Fatal(err)
			}
			if _, err := a.Step(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		take(app.Message{ID: "new address", User: "user-0", Fields: map[string]string{"email": emails[1]}})
		withdraw := app.Request{Command: app.Withdraw, Reason: "consent_withdrawn", Version: caseOf(t, a, lead).Version, Fields: map[string]string{"withdrawn_at": "2026-06-01T09:00:00Z"}}
		if err := a.Do(t.Context(), marketer, lead, withdraw); err != nil {
			t.Fatal(err)
		}
		if err := a.Erase(t.Context(), maria, lead); err != nil {
			t.Fatal(err)
		}
		for _, email := range emails {
			take(app.Message{ID: "again " + email, User: "again " + email, Fields: map[string]string{"email": email}})
			again := leadBehind(t, a, "email", email)
			row, err := a.Store().Lead(t.Context(), again)
			if err != nil || again == lead || row.Suppressed.IsZero() {
				t.Errorf("%s: %+v, %v", email, row, err)
			}
			if state := caseOf(t, a, again); state.Version != 0 {
				t.Errorf("%s is at the desk: %s", email, state.Stage)
			}
		}
	})
}
