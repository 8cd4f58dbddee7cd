package app_test

import (
	"context"
	"testing"
	"time"

	"github.com/leadloop/leadloop/examples/crm/app"
	"github.com/leadloop/leadloop/examples/crm/storetest"
)

// clock stands still until it is moved.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

// juneMorning is a business morning.
var juneMorning = time.Date(2026, 6, 15, 9, 30, 0, 0, time.UTC)

func TestSeed(t *testing.T) {
	ctx := context.Background()
	c := &clock{juneMorning}
	s := storetest.Open(t, storetest.SQLite(t))
	a, err := app.New(ctx, s, app.Options{Now: c.now})
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if err := a.Seed(ctx, 200); err != nil {
		t.Fatal(err)
	}
	t.Log(time.Since(began))
	for _, u := range a.Users() {
		in, err := a.Inbox(ctx, u, app.InboxQuery{})
		t.Log(u, in.Filters, len(in.Rows), err)
	}
	p, err := a.Pipeline(ctx, a.Users()[1])
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range p.Stages {
		t.Log(s.Label, s.Leads, s.Revenue)
	}
	began = time.Now()
	r, err := a.Report(ctx)
	if err != nil {
		t.Fatal(err)
	}
	t.Log(time.Since(began))
	t.Logf("%+v", r.Desk.Assigned)
	t.Log(r.Goals, r.Flow.Leads)
}
