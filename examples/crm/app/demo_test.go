package app_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/leadloop/leadloop/examples/crm/app"
	"github.com/leadloop/leadloop/examples/crm/store"
	"github.com/leadloop/leadloop/examples/crm/storetest"
	"github.com/leadloop/leadloop/handoff"
	"github.com/leadloop/leadloop/scoring"
)

// clock stands still until it is moved.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

// juneMorning is a Monday in business hours.
var juneMorning = time.Date(2026, 6, 15, 9, 30, 0, 0, time.UTC)

// The people of the demo.
var (
	marketer = app.User{ID: "max", Name: "Max", Role: app.Marketing}
	maria    = app.User{ID: "maria", Name: "Maria", Role: app.Admin}
	anna     = app.User{ID: "anna", Name: "Anna", Role: app.Sales}
)

// seeded is the demo of 200 leads in a file, made once.
var seeded = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "crm")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "demo.db")
	s, err := store.Open(context.Background(), "file:"+file)
	if err != nil {
		return nil, err
	}
	a, err := app.New(context.Background(), s, app.Options{Now: func() time.Time { return juneMorning }, Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err == nil {
		err = a.Seed(context.Background(), 200)
	}
	if err != nil {
		return nil, err
	}
	if err := s.Close(); err != nil { // which takes the log of writes over into the file
		return nil, err
	}
	return os.ReadFile(file)
})

// demo is an application over a copy of the demo.
func demo(t *testing.T, c *clock) *app.App {
	t.Helper()
	data, err := seeded()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "crm.db")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return open(t, "file:"+file, c.now)
}

// everything is all leads with their logs.
func everything(t *testing.T, a *app.App) map[string][]handoff.Event {
	t.Helper()
	logs := map[string][]handoff.Event{}
	for part := range store.Parts {
		if err := a.Store().PartLogs(t.Context(), part, func(lead string, log []handoff.Event) { logs[lead] = slices.Clone(log) }); err != nil {
			t.Fatal(err)
		}
	}
	return logs
}

// TestDemo: the demo has something to show on each page, and what it has stored is in order.
func TestDemo(t *testing.T) {
	a := demo(t, &clock{juneMorning})
	for _, id := range sorted(everything(t, a)) {
		replayed(t, a, id)
	}
	for _, test := range []struct {
		user   app.User
		filter string
		least  int64
	}{
		{marketer, "offered", 5}, {marketer, "returned", 20}, {marketer, "nurturing", 20}, {marketer, "new", 20}, {marketer, "out", 3},
		{maria, "offered", 5}, {maria, "working", 3}, {maria, "opportunities", 2}, {anna, "offered", 1},
	} {
		in, err := a.Inbox(t.Context(), test.user, app.InboxQuery{Filter: test.filter})
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(in.Filters, func(f app.InboxFilter) bool { return f.Name == test.filter })
		if in.Filters[i].Count < test.least || int64(len(in.Rows)) != min(50, in.Filters[i].Count) {
			t.Errorf("%s %s: %d leads, %d rows", test.user.ID, test.filter, in.Filters[i].Count, len(in.Rows))
		}
	}
	if next, err := a.Step(t.Context()); err != nil || !next.After(juneMorning) {
		t.Errorf("after the demo the next timer is due at %v, %v", next, err)
	}
	counts, err := a.Store().OutboxCounts(t.Context(), time.Time{})
	if err != nil || counts[store.PendingState] != 0 || counts[store.DoneState] == 0 {
		t.Errorf("outbox %v, %v", counts, err)
	}
	if err := a.Seed(t.Context(), 5); err != nil {
		t.Fatal(err)
	}
	if n, _ := a.Store().CountLeads(t.Context()); n < 180 {
		t.Errorf("%d leads", n)
	}
}

// TestSeedRepeats: the same number and instant give the same history, on both databases.
func TestSeedRepeats(t *testing.T) {
	var first map[string][]handoff.Event
	storetest.Each(t, func(t *testing.T, address func(*testing.T) string) {
		for range 2 {
			a := open(t, address(t), (&clock{juneMorning}).now)
			if err := a.Seed(t.Context(), 25); err != nil {
				t.Fatal(err)
			}
			logs := everything(t, a)
			if len(logs) < 15 {
				t.Fatalf("%d leads at the desk", len(logs))
			}
			if first == nil {
				first = logs
			}
			if !reflect.DeepEqual(first, logs) {
				t.Error("another history")
			}
		}
	})
}

// TestPages: pages of an inbox follow one another without a gap, and show what is due.
func TestPages(t *testing.T) {
	a := demo(t, &clock{juneMorning})
	for _, filter := range []string{"offered", "returned", "nurturing", "new"} {
		all, err := a.Inbox(t.Context(), marketer, app.InboxQuery{Filter: filter, Limit: 200})
		if err != nil || all.Next != "" {
			t.Fatal(all.Next, err)
		}
		var rows []app.Row
		after := ""
		for {
			in, err := a.Inbox(t.Context(), marketer, app.InboxQuery{Filter: filter, Limit: 7, After: after})
			if err != nil {
				t.Fatal(err)
			}
			rows = append(rows, in.Rows...)
			if after = in.Next; after == "" {
				break
			}
		}
		if !reflect.DeepEqual(rows, all.Rows) {
			t.Errorf("%s: %d rows page by page, %d at once", filter, len(rows), len(all.Rows))
		}
		for i, r := range rows {
			if filter == "offered" && (r.Due.IsZero() || r.Owed != "answer to the offer" || r.Owner == "" || r.Grade == "" || len(r.Why) == 0 || i > 0 && r.Until.Before(rows[i-1].Until)) {
				t.Errorf("row %+v", r)
			}
			if filter == "returned" && i > 0 && r.Changed.After(rows[i-1].Changed) {
				t.Errorf("row %d is newer than the one before", i)
			}
		}
	}
	if _, err := a.Inbox(t.Context(), marketer, app.InboxQuery{Filter: "working"}); !app.Refused(err) {
		t.Errorf("a filter of another role: %v", err)
	}
	if _, err := a.Inbox(t.Context(), marketer, app.InboxQuery{After: "x"}); err == nil {
		t.Error("a cursor that is none was taken")
	}
	p, err := a.Pipeline(t.Context(), maria)
	if err != nil {
		t.Fatal(err)
	}
	leads, revenue := int64(0), int64(0)
	for _, s := range p.Stages {
		leads += s.Leads
		revenue += s.Revenue
	}
	r, err := a.Report(t.Context())
	if err != nil || leads != r.Leads || revenue != r.Linear.Revenue {
		t.Errorf("pipeline has %d leads and %d, the report %d and %d, %v", leads, revenue, r.Leads, r.Linear.Revenue, err)
	}
	if mermaid, dot := a.Diagram(); mermaid == "" || dot == "" {
		t.Error("no diagram")
	}
}

// TestLeadPage: the page explains the score to the cent, and tells the whole history.
func TestLeadPage(t *testing.T) {
	a := demo(t, &clock{juneMorning})
	in, err := a.Inbox(t.Context(), marketer, app.InboxQuery{Filter: "returned"})
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range in.Rows[:10] {
		p, err := a.Lead(t.Context(), marketer, row.ID)
		if err != nil {
			t.Fatal(err)
		}
		sum := scoring.Points(0)
		for _, line := range p.Score.Lines {
			sum += line.Points
		}
		if sum != p.Points || p.Grade != p.Score.Grade || p.Score.At != juneMorning {
			t.Errorf("%s: lines sum to %v, the total is %v", row.ID, sum, p.Points)
		}
		if int64(len(p.History)) != p.Version || int64(len(p.Journey)) != p.Activities || len(p.Fields) < 5 || len(p.Actions) == 0 {
			t.Errorf("%s: %d of %d events, %d of %d activities", row.ID, len(p.History), p.Version, len(p.Journey), p.Activities)
		}
		if e := p.History[0]; e.Text == "" || e.Decided != "marketing-and-sales v1, standard v1" {
			t.Errorf("%s: %+v", row.ID, e)
		}
		if len(p.Adjustments) == 0 && p.Case.Reason == "no_need" {
			t.Errorf("%s came back for want of need, and the score does not know", row.ID)
		}
	}
	if _, err := a.Lead(t.Context(), marketer, "nobody"); err != store.ErrNotFound {
		t.Errorf("nobody's page: %v", err)
	}
}

func sorted[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func text(t *testing.T, v any) string {
	t.Helper()
	out, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}
