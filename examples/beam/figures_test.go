package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A market so small that all of its figures can be had with pencil and paper. Account A1 has two touches, and a deal of 100.01:
//
//	first        all to email
//	last         all to search
//	linear       50.005 each; the cent that is over goes to the earlier one
//	w-shaped     email is first and opened the opportunity, 30 + 30; search is the rest, 10; nothing was there when the lead came:
//	             6/7 and 1/7 of 100.01 are 85.7228… and 14.2871…, and the cent that is over goes to the greater remainder
//	time decay   15 and 10 days of age: 2^(-15/7) to 2^(-10/7), which is 37.8729… to 62.1370…
//
// Lead L1 has the points 25 + 25 + 15 + 25 for its fit, 40/2 for the demo a half-life of 30 days ago, and 3·2^(-35/14) = 0.530330…
// for the click 35 days ago.
var small = map[string]string{
	"leads-1.csv": "created,lead,account,industry,country,seniority,employees\n" +
		"2026-01-01,L1,A1,software,DE,chief,100\n2026-01-01,=L2,A2,retail,US,staff,\n2026-02-20,L3,A2,retail,US,staff,3\n",
	"touches-1.csv": "touch,account,lead,at,kind,channel,campaign,cost\n" +
		"T1,A1,L1,2026-01-05 00:00:00,visit,email,,1\nT2,A1,L1,2026-01-10T02:00:00+02:00,demo_request,search,brand,2.5\n",
	"touches-2.csv": "touch,account,at,channel\nT3,A2,2026-01-06,email\nT4,A2,2026-02-10,email\n",
	"deals-1.csv":   "deal,account,opened,outcome,closed,amount\nD1,A1,2026-01-08,won,2026-01-20,100.01\nD2,A2,2026-01-09,open,,5\nD3,A3,2026-01-01,won,2026-01-02,7\n",
	"events-1.jsonl": `{"id":"L1","version":4,"kind":"accepted","occurred":"2026-01-06T12:00:00Z","actor":"ann","owner":"ann","transition":{"id":"L1","event":"accept","from":"mql","to":"sal","round":1,"version":4,"occurred":"2026-01-06T12:00:00Z"}}
{"id":"L1","version":1,"kind":"registered","occurred":"2026-01-01T00:00:00Z","stage":"inquiry"}

{"id":"L1","version":2,"kind":"moved","occurred":"2026-01-06T10:00:00Z","transition":{"id":"L1","event":"qualify","from":"inquiry","to":"mql","round":1,"version":2,"occurred":"2026-01-06T10:00:00Z"}}
`,
	"events-2.jsonl": `{"id":"L1","version":5,"kind":"attempted","occurred":"2026-01-06T14:00:00Z","actor":"ann","owner":"ann"}
{"id":"L1","version":3,"kind":"offered","occurred":"2026-01-06T10:00:00Z","owner":"ann","rating":{"source":"search","hits":["fit/large"]}}
{"id":"L1","version":3,"kind":"offered","occurred":"2026-01-06T10:00:00Z","owner":"ann","rating":{"source":"search","hits":["fit/large"]}}
{"id":"L1","version":6,"kind":"moved","occurred":"2026-02-10T14:00:00Z","transition":{"id":"L1","return":"disqualify","from":"sal","to":"disqualified","reason":"competitor","round":1,"version":6,"occurred":"2026-02-10T14:00:00Z"}}
`,
}

func TestFiguresByHand(t *testing.T) {
	input := t.TempDir()
	for name, text := range small {
		if err := os.WriteFile(filepath.Join(input, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	asOf := "2026-02-09"
	change := func(o *options) { o.asOf = &asOf }
	want := []string{
		"Accounts: 3\ngrade  A2  C3\nleads  1   1\n",
		"Revenue: 107.01 of 2 deals, 7.00 of it without a touch; marketing's cost 3.50\n",
		"email 100.01 0.00 50.01 85.72 37.87\n",
		"search 0.00 100.01 50.00 14.29 62.14\n",
		"Paths: 2 different ones, along which 1 converted and 1 did not; 1 were without a touch; the first of 2\n1 won  0 not  100.01  email > search\n0 won  1 not  0.00    email\n",
		"Funnel: 1 leads\ninquiry 1 100.0 %\nmql 1 100.0 %\nsal 1 100.0 %\nsql 0 0.0 %\n",
		"Hand-over: 1 offers: 1 accepted, 0 by silence, 0 rejected, 0 expired, 0 withdrawn, 0 open\nacceptance 1/1 (100.0 %)\n",
		"speed to lead median 4h0m0s 90 % 4h0m0s\n",
		"acceptance of offers that were judged 1/1",
		"win of offers that were judged undefined\n",
	}
	scores := map[string]bool{"L1,A1,110.53033,A2\n": true, "'=L2,A2,0,C3\n": true}
	for _, runner := range []string{"", "prism"} {
		files := ran(t, change, runner, input)
		text := unspaced(files[reportText])
		for _, w := range want {
			if !strings.Contains(text, unspaced(w)) {
				t.Errorf("runner %q: no %q in\n%s", runner, w, files[reportText])
			}
		}
		found := 0
		for name, file := range files {
			if !strings.HasPrefix(name, "scores-") {
				continue
			}
			rows, ok := strings.CutPrefix(file, scoreHeader)
			for line := range strings.Lines(rows) {
				found++
				if !ok || !scores[line] {
					t.Errorf("runner %q: %s has %q", runner, name, line)
				}
			}
		}
		if found != len(scores) {
			t.Errorf("runner %q: %d scores, want %d", runner, found, len(scores))
		}
	}
}

// unspaced makes one blank of those that stand together.
func unspaced(text string) string {
	for strings.Contains(text, "  ") {
		text = strings.ReplaceAll(text, "  ", " ")
	}
	return text
}

func TestMoney(t *testing.T) {
	for cents, want := range map[int64]string{0: "0.00", 5: "0.05", 12345: "123.45", -7: "-0.07", -100: "-1.00"} {
		if got := money(cents); got != want {
			t.Errorf("%d: %s, want %s", cents, got, want)
		}
	}
}
