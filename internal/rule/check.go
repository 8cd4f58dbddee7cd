package rule

import (
	"reflect"
	"slices"
	"time"

	"github.com/expr-lang/expr/ast"
)

var (
	timeType     = reflect.TypeFor[time.Time]()
	durationType = reflect.TypeFor[time.Duration]()
)

// methods are those that rules may call. None changes or names a zone.
var methods = map[reflect.Type][]string{
	timeType: {"Add", "AddDate", "After", "Before", "Compare", "Day", "Equal", "Hour", "IsZero", "Minute", "Month",
		"Second", "Sub", "Truncate", "Unix", "Weekday", "Year", "YearDay"},
	durationType: {"Hours", "Minutes", "Seconds"},
}

// ordered are the functions whose result depends on the order of a list.
var ordered = []string{"find", "findIndex", "findLast", "findLastIndex", "first", "get", "last", "reverse", "take"}

// constantTime are the functions of a list that do not walk through it.
var constantTime = []string{"first", "get", "last", "len"}

// check walks the tree once its types are known, refuses what is unsafe and
// converts the host's named types. inside tells how many predicates surround the node.
func (s *source) check(node *ast.Node, inside int) {
	switch n := (*node).(type) {
	case *ast.MemberNode:
		s.checkMember(n, inside)
	case *ast.CallNode:
		s.checkCall(n, inside)
	case *ast.BuiltinNode:
		s.checkBuiltin(n, inside)
		lookAtAll(node, n)
	case *ast.UnaryNode:
		s.check(&n.Node, inside)
	case *ast.BinaryNode:
		s.check(&n.Left, inside)
		s.check(&n.Right, inside)
		switch n.Operator {
		case "in":
			s.searched(n.Right, inside)
			s.compared(n.Left)
		case "==", "!=":
			s.searched(n.Left, inside)
			s.searched(n.Right, inside)
			if !isNil(n.Left) && !isNil(n.Right) {
				s.compared(n.Left)
				s.compared(n.Right)
			}
		}
	case *ast.ChainNode:
		s.checkChain(n, inside)
	case *ast.SliceNode:
		s.check(&n.Node, inside)
		if n.From != nil {
			s.check(&n.From, inside)
		}
		if n.To != nil {
			s.check(&n.To, inside)
		}
		s.unordered(n, n.Node)
		s.searched(n.Node, inside)
	case *ast.PredicateNode:
		s.check(&n.Node, inside)
		s.compared(n.Node) // map would hide it in a list
	case *ast.ConditionalNode:
		s.check(&n.Cond, inside)
		s.check(&n.Exp1, inside)
		s.check(&n.Exp2, inside)
	case *ast.ArrayNode:
		for i := range n.Nodes {
			s.check(&n.Nodes[i], inside)
			s.held(n.Nodes[i], inside)
		}
	case *ast.MapNode:
		for i := range n.Pairs {
			s.check(&n.Pairs[i], inside)
		}
	case *ast.PairNode:
		s.check(&n.Key, inside)
		s.check(&n.Value, inside)
		s.held(n.Value, inside)
	}
	switch (*node).(type) {
	case *ast.MemberNode, *ast.CallNode, *ast.ChainNode, *ast.PointerNode, *ast.BuiltinNode:
		convertNamed(node)
	}
}

// checkChain lets conversions happen around an optional chain, not within.
func (s *source) checkChain(n *ast.ChainNode, inside int) {
	switch inner := n.Node.(type) {
	case *ast.MemberNode:
		s.checkMember(inner, inside)
	case *ast.CallNode:
		s.checkCall(inner, inside)
	default:
		s.check(&n.Node, inside)
	}
}

func (s *source) checkMember(n *ast.MemberNode, inside int) {
	s.checkBase(&n.Node, inside)
	base := indirect(n.Node.Type())
	name, constant := n.Property.(*ast.StringNode)
	if !constant {
		s.check(&n.Property, inside)
		s.unordered(n, n.Node)
	}
	if base.Kind() == reflect.Struct {
		switch {
		case !constant:
			s.refuse(n, "a field is named by a constant, such as .Name")
		case base == s.lead.seen && slices.Contains(reserved, name.Value):
			s.refuse(n, "%s is a name of the language, not a field", name.Value)
		default:
			s.checkField(n, base, name.Value)
		}
	}
	if n.Type().Kind() == reflect.Func {
		s.refuse(n, outOfReach)
	}
}

// checkBase checks what a member belongs to. Members of members stay bare, so
// that a chain of them remains one access.
func (s *source) checkBase(node *ast.Node, inside int) {
	if inner, ok := (*node).(*ast.MemberNode); ok {
		s.checkMember(inner, inside)
		return
	}
	s.check(node, inside)
}

func (s *source) checkField(n *ast.MemberNode, base reflect.Type, name string) {
	var known []string
	for _, f := range reflect.VisibleFields(base) {
		if fieldName(f) == name {
			return
		}
		if fieldName(f) != "" {
			known = append(known, fieldName(f))
		}
	}
	slices.Sort(known)
	if n.Type().Kind() != reflect.Func { // a method: refused by its caller in clearer words
		s.unknown(n, "field", name, known)
	}
}

func (s *source) checkCall(n *ast.CallNode, inside int) {
	callee := n.Callee.(*ast.MemberNode) // bind left no other
	name := callee.Property.(*ast.StringNode).Value
	s.checkBase(&callee.Node, inside)
	receiver := indirect(callee.Node.Type())
	switch allowed := methods[receiver]; {
	case allowed == nil:
		s.refuse(n, outOfReach+": %s can't be called", name)
	case !slices.Contains(allowed, name):
		what := "a time"
		if receiver == durationType {
			what = "a span of time"
		}
		s.unknown(n, "method of "+what, name, allowed)
	}
	for i := range n.Arguments {
		s.check(&n.Arguments[i], inside)
	}
}

func (s *source) checkBuiltin(n *ast.BuiltinNode, inside int) {
	predicate := false
	for i := range n.Arguments {
		if _, ok := n.Arguments[i].(*ast.PredicateNode); ok {
			predicate = true
			s.check(&n.Arguments[i], inside+1)
		} else {
			s.check(&n.Arguments[i], inside)
		}
	}
	if len(n.Arguments) == 0 {
		return
	}
	list := n.Arguments[0]
	switch {
	case predicate && inside > 0 && !literal(list):
		s.refuse(n, "%s stands inside another predicate: there it may only walk through a literal list", n.Name)
	case !predicate && !slices.Contains(constantTime, n.Name):
		for _, argument := range n.Arguments {
			s.searched(argument, inside)
		}
	}
	if slices.Contains(ordered, n.Name) {
		s.unordered(n, list)
	}
	switch n.Name {
	case "get":
		if kind := indirect(list.Type()).Kind(); kind != reflect.Slice && kind != reflect.Array && kind != reflect.Map {
			s.refuse(n, "get takes a list or a map; a field is written .Name")
		}
	case "string":
		if t := indirect(list.Type()); t.PkgPath() != "" || !scalar(t.Kind()) {
			s.refuse(n, "string takes a text, a number or a truth value")
		}
	}
}

// searched refuses to walk through a list inside a predicate, unless the list is
// a literal or belongs to the element.
func (s *source) searched(node ast.Node, inside int) {
	if inside == 0 || literal(node) {
		return
	}
	if isNil(node) {
		return
	}
	switch indirect(node.Type()).Kind() {
	case reflect.Interface: // a field of the type any may hold a list; what functions and conversions give is plain
		switch node.(type) {
		case *ast.CallNode, *ast.BuiltinNode:
			return
		}
		fallthrough
	case reflect.Slice, reflect.Array, reflect.Map:
		if _, element := origin(node).(*ast.PointerNode); !element {
			s.refuse(node, "inside a predicate only a literal list or a list of the element can be searched")
		}
	}
}

// unordered refuses what depends on the order of the activities.
func (s *source) unordered(node, list ast.Node) {
	if fromActivities(list) {
		s.refuse(node, "activities have no order: use any, all, count or sum, or sort them with sortBy")
	}
}

// held refuses a list within a literal that would hide where it comes from.
func (s *source) held(node ast.Node, inside int) {
	s.compared(node)
	s.searched(node, inside)
}

// compared refuses a list, as a whole, in the order in which the host gives activities.
func (s *source) compared(node ast.Node) {
	_, member := node.(*ast.MemberNode) // picked from a list, which is refused where it happens
	if kind := indirect(node.Type()).Kind(); kind == reflect.Slice || kind == reflect.Interface && !member {
		s.unordered(node, node)
	}
}

// fromActivities tells whether a list is in the order in which the host gives activities.
func fromActivities(list ast.Node) bool {
	switch n := origin(list).(type) {
	case *ast.IdentifierNode:
		return n.Value == "Activities"
	case *ast.ConditionalNode:
		return fromActivities(n.Exp1) || fromActivities(n.Exp2)
	case *ast.BinaryNode:
		return n.Operator == "??" && (fromActivities(n.Left) || fromActivities(n.Right))
	}
	return false
}

func isNil(node ast.Node) bool {
	_, ok := node.(*ast.NilNode)
	return ok
}

// origin is what a list comes from, in the same order.
func origin(node ast.Node) ast.Node {
	for {
		switch n := node.(type) {
		case *ast.MemberNode:
			node = n.Node
		case *ast.SliceNode:
			node = n.Node
		case *ast.ChainNode:
			node = n.Node
		case *ast.CallNode: // a conversion
			if len(n.Arguments) != 1 {
				return node
			}
			node = n.Arguments[0]
		case *ast.BuiltinNode:
			if n.Name != "filter" && n.Name != "map" && !slices.Contains(ordered, n.Name) {
				return node
			}
			node = n.Arguments[0]
		default:
			return node
		}
	}
}

// literal tells whether a list stands in the text itself.
func literal(node ast.Node) bool {
	switch n := node.(type) {
	case *ast.ArrayNode, *ast.MapNode, *ast.ConstantNode:
		return true
	case *ast.BinaryNode:
		return n.Operator == ".."
	}
	return false
}

// checkResult sees that the text gives what it must.
func (s *source) checkResult(root ast.Node) {
	t := root.Type()
	if t.Kind() == reflect.Interface && !isNil(root) {
		return // known when it runs
	}
	switch {
	case s.result == truth && t.Kind() != reflect.Bool:
		s.refuse(root, "a condition is true or false, this is %s", describe(t))
	case s.result == number && (!numeric(t.Kind()) || t == durationType):
		s.refuse(root, "points are a number, this is %s", describe(t))
	case s.result == single && kindOf(t) == 0:
		s.refuse(root, "this must be a text, a number, true or false, or a time: it is %s", describe(t))
	}
}

func describe(t reflect.Type) string {
	switch {
	case t.Kind() == reflect.Pointer:
		return describe(t.Elem()) + " that may be nil: compare it or give a default with ??"
	case t == timeType:
		return "a time"
	case t == durationType:
		return "a span of time"
	case t.Kind() == reflect.String:
		return "a text"
	case t.Kind() == reflect.Bool:
		return "true or false"
	case numeric(t.Kind()):
		return "a number"
	case t.Kind() == reflect.Slice || t.Kind() == reflect.Array:
		return "a list"
	}
	if t.Kind() == reflect.Interface {
		return "nil"
	}
	return "something else"
}

func indirect(t reflect.Type) reflect.Type {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t
}

func numeric(k reflect.Kind) bool {
	return k >= reflect.Int && k <= reflect.Float64 && k != reflect.Uintptr
}

func scalar(k reflect.Kind) bool { return k == reflect.String || k == reflect.Bool || numeric(k) }
