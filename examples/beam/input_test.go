package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// Each mistake is told with its place and what to do; rows that are right go on.
func TestRowMistakes(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"leads.csv", "", "leads.csv:1: no first line"},
		{"leads.csv", "lead,account\nL1,A1\n", `leads.csv:1: column "created": missing`},
		{"leads.csv", "lead,account,created,colour\n", `leads.csv:1: column "colour": unknown: the columns are lead, account, created`},
		{"leads.csv", "lead,account,created\nL1,,2026-01-01\n", "leads.csv:2: account: empty: fill it in"},
		{"leads.csv", "lead,account,created,employees\nL1,A1,2026-01-01,-3\n", "leads.csv:2: employees: not a whole number"},
		{"leads.csv", "lead,account,created,employees\nL1,A1,2026-01-01,9999999999\n", "leads.csv:2: employees: not a whole number"},
		{"leads.csv", "lead,account,created\nL1,A1\n", "leads.csv:2: 2 cells: the first line has 3: complete the row"},
		{"leads.csv", "lead,account,created\nL1,A1\n\nL2,A1,2026-01-01,x\nL3,A1,never\n", "leads.csv:5: created: not a time"},
		{"leads.csv", "lead,account,created\nL1,A1,2026-01-01\nL2,\"A1\nL3,A1,2026-01-01\n", "leads.csv:3: extraneous or missing \" in quoted-field: put quotes around"},
		{"leads.csv", "lead,a\"ccount,created\n", "leads.csv:1: bare \" in non-quoted-field: put quotes around"},
		{"leads.csv", "lead,account,created\nL1,A1,0001-01-01\n", "leads.csv:2: created: not a time"},
		{"leads.csv", "lead,account,created\nL1,A1,9999-12-31T23:59:59-02:00\n", "leads.csv:2: created: not a time"},
		{"leads.csv", "lead,account,created\nL1,M\xfcll,2026-01-01\n", "leads.csv:2: account: not UTF-8: save the file as UTF-8"},
		{"touches.csv", "touch,account,at,channel,at\nT,A,2026-01-02,email,2025-01-02\n", `touches.csv:1: column "at": named twice: leave one`},
		{"deals.csv", "deal,account,opened,outcome,closed\nD1,A1,2026-01-01,won,2026-02-01\n", "deals.csv:2: amount: empty: say what the deal brought"},
		{"touches.csv", "touch,account,at,channel,cost\nT1,A1,2026-01-01,x,\"1\n\"\n", "touches.csv:2: cost: not an amount"},
		{"touches.csv", "touch,account,at,channel,cost\nT1,A1,2026-01-01,x,-1\nT2,A1,2026-01-01,x,1.\nT3,A1,2026-01-01,x,1.234\nT3,A1,2026-01-01,x,92233720368547759\n", "touches.csv:5: cost: not an amount"},
		{"touches.csv", "touch,account,at,channel,cost\nT1,A1,2026-01-01,x,.5\n", "touches.csv:2: cost: not an amount"},
		{"touches.csv", "touch,account,at,channel\nT1,A1,2026-13-01,x\n", "touches.csv:2: at: not a time"},
		{"deals.csv", "deal,account,opened,outcome\nD1,A1,2026-01-01,maybe\n", "deals.csv:2: outcome: none of open, won and lost"},
		{"deals.csv", "deal,account,opened,outcome,closed\nD1,A1,2026-01-01,open,2026-02-01\n", "deals.csv:2: closed: given for an open deal"},
		{"deals.csv", "deal,account,opened,outcome,closed\nD1,A1,2026-01-01,lost,\n", "deals.csv:2: closed: empty"},
		{"deals.csv", "deal,account,opened,outcome,closed\nD1,A1,2026-02-01,won,2026-01-01\n", "deals.csv:2: closed: before opened"},
		{"others.csv", "x\n", "others.csv: neither leads nor touches nor deals"},
	} {
		err := readRows(c.name, strings.NewReader(c.text), marketEnd, func(account) error { return nil })
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}

// Not all mistakes of a file full of them are told, and one that is given back ends the reading.
func TestManyMistakes(t *testing.T) {
	text := "lead,account,created\n" + strings.Repeat("L,A,never\n", 100)
	err := readRows("leads.csv", strings.NewReader(text), marketEnd, func(account) error { return nil })
	if n := strings.Count(fmt.Sprint(err), "not a time"); n != mostProblems {
		t.Errorf("%d mistakes are told, want %d", n, mostProblems)
	}
	stop := errors.New("stop")
	text = "lead,account,created\nL,A,2026-01-01\nL,A,2026-01-01\n"
	n := 0
	if err := readRows("leads.csv", strings.NewReader(text), marketEnd, func(account) error { n++; return stop }); err != stop || n != 1 {
		t.Errorf("%v after %d rows", err, n)
	}
	line := `{"id":"L","version":1,"kind":"registered"}` + "\n"
	if err := readEvents("events.jsonl", strings.NewReader(line), func(string, string) error { return stop }); err != stop {
		t.Error(err)
	}
}

func TestEventMistakes(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"{}\n", "events.jsonl:1: id or version: missing"},
		{"\n{\"id\":\"L\",\"version\":1}\n\nnonsense\n", "events.jsonl:4: not an event"},
		{"{\"id\":\"L\",\"version\":1}\n{\"id\":\"M\xfcll\",\"version\":1}\n", "events.jsonl:2: not UTF-8: save the file as UTF-8"},
		{strings.Repeat("x", 1<<24+1), "events.jsonl:1: bufio.Scanner: token too long: write each event on a line of its own"},
	} {
		err := readEvents("events.jsonl", strings.NewReader(c.text), func(string, string) error { return nil })
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, want %q", err, c.want)
		}
	}
	for _, lines := range [][]string{
		{`{"id":"L","version":2}`},
		{`{"id":"L","version":1,"owner":"a"}`, `{"id":"L","version":1,"owner":"b"}`},
		{`{"id":"L","version":1}`, `{"id":"L","version":3}`},
	} {
		if _, err := logOf("L", lines); err == nil || !strings.Contains(err.Error(), `case "L", event`) {
			t.Errorf("%v: %v", lines, err)
		}
	}
	if _, err := logOf("L", []string{"nonsense"}); err == nil {
		t.Error("nonsense is an event")
	}
}

// The mark in front of UTF-8 that Excel writes is no part of the first column, nor of the first event.
func TestMark(t *testing.T) {
	var read []string
	err := errors.Join(
		readRows("leads.csv", strings.NewReader("\ufefflead,account,created\nL1,A1,2026-01-01\n"), marketEnd, func(a account) error {
			read = append(read, a.identity())
			return nil
		}),
		readEvents("events.jsonl", strings.NewReader("\ufeff{\"id\":\"L1\",\"version\":1}\n"), func(lead, line string) error {
			read = append(read, lead)
			return nil
		}),
	)
	if fmt.Sprint(read) != "[lead L1 L1]" || err != nil {
		t.Error(read, err)
	}
}

// The folder may have any name; files that are read have one of four, and what looks like another is not left out in silence.
func TestListInput(t *testing.T) {
	ctx := context.Background()
	parent := t.TempDir()
	names := []string{"plain", "d[1]", "d1", "[", "]"}
	if os.PathSeparator == '/' {
		names = append(names, "a*", "ab", "what?", `back\slash`)
	}
	for _, name := range names {
		folder := filepath.Join(parent, name)
		file := filepath.Join(folder, "leads.csv")
		if err := errors.Join(os.MkdirAll(folder, 0o755), os.WriteFile(file, nil, 0o644), os.WriteFile(filepath.Join(folder, "README"), nil, 0o644)); err != nil {
			t.Fatal(err)
		}
		if in, err := listInput(ctx, folder); err != nil || !slices.Equal(in.rows, []string{file}) || in.events != nil {
			t.Errorf("%s: %v %v", name, in, err)
		}
	}
	for _, name := range []string{"Leads.csv", "touches.CSV", "touches.csv.gz", "events.JSONL", "events.csv", "leads.jsonl", "scores-00001.csv"} {
		folder := written(t, map[string]string{"deals.csv": "", name: ""})
		if _, err := listInput(ctx, folder); err == nil || !strings.Contains(err.Error(), name+": not read: name it as one of leads*.csv, ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A lead of which nobody knows how many employees its account has is not one of a small account.
func TestNotKnown(t *testing.T) {
	plan := testedPlan(t)
	plan.Model = []byte(`{"schema": 1, "name": "x", "version": 1, "dimensions": [{"name": "d", "bands": [{"name": "small", "from": 1}, {"name": "other"}],
		"rules": [{"name": "small", "when": "Employees != nil && Employees < 50", "points": 1}]}], "grade": {"dimensions": ["d"]}}`)
	e := must(engineOf(&plan))
	err := readRows("leads.csv", strings.NewReader("lead,account,created,employees\nL1,A,2026-01-01,\nL2,A,2026-01-01,0\n"), marketEnd, func(a account) error {
		r, _, err := e.rate(a)
		if want := map[string]string{"L1": "other", "L2": "small"}[a.leads[0].ID]; err != nil || fmt.Sprint(r.Grades) != "["+want+"]" {
			t.Errorf("%s: %v %v, want %s", a.leads[0].ID, r.Grades, err, want)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	// A rule that does not ask ends the run, rather than guess.
	plan.Model = bytes.Replace(plan.Model, []byte("Employees != nil && "), nil, 1)
	if _, _, err := must(engineOf(&plan)).rate(accountWith("A", Lead{ID: "L1", Created: marketBegin})); err == nil || !strings.Contains(err.Error(), `account "A", lead "L1": `) {
		t.Error(err)
	}
	_, _, err = e.rate(accountWith("A", Lead{ID: "L1", Created: marketBegin}))
	if err != nil {
		t.Error(err)
	}
}

func TestTimes(t *testing.T) {
	want := time.Date(2026, 6, 15, 7, 30, 0, 0, time.UTC)
	for _, text := range []string{"2026-06-15T09:30:00+02:00", "2026-06-15T07:30:00Z", "2026-06-15 07:30:00"} {
		if got, err := instant(text); got != want || err != nil {
			t.Errorf("%s: %v %v", text, got, err)
		}
	}
}

// Whatever bytes come from another worker: the coder refuses them, or gives a value that it writes and reads again as the same.
func FuzzDecode(f *testing.F) {
	at := marketBegin
	a := account{id: "A", leads: []Lead{{ID: "L", Created: at, Employees: new(int)}}, deals: []Deal{{ID: "D", Opened: at, Outcome: open}},
		touches: []Touch{{ID: "T", At: at.Add(time.Nanosecond), Channel: "x", Cost: 1}}}
	f.Add(must(encodeAccount(a)))
	f.Add(must(encodePath(pathCount{steps: []string{"a", "b"}})))
	f.Add([]byte(accountMagic + "\x00\xff\xff\xff\xff\xff\xff\xff\xff\x7f"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if a, err := decodeAccount(data); err == nil {
			b, err := decodeAccount(must(encodeAccount(a)))
			if err != nil || !reflect.DeepEqual(a, b) {
				t.Fatalf("%+v came back as %+v: %v", a, b, err)
			}
		} else if !errors.Is(err, errDamaged) {
			t.Fatal(err)
		}
		if p, err := decodePath(data); err == nil {
			if q, err := decodePath(must(encodePath(p))); err != nil || !reflect.DeepEqual(p, q) {
				t.Fatalf("%+v came back as %+v: %v", p, q, err)
			}
		}
	})
}

// Whatever is in a file: rows are read, or a mistake is told; never is there a panic, and what is read has what every row must have.
func FuzzRead(f *testing.F) {
	for name, text := range small {
		f.Add(kindOf(name), []byte(text))
	}
	f.Add(eventFiles, []byte(`{"id":"L","version":1,"rating":{"hits":[]}}`)) // would be written without a rating
	e := testedEngine(f)
	f.Fuzz(func(t *testing.T, kind string, data []byte) {
		if kind == eventFiles {
			readEvents("events.jsonl", bytes.NewReader(data), func(lead, line string) error {
				if lead == "" || line == "" {
					t.Error("an event of nobody")
				}
				if log, err := logOf(lead, []string{line}); err == nil {
					if same := must(decodeLog(must(encodeLog(log)))); !reflect.DeepEqual(log, same) || same.events[0].ID != lead {
						t.Errorf("%+v came back as %+v", log, same)
					}
				}
				return nil
			})
			return
		}
		name := strings.Replace(kind, "*", "", 1)
		readRows(name, bytes.NewReader(data), marketEnd, func(a account) error {
			if a.id == "" || len(a.leads)+len(a.touches)+len(a.deals) != 1 {
				t.Errorf("%+v is not one row", a)
			}
			wayOf(t, e, a)
			return nil
		})
	})
}

// wayOf sends a row that has been read the whole way of an account, through each coder that there is on it, by which nothing may change.
func wayOf(t *testing.T, e *engine, a account) {
	t.Helper()
	came := func(what string, was, is any) {
		if !reflect.DeepEqual(was, is) {
			t.Errorf("%s came back as\n%+v, was\n%+v", what, is, was)
		}
	}
	back := must(decodeAccount(must(encodeAccount(a))))
	came("the identity", a.identity(), back.identity())
	came("the account", 0, compareRows(a, back))
	r, _, err := e.rate(a)
	if err != nil {
		return
	}
	for _, touch := range a.touches {
		r.Dropped = append(r.Dropped, dropped{touch.Channel, touch.Campaign, 3, 1})
	}
	came("what was rated", r, must(decodeRated(must(encodeRated(r)))))
	for _, p := range must(must(e.pather()).of(r.Journey)) {
		came("a path", p, must(decodePath(must(encodePath(p)))))
	}
	sums := must(e.emptyAccounts())
	if sums.add(r) != nil {
		return
	}
	bytes := must(encodeState(state{live: sums}))
	c := combiner{Plan: e.plan, Kind: ofAccounts}
	came("the sums", bytes, must(encodeState(state{live: must(c.open(must(decodeState(bytes))))})))
}

// Texts that differ stay different on their way between workers, whatever is in them.
func TestOddTexts(t *testing.T) {
	e := testedEngine(t)
	for _, odd := range []string{"M\u00fcll", "\ufffd", "a\x00b", "\u2028<&>\\", "\ufeffx", "\U0001f600", "=1+1", "\x7f\x1b[31m", "a\nb", "a\"b"} {
		cell := `"` + strings.ReplaceAll(odd, `"`, `""`) + `"`
		for name, text := range map[string]string{
			"leads.csv":   "lead,account,created,industry,employees\n" + cell + "," + cell + ",2026-01-01," + cell + ",\n",
			"touches.csv": "touch,account,at,channel,campaign,lead,kind\n" + cell + "," + cell + ",2026-01-01," + strings.Join([]string{cell, cell, cell, cell}, ",") + "\n",
			"deals.csv":   "deal,account,opened,outcome,closed,amount\n" + cell + "," + cell + ",2026-01-01,won,2026-01-02,1\n",
		} {
			n := 0
			err := readRows(name, strings.NewReader(text), marketEnd, func(a account) error {
				n++
				if _, id := a.row(); a.id != odd || id != odd {
					t.Errorf("%q was read as account %q, id %q", odd, a.id, id)
				}
				wayOf(t, e, a)
				return nil
			})
			if n != 1 || err != nil {
				t.Errorf("%s with %q: %d rows, %v", name, odd, n, err)
			}
		}
	}
}
