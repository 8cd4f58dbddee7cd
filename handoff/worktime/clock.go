package worktime

import (
	"math"
	"slices"
	"time"
)

// Clock measures the working time that a promise takes, against its budget: an
// answer within four hours of work. It is a small value that the host stores, in
// JSON without loss. The zero Clock has not started; [Terms.Decide] gives it its
// next value for each [Event], and [Terms.Read] tells how it stands. Treat it as
// read-only: copies share their lists.
//
// Instants are in UTC. Durations are of working time, in nanoseconds.
type Clock struct {
	// Version counts the events so far.
	Version int64 `json:"version"`
	// Calendar is the name of the one that counts, among those of the [Terms].
	Calendar string `json:"calendar,omitempty"`
	// Budget is the working time that was granted.
	Budget time.Duration `json:"budget_ns,omitempty"`
	// Started is the instant of the start, and At that of the last event.
	Started time.Time `json:"started,omitzero"`
	At      time.Time `json:"at,omitzero"`
	// Elapsed is the working time until At in which the clock was running.
	Elapsed time.Duration `json:"elapsed_ns,omitempty"`
	// Paused are the causes of the pauses that are open, sorted.
	Paused []string `json:"paused,omitempty"`
	// Stopped tells that At was the end.
	Stopped bool `json:"stopped,omitempty"`
	// Deadline is by when the budget is used up, as promised at the last event. It
	// is zero while the clock is paused and has budget left, or if the calendar
	// never has that much working time. Once past it stays as it was.
	Deadline Deadline `json:"deadline,omitzero"`
	// Fired are the steps of the ladder that have fired, in order.
	Fired []Firing `json:"fired,omitempty"`
}

// State is what a clock does.
type State string

// The states of a clock.
const (
	Unstarted State = "unstarted"
	Running   State = "running" // also at night: it counts as soon as its calendar opens
	Paused    State = "paused"
	Stopped   State = "stopped"
)

// State tells what the clock does since its last event.
func (c *Clock) State() State {
	switch {
	case c.Version == 0:
		return Unstarted
	case c.Stopped:
		return Stopped
	case len(c.Paused) > 0:
		return Paused
	}
	return Running
}

// Terms are what clocks run by.
type Terms struct {
	// Calendars have the names that clocks keep. A name must go on meaning the
	// same hours: give changed hours a name of their own, and [Reassign].
	Calendars map[string]*Calendar
	// Ladder has the steps that fire on the way; the zero Ladder has none.
	Ladder Ladder
}

// Reading is how a clock stands at an instant.
type Reading struct {
	State     State
	Elapsed   time.Duration // working time in which the clock was running
	Remaining time.Duration // of the budget; 0 if it is used up
	Over      time.Duration // beyond the budget; 0 within it
	// Met tells that Elapsed is within the budget: of a stopped clock, that the
	// promise was kept; of another, that it can still be. A clock that has run
	// since its last event is met up to Deadline.MetUntil, that instant included.
	Met      bool
	Deadline Deadline // that of the clock
}

// Read tells how a clock stands. At an instant before its last event it reads as
// at that event: what came before is no longer in it. The zero Clock is unstarted
// and has nothing but zeros, met. Errors are of type [*Refusal]: [ErrClock] for a
// clock that can't be, [ErrCalendar] for a running one whose calendar is not
// among the terms.
func (t *Terms) Read(c Clock, at time.Time) (Reading, error) {
	if err := c.check(); err != nil {
		return Reading{}, err
	}
	elapsed, err := t.elapsed(&c, at)
	if err != nil {
		return Reading{}, err
	}
	return Reading{
		State: c.State(), Elapsed: elapsed, Deadline: c.Deadline,
		Remaining: max(c.Budget-elapsed, 0), Over: max(elapsed-c.Budget, 0), Met: elapsed <= c.Budget,
	}, nil
}

// elapsed is the working time until an instant.
func (t *Terms) elapsed(c *Clock, at time.Time) (time.Duration, error) {
	if c.State() != Running {
		return c.Elapsed, nil
	}
	calendar, err := t.calendar(c, c.Calendar)
	if err != nil {
		return 0, err
	}
	more := calendar.Between(c.At, at)
	if more > math.MaxInt64-c.Elapsed {
		return math.MaxInt64, nil
	}
	return c.Elapsed + more, nil
}

func (t *Terms) calendar(c *Clock, name string) (*Calendar, error) {
	if calendar := t.Calendars[name]; calendar != nil && calendar.zone != nil {
		return calendar, nil
	}
	return nil, &Refusal{Kind: ErrCalendar, Version: c.Version, Name: name}
}

// promise sets the deadline anew after an event. Where the budget is used up, the
// instant at which it was stays, except after an amendment: that can't have made
// anything late before it was made.
func (c *Clock) promise(calendar *Calendar, amended bool) {
	rest, old := c.Budget-c.Elapsed, c.Deadline
	switch {
	case rest < 0 && !amended:
		return
	case rest < 0:
		c.Deadline = Deadline{Due: c.At, MetUntil: c.At}
		return
	case len(c.Paused) == 0:
		c.Deadline = calendar.Add(c.At, rest)
	case rest > 0:
		c.Deadline = Deadline{}
	default:
		c.Deadline = Deadline{Due: c.At}
	}
	if rest == 0 && !amended && !old.Due.IsZero() && old.Due.Before(c.At) {
		c.Deadline.Due = old.Due
	}
	if !inRange(c.Deadline.Due) { // such as midnight after the last day of the year 9999
		c.Deadline = Deadline{}
	}
}

// inRange tells whether an instant is one of the years 1 to 9999, and not zero.
func inRange(t time.Time) bool {
	second := t.Unix()
	return !t.IsZero() && horizonStart <= second && second < horizonEnd
}

// check refuses a clock that no events can have led to, as damaged storage may
// give.
func (c *Clock) check() error {
	sound := c.Version > 0 && c.Version < math.MaxInt64 && c.Budget >= 0 && c.Elapsed >= 0 &&
		inRange(c.Started) && inRange(c.At) && !c.At.Before(c.Started) && c.Elapsed <= c.At.Sub(c.Started) &&
		!(c.Stopped && len(c.Paused) > 0)
	for i := 1; i < len(c.Paused); i++ {
		sound = sound && c.Paused[i-1] < c.Paused[i]
	}
	for i, f := range c.Fired {
		sound = sound && inRange(f.At) && !f.At.Before(c.Started) && !fired(c.Fired[:i], f.Step)
	}
	if sound || c.Version == 0 && c.isZero() {
		return nil
	}
	return &Refusal{Kind: ErrClock, Version: c.Version}
}

func (c *Clock) isZero() bool {
	return c.Calendar == "" && c.Budget == 0 && c.Started.IsZero() && c.At.IsZero() && c.Elapsed == 0 &&
		len(c.Paused) == 0 && !c.Stopped && c.Deadline == Deadline{} && len(c.Fired) == 0
}

func fired(list []Firing, step string) bool {
	return slices.ContainsFunc(list, func(f Firing) bool { return f.Step == step })
}
