package routing

import (
	"slices"
	"strconv"

	"github.com/leadloop/leadloop/internal/rule"
)

// States are the States of a plan's pools: what the host stores between two
// decisions, whole or pool by pool. They are sorted by pool; pools that have routed
// nothing are left out. nil has routed nothing yet.
type States []PoolState

// PoolState is the State of one pool.
type PoolState struct {
	Pool  string `json:"pool"`
	State State  `json:"state"`
}

// of gives a pool's State; the first if there are several.
func (s States) of(pool string) State {
	for i := range s {
		if s[i].Pool == pool {
			return s[i].State
		}
	}
	return State{}
}

// Route decides who gets the lead. lead is the host's view of it; with nil, no rule
// that has a condition holds. The order is fixed: a suppression, the owner of a duplicate
// or open opportunity, the owner of the account, the rules, the pool and those that it
// falls back on, the plan's fallback. The first that has an answer decides. Nobody
// gets the lead only if it is suppressed.
//
// The given States are not changed, whatever they hold. The new ones differ in the pool that
// decided, or, where an owner or the plan's fallback got the lead, in every pool that
// this person is a member of, as after [Dispatcher.Record]. States of pools that are
// not the plan's are dropped. Routing a batch is routing its leads one after the other.
//
// The cost is linear in the rules and in the members of the pools that are tried.
func (d *Dispatcher[L]) Route(s States, q Request, lead *L) (Result, States) {
	w := &dispatch[L]{d: d, q: &q, states: s,
		out: Result{Plan: d.plan.Name, Version: d.plan.Version, Lead: q.Lead, Steps: make([]Step, 0, len(d.rules)+8)}}
	w.steps(lead)
	return w.out, w.states
}

// Record notes a lead that a member was given by hand in every pool that it is a member of: see [Router.Record].
func (d *Dispatcher[L]) Record(s States, a Assignment) States {
	for i := range d.pools {
		router := d.pools[i].router
		if _, ok := router.index[a.Member]; ok {
			s = d.with(s, i, router.Record(s.of(router.name), a))
		}
	}
	return s
}

// with puts a pool's State in.
func (d *Dispatcher[L]) with(s States, pool int, state State) States {
	next := make(States, 0, len(d.pools))
	for _, i := range d.byName {
		name := d.pools[i].router.name
		one := state
		if i != pool {
			one = s.of(name)
		}
		if one.Accounts != nil {
			next = append(next, PoolState{name, one})
		}
	}
	return next
}

// dispatch is one decision.
type dispatch[L any] struct {
	d      *Dispatcher[L]
	q      *Request
	states States
	out    Result
}

func (w *dispatch[L]) add(s Step) { w.out.Steps = append(w.out.Steps, s) }

func (w *dispatch[L]) steps(lead *L) {
	q := w.q
	if q.Suppression != "" {
		w.out.By = BySuppression
		w.add(Step{Kind: BySuppression, Answer: Decided, Name: string(q.Suppression), Why: "the lead is suppressed: nobody gets it"})
		return
	}
	w.add(Step{Kind: BySuppression, Answer: Passed, Why: "nothing suppresses the lead"})
	if w.existing() || w.account() || len(w.d.pools) == 0 {
		return
	}
	if w.pools(lead) {
		return
	}
	w.out.By, w.out.Member = ByFallback, w.d.plan.Fallback
	w.add(Step{Kind: ByFallback, Answer: Decided, Name: w.out.Member, Why: "nobody of the pools can get the lead: it goes to the plan's fallback"})
	w.record()
}

func (w *dispatch[L]) existing() bool {
	e := w.q.Existing
	if e.Kind == "" && e.Owner == "" {
		w.add(Step{Kind: ByExisting, Answer: Passed, Why: "there is no duplicate and no open opportunity"})
		return false
	}
	if e.Kind == OpenOpportunity {
		return w.owner(ByExisting, e.Owner, "the open opportunity")
	}
	return w.owner(ByExisting, e.Owner, "the duplicate")
}

func (w *dispatch[L]) account() bool { return w.owner(ByAccountOwner, w.q.AccountOwner, "the account") }

// owner gives the lead to the owner of something, if nothing that the plan heeds keeps it from the owner.
func (w *dispatch[L]) owner(kind StepKind, id, of string) bool {
	if id == "" {
		w.add(Step{Kind: kind, Answer: Passed, Why: of + " has no owner"})
		return false
	}
	list := []Exclusion{{Unknown, "is in no pool of the plan"}}
	for i := range w.d.pools {
		router := w.d.pools[i].router
		if at, ok := router.index[id]; ok {
			books := router.books(w.states.of(router.name), w.q.Period)
			list = slices.DeleteFunc(router.exclusions(at, &books, w.q, &needs{}), func(e Exclusion) bool { return !slices.Contains(w.d.heeds, e.Cause) })
			break
		}
	}
	if len(list) > 0 {
		w.add(Step{Kind: kind, Answer: Passed, Name: id, Why: "the owner of " + of + " can't get the lead", Exclusions: list})
		return false
	}
	w.out.By, w.out.Member = kind, id
	w.add(Step{Kind: kind, Answer: Decided, Name: id, Why: "the lead goes to the owner of " + of})
	w.record()
	return true
}

// record notes that the member got the lead otherwise than by a strategy.
func (w *dispatch[L]) record() {
	w.states = w.d.Record(w.states, Assignment{Member: w.out.Member, At: w.q.Now, Period: w.q.Period})
}

// pools asks the rules for a pool, and that pool and those it falls back on for a member.
func (w *dispatch[L]) pools(lead *L) bool {
	d := w.d
	var run *rule.Run[L, rule.None]
	if d.compiler != nil {
		if begun, err := d.compiler.Begin(&rule.Subject[L, rule.None]{Lead: lead, Now: w.q.Now}); err == nil { // there is a lead
			run = begun
			defer run.End()
		}
	}
	var n needs
	at := w.rules(run, &n)
	for ; at >= 0; at = d.pools[at].fallback {
		pool := &d.pools[at]
		n.prefers = nil
		if pool.prefers != nil && run != nil {
			begun := run // the closure keeps this one, so that run stays off the heap where nobody has a preference
			n.prefers = func(member int) preference { return prefers(pool.prefers[member], begun) }
		}
		decision, state := pool.router.route(w.states.of(pool.router.name), w.q, &n)
		w.out.Pools = append(w.out.Pools, decision)
		if decision.Member != "" {
			w.out.By, w.out.Member, w.out.Pool = ByPool, decision.Member, pool.router.name
			w.states = d.with(w.states, at, state)
			w.add(Step{Kind: ByPool, Answer: Decided, Name: pool.router.name, Why: "the lead goes to " + decision.Member})
			return true
		}
		w.add(Step{Kind: ByPool, Answer: Passed, Name: pool.router.name, Why: "nobody of the pool can get the lead"})
	}
	return false
}

func prefers[L any](condition *rule.Condition[L, rule.None], run *rule.Run[L, rule.None]) preference {
	if condition == nil {
		return hasNone
	}
	if holds, err := condition.True(run, 0); err != nil || !holds {
		return prefersOthers
	}
	return prefersThis
}

// rules gathers what the rules that hold ask for, and gives the pool that they lead to.
func (w *dispatch[L]) rules(run *rule.Run[L, rule.None], n *needs) int {
	pool := -1
	for i := range w.d.rules {
		x, r := &w.d.plan.Rules[i], &w.d.rules[i]
		step := Step{Kind: ByRule, Answer: Passed, Name: x.Name, Why: "the rule does not hold"}
		holds := r.condition == nil
		if !holds && run == nil {
			step.Answer, step.Why = Failed, "the rule can't be decided: there is no view of the lead"
		} else if !holds {
			var err error
			if holds, err = r.condition.True(run, 0); err != nil {
				step.Answer, step.Why = Failed, "the rule can't be decided: "+err.Error()
			}
		}
		if holds {
			step.Answer, step.Why = Applied, "the rule holds"
			for _, skill := range x.Skills {
				step.Why += ", the skill " + strconv.Quote(skill) + " is needed"
				n.skills = with(n.skills, skill)
			}
			for _, territory := range x.Territories {
				step.Why += ", the territory " + strconv.Quote(territory) + " is needed"
				n.territories = with(n.territories, territory)
			}
			switch {
			case r.pool >= 0 && pool < 0:
				pool = r.pool
				step.Why += ", the lead goes to the pool " + strconv.Quote(x.Pool)
			case r.pool >= 0:
				step.Why += ", but a rule before it has decided the pool"
			}
		}
		w.add(step)
	}
	if pool < 0 {
		pool = w.d.start
		w.add(Step{Kind: ByRule, Answer: Applied, Why: w.d.otherwise})
	}
	return pool
}

// with adds a name to a set.
func with(set []string, name string) []string {
	if slices.Contains(set, name) {
		return set
	}
	return append(set, name)
}
