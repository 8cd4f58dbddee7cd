package script

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// CheckKeys lists how a schema differs from the Go type of its documents, and from all types within that one, in the order of
// their fields. A definition has the keys of its type and no other, each with a title and a description, requires those that are
// always written, and says of each what Go says: a struct and a text with a type of its own refer to the definition of that name,
// others are of their kind. forms lists the kinds and the names of definitions that stand for a type instead. No definition is
// there for nothing.
func (s *Schema) CheckKeys(typ reflect.Type, forms map[reflect.Type][]string) (wrong []string) {
	report := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	if s.Schema != "https://json-schema.org/draft/2020-12/schema" || s.Ref != "#/$defs/"+typ.Name() {
		report("it is %q for %q", s.Schema, s.Ref)
	}
	kinds := map[reflect.Kind]string{reflect.String: "string", reflect.Int: "integer", reflect.Int64: "integer", reflect.Float64: "number",
		reflect.Bool: "boolean", reflect.Slice: "array", reflect.Map: "object"}
	seen := map[string]bool{}
	var walk func(reflect.Type)
	var compare func(place string, property *Schema, typ reflect.Type)
	compare = func(place string, property *Schema, typ reflect.Type) {
		if typ.Kind() == reflect.Pointer {
			typ = typ.Elem()
		}
		if property == nil {
			report("nothing says what %s is", place)
			return
		}
		want := forms[typ]
		if want == nil && typ.Kind() == reflect.Struct {
			walk(typ)
		}
		if named := typ.Kind() == reflect.Struct || typ.Kind() == reflect.String && typ != reflect.TypeFor[string](); want == nil && named {
			want = []string{typ.Name()}
		} else if want == nil {
			want = []string{kinds[typ.Kind()]}
		}
		name := strings.TrimPrefix(property.Ref, "#/$defs/")
		seen[name] = true
		// Where the values are listed there is no type.
		if listed := property.Enum != nil || property.Const != nil; property.Type+name == "" && listed {
			want = []string{""}
		}
		if !slices.Contains(want, property.Type+name) {
			report("%s is %q, not one of %q", place, property.Type+name, want)
		}
		if def := s.Defs[name]; def != nil {
			property = def
		}
		switch typ.Kind() {
		case reflect.Slice:
			compare(place+"[]", property.Items, typ.Elem())
		case reflect.Map:
			if property.PropertyNames != nil {
				compare("a key of "+place, property.PropertyNames, typ.Key())
			}
			compare(place+"[]", property.AdditionalProperties, typ.Elem())
		}
	}
	walk = func(typ reflect.Type) {
		if seen[typ.Name()] {
			return
		}
		seen[typ.Name()] = true
		def := s.Defs[typ.Name()]
		if def == nil || def.Type != "object" || def.AdditionalProperties == nil || !def.AdditionalProperties.Never {
			report("%s is not defined as an object without additional properties", typ.Name())
			return
		}
		describe := func(place string, s *Schema) {
			if s.Title == "" {
				report("%s has no title", place)
			}
			if s.Description == "" {
				report("%s has no description", place)
			}
		}
		describe(typ.Name(), def)
		keys := map[string]bool{}
		for field := range typ.Fields() {
			key, options, _ := strings.Cut(field.Tag.Get("json"), ",")
			keys[key] = true
			place, property := typ.Name()+"."+key, def.Properties[key]
			if property == nil {
				report("%s is not there", place)
				continue
			}
			describe(place, property)
			if options == "" && !slices.Contains(def.Required, key) {
				report("%s is always written, and not required", place)
			}
			if key != "$schema" {
				compare(place, property, field.Type)
			} else if property.Type != "string" { // and no form: it is an editor's
				report("%s is %q, not a string", place, property.Type)
			}
		}
		for _, key := range append(slices.Sorted(maps.Keys(def.Properties)), def.Required...) {
			if !keys[key] {
				report("%s has no key %s", typ.Name(), key)
			}
		}
	}
	walk(typ)
	for _, name := range slices.Sorted(maps.Keys(s.Defs)) {
		if !seen[name] {
			report("nothing is a %s", name)
		}
	}
	return wrong
}
