package worktime

import (
	"iter"
	"time"
)

// Calendar tells working time from the rest. It is immutable and safe for concurrent use. The zero Calendar is not
// usable: make one with [Compile] or [Always].
type Calendar struct{}

// Deadline is the answer to "by when": the earliest and the latest instant at which exactly the given working time has
// passed. They differ when the time is used up exactly at the close of business.
type Deadline struct {
	Due      time.Time `json:"due,omitzero"`
	MetUntil time.Time `json:"met_until,omitzero"`
}

// Period is a stretch of working time, half-open.
type Period struct {
	Open  time.Time `json:"open"`
	Close time.Time `json:"close"`
}

func Parse(data []byte) (Definition, error) { return Definition{}, nil }

func Compile(d Definition, load func(string) (*time.Location, error)) (*Calendar, error) { return nil, nil }

func Always() *Calendar { return nil }

func (c *Calendar) Add(t time.Time, d time.Duration) Deadline { return Deadline{} }

func (c *Calendar) Sub(t time.Time, d time.Duration) Deadline { return Deadline{} }

func (c *Calendar) AddDays(t time.Time, n int) (time.Time, bool) { return time.Time{}, false }

func (c *Calendar) Between(a, b time.Time) time.Duration { return 0 }

func (c *Calendar) In(t time.Time) bool { return false }

func (c *Calendar) Next(t time.Time) (time.Time, bool) { return time.Time{}, false }

func (c *Calendar) Periods(from, to time.Time) iter.Seq[Period] { return nil }
