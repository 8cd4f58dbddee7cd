package goals

import (
	"math/big"
	"time"

	"github.com/leadloop/leadloop/handoff/worktime"
	"github.com/leadloop/leadloop/internal/document"
)

// Commitment is what marketing owes sales in a period: plain data that can be
// reviewed, compared and versioned. At least one of Count and Value is given.
type Commitment struct {
	From  time.Time `json:"from"`            // included
	To    time.Time `json:"to"`              // excluded
	Count int64     `json:"count,omitempty"` // leads; 0 commits to no number
	Value int64     `json:"value,omitempty"` // their value in minor units of the currency; 0 commits to none
}

// MaxDocument is the size in bytes up to which [Parse] reads a commitment.
const MaxDocument = 1 << 16

// maxLarge is the size in bytes up to which the other documents are read.
const maxLarge = 1 << 20

// MaxYears is how long the period of a commitment can be, in years of 366 days.
const MaxYears = 100

// Parse reads a commitment from JSON. Unknown and repeated keys, null and data
// after the end are errors with their path, line and column, all reported at
// once. What the values mean is checked by [Compile].
func Parse(data []byte) (Commitment, error) {
	var c Commitment
	if err := document.Decode(data, &c, MaxDocument); err != nil {
		return Commitment{}, err
	}
	return c, nil
}

// Plan is a commitment with its run rate. It is immutable and safe for
// concurrent use. Make one with [Compile]; the zero Plan is not usable.
type Plan struct {
	commitment Commitment
	calendar   *worktime.Calendar
	period     time.Duration
}

// Compile checks the commitment; the calendar is the one whose working time
// drives the run rate. All mistakes are reported at once, joined, each an
// *[Error] with its path: a period that is missing, empty or too long, an amount
// below zero, no amount at all, no calendar, a period without working time.
func Compile(c Commitment, calendar *worktime.Calendar) (*Plan, error) {
	r := &review{}
	inOrder := r.period("", c.From, c.To)
	if c.Count < 0 {
		r.report("count", ErrAmount, "the count is negative: give the number of leads, or 0 to commit to none")
	}
	if c.Value < 0 {
		r.report("value", ErrAmount, "the value is negative: give it in minor units, or 0 to commit to none")
	}
	if c.Count == 0 && c.Value == 0 {
		r.report("count", ErrAmount, "nothing is committed: give a count, a value, or both")
	}
	p := &Plan{commitment: c, calendar: calendar}
	if calendar == nil {
		r.report("calendar", ErrCalendar, noCalendar)
	} else if inOrder {
		p.period = r.working("", c.From, c.To, calendar)
	}
	if err := r.err(); err != nil {
		return nil, err
	}
	return p, nil
}

const noCalendar = "no calendar: give one, such as worktime.Always()"

// period reports a period that is missing, empty or too long, and tells whether it is usable.
func (r *review) period(path string, from, to time.Time) bool {
	if from.IsZero() {
		r.report(path+"from", ErrPeriod, "the period has no start: give the instant from which it counts")
	}
	if to.IsZero() {
		r.report(path+"to", ErrPeriod, "the period has no end: give the instant before which all must be done")
	}
	if from.IsZero() || to.IsZero() {
		return false
	}
	if !from.Before(to) {
		r.report(path+"to", ErrPeriod, "the period ends before it starts: give an instant after from")
		return false
	}
	if to.Sub(from) > MaxYears*366*24*time.Hour {
		r.report(path+"to", ErrPeriod, "the period is longer than 100 years: give a year, quarter or month")
		return false
	}
	return true
}

// working measures a period's working time, and reports one without any.
func (r *review) working(path string, from, to time.Time, calendar *worktime.Calendar) time.Duration {
	d := calendar.Between(from, to)
	if d == 0 {
		r.report(path+"to", ErrPeriod, "the calendar has no working time in the period: nothing could be done")
	}
	return d
}

// Delivered is what marketing has handed over since the period began, as the
// agreement counts it. Corrections can make a sum negative.
type Delivered struct {
	Count int64 `json:"count"`
	Value int64 `json:"value"` // minor units
}

// Progress is where a plan stands at an instant.
type Progress struct {
	AsOf  time.Time `json:"as_of"`
	Count Measure   `json:"count"`
	Value Measure   `json:"value"`
}

// Progress compares what was delivered with what was due by the run rate at the
// given instant. Before the period nothing is due, after it everything.
func (p *Plan) Progress(d Delivered, asOf time.Time) Progress {
	asOf = asOf.Round(0)
	passed := passed(p.calendar, p.commitment.From, p.commitment.To, asOf)
	return Progress{
		AsOf:  asOf,
		Count: Measure{Delivered: d.Count, Committed: p.commitment.Count, Elapsed: passed, Period: p.period},
		Value: Measure{Delivered: d.Value, Committed: p.commitment.Value, Elapsed: passed, Period: p.period},
	}
}

// passed is the working time of the period that is over at the instant.
func passed(calendar *worktime.Calendar, from, to, asOf time.Time) time.Duration {
	if to.Before(asOf) {
		asOf = to
	}
	return calendar.Between(from, asOf)
}

// Measure is one amount's standing, in whole numbers. Its fractions follow:
//
//	due        = Committed × Elapsed ÷ Period
//	attainment = Delivered × Period ÷ (Committed × Elapsed)
type Measure struct {
	Delivered int64         `json:"delivered"`
	Committed int64         `json:"committed"` // for the whole period; 0 = none
	Elapsed   time.Duration `json:"elapsed"`   // working time passed, in nanoseconds
	Period    time.Duration `json:"period"`    // working time of the whole period, in nanoseconds
}

// Due is the part of the commitment that is due by the run rate, exactly; 0 for
// a Measure without a period.
func (m Measure) Due() *big.Rat {
	if m.Period == 0 {
		return new(big.Rat)
	}
	due := big.NewRat(int64(m.Elapsed), int64(m.Period))
	return due.Mul(due, new(big.Rat).SetInt64(m.Committed))
}

// Attainment is what was delivered over what was due, exactly: 1 is on plan. It
// is undefined (nil, false) while nothing is due or nothing is committed.
func (m Measure) Attainment() (*big.Rat, bool) {
	due := m.Due()
	if due.Sign() <= 0 {
		return nil, false
	}
	return due.Quo(new(big.Rat).SetInt64(m.Delivered), due), true
}

// Float64 is the attainment as the nearest float, for display; false where it is
// undefined.
func (m Measure) Float64() (float64, bool) {
	a, ok := m.Attainment()
	if !ok {
		return 0, false
	}
	f, _ := a.Float64()
	return f, true
}

// Missing is how much more would be needed to be on plan now, exactly; negative
// if more was delivered than was due.
func (m Measure) Missing() *big.Rat {
	due := m.Due()
	return due.Sub(due, new(big.Rat).SetInt64(m.Delivered))
}

// Share is what was delivered over what is committed for the whole period,
// exactly: the attainment by which pay goes. It is undefined where nothing is
// committed.
func (m Measure) Share() (*big.Rat, bool) {
	return Ratio{Part: m.Delivered, Whole: m.Committed}.Rat()
}

// Projected is what will be delivered by the end of the period at the pace so
// far, exactly. It is undefined while no working time has passed.
func (m Measure) Projected() (*big.Rat, bool) {
	if m.Elapsed <= 0 {
		return nil, false
	}
	pace := big.NewRat(int64(m.Period), int64(m.Elapsed))
	return pace.Mul(pace, new(big.Rat).SetInt64(m.Delivered)), true
}
