package app

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"time"

	"github.com/leadloop/leadloop/examples/crm/store"
	"github.com/leadloop/leadloop/handoff"
	"github.com/leadloop/leadloop/handoff/routing"
)

// retries bounds how often a decision is made anew because others were faster. Each time at least one of them succeeded.
const retries = 100

// decide asks the desk about a lead and stores the answer. If somebody else changed the case or the pools meanwhile, it begins again from what
// they are now. The command is made anew each time from the case: one of a person keeps the version that the person saw, and so
// is then refused with [handoff.ErrRepeated]; one of the system takes the new one.
func (a *App) decide(ctx context.Context, lead string, command func(c handoff.Case) (handoff.Command, *View, error)) (handoff.Decision, error) {
	var d handoff.Decision
	err := again(ctx, func() (err error) {
		d, err = a.decideOnce(ctx, lead, command)
		return err
	})
	return d, err
}

// again does something until nobody else was faster.
func again(ctx context.Context, do func() error) error {
	for attempt := 0; ; attempt++ {
		err := do()
		if !errors.Is(err, store.ErrConflict) || attempt == retries {
			return err
		}
		select { // a little longer each time, and not all at once
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Duration(rand.IntN(1+min(attempt, 20))) * time.Millisecond):
		}
	}
}

func (a *App) decideOnce(ctx context.Context, lead string, command func(c handoff.Case) (handoff.Command, *View, error)) (handoff.Decision, error) {
	g, err := a.current(ctx)
	if err != nil {
		return handoff.Decision{}, err
	}
	c, err := a.store.Case(ctx, lead)
	if err != nil {
		return handoff.Decision{}, err
	}
	cmd, view, err := command(c)
	if err != nil {
		return handoff.Decision{}, err
	}
	d, err := g.desk.Decide(c, cmd, view, a.now())
	if err != nil || len(d.Events) == 0 {
		a.count(kindOf(cmd), err != nil)
		return d, err
	}
	err = a.store.Within(ctx, func(tx *store.Store) error {
		if _, registers := cmd.(handoff.Register); registers {
			if err := a.on(tx).stillKnown(ctx, lead); err != nil {
				return err
			}
		}
		if err := tx.Commit(ctx, c, cmd, d); err != nil {
			return err
		}
		if err := a.on(tx).recordTurns(ctx, g, cmd, &d); err != nil {
			return err
		}
		return a.on(tx).follow(ctx, lead, &d)
	})
	if err != nil {
		return handoff.Decision{}, fmt.Errorf("lead %s: %w", lead, err)
	}
	a.count(kindOf(cmd), false) // not before: what is not stored is decided anew
	if a.decided != nil {
		a.decided(lead, &d)
	}
	signal(a.wake)
	if len(d.Effects) > 0 {
		signal(a.outboxWake)
	}
	return d, nil
}

// kindOf is the kind of a command, of which the desk knows a dozen: its type's name.
func kindOf(cmd handoff.Command) string {
	return strings.ToLower(strings.TrimPrefix(fmt.Sprintf("%T", cmd), "handoff."))
}

// recordTurns counts, in the transaction that stores a decision, the leads that somebody got otherwise than by an offer: by silence or by an
// escalation. They were the members' turns, and count against their quotas. What an offer counts is in its decision already. It
// is [store.ErrConflict] if somebody else has changed the pools meanwhile.
func (a *App) recordTurns(ctx context.Context, g *agreed, cmd handoff.Command, d *handoff.Decision) error {
	if _, offer := cmd.(handoff.Offer); offer {
		return nil
	}
	var turns []routing.Assignment
	for i := range d.Effects {
		if e := &d.Effects[i]; e.Kind == handoff.Assign {
			turns = append(turns, routing.Assignment{Member: e.To, At: e.At, Period: g.desk.QuotaBegin(e.At)})
		}
	}
	if len(turns) == 0 {
		return nil
	}
	loaded, err := a.store.Pools(ctx)
	if err != nil {
		return err
	}
	pools := loaded
	for _, turn := range turns {
		pools = g.desk.Routing().Record(pools, turn)
	}
	if reflect.DeepEqual(pools, loaded) { // nobody of the pools
		return nil
	}
	return a.store.PutPools(ctx, loaded, pools)
}
