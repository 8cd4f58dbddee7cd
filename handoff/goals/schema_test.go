package goals_test

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/leadloop/leadloop/handoff/goals"
	"github.com/leadloop/leadloop/internal/script"
)

// The schema has every key of a plan and no other, and says of each what the Go types say. A plan without a clawback writes 0 days.
func TestSchemaHasTheKeysOfAPlan(t *testing.T) {
	s := script.ReadSchema(t, "pay.schema.json")
	want := []string{"Clawback.days is always written, and not required"}
	if diff := cmp.Diff(want, s.CheckKeys(reflect.TypeFor[goals.PayPlan](), map[reflect.Type][]string{reflect.TypeFor[string](): {"Name"}})); diff != "" {
		t.Errorf("-want +got\n%s", diff)
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

func TestPlansFitTheSchema(t *testing.T) {
	s := script.ReadSchema(t, "pay.schema.json")
	r := rand.New(rand.NewPCG(5, 5))
	for range 500 {
		if wrong := s.Check("plan", script.Untyped(t, randomPlan(r))); wrong != nil {
			t.Fatal(wrong)
		}
	}
}

// What the schema refuses ParsePay or CompilePay refuses, too.
func TestSchemaRefusesWhatCompileRefuses(t *testing.T) {
	s := script.ReadSchema(t, "pay.schema.json")
	plan := both()
	plan.SchemaURL, plan.Schema = "pay.schema.json", 1
	plan.Roles[1].Components[0].Curve.Mode = goals.TiersWhole
	compile := func(data []byte) error {
		again, err := goals.ParsePay(data)
		if err == nil {
			_, err = goals.CompilePay(again)
		}
		return err
	}
	tally := script.Comparison{Schema: s, Read: compile, Must: func(_, damage string) bool { return damage == "-1" || damage == "1.5" }}.Damage(t, plan)
	if tally.Refused < 798 {
		t.Errorf("only %d were refused", tally.Refused)
	}
}
