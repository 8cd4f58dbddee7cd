package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sort"
	"time"
	_ "time/tzdata" // the same zone on every machine

	"github.com/rickar/cal/v2"

	"github.com/leadloop/leadloop/handoff/worktime"
)

// The office is open from nine to five, on weekdays or every day, but for some holidays.
var holidays = []string{"2026-01-01", "2026-04-03", "2026-04-06", "2026-05-01", "2026-05-14", "2026-05-25", "2026-12-25", "2027-01-01", "2027-03-26", "2027-03-29"}

// office is the same hours for each candidate.
type office struct {
	location *time.Location
	days     int // from Monday on
	ours     *worktime.Calendar
	cal      *cal.BusinessCalendar
	closed   map[string]bool
}

func newOffice(days int) (*office, error) {
	location, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		return nil, err
	}
	o := &office{location: location, days: days, cal: cal.NewBusinessCalendar(), closed: map[string]bool{}}
	d := worktime.Definition{TimeZone: "Europe/Berlin"}
	for i, windows := range []*[]worktime.Window{&d.Hours.Mon, &d.Hours.Tue, &d.Hours.Wed, &d.Hours.Thu, &d.Hours.Fri, &d.Hours.Sat, &d.Hours.Sun} {
		o.cal.SetWorkday(time.Weekday((i+1)%7), i < days)
		if i < days {
			*windows = []worktime.Window{"09:00-17:00"}
		}
	}
	for _, date := range holidays {
		d.Holidays = append(d.Holidays, worktime.Date(date))
		o.closed[date] = true
		t, err := time.Parse(time.DateOnly, date)
		if err != nil {
			return nil, err
		}
		o.cal.AddHoliday(&cal.Holiday{Name: date, Month: t.Month(), Day: t.Day(), StartYear: t.Year(), EndYear: t.Year(), Func: cal.CalcDayOfMonth})
	}
	o.ours, err = worktime.Compile(d, time.LoadLocation)
	return o, err
}

// open tells by the wall clock whether it is working time.
func (o *office) open(t time.Time) bool {
	t = t.In(o.location)
	return (int(t.Weekday())+6)%7 < o.days && t.Hour() >= 9 && t.Hour() < 17 && !o.closed[t.Format(time.DateOnly)]
}

// A table has the open minutes of a range: the slow and obvious answer to every question about whole minutes.
type table struct {
	start time.Time
	open  []int // the minutes, counted from the start
}

func (o *office) table(start time.Time, days int) table {
	t := table{start: start}
	for day := range days {
		for minute := day * 1440; minute < (day+1)*1440; minute++ {
			if o.open(start.Add(time.Duration(minute) * time.Minute)) {
				t.open = append(t.open, minute)
			}
		}
	}
	return t
}

// place is how many open minutes lie before an instant.
func (t table) place(at time.Time) int {
	return sort.SearchInts(t.open, int(at.Sub(t.start)/time.Minute))
}

// add gives the earliest instant at which so much working time has passed.
func (t table) add(at time.Time, d time.Duration) time.Time {
	last := t.open[t.place(at)+int(d/time.Minute)-1]
	return t.start.Add(time.Duration(last+1) * time.Minute)
}

func (t table) between(a, b time.Time) time.Duration {
	return time.Duration(t.place(b)-t.place(a)) * time.Minute
}

// addByHand walks from day to day, as one writes it.
func (o *office) addByHand(at time.Time, d time.Duration) time.Time {
	at = at.In(o.location)
	for {
		opening, closing := o.hours(at)
		if at.Before(opening) {
			at = opening
		}
		if at.Before(closing) {
			if left := closing.Sub(at); d <= left {
				return at.Add(d)
			}
			d -= closing.Sub(at)
		}
		at = time.Date(at.Year(), at.Month(), at.Day()+1, 0, 0, 0, 0, o.location)
	}
}

// hours are those of a day; both the same on a day off.
func (o *office) hours(at time.Time) (opening, closing time.Time) {
	year, month, day := at.Date()
	opening = time.Date(year, month, day, 9, 0, 0, 0, o.location)
	if (int(at.Weekday())+6)%7 >= o.days || o.closed[at.Format(time.DateOnly)] {
		return opening, opening
	}
	return opening, time.Date(year, month, day, 17, 0, 0, 0, o.location)
}

func (o *office) betweenByHand(a, b time.Time) (d time.Duration) {
	for at := a.In(o.location); at.Before(b); at = time.Date(at.Year(), at.Month(), at.Day()+1, 0, 0, 0, 0, o.location) {
		opening, closing := o.hours(at)
		from, to := opening, closing
		if at.After(from) {
			from = at
		}
		if b.Before(to) {
			to = b
		}
		d += max(0, to.Sub(from))
	}
	return d
}

// asking is a question about the office: a promise of some working hours, made at an instant.
type asking struct {
	at     time.Time
	span   time.Duration
	answer time.Time // by the table
}

func (o *office) askings(n int) []asking {
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, o.location)
	t := o.table(start, 550)
	r := rand.New(rand.NewPCG(3, 3))
	list := make([]asking, n)
	for i := range list {
		a := &list[i]
		a.at, a.span = start.Add(time.Duration(r.IntN(400*1440))*time.Minute), time.Duration(1+r.IntN(80*60))*time.Minute
		a.answer = t.add(a.at, a.span)
	}
	return list
}

// deadlines is by when a promise in working hours falls due.
func deadlines(n int) (workload, error) {
	o, err := newOffice(5)
	if err != nil {
		return workload{}, err
	}
	all := o.askings(n)
	right := slices.DeleteFunc(slices.Clone(all), func(a asking) bool { return !o.cal.AddWorkHours(a.at, a.span).Equal(a.answer) })
	daily, err := newOffice(7)
	if err != nil {
		return workload{}, err
	}
	wrong := 0
	for _, a := range daily.askings(n) {
		if !daily.cal.AddWorkHours(a.at, a.span).Equal(a.answer) {
			wrong++
		}
		if ours := daily.ours.Add(a.at, a.span).Due; !ours.Equal(a.answer) {
			return workload{}, fmt.Errorf("business time: leadloop says %v instead of %v", ours, a.answer)
		}
	}
	decade := o.ours.Between(noon, noon.AddDate(10, 0, 0))
	w := workload{name: "business time: deadline", per: "deadline", inputs: len(right), candidates: []candidate{
		{name: "leadloop, Calendar.Add", answer: func(i int) int64 { return o.ours.Add(right[i].at, right[i].span).Due.Unix() }},
		{name: "rickar/cal, AddWorkHours", answer: func(i int) int64 { return o.cal.AddWorkHours(right[i].at, right[i].span).Unix() }},
		{name: "Go by hand, a walk over days", answer: func(i int) int64 { return o.addByHand(right[i].at, right[i].span).Unix() }},
		{name: "time.Time.Add and Zone, no calendar at all", apart: true, answer: func(i int) int64 {
			t := right[i].at.Add(right[i].span)
			_, offset := t.Zone()
			return t.Unix() + int64(offset)
		}, asked: asked{least: 1. / 50}},
		{name: "leadloop, Calendar.Add over ten years", apart: true, answer: func(i int) int64 { return o.ours.Add(right[i].at, decade).Due.Unix() }, asked: asked{most: 15}},
	}, lacks: []lack{
		{"rickar/cal", fmt.Sprintf("is right in %d of %d questions about weekdays, which are measured. Open on Sundays, too, it is wrong in %d of %d, where clocks change; leadloop in none.", len(right), n, wrong, n)},
		{"rickar/cal", "has one window a day, no breaks, nothing overnight, no hours that two calendars share, and one instant for a deadline at close; its search for a working day does not end where there is none."},
	}}
	return w, nil
}

// elapsed is how much working time lies between two instants.
func elapsed(n int) (workload, error) {
	o, err := newOffice(5)
	if err != nil {
		return workload{}, err
	}
	all := o.askings(n)
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, o.location)
	t := o.table(start, 550)
	end := func(a asking) time.Time { return a.at.Add(3 * a.span) }
	right := slices.DeleteFunc(slices.Clone(all), func(a asking) bool { return o.cal.WorkHoursInRange(a.at, end(a)) != t.between(a.at, end(a)) })
	return workload{name: "business time: elapsed", per: "question", inputs: len(right), candidates: []candidate{
		{name: "leadloop, Calendar.Between", answer: func(i int) int64 { return int64(o.ours.Between(right[i].at, end(right[i]))) }},
		{name: "rickar/cal, WorkHoursInRange", answer: func(i int) int64 { return int64(o.cal.WorkHoursInRange(right[i].at, end(right[i]))) }},
		{name: "Go by hand, a walk over days", answer: func(i int) int64 { return int64(o.betweenByHand(right[i].at, end(right[i]))) }},
	}, lacks: []lack{{"rickar/cal", fmt.Sprintf("is right in %d of %d questions, which are measured.", len(right), n)}}}, nil
}
