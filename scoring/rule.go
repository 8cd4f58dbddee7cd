package scoring

import (
	"errors"
	"fmt"

	"github.com/leadloop/leadloop/internal/rule"
)

// kind says what a rule looks at.
type kind int

const (
	onLead     kind = iota // the lead, once
	onActivity             // each activity
	onSilence              // the time without activity
)

// compiledRule is a compiled [Rule].
type compiledRule[L, A any] struct {
	name   string
	kind   kind
	index  int // of the condition in the set; -1 for none, which always holds
	limits limits
	source source[L, A] // of a rule on the lead; that of one on activities is an eachRule's
	idle   *idle[L, A]
}

// eachRule is what a rule does with an activity that its condition holds for.
type eachRule[L, A any] struct {
	source    source[L, A]
	constant  bool // the source gives constant points
	dimension int
	window    int     // in the scorer's windows; -1 for none
	decay     *decay  // nil for none
	byAge     []int64 // constant points in decay, at the first ages
	idle      bool    // only the newest such activity is of interest

	// With one of these what counts is known only when all activities are.
	selects  bool
	distinct *rule.Scalar[L, A] // nil for none
	atLeast  int
	once     bool
}

// source gives points where a condition holds.
type source[L, A any] struct {
	condition *rule.Condition[L, A] // nil for one that always holds
	points    int64
	value     *rule.Value[L, A] // instead of points
	table     *table[L, A]      // instead of points
}

// give computes the points; false if a table has none. The row is that of a table.
func (s *source[L, A]) give(run *rule.Run[L, A], activity int) (points int64, row *tableRow, ok bool, err error) {
	switch {
	case s.value != nil:
		points, err = s.value.Micropoints(run, activity)
		return points, nil, err == nil, err
	case s.table != nil:
		if row, err = s.table.look(run, activity); row == nil {
			return 0, nil, false, err
		}
		return row.points, row, true, nil
	}
	return s.points, nil, true, nil
}

// place is where in the model a rule stands.
type place struct {
	dimension int
	grouped   bool
}

// list compiles the rules of a dimension or a group.
func (c *checker[L, A]) list(path string, in place, rules []Rule, names map[string]bool) []compiledRule[L, A] {
	var list []compiledRule[L, A]
	for i, r := range rules {
		at := fmt.Sprintf("%s.rules[%d]", path, i)
		c.unique(at+".name", "rule", r.Name, names)
		list = append(list, c.rule(at, in, r))
	}
	return list
}

func (c *checker[L, A]) rule(path string, in place, r Rule) compiledRule[L, A] {
	compiled := compiledRule[L, A]{name: r.Name, index: -1, limits: c.limitsAroundZero(path, "rule", r.Minimum, r.Maximum)}
	c.points(path+".points", &r.Points)
	switch {
	case r.Idle != nil:
		c.silence(path, in, r, &compiled)
	case r.Each != "":
		if r.When != "" {
			c.refuse(path, "the rule has when and each: keep one")
		}
		c.activityRule(path, in, r, &compiled)
	case r.When != "" || r.Table != nil:
		c.leadRule(path, r, &compiled)
	default:
		c.refuse(path, "the rule needs a condition: when, on the lead, or each, on one activity; or a table or idle")
	}
	return compiled
}

func (c *checker[L, A]) leadRule(path string, r Rule, compiled *compiledRule[L, A]) {
	for _, key := range perActivity(r) {
		c.refuse(path+"."+key, "a rule on the lead matches once and has no date: %s belongs to each", key)
	}
	compiled.source = c.source(path, r, false)
	if r.When != "" {
		var err error
		compiled.source.condition, err = c.scorer.compiler.LeadCondition(r.When)
		c.text(path+".when", err)
		compiled.index = len(c.leads)
		c.leads = append(c.leads, compiled.source.condition)
	}
}

// perActivity lists the keys of a rule that only make sense of activities.
func perActivity(r Rule) (keys []string) {
	for _, k := range []struct {
		key string
		set bool
	}{
		{"repeat", r.Repeat != ""}, {"distinct", r.Distinct != ""}, {"at_least", r.AtLeast != 0}, {"window", r.Window != nil},
		{"half_life", r.HalfLife != 0}, {"linear", r.Linear != 0}, {"steps", len(r.Steps) > 0},
	} {
		if k.set {
			keys = append(keys, k.key)
		}
	}
	return keys
}

func (c *checker[L, A]) activityRule(path string, in place, r Rule, compiled *compiledRule[L, A]) {
	each := eachRule[L, A]{source: c.source(path, r, true), dimension: in.dimension, window: -1, atLeast: r.AtLeast, once: r.Repeat == Once}
	each.constant = each.source.value == nil && each.source.table == nil
	switch r.Repeat {
	case "", Every, Once:
	default:
		c.refuse(path+".repeat", "unknown repeat %q%s", r.Repeat, meant(r.Repeat, Every, Once))
	}
	if r.AtLeast < 0 || r.AtLeast > MaxActivities {
		c.refuse(path+".at_least", "at_least is a number of activities from 1 to %d", MaxActivities)
	}
	var err error
	if r.Distinct != "" {
		each.distinct, err = c.scorer.compiler.ActivityScalar(r.Distinct)
		c.text(path+".distinct", err)
	}
	each.selects = each.once || each.distinct != nil || each.atLeast > 1
	if r.Window != nil {
		each.window = c.window(path+".window", *r.Window)
	}
	if each.decay = c.decay(path, r); each.decay != nil && each.constant {
		each.byAge = c.byAge(int64(r.Points), each.decay)
	}
	c.each(path, r.Each, each, compiled)
}

// each adds a condition on activities to the set, and what it is for.
func (c *checker[L, A]) each(path, text string, each eachRule[L, A], compiled *compiledRule[L, A]) {
	var err error
	each.source.condition, err = c.scorer.compiler.ActivityCondition(text)
	c.text(path+".each", err)
	compiled.kind, compiled.index = onActivity, len(c.eaches)
	c.eaches = append(c.eaches, each.source.condition)
	c.scorer.eaches = append(c.scorer.eaches, each)
}

// source checks what gives the points.
func (c *checker[L, A]) source(path string, r Rule, each bool) source[L, A] {
	s := source[L, A]{points: int64(r.Points)}
	switch {
	case r.PointsExpression != "" && r.Table != nil:
		c.refuse(path, "the rule has points_expression and a table: keep one")
	case r.PointsExpression != "" && r.Points != 0:
		c.refuse(path+".points", "the rule has points and points_expression: keep one")
	case r.Table != nil && r.Points != 0:
		c.refuse(path+".points", "the rule has points and a table: keep one")
	}
	var err error
	if r.PointsExpression != "" {
		if each {
			s.value, err = c.scorer.compiler.ActivityPoints(r.PointsExpression)
		} else {
			s.value, err = c.scorer.compiler.LeadPoints(r.PointsExpression)
		}
		c.text(path+".points_expression", err)
	}
	if r.Table != nil {
		s.table = c.table(path+".table", *r.Table, each)
	}
	return s
}

// within says in which of a rule's texts an error has its place, if not in the condition.
func within(key string, err error) error { return errors.New(key + ":" + err.Error()) }

// failure words a problem; the place in the text is part of it.
func failure(err error) string { return "the rule does not match, for it fails at " + err.Error() }
