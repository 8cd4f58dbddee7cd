package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// written writes files to a new folder.
func written(t testing.TB, files map[string]string) string {
	t.Helper()
	folder := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

// visits are rows of touches without a cost, an hour apart.
func visits(n int, from time.Time) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "V%d,A,%s,direct,0,L1\n", i, from.Add(time.Duration(i)*time.Hour).Format(time.RFC3339))
	}
	return b.String()
}

// What comes after a deal does not take its credit, however much it is; and what is dropped still costs, by channel and campaign. The report says
// that touches were dropped, how many, and what keeps them.
func TestCap(t *testing.T) {
	const header = "touch,account,at,channel,cost,lead\n"
	asOf, most := "2026-07-01", 50
	input := written(t, map[string]string{
		"deals.csv": "deal,account,opened,outcome,closed,amount\nD1,A,2025-07-05,won,2025-08-01,50000\n",
		"leads.csv": "lead,account,created\nL1,A,2026-01-01\n",
		"touches-0.csv": header + "T1,A,2025-07-02,display,1000.00,\n" + // the one that was before the deal
			"W1,A,2026-05-01,search,7.50,\nW2,A,2026-05-01,search,2.50,\n" + visits(600, time.Date(2026, 5, 2, 0, 0, 0, 0, time.UTC)),
		"touches-1.csv": header + visits(600, time.Date(2026, 5, 2, 0, 0, 0, 0, time.UTC)) + "W2,A,2026-05-01,search,2.50,\n", // once more
	})
	want := unspaced("Accounts: 1\n" +
		"NOT ALL TOUCHES WERE KEPT: of 1 accounts 552 were dropped, the oldest of months with more than 50.\n" +
		"Costs are of all touches; revenue by channel, paths and scores are of those kept. -max-touches 602 keeps all.\n")
	revenue := unspaced("Revenue: 50000.00 of 1 deals, 0.00 of it without a kept touch; marketing's cost 1010.00\n")
	var local string
	for _, runner := range []string{"", "prism", "direct"} {
		files := ran(t, func(o *options) { o.asOf, o.maxTouches = &asOf, &most }, runner, input)
		text := unspaced(files[reportText])
		for _, w := range []string{want, revenue, "display 50000.00 50000.00 50000.00 50000.00 50000.00\n"} {
			if !strings.Contains(text, w) {
				t.Errorf("runner %q: no %q in\n%s", runner, w, files[reportText])
			}
		}
		var f struct {
			Capped      cappedFigures
			Attribution []struct {
				Touches, Cost int64
				Channels      []struct {
					Name          string
					Touches, Cost int64
				}
			}
		}
		if err := json.Unmarshal([]byte(files[reportJSON]), &f); err != nil {
			t.Fatal(err)
		}
		if want := (cappedFigures{1, 552, 50, 602}); f.Capped != want {
			t.Errorf("runner %q: %+v, want %+v", runner, f.Capped, want)
		}
		for _, s := range f.Attribution {
			if got := fmt.Sprint(s); got != "{603 101000 [{direct 600 0} {display 1 100000} {search 2 1000}]}" {
				t.Errorf("runner %q: touches and costs %s", runner, got)
			}
		}
		if local == "" {
			local = files[reportText]
		} else if files[reportText] != local {
			t.Errorf("runner %q: another report than that of the run without Beam", runner)
		}
	}
	most = 602
	if text := ran(t, func(o *options) { o.asOf, o.maxTouches = &asOf, &most }, "", input)[reportText]; strings.Contains(text, "NOT ALL") {
		t.Errorf("the cap that is said to keep all drops some:\n%s", text)
	}
}

// Ids that several accounts have, and touches of a lead that their account does not have, are counted.
func TestStraysAndSharedIDs(t *testing.T) {
	const deals, leads = "deal,account,opened,outcome,closed,amount\n", "lead,account,created\n"
	for _, c := range []struct {
		files map[string]string
		want  string
	}{
		{map[string]string{"leads.csv": leads + "L1,A,2026-01-01\n", "touches.csv": "touch,account,at,channel,lead,kind\n" +
			"T1,A,2026-06-29,email,NOPE,demo_request\nT2,B,2026-06-29,email,L1,demo_request\nT3,A,2026-06-29,email,L1,visit\nT4,A,2026-06-29,email,,visit\n"},
			"\ntouches of a lead that their account does not have, so that they score nobody: 2\n"},
		{map[string]string{"leads.csv": leads + "L1,A,2026-01-01\nL1,B,2026-01-01\nL2,B,2026-01-01\nL1,C,2026-01-01\n"},
			"\nids of leads that several accounts have, so that they count in each: 1\n"},
		{map[string]string{"deals-1.csv": deals + "D1,A,2026-01-05,won,2026-02-01,100\n", "deals-2.csv": deals + "D1,B,2026-01-05,won,2026-02-01,100\n"},
			"\nids of deals that several accounts have, so that they count in each: 1\n"},
	} {
		input := written(t, c.files)
		for _, runner := range []string{"", "prism"} {
			if text := ran(t, nil, runner, input)[reportText]; !strings.Contains(text, c.want) {
				t.Errorf("runner %q: no %q in\n%s", runner, c.want, shortened(text))
			}
		}
	}
}

// What the funnel can't use is told in the report for people, too.
func TestFunnelProblems(t *testing.T) {
	input := written(t, map[string]string{"events.jsonl": `{"id":"L1","version":1,"kind":"registered","occurred":"2026-01-01T00:00:00Z","stage":"inquiry"}
{"id":"L2","version":1,"kind":"registered","occurred":"2026-01-01T00:00:00Z","stage":"nowhere"}
`})
	if text := unspaced(ran(t, nil, "", input)[reportText]); !strings.Contains(text, "\nproblem: unknown_stage 1\nproblem: nothing_usable 1\n") {
		t.Errorf("no problem in\n%s", shortened(text))
	}
}
