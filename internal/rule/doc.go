// Package rule evaluates the conditions that people write over the host's own
// types. It is the only importer of the expression language; no type of the
// language leaves it.
//
// A text goes through stages, one file each. parse.go turns it into a tree,
// within limits. bind.go resolves names: a lead's fields stand at the top
// level, or an activity's with the lead as Lead. check.go refuses what is
// unsafe, not repeatable or unbounded, and convert.go converts the host's named
// types. The result is a program, which machine.go can run on the expression
// language's own machine: that is what a text means, errors included.
//
// # Engine
//
// A [Set] decides the conditions of a model together, with the same result as
// the machine, many times as fast. lower.go, clause.go, condition.go and term.go
// take each checked tree to a clause: tests that must all hold, decided in
// order, with functions of one class instead of values of any type. Counts of
// activities become clauses over each activity (any, all and none are counts).
// table.go, index.go and build.go decide many clauses at once: an index looks at one field
// and finds, by hash or by thresholds, a row of bits that says which clauses its
// value leaves possible; rows are combined with and. What no index answers, and
// what might fail for this very lead, is decided clause by clause. plan.go and
// chunk.go make one pass over the activities, many at a time, and text*.go look
// for many literals in one pass over a text instead of running regular
// expressions, where that is exact. What is not covered is left to the machine,
// condition by condition; [Set.Coverage] says which and why.
//
// access.go alone reads the host's structs by address; access_purego.go is its
// twin, by reflection, for builds with the tag purego. Records are bound once
// per run into a struct of pointers.
//
// Instants are compared as integers of 64 bits, which is exact where now lies in
// the years 1698 to 2242; outside of them the machine decides. Integers have 64
// bits. On machines of 32 bits the language's own have 32, so that what is left
// to the machine wraps there beyond 2³¹.
//
// depends.go says what a text reads and when time changes what it gives, and
// review.go what it can never be.
//
// # Language
//
// Texts are in the syntax of expr (https://expr-lang.org), unoptimised, so that
// the errors of an expression are those of its text. Names:
//
//   - In the scope of a lead: its fields, by their Go name or their expr tag,
//     those of embedded structs included; Lead, Activities and Now.
//   - In the scope of an activity: its fields, Lead and Now.
//
// Lead, Activities and Now are reserved: a host's fields of these names give
// way. duration("14d") and date("2026-03-01") take a constant text and are
// computed once; a span is written like "14d" or "1d12h", as in documents, or as
// Go's time.ParseDuration reads it, like "1.5h" or "500ms". Named types of texts, numbers and truth
// values, and lists of them, compare with constants. Pointers may be nil: a nil
// equals nil, and what can't be done with it is an error.
//
// # Refused
//
// The host's methods and functions are out of reach; of time.Time and
// time.Duration those in a fixed list can be called, none of which changes or
// names a zone. Year, Month, Day, Hour, Minute, Second, Weekday and YearDay
// read the wall clock of the zone that the host gave the time. Not in the
// language either are now, keys, values, toPairs and all else whose result
// depends on a clock, a zone or the order of a map; powers (their bits differ
// between architectures); let, reduce, replace, repeat, concat and join, by
// which a short text could make a huge value; patterns that are not constant.
//
// # Order
//
// Activities have no order: first, last, find, take and indexes don't apply to
// them, and a list of them is not compared as a whole nor put into another list.
// any, all and none look at every activity instead of stopping at the first that
// decides, so that a predicate that fails on one activity always fails. What
// remains: a sum or a mean of their fractions is rounded in the order in which
// they come, min and max of them depend on it if one is NaN, sortBy leaves equal
// keys in any order, and of several errors the first is reported.
//
// # Limits
//
// A text has at most [MaxText] bytes and [MaxNodes] nodes; a pattern at most
// [MaxPattern] bytes and [MaxSteps] steps; a constant range at most [MaxRange]
// numbers. A predicate inside a predicate, and any other search of a list
// inside a predicate, is allowed only over a literal list or a list of the
// element itself, so that time grows in proportion to the data. A run builds
// lists of at most [MemoryBudget] elements in all.
//
// Known differences from arithmetic: integers wrap at 64 bits, numbers beyond
// 2⁵³ lose digits when they meet a fraction, unsigned numbers beyond 2⁶³
// compare wrongly, 7/2 is 3.5, x/0 is infinite while x%0 is an error.
package rule
