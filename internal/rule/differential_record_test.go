package rule_test

import (
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/expr-lang/expr"

	"github.com/leadloop/leadloop/internal/rule"
)

// clientFields and touchFields are declared fields of leads and activities that are maps.
var (
	clientFields = rule.Fields{"Name": rule.Text, "Country": rule.Text, "Tier": rule.Text, "Age": rule.Integer, "Staff": rule.Integer,
		"Worth": rule.Number, "On": rule.Boolean, "Born": rule.Time, "Tags": rule.Texts}
	touchFields = rule.Fields{"Kind": rule.Text, "Page": rule.Text, "Count": rule.Integer, "Value": rule.Number, "Ok": rule.Boolean,
		"At": rule.Time, "Labels": rule.Texts}
)

var (
	clientNames = names{aText: {"Country", "Name", "Tier", "(Name ?? \"\")"}, aTextOrNil: {"Name", "Country", "Tier"}, aNumber: {"Age", "Worth", "len(Activities)", "len(Tags)", "(Staff ?? 0)"}, aNumberOrNil: {"Age", "Staff", "Worth"},
		aTruth: {"(On ?? false)", "On == true"}, aTruthOrNil: {"On"}, anInstant: {"Now", "Born"}, anInstantOrNil: {"Born"}, manyTexts: {"Tags"}}
	touchNames = names{aText: {"Kind", "Kind", "Page"}, aTextOrNil: {"Kind", "Page"}, aNumber: {"Count", "Value"}, aNumberOrNil: {"Count", "Value"}, aTruthOrNil: {"Ok"}, anInstant: {"At"}, anInstantOrNil: {"At"}, manyTexts: {"Labels"}}
	onClient   = &place{names: clientNames, each: touchNames}
	onTouch    = &place{names: touchNames, outer: &place{names: clientNames, prefix: "Lead."}}
)

// What a sound record is to rules: every field may be nil.
type (
	client struct {
		Name, Country, Tier *string
		Age, Staff          *int
		Worth               *float64
		On                  *bool
		Born                *time.Time
		Tags                []string
	}
	touch struct {
		Kind, Page *string
		Count      *int
		Value      *float64
		Ok         *bool
		At         *time.Time
		Labels     []string
	}
)

type (
	onBareClient struct {
		*client
		Lead       *client
		Activities []*touch
		Now        time.Time
	}
	onBareTouch struct {
		*touch
		Lead *client
		Now  time.Time
	}
)

// drawn is a record under way: what rules must make of each value is noted beside it.
type drawn struct {
	*dice
	record record
	flawed bool
}

// put gives the record the field, or nothing, nil or a wrong value instead; it returns what a rule sees.
func put[T any](d *drawn, name string, sound T, forms ...any) *T {
	switch d.below(12) {
	case 9:
		return nil
	case 10:
		d.record[name] = nil
		return nil
	case 11:
		if d.chance(30) {
			d.record[name], d.flawed = struct{}{}, true
			return nil
		}
	}
	d.record[name] = choose(d.dice, append([]any{sound}, forms...))
	return &sound
}

func drawClient(d *dice) (record, *client, bool) {
	w := &drawn{dice: d, record: record{}}
	s, i, f, at := d.text(), d.int(), float64(d.small()), d.instant(now)
	c := &client{Name: put(w, "Name", d.text()), Country: put(w, "Country", s, tier(s)), Tier: put(w, "Tier", d.text()), Age: put(w, "Age", i, int64(i)),
		Staff: put(w, "Staff", d.small(), any(nil))}
	if w.record["Staff"] == nil {
		c.Staff = nil
	}
	c.Worth, c.On, c.Born = put(w, "Worth", f, int(f), float32(f), int8(f)), put(w, "On", d.bool()), put(w, "Born", at)
	if tags := put(w, "Tags", several(d, 3, d.text)); tags != nil {
		c.Tags = *tags
	}
	if d.chance(10) {
		w.record["Undeclared"] = 1
	}
	return w.record, c, w.flawed
}

func drawTouch(d *dice) (record, *touch, bool) {
	w := &drawn{dice: d, record: record{}}
	kind, at, i, f := choose(d, someTexts[9:14]), d.instant(now), d.int(), d.float()
	t := &touch{Kind: put(w, "Kind", kind, tier(kind)), At: put(w, "At", at), Page: put(w, "Page", d.text()), Count: put(w, "Count", i), Value: put(w, "Value", f), Ok: put(w, "Ok", d.bool(), flag(false))}
	if ok, named := w.record["Ok"].(flag); named {
		t.Ok = new(bool(ok))
	}
	labels := several(d, 4, d.text)
	items := make([]any, len(labels))
	for i, label := range labels {
		items[i] = label
	}
	if list := put(w, "Labels", labels, items); list != nil {
		t.Labels = *list
		if _, generic := w.record["Labels"].([]any); generic && t.Labels == nil {
			t.Labels = []string{} // a list of its own
		}
	}
	return w.record, t, w.flawed
}

// compileRecordBare compiles for the bare language what says the same there.
func compileRecordBare(text string, environment any) *bare {
	if strings.Contains(text, "int(") {
		return nil
	}
	program, err := expr.Compile(text, expr.Env(environment), expr.Optimize(false))
	if err != nil {
		return nil
	}
	return &bare{program: program}
}

// Records: fields that are missing, nil, of another but fitting type, of a wrong
// type, or not declared.
func TestDecideRecords(t *testing.T) {
	var count tally
	for seed := range uint64(150) {
		d := diceOf(seed + 1000)
		b := newBench[record, record](t, rule.Dated(), rule.LeadFields(clientFields), rule.ActivityFields(touchFields))
		var bareLeads, bareEaches []*bare
		for range 12 {
			a := author{dice: &dice{left: take(d, 40)}}
			lead, each := a.truth(onClient, 2), a.truth(onTouch, 2)
			if b.lead(rulesWay.Replace(lead)) {
				bareLeads = append(bareLeads, compileRecordBare(plainWay.Replace(lead), onBareClient{}))
			}
			if b.each(each) {
				bareEaches = append(bareEaches, compileRecordBare(each, onBareTouch{}))
			}
		}
		count.texts, count.refused, count.covered = count.texts+len(b.leads)+len(b.eaches), count.refused+b.refused, count.covered+b.covered()
		for range 4 {
			lead, plainLead, flawedLead := drawClient(d)
			subject := &rule.Subject[record, record]{Lead: &lead, Now: now}
			environment := onBareClient{client: plainLead, Lead: plainLead, Now: now}
			var counts []int
			flawed := flawedLead
			var flawedTouch []bool
			for i := range d.below(6) {
				r, plain, wrong := drawTouch(d)
				subject.Activities = append(subject.Activities, r)
				if plain.At != nil && !plain.At.IsZero() && !plain.At.After(now) {
					counts, flawed, flawedTouch = append(counts, i), flawed || wrong, append(flawedTouch, flawedLead || wrong)
					environment.Activities = append(environment.Activities, plain)
				}
			}
			found := b.compare(t, subject, counts)
			count.add(found)
			for i, want := range found.lead {
				if bareLeads[i] != nil && !flawed {
					count.bare++
					if got := bareLeads[i].answer(environment); got != want {
						t.Errorf("%s: to the bare language it %s, to rules it %s\nlead: %v\nactivities: %v", b.texts[0][i], got, want, lead, subject.Activities)
					}
				}
			}
			for n := range counts {
				for i, want := range found.each[n] {
					if bareEaches[i] != nil && !flawedTouch[n] {
						count.bare++
						if got := bareEaches[i].answer(onBareTouch{environment.Activities[n], plainLead, now}); got != want {
							t.Errorf("%s: to the bare language it %s, to rules it %s\nlead: %v\nactivity: %v", b.texts[1][i], got, want, lead, subject.Activities[counts[n]])
						}
					}
				}
			}
			if t.Failed() {
				t.Fatalf("seed %d", seed)
			}
		}
	}
	count.tells(t)
}

// Points and single values are those of the machine, rounded and brought to their plain form.
func TestNumbersRandom(t *testing.T) {
	c, err := rule.NewCompiler[host, deed](rule.Dated())
	if err != nil {
		t.Fatal(err)
	}
	points, failed := 0, 0
	for seed := range uint64(400) {
		d := diceOf(seed + 5000)
		s := sceneFrom(d)
		run, err := c.Begin(&s.subject)
		if err != nil {
			t.Fatal(err)
		}
		for range 4 {
			a := author{dice: &dice{left: take(d, 40)}}
			text := choose(d, []func() string{func() string { return a.number(onHost, 2) }, func() string { return a.number(onDeed, 2) }, func() string { return a.text(onHost, 1) },
				func() string { return a.instant(onDeed, 1) }, func() string { return a.truth(onDeed, 1) }})()
			if value, err := c.LeadPoints(rulesWay.Replace(text)); err == nil {
				points++
				x, evaluateErr := value.Evaluate(run, 0)
				want, ok := microsOf(x)
				got, err := value.Micropoints(run, 0)
				if err != nil {
					failed++
				}
				if (err == nil) != (ok && evaluateErr == nil) || err == nil && got != want || evaluateErr != nil && err.Error() != evaluateErr.Error() {
					t.Errorf("points of %s: %d, %v, want %v, %v\nlead: %s", text, got, err, x, evaluateErr, dump(s.subject.Lead))
				}
			}
			if scalar, err := c.LeadScalar(rulesWay.Replace(text)); err == nil {
				checkPlain(t, text, scalar, run, 0)
			}
			for _, activity := range s.dated[:min(2, len(s.dated))] {
				if value, err := c.ActivityPoints(text); err == nil {
					points++
					x, evaluateErr := value.Evaluate(run, activity)
					want, ok := microsOf(x)
					got, err := value.Micropoints(run, activity)
					if err != nil {
						failed++
					}
					if (err == nil) != (ok && evaluateErr == nil) || err == nil && got != want {
						t.Errorf("points of %s: %d, %v, want %v, %v\nactivity: %s", text, got, err, x, evaluateErr, dump(s.subject.Activities[activity]))
					}
				}
				if scalar, err := c.ActivityScalar(text); err == nil {
					checkPlain(t, text, scalar, run, activity)
				}
			}
		}
		run.End()
	}
	t.Logf("%d numbers of points, %d %% fail", points, 100*failed/max(points, 1))
	if points < 500 || failed*100 < points*5 || failed*100 > points*85 {
		t.Error("the mix is no longer telling")
	}
}

// microsOf is a number of points in millionths; false if it is none.
func microsOf(value any) (int64, bool) {
	switch x := value.(type) {
	case int:
		return int64(x) * 1_000_000, x >= -1_000_000 && x <= 1_000_000
	case int8, int16, int32, int64:
		i := signed(x)
		return i * 1_000_000, i >= -1_000_000 && i <= 1_000_000
	case uint, uint8, uint16, uint32, uint64:
		u := unsigned(x)
		return int64(u) * 1_000_000, u <= 1_000_000
	case float32:
		return microsOf(float64(x))
	case float64:
		if !(math.Abs(x) <= 1_000_000) {
			return 0, false
		}
		return int64(math.RoundToEven(x * 1_000_000)), true
	case time.Duration: // only where the type is known when the text runs
		return microsOf(int64(x))
	case time.Weekday:
		return microsOf(int(x))
	}
	return 0, false
}

func signed(x any) int64 {
	switch x := x.(type) {
	case int8:
		return int64(x)
	case int16:
		return int64(x)
	case int32:
		return int64(x)
	}
	return x.(int64)
}

func unsigned(x any) uint64 {
	switch x := x.(type) {
	case uint:
		return uint64(x)
	case uint8:
		return uint64(x)
	case uint16:
		return uint64(x)
	case uint32:
		return uint64(x)
	}
	return x.(uint64)
}

func checkPlain[L, A any](t *testing.T, text string, scalar *rule.Scalar[L, A], run *rule.Run[L, A], activity int) {
	t.Helper()
	value, evaluateErr := scalar.Evaluate(run, activity)
	want, ok := plainOf(value)
	got, err := scalar.Plain(run, activity)
	if (err == nil) != (ok && evaluateErr == nil) || err == nil && got != want {
		t.Errorf("%s: %+v, %v, want %+v, %v (%#v)", text, got, err, want, evaluateErr, value)
	}
	if err == nil && scalar.Type() != 0 && got.Type != scalar.Type() && got.Type != 0 {
		t.Errorf("%s: type %v, announced was %v", text, got.Type, scalar.Type())
	}
}

// plainOf is a single value in its plain form; false if it has none.
func plainOf(value any) (rule.Plain, bool) {
	switch x := value.(type) {
	case nil:
		return rule.Plain{}, true
	case string:
		return rule.Plain{Type: rule.Text, Text: x}, true
	case bool:
		if x {
			return rule.Plain{Type: rule.Boolean, Integer: 1}, true
		}
		return rule.Plain{Type: rule.Boolean}, true
	case int:
		return rule.Plain{Type: rule.Integer, Integer: int64(x)}, true
	case int8, int16, int32, int64:
		return rule.Plain{Type: rule.Integer, Integer: signed(x)}, true
	case uint, uint8, uint16, uint32, uint64:
		u := unsigned(x)
		return rule.Plain{Type: rule.Integer, Integer: int64(u)}, u <= math.MaxInt64
	case float32:
		return plainOf(float64(x))
	case float64:
		if x == 0 {
			x = 0
		}
		return rule.Plain{Type: rule.Number, Number: x}, x == x
	case time.Time:
		return rule.Plain{Type: rule.Time, Time: x.Round(0).UTC()}, true
	}
	if v := reflect.ValueOf(value); v.Kind() == reflect.Pointer && v.IsNil() {
		return rule.Plain{}, true
	} else if v.Kind() == reflect.Pointer {
		return plainOf(v.Elem().Interface())
	}
	return rule.Plain{}, false
}
