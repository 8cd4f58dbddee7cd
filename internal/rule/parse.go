package rule

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/file"
)

// The limits of a text and of its evaluation.
const (
	MaxText      = 32 << 10  // bytes of a text
	MaxNodes     = 4000      // names, constants and operations in a text
	MaxPattern   = 512       // bytes of a pattern
	MaxSteps     = 1000      // steps of a pattern's program; counted repeats multiply them
	MaxRange     = 10_000    // numbers in a constant range such as 1..10
	MemoryBudget = 1_000_000 // list elements that one evaluation builds
)

// scope says which fields stand at the top level.
type scope int

const (
	onLead scope = iota
	onActivity
)

// result is what a text must give.
type result int

const (
	truth result = iota
	number
	single
)

// source is a text under examination and the mistakes found in it.
type source struct {
	*language
	scope    scope
	result   result
	text     []rune
	mistakes []error
	names    [2][]string // the fields that the text names, by the scope in which they stand at the top level
	lists    bool
}

// compile takes a text through all stages.
func (l *language) compile(text string, in scope, want result) (p program, err error) {
	if len(text) > MaxText {
		return program{}, &Error{1, 1, fmt.Sprintf("the text has %d bytes, at most %d are allowed", len(text), MaxText)}
	}
	s := &source{language: l, scope: in, result: want, text: []rune(text)}
	defer func() {
		if r := recover(); r != nil { // a fault in the language must not reach the host
			p, err = program{}, &Error{1, 1, "the text can't be compiled: write it in another way"}
		}
	}()
	options := []expr.Option{
		expr.Env(reflect.Zero(l.environment).Interface()),
		expr.Optimize(false),
		expr.MaxNodes(MaxNodes),
	}
	options = append(options, conversions...)
	options = append(options, atRoot(func(root *ast.Node) { s.bind(root) })...)
	options = append(options, atRoot(func(root *ast.Node) {
		if len(s.mistakes) == 0 {
			s.check(root, 0)
			s.checkResult(*root)
		}
	})...)
	code, err := expr.Compile(text, options...)
	switch {
	case len(s.mistakes) > 0:
		return program{}, s.joined()
	case err != nil:
		return program{}, translate(err)
	}
	return s.lower(code), nil
}

// atRoot gives the options that make the compiler call do once with the whole
// tree. Visitors see every node, the root last: the first visitor counts them,
// so that the second knows the root.
func atRoot(do func(*ast.Node)) []expr.Option {
	count, seen := 0, 0
	return []expr.Option{
		expr.Patch(visitor(func(*ast.Node) { count++ })),
		expr.Patch(visitor(func(node *ast.Node) {
			if seen++; seen == count {
				do(node)
			}
		})),
	}
}

type visitor func(*ast.Node)

// Visit makes a visitor of a function.
func (v visitor) Visit(node *ast.Node) { v(node) }

// refuse notes a mistake at a node.
func (s *source) refuse(node ast.Node, format string, args ...any) {
	line, column := 1, 1
	for i := 0; i < node.Location().From && i < len(s.text); i++ {
		column++
		if s.text[i] == '\n' {
			line, column = line+1, 1
		}
	}
	s.mistakes = append(s.mistakes, &Error{line, column, fmt.Sprintf(format, args...)})
}

// joined gives the mistakes in the order of the text.
func (s *source) joined() error {
	slices.SortStableFunc(s.mistakes, func(a, b error) int {
		x, y := a.(*Error), b.(*Error)
		if x.Line != y.Line {
			return x.Line - y.Line
		}
		return x.Column - y.Column
	})
	return errors.Join(s.mistakes...)
}

var unexpected = regexp.MustCompile(`unexpected token \w+\((".*")\)`)

var noField = regexp.MustCompile(`^type \S+ has no (field|method) (\S+)$`)

// translate turns an error of the language into one of ours.
func translate(err error) error {
	var at *file.Error
	if !errors.As(err, &at) {
		first, _, _ := strings.Cut(err.Error(), "\n")
		return &Error{1, 1, first}
	}
	message := strings.Replace(unexpected.ReplaceAllString(at.Message, "unexpected $1"), "unexpected token EOF", "the text ends too early", 1)
	if m := noField.FindStringSubmatch(message); m != nil {
		message = fmt.Sprintf("unknown %s %q", m[1], m[2])
	}
	return &Error{max(at.Line, 1), at.Column + 1, message}
}
