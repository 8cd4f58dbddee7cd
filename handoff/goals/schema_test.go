package goals_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/leadloop/leadloop/handoff/goals"
	"github.com/leadloop/leadloop/internal/script"
)

// The schema has every key of a plan and no other, with a title and a description, and says of each what the Go types say.
func TestSchemaHasTheKeysOfAPlan(t *testing.T) {
	s := script.ReadSchema(t, "pay.schema.json")
	if s.Schema != "https://json-schema.org/draft/2020-12/schema" || s.Ref != "#/$defs/PayPlan" {
		t.Errorf("it is %q for %q", s.Schema, s.Ref)
	}
	seen := map[string]bool{"Name": true, "Fraction": true, "CurveKind": true, "TierMode": true}
	var walk func(reflect.Type)
	// what tells how a type is written: as a type, or as a reference.
	what := func(typ reflect.Type) (kind, ref string) {
		switch {
		case typ.Kind() == reflect.Struct:
			walk(typ)
			return "", typ.Name()
		case typ == reflect.TypeFor[string]():
			return "", "Name"
		case typ.Kind() == reflect.String:
			return "", typ.Name()
		}
		return map[reflect.Kind]string{reflect.Int: "integer", reflect.Int64: "integer", reflect.Slice: "array"}[typ.Kind()], ""
	}
	walk = func(typ reflect.Type) {
		if seen[typ.Name()] {
			return
		}
		seen[typ.Name()] = true
		def := s.Defs[typ.Name()]
		if def == nil || def.Title == "" || def.Type != "object" || def.AdditionalProperties == nil || !def.AdditionalProperties.Never {
			t.Fatalf("%s has no definition with a title and without additional properties", typ.Name())
		}
		keys := map[string]bool{}
		for f := range typ.Fields() {
			key, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			keys[key] = true
			property := def.Properties[key]
			if property == nil || property.Title == "" || property.Description == "" {
				t.Errorf("%s: the key %s has no title or no description", typ.Name(), key)
				continue
			}
			if key == "$schema" {
				continue
			}
			if kind, ref := what(f.Type); property.Type != kind || strings.TrimPrefix(property.Ref, "#/$defs/") != ref {
				t.Errorf("%s.%s is %q or refers to %q, want %q, %q", typ.Name(), key, property.Type, property.Ref, kind, ref)
			}
			if f.Type.Kind() == reflect.Slice {
				if _, ref := what(f.Type.Elem()); strings.TrimPrefix(property.Items.Ref, "#/$defs/") != ref {
					t.Errorf("%s.%s: items refer to %q, want %q", typ.Name(), key, property.Items.Ref, ref)
				}
			}
		}
		for _, key := range append(slices.Sorted(maps.Keys(def.Properties)), def.Required...) {
			if !keys[key] {
				t.Errorf("%s has no key %s", typ.Name(), key)
			}
		}
	}
	walk(reflect.TypeFor[goals.PayPlan]())
	for _, name := range slices.Sorted(maps.Keys(s.Defs)) {
		if !seen[name] {
			t.Errorf("nothing in a plan is a %s", name)
		}
	}
	if got := *s.Defs["PayPlan"].Properties["schema"].Maximum; got != goals.PaySchema {
		t.Errorf("the format goes to %v, want %d", got, goals.PaySchema)
	}
	if got, want := s.Defs["CurveKind"].Enum, []string{string(goals.CurveLinear), string(goals.CurveCliff), string(goals.CurveRamp), string(goals.CurveTiers)}; !slices.Equal(got, want) {
		t.Errorf("curves are %q, want %q", got, want)
	}
	if got, want := s.Defs["TierMode"].Enum, []string{string(goals.TiersMarginal), string(goals.TiersWhole)}; !slices.Equal(got, want) {
		t.Errorf("modes are %q, want %q", got, want)
	}
}

func generic(t testing.TB, plan goals.PayPlan) any {
	t.Helper()
	data, err := json.Marshal(plan)
	if err != nil {
		t.Fatal(err)
	}
	var v any
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestPlansFitTheSchema(t *testing.T) {
	s := script.ReadSchema(t, "pay.schema.json")
	r := rand.New(rand.NewPCG(5, 5))
	for range 500 {
		if wrong := s.Check("plan", generic(t, randomPlan(r))); wrong != nil {
			t.Fatal(wrong)
		}
	}
}

// What the schema refuses ParsePay or CompilePay refuses, too, and the schema refuses in each place another kind of
// value, an unknown key, and the lack of what must be there.
func TestSchemaRefusesWhatCompileRefuses(t *testing.T) {
	s := script.ReadSchema(t, "pay.schema.json")
	plan := both()
	plan.SchemaURL, plan.Schema = "pay.schema.json", 1
	plan.Roles[1].Components[0].Curve.Mode = goals.TiersWhole
	whole := generic(t, plan)
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
		again, err := goals.ParsePay(data)
		if err == nil {
			_, err = goals.CompilePay(again)
		}
		if err == nil {
			t.Errorf("%s: the schema is against it, CompilePay is not: %v", path, wrong)
		}
	}
	var walk func(path string, v any)
	change := func(path string, value any, put func(any)) {
		for _, other := range []any{true, []any{true}, map[string]any{"no_such_key": 1.0}, 1.5} {
			put(other)
			try(path, true)
		}
		switch value.(type) {
		case string:
			put("nonsense !")
			try(path, false)
			put("-1")
			try(path, false)
		case float64:
			put(-1.0)
			try(path, true)
			put(1e12)
			try(path, false)
		}
		put(value)
	}
	walk = func(path string, v any) {
		switch v := v.(type) {
		case map[string]any:
			for _, key := range slices.Sorted(maps.Keys(v)) {
				value := v[key]
				delete(v, key)
				try(path+" without "+key, false)
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
