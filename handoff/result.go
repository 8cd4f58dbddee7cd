package handoff

import (
	"cmp"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"

	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/handoff/goals"
)

// A Result has the figures of a [Report]. Ratios show numerator and denominator; without data they are undefined, never 0.
type Result struct {
	AsOf         time.Time     `json:"as_of"`
	Cases        int64         `json:"cases"`        // registered
	Offers       OfferCounts   `json:"offers"`       // the unit of acceptance
	Acceptance   Ratio         `json:"acceptance"`   // accepted ÷ (accepted + auto-accepted + rejected + expired)
	Decided      Ratio         `json:"decided"`      // the same among the offers that a person decided: accepted ÷ (accepted + rejected)
	Rejections   []ReasonCount `json:"rejections"`   // most frequent first, then by reason
	Mix          []MixCount    `json:"mix"`          // the same by source and grade of the offer, in that order
	Other        Ratio         `json:"other"`        // rejections for the reason "other" ÷ all
	Recycled     []ReasonCount `json:"recycled"`     // accepted leads that sales returned to marketing
	Disqualified []ReasonCount `json:"disqualified"` // accepted leads that sales took out
	Lost         []ReasonCount `json:"lost"`
	AtFault      []SideCount   `json:"at_fault"` // rejections by the side that they count against
	Assigned     Speed         `json:"assigned"` // speed to lead: from the offer to the first attempt, per acceptance
	Created      Speed         `json:"created"`  // the same from registration, for the lead's first acceptance
	Accept       Attainment    `json:"accept"`   // offers answered in time; withdrawn ones are left out
	Touch        Attainment    `json:"touch"`    // first attempts in time, per acceptance
	Attempts     Attainment    `json:"attempts"` // as many attempts as agreed, or one that reached the lead, in time, per acceptance
	Feedback     Attainment    `json:"feedback"` // outcomes in time, per acceptance
	Leaks        []Leak        `json:"leaks"`    // offered, undecided, past due; by id, then by time
	Signals      []Signal      `json:"signals"`  // what figures may have been played for, newest month first, then owners

	// Business is speed to lead in the agreement's business time; nil in a report that was not made by a desk.
	Business *BusinessSpeed `json:"business,omitempty"`
}

// BusinessSpeed is speed to lead that does not count nights and weekends.
type BusinessSpeed struct {
	Assigned Speed `json:"assigned"`
	Created  Speed `json:"created"`
}

// MixCount counts rejections with one reason of leads of one source and grade.
type MixCount struct {
	Reason  funnel.Reason `json:"reason"`
	AtFault funnel.Side   `json:"at_fault"`
	Source  string        `json:"source,omitempty"`
	Grade   string        `json:"grade,omitempty"`
	Count   int64         `json:"count"`
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

// Done is what both sides did, for the goals of the report's period ([Desk.Board]): the report knows how offers were answered and
// deadlines kept; the host adds what marketing delivered, and what was won and is open, in minor units.
func (r Result) Done(delivered goals.Delivered, revenue, pipeline int64) goals.Done {
	done := goals.Done{Delivered: delivered, Revenue: revenue, Pipeline: pipeline, Acceptance: goals.Ratio{Part: r.Acceptance.Numerator, Whole: r.Acceptance.Denominator}}
	for _, a := range [...]Attainment{r.Accept, r.Touch, r.Attempts, r.Feedback} {
		done.FollowUp.Part += a.Met
		done.FollowUp.Whole += a.Met + a.Missed
	}
	return done
}

// A Ratio is two counts. With denominator 0 it is undefined.
type Ratio struct {
	Numerator   int64 `json:"numerator"`
	Denominator int64 `json:"denominator"`
}

// Defined says whether there is a ratio at all.
func (r Ratio) Defined() bool { return r.Denominator != 0 }

// String writes "45/50 (90.0 %)", rounded half up, or "undefined".
func (r Ratio) String() string {
	if !r.Defined() {
		return "undefined"
	}
	percent := big.NewRat(r.Numerator, r.Denominator)
	percent.Mul(percent, big.NewRat(100, 1))
	return fmt.Sprintf("%d/%d (%s %%)", r.Numerator, r.Denominator, percent.FloatString(1))
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
	FiveMinutes int64      `json:"within_5m"`  // at most 5 minutes
	Hour        int64      `json:"within_1h"`  // longer, at most 1 hour
	Day         int64      `json:"within_24h"` // longer, at most 24 hours
	Later       int64      `json:"later"`      // longer still
	Never       int64      `json:"never"`      // closed or past the deadline, and nobody has tried
	NotYet      int64      `json:"not_yet"`    // nobody has tried, and there is still time; not in the percentiles
	Median      Percentile `json:"median"`
	P90         Percentile `json:"p90"`
}

// A Percentile of the times to the first attempt by nearest rank, where never is longer than any time. It is exact. Reached
// is false if there is no data, or if the percentile falls among those that were never tried.
type Percentile struct {
	Time    time.Duration `json:"time,omitempty"` // nanoseconds
	Reached bool          `json:"reached"`
}

// String writes the time, or "not reached".
func (p Percentile) String() string {
	if !p.Reached {
		return "not reached"
	}
	return p.Time.String()
}

// Attainment says how often a deadline was met. Open ones are neither met nor missed: they run, and end after the report's AsOf.
type Attainment struct {
	Met    int64     `json:"met"`
	Missed int64     `json:"missed"`
	Open   int64     `json:"open"`
	Oldest time.Time `json:"oldest,omitzero"` // when the oldest of the open ones began to run, so that AsOf.Sub(Oldest) is its age; zero: none is open
}

// Rate is met ÷ (met + missed).
func (a Attainment) Rate() Ratio { return Ratio{Numerator: a.Met, Denominator: a.Met + a.Missed} }

// A Leak is an offer that nobody has decided although it is past due.
type Leak struct {
	ID      string    `json:"id"`
	Owner   string    `json:"owner"`
	Offered time.Time `json:"offered"`
	Due     time.Time `json:"due"` // the latest instant that would have been in time
}

// Result returns the figures. The report can be added to and merged afterwards.
func (r *Report) Result() Result {
	o := r.offers
	sides := map[funnel.Side]int64{}
	for key, n := range r.rejected {
		sides[key.side] += n
	}
	result := Result{
		AsOf: r.asOf, Cases: r.cases, Offers: o,
		Acceptance:   Ratio{Numerator: o.Accepted, Denominator: o.Accepted + o.AutoAccepted + o.Rejected + o.Expired},
		Decided:      Ratio{Numerator: o.Accepted, Denominator: o.Accepted + o.Rejected},
		Rejections:   byCount(r.rejected),
		Recycled:     byCount(r.recycled),
		Disqualified: byCount(r.out),
		Lost:         byCount(r.lost),
		Assigned:     r.assigned.result(),
		Created:      r.created.result(),
		Accept:       r.accept, Touch: r.touch, Attempts: r.attempts, Feedback: r.feedback,
		Leaks:   slices.Clone(r.leaks),
		Mix:     r.mixCounts(),
		Other:   Ratio{Denominator: o.Rejected},
		Signals: r.signals(),
	}
	for key, n := range r.rejected {
		if key.reason == otherReason {
			result.Other.Numerator += n
		}
	}
	if r.calendar != nil {
		result.Business = &BusinessSpeed{Assigned: r.assignedBusiness.result(), Created: r.createdBusiness.result()}
	}
	for side, n := range sides {
		result.AtFault = append(result.AtFault, SideCount{Side: side, Count: n})
	}
	slices.SortFunc(result.AtFault, func(a, b SideCount) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(string(a.Side), string(b.Side)))
	})
	slices.SortFunc(result.Leaks, compareLeaks)
	return result
}

func byCount(counts map[returned]int64) []ReasonCount {
	list := make([]ReasonCount, 0, len(counts))
	for key, n := range counts {
		list = append(list, ReasonCount{Reason: key.reason, AtFault: key.side, Count: n})
	}
	slices.SortFunc(list, func(a, b ReasonCount) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(string(a.Reason), string(b.Reason)),
			strings.Compare(string(a.AtFault), string(b.AtFault)))
	})
	return list
}

func (r *Report) mixCounts() []MixCount {
	list := make([]MixCount, 0, len(r.mix))
	for key, n := range r.mix {
		list = append(list, MixCount{Reason: key.reason, AtFault: key.side, Source: key.source, Grade: key.grade, Count: n})
	}
	slices.SortFunc(list, func(a, b MixCount) int {
		return cmp.Or(strings.Compare(a.Source, b.Source), strings.Compare(a.Grade, b.Grade), cmp.Compare(b.Count, a.Count),
			strings.Compare(string(a.Reason), string(b.Reason)), strings.Compare(string(a.AtFault), string(b.AtFault)))
	})
	return list
}
