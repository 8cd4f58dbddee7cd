package app

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/leadloop/leadloop/examples/crm/store"
	"github.com/leadloop/leadloop/examples/crm/storetest"
)

// TestPatience: while parts are being read anew, which here never ends, a report shows them as they were read last, and says so.
func TestPatience(t *testing.T) {
	now := time.Date(2026, 6, 15, 9, 30, 0, 0, time.UTC)
	a, err := New(t.Context(), storetest.Open(t, storetest.SQLite(t)), Options{Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Seed(t.Context(), 10); err != nil {
		t.Fatal(err)
	}
	before, err := a.Report(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Ingest(t.Context(), []Message{{ID: "more", User: "user-1", Kind: "visit", Channel: "event", Cost: 7}}); err != nil {
		t.Fatal(err)
	}
	a.books.reading = make(chan struct{})
	stale, err := a.Report(t.Context())
	if err != nil || stale.Stale != 1 || stale.Linear.Cost != before.Linear.Cost {
		t.Fatalf("stale %d, cost %d, before %d, %v", stale.Stale, stale.Linear.Cost, before.Linear.Cost, err)
	}
	a.books.reading = nil
	after, err := a.Report(t.Context())
	if err != nil || after.Stale != 0 || after.Linear.Cost != before.Linear.Cost+7 {
		t.Errorf("stale %d, cost %d, before %d, %v", after.Stale, after.Linear.Cost, before.Linear.Cost, err)
	}
	if store.Part("L-00001") >= store.Parts {
		t.Error("a part that there is not")
	}
}

// TestWarm: after the start all is read, so that a report does not wait any more, not even for what never ends. Failures are logged, but not
// that the program stops.
func TestWarm(t *testing.T) {
	s := storetest.Open(t, storetest.SQLite(t))
	var log bytes.Buffer
	a, err := New(t.Context(), s, Options{Log: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Ingest(t.Context(), []Message{{ID: "1", User: "user-1", Kind: "visit"}}); err != nil {
		t.Fatal(err)
	}
	a.Warm(t.Context())
	a.books.reading = make(chan struct{})
	if _, err := a.Ingest(t.Context(), []Message{{ID: "2", User: "user-1", Kind: "visit"}}); err != nil {
		t.Fatal(err)
	}
	if r, err := a.Report(t.Context()); err != nil || r.Visitors != 1 || r.Stale != 1 {
		t.Errorf("%+v, %v", r, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	ended, stop := context.WithCancel(t.Context())
	stop()
	a.Warm(ended)
	if text := log.String(); strings.Contains(text, "ERROR") {
		t.Errorf("the program stops, and the log says %s", text)
	}
	a.Warm(t.Context())
	if text := log.String(); !strings.Contains(text, "ERROR") {
		t.Errorf("the database does not answer, and the log says %s", text)
	}
}
