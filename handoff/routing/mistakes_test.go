package routing_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/leadloop/leadloop/handoff/routing"
	"github.com/leadloop/leadloop/handoff/worktime"
)

// holdTo compares the mistakes of an error with the places and beginnings that are wanted.
func holdTo(t *testing.T, err error, want []string, is error) {
	t.Helper()
	if err == nil {
		t.Errorf("%v is accepted", want)
		return
	}
	lines := strings.Split(err.Error(), "\n")
	if len(lines) != len(want) {
		t.Errorf("%d mistakes, want %d: %v", len(lines), len(want), err)
		return
	}
	for i := range want {
		if !strings.HasPrefix(lines[i], want[i]) {
			t.Errorf("got %q, want %q", lines[i], want[i])
		}
	}
	var e *routing.Error
	if !errors.Is(err, is) || !errors.As(err, &e) || e.Path == "" {
		t.Errorf("%v is not %v, or has no *routing.Error", err, is)
	}
}

// TestMistakesOfPools: one mistake each.
func TestMistakesOfPools(t *testing.T) {
	many := make([]string, routing.MaxNames+1)
	for i := range many {
		many[i] = fmt.Sprint(i)
	}
	for _, c := range []struct {
		spoil func(p *routing.Pool)
		want  string
		is    error
	}{
		{func(p *routing.Pool) { p.Strategy = "weigted" }, `strategy: unknown strategy "weigted", did you mean "weighted"?: choose weighted, longest_waiting or free_capacity`, routing.ErrStrategy},
		{func(p *routing.Pool) { p.OpenWithin = -1 }, "open_within: the span is negative", routing.ErrSpan},
		{func(p *routing.Pool) { p.Bucket = -1 }, "bucket: the span is negative", routing.ErrSpan},
		{func(p *routing.Pool) { p.Fallback = "other" }, "fallback: a pool that is used alone", routing.ErrFallback},
		{func(p *routing.Pool) { p.Members[1].Prefers = "true" }, "members[1].prefers: a pool that is used alone", routing.ErrPrefers},
		{func(p *routing.Pool) { p.Members[1].Quota = -1 }, "members[1].quota: the quota is negative", routing.ErrQuota},
		{func(p *routing.Pool) { p.Members[1].Calendar = "erly" }, `members[1].calendar: unknown calendar "erly", did you mean "early"?: give a calendar of this name`, routing.ErrCalendar},
		{func(p *routing.Pool) { p.Members[1].Calendar = "zero" }, `members[1].calendar: the calendar "zero" is not compiled`, routing.ErrCalendar},
		{func(p *routing.Pool) { p.Members[1].Calendar = "nil" }, `members[1].calendar: unknown calendar "nil"`, routing.ErrCalendar},
		{func(p *routing.Pool) { p.Members[1].Skills = []string{"a", ""} }, "members[1].skills[1]: the skill has no name", routing.ErrSkill},
		{func(p *routing.Pool) { p.Members[1].Territories = []string{"a", "b", "a"} }, "members[1].territories[2]: the territory stands at 0, too", routing.ErrSkill},
		{func(p *routing.Pool) { p.Members[1].Skills = many }, "members[1].skills: 101 names stand here, at most 100", routing.ErrSkill},
		{func(p *routing.Pool) { p.Strategy, p.Members[0].Capacity = routing.FreeCapacity, 1 }, "members[1].capacity: the strategy compares capacities", routing.ErrCapacity},
	} {
		p := pool(1, 1)
		c.spoil(&p)
		calendars := hours(t)
		calendars["zero"], calendars["nil"] = new(worktime.Calendar), nil
		_, err := routing.Compile(p, nil, routing.Calendars(nil), routing.Calendars(calendars))
		holdTo(t, err, []string{c.want}, c.is)
	}
	p := pool(0, 0) // no strategy but Weighted looks at weights
	p.Strategy = routing.LongestWaiting
	compile(t, p)
}

// TestMistakesOfPlans: what one change breaks, and nothing else.
func TestMistakesOfPlans(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(p *routing.Plan)
		want  []string
		is    error
	}{
		{"schema", func(p *routing.Plan) { p.Schema = 2 }, []string{"schema: format 2 is not known"}, routing.ErrVersion},
		{"name", func(p *routing.Plan) { p.Name = "" }, []string{"name: the plan has no name"}, routing.ErrName},
		{"version", func(p *routing.Plan) { p.Version = 0 }, []string{"version: versions count from 1"}, routing.ErrVersion},
		{"heeds", func(p *routing.Plan) {
			p.OwnerHeeds = []routing.Cause{routing.Absent, routing.Absent, "over_quotas", routing.LacksSkill}
		},
			[]string{"owner_heeds[1]: the cause stands here twice", `owner_heeds[2]: owners can't be asked for "over_quotas", did you mean "over_quota"?`, "owner_heeds[3]: owners can't"}, routing.ErrOwner},
		{"fallback", func(p *routing.Plan) { p.Fallback = "" }, []string{"fallback: nobody gets what the pools can't take"}, routing.ErrFallback},
		{"otherwise", func(p *routing.Plan) { p.Otherwise = "" }, []string{"otherwise: leads that no rule sends anywhere have no pool"}, routing.ErrPool},
		{"otherwise unknown", func(p *routing.Plan) { p.Otherwise = "wold" }, []string{`otherwise: unknown pool "wold", did you mean "world"?`}, routing.ErrPool},
		{"no pools", func(p *routing.Plan) { p.Pools, p.Rules = nil, nil }, []string{"pools: the plan has no pools", `otherwise: unknown pool "world"`}, routing.ErrPool},
		{"two of a name", func(p *routing.Plan) {
			p.Pools = append(p.Pools, routing.Pool{Name: "last", Members: pool(1).Members})
		}, []string{"pools[3].name: pools[2] has the same name", "pools[3].name: nothing leads to the pool"}, routing.ErrName},
		{"no name", func(p *routing.Plan) { p.Pools[2].Name, p.Pools[1].Fallback = "", "" },
			[]string{"pools[2].name: nothing leads to the pool", "pools[2].name: the pool has no name"}, routing.ErrName},
		{"mistakes in pools", func(p *routing.Plan) { p.Pools[2].Members[1].Capacity, p.Pools[0].Members = -1, nil },
			[]string{"pools[0].members: the pool has no members", "pools[2].members[1].capacity: the capacity is negative"}, routing.ErrCapacity},
		{"unknown fallback", func(p *routing.Plan) { p.Pools[1].Fallback = "lest" },
			[]string{`pools[1].fallback: unknown pool "lest", did you mean "last"?`}, routing.ErrPool},
		{"circle", func(p *routing.Plan) { p.Pools[2].Fallback = "dach" }, []string{"pools[0].fallback: fallbacks go round in a circle: dach → world → last → dach: end it"}, routing.ErrFallback},
		{"short circle", func(p *routing.Plan) { p.Pools[1].Fallback = "world" },
			[]string{"pools[1].fallback: fallbacks go round in a circle: world → world", "pools[2].name: nothing leads"}, routing.ErrFallback},
		{"rule without a name", func(p *routing.Plan) { p.Rules[0].Name = "" }, []string{"rules[0].name: the rule has no name"}, routing.ErrName},
		{"two rules of a name", func(p *routing.Plan) { p.Rules[2].Name = "dach" }, []string{"rules[2].name: rules[1] has the same name"}, routing.ErrName},
		{"rule for nothing", func(p *routing.Plan) { p.Rules[0].Skills = nil }, []string{"rules[0]: the rule does nothing"}, routing.ErrRule},
		{"rule to nowhere", func(p *routing.Plan) { p.Rules[2].Pool = "worlds" }, []string{`rules[2].pool: unknown pool "worlds", did you mean "world"?`}, routing.ErrPool},
		{"rule too late", func(p *routing.Plan) { p.Rules[1].When, p.Rules[1].Territories = "", nil },
			[]string{`rules[2].pool: rules[1] holds for every lead and has decided the pool before`}, routing.ErrRule},
		{"conditions", func(p *routing.Plan) {
			p.Rules[0].When, p.Rules[1].When, p.Pools[0].Members[2].Prefers = "Employes > 1", "Employees", `"crm" in Countries`
		}, []string{`pools[0].members[2].prefers:1:10: unknown name "Countries"`, `rules[0].when:1:1: unknown name "Employes", did you mean "Employees"?`, "rules[1].when:1:1: "}, routing.ErrRule},
		{"skill nobody has", func(p *routing.Plan) { p.Rules[2].Skills[0] = "closr" }, []string{`rules[2].skills[0]: no member has the skill "closr", did you mean "closer"?`}, routing.ErrSkill},
		{"territory nobody serves", func(p *routing.Plan) { p.Rules[1].Territories = []string{"dach", "mars"} },
			[]string{`rules[1].territories[1]: no member has the territory "mars"`, "pools[0].members[0]: no lead can reach", "pools[0].members[1]: no lead can reach", "pools[0].members[2]: no lead can reach"}, routing.ErrSkill},
		{"nobody has both", func(p *routing.Plan) { p.Rules[2].Territories = []string{"nordics"} }, []string{`rules[2]: nobody in the pool "world", or in one that it falls back on, has all`}, routing.ErrSkill},
		{"member whom nothing reaches", func(p *routing.Plan) { p.Pools[0].Members[1].Territories = nil },
			[]string{"pools[0].members[1]: no lead can reach the member"}, routing.ErrMembers},
		{"asked for of all", func(p *routing.Plan) {
			p.Rules = append(p.Rules, routing.Rule{Name: "all", Territories: []string{"dach"}})
		}, []string{"pools[1].members[1]: no lead", "pools[2].members[0]: no lead", "pools[2].members[1]: no lead"}, routing.ErrMembers},
		{"names of a rule", func(p *routing.Plan) { p.Rules[0].Skills = []string{"enterprise", "", "enterprise"} },
			[]string{"rules[0].skills[1]: the skill has no name", "rules[0].skills[2]: the skill stands at 0, too"}, routing.ErrSkill},
		{"too many", func(p *routing.Plan) {
			for i := range routing.MaxPools {
				p.Pools = append(p.Pools, routing.Pool{Name: fmt.Sprint(i), Members: pool(1).Members})
				p.Rules = append(p.Rules, routing.Rule{Name: fmt.Sprint(i), When: "true", Pool: fmt.Sprint(i)})
			}
			for i := len(p.Rules); i <= routing.MaxRules; i++ {
				p.Rules = append(p.Rules, routing.Rule{Name: fmt.Sprint(i), When: "true", Pool: "world"})
			}
		}, []string{"pools: the plan has 203 pools, at most 200", "rules: the plan has 1001 rules, at most 1000"}, routing.ErrRule},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := plan()
			c.spoil(&p)
			_, err := routing.CompilePlan[company](p, routing.Calendars(hours(t)))
			holdTo(t, err, c.want, c.is)
		})
	}
	_, err := routing.CompilePlan[struct{ F func() }](routing.Plan{Name: "p", Version: 1, Otherwise: "pool", Fallback: "f", Pools: []routing.Pool{pool(1)},
		Rules: []routing.Rule{{Name: "a", When: "F", Pool: "pool"}}})
	if err == nil || !strings.HasPrefix(err.Error(), "rules[0].when") {
		t.Errorf("got %v", err)
	}
	_, err = routing.CompilePlan[int](routing.Plan{Name: "p", Version: 1, Otherwise: "pool", Fallback: "f", Pools: []routing.Pool{pool(1)},
		Rules: []routing.Rule{{Name: "a", When: "true", Pool: "pool"}, {Name: "b", When: "false", Pool: "pool"}}})
	holdTo(t, err, []string{"rules[0].when: conditions can't look at this type of lead: "}, routing.ErrRule)
}

// TestPlanWithoutConditions: any type of lead will do.
func TestPlanWithoutConditions(t *testing.T) {
	d, err := routing.CompilePlan[int](routing.Plan{Name: "p", Version: 1, Otherwise: "pool", Fallback: "f", Pools: []routing.Pool{pool(1, 1)}})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	var states routing.States
	for range 3 {
		var r routing.Result
		r, states = d.Route(states, routing.Request{}, nil)
		got = append(got, r.Member)
	}
	if !slices.Equal(got, []string{"m000", "m001", "m000"}) {
		t.Errorf("got %v", got)
	}
}
