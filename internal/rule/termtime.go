package rule

import (
	"time"

	"github.com/expr-lang/expr/ast"
)

// timeArithmetic compiles time ± span, time − time and span ± span.
func timeArithmetic(operator string, a, b term) (term, bool) {
	both := func(f *frame, x, y status) status { return required(max(x, y)) }
	switch {
	case a.class == instant && b.class == span && (operator == "+" || operator == "-"):
		sign := time.Duration(1)
		if operator == "-" {
			sign = -1
		}
		x, y := a.time, b.integer
		return term{class: instant, time: func(f *frame) (time.Time, status) {
			v, st := x(f)
			if st == failed {
				return v, failed
			}
			w, st2 := y(f)
			return v.Add(sign * time.Duration(w)), both(f, st, st2)
		}}, true
	case a.class == span && b.class == instant && operator == "+":
		x, y := a.integer, b.time
		return term{class: instant, time: func(f *frame) (time.Time, status) {
			v, st := x(f)
			if st == failed {
				return time.Time{}, failed
			}
			w, st2 := y(f)
			return w.Add(time.Duration(v)), both(f, st, st2)
		}}, true
	case a.class == instant && b.class == instant && operator == "-":
		x, y := a.time, b.time
		return term{class: span, integer: func(f *frame) (int64, status) {
			v, st := x(f)
			if st == failed {
				return 0, failed
			}
			w, st2 := y(f)
			return int64(v.Sub(w)), both(f, st, st2)
		}}, true
	case a.class == span && b.class == span && (operator == "+" || operator == "-"):
		t, ok := integerArithmetic(operator, a.integer, b.integer)
		t.class = span
		return t, ok
	}
	return term{}, false
}

// clock are the methods of times that give a number.
var clock = map[string]func(time.Time) int{
	"Year": time.Time.Year, "Month": func(t time.Time) int { return int(t.Month()) }, "Day": time.Time.Day,
	"Hour": time.Time.Hour, "Minute": time.Time.Minute, "Second": time.Time.Second,
	"Weekday": func(t time.Time) int { return int(t.Weekday()) }, "YearDay": time.Time.YearDay,
	"Unix": func(t time.Time) int { return int(t.Unix()) },
}

// method compiles the methods of times.
func (l *lowering) method(n *ast.CallNode) (term, bool) {
	callee, ok := n.Callee.(*ast.MemberNode)
	if !ok || callee.Optional {
		return term{}, false
	}
	name, _ := callee.Property.(*ast.StringNode)
	receiver, ok := l.term(callee.Node)
	if !ok || name == nil || receiver.class != instant {
		return term{}, false
	}
	at := receiver.time
	if read := clock[name.Value]; read != nil && len(n.Arguments) == 0 {
		return term{class: integral, integer: func(f *frame) (int64, status) {
			t, st := at(f)
			return int64(read(t)), required(st)
		}}, true
	}
	if len(n.Arguments) != 1 {
		return term{}, false
	}
	argument, ok := l.term(n.Arguments[0])
	if !ok || argument.nilable {
		return term{}, false
	}
	if argument.class == span && name.Value == "Add" {
		return timeArithmetic("+", receiver, argument)
	}
	if argument.class != instant {
		return term{}, false
	}
	var compare func(a, b time.Time) bool
	switch name.Value {
	case "Sub":
		return timeArithmetic("-", receiver, argument)
	case "After":
		compare = time.Time.After
	case "Before":
		compare = time.Time.Before
	case "Equal":
		compare = time.Time.Equal
	default:
		return term{}, false
	}
	return term{class: logical, logical: func(f *frame) verdict {
		a, st := at(f)
		b, st2 := argument.time(f)
		if st != present || st2 != present {
			return fails
		}
		return verdictOf(compare(a, b))
	}}, true
}
