package scoring_test

import (
	"fmt"
	"math/rand"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/leadloop/leadloop/scoring"
)

// prospect and deed are the types of the random models that are reviewed.
type prospect struct {
	Country string
	Seats   int
	Budget  *float64
	Since   time.Time
}

type deed struct {
	Kind  string
	Value float64
	At    time.Time
}

func oneOf[T any](r *rand.Rand, choices ...T) T { return choices[r.Intn(len(choices))] }

func perhaps[T any](r *rand.Rand, one int, v T) *T {
	if r.Intn(one) > 0 {
		return nil
	}
	return &v
}

func fewPoints(r *rand.Rand) scoring.Points {
	return scoring.Points(r.Intn(13)-4) * 5 * scoring.Point / 2
}

var (
	prospectWhens = []string{`Country == "DE"`, `Country == "US"`, `Seats >= 10`, `Seats < 3`, `Budget > 100.0`, `true`, `1 > 2`,
		`Country == "DE" and Country == "US"`, `Seats > 5 and Seats < 5`, `"DE" == Country`, `any(Activities, .Kind == "a")`}
	deedEachs = []string{`Kind == "a"`, `Kind == "b"`, `true`, `Kind == "a" and Value > 2.0`, `Kind == "a" and Kind == "b"`, `Value < 2.0`}
)

// reviewModel is a random model with all that a model can have.
func reviewModel(r *rand.Rand) scoring.Model {
	m := scoring.Model{Schema: 1, Name: "random", Version: r.Intn(5), Tick: oneOf(r, 0, scoring.Day, scoring.Duration(time.Hour)), Zone: oneOf(r, "", "UTC")}
	if r.Intn(3) == 0 {
		m.Minimum, m.Maximum = perhaps(r, 2, -20*scoring.Point), perhaps(r, 2, 40*scoring.Point)
	}
	for i := range 1 + r.Intn(2) {
		d := scoring.Dimension{Name: fmt.Sprint("d", i)}
		d.Minimum, d.Maximum = perhaps(r, 3, -fewPoints(r)), perhaps(r, 3, 10*scoring.Point+fewPoints(r))
		if d.Minimum != nil && d.Maximum != nil && *d.Minimum > *d.Maximum {
			d.Minimum = nil
		}
		for j := range r.Intn(4) {
			d.Rules = append(d.Rules, reviewRule(r, fmt.Sprint("r", j), true))
		}
		for j := range r.Intn(3) {
			g := scoring.Group{Name: fmt.Sprint("g", j), Minimum: perhaps(r, 3, -5*scoring.Point), Maximum: perhaps(r, 2, scoring.Points(r.Intn(5))*5*scoring.Point)}
			for k := range r.Intn(3) {
				g.Rules = append(g.Rules, reviewRule(r, fmt.Sprint("g", j, "r", k), false))
			}
			d.Groups = append(d.Groups, g)
		}
		if i == 0 || r.Intn(2) == 0 {
			from := scoring.Points(r.Intn(30)) * scoring.Point
			for j := range 1 + r.Intn(3) {
				d.Bands = append(d.Bands, scoring.Band{Name: string(rune('A' + j)), From: new(from)})
				from -= scoring.Points(1+r.Intn(12)) * scoring.Point
			}
			d.Bands = append(d.Bands, scoring.Band{Name: "Z"})
		}
		m.Dimensions = append(m.Dimensions, d)
	}
	if r.Intn(3) > 0 {
		m.Grade = &scoring.Grade{Dimensions: []string{"d0"}}
		if len(m.Dimensions) > 1 && m.Dimensions[1].Bands != nil {
			m.Grade.Dimensions = append(m.Grade.Dimensions, "d1")
		}
	}
	for i := range r.Intn(3) {
		m.Thresholds = append(m.Thresholds, scoring.Threshold{Name: fmt.Sprint("t", i), Dimension: oneOf(r, "", "d0"), From: 4 * fewPoints(r)})
	}
	for i := range r.Intn(3) {
		m.Disqualifiers = append(m.Disqualifiers, scoring.Disqualifier{Name: fmt.Sprint("q", i), When: oneOf(r, prospectWhens...), Reason: oneOf(r, "no", "bad")})
	}
	m.Calibration = randomCalibration(r)
	return m
}

func reviewRule(r *rand.Rand, name string, idle bool) scoring.Rule {
	rule := scoring.Rule{Name: name, Minimum: perhaps(r, 4, -5*scoring.Point), Maximum: perhaps(r, 3, scoring.Points(r.Intn(4))*5*scoring.Point)}
	switch n := r.Intn(8); {
	case n == 0 && idle:
		rule.Points = -scoring.Points(r.Intn(4)) * scoring.Point
		rule.Idle = &scoring.Idle{Every: oneOf(r, scoring.Day, 7*scoring.Day), Since: oneOf(r, "", "Since"), Floor: perhaps(r, 2, 5*fewPoints(r))}
		rule.Each = oneOf(r, "", deedEachs[0])
		return rule
	case n < 4:
		rule.When = oneOf(r, prospectWhens...)
	default:
		rule.Each = oneOf(r, deedEachs...)
		rule.Repeat = oneOf(r, "", scoring.Every, scoring.Once)
		rule.Distinct = oneOf(r, "", "", "Kind", "Value")
		rule.AtLeast = oneOf(r, 0, 0, 1, 2)
		switch r.Intn(5) {
		case 0:
			rule.HalfLife = oneOf(r, scoring.Day, scoring.Duration(time.Hour))
		case 1:
			rule.Linear = oneOf(r, 2*scoring.Day, 400*scoring.Day)
		case 2:
			rule.Steps = []scoring.Step{{After: oneOf(r, 2*scoring.Day, 20*scoring.Day), Share: scoring.Point / 2}, {After: 30 * scoring.Day, Share: oneOf(r, 0, scoring.Point/4)}}
		}
		if r.Intn(3) == 0 {
			rule.Window = oneOf(r, &scoring.Window{Span: 3 * scoring.Day}, &scoring.Window{Days: 5}, &scoring.Window{Months: 3})
		}
	}
	switch n := r.Intn(6); {
	case n == 0:
		rule.PointsExpression = map[bool]string{true: "Value", false: "Seats"}[rule.Each != ""]
	case n < 3:
		rule.Table = reviewTable(r, rule.Each != "")
	default:
		rule.Points = fewPoints(r)
	}
	return rule
}

func reviewTable(r *rand.Rand, each bool) *scoring.Table {
	t := &scoring.Table{Of: map[bool]string{true: "Value", false: "Seats"}[each], Otherwise: perhaps(r, 3, fewPoints(r)), Missing: perhaps(r, 3, fewPoints(r))}
	if r.Intn(3) == 0 {
		t.Of = map[bool]string{true: "Kind", false: "Country"}[each]
		for range 1 + r.Intn(3) {
			t.Values = append(t.Values, scoring.ValueGroup{Is: []string{oneOf(r, "a", "DE"), oneOf(r, "b", "US", "DE")}, Points: fewPoints(r)})
		}
		return t
	}
	for range 1 + r.Intn(4) {
		from := float64(r.Intn(12))
		row := scoring.Range{From: &from, Points: fewPoints(r)}
		switch r.Intn(3) {
		case 0:
			row.To = new(from + float64(r.Intn(6)))
		case 1:
			row.Below = new(from + float64(1+r.Intn(6)))
		}
		t.Ranges = append(t.Ranges, row)
	}
	return t
}

func reviewSubject(r *rand.Rand) scoring.Subject[prospect, deed] {
	s := scoring.Subject[prospect, deed]{Lead: &prospect{Country: oneOf(r, "DE", "US", "FR"), Seats: r.Intn(16)}}
	s.Lead.Budget = perhaps(r, 2, float64(r.Intn(200)))
	if r.Intn(2) == 0 {
		s.Lead.Since = noon.Add(-time.Duration(r.Intn(90)) * 12 * time.Hour)
	}
	for range r.Intn(10) {
		age := time.Duration(r.Intn(400)) * time.Duration(r.Intn(24)) * time.Hour / 2
		s.Activities = append(s.Activities, deed{oneOf(r, "a", "a", "b", "c"), float64(r.Intn(40)) / 4, noon.Add(-age)})
	}
	return s
}

func reviewScorer(t *testing.T, m scoring.Model) *scoring.Scorer[prospect, deed] {
	t.Helper()
	s, err := scoring.Compile[prospect, deed](m)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// at finds the place in a model to which a path leads; the last list of it can be changed.
func at(t *testing.T, m *scoring.Model, path string) reflect.Value {
	t.Helper()
	v := reflect.ValueOf(m).Elem()
	for _, step := range strings.Split(path, ".") {
		name, index, listed := strings.Cut(step, "[")
		for v.Kind() == reflect.Pointer {
			v = v.Elem()
		}
		found := false
		for i := range v.NumField() {
			if key, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ","); key == name {
				v, found = v.Field(i), true
				break
			}
		}
		if !found {
			t.Fatalf("%s leads nowhere", path)
		}
		if listed {
			i, err := strconv.Atoi(strings.TrimSuffix(index, "]"))
			if err != nil || i >= v.Len() {
				t.Fatalf("%s leads nowhere", path)
			}
			v = v.Index(i)
		}
	}
	return v
}

// without gives the model without the element of a list to which a path leads.
func without(t *testing.T, m scoring.Model, path string) scoring.Model {
	t.Helper()
	m = copied(reflect.ValueOf(m)).Interface().(scoring.Model)
	open := strings.LastIndex(path, "[")
	index, err := strconv.Atoi(strings.TrimSuffix(path[open+1:], "]"))
	if err != nil {
		t.Fatal(err)
	}
	list := at(t, &m, path[:open])
	list.Set(reflect.AppendSlice(list.Slice(0, index), list.Slice(index+1, list.Len())))
	return m
}

// copied is a deep copy.
func copied(v reflect.Value) reflect.Value {
	c := reflect.New(v.Type()).Elem()
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			c.Set(reflect.New(v.Type().Elem()))
			c.Elem().Set(copied(v.Elem()))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			c.Field(i).Set(copied(v.Field(i)))
		}
	case reflect.Slice:
		for i := range v.Len() {
			c.Set(reflect.Append(c, copied(v.Index(i))))
		}
	case reflect.Map:
		if !v.IsNil() {
			c.Set(reflect.MakeMap(v.Type()))
			for _, k := range v.MapKeys() {
				c.SetMapIndex(k, v.MapIndex(k))
			}
		}
	default:
		c.Set(v)
	}
	return c
}

func copyOf(m scoring.Model) scoring.Model {
	return copied(reflect.ValueOf(m)).Interface().(scoring.Model)
}
