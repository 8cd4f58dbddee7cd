package app

import (
	"context"
	"errors"
	"hash/fnv"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/leadloop/leadloop/examples/crm/store"
)

// A Send tells the world of one effect: a CRM, a mail program, a telephone system. It may be called again with the same effect, after a
// failure or a crash, so the other side must recognise the effect's key. Its error is stored and shown to admins: no personal
// data in it.
type Send func(ctx context.Context, d store.Delivery) error

// Delivery says how effects are sent. Only Send is required.
type Delivery struct {
	Send     Send
	Timeout  time.Duration // of one try; 0 is 10 s
	Attempts int64         // after so many failures an effect is given up and waits for an admin; 0 is 16
	First    time.Duration // the wait after the first failure, which doubles each time; 0 is 1 s
	Longest  time.Duration // the most that it grows to; 0 is 6 h
	Parallel int           // how many are sent at the same time; 0 is 8
	Seed     uint64        // of the jitter
}

func (d Delivery) orDefaults() Delivery {
	return Delivery{
		Send: d.Send, Timeout: orElse(d.Timeout, 10*time.Second), Attempts: orElse(d.Attempts, 16), First: orElse(d.First, time.Second),
		Longest: orElse(d.Longest, 6*time.Hour), Parallel: orElse(d.Parallel, 8), Seed: d.Seed,
	}
}

func orElse[T int | int64 | time.Duration](value, otherwise T) T {
	if value == 0 {
		return otherwise
	}
	return value
}

// wait is how long to wait after a failure: between half of the doubled time and all of it, so that effects that failed together are
// not all tried again together. The same effect, try and seed give the same wait.
func (d Delivery) wait(key string, attempt int64) time.Duration {
	full := d.Longest
	if shift := attempt - 1; shift < 40 && d.First <= d.Longest>>shift {
		full = d.First << shift
	}
	h := fnv.New64a()
	h.Write([]byte(key))
	return full - time.Duration(rand.New(rand.NewPCG(d.Seed, h.Sum64()+uint64(attempt))).Int64N(int64(full/2)+1))
}

// Deliver sends the effects of the outbox until ctx ends. Any number of processes may do so on one database: an effect is claimed for
// longer than a try lasts, so that no two of them send it at the same time. Effects of one lead are sent in their order.
func (a *App) Deliver(ctx context.Context, d Delivery) error {
	for ctx.Err() == nil {
		next, err := a.DeliverDue(ctx, d)
		wait := 30 * time.Second // another process may have stored effects and crashed
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			a.log.Error("effects can't be delivered", "error", err)
			wait = time.Second
		case !next.IsZero():
			wait = min(wait, max(next.Sub(a.now()), 20*time.Millisecond))
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-a.outboxWake:
		case <-timer.C:
		}
		timer.Stop()
	}
	return nil
}

// DeliverDue sends what can be sent now, and returns when the next effect can; zero if none is pending.
func (a *App) DeliverDue(ctx context.Context, d Delivery) (next time.Time, err error) {
	d = d.orDefaults()
	for {
		// The lease outlasts the try and the answer, so it ends only if this process has crashed or stands still.
		claimed, err := a.store.ClaimEffects(ctx, a.now(), 3*d.Timeout, d.Parallel)
		if errors.Is(err, store.ErrConflict) {
			continue
		}
		if err != nil {
			return time.Time{}, err
		}
		if len(claimed) == 0 {
			return a.store.NextEffect(ctx)
		}
		problems := make([]error, len(claimed))
		var group sync.WaitGroup
		for i := range claimed {
			group.Go(func() { problems[i] = a.deliver(ctx, d, claimed[i]) })
		}
		group.Wait()
		if err := errors.Join(problems...); err != nil {
			return time.Time{}, err
		}
	}
}

// deliver sends one effect and stores how it went. The error is one of the database.
func (a *App) deliver(ctx context.Context, d Delivery, e store.Delivery) error {
	try, stop := context.WithTimeout(ctx, d.Timeout)
	problem := d.Send(try, e)
	stop()
	// What was sent is stored even while the program is being shut down.
	answer, stop := context.WithTimeout(context.WithoutCancel(ctx), d.Timeout)
	defer stop()
	if problem == nil {
		return a.store.EffectDone(answer, e.Key, a.now())
	}
	if ctx.Err() != nil { // it did not fail, it was stopped: that is no attempt
		return a.store.EffectStopped(answer, e, a.now())
	}
	attempt := e.Attempts + 1
	again := a.now().Add(d.wait(e.Key, attempt))
	if attempt >= d.Attempts {
		again = time.Time{}
		a.log.Error("effect given up", "key", e.Key, "kind", e.Kind, "attempts", attempt, "error", problem)
	} else {
		a.log.Warn("effect not delivered", "key", e.Key, "kind", e.Kind, "attempt", attempt, "again", again, "error", problem)
	}
	return a.store.EffectFailed(answer, e, again, short(problem.Error()))
}

// short cuts a text to what a list can show.
func short(text string) string {
	const most = 200
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return text
}
