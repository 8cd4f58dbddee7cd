package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"unicode"
)

// A kind is what a file holds.
type kind int

const (
	noKind kind = iota
	pathTable
	touchLog
	conversionList
)

// columns are those of each kind: those that must be there, and those that may.
var columns = [...]struct{ required, optional []string }{
	pathTable:      {required: []string{"path", "total_conversions", "total_conversion_value", "total_null"}},
	touchLog:       {required: []string{"journey", "at", "channel"}, optional: []string{"campaign", "cost"}},
	conversionList: {required: []string{"journey", "at", "value"}},
}

func (k kind) String() string {
	return [...]string{"", "a table of paths", "a log of touches", "a list of conversions"}[k]
}

// input is what all files of one run have in common.
type input struct {
	job     job
	errs    io.Writer
	kind    kind      // of all files but those of conversions
	first   string    // the file that told the kind
	read    int       // rows
	wrong   *problems // what no run can pass over
	bad     *problems // one for each row that can't be used
	paths   *pathReader
	log     *log
	hasCost bool
}

// file is one that is being read.
type file struct {
	*input
	name  string
	rows  *rows
	width int   // columns
	at    []int // places of the columns of its kind, those that may be there last; −1 for one that is not
}

// row reports what is wrong with the row.
func (f *file) row(what string, args ...any) { f.bad.add(f.name, f.rows.line, what, args...) }

// cell reports what is wrong with a cell.
func (f *file) cell(column string, is fault) { f.row("%s %s", column, is) }

// readAll reads all files, and tells all that is wrong with them.
func readAll(j job, errs io.Writer) (*input, error) {
	in := &input{job: j, errs: errs, wrong: &problems{}, bad: &problems{}}
	for i, name := range j.files {
		if slices.Contains(j.files[:i], name) {
			fmt.Fprintf(errs, "attribute: %s is given twice, and counts twice\n", printable(name))
		}
	}
	for _, name := range j.files {
		in.open(name, noKind)
	}
	if in.kind == touchLog {
		for _, name := range j.conversions {
			in.open(name, conversionList)
		}
	}
	if err := in.wrong.err(); err != nil {
		in.wrong.list = append(in.wrong.list, in.bad.list...)
		in.wrong.rest += in.bad.rest
		return nil, err
	}
	if in.bad.count() > 0 && !j.lenient {
		return nil, in.bad
	}
	if in.bad.count() > 0 {
		for _, text := range in.bad.list {
			fmt.Fprintln(errs, text)
		}
		fmt.Fprintf(errs, "attribute: %s skipped, of %d\n", many(int64(in.bad.count()), "row"), in.read)
	}
	if in.read == in.bad.count() {
		return nil, fmt.Errorf("%s: there is no row to take: give a file with more than the names of its columns", strings.Join(j.files, ", "))
	}
	return in, nil
}

// open reads a file.
func (in *input) open(name string, want kind) {
	if name == "-" {
		in.take("standard input", os.Stdin, want)
		return
	}
	from, err := os.Open(name)
	if err != nil {
		in.wrong.add(name, 0, "can't be opened (%v): check the name", reason(err))
		return
	}
	defer from.Close()
	in.take(name, from, want)
}

// reason is an error of the file system without the file's name.
func reason(err error) error {
	if inner := (*os.PathError)(nil); errors.As(err, &inner) {
		return inner.Err
	}
	return err
}

// take reads what a file holds.
func (in *input) take(name string, from io.Reader, want kind) {
	f := &file{input: in, name: name, rows: newRows(from)}
	if k := f.header(want); k != noKind {
		switch k {
		case pathTable:
			in.paths.read(f)
		case touchLog:
			in.log.readTouches(f)
		case conversionList:
			in.log.readConversions(f)
		}
	}
	if f.rows.failed != nil {
		in.wrong.add(name, 0, "can't be read (%v): check the disk, and that it is a file", reason(f.rows.failed))
	}
}

// next goes to the next row that has as many cells as the header.
func (f *file) next() bool {
	for f.rows.next() {
		f.read++
		switch {
		case f.rows.broken != "":
			f.row("%s", f.rows.broken)
		case len(f.rows.cells) != f.width:
			f.row("the row has %d cells, the first line names %d columns: complete it, and put quotes around a cell that contains a comma", len(f.rows.cells), f.width)
		default:
			return true
		}
	}
	return false
}

// header reads the names of the columns, and tells what the file holds; noKind if it can't be used.
func (f *file) header(want kind) kind {
	if !f.rows.next() {
		if f.rows.failed == nil {
			f.wrong.add(f.name, 0, "the file is empty: its first line must name the columns, %s or %s", list(pathTable), list(touchLog))
		}
		return noKind
	}
	bad := func(what string, args ...any) kind {
		f.wrong.add(f.name, f.rows.line, what, args...)
		return noKind
	}
	cells := f.rows.cells
	switch {
	case f.rows.broken != "":
		return bad("%s", f.rows.broken)
	case bytes.HasPrefix(cells[0], []byte("\xff\xfe")), bytes.HasPrefix(cells[0], []byte("\xfe\xff")):
		return bad("the file is UTF-16: save it as UTF-8")
	case len(cells) == 1 && strings.ContainsAny(string(cells[0]), ";\t"):
		return bad("the columns are not separated by commas: export the file again, with commas")
	}
	at := map[string][]int{}
	var own []string
	for i, cell := range cells {
		name := strings.ToLower(string(trim(cell)))
		at[name] = append(at[name], i)
		own = append(own, name)
	}
	k := want
	if k == noKind {
		if k = kindOf(at); k == noKind {
			return bad("the columns are neither those of %s, %s, nor those of %s, %s: name them in the first line", pathTable, list(pathTable), touchLog, list(touchLog))
		}
		if f.kind != noKind && f.kind != k {
			return bad("the file is %s, and %s is %s: give files of one kind", k, shown(f.first), f.kind)
		}
	}
	before := f.wrong.count()
	f.width, f.at = len(cells), nil
	for i, name := range append(columns[k].required, columns[k].optional...) {
		places := at[name]
		switch {
		case len(places) == 0 && i < len(columns[k].required):
			bad("there is no column %q: the first line of %s names %s", name, k, list(k))
		case len(places) > 1:
			bad("two columns are named %q: keep one", name)
		}
		f.at = append(f.at, append(places, -1)[0])
		delete(at, name)
	}
	if f.wrong.count() > before {
		return noKind
	}
	for _, name := range own {
		if _, ignored := at[name]; ignored {
			delete(at, name)
			fmt.Fprintf(f.errs, "attribute: %s: the column %q is ignored\n", f.name, shown(name))
		}
	}
	if want == noKind && f.kind == noKind {
		if what := f.begin(k); what != "" {
			return bad("%s", what)
		}
		f.kind, f.first = k, f.name
	}
	return k
}

// kindOf tells a table from a log by the columns.
func kindOf(at map[string][]int) kind {
	has := func(names ...string) int {
		n := 0
		for _, name := range names {
			n += min(1, len(at[name]))
		}
		return n
	}
	table, log := has(columns[pathTable].required...), has(columns[touchLog].required...)
	switch {
	case table == 0 && log == 0:
		return noKind
	case table > log: // a log may have a column of paths on a web site
		return pathTable
	}
	return touchLog
}

// list is how the first line names the columns.
func list(k kind) string { return strings.Join(columns[k].required, ",") }

// begin makes ready for files of a kind; it says what of the flags does not fit.
func (in *input) begin(k kind) string {
	switch {
	case k == touchLog && len(in.job.conversions) == 0:
		return "the file is a log of touches: give the conversions, too, with -conversions FILE"
	case k == pathTable && len(in.job.conversions) > 0:
		return "the file is a table of paths, which has its conversions: leave out -conversions"
	case k == pathTable && in.job.lookback > 0:
		return "the file is a table of paths, which has no times: -lookback needs a log of touches"
	}
	for _, m := range in.job.models {
		if k == pathTable && m.times {
			return fmt.Sprintf("the file is a table of paths, which has no times: the model %s needs a log of touches", m.name)
		}
	}
	if k == pathTable {
		in.paths = newPathReader(in.job)
	} else {
		in.log = newLog(in.job)
	}
	return ""
}

// shown is a name as messages show it: nothing in it that a terminal would obey, and not endless.
func shown(name string) string {
	if runes := []rune(name); len(runes) > 60 {
		name = string(runes[:60]) + "…"
	}
	return printable(name)
}

// printable has nothing in it that a terminal would obey.
func printable(name string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return unicode.ReplacementChar
		}
		return r
	}, name)
}
