package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// noon is what the machine's clock shows in tests.
var noon = time.Date(2026, 6, 15, 12, 0, 0, 0, time.UTC)

// call runs the program as a shell would.
func call(args ...string) (code int, out, errs string) {
	var o, e bytes.Buffer
	code = run(args, streams{&o, &e, false, func() time.Time { return noon }})
	return code, o.String(), e.String()
}

// golden holds a text to a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("this is not %s; go test -update rewrites it, then read the difference:\n%s", file, got)
	}
}

// write puts files into a folder of the test and gives their paths.
func write(t *testing.T, texts ...string) (paths []string) {
	t.Helper()
	dir := t.TempDir()
	for i, text := range texts {
		path := filepath.Join(dir, []string{"model.json", "leads.csv", "activities.csv"}[i])
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	return paths
}

// The figures of the golden files were worked out by hand from testdata's model: L-1's demo is 1 day old, 40 points at
// 2^(-1/30) are 39.086399; L-6's is 30 days old, half; L-2's two webinars named funnels count once, its visit is older than
// the window of 30 days; L-6 has been silent for exactly one period of 30 days, since its visit is yet to come.
func TestSample(t *testing.T) {
	sample := []string{"-model", "testdata/model.json", "-activities", "testdata/activities.csv", "-now", "2026-06-15"}
	code, out, errs := call(append(sample, "testdata/leads.csv")...)
	if code != 0 {
		t.Errorf("exit code %d", code)
	}
	golden(t, "scores.csv", out)
	golden(t, "notes.txt", errs)
	code, out, _ = call(append(sample, "-explain", "L-6", "testdata/leads.csv")...)
	if code != 0 {
		t.Errorf("exit code %d", code)
	}
	golden(t, "explain.txt", out)
	code, out, errs = call("-model", "testdata/model.json", "-lint")
	if code != 0 || errs != "" || out != "testdata/model.json: nothing to find fault with\n" {
		t.Errorf("exit code %d, %q, %q", code, out, errs)
	}
}

// Where the model has a calibration, a column says how probable the outcome is: 4.5951… is ln 99.
func TestProbability(t *testing.T) {
	model := strings.Replace(countryModel, `"dimensions": [{"name": "fit"`,
		`"calibration": {"outcome": "won", "intercept": -4.59511985, "slope": 0.459511985}, "dimensions": [{"name": "probability"`, 1)
	paths := write(t, model, "id,Country,Employees\nhome,DE,1\nfar,,1\nlarge,DE,100\n")
	code, out, errs := call("-model", paths[0], paths[1])
	want := "id,total,probability points,grade,probability,disqualified,reasons,problems\n" +
		"home,10,10,,0.5,,probability/home +10,0\n" +
		"far,0,0,,0.01,,,0\n" +
		"large,15,15,,0.908675,,\"probability/home +10; probability/big +5\",0\n"
	if code != 0 || out != want {
		t.Errorf("exit code %d, %s\n%s", code, out, errs)
	}
	code, out, _ = call("-model", paths[0], "-explain", "home", paths[1])
	if code != 0 || !strings.HasSuffix(out, "\nprobability of won: 50.0 %\n") {
		t.Errorf("exit code %d, %s", code, out)
	}
}

func TestFlags(t *testing.T) {
	for _, test := range []struct {
		args []string
		want string
	}{
		{nil, "-model is missing"},
		{[]string{"-model", "m"}, "give the CSV file of the leads"},
		{[]string{"-model", "m", "a", "b"}, `unexpected argument "b"`},
		{[]string{"-model", "m", "leads.csv", "-now", "2026-06-15"}, `unexpected argument "-now": give one file of leads, behind the flags`},
		{[]string{"-model", "m", "-now", "today", "a"}, "-now is not a time: write it as 2026-06-15T09:30:00+02:00"},
		{[]string{"-model", "m", "-activities", "", "a"}, "-activities is empty"},
		{[]string{"-model", "m", "-lint", "a"}, "-lint looks at the model alone"},
		{[]string{"-model", "m", "-lint", "-explain", ""}, "-lint looks at the model alone"},
		{[]string{"-colour"}, "-colour"},
	} {
		code, out, errs := call(test.args...)
		if code != 2 || out != "" || !strings.HasPrefix(errs, "score: ") || !strings.Contains(errs, test.want) || !strings.HasSuffix(errs, "Run score -h for the flags.\n") {
			t.Errorf("%q: exit code %d, %q, %q", test.args, code, out, errs)
		}
	}
	if code, out, errs := call("-h"); code != 0 || out != usage || errs != "" {
		t.Errorf("-h: exit code %d, %q, %q", code, out, errs)
	}
}

const countryModel = `{"schema": 1, "name": "m", "fields": {"Country": "text", "Employees": "integer"}, "activity_fields": {"Kind": "text", "At": "time"},
	"dimensions": [{"name": "fit", "rules": [
		{"name": "home", "when": "Country == \"DE\"", "points": 10}, {"name": "big", "when": "Employees >= 100", "points": 5},
		{"name": "visit", "each": "Kind == \"visit\"", "points": 1}]}]}`

// What is wrong is told with its place, all of it in one run, and nothing is scored.
func TestWrongFiles(t *testing.T) {
	const head = "id,Country,Employees\n"
	var fifty strings.Builder
	for i := range problemLimit {
		fmt.Fprintf(&fifty, "LEADS:%d: column \"id\" is empty: each row needs the id of a lead\n", i+2)
	}
	for _, test := range []struct{ name, leads, activities, want string }{
		{"empty", "", "", `LEADS: the file is empty: its first line must name the columns, "id" and the fields that the model declares`},
		{"semicolons", "id;Country;Employees\n1;DE;5\n", "", "LEADS:1: the columns are not separated by commas: export the file again, with commas"},
		{"header with a quote", "id,\"Country\n", "", `LEADS:1: extraneous or missing " in quoted-field: close the quote, or double it within a cell; nothing after this line could be read`},
		{"columns", "ID,Land,Employes,,Country,Country\n", "", `LEADS:1: column "ID" is not declared in the model's fields, did you mean "id"? Rename it, or give -extra to ignore it
LEADS:1: column "Land" is not declared in the model's fields: declare or delete it, or give -extra to ignore it
LEADS:1: column "Employes" is not declared in the model's fields, did you mean "Employees"? Rename it, or give -extra to ignore it
LEADS:1: column 4 has no name: name it, delete it, or give -extra to ignore it
LEADS:1: two columns are named "Country": keep one`},
		{"missing columns", "Country\n", "At,Kind\n", `ACTIVITIES:1: there is no column "lead": it holds the id of the lead
LEADS:1: there is no column "id": it holds the id of the lead
LEADS:1: there is no column "Employees", which the model declares in fields: add it; its cells may be empty`},
		{"no time", head, "lead,Kind\n", `ACTIVITIES:1: there is no column "At": it holds the time of the activity`},
		{"rows", head + "a,DE,1\nb,DE\nc,DE,1,x\n \"d\",DE,2\n", "", `LEADS:3: the row has 2 cells, the first line names 3 columns: complete it; the file may have been cut off here
LEADS:4: the row has 4 cells, the first line names 3 columns: put quotes around a cell that contains a comma
LEADS:5: bare " in non-quoted-field: close the quote, or double it within a cell; nothing after this line could be read`},
		{"line of a row over two lines", head + "a,\"D\nE\",1\nb,\"D\nE\",x\n", "", `LEADS:4: column "Employees": not a whole number, write it as 1200, without separators and unit`},
		{"cells", head + "a,\xff,1.5\n,DE,1\n\x1b[2J,DE,1\na,DE,99999999999999999999\n", "",
			`LEADS:2: column "Country": the text is not UTF-8: save the file as UTF-8
LEADS:2: column "Employees": not a whole number, write it as 1200, without separators and unit
LEADS:3: column "id" is empty: each row needs the id of a lead
LEADS:4: column "id" holds what is no printable text: save the file as UTF-8, or mend the id
LEADS:5: column "Employees": the whole number is too large
LEADS:5: the lead "a" stands in line 2 already: keep one row for each lead`},
		{"activities", head, "lead,At,Kind\na,,visit\na,15.6.2026,visit\n", `ACTIVITIES:2: column "At" is empty: an activity needs its time
ACTIVITIES:3: column "At": is not a time: write it as 2026-06-15T09:30:00+02:00, or as 2026-06-15 for midnight UTC`},
		{"many", head + strings.Repeat(",DE,1\n", 60), "", fifty.String() + "and 10 more problems: mend the listed ones first"},
	} {
		t.Run(test.name, func(t *testing.T) {
			paths := write(t, countryModel, test.leads, test.activities)
			args := []string{"-model", paths[0]}
			if test.activities != "" {
				args = append(args, "-activities", paths[2])
			}
			code, out, errs := call(append(args, paths[1])...)
			errs = strings.NewReplacer(paths[1], "LEADS", paths[2], "ACTIVITIES").Replace(errs)
			if code != 1 || out != "" || errs != test.want+"\n" {
				t.Errorf("exit code %d, %q\n%s\nwant\n%s", code, out, errs, test.want)
			}
		})
	}
}

func TestWrongNames(t *testing.T) {
	paths := write(t, countryModel, "id,Country,Employees\nlead-1,DE,1\n")
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"-model", "no.json", paths[1]}, "no.json: can't be read ("},
		{[]string{"-model", paths[0], "no.csv"}, "no.csv: can't be opened ("},
		{[]string{"-model", paths[0], t.TempDir()}, "not a regular file: save the data to one, for it may be read twice"},
		{[]string{"-model", paths[0], "-activities", "no.csv", paths[1]}, "no.csv: can't be opened"},
		{[]string{"-model", paths[0], "-explain", "lead-2", paths[1]}, `there is no lead "lead-2": did you mean "lead-1"?`},
		{[]string{"-model", paths[0], "-explain", "Smith", paths[1]}, `there is no lead "Smith": give one of its column id`},
	} {
		if code, out, errs := call(test.args...); code != 1 || out != "" || !strings.Contains(errs, test.want) {
			t.Errorf("%q: exit code %d, %q, %q", test.args, code, out, errs)
		}
	}
}

func TestWrongModels(t *testing.T) {
	for _, test := range []struct{ model, want string }{
		{`{"schema": 1, "name": "m", "colour": 1}`, "MODEL: colour:1:28: unknown key; known are "},
		{`{"schema": 1, "name": "m", "dimensions": [{"name": "d", "rules": [{"name": "r", "when": "true", "points": 1}]}]}`,
			`MODEL: the model declares no fields: list the columns that its rules read, with their types, as in "fields"`},
		{`{"schema": 1, "name": "m", "fields": {"Title": "text"}, "dimensions": [{"name": "d", "rules": [{"name": "r", "when": "Titel == \"x\"", "points": 1},
			{"name": "s", "when": "Title", "points": 1}]}]}`, `MODEL: dimensions[0].rules[0].when:1:1: unknown name "Titel", did you mean "Title"?` + "\nMODEL: dimensions[0].rules[1].when:1:1: "},
		{`{"schema": 1, "name": "m", "zone": "Europe/Atlantis", "fields": {"Title": "text"}, "dimensions": [{"name": "d"}]}`, "MODEL: zone: "},
	} {
		paths := write(t, test.model, "id\n")
		code, out, errs := call("-model", paths[0], paths[1])
		if errs = strings.ReplaceAll(errs, paths[0], "MODEL"); code != 1 || out != "" || !strings.HasPrefix(errs, test.want) {
			t.Errorf("exit code %d, %q\n%s\nwant\n%s", code, out, errs, test.want)
		}
	}
	paths := write(t, `{"schema": 1, "name": "m", "fields": {"Title": "text"}, "dimensions": [{"name": "d"}]}`, "id,Title\n", "lead,At\n")
	if code, _, errs := call("-model", paths[0], "-activities", paths[2], paths[1]); code != 1 || !strings.Contains(errs, "the model declares no activity_fields") {
		t.Errorf("exit code %d, %q", code, errs)
	}
}

func TestLint(t *testing.T) {
	paths := write(t, `{"schema": 1, "name": "m", "fields": {"Religion": "text"}, "dimensions": [{"name": "d", "rules": [
		{"name": "r", "when": "Religion != nil", "points": 1}, {"name": "seen", "when": "Religion == \"x\""}]}]}`)
	code, out, errs := call("-model", paths[0], "-lint")
	out = strings.ReplaceAll(out, paths[0], "MODEL")
	if code != 1 || !strings.HasPrefix(out, "MODEL: error: fields.Religion: ") || !strings.Contains(out, "MODEL: info: dimensions[0].rules[1]: \"seen\" gives 0 points") {
		t.Errorf("exit code %d\n%s", code, out)
	}
	if want := " must not go live: mend the "; !strings.Contains(errs, want) {
		t.Errorf("%q, want %q", errs, want)
	}
	// A model for structs declares no fields: lint still says what it can.
	paths = write(t, `{"schema": 1, "name": "m", "dimensions": [{"name": "d", "rules": [{"name": "r", "when": "Size > 3 and Size < 2", "points": 1}]}]}`)
	code, out, errs = call("-model", paths[0], "-lint")
	if code != 0 || !strings.Contains(out, "warning: dimensions[0].rules[0].when") || !strings.Contains(errs, "declares no fields") {
		t.Errorf("exit code %d, %q, %q", code, out, errs)
	}
	paths = write(t, `{"schema": 1, "name": "m", "fields": {"Size": "integer"}, "dimensions": [{"name": "d", "rules": [{"name": "r", "when": "Sice > 3", "points": 1}]}]}`)
	if code, _, errs = call("-model", paths[0], "-lint"); code != 1 || !strings.Contains(errs, `did you mean "Size"?`) {
		t.Errorf("exit code %d, %q", code, errs)
	}
}

// What is odd and not wrong is counted.
func TestNotes(t *testing.T) {
	paths := write(t, countryModel, "\xef\xbb\xbfid,Country,Phone,Employees\r\na,DE,1,\r\nb,,,\r\n", "lead,At,Kind,IP\nx,2026-01-01,visit,\ny,2026-01-01,visit,\nx,2026-01-01,visit,\na,2026-01-01,visit,\n")
	code, out, errs := call("-model", paths[0], "-activities", paths[2], "-extra", paths[1])
	errs = strings.NewReplacer(paths[1], "LEADS", paths[2], "ACTIVITIES").Replace(errs)
	if want := "id,total,fit,grade,disqualified,reasons,problems\na,11,11,,,fit/home +10; fit/visit +1,1\nb,0,0,,,,1\n"; code != 0 || strings.ReplaceAll(out, `"`, "") != want {
		t.Errorf("exit code %d, %q", code, out)
	}
	for _, want := range []string{
		`score: LEADS: column "Phone" is not declared in the model's fields: ignored` + "\n",
		`score: ACTIVITIES: column "IP" is not declared in the model's activity_fields: ignored` + "\n",
		`score: ACTIVITIES: 3 activities of 2 leads not in LEADS did not count, such as lead "x" in line 2` + "\n",
		"score: in the scores of 2 leads something could not count; -explain shows one score in full:\n  fit/big: the rule does not match, for it fails at ",
		`: 2 leads, such as "a" in LEADS:2` + "\n",
	} {
		if !strings.Contains(errs, want) {
			t.Errorf("no %q in\n%s", want, errs)
		}
	}
	if _, _, errs = call("-model", paths[0], "-extra", paths[1]); !strings.Contains(errs, "no -activities are given: rules on activities have nothing to count") {
		t.Error(errs)
	}
}

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

func TestBrokenOutput(t *testing.T) {
	var many strings.Builder
	many.WriteString("id,Country,Employees\n")
	for i := range 5000 {
		fmt.Fprintf(&many, "x%d,DE,5\n", i)
	}
	warned := write(t, `{"schema": 1, "name": "m", "fields": {"A": "text"}, "dimensions": [{"name": "d", "rules": [{"name": "r", "when": "true", "points": 1}]}]}`)
	for _, leads := range []string{"id,Country,Employees\na,DE,5\n", many.String()} {
		paths := write(t, countryModel, leads)
		for _, args := range [][]string{{"-model", paths[0], paths[1]}, {"-model", paths[0], "-lint"}, {"-model", warned[0], "-lint"}} {
			var errs bytes.Buffer
			code := run(args, streams{brokenPipe{}, &errs, false, time.Now})
			if code != 1 || !strings.Contains(errs.String(), "can't be written: broken pipe") {
				t.Errorf("%q: exit code %d, %q", args, code, errs.String())
			}
		}
	}
}

// Without -now the machine's clock says when.
func TestClock(t *testing.T) {
	paths := write(t, countryModel, "id,Country,Employees\na,DE,5\n")
	if code, out, _ := call("-model", paths[0], "-explain", "a", paths[1]); code != 0 || !strings.Contains(out, "as of 2026-06-15T12:00:00Z") {
		t.Errorf("exit code %d, %s", code, out)
	}
}

// A bar is drawn on a terminal alone, and when the work takes longer than a second.
func TestProgress(t *testing.T) {
	leads, acts := "id,Country,Employees\n", "lead,At,Kind\n"
	for i := range 200 {
		leads += fmt.Sprintf("x%d,DE,500\n", i)
		acts += "x0,2026-01-01,visit\n"
	}
	paths := write(t, countryModel, leads, acts)
	args := []string{"-model", paths[0], "-activities", paths[2], paths[1]}
	for _, test := range []struct {
		step     time.Duration // by which the clock goes on whenever it is read
		terminal bool
		want     []string
	}{
		{time.Second, false, nil},
		{time.Millisecond, true, nil},
		{time.Second, true, []string{"100 activities read", "200 leads checked",
			"\r\x1b[K[" + strings.Repeat("#", 20) + strings.Repeat("·", 20) + "] 100 of 200 leads scored", "] 200 of 200 leads scored\r\x1b[K"}},
	} {
		now := noon
		var out, errs bytes.Buffer
		if code := run(args, streams{&out, &errs, test.terminal, func() time.Time { now = now.Add(test.step); return now }}); code != 0 {
			t.Fatal(errs.String())
		}
		if test.want == nil && errs.Len() > 0 {
			t.Errorf("%+v: %q", test, errs.String())
		}
		for _, want := range test.want {
			if !strings.Contains(errs.String(), want) {
				t.Errorf("no %q in %q", want, errs.String())
			}
		}
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	if isTerminal(w) {
		t.Error("a pipe is taken for a terminal")
	}
}
