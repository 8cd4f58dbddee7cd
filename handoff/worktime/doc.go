// Package worktime counts working time: by when is a lead to be answered, if
// nobody works at night, on Sundays and on Christmas Eve after noon?
//
// A [Definition] is a calendar as people write it: a time zone, windows for each
// weekday, dated hours, breaks and holidays. [Compile] checks it and makes a
// [Calendar], which adds ([Calendar.Add], [Calendar.Sub], [Calendar.AddDays]),
// measures ([Calendar.Between]) and looks up ([Calendar.In], [Calendar.Next],
// [Calendar.Periods]). [Always] is the calendar that is open around the clock,
// [Intersect] gives the hours that two calendars share, whatever their zones.
//
// A [Clock] measures a promise in the working time of such a calendar, through
// pauses, new budgets and new calendars; a [Ladder] has what is to happen on the
// way, each once. [Terms] brings them together:
//
//	clock, due, err := terms.Decide(clock, event)  // start, pause, resume, stop, amend, reassign
//	clock, due, err := terms.Fire(clock, now)      // the steps that have fallen due
//	next, err := terms.Next(clock)                 // when to ask again
//	reading, err := terms.Read(clock, now)         // elapsed, remaining, over, met
//
// # One rule
//
// An instant is working time if the wall clock of the calendar's zone shows an
// open moment, and nothing else counts. Everything follows from that, where
// clocks change too: of the window 01:00-04:00 on the Sunday on which 02:00 to
// 03:00 does not exist, two hours pass, and on the one on which it comes twice,
// four. A window that lies in the missing hour is not there. Windows are
// half-open, so that 09:00-12:00 and 12:00-17:00 are one stretch, and five
// o'clock sharp is after work.
//
// A window belongs to the date on which it starts. Friday's "22:00-06:00" lasts
// until Saturday at six; a holiday on the Friday takes all of it away, a holiday
// on the Saturday takes what comes after midnight.
//
// # Two instants for one deadline
//
// Eight hours from Monday at nine are used up on Monday at five, and no working
// time passes until Tuesday at nine. Either is a fair answer, and libraries
// differ in which they give; [Deadline] has both.
//
// # Clocks
//
// A clock counts the working time in which no pause was open, so that pauses that
// overlap count once and one at night moves nothing. Everything is decided on this
// count: the promise is met if it is within the budget, and a step fires at the
// instant at which the count passes the step's offset, which is the later one of
// the two instants. So a pause moves the steps to come, and nothing needs to be
// done at the instant itself.
//
// Time that has been told of is settled. An event carries the version of the clock
// that it was meant for, so that one that comes twice, or after another that was
// faster, is refused; one that is dated before the last event, or before a step
// that has fired, is refused as late, with the instant from which the clock still
// takes events. Refusals change nothing, and are of type [*Refusal].
//
// # Method and limits
//
// Open seconds before a moment of the wall clock are a closed formula: whole
// weeks, a part of a week, and the corrections of the listed dates, found by
// bisection. The zone's offsets from 1970 to 2100 are read once, in Compile;
// between two changes of the clock physical and wall time differ by a constant.
// So an Add over ten years costs what an Add over an hour does, and both the
// count and its inverse are exact. Farther away the zone's changes are visited
// one by one, to the years 1 and 9999, outside which all is closed: every
// question has an answer in bounded time. The hours that two calendars share are a
// week in UTC for each pair of the zones' offsets, and so the same formula.
//
// A clock keeps working time up to its last event and asks the calendar for the
// rest: what is decided costs one Add for each step that has not fired, however
// long the clock has run.
//
// Windows are given in minutes; instants are exact to the nanosecond. Changes of
// the clock follow the zone data that the host's loader gives, in which future
// years are a forecast.
package worktime
