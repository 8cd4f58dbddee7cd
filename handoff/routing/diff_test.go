package routing_test

import (
	"math/rand"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/leadloop/leadloop/handoff/routing"
)

// TestDiff changes one thing at a time: what is said, and where.
func TestDiff(t *testing.T) {
	for _, c := range []struct {
		edit func(p *routing.Plan)
		want []routing.Change
	}{
		{func(*routing.Plan) {}, nil},
		{func(p *routing.Plan) { p.Schema = routing.PlanSchema }, nil},
		{func(p *routing.Plan) { p.Pools[1].Strategy = routing.Weighted }, nil},
		{func(p *routing.Plan) { p.OwnerHeeds = []routing.Cause{routing.Declined, routing.Absent} }, nil},
		{func(p *routing.Plan) {
			p.Version, p.Fallback, p.OwnerHeeds = 4, "ann", []routing.Cause{routing.Absent}
		}, []routing.Change{
			{Path: "version", Kind: routing.Changed, Before: "3", After: "4", Text: "the plan: version 3 → 4"},
			{Path: "owner_heeds", Kind: routing.Changed, Before: `"absent" "declined"`, After: `"absent"`, Text: `the plan: what keeps a lead from its owner "absent" "declined" → "absent"`},
			{Path: "fallback", Kind: routing.Changed, Before: "head", After: "ann", Text: "the plan: fallback head → ann"},
		}},
		{func(p *routing.Plan) { p.Rules[0].When, p.Rules[2].Pool = "Employees > 500", "" }, []routing.Change{
			{Path: "rules[0].when", Kind: routing.Changed, Before: "Employees >= 1000", After: "Employees > 500", Text: `rule "enterprise": condition Employees >= 1000 → Employees > 500`},
			{Path: "rules[2].pool", Kind: routing.Changed, Before: "world", Text: `rule "hot": pool world → none`},
		}},
		{func(p *routing.Plan) { p.Rules = []routing.Rule{p.Rules[2], p.Rules[0]} }, []routing.Change{
			{Path: "rules[1]", Kind: routing.Removed, Before: `condition Country in ["DE", "AT", "CH"], pool dach, territories "dach"`,
				Text: `rule "dach" is gone: condition Country in ["DE", "AT", "CH"], pool dach, territories "dach"`},
			{Path: "rules", Kind: routing.Changed, Before: `"enterprise", "hot"`, After: `"hot", "enterprise"`, Text: `the order of the rules: "enterprise", "hot" → "hot", "enterprise"`},
		}},
		{func(p *routing.Plan) {
			p.Pools[0].Members[2].Skills, p.Pools[0].Bucket = []string{"closer"}, routing.Duration(24*time.Hour)
			p.Pools[1].Members[0].Weight = 0
		}, []routing.Change{
			{Path: "pools[0].bucket", Kind: routing.Changed, After: "1d", Text: `pool "dach": bucket none → 1d`},
			{Path: "pools[0].members[2].skills", Kind: routing.Changed, After: `"closer"`, Text: `member "cyd" of the pool "dach": skills none → "closer"`},
			{Path: "pools[1].members[0].weight", Kind: routing.Changed, Before: "2", After: "0", Text: `member "dan" of the pool "world": weight 2 → 0`},
		}},
		{func(p *routing.Plan) {
			p.Pools = append(p.Pools[:2:2], routing.Pool{Name: "new", Members: []routing.Member{{ID: "gil", Weight: 5, Quota: 9}}})
		}, []routing.Change{
			{Path: "pools[2]", Kind: routing.Added, After: "strategy weighted", Text: `pool "new" is new: strategy weighted`},
			{Path: "pools[2].members[0]", Kind: routing.Added, After: "weight 5, quota 9", Text: `member "gil" of the pool "new" is new: weight 5, quota 9`},
			{Path: "pools[2]", Kind: routing.Removed, Before: "strategy free_capacity", Text: `pool "last" is gone: strategy free_capacity`},
			{Path: "pools[2].members[0]", Kind: routing.Removed, Before: "weight 0, capacity 9", Text: `member "ann" of the pool "last" is gone: weight 0, capacity 9`},
			{Path: "pools[2].members[1]", Kind: routing.Removed, Before: "weight 0, capacity 4", Text: `member "fay" of the pool "last" is gone: weight 0, capacity 4`},
		}},
		{func(p *routing.Plan) { p.SchemaURL, p.Rules[0].When = "plan.schema.json", "Employees >\n500" }, []routing.Change{
			{Path: "$schema", Kind: routing.Changed, After: "plan.schema.json", Text: "the plan: JSON Schema none → plan.schema.json"},
			{Path: "rules[0].when", Kind: routing.Changed, Before: "Employees >= 1000", After: "Employees >\n500", Text: `rule "enterprise": condition Employees >= 1000 → "Employees >\n500"`},
		}},
		{func(p *routing.Plan) { p.Pools[0], p.Pools[2] = p.Pools[2], p.Pools[0] }, nil}, // of absences and refusals pools don't say anything
		{func(p *routing.Plan) { p.Rules = append(p.Rules, routing.Rule{Name: "nothing"}) }, []routing.Change{
			{Path: "rules[3]", Kind: routing.Added, After: "empty", Text: `rule "nothing" is new: empty`},
		}},
	} {
		next := plan()
		c.edit(&next)
		if got := routing.Diff(plan(), next); !reflect.DeepEqual(got, c.want) {
			t.Errorf("got %+v\nwant %+v", got, c.want)
		}
	}
}

// TestDiffLaws: equal plans have no changes, in whatever order sets stand; two plans differ both ways in the same number of places;
// and what the one adds the other removes.
func TestDiffLaws(t *testing.T) {
	r := rand.New(rand.NewSource(2))
	for range 300 {
		a, b := varied(r), varied(r)
		if r.Intn(2) == 0 {
			b.Pools = b.Pools[:r.Intn(3)]
			b.Rules = shuffle(r, b.Rules)[r.Intn(3):]
		}
		there, back := routing.Diff(a, b), routing.Diff(b, a)
		count := func(list []routing.Change, kind routing.ChangeKind) int {
			n := 0
			for _, c := range list {
				if c.Kind == kind {
					n++
				}
				if c.String() == "" || c.Before == c.After {
					t.Errorf("got %+v", c)
				}
			}
			return n
		}
		if count(there, routing.Changed) != count(back, routing.Changed) || count(there, routing.Added) != count(back, routing.Removed) || count(there, routing.Removed) != count(back, routing.Added) {
			t.Fatalf("there %v\nback %v", there, back)
		}
		same := dispatcher(t, a).Plan()
		same.Pools = shuffle(r, same.Pools)
		for i := range same.Pools {
			same.Pools[i].Members = shuffle(r, same.Pools[i].Members)
		}
		if got := routing.Diff(a, same); got != nil && (len(got) > 1 || got[0].Path != "pools") {
			t.Fatalf("got %v", got)
		}
	}
	twice := plan()
	twice.Rules = slices.Concat(twice.Rules, twice.Rules) // no plan, but it has an answer
	if got := routing.Diff(plan(), twice); got != nil {
		t.Errorf("got %v", got)
	}
}

// TestDiffOfTheOrderOfPools: if the plan heeds quotas of owners, it matters which pool of an owner comes first. Diff tells, and
// of pools that share nobody it does not.
func TestDiffOfTheOrderOfPools(t *testing.T) {
	a := plan()
	a.OwnerHeeds = []routing.Cause{routing.OverQuota}
	b := a.Clone()
	b.Pools[0], b.Pools[2] = b.Pools[2], b.Pools[0] // ann is in both, with a quota of 3 in one
	want := []routing.Change{{Path: "pools", Kind: routing.Changed, Before: `"dach", "last"`, After: `"last", "dach"`,
		Text: `the order of the pools, of which an owner is looked at in the first: "dach", "last" → "last", "dach"`}}
	if got := routing.Diff(a, b); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
	for i, p := range []routing.Plan{a, b} {
		d := dispatcher(t, p)
		var states routing.States
		var r routing.Result
		for range 4 {
			r, states = d.Route(states, routing.Request{AccountOwner: "ann", Now: now}, &company{Country: "DE"})
		}
		if (r.Member == "ann") != (i == 1) {
			t.Errorf("got %v", r)
		}
	}
	b = a.Clone()
	b.Pools[0], b.Pools[1] = b.Pools[1], b.Pools[0]
	if got := routing.Diff(a, b); got != nil {
		t.Errorf("got %+v", got)
	}
}
