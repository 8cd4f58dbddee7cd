package api

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// fields reads the values of an object by name. What is not there, or null, is the zero value. The first value of a wrong type is
// remembered, with its place, and read as zero; so a reader asks for errors once, in the end.
type fields struct {
	object
	place string
	first *error
}

func fieldsOf(o object, place string) fields { return fields{o, place, new(error)} }

// err is the first thing that was wrong here, or in an object within.
func (f fields) err() error { return *f.first }

func (f fields) wrong(name, text string) {
	if *f.first == nil {
		*f.first = &Problem{Field: join(f.place, name), Text: text}
	}
}

func (f fields) wrongType(name, want string) {
	if value := f.values[name]; value != nil {
		f.wrong(name, "should be "+want+", is "+kindOf(value))
	}
}

func (f fields) text(name string) string {
	value, ok := f.values[name].(string)
	if !ok {
		f.wrongType(name, "a text")
	}
	return value
}

// owed is a text that must be there.
func (f fields) owed(name string) string {
	value := f.text(name)
	if value == "" {
		f.wrong(name, "is missing")
	}
	return value
}

func (f fields) within(name string) fields {
	value, ok := f.values[name].(object)
	if !ok {
		f.wrongType(name, "an object")
	}
	return fields{value, join(f.place, name), f.first}
}

func (f fields) list(name string) []any {
	value, ok := f.values[name].([]any)
	if !ok {
		f.wrongType(name, "a list")
	}
	return value
}

func (f fields) integer(name string) int64 {
	value, ok := f.values[name].(json.Number)
	if !ok {
		f.wrongType(name, "a whole number")
		return 0
	}
	n, err := value.Int64()
	if err != nil {
		f.wrong(name, "should be a whole number")
	}
	return n
}

func (f fields) flag(name string) bool {
	value, ok := f.values[name].(bool)
	if !ok {
		f.wrongType(name, "true or false")
	}
	return value
}

func (f fields) instant(name string) time.Time {
	text := f.text(name)
	if text == "" {
		return time.Time{}
	}
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil || at.IsZero() { // zero would mean that none is given
		f.wrong(name, "should be an instant such as 2026-03-02T09:00:00Z")
	}
	return at.UTC()
}

// texts is an object of texts.
func (f fields) texts(name string) map[string]string {
	of := f.within(name)
	texts := make(map[string]string, len(of.values))
	for _, key := range of.names() {
		texts[key] = of.text(key)
	}
	return texts
}

// only says which names there may be.
func (f fields) only(names ...string) {
	for _, name := range f.names() {
		if !slices.Contains(names, name) {
			f.wrong(name, "is not known here, there are "+strings.Join(names, ", "))
		}
	}
}

// names are the names of an object in their order.
func (o object) names() []string {
	names := make([]string, 0, len(o.values))
	for name := range o.values {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
