package document_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/leadloop/leadloop/internal/document"
)

type span time.Duration

func (s *span) UnmarshalText(text []byte) error {
	d, err := document.ParseDuration(string(text))
	*s = span(d)
	return err
}

type base struct {
	Name string `json:"name"`
}

type rule struct {
	base
	Points  json.RawMessage  `json:"points,omitempty"`
	Within  span             `json:"within,omitempty"`
	Enabled bool             `json:"enabled,omitempty"`
	Limit   *int64           `json:"limit,omitempty"`
	Tags    []string         `json:"tags,omitempty"`
	Labels  map[string]int32 `json:"labels,omitempty"`
	Rules   []rule           `json:"rules,omitempty"`
	Hidden  string           `json:"-"`
}

func ExampleDecode() {
	var r struct {
		Name   string `json:"name"`
		Points int64  `json:"points"`
	}
	err := document.Decode([]byte("{\n  \"nmae\": \"fit\",\n  \"points\": \"many\"\n}"), &r, 1000)
	fmt.Println(err)
	// Output:
	// nmae:2:3: unknown key, did you mean "name"?
	// points:3:13: a whole number of at most 64 bits is wanted here, not a text
}

func TestDecode(t *testing.T) {
	var got rule
	err := document.Decode([]byte(` { "name": "a", "points": [1, 2], "within": "1d12h", "enabled": true,
		"limit": -3, "tags": ["x", "é"], "labels": {"k": 7}, "rules": [{"name": "b"}, {}] }
	`), &got, 1000)
	if err != nil {
		t.Fatal(err)
	}
	limit := int64(-3)
	want := rule{
		base: base{"a"}, Points: json.RawMessage("[1, 2]"), Within: span(36 * time.Hour), Enabled: true,
		Limit: &limit, Tags: []string{"x", "é"}, Labels: map[string]int32{"k": 7}, Rules: []rule{{base: base{"b"}}, {}},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(rule{}, base{})); diff != "" {
		t.Error(diff)
	}
}

// One line for each mistake that a document can have, with its place.
func TestDecodeMistakes(t *testing.T) {
	deep := strings.Repeat(`{"rules":[`, 40) + strings.Repeat(`]}`, 40)
	for _, c := range []struct{ data, want string }{
		{``, `1:1: the document ends too early`},
		{`{"name": `, `1:10: the document ends too early`},
		{`{"name" "a"}`, `1:9: no JSON: invalid character '"' after object key`},
		{`{"name": tru}`, `1:13: no JSON: invalid character '}' in literal true (expecting 'e')`},
		{`{} {}`, `1:4: no JSON: invalid character '{' after top-level value`},
		{`{"name": "a", "name": "b"}`, `name:1:15: the key stands here twice: keep one`},
		{`{"Name": "a"}`, `Name:1:2: unknown key, did you mean "name"?`},
		{`{"Hidden": "a"}`, `Hidden:1:2: unknown key; known are enabled, labels, limit, name, points, rules, tags, within`},
		{`{"name": null}`, `name:1:10: null is no value here: leave the key out`},
		{`{"name": 1}`, `name:1:10: a text is wanted here, not the number 1`},
		{`{"enabled": []}`, `enabled:1:13: true or false is wanted here, not a list`},
		{`{"limit": 1.5}`, `limit:1:11: a whole number of at most 64 bits is wanted here, not the number 1.5`},
		{`{"tags": {}}`, `tags:1:10: a list is wanted here, not an object`},
		{`{"tags": ["a", true]}`, `tags[1]:1:16: a text is wanted here, not true or false`},
		{`{"labels": "a"}`, `labels:1:12: an object is wanted here, not a text`},
		{`{"labels": {"k": 2147483648}}`, `labels.k:1:18: a whole number of at most 32 bits is wanted here, not the number 2147483648`},
		{`{"within": 5}`, `within:1:12: a text is wanted here, not the number 5`},
		{`{"within": "soon"}`, `within:1:12: a span of time is written like "14d", "1d12h", "90m" or "30s"`},
		{"{\"name\":\n \"é\", \"rules\": [{},\n {\"x\": 1}]}", "rules[1].x:3:3: unknown key; known are enabled, labels, limit, name, points, rules, tags, within"},
		{"[]", "1:1: an object is wanted here, not a list"},
		{"{\"name\": \"\xff\"}", "1:11: invalid UTF-8"},
		{deep, strings.Repeat("rules[0].", 31) + "rules[0].rules:1:330: values are nested more than 64 deep"},
		{`{"name": "` + strings.Repeat("a", 1000) + `"}`, "1:1: the document has 1012 bytes, at most 1000 are read"},
	} {
		err := document.Decode([]byte(c.data), new(rule), 1000)
		if err == nil || err.Error() != c.want {
			t.Errorf("%.60s:\n got %v\nwant %s", c.data, err, c.want)
		}
		var e *document.Error
		if err != nil && !errors.As(err, &e) {
			t.Errorf("%.60s: the error is a %T", c.data, err)
		}
	}
}

func TestDecodeReportsAllMistakesUpToALimit(t *testing.T) {
	data := `{"tags": [` + strings.Repeat("1,", 499) + `1]}`
	err := document.Decode([]byte(data), new(rule), 5000)
	if n := strings.Count(err.Error(), "\n") + 1; n != document.MaxErrors {
		t.Errorf("%d mistakes reported, want %d", n, document.MaxErrors)
	}
}

// Documents come from strangers: neither long keys nor a mistake in each of many
// values may cost more than their size. Memory is counted, because it is the same
// on every machine: without care, each of these takes a thousand times as much.
func TestDecodeTakesHostileDocumentsInProportion(t *testing.T) {
	long := strings.Repeat("k", 100_000)
	for name, data := range map[string]string{
		"long key over many values": `{"` + long + `": [` + strings.Repeat("1,", 25_000) + `1]}`,
		"many wrong values":         `{"tags": [` + strings.Repeat("1,", 50_000) + `1]}`,
		"many unknown keys":         `{` + strings.Repeat(`"a":1,`, 30_000) + `"b": 1}`,
		"many nulls in a map":       `{"labels": {"` + long + `": null` + strings.Repeat(`,"":null`, 12_000) + `}}`,
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		err := document.Decode([]byte(data), new(rule), 1<<20)
		runtime.ReadMemStats(&after)
		if err == nil {
			t.Fatalf("%s: accepted", name)
		}
		if n := len(err.Error()); n > 20_000 {
			t.Errorf("%s: the error has %d bytes", name, n)
		}
		if used := after.TotalAlloc - before.TotalAlloc; used > 300*uint64(len(data)) {
			t.Errorf("%s: %d bytes were allocated for a document of %d", name, used, len(data))
		}
	}
}

func TestDecodeBoundsTheNumberOfValues(t *testing.T) {
	list := func(n int) []byte { return []byte(`{"rules": [{}` + strings.Repeat(",{}", n-1) + `]}`) }
	if err := document.Decode(list(document.MaxValues-2), new(rule), 1<<22); err != nil { // with the list and the whole
		t.Error(err)
	}
	err := document.Decode(list(document.MaxValues-1), new(rule), 1<<22)
	if want := "the document has more than 262144 values"; err == nil || !strings.HasPrefix(err.Error(), "rules[262142]:1:") || !strings.HasSuffix(err.Error(), want) {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestDecodeKeysInErrorsAreReadable(t *testing.T) {
	for key, want := range map[string]string{
		"two\\nlines":            `"two\nlines":1:2: unknown key; known are `,
		strings.Repeat("é", 100): strings.Repeat("é", 64) + "…:1:2: unknown key; known are ",
		strings.Repeat("é", 64):  strings.Repeat("é", 64) + ":1:2: unknown key; known are ",
	} {
		err := document.Decode([]byte(`{"`+key+`": 1}`), new(rule), 1000)
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("got %v\nwant %s", err, want)
		}
	}
}

// Numbers are the nearest float, as encoding/json reads them.
func TestDecodeFloats(t *testing.T) {
	for text, want := range map[string]float64{"5": 5, "-0.1": -0.1, "1e3": 1000, "9007199254740993": 1 << 53, "1e-400": 0, "1.7e308": 1.7e308} {
		var got struct{ Below *float64 }
		if err := document.Decode([]byte(`{"Below": `+text+`}`), &got, 100); err != nil || *got.Below != want {
			t.Errorf("%s is read as %v, %v", text, got.Below, err)
		}
	}
	for text, want := range map[string]string{
		"1e309": "a number below 1.8e308 is wanted here, not the number 1e309",
		`"5"`:   "a number below 1.8e308 is wanted here, not a text",
		"true":  "a number below 1.8e308 is wanted here, not true or false",
		"null":  "null is no value here: leave the key out",
	} {
		var got struct{ Below *float64 }
		if err := document.Decode([]byte(`{"Below": `+text+`}`), &got, 100); err == nil || err.Error() != "Below:1:11: "+want {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestDecodeTargets(t *testing.T) {
	if err := document.Decode([]byte("{}"), rule{}, 10); err == nil {
		t.Error("a target that is no pointer is accepted")
	}
	for _, target := range []any{new(complex128), new(map[int]string), new(chan int)} {
		if err := document.Decode([]byte(`{"a": "b"}`), target, 100); err == nil {
			t.Errorf("%T is accepted", target)
		}
	}
}

func TestDurations(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"0": 0, "0s": 0, "14d": 14 * 24 * time.Hour, "1d12h": 36 * time.Hour, "90m": 90 * time.Minute, "1h30s": time.Hour + 30*time.Second,
		"-2d": -48 * time.Hour, "106751d": 106751 * 24 * time.Hour,
	} {
		if got, err := document.ParseDuration(text); err != nil || got != want {
			t.Errorf("%q is %v, %v; want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "-", "d", "5", "1.5h", "1h1d", "1h1h", "1w", "1ms", " 1d", "106752d", "106751d24h", "99999999999999999999d"} {
		if got, err := document.ParseDuration(text); err == nil {
			t.Errorf("%q is read as %v", text, got)
		}
	}
}

func TestDurationsSurviveARoundTrip(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for range 20_000 {
		d := time.Duration(r.Int64()>>r.IntN(64)) / time.Second * time.Second
		if r.IntN(2) == 0 {
			d = -d
		}
		text := document.FormatDuration(d)
		if got, err := document.ParseDuration(text); err != nil || got != d {
			t.Fatalf("%v is written %q and read as %v, %v", d, text, got, err)
		}
	}
	if got := document.FormatDuration(math.MinInt64); got != "-106751d23h47m16s" {
		t.Error(got)
	}
	if got := document.FormatDuration(-5 * time.Millisecond); got != "0s" {
		t.Error(got)
	}
}

func TestSuggest(t *testing.T) {
	known := []string{"Employees", "Title", "Country", strings.Repeat("x", 65)}
	for name, want := range map[string]string{
		"Employes": "Employees", "employees": "Employees", "Tilte": "Title", "Contry": "Country", "Zone": "", "": "", strings.Repeat("x", 66): "",
	} {
		if got := document.Suggest(name, known); got != want {
			t.Errorf("for %q: %q, want %q", name, got, want)
		}
	}
}

// edits is the restricted Damerau-Levenshtein distance straight from its recursion.
func edits(a, b string) int {
	switch {
	case a == "":
		return len(b)
	case b == "":
		return len(a)
	}
	cost := 1
	if a[len(a)-1] == b[len(b)-1] {
		cost = 0
	}
	best := min(edits(a[:len(a)-1], b)+1, edits(a, b[:len(b)-1])+1, edits(a[:len(a)-1], b[:len(b)-1])+cost)
	if len(a) > 1 && len(b) > 1 && a[len(a)-1] == b[len(b)-2] && a[len(a)-2] == b[len(b)-1] {
		best = min(best, edits(a[:len(a)-2], b[:len(b)-2])+1)
	}
	return best
}

func TestSuggestAgainstTheRecursion(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 1))
	word := func() string {
		b := make([]byte, r.IntN(6))
		for i := range b {
			b[i] = "abc"[r.IntN(3)]
		}
		return string(b)
	}
	for range 3000 {
		name, known := word(), []string{word(), word(), word()}
		want, distance := "", 1+(len(name)+1)/3
		for _, k := range known {
			if d := edits(name, k); d < distance {
				want, distance = k, d
			}
		}
		if got := document.Suggest(name, known); got != want {
			t.Fatalf("for %q among %q: %q, want %q", name, known, got, want)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, s := range []string{`{"name":"a","rules":[{"within":"3d"}]}`, `{"limit":1e3,"tags":[null]}`, `[[[[`, "\xff", `{"a":{"b":}}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var r rule
		if document.Decode(data, &r, 1<<16) == nil {
			var lax rule
			if err := json.Unmarshal(data, &lax); err != nil {
				t.Fatalf("accepted, but encoding/json says %v", err)
			}
			if diff := cmp.Diff(lax, r, cmp.AllowUnexported(rule{}, base{})); diff != "" {
				t.Fatal(diff)
			}
		}
	})
}
