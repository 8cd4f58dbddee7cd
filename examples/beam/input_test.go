package main

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
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
		{"leads.csv", "lead,account,created\nL1,A1\n", "leads.csv: record on line 2: wrong number of fields"},
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
	a := account{id: "A", leads: []Lead{{ID: "L", Created: at, Employees: 3}}, deals: []Deal{{ID: "D", Opened: at, Outcome: open}},
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
	f.Fuzz(func(t *testing.T, kind string, data []byte) {
		if kind == eventFiles {
			readEvents("events.jsonl", bytes.NewReader(data), func(lead, line string) error {
				if lead == "" || line == "" {
					t.Error("an event of nobody")
				}
				logOf(lead, []string{line})
				return nil
			})
			return
		}
		name := strings.Replace(kind, "*", "", 1)
		readRows(name, bytes.NewReader(data), marketEnd, func(a account) error {
			if a.id == "" || len(a.leads)+len(a.touches)+len(a.deals) != 1 {
				t.Errorf("%+v is not one row", a)
			}
			if b := must(decodeAccount(must(encodeAccount(a)))); len(b.touches) == len(a.touches) && len(a.touches) == 1 && a.touches[0] != b.touches[0] {
				t.Errorf("%+v came back as %+v", a, b)
			}
			return nil
		})
	})
}
