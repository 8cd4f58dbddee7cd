package main

import (
	"bufio"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"unicode/utf8"

	"github.com/leadloop/leadloop/handoff"
)

// readEvents gives the lines of a log, with the lead of each: one handoff.Event a line, as JSON.
func readEvents(name string, in io.Reader, yield func(lead, line string) error) error {
	var problems []error
	lines := bufio.NewScanner(withoutMark(in))
	lines.Buffer(nil, 1<<24)
	n := 0
	for n = 1; lines.Scan() && len(problems) < mostProblems; n++ {
		if len(lines.Bytes()) == 0 {
			continue
		}
		if !utf8.Valid(lines.Bytes()) {
			problems = append(problems, fmt.Errorf("%s:%d: not UTF-8: save the file as UTF-8", name, n))
			continue
		}
		var e handoff.Event
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			problems = append(problems, fmt.Errorf("%s:%d: not an event: write each handoff.Event as JSON on a line of its own", name, n))
			continue
		}
		if e.ID == "" || e.Version < 1 {
			problems = append(problems, fmt.Errorf("%s:%d: id or version: missing: write events as the desk decided them", name, n))
			continue
		}
		if err := yield(e.ID, lines.Text()); err != nil {
			return err
		}
	}
	if err := lines.Err(); err != nil {
		problems = append(problems, fmt.Errorf("%s:%d: %w: write each event on a line of its own, of at most 16 MiB", name, n, err))
	}
	return errors.Join(problems...)
}

// caseLog is the whole log of one case, in the order of its versions, and the lines that it is made of. Between workers go the lines: an
// event that is written anew is not always the same, as an empty list comes to be none.
type caseLog struct {
	events []handoff.Event
	lines  []string
}

// logOf makes the log of a case of its lines. Lines that repeat are one event.
func logOf(lead string, lines []string) (caseLog, error) {
	slices.Sort(lines)
	lines = slices.Compact(lines)
	log := make([]handoff.Event, len(lines))
	for i, line := range lines {
		if err := json.Unmarshal([]byte(line), &log[i]); err != nil {
			return caseLog{}, fmt.Errorf("case %q: %w", lead, err)
		}
	}
	slices.SortFunc(log, func(a, b handoff.Event) int { return cmp.Compare(a.Version, b.Version) })
	for i := range log {
		if log[i].Version != int64(i+1) {
			return caseLog{}, fmt.Errorf("case %q, event %d: missing, or given twice with different fields: give the whole log of each case", lead, i+1)
		}
	}
	return caseLog{log, lines}, nil
}
