package rule

import (
	"math"
	"reflect"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/expr-lang/expr/ast"
)

// verdict is what a condition says of a frame.
type verdict uint8

const (
	no verdict = iota
	yes
	fails
)

func verdictOf(b bool) verdict {
	if b {
		return yes
	}
	return no
}

// check decides a condition, with the errors of the language in its order.
type check func(*frame) verdict

// term is a compiled value. The function of its class is set: integers serve
// integral, unsigned and span.
type term struct {
	class   class
	nilable bool // it may be missing
	integer func(*frame) (int64, status)
	number  func(*frame) (float64, status)
	text    func(*frame) (string, status)
	time    func(*frame) (time.Time, status)
	logical check // a missing truth value fails
}

// term compiles a value; false if it is not covered.
func (l *lowering) term(node ast.Node) (term, bool) {
	t, ok := l.value(node)
	if !ok {
		l.blame(node)
	}
	return t, ok
}

func (l *lowering) value(node ast.Node) (term, bool) {
	switch n := unwrap(node).(type) {
	case *ast.IntegerNode:
		v := int64(n.Value)
		return term{class: integral, integer: func(*frame) (int64, status) { return v, present }}, true
	case *ast.FloatNode:
		v := n.Value
		return term{class: fraction, number: func(*frame) (float64, status) { return v, present }}, true
	case *ast.StringNode:
		v := n.Value
		return term{class: textual, text: func(*frame) (string, status) { return v, present }}, true
	case *ast.ConstantNode:
		switch v := n.Value.(type) {
		case time.Duration:
			return term{class: span, integer: func(*frame) (int64, status) { return int64(v), present }}, true
		case time.Time:
			return term{class: instant, time: func(*frame) (time.Time, status) { return v, present }}, true
		}
	case *ast.IdentifierNode:
		if n.Value == "Now" {
			return term{class: instant, time: func(f *frame) (time.Time, status) { return f.now, present }}, true
		}
	case *ast.MemberNode:
		if p, ok := l.place(n); ok {
			return p.term()
		}
	case *ast.UnaryNode:
		if x, ok := l.term(n.Node); ok && n.Operator == "-" {
			return negative(x, indirect(n.Node.Type()).Kind())
		}
	case *ast.BinaryNode:
		if n.Operator == "??" {
			return l.coalesce(n)
		}
		return l.arithmetic(n)
	case *ast.BuiltinNode:
		return l.function(n)
	case *ast.CallNode:
		return l.method(n)
	case *ast.ConditionalNode:
		return l.choice(n)
	}
	return term{}, false
}

// term reads the place.
func (p *place) term() (term, bool) {
	t := term{class: p.class, nilable: p.pointer}
	switch p.class {
	case textual:
		t.text = func(f *frame) (string, status) {
			m, s, st := p.find(f)
			if st != present {
				return "", st
			}
			return s.text(m), present
		}
		if p.direct() {
			t.text = func(f *frame) (string, status) { m, _ := p.base(f); return p.last.text(m), present }
		}
	case integral, unsigned, span:
		t.integer = func(f *frame) (int64, status) {
			m, s, st := p.find(f)
			if st != present {
				return 0, st
			}
			return s.integer(m), present
		}
	case fraction:
		t.number = func(f *frame) (float64, status) {
			m, s, st := p.find(f)
			if st != present {
				return 0, st
			}
			return s.number(m), present
		}
	case logical:
		t.logical = func(f *frame) verdict {
			m, s, st := p.find(f)
			if st != present {
				return fails
			}
			return verdictOf(s.boolean(m))
		}
	case instant:
		t.time = func(f *frame) (time.Time, status) {
			m, s, st := p.find(f)
			if st != present {
				return time.Time{}, st
			}
			return *s.time(m), present
		}
	default:
		return term{}, false
	}
	return t, true
}

// coalesce compiles a ?? b, where b counts if there is no a.
func (l *lowering) coalesce(n *ast.BinaryNode) (term, bool) {
	a, ok := l.term(n.Left)
	if !ok {
		return term{}, false
	}
	b, ok := l.term(n.Right)
	if !ok || a.class != b.class || a.class == logical {
		return term{}, false
	}
	t := term{class: a.class, nilable: b.nilable}
	switch a.class {
	case textual:
		t.text = either(a.text, b.text)
	case fraction:
		t.number = either(a.number, b.number)
	case instant:
		t.time = either(a.time, b.time)
	default:
		t.integer = either(a.integer, b.integer)
	}
	return t, true
}

func either[T any](a, b func(*frame) (T, status)) func(*frame) (T, status) {
	return func(f *frame) (T, status) {
		if v, st := a(f); st != missing {
			return v, st
		}
		return b(f)
	}
}

// negative compiles −x. The language keeps x's width: −x of the least int8 is
// itself, which is left to the machine.
func negative(x term, kind reflect.Kind) (term, bool) {
	switch x.class {
	case integral:
		if kind != reflect.Int && kind != reflect.Int64 {
			return term{}, false
		}
		f := x.integer
		return term{class: integral, integer: func(fr *frame) (int64, status) { v, st := f(fr); return -v, required(st) }}, true
	case fraction:
		f := x.number
		return term{class: fraction, number: func(fr *frame) (float64, status) { v, st := f(fr); return -v, required(st) }}, true
	}
	return term{}, false
}

// required makes a missing value an error.
func required(s status) status {
	if s == missing {
		return failed
	}
	return s
}

// asNumber gives a number as a float, as the language does where an integer meets one.
func (t term) asNumber() (func(*frame) (float64, status), bool) {
	switch t.class {
	case fraction:
		return t.number, true
	case integral:
		f := t.integer
		return func(fr *frame) (float64, status) { v, st := f(fr); return float64(v), st }, true
	case unsigned:
		f := t.integer
		return func(fr *frame) (float64, status) { v, st := f(fr); return float64(uint64(v)), st }, true
	}
	return nil, false
}

// arithmetic compiles + − × ÷ and %; both sides are evaluated before either is missed.
func (l *lowering) arithmetic(n *ast.BinaryNode) (term, bool) {
	a, ok := l.term(n.Left)
	if !ok {
		return term{}, false
	}
	b, ok := l.term(n.Right)
	if !ok {
		return term{}, false
	}
	switch {
	case a.class == instant || b.class == instant || a.class == span || b.class == span:
		return timeArithmetic(n.Operator, a, b)
	case a.class == integral && b.class == integral && n.Operator != "/":
		return integerArithmetic(n.Operator, a.integer, b.integer)
	}
	x, okA := a.asNumber()
	y, okB := b.asNumber()
	if !okA || !okB || a.class == unsigned || b.class == unsigned {
		return term{}, false
	}
	var compute func(a, b float64) float64
	switch n.Operator {
	case "+":
		compute = func(a, b float64) float64 { return a + b }
	case "-":
		compute = func(a, b float64) float64 { return a - b }
	case "*":
		compute = func(a, b float64) float64 { return float64(a * b) }
	case "/":
		compute = func(a, b float64) float64 { return a / b }
	default:
		return term{}, false
	}
	return term{class: fraction, number: func(f *frame) (float64, status) {
		v, st := x(f)
		if st == failed {
			return 0, failed
		}
		w, st2 := y(f)
		return compute(v, w), required(max(st, st2))
	}}, true
}

func integerArithmetic(operator string, x, y func(*frame) (int64, status)) (term, bool) {
	var compute func(a, b int64) (int64, status)
	switch operator {
	case "+":
		compute = func(a, b int64) (int64, status) { return a + b, present }
	case "-":
		compute = func(a, b int64) (int64, status) { return a - b, present }
	case "*":
		compute = func(a, b int64) (int64, status) { return a * b, present }
	case "%":
		compute = func(a, b int64) (int64, status) {
			if b == 0 {
				return 0, failed
			}
			return a % b, present
		}
	default:
		return term{}, false
	}
	return term{class: integral, integer: func(f *frame) (int64, status) {
		v, st := x(f)
		if st == failed {
			return 0, failed
		}
		w, st2 := y(f)
		if st = required(max(st, st2)); st != present {
			return 0, st
		}
		return compute(v, w)
	}}, true
}

// function compiles len, lower, upper and trim, and counts of activities.
func (l *lowering) function(n *ast.BuiltinNode) (term, bool) {
	if c, ok := l.counter(n); ok {
		l.touched = append(l.touched, c)
		return term{class: integral, integer: func(f *frame) (int64, status) {
			if f.broken[c/64]>>(c%64)&1 != 0 {
				return 0, failed
			}
			return int64(f.counts[c]), present
		}}, true
	}
	if len(n.Arguments) != 1 {
		return term{}, false
	}
	if n.Name == "len" {
		if p, ok := l.place(n.Arguments[0]); ok && (p.class == listing || p.class == textsList) && !p.pointer {
			return term{class: integral, integer: func(f *frame) (int64, status) {
				m, ok := p.base(f)
				if !ok {
					return 0, failed
				}
				return int64(p.last.length(m)), present
			}}, true
		}
	}
	x, ok := l.term(n.Arguments[0])
	if !ok || x.class != textual {
		return term{}, false
	}
	text := x.text
	var compute func(string) string
	switch n.Name {
	case "len":
		return term{class: integral, integer: func(f *frame) (int64, status) {
			v, st := text(f)
			return int64(utf8.RuneCountInString(v)), required(st)
		}}, true
	case "lower":
		compute = strings.ToLower
	case "upper":
		compute = strings.ToUpper
	case "trim":
		compute = strings.TrimSpace
	default:
		return term{}, false
	}
	return term{class: textual, text: func(f *frame) (string, status) {
		v, st := text(f)
		return compute(v), required(st)
	}}, true
}

// choice compiles condition ? a : b where both are of one class.
func (l *lowering) choice(n *ast.ConditionalNode) (term, bool) {
	condition, ok := l.check(n.Cond)
	if !ok {
		return term{}, false
	}
	a, ok := l.term(n.Exp1)
	if !ok {
		return term{}, false
	}
	b, ok := l.term(n.Exp2)
	if !ok || a.class != b.class {
		return term{}, false
	}
	t := term{class: a.class, nilable: a.nilable || b.nilable}
	switch a.class {
	case integral, unsigned, span:
		t.integer = choose(condition, a.integer, b.integer)
	case fraction:
		t.number = choose(condition, a.number, b.number)
	case textual:
		t.text = choose(condition, a.text, b.text)
	case instant:
		t.time = choose(condition, a.time, b.time)
	case logical:
		t.logical = func(f *frame) verdict {
			switch condition(f) {
			case yes:
				return a.logical(f)
			case no:
				return b.logical(f)
			}
			return fails
		}
	}
	return t, true
}

func choose[T any](condition check, a, b func(*frame) (T, status)) func(*frame) (T, status) {
	return func(f *frame) (v T, st status) {
		switch condition(f) {
		case yes:
			return a(f)
		case no:
			return b(f)
		}
		return v, failed
	}
}

// micropoints evaluates a number of points; nil if it is none.
func (t term) micropoints() func(*frame) (int64, status) {
	switch t.class {
	case integral:
		return func(f *frame) (int64, status) {
			v, st := t.integer(f)
			if st != present || v < -mostPoints || v > mostPoints {
				return 0, failed
			}
			return v * micro, present
		}
	case fraction:
		return func(f *frame) (int64, status) {
			v, st := t.number(f)
			if st != present || !(math.Abs(v) <= mostPoints) {
				return 0, failed
			}
			return int64(math.RoundToEven(float64(v * micro))), present
		}
	}
	return nil
}

// plain evaluates a single text, number or time; nil if it is none of them.
func (t term) plain() func(*frame) (Plain, status) {
	switch t.class {
	case textual:
		return func(f *frame) (Plain, status) {
			v, st := t.text(f)
			return Plain{Type: Text, Text: v}, st
		}
	case integral:
		return func(f *frame) (Plain, status) {
			v, st := t.integer(f)
			return Plain{Type: Integer, Integer: v}, st
		}
	case fraction:
		return func(f *frame) (Plain, status) {
			v, st := t.number(f)
			if v != v {
				return Plain{}, failed
			}
			return Plain{Type: Number, Number: v + 0}, st // -0 becomes 0
		}
	case instant:
		return func(f *frame) (Plain, status) {
			v, st := t.time(f)
			return Plain{Type: Time, Time: v.Round(0).UTC()}, st
		}
	}
	return nil
}
