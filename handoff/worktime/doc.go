// Package worktime counts working time: by when is a lead to be answered, if
// nobody works at night, on Sundays and on Christmas Eve after noon?
//
// A [Definition] is a calendar as people write it: a time zone, windows for each
// weekday, dated hours, breaks and holidays. [Compile] checks it and makes a
// [Calendar], which adds ([Calendar.Add], [Calendar.Sub], [Calendar.AddDays]),
// measures ([Calendar.Between]) and looks up ([Calendar.In], [Calendar.Next],
// [Calendar.Periods]). [Always] is the calendar that is open around the clock.
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
// # Method and limits
//
// Open seconds before a moment of the wall clock are a closed formula: whole
// weeks, a part of a week, and the corrections of the listed dates, found by
// bisection. The zone's offsets from 1970 to 2100 are read once, in Compile;
// between two changes of the clock physical and wall time differ by a constant.
// So an Add over ten years costs what an Add over an hour does, and both the
// count and its inverse are exact. Farther away the zone's changes are visited
// one by one, to the years 1 and 9999, outside which all is closed: every
// question has an answer in bounded time.
//
// Windows are given in minutes; instants are exact to the nanosecond. Changes of
// the clock follow the zone data that the host's loader gives, in which future
// years are a forecast.
package worktime
