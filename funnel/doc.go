// Package funnel is the agreed buyer's journey as a policy: at which stage a lead stands, which steps are possible from
// there, how sales returns a lead that is not ripe, and which feedback it owes when it does.
//
// What people agree on is a [Definition]: plain data with stages, edges, return edges and the catalogue of reasons.
// [Standard] is one that is ready to use, [Parse] reads one from JSON. [Compile] checks it, reporting every mistake with
// its place, and makes a [Policy] over the host's own view of a lead. From then on two pure functions do the work:
//
//	tr, err := policy.Move(pos, funnel.Accept, &lead, by)                       // decide
//	tr, err := policy.Return(pos, funnel.Recycle, "no_budget", feedback, &lead, by)
//	pos = funnel.Apply(pos, tr)                                                 // apply
//
// The host stores the [Position], and appends the [Transition] to its log under a check of the version: if the stored
// position's version is no longer tr.Version−1, somebody was faster, and the host decides again on the new position.
// [Policy.Replay] folds a log into the position and lists what the policy would not have allowed. There is no clock:
// [By] says when something occurred. There are no callbacks: what is to happen next follows from the transition.
//
// [Policy.Permitted] lists all that may happen to a lead now, with yes or why not, and [Policy.Due] what falls due for it
// and when: the stage's time limits, in hours of the clock or of a [Calendar], and the end of its wait. Timers are data:
// whoever lost them asks again.
//
// # Refusals
//
// An error of Move or Return is a [*Refusal]: a kind for errors.Is ([ErrNotPermitted], [ErrCoolingDown], …), fields that
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
// # Sources
//
// The stages of [Standard] (inquiry, marketing-qualified, sales-accepted, sales-qualified, won) are the vocabulary of
// the demand waterfall of SiriusDecisions, in the form that the firm, part of Forrester since 2019, gave it in 2012.
// That sales rejects before contact and disqualifies or recycles after it is the distinction that Forrester's later
// waterfalls draw as well. The kinds of stages follow the division of a process into stock, decision and promised work;
// the three phases of the buyer's journey are those of inbound marketing. The catalogue of reasons collects what
// agreements between marketing and sales usually name; its figures are defaults from practice, not findings.
//
// # Limits
//
// A position has one stage: what happens at the same time (several deals of a lead) are several positions with ids of
// their own. Edges are chosen by stage and event alone, and guards only permit or refuse. Days are 24 hours and dates
// begin in UTC, because a funnel knows no zone; a calendar of working hours belongs to the hand-over desk.
package funnel
