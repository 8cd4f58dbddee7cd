package funnel_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/internal/script"
)

// readyMade are the definitions that the package gives.
var readyMade = map[string]func() funnel.Definition{
	"standard": funnel.Standard, "waterfall": funnel.Waterfall, "pipeline": funnel.Pipeline, "lifecycle": funnel.Lifecycle,
}

// Each compiles, has nothing that Verify or a reader of its JSON would object to, and is a copy of its own.
func TestReadyMadeDefinitions(t *testing.T) {
	for name, give := range readyMade {
		d := give()
		if _, err := funnel.Compile[Lead](d); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for _, f := range funnel.Verify(d) {
			t.Errorf("%s: %v", name, f)
		}
		data, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		again, err := funnel.Parse(data)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(d, again, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s does not survive JSON:\n%s", name, diff)
		}
		before := fmt.Sprintf("%+v", d)
		other := give()
		for i := range other.Returns {
			for j := range other.Returns[i].Dispositions {
				other.Returns[i].Dispositions[j] = "changed"
			}
		}
		for i := range other.Stages {
			other.Stages[i].Name = "changed"
		}
		if fmt.Sprintf("%+v", d) != before || fmt.Sprintf("%+v", give()) != before {
			t.Errorf("%s is no copy", name)
		}
		for i, e := range d.Returns { // nor are lists shared within it
			if len(e.Dispositions) > 0 {
				e.Dispositions[0] = "changed"
				for j := range d.Returns {
					if j != i && slices.Contains(d.Returns[j].Dispositions, "changed") {
						t.Fatalf("%s: returns[%d] and returns[%d] share their dispositions", name, i, j)
					}
				}
				e.Dispositions[0] = give().Returns[i].Dispositions[0]
			}
		}
	}
}

// What happens by event at each stage, to be read by people, and where each reason leads.
func TestReadyMadeDefinitionsAsTables(t *testing.T) {
	for _, name := range []string{"waterfall", "pipeline", "lifecycle"} {
		d := readyMade[name]()
		var b strings.Builder
		for _, stage := range d.Stages {
			fmt.Fprintf(&b, "%s\n", strings.TrimSpace(fmt.Sprintf("%s (%s %s %d)", stage.Name, stage.Kind, stage.Phase, stage.Order)))
			for _, e := range d.Edges {
				if e.From == stage.Name {
					fmt.Fprintf(&b, "    %-22s → %s\n", strings.TrimSpace(fmt.Sprintf("%s %s", e.On, e.Release)), e.To)
				}
			}
			to := map[string][]string{}
			var order []string
			for _, e := range d.Returns {
				for _, reason := range d.Reasons {
					if e.From == stage.Name && slices.Contains(e.Dispositions, reason.Disposition) && (reason.BeforeContact || !e.BeforeContact) {
						key := fmt.Sprintf("%s → %s", e.On, e.To)
						if to[key] == nil {
							order = append(order, key)
						}
						to[key] = append(to[key], string(reason.Code))
					}
				}
			}
			for _, key := range order {
				fmt.Fprintf(&b, "    %s: %s\n", key, strings.Join(to[key], ", "))
			}
		}
		script.Golden(t, "testdata/"+name+".txt", b.String())
	}
}

// walkThrough moves a position by events and gives the stages that it passes.
func walkThrough(t *testing.T, d funnel.Definition, events ...funnel.Event) string {
	t.Helper()
	policy, err := funnel.Compile[Lead](d)
	if err != nil {
		t.Fatal(err)
	}
	pos := policy.Start("x", on("a", "2026-01-01"))
	stages := []string{string(pos.Stage)}
	for i, event := range events {
		tr, err := policy.Move(pos, event, nil, funnel.By{Occurred: pos.Since.Add(time.Duration(i) * time.Hour)})
		if err != nil {
			return strings.Join(append(stages, "refused"), " ")
		}
		pos = funnel.Apply(pos, tr)
		stages = append(stages, string(pos.Stage))
	}
	return strings.Join(stages, " ")
}

func TestWaterfallWaysToSales(t *testing.T) {
	d := funnel.Waterfall()
	for want, events := range map[string][]funnel.Event{
		"inquiry aql tal tql sal sql won": {funnel.AutomationQualify, funnel.TeleAccept, funnel.TeleQualify, funnel.Accept, funnel.SalesQualify, funnel.Win},
		"inquiry tgl sal sql won":         {funnel.TeleGenerate, funnel.Accept, funnel.SalesQualify, funnel.Win},
		"inquiry sgl sql won":             {funnel.SalesGenerate, funnel.SalesQualify, funnel.Win},
		"inquiry aql refused":             {funnel.AutomationQualify, funnel.Accept},
		"inquiry sgl refused":             {funnel.SalesGenerate, funnel.Accept},
	} {
		if got := walkThrough(t, d, events...); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// Teleprospecting rejects before contact; sales, after it, may give every reason.
func TestWaterfallReasonsBeforeContact(t *testing.T) {
	policy, err := funnel.Compile[Lead](funnel.Waterfall())
	if err != nil {
		t.Fatal(err)
	}
	for _, reason := range funnel.Waterfall().Reasons {
		for stage, want := range map[funnel.Stage]bool{funnel.AQL: reason.BeforeContact, funnel.TQL: true, funnel.TGL: true} {
			pos := policy.Start("x", on("a", "2026-01-01"))
			pos.Stage = stage
			_, err := policy.Return(pos, funnel.Reject, reason.Code, feedback(reason), nil, on("a", "2026-01-02"))
			if (err == nil) != want {
				t.Errorf("%s at %s: %v", reason.Code, stage, err)
			}
		}
	}
}

func TestPipelineWays(t *testing.T) {
	d := funnel.Pipeline()
	for want, events := range map[string][]funnel.Event{
		"appointment_scheduled qualified_to_buy presentation_scheduled decision_maker_bought_in contract_sent closed_won": {
			funnel.QualifyToBuy, funnel.SchedulePresentation, funnel.BuyIn, funnel.SendContract, funnel.Win},
		"appointment_scheduled contract_sent closed_won": {funnel.SendContract, funnel.Win},
		"appointment_scheduled refused":                  {funnel.Win},
		"appointment_scheduled contract_sent refused":    {funnel.SendContract, funnel.BuyIn},
		"appointment_scheduled presentation_scheduled":   {funnel.SchedulePresentation},
	} {
		if got := walkThrough(t, d, events...); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// From each stage all later ones can be reached at once, and no earlier one.
func TestLifecycleGoesForwardOnly(t *testing.T) {
	d := funnel.Lifecycle()
	at := func(stage funnel.Stage) int {
		return slices.IndexFunc(d.Stages, func(s funnel.StageDefinition) bool { return s.Name == stage })
	}
	for _, e := range d.Edges {
		if at(e.From) >= at(e.To) {
			t.Errorf("%s leads back from %s to %s", e.On, e.From, e.To)
		}
	}
	if n := len(d.Stages); len(d.Edges) != n*(n-1)/2 || len(d.Returns)+len(d.Reasons) != 0 {
		t.Errorf("%d edges, %d returns, %d reasons", len(d.Edges), len(d.Returns), len(d.Reasons))
	}
	if got := walkThrough(t, d, funnel.BecomeMQL, funnel.BecomeCustomer, funnel.BecomeEvangelist); got != "subscriber marketingqualifiedlead customer evangelist" {
		t.Errorf("got %s", got)
	}
	if got := walkThrough(t, d, funnel.BecomeCustomer, funnel.BecomeMQL); got != "subscriber customer refused" {
		t.Errorf("got %s", got)
	}
}
