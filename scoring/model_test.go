package scoring_test

import (
	"encoding/json"
	"math/rand"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/leadloop/leadloop/scoring"
)

// A model that is written and read again is the same model.
func TestModelRoundTrip(t *testing.T) {
	full, err := scoring.Parse([]byte(modelJSON))
	if err != nil {
		t.Fatal(err)
	}
	full.Tick = scoring.Duration(36 * time.Hour)
	full.Minimum, full.Maximum = new(scoring.Points(0)), new(99*scoring.Point)
	full.Fields = map[string]scoring.FieldType{"a": scoring.Text, "b": scoring.Time}
	full.ActivityFields = map[string]scoring.FieldType{"At": scoring.Time}
	full.Grade.Cells = []scoring.Cell{{Bands: []string{"A", "1"}, Label: "hot"}}
	full.Dimensions[0].Minimum = new(-scoring.Point / 2)
	full.Dimensions[0].Rules[0].PointsExpression = "Employees / 10"
	full.SchemaURL, full.Zone = "model.schema.json", "Europe/Berlin"
	models := []scoring.Model{full}
	r := rand.New(rand.NewSource(2))
	for range 100 {
		models = append(models, randomModel(r))
	}
	for _, m := range models {
		data, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		again, err := scoring.Parse(data)
		if err != nil {
			t.Fatalf("%v\n%s", err, data)
		}
		if diff := cmp.Diff(m, again); diff != "" {
			t.Fatalf("-written +read\n%s", diff)
		}
	}
}

// A span that JSON can't hold is an error, not another span.
func TestDurationOfPartsOfASecond(t *testing.T) {
	for _, d := range []time.Duration{time.Nanosecond, -time.Millisecond, 1500 * time.Millisecond} {
		if data, err := json.Marshal(scoring.Model{Tick: scoring.Duration(d)}); err == nil {
			t.Errorf("%v is written as %s", d, data)
		}
	}
	if data, err := json.Marshal(scoring.Duration(90 * time.Second)); err != nil || string(data) != `"1m30s"` {
		t.Errorf("%s, %v", data, err)
	}
}

// No field of the model is without a key, and no zero value is written but where it must be.
func TestModelKeys(t *testing.T) {
	data, err := json.Marshal(scoring.Model{Dimensions: []scoring.Dimension{{Rules: []scoring.Rule{{}}, Bands: []scoring.Band{{}}}}, Grade: &scoring.Grade{}})
	if err != nil {
		t.Fatal(err)
	}
	want := `{"schema":0,"name":"","dimensions":[{"name":"","rules":[{"name":""}],"bands":[{"name":""}]}],"grade":{}}`
	if string(data) != want {
		t.Errorf("got  %s\nwant %s", data, want)
	}
	for _, typ := range []reflect.Type{reflect.TypeFor[scoring.Score](), reflect.TypeFor[scoring.Line](), reflect.TypeFor[scoring.Problem](),
		reflect.TypeFor[scoring.DimensionScore](), reflect.TypeFor[scoring.Disqualification](), reflect.TypeFor[scoring.Adjustment]()} {
		for _, f := range reflect.VisibleFields(typ) {
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			if name == "" || strings.ToLower(name) != name {
				t.Errorf("%s.%s has the key %q", typ, f.Name, name)
			}
		}
	}
}

func TestPoints(t *testing.T) {
	for text, want := range map[string]scoring.Points{
		"0": 0, "-0": 0, "5": 5_000_000, "-5": -5_000_000, "12.5": 12_500_000, "0.000001": 1, "-0.000001": -1,
		"1000000": scoring.MaxPoints, "-1000000.000000": -scoring.MaxPoints, "999999.999999": scoring.MaxPoints - 1, "0.10": 100_000,
		"1000000.000001": scoring.MaxPoints + 1, "9223372036854.775807": 1<<63 - 1, "-9223372036854.775808": -1 << 63,
	} {
		var p scoring.Points
		if err := json.Unmarshal([]byte(text), &p); err != nil || p != want {
			t.Errorf("%s = %d, %v, want %d", text, p, err, want)
		}
		data, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		var again scoring.Points
		if err := json.Unmarshal(data, &again); err != nil || again != want {
			t.Errorf("%s read back: %d, %v", data, again, err)
		}
	}
	for _, text := range []string{`"5"`, `1e3`, `1E3`, `0.0000001`, `9223372036854.775808`, `-9223372036855`, `12345678901234567890123`, `null`, `true`, `[]`, `{}`, `05`, `.5`, `5.`, `+5`, ``, `-`} {
		var p scoring.Points
		if err := p.UnmarshalJSON([]byte(text)); err == nil {
			t.Errorf("%q is read as %s", text, p)
		}
	}
	for p, want := range map[scoring.Points]string{
		0: "0", 1: "0.000001", -1: "-0.000001", 12_500_000: "12.5", -12_000_010: "-12.00001",
		-1 << 63: "-9223372036854.775808", 1<<63 - 1: "9223372036854.775807",
	} {
		if p.String() != want {
			t.Errorf("%d = %s, want %s", int64(p), p, want)
		}
	}
}

func TestDuration(t *testing.T) {
	for text, want := range map[string]scoring.Duration{"14d": 14 * scoring.Day, "1d12h": scoring.Day * 3 / 2, "90m": scoring.Duration(90 * time.Minute)} {
		var d scoring.Duration
		if err := d.UnmarshalText([]byte(text)); err != nil || d != want {
			t.Errorf("%s = %v, %v", text, time.Duration(d), err)
		}
		var again scoring.Duration
		if err := again.UnmarshalText([]byte(want.String())); err != nil || again != want {
			t.Errorf("%s read back: %v", want, err)
		}
	}
	if err := new(scoring.Duration).UnmarshalText([]byte("1w")); err == nil {
		t.Error("weeks are read")
	}
}

func TestParseSize(t *testing.T) {
	large := append([]byte(`{"schema": 1, "name": "m", "dimensions": []}`), make([]byte, scoring.MaxModelSize)...)
	if _, err := scoring.Parse(large); err == nil || !strings.Contains(err.Error(), "bytes") {
		t.Errorf("%v", err)
	}
}
