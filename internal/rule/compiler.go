package rule

import (
	"errors"
	"reflect"
	"sync"
	"time"
)

// Compiler turns texts into conditions and numbers over the host's types. It is
// safe for concurrent use.
type Compiler[L, A any] struct {
	language
	runs sync.Pool // of *Run[L, A]
}

// language is what texts can say: it does not depend on the host's types but by
// their shapes.
type language struct {
	lead, activity shape
	date           date         // of activities
	environment    reflect.Type // what programs run on; its fields are in the order of the constants below
}

const (
	leadField = iota
	activitiesField
	activityField
	nowField
)

// Option configures a [Compiler].
type Option func(*declared)

type declared struct {
	lead, activity Fields
	dated          bool
}

// LeadFields declares the fields of leads that are maps.
func LeadFields(f Fields) Option { return func(d *declared) { d.lead = f } }

// ActivityFields declares the fields of activities that are maps.
func ActivityFields(f Fields) Option { return func(d *declared) { d.activity = f } }

// Dated makes activities happen: a run looks only at those that have a date, in
// their field At of type time.Time, that is not after its Now.
func Dated() Option { return func(d *declared) { d.dated = true } }

// NewCompiler reads the host's types. Leads and activities are structs, or maps
// from string to any with declared fields; [None] is the activity type where there are none.
func NewCompiler[L, A any](options ...Option) (*Compiler[L, A], error) {
	var d declared
	for _, option := range options {
		option(&d)
	}
	lead, leadErr := shapeOf("leads", reflect.TypeFor[L](), d.lead)
	activity, activityErr := shapeOf("activities", reflect.TypeFor[A](), d.activity)
	if err := errors.Join(leadErr, activityErr); err != nil {
		return nil, err
	}
	var at date
	if d.dated && len(activity.names) > 0 {
		var err error
		if at, err = dateOf(reflect.TypeFor[A](), activity); err != nil {
			return nil, err
		}
	}
	return &Compiler[L, A]{language: language{lead: lead, activity: activity, date: at,
		environment: reflect.StructOf([]reflect.StructField{
			leadField: {Name: "Lead", Type: reflect.PointerTo(lead.seen)},
			// Of pointers, so that a predicate does not copy each activity.
			activitiesField: {Name: "Activities", Type: reflect.SliceOf(reflect.PointerTo(activity.seen))},
			activityField:   {Name: "Activity", Type: reflect.PointerTo(activity.seen)},
			nowField:        {Name: "Now", Type: reflect.TypeFor[time.Time]()},
		})}}, nil
}

// Condition is a compiled text that is true or false. It is safe for concurrent use.
type Condition[L, A any] struct {
	compiler *Compiler[L, A]
	program
	alone check // nil if it is left to the machine
}

// Value is a compiled text that is a number of points. It is safe for concurrent use.
type Value[L, A any] struct {
	compiler *Compiler[L, A]
	program
	points func(*frame) (int64, status) // nil if it is left to the machine
}

// Scalar is a compiled text that is a single text, number, truth value or time,
// or nothing. It is safe for concurrent use.
type Scalar[L, A any] struct {
	compiler *Compiler[L, A]
	program
	plain func(*frame) (Plain, status) // nil if it is left to the machine
}

// LeadCondition compiles a condition on the lead. All mistakes found are
// joined; see [Mistakes].
func (c *Compiler[L, A]) LeadCondition(src string) (*Condition[L, A], error) {
	p, err := c.compile(src, onLead, truth)
	if err != nil {
		return nil, err
	}
	return &Condition[L, A]{c, p, nil}, nil
}

// LeadGuard compiles a condition on the lead that is asked by itself, not as one of a [Set].
func (c *Compiler[L, A]) LeadGuard(src string) (*Condition[L, A], error) {
	guard, err := c.LeadCondition(src)
	if err != nil {
		return nil, err
	}
	guard.alone = c.alone(&guard.program)
	return guard, nil
}

// ActivityCondition compiles a condition on one activity.
func (c *Compiler[L, A]) ActivityCondition(src string) (*Condition[L, A], error) {
	p, err := c.compile(src, onActivity, truth)
	if err != nil {
		return nil, err
	}
	return &Condition[L, A]{c, p, nil}, nil
}

// LeadPoints compiles a number of points that depends on the lead.
func (c *Compiler[L, A]) LeadPoints(src string) (*Value[L, A], error) {
	p, err := c.compile(src, onLead, number)
	if err != nil {
		return nil, err
	}
	return &Value[L, A]{c, p, c.points(&p)}, nil
}

// ActivityPoints compiles a number of points that depends on one activity.
func (c *Compiler[L, A]) ActivityPoints(src string) (*Value[L, A], error) {
	p, err := c.compile(src, onActivity, number)
	if err != nil {
		return nil, err
	}
	return &Value[L, A]{c, p, c.points(&p)}, nil
}

// LeadScalar compiles a single value that depends on the lead.
func (c *Compiler[L, A]) LeadScalar(src string) (*Scalar[L, A], error) {
	p, err := c.compile(src, onLead, single)
	if err != nil {
		return nil, err
	}
	return &Scalar[L, A]{c, p, c.plain(&p)}, nil
}

// ActivityScalar compiles a single value that depends on one activity.
func (c *Compiler[L, A]) ActivityScalar(src string) (*Scalar[L, A], error) {
	p, err := c.compile(src, onActivity, single)
	if err != nil {
		return nil, err
	}
	return &Scalar[L, A]{c, p, c.plain(&p)}, nil
}
