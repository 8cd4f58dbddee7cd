package funneltest

import (
	"flag"
	"fmt"
	"os"
	"strings"

	"github.com/google/go-cmp/cmp"
)

// The flag has a name of its own, as a host's test may define -update itself, and a flag can't be defined twice.
var update = flag.Bool("funneltest.update", false, "rewrite the files of the suites with what the policy does")

// updating tells whether files are to be rewritten, by our flag or by the host's.
func updating() bool {
	if *update {
		return true
	}
	if f := flag.Lookup("update"); f != nil {
		return f.Value.String() == "true"
	}
	return false
}

// golden is a file that holds what a subject is written as.
type golden struct {
	path, want string
	write      func(s subject) string
}

// goldenCheck makes a check of a file.
func goldenCheck(path string, write func(s subject) string) Check {
	return Check{name: path, load: func(update bool) (loaded, error) {
		data, err := os.ReadFile(path)
		if os.IsNotExist(err) {
			if !update {
				return nil, fmt.Errorf("%w: run the test once with -funneltest.update to write it", err)
			}
			err = nil
		}
		return &golden{path, strings.ReplaceAll(string(data), "\r\n", "\n"), write}, err
	}}
}

func (g *golden) valid(subject) error { return nil }

func (g *golden) run(s subject) string { return lineDiff(g.want, g.write(s)) }

func (g *golden) update(s subject) error {
	g.want = g.write(s)
	return os.WriteFile(g.path, []byte(g.want), 0o644)
}

// lineDiff is go-cmp's difference between the lines of two texts, "" if they are equal.
func lineDiff(want, got string) string {
	if want == got {
		return ""
	}
	return cmp.Diff(strings.Split(want, "\n"), strings.Split(got, "\n"))
}

// Diagram asserts that a file holds the policy as [funnel.Policy.Mermaid] draws it.
func Diagram(path string) Check { return goldenCheck(path, subject.mermaid) }
