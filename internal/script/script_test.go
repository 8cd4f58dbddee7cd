package script_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/leadloop/leadloop/internal/script"
)

const cases = "# Upper case.\n\nabc\n----\nABC\n\ntwo\nlines\n----\nTWO\nLINES\n"

func TestRunAndGolden(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cases.txt")
	if err := os.WriteFile(path, []byte(cases), 0o644); err != nil {
		t.Fatal(err)
	}
	var seen []string
	script.Run(t, path, func(input string) string {
		seen = append(seen, input)
		return strings.ToUpper(input)
	})
	if len(seen) != 2 || seen[1] != "two\nlines" {
		t.Errorf("inputs %q", seen)
	}
	script.Golden(t, path, cases)
}

// The failures are shown in a process of their own, whose failing is wanted.
func TestFailuresAreReported(t *testing.T) {
	if path := os.Getenv("SCRIPT_CASES"); path != "" {
		t.Run("run", func(t *testing.T) { script.Run(t, path, func(string) string { return "wrong" }) })
		t.Run("golden", func(t *testing.T) { script.Golden(t, path, cases+"more") })
		t.Run("missing", func(t *testing.T) { script.Golden(t, path, "# Upper case.") })
		t.Run("other", func(t *testing.T) { script.Golden(t, path, strings.ToUpper(cases)) })
		t.Run("empty", func(t *testing.T) { script.Run(t, os.DevNull, strings.ToUpper) })
		t.Run("absent", func(t *testing.T) { script.Run(t, path+".absent", strings.ToUpper) })
		return
	}
	path := filepath.Join(t.TempDir(), "cases.txt")
	if err := os.WriteFile(path, []byte(cases), 0o644); err != nil {
		t.Fatal(err)
	}
	run := func(args ...string) (string, error) {
		command := exec.Command(os.Args[0], append([]string{"-test.run", "TestFailuresAreReported"}, args...)...)
		command.Env = append(os.Environ(), "SCRIPT_CASES="+path)
		out, err := command.CombinedOutput()
		return string(out), err
	}
	out, err := run()
	if err == nil {
		t.Fatal("wrong answers are accepted")
	}
	for _, want := range []string{
		"cases.txt: abc got wrong want ABC",
		`cases.txt: line 12 is "more", want ""`,
		`cases.txt: line 2 is the end, want ""`,
		`cases.txt: line 1 is "# UPPER CASE.", want "# Upper case."`,
		"holds no case",
		"absent: no such file",
	} {
		if !strings.Contains(strings.Join(strings.Fields(out), " "), want) {
			t.Errorf("%q is not reported:\n%s", want, out)
		}
	}
	if _, err := run("-update", "-test.run", "TestFailuresAreReported/run"); err != nil {
		t.Error("-update does not rewrite")
	}
	if data, _ := os.ReadFile(path); !strings.Contains(string(data), "abc\n----\nwrong\n") {
		t.Errorf("after -update the file is\n%s", data)
	}
}
