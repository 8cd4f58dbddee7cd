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
	values reflect.Type  // of a record: a struct of the values that seen points to
}

type recordField struct {
	name  string
	kind  Type
	usual identity // of values that are not converted
	seen  slot     // in the struct that rules see
	value slot     // in the struct of values
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

// zeros are of the types that values of record fields usually have.
var zeros = map[Type]any{Text: "", Integer: 0, Number: 0.0, Boolean: false, Time: time.Time{}, Texts: []string(nil)}

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
	if cycle := embedsItself(t); cycle != nil {
		return shape{}, fmt.Errorf("%s hold the struct %s, which embeds itself: name the field", what, cycle)
	}
	s := shape{seen: t}
	seen := map[string]bool{}
	for _, f := range reflect.VisibleFields(t) {
		name := fieldName(f)
		switch {
		case name == "" || slices.Contains(reserved, name):
			continue
		case seen[name]:
			return shape{}, fmt.Errorf("%s are the struct %s, in which two fields are called %q: give one another expr tag", what, t, name)
		}
		seen[name] = true
		s.names = append(s.names, name)
	}
	slices.Sort(s.names)
	return s, nil
}

// embedsItself finds a struct that embeds itself among the types that t is made
// of; nil if there is none. The language would look for a field in it for ever.
func embedsItself(t reflect.Type) reflect.Type {
	known := map[reflect.Type]bool{}
	var walk func(reflect.Type) reflect.Type
	walk = func(t reflect.Type) reflect.Type {
		for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Array || t.Kind() == reflect.Map {
			t = t.Elem()
		}
		if t.Kind() != reflect.Struct || known[t] {
			return nil
		}
		known[t] = true
		if embeds(t, t, map[reflect.Type]bool{}) {
			return t
		}
		for f := range t.Fields() {
			if found := walk(f.Type); found != nil {
				return found
			}
		}
		return nil
	}
	return walk(t)
}

// embeds tells whether what t embeds, at any depth, holds the wanted struct.
func embeds(t, wanted reflect.Type, known map[reflect.Type]bool) bool {
	for f := range t.Fields() {
		inner := indirect(f.Type)
		if !f.Anonymous || inner.Kind() != reflect.Struct || known[inner] {
			continue
		}
		known[inner] = true
		if inner == wanted || embeds(inner, wanted, known) {
			return true
		}
	}
	return false
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
	var fields, values []reflect.StructField
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
		s.record = append(s.record, recordField{name: name, kind: kind, usual: identityOf(zeros[kind])})
		field := reflect.StructField{
			Name: fmt.Sprintf("Field%d", i),
			Type: goTypes[kind],
			Tag:  reflect.StructTag(`expr:"` + name + `"`),
		}
		fields = append(fields, field)
		if field.Type.Kind() == reflect.Pointer {
			field.Type = field.Type.Elem()
		}
		values = append(values, field)
	}
	s.seen, s.values = reflect.StructOf(fields), reflect.StructOf(values)
	for i := range s.record {
		s.record[i].seen, s.record[i].value = slotOf(s.seen, []int{i}), slotOf(s.values, []int{i})
	}
	return s, nil
}

// has tells whether rules can reach the field.
func (s shape) has(name string) bool {
	_, ok := slices.BinarySearch(s.names, name)
	return ok
}
