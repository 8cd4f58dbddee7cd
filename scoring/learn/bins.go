package learn

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strconv"

	"github.com/leadloop/leadloop/internal/num"
)

// mostPieces is into how many pieces of about equally many leads a column of numbers is cut before
// neighbours are joined into bins.
const mostPieces = 100

// piece is neighbouring numbers, which are never told apart.
type piece struct {
	least, most float64
	counts      Counts
}

// cutOptions say which bins are allowed.
type cutOptions struct {
	least   int64   // leads per bin
	penalty float64 // what a further bin has to add to the log-likelihood
	trend   Trend
}

// cutNumbers joins the values of a column into bins, from the lowest to the highest. Of all ways
// to do so within the options it finds, by dynamic programming over the pieces, the one with the
// largest log-likelihood of the outcomes, less the penalty for each bin (Fisher, "On Grouping for
// Maximum Homogeneity", 1958). It takes the cube of [mostPieces] steps.
func cutNumbers(numbers map[float64]Counts, o cutOptions) []piece {
	pieces := quantiles(numbers, mostPieces)
	switch o.trend {
	case Rising, Falling:
		bins, _ := join(pieces, o)
		return bins
	case Monotone:
		o.trend = Rising
		up, gainUp := join(pieces, o)
		o.trend = Falling
		down, gainDown := join(pieces, o)
		if gainDown > gainUp {
			return down
		}
		return up
	}
	bins, _ := join(pieces, o)
	return bins
}

// quantiles cuts sorted values into pieces of about equally many leads. A frequent value is a
// piece by itself, or the last of one.
func quantiles(numbers map[float64]Counts, most int64) (pieces []piece) {
	var all int64
	for _, n := range numbers {
		all += n.Sum()
	}
	open := false
	var before, sum int64 // leads up to the piece, and up to the value
	for _, x := range slices.SortedFunc(maps.Keys(numbers), cmp.Compare[float64]) {
		if !open {
			pieces, open = append(pieces, piece{least: x}), true
		}
		p := &pieces[len(pieces)-1]
		p.most = x
		p.counts.add(numbers[x])
		sum += numbers[x].Sum()
		if sum*most/all > before*most/all { // a quantile has been passed
			before, open = sum, false
		}
	}
	return pieces
}

// join finds the best bins of neighbouring pieces, and what they are worth.
func join(pieces []piece, o cutOptions) ([]piece, float64) {
	n := len(pieces)
	if n == 0 {
		return nil, 0
	}
	upTo := make([]Counts, n+1)
	for i, p := range pieces {
		upTo[i+1] = upTo[i]
		upTo[i+1].add(p.counts)
	}
	between := func(from, to int) Counts {
		return Counts{upTo[to].Positive - upTo[from].Positive, upTo[to].Negative - upTo[from].Negative}
	}
	// best[to][from] is the worth of the best bins of the first pieces of which the last one is
	// from..to, and last[to][from] where the one before it begins.
	best, last := make([][]float64, n+1), make([][]int, n+1)
	top := make([]int, n+1) // the best from, by to
	for to := 1; to <= n; to++ {
		best[to], last[to], top[to] = make([]float64, to), make([]int, to), -1
		for from := range to {
			bin := between(from, to)
			worth, before := math.Inf(-1), -1
			switch {
			case bin.Sum() < o.least && (from > 0 || to < n): // too few leads, unless there are no more
			case from == 0:
				worth = logLikelihood(bin) - o.penalty
			case o.trend == "" || o.trend == Free:
				if before = top[from]; before >= 0 {
					worth = best[from][before] + logLikelihood(bin) - o.penalty
				}
			default:
				for b := range from {
					if best[from][b] > worth && o.trend.allows(between(b, from), bin) {
						worth, before = best[from][b], b
					}
				}
				if before >= 0 {
					worth += logLikelihood(bin) - o.penalty
				}
			}
			best[to][from], last[to][from] = worth, before
			if !math.IsInf(worth, -1) && (top[to] < 0 || worth > best[to][top[to]]) {
				top[to] = from
			}
		}
	}
	var bins []piece
	for to, from := n, top[n]; ; {
		bins = append(bins, piece{pieces[from].least, pieces[to-1].most, between(from, to)})
		if from == 0 {
			break
		}
		to, from = from, last[to][from]
	}
	slices.Reverse(bins)
	return bins, best[n][top[n]]
}

// logLikelihood is that of the outcomes of one bin, at its own rate.
func logLikelihood(c Counts) float64 {
	all := float64(c.Sum())
	return xlogy(float64(c.Positive), float64(c.Positive)/all) + xlogy(float64(c.Negative), float64(c.Negative)/all)
}

// allows tells whether the share of positives goes the right way from one bin to the next.
func (t Trend) allows(low, high Counts) bool {
	a, b := float64(float64(low.Positive)*float64(high.Negative)), float64(float64(high.Positive)*float64(low.Negative))
	if t == Rising {
		return b >= a
	}
	return a >= b
}

// schwarz is what a further bin has to add to the log-likelihood to be worth it: half the
// logarithm of the number of leads (Schwarz, "Estimating the Dimension of a Model", 1978).
func schwarz(leads int64) float64 { return num.Log(float64(max(leads, 1))) / 2 }

// roundCut gives a number that people can read, above low and at most high: of few digits, and
// whole if it has to be.
func roundCut(low, high float64, whole bool) float64 {
	middle := low/2 + high/2
	for digits := range 17 {
		for _, x := range [2]float64{middle, high} {
			x, err := strconv.ParseFloat(strconv.FormatFloat(x, 'e', digits, 64), 64)
			if whole {
				x = -math.Floor(-x)
			}
			if err == nil && x > low && x <= high {
				return x
			}
		}
	}
	return high
}

// frequent are the values of a column of texts: those that have a bin to themselves, by frequency
// and then by text, and the others.
type frequent struct {
	levels []string
	rest   Counts
}

// frequentTexts keeps the values that enough leads have, and at most so many of them.
func frequentTexts(texts map[string]Counts, least int64, most int) (p frequent) {
	for _, text := range slices.Sorted(maps.Keys(texts)) {
		if n := texts[text]; n.Sum() >= least {
			p.levels = append(p.levels, text)
		} else {
			p.rest.add(n)
		}
	}
	slices.SortStableFunc(p.levels, func(a, b string) int { return cmp.Compare(texts[b].Sum(), texts[a].Sum()) })
	for len(p.levels) > most {
		p.rest.add(texts[p.levels[len(p.levels)-1]])
		p.levels = p.levels[:len(p.levels)-1]
	}
	return p
}
