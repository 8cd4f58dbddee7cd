package routing

import "time"

// Router routes the leads of one pool. It is immutable and safe for concurrent use.
type Router struct{}

// Compile checks the pool.
func Compile(p Pool) (*Router, error) { return nil, nil }

// Parse reads a pool from JSON, strictly.
func Parse(data []byte) (Pool, error) { return Pool{}, nil }

// Request asks who gets a lead.
type Request struct {
	// Lead is the lead's opaque id; it is copied to the decision.
	Lead string
	// Declined lists members who declined this lead, or let its offer expire: it is not offered to them again.
	Declined []string
	// Absences are known absences; those that hold at Now exclude.
	Absences []Absence
	// Load is the number of open leads of each member now; a member that is not listed has none.
	Load map[string]int64
	// Now is the time of the decision; it is compared with the absences.
	Now time.Time
}

// Absence says that a member is away, from From (included) until Until (excluded). A zero From has begun for ever, a zero Until is open-ended.
type Absence struct {
	Member string    `json:"member"`
	From   time.Time `json:"from,omitzero"`
	Until  time.Time `json:"until,omitzero"`
}

// State is what the host stores between two decisions of one pool. The zero State has routed nothing yet.
type State struct {
	// Unit is the size of one whole lead in the balances.
	Unit int64 `json:"unit,omitempty"`
	// Accounts are sorted by member.
	Accounts []Account `json:"accounts,omitempty"`
}

// Account is what a member is due: its exact share of the leads for which it was eligible, less the leads it got.
type Account struct {
	Member  string `json:"member"`
	Balance int64  `json:"balance"`
}

// Decision says who gets the lead and why the others don't.
type Decision struct {
	Pool       string      `json:"pool"`
	Lead       string      `json:"lead"`
	Member     string      `json:"member,omitempty"` // "" = nobody
	Candidates []Candidate `json:"candidates"`       // every member, in pool order
}

// Candidate is a member of the pool in one decision.
type Candidate struct {
	Member     string      `json:"member"`
	Exclusions []Exclusion `json:"exclusions,omitempty"` // empty: eligible
}

// Exclusion is one cause for which a candidate could not get the lead.
type Exclusion struct {
	Cause Cause  `json:"cause"`
	Why   string `json:"why"` // in words
}

// Cause is the type of an exclusion.
type Cause string

// The causes of exclusion.
const (
	Absent       Cause = "absent"
	OverCapacity Cause = "over_capacity"
	Declined     Cause = "declined"
	NoWeight     Cause = "no_weight"
)

// Route decides who gets the lead.
func (r *Router) Route(s State, q Request) (Decision, State) { return Decision{}, s }
