package handoff

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/leadloop/leadloop/funnel"
)

// A Signal is something in the figures that people who are measured by them may have brought about. It proves nothing: it says
// where to look, and carries the figures that it rests on.
type Signal struct {
	Kind     SignalKind `json:"kind"`
	Month    string     `json:"month,omitempty"` // of the offers, in UTC, such as "2026-03"
	Owner    string     `json:"owner,omitempty"` // whose returns they are
	Evidence []Figure   `json:"evidence"`
}

// A SignalKind says what looks odd.
type SignalKind string

// The kinds of signals. Months are those in which offers were made; what is open or withdrawn has no acceptance.
const (
	// MoreButWorse: marketing offered at least a fifth more than the month before, and at least ten percentage points fewer of
	// them were accepted. Both months have at least 30 offers that came to an end.
	MoreButWorse SignalKind = "more_but_worse"
	// Bunching: the last three days of a month have more than twice their part of its offers. The month is over, and has at least
	// 30 offers.
	Bunching SignalKind = "bunching"
	// Vague: more than a quarter of what an owner returned was for the reason "other", of at least 10 returns.
	Vague SignalKind = "vague"
)

// A Figure is a part of the evidence.
type Figure struct {
	Name  string `json:"name"` // "offers", "offers_before", "acceptance", "acceptance_before", "last_days", "their_part" or "other"
	Ratio Ratio  `json:"ratio"`
}

// String writes the signal in words.
func (s Signal) String() string {
	var b strings.Builder
	switch s.Kind {
	case MoreButWorse:
		fmt.Fprintf(&b, "%s: more offers than the month before, and fewer of them accepted", s.Month)
	case Bunching:
		fmt.Fprintf(&b, "%s: many offers in its last three days", s.Month)
	case Vague:
		fmt.Fprintf(&b, "%s: many returns for the reason %q", s.Owner, otherReason)
	}
	separator := ": "
	for _, f := range s.Evidence {
		fmt.Fprintf(&b, "%s%s %s", separator, strings.ReplaceAll(f.Name, "_", " "), f.Ratio)
		separator = ", "
	}
	return b.String()
}

// otherReason is the code of the reason that says nothing.
const otherReason funnel.Reason = "other"

// What makes a signal.
const (
	fewOffers  = 30
	fewReturns = 10
	lastDays   = 3
)

// monthly are the offers of a month.
type monthly struct {
	made, accepted, ended, late int64
}

// yearMonth is a month in UTC, counted from year 0.
type yearMonth int32

func monthOf(t time.Time) yearMonth {
	t = t.UTC()
	return yearMonth(t.Year()*12 + int(t.Month()) - 1)
}

func (m yearMonth) begin() time.Time {
	return time.Date(int(m)/12, time.Month(int(m)%12+1), 1, 0, 0, 0, 0, time.UTC)
}

func (m yearMonth) days() int64 { return int64((m + 1).begin().Sub(m.begin()) / (24 * time.Hour)) }

// returnsOf counts an owner's returns, and those for the reason that says nothing.
type returnsOf struct{ all, other int64 }

// watch counts what signals rest on.
func (r *Report) watch(o *row) {
	month := monthOf(o.Offered)
	m := r.months[month]
	m.made++
	switch o.Status {
	case StatusAccepted:
		m.accepted++
		m.ended++
	case StatusAutoAccepted, StatusRejected, StatusExpired:
		m.ended++
	}
	if (month + 1).begin().Sub(o.Offered) <= lastDays*24*time.Hour {
		m.late++
	}
	if r.months == nil {
		r.months = map[yearMonth]monthly{}
	}
	r.months[month] = m
	if o.Reason != "" && o.back != "" && !o.withdrawn {
		all := r.owners[o.owner]
		all.all++
		if o.Reason == otherReason {
			all.other++
		}
		if r.owners == nil {
			r.owners = map[string]returnsOf{}
		}
		r.owners[o.owner] = all
	}
}

func (r *Report) mergeWatched(o *Report) {
	for month, from := range o.months {
		m := r.months[month]
		m.made += from.made
		m.accepted += from.accepted
		m.ended += from.ended
		m.late += from.late
		if r.months == nil {
			r.months = map[yearMonth]monthly{}
		}
		r.months[month] = m
	}
	for owner, from := range o.owners {
		all := r.owners[owner]
		all.all += from.all
		all.other += from.other
		if r.owners == nil {
			r.owners = map[string]returnsOf{}
		}
		r.owners[owner] = all
	}
}

// signals reads them off the counts, months first, then owners.
func (r *Report) signals() []Signal {
	signals := []Signal{}
	for month, m := range r.months {
		name := month.begin().Format("2006-01")
		if before, ok := r.months[month-1]; ok && before.ended >= fewOffers && m.ended >= fewOffers &&
			5*m.made >= 6*before.made && 10*(before.accepted*m.ended-m.accepted*before.ended) >= before.ended*m.ended {
			signals = append(signals, Signal{Kind: MoreButWorse, Month: name, Evidence: []Figure{
				{"offers", Ratio{m.made, before.made}}, {"acceptance", Ratio{m.accepted, m.ended}}, {"acceptance_before", Ratio{before.accepted, before.ended}}}})
		}
		over := r.asOf.IsZero() || !r.asOf.Before((month + 1).begin())
		if over && m.made >= fewOffers && m.late*month.days() > 2*lastDays*m.made {
			signals = append(signals, Signal{Kind: Bunching, Month: name, Evidence: []Figure{
				{"last_days", Ratio{m.late, m.made}}, {"their_part", Ratio{lastDays, month.days()}}}})
		}
	}
	for owner, returns := range r.owners {
		if returns.all >= fewReturns && 4*returns.other > returns.all {
			signals = append(signals, Signal{Kind: Vague, Owner: owner, Evidence: []Figure{{"other", Ratio{returns.other, returns.all}}}})
		}
	}
	slices.SortFunc(signals, func(a, b Signal) int {
		return cmp.Or(cmp.Compare(b.Month, a.Month), cmp.Compare(a.Owner, b.Owner), cmp.Compare(a.Kind, b.Kind))
	})
	return signals
}
