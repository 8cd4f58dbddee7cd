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
        "marks": {"type": "object", "propertyNames": {"pattern": "^[a-z]+$"}, "additionalProperties": {"type": "number"}},
        "size": {"enum": ["S", "L"]}, "format": {"const": 1}, "zone": {"not": {"const": "Local"}}, "code": {"maxLength": 2},
        "share": {"exclusiveMinimum": 0, "exclusiveMaximum": 1}, "set": {"uniqueItems": true},
        "at": {"oneOf": [{"required": ["day"]}, {"required": ["hour"]}]}, "for": {"anyOf": [{"required": ["day"]}, {"required": ["hour"]}]}
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
		`{"name": "Än", "size": "S", "format": 1, "zone": "UTC", "code": "Ää", "share": 0.5, "set": [{}, {"a": 1}, 1, "1"], "at": {"day": 1}, "for": {"day": 1, "hour": 2}}`: nil,
		`{"name": "Än", "size": "M", "format": 2, "zone": "Local", "code": "Äää", "share": 0, "set": [{"a": 1}, 7, {"a": 1}], "at": {"day": 1, "hour": 2}, "for": {}}`: {
			"p.at: fits 2 of oneOf", "p.code: is too long", "p.for: fits none of anyOf", "p.format: 2 is not 1", "p.set: item 2 stands twice",
			"p.share: 0 is out of range", `p.size: "M" is none of ["S" "L"]`, "p.zone: is excluded by not",
		},
		`{"name": "Än", "size": 1, "format": "1", "share": 1, "at": {}}`: {
			"p.at: fits 0 of oneOf", `p.format: "1" is not 1`, "p.share: 1 is out of range", `p.size: 1 is none of ["S" "L"]`,
		},
		`{"name": "Än", "size": null, "format": null}`: {"p.format: <nil> is not 1", `p.size: <nil> is none of ["S" "L"]`},
	} {
		if got := s.Check("p", script.Untyped(t, json.RawMessage(document))); !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", document, got, want)
		}
	}
}

// A keyword that Check does not know, or a pattern that is none, would be a check that is not made.
func TestSchemaRefusesWhatItCannotCheck(t *testing.T) {
	var s script.Schema
	for _, text := range []string{`{"contains": {}}`, `{"properties": {"a": {"contains": {}}}}`, `{"oneOf": [{"contains": {}}]}`, `{"not": {"if": {}}}`, `{"enum": [1]}`, `{"items": 7}`, `{"items": {"pattern": "("}}`} {
		if err := json.Unmarshal([]byte(text), &s); err == nil {
			t.Errorf("%s is taken", text)
		}
	}
}
