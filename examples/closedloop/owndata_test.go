package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// figuresOf reads a JSON report as plain values.
func figuresOf(t *testing.T, report []byte) map[string]any {
	t.Helper()
	var figures map[string]any
	if err := json.Unmarshal(report, &figures); err != nil {
		t.Fatal(err)
	}
	return figures
}

// notInExports are the figures that an export can't give again, and why.
var notInExports = map[string]string{
	"simulated":     "the data does not say that it is made up",
	"notice":        "says where the data is from",
	"seed":          "only a simulation has one",
	"truth":         "only a simulation can be lived through again",
	"scores":        "the host scored at each activity; of an export the offers alone are scored",
	"outlook":       "rests on the cases of the desk: who waits until when",
	"data_problems": "those of the simulated world are of its own",
}

// TestRoundTrip: the simulated year that is exported gives the same figures again when it is read as own data.
func TestRoundTrip(t *testing.T) {
	for _, seed := range []string{"1", "6"} {
		dir := t.TempDir()
		simulated := figuresOf(t, reportOf(t, "-json", "-leads", "1200", "-seed", seed, "-export", dir))
		own := figuresOf(t, reportOf(t, "-json", "-data", dir, "-as-of", "2025-12-31"))
		same := 0
		for key, want := range simulated {
			if notInExports[key] != "" {
				continue
			}
			if !reflect.DeepEqual(own[key], want) {
				t.Errorf("seed %s: %s is\n%v, the simulation has\n%v", seed, key, own[key], want)
			}
			same++
		}
		for key := range own {
			if _, ok := simulated[key]; !ok {
				t.Errorf("seed %s: the simulation knows no %s", seed, key)
			}
		}
		if want := len(simulated) - len(notInExports); same != want || same < 30 {
			t.Errorf("seed %s: %d figures were compared, want %d", seed, same, want)
		}
	}
}

// TestRowsInAnyOrder: the order of the rows in the files says nothing.
func TestRowsInAnyOrder(t *testing.T) {
	dir := t.TempDir()
	reportOf(t, "-json", "-leads", "400", "-export", dir)
	want := reportOf(t, "-json", "-data", dir)
	random := rand.New(rand.NewPCG(1, 2))
	for range 3 {
		for _, name := range []string{"leads.csv", "activities.csv", "deals.csv"} {
			data, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			lines := strings.SplitAfter(strings.TrimSuffix(string(data), "\n")+"\n", "\n")
			rows := lines[1 : len(lines)-1]
			random.Shuffle(len(rows), func(i, k int) { rows[i], rows[k] = rows[k], rows[i] })
			writeFile(t, dir, name, strings.Join(lines, ""))
		}
		if got := reportOf(t, "-json", "-data", dir); !bytes.Equal(got, want) {
			t.Fatal(firstDifference(string(got), string(want)))
		}
	}
}

func writeFile(t testing.TB, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestExportOverwritesNothing: files that are there are left alone.
func TestExportOverwritesNothing(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, dir, "deals.csv", "mine")
	var out, errs bytes.Buffer
	if code := run([]string{"-leads", "10", "-export", dir}, &out, &errs, false); code != 1 || !strings.Contains(errs.String(), "deals.csv cannot be made") {
		t.Errorf("exit code %d: %s", code, errs.String())
	}
	if data, err := os.ReadFile(filepath.Join(dir, "deals.csv")); err != nil || string(data) != "mine" {
		t.Errorf("the file is %q now", data)
	}
	writeFile(t, dir, "file", "")
	errs.Reset()
	if code := run([]string{"-leads", "10", "-export", filepath.Join(dir, "file")}, &out, &errs, false); code != 1 || !strings.Contains(errs.String(), "-export: ") {
		t.Errorf("exit code %d: %s", code, errs.String())
	}
	model := t.TempDir()
	writeFile(t, model, "model.json", "mine")
	errs.Reset()
	if code := run([]string{"-leads", "10", "-export", model}, &out, &errs, false); code != 1 || !strings.Contains(errs.String(), "model.json cannot be made") {
		t.Errorf("exit code %d: %s", code, errs.String())
	}
}

const (
	ownLeads = "lead_id,created,account_id,channel,source,employees,free_mail,phone,mql_at,reason,recycled_at\n" +
		"a,2025-01-01 10:00:00,x,email,marketing,10,no,1,2025-01-02,,\nb,2025-01-02,,web,,,,,2025-01-05,timing,2025-01-09\n"
	ownActivities = "lead_id,at,kind,channel,campaign,cost,side,event,stage,person,reason\na,2025-01-01 10:00:00,visit,email,c,1.50,,,,,\n"
	ownDeals      = "deal_id,lead_id,opened,closed,outcome,amount,person,reason\nd,a,2025-01-05,2025-02-01,won,100,p,\n"
)

// writeOwn writes a folder of own data. An empty text is a file that is not there.
func writeOwn(t testing.TB, leads, activities, deals string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"leads.csv": leads, "activities.csv": activities, "deals.csv": deals} {
		if text != "" {
			writeFile(t, dir, name, text)
		}
	}
	return dir
}

// badRows are rows that are wrong, the message that says so, and the cause that they are counted by.
var badRows = []struct{ file, row, want, cause string }{
	{"leads", "c,soon,,,,,,,,,", `created is not a time: "soon", write it as 2025-03-31 14:05:00`, "created is not a time"},
	{"leads", "c,,,,,,,,,,", "created is empty, say when the lead came in", "created is empty"},
	{"leads", "c,1925-01-01,,,,,,,,,", `created is out of range: "1925-01-01", give a date from 2000 to 2049`, "created is out of range"},
	{"leads", "c,01/02/2025,,,,,,,,,", `created is not a time: "01/02/2025", write it as 2025-03-31 14:05:00, 2025-03-31T14:05:00Z or 2025-03-31, or give date_order in the mapping`, "created is not a time"},
	{"leads", ",2025-01-01,,,,,,,,,", "lead_id is empty, give every lead its id", "lead_id is empty"},
	{"leads", "a,2025-01-01 10:00:00,x,email,marketing,10,no,1,2025-01-02,,", "lead a is there already at line 2, remove one of the two rows", "the lead is there already"},
	{"leads", "c,2025-01-01,,,both,,,,,,", `source is neither marketing nor sales: "both"`, "source is neither marketing nor sales"},
	{"leads", "c,2025-01-01,,,,many,,,,,", `employees is not a number: "many", write a number such as 250 or 1,200`, "employees is not a number"},
	{"leads", "c,2025-01-01,,,,-5,,,,,", `employees is not a number: "-5"`, "employees is not a number"},
	{"leads", "c,2025-01-01,,,,,perhaps,,,,", `free_mail is neither yes nor no: "perhaps", write yes or no`, "free_mail is neither yes nor no"},
	{"leads", "c,2025-01-01,,,,,,,2025-02-30,,", `mql_at is not a time: "2025-02-30"`, "mql_at is not a time"},
	{"leads", "c,2025-01-01", "the row has 2 fields, the header has 11, complete the row; the file may have been cut off here", "the row has not as many fields as the header"},
	{"leads", "c,2025-01-01,,,,,,,,,,,", "the row has 13 fields, the header has 11, quote the field that contains a comma", "the row has not as many fields as the header"},
	{"leads", "c,2025-01-01,,e\x00mail,,,,,,,", `channel holds what is no printable text: "e\x00mail", remove U+0000 from the field`, "channel holds what is no printable text"},
	{"leads", "c,2025-01-01,,caf\xe9,,,,,,,", `channel is not UTF-8 text: "caf\xe9", save the file as UTF-8`, "channel is not UTF-8 text"},
	{"leads", "c,2025-01-01," + strings.Repeat("x", 1_000_000) + ",,,,,,,,", "account_id is 1000000 bytes long, shorten it to 1000 bytes", "account_id is too long"},
	{"leads", `c,2025-01-01,"x"y,,,,,,,,`, "a quoted field is never closed or is followed by text", "a quote is out of place"},
	{"leads", `c,2025-01-01,x"y,,,,,,,,`, "a quote stands inside an unquoted field (column 15)", "a quote is out of place"},
	{"activities", "z,2025-01-01,visit,,,,,,,,", `unknown lead "z", add the lead to leads.csv or remove the row`, "unknown lead"},
	{"activities", ",2025-01-01,visit,,,,,,,,", `unknown lead ""`, "unknown lead"},
	{"activities", "a,,visit,,,,,,,,", "at is empty, say when it happened", "at is empty"},
	{"activities", "a,25:00,visit,,,,,,,,", `at is not a time: "25:00"`, "at is not a time"},
	{"activities", "a,2025-01-01,,,,,,,,,", "the row says nothing, give it a kind or a channel, an event or a stage", "the row says nothing"},
	{"activities", "a,2025-01-01,visit,web,,-1,,,,,", "cost is negative: -1, correct the amount", "cost is negative"},
	{"activities", "a,2025-01-01,visit,web,,1e3,,,,,", `cost is not an amount: "1e3", write an amount such as 1200 or 1200.50`, "cost is not an amount"},
	{"activities", "a,2025-01-01,visit,web,,1.005,,,,,", `cost is not an amount: "1.005"`, "cost is not an amount"},
	{"activities", "a,2025-01-01,visit,web,,1,ours,,,,", `side is neither marketing nor sales: "ours"`, "side is neither marketing nor sales"},
	{"activities", "a,2025-01-01,,,,,,called,,,", `unknown event "called", write accepted, attempted, auto_accepted, expired, moved, offered, reached, rejected, withdrawn`, "unknown event"},
	{"activities", "a,2025-01-01,,,,,,moved,,,", "the lead moved to no stage, name the stage that the lead entered", "no stage"},
	{"activities", "a,2025-01-01,,,,,,,hot,,", `unknown stage "hot", write inquiry, mql, sal, sql,`, "unknown stage"},
	{"activities", "a,2025-01-01,,,,,,,won,,", "stage won is a matter of the deals, remove the row: deals.csv says when opportunities begin and end", "the stage is a matter of the deals"},
	{"deals", ",a,2025-01-05,2025-02-01,won,1,,", "deal_id is empty, give every deal its id", "deal_id is empty"},
	{"deals", "d,a,2025-01-05,2025-02-01,won,100,p,", "deal d is there already at line 2, remove one of the two rows", "the deal is there already"},
	{"deals", "e,z,2025-01-05,2025-02-01,won,1,,", `unknown lead "z"`, "unknown lead"},
	{"deals", "e,b,2025-01-05,2025-02-01,maybe,1,,", `unknown outcome "maybe", write open, won or lost`, "unknown outcome"},
	{"deals", "e,b,2025-01-05,2025-02-01,,1,,", "outcome is empty, write open, won or lost", "no outcome"},
	{"deals", "e,b,2025-01-05,,won,1,,", "the deal is won, and nobody knows since when, say when it was closed", "a closed deal with no end"},
	{"deals", "e,b,,,open,1,,", "an open deal with no beginning, say when it was opened", "an open deal with no beginning"},
	{"deals", "e,b,2025-01-05,2025-02-01,won,-1,,", "amount is negative: -1", "amount is negative"},
}

// TestBadRows: a row that is wrong is an error with its place and what to do; -lenient skips it, counts it by its cause, and leaves
// all figures as they are without it.
func TestBadRows(t *testing.T) {
	clean := figuresOf(t, reportOf(t, "-json", "-data", writeOwn(t, ownLeads, ownActivities, ownDeals)))
	for _, test := range badRows {
		files := map[string]string{"leads": ownLeads, "activities": ownActivities, "deals": ownDeals}
		files[test.file] += test.row + "\n"
		line := strings.Count(files[test.file], "\n")
		dir := writeOwn(t, files["leads"], files["activities"], files["deals"])
		var out, errs bytes.Buffer
		code := run([]string{"-data", dir}, &out, &errs, false)
		place := test.file + ".csv:" + thousands(int64(line)) + ": "
		if code != 1 || out.Len() > 0 || !strings.HasPrefix(errs.String(), place+test.want) || strings.Count(errs.String(), "\n") != 1 || errs.Len() > 1000 {
			t.Errorf("%.60q: exit code %d, %d bytes of report, %.1000s want %s%s", test.row, code, out.Len(), errs.String(), place, test.want)
		}
		lenient := figuresOf(t, reportOf(t, "-json", "-lenient", "-data", dir))
		want := map[string]any{"what": "row skipped: " + test.cause, "count": 1.0, "where": strings.TrimSuffix(place, ": "), "done": "not counted anywhere"}
		list := lenient["data_problems"].([]any)
		at := slices.IndexFunc(list, func(f any) bool { return reflect.DeepEqual(f, want) })
		if at < 0 {
			t.Errorf("%.60q: %v, want %v", test.row, list, want)
			continue
		}
		lenient["data_problems"] = slices.Delete(list, at, at+1)
		if !reflect.DeepEqual(lenient, clean) {
			t.Errorf("%.60q: the row changes figures", test.row)
		}
	}
}

// TestLenientCounts: rows are counted once each, by their first cause, and the report says so in words.
func TestLenientCounts(t *testing.T) {
	leads := ownLeads + strings.Repeat("c,soon,,,,many,,,,,\n", 3) + "d,2025-01-01,,,,many,,,,,\n"
	activities := ownActivities + "c,2025-01-01,visit,,,,,,,,\nd,soon,visit,,,,,,,,\n"
	text := string(reportOf(t, "-lenient", "-data", writeOwn(t, leads, activities, ownDeals)))
	for _, want := range []string{
		"3  row skipped: created is not a time (leads.csv:4): not counted anywhere", "1  row skipped: employees is not a number (leads.csv:7)",
		"1  row skipped: unknown lead (activities.csv:3)", "1  row skipped: at is not a time (activities.csv:4)",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the report does not say %q:\n%s", want, text)
		}
	}
	if strings.Count(text, "row skipped") != 4 {
		t.Errorf("other rows were skipped, too:\n%s", text)
	}
}

// TestBadFiles: what is wrong with a file as a whole is an error, with -lenient, too.
func TestBadFiles(t *testing.T) {
	for _, test := range []struct{ name, leads, activities, deals, want string }{
		{"no leads", "", ownActivities, ownDeals, "leads.csv: cannot be read (no such file or directory), give -data the folder that holds leads.csv, activities.csv and deals.csv"},
		{"no activities", ownLeads, "", ownDeals, "a file of which you have nothing needs but its first line"},
		{"no deals", ownLeads, ownActivities, "", "deals.csv: cannot be read"},
		{"empty", ownLeads, "\n", ownDeals, "activities.csv:1: the file is empty, the first line must name the columns lead_id, at"},
		{"missing column", strings.Replace(ownLeads, "created", "came", 1), ownActivities, ownDeals, `leads.csv:1: missing column "created", add it; the columns found are lead_id, came`},
		{"column twice", strings.Replace(ownLeads, "channel", "Created", 1), ownActivities, ownDeals, `leads.csv:1: column "created" appears twice`},
		{"no outcome", ownLeads, ownActivities, "deal_id,lead_id,is_won\n", `deals.csv:1: missing column "outcome", add it, or is_closed and is_won`},
		{"nobody", ownLeads[:strings.Index(ownLeads, "\n")+1], ownActivities[:strings.Index(ownActivities, "\n")+1], ownDeals[:strings.Index(ownDeals, "\n")+1], "leads.csv: no leads in the file"},
		{"open quote", ownLeads + "c,\"2025\nd,2025-01-01\n", ownActivities, ownDeals, "leads.csv:4: a quoted field is never closed"},
	} {
		for _, lenient := range []string{"-lenient=false", "-lenient"} {
			dir := writeOwn(t, test.leads, test.activities, test.deals)
			if test.activities == "\n" {
				writeFile(t, dir, "activities.csv", "")
			}
			var out, errs bytes.Buffer
			if code := run([]string{lenient, "-data", dir}, &out, &errs, false); code != 1 || out.Len() > 0 || !strings.Contains(errs.String(), test.want) {
				t.Errorf("%s, %s: exit code %d, %s", test.name, lenient, code, errs.String())
			}
		}
	}
	var out, errs bytes.Buffer
	dir := writeOwn(t, ownLeads, ownActivities, ownDeals)
	if code := run([]string{"-data", dir, "-as-of", "2024-12-31"}, &out, &errs, false); code != 1 || !strings.Contains(errs.String(), "no lead by 2024-12-31, give -as-of a later date") {
		t.Errorf("exit code %d, %s", code, errs.String())
	}
	for name, want := range map[string]string{"model.json": "model.json: ", "agreement.json": "agreement.json: ", "mapping.json": "mapping.json: no mapping: "} {
		errs.Reset()
		writeFile(t, dir, name, "{")
		if code := run([]string{"-data", dir}, &out, &errs, false); code != 1 || !strings.Contains(errs.String(), want) {
			t.Errorf("%s: exit code %d, %s", name, code, errs.String())
		}
		os.Remove(filepath.Join(dir, name))
	}
}

// TestWaysToWrite: the same data written in other ways gives the same figures.
func TestWaysToWrite(t *testing.T) {
	want := reportOf(t, "-json", "-data", writeOwn(t, ownLeads, ownActivities, ownDeals))
	windows := func(text string) string { return "\ufeff" + strings.ReplaceAll(text, "\n", "\r\n") }
	for name, change := range map[string]func(string) string{
		"byte order mark and CRLF": windows,
		"RFC 3339": func(text string) string {
			return strings.ReplaceAll(text, "2025-01-01 10:00:00", "2025-01-01T10:00:00Z")
		},
		"another zone": func(text string) string {
			return strings.ReplaceAll(text, "2025-01-01 10:00:00", "2025-01-01T12:30:00+02:30")
		},
		"zone without a colon": func(text string) string {
			return strings.ReplaceAll(text, "2025-01-01 10:00:00", "2025-01-01T11:00:00.000+0100")
		},
		"fraction": func(text string) string {
			return strings.ReplaceAll(text, "2025-01-01 10:00:00", "2025-01-01 10:00:00.999")
		},
		"minutes":  func(text string) string { return strings.ReplaceAll(text, "2025-01-01 10:00:00", "2025-01-01 10:00") },
		"midnight": func(text string) string { return strings.ReplaceAll(text, "2025-02-01", "2025-02-01T00:00:00") },
		"no-break spaces and tabs": func(text string) string {
			return strings.NewReplacer("lead_id", "\u00a0lead_id\t", "email", "\u00a0email\u2009", ",won,", ",\twon\u00a0,", "2025-01-01 10", "2025-01-01\u00a010").Replace(text)
		},
		"capitals and spaces": func(text string) string {
			return strings.NewReplacer("lead_id", " Lead_ID ", "created", "CREATED", "web", " web ", ",won,", ", won ,").Replace(text)
		},
		"quotes": func(text string) string {
			rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
			if err != nil {
				t.Fatal(err)
			}
			var b strings.Builder
			for _, row := range rows {
				b.WriteString(`"` + strings.Join(row, `","`) + "\"\n")
			}
			return b.String()
		},
		"further columns": func(text string) string {
			head, rows, _ := strings.Cut(text, "\n")
			return head + ",note,note\n" + strings.ReplaceAll(rows, "\n", ",\"two\nlines, \",\x01\n")
		},
	} {
		dir := writeOwn(t, change(ownLeads), change(ownActivities), change(ownDeals))
		if got := reportOf(t, "-json", "-data", dir); !bytes.Equal(got, want) {
			t.Errorf("%s: %s", name, firstDifference(string(got), string(want)))
		}
	}
	cut := writeOwn(t, strings.TrimSuffix(ownLeads, "\n"), ownActivities, ownDeals)
	if text := string(reportOf(t, "-data", cut)); !strings.Contains(text, "the last line has no line end (leads.csv:3): check that the file is whole") {
		t.Errorf("a file that may be cut off:\n%s", text)
	}
}

// TestOddOwnData: what is odd and no mistake is counted as said.
func TestOddOwnData(t *testing.T) {
	leads := "lead_id,created,phone,phone_at,mql_at,sql_at,disqualified_at,reason,deal_id\n" +
		"a,2025-01-10 10:00,1,2025-01-11,2025-01-10,2025-01-10,,,\n" + // the same day: in order
		"b,2025-01-10 10:00,,,2025-01-03,,,,D2\n" + // an MQL a week before it came in
		"c,2025-01-10 10:00,,,2025-01-11,,2025-01-12,too far away,\n" +
		"d,2025-01-10 10:00,,,2025-01-11,,2025-01-12,,\n" +
		"e,2025-06-01,,,,,,,\n"
	activities := "lead_id,at,kind,event,stage,person\na,2025-01-09,visit,,,\na,2025-06-01,visit,,,\n"
	deals := "deal_id,lead_id,opened,closed,is_closed,is_won,amount,person\n" +
		"D1,a,2025-02-10 10:00,2025-02-10,yes,yes,,\n" + // the same day
		"D2,nobody,2025-03-10,2025-02-10,1,0,5,p\n" + // closed a month before; of the lead that names it
		"D3,c,2025-03-01,2025-09-01,no,no,7,p\n"
	dir := writeOwn(t, leads, activities, deals)
	report, err := ownReport(ownOptions{dir: dir, day: time.Date(2025, 5, 1, 0, 0, 0, 0, time.UTC)})
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]int64{}
	for _, f := range report.Problems {
		found[f.What] = f.Count
	}
	for what, count := range map[string]int64{
		"the lead entered a stage before it came in": 1, "the reason is none of the catalogue's": 1, "a return without a reason": 2,
		"the deal was closed before it was opened": 1, "a won deal has no amount": 1, "a won deal names no person": 1,
		"the lead came in after the as-of date": 1, "activity or step after the as-of date": 1, "lead without a channel": 4,
	} {
		if found[what] != count {
			t.Errorf("%s: %d, want %d: %+v", what, found[what], count, report.Problems)
		}
	}
	if report.Leads != 4 || report.MQL != 4 || report.Won != 1 || report.From != "2025-01-03" || !report.Conservation.Holds || report.Activities != 1 {
		t.Errorf("%+v", report)
	}
	stands := map[string]int64{}
	for _, s := range report.Standing {
		stands[s.Stage] = s.Leads
	}
	if stands["won"] != 1 || stands["lost"] != 1 || stands["opportunity"] != 1 || stands["disqualified"] != 1 {
		t.Errorf("%v", stands)
	}
}

// FuzzOwnData: whatever the files hold, they are read, or every mistake is said with its place; and what is reported adds up.
func FuzzOwnData(f *testing.F) {
	f.Add(ownLeads, ownActivities, ownDeals, false)
	f.Add(ownLeads, ownActivities, ownDeals, true)
	for _, bad := range badRows {
		if len(bad.row) < 1000 {
			files := map[string]string{"leads": ownLeads, "activities": ownActivities, "deals": ownDeals}
			files[bad.file] += bad.row + "\n"
			f.Add(files["leads"], files["activities"], files["deals"], true)
		}
	}
	f.Add("lead_id,created\na,2025-01-01\n", "lead_id,at,event,stage,person,reason\na,2025-01-02,,mql,,\na,2025-01-02,offered,,p,\na,2025-01-03,accepted,sal,p,\n"+
		"a,2025-01-03,reached,,p,\na,2025-01-09,,recycled,p,timing\na,2025-02-01,,mql,,\na,2025-02-01,offered,,q,\na,2025-02-02,expired,,,\na,2025-02-02,offered,,p,\n"+
		"a,2025-02-03,rejected,,p,misrouted\na,2025-02-04,withdrawn,,,consent_withdrawn\na,2025-02-05,auto_accepted,sal,p,\n", "deal_id,lead_id,opened,closed,outcome,amount\n1,a,2025-03-01,2025-03-02,lost,\n", false)
	dir := f.TempDir()
	writeFile(f, dir, modelFile, string(modelJSON))
	writeFile(f, dir, agreementFile, string(agreementJSON))
	f.Fuzz(func(t *testing.T, leads, activities, deals string, lenient bool) {
		writeFile(t, dir, "leads.csv", leads)
		writeFile(t, dir, "activities.csv", activities)
		writeFile(t, dir, "deals.csv", deals)
		report, err := ownReport(ownOptions{dir: dir, lenient: lenient})
		if err != nil {
			for line := range strings.SplitSeq(err.Error(), "\n") {
				if !printable(line) || !strings.Contains(line, ".csv:") && !strings.HasPrefix(line, "and ") {
					t.Errorf("%q", line)
				}
			}
			return
		}
		if !report.Conservation.Holds {
			t.Errorf("%+v", report.Conservation)
		}
		if _, err := indent(report); err != nil || report.text() == "" {
			t.Error(err)
		}
	})
}
