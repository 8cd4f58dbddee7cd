package main

import (
	"bytes"
	"encoding/csv"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/leadloop/leadloop/scoring"
)

func TestCells(t *testing.T) {
	at := time.Date(2026, 6, 15, 7, 30, 0, 0, time.UTC)
	for _, test := range []struct {
		kind scoring.FieldType
		cell string
		want any // nil: missing
	}{
		{scoring.Text, " x ", " x "}, {scoring.Text, "", nil}, {scoring.Text, " ", " "},
		{scoring.Integer, " -3 ", -3}, {scoring.Integer, "", nil}, {scoring.Integer, " ", nil},
		{scoring.Number, "1e6", 1e6}, {scoring.Number, "-.5", -0.5}, {scoring.Number, "007", 7.0},
		{scoring.Boolean, "TRUE", true}, {scoring.Boolean, "false", false}, {scoring.Boolean, "", nil},
		{scoring.Time, "2026-06-15T09:30:00+02:00", at}, {scoring.Time, "2026-06-15", at.Truncate(24 * time.Hour)},
		{scoring.Texts, " a;b b;; c ;", []string{"a", "b b", "c"}}, {scoring.Texts, ";", []string{}}, {scoring.Texts, "", nil},
	} {
		got, err := parseCell(test.cell, test.kind)
		if err != nil || !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s %q: %#v, %v", test.kind, test.cell, got, err)
		}
	}
	for kind, cells := range map[scoring.FieldType][]string{
		scoring.Integer: {"1.0", "1 000", "1,000", "1_000", "0x1f", "5 €", "9223372036854775808"},
		scoring.Number:  {"1 000", "1_0", "NaN", "Inf", "-infinity", "0x1p4", "1e999", "1,5", "-", "."},
		scoring.Boolean: {"yes", "1", "t", "wahr"},
		scoring.Time:    {"15.06.2026", "2026-02-30", "2026-06-15 09:30", "2026-06-14T09:30:00", "12:00"},
	} {
		for _, cell := range cells {
			if got, err := parseCell(cell, kind); err == nil {
				t.Errorf("%s %q is taken for %v", kind, cell, got)
			} else if strings.Contains(err.Error(), cell) && len(cell) > 2 {
				t.Errorf("the error repeats %q: %v", cell, err)
			}
		}
	}
}

// No cell that comes from a file or a model starts a formula.
func TestHarmless(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "A1": "A1", "a=b": "a=b", "  ": "  ", "=1+1": "'=1+1", "+49 30": "'+49 30", "-5": "'-5", "@SUM(A1)": "'@SUM(A1)",
		"\t=1": "'\t=1", "\r=1": "'\r=1", " =1": "' =1", "\u00a0=1": "'\u00a0=1", "＝1": "'＝1", "＠x": "'＠x",
	} {
		if got := harmless(text); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
	model := `{"schema": 1, "name": "m", "fields": {"Country": "text"}, "dimensions": [
		{"name": "=fit", "rules": [{"name": "r", "when": "true", "points": -1}], "bands": [{"name": "-A"}]}, {"name": "total"}, {"name": "total points"}],
		"grade": {"dimensions": ["=fit"]}, "disqualifiers": [{"name": "+out", "when": "true", "reason": "a; b"}]}`
	paths := write(t, model, "id,Country\n@id,x\n\"a;=1\",x\n")
	_, out, _ := call("-model", paths[0], paths[1])
	want := "id,total,'=fit,total points,total points points,grade,disqualified,reasons,problems\n" +
		"'@id,-1,-1,0,0,'-A,\"'+out: a; b\",'=fit/r -1,0\n" +
		"\"a;=1\",-1,-1,0,0,'-A,\"'+out: a; b\",'=fit/r -1,0\n"
	if out != want {
		t.Errorf("%s\nwant\n%s", out, want)
	}
}

// A row that is written is read again as it was.
func TestRow(t *testing.T) {
	for _, cells := range [][]string{{"a", "", "b"}, {`say "x"`, "a,b", "a;b", "a\nb", " a ", "\u00a0", "'=1", "ä"}, {"", ""}} {
		got, err := csv.NewReader(strings.NewReader(row(cells))).Read()
		if err != nil || !reflect.DeepEqual(got, cells) {
			t.Errorf("%q is read as %q, %v", cells, got, err)
		}
	}
}

func TestNearest(t *testing.T) {
	known := []string{"Employees", "Country", "id"}
	for name, want := range map[string]string{"employes": "Employees", "Land": "", "ID": "id", "Coutnry": "Country", "": "", strings.Repeat("x", 70): ""} {
		if got := nearest(name, known); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
	if edits([]rune("kitten"), []rune("sitting")) != 3 || edits(nil, []rune("ab")) != 2 || edits([]rune("ab"), nil) != 2 {
		t.Error("the distance is wrong")
	}
}

func TestShown(t *testing.T) {
	if got := shown("a\x1b[2J" + strings.Repeat("é", 100)); strings.ContainsRune(got, '\x1b') || len([]rune(got)) != 61 {
		t.Errorf("%q", got)
	}
}

// Columns are found by the names that people give them, too.
func TestColumnsAsDeclared(t *testing.T) {
	model := `{"schema": 1, "name": "m", "fields": {"Lead_Source": "text", "_2nd": "text", "in_": "text"}, "dimensions": [{"name": "d", "rules": [
		{"name": "r", "when": "Lead_Source == \"Web\" and _2nd == \"x\" and in_ == \"y\"", "points": 1}]}]}`
	for leads, want := range map[string]string{
		"id,Lead Source,2nd,in\na,Web,x,y\n":                 "",
		"id,Lead_Source,2nd,in\na,Web,x,y\n":                 "",
		"id,Lead Source,Lead-Source,2nd,in\na,Web,Web,x,y\n": `two columns are named "Lead_Source": keep one`,
		"id,Lead_Source,Lead Source,2nd,in\na,Web,Web,x,y\n": `column "Lead Source" is not declared`,
	} {
		paths := write(t, model, leads)
		code, out, errs := call("-model", paths[0], paths[1])
		if want == "" && (code != 0 || !strings.Contains(out, "\na,1,1,")) || !strings.Contains(errs, want) {
			t.Errorf("%q: exit code %d, %q, %q", leads, code, out, errs)
		}
	}
}

// The file is read twice: what it was checked for has to be so still.
func TestLeadsChange(t *testing.T) {
	paths := write(t, countryModel, "id,Country\na,DE\nb,DE\n")
	for _, after := range []string{"id,Country\na,DE\n", "id,Country\na,DE\nc,DE\n", "id,Country\nb,DE\na,DE\n", "id,Country\na,DE\nb,\xff\n", "", "id,Land\n",
		"id,Country\na,DE\nb,DE\nc,DE\n"} {
		l := &leads{path: paths[1], layout: layout{key: "id", fields: map[string]scoring.FieldType{"Country": scoring.Text}}}
		wrong := &problems{}
		if l.check(wrong, &progress{}); wrong.err() != nil {
			t.Fatal(wrong)
		}
		if err := os.WriteFile(paths[1], []byte(after), 0o644); err != nil {
			t.Fatal(err)
		}
		err := l.each(func(string, *scoring.Record) error { return nil })
		if err == nil || !strings.Contains(err.Error(), "the file has changed while it was read") {
			t.Errorf("%q: %v", after, err)
		}
		if err := os.WriteFile(paths[1], []byte("id,Country\na,DE\nb,DE\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// Whatever a file holds: a row is read or a problem, and values are of their types.
func FuzzTable(f *testing.F) {
	for _, name := range []string{"leads.csv", "activities.csv"} {
		data, err := os.ReadFile("testdata/" + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte("\xef\xbb\xbfid,Title,Employees,Budget,Newsletter,Created,Tags\r\na,\"x\ny\",1,1e3,TRUE,2026-01-01,a;b\r\n"))
	f.Add([]byte("id,Title,Employees,Budget,Newsletter,Created,Tags\n=1,x,1\n"))
	want := layout{"id", map[string]scoring.FieldType{"Title": scoring.Text, "Employees": scoring.Integer, "Budget": scoring.Number,
		"Newsletter": scoring.Boolean, "Created": scoring.Time, "Tags": scoring.Texts}, "fields", true}
	f.Fuzz(func(t *testing.T, data []byte) {
		wrong := &problems{}
		table := newTable("f", bytes.NewReader(data), want, wrong)
		if table == nil {
			if wrong.err() == nil {
				t.Fatal("no table, and nothing wrong")
			}
			return
		}
		rows, line := 0, table.line
		record := scoring.Record{}
		for table.next() {
			if table.line <= line {
				t.Fatalf("line %d after line %d", table.line, line)
			}
			line = table.line
			before := wrong.count()
			table.fill(record, table.cells)
			if table.lead() == "" && wrong.count() == before {
				t.Fatal("no id, and nothing wrong")
			}
			rows++
			for name, value := range record {
				kinds := map[scoring.FieldType]any{scoring.Text: "", scoring.Integer: 0, scoring.Number: 0.0, scoring.Boolean: false,
					scoring.Time: time.Time{}, scoring.Texts: []string{}}
				if reflect.TypeOf(value) != reflect.TypeOf(kinds[want.fields[name]]) {
					t.Fatalf("%s is a %T", name, value)
				}
			}
		}
		if len(wrong.list) > problemLimit || wrong.rest > 0 && len(wrong.list) < problemLimit {
			t.Fatalf("%d problems and %d more", len(wrong.list), wrong.rest)
		}
		if wrong.err() == nil { // then an independent reading finds as many rows
			all, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")))).ReadAll()
			if err != nil || len(all) != rows+1 {
				t.Fatalf("%d rows of %d, %v", rows, len(all)-1, err)
			}
		}
	})
}
