package funnel_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/leadloop/leadloop/funnel"
)

// Each mistake alone, with its path and what it says.
func TestCompileMistakes(t *testing.T) {
	yes := func(*Lead, time.Time) error { return nil }
	consent := funnel.Guard[Lead]{Name: "consent", Check: yes}
	reason := func(change func(*funnel.ReasonDefinition)) func(*funnel.Definition) {
		return func(d *funnel.Definition) { change(&d.Reasons[20]) } // timing
	}
	for _, test := range []struct {
		name   string
		change func(*funnel.Definition)
		guards []funnel.Guard[Lead]
		want   string
	}{
		{"schema", func(d *funnel.Definition) { d.Schema = 2 }, nil, "schema: the format is 2, this program reads formats up to 1"},
		{"negative schema", func(d *funnel.Definition) { d.Schema = -1 }, nil, "schema: must be 1, or left out"},
		{"name", func(d *funnel.Definition) { d.Name = "" }, nil, "name: is missing"},
		{"name in another code", func(d *funnel.Definition) { d.Name = "\xff" }, nil, "name: is not valid UTF-8"},
		{"version", func(d *funnel.Definition) { d.Version = 0 }, nil, "version: must be from 1"},
		{"rounds", func(d *funnel.Definition) { d.MaxRounds = -1 }, nil, "max_rounds: must be from 1 to 2147483647, or 0"},
		{"no initial", func(d *funnel.Definition) { d.Initial = "" }, nil, "initial: is missing"},
		{"initial", func(d *funnel.Definition) { d.Initial = "inqiry" }, nil, `initial: unknown stage "inqiry", did you mean "inquiry"?`},
		{"stage kind", func(d *funnel.Definition) { d.Stages[2].Kind = "slo" }, nil, `stages[2].kind: unknown value "slo", did you mean "sla"?; known are`},
		{"stage phase", func(d *funnel.Definition) { d.Stages[2].Phase = "desire" }, nil, `stages[2].phase: unknown value "desire"`},
		{"stage order", func(d *funnel.Definition) { d.Stages[2].Order = -1 }, nil, "stages[2].order: must be from 1"},
		{"order twice", func(d *funnel.Definition) { d.Stages[2].Order = 1 }, nil, "stages[2].order: stages[0] has the same place"},
		{"stage twice", func(d *funnel.Definition) {
			d.Stages = append(d.Stages, funnel.StageDefinition{Name: funnel.MQL, Kind: funnel.KindGate})
		}, nil, `stages[9].name: the stage "mql" stands already at stages[1]`},
		{"unreachable", func(d *funnel.Definition) {
			d.Stages = append(d.Stages, funnel.StageDefinition{Name: "island", Kind: funnel.KindGate})
		}, nil, `stages[9]: no way leads from "inquiry" to "island"`},
		{"edge from", func(d *funnel.Definition) {
			d.Edges = append(d.Edges, funnel.Edge{From: "nowhere", On: "x", To: funnel.MQL})
		}, nil, `edges[10].from: unknown stage "nowhere"`},
		{"edge to", func(d *funnel.Definition) {
			d.Edges = append(d.Edges, funnel.Edge{From: funnel.MQL, On: "x", To: "wonn"})
		}, nil, `edges[10].to: unknown stage "wonn", did you mean "won"?`},
		{"edge without event", func(d *funnel.Definition) {
			d.Edges = append(d.Edges, funnel.Edge{From: funnel.MQL, To: funnel.Won})
		}, nil, `edges[10].on: is missing`},
		{"edge twice", func(d *funnel.Definition) {
			d.Edges = append(d.Edges, funnel.Edge{From: funnel.MQL, On: funnel.Accept, To: funnel.Won})
		}, nil, `edges[10]: edges[1] leads already from "mql" on "accept"`},
		{"release", func(d *funnel.Definition) { d.Edges[5].Release = "cooldown" }, nil, `edges[5].release: unknown value "cooldown", did you mean "cool_down"?`},
		{"release of leads without reason", func(d *funnel.Definition) { d.Edges[2].Release = funnel.ReleaseManual }, nil,
			`edges[2].release: edges[1] leads to "sal" without a reason`},
		{"release at the start", func(d *funnel.Definition) { d.Edges[0].Release = funnel.ReleaseManual }, nil,
			`edges[0].release: leads start at "inquiry" without a reason`},

		{"return from and to", func(d *funnel.Definition) {
			d.Returns = append(d.Returns, funnel.ReturnEdge{From: "a", On: "x", To: "b", Dispositions: []funnel.Disposition{"merge"}})
		}, nil, "returns[14].from: unknown stage \"a\"\nreturns[14].to: unknown stage \"b\""},
		{"return without name", func(d *funnel.Definition) {
			d.Returns = append(d.Returns, funnel.ReturnEdge{From: funnel.MQL, To: funnel.Lost, Dispositions: []funnel.Disposition{"merge"}})
		}, nil, "returns[14].on: is missing"},
		{"return without dispositions", func(d *funnel.Definition) {
			d.Returns = append(d.Returns, funnel.ReturnEdge{From: funnel.MQL, On: "drop", To: funnel.Lost})
		}, nil, "returns[14].dispositions: there are none"},
		{"return like an event", func(d *funnel.Definition) {
			d.Returns = append(d.Returns, funnel.ReturnEdge{From: funnel.MQL, On: "win", To: funnel.Lost, Dispositions: []funnel.Disposition{"merge"}})
		}, nil, `returns[14].on: edges[4] uses "win" for an event`},
		{"disposition", func(d *funnel.Definition) { d.Returns[9].Dispositions[0] = "mergee" }, nil,
			`returns[9].dispositions[0]: unknown value "mergee", did you mean "merge"?`},
		{"disposition twice", func(d *funnel.Definition) { d.Returns[9].Dispositions[1] = "merge" }, nil,
			`returns[9].dispositions[1]: "merge" stands here twice`},
		{"disposition on two edges", func(d *funnel.Definition) {
			d.Returns = append(d.Returns, funnel.ReturnEdge{From: funnel.SAL, On: funnel.Recycle, To: funnel.Lost, Dispositions: []funnel.Disposition{"merge", "defer"}})
		}, nil, `returns[14].dispositions[1]: returns[3] takes "defer" already from "sal" on "recycle"`},

		{"code", reason(func(r *funnel.ReasonDefinition) { r.Code = "" }), nil, "reasons[20].code: is missing"},
		{"code twice", reason(func(r *funnel.ReasonDefinition) { r.Code = funnel.ReasonMisrouted }), nil,
			`reasons[20].code: the reason "misrouted" stands already at reasons[0]`},
		{"class", reason(func(r *funnel.ReasonDefinition) { r.Class = "clericl" }), nil, `reasons[20].class: unknown value "clericl", did you mean "clerical"?`},
		{"reason's disposition", reason(func(r *funnel.ReasonDefinition) { r.Disposition = "return" }), nil, `reasons[20].disposition: unknown value "return"`},
		{"disposition that no edge takes", func(d *funnel.Definition) {
			for i := range d.Returns {
				for j, disposition := range d.Returns[i].Dispositions {
					if disposition == "attach" {
						d.Returns[i].Dispositions = append(d.Returns[i].Dispositions[:j], d.Returns[i].Dispositions[j+1:]...)
						break
					}
				}
			}
		}, nil, `reasons[2].disposition: no return edge can take "attach"`},
		{"side", reason(func(r *funnel.ReasonDefinition) { r.AtFault = "marketting" }), nil, `reasons[20].at_fault: unknown value "marketting", did you mean "marketing"?`},
		{"cool-down", reason(func(r *funnel.ReasonDefinition) { r.CoolDownDays = -1 }), nil, "reasons[20].cool_down_days: must be from 0 to 36500"},
		{"long cool-down", reason(func(r *funnel.ReasonDefinition) { r.CoolDownDays = 36501 }), nil, "reasons[20].cool_down_days: must be"},
		{"attempts", reason(func(r *funnel.ReasonDefinition) { r.MinAttempts = "0" }), nil, "reasons[20].min_attempts: must be a number from 1"},
		{"attempts in words", reason(func(r *funnel.ReasonDefinition) { r.MinAttempts = "agreement" }), nil, "reasons[20].min_attempts: must be a number from 1"},
		{"field type", reason(func(r *funnel.ReasonDefinition) { r.Fields = append(r.Fields, funnel.Field{Name: "x", Type: "int"}) }), nil,
			`reasons[20].fields[1].type: unknown value "int"`},
		{"field name", reason(func(r *funnel.ReasonDefinition) { r.Fields = append(r.Fields, funnel.Field{Type: funnel.FieldText}) }), nil,
			"reasons[20].fields[1].field: is missing"},
		{"field twice", reason(func(r *funnel.ReasonDefinition) { r.Fields = append(r.Fields, r.Fields[0]) }), nil,
			`reasons[20].fields[1].field: the field "revisit_at" stands here twice`},
		{"adjustment", reason(func(r *funnel.ReasonDefinition) { r.Adjust = []funnel.Adjustment{{Op: "double"}} }), nil,
			"reasons[20].adjust[0].dimension: is missing\nreasons[20].adjust[0].op: unknown value \"double\""},
		{"factor", reason(func(r *funnel.ReasonDefinition) { r.Adjust[0].Factor = "1/3" }), nil, "reasons[20].adjust[0].factor: write the factor as"},
		{"factor of a reset", reason(func(r *funnel.ReasonDefinition) { r.Adjust[0].Op = funnel.OpReset }), nil, "reasons[20].adjust[0].factor: a reset has no factor"},
		{"when", reason(func(r *funnel.ReasonDefinition) { r.ReEntry.When = "later" }), nil, `reasons[20].re_entry.when: unknown value "later"`},
		{"needs", reason(func(r *funnel.ReasonDefinition) { r.ReEntry.Needs = "" }), nil, `reasons[20].re_entry.needs: unknown value ""`},
		{"re-entry field", reason(func(r *funnel.ReasonDefinition) { r.ReEntry.Field = "revisit" }), nil,
			`reasons[20].re_entry.field: the reason has no field "revisit"`},
		{"re-entry field type", reason(func(r *funnel.ReasonDefinition) { r.Fields[0].Type = funnel.FieldText }), nil,
			`reasons[20].re_entry.field: the field "revisit_at" is a text, not a date or time`},
		{"re-entry field missing", reason(func(r *funnel.ReasonDefinition) { r.ReEntry.Field = "" }), nil,
			"reasons[20].re_entry.field: is missing: name the date or time field that says when\nreasons[20].re_entry.lead_days: there is no field"},
		{"re-entry field without use", reason(func(r *funnel.ReasonDefinition) { r.ReEntry.When, r.ReEntry.Bypass = funnel.WhenManual, "" }), nil,
			`reasons[20].re_entry.field: no date matters when re-entry is "manual"`},
		{"lead days", reason(func(r *funnel.ReasonDefinition) { r.ReEntry.LeadDays = -1 }), nil, "reasons[20].re_entry.lead_days: must be from 0 to 36500"},
		{"bypass", reason(func(r *funnel.ReasonDefinition) { r.ReEntry.Bypass = "vip" }), nil, `reasons[20].re_entry.bypass: unknown value "vip"`},
		{"bypass without wait", func(d *funnel.Definition) { d.Reasons[23].ReEntry.Bypass = funnel.BypassHighIntent }, nil,
			`reasons[23].re_entry.bypass: there is no wait to end when re-entry is "manual"`},

		{"unknown guard", func(d *funnel.Definition) { d.Edges[0].Guards = []string{"consent", "concent"} }, []funnel.Guard[Lead]{consent},
			`edges[0].guards[1]: unknown guard "concent", did you mean "consent"?`},
		{"guard of a return", func(d *funnel.Definition) { d.Returns[2].Guards = []string{"x"} }, nil, `returns[2].guards[0]: unknown guard "x"`},
		{"guard twice on an edge", func(d *funnel.Definition) { d.Edges[0].Guards = []string{"consent", "consent"} }, []funnel.Guard[Lead]{consent},
			`edges[0].guards[1]: the guard "consent" stands here twice`},
		{"guard given twice", func(d *funnel.Definition) { d.Edges[0].Guards = []string{"consent"} }, []funnel.Guard[Lead]{consent, consent},
			`guards[1]: the guard "consent" is given twice`},
		{"guard without name", func(*funnel.Definition) {}, []funnel.Guard[Lead]{{Check: yes}}, "guards[0]: the guard has no name"},
		{"guard without function", func(d *funnel.Definition) { d.Edges[0].Guards = []string{"consent"} }, []funnel.Guard[Lead]{{Name: "consent"}},
			`guards[0]: the guard "consent" has no function`},
		{"unused guard", func(*funnel.Definition) {}, []funnel.Guard[Lead]{consent}, `guards[0]: no edge names the guard "consent"`},
		{"condition", func(d *funnel.Definition) { d.Edges[0].When = "Consent && Grad == 1" }, nil, "edges[0].when:1:12: "},
		{"condition of a return", func(d *funnel.Definition) { d.Returns[1].When = "Grade +" }, nil, "returns[1].when:1:"},
		{"condition that is no condition", func(d *funnel.Definition) { d.Edges[0].When = "Grade" }, nil, "edges[0].when:1:1: "},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := funnel.Standard()
			test.change(&d)
			policy, err := funnel.Compile(d, test.guards...)
			if err == nil || policy != nil {
				t.Fatal("compiles")
			}
			if !strings.HasPrefix(err.Error(), test.want) {
				t.Errorf("got  %v\nwant %s…", err, test.want)
			}
			var mistake *funnel.Mistake
			if !errors.As(err, &mistake) {
				t.Errorf("%T is no *Mistake", err)
			}
			if lines := strings.Count(err.Error(), "\n"); lines > strings.Count(test.want, "\n") && !followOns[test.name] {
				t.Errorf("more than one mistake:\n%v", err)
			}
		})
	}
}

// These mistakes have others in their wake.
var followOns = map[string]bool{
	"initial": true, "stage twice": true, "code": true, "disposition": true, "condition": true, "condition of a return": true,
	"re-entry field missing": true, "release of leads without reason": true, "reason's disposition": true,
}

// All mistakes come at once, in the order of the definition.
func TestCompileCollects(t *testing.T) {
	_, err := funnel.Compile[Lead](funnel.Definition{
		Stages: []funnel.StageDefinition{{}},
		Edges:  []funnel.Edge{{From: "a", On: "go", To: "b"}},
	})
	want := []string{
		"name: is missing", "version: must be from 1 to 2147483647", "stages[0].name: is missing",
		`stages[0].kind: unknown value ""; known are ["inventory" "gate" "sla" "won" "lost" "detour"]`,
		"initial: is missing: name the stage at which leads start",
		`edges[0].from: unknown stage "a"`, `edges[0].to: unknown stage "b"`,
	}
	if err == nil {
		t.Fatal("compiles")
	}
	if diff := cmp.Diff(want, strings.Split(err.Error(), "\n")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	_, err = funnel.Compile[Lead](funnel.Definition{Name: "x", Version: 1})
	if err == nil || err.Error() != "stages: there are none: a funnel has at least one" {
		t.Errorf("no stages: %v", err)
	}
}

// A lead that conditions can't look at is a mistake only where there is a condition.
func TestCompileLeadType(t *testing.T) {
	d := funnel.Standard()
	if _, err := funnel.Compile[int](d); err != nil {
		t.Error(err)
	}
	d.Edges[0].When, d.Edges[1].When = "true", "true"
	_, err := funnel.Compile[int](d)
	if err == nil || strings.Count(err.Error(), ".when: conditions can't look at this type of lead: ") != 2 {
		t.Errorf("got %v", err)
	}
}

func TestParse(t *testing.T) {
	for _, test := range []struct{ name, json, want string }{
		{"no JSON", `{`, "1:2: "},
		{"trailing data", `{} {}`, "1:4: "},
		{"unknown key", "{\n \"name\": \"x\",\n \"stages\": [{\"nam\": \"y\"}]}", `stages[0].nam:3:14: unknown key, did you mean "name"?`},
		{"case", `{"Name": "x"}`, "Name:1:2: unknown key"},
		{"key twice", `{"name": "x", "name": "y"}`, "name:1:15: "},
		{"wrong type", `{"version": "1"}`, "version:1:13: "},
		{"null", `{"edges": null}`, "edges:1:11: "},
		{"later schema", `{"schema": 7, "novelty": true}`, "schema: the format is 7, this program reads formats up to 1: update it"},
		{"two mistakes", `{"a": 1, "b": 2}`, "a:1:2: "},
	} {
		t.Run(test.name, func(t *testing.T) {
			d, err := funnel.Parse([]byte(test.json))
			if err == nil || !strings.HasPrefix(err.Error(), test.want) {
				t.Errorf("got %v, want %s", err, test.want)
			}
			if diff := cmp.Diff(funnel.Definition{}, d); diff != "" {
				t.Errorf("a definition comes with the error: %s", diff)
			}
			var mistake *funnel.Mistake
			if !errors.As(err, &mistake) {
				t.Errorf("%T is no *Mistake", err)
			}
		})
	}
	if _, err := funnel.Parse([]byte(`{"a": 1, "b": 2}`)); strings.Count(err.Error(), "\n") != 1 {
		t.Errorf("not both mistakes: %v", err)
	}
	if _, err := funnel.Parse(make([]byte, 5<<20)); err == nil || !strings.HasPrefix(err.Error(), "1:1: ") {
		t.Errorf("too long a document: %v", err)
	}
}

// Definitions may come from strangers: a list of dispositions as long as Parse lets through is one mistake, not 60,000 that
// are each compared with all others.
func TestCompileBoundsDispositions(t *testing.T) {
	d := funnel.Standard()
	d.Returns[0].Dispositions = nil
	for i := range 60_000 {
		d.Returns[0].Dispositions = append(d.Returns[0].Dispositions, funnel.Disposition(fmt.Sprintf("merge-%d", i)))
	}
	_, err := funnel.Compile[Lead](d)
	if err == nil || !strings.Contains(err.Error(), "returns[0].dispositions: there are 60000, but only 9 different ones: ") {
		t.Error("no mistake reported")
	}
}

// Definitions may come from strangers: of thousands of unknown stages each is reported, and suggestions come from the first
// thousand known names.
func TestCompileReportsManyUnknownStages(t *testing.T) {
	d := funnel.Definition{Name: "x", Version: 1, Initial: "a"}
	for i := range 3000 {
		d.Stages = append(d.Stages, funnel.StageDefinition{Name: funnel.Stage(fmt.Sprintf("a-stage-with-a-long-name-%d", i)), Kind: funnel.KindGate})
		d.Edges = append(d.Edges, funnel.Edge{From: funnel.Stage(fmt.Sprintf("a-stoge-with-a-long-nome-%d", i)), On: "x", To: "a-stage-with-a-long-name-1"})
	}
	_, err := funnel.Compile[Lead](d)
	if n := strings.Count(err.Error(), "].from: unknown stage "); n != 3000 {
		t.Errorf("%d unknown stages reported, want 3000", n)
	}
	if !strings.Contains(err.Error(), `did you mean "a-stage-with-a-long-name-0"?`) {
		t.Error("no suggestion")
	}
}

// Names from anywhere can't break out of their place in a diagram.
func TestMermaidEscapes(t *testing.T) {
	evil := "a\"\n--> [*]: %%{init}%% <script>;#quot; é"
	d := funnel.Definition{
		Name: "evil", Version: 1, Initial: funnel.Stage(evil),
		Stages: []funnel.StageDefinition{{Name: funnel.Stage(evil), Kind: funnel.KindGate}, {Name: "end", Kind: funnel.KindDetour}},
		Edges:  []funnel.Edge{{From: funnel.Stage(evil), On: funnel.Event(evil), To: "end", Guards: []string{"g\n"}, When: "Grade == \"x\n\""}},
	}
	d.Edges[0].When = "Grade == \"x\" // \n || Consent"
	policy, err := funnel.Compile(d, funnel.Guard[Lead]{Name: "g\n", Check: func(*Lead, time.Time) error { return nil }})
	if err != nil {
		t.Fatal(err)
	}
	const safe = "a#34;#10;#45;#45;#62; #91;#42;#93;#58; #37;#37;#123;init#125;#37;#37; #60;script#62;#59;#35;quot#59; é"
	want := "stateDiagram-v2\n    direction LR\n" +
		"    state \"" + safe + "\" as s0\n    state \"end\" as s1\n    [*] --> s0\n" +
		"    s0 --> s1 : " + safe + " [g#10; and Grade #61;#61; #34;x#34; #47;#47; #10; #124;#124; Consent]\n" +
		"    s1 --> [*]\n" +
		"    classDef gate fill:#fff6e0,stroke:#c08a1e,color:#321\n    class s0 gate\n" +
		"    classDef detour fill:#f2f2f2,stroke:#777,stroke-dasharray:5 5,color:#222\n    class s1 detour\n"
	if diff := cmp.Diff(want, policy.Mermaid()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
