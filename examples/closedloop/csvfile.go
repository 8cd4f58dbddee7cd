package main

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// table is a CSV file being read by the names of its columns, row by row. What is wrong with it goes to problems.
type table struct {
	file    string // its base name: what messages say
	closer  io.Closer
	reader  *csv.Reader
	end     *lastByte
	columns []string // those that are read
	column  map[string]int
	width   int
	line    int
	row     []string
	broken  bool // something is wrong with the row
	wrong   *problems
	lost    bool     // there are rows that could not be read
	mapping *mapping // of own data; else nil
	names   *fileMapping

	differing map[string]bool // ids of rows that are not to be read, as not all of them say the same
}

// A tableKind says what is to be read of a file.
type tableKind struct {
	required, optional []string     // columns
	advice             string       // where there is no such file
	mapping            *mapping     // nil: columns have their own names, and fields are taken as they are
	names              *fileMapping // of the mapping
}

// openTable opens a file and finds its columns. It answers nil when rows cannot be read at all.
func openTable(dir, name string, kind tableKind, wrong *problems) *table {
	path := filepath.Join(dir, name)
	file, err := os.Open(path)
	if err != nil {
		wrong.add(path, 0, kind.advice, "cannot be read (%v)", reason(err))
		return nil
	}
	t := newTable(name, file, kind, wrong)
	if t == nil {
		file.Close()
		return nil
	}
	t.closer = file
	return t
}

// newTable begins to read a text.
func newTable(name string, text io.Reader, kind tableKind, wrong *problems) *table {
	end := &lastByte{from: text}
	buffered := bufio.NewReaderSize(end, 1<<16)
	switch mark, _ := buffered.Peek(3); {
	case string(mark) == "\xef\xbb\xbf":
		buffered.Discard(3) // it has been peeked at
	case len(mark) > 1 && (string(mark[:2]) == "\xff\xfe" || string(mark[:2]) == "\xfe\xff"):
		wrong.add(name, 1, "save it as UTF-8", "the file is UTF-16 text")
		return nil
	}
	t := &table{
		file: name, wrong: wrong, columns: append(slices.Clone(kind.required), kind.optional...), end: end, reader: csv.NewReader(buffered),
		column: map[string]int{}, mapping: kind.mapping, names: kind.names,
	}
	t.reader.FieldsPerRecord = -1 // a row of another width is ours to report, with all the others
	t.reader.ReuseRecord = true
	header, err := t.reader.Read()
	if err != nil {
		wrong.add(name, 1, "the first line must name the columns "+strings.Join(t.columns, ", "), "%s", readError(err))
		return nil
	}
	t.width = len(header)
	if !t.find(header, kind.required) {
		return nil
	}
	return t
}

// find finds the columns in the header, and says whether none that is required is missing.
func (t *table) find(header, required []string) bool {
	whole := true
	for _, column := range t.columns {
		called := []string{column}
		same := func(a, b string) bool { return a == b }
		if t.mapping != nil {
			called = t.names.called(column)
			same = func(a, b string) bool { return folded(a) == folded(b) }
		}
		at := -1
		for _, name := range called {
			if at = slices.IndexFunc(header, func(h string) bool { return same(h, name) }); at < 0 {
				continue
			}
			if slices.ContainsFunc(header[at+1:], func(h string) bool { return same(h, name) }) {
				t.wrong.add(t.file, 1, "keep one of the two", "column %s appears twice", quoted(header[at]))
			}
			break
		}
		switch {
		case at >= 0:
			t.column[column] = at
		case slices.Contains(required, column):
			t.wrong.add(t.file, 1, fmt.Sprintf("add it; the columns found are %s", shown(strings.Join(header, ", "), 500)), "missing column %q", called[0])
			whole = false
		}
	}
	return whole
}

// has says whether the file has an optional column.
func (t *table) has(column string) bool {
	_, ok := t.column[column]
	return ok
}

// next reads rows until one is whole. Rows that are not are problems. At the end it closes the file.
func (t *table) next() bool {
	for {
		t.broken = false
		row, err := t.reader.Read()
		if err == io.EOF {
			return t.close()
		}
		if err != nil {
			parse := (*csv.ParseError)(nil)
			if !errors.As(err, &parse) { // the disk
				t.wrong.add(t.file, t.line+1, "copy the file anew", "%s", readError(err))
				return t.close()
			}
			t.line, t.lost = parse.StartLine, true
			if t.wrong.lenient && parse.StartLine == parse.Line {
				t.bad("a quote is out of place", "", "")
				continue
			}
			t.wrong.add(t.file, parse.StartLine, "close the quote or double it; nothing after this line could be read", "%s", readError(err))
			return t.close() // quoting is lost: what follows would be guessed
		}
		t.line, _ = t.reader.FieldPos(0)
		if len(row) != t.width {
			do := "complete the row; the file may have been cut off here"
			if len(row) > t.width {
				do = "quote the field that contains a comma"
			}
			t.bad("the row has not as many fields as the header", do, "the row has %d fields, the header has %d", len(row), t.width)
			t.lost = true
			continue
		}
		t.row = row
		for _, c := range t.columns {
			if at, ok := t.column[c]; ok && t.mapping != nil {
				t.row[at] = blanks(t.row[at])
			}
			if text := t.get(c); !utf8.ValidString(text) {
				t.bad(c+" is not UTF-8 text", "save the file as UTF-8", "%s is not UTF-8 text: %s", c, quoted(text))
			} else if !printable(text) {
				t.bad(c+" holds what is no printable text", "remove "+unprintable(text)+" from the field", "%s holds what is no printable text: %s", c, quoted(text))
			} else if len(t.get(c)) > longest && t.mapping != nil {
				t.bad(c+" is too long", fmt.Sprintf("shorten it to %d bytes", longest), "%s is %d bytes long", c, len(t.get(c)))
			}
		}
		return true
	}
}

// longest is how many bytes a field of own data may have: names are shorter, and what is not was never meant as one.
const longest = 1000

// close answers false, as the end of next.
func (t *table) close() bool {
	if t.closer != nil {
		t.closer.Close() // it was only read
		t.closer = nil
	}
	return false
}

// noFinal says that the last line has no line end: the file may be cut off.
func (t *table) noFinal() bool { return t.end.any && t.end.last != '\n' }

// lastByte remembers the last byte that was read.
type lastByte struct {
	from io.Reader
	last byte
	any  bool
}

func (l *lastByte) Read(p []byte) (int, error) {
	n, err := l.from.Read(p)
	if n > 0 {
		l.last, l.any = p[n-1], true
	}
	return n, err
}

// get is a field of the row; "" where the file has no such column.
func (t *table) get(column string) string {
	at, ok := t.column[column]
	if !ok {
		return ""
	}
	return t.row[at]
}

// text is a field of own data: without spaces around it, in the program's words.
func (t *table) text(column string) string {
	return t.names.value(column, strings.TrimSpace(t.get(column)))
}

// bad reports the current row. The cause is what rows that are skipped are counted by.
func (t *table) bad(cause, do, what string, args ...any) {
	if t.wrong.lenient {
		if !t.broken {
			t.wrong.skip(t.file, t.line, cause)
		}
	} else {
		t.wrong.add(t.file, t.line, do, what, args...)
	}
	t.broken = true
}

// The years that a date may lie in. A year such as 0018 is a slip that would make every median nonsense, and the spans
// between these years fit an int32 of seconds.
const firstYear, lastYear = 2000, 2049

// date reads a column in one of Olist's two layouts, as UTC. It answers the zero time, and a problem, for anything else.
func (t *table) date(column, layout string) time.Time {
	at, err := time.Parse(layout, t.get(column))
	if err != nil {
		t.bad(column+" is not a date", "write it as "+layout, "%s is not a date: %s", column, quoted(t.get(column)))
		return time.Time{}
	}
	return t.within(column, at)
}

// within refuses years that are out of range.
func (t *table) within(column string, at time.Time) time.Time {
	if at.Year() < firstYear || at.Year() > lastYear {
		t.bad(column+" is out of range", fmt.Sprintf("give a date from %d to %d", firstYear, lastYear), "%s is out of range: %s", column, quoted(t.get(column)))
		return time.Time{}
	}
	return at
}

// instant reads a time of own data. An empty field is the zero time.
func (t *table) instant(column string) time.Time {
	text := strings.TrimSpace(t.get(column))
	if text == "" {
		return time.Time{}
	}
	at, ok := t.mapping.instant(text)
	if !ok {
		t.bad(column+" is not a time", "write it as 2025-03-31 14:05:00, 2025-03-31T14:05:00Z or 2025-03-31, or give date_order in the mapping", "%s is not a time: %s", column, quoted(text))
		return time.Time{}
	}
	return t.within(column, at)
}

// flag reads yes or no; an empty field is no.
func (t *table) flag(column string) bool {
	switch folded(t.text(column)) {
	case "yes", "y", "true", "1":
		return true
	case "", "no", "n", "false", "0":
		return false
	}
	t.bad(column+" is neither yes nor no", "write yes or no", "%s is neither yes nor no: %s", column, quoted(t.text(column)))
	return false
}

// cents reads an amount with at most two decimals, without a float. An empty field is 0.
func (t *table) cents(column string) (cents int64) {
	text := strings.TrimSpace(t.get(column))
	if text == "" {
		return 0
	}
	if strings.HasPrefix(text, "-") {
		t.bad(column+" is negative", "correct the amount; a refund is not part of this data", "%s is negative: %s", column, shown(text, shownLetters))
		return 0
	}
	whole, part, _ := strings.Cut(text, ".")
	part = strings.TrimRight(part, "0")
	if len(part) > 2 || len(whole) == 0 || strings.Trim(whole+part, "0123456789") != "" {
		t.bad(column+" is not an amount", "write an amount such as 1200 or 1200.50", "%s is not an amount: %s", column, quoted(text))
		return 0
	}
	for _, digit := range whole + (part + "00")[:2] {
		if cents = cents*10 + int64(digit-'0'); cents > maxAmount {
			t.bad(column+" is too large", "give at most "+thousands(maxAmount/100), "%s is too large: %s", column, quoted(text))
			return 0
		}
	}
	return cents
}

// maxAmount bounds amounts, in cents, and also the sum of all amounts of a file: funnel/flow takes no larger ones, and no figure
// that is made of them leaves an int64.
const maxAmount = 1_000_000_000_000_000

// bound refuses a file whose amounts together are out of bounds.
func (t *table) bound(column string, sum int64) {
	if sum > maxAmount {
		t.wrong.add(t.file, 0, "correct the amounts: together they may be at most "+thousands(maxAmount/100), "all of %s together is too large", column)
	}
}

// shownLetters is how much of a field a message shows.
const shownLetters = 60

// shown is a text as messages show it: on one line, without anything that a terminal would obey, and not endless.
func shown(text string, letters int) string {
	rest := ""
	if utf8.RuneCountInString(text) > letters {
		for i := range text {
			if letters--; letters < 0 {
				text, rest = text[:i], "…"
				break
			}
		}
	}
	if !printable(text) {
		text = strconv.Quote(text)
		text = text[1 : len(text)-1]
	}
	return text + rest
}

func quoted(text string) string { return `"` + shown(text, shownLetters) + `"` }

// blanks makes white space of any kind into blanks: exports have no-break spaces and tabs, which nobody sees.
func blanks(text string) string {
	if !utf8.ValidString(text) {
		return text // and refused for it
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return ' '
		}
		return r
	}, text)
}

// unprintable names the first letter that is not printable.
func unprintable(text string) string {
	for _, r := range text {
		if !unicode.IsPrint(r) {
			return fmt.Sprintf("%U", r)
		}
	}
	return ""
}

func printable(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) })
}

// readError says in words what encoding/csv objects to.
func readError(err error) string {
	parse := (*csv.ParseError)(nil)
	switch {
	case err == io.EOF:
		return "the file is empty"
	case errors.As(err, &parse) && errors.Is(err, csv.ErrQuote):
		return fmt.Sprintf("a quoted field is never closed or is followed by text (found at line %d)", parse.Line)
	case errors.As(err, &parse) && errors.Is(err, csv.ErrBareQuote):
		return fmt.Sprintf("a quote stands inside an unquoted field (column %d)", parse.Column)
	}
	return err.Error()
}
