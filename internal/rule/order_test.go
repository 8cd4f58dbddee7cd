package rule_test

import (
	"slices"
	"testing"

	"github.com/leadloop/leadloop/internal/rule"
)

// The answer does not depend on the order of the activities, also where a
// condition fails on one of them: it would decide before that one or after it.
func TestOrderOfActivities(t *testing.T) {
	c := mustCompiler(t)
	for _, test := range []struct {
		text string
		want string // with a visit of 5 and a call of 0 seconds
	}{
		{`any(Activities, .Duration == 5)`, "true"},
		{`any(Activities, .Duration == 6)`, "false"},
		{`all(Activities, .Duration < 6)`, "true"},
		{`all(Activities, .Duration < 5)`, "false"},
		{`none(Activities, .Duration == 6)`, "true"},
		{`none(Activities, .Duration == 5)`, "false"},
		{`any(filter(Activities, .Kind == "visit"), 5 % .Duration == 0)`, "true"},
		{`all(filter(Activities, .Kind == "visit"), 5 % .Duration == 0)`, "true"},
		{`none(map(Activities, .Duration), # > 5)`, "true"},
		{`any(Activities, .Kind == "visit" and 5 % .Duration == 0)`, "true"},
		{`any(sortBy(Activities, .Duration), .Duration == 5 or 5 % .Duration == 0)`, "1:56: division by zero"},
		{`any(Activities, 5 % .Duration == 0)`, "1:19: division by zero"},
		{`all(Activities, 5 % .Duration == 1)`, "1:19: division by zero"},
		{`none(Activities, 5 % .Duration == 0)`, "1:20: division by zero"},
		{`any(Activities, 5 % .Duration == 0) or true`, "1:19: division by zero"},
		{`one(Activities, 5 % .Duration == 0)`, "1:19: division by zero"},
	} {
		condition, err := c.LeadCondition(test.text)
		if err != nil {
			t.Errorf("%s: %v", test.text, err)
			continue
		}
		subject := example()
		subject.Activities = []activity{{Kind: "visit", Duration: 5}, {Kind: "call"}}
		for range 2 {
			if got := answerOf(condition.Eval(subject, nil)); got != test.want {
				t.Errorf("%s starting with %d seconds: %s, want %s", test.text, subject.Activities[0].Duration, got, test.want)
			}
			slices.Reverse(subject.Activities)
		}
		subject.Activities = nil
		if _, err := condition.Eval(subject, nil); err != nil {
			t.Errorf("%s without activities: %v", test.text, err)
		}
	}
}

func answerOf(ok bool, err error) string {
	switch {
	case err != nil:
		return err.Error()
	case ok:
		return "true"
	}
	return "false"
}

// A flaw of the lead does not concern rules on a field of activities that has the same name, nor the reverse.
func TestFlawsOfOneSide(t *testing.T) {
	c := recordCompiler(t)
	lead, visit := record{"seats": 3, "kind": "undeclared"}, record{"kind": "visit", "seats": "wrong", "At": now}
	subject := &rule.Subject[record, record]{Lead: &lead, Activities: []record{{"kind": "call", "seats": 1, "At": now}, visit}, Now: now}
	for text, want := range map[string]string{
		`kind == "visit"`:                    "true",
		`Lead.seats == 3`:                    "true",
		`kind == "visit" and seats == 3`:     "1:1: field seats: the value is not of the declared type",
		`kind == "visit" and seats == nil`:   "1:1: field seats: the value is not of the declared type",
		`Lead.seats == 3 and kind == "call"`: "false",
	} {
		condition, err := c.ActivityCondition(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := answerOf(condition.Eval(subject, &visit)); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
	for text, want := range map[string]string{
		`seats == 3`: "true",
		`seats == 3 and any(Activities, .kind == "visit")`: "true",
		`any(Activities, .seats == 1)`:                     "1:1: field seats: the value is not of the declared type",
	} {
		condition, err := c.LeadCondition(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := answerOf(condition.Eval(subject, nil)); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
	// Each activity has its own flaws only.
	condition, err := c.ActivityCondition(`seats == 1`)
	if err != nil {
		t.Fatal(err)
	}
	run, err := c.Begin(subject)
	if err != nil {
		t.Fatal(err)
	}
	defer run.End()
	if ok, err := condition.True(run, 0); !ok || err != nil {
		t.Errorf("the sound activity: %v, %v", ok, err)
	}
	if _, err := condition.True(run, 1); err == nil {
		t.Error("the flawed activity: no error")
	}
}
