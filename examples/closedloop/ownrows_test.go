package main

import (
	"bytes"
	"strings"
	"testing"
)

// TestSkippedDuplicates: of rows that say the same one counts, of rows that differ none does, in whatever order they stand.
func TestSkippedDuplicates(t *testing.T) {
	clean := placeless(reportOf(t, "-json", "-data", writeOwn(t, ownLeads, ownActivities, ownDeals)))
	same := []string{"c,2025-03-01 09:00,,web,,,,,,,", "c,2025-03-01 09:00,,web,,,,,,,"}
	differ := []string{"c,2025-03-01 09:00,,web,,,,,,,", "c,2025-03-02,,email,,,,,,,", "c,2025-03-02,,email,,,,,,,"}
	bad := []string{"c,2025-03-01 09:00,,web,,,,,,,", "c,soon,,email,,,,,,,"}
	sold := []string{"e,b,2025-01-06,2025-02-01,won,100,p,", "e,b,2025-01-06,2025-02-01,won,900,p,"}
	for _, test := range []struct {
		name        string
		leads, sold []string
		added       string // what counts all the same, of the leads
		want        map[string]int64
	}{
		{"the same", same, nil, same[0], map[string]int64{"row skipped: the lead is there already": 1}},
		{"they differ", differ, nil, "", map[string]int64{"row skipped: the lead is there in rows that differ": 3}},
		{"one of them is wrong", bad, nil, "", map[string]int64{"row skipped: the lead is there in rows that differ": 1, "row skipped: created is not a time": 1}},
		{"deals", nil, sold, "", map[string]int64{"row skipped: the deal is there in rows that differ": 2}},
		{"the same deals", nil, []string{"d,a,2025-01-05,2025-02-01,won,100,p,"}, "", map[string]int64{"row skipped: the deal is there already": 1}},
	} {
		want := clean
		if test.added != "" {
			want = placeless(reportOf(t, "-json", "-data", writeOwn(t, ownLeads+test.added+"\n", ownActivities, ownDeals)))
		}
		for turn := range max(len(test.leads), len(test.sold)) {
			turned := func(head string, rows []string) string {
				text, body, _ := strings.Cut(head, "\n")
				list := append(strings.Split(strings.TrimSuffix(body, "\n"), "\n"), rows...)
				turn := turn % len(list)
				return text + "\n" + strings.Join(append(list[turn:], list[:turn]...), "\n") + "\n"
			}
			dir := writeOwn(t, turned(ownLeads, test.leads), ownActivities, turned(ownDeals, test.sold))
			r, err := ownReport(ownOptions{dir: dir, lenient: true})
			if err != nil {
				t.Fatal(err)
			}
			found := problemsOf(r)
			for what, count := range found {
				if strings.HasPrefix(what, "row skipped") && test.want[what] != count {
					t.Errorf("%s, turned %d: %d times %s, want %d", test.name, turn, count, what, test.want[what])
				}
			}
			kept := r.Problems[:0]
			for _, p := range r.Problems {
				if !strings.HasPrefix(p.What, "row skipped") {
					kept = append(kept, p)
				}
			}
			r.Problems = kept
			data, err := indent(r)
			if err != nil {
				t.Fatal(err)
			}
			if got := placeless(data); got != want {
				t.Errorf("%s, turned %d: %s", test.name, turn, firstDifference(got, want))
			}
			var out, errs bytes.Buffer
			if code := run([]string{"-data", dir}, &out, &errs, false); code != 1 || !strings.Contains(errs.String(), " is there already at line ") {
				t.Errorf("%s: exit code %d: %s", test.name, code, errs.String())
			}
		}
	}
}

// TestAllSkipped: where no lead is left, the error says what was wrong with them.
func TestAllSkipped(t *testing.T) {
	var out, errs bytes.Buffer
	dir := writeOwn(t, "lead_id,created\n,2025-01-01\nb,\nc,\n", "lead_id,at,kind\n", "deal_id,lead_id,outcome\n")
	want := "leads.csv: no lead is left, all rows were skipped, correct them:\nleads.csv:2: lead_id is empty, the first of 1 skipped for it\n" +
		"leads.csv:3: created is empty, the first of 2 skipped for it\n"
	if code := run([]string{"-lenient", "-data", dir}, &out, &errs, false); code != 1 || errs.String() != want {
		t.Errorf("exit code %d: %s\nwant %s", code, errs.String(), want)
	}
}

// TestHeadcounts: every way to write a number of employees, and what is refused as it may mean something else.
func TestHeadcounts(t *testing.T) {
	for text, want := range map[string]int{
		"250": 250, "0": 0, "007": 7, "1,200": 1200, "1.200": 1200, "1 200": 1200, "1\u00a0200": 1200, "1\u202f200": 1200, "1'200": 1200, "1’200": 1200,
		"1,234,567": 1234567, "1000.0": 1000, "1000.00": 1000, "1000,0": 1000, "1,200.0": 1200, "1.200,00": 1200, "10,0": 10, " 12 ": 12,
		"1,5": -1, "1,2,3": -1, ".0": -1, ",0": -1, "10-50": -1, "-5": -1, "+5": -1, "1.5": -1, "12,34": -1, "1,200,0": -1, "1,200,00": -1, "1,200.5": -1, "1,200 300": -1,
		"1.200,300": -1, "1000,200": -1, "1e3": -1, "٣": -1, "2147483648": -1, "99999999999999999999": -1, "1,": -1, ",200": -1, "200+": -1, "1  200": -1,
	} {
		d := newOwnData(&mapping{})
		table := newTable("leads.csv", strings.NewReader("lead_id,employees\na,\""+text+"\"\n"), tableKind{required: []string{"lead_id", "employees"}, mapping: d.mapping, names: &d.mapping.Leads}, &d.wrong)
		if !table.next() {
			t.Fatal(text)
		}
		got, _ := d.employees(table)
		if refused := d.wrong.count() > 0; refused != (want < 0) || !refused && got != want {
			t.Errorf("%q: %d, %v, want %d", text, got, d.wrong.list, want)
		}
	}
}

// TestOtherEncodings: a file that is no UTF-8 is said to be none, once, and letters that nobody sees are named.
func TestOtherEncodings(t *testing.T) {
	for name, test := range map[string]struct{ leads, want string }{
		"UTF-16":            {"\xff\xfel\x00e\x00a\x00d\x00\n\x00", "leads.csv:1: the file is UTF-16 text, save it as UTF-8\n"},
		"UTF-16 the other":  {"\xfe\xff\x00l\x00e\x00a\x00d\x00\n", "leads.csv:1: the file is UTF-16 text, save it as UTF-8\n"},
		"zero width":        {ownLeads + "c,2025-01-01,,e\u200bmail,,,,,,,\n", "leads.csv:4: channel holds what is no printable text: \"e\\u200bmail\", remove U+200B from the field\n"},
		"Windows-1252":      {ownLeads + "c,2025-01-01,,caf\xe9,,,,,,,\n", "leads.csv:4: channel is not UTF-8 text: \"caf\\xe9\", save the file as UTF-8\n"},
		"blanks of an CRM":  {ownLeads + "c,2025-01-01,Muster\u00a0GmbH,web\t,,,,,,,\n", ""},
		"a line in a field": {ownLeads + "c,2025-01-01,\"Muster\r\nGmbH\",web,,,,,,,\n", ""},
	} {
		var out, errs bytes.Buffer
		if code := run([]string{"-data", writeOwn(t, test.leads, ownActivities, ownDeals)}, &out, &errs, false); code != when(test.want != "", 1) || errs.String() != test.want {
			t.Errorf("%s: exit code %d: %s", name, code, errs.String())
		}
	}
	leads := "lead_id,created,account_id,channel\na,2025-01-01,Muster GmbH,paid search\nb,2025-01-01,Muster\u00a0GmbH,paid\tsearch\n"
	r, err := ownReport(ownOptions{dir: writeOwn(t, leads, "lead_id,at,kind\n", "deal_id,lead_id,outcome\n")})
	if err != nil || r.Accounts != 1 || len(r.Channels) != 1 {
		t.Errorf("%v: %d accounts, %+v, want one of each", err, r.Accounts, r.Channels)
	}
}

// TestOddSteps: steps that do not fit the funnel are named as people know them, with how many and the first lead, and what they
// count for.
func TestOddSteps(t *testing.T) {
	leads := "lead_id,created,mql_at,sql_at\nz,2025-01-01,2025-01-02,2025-01-03\nb,2025-01-01,2025-01-02,2025-01-03\nc,2025-01-01,,\n"
	deals := "deal_id,lead_id,opened,closed,outcome,amount,person\n1,c,2025-01-05,2025-01-10,won,1,p\n2,c,2025-01-06,2025-01-11,won,1,p\n"
	text := string(reportOf(t, "-data", writeOwn(t, leads, "lead_id,at,kind,stage\nc,2025-01-01,,inquiry\n", deals)))
	for _, want := range []string{
		"2  a step that passes over stages: MQL to SQL (lead b): the stages between count as reached; no time in them is known",
		"1  a step that passes over stages: inquiry to opportunity (lead c): ",
		"1  a step that the funnel does not have: opportunity to opportunity (lead c): counted as it happened",
		"1  a step that the funnel does not have: won to won (lead c): counted as it happened",
		"1  a step to where the lead stands already (lead c): left out",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the report does not say %q:\n%s", want, text[strings.Index(text, "DATA PROBLEMS"):])
		}
	}
	if strings.Contains(text, "log of the funnel") || strings.Contains(text, "funnel/flow") {
		t.Errorf("the report speaks of the program:\n%s", text)
	}
}

// TestTouchBesideEvent: what a lead did, and what sales did, are rows of their own; else the touch and its cost were lost.
func TestTouchBesideEvent(t *testing.T) {
	for _, cells := range []string{"call,,,", ",phone,,", ",,spring,", ",,,50"} {
		for _, step := range []string{"attempted,", ",mql"} {
			dir := writeOwn(t, "lead_id,created\na,2025-01-01\n", "lead_id,at,kind,channel,campaign,cost,event,stage\na,2025-01-02,"+cells+","+step+"\n", "deal_id,lead_id,outcome\n")
			if _, err := ownReport(ownOptions{dir: dir}); err == nil || !strings.Contains(err.Error(), "activities.csv:2: the row is both a touch and an event or stage, write what the lead did") {
				t.Errorf("%s,%s: %v", cells, step, err)
			}
		}
	}
}
