package funnel_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/internal/script"
)

// The script's input is two parts of a definition with => between them; expected is what two departments read.
func TestDiff(t *testing.T) {
	script.Run(t, "testdata/diff.txt", func(input string) string {
		before, after, _ := strings.Cut(input, "\n=>\n")
		var definitions []funnel.Definition
		for _, text := range []string{before, after} {
			d, err := funnel.Parse([]byte(`{"schema": 1, "name": "n", ` + text + `}`))
			if err != nil {
				return err.Error()
			}
			definitions = append(definitions, d)
		}
		lines := []string{}
		for _, c := range funnel.Diff(definitions[0], definitions[1]) {
			lines = append(lines, fmt.Sprintf("%s %s: %s", c.Kind, c.Path, c))
		}
		return strings.Join(append(lines, fmt.Sprintf("%d changes", len(lines))), "\n")
	})
}

// full is a definition in which no field is empty.
func full() funnel.Definition {
	d := funnel.Standard()
	d.Reasons = d.Reasons[16:23]
	d.Stages[2].Limits = []funnel.TimeLimit{{After: 3, Unit: funnel.UnitDays, Event: funnel.SalesQualify, Return: "r", Reason: "x", Remind: "sales"}}
	d.Edges[1].Guards, d.Edges[1].When = []string{"consent", "budget"}, `Grade == "A1"`
	d.Returns[1].Guards, d.Returns[1].When = []string{"consent"}, `Grade == "B1"`
	d.Reasons[2].Adjust = []funnel.Adjustment{{Dimension: "fit", Op: funnel.OpScale, Factor: "1/2"}, {Dimension: "*", Op: funnel.OpReset}}
	d.Reasons[2].MinAttempts = "3"
	d.Reasons[2].ReEntry.LeadDays = 14
	return d
}

// leaves calls change for every value that is not composed of others, wherever it is in v.
func leaves(v reflect.Value, path string, visit func(path string, leaf reflect.Value)) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			leaves(v.Field(i), path+"."+v.Type().Field(i).Name, visit)
		}
	case reflect.Slice:
		for i := range v.Len() {
			leaves(v.Index(i), fmt.Sprintf("%s[%d]", path, i), visit)
		}
	default:
		visit(path, v)
	}
}

// Whatever value is changed, Diff sees it: a field that is added to the types and forgotten here fails this test.
func TestDiffSeesEveryValue(t *testing.T) {
	count := 0
	kinds := map[string]bool{}
	d := full()
	leaves(reflect.ValueOf(&d).Elem(), "d", func(path string, _ reflect.Value) {
		old, changed := full(), full()
		leaves(reflect.ValueOf(&changed).Elem(), "d", func(p string, leaf reflect.Value) {
			if p != path {
				return
			}
			switch leaf.Kind() {
			case reflect.String:
				leaf.SetString(leaf.String() + "x")
			case reflect.Int:
				leaf.SetInt(leaf.Int() + 7)
			case reflect.Bool:
				leaf.SetBool(!leaf.Bool())
			default:
				t.Fatalf("%s is a %s", p, leaf.Kind())
			}
		})
		changes := funnel.Diff(old, changed)
		if len(changes) == 0 {
			t.Errorf("%s: no change", path)
		}
		for _, c := range changes {
			kinds[string(c.Kind)] = true
			if c.Text == "" || c.Path == "" || strings.ContainsAny(c.Text, "\n\t") {
				t.Errorf("%s: %#v", path, c)
			}
		}
		if len(funnel.Diff(changed, old)) == 0 {
			t.Errorf("%s: no change back", path)
		}
		count++
	})
	if count < 250 || len(kinds) != 4 {
		t.Errorf("only %d values, kinds %v", count, kinds)
	}
}

// Where lists are ordered otherwise, and of equal definitions, there is nothing to tell.
func TestDiffOfEquals(t *testing.T) {
	random := rand.New(rand.NewPCG(4, 7))
	for range 50 {
		d, other := full(), full()
		shuffle := func(n int, swap func(i, j int)) { random.Shuffle(n, swap) }
		shuffle(len(other.Stages), reflect.Swapper(other.Stages))
		shuffle(len(other.Edges), reflect.Swapper(other.Edges))
		shuffle(len(other.Returns), reflect.Swapper(other.Returns))
		shuffle(len(other.Reasons), reflect.Swapper(other.Reasons))
		for i := range other.Returns {
			shuffle(len(other.Returns[i].Dispositions), reflect.Swapper(other.Returns[i].Dispositions))
		}
		other.Schema = 0
		if changes := funnel.Diff(d, other); changes != nil {
			t.Fatalf("%v", changes)
		}
	}
	if changes := funnel.Diff(funnel.Definition{}, funnel.Definition{}); changes != nil {
		t.Errorf("%v", changes)
	}
}

// A stage that is renamed everywhere is one change, as is a reason.
func TestDiffOfRenamed(t *testing.T) {
	for _, stage := range funnel.Standard().Stages {
		d := funnel.Standard()
		rename := func(name *funnel.Stage) {
			if *name == stage.Name {
				*name = "neu"
			}
		}
		rename(&d.Initial)
		for i := range d.Stages {
			rename(&d.Stages[i].Name)
		}
		for i := range d.Edges {
			rename(&d.Edges[i].From)
			rename(&d.Edges[i].To)
		}
		for i := range d.Returns {
			rename(&d.Returns[i].From)
			rename(&d.Returns[i].To)
		}
		changes := funnel.Diff(funnel.Standard(), d)
		if want := fmt.Sprintf("[the stage %q is now called %q]", stage.Name, "neu"); fmt.Sprint(changes) != want || changes[0].Kind != funnel.Renamed {
			t.Errorf("got %v, want %s", changes, want)
		}
	}
	d := funnel.Standard()
	i := slices.IndexFunc(d.Reasons, func(r funnel.ReasonDefinition) bool { return r.Code == funnel.ReasonNoBudget })
	d.Reasons[i].Code = "kein_budget"
	if got := fmt.Sprint(funnel.Diff(funnel.Standard(), d)); got != `[the reason "no_budget" is now called "kein_budget"]` {
		t.Errorf("got %s", got)
	}
}

func ExampleDiff() {
	d := funnel.Standard()
	d.Version = 2
	d.MaxRounds = 3
	d.Edges[0].When = `Grade in ["A1", "A2"]`
	d.Stages[4].Limits = []funnel.TimeLimit{{After: 90, Unit: funnel.UnitDays, Remind: "sales manager"}}
	for i := range d.Reasons {
		if d.Reasons[i].Code == funnel.ReasonNoBudget {
			d.Reasons[i].CoolDownDays = 60
		}
	}

	for _, change := range funnel.Diff(funnel.Standard(), d) {
		fmt.Println(change)
	}
	// Output:
	// the version 1 → 2
	// rounds 5 → 3
	// stage "opportunity": time limit to remind "sales manager" added: 90 days
	// event "qualify" at "inquiry": condition added: "Grade in [\"A1\", \"A2\"]"
	// reason "no_budget": cool-down 90 days → 60 days
}
