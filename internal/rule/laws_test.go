package rule_test

import (
	"errors"
	"math"
	"strings"
	"sync"
	"testing"

	"github.com/leadloop/leadloop/internal/rule"
)

// Half of a micropoint goes to the even one; 2^-7 has an exact half in millionths.
func TestMicropoints(t *testing.T) {
	c := mustCompiler(t)
	for _, test := range []struct {
		text string
		want int64
	}{
		{`3`, 3_000_000}, {`-1000000`, -1e12}, {`Employees`, 250_000_000}, {`Seats`, 12_000_000}, {`Rank`, 3_000_000},
		{`1000000.0`, 1e12}, {`0.0078125`, 7812}, {`0.0234375`, 23438}, {`-0.0078125`, -7812}, {`0.0000004`, 0},
		{`7 / 2`, 3_500_000}, {`Employees / 100`, 2_500_000}, {`abs(-2)`, 2_000_000},
	} {
		value, err := c.LeadPoints(test.text)
		if err != nil {
			t.Errorf("%s: %v", test.text, err)
			continue
		}
		run, err := c.Begin(example())
		if err != nil {
			t.Fatal(err)
		}
		got, err := value.Micropoints(run, 0)
		run.End()
		if err != nil || got != test.want {
			t.Errorf("%s = %d, %v, want %d", test.text, got, err, test.want)
		}
	}
	subject := example()
	for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1), 1_000_000.5} {
		subject.Activities[0].Value = bad
		value, err := c.ActivityPoints(`Value`)
		if err != nil {
			t.Fatal(err)
		}
		run, err := c.Begin(subject)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := value.Micropoints(run, 0); err == nil {
			t.Errorf("%v gives %d points", bad, got)
		}
		run.End()
	}
}

// Errors at run time never hold what the lead holds.
func TestErrorsHoldNoValues(t *testing.T) {
	const secret = "zebra@example.com"
	subject := example()
	subject.Lead.Title, subject.Lead.Email, subject.Lead.Extra = secret, secret, secret
	subject.Lead.Tags, subject.Lead.Stage = []string{secret}, secret
	c := mustCompiler(t)
	failed := 0
	for _, text := range []string{
		`int(Title) == 1`, `float(Title) == 1.0`, `Extra > 5`, `Extra.Name == 1`, `Extra[Title] == 1`, `Extra in Title`, `Extra`,
		`Extra and true`, `not Extra`, `-Extra == 1`, `Extra matches "(" or Title in Extra`, `len(Extra) > 0 and Extra + 1 == 2`,
		`Title in Extra`, `get(Numbers, Title) == "x" or int(Stage) == 5`, `abs(Extra) == 1`, `max(Extra, 1) == 1`, `sum(Extra) == 1`,
		`any(Extra, # == 1)`, `Extra?.Name.Other == 1`, `upper(Extra) == trim(Extra) and Extra - 1 == 1`, `round(Extra) == 1`,
	} {
		condition, err := c.LeadCondition(text)
		if err != nil {
			if strings.Contains(err.Error(), secret) {
				t.Errorf("%s: %v", text, err)
			}
			continue
		}
		_, err = condition.Eval(subject, nil)
		if err == nil {
			continue
		}
		failed++
		if strings.Contains(err.Error(), "zebra") {
			t.Errorf("%s: the error holds a value: %v", text, err)
		}
		var at *rule.Error
		if !errors.As(err, &at) || at.Line != 1 || at.Column < 1 {
			t.Errorf("%s: no place in %v", text, err)
		}
	}
	if failed < 12 {
		t.Errorf("only %d texts failed: the test tests nothing", failed)
	}
}

func TestMissingSubject(t *testing.T) {
	c := mustCompiler(t)
	condition, err := c.LeadCondition(`true`)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := condition.Eval(nil, nil); err == nil {
		t.Error("no subject, no error")
	}
	if _, err := condition.Eval(&rule.Subject[lead, activity]{}, nil); err == nil {
		t.Error("no lead, no error")
	}
	each, err := c.ActivityCondition(`Kind == "call"`)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := each.Eval(example(), nil); err == nil {
		t.Error("no activity, no error")
	}
	if ok, err := each.Eval(example(), &activity{Kind: "call"}); !ok || err != nil {
		t.Errorf("%v, %v, want a match", ok, err)
	}
}

// A hostile text is refused, or its evaluation ends. No clock is read: a text
// that hangs would meet the time limit of the test run.
func TestHostile(t *testing.T) {
	c := mustCompiler(t)
	for name, text := range map[string]string{
		"long":    `Title == "` + strings.Repeat("x", rule.MaxText) + `"`,
		"nodes":   "1" + strings.Repeat("+1", rule.MaxNodes) + " == 1",
		"parens":  strings.Repeat("(", rule.MaxText-100) + "1",
		"nots":    strings.Repeat("!", rule.MaxText-100) + "true",
		"pattern": `Title matches "` + strings.Repeat("(a|b)", 200) + `"`,
		"repeats": `Title matches "((((a{1000}){1000}){1000}){1000})"`,
		"lists":   strings.Repeat("[", 3000) + strings.Repeat("]", 3000) + " == 1",
		"ranges":  `len(1..1000000000) > 1`,
		"nested":  `any(Activities, any(Activities, any(Activities, .Value > 1)))`,
		"hidden":  `any(Activities, any([Activities], nil in #))`,
		"tags":    `any(Activities, any([Tags], "x" in #))`,
	} {
		if err := compileAs(c, "lead", text); err == nil {
			t.Errorf("%s compiles", name)
		}
	}
	subject := example()
	subject.Activities = make([]activity, 300)
	subject.Lead.Title = strings.Repeat("x", 300)
	for _, text := range []string{
		strings.Repeat(`any(Activities, .Page == "x") or `, 300) + "false",
		`count(Activities, .Page in ["` + strings.Repeat(`a", "`, 500) + `"]) == 0`,
		`Title matches "` + strings.Repeat("(x+x+)+", 60) + `y"`,
	} {
		condition, err := c.LeadCondition(text)
		if err != nil {
			t.Errorf("%.40s: %v", text, err)
			continue
		}
		if ok, err := condition.Eval(subject, nil); ok || err != nil {
			t.Errorf("%.40s: %t, %v", text, ok, err)
		}
	}
	memory, err := c.LeadCondition(strings.Repeat(`len(1..10000) > 0 and `, 150) + "true")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := memory.Eval(subject, nil); err == nil || !strings.Contains(err.Error(), "memory budget") {
		t.Errorf("%v, want the memory budget", err)
	}
}

// One condition serves many goroutines; run with -race.
func TestConcurrentUse(t *testing.T) {
	c := mustCompiler(t)
	condition, err := c.LeadCondition(`Stage == "mql" and count(Activities, .Kind == "visit") == Rank - 1`)
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for i := range 200 {
				subject := example()
				subject.Lead.Rank = rank(3 + i%2)
				ok, err := condition.Eval(subject, nil)
				if err != nil || ok != (i%2 == 0) {
					t.Errorf("%v, %v", ok, err)
				}
				if _, err := c.ActivityCondition(`Value > 2`); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
}
