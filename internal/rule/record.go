package rule

import (
	"math"
	"reflect"
	"slices"
	"time"
)

// Flaw is a value of a record that rules can't use. Every rule that reads the field fails.
type Flaw struct {
	Activity int    // its index, or -1 for the lead
	Field    string // the declared or undeclared name
	Message  string // what is wrong, without the value
}

// fill turns a record into the struct that rules see. Fields that the record
// lacks stay nil.
func (s shape) fill(target reflect.Value, record map[string]any, activity int, flaws []Flaw) []Flaw {
	target.SetZero()
	known := 0
	for i, f := range s.record {
		value, ok := record[f.name]
		if !ok {
			continue
		}
		known++
		if value == nil {
			continue
		}
		if v, ok := convert(value, f.kind); ok {
			target.Field(i).Set(v)
		} else {
			flaws = append(flaws, Flaw{activity, f.name, "field " + f.name + ": the value is not of the declared type"})
		}
	}
	if known == len(record) {
		return flaws
	}
	var undeclared []string
	for name := range record {
		if !s.has(name) {
			undeclared = append(undeclared, name)
		}
	}
	slices.Sort(undeclared)
	for _, name := range undeclared {
		flaws = append(flaws, Flaw{activity, name, "field " + name + " is not declared by the model"})
	}
	return flaws
}

// convert gives a value as rules see it; false if its type is wrong.
func convert(value any, kind Type) (reflect.Value, bool) {
	v := reflect.ValueOf(value)
	switch kind {
	case Text:
		if v.Kind() == reflect.String {
			return pointer(v.String()), true
		}
	case Boolean:
		if v.Kind() == reflect.Bool {
			return pointer(v.Bool()), true
		}
	case Integer:
		if i, ok := whole(v); ok {
			return pointer(i), true
		}
	case Number:
		switch {
		case v.CanFloat():
			return pointer(v.Float()), true
		case v.CanInt():
			return pointer(float64(v.Int())), true
		case v.CanUint():
			return pointer(float64(v.Uint())), true
		}
	case Time:
		if t, ok := value.(time.Time); ok {
			return pointer(t.Round(0)), true
		}
	case Texts:
		if list, ok := texts(value); ok {
			return reflect.ValueOf(list), true
		}
	}
	return reflect.Value{}, false
}

func pointer[T any](v T) reflect.Value { return reflect.ValueOf(&v) }

// whole gives an integer; floats count where every integer has one float.
func whole(v reflect.Value) (int, bool) {
	const exact = 1 << 53
	switch {
	case v.CanInt():
		return int(v.Int()), true
	case v.CanUint() && v.Uint() <= math.MaxInt64:
		return int(v.Uint()), true
	case v.CanFloat():
		f := v.Float()
		if f == math.Floor(f) && math.Abs(f) < exact {
			return int(f), true
		}
	}
	return 0, false
}

func texts(value any) ([]string, bool) {
	if list, ok := value.([]string); ok {
		return list, true
	}
	items, ok := value.([]any)
	if !ok {
		return nil, false
	}
	list := make([]string, len(items))
	for i, item := range items {
		if list[i], ok = item.(string); !ok {
			return nil, false
		}
	}
	return list, true
}
