package main

import (
	"encoding/csv"
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/funnel/flow"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// call runs the program.
func call(args ...string) (out, errs string, code int) {
	var o, e strings.Builder
	code = run(args, &o, &e)
	return o.String(), e.String(), code
}

// write makes a file of the test.
func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != got {
		t.Errorf("%s differs:\n%s", path, got)
	}
}

func TestSample(t *testing.T) {
	out, errs, code := call("testdata/log.csv")
	if code != 0 || errs != "funnel: as of the latest row, 2026-06-10T09:00:00Z; -as-of says otherwise\n" {
		t.Errorf("code %d, %q", code, errs)
	}
	golden(t, "testdata/report.txt", out)
	out, _, code = call("-mermaid", "testdata/log.csv")
	if code != 0 {
		t.Errorf("code %d", code)
	}
	golden(t, "testdata/flow.mmd", out)
	out, errs, code = call("-mermaid")
	policy, err := funnel.Compile[struct{}](funnel.Standard())
	if err != nil {
		t.Fatal(err)
	}
	if code != 0 || errs != "" || out != policy.Mermaid() {
		t.Errorf("the drawing without a log: code %d, %s%s", code, out, errs)
	}
}

// The figures of the sample, counted by hand in its rows.
func TestSampleByHand(t *testing.T) {
	out, errs, code := call("-as-of", "2026-07-01", "-json", "testdata/log.csv")
	var r flow.Report
	if err := json.Unmarshal([]byte(out), &r); err != nil || code != 0 || errs != "" {
		t.Fatalf("code %d, %s, %v", code, errs, err)
	}
	if r.Leads != 14 || r.Outcomes != (flow.Outcomes{Won: 5, Lost: 1, Aside: 3, Open: 5}) {
		t.Errorf("%d leads, %+v", r.Leads, r.Outcomes)
	}
	if v := r.Velocity; v.Revenue != 1200000+800000+450000+300000+600000 || v.Deals != 5 || v.Opportunities != 1 {
		t.Errorf("velocity %+v", v)
	}
	var lines []int
	for _, p := range r.Problems.List {
		lines = append(lines, p.Line)
	}
	rows, err := os.ReadFile("testdata/log.csv")
	if err != nil {
		t.Fatal(err)
	}
	for i, row := range strings.Split(string(rows), "\n") {
		odd := strings.HasPrefix(row, "L-06,2026-03-09") || strings.Contains(row, ",customer,")
		if odd != slices.Contains(lines, i+1) {
			t.Errorf("line %d, %q, is a problem: %t", i+1, row, !odd)
		}
	}
	at, err := time.Parse(time.RFC3339, "2026-07-01T00:00:00Z")
	if err != nil || !r.AsOf.Equal(at) {
		t.Errorf("as of %v", r.AsOf)
	}
}

// The order of rows and columns, zones, capitals, and how a spreadsheet writes a file change nothing.
func TestManyWaysToWriteALog(t *testing.T) {
	plain := write(t, "log.csv", "lead,at,stage,reason,amount\na,2026-01-05,inquiry,,\na,2026-01-07T10:00:00Z,mql,,\na,2026-01-08T12:30:00Z,recycled,no_budget,500\nb,2026-01-06,inquiry,,\n")
	want, _, code := call("-as-of", "2026-02-01", plain)
	if code != 0 {
		t.Fatal(want)
	}
	for _, text := range []string{
		"lead,at,stage,reason,amount\nb,2026-01-06,inquiry,,\na,2026-01-08T12:30:00Z,recycled,no_budget,500\na,2026-01-07T10:00:00Z,mql,,\na,2026-01-05,inquiry,,\n",
		"\xef\xbb\xbfLead,At,Stage,Reason,Amount\r\na,2026-01-05 00:00:00,Inquiry,,\r\n\r\na,2026-01-07T12:00:00+02:00,\"MQL\",,\r\na,2026-01-08 12:30:00,Recycled,NO_BUDGET,500\r\nb,2026-01-06,inquiry,,\r\n",
		"amount,by,reason,stage,at,lead\n,ann,, inquiry ,2026-01-05,a\n,,,mql,2026-01-07T10:00:00Z,a\n500,ben,no_budget,recycled,2026-01-08T12:30:00Z,a\n,,,inquiry,2026-01-06,b",
	} {
		got, errs, code := call("-as-of", "2026-02-01", write(t, "log.csv", text))
		if code != 0 || errs != "" || got != want {
			t.Errorf("%q: code %d, %s\n%s\nwant\n%s", text, code, errs, got, want)
		}
	}
	_, errs, code := call("-as-of", "2026-02-01", write(t, "log.csv", "lead,at,stage,country\na,2026-01-05,inquiry,PT\n"))
	if code != 0 || errs != "funnel: the column \"country\" is ignored\n" {
		t.Errorf("a column too many: code %d, %s", code, errs)
	}
}

func TestOwnDefinition(t *testing.T) {
	d := funnel.Definition{Schema: 1, Name: "shop", Version: 1, Initial: "new", Stages: []funnel.StageDefinition{
		{Name: "new", Kind: funnel.KindInventory, Order: 1}, {Name: "demo; drop", Kind: funnel.KindSLA, Order: 2}, {Name: "won", Kind: funnel.KindWon, Order: 3},
	}, Edges: []funnel.Edge{{From: "new", On: "invite", To: "demo; drop", Guards: []string{"consent"}, When: `Grade == "A"`}, {From: "demo; drop", On: "buy", To: "won", When: "Ready"}}}
	data, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	definition := write(t, "def.json", string(data))
	log := write(t, "log.csv", "lead,at,stage\nx,2026-01-05,new\nx,2026-01-06,demo; drop\nx,2026-01-09,won\ny,2026-01-05,new\ny,2026-01-20,won\n")
	out, errs, code := call("-definition", definition, "-mermaid", log)
	for _, line := range []string{
		"    [*] --> s0 : ● 2", "    s0 --> s1 : invite [consent and Grade #61;#61; #34;A#34;] ● 1", "    s1 --> s2 : buy [Ready] ● 1", "    s0 --> s2 : ✗ 1",
		`    state "demo#59; drop" as s1`,
	} {
		if !strings.Contains(out, line+"\n") {
			t.Errorf("no line %q in code %d\n%s%s", line, code, out, errs)
		}
	}
	out, _, code = call("-definition", definition, log)
	if code != 0 || !strings.Contains(out, `line 6: lead "y"`) {
		t.Errorf("code %d\n%s", code, out)
	}
}

// The sample of an own definition, with events: who paused came back after the wait; who bought without a trial is a problem.
func TestSampleDefinition(t *testing.T) {
	out, _, code := call("-definition", "testdata/definition.json", "testdata/trials.csv")
	for _, text := range []string{"3 leads, 8 rows", "now: trial 1, customer 2", `line 9: lead "T-4": "buy" is not possible at "signed up"`,
		"1 at trial × 74.00 × 66.7 %", "won: 1 in round 1, 1 in round 2"} {
		if code != 0 || !strings.Contains(out, text) {
			t.Errorf("code %d, no %q in\n%s", code, text, out)
		}
	}
	out, _, _ = call("-definition", "testdata/definition.json", "-mermaid", "testdata/trials.csv")
	for _, line := range []string{"    s0 --> s1 : start ● 3", "    s3 --> s1 : ↻ resume ● 1", "    s1 --> s3 : ↩ pause ● 1"} {
		if !strings.Contains(out, line+"\n") {
			t.Errorf("no line %q in\n%s", line, out)
		}
	}
}

func TestBadInput(t *testing.T) {
	for _, c := range []struct{ log, want string }{
		{"", "log.csv: the file is empty"},
		{"lead,at,stage\n", "log.csv: holds no row but the names of the columns"},
		{"lead;at;stage\na;2026-01-05;mql\n", "log.csv:1: the columns are not separated by commas"},
		{"id,at,stage\na,2026-01-05,mql\n", `log.csv:1: there is no column "lead"`},
		{"lead,stage\na,mql\n", `log.csv:1: there is no column "at"`},
		{"lead,at\na,2026-01-05\n", `log.csv:1: there is neither a column "stage" nor a column "event"`},
		{"lead,at,stage,LEAD\na,2026-01-05,mql,b\n", `log.csv:1: two columns are named "LEAD"`},
		{"lead,at,stage\na,2026-01-05,mql,x\n", "log.csv:2: has 4 cells where the first line has 3 columns"},
		{"lead,at,stage\n\na,yesterday,mql\n", "log.csv:3: at is not a time"},
		{"lead,at,stage\na,,mql\n", "log.csv:2: at is not a time"},
		{"lead,at,stage\n ,2026-01-05,mql\n", "log.csv:2: has no lead"},
		{"lead,at,stage,event\na,2026-01-05,,\n", "log.csv:2: has neither a stage nor an event"},
		{"lead,at,stage,amount\na,2026-01-05,mql,1.50\n", "log.csv:2: amount is not a whole number of cents"},
		{"lead,at,stage\na,2026-01-05,\"mql\n", "log.csv:2: can't be read"},
		{"\"lead,at,stage\n", "log.csv:1: can't be read"},
		{"lead,at,stage\na,2026-01-05,Neu\nb,2026-01-05,Kunde\n", "no lead fits the standard funnel, which holds without -definition.\nIts stages are inquiry, mql, sal, sql, opportunity, won, lost, recycled, disqualified; the log has Neu, Kunde.\nGive your own funnel with -definition"},
		{"lead,at,event\na,2026-01-05,buy\n", "The log has events that it does not have, such as buy."},
		{"lead,at,stage\n" + strings.Repeat("a,never,mql\n", 60), "and 10 more problems"},
	} {
		out, errs, code := call(write(t, "log.csv", c.log))
		if code != 1 || out != "" || !strings.Contains(errs, c.want) {
			t.Errorf("%q: code %d, %q%q, want %q", c.log, code, out, errs, c.want)
		}
	}
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{nil, 2, "give the CSV file of the log"},
		{[]string{"a.csv", "b.csv"}, 2, `unexpected argument "b.csv"`},
		{[]string{"-definition", "", "a.csv"}, 2, "-definition is empty"},
		{[]string{"-json", "-mermaid", "a.csv"}, 2, "choose one"},
		{[]string{"-mermaid", "-as-of", "2026-01-01"}, 2, "-as-of needs a log"},
		{[]string{"-as-of", "today", "a.csv"}, 2, "-as-of is not a time"},
		{[]string{"-as-of", "0001-01-01", "a.csv"}, 2, "-as-of must lie in the years 1970 to 2199"},
		{[]string{"-color"}, 2, "not defined"},
		{[]string{"none.csv"}, 1, "check the name of the log"},
		{[]string{"-definition", "none.json", "-mermaid"}, 1, "check the name behind -definition"},
		{[]string{"-definition", write(t, "d.json", "{}"), "-mermaid"}, 1, "d.json: "},
		{[]string{"-definition", write(t, "d.json", "{"), "-mermaid"}, 1, "d.json: "},
		{[]string{"-definition", write(t, "d.json", `{"schema":1,"name":"x","version":1,"initial":"a","stages":[{"name":"a","kind":"inventory","order":1},{"name":"b","kind":"inventory","order":2}],"edges":[{"from":"a","on":"go","to":"b"}]}`), "testdata/log.csv"}, 1, "won"},
	} {
		out, errs, code := call(c.args...)
		if code != c.code || out != "" || !strings.Contains(errs, c.want) {
			t.Errorf("%q: code %d, %q%q, want %d, %q", c.args, code, out, errs, c.code, c.want)
		}
	}
	if out, _, code := call("-h"); code != 0 || out != usage {
		t.Errorf("-h: code %d", code)
	}
	if code := run([]string{"-mermaid"}, full{}, &strings.Builder{}); code != 1 {
		t.Errorf("a full disk: code %d", code)
	}
}

// full is a disk on which there is no place left.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, fmt.Errorf("no space left") }

// One absurd time is a problem of its row, and no reason to withhold the report; lines are counted from the file's first.
func TestSlips(t *testing.T) {
	path := write(t, "log.csv", "lead,at,stage\na,9999-12-31,mql\nb,2026-01-01,inquiry\n")
	out, errs, code := call(path)
	if code != 0 || !strings.HasPrefix(out, "Flow as of 2026-01-01 00:00 UTC: 1 leads") || !strings.Contains(out, "line 2: lead \"a\": \"mql\" has no time, or one out of range") {
		t.Errorf("code %d, %s\n%s", code, errs, out)
	}
	if _, errs, code := call(write(t, "log.csv", "lead,at,stage\na,9999-12-31,mql\nb,1066-10-14,won\n")); code != 1 || !strings.Contains(errs, "log.csv: no row has a time in the years 1970 to 2199") {
		t.Errorf("code %d, %s", code, errs)
	}
	if _, errs, code := call(write(t, "log.csv", "\n\nlead;at\n")); code != 1 || !strings.Contains(errs, "log.csv:3: ") {
		t.Errorf("code %d, %s", code, errs)
	}
}

// Leads of a real company: when they first made contact, and when some were won.
func TestOlist(t *testing.T) {
	read := func(name string) [][]string {
		f, err := os.Open("../../../shared/data/olist/" + name)
		if err != nil {
			if os.Getenv("CI") == "true" {
				t.Fatal(err)
			}
			t.Skip(err)
		}
		defer f.Close()
		rows, err := csv.NewReader(f).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		return rows[1:]
	}
	const layout = "2006-01-02 15:04:05"
	asOf := time.Date(2018, 11, 15, 0, 0, 0, 0, time.UTC)
	var log strings.Builder
	log.WriteString("lead,at,stage\n")
	contact := map[string]time.Time{}
	for _, row := range read("olist_marketing_qualified_leads_dataset.csv") {
		at, err := time.Parse(time.DateOnly, row[1])
		if err != nil {
			t.Fatal(err)
		}
		contact[row[0]] = at
		fmt.Fprintf(&log, "%s,%s,mql\n", row[0], row[1])
	}
	won := map[string]time.Time{}
	negative, negativeLine := "", 0
	line := 1 + len(contact)
	for _, row := range read("olist_closed_deals_dataset.csv") {
		line++
		at, err := time.Parse(layout, row[4])
		if err != nil {
			t.Fatal(err)
		}
		won[row[0]] = at
		fmt.Fprintf(&log, "%s,%s,won\n", row[0], at.Format(time.RFC3339))
		if at.Before(contact[row[0]]) {
			if negative != "" {
				t.Fatal("more than one duration is negative")
			}
			negative, negativeLine = row[0], line
		}
	}
	out, _, code := call("-as-of", "2018-11-15T00:00:00Z", "-json", write(t, "log.csv", log.String()))
	var r flow.Report
	if err := json.Unmarshal([]byte(out), &r); err != nil || code != 0 {
		t.Fatalf("code %d, %v", code, err)
	}

	// The share won by 90 days, by the product of those who are left at each time at which somebody is won (Kaplan and
	// Meier; nobody is lost here, so that it is the incidence of Aalen and Johansen, too), with Greenwood's variance and the
	// interval of the log-log transformation of the share.
	type spell struct {
		length time.Duration
		won    bool
	}
	var spells []spell
	for lead, at := range contact {
		switch w, ok := won[lead]; {
		case lead == negative:
		case ok && !w.After(asOf):
			spells = append(spells, spell{w.Sub(at), true})
		default:
			spells = append(spells, spell{asOf.Sub(at), false})
		}
	}
	slices.SortFunc(spells, func(a, b spell) int { return int((a.length - b.length) / time.Second) })
	left, greenwood, median := 1.0, 0.0, false
	at90, greenwood90 := 0.0, 0.0
	for i := 0; i < len(spells); {
		length, wins, n := spells[i].length, 0.0, float64(len(spells)-i)
		j := i
		for ; j < len(spells) && spells[j].length == length; j++ {
			if spells[j].won {
				wins++
			}
		}
		left *= 1 - wins/n
		greenwood += wins / (n * (n - wins))
		median = median || left <= 0.5
		if length <= 90*24*time.Hour {
			at90, greenwood90 = 1-left, greenwood
		}
		i = j
	}
	deviation := (1 - at90) * math.Sqrt(greenwood90)
	width := 1.959963984540054 * deviation / (at90 * math.Abs(math.Log(at90)))
	low, high := math.Pow(at90, math.Exp(width)), math.Pow(at90, math.Exp(-width))

	c, ok := r.Conversion(funnel.MQL, funnel.Won)
	if !ok {
		t.Fatal("the way from mql to won is not measured")
	}
	if median || c.Converted.Median.Reached {
		t.Errorf("median %v; computed here: reached %t", c.Converted.Median, median)
	}
	mark := slices.IndexFunc(c.Converted.Marks, func(m flow.Mark) bool { return m.Time.Days() == 90 })
	if mark < 0 {
		t.Fatalf("no mark at 90 days: %v", c.Converted.Marks)
	}
	for _, f := range []struct {
		name      string
		got, want float64
	}{{"share", c.Converted.Marks[mark].Share, at90}, {"low", c.Converted.Marks[mark].Low, low}, {"high", c.Converted.Marks[mark].High, high}} {
		if math.Abs(f.got-f.want) > 1e-9 {
			t.Errorf("%s at 90 days: %.12f, computed here %.12f", f.name, f.got, f.want)
		}
	}
	if int(c.Converted.Spells) != len(spells) || r.Excluded != 1 {
		t.Errorf("%d spells, %d excluded, want %d and 1", c.Converted.Spells, r.Excluded, len(spells))
	}
	var found []flow.Problem
	for _, p := range r.Problems.List {
		if p.Kind == flow.NegativeDuration {
			found = append(found, p)
		}
	}
	if len(found) != 1 || found[0].Lead != negative || found[0].Line != negativeLine {
		t.Errorf("negative durations: %v, want lead %s in line %d", found, negative, negativeLine)
	}

	text, _, _ := call("-as-of", "2018-11-15T00:00:00Z", write(t, "log.csv", log.String()))
	if !strings.Contains(text, fmt.Sprintf("line %d: lead %q", negativeLine, negative)) || !strings.Contains(text, "not reached") {
		t.Errorf("the text does not tell of the negative duration, or of the median:\n%s", text)
	}
}

// FuzzLog reads whatever comes: a log or a list of problems, never both, and the same twice.
func FuzzLog(f *testing.F) {
	for _, seed := range []string{
		"lead,at,stage,event,reason,by,amount\na,2026-01-05,mql,,,x,5\na,2026-01-06T10:00:00+14:00,,accept,,,\na,2026-01-07 10:00:00,,recycle,no_budget,,-1\n",
		"\xef\xbb\xbfLEAD,AT,EVENT\r\n\"a\"\"b\",0001-01-01,win\r\n", "lead;at\n", "lead,at,stage\n\"a\n,,\n", "lead,at,stage\na,9999-12-31T23:59:59-23:59,won\n",
	} {
		f.Add(seed)
	}
	d := funnel.Standard()
	f.Fuzz(func(t *testing.T, text string) {
		l, err := parseLog("log.csv", strings.NewReader(text), d)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "log.csv") {
				t.Fatal(err)
			}
			return
		}
		fl, err := flow.New(flow.Options{Definition: d, AsOf: l.latest})
		if err != nil {
			if y := l.latest.Year(); y >= 1970 && y < 2200 {
				t.Fatal(err)
			}
			return
		}
		for j := range l.rows.Journeys() {
			fl.Add(j)
		}
		r := fl.Report()
		if _, err := draw(d, r); err != nil {
			t.Fatal(err)
		}
		if r.String() != fl.Report().String() {
			t.Fatal("two reports differ")
		}
	})
}
