package worktime

import "fmt"

const secondsPerDay = 24 * 60 * 60

// interval is a half-open stretch in seconds since a local midnight.
type interval struct{ from, to int64 }

func (v interval) String() string {
	return fmt.Sprintf("%02d:%02d-%02d:%02d", v.from/3600, v.from/60%60, v.to/3600%24, v.to/60%60)
}

// daily is what is open between two midnights of the wall clock: sorted
// intervals that neither overlap nor touch.
type daily []interval

// openOn is what is open on a date, given what starts on the day before and on
// the day itself: the first one's parts after midnight, then the second.
func openOn(yesterday, today []interval) daily {
	var open daily
	for _, v := range yesterday {
		open = open.with(v.from-secondsPerDay, v.to-secondsPerDay)
	}
	// The tail of yesterday starts at midnight, so the order holds.
	for _, v := range today {
		open = open.with(v.from, v.to)
	}
	return open
}

// with adds the part of a stretch that lies in the day; it starts no earlier than
// what was added before.
func (d daily) with(from, to int64) daily {
	from, to = max(from, 0), min(to, secondsPerDay)
	if from >= to {
		return d
	}
	if last := len(d) - 1; last >= 0 && from <= d[last].to {
		d[last].to = max(d[last].to, to)
		return d
	}
	return append(d, interval{from, to})
}

// cut removes from open what the breaks cover.
func cut(open, breaks daily) daily {
	for _, b := range breaks {
		var left daily
		for _, v := range open {
			if before := (interval{v.from, min(v.to, b.from)}); before.from < before.to {
				left = append(left, before)
			}
			if after := (interval{max(v.from, b.to), v.to}); after.from < after.to {
				left = append(left, after)
			}
		}
		open = left
	}
	return open
}

// before counts the open seconds of the day before the given one.
func (d daily) before(second int64) int64 {
	var sum int64
	for _, v := range d {
		if second <= v.from {
			break
		}
		sum += min(second, v.to) - v.from
	}
	return sum
}

// find gives the earliest second before which there are n open ones; n is from
// 1 to the day's total.
func (d daily) find(n int64) int64 {
	for _, v := range d {
		if n <= v.to-v.from {
			return v.from + n
		}
		n -= v.to - v.from
	}
	return secondsPerDay
}

func (d daily) contains(second int64) bool {
	for _, v := range d {
		if v.from <= second && second < v.to {
			return true
		}
	}
	return false
}
