package main

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

// An office answers as the table of its open minutes does, whether leadloop asks its formula or the walk its days.
func TestOffice(t *testing.T) {
	for _, days := range []int{5, 7} {
		o, err := newOffice(days)
		if err != nil {
			t.Fatal(err)
		}
		minutes := o.table(time.Date(2026, 1, 1, 0, 0, 0, 0, o.location), 550)
		for _, a := range o.askings(2000) {
			if ours, walk := o.ours.Add(a.at, a.span).Due, o.addByHand(a.at, a.span); !ours.Equal(a.answer) || !walk.Equal(a.answer) {
				t.Fatalf("%v from %v: %v, %v instead of %v", a.span, a.at, ours, walk, a.answer)
			}
			end := a.at.Add(2 * a.span)
			if ours, walk, want := o.ours.Between(a.at, end), o.betweenByHand(a.at, end), minutes.between(a.at, end); ours != want || walk != want {
				t.Fatalf("from %v to %v: %v, %v instead of %v", a.at, end, ours, walk, want)
			}
		}
	}
}

// The other calendar is wrong where clocks change on a day of work; the command says so.
func TestWrongCalendarIsTold(t *testing.T) {
	w, err := deadlines(1500)
	if err != nil {
		t.Fatal(err)
	}
	if text := w.lacks[0].what; !strings.Contains(text, "right in 1500 of 1500") || strings.Contains(text, "wrong in 0 of") {
		t.Errorf("%s", text)
	}
}

func TestSolvers(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		n := 1 + r.IntN(8)
		a, x, b := make([][]float64, n), make([]float64, n), make([]float64, n)
		for i := range a {
			a[i] = make([]float64, n)
			for j := range a[i] {
				a[i][j] = r.NormFloat64()
			}
			x[i] = r.NormFloat64()
		}
		for i := range a {
			for j := range x {
				b[i] += a[i][j] * x[j]
			}
		}
		if err := roughly(x, solveByGonum(a, b)); err != nil {
			t.Fatal("gonum:", err)
		}
		if err := roughly(x, solveByHand(a, b)); err != nil { // it overwrites both
			t.Fatal("by hand:", err)
		}
	}
}

func roughly(want, got []float64) error {
	for i := range want { // systems of chance may be badly conditioned
		if math.Abs(want[i]-got[i]) < 1e-6 {
			got[i] = want[i]
		}
	}
	return near(want, got)
}

// Cents sum to the amount, equal remainders go to the first.
func TestApportion(t *testing.T) {
	for _, c := range []struct {
		amount  int64
		weights []float64
		want    []int64
	}{{100, []float64{1, 1, 1}, []int64{34, 33, 33}}, {101, []float64{40, 20, 40}, []int64{41, 20, 40}}, {0, []float64{1, 2}, []int64{0, 0}}, {7, []float64{1}, []int64{7}}} {
		if got := apportion(c.amount, c.weights); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%d by %v is %v", c.amount, c.weights, got)
		}
	}
}

// Shapley values of a game that can be worked out by hand: 2 conversions of {0}, 4 of {0, 1}, 3 of {2}, of 9.
func TestShapleyByHand(t *testing.T) {
	rows := []row{{path: []uint16{0, 0}}, {path: []uint16{1, 0, 1}}, {path: []uint16{2}}}
	for i, n := range []int64{2, 4, 3} {
		rows[i].counts.Conversions = n
	}
	if err := near([]float64{4. / 9, 2. / 9, 3. / 9}, shapleyByHand(rows, 3)); err != nil {
		t.Error(err)
	}
}

func TestMutations(t *testing.T) {
	all := mutate(map[string]any{"a": json.Number("1"), "b": []any{"x", true}})
	var places []string
	for place, build := range all {
		data, err := json.Marshal(build())
		if err != nil {
			t.Fatal(err)
		}
		places = append(places, place+" "+string(data))
	}
	for _, want := range []string{` with a key more {"a":1,"b":["x",true],"no such key":true}`, ` of another type []`, `/a of another type {"a":"text","b":["x",true]}`,
		`/b of another type {"a":1,"b":{}}`, `/b/0 of another type {"a":1,"b":[7,true]}`, `/b/1 of another type {"a":1,"b":["x","text"]}`} {
		found := false
		for _, place := range places {
			found = found || place == want
		}
		if !found {
			t.Errorf("%q is not among %q", want, places)
		}
	}
	if len(all) != 6 {
		t.Errorf("%d mutations: %q", len(all), places)
	}
}

// A schema that is too lax, one that is too strict, and a document that leadloop does not read are found.
func TestSchemasAreChecked(t *testing.T) {
	last := formats[len(formats)-1]
	for _, c := range []struct {
		change func(schema map[string]any) // nil: the file is cut off
		want   string
	}{
		{func(s map[string]any) { delete(s, "$ref") }, "the validator should not say <nil>"},
		{func(s map[string]any) { s["required"] = []any{"no such key"} }, "the validator should not say jsonschema"},
		{func(s map[string]any) { s["type"] = "no such type" }, "jsonschema"},
		{func(s map[string]any) { s["$id"] = "%" }, "invalid URL escape"},
		{nil, last.schema + ": unexpected EOF"},
	} {
		root := t.TempDir()
		for _, f := range formats {
			copyFile(t, root, f.schema, nil)
			for _, d := range f.documents {
				copyFile(t, root, d.file, nil)
			}
		}
		if c.change != nil {
			copyFile(t, root, last.schema, c.change)
		} else if err := os.Truncate(filepath.Join(root, last.schema), 10); err != nil {
			t.Fatal(err)
		}
		findings := checkSchemas(root)
		if err := findings[len(findings)-1].err; err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v instead of %s", err, c.want)
		}
	}
	damaged := format{name: "damaged", schema: last.schema, read: last.read, documents: []document{{file: last.schema}}}
	if f := damaged.check("../..", nil); f.err == nil || !strings.Contains(f.err.Error(), "leadloop should not say") {
		t.Errorf("a document of another kind: %v", f.err)
	}
	damaged.documents[0].key = "no such key"
	if f := damaged.check("../..", nil); f.err == nil || !strings.Contains(f.err.Error(), `has no key "no such key"`) {
		t.Errorf("a part that is not there: %v", f.err)
	}
	for _, f := range checkSchemas("../..") {
		if f.err != nil || f.result == "" {
			t.Errorf("%s: %q, %v", f.what, f.result, f.err)
		}
	}
}

func copyFile(t *testing.T, root, name string, change func(map[string]any)) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("../..", name))
	if err != nil {
		t.Fatal(err)
	}
	if change != nil {
		var object map[string]any
		if err := json.Unmarshal(data, &object); err != nil {
			t.Fatal(err)
		}
		change(object)
		if data, err = json.Marshal(object); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(root, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestStatisticsAreChecked(t *testing.T) {
	if f := compare("what", "gonum", 1, 1.001, 1e-6); f.err == nil {
		t.Error("1 passes for 1.001")
	}
	findings := checkStatistics()
	if len(findings) < 13 {
		t.Errorf("only %d figures are checked", len(findings))
	}
	for _, f := range findings {
		if f.err != nil || f.result == "" {
			t.Errorf("%s: %q, %v", f.what, f.result, f.err)
		}
	}
}
