package handofftest_test

import (
	"errors"
	"reflect"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/leadloop/leadloop/handoff"
	"github.com/leadloop/leadloop/handoff/handofftest"
)

// A flaw is what somebody may get wrong, and what the kit must say to it.
type flaw struct {
	name  string
	wrong tampered
	want  []string // "law: words of the message"
	only  bool     // no other law is broken
}

// writingFlaws are those of what is stored, and when.
var writingFlaws = []flaw{
	// lost updates
	{"no version check", tampered{commit: func(t *tampered, _ handoff.Case, _ handoff.Command, d handoff.Decision) error { return t.force(d) }},
		[]string{"lost update: both decided from version 0 of lead-1, and Commit answers both", "pool: from the same state of the pools"}, false},
	{"check apart from write", tampered{commit: func(t *tampered, c handoff.Case, cmd handoff.Command, d handoff.Decision) error {
		return t.rush(time.Millisecond, func() error { // writers meet twenty times in this law
			if stored, _ := t.memory.load(d.Events[0].ID); stored.Version != c.Version {
				return handofftest.ErrConflict
			}
			return nil
		}, func() error {
			if err := t.memory.Commit(c, cmd, d); !errors.Is(err, handofftest.ErrConflict) || c.Version != 0 {
				return err
			}
			return t.force(d)
		})
	}}, []string{"lost update: were stored, not 1: check and write in one transaction"}, true},
	{"conflict in silence", tampered{commit: func(t *tampered, c handoff.Case, cmd handoff.Command, d handoff.Decision) error {
		if err := t.memory.Commit(c, cmd, d); !errors.Is(err, handofftest.ErrConflict) {
			return err
		}
		return nil
	}}, []string{"lost update: Commit answers both that they are stored"}, false},
	{"conflict in other words", tampered{commit: func(t *tampered, c handoff.Case, cmd handoff.Command, d handoff.Decision) error {
		if err := t.memory.Commit(c, cmd, d); err != nil {
			return errors.New("duplicate key")
		}
		return nil
	}}, []string{"lost update: the second is not answered with ErrConflict, but with: duplicate key"}, false},
	{"conflict in other words under load", tampered{commit: func(t *tampered, c handoff.Case, cmd handoff.Command, d handoff.Decision) error {
		t.inside.Add(1)
		defer t.inside.Add(-1)
		for range 1000 {
			if t.inside.Load() > 1 {
				break
			}
			runtime.Gosched()
		}
		many := t.inside.Load() > 1
		if err := t.memory.Commit(c, cmd, d); err == nil || !many {
			return err
		}
		return errors.New("database is locked")
	}}, []string{"lost update: at the same time, one is not answered with ErrConflict, but with: database is locked"}, false},
	{"an offer asks for the pool alone", tampered{commit: func(t *tampered, c handoff.Case, cmd handoff.Command, d handoff.Decision) error {
		err := t.memory.Commit(c, cmd, d)
		stored, _ := t.memory.Load(d.Events[0].ID)
		var now handoff.Offer
		_ = t.memory.LoadPools(&now)
		if offer, ok := cmd.(handoff.Offer); ok && stored.Version > c.Version && reflect.DeepEqual(offer.Pools, now.Pools) {
			return t.force(d)
		}
		return err
	}}, []string{"lost update: both decided from version 1 of lead-1, and Commit answers both"}, true},
	{"writers at the same time leave something behind", tampered{commit: func(t *tampered, c handoff.Case, cmd handoff.Command, d handoff.Decision) error {
		err := t.memory.Commit(c, cmd, d)
		if errors.Is(err, handofftest.ErrConflict) && strings.HasPrefix(d.Events[0].Actor, "form-") {
			err = errors.Join(err, t.force(handoff.Decision{Events: d.Events}))
		}
		return err
	}}, []string{"lost update: at the same time one was told that it is stored, and the log has 1 registered, 1 registered"}, true},
	{"events before the check", tampered{commit: late(func(d handoff.Decision) handoff.Decision { return handoff.Decision{Events: d.Events} })},
		[]string{"lost update: left something behind: the log of lead-1 should have 1 registered, and has 1 registered, 1 registered"}, false},
	{"outbox before the check", tampered{commit: late(func(d handoff.Decision) handoff.Decision { return handoff.Decision{Effects: d.Effects} })},
		[]string{"lost update: left something behind: pending should be", "all or nothing: left something behind: pending should be"}, false},
	{"pool before the check", tampered{commit: late(func(d handoff.Decision) handoff.Decision { return handoff.Decision{Pools: d.Pools} })},
		[]string{"lost update: in the state of the pools", "all or nothing: in the state of the pools"}, false},
	{"cached", tampered{load: func(t *tampered, id string) (handoff.Case, error) {
		if c, ok := t.kept[id]; ok {
			return c, nil
		}
		c, err := t.memory.Load(id)
		t.kept[id] = c
		return c, err
	}}, []string{"repeated command: the case that Load gives has version 0 of lead-1, although a later one was stored"}, false},
	{"restored from an old backup", tampered{reopen: func(t *tampered) error {
		t.disk.cases = map[string][]byte{}
		return nil
	}}, []string{"repeated command: the case that Load gives has version 0 of lead-1", "crash: after the crash lead-1 has version 0, and version 1 was stored before"}, false},

	// gaps
	{"only the first event's version", tampered{commit: follows(func(version int64, id string, events []handoff.Event) bool {
		return events[0].Version == version+1 && all(events, func(e handoff.Event) bool { return e.ID == id })
	})}, []string{"gaps: an event stands there twice, and Commit stores it"}, true},
	{"only the last event's version", tampered{commit: follows(func(version int64, _ string, events []handoff.Event) bool {
		return events[len(events)-1].Version == version+int64(len(events))
	})}, []string{"gaps: an event is of another lead, and Commit stores it"}, true},
	{"versions that only rise", tampered{commit: follows(func(version int64, id string, events []handoff.Event) bool {
		last := version
		return events[0].Version == version+1 && all(events, func(e handoff.Event) bool {
			rises := e.Version > last
			last = e.Version
			return rises && e.ID == id
		})
	})}, []string{"gaps: a version is left out between two events, and Commit stores it"}, true},
	{"versions from anywhere", tampered{commit: follows(func(_ int64, id string, events []handoff.Event) bool {
		return all(events, func(e handoff.Event) bool { return e.ID == id && e.Version >= events[0].Version })
	})}, []string{"gaps: an event is missing at the front, and Commit stores it"}, true},
	{"sorts what comes", tampered{commit: before(func(d *handoff.Decision) {
		slices.SortFunc(d.Events, func(a, b handoff.Event) int { return int(a.Version - b.Version) })
	})}, []string{"gaps: two events have changed places, and Commit stores it"}, true},
	{"a newer case is as good", tampered{commit: func(t *tampered, c handoff.Case, cmd handoff.Command, d handoff.Decision) error {
		stored, err := t.memory.Load(d.Events[0].ID)
		if err == nil && c.Version > stored.Version {
			return t.force(d)
		}
		return t.memory.Commit(c, cmd, d)
	}}, []string{"gaps: in a version that the store has not reached, and Commit stores it"}, true},
	{"refuses after writing", tampered{commit: func(t *tampered, c handoff.Case, cmd handoff.Command, d handoff.Decision) error {
		err := t.memory.Commit(c, cmd, d)
		if err != nil && !errors.Is(err, handofftest.ErrConflict) {
			err = errors.Join(err, t.force(handoff.Decision{Effects: d.Effects}))
		}
		return err
	}}, []string{"gaps: a decision that was refused has left something behind: pending should be", "all or nothing: could not be written has left something behind"}, true},
	{"appends twice", tampered{log: func(t *tampered, id string) ([]handoff.Event, error) {
		log, err := t.memory.Log(id)
		return append(log, log...), err
	}}, []string{"crash: the log should have 1 registered, and has 1 registered, 1 registered", "replay: does not fit together", "round trip: should have 1 registered, and has"}, false},

	// all or nothing
	{"effects before events", tampered{commit: func(t *tampered, c handoff.Case, cmd handoff.Command, d handoff.Decision) error {
		err := t.memory.Commit(c, cmd, d)
		if err != nil && !errors.Is(err, handofftest.ErrConflict) && strings.Contains(err.Error(), "year") {
			err = errors.Join(err, t.force(handoff.Decision{Effects: d.Effects[:1]}))
		}
		return err
	}}, []string{"all or nothing: could not be written has left something behind: pending should be"}, true},
	{"events before effects", tampered{commit: func(t *tampered, c handoff.Case, cmd handoff.Command, d handoff.Decision) error {
		for _, e := range d.Effects {
			if marshal(e) == nil {
				return errors.Join(errors.New("effect not written"), t.force(handoff.Decision{Events: d.Events}))
			}
		}
		return t.memory.Commit(c, cmd, d)
	}}, []string{"all or nothing: could not be written has left something behind: the log of lead-1 should have 1 registered, and has 1 registered, 2 moved, 3 offered"}, true},
	{"leaves out what it can't write", tampered{commit: before(func(d *handoff.Decision) {
		d.Effects = slices.DeleteFunc(d.Effects, func(e handoff.Effect) bool { return marshal(e) == nil })
	})}, []string{"all or nothing: the answer of Commit is that it stored a decision, and 2 effects of 3 are pending"}, true},
	{"leaves out events that it can't write", tampered{commit: before(func(d *handoff.Decision) {
		d.Events = slices.DeleteFunc(d.Events, func(e handoff.Event) bool { return marshal(e) == nil })
	})}, []string{"all or nothing: the answer of Commit is that it stored a decision, and the log has 2 events of 3"}, true},
	{"transaction left open", tampered{commit: func(t *tampered, c handoff.Case, cmd handoff.Command, d handoff.Decision) error {
		if t.inside.Load() > 0 {
			return errors.New("transaction is open")
		}
		err := t.memory.Commit(c, cmd, d)
		if err != nil && !errors.Is(err, handofftest.ErrConflict) {
			t.inside.Add(1)
		}
		return err
	}}, []string{"all or nothing: nothing stands against this decision, and Commit fails: transaction is open", "gaps: transaction is open"}, true},
	{"case before the pool's check", tampered{commit: func(t *tampered, c handoff.Case, cmd handoff.Command, d handoff.Decision) error {
		err := t.memory.Commit(c, cmd, d)
		stored, _ := t.memory.Load(d.Events[0].ID)
		if errors.Is(err, handofftest.ErrConflict) && stored.Version == c.Version {
			err = errors.Join(err, t.force(handoff.Decision{Events: d.Events}))
		}
		return err
	}}, []string{"all or nothing: whose pool had changed, and that was answered with ErrConflict, has left something behind: the log of lead-2"}, false},

	// effects and crashes
	{"forgets the outbox", tampered{commit: before(func(d *handoff.Decision) { d.Effects = nil })},
		[]string{"effects: pending should be lead-1/1/0 start_nurture, and is none", "crash: the effect lead-1/1/0 start_nurture was never carried out", "round trip: pending should be"}, false},
	{"never delivers", tampered{pending: func(*tampered) ([]handoff.Effect, error) { return nil, nil }},
		[]string{"effects: and is none", "crash: was never carried out"}, false},
	{"outbox in memory", tampered{reopen: func(t *tampered) error { t.disk.effects = nil; return nil }},
		[]string{"effects: and is none", "crash: lead-1/1/0 start_nurture was never carried out"}, false},
	{"done when it is handed out", tampered{pending: func(t *tampered) ([]handoff.Effect, error) {
		list, err := t.memory.Pending()
		t.disk.effects = nil
		return list, err
	}}, []string{"crash: lead-1/1/0 start_nurture was never carried out"}, false},
	{"never done", tampered{done: func(*tampered, string) error { return nil }},
		[]string{"effects: pending should be", "crash: pending should be none, and is lead-1/1/0 start_nurture"}, true},
	{"done until the restart", tampered{
		done: func(t *tampered, key string) error { t.times[key] = time.Time{}; return nil },
		pending: func(t *tampered) ([]handoff.Effect, error) {
			list, err := t.memory.Pending()
			return slices.DeleteFunc(list, func(e handoff.Effect) bool { _, ok := t.times[e.Key]; return ok }), err
		}}, []string{"effects: pending should be none, and is", "crash: too often, although Done was called for them"}, true},
	{"done only once", tampered{done: func(t *tampered, key string) error {
		was := len(t.disk.effects)
		err := t.memory.Done(key)
		if len(t.disk.effects) == was {
			return errors.New("no such effect")
		}
		return err
	}}, []string{"effects: once more failed: no such effect"}, true},
	{"all of a version done at once", tampered{done: func(t *tampered, key string) error {
		version := key[:strings.LastIndexByte(key, '/')+1]
		for i := range 10 {
			if err := t.memory.Done(version + strconv.Itoa(i)); err != nil {
				return err
			}
		}
		return nil
	}}, []string{"effects: pending should be", "crash: was never carried out"}, true},
	{"outbox in alphabetic order", tampered{pending: func(t *tampered) ([]handoff.Effect, error) {
		list, err := t.memory.Pending()
		slices.SortFunc(list, func(a, b handoff.Effect) int { return strings.Compare(a.Key, b.Key) })
		return list, err
	}}, []string{"effects: lead-1/10/0 release"}, false},
	{"effects made up anew", tampered{pending: func(t *tampered) ([]handoff.Effect, error) {
		list, err := t.memory.Pending()
		for i := range list {
			list[i].Target = strconv.Itoa(int(t.inside.Add(1)))
		}
		return list, err
	}}, []string{"crash: the effect lead-1/1/0 comes again as another one: Target should be"}, false},
	{"effects that nobody decided", tampered{commit: before(func(d *handoff.Decision) {
		d.Effects = append(d.Effects, handoff.Effect{Key: d.Events[0].ID + "/" + strconv.Itoa(int(d.Events[0].Version)) + "/9", Kind: handoff.Remind})
	})}, []string{"crash: 2 effects were carried out, and 1 were decided"}, false},
	{"writes behind", tampered{reopen: func(t *tampered) error {
		for id, log := range t.disk.logs { // the latest event never reached the disk
			if len(log) == 0 {
				continue
			}
			events, err := unmarshal[handoff.Event](log[:len(log)-1])
			if err != nil {
				return err
			}
			var c handoff.Case
			for _, e := range events {
				c = handoff.Apply(c, e)
			}
			t.disk.logs[id], t.disk.cases[id] = log[:len(log)-1], marshal(c)
		}
		return nil
	}}, []string{"crash: after the crash lead-1 has version 0, and version 1 was stored before"}, false},
}

func all(events []handoff.Event, holds func(e handoff.Event) bool) bool {
	return !slices.ContainsFunc(events, func(e handoff.Event) bool { return !holds(e) })
}

func (f flaw) create() handofftest.Store {
	t := f.wrong
	t.memory = newMemory().(*memory)
	t.kept, t.times, t.inside = map[string]handoff.Case{}, map[string]time.Time{}, new(atomic.Int64)
	return &t
}

// TestFlaws holds the kit against stores that are wrong in one way each: it must say so, in the right words.
func TestFlaws(t *testing.T) {
	all := slices.Concat(writingFlaws, readingFlaws)
	for _, f := range all {
		t.Run(f.name, func(t *testing.T) {
			var failures []handofftest.Failure
			for _, law := range handofftest.Laws() {
				if f.only || f.breaks(law) {
					failures = append(failures, handofftest.Hold(law, f.create)...)
				}
			}
			for _, want := range f.want {
				law, text, _ := strings.Cut(want, ": ")
				i := slices.IndexFunc(failures, func(x handofftest.Failure) bool { return x.Law == law })
				switch {
				case i < 0:
					t.Errorf("the law %q is not found broken", law)
				case !strings.Contains(failures[i].Broken, text):
					t.Errorf("the law %q should be broken by %q\n%s", law, text, failures[i])
				}
			}
			for _, x := range failures {
				if f.only && !f.breaks(x.Law) {
					t.Errorf("found broken as well: %s", x)
				}
			}
		})
	}
	for _, law := range handofftest.Laws() {
		if !slices.ContainsFunc(all, func(f flaw) bool { return f.breaks(law) }) {
			t.Errorf("no flaw breaks the law %q", law)
		}
	}
}

// breaks says whether the flaw must be found to break a law.
func (f flaw) breaks(law string) bool {
	return slices.ContainsFunc(f.want, func(want string) bool { return strings.HasPrefix(want, law+": ") })
}
