package handoff

import (
	"time"

	"github.com/leadloop/leadloop/funnel"
)

// A Report is an aggregate over many cases as of one instant: Add their logs one by one, on as many machines as there
// are, Merge the parts, and ask for the Result. All of it is whole numbers, so neither order nor grouping matters.
type Report struct{ asOf time.Time }

// NewReport returns an empty report. Events that occurred after asOf are left out, so that the past can be asked again.
func NewReport(asOf time.Time) *Report { return &Report{asOf: asOf} }

// Add counts one case: its whole log, in order. A case must be added once.
func (r *Report) Add(log []Event) {}

// Merge adds what another report has counted. Both must be as of the same instant.
func (r *Report) Merge(o *Report) error { return nil }

// Result returns the figures.
func (r *Report) Result() Result { return Result{} }

// A Result has the figures of a [Report]. Ratios show numerator and denominator; without data they are undefined, never 0.
type Result struct {
	AsOf         time.Time     `json:"as_of"`
	Cases        int64         `json:"cases"`  // registered
	Offers       OfferCounts   `json:"offers"` // the unit of acceptance
	Acceptance   Ratio         `json:"acceptance"`
	Decided      Ratio         `json:"decided"`      // acceptance among the offers that a person decided: accepted ÷ (accepted + rejected)
	Rejections   []ReasonCount `json:"rejections"`   // most frequent first
	Recycled     []ReasonCount `json:"recycled"`     // accepted leads that sales returned to marketing
	Disqualified []ReasonCount `json:"disqualified"` // accepted leads that sales took out
	Lost         []ReasonCount `json:"lost"`
	AtFault      []SideCount   `json:"at_fault"` // rejections by the side that they count against
	Assigned     Speed         `json:"assigned"` // speed to lead: from the offer to the first attempt, per acceptance
	Created      Speed         `json:"created"`  // the same from registration, for the first round
	Accept       Attainment    `json:"accept"`
	Touch        Attainment    `json:"touch"`
	Feedback     Attainment    `json:"feedback"`
	Leaks        []Leak        `json:"leaks"` // offered, undecided, past due; by id
}

// OfferCounts says what became of offers: Made is always the sum of the others.
type OfferCounts struct {
	Made         int64 `json:"made"`
	Accepted     int64 `json:"accepted"`
	AutoAccepted int64 `json:"auto_accepted"`
	Rejected     int64 `json:"rejected"`
	Expired      int64 `json:"expired"`
	Withdrawn    int64 `json:"withdrawn"`
	Open         int64 `json:"open"`
}

// A Ratio is two counts. With denominator 0 it is undefined.
type Ratio struct {
	Numerator   int64 `json:"numerator"`
	Denominator int64 `json:"denominator"`
}

// ReasonCount counts returns with one reason.
type ReasonCount struct {
	Reason  funnel.Reason `json:"reason"`
	AtFault funnel.Side   `json:"at_fault"`
	Count   int64         `json:"count"`
}

// SideCount counts returns against one side.
type SideCount struct {
	Side  funnel.Side `json:"side"`
	Count int64       `json:"count"`
}

// Speed is the distribution of speed to lead, by the wall clock.
type Speed struct {
	FiveMinutes int64      `json:"within_5m"` // at most 5 minutes
	Hour        int64      `json:"within_1h"` // more, at most 1 hour
	Day         int64      `json:"within_24h"`
	Later       int64      `json:"later"`
	Never       int64      `json:"never"`   // closed or past the deadline, and nobody has tried
	NotYet      int64      `json:"not_yet"` // nobody has tried, and there is still time; not in the percentiles
	Median      Percentile `json:"median"`
	P90         Percentile `json:"p90"`
}

// A Percentile of the times to the first attempt, never counting as longer than any time. Reached is false if there is
// no data or the percentile falls among those that were never tried.
type Percentile struct {
	Time    time.Duration `json:"time,omitempty"`
	Reached bool          `json:"reached"`
}

// Attainment says how often a deadline was met. Open ones are neither met nor missed.
type Attainment struct {
	Met    int64 `json:"met"`
	Missed int64 `json:"missed"`
	Open   int64 `json:"open"`
}

// A Leak is an offer that nobody has decided although it is past due.
type Leak struct {
	ID      string    `json:"id"`
	Owner   string    `json:"owner"`
	Offered time.Time `json:"offered"`
	Due     time.Time `json:"due"` // the latest instant that would have been in time
}
