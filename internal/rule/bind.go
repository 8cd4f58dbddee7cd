package rule

import (
	"reflect"
	"regexp/syntax"
	"slices"
	"time"

	"github.com/expr-lang/expr/ast"

	"github.com/leadloop/leadloop/internal/document"
)

// bind resolves the names in a tree: fields become members of the lead or of
// the activity. Constant spans and dates are computed.
func (s *source) bind(node *ast.Node) {
	switch n := (*node).(type) {
	case *ast.IdentifierNode:
		s.bindName(node, n)
	case *ast.MemberNode:
		s.bindMember(n)
	case *ast.CallNode:
		s.bindCall(n)
	case *ast.BuiltinNode:
		s.bindBuiltin(node, n)
	case *ast.UnaryNode:
		s.bind(&n.Node)
	case *ast.BinaryNode:
		s.bindBinary(n)
	case *ast.ChainNode:
		s.bind(&n.Node)
	case *ast.SliceNode:
		s.bind(&n.Node)
		if n.From != nil {
			s.bind(&n.From)
		}
		if n.To != nil {
			s.bind(&n.To)
		}
	case *ast.PredicateNode:
		s.bind(&n.Node)
	case *ast.ConditionalNode:
		s.bind(&n.Cond)
		s.bind(&n.Exp1)
		s.bind(&n.Exp2)
	case *ast.ArrayNode:
		for i := range n.Nodes {
			s.bind(&n.Nodes[i])
		}
	case *ast.MapNode:
		for i := range n.Pairs {
			s.bind(&n.Pairs[i])
		}
	case *ast.PairNode:
		s.bind(&n.Key)
		s.bind(&n.Value)
	case *ast.VariableDeclaratorNode:
		s.refuse(n, "let is not part of the language: write the expression out")
	case *ast.SequenceNode:
		s.refuse(n, "a text is one expression, without ;")
	}
}

func (s *source) bindName(node *ast.Node, n *ast.IdentifierNode) {
	own, holder := s.lead, "Lead"
	if s.scope == onActivity {
		own, holder = s.activity, "Activity"
	}
	switch {
	case n.Value == "Now":
	case n.Value == "Activities" && s.activity.seen == reflect.TypeFor[None]():
		s.refuse(n, "there are no Activities here: score them, and look at the score")
	case n.Value == "Activities" && s.scope == onLead:
		s.lists = true
	case n.Value == "Activities":
		s.refuse(n, "Activities can't be used where each activity is looked at: write a condition on the lead")
	case n.Value == "Lead":
		s.refuse(n, "Lead is used by its fields, such as Lead.%s", example(s.lead))
	case own.has(n.Value):
		s.names[s.scope] = append(s.names[s.scope], n.Value)
		base := &ast.IdentifierNode{Value: holder}
		base.SetLocation(n.Location())
		property := &ast.StringNode{Value: n.Value}
		property.SetLocation(n.Location())
		ast.Patch(node, &ast.MemberNode{Node: base, Property: property})
	case s.scope == onActivity && s.lead.has(n.Value):
		s.refuse(n, "unknown name %q: an activity has no such field, the lead has: write Lead.%s", n.Value, n.Value)
	case s.scope == onLead && s.activity.has(n.Value):
		s.refuse(n, "unknown name %q: the lead has no such field, activities have: look at each activity, or write .%s within a predicate over Activities", n.Value, n.Value)
	default:
		known := append(slices.Clone(own.names), "Now", "Lead")
		if s.scope == onLead {
			known = append(known, "Activities")
		}
		s.unknown(n, "name", n.Value, known)
	}
}

func example(of shape) string {
	if len(of.names) == 0 {
		return "Name"
	}
	return of.names[0]
}

func (s *source) unknown(node ast.Node, what, name string, known []string) {
	s.refuse(node, "unknown %s %q%s", what, name, document.DidYouMean(name, known))
}

func (s *source) bindMember(n *ast.MemberNode) {
	property, constant := n.Property.(*ast.StringNode)
	if !constant {
		s.bind(&n.Property)
	}
	holder, ok := n.Node.(*ast.IdentifierNode)
	ofLead := ok && holder.Value == "Lead"
	if constant { // what is no member of Lead may be one of an activity
		of := onActivity
		if ofLead {
			of = onLead
		}
		s.names[of] = append(s.names[of], property.Value)
	}
	switch {
	case !ofLead:
		s.bind(&n.Node)
	case !constant:
		s.refuse(n, "a field of Lead is named by a constant, such as Lead.%s", example(s.lead))
	case slices.Contains(reserved, property.Value):
		s.refuse(n, "%s is a name of the language, not a field of Lead: write it alone", property.Value)
	case !s.lead.has(property.Value):
		s.unknown(n, "field", property.Value, s.lead.names)
	}
}

const outOfReach = "the host's functions and methods are out of the reach of rules"

// bindCall leaves only calls of methods; check tells whose.
func (s *source) bindCall(n *ast.CallNode) {
	switch callee := n.Callee.(type) {
	case *ast.MemberNode:
		name, constant := callee.Property.(*ast.StringNode)
		holder, plain := callee.Node.(*ast.IdentifierNode)
		switch {
		case !constant:
			s.refuse(n, "only methods of times and spans of time can be called")
		case plain && holder.Value == "Lead":
			s.refuse(n, outOfReach+": %s can't be called", name.Value)
		default:
			s.bind(&callee.Node)
		}
	case *ast.IdentifierNode:
		s.unknown(n, "function", callee.Value, functionNames)
	default:
		s.refuse(n, "only methods of times and spans of time can be called")
	}
	for i := range n.Arguments {
		s.bind(&n.Arguments[i])
	}
}

// functions are the built-in functions of the language.
var functionNames = []string{"abs", "all", "any", "ceil", "count", "date", "duration", "filter", "find",
	"findIndex", "findLast", "findLastIndex", "first", "float", "floor", "get", "hasPrefix", "hasSuffix", "indexOf",
	"int", "last", "lastIndexOf", "len", "lower", "map", "max", "mean", "median", "min", "none", "one", "reverse",
	"round", "sort", "sortBy", "split", "string", "sum", "take", "trim", "trimPrefix", "trimSuffix", "upper"}

// refusedFunctions are known to the expression language but not to rules.
var refusedFunctions = map[string]string{
	"now":      "write Now",
	"timezone": "rules do not know zones",
	"keys":     "its order is not repeatable",
	"values":   "its order is not repeatable",
	"toPairs":  "its order is not repeatable",
	"groupBy":  "its order is not repeatable",
	"reduce":   "use sum or count",
	"toJSON":   "it would call the host's methods",
	"fromJSON": "declare a field",
	"type":     "fields have fixed types",
	"uniq":     "its time grows with the square of the list",
	"repeat":   huge,
	"replace":  huge,
	"concat":   huge,
	"join":     huge,
	"flatten":  huge,
}

const huge = "nested, it makes huge values"

func (s *source) bindBuiltin(node *ast.Node, n *ast.BuiltinNode) {
	if !slices.Contains(functionNames, n.Name) {
		why := refusedFunctions[n.Name]
		if why == "" {
			why = "rules can do without it"
		}
		s.refuse(n, "%s is not part of the language: %s", n.Name, why)
		return
	}
	switch n.Name {
	case "duration":
		if text, ok := onlyText(n); ok {
			d, err := document.ParseDuration(text)
			if err != nil { // or as Go writes it, and with it rules made for expr
				d, err = time.ParseDuration(text)
			}
			if err == nil {
				ast.Patch(node, &ast.ConstantNode{Value: d})
				return
			}
		}
		s.refuse(n, `duration takes one constant text such as "14d", "1d12h", "90m", "1.5h" or "500ms"`)
	case "date":
		if text, ok := onlyText(n); ok {
			for _, layout := range []string{time.DateOnly, time.RFC3339} {
				if t, err := time.ParseInLocation(layout, text, time.UTC); err == nil {
					ast.Patch(node, &ast.ConstantNode{Value: t.UTC()})
					return
				}
			}
		}
		s.refuse(n, `date takes one constant text such as "2026-03-31" (midnight UTC) or "2026-03-31T09:00:00+02:00"`)
	default:
		for i := range n.Arguments {
			s.bind(&n.Arguments[i])
		}
	}
}

func onlyText(n *ast.BuiltinNode) (string, bool) {
	if len(n.Arguments) != 1 {
		return "", false
	}
	text, ok := n.Arguments[0].(*ast.StringNode)
	if !ok {
		return "", false
	}
	return text.Value, true
}

func (s *source) bindBinary(n *ast.BinaryNode) {
	switch n.Operator {
	case "**", "^":
		s.refuse(n, "powers are not part of the language: their last digits differ between machines")
	case "matches":
		pattern, ok := n.Right.(*ast.StringNode)
		switch {
		case !ok:
			s.refuse(n, "a pattern is a constant text")
		case len(pattern.Value) > MaxPattern:
			s.refuse(n, "the pattern has %d bytes, at most %d are allowed", len(pattern.Value), MaxPattern)
		case steps(pattern.Value) > MaxSteps:
			s.refuse(n, "the pattern has %d steps, at most %d are allowed: repeat less", steps(pattern.Value), MaxSteps)
		}
	case "..":
		from, fromOK := n.Left.(*ast.IntegerNode)
		to, toOK := n.Right.(*ast.IntegerNode)
		if !fromOK || !toOK || to.Value-from.Value >= MaxRange {
			s.refuse(n, "a range is two whole constants such as 1..10, of at most %d numbers", MaxRange)
		}
	}
	s.bind(&n.Left)
	s.bind(&n.Right)
}

// steps is the size of the program that a pattern becomes; counted repeats
// multiply it. It is 0 for what is no pattern, which the language reports.
func steps(pattern string) int {
	parsed, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return 0
	}
	compiled, err := syntax.Compile(parsed.Simplify())
	if err != nil {
		return 0
	}
	return len(compiled.Inst)
}
