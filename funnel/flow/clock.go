package flow

import (
	"time"

	"github.com/leadloop/leadloop/handoff/worktime"
)

// A clock reads the working time since 1970. It remembers it at full hours, because the calendar is asked about the same
// hours again and again: where an hour is all open or all closed, nothing else need be asked.
type clock struct {
	calendar *worktime.Calendar
	pages    [][]int64 // by hour: nanoseconds of working time before it, plus one; 0 for not asked yet
}

const (
	hour      = int64(time.Hour)
	pageHours = 512
)

func instant(at int64) time.Time { return time.Unix(at/second, at%second).UTC() }

// read gives the working time until an instant, both in nanoseconds since 1970.
func (c *clock) read(at int64) int64 {
	h := at / hour
	before := c.full(h)
	rest := at - h*hour
	if rest == 0 {
		return before
	}
	switch open := c.full(h+1) - before; open {
	case 0:
		return before
	case hour:
		return before + rest
	default:
		return before + int64(c.calendar.Between(instant(h*hour), instant(at)))
	}
}

func (c *clock) full(h int64) int64 {
	page, i := h/pageHours, h%pageHours
	if page >= int64(len(c.pages)) {
		c.pages = append(c.pages, make([][]int64, page+1-int64(len(c.pages)))...)
	}
	if c.pages[page] == nil {
		c.pages[page] = make([]int64, pageHours)
	}
	if v := c.pages[page][i]; v > 0 {
		return v - 1
	}
	v := int64(c.calendar.Between(instant(0), instant(h*hour)))
	c.pages[page][i] = v + 1
	return v
}
