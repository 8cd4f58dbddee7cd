package main

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/funnel/flow"
)

// log is what a file holds.
type log struct {
	rows    flow.Log
	latest  time.Time
	ignored []string // columns
	stages  []string // names of stages that the definition does not have, in order of appearance; some of them
	events  []string // names of events, likewise
}

// columns are where a row has what; -1 where it does not.
type columns struct{ lead, at, stage, event, reason, by, amount int }

// readLog reads all rows and tells all that is wrong with them.
func readLog(path string, definition funnel.Definition) (*log, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("%w: check the name of the log", err)
	}
	defer f.Close()
	return parseLog(path, f, definition)
}

func parseLog(path string, from io.Reader, definition funnel.Definition) (*log, error) {
	wrong := &problems{}
	buffered := bufio.NewReaderSize(from, 1<<16)
	if mark, _ := buffered.Peek(3); string(mark) == "\xef\xbb\xbf" {
		buffered.Discard(3) // the mark that Excel puts in front of UTF-8
	}
	r := csv.NewReader(buffered)
	r.ReuseRecord, r.FieldsPerRecord = true, -1 // a row of another width is ours to report, with all the others
	header, err := r.Read()
	if err == io.EOF {
		wrong.add(path, 0, `the file is empty: its first line must name the columns, lead,at,stage or lead,at,event`)
		return nil, wrong
	}
	if err != nil {
		unreadable(wrong, path, err)
		return nil, wrong
	}
	l := &log{}
	first, _ := r.FieldPos(0) // empty lines may stand before it
	c := l.columns(wrong, path, first, header)
	if wrong.err() != nil {
		return nil, wrong
	}
	names, width := namesOf(definition), len(header)
	for {
		cells, err := r.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			unreadable(wrong, path, err)
			break // what follows is likely to be misread
		}
		line, _ := r.FieldPos(0)
		if len(cells) != width {
			wrong.add(path, line, "has %d cells where the first line has %d columns: check commas and quotation marks", len(cells), width)
			continue
		}
		l.row(wrong, path, line, cells, c, names)
	}
	if l.rows.Len() == 0 && wrong.err() == nil {
		wrong.add(path, 0, "holds no row but the names of the columns")
	}
	return l, wrong.err()
}

func unreadable(wrong *problems, path string, err error) {
	line, why := 0, err
	if e := (*csv.ParseError)(nil); errors.As(err, &e) {
		line, why = e.Line, e.Err
	}
	wrong.add(path, line, "can't be read (%v): check the quotation marks; within quotes a \" is written twice", why)
}

// columns finds the columns by their names.
func (l *log) columns(wrong *problems, path string, line int, header []string) columns {
	c := columns{-1, -1, -1, -1, -1, -1, -1}
	if len(header) == 1 && strings.ContainsAny(header[0], ";\t") {
		wrong.add(path, line, "the columns are not separated by commas: export the log again, with commas")
		return c
	}
	places := map[string]*int{"lead": &c.lead, "at": &c.at, "stage": &c.stage, "event": &c.event, "reason": &c.reason, "by": &c.by, "amount": &c.amount}
	for i, name := range header {
		place := places[strings.ToLower(strings.TrimSpace(name))]
		switch {
		case place == nil:
			l.ignored = append(l.ignored, strings.Clone(name))
		case *place >= 0:
			wrong.add(path, line, "two columns are named %q: keep one", strings.TrimSpace(name))
		default:
			*place = i
		}
	}
	for _, must := range []string{"lead", "at"} {
		if *places[must] < 0 {
			wrong.add(path, line, "there is no column %q: the first line must name the columns, lead,at,stage or lead,at,event", must)
		}
	}
	if c.stage < 0 && c.event < 0 {
		wrong.add(path, line, `there is neither a column "stage" nor a column "event": one of them says what happened`)
	}
	return c
}

// row takes a row into the log.
func (l *log) row(wrong *problems, path string, line int, cells []string, c columns, names *names) {
	cell := func(i int) string {
		if i < 0 {
			return ""
		}
		return strings.TrimSpace(cells[i])
	}
	s := flow.Step{Line: line}
	ok := true
	bad := func(what string, args ...any) {
		wrong.add(path, line, what, args...)
		ok = false
	}
	lead := cell(c.lead)
	if lead == "" {
		bad("has no lead: every row needs the lead's id")
	}
	var err error
	if s.At, err = parseTime(cell(c.at)); err != nil {
		bad("at %v", err)
	}
	stage, event := cell(c.stage), cell(c.event)
	switch {
	case stage != "":
		known := false
		if s.Stage, known = funnel.Stage(names.find(names.stages, stage)), names.known(names.stages, stage); !known {
			note(&l.stages, stage)
		}
	case event != "":
		known := false
		if s.Event, known = funnel.Event(names.find(names.events, event)), names.known(names.events, event); !known {
			note(&l.events, event)
		}
	default:
		bad("has neither a stage nor an event: one of them says what happened")
	}
	s.Reason = funnel.Reason(names.find(names.reasons, cell(c.reason)))
	if text := cell(c.amount); text != "" {
		if s.Amount, err = strconv.ParseInt(text, 10, 64); err != nil {
			bad("amount is not a whole number of cents such as 120000")
		}
	}
	if !ok {
		return
	}
	l.rows.Add(lead, s)
	if s.At.After(l.latest) && s.At.Year() < 2200 { // package flow lists later ones as invalid: a slip must not date the report
		l.latest = s.At
	}
}

// note keeps some names for a message.
func note(list *[]string, name string) {
	if len(*list) < 5 && !slices.Contains(*list, name) {
		*list = append(*list, strings.Clone(name))
	}
}

// foreign says what to do about a log of which no row fits the funnel.
func (l *log) foreign(j job, definition funnel.Definition) error {
	whose := "the standard funnel, which holds without -definition"
	if j.definition != "" {
		whose = "the funnel of " + j.definition
	}
	var stages []string
	for _, s := range definition.Stages {
		stages = append(stages, string(s.Name))
	}
	text := fmt.Sprintf("%s: no lead fits %s.", j.log, whose)
	if len(l.stages) > 0 {
		text += fmt.Sprintf("\nIts stages are %s; the log has %s.", strings.Join(stages, ", "), strings.Join(l.stages, ", "))
	}
	if len(l.events) > 0 {
		text += fmt.Sprintf("\nThe log has events that it does not have, such as %s.", strings.Join(l.events, ", "))
	}
	return errors.New(text + "\nGive your own funnel with -definition def.json; examples/funnel/testdata/definition.json is one to start from")
}

// names finds names as the definition writes them.
type names struct{ stages, events, reasons map[string]string }

func namesOf(d funnel.Definition) *names {
	n := &names{map[string]string{}, map[string]string{}, map[string]string{}}
	add := func(to map[string]string, name string) {
		to[name] = name
		if _, taken := to[strings.ToLower(name)]; !taken {
			to[strings.ToLower(name)] = name
		}
	}
	for _, s := range d.Stages {
		add(n.stages, string(s.Name))
	}
	for _, e := range d.Edges {
		add(n.events, string(e.On))
	}
	for _, e := range d.Returns {
		add(n.events, string(e.On))
	}
	for _, r := range d.Reasons {
		add(n.reasons, string(r.Code))
	}
	return n
}

func (n *names) known(in map[string]string, name string) bool {
	if _, ok := in[name]; ok {
		return true
	}
	_, ok := in[strings.ToLower(name)]
	return ok
}

// find gives the definition's own writing of a name, or the name.
func (n *names) find(in map[string]string, name string) string {
	if own, ok := in[name]; ok {
		return own
	}
	if own, ok := in[strings.ToLower(name)]; ok {
		return own
	}
	return strings.Clone(name) // not the whole row
}

// parseTime reads an instant, a time of UTC, or a date as the midnight in UTC that begins it.
func parseTime(text string) (time.Time, error) {
	for _, layout := range []string{time.RFC3339, time.DateTime, time.DateOnly} {
		if at, err := time.Parse(layout, text); err == nil && at.Unix() > math.MinInt32*64 {
			return at.UTC(), nil
		}
	}
	return time.Time{}, errors.New("is not a time: write it as 2026-06-15T09:30:00+02:00, or as 2026-06-15 for midnight UTC")
}
