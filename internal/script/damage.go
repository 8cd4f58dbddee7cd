package script

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"testing"
)

// A Comparison holds a schema against the code that reads its documents. What the schema refuses Read must refuse, too: an editor
// finds nothing wrong that is right. The schema can't know all that the code knows, but in each place it must refuse another kind
// of value and an unknown key.
type Comparison struct {
	Schema *Schema
	Read   func(data []byte) error

	// Must says what else the schema must refuse, and May what Read may take though the schema refuses it; nil: nothing. A place is
	// written $.stages[0].name; a damage is [Absence], or in JSON what is put in the place.
	Must, May func(place, damage string) bool
}

// Absence is the damage that a key is left out.
const Absence = "its absence"

// noSuchKey is a key that no document has.
const noSuchKey = "no such key"

// A Tally counts damaged documents by what their schema says of them. A schema that lets more through than it did refuses fewer: that
// is why tests hold the number, though it has no meaning of its own.
type Tally struct {
	Refused, Accepted int
	Absences          int // of those refused
}

// Damage damages a valid document in every place, in one way at a time, and compares what is said of it.
func (c Comparison) Damage(t testing.TB, document any) (tally Tally) {
	t.Helper()
	whole := Untyped(t, document)
	before := written(t, whole)
	if wrong, err := c.Schema.Check("$", whole), c.Read(before); wrong != nil || err != nil {
		t.Fatalf("the document is damaged already: %v, %v", wrong, err)
	}
	// try compares what is said of the document as it stands, and says whether it fits the schema.
	try := func(place, damage string, must, may bool) bool {
		t.Helper()
		wrong := c.Schema.Check("$", whole)
		if wrong == nil {
			tally.Accepted++
			if must {
				t.Errorf("%s: the schema has nothing against %s", place, damage)
			}
			return true
		}
		tally.Refused++
		if damage == Absence {
			tally.Absences++
		}
		if !may && c.Read(written(t, whole)) == nil {
			t.Errorf("%s: the schema is against %s, the code is not: %v", place, damage, wrong)
		}
		return false
	}
	says := func(rule func(place, damage string) bool, place, damage string) bool {
		return rule != nil && rule(place, damage)
	}
	// walk damages a value, which put can replace, and all within it. An optional value may be left out.
	var walk func(place string, value any, optional bool, put func(any))
	walk = func(place string, value any, optional bool, put func(any)) {
		t.Helper()
		wrong, doubtful := instead(value)
		for i, other := range slices.Concat(wrong, doubtful) {
			put(other)
			damage := string(written(t, other))
			empty := slices.Contains([]string{`""`, `0`, `{}`}, damage) // which Go can't tell from what is left out
			try(place, damage, i < len(wrong) || says(c.Must, place, damage), empty && optional || says(c.May, place, damage))
		}
		put(value)
		switch value := value.(type) {
		case []any:
			for i, item := range value {
				walk(fmt.Sprintf("%s[%d]", place, i), item, false, func(x any) { value[i] = x })
			}
		case map[string]any:
			for _, key := range slices.Sorted(maps.Keys(value)) {
				item, place := value[key], place+"."+key
				delete(value, key)
				optional := try(place, Absence, says(c.Must, place, Absence), says(c.May, place, Absence)) && c.Read(written(t, whole)) == nil
				value[key] = item
				walk(place, item, optional, func(x any) { value[key] = x })
			}
			value[noSuchKey] = 1.0
			try(place, "an unknown key", true, false)
			delete(value, noSuchKey)
		}
	}
	walk("$", whole, false, func(x any) { whole = x })
	if !bytes.Equal(before, written(t, whole)) {
		t.Errorf("the document did not come out as it was:\n%s\n%s", before, written(t, whole))
	}
	return tally
}

// instead lists what can stand in the place of a value: first what is wrong whatever the schema says of the place, for it is of
// another kind or holds what nothing can hold, then what is of the same kind.
func instead(value any) (wrong, doubtful []any) {
	wrong = []any{nil}
	for _, other := range []any{true, 7.0, fmt.Sprint(value), []any{}, map[string]any{}} {
		if reflect.TypeOf(other) != reflect.TypeOf(value) {
			wrong = append(wrong, other)
		}
	}
	switch value := value.(type) {
	case string:
		doubtful = []any{"", "nonsense !", "-1", "-8h", "0s", "25:00-26:00", "2026-13-01", "17:00-24:00"}
	case float64:
		doubtful = []any{0.0, -1.0, 1.5, 1e12}
	case []any:
		wrong = append(wrong, []any{nil}, []any{true})
		doubtful = []any{[]any{}, slices.Concat(value, value)}
	case map[string]any:
		wrong = append(wrong, map[string]any{noSuchKey: 1.0})
		doubtful = []any{map[string]any{}}
	}
	return wrong, doubtful
}

// Untyped gives a value, or a document that is a json.RawMessage, as a decoder that knows no types reads it.
func Untyped(t testing.TB, v any) (untyped any) {
	t.Helper()
	if err := json.Unmarshal(written(t, v), &untyped); err != nil {
		t.Fatal(err)
	}
	return untyped
}

func written(t testing.TB, v any) []byte {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
