package scoring_test

import (
	"errors"
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

func TestCompileErrors(t *testing.T) {
	script.Run(t, "testdata/compile_errors.txt", func(text string) string {
		m, err := scoring.Parse([]byte(text))
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if strings.Contains(text, `"activity_fields"`) {
			_, err = scoring.Compile[scoring.Record, scoring.Record](m)
		} else {
			_, err = scoring.Compile[Lead, Activity](m)
		}
		return mistakes(t, err)
	})
}

// Mistakes that a document can't hold, for Parse refuses them first, but Go can.
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
	for _, test := range []struct{ got, want string }{
		{last(scoring.Compile[Lead, Activity](scoring.Model{Schema: 2, Name: "m", Dimensions: []scoring.Dimension{{Name: "d"}}})),
			"schema: the model is of schema 2, this version knows up to 1: update the library"},
		{last(scoring.Compile[Lead, Activity](rule(scoring.Rule{Name: "r", When: "true", Points: scoring.MaxPoints + 1}))),
			"dimensions[0].rules[0].points: 1000000.000001 points are out of range: at most 1000000 up or down"},
		{last(scoring.Compile[Lead, Activity](rule(scoring.Rule{Name: "r", Each: "true", HalfLife: scoring.Duration(time.Millisecond)}))),
			`dimensions[0].rules[0].half_life: a half-life is a span of whole seconds above 0, such as "14d"`},
		{last(scoring.Compile[Lead, Activity](scoring.Model{Schema: 1, Name: "m", Tick: 5, Dimensions: []scoring.Dimension{{Name: "d"}}})),
			`tick: a tick is a span of whole seconds above 0, such as "24h"`},
		{last(scoring.Compile[Lead, Activity](many)), "dimensions: the model has 8002 rules and disqualifiers, at most 8000 are allowed"},
		{last(scoring.Compile[Lead, Activity](wide)), "grade.dimensions: the grade has more than 10000 combinations of bands"},
		{last(scoring.Compile[Lead, undated](rule(scoring.Rule{}))),
			"the activity type scoring_test.undated has no field At of type time.Time: it dates the activity"},
		{last(scoring.Compile[Lead, wrongly](rule(scoring.Rule{}))),
			"the activity type scoring_test.wrongly has no field At of type time.Time: it dates the activity"},
		{last(scoring.Compile[int, Activity](rule(scoring.Rule{}))), "leads are a int: give a struct or a map[string]any"},
		{last(scoring.Compile[Lead, scoring.Record](scoring.Model{Schema: 1, Name: "m", ActivityFields: map[string]scoring.FieldType{"kind": "text"}})),
			"activity_fields need the field At of type time: it dates the activity"},
	} {
		if test.got != test.want {
			t.Errorf("got  %s\nwant %s", test.got, test.want)
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("MustCompile did not panic")
		}
	}()
	scoring.MustCompile[Lead, Activity](scoring.Model{})
}
