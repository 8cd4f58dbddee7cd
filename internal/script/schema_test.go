package script_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/leadloop/leadloop/internal/script"
)

const person = `{
  "$ref": "#/$defs/Person",
  "$defs": {
    "Person": {
      "type": "object", "required": ["name"], "additionalProperties": false,
      "properties": {
        "name": {"type": "string", "minLength": 2}, "age": {"type": "integer", "minimum": 0, "maximum": 150},
        "kind": {"type": "string", "enum": ["a", "b"]}, "tall": {"type": "boolean"}, "lost": {"$ref": "#/$defs/Nothing"},
        "names": {"type": "array", "minItems": 1, "maxItems": 2, "items": {"type": "string"}},
        "marks": {"type": "object", "propertyNames": {"pattern": "^[a-z]+$"}, "additionalProperties": {"type": "number"}}
      }
    }
  }
}`

func TestSchemaCheck(t *testing.T) {
	path := filepath.Join(t.TempDir(), "person.schema.json")
	if err := os.WriteFile(path, []byte(person), 0o644); err != nil {
		t.Fatal(err)
	}
	s := script.ReadSchema(t, path)
	for document, want := range map[string][]string{
		`{"name": "Än", "age": 7, "kind": "b", "tall": true, "names": ["x", "y"], "marks": {"a": 1.5}}`: nil,
		`{}`:                                {"p: name is missing"},
		`[]`:                                {"p: is array, not object"},
		`null`:                              {"p: is , not object"},
		`{"name": "Ä"}`:                     {"p.name: is too short"},
		`{"name": "Än", "age": -1}`:         {"p.age: -1 is out of range"},
		`{"name": "Än", "age": 151}`:        {"p.age: 151 is out of range"},
		`{"name": "Än", "age": 1.5}`:        {"p.age: is number, not integer"},
		`{"name": "Än", "kind": "c"}`:       {`p.kind: "c" is none of ["a" "b"]`},
		`{"name": "Än", "tall": "yes"}`:     {"p.tall: is string, not boolean"},
		`{"name": "Än", "lost": 1}`:         {"p.lost: nothing is at #/$defs/Nothing"},
		`{"name": "Än", "names": []}`:       {"p.names: has 0 items"},
		`{"name": "Än", "names": [1]}`:      {"p.names[0]: is number, not string"},
		`{"name": "Än", "marks": {"A": 1}}`: {`p.marks, key A: "A" does not match ^[a-z]+$`},
		`{"zoo": 1, "ant": 2}`:              {"p: name is missing", "p.ant: may not be here", "p.zoo: may not be here"},
		`{"name": "Än", "names": ["x", "y", "z"], "marks": {"a": "1"}}`: {"p.marks.a: is string, not number", "p.names: has 3 items"},
	} {
		var v any
		if err := json.Unmarshal([]byte(document), &v); err != nil {
			t.Fatal(err)
		}
		if got := s.Check("p", v); !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", document, got, want)
		}
	}
}

// A keyword that Check does not know, or a pattern that is none, would be a check that is not made.
func TestSchemaRefusesWhatItCannotCheck(t *testing.T) {
	var s script.Schema
	for _, text := range []string{`{"contains": {}}`, `{"properties": {"a": {"contains": {}}}}`, `{"items": 7}`, `{"items": {"pattern": "("}}`} {
		if err := json.Unmarshal([]byte(text), &s); err == nil {
			t.Errorf("%s is taken", text)
		}
	}
}
