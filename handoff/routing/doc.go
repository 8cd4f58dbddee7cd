// Package routing says who gets a lead, fairly and with its reasons.
//
// A [Pool] is plain data: members, each with a weight and a capacity. [Compile]
// checks it and makes a [Router]; [Router.Route] takes the [State] that the host
// stored and a [Request], and answers a [Decision] and the next State. There is
// no clock, no chance and no memory in between: routing a batch is routing its
// leads one after the other.
//
// # The share
//
// Every eligible member is due its weight's part of each lead, and the leads that
// it got are taken off. The lead goes to the member that must get one soonest lest
// it fall behind by a whole lead, among those that are due enough: the rule of
// R. Tijdeman, "The chairman assignment problem", Discrete Mathematics 32 (1980).
// While the same k members with the same weights are eligible, starting from the
// zero State, the number of leads of each differs from its exact share by at most
// 1 − 1/(2k−2), so by less than one lead, at every moment. No rule does better.
// What is equal is decided by the order of the pool.
//
// # Absences and other exclusions
//
// A member that is absent, over its capacity, or has declined the lead takes no
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
// # Changes of the pool
//
// A member that is new to the State starts with nothing due. One that left the
// pool is forgotten, and starts with nothing due if it returns. After a change of
// weights every account keeps its fraction of a lead; the new weights hold from
// the next lead on. In no case does anyone get a burst.
package routing
