package learn_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/leadloop/leadloop/scoring"
	"github.com/leadloop/leadloop/scoring/learn"
)

// someTotals are normal around a mean, in whole points.
func someTotals(r *rand.Rand, n int, mean float64) []scoring.Points {
	list := make([]scoring.Points, n)
	for i := range list {
		list[i] = scoring.Points(math.Round(mean+10*r.NormFloat64())) * scoring.Point
	}
	return list
}

func indexOf(parts []learn.DriftPart) (index float64) {
	var before, after float64
	for _, p := range parts {
		before += float64(p.Before) + 0.5
		after += float64(p.After) + 0.5
	}
	for _, p := range parts {
		b, a := (float64(p.Before)+0.5)/before, (float64(p.After)+0.5)/after
		index += (a - b) * math.Log(a/b)
	}
	return index
}

func TestScoreDrift(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 5))
	for _, c := range []struct {
		before, after int
		mean          float64
		want          learn.Shift
	}{{5000, 5000, 50, learn.Stable}, {5000, 5000, 54, learn.Moderate}, {5000, 5000, 60, learn.Large}, {60, 40, 50, learn.Stable}} {
		before, after := someTotals(r, c.before, 50), someTotals(r, c.after, c.mean)
		d, err := learn.ScoreDrift(before, after)
		if err != nil || d.Shift != c.want || !near(d.Index, indexOf(d.Parts)) {
			t.Errorf("mean %v: %v, %v, want index %v", c.mean, d, err, indexOf(d.Parts))
		}
		var b, a int64
		for _, p := range d.Parts {
			b += p.Before
			a += p.After
			if share := float64(p.Before) / float64(c.before); c.before > 100 && math.Abs(share-0.1) > 0.05 {
				t.Errorf("a part has %v of the leads before", share)
			}
		}
		if b != int64(c.before) || a != int64(c.after) || len(d.Parts) != 10 {
			t.Errorf("%d parts have %d and %d leads", len(d.Parts), b, a)
		}
		if again, _ := learn.ScoreDrift(shuffled(r, before), shuffled(r, after)); !reflect.DeepEqual(again, d) {
			t.Errorf("another order gives %v, want %v", again, d)
		}
		if text := d.String(); !strings.Contains(text, string(c.want)) || strings.Count(text, "\n") != 11 {
			t.Errorf("it reads %s", text)
		}
	}
	point := scoring.Point
	same, err := learn.ScoreDrift(slices.Repeat([]scoring.Points{5 * point}, 500), append(slices.Repeat([]scoring.Points{5 * point}, 100), slices.Repeat([]scoring.Points{6 * point}, 100)...))
	if want := []learn.DriftPart{{Name: "below 5"}, {Name: "5", Before: 500, After: 100}, {Name: "above 5", After: 100}}; err != nil || same.Shift != learn.Large || !slices.Equal(same.Parts, want) {
		t.Errorf("from one total to two: %+v, %v", same, err)
	}
	if _, err := learn.ScoreDrift(nil, []scoring.Points{1}); !errors.Is(err, learn.ErrNoLeads) {
		t.Errorf("nothing before: %v", err)
	}
}

// Where nothing changes, the index exceeds Chance in 5 % of all cases.
func TestDriftByChance(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 5))
	const trials = 2000
	above := 0
	for range trials {
		d, err := learn.ScoreDrift(someTotals(r, 2000, 50), someTotals(r, 1000, 50))
		if err != nil {
			t.Fatal(err)
		}
		if d.Index > d.Chance {
			above++
		}
	}
	if share := float64(above) / trials; share < 0.03 || share > 0.07 {
		t.Errorf("chance exceeds its bound in %v of all cases, want 0.05", share)
	}
}

func TestTermDrift(t *testing.T) {
	before := [][]string{{"fit/demo=20", "fit/industry#values[2]=15"}, {"fit/industry#values[2]=15"}, {"fit/industry#otherwise=0"}, {"old"}}
	after := [][]string{{"fit/industry#missing=0"}, {"fit/demo=12.5"}}
	got, err := learn.TermDrift(before, after)
	if err != nil || len(got) != 3 {
		t.Fatalf("%v, %v", got, err)
	}
	want := map[string][]learn.DriftPart{
		"fit/demo":     {{Name: "hit", Before: 1, After: 1}, {Name: "no hit", Before: 3, After: 1}},
		"fit/industry": {{Name: "no hit", Before: 1, After: 1}, {Name: "missing", After: 1}, {Name: "otherwise", Before: 1}, {Name: "values[2]", Before: 2}},
		"old":          {{Name: "hit", Before: 1}, {Name: "no hit", Before: 3, After: 2}},
	}
	for i, d := range got {
		if !slices.Equal(d.Parts, want[d.Name]) || !near(d.Index, indexOf(d.Parts)) || d.Shift != learn.Stable {
			t.Errorf("%s: %+v, want %v", d.Name, d, want[d.Name])
		}
		if i > 0 && d.Index > got[i-1].Index {
			t.Errorf("%s has a larger index than the one before", d.Name)
		}
	}
	for text, hits := range map[string][]string{"after[0][1]: ": {"a/b", "a/b#missing=1"}, "after[0][0]: ": {"a/b=x"}} {
		if _, err := learn.TermDrift(before, [][]string{hits}); err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("%v: %v", hits, err)
		}
	}
	if _, err := learn.TermDrift(before, nil); !errors.Is(err, learn.ErrNoLeads) {
		t.Errorf("nothing after: %v", err)
	}
}
