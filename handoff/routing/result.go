package routing

import "strings"

// Result says who gets the lead by a plan, and how that came about.
type Result struct {
	Plan    string `json:"plan"`
	Version int    `json:"version"`
	Lead    string `json:"lead"`
	// Member gets the lead; "" means that it is suppressed.
	Member string `json:"member,omitempty"`
	// Pool is the pool that the member was chosen from; "" if none was.
	Pool string `json:"pool,omitempty"`
	// By is the kind of the step that decided.
	By StepKind `json:"by"`
	// Steps are all that were taken, in order, each with its answer.
	Steps []Step `json:"steps"`
	// Pools are the decisions of the pools that were tried, in order; in all but the
	// last nobody was eligible.
	Pools []Decision `json:"pools,omitempty"`
}

// Step is one question on the way to a result.
type Step struct {
	Kind   StepKind `json:"kind"`
	Answer Answer   `json:"answer"`
	// Name is that of the suppression, owner, rule, pool or fallback.
	Name string `json:"name,omitempty"`
	Why  string `json:"why"` // in words
	// Exclusions are what keeps the lead from an owner.
	Exclusions []Exclusion `json:"exclusions,omitempty"`
}

// StepKind is the type of a step.
type StepKind string

// The kinds of steps, in their order. ByRule leads to a pool and never decides.
const (
	BySuppression  StepKind = "suppression"
	ByExisting     StepKind = "existing" // the owner of a duplicate or an open opportunity
	ByAccountOwner StepKind = "account_owner"
	ByRule         StepKind = "rule"
	ByPool         StepKind = "pool"
	ByFallback     StepKind = "fallback"
)

// Answer is what a step came to.
type Answer string

// The answers.
const (
	Passed  Answer = "passed"  // it had nothing to say, and the next was asked
	Decided Answer = "decided" // it was the last
	Applied Answer = "applied" // a rule holds
	Failed  Answer = "failed"  // a rule could not be decided, and counts as one that does not hold
)

// String writes the result with a line for each step and, below each pool, for each candidate.
func (r Result) String() string {
	var b strings.Builder
	b.WriteString(r.Plan + ": ")
	if r.Member == "" {
		b.WriteString("nobody gets lead " + r.Lead)
	} else {
		b.WriteString("lead " + r.Lead + " goes to " + r.Member)
	}
	pools := r.Pools
	for _, s := range r.Steps {
		b.WriteString("\n  " + strings.ReplaceAll(string(s.Kind), "_", " "))
		if s.Name != "" {
			b.WriteString(" " + s.Name)
		}
		b.WriteString(": " + s.Why)
		if len(s.Exclusions) > 0 {
			b.WriteString(": " + whys(s.Exclusions))
		}
		if s.Kind == ByPool && len(pools) > 0 {
			for _, line := range strings.Split(pools[0].String(), "\n")[1:] {
				b.WriteString("\n  " + line)
			}
			pools = pools[1:]
		}
	}
	return b.String()
}
