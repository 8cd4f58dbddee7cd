package main

import (
	"bufio"
	"encoding/csv"
	"errors"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/leadloop/leadloop/scoring"
)

// table reads a CSV file row by row, by the names of its columns. What is wrong with it goes to wrong, or, if the columns
// are, nothing else is read.
type table struct {
	file   string // what messages say
	reader *csv.Reader
	wrong  *problems
	key    string // the column that holds the lead's id
	keyAt  int
	width  int
	fields []field
	extra  []string // columns that are ignored

	line  int      // of the row: the one on which it begins
	cells []string // of the row, until the next
}

// field is a declared field and its column.
type field struct {
	name string
	kind scoring.FieldType
	at   int
}

// layout is what a file should hold.
type layout struct {
	key      string                       // the column of the lead's id
	fields   map[string]scoring.FieldType // the other columns
	declared string                       // where the model declares them
	extra    bool                         // other columns are allowed
}

// openTable opens a file and reads the line of column names. The table is nil, and wrong says why, if rows can't be read.
func openTable(path string, want layout, wrong *problems) (*table, io.Closer) {
	f, err := os.Open(path)
	if err != nil {
		why := err
		if inner := (*os.PathError)(nil); errors.As(err, &inner) {
			why = inner.Err
		}
		wrong.add(path, 0, "can't be opened (%v): check the name", why)
		return nil, nil
	}
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		f.Close()
		wrong.add(path, 0, "not a regular file: save the data to one, for it may be read twice")
		return nil, nil
	}
	t := newTable(path, f, want, wrong)
	if t == nil {
		f.Close()
	}
	return t, f
}

// newTable reads the line of column names. It answers nil if rows can't be read.
func newTable(file string, from io.Reader, want layout, wrong *problems) *table {
	buffered := bufio.NewReaderSize(from, 1<<16)
	if mark, _ := buffered.Peek(3); string(mark) == "\xef\xbb\xbf" {
		buffered.Discard(3) // the mark that Excel puts in front of UTF-8
	}
	t := &table{file: file, reader: csv.NewReader(buffered), wrong: wrong, key: want.key}
	t.reader.FieldsPerRecord = -1 // a row of another width is ours to report, with all the others
	t.reader.ReuseRecord = true
	header, err := t.reader.Read()
	if err == io.EOF {
		wrong.add(file, 0, "the file is empty: its first line must name the columns, %q and the fields that the model declares", want.key)
		return nil
	}
	if err != nil {
		t.unreadable(err)
		return nil
	}
	t.line, _ = t.reader.FieldPos(0)
	if t.width = len(header); !t.columns(header, want) {
		return nil
	}
	return t
}

// columns finds the column of each field, and tells what is missing, misspelt or too much.
func (t *table) columns(header []string, want layout) bool {
	if len(header) == 1 && len(want.fields) > 0 && strings.ContainsAny(header[0], ";\t") {
		t.bad("the columns are not separated by commas: export the file again, with commas")
		return false
	}
	places, ok := map[string]int{}, true
	known := append([]string{want.key}, slices.Sorted(maps.Keys(want.fields))...)
	header = asDeclared(header, known)
	taken := map[string]bool{} // a misspelt column stands for it
	for i, name := range header {
		if _, twice := places[name]; twice {
			t.bad("two columns are named %q: keep one", shown(name))
			ok = false
			continue
		}
		places[name] = i
		if slices.Contains(known, name) {
			continue
		}
		if want.extra {
			t.extra = append(t.extra, name)
			continue
		}
		meant := nearest(name, missing(known, header))
		taken[meant] = true
		ok = false
		switch {
		case strings.TrimSpace(name) == "":
			t.bad("column %d has no name: name it, delete it, or give -extra to ignore it", i+1)
		case meant != "":
			t.bad("column %q is not declared in the model's %s, did you mean %q? Rename it, or give -extra to ignore it", shown(name), want.declared, meant)
		default:
			t.bad("column %q is not declared in the model's %s: declare or delete it, or give -extra to ignore it", shown(name), want.declared)
		}
	}
	for _, name := range missing(known, header) {
		switch {
		case taken[name]:
			continue // said already
		case name == want.key:
			t.bad("there is no column %q: it holds the id of the lead", name)
		case name == "At" && want.key == "lead":
			t.bad("there is no column %q: it holds the time of the activity", name)
		default:
			t.bad("there is no column %q, which the model declares in %s: add it; its cells may be empty", name, want.declared)
		}
		ok = false
	}
	t.keyAt = places[want.key]
	for _, name := range slices.Sorted(maps.Keys(want.fields)) {
		t.fields = append(t.fields, field{name, want.fields[name], places[name]})
	}
	return ok
}

// asDeclared calls columns as the model calls their fields.
func asDeclared(header, known []string) []string {
	names := slices.Clone(header)
	for i, name := range header {
		if field := fieldName(name); slices.Contains(known, field) && !slices.Contains(known, name) && !slices.Contains(header, field) {
			names[i] = field
		}
	}
	return names
}

// missing lists the names that the header lacks.
func missing(known, header []string) (names []string) {
	for _, name := range known {
		if !slices.Contains(header, name) {
			names = append(names, name)
		}
	}
	return names
}

// next reads rows until one has as many cells as there are columns. The others are problems.
func (t *table) next() bool {
	for {
		cells, err := t.reader.Read()
		if err == io.EOF {
			return false
		}
		if err != nil {
			t.unreadable(err)
			return false // quoting is lost: what follows would be guessed
		}
		t.line, _ = t.reader.FieldPos(0)
		t.cells = cells
		switch {
		case len(cells) < t.width:
			t.bad("the row has %d cells, the first line names %d columns: complete it; the file may have been cut off here", len(cells), t.width)
		case len(cells) > t.width:
			t.bad("the row has %d cells, the first line names %d columns: put quotes around a cell that contains a comma", len(cells), t.width)
		default:
			return true
		}
	}
}

// lead is the id in the row; empty, and a problem, if there is none.
func (t *table) lead() string {
	id := t.cells[t.keyAt]
	switch {
	case strings.TrimSpace(id) == "":
		t.bad("column %q is empty: each row needs the id of a lead", t.key)
		return ""
	case !printable(id):
		t.bad("column %q holds what is no printable text: save the file as UTF-8, or mend the id", t.key)
		return ""
	}
	return id
}

// fill makes the row's cells the values of a record. What is no value of its type is a problem.
func (t *table) fill(record scoring.Record, cells []string) {
	clear(record)
	for _, f := range t.fields {
		cell := cells[f.at]
		if !utf8.ValidString(cell) {
			t.bad("column %q: the text is not UTF-8: save the file as UTF-8", f.name)
			continue
		}
		value, err := parseCell(cell, f.kind)
		if err != nil {
			t.bad("column %q: %v", f.name, err)
		} else if value != nil {
			record[f.name] = value
		}
	}
}

// bad reports the row.
func (t *table) bad(what string, args ...any) { t.wrong.add(t.file, t.line, what, args...) }

// unreadable reports a row that can't be told from the next.
func (t *table) unreadable(err error) {
	var parse *csv.ParseError
	if !errors.As(err, &parse) {
		t.wrong.add(t.file, 0, "can't be read on (%v): check the disk", err)
		return
	}
	t.wrong.add(t.file, parse.StartLine, "%v: close the quote, or double it within a cell; nothing after this line could be read", parse.Err)
}

func printable(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) })
}

// shown is a name as messages show it: nothing in it that a terminal would obey, and not endless.
func shown(name string) string {
	if runes := []rune(name); len(runes) > 60 {
		name = string(runes[:60]) + "…"
	}
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return unicode.ReplacementChar
		}
		return r
	}, name)
}
