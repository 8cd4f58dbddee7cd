package app_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/leadloop/leadloop/examples/crm/app"
	"github.com/leadloop/leadloop/examples/crm/storetest"
	"github.com/leadloop/leadloop/handoff"
	"github.com/leadloop/leadloop/handoff/routing"
)

// packetOf is the packet of a lead's latest offer, as it leaves the application.
func packetOf(t *testing.T, a *app.App, lead string) handoff.Packet {
	t.Helper()
	list, err := a.Store().Pending(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var packet handoff.Packet
	for _, e := range list {
		if e.Kind == handoff.Assign && len(e.Key) > len(lead) && e.Key[:len(lead)+1] == lead+"/" {
			packet = *e.Packet
		}
	}
	return packet
}

// shows holds that the page of a lead says what it belongs to.
func shows(t *testing.T, a *app.App, lead string, want routing.Existing) {
	t.Helper()
	page, err := a.Lead(t.Context(), marketer, lead)
	if err != nil {
		t.Fatal(err)
	}
	var got app.Existing
	if page.Existing != nil {
		got = *page.Existing
	}
	label := ""
	if want.ID != "" {
		label = "Hot Lead, Firm"
	}
	if got != (app.Existing{Kind: want.Kind, Owner: want.Owner, Lead: want.ID, Label: label}) {
		t.Errorf("the page says that the lead belongs to %+v, want %+v", got, want)
	}
}

// TestBelongs: a lead goes to who works on its account, and the offer names the open opportunity of the account, or the same person under
// another id.
func TestBelongs(t *testing.T) {
	storetest.Each(t, func(t *testing.T, address func(*testing.T) string) {
		c := &clock{juneMorning}
		a := open(t, address(t), c.now)
		more := func(number int, fields map[string]string) string {
			t.Helper()
			c.at = c.at.Add(time.Minute)
			batch := hot(number)
			for name, value := range fields {
				batch[0].Fields[name] = value
			}
			if _, err := a.Ingest(t.Context(), batch); err != nil {
				t.Fatal(err)
			}
			if _, err := a.Step(t.Context()); err != nil {
				t.Fatal(err)
			}
			return leadBehind(t, a, "user", batch[0].User)
		}
		do := func(lead string, commands ...string) {
			t.Helper()
			for _, command := range commands {
				c.at = c.at.Add(time.Minute)
				state := caseOf(t, a, lead)
				if err := a.Do(t.Context(), app.User{ID: state.Owner, Role: app.Sales}, lead, app.Request{Command: command, Version: state.Version, Reached: true}); err != nil {
					t.Fatal(err)
				}
			}
		}
		holds := func(what, lead, owner string, existing routing.Existing) {
			t.Helper()
			if got := caseOf(t, a, lead).Owner; got != owner {
				t.Errorf("%s is offered to %q, want %q", what, got, owner)
			}
			if got := packetOf(t, a, lead).Existing; got != existing {
				t.Errorf("%s belongs to %+v, want %+v", what, got, existing)
			}
			shows(t, a, lead, existing)
		}
		acme := map[string]string{"account": "acme"}
		first := more(1, acme)
		owner := caseOf(t, a, first).Owner
		other := more(2, acme) // nobody has accepted the first yet: it is another's turn
		if caseOf(t, a, other).Owner == owner {
			t.Fatal("the second lead is offered to the same person: the test shows nothing")
		}
		do(first, app.Accept)
		holds("a lead of an account that is worked on", more(3, acme), owner, routing.Existing{})
		do(first, app.Attempt, app.Qualify, app.Open)
		deal := routing.Existing{Kind: routing.OpenOpportunity, ID: first, Owner: owner}
		fourth := more(4, acme)
		holds("a lead of an account with an opportunity", fourth, owner, deal)
		do(other, app.Accept) // is now the newest that is worked on, but the opportunity comes first
		holds("a lead of an account with an opportunity and a newer lead", more(5, acme), owner, deal)

		stranger := more(6, map[string]string{"account": "another"})
		holds("a lead of another account", stranger, caseOf(t, a, stranger).Owner, routing.Existing{})
		mail := map[string]string{"email": "hot6@firm.example"}
		twin := more(7, nil) // under an address of its own, which then becomes the other's
		if _, err := a.Ingest(t.Context(), []app.Message{{ID: "twin", User: "user-7", Fields: mail}}); err != nil {
			t.Fatal(err)
		}
		state := caseOf(t, a, twin)
		if err := a.Do(t.Context(), app.User{ID: state.Owner, Role: app.Sales}, twin, app.Request{Command: app.Reject, Version: state.Version, Reason: "misrouted", Fields: map[string]string{"suggested_queue": "x"}}); err != nil {
			t.Fatal(err)
		}
		c.at = c.at.Add(time.Minute)
		if _, err := a.Step(t.Context()); err != nil {
			t.Fatal(err)
		}
		want := routing.Existing{Kind: routing.Duplicate, ID: stranger, Owner: caseOf(t, a, stranger).Owner}
		if got := packetOf(t, a, twin).Existing; got != want {
			out, _ := json.Marshal(caseOf(t, a, twin))
			t.Errorf("the same person belongs to %+v, want %+v\n%s", got, want, out)
		}
		shows(t, a, twin, want)

		// When the other is back with marketing, the next offer names nothing, and neither does the page.
		do(stranger, app.Accept)
		misrouted := app.Request{Command: app.Reject, Reason: "misrouted", Fields: map[string]string{"suggested_queue": "x"}}
		for lead, r := range map[string]app.Request{stranger: {Command: app.Recycle, Reason: "timing", Fields: map[string]string{"revisit_at": "2026-09-01"}}, twin: misrouted} {
			state := caseOf(t, a, lead)
			r.Version = state.Version
			if err := a.Do(t.Context(), app.User{ID: state.Owner, Role: app.Sales}, lead, r); err != nil {
				t.Fatal(err)
			}
		}
		c.at = c.at.Add(time.Minute)
		if _, err := a.Step(t.Context()); err != nil {
			t.Fatal(err)
		}
		if caseOf(t, a, twin).Owner == "" {
			t.Fatal("the twin is not offered again: the test shows nothing")
		}
		shows(t, a, twin, routing.Existing{})

		// It is what the latest offer was told, also when the desk has offered the lead to somebody else since; and it names nobody who is erased.
		c.at = c.at.AddDate(0, 0, 1)
		if _, err := a.Step(t.Context()); err != nil {
			t.Fatal(err)
		}
		if caseOf(t, a, fourth).Owner == owner {
			t.Fatal("the lead is still with the same person: the test shows nothing")
		}
		shows(t, a, fourth, deal)
		if err := a.Erase(t.Context(), maria, first); err != nil {
			t.Fatal(err)
		}
		deal.ID = ""
		shows(t, a, fourth, deal)
		withdraw := app.Request{Command: app.Withdraw, Reason: "consent_withdrawn", Version: caseOf(t, a, fourth).Version, Fields: map[string]string{"withdrawn_at": "2026-06-01T09:00:00Z"}}
		if err := a.Do(t.Context(), marketer, fourth, withdraw); err != nil {
			t.Fatal(err)
		}
		shows(t, a, fourth, routing.Existing{})
	})
}
