package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/leadloop/leadloop/scoring"
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

// write puts a file into a folder of the test.
func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "leads.csv")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// sample are the flags for the made-up leads, of whom sales notes the call result when it knows the outcome.
var sample = []string{"-outcome", "Converted", "-time", "Created", "-now", "2026-06-15", "-drop", "Call Result"}

func TestSample(t *testing.T) {
	model := filepath.Join(t.TempDir(), "model.json")
	code, out, errs := call(append(sample, "-out", model, "testdata/leads.csv")...)
	if code != 0 {
		t.Errorf("exit code %d", code)
	}
	golden(t, "report.txt", out)
	golden(t, "notes.txt", errs)
	golden(t, "model.json", read(t, model))
}

// The model that is written is read by examples/score, which finds the columns as they are called in the file.
func TestScoreReadsTheModel(t *testing.T) {
	host, err := exec.Command("go", "env", "GOHOSTARCH").Output() // this test may be emulated, the go command is not
	if err != nil {
		t.Fatal(err)
	}
	run := exec.Command("go", "run", "../score", "-model", "testdata/model.json", "-extra", "-now", "2026-06-15", "testdata/leads.csv")
	run.Env = append(os.Environ(), "GOARCH="+strings.TrimSpace(string(host)))
	var out, errs bytes.Buffer
	run.Stdout, run.Stderr = &out, &errs
	if err := run.Run(); err != nil {
		t.Fatalf("%v\n%s", err, errs.String())
	}
	rows, err := csv.NewReader(&out).ReadAll()
	if err != nil || len(rows) != 601 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	problems := slices.Index(rows[0], "problems")
	for _, row := range rows[1:] {
		if row[problems] != "0" {
			t.Fatal(row)
		}
	}
	for _, declared := range []string{"Lead Source", "Employees", "Visits"} {
		if strings.Contains(errs.String(), strconv.Quote(declared)) {
			t.Errorf("column %q is ignored:\n%s", declared, errs.String())
		}
	}
}

// figures is what -json prints.
type figures struct {
	Test    map[string]measure
	Leakage []string
}

func callJSON(t *testing.T, args ...string) (f figures) {
	t.Helper()
	code, out, errs := call(append([]string{"-json"}, args...)...)
	if code != 0 {
		t.Fatalf("exit code %d: %s", code, errs)
	}
	decoder := json.NewDecoder(strings.NewReader(out))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&f); err != nil {
		t.Fatal(err)
	}
	if names := len(f.Test); names != 5 {
		t.Errorf("%d ways to predict: %s", names, out)
	}
	return f
}

// The figures are those of the model that is written: leads are read, split, scored and judged anew here.
func TestFiguresAreOfTheWrittenModel(t *testing.T) {
	path := filepath.Join(t.TempDir(), "model.json")
	f := callJSON(t, "-outcome", "Converted", "-drop", "Call Result,Created", "-split", "fnv", "-out", path, "testdata/leads.csv")
	model, err := scoring.Parse([]byte(read(t, path)))
	if err != nil {
		t.Fatal(err)
	}
	scorer := scoring.MustCompile[scoring.Record, struct{}](model)
	rows, err := csv.NewReader(strings.NewReader(read(t, "testdata/leads.csv"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var loss, brier float64
	var good, bad []float64
	trained, converted := 0.0, 0.0
	for i, row := range rows[1:] {
		cell := func(name string) string { return row[slices.Index(rows[0], name)] }
		if cell("Converted") == "" {
			continue
		}
		h := fnv.New32a()
		h.Write([]byte(strconv.Itoa(i)))
		won := cell("Converted") == "yes"
		if part := h.Sum32() % 10; part < 8 {
			if part < 6 {
				trained++
				if won {
					converted++
				}
			}
			continue
		}
		lead := scoring.Record{"Lead_Source": cell("Lead Source"), "Title": cell("Title")}
		for field, name := range map[string]string{"Employees": "Employees", "Visits": "Visits", "Budget_kEUR": "Budget kEUR"} {
			if n, err := strconv.ParseFloat(cell(name), 64); err == nil {
				lead[field] = n
				if field != "Budget_kEUR" {
					lead[field] = int(n)
				}
			}
		}
		score := scorer.Score(scoring.Subject[scoring.Record, struct{}]{Lead: &lead}, noon)
		if score.Err() != nil || score.Outcome != "Converted" {
			t.Fatal(score.Err(), score.Outcome)
		}
		miss := score.Probability
		if won {
			miss = 1 - miss
			good = append(good, score.Probability)
		} else {
			bad = append(bad, score.Probability)
		}
		loss -= math.Log(1 - miss)
		brier += miss * miss
	}
	n := float64(len(good) + len(bad))
	right := 0.0
	for _, g := range good {
		for _, b := range bad {
			if g > b {
				right++
			} else if g == b {
				right += 0.5
			}
		}
	}
	card := f.Test["card"]
	for _, c := range []struct {
		name      string
		got, want float64
	}{{"auc", card.AUC, right / float64(len(good)*len(bad))}, {"log_loss", card.LogLoss, loss / n}, {"brier", card.Brier, brier / n},
		{"base log_loss", f.Test["base_rate"].LogLoss, -(float64(len(good))*math.Log(converted/trained) + float64(len(bad))*math.Log(1-converted/trained)) / n}} {
		if math.Abs(c.got-c.want) > 1e-9 {
			t.Errorf("%s is %v, want %v", c.name, c.got, c.want)
		}
	}
	if base := f.Test["base_rate"]; base.AUC != 0.5 || card.LogLoss >= base.LogLoss {
		t.Errorf("%+v", f)
	}
}

// The same leads in any order give the same bytes.
func TestAnyOrder(t *testing.T) {
	lines := strings.SplitAfter(strings.TrimSuffix(read(t, "testdata/leads.csv"), "\n"), "\n")
	lines[len(lines)-1] += "\n"
	rows := slices.Clone(lines[1:])
	r := rand.New(rand.NewPCG(1, 1))
	for _, args := range [][]string{sample, {"-outcome", "Converted", "-drop", "Call Result", "-seed", "3"}} {
		dir := t.TempDir()
		run := func(name string) (string, string) {
			path, model := filepath.Join(dir, name+".csv"), filepath.Join(dir, "model.json")
			if err := os.WriteFile(path, []byte(lines[0]+strings.Join(rows, "")), 0o644); err != nil {
				t.Fatal(err)
			}
			code, out, errs := call(append(slices.Clone(args), "-out", model, path)...)
			if code != 0 {
				t.Fatal(errs)
			}
			return out, read(t, model)
		}
		out, model := run("a")
		r.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
		if again, other := run("b"); again != out || other != model {
			t.Errorf("%v: another order gives another result", args)
		}
	}
}

func TestLeakage(t *testing.T) {
	f := callJSON(t, "-outcome", "Converted", "testdata/leads.csv")
	if !slices.Equal(f.Leakage, []string{"Call Result"}) {
		t.Errorf("%v", f.Leakage)
	}
	_, _, errs := call("-outcome", "Converted", "testdata/leads.csv")
	if !strings.Contains(errs, `column "Call Result" may leak the outcome: its information value is `) {
		t.Error(errs)
	}
}

func TestFlags(t *testing.T) {
	for _, test := range []struct {
		args []string
		want string
	}{
		{nil, "-outcome is missing"},
		{[]string{"-outcome", "x"}, "give the CSV file of the leads"},
		{[]string{"-outcome", "x", "a", "b"}, `unexpected argument "b"`},
		{[]string{"-outcome", "x", "-positive", " ", "a"}, "-positive is empty"},
		{[]string{"-outcome", "x", "-time", "", "a"}, "-time is empty"},
		{[]string{"-outcome", "x", "-out", "", "a"}, "-out is empty"},
		{[]string{"-outcome", "x", "-split", "random", "a"}, `-split is "random": give time, hash or fnv`},
		{[]string{"-outcome", "x", "-split", "time", "a"}, "-split time needs -time"},
		{[]string{"-outcome", "x", "-now", "today", "a"}, "-now is not a time"},
		{[]string{"-outcome", "x", "-seed", "-1", "a"}, "-seed"},
		{[]string{"-colour"}, "-colour"},
	} {
		code, out, errs := call(test.args...)
		if code != 2 || out != "" || !strings.HasPrefix(errs, "learn: ") || !strings.Contains(errs, test.want) || !strings.HasSuffix(errs, "Run learn -h for the flags.\n") {
			t.Errorf("%q: exit code %d, %q, %q", test.args, code, out, errs)
		}
	}
	if code, out, errs := call("-h"); code != 0 || out != usage || errs != "" {
		t.Errorf("-h: exit code %d, %q, %q", code, out, errs)
	}
}

// leadsOf makes a file of so many leads.
func leadsOf(n int, header string, row func(i int) string) string {
	var b strings.Builder
	b.WriteString(header + "\n")
	for i := range n {
		b.WriteString(row(i) + "\n")
	}
	return b.String()
}

// Bad input gets an answer that says where, what and what to do.
func TestBadInput(t *testing.T) {
	answer := func(i int) string { return []string{"yes", "no"}[i%2] }
	for _, test := range []struct {
		name, leads string
		args        []string
		want        string
	}{
		{"empty", "", nil, "LEADS: the file is empty: its first line must name the columns"},
		{"no leads", "a,won\n", nil, "LEADS: there are no leads in the file, only the names of columns"},
		{"semicolons", "a;won\n1;yes\n", nil, "LEADS:1: the columns are not separated by commas: export the file again, with commas"},
		{"twice", "a,a,won,\n1,1,yes,\n", nil, "LEADS:1: two columns are named \"a\": keep one\nLEADS:1: column 4 has no name: name it, or delete it"},
		{"no outcome column", "a,Won\n1,yes\n", nil, `LEADS:1: there is no column "won", which -outcome names, did you mean "Won"?`},
		{"no such columns", "a,won\n1,yes\n", []string{"-drop", "Telephone", "-time", "Day", "-text", "b"}, `LEADS:1: there is no column "Day", which -time names` + "\n" +
			`LEADS:1: there is no column "b", which -text names` + "\n" + `LEADS:1: there is no column "Telephone", which -drop names`},
		{"outcome dropped", "a,won\n1,yes\n", []string{"-drop", "won"}, `LEADS: -drop names the column "won", which is the outcome: leave it out`},
		{"nothing left", "id,a,won\n1,1,yes\n2,2,no\n", []string{"-drop", "a"}, "LEADS:1: there is no column left to learn from"},
		{"same field", "a b,a-b,won\n1,1,yes\n2,2,no\n", nil, `LEADS:1: the columns "a b" and "a-b" would both be the field a_b: rename or -drop one`},
		{"rows", "a,won\n1\n2,no,x\n\xff,no\n\"", nil, "LEADS:2: the row has 1 cells, the first line names 2 columns: complete it; the file may have been cut off here\n" +
			"LEADS:3: the row has 3 cells, the first line names 2 columns: put quotes around a cell that contains a comma\n" +
			"LEADS:4: column \"a\": the text is not UTF-8: save the file as UTF-8\n" +
			"LEADS:5: extraneous or missing \" in quoted-field: close the quote, or double it within a cell; nothing after this line could be read"},
		{"one outcome", leadsOf(50, "a,won", func(i int) string { return fmt.Sprint(i, ",no") }), []string{"-positive", "no"},
			`LEADS: all leads have the same outcome in column "won": there is nothing to tell apart`},
		{"nothing good", leadsOf(50, "a,won", func(i int) string { return fmt.Sprint(i, ",no") }), nil,
			`LEADS: all leads have the same outcome in column "won": there is nothing to tell apart`},
		{"no outcome", leadsOf(50, "a,won", func(i int) string { return fmt.Sprint(i, ",") }), nil, `LEADS: column "won" is empty: no lead has an outcome yet`},
		{"three outcomes", leadsOf(50, "a,won", func(i int) string { return fmt.Sprint(i, ",", i%3) }), nil,
			`LEADS: column "won" holds 3 different outcomes: say with -positive which of them is the good one`},
		{"no positive", leadsOf(50, "a,won", func(i int) string { return fmt.Sprint(i, ",", i%3) }), []string{"-positive", "won"},
			`LEADS: no lead has the outcome "won" in column "won": check -positive`},
		{"not a number", leadsOf(50, "a,won", func(i int) string { return []string{"1", "2.5", "3"}[i%3] + "," + answer(i) }) + "NaN,no\n1 000,yes\n", nil,
			`LEADS:52: column "a": not a number, as 50 of its 52 cells are: write it as 1250.5, without separators of thousands and unit, or leave it empty; or give -text for a column of names` + "\n" +
				`LEADS:53: column "a": not a number, as 50 of its 52 cells are: write it as 1250.5, without separators of thousands and unit, or leave it empty; or give -text for a column of names`},
		{"not a time", "a,won,Day\n1,yes,15.6.2026\n2,no,\n", []string{"-time", "Day"},
			`LEADS:2: column "Day" is not a time: write it as 2026-06-15T09:30:00+02:00, or as 2026-06-15 for midnight UTC`},
		{"constant", leadsOf(90, "a,b,won", func(i int) string { return "7,x," + answer(i) }), []string{"-split", "fnv"},
			`LEADS: learn: the table cannot be learned from: no column tells anything of the outcome; "a": it is constant; "b": it is constant`},
		{"all alike", leadsOf(90, "a,b,won", func(i int) string { return "7,x," + answer(i) }), nil,
			`LEADS: all leads are alike but for their outcome: every column is constant, so that there is nothing to learn from`},
		{"too few", leadsOf(4, "a,won", func(i int) string { return fmt.Sprint(i, ",", answer(i)) }), []string{"-split", "fnv"}, "each of the three parts needs both outcomes, so give more leads or another -split"},
	} {
		t.Run(test.name, func(t *testing.T) {
			path := write(t, test.leads)
			code, out, errs := call(append(append([]string{"-outcome", "won"}, test.args...), path)...)
			errs = strings.TrimSuffix(strings.ReplaceAll(errs, path, "LEADS"), "\n")
			if code != 1 || out != "" || errs != test.want && !(strings.HasPrefix(test.want, "each") && strings.HasSuffix(errs, test.want)) {
				t.Errorf("exit code %d, %q\n%s\nwant\n%s", code, out, errs, test.want)
			}
		})
	}
	if code, _, errs := call("-outcome", "won", "no.csv"); code != 1 || !strings.Contains(errs, "no.csv: can't be opened (") {
		t.Error(errs)
	}
}

// Few leads, and columns that say nothing, get a result that does not promise anything.
func TestPoorInput(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	few := leadsOf(60, "a,b,won", func(i int) string {
		return fmt.Sprintf("%d,%c,%s", r.IntN(100), 'a'+r.IntN(12), []string{"yes", "no", "no", ""}[i%4])
	})
	model := filepath.Join(t.TempDir(), "model.json")
	code, out, errs := call("-outcome", "won", "-split", "fnv", "-out", model, write(t, few))
	if strings.Contains(out, "NaN") || strings.Contains(out, "Inf") || !strings.Contains(errs, "15 leads without an outcome left out: too young to tell, or never judged") {
		t.Errorf("exit code %d\n%s\n%s", code, out, errs)
	}
	if !strings.Contains(errs, "leads to train") {
		t.Error("it does not say that there are too few leads:", errs)
	}
	mixed := leadsOf(90, "a,size,won", func(i int) string {
		return fmt.Sprintf("%c,%s,%s", 'a'+r.IntN(2), []string{"1", "2", "big"}[i%3], []string{"yes", "no"}[r.IntN(2)])
	})
	_, _, errs = call("-outcome", "won", "-split", "fnv", write(t, mixed))
	if want := `column "size" is taken for names, as 30 of its 90 cells are no numbers`; !strings.Contains(errs, want) {
		t.Errorf("does not say that %s: %s", want, errs)
	}
	turned := leadsOf(400, "a,won", func(i int) string { // what was good for the earlier leads is bad for those of the test
		h := fnv.New32a()
		h.Write([]byte(strconv.Itoa(i)))
		good := i%2 == 0
		return fmt.Sprintf("%c,%s", 'a'+i%2, map[bool]string{true: "yes", false: "no"}[good == (h.Sum32()%10 < 8) != (i%9 == 0)])
	})
	code, out, errs = call("-outcome", "won", "-split", "fnv", "-out", model, write(t, turned))
	if !strings.Contains(out, "REFUSED: the model predicts the test part no better than the base rate does") || code != 1 ||
		!strings.Contains(errs, "model.json: not written: the model predicts") {
		t.Errorf("exit code %d\n%s\n%s", code, out, errs)
	}
}

// Names that rules can't use are made usable; numbers that are names stay texts; later leads are left out.
func TestNames(t *testing.T) {
	leads := leadsOf(300, "id,2nd \"Größe\",in,won,Day", func(i int) string {
		return fmt.Sprintf("%d,%d,%d,%s,2026-0%d-01", i, 100+i%7, i%2, []string{"Won", "lost"}[(i/3+i%2)%2], 1+i/50)
	})
	leads = strings.Replace(leads, `2nd "Größe"`, `"2nd ""Größe"""`, 1)
	model := filepath.Join(t.TempDir(), "model.json")
	_, out, errs := call("-outcome", "won", "-split", "fnv", "-time", "Day", "-now", "2026-05-01", "-text", `2nd "Größe"`, "-out", model, write(t, leads))
	if !strings.Contains(errs, "50 leads after -now left out") || !strings.Contains(out, "_2nd__Gr__e_") || !strings.Contains(out, "in_: information value") || strings.Contains(out, "from 100") {
		t.Errorf("%s\n%s", out, errs)
	}
}

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

func TestUnwritable(t *testing.T) {
	var errs bytes.Buffer
	code := run(append(sample, "testdata/leads.csv"), streams{brokenPipe{}, &errs, false, func() time.Time { return noon }})
	if code != 1 || !strings.Contains(errs.String(), "learn: the result can't be written: broken pipe") {
		t.Errorf("exit code %d, %s", code, errs.String())
	}
	if code, _, errs := call(append(sample, "-out", filepath.Join(t.TempDir(), "no", "model.json"), "testdata/leads.csv")...); code != 1 || !strings.Contains(errs, "model.json: can't be written (") {
		t.Errorf("exit code %d, %s", code, errs)
	}
}

// On a terminal the work shows how far it is.
func TestProgress(t *testing.T) {
	var out, errs bytes.Buffer
	now := noon
	clock := func() time.Time { now = now.Add(time.Second); return now }
	if code := run(append(sample, "testdata/leads.csv"), streams{&out, &errs, true, clock}); code != 0 || !strings.Contains(errs.String(), "leads read") {
		t.Errorf("exit code %d, %q", code, errs.String())
	}
}

// Real leads are not part of the repository: the test looks for them in this folder, or next to the checkout.
const dataVariable = "LEADLOOP_DATA"

func TestRealLeads(t *testing.T) {
	dir := os.Getenv(dataVariable)
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "data")
	}
	for _, test := range []struct {
		file, outcome, drop string
		auc, logLoss, gain  float64
	}{
		{"bank_market.csv", "y", "Cust_num,duration", .764, .299, .03},
		{"leads_x_education.csv", "Converted", "Prospect ID,Lead Number,Tags,Lead Quality,Lead Profile,Last Activity,Last Notable Activity," +
			"Asymmetrique Activity Index,Asymmetrique Profile Index,Asymmetrique Activity Score,Asymmetrique Profile Score", .860, .456, .06},
	} {
		path := filepath.Join(dir, test.file)
		if _, err := os.Stat(path); err != nil {
			t.Skipf("no real leads: set %s to the folder of %s", dataVariable, test.file)
		}
		f := callJSON(t, "-outcome", test.outcome, "-drop", test.drop, "-split", "fnv", path)
		card, bayes := f.Test["card"], f.Test["naive_bayes_platt"]
		if card.AUC < test.auc || card.LogLoss > test.logLoss || card.LogLoss > (1-test.gain)*bayes.LogLoss || len(f.Leakage) > 0 {
			t.Errorf("%s: %+v", test.file, f)
		}
	}
}

// Whatever a file holds: leads, or a list of what is wrong.
func FuzzReadLeads(f *testing.F) {
	f.Add([]byte("id,a,b,won\n1,2,x,yes\n2,,y,no\n"))
	f.Add([]byte("\xef\xbb\xbfa,won\r\n\"1\n2\",1\r\n3,0\r\n"))
	f.Add([]byte("a,a\n,\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), "leads.csv")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		code, out, errs := call("-outcome", "won", "-split", "fnv", path)
		if code == 0 && (strings.Contains(out, "NaN") || out == "") || code != 0 && errs == "" {
			t.Fatalf("exit code %d, %q, %q", code, out, errs)
		}
	})
}
