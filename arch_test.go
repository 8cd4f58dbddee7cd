package leadloop_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/leadloop/leadloop"

// arrows are the only imports that each package may have within the module. A
// package that is not listed here may not exist.
var arrows = map[string][]string{
	"":                    nil,
	"scoring":             {"internal/rule", "internal/num", "internal/document"},
	"scoring/learn":       {"scoring", "internal/num", "internal/document"},
	"funnel":              {"internal/rule", "internal/document"},
	"funnel/funneltest":   {"funnel"},
	"funnel/flow":         {"funnel", "internal/num", "handoff/worktime"},
	"attribution":         {"internal/num"},
	"attribution/markov":  {"attribution", "internal/num"},
	"attribution/shapley": {"attribution", "internal/num"},
	"handoff":             {"funnel", "handoff/worktime", "handoff/routing", "handoff/goals", "internal/rule", "internal/num", "internal/document"},
	"handoff/handofftest": {"handoff", "handoff/routing", "funnel"},
	"handoff/worktime":    {"internal/document"},
	"handoff/routing":     {"handoff/worktime", "internal/rule", "internal/document"},
	"handoff/goals":       {"handoff/worktime", "internal/num", "internal/document"},
	"internal/rule":       {"internal/document"},
	"internal/num":        nil,
	"internal/document":   nil,
	"internal/script":     nil,
	"internal/ratio":      nil,
}

// outside are the only modules that a package may import, by import path prefix.
var outside = map[string]string{
	"internal/rule":     "github.com/expr-lang/expr",
	"funnel/funneltest": "github.com/google/go-cmp",
}

// testKits are imported by tests alone: they may import what forTests lists, too.
var testKits = []string{"funnel/funneltest", "handoff/handofftest", "internal/script"}

// stopwatch is the only package that reads a clock, for benchmarks: no arrow leads to it.
const stopwatch = "internal/ratio"

// One file of one package reads memory by address, and has a twin that does not,
// for builds with the tag purego.
const (
	byAddress     = "internal/rule"
	byAddressFile = "access.go"
)

// anyAllowed are the exported names whose types hold any because none is known.
var anyAllowed = []string{
	"scoring.Record", // a host's map of declared fields
}

func TestArchitecture(t *testing.T) {
	packages := goList(t, "-f", "{{.ImportPath}}\t{{.Dir}}", "./...")
	var library []string
	for _, line := range packages {
		if path, _, _ := strings.Cut(line, "\t"); !strings.HasPrefix(path, module+"/examples/") {
			library = append(library, path)
		}
	}
	checker := newChecker(t, library...)
	for _, line := range packages {
		path, dir, _ := strings.Cut(line, "\t")
		name := strings.TrimPrefix(strings.TrimPrefix(path, module), "/")
		if strings.HasPrefix(name, "examples/") {
			for _, v := range exampleViolations(t, dir) {
				t.Error(v)
			}
			continue
		}
		if _, ok := arrows[name]; !ok {
			t.Errorf("package %s is not in the layout: give it a place in arrows", name)
			continue
		}
		if name == stopwatch {
			continue
		}
		for _, v := range checker.check(name, dir) {
			t.Error(v)
		}
		if name == byAddress {
			for _, v := range checker.check(name, dir, "purego") {
				t.Error(v)
			}
		}
	}
}

// exampleViolations says where a host application reaches into the library.
func exampleViolations(t *testing.T, dir string) (violations []string) {
	for _, f := range parseDir(t, token.NewFileSet(), dir, parser.ImportsOnly) {
		for _, spec := range f.Imports {
			path := strings.Trim(spec.Path.Value, `"`)
			if strings.HasPrefix(path, module+"/internal/") || strings.HasPrefix(path, module+"/examples/") {
				violations = append(violations, fmt.Sprintf("%s imports %s: examples import public packages only", filepath.Base(dir), path))
			}
		}
	}
	return violations
}

// parseDir reads a folder's Go files that are no tests and are part of a build
// with the tags, in the order of their names.
func parseDir(t *testing.T, set *token.FileSet, dir string, mode parser.Mode, tags ...string) (files []*ast.File) {
	t.Helper()
	context := build.Default
	context.BuildTags = tags
	for _, name := range glob(t, filepath.Join(dir, "*.go")) {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		if part, err := context.MatchFile(dir, filepath.Base(name)); err != nil {
			t.Fatal(err)
		} else if !part {
			continue
		}
		f, err := parser.ParseFile(set, name, nil, mode)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	return files
}

// The fixture breaks each rule once, on a line that says so.
func TestArchitectureCheckFindsEachViolation(t *testing.T) {
	dir := filepath.Join("testdata", "arch")
	want := wanted(t, dir)
	checker := newChecker(t, "context", "crypto/rand", "fmt", "hash/maphash", "log", "maps", "math", "math/rand", "net", "os", "slices", "sync", "sync/atomic", "time",
		"github.com/expr-lang/expr", module+"/funnel", module+"/internal/rule")
	var got []string
	for _, v := range checker.check("attribution", dir) {
		where, what, _ := strings.Cut(v, ": ")
		parts := strings.Split(where, ":")
		got = append(got, parts[1]+" "+what)
	}
	for _, w := range want {
		i := slices.IndexFunc(got, func(g string) bool { return strings.HasPrefix(g, w) })
		if i < 0 {
			t.Errorf("not found: line %s", w)
			continue
		}
		got = slices.Delete(got, i, i+1)
	}
	for _, g := range got {
		t.Errorf("found without being wanted: line %s", g)
	}
}

// wanted reads the `// want: text` comments of a fixture as "line text".
func wanted(t *testing.T, dir string) (want []string) {
	set := token.NewFileSet()
	for _, f := range parseDir(t, set, dir, parser.ParseComments) {
		for _, group := range f.Comments {
			for _, c := range group.List {
				if _, text, ok := strings.Cut(c.Text, "want: "); ok {
					want = append(want, fmt.Sprintf("%d %s", set.Position(c.Pos()).Line, text))
				}
			}
		}
	}
	if len(want) == 0 {
		t.Fatalf("the fixture in %s wants nothing", dir)
	}
	return want
}

// Everybody who imports the library inherits its requirements.
func TestModuleRequiresTwoModulesOnly(t *testing.T) {
	out, err := exec.Command("go", "mod", "edit", "-json").Output()
	if err != nil {
		t.Fatal(err)
	}
	var mod struct {
		Require                                 []struct{ Path string }
		Exclude, Replace, Tool, Godebug, Ignore []struct{}
	}
	if err := json.Unmarshal(out, &mod); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, r := range mod.Require {
		names = append(names, r.Path)
	}
	if want := []string{"github.com/expr-lang/expr", "github.com/google/go-cmp"}; !slices.Equal(names, want) {
		t.Errorf("go.mod requires %v, want %v", names, want)
	}
	if n := len(mod.Exclude) + len(mod.Replace) + len(mod.Tool) + len(mod.Godebug) + len(mod.Ignore); n > 0 {
		t.Errorf("go.mod has %d lines such as exclude, replace, tool or godebug, want none", n)
	}
}

// undocumented lists the exported names of files without a comment.
func undocumented(set *token.FileSet, files []*ast.File) (violations []string) {
	missing := func(n ast.Node, name string) {
		violations = append(violations, fmt.Sprintf("%s: exported %s has no documentation", position(set, n), name))
	}
	documented := func(groups ...*ast.CommentGroup) bool {
		return slices.ContainsFunc(groups, func(g *ast.CommentGroup) bool { return g != nil && strings.TrimSpace(g.Text()) != "" })
	}
	for _, f := range files {
		for _, decl := range f.Decls {
			switch d := decl.(type) {
			case *ast.FuncDecl:
				if d.Name.IsExported() && (d.Recv == nil || receiverExported(d.Recv)) && !documented(d.Doc) {
					missing(d, d.Name.Name)
				}
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					switch s := spec.(type) {
					case *ast.TypeSpec:
						if s.Name.IsExported() && !documented(d.Doc, s.Doc, s.Comment) {
							missing(s, s.Name.Name)
						}
					case *ast.ValueSpec:
						for _, name := range s.Names {
							if name.IsExported() && !documented(d.Doc, s.Doc, s.Comment) {
								missing(s, name.Name)
							}
						}
					}
				}
			}
		}
	}
	return violations
}

func receiverExported(list *ast.FieldList) bool {
	t := list.List[0].Type
	for {
		switch x := t.(type) {
		case *ast.StarExpr:
			t = x.X
		case *ast.IndexExpr:
			t = x.X
		case *ast.IndexListExpr:
			t = x.X
		case *ast.Ident:
			return x.IsExported()
		default:
			return false
		}
	}
}

func position(set *token.FileSet, n ast.Node) string {
	p := set.Position(n.Pos())
	return fmt.Sprintf("%s:%d", filepath.Base(p.Filename), p.Line)
}

func goList(t *testing.T, args ...string) []string {
	t.Helper()
	var stderr bytes.Buffer
	command := exec.Command("go", append([]string{"list"}, args...)...)
	command.Stderr = &stderr
	out, err := command.Output()
	if err != nil {
		t.Fatalf("go list %s: %v\n%s", strings.Join(args, " "), err, stderr.String())
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	slices.Sort(lines)
	return lines
}
