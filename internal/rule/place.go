package rule

import (
	"fmt"
	"reflect"
	"slices"
	"time"

	"github.com/expr-lang/expr/ast"
)

// frame is what a compiled text looks at while it runs.
type frame struct {
	lead, item memory // item is the activity at hand
	itemKey    int64  // its date
	now        time.Time
	cuts       []int64  // instants relative to now that windows compare with
	counts     []int    // of each counter of the set, once the activities are done
	broken     []uint64 // a bit for each counter that failed
	anyBroken  bool
}

// status tells whether there is a value.
type status uint8

const (
	present status = iota
	missing        // nil
	failed         // an error, whose text the machine gives
)

// class is what kind of value a place or a term has, whatever its width.
type class uint8

const (
	other     class = iota
	textual         // string
	integral        // int and its kinds
	unsigned        // uint and its kinds
	fraction        // float32 and float64
	logical         // bool
	instant         // time.Time
	span            // time.Duration
	listing         // a list of anything
	textsList       // a list of texts
)

// classOf classifies a Go type as rules see it.
func classOf(t reflect.Type) class {
	switch k := t.Kind(); {
	case t == timeType:
		return instant
	case t == durationType:
		return span
	case k == reflect.String:
		return textual
	case k == reflect.Bool:
		return logical
	case k >= reflect.Int && k <= reflect.Int64:
		return integral
	case k >= reflect.Uint && k <= reflect.Uint64:
		return unsigned
	case k == reflect.Float32 || k == reflect.Float64:
		return fraction
	case k == reflect.Slice && t.Elem().Kind() == reflect.String:
		return textsList
	case k == reflect.Slice:
		return listing
	}
	return other
}

// place is a field that is reached from the lead or from an activity by a
// fixed path.
type place struct {
	name    string // unique in a set
	item    bool   // of an activity
	hops    []slot // pointers to structs that are followed on the way: one that is nil fails
	last    slot
	pointer bool // the field points to its value: it may be missing
	value   slot // of the value, if pointer
	class   class
}

// base gives the struct that holds the field; false if the way to it ends in nil.
func (p *place) base(f *frame) (memory, bool) {
	m := f.lead
	if p.item {
		m = f.item
	}
	for i := range p.hops {
		if m = p.hops[i].follow(m); absent(m) {
			return m, false
		}
	}
	return m, true
}

// find gives the memory and the slot of the value.
func (p *place) find(f *frame) (memory, *slot, status) {
	m, ok := p.base(f)
	if !ok {
		return m, nil, failed
	}
	if !p.pointer {
		return m, &p.last, present
	}
	if m = p.last.follow(m); absent(m) {
		return m, nil, missing
	}
	return m, &p.value, present
}

// fallible tells whether the way to the field can fail.
func (p *place) fallible() bool { return len(p.hops) > 0 }

// direct tells whether the field is read without any step on the way.
func (p *place) direct() bool { return len(p.hops) == 0 && !p.pointer }

// place finds the field that a node reads, if it is one.
func (l *lowering) place(node ast.Node) (*place, bool) {
	node = unwrap(node)
	var names []string
	for {
		member, ok := node.(*ast.MemberNode)
		if !ok {
			break
		}
		property, constant := member.Property.(*ast.StringNode)
		if !constant || member.Optional {
			return nil, false
		}
		names = append(names, property.Value)
		node = member.Node
	}
	if len(names) == 0 {
		return nil, false
	}
	slices.Reverse(names)
	p := &place{}
	var t reflect.Type
	switch n := node.(type) {
	case *ast.IdentifierNode:
		switch {
		case n.Value == "Lead":
			t = l.language.lead.seen
		case n.Value == "Activity":
			t, p.item = l.language.activity.seen, true
		default:
			return nil, false
		}
	case *ast.PointerNode:
		if n.Name != "" || !l.inPredicate || n.Type() != reflect.PointerTo(l.language.activity.seen) {
			return nil, false
		}
		t, p.item = l.language.activity.seen, true
	default:
		return nil, false
	}
	*p = *newPlace(p.item, names)
	return p, p.walk(t, names)
}

func newPlace(item bool, names []string) *place {
	return &place{name: fmt.Sprintf("%t %q", item, names), item: item} // quoted, for a tag may hold anything
}

// walk follows the names from a struct type on. A pointer to a struct on the
// way, embedded or named, is a hop.
func (p *place) walk(t reflect.Type, names []string) bool {
	from, path := t, []int(nil)
	follow := func() {
		if t.Kind() == reflect.Pointer {
			p.hops = append(p.hops, slotOf(from, path))
			t = t.Elem()
			from, path = t, nil
		}
	}
	for _, name := range names {
		follow()
		if t.Kind() != reflect.Struct {
			return false
		}
		f, ok := fieldOf(t, name)
		if !ok {
			return false
		}
		for _, i := range f.Index {
			follow()
			t, path = t.Field(i).Type, append(path, i)
		}
	}
	p.last = slotOf(from, path)
	if t.Kind() == reflect.Pointer {
		t, p.pointer = t.Elem(), true
		p.value = slotOf(t, nil)
	}
	p.class = classOf(t)
	switch t.Kind() {
	case reflect.Pointer, reflect.Interface, reflect.Map, reflect.Func, reflect.Chan:
		return false
	case reflect.Slice:
		return !p.pointer // where both can be nil
	}
	return true
}

// fieldOf finds the field that rules call by the name, if it is one alone.
func fieldOf(t reflect.Type, name string) (found reflect.StructField, ok bool) {
	for _, f := range reflect.VisibleFields(t) {
		if fieldName(f) == name {
			if ok {
				return found, false
			}
			found, ok = f, true
		}
	}
	return found, ok
}

// unwrap takes the conversion of a named type away: places read all kinds alike.
func unwrap(node ast.Node) ast.Node {
	if call, ok := node.(*ast.CallNode); ok && len(call.Arguments) == 1 {
		if callee, ok := call.Callee.(*ast.IdentifierNode); ok && callee.Value == plainName {
			return call.Arguments[0]
		}
	}
	return node
}
