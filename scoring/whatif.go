package scoring

import (
	"cmp"
	"slices"
	"time"

	"github.com/leadloop/leadloop/internal/rule"
)

// Lift is what would lift a lead, and where it would stand then.
type Lift struct {
	Unmet      []Unmet          `json:"unmet"` // all that it takes, in the model's order
	Added      Points           `json:"added"` // what it adds to the dimensions' sum, within their limits
	Total      Points           `json:"total"`
	Grade      string           `json:"grade,omitempty"`
	Dimensions []DimensionScore `json:"dimensions"`
	Crossed    []string         `json:"crossed,omitempty"` // thresholds that are newly reached
	// Disqualified lists the disqualifiers that stand in the way whatever the points.
	Disqualified []Disqualification `json:"disqualified,omitempty"`
}

// Unmet is a rule that the lead does not meet yet, or not to the full.
type Unmet struct {
	Dimension string `json:"dimension"`
	Group     string `json:"group,omitempty"`
	Rule      string `json:"rule"`
	// Activities is how many more matching activities it takes, now and each new in
	// the sense of [Rule.Distinct]; 0 if it is the lead that must meet the rule.
	Activities int `json:"activities,omitempty"`
	// Points is what a match gives, before adjustments and limits: of a table, it tells the row.
	// Of an idle rule it is what the silence takes, which one activity ends.
	Points Points `json:"points"`
}

// What WhatIf looks through at most.
const (
	mostPaired   = 64 // rules that are tried in pairs or put together
	mostTogether = 16 // rules that are put together
)

// WhatIf says what would lift the lead: its grade changes, a band of the grade
// rises and none falls. In a model without a grade it is a band of any dimension that rises, and in one
// without bands a threshold that is newly reached. It tries for every rule what
// a match would add now, through adjustments and all limits: a rule on the lead that does not
// match, a better row of a table, more activities, the end of a silence. Rules are taken by themselves:
// what else a change of the lead or an activity would bring is left aside, as are
// rules whose points an expression computes.
//
// Each rule that alone suffices is a lift, by fewest points added and then in the
// model's order. If there is none, the result is one lift of several rules: the
// pair that suffices with the fewest points, among the 64 rules that add most; or
// else up to 16 rules of one dimension (of all where thresholds are what counts),
// each time the one of those 64 that then adds most, which may be more rules than
// the fewest possible. It is nil if none of that suffices, or without a lead. The
// time is that of a score, and of summing a dimension for each of its rules and a
// few thousand times more.
func (s *Scorer[L, A]) WhatIf(subject Subject[L, A], now time.Time) []Lift {
	now = now.Round(0)
	w := s.borrow()
	defer s.giveBack(w)
	activities := subject.Activities
	if !s.countable(w, len(activities)) {
		activities = nil
	}
	run, err := s.compiler.Begin(&rule.Subject[L, A]{Lead: subject.Lead, Activities: activities, Now: now})
	if err != nil {
		return nil
	}
	defer run.End()
	run.Decide(s.set)
	w.adjustments(subject.Adjustments, s.knows, now)
	s.prepare(w, now)
	s.earn(w, run, len(activities))
	l := &lifter[L, A]{scorer: s, work: w, nets: make([][]int64, len(s.dimensions)), sums: make([]int64, len(s.dimensions))}
	for i := range s.dimensions {
		l.dimension(run, i)
	}
	var today Score
	s.disqualify(w, run, &today)
	if w.mass > mostMass {
		return nil // the score sums nothing
	}
	for i := range s.dimensions {
		l.sums[i] = l.sum(i, nil)
	}
	today = l.score(l.sums, today.Disqualified)
	l.today = today
	return l.lifts()
}

// lifter tries what would lift one lead.
type lifter[L, A any] struct {
	scorer  *Scorer[L, A]
	work    *work
	nets    [][]int64 // by dimension and place: what its rules earn, before limits
	sums    []int64   // by dimension, within its limits
	options []option
	today   Score
}

// option is a rule that could earn more.
type option struct {
	unmet     Unmet
	dimension int
	place     int   // of the rule in its dimension: first the dimension's own, then each group's
	net       int64 // what the rule earns then
	gain      int64 // what that adds to the dimension
}

// dimension notes what the rules earn and what they could earn.
func (l *lifter[L, A]) dimension(run *rule.Run[L, A], index int) {
	d := &l.scorer.dimensions[index]
	for i := range d.rules {
		l.rule(run, index, "", &d.rules[i])
	}
	for i := range d.groups {
		for j := range d.groups[i].rules {
			l.rule(run, index, d.groups[i].name, &d.groups[i].rules[j])
		}
	}
}

func (l *lifter[L, A]) rule(run *rule.Run[L, A], dimension int, group string, r *compiledRule[L, A]) {
	w, place := l.work, len(l.nets[dimension])
	offer := func(activities int, points, net int64) {
		l.options = append(l.options, option{Unmet{l.scorer.dimensions[dimension].name, group, r.name, activities, Points(points)}, dimension, place, net, 0})
	}
	var now gain
	switch r.kind {
	case onLead:
		if r.index < 0 || has(run.Holds(), r.index) {
			now, _ = r.lead(w, run, dimension) // a failing rule earns nothing
		}
		for _, points := range r.source.choices() {
			if points > 0 && (now.count == 0 || points > now.raw) {
				offer(0, points, w.undated(dimension, points))
			}
		}
	case onSilence:
		now, _ = l.scorer.silent(w, run, r, dimension)
		if now.left < 0 {
			offer(1, -now.raw, 0)
		}
	case onActivity:
		each := &l.scorer.eaches[r.index]
		now = l.scorer.settle(w, r, dimension)
		for _, points := range each.source.choices() {
			if points <= 0 {
				continue
			}
			activities, net := l.more(each, &w.earned[r.index], dimension, each.decayed(points, 0), now)
			offer(activities, points, net)
		}
	}
	l.nets[dimension] = append(l.nets[dimension], now.left)
}

// more gives what a rule earns with as many more activities now as it takes for one to count.
func (l *lifter[L, A]) more(r *eachRule[L, A], e *earnings, dimension int, points int64, now gain) (activities int, net int64) {
	w := l.work
	one := w.leave(dimension, points, w.now)
	if !r.selects {
		return 1, now.left + one
	}
	activities = max(1, r.atLeast-e.matches)
	newest := candidate{w.now, points}
	kept := int64(0)
	for _, c := range e.kept {
		kept += w.leave(dimension, c.points, c.at)
		if newest.before(c) {
			newest = c
		}
	}
	if r.once {
		return activities, w.leave(dimension, newest.points, newest.at)
	}
	return activities, kept + one*int64(activities)
}

// choices are the points that a source can give where there is a value, each
// once; none where they are computed.
func (s *source[L, A]) choices() []int64 {
	switch {
	case s.value != nil:
		return nil
	case s.table == nil:
		return []int64{s.points}
	}
	var all []int64
	for _, r := range s.table.ranges {
		all = append(all, r.row.points)
	}
	for _, row := range s.table.values {
		all = append(all, row.points)
	}
	if s.table.otherwise != nil {
		all = append(all, s.table.otherwise.points)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// sum gives a dimension's points, with what some of its rules could earn.
func (l *lifter[L, A]) sum(dimension int, with []option) int64 {
	d := &l.scorer.dimensions[dimension]
	place := 0
	net := func(r *compiledRule[L, A]) int64 {
		n := l.nets[dimension][place]
		for _, o := range with {
			if o.dimension == dimension && o.place == place {
				n = o.net
			}
		}
		place++
		r.limits.apply(&n)
		return n
	}
	sum := l.work.entered[dimension].added
	var silences []silence
	for i := range d.rules {
		n := net(&d.rules[i])
		if d.rules[i].kind == onSilence {
			silences = append(silences, silence{i, n})
		} else {
			sum += n
		}
	}
	for i := range d.groups {
		part := int64(0)
		for j := range d.groups[i].rules {
			part += net(&d.groups[i].rules[j])
		}
		d.groups[i].limits.apply(&part)
		sum += part
	}
	for _, silence := range silences {
		sum += silence.earned + d.rules[silence.rule].idle.raise(sum, silence.earned)
	}
	d.limits.apply(&sum)
	return sum
}

// score makes a score of the dimensions' points.
func (l *lifter[L, A]) score(sums []int64, disqualified []Disqualification) Score {
	score := Score{Dimensions: make([]DimensionScore, len(sums)), Disqualified: disqualified}
	for i, sum := range sums {
		score.Dimensions[i].Points = Points(sum)
	}
	l.scorer.finish(l.work, &score)
	l.scorer.reach(&score)
	return score
}

// try scores with some options taken.
func (l *lifter[L, A]) try(with ...option) (Lift, bool) {
	sums := slices.Clone(l.sums)
	added := int64(0)
	for _, o := range with {
		sums[o.dimension] = l.sum(o.dimension, with)
	}
	for i := range sums {
		added += sums[i] - l.sums[i]
	}
	score := l.score(sums, l.today.Disqualified)
	lift := Lift{Added: Points(added), Total: score.Total, Grade: score.Grade, Dimensions: score.Dimensions,
		Crossed: Crossed(l.today, score), Disqualified: score.Disqualified}
	for _, o := range with {
		lift.Unmet = append(lift.Unmet, o.unmet)
	}
	return lift, l.lifted(score)
}

// lifted tells whether the lead stands better.
func (l *lifter[L, A]) lifted(score Score) bool {
	looked := l.looked()
	if len(looked) == 0 {
		return len(Crossed(l.today, score)) > 0
	}
	rises := false
	for _, i := range looked {
		bands := l.scorer.dimensions[i].bands
		before, after := band(bands, l.today.Dimensions[i].Points), band(bands, score.Dimensions[i].Points)
		if after > before {
			return false
		}
		rises = rises || after < before
	}
	return rises && (l.scorer.grade == nil || score.Grade != l.today.Grade)
}

// looked are the dimensions whose bands count: the grade's, or all with bands.
func (l *lifter[L, A]) looked() (all []int) {
	if l.scorer.grade != nil {
		return l.scorer.grade.dimensions
	}
	for i := range l.scorer.dimensions {
		if len(l.scorer.dimensions[i].bands) > 0 {
			all = append(all, i)
		}
	}
	return all
}

func (l *lifter[L, A]) lifts() []Lift {
	var all []Lift
	for i := range l.options {
		o := &l.options[i]
		o.gain = l.sum(o.dimension, l.options[i:i+1]) - l.sums[o.dimension]
		if lift, ok := l.try(*o); ok {
			all = append(all, lift)
		}
	}
	slices.SortStableFunc(all, func(a, b Lift) int { return cmp.Compare(a.Added, b.Added) })
	if len(all) > 0 {
		return all
	}
	if lift, ok := l.pair(); ok {
		return []Lift{lift}
	}
	if lift, ok := l.together(); ok {
		return []Lift{lift}
	}
	return nil
}

// pair finds the two rules that suffice with the fewest points.
func (l *lifter[L, A]) pair() (best Lift, found bool) {
	most := strongest(l.options)
	for i, a := range most {
		for _, b := range most[i+1:] {
			if a.dimension == b.dimension && a.place == b.place {
				continue
			}
			if lift, ok := l.try(a, b); ok && (!found || lift.Added < best.Added) {
				best, found = lift, true
			}
		}
	}
	return best, found
}

// together puts rules together, each time the one that then adds most.
func (l *lifter[L, A]) together() (best Lift, found bool) {
	scopes := [][]option{l.options}
	if looked := l.looked(); len(looked) > 0 {
		scopes = nil
		for _, d := range looked {
			scopes = append(scopes, slices.DeleteFunc(slices.Clone(l.options), func(o option) bool { return o.dimension != d }))
		}
	}
	for _, scope := range scopes {
		free := strongest(scope)
		var taken []option
		for points := Points(0); len(taken) < mostTogether; {
			next, most := -1, points
			for i, o := range free {
				if slices.ContainsFunc(taken, func(t option) bool { return t.dimension == o.dimension && t.place == o.place }) {
					continue
				}
				if lift, _ := l.try(append(taken[:len(taken):len(taken)], o)...); lift.Added > most {
					next, most = i, lift.Added
				}
			}
			if next < 0 {
				break
			}
			taken, points = append(taken, free[next]), most
			inOrder(taken)
			if lift, ok := l.try(taken...); ok {
				if !found || len(lift.Unmet) < len(best.Unmet) || len(lift.Unmet) == len(best.Unmet) && lift.Added < best.Added {
					best, found = lift, true
				}
				break
			}
		}
	}
	return best, found
}

// strongest gives the options that add most, in the model's order.
func strongest(options []option) []option {
	most := slices.Clone(options)
	slices.SortStableFunc(most, func(a, b option) int { return cmp.Compare(b.gain, a.gain) })
	most = most[:min(len(most), mostPaired)]
	inOrder(most)
	return most
}

func inOrder(options []option) {
	slices.SortStableFunc(options, func(a, b option) int {
		return cmp.Or(cmp.Compare(a.dimension, b.dimension), cmp.Compare(a.place, b.place))
	})
}
