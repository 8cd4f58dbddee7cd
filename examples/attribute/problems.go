package main

import (
	"fmt"
	"strings"
)

// problemLimit is how many problems are kept in full. The rest is counted, never forgotten.
const problemLimit = 50

// problems collects what is wrong with the files, so that one run shows all of it.
type problems struct {
	list []string
	rest int
}

// add notes a problem as file:line: what; the line is 0 if the file as a whole is meant. The text says what to do.
func (p *problems) add(file string, line int, what string, args ...any) {
	if len(p.list) == problemLimit {
		p.rest++
		return
	}
	where := printable(file)
	if line > 0 {
		where = fmt.Sprintf("%s:%d", where, line)
	}
	p.list = append(p.list, where+": "+fmt.Sprintf(what, args...))
}

// count is how many there are.
func (p *problems) count() int { return len(p.list) + p.rest }

// Error is a line for each problem, and the number of those that are not listed.
func (p *problems) Error() string {
	text := strings.Join(p.list, "\n")
	if p.rest > 0 {
		text += fmt.Sprintf("\nand %d more problems: mend the listed ones first", p.rest)
	}
	return text
}

// err is nil when nothing is wrong.
func (p *problems) err() error {
	if p.count() == 0 {
		return nil
	}
	return p
}
