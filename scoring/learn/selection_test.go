package learn_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/leadloop/leadloop/scoring"
	"github.com/leadloop/leadloop/scoring/learn"
)

func TestExplorationTakesItsShare(t *testing.T) {
	const n = 20_000
	for _, share := range []scoring.Points{0, 1000, 50_000, 100_000, 500_000, scoring.Point, 3 * scoring.Point} {
		e := learn.Exploration{Share: share, Key: "k"}
		wider := learn.Exploration{Share: share + 1000, Key: "k"}
		count := 0
		for i := range n {
			id := "lead-" + strconv.Itoa(i)
			over, propensity := e.Select(id, false)
			if over {
				count++
				if propensity != min(share, scoring.Point) {
					t.Fatalf("propensity %v of a share of %v", propensity, share)
				}
				if more, _ := wider.Select(id, false); !more {
					t.Fatal("a wider exploration leaves out what a narrower one takes")
				}
			} else if propensity != 0 {
				t.Fatalf("a lead that is not handed over has the propensity %v", propensity)
			}
			if over, propensity := e.Select(id, true); !over || propensity != scoring.Point {
				t.Fatal("a lead that qualifies is not handed over for certain")
			}
		}
		p := min(float64(share)/1e6, 1)
		if off := math.Abs(float64(count) - p*n); off > 4*math.Sqrt(n*p*(1-p))+1e-9 {
			t.Errorf("a share of %v takes %d of %d", share, count, n)
		}
	}
	// The choice is HMAC-SHA-256 of RFC 4231's second case: 0x5bdcc146bf60754e… is 0.3588… of all numbers.
	for share, want := range map[scoring.Points]bool{358_837: false, 358_838: true} {
		if over, _ := (learn.Exploration{Share: share, Key: "Jefe"}).Select("what do ya want for nothing?", false); over != want {
			t.Errorf("share %v: explored %v", share, over)
		}
	}
}

func TestInverseWeights(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 3))
	for range 1000 {
		propensities := make([]scoring.Points, 1+r.IntN(50))
		clip := []float64{0, 1, 2.5, 10, 1000}[r.IntN(5)]
		var full, kept, squares float64
		var clipped int64
		for i := range propensities {
			propensities[i] = []scoring.Points{0, 50_000, 100_000, scoring.Point, 1 + scoring.Points(r.IntN(1_000_000))}[r.IntN(5)]
			w := 1.0
			if propensities[i] > 0 {
				w = 1e6 / float64(propensities[i])
			}
			full += w
			if clip > 0 && w > clip {
				w = clip
				clipped++
			}
			kept += w
			squares += w * w
		}
		got, err := learn.InverseWeights(propensities, clip)
		if err != nil || got.Clipped != clipped || !near(got.Lost, 1-kept/full) || !near(got.Effective, kept*kept/squares) {
			t.Fatalf("%+v, %v, want %d clipped, %v lost, size %v", got, err, clipped, 1-kept/full, kept*kept/squares)
		}
		again, _ := learn.InverseWeights(shuffled(r, propensities), clip)
		if again.Lost != got.Lost || again.Effective != got.Effective || again.Clipped != got.Clipped {
			t.Fatalf("another order gives %+v, want %+v", again, got)
		}
		for i, w := range got.Each {
			if want := 1e6 / float64(max(propensities[i], 1)); propensities[i] > 0 && w != want && w != clip {
				t.Fatalf("weight %v of propensity %v, clip %v", w, propensities[i], clip)
			}
		}
	}
	for _, c := range []struct {
		p    scoring.Points
		clip float64
	}{{-1, 0}, {scoring.Point + 1, 0}, {1, 0.5}, {1, -1}, {1, math.NaN()}, {1, math.Inf(1)}} {
		if _, err := learn.InverseWeights([]scoring.Points{c.p}, c.clip); !errors.Is(err, learn.ErrPropensity) {
			t.Errorf("%+v: %v", c, err)
		}
	}
	if w, err := learn.InverseWeights(nil, 0); err != nil || w.Lost != 0 || w.Effective != 0 {
		t.Errorf("no outcomes: %+v, %v", w, err)
	}
}
