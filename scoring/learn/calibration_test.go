package learn_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/leadloop/leadloop/scoring"
	"github.com/leadloop/leadloop/scoring/learn"
)

// sigmoid is the standard library's; the package has its own.
func sigmoid(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

// scored makes predictions whose log-odds are a curve over their points.
func scored(r *rand.Rand, n int, curve func(points float64) float64) []learn.Prediction {
	list := make([]learn.Prediction, n)
	for i := range list {
		points := float64(r.IntN(101))
		list[i] = learn.Prediction{Points: scoring.Points(points) * scoring.Point, Positive: r.Float64() < sigmoid(curve(points))}
	}
	return list
}

func line(points float64) float64 { return -3 + 0.05*points }

// stairs cannot be told by a line.
func stairs(points float64) float64 {
	switch {
	case points < 30:
		return -4
	case points < 90:
		return 0
	}
	return 0.5
}

func shuffled[T any](r *rand.Rand, list []T) []T {
	list = append([]T(nil), list...)
	r.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	return list
}

// At the maximum of the likelihood the gradient is zero: predicted targets sum to
// the targets, plainly and weighted by points.
func TestPlattIsTheMaximumOfTheSmoothedLikelihood(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 1))
	for range 2000 {
		list := scored(r, 2+r.IntN(60), line)
		var positive, negative, most float64
		for i := range list {
			list[i].Points += scoring.Points(r.IntN(3)-1) * 333_333
			if r.IntN(3) == 0 {
				list[i].Weight = float64(1+r.IntN(40)) / 8
			}
			w := weightOf(list[i])
			if list[i].Positive {
				positive += w
			} else {
				negative += w
			}
			most = max(most, math.Abs(float64(list[i].Points)/1e6))
		}
		c, err := learn.Platt(list, "won")
		if positive == 0 || negative == 0 {
			if !errors.Is(err, learn.ErrOneClass) {
				t.Fatalf("one class only: %v", err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if len(c.Steps) > 0 { // a coin's toss, whatever the points
			continue
		}
		var plain, byPoints float64
		for _, p := range list {
			target := 1 / (negative + 2)
			if p.Positive {
				target = (positive + 1) / (positive + 2)
			}
			x := float64(p.Points) / 1e6
			off := weightOf(p) * (sigmoid(c.Intercept+c.Slope*x) - target)
			plain += off
			byPoints += off * x
		}
		if total := positive + negative; math.Abs(plain) > 1e-8*total || math.Abs(byPoints) > 1e-8*total*(1+most) {
			t.Fatalf("the gradient is %g and %g at %+v of %+v", plain, byPoints, c, list)
		}
	}
}

func weightOf(p learn.Prediction) float64 {
	if p.Weight == 0 {
		return 1
	}
	return p.Weight
}

func TestPlattAtTheEdges(t *testing.T) {
	point := scoring.Point
	won, lost := func(p scoring.Points) learn.Prediction { return learn.Prediction{Points: p, Positive: true} }, func(p scoring.Points) learn.Prediction { return learn.Prediction{Points: p} }
	for name, c := range map[string]struct {
		list []learn.Prediction
		at   scoring.Points
		want float64
	}{
		"told apart completely": {[]learn.Prediction{won(10 * point), lost(0)}, 10 * point, 2.0 / 3},
		"all the same points":   {[]learn.Prediction{won(5 * point), won(5 * point), lost(5 * point)}, 5 * point, (2*3.0/4 + 1.0/3) / 3},
		"a coin's toss":         {[]learn.Prediction{won(5 * point), lost(5 * point)}, 9 * point, 0.5},
		"huge totals":           {[]learn.Prediction{won(math.MaxInt64), lost(math.MinInt64)}, scoring.MaxPoints, 2.0 / 3},
	} {
		calibration, err := learn.Platt(c.list, "won")
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := calibration.Probability(c.at); math.Abs(got-c.want) > 1e-9 {
			t.Errorf("%s: probability %v, want %v (%+v)", name, got, c.want, calibration)
		}
		compiles(t, calibration)
	}
}

// compiles fails where a model does not take a calibration.
func compiles(t *testing.T, c scoring.Calibration) {
	t.Helper()
	model := scoring.Model{Schema: scoring.Schema, Name: "m", Version: 1, Fields: map[string]scoring.FieldType{"a": scoring.Boolean},
		Dimensions:  []scoring.Dimension{{Name: "fit", Rules: []scoring.Rule{{Name: "a", When: "a ?? false", Points: 5 * scoring.Point}}}},
		Calibration: &c}
	if _, err := scoring.Compile[scoring.Record, scoring.Record](model); err != nil {
		t.Errorf("no model takes the calibration: %v", err)
	}
}

func TestIsotonicFollowsWhatNoLineDoes(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 1))
	list := scored(r, 20_000, stairs)
	for name, calibrate := range map[string]func([]learn.Prediction, string) (scoring.Calibration, error){"plain": learn.Isotonic, "smooth": learn.SmoothIsotonic} {
		c, err := calibrate(list, "won")
		if err != nil {
			t.Fatal(err)
		}
		compiles(t, c)
		for _, points := range []float64{10, 25, 45, 75, 95} {
			got := c.Probability(scoring.Points(points) * scoring.Point)
			if want := sigmoid(stairs(points)); math.Abs(got-want) > 0.04 {
				t.Errorf("%s: at %v points %v, want about %v", name, points, got, want)
			}
		}
		for i := 1; i < len(c.Steps); i++ {
			if c.Steps[i].Probability < c.Steps[i-1].Probability || c.Steps[i].From <= c.Steps[i-1].From {
				t.Errorf("%s: step %d does not rise: %v", name, i, c.Steps)
			}
		}
	}
}

func TestCalibrateTakesIsotonicOnlyWhereItHelps(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 1))
	for _, c := range []struct {
		name  string
		list  []learn.Prediction
		steps bool
	}{
		{"stairs", scored(r, 20_000, stairs), true},
		{"too few", scored(r, 900, stairs), false},
		{"a line", scored(r, 5_000, line), false},
		{"too few of the rarer kind", scored(r, 2_000, func(p float64) float64 { return stairs(p) - 6 }), false},
	} {
		got, err := learn.Calibrate(c.list, "won")
		if err != nil || (len(got.Steps) > 0) != c.steps || got.Outcome != "won" {
			t.Errorf("%s: %+v, %v", c.name, got, err)
		}
		again, err := learn.Calibrate(shuffled(r, c.list), "won")
		if err != nil || !sameCalibration(got, again) {
			t.Errorf("%s: another order gives %+v, want %+v", c.name, again, got)
		}
		if _, err := learn.Isotonic(c.list, "won"); c.steps && err != nil || !c.steps && c.name != "a line" && !errors.Is(err, learn.ErrTooFewOutcomes) {
			t.Errorf("%s: isotonic: %v", c.name, err)
		}
	}
}

// Where a line is the truth, steps only follow chance: parts that are alike would
// praise that, which this finds out.
func TestCalibrateIsNotTakenInByChance(t *testing.T) {
	steps := 0
	for seed := range uint64(40) {
		c, err := learn.Calibrate(scored(rand.New(rand.NewPCG(seed, 2)), 3000, line), "won")
		if err != nil {
			t.Fatal(err)
		}
		if len(c.Steps) > 0 {
			steps++
		}
	}
	if steps > 4 {
		t.Errorf("%d of 40 calibrations of a line have steps", steps)
	}
}

func sameCalibration(a, b scoring.Calibration) bool {
	if a.Intercept != b.Intercept || a.Slope != b.Slope || a.Interpolate != b.Interpolate || len(a.Steps) != len(b.Steps) {
		return false
	}
	for i := range a.Steps {
		if a.Steps[i] != b.Steps[i] {
			return false
		}
	}
	return true
}

func TestRecalibrationUndoesBoldness(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 1))
	list := make([]learn.Prediction, 20_000)
	for i := range list {
		odds := r.NormFloat64()
		list[i] = learn.Prediction{Probability: sigmoid(2*odds + 1), Positive: r.Float64() < sigmoid(odds)} // twice too bold, and one too high
	}
	got, err := learn.Recalibrate(list)
	if err != nil || math.Abs(got.Slope-0.5) > 0.03 || math.Abs(got.Intercept+0.5) > 0.05 {
		t.Errorf("%+v, %v: want about -0.5 + 0.5·x", got, err)
	}
	if again, _ := learn.Recalibrate(shuffled(r, list)); again != got {
		t.Errorf("another order gives %+v, want %+v", again, got)
	}
	if p := got.Probability(sigmoid(3)); math.Abs(p-sigmoid(1)) > 0.02 {
		t.Errorf("probability %v, want %v", p, sigmoid(1))
	}
	if p := got.Probability(0); !(p > 0 && p < 0.001) {
		t.Errorf("what is thought impossible gets %v", p)
	}
	if _, err := learn.Recalibrate(nil); !errors.Is(err, learn.ErrNoOutcomes) {
		t.Errorf("no outcomes: %v", err)
	}
}
