package routing

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/leadloop/leadloop/internal/document"
	"github.com/leadloop/leadloop/internal/rule"
)

// Dispatcher routes leads by a plan, over the host's view of a lead, L: a struct that
// holds all that the plan's conditions look at. It is immutable and safe for
// concurrent use. Make one with [CompilePlan]; the zero Dispatcher gives every lead to nobody.
type Dispatcher[L any] struct {
	plan      Plan
	compiler  *rule.Compiler[L, rule.None]
	rules     []compiledRule[L]
	pools     []compiledPool[L] // in the order of the plan
	byName    []int             // places in pools, sorted by name
	start     int               // of leads that no rule sends anywhere
	otherwise string            // says so
	heeds     []Cause
}

type compiledRule[L any] struct {
	condition *rule.Condition[L, rule.None] // nil: always holds
	pool      int                           // -1: none
}

type compiledPool[L any] struct {
	router   *Router
	prefers  []*rule.Condition[L, rule.None] // of each member; nil as a whole if nobody has a preference
	fallback int                             // -1: none
}

// CompilePlan checks the plan and makes its dispatcher. All mistakes are reported at
// once, joined, each an *[Error] with its path, and its place in a condition's text:
// those of [Compile] in each pool; names that are missing or stand twice; conditions that
// do not fit the type of lead; rules that do nothing or whose pool an earlier rule decides
// for every lead; pools that are not known, or that nothing leads to; fallbacks
// that go round in a circle; skills and territories that nobody has, and members whom no
// rule can reach for want of them.
func CompilePlan[L any](p Plan, opts ...Option) (*Dispatcher[L], error) {
	p = p.Clone()
	d := &Dispatcher[L]{plan: p, heeds: p.heeds()}
	r := &planReview{p: &p, known: map[string]int{}}
	r.head()
	r.pools()
	r.fallbacks()
	r.rules()
	r.reached()

	o := gather(opts)
	for i, pool := range p.Pools {
		part := &review{prefix: "pools[" + strconv.Itoa(i) + "]."}
		compiled := compiledPool[L]{router: part.pool(pool, o), fallback: r.pool(pool.Fallback)}
		r.errs = append(r.errs, part.errs...)
		for j, m := range pool.Members {
			if m.Prefers == "" {
				continue
			}
			if compiled.prefers == nil {
				compiled.prefers = make([]*rule.Condition[L, rule.None], len(pool.Members))
			}
			compiled.prefers[j] = d.condition(r, "pools["+strconv.Itoa(i)+"].members["+strconv.Itoa(j)+"].prefers", m.Prefers, ErrPrefers)
		}
		d.pools = append(d.pools, compiled)
	}
	for i, x := range p.Rules {
		compiled := compiledRule[L]{pool: r.pool(x.Pool)}
		if x.When != "" {
			compiled.condition = d.condition(r, "rules["+strconv.Itoa(i)+"].when", x.When, ErrRule)
		}
		d.rules = append(d.rules, compiled)
	}
	if r.errs != nil {
		return nil, errors.Join(r.errs...)
	}
	d.start, d.otherwise = r.pool(p.Otherwise), "no rule names a pool: the lead goes to the pool "+strconv.Quote(p.Otherwise)
	for i := range d.pools {
		d.byName = append(d.byName, i)
	}
	slices.SortFunc(d.byName, func(a, b int) int { return strings.Compare(p.Pools[a].Name, p.Pools[b].Name) })
	return d, nil
}

// Plan returns a copy of the plan.
func (d *Dispatcher[L]) Plan() Plan { return d.plan.Clone() }

// condition compiles a text over the lead.
func (d *Dispatcher[L]) condition(r *planReview, path, text string, cause error) *rule.Condition[L, rule.None] {
	if d.compiler == nil && !r.unfit {
		var err error
		if d.compiler, err = rule.NewCompiler[L, rule.None](); err != nil {
			r.unfit = true
			r.report(path, cause, "conditions can't look at this type of lead: "+err.Error())
		}
	}
	if r.unfit {
		return nil
	}
	condition, err := d.compiler.LeadGuard(text)
	for _, e := range rule.Mistakes(err) {
		r.errs = append(r.errs, &Error{Path: path, Line: e.Line, Column: e.Column, Message: e.Message, Cause: cause})
	}
	if err != nil && len(rule.Mistakes(err)) == 0 {
		r.report(path, cause, err.Error())
	}
	return condition
}

// planReview collects the mistakes of a plan, but for those within its pools and conditions.
type planReview struct {
	review
	p     *Plan
	known map[string]int // pools by name
	names []string
	unfit bool // the type of lead is reported
	lost  bool // the name of a pool is reported
}

// pool finds a pool by its name; -1 if there is none.
func (r *planReview) pool(name string) int {
	if i, ok := r.known[name]; ok {
		return i
	}
	return -1
}

// refer reports the name of a pool that is not known.
func (r *planReview) refer(path, name string) {
	if r.pool(name) < 0 {
		r.lost = true
		r.report(path, ErrPool, "unknown pool "+strconv.Quote(name)+document.DidYouMean(name, r.names)+": name one of the plan's pools")
	}
}

func (r *planReview) head() {
	p := r.p
	if p.Schema != 0 && p.Schema != PlanSchema {
		r.report("schema", ErrVersion, "format "+strconv.Itoa(p.Schema)+" is not known here, this package reads format "+strconv.Itoa(PlanSchema))
	}
	if p.Name == "" {
		r.report("name", ErrName, "the plan has no name: give it one")
	}
	if p.Version < 1 {
		r.report("version", ErrVersion, "versions count from 1")
	}
	allowed := []Cause{Absent, NotOpen, OverCapacity, OverQuota, Declined}
	for i, cause := range p.OwnerHeeds {
		path := "owner_heeds[" + strconv.Itoa(i) + "]"
		if !slices.Contains(allowed, cause) {
			r.report(path, ErrOwner, "owners can't be asked for "+strconv.Quote(string(cause))+document.DidYouMean(cause, allowed)+": choose "+words(allowed))
		} else if slices.Contains(p.OwnerHeeds[:i], cause) {
			r.report(path, ErrOwner, "the cause stands here twice: keep one")
		}
	}
	if p.Fallback == "" {
		r.report("fallback", ErrFallback, "nobody gets what the pools can't take, so that leads would be dropped: name a member or a manager")
	}
}

func (r *planReview) pools() {
	p := r.p
	switch {
	case len(p.Pools) == 0:
		r.report("pools", ErrPool, "the plan has no pools: give at least one")
	case len(p.Pools) > MaxPools:
		r.report("pools", ErrPool, "the plan has "+strconv.Itoa(len(p.Pools))+" pools, at most "+strconv.Itoa(MaxPools)+" are allowed")
	}
	for i, pool := range p.Pools {
		if j, twice := r.known[pool.Name]; twice {
			r.report("pools["+strconv.Itoa(i)+"].name", ErrName, "pools["+strconv.Itoa(j)+"] has the same name: rename one")
		} else if pool.Name != "" { // reported with the pool
			r.known[pool.Name] = i
			r.names = append(r.names, pool.Name)
		}
	}
	if p.Otherwise == "" {
		r.lost = true
		r.report("otherwise", ErrPool, "leads that no rule sends anywhere have no pool: name one")
	} else {
		r.refer("otherwise", p.Otherwise)
	}
}

// fallbacks checks the chains of pools. Each circle is reported once, at its first pool.
func (r *planReview) fallbacks() {
	for i, pool := range r.p.Pools {
		if pool.Fallback != "" {
			r.refer("pools["+strconv.Itoa(i)+"].fallback", pool.Fallback)
		}
		circle := []string{pool.Name}
		first := i
		at := r.pool(pool.Fallback)
		for range r.p.Pools {
			if at < 0 {
				break
			}
			circle = append(circle, r.p.Pools[at].Name)
			first = min(first, at)
			if at == i {
				if first == i {
					r.report("pools["+strconv.Itoa(i)+"].fallback", ErrFallback, "fallbacks go round in a circle: "+strings.Join(circle, " → ")+": end it")
				}
				break
			}
			at = r.pool(r.p.Pools[at].Fallback)
		}
	}
}

// chain lists a pool and those it falls back on, each once.
func (r *planReview) chain(pool int) []int {
	var list []int
	for pool >= 0 && !slices.Contains(list, pool) {
		list = append(list, pool)
		pool = r.pool(r.p.Pools[pool].Fallback)
	}
	return list
}

func (r *planReview) rules() {
	if n := len(r.p.Rules); n > MaxRules {
		r.report("rules", ErrRule, "the plan has "+strconv.Itoa(n)+" rules, at most "+strconv.Itoa(MaxRules)+" are allowed")
	}
	skills, territories := r.all(func(m *Member) []string { return m.Skills }), r.all(func(m *Member) []string { return m.Territories })
	first := map[string]int{}
	decided := -1
	for i, x := range r.p.Rules {
		path := "rules[" + strconv.Itoa(i) + "]"
		if j, twice := first[x.Name]; x.Name == "" {
			r.report(path+".name", ErrName, "the rule has no name: give it one")
		} else if twice {
			r.report(path+".name", ErrName, "rules["+strconv.Itoa(j)+"] has the same name: rename one")
		} else {
			first[x.Name] = i
		}
		switch {
		case x.Pool != "" && decided >= 0:
			r.report(path+".pool", ErrRule, "rules["+strconv.Itoa(decided)+"] holds for every lead and has decided the pool before: move it to the end")
			r.refer(path+".pool", x.Pool)
		case x.Pool != "":
			r.refer(path+".pool", x.Pool)
			if x.When == "" {
				decided = i
			}
		case len(x.Skills)+len(x.Territories) == 0:
			r.report(path, ErrRule, "the rule does nothing: give it a pool, skills or territories")
		}
		r.review.names(path+".skills", "skill", x.Skills)
		r.review.names(path+".territories", "territory", x.Territories)
		known := r.had(path+".skills", "skill", x.Skills, skills)
		known = r.had(path+".territories", "territory", x.Territories, territories) && known
		if pool := r.pool(x.Pool); known && pool >= 0 && !r.anyone(pool, &x) {
			r.report(path, ErrSkill, "nobody in the pool "+strconv.Quote(x.Pool)+", or in one that it falls back on, has all that the rule asks for")
		}
	}
}

// all lists the skills or territories of the plan's members, each once.
func (r *planReview) all(of func(m *Member) []string) []string {
	var list []string
	seen := map[string]bool{}
	for i := range r.p.Pools {
		for j := range r.p.Pools[i].Members {
			for _, name := range of(&r.p.Pools[i].Members[j]) {
				if !seen[name] {
					seen[name] = true
					list = append(list, name)
				}
			}
		}
	}
	slices.Sort(list)
	return list
}

// had reports skills or territories that nobody has.
func (r *planReview) had(path, what string, names, known []string) bool {
	all := true
	for i, name := range names {
		if _, ok := slices.BinarySearch(known, name); !ok && name != "" {
			r.report(path+"["+strconv.Itoa(i)+"]", ErrSkill, "no member has the "+what+" "+strconv.Quote(name)+document.DidYouMean(name, known))
			all = false
		}
	}
	return all
}

// anyone tells whether somebody in a pool or its chain has all that a rule asks for.
func (r *planReview) anyone(pool int, x *Rule) bool {
	return slices.ContainsFunc(r.chain(pool), func(i int) bool {
		return slices.ContainsFunc(r.p.Pools[i].Members, func(m Member) bool { return m.has(x.Skills, x.Territories) })
	})
}

// has tells whether a member has all of the skills and territories.
func (m *Member) has(skills, territories []string) bool {
	lacks := func(has []string) func(string) bool {
		return func(name string) bool { return !slices.Contains(has, name) }
	}
	return !slices.ContainsFunc(skills, lacks(m.Skills)) && !slices.ContainsFunc(territories, lacks(m.Territories))
}

// reached reports pools that nothing leads to, and members who lack what every way to them asks for. While a
// name is wrong that can't be told.
func (r *planReview) reached() {
	if r.lost {
		return
	}
	type way struct{ skills, territories []string }
	ways := make([][]way, len(r.p.Pools))
	lead := func(name string, w way) {
		for _, i := range r.chain(r.pool(name)) {
			ways[i] = append(ways[i], w)
		}
	}
	var always way // what rules ask for of every lead
	for _, x := range r.p.Rules {
		if x.When == "" {
			always.skills, always.territories = append(always.skills, x.Skills...), append(always.territories, x.Territories...)
		}
	}
	for _, x := range r.p.Rules {
		if x.Pool != "" {
			lead(x.Pool, way{slices.Concat(always.skills, x.Skills), slices.Concat(always.territories, x.Territories)})
		}
	}
	lead(r.p.Otherwise, always)
	for i, pool := range r.p.Pools {
		path := "pools[" + strconv.Itoa(i) + "]"
		if len(ways[i]) == 0 {
			r.report(path+".name", ErrPool, "nothing leads to the pool: let a rule, a fallback or otherwise name it, or leave it out")
			continue
		}
		for j := range pool.Members {
			m := &pool.Members[j]
			if !slices.ContainsFunc(ways[i], func(w way) bool { return m.has(w.skills, w.territories) }) {
				r.report(path+".members["+strconv.Itoa(j)+"]", ErrMembers, "no lead can reach the member: every way to the pool asks for a skill or territory that it lacks")
			}
		}
	}
}
