package rule_test

import (
	"runtime"
	"testing"
	"weak"
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
		subject := example()
		lead, activities, tags := weak.Make(subject.Lead), weak.Make(&subject.Activities[0]), weak.Make(&subject.Lead.Tags[0])
		_, _ = condition.Eval(subject, nil)
		runtime.GC() // the pool keeps its runs through one collection
		if lead.Value() != nil || activities.Value() != nil || tags.Value() != nil {
			t.Errorf("%s: kept lead %t, activities %t, tags %t", text, lead.Value() != nil, activities.Value() != nil, tags.Value() != nil)
		}
		runtime.KeepAlive(c)
	}
}
