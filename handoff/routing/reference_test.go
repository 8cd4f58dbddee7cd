package routing_test

import (
	"fmt"
	"math/rand"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/leadloop/leadloop/handoff/routing"
)

// clerk is the slow, obvious way to route by plan(), or by one whose numbers are others: a person with a list of who got
// what, and a wall clock.
type clerk struct {
	plan  routing.Plan
	given map[string][]string    // by pool: who got leads, in order
	count map[string][]time.Time // by pool and member: when
	share map[string]routing.State
}

// open walks minute by minute.
func (c *clerk) open(m routing.Member, q *routing.Request, within time.Duration) (time.Duration, bool) {
	if m.Calendar == "" {
		return 0, true
	}
	from, until := 7, 15
	if m.Calendar == "late" {
		from, until = 12, 20
	}
	for wait := time.Duration(0); wait <= within; wait += time.Minute {
		t := q.Now.Add(wait)
		if day := t.Weekday(); day != time.Saturday && day != time.Sunday && t.Hour() >= from && t.Hour() < until && !c.away(m.ID, q, t) {
			return wait, true
		}
	}
	return 0, false
}

func (c *clerk) away(id string, q *routing.Request, t time.Time) bool {
	return slices.ContainsFunc(q.Absences, func(a routing.Absence) bool {
		return a.Member == id && !t.Before(a.From) && (a.Until.IsZero() || t.Before(a.Until))
	})
}

// can lists the causes that do not depend on others.
func (c *clerk) can(p routing.Pool, m routing.Member, q *routing.Request, skills, territories []string) (causes []routing.Cause) {
	add := func(cause routing.Cause, holds bool) {
		if holds {
			causes = append(causes, cause)
		}
	}
	add(routing.NoWeight, m.Weight == 0 && (p.Strategy == "" || p.Strategy == routing.Weighted))
	for _, s := range skills {
		add(routing.LacksSkill, !slices.Contains(m.Skills, s))
	}
	for _, s := range territories {
		add(routing.OutsideTerritory, !slices.Contains(m.Territories, s))
	}
	add(routing.Absent, c.away(m.ID, q, q.Now))
	_, open := c.open(m, q, time.Duration(p.OpenWithin))
	add(routing.NotOpen, !open)
	add(routing.OverCapacity, m.Capacity > 0 && q.Load[m.ID] >= m.Capacity)
	leads := int64(0)
	for _, at := range c.count[p.Name+"/"+m.ID] {
		if !at.Before(q.Period) {
			leads++
		}
	}
	add(routing.OverQuota, m.Quota > 0 && leads >= m.Quota)
	add(routing.Declined, slices.Contains(q.Declined, m.ID))
	return causes
}

// waits is how many leads of the pool others got since the member's last.
func (c *clerk) waits(pool, member string) int {
	list := c.given[pool]
	for i := range list {
		if list[len(list)-1-i] == member {
			return i
		}
	}
	return 1 << 30
}

func (c *clerk) give(pool, member string, at time.Time) {
	c.given[pool] = append(c.given[pool], member)
	c.count[pool+"/"+member] = append(c.count[pool+"/"+member], at)
}

// hand gives a lead otherwise than by a strategy.
func (c *clerk) hand(member string, at time.Time) {
	for _, p := range c.plan.Pools {
		if slices.ContainsFunc(p.Members, func(m routing.Member) bool { return m.ID == member }) {
			c.give(p.Name, member, at)
		}
	}
}

func (c *clerk) owner(id string, q *routing.Request) bool {
	for _, p := range c.plan.Pools {
		for _, m := range p.Members {
			if m.ID == id {
				causes := c.can(p, m, q, nil, nil)
				return !slices.ContainsFunc(causes, func(cause routing.Cause) bool { return slices.Contains(c.plan.OwnerHeeds, cause) })
			}
		}
	}
	return false
}

func (c *clerk) route(t *testing.T, q *routing.Request, lead *company) string {
	if q.Suppression != "" {
		return ""
	}
	for _, id := range []string{q.Existing.Owner, q.AccountOwner} {
		if id != "" && c.owner(id, q) {
			c.hand(id, q.Now)
			return id
		}
	}
	var skills, territories []string
	name := c.plan.Otherwise
	if lead.Score != nil && *lead.Score > 80 {
		skills, name = append(skills, "closer"), "world"
	}
	if slices.Contains([]string{"DE", "AT", "CH"}, lead.Country) {
		territories, name = append(territories, "dach"), "dach"
	}
	if lead.Employees >= 1000 {
		skills = append(skills, "enterprise")
	}
	for name != "" {
		p := c.plan.Pools[slices.IndexFunc(c.plan.Pools, func(p routing.Pool) bool { return p.Name == name })]
		if member := c.pool(t, p, q, lead, skills, territories); member != "" {
			c.give(p.Name, member, q.Now)
			return member
		}
		name = p.Fallback
	}
	c.hand(c.plan.Fallback, q.Now)
	return c.plan.Fallback
}

func (c *clerk) pool(t *testing.T, p routing.Pool, q *routing.Request, lead *company, skills, territories []string) string {
	var list []routing.Member
	for _, m := range p.Members {
		if c.can(p, m, q, skills, territories) == nil {
			list = append(list, m)
		}
	}
	best := func(key func(m routing.Member) int64) { // leaves those with the smallest
		least := int64(1) << 62
		for _, m := range list {
			least = min(least, key(m))
		}
		list = slices.DeleteFunc(list, func(m routing.Member) bool { return key(m) != least })
	}
	best(func(m routing.Member) int64 {
		switch {
		case m.Prefers == "":
			return 1
		case slices.Contains(lead.Products, "crm"):
			return 0
		}
		return 2
	})
	if p.Bucket > 0 {
		best(func(m routing.Member) int64 {
			wait, _ := c.open(m, q, time.Duration(p.OpenWithin))
			return int64((wait + time.Duration(p.Bucket) - 1) / time.Duration(p.Bucket))
		})
	}
	if len(list) == 0 {
		return ""
	}
	if p.Strategy == "" || p.Strategy == routing.Weighted { // held against the rule in rationals elsewhere
		plain := routing.Pool{Name: p.Name}
		var declined []string
		for _, m := range p.Members {
			plain.Members = append(plain.Members, routing.Member{ID: m.ID, Weight: m.Weight})
			if !slices.ContainsFunc(list, func(x routing.Member) bool { return x.ID == m.ID }) {
				declined = append(declined, m.ID)
			}
		}
		var d routing.Decision
		d, c.share[p.Name] = compile(t, plain).Route(c.share[p.Name], routing.Request{Declined: declined})
		return d.Member
	}
	if p.Strategy == routing.FreeCapacity {
		best(func(m routing.Member) int64 { return q.Load[m.ID] - m.Capacity })
	}
	best(func(m routing.Member) int64 { return -int64(c.waits(p.Name, m.ID)) })
	slices.SortFunc(list, func(a, b routing.Member) int { return strings.Compare(a.ID, b.ID) })
	return list[0].ID
}

// varied is plan() with other strategies and numbers.
func varied(r *rand.Rand) routing.Plan {
	p := plan()
	p.OwnerHeeds = []routing.Cause{}
	for _, cause := range []routing.Cause{routing.Absent, routing.NotOpen, routing.OverCapacity, routing.OverQuota, routing.Declined} {
		if r.Intn(2) == 0 {
			p.OwnerHeeds = append(p.OwnerHeeds, cause)
		}
	}
	p.Fallback = []string{"head", "ann", "fay"}[r.Intn(3)]
	for i := range p.Pools {
		pool := &p.Pools[i]
		pool.Strategy = []routing.Strategy{"", routing.Weighted, routing.LongestWaiting, routing.FreeCapacity}[r.Intn(4)]
		pool.OpenWithin = routing.Duration(r.Intn(3)*r.Intn(40)) * routing.Duration(time.Hour)
		pool.Bucket = routing.Duration(r.Intn(2)*(1+r.Intn(24))) * routing.Duration(time.Hour)
		for j := range pool.Members {
			m := &pool.Members[j]
			m.Weight, m.Capacity, m.Quota = int64(r.Intn(4)), int64(1+r.Intn(8)), int64(r.Intn(2)*r.Intn(6))
			m.Calendar = []string{"", "early", "late"}[r.Intn(3)]
		}
		pool.Members[0].Weight++
	}
	return p
}

func pick(r *rand.Rand, from []string, chance int) (list []string) {
	for _, x := range from {
		if r.Intn(chance) == 0 {
			list = append(list, x)
		}
	}
	return list
}

var people = []string{"ann", "ben", "cyd", "dan", "eve", "fay", "stranger"}

// ask makes up a lead that comes at a time of the clock.
func ask(r *rand.Rand, i int, at time.Time) (routing.Request, *company) {
	q := routing.Request{Lead: fmt.Sprint(i), Now: at, Period: at.Truncate(7 * 24 * time.Hour), Declined: pick(r, people, 6), Load: map[string]int64{}}
	for _, id := range people {
		q.Load[id] = int64(r.Intn(7))
		for range r.Intn(5) - 2 {
			a := routing.Absence{Member: id, From: at.Add(time.Duration(r.Intn(40)-20) * time.Hour)}
			if r.Intn(4) > 0 {
				a.Until = a.From.Add(time.Duration(r.Intn(60)) * time.Hour)
			}
			q.Absences = append(q.Absences, a)
		}
	}
	if r.Intn(30) == 0 {
		q.Suppression = routing.Competitor
	}
	if r.Intn(8) == 0 {
		q.Existing = routing.Existing{Kind: routing.OpenOpportunity, ID: "o", Owner: people[r.Intn(len(people))]}
	}
	if r.Intn(6) == 0 {
		q.AccountOwner = people[r.Intn(len(people))]
	}
	lead := &company{Country: []string{"DE", "CH", "FR", "US"}[r.Intn(4)], Employees: r.Intn(1500)}
	if r.Intn(2) == 0 {
		lead.Products = []string{"crm"}
	}
	if r.Intn(2) == 0 {
		lead.Score = points(r.Intn(100))
	}
	return q, lead
}

// TestReference compares who gets each lead, and why others can't, with the clerk.
func TestReference(t *testing.T) {
	r := rand.New(rand.NewSource(3))
	by := map[routing.StepKind]int{}
	causes := map[routing.Cause]int{}
	for range 150 {
		p := varied(r)
		d := dispatcher(t, p)
		c := &clerk{p, map[string][]string{}, map[string][]time.Time{}, map[string]routing.State{}}
		var states routing.States
		at := now
		for i := range 60 {
			at = at.Add(time.Duration(r.Intn(600)) * time.Minute)
			q, lead := ask(r, i, at)
			if r.Intn(10) == 0 {
				id := people[r.Intn(len(people))]
				states = d.Record(states, routing.Assignment{Member: id, At: at, Period: q.Period})
				c.hand(id, at)
			}
			var got routing.Result
			before := c.causes(&q)
			got, states = d.Route(states, q, lead)
			if want := c.route(t, &q, lead); got.Member != want {
				t.Fatalf("%+v\nlead %d at %v: want %q, got %v", p, i, at, want, got)
			}
			by[got.By]++
			for _, pool := range got.Pools {
				for _, x := range pool.Candidates {
					var list []routing.Cause
					for _, e := range x.Exclusions {
						causes[e.Cause]++
						switch e.Cause {
						case routing.LacksSkill, routing.OutsideTerritory, routing.NotPreferred, routing.OpensLater:
						default:
							list = append(list, e.Cause)
						}
					}
					if !slices.Equal(list, before[pool.Pool+"/"+x.Member]) {
						t.Fatalf("lead %d: %s is excluded for %v, want %v", i, x.Member, list, before[pool.Pool+"/"+x.Member])
					}
				}
			}
		}
	}
	for _, kind := range []routing.StepKind{routing.BySuppression, routing.ByExisting, routing.ByAccountOwner, routing.ByPool, routing.ByFallback} {
		if by[kind] < 20 {
			t.Errorf("only %d leads by %s", by[kind], kind)
		}
	}
	if len(causes) != 10 {
		t.Errorf("causes %v", causes)
	}
}

// causes are those of each pool and member that do not depend on rules and others.
func (c *clerk) causes(q *routing.Request) map[string][]routing.Cause {
	all := map[string][]routing.Cause{}
	for _, p := range c.plan.Pools {
		for _, m := range p.Members {
			all[p.Name+"/"+m.ID] = c.can(p, m, q, nil, nil)
		}
	}
	return all
}

func shuffle[T any](r *rand.Rand, list []T) []T {
	list = slices.Clone(list)
	r.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	return list
}

// TestOrderOfSets: the order of members, skills and causes in the plan, and of the lists in requests, changes nothing.
func TestOrderOfSets(t *testing.T) {
	r := rand.New(rand.NewSource(8))
	for range 100 {
		p := varied(r)
		other := dispatcher(t, p).Plan()
		other.OwnerHeeds = shuffle(r, other.OwnerHeeds)
		for i := range other.Pools {
			pool := &other.Pools[i]
			pool.Members = shuffle(r, pool.Members)
			for j := range pool.Members {
				pool.Members[j].Skills, pool.Members[j].Territories = shuffle(r, pool.Members[j].Skills), shuffle(r, pool.Members[j].Territories)
			}
		}
		a, b := dispatcher(t, p), dispatcher(t, other)
		var x, y routing.States
		at := now
		for i := range 40 {
			at = at.Add(time.Duration(r.Intn(600)) * time.Minute)
			q, lead := ask(r, i, at)
			var one, two routing.Result
			one, x = a.Route(x, q, lead)
			q.Declined, q.Absences = shuffle(r, q.Declined), shuffle(r, q.Absences)
			y = shuffle(r, y)
			for k := range y {
				y[k].State.Accounts = shuffle(r, y[k].State.Accounts)
			}
			two, y = b.Route(y, q, lead)
			for _, result := range []routing.Result{one, two} {
				for _, d := range result.Pools {
					slices.SortFunc(d.Candidates, func(a, b routing.Candidate) int { return strings.Compare(a.Member, b.Member) })
				}
			}
			if !reflect.DeepEqual(one, two) {
				t.Fatalf("lead %d: %v\nand %v", i, one, two)
			}
			slices.SortFunc(y, func(a, b routing.PoolState) int { return strings.Compare(a.Pool, b.Pool) }) // those that stay are as they were
			for k := range y {
				slices.SortFunc(y[k].State.Accounts, func(a, b routing.Account) int { return strings.Compare(a.Member, b.Member) })
			}
			if !reflect.DeepEqual(x, y) {
				t.Fatalf("lead %d: %+v\nand %+v", i, x, y)
			}
		}
	}
}
