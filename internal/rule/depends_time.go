package rule

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"time"

	"github.com/expr-lang/expr/ast"
)

// Edge is where what a program gives can change as time goes by: an instant at
// a constant distance from a time of the lead, of an activity or of the text.
type Edge struct {
	of       origins
	names    []string // of the field and of those within it
	path     [][]int  // the same as indexes; nil pointers on the way, or at its end, give no instant
	fallible bool     // there are pointers on the way
	constant time.Time
	shifts   []shift
	add      time.Duration
}

// origins tells whose time an edge has.
type origins int

const (
	ofText origins = iota
	ofLead
	ofActivity
	ofNow // while the text is read
)

// shift is what Add and AddDate do to a time before the edge's own distance.
type shift struct {
	add                 time.Duration
	years, months, days int
}

func (e Edge) same(o Edge) bool {
	return e.of == o.of && slices.Equal(e.names, o.names) && e.constant.Equal(o.constant) &&
		slices.Equal(e.shifts, o.shifts) && e.add == o.add
}

// Key is the same for two edges if they always give the same instants.
func (e Edge) Key() string {
	return fmt.Sprint(e.of, e.names, e.constant.Unix(), e.constant.Nanosecond(), e.shifts, int64(e.add))
}

// Instants appends the instants of the edges for a lead and all its activities,
// those to come included.
func (c *Compiler[L, A]) Instants(to []time.Time, edges []Edge, lead *L, activities []A) []time.Time {
	for _, e := range edges {
		switch e.of {
		case ofText:
			to = append(to, e.instant(e.constant))
		case ofLead:
			if t, ok := timeIn(c.lead, e, lead); ok {
				to = append(to, e.instant(t))
			}
		case ofActivity:
			for i := range activities {
				if t, ok := timeIn(c.activity, e, &activities[i]); ok {
					to = append(to, e.instant(t))
				}
			}
		}
	}
	return to
}

// Date gives when an activity happened or will; false if it has no date.
func (c *Compiler[L, A]) Date(activity *A) (time.Time, bool) {
	t, ok := timeIn(c.activity, Edge{names: []string{"At"}, path: [][]int{c.date.field}}, activity)
	return t, ok && !t.IsZero()
}

func (e Edge) instant(t time.Time) time.Time {
	for _, s := range e.shifts {
		if t = t.Add(s.add); s.years != 0 || s.months != 0 || s.days != 0 {
			t = t.AddDate(s.years, s.months, s.days)
		}
	}
	return t.Add(e.add)
}

// timeIn reads an edge's time of a lead or an activity.
func timeIn[T any](of shape, e Edge, from *T) (time.Time, bool) {
	if from == nil {
		return time.Time{}, false
	}
	if of.record != nil {
		t, ok := asRecord(from)[e.names[0]].(time.Time)
		return t.Round(0), ok
	}
	v := reflect.ValueOf(from)
	for _, index := range e.path {
		for v.Kind() == reflect.Pointer {
			if v.IsNil() {
				return time.Time{}, false
			}
			v = v.Elem()
		}
		field, err := v.FieldByIndexErr(index)
		if err != nil {
			return time.Time{}, false
		}
		v = field
	}
	for v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return time.Time{}, false
		}
		v = v.Elem()
	}
	t, ok := v.Interface().(time.Time)
	return t.Round(0), ok
}

// turn is a comparison with Now: true from one distance after the edge's time on and
// before another, or outside of that.
type turn struct {
	edge        Edge
	from, until *time.Duration
	outside     bool
}

// turns reads a node that compares times, spans or their lengths with constants.
// It gives a turn for each time that can be meant, none if Now is not.
func (e *examiner) turns(node ast.Node, item bool) ([]turn, bool) {
	switch n := node.(type) {
	case *ast.BinaryNode:
		if !slices.Contains([]string{"<", "<=", ">", ">=", "==", "!="}, n.Operator) {
			return nil, false
		}
		if turns, ok := e.comparison(n.Operator, n.Left, n.Right, item); ok {
			return turns, true
		}
		return e.comparison(flipped[n.Operator], n.Right, n.Left, item)
	case *ast.CallNode:
		receiver, name, ok := method(n)
		if !ok || len(n.Arguments) != 1 {
			return nil, false
		}
		if operator := comparing[name]; operator != "" {
			return e.times(operator, receiver, n.Arguments[0], item)
		}
	}
	return nil, false
}

var (
	flipped = map[string]string{"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
	// comparing are the methods of a time that compare it with another. What Compare
	// gives changes where an equality does.
	comparing = map[string]string{"Before": "<", "After": ">", "Equal": "==", "Compare": "=="}
)

// method reads a call of a method.
func method(n *ast.CallNode) (receiver ast.Node, name string, ok bool) {
	callee, ok := n.Callee.(*ast.MemberNode)
	if !ok {
		return nil, "", false
	}
	property, ok := callee.Property.(*ast.StringNode)
	if !ok {
		return nil, "", false
	}
	return callee.Node, property.Value, true
}

func (e *examiner) comparison(operator string, left, right ast.Node, item bool) ([]turn, bool) {
	if turns, ok := e.times(operator, left, right, item); ok {
		return turns, true
	}
	if limit, ok := constantSpan(right); ok {
		if ages := e.ages(left, item); ages != nil {
			return turned(ages, operator, limit)
		}
	}
	if limit, ok := constantNumber(right); ok {
		if ages, length := e.lengths(left, item); ages != nil {
			return measured(ages, operator, length.of, limit)
		}
	}
	return nil, false
}

// times compares two times.
func (e *examiner) times(operator string, left, right ast.Node, item bool) ([]turn, bool) {
	var turns []turn
	lefts, rights := e.moments(left, item), e.moments(right, item)
	for _, l := range lefts {
		for _, r := range rights {
			operator, l, r := operator, l, r
			if r.of == ofNow {
				operator, l, r = flipped[operator], r, l
			}
			if l.of != ofNow || r.of == ofNow { // time makes no difference
				continue
			}
			distance, ok := minus(r.add, l.add)
			if !ok {
				return nil, false
			}
			t, ok := newTurn(r, operator, distance)
			if !ok {
				return nil, false
			}
			turns = append(turns, t)
		}
	}
	return turns, lefts != nil && rights != nil
}

// newTurn says that now compares so with the time at the distance.
func newTurn(edge Edge, operator string, distance time.Duration) (turn, bool) {
	next, ok := minus(distance, -1)
	if !ok {
		return turn{}, false
	}
	t := turn{edge: edge}
	t.edge.add = 0
	switch operator {
	case "<":
		t.until = &distance
	case "<=":
		t.until = &next
	case ">":
		t.from = &next
	case ">=":
		t.from = &distance
	default:
		t.from, t.until, t.outside = &distance, &next, operator == "!="
	}
	return t, true
}

// minus gives a-b if it fits.
func minus(a, b time.Duration) (time.Duration, bool) {
	d := a - b
	return d, (d < a) == (b > 0)
}

// moments gives the times that a node can stand for, each as an edge; nil if it
// is not known.
func (e *examiner) moments(node ast.Node, item bool) []Edge {
	switch n := node.(type) {
	case *ast.IdentifierNode:
		if n.Value == "Now" {
			return []Edge{{of: ofNow}}
		}
	case *ast.ConstantNode:
		if t, ok := n.Value.(time.Time); ok {
			return []Edge{{of: ofText, constant: t}}
		}
	case *ast.ChainNode:
		return e.moments(n.Node, item)
	case *ast.MemberNode:
		if edge, t := e.field(n, item); t != nil && indirect(t) == timeType {
			return []Edge{edge}
		}
	case *ast.ConditionalNode:
		first, second := e.moments(n.Exp1, item), e.moments(n.Exp2, item)
		if first != nil && second != nil {
			return append(first, second...)
		}
	case *ast.BinaryNode:
		return e.moved(n, item)
	case *ast.CallNode:
		receiver, name, ok := method(n)
		switch {
		case !ok:
		case name == "Add" && len(n.Arguments) == 1:
			if d, ok := constantSpan(n.Arguments[0]); ok {
				return later(e.moments(receiver, item), d)
			}
		case name == "AddDate" && len(n.Arguments) == 3:
			return e.dated(e.moments(receiver, item), n.Arguments)
		}
	}
	return nil
}

// moved reads a time before or after another, and one in place of another that is nil.
func (e *examiner) moved(n *ast.BinaryNode, item bool) []Edge {
	switch n.Operator {
	case "??":
		first, second := e.moments(n.Left, item), e.moments(n.Right, item)
		if first != nil && second != nil {
			return append(first, second...)
		}
	case "+":
		if d, ok := constantSpan(n.Right); ok {
			return later(e.moments(n.Left, item), d)
		}
		if d, ok := constantSpan(n.Left); ok {
			return later(e.moments(n.Right, item), d)
		}
	case "-":
		if d, ok := constantSpan(n.Right); ok && d != math.MinInt64 {
			return later(e.moments(n.Left, item), -d)
		}
	}
	return nil
}

func later(moments []Edge, d time.Duration) []Edge {
	for i := range moments {
		sum, ok := minus(moments[i].add, -d)
		if !ok || d == math.MinInt64 {
			return nil
		}
		moments[i].add = sum
	}
	return moments
}

// dated adds a constant number of years, months and days to times other than Now.
func (e *examiner) dated(moments []Edge, arguments []ast.Node) []Edge {
	var s shift
	for i, to := range []*int{&s.years, &s.months, &s.days} {
		f, ok := constantNumber(arguments[i])
		if !ok || f != math.Floor(f) || math.Abs(f) > 1e6 {
			return nil
		}
		*to = int(f)
	}
	for i := range moments {
		m := &moments[i]
		if m.of == ofNow {
			return nil
		}
		s.add, m.add = m.add, 0
		m.shifts = append(slices.Clip(m.shifts), s)
	}
	return moments
}

// field reads a field of the lead or of an activity, or within one, and gives its
// type; nil if the node is none. (The language does not type what stands within a
// method's parentheses.)
func (e *examiner) field(n *ast.MemberNode, item bool) (edge Edge, t reflect.Type) {
	base := n.Node
	if chain, ok := base.(*ast.ChainNode); ok {
		base = chain.Node
	}
	identifier, named := base.(*ast.IdentifierNode)
	switch inner, nested := base.(*ast.MemberNode); {
	case named && identifier.Value == "Lead":
		edge, t = Edge{of: ofLead}, e.lead.seen
	case activityNode(base, item):
		_, plain := base.(*ast.PointerNode)
		edge, t = Edge{of: ofActivity, fallible: !plain && !named}, e.activity.seen
	case nested:
		if edge, t = e.field(inner, item); t != nil && t.Kind() == reflect.Pointer {
			edge.fallible, t = true, indirect(t)
		}
	}
	name, ok := n.Property.(*ast.StringNode)
	if !ok || t == nil || t.Kind() != reflect.Struct {
		return Edge{}, nil
	}
	for _, f := range reflect.VisibleFields(t) {
		if fieldName(f) == name.Value {
			edge.names = append(slices.Clip(edge.names), name.Value)
			edge.path = append(slices.Clip(edge.path), f.Index)
			edge.fallible = edge.fallible || len(f.Index) > 1 // embedded structs may be pointers
			return edge, f.Type
		}
	}
	return Edge{}, nil
}

// age is a span between now and a time: how long ago it was or, if ahead, how long
// it is until then.
type age struct {
	since Edge
	ahead bool
}

// ages gives the spans that a node can stand for.
func (e *examiner) ages(node ast.Node, item bool) []age {
	var from, to ast.Node
	switch n := node.(type) {
	case *ast.BinaryNode:
		if n.Operator == "-" {
			to, from = n.Left, n.Right
		}
	case *ast.CallNode:
		if receiver, name, ok := method(n); ok && name == "Sub" && len(n.Arguments) == 1 {
			to, from = receiver, n.Arguments[0]
		}
	}
	if to == nil {
		return nil
	}
	var ages []age
	for _, t := range e.moments(to, item) {
		for _, f := range e.moments(from, item) {
			a := age{since: f}
			now := t
			if f.of == ofNow {
				a, now = age{since: t, ahead: true}, f
			}
			distance, ok := minus(a.since.add, now.add)
			if !ok || now.of != ofNow || a.since.of == ofNow {
				return nil
			}
			a.since.add = distance
			ages = append(ages, a)
		}
	}
	return ages
}

// turned compares spans with a constant.
func turned(ages []age, operator string, limit time.Duration) ([]turn, bool) {
	turns := make([]turn, 0, len(ages))
	for _, a := range ages {
		operator, distance, ok := operator, limit, limit != math.MinInt64
		if a.ahead { // time - now < limit: now > time - limit
			operator, distance = flipped[operator], -limit
		}
		distance, fits := minus(distance, -a.since.add)
		t, valid := newTurn(a.since, operator, distance)
		if !ok || !fits || !valid || a.since.add == math.MinInt64 {
			return nil, false
		}
		turns = append(turns, t)
	}
	return turns, true
}

// length is a number that grows, or stays, as a span grows.
type length struct {
	of    func(time.Duration) float64
	whole bool
}

// lengths reads a span's hours, minutes or seconds, divided or multiplied by a
// positive constant and rounded down.
func (e *examiner) lengths(node ast.Node, item bool) ([]age, length) {
	switch n := node.(type) {
	case *ast.CallNode:
		if callee, ok := n.Callee.(*ast.IdentifierNode); ok && callee.Value == integerName {
			ages, inner := e.lengths(n.Arguments[0], item)
			return ages, length{func(d time.Duration) float64 { return float64(int(inner.of(d))) }, true}
		}
		receiver, name, ok := method(n)
		if !ok || unitLengths[name] == nil {
			return nil, length{}
		}
		return e.ages(receiver, item), length{of: unitLengths[name]}
	case *ast.BuiltinNode:
		if n.Name != "floor" {
			return nil, length{}
		}
		ages, inner := e.lengths(n.Arguments[0], item)
		return ages, length{of: func(d time.Duration) float64 { return math.Floor(inner.of(d)) }}
	case *ast.BinaryNode:
		factor, ok := constantNumber(n.Right)
		if !ok || !(factor > 0) {
			return nil, length{}
		}
		ages, inner := e.lengths(n.Left, item)
		switch {
		case n.Operator == "/":
			return ages, length{of: func(d time.Duration) float64 { return inner.of(d) / factor }}
		case n.Operator == "*" && !inner.whole:
			return ages, length{of: func(d time.Duration) float64 { return float64(inner.of(d) * factor) }}
		}
	}
	return nil, length{}
}

var unitLengths = map[string]func(time.Duration) float64{
	"Hours": time.Duration.Hours, "Minutes": time.Duration.Minutes, "Seconds": time.Duration.Seconds,
}

// measured compares lengths with a constant: where they reach it, and where
// they exceed it, is found by halving.
func measured(ages []age, operator string, length func(time.Duration) float64, limit float64) ([]turn, bool) {
	reached, reaches := least(func(d time.Duration) bool { return length(d) >= limit })
	passed, passes := least(func(d time.Duration) bool { return length(d) > limit })
	if !reaches || !passes || reached == math.MinInt64 || passed == math.MinInt64 {
		return nil, false // beyond what a span can be
	}
	if operator == "==" || operator == "!=" {
		turns, ok := turned(ages, ">=", reached)
		ends, ok2 := turned(ages, ">=", passed)
		for i := range turns { // both are one bound
			t, end := &turns[i], ends[i]
			switch {
			case t.from != nil:
				t.until = end.from
			default:
				t.from = end.until
			}
			t.outside = operator == "!="
		}
		return turns, ok && ok2
	}
	distance := reached
	if operator == "<=" || operator == ">" {
		distance = passed
	}
	return turned(ages, map[string]string{"<": "<", "<=": "<", ">": ">=", ">=": ">="}[operator], distance)
}

// least gives the least span for which a condition holds that holds from it on.
func least(holds func(time.Duration) bool) (time.Duration, bool) {
	if !holds(math.MaxInt64) {
		return 0, false
	}
	low, high := time.Duration(math.MinInt64), time.Duration(math.MaxInt64)
	for low < high {
		middle := low + time.Duration((uint64(high)-uint64(low))/2)
		if holds(middle) {
			high = middle
		} else {
			low = middle + 1
		}
	}
	return low, true
}

// constantSpan reads a span of time that the text gives.
func constantSpan(node ast.Node) (time.Duration, bool) {
	switch n := node.(type) {
	case *ast.ConstantNode:
		d, ok := n.Value.(time.Duration)
		return d, ok
	case *ast.UnaryNode:
		if d, ok := constantSpan(n.Node); ok && n.Operator == "-" && d != math.MinInt64 {
			return -d, true
		}
	case *ast.BinaryNode:
		return spanOf(n)
	}
	return 0, false
}

func spanOf(n *ast.BinaryNode) (time.Duration, bool) {
	left, leftOK := constantSpan(n.Left)
	right, rightOK := constantSpan(n.Right)
	switch {
	case n.Operator == "+" && leftOK && rightOK && right != math.MinInt64:
		return minus(left, -right)
	case n.Operator == "-" && leftOK && rightOK:
		return minus(left, right)
	case n.Operator != "*" || leftOK == rightOK:
		return 0, false
	}
	factor := n.Right
	if rightOK {
		left, factor = right, n.Left
	}
	times, ok := factor.(*ast.IntegerNode)
	if !ok {
		return 0, false
	}
	product := left * time.Duration(times.Value)
	return product, times.Value == 0 || left != math.MinInt64 && product/time.Duration(times.Value) == left
}

// constantNumber reads a number of the text that a float holds exactly.
func constantNumber(node ast.Node) (float64, bool) {
	switch n := node.(type) {
	case *ast.IntegerNode:
		return float64(n.Value), int64(n.Value) > -1<<53 && int64(n.Value) < 1<<53
	case *ast.FloatNode:
		return n.Value, true
	case *ast.UnaryNode:
		if f, ok := constantNumber(n.Node); ok && n.Operator == "-" {
			return -f, true
		}
	}
	return 0, false
}
