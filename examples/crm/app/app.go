// Package app is the application behind its pages and its interface for machines: it loads and stores, keeps the time, and asks the
// library what to do. No rule of marketing or sales is here; those are in the model, the funnel and the agreement, which are documents
// in the database ([App.Documents]).
//
// One type, [App], is all that web and api call. The paths through it:
//
//   - what leads do comes in by [App.Ingest], many messages in one transaction. It stores and sets a timer, and decides nothing.
//   - [App.Run] is the scheduler. It sleeps until the first timer, scores the lead anew, and offers it to sales where the agreement
//     says so; it gives the desk its ticks when deadlines fall due.
//   - what people decide comes in by [App.Do]. The desk decides, and the answer is stored under a version check with its effects.
package app

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/leadloop/leadloop/examples/crm/store"
)

// Options say how an [App] runs.
type Options struct {
	Now func() time.Time // the clock; nil is the machine's
	Log *slog.Logger     // without personal data; nil is slog.Default()
}

// An App is the application over a store. It is safe for concurrent use.
type App struct {
	store  *store.Store
	now    func() time.Time
	log    *slog.Logger
	agreed *atomic.Pointer[agreed] // the documents that decide now
	wake   chan struct{}           // tells the scheduler of an earlier timer
	books  *books                  // behind the report
	key    *sync.Map
}

// New makes the application over a store. On first use the store gets the documents of the demo: model, funnel and agreement.
func New(ctx context.Context, s *store.Store, o Options) (*App, error) { return nil, nil }

// Store is where the application keeps everything. Pages use it for sessions and the audit log.
func (a *App) Store() *store.Store { return a.store }

// Now is the time by the application's clock, in UTC.
func (a *App) Now() time.Time { return a.now() }

// Seed fills an empty store with a demo: leads with a history of some months up to now, made by driving the desk through time. The
// same number gives the same history, relative to now. It does nothing if there are leads already.
func (a *App) Seed(ctx context.Context, leads int) error { return nil }

// Run is the scheduler: until ctx ends it sleeps until the next timer falls due, and does what it asks. Any number of
// processes may run it on one database; each timer is claimed by one of them.
func (a *App) Run(ctx context.Context) error { return nil }

// Step does what has fallen due by now, and returns when the next timer does; zero if there is none.
func (a *App) Step(ctx context.Context) (next time.Time, err error) { return time.Time{}, nil }
