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
	cleaning   = time.Hour        // between two times that old effects are forgotten
	forgotten  = 1000             // effects at once, so that others can write in between
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
			a.clean(ctx)
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

// clean forgets effects that were carried out long ago, and does so once an hour at most. Any number of processes may: what one has
// deleted, another does not find. If it fails, the scheduler works all the same, and the next hour comes.
func (a *App) clean(ctx context.Context) {
	now, last := a.now(), a.cleaned.Load()
	if now.Sub(time.UnixMicro(last)) < cleaning || !a.cleaned.CompareAndSwap(last, now.UnixMicro()) {
		return
	}
	for ctx.Err() == nil {
		n, err := a.store.ForgetEffects(ctx, now.Add(-a.keep), forgotten)
		if err != nil {
			a.log.Warn("old effects can't be forgotten", "error", err)
		}
		if n < forgotten {
			return
		}
	}
}
