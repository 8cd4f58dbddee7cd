package handoff

import (
	"errors"
	"time"

	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/handoff/goals"
	"github.com/leadloop/leadloop/handoff/routing"
	"github.com/leadloop/leadloop/handoff/worktime"
	"github.com/leadloop/leadloop/internal/rule"
)

// A Desk is a compiled [Agreement] over the host's view of a lead, L. It is immutable and safe for concurrent use.
type Desk[L any] struct {
	agreement Agreement
	policy    *funnel.Policy[L]
	criterion *rule.Condition[L, rule.None]
	calendar  *worktime.Calendar
	router    *routing.Router
	plan      *goals.Plan
}

// Compile checks the agreement against the funnel's policy. load gives the time zone that the calendar names, usually
// [time.LoadLocation]; this package reads no time-zone database of its own. The error joins every mistake.
func Compile[L any](a Agreement, policy *funnel.Policy[L], load func(string) (*time.Location, error)) (*Desk[L], error) {
	return nil, errors.New("handoff: in progress")
}

// Agreement returns a copy of the agreement.
func (d *Desk[L]) Agreement() Agreement { return d.agreement }

// Calendar returns the business hours.
func (d *Desk[L]) Calendar() *worktime.Calendar { return d.calendar }

// Plan returns what marketing owes, to hold deliveries against; nil if nothing is committed.
func (d *Desk[L]) Plan() *goals.Plan { return d.plan }

// Decide checks a command and answers what follows from it. On an error nothing has happened.
func (d *Desk[L]) Decide(c Case, cmd Command, lead *L, now time.Time) (Decision, error) {
	return Decision{}, errors.New("handoff: in progress")
}

// Replay folds a log into its case and lists what does not fit.
func (d *Desk[L]) Replay(log []Event) (Case, error) { return Case{}, nil }

// Redact returns the event without what may tell who somebody is.
func (d *Desk[L]) Redact(e Event) Event { return e }

// Apply returns the case after an event.
func Apply(c Case, e Event) Case { return c }
