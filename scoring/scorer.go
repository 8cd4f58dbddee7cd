package scoring

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/leadloop/leadloop/internal/num"
	"github.com/leadloop/leadloop/internal/rule"
)

// mostMass bounds the sum of all points, each without its sign, in micropoints:
// within it no sum, of lines or of what adjustments change, can overflow.
const mostMass = 500_000_000_000 * uint64(Point)

// work is the memory of one score in the making, reused by the next.
type work struct {
	tick     int64 // of now
	dated    []*Adjustment
	applied  []applied // of the dimension at hand
	limited  []Line    // limit lines of the dimension's rules
	problems []Problem
	mass     uint64
}

func (w *work) reset() {
	clear(w.dated)
	clear(w.applied[:cap(w.applied)])
	*w = work{dated: w.dated[:0], applied: w.applied[:0], limited: w.limited[:0]}
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
// listed in the score's problems. The time is proportional to rules × activities.
func (s *Scorer[L, A]) Score(subject Subject[L, A], now time.Time) Score {
	now = now.Round(0)
	score := Score{Model: s.name, Version: s.version, At: now, Dimensions: make([]DimensionScore, len(s.dimensions))}
	w, ok := s.scratch.Get().(*work)
	if !ok {
		w = &work{}
	}
	defer func() {
		w.reset()
		s.scratch.Put(w)
	}()
	activities := s.countable(w, subject.Activities)
	run, err := s.compiler.Begin(&rule.Subject[L, A]{Lead: subject.Lead, Activities: activities, Now: now})
	if err != nil {
		w.adjustments(subject.Adjustments, s.has, now)
		w.problem(LeadMissing, "", "", 0, err.Error())
	} else {
		defer run.End()
		later, undated := run.LeftOut()
		leftOut(w, later, undated)
		w.adjustments(subject.Adjustments, s.has, now)
		flaws(w, run.Flaws())
		run.Decide(s.set)
	}
	w.tick = tickOf(now.Unix(), s.tick)
	score.Lines = make([]Line, 0, 16)
	for i := range s.dimensions {
		s.dimension(w, run, i, &score)
	}
	if w.mass > mostMass { // a sum might have overflowed: give none rather than a wrong one
		score.Lines = score.Lines[:0]
		clear(score.Dimensions)
		w.problem(TooMuch, "", "", 0, "the points are too many to be summed: none counts")
	}
	s.finish(&score)
	score.Problems = slices.Clip(w.problems)
	return score
}

func (s *Scorer[L, A]) has(dimension string) bool {
	return slices.ContainsFunc(s.dimensions, func(d compiledDimension[L, A]) bool { return d.name == dimension })
}

// countable gives the activities that can count, and lists those that can't.
func (s *Scorer[L, A]) countable(w *work, all []A) []A {
	switch {
	case s.dateless && len(all) > 0:
		w.problem(ActivityIgnored, "", "", len(all), "activities without fields do not count: the model declares none in activity_fields")
		return nil
	case len(all) > MaxActivities:
		w.problem(TooMuch, "", "", len(all), fmt.Sprintf("more than %d activities: none counts", MaxActivities))
		return nil
	}
	return all
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

// dimension scores one dimension and appends its lines. Without a run no rule matches.
func (s *Scorer[L, A]) dimension(w *work, run *rule.Run[L, A], index int, score *Score) {
	d := &s.dimensions[index]
	sum := w.enter(d.name)
	w.limited = w.limited[:0]
	if run != nil {
		for i := range d.rules {
			r := &d.rules[i]
			var e earnings
			if r.each {
				e = r.activities(w, run, d.name, s.tick)
			} else {
				e = r.lead(w, run, d.name)
			}
			if e.count == 0 {
				continue
			}
			score.Lines = append(score.Lines, Line{Kind: RuleLine, Dimension: d.name, Rule: r.name, Count: e.count, Points: Points(e.raw)})
			net := e.left
			if line, ok := r.limits.apply(&net); ok {
				line.Kind, line.Dimension, line.Rule = RuleLimitLine, d.name, r.name
				w.limited = append(w.limited, line)
			}
			sum += net
		}
	}
	for i := range w.applied {
		a := &w.applied[i]
		score.Lines = append(score.Lines, Line{Kind: AdjustmentLine, Dimension: d.name, Points: Points(a.change),
			Op: a.Op, At: a.At.Round(0), Cause: a.Cause})
	}
	score.Lines = append(score.Lines, w.limited...)
	if line, ok := d.limits.apply(&sum); ok {
		line.Kind, line.Dimension = DimensionLimitLine, d.name
		score.Lines = append(score.Lines, line)
	}
	score.Dimensions[index].Points = Points(sum)
}

// earnings are what a rule earns: before and after adjustments.
type earnings struct {
	count     int
	raw, left int64
}

func (r *compiledRule[L, A]) lead(w *work, run *rule.Run[L, A], dimension string) (e earnings) {
	points, err := r.points, error(nil)
	switch bit := uint64(1) << (r.index % 64); {
	case run.Failed()[r.index/64]&bit != 0:
		_, err = r.condition.True(run, 0)
	case run.Holds()[r.index/64]&bit == 0:
		return e
	case r.value != nil:
		points, err = r.value.Micropoints(run, 0)
	}
	if err != nil {
		w.problem(RuleFailed, dimension, r.name, 0, r.failure(err))
		return e
	}
	return earnings{1, w.weigh(points), w.undated(points)}
}

func (r *compiledRule[L, A]) activities(w *work, run *rule.Run[L, A], dimension string, tick int64) (e earnings) {
	failed, why := 0, ""
	fails := func(err error) {
		failed++
		if message := r.failure(err); failed == 1 || message < why {
			why = message
		}
	}
	for _, m := range run.Failing() {
		if int(m.Each) == r.index {
			_, err := r.condition.True(run, int(m.Activity))
			fails(err)
		}
	}
	newest, best := -1, int64(0)
	for _, m := range run.Matches() {
		if int(m.Each) != r.index {
			continue
		}
		i, points := int(m.Activity), r.points
		if r.value != nil {
			var err error
			if points, err = r.value.Micropoints(run, i); err != nil {
				fails(err)
				continue
			}
		}
		at := run.At(i)
		if r.decay != nil {
			// The true age is between 0 and 2^64, so that wrapping gives it.
			points = num.ScaleHalfEven(points, r.decay.weight(uint64(w.tick)-uint64(tickOf(at.Unix(), tick))), 32)
		}
		if r.once {
			// Of activities at one instant the one with most points counts, so that
			// their order does not.
			if newest < 0 || cmp.Or(at.Compare(run.At(newest)), cmp.Compare(points, best)) > 0 {
				newest, best = i, points
			}
			continue
		}
		e.count++
		e.raw += w.weigh(points)
		e.left += w.earned(points, at)
	}
	if newest >= 0 {
		e = earnings{1, w.weigh(best), w.earned(best, run.At(newest))}
	}
	if failed > 0 {
		w.problem(RuleFailed, dimension, r.name, failed, why)
	}
	return e
}

// failure words a problem; the place in the text is part of it.
func (r *compiledRule[L, A]) failure(err error) string {
	return "the rule does not match, for it fails at " + err.Error()
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
func (s *Scorer[L, A]) finish(score *Score) {
	var sum int64
	bands := make([]int, len(s.dimensions))
	for i := range s.dimensions {
		d, result := &s.dimensions[i], &score.Dimensions[i]
		result.Name = d.name
		sum += int64(result.Points)
		if len(d.bands) > 0 {
			bands[i] = band(d.bands, result.Points)
			result.Band = d.bands[bands[i]].Name
		}
	}
	if line, ok := s.total.apply(&sum); ok {
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
