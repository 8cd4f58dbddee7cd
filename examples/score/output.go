package main

import (
	"bufio"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/leadloop/leadloop/scoring"
)

// strongest is how many reasons for a lead, and how many against it, stand in its row.
const strongest = 3

// writeScores writes a row for each lead, and counts what could not count.
func writeScores(scorer *scorer, model scoring.Model, leads *leads, acts *activities, now time.Time, s streams, watch *progress) error {
	out := bufio.NewWriter(s.out)
	out.WriteString(row(columnNames(model)))
	odd := &oddities{}
	var score scoring.Score // each lead's takes the memory of the one before
	var cells []string
	done := 0
	err := leads.each(func(id string, record *scoring.Record) error {
		scorer.ScoreInto(&score, scoring.Subject[scoring.Record, scoring.Record]{Lead: record, Activities: acts.of(id)}, now)
		odd.note(id, leads.lines[id], score.Problems)
		cells = scoreCells(cells[:0], id, &score, model.Calibration != nil)
		done++
		watch.show("leads scored", done, len(leads.lines))
		_, err := out.WriteString(row(cells))
		return unwritten(err)
	})
	if err == nil {
		err = unwritten(out.Flush())
	}
	watch.done()
	if err == nil {
		odd.tell(leads.path, s)
	}
	return err
}

// columnNames are the columns of the scores. A dimension that is named as another column gets a word behind its name.
func columnNames(model scoring.Model) []string {
	after := []string{"grade", "disqualified", "reasons", "problems"}
	if model.Calibration != nil {
		after = slices.Insert(after, 1, "probability")
	}
	taken := append([]string{"id", "total"}, after...)
	names := []string{"id", "total"}
	for _, d := range model.Dimensions {
		name := d.Name
		for slices.Contains(taken, name) || slices.Contains(names, name) {
			name += " points"
		}
		names = append(names, harmless(name))
	}
	return append(names, after...)
}

// scoreCells appends the cells of one lead.
func scoreCells(cells []string, id string, score *scoring.Score, calibrated bool) []string {
	cells = append(cells, harmless(id), score.Total.String())
	for _, d := range score.Dimensions {
		cells = append(cells, d.Points.String())
	}
	var out []string
	for _, d := range score.Disqualified {
		out = append(out, d.Name+": "+d.Reason)
	}
	plus, minus := score.Reasons(strongest)
	var reasons []string
	for _, line := range plus {
		reasons = append(reasons, line.Dimension+"/"+line.Rule+" +"+line.Points.String())
	}
	for _, line := range minus {
		reasons = append(reasons, line.Dimension+"/"+line.Rule+" "+line.Points.String())
	}
	cells = append(cells, harmless(score.Grade))
	if calibrated {
		cells = append(cells, probabilityCell(score.Probability))
	}
	return append(cells, harmless(strings.Join(out, "; ")), harmless(strings.Join(reasons, "; ")),
		strconv.Itoa(len(score.Problems)))
}

// probabilityCell is a probability with 6 digits, empty if there is none.
func probabilityCell(p float64) string {
	if p == 0 {
		return ""
	}
	return strconv.FormatFloat(p, 'g', 6, 64)
}

// harmless is a text that no spreadsheet takes for a formula: an apostrophe makes it a text there.
func harmless(text string) string {
	first := strings.TrimLeft(text, " \u00a0")
	if first != "" && strings.ContainsRune("=+-@\t\r\n＝＋－＠", []rune(first)[0]) {
		return "'" + text
	}
	return text
}

// row is a line of CSV. Quotes also keep together what a spreadsheet might take apart at semicolons and tabs.
func row(cells []string) string {
	var b strings.Builder
	for i, cell := range cells {
		if i > 0 {
			b.WriteByte(',')
		}
		if strings.ContainsAny(cell, ",;\"\t\r\n") || strings.TrimSpace(cell) != cell {
			cell = `"` + strings.ReplaceAll(cell, `"`, `""`) + `"`
		}
		b.WriteString(cell)
	}
	b.WriteByte('\n')
	return b.String()
}

// oddities counts the leads that have a problem, by what it is.
type oddities struct {
	list   []oddity // in the order in which they were found
	places map[string]int
	leads  int
}

type oddity struct {
	text  string
	leads int
	first string // an id
	line  int
}

func (o *oddities) note(id string, line int, problems []scoring.Problem) {
	if len(problems) > 0 {
		o.leads++
	}
	for _, p := range problems {
		p.Count = 0 // the same problem for 1 activity and for 2
		text := strings.TrimPrefix(p.Error(), "scoring: ")
		at, known := o.places[text]
		if !known {
			if o.places == nil {
				o.places = map[string]int{}
			}
			at = len(o.list)
			o.places[text] = at
			o.list = append(o.list, oddity{text: text, first: id, line: line})
		}
		o.list[at].leads++
	}
}

func (o *oddities) tell(path string, s streams) {
	if o.leads == 0 {
		return
	}
	s.say("in the scores of %s something could not count; -explain shows one score in full:", plural(o.leads, "lead", "leads"))
	for i, odd := range o.list {
		if i == problemLimit {
			fmt.Fprintf(s.errs, "  and %d more kinds of problems\n", len(o.list)-i)
			break
		}
		fmt.Fprintf(s.errs, "  %s: %s, such as %q in %s:%d\n", odd.text, plural(odd.leads, "lead", "leads"), odd.first, path, odd.line)
	}
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}
