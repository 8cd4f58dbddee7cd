package main

import (
	"bytes"
	"encoding/csv"
	"flag"
	"io"
	"strconv"
	"strings"
	"testing"
)

func runTiny(t *testing.T, arguments ...string) string {
	t.Helper()
	var out bytes.Buffer
	if err := run(append([]string{"-tiny"}, arguments...), &out, io.Discard); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// rowsOfCSV reads what the command writes for machines, and checks what holds for every row.
func rowsOfCSV(t *testing.T, text string) (rows [][]string) {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(rows[0], ","); got != "workload,candidate,ns,bytes,allocs,ratio_to_ours" {
		t.Errorf("the header is %s", got)
	}
	before := ""
	for _, row := range rows[1:] {
		for i, field := range row[2:] {
			x, err := strconv.ParseFloat(field, 64)
			kept := strings.HasPrefix(row[0], "memory") // which has neither time nor allocations
			if !(kept && field == "" && i%2 == 0) && (err != nil || x < 0 || (i == 0 || i == 3) && x == 0) {
				t.Errorf("%q: %s is no number that can be", row, rows[0][i+2])
			}
		}
		if first := row[0] != before; first && (!strings.HasPrefix(row[1], "leadloop") && row[0] != "memory kept" || row[5] != "1") {
			t.Errorf("%q: the first candidate is not ours, or its ratio not 1", row)
		}
		before = row[0]
	}
	return rows[1:]
}

// Every workload and candidate that was promised is measured.
func TestCSV(t *testing.T) {
	rows := rowsOfCSV(t, runTiny(t, "-format", "csv"))
	measured := map[string]bool{}
	for _, row := range rows {
		area, _, _ := strings.Cut(row[0], ":")
		candidate, _, _ := strings.Cut(row[1], ",")
		measured[area+"/"+candidate] = true
	}
	for _, want := range []string{"scoring/leadloop", "scoring/expr", "scoring/cel-go", "scoring/grule", "scoring/gval", "scoring/govaluate", "scoring/Go by hand",
		"funnel/leadloop", "funnel/qmuntal/stateless", "funnel/looplab/fsm", "funnel/Go by hand", "attribution/leadloop", "attribution/Go by hand",
		"business time/leadloop", "business time/rickar/cal", "business time/Go by hand"} {
		if !measured[want] {
			t.Errorf("%s is not measured", want)
		}
	}
}

func TestTables(t *testing.T) {
	text := runTiny(t)
	for _, want := range []string{"CPUs", "scoring: 50 rules, 20 activities, for one lead", "funnel: a refusal", "attribution: linear", "business time: elapsed",
		"  - gval, govaluate, grule: have no predicate", "asked: at least 50.0×", "damaged copies refused, by both", "gonum stat.ROC"} {
		if !strings.Contains(text, want) {
			t.Errorf("the tables do not say %q:\n%s", want, text)
		}
	}
}

// A pattern chooses workloads, and leaves the checks out.
func TestPattern(t *testing.T) {
	text := runTiny(t, "-clock", "cpu", "-run", "^funnel: a permitted step$")
	if n := strings.Count(text, "for one "); n != 1 || strings.Contains(text, "Cross-checks") || !strings.Contains(text, "looplab/fsm") {
		t.Errorf("%d tables:\n%s", n, text)
	}
	if rows := rowsOfCSV(t, runTiny(t, "-run", "order of the Markov", "-growth", "-format", "csv")); len(rows) != len(tinySteps.orders) {
		t.Errorf("%d rows: %q", len(rows), rows)
	}
}

func TestGrowth(t *testing.T) {
	text := runTiny(t, "-growth")
	for _, s := range allSeries(tinySteps) {
		if !strings.Contains(text, "\n"+s.name+"\n") {
			t.Errorf("the growth with %s is not printed:\n%s", s.name, text)
		}
	}
	if !strings.Contains(text, "memory that is kept, by rules") || !strings.Contains(text, "scoring.State of a lead") {
		t.Errorf("memory is not printed:\n%s", text)
	}
	rows := rowsOfCSV(t, runTiny(t, "-growth", "-format", "csv"))
	kept := map[string]float64{}
	for _, row := range rows {
		if row[0] == "memory kept: 50 rules" {
			kept[row[1]], _ = strconv.ParseFloat(row[3], 64)
		}
	}
	if kept["leadloop, Scorer"] < 10_000 || kept["expr, programs"] < 10_000 || len(kept) != 3 {
		t.Errorf("compiled rules keep %v bytes", kept)
	}
}

// What is asked wrongly is refused, with the flag named.
func TestFlags(t *testing.T) {
	for arguments, want := range map[string]string{
		"-format xml": "-format is table or csv", "-run (": "-run: ", "-clock sun": "-clock is wall or cpu", "-rounds 0": "-rounds is at least 1", "-quiet -1s": "-quiet is no negative time",
		"more": `unexpected argument "more"`, "-speed": "flag provided but not defined", "-tiny -root /nowhere": "scoring/model.schema.json",
		"-tiny -run nonsuch": `-run: no workload's name matches "nonsuch"`, "-tiny -growth -run nonsuch": `-run: no workload's name matches "nonsuch"`,
	} {
		var problems bytes.Buffer
		if err := run(strings.Fields(arguments), io.Discard, &problems); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, without %q", arguments, err, want)
		}
	}
	if err := run([]string{"-h"}, io.Discard, io.Discard); err != flag.ErrHelp {
		t.Errorf("-h: %v", err)
	}
}

func TestJudgement(t *testing.T) {
	for _, c := range []struct {
		asked asked
		ratio float64
		text  string
		met   bool
	}{
		{asked{}, 3, "", true},
		{asked{least: 50}, 50, "at least 50.0×", true},
		{asked{least: 50}, 49.9, "at least 50.0×", false},
		{asked{least: .4}, .5, "ours at most 2.50× of it, is 2.00×", true},
		{asked{least: .4}, .39, "ours at most 2.50× of it, is 2.56×", false},
		{asked{most: 15}, 15, "at most 15.0×", true},
		{asked{most: 15}, 15.1, "at most 15.0×", false},
	} {
		if text, met := c.asked.judge(c.ratio); text != c.text || met != c.met {
			t.Errorf("%+v of %v: %q, %v", c.asked, c.ratio, text, met)
		}
	}
}

// What is asked for and missed is listed at the end.
func TestMissed(t *testing.T) {
	var out bytes.Buffer
	r := newReport(&out, false)
	w := workload{name: "test", per: "thing", inputs: 2}
	r.table(w, []measured{{candidate: candidate{name: "leadloop"}, nanoseconds: 10}, {candidate: candidate{name: "slow", asked: asked{least: 2}}, nanoseconds: 15}})
	r.end()
	if want := "Asked for and not reached:\n  test, slow: 1.50×, asked at least 2.00×\n"; !strings.HasSuffix(out.String(), want) {
		t.Errorf("%s", &out)
	}
	out.Reset()
	r = newReport(&out, false)
	r.end()
	if out.Len() > 0 {
		t.Errorf("where nothing was asked it says %s", &out)
	}
	r.table(w, []measured{{candidate: candidate{name: "leadloop"}, nanoseconds: 10}, {candidate: candidate{name: "slow", asked: asked{least: 2}}, nanoseconds: 25}})
	r.end()
	if !strings.Contains(out.String(), "Every ratio that was asked for above is reached.") {
		t.Errorf("%s", &out)
	}
}

func TestFigures(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{duration(2.345), "2.3 ns"}, {duration(456.7), "457 ns"}, {duration(45_678), "45.7 µs"}, {duration(4.567e6), "4.57 ms"}, {duration(4.567e9), "4.57 s"},
		{memory(17), "17 B"}, {memory(45_678), "45.7 kB"}, {memory(4.56e6), "4.6 MB"}, {count(0), "0"}, {count(2.71), "2.7"}, {count(510.5), "510"},
		{times(.333), "0.33×"}, {times(9.96), "10.0×"}, {times(123.4), "123×"}, {orElse("", "100"), "100"}, {orElse("50", "100"), "50"},
	} {
		if c.got != c.want {
			t.Errorf("%s instead of %s", c.got, c.want)
		}
	}
}
