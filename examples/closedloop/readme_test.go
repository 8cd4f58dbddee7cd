package main

import (
	"os"
	"path/filepath"
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

// TestReadmeColumns: README.md tells of every column, and of no other flag than there is.
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
		if event != "moved" && !strings.Contains(string(data), "`"+event+"`") {
			t.Errorf("README.md does not tell of the event %s", event)
		}
	}
}
