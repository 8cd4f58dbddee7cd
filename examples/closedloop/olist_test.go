package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// olistDir is where the real data lies beside a checkout of the authors. It is not part of the repository.
func olistDir(t *testing.T) string {
	t.Helper()
	dir := filepath.Join("..", "..", "..", "shared", "data", "olist")
	if _, err := os.Stat(dir); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("the Olist data is owed in CI, and there is none: %v", err)
		}
		t.Skipf("skipped: no Olist data at %s", dir)
	}
	return dir
}

// rowsOf reads a file plainly, by the names of its columns.
func rowsOf(t *testing.T, dir, name string) []map[string]string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	all, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var rows []map[string]string
	for _, fields := range all[1:] {
		row := map[string]string{}
		for i, column := range all[0] {
			row[column] = fields[i]
		}
		rows = append(rows, row)
	}
	return rows
}

// TestOlistAgreesWithPlainCounting counts the files again, with nothing but encoding/csv, and compares.
func TestOlistAgreesWithPlainCounting(t *testing.T) {
	dir := olistDir(t)
	leads, deals := rowsOf(t, dir, olistLeads), rowsOf(t, dir, olistDeals)
	report, err := olistReport(dir, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	won := map[string]string{}
	for _, d := range deals {
		won[d["mql_id"]] = d["won_date"]
	}
	type figures struct{ leads, won int64 }
	origins, months := map[string]figures{}, map[string]figures{}
	negative := 0
	people := map[string]int64{}
	for _, d := range deals {
		people["sdr "+d["sdr_id"]]++
		people["sr "+d["sr_id"]]++
	}
	for _, l := range leads {
		o, m := origins[l["origin"]], months[l["first_contact_date"][:7]]
		o.leads++
		m.leads++
		if date, ok := won[l["mql_id"]]; ok {
			o.won++
			m.won++
			a, _ := time.Parse("2006-01-02", l["first_contact_date"])
			b, _ := time.Parse("2006-01-02", date[:10])
			if b.Before(a) {
				negative++
			}
		}
		origins[l["origin"]], months[l["first_contact_date"][:7]] = o, m
	}
	if report.Leads != int64(len(leads)) || report.Won != int64(len(deals)) {
		t.Errorf("the report has %d leads and %d won, the files have %d and %d", report.Leads, report.Won, len(leads), len(deals))
	}
	if len(report.ByOrigin) != len(origins) || len(report.Cohorts) != len(months) {
		t.Errorf("%d origins and %d months, want %d and %d", len(report.ByOrigin), len(report.Cohorts), len(origins), len(months))
	}
	for name, want := range origins {
		if got := report.ByOrigin[name]; got.Leads != want.leads || got.Won != want.won || got.Rate != (Rate{want.won, want.leads}) {
			t.Errorf("origin %q: %+v, want %+v", name, got, want)
		}
	}
	for _, c := range report.Cohorts {
		if want := months[c.Month]; c.Leads != want.leads || c.MQL != want.leads || c.Won != (Rate{want.won, want.leads}) {
			t.Errorf("month %s: %+v, want %+v", c.Month, c, want)
		}
	}
	counted := int64(0)
	for _, f := range report.Problems {
		if strings.Contains(f.What, "before the lead's first contact") {
			counted += f.Count
			if f.Where != olistDeals+":669" {
				t.Errorf("the negative duration is reported at %s", f.Where)
			}
		}
	}
	if counted != int64(negative) {
		t.Errorf("%d negative durations reported, want %d", counted, negative)
	}
	if len(report.People) != len(people) {
		t.Errorf("%d sales people, want %d", len(report.People), len(people))
	}
	for _, p := range report.People {
		if people[p.Role+" "+p.ID] != p.Won {
			t.Errorf("%s %s won %d, want %d", p.Role, p.ID, p.Won, people[p.Role+" "+p.ID])
		}
	}
	if !report.Conservation.Holds || report.Revenue != nil || report.Simulated {
		t.Errorf("conservation %v, revenue %v, simulated %v", report.Conservation.Holds, report.Revenue, report.Simulated)
	}
}

// TestOlistTimeToWin computes the curve of the time to win again, from the files: the leads of before the first deal on record
// are at risk only from that day on, and the deal that is dated before its lead is in no duration.
func TestOlistTimeToWin(t *testing.T) {
	dir := olistDir(t)
	data, err := readOlist(dir)
	if err != nil {
		t.Fatal(err)
	}
	run, err := runOlist(data, data.latest)
	if err != nil {
		t.Fatal(err)
	}
	report, err := run.report()
	if err != nil {
		t.Fatal(err)
	}
	won := map[string]time.Time{}
	first, latest := "9", ""
	for _, d := range rowsOf(t, dir, olistDeals) {
		won[d["mql_id"]], _ = time.Parse("2006-01-02 15:04:05", d["won_date"])
		first, latest = min(first, d["won_date"]), max(latest, d["won_date"])
	}
	recorded, _ := time.Parse("2006-01-02", first[:10])
	end, _ := time.Parse("2006-01-02 15:04:05", latest)
	type risk struct{ from, until int64 }
	var all []risk
	events := map[int64]int64{}
	hours := func(d time.Duration) int64 { return int64((d + time.Hour - 1) / time.Hour) }
	quick, mature := int64(0), int64(0)
	for _, l := range rowsOf(t, dir, olistLeads) {
		contact, _ := time.Parse("2006-01-02", l["first_contact_date"])
		until, ok := won[l["mql_id"]]
		if ok && until.Before(contact) {
			continue
		}
		if !ok {
			until = end
		}
		all = append(all, risk{max(0, hours(recorded.Sub(contact))), hours(until.Sub(contact))})
		if ok {
			events[hours(until.Sub(contact))]++
		}
		if !contact.Before(recorded) && !contact.AddDate(0, 0, 30).After(end) {
			mature++
			if ok && !until.After(contact.AddDate(0, 0, 30)) {
				quick++
			}
		}
	}
	open, sum := 1.0, 0.0
	for h := int64(0); h <= 90*24; h++ {
		if events[h] == 0 {
			continue
		}
		n, d := 0.0, float64(events[h])
		for _, r := range all {
			if r.from < h && r.until >= h || r.from == 0 && r.until >= h {
				n++
			}
		}
		open *= 1 - d/n
		sum += d / (n * (n - d))
	}
	share, se := 1-open, open*math.Sqrt(sum)
	bound := func(z float64) float64 { return math.Pow(share, math.Exp(z*se/(share*math.Log(share)))) }
	low, high := bound(1.959963984540054), bound(-1.959963984540054)
	if low > high {
		low, high = high, low
	}
	c, ok := run.flow.Conversion("mql", "won")
	if !ok {
		t.Fatal("no way from MQL to won")
	}
	got := c.Converted.At(90 * 24 * time.Hour)
	l, h := got.Interval()
	if math.Abs(got.Share-share) > 1e-9 || math.Abs(l-low) > 1e-9 || math.Abs(h-high) > 1e-9 {
		t.Errorf("%v (%v to %v), want %v (%v to %v)", got.Share, l, h, share, low, high)
	}
	if m := report.TimeToWin.ByHorizon; m.Days != 90 || m.Share != percentOf(share) || m.Low != percentOf(low) || m.High != percentOf(high) {
		t.Errorf("%+v, want %v (%v to %v)", m, share, low, high)
	}
	if c.Converted.Median.Reached || report.TimeToWin.Median.Time != nil || !strings.Contains(report.text(), "median time to win not reached") {
		t.Errorf("the median is said to be %v", c.Converted.Median)
	}
	if p := run.flow.Problems; p.Count != 1 || p.List[0].Line != 669 || run.flow.Excluded != 1 {
		t.Errorf("flow excludes %d and says %v, want the negative duration", run.flow.Excluded, p.List)
	}
	if got := report.QuickWins.Base.Quick; got != (Rate{quick, mature}) {
		t.Errorf("%+v are won within 30 days, want %d of %d", got, quick, mature)
	}
	// The evidence for the rules counts the same, and the deal that is dated before its lead, too.
	if got, want := closedIn(report), report.TimeToWin.InTime; got != (Rate{want.Count + 1, want.Of + 1}) {
		t.Errorf("the evidence has %+v, the curve %+v", got, want)
	}
}

// TestOlistKnownFigures pins the figures that the publishers' data is known for.
func TestOlistKnownFigures(t *testing.T) {
	report, err := olistReport(olistDir(t), time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	if report.Leads != 8000 || report.Won != 842 || report.TimeToWin.Converted != 841 {
		t.Errorf("%d leads, %d won, %d durations", report.Leads, report.Won, report.TimeToWin.Converted)
	}
	for origin, want := range map[string][2]int64{
		"organic search": {2296, 271}, "paid search": {1586, 195}, "social": {1350, 75}, "unknown": {1099, 179},
		"direct traffic": {499, 56}, "email": {493, 15}, "referral": {284, 24}, "": {60, 14},
	} {
		if got := report.ByOrigin[origin]; got.Leads != want[0] || got.Won != want[1] {
			t.Errorf("%q: %d of %d, want %d of %d", origin, got.Won, got.Leads, want[1], want[0])
		}
	}
}

// TestOlistAsOf asks the past: what came later is not there yet, and nothing is lost from the count.
func TestOlistAsOf(t *testing.T) {
	dir := olistDir(t)
	var out, errs bytes.Buffer
	if code := run([]string{"-json", "-olist", dir, "-as-of", "2018-03-31"}, &out, &errs, false); code != 0 {
		t.Fatal(errs.String())
	}
	var got struct {
		AsOf       string `json:"as_of"`
		Leads, Won int64
		Conservation
		Standing []Standing
	}
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	wonBy := map[string]bool{}
	for _, d := range rowsOf(t, dir, olistDeals) {
		wonBy[d["mql_id"]] = d["won_date"] < "2018-04-01"
	}
	var leads, won int64
	for _, l := range rowsOf(t, dir, olistLeads) {
		if l["first_contact_date"] < "2018-04-01" {
			leads++
			if wonBy[l["mql_id"]] {
				won++
			}
		}
	}
	if got.AsOf != "2018-03-31" || got.Leads != leads || got.Won != won || got.Standing[0].Leads != leads-won {
		t.Errorf("%+v, want %d leads and %d won", got, leads, won)
	}
	errs.Reset()
	if code := run([]string{"-olist", dir, "-as-of", "2017-01-01"}, &out, &errs, false); code != 1 || !strings.Contains(errs.String(), "give -as-of a date from 2017-06-14") {
		t.Errorf("code %d: %s", code, errs.String())
	}
}

const (
	goodLeads = "mql_id,first_contact_date,landing_page_id,origin\na,2018-01-01,p,email\nb,2018-01-02,p,\n"
	goodDeals = "mql_id,seller_id,sdr_id,sr_id,won_date,declared_monthly_revenue\na,s,x,y,2018-02-01 10:00:00,0.0\n"
)

func writeOlist(t *testing.T, leads, deals string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{olistLeads: leads, olistDeals: deals} {
		if text == "(none)" {
			continue
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestBadInput shows each mistake with its file, its line and what to do, and a non-zero exit.
func TestBadInput(t *testing.T) {
	l, d := olistLeads, olistDeals
	for _, test := range []struct {
		name, leads, deals string
		want               []string // of the error, each as a part of a line of its own
	}{
		{"missing column", strings.Replace(goodLeads, "origin", "source", 1), goodDeals,
			[]string{l + `:1: missing column "origin", add it; the columns found are mql_id, first_contact_date, landing_page_id, source`}},
		{"two missing columns", goodLeads, "mql_id,sdr_id,won_date\n",
			[]string{d + `:1: missing column "sr_id"`, d + `:1: missing column "declared_monthly_revenue"`}},
		{"column twice", "mql_id,origin,first_contact_date,landing_page_id,origin\na,email,2018-01-01,p,email\n", goodDeals,
			[]string{l + `:1: column "origin" appears twice, keep one of the two`}},
		{"bad date", strings.Replace(goodLeads, "2018-01-02", "2018-02-30", 1), goodDeals,
			[]string{l + `:3: first_contact_date is not a date: "2018-02-30", write it as 2006-01-02`}},
		{"bad time", goodLeads, strings.Replace(goodDeals, "2018-02-01 10:00:00", "2018-02-01", 1),
			[]string{d + `:2: won_date is not a date: "2018-02-01", write it as 2006-01-02 15:04:05`}},
		{"unknown lead", goodLeads, goodDeals + "c,s,x,y,2018-02-01 10:00:00,\n",
			[]string{d + `:3: unknown lead "c", add the lead to ` + l}},
		{"negative amount", goodLeads, strings.Replace(goodDeals, "0.0", "-5.00", 1),
			[]string{d + `:2: declared_monthly_revenue is negative: -5.00, correct the amount`}},
		{"no amount", goodLeads, strings.Replace(goodDeals, "0.0", "1e3", 1),
			[]string{d + `:2: declared_monthly_revenue is not an amount: "1e3", write an amount such as 1200 or 1200.50`}},
		{"too exact an amount", goodLeads, strings.Replace(goodDeals, "0.0", "1.005", 1),
			[]string{d + `:2: declared_monthly_revenue is not an amount: "1.005"`}},
		{"duplicate lead", goodLeads + "a,2018-01-03,p,email\n", goodDeals,
			[]string{l + ":4: lead a is there already at line 2, remove one of the two rows"}},
		{"duplicate deal", goodLeads, goodDeals + "a,s,x,y,2018-02-02 10:00:00,\n",
			[]string{d + ":3: lead a has a deal already at line 2, remove one of the two rows"}},
		{"no id", goodLeads + ",2018-01-03,p,email\n", goodDeals + ",s,x,y,2018-02-02 10:00:00,\n",
			[]string{l + ":4: mql_id is empty, give every lead its id"}},
		{"deal without an id", goodLeads, goodDeals + ",s,x,y,2018-02-02 10:00:00,\n", []string{d + `:3: unknown lead ""`}},
		{"cut off in a row", goodLeads + "c,2018-0", goodDeals,
			[]string{l + ":4: the row has 2 fields, the header has 4, complete the row; the file may have been cut off here"}},
		{"comma without quotes", goodLeads + "c,2018-01-03,p,e,mail\n", goodDeals,
			[]string{l + ":4: the row has 5 fields, the header has 4, quote the field that contains a comma"}},
		{"open quote", goodLeads + "c,2018-01-03,\"p,email\nd,2018-01-03,p,email\n", goodDeals,
			[]string{l + ":4: a quoted field is never closed", "close the quote or double it; nothing after this line could be read"}},
		{"bare quote", goodLeads + "c,2018-01-03,p\"q,email\n", goodDeals,
			[]string{l + ":4: a quote stands inside an unquoted field (column 15)"}},
		{"no leads file", "(none)", goodDeals, []string{l + ": cannot be read (", "give -olist the folder that holds the two Olist files"}},
		{"no deals file", goodLeads, "(none)", []string{d + ": cannot be read ("}},
		{"empty file", "", goodDeals, []string{l + ":1: the file is empty, the first line must name the columns mql_id"}},
		{"only a header", "mql_id,first_contact_date,landing_page_id,origin\n", "mql_id,sdr_id,sr_id,won_date,declared_monthly_revenue\n",
			[]string{l + ": no leads in the file"}},
		{"several at once, in both files", strings.Replace(goodLeads, "2018-01-02", "soon", 1) + "a,x\n",
			strings.Replace(goodDeals, "0.0", "-1", 1),
			[]string{l + ":3: first_contact_date", l + ":4: the row has 2 fields", d + ":2: declared_monthly_revenue is negative"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var out, errs bytes.Buffer
			code := run([]string{"-olist", writeOlist(t, test.leads, test.deals)}, &out, &errs, false)
			if code != 1 || out.Len() != 0 {
				t.Errorf("exit code %d, %d bytes on standard output", code, out.Len())
			}
			for _, want := range test.want {
				if !strings.Contains(errs.String(), want) {
					t.Errorf("the error does not say %q:\n%s", want, errs.String())
				}
			}
		})
	}
}

// TestManyProblems shows the cap: the rest is counted.
func TestManyProblems(t *testing.T) {
	leads := strings.Builder{}
	leads.WriteString(goodLeads)
	for range problemLimit + 7 {
		leads.WriteString("a,2018-01-03,p,email\n")
	}
	var out, errs bytes.Buffer
	if code := run([]string{"-olist", writeOlist(t, leads.String(), goodDeals)}, &out, &errs, false); code != 1 {
		t.Fatal(code)
	}
	lines := strings.Split(strings.TrimSpace(errs.String()), "\n")
	if len(lines) != problemLimit+1 || lines[problemLimit] != "and 7 more problems like these, mend the listed ones first" {
		t.Errorf("%d lines, the last is %q", len(lines), lines[len(lines)-1])
	}
}

// TestOddInput is data that reads well and yet is odd: it is reported, and nothing of it is dropped.
func TestOddInput(t *testing.T) {
	leads := "\ufeffmql_id,extra,first_contact_date,landing_page_id,origin\na,\"1,2\",2018-03-01,p,\nb,,2018-03-02,p,email\nc,,2018-03-03,p,unknown"
	deals := "mql_id,sdr_id,sr_id,won_date,declared_monthly_revenue\na,x,y,2018-02-01 10:00:00,12.50\nc,x,,2018-03-03 08:00:00,\n"
	report, err := olistReport(writeOlist(t, leads, deals), time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	if report.Leads != 3 || report.Won != 2 || report.TimeToWin.Converted != 1 || *report.TimeToWin.Median.Time != 8*hour || !report.Conservation.Holds {
		t.Errorf("%+v", report)
	}
	var got []string
	for _, p := range report.Problems {
		got = append(got, p.Where+" "+p.What)
	}
	all := strings.Join(got, "\n")
	for _, want := range []string{
		olistLeads + ":4 the last line has no line end", olistDeals + ":2 the deal was won on 2018-02-01, before the lead's first contact on 2018-03-01",
		"the origin is empty", "a deal names no sales person",
	} {
		if !strings.Contains(all, want) {
			t.Errorf("%q is not reported:\n%s", want, all)
		}
	}
	text := report.text()
	for _, want := range []string{"(empty)", "unknown", "revenue undefined", "7,158"} {
		if strings.Contains(text, want) != (want != "7,158") {
			t.Errorf("text and %q:\n%s", want, text)
		}
	}
}

// TestManyOddities: the first ones are listed with their place, the rest is counted.
func TestManyOddities(t *testing.T) {
	var leads, deals strings.Builder
	leads.WriteString("mql_id,first_contact_date,landing_page_id,origin\n")
	deals.WriteString("mql_id,sdr_id,sr_id,won_date,declared_monthly_revenue\n")
	for i := range 25 {
		id := string(rune('a' + i))
		leads.WriteString(id + ",2018-03-01,p,email\n")
		deals.WriteString(id + ",x,y,2018-02-01 10:00:00,\n")
	}
	report, err := olistReport(writeOlist(t, leads.String(), deals.String()), time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	var sum int64
	for _, p := range report.Problems {
		sum += p.Count
	}
	if len(report.Problems) != 21 || sum != 25 || report.Won != 25 || report.TimeToWin.Spells != 0 || report.TimeToWin.Median.Time != nil {
		t.Errorf("%d problems, %d in all, %d won: %+v", len(report.Problems), sum, report.Won, report.Problems)
	}
}

// TestScoringSeesTheFirstContactAlone: two data sets that differ only in what happens after the first contact give the
// same scores.
func TestScoringSeesTheFirstContactAlone(t *testing.T) {
	scores := func(deals string) string {
		data, err := readOlist(writeOlist(t, goodLeads, deals))
		if err != nil {
			t.Fatal(err)
		}
		r, err := runOlist(data, time.Date(2019, 1, 1, 0, 0, 0, 0, time.UTC))
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(r.scores)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	none := "mql_id,seller_id,sdr_id,sr_id,won_date,declared_monthly_revenue\n"
	if a, b := scores(goodDeals), scores(none); a != b {
		t.Errorf("the deals leak into the scores:\n%s\n%s", a, b)
	}
}
