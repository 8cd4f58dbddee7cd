package app_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/leadloop/leadloop/examples/crm/app"
	"github.com/leadloop/leadloop/examples/crm/store"
	"github.com/leadloop/leadloop/examples/crm/storetest"
)

// TestScale measures a large database: 50,000 leads and a million activities if CRM_SCALE is 50000; a small one otherwise, so that the way
// is tested. CRM_SCALE_DB names a file to keep the database in from run to run: making it takes minutes.
//
//	CRM_SCALE=50000 CRM_SCALE_DB=/tmp/scale.db go test ./app -run Scale -v -timeout 30m
func TestScale(t *testing.T) {
	leads, whole := 2000, false
	if n, err := strconv.Atoi(os.Getenv("CRM_SCALE")); err == nil {
		leads, whole = n, true
	}
	file := os.Getenv("CRM_SCALE_DB")
	if file == "" {
		file = filepath.Join(t.TempDir(), "scale.db")
	}
	if _, err := os.Stat(file); err != nil {
		enlarge(t, file, leads)
	}
	ctx := context.Background()
	s := storetest.Open(t, "file:"+file)
	c := &clock{juneMorning.Add(time.Hour)}
	a, err := app.New(ctx, s, app.Options{Now: c.now})
	if err != nil {
		t.Fatal(err)
	}
	measure := func(what string, limit time.Duration, do func() error) {
		t.Helper()
		var times []time.Duration
		for range 5 {
			began := time.Now()
			if err := do(); err != nil {
				t.Fatal(what, err)
			}
			times = append(times, time.Since(began))
		}
		slices.Sort(times)
		t.Logf("%-40s median %v, slowest %v", what, times[2].Round(100*time.Microsecond), times[4].Round(100*time.Microsecond))
		if whole && times[2] > limit {
			t.Errorf("%s took %v, at most %v is asked", what, times[2], limit)
		}
	}
	for _, u := range a.Users()[:3] {
		in, err := a.Inbox(ctx, u, app.InboxQuery{})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range in.Filters {
			measure(fmt.Sprintf("inbox of %s, %s (%d)", u.Role, f.Name, f.Count), 50*time.Millisecond, func() error {
				_, err := a.Inbox(ctx, u, app.InboxQuery{Filter: f.Name})
				return err
			})
		}
	}
	admin := a.Users()[1]
	in, err := a.Inbox(ctx, admin, app.InboxQuery{})
	if err != nil || len(in.Rows) == 0 {
		t.Fatal("no rows", err)
	}
	measure("page of a lead", 50*time.Millisecond, func() error { _, err := a.Lead(ctx, admin, in.Rows[0].ID); return err })
	measure("pipeline", 200*time.Millisecond, func() error { _, err := a.Pipeline(ctx, admin); return err })
	began := time.Now()
	r, err := a.Report(ctx)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%-40s %v", "first report of a process", time.Since(began).Round(time.Millisecond))
	measure("report, a minute later", 2*time.Second, func() error { c.at = c.at.Add(2 * time.Minute); _, err := a.Report(ctx); return err })
	number := 0
	batch := func(n int) []app.Message {
		list := make([]app.Message, n)
		for i := range list {
			number++
			list[i] = app.Message{ID: fmt.Sprintf("scale-%d-%d", began.UnixNano(), number), User: fmt.Sprintf("user-%d", 1+number*7919%max(leads/25, 1)), At: c.at, Kind: "visit", Channel: "organic search"}
		}
		return list
	}
	measure("report after 500 messages", 2*time.Second, func() error {
		if _, err := a.Ingest(ctx, batch(500)); err != nil {
			return err
		}
		c.at = c.at.Add(2 * time.Minute)
		r, err = a.Report(ctx)
		return err
	})
	var memory runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&memory)
	t.Logf("%-40s %d MiB", "memory of the books and all else", memory.HeapAlloc>>20)
	t.Logf("%d leads, %d visitors, %d offers, stale parts %d", r.Leads, r.Visitors, r.Desk.Offers.Made, r.Stale)
	began = time.Now()
	const many = 20
	for range many {
		if _, err := a.Ingest(ctx, batch(500)); err != nil {
			t.Fatal(err)
		}
	}
	rate := float64(many*500) / time.Since(began).Seconds()
	t.Logf("%-40s %.0f/s", "ingest, 500 at once", rate)
	if whole && rate < 2000 {
		t.Errorf("ingest takes %.0f activities/s, 2000 are asked", rate)
	}
}

// enlarge makes a large database out of a small one: a demo whose leads are copied under other names.
func enlarge(t *testing.T, file string, leads int) {
	ctx := context.Background()
	s := storetest.Open(t, "file:"+file)
	c := &clock{juneMorning}
	a, err := app.New(ctx, s, app.Options{Now: c.now})
	if err != nil {
		t.Fatal(err)
	}
	copies := 25
	began := time.Now()
	if err := a.Seed(ctx, leads/copies); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d leads driven through %v in %v", leads/copies, 270*24*time.Hour, time.Since(began).Round(time.Second))
	s.Close()
	db, err := sql.Open("sqlite", "file:"+file+"?_pragma=synchronous(OFF)&_pragma=foreign_keys(0)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	run := func(statement string, values ...any) {
		t.Helper()
		if _, err := db.Exec(statement, values...); err != nil {
			t.Fatal(statement, err)
		}
	}
	var activities int
	if err := db.QueryRow(`SELECT COUNT(*) FROM activities`).Scan(&activities); err != nil {
		t.Fatal(err)
	}
	run(`BEGIN`)
	// One more copy of the activities brings them to about twenty for each lead.
	run(`INSERT INTO activities SELECT message || '+', lead, at - 60000000, 'visit', channel, campaign, cost, detail FROM activities WHERE rowid % 2 = 0`)
	for k := 2; k <= copies; k++ {
		name := fmt.Sprintf("M%02d-", k)
		run(`INSERT INTO leads SELECT REPLACE(id, 'L-', ?), part, created, channel, fields, filled, label, activities, newest, changes, grade, points, why, scored, suppressed, account FROM leads WHERE id LIKE 'L-%'`, name)
		run(`INSERT INTO identities SELECT kind, ? || value, REPLACE(lead, 'L-', ?) FROM identities WHERE lead LIKE 'L-%'`, name, name)
		run(`INSERT INTO activities SELECT ? || message, REPLACE(lead, 'L-', ?), at, kind, channel, campaign, cost, detail FROM activities WHERE lead LIKE 'L-%'`, name, name)
		run(`INSERT INTO cases SELECT REPLACE(lead, 'L-', ?), part, version, REPLACE(body, '"L-', '"' || ?), stage, status, owner, track, next, changed, revenue FROM cases WHERE lead LIKE 'L-%'`, name, name)
		run(`INSERT INTO events SELECT REPLACE(lead, 'L-', ?), version, part, REPLACE(body, '"L-', '"' || ?) FROM events WHERE lead LIKE 'L-%'`, name, name)
		run(`INSERT INTO timers SELECT REPLACE(lead, 'L-', ?), kind, ready, '' FROM timers WHERE lead LIKE 'L-%'`, name)
	}
	rows, err := db.Query(`SELECT id FROM leads`)
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	for _, id := range ids {
		for _, statement := range []string{`UPDATE leads SET part = ? WHERE id = ?`, `UPDATE cases SET part = ? WHERE lead = ?`, `UPDATE events SET part = ? WHERE lead = ?`} {
			run(statement, store.Part(id), id)
		}
	}
	run(`COMMIT`)
	if err := db.QueryRow(`SELECT COUNT(*) FROM activities`).Scan(&activities); err != nil {
		t.Fatal(err)
	}
	t.Logf("enlarged to %d leads and %d activities in %v", len(ids), activities, time.Since(began).Round(time.Second))
}
