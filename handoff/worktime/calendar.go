package worktime

import (
	"math"
	"time"
)

// Calendar tells working time from the rest. It is immutable and safe for
// concurrent use. Make one with [Compile] or [Always]; the zero Calendar is not
// usable.
//
// Instants before the year 1 and after the year 9999 are closed. Answers are in
// the location of the instant that was asked about, without a monotonic clock
// reading. No method walks over days: the cost does not grow with the distance.
type Calendar struct{ zone *zone }

func newCalendar(location *time.Location, w *wall) *Calendar {
	return &Calendar{zone: newZone(part{location, w})}
}

// Always gives the calendar that is open around the clock.
func Always() *Calendar {
	day := daily{{0, secondsPerDay}}
	return newCalendar(time.UTC, newWall([7]daily{day, day, day, day, day, day, day}, nil))
}

// In tells whether t is working time. Windows are half-open: the instant of
// opening is in, the instant of closing is out.
func (c *Calendar) In(t time.Time) bool { return c.zone.contains(t.Unix()) }

// Next gives the first instant of working time at or after t; false if there is
// none any more, because all hours are dated and past.
func (c *Calendar) Next(t time.Time) (time.Time, bool) {
	if c.In(t) {
		return t.Round(0), true
	}
	second, _, ok := c.zone.find(c.zone.before(t.Unix()) + 1)
	if !ok {
		return time.Time{}, false
	}
	return at(second-1, 0, t), true
}

// Between gives the working time from a to b: 0 if b is not after a, and the
// largest Duration (292 years) if it is longer than that.
func (c *Calendar) Between(a, b time.Time) time.Duration {
	if !a.Before(b) {
		return 0
	}
	from, to := c.elapsed(a), c.elapsed(b)
	seconds, nanoseconds := to.seconds-from.seconds, to.nanoseconds-from.nanoseconds
	if nanoseconds < 0 {
		seconds, nanoseconds = seconds-1, nanoseconds+int64(time.Second)
	}
	const most = math.MaxInt64 / int64(time.Second)
	if seconds > most || seconds == most && nanoseconds > math.MaxInt64%int64(time.Second) {
		return math.MaxInt64
	}
	return time.Duration(seconds*int64(time.Second) + nanoseconds)
}

// elapsed is the working time before an instant, from an unspecified origin.
type elapsed struct{ seconds, nanoseconds int64 }

func (c *Calendar) elapsed(t time.Time) elapsed {
	e := elapsed{seconds: c.zone.before(t.Unix())}
	if t.Nanosecond() != 0 && c.In(t) { // windows open and close on whole seconds
		e.nanoseconds = int64(t.Nanosecond())
	}
	return e
}

func (e elapsed) add(d time.Duration) elapsed {
	e.seconds += int64(d / time.Second)
	e.nanoseconds += int64(d % time.Second)
	switch {
	case e.nanoseconds < 0:
		return elapsed{e.seconds - 1, e.nanoseconds + int64(time.Second)}
	case e.nanoseconds >= int64(time.Second):
		return elapsed{e.seconds + 1, e.nanoseconds - int64(time.Second)}
	}
	return e
}

// first gives the earliest instant before which the working time has reached e;
// like decides the location.
func (c *Calendar) first(e elapsed, like time.Time) (time.Time, bool) {
	if e.nanoseconds > 0 {
		return c.last(e, like) // inside an open second the instant is unique
	}
	second, _, ok := c.zone.find(e.seconds)
	return at(second, 0, like), ok
}

// last gives the latest instant before which the working time is not more than
// e: inside the open second that follows, or at its start.
func (c *Calendar) last(e elapsed, like time.Time) (time.Time, bool) {
	second, _, ok := c.zone.find(e.seconds + 1)
	return at(second-1, e.nanoseconds, like), ok
}

func at(second, nanosecond int64, like time.Time) time.Time {
	return time.Unix(second, nanosecond).In(like.Location())
}
