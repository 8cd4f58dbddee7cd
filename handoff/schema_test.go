package handoff_test

import (
	"encoding/json"
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

// The schema has every key of an agreement and no other, and says of each what the Go types say. What is always written though it
// need not be is 0 or an empty list.
func TestSchemaHasTheKeysOfAnAgreement(t *testing.T) {
	s := script.ReadSchema(t, "agreement.schema.json")
	want := []string{
		"Member.weight is always written, and not required", "Agreement.attempts is always written, and not required",
		"Goals.periods is always written, and not required", "Clawback.days is always written, and not required",
	}
	if diff := cmp.Diff(want, s.CheckKeys(reflect.TypeFor[handoff.Agreement](), map[reflect.Type][]string{
		reflect.TypeFor[string]():                              {"string", "Name"},
		reflect.TypeFor[handoff.Duration]():                    {"Span", "Deadline"},
		reflect.TypeFor[routing.Duration]():                    {"Span"},
		reflect.TypeFor[time.Time]():                           {"Instant"},
		reflect.TypeFor[map[worktime.Date][]worktime.Window](): {"Dates"},
		reflect.TypeFor[map[string]worktime.Definition]():      {"Calendars"},
	})); diff != "" {
		t.Errorf("-want +got\n%s", diff)
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
		return script.Untyped(t, json.RawMessage(data)).(map[string]any)["$defs"].(map[string]any)
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
		for _, wrong := range s.Check(name, script.Untyped(t, json.RawMessage(data))) {
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
		if diff := cmp.Diff(want, s.Check("a", script.Untyped(t, json.RawMessage(document)))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", file, diff)
		}
	}
}

// What the schema refuses Parse or Compile refuses, too.
func TestSchemaRefusesWhatCompileRefuses(t *testing.T) {
	s := script.ReadSchema(t, "agreement.schema.json")
	policy := policy(t)
	compile := func(data []byte) error {
		again, err := handoff.Parse(data)
		if err == nil {
			_, err = handoff.Compile(again, policy, time.LoadLocation)
		}
		return err
	}
	tally := script.Comparison{Schema: s, Read: compile, Must: func(_, damage string) bool { return damage == "-1" || damage == "1.5" }}.Damage(t, schemaAgreement(t))
	if tally.Refused < 2495 || tally.Accepted < 600 {
		t.Errorf("%d refused, %d accepted", tally.Refused, tally.Accepted)
	}
}
