package main

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"
)

// TestFlags: wrong flags are said to standard error with exit code 2, and help is no error.
func TestFlags(t *testing.T) {
	for _, test := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"-h"}, 0, ""},
		{[]string{"-leads", "0"}, 2, "-leads 0 is out of range, give 1 to 2000000"},
		{[]string{"-leads", "3000000"}, 2, "out of range"},
		{[]string{"-leads", "many"}, 2, `invalid value "many"`},
		{[]string{"-seed", "-1"}, 2, "-seed"},
		{[]string{"-colour"}, 2, "-colour"},
		{[]string{"leads.csv"}, 2, `unexpected argument "leads.csv"`},
		{[]string{"-olist", "x", "-seed", "2"}, 2, "belong to the simulation"},
		{[]string{"-as-of", "2018-01-01"}, 2, "-as-of belongs to -data and -olist"},
		{[]string{"-olist", "x", "-data", "y"}, 2, "-data and -olist are two data sets"},
		{[]string{"-data", "x", "-leads", "5"}, 2, "-seed, -leads and -export belong to the simulation"},
		{[]string{"-data", "x", "-export", "y"}, 2, "-seed, -leads and -export belong to the simulation"},
		{[]string{"-lenient"}, 2, "-mapping and -lenient belong to -data"},
		{[]string{"-olist", "x", "-mapping", "hubspot"}, 2, "-mapping and -lenient belong to -data"},
		{[]string{"-data", "x", "-as-of", "today"}, 2, `-as-of "today" is not a date`},
		{[]string{"-data", "no/such/folder"}, 1, "cannot be read"},
		{[]string{"-data", "", "-mapping", "siebel"}, 1, "siebel: cannot be read"},
		{[]string{"-olist", "x", "-as-of", "yesterday"}, 2, `-as-of "yesterday" is not a date, write it as 2018-09-30`},
		{[]string{"-olist", "no/such/folder"}, 1, "cannot be read"},
		{[]string{"-olist", ""}, 1, "cannot be read"},
	} {
		var out, errs bytes.Buffer
		code := run(test.args, &out, &errs, false)
		if code != test.code || !strings.Contains(errs.String(), test.want) {
			t.Errorf("%q: exit code %d, %q", test.args, code, errs.String())
		}
		if code == 0 && (out.String() != usage || errs.Len() > 0) || code != 0 && out.Len() > 0 {
			t.Errorf("%q wrote %q to standard output and %q to standard error", test.args, out.String(), errs.String())
		}
	}
}

// TestProgress: a bar on a terminal, and not a byte on a pipe.
func TestProgress(t *testing.T) {
	var out, terminal, pipe bytes.Buffer
	if run([]string{"-leads", "300"}, &out, &pipe, false); pipe.Len() > 0 {
		t.Errorf("a pipe got %q", pipe.String())
	}
	first := out.String()
	out.Reset()
	if run([]string{"-leads", "300"}, &out, &terminal, true); !strings.Contains(terminal.String(), "50 %") || !strings.HasSuffix(terminal.String(), "\r\x1b[K") {
		t.Errorf("a terminal got %q", terminal.String())
	}
	if out.String() != first {
		t.Error("the progress bar changes the report")
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	if isTerminal(w) {
		t.Error("a pipe is taken for a terminal")
	}
}

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

// TestBrokenOutput: a report that cannot be written is an error.
func TestBrokenOutput(t *testing.T) {
	var errs bytes.Buffer
	if code := run([]string{"-leads", "20"}, brokenPipe{}, &errs, false); code != 1 || !strings.Contains(errs.String(), "broken pipe") {
		t.Errorf("exit code %d: %s", code, errs.String())
	}
}

// TestFormat: numbers as people read them.
func TestFormat(t *testing.T) {
	for _, test := range []struct{ got, want string }{
		{Rate{271, 2296}.String(), "11.8 %"}, {Rate{0, 3}.String(), "0.0 %"}, {Rate{0, 0}.String(), "undefined"}, {Rate{1, 8}.String(), "12.5 %"},
		{Rate{1, 2000}.String(), "0.1 %"}, {Rate{3, 2}.String(), "150.0 %"},
		{thousands(0), "0"}, {thousands(1234567), "1,234,567"}, {thousands(-1234), "-1,234"}, {thousands(999), "999"},
		{money(123456), "€ 1,235"}, {money(-123449), "-€ 1,234"}, {cents(123405), "€ 1,234.05"}, {thousand(1_234_567_8), "123.5"},
		{Seconds(45).String(), "45 s"}, {Seconds(600).String(), "10 min"}, {Seconds(2 * hour).String(), "2.0 h"}, {Seconds(36 * day / 10).String(), "3.6 d"},
		{Seconds(-600).String(), "-10 min"}, {spanOf(nil), "undefined"}, {bar(0, 5, 8), ""}, {bar(5, 5, 4), "████"}, {bar(1, 100000, 4), "▏"},
		{bar(1, 2, 3), "█▌"}, {bar(1, 0, 3), ""}, {decimal(-15), "-1.5"},
	} {
		if test.got != test.want {
			t.Errorf("got %q, want %q", test.got, test.want)
		}
	}
	for _, r := range []Rate{{0, 0}, {1, 3}} {
		got, err := r.MarshalJSON()
		if want := map[int64]string{0: `{"count":0,"of":0,"percent":null}`, 3: `{"count":1,"of":3,"percent":33.3}`}[r.Of]; err != nil || string(got) != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
