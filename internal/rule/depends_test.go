package rule_test

import (
	"fmt"
	"math/rand"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/leadloop/leadloop/internal/rule"
)

func dated(t testing.TB) *rule.Compiler[lead, activity] {
	t.Helper()
	c, err := rule.NewCompiler[lead, activity](rule.Dated())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestFields(t *testing.T) {
	c := dated(t)
	for _, test := range []struct{ text, lead, activity string }{
		{`Title == "x" and owner == Lead.Email`, "Email Title owner", ""},
		{`Address.City == "Bern" and Office?.Country == nil`, "Address Office", ""},
		{`count(Activities, .Page == Title and .At > Now - duration("3d")) > 1`, "Title", "At Page"},
		{`len(Activities) > 2 and any(Tags, # == Stage)`, "Stage Tags", ""},
		{`first(sortBy(Activities, .At)).Kind == "call"`, "", "At Kind"},
		{`any(Activities, any(["a", "b"], # == Title))`, "Title", ""},
	} {
		condition, err := c.LeadCondition(test.text)
		if err != nil {
			t.Fatal(err)
		}
		of, ofActivities := condition.Fields()
		if strings.Join(of, " ") != test.lead || strings.Join(ofActivities, " ") != test.activity {
			t.Errorf("%s reads %v and %v, want %s and %s", test.text, of, ofActivities, test.lead, test.activity)
		}
	}
	each, err := c.ActivityCondition(`Kind == Lead.Title and Lead.Address.City == "x"`)
	if err != nil {
		t.Fatal(err)
	}
	if of, ofActivities := each.Fields(); !slices.Equal(of, []string{"Address", "Title"}) || !slices.Equal(ofActivities, []string{"Kind"}) {
		t.Errorf("it reads %v and %v", of, ofActivities)
	}
}

// Each use of Now is either told by edges or unknown.
func TestTimes(t *testing.T) {
	c := dated(t)
	at := func(text string) time.Time {
		v, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	subject := example() // created 40 days before noon of 2026-06-15; activities 1, 20 and 50 days
	for _, test := range []struct {
		text string
		want []time.Time // nil is unknown
	}{
		{`Title == "x"`, []time.Time{}},
		{`Now >= date("2026-07-01")`, []time.Time{at("2026-07-01T00:00:00Z")}},
		{`Now > date("2026-07-01")`, []time.Time{at("2026-07-01T00:00:00.000000001Z")}},
		{`Now - CreatedAt > duration("50d")`, []time.Time{at("2026-06-25T12:00:00.000000001Z")}},
		{`duration("50d") >= Now.Sub(CreatedAt)`, []time.Time{at("2026-06-25T12:00:00.000000001Z")}},
		{`CreatedAt + duration("50d") < Now - duration("1d")`, []time.Time{at("2026-06-26T12:00:00.000000001Z")}},
		{`(Now - CreatedAt).Hours() / 24 >= 50`, []time.Time{at("2026-06-25T12:00:00Z")}},
		{`int((Now - CreatedAt).Hours() / 24) == 50`, []time.Time{at("2026-06-25T12:00:00Z"), at("2026-06-26T12:00:00Z")}},
		{`Now > CreatedAt.AddDate(0, 2, 0)`, []time.Time{at("2026-07-06T12:00:00.000000001Z")}},
		{`CreatedAt.Add(duration("1d") * 41).Compare(Now) > 0`, []time.Time{at("2026-06-16T12:00:00Z"), at("2026-06-16T12:00:00.000000001Z")}},
		{`ClosedAt != nil and ClosedAt < Now`, []time.Time{}}, // nil
		{`(ClosedAt ?? CreatedAt) < Now`, []time.Time{at("2026-05-06T12:00:00.000000001Z")}},
		{`any(Activities, .At > Now - duration("30d"))`, []time.Time{at("2026-05-26T12:00:00Z"), at("2026-06-25T12:00:00Z"), at("2026-07-14T12:00:00Z")}},
		{`last(sortBy(Activities, .At)).At < Now - duration("30d")`, []time.Time{at("2026-05-26T12:00:00.000000001Z"), at("2026-06-25T12:00:00.000000001Z"), at("2026-07-14T12:00:00.000000001Z")}},
		{`Now.Hour() < 12`, nil},
		{`Now.AddDate(0, -1, 0) < CreatedAt`, nil},
		{`Now in [CreatedAt]`, nil},
		{`Now - CreatedAt > duration("1d") * Rank`, nil},
		{`Now - CreatedAt - duration("1d") > duration("1d")`, nil},
		{`max(0, 10 - (Now - CreatedAt).Hours()) > 1`, nil},
		{`any([1, 2], # < Now.Day())`, nil},
		{`(Now.Day() > 3 ? CreatedAt : date("2026-01-01")) < Now`, nil},
		{`filter(Activities, Now.Day() > 3)[0:] == nil`, nil},
	} {
		condition, err := c.LeadCondition(test.text)
		if err != nil {
			if test.want != nil {
				t.Error(err)
			}
			continue
		}
		edges, known := condition.Times()
		if known != (test.want != nil) {
			t.Errorf("%s: known is %t", test.text, known)
			continue
		}
		got := c.Instants(nil, edges, subject.Lead, subject.Activities)
		slices.SortFunc(got, time.Time.Compare)
		if known && !slices.EqualFunc(got, test.want, time.Time.Equal) {
			t.Errorf("%s: %v, want %v", test.text, got, test.want)
		}
	}
}

func TestBack(t *testing.T) {
	c := dated(t)
	day := 24 * time.Hour
	all := rule.Back{All: true}
	for _, test := range []struct {
		text string
		each bool
		want rule.Back
	}{
		{`Title == "x"`, false, rule.Back{}},
		{`len(Activities) > 3`, false, all},
		{`any(Activities, .Kind == "call" and .At > Now - duration("30d"))`, false, rule.Back{Span: 30 * day}},
		{`none(Activities, Now - .At <= duration("30d"))`, false, rule.Back{Span: 30*day + 1}},
		{`all(Activities, .At < Now - duration("2d") or .Value > 1.0)`, false, rule.Back{Span: 2*day + 1}},
		{`count(Activities, .At > Now - duration("3d") and 5 % .Duration == 1) > 1`, false, rule.Back{Span: 3 * day}},
		{`count(Activities, 5 % .Duration == 1 and .At > Now - duration("3d")) > 1`, false, all}, // an old one can fail
		{`count(Activities, .At > Now - duration("3d")) > count(Activities, .At > Now - duration("9d"))`, false, rule.Back{Span: 9 * day}},
		{`count(Activities, .At > Now - duration("3d") or .Kind == "call") > 1`, false, all},
		{`count(filter(Activities, .Kind == "call"), (Now - .At).Hours() < 48) > 1`, false, rule.Back{Span: 2 * day}},
		{`count(filter(Activities, 5 % .Duration == 1), .At > Now - duration("3d")) > 1`, false, all},
		{`sum(filter(Activities, .At > Now - duration("3d")), .Value) > 1.0`, false, rule.Back{Span: 3 * day}},
		{`sum(Activities, .Value) > 1.0`, false, all},
		{`any(Activities, .At > Lead.CreatedAt)`, false, all},
		{`Kind == "call"`, true, all},
		{`5 % Duration == 1 and At > Now - duration("3d")`, true, rule.Back{Span: 3 * day}}, // it may fail: it gives nothing either way
		{`At > Now - duration("3d") and At >= Now - duration("2d")`, true, rule.Back{Span: 2*day + 1}},
		{`not (At <= Now - duration("3d"))`, true, rule.Back{Span: 3 * day}},
		{`At > Lead.CreatedAt - duration("3d")`, true, all},
	} {
		compile := c.LeadCondition
		if test.each {
			compile = c.ActivityCondition
		}
		condition, err := compile(test.text)
		if err != nil {
			t.Fatal(err)
		}
		if got := condition.Back(); got != test.want {
			t.Errorf("%s looks back %+v, want %+v", test.text, got, test.want)
		}
	}
}

// clockTexts writes random conditions that compare times with Now.
type clockTexts struct {
	*rand.Rand
	each bool
}

func (c clockTexts) one(from ...string) string { return from[c.Intn(len(from))] }

func (c clockTexts) span() string { return fmt.Sprintf(`duration("%ds")`, c.Intn(20)-4) }

func (c clockTexts) time(item bool) string {
	texts := []string{"CreatedAt", "ClosedAt", `(OptedIn ? CreatedAt : date("2026-06-15T12:00:07Z"))`, "(ClosedAt ?? CreatedAt)",
		"first(sortBy(Activities, .At)).At"}
	switch {
	case c.each:
		texts = []string{"At", "At", "Lead.CreatedAt", "Lead.ClosedAt"}
	case item:
		texts = []string{".At", ".At", ".At", "Lead.CreatedAt", "ClosedAt"}
	}
	t := c.one(texts...)
	switch c.Intn(5) {
	case 0:
		t += " + " + c.span()
	case 1:
		t += " - " + c.span()
	}
	return t
}

func (c clockTexts) atom(item bool, depth int) string {
	operator := c.one(" < ", " <= ", " > ", " >= ", " == ", " != ")
	switch c.Intn(10) {
	case 0:
		return c.time(item) + operator + "Now"
	case 1:
		return "Now - " + c.span() + operator + c.time(item)
	case 2:
		return "Now - (" + c.time(item) + ")" + operator + c.span()
	case 3:
		return c.span() + operator + "(" + c.time(item) + " + " + c.span() + ").Sub(Now)"
	case 4:
		return "(Now - (" + c.time(item) + "))." + c.one("Seconds()", "Minutes() * 60", "Hours() / 0.001") + operator + fmt.Sprint(c.Intn(20)-4)
	case 5:
		return "int(((" + c.time(item) + ") - Now).Seconds() / 2)" + operator + fmt.Sprint(c.Intn(9)-4)
	case 6:
		return "Now." + c.one("Before", "After", "Equal") + "(" + c.time(item) + ")"
	case 7:
		switch {
		case c.each:
			return c.one(`Kind == "call"`, `5 % Duration == 1`, `Lead.OptedIn`, `Value > 1.0`)
		case item:
			return c.one(`.Kind == "call"`, `5 % .Duration == 1`, `Lead.OptedIn`, `.Value > 1.0`)
		}
		return c.one(`OptedIn`, `Budget > 1.0`, `Employees > 100`)
	}
	if c.each || item || depth == 0 {
		return c.time(item) + operator + "Now - " + c.span()
	}
	list := "Activities"
	if c.Intn(4) == 0 {
		list = "filter(Activities, " + c.text(true, 1) + ")"
	}
	return c.one("any", "all", "none", "one") + "(" + list + ", " + c.text(true, 2) + ")"
}

func (c clockTexts) text(item bool, depth int) string {
	if depth == 0 || c.Intn(3) == 0 {
		return c.atom(item, depth)
	}
	return c.one("", "", "not ") + "(" + c.text(item, depth-1) + c.one(" and ", " or ") + c.text(item, depth-1) + ")"
}

// What a condition gives changes at the instants of its edges and when activities
// happen, never between; and activities further back than it looks make no
// difference to it.
func TestClockLaws(t *testing.T) {
	r := rand.New(rand.NewSource(7))
	c := dated(t)
	changed, dropped := 0, 0
	for range 1500 {
		texts := clockTexts{r, r.Intn(3) == 0}
		text := texts.text(false, 3)
		compile := c.LeadCondition
		if texts.each {
			compile = c.ActivityCondition
		}
		condition, err := compile(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		edges, known := condition.Times()
		if !known {
			t.Fatalf("%s: unknown", text)
		}
		somewhen := func() time.Time { return now.Add(time.Duration(r.Intn(30))*time.Second - time.Duration(r.Intn(2))) }
		subject := &rule.Subject[lead, activity]{Lead: &lead{CreatedAt: somewhen(), OptedIn: r.Intn(2) == 0, Employees: r.Intn(200)}}
		if r.Intn(2) == 0 {
			subject.Lead.ClosedAt = new(somewhen())
		}
		for range 1 + r.Intn(4) {
			kind := stage("call")
			if r.Intn(2) == 0 {
				kind = "visit"
			}
			subject.Activities = append(subject.Activities, activity{Kind: kind, At: somewhen(), Duration: r.Intn(3), Value: float64(r.Intn(3))})
		}
		result := func(at time.Time, activities []activity) string {
			run, err := c.Begin(&rule.Subject[lead, activity]{Lead: subject.Lead, Activities: activities, Now: at})
			if err != nil {
				t.Fatal(err)
			}
			defer run.End()
			if texts.each && activities[0].At.After(at) {
				return "not yet"
			}
			ok, err := condition.True(run, 0)
			return fmt.Sprint(ok, err != nil)
		}
		instants := c.Instants([]time.Time{now.Add(-40 * time.Second), now.Add(90 * time.Second)}, edges, subject.Lead, subject.Activities)
		for i := range subject.Activities {
			instants = append(instants, subject.Activities[i].At)
		}
		slices.SortFunc(instants, time.Time.Compare)
		last := ""
		for i, from := range instants[:len(instants)-1] {
			until := instants[i+1]
			if from.Equal(until) {
				continue
			}
			want := result(from, subject.Activities)
			if last != "" && want != last {
				changed++
			}
			last = want
			for _, at := range []time.Time{from.Add(1), from.Add(until.Sub(from) / 2), until.Add(-1)} {
				if got := result(at, subject.Activities); at.Before(until) && got != want {
					t.Fatalf("%s\nis %s at %v, and %s at %v; the edges are %v", text, want, from, got, at, instants)
				}
			}
			back := condition.Back()
			if back.All {
				continue
			}
			var kept []activity
			for _, a := range subject.Activities {
				if a.At.After(from.Add(-back.Span)) {
					kept = append(kept, a)
				} else if texts.each {
					if got := result(from, []activity{a}); got == "true false" {
						t.Fatalf("%s\nlooks back further than %v: true at %v of %v", text, back.Span, from, a.At)
					}
				}
			}
			dropped += len(subject.Activities) - len(kept)
			if !texts.each && result(from, kept) != want {
				t.Fatalf("%s\nlooks back further than %v: not %s without the older of %v at %v", text, back.Span, want, subject.Activities, from)
			}
		}
	}
	if changed < 2000 || dropped < 500 {
		t.Errorf("%d changes and %d dropped activities tell little", changed, dropped)
	}
}

// A record's times are those of its declared fields; what is not one gives no instant.
func TestRecordTimes(t *testing.T) {
	c, err := rule.NewCompiler[map[string]any, map[string]any](rule.Dated(),
		rule.LeadFields(rule.Fields{"created": rule.Time, "title": rule.Text}), rule.ActivityFields(rule.Fields{"At": rule.Time, "kind": rule.Text}))
	if err != nil {
		t.Fatal(err)
	}
	condition, err := c.LeadCondition(`created > Now - duration("1d") or any(Activities, .kind == "x" and .At >= Now - duration("1h"))`)
	if err != nil {
		t.Fatal(err)
	}
	edges, known := condition.Times()
	if back := condition.Back(); !known || back != (rule.Back{Span: time.Hour + 1}) {
		t.Errorf("known %t, looks back %+v", known, back)
	}
	created := map[string]any{"created": now}
	got := c.Instants(nil, edges, &created, []map[string]any{{"At": days(1)}, {"At": "yesterday"}, {}})
	want := []time.Time{now.Add(24 * time.Hour), days(1).Add(time.Hour + 1)}
	if !slices.EqualFunc(got, want, time.Time.Equal) {
		t.Errorf("%v, want %v", got, want)
	}
	created["created"] = nil
	if got := c.Instants(nil, edges, &created, nil); len(got) != 0 {
		t.Errorf("%v, want none", got)
	}
	if at, ok := c.Date(&map[string]any{"At": now}); !ok || !at.Equal(now) {
		t.Errorf("%v, %t", at, ok)
	}
	if _, ok := c.Date(&map[string]any{"At": time.Time{}}); ok {
		t.Error("a zero time dates nothing")
	}
}
