package handofftest_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/leadloop/leadloop/handoff"
	"github.com/leadloop/leadloop/handoff/handofftest"
)

// A disk is what survives a crash: tables of JSON.
type disk struct {
	mutex   sync.Mutex
	cases   map[string][]byte
	logs    map[string][][]byte
	pool    []byte
	effects [][]byte // pending, in the order in which they were stored
	next    map[string]time.Time
}

// A memory is a handofftest.Store over a disk. It keeps nothing to itself.
type memory struct{ disk *disk }

func newMemory() handofftest.Store {
	return &memory{&disk{cases: map[string][]byte{}, logs: map[string][][]byte{}, next: map[string]time.Time{}}}
}

func (m *memory) Load(id string) (c handoff.Case, err error) {
	m.disk.mutex.Lock()
	defer m.disk.mutex.Unlock()
	return m.load(id)
}

func (m *memory) load(id string) (c handoff.Case, err error) {
	if row, ok := m.disk.cases[id]; ok {
		err = json.Unmarshal(row, &c)
	}
	return c, err
}

func (m *memory) LoadPools(offer *handoff.Offer) error {
	m.disk.mutex.Lock()
	defer m.disk.mutex.Unlock()
	return m.loadPool(offer)
}

func (m *memory) loadPool(offer *handoff.Offer) error {
	if m.disk.pool == nil {
		return nil
	}
	return json.Unmarshal(m.disk.pool, &offer.Pools)
}

func (m *memory) Commit(c handoff.Case, cmd handoff.Command, d handoff.Decision) error {
	m.disk.mutex.Lock() // the transaction begins
	defer m.disk.mutex.Unlock()
	id := d.Events[0].ID
	stored, err := m.load(id)
	if err != nil {
		return err
	}
	if stored.Version != c.Version {
		return handofftest.ErrConflict
	}
	if offer, ok := cmd.(handoff.Offer); ok && d.Pools != nil {
		var now handoff.Offer
		if err := m.loadPool(&now); err != nil {
			return err
		}
		if !reflect.DeepEqual(now.Pools, offer.Pools) {
			return handofftest.ErrConflict
		}
	}
	log := slices.Clip(m.disk.logs[id])
	for _, e := range d.Events {
		if e.ID != id || e.Version != c.Version+1 {
			return fmt.Errorf("event %d of %q does not follow on version %d of %q", e.Version, e.ID, c.Version, id)
		}
		c = handoff.Apply(c, e)
		row, err := json.Marshal(e)
		if err != nil {
			return err
		}
		log = append(log, row)
	}
	row, err := json.Marshal(c)
	if err != nil {
		return err
	}
	effects := slices.Clip(m.disk.effects)
	for _, e := range d.Effects {
		row, err := json.Marshal(e)
		if err != nil {
			return err
		}
		effects = append(effects, row)
	}
	pool := m.disk.pool
	if d.Pools != nil {
		if pool, err = json.Marshal(d.Pools); err != nil {
			return err
		}
	}
	// nothing can fail any more
	m.disk.cases[id], m.disk.logs[id], m.disk.effects, m.disk.pool, m.disk.next[id] = row, log, effects, pool, d.Next
	return nil
}

func (m *memory) Log(id string) ([]handoff.Event, error) {
	m.disk.mutex.Lock()
	defer m.disk.mutex.Unlock()
	return unmarshal[handoff.Event](m.disk.logs[id])
}

func (m *memory) Pending() ([]handoff.Effect, error) {
	m.disk.mutex.Lock()
	defer m.disk.mutex.Unlock()
	return unmarshal[handoff.Effect](m.disk.effects)
}

func unmarshal[T any](rows [][]byte) ([]T, error) {
	list := make([]T, len(rows))
	for i, row := range rows {
		if err := json.Unmarshal(row, &list[i]); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func (m *memory) Done(key string) error {
	m.disk.mutex.Lock()
	defer m.disk.mutex.Unlock()
	var left [][]byte
	for _, row := range m.disk.effects {
		var e handoff.Effect
		if err := json.Unmarshal(row, &e); err != nil {
			return err
		}
		if e.Key != key {
			left = append(left, row)
		}
	}
	m.disk.effects = left
	return nil
}

func (m *memory) Due(now time.Time) (ids []string, err error) {
	m.disk.mutex.Lock()
	defer m.disk.mutex.Unlock()
	for id, next := range m.disk.next {
		if !next.IsZero() && !next.After(now) {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

func (m *memory) Reopen() (handofftest.Store, error) { return &memory{m.disk}, nil }

// TestMemory is how a host tests its store.
func TestMemory(t *testing.T) {
	handofftest.Run(t, func(t *testing.T) handofftest.Store { return newMemory() })
}

// A hasty store forgets what is pending when the host crashes: it keeps effects in memory until they are done.
type hasty struct {
	handofftest.Store
	mutex sync.Mutex
	queue []handoff.Effect
}

func (h *hasty) Commit(c handoff.Case, cmd handoff.Command, d handoff.Decision) error {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	err := h.Store.Commit(c, cmd, d)
	if err == nil {
		h.queue = append(h.queue, d.Effects...)
	}
	return err
}

func (h *hasty) Pending() ([]handoff.Effect, error) { return slices.Clone(h.queue), nil }

func (h *hasty) Done(key string) error {
	h.queue = slices.DeleteFunc(h.queue, func(e handoff.Effect) bool { return e.Key == key })
	return h.Store.Done(key)
}

func (h *hasty) Reopen() (handofftest.Store, error) {
	store, err := h.Store.Reopen()
	return &hasty{Store: store}, err
}

// A store that keeps its effects in memory works well, until the host crashes between storing an event and carrying out what
// follows from it. In a host's own tests, TestMemory is all that is needed.
func Example() {
	fmt.Println(len(handofftest.Failures(newMemory)), "laws broken by the store of this example")

	for _, failure := range handofftest.Failures(func() handofftest.Store { return &hasty{Store: newMemory()} }) {
		if failure.Law == "crash" {
			fmt.Println(failure)
		}
	}
	// Output:
	// 0 laws broken by the store of this example
	// crash: wherever the host crashes, nothing is lost and nothing done twice
	// the effect lead-1/1/0 start_nurture was never carried out
	//     Mon 2026-01-05 09:00:00 Register of lead-1 by form, who saw version 0 → decided 1 registered: stored
	//     the host crashes after Commit of 1 registered, and starts again
	//     Mon 2026-01-05 09:00:00 Register of lead-1 by form, who saw version 0 → the desk knows it
}
