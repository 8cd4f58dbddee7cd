// Package routing says who gets a lead, fairly and with its reasons.
//
// A [Pool] is plain data: members, each with a weight, a capacity, a quota, a
// working calendar, skills and territories. [Compile] checks it and makes a
// [Router]; [Router.Route] takes the [State] that the host stored and a [Request],
// and answers a [Decision] and the next State. A [Plan] holds several pools, and
// rules over the host's view of a lead that say which of them a lead goes to;
// [CompilePlan] makes a [Dispatcher] of it, whose Route answers a [Result] and the next
// [States]. Editors check a plan by plan.schema.json. There is no clock, no chance and no memory in between: routing a batch is
// routing its leads one after the other.
//
// # The order
//
// A plan asks in this order, and the first that has an answer decides:
//
//   - suppression: nobody gets the lead;
//   - the owner of its duplicate or open opportunity, then the owner of its account,
//     if in a pool, and if no cause that the plan heeds keeps the lead from the owner;
//   - the rules, which give a pool, and skills and territories that a member must have;
//   - the pool: without those who lack one, are absent, do not open in time, have
//     reached capacity or quota, or have declined this lead; of the others those who prefer
//     the lead; of these those who open soonest, by [Pool.Bucket]; of these one by the
//     strategy;
//   - the pools that it falls back on, each in the same way;
//   - the plan's fallback, who gets it in any case: silence drops no lead.
//
// The result has each step with its answer, and of each pool that was tried each
// candidate with all causes that exclude it. What is equal in everything is decided by
// the smaller id.
//
// # The share
//
// [Weighted] pools: every eligible member is due its weight's part of each lead, and the leads that
// it got are taken off. The lead goes to the member that must get one soonest lest
// it fall behind by a whole lead, among those that are due enough: the rule of
// R. Tijdeman, "The chairman assignment problem", Discrete Mathematics 32 (1980).
// While the same k members with the same weights are eligible, starting from the
// zero State, the number of leads of each differs from its exact share by at most
// 1 − 1/(2k−2), so by less than one lead, at every moment. No rule does better.
//
// [LongestWaiting] pools: any k leads in a row go to k members while the same k are
// eligible. The order is one for each pool, whichever rules lead to it, and leads given
// by hand count if the host records them ([Router.Record]). A member who is new, or was
// away, gets the next lead and then waits as the others do.
//
// [FreeCapacity] pools level the desks: who comes back to an empty one gets the
// leads until it is as full as the others'. That is the meaning of this strategy.
//
// # Absences and other exclusions
//
// A member that is excluded takes no
// part in that lead: the others share it among themselves, and the account of the
// one who is excluded stands still. So nobody is owed the leads of an absence, and
// nobody who returns gets a burst of them: only the fraction of a lead that was
// due when the absence began is still due.
//
// What is due to the members who are away is missing among those who are there;
// it is spread over these by their weights, so that they stay balanced among
// themselves. If the eligible members change from lead to lead, accounts can differ
// from zero by more than a lead, but they stay bounded (no rule that does not know
// the future can do better than in proportion to the size of the pool: it is the
// carpool problem of R. Fagin and J. H. Williams, 1983). At most 64 leads are
// ever kept in an account.
//
// # Quotas
//
// The State counts each member's leads, whether routed, by hand or as owner. Each pool
// counts for itself: who is in two of them has a quota in each, against which leads routed by
// that pool count, and those by hand or as owner in both. When a
// period begins is the host's to say ([Request.Period]), as only it knows whether that is the
// first of the month, and where: the counts start anew with the first lead of a later
// period.
//
// # Changes of the pool
//
// A member that is new to the State starts with nothing due. One that left the
// pool is forgotten, and starts with nothing due if it returns. After a change of
// weights every account keeps its fraction of a lead; the new weights hold from
// the next lead on. In no case does anyone get a burst. A pool that is weighted no more
// forgets its balances, and keeps the order in which members got their last leads.
package routing
