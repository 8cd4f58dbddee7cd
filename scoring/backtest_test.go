package scoring_test

import (
	"fmt"
	"iter"
	"math/rand"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/leadloop/leadloop/scoring"
)

// A crossing is reported from 0 to 10 at a threshold of 10, also from the zero score, not
// again from 10 to 12, and again after falling below. Source: mautic#3854.
func TestCrossedMautic3854(t *testing.T) {
	scorer := scoring.MustCompile[visit, struct{}](scoring.Model{Schema: 1, Name: "m",
		Dimensions: []scoring.Dimension{{Name: "d", Rules: []scoring.Rule{{Name: "r", When: "true", PointsExpression: "Value"}}}},
		Thresholds: []scoring.Threshold{{Name: "ten", From: 10 * scoring.Point}}})
	of := func(points float64) scoring.Score {
		return scorer.Score(scoring.Subject[visit, struct{}]{Lead: &visit{Value: points}}, noon)
	}
	for _, c := range []struct {
		name          string
		before, after scoring.Score
		want          string
	}{
		{"0 to 10", of(0), of(10), "[ten]"},
		{"zero score to 10", scoring.Score{}, of(10), "[ten]"},
		{"10 to 12", of(10), of(12), "[]"},
		{"12 to 9", of(12), of(9), "[]"},
		{"9 to 10", of(9), of(10), "[ten]"},
		{"zero score to 9", scoring.Score{}, of(9.999999), "[]"},
	} {
		if got := fmt.Sprint(scoring.Crossed(c.before, c.after)); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// On a walk a threshold is reported exactly when the points step over it.
func TestCrossedOnWalks(t *testing.T) {
	m := scoring.Model{Schema: 1, Name: "m", Dimensions: []scoring.Dimension{{Name: "d", Rules: []scoring.Rule{{Name: "r", When: "true", PointsExpression: "Value"}}}}}
	for i := range 5 {
		m.Thresholds = append(m.Thresholds, scoring.Threshold{Name: fmt.Sprint(i), From: scoring.Points(i) * 3 * scoring.Point})
	}
	scorer := scoring.MustCompile[visit, struct{}](m)
	r := rand.New(rand.NewSource(41))
	var last scoring.Score
	at, never := 0, true
	for range 2000 {
		next := at + r.Intn(9) - 4
		score := scorer.Score(scoring.Subject[visit, struct{}]{Lead: &visit{Value: float64(next)}}, noon)
		var want []string
		for i := range 5 {
			if next >= 3*i && (at < 3*i || never) {
				want = append(want, fmt.Sprint(i))
			}
		}
		if got := scoring.Crossed(last, score); !slices.Equal(got, want) {
			t.Fatalf("%d to %d: %v, want %v", at, next, got, want)
		}
		last, at, never = score, next, false
	}
}

func named(subjects []scoring.Subject[prospect, deed]) iter.Seq2[string, scoring.Subject[prospect, deed]] {
	return func(yield func(string, scoring.Subject[prospect, deed]) bool) {
		for i, s := range subjects {
			if !yield(fmt.Sprint("lead ", i), s) {
				return
			}
		}
	}
}

// The counts are those of a plain look at both scores.
func TestBacktest(t *testing.T) {
	r := rand.New(rand.NewSource(42))
	for range 150 {
		m := reviewModel(r)
		other := copyOf(m)
		paths := leaves(reflect.ValueOf(m.Dimensions), "dimensions")
		for range 4 {
			if path := paths[r.Intn(len(paths))]; strings.HasSuffix(path, "].points") && !at(t, &m, path).IsZero() {
				v := at(t, &other, path)
				v.SetInt(v.Int() * int64(r.Intn(4)))
			}
		}
		if r.Intn(2) == 0 {
			other.Disqualifiers = append(other.Disqualifiers, scoring.Disqualifier{Name: "new", When: "Seats < 4", Reason: "small"})
		}
		old, new := reviewScorer(t, m), reviewScorer(t, other)
		var subjects []scoring.Subject[prospect, deed]
		for range 30 {
			subjects = append(subjects, reviewSubject(r))
		}
		got := scoring.Backtest(old, new, named(subjects), noon)
		rose, fell, newly, moved := 0, 0, 0, 0
		changes := map[scoring.Points]int{}
		for _, s := range subjects {
			a, b := old.Score(s, noon), new.Score(s, noon)
			if b.Total > a.Total {
				rose++
			} else if b.Total < a.Total {
				fell++
			}
			if len(a.Disqualified) == 0 && len(b.Disqualified) > 0 {
				newly++
			}
			bands := func(s scoring.Score) (all []string) {
				for _, d := range s.Dimensions {
					all = append(all, d.Band)
				}
				return all
			}
			elsewhere := a.Grade != b.Grade || m.Grade == nil && !slices.Equal(bands(a), bands(b))
			if elsewhere || (len(a.Disqualified) > 0) != (len(b.Disqualified) > 0) || !slices.Equal(a.Reached, b.Reached) || a.Problems == nil && b.Problems != nil {
				moved++
			}
			changes[b.Total-a.Total]++
		}
		if got.Leads != 30 || got.Rose != rose || got.Fell != fell || got.Disqualified != newly || got.Moved != moved || len(got.Moves) != moved {
			t.Fatalf("%+v; want %d rose, %d fell, %d disqualified, %d moved", got, rose, fell, newly, moved)
		}
		leads := 0
		for _, stretch := range got.Totals {
			want := 0
			for change, n := range changes {
				if (stretch.From == nil || change >= *stretch.From) && (stretch.Below == nil || change < *stretch.Below) {
					want += n
				}
			}
			if leads += stretch.Leads; stretch.Leads != want {
				t.Fatalf("%+v, want %d", stretch, want)
			}
		}
		for _, g := range got.Grades {
			leads += g.Leads
		}
		if want := 30 * (1 + min(1, len(got.Grades))); leads != want {
			t.Fatalf("the counts come to %d leads, want %d", leads, want)
		}
		// Parts merge to the whole, however they are put together.
		i := r.Intn(31)
		j := i + r.Intn(31-i)
		part := func(from, to int) scoring.Comparison {
			var c scoring.Comparison
			for n, s := range subjects[from:to] {
				c.Add(fmt.Sprint("lead ", from+n), old.Score(s, noon), new.Score(s, noon))
			}
			return c
		}
		left, right, zero := part(0, i), part(i, j), scoring.Comparison{}
		left.Merge(part(i, j))
		left.Merge(part(j, 30))
		right.Merge(part(j, 30))
		first := part(0, i)
		first.Merge(right)
		zero.Merge(got)
		for _, c := range []scoring.Comparison{left, first, zero} {
			if !reflect.DeepEqual(c, got) {
				t.Fatalf("%+v\n%+v", c, got)
			}
		}
		backwards := part(j, 30)
		backwards.Merge(part(i, j))
		backwards.Merge(part(0, i))
		if backwards.String() != got.String() {
			t.Fatalf("%s\n%s", backwards, got)
		}
	}
}

// Beyond MaxMoves leads are only counted.
func TestComparisonIsBounded(t *testing.T) {
	var half scoring.Comparison
	for i := range scoring.MaxMoves/2 + 1 {
		half.Add(fmt.Sprint(i), scoring.Score{Grade: "A"}, scoring.Score{Grade: "B", Total: -200 * scoring.Point})
	}
	whole := half
	whole.Moves = slices.Clone(half.Moves)
	whole.Merge(half)
	if whole.Moved != scoring.MaxMoves+2 || len(whole.Moves) != scoring.MaxMoves || len(half.Moves) != scoring.MaxMoves/2+1 {
		t.Errorf("%d moved, %d listed", whole.Moved, len(whole.Moves))
	}
	if text := whole.String(); !strings.Contains(text, "moved 10002, the first 10000 are listed") || !strings.Contains(text, "below -100") {
		t.Error(text)
	}
}
