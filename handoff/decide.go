package handoff

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/handoff/routing"
)

// A Decision is the desk's answer to a command. The host stores Events (and Pools) under its version check together with
// Effects, and then carries out the effects.
type Decision struct {
	Events  []Event         `json:"events,omitempty"`  // to append, in this order
	Effects []Effect        `json:"effects,omitempty"` // to carry out once the events are stored
	Next    time.Time       `json:"next,omitzero"`     // when to give the desk its next [Tick]; zero: no deadline is pending
	Pools   routing.States  `json:"pools,omitempty"`   // the next state of the pools, to be stored with the events; nil: it did not change
	Routing *routing.Result `json:"routing,omitempty"` // who was considered and why not; nil: nobody was
}

// Decide checks a command and answers what follows from it. On an error nothing has happened: it is a [*Refusal] of the
// desk or a [*funnel.Refusal]. The lead is looked at by the criterion when it is handed over, and by the funnel's guards;
// otherwise it may be nil.
//
// It checks first what it is given ([ErrCommand], [ErrCase]) and whether the command repeats ([ErrRepeated], [ErrConflict],
// [ErrRegistered], [ErrNotRegistered]), then who asks ([ErrActor]) and the times ([ErrTime]), and then what the command
// itself takes.
//
// Time: a zero Occurred is now, and now is never before the latest event of the case, so that a clock that runs backwards
// stands still for the case. An Occurred in the future, or before the latest event, is refused; an [Attempt] alone may
// occur before later events. Before a command is looked at, every deadline that ended before it occurred fires; what ends
// at that very instant does not, so that a command is in time until MetUntil, and until a [Tick] at or after it has been
// decided. The log is the same whether ticks come in time or late, but for the instants at which it was recorded. A
// command that was done in time may be given afterwards with its true Occurred, as long as no tick came in between.
func (d *Desk[L]) Decide(c Case, cmd Command, lead *L, now time.Time) (Decision, error) {
	if !known(cmd) {
		return Decision{}, &Refusal{Kind: ErrCommand, Command: fmt.Sprintf("%T", cmd), ID: c.ID, Version: c.Version}
	}
	w := &work[L]{desk: d, c: c, lead: lead, command: cmd.name()}
	if err := w.begin(cmd, now); err != nil {
		return Decision{}, err
	}
	if err := w.do(cmd); err != nil {
		return Decision{}, err
	}
	_, w.out.Next = w.c.Deadlines.next()
	return w.out, nil
}

// do dispatches a command. Deadlines that ended before it have fired.
func (w *work[L]) do(cmd Command) error {
	switch cmd := cmd.(type) {
	case Tick:
		return nil
	case Register:
		return w.register(cmd)
	case Withdraw:
		return w.withdraw(cmd)
	}
	if w.c.Withdrawn {
		if _, reopen := cmd.(Reopen); !reopen {
			return w.refuse(ErrWithdrawn)
		}
	}
	switch cmd := cmd.(type) {
	case Offer:
		return w.offer(cmd)
	case Accept:
		return w.accept()
	case Reject:
		return w.reject(cmd)
	case Attempt:
		return w.attempt(cmd)
	case Qualify:
		return w.advance(funnel.SalesQualify, 0)
	case Open:
		return w.advance(funnel.Open, 0)
	case Win:
		if cmd.Revenue < 0 {
			return w.refuse(ErrRevenue)
		}
		return w.advance(funnel.Win, cmd.Revenue)
	case Lose:
		return w.giveBack(funnel.Lose, cmd.Reason, cmd.Feedback)
	case Recycle:
		return w.giveBack(funnel.Recycle, cmd.Reason, cmd.Feedback)
	case Disqualify:
		return w.giveBack(funnel.Disqualify, cmd.Reason, cmd.Feedback)
	case Reopen:
		return w.reopen()
	}
	return nil // there are no others, see known
}

// known says whether it is a command of this package: not nil, no pointer, and no foreign type that embeds one of ours.
func known(cmd Command) bool {
	switch cmd.(type) {
	case Tick, Register, Offer, Accept, Reject, Attempt, Qualify, Open, Win, Lose, Recycle, Disqualify, Withdraw, Reopen:
		return true
	}
	return false
}

// work is one decision in the making: the case as it will be, and the answer so far.
type work[L any] struct {
	desk    *Desk[L]
	c       Case // with the events so far applied
	lead    *L
	command string
	by      By        // of the command, with Occurred set
	now     time.Time // Recorded of all events
	version int64     // of the case as it was given
	index   int       // of the next effect of the latest event
	out     Decision
}

// begin checks version, actor and times, and lets fire what fell due before.
func (w *work[L]) begin(cmd Command, now time.Time) error {
	w.by, w.now, w.version = cmd.by(), now.UTC().Round(0), w.c.Version
	_, tick := cmd.(Tick)
	_, register := cmd.(Register)
	if c := &w.c; c.Version < 0 || c.Version > maxVersion || c.Version == 0 && !reflect.DeepEqual(*c, Case{}) {
		refusal := w.refusal(ErrCase)
		refusal.Fields = []string{"version"}
		return refusal
	}
	if !tick && w.by.Version != w.c.Version {
		kind := ErrRepeated
		if w.by.Version > w.c.Version {
			kind = ErrConflict
		}
		refusal := w.refusal(kind)
		refusal.Given = w.by.Version
		return refusal
	}
	if w.c.Version == 0 && !register {
		return w.refuse(ErrNotRegistered)
	}
	if w.c.Version != 0 && register {
		return w.refuse(ErrRegistered)
	}
	if strings.TrimSpace(w.by.Actor) == "" && !tick {
		return w.refuse(ErrActor)
	}
	if w.now.After(earliest) && w.now.Before(w.c.Last) {
		w.now = w.c.Last.UTC().Round(0)
	}
	if !w.now.After(earliest) || w.now.After(latest) {
		return w.refuse(ErrTime)
	}
	if w.by.Occurred.IsZero() {
		w.by.Occurred = w.now
	}
	w.by.Occurred = w.by.Occurred.UTC().Round(0)
	bound := w.c.Last
	if _, attempt := cmd.(Attempt); attempt && !w.c.Accepted.IsZero() {
		bound = w.c.Accepted
	}
	if w.by.Occurred.Before(bound) || w.by.Occurred.After(w.now) || w.by.Occurred.Before(earliest) {
		refusal := w.refusal(ErrTime)
		refusal.Limit = bound
		return refusal
	}
	return w.fire(w.by.Occurred, tick)
}

// maxVersion leaves room for the events of one decision.
const maxVersion = math.MaxInt64 - 1000

// The times that the desk takes: JSON ends with the year 9999, and deadlines need room.
var (
	earliest = time.Time{}
	latest   = time.Date(9000, 1, 1, 0, 0, 0, 0, time.UTC)
)

// event starts an event that changes nothing but the version, in its place at the end of the answer. The caller says what it
// changes, and then applies it.
func (w *work[L]) event(kind Kind, actor string, occurred time.Time) *Event {
	w.out.Events = append(w.out.Events, Event{})
	return w.fill(kind, actor, occurred)
}

// step starts an event that carries a step of the funnel. Most decisions have no other event: then one piece of memory holds both.
func (w *work[L]) step(kind Kind, tr funnel.Transition) *Event {
	var step *funnel.Transition
	if w.out.Events == nil {
		both := new(struct {
			event [1]Event
			step  funnel.Transition
		})
		w.out.Events, step = both.event[:], &both.step
	} else {
		w.out.Events, step = append(w.out.Events, Event{}), new(funnel.Transition)
	}
	*step = tr
	e := w.fill(kind, tr.Actor, tr.Occurred)
	e.Transition, e.Version = step, tr.Version
	e.Policy, e.PolicyVersion = tr.Policy, tr.PolicyVersion
	return e
}

// fill says in the latest event what all events say.
func (w *work[L]) fill(kind Kind, actor string, occurred time.Time) *Event {
	a, e := &w.desk.agreement, &w.out.Events[len(w.out.Events)-1]
	e.ID, e.Version, e.Kind, e.Occurred, e.Recorded, e.Actor = w.c.ID, w.c.Version+1, kind, occurred, w.now, actor
	e.Agreement, e.AgreementVersion, e.Policy, e.PolicyVersion = a.Name, a.Version, w.c.Policy, w.c.PolicyVersion
	e.Owner, e.Track, e.Deadlines = w.c.Owner, w.c.Track, w.c.Deadlines
	return e
}

// apply takes the latest event over into the case; effects that follow are its.
func (w *work[L]) apply(e *Event) {
	w.c.apply(e)
	w.index = 0
}

// effect appends an effect of the latest event.
func (w *work[L]) effect(e Effect) {
	var room [64]byte
	key := append(append(room[:0], w.c.ID...), '/')
	key = append(strconv.AppendInt(key, w.c.Version, 10), '/')
	e.Key = string(strconv.AppendInt(key, int64(w.index), 10))
	e.At = w.out.Events[len(w.out.Events)-1].Occurred
	w.index++
	w.out.Effects = append(w.out.Effects, e)
}

func (w *work[L]) funnelBy() funnel.By {
	return funnel.By{Actor: w.by.Actor, Occurred: w.by.Occurred, Recorded: w.now}
}

// mayDecide checks that the owner asks, or a manager who gives the cause.
func (w *work[L]) mayDecide() error {
	switch {
	case w.by.Actor == w.c.Owner:
		return nil
	case !slices.Contains(w.desk.agreement.Managers, w.by.Actor):
		return w.refuse(ErrNotOwner)
	case strings.TrimSpace(w.by.Because) == "":
		return w.refuse(ErrCause)
	}
	return nil
}

func (w *work[L]) refuse(kind error) error { return w.refusal(kind) }

func (w *work[L]) refusal(kind error) *Refusal {
	return &Refusal{
		Kind: kind, ID: w.c.ID, Version: w.version, Command: w.command, Stage: w.c.Stage, Status: w.c.Status, Reason: w.c.Reason,
	}
}
