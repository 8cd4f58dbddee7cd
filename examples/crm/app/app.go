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
//
// Effects that concern the application itself are done in the transaction that stores them, see follow.go. All others wait in the outbox.
package app

import (
	"context"
	"crypto/rand"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/leadloop/leadloop/examples/crm/store"
	"github.com/leadloop/leadloop/handoff"
)

// Options say how an [App] runs.
type Options struct {
	Now func() time.Time // the clock; nil is the machine's
	Log *slog.Logger     // without personal data; nil is slog.Default()

	// KeepEffects is how long effects that were carried out stay in the outbox, for whoever asks what was sent; 0 is 30 days.
	KeepEffects time.Duration

	// Count is told of every answer of the desk, whoever has asked it: the kind of command, such as "accept", and whether it was refused.
	Count func(command string, refused bool)
}

// An App is the application over a store. It is safe for concurrent use.
type App struct {
	store      *store.Store
	now        func() time.Time
	log        *slog.Logger
	agreed     *atomic.Pointer[agreed]                // the documents that decide now
	wake       chan struct{}                          // tells the scheduler of an earlier timer
	outboxWake chan struct{}                          // tells the outbox worker of an effect
	books      *books                                 // behind the report
	imports    chan struct{}                          // one for each file that is being read
	keep       time.Duration                          // effects that were carried out
	cleaned    *atomic.Int64                          // when the scheduler last did so, in microseconds since 1970
	secret     string                                 // of the hashes of suppressed addresses
	newID      func() string                          // of a lead: opaque
	count      func(command string, refused bool)     // the desk's answers
	decided    func(lead string, d *handoff.Decision) // is told of what was decided; nil: nobody wants to know
}

// New makes the application over a store. On first use the store gets the documents of the demo: model, funnel and agreement.
func New(ctx context.Context, s *store.Store, o Options) (*App, error) {
	a := &App{
		store: s, now: func() time.Time { return time.Now().UTC() }, log: slog.Default(),
		agreed: &atomic.Pointer[agreed]{}, wake: make(chan struct{}, 1), outboxWake: make(chan struct{}, 1), books: newBooks(),
		imports: make(chan struct{}, mostImports), keep: orElse(o.KeepEffects, 30*24*time.Hour), cleaned: &atomic.Int64{},
		count: func(string, bool) {},
		newID: func() string { return "L-" + rand.Text()[:16] },
	}
	if o.Now != nil {
		a.now = func() time.Time { return o.Now().UTC() }
	}
	if o.Log != nil {
		a.log = o.Log
	}
	if o.Count != nil {
		a.count = o.Count
	}
	if err := a.begin(ctx); err != nil {
		return nil, err
	}
	var err error
	if a.secret, err = s.AddSetting(ctx, "suppression key", rand.Text()); err != nil {
		return nil, err
	}
	_, err = a.current(ctx)
	return a, err
}

// Store is where the application keeps everything. Pages use it for sessions and the audit log.
func (a *App) Store() *store.Store { return a.store }

// Now is the time by the application's clock, in UTC.
func (a *App) Now() time.Time { return a.now() }

// on is the application over a store that is bound to a transaction.
func (a *App) on(tx *store.Store) *App {
	bound := *a
	bound.store = tx
	return &bound
}

// signal wakes whoever waits on a channel of size one.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default: // awake already
	}
}
