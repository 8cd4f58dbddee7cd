package rule_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/leadloop/leadloop/internal/rule"
)

// FuzzText compiles and evaluates any text: nothing panics, every error has its
// place, and the same text gives the same answer twice.
func FuzzText(f *testing.F) {
	for _, path := range []string{"testdata/refusals.txt", "testdata/failures.txt"} {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		for _, block := range strings.Split(string(data), "\n\n") {
			if _, text, ok := strings.Cut(block, ": "); ok {
				text, _, _ = strings.Cut(text, "\n----")
				f.Add(text)
			}
		}
	}
	f.Add(`count(Activities, .Kind == "visit" and .At > Now - duration("30d")) >= 2`)
	f.Add(`Referrer?.x ?? Stage in Past ? Rank : Seats`)
	c := mustCompiler(f)
	records := recordCompiler(f)
	answer := func(text string) (string, bool) {
		var out strings.Builder
		if condition, err := c.LeadCondition(text); err != nil {
			check(f, text, err, &out)
		} else if ok, err := condition.Eval(example(), nil); err != nil {
			check(f, text, err, &out)
		} else if ok {
			out.WriteString("true")
		}
		if condition, err := c.ActivityCondition(text); err == nil {
			subject := example()
			if _, err := condition.Eval(subject, &subject.Activities[0]); err != nil {
				check(f, text, err, &out)
			}
		}
		if value, err := c.LeadPoints(text); err == nil {
			run, err := c.Begin(example())
			if err != nil {
				f.Fatal(err)
			}
			if _, err := value.Micropoints(run, 0); err != nil {
				check(f, text, err, &out)
			}
			run.End()
		}
		if condition, err := records.LeadCondition(text); err == nil {
			lead := record{"name": "Ann", "seats": "wrong"}
			if _, err := condition.Eval(&rule.Subject[record, record]{Lead: &lead, Now: now}, nil); err != nil {
				check(f, text, err, &out)
			}
		}
		return out.String(), true
	}
	f.Fuzz(func(t *testing.T, text string) {
		first, _ := answer(text)
		if second, _ := answer(text); first != second {
			t.Errorf("%q: %q, then %q", text, first, second)
		}
	})
}

func check(t testing.TB, text string, err error, out *strings.Builder) {
	var at *rule.Error
	if !errors.As(err, &at) || at.Line < 1 || at.Column < 1 {
		panic("no place in the error of " + text)
	}
	out.WriteString(err.Error())
}
