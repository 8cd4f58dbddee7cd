// Package scoring rates leads by rules that marketing and sales have agreed on:
// how well a lead fits, how engaged it is, and why.
//
// A [Model] is data. [Parse] reads it from JSON, [Compile] checks it against
// the host's own structs and reports every mistake with its place, and
// [Scorer.Score] computes the score of a lead at an instant. A score is a pure
// function of facts, model and time: there is no counter that could drift, and
// the lines of its explanation sum exactly to it.
//
//	model, err := scoring.Parse(data)
//	scorer, err := scoring.Compile[Lead, Activity](model)
//	score := scorer.Score(scoring.Subject[Lead, Activity]{Lead: &lead, Activities: activities}, now)
//	fmt.Print(score.Explain())
//
// # Rules
//
// A rule has a name, a condition and points. Its condition is either When, on
// the lead, or Each, on one activity. Conditions are in the syntax of expr
// (https://expr-lang.org):
//
//	Title matches "(?i)chief|vp|head"                    when, on the lead
//	count(Activities, .Kind == "call") >= 3              when, on all activities
//	Kind == "visit" and Page startsWith "/pricing"       each, on one activity
//	Kind == "call" and At > Lead.CreatedAt               each, with the lead
//	At > Now - duration("30d")                           each, in a window
//
// The fields of the lead, or of the activity, stand at the top level, by their
// Go name or their expr tag, those of embedded structs included. Fields of a
// nested struct are reached by a dot, Company.Employees; a pointer is written
// as what it points to, after a guard if it may be nil:
// Budget != nil and Budget > 50000. Named types of texts, numbers and truth
// values compare with plain constants. Lead, Activities and Now are reserved;
// fields of these names give way. duration takes a span such as "14d", "1d12h" or, as Go
// writes it, "1.5h"; date takes "2026-03-31", midnight UTC, or
// "2026-03-31T09:00:00+02:00". Rules reach fields, never the host's methods. Of
// times they can call Add, AddDate, After, Before, Compare, Day, Equal, Hour,
// IsZero, Minute, Month, Second, Sub, Truncate, Unix, Weekday, Year and YearDay;
// of spans of time Hours, Minutes and Seconds. Day, Hour and the like read the
// clock of the zone that the host gave the time. What would not be repeatable,
// or could run or grow without bound, is refused: now, zones, keys, values,
// powers, let, reduce, texts that grow, patterns that are not constant, and
// predicates within predicates except over literal lists.
//
// A condition or a points expression that fails, say on a nil pointer, gives
// nothing: its rule does not match, and a [Problem] says so. Activities and
// adjustments dated after now, activities without a date, and fields of a
// [Record] that are not as declared are problems too.
//
// Activities have no order. In a condition on the lead first, last, find and
// indexes do not apply to them, and any, all and none look at every activity:
// they fail if they fail on one. Guard against it within the predicate, as in
// any(Activities, .Amount != nil and .Amount > 100). What order can still
// change is the last digit of a sum or a mean of fractions, a min or max of
// which one is NaN, which of equal keys sortBy puts first, and which of several
// errors a problem names.
//
// # Numbers
//
// Points are [Points], integers in millionths. An activity's age is counted in
// ticks: a = ⌊now/tick⌋ − ⌊at/tick⌋ in UTC, where a tick is 24 hours unless the
// model says otherwise, so that a score changes at known instants only. With a
// half-life H the points are weighed by the integer nearest 2³²·2^(−a·tick/H),
// divided by 2³² and rounded half to even, for each activity: exponential decay
// in integers, hence equal on every machine. A points expression is rounded
// half to even to millionths; what is no number, or beyond [MaxPoints], is a
// problem.
//
// # Adjustments and limits
//
// Feedback from sales leaves an [Adjustment]. Adjustments apply in the order of
// their dates, those of one instant in the host's order, to everything earned
// at or before their date: what rules on the lead give, which has no date and
// counts as earlier; activities; and points added by earlier adjustments. Each
// is scaled and rounded by itself. Added points do not decay. Then rules are limited, then dimensions,
// then the total. Each of these steps is a [Line]. After a reset an old score
// can therefore not trigger again, while new activity counts in full.
//
// # Limits
//
// A model has at most [MaxRules] rules and [MaxModelSize] bytes of JSON; a
// rule's text 32 KiB and 4000 names, constants and operations, with patterns of
// at most 512 bytes and 1000 steps; a grade 10 000 combinations of bands. A
// subject has at most [MaxActivities] activities and [MaxAdjustments]
// adjustments. If the points of one score, each without its sign, come to more
// than 5·10¹¹ in all, none counts and a problem says so.
//
// Integers in expressions wrap at 64 bits, whole numbers beyond 2⁵³ lose digits
// when they meet a fraction, unsigned ones beyond 2⁶³ compare wrongly, 7/2 is
// 3.5 and x/0 is infinite. A text is cut by bytes, Title[:3], but len counts
// characters.
package scoring
