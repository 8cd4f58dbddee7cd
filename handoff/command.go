package handoff

import (
	"time"

	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/handoff/routing"
)

// A Command asks the desk for a decision. The commands are the types of this package that embed [By], and [Tick]. They are
// given by value, not as pointers.
type Command interface {
	by() By
	name() string
}

// By says who asks, when it occurred, and which state of the case was in view. Every command but [Register] and [Tick]
// must carry the version of the case that its author saw: 0, left out, is an old one and refused with [ErrRepeated].
type By struct {
	Actor    string    // opaque id of the person or system
	Occurred time.Time // zero: now
	Version  int64     // of the case that the command was given for: the host's version check
	Because  string    // cause, where a manager decides in the owner's place or a person reopens; personal, see [Desk.Redact]
}

// Register opens a case for a new inquiry. The case must be the zero [Case], and so is Version.
type Register struct {
	By
	ID string // opaque id of the lead
}

// Offer hands a lead over to sales, for the first time, to the next member, or again after its return. The desk checks
// the hand-over criterion and what the reason of the return asks for, routes the lead, and starts the offer's deadline. The
// conditions of the routing look at the lead: without it, none of them holds.
type Offer struct {
	By
	Packet       Packet              // what sales shall know; learning needs its Rating's Hits
	Pools        routing.States      // as stored after the last offer; always given none, the same member would get every lead
	Load         map[string]int64    // open leads of each member now; a member's capacity is held against it, nil is no load
	Absences     []routing.Absence   // known absences
	Suppression  routing.Suppression // why nobody may get the lead: the offer is refused with [ErrSuppressed]. Give the desk a [Withdraw] or a [Disqualify] then
	Existing     routing.Existing    // the duplicate or open opportunity that the lead belongs to: its owner is asked first
	AccountOwner string              // who owns the lead's account, and is asked next; "" is nobody
	Activity     Activity            // the lead's newest activity; the newest of high intent where there is one since the return
	Filled       []string            // names of fields that have been completed since the return
}

// Accept takes the lead that is on offer.
type Accept struct{ By }

// Reject declines the lead that is on offer, before any contact.
type Reject struct {
	By
	Reason   funnel.Reason
	Feedback funnel.Feedback
}

// Attempt logs an attempt at contact by the owner. The first one in a round is the first touch. An attempt may be logged
// late: its Occurred may lie before later decisions, but not before the acceptance.
type Attempt struct {
	By
	Reached bool // somebody answered
}

// Qualify says that sales has qualified the lead (SQL).
type Qualify struct{ By }

// Open opens an opportunity.
type Open struct{ By }

// Win closes the opportunity as won.
type Win struct {
	By
	Revenue int64 // minor units of the currency; must not be negative
}

// Lose closes the opportunity as lost.
type Lose struct {
	By
	Reason   funnel.Reason
	Feedback funnel.Feedback
}

// Recycle returns an accepted lead to marketing.
type Recycle struct {
	By
	Reason   funnel.Reason
	Feedback funnel.Feedback
}

// Disqualify takes an accepted lead out, or one that nobody has, such as a duplicate that marketing finds: anybody may do
// that.
type Disqualify struct {
	By
	Reason   funnel.Reason
	Feedback funnel.Feedback
}

// Withdraw takes a lead out from any stage because of something that nobody at the desk decides: it has been merged with
// its duplicate (a reason with disposition merge), or law or consent demand it (a reason of class compliance). An offer
// that is open then ends as withdrawn and counts for nobody.
type Withdraw struct {
	By
	Reason   funnel.Reason
	Feedback funnel.Feedback
}

// Reopen lets a returned lead in again by a person's decision, whose cause must be given. The lead then waits for its
// [Offer].
type Reopen struct{ By }

// Tick tells the desk that time has passed. Every deadline that has fallen due fires, exactly once: a tick that comes
// twice finds nothing to do, and so needs no version.
type Tick struct{}

func (b By) by() By             { return b }
func (Tick) by() By             { return By{} }
func (Register) name() string   { return "register" }
func (Offer) name() string      { return "offer" }
func (Accept) name() string     { return "accept" }
func (Reject) name() string     { return "reject" }
func (Attempt) name() string    { return "attempt" }
func (Qualify) name() string    { return "qualify" }
func (Open) name() string       { return "open" }
func (Win) name() string        { return "win" }
func (Lose) name() string       { return "lose" }
func (Recycle) name() string    { return "recycle" }
func (Disqualify) name() string { return "disqualify" }
func (Withdraw) name() string   { return "withdraw" }
func (Reopen) name() string     { return "reopen" }
func (Tick) name() string       { return "tick" }
