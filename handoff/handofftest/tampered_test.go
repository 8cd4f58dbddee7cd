package handofftest_test

import (
	"encoding/json"
	"errors"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/handoff"
	"github.com/leadloop/leadloop/handoff/handofftest"
)

// A tampered store is the memory with one method or two done wrong.
type tampered struct {
	*memory
	commit   func(t *tampered, c handoff.Case, cmd handoff.Command, d handoff.Decision) error
	load     func(t *tampered, id string) (handoff.Case, error)
	loadPool func(t *tampered, offer *handoff.Offer) error
	log      func(t *tampered, id string) ([]handoff.Event, error)
	pending  func(t *tampered) ([]handoff.Effect, error)
	done     func(t *tampered, key string) error
	due      func(t *tampered, now time.Time) ([]string, error)
	reopen   func(t *tampered) error // what happens to the disk
	kept     map[string]handoff.Case // in memory, gone after Reopen
	times    map[string]time.Time    // the same
	inside   *atomic.Int64           // writers between check and write
}

func (t *tampered) Commit(c handoff.Case, cmd handoff.Command, d handoff.Decision) error {
	if t.commit != nil {
		return t.commit(t, c, cmd, d)
	}
	return t.memory.Commit(c, cmd, d)
}

func (t *tampered) Load(id string) (handoff.Case, error) {
	if t.load != nil {
		return t.load(t, id)
	}
	return t.memory.Load(id)
}

func (t *tampered) LoadPools(offer *handoff.Offer) error {
	if t.loadPool != nil {
		return t.loadPool(t, offer)
	}
	return t.memory.LoadPools(offer)
}

func (t *tampered) Log(id string) ([]handoff.Event, error) {
	if t.log != nil {
		return t.log(t, id)
	}
	return t.memory.Log(id)
}

func (t *tampered) Pending() ([]handoff.Effect, error) {
	if t.pending != nil {
		return t.pending(t)
	}
	return t.memory.Pending()
}

func (t *tampered) Done(key string) error {
	if t.done != nil {
		return t.done(t, key)
	}
	return t.memory.Done(key)
}

func (t *tampered) Due(now time.Time) ([]string, error) {
	if t.due != nil {
		return t.due(t, now)
	}
	return t.memory.Due(now)
}

func (t *tampered) Reopen() (handofftest.Store, error) {
	if t.reopen != nil {
		if err := t.reopen(t); err != nil {
			return nil, err
		}
	}
	again := *t
	again.memory, again.kept, again.times = &memory{t.disk}, map[string]handoff.Case{}, map[string]time.Time{}
	return &again, nil
}

// force stores a decision without any check.
func (t *tampered) force(d handoff.Decision) error {
	t.disk.mutex.Lock()
	defer t.disk.mutex.Unlock()
	for _, e := range d.Events {
		c, err := t.memory.load(e.ID)
		if err != nil {
			return err
		}
		c = handoff.Apply(c, e)
		t.disk.logs[e.ID] = append(t.disk.logs[e.ID], marshal(e))
		t.disk.cases[e.ID] = marshal(c)
		t.disk.next[e.ID] = d.Next
	}
	for _, e := range d.Effects {
		t.disk.effects = append(t.disk.effects, marshal(e))
	}
	if d.Pools != nil {
		t.disk.pool = marshal(d.Pools)
	}
	return nil
}

// marshal gives nil for what JSON can't hold.
func marshal[T any](v T) []byte {
	row, err := json.Marshal(v)
	if err != nil {
		return nil
	}
	return row
}

// late stores a part of a decision that meets a conflict: what was written before the check.
func late(part func(d handoff.Decision) handoff.Decision) func(t *tampered, c handoff.Case, cmd handoff.Command, d handoff.Decision) error {
	return func(t *tampered, c handoff.Case, cmd handoff.Command, d handoff.Decision) error {
		err := t.memory.Commit(c, cmd, d)
		if errors.Is(err, handofftest.ErrConflict) {
			err = errors.Join(err, t.force(part(d)))
		}
		return err
	}
}

// before changes a decision before it is stored.
func before(change func(d *handoff.Decision)) func(t *tampered, c handoff.Case, cmd handoff.Command, d handoff.Decision) error {
	return func(t *tampered, c handoff.Case, cmd handoff.Command, d handoff.Decision) error {
		d.Events, d.Effects = slices.Clone(d.Events), slices.Clone(d.Effects)
		change(&d)
		return t.memory.Commit(c, cmd, d)
	}
}

// event changes events before they are stored.
func event(change func(e *handoff.Event)) func(t *tampered, c handoff.Case, cmd handoff.Command, d handoff.Decision) error {
	return before(func(d *handoff.Decision) {
		for i := range d.Events {
			change(&d.Events[i])
		}
	})
}

// step changes the funnel's steps before they are stored.
func transition(change func(tr *funnel.Transition)) func(t *tampered, c handoff.Case, cmd handoff.Command, d handoff.Decision) error {
	return event(func(e *handoff.Event) {
		if e.Transition != nil {
			tr := *e.Transition
			change(&tr)
			e.Transition = &tr
		}
	})
}

// effect changes effects before they are stored.
func effect(change func(e *handoff.Effect)) func(t *tampered, c handoff.Case, cmd handoff.Command, d handoff.Decision) error {
	return before(func(d *handoff.Decision) {
		for i := range d.Effects {
			change(&d.Effects[i])
		}
	})
}

// loaded changes cases when they are read.
func loaded(change func(c *handoff.Case)) func(t *tampered, id string) (handoff.Case, error) {
	return func(t *tampered, id string) (handoff.Case, error) {
		c, err := t.memory.Load(id)
		change(&c)
		return c, err
	}
}

// follows checks events as the memory does, but for what a flaw leaves out.
func follows(check func(version int64, id string, events []handoff.Event) bool) func(t *tampered, c handoff.Case, cmd handoff.Command, d handoff.Decision) error {
	return func(t *tampered, c handoff.Case, cmd handoff.Command, d handoff.Decision) error {
		id := c.ID
		if id == "" {
			id = d.Events[0].ID
		}
		stored, err := t.memory.Load(id)
		switch {
		case err != nil:
			return err
		case stored.Version != c.Version:
			return handofftest.ErrConflict
		case !check(c.Version, id, d.Events):
			return errors.New("refused")
		}
		err = t.memory.Commit(c, cmd, d)
		if err != nil && strings.Contains(err.Error(), "does not follow") {
			return t.force(d)
		}
		return err
	}
}

// rush checks what a flaw checks, waits for another writer to have checked as well, and only then writes. A writer who is
// alone waits in vain, for as long as patience says.
func (t *tampered) rush(patience time.Duration, check, write func() error) error {
	t.disk.mutex.Lock()
	err := check()
	t.disk.mutex.Unlock()
	if err != nil {
		return err
	}
	t.inside.Add(1)
	defer t.inside.Add(-1)
	for begun := time.Now(); t.inside.Load() < 2 && time.Since(begun) < patience; {
		runtime.Gosched()
	}
	return write()
}
