package script

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// A Schema is a JSON Schema (draft 2020-12), or a part of one, as far as the schemas of this module use the language:
// references lead to #/$defs alone.
type Schema struct {
	Schema               string             `json:"$schema"`
	ID                   string             `json:"$id"`
	Ref                  string             `json:"$ref"`
	Defs                 map[string]*Schema `json:"$defs"`
	Title                string             `json:"title"`
	Description          string             `json:"description"`
	Type                 string             `json:"type"`
	Properties           map[string]*Schema `json:"properties"`
	PropertyNames        *Schema            `json:"propertyNames"`
	AdditionalProperties *Schema            `json:"additionalProperties"`
	Required             []string           `json:"required"`
	Enum                 []string           `json:"enum"`
	Const                any                `json:"const"`
	AnyOf                []*Schema          `json:"anyOf"`
	OneOf                []*Schema          `json:"oneOf"`
	Not                  *Schema            `json:"not"`
	Items                *Schema            `json:"items"`
	UniqueItems          bool               `json:"uniqueItems"`
	MinItems             int                `json:"minItems"`
	MaxItems             *int               `json:"maxItems"`
	Pattern              string             `json:"pattern"`
	MinLength            int                `json:"minLength"`
	MaxLength            *int               `json:"maxLength"`
	Minimum              *float64           `json:"minimum"`
	Maximum              *float64           `json:"maximum"`
	ExclusiveMinimum     *float64           `json:"exclusiveMinimum"`
	ExclusiveMaximum     *float64           `json:"exclusiveMaximum"`
	Never                bool               `json:"-"` // the schema false, which nothing fits

	pattern *regexp.Regexp
}

// UnmarshalJSON refuses keywords that Check does not know, and malformed patterns.
func (s *Schema) UnmarshalJSON(data []byte) error {
	if string(data) == "false" {
		s.Never = true
		return nil
	}
	type plain Schema // without this method
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	err := decoder.Decode((*plain)(s))
	if err == nil && s.Pattern != "" {
		s.pattern, err = regexp.Compile(s.Pattern)
	}
	return err
}

// ReadSchema reads a schema from a file.
func ReadSchema(t testing.TB, path string) *Schema {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var s Schema
	if err := json.Unmarshal(data, &s); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return &s
}

// Check lists what is wrong with a value that encoding/json has read without knowing its type, in the order of its keys.
func (s *Schema) Check(path string, v any) []string { return s.check(s, path, v) }

func (s *Schema) check(root *Schema, path string, v any) (wrong []string) {
	report := func(format string, args ...any) { wrong = append(wrong, path+": "+fmt.Sprintf(format, args...)) }
	if s.Never {
		report("may not be here")
	}
	if name, ok := strings.CutPrefix(s.Ref, "#/$defs/"); ok && root.Defs[name] != nil {
		wrong = append(wrong, root.Defs[name].check(root, path, v)...)
	} else if s.Ref != "" {
		report("nothing is at %s", s.Ref)
	}
	fits := func(schemas []*Schema) (n int) {
		for _, one := range schemas {
			if len(one.check(root, path, v)) == 0 {
				n++
			}
		}
		return n
	}
	if s.AnyOf != nil && fits(s.AnyOf) == 0 {
		report("fits none of anyOf")
	}
	if n := fits(s.OneOf); s.OneOf != nil && n != 1 {
		report("fits %d of oneOf", n)
	}
	if s.Not != nil && len(s.Not.check(root, path, v)) == 0 {
		report("is excluded by not")
	}
	if s.Const != nil && !reflect.DeepEqual(v, s.Const) {
		report("%#v is not %#v", v, s.Const)
	}
	if text, isText := v.(string); s.Enum != nil && !(isText && slices.Contains(s.Enum, text)) {
		report("%#v is none of %q", v, s.Enum)
	}
	is := ""
	switch v := v.(type) {
	case string:
		is = "string"
		if s.pattern != nil && !s.pattern.MatchString(v) {
			report("%q does not match %s", v, s.Pattern)
		}
		if n := utf8.RuneCountInString(v); n < s.MinLength {
			report("is too short")
		} else if s.MaxLength != nil && n > *s.MaxLength {
			report("is too long")
		}
	case float64:
		if is = "number"; s.Type == "integer" && v == float64(int64(v)) {
			is = "integer"
		}
		if s.Minimum != nil && v < *s.Minimum || s.Maximum != nil && v > *s.Maximum ||
			s.ExclusiveMinimum != nil && v <= *s.ExclusiveMinimum || s.ExclusiveMaximum != nil && v >= *s.ExclusiveMaximum {
			report("%v is out of range", v)
		}
	case bool:
		is = "boolean"
	case []any:
		is = "array"
		if len(v) < s.MinItems || s.MaxItems != nil && len(v) > *s.MaxItems {
			report("has %d items", len(v))
		}
		for i, item := range v {
			if s.Items != nil {
				wrong = append(wrong, s.Items.check(root, fmt.Sprintf("%s[%d]", path, i), item)...)
			}
			if s.UniqueItems && slices.ContainsFunc(v[:i], func(before any) bool { return reflect.DeepEqual(before, item) }) {
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
		for _, key := range slices.Sorted(maps.Keys(v)) {
			if s.PropertyNames != nil {
				wrong = append(wrong, s.PropertyNames.check(root, path+", key "+key, key)...)
			}
			if property := s.Properties[key]; property != nil {
				wrong = append(wrong, property.check(root, path+"."+key, v[key])...)
			} else if s.AdditionalProperties != nil {
				wrong = append(wrong, s.AdditionalProperties.check(root, path+"."+key, v[key])...)
			}
		}
	}
	if s.Type != "" && s.Type != is {
		report("is %s, not %s", is, s.Type)
	}
	return wrong
}
