package goals_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/leadloop/leadloop/handoff/goals"
)

// One line for each mistake that a plan can have.
func TestCompilePayMistakes(t *testing.T) {
	first := func(p *goals.PayPlan) *goals.Component { return &p.Roles[0].Components[0] }
	curve := func(c goals.Curve) func(*goals.PayPlan) {
		return func(p *goals.PayPlan) { first(p).Curve = c }
	}
	tiers := []goals.Tier{{From: "0", Rate: "1"}}
	for _, c := range []struct {
		name   string
		change func(*goals.PayPlan)
		is     error
		want   string
	}{
		{"later format", func(p *goals.PayPlan) { p.Schema = 2 }, goals.ErrSchema, "schema: the format is 2, this program reads formats up to 1: update it"},
		{"negative format", func(p *goals.PayPlan) { p.Schema = -1 }, goals.ErrSchema, "schema: must be 1, or left out"},
		{"no name", func(p *goals.PayPlan) { p.Name = "" }, goals.ErrName, "name: the name is missing"},
		{"no version", func(p *goals.PayPlan) { p.Version = 0 }, goals.ErrSchema, "version: versions start at 1"},
		{"clawback before", func(p *goals.PayPlan) { p.Clawback.Days = -1 }, goals.ErrPeriod, "clawback.days: give 0 to 36600 days"},
		{"endless clawback", func(p *goals.PayPlan) { p.Clawback.Days = 36601 }, goals.ErrPeriod, "clawback.days: "},
		{"no roles", func(p *goals.PayPlan) { p.Roles = nil }, goals.ErrAmount, "roles: there are 0 roles: give 1 to 1000"},
		{"role twice", func(p *goals.PayPlan) { p.Roles[1].Name = "marketing" }, goals.ErrName, "roles[1].name: the name stands here twice"},
		{"no target", func(p *goals.PayPlan) { p.Roles[0].Target = 0 }, goals.ErrAmount, "roles[0].target: the target is not above 0: give the variable pay at 100 %, in minor units"},
		{"no components", func(p *goals.PayPlan) { p.Roles[0].Components = nil }, goals.ErrAmount, "roles[0].components: there are 0 components: give 1 to 16"},
		{"too many components", func(p *goals.PayPlan) { p.Roles[0].Components = make([]goals.Component, 17) }, goals.ErrAmount, "roles[0].components: there are 17"},
		{"component twice", func(p *goals.PayPlan) { first(p).Name = "company" }, goals.ErrName, "roles[0].components[1].name: the name stands here twice"},
		{"weights", func(p *goals.PayPlan) { first(p).Weight = "1/2" }, goals.ErrFraction, "roles[0].components: the weights sum to 5/6: make them sum to 1"},
		{"no weight", func(p *goals.PayPlan) { first(p).Weight = "" }, goals.ErrFraction, "roles[0].components[0].weight: it is missing"},
		{"weight of zero", func(p *goals.PayPlan) { first(p).Weight = "0" }, goals.ErrFraction, "roles[0].components[0].weight: it is zero"},
		{"weight above one", func(p *goals.PayPlan) { first(p).Weight = "4/3" }, goals.ErrFraction, "roles[0].components[0].weight: it is above one"},
		{"no measure", func(p *goals.PayPlan) { first(p).Measure = "" }, goals.ErrName, "roles[0].components[0].measure: it is missing"},
		{"floor above cap", func(p *goals.PayPlan) { first(p).Floor, first(p).Cap = "1", "1/2" }, goals.ErrFraction, "roles[0].components[0].floor: the floor is above the cap"},
		{"cap of zero", func(p *goals.PayPlan) { p.Roles[0].Cap = "0" }, goals.ErrFraction, "roles[0].cap: it is zero"},
		{"malformed floor", func(p *goals.PayPlan) { p.Roles[0].Floor = "10%" }, goals.ErrFraction, "roles[0].floor: it is no fraction"},
		{"shared gate twice", func(p *goals.PayPlan) { p.Gates = append(p.Gates, p.Gates[0]) }, goals.ErrName, "gates[1].name: the name stands here twice"},
		{"own gate like a shared one", func(p *goals.PayPlan) { p.Roles[0].Gates[0].Name = "company" }, goals.ErrName, "roles[0].gates[0].name: the name stands here twice"},
		{"gate without measure", func(p *goals.PayPlan) { p.Gates[0].Measure = "" }, goals.ErrName, "gates[0].measure: it is missing"},
		{"gate without threshold", func(p *goals.PayPlan) { p.Gates[0].Threshold = "" }, goals.ErrFraction, "gates[0].threshold: it is missing"},
		{"gate that never closes", func(p *goals.PayPlan) { p.Gates[0].Threshold = "0" }, goals.ErrFraction, "gates[0].threshold: it is zero"},
		{"gate without factor", func(p *goals.PayPlan) { p.Gates[0].Factor = "" }, goals.ErrFraction, "gates[0].factor: it is missing"},
		{"gate that does not cut", func(p *goals.PayPlan) { p.Gates[0].Factor = "1" }, goals.ErrFraction, "gates[0].factor: it is not below one"},
		{"too many gates", func(p *goals.PayPlan) { p.Gates = make([]goals.Gate, 17) }, goals.ErrAmount, "gates: there are 17 gates: give at most 16"},
		{"no kind", curve(goals.Curve{}), goals.ErrCurve, `roles[0].components[0].curve.kind: it is missing: give "linear", "cliff", "ramp" or "tiers"`},
		{"unknown kind", curve(goals.Curve{Kind: "steep"}), goals.ErrCurve, "roles[0].components[0].curve.kind: there is no such curve"},
		{"cliff without threshold", curve(goals.Curve{Kind: goals.CurveCliff}), goals.ErrCurve, "roles[0].components[0].curve.threshold: a cliff needs"},
		{"cliff at zero", curve(goals.Curve{Kind: goals.CurveCliff, Threshold: "0"}), goals.ErrCurve, "roles[0].components[0].curve.threshold: a cliff needs"},
		{"malformed threshold", curve(goals.Curve{Kind: goals.CurveLinear, Threshold: "x"}), goals.ErrFraction, "roles[0].components[0].curve.threshold: it is no fraction"},
		{"ramp of one point", curve(goals.Curve{Kind: goals.CurveRamp, Points: []goals.Point{{At: "0", Pay: "1"}}}), goals.ErrCurve, "roles[0].components[0].curve.points: there are 1 points: a ramp needs 2 to 16"},
		{"ramp that stands", curve(goals.Curve{Kind: goals.CurveRamp, Points: []goals.Point{{At: "1", Pay: "1"}, {At: "1", Pay: "2"}}}), goals.ErrCurve, "roles[0].components[0].curve.points[1].at: it is not above the one before"},
		{"ramp without pay", curve(goals.Curve{Kind: goals.CurveRamp, Points: []goals.Point{{At: "0", Pay: "1"}, {At: "1"}}}), goals.ErrFraction, "roles[0].components[0].curve.points[1].pay: it is missing"},
		{"no tiers", curve(goals.Curve{Kind: goals.CurveTiers}), goals.ErrCurve, "roles[0].components[0].curve.tiers: there are 0 tiers: give 1 to 16"},
		{"tiers from above zero", curve(goals.Curve{Kind: goals.CurveTiers, Tiers: []goals.Tier{{From: "1", Rate: "1"}}}), goals.ErrCurve, "roles[0].components[0].curve.tiers[0].from: the first tier starts above 0"},
		{"tiers that fall", curve(goals.Curve{Kind: goals.CurveTiers, Tiers: append(tiers, goals.Tier{From: "0", Rate: "1"})}), goals.ErrCurve, "roles[0].components[0].curve.tiers[1].from: it is not above"},
		{"tier without rate", curve(goals.Curve{Kind: goals.CurveTiers, Tiers: []goals.Tier{{From: "0"}}}), goals.ErrFraction, "roles[0].components[0].curve.tiers[0].rate: it is missing"},
		{"tier without from", curve(goals.Curve{Kind: goals.CurveTiers, Tiers: []goals.Tier{{Rate: "1"}}}), goals.ErrFraction, "roles[0].components[0].curve.tiers[0].from: it is missing"},
		{"unknown mode", curve(goals.Curve{Kind: goals.CurveTiers, Tiers: tiers, Mode: "most"}), goals.ErrCurve, `roles[0].components[0].curve.mode: give "marginal" or "whole"`},
		{"points of tiers", curve(goals.Curve{Kind: goals.CurveTiers, Tiers: tiers, Points: make([]goals.Point, 1)}), goals.ErrCurve, "roles[0].components[0].curve.points: only a ramp has points"},
		{"tiers of a line", curve(goals.Curve{Kind: goals.CurveLinear, Tiers: tiers}), goals.ErrCurve, "roles[0].components[0].curve.tiers: only tiers"},
		{"mode of a line", curve(goals.Curve{Kind: goals.CurveLinear, Mode: goals.TiersWhole}), goals.ErrCurve, "roles[0].components[0].curve.tiers: only tiers"},
	} {
		plan := both()
		c.change(&plan)
		pay, err := goals.CompilePay(plan)
		if pay != nil || !errors.Is(err, c.is) || !strings.Contains("\n"+err.Error(), "\n"+c.want) {
			t.Errorf("%s: %v\nwant %s", c.name, err, c.want)
			continue
		}
		alone := c.name != "too many components" && c.name != "too many gates"
		if alone && strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: more than one mistake: %v", c.name, err)
		}
		var e *goals.Error
		if !errors.As(err, &e) || e.Path == "" {
			t.Errorf("%s: no *goals.Error", c.name)
		}
	}
}

func TestCompilePayReportsEverything(t *testing.T) {
	_, err := goals.CompilePay(goals.PayPlan{
		Schema: -1, Gates: []goals.Gate{{}}, Roles: []goals.Role{{Components: []goals.Component{{Curve: goals.Curve{Kind: goals.CurveCliff}}}}},
	})
	want := []string{
		"schema", "name", "version", "gates[0].name", "gates[0].measure", "gates[0].threshold", "gates[0].factor",
		"roles[0].name", "roles[0].target", "roles[0].components[0].name", "roles[0].components[0].measure", "roles[0].components[0].weight", "roles[0].components[0].curve.threshold",
	}
	var got []string
	for line := range strings.Lines(err.Error()) {
		path, _, _ := strings.Cut(line, ": ")
		got = append(got, path)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
}

func TestParsePay(t *testing.T) {
	plan := both()
	data, err := json.Marshal(plan)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := goals.ParsePay(data); err != nil || !reflect.DeepEqual(got, plan) {
		t.Errorf("got %+v, %v", got, err)
	}
	for text, want := range map[string]string{
		`{"schema": 2, "novelty": 1}`:       "schema: the format is 2, this program reads formats up to 1: update it",
		`{"roles": [{"targets": 5}]}`:       `roles[0].targets:1:13: unknown key, did you mean "target"?`,
		`{"roles": [{"target": 5.5}]}`:      "roles[0].target:1:23: a whole number",
		`{"roles": [{"floor": 0.5}]}`:       "roles[0].floor:1:22: a text is wanted here, not the number 0.5",
		`{"name": "a", "name": "b"}`:        "name:1:15: the key stands here twice",
		strings.Repeat(" ", 1<<20) + `{"a"`: "1:1: the document has",
	} {
		got, err := goals.ParsePay([]byte(text))
		if err == nil || !strings.HasPrefix(err.Error(), want) || got.Roles != nil {
			t.Errorf("%.40s: %v, want %s", text, err, want)
		}
	}
}
