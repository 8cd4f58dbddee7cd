// Package handofftest lets a host test the store that it keeps its desk in: does it lose an update, forget an effect, or tear
// a decision in two?
//
// Package handoff decides and stores nothing. What it promises, such as that every lead has an owner, a track or a deadline
// and that nobody gets two leads in a row, holds only if the host stores what was decided as it was decided. A [Store] is the
// few things that this takes. The host writes one over its own tables, in a test, and hands it over:
//
//	func TestStore(t *testing.T) {
//		handofftest.Run(t, func(t *testing.T) handofftest.Store {
//			return &store{db: open(t, filepath.Join(t.TempDir(), "crm.db"))}
//		})
//	}
//
// The package's example has a whole store, in memory.
//
// # The laws
//
// Each is a subtest, and works on stores of its own. A law that is broken is named, with what must hold, what happened
// instead, and the history that shows it: every law begins with its shortest story and stops at the first that fails.
//
//	unknown lead        a lead that was never registered is the zero case, with no events
//	lost update         of decisions from the same version one is stored, and nothing of the others; also when they come at once
//	repeated command    a command that comes twice is known to have been decided, also after a restart
//	gaps                events that don't follow on the version that was loaded, or one another, are refused
//	all or nothing      of a decision that can't be stored, nothing is
//	effects             each is pending, in its order, until it is done, whatever happens meanwhile
//	crash               wherever the host crashes, nothing is lost and nothing done twice
//	pool                no two offers are decided from the same state of the pools: nobody gets a burst
//	deadlines           the stored cases alone say who needs a tick, also after a restart
//	replay              the log gives the case
//	round trip          cases, events, effects and the pool's state are read as they were written
//
// The laws are asked in words that stay apart: a store that drops a field breaks the last one, and not all of them.
//
// # Crashes
//
// The kit crashes the host, not the store. It handles a lead's life command by command, in the steps that package handoff
// asks of a host: load, decide, [Store.Commit], and for each effect carry out and [Store.Done]. It abandons that at every
// point, one after the other, goes on with what [Store.Reopen] gives, carries out what is pending, and sends the interrupted
// command once more, as whoever sent it would. The log must be the same as without a crash, and every effect must have been
// carried out: twice at most, if the crash came between carrying it out and Done. Whoever receives effects tells that by
// their keys.
//
// # The desk
//
// The kit brings its own agreement and [funnel.Standard]. Its leads are called lead-1, lead-2 and so on. Its time begins
// on 5 January 2026, has nanoseconds and never meets the machine's clock. Each call of create must give an empty store.
//
// # Limits
//
// A crash within Commit is out of reach: only the storage itself can show that its transactions are atomic on the disk. What the
// kit shows is that a conflict, and a value that the storage can't write, leave nothing behind. Writers that come at once are
// run as goroutines, so that a check that is apart from its write is found with high probability, not always; with the flag
// -race more is found.
//
// Instants are compared to the nanosecond, in whatever zone they are read; nil and empty lists are the same. Columns that keep
// microseconds break the law of the round trip: keep cases, events and effects as JSON, beside columns to search by.
//
// A store for the pools of one agreement is tested. A host with several agreements keeps the state of each one's pools apart, for
// pools of different agreements may have the same name. Redaction and erasure of stored events are the host's own.
package handofftest
