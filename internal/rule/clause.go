package rule

import (
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/expr-lang/expr/ast"
)

// clause is a condition as tests that must all hold. They are decided in the
// order of the text, and the first that does not hold decides the clause.
type clause []test

// test is one of the conditions of a clause. Its check is exact. Where it
// looks at one field in a way that an index can answer, aspect says which.
type test struct {
	check  check
	aspect aspect
	key    string // tests of one aspect and key share an index
	place  *place
	negate bool // the test holds where what follows does not

	texts    []string // equality: one of them
	bounds   []int64  // integer: one of them, or from the first to the last
	numbers  []float64
	compare  string        // how numbers compare with the bound: ==, <, <=, >, >=, in, or .. for a range
	search   textTest      // search
	offset   time.Duration // window: the text compares with Now + offset
	strictly bool          // window: later than that instant, not at it
	counter  int           // tally
	least    int           // tally: at least so many
}

// aspect is what of a field an index answers.
type aspect uint8

const (
	alone     aspect = iota // nothing: the check decides
	byText                  // a text is one of some texts
	byInteger               // an integer compares with constants
	byNumber                // a fraction compares with constants
	byTruth                 // a truth value
	byNil                   // a pointer or a list is nil
	bySearch                // a text holds some text or pattern
	byElement               // a list of texts has some text
	byWindow                // a time compares with an instant relative to Now
	byLength                // the length of a list compares with a constant
	byTally                 // a number of activities compares with a constant
)

// fallible tells whether the test can fail: on the way to the field, or for
// want of a value.
func (t *test) fallible() bool {
	switch t.aspect {
	case alone:
		return true // not known
	case byTally:
		return false // a counter that fails is seen at once
	case byText, byNil, bySearch, byElement, byLength:
		return t.place.fallible()
	}
	return t.place.fallible() || t.place.pointer
}

// clause splits a condition into tests; false if it is not covered.
func (l *lowering) clause(node ast.Node) (clause, bool) {
	if n, ok := node.(*ast.BinaryNode); ok && (n.Operator == "and" || n.Operator == "&&") {
		a, okA := l.clause(n.Left)
		b, okB := l.clause(n.Right)
		return append(a, b...), okA && okB
	}
	if n, ok := node.(*ast.BoolNode); ok && n.Value {
		return nil, true
	}
	t, ok := l.test(node)
	return clause{t}, ok
}

// test compiles one condition and finds its aspect.
func (l *lowering) test(node ast.Node) (test, bool) {
	before := len(l.touched)
	c, ok := l.check(node)
	if !ok {
		return test{}, false
	}
	t := test{}
	inner := node
	for {
		n, isNot := inner.(*ast.UnaryNode)
		if !isNot || n.Operator != "not" && n.Operator != "!" {
			break
		}
		inner, t.negate = n.Node, !t.negate
	}
	l.aspectOf(&t, inner)
	t.check = c
	if quick := t.quick(); quick != nil {
		t.check = quick
	}
	if t.aspect == alone {
		t.negate = false
		t.key = spelled(node)
	}
	if t.aspect != byTally || t.least > 1 {
		for _, counter := range l.touched[before:] {
			l.exact[counter] = true
		}
	}
	return t, true
}

var mirrored = map[string]string{"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}

func (l *lowering) aspectOf(t *test, node ast.Node) {
	if p, ok := l.place(node); ok {
		if p.class == logical {
			t.at(byTruth, p)
		}
		return
	}
	n, ok := node.(*ast.BinaryNode)
	if !ok {
		return
	}
	switch n.Operator {
	case "or", "||":
		l.oneOf(t, n)
		return
	case "in":
		l.elementOf(t, n)
		return
	case "??":
		if p, truth, ok := l.orElse(n); ok { // is it equal to the other one than the default?
			t.at(byInteger, p)
			t.compare, t.bounds, t.negate = "==", []int64{int64(ones(!truth))}, t.negate != truth
		}
		return
	case "contains", "startsWith", "endsWith", "matches":
		p, ok := l.place(n.Left)
		if constant, isText := n.Right.(*ast.StringNode); ok && isText && p.class == textual {
			t.at(bySearch, p)
			t.search = searched(n.Operator, constant.Value)
		}
		return
	}
	operator, left, right := n.Operator, n.Left, n.Right
	if mirrored[operator] == "" {
		return
	}
	if _, constant := integerConstant(left); constant || isConstant(left) {
		operator, left, right = mirrored[operator], right, left
	}
	if operator == "!=" {
		operator, t.negate = "==", !t.negate
	}
	l.comparison(t, operator, left, right)
}

// isConstant tells whether a node is a constant, nil or relative to Now.
func isConstant(node ast.Node) bool {
	switch node.(type) {
	case *ast.StringNode, *ast.BoolNode, *ast.FloatNode, *ast.NilNode:
		return true
	}
	_, number := numberConstant(node)
	_, ok := relative(node)
	return number || ok
}

func (t *test) at(a aspect, p *place) { t.aspect, t.place, t.key = a, p, p.name }

// comparison is that of a field or a counter with a constant.
func (l *lowering) comparison(t *test, operator string, left, right ast.Node) {
	if l.counts(left) {
		l.tallied(t, operator, left, right)
		return
	}
	if l.length(t, operator, left, right) {
		return
	}
	p, ok := l.place(left)
	if !ok {
		return
	}
	switch {
	case isNil(right):
		if operator == "==" && (p.pointer || p.class == textsList || p.class == listing) {
			t.at(byNil, p)
		}
	case p.class == textual && operator == "==":
		if text, ok := right.(*ast.StringNode); ok {
			t.at(byText, p)
			t.texts = []string{text.Value}
		}
	case p.class == logical && operator == "==":
		if truth, ok := right.(*ast.BoolNode); ok { // nil equals neither
			t.at(byInteger, p)
			t.compare, t.bounds = operator, []int64{int64(ones(truth.Value))}
		}
	case integers(p.class):
		if v, ok := integerConstant(right); ok {
			t.at(byInteger, p)
			t.compare, t.bounds = operator, []int64{v}
		}
	case p.class == fraction:
		if v, ok := numberConstant(right); ok {
			t.at(byNumber, p)
			t.compare, t.numbers = operator, []float64{v}
		}
	case p.class == instant && operator != "==":
		if offset, ok := relative(right); ok {
			t.at(byWindow, p)
			t.offset = offset
			t.strictly = operator == ">" || operator == "<="
			t.negate = t.negate != (operator == "<" || operator == "<=")
		}
	}
}

// length is the comparison of the length of a list with a constant, or of a
// text with nothing.
func (l *lowering) length(t *test, operator string, left, right ast.Node) bool {
	n, ok := left.(*ast.BuiltinNode)
	if !ok || n.Name != "len" || len(n.Arguments) != 1 {
		return false
	}
	p, okPlace := l.place(n.Arguments[0])
	v, okBound := integerConstant(right)
	if !okPlace || !okBound || p.pointer {
		return false
	}
	switch {
	case p.class == listing || p.class == textsList:
		t.at(byLength, p)
		t.compare, t.bounds = operator, []int64{v}
	case p.class == textual && (operator == ">" && v == 0 || operator == ">=" && v == 1 || operator == "==" && v == 0):
		t.at(byText, p)
		t.texts, t.negate = []string{""}, t.negate != (operator != "==")
	}
	return true
}

// relative reads Now and Now ± a constant span.
func relative(node ast.Node) (time.Duration, bool) {
	switch n := node.(type) {
	case *ast.IdentifierNode:
		return 0, n.Value == "Now"
	case *ast.BinaryNode:
		now, isName := n.Left.(*ast.IdentifierNode)
		by, isConstant := n.Right.(*ast.ConstantNode)
		if !isName || now.Value != "Now" || !isConstant {
			return 0, false
		}
		d, ok := by.Value.(time.Duration)
		switch {
		case ok && n.Operator == "+":
			return d, true
		case ok && n.Operator == "-":
			return -d, d != math.MinInt64
		}
	}
	return 0, false
}

// numberConstant reads a number as a float.
func numberConstant(node ast.Node) (float64, bool) {
	if v, ok := integerConstant(node); ok {
		return float64(v), true
	}
	switch n := node.(type) {
	case *ast.FloatNode:
		return n.Value, true
	case *ast.UnaryNode:
		if v, ok := n.Node.(*ast.FloatNode); ok && n.Operator == "-" {
			return -v.Value, true
		}
	}
	return 0, false
}

// oneOf joins equalities of one text, as in Stage == "a" or Stage == "b".
func (l *lowering) oneOf(t *test, n *ast.BinaryNode) {
	var joined test
	for _, node := range []ast.Node{n.Left, n.Right} {
		var side test
		l.aspectOf(&side, node)
		if side.aspect != byText || side.negate || joined.place != nil && joined.key != side.key {
			return
		}
		joined.place, joined.key = side.place, side.key
		joined.texts = append(joined.texts, side.texts...)
	}
	t.at(byText, joined.place)
	t.texts = joined.texts
}

// elementOf is membership in a literal list, or of a text in a list.
func (l *lowering) elementOf(t *test, n *ast.BinaryNode) {
	if p, ok := l.place(n.Right); ok {
		if text, isText := n.Left.(*ast.StringNode); isText && p.class == textsList && !p.pointer {
			t.at(byElement, p)
			t.texts = []string{text.Value}
		}
		return
	}
	p, ok := l.place(n.Left)
	if !ok {
		return
	}
	if from, to, ok := rangeOf(n.Right); ok {
		if p.class == integral {
			t.at(byInteger, p)
			t.compare, t.bounds = "..", []int64{from, to}
		}
	} else if texts, ok := literalTexts(n.Right); ok && p.class == textual && len(texts) > 0 {
		t.at(byText, p)
		t.texts = texts
	} else if numbers, ok := literalIntegers(n.Right); ok && integers(p.class) && len(numbers) > 0 {
		t.at(byInteger, p)
		t.compare = "in"
		for v := range numbers {
			t.bounds = append(t.bounds, v)
		}
		slices.Sort(t.bounds)
	}
}

// counts tells whether the node is a number of activities.
func (l *lowering) counts(node ast.Node) bool {
	n, ok := node.(*ast.BuiltinNode)
	if !ok {
		return false
	}
	_, ok = l.counter(n)
	return ok
}

// tallied is the comparison of a counter with a constant, as at least so many.
func (l *lowering) tallied(t *test, operator string, left, right ast.Node) {
	v, ok := integerConstant(right)
	if !ok || v < -math.MaxInt32 || v > math.MaxInt32 {
		return
	}
	least := int(v)
	switch operator {
	case ">":
		least++
	case "<":
		t.negate = !t.negate
	case "<=":
		least, t.negate = least+1, !t.negate
	case "==":
		if v != 0 {
			return
		}
		least, t.negate = 1, !t.negate
	}
	t.counter, _ = l.counter(left.(*ast.BuiltinNode))
	t.aspect, t.least, t.key = byTally, least, strconv.Itoa(t.counter)
}

// counter finds or makes the counter for a number of activities: count of a
// predicate, or len of a filtered list.
func (l *lowering) counter(n *ast.BuiltinNode) (int, bool) {
	var predicates []ast.Node
	switch {
	case l.inPredicate || l.scope == onActivity || len(n.Arguments) == 0:
		return 0, false
	case n.Name == "count" && len(n.Arguments) == 2:
		predicates = []ast.Node{n.Arguments[1]}
	case n.Name != "len":
		return 0, false
	}
	list := n.Arguments[0]
	for {
		filter, ok := list.(*ast.BuiltinNode)
		if !ok || filter.Name != "filter" || len(filter.Arguments) != 2 {
			break
		}
		predicates = append(predicates, filter.Arguments[1])
		list = filter.Arguments[0]
	}
	if name, ok := list.(*ast.IdentifierNode); !ok || name.Value != "Activities" {
		return 0, false
	}
	key := spelled(n)
	if c, ok := l.counterOf[key]; ok {
		return c, c >= 0
	}
	slices.Reverse(predicates)
	l.inPredicate = true
	defer func() { l.inPredicate = false }()
	var all clause
	for _, node := range predicates {
		predicate, ok := node.(*ast.PredicateNode)
		if !ok {
			return 0, false
		}
		c, ok := l.clause(predicate.Node)
		if !ok {
			l.counterOf[key] = -1
			return 0, false
		}
		all = append(all, c...)
	}
	l.counterOf[key] = len(l.counters)
	l.counters = append(l.counters, all)
	return len(l.counters) - 1, true
}
