package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
)

// Every way in which a row can be wrong is told with its line, ends the run, and is skipped and counted if that is asked for.
func TestWrongRows(t *testing.T) {
	const good = "a > b,1,2.50,3\n"
	for _, c := range []struct {
		name, rows, want string // want follows the file's name
	}{
		{"empty path", ",1,1,1\n", ":3: path is empty"},
		{"blank path", " ,1,1,1\n", ":3: path is empty"},
		{"quoted empty path", "\"\",1,1,1\n", ":3: path is empty"},
		{"empty step", "a >> b,1,1,1\n", ":3: path has an empty step"},
		{"empty step of a new channel", "new > > b,1,1,1\n", ":3: path has an empty step"},
		{"empty last step", "a > b >,1,1,1\n", ":3: path has an empty step"},
		{"empty first step", "> a,1,1,1\n", ":3: path has an empty step"},
		{"negative conversions", "a,-1,1,1\n", ":3: total_conversions is negative"},
		{"negative nulls", "a,1,1,-2\n", ":3: total_null is negative"},
		{"negative value", "a,1,-0.50,1\n", ":3: total_conversion_value is negative"},
		{"fraction of a conversion", "a,1.5,1,1\n", ":3: total_conversions is not a whole number"},
		{"fraction of a null", "a,1,1,0.5\n", ":3: total_null is not a whole number"},
		{"whole number with a point", "a,1.0,1,1\n", ":3: total_conversions is not a whole number"},
		{"exponent", "a,1,1e3,1\n", ":3: total_conversion_value is not an amount"},
		{"plus", "a,1,+1,1\n", ":3: total_conversion_value is not an amount"},
		{"large count", "a,9223372036854775808,1,1\n", ":3: total_conversions is too large"},
		{"large value", "a,1,92233720368547758.08,1\n", ":3: total_conversion_value is too large"},
		{"large whole value", "a,1,92233720368547759,1\n", ":3: total_conversion_value is too large"},
		{"digits", "a,1,1.505,1\n", ":3: total_conversion_value has more digits behind the point than -minor-digits"},
		{"zeros as digits", "a,1,1.500,1\n", ":3: total_conversion_value has more digits"},
		{"empty count", "a,,1,1\n", ":3: total_conversions is empty"},
		{"empty value", "a,1,,1\n", ":3: total_conversion_value is empty"},
		{"value alone", "a,0,1,1\n", ":3: has a value, but no conversion"},
		{"short row", "a,1,1\n", ":3: the row has 3 cells, the first line names 4 columns"},
		{"long row", "a,1,1,000,1\n", ":3: the row has 5 cells"},
		{"open quote", "\"a > b,1,1,1\n", ":3: the quote is not closed"},
		{"misplaced quote", "a \"b\",1,1,1\n", ":3: a quotation mark in a cell without quotes"},
		{"text behind a quote", "\"a\" > \"b\",1,1,1\n", ":3: something follows the closing quote"},
		{"sum of value", "a,1,92233720368547758.07,1\n", ":3: all rows together exceed 64 bits"},
		{"sum of conversions and nulls", "a,9223372036854775800,1,7\n", ":3: all rows together exceed 64 bits"},
		{"behind a line break in quotes", "\"a\n> b\",1,1,1\nb,x,1,1\n", ":5: total_conversions is not a whole number"},
		{"behind empty lines", "\n\r\n\nb,x,1,1\n", ":6: total_conversions is not a whole number"},
		{"at the end", "b,x,1,1", ":3: total_conversions is not a whole number"},
	} {
		file := write(t, "paths.csv", header+good+c.rows+good)
		if strings.HasSuffix(c.name, "the end") {
			file = write(t, "paths.csv", header+good+c.rows)
		}
		for _, model := range []string{"last", "markov"} {
			out, errs, code := call("-model", model, file)
			if code != 1 || out != "" || !strings.HasPrefix(errs, file+c.want) || strings.Count(errs, "\n") != 1 {
				t.Errorf("%s: code %d, %s%s", c.name, code, errs, out)
			}
			out, errs, code = call("-lenient", "-model", model, "-format", "csv", file)
			if code != 0 || !strings.HasPrefix(errs, file+c.want) || !strings.Contains(errs, "\nattribute: 1 row skipped, of ") || strings.Contains(out, "new") {
				t.Errorf("%s: leniently code %d, %s%s", c.name, code, errs, out)
			}
		}
	}
}

// What is skipped leaves no trace, not even of a channel; what surrounds it is taken.
func TestSkippedRowsLeaveNoTrace(t *testing.T) {
	const good, more = "a > b,1,2.50,3\n", "c,4,1,0\n"
	want, _, _ := call("-compare", "first,linear,markov", "-order", "2", "-format", "csv", write(t, "paths.csv", header+good+more))
	file := write(t, "paths.csv", header+good+"new > > x,1,1,1\nnew,x,1,1\nnew,0,5,1\nnew,1,92233720368547758.07,1\n\"new,1,1,1\nnew,0,0,0\na > b,9000000000000000000,0,0\na > b,1,50000000000000000.00,0\n"+more)
	got, errs, code := call("-lenient", "-compare", "first,linear,markov", "-order", "2", "-format", "csv", file)
	if code != 0 || got != want || !strings.Contains(errs, "attribute: 7 rows skipped, of 10\n") {
		t.Errorf("code %d, %s\n%swant\n%s", code, errs, got, want)
	}
}

// A row that counts nothing does not even name a channel.
func TestIdleRowsNameNoChannel(t *testing.T) {
	want := "channel,conversion_share,value_share,conversions,value\na,1,1,1,2.50\n"
	out, _, code := call("-model", "last-non-direct", "-direct", "direct", "-format", "csv", write(t, "paths.csv", header+"direct,0,0,0\na,1,2.50,3\n"))
	if code != 0 || out != want {
		t.Errorf("code %d, %s", code, out)
	}
}

func TestManyProblems(t *testing.T) {
	file := write(t, "paths.csv", header+strings.Repeat("a,x,1,1\n", 60)+"a,1,1,1\n")
	_, errs, code := call(file)
	if code != 1 || strings.Count(errs, "\n") != 51 || !strings.HasSuffix(errs, "\nand 10 more problems: mend the listed ones first\n") || !strings.Contains(errs, file+":51: ") {
		t.Errorf("code %d, %s", code, errs)
	}
	out, errs, code := call("-lenient", file)
	if code != 0 || !strings.HasSuffix(errs, "\nattribute: 60 rows skipped, of 61\n") || !strings.Contains(out, "60 rows skipped") {
		t.Errorf("code %d, %s%s", code, errs, out)
	}
}

// What concerns a whole file is wrong, leniently or not.
func TestWrongFiles(t *testing.T) {
	good := write(t, "good.csv", header+"a,1,1,1\n")
	log := write(t, "log.csv", "journey,at,channel\nL-1,2026-01-01,a\n")
	won := write(t, "won.csv", "journey,at,value\nL-1,2026-01-02,5\n")
	for _, c := range []struct {
		text, want string
		flags      []string
	}{
		{"", ": the file is empty", nil},
		{"\n\n", ": the file is empty", nil},
		{header, ": there is no row to take", nil},
		{"path,total_conversions,total_null\na,1,1\n", `:1: there is no column "total_conversion_value"`, nil},
		{"\n\npath\na\n", `:3: there is no column "total_conversions"`, nil},
		{"path,path,total_conversions,total_conversion_value,total_null\n", `:1: two columns are named "path"`, nil},
		{"\"path,total_conversions\n", ":1: the quote is not closed", nil},
		{"path;total_conversions;total_conversion_value;total_null\n", ":1: the columns are not separated by commas", nil},
		{"\xff\xfep\x00a\x00t\x00h\x00\n\x00", ":1: the file is UTF-16", nil},
		{"name,date\nx,y\n", ":1: the columns are neither those of a table of paths", nil},
		{"journey,at,channel\nL-1,2026-01-01,a\n", ":1: the file is a log of touches: give the conversions, too", nil},
		{"journey,at\nL-1,2026-01-01\n", `:1: there is no column "channel"`, []string{"-conversions", won}},
		{header + "a,1,1,1\n", ":1: the file is a table of paths, which has its conversions", []string{"-conversions", won}},
		{header + "a,1,1,1\n", ":1: the file is a table of paths, which has no times: -lookback", []string{"-lookback", "30"}},
		{header + "a,1,1,1\n", ":1: the file is a table of paths, which has no times: the model time-decay", []string{"-model", "time-decay"}},
		{header + "a,0,0,1\n", ": the model markov: ", []string{"-model", "markov"}},
		{header + "a,0,0,0\n", ": the model markov: ", []string{"-model", "markov"}},
	} {
		file := write(t, "file.csv", c.text)
		for _, lenient := range [][]string{nil, {"-lenient"}} {
			out, errs, code := call(append(append(lenient, c.flags...), file)...)
			if code != 1 || out != "" || !strings.HasPrefix(errs, file+c.want) {
				t.Errorf("%q: code %d, %s%s", c.text, code, errs, out)
			}
		}
	}
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{filepath.Join(t.TempDir(), "none.csv")}, "none.csv: can't be opened ("},
		{[]string{t.TempDir()}, ": can't be read ("},
		{[]string{"-conversions", won, good, log}, good + ":1: the file is a table of paths, which has its conversions"},
		{[]string{good, log}, log + ":1: the file is a log of touches, and " + good + " is a table of paths: give files of one kind"},
		{[]string{"-conversions", won, log, good}, good + ":1: the file is a table of paths, and " + log + " is a log of touches"},
		{[]string{"-conversions", good, log}, good + `:1: there is no column "journey": the first line of a list of conversions names journey,at,value`},
		{[]string{"-conversions", filepath.Join(t.TempDir(), "none.csv"), log}, "none.csv: can't be opened ("},
	} {
		out, errs, code := call(c.args...)
		if code != 1 || out != "" || !strings.Contains(errs, c.want) {
			t.Errorf("%q: code %d, %s%s", c.args, code, errs, out)
		}
	}
	out, errs, code := call(good, write(t, "extra.csv", strings.ReplaceAll(header, "\n", ",Extra,,Extra\n")+"a,1,1,1,x,y,z\n"))
	if code != 0 || strings.Count(errs, "is ignored") != 2 || !strings.Contains(errs, `extra.csv: the column "extra" is ignored`) {
		t.Errorf("code %d, %s%s", code, errs, out)
	}
}

func TestWrongRowsOfLogs(t *testing.T) {
	const touches, won = "journey,at,channel,campaign,cost\nL-1,2026-01-01,a,x,1\n", "journey,at,value\nL-1,2026-01-02,5\n"
	for _, c := range []struct{ touch, won, want string }{
		{touch: ",2026-01-01,a,,\n", want: "touches.csv:3: journey is empty"},
		{touch: "L-1,2026-01-01, ,,\n", want: "touches.csv:3: channel is empty"},
		{touch: "L-1,,a,,\n", want: "touches.csv:3: at is not a time"},
		{touch: "L-1,2026-02-30,a,,\n", want: "touches.csv:3: at is not a time"},
		{touch: "L-1,1066-01-01,a,,\n", want: "touches.csv:3: at is not in the years 1700 to 2199"},
		{touch: "L-1,2026-01-01,a,,-1\n", want: "touches.csv:3: cost is negative"},
		{touch: "L-1,2026-01-01,a,,1.234\n", want: "touches.csv:3: cost has more digits"},
		{touch: "L-1,2026-01-01,a,,92233720368547758.07\n", want: "touches.csv:3: all rows together exceed 64 bits"},
		{touch: "L-1,2026-01-01,a,\n", want: "touches.csv:3: the row has 4 cells"},
		{won: ",2026-01-01,1\n", want: "won.csv:3: journey is empty"},
		{won: "L-1,soon,1\n", want: "won.csv:3: at is not a time"},
		{won: "L-1,2026-01-01,\n", want: "won.csv:3: value is empty"},
		{won: "L-1,2026-01-01,-1\n", want: "won.csv:3: value is negative"},
		{won: "L-1,2026-01-01,92233720368547758.07\n", want: "won.csv:3: all rows together exceed 64 bits"},
	} {
		args := []string{"-conversions", write(t, "won.csv", won+c.won), write(t, "touches.csv", touches+c.touch)}
		out, errs, code := call(args...)
		if code != 1 || out != "" || !strings.Contains(errs, c.want) {
			t.Errorf("%+v: code %d, %s%s", c, code, errs, out)
		}
		out, errs, code = call(append([]string{"-lenient", "-format", "csv"}, args...)...)
		if code != 0 || out != "channel,conversion_share,value_share,conversions,value\na,1,1,1,5.00\n" || !strings.Contains(errs, "attribute: 1 row skipped, of 3\n") {
			t.Errorf("%+v: leniently code %d, %s%s", c, code, errs, out)
		}
	}
}

func TestWrongFlags(t *testing.T) {
	file := write(t, "paths.csv", header+"a,1,1,1\n")
	for _, c := range []struct{ flags, want string }{
		{"-model bayes", `there is no model "bayes"; take one of first, last, last-non-direct, linear,`},
		{"-compare first,bayes", `there is no model "bayes"; take one of`},
		{"-compare first,,last", `there is no model ""; take one of`},
		{"-model w-shaped", "needs to know when leads and opportunities were created"},
		{"-model full-path", "needs to know when"},
		{"-model lead-creation", "needs to know when"},
		{"-model first,last", "-compare puts several side by side"},
		{"-model first -compare last", "give one of the flags"},
		{"-compare u,position-based", "names the model position-based twice"},
		{"-order 0", "-order is 0: give 1 to 8"},
		{"-model markov -order 9", "-order is 9: give 1 to 8"},
		{"-order 2", "-order is of the model markov"},
		{"-half-life 3", "-half-life is of the model time-decay"},
		{"-model time-decay -half-life 0", "-half-life is 0"},
		{"-direct x", "-direct is of the model last-non-direct"},
		{"-model last-non-direct", "needs -direct CHANNEL"},
		{"-lookback -1", "-lookback is -1"},
		{"-minor-digits 19", "-minor-digits is 19"},
		{"-minor-digits -1", "-minor-digits is -1"},
		{"-format xml", `-format is "xml": give table, csv or json`},
		{"-conversions=", "name the file"},
		{"-nonsense", "flag provided but not defined: -nonsense"},
	} {
		out, errs, code := call(append(strings.Fields(c.flags), file)...)
		if code != 2 || out != "" || !strings.Contains(errs, c.want) || !strings.HasSuffix(errs, "\nRun attribute -h for the flags.\n") {
			t.Errorf("%s: code %d, %s%s", c.flags, code, errs, out)
		}
	}
	for _, args := range [][]string{{}, {file, "-lenient"}} {
		if _, errs, code := call(args...); code != 2 {
			t.Errorf("%q: code %d, %s", args, code, errs)
		}
	}
	out, errs, code := call("-h")
	if code != 0 || errs != "" || out != usage {
		t.Errorf("code %d, %s%s", code, errs, out)
	}
	for _, o := range offered {
		if !strings.Contains(usage, o.name) {
			t.Errorf("%s is not in the usage", o.name)
		}
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("full") }

func TestOutputThatCanNotBeWritten(t *testing.T) {
	var errs strings.Builder
	if code := run([]string{"testdata/paths.csv"}, full{}, &errs); code != 1 || errs.String() != "attribute: the output can't be written: full\n" {
		t.Errorf("code %d, %s", code, errs.String())
	}
}

// Rows that came before a disk failed are no input.
func TestDiskThatFails(t *testing.T) {
	in := &input{job: job{models: []model{{}}}, errs: &strings.Builder{}, wrong: &problems{}, bad: &problems{}}
	in.take("f", iotest.TimeoutReader(iotest.OneByteReader(strings.NewReader(header+"a,1,1,1\n"))), noKind)
	if err := in.wrong.err(); err == nil || !strings.HasPrefix(err.Error(), "f: can't be read (timeout)") {
		t.Error(err)
	}
}

func TestTooManyChannels(t *testing.T) {
	var text strings.Builder
	text.WriteString(header)
	for n := range 65_536 {
		fmt.Fprintf(&text, "c%d,1,0,0\n", n)
	}
	file := write(t, "paths.csv", text.String())
	if _, errs, code := call(file); code != 1 || !strings.HasPrefix(errs, file+":65537: path has a channel too many") {
		t.Errorf("code %d, %.200s", code, errs)
	}
	// A chain of a high order takes fewer; which, does not depend on the row.
	if _, errs, code := call("-lenient", "-model", "markov", "-order", "8", file); code != 1 || !strings.HasPrefix(errs, file+":130: the model can't take it (markov: too many channels") {
		t.Errorf("code %d, %.200s", code, errs)
	}
	text.Reset()
	text.WriteString("journey,at,channel\n")
	for n := range 65_536 {
		fmt.Fprintf(&text, "L-1,2026-01-01,c%d\n", n)
	}
	log := write(t, "touches.csv", text.String())
	won := write(t, "won.csv", "journey,at,value\nL-1,2026-01-02,5\n")
	if _, errs, code := call("-conversions", won, log); code != 1 || !strings.HasPrefix(errs, log+":65537: channel is one too many") {
		t.Errorf("code %d, %.200s", code, errs)
	}
}
