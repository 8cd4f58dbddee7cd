package scoring

import (
	"fmt"
	"math"
	"slices"
	"sort"

	"github.com/leadloop/leadloop/internal/rule"
)

// table reviews the rows of a rule's table.
func (l *linter) table(path string, r Rule) {
	if len(r.Table.Ranges) > maxRows {
		return // Compile refuses it
	}
	l.ranges(path, r)
	l.values(path, *r.Table)
	if gives := oneMatch(r); gives == (span{}) {
		l.find(ObservedOnly, path, "", "every row of %q gives 0 points: the rule is only observed", r.Name)
	}
}

// row is a range on the line of numbers.
type row struct {
	index     int // in the table
	low, high float64
	open      bool // high does not belong to it
}

// text names the numbers of a row.
func (r row) text() string {
	switch {
	case math.IsInf(r.low, -1) && r.open:
		return fmt.Sprintf("below %v", r.high)
	case math.IsInf(r.low, -1):
		return fmt.Sprintf("up to %v", r.high)
	case math.IsInf(r.high, 1):
		return fmt.Sprintf("from %v", r.low)
	case r.low == r.high:
		return fmt.Sprint(r.low)
	case r.open:
		return fmt.Sprintf("from %v to below %v", r.low, r.high)
	}
	return fmt.Sprintf("%v to %v", r.low, r.high)
}

// endsBefore tells whether the row ends before x.
func (r row) endsBefore(x float64) bool { return r.high < x || r.high == x && r.open }

// rowsOf gives the rows that hold a number.
func rowsOf(ranges []Range) (rows []row) {
	for i, r := range ranges {
		one := row{i, math.Inf(-1), math.Inf(1), false}
		if r.From != nil {
			one.low = *r.From
		}
		if r.To != nil {
			one.high = *r.To
		}
		if r.Below != nil && *r.Below <= one.high {
			one.high, one.open = *r.Below, true
		}
		if one.low < one.high || one.low == one.high && !one.open { // false for NaN
			rows = append(rows, one)
		}
	}
	return rows
}

func (l *linter) ranges(path string, r Rule) {
	rows := rowsOf(r.Table.Ranges)
	at := func(i int) string { return fmt.Sprintf("%s.ranges[%d]", path, i) }
	covered := coveredRows(rows)
	for _, one := range rows {
		if covered[one.index] {
			l.find(RowNeverApplies, at(one.index), "", "the row %s never applies: earlier rows have all of its numbers", one.text())
		}
	}
	sorted := slices.Clone(rows)
	sort.SliceStable(sorted, func(i, j int) bool { return sorted[i].low < sorted[j].low })
	for i := 1; i < len(sorted); i++ {
		furthest, next := sorted[0], sorted[i]
		switch {
		case !furthest.endsBefore(next.low):
			first, second := min(furthest.index, next.index), max(furthest.index, next.index)
			both := row{low: next.low, high: next.high, open: next.open}
			if furthest.endsBefore(next.high) || furthest.high == next.high && furthest.open {
				both.high, both.open = furthest.high, furthest.open
			}
			if !covered[second] {
				l.find(RangesOverlap, at(second), at(first), "the row overlaps ranges[%d], %s: the first row that has a number counts", first, both.text())
			}
		case r.Table.Otherwise == nil && l.gap(furthest, next, r):
			between := fmt.Sprintf("between %v and %v", furthest.high, next.low)
			if furthest.open {
				between = fmt.Sprintf("from %v to below %v", furthest.high, next.low)
			}
			l.find(RangesGap, at(max(furthest.index, next.index)), at(min(furthest.index, next.index)), "numbers %s have no points: close the gap, or write otherwise", between)
		}
		if next.high > furthest.high || next.high == furthest.high && furthest.open {
			sorted[0] = next
		}
	}
}

// gap tells whether there surely are numbers between two rows: a field of
// integers has none between 10 and 11.
func (l *linter) gap(a, b row, r Rule) bool {
	if a.high == b.low && a.open {
		return false
	}
	declared := l.model.Fields
	if r.Each != "" {
		declared = l.model.ActivityFields
	}
	first := math.Floor(a.high) + 1 // the first integer after the row
	if a.open && math.Floor(a.high) == a.high {
		first = a.high
	}
	return first < b.low || declared[r.Table.Of] == Number
}

// coveredRows lists the rows, by index, of which earlier rows have every number.
// Between the bounds lie stretches without one; each goes to the first row that has it.
func coveredRows(rows []row) map[int]bool {
	covered := map[int]bool{}
	var bounds []float64
	for _, r := range rows {
		bounds = append(bounds, r.low, r.high)
	}
	slices.Sort(bounds)
	bounds = slices.Compact(bounds)
	next := make([]int, 2*len(bounds)+2) // the first free stretch from here on; that of bound i is 2i, then comes what follows it
	for i := range next {
		next[i] = i
	}
	free := func(i int) int {
		for next[i] != i {
			next[i] = next[next[i]]
			i = next[i]
		}
		return i
	}
	for _, r := range rows {
		low, _ := slices.BinarySearch(bounds, r.low)
		high, _ := slices.BinarySearch(bounds, r.high)
		from, to := 2*low, 2*high
		if r.open {
			to--
		}
		if free(from) > to {
			covered[r.index] = true
		}
		for i := free(from); i <= to; i = free(i) {
			next[i] = i + 1
		}
	}
	return covered
}

func (l *linter) values(path string, t Table) {
	first := map[string]int{}
	for i, row := range t.Values {
		at := fmt.Sprintf("%s.values[%d]", path, i)
		var repeated []int
		for j, text := range row.Is {
			if _, ok := first[text]; ok {
				repeated = append(repeated, j)
			} else {
				first[text] = i
			}
		}
		if len(row.Is) > 0 && len(repeated) == len(row.Is) {
			l.find(RowNeverApplies, at, "", "the row never applies: earlier rows have all of its texts")
			continue
		}
		for _, j := range repeated {
			other := first[row.Is[j]]
			l.find(ValueRepeated, fmt.Sprintf("%s.is[%d]", at, j), fmt.Sprintf("%s.values[%d]", path, other),
				"the text %q stands in values[%d] already: that row counts", row.Is[j], other)
		}
	}
}

// ages reviews the window of a rule against its decay.
func (l *linter) ages(path string, r Rule) {
	if r.Window == nil {
		return
	}
	tick := l.model.Tick
	if tick <= 0 {
		tick = Day
	}
	shortest, longest := r.Window.reach()
	longest += min(tick, math.MaxInt64-longest) // an age in ticks may be one tick above the true one
	const far = 34                              // after so many half-lives the weight is 0
	switch {
	case r.HalfLife > 0 && r.HalfLife/70 >= longest, r.Linear > 0 && r.Linear/100 >= longest:
		l.find(DecayUnseen, path+".window", "", "the decay of %q takes at most 1 %% within its window", r.Name)
	case len(r.Steps) > 0 && r.Steps[0].After >= longest:
		l.find(DecayUnseen, path+".window", path+".steps", "the decay of %q begins after its window ends", r.Name)
	}
	var gone Duration
	switch n := len(r.Steps); {
	case r.HalfLife > 0 && r.HalfLife < math.MaxInt64/far/2:
		gone = r.HalfLife * far
	case r.Linear > 0:
		gone = r.Linear
	case n > 0 && r.Steps[n-1].Share == 0:
		gone = r.Steps[n-1].After
	default:
		return
	}
	if shortest-tick > gone && r.AtLeast < 2 { // what decay leaves nothing of still counts towards at_least
		l.find(WindowUnused, path+".window", "", "the window of %q reaches further back than %s, after which its decay leaves nothing", r.Name, gone)
	}
}

// reach gives bounds of how far back a window looks, whatever the zone.
func (w Window) reach() (shortest, longest Duration) {
	days, months := Duration(min(w.Days, maxDays)), Duration(min(w.Months, maxMonths))
	switch {
	case months > 0:
		return months*28*Day - 2*Day, months*31*Day + 3*Day
	case days > 0:
		return days*Day - 2*Day, days*Day + 3*Day
	}
	return w.Span, w.Span
}

// fields and texts look for what must not be looked at.
func (l *linter) fields() {
	for _, declared := range []struct {
		path   string
		fields map[string]FieldType
	}{{"fields", l.model.Fields}, {"activity_fields", l.model.ActivityFields}} {
		for _, name := range sortedKeys(declared.fields) {
			l.special(declared.path+"."+name, name)
		}
	}
}

func (l *linter) texts(path string, r Rule) {
	l.text(path+".when", r.When)
	l.text(path+".each", r.Each)
	l.text(path+".points_expression", r.PointsExpression)
	l.text(path+".distinct", r.Distinct)
	if r.Table != nil {
		l.text(path+".table.of", r.Table.Of)
	}
	if r.Idle != nil {
		l.text(path+".idle.since", r.Idle.Since)
	}
}

func (l *linter) text(path, text string) {
	if text == "" {
		return
	}
	review, _ := rule.ReviewText(text)
	for _, name := range review.Names {
		l.special(path, name)
	}
}

func (l *linter) special(path, name string) {
	if category := specialCategory(name); category != "" {
		l.find(SpecialCategory, path, "", "%s names %s, a special category of personal data (GDPR, Article 9): take it out", name, category)
	}
}
