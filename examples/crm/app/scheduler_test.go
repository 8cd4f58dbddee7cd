package app_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/leadloop/leadloop/examples/crm/app"
	"github.com/leadloop/leadloop/examples/crm/storetest"
	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/handoff"
)

// TestRun: the scheduler sleeps until something comes in, and ends with its context. The clock of this test is the machine's, but nothing is
// measured by it.
func TestRun(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	a := open(t, storetest.SQLite(t), nil)
	done := make(chan error)
	go func() { done <- a.Run(ctx) }()
	if _, err := a.Ingest(ctx, hot(1)); err != nil {
		t.Fatal(err)
	}
	id := leadBehind(t, a, "user", "user-1")
	for caseOf(t, a, id).Stage != funnel.MQL {
		time.Sleep(time.Millisecond)
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// TestReturns: a lead that was returned comes back as its reason says, and its score is what the feedback made of it.
func TestReturns(t *testing.T) {
	c := &clock{juneMorning}
	a := open(t, storetest.SQLite(t), c.now)
	ids := offered(t, a, 3)
	do := func(id string, r app.Request) {
		t.Helper()
		state := caseOf(t, a, id)
		r.Version = state.Version
		if err := a.Do(t.Context(), app.User{ID: state.Owner, Role: app.Sales}, id, r); err != nil {
			t.Fatal(err)
		}
	}
	do(ids[0], app.Request{Command: app.Reject, Reason: "misrouted", Fields: map[string]string{"suggested_queue": "partners"}})
	do(ids[1], app.Request{Command: app.Reject, Reason: "insufficient_data", Fields: map[string]string{"missing_fields": "title"}})
	do(ids[2], app.Request{Command: app.Accept})
	do(ids[2], app.Request{Command: app.Attempt, Reached: true})
	do(ids[2], app.Request{Command: app.Recycle, Reason: "no_need"})
	c.at = c.at.Add(time.Minute)
	if _, err := a.Step(t.Context()); err != nil {
		t.Fatal(err)
	}
	if state := caseOf(t, a, ids[0]); state.Status != handoff.StatusOpen || state.Offers != 2 {
		t.Errorf("a lead that was sent to the wrong person is not offered to another: %+v", state)
	}
	if state := caseOf(t, a, ids[1]); state.Stage != funnel.Recycled || len(state.Missing) != 1 {
		t.Errorf("a lead that lacks data: %+v", state)
	}
	p, err := a.Lead(t.Context(), marketer, ids[2])
	if err != nil || len(p.Adjustments) == 0 || p.Stage != funnel.Recycled || p.Track == "" {
		t.Errorf("a lead without need: %+v, %v", p.Row, err)
	}
	if _, err := a.Ingest(t.Context(), []app.Message{{ID: "title", User: "user-1", Fields: map[string]string{"title": "Head of Data"}}}); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Step(t.Context()); err != nil {
		t.Fatal(err)
	}
	if state := caseOf(t, a, ids[1]); state.Status != handoff.StatusOpen {
		t.Errorf("its data were completed, and it is not offered: %+v", state)
	}
}

// TestCapacity: who has enough to do is passed over.
func TestCapacity(t *testing.T) {
	c := &clock{juneMorning}
	a := open(t, storetest.SQLite(t), c.now)
	body := document(t, a, app.AgreementDocument)
	limited := strings.Replace(strings.Replace(body, `"version": 1,`, `"version": 2,`, 1), `"weight": 3`, `"weight": 3, "capacity": 2`, 1)
	if _, err := a.Adopt(t.Context(), maria, app.AgreementDocument, limited, ""); err != nil {
		t.Fatal(err)
	}
	owners := map[string]int{}
	for _, id := range offered(t, a, 20) {
		owners[caseOf(t, a, id).Owner]++
	}
	if owners["anna"] != 2 || owners["ben"] < 6 {
		t.Errorf("owners %v", owners)
	}
}

func TestUsers(t *testing.T) {
	a := open(t, storetest.SQLite(t), nil)
	for _, want := range []app.User{marketer, maria, anna, {ID: "felix", Name: "Felix", Role: app.Sales}} {
		if got, known := a.User(want.ID, want.Role); !known || got != want {
			t.Errorf("%+v, want %+v", got, want)
		}
	}
	if _, known := a.User("anna", app.Admin); known {
		t.Error("anna is an admin")
	}
}
