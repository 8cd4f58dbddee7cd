package rule_test

import (
	"strings"
	"testing"
	"time"

	"github.com/leadloop/leadloop/internal/rule"
)

type record map[string]any

var (
	leadFields = rule.Fields{"name": rule.Text, "seats": rule.Integer, "revenue": rule.Number,
		"opted_in": rule.Boolean, "born": rule.Time, "tags": rule.Texts}
	activityFields = rule.Fields{"kind": rule.Text, "At": rule.Time, "seats": rule.Integer}
)

func recordCompiler(t testing.TB) *rule.Compiler[record, record] {
	t.Helper()
	c, err := rule.NewCompiler[record, record](rule.LeadFields(leadFields), rule.ActivityFields(activityFields))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestRecords(t *testing.T) {
	c := recordCompiler(t)
	full := record{"name": "Ann", "seats": 12, "revenue": 2.5, "opted_in": true, "born": days(3), "tags": []string{"a"}}
	for _, test := range []struct {
		text string
		lead record
		want string // true, false or the error
	}{
		{`name == "Ann"`, full, "true"},
		{`seats > 10 and revenue < 3 and opted_in == true`, full, "true"},
		{`Now - born > duration("2d")`, full, "true"},
		{`"a" in tags`, full, "true"},
		{`Lead.name == "Ann"`, full, "true"},
		{`name == nil and seats == nil`, record{}, "true"},
		{`name == nil`, record{"name": nil}, "true"},
		{`seats > 3`, record{}, "1:7: a value is missing (nil)"},
		{`(seats ?? 0) > 3`, record{}, "false"},
		{`"a" in tags`, record{}, "false"},
		{`seats == 3`, record{"seats": int8(3)}, "true"},
		{`seats == 3`, record{"seats": uint16(3)}, "true"},
		{`seats == 3`, record{"seats": 3.0}, "true"},
		{`seats == 3`, record{"seats": 3.5}, "1:1: field seats: the value is not of the declared type"},
		{`seats == 3`, record{"seats": float64(1 << 53)}, "1:1: field seats: the value is not of the declared type"},
		{`seats == 3`, record{"seats": uint64(1 << 63)}, "1:1: field seats: the value is not of the declared type"},
		{`seats == 3`, record{"seats": "3"}, "1:1: field seats: the value is not of the declared type"},
		{`name == "x"`, record{"name": 3}, "1:1: field name: the value is not of the declared type"},
		{`name == "x"`, record{"name": []byte("x")}, "1:1: field name: the value is not of the declared type"},
		{`name == "x"`, record{"seats": "wrong", "name": "x"}, "true"},
		{`revenue == 3`, record{"revenue": 3}, "true"},
		{`revenue == 3`, record{"revenue": uint8(3)}, "true"},
		{`revenue == 3`, record{"revenue": true}, "1:1: field revenue: the value is not of the declared type"},
		{`opted_in == true`, record{"opted_in": 1}, "1:1: field opted_in: the value is not of the declared type"},
		{`born < Now`, record{"born": "2026-01-01"}, "1:1: field born: the value is not of the declared type"},
		{`"a" in tags`, record{"tags": []any{"b", "a"}}, "true"},
		{`"a" in tags`, record{"tags": []any{"b", 1}}, "1:1: field tags: the value is not of the declared type"},
		{`"a" in tags`, record{"tags": "a"}, "1:1: field tags: the value is not of the declared type"},
		{`name == "x"`, record{"name": "x", "other": 1}, "true"}, // no rule can read what is not declared
		{`name == "x"`, nil, "false"},
	} {
		condition, err := c.LeadCondition(test.text)
		if err != nil {
			t.Errorf("%s: %v", test.text, err)
			continue
		}
		ok, err := condition.Eval(&rule.Subject[record, record]{Lead: &test.lead, Now: now}, nil)
		got := "false"
		switch {
		case err != nil:
			got = err.Error()
		case ok:
			got = "true"
		}
		if got != test.want {
			t.Errorf("%s of %v: %s, want %s", test.text, test.lead, got, test.want)
		}
	}
	for _, text := range []string{`other == 1`, `Lead.other == 1`, `any(Activities, .other == 1)`} {
		if _, err := c.LeadCondition(text); err == nil || !strings.Contains(err.Error(), `unknown`) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// Times with a reading of the monotonic clock are stored without it.
func TestRecordMonotonic(t *testing.T) {
	c := recordCompiler(t)
	clock := time.Now()
	for text, want := range map[string]bool{`born == Now`: true, `Now - born == duration("0s")`: true, `born < Now`: false, `any(Activities, .At == Lead.born)`: true} {
		condition, err := c.LeadCondition(text)
		if err != nil {
			t.Fatal(err)
		}
		got, err := condition.Eval(&rule.Subject[record, record]{Lead: &record{"born": clock}, Activities: []record{{"At": clock}}, Now: clock}, nil)
		if got != want || err != nil {
			t.Errorf("%s: %t, %v", text, got, err)
		}
	}
}

func TestRecordActivities(t *testing.T) {
	c := recordCompiler(t)
	subject := &rule.Subject[record, record]{Lead: &record{"name": "Ann", "spare": 1}, Now: now, Activities: []record{
		{"kind": "call", "At": days(1), "seats": "three"}, {"kind": "visit", "zip": 1, "At": days(2), "fax": 2}, {"kind": "visit", "seats": 4},
	}}
	run, err := c.Begin(subject)
	if err != nil {
		t.Fatal(err)
	}
	defer run.End()
	var flaws []string
	for _, f := range run.Flaws() {
		flaws = append(flaws, f.Message)
	}
	want := "field spare is not declared by the model|field seats: the value is not of the declared type|field fax is not declared by the model|field zip is not declared by the model"
	if got := strings.Join(flaws, "|"); got != want {
		t.Errorf("flaws %s\nwant %s", got, want)
	}
	seats, err := c.ActivityCondition(`seats == 4 and Lead.name == "Ann"`)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := seats.True(run, 0); err == nil {
		t.Error("a rule reads a value of the wrong type")
	}
	if ok, err := seats.True(run, 2); !ok || err != nil {
		t.Errorf("%v, %v, want a match", ok, err)
	}
	visits, err := c.LeadCondition(`count(Activities, .kind == "visit") == 2`)
	if err != nil {
		t.Fatal(err)
	}
	if ok, err := visits.True(run, 0); !ok || err != nil {
		t.Errorf("%v, %v, want a match", ok, err)
	}
	all, err := c.LeadCondition(`any(Activities, .seats == 4)`)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := all.True(run, 0); err == nil {
		t.Error("a rule over all activities reads a value of the wrong type")
	}
}

func TestTypes(t *testing.T) {
	fail := func(name string, err error, want string) {
		t.Helper()
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", name, err, want)
		}
	}
	_, err := rule.NewCompiler[int, activity]()
	fail("int", err, "leads are a int: give a struct or a map[string]any")
	_, err = rule.NewCompiler[lead, *activity]()
	fail("pointer", err, "activities are a *rule_test.activity: give a struct or a map[string]any")
	_, err = rule.NewCompiler[map[string]int, rule.None]()
	fail("map of int", err, "leads are a map[string]int")
	_, err = rule.NewCompiler[lead, rule.None](rule.LeadFields(rule.Fields{"a": rule.Text}))
	fail("declared struct", err, "declared fields are for records")
	_, err = rule.NewCompiler[record, rule.None](rule.LeadFields(rule.Fields{"a b": rule.Text}))
	fail("name", err, `named "a b"`)
	_, err = rule.NewCompiler[record, rule.None](rule.LeadFields(rule.Fields{"Now": rule.Text}))
	fail("reserved", err, `which is a word of the language`)
	_, err = rule.NewCompiler[record, rule.None](rule.LeadFields(rule.Fields{"not": rule.Text}))
	fail("word", err, `which is a word of the language`)
	_, err = rule.NewCompiler[record, rule.None](rule.LeadFields(rule.Fields{"a": 0}))
	fail("type", err, `has no known type`)
	_, err = rule.NewCompiler[Selfish, rule.None]()
	fail("embeds itself", err, "leads hold the struct rule_test.Selfish, which embeds itself")
	_, err = rule.NewCompiler[lead, struct{ Kinds map[string][]*odd }]()
	fail("embeds itself in two steps", err, "activities hold the struct rule_test.Even, which embeds itself")
	_, err = rule.NewCompiler[lead, struct {
		At   time.Time
		Seen time.Time `expr:"At"`
	}]()
	fail("one name twice", err, `in which two fields are called "At": give one another expr tag`)
	c, err := rule.NewCompiler[person, rule.None]()
	if err != nil {
		t.Fatalf("a lead that holds its like: %v", err)
	}
	condition, err := c.LeadCondition(`Chief.Chief?.Name == nil and Chief.Name == "Kim"`)
	if err != nil {
		t.Fatal(err)
	}
	if ok, err := condition.Eval(&rule.Subject[person, rule.None]{Lead: &person{Chief: &person{Name: "Kim"}}}, nil); !ok || err != nil {
		t.Errorf("%v, %v, want a match", ok, err)
	}
}

// The language would look for an unknown field of these for ever.
type (
	Selfish struct {
		*Selfish
		Name string
	}
	odd struct {
		Plain Even
		Name  string
	}
	Even struct {
		Plain *odd
		*Twin
	}
	Twin struct{ *Even }
)

// person holds its like in a named field, which is fine.
type person struct {
	Name  string
	Chief *person
	Staff []person
}

func TestNoActivities(t *testing.T) {
	c, err := rule.NewCompiler[lead, rule.None]()
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.LeadCondition(`Stage in ["mql", "sal"] and len(Activities) == 0`)
	if want := "1:33: there are no Activities here: score them, and look at the score"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	condition, err := c.LeadCondition(`Stage in ["mql", "sal"]`)
	if err != nil {
		t.Fatal(err)
	}
	ok, err := condition.Eval(&rule.Subject[lead, rule.None]{Lead: &lead{Stage: "sal"}, Now: time.Time{}}, nil)
	if !ok || err != nil {
		t.Errorf("%v, %v, want a match", ok, err)
	}
}
