package scoring

import (
	"math"
	"math/bits"
	"time"

	"github.com/leadloop/leadloop/internal/rule"
)

// idle is a compiled [Idle].
type idle[L, A any] struct {
	every uint64             // seconds
	since *rule.Scalar[L, A] // nil for none
	floor *Points
}

// silence checks an idle rule.
func (c *checker[L, A]) silence(path string, in place, r Rule, compiled *compiledRule[L, A]) {
	if in.grouped {
		c.refuse(path+".idle", "an idle rule stands among the dimension's own rules, outside groups")
	}
	if r.When != "" {
		c.refuse(path+".when", "an idle rule counts periods without activity: leave when out")
	}
	if r.PointsExpression != "" {
		c.refuse(path+".points_expression", "an idle rule gives the same points for each period: write points")
	}
	if r.Table != nil {
		c.refuse(path+".table", "an idle rule gives the same points for each period: write points")
	}
	for _, key := range perActivity(r) {
		c.refuse(path+"."+key, "an idle rule looks at the newest activity alone: leave %s out", key)
	}
	c.span(path+".idle.every", "an idle period", "7d", r.Idle.Every)
	c.points(path+".idle.floor", r.Idle.Floor)
	if r.Idle.Floor != nil && r.Points > 0 {
		c.refuse(path+".idle.floor", "a floor is for negative points, the rule gives %s for each period: leave it out", r.Points)
	}
	i := &idle[L, A]{every: max(1, seconds(r.Idle.Every)), floor: clone(r.Idle.Floor)}
	if r.Idle.Since != "" {
		var err error
		i.since, err = c.scorer.compiler.LeadScalar(r.Idle.Since)
		c.text(path+".idle.since", err)
		if err == nil && i.since.Type() != 0 && i.since.Type() != rule.Time {
			c.refuse(path+".idle.since", "since is a time on the lead, this is %s", typeNames[i.since.Type()])
		}
	}
	if r.Each != "" {
		c.each(path, r.Each, eachRule[L, A]{dimension: in.dimension, window: -1, idle: true}, compiled)
	} else {
		c.scorer.anyIdle = true
	}
	compiled.kind, compiled.idle = onSilence, i
	compiled.source.points = int64(r.Points)
}

// silence tells since when the lead is idle; false if nothing says so.
func (r *compiledRule[L, A]) silence(w *work, run *rule.Run[L, A]) (time.Time, bool, error) {
	newest := w.newest
	if r.index >= 0 {
		newest = w.earned[r.index].newest
	}
	if !newest.IsZero() || r.idle.since == nil {
		return newest, !newest.IsZero(), nil
	}
	value, err := r.idle.since.Plain(run, 0)
	switch {
	case err != nil:
		return time.Time{}, false, within("idle.since", err)
	case value.Type == 0 || value.Type == rule.Time && value.Time.IsZero():
		return time.Time{}, false, nil
	case value.Type != rule.Time:
		return time.Time{}, false, within("idle.since", errNoTime)
	}
	return value.Time, true, nil
}

// periods counts the full periods from one instant to another.
func (i *idle[L, A]) periods(from, to time.Time) uint64 {
	if to.Before(from) {
		return 0
	}
	elapsed := uint64(to.Unix()) - uint64(from.Unix()) // between 0 and 2^64, so that wrapping gives it
	if to.Nanosecond() < from.Nanosecond() {
		elapsed--
	}
	return elapsed / i.every
}

// silent gives what an idle rule earns. Each period's points are dated at its
// end; those between two adjustments fare alike, so that the time depends on
// the adjustments and not on the periods.
func (s *Scorer[L, A]) silent(w *work, run *rule.Run[L, A], r *compiledRule[L, A], dimension int) (e gain, err error) {
	if r.index >= 0 {
		s.report(w, r, dimension)
	}
	from, ok, err := r.silence(w, run)
	if !ok {
		return gain{}, err
	}
	n := r.idle.periods(from, w.now)
	if n == 0 {
		return gain{}, nil
	}
	e.count = int(min(n, math.MaxInt))
	points := r.source.points
	if high, low := bits.Mul64(uint64(max(points, -points)), n); high != 0 || low > mostMass {
		w.mass = mostMass + 1
		return e, nil
	}
	e.raw = w.weigh(points * int64(n))
	done := uint64(0)
	adjustments := w.in(dimension)
	for i := range adjustments {
		ended := min(n, r.idle.periods(from, adjustments[i].At))
		e.left += carry(adjustments, i, points, int64(ended-done))
		done = ended
	}
	e.left += points * int64(n-done)
	return e, nil
}

// raise gives how far what an idle rule has earned is lifted, so that it brings a sum to
// the floor at most.
func (i *idle[L, A]) raise(sum, earned int64) int64 {
	if i.floor == nil || earned >= 0 {
		return 0
	}
	return max(0, min(int64(*i.floor), sum)-(sum+earned))
}
