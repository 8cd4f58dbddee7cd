// Package script runs tests that are written down in files, so that they read
// like a specification. Only tests import it. With the flag -update the files are
// rewritten; whoever does that reads the difference before it is committed.
package script

import (
	"flag"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the files in testdata with what the tests give")

// Run reads a file of cases and compares what answer gives for each input. A
// case is an input, a line ---- and what is expected; a blank line stands between cases, and a
// paragraph that begins with # is a comment. A file without a case is an error.
func Run(t *testing.T, path string, answer func(input string) string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	cases := 0
	for paragraph := range strings.SplitSeq(strings.TrimSpace(string(data)), "\n\n") {
		if paragraph == "" || strings.HasPrefix(paragraph, "#") {
			out = append(out, paragraph)
			continue
		}
		input, want, _ := strings.Cut(paragraph, "\n----")
		want = strings.TrimPrefix(want, "\n")
		cases++
		got := answer(input)
		if got != want && !*update {
			t.Errorf("%s: %s\n got %s\nwant %s", path, input, got, want)
		}
		out = append(out, input+"\n----\n"+got)
	}
	if cases == 0 {
		t.Fatalf("%s holds no case", path)
	}
	rewrite(t, path, strings.Join(out, "\n\n")+"\n")
}

// Golden compares a whole file with what a test gives.
func Golden(t *testing.T, path, got string) {
	t.Helper()
	rewrite(t, path, got)
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s: %s", path, firstDifference(got, string(want)))
	}
}

func rewrite(t *testing.T, path, content string) {
	t.Helper()
	if !*update {
		return
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

// firstDifference shows the first line in which two texts differ.
func firstDifference(got, want string) string {
	a, b := strings.Split(got, "\n"), strings.Split(want, "\n")
	line := 0
	for line < min(len(a), len(b))-1 && a[line] == b[line] {
		line++
	}
	if a[line] == b[line] {
		line++
	}
	at := func(lines []string) string {
		if line < len(lines) {
			return strconv.Quote(lines[line])
		}
		return "the end"
	}
	return fmt.Sprintf("line %d is %s, want %s", line+1, at(a), at(b))
}
