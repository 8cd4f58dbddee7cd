package routing

import (
	"strings"
	"time"
)

// Request asks who gets a lead. Ids that are not of the pool are passed over: a
// colleague who has left may well have declined the lead. The order in which lists
// stand decides nothing.
type Request struct {
	// Lead is the lead's opaque id. It is copied into the decision.
	Lead string
	// Declined are the members who declined this lead or let its offer expire;
	// it is not offered to them again.
	Declined []string
	// Absences are the absences that are known; those that hold at Now exclude.
	Absences []Absence
	// Load is the number of each member's open leads now. A member that is not
	// listed has none.
	Load map[string]int64
	// Now is the time of the decision. It decides which absences hold and who is open.
	Now time.Time
	// Period is when the period began whose leads count against quotas: the first
	// of the month at midnight in the team's zone, for example. Counts start anew
	// with the first lead that has a later Period than those before, so also where
	// quotas of days take the place of quotas of weeks. Without a Period they never
	// do. A lead that comes late, with an earlier Period, counts in the one that runs.
	Period time.Time

	// What follows is for plans; a pool alone does not look at it.

	// Suppression says why nobody may get the lead: one of the constants or a
	// cause of the host's own. "" lets it through.
	Suppression Suppression
	// Existing is the duplicate or the open opportunity that the lead belongs to.
	Existing Existing
	// AccountOwner is who owns the lead's account; "" is nobody.
	AccountOwner string
}

// load is the number of a member's open leads.
func (q *Request) load(member string) int64 { return max(q.Load[member], 0) }

// Suppression is the type of what keeps a lead from everybody.
type Suppression string

// Usual suppressions.
const (
	OptedOut   Suppression = "opted_out"  // the person does not want to be contacted
	Erased     Suppression = "erased"     // the person's data were erased
	Competitor Suppression = "competitor" // of a competitor
	Internal   Suppression = "internal"   // of our own people, or a test
	Blocked    Suppression = "blocked"    // on a list of whom not to deal with
)

// Existing is what a lead belongs to that is worked on already.
type Existing struct {
	Kind  ExistingKind `json:"kind,omitempty"`  // "" is nothing
	ID    string       `json:"id,omitempty"`    // the lead or the opportunity
	Owner string       `json:"owner,omitempty"` // who works on it
}

// ExistingKind is the type of what a lead belongs to.
type ExistingKind string

// The kinds.
const (
	Duplicate       ExistingKind = "duplicate"        // the same lead under another id
	OpenOpportunity ExistingKind = "open_opportunity" // a deal with the same account
)

// Absence says that a member is away from From, included, until Until, excluded.
// A zero From means ever since, a zero Until means until further notice.
type Absence struct {
	Member string    `json:"member"`
	From   time.Time `json:"from,omitzero"`
	Until  time.Time `json:"until,omitzero"`
}

func (a Absence) holds(now time.Time) bool {
	return !now.Before(a.From) && (a.Until.IsZero() || now.Before(a.Until))
}

// Decision says who gets the lead, and of everybody else why not.
type Decision struct {
	Pool string `json:"pool"`
	Lead string `json:"lead"`
	// Member gets the lead; "" means that nobody is eligible.
	Member string `json:"member,omitempty"`
	// Candidates are all members in the order of the pool.
	Candidates []Candidate `json:"candidates"`
}

// Candidate is a member of the pool in one decision.
type Candidate struct {
	Member string `json:"member"`
	// Exclusions are all causes that keep the lead from the member, in the
	// order of the constants of [Cause]. Without any, the member was eligible, and
	// if it did not get the lead then it was another's turn.
	Exclusions []Exclusion `json:"exclusions,omitempty"`
}

// Exclusion is one cause for which a candidate cannot get the lead.
type Exclusion struct {
	Cause Cause  `json:"cause"`
	Why   string `json:"why"` // in words
}

// String writes the decision with a line for each candidate.
func (d Decision) String() string {
	var b strings.Builder
	b.WriteString(d.Pool + ": ")
	if d.Member == "" {
		b.WriteString("nobody can get lead " + d.Lead)
	} else {
		b.WriteString("lead " + d.Lead + " goes to " + d.Member)
	}
	for _, c := range d.Candidates {
		b.WriteString("\n  " + c.Member + ": ")
		switch {
		case len(c.Exclusions) > 0:
			b.WriteString(whys(c.Exclusions))
		case c.Member == d.Member:
			b.WriteString("gets the lead")
		default:
			b.WriteString("another's turn")
		}
	}
	return b.String()
}

// whys joins the causes in words.
func whys(list []Exclusion) string {
	var b strings.Builder
	for i, e := range list {
		if i > 0 {
			b.WriteString("; ")
		}
		b.WriteString(e.Why)
	}
	return b.String()
}
