package scoring_test

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/leadloop/leadloop/internal/script"
	"github.com/leadloop/leadloop/scoring"
)

// mistakes writes the mistakes of an error and checks that each can be had by itself.
func mistakes(t *testing.T, err error) string {
	t.Helper()
	if err == nil {
		t.Error("no mistake")
		return "none"
	}
	var first *scoring.Error
	if !errors.As(err, &first) {
		t.Fatalf("no scoring.Error in %v", err)
	}
	var lines []string
	for _, m := range scoring.Mistakes(err) {
		lines = append(lines, m.Error())
	}
	if got := strings.Join(lines, "\n"); got != err.Error() {
		t.Errorf("the mistakes are\n%s\nthe error says\n%s", got, err)
	}
	return err.Error()
}

func TestParseErrors(t *testing.T) {
	script.Run(t, "testdata/parse_errors.txt", func(text string) string {
		m, err := scoring.Parse([]byte(text))
		if m.Name != "" || m.Dimensions != nil {
			t.Errorf("a model beside the error of %s", text)
		}
		return mistakes(t, err)
	})
}

// fewZones knows UTC alone.
func fewZones(name string) (*time.Location, error) {
	switch name {
	case "UTC":
		return time.UTC, nil
	case "nothing":
		return nil, nil
	}
	return nil, errors.New("no such zone")
}

func TestCompileErrors(t *testing.T) {
	script.Run(t, "testdata/compile_errors.txt", func(text string) string {
		m, err := scoring.Parse([]byte(text))
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if strings.Contains(text, `"activity_fields"`) {
			_, err = scoring.Compile[scoring.Record, scoring.Record](m)
		} else if strings.Contains(text, `"zone"`) && !strings.Contains(text, `"Europe/Berlin"`) {
			_, err = scoring.Compile[Lead, Activity](m, scoring.Zones(fewZones))
		} else {
			_, err = scoring.Compile[Lead, Activity](m)
		}
		return mistakes(t, err)
	})
}

func TestCompileErrorsFromGo(t *testing.T) {
	type undated struct{ Kind string }
	type wrongly struct{ At string }
	rule := func(r scoring.Rule) scoring.Model {
		return scoring.Model{Schema: 1, Name: "m", Dimensions: []scoring.Dimension{{Name: "d", Rules: []scoring.Rule{r}}}}
	}
	many := rule(scoring.Rule{})
	for range scoring.MaxRules + 1 {
		many.Dimensions[0].Rules = append(many.Dimensions[0].Rules, scoring.Rule{})
	}
	wide := scoring.Model{Schema: 1, Name: "m", Grade: &scoring.Grade{}}
	for i := range 5 {
		name := string(rune('a' + i))
		d := scoring.Dimension{Name: name}
		for b := range 10 {
			d.Bands = append(d.Bands, scoring.Band{Name: string(rune('0' + b)), From: new(-scoring.Points(b) * scoring.Point)})
		}
		d.Bands[9].From = nil
		wide.Dimensions = append(wide.Dimensions, d)
		wide.Grade.Dimensions = append(wide.Grade.Dimensions, name)
	}
	last := func(_ any, err error) string {
		all := scoring.Mistakes(err)
		if len(all) == 0 {
			return "none"
		}
		return all[len(all)-1].Error()
	}
	table := func(t scoring.Table) scoring.Model { return rule(scoring.Rule{Name: "r", Table: &t}) }
	calibrated := func(c scoring.Calibration) string {
		m := rule(scoring.Rule{Name: "r", When: "true"})
		m.Calibration = &c
		return last(scoring.Compile[Lead, Activity](m))
	}
	points := new(scoring.Points)
	crowd := scoring.Table{Of: "Title", Values: []scoring.ValueGroup{{Is: make([]string, 10_001)}}}
	ladder := scoring.Rule{Name: "r", Each: "true", Steps: make([]scoring.Step, 1001)}
	broken := scoring.Duration(time.Millisecond)
	got := ""
	for _, test := range []struct {
		what string
		errs string
	}{
		{"a later schema", last(scoring.Compile[Lead, Activity](scoring.Model{Schema: 2, Name: "m", Dimensions: []scoring.Dimension{{Name: "d"}}}))},
		{"too many points", last(scoring.Compile[Lead, Activity](rule(scoring.Rule{Name: "r", When: "true", Points: scoring.MaxPoints + 1})))},
		{"part of a second as half-life", last(scoring.Compile[Lead, Activity](rule(scoring.Rule{Name: "r", Each: "true", HalfLife: broken})))},
		{"as linear decay", last(scoring.Compile[Lead, Activity](rule(scoring.Rule{Name: "r", Each: "true", Linear: broken})))},
		{"as step", last(scoring.Compile[Lead, Activity](rule(scoring.Rule{Name: "r", Each: "true", Steps: []scoring.Step{{After: broken}}})))},
		{"as window", last(scoring.Compile[Lead, Activity](rule(scoring.Rule{Name: "r", Each: "true", Window: &scoring.Window{Span: broken}})))},
		{"as idle period", last(scoring.Compile[Lead, Activity](rule(scoring.Rule{Name: "r", Idle: &scoring.Idle{Every: broken}})))},
		{"as tick", last(scoring.Compile[Lead, Activity](scoring.Model{Schema: 1, Name: "m", Tick: 5, Dimensions: []scoring.Dimension{{Name: "d"}}}))},
		{"too many steps", last(scoring.Compile[Lead, Activity](rule(ladder)))},
		{"too many rules", last(scoring.Compile[Lead, Activity](many))},
		{"too many dimensions", last(scoring.Compile[Lead, Activity](scoring.Model{Schema: 1, Name: "m", Dimensions: make([]scoring.Dimension, 1001)}))},
		{"too many ranges", last(scoring.Compile[Lead, Activity](table(scoring.Table{Of: "Employees", Ranges: make([]scoring.Range, 10_001), Missing: points})))},
		{"too many texts", last(scoring.Compile[Lead, Activity](table(crowd)))},
		{"no number as bound", last(scoring.Compile[Lead, Activity](table(scoring.Table{Of: "Employees", Ranges: []scoring.Range{{From: new(math.NaN())}}})))},
		{"no finite number as bound", last(scoring.Compile[Lead, Activity](table(scoring.Table{Of: "Employees", Ranges: []scoring.Range{{To: new(math.Inf(1))}}})))},
		{"too many combinations", last(scoring.Compile[Lead, Activity](wide))},
		{"no number as slope", calibrated(scoring.Calibration{Outcome: "won", Slope: math.NaN()})},
		{"no finite number as intercept", calibrated(scoring.Calibration{Outcome: "won", Intercept: math.Inf(-1)})},
		{"no number as probability", calibrated(scoring.Calibration{Outcome: "won", Steps: []scoring.CalibrationStep{{Probability: math.NaN()}}})},
		{"too many steps of a calibration", calibrated(scoring.Calibration{Outcome: "won", Steps: make([]scoring.CalibrationStep, 1001)})},
		{"activities without a date", last(scoring.Compile[Lead, undated](rule(scoring.Rule{})))},
		{"activities with a date as text", last(scoring.Compile[Lead, wrongly](rule(scoring.Rule{})))},
		{"leads that are no struct", last(scoring.Compile[int, Activity](rule(scoring.Rule{})))},
		{"records without a date", last(scoring.Compile[Lead, scoring.Record](scoring.Model{Schema: 1, Name: "m", ActivityFields: map[string]scoring.FieldType{"kind": "text"}}))},
	} {
		got += test.what + "\n----\n" + test.errs + "\n\n"
	}
	script.Golden(t, "testdata/go_errors.txt", "# Mistakes that a document can't hold, for Parse refuses them first, but Go can.\n\n"+strings.TrimSpace(got)+"\n")
	defer func() {
		if recover() == nil {
			t.Error("MustCompile did not panic")
		}
	}()
	scoring.MustCompile[Lead, Activity](scoring.Model{})
}

// Every message by which a model is refused stands in a golden file: with its path and, if
// it has them, line, column and suggestion.
func TestEveryMistakeIsShown(t *testing.T) {
	var shown strings.Builder
	for _, name := range []string{"compile_errors.txt", "parse_errors.txt", "go_errors.txt"} {
		data, err := os.ReadFile("testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		for paragraph := range strings.SplitSeq(string(data), "\n\n") {
			_, mistakes, _ := strings.Cut(paragraph, "\n----\n")
			shown.WriteString(mistakes + "\n")
		}
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	verb := regexp.MustCompile(`%[a-z]`)
	found := 0
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) < 2 {
				return true
			}
			if method, ok := call.Fun.(*ast.SelectorExpr); !ok || method.Sel.Name != "refuse" {
				return true
			}
			literal, ok := call.Args[1].(*ast.BasicLit)
			if !ok {
				t.Errorf("%s: a message is no constant", name)
				return true
			}
			format, err := strconv.Unquote(literal.Value)
			if err != nil {
				t.Fatal(err)
			}
			found++
			parts := verb.Split(format, -1)
			for i := range parts {
				parts[i] = regexp.QuoteMeta(parts[i])
			}
			if !regexp.MustCompile("(?m): " + strings.Join(parts, ".*") + "$").MatchString(shown.String()) {
				t.Errorf("%s: no golden file shows %q", name, format)
			}
			return true
		})
	}
	if found < 70 {
		t.Errorf("only %d messages", found)
	}
}
