package funneltest

import "github.com/leadloop/leadloop/funnel"

// MutantNames lists the mutants of a definition by their names.
func MutantNames(d funnel.Definition) (names []string) {
	for _, m := range mutants(&d) {
		names = append(names, m.name)
	}
	return names
}
