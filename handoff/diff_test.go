package handoff_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/leadloop/leadloop/handoff"
	"github.com/leadloop/leadloop/handoff/goals"
	"github.com/leadloop/leadloop/handoff/routing"
	"github.com/leadloop/leadloop/handoff/worktime"
	"github.com/leadloop/leadloop/internal/script"
)

// fullAgreement is one in which no field is empty.
func fullAgreement(t testing.TB) handoff.Agreement {
	t.Helper()
	a := agreement(t)
	a.SchemaURL = "agreement.schema.json"
	h := &a.Calendar.Hours
	h.Sat, h.Sun = []worktime.Window{"10:00-12:00"}, []worktime.Window{"10:00-11:00", "12:00-13:00"}
	a.Calendar.DatedHours = map[worktime.Date][]worktime.Window{"2026-12-31": {"09:00-12:00"}, "2026-12-30": {}}
	a.Calendar.Breaks = map[worktime.Date][]worktime.Window{"2026-07-01": {"12:00-13:00"}}
	a.Calendar.Holidays = []worktime.Date{"2026-12-25", "2026-12-26"}
	a.Calendars = map[string]worktime.Definition{"late": {
		TimeZone: "Europe/Berlin", Hours: worktime.Week{Mon: []worktime.Window{"13:00-21:00"}, Tue: []worktime.Window{"13:00-21:00"}},
		DatedHours: map[worktime.Date][]worktime.Window{"2026-12-31": {"09:00-12:00"}},
		Breaks:     map[worktime.Date][]worktime.Window{"2026-07-01": {"15:00-16:00"}},
		Holidays:   []worktime.Date{"2026-12-25"},
	}}
	a.QuotaPeriod = handoff.QuotaMonth
	plan := &a.Routing // with what Compile wants left out: see schemaAgreement
	plan.SchemaURL, plan.Schema, plan.Name, plan.Version, plan.Fallback = "routing/plan.schema.json", 1, "emea", 3, "mara"
	plan.OwnerHeeds = []routing.Cause{routing.Absent, routing.Declined, routing.OverCapacity}
	plan.Rules = []routing.Rule{
		{Name: "big", When: `Grade == "A1"`, Pool: "key accounts", Skills: []string{"english", "french"}, Territories: []string{"benelux", "dach"}},
		{Name: "all", Skills: []string{"english"}},
	}
	pool := &plan.Pools[0]
	pool.Strategy, pool.OpenWithin, pool.Bucket = routing.FreeCapacity, routing.Duration(48*time.Hour), routing.Duration(24*time.Hour)
	pool.Members[1] = routing.Member{ID: "ben", Weight: 1, Capacity: 20, Quota: 50, Calendar: "late",
		Skills: []string{"english", "french", "german"}, Territories: []string{"dach", "benelux"}, Prefers: `Grade == "A2"`}
	for _, i := range []int{0, 2} {
		pool.Members[i].Capacity, pool.Members[i].Skills = 20, []string{"english"}
	}
	plan.Pools = append(plan.Pools, routing.Pool{Name: "key accounts", Fallback: "emea", Members: []routing.Member{{ID: "dora", Weight: 1, Skills: []string{"english", "french"}, Territories: []string{"benelux", "dach"}}}})
	a.Managers = []string{"mara", "max"}
	a.AttemptsWithin = handoff.Duration(24 * time.Hour)
	a.Escalation = []handoff.Rung{{After: handoff.Duration(time.Hour), To: "mara"}, {After: handoff.Duration(4 * time.Hour), To: "cleo", Reassign: true}}
	a.Marketing.Value = 900
	a.Goals.Periods = []goals.PeriodGoals{
		{Name: "2026-Q1", From: a.Marketing.From, To: a.Marketing.To, Marketing: goals.MarketingGoals{Count: 120, Value: 900},
			Sales: goals.SalesGoals{Revenue: 5000, Acceptance: "4/5", FollowUp: "9/10"}},
		{Name: "the year", From: a.Marketing.From, To: a.Marketing.From.AddDate(1, 0, 0), Sales: goals.SalesGoals{Revenue: 20000}},
	}
	gate := func(name string) []goals.Gate {
		return []goals.Gate{{Name: name, Measure: "revenue", Threshold: "4/5", Factor: "1/2"}}
	}
	a.Pay = goals.PayPlan{SchemaURL: "pay.schema.json", Schema: 1, Name: "2026", Version: 1, Gates: gate("company"), Clawback: goals.Clawback{Days: 90}}
	for _, name := range []string{"marketing", "sales"} {
		a.Pay.Roles = append(a.Pay.Roles, goals.Role{Name: name, Target: 600, Gates: gate("own"), Floor: "1/10", Cap: "2", Components: []goals.Component{
			{Name: "revenue", Weight: "1/2", Measure: "revenue", Floor: "0", Cap: "3/2",
				Curve: goals.Curve{Kind: goals.CurveRamp, Threshold: "1/4", Points: []goals.Point{{At: "1/2", Pay: "0"}, {At: "1", Pay: "1"}}}},
			{Name: "leads", Weight: "1/2", Measure: "mql_count", Floor: "0", Cap: "3/2",
				Curve: goals.Curve{Kind: goals.CurveTiers, Threshold: "1/4", Tiers: []goals.Tier{{From: "0", Rate: "1"}, {From: "1", Rate: "2"}}, Mode: goals.TiersWhole}},
		}})
	}
	return a
}

// values calls visit for every value that is not composed of others, with a way to put another in its place.
func values(v reflect.Value, path string, visit func(path string, value reflect.Value, put func(reflect.Value))) {
	switch {
	case v.Type() == reflect.TypeFor[time.Time]():
		visit(path, v, v.Set)
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			values(v.Field(i), path+"."+v.Type().Field(i).Name, visit)
		}
	case v.Kind() == reflect.Slice:
		for i := range v.Len() {
			values(v.Index(i), fmt.Sprintf("%s[%d]", path, i), visit)
		}
	case v.Kind() == reflect.Map:
		keys := slices.SortedFunc(slices.Values(v.MapKeys()), func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
		for _, key := range keys {
			// an element can't be changed where it is: one that can stands in for it
			element := reflect.New(v.Type().Elem()).Elem()
			element.Set(v.MapIndex(key))
			at := key // where the element is by now
			values(element, path+"."+key.String(), func(path string, value reflect.Value, put func(reflect.Value)) {
				visit(path, value, func(other reflect.Value) {
					put(other)
					v.SetMapIndex(at, element)
				})
			})
			visit(path+" "+key.String(), key, func(other reflect.Value) {
				v.SetMapIndex(at, reflect.Value{})
				v.SetMapIndex(other, element)
				at = other
			})
		}
	default:
		visit(path, v, v.Set)
	}
}

// other is another value of the same type.
func other(t testing.TB, v reflect.Value) reflect.Value {
	t.Helper()
	if at, ok := v.Interface().(time.Time); ok {
		return reflect.ValueOf(at.Add(time.Nanosecond))
	}
	changed := reflect.New(v.Type()).Elem()
	switch v.Kind() {
	case reflect.String:
		changed.SetString(v.String() + "x")
	case reflect.Int, reflect.Int64:
		changed.SetInt(v.Int() + 7)
	case reflect.Bool:
		changed.SetBool(!v.Bool())
	default:
		t.Fatalf("a %s", v.Kind())
	}
	return changed
}

// changed is the full agreement with some of its values changed.
func changed(t testing.TB, which func(path string) bool) handoff.Agreement {
	t.Helper()
	a := fullAgreement(t)
	type change struct {
		put   func(reflect.Value)
		value reflect.Value
	}
	var changes []change
	values(reflect.ValueOf(&a).Elem(), "a", func(path string, value reflect.Value, put func(reflect.Value)) {
		if which(path) {
			changes = append(changes, change{put, other(t, value)})
		}
	})
	for _, c := range changes {
		c.put(c.value)
	}
	return a
}

func tell(changes []handoff.Change) string {
	lines := []string{}
	for _, c := range changes {
		lines = append(lines, fmt.Sprintf("%s: %s", c.Path, c))
	}
	return strings.Join(lines, "\n")
}

// No field of an agreement is empty in the one that the next tests change.
func TestFullAgreementIsFull(t *testing.T) {
	set := map[string]bool{}
	a := fullAgreement(t)
	var walk func(v reflect.Value)
	walk = func(v reflect.Value) {
		switch {
		case v.Type() == reflect.TypeFor[time.Time]():
		case v.Kind() == reflect.Struct:
			for i := range v.NumField() {
				key := v.Type().String() + "." + v.Type().Field(i).Name
				set[key] = set[key] || !v.Field(i).IsZero()
				walk(v.Field(i))
			}
		case v.Kind() == reflect.Slice:
			for i := range v.Len() {
				walk(v.Index(i))
			}
		case v.Kind() == reflect.Map:
			for _, key := range v.MapKeys() {
				walk(v.MapIndex(key))
			}
		}
	}
	walk(reflect.ValueOf(a))
	for _, key := range slices.Sorted(maps.Keys(set)) {
		if !set[key] {
			t.Errorf("%s is empty", key)
		}
	}
}

// Whatever value is changed, Diff sees it: a field that is added to the types and forgotten here fails this test.
func TestDiffSeesEveryValue(t *testing.T) {
	old := fullAgreement(t)
	var paths []string
	values(reflect.ValueOf(&old).Elem(), "a", func(path string, _ reflect.Value, _ func(reflect.Value)) { paths = append(paths, path) })
	parts := map[handoff.Part]bool{}
	for _, path := range paths {
		next := changed(t, func(p string) bool { return p == path })
		changes := handoff.Diff(old, next)
		if len(changes) == 0 {
			t.Errorf("%s: no change", path)
		}
		for _, c := range changes {
			parts[c.Part] = true
			if c.Path == "" || c.Text == "" || c.Before == c.After || strings.ContainsAny(c.Text, "\n\t") {
				t.Errorf("%s: %#v", path, c)
			}
		}
		if back := handoff.Diff(next, old); len(back) != len(changes) {
			t.Errorf("%s: %d changes, but %d back", path, len(changes), len(back))
		}
	}
	if len(paths) < 200 || len(parts) != 11 {
		t.Errorf("only %d values, parts %v", len(paths), parts)
	}
}

// Many changes at once are told in the order of the parts, and each value that stays is not told.
func TestDiffOfManyChanges(t *testing.T) {
	order := []handoff.Part{handoff.PartDocument, handoff.PartCriterion, handoff.PartCalendar, handoff.PartRouting, handoff.PartManagers, handoff.PartDeadlines,
		handoff.PartEscalation, handoff.PartNurture, handoff.PartMarketing, handoff.PartGoals, handoff.PartPay}
	r := rand.New(rand.NewPCG(7, 2))
	old := fullAgreement(t)
	for range 300 {
		next := changed(t, func(string) bool { return r.IntN(4) == 0 })
		changes := handoff.Diff(old, next)
		if !slices.IsSortedFunc(changes, func(a, b handoff.Change) int { return slices.Index(order, a.Part) - slices.Index(order, b.Part) }) {
			t.Fatalf("out of order:\n%s", tell(changes))
		}
		if again := handoff.Diff(old, next); !reflect.DeepEqual(again, changes) {
			t.Fatal("the order is not fixed")
		}
		if same := handoff.Diff(next, next); same != nil {
			t.Fatalf("equal agreements differ:\n%s", tell(same))
		}
	}
}

// Where lists are ordered otherwise, a default is written out or an instant is written in another zone, there is nothing to tell.
func TestDiffOfTheSame(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 7))
	swap := func(list any) { r.Shuffle(reflect.ValueOf(list).Len(), reflect.Swapper(list)) }
	for range 50 {
		a, b := fullAgreement(t), fullAgreement(t)
		for _, list := range []any{b.Calendar.Hours.Sun, b.Calendar.Holidays, b.Routing.Pools[0].Members, b.Managers, b.Escalation, b.Goals.Periods, b.Pay.Roles} {
			swap(list)
		}
		swap(b.Routing.Pools)
		swap(b.Routing.OwnerHeeds)
		for i := range b.Routing.Rules {
			swap(b.Routing.Rules[i].Skills)
			swap(b.Routing.Rules[i].Territories)
		}
		for i := range b.Routing.Pools {
			for k := range b.Routing.Pools[i].Members {
				swap(b.Routing.Pools[i].Members[k].Skills)
				swap(b.Routing.Pools[i].Members[k].Territories)
			}
		}
		swap(b.Calendars["late"].Hours.Mon)
		for i := range b.Pay.Roles {
			swap(b.Pay.Roles[i].Components)
		}
		b.Calendar.Holidays = append(b.Calendar.Holidays, b.Calendar.Holidays[0])
		b.Schema, b.Pay.Schema, b.Routing.Schema = 0, 0, 0
		for i := range a.Routing.Pools {
			a.Routing.Pools[i].Strategy, b.Routing.Pools[i].Strategy = "", routing.Weighted
		}
		a.Pay.Roles[0].Components[1].Curve.Mode = ""
		for i := range b.Pay.Roles {
			for k := range b.Pay.Roles[i].Components {
				if c := &b.Pay.Roles[i].Components[k]; b.Pay.Roles[i].Name == "marketing" && c.Name == "leads" {
					c.Curve.Mode = goals.TiersMarginal
				}
			}
		}
		b.Marketing.From = b.Marketing.From.In(time.FixedZone("", 3600*5))
		b.Goals.Periods[0].To = b.Goals.Periods[0].To.UTC()
		if changes := handoff.Diff(a, b); changes != nil {
			t.Fatalf("%s", tell(changes))
		}
	}
	if changes := handoff.Diff(handoff.Agreement{}, handoff.Agreement{}); changes != nil {
		t.Errorf("%s", tell(changes))
	}
}

// Things of the same name, which Compile refuses, match one after the other.
func TestDiffOfThingsNamedAlike(t *testing.T) {
	a, b := agreement(t), agreement(t)
	twice := func(second int64) []goals.PeriodGoals {
		period := func(revenue int64) goals.PeriodGoals {
			return goals.PeriodGoals{Name: "2026", From: a.Marketing.From, To: a.Marketing.To, Sales: goals.SalesGoals{Revenue: revenue}}
		}
		return []goals.PeriodGoals{period(1), period(second)}
	}
	a.Goals.Periods, b.Goals.Periods = twice(2), twice(3)
	want := "goals.periods[1].sales.revenue: in 2026 sales is to win 3 minor units instead of 2 minor units of revenue"
	if got := tell(handoff.Diff(a, b)); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	b.Goals.Periods = twice(2)[:1]
	if got, want := tell(handoff.Diff(a, b)), "goals.periods[1]: no goals are agreed for 2026 any more"; got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

// The script's input is two parts of an agreement with => between them; expected is what two departments read.
func TestDiffInWords(t *testing.T) {
	script.Run(t, "testdata/diff.txt", func(input string) string {
		before, after, _ := strings.Cut(input, "\n=>\n")
		var agreements []handoff.Agreement
		for _, text := range []string{before, after} {
			a, err := handoff.Parse([]byte(`{"schema": 1` + strings.TrimSuffix(", "+text, ", ") + `}`))
			if err != nil {
				return err.Error()
			}
			agreements = append(agreements, a)
		}
		changes := handoff.Diff(agreements[0], agreements[1])
		return tell(changes)
	})
}

func ExampleDiff() {
	old := handoff.Agreement{
		Name: "emea", Version: 3,
		Accept:  handoff.Acceptance{Within: handoff.Duration(8 * time.Hour), MaxOffers: 2, Fallback: "mara"},
		Routing: routing.Plan{Otherwise: "emea", Pools: []routing.Pool{{Name: "emea", Members: []routing.Member{{ID: "anna", Weight: 1}, {ID: "ben", Weight: 1}}}}},
		Pay: goals.PayPlan{Name: "2026", Version: 1, Roles: []goals.Role{{Name: "sales", Target: 500, Components: []goals.Component{
			{Name: "revenue", Weight: "1", Measure: goals.AttainedRevenue, Curve: goals.Curve{Kind: goals.CurveLinear}, Floor: "0"}}}}},
	}
	next := old
	next.Version = 4
	next.Accept.Within = handoff.Duration(6 * time.Hour)
	next.Calendar.Holidays = []worktime.Date{"2026-12-24"}
	next.Routing.Pools = []routing.Pool{{Name: "emea", Members: []routing.Member{{ID: "anna", Weight: 1}, {ID: "ben", Weight: 2}, {ID: "cleo", Weight: 1}}}}
	next.Pay.Roles = []goals.Role{{Name: "sales", Target: 500, Components: []goals.Component{
		{Name: "revenue", Weight: "1", Measure: goals.AttainedRevenue, Curve: goals.Curve{Kind: goals.CurveLinear}, Floor: "1/2"}}}}

	for _, change := range handoff.Diff(old, next) {
		fmt.Println(change)
	}
	// Output:
	// the version of the agreement is 4 instead of 3
	// 2026-12-24 is a holiday
	// member "ben" of the pool "emea": weight 1 → 2
	// member "cleo" of the pool "emea" is new: weight 1
	// offers are to be answered within 6h instead of 8h
	// in the pay of sales, the component revenue has a floor of 1/2 instead of 0
}
