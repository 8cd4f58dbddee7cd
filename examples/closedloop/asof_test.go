package main

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

// closedIn sums what the report judges: the leads that are closed, and those of them that were won.
func closedIn(r *Report) (sum Rate) {
	for _, g := range r.Grades {
		sum.Count += g.Won.Count
		sum.Of += g.Won.Of
	}
	return sum
}

const (
	asOfLeads = "mql_id,first_contact_date,landing_page_id,origin\na,2018-01-01,p,email\nb,2018-01-02,p,email\n" +
		"c,2018-03-01,p,email\nd,2018-03-02,p,email\ne,2018-09-01,p,email\n"
	asOfDeals = "mql_id,sdr_id,sr_id,won_date,declared_monthly_revenue\na,x,y,2018-01-01 10:00:00,\nc,x,y,2018-03-05 10:00:00,\n"
)

// TestEvidenceIsOfTheSameAge: a lead that was won quickly is judged when its 90 days are over and no sooner. Else the
// young winners would count, the young others would not, and nearly everybody would seem to win.
func TestEvidenceIsOfTheSameAge(t *testing.T) {
	dir := writeOlist(t, asOfLeads, asOfDeals)
	for _, test := range []struct {
		asOf string
		want Rate
	}{
		{"2018-03-31", Rate{0, 0}}, {"2018-04-01", Rate{1, 1}}, {"2018-04-02", Rate{1, 2}}, {"2018-05-30", Rate{2, 3}}, {"2018-06-01", Rate{2, 4}},
	} {
		day, err := time.Parse(time.DateOnly, test.asOf)
		if err != nil {
			t.Fatal(err)
		}
		report, err := olistReport(dir, day.Add(24*time.Hour-time.Second))
		if err != nil {
			t.Fatal(err)
		}
		if got := closedIn(report); got != test.want {
			t.Errorf("as of %s: %d of %d, want %d of %d", test.asOf, got.Count, got.Of, test.want.Count, test.want.Of)
		}
		for _, rule := range report.Rules {
			if rule.Rule == "source/email" && rule.Win.Precision != test.want {
				t.Errorf("as of %s: the rule has %v, want %v", test.asOf, rule.Win.Precision, test.want)
			}
		}
	}
}

// TestNoDealOnRecord: where no deal is on record, nobody knows whether deals were recorded at all. Nothing is judged.
func TestNoDealOnRecord(t *testing.T) {
	dir := writeOlist(t, asOfLeads, "mql_id,sdr_id,sr_id,won_date,declared_monthly_revenue\n")
	report, err := olistReport(dir, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	if got := closedIn(report); got != (Rate{}) {
		t.Errorf("%d leads are judged without a deal on record", got.Of)
	}
}

// TestAsOfAfterTheData: of what came after the latest date in the data nothing is known. It is said, and no lead grows old
// in that time.
func TestAsOfAfterTheData(t *testing.T) {
	report, err := olistReport(writeOlist(t, asOfLeads, asOfDeals), time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	if got := closedIn(report); got != (Rate{2, 4}) {
		t.Errorf("%d of %d are judged, want 2 of 4", got.Count, got.Of)
	}
	said := false
	for _, p := range report.Problems {
		said = said || strings.Contains(p.What, "the as-of date is after the latest date in the data (2018-09-01)")
	}
	if !said {
		t.Errorf("the report does not say that the data ends before: %+v", report.Problems)
	}
}

// TestProblemsAsOf: what is odd about leads and deals after the date is not there yet either.
func TestProblemsAsOf(t *testing.T) {
	leads := "mql_id,first_contact_date,landing_page_id,origin\na,2018-01-01,p,email\nb,2018-06-01,p,email\n"
	deals := "mql_id,sdr_id,sr_id,won_date,declared_monthly_revenue\nb,x,y,2018-02-01 10:00:00,\na,,y,2018-05-01 10:00:00,7.00\n"
	dir := writeOlist(t, leads, deals)
	early, err := olistReport(dir, time.Date(2018, 3, 1, 0, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range early.Problems {
		for _, later := range []string{"before the lead's first contact", "names no sales person", "declared"} {
			if strings.Contains(p.What, later) {
				t.Errorf("reported before it is known: %+v", p)
			}
		}
	}
	late, err := olistReport(dir, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	if text := late.text(); !strings.Contains(text, "before the lead's first contact") || !strings.Contains(text, "names no sales person") || !strings.Contains(text, "declared") {
		t.Errorf("not reported when it is known:\n%s", text)
	}
}

// TestUnprintable: bytes that no one can see, or that are no text, would put two origins into one or write to the terminal.
func TestUnprintable(t *testing.T) {
	for _, test := range []struct{ name, field, want string }{
		{"NUL", "em\x00ail", `origin holds what is no printable text: "em\x00ail", remove U+0000 from the field`},
		{"new line", "\"em\nail\"", `origin holds what is no printable text: "em\nail", remove U+000A from the field`},
		{"escape", "\x1b[31mred", `origin holds what is no printable text: "\x1b[31mred", remove U+001B from the field`},
		{"not UTF-8", "caf\xe9", `origin is not UTF-8 text: "caf\xe9", save the file as UTF-8`},
	} {
		var out, errs bytes.Buffer
		code := run([]string{"-olist", writeOlist(t, goodLeads+"c,2018-01-03,p,"+test.field+"\n", goodDeals)}, &out, &errs, false)
		if want := olistLeads + ":4: " + test.want; code != 1 || !strings.Contains(errs.String(), want) {
			t.Errorf("%s: exit code %d, %q, want %q", test.name, code, errs.String(), want)
		}
	}
	var out, errs bytes.Buffer
	if code := run([]string{"-olist", writeOlist(t, "\xff\xfem\x00q\x00l\x00\n", goodDeals)}, &out, &errs, false); code != 1 || errs.String() != olistLeads+":1: the file is UTF-16 text, save it as UTF-8\n" {
		t.Errorf("exit code %d: %q", code, errs.String())
	}
	if code := run([]string{"-olist", writeOlist(t, goodLeads+"Zoë,2018-01-03,página,orgânico\n", goodDeals)}, &out, &errs, false); code != 0 {
		t.Errorf("letters of other languages are refused: %s", errs.String())
	}
}

// TestLongField: a message shows enough of a field to find it, and not a megabyte.
func TestLongField(t *testing.T) {
	long := strings.Repeat("9", 100_000)
	var out, errs bytes.Buffer
	leads := goodLeads + "c," + long + ",p,email\n" + long + ",2018-01-01,p,email\n" + long + ",2018-01-01,p,email\n"
	code := run([]string{"-olist", writeOlist(t, leads, goodDeals+long+"0,s,x,y,2018-01-01 10:00:00,"+long+"\na,s,x,y,2018-01-01 10:00:00,-"+long+"\n")}, &out, &errs, false)
	if lines := strings.Count(errs.String(), "\n"); code != 1 || errs.Len() > 2000 || lines != 6 {
		t.Errorf("exit code %d, %d bytes in %d lines: %.2000s", code, errs.Len(), lines, errs.String())
	}
}

// TestDatesOutOfReach: a year that was typed wrong would give spans that no number of seconds holds.
func TestDatesOutOfReach(t *testing.T) {
	for _, year := range []string{"0001", "0018", "1900", "2108"} {
		var out, errs bytes.Buffer
		code := run([]string{"-olist", writeOlist(t, strings.Replace(goodLeads, "2018-01-01", year+"-01-01", 1), goodDeals)}, &out, &errs, false)
		if want := olistLeads + ":2: first_contact_date is out of range: \"" + year + "-01-01\", give a date from 2000 to 2049"; code != 1 || !strings.Contains(errs.String(), want) {
			t.Errorf("%s: exit code %d, %q", year, code, errs.String())
		}
	}
}

// TestUnknownLeadAmongOtherMistakes: mistakes in the leads hide no unknown lead, as long as each lead's id can be read.
func TestUnknownLeadAmongOtherMistakes(t *testing.T) {
	var out, errs bytes.Buffer
	deals := goodDeals + "zz,s,x,y,2018-02-01 10:00:00,\n"
	run([]string{"-olist", writeOlist(t, strings.Replace(goodLeads, "2018-01-02", "soon", 1), deals)}, &out, &errs, false)
	if !strings.Contains(errs.String(), olistDeals+`:3: unknown lead "zz"`) {
		t.Errorf("the unknown lead is not listed:\n%s", errs.String())
	}
	errs.Reset()
	run([]string{"-olist", writeOlist(t, goodLeads+"zz,2018-0\n", deals)}, &out, &errs, false)
	if strings.Contains(errs.String(), "unknown lead") {
		t.Errorf("a lead whose row is broken is said to be unknown:\n%s", errs.String())
	}
}
