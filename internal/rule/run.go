package rule

import (
	"cmp"
	"errors"
	"math"
	"reflect"
	"slices"
)

// Run evaluates texts over one subject. It is taken with [Compiler.Begin], used
// by one goroutine at a time and given back with [Run.End].
type Run[L, A any] struct {
	view
	compiler *Compiler[L, A]
	subject  Subject[L, A]
	records  records
	flaws    []Flaw
	flawed   bool // a value of a declared field can't be used
	machine  machine[L, A]
}

var errNoLead = errors.New("the subject has no lead: give one")

// Begin binds a subject. It fails only if there is no lead. Where activities are
// [Dated], those without a date or after now are left out.
func (c *Compiler[L, A]) Begin(s *Subject[L, A]) (*Run[L, A], error) {
	if s == nil || s.Lead == nil {
		return nil, errNoLead
	}
	r, ok := c.runs.Get().(*Run[L, A])
	if !ok {
		r = &Run[L, A]{compiler: c}
	}
	r.subject = *s
	r.now = s.Now.Round(0)
	r.nowKey, r.date, r.counted = keyOf(&r.now), c.date.place, false
	r.lead, r.rows = memoryOf(s.Lead), rowsOf(s.Activities)
	if c.lead.record != nil {
		r.records.lead.grow(&c.lead, 1)
		r.lead = r.records.lead.of.at(0)
		r.flaws = r.records.lead.fill(&c.lead, 0, asRecord(s.Lead), -1, r.flaws)
	}
	if c.activity.record != nil {
		r.bindActivities()
	}
	r.flawed = len(r.flaws) > 0 && slices.ContainsFunc(r.flaws, func(f Flaw) bool { return f.declared })
	return r, nil
}

// bindActivities binds activities that are records. What does not count is not looked at.
func (r *Run[L, A]) bindActivities() {
	shape, items := &r.compiler.activity, &r.records.items
	items.grow(shape, len(r.subject.Activities))
	r.rows = items.of
	for i := range r.subject.Activities {
		before := len(r.flaws)
		r.flaws = items.fill(shape, i, asRecord(&r.subject.Activities[i]), i, r.flaws)
		if len(r.flaws) > before {
			if r.item = r.rows.at(i); r.occurrence() != happened {
				r.flaws = r.flaws[:before]
			}
		}
	}
}

// End gives the run back. It must not be used afterwards.
func (r *Run[L, A]) End() {
	if r.machine.bound {
		r.machine.release()
	}
	if r.compiler.lead.record != nil {
		r.records.lead.clear()
	}
	if r.compiler.activity.record != nil {
		r.records.items.clear()
	}
	if len(r.flaws) > 0 {
		clear(r.flaws)
		r.flaws = r.flaws[:0]
	}
	var none memory
	r.subject, r.lead, r.item, r.rows = Subject[L, A]{}, none, none, rows{}
	r.compiler.runs.Put(r)
}

// Flaws lists the values of records that rules can't use: the lead's first, then
// the activities' in their order, each by field name.
func (r *Run[L, A]) Flaws() []Flaw { return r.flaws }

// True evaluates the condition; activity is an index and ignored by conditions on the lead.
func (c *Condition[L, A]) True(r *Run[L, A], activity int) (bool, error) {
	if c.alone != nil && !r.flawed {
		if v := c.alone(&r.frame); v != fails { // the machine says why
			return v == yes, nil
		}
	}
	v, err := r.evaluate(&c.program, activity)
	if err != nil {
		return false, err
	}
	b, ok := v.(bool)
	if !ok {
		return false, &Error{1, 1, "the condition is neither true nor false"}
	}
	return b, nil
}

// Micropoints evaluates the number of points in millionths: integers exactly,
// fractions rounded half to even. What is no number, infinite or beyond 10⁶ is an error.
func (v *Value[L, A]) Micropoints(r *Run[L, A], activity int) (int64, error) {
	if v.points != nil && !r.flawed {
		if v.scope == onActivity {
			r.item = r.rows.at(activity)
		}
		if points, st := v.points(&r.frame); st == present {
			return points, nil
		}
	}
	x, err := r.evaluate(&v.program, activity)
	if err != nil {
		return 0, err
	}
	return micropoints(x)
}

// The most points up or down, and how many micropoints make one.
const mostPoints, micro = 1_000_000, 1_000_000

func micropoints(x any) (int64, error) {
	v := reflect.ValueOf(x)
	switch {
	case v.CanInt() && v.Int() >= -mostPoints && v.Int() <= mostPoints:
		return v.Int() * micro, nil
	case v.CanUint() && v.Uint() <= mostPoints:
		return int64(v.Uint()) * micro, nil
	case v.CanFloat() && math.Abs(v.Float()) <= mostPoints: // false for NaN
		return int64(math.RoundToEven(float64(v.Float() * micro))), nil
	}
	return 0, &Error{1, 1, "the points are no number between -1000000 and 1000000"}
}

func (r *Run[L, A]) evaluate(p *program, activity int) (any, error) {
	if !r.machine.bound {
		r.bind()
	}
	if p.scope == onActivity && activity != r.machine.current {
		r.machine.fields[activityField].Set(r.seen(activity))
		r.machine.current = activity
	}
	if r.flawed {
		if err := r.reads(p, activity); err != nil {
			return nil, err
		}
	}
	return r.machine.run(p)
}

// reads tells whether the program reads a value that rules can't use. Flaws are
// in the order of activities, so that one activity's are found at once.
func (r *Run[L, A]) reads(p *program, activity int) error {
	activities := firstFlaw(r.flaws, 0)
	if err := named(r.flaws[:activities], p.names[onLead]); err != nil {
		return err
	}
	switch {
	case p.lists:
		return named(r.flaws[activities:], p.names[onActivity])
	case p.scope == onActivity:
		return named(r.flaws[firstFlaw(r.flaws, activity):firstFlaw(r.flaws, activity+1)], p.names[onActivity])
	}
	return nil
}

// firstFlaw gives the index of the first flaw of the activity or a later one.
func firstFlaw(flaws []Flaw, activity int) int {
	i, _ := slices.BinarySearchFunc(flaws, activity, func(f Flaw, activity int) int { return cmp.Compare(f.Activity, activity) })
	return i
}

func named(flaws []Flaw, names []string) error {
	for _, f := range flaws {
		if _, ok := slices.BinarySearch(names, f.Field); ok {
			return &Error{1, 1, f.Message}
		}
	}
	return nil
}

// Eval evaluates the condition once. It never panics and is safe for concurrent use.
// Conditions on the lead ignore the activity.
func (c *Condition[L, A]) Eval(s *Subject[L, A], activity *A) (bool, error) {
	subject := s
	if c.scope == onActivity {
		if s == nil || activity == nil {
			return false, errors.New("there is no activity: give one")
		}
		subject = &Subject[L, A]{Lead: s.Lead, Activities: []A{*activity}, Now: s.Now}
	}
	r, err := c.compiler.Begin(subject)
	if err != nil {
		return false, err
	}
	defer r.End()
	return c.True(r, 0)
}
