package goals

import (
	"fmt"
	"math/big"
	"slices"
	"time"

	"github.com/leadloop/leadloop/handoff/worktime"
	"github.com/leadloop/leadloop/internal/document"
)

// Goals are what both sides owe each other, period by period: plain data. Periods
// may lie within each other, as a month does in its quarter and year.
type Goals struct {
	Periods []PeriodGoals `json:"periods"`
}

// PeriodGoals are both sides' goals of one period. What is left out or 0 is not
// agreed, and has no attainment.
type PeriodGoals struct {
	Name      string         `json:"name"` // such as 2026-04, 2026-Q2, 2026
	From      time.Time      `json:"from"` // included
	To        time.Time      `json:"to"`   // excluded
	Marketing MarketingGoals `json:"marketing,omitzero"`
	Sales     SalesGoals     `json:"sales,omitzero"`
}

// MarketingGoals are what marketing hands over in the period.
type MarketingGoals struct {
	Count int64 `json:"count,omitempty"` // leads
	Value int64 `json:"value,omitempty"` // their value in minor units
}

// SalesGoals are what sales makes of it.
type SalesGoals struct {
	Revenue    int64    `json:"revenue,omitempty"`    // to be won, in minor units
	Acceptance Fraction `json:"acceptance,omitempty"` // of the offers that are decided, above 0 and at most 1
	FollowUp   Fraction `json:"follow_up,omitempty"`  // of the deadlines that were met or missed, above 0 and at most 1
}

// maxPeriods bounds the periods of goals.
const maxPeriods = 1000

// ParseGoals reads goals from JSON, as strictly as [Parse], up to 1 MiB. What the values mean
// is checked by [CompileGoals].
func ParseGoals(data []byte) (Goals, error) {
	var g Goals
	if err := document.Decode(data, &g, maxLarge); err != nil {
		return Goals{}, err
	}
	return g, nil
}

// Board holds goals with their run rates. It is immutable and safe for concurrent
// use. Make one with [CompileGoals]; the zero Board has no period.
type Board struct {
	periods  []boardPeriod
	calendar *worktime.Calendar
}

type boardPeriod struct {
	PeriodGoals
	length time.Duration
}

// CompileGoals checks the goals; the calendar is the one whose working time drives
// the run rates. All mistakes are reported at once, joined, each an *[Error] with
// its path.
func CompileGoals(g Goals, calendar *worktime.Calendar) (*Board, error) {
	r := &review{}
	if n := len(g.Periods); n == 0 || n > maxPeriods {
		r.report("periods", ErrPeriod, "there are %d periods: give 1 to %d", n, maxPeriods)
	}
	if calendar == nil {
		r.report("calendar", ErrCalendar, noCalendar)
	}
	b := &Board{calendar: calendar}
	seen := map[string]bool{}
	for i, p := range g.Periods[:min(len(g.Periods), maxPeriods)] {
		at := fmt.Sprintf("periods[%d].", i)
		r.name(at+"name", p.Name, seen)
		checked := boardPeriod{PeriodGoals: p}
		if r.period(at, p.From, p.To) && calendar != nil {
			checked.length = r.working(at, p.From, p.To, calendar)
		}
		if p.Marketing == (MarketingGoals{}) && p.Sales == (SalesGoals{}) {
			r.report(at+"marketing", ErrAmount, "nothing is agreed for the period: give a goal of marketing, of sales, or both")
		}
		r.amount(at+"marketing.count", p.Marketing.Count)
		r.amount(at+"marketing.value", p.Marketing.Value)
		r.amount(at+"sales.revenue", p.Sales.Revenue)
		for _, f := range []struct {
			key   string
			value Fraction
		}{{"acceptance", p.Sales.Acceptance}, {"follow_up", p.Sales.FollowUp}} {
			if f.value != "" {
				r.share(at+"sales."+f.key, f.value)
			}
		}
		b.periods = append(b.periods, checked)
	}
	if err := r.err(); err != nil {
		return nil, err
	}
	return b, nil
}

func (r *review) amount(path string, n int64) {
	if n < 0 {
		r.report(path, ErrAmount, "it is negative: give what is owed, or 0 to agree on none")
	}
}

// Names gives the names of the periods in the order of the goals.
func (b *Board) Names() []string {
	var names []string
	for _, p := range b.periods {
		names = append(names, p.Name)
	}
	return names
}

// Done is what both sides have done in a period until now.
type Done struct {
	Delivered  Delivered `json:"delivered"`  // by marketing
	Revenue    int64     `json:"revenue"`    // won, in minor units
	Pipeline   int64     `json:"pipeline"`   // open, in minor units
	Acceptance Ratio     `json:"acceptance"` // accepted of decided offers
	FollowUp   Ratio     `json:"follow_up"`  // deadlines met of met and missed
}

// Standing is where both sides stand in a period at an instant. Amounts are held
// against the run rate of working time, rates against what is agreed.
type Standing struct {
	Name       string    `json:"name"`
	AsOf       time.Time `json:"as_of"`
	Count      Measure   `json:"count"`      // of marketing
	Value      Measure   `json:"value"`      // of marketing
	Revenue    Measure   `json:"revenue"`    // of sales
	Acceptance Kept      `json:"acceptance"` // of sales
	FollowUp   Kept      `json:"follow_up"`  // of sales
	Pipeline   int64     `json:"pipeline"`   // open, in minor units
}

// Progress compares what was done in the period of that name with what was due by
// the run rate at the instant, as [Plan.Progress] does. It is false for a name
// that is none of the periods.
func (b *Board) Progress(name string, done Done, asOf time.Time) (Standing, bool) {
	i := slices.IndexFunc(b.periods, func(p boardPeriod) bool { return p.Name == name })
	if i < 0 {
		return Standing{}, false
	}
	p := &b.periods[i]
	asOf = asOf.Round(0)
	elapsed := passed(b.calendar, p.From, p.To, asOf)
	measure := func(delivered, committed int64) Measure {
		return Measure{Delivered: delivered, Committed: committed, Elapsed: elapsed, Period: p.length}
	}
	return Standing{
		Name: name, AsOf: asOf,
		Count:      measure(done.Delivered.Count, p.Marketing.Count),
		Value:      measure(done.Delivered.Value, p.Marketing.Value),
		Revenue:    measure(done.Revenue, p.Sales.Revenue),
		Acceptance: Kept{Rate: done.Acceptance, Agreed: p.Sales.Acceptance},
		FollowUp:   Kept{Rate: done.FollowUp, Agreed: p.Sales.FollowUp},
		Pipeline:   done.Pipeline,
	}, true
}

// Coverage is open pipeline ÷ remaining revenue goal, as [Coverage] has it.
func (s Standing) Coverage() (*big.Rat, bool) {
	return Coverage(s.Pipeline, s.Revenue.Committed, s.Revenue.Delivered)
}

// Kept is how a promised rate was kept.
type Kept struct {
	Rate   Ratio    `json:"rate"`
	Agreed Fraction `json:"agreed,omitempty"` // empty: nothing is agreed
}

// Attainment is the rate over the agreed rate, exactly: 1 is on plan. It is
// undefined where there is no data, or nothing is agreed.
func (k Kept) Attainment() (*big.Rat, bool) {
	rate, ok := k.Rate.Rat()
	agreed, err := k.Agreed.Rat()
	if !ok || err != nil || agreed.Sign() == 0 {
		return nil, false
	}
	return rate.Quo(rate, agreed), true
}

// Names of what [Standing.Attained] measures, for the components and gates of a
// pay plan. A host may add measures of its own.
const (
	AttainedCount      = "mql_count"       // leads handed over ÷ goal
	AttainedValue      = "mql_value"       // their value ÷ goal
	AttainedRevenue    = "revenue"         // revenue won ÷ goal
	AttainedAcceptance = "acceptance"      // acceptance rate ÷ agreed rate
	AttainedFollowUp   = "follow_up"       // follow-up rate ÷ agreed rate
	RateAcceptance     = "acceptance_rate" // accepted ÷ decided offers
	RateFollowUp       = "follow_up_rate"  // deadlines met ÷ met and missed
)

// Attained holds attainments and rates by the name of what is measured; 1 is on
// plan. What is undefined is left out or nil.
type Attained map[string]*big.Rat

// Attained gives what pay goes by: amounts over the goals of the whole period,
// whatever part of it has passed, and rates.
func (s Standing) Attained() Attained {
	a := Attained{}
	put := func(name string, value *big.Rat, defined bool) {
		if defined {
			a[name] = value
		}
	}
	for _, m := range []struct {
		name    string
		measure Measure
	}{{AttainedCount, s.Count}, {AttainedValue, s.Value}, {AttainedRevenue, s.Revenue}} {
		share, ok := m.measure.Share()
		put(m.name, share, ok)
	}
	for _, k := range []struct {
		name, rate string
		kept       Kept
	}{{AttainedAcceptance, RateAcceptance, s.Acceptance}, {AttainedFollowUp, RateFollowUp, s.FollowUp}} {
		kept, ok := k.kept.Attainment()
		put(k.name, kept, ok)
		rate, ok := k.kept.Rate.Rat()
		put(k.rate, rate, ok)
	}
	return a
}

// Month gives the calendar month around an instant, in the instant's location, as
// from (included) and to (excluded).
func Month(t time.Time) (from, to time.Time) { return span(t, 1) }

// Quarter gives the calendar quarter around an instant, as [Month] does.
func Quarter(t time.Time) (from, to time.Time) { return span(t, 3) }

// Year gives the calendar year around an instant, as [Month] does.
func Year(t time.Time) (from, to time.Time) { return span(t, 12) }

// span gives the stretch of so many months that divides the year and holds t.
func span(t time.Time, months int) (from, to time.Time) {
	first := (int(t.Month())-1)/months*months + 1
	return time.Date(t.Year(), time.Month(first), 1, 0, 0, 0, 0, t.Location()),
		time.Date(t.Year(), time.Month(first+months), 1, 0, 0, 0, 0, t.Location())
}
