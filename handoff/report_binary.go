package handoff

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/leadloop/leadloop/funnel"
)

// What can be wrong with the bytes of a report, for errors.Is.
var (
	ErrDamaged      = errors.New("handoff: the bytes are damaged, or no report: count the cases again")
	ErrIncompatible = errors.New("handoff: the bytes are of a report that was made otherwise: make one for the same instant and period, by the same agreement")
)

// reportMagic begins the bytes of a report; its last byte is the version of the format.
const reportMagic = "LLreport\x01"

// MarshalBinary writes the report: the same cases, in whatever order and however sharded, give the same bytes. It never fails.
func (r *Report) MarshalBinary() ([]byte, error) {
	b := r.appendMaking([]byte(reportMagic))
	for _, n := range r.numbers() {
		b = binary.AppendUvarint(b, uint64(*n))
	}
	for _, a := range r.deadlines() {
		b = appendInstant(b, a.Oldest)
	}
	for _, counts := range []map[returned]int64{r.rejected, r.recycled, r.out, r.lost} {
		b = appendCounts(b, counts, func(a, b returned) int { return cmp.Or(cmp.Compare(a.reason, b.reason), cmp.Compare(a.side, b.side)) },
			func(b []byte, k returned) []byte { return appendTexts(b, string(k.reason), string(k.side)) })
	}
	b = appendCounts(b, r.mix, func(a, b mixed) int {
		return cmp.Or(cmp.Compare(a.reason, b.reason), cmp.Compare(a.side, b.side), cmp.Compare(a.source, b.source), cmp.Compare(a.grade, b.grade))
	}, func(b []byte, k mixed) []byte {
		return appendTexts(b, string(k.reason), string(k.side), k.source, k.grade)
	})
	for _, s := range r.speeds() {
		b = appendCounts(b, s.times, cmp.Compare[time.Duration], func(b []byte, k time.Duration) []byte { return binary.AppendVarint(b, int64(k)) })
	}
	b = binary.AppendUvarint(b, uint64(len(r.leaks)))
	for _, l := range slices.SortedFunc(slices.Values(r.leaks), compareLeaks) {
		b = appendInstant(appendInstant(appendTexts(b, l.ID, l.Owner), l.Offered), l.Due)
	}
	b = binary.AppendUvarint(b, uint64(len(r.months)))
	for _, month := range slices.Sorted(maps.Keys(r.months)) {
		m := r.months[month]
		b = binary.AppendVarint(b, int64(month))
		for _, n := range []int64{m.made, m.accepted, m.ended, m.late} {
			b = binary.AppendUvarint(b, uint64(n))
		}
	}
	b = binary.AppendUvarint(b, uint64(len(r.owners)))
	for _, owner := range slices.Sorted(maps.Keys(r.owners)) {
		o := r.owners[owner]
		b = binary.AppendUvarint(binary.AppendUvarint(appendTexts(b, owner), uint64(o.all)), uint64(o.other))
	}
	return b, nil
}

// appendMaking writes what must be the same of two reports that merge.
func (r *Report) appendMaking(b []byte) []byte {
	for _, t := range []time.Time{r.asOf, r.from, r.to} {
		b = appendInstant(b, t)
	}
	return appendTexts(b, r.agreement)
}

// numbers are the counts that every report has.
func (r *Report) numbers() []*int64 {
	o := &r.offers
	all := []*int64{&r.cases, &o.Made, &o.Accepted, &o.AutoAccepted, &o.Rejected, &o.Expired, &o.Withdrawn, &o.Open}
	for _, a := range r.deadlines() {
		all = append(all, &a.Met, &a.Missed, &a.Open)
	}
	for _, s := range r.speeds() {
		all = append(all, &s.never, &s.notYet)
	}
	return all
}

func (r *Report) deadlines() []*Attainment {
	return []*Attainment{&r.accept, &r.touch, &r.attempts, &r.feedback}
}

func (r *Report) speeds() []*speed {
	return []*speed{&r.assigned, &r.created, &r.assignedBusiness, &r.createdBusiness}
}

func compareLeaks(a, b Leak) int {
	return cmp.Or(strings.Compare(a.ID, b.ID), a.Offered.Compare(b.Offered), a.Due.Compare(b.Due), strings.Compare(a.Owner, b.Owner))
}

func appendCounts[K comparable](b []byte, counts map[K]int64, compare func(a, b K) int, key func([]byte, K) []byte) []byte {
	b = binary.AppendUvarint(b, uint64(len(counts)))
	for _, k := range slices.SortedFunc(maps.Keys(counts), compare) {
		b = binary.AppendUvarint(key(b, k), uint64(counts[k]))
	}
	return b
}

func appendTexts(b []byte, texts ...string) []byte {
	for _, t := range texts {
		b = append(binary.AppendUvarint(b, uint64(len(t))), t...)
	}
	return b
}

func appendInstant(b []byte, t time.Time) []byte {
	if t.IsZero() {
		return append(b, 0)
	}
	return binary.AppendUvarint(binary.AppendVarint(append(b, 1), t.Unix()), uint64(t.Nanosecond()))
}

// UnmarshalBinary replaces what the report holds by what [Report.MarshalBinary] of one for the same instant and period, by the
// same agreement, wrote: make it with [NewReport] or [Desk.Report] first. The error is [ErrIncompatible] if the other was made
// otherwise, or [ErrDamaged]; then nothing has changed. Memory is taken in proportion to the data, and only what MarshalBinary
// writes is read, with offers that are conserved.
func (r *Report) UnmarshalBinary(data []byte) error {
	making := r.appendMaking([]byte(reportMagic))
	switch {
	case len(data) < len(reportMagic) || string(data[:len(reportMagic)]) != reportMagic:
		return ErrDamaged
	case len(data) < len(making) && string(making[:len(data)]) == string(data):
		return ErrDamaged // cut off
	case len(data) < len(making) || string(data[:len(making)]) != string(making):
		return ErrIncompatible
	}
	read := &Report{asOf: r.asOf, from: r.from, to: r.to, calendar: r.calendar, agreement: r.agreement}
	d := reportReader{data: data[len(making):]}
	read.readFrom(&d)
	again, _ := read.MarshalBinary()
	o := read.offers
	if d.bad || len(d.data) > 0 || string(again) != string(data) || o.Made != o.Accepted+o.AutoAccepted+o.Rejected+o.Expired+o.Withdrawn+o.Open {
		return ErrDamaged
	}
	*r = *read
	return nil
}

func (r *Report) readFrom(d *reportReader) {
	for _, n := range r.numbers() {
		*n = d.count()
	}
	for _, a := range r.deadlines() {
		if a.Oldest = d.instant(); (a.Open == 0) != a.Oldest.IsZero() {
			d.fail()
		}
	}
	for _, into := range []*map[returned]int64{&r.rejected, &r.recycled, &r.out, &r.lost} {
		readCounts(d, into, func() returned { return returned{funnel.Reason(d.text()), funnel.Side(d.text())} })
	}
	readCounts(d, &r.mix, func() mixed {
		return mixed{returned{funnel.Reason(d.text()), funnel.Side(d.text())}, d.text(), d.text()}
	})
	for _, s := range r.speeds() {
		readCounts(d, &s.times, func() time.Duration { return time.Duration(d.signed()) })
	}
	for n := d.count(); n > 0 && !d.bad; n-- {
		r.leaks = append(r.leaks, Leak{ID: d.text(), Owner: d.text(), Offered: d.instant(), Due: d.instant()})
	}
	for n := d.count(); n > 0 && !d.bad; n-- {
		month := d.signed()
		if month < 0 || month > 12*10000 {
			d.fail()
			return
		}
		if r.months == nil {
			r.months = map[yearMonth]monthly{}
		}
		r.months[yearMonth(month)] = monthly{d.count(), d.count(), d.count(), d.count()}
	}
	for n := d.count(); n > 0 && !d.bad; n-- {
		owner := d.text()
		if r.owners == nil {
			r.owners = map[string]returnsOf{}
		}
		r.owners[owner] = returnsOf{d.count(), d.count()}
	}
}

func readCounts[K comparable](d *reportReader, into *map[K]int64, key func() K) {
	for n := d.count(); n > 0 && !d.bad; n-- {
		k := key()
		count(into, k, d.count())
	}
}

// A reportReader takes numbers and texts off data until one is bad; from then on all are zero.
type reportReader struct {
	data []byte
	bad  bool
}

func (d *reportReader) fail() { d.bad, d.data = true, nil }

// mostCounted is more than any report has counted one by one, and so few that merging reports does not overflow.
const mostCounted = 1 << 53

func (d *reportReader) count() int64 {
	n, size := binary.Uvarint(d.data)
	if size <= 0 || n > mostCounted {
		d.fail()
		return 0
	}
	d.data = d.data[size:]
	return int64(n)
}

func (d *reportReader) signed() int64 {
	n, size := binary.Varint(d.data)
	if size <= 0 {
		d.fail()
		return 0
	}
	d.data = d.data[size:]
	return n
}

func (d *reportReader) text() string {
	size := d.count()
	if size > int64(len(d.data)) {
		d.fail()
		return ""
	}
	text := string(d.data[:size])
	d.data = d.data[size:]
	return text
}

func (d *reportReader) instant() time.Time {
	switch d.count() {
	case 0:
		return time.Time{}
	case 1:
		seconds, nanos := d.signed(), d.count()
		if nanos < 1e9 && seconds > math.MinInt64/2 && seconds < math.MaxInt64/2 {
			return time.Unix(seconds, nanos).UTC()
		}
	}
	d.fail()
	return time.Time{}
}

// made names the agreement that a desk's reports are made by.
func made(a *Agreement) string { return fmt.Sprintf("%s/%d", a.Name, a.Version) }
