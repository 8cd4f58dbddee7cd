package leadloop_test

import (
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// pure are the packages of the standard library that neither do I/O nor depend
// on the machine (those of math/rand and time but for some names, below). The
// list says what is allowed, not what is forbidden: context reads a clock,
// runtime the machine, hash/maphash a random seed, path/filepath the disk, and
// nobody would think of them all.
var pure = []string{
	"bytes", "cmp", "container/heap", "container/list", "crypto/hmac", "crypto/sha256", "encoding", "encoding/base64",
	"encoding/binary", "encoding/csv", "encoding/hex", "encoding/json", "errors", "fmt", "hash", "hash/crc32", "hash/fnv", "html",
	"io", "iter", "maps", "math", "math/big", "math/bits", "math/rand", "math/rand/v2", "reflect", "regexp", "regexp/syntax",
	"slices", "sort", "strconv", "strings", "sync", "sync/atomic", "text/tabwriter", "time", "unicode", "unicode/utf16", "unicode/utf8",
}

// forTests are what test kits may import besides.
var forTests = []string{"os", "testing", "flag", "path/filepath"}

// forbiddenNames read a clock, a zone database or hidden state, or write.
var forbiddenNames = map[string]string{
	"time.Now": "a clock", "time.Since": "a clock", "time.Until": "a clock", "time.Sleep": "a clock", "time.After": "a clock",
	"time.AfterFunc": "a clock", "time.Tick": "a clock", "time.NewTimer": "a clock", "time.NewTicker": "a clock",
	"time.Local": "the machine's zone", "time.LoadLocation": "the machine's zones", "(time.Time).Local": "the machine's zone",
	"time.Parse": "the machine's zone", "time.Unix": "the machine's zone", "time.UnixMilli": "the machine's zone", "time.UnixMicro": "the machine's zone",
	"fmt.Print": "output", "fmt.Printf": "output", "fmt.Println": "output", "fmt.Scan": "input", "fmt.Scanf": "input", "fmt.Scanln": "input",
}

// sameEverywhere are the names of math whose results are the same bits on every
// architecture. The others are computed by code that compilers fuse differently.
var sameEverywhere = []string{
	"Sqrt", "Floor", "RoundToEven", "Ldexp", "Frexp", "Abs", "IsNaN", "IsInf", "Inf", "NaN",
	"Float64bits", "Float64frombits", "Float32bits", "Float32frombits",
}

// checker holds one package after another against the library's contract.
type checker struct {
	t       *testing.T
	exports map[string]string // import path → file of compiled types
}

func newChecker(t *testing.T, patterns ...string) *checker {
	c := &checker{t: t, exports: map[string]string{}}
	args := append([]string{"-deps", "-export", "-f", "{{.ImportPath}}\t{{.Export}}"}, patterns...)
	for _, line := range goList(t, args...) {
		path, file, _ := strings.Cut(line, "\t")
		c.exports[path] = file
	}
	return c
}

// check lists the violations in the files of dir, as the package name of the
// module, in a build with the tags.
func (c *checker) check(name, dir string, tags ...string) (violations []string) {
	set := token.NewFileSet()
	files := parseDir(c.t, set, dir, parser.ParseComments|parser.SkipObjectResolution, tags...)
	if len(files) == 0 { // tests only
		return nil
	}
	info := &types.Info{Types: map[ast.Expr]types.TypeAndValue{}, Uses: map[*ast.Ident]types.Object{}, Defs: map[*ast.Ident]types.Object{}}
	config := types.Config{Importer: importer.ForCompiler(set, "gc", func(path string) (io.ReadCloser, error) { return os.Open(c.exports[path]) })}
	pkg, err := config.Check(module+"/"+name, set, files, info)
	if err != nil {
		c.t.Fatalf("%s: %v", name, err)
	}
	p := &inspection{name: name, set: set, info: info, pkg: pkg}
	for _, pattern := range []string{"*.s", "*.S", "*.c", "*.cc", "*.h", "*.m", "*.f", "*.syso"} {
		for _, file := range glob(c.t, filepath.Join(dir, pattern)) {
			p.violations = append(p.violations, filepath.Base(file)+":1: a file that is not Go")
		}
	}
	for _, f := range files {
		p.imports(f)
		p.body(f)
	}
	if !strings.HasPrefix(name, "internal/") {
		p.exported(pkg)
		p.violations = append(p.violations, undocumented(set, files)...)
	}
	return p.violations
}

// inspection gathers the violations of one package.
type inspection struct {
	name       string
	set        *token.FileSet
	info       *types.Info
	pkg        *types.Package
	violations []string
}

func (p *inspection) report(n ast.Node, format string, args ...any) {
	p.violations = append(p.violations, position(p.set, n)+": "+fmt.Sprintf(format, args...))
}

func (p *inspection) imports(f *ast.File) {
	for _, spec := range f.Imports {
		path := strings.Trim(spec.Path.Value, `"`)
		inside, ours := strings.CutPrefix(path, module+"/")
		switch {
		case ours && !slices.Contains(arrows[p.name], inside):
			p.report(spec, "%s may not import %s", p.name, inside)
		case ours:
		case strings.Contains(strings.Split(path, "/")[0], "."):
			if allowed, ok := outside[p.name]; !ok || path != allowed && !strings.HasPrefix(path, allowed+"/") {
				p.report(spec, "%s may not import %s", p.name, path)
			}
		case slices.Contains(testKits, p.name) && slices.Contains(forTests, path):
		case path == "unsafe" && p.name == byAddress && filepath.Base(p.set.Position(f.Package).Filename) == byAddressFile:
		case !slices.Contains(pure, path):
			p.report(spec, "import of %s", path)
		}
	}
}

// body walks a file with the chain of parents of each node.
func (p *inspection) body(f *ast.File) {
	var parents []ast.Node
	ast.Inspect(f, func(n ast.Node) bool {
		if n == nil {
			parents = parents[:len(parents)-1]
			return true
		}
		switch n := n.(type) {
		case *ast.Ident:
			p.use(n, parents)
		case *ast.GoStmt:
			p.report(n, "a goroutine")
		case *ast.AssignStmt:
			if n.Tok != token.DEFINE {
				for _, left := range n.Lhs {
					p.global(left)
				}
			}
			if (n.Tok == token.MUL_ASSIGN) && p.isFloat(n.Lhs[0]) {
				p.report(n, "a product that the compiler may fuse")
			}
		case *ast.IncDecStmt:
			p.global(n.X)
		case *ast.RangeStmt:
			if n.Tok == token.ASSIGN {
				p.global(n.Key)
				p.global(n.Value)
			}
		case *ast.UnaryExpr:
			if n.Op == token.AND { // who has the address can change it
				p.global(n.X)
			}
		case *ast.CallExpr:
			p.call(n, parents)
		case *ast.SelectStmt:
			if len(n.Body.List) > 1 {
				p.report(n, "a choice by chance")
			}
		case *ast.BinaryExpr:
			if n.Op == token.MUL && p.isFloat(n) && !rounded(p.info, n, parents) {
				p.report(n, "a product that the compiler may fuse")
			}
		}
		parents = append(parents, n)
		return true
	})
}

func (p *inspection) use(id *ast.Ident, parents []ast.Node) {
	object := p.info.Uses[id]
	if object == nil {
		return
	}
	if b, ok := object.(*types.Builtin); ok && (b.Name() == "print" || b.Name() == "println") {
		p.report(id, "%s", b.Name())
		return
	}
	if object.Pkg() == nil {
		return
	}
	function, isFunction := object.(*types.Func)
	full := object.Pkg().Path() + "." + object.Name()
	if isFunction && function.Signature().Recv() != nil {
		full = function.FullName()
	}
	if why, bad := forbiddenNames[full]; bad && !(strings.HasPrefix(full, "time.Unix") && placed(parents)) {
		p.report(id, "%s: %s is no input", full, why)
	}
	switch full {
	case "maps.Keys", "maps.Values", "maps.All", "(reflect.Value).MapKeys", "(reflect.Value).MapRange", "(*sync.Map).Range":
		if !sorted(parents) {
			p.report(id, "%s: sort it at once, its order changes", full)
		}
	}
	if !isFunction || function.Signature().Recv() != nil {
		return
	}
	switch path := object.Pkg().Path(); path {
	case "math":
		if !slices.Contains(sameEverywhere, object.Name()) {
			p.report(id, "math.%s differs between architectures", object.Name())
		}
	case "math/rand", "math/rand/v2":
		if !strings.HasPrefix(object.Name(), "New") {
			p.report(id, "%s.%s has no seed", path, object.Name())
		}
	}
}

// placed tells whether what a name's call gives is put into a zone at once: time.Unix(…).In(zone).
func placed(parents []ast.Node) bool {
	n := len(parents)
	if n < 3 {
		return false
	}
	_, called := parents[n-2].(*ast.CallExpr)
	method, ok := parents[n-3].(*ast.SelectorExpr)
	return called && ok && (method.Sel.Name == "In" || method.Sel.Name == "UTC")
}

// sorted tells whether what a name's call gives goes into slices.Sorted or its kin.
func sorted(parents []ast.Node) bool {
	n := len(parents)
	if n < 3 {
		return false
	}
	outer, ok := parents[n-3].(*ast.CallExpr)
	if !ok {
		return false
	}
	method, ok := outer.Fun.(*ast.SelectorExpr)
	return ok && strings.HasPrefix(method.Sel.Name, "Sorted")
}

// call reports calls that change a global or panic.
func (p *inspection) call(n *ast.CallExpr, parents []ast.Node) {
	switch fun := ast.Unparen(n.Fun).(type) {
	case *ast.Ident:
		builtin, ok := p.info.Uses[fun].(*types.Builtin)
		if !ok {
			return
		}
		switch builtin.Name() {
		case "delete", "clear", "copy":
			p.global(n.Args[0])
		case "panic":
			if !within(parents, "Must") {
				p.report(n, "a panic outside of a Must function")
			}
		}
	case *ast.SelectorExpr: // x.Method() with a pointer receiver takes the address of x, if x is no pointer
		method, ok := p.info.Uses[fun.Sel].(*types.Func)
		if !ok || method.Signature().Recv() == nil {
			return
		}
		if _, pointer := method.Signature().Recv().Type().(*types.Pointer); !pointer {
			return
		}
		if _, pointer := p.info.TypeOf(fun.X).Underlying().(*types.Pointer); !pointer {
			p.global(fun.X)
		}
	}
}

// within tells whether a node stands in a function with the prefix to its name.
func within(parents []ast.Node, prefix string) bool {
	return slices.ContainsFunc(parents, func(n ast.Node) bool {
		f, ok := n.(*ast.FuncDecl)
		return ok && strings.HasPrefix(f.Name.Name, prefix)
	})
}

// global reports a change of a package's variable.
func (p *inspection) global(left ast.Expr) {
	for {
		switch x := left.(type) {
		case *ast.ParenExpr:
			left = x.X
		case *ast.IndexExpr:
			left = x.X
		case *ast.SliceExpr:
			left = x.X
		case *ast.TypeAssertExpr:
			left = x.X
		case *ast.StarExpr:
			left = x.X
		case *ast.SelectorExpr:
			if p.isGlobal(x.Sel) {
				p.report(x, "a change of the global %s", x.Sel.Name)
				return
			}
			left = x.X
		case *ast.Ident:
			if p.isGlobal(x) {
				p.report(x, "a change of the global %s", x.Name)
			}
			return
		default:
			return
		}
	}
}

func (p *inspection) isGlobal(id *ast.Ident) bool {
	v, ok := p.info.Uses[id].(*types.Var)
	return ok && !v.IsField() && v.Pkg() != nil && v.Parent() == v.Pkg().Scope()
}

func (p *inspection) isFloat(e ast.Expr) bool {
	tv := p.info.Types[e]
	return tv.Value == nil && floating(tv.Type.Underlying())
}

// floating tells whether values of a type are floats, or may be, for a type parameter.
func floating(t types.Type) bool {
	switch t := t.(type) {
	case *types.Basic:
		return t.Info()&(types.IsFloat|types.IsComplex) != 0
	case *types.Interface:
		for embedded := range t.EmbeddedTypes() {
			if floating(embedded.Underlying()) {
				return true
			}
		}
	case *types.Union:
		for term := range t.Terms() {
			if floating(term.Type().Underlying()) {
				return true
			}
		}
	}
	return false
}

// rounded tells whether a float product is rounded where it stands: converted
// explicitly, multiplied, divided or compared further. Anything else could be inlined
// or kept in a variable and fused with a later sum.
func rounded(info *types.Info, n ast.Expr, parents []ast.Node) bool {
	for i := len(parents) - 1; i >= 0; i-- {
		switch parent := parents[i].(type) {
		case *ast.ParenExpr:
			continue
		case *ast.BinaryExpr:
			switch parent.Op {
			case token.MUL, token.QUO, token.LSS, token.LEQ, token.GTR, token.GEQ, token.EQL, token.NEQ:
				return true
			}
			return false
		case *ast.CallExpr:
			return info.Types[parent.Fun].IsType()
		default:
			return false
		}
	}
	return false
}

func glob(t *testing.T, pattern string) []string {
	t.Helper()
	names, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// exported reports any and foreign types in the package's exported API.
func (p *inspection) exported(pkg *types.Package) {
	scope := pkg.Scope()
	for _, name := range scope.Names() {
		object := scope.Lookup(name)
		if !object.Exported() || slices.Contains(anyAllowed, p.name+"."+name) {
			continue
		}
		at := func(o types.Object, what string) {
			where := p.set.Position(o.Pos())
			p.violations = append(p.violations, fmt.Sprintf("%s:%d: exported %s has %s in its API", filepath.Base(where.Filename), where.Line, o.Name(), what))
		}
		typeName, _ := object.(*types.TypeName)
		if what := foreign(object.Type(), map[types.Type]bool{}); what != "" && (typeName == nil || typeName.IsAlias()) {
			at(object, what)
		}
		named, ok := object.Type().(*types.Named)
		if !ok || !isType(object) {
			continue
		}
		switch u := named.Underlying().(type) {
		case *types.Struct:
			for i := range u.NumFields() {
				if field := u.Field(i); field.Exported() {
					if what := foreign(field.Type(), map[types.Type]bool{}); what != "" {
						at(field, what)
					}
				}
			}
		default:
			if what := foreign(u, map[types.Type]bool{}); what != "" {
				at(object, what)
			}
		}
		for i := range named.NumMethods() {
			if method := named.Method(i); method.Exported() && method.Name() != "As" {
				if what := foreign(method.Type(), map[types.Type]bool{}); what != "" {
					at(method, what)
				}
			}
		}
	}
}

func isType(o types.Object) bool { _, ok := o.(*types.TypeName); return ok }

// foreign names what in a type does not belong into an exported API.
func foreign(t types.Type, seen map[types.Type]bool) string {
	if seen[t] {
		return ""
	}
	seen[t] = true
	first := func(list ...types.Type) string {
		for _, t := range list {
			if what := foreign(t, seen); what != "" {
				return what
			}
		}
		return ""
	}
	switch t := t.(type) {
	case *types.Alias:
		return foreign(types.Unalias(t), seen)
	case *types.Named:
		if o := t.Obj(); o.Pkg() != nil && strings.Contains(o.Pkg().Path(), ".") && !strings.HasPrefix(o.Pkg().Path(), module) {
			return o.Pkg().Path() + "." + o.Name()
		}
		if o := t.Obj(); o.Pkg() != nil && strings.HasPrefix(o.Pkg().Path(), module+"/internal/") {
			return o.Pkg().Name() + "." + o.Name()
		}
		var list []types.Type
		for i := range t.TypeArgs().Len() {
			list = append(list, t.TypeArgs().At(i))
		}
		return first(list...)
	case *types.Interface:
		if t.NumMethods() == 0 && t.NumEmbeddeds() == 0 {
			return "any"
		}
		var list []types.Type
		for method := range t.ExplicitMethods() {
			list = append(list, method.Type())
		}
		for embedded := range t.EmbeddedTypes() {
			list = append(list, embedded)
		}
		return first(list...)
	case *types.Struct: // of a field without a named type
		var list []types.Type
		for field := range t.Fields() {
			if field.Exported() {
				list = append(list, field.Type())
			}
		}
		return first(list...)
	case *types.Pointer:
		return first(t.Elem())
	case *types.Slice:
		return first(t.Elem())
	case *types.Array:
		return first(t.Elem())
	case *types.Chan:
		return "a channel"
	case *types.Map:
		return first(t.Key(), t.Elem())
	case *types.Signature:
		var list []types.Type
		for _, tuple := range []*types.Tuple{t.Params(), t.Results()} {
			for v := range tuple.Variables() {
				list = append(list, v.Type())
			}
		}
		return first(list...)
	}
	return ""
}
