// Package attribution says which marketing touch earned which revenue, to the cent: the closed-loop report that marketing
// and sales can both sign.
//
// A Journey holds what the host knows of one lead, or of one account with many contacts: touches, milestones and won
// revenue. A Model shares out each conversion among the touches of its path. Book does so for many journeys and keeps the
// result, the Ledger of per-touch amounts; Report sums the ledger by channel and campaign, and Ledger.Touches answers where
// each cent of a report comes from. At scale, Tally makes the same report from sums that merge, without a ledger.
//
//	credit, err := attribution.WShaped.Credit(journey)        // one Share per touch, exactly One in total
//	ledger, err := attribution.Book(journeys, attribution.WShaped)
//	report := attribution.Report(ledger, attribution.Options{AsOf: endOfQuarter})
//	all, err := attribution.Compare(journeys, attribution.Options{}, attribution.First, attribution.Last, attribution.Linear)
//
// # Models
//
//	First                   all to the first touch
//	Last                    all to the last touch
//	LastNonDirect(channel)  all to the last touch that is not a direct visit
//	LeadCreation            all to the touch that created the lead
//	Linear                  the same to every touch
//	PositionBased           U: 40 % first, 40 % last, 20 % the rest
//	JShaped                 J: 20 % first, 60 % last, 20 % the rest
//	InverseJShaped          60 % first, 20 % last, 20 % the rest
//	WShaped                 W: 30 % first, 30 % lead creation, 30 % opportunity creation, 10 % the rest
//	FullPath                22.5 % first, lead creation, opportunity creation and last, 10 % the rest
//	TimeDecay(halfLife)     half as much for every half-life of age
//	Custom(name, Weights)   a table of your own
//	Participation           all to each touch, so that it does not sum: what took part in how much
//
// The weights of U, J and its inverse are those of Adobe Analytics; HubSpot gives the second 40 % of U to the touch that created
// the lead, and Adobe Marketo Measure halves the credit between that and the first: Custom("Marketo's U", Weights{First: 50, Lead: 50}).
// The W weights are those that Marketo Measure and HubSpot both publish, and the full path is theirs, too. Time decay by
// half-life follows Adobe Analytics, whose documented example with a half-life of seven days this package reproduces to the
// cent. Adobe counts age in days; this package counts exact instants, so that the touches of one day differ.
//
// Model.Within adds a lookback window to any of them.
//
// # Valid touches and their order
//
// A touch is valid for a conversion if it is marketing's (Touch.Side), not later than the conversion, not later than the
// suppression of the lead, and not older than the lookback window; all bounds are inclusive. Each conversion of a journey
// is shared out among all valid touches up to it, also among those that earned an earlier conversion. Valid touches stand in order of
// time, and at the same instant in order of their ids; ids are unique, since rows with the same id collapse. The order and
// the repetition of rows therefore never change a result.
//
// # Short paths and missing milestones
//
// A key touch is one that has a weight of its own. The rules, the same for every model:
//
//   - What a path does not have, a milestone or a touch besides the key touches, drops out. By default ([Renormalise]) the other
//     weights keep their proportions, as with Adobe and Mixpanel: W-shaped without an opportunity gives 30:30:10, without any touch
//     besides the key touches 30:30:30; two touches of J give 25:75. By [Model.WithAbsent] with [SplitEqually] the key touches
//     share what is missing equally, as with Amplitude: 45:45:10, and 30:70.
//   - Add what coincides: a touch that is first and created the lead has both weights, 60 % in the W-shaped model.
//   - The touch that created the lead is the last valid one at or before the first LeadCreated milestone. The touch that
//     created the opportunity is the last valid one at or before the latest Opportunity milestone that is not after the
//     conversion. Where there is no such milestone up to the conversion, or no touch up to it, the key touch is missing.
//   - The rest is shared equally by all other valid touches, also those after the opportunity was created.
//   - Where all that has a weight is missing, nobody earns the conversion: it is unattributed. Only LeadCreation, and custom models
//     without a weight for the first, the last or the rest, come to that.
//
// # Refunds, pipeline, currency
//
// A refund takes back what makes the difference between the net revenue before and after it, each shared out by the model: after
// any number of refunds the touches have the parts of what is left, to the cent. Reports count a refund from its own day on, so
// that a report of last quarter does not change.
//
// Open deals are pipeline. The touches up to the day on which a deal was opened share its expected amount, until it is closed.
//
// All money is minor units of one currency. It is a tag ([Journey.Currency]) that must agree; nothing is converted.
//
// # Exactness
//
// Credit is apportioned by largest remainder, equal remainders to the earlier touch: the model's weights to shares of One =
// 2⁶², and the same weights to minor units of money. Shares of a conversion always sum to One, amounts to its revenue (but under
// Participation). A conversion without a valid touch is booked to an entry without a touch, so that the revenue in a ledger is the
// revenue won, under every model.
// All sums are integers: the same journeys give the same bits in any order, on every architecture, in one loop or merged.
// Time decay weighs in integers, too: in a path of a thousand touches a share is off by less than 2⁻⁴⁰ of the conversion, in
// shorter ones by less.
//
// # Paths
//
// Much data has no times and no ids, but paths of channels and how many journeys went along each. [JourneyPaths] makes such
// paths of journeys; [Positions] credits them by all models that need neither times nor milestones; [Transform] and its kin
// rewrite them first, where repetitions or direct visits should not count. Models that learn from all journeys, those that
// did not convert above all, are in packages [github.com/leadloop/leadloop/attribution/markov] (what a channel's removal would
// cost) and [github.com/leadloop/leadloop/attribution/shapley] (what a channel adds to the others).
//
// [Paths] keeps the different paths themselves: it merges, has canonical bytes, and a limit keeps it small.
//
// # Sourced and influenced
//
// Sourced revenue comes from deals that marketing found; Origin names three definitions of that, all of which a Statement
// shows side by side, and Ledger.Gaps lists the deals on which they differ. Influenced revenue comes from deals with at least one valid
// touch. They overlap, and influenced revenue overlaps between channels: they are never added up. Only attributed revenue
// sums to the whole.
//
// # Costs and returns
//
// A [Statement] has the cost of each stage of the funnel, of all channels and of each; [Figures.ROAS] is attributed revenue ÷ cost.
// [Statement.ROI], [Statement.CAC] and [Statement.Payback] take what journeys do not tell ([Economics]): margin, overhead and the
// monthly revenue of an account.
//
// # Limits
//
// None of this is causal. A model is an agreed rule for sharing out success among the touches that were seen; it does not
// know what would have been won without them, nor the touches that nobody recorded. An experiment does, and
// [Statement.Incremental] takes its findings, each with its source.
package attribution
