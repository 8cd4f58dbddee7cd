package rule

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
)

// Review is what a text tells by itself, whatever the host's types.
type Review struct {
	Normal string   // texts of the same normal form hold for the same subjects
	Names  []string // every name and field in the text, sorted
	Always bool     // a condition that every subject meets
	Never  bool     // a condition that no subject meets: it is false or fails
	Pinned []string // normal forms of what has the same value wherever the condition holds
}

// ReviewText reads a text without types. It is false for a text that is not in
// the language's syntax. What it finds is certain; it does not find everything.
// The time is in proportion to the text's length, squared for a chain of "or".
func ReviewText(text string) (review Review, ok bool) {
	if text == "" || len(text) > MaxText {
		return Review{}, false
	}
	defer func() {
		if recover() != nil { // a fault in the language must not reach the host
			review, ok = Review{}, false
		}
	}()
	code, err := expr.Compile(text, expr.Optimize(false), expr.MaxNodes(MaxNodes))
	if err != nil {
		return Review{}, false
	}
	root := code.Node()
	names := map[string]bool{}
	ast.Walk(&root, visitor(func(node *ast.Node) { collectName(*node, names) }))
	ast.Walk(&root, visitor(oneWay))
	value, constant := constantTruth(root)
	review = Review{Always: constant && value, Never: neverTrue(root)}
	for name := range names {
		review.Names = append(review.Names, name)
	}
	slices.Sort(review.Names)
	sayings := map[string]*saying{}
	var parts []string
	for _, part := range together(root) {
		parts = append(parts, "("+part.String()+")")
		learn(part, false, sayings)
	}
	slices.Sort(parts) // whether all of them hold does not depend on their order
	review.Normal = strings.Join(slices.Compact(parts), " and ")
	for key, s := range sayings {
		if s.limited && len(s.among) == 1 {
			review.Pinned = append(review.Pinned, "("+key+")")
		}
	}
	slices.Sort(review.Pinned)
	return review, true
}

func collectName(node ast.Node, names map[string]bool) {
	switch n := node.(type) {
	case *ast.IdentifierNode:
		names[n.Value] = true
	case *ast.MemberNode:
		if property, ok := n.Property.(*ast.StringNode); ok {
			names[property.Value] = true
		}
	}
}

// swapped are the operators that stay true when the sides change places.
var swapped = map[string]string{"==": "==", "!=": "!=", "<": ">", ">": "<", "<=": ">=", ">=": "<="}

// oneWay rewrites a node in the one of several ways that mean the same.
func oneWay(node *ast.Node) {
	switch n := (*node).(type) {
	case *ast.FloatNode: // its text would be that of an integer
		if text := n.String(); strings.Trim(text, "0123456789") == "" {
			*node = &ast.IdentifierNode{Value: text + ".0"}
		}
	case *ast.UnaryNode:
		if n.Operator == "!" {
			n.Operator = "not"
		}
	case *ast.BinaryNode:
		switch n.Operator {
		case "&&":
			n.Operator = "and"
		case "||":
			n.Operator = "or"
		}
		_, left := writtenIn(n.Left)
		_, right := writtenIn(n.Right)
		if operator, ok := swapped[n.Operator]; ok && left && !right {
			n.Operator, n.Left, n.Right = operator, n.Right, n.Left
		}
		if list, ok := n.Right.(*ast.ArrayNode); ok && n.Operator == "in" {
			sortList(list)
		}
	}
}

// sortList sorts a list of constants, of which "in" does not see the order.
func sortList(list *ast.ArrayNode) {
	for _, element := range list.Nodes {
		if _, ok := writtenIn(element); !ok {
			return
		}
	}
	slices.SortStableFunc(list.Nodes, func(a, b ast.Node) int { return strings.Compare(a.String(), b.String()) })
	list.Nodes = slices.CompactFunc(list.Nodes, func(a, b ast.Node) bool { return a.String() == b.String() })
}

// together are what must hold, all of it, for the condition to hold.
func together(node ast.Node) []ast.Node {
	if n, ok := node.(*ast.BinaryNode); ok && n.Operator == "and" {
		return append(together(n.Left), together(n.Right)...)
	}
	return []ast.Node{node}
}

// written is a constant that stands in the text.
type written struct {
	kind   writtenKind
	text   string
	number float64
}

type writtenKind int

const (
	writtenText writtenKind = iota + 1
	writtenInteger
	writtenNumber
	writtenTruth
)

// wholeFloats bounds the integers that a float holds exactly.
const wholeFloats = 1 << 53

func writtenIn(node ast.Node) (written, bool) {
	switch n := node.(type) {
	case *ast.StringNode:
		return written{kind: writtenText, text: n.Value}, true
	case *ast.BoolNode:
		return written{kind: writtenTruth, text: fmt.Sprint(n.Value)}, true
	case *ast.IntegerNode:
		return written{kind: writtenInteger, number: float64(n.Value)}, int64(n.Value) > -wholeFloats && int64(n.Value) < wholeFloats
	case *ast.FloatNode:
		return written{kind: writtenNumber, number: n.Value}, !math.IsNaN(n.Value) && !math.IsInf(n.Value, 0)
	case *ast.IdentifierNode: // a float that oneWay has rewritten: no field starts with a digit
		var x float64
		if n.Value == "" || n.Value[0] > '9' {
			return written{}, false
		}
		_, err := fmt.Sscanf(n.Value, "%g", &x)
		return written{kind: writtenNumber, number: x}, err == nil
	case *ast.UnaryNode:
		c, ok := writtenIn(n.Node)
		if n.Operator != "-" || c.kind != writtenInteger && c.kind != writtenNumber {
			return written{}, false
		}
		c.number = -c.number
		return c, ok
	}
	return written{}, false
}

// constantTruth is the value of a condition that has the same for every subject
// and can't fail.
func constantTruth(node ast.Node) (value, constant bool) {
	switch n := node.(type) {
	case *ast.BoolNode:
		return n.Value, true
	case *ast.UnaryNode:
		value, constant = constantTruth(n.Node)
		return !value, constant && n.Operator == "not"
	case *ast.BinaryNode:
		switch n.Operator {
		case "and", "or":
			value, constant = constantTruth(n.Left)
			if constant && value == (n.Operator == "and") { // the other side decides
				return constantTruth(n.Right)
			}
			return value, constant
		default:
			return comparedConstants(n)
		}
	}
	return false, false
}

func comparedConstants(n *ast.BinaryNode) (value, constant bool) {
	a, left := writtenIn(n.Left)
	b, right := writtenIn(n.Right)
	if !left || !right || a.kind != b.kind {
		return false, false
	}
	order := strings.Compare(a.text, b.text)
	if a.number != b.number {
		order = 1
		if a.number < b.number {
			order = -1
		}
	}
	switch n.Operator {
	case "==":
		return order == 0, true
	case "!=":
		return order != 0, true
	case "<", "<=", ">", ">=":
		return holdsInOrder(n.Operator, order), a.kind != writtenTruth
	}
	return false, false
}

// holdsInOrder tells whether a comparison holds for sides in this order.
func holdsInOrder(operator string, order int) bool {
	switch operator {
	case "<":
		return order < 0
	case "<=":
		return order <= 0
	case ">":
		return order > 0
	}
	return order >= 0
}

// never tells whether no subject meets the condition: it is false or fails.
func neverTrue(node ast.Node) bool {
	if value, constant := constantTruth(node); constant {
		return !value
	}
	switch n := node.(type) {
	case *ast.BinaryNode:
		switch n.Operator {
		case "or":
			return neverTrue(n.Left) && neverTrue(n.Right)
		case "and":
			return contradict(together(n))
		case "in":
			list, ok := n.Right.(*ast.ArrayNode)
			return ok && len(list.Nodes) == 0
		}
	case *ast.BuiltinNode:
		if n.Name == "any" && len(n.Arguments) == 2 {
			return neverTrue(n.Arguments[1])
		}
	case *ast.PredicateNode:
		return neverTrue(n.Node)
	}
	return false
}

// contradictory tells whether the conditions can't hold together.
func contradict(all []ast.Node) bool {
	said := map[string]bool{} // normal form: whether it holds
	sayings := map[string]*saying{}
	for _, node := range all {
		if neverTrue(node) {
			return true
		}
		value, inner := true, node
		for {
			not, ok := inner.(*ast.UnaryNode)
			if !ok || not.Operator != "not" {
				break
			}
			value, inner = !value, not.Node
		}
		text := inner.String()
		if before, ok := said[text]; ok && before != value {
			return true
		}
		said[text] = value
		learn(node, false, sayings)
	}
	for _, s := range sayings {
		if s.impossible() {
			return true
		}
	}
	return false
}

// saying is what conditions that hold together say of one value.
type saying struct {
	limited    bool // the value is among some
	among      []written
	never      []written
	low, high  float64
	above      bool // low itself is excluded
	below      bool // high itself is excluded
	kinds      map[writtenKind]bool
	comparable bool // a bound was given: the value is a number
}

// learn adds what a condition that holds says; one that is denied, what its opposite says.
func learn(node ast.Node, denied bool, sayings map[string]*saying) {
	if not, ok := node.(*ast.UnaryNode); ok && not.Operator == "not" {
		learn(not.Node, !denied, sayings)
		return
	}
	n, ok := node.(*ast.BinaryNode)
	if !ok {
		return
	}
	var constants []written
	if list, isList := n.Right.(*ast.ArrayNode); isList && n.Operator == "in" {
		for _, element := range list.Nodes {
			c, ok := writtenIn(element)
			if !ok {
				return
			}
			constants = append(constants, c)
		}
	} else if c, ok := writtenIn(n.Right); ok {
		constants = append(constants, c)
	} else {
		return
	}
	f := sayings[n.Left.String()]
	if f == nil {
		f = &saying{low: math.Inf(-1), high: math.Inf(1), kinds: map[writtenKind]bool{}}
		sayings[n.Left.String()] = f
	}
	f.learn(n.Operator, denied, constants)
}

func (f *saying) learn(operator string, denied bool, constants []written) {
	switch {
	case operator == "!=":
		operator, denied = "==", !denied
	case operator != "==" && operator != "in" && denied:
		return // the opposite holds for what does not compare, too
	}
	switch operator {
	case "==", "in":
		for _, c := range constants {
			f.kinds[c.kind] = true
		}
		switch {
		case denied:
			f.never = append(f.never, constants...)
		case f.limited:
			f.among = slices.DeleteFunc(f.among, func(c written) bool { return !slices.Contains(constants, c) })
		default:
			f.limited, f.among = true, slices.Compact(slices.Clone(constants))
		}
	case "<", "<=", ">", ">=":
		if c := constants[0]; c.kind == writtenInteger || c.kind == writtenNumber {
			f.kinds[c.kind], f.comparable = true, true
			f.bound(operator, c.number)
		}
	}
}

func (f *saying) bound(operator string, x float64) {
	switch strict := len(operator) == 1; {
	case operator[0] == '<' && (x < f.high || x == f.high && strict):
		f.high, f.below = x, strict
	case operator[0] == '>' && (x > f.low || x == f.low && strict):
		f.low, f.above = x, strict
	}
}

// impossible tells whether no value is as all conditions say. Integers and
// fractions are not weighed against each other, for they compare by rounding.
func (f *saying) impossible() bool {
	if f.kinds[writtenInteger] && f.kinds[writtenNumber] {
		return false
	}
	if !f.limited {
		return f.low > f.high || f.low == f.high && (f.above || f.below)
	}
	return !slices.ContainsFunc(f.among, func(c written) bool {
		if slices.Contains(f.never, c) {
			return false
		}
		if !f.comparable {
			return true
		}
		isNumber := c.kind == writtenInteger || c.kind == writtenNumber
		return isNumber && c.number >= f.low && c.number <= f.high && !(f.above && c.number == f.low) && !(f.below && c.number == f.high)
	})
}
