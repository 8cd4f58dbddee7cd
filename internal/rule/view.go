package rule

import (
	"math"
	"time"
)

// view is a subject as rules see it, and what has been decided of it.
type view struct {
	frame
	rows    rows   // the activities
	date    *place // of an activity; nil if activities have none
	nowKey  int64
	counted bool // later and undated are known
	later   int  // activities dated after now
	undated int  // activities without a date
	chunk   chunk
	decisions
}

// decisions are what [Run.Decide] has found, reused by the next run.
type decisions struct {
	holds, failed    []uint64 // a bit for each condition on the lead
	matches, failing []Match

	leadHolds, leadFailing []uint64 // a bit for each clause
	itemHolds, itemFailing []uint64
	some                   []uint64 // the clauses that held for an activity
}

// occurrence tells when an activity happened.
type occurrence uint8

const (
	happened occurrence = iota // by now
	toCome
	undated
)

// occurrence tells when the activity at hand happened, and notes its key.
func (v *view) occurrence() occurrence {
	if v.date == nil {
		return happened
	}
	m, s, st := v.date.find(&v.frame)
	if st != present {
		return undated
	}
	at := s.time(m)
	v.itemKey = keyOf(at)
	switch {
	case v.itemKey > math.MinInt64 && v.itemKey < v.nowKey:
		return happened
	case at.IsZero():
		return undated
	case at.After(v.now):
		return toCome
	}
	return happened
}

// LeftOut tells how many activities do not count: those dated after now, and
// those without a date.
func (v *view) LeftOut() (later, undated int) {
	if !v.counted {
		v.later, v.undated, v.counted = 0, 0, true
		for i := range v.rows.count {
			v.item = v.rows.at(i)
			v.leftOut()
		}
	}
	return v.later, v.undated
}

// leftOut tells whether the activity at hand does not count, and counts it then.
func (v *view) leftOut() bool {
	switch v.occurrence() {
	case toCome:
		v.later++
		return true
	case undated:
		v.undated++
		return true
	}
	return false
}

// At gives the date of an activity, by its index in the subject; zero for one without.
func (v *view) At(activity int) time.Time {
	v.item = v.rows.at(activity)
	m, s, st := v.date.find(&v.frame)
	if st != present {
		return time.Time{}
	}
	return s.time(m).Round(0)
}
