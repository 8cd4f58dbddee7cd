package app

import (
	"context"
	"errors"
	"time"

	"github.com/leadloop/leadloop/examples/crm/store"
	"github.com/leadloop/leadloop/handoff"
)

const (
	lease      = time.Minute      // for a claimed timer: longer than its work takes
	retryAfter = 10 * time.Second // after a failure
	claimed    = 64               // timers at once
)

// Run is the scheduler: until ctx ends it sleeps until the next timer falls due, and does what it asks. Any number of processes may run
// it on one database: each timer is claimed by one of them.
//
// It wakes at the latest after the time of a lease, for a timer that another process has set and then crashed.
func (a *App) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		pause := lease
		next, err := a.Step(ctx)
		switch {
		case err != nil:
			if ctx.Err() != nil {
				break
			}
			a.log.Error("scheduler", "error", err)
			pause = retryAfter
		case !next.IsZero():
			pause = min(max(0, next.Sub(a.now())), lease)
		}
		wait := time.NewTimer(pause)
		select {
		case <-ctx.Done():
		case <-a.wake:
		case <-wait.C:
		}
		wait.Stop()
	}
	return nil
}

// Step does what has fallen due by now, and returns when the next timer does; zero if there is none.
func (a *App) Step(ctx context.Context) (next time.Time, err error) {
	for {
		timers, err := a.store.ClaimTimers(ctx, a.now(), lease, claimed)
		if err != nil {
			return time.Time{}, err
		}
		if len(timers) == 0 {
			return a.store.NextTimer(ctx)
		}
		for _, t := range timers {
			if err := ctx.Err(); err != nil {
				return time.Time{}, err // what is claimed falls due again when the lease ends
			}
			next, err := a.fire(ctx, t)
			if err != nil {
				a.log.Error("timer", "lead", t.Lead, "kind", t.Kind, "error", err)
				next = a.now().Add(retryAfter)
			}
			if err := a.store.FinishTimer(ctx, t, next); err != nil {
				return time.Time{}, err
			}
		}
	}
}

// fire does what one timer asks, and answers when it falls due again.
func (a *App) fire(ctx context.Context, t store.Timer) (next time.Time, err error) {
	if t.Kind == store.ScoreTimer {
		return a.rescore(ctx, t.Lead)
	}
	d, err := a.decide(ctx, t.Lead, func(handoff.Case) (handoff.Command, *View, error) { return handoff.Tick{}, nil, nil })
	if errors.Is(err, handoff.ErrNotRegistered) {
		return time.Time{}, nil
	}
	return d.Next, err // a tick that changed something has set the timer anew, and that stands
}
