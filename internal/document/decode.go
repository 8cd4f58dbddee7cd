package document

import (
	"bytes"
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"sort"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxDepth is how deeply the values of a document may be nested.
const MaxDepth = 64

// MaxValues is how many values a document may hold, keys not counted. The Go
// value of an empty object can be a hundred times as large as its text.
const MaxValues = 1 << 18

// MaxErrors is how many mistakes Decode reports before it stops looking.
const MaxErrors = 100

// Error is one mistake in a document.
type Error struct {
	Path    string // such as dimensions[1].rules[3].points; empty for the whole document
	Line    int    // from 1
	Column  int    // from 1, in characters
	Message string // what is wrong and what to do
	Cause   error  // what a value's own decoder said, or nil
}

// Error writes path, place and message.
func (e *Error) Error() string {
	place := fmt.Sprintf("%d:%d: %s", e.Line, e.Column, e.Message)
	if e.Path == "" {
		return place
	}
	return e.Path + ":" + place
}

// Unwrap gives what the value's own decoder said.
func (e *Error) Unwrap() error { return e.Cause }

// Decode reads one JSON value of at most limit bytes into the value that into
// points to. All mistakes are joined; each is an *[Error]. After an error the
// target is partly filled and must not be used.
func Decode(data []byte, into any, limit int) error {
	target := reflect.ValueOf(into)
	if target.Kind() != reflect.Pointer || target.IsNil() {
		return fmt.Errorf("document: the target is a %T, give a pointer", into)
	}
	if len(data) > limit {
		return &Error{Line: 1, Column: 1, Message: fmt.Sprintf("the document has %d bytes, at most %d are read", len(data), limit)}
	}
	r := &reader{data: data, known: map[reflect.Type]map[string][]int{}}
	if at, ok := invalidUTF8(data); ok {
		return r.at(at, "", "invalid UTF-8")
	}
	if err := json.Unmarshal(data, new(json.RawMessage)); err != nil {
		return r.syntax(err)
	}
	r.decoder = json.NewDecoder(bytes.NewReader(data))
	r.decoder.UseNumber()
	root, err := r.value(nil, 0)
	if err != nil {
		return err
	}
	r.bind(root, target.Elem(), nil)
	return errors.Join(r.errs...)
}

func invalidUTF8(data []byte) (int, bool) {
	for i := 0; i < len(data); {
		c, size := utf8.DecodeRune(data[i:])
		if c == utf8.RuneError && size <= 1 {
			return i, true
		}
		i += size
	}
	return 0, false
}

// node is one JSON value with the bytes that it came from.
type node struct {
	start, end int
	scalar     json.Token // string, json.Number, bool or nil; unset for the others
	object     bool
	array      bool
	members    []member
	items      []*node
}

type member struct {
	key   string
	at    int
	value *node
}

// A trail leads from a value up to the document. It is written as a path only
// where there is a mistake: a path per value would take time and memory in
// proportion to values times keys.
type trail struct {
	up    *trail
	key   string
	index int  // of an item of a list
	item  bool // the value is an item, not under a key
}

func (t *trail) String() string {
	if t == nil {
		return ""
	}
	up := t.up.String()
	switch {
	case t.item:
		return up + "[" + strconv.Itoa(t.index) + "]"
	case up == "":
		return readable(t.key)
	}
	return up + "." + readable(t.key)
}

// maxKey is how many characters of a key an error repeats.
const maxKey = 64

// readable keeps a hostile key from filling an error or breaking its lines.
func readable(key string) string {
	if n := 0; len(key) > maxKey {
		for i := range key {
			if n++; n > maxKey {
				key = key[:i] + "…"
				break
			}
		}
	}
	if strings.ContainsFunc(key, func(c rune) bool { return !unicode.IsPrint(c) }) {
		return strconv.Quote(key)
	}
	return key
}

type reader struct {
	data    []byte
	decoder *json.Decoder
	values  int // read so far
	known   map[reflect.Type]map[string][]int
	errs    []error
	lines   []int // where each line starts, made at the first error
}

// next is where the next token starts.
func (r *reader) next() int {
	at := int(r.decoder.InputOffset())
	for at < len(r.data) && strings.IndexByte(" \t\r\n,:", r.data[at]) >= 0 {
		at++
	}
	return at
}

func (r *reader) at(offset int, path, format string, args ...any) *Error {
	if r.lines == nil {
		r.lines = []int{0}
		for i, c := range r.data {
			if c == '\n' {
				r.lines = append(r.lines, i+1)
			}
		}
	}
	offset = min(offset, len(r.data))
	line := sort.Search(len(r.lines), func(i int) bool { return r.lines[i] > offset })
	column := utf8.RuneCount(r.data[r.lines[line-1]:offset]) + 1
	return &Error{Path: path, Line: line, Column: column, Message: fmt.Sprintf(format, args...)}
}

// full tells that enough mistakes have been found.
func (r *reader) full() bool { return len(r.errs) >= MaxErrors }

func (r *reader) report(offset int, at *trail, format string, args ...any) {
	if !r.full() {
		r.errs = append(r.errs, r.at(offset, at.String(), format, args...))
	}
}

// value reads the next value of what is known to be JSON. Only too deep a
// nesting or too many values stop it; repeated keys are reported and reading goes on.
func (r *reader) value(at *trail, depth int) (*node, error) {
	n := &node{start: r.next()}
	token, err := r.decoder.Token()
	if err != nil {
		return nil, err
	}
	if depth > MaxDepth {
		return nil, r.at(n.start, at.String(), "values are nested more than %d deep", MaxDepth)
	}
	if r.values++; r.values > MaxValues {
		return nil, r.at(n.start, at.String(), "the document has more than %d values", MaxValues)
	}
	switch token {
	case json.Delim('{'):
		n.object = true
		seen := map[string]bool{}
		for r.decoder.More() {
			m := member{at: r.next()}
			key, err := r.decoder.Token()
			if err != nil {
				return nil, err
			}
			m.key = key.(string) // the decoder lets nothing else be a key
			inner := &trail{up: at, key: m.key}
			if m.value, err = r.value(inner, depth+1); err != nil {
				return nil, err
			}
			if seen[m.key] {
				r.report(m.at, inner, "the key stands here twice: keep one")
				continue
			}
			seen[m.key] = true
			n.members = append(n.members, m)
		}
	case json.Delim('['):
		n.array = true
		for r.decoder.More() {
			item, err := r.value(&trail{up: at, index: len(n.items), item: true}, depth+1)
			if err != nil {
				return nil, err
			}
			n.items = append(n.items, item)
		}
	default:
		n.scalar = token
		n.end = int(r.decoder.InputOffset())
		return n, nil
	}
	if _, err := r.decoder.Token(); err != nil { // the closing bracket
		return nil, err
	}
	n.end = int(r.decoder.InputOffset())
	return n, nil
}

// syntax tells where the text is no JSON. encoding/json counts the bytes that
// it read, the wrong one included.
func (r *reader) syntax(err error) error {
	var s *json.SyntaxError
	if !errors.As(err, &s) {
		return r.at(0, "", "no JSON: %s", err)
	}
	if int(s.Offset) >= len(r.data) && strings.HasPrefix(s.Error(), "unexpected end") {
		return r.at(len(r.data), "", "the document ends too early")
	}
	return r.at(max(0, int(s.Offset)-1), "", "no JSON: %s", s)
}

// bind stores the value in the target and reports what does not fit.
func (r *reader) bind(n *node, target reflect.Value, at *trail) {
	if r.full() {
		return
	}
	if n.scalar == nil && !n.object && !n.array {
		r.report(n.start, at, "null is no value here: leave the key out")
		return
	}
	if target.Kind() == reflect.Pointer {
		target.Set(reflect.New(target.Type().Elem()))
		r.bind(n, target.Elem(), at)
		return
	}
	if target.CanAddr() && r.decodesItself(n, target.Addr(), at) {
		return
	}
	switch target.Kind() {
	case reflect.Struct:
		r.bindStruct(n, target, at)
	case reflect.Map:
		r.bindMap(n, target, at)
	case reflect.Slice:
		if !n.array {
			r.wrong(n, at, "a list")
			return
		}
		list := reflect.MakeSlice(target.Type(), len(n.items), len(n.items))
		for i, item := range n.items {
			r.bind(item, list.Index(i), &trail{up: at, index: i, item: true})
		}
		target.Set(list)
	case reflect.String:
		s, ok := n.scalar.(string)
		if !ok {
			r.wrong(n, at, "a text")
			return
		}
		target.SetString(s)
	case reflect.Bool:
		b, ok := n.scalar.(bool)
		if !ok {
			r.wrong(n, at, "true or false")
			return
		}
		target.SetBool(b)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		number, ok := n.scalar.(json.Number)
		i, err := strconv.ParseInt(string(number), 10, target.Type().Bits())
		if !ok || err != nil {
			r.wrong(n, at, "a whole number of at most "+strconv.Itoa(target.Type().Bits())+" bits")
			return
		}
		target.SetInt(i)
	case reflect.Float64:
		number, ok := n.scalar.(json.Number)
		f, err := strconv.ParseFloat(string(number), 64)
		if !ok || err != nil { // the only error left is that the number is too large
			r.wrong(n, at, "a number below 1.8e308")
			return
		}
		target.SetFloat(f)
	default:
		r.report(n.start, at, "a document can't hold a Go %s", target.Type())
	}
}

// decodesItself leaves values with a decoder of their own to it.
func (r *reader) decodesItself(n *node, target reflect.Value, at *trail) bool {
	var err error
	switch t := target.Interface().(type) {
	case json.Unmarshaler:
		err = t.UnmarshalJSON(r.data[n.start:n.end])
	case encoding.TextUnmarshaler:
		s, ok := n.scalar.(string)
		if !ok {
			r.wrong(n, at, "a text")
			return true
		}
		err = t.UnmarshalText([]byte(s))
	default:
		return false
	}
	if err != nil {
		e := r.at(n.start, at.String(), "%s", err)
		e.Cause = err
		r.errs = append(r.errs, e)
	}
	return true
}

func (r *reader) wrong(n *node, at *trail, want string) {
	got := "a list"
	switch n.scalar.(type) {
	case string:
		got = "a text"
	case json.Number:
		got = "the number " + string(r.data[n.start:min(n.end, n.start+40)])
	case bool:
		got = "true or false"
	case nil:
		if n.object {
			got = "an object"
		}
	}
	r.report(n.start, at, "%s is wanted here, not %s", want, got)
}

func (r *reader) bindMap(n *node, target reflect.Value, at *trail) {
	if !n.object {
		r.wrong(n, at, "an object")
		return
	}
	values := reflect.MakeMapWithSize(target.Type(), len(n.members))
	for _, m := range n.members {
		value := reflect.New(target.Type().Elem()).Elem()
		r.bind(m.value, value, &trail{up: at, key: m.key})
		key := reflect.ValueOf(m.key)
		if target.Type().Key().Kind() != reflect.String {
			r.report(n.start, at, "a document can't hold a Go %s", target.Type())
			return
		}
		values.SetMapIndex(key.Convert(target.Type().Key()), value)
	}
	target.Set(values)
}

func (r *reader) bindStruct(n *node, target reflect.Value, at *trail) {
	if !n.object {
		r.wrong(n, at, "an object")
		return
	}
	known, ok := r.known[target.Type()]
	if !ok {
		known = fields(target.Type())
		r.known[target.Type()] = known
	}
	for _, m := range n.members {
		if r.full() {
			return
		}
		index, ok := known[m.key]
		if !ok {
			names := make([]string, 0, len(known))
			for name := range known {
				names = append(names, name)
			}
			sort.Strings(names)
			advice := DidYouMean(m.key, names)
			if advice == "" {
				advice = "; known are " + strings.Join(names, ", ")
			}
			r.report(m.at, &trail{up: at, key: m.key}, "unknown key%s", advice)
			continue
		}
		r.bind(m.value, target.FieldByIndex(index), &trail{up: at, key: m.key})
	}
}

// fields lists a struct's keys, those of embedded structs included.
func fields(t reflect.Type) map[string][]int {
	known := map[string][]int{}
	for _, f := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if !f.IsExported() || f.Anonymous && name == "" || name == "-" {
			continue
		}
		if name == "" {
			name = f.Name
		}
		known[name] = f.Index
	}
	return known
}
