package main

import (
	"errors"
	"fmt"
	"strings"
)

// problem is one thing wrong in the input: where, what, and what to do about it.
type problem struct {
	File string
	Line int // 0: the file as a whole
	What string
	Do   string
}

// String is `file:line: what, what to do`.
func (p problem) String() string {
	if p.Line == 0 {
		return fmt.Sprintf("%s: %s, %s", p.File, p.What, p.Do)
	}
	return fmt.Sprintf("%s:%d: %s, %s", p.File, p.Line, p.What, p.Do)
}

// problemLimit is how many problems are kept in full. The rest is counted, never forgotten.
const problemLimit = 50

// problems collects what is wrong with an input, so that one run shows all of it.
type problems struct {
	list []problem
	rest int

	lenient bool // bad rows are skipped and counted
	skipped []skipped
}

// skipped counts the rows of a file that were skipped for a cause.
type skipped struct {
	cause, file string
	count       int64
	line        int // the first
}

// skip counts a row that is skipped.
func (p *problems) skip(file string, line int, cause string) {
	for i := range p.skipped {
		if s := &p.skipped[i]; s.cause == cause && s.file == file {
			s.count++
			return
		}
	}
	p.skipped = append(p.skipped, skipped{cause, file, 1, line})
}

// nothingLeft says that a file has no row that counts, and which rows of it were skipped and why.
func (p *problems) nothingLeft(file string) error {
	lines := []string{file + ": no leads in the file, give -data a folder with data"}
	for _, s := range p.skipped {
		if s.file == file {
			lines[0] = file + ": no lead is left, all rows were skipped, correct them:"
			lines = append(lines, fmt.Sprintf("%s:%d: %s, the first of %s skipped for it", s.file, s.line, s.cause, thousands(s.count)))
		}
	}
	return errors.New(strings.Join(lines, "\n"))
}

func (p *problems) add(file string, line int, do, what string, args ...any) {
	if len(p.list) == problemLimit {
		p.rest++
		return
	}
	p.list = append(p.list, problem{file, line, fmt.Sprintf(what, args...), do})
}

func (p *problems) count() int { return len(p.list) + p.rest }

// Error is one line per problem, and the number of those that were not listed.
func (p *problems) Error() string {
	lines := make([]string, 0, len(p.list)+1)
	for _, one := range p.list {
		lines = append(lines, one.String())
	}
	if p.rest > 0 {
		lines = append(lines, fmt.Sprintf("and %d more problems like these, mend the listed ones first", p.rest))
	}
	return strings.Join(lines, "\n")
}

// err is nil when nothing is wrong.
func (p *problems) err() error {
	if p.count() == 0 {
		return nil
	}
	return p
}
