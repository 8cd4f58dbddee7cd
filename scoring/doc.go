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
// A [Rule] has a name, a condition and points. Its condition is either When, on
// the lead, or Each, on one activity; a table or an idle rule needs none. Conditions are in the syntax of expr
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
// # What counts, in order
//
// A rule on activities looks at them in this order:
//
//  1. Each holds for the activity, and the [Window], if there is one, reaches
//     back to it. What fails outside the window is not looked at.
//  2. There are points for it: constant ones, those of an expression, or those of a
//     [Table] that has a row. Where the expression fails, or no row applies, the activity
//     does not match.
//  3. Of matches with one value of Distinct only the newest stays; having no
//     value is a value, too.
//  4. If fewer than AtLeast are left, none counts.
//  5. With Repeat [Once] the newest alone counts. Here and in 3, of several at
//     one instant that with the most points is the newest.
//  6. The points of each decay with its age: by half-life, evenly or in steps.
//  7. Adjustments change what they are dated after.
//
// The sum is bounded by the rule's Minimum and Maximum. A rule on the lead
// matches once, has no date and hence no decay; a table without a condition
// looks at the lead. Then, in a dimension,
//
//  1. a [Group]'s limits bound the sum of its rules,
//  2. rules outside groups, groups and points added by adjustments are summed,
//  3. [Idle] rules follow in their order, each down to its floor at most,
//  4. and the dimension's limits bound what comes out.
//
// The dimensions' sum, within the model's limits, is the total. From the points come
// bands, the grade and each [Threshold] that is reached. A [Disqualifier] that
// holds changes neither points nor grade: the score names it beside them,
// and the host decides. Each step that changes a sum is a [Line], in this order: matched
// rules, adjustments, limits of rules, limits of groups, floors, the dimension's limit.
//
// # Numbers
//
// Points are [Points], integers in millionths. An activity's age is counted in
// ticks: a = ⌊now/tick⌋ − ⌊at/tick⌋ in UTC, where a tick is 24 hours unless the
// model says otherwise, so that a score changes at known instants only. With a
// half-life H the points are weighed by the integer nearest 2³²·2^(−a·tick/H),
// divided by 2³² and rounded half to even, for each activity: exponential decay
// in integers, hence equal on every machine. Linear decay over L weighs by the integer
// nearest 2³²·(1 − a·tick/L), at least 0, in the same way. Steps multiply
// by the share of the last step whose After is at most a·tick, rounded half to
// even to millionths. So is a points expression; what is no number, or beyond
// [MaxPoints], is a problem.
//
// The bounds of a [Range] are floats. Whole numbers compare with them exactly,
// whatever their size. Texts in a table are equal if their bytes are.
//
// # Probability
//
// Points rank leads; a model's [Calibration] says how probable the outcome is at
// a total, and its scores carry that [Score.Probability]. It comes from what became of earlier
// leads (the package learn proposes one) and holds as long as leads and rules stay alike: a
// model whose points change needs another. The log-odds are computed from the total in points, both
// rounded to floats, with an exponential of our own, so that the bits are the same on each machine.
//
// # Time
//
// A window's Span reaches back by an exact span of time: an activity of just that
// age is outside. Days and Months reach back to the first instant of a local
// date in the model's Zone: today's date, less so many days or months.
// Where the clock skips midnight, that is the instant to which it jumps; where it shows
// midnight twice, the first of the two; where a zone has skipped the whole date, the next date begins
// the window. Zones come from the host, by the option [Zones]; without one there is UTC alone.
//
// An idle rule gives its points once for each full period since the newest
// activity that its Each holds for, of any activity without Each; or since its
// Since where there is no such activity. Since is no date where it is missing or the
// zero time: the rule does not match then. The points of a period are dated at its end, so
// that a reset forgives the silence before it. With points p ≤ 0 and n periods
// the rule takes n·p, but brings a dimension that stands above the floor down
// to the floor at most, and leaves one that stands below alone.
//
// # State
//
// Where leads change one activity or one field at a time, [Scorer.State] keeps what the
// model finds of activities, so that each is looked at once. A state scores as the whole
// does, bit for bit, at any instant; states merge in any order and are written as bytes, and
// [State.Forget] keeps them small. Models whose activities can't be looked at alone are refused, with the rules named.
//
// # Adjustments
//
// Feedback from sales leaves an [Adjustment]. Adjustments apply in the order of
// their dates, those of one instant in the host's order, to everything earned
// at or before their date: what rules on the lead give, which has no date and
// counts as earlier; activities; periods of silence; and points added by earlier
// adjustments. Each is scaled and rounded by itself. Added points do not decay.
// After a reset an old score can therefore not trigger again, while new
// activity counts in full.
//
// # Speed
//
// [Scorer.Points] gives the total alone, [Scorer.ScoreInto] a score into memory
// that is used again, [Scorer.All] and [Scorer.Batch] those of many leads, and a
// [State] what one lead has after it has changed. Where all is well none of them
// allocates, but for what it returns. Conditions are decided together, by
// indexes over fields and one pass over the activities; [Scorer.Coverage] lists
// those that are not, and take longer. With 50 rules and 20 activities Points
// takes about 0.9 µs on a machine of 2026: some 50 times less than the
// expression language's machine with what it costs to collect its garbage, less
// than half as much as straightforward Go for just these rules, and twice as
// much as Go that an expert has tuned for them. With 5000 rules, most of which
// ask for one value of a field first, it takes 1.3 µs, some 600 times less than
// the machine. Leads and activities that are maps take three and a half times as
// long; a changed field takes 0.13 µs. To measure it:
//
//	go test -run '^$' -bench Ratios ./scoring
//
// The build tag purego leaves package unsafe out, for several times the time.
//
// # Editors
//
// The file model.schema.json in this package's folder is a JSON Schema (draft
// 2020-12) of models. A model may name it, or a copy, under the key "$schema", so that editors
// complete keys and mark mistakes as one types; scoring ignores that key.
// [Compile] checks more than a schema can, expressions above all.
//
// # Review
//
// [Lint] finds in a model what its authors hardly want, [Diff] says in words what
// a new version changes, and [Backtest] who would move under it. [Scorer.WhatIf]
// says what would lift a lead, and [Crossed] reports a threshold once.
//
// # Limits
//
// A model has at most [MaxRules] rules and disqualifiers, [MaxDimensions]
// dimensions and [MaxModelSize] bytes of JSON; a rule's text 32 KiB and 4000 names, constants and operations,
// with patterns of at most 512 bytes and 1000 steps; a table 10 000 ranges or
// texts; decay 1000 steps; a window of days or months a century; a grade 10 000 combinations of bands. A
// subject has at most [MaxActivities] activities and [MaxAdjustments]
// adjustments; a calibration has [MaxCalibrationSteps] steps. If the points of one score, each without its sign, come to more
// than 5·10¹¹ in all, none counts and a problem says so.
//
// Integers in expressions wrap at 64 bits, whole numbers beyond 2⁵³ lose digits
// when they meet a fraction, unsigned ones beyond 2⁶³ compare wrongly, 7/2 is
// 3.5 and x/0 is infinite. A text is cut by bytes, Title[:3], but len counts
// characters.
package scoring
