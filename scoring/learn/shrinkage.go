package learn

import (
	"cmp"
	"math"
	"slices"

	"github.com/leadloop/leadloop/internal/num"
)

// observed is outcomes of one row of a design.
type observed struct {
	row      int32
	positive bool
	count    int64
	weight   float64 // of each
	day      day     // when the question was put
	hash     uint64  // of all that is known of them
}

// shrinkages are the λ that are tried, from the strongest.
var shrinkages = []float64{1000, 300, 100, 30, 10, 5, 3, 2, 1, 0.5, 0.3, 0.1, 0.03}

// mostTried is how many outcomes cross-validation looks at. More of them tell λ no better.
const mostTried = 20_000

// fold is one round of cross-validation: outcomes to fit, and others to hold the fit against.
type fold struct{ fit, held labels }

// usualShrinkage is the λ that is right before any outcome is known, and spread how uncertain that is, as the standard deviation of its
// decimal logarithm. λ = 3 means that a term's coefficient is expected within ±0.4 log-odds, one
// standard deviation, of what the experts say. Cross-validation of few outcomes is mostly noise; this keeps it in bounds. With 50 outcomes
// of public data, and cards without points, the loss is a twentieth lower than by cross-validation alone; with thousands it is the same. Where experts
// gave points, strong shrinkage means to trust them rather than to know nothing, and is less unusual.
const usualShrinkage, spreadWithout, spreadWith = 3.0, 0.2, 0.3

// against is what speaks against a λ, as a negative log probability: the losses, and how unusual it is.
func (t Trial) against(outcomes, spread float64) float64 {
	const ln10 = 2.302585092994046
	gap := num.Log(t.Shrinkage/usualShrinkage) / ln10 / spread
	return float64(outcomes*t.Loss) + float64(gap*gap)/2
}

// chooseShrinkage finds λ by cross-validation, and parameters to start from.
func chooseShrinkage(d *design, seen []observed) (shrinkage float64, trials []Trial, start []float64) {
	spread := spreadWithout
	if d.expert != nil {
		spread = spreadWith
	}
	d, tried := d.of(thinned(seen))
	folds := foldsByTime(d, tried)
	if folds == nil {
		folds = foldsByHash(d, tried)
	}
	if folds == nil {
		return usualShrinkage, nil, nil
	}
	trials = make([]Trial, len(shrinkages))
	starts := make([][]float64, len(shrinkages))
	losses := make([][]float64, len(folds)) // by fold and λ: the sum
	weights := make([]float64, len(folds))
	for i, f := range folds {
		small, y := d.only(f.fit)
		var from []float64
		for k, shrinkage := range shrinkages {
			s := fitScores(small, y, shrinkage, 1e-7, from)
			from = s.parameter
			starts[k] = from
			odds := make([]float64, d.rows())
			for row := range odds {
				if f.held.positive[row]+f.held.negative[row] > 0 {
					odds[row] = s.design.with(d).logOdds(s.parameter, row)
				}
			}
			weights[i] = sum(f.held.positive) + sum(f.held.negative)
			losses[i] = append(losses[i], meanLoss(odds, f.held))
		}
	}
	whole := sum(weights)
	best := 0
	for k := range trials {
		mean, square := 0.0, 0.0
		for i := range folds {
			mean += float64(losses[i][k] * (weights[i] / whole))
		}
		for i := range folds {
			gap := losses[i][k] - mean
			square += float64(float64(gap*gap) * (weights[i] / whole))
		}
		trials[k] = Trial{shrinkages[k], mean, math.Sqrt(square / float64(max(1, len(folds)-1)))}
	}
	for k := range trials {
		if trials[k].against(whole, spread) < trials[best].against(whole, spread) {
			best = k
		}
	}
	return shrinkages[best], trials, starts[best]
}

// thinned takes at most so many outcomes: every so manyth, in the order of their hashes.
func thinned(seen []observed) []observed {
	tried := slices.Clone(seen)
	if most := uint64(4 * mostTried); uint64(len(tried)) > 2*most { // far too many to sort: the least hashes are enough
		limit := math.MaxUint64 / uint64(len(tried)) * most
		tried = slices.DeleteFunc(tried, func(o observed) bool { return o.hash > limit })
	}
	slices.SortFunc(tried, func(a, b observed) int {
		return cmp.Or(cmp.Compare(a.hash, b.hash), cmp.Compare(a.row, b.row), cmp.Compare(a.day, b.day), cmp.Compare(a.weight, b.weight))
	})
	total := int64(0)
	for i := range tried {
		total += tried[i].count
	}
	every := (total + mostTried - 1) / mostTried
	before := int64(0)
	for i := range tried {
		o := &tried[i]
		after := before + o.count
		o.count, before = after/every-before/every, after
	}
	return slices.DeleteFunc(tried, func(o observed) bool { return o.count == 0 })
}

func newLabels(rows int) labels { return labels{make([]float64, rows), make([]float64, rows)} }

func (y labels) add(o *observed, count int64) {
	if o.positive {
		y.positive[o.row] += float64(float64(count) * o.weight)
	} else {
		y.negative[o.row] += float64(float64(count) * o.weight)
	}
}

// both tells whether there are both answers.
func (y labels) both() bool { return sum(y.positive) > 0 && sum(y.negative) > 0 }

// blocks is into how many stretches of time the outcomes are cut: each but the first is predicted from those before it.
const blocks = 6

// foldsByTime cuts the outcomes by the days of their hand-over; nil if some have none, or there are too few days or answers.
func foldsByTime(d *design, seen []observed) []fold {
	byDay := map[day]int64{}
	total := int64(0)
	for i := range seen {
		if seen[i].day == 0 {
			return nil
		}
		byDay[seen[i].day] += seen[i].count
		total += seen[i].count
	}
	if len(byDay) < 2*blocks {
		return nil
	}
	days := make([]day, 0, len(byDay))
	for at := range byDay {
		days = append(days, at)
	}
	slices.Sort(days)
	block, before := map[day]int{}, int64(0)
	for _, at := range days {
		block[at] = int(before * blocks / total)
		before += byDay[at]
	}
	var folds []fold
	for k := 1; k < blocks; k++ {
		f := fold{newLabels(d.rows()), newLabels(d.rows())}
		for i := range seen {
			o := &seen[i]
			switch at := block[o.day]; {
			case at < k:
				f.fit.add(o, o.count)
			case at == k:
				f.held.add(o, o.count)
			}
		}
		if f.fit.both() && sum(f.held.positive)+sum(f.held.negative) > 0 {
			folds = append(folds, f)
		}
	}
	if len(folds) < blocks-2 {
		return nil
	}
	return folds
}

// foldsByHash deals the outcomes of each answer in turn, in the order of their hashes. There are at least two folds.
func foldsByHash(d *design, seen []observed) []fold {
	var answers [2]int64
	for i := range seen {
		answers[answer(seen[i].positive)] += seen[i].count
	}
	parts := min(10, answers[0], answers[1])
	if answers[0]+answers[1] > 1000 {
		parts = min(5, parts)
	}
	if parts < 2 {
		return nil
	}
	folds := make([]fold, parts)
	for k := range folds {
		folds[k] = fold{newLabels(d.rows()), newLabels(d.rows())}
	}
	var dealt [2]int64
	for i := range seen {
		o := &seen[i]
		from := dealt[answer(o.positive)]
		to := from + o.count
		dealt[answer(o.positive)] = to
		for k := range folds {
			held := (to+parts-1-int64(k))/parts - (from+parts-1-int64(k))/parts // of from … to−1, those that leave the rest k
			folds[k].held.add(o, held)
			folds[k].fit.add(o, o.count-held)
		}
	}
	return folds
}

func answer(positive bool) int {
	if positive {
		return 1
	}
	return 0
}

// only gives the rows of a design that labels have, alone.
func (d *design) only(y labels) (*design, labels) {
	small, kept := &design{start: []int32{0}, width: d.width, square: d.square}, labels{}
	for row := range d.rows() {
		if y.positive[row]+y.negative[row] == 0 {
			continue
		}
		from, to := d.start[row], d.start[row+1]
		small.column = append(small.column, d.column[from:to]...)
		small.times = append(small.times, d.times[from:to]...)
		small.start = append(small.start, int32(len(small.column)))
		if d.expert != nil {
			small.expert = append(small.expert, d.expert[row])
		}
		kept.positive, kept.negative = append(kept.positive, y.positive[row]), append(kept.negative, y.negative[row])
	}
	return small, kept
}

// of gives the rows that outcomes have, alone.
func (d *design) of(seen []observed) (*design, []observed) {
	y := newLabels(d.rows())
	for i := range seen {
		y.add(&seen[i], 1)
	}
	small, _ := d.only(y)
	at := make([]int32, d.rows())
	next := int32(0)
	for row := range at {
		at[row] = next
		if y.positive[row]+y.negative[row] > 0 {
			next++
		}
	}
	for i := range seen {
		seen[i].row = at[seen[i].row]
	}
	return small, seen
}

// with gives another design as this one sees it: without the experts' points where it leaves them aside.
func (d *design) with(other *design) *design {
	if d.expert != nil {
		return other
	}
	alone := *other
	alone.expert = nil
	return &alone
}
