package funnel

import (
	"slices"
	"time"
)

// A Deadline is an instant at which something falls due for a position. It is plain data: the host stores it, or computes
// it again after a restart, and nothing is lost.
//
// Exactly one of Event, Return and Remind is set. An event or return is for the host to take by [Policy.Move] or
// [Policy.Return], as a command like any other: it may be refused. It is void once the position's version is another.
type Deadline struct {
	ID      string    `json:"id"`      // of the position
	Version int64     `json:"version"` // of the position
	At      time.Time `json:"at"`      // in UTC
	Event   Event     `json:"event,omitempty"`
	Return  Return    `json:"return,omitempty"`
	Reason  Reason    `json:"reason,omitempty"` // of the return
	Remind  string    `json:"remind,omitempty"` // who is to be reminded
}

// Due lists the deadlines of a position from the earliest to the latest: those of the stage's time limits in the order of
// the definition, then, where a returned lead waits, the end of the wait with each event that lets it in by itself. The
// next one is the first that the host has not dealt with; after each transition the list is a new one.
//
// A limit runs from the position's Since. One in business time is due at the first instant at which that much of it has
// passed. A limit that the calendar never reaches is not in the list, nor is one after the year 9999.
//
// The error is a [*Refusal]: what [Policy.Check] finds, or [ErrCalendarMissing] where a limit of the stage counts business
// time and the calendar is nil. It costs a few dozen calls of the calendar for each limit in business time.
func (p *Policy[L]) Due(pos Position, calendar Calendar) ([]Deadline, error) {
	return p.chart.due(&pos, calendar)
}

func (c *chart) due(pos *Position, calendar Calendar) ([]Deadline, error) {
	if err := c.check(pos); err != nil {
		return nil, err
	}
	var list []Deadline
	add := func(at time.Time, d Deadline) {
		d.ID, d.Version, d.At = pos.ID, pos.Version, at.UTC()
		list = append(list, d)
	}
	from := c.node(pos.Stage)
	for _, l := range from.limits {
		length := time.Duration(l.After) * l.Unit.length()
		at, ok := pos.Since.Add(length), true
		if l.Unit.business() {
			if calendar == nil {
				return nil, c.refuse(pos, "", "", "", ErrCalendarMissing)
			}
			at, ok = reaches(calendar, pos.Since, length)
		}
		if ok && !at.After(latest) {
			add(at, Deadline{Event: l.Event, Return: l.Return, Reason: l.Reason, Remind: l.Remind})
		}
	}
	for i := range from.edges {
		e, at := &from.edges[i], pos.NotBefore
		if at.Before(pos.Since) {
			at = pos.Since
		}
		if e.Release == ReleaseCoolDown && c.letIn(pos, e, instantOf(at)) == nil {
			add(at, Deadline{Event: e.On})
		}
	}
	slices.SortStableFunc(list, func(a, b Deadline) int { return a.At.Compare(b.At) })
	return list, nil
}

// reaches finds the first instant at which the business time since another has reached a length, by bisection: whatever
// the calendar, it can tell no more than how much lies between two instants.
func reaches(calendar Calendar, since time.Time, length time.Duration) (time.Time, bool) {
	since = since.Round(0)
	enough := func(t time.Time) bool { return calendar.Between(since, t) >= length }
	before, after := since, since.Add(length) // earlier it can't be: business time is no faster than time
	for step := length; !enough(after); step = min(2*step, days(maxDays)) {
		if !after.Before(latest) {
			return time.Time{}, false
		}
		before, after = after, after.Add(step)
		if after.After(latest) {
			after = latest
		}
	}
	if before.Equal(since) {
		return after, true
	}
	for gap := after.Sub(before); gap > 1; gap = after.Sub(before) {
		if middle := before.Add(gap / 2); enough(middle) {
			after = middle
		} else {
			before = middle
		}
	}
	return after, true
}
