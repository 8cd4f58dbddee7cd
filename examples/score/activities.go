package main

import (
	"slices"

	"github.com/leadloop/leadloop/scoring"
)

// activities are those of all leads, as cells: a third of the memory of records.
type activities struct {
	table   *table
	extra   []string
	byLead  map[string]*history
	records []scoring.Record // reused
}

// history is what one lead did.
type history struct {
	rows [][]string
	line int // of the first
}

// readActivities reads a file whole, and tells what is wrong with it.
func readActivities(path string, want layout, wrong *problems, watch *progress) *activities {
	all := &activities{byLead: map[string]*history{}}
	t, file := openTable(path, want, wrong)
	if t == nil {
		return all
	}
	defer file.Close()
	all.table, all.extra = t, t.extra
	record := scoring.Record{}
	for n := 1; t.next(); n++ {
		before := wrong.count()
		t.fill(record, t.cells)
		id := t.lead()
		if _, dated := record["At"]; !dated && wrong.count() == before {
			t.bad(`column "At" is empty: an activity needs its time`)
		}
		h := all.byLead[id]
		if h == nil {
			h = &history{line: t.line}
			all.byLead[id] = h
		}
		h.rows = append(h.rows, slices.Clone(t.cells))
		watch.show("activities read", n, 0)
	}
	return all
}

// of gives the activities of one lead, until it is asked again.
func (a *activities) of(lead string) []scoring.Record {
	h := a.byLead[lead]
	if h == nil {
		return nil
	}
	for len(a.records) < len(h.rows) {
		a.records = append(a.records, scoring.Record{})
	}
	for i, row := range h.rows {
		a.table.fill(a.records[i], row)
	}
	return a.records[:len(h.rows)]
}

// tellStrangers counts the activities of leads that are not in the file of leads.
func (a *activities) tellStrangers(leads *leads, s streams) {
	count, strangers, first := 0, 0, ""
	for id, h := range a.byLead {
		if _, known := leads.lines[id]; known {
			continue
		}
		count += len(h.rows)
		strangers++
		if first == "" || h.line < a.byLead[first].line {
			first = id
		}
	}
	if count > 0 {
		s.say("%s: %s of %s not in %s did not count, such as lead %q in line %d", a.table.file,
			plural(count, "activity", "activities"), plural(strangers, "lead", "leads"), leads.path, first, a.byLead[first].line)
	}
}
