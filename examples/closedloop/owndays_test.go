package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestDaysOfTheZone: dates, months and the as-of date are days of the mapping's zone, wherever that is.
func TestDaysOfTheZone(t *testing.T) {
	for _, zone := range []string{"UTC", "Europe/Berlin", "America/New_York", "Pacific/Auckland", "Asia/Kolkata"} {
		leads := "lead_id,created,mql_at\n" +
			"a,2025-02-28 23:30,2025-02-28\n" + // an MQL on the day that it came in
			"b,2025-03-01 00:30,2025-03-02\n" +
			"c,2025-03-31 23:59:59,\n" +
			"d,2025-04-01 00:00:00,\n"
		dir := writeOwn(t, leads, "lead_id,at,kind\n", "deal_id,lead_id,opened,closed,outcome,amount\nD,b,2025-03-10 00:30,2025-03-10,won,5\n")
		writeFile(t, dir, mappingFile, `{"time_zone": "`+zone+`"}`)
		r, err := ownReport(ownOptions{dir: dir, day: time.Date(2025, 3, 31, 0, 0, 0, 0, time.UTC)})
		if err != nil {
			t.Fatal(err)
		}
		if r.From != "2025-02-28" || r.AsOf != "2025-03-31" || r.Leads != 3 || r.Won != 1 {
			t.Errorf("%s: %d leads from %s to %s, %d won, want 3 from 2025-02-28 to 2025-03-31, 1 won", zone, r.Leads, r.From, r.AsOf, r.Won)
		}
		if len(r.Cohorts) != 2 || r.Cohorts[0].Month != "2025-02" || r.Cohorts[0].Leads != 1 || r.Cohorts[1].Leads != 2 {
			t.Errorf("%s: %+v", zone, r.Cohorts)
		}
		found := problemsOf(r)
		if found["the lead came in after the as-of date"] != 1 || found["the lead entered a stage before it came in"] != 0 || found["the deal was closed before it was opened"] != 0 {
			t.Errorf("%s: %+v", zone, r.Problems)
		}
		if r, err = ownReport(ownOptions{dir: dir}); err != nil || r.AsOf != "2025-04-01" || r.Leads != 4 {
			t.Errorf("%s: %v, %d leads as of %s, want 4 as of 2025-04-01", zone, err, r.Leads, r.AsOf)
		}
	}
}

// TestDayBegins: a day begins at midnight, and where there is none, when the clocks have been put forward.
func TestDayBegins(t *testing.T) {
	for _, test := range []struct{ zone, day, begins, ends string }{
		{"UTC", "2025-03-31", "2025-03-31T00:00:00Z", "2025-03-31T23:59:59Z"},
		{"Europe/Berlin", "2025-03-30", "2025-03-29T23:00:00Z", "2025-03-30T21:59:59Z"},
		{"Europe/Berlin", "2025-12-31", "2025-12-30T23:00:00Z", "2025-12-31T22:59:59Z"},
		{"America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00Z", "2018-11-05T01:59:59Z"},
		{"Africa/Cairo", "2025-04-25", "2025-04-24T22:00:00Z", "2025-04-25T20:59:59Z"},
	} {
		m := mapping{TimeZone: test.zone}
		if err := m.check(); err != nil {
			t.Fatal(err)
		}
		day, err := time.Parse(time.DateOnly, test.day)
		if err != nil {
			t.Fatal(err)
		}
		begins, ends := m.begins(day.Date()), m.ends(day.Date())
		if b, e := begins.Format(time.RFC3339), ends.Format(time.RFC3339); b != test.begins || e != test.ends {
			t.Errorf("%s in %s is from %s to %s, want %s to %s", test.day, test.zone, b, e, test.begins, test.ends)
		}
		if written, ok := m.instant(test.day); !ok || !written.Equal(begins) || !m.isDate(written) || m.isDate(ends) || !m.sameDay(begins, ends) || m.dateOf(ends) != test.day {
			t.Errorf("%s in %s is read as %s", test.day, test.zone, written)
		}
	}
}

// TestTimesBackwards: a date without a time of day is put where it may have been; times of day that run backwards are counted,
// and nothing is moved.
func TestTimesBackwards(t *testing.T) {
	const stages, deal, early = "a stage is dated before the one that comes before it", "the deal was closed before it was opened", "the lead entered a stage before it came in"
	for _, test := range []struct {
		lead, deal string // created to sql_at, opened and closed
		want       string // the problem, "" for none
	}{
		{"2025-01-01 08:00,2025-01-02 15:00,2025-01-02 09:00,", "", stages},
		{"2025-01-01 08:00,2025-01-02 15:00,2025-01-02,", "", ""},
		{"2025-01-01 08:00,2025-01-02 15:00,2025-01-02 00:00:00,2025-01-02", "", ""},
		{"2025-01-01 08:00,2025-01-02,2025-01-02 09:00,2025-01-02", "", ""},
		{"2025-01-01 08:00,2025-01-05,2025-01-04,", "", stages},
		{"2025-01-01 08:00,,2025-01-05 09:00,2025-01-05 08:59", "", stages},
		{"2025-01-01 08:00,2025-01-01,,", "", ""},
		{"2025-01-01 08:00,2025-01-01 07:59,,", "", early},
		{"2025-01-01 08:00,2025-01-01,2025-01-01 07:00,", "", early},
		{"2025-01-01 08:00,2024-12-31,,", "", early},
		{"2025-01-01,2025-01-01,2025-01-01,2025-01-01", "2025-01-01,2025-01-01", ""},
		{"2025-01-01 08:00,,,", "2025-01-03 15:00,2025-01-03 09:00", deal},
		{"2025-01-01 08:00,,,", "2025-01-03 15:00,2025-01-03", ""},
		{"2025-01-01 08:00,,,", "2025-01-03 15:00,2025-01-02", deal},
	} {
		deals := "deal_id,lead_id,opened,closed,outcome,amount,person\n"
		if test.deal != "" {
			deals += "D,a," + test.deal + ",won,5,p\n"
		}
		r, err := ownReport(ownOptions{dir: writeOwn(t, "lead_id,created,mql_at,sal_at,sql_at\na,"+test.lead+"\n", "lead_id,at,kind\n", deals)})
		if err != nil {
			t.Fatal(err)
		}
		found := problemsOf(r)
		for _, what := range []string{stages, deal, early} {
			if found[what] != int64(when(what == test.want, 1)) {
				t.Errorf("%s %s: %d times %s: %+v", test.lead, test.deal, found[what], what, r.Problems)
			}
		}
		back := false // a step back, or over a stage, that is there only if something is out of order
		for what := range found {
			back = back || strings.Contains(what, "SAL to MQL") || strings.Contains(what, "SQL to SAL")
		}
		if back != (test.want == stages) {
			t.Errorf("%s: %+v", test.lead, r.Problems)
		}
	}
}

// TestQuartersOfTheZone: quarters of what marketing owes end with months of the mapping's zone.
func TestQuartersOfTheZone(t *testing.T) {
	dir := writeOwn(t, "lead_id,created\na,2025-01-01\n", "lead_id,at,kind,channel\na,2026-01-01 12:00,visit,web\n", "deal_id,lead_id,outcome\n")
	text, err := os.ReadFile("agreement.json")
	if err != nil {
		t.Fatal(err)
	}
	agreement := strings.Replace(string(text), `"marketing": {"from": "2025-01-01T00:00:00Z", "to": "2026-01-01T00:00:00Z"`, `"marketing": {"from": "2024-12-31T23:00:00Z", "to": "2025-12-31T23:00:00Z"`, 1)
	for name, text := range map[string]string{"agreement.json": agreement, "mapping.json": `{"time_zone": "Europe/Berlin"}`} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	r, err := ownReport(ownOptions{dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	var ends []string
	for _, d := range r.Delivery {
		ends = append(ends, d.By)
	}
	if want := []string{"2025-03-31", "2025-06-30", "2025-09-30", "2025-12-31"}; !slices.Equal(ends, want) {
		t.Errorf("quarters end on %v, want %v", ends, want)
	}
}
