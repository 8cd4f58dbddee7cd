package markov_test

import (
	"encoding/csv"
	"encoding/json"
	"math/big"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/leadloop/leadloop/attribution"
	"github.com/leadloop/leadloop/attribution/markov"
	"github.com/leadloop/leadloop/internal/script"
)

// An exact figure is a fraction.
type exact struct {
	Fraction string `json:"frac"`
}

func (e exact) float(t *testing.T) float64 {
	t.Helper()
	r, ok := new(big.Rat).SetString(e.Fraction)
	if !ok {
		t.Fatalf("%q is no fraction", e.Fraction)
	}
	f, _ := r.Float64()
	return f
}

func TestExactCases(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("testdata", "cases.json"))
	if err != nil {
		t.Fatal(err)
	}
	var cases struct {
		Tiny map[string]struct {
			Rows []struct {
				Path              string
				Conv, Value, Null float64
			}
			Markov map[string]struct {
				Channels map[string]struct {
					Conv, Value, Removal exact
					RemovalValue         exact `json:"removal_value"`
				}
			}
		}
	}
	if err := json.Unmarshal(data, &cases); err != nil {
		t.Fatal(err)
	}
	checked := 0
	for name, c := range cases.Tiny {
		for run, want := range c.Markov {
			order := int(run[len("order")] - '0')
			var rows []row
			for _, r := range c.Rows {
				counts := attribution.Counts{Conversions: int64(r.Conv), Value: int64(r.Value)}
				if strings.HasSuffix(run, "_null") {
					counts.Nulls = int64(r.Null)
				}
				rows = append(rows, row{r.Path, counts})
			}
			m, err := markov.Fit(pathsOf(t, rows...), order)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range m.Channels {
				w := want.Channels[c.Name]
				for figure, pair := range map[string][2]float64{
					"removal effect":       {c.RemovalEffect, w.Removal.float(t)},
					"value removal effect": {c.ValueRemovalEffect, w.RemovalValue.float(t)},
					"conversions":          {c.Conversions, w.Conv.float(t)},
					"value":                {c.Value, w.Value.float(t)},
				} {
					if !near(pair[0], pair[1], 1e-12*max(pair[1], 1e-300)) {
						t.Errorf("%s %s: %s of %s is %.17g, want %.17g", name, run, figure, c.Name, pair[0], pair[1])
					}
					checked++
				}
			}
		}
	}
	if checked < 100 {
		t.Errorf("only %d figures were checked", checked)
	}
}

// PathData is read where it lies; it is not ours to copy.
func TestPathData(t *testing.T) {
	records, err := csv.NewReader(script.Open(t, "pathdata.csv")).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var rows []row
	for _, r := range records[1:] {
		var n [3]int64
		for i := range n {
			text := r[i+1]
			if i == 1 { // thousandths
				whole, part, _ := strings.Cut(text, ".")
				text = whole + (part + "000")[:3]
			}
			if n[i], err = strconv.ParseInt(text, 10, 64); err != nil {
				t.Fatal(err)
			}
		}
		rows = append(rows, row{r[0], attribution.Counts{Conversions: n[0], Value: n[1], Nulls: n[2]}})
	}
	data, err := os.ReadFile(filepath.Join("testdata", "cases.json"))
	if err != nil {
		t.Fatal(err)
	}
	var cases struct {
		PathData struct {
			Channels map[string]struct {
				Conv, Value, Removal float64
				RemovalValue         float64 `json:"removal_value"`
			}
		}
	}
	if err := json.Unmarshal(data, &cases); err != nil {
		t.Fatal(err)
	}
	paths := pathsOf(t, rows...)
	m, err := markov.Fit(paths, 1)
	if err != nil {
		t.Fatal(err)
	}
	if len(m.Channels) != 12 {
		t.Fatalf("%d channels", len(m.Channels))
	}
	for _, c := range m.Channels {
		w := cases.PathData.Channels[c.Name]
		conversions, value := float64(m.Total.Conversions), float64(m.Total.Value)
		if !near(c.RemovalEffect, w.Removal, 1e-10) || !near(c.ValueRemovalEffect, w.RemovalValue, 1e-10) ||
			!near(c.ConversionShare, w.Conv/conversions, 1e-10) || !near(c.ValueShare, w.Value*1000/value, 1e-10) {
			t.Errorf("%+v, want %+v", c, w)
		}
	}
	for order := 2; order <= 4; order++ {
		if m, err := markov.Fit(paths, order); err != nil || m.Channels[0].ErrorBound > 1e-12 {
			t.Errorf("order %d: %v, %+v", order, err, m.Channels[0])
		}
	}
}
