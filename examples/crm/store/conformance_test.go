package store_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/leadloop/leadloop/examples/crm/store"
	"github.com/leadloop/leadloop/examples/crm/storetest"
	"github.com/leadloop/leadloop/handoff"
	"github.com/leadloop/leadloop/handoff/handofftest"
)

// kit is the store as the conformance kit wants it.
type kit struct {
	t       *testing.T
	address string
	store   *store.Store
}

func (k *kit) Load(id string) (handoff.Case, error) { return k.store.Case(context.Background(), id) }

func (k *kit) LoadPools(offer *handoff.Offer) (err error) {
	offer.Pools, err = k.store.Pools(context.Background())
	return err
}

func (k *kit) Commit(c handoff.Case, cmd handoff.Command, d handoff.Decision) error {
	err := k.store.Commit(context.Background(), c, cmd, d)
	if errors.Is(err, store.ErrConflict) {
		return handofftest.ErrConflict
	}
	return err
}

func (k *kit) Log(id string) ([]handoff.Event, error) { return k.store.Log(context.Background(), id) }

func (k *kit) Pending() ([]handoff.Effect, error) { return k.store.Pending(context.Background()) }

func (k *kit) Done(key string) error {
	return k.store.EffectDone(context.Background(), key, time.Now())
}

func (k *kit) Due(now time.Time) ([]string, error) {
	return k.store.DueTimers(context.Background(), now)
}

func (k *kit) Reopen() (handofftest.Store, error) {
	if err := k.store.Close(); err != nil {
		return nil, err
	}
	return &kit{k.t, k.address, storetest.Open(k.t, k.address)}, nil
}

// TestConformance holds the store against the laws of a host's storage.
func TestConformance(t *testing.T) {
	storetest.Each(t, func(t *testing.T, address func(*testing.T) string) {
		handofftest.Run(t, func(t *testing.T) handofftest.Store {
			at := address(t)
			return &kit{t, at, storetest.Open(t, at)}
		})
	})
}
