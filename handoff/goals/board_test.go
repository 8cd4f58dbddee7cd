package goals_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/leadloop/leadloop/handoff/goals"
)

// yearly are the goals of April 2026, its quarter and its year in Berlin.
func yearly(t testing.TB) goals.Goals {
	t.Helper()
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 4, 15, 12, 0, 0, 0, berlin)
	period := func(name string, of func(time.Time) (from, to time.Time), times int64) goals.PeriodGoals {
		from, to := of(at)
		return goals.PeriodGoals{
			Name: name, From: from, To: to,
			Marketing: goals.MarketingGoals{Count: 200 * times, Value: 5_000_000 * times},
			Sales:     goals.SalesGoals{Revenue: 4_000_000 * times, Acceptance: "9/10", FollowUp: "19/20"},
		}
	}
	return goals.Goals{Periods: []goals.PeriodGoals{period("2026-04", goals.Month, 1), period("2026-Q2", goals.Quarter, 3), period("2026", goals.Year, 12)}}
}

// Two of April's twenty working days are over: the goals of the second quarter
// have 20 + 21 + 22 and those of the year 259 working days, 63 + 2 of them over;
// weekdays counted with a calendar on paper: January 22, February 20, March 22, and
// 30 June is a Tuesday. No holiday but Easter's is in the calendar.
func TestBoardProgress(t *testing.T) {
	_, calendar := april(t)
	board, err := goals.CompileGoals(yearly(t), calendar)
	if err != nil {
		t.Fatal(err)
	}
	if got := board.Names(); !slices.Equal(got, []string{"2026-04", "2026-Q2", "2026"}) {
		t.Errorf("the periods are %v", got)
	}
	asOf := time.Date(2026, 4, 5, 12, 0, 0, 0, time.UTC)
	done := goals.Done{
		Delivered: goals.Delivered{Count: 15, Value: 600_000}, Revenue: 1_000_000, Pipeline: 6_000_000,
		Acceptance: goals.Ratio{Part: 8, Whole: 10}, FollowUp: goals.Ratio{Part: 19, Whole: 20},
	}
	days := map[string][2]int64{"2026-04": {2, 20}, "2026-Q2": {2, 20 + 21 + 22}, "2026": {22 + 20 + 22 + 2, 259}}
	for _, name := range board.Names() {
		s, ok := board.Progress(name, done, asOf)
		if !ok || s.Name != name || !s.AsOf.Equal(asOf) {
			t.Fatalf("%s: %+v", name, s)
		}
		over := big.NewRat(days[name][0], days[name][1])
		for _, m := range []goals.Measure{s.Count, s.Value, s.Revenue} {
			due := new(big.Rat).Mul(over, new(big.Rat).SetInt64(m.Committed))
			if m.Due().Cmp(due) != 0 {
				t.Errorf("%s: %s of %d are due, want %s", name, m.Due(), m.Committed, due)
			}
			projected, ok := m.Projected()
			if !ok || projected.Mul(projected, over).Cmp(new(big.Rat).SetInt64(m.Delivered)) != 0 {
				t.Errorf("%s: projected %v", name, projected)
			}
		}
		if s.Count.Delivered != 15 || s.Value.Delivered != 600_000 || s.Revenue.Delivered != 1_000_000 {
			t.Errorf("%s: %+v", name, s)
		}
		for want, kept := range map[string]goals.Kept{"8/9": s.Acceptance, "1": s.FollowUp} {
			if got, ok := kept.Attainment(); !ok || got.RatString() != want {
				t.Errorf("%s: the attainment is %v, want %s", name, got, want)
			}
		}
	}
	month, _ := board.Progress("2026-04", done, asOf)
	if got, ok := month.Coverage(); !ok || got.RatString() != "2" {
		t.Errorf("coverage is %v", got)
	}
	attained := month.Attained()
	for name, want := range map[string]string{
		goals.AttainedCount: "3/40", goals.AttainedValue: "3/25", goals.AttainedRevenue: "1/4", goals.AttainedAcceptance: "8/9",
		goals.AttainedFollowUp: "1", goals.RateAcceptance: "4/5", goals.RateFollowUp: "19/20",
	} {
		if attained[name] == nil || attained[name].RatString() != want {
			t.Errorf("%s is %v, want %s", name, attained[name], want)
		}
	}
	if len(attained) != 7 {
		t.Errorf("%d are attained", len(attained))
	}
	if _, ok := board.Progress("2027", done, asOf); ok {
		t.Error("an unknown period has a standing")
	}
}

func TestBoardWithoutDataIsUndefined(t *testing.T) {
	_, calendar := april(t)
	g := yearly(t)
	g.Periods = g.Periods[:1]
	g.Periods[0].Marketing = goals.MarketingGoals{}
	g.Periods[0].Sales = goals.SalesGoals{Revenue: 5}
	board, err := goals.CompileGoals(g, calendar)
	if err != nil {
		t.Fatal(err)
	}
	s, _ := board.Progress("2026-04", goals.Done{Delivered: goals.Delivered{Count: 3, Value: 5}, Acceptance: goals.Ratio{Part: 1, Whole: 1}}, g.Periods[0].From)
	if _, ok := s.Acceptance.Attainment(); ok {
		t.Error("acceptance is attained though nothing is agreed")
	}
	if _, ok := s.Revenue.Projected(); ok {
		t.Error("something is projected before time passes")
	}
	if a := s.Attained(); len(a) != 2 || a[goals.AttainedRevenue].Sign() != 0 || a[goals.RateAcceptance].RatString() != "1" {
		t.Errorf("attained are %v", a)
	}
	if _, ok := (goals.Kept{Agreed: "1/2"}).Attainment(); ok {
		t.Error("a rate is attained without data")
	}
	if _, ok := (goals.Kept{Rate: goals.Ratio{Part: 1, Whole: 1}, Agreed: "0"}).Attainment(); ok {
		t.Error("a rate of 0 is attained")
	}
}

func TestCompileGoalsReportsEverything(t *testing.T) {
	_, calendar := april(t)
	g := goals.Goals{Periods: []goals.PeriodGoals{
		{},
		{Name: "a", From: time.Unix(0, 0), To: time.Unix(9e7, 0), Marketing: goals.MarketingGoals{Count: -1, Value: -1}, Sales: goals.SalesGoals{Revenue: -1, Acceptance: "0", FollowUp: "2"}},
		{Name: "a", From: time.Unix(1, 0), To: time.Unix(0, 0), Sales: goals.SalesGoals{Acceptance: "90 %"}},
	}}
	_, err := goals.CompileGoals(g, calendar)
	want := []string{
		"periods[0].name: ", "periods[0].from: ", "periods[0].to: ", "periods[0].marketing: nothing",
		"periods[1].marketing.count: ", "periods[1].marketing.value: ", "periods[1].sales.revenue: ", "periods[1].sales.acceptance: it is zero", "periods[1].sales.follow_up: it is above",
		"periods[2].name: ", "periods[2].to: ", "periods[2].sales.acceptance: it is no",
	}
	if err == nil {
		t.Fatal("accepted")
	}
	lines := strings.Split(err.Error(), "\n")
	if len(lines) != len(want) {
		t.Fatalf("%d mistakes, want %d:\n%v", len(lines), len(want), err)
	}
	for i := range want {
		if !strings.HasPrefix(lines[i], want[i]) {
			t.Errorf("%q, want %q", lines[i], want[i])
		}
	}
	for _, is := range []error{goals.ErrName, goals.ErrPeriod, goals.ErrAmount, goals.ErrFraction} {
		if !errors.Is(err, is) {
			t.Errorf("not %v", is)
		}
	}
	if _, err := goals.CompileGoals(goals.Goals{}, nil); !errors.Is(err, goals.ErrCalendar) || !errors.Is(err, goals.ErrPeriod) {
		t.Errorf("nothing: %v", err)
	}
	if _, err := goals.CompileGoals(goals.Goals{Periods: make([]goals.PeriodGoals, 1001)}, calendar); !errors.Is(err, goals.ErrPeriod) || !strings.Contains(err.Error(), "there are 1001") {
		t.Error("1001 periods are accepted")
	}
}

func TestParseGoals(t *testing.T) {
	g := yearly(t)
	for i := range g.Periods {
		g.Periods[i].From, g.Periods[i].To = g.Periods[i].From.UTC(), g.Periods[i].To.UTC()
	}
	data, err := json.Marshal(g)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := goals.ParseGoals(data); err != nil || !reflect.DeepEqual(got, g) {
		t.Errorf("got %+v, %v", got, err)
	}
	if _, err := goals.ParseGoals([]byte(`{"periods": [{"sales": {"acceptance": 0.9}}]}`)); err == nil || !strings.HasPrefix(err.Error(), "periods[0].sales.acceptance:1:") {
		t.Errorf("a number for a fraction: %v", err)
	}
}

// Every instant of a year is in the month, quarter and year that a calendar shows.
func TestPeriods(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	for at := time.Date(2025, 12, 31, 23, 0, 0, 0, time.UTC); at.Year() < 2028; at = at.Add(5 * time.Hour) {
		local := at.In(berlin)
		for name, want := range map[string][2]string{
			"month":   {local.Format("2006-01"), local.Format("2006-01")},
			"quarter": {fmt.Sprintf("%d-%02d", local.Year(), []int{1, 4, 7, 10}[(local.Month()-1)/3]), fmt.Sprintf("%d-%02d", local.Year(), []int{3, 6, 9, 12}[(local.Month()-1)/3])},
			"year":    {fmt.Sprintf("%d-01", local.Year()), fmt.Sprintf("%d-12", local.Year())},
		} {
			from, to := map[string]func(time.Time) (time.Time, time.Time){"month": goals.Month, "quarter": goals.Quarter, "year": goals.Year}[name](local)
			last := to.Add(-1)
			if from.Format("2006-01 02 15:04:05.999") != want[0]+" 01 00:00:00" || last.Format("2006-01") != want[1] || to.Format("02 15:04:05.999") != "01 00:00:00" || at.Before(from) || !at.Before(to) {
				t.Fatalf("%s of %v: %v to %v", name, local, from, to)
			}
		}
	}
}

func TestPredict(t *testing.T) {
	f, err := goals.Predict([]goals.OpenStage{
		{Stage: "discovery", Amount: 1_000_000, Win: goals.Ratio{Part: 1, Whole: 6}},
		{Stage: "offer", Amount: 300_001, Win: goals.Ratio{Part: 1, Whole: 2}},
		{Stage: "contract", Win: goals.Ratio{}},
	})
	// 166,666 2/3 + 150,000 1/2 = 316,667 1/6
	if err != nil || !f.Defined() || f.Exact.RatString() != "1900003/6" || f.Amount != 316_667 {
		t.Errorf("got %+v, %v", f, err)
	}
	f, err = goals.Predict([]goals.OpenStage{{Stage: "a", Amount: 5, Win: goals.Ratio{Part: 1, Whole: 2}}, {Stage: "new", Amount: 7}})
	if err != nil || f.Defined() || f.Amount != 2 || f.Without != 7 || !slices.Equal(f.Unknown, []string{"new"}) { // 2 1/2, the tie to even
		t.Errorf("got %+v, %v", f, err)
	}
	if f, err = goals.Predict(nil); err != nil || !f.Defined() || f.Amount != 0 {
		t.Errorf("an empty pipeline: %+v, %v", f, err)
	}
	_, err = goals.Predict([]goals.OpenStage{{Amount: -1}, {Stage: "a", Win: goals.Ratio{Part: 2, Whole: 1}}, {Stage: "a", Win: goals.Ratio{Part: -1, Whole: 1}}})
	if !errors.Is(err, goals.ErrAmount) || !errors.Is(err, goals.ErrName) || strings.Count(err.Error(), "\n") != 4 {
		t.Errorf("mistakes: %v", err)
	}
	for _, win := range []goals.Ratio{{Part: 1, Whole: 1}, {}} {
		if _, err = goals.Predict([]goals.OpenStage{{Stage: "a", Amount: math.MaxInt64, Win: win}, {Stage: "b", Amount: 1, Win: win}}); !errors.Is(err, goals.ErrAmount) {
			t.Errorf("a pipeline beyond 64 bits: %v", err)
		}
	}
}

// Rounding agrees with the other way to do it, and order matters nowhere.
func TestPredictIsFreeOfOrder(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	for range 3000 {
		var open []goals.OpenStage
		exact := new(big.Rat)
		for i := range r.IntN(6) {
			s := goals.OpenStage{Stage: fmt.Sprint(i), Amount: r.Int64N(1000), Win: goals.Ratio{Whole: 1 + r.Int64N(8)}}
			s.Win.Part = r.Int64N(s.Win.Whole + 1)
			open = append(open, s)
			exact.Add(exact, big.NewRat(s.Amount*s.Win.Part, s.Win.Whole))
		}
		a, err := goals.Predict(open)
		if err != nil {
			t.Fatal(err)
		}
		r.Shuffle(len(open), func(i, j int) { open[i], open[j] = open[j], open[i] })
		b, err := goals.Predict(open)
		if err != nil || !reflect.DeepEqual(a.Exact.RatString(), b.Exact.RatString()) || a.Amount != b.Amount || a.Amount != halfEven(exact) {
			t.Fatalf("%+v: %+v and %+v, %v", open, a, b, err)
		}
	}
}

func TestCoverage(t *testing.T) {
	for _, c := range []struct {
		open, goal, won int64
		want            string
	}{
		{300, 200, 100, "3"}, {0, 200, 100, "0"}, {100, 400, -100, "1/5"}, {100, 200, 200, ""}, {100, 200, 300, ""}, {100, 0, -5, ""},
		{1, math.MaxInt64, math.MinInt64, "1/18446744073709551615"},
	} {
		if got, ok := goals.Coverage(c.open, c.goal, c.won); ok != (c.want != "") || ok && got.RatString() != c.want {
			t.Errorf("%+v: %v, %v", c, got, ok)
		}
	}
}
