package scoring_test

import (
	"bytes"
	"fmt"
	"math"
	"math/rand"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/leadloop/leadloop/scoring"
)

// The types of these tests have what hosts' types have: structs within structs, embedded
// ones, pointers, lists and named types.
type (
	stage  string
	office struct {
		City  string
		Staff int
		Since *time.Time
	}
	Profile struct {
		Country string `expr:"country"`
		Seats   int
	}
	account struct {
		Profile
		Office  office
		Branch  *office
		Stage   stage
		Budget  *float64
		Tags    []string
		Open    bool
		Created time.Time
	}
	occasion struct {
		Kind   string
		Value  float64
		Amount *float64
		Page   *string
		Tags   []string
		Done   bool
		Due    time.Time
		Until  *time.Time
		Place  office
		At     time.Time
	}
)

var accountAtoms = []string{`country == "DE"`, `Seats >= 10`, `Office.City == "Bonn"`, `Branch != nil and Branch.Staff > 3`, `Branch.Staff > 5`, `Stage in ["new", "won"]`,
	`Budget > 50.0`, `Budget == nil`, `"vip" in Tags`, `len(Tags) > 1`, `Open`, `Created > Now - duration("3d")`, `Now.Hour() < 12`, `(Now - Created).Hours() / 24 >= 5`,
	`100 % Seats == 1`, `Created.Weekday() == Now.Weekday()`, `Office.Since != nil and Office.Since < Now - duration("30d")`}

var eventAtoms = []string{`.Kind == "a"`, `.Kind in ["a", "b"]`, `.Kind != "c"`, `.Value > 2.0`, `.Value <= 0.0`, `.Amount != nil`, `.Page == "/p"`, `.Page startsWith "/"`,
	`"x" in .Tags`, `.Done`, `.At > Now - duration("4d")`, `.At <= Now - duration("36h")`, `.Due > Now`, `.Due <= Now + duration("2d")`, `.Place.City == "Bonn"`,
	`.Place.Staff in 1..3`, `.At > date("2026-06-10")`, `Now - .At < duration("3d")`, `.Until != nil`, `.At >= Now - duration("60d")`}

// Those that may fail, or are not counted.
var eventOnly = []string{`.Amount > 50.0`, `.Until > Now - duration("1d")`, `5 % int(.Value) == 1`, `(Now - .At).Hours() / 24 < 6`, `.Due.AddDate(0, 1, 0) > Now`, `.At == Now`,
	`int((Now - .At).Hours()) == 48`, `.At.Weekday() == 1`, `.At.Hour() < 12`, `(.Until ?? .At) > Now - duration("2d")`, `.Place.Since < Now`, `len(.Tags) == .Place.Staff`,
	`.Kind matches "^[ab]$"`, `.At.AddDate(0, 0, 2).After(Now)`, `(.Done ? .Due : .At) < Now`, `any(.Tags, # == "x")`}

func randomLogic(r *rand.Rand, depth int, atoms func() string) string {
	if depth == 0 || r.Intn(3) == 0 {
		return atoms()
	}
	a, b := randomLogic(r, depth-1, atoms), randomLogic(r, depth-1, atoms)
	return pick(r, "("+a+" and "+b+")", "("+a+" or "+b+")", "not ("+a+")", a)
}

func randomCount(r *rand.Rand) string {
	p := randomLogic(r, 2, func() string { return pick(r, eventAtoms...) })
	n := r.Intn(4)
	return pick(r, fmt.Sprintf("count(Activities, %s) %s %d", p, pick(r, ">=", ">", "<", "<=", "==", "!="), n), "any(Activities, "+p+")", "all(Activities, "+p+")", "none(Activities, "+p+")",
		"one(Activities, "+p+")", fmt.Sprintf("len(filter(Activities, %s)) >= %d", p, n), fmt.Sprintf("len(Activities) > %d", n),
		fmt.Sprintf("count(filter(Activities, %s), %s) > %d", p, pick(r, eventAtoms...), n))
}

func randomWhen(r *rand.Rand) string {
	return randomLogic(r, 2, func() string {
		if r.Intn(2) == 0 {
			return randomCount(r)
		}
		return pick(r, accountAtoms...)
	})
}

func randomEach(r *rand.Rand) string {
	text := randomLogic(r, 2, func() string {
		if r.Intn(2) == 0 {
			return pick(r, eventOnly...)
		}
		return pick(r, eventAtoms...)
	})
	var b strings.Builder // a dot that begins a field is for predicates
	for i, c := range text {
		if c == '.' && (i == 0 || strings.ContainsRune(" (", rune(text[i-1]))) && i+1 < len(text) && text[i+1] >= 'A' && text[i+1] <= 'Z' {
			continue
		}
		b.WriteRune(c)
	}
	return b.String()
}

// randomKept is a random model whose rules can be kept.
func randomKept[L, A any](t testing.TB, r *rand.Rand, fields, activityFields map[string]scoring.FieldType, usable func(string) bool) scoring.Model {
	m := randomModel(r)
	m.Fields, m.ActivityFields, m.Disqualifiers = fields, activityFields, nil
	keepable := func(rule scoring.Rule) bool {
		for _, text := range []string{rule.When, rule.Each, rule.PointsExpression, rule.Distinct} {
			if !usable(text) {
				return false
			}
		}
		one := scoring.Model{Schema: 1, Name: "m", Fields: fields, ActivityFields: activityFields, Dimensions: []scoring.Dimension{{Name: "d", Rules: []scoring.Rule{rule}}}}
		s, err := scoring.Compile[L, A](one)
		if err != nil {
			if fields == nil {
				t.Fatalf("%+v: %v", rule, err)
			}
			return false
		}
		var lead L
		_, err = s.State(&lead)
		return err == nil
	}
	fit := func(rules []scoring.Rule) {
		for i := range rules {
			for {
				x := rules[i]
				if x.When != "" {
					x.When = randomWhen(r)
				}
				if x.Each != "" {
					x.Each = randomEach(r)
				}
				if x.PointsExpression != "" {
					x.PointsExpression = pick(r, "Value", "Value * 2.0", "Amount ?? 1.5", "Done ? 3 : Value", "Due > Now ? 5 : 7", "len(Tags)")
				}
				if x.Distinct != "" {
					x.Distinct = pick(r, "Kind", "Page", "Value", "Place.City", "Due", "Done", "Amount", "int(Value)", "At > Now - duration(\"3d\")", "Until", "5 % int(Value)")
				}
				if x.Table != nil {
					text := pick(r, "Kind", "Page")
					number := pick(r, "Value", "Amount", "Place.Staff")
					if x.Each == "" {
						text, number = pick(r, "country", "Office.City", "Stage"), pick(r, "Seats", "Budget", "Branch.Staff")
					}
					table := *x.Table
					if table.Of = number; table.Values != nil {
						table.Of = text
					}
					x.Table = &table
				}
				if x.Idle != nil {
					idle := *x.Idle
					idle.Since = pick(r, "", "Created", "Branch.Since", "Office.Since ?? Created")
					x.Idle = &idle
				}
				if x.Name = rules[i].Name; keepable(x) {
					rules[i] = x
					break
				}
			}
		}
	}
	for i := range m.Dimensions {
		fit(m.Dimensions[i].Rules)
		for j := range m.Dimensions[i].Groups {
			fit(m.Dimensions[i].Groups[j].Rules)
		}
		knock := []scoring.Rule{{Name: "x", When: "true", Points: scoring.Point}}
		fit(knock)
		m.Disqualifiers = append(m.Disqualifiers, scoring.Disqualifier{Name: fmt.Sprint("x", i), When: knock[0].When, Reason: "because"})
	}
	return m
}

func randomFloat(r *rand.Rand) float64 {
	return pick(r, 0, math.Copysign(0, -1), 0.5, 1, 2.25, 3, 60, 200, -1, 1e300, math.NaN(), math.Inf(1))
}

func randomOffice(r *rand.Rand, now time.Time) office {
	o := office{City: pick(r, "Bonn", "Ulm", ""), Staff: r.Intn(8)}
	if r.Intn(2) == 0 {
		o.Since = new(randomTime(r, now))
	}
	return o
}

func randomAccount(r *rand.Rand, now time.Time) account {
	a := account{Profile: Profile{pick(r, "DE", "US"), r.Intn(20)}, Office: randomOffice(r, now), Stage: pick(r, stage("new"), "won", "lost"),
		Tags: pick(r, nil, []string{"vip"}, []string{"a", "b"}), Open: r.Intn(2) == 0, Created: randomTime(r, now)}
	if r.Intn(2) == 0 {
		a.Branch = new(randomOffice(r, now))
	}
	if r.Intn(2) == 0 {
		a.Budget = new(randomFloat(r))
	}
	return a
}

var berlin, _ = time.LoadLocation("Europe/Berlin")

func randomEvent(r *rand.Rand, now time.Time) occasion {
	e := occasion{Kind: pick(r, "a", "b", "c"), Value: randomFloat(r), Tags: pick(r, nil, []string{"x"}, []string{"y", "x"}), Done: r.Intn(2) == 0,
		Due: randomTime(r, now).In(pick(r, time.UTC, berlin)), Place: randomOffice(r, now), At: randomTime(r, now).In(pick(r, time.UTC, berlin))}
	if r.Intn(2) == 0 {
		e.Amount = new(randomFloat(r))
	}
	if r.Intn(2) == 0 {
		e.Page = new(pick(r, "/p", "/", ""))
	}
	if r.Intn(2) == 0 {
		e.Until = new(randomTime(r, now))
	}
	switch r.Intn(40) {
	case 0:
		e.At = time.Time{}
	case 1:
		e.At = time.Unix(pick[int64](r, math.MinInt64, math.MaxInt64, -1<<62, 1<<40, -1<<40, 1<<33, -1<<33, math.MaxInt64-62135596800), 999_999_999)
	case 2:
		e.Due = time.Unix(pick[int64](r, 1<<40, -1<<40, 1<<33), 1)
	}
	return e
}

// twice repeats some activities.
func twice[A any](r *rand.Rand, activities []A) []A {
	for _, a := range activities {
		if r.Intn(6) == 0 {
			activities = append(activities, a)
		}
	}
	return activities
}

func randomAdjustments(r *rand.Rand, m scoring.Model, now time.Time) []scoring.Adjustment {
	if r.Intn(2) == 0 {
		return nil
	}
	return randomSubject(r, m, now).Adjustments
}

// moments are instants around now, in no order and of several zones.
func moments(r *rand.Rand, now time.Time) []time.Time {
	all := []time.Time{now, now.In(berlin), now.Add(1), now.Add(-1), now.Add(-36 * time.Hour), now.Add(50 * time.Hour), now.AddDate(0, 1, 0), now.AddDate(0, 0, 61), now.AddDate(-40, 0, 0),
		now.AddDate(300, 0, 0), now.AddDate(-500, 0, 0), now.Add(time.Duration(r.Int63n(int64(200 * time.Hour)))), now}
	r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all[:6]
}

// Random models over all that a rule can say, on structs.
func TestStateOfRandomModels(t *testing.T) {
	for seed := range int64(40) {
		r := seeded(1000 + seed)
		m := randomKept[account, occasion](t, r, nil, nil, func(string) bool { return true })
		s, err := scoring.Compile[account, occasion](m, scoring.Zones(time.LoadLocation))
		if err != nil {
			t.Fatal(err)
		}
		now := randomNow(r)
		lead := randomAccount(r, now)
		var events []occasion
		for range pick(r, 0, 1, 5, 20, 80) {
			events = append(events, randomEvent(r, now))
		}
		subject := scoring.Subject[account, occasion]{Lead: &lead, Activities: twice(r, events), Adjustments: randomAdjustments(r, m, now)}
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			st := fed(t, r, s, &lead, subject.Activities)
			if other := fed(t, r, s, &lead, subject.Activities); !bytes.Equal(written(t, st), written(t, other)) {
				t.Fatal("another way to the same activities is written otherwise")
			}
			sameAsWhole(t, s, st, subject, moments(r, now)...)
			for range 6 {
				before, other := lead, randomAccount(r, now)
				name := pick(r, "country", "Profile", "Office", "Branch", "Stage", "Budget", "Tags", "Open", "Created", "Seats")
				switch name {
				case "country":
					lead.Country = other.Country
				case "Seats":
					lead.Seats = other.Seats
				case "Profile":
					lead.Profile = other.Profile
				case "Office":
					lead.Office = other.Office
				case "Branch":
					lead.Branch = other.Branch
				case "Stage":
					lead.Stage = other.Stage
				case "Budget":
					lead.Budget = other.Budget
				case "Tags":
					lead.Tags = other.Tags
				case "Open":
					lead.Open = other.Open
				case "Created":
					lead.Created = other.Created
				}
				if err := st.Changed(name); err != nil {
					t.Fatal(err)
				}
				if want, got := s.Points(scoring.Subject[account, occasion]{Lead: &lead, Activities: subject.Activities}, now), st.Points(now); got != want {
					t.Fatalf("%s changed: the state says %v points, the whole %v", name, got, want)
				}
				if r.Intn(2) == 0 { // and back
					lead = before
					if err := st.Changed(name); err != nil {
						t.Fatal(err)
					}
					if want, got := s.Points(scoring.Subject[account, occasion]{Lead: &lead, Activities: subject.Activities}, now), st.Points(now); got != want {
						t.Fatalf("%s changed back: the state says %v points, the whole %v", name, got, want)
					}
				}
				if r.Intn(3) == 0 {
					e := randomEvent(r, now)
					st.Add(e)
					subject.Activities = append(slices.Clip(subject.Activities), e)
				}
				sameAsWhole(t, s, st, subject, now)
			}
		})
	}
}

// Random models of constants alone, on the lead and with counts: the ones of which
// single conditions are decided anew.
func TestStateOfConstants(t *testing.T) {
	for seed := range int64(25) {
		r := seeded(3000 + seed)
		m := scoring.Model{Schema: 1, Name: "m"}
		d := scoring.Dimension{Name: "d"}
		for i := range 1 + r.Intn(100) {
			d.Rules = append(d.Rules, scoring.Rule{Name: fmt.Sprint("r", i), Points: randomPoints(r)})
			for rule := &d.Rules[i]; ; {
				rule.When = pick(r, accountAtoms...)
				if r.Intn(3) == 0 {
					rule.When = randomWhen(r)
				}
				s, err := scoring.Compile[account, occasion](scoring.Model{Schema: 1, Name: "m", Dimensions: []scoring.Dimension{{Name: "d", Rules: []scoring.Rule{*rule}}}})
				if err != nil {
					t.Fatal(err)
				}
				if _, err := s.State(&account{}); err == nil && len(s.Coverage()) == 0 {
					break
				}
			}
		}
		m.Dimensions = []scoring.Dimension{d}
		s := scoring.MustCompile[account, occasion](m)
		now := randomNow(r)
		lead := randomAccount(r, now)
		var events []occasion
		for range r.Intn(20) {
			events = append(events, randomEvent(r, now))
		}
		st := fed(t, r, s, &lead, events)
		for range 40 {
			other := randomAccount(r, now)
			switch name := pick(r, "country", "Profile", "Office", "Branch", "Seats", "Created"); name {
			case "country":
				lead.Country = other.Country
				st.Changed(name)
			case "Seats":
				lead.Seats = other.Seats
				st.Changed("Open", name)
			case "Profile":
				lead.Profile = other.Profile
				st.Changed(name)
			case "Office":
				lead.Office = other.Office
				st.Changed(name)
			case "Branch":
				lead.Branch = other.Branch
				st.Changed(name)
			case "Created":
				lead.Created = other.Created
				st.Changed(name)
			}
			at := pick(r, now, now, now, now, now.In(berlin), now.Add(3*time.Hour), now.AddDate(300, 0, 0))
			if want, got := s.Points(scoring.Subject[account, occasion]{Lead: &lead, Activities: events}, at), st.Points(at); got != want {
				t.Fatalf("seed %d: the state says %v points, the whole %v", seed, got, want)
			}
		}
	}
}

// Random models on records, of which values are missing, of another type or not declared.
func TestStateOfRandomRecords(t *testing.T) {
	fields := map[string]scoring.FieldType{"country": scoring.Text, "Seats": scoring.Integer, "Stage": scoring.Text, "Budget": scoring.Number, "Tags": scoring.Texts,
		"Open": scoring.Boolean, "Created": scoring.Time}
	activityFields := map[string]scoring.FieldType{"Kind": scoring.Text, "Value": scoring.Number, "Amount": scoring.Number, "Page": scoring.Text, "Tags": scoring.Texts,
		"Done": scoring.Boolean, "Due": scoring.Time, "Until": scoring.Time, "At": scoring.Time}
	usable := func(text string) bool {
		return !strings.Contains(text, "Place") && !strings.Contains(text, "Office") && !strings.Contains(text, "Branch")
	}
	for seed := range int64(25) {
		r := seeded(2000 + seed)
		m := randomKept[scoring.Record, scoring.Record](t, r, fields, activityFields, usable)
		s, err := scoring.Compile[scoring.Record, scoring.Record](m, scoring.Zones(time.LoadLocation))
		if err != nil {
			t.Fatal(err)
		}
		now := randomNow(r)
		spoil := func(record scoring.Record, flaws int) scoring.Record {
			for _, name := range []string{"country", "Seats", "Stage", "Budget", "Open", "Created", "Kind", "Value", "Tags", "Due", "At", "Page"} {
				if _, ok := record[name]; !ok {
					continue
				}
				switch r.Intn(flaws) {
				case 0:
					delete(record, name)
				case 1:
					record[name] = pick(r, any(nil), any(7), any("seven"), any(true), any([]any{1}))
				case 2:
					record["Typo"+name] = 1
				}
			}
			return record
		}
		lead := spoil(scoring.Record{"country": pick(r, "DE", "US"), "Seats": r.Intn(20), "Stage": "new", "Budget": randomFloat(r), "Tags": []string{"vip"}, "Open": true, "Created": randomTime(r, now)}, pick(r, 10, 1000))
		var events []scoring.Record
		flaws := pick(r, 10, 100, 100000)
		for range pick(r, 0, 1, 5, 30) {
			e := randomEvent(r, now)
			record := scoring.Record{"Kind": e.Kind, "Value": e.Value, "Tags": e.Tags, "Done": e.Done, "Due": e.Due, "At": e.At}
			if e.Page != nil {
				record["Page"] = *e.Page
			}
			if e.Amount != nil {
				record["Amount"] = *e.Amount
			}
			if e.Until != nil {
				record["Until"] = *e.Until
			}
			events = append(events, spoil(record, flaws))
		}
		subject := scoring.Subject[scoring.Record, scoring.Record]{Lead: &lead, Activities: twice(r, events), Adjustments: randomAdjustments(r, m, now)}
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			st := fed(t, r, s, &lead, subject.Activities)
			if other := fed(t, r, s, &lead, subject.Activities); !bytes.Equal(written(t, st), written(t, other)) {
				t.Fatal("another way to the same activities is written otherwise")
			}
			sameAsWhole(t, s, st, subject, moments(r, now)...)
			lead["country"] = "FR"
			if err := st.Changed("country"); err != nil {
				t.Fatal(err)
			}
			sameAsWhole(t, s, st, subject, now)
		})
	}
}
