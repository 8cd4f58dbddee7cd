package attribution

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Validate returns everything that is wrong with the journey: each an *Error, joined. Book, Compare, Credit and Tally.Add
// do the same check.
func (j Journey) Validate() error {
	var t timeline
	return t.check(&j, -1)
}

// check collects the errors of j, and into t the indices of its distinct touches and its distinct conversions, unordered.
func (t *timeline) check(j *Journey, index int) error {
	var errs []error
	add := func(path string, err error, advice string) {
		errs = append(errs, &Error{Index: index, Journey: j.ID, Path: path, Err: err, Advice: advice})
	}
	at := func(list string, i int, field string) string { return fmt.Sprintf("%s[%d].%s", list, i, field) }

	checkTime := func(list string, i int, t time.Time, missing string) {
		if t.IsZero() {
			add(at(list, i, "at"), ErrMissing, missing)
		} else if impossible(t) {
			add(at(list, i, "at"), ErrTime, years)
		}
	}

	if j.ID == "" {
		add("id", ErrMissing, "give the journey an opaque id")
	}
	if !knownSide(j.Source) {
		add("source", ErrUnknown, `use "", "marketing", "sales", "internal" or "automated"`)
	}

	if impossible(j.Suppressed) {
		add("suppressed", ErrTime, years)
	}
	for i := range j.Touches {
		touch := &j.Touches[i]
		if touch.ID == "" {
			add(at("touches", i, "id"), ErrMissing, "give the touch an id that stays the same when it is sent again")
		}
		if touch.Channel == "" {
			add(at("touches", i, "channel"), ErrMissing, "name the channel")
		}
		checkTime("touches", i, touch.At, "say when it happened")
		if touch.Cost < 0 {
			add(at("touches", i, "cost"), ErrNegative, "a cost is zero or more minor units")
		}
		if !knownSide(touch.Side) {
			add(at("touches", i, "side"), ErrUnknown, `use "", "marketing", "sales", "internal" or "automated"`)
		}
	}
	for i, m := range j.Milestones {
		if !slices.Contains(stages[:], m.Stage) {
			add(at("milestones", i, "stage"), ErrUnknown, `use "lead_created", "mql", "sal", "opportunity" or "won"`)
		}
		checkTime("milestones", i, m.At, "say when the stage was reached")
	}
	for i := range j.Conversions {
		c := &j.Conversions[i]
		if c.ID == "" {
			add(at("conversions", i, "id"), ErrMissing, "give the conversion an id that stays the same when it is sent again")
		}
		checkTime("conversions", i, c.At, "say when it was won")
		if c.Revenue < 0 {
			add(at("conversions", i, "revenue"), ErrNegative, "revenue is zero or more minor units; refunds are not booked here")
		}
	}

	t.touches = distinct(t.touches, len(j.Touches),
		func(i int) string { return j.Touches[i].ID },
		func(a, b int) bool { return sameTouch(j.Touches[a], j.Touches[b]) },
		func(i int) {
			add(at("touches", i, "id"), ErrConflict, "send the same content again or use an id of its own")
		})

	kept := distinct(t.kept, len(j.Conversions),
		func(i int) string { return j.Conversions[i].ID },
		func(a, b int) bool { return sameConversion(j.Conversions[a], j.Conversions[b]) },
		func(i int) {
			add(at("conversions", i, "id"), ErrConflict, "send the same content again or use an id of its own")
		})
	t.kept = kept
	t.conversions = t.conversions[:0]
	for _, i := range kept {
		c := j.Conversions[i]
		c.At = utc(c.At)
		t.conversions = append(t.conversions, c)
	}
	return errors.Join(errs...)
}

const years = "give an instant in the years 1 to 9999 of UTC"

// impossible tells of an instant that JSON could not carry.
func impossible(t time.Time) bool {
	year := t.UTC().Year()
	return year < 1 || year > 9999
}

func knownSide(s Side) bool {
	switch s {
	case "", Marketing, Sales, Internal, Automated:
		return true
	}
	return false
}

// distinct returns, in the buffer dst, the index of the first row of each id among n rows, and calls conflict for each row
// that has an earlier row's id but not its content. Rows without an id are reported as such and not compared.
func distinct(dst []int, n int, id func(int) string, same func(a, b int) bool, conflict func(int)) []int {
	dst = dst[:0]
	for i := range n {
		dst = append(dst, i)
	}
	slices.SortFunc(dst, func(a, b int) int { return cmp.Or(cmp.Compare(id(a), id(b)), cmp.Compare(a, b)) })
	kept := dst[:0]
	for _, i := range dst {
		if last := len(kept) - 1; last >= 0 && id(i) != "" && id(kept[last]) == id(i) {
			if !same(kept[last], i) {
				conflict(i)
			}
			continue
		}
		kept = append(kept, i)
	}
	return kept
}

// sameTouch compares instants, not their zones, and takes "" and Marketing for the same side.
func sameTouch(a, b Touch) bool {
	if !a.at().Equal(b.at()) || a.side() != b.side() {
		return false
	}
	a.At, b.At, a.Side, b.Side = time.Time{}, time.Time{}, "", ""
	return a == b
}

func sameConversion(a, b Conversion) bool {
	return a.ID == b.ID && a.Revenue == b.Revenue && utc(a.At).Equal(utc(b.At))
}
