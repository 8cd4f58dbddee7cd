package routing_test

import (
	"math/rand"
	"reflect"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/leadloop/leadloop/handoff/routing"
	"github.com/leadloop/leadloop/internal/script"
)

// The schema has every key of a plan and no other, and says of each what the Go types say. A weight that is left out is 0, which
// only weighted pools mind.
func TestSchemaHasTheKeysOfAPlan(t *testing.T) {
	s := script.ReadSchema(t, "plan.schema.json")
	want := []string{"Member.weight is always written, and not required"}
	if diff := cmp.Diff(want, s.CheckKeys(reflect.TypeFor[routing.Plan](), map[reflect.Type][]string{
		reflect.TypeFor[string]():           {"string", "Name"},
		reflect.TypeFor[routing.Duration](): {"Span"},
	})); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

// What CompilePlan takes fits the schema.
func TestPlansFitTheSchema(t *testing.T) {
	s := script.ReadSchema(t, "plan.schema.json")
	r := rand.New(rand.NewSource(6))
	for range 500 {
		p := varied(r)
		dispatcher(t, p)
		if wrong := s.Check("plan", script.Untyped(t, p)); wrong != nil {
			t.Fatal(wrong)
		}
	}
}

// absent are the keys that a plan cannot do without.
var absent = regexp.MustCompile(`^\$[.](version|fallback)$|[.](name|otherwise|pools|members|id)$`)

// What the schema refuses ParsePlan or CompilePlan refuses, too, and the schema refuses the lack of what must be there.
func TestSchemaRefusesWhatCompileRefuses(t *testing.T) {
	s := script.ReadSchema(t, "plan.schema.json")
	p := plan()
	p.SchemaURL, p.Schema, p.OwnerHeeds = "plan.schema.json", routing.PlanSchema, []routing.Cause{routing.Absent, routing.OverQuota}
	compile := func(data []byte) error {
		again, err := routing.ParsePlan(data)
		if err == nil {
			_, err = routing.CompilePlan[company](again, routing.Calendars(hours(t)))
		}
		return err
	}
	tally := script.Comparison{Schema: s, Read: compile, Must: func(place, damage string) bool {
		switch damage {
		case "-1", "1.5":
			return true
		case script.Absence:
			return absent.MatchString(place)
		}
		return false
	}}.Damage(t, p)
	if tally.Refused < 630 {
		t.Errorf("only %d were refused", tally.Refused)
	}
}
