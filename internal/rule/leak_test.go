package rule_test

import (
	"runtime"
	"testing"
	"weak"

	"github.com/leadloop/leadloop/internal/rule"
)

// Once an evaluation has ended, nothing of the subject is kept.
func TestNothingIsKept(t *testing.T) {
	c := mustCompiler(t)
	for _, text := range []string{
		`any(Activities, .Kind == "visit") and Title == "x"`, `count(filter(Activities, .Value > 1), true) >= 0`,
		`len(sortBy(Activities, .At)) == 3`, `Past[7] == "x"`, `any(Activities, .Labels[7] == "x")`, `any(Tags, # == "a")`,
	} {
		condition, err := c.LeadCondition(text)
		if err != nil {
			t.Fatal(err)
		}
		lead, activities, tags := evaluateAndForget(condition)
		runtime.GC() // the pool keeps its runs through one collection
		if lead.Value() != nil || activities.Value() != nil || tags.Value() != nil {
			t.Errorf("%s: kept lead %t, activities %t, tags %t", text, lead.Value() != nil, activities.Value() != nil, tags.Value() != nil)
		}
		runtime.KeepAlive(c)
	}
}

// evaluateAndForget has a frame of its own, so that no register or stack slot of the test keeps the subject.
//
//go:noinline
func evaluateAndForget(condition *rule.Condition[lead, activity]) (weak.Pointer[lead], weak.Pointer[activity], weak.Pointer[string]) {
	subject := example()
	l, a, s := weak.Make(subject.Lead), weak.Make(&subject.Activities[0]), weak.Make(&subject.Lead.Tags[0])
	_, _ = condition.Eval(subject, nil)
	return l, a, s
}
