package main

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/leadloop/leadloop/scoring"
	"github.com/leadloop/leadloop/scoring/learn"
)

// leads are the judged leads of a file.
type leads struct {
	columns []column
	rows    []lead
}

// column is one that is learned from.
type column struct {
	learn.Column
	header string
	at     int
}

// lead is a row whose outcome is known.
type lead struct {
	record   scoring.Record
	positive bool
	at       time.Time // zero if unknown
	part     part
}

// sheet is a file as it stands there.
type sheet struct {
	file   string
	header []string
	rows   [][]string
	lines  []int // on which each row begins
	wrong  *problems
	mixed  []string // notes on columns of names, half of which are numbers
}

// readLeads reads a file, and tells all that is wrong with it.
func readLeads(j job, s streams, watch *progress) (*leads, error) {
	sheet := &sheet{file: j.leads, wrong: &problems{}}
	sheet.read(watch)
	if err := sheet.wrong.err(); err != nil {
		return nil, err
	}
	outcomeAt := sheet.find(j.outcome, "-outcome")
	timeAt := -1
	if j.time != "" {
		timeAt = sheet.find(j.time, "-time")
	}
	text := map[int]bool{}
	for _, name := range j.text {
		text[sheet.find(name, "-text")] = true
	}
	skip := map[int]bool{outcomeAt: true, timeAt: true}
	for _, name := range j.drop {
		at := sheet.find(name, "-drop")
		if at >= 0 && at == outcomeAt {
			sheet.bad(0, "-drop names the column %q, which is the outcome: leave it out", shown(name))
		}
		skip[at] = true
	}
	if err := sheet.wrong.err(); err != nil {
		return nil, err
	}
	l := &leads{}
	l.columns = sheet.columns(skip, text)
	positive := sheet.verdicts(outcomeAt, j)
	times := sheet.times(timeAt)
	if err := sheet.wrong.err(); err != nil {
		return nil, err
	}
	pending, later := 0, 0
	for i, row := range sheet.rows {
		switch {
		case positive[i] == learn.Pending:
			pending++
			continue
		case times[i].After(j.now):
			later++
			continue
		}
		l.rows = append(l.rows, lead{record: l.record(row), positive: positive[i] == learn.Positive, at: times[i], part: partOf(j, i, row)})
	}
	for _, note := range sheet.mixed {
		s.say("%s: %s", j.leads, note)
	}
	if pending > 0 {
		s.say("%s: %s without an outcome left out: too young to tell, or never judged", j.leads, plural(pending, "lead", "leads"))
	}
	if later > 0 {
		s.say("%s: %s after -now left out", j.leads, plural(later, "lead", "leads"))
	}
	if j.split == "time" {
		splitByTime(l.rows)
	}
	return l, nil
}

// read reads the rows. What is wrong goes to wrong.
func (s *sheet) read(watch *progress) {
	f, err := os.Open(s.file)
	if err != nil {
		why := err
		if inner := (*os.PathError)(nil); errors.As(err, &inner) {
			why = inner.Err
		}
		s.bad(0, "can't be opened (%v): check the name", why)
		return
	}
	defer f.Close()
	buffered := bufio.NewReaderSize(f, 1<<16)
	if mark, _ := buffered.Peek(3); string(mark) == "\xef\xbb\xbf" {
		buffered.Discard(3) // the mark that Excel puts in front of UTF-8
	}
	reader := csv.NewReader(buffered)
	reader.FieldsPerRecord = -1 // a row of another width is ours to report, with all the others
	for {
		cells, err := reader.Read()
		switch {
		case err == io.EOF && s.header == nil:
			s.bad(0, "the file is empty: its first line must name the columns")
			return
		case err == io.EOF && len(s.rows) == 0:
			s.bad(0, "there are no leads in the file, only the names of columns")
			return
		case err == io.EOF:
			return
		case err != nil:
			s.unreadable(err)
			return // quoting is lost: what follows would be guessed
		}
		line, _ := reader.FieldPos(0)
		if s.header == nil {
			if s.header = cells; !s.goodHeader(line) {
				return
			}
			continue
		}
		switch {
		case len(cells) < len(s.header):
			s.bad(line, "the row has %d cells, the first line names %d columns: complete it; the file may have been cut off here", len(cells), len(s.header))
		case len(cells) > len(s.header):
			s.bad(line, "the row has %d cells, the first line names %d columns: put quotes around a cell that contains a comma", len(cells), len(s.header))
		}
		for i, cell := range cells {
			if !utf8.ValidString(cell) && i < len(s.header) {
				s.bad(line, "column %q: the text is not UTF-8: save the file as UTF-8", shown(s.header[i]))
			}
		}
		s.rows, s.lines = append(s.rows, cells), append(s.lines, line)
		watch.show("leads read", len(s.rows), 0)
	}
}

// goodHeader tells what is wrong with the names of the columns.
func (s *sheet) goodHeader(line int) bool {
	if len(s.header) == 1 && strings.ContainsAny(s.header[0], ";\t") {
		s.bad(line, "the columns are not separated by commas: export the file again, with commas")
		return false
	}
	seen := map[string]bool{}
	for i, name := range s.header {
		switch {
		case strings.TrimSpace(name) == "":
			s.bad(line, "column %d has no name: name it, or delete it", i+1)
		case seen[name]:
			s.bad(line, "two columns are named %q: keep one", shown(name))
		}
		seen[name] = true
	}
	return s.wrong.err() == nil
}

// find is the place of a column that a flag names; −1, and a problem, if there is none.
func (s *sheet) find(name, flag string) int {
	if at := slices.Index(s.header, name); at >= 0 {
		return at
	}
	if near := nearest(name, s.header); near != "" {
		s.bad(1, "there is no column %q, which %s names, did you mean %q?", shown(name), flag, shown(near))
	} else {
		s.bad(1, "there is no column %q, which %s names", shown(name), flag)
	}
	return -1
}

// columns are those to learn from, with their types.
func (s *sheet) columns(skip, text map[int]bool) (columns []column) {
	headers := map[string]string{} // by the field's name
	for at, header := range s.header {
		if skip[at] || header == "id" {
			continue
		}
		c := column{learn.Column{Name: fieldName(header), Type: scoring.Text}, header, at}
		if before, twice := headers[c.Name]; twice {
			s.bad(1, "the columns %q and %q would both be the field %s: rename or -drop one", shown(before), shown(header), c.Name)
		}
		headers[c.Name] = header
		if !text[at] {
			c.Type = s.kind(at)
		}
		columns = append(columns, c)
	}
	if len(columns) == 0 {
		s.bad(1, "there is no column left to learn from")
	}
	return columns
}

// kind tells the type of a column. Cells that are no numbers among many that are, are problems.
func (s *sheet) kind(at int) scoring.FieldType {
	filled, numbers, integers := 0, 0, 0
	for _, row := range s.rows {
		cell := strings.TrimSpace(row[at])
		if cell == "" {
			continue
		}
		filled++
		if _, ok := parseInteger(cell); ok {
			integers++
			numbers++
		} else if _, ok := parseNumber(cell); ok {
			numbers++
		}
	}
	switch {
	case numbers == 0:
		return scoring.Text
	case integers == filled:
		return scoring.Integer
	case numbers == filled:
		return scoring.Number
	case numbers*10 < filled*9:
		if numbers*2 >= filled {
			s.mixed = append(s.mixed, fmt.Sprintf("column %q is taken for names, as %d of its %d cells are no numbers; leave empty what is unknown if it is one of numbers", shown(s.header[at]), filled-numbers, filled))
		}
		return scoring.Text
	}
	for i, row := range s.rows {
		cell := strings.TrimSpace(row[at])
		if _, ok := parseNumber(cell); cell != "" && !ok {
			s.bad(s.lines[i], "column %q: not a number, as %d of its %d cells are: write it as 1250.5, without separators of thousands and unit, or leave it empty; or give -text for a column of names",
				shown(s.header[at]), numbers, filled)
		}
	}
	return scoring.Number
}

// goodOutcomes are taken for the positive one of two outcomes.
var goodOutcomes = []string{"1", "true", "yes", "y", "won", "accepted", "converted", "positive"}

// verdicts reads the outcomes.
func (s *sheet) verdicts(at int, j job) []learn.Verdict {
	distinct := map[string]int{}
	for _, row := range s.rows {
		if cell := strings.TrimSpace(row[at]); cell != "" {
			distinct[cell]++
		}
	}
	good := strings.TrimSpace(j.positive)
	if j.anyPositive {
		var found []string
		for _, value := range slices.Sorted(maps.Keys(distinct)) {
			if slices.Contains(goodOutcomes, strings.ToLower(value)) {
				found = append(found, value)
			}
		}
		if len(distinct) > 2 || len(found) > 1 || len(found) == 0 && len(distinct) > 1 {
			s.bad(0, "column %q holds %s: say with -positive which of them is the good one", shown(j.outcome), plural(len(distinct), "outcome", "different outcomes"))
			return nil
		}
		if len(found) == 1 {
			good = found[0]
		}
	}
	switch n := distinct[good]; {
	case len(distinct) == 0:
		s.bad(0, "column %q is empty: no lead has an outcome yet", shown(j.outcome))
	case !j.anyPositive && n == 0:
		s.bad(0, "no lead has the outcome %q in column %q: check -positive", shown(good), shown(j.outcome))
	case len(distinct) == 1:
		s.bad(0, "all leads have the same outcome in column %q: there is nothing to tell apart", shown(j.outcome))
	}
	verdicts := make([]learn.Verdict, len(s.rows))
	for i, row := range s.rows {
		switch strings.TrimSpace(row[at]) {
		case "":
		case good:
			verdicts[i] = learn.Positive
		default:
			verdicts[i] = learn.Negative
		}
	}
	return verdicts
}

// times reads when leads were handed over; zero where it is not known.
func (s *sheet) times(at int) []time.Time {
	times := make([]time.Time, len(s.rows))
	if at < 0 {
		return times
	}
	for i, row := range s.rows {
		cell := strings.TrimSpace(row[at])
		if cell == "" {
			continue
		}
		var err error
		if times[i], err = parseTime(cell); err != nil {
			s.bad(s.lines[i], "column %q %v", shown(s.header[at]), err)
		}
	}
	return times
}

// record makes a row what a scorer takes.
func (l *leads) record(row []string) scoring.Record {
	record := scoring.Record{}
	for _, c := range l.columns {
		cell := row[c.at]
		if c.Type == scoring.Text {
			if cell != "" {
				record[c.Name] = cell
			}
			continue
		}
		if cell = strings.TrimSpace(cell); cell == "" {
			continue
		}
		if c.Type == scoring.Integer {
			record[c.Name], _ = parseInteger(cell)
		} else {
			record[c.Name], _ = parseNumber(cell)
		}
	}
	return record
}

// bad reports a line; 0 is the file as a whole.
func (s *sheet) bad(line int, what string, args ...any) { s.wrong.add(s.file, line, what, args...) }

// unreadable reports a row that can't be told from the next.
func (s *sheet) unreadable(err error) {
	var parse *csv.ParseError
	if !errors.As(err, &parse) {
		s.bad(0, "can't be read on (%v): check the disk, and that it is a file", err)
		return
	}
	s.bad(parse.StartLine, "%v: close the quote, or double it within a cell; nothing after this line could be read", parse.Err)
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

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
