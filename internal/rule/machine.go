package rule

import (
	"errors"
	"reflect"
	"strings"

	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/vm"
)

// machine is the expression language's own, with the environment that programs
// run on. It is bound to a subject when the first program needs it.
type machine[L, A any] struct {
	vm          vm.VM
	bound       bool
	environment reflect.Value // of the language's environment type
	asAny       any           // a pointer to it, as programs take it
	fields      [4]reflect.Value
	pointers    []*A // to the host's activities that count
	current     int  // the activity that the environment holds
}

// bind makes the environment of the run's subject.
func (r *Run[L, A]) bind() {
	m, c := &r.machine, r.compiler
	if !m.environment.IsValid() {
		m.environment = reflect.New(c.environment)
		m.asAny = m.environment.Interface()
		for i := range m.fields {
			m.fields[i] = m.environment.Elem().Field(i)
		}
	}
	m.bound, m.current = true, -1
	m.vm.MemoryBudget = MemoryBudget
	if c.lead.record == nil {
		m.fields[leadField].Set(reflect.ValueOf(r.subject.Lead))
	} else {
		m.fields[leadField].Set(r.records.lead.record(0))
	}
	var list reflect.Value
	if c.activity.record != nil {
		list = reflect.MakeSlice(m.fields[activitiesField].Type(), 0, r.rows.count)
	}
	for i := range r.rows.count {
		r.item = r.rows.at(i)
		switch {
		case r.occurrence() != happened:
		case c.activity.record != nil:
			list = reflect.Append(list, r.seen(i))
		default:
			m.pointers = append(m.pointers, &r.subject.Activities[i])
		}
	}
	if c.activity.record == nil {
		list = reflect.ValueOf(&m.pointers).Elem()
	}
	m.fields[activitiesField].Set(list)
	m.fields[nowField].Set(reflect.ValueOf(r.now))
}

// seen is a pointer to an activity as rules see it.
func (r *Run[L, A]) seen(activity int) reflect.Value {
	if r.compiler.activity.record != nil {
		return r.records.items.record(activity)
	}
	return reflect.ValueOf(&r.subject.Activities[activity])
}

// release forgets the subject.
func (m *machine[L, A]) release() {
	for _, f := range m.fields {
		f.SetZero()
	}
	clear(m.vm.Stack[:cap(m.vm.Stack)])
	if m.vm.Scopes != nil { // predicates ran: the machine still holds their lists, out of our reach
		m.vm = vm.VM{Stack: m.vm.Stack}
	}
	clear(m.pointers)
	m.pointers, m.bound = m.pointers[:0], false
}

// run evaluates a program; a panic becomes an error.
func (m *machine[L, A]) run(p *program) (value any, err error) {
	defer func() {
		if recover() != nil { // the machine recovers by itself; this is for its own faults
			value, err = nil, &Error{1, 1, "the expression can't be evaluated for this subject"}
		}
	}()
	value, err = m.vm.Run(p.code, m.asAny)
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
