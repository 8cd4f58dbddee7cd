package rule

import (
	"slices"

	"github.com/expr-lang/expr/vm"
)

// program is a text that has passed all checks.
type program struct {
	code  *vm.Program
	scope scope
	names [2][]string // every field of the lead and of activities that the text names, sorted
	lists bool        // the text looks at Activities
	kind  Type        // of its result: Text, Integer, Number, Boolean or Time; 0 if it is known only when it runs
}

// lower makes a program of a text that has passed all checks. The checked tree,
// with names bound and types known, is code.Node().
func (s *source) lower(code *vm.Program) program {
	p := program{code: code, scope: s.scope, lists: s.lists, kind: kindOf(code.Node().Type())}
	for of, names := range s.names {
		slices.Sort(names)
		p.names[of] = slices.Compact(names)
	}
	return p
}
