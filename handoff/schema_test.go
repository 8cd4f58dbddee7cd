package handoff_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/leadloop/leadloop/handoff"
	"github.com/leadloop/leadloop/handoff/goals"
	"github.com/leadloop/leadloop/handoff/routing"
	"github.com/leadloop/leadloop/handoff/worktime"
	"github.com/leadloop/leadloop/internal/script"
)

// The schema has every key of an agreement and no other, with a title and a description, and says of each what the Go types say.
func TestSchemaHasTheKeysOfAnAgreement(t *testing.T) {
	s := script.ReadSchema(t, "agreement.schema.json")
	if s.Schema != "https://json-schema.org/draft/2020-12/schema" || s.Ref != "#/$defs/Agreement" {
		t.Errorf("it is %q for %q", s.Schema, s.Ref)
	}
	pay := script.ReadSchema(t, "goals/pay.schema.json")
	seen := map[string]bool{"Dates": true, "Calendars": true} // and those that are reached; what pay.schema.json says of pay is not walked through
	for name := range pay.Defs {
		seen[name] = true
	}
	text := map[reflect.Type][]string{ // whose texts have a form
		reflect.TypeFor[string]():           {"", "Name"},
		reflect.TypeFor[handoff.Duration](): {"Span", "Deadline"},
		reflect.TypeFor[routing.Duration](): {"Span"},
		reflect.TypeFor[time.Time]():        {"Instant"},
	}
	kinds := map[reflect.Kind]string{reflect.String: "string", reflect.Int: "integer", reflect.Int64: "integer", reflect.Bool: "boolean", reflect.Slice: "array"}
	var walk func(reflect.Type)
	compare := func(where string, property *script.Schema, typ reflect.Type) {
		kind, refs := kinds[typ.Kind()], []string{""}
		switch {
		case text[typ] != nil:
			refs = text[typ]
		case typ.Kind() == reflect.Struct:
			walk(typ)
			refs = []string{typ.Name()}
		case typ.Kind() == reflect.String:
			refs = []string{typ.Name()}
		case typ == reflect.TypeFor[map[worktime.Date][]worktime.Window]():
			refs = []string{"Dates"}
		case typ == reflect.TypeFor[map[string]worktime.Definition]():
			walk(typ.Elem())
			refs = []string{"Calendars"}
		}
		ref := strings.TrimPrefix(property.Ref, "#/$defs/")
		if !slices.Contains(refs, ref) || ref == "" && property.Type != kind || ref != "" && property.Type != "" {
			t.Errorf("%s is %q or refers to %q, want %q or one of %q", where, property.Type, ref, kind, refs)
		}
		seen[ref] = true
	}
	walk = func(typ reflect.Type) {
		if seen[typ.Name()] {
			return
		}
		seen[typ.Name()] = true
		def := s.Defs[typ.Name()]
		if def == nil || def.Title == "" || def.Description == "" || def.Type != "object" || def.AdditionalProperties == nil || !def.AdditionalProperties.Never {
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
			compare(typ.Name()+"."+key, property, f.Type)
			if f.Type.Kind() == reflect.Slice {
				compare(typ.Name()+"."+key+"[]", property.Items, f.Type.Elem())
			}
		}
		for _, key := range append(slices.Sorted(maps.Keys(def.Properties)), def.Required...) {
			if !keys[key] {
				t.Errorf("%s has no key %s", typ.Name(), key)
			}
		}
	}
	walk(reflect.TypeFor[handoff.Agreement]())
	seen["Window"], seen["Date"] = true, true
	for _, name := range slices.Sorted(maps.Keys(s.Defs)) {
		if !seen[name] {
			t.Errorf("nothing in an agreement is a %s", name)
		}
	}
	if got := *s.Defs["Agreement"].Properties["schema"].Maximum; got != handoff.Schema {
		t.Errorf("the format goes to %v, want %d", got, handoff.Schema)
	}
	if got, want := s.Defs["Strategy"].Enum, []string{string(routing.Weighted), string(routing.LongestWaiting), string(routing.FreeCapacity)}; !slices.Equal(got, want) {
		t.Errorf("strategies are %q, want %q", got, want)
	}
	if got, want := s.Defs["Cause"].Enum, []string{string(routing.Absent), string(routing.NotOpen), string(routing.OverCapacity), string(routing.OverQuota), string(routing.Declined)}; !slices.Equal(got, want) {
		t.Errorf("causes are %q, want %q", got, want)
	}
	periods := []string{string(handoff.QuotaDay), string(handoff.QuotaWeek), string(handoff.QuotaMonth), string(handoff.QuotaQuarter), string(handoff.QuotaYear)}
	if got := s.Defs["QuotaPeriod"].Enum; !slices.Equal(got, periods) {
		t.Errorf("periods are %q, want %q", got, periods)
	}
}

// What pay.schema.json says of pay and plan.schema.json of routing stands here, too, word for word: a schema is read from one file.
func TestSchemaSaysWhatItsPartsSay(t *testing.T) {
	definitions := func(path string) map[string]any {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return untyped(t, data).(map[string]any)["$defs"].(map[string]any)
	}
	here := definitions("agreement.schema.json")
	for path, what := range map[string]string{"goals/pay.schema.json": "PayPlan", "routing/plan.schema.json": "Plan"} {
		there := definitions(path)
		if there[what] == nil {
			t.Errorf("%s does not define a %s", path, what)
		}
		for _, name := range slices.Sorted(maps.Keys(there)) {
			if diff := cmp.Diff(there[name], here[name]); diff != "" {
				t.Errorf("%s (-in %s +here):\n%s", name, path, diff)
			}
		}
	}
}

// untyped gives a document as a decoder that knows no types reads it.
func untyped(t testing.TB, data []byte) any {
	t.Helper()
	var v any
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func marshalled(t testing.TB, v any) []byte {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// schemaAgreement is an agreement with something of each sort that Compile accepts.
func schemaAgreement(t testing.TB) handoff.Agreement {
	t.Helper()
	a := fullAgreement(t)
	a.Routing.Name, a.Routing.Version, a.Routing.Fallback = "", 0, ""
	for i := range a.Pay.Roles {
		a.Pay.Roles[i].Gates[0].Measure = goals.RateAcceptance
	}
	if _, err := handoff.Compile(a, policy(t), time.LoadLocation); err != nil {
		t.Fatal(err)
	}
	return a
}

// The documents that people have written fit, as they are and as they are written again; so does what Compile accepts.
func TestAgreementsFitTheSchema(t *testing.T) {
	s := script.ReadSchema(t, "agreement.schema.json")
	documents := map[string][]byte{"with all": marshalled(t, schemaAgreement(t))}
	for _, path := range []string{"testdata/agreement.json", "../examples/closedloop/agreement.json"} {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		a, err := handoff.Parse(data)
		if err != nil {
			t.Fatal(err)
		}
		documents[path], documents[path+", written again"] = data, marshalled(t, a)
	}
	for name, data := range documents {
		for _, wrong := range s.Check(name, untyped(t, data)) {
			t.Error(wrong)
		}
	}
}

// Of the mistakes that the tests keep the schema finds those of form. What it can't find is how values fit each other and
// whether a zone exists: order.txt apart from its empty texts, and no_hours.txt.
func TestSchemaFindsMistakes(t *testing.T) {
	s := script.ReadSchema(t, "agreement.schema.json")
	for file, want := range map[string][]string{
		"everything.txt": {
			"a.accept.max_offers: 0 is out of range",
			`a.accept.within: "0s" does not match [1-9]`,
			"a.attempts: -1 is out of range",
			`a.calendar.hours.tue[0]: "9-17" does not match ` + s.Defs["Window"].Pattern,
			`a.escalation[0].after: "0s" does not match [1-9]`,
			"a.escalation[0].to: is too short",
			`a.feedback: "0s" does not match [1-9]`,
			`a.first_touch: "-2h" does not match ` + s.Defs["Span"].Pattern,
			"a.managers[1]: is too short",
			"a.nurture_track: is too short",
			"a.routing.pools[0].members: has 0 items",
			"a.version: 0 is out of range",
		},
		"json.txt": { // the decoder below takes the second of two keys
			"a: policy is missing", "a: criterion is missing", "a: calendar is missing", "a: routing is missing", "a: escalate_to is missing",
			"a: first_touch is missing", "a: feedback is missing", "a: nurture_track is missing",
			"a.accept: max_offers is missing", "a.accept: fallback is missing",
			"a.accept.fallbak: may not be here",
			`a.accept.within: "8 hours" does not match ` + s.Defs["Span"].Pattern,
			"a.managers: is , not array",
			"a.version: is string, not integer",
		},
		"no_hours.txt":     nil,
		"no_quota.txt":     nil,
		"quota_period.txt": {`a.quota_period: "months" is none of ["day" "week" "month" "quarter" "year"]`},
		"routing.txt": {
			"a.calendars, key : is too short",
			`a.calendars.late.hours.mon[0]: "13-21" does not match ` + s.Defs["Window"].Pattern,
			"a.calendars.late.time_zone: is too short",
			`a.routing.owner_heeds[1]: "lacks_skill" is none of ["absent" "not_open" "over_capacity" "over_quota" "declined"]`,
			"a.routing.schema: 2 is out of range",
		},
		"order.txt": {"a.accept.fallback: is too short", "a.criterion: is too short", "a.escalate_to: is too short"},
		"schema.txt": {
			"a: name is missing", "a: version is missing", "a: policy is missing", "a: criterion is missing", "a: calendar is missing", "a: routing is missing",
			"a: managers is missing", "a: escalate_to is missing", "a: accept is missing", "a: first_touch is missing", "a: feedback is missing",
			"a: nurture_track is missing", "a.schema: 2 is out of range",
		},
	} {
		data, err := os.ReadFile(filepath.Join("testdata", "mistakes", file))
		if err != nil {
			t.Fatal(err)
		}
		document, _, _ := strings.Cut(string(data), "\n----\n")
		if diff := cmp.Diff(want, s.Check("a", untyped(t, []byte(document)))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", file, diff)
		}
	}
}

// What the schema refuses Parse or Compile refuses, too, but for empty objects and texts in the place of what may be left out;
// and the schema refuses in each place another kind of value and an unknown key.
func TestSchemaRefusesWhatCompileRefuses(t *testing.T) {
	s := script.ReadSchema(t, "agreement.schema.json")
	whole := untyped(t, marshalled(t, schemaAgreement(t)))
	policy := policy(t)
	refused, accepted := 0, 0
	try := func(path string, must bool) (fits bool) {
		t.Helper()
		wrong := s.Check("a", whole)
		if len(wrong) == 0 {
			accepted++
			if must {
				t.Errorf("%s: the schema has nothing against it", path)
			}
			return true
		}
		refused++
		a, err := handoff.Parse(marshalled(t, whole))
		if err == nil {
			_, err = handoff.Compile(a, policy, time.LoadLocation)
		}
		if err == nil {
			t.Errorf("%s: the schema is against it, Compile is not: %v", path, wrong)
		}
		return false
	}
	change := func(path string, value any, optional bool, put func(any)) {
		other := []any{[]any{true}, map[string]any{"no such key": 1.0}, 1.5}
		if _, yes := value.(bool); !yes {
			other = append(other, true)
		}
		for _, v := range other {
			put(v)
			try(path, true)
		}
		switch value.(type) {
		case string:
			if !optional {
				put("")
				try(path, false)
			}
			for _, text := range []string{"nonsense !", "-1", "-8h", "0s", "25:00-26:00", "2026-13-01", "17:00-24:00"} {
				put(text)
				try(path, false)
			}
		case float64:
			put("7")
			try(path, true)
			put(-1.0)
			try(path, true)
			put(1e12)
			try(path, false)
		case []any:
			put([]any{})
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
				optional := try(path+" without "+key, false)
				v[key] = value
				change(path+"."+key, value, optional, func(x any) { v[key] = x })
				walk(path+"."+key, value)
			}
			v["no such key"] = 1.0
			try(path, true)
			delete(v, "no such key")
		case []any:
			for i, value := range v {
				change(fmt.Sprintf("%s[%d]", path, i), value, false, func(x any) { v[i] = x })
				walk(fmt.Sprintf("%s[%d]", path, i), value)
			}
		}
	}
	walk("a", whole)
	if refused < 1000 || accepted < 50 {
		t.Errorf("%d refused, %d accepted", refused, accepted)
	}
	if wrong := s.Check("a", whole); wrong != nil {
		t.Errorf("the agreement did not come out as it was: %v", wrong)
	}
}
