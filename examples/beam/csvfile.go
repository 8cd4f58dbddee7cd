package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// columns are those of each kind of file. The first ones must not be empty; what an empty cell of another one means is up to it.
var columns = map[string]struct {
	names    []string
	required int
	read     func(r *row, a *account)
}{
	leadFiles: {[]string{"lead", "account", "created", "industry", "country", "seniority", "employees"}, 3, func(r *row, a *account) {
		a.leads = []Lead{{ID: r.text("lead"), Created: r.instant("created"), Industry: r.text("industry"), Country: r.text("country"),
			Seniority: r.text("seniority"), Employees: r.number("employees")}}
	}},
	touchFiles: {[]string{"touch", "account", "at", "channel", "campaign", "cost", "lead", "kind"}, 4, func(r *row, a *account) {
		a.touches = []Touch{{ID: r.text("touch"), Lead: r.text("lead"), Kind: r.text("kind"), Channel: r.text("channel"), Campaign: r.text("campaign"),
			At: r.instant("at"), Cost: r.cents("cost")}}
	}},
	dealFiles: {[]string{"deal", "account", "opened", "outcome", "closed", "amount"}, 4, func(r *row, a *account) {
		d := Deal{ID: r.text("deal"), Outcome: r.text("outcome"), Opened: r.instant("opened"), Closed: r.instant("closed"), Amount: r.cents("amount")}
		switch {
		case d.Outcome != open && d.Outcome != won && d.Outcome != lost:
			r.wrong("outcome", "none of open, won and lost", "write one of them")
		case d.Outcome == open && !d.Closed.IsZero():
			r.wrong("closed", "given for an open deal", "leave it empty")
		case d.Outcome != open && d.Closed.IsZero():
			r.wrong("closed", "empty", "say when the deal was won or lost")
		case d.Closed.Before(d.Opened) && !d.Closed.IsZero():
			r.wrong("closed", "before opened", "correct one of them")
		case d.Outcome == won && r.text("amount") == "":
			r.wrong("amount", "empty", "say what the deal brought; 0 if it brought nothing")
		}
		a.deals = []Deal{d}
	}},
}

// mostProblems is how many mistakes of a file are told.
const mostProblems = 20

// row is a row of a CSV file.
type row struct {
	file     string
	line     int
	cells    []string
	column   map[string]int
	problems *[]error
}

func (r *row) wrong(column, what, advice string) {
	*r.problems = append(*r.problems, fmt.Errorf("%s:%d: %s: %s: %s", r.file, r.line, column, what, advice))
}

func (r *row) text(column string) string {
	if i, ok := r.column[column]; ok {
		return r.cells[i]
	}
	return ""
}

func (r *row) instant(column string) time.Time {
	text := r.text(column)
	if text == "" {
		return time.Time{}
	}
	t, err := instant(text)
	if err != nil {
		r.wrong(column, "not a time", timeAdvice+"; without a zone it is UTC")
	}
	return t
}

// number reads a number that need not be known: nil.
func (r *row) number(column string) *int {
	text := r.text(column)
	if text == "" {
		return nil
	}
	n, err := strconv.ParseUint(text, 10, 31)
	if err != nil {
		r.wrong(column, "not a whole number", "write digits only, up to 2147483647")
	}
	known := int(n)
	return &known
}

// cents reads an amount of money, such as 120.50. An empty cell adds nothing to a sum.
func (r *row) cents(column string) int64 {
	whole, fraction, point := strings.Cut(r.text(column), ".")
	if whole == "" && !point {
		return 0
	}
	n, err := strconv.ParseUint(whole, 10, 63)
	f, err2 := strconv.ParseUint((fraction + "00")[:2], 10, 63)
	if err != nil || err2 != nil || len(fraction) > 2 || point && fraction == "" || n > (math.MaxInt64-99)/100 {
		r.wrong(column, "not an amount", "write it as 120.50, not negative, with at most two digits behind the point")
		return 0
	}
	return int64(n*100 + f)
}

const timeAdvice = "write it as 2026-06-15T09:30:00+02:00, 2026-06-15 09:30:00 or 2026-06-15, of the years 1900 to 9999"

// instant reads a time in one of three forms. Systems write what they do not know as the first days of time, and as the last.
func instant(text string) (time.Time, error) {
	for _, form := range []string{time.RFC3339, time.DateTime, time.DateOnly} {
		if t, err := time.Parse(form, text); err == nil && t.UTC().Year() >= 1900 && t.UTC().Year() <= 9999 {
			return t.UTC(), nil
		}
	}
	return time.Time{}, errors.New("not a time: " + timeAdvice)
}

// readRows gives each row of a CSV file as an account that knows nothing else. Touches later than an instant are left out. All
// mistakes of the file are told together, up to a number of them, after the rows that are right.
func readRows(name string, in io.Reader, asOf time.Time, yield func(account) error) error {
	format, ok := columns[kindOf(name)]
	if !ok {
		return fmt.Errorf("%s: neither leads nor touches nor deals", name)
	}
	reader := csv.NewReader(withoutMark(in))
	reader.ReuseRecord, reader.FieldsPerRecord = true, -1
	header, err := reader.Read()
	if err == io.EOF {
		return fmt.Errorf("%s:1: no first line: it names the columns %s", name, strings.Join(format.names, ", "))
	}
	if err != nil {
		return unreadable(name, err)
	}
	var problems []error
	r := &row{file: name, column: map[string]int{}, problems: &problems}
	r.line, _ = reader.FieldPos(0)
	for i, column := range header {
		if !slices.Contains(format.names, column) {
			return fmt.Errorf("%s:%d: column %q: unknown: the columns are %s", name, r.line, column, strings.Join(format.names, ", "))
		}
		if _, again := r.column[column]; again {
			return fmt.Errorf("%s:%d: column %q: named twice: leave one of the two", name, r.line, column)
		}
		r.column[column] = i
	}
	for _, column := range format.names[:format.required] {
		if _, ok := r.column[column]; !ok {
			return fmt.Errorf("%s:%d: column %q: missing: name it in the first line", name, r.line, column)
		}
	}
	for len(problems) < mostProblems {
		r.cells, err = reader.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			problems = append(problems, unreadable(name, err))
			break
		}
		r.line, _ = reader.FieldPos(0)
		if got, want := len(r.cells), len(r.column); got != want {
			problems = append(problems, fmt.Errorf("%s:%d: %d cells: the first line has %d: complete the row, or quote the cell that has a comma", name, r.line, got, want))
			continue
		}
		before := len(problems)
		for i, column := range format.names {
			if !utf8.ValidString(r.text(column)) {
				r.wrong(column, "not UTF-8", "save the file as UTF-8")
			}
			if i < format.required && r.text(column) == "" {
				r.wrong(column, "empty", "fill it in")
			}
		}
		a := account{id: r.text("account")}
		format.read(r, &a)
		if len(problems) > before || len(a.touches) > 0 && a.touches[0].At.After(asOf) {
			continue
		}
		if err := yield(a); err != nil {
			return err
		}
	}
	return errors.Join(problems...)
}

// unreadable is what is told of a row that is not CSV: where it begins. What follows it is not read, since nobody knows where it ends.
func unreadable(name string, err error) error {
	if parse := (*csv.ParseError)(nil); errors.As(err, &parse) {
		return fmt.Errorf("%s:%d: %w: put quotes around the whole cell, and double those in it", name, parse.StartLine, parse.Err)
	}
	return fmt.Errorf("%s: %w: see that the file can be read", name, err)
}
