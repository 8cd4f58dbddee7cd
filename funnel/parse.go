package funnel

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/leadloop/leadloop/internal/document"
)

// maxBytes bounds what Parse reads. A funnel of a thousand stages fits, and Compile, whose checks compare all edges with
// each other, stays quick.
const maxBytes = 1 << 20

// Parse reads a definition from JSON. It is strict: unknown and repeated keys, null, data after the end, a later
// [Schema] and more than 1 MiB are errors. All mistakes are joined, each a [*Mistake] with its path, line and column. What
// the definition means is checked by [Compile]. The JSON of [Standard], as encoding/json writes it, is one to start from.
//
// The file definition.schema.json in this package's folder is a JSON Schema (draft 2020-12) of the format. A
// definition may name it, or a copy, under the key "$schema", so that editors check and complete what people write.
func Parse(data []byte) (Definition, error) {
	// A document of a later format has keys that this one does not know: say what matters, not what follows from it.
	var head struct {
		Schema int `json:"schema"`
	}
	if json.Unmarshal(data, &head) == nil && head.Schema > Schema {
		return Definition{}, &Mistake{Path: "schema", Message: laterSchema(head.Schema)}
	}
	var d Definition
	if err := document.Decode(data, &d, maxBytes); err != nil {
		return Definition{}, mistakes(err)
	}
	return d, nil
}

func laterSchema(schema int) string {
	return fmt.Sprintf("the format is %d, this program reads formats up to %d: update it", schema, Schema)
}

// mistakes turns what document reports into this package's own type.
func mistakes(err error) error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var errs []error
		for _, err := range joined.Unwrap() {
			errs = append(errs, mistakes(err))
		}
		return errors.Join(errs...)
	}
	var e *document.Error
	if errors.As(err, &e) {
		return &Mistake{Path: e.Path, Line: e.Line, Column: e.Column, Message: e.Message}
	}
	return err
}
