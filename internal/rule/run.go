package rule

import (
	"cmp"
	"errors"
	"math"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/vm"
)

// Run evaluates texts over one subject. It is taken with [Compiler.Begin], used
// by one goroutine at a time and given back with [Run.End].
type Run[L, A any] struct {
	compiler    *Compiler[L, A]
	machine     machine
	environment reflect.Value // of the language's environment type
	asAny       any           // a pointer to it, as programs take it
	fields      [4]reflect.Value
	seen        reflect.Value // pointers to all activities as rules see them
	all         []*A          // what seen points to, unless activities are records
	counted     []int         // the indexes of the activities that count
	dates       []time.Time   // of all activities
	later       int           // activities dated after now
	undated     int           // activities without a date
	current     int           // the activity that the environment holds
	flaws       []Flaw
	decided     decisions
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
		r = &Run[L, A]{compiler: c, environment: reflect.New(c.environment)}
		r.asAny = r.environment.Interface()
		for i := range r.fields {
			r.fields[i] = r.environment.Elem().Field(i)
		}
	}
	r.machine.MemoryBudget = MemoryBudget
	r.current = -1
	now := s.Now.Round(0)
	if c.lead.record == nil {
		r.fields[leadField].Set(reflect.ValueOf(s.Lead))
	} else {
		lead := reflect.New(c.lead.seen)
		r.flaws = c.lead.fill(lead.Elem(), asRecord(s.Lead), -1, r.flaws)
		r.fields[leadField].Set(lead)
	}
	if c.activity.record == nil {
		for i := range s.Activities {
			r.all = append(r.all, &s.Activities[i])
		}
		r.seen = reflect.ValueOf(&r.all).Elem()
	} else {
		r.seen = reflect.MakeSlice(r.fields[activitiesField].Type(), len(s.Activities), len(s.Activities))
	}
	for i := range s.Activities {
		before := len(r.flaws)
		if c.activity.record != nil {
			activity := reflect.New(c.activity.seen)
			r.flaws = c.activity.fill(activity.Elem(), asRecord(&s.Activities[i]), i, r.flaws)
			r.seen.Index(i).Set(activity)
		}
		if !r.counts(i, now) {
			r.flaws = r.flaws[:before] // what does not count is not looked at
		}
	}
	activities := r.seen
	if len(r.counted) < len(s.Activities) {
		activities = reflect.MakeSlice(r.seen.Type(), len(r.counted), len(r.counted))
		for i, index := range r.counted {
			activities.Index(i).Set(r.seen.Index(index))
		}
	}
	r.fields[activitiesField].Set(activities)
	r.fields[nowField].Set(reflect.ValueOf(now))
	return r, nil
}

// counts tells whether the activity happened by now, and notes its date.
func (r *Run[L, A]) counts(activity int, now time.Time) bool {
	if r.compiler.date.field != nil {
		at, ok := r.compiler.date.of(r.seen.Index(activity).Elem())
		r.dates = append(r.dates, at)
		switch {
		case !ok:
			r.undated++
			return false
		case at.After(now):
			r.later++
			return false
		}
	}
	r.counted = append(r.counted, activity)
	return true
}

// LeftOut tells how many activities do not count: those dated after now, and
// those without a date.
func (r *Run[L, A]) LeftOut() (later, undated int) { return r.later, r.undated }

// At gives the date of an activity that counts, by its index in the subject.
func (r *Run[L, A]) At(activity int) time.Time { return r.dates[activity] }

func asRecord[T any](record *T) map[string]any {
	return reflect.ValueOf(record).Elem().Convert(recordType).Interface().(map[string]any)
}

// End gives the run back. It must not be used afterwards.
func (r *Run[L, A]) End() {
	for _, f := range r.fields {
		f.SetZero()
	}
	clear(r.machine.Stack[:cap(r.machine.Stack)])
	if r.machine.Scopes != nil { // predicates ran: the machine still holds their lists, out of our reach
		r.machine.VM = vm.VM{Stack: r.machine.Stack}
	}
	clear(r.flaws)
	clear(r.all)
	r.seen, r.all, r.counted, r.dates, r.flaws = reflect.Value{}, r.all[:0], r.counted[:0], r.dates[:0], r.flaws[:0]
	r.later, r.undated = 0, 0
	r.compiler.runs.Put(r)
}

// Flaws lists the values of records that rules can't use: the lead's first, then
// the activities' in their order, each by field name.
func (r *Run[L, A]) Flaws() []Flaw { return r.flaws }

// True evaluates the condition; activity is an index and ignored by conditions on the lead.
func (c *Condition[L, A]) True(r *Run[L, A], activity int) (bool, error) {
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
	x, err := r.evaluate(&v.program, activity)
	if err != nil {
		return 0, err
	}
	return micropoints(x)
}

func micropoints(x any) (int64, error) {
	const most, micro = 1_000_000, 1_000_000
	v := reflect.ValueOf(x)
	switch {
	case v.CanInt() && v.Int() >= -most && v.Int() <= most:
		return v.Int() * micro, nil
	case v.CanUint() && v.Uint() <= most:
		return int64(v.Uint()) * micro, nil
	case v.CanFloat() && math.Abs(v.Float()) <= most: // false for NaN
		return int64(math.RoundToEven(float64(v.Float() * micro))), nil
	}
	return 0, &Error{1, 1, "the points are no number between -1000000 and 1000000"}
}

func (r *Run[L, A]) evaluate(p *program, activity int) (any, error) {
	if p.scope == onActivity && activity != r.current {
		r.fields[activityField].Set(r.seen.Index(activity))
		r.current = activity
	}
	if len(r.flaws) > 0 {
		if err := r.flawed(p, activity); err != nil {
			return nil, err
		}
	}
	return r.machine.run(p, r.asAny)
}

// flawed tells whether the program reads a value that rules can't use. Flaws are
// in the order of activities, so that one activity's are found at once.
func (r *Run[L, A]) flawed(p *program, activity int) error {
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

// machine runs programs; a panic becomes an error.
type machine struct{ vm.VM }

func (m *machine) run(p *program, environment any) (value any, err error) {
	defer func() {
		if recover() != nil { // the machine recovers by itself; this is for its own faults
			value, err = nil, &Error{1, 1, "the expression can't be evaluated for this subject"}
		}
	}()
	value, err = m.Run(p.code, environment)
	if err != nil {
		return nil, withoutValues(err)
	}
	return value, nil
}

// withoutValues keeps the place of an error and of its message only what can't
// contain a value of the subject: names of types, or that something was nil.
func withoutValues(err error) error {
	var at *file.Error
	if !errors.As(err, &at) {
		return &Error{1, 1, "the expression can't be evaluated for this subject"}
	}
	message := at.Message
	switch {
	case strings.HasPrefix(message, "invalid operation: <nil>"),
		strings.HasPrefix(message, "invalid operation: ") && strings.HasSuffix(message, " <nil>"):
		message = "a value is missing (nil)"
	case strings.HasPrefix(message, "invalid operation: ") && !strings.Contains(message, "("), // names types
		message == "memory budget exceeded":
	case strings.Contains(message, "integer divide by zero"):
		message = "division by zero"
	case strings.HasPrefix(message, "cannot get "), strings.HasPrefix(message, "interface conversion: "),
		strings.Contains(message, "nil pointer"), strings.Contains(message, "zero Value"):
		message = "a value is missing (nil) or of another type"
	case strings.HasPrefix(message, "index out of range"):
		message = "index out of range"
	default:
		message = "the expression can't be evaluated for this subject"
	}
	return &Error{max(at.Line, 1), at.Column + 1, message}
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
