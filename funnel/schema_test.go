package funnel_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/internal/script"
)

// constants lists the values of the package's exported constants by their type, as its source has them.
func constants(t *testing.T) map[string][]string {
	t.Helper()
	paths, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	values := map[string][]string{}
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, declaration := range file.Decls {
			group, ok := declaration.(*ast.GenDecl)
			if !ok || group.Tok != token.CONST {
				continue
			}
			for _, spec := range group.Specs {
				spec := spec.(*ast.ValueSpec)
				name, typed := spec.Type.(*ast.Ident)
				if !typed || len(spec.Values) == 0 {
					continue
				}
				if literal, ok := spec.Values[0].(*ast.BasicLit); ok && literal.Kind == token.STRING {
					value, err := strconv.Unquote(literal.Value)
					if err != nil {
						t.Fatal(err)
					}
					values[name.Name] = append(values[name.Name], value)
				}
			}
		}
	}
	return values
}

// The schema has every key of a definition and no other, and says of each what the Go types say, of a text that is one of few which.
// What is always written though it need not be means nothing when it is 0, false or empty.
func TestSchemaHasTheKeysOfADefinition(t *testing.T) {
	s := script.ReadSchema(t, "definition.schema.json")
	want := []string{
		"Definition.schema is always written, and not required", "ReasonDefinition.before_contact is always written, and not required",
		"ReasonDefinition.track is always written, and not required", "ReasonDefinition.cool_down_days is always written, and not required",
	}
	name := []string{"Name"} // that authors choose
	if diff := cmp.Diff(want, s.CheckKeys(reflect.TypeFor[funnel.Definition](), map[reflect.Type][]string{
		reflect.TypeFor[string]():       {"string", "Name"},
		reflect.TypeFor[funnel.Stage](): name, reflect.TypeFor[funnel.Event](): name, reflect.TypeFor[funnel.Return](): name, reflect.TypeFor[funnel.Reason](): name,
	})); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	known := constants(t)
	for _, name := range slices.Sorted(maps.Keys(s.Defs)) {
		if def := s.Defs[name]; def.Type != "object" && name != "Name" && !slices.Equal(def.Enum, known[name]) {
			t.Errorf("%s is one of %q, not of the constants %q", name, def.Enum, known[name])
		}
	}
	if got := *s.Defs["Definition"].Properties["schema"].Maximum; got != funnel.Schema {
		t.Errorf("the format goes to %v, want %d", got, funnel.Schema)
	}
}

// Every definition that Compile accepts fits: the ready-made ones, random ones, and what the tests keep.
func TestDefinitionsFitTheSchema(t *testing.T) {
	s := script.ReadSchema(t, "definition.schema.json")
	check := func(name string, d funnel.Definition) {
		for _, wrong := range s.Check(name, script.Untyped(t, d)) {
			t.Error(wrong)
		}
	}
	for name, give := range readyMade {
		check(name, give())
	}
	check("limited", limited())
	random := rand.New(rand.NewPCG(20, 12))
	for i := range 200 {
		check(fmt.Sprint("random ", i), randomDefinition(random))
		check(fmt.Sprint("small ", i), smallDefinition(random))
	}
	paths, err := filepath.Glob("testdata/verify/*.json")
	if err != nil || len(paths) == 0 {
		t.Fatal(err)
	}
	for _, path := range paths {
		check(path, parsed(t, path))
	}
}

// varied is a small definition that compiles and has something of each sort.
func varied(t testing.TB) funnel.Definition {
	t.Helper()
	d := limited()
	d.Edges, d.Returns = append(d.Edges[:6:6], d.Edges[8:]...), slices.Delete(d.Returns, 4, 6)
	d.Reasons = slices.DeleteFunc(d.Reasons, func(r funnel.ReasonDefinition) bool {
		return r.Code != funnel.ReasonNoNeed && r.Code != funnel.ReasonTiming && r.Code != funnel.ReasonOther
	})
	d.Reasons[0].MinAttempts = "3"
	d.Reasons[0].Adjust = []funnel.Adjustment{{Dimension: "fit", Op: funnel.OpScale, Factor: "1/2"}}
	d.Edges[0].When = `Grade == "A1"`
	if _, err := funnel.Compile[Lead](d); err != nil {
		t.Fatal(err)
	}
	return d
}

// What the schema refuses Parse or Compile refuses, too; and the schema refuses in each place a word that is none of the few that may
// stand there, and an empty text where there must be one. Of each object what is required is what Compile misses.
func TestSchemaRefusesWhatCompileRefuses(t *testing.T) {
	s := script.ReadSchema(t, "definition.schema.json")
	compile := func(data []byte) error {
		again, err := funnel.Parse(data)
		if err == nil {
			_, err = funnel.Compile[Lead](again)
		}
		return err
	}
	oneOfFew := []string{"kind", "phase", "unit", "release", "class", "disposition", "at_fault", "op", "needs", "bypass", "type"}
	mayBeEmpty := []string{"$schema", "track", "when", "min_attempts", "phase", "release", "bypass"}
	tally := script.Comparison{Schema: s, Read: compile, Must: func(place, damage string) bool {
		key := place[strings.LastIndex(place, ".")+1:]
		switch damage {
		case `"nonsense !"`:
			return slices.Contains(oneOfFew, key) || strings.HasPrefix(key, "dispositions[") || strings.HasSuffix(place, "re_entry.when")
		case `""`:
			return !slices.Contains(mayBeEmpty, key) && !strings.HasSuffix(place, "re_entry.field")
		case "1000000000000":
			return key != "order" && key != "after"
		}
		return damage == "-1" || damage == "1.5"
	}}.Damage(t, varied(t))
	if tally.Refused < 2687 || tally.Accepted < 600 || tally.Absences < 142 {
		t.Errorf("%d refused, %d of them for the lack of a key, %d accepted", tally.Refused, tally.Absences, tally.Accepted)
	}
}
