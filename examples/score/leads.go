package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/leadloop/leadloop/scoring"
)

// leads is the file of leads: checked as a whole, then read again, row by row.
type leads struct {
	layout layout
	path   string
	lines  map[string]int // where each id stands
	extra  []string
}

// check reads all rows and tells what is wrong with them.
func (l *leads) check(wrong *problems, watch *progress) {
	l.lines = map[string]int{}
	t, file := openTable(l.path, l.layout, wrong)
	if t == nil {
		return
	}
	defer file.Close()
	l.extra = t.extra
	record := scoring.Record{}
	for t.next() {
		t.fill(record, t.cells)
		id := t.lead()
		if id == "" {
			continue
		}
		if line, twice := l.lines[id]; twice {
			t.bad("the lead %q stands in line %d already: keep one row for each lead", id, line)
			continue
		}
		l.lines[strings.Clone(id)] = t.line // not the whole row
		watch.show("leads checked", len(l.lines), 0)
	}
}

// each reads the rows of a file that was found to be right. The record is reused.
func (l *leads) each(do func(id string, record *scoring.Record) error) error {
	changed := fmt.Errorf("%s: the file has changed while it was read: run score again", l.path)
	wrong := &problems{}
	t, file := openTable(l.path, l.layout, wrong)
	if t == nil {
		return changed
	}
	defer file.Close()
	rows := 0
	record := scoring.Record{}
	for ; t.next(); rows++ {
		t.fill(record, t.cells)
		id := t.lead()
		if wrong.err() != nil || l.lines[id] != t.line {
			return changed
		}
		if err := do(id, &record); err != nil {
			return err
		}
	}
	if wrong.err() != nil || rows != len(l.lines) {
		return changed
	}
	return nil
}

// near is the id that was most likely meant.
func (l *leads) near(id string) string { return nearest(id, slices.Sorted(maps.Keys(l.lines))) }
