package app_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/leadloop/leadloop/examples/crm/app"
	"github.com/leadloop/leadloop/examples/crm/store"
	"github.com/leadloop/leadloop/examples/crm/storetest"
)

const people = "\ufeffemail,name,company,employees,country,kind,at,channel,cost\n" +
	"a@firm.example,A,Firm,120,de,demo_request,2026-06-01T09:00:00Z,event,250\n" +
	"b@firm.example,\"B, the second\",Firm,many,DE,,,,\n" +
	"c@firm.example,C,Firm,80,DE,,,,\n" +
	",D,Firm,80,DE,,,,\n" +
	"e@firm.example,E\n" +
	"f@firm.example,F,Firm,80,DE,visit,yesterday,,\n" +
	"a@firm.example,,,,,trial,2026-06-02T09:00:00Z,,\n"

// imported waits for the end of an import.
func imported(t *testing.T, a *app.App, file string) app.Import {
	t.Helper()
	id, err := a.Import(t.Context(), marketer, "people.csv", strings.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	for {
		i, err := a.ImportProgress(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if i.State != "running" {
			return i
		}
		time.Sleep(time.Millisecond)
	}
}

func TestImport(t *testing.T) {
	storetest.Each(t, func(t *testing.T, address func(*testing.T) string) {
		a := open(t, address(t), (&clock{juneMorning}).now)
		for range 2 { // the same file twice adds nothing
			i := imported(t, a, people)
			if i.State != "done" || i.Rows != 3 || i.Refused != 4 || i.Read != i.Total-3 { // the mark of byte order is not counted
				t.Errorf("%+v", i)
			}
			want := []string{"line 3: fields.employees", "line 5: needs an email", "line 6: is no CSV row", "line 7: at: must be"}
			for k, problem := range want {
				if k >= len(i.Problems) || !strings.HasPrefix(i.Problems[k], problem) {
					t.Errorf("problems %q, want %q", i.Problems, want)
				}
			}
			if n, err := a.Store().CountLeads(t.Context()); n != 2 || err != nil {
				t.Errorf("%d leads, %v", n, err)
			}
		}
		lead, err := a.Store().Lead(t.Context(), leadBehind(t, a, "email", "a@firm.example"))
		if err != nil || lead.Activities != 2 || lead.Fields["country"] != "DE" || lead.Channel != "event" {
			t.Errorf("%+v, %v", lead, err)
		}
		if list, err := a.Imports(t.Context()); err != nil || len(list) != 2 || list[0].Name != "people.csv" {
			t.Errorf("%+v, %v", list, err)
		}
		if _, err := a.ImportProgress(t.Context(), "none"); !errors.Is(err, store.ErrNotFound) {
			t.Error(err)
		}
	})
}

func TestImportRefuses(t *testing.T) {
	a := open(t, storetest.SQLite(t), (&clock{juneMorning}).now)
	for name, test := range map[string]struct {
		by   app.User
		file string
		want error
	}{
		"by sales":       {anna, people, app.ErrForbidden},
		"empty":          {marketer, "", app.ErrImport},
		"unknown column": {marketer, "email,shoe\n", app.ErrImport},
		"too large":      {marketer, strings.Repeat("x", app.MaxImport+1), app.ErrImport},
	} {
		if _, err := a.Import(t.Context(), test.by, "x", strings.NewReader(test.file)); !errors.Is(err, test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, name := range []string{"a\x00b", "a\nb", "\xff", strings.Repeat("x", 501)} {
		if _, err := a.Import(t.Context(), marketer, name, strings.NewReader(people)); !errors.Is(err, app.ErrImport) {
			t.Errorf("a file called %q: %v", name, err)
		}
	}
	if list, err := a.Imports(t.Context()); len(list) > 0 || err != nil {
		t.Errorf("what was refused is listed: %+v, %v", list, err)
	}
}

// TestImportBroken: rows that are no CSV are refused, wherever in them the mistake is, and the others are taken.
func TestImportBroken(t *testing.T) {
	a := open(t, storetest.SQLite(t), (&clock{juneMorning}).now)
	i := imported(t, a, "email,name\na\"a@firm.example,A\nb@firm.example,B\"b\nc@firm.example,C\n\"d@firm.example\"x,D\n\"e@firm.example,E\n")
	if i.State != "done" || i.Rows != 1 || i.Refused != 4 || len(i.Problems) != 4 {
		t.Fatalf("%+v", i)
	}
	for k, line := range []string{"line 2: ", "line 3: ", "line 5: ", "line 6: "} {
		if want := line + "is no CSV row of the header's columns"; i.Problems[k] != want {
			t.Errorf("problem %q, want %q", i.Problems[k], want)
		}
	}
}

// TestImportAtOnce: a process reads four files at a time, for they are in memory; one that fails makes room.
func TestImportAtOnce(t *testing.T) {
	a := open(t, storetest.SQLite(t), (&clock{juneMorning}).now)
	failed := make(chan error, 4)
	var slow []*io.PipeWriter
	for range 4 {
		file, writer := io.Pipe()
		slow = append(slow, writer)
		go func() {
			_, err := a.Import(t.Context(), marketer, "slow.csv", file)
			failed <- err
		}()
		if _, err := writer.Write([]byte("email\n")); err != nil { // once it has been read, the file has its place
			t.Fatal(err)
		}
	}
	if _, err := a.Import(t.Context(), marketer, "people.csv", strings.NewReader(people)); err != app.ErrBusy {
		t.Errorf("a fifth: %v", err)
	}
	broken := errors.New("the line is broken")
	for _, writer := range slow {
		writer.CloseWithError(broken)
		if err := <-failed; !errors.Is(err, broken) {
			t.Error(err)
		}
	}
	for range 5 { // each in the place of the one before
		imported(t, a, people)
	}
}

// TestImportInterrupted: an import whose process has crashed does not run for ever. The same file once more takes in the rest.
func TestImportInterrupted(t *testing.T) {
	storetest.Each(t, func(t *testing.T, address func(*testing.T) string) {
		c := &clock{juneMorning}
		a := open(t, address(t), c.now)
		left := store.Import{ID: "crashed", Name: "people.csv", Total: 100, Read: 40, State: "running", Started: juneMorning.Add(-time.Hour), Seen: juneMorning, Problems: []string{"line 2"}}
		if err := a.Store().PutImport(t.Context(), left); err != nil {
			t.Fatal(err)
		}
		holds := func(state string, problems int) {
			t.Helper()
			one, err := a.ImportProgress(t.Context(), "crashed")
			if err != nil || one.State != state || len(one.Problems) != problems || !one.Seen.Equal(juneMorning) {
				t.Errorf("%+v, %v; want %s", one, err, state)
			}
			list, err := a.Imports(t.Context())
			if err != nil || list[len(list)-1].State != state {
				t.Errorf("%+v, %v; want %s", list, err, state)
			}
		}
		c.at = juneMorning.Add(time.Minute)
		holds("running", 1) // another process may still be at it
		c.at = c.at.Add(time.Second)
		holds("interrupted", 2)
		if again := imported(t, a, people); again.State != "done" || !again.Seen.Equal(c.at) {
			t.Errorf("once more: %+v", again)
		}
		c.at = c.at.Add(time.Hour)
		if list, err := a.Imports(t.Context()); err != nil || list[0].State != "done" {
			t.Errorf("one that has ended: %+v, %v", list, err)
		}
	})
}
