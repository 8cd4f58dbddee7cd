package scoring_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/leadloop/leadloop/internal/script"
	"github.com/leadloop/leadloop/scoring"
)

// The schema has every key of a model and no other, and says of each what the Go types say.
func TestSchemaHasTheKeysOfAModel(t *testing.T) {
	s := script.ReadSchema(t, "model.schema.json")
	var want []string
	for _, place := range strings.Fields(`Model Dimension.rules Table.ranges Range.points Table.values ValueGroup.points Group.rules Model.grade Cell.label Model.calibration`) {
		want = append(want, place+" has no description") // for its title says it all
	}
	if diff := cmp.Diff(want, s.CheckKeys(reflect.TypeFor[scoring.Model](), map[reflect.Type][]string{
		reflect.TypeFor[string]():           {"string", "Name", "Expression"},
		reflect.TypeFor[scoring.Duration](): {"Duration"},
		reflect.TypeFor[scoring.Points]():   {"number", "Points", "PointsUpTo0", "PointsFrom0"},
	})); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if got, want := s.Defs["Rule"].Properties["repeat"].Enum, []string{string(scoring.Every), string(scoring.Once)}; !slices.Equal(got, want) {
		t.Errorf("repeat is one of %q, want %q", got, want)
	}
	types := []scoring.FieldType{scoring.Text, scoring.Integer, scoring.Number, scoring.Boolean, scoring.Time, scoring.Texts}
	if got, want := fmt.Sprint(s.Defs["FieldType"].Enum), fmt.Sprint(types); got != want {
		t.Errorf("types are %s, want %s", got, want)
	}
	if got := s.Defs["Model"].Properties["schema"].Const; got != float64(scoring.Schema) {
		t.Errorf("the schema is %v, want %d", got, scoring.Schema)
	}
	if got, want := *s.Defs["Points"].Maximum, float64(scoring.MaxPoints/scoring.Point); got != want || *s.Defs["Points"].Minimum != -want {
		t.Errorf("points go to %v, want %v", got, want)
	}
}

// Every model in testdata that Parse reads fits the schema, and so do random ones.
func TestModelsFitTheSchema(t *testing.T) {
	s := script.ReadSchema(t, "model.schema.json")
	files, err := filepath.Glob("testdata/cases/*.json")
	if err != nil {
		t.Fatal(err)
	}
	texts := []string{modelJSON}
	for _, path := range append(files, "testdata/fifty_rules.json") {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, string(data))
	}
	r := seeded(3)
	for range 300 {
		data, err := json.Marshal(randomModel(r))
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, string(data))
	}
	for _, text := range texts {
		var v any
		if err := json.Unmarshal([]byte(text), &v); err != nil {
			t.Fatal(err)
		}
		if _, err := scoring.Parse([]byte(text)); err != nil {
			t.Errorf("%v\n%s", err, text)
		}
		for _, wrong := range s.Check("model", v) {
			t.Errorf("%s\n%.200s", wrong, text)
		}
	}
}

// What Parse refuses the schema refuses, too: it does not fit by being lax.
func TestSchemaRefusesWhatParseRefuses(t *testing.T) {
	s := script.ReadSchema(t, "model.schema.json")
	script.Run(t, "testdata/parse_errors.txt", func(text string) string {
		_, err := scoring.Parse([]byte(text))
		var v any
		if json.Unmarshal([]byte(text), &v) == nil && len(s.Check("model", v)) == 0 && !strings.Contains(err.Error(), "twice") && !strings.Contains(err.Error(), "decimal places") {
			t.Errorf("the schema has nothing against %s", text)
		}
		return mistakes(t, err)
	})
}

// sorts is a model with something of each sort.
const sorts = `{
  "$schema": "model.schema.json", "schema": 1, "name": "sorts", "version": 2, "tick": "12h", "zone": "UTC", "minimum": -100, "maximum": 100,
  "fields": {"country": "text", "employees": "integer", "created": "time"},
  "activity_fields": {"kind": "text", "At": "time"},
  "dimensions": [
    {
      "name": "fit", "minimum": -10, "maximum": 50,
      "rules": [
        {"name": "Swiss", "when": "country == \"CH\"", "points": 5},
        {"name": "size", "table": {"of": "employees", "ranges": [{"from": 2, "to": 9, "points": 1}, {"from": 10, "below": 99, "points": 2}], "otherwise": -1, "missing": -2}},
        {"name": "near", "table": {"of": "country", "values": [{"is": ["DE", "AT"], "points": 3}]}}
      ],
      "groups": [{"name": "staff", "minimum": -5, "maximum": 5, "rules": [{"name": "per head", "when": "employees > 0", "points_expression": "employees / 100"}]}],
      "bands": [{"name": "A", "from": 10}, {"name": "B"}]
    },
    {
      "name": "engagement",
      "rules": [
        {"name": "visit", "each": "kind == \"visit\"", "points": 8, "half_life": "14d", "minimum": -1, "maximum": 20, "window": {"days": 30}},
        {"name": "click", "each": "kind == \"click\"", "points": 4, "distinct": "kind", "at_least": 2, "linear": "30d", "window": {"span": "14d"}},
        {"name": "mail", "each": "kind == \"mail\"", "points": 2, "repeat": "once", "steps": [{"after": "7d", "share": 0.5}], "window": {"months": 3}},
        {"name": "silence", "idle": {"every": "7d", "since": "created", "floor": -20}, "points": -5}
      ],
      "bands": [{"name": "1", "from": 10}, {"name": "2"}]
    }
  ],
  "grade": {
    "dimensions": ["fit", "engagement"],
    "cells": [{"bands": ["A", "1"], "label": "hot"}, {"bands": ["A", "2"], "label": "warm"}, {"bands": ["B", "1"], "label": "busy"}, {"bands": ["B", "2"], "label": "cold"}]
  },
  "thresholds": [{"name": "mql", "from": 20}, {"name": "active", "dimension": "engagement", "from": 10}],
  "disqualifiers": [{"name": "rival", "when": "country == \"XX\"", "reason": "rival"}],
  "calibration": {"outcome": "won", "steps": [{"from": 0, "probability": 0.25}, {"from": 50, "probability": 0.5}], "interpolate": true}
}`

// What the schema refuses Parse or Compile refuses, too, but for the lack of a number, which is 0 there.
func TestSchemaRefusesWhatCompileRefuses(t *testing.T) {
	s := script.ReadSchema(t, "model.schema.json")
	compile := func(data []byte) error {
		m, err := scoring.Parse(data)
		if err == nil {
			_, err = scoring.Compile[scoring.Record, scoring.Record](m)
		}
		return err
	}
	last := func(place string) string { return place[strings.LastIndex(place, ".")+1:] }
	comparison := script.Comparison{Schema: s, Read: compile, Must: func(place, damage string) bool {
		key := last(place)
		switch damage {
		case script.Absence:
			return slices.Contains([]string{"name", "of", "is", "after", "share", "every", "label", "reason", "outcome", "probability"}, key)
		case `""`:
			return !slices.Contains([]string{"$schema", "zone", "dimension"}, key) && !strings.Contains(key, "[")
		case `"nonsense !"`:
			return slices.Contains([]string{"tick", "repeat", "span", "half_life", "linear", "after", "every"}, key) || strings.Contains(place, "fields.")
		case "-1", "1.5":
			return slices.Contains([]string{"schema", "version", "at_least", "days", "months", "share", "probability"}, key)
		case "1000000000000":
			return slices.Contains([]string{"schema", "points", "minimum", "maximum", "at_least", "days", "months", "share", "probability"}, key)
		}
		return false
	}, May: func(place, damage string) bool { // for people seldom mean 0 where they leave a number out
		return damage == script.Absence && slices.Contains([]string{"points", "from", "after", "share"}, last(place)) ||
			damage == "{}" && strings.HasSuffix(place, ".steps[0]")
	}}
	other := `{"schema": 1, "name": "m", "dimensions": [{"name": "d"}], "calibration": {"outcome": "won", "intercept": -3, "slope": 0.1}}`
	for model, refused := range map[string]int{sorts: 1211, other: 73} {
		if tally := comparison.Damage(t, json.RawMessage(model)); tally.Refused < refused {
			t.Errorf("only %d were refused of %s", tally.Refused, model)
		}
	}
}
