package learn

import (
	"math"

	"github.com/leadloop/leadloop/internal/num"
)

// Information says how much the bins of one column, or what else divides leads into parts, tell of
// the outcome.
type Information struct {
	// Value is the information value: the sum of each bin's share of the positives less its share
	// of the negatives, times its weight (the symmetric divergence J of Kullback and Leibler).
	// Below 0.02 it says nothing, from 0.3 on much.
	Value float64 `json:"value"`
	// Chance is the information value that as many bins of as many leads hardly ever exceed if the
	// outcome does not depend on them: then it is about χ² with bins − 1 degrees of freedom, times
	// 1/positives + 1/negatives. This is three standard deviations above the mean.
	Chance float64 `json:"chance"`
	// Divergence is the Jensen–Shannon divergence of the two distributions, in nats: from 0,
	// alike, to ln 2, apart.
	Divergence float64 `json:"divergence"`
	// Gini is the Gini coefficient of the bins taken as a ranking by their share of positives:
	// 2·AUC − 1.
	Gini float64 `json:"gini"`
}

// DefaultSmoothing is what [Induce] adds to each count of a bin if nothing else is asked for.
const DefaultSmoothing = 0.5

// Inform measures what bins tell of the outcome. The weight of evidence of a bin with w positive
// and l negative leads, of ΣW and ΣL in all bins, is
//
//	ln [ ((w+s)/ΣW) / ((l+s)/ΣL) ]
//
// where s is the smoothing, at least 0 (Good, "Probability and the Weighing of Evidence", 1950; in
// credit scoring, Siddiqi, "Credit Risk Scorecards", 2006). Empty bins weigh 0. So do, without
// smoothing, bins that lack one outcome, for theirs would be infinite. Without both a positive and
// a negative lead all is 0. Some texts write the negatives on top: their weights have the other
// sign, all else is the same.
//
// The weights are in nats and in the order of the bins: above 0 speaks for the lead.
func Inform(bins []Counts, smoothing float64) (weights []float64, info Information) {
	weights = make([]float64, len(bins))
	if !(smoothing >= 0 && finite(smoothing)) {
		smoothing = 0
	}
	var total Counts
	filled := 0
	for _, b := range bins {
		if b.Sum() > 0 {
			total.add(b)
			filled++
		}
	}
	if total.Positive <= 0 || total.Negative <= 0 {
		return weights, info
	}
	positives, negatives := float64(total.Positive), float64(total.Negative)
	free := float64(filled - 1)
	info.Chance = float64((free + float64(3*math.Sqrt(float64(2*free)))) * (1/positives + 1/negatives))
	info.Gini = gini(bins, total)
	for i, b := range bins {
		if b.Sum() <= 0 {
			continue
		}
		p, q := float64(b.Positive)/positives, float64(b.Negative)/negatives
		middle := (p + q) / 2
		info.Divergence += (xlogy(p, p/middle) + xlogy(q, q/middle)) / 2
		if w, l := float64(b.Positive)+smoothing, float64(b.Negative)+smoothing; w > 0 && l > 0 {
			weights[i] = num.Log(w / positives / (l / negatives))
			info.Value += float64((p - q) * weights[i])
		}
	}
	return weights, info
}

// xlogy is x·ln y, 0 where x is.
func xlogy(x, y float64) float64 {
	if x == 0 {
		return 0
	}
	return float64(x * num.Log(y))
}

// gini counts the pairs of a positive and a negative lead that the bins put in the right order,
// less those in the wrong one.
func gini(bins []Counts, total Counts) float64 {
	sum := 0.0
	for i, a := range bins {
		for _, b := range bins[:i] {
			// the bin with the larger share of positives ranks first; equal shares make no difference
			difference := float64(float64(a.Positive)*float64(b.Negative)) - float64(float64(b.Positive)*float64(a.Negative))
			sum += max(difference, -difference)
		}
	}
	return sum / float64(total.Positive) / float64(total.Negative)
}
