package rule

import (
	"encoding/binary"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/expr-lang/expr/ast"
)

// What is found of an activity can be kept without the activity if no text
// looks at it together with the lead, and if each text uses Now only where it is known at
// which instants that matters. Conditions on the lead look at activities by counters
// alone then: at each instant an activity is counted by some of them.

// Keeping is a set whose findings can be kept. It is safe for concurrent use.
type Keeping[L, A any] struct {
	set      *Set[L, A]
	edges    []Edge           // where what is found of an activity changes
	clauseOf []int            // of a condition on the lead; -1 if it is left to the machine
	readers  map[string][]int // the conditions on the lead that read a field of it
	listed   []string         // the fields of activities that conditions on the lead name, sorted
}

// Unkept tells for each condition why what is found of activities can't be kept
// for it; empty if it can.
func (s *Set[L, A]) Unkept() (leads, eaches []string) {
	leads, eaches = make([]string, len(s.leads)), make([]string, len(s.eaches))
	for i, c := range s.leads {
		switch {
		case !c.lists:
		case s.leadWhy[i] != "":
			leads[i] = "it looks at Activities in another way than by counting them: " + s.leadWhy[i]
		case c.unkept != "":
			leads[i] = c.unkept
		case c.clock:
			leads[i] = unkeptClock
		}
	}
	for i, c := range s.eaches {
		eaches[i] = c.Unkept()
	}
	return leads, eaches
}

const unkeptClock = "it uses Now otherwise than in a comparison with a time plus or minus a constant"

// Unkept tells why what the program gives can't be kept without the activity;
// empty if it can.
func (p *program) Unkept() string {
	switch {
	case p.scope == onLead && p.lists:
		return "it computes with Activities"
	case p.scope == onLead:
		return ""
	case len(p.names[onLead])+len(p.fields[onLead]) > 0:
		return "it looks at the lead and at an activity together: Lead." + slices.Concat(p.fields[onLead], p.names[onLead])[0]
	case p.clock:
		return unkeptClock
	}
	return ""
}

// Keep prepares to keep what the set finds of activities, which must be possible for all
// its conditions. Edges are those of other texts that are of interest.
func (s *Set[L, A]) Keep(edges []Edge) *Keeping[L, A] {
	k := &Keeping[L, A]{set: s, clauseOf: make([]int, len(s.leads)), readers: map[string][]int{}}
	add := func(edges []Edge) {
		for _, e := range edges {
			if (e.of == ofActivity || e.of == ofText) && !slices.ContainsFunc(k.edges, e.same) {
				k.edges = append(k.edges, e)
			}
		}
	}
	add(edges)
	for i, c := range s.leads {
		k.clauseOf[i] = -1
		if c.lists {
			k.listed = append(k.listed, c.names[onActivity]...)
			add(c.edges)
		}
		for _, name := range sortedNames(c.fields[onLead], c.names[onLead]) {
			k.readers[name] = append(k.readers[name], i)
		}
	}
	slices.Sort(k.listed)
	for clause, condition := range s.leadOf {
		k.clauseOf[condition] = clause
	}
	for _, c := range s.eaches {
		add(c.edges)
	}
	return k
}

func sortedNames(lists ...[]string) []string {
	names := slices.Concat(lists...)
	slices.Sort(names)
	return slices.Compact(names)
}

// Edges are where what is found of an activity changes as time goes by.
func (k *Keeping[L, A]) Edges() []Edge { return k.edges }

// Counters is how many counters there are.
func (k *Keeping[L, A]) Counters() int { return k.set.counters }

// CounterTexts tells what each counter counts. What is kept refers to counters by their place in the
// list.
func (k *Keeping[L, A]) CounterTexts() []string { return k.set.counted }

// counted gives the texts of the counters.
func (l *lowering) counted() []string {
	texts := make([]string, len(l.counters))
	for text, c := range l.counterOf {
		if c >= 0 {
			texts[c] = text
		}
	}
	return texts
}

// Spoils tells whether a condition on the lead fails because of an activity's values that
// can't be used.
func (k *Keeping[L, A]) Spoils(flaws []Flaw) bool { return named(flaws, k.listed) != nil }

// Readers lists the conditions on the lead that read a field of it.
func (k *Keeping[L, A]) Readers(field string) []int { return k.readers[field] }

// Counted lists the counters that count an activity of the run.
func (k *Keeping[L, A]) Counted(r *Run[L, A], activity int) (counters []int) {
	r.item = r.rows.at(activity)
	for c := range k.set.counters {
		if decideAll(k.set.items.exact[c], &r.frame) == yes {
			counters = append(counters, c)
		}
	}
	return counters
}

// Decide decides every condition on the lead, given how many activities each
// counter counts and what values of theirs can't be used.
func (k *Keeping[L, A]) Decide(r *Run[L, A], counts []int, flaws []Flaw) {
	s := k.set
	k.begin(r, counts)
	r.matches, r.failing = r.matches[:0], r.failing[:0]
	r.holds, r.failed = zero(r.holds, (len(s.leads)+63)/64), zero(r.failed, (len(s.leads)+63)/64)
	if len(flaws) > 0 {
		r.flaws = append(r.flaws, flaws...)
		r.flawed = r.flawed || slices.ContainsFunc(flaws, Flaw.Declared)
	}
	if r.cutsAt(s.cuts) && !r.flawed {
		r.decideLead(&s.plan)
		r.leave(s, s.leadRest, nil)
		return
	}
	for i := range s.leads {
		k.decideOne(r, i, r.holds, r.failed)
	}
}

// Sight is what conditions on a lead look at, kept between decisions.
type Sight struct {
	frame frame
	Clear bool // there is one: the lead is a struct, and no condition is left to the machine
}

// Sight looks at a lead.
func (k *Keeping[L, A]) Sight(lead *L) Sight {
	if k.set.compiler.lead.record != nil || len(k.set.leadRest) > 0 {
		return Sight{}
	}
	return Sight{frame{lead: memoryOf(lead), broken: make([]uint64, k.set.items.words)}, true}
}

// Again decides some conditions on the lead anew, as of now and with the counts
// of activities, and notes the outcome in the bits that were decided before.
func (k *Keeping[L, A]) Again(s *Sight, now time.Time, counts []int, conditions []int32, holds, failed []uint64) {
	s.frame.now, s.frame.counts = now, counts
	for _, i := range conditions {
		holds[i/64] &^= 1 << (i % 64)
		failed[i/64] &^= 1 << (i % 64)
		switch decideAll(k.set.plan.leads.exact[k.clauseOf[i]], &s.frame) {
		case yes:
			set(holds, int(i))
		case fails:
			set(failed, int(i))
		}
	}
}

func (k *Keeping[L, A]) begin(r *Run[L, A], counts []int) {
	r.counts, r.anyBroken = append(r.counts[:0], counts...), false
	r.broken = zero(r.broken, k.set.items.words)
}

// decideOne decides one condition by all its checks, or by the machine.
func (k *Keeping[L, A]) decideOne(r *Run[L, A], i int, holds, failed []uint64) {
	condition := k.set.leads[i]
	verdict := no
	if clause := k.clauseOf[i]; clause < 0 {
		switch ok, err := condition.True(r, 0); {
		case err != nil:
			verdict = fails
		case ok:
			verdict = yes
		}
	} else if r.flawed && r.reads(&condition.program, 0) != nil {
		verdict = fails
	} else {
		verdict = decideAll(k.set.plan.leads.exact[clause], &r.frame)
	}
	switch verdict {
	case yes:
		set(holds, i)
	case fails:
		set(failed, i)
	}
}

// Declared tells whether a rule can read the field.
func (f Flaw) Declared() bool { return f.declared }

// NewFlaw is a flaw that has been kept.
func NewFlaw(field, message string, declared bool) Flaw { return Flaw{0, field, message, declared} }

// LeadFields lists the fields of leads that texts can read, sorted.
func (c *Compiler[L, A]) LeadFields() []string { return c.lead.names }

// Types describes leads and activities as texts see them, with all that is in their fields.
func (c *Compiler[L, A]) Types() []byte {
	var text []byte
	known := map[reflect.Type]bool{}
	for _, of := range []shape{c.lead, c.activity} {
		text = binary.AppendUvarint(text, uint64(len(of.names)))
		for _, name := range of.names {
			text = fmt.Appendf(text, "%q", name)
			if f, ok := fieldOf(of.seen, name); ok {
				text = described(text, f.Type, known)
			}
			text = append(text, '\n')
		}
	}
	return text
}

// described appends a type with what it is made of, the first time that it is met.
func described(text []byte, t reflect.Type, known map[reflect.Type]bool) []byte {
	text = fmt.Appendf(text, " %q %s", t, t.Kind())
	if known[t] || t == timeType {
		return text
	}
	known[t] = true
	switch t.Kind() {
	case reflect.Array, reflect.Pointer, reflect.Slice:
		text = described(text, t.Elem(), known)
	case reflect.Map:
		text = described(described(text, t.Key(), known), t.Elem(), known)
	case reflect.Struct:
		fields := reflect.VisibleFields(t)
		slices.SortStableFunc(fields, func(a, b reflect.StructField) int { return strings.Compare(fieldName(a), fieldName(b)) })
		text = append(text, " {"...)
		for _, f := range fields {
			if name := fieldName(f); name != "" {
				text = described(fmt.Appendf(text, " %q", name), f.Type, known)
			}
		}
		text = append(text, " }"...)
	}
	return text
}

// uncounted tells why a condition on the lead can't be decided from counters of
// activities alone, each of which looks at one activity; empty if it can.
func (e *examiner) uncounted(root ast.Node) string {
	if e.leadAmongActivities(root, false, false) {
		return "it looks at the lead and at an activity together"
	}
	if !e.sure(root, false) {
		return "it looks at Activities and may fail: compare only what is always there"
	}
	return ""
}

// leadAmongActivities tells whether a field of the lead is read where # is an activity.
func (e *examiner) leadAmongActivities(node ast.Node, item, within bool) (found bool) {
	within = within || item
	if n, ok := node.(*ast.IdentifierNode); ok && n.Value == "Lead" {
		return within
	}
	children(node, item, func(child ast.Node, item bool) { found = found || e.leadAmongActivities(child, item, within) })
	return found
}

// sure is safe, for conditions on the lead that count activities, too.
func (e *examiner) sure(node ast.Node, item bool) bool {
	if _, ok := relative(node); ok {
		return true
	}
	switch n := node.(type) {
	case *ast.BuiltinNode:
		if (n.Name == "count" || n.Name == "filter") && len(n.Arguments) == 2 && ofActivities(n.Arguments[0]) {
			predicate, ok := n.Arguments[1].(*ast.PredicateNode)
			return ok && e.sure(n.Arguments[0], item) && e.sure(predicate.Node, true)
		}
		return n.Name == "len" && len(n.Arguments) == 1 && ofActivities(n.Arguments[0]) && e.sure(n.Arguments[0], item)
	case *ast.IdentifierNode:
		return n.Value == "Activities" || n.Value == "Now"
	case *ast.UnaryNode:
		return (n.Operator == "not" || n.Operator == "!") && e.sure(n.Node, item) && isBool(n.Node)
	case *ast.BinaryNode:
		if mirrored[n.Operator] != "" && e.moment(n.Left, item) && e.moment(n.Right, item) {
			return true
		}
		if e.searches(n, item) {
			return true
		}
		left, right := n.Left.Type(), n.Right.Type()
		return left != nil && right != nil && e.sure(n.Left, item) && e.sure(n.Right, item) && safeOperation(n)
	}
	return e.safe(node, item)
}

// moment tells whether a node is Now, by a constant earlier or later, or the date of an
// activity, which is there in all that count.
func (e *examiner) moment(node ast.Node, item bool) bool {
	if _, ok := relative(node); ok {
		return true
	}
	member, ok := node.(*ast.MemberNode)
	if !ok {
		return false
	}
	edge, t := e.field(member, item)
	return t != nil && e.dates(edge)
}

// searches tells whether a node looks for a constant in a text, which may be missing.
func (e *examiner) searches(n *ast.BinaryNode, item bool) bool {
	member, isMember := n.Left.(*ast.MemberNode)
	_, constant := n.Right.(*ast.StringNode)
	if !isMember || !constant || !slices.Contains([]string{"contains", "startsWith", "endsWith", "matches"}, n.Operator) {
		return false
	}
	edge, t := e.field(member, item)
	return t != nil && !edge.fallible && (t == reflect.TypeFor[string]() || t == reflect.TypeFor[*string]())
}

func isBool(node ast.Node) bool { return node.Type() != nil && node.Type().Kind() == reflect.Bool }
