// Package funneltest lets a host's tests assert a funnel: what marketing and sales agreed on, written so that both can
// sign it, and held against the policy at every change.
//
// A [Suite] is data: a definition, the guards and leads of the host, and checks.
//
//	func suite() funneltest.Suite[Lead] {
//		return funneltest.Suite[Lead]{
//			Definition: definition, Guards: guards,
//			Leads: map[string]Lead{"good": {Grade: "A1"}, "weak": {Grade: "D4"}},
//			Checks: []funneltest.Check{
//				funneltest.Script("testdata/funnel.txt"),
//				funneltest.Matrix("testdata/matrix.txt"),
//				funneltest.Diagram("testdata/funnel.mmd"),
//				funneltest.Precedes("nobody buys before sales has accepted", funneltest.To(SAL), funneltest.To(Won)),
//			},
//		}
//	}
//
//	func TestFunnel(t *testing.T)         { suite().Run(t) }       // the policy is what was agreed
//	func TestFunnelCovered(t *testing.T)  { suite().Covers(t) }    // the scripts walk every edge, guard and reason
//	func TestFunnelMutants(t *testing.T)  { suite().Notices(t) }   // a change of the policy would not go unnoticed
//	func TestFunnelStages(t *testing.T)   { funneltest.Stages(t, policy, New, Demo, Won) }
//
// # Scripts
//
// A script is a text of scenarios with blank lines between them. The first line of a scenario says what it is about, the
// others are steps: a date (or a time as RFC 3339 has it), what is done, an arrow, and what comes of it.
//
//	# Paragraphs that begin with # are comments.
//
//	A lead without a budget comes back when there is one.
//	lead good
//	2026-01-05  start                                                   → inquiry
//	2026-01-12  qualify                                                 → mql
//	2026-01-13  accept                                                  → sal
//	2026-01-20  recycle because no_budget with budget_date 2026-04-01   → recycled, not before 2026-04-01
//	2026-02-01  requalify                                               → refused: cooling down until 2026-04-01
//	2026-04-01  possible                                                → requalify, reawaken, reopen, disqualify
//	2026-04-01  requalify                                               → mql, round 2
//
// What can be done:
//
//	start                                    a new lead
//	start at STAGE round N because REASON    a lead that stands in the middle; round and because may be left out
//	EVENT                                    [funnel.Policy.Move]
//	RETURN because REASON with FIELD VALUE, FIELD VALUE   [funnel.Policy.Return]; "note" is the feedback's note
//	possible                                 the events and returns that may happen, see [funnel.Policy.Permitted]
//	due                                      what falls due and when, see [funnel.Policy.Due]
//	lead NAME                                without a date: from here on the host's view of the lead is this one of Suite.Leads
//
// Names and values with spaces or commas, and those that would be taken for one of these words, stand in double quotes as in
// Go. An arrow may be written ->. A time without a zone is not known: days begin in UTC.
//
// What comes of a step is the stage, the round if it is another, and until when the lead has to wait; or "refused:", the
// kind of the refusal, and which guard, which field or until when. Each scenario is run as written and the
// difference, if any, is shown as go-cmp does. The flag -funneltest.update rewrites what stands behind the arrows (and
// the other golden files): write the steps, update, read.
//
// # Laws
//
// [Never], [Always], [Precedes] and [EventuallyPossible] hold on all paths from the initial stage that are no longer than
// Suite.Depth. A path is explored by what decides about the next step: stage, round, the reason of the last return, and how
// long it makes the lead wait. At each place every event and every return with every reason that it takes is tried, with
// each of the leads, at once and, where the lead has to wait, at the end of the wait. Returns carry the fields that they owe,
// their dates half a year ahead. So a lead's view may change from one step to the next, but guards
// and conditions that look at the time see only these times. Without leads none is given, and guards refuse.
// A law that fails shows the shortest path that breaks it, as a scenario to be pasted into a script.
//
// # Mutants
//
// [Suite.Mutants] changes the definition in one place after another, compiles each mutant anew, and runs the suite: would it
// notice? The operators:
//
//	edge dropped                 an edge or return edge is taken out
//	edge redirected              it leads to the next stage of the definition's list that it did not lead to
//	edge added                   an event or return leads on from a stage that did not have it, as it does where it first stands
//	guard removed                an edge asks a guard, or its condition, no more
//	guard negated                a guard, or the condition, says yes for no
//	guard added                  before contact: a return edge takes only reasons that are allowed then (removed: no longer)
//	release removed              a returned lead comes in again at once and starts no round
//	release changed              another authority lets it in
//	disposition removed          a return edge takes the reasons of a disposition no more
//	reason dropped               the catalogue has it no more
//	reason made optional         a return becomes an event that owes no reason (and its stages let in without one)
//	reason moved                 its disposition is the next one of the list
//	reason before contact        it is allowed before contact, or no longer
//	field made optional          feedback owes a field no more
//	field made owed              feedback owes a field that was optional
//	field dropped                feedback can't carry a field
//	field loosened               a field takes any text
//	wait dropped, wait lengthened   cool-down to none; by a day
//	date ignored, date shifted   re-entry no more on the field's date; a day earlier
//	re-entry changed             never becomes at once, anything else never; by a person's decision becomes at once
//	bypass changed               high intent ends the wait, or no longer
//	cap lifted, cap raised, cap lowered   no limit of rounds; one more; one less
//	start moved                  leads start at the next stage
//	time limit dropped, time limit lengthened
//
// What a policy only carries for others (kinds, phases and orders of stages; classes, tracks, adjustments, attempts and
// faults of reasons) is not changed: no step depends on it.
//
// A mutant that [funnel.Compile] refuses was noticed before any test. A mutant that no check notices is held against
// the original at every place that a lead can reach: every event and every return with every reason, each guard and
// condition saying yes and no, feedback complete, incomplete and wrong, before and after the wait, and what falls due. If all
// answers are the same, the mutant is the same policy in other words (equivalent) and nobody could notice it: it does not
// count. All others survive.
//
// # Limits
//
// [Suite.Coverage] counts what the scripts do: a matrix or a law touches everything and says of nothing why. Amendments
// (corrections, merges, migrations) are no part of a policy's agreement and not tested here.
package funneltest
