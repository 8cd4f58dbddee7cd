package rule

import (
	"cmp"
	"time"

	"github.com/expr-lang/expr/ast"
)

// check compiles a condition; false if it is not covered.
func (l *lowering) check(node ast.Node) (check, bool) {
	c, ok := l.condition(node)
	if !ok {
		l.blame(node)
	}
	return c, ok
}

func (l *lowering) condition(node ast.Node) (check, bool) {
	switch n := unwrap(node).(type) {
	case *ast.BoolNode:
		v := verdictOf(n.Value)
		return func(*frame) verdict { return v }, true
	case *ast.UnaryNode:
		if n.Operator == "not" || n.Operator == "!" {
			c, ok := l.check(n.Node)
			return not(c), ok
		}
	case *ast.BinaryNode:
		return l.binary(n)
	default:
		if t, ok := l.term(n); ok && t.class == logical {
			return t.logical, true
		}
	}
	return nil, false
}

func not(c check) check {
	return func(f *frame) verdict {
		switch c(f) {
		case no:
			return yes
		case yes:
			return no
		}
		return fails
	}
}

func (l *lowering) binary(n *ast.BinaryNode) (check, bool) {
	switch n.Operator {
	case "and", "&&", "or", "||":
		a, okA := l.check(n.Left)
		b, okB := l.check(n.Right)
		if !okA || !okB {
			return nil, false
		}
		decisive := no
		if n.Operator == "or" || n.Operator == "||" {
			decisive = yes
		}
		return func(f *frame) verdict {
			if v := a(f); v == decisive || v == fails {
				return v
			}
			return b(f)
		}, true
	case "==", "!=":
		c, ok := l.equality(n.Left, n.Right)
		if n.Operator == "!=" {
			return not(c), ok
		}
		return c, ok
	case "<", "<=", ">", ">=":
		a, okA := l.term(n.Left)
		b, okB := l.term(n.Right)
		if !okA || !okB {
			return nil, false
		}
		return ordering(n.Operator, a, b)
	case "in":
		return l.membership(n.Left, n.Right)
	case "??":
		if p, truth, ok := l.orElse(n); ok {
			return func(f *frame) verdict {
				m, s, st := p.find(f)
				switch st {
				case present:
					return verdictOf(s.boolean(m))
				case missing:
					return verdictOf(truth)
				}
				return fails
			}, true
		}
	case "contains", "startsWith", "endsWith", "matches":
		return l.search(n)
	}
	return nil, false
}

// equality compiles ==, where nil equals nil and nothing else.
func (l *lowering) equality(left, right ast.Node) (check, bool) {
	if isNil(left) {
		left, right = right, left
	}
	if isNil(right) {
		return l.isNil(left)
	}
	if c, ok := l.truth(left, right); ok {
		return c, true
	}
	a, okA := l.term(left)
	b, okB := l.term(right)
	if !okA || !okB {
		return nil, false
	}
	switch {
	case a.class == textual && b.class == textual:
		return equal(a.text, b.text), true
	case integers(a.class) && integers(b.class), a.class == span && b.class == span:
		return equal(a.integer, b.integer), true
	case a.class == instant && b.class == instant:
		return equalBy(a.time, b.time, time.Time.Equal), true
	case a.class == logical && b.class == logical && !a.nilable && !b.nilable:
		return func(f *frame) verdict {
			v := a.logical(f)
			if v == fails {
				return fails
			}
			w := b.logical(f)
			if w == fails {
				return fails
			}
			return verdictOf(v == w)
		}, true
	}
	x, okA := a.asNumber()
	y, okB := b.asNumber()
	if !okA || !okB {
		return nil, false
	}
	return equal(x, y), true
}

// truth compiles the comparison of a truth value, which may be missing, with a constant.
func (l *lowering) truth(left, right ast.Node) (check, bool) {
	p, ok := l.place(left)
	constant, isTruth := right.(*ast.BoolNode)
	if !ok || !isTruth || p.class != logical {
		return nil, false
	}
	return func(f *frame) verdict {
		m, s, st := p.find(f)
		if st == failed {
			return fails
		}
		return verdictOf(st == present && s.boolean(m) == constant.Value)
	}, true
}

// orElse reads a truth value with a default for where it is missing.
func (l *lowering) orElse(n *ast.BinaryNode) (p *place, truth, ok bool) {
	p, ok = l.place(n.Left)
	constant, isTruth := n.Right.(*ast.BoolNode)
	if !ok || !isTruth || p.class != logical || !p.pointer {
		return nil, false, false
	}
	return p, constant.Value, true
}

func integers(c class) bool { return c == integral || c == unsigned }

func equal[T comparable](a, b func(*frame) (T, status)) check {
	return equalBy(a, b, func(x, y T) bool { return x == y })
}

func equalBy[T any](a, b func(*frame) (T, status), same func(x, y T) bool) check {
	return func(f *frame) verdict {
		x, st := a(f)
		if st == failed {
			return fails
		}
		y, st2 := b(f)
		switch {
		case st2 == failed:
			return fails
		case st == missing || st2 == missing:
			return verdictOf(st == st2)
		}
		return verdictOf(same(x, y))
	}
}

// isNil compiles a comparison with nil.
func (l *lowering) isNil(node ast.Node) (check, bool) {
	p, ok := l.place(node)
	if !ok || !p.pointer && p.class != textsList && p.class != listing {
		return nil, false
	}
	return func(f *frame) verdict {
		m, ok := p.base(f)
		if !ok {
			return fails
		}
		return verdictOf(p.last.isNil(m))
	}, true
}

// ordering compiles < and the like; nil fails.
func ordering(operator string, a, b term) (check, bool) {
	switch {
	case a.class == textual && b.class == textual:
		return orders(operator, a.text, b.text), true
	case integers(a.class) && integers(b.class), a.class == span && b.class == span:
		return orders(operator, a.integer, b.integer), true
	case a.class == instant && b.class == instant:
		return ordersBy(a.time, b.time, timeOrders[operator]), true
	}
	x, okA := a.asNumber()
	y, okB := b.asNumber()
	if !okA || !okB {
		return nil, false
	}
	return orders(operator, x, y), true
}

// timeOrders are the language's comparisons of times.
var timeOrders = map[string]func(a, b time.Time) bool{
	"<":  time.Time.Before,
	">":  time.Time.After,
	"<=": func(a, b time.Time) bool { return a.Before(b) || a.Equal(b) },
	">=": func(a, b time.Time) bool { return a.After(b) || a.Equal(b) },
}

func orders[T cmp.Ordered](operator string, a, b func(*frame) (T, status)) check {
	var holds func(x, y T) bool // false of NaN
	switch operator {
	case "<":
		holds = func(x, y T) bool { return x < y }
	case "<=":
		holds = func(x, y T) bool { return x <= y }
	case ">":
		holds = func(x, y T) bool { return x > y }
	default:
		holds = func(x, y T) bool { return x >= y }
	}
	return ordersBy(a, b, holds)
}

func ordersBy[T any](a, b func(*frame) (T, status), holds func(x, y T) bool) check {
	return func(f *frame) verdict {
		x, st := a(f)
		if st != present {
			return fails
		}
		y, st := b(f)
		if st != present {
			return fails
		}
		return verdictOf(holds(x, y))
	}
}

// membership compiles in: of a value in a literal list or a range, or of a
// text in a list of texts.
func (l *lowering) membership(needle, list ast.Node) (check, bool) {
	if p, ok := l.place(list); ok {
		text, constant := needle.(*ast.StringNode)
		if !constant || p.class != textsList || p.pointer {
			return nil, false
		}
		return func(f *frame) verdict {
			m, ok := p.base(f)
			if !ok {
				return fails
			}
			for i := range p.last.length(m) {
				if p.last.element(m, i) == text.Value {
					return yes
				}
			}
			return no
		}, true
	}
	x, ok := l.term(needle)
	if !ok {
		return nil, false
	}
	if from, to, ok := rangeOf(list); ok && x.class == integral {
		return func(f *frame) verdict {
			v, st := x.integer(f)
			if st == failed {
				return fails
			}
			return verdictOf(st == present && v >= from && v <= to)
		}, true
	}
	if texts, ok := literalTexts(list); ok && x.class == textual {
		return inTexts(x.text, texts), true
	}
	if numbers, ok := literalIntegers(list); ok && integers(x.class) {
		return func(f *frame) verdict {
			v, st := x.integer(f)
			if st == failed {
				return fails
			}
			_, found := numbers[v]
			return verdictOf(st == present && found)
		}, true
	}
	return nil, false
}

func inTexts(text func(*frame) (string, status), texts []string) check {
	set := make(map[string]struct{}, len(texts))
	for _, t := range texts {
		set[t] = struct{}{}
	}
	return func(f *frame) verdict {
		v, st := text(f)
		if st == failed {
			return fails
		}
		_, found := set[v]
		return verdictOf(st == present && found)
	}
}

func literalTexts(list ast.Node) ([]string, bool) {
	array, ok := list.(*ast.ArrayNode)
	if !ok {
		return nil, false
	}
	texts := make([]string, len(array.Nodes))
	for i, node := range array.Nodes {
		text, ok := node.(*ast.StringNode)
		if !ok {
			return nil, false
		}
		texts[i] = text.Value
	}
	return texts, true
}

func literalIntegers(list ast.Node) (map[int64]struct{}, bool) {
	array, ok := list.(*ast.ArrayNode)
	if !ok {
		return nil, false
	}
	numbers := map[int64]struct{}{}
	for _, node := range array.Nodes {
		v, ok := integerConstant(node)
		if !ok {
			return nil, false
		}
		numbers[v] = struct{}{}
	}
	return numbers, true
}

// integerConstant reads an integer, which may bear a sign.
func integerConstant(node ast.Node) (int64, bool) {
	switch n := node.(type) {
	case *ast.IntegerNode:
		return int64(n.Value), true
	case *ast.UnaryNode:
		if v, ok := n.Node.(*ast.IntegerNode); ok && n.Operator == "-" {
			return -int64(v.Value), true
		}
	}
	return 0, false
}

// rangeOf reads a constant range such as 1..10.
func rangeOf(list ast.Node) (from, to int64, ok bool) {
	n, ok := list.(*ast.BinaryNode)
	if !ok || n.Operator != ".." {
		return 0, 0, false
	}
	from, okFrom := integerConstant(n.Left)
	to, okTo := integerConstant(n.Right)
	return from, to, okFrom && okTo
}

// search compiles contains, startsWith, endsWith and matches with a constant
// text; what is missing holds none.
func (l *lowering) search(n *ast.BinaryNode) (check, bool) {
	constant, ok := n.Right.(*ast.StringNode)
	if !ok {
		return nil, false
	}
	x, ok := l.term(n.Left)
	if !ok || x.class != textual {
		return nil, false
	}
	matcher := newTextMatcher(searched(n.Operator, constant.Value))
	return func(f *frame) verdict {
		v, st := x.text(f)
		if st == failed {
			return fails
		}
		return verdictOf(st == present && matcher.match(v))
	}, true
}

func searched(operator, literal string) textTest {
	switch operator {
	case "contains":
		return textTest{textContains, literal}
	case "startsWith":
		return textTest{textStartsWith, literal}
	case "endsWith":
		return textTest{textEndsWith, literal}
	}
	return textTest{textMatches, literal}
}
