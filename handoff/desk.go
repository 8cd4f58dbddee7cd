package handoff

import (
	"slices"
	"time"

	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/handoff/goals"
	"github.com/leadloop/leadloop/handoff/routing"
	"github.com/leadloop/leadloop/handoff/worktime"
	"github.com/leadloop/leadloop/internal/rule"
)

// A Desk is a compiled [Agreement] over the host's view of a lead, L: a struct that holds all that the criterion looks at,
// such as the lead's fields and its grade. It is immutable and safe for concurrent use. Make one with [Compile]; the zero
// Desk is not usable.
type Desk[L any] struct {
	agreement Agreement
	policy    *funnel.Policy[L]
	criterion *rule.Condition[L, rule.None]
	calendar  *worktime.Calendar
	zone      *time.Location // of the calendar
	routing   *routing.Dispatcher[L]
	plan      *goals.Plan
	board     *goals.Board
	pay       *goals.Pay
	chart     chart
}

// A chart is what the desk looks up in the funnel's definition.
type chart struct {
	reasons map[funnel.Reason]*funnel.ReasonDefinition
	owed    map[funnel.Stage][]Owed // with what a lead may be returned from there
	returns []funnel.ReturnEdge
	release map[funnel.Stage]bool // a lead there comes back by itself: an edge leads on when its wait is over
	onward  map[funnel.Stage]bool // a lead there has not come to its end: something else than a person's decision leads on
}

func newChart(d funnel.Definition) chart {
	c := chart{
		reasons: map[funnel.Reason]*funnel.ReasonDefinition{},
		owed:    map[funnel.Stage][]Owed{},
		returns: d.Returns,
		release: map[funnel.Stage]bool{},
		onward:  map[funnel.Stage]bool{},
	}
	for i := range d.Reasons {
		c.reasons[d.Reasons[i].Code] = &d.Reasons[i]
	}
	for _, e := range d.Edges {
		if e.Release == funnel.ReleaseCoolDown {
			c.release[e.From] = true
		}
		if e.Release != funnel.ReleaseManual {
			c.onward[e.From] = true
		}
	}
	for _, e := range d.Returns {
		for _, r := range d.Reasons {
			if slices.Contains(e.Dispositions, r.Disposition) && (r.BeforeContact || !e.BeforeContact) {
				c.owed[e.From] = append(c.owed[e.From], Owed{Return: e.On, Reason: r.Code, Disposition: r.Disposition, Fields: r.Fields})
			}
		}
	}
	return c
}

// Agreement returns a copy of the agreement.
func (d *Desk[L]) Agreement() Agreement { return d.agreement.clone() }

// Calendar returns the business hours.
func (d *Desk[L]) Calendar() *worktime.Calendar { return d.calendar }

// Routing returns the compiled routing of the agreement. A host calls its Record with the state of the pools when somebody has a
// lead otherwise than by an [Offer]: for each [Assign] effect that a [Tick] or another command has brought, since deadlines fire
// before commands, too; and when an owner was changed by hand. [Desk.QuotaBegin] of the effect's At gives the Period.
func (d *Desk[L]) Routing() *routing.Dispatcher[L] { return d.routing }

// QuotaBegin returns when the period of quotas began in which an instant lies; the zero time if no quotas are agreed.
func (d *Desk[L]) QuotaBegin(t time.Time) time.Time { return d.agreement.QuotaPeriod.begin(t, d.zone) }

// Plan returns what marketing owes, to hold deliveries against; nil if nothing is committed.
func (d *Desk[L]) Plan() *goals.Plan { return d.plan }

// Board returns both sides' goals, to hold what they did against; nil if none are agreed.
func (d *Desk[L]) Board() *goals.Board { return d.board }

// Pay returns the plan of both departments' pay; nil if none is agreed.
func (d *Desk[L]) Pay() *goals.Pay { return d.pay }

// within returns the deadline a stretch of business time after an instant. There always is one: the calendar opens every
// week, and often enough (see reach).
func (d *Desk[L]) within(t time.Time, by Duration) worktime.Deadline {
	dl := d.calendar.Add(t, time.Duration(by))
	return worktime.Deadline{Due: dl.Due.UTC(), MetUntil: dl.MetUntil.UTC()}
}
