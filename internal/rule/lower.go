package rule

import (
	"slices"
	"strings"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/vm"
)

// program is a text that has passed all checks.
type program struct {
	code  *vm.Program
	scope scope
	names [2][]string // every field of the lead and of activities that the text names, sorted
	lists bool        // the text looks at Activities
	kind  Type        // of its result: Text, Integer, Number, Boolean or Time; 0 if it is known only when it runs
	reading
}

// lower makes a program of a text that has passed all checks. The checked tree,
// with names bound and types known, is code.Node().
func (s *source) lower(code *vm.Program) program {
	p := program{code: code, scope: s.scope, lists: s.lists, kind: kindOf(code.Node().Type()), reading: s.examine(code.Node())}
	for of, names := range s.names {
		slices.Sort(names)
		p.names[of] = slices.Compact(names)
	}
	return p
}

// lowering takes checked trees to clauses and terms, for which no machine is
// needed. What it does not cover is left to the machine.
type lowering struct {
	language    *language
	scope       scope
	inPredicate bool           // within a predicate over Activities
	counters    []clause       // what counts of activities count
	counterOf   map[string]int // by the text of the count; -1 if it is not covered
	blamed      string         // the first part of the condition at hand that is not covered
	touched     []int          // counters that the test at hand uses
	exact       map[int]bool   // counters of which more matters than whether there is one
}

func newLowering(language *language) *lowering {
	return &lowering{language: language, counterOf: map[string]int{}, exact: map[int]bool{}}
}

// lowered takes a condition to a clause; false if the machine must decide it.
// Counters that an uncovered condition has made stay, unused.
func (l *lowering) lowered(p *program) (c clause, ok bool) {
	defer func() {
		if recover() != nil { // a tree that the language can't print, say
			c, ok, l.inPredicate, l.blamed = nil, false, false, "the expression"
		}
	}()
	l.scope, l.blamed = p.scope, ""
	return l.clause(p.code.Node())
}

// points takes a number of points to a function in micropoints; nil if the machine
// must compute it.
func (l *language) points(p *program) func(*frame) (int64, status) {
	t, ok := l.single(p)
	if !ok {
		return nil
	}
	return t.micropoints()
}

// plain takes a single value to a function; nil if the machine must compute it.
func (l *language) plain(p *program) func(*frame) (Plain, status) {
	t, ok := l.single(p)
	if !ok {
		return nil
	}
	return t.plain()
}

// alone takes a condition to a function; nil if the machine must decide it.
func (l *language) alone(p *program) check {
	c, ok := lowerAlone(l, p, (*lowering).check)
	if !ok {
		return nil
	}
	return c
}

// single takes a value that looks at no list of activities to a term.
func (l *language) single(p *program) (term, bool) { return lowerAlone(l, p, (*lowering).term) }

// lowerAlone lowers a text that looks at no list of activities, by itself.
func lowerAlone[T any](l *language, p *program, lower func(*lowering, ast.Node) (T, bool)) (lowered T, ok bool) {
	defer func() {
		if recover() != nil { // a tree that the language can't print, say
			ok = false
		}
	}()
	if p.lists { // counters belong to a set
		return lowered, false
	}
	lowering := newLowering(l)
	lowering.scope = p.scope
	return lower(lowering, p.code.Node())
}

// spelled is the same for two nodes only if they mean the same. The text alone
// is not: 5 and 5.0 are written alike, and so are a span and its nanoseconds.
func spelled(node ast.Node) string {
	kinds := constantKinds{}
	text := node.String()
	ast.Walk(&node, &kinds)
	return text + "\x00" + string(kinds)
}

// constantKinds has a byte for each constant of a tree.
type constantKinds []byte

func (k *constantKinds) Visit(node *ast.Node) {
	switch (*node).(type) {
	case *ast.IntegerNode:
		*k = append(*k, 'i')
	case *ast.FloatNode:
		*k = append(*k, 'f')
	case *ast.StringNode:
		*k = append(*k, 's')
	case *ast.ConstantNode:
		*k = append(*k, 'c')
	}
}

// blame notes a part that is not covered, in the words of the text.
func (l *lowering) blame(node ast.Node) {
	if l.blamed == "" {
		l.blamed = unwrapped(node.String())
	}
}

// unwrapped takes the conversions out of a printed node, which its author has not written.
func unwrapped(text string) string {
	text = strings.ReplaceAll(text, integerName+"(", "int(")
	for {
		before, rest, found := strings.Cut(text, plainName+"(")
		if !found {
			return text
		}
		end := closing(rest)
		text = before + rest[:end] + strings.TrimPrefix(rest[end:], ")")
	}
}

// closing finds the parenthesis that closes one before the text, past texts in quotes.
func closing(text string) int {
	open, quoted := 1, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '(':
			open++
		case c == ')':
			if open--; open == 0 {
				return i
			}
		}
	}
	return len(text)
}
