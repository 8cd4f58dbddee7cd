package rule

import (
	"math"
	"reflect"
	"slices"
	"time"

	"github.com/expr-lang/expr/ast"
)

// Plain is a single value. Values that are equal in the language's sense of
// one type are equal in Go's.
type Plain struct {
	Type    Type // Text, Integer, Number, Boolean or Time; 0 if there is no value
	Text    string
	Integer int64 // 0 or 1 of a Boolean
	Number  float64
	Time    time.Time // in UTC
}

// Type is the type that all values have: Text, Integer, Number, Boolean or
// Time; 0 if it is known only when the text runs.
func (s *Scalar[L, A]) Type() Type {
	if ast.Find(s.code.Node(), mixed) != nil {
		return 0
	}
	return s.kind
}

// mixed tells whether a node is the least or the greatest of numbers of several
// types, for which the language announces the type of the first.
func mixed(node ast.Node) bool {
	n, ok := node.(*ast.BuiltinNode)
	return ok && (n.Name == "min" || n.Name == "max") && slices.ContainsFunc(n.Arguments, func(argument ast.Node) bool {
		return kindOf(argument.Type()) != kindOf(n.Arguments[0].Type())
	})
}

// Plain evaluates the value. What is neither missing nor of a known type, or is
// not a number, is an error.
func (s *Scalar[L, A]) Plain(r *Run[L, A], activity int) (Plain, error) {
	if s.plain != nil && !r.flawed {
		if s.scope == onActivity {
			r.item = r.rows.at(activity)
		}
		switch p, st := s.plain(&r.frame); st {
		case present:
			return p, nil
		case missing:
			return Plain{}, nil
		}
	}
	x, err := r.evaluate(&s.program, activity)
	if err != nil {
		return Plain{}, err
	}
	v := reflect.ValueOf(x)
	for v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	if !v.IsValid() {
		return Plain{}, nil
	}
	switch kindOf(v.Type()) {
	case Text:
		return Plain{Type: Text, Text: v.String()}, nil
	case Boolean:
		p := Plain{Type: Boolean}
		if v.Bool() {
			p.Integer = 1
		}
		return p, nil
	case Integer:
		switch {
		case v.CanInt():
			return Plain{Type: Integer, Integer: v.Int()}, nil
		case v.Uint() <= math.MaxInt64:
			return Plain{Type: Integer, Integer: int64(v.Uint())}, nil
		}
	case Number:
		if f := v.Float(); !math.IsNaN(f) {
			return Plain{Type: Number, Number: f + 0}, nil // -0 becomes 0
		}
	case Time:
		return Plain{Type: Time, Time: v.Interface().(time.Time).Round(0).UTC()}, nil
	}
	return Plain{}, &Error{1, 1, "the value is not a text, a number, true or false, or a time"}
}

// kindOf is the type of single values of a Go type; 0 if it has none or is known
// only at run time.
func kindOf(t reflect.Type) Type {
	t = indirect(t)
	switch k := t.Kind(); {
	case t == timeType:
		return Time
	case t == durationType:
		return 0
	case k == reflect.String:
		return Text
	case k == reflect.Bool:
		return Boolean
	case k == reflect.Float32 || k == reflect.Float64:
		return Number
	case numeric(k):
		return Integer
	}
	return 0
}
