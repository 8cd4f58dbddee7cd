package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestReadmeExample: the files that README.md shows are those of testdata/own, and the report says what it says there.
func TestReadmeExample(t *testing.T) {
	data, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	readme := string(data)
	dir := filepath.Join("testdata", "own")
	for _, name := range []string{"leads.csv", "activities.csv", "deals.csv"} {
		file, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		var block strings.Builder
		for line := range strings.Lines(string(file)) {
			block.WriteString("    " + line)
		}
		if !strings.Contains(readme, "\n\n"+block.String()+"\n") {
			t.Errorf("README.md does not show %s as it is", name)
		}
	}
	_, shown, found := strings.Cut(readme, "testdata/own` says, among other things:\n\n")
	shown, _, ended := strings.Cut(shown, "\n\n")
	if !found || !ended {
		t.Fatal("README.md does not show what the example says")
	}
	report := string(reportOf(t, "-data", dir))
	for line := range strings.SplitSeq(shown, "\n") {
		if !strings.Contains(report, "\n"+strings.TrimPrefix(line, "    ")+"\n") {
			t.Errorf("the report does not say %q:\n%s", line, report)
		}
	}
}

// TestReadmeColumns: README.md tells of every column and event, and has those in bold that must be there.
func TestReadmeColumns(t *testing.T) {
	data, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, columns := range [][]string{leadColumns, activityColumns, dealColumns} {
		for _, c := range columns {
			if !strings.Contains(string(data), "`"+c+"`") {
				t.Errorf("README.md does not tell of the column %s", c)
			}
		}
	}
	for event := range eventNames {
		if !strings.Contains(string(data), "`"+event+"`") {
			t.Errorf("README.md does not tell of the event %s", event)
		}
	}
	for name, want := range map[string][]string{
		"leads.csv": leadColumns[:requiredColumns], "activities.csv": activityColumns[:requiredColumns], "deals.csv": {dealColumns[0], "outcome"},
	} {
		_, list, _ := strings.Cut(string(data), "\n| `"+name+"` | |\n")
		list, _, _ = strings.Cut(list, "\n\n")
		var bold []string
		for i, part := range strings.Split(list, "**") {
			if i%2 == 1 {
				bold = append(bold, strings.Trim(part, "`"))
			}
		}
		if !slices.Equal(bold, want) {
			t.Errorf("README.md has %q of %s in bold, want %q", bold, name, want)
		}
	}
	// What is in bold is enough, with a kind for the activities and a lead for the deal; without any of it nothing is read.
	least := map[string][2][]string{
		"leads.csv": {{"lead_id", "created", "deal_id"}, {"a", "2025-01-01", "d"}}, "activities.csv": {{"lead_id", "at", "kind"}, {"a", "2025-01-02", "visit"}},
		"deals.csv": {{"deal_id", "outcome", "opened"}, {"d", "open", "2025-01-03"}},
	}
	for _, left := range []string{"", "leads.csv lead_id", "leads.csv created", "activities.csv lead_id", "activities.csv at", "activities.csv kind", "deals.csv deal_id", "deals.csv outcome"} {
		dir := t.TempDir()
		for name, rows := range least {
			var head, row []string
			for i, column := range rows[0] {
				if left != name+" "+column {
					head, row = append(head, column), append(row, rows[1][i])
				}
			}
			writeFile(t, dir, name, strings.Join(head, ",")+"\n"+strings.Join(row, ",")+"\n")
		}
		var out, errs bytes.Buffer
		if code := run([]string{"-data", dir}, &out, &errs, false); code != when(left != "", 1) {
			t.Errorf("without %q: exit code %d, %s", left, code, errs.String())
		}
	}
}
