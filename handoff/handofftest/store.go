package handofftest

import (
	"errors"
	"time"

	"github.com/leadloop/leadloop/handoff"
)

// A Store is a host's storage, as the desk needs it. Its methods may be called at the same time, and may not wait for one
// another beyond a single call: two writers load before either of them commits.
//
// An error that is not asked for below is a failure of the store, but for what Commit is given on purpose to refuse.
type Store interface {
	// Load returns the case of a lead as the latest Commit left it. A lead that was never registered is the zero Case, in
	// which also all slices are nil, without an error.
	Load(id string) (handoff.Case, error)

	// LoadPools sets the field Pools of an offer to the state that the latest Commit with one left: none if there was
	// none. It leaves the other fields alone.
	LoadPools(offer *handoff.Offer) error

	// Commit stores what [handoff.Desk.Decide] has answered to a command for a case, as it was loaded, in one transaction:
	//
	//   - it appends d.Events to the log, if they follow on one another and the first on c.Version, all for the
	//     lead of the case (the zero Case has no id yet: that of the first event);
	//   - it stores the case as [handoff.Apply] gives it, if the stored one still has c.Version;
	//   - it stores the next state of the pools, d.Pools, if that is not nil, and if the stored one still is what the command, a
	//     [handoff.Offer], carries in its field Pools (compare the values or their JSON: a state that came back is as good);
	//   - it stores d.Effects as pending;
	//   - it stores what Due needs to know, such as d.Next.
	//
	// If the case or the state of the pools has changed it returns an error that is [ErrConflict], also for what a database calls a
	// serialization failure: whoever calls begins again with Load. Events that don't follow give any error. On every
	// error nothing is stored. It is never called without events.
	Commit(c handoff.Case, cmd handoff.Command, d handoff.Decision) error

	// Log returns the events of a lead in the order of their versions; none if it was never registered.
	Log(id string) ([]handoff.Event, error)

	// Pending returns the effects that are stored and not done. Those of one lead come in the order in which they were
	// decided: a track that begins must not overtake the one that ends.
	Pending() ([]handoff.Effect, error)

	// Done marks an effect, which was carried out, by its key. One that is done already stays so, without an error.
	Done(key string) error

	// Due returns the ids of the leads that need a tick now: at least those whose latest Decision has its Next at that
	// instant or before, not zero. More are harmless, so that a small host may return all. The order does not matter.
	Due(now time.Time) ([]string, error)

	// Reopen returns the store as it is found after the process has crashed: over the same storage, with nothing
	// from memory. This one is not used afterwards; it may be closed.
	Reopen() (Store, error)
}

// ErrConflict is what [Store.Commit] answers when the case or the state of the pools is no longer what was loaded. The adapter between a
// host's storage and this package translates the storage's own error into it.
var ErrConflict = errors.New("the case or the pool has changed since it was loaded")
