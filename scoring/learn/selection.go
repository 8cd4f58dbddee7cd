package learn

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
	"slices"

	"github.com/leadloop/leadloop/scoring"
)

// Exploration hands over a small share of the leads that do not qualify, so that
// feedback tells of them, too. Without it sales judges only what the model lets
// through, and the model learns nothing of what it keeps back.
//
// Which leads are explored is a keyed hash (HMAC-SHA-256) of the lead's id: the
// same in every run, in any order, on every machine, and nobody who lacks the key can
// foresee it. A lead that comes again gets the same answer; put its round into the id
// where it should get another chance.
type Exploration struct {
	// Share is how many of the leads that do not qualify are handed over, such as
	// 50_000 for 5 % of them. From 0 to 1 point.
	Share scoring.Points
	// Key makes the choice unforeseeable: any text, kept secret and never changed.
	Key string
}

// Select tells whether to hand over a lead, and how probable that was: what
// [Outcome] has as Propensity. A lead that qualifies is handed over for certain, one that does not with
// the probability Share. One that is not handed over has the propensity 0 and is no outcome.
func (e Exploration) Select(id string, qualifies bool) (handOver bool, propensity scoring.Points) {
	if qualifies {
		return true, scoring.Point
	}
	hash := hmac.New(sha256.New, []byte(e.Key))
	hash.Write([]byte(id))
	number := binary.BigEndian.Uint64(hash.Sum(nil))
	if at, _ := bits.Mul64(number, uint64(scoring.Point)); scoring.Points(at) >= e.Share {
		return false, 0
	}
	return true, min(e.Share, scoring.Point)
}

// Weights are inverse propensities: how many leads each outcome stands for.
type Weights struct {
	Each []float64 `json:"each"` // as the propensities that they were made from
	// Clipped is how many weights were above the clip and are now at it.
	Clipped int64 `json:"clipped"`
	// Lost is the share of the sum of all weights that clipping took away. The leads that
	// those outcomes stand for count too little by as much: the bias that clipping costs.
	Lost float64 `json:"lost"`
	// Effective is the sample size after Kish ("Survey sampling", 1965): as many outcomes of equal weight
	// would tell as much.
	Effective float64 `json:"effective"`
}

// ErrPropensity is the refusal of propensities or of a clip. The errors returned say more.
var ErrPropensity = errors.New("learn: no inverse propensity weight")

// InverseWeights weighs outcomes by the inverse of the probability with which their leads
// were handed over, at most by clip (Horvitz and Thompson, JASA 47, 1952; clipping after
// Ionides, JCGS 17, 2008). Propensities are above 0 and at most 1 point, 0 means 1 point, as in [Outcome]. A clip is
// at least 1, and 0 means none. A smaller clip makes the result steadier, and leaves
// more of the selection's bias in it.
func InverseWeights(propensities []scoring.Points, clip float64) (Weights, error) {
	if clip != 0 && !(clip >= 1 && clip <= mostWeight) {
		return Weights{}, fmt.Errorf("%w: a clip is from 1 to %g, or 0 for none", ErrPropensity, mostWeight)
	}
	w := Weights{Each: make([]float64, len(propensities))}
	count := map[scoring.Points]int64{}
	for i, p := range propensities {
		if p < 0 || p > scoring.Point {
			return Weights{}, fmt.Errorf("%w: propensities[%d] is not above 0 and at most 1 point", ErrPropensity, i)
		}
		w.Each[i], _ = inverseWeight(p, clip)
		count[p]++
	}
	type weighed struct {
		propensity scoring.Points
		times      float64
	}
	var list []weighed
	for p, n := range count {
		list = append(list, weighed{p, float64(n)})
	}
	slices.SortFunc(list, func(a, b weighed) int { return cmp.Compare(a.propensity, b.propensity) })
	var full, kept, squares float64
	for _, l := range list {
		weight, clipped := inverseWeight(l.propensity, clip)
		if clipped {
			w.Clipped += int64(l.times)
		}
		whole, _ := inverseWeight(l.propensity, 0)
		full += float64(l.times * whole)
		kept += float64(l.times * weight)
		squares += float64(float64(l.times*weight) * weight)
	}
	if len(propensities) > 0 {
		w.Lost = (full - kept) / full
		w.Effective = float64(kept*kept) / squares
	}
	return w, nil
}

// inverseWeight is 1/propensity, at most clip, and whether that was the case.
func inverseWeight(propensity scoring.Points, clip float64) (weight float64, clipped bool) {
	if propensity == 0 {
		return 1, false
	}
	weight = float64(scoring.Point) / float64(propensity)
	if clip != 0 && weight > clip {
		return clip, true
	}
	return weight, false
}
