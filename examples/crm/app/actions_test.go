package app

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/leadloop/leadloop/examples/crm/store"
	"github.com/leadloop/leadloop/examples/crm/storetest"
	"github.com/leadloop/leadloop/handoff"
)

// errUndo takes back what a test has tried.
var errUndo = errors.New("undo")

// TestActions: what the page of a lead says may be done can be done, and what it says may not is refused with the same words; for each role,
// each command and each reason, on leads in all states of the demo.
func TestActions(t *testing.T) {
	ctx := t.Context()
	now := time.Date(2026, 6, 15, 9, 30, 0, 0, time.UTC)
	a, err := New(ctx, storetest.Open(t, storetest.SQLite(t)), Options{Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Seed(ctx, 70); err != nil {
		t.Fatal(err)
	}
	rows, err := a.store.Cases(ctx, store.List{Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	advanced := 0 // leads on offer, brought a step further each
	for i, row := range rows {
		if row.Case.Status != handoff.StatusOpen || advanced == 3 {
			continue
		}
		advanced++
		for _, command := range []string{Accept, Qualify, Open}[:advanced] {
			version := caseVersion(ctx, t, a, row.Lead.ID)
			if err := a.Do(ctx, User{ID: row.Case.Owner, Role: Sales}, row.Lead.ID, Request{Command: command, Version: version}); err != nil {
				t.Fatal(err)
			}
		}
		if rows[i].Case, err = a.store.Case(ctx, row.Lead.ID); err != nil {
			t.Fatal(err)
		}
	}
	permitted, refused := map[string]int{}, map[string]int{}
	for _, row := range rows {
		for _, user := range []User{{"max", "Max", Marketing}, {"maria", "Maria", Admin}, {"anna", "Anna", Sales}, {row.Case.Owner, "Owner", Sales}} {
			if user.ID == "" || user.ID == "maria" && user.Role == Sales {
				continue
			}
			actions, err := a.Actions(ctx, user, row.Lead.ID)
			if err != nil {
				t.Fatal(err)
			}
			for _, action := range actions {
				requests := []Request{{}}
				expected := []string{action.Refused}
				if action.Reasons != nil {
					requests, expected = nil, nil
					for _, reason := range action.Reasons {
						requests = append(requests, Request{Reason: reason.Reason, Fields: example(reason.Fields)})
						expected = append(expected, reason.Refused)
					}
				} else if action.Command == Reject || action.Command == Recycle || action.Command == Disqualify || action.Command == Lose {
					requests = []Request{{Reason: "other", Note: "trial"}}
				}
				for i, r := range requests {
					r.Command, r.Version = action.Command, row.Case.Version
					if action.Because {
						r.Because = "because"
					}
					got := a.try(ctx, t, user, row.Lead.ID, r)
					if inWords(got) != expected[i] {
						t.Errorf("%s %s %s on %s at %s: Do says %q, the page %q", user.Role, r.Command, r.Reason, row.Lead.ID, row.Case.Stage, inWords(got), expected[i])
					}
					if got == nil {
						permitted[r.Command]++
					} else {
						refused[r.Command]++
					}
				}
			}
		}
	}
	for command := range mayDo {
		if permitted[command] == 0 && command != Offer || refused[command] == 0 && command != Withdraw { // the demo's scheduler has offered what can be; anything can be withdrawn
			t.Errorf("%s: permitted %d times, refused %d times: the test shows too little", command, permitted[command], refused[command])
		}
	}
	for _, test := range []struct {
		role    Role
		command string
	}{{Marketing, Accept}, {Marketing, Win}, {Sales, Withdraw}, {Sales, Reopen}, {Sales, Offer}, {"", Accept}} {
		if err := a.Do(ctx, User{ID: "x", Role: test.role}, rows[0].Lead.ID, Request{Command: test.command}); !errors.Is(err, ErrForbidden) || !Refused(err) {
			t.Errorf("%s %s: %v", test.role, test.command, err)
		}
	}
	if err := a.Do(ctx, User{ID: "maria", Role: Admin}, rows[0].Lead.ID, Request{Command: "explode"}); !Refused(err) {
		t.Errorf("an unknown command: %v", err)
	}
	if err := a.Do(ctx, User{ID: "maria", Role: Admin}, "nobody", Request{Command: Accept}); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("an unknown lead: %v", err)
	}
}

func caseVersion(ctx context.Context, t *testing.T, a *App, lead string) int64 {
	t.Helper()
	c, err := a.store.Case(ctx, lead)
	if err != nil {
		t.Fatal(err)
	}
	return c.Version
}

// try does a request and takes it back.
func (a *App) try(ctx context.Context, t *testing.T, user User, lead string, r Request) error {
	t.Helper()
	var answer error
	err := a.store.Within(ctx, func(tx *store.Store) error {
		answer = a.on(tx).Do(ctx, user, lead, r)
		return errUndo
	})
	if err != errUndo {
		t.Fatal(err)
	}
	if answer != nil && !Refused(answer) {
		t.Fatal(answer)
	}
	return answer
}

// TestOldVersion: a form that was sent from an old page changes nothing.
func TestOldVersion(t *testing.T) {
	ctx := t.Context()
	a, err := New(ctx, storetest.Open(t, storetest.SQLite(t)), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Seed(ctx, 20); err != nil {
		t.Fatal(err)
	}
	in, err := a.Inbox(ctx, User{ID: "maria", Role: Admin}, InboxQuery{Filter: "offered"})
	if err != nil || len(in.Rows) == 0 {
		t.Fatal(in, err)
	}
	row := in.Rows[0]
	accept := Request{Command: Accept, Version: row.Version}
	owner := User{ID: row.Owner, Role: Sales}
	if err := a.Do(ctx, owner, row.ID, accept); err != nil {
		t.Fatal(err)
	}
	if err := a.Do(ctx, owner, row.ID, accept); !errors.Is(err, handoff.ErrRepeated) || !Refused(err) {
		t.Errorf("sent twice: %v", err)
	}
}

// TestErasedMeanwhile: a lead that is erased, suppressed or joined while it is being scored is not registered from what was loaded before.
func TestErasedMeanwhile(t *testing.T) {
	ctx := t.Context()
	storetest.Each(t, func(t *testing.T, address func(*testing.T) string) {
		a, err := New(ctx, storetest.Open(t, address(t)), Options{})
		if err != nil {
			t.Fatal(err)
		}
		admin := User{ID: "maria", Role: Admin}
		for name, meanwhile := range map[string]func(lead string) error{
			"erased":     func(lead string) error { return a.Erase(ctx, admin, lead) },
			"suppressed": func(lead string) error { return a.suppress(ctx, lead, "do_not_contact") },
			"dropped":    func(lead string) error { return a.store.DropLead(ctx, lead) },
			"nothing":    func(string) error { return nil },
		} {
			if _, err := a.Ingest(ctx, []Message{{ID: name + "1", User: name + "u", Fields: map[string]string{"email": name + "@firm.example"}}}); err != nil {
				t.Fatal(err)
			}
			user := store.Identity{Kind: "user", Value: name + "u"}
			found, err := a.store.Identities(ctx, []store.Identity{user})
			if err != nil {
				t.Fatal(err)
			}
			g, err := a.current(ctx)
			if err != nil {
				t.Fatal(err)
			}
			s, err := a.scoreLead(ctx, g, found[user])
			if err != nil {
				t.Fatal(err)
			}
			if err := meanwhile(s.lead.ID); err != nil {
				t.Fatal(err)
			}
			if err := a.register(ctx, s); err != nil {
				t.Errorf("%q: %v", name, err)
			}
			if version := caseVersion(ctx, t, a, s.lead.ID); (version > 0) != (name == "nothing") {
				t.Errorf("%q: the case has version %d", name, version)
			}
		}
	})
}
