package handofftest_test

import (
	"errors"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/handoff"
	"github.com/leadloop/leadloop/handoff/handofftest"
)

// readingFlaws are those of the pool, of deadlines, and of what is read.
var readingFlaws = []flaw{
	// the pool
	{"pool never read", tampered{loadPool: func(*tampered, *handoff.Offer) error { return nil }},
		[]string{"pool: after offers to [anna] LoadPools"}, false},
	{"pool never stored", tampered{commit: before(func(d *handoff.Decision) { d.Pools = nil })},
		[]string{"pool: after offers to [anna] LoadPools does not give the state of the pools that was stored", "round trip: in the state of the pools"}, true},
	{"pool in memory", tampered{reopen: func(t *tampered) error { t.disk.pool = nil; return nil }},
		[]string{"pool: after offers to [anna] LoadPools does not give the state of the pools that was stored", "round trip: in the state of the pools"}, true},
	{"pool emptied by others", tampered{commit: func(t *tampered, c handoff.Case, cmd handoff.Command, d handoff.Decision) error {
		err := t.memory.Commit(c, cmd, d)
		if err == nil && d.Pools == nil {
			t.disk.pool = nil
		}
		return err
	}}, []string{"pool: after offers to [anna] LoadPools does not give the state of the pools that was stored", "round trip: in the state of the pools"}, false},
	{"pool by the last writer", tampered{commit: func(t *tampered, c handoff.Case, cmd handoff.Command, d handoff.Decision) error {
		if offer, ok := cmd.(handoff.Offer); ok {
			if err := t.memory.LoadPools(&offer); err != nil {
				return err
			}
			cmd = offer
		}
		return t.memory.Commit(c, cmd, d)
	}}, []string{"pool: both offers, of lead-1 and of lead-2, were decided from the same state of the pools, and for anna"}, true},
	{"pool's check apart from write", tampered{commit: func(t *tampered, c handoff.Case, cmd handoff.Command, d handoff.Decision) error {
		offer, ok := cmd.(handoff.Offer)
		if !ok {
			return t.memory.Commit(c, cmd, d)
		}
		return t.rush(100*time.Millisecond, func() error { // hosts meet once in this law
			var now handoff.Offer
			if err := t.memory.loadPool(&now); err != nil || !reflect.DeepEqual(now.Pools, offer.Pools) {
				return handofftest.ErrConflict
			}
			return nil
		}, func() error {
			stored, err := t.memory.Load(c.ID)
			if err != nil || stored.Version != c.Version {
				return handofftest.ErrConflict
			}
			return t.force(d)
		})
	}}, []string{"pool: at the same time were decided from the same state of the pools, and stored both"}, false},
	{"locked after a conflict", tampered{commit: func(t *tampered, c handoff.Case, cmd handoff.Command, d handoff.Decision) error {
		if t.inside.Load() > 0 {
			return errors.New("locked")
		}
		err := t.memory.Commit(c, cmd, d)
		if _, offer := cmd.(handoff.Offer); offer && errors.Is(err, handofftest.ErrConflict) && c.ID == "lead-2" {
			t.inside.Add(1)
		}
		return err
	}}, []string{"pool: nothing stands against this decision, and Commit fails: locked"}, true},
	{"always a conflict", tampered{commit: func(t *tampered, c handoff.Case, cmd handoff.Command, d handoff.Decision) error {
		if c.ID == "lead-12" {
			return handofftest.ErrConflict
		}
		return t.memory.Commit(c, cmd, d)
	}}, []string{"pool: the offer of lead-12 met a conflict 1000 times"}, true},

	// deadlines
	{"timers in memory", tampered{reopen: func(t *tampered) error { t.disk.next = map[string]time.Time{}; return nil }},
		[]string{"deadlines: a deadline of lead-1 ends at 2026-01-05T14:00:00.123456789Z, and Due does not name it then"}, true},
	{"due when it is over", tampered{due: func(t *tampered, now time.Time) ([]string, error) { return t.memory.Due(now.Add(-1)) }},
		[]string{"deadlines: Due does not name it then"}, true},
	{"due one at a time", tampered{due: func(t *tampered, now time.Time) ([]string, error) {
		ids, err := t.memory.Due(now)
		slices.Sort(ids)
		return ids[:min(len(ids), 1)], err
	}}, []string{"deadlines: a deadline of lead-2"}, true},
	{"the first timer stays", tampered{due: func(t *tampered, now time.Time) ([]string, error) {
		var ids []string
		for id := range t.disk.next {
			if log, err := t.memory.Log(id); err == nil && len(log) < 5 {
				ids = append(ids, id)
			}
		}
		return ids, nil
	}}, []string{"deadlines: Due does not name it then"}, true},
	{"case without deadlines", tampered{load: loaded(func(c *handoff.Case) { c.Deadlines.Warn = time.Time{} })},
		[]string{"deadlines: the case that Load gives has none then", "round trip: in the case of lead-1: Deadlines.Warn should be", "replay: held against its log: Deadlines.Warn"}, false},

	// replay
	{"only what people did", tampered{log: func(t *tampered, id string) ([]handoff.Event, error) {
		log, err := t.memory.Log(id)
		return slices.DeleteFunc(log, func(e handoff.Event) bool { return e.Actor == "" }), err
	}}, []string{"replay: the log of lead-1 does not fit together: log[3].version"}, false},
	{"log in alphabetic order", tampered{log: func(t *tampered, id string) ([]handoff.Event, error) {
		log, err := t.memory.Log(id)
		slices.SortFunc(log, func(a, b handoff.Event) int {
			return strings.Compare(strconv.FormatInt(a.Version, 10), strconv.FormatInt(b.Version, 10))
		})
		return log, err
	}}, []string{"replay: does not fit together", "round trip: the log of lead-1 should have 1 registered, 2 moved"}, false},
	{"everybody's log", tampered{log: func(t *tampered, id string) ([]handoff.Event, error) {
		log, err := t.memory.Log("lead-1")
		if id == "lead-1" {
			return log, err
		}
		other, err := t.memory.Log(id)
		return append(log, other...), err
	}}, []string{"unknown lead: the log of lead-2, which nobody has registered, has 1 registered", "replay: the log of lead-2 does not fit together", "round trip: the log of lead-2 should have none, and has 1 registered"}, false},

	// what is read
	{"not found", tampered{load: func(t *tampered, id string) (handoff.Case, error) {
		c, err := t.memory.Load(id)
		if c.ID == "" {
			err = errors.New("no rows")
		}
		return c, err
	}}, []string{`unknown lead: Load("lead-1") failed: no rows`}, false},
	{"any case", tampered{load: func(t *tampered, id string) (handoff.Case, error) {
		c, err := t.memory.Load(id)
		if c.ID == "" && err == nil {
			return t.memory.Load("lead-1")
		}
		return c, err
	}}, []string{`unknown lead: in the case of lead-2, which nobody has registered: ID should be "", and is "lead-1"`}, false},
	{"a case from columns", tampered{load: loaded(func(c *handoff.Case) {
		if c.Declined == nil {
			c.Declined = []string{}
		}
	})}, []string{"unknown lead: the desk refuses what fits to what was stored"}, false},
	{"a case that was never there", tampered{load: loaded(func(c *handoff.Case) { c.Round = max(c.Round, 1) })},
		[]string{"unknown lead: of an empty store, in the case of lead-1: Round should be 0, and is 1"}, false},
	{"no causes", tampered{commit: event(func(e *handoff.Event) { e.Because = "" })},
		[]string{"round trip: in the log of lead-1 event 3: Because should be"}, true},
	{"no notes", tampered{commit: transition(func(tr *funnel.Transition) { tr.Feedback.Note = "" })},
		[]string{"round trip: Transition.Feedback.Note should be"}, true},
	{"no fields", tampered{commit: transition(func(tr *funnel.Transition) { tr.Feedback.Fields = nil })},
		[]string{"round trip: Transition.Feedback.Fields should be map[revisit_at:2026-06-01], and is map[]", "replay: owes the field"}, true},
	{"no steps", tampered{log: func(t *tampered, id string) ([]handoff.Event, error) {
		log, err := t.memory.Log(id)
		for i := range log {
			log[i].Transition = nil
		}
		return log, err
	}}, []string{"round trip: Transition should be there, and is nil", "replay: log[1].transition"}, true},
	{"steps from nowhere", tampered{log: func(t *tampered, id string) ([]handoff.Event, error) {
		log, err := t.memory.Log(id)
		for i := range log {
			if log[i].Transition == nil {
				log[i].Transition = &funnel.Transition{}
			}
		}
		return log, err
	}}, []string{"round trip: Transition should be nil, and is not"}, false},
	{"whole seconds", tampered{commit: event(func(e *handoff.Event) { e.Recorded = e.Recorded.Truncate(time.Second) })},
		[]string{"round trip: Recorded should be 2026-01-05T09:00:00.123456789Z, and is 2026-01-05T09:00:00Z"}, false},
	{"money as a float", tampered{commit: event(func(e *handoff.Event) { e.Revenue = int64(float64(e.Revenue)) })},
		[]string{"round trip: Revenue should be 9007199254740993, and is 9007199254740992"}, true},
	{"text in another encoding", tampered{commit: event(func(e *handoff.Event) { e.Because = strings.ToValidUTF8(strings.ReplaceAll(e.Because, "ä", "?"), "?") }), load: loaded(func(c *handoff.Case) { c.Rating.Model = strings.ReplaceAll(c.Rating.Model, "😀", "?") })},
		[]string{"round trip: in the case of lead-1: Rating.Model should be"}, false},
	{"effects without packets", tampered{commit: effect(func(e *handoff.Effect) { e.Packet = nil })},
		[]string{"round trip: in the effect lead-1/3/0: Packet should be there, and is nil"}, true},
	{"packets without reasons", tampered{commit: effect(func(e *handoff.Effect) {
		if e.Packet != nil {
			p := *e.Packet
			p.Owed = handoff.OwedList{}
			e.Packet = &p
		}
	})}, []string{"round trip: in the effect lead-1/3/0: Packet.Owed should be"}, true},
	{"lists cut short", tampered{commit: effect(func(e *handoff.Effect) { e.Fields = e.Fields[:min(len(e.Fields), 1)] })},
		[]string{"round trip: Fields should have 2 elements, and has 1"}, true},
	{"balances of the pool cut", tampered{loadPool: func(t *tampered, offer *handoff.Offer) error {
		err := t.memory.LoadPools(offer)
		for _, pool := range offer.Pools {
			for i := range pool.State.Accounts {
				pool.State.Accounts[i].Balance = int64(int32(pool.State.Accounts[i].Balance))
			}
		}
		return err
	}}, []string{"round trip: in the state of the pools: [0].State.Accounts[0].Balance should be"}, false},
}
