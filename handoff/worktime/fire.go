package worktime

import (
	"cmp"
	"slices"
	"time"
)

// Firing is a step of the ladder that fell due, and when. It falls due at the
// latest instant at which exactly its working time has passed, as a deadline is
// judged by MetUntil: a breach at the close of business fires at the next opening.
type Firing struct {
	Step string    `json:"step"`
	At   time.Time `json:"at"`
}

// Fire gives the steps that have fallen due up to an instant, that included, and
// that the clock has not yet given, in the order of time; and the clock that
// remembers them. Store that clock in one transaction with what the steps lead
// to, under the check that nobody has stored another since (Version and the
// length of Fired tell).
//
// Every step fires once. It does not matter when or how often one asks: the steps
// and their instants are the same, and so is the clock that comes of it. A pause
// moves the steps that are still to come, an amendment those that are a share of
// the budget. One that an amendment puts into the past fires at once, dated at the
// amendment, also while the clock is paused. One that has fired does not fire
// again, though an amendment moves it later: what was said was said. One that is
// new to the ladder fires when it is first asked for, dated when it would have
// been due, but not before the last event. A stopped clock fires nothing.
//
// Errors are those of [Terms.Read].
func (t *Terms) Fire(c Clock, now time.Time) (Clock, []Firing, error) {
	if err := c.check(); err != nil {
		return c, nil, err
	}
	due, err := t.due(&c, now, true)
	if err != nil {
		return c, nil, err
	}
	c.Fired = joined(c.Fired, due)
	return c, due, nil
}

// Next gives the step that fires next if nothing else happens, which is when to ask
// again; a zero Firing if none does. Errors are those of [Terms.Read].
func (t *Terms) Next(c Clock) (Firing, error) {
	if err := c.check(); err != nil {
		return Firing{}, err
	}
	var first moment
	err := t.ahead(&c, func(m moment) {
		if first.At.IsZero() || m.compare(first) < 0 {
			first = m
		}
	})
	return first.Firing, err
}

// moment is when a step falls due, and at which working time.
type moment struct {
	Firing
	offset time.Duration
}

// compare orders by time; the sort that uses it keeps the ladder's order of what
// is equal.
func (m moment) compare(other moment) int {
	if byTime := m.At.Compare(other.At); byTime != 0 {
		return byTime
	}
	return cmp.Compare(m.offset, other.offset)
}

// due gives the steps before an instant, or up to it.
func (t *Terms) due(c *Clock, until time.Time, inclusive bool) ([]Firing, error) {
	var list []moment
	err := t.ahead(c, func(m moment) {
		if m.At.Before(until) || inclusive && m.At.Equal(until) {
			list = append(list, m)
		}
	})
	if err != nil || list == nil {
		return nil, err
	}
	slices.SortStableFunc(list, moment.compare)
	firings := make([]Firing, len(list))
	for i, m := range list {
		firings[i] = m.Firing
	}
	return firings, nil
}

// ahead tells of the steps that have not fired, and when they do if nothing else
// happens; of those that never do it says nothing.
func (t *Terms) ahead(c *Clock, tell func(moment)) error {
	state := c.State()
	var calendar *Calendar
	switch state {
	case Unstarted, Stopped:
		return nil
	case Running:
		var err error
		if calendar, err = t.calendar(c, c.Calendar); err != nil {
			return err
		}
	}
	for _, s := range t.Ladder.steps {
		if fired(c.Fired, s.Name) {
			continue
		}
		m := moment{Firing: Firing{Step: s.Name}, offset: s.At.of(c.Budget)}
		switch rest := m.offset - c.Elapsed; {
		case rest < 0:
			m.At = c.At.UTC()
		case state == Running:
			m.At = calendar.Add(c.At, rest).MetUntil.UTC()
		}
		if !m.At.IsZero() {
			tell(m)
		}
	}
	return nil
}

// joined appends without a change to what others may share.
func joined(list, more []Firing) []Firing {
	if len(more) == 0 {
		return list
	}
	return slices.Concat(list, more)
}
