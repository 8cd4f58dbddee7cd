package script_test

import (
	"reflect"
	"slices"
	"testing"
)

// Each difference between the schema and the Go types is found.
func TestCheckKeys(t *testing.T) {
	forms := map[reflect.Type][]string{reflect.TypeFor[string](): {"Name"}}
	for _, test := range []struct {
		from, to string
		want     []string
	}{
		{"", "", nil},
		{"2020-12", "2019-09", []string{`it is "https://json-schema.org/draft/2019-09/schema" for "#/$defs/team"`}},
		{`"title": "Size", "description": "Planned.", `, "", []string{"team.size has no title", "team.size has no description"}},
		{`"description": "One of them.", `, "", []string{"member has no description"}},
		{`"boss": {"title": "Boss", "description": "Leads.", "type": "boolean"}`, `"chef": {}`, []string{"member.boss is not there", "member has no key chef"}},
		{`"type": "integer"`, `"type": "number"`, []string{`team.size is "number", not one of ["integer"]`}},
		{`"description": "Unique.", "$ref": "#/$defs/Name"`, `"description": "Unique.", "type": "string"`, []string{`member.id is "string", not one of ["Name"]`}},
		{`"items": {"$ref": "#/$defs/member"}`, `"items": {"$ref": "#/$defs/team"}`, []string{`team.people[] is "team", not one of ["member"]`}},
		{`, "items": {"$ref": "#/$defs/member"}`, ``, []string{"nothing says what team.people[] is", "nothing is a member"}},
		{`"required": ["id"]`, `"required": ["it"]`, []string{"member.id is always written, and not required", "member has no key it"}},
		{`"additionalProperties": false, "required": ["id"]`, `"required": ["id"]`, []string{"member is not defined as an object without additional properties"}},
		{`"Name": {`, `"Word": {}, "Name": {`, []string{"nothing is a Word"}},
	} {
		if got := changed(t, test.from, test.to).CheckKeys(reflect.TypeFor[team](), forms); !slices.Equal(got, test.want) {
			t.Errorf("%s in the place of %s: got %q, want %q", test.to, test.from, got, test.want)
		}
	}
}
