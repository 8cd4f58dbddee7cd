package main

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"
)

// Every candidate of every workload gives the answers of leadloop, on more inputs than the command's smallest sizes have.
func TestCandidatesAgree(t *testing.T) {
	n := tinySizes
	n.leads, n.manyRules, n.steps, n.reports, n.questions = 200, 300, 5000, 2, 1500
	for _, build := range workloads(n) {
		w, err := build()
		if err != nil {
			t.Error(err)
			continue
		}
		if len(w.candidates) < 2 {
			t.Errorf("%s has %d candidates", w.name, len(w.candidates))
		}
		if err := w.agree(); err != nil {
			t.Error(err)
		}
	}
}

// One candidate that is wrong on one input is found.
func TestDisagreement(t *testing.T) {
	square := func(i int) int64 { return int64(i * i) }
	wrong := func(i int) int64 { return int64(i*i + i/9) }
	list := func(i int) []float64 { return []float64{float64(i), 1} }
	for _, c := range []struct {
		w    workload
		want string
	}{
		{workload{name: "w", inputs: 10, candidates: []candidate{{name: "a", answer: square}, {name: "b", answer: wrong}}}, "w, input 9: b says 82, a says 81"},
		{workload{name: "w", inputs: 10, candidates: []candidate{{name: "a", answer: square}, {name: "b", answer: wrong, apart: true}}}, ""},
		{workload{name: "w", inputs: 10, candidates: []candidate{{name: "a", answer: func(int) int64 { return 1 }}}}, "there are 1 answers"},
		{workload{name: "w", inputs: 10, same: true, candidates: []candidate{{name: "a", answer: square}}}, "there are 10 answers"},
		{workload{name: "w", inputs: 2, candidates: []candidate{{answer: square, values: list}, {name: "b", values: func(int) []float64 { return []float64{0, 1.00001} }}}}, "w, input 0: b: value 1 is 1.00001 instead of 1"},
		{workload{name: "w", inputs: 2, candidates: []candidate{{answer: square, values: list}, {name: "b", values: func(int) []float64 { return nil }}}}, "0 values instead of 2"},
	} {
		if err := c.w.agree(); c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%v instead of %q", err, c.want)
		}
	}
	if err := near([]float64{1}, []float64{math.NaN()}); err == nil {
		t.Error("no number passes for 1")
	}
}

// All candidates run in each round, by turns, and memory is counted for one thing.
func TestMeasure(t *testing.T) {
	var order []string
	var kept *[16]int64
	noted := func(name string) func(int) int64 {
		return func(i int) int64 {
			if i == 0 {
				order = append(order, name)
			}
			return int64(i)
		}
	}
	w := workload{inputs: 100, divide: 2, candidates: []candidate{
		{name: "a", answer: noted("a")},
		{name: "b", answer: noted("b"), pass: func() int64 {
			order = append(order, "p")
			for range 100 {
				kept = new([16]int64)
			}
			return kept[0]
		}},
	}}
	all := w.measure(pace{rounds: 3, clock: elapsedTime})
	first := 2 * (1 + settling)
	settled, rounds := strings.Join(order[:first], ""), strings.Join(order[first:], "")
	if settled != strings.Repeat("a", first/2)+strings.Repeat("p", first/2) || rounds != "aappaappaapp" { // to settle and to fill the caches; then to measure
		t.Errorf("the order is %s, then %s", settled, rounds)
	}
	if all[0].allocations != 0 || all[1].allocations < .5 || all[1].allocations > .6 || all[1].bytes < 64 || all[1].bytes > 80 {
		t.Errorf("%v allocations of %v bytes, %v of %v", all[0].allocations, all[0].bytes, all[1].allocations, all[1].bytes)
	}
	if !(all[0].nanoseconds > 0) || math.IsInf(all[0].nanoseconds, 0) || !(all[1].nanoseconds > 0) {
		t.Errorf("%v and %v ns", all[0].nanoseconds, all[1].nanoseconds)
	}
}

// A workload ends at its limit, but not before it has had the fewest rounds.
func TestLimit(t *testing.T) {
	w := workload{inputs: 1, candidates: []candidate{{answer: func(int) int64 { return 1 }}}}
	if all := w.measure(pace{rounds: 100, clock: elapsedTime, limit: -1}); all[0].batches != fewestRounds {
		t.Errorf("%d batches", all[0].batches)
	}
	if all := w.measure(pace{rounds: 100, clock: elapsedTime, limit: time.Hour}); all[0].batches != 100 {
		t.Errorf("%d batches", all[0].batches)
	}
}

// The clocks never go backwards, and that of the processor runs while it works.
func TestClocks(t *testing.T) {
	for name, clock := range clocks {
		before, work := clock(), 0.
		for i := range 20_000_000 {
			work += math.Sqrt(float64(i))
		}
		if after := clock(); after <= before || work == 0 {
			t.Errorf("%s: %v, then %v", name, before, after)
		}
	}
}

// Rules that a library can't read are told, with their text.
func TestUnreadableRules(t *testing.T) {
	bad := []rule{{expr: "Country ==", gval: "Country ==", govaluate: "Country == (", grule: "L.Country =="}}
	leads := makeLeads(1, 0)
	_, errModel := ours(modelOf(bad), subjectsOf(leads), 1)
	_, errExpr := byExpr("", bad, false, leads)
	_, errOne := byOneExpr(bad, leads)
	_, errCEL := byCEL("", bad, false, nil)
	_, errOneCEL := byOneCEL(bad, nil)
	_, errGval := byGval("", bad, leads)
	_, errGovaluate := byGovaluate(bad, leads)
	_, errGrule := byGrule(bad, leads)
	for i, err := range []error{errModel, errExpr, errOne, errCEL, errOneCEL, errGval, errGovaluate, errGrule} {
		if err == nil {
			t.Errorf("%d: no error", i)
		}
	}
	var g gather
	g.add(candidate{name: "a"}, errExpr)
	g.addAll(nil, errCEL)
	if !errors.Is(g.err, errExpr) || len(g.list) != 1 {
		t.Errorf("%v", g.err)
	}
}

// The functions that rules of other languages are given refuse what they are not for.
func TestFunctions(t *testing.T) {
	phone, none := "+49 30", (*string)(nil)
	number := 5.
	for _, c := range []struct {
		name      string
		arguments []any
		want      any // nil: an error
	}{
		{"contains", []any{"abc", "b"}, true}, {"contains", []any{&phone, "49"}, true}, {"contains", []any{none, "49"}, nil}, {"startsWith", []any{1, "a"}, nil},
		{"given", []any{none}, false}, {"given", []any{&phone}, true}, {"given", []any{&number}, true}, {"given", []any{3}, nil},
		{"has", []any{[]string{"a"}, "a"}, true}, {"has", []any{[]string{"a"}, "b"}, false}, {"has", []any{"a", "b"}, nil},
		{"size", []any{"abc"}, 3.}, {"size", []any{[]string{"a"}}, 1.}, {"size", []any{4}, nil},
		{"after", []any{noon, noon, 1.}, true}, {"before", []any{noon, noon, 1.}, false}, {"after", []any{noon, noon, "1"}, nil},
		{"number", []any{&number}, 5.}, {"number", []any{(*float64)(nil)}, nil},
	} {
		got, err := functions[c.name](c.arguments...)
		if (err == nil) != (c.want != nil) || got != c.want {
			t.Errorf("%s(%v) is %v, %v", c.name, c.arguments, got, err)
		}
	}
	l := makeLeads(1, 0)[0]
	if _, err := (parameter{l}).Get("Nothing"); err == nil {
		t.Error("govaluate is given a field that is not there")
	}
	if _, err := (named{l}).SelectGVal(t.Context(), "Nothing"); err == nil {
		t.Error("gval is given a field that is not there")
	}
}
