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

// enter begins a dimension: its adjustments, and the points that they add.
func (w *work) enter(dimension string) (added int64) {
	w.applied = w.applied[:0]
	for _, a := range w.dated {
		if a.Dimension == AllDimensions || a.Dimension == dimension {
			w.applied = append(w.applied, applied{Adjustment: a})
		}
	}
	for i := range w.applied {
		a := &w.applied[i]
		if a.Op == Add {
			points := w.weigh(int64(a.Amount))
			a.change += points
			added += w.carry(points, i+1)
		}
	}
	return added
}

// undated gives what adjustments leave of points that no date protects.
func (w *work) undated(points int64) int64 { return w.carry(points, 0) }

// earned gives what adjustments leave of points earned at an instant: those
// dated at it or later take effect.
func (w *work) earned(points int64, at time.Time) int64 {
	if len(w.applied) == 0 {
		return points
	}
	from, _ := slices.BinarySearchFunc(w.applied, at, func(a applied, at time.Time) int { return a.At.Compare(at) })
	return w.carry(points, from)
}

// carry takes points through the adjustments from one on and books what each changes.
func (w *work) carry(points int64, from int) int64 {
	for i := from; i < len(w.applied) && points != 0; i++ {
		a := &w.applied[i]
		left := points
		switch a.Op {
		case Reset:
			left = 0
		case Scale:
			left, _ = num.MulDiv(points, int64(a.Amount), int64(Point)) // fits, for Amount is at most 1
		}
		a.change += left - points
		points = left
	}
	return points
}
