package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/handoff"
	"github.com/leadloop/leadloop/handoff/goals"
	"github.com/leadloop/leadloop/handoff/routing"
	"github.com/leadloop/leadloop/scoring"
)

// A format is a kind of document that leadloop reads, and the JSON Schema that editors check it by.
type format struct {
	name, schema string
	read         func([]byte) error
	documents    []document
}

// document is a file, or what stands in it under a key, to which a name and the like are given where it is used alone.
type document struct {
	file, key string
	alone     map[string]any
}

func reader[T any](parse func([]byte) (T, error)) func([]byte) error {
	return func(data []byte) error {
		_, err := parse(data)
		return err
	}
}

var formats = []format{
	{"scoring model", "scoring/model.schema.json", reader(scoring.Parse), []document{{file: "scoring/testdata/fifty_rules.json"}, {file: "examples/closedloop/model.json"},
		{file: "scoring/testdata/cases/hubspot_linear.json"}, {file: "scoring/testdata/cases/posthog_published.json"}}},
	{"funnel definition", "funnel/definition.schema.json", reader(funnel.Parse), []document{{file: "examples/funnel/testdata/definition.json"}, {file: "examples/closedloop/olist_funnel.json"}}},
	{"agreement", "handoff/agreement.schema.json", reader(handoff.Parse), []document{{file: "examples/closedloop/agreement.json"}, {file: "handoff/testdata/agreement.json"}, {file: "handoff/testdata/routing.json"}}},
	{"routing plan", "handoff/routing/plan.schema.json", reader(routing.ParsePlan), []document{
		{"handoff/testdata/routing.json", "routing", map[string]any{"name": "alone", "version": json.Number("1"), "fallback": "boss"}}}},
	{"pay", "handoff/goals/pay.schema.json", reader(goals.ParsePay), []document{{file: "examples/closedloop/agreement.json", key: "pay"}}},
}

// A finding is what one cross-check comes to.
type finding struct {
	what, by, result string
	err              error
}

// checkSchemas holds each schema against what leadloop reads: an independent validator has to accept the documents, and to
// refuse every copy with a key that nobody knows or a value of another type, as leadloop does.
func checkSchemas(root string) (findings []finding) {
	compiler := jsonschema.NewCompiler()
	compiler.DefaultDraft(jsonschema.Draft2020)
	schemas := make([]*jsonschema.Schema, len(formats))
	ids := make([]string, len(formats))
	for i, f := range formats {
		value, err := decodeFile(root, document{file: f.schema})
		if err != nil {
			return []finding{{what: f.schema, err: err}}
		}
		object, _ := value.(map[string]any)
		ids[i], _ = object["$id"].(string)
		if err := compiler.AddResource(ids[i], value); err != nil {
			return []finding{{what: f.schema, err: err}}
		}
	}
	for i, f := range formats {
		schema, err := compiler.Compile(ids[i])
		if err != nil {
			return append(findings, finding{what: f.schema, err: err})
		}
		schemas[i] = schema
		findings = append(findings, f.check(root, schema))
	}
	return findings
}

func (f format) check(root string, schema *jsonschema.Schema) finding {
	result := finding{what: f.name, by: "santhosh-tekuri/jsonschema"}
	mutants := 0
	for _, d := range f.documents {
		value, err := decodeFile(root, d)
		if err != nil {
			result.err = err
			return result
		}
		if result.err = f.agree(schema, value, true); result.err != nil {
			result.err = fmt.Errorf("%s: %w", d.file, result.err)
			return result
		}
		for place, mutant := range mutate(value) {
			mutants++
			if err := f.agree(schema, mutant(), false); err != nil {
				result.err = fmt.Errorf("%s, %s: %w", d.file, place, err)
				return result
			}
		}
	}
	result.result = fmt.Sprintf("%d documents accepted, %d damaged copies refused, by both", len(f.documents), mutants)
	return result
}

// agree reports where the validator or leadloop does not judge a document as it should.
func (f format) agree(schema *jsonschema.Schema, value any, good bool) error {
	data, err := json.Marshal(value)
	if err != nil {
		return err
	}
	if err := f.read(data); (err == nil) != good {
		return fmt.Errorf("leadloop should not say %v", err)
	}
	if err := schema.Validate(value); (err == nil) != good {
		return fmt.Errorf("the validator should not say %v", err)
	}
	return nil
}

func decodeFile(root string, d document) (any, error) {
	data, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(d.file)))
	if err != nil {
		return nil, err
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", d.file, err)
	}
	if d.key != "" {
		object, _ := value.(map[string]any)
		if value = object[d.key]; value == nil {
			return nil, fmt.Errorf("%s: has no key %q", d.file, d.key)
		}
	}
	for key, v := range d.alone {
		value = with(value.(map[string]any), key, v)
	}
	return value, nil
}

// mutate gives each way to damage a value, by its place: a key that nobody knows, or a value of another type.
func mutate(value any) map[string]func() any {
	all := map[string]func() any{}
	var visit func(place string, v any, replace func(with any) any)
	visit = func(place string, v any, replace func(with any) any) {
		var other any = "text"
		switch v := v.(type) {
		case string:
			other = json.Number("7")
		case map[string]any:
			other = []any{}
			all[place+" with a key more"] = func() any { return replace(with(v, "no such key", true)) }
			for key, child := range v {
				visit(place+"/"+key, child, func(w any) any { return replace(with(v, key, w)) })
			}
		case []any:
			other = map[string]any{}
			for i, child := range v {
				visit(fmt.Sprint(place, "/", i), child, func(w any) any {
					changed := append([]any(nil), v...)
					changed[i] = w
					return replace(changed)
				})
			}
		}
		all[place+" of another type"] = func() any { return replace(other) }
	}
	visit("", value, func(with any) any { return with })
	return all
}

// with is a copy of an object in which a key has another value.
func with(object map[string]any, key string, value any) map[string]any {
	changed := map[string]any{key: value}
	for k, v := range object {
		if k != key {
			changed[k] = v
		}
	}
	return changed
}
