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
)

// columns are those of each kind of file. An empty cell is no value; the first ones must not be empty.
var columns = map[string]struct {
	names    []string
	required int
	read     func(r *row, a *account)
}{
	leadFiles: {[]string{"lead", "account", "created", "industry", "country", "seniority", "employees"}, 3, func(r *row, a *account) {
		a.leads = []Lead{{ID: r.text("lead"), Created: r.instant("created"), Industry: r.text("industry"), Country: r.text("country"),
			Seniority: r.text("seniority"), Employees: int(r.number("employees"))}}
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
		r.wrong(column, "not a time", "write it as 2026-06-15T09:30:00+02:00, 2026-06-15 09:30:00 or 2026-06-15; without a zone it is UTC")
	}
	return t
}

func (r *row) number(column string) int64 {
	text := r.text(column)
	if text == "" {
		return 0
	}
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil || n < 0 {
		r.wrong(column, "not a whole number", "write digits only, up to 2147483647")
	}
	return n
}

// cents reads an amount of money, such as 120.50.
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

// instant reads a time in one of three forms.
func instant(text string) (time.Time, error) {
	for _, form := range []string{time.RFC3339, time.DateTime, time.DateOnly} {
		if t, err := time.Parse(form, text); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, errors.New("not a time: write it as 2026-06-15T09:30:00+02:00, 2026-06-15 09:30:00 or 2026-06-15")
}

// readRows gives each row of a CSV file as an account that knows nothing else. Touches later than an instant are left out. All
// mistakes of the file are told together, up to a number of them, after the rows that are right.
func readRows(name string, in io.Reader, asOf time.Time, yield func(account) error) error {
	format, ok := columns[kindOf(name)]
	if !ok {
		return fmt.Errorf("%s: neither leads nor touches nor deals", name)
	}
	reader := csv.NewReader(in)
	reader.ReuseRecord = true
	header, err := reader.Read()
	if err != nil {
		return fmt.Errorf("%s:1: no first line: it names the columns %s", name, strings.Join(format.names, ", "))
	}
	var problems []error
	r := &row{file: name, column: map[string]int{}, problems: &problems}
	for i, column := range header {
		if !slices.Contains(format.names, column) {
			return fmt.Errorf("%s:1: column %q: unknown: the columns are %s", name, column, strings.Join(format.names, ", "))
		}
		r.column[column] = i
	}
	for _, column := range format.names[:format.required] {
		if _, ok := r.column[column]; !ok {
			return fmt.Errorf("%s:1: column %q: missing: name it in the first line", name, column)
		}
	}
	for len(problems) < mostProblems {
		r.cells, err = reader.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			problems = append(problems, fmt.Errorf("%s: %w: correct the line", name, err))
			break
		}
		r.line, _ = reader.FieldPos(0)
		before := len(problems)
		for _, column := range format.names[:format.required] {
			if r.text(column) == "" {
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
