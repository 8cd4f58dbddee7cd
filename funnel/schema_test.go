package funnel_test

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/leadloop/leadloop/funnel"
)

// schema is a JSON Schema, or a part of one, as far as definition.schema.json uses the language.
type schema struct {
	Schema               string             `json:"$schema"`
	ID                   string             `json:"$id"`
	Ref                  string             `json:"$ref"`
	Defs                 map[string]*schema `json:"$defs"`
	Title                string             `json:"title"`
	Description          string             `json:"description"`
	Type                 string             `json:"type"`
	Properties           map[string]*schema `json:"properties"`
	AdditionalProperties *bool              `json:"additionalProperties"`
	Required             []string           `json:"required"`
	Enum                 []string           `json:"enum"`
	Items                *schema            `json:"items"`
	OneOf                []*schema          `json:"oneOf"`
	Pattern              string             `json:"pattern"`
	MinLength            int                `json:"minLength"`
	MinItems             int                `json:"minItems"`
	UniqueItems          bool               `json:"uniqueItems"`
	Minimum              *float64           `json:"minimum"`
	Maximum              *float64           `json:"maximum"`
}

func definitionSchema(t testing.TB) *schema {
	t.Helper()
	file, err := os.Open("definition.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	decoder := json.NewDecoder(file)
	decoder.DisallowUnknownFields() // a keyword that the check below does not know
	var s schema
	if err := decoder.Decode(&s); err != nil {
		t.Fatal(err)
	}
	return &s
}

// check lists what is wrong with a value.
func (s *schema) check(root *schema, path string, v any) (wrong []string) {
	report := func(format string, args ...any) { wrong = append(wrong, path+": "+fmt.Sprintf(format, args...)) }
	if s.Ref != "" {
		wrong = root.Defs[strings.TrimPrefix(s.Ref, "#/$defs/")].check(root, path, v)
	}
	fits := 0
	for _, one := range s.OneOf {
		if len(one.check(root, path, v)) == 0 {
			fits++
		}
	}
	if s.OneOf != nil && fits != 1 {
		report("fits %d of oneOf", fits)
	}
	if text, isText := v.(string); s.Enum != nil && !(isText && slices.Contains(s.Enum, text)) {
		report("%v is none of %q", v, s.Enum)
	}
	is := ""
	switch v := v.(type) {
	case string:
		is = "string"
		if s.Pattern != "" && !regexp.MustCompile(s.Pattern).MatchString(v) {
			report("%q does not match %s", v, s.Pattern)
		}
		if utf8.RuneCountInString(v) < s.MinLength {
			report("is too short")
		}
	case float64:
		if is = "number"; v == float64(int(v)) && s.Type == "integer" {
			is = "integer"
		}
		if s.Minimum != nil && v < *s.Minimum || s.Maximum != nil && v > *s.Maximum {
			report("%v is out of range", v)
		}
	case bool:
		is = "boolean"
	case []any:
		is = "array"
		if len(v) < s.MinItems {
			report("has %d items", len(v))
		}
		for i, item := range v {
			if s.Items != nil {
				wrong = append(wrong, s.Items.check(root, fmt.Sprintf("%s[%d]", path, i), item)...)
			}
			if s.UniqueItems && slices.Contains(v[:i], item) {
				report("item %d stands twice", i)
			}
		}
	case map[string]any:
		is = "object"
		for _, key := range s.Required {
			if _, ok := v[key]; !ok {
				report("%s is missing", key)
			}
		}
		for key, value := range v {
			if property := s.Properties[key]; property != nil {
				wrong = append(wrong, property.check(root, path+"."+key, value)...)
			} else if s.AdditionalProperties != nil {
				report("unknown key %s", key)
			}
		}
	}
	if s.Type != "" && s.Type != is {
		report("is a %s, not a %s", is, s.Type)
	}
	return wrong
}

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

// The schema has every key of a definition and no other, with a title, and says of each what the Go types say.
func TestSchemaHasTheKeysOfADefinition(t *testing.T) {
	s := definitionSchema(t)
	known := constants(t)
	if s.Schema != "https://json-schema.org/draft/2020-12/schema" || s.Ref != "#/$defs/Definition" {
		t.Errorf("it is %q for %q", s.Schema, s.Ref)
	}
	seen := map[string]bool{}
	// what tells how a type must be written: as a type, or as a reference.
	var what func(typ reflect.Type) (kind, ref string)
	var walk func(reflect.Type)
	free := []reflect.Type{reflect.TypeFor[funnel.Stage](), reflect.TypeFor[funnel.Event](), reflect.TypeFor[funnel.Return](), reflect.TypeFor[funnel.Reason]()} // names that authors choose
	what = func(typ reflect.Type) (kind, ref string) {
		switch {
		case typ.Kind() == reflect.Struct:
			walk(typ)
			return "", typ.Name()
		case slices.Contains(free, typ):
			return "", "Name"
		case typ.Kind() == reflect.String && typ != reflect.TypeFor[string]():
			if seen[typ.Name()] = true; s.Defs[typ.Name()] == nil || !slices.Equal(s.Defs[typ.Name()].Enum, known[typ.Name()]) {
				t.Errorf("%s is not one of the constants %q", typ.Name(), known[typ.Name()])
			}
			return "", typ.Name()
		}
		return map[reflect.Kind]string{reflect.String: "string", reflect.Int: "integer", reflect.Bool: "boolean", reflect.Slice: "array"}[typ.Kind()], ""
	}
	walk = func(typ reflect.Type) {
		if seen[typ.Name()] {
			return
		}
		seen[typ.Name()] = true
		def := s.Defs[typ.Name()]
		if def == nil || def.Title == "" || def.Type != "object" || def.AdditionalProperties == nil || *def.AdditionalProperties {
			t.Fatalf("%s has no definition with a title and without additional properties", typ.Name())
		}
		keys := map[string]bool{}
		for f := range typ.Fields() {
			key, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			keys[key] = true
			property := def.Properties[key]
			if property == nil || property.Title == "" || property.Description == "" {
				t.Errorf("%s: the key %s has no title or no description", typ.Name(), key)
				continue
			}
			kind, ref := what(f.Type)
			got := strings.TrimPrefix(property.Ref, "#/$defs/")
			if plainText := kind == "string" && got == "Name"; !plainText && (property.Type != kind || got != ref) {
				t.Errorf("%s.%s is %q or refers to %q, want %q, %q", typ.Name(), key, property.Type, got, kind, ref)
			}
			if f.Type.Kind() == reflect.Slice {
				kind, ref := what(f.Type.Elem())
				got := strings.TrimPrefix(property.Items.Ref, "#/$defs/")
				if plainText := kind == "string" && got == "Name"; !plainText && (property.Items.Type != kind || got != ref) {
					t.Errorf("%s.%s: items are %q or refer to %q, want %q, %q", typ.Name(), key, property.Items.Type, got, kind, ref)
				}
			}
		}
		for _, key := range append(slices.Sorted(maps.Keys(def.Properties)), def.Required...) {
			if !keys[key] {
				t.Errorf("%s has no key %s", typ.Name(), key)
			}
		}
	}
	walk(reflect.TypeFor[funnel.Definition]())
	seen["Name"] = true
	for _, name := range slices.Sorted(maps.Keys(s.Defs)) {
		if !seen[name] {
			t.Errorf("nothing in a definition is a %s", name)
		}
	}
	if got := *s.Defs["Definition"].Properties["schema"].Maximum; got != funnel.Schema {
		t.Errorf("the format goes to %v, want %d", got, funnel.Schema)
	}
}

// generic gives a definition as a decoder that knows no types reads it.
func generic(t testing.TB, d funnel.Definition) any {
	t.Helper()
	data, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	var v any
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// Every definition that Compile accepts fits: the ready-made ones, random ones, and what the tests keep.
func TestDefinitionsFitTheSchema(t *testing.T) {
	s := definitionSchema(t)
	check := func(name string, d funnel.Definition) {
		for _, wrong := range s.check(s, name, generic(t, d)) {
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

// places visits every value inside a generic document, with a way to put another in its place.
func places(v any, path string, visit func(path string, value any, put func(any))) {
	switch v := v.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			visit(path+"."+key, v[key], func(x any) { v[key] = x })
			places(v[key], path+"."+key, visit)
		}
	case []any:
		for i := range v {
			visit(fmt.Sprintf("%s[%d]", path, i), v[i], func(x any) { v[i] = x })
			places(v[i], fmt.Sprintf("%s[%d]", path, i), visit)
		}
	}
}

// What the schema refuses Parse or Compile refuses, too; and the schema refuses in each place another kind of value, an
// unknown key, and a word that is none of the few that may stand there.
func TestSchemaRefusesWhatCompileRefuses(t *testing.T) {
	s := definitionSchema(t)
	document := generic(t, varied(t))
	refused, accepted := 0, 0
	places(document, "d", func(path string, value any, put func(any)) {
		try := func(x any, must bool) {
			put(x)
			defer put(value)
			wrong := s.check(s, "d", document)
			if must && len(wrong) == 0 {
				t.Errorf("%s: the schema has nothing against %v", path, x)
			}
			if len(wrong) == 0 {
				accepted++
				return
			}
			refused++
			data, err := json.Marshal(document)
			if err != nil {
				t.Fatal(err)
			}
			again, err := funnel.Parse(data)
			if err == nil {
				_, err = funnel.Compile[Lead](again)
			}
			if err == nil {
				t.Errorf("%s: the schema is against %v, Compile is not: %v", path, x, wrong)
			}
		}
		switch value := value.(type) {
		case string:
			try(7.0, true)
			key := path[strings.LastIndex(path, ".")+1:]
			oneOfFew := slices.Contains([]string{"kind", "phase", "unit", "release", "class", "disposition", "at_fault", "op", "needs", "bypass", "type"}, key) ||
				strings.HasPrefix(key, "dispositions[") || strings.HasSuffix(path, "re_entry.when")
			try("nonsense", oneOfFew)
			if mayBeEmpty := []string{"track", "when", "min_attempts", "phase", "release", "bypass"}; !slices.Contains(mayBeEmpty, key) && !strings.HasSuffix(path, "re_entry.field") {
				try("", true)
			}
		case float64:
			try("7", true)
			try(-1.0, true)
			try(1.5, true)
			try(1e12, !strings.HasSuffix(path, ".order") && !strings.HasSuffix(path, ".after"))
		case bool:
			try("true", true)
		case []any:
			try(map[string]any{}, true)
			try([]any{nil}, true)
		case map[string]any:
			value["no_such_key"] = 1.0
			try(value, true)
			delete(value, "no_such_key")
		}
	})
	if refused < 500 || accepted < 50 {
		t.Errorf("%d refused, %d accepted", refused, accepted)
	}
}

// Of each object what is required is what Compile misses.
func TestSchemaRequiresWhatCompileMisses(t *testing.T) {
	s := definitionSchema(t)
	tested := 0
	var strip func(v any, path string, whole any)
	strip = func(v any, path string, whole any) {
		switch v := v.(type) {
		case []any:
			for i := range v {
				strip(v[i], fmt.Sprintf("%s[%d]", path, i), whole)
			}
		case map[string]any:
			for _, key := range slices.Sorted(maps.Keys(v)) {
				value := v[key]
				delete(v, key)
				if len(s.check(s, "d", whole)) > 0 {
					tested++
					data, err := json.Marshal(whole)
					if err != nil {
						t.Fatal(err)
					}
					again, err := funnel.Parse(data)
					if err != nil {
						t.Fatal(err)
					}
					if _, err := funnel.Compile[Lead](again); err == nil {
						t.Errorf("%s.%s is required, and Compile does not miss it", path, key)
					}
				}
				v[key] = value
				strip(value, path+"."+key, whole)
			}
		}
	}
	document := generic(t, varied(t))
	strip(document, "d", document)
	if tested < 80 {
		t.Errorf("only %d keys are required", tested)
	}
}
