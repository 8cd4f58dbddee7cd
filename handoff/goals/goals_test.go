package goals_test

import (
	"encoding/json"
	"errors"
	"math"
	"math/big"
	"math/rand"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/leadloop/leadloop/handoff/goals"
	"github.com/leadloop/leadloop/handoff/worktime"
)

func april(t testing.TB) (goals.Commitment, *worktime.Calendar) {
	t.Helper()
	nine := []worktime.Window{"09:00-17:00"}
	calendar, err := worktime.Compile(worktime.Definition{
		TimeZone: "Europe/Berlin",
		Hours:    worktime.Week{Mon: nine, Tue: nine, Wed: nine, Thu: nine, Fri: nine},
		Holidays: []worktime.Date{"2026-04-03", "2026-04-06"},
	}, time.LoadLocation)
	if err != nil {
		t.Fatal(err)
	}
	return goals.Commitment{
		From:  time.Date(2026, 3, 31, 22, 0, 0, 0, time.UTC),
		To:    time.Date(2026, 4, 30, 22, 0, 0, 0, time.UTC),
		Count: 200, Value: 5_000_000,
	}, calendar
}

// April 2026 in Berlin has 22 weekdays; Good Friday and Easter Monday leave 20.
func TestProgressFollowsWorkingDays(t *testing.T) {
	commitment, calendar := april(t)
	plan, err := goals.Compile(commitment, calendar)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name      string
		at        time.Time
		delivered goals.Delivered
		dueCount  string
		count     string // "" = undefined
		value     string
	}{
		{"before the period", time.Date(2026, 3, 20, 12, 0, 0, 0, time.UTC), goals.Delivered{Count: 3}, "0", "", ""},
		{"before the first opening", time.Date(2026, 4, 1, 7, 0, 0, 0, time.UTC), goals.Delivered{}, "0", "", ""},
		{"after two days", time.Date(2026, 4, 2, 15, 0, 0, 0, time.UTC), goals.Delivered{Count: 15, Value: 600_000}, "20", "3/4", "6/5"},
		{"Easter adds nothing", time.Date(2026, 4, 7, 7, 0, 0, 0, time.UTC), goals.Delivered{Count: 15, Value: 600_000}, "20", "3/4", "6/5"},
		{"in the middle of a day", time.Date(2026, 4, 7, 11, 0, 0, 0, time.UTC), goals.Delivered{Count: 25}, "25", "1", "0"},
		{"at the end", commitment.To, goals.Delivered{Count: 150, Value: 6_000_000}, "200", "3/4", "6/5"},
		{"a year later", commitment.To.AddDate(1, 0, 0), goals.Delivered{Count: 150, Value: 6_000_000}, "200", "3/4", "6/5"},
		{"corrections", commitment.To, goals.Delivered{Count: -50}, "200", "-1/4", "0"},
	} {
		p := plan.Progress(c.delivered, c.at)
		if got := p.Count.Due().RatString(); got != c.dueCount {
			t.Errorf("%s: due %s, want %s", c.name, got, c.dueCount)
		}
		for _, m := range []struct {
			measure goals.Measure
			want    string
		}{{p.Count, c.count}, {p.Value, c.value}} {
			got, ok := m.measure.Attainment()
			f, defined := m.measure.Float64()
			if ok != (m.want != "") || defined != ok {
				t.Errorf("%s: defined %v and %v, want %q", c.name, ok, defined, m.want)
			} else if ok && got.RatString() != m.want {
				t.Errorf("%s: attainment %s, want %s", c.name, got.RatString(), m.want)
			} else if want, _ := new(big.Rat).SetString("0" + m.want); ok && want != nil {
				if w, _ := want.Float64(); f != w {
					t.Errorf("%s: %v, want %v", c.name, f, w)
				}
			}
		}
		missing := new(big.Rat).Add(p.Count.Missing(), new(big.Rat).SetInt64(c.delivered.Count))
		if missing.Cmp(p.Count.Due()) != 0 {
			t.Errorf("%s: missing and delivered do not sum to due", c.name)
		}
	}
}

func TestUndefinedIsNotZero(t *testing.T) {
	commitment, calendar := april(t)
	commitment.Value = 0
	plan, err := goals.Compile(commitment, calendar)
	if err != nil {
		t.Fatal(err)
	}
	p := plan.Progress(goals.Delivered{Count: 200, Value: 9}, commitment.To)
	if a, ok := p.Value.Attainment(); ok || a != nil {
		t.Errorf("attainment %v of a value that is not committed", a)
	}
	if _, ok := (goals.Measure{}).Attainment(); ok || (goals.Measure{}).Due().Sign() != 0 {
		t.Error("the zero Measure has an attainment")
	}
}

// Fractions of any size stay exact: attainment times due is what was delivered.
func TestExact(t *testing.T) {
	r := rand.New(rand.NewSource(3))
	for range 5000 {
		m := goals.Measure{Delivered: r.Int63() - r.Int63(), Committed: 1 + r.Int63n(math.MaxInt64), Period: time.Duration(1 + r.Int63n(math.MaxInt64))}
		m.Elapsed = time.Duration(1 + r.Int63n(int64(m.Period)))
		a, ok := m.Attainment()
		if !ok {
			t.Fatalf("%+v is undefined", m)
		}
		if got := new(big.Rat).Mul(a, m.Due()); got.Cmp(new(big.Rat).SetInt64(m.Delivered)) != 0 {
			t.Fatalf("%+v: attainment × due = %s", m, got)
		}
	}
}

func TestCompileReportsEverything(t *testing.T) {
	good, calendar := april(t)
	sunday := time.Date(2026, 4, 5, 8, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name       string
		commitment goals.Commitment
		calendar   *worktime.Calendar
		want       []string
		is         []error
	}{
		{"nothing", goals.Commitment{}, nil, []string{"from: ", "to: ", "count: nothing", "calendar: "}, []error{goals.ErrPeriod, goals.ErrAmount, goals.ErrCalendar}},
		{"negative", goals.Commitment{From: good.From, To: good.To, Count: -1, Value: -1}, calendar, []string{"count: ", "value: "}, []error{goals.ErrAmount}},
		{"reversed", goals.Commitment{From: good.To, To: good.From, Count: 1}, calendar, []string{"to: the period ends"}, []error{goals.ErrPeriod}},
		{"long", goals.Commitment{From: good.From, To: good.To.AddDate(120, 0, 0), Count: 1}, calendar, []string{"to: the period is longer"}, []error{goals.ErrPeriod}},
		{"no working time", goals.Commitment{From: sunday, To: sunday.Add(time.Hour), Count: 1}, calendar, []string{"to: the calendar"}, []error{goals.ErrPeriod}},
	} {
		plan, err := goals.Compile(c.commitment, c.calendar)
		if err == nil || plan != nil {
			t.Errorf("%s: accepted", c.name)
			continue
		}
		lines := strings.Split(err.Error(), "\n")
		if len(lines) != len(c.want) {
			t.Errorf("%s: %d mistakes, want %d: %v", c.name, len(lines), len(c.want), err)
			continue
		}
		for i, want := range c.want {
			if !strings.HasPrefix(lines[i], want) {
				t.Errorf("%s: %q, want %q", c.name, lines[i], want)
			}
		}
		for _, is := range c.is {
			if !errors.Is(err, is) {
				t.Errorf("%s: not %v", c.name, is)
			}
		}
		var e *goals.Error
		if !errors.As(err, &e) || e.Path == "" || e.Cause == nil {
			t.Errorf("%s: no *goals.Error", c.name)
		}
	}
}

func TestParse(t *testing.T) {
	commitment, _ := april(t)
	data, err := json.Marshal(commitment)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := goals.Parse(data); err != nil || got != commitment {
		t.Errorf("got %+v, %v", got, err)
	}
	for _, bad := range []string{``, `{"count": 1, "count": 2}`, `{"counts": 1}`, `{"from": "tomorrow"}`, `{"value": 1.5}`, `{} {}`} {
		if _, err := goals.Parse([]byte(bad)); err == nil {
			t.Errorf("%s is accepted", bad)
		}
	}
}

func FuzzProgress(f *testing.F) {
	f.Add([]byte(`{"from":"2026-04-01T00:00:00Z","to":"2026-05-01T00:00:00Z","count":200}`), int64(10), int64(5), int64(1_775_000_000))
	f.Add([]byte(`{"from":"2026-04-01T00:00:00Z","to":"2026-05-01T00:00:00Z","value":9223372036854775807}`), int64(math.MinInt64), int64(math.MaxInt64), int64(math.MinInt64))
	_, calendar := april(f)
	f.Fuzz(func(t *testing.T, data []byte, count, value, at int64) {
		c, err := goals.Parse(data)
		if err != nil {
			return
		}
		plan, err := goals.Compile(c, calendar)
		if err != nil {
			return
		}
		p := plan.Progress(goals.Delivered{Count: count, Value: value}, time.Unix(at, 0))
		for _, m := range []goals.Measure{p.Count, p.Value} {
			if m.Elapsed < 0 || m.Elapsed > m.Period || m.Due().Cmp(new(big.Rat).SetInt64(m.Committed)) > 0 {
				t.Fatalf("%+v is due too much", m)
			}
			if _, ok := m.Attainment(); ok != (m.Committed > 0 && m.Elapsed > 0) {
				t.Fatalf("%+v: defined %v", m, ok)
			}
		}
	})
}

func BenchmarkProgress(b *testing.B) {
	commitment, calendar := april(b)
	plan, err := goals.Compile(commitment, calendar)
	if err != nil {
		b.Fatal(err)
	}
	at := time.Date(2026, 4, 7, 11, 0, 0, 0, time.UTC)
	b.ReportAllocs()
	for b.Loop() {
		plan.Progress(goals.Delivered{Count: 25}, at)
	}
}
