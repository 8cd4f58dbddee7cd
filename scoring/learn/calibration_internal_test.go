package learn

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"github.com/leadloop/leadloop/scoring"
)

// levelsOf sums outcomes with the same x, whatever numbers they are.
func levelsOf(x, y, weight []float64) (list []level, place []int) {
	sorted := slices.Clone(x)
	slices.Sort(sorted)
	for _, v := range slices.Compact(sorted) {
		list = append(list, level{points: scoring.Points(v)})
	}
	for i := range x {
		at := slices.IndexFunc(list, func(l level) bool { return l.points == scoring.Points(x[i]) })
		list[at].weight += weight[i]
		list[at].positive += weight[i] * y[i]
		place = append(place, at)
	}
	return list, place
}

// The cases are scikit-learn's and R's; each names its source.
func TestIsotonicRegressionAgainstOtherLibraries(t *testing.T) {
	data, err := os.ReadFile("testdata/learn_math.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		Kind, Source string
		X, Y         []float64
		Tolerance    float64
		Expect       json.RawMessage
	}
	if err := json.Unmarshal(data, &cases); err != nil {
		t.Fatal(err)
	}
	tried := 0
	for _, c := range cases {
		if c.Kind != "isotonic" {
			continue
		}
		tried++
		var want []float64
		if err := json.Unmarshal(c.Expect, &want); err != nil {
			t.Fatal(err)
		}
		list, place := levelsOf(c.X, c.Y, slices.Repeat([]float64{1}, len(c.X)))
		fitted := monotone(list)
		for i := range want {
			if got := fitted[place[i]]; math.Abs(got-want[i]) > c.Tolerance {
				t.Errorf("%s: y[%d] is %v, want %v", c.Source, i, got, want[i])
			}
		}
	}
	if tried < 4 {
		t.Errorf("%d cases found, want 4", tried)
	}
}

// The slow form: the largest, over all starts before, of the least mean up to any end after.
func TestIsotonicRegressionIsTheMaxMinOfMeans(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for range 3000 {
		n := 1 + r.IntN(25)
		list := make([]level, n)
		for i := range list {
			w := float64(1+r.IntN(5)) / float64(1+r.IntN(3))
			list[i] = level{scoring.Points(i), w, w * float64(r.IntN(4)) / 3}
		}
		fitted := monotone(list)
		for i := range list {
			best := math.Inf(-1)
			for from := 0; from <= i; from++ {
				least, w, p := math.Inf(1), 0.0, 0.0
				for to := from; to < n; to++ {
					w += list[to].weight
					p += list[to].positive
					if to >= i {
						least = min(least, p/w)
					}
				}
				best = max(best, least)
			}
			if math.Abs(best-fitted[i]) > 1e-12 {
				t.Fatalf("%v: fitted[%d] is %v, want %v", list, i, fitted[i], best)
			}
			if i > 0 && fitted[i] < fitted[i-1] {
				t.Fatalf("%v falls at %d", fitted, i)
			}
		}
	}
}

func TestTooManyStepsAreJoined(t *testing.T) {
	var list []level
	for i := range 2500 {
		list = append(list, level{scoring.Points(i) * scoring.Point, 2, 2 * float64(i) / 2500})
	}
	for _, c := range []scoring.Calibration{isotonic(list, "won"), smoothIsotonic(list, "won")} {
		if len(c.Steps) != scoring.MaxCalibrationSteps {
			t.Errorf("%d steps, want %d", len(c.Steps), scoring.MaxCalibrationSteps)
		}
		for _, total := range []int{3, 700, 1250, 2400} {
			want := float64(total) / 2500
			if got := c.Probability(scoring.Points(total) * scoring.Point); math.Abs(got-want) > 0.002 {
				t.Errorf("at %d the probability is %v, want %v", total, got, want)
			}
		}
	}
}
