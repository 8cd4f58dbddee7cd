package scoring_test

import (
	"fmt"
	"math/rand"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/leadloop/leadloop/internal/script"
	"github.com/leadloop/leadloop/scoring"
)

// The script's input is two models, each without schema and name, with => between them;
// expected is what a head of marketing reads.
func TestDiff(t *testing.T) {
	script.Run(t, "testdata/diff.txt", func(input string) string {
		before, after, _ := strings.Cut(input, "\n=>\n")
		var models []scoring.Model
		for _, text := range []string{before, after} {
			m, err := scoring.Parse([]byte(`{"schema": 1, "name": "m", ` + text + `}`))
			if err != nil {
				return err.Error()
			}
			models = append(models, m)
		}
		lines := []string{}
		for _, c := range scoring.Diff(models[0], models[1]) {
			lines = append(lines, fmt.Sprintf("%s %s | %s", c.Kind, c.Path, c))
		}
		return strings.Join(lines, "\n")
	})
}

// fullModel has a value in every field of every type.
func fullModel() scoring.Model {
	limits := func() (a, b *scoring.Points) { return new(-3 * scoring.Point), new(7 * scoring.Point) }
	rule := func(name string) scoring.Rule {
		r := scoring.Rule{Name: name, When: "Country == 1", Each: "Kind == 2", Points: 3 * scoring.Point, PointsExpression: "4", Repeat: scoring.Once,
			Distinct: "Email", AtLeast: 5, HalfLife: scoring.Day, Linear: 2 * scoring.Day,
			Steps:  []scoring.Step{{After: scoring.Day, Share: scoring.Point / 2}, {After: 2 * scoring.Day, Share: scoring.Point / 4}},
			Window: &scoring.Window{Span: scoring.Day, Days: 3, Months: 4},
			Idle:   &scoring.Idle{Every: scoring.Day, Since: "Created", Floor: new(6 * scoring.Point)},
			Table: &scoring.Table{Of: "Seats", Ranges: []scoring.Range{{From: new(1.0), To: new(2.0), Below: new(3.0), Points: scoring.Point}},
				Values: []scoring.ValueGroup{{Is: []string{"DE", "AT"}, Points: scoring.Point}}, Otherwise: new(scoring.Point), Missing: new(2 * scoring.Point)}}
		r.Minimum, r.Maximum = limits()
		return r
	}
	group := scoring.Group{Name: "group", Rules: []scoring.Rule{rule("in the group")}}
	group.Minimum, group.Maximum = limits()
	d := scoring.Dimension{Name: "fit", Rules: []scoring.Rule{rule("rule")}, Groups: []scoring.Group{group},
		Bands: []scoring.Band{{Name: "A", From: new(scoring.Point)}, {Name: "B", From: new(-scoring.Point)}}}
	d.Minimum, d.Maximum = limits()
	m := scoring.Model{SchemaURL: "s.json", Schema: 1, Name: "full", Version: 2, Tick: 2 * scoring.Day, Zone: "Europe/Berlin",
		Fields: map[string]scoring.FieldType{"a": scoring.Text}, ActivityFields: map[string]scoring.FieldType{"At": scoring.Time},
		Dimensions:    []scoring.Dimension{d},
		Grade:         &scoring.Grade{Dimensions: []string{"fit"}, Cells: []scoring.Cell{{Bands: []string{"A"}, Label: "hot"}}},
		Thresholds:    []scoring.Threshold{{Name: "mql", Dimension: "fit", From: scoring.Point}},
		Disqualifiers: []scoring.Disqualifier{{Name: "student", When: "Student", Reason: "not a buyer"}},
		Calibration:   &scoring.Calibration{Outcome: "won", Intercept: -2, Slope: 0.25, Steps: []scoring.CalibrationStep{{From: -scoring.Point, Probability: 0.25}, {From: scoring.Point, Probability: 0.5}}, Interpolate: true}}
	m.Minimum, m.Maximum = limits()
	return m
}

// leaves lists the paths of all values.
func leaves(v reflect.Value, path string) (paths []string) {
	switch v.Kind() {
	case reflect.Pointer:
		if v.Type().Elem().Kind() != reflect.Struct {
			return []string{path}
		}
		return leaves(v.Elem(), path)
	case reflect.Struct:
		for i := range v.NumField() {
			key, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
			paths = append(paths, leaves(v.Field(i), strings.TrimPrefix(path+"."+key, "."))...)
		}
		return paths
	case reflect.Slice:
		for i := range v.Len() {
			paths = append(paths, leaves(v.Index(i), fmt.Sprintf("%s[%d]", path, i))...)
		}
		return paths
	}
	return []string{path}
}

// another changes a value in place.
func another(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		another(v.Elem())
	case reflect.String:
		v.SetString(v.String() + "x")
	case reflect.Int, reflect.Int64:
		v.SetInt(v.Int() + 1)
	case reflect.Float64:
		v.SetFloat(v.Float() + 0.5)
	case reflect.Bool:
		v.SetBool(!v.Bool())
	case reflect.Map:
		for _, k := range v.MapKeys() {
			v.SetMapIndex(k, reflect.ValueOf(scoring.Number))
		}
	default:
		panic(v.Kind())
	}
}

// Diff notices another value in every field of the model and of all types within
// it, both ways, and says where. A new field of the model must come up here.
func TestDiffSeesEveryField(t *testing.T) {
	full := fullModel()
	if changes := scoring.Diff(full, fullModel()); len(changes) > 0 {
		t.Fatalf("equal models: %v", changes)
	}
	paths := leaves(reflect.ValueOf(full), "")
	if len(paths) < 90 {
		t.Fatalf("only %d values: %v", len(paths), paths)
	}
	for _, path := range paths {
		if at(t, &full, path).IsZero() {
			t.Errorf("%s is not set", path)
		}
		other := copyOf(full)
		another(at(t, &other, path))
		for _, changes := range [][]scoring.Change{scoring.Diff(full, other), scoring.Diff(other, full)} {
			if len(changes) == 0 || slices.ContainsFunc(changes, func(c scoring.Change) bool { return c.Text == "" || c.Path == "" }) ||
				!slices.ContainsFunc(changes, func(c scoring.Change) bool {
					return strings.HasPrefix(path, c.Path) || strings.HasSuffix(path, "fields") && strings.HasPrefix(c.Path, path)
				}) {
				t.Errorf("%s: %v", path, changes)
			}
		}
		// A value that is left out is a change as well, but for a name.
		bare := copyOf(full)
		at(t, &bare, path).SetZero()
		if changes := scoring.Diff(full, bare); len(changes) == 0 {
			t.Errorf("%s left out is no change", path)
		}
	}
}

// Models that differ in a few places of random ones.
func TestDiffOfRandomModels(t *testing.T) {
	r := rand.New(rand.NewSource(31))
	for range 1500 {
		m := reviewModel(r)
		if changes := scoring.Diff(m, copyOf(m)); len(changes) > 0 {
			t.Fatalf("equal models: %v", changes)
		}
		paths := leaves(reflect.ValueOf(m), "")
		path := paths[r.Intn(len(paths))]
		other := copyOf(m)
		v := at(t, &other, path)
		if v.Kind() == reflect.Map || v.Kind() == reflect.Pointer && v.IsNil() || strings.HasSuffix(path, "at_least") {
			continue
		}
		another(v)
		if strings.HasSuffix(path, ".points") && reflect.DeepEqual(at(t, &m, path).Interface(), scoring.Points(-1)) {
			continue
		}
		changes := scoring.Diff(m, other)
		again := scoring.Diff(m, other)
		if len(changes) == 0 || !slices.Equal(changes, again) {
			t.Fatalf("%s: %v, then %v", path, changes, again)
		}
		// What Diff calls no change scores the same: rules in another order.
		shuffled := copyOf(m)
		idle := false
		for i := range shuffled.Dimensions {
			rules := shuffled.Dimensions[i].Rules
			r.Shuffle(len(rules), func(a, b int) { rules[a], rules[b] = rules[b], rules[a] })
			idle = idle || slices.ContainsFunc(rules, func(r scoring.Rule) bool { return r.Idle != nil })
		}
		if changes := scoring.Diff(m, shuffled); len(changes) > 0 && !(idle && changes[0].Kind == scoring.Reordered) {
			t.Fatalf("rules in another order: %v", changes)
		} else if len(changes) == 0 {
			s := reviewSubject(r)
			if a, b := reviewScorer(t, m).Score(s, noon), reviewScorer(t, shuffled).Score(s, noon); a.Total != b.Total {
				t.Fatalf("%s\n%s", a.Explain(), b.Explain())
			}
		}
	}
}

// Defaults that are written out are no change.
func TestDiffOfDefaults(t *testing.T) {
	a := scoring.Model{Dimensions: []scoring.Dimension{{Rules: []scoring.Rule{{Each: "x"}}}}}
	b := copyOf(a)
	b.Tick, b.Zone = scoring.Day, "UTC"
	b.Dimensions[0].Rules[0].Repeat, b.Dimensions[0].Rules[0].AtLeast = scoring.Every, 1
	if changes := scoring.Diff(a, b); len(changes) > 0 {
		t.Error(changes)
	}
	b.Tick = scoring.Duration(time.Millisecond) // what JSON can't hold is told as well
	if changes := scoring.Diff(a, b); len(changes) != 1 {
		t.Error(changes)
	}
}
