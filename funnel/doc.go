// Package funnel is the agreed buyer's journey as a policy: at which stage a lead stands, which steps are possible from
// there, how sales returns a lead that is not ripe, and which feedback it owes when it does.
//
// What people agree on is a [Definition]: plain data with stages, edges, return edges and the catalogue of reasons.
// [Standard], [Waterfall], [Pipeline] and [Lifecycle] are ready to use, [Parse] reads one from JSON. [Compile] checks it,
// reporting every mistake with its place, and makes a [Policy] over the host's own view of a lead. Guards on the edges are Go
// functions ([Guard]) or conditions in the language of scoring's rules. From then on two pure functions do the work:
//
//	tr, err := policy.Move(pos, funnel.Accept, &lead, by)                       // decide
//	tr, err := policy.Return(pos, funnel.Recycle, "no_budget", feedback, &lead, by)
//	pos = funnel.Apply(pos, tr)                                                 // apply
//
// The host stores the [Position], and appends the [Transition] to its log under a check of the version: if the stored
// position's version is no longer tr.Version−1, somebody was faster, and the host decides again on the new position.
// There is no clock: [By] says when something occurred. There are no callbacks: what is to happen next follows from the
// transition. What a database, a file or a person gives back is not trusted: a position with an unknown stage, of a later
// version or in an impossible round is refused, by [Policy.Check] and by all that takes a position.
//
// [Policy.Permitted] lists all that may happen to a lead now, with yes or why not, and [Policy.Due] what falls due for it
// and when: the stage's time limits, in hours of the clock or of a [Calendar], and the end of its wait. Timers are data:
// whoever lost them asks again.
//
// # Refusals
//
// An error about a position or a step is a [*Refusal]: a kind for errors.Is ([ErrNotPermitted], [ErrCoolingDown], …), fields that
// say which guard, which field or until when, and a text that says what to do.
//
// # Returns
//
// [Stage], [Event], [Return] and [Reason] are types of their own, so that none can be passed for another, and a return
// can't be made by Move, without its reason. Losing a deal is a return too. The reason alone says what follows: its
// disposition selects the stage, its re-entry the wait and the way back (see [When]). What a reason says about scores,
// nurture tracks and contact attempts is data for others; a funnel imports neither scoring nor the hand-over desk.
// Whether the condition of a re-entry holds ([Needs]) is a question to a guard or the caller, for the same reason.
//
// # Rounds
//
// A lead is in round 1 until an edge with a [Release] lets it in again: then the next one begins. Definition.MaxRounds
// bounds them.
//
// # When life happens
//
// The log only grows, and yet it can be put right. Three kinds of transitions are no steps of the journey; each carries an
// [Amendment]:
//
//   - [Policy.Correct] takes back a wrong step and all that followed it. The lead stands as if they had not happened; what
//     was right of them is decided anew, as of when it happened.
//   - [Policy.Merge] joins a duplicate with the lead that survives, by a rule that does not depend on which of them that is.
//   - [Migrate] prepares the way to a new version of the policy, with a [Mapping] of the names that it dropped, and says which
//     stage lacks a place in it; [Migration.Carry] carries positions in flight over.
//
// [Policy.Replay] folds a log into the position and lists what the policy would not have allowed. Under the draft of a new
// version it answers which leads would break if that were shipped.
//
// # Before people sign
//
// [Verify] walks through all that can happen under a definition and finds what its authors hardly want: dead ends, traps, stages
// and edges that no lead reaches, cycles without a bound. [Diff] says in words what a new version does differently.
// [Policy.Mermaid] and [Policy.DOT] draw it; the same definition gives the same bytes, also as JSON, and no name breaks out of
// its place. The file definition.schema.json in this folder is a JSON Schema of definitions. The package funneltest tests a policy,
// flow measures what becomes of the leads.
//
// # Cost
//
// A full decision (position, edge, times, re-entry, rounds, wait, a guard) allocates nothing and takes about ten times as long as a
// hand-written switch over stage and event, which checks nothing; a refusal takes about thirteen times as long, with
// one allocation. A million leads with six transitions each replay in about 0.5 CPU seconds. BenchmarkRatios and
// BenchmarkReplayMillion measure it.
//
// # Sources
//
// The stages of [Standard] (inquiry, marketing-qualified, sales-accepted, sales-qualified, won) are the vocabulary of
// the demand waterfall of SiriusDecisions, in the form that the firm, part of Forrester since 2019, gave it in 2012.
// That sales rejects before contact and disqualifies or recycles after it is the distinction that Forrester's later
// waterfalls draw as well. The kinds of stages follow the division of a process into stock, decision and promised work;
// the three phases of the buyer's journey are those of inbound marketing. The catalogue of reasons collects what
// agreements between marketing and sales usually name; its figures are defaults from practice, not findings. The other
// ready-made definitions name their sources themselves. That of two merged records the one further down the funnel counts is
// the rule of customary CRM systems; that consent precedes it is the law's.
//
// # Limits
//
// A position has one stage: what happens at the same time (several deals of a lead) are several positions with ids of
// their own. Edges are chosen by stage and event alone, and guards only permit or refuse. Days are 24 hours and dates
// begin in UTC, because a funnel knows no zone; a calendar of working hours belongs to the hand-over desk.
// Who else decides about the same lead at the same time only the store can tell: the check of the version is the host's.
package funnel
