package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math/big"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/leadloop/leadloop/attribution"
)

// This file reads slowly and obviously what the program reads fast: with package encoding/csv, strings and big.Rat.

// A record is a row as the reference sees it.
type record struct {
	line   int
	broken bool
	cells  []string
}

// records reads CSV row by row, each with a reader of its own, so that a row that can't be read ends with its first line.
func records(text string) (all []record) {
	text = strings.TrimPrefix(text, "\xef\xbb\xbf")
	line := 1
	for {
		r := csv.NewReader(strings.NewReader(text))
		r.FieldsPerRecord = -1
		cells, err := r.Read()
		if err == io.EOF {
			return all
		}
		if wrong := (*csv.ParseError)(nil); errors.As(err, &wrong) {
			all = append(all, record{line: line + wrong.StartLine - 1, broken: true})
			for range wrong.StartLine {
				_, text, _ = strings.Cut(text, "\n")
			}
			line += wrong.StartLine
			continue
		}
		begin, _ := r.FieldPos(0)
		all = append(all, record{line: line + begin - 1, cells: cells})
		used := text[:r.InputOffset()]
		text = text[r.InputOffset():]
		line += strings.Count(used, "\n")
	}
}

const blanks = " \t\n\v\f\r"

// slowCount is a count, and false if the cell holds none.
func slowCount(cell string) (int64, bool) {
	cell = strings.Trim(cell, blanks)
	n, ok := new(big.Int).SetString(cell, 10)
	if !ok || !n.IsInt64() || n.Sign() < 0 || strings.ContainsAny(cell, "+-_") {
		return 0, false
	}
	return n.Int64(), true
}

// slowAmount is an amount in minor units.
func slowAmount(cell string, digits int) (int64, bool) {
	cell = strings.Trim(cell, blanks)
	whole, part, pointed := strings.Cut(cell, ".")
	for i, c := range cell {
		if !strings.ContainsRune("0123456789.", c) || i == 0 && c == '.' {
			return 0, false
		}
	}
	if cell == "" || pointed && part == "" || strings.Contains(part, ".") || len(part) > digits {
		return 0, false
	}
	n, ok := new(big.Int).SetString(whole+part+strings.Repeat("0", digits-len(part)), 10)
	if !ok || !n.IsInt64() {
		return 0, false
	}
	return n.Int64(), true
}

func slowTime(cell string) (time.Time, bool) {
	cell = strings.Trim(cell, blanks)
	for _, layout := range []string{time.RFC3339, time.DateTime, "2006-01-02T15:04:05", time.DateOnly} {
		if at, err := time.Parse(layout, cell); err == nil {
			at = at.UTC()
			return at, at.Year() >= 1700 && at.Year() <= 2199
		}
	}
	return time.Time{}, false
}

// A slowTable is what is in tables of paths: the rows that count, and the lines of those that can't be used.
type slowTable struct {
	fatal  bool // the header can't be used
	rows   []string
	counts []attribution.Counts // of those rows
	wrong  []int
}

// readTable reads a table as the documentation says.
func readTable(text string, digits int) (t slowTable) {
	all := records(text)
	if len(all) == 0 || all[0].broken {
		return slowTable{fatal: true}
	}
	at, ok := slowHeader(all[0].cells, "path", "total_conversions", "total_conversion_value", "total_null")
	if !ok {
		return slowTable{fatal: true}
	}
	total := [3]*big.Int{new(big.Int), new(big.Int), new(big.Int)}
	for _, r := range all[1:] {
		row, counts, ok := slowPath(r, at, len(all[0].cells), digits)
		if ok {
			// All conversions, all value, and all journeys must fit.
			next := [3]*big.Int{}
			for i, n := range []int64{counts.Conversions, counts.Value, counts.Conversions} {
				next[i] = new(big.Int).Add(total[i], big.NewInt(n))
			}
			next[2].Add(next[2], big.NewInt(counts.Nulls))
			for _, n := range next {
				ok = ok && n.IsInt64()
			}
			if ok {
				total = next
			}
		}
		switch {
		case !ok:
			t.wrong = append(t.wrong, r.line)
		case counts != attribution.Counts{}:
			t.rows, t.counts = append(t.rows, row), append(t.counts, counts)
		}
	}
	return t
}

func slowHeader(cells []string, required ...string) (at map[string]int, ok bool) {
	if len(cells) == 1 && strings.ContainsAny(cells[0], ";\t") {
		return nil, false
	}
	at = map[string]int{}
	for i, cell := range cells {
		name := strings.ToLower(strings.Trim(cell, blanks))
		if _, twice := at[name]; twice {
			for _, must := range required {
				if must == name {
					return nil, false
				}
			}
		}
		at[name] = i
	}
	for _, must := range required {
		if _, there := at[must]; !there {
			return nil, false
		}
	}
	return at, true
}

func slowPath(r record, at map[string]int, width, digits int) (row string, c attribution.Counts, ok bool) {
	if r.broken || len(r.cells) != width {
		return "", c, false
	}
	var ok1, ok2, ok3 bool
	c.Conversions, ok1 = slowCount(r.cells[at["total_conversions"]])
	c.Value, ok2 = slowAmount(r.cells[at["total_conversion_value"]], digits)
	c.Nulls, ok3 = slowCount(r.cells[at["total_null"]])
	if !ok1 || !ok2 || !ok3 || c.Value > 0 && c.Conversions == 0 {
		return "", c, false
	}
	steps := strings.Split(r.cells[at["path"]], ">")
	for i, step := range steps {
		if steps[i] = strings.Trim(step, blanks); steps[i] == "" {
			return "", c, false
		}
	}
	if !utf8.ValidString(r.cells[at["path"]]) {
		return "", c, false
	}
	return fmt.Sprintf("%q %+v", steps, c), c, true
}

// fastTable reads the same with the program's reader, through a small buffer so that its ends are met often.
func fastTable(t testing.TB, text string, digits, buffer, limit int) (got slowTable) {
	t.Helper()
	var notes strings.Builder
	in := &input{job: job{minorDigits: digits}, errs: &notes, wrong: &problems{}, bad: &problems{}}
	f := &file{input: in, name: "f", rows: newRowsWithin(strings.NewReader(text), buffer, limit)}
	if k := f.header(noKind); k != pathTable {
		if in.wrong.count() == 0 && k != touchLog {
			t.Fatalf("%q: no kind, and no problem", text)
		}
		return slowTable{fatal: true}
	}
	in.paths.take = func(path []uint16, c attribution.Counts) error {
		if err := in.paths.add(path, c); err != nil {
			return err
		}
		var steps []string
		for _, n := range path {
			steps = append(steps, in.paths.channels.Name(n))
		}
		got.rows = append(got.rows, fmt.Sprintf("%q %+v", steps, c))
		return nil
	}
	in.paths.read(f)
	if in.wrong.count() > 0 {
		t.Fatal(in.wrong)
	}
	got.wrong = linesOf(t, in.bad)
	return got
}

// linesOf are the lines of problems; those that are only counted are on line −1.
func linesOf(t testing.TB, p *problems) (lines []int) {
	t.Helper()
	for _, problem := range p.list {
		var line int
		if n, err := fmt.Sscanf(problem, "f:%d: ", &line); n != 1 || err != nil {
			t.Fatalf("%q does not tell its line", problem)
		}
		lines = append(lines, line)
	}
	for range p.rest {
		lines = append(lines, -1)
	}
	return lines
}

// A slowLog is what is in logs of touches.
type slowLog struct {
	fatal bool
	rows  []string
	wrong []int
}

func touchText(journey string, at time.Time, channel, campaign string, cost int64) string {
	return fmt.Sprintf("%q %s %q %q %d", journey, at.Format(time.RFC3339Nano), channel, campaign, cost)
}

// readLog reads a log as the documentation says.
func readLog(text string, digits int) (l slowLog) {
	all := records(text)
	if len(all) == 0 || all[0].broken {
		return slowLog{fatal: true}
	}
	header := all[0].cells
	at, ok := slowHeader(header, "journey", "at", "channel")
	if !ok {
		return slowLog{fatal: true}
	}
	for _, optional := range []string{"campaign", "cost"} {
		if _, there := at[optional]; there {
			if _, ok := slowHeader(header, optional); !ok {
				return slowLog{fatal: true} // twice
			}
		}
	}
	total := new(big.Int)
	for _, r := range all[1:] {
		cell := func(name string) string {
			if i, there := at[name]; there {
				return strings.Trim(r.cells[i], blanks)
			}
			return ""
		}
		ok := !r.broken && len(r.cells) == len(header) && cell("journey") != "" && cell("channel") != "" && utf8.ValidString(cell("channel"))
		var when time.Time
		var cost int64
		if ok {
			when, ok = slowTime(cell("at"))
		}
		if ok && cell("cost") != "" {
			cost, ok = slowAmount(cell("cost"), digits)
		}
		if ok {
			next := new(big.Int).Add(total, big.NewInt(cost))
			if ok = next.IsInt64(); ok {
				total = next
			}
		}
		if ok {
			l.rows = append(l.rows, touchText(cell("journey"), when, cell("channel"), cell("campaign"), cost))
		} else {
			l.wrong = append(l.wrong, r.line)
		}
	}
	return l
}

// fastLog reads the same with the program's reader.
func fastLog(t testing.TB, text string, digits, buffer, limit int) (got slowLog) {
	t.Helper()
	var notes strings.Builder
	in := &input{job: job{minorDigits: digits}, errs: &notes, wrong: &problems{}, bad: &problems{}}
	in.log = newLog(in.job)
	f := &file{input: in, name: "f", rows: newRowsWithin(strings.NewReader(text), buffer, limit)}
	if f.header(touchLog) != touchLog {
		if in.wrong.count() == 0 {
			t.Fatalf("%q: no log, and no problem", text)
		}
		return slowLog{fatal: true}
	}
	in.log.readTouches(f)
	for i := range in.log.touches {
		x := in.log.touch(i)
		got.rows = append(got.rows, touchText(in.log.journeys.list[x.journey], x.at.time(), in.log.channels.list[x.channel], in.log.campaigns.list[x.campaign], x.cost))
	}
	got.wrong = linesOf(t, in.bad)
	return got
}

// sameLines compares lines as far as they are listed, and how many there are.
func sameLines(got, want []int) bool {
	if len(got) != len(want) {
		return false
	}
	for i, line := range got {
		if line != want[i] && line != -1 {
			return false
		}
	}
	return true
}
