package main

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// table is a CSV file being read by the names of its columns, row by row. What is wrong with it goes to problems.
type table struct {
	file    string // its base name: what messages say
	reader  *csv.Reader
	columns []string // those that are read
	column  map[string]int
	width   int
	line    int
	row     []string
	wrong   *problems
	lost    bool // there are rows that could not be read
	noFinal bool // the last line has no line end
}

// openTable reads a file whole and finds its columns. It answers nil when rows cannot be read at all.
func openTable(dir, name string, columns []string, wrong *problems) *table {
	path := filepath.Join(dir, name)
	data, err := os.ReadFile(path)
	if err != nil {
		why := err
		if inner := (*os.PathError)(nil); errors.As(err, &inner) {
			why = inner.Err
		}
		wrong.add(path, 0, "give -olist the folder that holds the two Olist files", "cannot be read (%v)", why)
		return nil
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	t := &table{file: name, wrong: wrong, columns: columns, reader: csv.NewReader(bytes.NewReader(data)), column: map[string]int{}}
	t.noFinal = len(data) > 0 && data[len(data)-1] != '\n'
	t.reader.FieldsPerRecord = -1 // a row of another width is ours to report, with all the others
	t.reader.ReuseRecord = true
	header, err := t.reader.Read()
	if err != nil {
		wrong.add(name, 1, "the first line must name the columns "+strings.Join(columns, ", "), "%s", readError(err))
		return nil
	}
	t.width = len(header)
	for i, h := range header {
		if _, twice := t.column[h]; twice {
			wrong.add(name, 1, "keep one of the two", "column %s appears twice", quoted(h))
		}
		t.column[h] = i
	}
	whole := true
	for _, c := range columns {
		if _, ok := t.column[c]; !ok {
			wrong.add(name, 1, fmt.Sprintf("add it; the columns found are %s", shown(strings.Join(header, ", "), 500)),
				"missing column %q", c)
			whole = false
		}
	}
	if !whole {
		return nil
	}
	return t
}

// next reads rows until one is whole. Rows that are not are problems.
func (t *table) next() bool {
	for {
		row, err := t.reader.Read()
		if err == io.EOF {
			return false
		}
		if err != nil {
			line := t.line + 1
			if parse := (*csv.ParseError)(nil); errors.As(err, &parse) {
				line = parse.StartLine
			}
			t.wrong.add(t.file, line, "close the quote or double it; nothing after this line could be read", "%s", readError(err))
			t.lost = true
			return false // quoting is lost: what follows would be guessed
		}
		t.line, _ = t.reader.FieldPos(0)
		if len(row) != t.width {
			do := "complete the row; the file may have been cut off here"
			if len(row) > t.width {
				do = "quote the field that contains a comma"
			}
			t.wrong.add(t.file, t.line, do, "the row has %d fields, the header has %d", len(row), t.width)
			t.lost = true
			continue
		}
		t.row = row
		for _, c := range t.columns {
			if !printable(t.get(c)) {
				t.bad("save the file as UTF-8 text, or correct the field", "%s holds what is no printable text: %s", c, quoted(t.get(c)))
			}
		}
		return true
	}
}

func (t *table) get(column string) string { return t.row[t.column[column]] }

// bad reports the current row.
func (t *table) bad(do, what string, args ...any) { t.wrong.add(t.file, t.line, do, what, args...) }

// The years that a date may lie in. A year such as 0018 is a slip that would make every median nonsense, and the spans
// between these years fit an int32 of seconds.
const firstYear, lastYear = 2000, 2049

// date reads a column in one of Olist's two layouts, as UTC. It answers the zero time, and a problem, for anything else.
func (t *table) date(column, layout string) time.Time {
	at, err := time.Parse(layout, t.get(column))
	if err != nil {
		t.bad("write it as "+layout, "%s is not a date: %s", column, quoted(t.get(column)))
		return time.Time{}
	}
	if at.Year() < firstYear || at.Year() > lastYear {
		t.bad(fmt.Sprintf("give a date from %d to %d", firstYear, lastYear), "%s is out of range: %s", column, quoted(t.get(column)))
		return time.Time{}
	}
	return at
}

// cents reads an amount with at most two decimals, without a float. An empty field is 0.
func (t *table) cents(column string) (cents int64) {
	text := t.get(column)
	if text == "" {
		return 0
	}
	if strings.HasPrefix(text, "-") {
		t.bad("correct the amount; a refund is not part of this data", "%s is negative: %s", column, shown(text, shownLetters))
		return 0
	}
	whole, part, _ := strings.Cut(text, ".")
	part = strings.TrimRight(part, "0")
	if len(part) > 2 || len(whole) == 0 || len(whole) > 15 || strings.Trim(whole+part, "0123456789") != "" {
		t.bad("write an amount such as 1200 or 1200.50", "%s is not an amount: %s", column, quoted(text))
		return 0
	}
	for _, digit := range whole + (part + "00")[:2] {
		cents = cents*10 + int64(digit-'0')
	}
	return cents
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
