package rule

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"time"
)

// shape is how rules see one of the host's types: always as a struct.
type shape struct {
	seen   reflect.Type  // the struct that rules see
	names  []string      // its fields, sorted
	record []recordField // in the order of seen's fields; nil if seen is the host's own struct
}

type recordField struct {
	name string
	kind Type
}

// Type is the type of a declared field of a record.
type Type int

// The types of declared fields.
const (
	Text    Type = iota + 1 // a string
	Integer                 // an int
	Number                  // a float64
	Boolean                 // a bool
	Time                    // a time.Time
	Texts                   // a []string
)

// goTypes are the types of record fields as rules see them. All may be nil.
var goTypes = map[Type]reflect.Type{
	Text:    reflect.TypeFor[*string](),
	Integer: reflect.TypeFor[*int](),
	Number:  reflect.TypeFor[*float64](),
	Boolean: reflect.TypeFor[*bool](),
	Time:    reflect.TypeFor[*time.Time](),
	Texts:   reflect.TypeFor[[]string](),
}

// Fields declares the fields of a record.
type Fields map[string]Type

var (
	recordType = reflect.TypeFor[map[string]any]()
	identifier = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
	reserved   = []string{"Activities", "Lead", "Now"}
	words      = []string{"and", "else", "false", "if", "in", "let", "matches", "nil", "not", "or", "true", "contains", "startsWith", "endsWith"}
)

// shapeOf reads a host's type. Declared fields are for maps only.
func shapeOf(what string, t reflect.Type, declared Fields) (shape, error) {
	switch {
	case t.Kind() == reflect.Map && t.ConvertibleTo(recordType):
		return recordShape(what, declared)
	case t.Kind() != reflect.Struct:
		return shape{}, fmt.Errorf("%s are a %s: give a struct or a map[string]any", what, t)
	case len(declared) > 0:
		return shape{}, fmt.Errorf("%s are the struct %s, which declares its own fields: declared fields are for records", what, t)
	}
	s := shape{seen: t}
	seen := map[string]bool{}
	for _, f := range reflect.VisibleFields(t) {
		name := fieldName(f)
		if name == "" || slices.Contains(reserved, name) || seen[name] {
			continue
		}
		seen[name] = true
		s.names = append(s.names, name)
	}
	slices.Sort(s.names)
	return s, nil
}

// fieldName is the name by which rules reach a field; empty if they can't.
func fieldName(f reflect.StructField) string {
	switch tag := f.Tag.Get("expr"); {
	case !f.IsExported() || tag == "-":
		return ""
	case tag != "":
		return tag
	}
	return f.Name
}

func recordShape(what string, declared Fields) (shape, error) {
	s := shape{record: []recordField{}}
	for name := range declared {
		s.names = append(s.names, name)
	}
	slices.Sort(s.names)
	var fields []reflect.StructField
	for i, name := range s.names {
		kind := declared[name]
		switch {
		case !identifier.MatchString(name):
			return shape{}, fmt.Errorf("a field of %s is named %q: names are letters, digits and _", what, name)
		case slices.Contains(reserved, name) || slices.Contains(words, name):
			return shape{}, fmt.Errorf("a field of %s is named %q, which is a word of the language: rename it", what, name)
		case goTypes[kind] == nil:
			return shape{}, fmt.Errorf("the field %q of %s has no known type", name, what)
		}
		s.record = append(s.record, recordField{name, kind})
		fields = append(fields, reflect.StructField{
			Name: fmt.Sprintf("Field%d", i),
			Type: goTypes[kind],
			Tag:  reflect.StructTag(`expr:"` + name + `"`),
		})
	}
	s.seen = reflect.StructOf(fields)
	return s, nil
}

// has tells whether rules can reach the field.
func (s shape) has(name string) bool {
	_, ok := slices.BinarySearch(s.names, name)
	return ok
}
