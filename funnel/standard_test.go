package funnel_test

import (
	"encoding/json"
	"fmt"
	"math/big"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/internal/script"
)

func standard(t testing.TB) *funnel.Policy[Lead] {
	t.Helper()
	policy, err := funnel.Compile[Lead](funnel.Standard())
	if err != nil {
		t.Fatal(err)
	}
	return policy
}

// testdata/reasons.json is the collection of facts from practice from which the catalogue was written.
func TestReasonsAreTheFacts(t *testing.T) {
	data, err := os.ReadFile("testdata/reasons.json")
	if err != nil {
		t.Fatal(err)
	}
	var facts struct {
		Classes map[funnel.Class]string
		Reasons []funnel.ReasonDefinition
	}
	if err := json.Unmarshal(data, &facts); err != nil {
		t.Fatal(err)
	}
	reasons := funnel.Standard().Reasons
	if diff := cmp.Diff(facts.Reasons, reasons); diff != "" {
		t.Errorf("catalogue (-facts +code):\n%s", diff)
	}
	for _, reason := range reasons {
		if facts.Classes[reason.Class] == "" {
			t.Errorf("%s: class %q is not among the facts", reason.Code, reason.Class)
		}
	}
	// As JSON, too: no key of the facts is lost, none is added.
	var want struct{ Reasons []map[string]any }
	if err := json.Unmarshal(data, &want); err != nil {
		t.Fatal(err)
	}
	written, err := json.Marshal(reasons)
	if err != nil {
		t.Fatal(err)
	}
	var got []map[string]any
	if err := json.Unmarshal(written, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want.Reasons, got); diff != "" {
		t.Errorf("JSON (-facts +code):\n%s", diff)
	}
}

// Where every event and every reason leads from every stage: the table that both departments sign.
func TestStandardMatrix(t *testing.T) {
	policy := standard(t)
	d := policy.Definition()
	var out strings.Builder

	events, returns := []funnel.Event{}, []funnel.Return{}
	for _, e := range d.Edges {
		if !contains(events, e.On) {
			events = append(events, e.On)
		}
	}
	for _, e := range d.Returns {
		if !contains(returns, e.On) {
			returns = append(returns, e.On)
		}
	}
	out.WriteString("stage × event\n")
	for _, stage := range d.Stages {
		for _, event := range events {
			pos := at(stage.Name)
			pos.Reason = funnel.ReasonNoBudget
			tr, err := policy.Move(pos, event, nil, on("x", "2027-01-01"))
			to := string(tr.To)
			if err != nil {
				to = "-"
			}
			fmt.Fprintf(&out, "%-13s %-14s %s\n", stage.Name, event, to)
		}
	}
	out.WriteString("\nstage × return × reason, where permitted\n")
	for _, stage := range d.Stages {
		for _, back := range returns {
			for _, reason := range d.Reasons {
				tr, err := policy.Return(at(stage.Name), back, reason.Code, feedback(reason), nil, on("x", "2026-06-01"))
				if err != nil {
					continue
				}
				until := "-"
				if !tr.NotBefore.IsZero() {
					until = tr.NotBefore.Format("2006-01-02")
				}
				fmt.Fprintf(&out, "%-13s %-11s %-24s %-13s not before %s\n", stage.Name, back, reason.Code, tr.To, until)
			}
		}
	}
	script.Golden(t, "testdata/standard_matrix.txt", out.String())
}

func contains[T comparable](list []T, x T) bool {
	for _, y := range list {
		if x == y {
			return true
		}
	}
	return false
}

// at is a position of the standard funnel at the start of 2026.
func at(stage funnel.Stage) funnel.Position {
	return funnel.Position{ID: "lead", Policy: "standard", PolicyVersion: 1, Stage: stage, Since: on("", "2026-01-01").Occurred, Round: 1}
}

// feedback fills in what a reason asks, optional fields too.
func feedback(reason funnel.ReasonDefinition) funnel.Feedback {
	examples := map[funnel.FieldType]string{
		funnel.FieldText: "some text", funnel.FieldID: "id-7", funnel.FieldTime: "2026-12-01T10:00:00+01:00",
		funnel.FieldDate: "2026-12-01", funnel.FieldList: "phone, email", funnel.FieldMoney: "125000",
	}
	f := funnel.Feedback{Fields: map[string]string{}}
	for _, field := range reason.Fields {
		f.Fields[field.Name] = examples[field.Type]
	}
	return f
}

func TestStandardMermaid(t *testing.T) {
	script.Golden(t, "testdata/standard.mmd", standard(t).Mermaid())
}

func TestStandardIsACopy(t *testing.T) {
	a := funnel.Standard()
	a.Returns[4].Dispositions[0] = "x"
	a.Reasons[0].Fields[0].Name = "x"
	b := funnel.Standard()
	if b.Returns[6].Dispositions[0] == "x" || b.Reasons[0].Fields[0].Name == "x" || a.Returns[6].Dispositions[0] == "x" {
		t.Error("Standard shares memory")
	}
}

func TestDefinitionJSON(t *testing.T) {
	written := funnel.Standard()
	written.Edges[0].When, written.Edges[1].Guards = `Grade == "A1"`, []string{"consent"}
	bare := funnel.Definition{Reasons: []funnel.ReasonDefinition{{}}, Returns: []funnel.ReturnEdge{{}}}
	for _, d := range []funnel.Definition{written, bare, {}} {
		data, err := json.MarshalIndent(d, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		back, err := funnel.Parse(data)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(d, back); diff != "" {
			t.Errorf("after JSON (-want +got):\n%s", diff)
		}
	}
}

// Scoring carries adjustments in millionths: every factor must be a whole number of them.
func TestAdjustmentRatio(t *testing.T) {
	for factor, want := range map[string]string{"1/2": "1/2", "3/4": "3/4", "0": "0", "2": "2", "125/1000": "1/8", "1/1000000": "1/1000000", "1000000": "1000000"} {
		n, d, err := funnel.Adjustment{Op: funnel.OpScale, Factor: factor}.Ratio()
		if err != nil || big.NewRat(n, d).RatString() != want {
			t.Errorf("%q is %d/%d, %v, want %s", factor, n, d, err, want)
			continue
		}
		if n*1_000_000%d != 0 {
			t.Errorf("%q is not whole in millionths", factor)
		}
	}
	for _, factor := range []string{"", "/", "1/", "/2", "1/0", "-1/2", "+1", "1/3", "1/2/3", "0.5", " 1", "1e3", "1000001", "1/1000001", "1/2000000", "9223372036854775807", "1234567890123/1"} {
		if n, d, err := (funnel.Adjustment{Op: funnel.OpScale, Factor: factor}).Ratio(); err == nil {
			t.Errorf("%q is taken as %d/%d", factor, n, d)
		}
	}
}
