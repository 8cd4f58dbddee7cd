package scoring

import (
	"fmt"
	"slices"
	"time"

	"github.com/leadloop/leadloop/internal/rule"
)

// mostMass bounds the sum of all points, each without its sign, in micropoints:
// within it no sum, of lines or of what adjustments change, can overflow.
const mostMass = 500_000_000_000 * uint64(Point)

// work is the memory of one score in the making, reused by the next.
type work struct {
	now      time.Time
	tick     int64 // of now
	dated    []*Adjustment
	applied  []applied   // one dimension after the other
	entered  []entered   // by dimension
	since    []time.Time // where windows begin
	newest   time.Time   // of all activities; only where an idle rule asks for it
	earned   []earnings  // by the index of conditions on activities
	silences []silence   // the idle rules of the dimension at hand that match
	limited  []Line      // limit lines of the dimension's rules
	grouped  []Line      // and of its groups
	problems []Problem
	bands    []int // by dimension
	mass     uint64
}

func (w *work) reset() {
	clear(w.dated)
	clear(w.applied[:cap(w.applied)])
	for i := range w.earned {
		w.earned[i].reset()
	}
	*w = work{dated: w.dated[:0], applied: w.applied[:0], entered: w.entered[:0], since: w.since[:0], earned: w.earned,
		bands: w.bands[:0], silences: w.silences[:0], limited: w.limited[:0], grouped: w.grouped[:0]}
}

func (w *work) problem(kind ProblemKind, dimension, rule string, count int, message string) {
	w.problems = append(w.problems, Problem{kind, dimension, rule, count, message})
}

// weigh counts points towards the bound.
func (w *work) weigh(points int64) int64 {
	if m := uint64(max(points, -points)); m > mostMass-w.mass {
		w.mass = mostMass + 1
	} else if w.mass <= mostMass {
		w.mass += m
	}
	return points
}

// Score scores the subject as of now. It is a pure function of the model, the
// subject and now, never panics, and does not depend on the order of the
// activities, with the exceptions that the package names. What can't count is
// listed in the score's problems. The time is at most
// proportional to activities × (rules + rows of tables + adjustments).
func (s *Scorer[L, A]) Score(subject Subject[L, A], now time.Time) Score {
	var score Score
	s.ScoreInto(&score, subject, now)
	score.Problems = slices.Clip(score.Problems)
	return score
}

// ScoreInto is [Scorer.Score] into memory that the caller gives, for loops over
// many leads: whatever the score held is overwritten, and its slices are used again, so that
// nothing is allocated once they have grown and there is no problem to tell.
func (s *Scorer[L, A]) ScoreInto(score *Score, subject Subject[L, A], now time.Time) {
	now = now.Round(0)
	w := s.begin(score, now)
	defer s.giveBack(w)
	activities := subject.Activities
	if !s.countable(w, len(activities)) {
		activities = nil
	}
	run, err := s.compiler.Begin(&rule.Subject[L, A]{Lead: subject.Lead, Activities: activities, Now: now})
	if err != nil {
		w.adjustments(subject.Adjustments, s.knows, now)
		w.problem(LeadMissing, "", "", 0, err.Error())
	} else {
		defer run.End()
		run.Decide(s.set)
		later, undated := run.LeftOut()
		leftOut(w, later, undated)
		w.adjustments(subject.Adjustments, s.knows, now)
		flaws(w, run.Flaws())
	}
	s.prepare(w, now)
	if run != nil {
		s.earn(w, run, len(activities))
	}
	s.conclude(w, run, score)
}

// begin takes memory for a score, and makes it one of nothing yet.
func (s *Scorer[L, A]) begin(score *Score, now time.Time) *work {
	w := s.borrow()
	w.problems = score.Problems[:0]
	if score.Lines == nil {
		score.Lines = make([]Line, 0, 16) // no lines are an empty list in JSON, too
	}
	*score = Score{Model: s.name, Version: s.version, At: now, Lines: score.Lines[:0],
		Dimensions: slices.Grow(score.Dimensions[:0], len(s.dimensions))[:len(s.dimensions)],
		Reached:    score.Reached[:0], Disqualified: score.Disqualified[:0]}
	clear(score.Dimensions)
	return w
}

// conclude makes a score of what rules have earned. Without a run no rule matches.
func (s *Scorer[L, A]) conclude(w *work, run *rule.Run[L, A], score *Score) {
	if run != nil {
		s.disqualify(w, run, score)
	}
	for i := range s.dimensions {
		s.dimension(w, run, i, score)
	}
	if w.mass > mostMass { // a sum might have overflowed: give none rather than a wrong one
		score.Lines = score.Lines[:0]
		clear(score.Dimensions)
		w.problem(TooMuch, "", "", 0, "the points are too many to be summed: none counts")
	}
	s.finish(w, score)
	s.reach(score)
	if run != nil && w.mass <= mostMass {
		s.calibrate(score)
	}
	score.Problems, w.problems = w.problems, nil
}

// borrow takes memory for a score.
func (s *Scorer[L, A]) borrow() *work {
	if w, ok := s.scratch.Get().(*work); ok {
		return w
	}
	return &work{}
}

func (s *Scorer[L, A]) giveBack(w *work) {
	w.reset()
	s.scratch.Put(w)
}

func (s *Scorer[L, A]) knows(dimension string) bool {
	return slices.ContainsFunc(s.dimensions, func(d compiledDimension[L, A]) bool { return d.name == dimension })
}

// countable tells whether so many activities can count, and lists those that can't.
func (s *Scorer[L, A]) countable(w *work, count int) bool {
	switch {
	case s.dateless && count > 0:
		w.problem(ActivityIgnored, "", "", count, "activities without fields do not count: the model declares none in activity_fields")
		return false
	case count > MaxActivities:
		w.problem(TooMuch, "", "", count, fmt.Sprintf("more than %d activities: none counts", MaxActivities))
		return false
	}
	return true
}

func leftOut(w *work, later, undated int) {
	if later > 0 {
		w.problem(ActivityNotYet, "", "", later, "activities dated after now do not count yet")
	}
	if undated > 0 {
		w.problem(ActivityIgnored, "", "", undated, "activities without a date do not count")
	}
}

// flaws lists the values of records that rules can't use, once per field.
func flaws(w *work, all []rule.Flaw) {
	if len(all) == 0 {
		return
	}
	counts := map[string]int{}
	for _, f := range all {
		if f.Activity < 0 {
			w.problem(FieldIgnored, "", "", 0, "lead: "+f.Message)
		} else {
			counts["activities: "+f.Message]++
		}
	}
	for _, message := range sortedKeys(counts) {
		w.problem(FieldIgnored, "", "", counts[message], message)
	}
}

// prepare computes what depends on the instant and the adjustments alone.
func (s *Scorer[L, A]) prepare(w *work, now time.Time) {
	w.now, w.tick = now, tickOf(now.Unix(), s.tick)
	for i := range s.dimensions {
		w.enter(s.dimensions[i].name)
	}
	for _, window := range s.windows {
		w.since = append(w.since, window.since(now, s.zone))
	}
	if len(w.earned) < len(s.eaches) {
		w.earned = make([]earnings, len(s.eaches))
	}
}

// gain is what a rule earns: before and after adjustments.
type gain struct {
	count     int
	raw, left int64
	row       *tableRow // of a table on the lead
}

// silence is an idle rule that matches.
type silence struct {
	rule   int // in the dimension
	earned int64
}

// dimension scores one dimension and appends its lines. Without a run no rule matches.
func (s *Scorer[L, A]) dimension(w *work, run *rule.Run[L, A], index int, score *Score) {
	d := &s.dimensions[index]
	sum := w.entered[index].added
	w.silences, w.limited, w.grouped = w.silences[:0], w.limited[:0], w.grouped[:0]
	if run != nil {
		sum += s.rules(w, run, index, "", d.rules, score)
		for i := range d.groups {
			g := &d.groups[i]
			part := s.rules(w, run, index, g.name, g.rules, score)
			if line, ok := g.limits.apply(&part); ok {
				line.Kind, line.Dimension, line.Group = GroupLimitLine, d.name, g.name
				w.grouped = append(w.grouped, line)
			}
			sum += part
		}
	}
	adjustments := w.in(index)
	for i := range adjustments {
		a := &adjustments[i]
		score.Lines = append(score.Lines, Line{Kind: AdjustmentLine, Dimension: d.name, Points: Points(a.change),
			Op: a.Op, At: a.At.Round(0), Cause: a.Cause})
	}
	score.Lines = append(append(score.Lines, w.limited...), w.grouped...)
	for _, silence := range w.silences {
		r := &d.rules[silence.rule]
		raised := r.idle.raise(sum, silence.earned)
		sum += silence.earned + raised
		if raised != 0 {
			score.Lines = append(score.Lines, Line{Kind: RuleLimitLine, Dimension: d.name, Rule: r.name,
				Points: Points(raised), Bound: "floor", Limit: *r.idle.floor})
		}
	}
	if line, ok := d.limits.apply(&sum); ok {
		line.Kind, line.Dimension = DimensionLimitLine, d.name
		score.Lines = append(score.Lines, line)
	}
	score.Dimensions[index].Points = Points(sum)
}

// rules appends the lines of a list of rules and gives their sum, without that of idle
// rules, whose floors look at the sum of all others first.
func (s *Scorer[L, A]) rules(w *work, run *rule.Run[L, A], dimension int, group string, rules []compiledRule[L, A], score *Score) (sum int64) {
	name := s.dimensions[dimension].name
	holds, failed := run.Holds(), run.Failed()
	for i := range rules {
		r := &rules[i]
		var e gain
		var err error
		switch {
		case r.kind == onActivity:
			e = s.settle(w, r, dimension)
		case r.kind == onSilence:
			e, err = s.silent(w, run, r, dimension)
		case r.index < 0 || has(holds, r.index):
			e, err = r.lead(w, run, dimension)
		case has(failed, r.index):
			_, err = r.source.condition.True(run, 0)
		}
		if err != nil {
			w.problem(RuleFailed, name, r.name, 0, failure(err))
		}
		if e.count == 0 {
			continue
		}
		score.Lines = append(score.Lines, Line{Kind: RuleLine, Dimension: name, Group: group, Rule: r.name, Count: e.count, Points: Points(e.raw)})
		if e.row != nil {
			score.Lines[len(score.Lines)-1].Row = e.row.name
		}
		net := e.left
		if line, ok := r.limits.apply(&net); ok {
			line.Kind, line.Dimension, line.Group, line.Rule = RuleLimitLine, name, group, r.name
			w.limited = append(w.limited, line)
		}
		if r.kind == onSilence {
			w.silences = append(w.silences, silence{i, net})
		} else {
			sum += net
		}
	}
	return sum
}

// has tells whether bit i is set.
func has(bits []uint64, i int) bool { return bits[i/64]&(1<<(i%64)) != 0 }

// lead gives what a rule on the lead earns where its condition holds.
func (r *compiledRule[L, A]) lead(w *work, run *rule.Run[L, A], dimension int) (gain, error) {
	points, row, ok, err := r.source.give(run, 0)
	if !ok {
		return gain{}, err
	}
	return gain{1, w.weigh(points), w.undated(dimension, points), row}, nil
}

// apply bounds a sum; if that changes it, the line says by how much.
func (l limits) apply(sum *int64) (Line, bool) {
	var bound string
	var limit Points
	switch {
	case l.maximum != nil && *sum > int64(*l.maximum):
		bound, limit = "maximum", *l.maximum
	case l.minimum != nil && *sum < int64(*l.minimum):
		bound, limit = "minimum", *l.minimum
	default:
		return Line{}, false
	}
	change := int64(limit) - *sum
	*sum = int64(limit)
	return Line{Points: Points(change), Bound: bound, Limit: limit}, true
}

// finish sums the dimensions and finds bands and grade.
func (s *Scorer[L, A]) finish(w *work, score *Score) {
	var sum int64
	bands := slices.Grow(w.bands[:0], len(s.dimensions))[:len(s.dimensions)]
	w.bands = bands
	for i := range s.dimensions {
		d, result := &s.dimensions[i], &score.Dimensions[i]
		result.Name = d.name
		sum += int64(result.Points)
		if len(d.bands) > 0 {
			bands[i] = band(d.bands, result.Points)
			result.Band = d.bands[bands[i]].Name
		}
	}
	if line, ok := s.limits.apply(&sum); ok {
		line.Kind = TotalLimitLine
		score.Lines = append(score.Lines, line)
	}
	score.Total = Points(sum)
	if s.grade != nil {
		cell := 0
		for i, d := range s.grade.dimensions {
			cell = cell*s.grade.sizes[i] + bands[d]
		}
		score.Grade = s.grade.labels[cell]
	}
}
