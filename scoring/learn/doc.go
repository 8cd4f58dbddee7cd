// Package learn makes scoring models better by the feedback of sales, in a way
// that people can read: it says what the outcomes tell of each rule, proposes
// points as a diff, and tests the proposal on later outcomes. It changes nothing.
//
// # From a hand-over to a proposal
//
// The host stores with each lead that it hands over what the model found, and
// tells later what became of it:
//
//	hits := score.Hits()                               // at the hand-over
//	outcome := learn.Outcome{Hits: hits, Accepted: learn.Positive, Offered: at, Answered: then}
//
//	sample, err := learn.NewSample(model)              // for as many outcomes as there are
//	err = sample.Add(outcome)
//	proposal, err := learn.Propose(sample, learn.Options{Target: learn.Acceptance})
//	fmt.Print(proposal)                                // read it, together
//	scorer, err := scoring.Compile[Lead, Activity](proposal.Model)   // and adopt it, or do not
//
// Where no experts have given points, [Induce] drafts a model from a [Table] of
// leads and their outcomes, whose points [Sample.Fit] finds. The result of both
// is an ordinary [scoring.Model] of whole points, and with its calibration a
// score carries a probability.
//
// # Outcomes
//
// An [Outcome] is one lead that marketing handed over: the rules that matched
// at that moment, and what became of it. Two targets follow each other: sales
// accepts or rejects the offer ([Acceptance]), and what it accepted is won or
// lost ([Win]). What is still open has the verdict [Pending]: it is too young to
// tell, hence in no rate at all, and never counts as lost. So has what nobody
// judged: an offer that expired, or that a fallback owner got by silence. Leads
// that were not handed over are not judged by anybody and are no outcomes.
//
// The rule hits must be those of the hand-over. Hits of today would know what
// happened since, and so praise rules that merely follow success.
//
// Quick answers are not like slow ones, and rejections come sooner than deals.
// Options.Maturity leaves out what is too young to have been answered;
// Options.Weighted uses the young, too, and weighs what was answered by
// 1/(1 − G(t)), where G is the distribution of the time of observation (inverse
// probability of censoring: Robins and Rotnitzky 1992).
//
// # Evidence
//
// [Evidence] counts outcomes, and per rule and row of a table those that it
// matched. Reports hold, for each,
//
//   - support: how many judged leads the rule matched, of all judged leads,
//   - precision: how many of those it matched were positive,
//   - lift: precision over the base rate, the share of positives among all
//     judged leads (both as in Agrawal, Imieliński and Swami, "Mining association
//     rules between sets of items in large databases", SIGMOD 1993, where
//     precision is called confidence; lift by Brin and others, SIGMOD 1997),
//   - the 95 % interval of the precision after Wilson ("Probable inference, the
//     law of succession, and statistical inference", JASA 22, 1927),
//   - weight of evidence and information value (see [Inform]), with a warning
//     where a rule seems to know the outcome (see [LeakageInformation]).
//
// A rule's [Finding] compares that interval with the base rate, from
// [MinimumSupport] leads on. It says nothing about cause: rules that match the
// same leads share their evidence, and sales judged only the leads that the model
// itself let through.
//
// # Points
//
// [Sample.Fit] is a logistic regression that is shrunk towards the experts'
// points: without outcomes it would be their card, and it moves away from it as
// far as outcomes bear it out. How far is chosen by cross-validation in the order
// of time. Points are whole (or have as many decimals as the experts gave) and on
// the scale of scorecards, points to double the odds (Siddiqi, "Credit Risk
// Scorecards", Wiley 2006). [Fit] reports what rounding costs, an interval for
// each term, and by [SampleSize] whether there are enough outcomes (Riley and
// others, Statistics in Medicine 38, 2019).
//
// [Propose] fits on the earlier outcomes and tests on the later ones. It refuses,
// with the reason, where the new card is no better there than the base rate, or
// than the card that is. [Sample.FitChain] learns acceptance and deals, one after
// the other. [Bayes] needs no rules at all: Odoo's naive Bayes, with exact undo.
//
// # How good, and where to draw the line
//
// All that judges probabilities takes [Prediction]s, whoever made them:
// [Evaluate] and [Bootstrap] for discrimination (AUC, Kolmogorov–Smirnov, Gini),
// calibration and loss, [Reliability] and [RecallAt] for tables; [Calibrate] for a
// probability per total of points; [CapacityThreshold], [PrecisionThreshold] and
// [ValueThreshold] for the line from which leads are handed over. [ScoreDrift] and
// [TermDrift] say whether today's leads are still like those that were learned
// from (population stability index).
//
// # Selection
//
// Sales judges only what the model lets through, and a model that learns from
// that alone thinks too well of what it keeps back. [Exploration] hands over a
// small share of the others, [InverseWeights] and Outcome.Propensity weigh what
// came of them. How much that helps, in figures, stands at Exploration.
//
// # What you can rely on
//
// [Evidence], [Sample], [Table] and [Bayes] count in whole numbers: what was added can
// be removed, parts merge in any order, and equal contents have equal bytes.
// Whatever is computed from them goes through their contents in a fixed order,
// without fused products and with functions that are the same everywhere: the
// same outcomes, in any order and any sharding, give the same bits on every
// machine. Data that cannot be learned from is an error that says why, never NaN.
//
// Terms are learned as sums: rules that only matter together need a rule of their
// own. The points of rules that compute them ([scoring.Rule] with a points
// expression, tables over activities) stay as they are, in proportion to the
// others; so do limits, bands and thresholds. Nothing here says why a lead was won.
package learn
