package app

import (
	"context"
	"errors"
	"time"

	"github.com/leadloop/leadloop/funnel"
)

// ErrForbidden is what a role may not do.
var ErrForbidden = errors.New("your role may not do that")

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
func (a *App) Do(ctx context.Context, by User, lead string, r Request) error { return nil }

// Refused says that an error is an answer to whoever asked, not a failure of the application: show its text.
func Refused(err error) bool { return false }

// An Action is a command that the page of a lead shows, and what it takes.
type Action struct {
	Command string
	Label   string         // for the button, such as "Accept"
	Refused string         // why not now, in words; "": it may be sent
	Because bool           // a cause is owed, since a manager decides in the owner's place
	Revenue bool           // an amount is owed
	Reached bool           // asks whether the lead was reached
	Reasons []ReasonChoice // of a return: those that the stage takes
}

// A ReasonChoice is a reason of a return.
type ReasonChoice struct {
	Reason  funnel.Reason
	Label   string         // in words, such as "No budget"
	Follows string         // what follows, in words: the track, the wait, when it comes back
	To      funnel.Stage   // where it leads
	Fields  []funnel.Field // that it takes; those that are not Optional are owed
	Refused string         // why not now; "": it may be given
}

// Actions are the commands of a user's role on a lead, those that may be sent now and those that may not, with the cause. It tries
// each on the case by the desk itself, so that it can't say anything else than [App.Do].
func (a *App) Actions(ctx context.Context, by User, lead string) ([]Action, error) { return nil, nil }
