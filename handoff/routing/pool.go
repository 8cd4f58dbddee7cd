package routing

import (
	"time"

	"github.com/leadloop/leadloop/internal/document"
)

// Pool is who can get leads, and in which proportion or order: plain data that can be
// reviewed, compared and versioned. [Compile] turns it into a [Router], and
// [CompilePlan] several of them into a [Dispatcher].
type Pool struct {
	// Name is the pool's name in decisions, plans and errors.
	Name string `json:"name"`
	// Strategy says which of the eligible members gets a lead; "" is [Weighted].
	Strategy Strategy `json:"strategy,omitempty"`
	// OpenWithin is how soon a member must open by its own calendar, in time as it
	// passes, up to and including the span. 0 means that it must be open now.
	// Members without a calendar are always open.
	OpenWithin Duration `json:"open_within,omitempty"`
	// Bucket, above 0, puts those who open sooner first: who is open now, then
	// who opens within one bucket from now, then within two, and so on. The strategy
	// decides among those of the first bucket that is not empty. 0 means that all
	// who open in time are alike. "24h" is usual; "1s" is the soonest to open.
	Bucket Duration `json:"bucket,omitempty"`
	// Fallback is the pool of the plan that is tried if nobody of this one is
	// eligible; "" is none. A pool that is used alone has none.
	Fallback string `json:"fallback,omitempty"`
	// Members are the people, or teams, of the pool: 1 to [MaxMembers]. Their
	// order is that of candidates in decisions, and decides nothing.
	Members []Member `json:"members"`
}

// Member is one who can get leads.
type Member struct {
	// ID is opaque and unique in the pool. The smaller one, byte by byte, comes
	// first where everything else is equal.
	ID string `json:"id"`
	// Weight is the member's part of the leads in relation to the weights of
	// the others: 0 to [MaxWeight]. In a weighted pool a member of weight 0 gets
	// none; other strategies do not look at weights.
	Weight int64 `json:"weight"`
	// Capacity is the number of open leads from which on the member gets no
	// more. 0 is no limit, which [FreeCapacity] does not allow.
	Capacity int64 `json:"capacity,omitempty"`
	// Quota is the number of leads of one period from which on the member gets no
	// more of this pool: see [Request.Period]. Leads that other pools routed to the
	// member don't count. 0 is no limit.
	Quota int64 `json:"quota,omitempty"`
	// Calendar names the member's working calendar, one of those given to
	// [Calendars]; "" is always open.
	Calendar string `json:"calendar,omitempty"`
	// Skills and Territories are what the member can do and where: opaque names, in any
	// order. A plan's rules ask for them.
	Skills      []string `json:"skills,omitempty"`
	Territories []string `json:"territories,omitempty"`
	// Prefers is a condition on the lead, in plans only: while the member is
	// eligible, the leads for which it holds go to the member, or to others who prefer
	// them too, and other leads only if nobody else is eligible. "" is no preference.
	Prefers string `json:"prefers,omitempty"`
}

// Strategy says which of the eligible members of a pool gets a lead.
type Strategy string

// The strategies.
const (
	// Weighted gives each its exact share by weight, to less than one lead.
	Weighted Strategy = "weighted"
	// LongestWaiting gives the lead to who has gone without the longest.
	LongestWaiting Strategy = "longest_waiting"
	// FreeCapacity gives the lead to who has room for the most: capacity less open
	// leads. Among equals it goes to who has gone without the longest.
	FreeCapacity Strategy = "free_capacity"
)

var strategies = []Strategy{Weighted, LongestWaiting, FreeCapacity}

// Limits of a pool.
const (
	MaxMembers  = 1000      // members of one pool
	MaxWeight   = 1_000_000 // weight of one member
	MaxNames    = 100       // skills of one member or rule, and territories
	MaxDocument = 1 << 20   // bytes that Parse and ParsePlan read
)

// Duration is a stretch of time, in JSON written "48h", "1d12h" or "30m". A "d" is 24 hours.
type Duration time.Duration

// MarshalText writes the span as [Duration.UnmarshalText] reads it.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads a span.
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := document.ParseDuration(string(text))
	*d = Duration(v)
	return err
}

// String writes the span, to the second.
func (d Duration) String() string { return document.FormatDuration(time.Duration(d)) }

// Parse reads a pool from JSON. Unknown and repeated keys, null and data after
// the end are errors with their path, line and column, all reported at once. What
// the values mean is checked by [Compile].
func Parse(data []byte) (Pool, error) {
	var p Pool
	if err := document.Decode(data, &p, MaxDocument); err != nil {
		return Pool{}, err
	}
	return p, nil
}
