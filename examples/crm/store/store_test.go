package store_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/leadloop/leadloop/examples/crm/store"
	"github.com/leadloop/leadloop/examples/crm/storetest"
	"github.com/leadloop/leadloop/handoff"
	"github.com/leadloop/leadloop/scoring"
)

var start = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)

// on runs a test on every database.
func on(t *testing.T, test func(t *testing.T, s *store.Store)) {
	storetest.Each(t, func(t *testing.T, address func(*testing.T) string) { test(t, storetest.Open(t, address(t))) })
}

func fatal(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func names(timers []store.Timer) []string {
	var list []string
	for _, t := range timers {
		list = append(list, t.Lead+" "+t.Kind)
	}
	slices.Sort(list)
	return list
}

// TestTimers walks a timer through its life.
func TestTimers(t *testing.T) {
	on(t, func(t *testing.T, s *store.Store) {
		ctx, at := t.Context(), func(seconds int) time.Time { return start.Add(time.Duration(seconds) * time.Second) }
		claim := func(seconds int, want ...string) []store.Timer {
			t.Helper()
			timers, err := s.ClaimTimers(ctx, at(seconds), time.Minute, 2)
			fatal(t, err)
			slices.SortFunc(timers, func(a, b store.Timer) int { return strings.Compare(a.Lead, b.Lead) })
			if got := names(timers); !slices.Equal(got, want) {
				t.Errorf("at %d s: claimed %q, want %q", seconds, got, want)
			}
			return timers
		}
		next := func(want time.Time) {
			t.Helper()
			if got, err := s.NextTimer(ctx); err != nil || !got.Equal(want) {
				t.Errorf("next is %v, want %v, %v", got, want, err)
			}
		}
		next(time.Time{})
		for i, lead := range []string{"c", "b", "a"} {
			fatal(t, s.SetTimer(ctx, store.Timer{Lead: lead, Kind: store.DeadlineTimer, Due: at(10 * (i + 1))}))
		}
		next(at(10))
		claim(9)
		first := claim(30, "b deadline", "c deadline") // the earliest two
		claim(31, "a deadline")
		claim(31)
		next(at(90)) // when the leases end
		claim(89)
		again := claim(90, "b deadline", "c deadline") // whoever had them has crashed
		fatal(t, s.FinishTimer(ctx, first[0], at(1000)))
		claim(91, "a deadline")
		next(at(150)) // an answer to a claim that has ended changes nothing
		fatal(t, s.FinishTimer(ctx, again[0], at(200)))
		fatal(t, s.FinishTimer(ctx, again[1], time.Time{}))
		claim(199, "a deadline")
		now := claim(200, "b deadline")
		// While somebody works on it, it is set anew, and that stands.
		fatal(t, s.HastenTimers(ctx, store.DeadlineTimer, at(201), []string{now[0].Lead, "d"}))
		fatal(t, s.FinishTimer(ctx, now[0], at(5000)))
		claim(201, "b deadline", "d deadline")
		fatal(t, s.HastenTimers(ctx, store.ScoreTimer, at(300), []string{"e"}))
		fatal(t, s.HastenTimers(ctx, store.ScoreTimer, at(400), []string{"e"})) // not later than before
		due := claim(300, "a deadline", "b deadline")
		for _, timer := range due {
			fatal(t, s.FinishTimer(ctx, timer, time.Time{}))
		}
		claim(300, "d deadline", "e score")
		leads, err := s.DueTimers(ctx, at(10000))
		fatal(t, err)
		if !slices.Equal(leads, []string{"d"}) {
			t.Errorf("due are %q", leads)
		}
	})
}

// TestClaimsAtOnce: many who claim at once get each timer once in all.
func TestClaimsAtOnce(t *testing.T) {
	on(t, func(t *testing.T, s *store.Store) {
		const timers = 300
		var leads []string
		for i := range timers {
			leads = append(leads, fmt.Sprint("lead ", i))
		}
		fatal(t, s.HastenTimers(t.Context(), store.ScoreTimer, start, leads))
		var group sync.WaitGroup
		var mutex sync.Mutex
		times := map[string]int{}
		for range 8 {
			group.Go(func() {
				for {
					list, err := s.ClaimTimers(context.Background(), start, time.Minute, 7)
					if err != nil {
						t.Error(err)
						return
					}
					if len(list) == 0 {
						if next, err := s.NextTimer(context.Background()); err != nil || next.After(start) {
							return
						}
						continue // all that was left is in another's hands, who may yet let go
					}
					mutex.Lock()
					for _, timer := range list {
						times[timer.Lead]++
					}
					mutex.Unlock()
				}
			})
		}
		group.Wait()
		for _, lead := range leads {
			if times[lead] != 1 {
				t.Errorf("%s was claimed %d times", lead, times[lead])
			}
		}
	})
}

// effects commits a first event with some effects.
func effects(t *testing.T, s *store.Store, lead string, n int) {
	t.Helper()
	d := handoff.Decision{Events: []handoff.Event{{ID: lead, Version: 1, Kind: handoff.Registered, Occurred: start, Stage: "inquiry"}}}
	for i := range n {
		d.Effects = append(d.Effects, handoff.Effect{Key: fmt.Sprintf("%s/1/%d", lead, i), Kind: handoff.StartNurture, Track: "general", At: start})
	}
	fatal(t, s.Commit(t.Context(), handoff.Case{}, handoff.Register{ID: lead}, d))
}

// TestOutbox: effects of one lead are claimed in their order, one at a time; what fails is tried again or given up.
func TestOutbox(t *testing.T) {
	on(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		effects(t, s, "a", 12) // so that 10 comes after 9
		effects(t, s, "b", 1)
		claim := func(at time.Time) map[string]store.Delivery {
			t.Helper()
			list, err := s.ClaimEffects(ctx, at, time.Minute, 10)
			fatal(t, err)
			found := map[string]store.Delivery{}
			for _, d := range list {
				found[d.Key] = d
			}
			return found
		}
		first := claim(start)
		if len(first) != 2 || first["a/1/0"].Lead != "a" || first["b/1/0"].Track != "general" {
			t.Fatalf("claimed %v", first)
		}
		if len(claim(start)) != 0 {
			t.Error("claimed twice")
		}
		fatal(t, s.EffectFailed(ctx, first["b/1/0"], start.Add(time.Hour), "refused"))
		if next, err := s.NextEffect(ctx); err != nil || !next.Equal(start.Add(time.Minute)) { // when the lease of a's first ends
			t.Errorf("next %v, %v", next, err)
		}
		for i := range 11 {
			fatal(t, s.EffectDone(ctx, fmt.Sprintf("a/1/%d", i), start.Add(time.Duration(i)*time.Second)))
			got := claim(start)
			if key := fmt.Sprintf("a/1/%d", i+1); len(got) != 1 || got[key].Key != key {
				t.Fatalf("after %d came %v", i, got)
			}
		}
		last := claim(start.Add(time.Minute))["a/1/11"] // its lease has ended
		fatal(t, s.EffectFailed(ctx, store.Delivery{Effect: last.Effect, Claim: "old"}, time.Time{}, "an answer too late"))
		fatal(t, s.EffectFailed(ctx, last, time.Time{}, "given up"))
		dead, err := s.DeadEffects(ctx, 10)
		fatal(t, err)
		if len(dead) != 1 || dead[0].Key != "a/1/11" || dead[0].Error != "given up" || dead[0].Attempts != 1 {
			t.Errorf("dead are %+v", dead)
		}
		counts, err := s.OutboxCounts(ctx, start)
		fatal(t, err)
		if counts[store.DoneState] != 11 || counts[store.DeadState] != 1 || counts[store.PendingState] != 1 {
			t.Errorf("counts %v", counts)
		}
		for _, want := range []int64{4, 3, 0} { // those of the first seven seconds, four at once
			if n, err := s.ForgetEffects(ctx, start.Add(7*time.Second), 4); err != nil || n != want {
				t.Errorf("%d are forgotten, want %d: %v", n, want, err)
			}
		}
		counts, err = s.OutboxCounts(ctx, start.Add(9*time.Second))
		fatal(t, err)
		if counts[store.DoneState] != 2 || counts[store.DeadState] != 1 || counts[store.PendingState] != 1 {
			t.Errorf("afterwards %v", counts)
		}
		fatal(t, s.ReviveEffect(ctx, "a/1/11", start))
		if err := s.ReviveEffect(ctx, "a/1/11", start); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("revived twice: %v", err)
		}
		if got := claim(start.Add(time.Hour)); len(got) != 2 || got["b/1/0"].Attempts != 1 {
			t.Errorf("claimed %v", got)
		}
		rows, err := s.Outbox(ctx, "", 10)
		fatal(t, err)
		if len(rows) != 2 {
			t.Errorf("rows %+v", rows)
		}
	})
}

// TestWithin: what fails leaves nothing behind; inner transactions are part of the outer one.
func TestWithin(t *testing.T) {
	on(t, func(t *testing.T, s *store.Store) {
		failure := errors.New("failure")
		err := s.Within(t.Context(), func(tx *store.Store) error {
			effects(t, tx, "a", 1)
			fatal(t, tx.PutLead(t.Context(), store.Lead{ID: "a", Created: start}))
			if c, err := tx.Case(t.Context(), "a"); err != nil || c.Version != 1 {
				t.Errorf("inside: %+v, %v", c, err)
			}
			return failure
		})
		if err != failure {
			t.Fatal(err)
		}
		if c, err := s.Case(t.Context(), "a"); err != nil || c.Version != 0 {
			t.Errorf("after a failure: %+v, %v", c, err)
		}
		if _, err := s.Lead(t.Context(), "a"); !errors.Is(err, store.ErrNotFound) {
			t.Error(err)
		}
		if next, err := s.NextEffect(t.Context()); err != nil || !next.IsZero() {
			t.Errorf("next effect %v, %v", next, err)
		}
	})
}

// TestOpenTwice: a database is opened by several processes, at the same time, and migrated once.
func TestOpenTwice(t *testing.T) {
	storetest.Each(t, func(t *testing.T, address func(*testing.T) string) {
		at := address(t)
		var group sync.WaitGroup
		for range 4 {
			group.Go(func() {
				s, err := store.Open(context.Background(), at)
				if err != nil {
					t.Error(err)
					return
				}
				if err := errors.Join(s.Ping(context.Background()), s.Close()); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
	})
	for _, bad := range []string{"file:", "file:x?%zz", "postgres://127.0.0.1:1/none?connect_timeout=1", "file:" + filepath.Join(t.TempDir(), "no", "such", "directory")} {
		if _, err := store.Open(t.Context(), bad); err == nil {
			t.Errorf("%s was opened", bad)
		}
	}
}

func TestLeads(t *testing.T) {
	on(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		for i := range 600 { // more than one statement takes
			fatal(t, s.PutLead(ctx, store.Lead{ID: fmt.Sprintf("lead %03d", i), Created: start, Fields: map[string]string{"name": "N"}, Filled: map[string]time.Time{"name": start}, Label: "N"}))
		}
		var ids []string
		owners := map[store.Identity]string{}
		for i := range 600 {
			id := fmt.Sprintf("lead %03d", i)
			ids = append(ids, id)
			owners[store.Identity{Kind: "user", Value: id}] = id
		}
		fatal(t, s.AddIdentities(ctx, owners))
		if err := s.AddIdentities(ctx, map[store.Identity]string{{Kind: "user", Value: "lead 007"}: "lead 008"}); !errors.Is(err, store.ErrConflict) {
			t.Errorf("an identity was given twice: %v", err)
		}
		var asked []store.Identity
		for i := range owners {
			asked = append(asked, i)
		}
		found, err := s.Identities(ctx, append(asked, store.Identity{Kind: "user", Value: "nobody"}))
		fatal(t, err)
		if len(found) != 600 || found[store.Identity{Kind: "user", Value: "lead 007"}] != "lead 007" {
			t.Errorf("%d identities", len(found))
		}
		rows, err := s.Leads(ctx, append(ids, "nobody", ids[0]))
		fatal(t, err)
		if len(rows) != 600 || !rows[7].Filled["name"].Equal(start) || rows[7].Fields["name"] != "N" || !rows[7].Created.Equal(start) {
			t.Errorf("%d rows, %+v", len(rows), rows[7])
		}
		fatal(t, s.PutScore(ctx, ids[0], "A1", 5, []string{"x +5"}, start))
		fatal(t, s.AddAdjustment(ctx, ids[0], "k/1", scoring.Adjustment{At: start, Dimension: "fit", Op: scoring.Reset}))
		fatal(t, s.AddAdjustment(ctx, ids[0], "k/1", scoring.Adjustment{At: start, Dimension: "fit", Op: scoring.Reset}))
		if list, err := s.Adjustments(ctx, ids[0]); err != nil || len(list) != 1 || list[0].Dimension != "fit" {
			t.Errorf("adjustments %v, %v", list, err)
		}
		lead, err := s.Lead(ctx, ids[0])
		fatal(t, err)
		if lead.Grade != "A1" || lead.Points != 5 || len(lead.Why) != 1 || !lead.Scored.Equal(start) {
			t.Errorf("lead %+v", lead)
		}
		fresh, err := s.AddActivities(ctx, []store.Activity{{Message: "m", Lead: ids[1], At: start, Kind: "visit"}, {Message: "m", Lead: ids[0], At: start, Kind: "visit"}})
		fatal(t, err)
		if len(fresh) != 1 {
			t.Errorf("fresh %v", fresh)
		}
		fatal(t, s.Within(ctx, func(tx *store.Store) error { return tx.Join(ctx, ids[1], ids[0]) }))
		if list, err := s.Activities(ctx, ids[0], time.Time{}, 0); err != nil || len(list) != 1 {
			t.Errorf("activities %v, %v", list, err)
		}
		if n, err := s.CountLeads(ctx); err != nil || n != 599 {
			t.Errorf("%d leads, %v", n, err)
		}
	})
}

func TestSessions(t *testing.T) {
	on(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		fatal(t, s.AddSession(ctx, store.Session{Token: "t", Actor: "anna", Role: "sales", Secret: "x", Expires: start.Add(time.Hour)}, start))
		if got, err := s.Session(ctx, "t", start); err != nil || got.Actor != "anna" || got.Role != "sales" || got.Secret != "x" || !got.Expires.Equal(start.Add(time.Hour)) {
			t.Errorf("session %+v, %v", got, err)
		}
		if _, err := s.Session(ctx, "t", start.Add(time.Hour)); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("a session that has ended: %v", err)
		}
		fatal(t, s.AddSession(ctx, store.Session{Token: "next", Actor: "ben", Role: "sales", Secret: "y", Expires: start.Add(2 * time.Hour)}, start.Add(time.Hour)))
		if _, err := s.Session(ctx, "t", start); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("a session that has ended is kept when the next begins: %v", err)
		}
		fatal(t, s.AddSession(ctx, store.Session{Token: "t", Actor: "anna", Role: "sales", Secret: "x", Expires: start.Add(time.Hour)}, start))
		fatal(t, s.EndSession(ctx, "t"))
		if _, err := s.Session(ctx, "t", start); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("signed out: %v", err)
		}
		if value, err := s.AddSetting(ctx, "key", "1"); err != nil || value != "1" {
			t.Error(value, err)
		}
		if value, err := s.AddSetting(ctx, "key", "2"); err != nil || value != "1" {
			t.Error(value, err)
		}
		fatal(t, s.SetSetting(ctx, "key", "3"))
		if value, err := s.Setting(ctx, "key"); err != nil || value != "3" {
			t.Error(value, err)
		}
		fatal(t, s.AddDocument(ctx, store.Document{Kind: "model", Version: 1, Body: "{}", Created: start}))
		if err := s.AddDocument(ctx, store.Document{Kind: "model", Version: 1}); !errors.Is(err, store.ErrConflict) {
			t.Errorf("a version twice: %v", err)
		}
	})
}

// TestMarks: what changes in a part changes its mark, also if a visitor goes and another comes with the same counters.
func TestMarks(t *testing.T) {
	on(t, func(t *testing.T, s *store.Store) {
		var visitors []string // of one part
		for i := 0; len(visitors) < 2; i++ {
			if id := fmt.Sprintf("v%d", i); store.Part(id) == 0 {
				visitors = append(visitors, id)
			}
		}
		come := func(id string) {
			t.Helper()
			fatal(t, s.PutLead(t.Context(), store.Lead{ID: id, Activities: 1, Fields: map[string]string{}}))
		}
		marks := func() store.Mark {
			t.Helper()
			all, err := s.Marks(t.Context())
			fatal(t, err)
			return all[0]
		}
		empty := marks()
		come("lead")
		come(visitors[0])
		before := marks()
		if before == empty || before != marks() {
			t.Errorf("marks %+v, %+v", empty, before)
		}
		fatal(t, s.Join(t.Context(), visitors[0], "lead"))
		come(visitors[1])
		if after := marks(); after == before {
			t.Errorf("the mark is still %+v", after)
		}
	})
}
