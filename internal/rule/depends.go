package rule

import (
	"reflect"
	"slices"
	"time"

	"github.com/expr-lang/expr/ast"
)

// reading is what a program looks at, as its text tells: it may be more than
// what an evaluation needs, never less.
type reading struct {
	fields [2][]string // of the lead and of activities, sorted
	edges  []Edge      // where what it gives can change as time goes by
	clock  bool        // it uses Now in a way that edges do not tell
	back   Back
	unkept string // why a condition on the lead can't be decided from counts of activities
}

// Back is how far back a program looks at activities: leaving out those dated
// Span or more before now changes nothing. All means that each of them counts.
type Back struct {
	All  bool
	Span time.Duration
}

// Fields lists the fields that the program reads of the lead and of
// activities, each sorted.
func (p *program) Fields() (lead, activity []string) {
	return p.reading.fields[onLead], p.reading.fields[onActivity]
}

// Times tells when what the program gives can change though the lead and the
// activities that have happened stay as they are: at no instants but those of the
// edges. It is false if the program uses Now in another way than in a comparison with a time
// that differs from it by a constant, and the instants are unknown.
func (p *program) Times() ([]Edge, bool) { return p.reading.edges, !p.reading.clock }

// Back tells how far back the program looks at activities. That of a program on
// one activity takes it that an activity for which it gives false or fails is one
// that does not matter; that of a program on the lead holds for failures, too,
// but not for what record values can't be used.
func (p *program) Back() Back { return p.reading.back }

// examine reads a checked tree.
func (s *source) examine(root ast.Node) reading {
	e := &examiner{source: s}
	e.fieldsIn(root, false)
	e.clockIn(root, false)
	for of, names := range e.fields {
		slices.Sort(names)
		e.fields[of] = slices.Compact(names)
	}
	if s.lists {
		e.unkept = e.uncounted(root)
	}
	switch {
	case s.scope == onActivity:
		span, ok := e.recent(root, false, false, false)
		e.back = Back{All: !ok, Span: span}
	default:
		e.lookBack(root, Back{All: true}, false)
	}
	return e.reading
}

// examiner walks a checked tree. Its methods are told by item whether # is an
// activity where they are.
type examiner struct {
	*source
	reading
}

// children calls do with all that a node is made of, and whether # is an activity there.
func children(node ast.Node, item bool, do func(child ast.Node, item bool)) {
	switch n := node.(type) {
	case *ast.MemberNode:
		do(n.Node, item)
		do(n.Property, item)
	case *ast.CallNode:
		do(n.Callee, item)
		for _, argument := range n.Arguments {
			do(argument, item)
		}
	case *ast.BuiltinNode:
		for _, argument := range n.Arguments {
			if _, ok := argument.(*ast.PredicateNode); ok {
				do(argument, ofActivities(n.Arguments[0]))
			} else {
				do(argument, item)
			}
		}
	case *ast.UnaryNode:
		do(n.Node, item)
	case *ast.BinaryNode:
		do(n.Left, item)
		do(n.Right, item)
	case *ast.ChainNode:
		do(n.Node, item)
	case *ast.SliceNode:
		do(n.Node, item)
		if n.From != nil {
			do(n.From, item)
		}
		if n.To != nil {
			do(n.To, item)
		}
	case *ast.PredicateNode:
		do(n.Node, item)
	case *ast.ConditionalNode:
		do(n.Cond, item)
		do(n.Exp1, item)
		do(n.Exp2, item)
	case *ast.ArrayNode:
		for _, element := range n.Nodes {
			do(element, item)
		}
	case *ast.MapNode:
		for _, pair := range n.Pairs {
			do(pair, item)
		}
	case *ast.PairNode:
		do(n.Key, item)
		do(n.Value, item)
	}
}

// sublists are the functions that give some or all elements of a list.
var sublists = []string{"filter", "reverse", "sort", "sortBy", "take"}

// ofActivities tells whether the elements of a list are activities of the subject.
func ofActivities(list ast.Node) bool {
	switch n := list.(type) {
	case *ast.IdentifierNode:
		return n.Value == "Activities"
	case *ast.SliceNode:
		return ofActivities(n.Node)
	case *ast.BuiltinNode:
		return slices.Contains(sublists, n.Name) && ofActivities(n.Arguments[0])
	}
	return false
}

// activityNode tells whether a node is one of the activities.
func activityNode(node ast.Node, item bool) bool {
	switch n := node.(type) {
	case *ast.IdentifierNode:
		return n.Value == "Activity"
	case *ast.PointerNode:
		return item && n.Name == ""
	case *ast.ChainNode:
		return activityNode(n.Node, item)
	case *ast.MemberNode:
		_, field := n.Property.(*ast.StringNode)
		return !field && ofActivities(n.Node)
	case *ast.BuiltinNode:
		return slices.Contains(ordered, n.Name) && n.Name != "take" && n.Name != "reverse" && ofActivities(n.Arguments[0])
	}
	return false
}

// fieldsIn notes the fields of leads and activities that a node reads.
func (e *examiner) fieldsIn(node ast.Node, item bool) {
	if n, ok := node.(*ast.MemberNode); ok {
		if name, ok := n.Property.(*ast.StringNode); ok {
			base := n.Node
			if chain, ok := base.(*ast.ChainNode); ok {
				base = chain.Node
			}
			holder, named := base.(*ast.IdentifierNode)
			switch {
			case named && holder.Value == "Lead":
				e.fields[onLead] = append(e.fields[onLead], name.Value)
			case activityNode(base, item), base.Type() != nil && indirect(base.Type()) == e.activity.seen:
				e.fields[onActivity] = append(e.fields[onActivity], name.Value)
			}
		}
	}
	children(node, item, e.fieldsIn)
}

// clockIn notes what Now is used for.
func (e *examiner) clockIn(node ast.Node, item bool) {
	if turns, ok := e.turns(node, item); ok {
		for _, t := range turns {
			e.turn(t)
		}
		children(node, item, e.withinTurn)
		return
	}
	if n, ok := node.(*ast.IdentifierNode); ok && n.Value == "Now" {
		e.clock = true
	}
	children(node, item, e.clockIn)
}

// withinTurn looks at what chooses between the times that are compared.
func (e *examiner) withinTurn(node ast.Node, item bool) {
	switch n := node.(type) {
	case *ast.IdentifierNode:
	case *ast.ConditionalNode:
		e.clockIn(n.Cond, item)
		e.withinTurn(n.Exp1, item)
		e.withinTurn(n.Exp2, item)
	case *ast.BuiltinNode:
		if n.Name != "floor" {
			e.clockIn(node, item)
			return
		}
		children(node, item, e.withinTurn)
	default:
		children(node, item, e.withinTurn)
	}
}

func (e *examiner) turn(t turn) {
	for _, bound := range []*time.Duration{t.from, t.until} {
		if bound == nil {
			continue
		}
		edge := t.edge
		edge.add = *bound
		if !slices.ContainsFunc(e.edges, edge.same) {
			e.edges = append(e.edges, edge)
		}
	}
}

// lookBack notes how far back the activities are looked at. within is what those that
// call this list ask of it.
func (e *examiner) lookBack(node ast.Node, within Back, item bool) {
	switch n := node.(type) {
	case *ast.IdentifierNode:
		if n.Value == "Activities" {
			e.back.All = e.back.All || within.All
			e.back.Span = max(e.back.Span, within.Span)
		}
		return
	case *ast.BuiltinNode:
		if len(n.Arguments) != 2 || !slices.Contains([]string{"count", "filter", "one"}, n.Name) || !ofActivities(n.Arguments[0]) {
			break
		}
		predicate, ok := n.Arguments[1].(*ast.PredicateNode)
		if !ok {
			break
		}
		if n.Name != "filter" || !e.safe(predicate.Node, true) {
			within = Back{All: true}
		}
		if span, ok := e.recent(predicate.Node, false, true, true); ok && (within.All || span < within.Span) {
			within = Back{Span: span}
		}
		e.lookBack(n.Arguments[0], within, item)
		e.lookBack(predicate, Back{All: true}, true)
		return
	}
	children(node, item, func(child ast.Node, item bool) { e.lookBack(child, Back{All: true}, item) })
}

// recent gives a span such that a condition on an activity is false, or true if
// negated, for each activity dated so long before now or longer; strictly, if
// strict: a failure does not count as false then.
func (e *examiner) recent(node ast.Node, negated, strict, item bool) (time.Duration, bool) {
	switch n := node.(type) {
	case *ast.UnaryNode:
		if n.Operator == "not" || n.Operator == "!" {
			return e.recent(n.Node, !negated, strict, item)
		}
	case *ast.BinaryNode:
		either := n.Operator == "or" || n.Operator == "||"
		if !either && n.Operator != "and" && n.Operator != "&&" {
			break
		}
		left, leftOK := e.recent(n.Left, negated, strict, item)
		right, rightOK := e.recent(n.Right, negated, strict, item)
		switch {
		case either != negated: // both sides must be recent
			return max(left, right), leftOK && rightOK
		case strict && !e.safe(n.Left, item): // the right side is reached only if the left does not fail
			return left, leftOK
		case leftOK && rightOK:
			return min(left, right), true
		case leftOK:
			return left, true
		}
		return right, rightOK
	}
	turns, ok := e.turns(node, item)
	if !ok || len(turns) != 1 || !e.dates(turns[0].edge) {
		return 0, false
	}
	t := turns[0]
	switch {
	case t.outside == negated && t.until != nil:
		return max(*t.until, 0), true
	case t.outside != negated && t.from != nil && t.until == nil: // true until then
		return max(*t.from, 0), true
	}
	return 0, false
}

// dates tells whether an edge's time is the date of the activity, which every
// activity that counts has.
func (e *examiner) dates(edge Edge) bool {
	return edge.of == ofActivity && len(edge.path) == 1 && len(edge.shifts) == 0 &&
		e.date.field != nil && slices.Equal(edge.path[0], e.date.field)
}

// safe tells whether a node can't fail, whatever the lead and the activity.
func (e *examiner) safe(node ast.Node, item bool) bool {
	if node.Type() == nil {
		return false
	}
	switch n := node.(type) {
	case *ast.BoolNode, *ast.StringNode, *ast.IntegerNode, *ast.FloatNode, *ast.ConstantNode, *ast.NilNode:
		return true
	case *ast.IdentifierNode:
		return n.Value == "Now"
	case *ast.UnaryNode:
		return (n.Operator == "not" || n.Operator == "!") && n.Type().Kind() == reflect.Bool && e.safe(n.Node, item) &&
			n.Node.Type().Kind() == reflect.Bool
	case *ast.CallNode: // a conversion of a value that is there
		callee, ok := n.Callee.(*ast.IdentifierNode)
		return ok && callee.Value == plainName && e.safe(n.Arguments[0], item)
	case *ast.ArrayNode:
		return !slices.ContainsFunc(n.Nodes, func(element ast.Node) bool { return !e.safe(element, item) })
	case *ast.MemberNode:
		edge, t := e.field(n, item)
		return t != nil && !edge.fallible
	case *ast.BinaryNode:
		return e.safe(n.Left, item) && e.safe(n.Right, item) && safeOperation(n)
	}
	return false
}

// safeOperation tells whether an operation can't fail on values of its sides' types.
func safeOperation(n *ast.BinaryNode) bool {
	left, right := n.Left.Type(), n.Right.Type()
	both := func(k reflect.Kind) bool { return left.Kind() == k && right.Kind() == k }
	switch n.Operator {
	case "==", "!=":
		return true
	case "and", "or", "&&", "||":
		return both(reflect.Bool)
	case "<", "<=", ">", ">=":
		return left == timeType && right == timeType || both(reflect.String) ||
			numeric(left.Kind()) && numeric(right.Kind()) && left != durationType && right != durationType
	case "contains", "startsWith", "endsWith", "matches":
		return both(reflect.String)
	case "in":
		return literal(n.Right) && scalar(left.Kind())
	}
	return false
}
