package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

// TestShippedMappings reads exports as HubSpot and Salesforce write them, and compares with figures that were counted by hand.
func TestShippedMappings(t *testing.T) {
	type figures struct {
		Leads, Accounts, Activities, MQL, Won int64
		Revenue                               int64            `json:"revenue_cents"`
		AsOf                                  string           `json:"as_of"`
		Channels                              []map[string]any `json:"channels"`
	}
	for _, test := range []struct {
		name     string
		want     figures
		channels map[string]float64 // leads
		stages   map[string]int64
	}{
		{"hubspot", figures{Leads: 6, Accounts: 5, Activities: 5, MQL: 4, Won: 1, Revenue: 1_200_000, AsOf: "2025-03-20"},
			map[string]float64{"paid search": 2, "email": 1, "offline": 2, "organic search": 1, "direct": 0},
			map[string]int64{"won": 1, "lost": 1, "opportunity": 1, "mql": 1, "inquiry": 2}},
		{"salesforce", figures{Leads: 4, Accounts: 3, Activities: 3, MQL: 3, Won: 1, Revenue: 1_200_000, AsOf: "2025-03-03"},
			map[string]float64{"web": 1, "referral": 1, "other": 1, "phone inquiry": 1, "paid search": 0, "webinar": 0},
			map[string]int64{"won": 1, "lost": 1, "mql": 1, "inquiry": 1}},
	} {
		report := reportOf(t, "-json", "-data", filepath.Join("testdata", test.name), "-mapping", test.name)
		var got figures
		if err := json.Unmarshal(report, &got); err != nil {
			t.Fatal(err)
		}
		channels := map[string]float64{}
		for _, c := range got.Channels {
			channels[c["channel"].(string)] = c["leads"].(float64)
		}
		stages := map[string]int64{}
		for _, s := range figuresOf(t, report)["standing"].([]any) {
			if n := s.(map[string]any)["leads"].(float64); n > 0 {
				stages[s.(map[string]any)["stage"].(string)] = int64(n)
			}
		}
		got.Channels = nil
		if !reflect.DeepEqual(got, test.want) || !reflect.DeepEqual(channels, test.channels) || !reflect.DeepEqual(stages, test.stages) {
			t.Errorf("%s: %+v, %v, %v\nwant %+v, %v, %v", test.name, got, channels, stages, test.want, test.channels, test.stages)
		}
	}
}

// TestMappingOfTheFolder: a mapping.json in the folder is used without being asked for, and -mapping goes before it.
func TestMappingOfTheFolder(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, dir, "kontakte.csv", "Nr;egal,angelegt am,Kanal,MQL\n1,31.1.2025 14:05,Netz,1.2.2025\n2,1.2.2025,Messe,\n")
	writeFile(t, dir, "activities.csv", "lead_id,at,kind\n")
	writeFile(t, dir, "deals.csv", "deal_id,outcome\n")
	writeFile(t, dir, mappingFile, `{"time_zone": "Europe/Berlin", "date_order": "day-month-year", "leads": {"file": "kontakte.csv",
		"columns": {"lead_id": ["Nummer", "nr;egal"], "created": "Angelegt am", "channel": "Kanal", "mql_at": "MQL"}, "values": {"channel": {"NETZ": "web", "*": "other"}}}}`)
	report, err := ownReport(ownOptions{dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	if report.Leads != 2 || report.MQL != 1 || len(report.Channels) != 2 || report.Channels[0].Channel != "other" || report.Channels[1].Channel != "web" || report.Channels[1].MQL != 1 {
		t.Errorf("%+v", report)
	}
	if want := Seconds(10*hour - 5*60 - hour); report.Waterfall[0].TimeInStage.Median == nil || *report.Waterfall[0].TimeInStage.Median < want {
		t.Errorf("%v, want about %v", report.Waterfall[0].TimeInStage.Median, want)
	}
	var out, errs bytes.Buffer
	if code := run([]string{"-data", dir, "-mapping", "hubspot"}, &out, &errs, false); code != 1 || !strings.Contains(errs.String(), "leads.csv: cannot be read") {
		t.Errorf("exit code %d: %s", code, errs.String())
	}
}

// TestBadMappings: what a mapping can't mean is said.
func TestBadMappings(t *testing.T) {
	for text, want := range map[string]string{
		`{`:                                   "no mapping: unexpected EOF",
		`{} {}`:                               "there is something after the mapping",
		`{"column": {}}`:                      `unknown field "column"`,
		`{"time_zone": "Mars"}`:               `time_zone "Mars" is unknown, write it as Europe/Berlin`,
		`{"time_zone": "Local"}`:              `time_zone "Local" is unknown`,
		`{"date_order": "dmy"}`:               `date_order "dmy" is unknown, write day-month-year or month-day-year`,
		`{"leads": {"columns": {"id": "x"}}}`: `leads.columns: there is no column "id", the columns are lead_id, created`,
		`{"deals": {"values": {"at": {}}}}`:   `deals.values: there is no column "at"`,
		`{"leads": {"file": "../x.csv"}}`:     `leads.file "../x.csv" is no plain name`,
		`{"deals": {"values": {"outcome": {"Won": "won", "won ": "lost"}}}}`: `deals.values.outcome: "won " stands there twice`,
		`{"leads": {"columns": {"lead_id": 5}}}`:                             "no mapping: json: cannot unmarshal number",
	} {
		file := filepath.Join(t.TempDir(), "m.json")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := readMapping(file); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
	if _, err := readMapping("no/such.json"); err == nil || !strings.Contains(err.Error(), "cannot be read (no such file or directory), give -mapping a file, or one of hubspot, salesforce") {
		t.Error(err)
	}
}

// TestInstants: every way to write a time, and those that are refused.
func TestInstants(t *testing.T) {
	plain, german, american := &mapping{}, &mapping{TimeZone: "Europe/Berlin", DateOrder: dayFirst}, &mapping{DateOrder: monthFirst}
	for _, m := range []*mapping{plain, german, american} {
		if err := m.check(); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct {
		m          *mapping
		text, want string
	}{
		{plain, "2025-07-01", "2025-07-01T00:00:00Z"}, {plain, "2025-07-01T14:05Z", ""}, {plain, "2025-07-01T14:05:06Z", "2025-07-01T14:05:06Z"},
		{plain, "2025-07-01T14:05:06.789+0200", "2025-07-01T12:05:06Z"}, {plain, "2025-07-01 14:05:06+02:00", "2025-07-01T12:05:06Z"},
		{plain, "2025-07-01T14:05", "2025-07-01T14:05:00Z"}, {plain, "1/7/2025", ""}, {plain, "2025-02-29", ""}, {plain, "20250701", ""}, {plain, "45839", ""},
		{german, "2025-07-01 14:05", "2025-07-01T12:05:00Z"}, {german, "2025-01-01", "2024-12-31T23:00:00Z"}, {german, "2025-07-01T14:05:06Z", "2025-07-01T14:05:06Z"},
		{german, "1.7.2025", "2025-06-30T22:00:00Z"}, {german, "01/07/2025 14:05", "2025-07-01T12:05:00Z"}, {german, "7/13/2025", ""},
		{american, "7/1/2025", "2025-07-01T00:00:00Z"}, {american, "7/1/2025 2:05 PM", "2025-07-01T14:05:00Z"}, {american, "07/01/2025, 2:05 PM", "2025-07-01T14:05:00Z"},
		{american, "13/7/2025", ""}, {american, "1.7.2025", ""},
	} {
		got := ""
		if at, ok := test.m.instant(test.text); ok {
			got = at.Format(time.RFC3339)
		}
		if got != test.want {
			t.Errorf("%q (%s): %q, want %q", test.text, test.m.DateOrder, got, test.want)
		}
	}
}
