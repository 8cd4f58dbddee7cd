package rule_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/leadloop/leadloop/internal/rule"
)

// What a counter is called is what it counts, in whatever order the conditions come.
func TestCounterTexts(t *testing.T) {
	type event struct {
		Kind string
		At   time.Time
	}
	c, err := rule.NewCompiler[struct{ Name string }, event](rule.Dated())
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 6, 15, 12, 0, 0, 0, time.UTC)
	kinds := strings.Fields("a b c d e f g h i j k l m n o p")
	for range 2 {
		slices.Reverse(kinds)
		var leads, eaches []*rule.Condition[struct{ Name string }, event]
		for i, kind := range kinds {
			text := `count(Activities, .Kind == "` + kind + `") > 1`
			if i%3 == 0 {
				text = `Name == "x" and any(Activities, .Kind == "` + kind + `")`
			}
			condition, err := c.LeadCondition(text)
			if err != nil {
				t.Fatal(err)
			}
			each, err := c.ActivityCondition(`Kind == "` + kind + `"`)
			if err != nil {
				t.Fatal(err)
			}
			leads, eaches = append(leads, condition, condition), append(eaches, each)
		}
		set := c.Set(leads, eaches)
		k := set.Keep(nil)
		texts := k.CounterTexts()
		if len(texts) != len(kinds) || k.Counters() != len(kinds) {
			t.Fatalf("there are %d texts for %d counters of %d kinds", len(texts), k.Counters(), len(kinds))
		}
		for i, kind := range kinds {
			run, err := c.Begin(&rule.Subject[struct{ Name string }, event]{Lead: &struct{ Name string }{}, Activities: []event{{kind, now}}, Now: now})
			if err != nil {
				t.Fatal(err)
			}
			run.Decide(set)
			counters := k.Counted(run, 0)
			run.End()
			if !slices.Equal(counters, []int{i}) || !strings.Contains(texts[counters[0]], `"`+kind+`"`) {
				t.Errorf("what counts %q are %v of %q", kind, counters, texts)
			}
		}
	}
}

type inner struct{ City string }

// Types tells types apart by all that texts can reach in them.
func TestTypesOfFields(t *testing.T) {
	types := map[string]string{}
	add := func(name string, text []byte) {
		for other, known := range types {
			if known == string(text) {
				t.Errorf("%s and %s are described alike: %s", name, other, text)
			}
		}
		types[name] = string(text)
	}
	{
		type place struct{ City string }
		add("text", typesOf[struct{ Office place }](t))
		add("pointer", typesOf[struct{ Office *place }](t))
		add("list", typesOf[struct{ Office []place }](t))
		add("map", typesOf[struct{ Office map[string]place }](t))
		add("another name", typesOf[struct{ Branch place }](t))
		add("another type", typesOf[struct{ Office inner }](t))
	}
	{
		type place struct{ City int }
		add("integer", typesOf[struct{ Office place }](t))
		add("list of integers", typesOf[struct{ Office []place }](t))
		add("map of integers", typesOf[struct{ Office map[string]place }](t))
	}
	{
		type city int
		type place struct{ City city }
		add("named type", typesOf[struct{ Office place }](t))
	}
	{
		type city string
		type place struct{ City city }
		add("named type of another kind", typesOf[struct{ Office place }](t))
	}
	{
		type place struct {
			City string `expr:"city"`
		}
		add("tag", typesOf[struct{ Office place }](t))
	}
	{
		type place struct{ In inner }
		add("twice", typesOf[struct{ Office place }](t))
	}
	{
		type place struct {
			City string
			Next *place
		}
		add("cycle", typesOf[struct{ Office place }](t))
	}
	before := types["text"]
	{
		type place struct {
			hidden bool
			City   string
			Left   int `expr:"-"`
		}
		if after := typesOf[struct{ Office place }](t); string(after) != before {
			t.Errorf("what texts can't reach is told: %s, %t", after, place{}.hidden)
		}
	}
	{
		type place struct{ inner }
		if after := typesOf[struct{ Office place }](t); string(after) != before {
			t.Errorf("an embedded struct's field is described in another way: %s", after)
		}
	}
}

func typesOf[L any](t *testing.T) []byte {
	t.Helper()
	c, err := rule.NewCompiler[L, struct{}]()
	if err != nil {
		t.Fatal(err)
	}
	return c.Types()
}
