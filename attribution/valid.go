package attribution

import (
	"cmp"
	"slices"
	"time"
)

// This file is the one place that says which touches count for a conversion (timeline.path), in which order they stand
// (timeline.read) and who found the lead (timeline.origins).

// timeline is a journey without its repetitions, in order of time. Its buffers are reused from journey to journey.
type timeline struct {
	journey       *Journey
	touches       []int                  // indices of the distinct touches, by time, then by ID: a total order, as IDs are unique
	marketing     []int                  // those of them that are marketing's and not after the suppression
	kept          []int                  // buffer of indices
	conversions   []conversion           // distinct, by time, then by ID
	all           []conversion           // repetitions included
	refunds       []Refund               // of all of those
	pipeline      []int                  // indices of the distinct open deals, by time, then by ID
	opportunities []time.Time            // ascending
	reached       [len(stages)]time.Time // the first time of each stage; zero if never
}

// path is what shares the credit of one conversion: the valid touches in order, and which of them are key touches.
type path struct {
	journey     *Journey
	touches     []int // indices into journey.Touches, a stretch of timeline.marketing
	from        int   // where that begins
	lead        int   // position in touches of the touch that created the lead; -1 if there is none
	opportunity int   // likewise for the opportunity
	last        int   // position of the touch that stands last in the eyes of the model
}

func (p path) at(i int) time.Time { return p.journey.Touches[p.touches[i]].at() }

// read makes t the timeline of j, or returns all that is wrong with j. A repeated row counts once: its first place stays.
func (t *timeline) read(j *Journey, index int) error {
	t.journey = j
	if err := t.check(j, index); err != nil {
		return err
	}
	slices.SortFunc(t.touches, func(a, b int) int { return compareTouches(&j.Touches[a], &j.Touches[b]) })
	slices.SortFunc(t.conversions, func(a, b conversion) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.ID, b.ID))
	})
	slices.SortFunc(t.pipeline, func(a, b int) int {
		return cmp.Or(utc(j.Pipeline[a].At).Compare(utc(j.Pipeline[b].At)), cmp.Compare(j.Pipeline[a].ID, j.Pipeline[b].ID))
	})

	t.marketing = t.marketing[:0]
	for _, i := range t.touches {
		touch := &j.Touches[i]
		if touch.side() == Marketing && (j.Suppressed.IsZero() || !touch.at().After(j.Suppressed)) {
			t.marketing = append(t.marketing, i)
		}
	}

	t.opportunities = t.opportunities[:0]
	clear(t.reached[:])
	for _, m := range j.Milestones {
		at := utc(m.At)
		if m.Stage == Opportunity {
			t.opportunities = append(t.opportunities, at)
		}
		first := &t.reached[slices.Index(stages[:], m.Stage)]
		if first.IsZero() || at.Before(*first) {
			*first = at
		}
	}
	slices.SortFunc(t.opportunities, time.Time.Compare)
	return nil
}

func compareTouches(a, b *Touch) int {
	return cmp.Or(a.at().Compare(b.at()), cmp.Compare(a.ID, b.ID))
}

// utc gives an instant one form, without a monotonic reading: rows that say the same make the same ledger, and all
// comparisons go by one clock. By two clocks, of which one was set back in between, instants have no order.
func utc(t time.Time) time.Time { return t.UTC() }

func (t *Touch) at() time.Time { return utc(t.At) }

func (t *Touch) side() Side {
	if t.Side == "" {
		return Marketing
	}
	return t.Side
}

// path returns the valid touches for a conversion at that time: marketing's, not after the suppression, not after the
// conversion and not before the model's lookback window.
//
// The touch that created the lead is the last one at or before the first time that the lead was created; the touch that
// created the opportunity is the last one at or before the latest opportunity that is not after the conversion.
func (t *timeline) path(m Model, conversion time.Time) path {
	from := 0
	if m.bounded {
		from = t.after(conversion.Add(-m.lookback - 1))
	}
	p := path{journey: t.journey, touches: t.marketing[from:max(from, t.after(conversion))], from: from, lead: -1, opportunity: -1}
	p.last = len(p.touches) - 1
	if m.passes {
		for p.last >= 0 && t.journey.Touches[p.touches[p.last]].Channel == m.direct {
			p.last--
		}
		if p.last < 0 {
			p.last = len(p.touches) - 1
		}
	}

	if created := t.reached[slices.Index(stages[:], LeadCreated)]; !created.IsZero() && !created.After(conversion) {
		p.lead = max(from, t.after(created)) - from - 1
	}
	n, _ := slices.BinarySearchFunc(t.opportunities, conversion, notAfter)
	if n > 0 {
		p.opportunity = max(from, t.after(t.opportunities[n-1])) - from - 1
	}
	return p
}

// openPath returns the path as if the journey converted at its last valid touch or last milestone, whichever is later, but not
// after an instant (zero: any).
func (t *timeline) openPath(m Model, asOf time.Time) path {
	var end time.Time
	if n := len(t.marketing); n > 0 {
		end = t.journey.Touches[t.marketing[n-1]].at()
	}
	for _, milestone := range t.journey.Milestones {
		if at := utc(milestone.At); at.After(end) {
			end = at
		}
	}
	if !asOf.IsZero() && end.After(asOf) {
		end = asOf
	}
	return t.path(m, end)
}

// after returns the number of marketing's touches at or before the instant.
func (t *timeline) after(instant time.Time) int {
	n, _ := slices.BinarySearchFunc(t.marketing, instant, func(i int, instant time.Time) int {
		return notAfter(t.journey.Touches[i].at(), instant)
	})
	return n
}

// notAfter orders for a binary search that finds the number of instants at or before the target.
func notAfter(element, target time.Time) int {
	if element.After(target) {
		return 1
	}
	return -1
}

// conversion is one without its repetitions, its refunds in order of time, then ID.
type conversion struct {
	ID      string
	At      time.Time
	Revenue int64
	Refunds []Refund
}

// net is what is left of the revenue after the refunds up to an instant; zero: after all.
func (c *conversion) net(asOf time.Time) int64 {
	net := c.Revenue
	for _, r := range c.Refunds {
		if asOf.IsZero() || !r.At.After(asOf) {
			net -= r.Amount
		}
	}
	return net
}

// origins says whose find a deal is, by each definition of Origin; "" is unknown. It looks at what happened up to the
// conversion, and at neither internal nor automated touches nor those of marketing after the suppression.
func (t *timeline) origins(conversion time.Time) (o Origins, firstMarketing *Touch) {
	var first *Touch
	var contact time.Time // the first sales activity
	for _, i := range t.touches {
		touch := &t.journey.Touches[i]
		at := touch.at()
		if at.After(conversion) {
			break
		}
		switch {
		case touch.side() == Sales:
			if contact.IsZero() {
				contact = at
			}
		case touch.side() != Marketing, !t.journey.Suppressed.IsZero() && at.After(t.journey.Suppressed):
			continue
		case firstMarketing == nil:
			firstMarketing = touch
		}
		if first == nil {
			first = touch
		}
	}

	o.SourceField = t.journey.Source

	created := t.reached[slices.Index(stages[:], LeadCreated)]
	if first != nil && (created.IsZero() || !first.at().After(created)) {
		o.FirstTouch = first.side()
	}

	for _, stage := range [...]Stage{SAL, SQL, Opportunity} {
		at := t.reached[slices.Index(stages[:], stage)]
		if !at.IsZero() && !at.After(conversion) && (contact.IsZero() || at.Before(contact)) {
			contact = at
		}
	}
	switch {
	case firstMarketing != nil && (contact.IsZero() || firstMarketing.at().Before(contact)):
		o.BeforeSales = Marketing
	case !contact.IsZero():
		o.BeforeSales = Sales
	}
	return o, firstMarketing
}
