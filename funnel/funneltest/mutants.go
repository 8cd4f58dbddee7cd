package funneltest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/leadloop/leadloop/funnel"
)

// A Mutation is what became of the mutants of a suite's definition. All is the sum of the others.
type Mutation struct {
	All        int
	Refused    int      // [funnel.Compile] refuses them
	Noticed    int      // a check of the suite fails
	Equivalent int      // the same policy in other words
	Survivors  []string // what nobody noticed: the operator and what it changed, in the order of the operators
}

// String counts, and names the survivors.
func (m Mutation) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d mutants: %d refused, %d noticed, %d equivalent, %d survive", m.All, m.Refused, m.Noticed, m.Equivalent, len(m.Survivors))
	for _, name := range m.Survivors {
		b.WriteString("\n\tsurvives: " + name)
	}
	return b.String()
}

// Notices asserts that the suite would notice each change of its definition that the package's documentation lists.
func (s Suite[L]) Notices(t testing.TB) {
	t.Helper()
	m, err := s.Mutants()
	if err != nil {
		t.Fatalf("the suite can't be run: %v", err)
	}
	if len(m.Survivors) > 0 {
		t.Errorf("the suite does not notice every change of the policy: %v", m)
	}
}

// Mutants changes the definition in one place after another and says which changes the suite notices. The error says what is
// wrong with the suite; one that fails without any change is an error, too, since it would notice everything. Each
// mutant costs a compilation and the checks up to the first that fails, some milliseconds for a funnel of usual size.
func (s Suite[L]) Mutants() (Mutation, error) {
	own, checks, err := s.prepare(false)
	if err != nil {
		return Mutation{}, err
	}
	if list := failures(own, checks); len(list) > 0 {
		return Mutation{}, fmt.Errorf("the suite fails without any mutation: %v", list[0])
	}
	policy, err := funnel.Compile(s.Definition, s.Guards...)
	if err != nil {
		return Mutation{}, err
	}
	list := mutants(own.definition())
	m := Mutation{All: len(list)}
	var answers *comparison // made when first needed
	for _, mutant := range list {
		d := policy.Definition()
		mutant.change(&d)
		subject, err := s.compile(d)
		switch {
		case err != nil:
			m.Refused++
			continue
		case noticed(subject, checks):
			m.Noticed++
			continue
		}
		if answers == nil {
			if answers, err = s.comparison(); err != nil {
				return Mutation{}, err
			}
		}
		same, err := answers.same(d)
		switch {
		case err != nil:
			return Mutation{}, fmt.Errorf("%s: %w", mutant.name, err)
		case same:
			m.Equivalent++
		default:
			m.Survivors = append(m.Survivors, mutant.name)
		}
	}
	return m, nil
}

func noticed(s subject, checks []named) bool {
	for _, c := range checks {
		if c.loaded.run(s) != "" {
			return true
		}
	}
	return false
}
