package routing

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// Request asks who gets a lead. Ids that are not of the pool are passed over: a
// colleague who has left may well have declined the lead.
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
	// Now is the time of the decision. It decides which absences hold.
	Now time.Time
}

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

// Cause is the type of an exclusion.
type Cause string

// The causes of exclusion.
const (
	NoWeight     Cause = "no_weight"     // the member has weight 0
	Absent       Cause = "absent"        // an absence holds now
	OverCapacity Cause = "over_capacity" // the open leads have reached the capacity
	Declined     Cause = "declined"      // the member has declined this lead
)

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
			for i, e := range c.Exclusions {
				if i > 0 {
					b.WriteString("; ")
				}
				b.WriteString(e.Why)
			}
		case c.Member == d.Member:
			b.WriteString("gets the lead")
		default:
			b.WriteString("another's turn")
		}
	}
	return b.String()
}

// exclusions lists what keeps the lead from the member.
func (q *Request) exclusions(m Member) []Exclusion {
	var list []Exclusion
	if m.Weight == 0 {
		list = append(list, Exclusion{NoWeight, "has weight 0"})
	}
	for _, a := range q.Absences {
		if a.Member == m.ID && a.holds(q.Now) {
			why := "is absent until further notice"
			if !a.Until.IsZero() {
				why = "is absent until " + a.Until.Round(0).Format(time.RFC3339)
			}
			list = append(list, Exclusion{Absent, why})
			break
		}
	}
	if load := q.Load[m.ID]; m.Capacity > 0 && load >= m.Capacity {
		list = append(list, Exclusion{OverCapacity, "has " + strconv.FormatInt(load, 10) + " open leads, the capacity is " + strconv.FormatInt(m.Capacity, 10)})
	}
	if slices.Contains(q.Declined, m.ID) {
		list = append(list, Exclusion{Declined, "has declined this lead"})
	}
	return list
}
