package script_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/leadloop/leadloop/internal/script"
)

// recorder keeps what a test would be told.
type recorder struct {
	testing.TB
	errors []string
}

func (r *recorder) Helper() {}

func (r *recorder) Errorf(format string, args ...any) {
	r.errors = append(r.errors, fmt.Sprintf(format, args...))
}

func (r *recorder) Fatalf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }

type team struct {
	Name   string   `json:"name"`
	Size   int      `json:"size,omitempty"`
	People []member `json:"people"`
}

type member struct {
	ID   string `json:"id"`
	Boss bool   `json:"boss,omitempty"`
}

// readTeam wants a name, at most 9 in size, and people with different ids.
func readTeam(data []byte) error {
	var t team
	decoder := json.NewDecoder(strings.NewReader(string(data)))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&t); err != nil {
		return err
	}
	seen := map[string]bool{"": true}
	for _, p := range t.People {
		if seen[p.ID] {
			return fmt.Errorf("%q is no new id", p.ID)
		}
		seen[p.ID] = true
	}
	if t.Name == "" || t.Size < 0 || t.Size > 9 || len(t.People) == 0 || strings.Contains(string(data), "null") {
		return fmt.Errorf("%+v is no team", t)
	}
	return nil
}

const teamSchema = `{
  "$schema": "https://json-schema.org/draft/2020-12/schema", "$ref": "#/$defs/team",
  "$defs": {
    "team": {
      "title": "Team", "description": "Who works together.", "type": "object", "additionalProperties": false, "required": ["name", "people"],
      "properties": {
        "name": {"title": "Name", "description": "Of all.", "$ref": "#/$defs/Name"},
        "size": {"title": "Size", "description": "Planned.", "type": "integer", "minimum": 1, "maximum": 9},
        "people": {"title": "People", "description": "Present.", "type": "array", "minItems": 1, "items": {"$ref": "#/$defs/member"}}
      }
    },
    "member": {
      "title": "Member", "description": "One of them.", "type": "object", "additionalProperties": false, "required": ["id"],
      "properties": {
        "id": {"title": "Id", "description": "Unique.", "$ref": "#/$defs/Name"},
        "boss": {"title": "Boss", "description": "Leads.", "type": "boolean"}
      }
    },
    "Name": {"type": "string", "minLength": 1}
  }
}`

// changed is the schema of teams with a text in the place of another.
func changed(t *testing.T, from, to string) *script.Schema {
	t.Helper()
	if from != "" && strings.Count(teamSchema, from) != 1 {
		t.Fatalf("%s is there %d times", from, strings.Count(teamSchema, from))
	}
	var s script.Schema
	if err := json.Unmarshal([]byte(strings.Replace(teamSchema, from, to, 1)), &s); err != nil {
		t.Fatal(err)
	}
	return &s
}

// Each mistake of a schema is found, at its place and by the damage that shows it; a schema without one has none.
func TestDamageFindsMistakes(t *testing.T) {
	whole := team{Name: "t", Size: 3, People: []member{{ID: "a", Boss: true}, {ID: "b"}}}
	for _, test := range []struct{ from, to, want string }{
		{"", "", ""},
		{`"required": ["id"]`, `"required": []`, "$.people[0].id: the schema has nothing against its absence"},
		{`"required": ["id"]`, `"required": ["id", "boss"]`, "the document is damaged already"},
		{`"required": ["name", "people"]`, `"required": ["name", "people", "size"]`, "$.size: the schema is against its absence, the code is not: [$: size is missing]"},
		{`"additionalProperties": false, "required": ["id"]`, `"required": ["id"]`, "$.people[1]: the schema has nothing against an unknown key"},
		{`"type": "integer"`, `"type": "number"`, "$.size: the schema has nothing against 1.5"},
		{`"type": "boolean"`, `"minimum": 0`, `$.people[0].boss: the schema has nothing against "true"`},
		{`"type": "array"`, `"type": "array", "maxItems": 2`, ""},
		{`"items": {"$ref": "#/$defs/member"}`, `"items": {}`, "$.people: the schema has nothing against [null]"},
		{`"minimum": 1, `, ``, "$.size: the schema has nothing against -1"},
		{`"maximum": 9`, `"maximum": 4`, ""},
		{`"minLength": 1`, `"maxLength": 1`, `$.name: the schema is against "nonsense !", the code is not: [$.name: is too long]`},
	} {
		r := &recorder{TB: t}
		func() {
			defer func() {
				if fatal, ok := recover().(string); ok {
					r.errors = append(r.errors, fatal)
				}
			}()
			s := changed(t, test.from, test.to)
			script.Comparison{Schema: s, Read: readTeam, Must: func(place, damage string) bool {
				return damage == "-1" || damage == "1.5" || damage == script.Absence && strings.HasSuffix(place, ".id")
			}}.Damage(r, whole)
		}()
		found := slices.ContainsFunc(r.errors, func(e string) bool { return strings.Contains(e, test.want) })
		if test.want == "" && r.errors != nil || test.want != "" && !found {
			t.Errorf("%s in the place of %s: got %q, want %s", test.to, test.from, r.errors, test.want)
		}
	}
}

// What May says is not compared, and the document is counted and left as it was.
func TestDamageMayAndTally(t *testing.T) {
	whole := script.Untyped(t, team{Name: "t", Size: 3, People: []member{{ID: "a"}}})
	before := fmt.Sprint(whole)
	s := changed(t, `"required": ["name", "people"]`, `"required": ["name", "people", "size"]`)
	tally := script.Comparison{Schema: s, Read: readTeam, May: func(place, damage string) bool {
		return place == "$.size" && (damage == script.Absence || damage == "0")
	}}.Damage(t, whole)
	// Refused are 8 of the whole, 4 absences, 6 of each text, 9 of the number, 8 of the list and 8 of its item; accepted are texts and a longer list.
	if want := (script.Tally{Refused: 49, Accepted: 15, Absences: 4}); tally != want {
		t.Errorf("got %+v, want %+v", tally, want)
	}
	if after := fmt.Sprint(whole); after != before {
		t.Errorf("%s became %s", before, after)
	}
}
