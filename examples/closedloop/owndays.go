package main

import "time"

// This file knows where the days of own data begin and end: in the time zone of the mapping, where people wrote the dates.

// begins is the first instant of a day.
func (m *mapping) begins(year int, month time.Month, day int) time.Time {
	at := time.Date(year, month, day, 0, 0, 0, 0, m.zone)
	if at.Day() != time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Day() {
		_, at = at.ZoneBounds() // clocks are put forward at midnight: the day begins when they are
	}
	return at.UTC()
}

// ends is the last second of a day.
func (m *mapping) ends(year int, month time.Month, day int) time.Time {
	return m.begins(year, month, day+1).Add(-time.Second)
}

func (m *mapping) sameDay(a, b time.Time) bool { return m.dateOf(a) == m.dateOf(b) }

// isDate says whether an instant stands for a date without a time of day: it is where its day begins. Exports write such dates
// with and without the time 00:00, and hardly anything happens in just that second.
func (m *mapping) isDate(at time.Time) bool { return at.Equal(m.begins(at.In(m.zone).Date())) }

func (m *mapping) dateOf(at time.Time) string { return dateOf(at.In(m.zone)) }
