package scoring_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/leadloop/leadloop/internal/script"
	"github.com/leadloop/leadloop/scoring"
)

// schema is a JSON Schema, or a part of one, as far as model.schema.json uses the language.
type schema struct {
	Schema, ID, Title, Description string
	Ref                            string `json:"$ref"`
	Defs                           map[string]*schema
	Type                           string
	Properties                     map[string]*schema
	AdditionalProperties           *schemaOrFalse
	Required                       []string
	Enum                           []string
	Const                          any
	Items                          *schema
	AnyOf, OneOf                   []*schema
	Not                            *schema
	Pattern                        string
	MinLength, MaxLength           *int
	MinItems, MaxItems             *int
	UniqueItems                    bool
	Minimum, Maximum               *float64

	ExclusiveMinimum, ExclusiveMaximum *float64
}

type schemaOrFalse struct{ schema *schema }

func (s *schemaOrFalse) UnmarshalJSON(data []byte) error {
	if string(data) == "false" {
		return nil
	}
	return json.Unmarshal(data, &s.schema)
}

// UnmarshalJSON refuses keywords that the validator does not know.
func (s *schema) UnmarshalJSON(data []byte) error {
	var all map[string]json.RawMessage
	if err := json.Unmarshal(data, &all); err != nil {
		return err
	}
	value := reflect.ValueOf(s).Elem()
	for key, raw := range all {
		field := value.FieldByNameFunc(func(name string) bool { return strings.EqualFold(name, strings.TrimPrefix(key, "$")) })
		if !field.IsValid() {
			return fmt.Errorf("the validator does not know the keyword %s", key)
		}
		if err := json.Unmarshal(raw, field.Addr().Interface()); err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
	}
	return nil
}

func modelSchema(t testing.TB) *schema {
	t.Helper()
	data, err := os.ReadFile("model.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	var s schema
	if err := json.Unmarshal(data, &s); err != nil {
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
	fits := func(list []*schema) (n int) {
		for _, one := range list {
			if len(one.check(root, path, v)) == 0 {
				n++
			}
		}
		return n
	}
	switch {
	case s.AnyOf != nil && fits(s.AnyOf) == 0:
		report("fits none of anyOf")
	case s.OneOf != nil && fits(s.OneOf) != 1:
		report("fits %d of oneOf", fits(s.OneOf))
	case s.Not != nil && fits([]*schema{s.Not}) == 1:
		report("is excluded by not")
	case s.Const != nil && s.Const != v:
		report("is not %v", s.Const)
	}
	is := ""
	switch v := v.(type) {
	case string:
		is = "string"
		switch n := utf8.RuneCountInString(v); {
		case s.Enum != nil && !slices.Contains(s.Enum, v):
			report("%q is none of %q", v, s.Enum)
		case s.Pattern != "" && !regexp.MustCompile(s.Pattern).MatchString(v):
			report("%q does not match %s", v, s.Pattern)
		case s.MinLength != nil && n < *s.MinLength || s.MaxLength != nil && n > *s.MaxLength:
			report("has %d characters", n)
		}
	case float64:
		if is = "number"; s.Type == "integer" && v == float64(int(v)) {
			is = "integer"
		}
		if s.ExclusiveMinimum != nil && v <= *s.ExclusiveMinimum || s.ExclusiveMaximum != nil && v >= *s.ExclusiveMaximum {
			report("%v is out of range", v)
		}
		if s.Minimum != nil && v < *s.Minimum || s.Maximum != nil && v > *s.Maximum {
			report("%v is out of range", v)
		}
	case bool:
		is = "boolean"
	case []any:
		is = "array"
		if s.MinItems != nil && len(v) < *s.MinItems || s.MaxItems != nil && len(v) > *s.MaxItems {
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
			switch property := s.Properties[key]; {
			case property != nil:
				wrong = append(wrong, property.check(root, path+"."+key, value)...)
			case s.AdditionalProperties != nil && s.AdditionalProperties.schema == nil:
				report("unknown key %s", key)
			case s.AdditionalProperties != nil:
				wrong = append(wrong, s.AdditionalProperties.schema.check(root, path+"."+key, value)...)
			}
		}
	}
	if s.Type != "" && s.Type != is {
		report("is a %s, not a %s", is, s.Type)
	}
	return wrong
}

// The schema has every key of a model and no other, with a title, and says of each what
// it holds.
func TestSchemaHasTheKeysOfAModel(t *testing.T) {
	s := modelSchema(t)
	seen := map[string]bool{}
	var walk func(reflect.Type)
	walk = func(typ reflect.Type) {
		if seen[typ.Name()] {
			return
		}
		seen[typ.Name()] = true
		def := s.Defs[typ.Name()]
		if def == nil || def.Title == "" || def.AdditionalProperties == nil || def.AdditionalProperties.schema != nil {
			t.Fatalf("%s has no definition with a title and without additional properties", typ.Name())
		}
		keys := map[string]bool{}
		for f := range typ.Fields() {
			key, options, _ := strings.Cut(f.Tag.Get("json"), ",")
			keys[key] = true
			property := def.Properties[key]
			if property == nil || property.Title == "" {
				t.Errorf("%s: the key %s has no title", typ.Name(), key)
				continue
			}
			if options == "" && !slices.Contains(def.Required, key) {
				t.Errorf("%s: the key %s is always written and not required", typ.Name(), key)
			}
			inner, what := f.Type, ""
			for inner.Kind() == reflect.Pointer {
				inner = inner.Elem()
			}
			ref := strings.TrimPrefix(property.Ref, "#/$defs/")
			switch {
			case inner == reflect.TypeFor[scoring.Points]():
				if key == "share" {
					what = "number"
				} else if !strings.HasPrefix(ref, "Points") {
					t.Errorf("%s.%s: points refer to %q", typ.Name(), key, ref)
				}
			case inner == reflect.TypeFor[scoring.Duration]():
				if ref != "Duration" {
					t.Errorf("%s.%s: a span refers to %q", typ.Name(), key, ref)
				}
			case inner.Kind() == reflect.Struct:
				if ref != inner.Name() {
					t.Errorf("%s.%s refers to %q", typ.Name(), key, ref)
				}
				walk(inner)
			case inner.Kind() == reflect.Slice:
				what = "array"
				if inner.Elem().Kind() == reflect.Struct {
					if ref := strings.TrimPrefix(property.Items.Ref, "#/$defs/"); ref != inner.Elem().Name() {
						t.Errorf("%s.%s: items refer to %q", typ.Name(), key, ref)
					}
					walk(inner.Elem())
				}
			case inner.Kind() == reflect.Map:
				what = "object"
			case inner.Kind() == reflect.Float64:
				what = "number"
			case inner.Kind() == reflect.Bool:
				what = "boolean"
			case inner.Kind() == reflect.Int:
				if what = "integer"; key == "schema" {
					what = ""
				}
			case property.Enum == nil && ref == "":
				what = "string"
			}
			if property.Type != what {
				t.Errorf("%s.%s has the type %q, want %q", typ.Name(), key, property.Type, what)
			}
		}
		for key := range def.Properties {
			if !keys[key] {
				t.Errorf("%s has no key %s", typ.Name(), key)
			}
		}
		for _, key := range def.Required {
			if !keys[key] {
				t.Errorf("%s requires a key %s that it has not", typ.Name(), key)
			}
		}
	}
	walk(reflect.TypeFor[scoring.Model]())
	for _, helper := range []string{"Name", "Expression", "FieldType", "Duration", "Points", "PointsUpTo0", "PointsFrom0"} {
		seen[helper] = true
	}
	for _, name := range slices.Sorted(maps.Keys(s.Defs)) {
		if !seen[name] {
			t.Errorf("nothing in a model is a %s", name)
		}
	}
	if got, want := s.Defs["Rule"].Properties["repeat"].Enum, []string{string(scoring.Every), string(scoring.Once)}; !slices.Equal(got, want) {
		t.Errorf("repeat is one of %q, want %q", got, want)
	}
	types := []scoring.FieldType{scoring.Text, scoring.Integer, scoring.Number, scoring.Boolean, scoring.Time, scoring.Texts}
	if got, want := fmt.Sprint(s.Defs["FieldType"].Enum), fmt.Sprint(types); got != want {
		t.Errorf("types are %s, want %s", got, want)
	}
	if got := s.Defs["Model"].Properties["schema"].Const; got != float64(scoring.Schema) {
		t.Errorf("the schema is %v, want %d", got, scoring.Schema)
	}
	if got, want := *s.Defs["Points"].Maximum, float64(scoring.MaxPoints/scoring.Point); got != want || *s.Defs["Points"].Minimum != -want {
		t.Errorf("points go to %v, want %v", got, want)
	}
}

// Every model in testdata that Parse reads fits the schema, and so do random ones.
func TestModelsFitTheSchema(t *testing.T) {
	s := modelSchema(t)
	files, err := filepath.Glob("testdata/cases/*.json")
	if err != nil {
		t.Fatal(err)
	}
	texts := []string{modelJSON}
	for _, path := range append(files, "testdata/fifty_rules.json") {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, string(data))
	}
	r := seeded(3)
	for range 300 {
		data, err := json.Marshal(randomModel(r))
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, string(data))
	}
	for _, text := range texts {
		var v any
		if err := json.Unmarshal([]byte(text), &v); err != nil {
			t.Fatal(err)
		}
		if _, err := scoring.Parse([]byte(text)); err != nil {
			t.Errorf("%v\n%s", err, text)
		}
		for _, wrong := range s.check(s, "", v) {
			t.Errorf("%s\n%.200s", wrong, text)
		}
	}
}

// What Parse refuses the schema refuses, too: it does not fit by being lax.
func TestSchemaRefusesWhatParseRefuses(t *testing.T) {
	s := modelSchema(t)
	script.Run(t, "testdata/parse_errors.txt", func(text string) string {
		_, err := scoring.Parse([]byte(text))
		var v any
		if json.Unmarshal([]byte(text), &v) == nil && len(s.check(s, "", v)) == 0 && !strings.Contains(err.Error(), "twice") && !strings.Contains(err.Error(), "decimal places") {
			t.Errorf("the schema has nothing against %s", text)
		}
		return mistakes(t, err)
	})
}
