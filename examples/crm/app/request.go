package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/handoff"
)

// ErrForbidden is what a role may not do.
var ErrForbidden = errors.New("your role may not do that")

// errRequest is a request that no page sends.
var errRequest = errors.New("there is no such command")

// The commands of people, as forms send them.
const (
	Accept     = "accept"
	Reject     = "reject"
	Attempt    = "attempt"
	Qualify    = "qualify"
	Open       = "open"
	Win        = "win"
	Lose       = "lose"
	Recycle    = "recycle"
	Disqualify = "disqualify"
	Withdraw   = "withdraw"
	Reopen     = "reopen"
	Offer      = "offer"
)

// mayDo says which roles may give a command. Whether the lead is theirs, and whether it is possible, the desk says.
var mayDo = map[string][]Role{
	Accept: {Sales, Admin}, Reject: {Sales, Admin}, Attempt: {Sales, Admin}, Qualify: {Sales, Admin}, Open: {Sales, Admin}, Win: {Sales, Admin},
	Lose: {Sales, Admin}, Recycle: {Sales, Admin}, Disqualify: {Sales, Marketing, Admin}, Withdraw: {Marketing, Admin}, Reopen: {Marketing, Admin},
	Offer: {Marketing, Admin},
}

// A Request is a command as a form sends it. Which fields it takes, [Action] says.
type Request struct {
	Command string            // one of the above
	Version int64             // of the case that the page showed: if it has changed since, the request is refused
	Reason  funnel.Reason     // of a return
	Note    string            // in words; personal
	Fields  map[string]string // of the reason
	Because string            // a manager's cause
	Revenue int64             // of Win, in minor units
	Reached bool              // of Attempt
	At      time.Time         // when it happened; zero is now
}

// Do decides a request of a person and stores what follows. The error is [ErrForbidden], or a refusal by the library
// ([*handoff.Refusal], [*funnel.Refusal]), which says what to do: [Refused] tells them from failures.
func (a *App) Do(ctx context.Context, by User, lead string, r Request) error {
	roles, exists := mayDo[r.Command]
	switch {
	case !exists:
		return errRequest
	case !slices.Contains(roles, by.Role):
		return fmt.Errorf("%s: %w", r.Command, ErrForbidden)
	}
	if _, err := a.store.Lead(ctx, lead); err != nil {
		return err
	}
	_, err := a.decide(ctx, lead, func(c handoff.Case) (handoff.Command, *View, error) {
		if r.Command == Offer {
			return a.offerBy(ctx, by, lead, c, r)
		}
		return r.command(by), nil, nil
	})
	return err
}

// offerBy is the offer that a person asks for: the same as the scheduler makes.
func (a *App) offerBy(ctx context.Context, by User, lead string, c handoff.Case, r Request) (handoff.Command, *View, error) {
	g, err := a.current(ctx)
	if err != nil {
		return nil, nil, err
	}
	s, err := a.scoreLead(ctx, g, lead)
	if err != nil {
		return nil, nil, err
	}
	offer := s.offer(c, by.ID)
	offer.By = r.by(by)
	err = a.surroundings(ctx, s, &offer)
	return offer, s.view(), err
}

func (r Request) by(user User) handoff.By {
	return handoff.By{Actor: user.ID, Occurred: r.At, Version: r.Version, Because: r.Because}
}

// command makes a request into a command of the desk; nil if it is none.
func (r Request) command(user User) handoff.Command {
	by, feedback := r.by(user), funnel.Feedback{Note: r.Note, Fields: r.Fields}
	switch r.Command {
	case Accept:
		return handoff.Accept{By: by}
	case Reject:
		return handoff.Reject{By: by, Reason: r.Reason, Feedback: feedback}
	case Attempt:
		return handoff.Attempt{By: by, Reached: r.Reached}
	case Qualify:
		return handoff.Qualify{By: by}
	case Open:
		return handoff.Open{By: by}
	case Win:
		return handoff.Win{By: by, Revenue: r.Revenue}
	case Lose:
		return handoff.Lose{By: by, Reason: r.Reason, Feedback: feedback}
	case Recycle:
		return handoff.Recycle{By: by, Reason: r.Reason, Feedback: feedback}
	case Disqualify:
		return handoff.Disqualify{By: by, Reason: r.Reason, Feedback: feedback}
	case Withdraw:
		return handoff.Withdraw{By: by, Reason: r.Reason, Feedback: feedback}
	case Reopen:
		return handoff.Reopen{By: by}
	}
	return nil
}
