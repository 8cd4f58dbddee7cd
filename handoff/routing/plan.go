package routing

import (
	"slices"

	"github.com/leadloop/leadloop/internal/document"
)

// PlanSchema is the format of plans that this package reads.
const PlanSchema = 1

// Limits of a plan.
const (
	MaxPools = 200  // pools of one plan
	MaxRules = 1000 // rules of one plan
)

// Plan says to which pool a lead goes, and what becomes of it there: plain data that can
// be reviewed, compared ([Diff]) and versioned. [CompilePlan] turns it into a [Dispatcher].
type Plan struct {
	// SchemaURL tells an editor by which JSON Schema to check the plan, such as this
	// folder's plan.schema.json. It means nothing to the dispatcher.
	SchemaURL string `json:"$schema,omitempty"`
	// Schema is [PlanSchema]; 0 is the same.
	Schema int `json:"schema,omitempty"`
	// Name and Version are copied into every result. Versions count from 1.
	Name    string `json:"name,omitempty"`
	Version int    `json:"version,omitempty"`
	// OwnerHeeds are the causes that keep a lead from the owner of its duplicate, open
	// opportunity or account: some of [Absent], [NotOpen], [OverCapacity],
	// [OverQuota] and [Declined]. Left out (nil), these are Absent and Declined; in an
	// empty list, there is none. An owner who is in no pool of the plan never gets the lead.
	OwnerHeeds []Cause `json:"owner_heeds,omitzero"`
	// Rules send leads to pools and say what members must be able to do: at most [MaxRules].
	Rules []Rule `json:"rules,omitempty"`
	// Otherwise is the pool of leads that no rule sends anywhere.
	Otherwise string `json:"otherwise"`
	// Pools are 1 to [MaxPools]. Their order decides nothing, but which pool's entry
	// of an owner who is in several of them is looked at: the first.
	Pools []Pool `json:"pools"`
	// Fallback is who gets a lead when nobody of the pools can: a manager, say. The
	// member need not be in a pool, and nothing keeps the lead from it.
	Fallback string `json:"fallback,omitempty"`
}

// Rule is one statement about leads. All rules that hold add their skills and
// territories to what a member must have; the first that holds and names a pool
// decides the pool. What is asked for holds in the pools that this one falls back on, too.
type Rule struct {
	// Name is unique in the plan.
	Name string `json:"name"`
	// When is a condition on the host's view of the lead, such as Country in
	// ["DE", "AT"]; "" always holds. A condition that can't be decided, because it
	// does sums with a field that is nil, for example, does not hold; the result says so.
	When string `json:"when,omitempty"`
	// Pool is where the lead goes; "" leaves that to other rules.
	Pool string `json:"pool,omitempty"`
	// Skills and Territories must all be among the member's.
	Skills      []string `json:"skills,omitempty"`
	Territories []string `json:"territories,omitempty"`
}

// ParsePlan reads a plan from JSON, as strictly as [Parse]. What the values mean is
// checked by [CompilePlan].
func ParsePlan(data []byte) (Plan, error) {
	var p Plan
	if err := document.Decode(data, &p, MaxDocument); err != nil {
		return Plan{}, err
	}
	return p, nil
}

// Clone returns a copy that shares no memory with the plan.
func (p Plan) Clone() Plan {
	p.OwnerHeeds = slices.Clone(p.OwnerHeeds)
	p.Rules = slices.Clone(p.Rules)
	for i := range p.Rules {
		r := &p.Rules[i]
		r.Skills, r.Territories = slices.Clone(r.Skills), slices.Clone(r.Territories)
	}
	p.Pools = slices.Clone(p.Pools)
	for i := range p.Pools {
		p.Pools[i].Members = cloneMembers(p.Pools[i].Members)
	}
	return p
}

// heeds is OwnerHeeds with its default.
func (p *Plan) heeds() []Cause {
	if p.OwnerHeeds == nil {
		return []Cause{Absent, Declined}
	}
	return p.OwnerHeeds
}
