package worktime

import "time"

// Deadline answers "by when": Due and MetUntil are the earliest and the latest
// instant at which exactly the given working time has passed. They differ when
// the time is used up exactly at the close of business. A task of one hour that
// came at four, where work ends at five, is due at five; done the next morning at
// nine sharp, it still took one hour of working time and is met. A person is
// shown Due; what is late is judged by MetUntil.
//
// An instant is zero where there is none. Both are zero: the calendar has too
// little working time left. Only MetUntil is zero: the calendar never opens again
// after Due, so that the deadline is met for good.
type Deadline struct {
	Due      time.Time `json:"due,omitzero"`
	MetUntil time.Time `json:"met_until,omitzero"`
}

// Add gives the instants at which the working time d has passed since t. With
// d = 0 these are t itself and the next opening, if t is not working time. A
// negative d goes back, as [Calendar.Sub] does.
func (c *Calendar) Add(t time.Time, d time.Duration) Deadline {
	if d < 0 {
		return c.back(t, d)
	}
	t = t.Round(0)
	if d == 0 {
		next, _ := c.Next(t)
		return Deadline{Due: t, MetUntil: next}
	}
	target := c.elapsed(t).add(d)
	if target.nanoseconds > 0 { // inside an open second the instant is unique
		instant, ok := c.last(target, t)
		if !ok {
			return Deadline{}
		}
		return Deadline{Due: instant, MetUntil: instant}
	}
	second, open, ok := c.zone.find(target.seconds)
	if !ok {
		return Deadline{}
	}
	due := at(second, 0, t)
	if open {
		return Deadline{Due: due, MetUntil: due}
	}
	deadline := Deadline{Due: due}
	if until, ok := c.last(target, t); ok {
		deadline.MetUntil = until
	}
	return deadline
}

// Sub gives the instants from which the working time d passes until t: Due is
// the earliest of them and MetUntil the latest, so that what must take d and be
// ready at t may begin as late as MetUntil. With d = 0 the latest is t itself and
// the earliest is the close before it, if t is not working time. Due is zero if
// the calendar never was open before. A negative d goes forward, as
// [Calendar.Add] does.
func (c *Calendar) Sub(t time.Time, d time.Duration) Deadline {
	if d < 0 {
		return c.Add(t, -max(d, -maxDuration))
	}
	return c.back(t, -d)
}

const maxDuration time.Duration = 1<<63 - 1

// back takes d <= 0.
func (c *Calendar) back(t time.Time, d time.Duration) Deadline {
	t = t.Round(0)
	target := c.elapsed(t).add(d)
	latest, ok := t, true
	if d != 0 {
		latest, ok = c.last(target, t)
	}
	if !ok || c.elapsed(latest) != target {
		return Deadline{}
	}
	deadline := Deadline{MetUntil: latest}
	if c.In(latest) && (target.nanoseconds > 0 || c.In(latest.Add(-1))) {
		deadline.Due = latest // the working time grows on both sides of it
		return deadline
	}
	if earliest, ok := c.first(target, t); ok {
		deadline.Due = earliest
	}
	return deadline
}
