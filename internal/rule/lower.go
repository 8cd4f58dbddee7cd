package rule

import (
	"slices"

	"github.com/expr-lang/expr/vm"
)

// program is a text that has passed all checks.
type program struct {
	code  *vm.Program
	scope scope
	names []string // every field that the text names, sorted
	lists bool     // the text looks at Activities
}

// lower makes a program of a text that has passed all checks. The checked tree,
// with names bound and types known, is code.Node().
func (s *source) lower(code *vm.Program) program {
	slices.Sort(s.names)
	return program{code: code, scope: s.scope, names: slices.Compact(s.names), lists: s.lists}
}
