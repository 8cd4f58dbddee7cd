// Package learn holds the judgement of sales against the rules of a scoring
// model, so that people can see which rules the feedback supports and which it
// contradicts. It changes nothing.
//
// # Outcomes
//
// An [Outcome] is one lead that marketing handed over: the rules that matched
// at that moment, and what became of it. Two targets follow each other: sales
// accepts or rejects the offer ([Acceptance]), and what it accepted is won or lost ([Win]).
// What is still open has the verdict [Pending]: it is too young to tell, hence
// in no rate at all, and never counts as lost. So has what nobody judged: an
// offer that expired, or that a fallback owner got by silence. Leads that were not handed over
// are not judged by anybody and are no outcomes.
//
// The rule hits must be those of the hand-over. Hits of today would know what
// happened since, and so praise rules that merely follow success.
//
// # Evidence
//
// [Evidence] counts outcomes, and per rule those that it matched. It is an
// aggregate: [Evidence.Add] one outcome, [Evidence.Merge] two counts, in any
// order, with the same result. Reports hold, for each rule,
//
//   - support: how many judged leads the rule matched, of all judged leads,
//   - precision: how many of those it matched were positive,
//   - lift: precision over the base rate, the share of positives among all
//     judged leads (both as in Agrawal, Imieliński and Swami, "Mining association rules
//     between sets of items in large databases", SIGMOD 1993, where precision is called
//     confidence; lift by Brin and others, SIGMOD 1997),
//   - the 95 % interval of the precision after Wilson ("Probable inference, the
//     law of succession, and statistical inference", JASA 22, 1927).
//
// A rule's [Finding] compares that interval with the base rate, from
// [MinimumSupport] leads on. It says
// nothing about cause: rules that match the same leads share their evidence, and
// sales judged only the leads that the model itself let through.
package learn
