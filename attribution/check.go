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

// check collects the errors of j, and into t the indices of its distinct touches and open deals and its distinct
// conversions, unordered.
func (t *timeline) check(j *Journey, index int) error {
	c := checker{journey: j, index: index}
	c.head()
	c.touches()
	c.milestones()
	c.conversions()
	c.pipeline()
	t.touches = distinct(t.touches, len(j.Touches),
		func(i int) string { return j.Touches[i].ID },
		func(a, b int) bool { return sameTouch(j.Touches[a], j.Touches[b]) },
		func(i int) { c.add(at("touches", i, "id"), ErrConflict, again) })
	t.pipeline = distinct(t.pipeline, len(j.Pipeline),
		func(i int) string { return j.Pipeline[i].ID },
		func(a, b int) bool { return sameDeal(j.Pipeline[a], j.Pipeline[b]) },
		func(i int) { c.add(at("pipeline", i, "id"), ErrConflict, again) })
	t.readConversions(&c)
	return errors.Join(c.errs...)
}

// readConversions finds the distinct conversions and the distinct refunds of each.
func (t *timeline) readConversions(c *checker) {
	j := c.journey
	t.refunds, t.all = t.refunds[:0], t.all[:0]
	for i := range j.Conversions {
		from := &j.Conversions[i]
		read := conversion{ID: from.ID, At: utc(from.At), Revenue: from.Revenue}
		if len(from.Refunds) > 0 {
			list := at("conversions", i, "refunds")
			t.kept = distinct(t.kept, len(from.Refunds),
				func(k int) string { return from.Refunds[k].ID },
				func(a, b int) bool { return sameRefund(from.Refunds[a], from.Refunds[b]) },
				func(k int) { c.add(at(list, k, "id"), ErrConflict, again) })
			begin := len(t.refunds)
			for _, k := range t.kept {
				r := from.Refunds[k]
				r.At = utc(r.At)
				t.refunds = append(t.refunds, r)
			}
			read.Refunds = t.refunds[begin:len(t.refunds):len(t.refunds)]
			slices.SortFunc(read.Refunds, func(a, b Refund) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.ID, b.ID)) })
		}
		left := read.Revenue
		for _, r := range read.Refunds {
			if r.Amount > left && r.Amount > 0 && left >= 0 {
				c.add(at("conversions", i, "refunds"), ErrRefund, "refunds are together no more than the revenue")
				break
			}
			left -= max(0, r.Amount)
		}
		t.all = append(t.all, read)
	}
	t.kept = distinct(t.kept, len(j.Conversions),
		func(i int) string { return j.Conversions[i].ID },
		func(a, b int) bool { return t.all[a].same(&t.all[b]) },
		func(i int) { c.add(at("conversions", i, "id"), ErrConflict, again) })
	t.conversions = t.conversions[:0]
	for _, i := range t.kept {
		t.conversions = append(t.conversions, t.all[i])
	}
}

// A checker collects what is wrong with a journey.
type checker struct {
	journey *Journey
	index   int
	errs    []error
}

func (c *checker) add(path string, err error, advice string) {
	c.errs = append(c.errs, &Error{Index: c.index, Journey: c.journey.ID, Path: path, Err: err, Advice: advice})
}

// at gives the path of a field of a row.
func at(list string, i int, field string) string { return fmt.Sprintf("%s[%d].%s", list, i, field) }

// time checks a required instant, and reports whether it is one.
func (c *checker) time(list string, i int, t time.Time, missing string) bool {
	switch {
	case t.IsZero():
		c.add(at(list, i, "at"), ErrMissing, missing)
	case impossible(t):
		c.add(at(list, i, "at"), ErrTime, years)
	default:
		return true
	}
	return false
}

func (c *checker) id(list string, i int, id, advice string) {
	if id == "" {
		c.add(at(list, i, "id"), ErrMissing, advice)
	}
}

func (c *checker) head() {
	if c.journey.ID == "" {
		c.add("id", ErrMissing, "give the journey an opaque id")
	}
	if !knownSide(c.journey.Source) {
		c.add("source", ErrUnknown, sides)
	}
	if impossible(c.journey.Suppressed) {
		c.add("suppressed", ErrTime, years)
	}
}

func (c *checker) touches() {
	const list = "touches"
	for i := range c.journey.Touches {
		touch := &c.journey.Touches[i]
		c.id(list, i, touch.ID, "give the touch an id that stays the same when it is sent again")
		if touch.Channel == "" {
			c.add(at(list, i, "channel"), ErrMissing, "name the channel")
		}
		c.time(list, i, touch.At, "say when it happened")
		if touch.Cost < 0 {
			c.add(at(list, i, "cost"), ErrNegative, "a cost is zero or more minor units")
		}
		if !knownSide(touch.Side) {
			c.add(at(list, i, "side"), ErrUnknown, sides)
		}
	}
}

func (c *checker) milestones() {
	const list = "milestones"
	for i, m := range c.journey.Milestones {
		if !slices.Contains(stages[:], m.Stage) {
			c.add(at(list, i, "stage"), ErrUnknown, `use "lead_created", "mql", "sal", "sql", "opportunity" or "won"`)
		}
		c.time(list, i, m.At, "say when the stage was reached")
	}
}

func (c *checker) conversions() {
	const list = "conversions"
	for i := range c.journey.Conversions {
		won := &c.journey.Conversions[i]
		c.id(list, i, won.ID, "give the conversion an id that stays the same when it is sent again")
		c.time(list, i, won.At, "say when it was won")
		if won.Revenue < 0 {
			c.add(at(list, i, "revenue"), ErrNegative, "revenue is zero or more minor units; what was paid back is a refund of it")
		}
		if len(won.Refunds) == 0 {
			continue
		}
		refunds := at(list, i, "refunds")
		for k := range won.Refunds {
			r := &won.Refunds[k]
			c.id(refunds, k, r.ID, "give the refund an id that stays the same when it is sent again")
			if c.time(refunds, k, r.At, "say when it was paid back") && utc(r.At).Before(utc(won.At)) {
				c.add(at(refunds, k, "at"), ErrRefund, "a refund is not earlier than its conversion")
			}
			if r.Amount <= 0 {
				c.add(at(refunds, k, "amount"), ErrRefund, "give the positive amount that was paid back")
			}
		}
	}
}

func (c *checker) pipeline() {
	const list = "pipeline"
	for i := range c.journey.Pipeline {
		d := &c.journey.Pipeline[i]
		c.id(list, i, d.ID, "give the open deal an id that stays the same when it is sent again")
		opened := c.time(list, i, d.At, "say when it was opened")
		switch {
		case impossible(d.Closed):
			c.add(at(list, i, "closed"), ErrTime, years)
		case opened && !d.Closed.IsZero() && utc(d.Closed).Before(utc(d.At)):
			c.add(at(list, i, "closed"), ErrTime, "a deal is not closed before it is opened")
		}
		if d.Amount < 0 {
			c.add(at(list, i, "amount"), ErrNegative, "an amount is zero or more minor units")
		}
	}
}

// Advice that several fields share.
const (
	again = "send the same content again or use an id of its own"
	sides = `use "", "marketing", "sales", "internal" or "automated"`
)

const years = "give an instant in the years 1 to 9999 of UTC"

// impossible tells of an instant that JSON could not carry.
func impossible(t time.Time) bool {
	second := t.Unix()
	return second < firstSecond || second >= endSecond
}

// The seconds since 1970 at which the years 1 and 10000 of UTC begin.
var firstSecond, endSecond = time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC).Unix(), time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC).Unix()

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

func sameDeal(a, b OpenDeal) bool {
	return a.ID == b.ID && a.Amount == b.Amount && utc(a.At).Equal(utc(b.At)) && utc(a.Closed).Equal(utc(b.Closed))
}

func sameRefund(a, b Refund) bool {
	return a.ID == b.ID && a.Amount == b.Amount && utc(a.At).Equal(utc(b.At))
}

// same compares what is left when repetitions are gone.
func (c *conversion) same(d *conversion) bool {
	return c.ID == d.ID && c.Revenue == d.Revenue && c.At.Equal(d.At) && slices.EqualFunc(c.Refunds, d.Refunds, sameRefund)
}
