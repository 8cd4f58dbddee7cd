package app

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/leadloop/leadloop/examples/crm/store"
	"github.com/leadloop/leadloop/examples/crm/storetest"
	"github.com/leadloop/leadloop/handoff"
	"github.com/leadloop/leadloop/scoring"
	"github.com/leadloop/leadloop/scoring/learn"
)

// TestFailures: when the database does not answer, everything says so, and nothing takes the failure for a refusal.
func TestFailures(t *testing.T) {
	ctx := t.Context()
	s := storetest.Open(t, storetest.SQLite(t))
	a, err := New(ctx, s, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	admin := User{"maria", "Maria", Admin}
	now := time.Now()
	for name, do := range map[string]func() error{
		"New":            func() error { _, err := New(ctx, s, Options{}); return err },
		"Seed":           func() error { return a.Seed(ctx, 1) },
		"Step":           func() error { _, err := a.Step(ctx); return err },
		"Ingest":         func() error { _, err := a.Ingest(ctx, []Message{{ID: "1", User: "u"}}); return err },
		"Inbox":          func() error { _, err := a.Inbox(ctx, admin, InboxQuery{}); return err },
		"Search":         func() error { _, err := a.Search(ctx, admin, "x"); return err },
		"Lead":           func() error { _, err := a.Lead(ctx, admin, "x"); return err },
		"Actions":        func() error { _, err := a.Actions(ctx, admin, "x"); return err },
		"Do":             func() error { return a.Do(ctx, admin, "x", Request{Command: Accept}) },
		"Pipeline":       func() error { _, err := a.Pipeline(ctx, admin); return err },
		"Report":         func() error { _, err := a.Report(ctx); return err },
		"Model":          func() error { _, err := a.Model(ctx, learn.Acceptance); return err },
		"AnswerProposal": func() error { return a.AnswerProposal(ctx, admin, learn.Acceptance, "", true) },
		"Documents":      func() error { _, err := a.Documents(ctx); return err },
		"Adopt":          func() error { _, err := a.Adopt(ctx, admin, ModelDocument, "{}", ""); return err },
		"Export":         func() error { _, err := a.Export(ctx, admin, "x"); return err },
		"Erase":          func() error { return a.Erase(ctx, admin, "x") },
		"Import":         func() error { _, err := a.Import(ctx, admin, "x", strings.NewReader("email\n")); return err },
		"ImportProgress": func() error { _, err := a.ImportProgress(ctx, "x"); return err },
		"Imports":        func() error { _, err := a.Imports(ctx); return err },
		"rescore":        func() error { _, err := a.rescore(ctx, "x"); return err },

		"store.Case":            func() error { _, err := s.Case(ctx, "x"); return err },
		"store.Pools":           func() error { _, err := s.Pools(ctx); return err },
		"store.PutPools":        func() error { return s.PutPools(ctx, nil, nil) },
		"store.Log":             func() error { _, err := s.Log(ctx, "x"); return err },
		"store.Related":         func() error { _, err := s.Related(ctx, "x", "y", "z"); return err },
		"store.Load":            func() error { _, err := s.Load(ctx); return err },
		"store.Stages":          func() error { _, err := s.Stages(ctx); return err },
		"store.ClaimEffects":    func() error { _, err := s.ClaimEffects(ctx, now, 1, 1); return err },
		"store.EffectDone":      func() error { return s.EffectDone(ctx, "x", now) },
		"store.EffectFailed":    func() error { return s.EffectFailed(ctx, store.Delivery{}, now, "x") },
		"store.EffectStopped":   func() error { return s.EffectStopped(ctx, store.Delivery{}, now) },
		"store.ReviveEffect":    func() error { return s.ReviveEffect(ctx, "x", now) },
		"store.NextEffect":      func() error { _, err := s.NextEffect(ctx); return err },
		"store.OutboxCounts":    func() error { _, err := s.OutboxCounts(ctx, now); return err },
		"store.Outbox":          func() error { _, err := s.Outbox(ctx, "", 1); return err },
		"store.Pending":         func() error { _, err := s.Pending(ctx); return err },
		"store.EffectsOf":       func() error { _, err := s.EffectsOf(ctx, "x"); return err },
		"store.ForgetEffects":   func() error { _, err := s.ForgetEffects(ctx, now, 1); return err },
		"store.AllEffectsDone":  func() error { return s.AllEffectsDone(ctx) },
		"store.SetTimer":        func() error { return s.SetTimer(ctx, store.Timer{Lead: "x", Due: now}) },
		"store.ClearTimer":      func() error { return s.SetTimer(ctx, store.Timer{Lead: "x"}) },
		"store.HastenTimers":    func() error { return s.HastenTimers(ctx, store.ScoreTimer, now, []string{"x"}) },
		"store.HastenAll":       func() error { return s.HastenAll(ctx, now) },
		"store.FinishTimer":     func() error { return s.FinishTimer(ctx, store.Timer{}, now) },
		"store.NextTimer":       func() error { _, err := s.NextTimer(ctx); return err },
		"store.TimersOf":        func() error { _, err := s.TimersOf(ctx, "x"); return err },
		"store.DueTimers":       func() error { _, err := s.DueTimers(ctx, now); return err },
		"store.LockLeads":       func() error { _, err := s.LockLeads(ctx, []string{"x"}); return err },
		"store.PutLead":         func() error { return s.PutLead(ctx, store.Lead{}) },
		"store.DropLead":        func() error { return s.DropLead(ctx, "x") },
		"store.Join":            func() error { return s.Join(ctx, "x", "y") },
		"store.PutScore":        func() error { return s.PutScore(ctx, "x", "", 0, nil, now) },
		"store.Identities":      func() error { _, err := s.Identities(ctx, []store.Identity{{}}); return err },
		"store.AddIdentities":   func() error { return s.AddIdentities(ctx, map[store.Identity]string{{}: "x"}) },
		"store.IdentitiesOf":    func() error { _, err := s.IdentitiesOf(ctx, "x"); return err },
		"store.AddActivities":   func() error { _, err := s.AddActivities(ctx, []store.Activity{{}}); return err },
		"store.KnownMessages":   func() error { _, err := s.KnownMessages(ctx, []string{"x"}); return err },
		"store.AddAdjustment":   func() error { return s.AddAdjustment(ctx, "x", "k", scoring.Adjustment{}) },
		"store.Adjustments":     func() error { _, err := s.Adjustments(ctx, "x"); return err },
		"store.AddSetting":      func() error { _, err := s.AddSetting(ctx, "x", "y"); return err },
		"store.SetSetting":      func() error { return s.SetSetting(ctx, "x", "y") },
		"store.AddDocument":     func() error { return s.AddDocument(ctx, store.Document{}) },
		"store.Suppress":        func() error { return s.Suppress(ctx, "x", "y", now) },
		"store.Suppressed":      func() error { _, _, err := s.Suppressed(ctx, "x"); return err },
		"store.Erase":           func() error { return s.Erase(ctx, "x", func(e handoff.Event) handoff.Event { return e }) },
		"store.AddSession":      func() error { return s.AddSession(ctx, store.Session{}, now) },
		"store.Session":         func() error { _, err := s.Session(ctx, "x", now); return err },
		"store.EndSession":      func() error { return s.EndSession(ctx, "x") },
		"store.AuditLog":        func() error { _, err := s.AuditLog(ctx, 1); return err },
		"store.AuditOf":         func() error { _, err := s.AuditOf(ctx, "x"); return err },
		"store.PutImport":       func() error { return s.PutImport(ctx, store.Import{}) },
		"store.PartLogs":        func() error { return s.PartLogs(ctx, 0, func(string, []handoff.Event) {}) },
		"store.PartTouches":     func() error { return s.PartTouches(ctx, 0, func(store.Lead, []store.Activity) {}) },
		"store.Ping":            func() error { return s.Ping(ctx) },
		"store.ActiveDocuments": func() error { _, err := s.ActiveDocuments(ctx); return err },
		"store.CountLeads":      func() error { _, err := s.CountLeads(ctx); return err },
		"store.Commit of no one": func() error {
			return s.Commit(ctx, handoff.Case{}, handoff.Tick{}, handoff.Decision{Events: make([]handoff.Event, 1)})
		},
	} {
		if err := do(); err == nil || Refused(err) || errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrConflict) {
			t.Errorf("%s: %v", name, err)
		}
	}
	ended, stop := context.WithCancel(ctx)
	stop()
	if err := a.Run(ended); err != nil {
		t.Error(err)
	}
}
