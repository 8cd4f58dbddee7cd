package routing_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand"
	"slices"
	"testing"

	"github.com/leadloop/leadloop/handoff/routing"
	"github.com/leadloop/leadloop/internal/script"
)

// generic gives a plan as a decoder that knows no types reads it.
func generic(t testing.TB, p routing.Plan) any {
	t.Helper()
	data, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	var v any
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// What CompilePlan takes fits the schema. That its definitions have the keys of the Go types the tests of agreements hold, which
// have the same ones.
func TestPlansFitTheSchema(t *testing.T) {
	s := script.ReadSchema(t, "plan.schema.json")
	if s.Schema != "https://json-schema.org/draft/2020-12/schema" || s.Ref != "#/$defs/Plan" {
		t.Errorf("it is %q for %q", s.Schema, s.Ref)
	}
	r := rand.New(rand.NewSource(6))
	for range 500 {
		p := varied(r)
		dispatcher(t, p)
		if wrong := s.Check("plan", generic(t, p)); wrong != nil {
			t.Fatal(wrong)
		}
	}
}

// What the schema refuses ParsePlan or CompilePlan refuses, too, and the schema refuses in each place another kind of value, an
// unknown key, and the lack of what must be there.
func TestSchemaRefusesWhatCompileRefuses(t *testing.T) {
	s := script.ReadSchema(t, "plan.schema.json")
	p := plan()
	p.SchemaURL, p.Schema, p.OwnerHeeds = "plan.schema.json", routing.PlanSchema, []routing.Cause{routing.Absent, routing.OverQuota}
	whole := generic(t, p)
	refused := 0
	try := func(path string, must bool) {
		t.Helper()
		wrong := s.Check("plan", whole)
		if len(wrong) == 0 {
			if must {
				t.Errorf("%s: the schema has nothing against it", path)
			}
			return
		}
		refused++
		data, err := json.Marshal(whole)
		if err != nil {
			t.Fatal(err)
		}
		again, err := routing.ParsePlan(data)
		if err == nil {
			_, err = routing.CompilePlan[company](again, routing.Calendars(hours(t)))
		}
		if err == nil {
			t.Errorf("%s: the schema is against it, CompilePlan is not: %v", path, wrong)
		}
	}
	change := func(path string, value any, put func(any)) {
		for _, other := range []any{true, []any{true}, map[string]any{"no_such_key": 1.0}, 1.5} {
			put(other)
			try(path, true)
		}
		switch value.(type) {
		case string:
			put("nonsense !")
			try(path, false)
		case float64:
			put(-1.0)
			try(path, true)
			put(1e12)
			try(path, false)
		}
		put(value)
	}
	var walk func(path string, v any)
	walk = func(path string, v any) {
		switch v := v.(type) {
		case map[string]any:
			for _, key := range slices.Sorted(maps.Keys(v)) {
				value := v[key]
				delete(v, key)
				must := []string{"name", "otherwise", "pools", "members", "id"}
				if path == "plan" {
					must = append(must, "version", "fallback")
				}
				try(path+" without "+key, slices.Contains(must, key))
				v[key] = value
				change(path+"."+key, value, func(x any) { v[key] = x })
				walk(path+"."+key, value)
			}
			v["no_such_key"] = 1.0
			try(path, true)
			delete(v, "no_such_key")
		case []any:
			for i, value := range v {
				change(fmt.Sprintf("%s[%d]", path, i), value, func(x any) { v[i] = x })
				walk(fmt.Sprintf("%s[%d]", path, i), value)
			}
		}
	}
	walk("plan", whole)
	if refused < 400 {
		t.Errorf("only %d were refused", refused)
	}
	if wrong := s.Check("plan", whole); wrong != nil {
		t.Errorf("the plan did not come out as it was: %v", wrong)
	}
}
