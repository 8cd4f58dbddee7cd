package scoring

import (
	"fmt"
	"slices"
	"time"

	"github.com/leadloop/leadloop/internal/num"
)

// applied is an adjustment at work in one dimension.
type applied struct {
	*Adjustment
	change int64 // what it has changed so far
}

// adjustments picks those that count, in the order of their dates; those of one
// instant keep the host's order.
func (w *work) adjustments(all []Adjustment, known func(string) bool, now time.Time) {
	if len(all) > MaxAdjustments {
		w.problem(TooMuch, "", "", len(all), fmt.Sprintf("more than %d adjustments: none counts", MaxAdjustments))
		return
	}
	for i := range all {
		a := &all[i]
		switch {
		case a.Dimension != AllDimensions && !known(a.Dimension):
			w.problem(AdjustmentIgnored, a.Dimension, "", 1, "an adjustment names a dimension that the model does not have: it does not count")
		case a.At.IsZero():
			w.problem(AdjustmentIgnored, a.Dimension, "", 1, "an adjustment has no date: it does not count")
		case a.At.After(now):
			w.problem(AdjustmentNotYet, a.Dimension, "", 1, "an adjustment is dated after now: it does not count yet")
		case a.Op != Reset && a.Op != Scale && a.Op != Add:
			w.problem(AdjustmentIgnored, a.Dimension, "", 1, "an adjustment has an unknown operation: reset, scale and add are known")
		case a.Op == Scale && (a.Amount < 0 || a.Amount > Point):
			w.problem(AdjustmentIgnored, a.Dimension, "", 1, "an adjustment scales by less than 0 or more than 1: it does not count")
		case a.Op == Add && (a.Amount < -MaxPoints || a.Amount > MaxPoints):
			w.problem(AdjustmentIgnored, a.Dimension, "", 1, "an adjustment adds points out of range: it does not count")
		default:
			w.dated = append(w.dated, a)
		}
	}
	slices.SortStableFunc(w.dated, func(a, b *Adjustment) int { return a.At.Compare(b.At) })
}

// enter gives each dimension its adjustments, and books the points that they add.
func (w *work) enter(dimension string) {
	from := len(w.applied)
	for _, a := range w.dated {
		if a.Dimension == AllDimensions || a.Dimension == dimension {
			w.applied = append(w.applied, applied{Adjustment: a})
		}
	}
	added := int64(0)
	adjustments := w.applied[from:]
	for i := range adjustments {
		a := &adjustments[i]
		if a.Op == Add {
			points := w.weigh(int64(a.Amount))
			a.change += points
			added += carry(adjustments, i+1, points, 1)
		}
	}
	w.entered = append(w.entered, entered{len(w.applied), added})
}

// entered is a dimension's part of all adjustments at work.
type entered struct {
	end   int   // in applied; it begins where the one before ends
	added int64 // what is left of the points that they add
}

// in gives the adjustments at work in a dimension.
func (w *work) in(dimension int) []applied {
	if len(w.applied) == 0 {
		return nil
	}
	from := 0
	if dimension > 0 {
		from = w.entered[dimension-1].end
	}
	return w.applied[from:w.entered[dimension].end]
}

// undated gives what adjustments leave of points that no date protects.
func (w *work) undated(dimension int, points int64) int64 {
	return carry(w.in(dimension), 0, points, 1)
}

// leave gives what adjustments leave of points earned at an instant: those
// dated at it or later take effect.
func (w *work) leave(dimension int, points int64, at time.Time) int64 {
	adjustments := w.in(dimension)
	if len(adjustments) == 0 {
		return points
	}
	from, _ := slices.BinarySearchFunc(adjustments, at, func(a applied, at time.Time) int { return a.At.Compare(at) })
	return carry(adjustments, from, points, 1)
}

// carry takes the same points, so many times, through the adjustments from one
// on. It books what each changes and gives the sum that is left.
func carry(adjustments []applied, from int, points, times int64) int64 {
	if times == 0 {
		return 0
	}
	for i := from; i < len(adjustments) && points != 0; i++ {
		a := &adjustments[i]
		left := points
		switch a.Op {
		case Reset:
			left = 0
		case Scale:
			left, _ = num.MulDiv(points, int64(a.Amount), int64(Point)) // fits, for Amount is at most 1
		}
		a.change += (left - points) * times
		points = left
	}
	return points * times
}
