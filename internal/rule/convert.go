package rule

import (
	"errors"
	"math"
	"reflect"
	"strconv"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
)

// The expression language does not compare a named type with a constant: its
// equality looks at the exact type. Values of the host's named types are
// therefore converted where they are read. No text can spell these names.
const (
	plainName   = "$plain"
	integerName = "$int"
)

var conversions = []expr.Option{
	expr.Function(plainName, func(arguments ...any) (any, error) { return plain(arguments[0]), nil }),
	expr.Function(integerName, func(arguments ...any) (any, error) { return toInteger(arguments[0]) }),
}

// plainTypes are what named types become.
var plainTypes = map[reflect.Kind]reflect.Type{
	reflect.String: reflect.TypeFor[string](), reflect.Bool: reflect.TypeFor[bool](),
	reflect.Int: reflect.TypeFor[int](), reflect.Int8: reflect.TypeFor[int](), reflect.Int16: reflect.TypeFor[int](),
	reflect.Int32: reflect.TypeFor[int](), reflect.Int64: reflect.TypeFor[int](),
	reflect.Uint: reflect.TypeFor[uint](), reflect.Uint8: reflect.TypeFor[uint](), reflect.Uint16: reflect.TypeFor[uint](),
	reflect.Uint32: reflect.TypeFor[uint](), reflect.Uint64: reflect.TypeFor[uint](),
	reflect.Float32: reflect.TypeFor[float64](), reflect.Float64: reflect.TypeFor[float64](),
}

// plainType is what a named type, a pointer to one or a list of them becomes;
// nil if it stays what it is.
func plainType(t reflect.Type) reflect.Type {
	switch {
	case t.Kind() == reflect.Pointer:
		if plainType(t.Elem()) != nil {
			return reflect.TypeFor[any]() // nil or the plain value
		}
	case t.Kind() == reflect.Slice || t.Kind() == reflect.Array:
		if inner := plainType(t.Elem()); inner != nil {
			return reflect.SliceOf(inner)
		}
	case t.PkgPath() != "" && t != durationType:
		return plainTypes[t.Kind()]
	}
	return nil
}

// convertNamed wraps a node whose value is of a named type; int, whose result is
// not the same on every machine for large fractions, becomes ours.
func convertNamed(node *ast.Node) {
	if n, ok := (*node).(*ast.BuiltinNode); ok && n.Name == "int" {
		wrap(node, n.Arguments, integerName, reflect.TypeFor[int]())
		return
	}
	if t := plainType((*node).Type()); t != nil {
		wrap(node, []ast.Node{*node}, plainName, t)
	}
}

// lookAtAll makes counts of any, all and none over the activities. They would
// stop at the first activity that decides, and whether one that fails comes
// before it is a matter of the order in which the host gives them.
func lookAtAll(node *ast.Node, n *ast.BuiltinNode) {
	if n.Name != "any" && n.Name != "all" && n.Name != "none" || !fromActivities(n.Arguments[0]) {
		return
	}
	operator := "=="
	switch predicate := n.Arguments[1].(*ast.PredicateNode); n.Name {
	case "any":
		operator = ">"
	case "all":
		inverse := &ast.UnaryNode{Operator: "not", Node: predicate.Node}
		ast.Patch(&predicate.Node, inverse)
	}
	count := &ast.BuiltinNode{Name: "count", Arguments: n.Arguments}
	count.SetLocation(n.Location())
	count.SetType(reflect.TypeFor[int]())
	ast.Patch(node, &ast.BinaryNode{Operator: operator, Left: count, Right: &ast.IntegerNode{Value: 0}})
}

func wrap(node *ast.Node, arguments []ast.Node, name string, t reflect.Type) {
	callee := &ast.IdentifierNode{Value: name}
	callee.SetLocation((*node).Location())
	call := &ast.CallNode{Callee: callee, Arguments: arguments}
	ast.Patch(node, call)
	call.SetType(t)
}

// plain converts a value as plainType says.
func plain(value any) any {
	v := reflect.ValueOf(value)
	for v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return nil
		}
		v = v.Elem()
	}
	if v.Kind() == reflect.Slice && v.IsNil() {
		return reflect.Zero(plainType(v.Type())).Interface() // equals nil, as other lists do
	}
	if v.Kind() == reflect.Slice || v.Kind() == reflect.Array {
		list := reflect.MakeSlice(plainType(v.Type()), v.Len(), v.Len())
		for i := range v.Len() {
			if item := plain(v.Index(i).Interface()); item != nil {
				list.Index(i).Set(reflect.ValueOf(item))
			}
		}
		return list.Interface()
	}
	if !v.IsValid() {
		return nil
	}
	return v.Convert(plainTypes[v.Kind()]).Interface()
}

// toInteger is the language's int, with an error where the result would depend on the
// machine.
func toInteger(value any) (any, error) {
	v := reflect.ValueOf(value)
	for v.Kind() == reflect.Pointer && !v.IsNil() {
		v = v.Elem()
	}
	switch {
	case v.CanInt():
		return int(v.Int()), nil
	case v.CanUint() && v.Uint() <= math.MaxInt64:
		return int(v.Uint()), nil
	case v.CanFloat() && math.Abs(v.Float()) < 1<<63: // false for NaN
		return int(v.Float()), nil
	case v.Kind() == reflect.String:
		if i, err := strconv.Atoi(v.String()); err == nil {
			return i, nil
		}
	}
	return nil, errors.New("no integer")
}
