package scoring

import (
	"math"
	"slices"
	"time"

	"github.com/leadloop/leadloop/internal/rule"
)

// Dependencies is what a model looks at: a host need not load more, and need
// not score again when something else changes.
type Dependencies struct {
	Lead     []string           `json:"lead,omitempty"`     // the lead's fields, sorted
	Activity []string           `json:"activity,omitempty"` // the activities' fields, sorted
	Horizon  Horizon            `json:"horizon"`
	Clock    []string           `json:"clock,omitempty"` // rules because of which [Scorer.NextChange] is unknown, such as fit/young
	Rules    []RuleDependencies `json:"rules,omitempty"` // in the model's order; without disqualifiers
}

// RuleDependencies is what one rule looks at.
type RuleDependencies struct {
	Dimension string   `json:"dimension"`
	Rule      string   `json:"rule"`
	Lead      []string `json:"lead,omitempty"`
	Activity  []string `json:"activity,omitempty"`
	Horizon   Horizon  `json:"horizon"`
	Clock     bool     `json:"clock,omitempty"` // it uses Now otherwise than in a comparison with a time plus or minus a constant
}

// Horizon is how far back activities matter. Those dated Span or more before
// now can be left out, now and at any later time: points, bands, grade,
// thresholds and disqualifications stay the same. What goes with them is what
// tells of them only: lines and hits of 0 points, counts of rules that decay, and
// problems. (A condition on the lead that fails on a record's flawed value no
// longer fails without it.)
//
// An Each rule looks back as far as its window or as its condition does, as in
// At > Now - duration("30d"), or until decay has brought its points to 0 for good,
// whichever is least. Windows of days and months count as four days longer,
// for clock changes, and months as of 31 days. Rules of 0 points, which are there to be
// seen, do not end by decay; nor do those with AtLeast. Idle rules look back
// without end, for the newest activity may be as old as can be, and so do conditions on the
// lead that count activities of any age.
type Horizon struct {
	All  bool     `json:"all,omitempty"`  // every activity matters
	Span Duration `json:"span,omitempty"` // if not All: 0 if none does
}

// Since gives the instant after which activities matter; false if all do.
func (h Horizon) Since(now time.Time) (time.Time, bool) {
	return now.Add(-time.Duration(h.Span)), !h.All
}

// further gives the longer of two.
func (h Horizon) further(o Horizon) Horizon {
	if h.All || o.All {
		return Horizon{All: true}
	}
	return Horizon{Span: max(h.Span, o.Span)}
}

// nearer gives the shorter of two.
func (h Horizon) nearer(o Horizon) Horizon {
	switch {
	case h.All:
		return o
	case o.All:
		return h
	}
	return Horizon{Span: min(h.Span, o.Span)}
}

// text is what the texts of a rule tell of themselves.
type text interface {
	Fields() (lead, activity []string)
	Times() ([]rule.Edge, bool)
	Back() rule.Back
}

func backOf(t text) Horizon {
	b := t.Back()
	return Horizon{b.All, Duration(b.Span)}
}

// Depends tells what the model looks at. The time is proportional to the
// number of rules.
func (s *Scorer[L, A]) Depends() Dependencies {
	var d Dependencies
	for i := range s.dimensions {
		for r := range s.rulesOf(i) {
			one := RuleDependencies{Dimension: s.dimensions[i].name, Rule: r.name, Horizon: s.horizon(r)}
			one.read(s.texts(r))
			if r.kind != onLead {
				one.Activity = append(one.Activity, "At")
			}
			one.Lead, one.Activity = sorted(one.Lead), sorted(one.Activity)
			if one.Clock {
				d.Clock = append(d.Clock, one.Dimension+"/"+one.Rule)
			}
			d.Rules = append(d.Rules, one)
			d.add(one)
		}
	}
	for i := range s.disqualifiers {
		q := &s.disqualifiers[i]
		one := RuleDependencies{Horizon: backOf(q.condition)}
		if one.read([]text{q.condition}); one.Clock {
			d.Clock = append(d.Clock, q.Name)
		}
		d.add(one)
	}
	if d.Horizon != (Horizon{}) {
		d.Activity = append(d.Activity, "At") // what is to come does not count
	}
	d.Lead, d.Activity = sorted(d.Lead), sorted(d.Activity)
	return d
}

// Horizon tells how far back activities matter.
func (s *Scorer[L, A]) Horizon() Horizon { return s.Depends().Horizon }

func (d *Dependencies) add(one RuleDependencies) {
	d.Lead, d.Activity = append(d.Lead, one.Lead...), append(d.Activity, one.Activity...)
	d.Horizon = d.Horizon.further(one.Horizon)
}

func (d *RuleDependencies) read(texts []text) {
	for _, t := range texts {
		lead, activity := t.Fields()
		d.Lead, d.Activity = append(d.Lead, lead...), append(d.Activity, activity...)
		if _, known := t.Times(); !known {
			d.Clock = true
		}
	}
}

func sorted(names []string) []string {
	slices.Sort(names)
	return slices.Compact(names)
}

// rulesOf gives the rules of a dimension and its groups.
func (s *Scorer[L, A]) rulesOf(dimension int) func(yield func(*compiledRule[L, A]) bool) {
	return func(yield func(*compiledRule[L, A]) bool) {
		d := &s.dimensions[dimension]
		lists := [][]compiledRule[L, A]{d.rules}
		for i := range d.groups {
			lists = append(lists, d.groups[i].rules)
		}
		for _, list := range lists {
			for i := range list {
				if !yield(&list[i]) {
					return
				}
			}
		}
	}
}

// sourceOf gives where a rule has its points from.
func (s *Scorer[L, A]) sourceOf(r *compiledRule[L, A]) *source[L, A] {
	if r.kind == onActivity {
		return &s.eaches[r.index].source
	}
	return &r.source
}

// texts lists a rule's texts.
func (s *Scorer[L, A]) texts(r *compiledRule[L, A]) (texts []text) {
	from := s.sourceOf(r)
	if from.condition != nil {
		texts = append(texts, from.condition)
	}
	if from.value != nil {
		texts = append(texts, from.value)
	}
	if from.table != nil {
		texts = append(texts, from.table.of)
	}
	switch {
	case r.kind == onActivity && s.eaches[r.index].distinct != nil:
		texts = append(texts, s.eaches[r.index].distinct)
	case r.kind == onSilence && r.index >= 0:
		texts = append(texts, s.eaches[r.index].source.condition)
	}
	if r.kind == onSilence && r.idle.since != nil {
		texts = append(texts, r.idle.since)
	}
	return texts
}

// horizon tells how far back a rule looks.
func (s *Scorer[L, A]) horizon(r *compiledRule[L, A]) Horizon {
	switch r.kind {
	case onSilence:
		return Horizon{All: true}
	case onLead:
		var h Horizon
		for _, t := range s.texts(r) {
			h = h.further(backOf(t))
		}
		return h
	}
	each := &s.eaches[r.index]
	h := backOf(each.source.condition)
	if each.window >= 0 {
		h = h.nearer(s.windows[each.window].longest())
	}
	if least, most := each.source.spread(); each.decay != nil && each.atLeast < 2 && (least != 0 || most != 0) {
		h = h.nearer(each.decay.longest(max(-least, most), s.tick))
	}
	return h
}

// spread bounds the points that a source can give.
func (s *source[L, A]) spread() (least, most int64) {
	switch {
	case s.value != nil:
		return -int64(MaxPoints), int64(MaxPoints)
	case s.table != nil:
		return s.table.bounds()
	}
	return s.points, s.points
}

// bounds are the least and the most points of a table's rows.
func (t *table[L, A]) bounds() (least, most int64) {
	least, most = math.MaxInt64, math.MinInt64
	look := func(row *tableRow) {
		if row != nil {
			least, most = min(least, row.points), max(most, row.points)
		}
	}
	for i := range t.ranges {
		look(t.ranges[i].row)
	}
	for _, row := range t.values {
		look(row)
	}
	look(t.otherwise)
	look(t.missing)
	return min(least, most), max(least, most)
}

// longest bounds a window in exact time. A zone's clock is never put by more than
// three days.
func (w Window) longest() Horizon {
	if w.Span != 0 {
		return Horizon{Span: w.Span}
	}
	days := w.Days + 31*w.Months + 4
	return Horizon{Span: Duration(days) * Day}
}

// longest tells when decay has brought points, of so many up or down, to 0 for good.
func (d *decay) longest(most, tick int64) Horizon {
	ages, ends := d.flat(most)
	return inTicks(ages, ends, tick)
}

// settled tells when decay changes points no more, be they 0 or not.
func (d *decay) settled(most, tick int64) Horizon {
	if d.steps != nil {
		return inTicks(d.steps[len(d.steps)-1].from, true, tick)
	}
	return d.longest(most, tick)
}

func inTicks(ages uint64, ends bool, tick int64) Horizon {
	if !ends || ages > uint64(math.MaxInt64/int64(time.Second)/tick) {
		return Horizon{All: true}
	}
	return Horizon{Span: Duration(ages) * Duration(tick) * Duration(time.Second)}
}

// flat gives the least age in ticks from which on nothing is left of so many
// points; false if something always is.
func (d *decay) flat(most int64) (ages uint64, ok bool) {
	if d.steps != nil {
		for _, step := range d.steps {
			if d.apply(most, step.from) == 0 {
				return step.from, true
			}
		}
		return 0, false
	}
	low, high := uint64(0), d.span/d.tick*34+34*(d.span%d.tick)/d.tick+2 // weights are 0 after 34 half-lives
	for low < high {
		if age := low + (high-low)/2; d.apply(most, age) == 0 {
			high = age
		} else {
			low = age + 1
		}
	}
	return low, true
}
