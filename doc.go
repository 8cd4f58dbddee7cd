// Package leadloop is a library that lets marketing and sales pull on one rope.
// It holds the policy of the closed loop; this package itself has no API, only
// the picture of how the others fit together.
//
//	activities ──► scoring ──► funnel ──► handoff ──► outcome and revenue ──► attribution
//	                  ▲           ▲          │                                     │
//	                  └─ learning ┴─ recycle ┴──────── feedback with reasons ◄─────┘
//
// The packages:
//
//   - [github.com/leadloop/leadloop/scoring] rates each lead by rules: how well
//     it fits, how engaged it is, and why.
//   - [github.com/leadloop/leadloop/funnel] is the agreed buyer's journey as a
//     typed state machine: which steps are possible, and which reason is owed when sales
//     gives a lead back. [github.com/leadloop/leadloop/funnel/funneltest] lets a host's
//     tests assert it, [github.com/leadloop/leadloop/funnel/flow] measures how leads
//     really move.
//   - [github.com/leadloop/leadloop/handoff] is the agreement between both
//     departments: who gets the lead, until when it must be accepted and
//     answered, what happens when it is not, and what becomes of a lead that
//     returns. Its parts [github.com/leadloop/leadloop/handoff/worktime],
//     [github.com/leadloop/leadloop/handoff/routing] and
//     [github.com/leadloop/leadloop/handoff/goals] are useful alone.
//   - [github.com/leadloop/leadloop/attribution] says which touch earned which
//     revenue, to the cent.
//   - [github.com/leadloop/leadloop/scoring/learn] holds the feedback of sales
//     against the scoring rules, and proposes better points.
//
// Scoring, funnel and attribution do not know each other. The host joins them: a
// score reaches the funnel's conditions as a field of the host's own view of a
// lead, and the desk's outcomes reach learning and attribution as plain values.
// "Between the packages" below has these conversions.
//
// # The contract
//
// No I/O. No package reads files, networks, the environment, a clock, the
// machine's time zones or random numbers; none leaves a goroutine behind or
// changes a global. Time, seeds and the loader of time zones are parameters.
//
// Author, check, run. A scoring model, a funnel and an agreement are plain data
// with JSON tags. Compile reports every mistake at once, each with its place,
// and gives an immutable value that is safe for concurrent use. Running it never panics,
// whatever the data; a panic inside a host's own guard function is the host's
// and propagates.
//
// Decide, then apply. A change of state is two pure functions. Deciding checks a
// command against a state and answers events, effects and the next instant at which to
// ask again, or an error, which means that nothing happened. Applying an event
// to a state always succeeds. Replaying the events gives the state.
//
// Explain. Every number and every refusal says why, as data and in words.
//
// Exact and repeatable. The same input gives the same bits on every
// architecture, in whatever order rows come. Money is int64 in minor units, points are int64
// millionths, shares are int64 fractions of 2⁶², and parts always sum to the whole.
//
// Scale by merging. What is computed over many leads is an aggregate of
// integers: add one, merge two, take the result.
//
// Private by design. State holds opaque ids. Errors name rule and field, never a
// value. Notes are marked as personal and can be redacted from events without
// changing a count.
//
// # How a host wires it
//
// For each lead the host stores one log of events, with the version as its
// number, and may store the [github.com/leadloop/leadloop/handoff.Case] that
// they lead to. For each routing pool it stores one state. It keeps the versions of
// scoring model, funnel and agreement that decisions were made under. Then, for
// each command and each timer:
//
//  1. Load the case (or replay its events) and, to make an offer, the pool's state.
//  2. Score the lead and put the grade into the host's view of it.
//  3. Decide. On an error show it to whoever asked, and stop: nothing happened.
//  4. In one transaction: append the events under a version check, so that of two
//     writers the slower one fails and starts again at 1; store the case, the
//     pool's new state, the effects in an outbox, and the next instant as a timer.
//  5. After the commit carry out the effects: assign, notify, start a nurture
//     track. Each has a key of id, version and index. Whoever carries it out
//     remembers the key, so that a retry after a crash is harmless.
//  6. When the timer falls due, give the desk a Tick. One that comes late or twice is
//     harmless.
//
// What must be on disk before what: events before effects, because an effect
// without its event could not be explained; the pool's state with the events,
// because else one member would get the next lead as well. Nothing else needs an order.
//
// When sales gives a lead back, the effect [github.com/leadloop/leadloop/handoff.Rescore]
// carries dated adjustments. The host stores them with the lead and passes them to
// every later scoring; no stored score is ever edited. When a deal is won, the
// host adds its revenue to the account's journey as a conversion.
//
// # Between the packages
//
// Four values cross from one package to another. Each conversion is a few lines
// of the host, for it is the host that knows its own types; the package example
// (example_test.go) has each as a function to start from:
//
//   - A score becomes the github.com/leadloop/leadloop/handoff.Packet of an offer.
//     Its rating must hold the hits, because learning judges the rules by them.
//   - The adjustments of a Rescore, whose factors are fractions such as 1/2, become
//     github.com/leadloop/leadloop/scoring.Adjustment values at Effect.At.
//   - A github.com/leadloop/leadloop/handoff.Outcome becomes one of learn. Which
//     answers judge the lead is for the two departments to say: silence (expired,
//     auto-accepted) is no judgement, and a rejection for lack of capacity is one
//     of the team rather than of the lead.
//   - A log of events becomes milestones and conversions of a
//     github.com/leadloop/leadloop/attribution.Journey: registration is its
//     lead_created, and the funnel's stages have names of the host's choice.
//
// The command in examples/closedloop is such a host, with a store in memory.
package leadloop
