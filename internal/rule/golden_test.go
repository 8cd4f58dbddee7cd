package rule_test

import (
	"strings"
	"testing"

	"github.com/leadloop/leadloop/internal/rule"
	"github.com/leadloop/leadloop/internal/script"
)

// golden runs the cases of a file, whose inputs are a head, ": " and a text.
func golden(t *testing.T, path string, answer func(head, text string) string) {
	t.Helper()
	script.Run(t, path, func(input string) string {
		head, text, ok := strings.Cut(input, ": ")
		if !ok {
			t.Fatalf("%s: no head in %q", path, input)
		}
		return answer(head, text)
	})
}

func mustCompiler(t testing.TB) *rule.Compiler[lead, activity] {
	t.Helper()
	c, err := rule.NewCompiler[lead, activity]()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// compileAs compiles a text as the head of a case says.
func compileAs(c *rule.Compiler[lead, activity], head, text string) error {
	var err error
	switch head {
	case "lead":
		_, err = c.LeadCondition(text)
	case "activity":
		_, err = c.ActivityCondition(text)
	case "lead points":
		_, err = c.LeadPoints(text)
	case "activity points":
		_, err = c.ActivityPoints(text)
	default:
		panic("unknown head " + head)
	}
	return err
}

func TestRefusals(t *testing.T) {
	c := mustCompiler(t)
	golden(t, "testdata/refusals.txt", func(head, text string) string {
		err := compileAs(c, head, text)
		if err == nil {
			t.Errorf("%s: %s: compiles", head, text)
			return "compiles"
		}
		if len(rule.Mistakes(err)) != strings.Count(err.Error(), "\n")+1 {
			t.Errorf("%s: %d mistakes in %q", text, len(rule.Mistakes(err)), err)
		}
		return err.Error()
	})
}

func TestFailures(t *testing.T) {
	c := mustCompiler(t)
	golden(t, "testdata/failures.txt", func(head, text string) string {
		var err error
		switch head {
		case "lead":
			condition, compile := c.LeadCondition(text)
			if compile != nil {
				t.Fatalf("%s: %v", text, compile)
			}
			_, err = condition.Eval(example(), nil)
		case "activity":
			condition, compile := c.ActivityCondition(text)
			if compile != nil {
				t.Fatalf("%s: %v", text, compile)
			}
			_, err = condition.Eval(example(), &example().Activities[0])
		case "points":
			value, compile := c.LeadPoints(text)
			if compile != nil {
				t.Fatalf("%s: %v", text, compile)
			}
			run, begin := c.Begin(example())
			if begin != nil {
				t.Fatal(begin)
			}
			defer run.End()
			_, err = value.Micropoints(run, 0)
		}
		if err == nil {
			return "no error"
		}
		return err.Error()
	})
}
