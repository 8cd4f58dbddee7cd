package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// Limits of a JSON document, beyond its size.
const maxDepth = 32

// An object is a JSON object. Its names are told apart by their case, unlike those of encoding/json into a struct: what another program
// on the way has read as "userId" must not be overruled here by "USERID".
type object struct {
	values map[string]any // string, json.Number, bool, nil, []any or object
	size   int            // bytes that it takes in the document
}

// parse reads one JSON object, strictly: UTF-8, no name twice, not nested too deeply, nothing after it. So two programs can't read
// different things from it.
func parse(body []byte) (object, error) {
	if i := invalid(body); i >= 0 {
		return object{}, &Problem{Field: "body", Text: fmt.Sprintf("byte %d is not UTF-8", i)}
	}
	var whole json.RawMessage
	if err := json.Unmarshal(body, &whole); err != nil { // looks at the syntax alone
		text := "is no JSON: " + err.Error()
		if at := (*json.SyntaxError)(nil); errors.As(err, &at) {
			text = fmt.Sprintf("is no JSON at byte %d: %s", at.Offset, at)
		}
		return object{}, &Problem{Field: "body", Text: text}
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	value, err := read(d, "body", 0)
	if err != nil {
		return object{}, err
	}
	o, ok := value.(object)
	if !ok {
		return object{}, &Problem{Field: "body", Text: "should be an object, is " + kindOf(value)}
	}
	return o, nil
}

// invalid finds the first byte that is not UTF-8, -1 if there is none.
func invalid(body []byte) int {
	if utf8.Valid(body) {
		return -1
	}
	for i := 0; ; {
		r, n := utf8.DecodeRune(body[i:])
		if r == utf8.RuneError && n < 2 {
			return i
		}
		i += n
	}
}

// read reads a value whose syntax is known to be right. It needs the name of its place for errors.
func read(d *json.Decoder, place string, depth int) (any, error) {
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch token {
	case json.Delim('{'), json.Delim('['):
		if depth == maxDepth {
			return nil, &Problem{Field: place, Text: fmt.Sprintf("is nested more than %d deep", maxDepth)}
		}
	}
	switch token {
	case json.Delim('{'):
		o := object{values: map[string]any{}, size: -int(d.InputOffset()) + 1}
		for d.More() {
			name, err := d.Token()
			if err != nil {
				return nil, err
			}
			at := join(place, name.(string))
			if _, twice := o.values[name.(string)]; twice {
				return nil, &Problem{Field: at, Text: "is there twice"}
			}
			if o.values[name.(string)], err = read(d, at, depth+1); err != nil {
				return nil, err
			}
		}
		_, err := d.Token()
		o.size += int(d.InputOffset())
		return o, err
	case json.Delim('['):
		list := []any{}
		for i := 0; d.More(); i++ {
			value, err := read(d, fmt.Sprintf("%s[%d]", place, i), depth+1)
			if err != nil {
				return nil, err
			}
			list = append(list, value)
		}
		_, err := d.Token()
		return list, err
	}
	if text, ok := token.(string); ok && strings.ContainsRune(text, 0) {
		return nil, &Problem{Field: place, Text: "holds the character U+0000, which can't be stored"}
	}
	return token, nil
}

// join names a place in a document. The body itself is not named.
func join(place, name string) string {
	if len(name) > 60 {
		name = strings.ToValidUTF8(name[:60], "") + "…"
	}
	if name == "" {
		name = `""`
	}
	if place == "body" || place == "" {
		return name
	}
	return place + "." + name
}

func kindOf(value any) string {
	switch value.(type) {
	case nil:
		return "null"
	case string:
		return "a text"
	case json.Number:
		return "a number"
	case bool:
		return "true or false"
	case []any:
		return "a list"
	}
	return "an object"
}

// readAll reads a body that is at most so large.
func readAll(body io.Reader, most int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(body, most+1))
	if err == nil && int64(len(data)) > most {
		err = &Problem{Kind: tooLarge, Field: "body", Text: fmt.Sprintf("is larger than %d bytes", most)}
	}
	return data, err
}
