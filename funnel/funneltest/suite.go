package funneltest

import (
	"errors"
	"fmt"
	"testing"

	"github.com/leadloop/leadloop/funnel"
)

// A Suite is what a host asserts of its funnel: data, so that it can be run against any definition. L is the host's view of
// a lead, as it is given to [funnel.Compile].
type Suite[L any] struct {
	Definition funnel.Definition
	Guards     []funnel.Guard[L] // those that the definition names
	Leads      map[string]L      // by the names that scripts call them; laws and the matrix try each of them
	Calendar   funnel.Calendar   // for time limits in business time; may be nil if there are none
	Depth      int               // how many steps the paths of laws have at most; 0: 40
	Checks     []Check
}

// defaultDepth is that of Suite.Depth: enough for each way through the five rounds of the standard funnel.
const defaultDepth = 40

// A Check is one assertion, made by [Script], [Scenarios], [Matrix], [Diagram], [Never], [Always], [Precedes] or
// [EventuallyPossible].
type Check struct {
	name string
	load func(update bool) (loaded, error)
}

// A loaded check has read its files and can be run any number of times. What says how the subject differs from what is
// asserted, "" if it does not.
type loaded interface {
	run(s subject) (difference string)
	valid(s subject) error  // whether it speaks of what the suite's own definition has
	update(s subject) error // rewrites the check's file, if it has one
}

// A Failure is a check that does not hold.
type Failure struct {
	Check      string // its name, or the path of its file
	Difference string // what go-cmp makes of it (- as asserted, + as it is), or the shortest path that breaks a law
}

// String names the check and shows the difference.
func (f Failure) String() string { return f.Check + ":\n" + f.Difference }

// Run asserts that every check of the suite holds for its definition, compiled with all of its guards. With the flag
// -funneltest.update (or a flag -update that the host's test has) it rewrites the files of the checks first.
func (s Suite[L]) Run(t testing.TB) {
	t.Helper()
	policy, checks, err := s.prepare(updating())
	if err == nil && updating() {
		for _, c := range checks {
			err = errors.Join(err, c.loaded.update(policy))
		}
	}
	if err != nil {
		t.Fatalf("the suite can't be run: %v", err)
	}
	for _, failure := range failures(policy, checks) {
		t.Errorf("%v", failure)
	}
}

// Failures runs the suite against a definition: its own, or one that somebody proposes. The error says what is wrong with the
// suite itself (a file that can't be read, a line that makes no sense, each with its place) or with the definition. The
// definition need not name all guards of the suite.
func (s Suite[L]) Failures(d funnel.Definition) ([]Failure, error) {
	_, checks, err := s.prepare(false)
	if err != nil {
		return nil, err
	}
	policy, err := s.compile(d)
	if err != nil {
		return nil, err
	}
	return failures(policy, checks), nil
}

// A named is a check that is ready to run.
type named struct {
	name   string
	loaded loaded
}

// prepare compiles the suite's definition and loads the checks.
func (s Suite[L]) prepare(update bool) (subject, []named, error) {
	policy, err := funnel.Compile(s.Definition, s.Guards...)
	if err != nil {
		return nil, nil, err
	}
	own := s.subject(policy)
	var errs []error
	var checks []named
	for i, c := range s.Checks {
		if c.load == nil {
			errs = append(errs, fmt.Errorf("checks[%d]: is empty: make it with one of this package's functions", i))
			continue
		}
		l, err := c.load(update)
		if err == nil {
			err = l.valid(own)
		}
		if err != nil {
			errs = append(errs, err)
			continue
		}
		checks = append(checks, named{c.name, l})
	}
	return own, checks, errors.Join(errs...)
}

func failures(s subject, checks []named) (list []Failure) {
	for _, c := range checks {
		if difference := c.loaded.run(s); difference != "" {
			list = append(list, Failure{Check: c.name, Difference: difference})
		}
	}
	return list
}

// fixed is a check without files.
func fixed(name string, l loaded) Check {
	return Check{name: name, load: func(bool) (loaded, error) { return l, nil }}
}
