package handoff

import (
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/handoff/worktime"
)

// Errors of merging two reports that were made differently.
var (
	ErrAsOf     = errors.New("handoff: the reports are as of different instants: make them with the same")
	ErrPeriod   = errors.New("handoff: the reports are of different periods: make them with the same")
	ErrCalendar = errors.New("handoff: the reports count business time by different agreements, or one does not: make both by the same")
)

// A Report is an aggregate over many cases as of one instant: Add their logs one by one, on as many machines as there
// are, Merge the parts, and ask for the Result. All of it is whole numbers, so neither order nor grouping matters, and its bytes are
// canonical. It is
// not safe for concurrent use: give each goroutine its own and merge them. The zero Report is the empty one of the zero
// instant, see [NewReport].
type Report struct {
	asOf                          time.Time
	cases                         int64
	offers                        OfferCounts
	rejected, recycled, out, lost map[returned]int64
	accept, touch, feedback       Attainment
	attempts                      Attainment
	assigned, created             speed
	leaks                         []Leak
	mix                           map[mixed]int64
	months                        map[yearMonth]monthly
	owners                        map[string]returnsOf

	from, to                          time.Time          // of the offers that count; zero is open
	calendar                          *worktime.Calendar // nil: no speed in business time
	agreement                         string             // of a desk's: name and version
	assignedBusiness, createdBusiness speed
}

// mixed is the key of a count of rejections.
type mixed struct {
	returned
	source, grade string
}

// returned is the key of a count of returns.
type returned struct {
	reason funnel.Reason
	side   funnel.Side
}

// NewReport returns an empty report. Events that occurred after asOf are left out, so that the past can be asked again.
// Merging an empty report changes nothing. With the zero instant no event is left out, and nothing that is open is overdue.
func NewReport(asOf time.Time) *Report { return &Report{asOf: asOf.UTC().Round(0)} }

// Report is [NewReport], with speed to lead in the agreement's business time besides the wall clock's. Reports of one desk
// merge.
func (d *Desk[L]) Report(asOf time.Time) *Report {
	r := NewReport(asOf)
	r.calendar, r.agreement = d.calendar, made(&d.agreement)
	return r
}

// Within makes the empty report one of a period: only offers made from an instant (included) to another (excluded) count, with
// what became of them until the report's own instant, and only cases registered in it. A zero instant is no bound.
func (r *Report) Within(from, to time.Time) *Report {
	r.from, r.to = from.UTC().Round(0), to.UTC().Round(0)
	return r
}

// counts says whether something of an instant is of the period.
func (r *Report) counts(at time.Time) bool {
	return (r.from.IsZero() || !at.Before(r.from)) && (r.to.IsZero() || at.Before(r.to))
}

// Add counts one case: its whole log, in order, or what of it there is so far. A case must be added once.
func (r *Report) Add(log []Event) {
	registered, rows := read(log, r.asOf)
	if !registered.IsZero() && r.counts(registered) {
		r.cases++
	}
	first := true
	for i := range rows {
		o := &rows[i]
		if !r.counts(o.Offered) {
			first = first && !o.accepted()
			continue
		}
		r.offer(o)
		if !o.accepted() {
			continue
		}
		touch := o.judge(o.due.Touch, o.touched, r.asOf)
		r.touch.count(touch, o.Decided)
		r.attempts.count(o.judge(o.due.Attempts, o.attempted, r.asOf), o.Decided)
		r.feedback.count(o.judge(o.due.Feedback, o.answered, r.asOf), o.Decided)
		r.assigned.count(o, o.Offered, touch, wallClock)
		if first && !registered.IsZero() {
			r.created.count(o, registered, touch, wallClock)
		}
		if r.calendar != nil {
			r.assignedBusiness.count(o, o.Offered, touch, r.calendar.Between)
			if first && !registered.IsZero() {
				r.createdBusiness.count(o, registered, touch, r.calendar.Between)
			}
		}
		first = false
	}
}

// offer counts what became of an offer, and of the lead after it.
func (r *Report) offer(o *row) {
	key := returned{reason: o.Reason, side: o.AtFault}
	r.offers.Made++
	decided := o.Decided
	switch o.Status {
	case StatusAccepted:
		r.offers.Accepted++
	case StatusAutoAccepted:
		r.offers.AutoAccepted++
		decided = o.due.Accept.MetUntil.Add(1) // silence: nobody decided in time
	case StatusRejected:
		r.offers.Rejected++
		count(&r.rejected, key, 1)
		count(&r.mix, mixed{key, o.Rating.Source, o.Rating.Grade}, 1)
	case StatusExpired:
		r.offers.Expired++
		decided = o.due.Accept.MetUntil.Add(1)
	case StatusWithdrawn:
		r.offers.Withdrawn++
		decided = time.Time{}
	case StatusOpen:
		r.offers.Open++
	}
	r.watch(o)
	verdict := o.judge(o.due.Accept, decided, r.asOf)
	r.accept.count(verdict, o.Offered)
	if o.Status == StatusOpen && verdict == verdictMissed {
		r.leaks = append(r.leaks, Leak{ID: o.ID, Owner: o.owner, Offered: o.Offered.UTC(), Due: o.due.Accept.MetUntil.UTC()})
	}
	if o.accepted() && !o.withdrawn {
		switch o.back {
		case funnel.Recycle:
			count(&r.recycled, key, 1)
		case funnel.Disqualify:
			count(&r.out, key, 1)
		case funnel.Lose:
			count(&r.lost, key, 1)
		}
	}
}

// Merge adds what another report has counted, which stays as it is. Both must be as of the same instant ([ErrAsOf]), and made
// alike: by desks of the same agreement, or both by NewReport ([ErrCalendar]), and of the same period ([ErrPeriod]).
func (r *Report) Merge(o *Report) error {
	if !r.asOf.Equal(o.asOf) {
		return ErrAsOf
	}
	if !r.from.Equal(o.from) || !r.to.Equal(o.to) {
		return ErrPeriod
	}
	if r.agreement != o.agreement || (r.calendar == nil) != (o.calendar == nil) {
		return ErrCalendar
	}
	r.cases += o.cases
	r.offers.Made += o.offers.Made
	r.offers.Accepted += o.offers.Accepted
	r.offers.AutoAccepted += o.offers.AutoAccepted
	r.offers.Rejected += o.offers.Rejected
	r.offers.Expired += o.offers.Expired
	r.offers.Withdrawn += o.offers.Withdrawn
	r.offers.Open += o.offers.Open
	addAll(&r.rejected, o.rejected)
	addAll(&r.recycled, o.recycled)
	addAll(&r.out, o.out)
	addAll(&r.lost, o.lost)
	r.accept.merge(o.accept)
	r.touch.merge(o.touch)
	r.attempts.merge(o.attempts)
	r.feedback.merge(o.feedback)
	r.assigned.merge(&o.assigned)
	r.created.merge(&o.created)
	r.leaks = append(r.leaks, o.leaks...)
	addAll(&r.mix, o.mix)
	r.mergeWatched(o)
	r.assignedBusiness.merge(&o.assignedBusiness)
	r.createdBusiness.merge(&o.createdBusiness)
	return nil
}

// count adds to a map that is made when it is first needed.
func count[K comparable](into *map[K]int64, key K, n int64) {
	if *into == nil {
		*into = map[K]int64{}
	}
	(*into)[key] += n
}

func addAll[K comparable](into *map[K]int64, from map[K]int64) {
	for key, n := range from {
		count(into, key, n)
	}
}

// count counts a deadline, and since when it has run.
func (a *Attainment) count(v verdict, since time.Time) {
	switch v {
	case verdictMet:
		a.Met++
	case verdictMissed:
		a.Missed++
	case verdictOpen:
		a.Open++
		a.older(since.UTC())
	}
}

func (a *Attainment) older(since time.Time) {
	if a.Oldest.IsZero() || !since.IsZero() && since.Before(a.Oldest) {
		a.Oldest = since
	}
}

func (a *Attainment) merge(o Attainment) {
	a.Met += o.Met
	a.Missed += o.Missed
	a.Open += o.Open
	a.older(o.Oldest)
}

// speed is a histogram of exact times: percentiles are exact, and two histograms merge without loss.
type speed struct {
	times         map[time.Duration]int64
	never, notYet int64
}

func wallClock(from, to time.Time) time.Duration { return to.Sub(from) }

// count adds an accepted lead: when it was first tried, counted from an instant by a clock.
func (s *speed) count(o *row, from time.Time, touch verdict, between func(from, to time.Time) time.Duration) {
	switch {
	case !o.touched.IsZero():
		count(&s.times, between(from, o.touched), 1)
	case touch == verdictMissed:
		s.never++
	case touch == verdictOpen:
		s.notYet++
	}
}

func (s *speed) merge(o *speed) {
	addAll(&s.times, o.times)
	s.never += o.never
	s.notYet += o.notYet
}

// result reads bands and percentiles off the histogram.
func (s *speed) result() Speed {
	result := Speed{Never: s.never, NotYet: s.notYet}
	total := s.never
	times := slices.Sorted(maps.Keys(s.times))
	for _, t := range times {
		n := s.times[t]
		total += n
		switch {
		case t <= 5*time.Minute:
			result.FiveMinutes += n
		case t <= time.Hour:
			result.Hour += n
		case t <= 24*time.Hour:
			result.Day += n
		default:
			result.Later += n
		}
	}
	result.Median = s.percentile(times, (total+1)/2)
	result.P90 = s.percentile(times, total-total/10) // the nearest rank: ⌈9·total/10⌉
	return result
}

func (s *speed) percentile(times []time.Duration, rank int64) Percentile {
	for _, t := range times {
		if rank -= s.times[t]; rank <= 0 {
			return Percentile{Time: t, Reached: true}
		}
	}
	return Percentile{}
}
