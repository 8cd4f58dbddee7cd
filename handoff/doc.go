// Package handoff keeps the agreement between marketing and sales: who gets a lead, by when it must be accepted, touched and
// answered, what becomes of a lead that comes back, and what silence means.
//
// An [Agreement] is what both departments sign: plain data, made of
//
//   - the hand-over criterion, a condition over the host's view of a lead,
//   - the business hours in which all deadlines run ([worktime.Definition]),
//   - the routing ([routing.Plan]): the pools of those who are offered leads and the rules that lead to them; the managers,
//     and to whom breaches are escalated,
//   - the deadlines: for the answer to an offer, for the first attempt at contact and all of them, for an outcome; and the escalation ladder,
//     which says who is told, and who gets the lead, the longer one of the latter two stays missed,
//   - what marketing owes in return ([goals.Commitment]).
//
// It does not say what follows from a return. That is the business of the reasons in the funnel's definition alone: the
// nurture track, the wait, the adjustment of the score, the side at fault, and what it takes to come back.
//
// [Compile] turns it into a [Desk], the host's one entry point:
//
//	a, err := handoff.Parse(data) // by agreement.schema.json, for editors; Diff tells two versions apart in words
//	desk, err := handoff.Compile(a, policy, time.LoadLocation)
//	decision, err := desk.Decide(c, handoff.Accept{By: handoff.By{Actor: "anna", Version: c.Version}}, &lead, now)
//
// # The life of an offer
//
// Every offer is open until it comes to exactly one end:
//
//	open ──► accepted       the owner takes the lead
//	     ──► rejected       the owner declines before contact; its reason says where the lead goes
//	     ──► expired        nobody has answered in time; the lead is offered to the next
//	     ──► auto_accepted  nobody has answered the last offer in time, or nobody is left: the fallback owner has it
//	     ──► withdrawn      merged with a duplicate, or taken out by law or consent
//
// so that offers = accepted + auto-accepted + rejected + expired + withdrawn + open, which a [Report] keeps at any instant.
// A lead that is accepted is worked on: qualified, opened, won or lost; or it is recycled or disqualified. At every moment
// a lead has an owner, a nurture track, a deadline, or has come to its end. Nothing drops it.
//
// A returned lead comes back as its reason says. "Call me in June" comes back by itself some days before June; a lead
// without need only with activity newer than the return, so that an old score that still stands can't trigger again; one
// with a wrong number once the number is right. Every re-entry is a new round with new offers.
//
// # What the host does
//
// The desk reads and writes nothing. A host stores three things: the [Case] of each lead, its log of [Event] values, and
// the [routing.States] of the pools. For each command, from a person, a form, a score or a timer:
//
//  1. load the case, and for an [Offer] the state of the pools;
//  2. ask [Desk.Decide]; on an error nothing has happened, and deadlines that had fallen due still wait for their [Tick];
//  3. in one transaction: append the events under the check that the case still has the version that was loaded (and the
//     pools' state likewise), store the case as [Apply] gives it, and store the effects to be carried out;
//  4. carry out the effects, each once by its key;
//  5. give the desk a [Tick] at Decision.Next, or later: it makes no difference to what the log says occurred.
//
// If the check in step 3 fails, somebody was faster: begin again at step 1. The command then carries a version that is
// past and is answered with [ErrRepeated], so that nothing is done twice; whoever gave it looks at what the case is now.
// If the host crashes after step 3, the effects are still there. If it crashes before, nothing has happened. Timers need not
// be stored: they are in the cases, as the first of the [Deadlines].
//
// # Who gets the lead
//
// An offer asks the agreement's routing: the owner of what the lead belongs to already, the owner of its account, the pool to which the
// rules send it, the pools that this falls back on, the fallback owner. The decision has the answer of each step and every
// candidate with the causes that exclude it. Who declined a lead, or let its offer expire, is passed over in the rest of the
// round; the offer still counts as that member's turn and against the quota, for otherwise declining would be a way to
// choose. What somebody gets otherwise than by an offer counts if the host records it: see [Desk.Routing].
//
// # Who may decide
//
// An offer is answered, and an accepted lead is worked on, by its owner. A manager of the agreement may do so in the
// owner's place and must give the cause in [By].Because; the lead stays the owner's, and the event shows who decided.
// Anybody may register, offer and withdraw, usually a system, and disqualify a lead that nobody has. Reopening takes a cause,
// too, for it overrides a decision. An event whose actor is empty is the agreement's own: a deadline that fired.
//
// # Time
//
// Deadlines run in business time. One that ends at the close of business has two instants ([worktime.Deadline]): shown to
// people is Due; in time is what is done at or before MetUntil, the next opening. It fires at MetUntil, and each deadline
// exactly once, dated when it fell due and recorded when the desk was asked. A tick that comes late, or a command that
// comes after deadlines, lets all of them fire in the order of time before anything else. [Desk.Decide] states the rules
// for backfill and for clocks that run backwards.
//
// An outcome other than a return ends the clocks: whoever qualifies a lead has spoken with it. A first attempt that is made late ends
// the ladder that its lack began; a missed outcome begins it anew.
//
// All instants of cases, events, effects and decisions are in UTC: show them to people in their zone (time.Time.In).
//
// # Where the defaults come from
//
// The package has no defaults: people must agree on numbers. For orientation: a study of 2,241 firms found that 37 % answered
// a web lead within an hour and 23 % never, and that an answer within the hour is about seven times as likely to qualify the
// lead as one an hour later (J. B. Oldroyd, K. McElheran, D. Elkington, "The Short Life of Online Sales Leads", Harvard
// Business Review, March 2011). Usual agreements ask that every lead be accepted, or rejected with a reason, within 24 hours;
// that hot leads be touched within 5 to 15 minutes and others within 2 to 4 business hours; and 5 to 8 attempts in 7 to 10
// days before a lead counts as unreachable. An acceptance rate of 90 % or more is taken as a sign that both sides mean the
// same by a qualified lead. Rejection (before contact) and disqualification (after it) are told apart as Forrester's demand
// waterfall does.
//
// # A new version of the agreement
//
// Cases go on under a newer version without migration: deadlines that run keep the instants that were promised, and what
// starts from then on follows the new version. Each event names the version that it was decided under.
//
// # Privacy
//
// A case holds opaque ids, codes, times and counts. The notes and fields of a return's feedback, and causes in words, are
// personal: they are in events only, and [Desk.Redact] takes them out without harm to reports and replay. A packet is in the
// effect that assigns the lead and in no event. Every event names the versions of agreement and policy, an offer those of the
// scoring model as well, and a person's override its author and cause (GDPR Art. 22).
//
// # Limits
//
// A lead has one owner at a time. The policy must have the events and returns of [funnel.Standard]
// that the desk uses (qualify, accept, sales_qualify, reject, recycle, disqualify): qualify from its initial stage, and accept,
// with no guard on it, from wherever leads are offered. The other events and returns (open, win, lose, requalify,
// reawaken, reopen) may be missing; a command that needs one is refused with [funnel.ErrNotPermitted]. The desk takes steps
// by these names alone: an edge that lets returned leads in again after their wait (release cool_down) must be called
// requalify, one for high intent reawaken, and one for a person's decision reopen.
package handoff
