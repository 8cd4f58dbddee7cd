package scoring

import (
	"fmt"
	"math"
)

// span is what a sum of points can be: from least to most.
type span struct{ least, most int64 }

// endless stands for points without a bound.
const endless = math.MaxInt64 / 4

// String writes the span in words.
func (s span) String() string {
	switch {
	case s.least <= -endless && s.most >= endless:
		return "any number of points"
	case s.least <= -endless:
		return fmt.Sprintf("at most %s points", Points(s.most))
	case s.most >= endless:
		return fmt.Sprintf("at least %s points", Points(s.least))
	case s.least == s.most:
		return fmt.Sprintf("%s points", Points(s.least))
	}
	return fmt.Sprintf("%s to %s points", Points(s.least), Points(s.most))
}

func (s span) plus(other span) span {
	return span{max(s.least+other.least, -endless), min(s.most+other.most, endless)}
}

// within bounds the span by limits.
func (s span) within(minimum, maximum *Points) span {
	if maximum != nil {
		s.least, s.most = min(s.least, finite(*maximum)), min(s.most, finite(*maximum))
	}
	if minimum != nil {
		s.least, s.most = max(s.least, finite(*minimum)), max(s.most, finite(*minimum))
	}
	return s
}

// finite keeps points that Compile would refuse from overflowing.
func finite(p Points) int64 { return int64(max(-endless, min(p, endless))) }

// reach gives what the points of a dimension can be, and finds limits on the way
// that do nothing, or too much. Adjustments can bring what a rule gives nearer
// to 0, hence each rule's span holds 0.
func (l *linter) reach(path string, d Dimension) span {
	sum := l.sum(path, d.Rules)
	for i, g := range d.Groups {
		at := fmt.Sprintf("%s.groups[%d]", path, i)
		part := l.sum(at, g.Rules)
		l.unusedLimits(at, "group", part, g.Minimum, g.Maximum)
		for j, r := range g.Rules {
			l.cut(fmt.Sprintf("%s.rules[%d]", at, j), r, part, "group", g.Minimum, g.Maximum)
		}
		sum = sum.plus(part.within(g.Minimum, g.Maximum))
	}
	sum = l.idle(path, d, sum)
	l.unusedLimits(path, "dimension", sum, d.Minimum, d.Maximum)
	for i, r := range d.Rules {
		l.cut(fmt.Sprintf("%s.rules[%d]", path, i), r, sum, "dimension", d.Minimum, d.Maximum)
	}
	for i, g := range d.Groups {
		for j, r := range g.Rules {
			l.cut(fmt.Sprintf("%s.groups[%d].rules[%d]", path, i, j), r, sum, "dimension", d.Minimum, d.Maximum)
		}
	}
	return sum.within(d.Minimum, d.Maximum)
}

// sum adds what rules give, but for idle rules, which count last.
func (l *linter) sum(path string, rules []Rule) (sum span) {
	for i, r := range rules {
		at := fmt.Sprintf("%s.rules[%d]", path, i)
		all := given(r)
		l.unusedLimits(at, "rule", all, r.Minimum, r.Maximum)
		others := span{}
		if all != oneMatch(r) { // several matches may offset each other
			others = all
		}
		l.cut(at, r, others, "rule", r.Minimum, r.Maximum)
		if r.Idle == nil {
			sum = sum.plus(all.within(r.Minimum, r.Maximum))
		}
	}
	return sum
}

// given is what a rule gives in all, before its limits.
func given(r Rule) span {
	all := oneMatch(r)
	if r.Idle != nil || r.Each != "" && r.Repeat != Once {
		if all.least < 0 {
			all.least = -endless
		}
		if all.most > 0 {
			all.most = endless
		}
	}
	return all
}

// oneMatch is what one match of a rule can give.
func oneMatch(r Rule) (s span) {
	cover := func(p Points) { s.least, s.most = min(s.least, finite(p)), max(s.most, finite(p)) }
	switch {
	case r.PointsExpression != "":
		cover(-MaxPoints)
		cover(MaxPoints)
	case r.Table != nil:
		for _, row := range r.Table.Ranges {
			cover(row.Points)
		}
		for _, row := range r.Table.Values {
			cover(row.Points)
		}
		for _, p := range []*Points{r.Table.Otherwise, r.Table.Missing} {
			if p != nil {
				cover(*p)
			}
		}
	default:
		cover(r.Points)
	}
	return s
}

// unusedLimits finds limits that what they limit never reaches.
func (l *linter) unusedLimits(path, what string, sum span, minimum, maximum *Points) {
	if path != "" {
		path += "."
	}
	if maximum != nil && sum.most < int64(*maximum) {
		l.find(LimitUnused, path+"maximum", "", "the %s never comes to the maximum %s: its rules give at most %s", what, *maximum, Points(sum.most))
	}
	if minimum != nil && sum.least > int64(*minimum) {
		l.find(LimitUnused, path+"minimum", "", "the %s never comes to the minimum %s: its rules give at least %s", what, *minimum, Points(sum.least))
	}
}

// cut finds points of a single match that a limit always cuts, for nothing else
// under the limit makes room for them. Points that decay are left alone: there a
// limit says how long they stay.
func (l *linter) cut(path string, r Rule, sum span, what string, minimum, maximum *Points) {
	if r.HalfLife != 0 || r.Linear != 0 || len(r.Steps) > 0 || r.Idle != nil || r.PointsExpression != "" {
		return
	}
	check := func(path string, p Points) {
		limit, bound, room := maximum, "maximum", sum.least < 0
		if p < 0 {
			limit, bound, room = minimum, "minimum", sum.most > 0
		}
		kind := PointsCut
		switch {
		case p == 0 || limit == nil || room || p > 0 && (p <= *limit || *limit < 0) || p < 0 && (p >= *limit || *limit > 0) || l.cuts[path]:
			return
		case *limit == 0:
			kind = NeverMatters
		}
		l.cuts[path] = true
		l.find(kind, path, "", "of the %s points of %q, the %s's %s lets %s count", p, r.Name, what, bound, *limit)
	}
	if r.Table == nil {
		check(path+".points", r.Points)
		return
	}
	for i, row := range r.Table.Ranges {
		check(fmt.Sprintf("%s.table.ranges[%d].points", path, i), row.Points)
	}
	for i, row := range r.Table.Values {
		check(fmt.Sprintf("%s.table.values[%d].points", path, i), row.Points)
	}
	if p := r.Table.Otherwise; p != nil {
		check(path+".table.otherwise", *p)
	}
	if p := r.Table.Missing; p != nil {
		check(path+".table.missing", *p)
	}
}

// idle takes the sum of a dimension's other rules through its idle rules.
func (l *linter) idle(path string, d Dimension, sum span) span {
	last := -1
	for i, r := range d.Rules {
		if r.Idle != nil {
			last = i
		}
	}
	for i, r := range d.Rules {
		if r.Idle == nil {
			continue
		}
		given := given(r).within(r.Minimum, r.Maximum)
		floor := r.Idle.Floor
		if floor == nil {
			sum = sum.plus(given)
			continue
		}
		at := fmt.Sprintf("%s.rules[%d].idle.floor", path, i)
		switch {
		case r.Points == 0:
		case int64(*floor) >= sum.most:
			l.find(NeverMatters, at, "", "the floor %s of %q is not below what the dimension can have, at most %s: the rule takes nothing", *floor, r.Name, Points(sum.most))
		case i == last && d.Maximum != nil && *floor >= *d.Maximum:
			l.find(NeverMatters, at, path+".maximum", "the floor %s of %q is not below the dimension's maximum %s: what the rule takes is cut anyway", *floor, r.Name, *d.Maximum)
		}
		low := max(sum.least+given.least, min(sum.least, int64(*floor)), -endless)
		sum = span{low, min(sum.most+given.most, endless)}
	}
	return sum
}
