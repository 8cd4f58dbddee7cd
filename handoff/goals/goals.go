package goals

import (
	"errors"
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
	var errs []error
	report := func(path string, cause error, message string) {
		errs = append(errs, &Error{Path: path, Message: message, Cause: cause})
	}
	if c.From.IsZero() {
		report("from", ErrPeriod, "the period has no start: give the instant from which the commitment counts")
	}
	if c.To.IsZero() {
		report("to", ErrPeriod, "the period has no end: give the instant before which all must be delivered")
	}
	inOrder := !c.From.IsZero() && !c.To.IsZero()
	if inOrder && !c.From.Before(c.To) {
		report("to", ErrPeriod, "the period ends before it starts: give an instant after from")
		inOrder = false
	}
	if inOrder && c.To.Sub(c.From) > MaxYears*366*24*time.Hour {
		report("to", ErrPeriod, "the period is longer than 100 years: give a year, quarter or month")
		inOrder = false
	}
	if c.Count < 0 {
		report("count", ErrAmount, "the count is negative: give the number of leads, or 0 to commit to none")
	}
	if c.Value < 0 {
		report("value", ErrAmount, "the value is negative: give it in minor units, or 0 to commit to none")
	}
	if c.Count == 0 && c.Value == 0 {
		report("count", ErrAmount, "nothing is committed: give a count, a value, or both")
	}
	p := &Plan{commitment: c, calendar: calendar}
	switch {
	case calendar == nil:
		report("calendar", ErrCalendar, "no calendar: give one, such as worktime.Always()")
	case inOrder:
		if p.period = calendar.Between(c.From, c.To); p.period == 0 {
			report("to", ErrPeriod, "the calendar has no working time in the period: nothing could be delivered")
		}
	}
	if errs != nil {
		return nil, errors.Join(errs...)
	}
	return p, nil
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
	until := asOf
	if p.commitment.To.Before(until) {
		until = p.commitment.To
	}
	passed := p.calendar.Between(p.commitment.From, until)
	return Progress{
		AsOf:  asOf,
		Count: Measure{Delivered: d.Count, Committed: p.commitment.Count, Elapsed: passed, Period: p.period},
		Value: Measure{Delivered: d.Value, Committed: p.commitment.Value, Elapsed: passed, Period: p.period},
	}
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
