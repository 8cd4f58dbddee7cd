package flow

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"
)

// A Span is a length of time, or that it is not known: nothing was measured, or a curve has not come so far. In JSON it is a
// whole number of seconds, or null.
type Span struct {
	Time    time.Duration
	Reached bool
}

// spanOf makes a span of ticks, below 0 for none.
func spanOf(ticks int64, tick time.Duration) Span {
	if ticks < 0 {
		return Span{}
	}
	return Span{spanTime(ticks, tick), true}
}

func spanTime(ticks int64, tick time.Duration) time.Duration {
	if ticks > math.MaxInt64/int64(tick) {
		return math.MaxInt64
	}
	return time.Duration(ticks) * tick
}

// String writes the two largest units, rounded to the smaller: "12 d 4 h", "3 h 20 min", or "not reached".
func (s Span) String() string {
	if !s.Reached {
		return "not reached"
	}
	t, sign := s.Time, ""
	if t < 0 {
		t, sign = -t, "−"
	}
	for _, u := range []struct {
		large, small time.Duration
		l, s         string
	}{{24 * time.Hour, time.Hour, "d", "h"}, {time.Hour, time.Minute, "h", "min"}, {time.Minute, time.Second, "min", "s"}} {
		if t < u.large {
			continue
		}
		t = t.Round(u.small)
		if rest := t % u.large / u.small; rest > 0 {
			return fmt.Sprintf("%s%d %s %d %s", sign, t/u.large, u.l, rest, u.s)
		}
		return fmt.Sprintf("%s%d %s", sign, t/u.large, u.l)
	}
	return fmt.Sprintf("%s%d s", sign, t/time.Second)
}

// Days is the length in days of 24 hours; NaN where it is not known.
func (s Span) Days() float64 {
	if !s.Reached {
		return math.NaN()
	}
	return float64(s.Time) / float64(24*time.Hour)
}

// MarshalJSON writes seconds, or null.
func (s Span) MarshalJSON() ([]byte, error) {
	if !s.Reached {
		return []byte("null"), nil
	}
	return json.Marshal(int64(s.Time / time.Second))
}

var errSpan = errors.New("flow: a length of time is a whole number of seconds, or null")

// UnmarshalJSON reads what MarshalJSON writes.
func (s *Span) UnmarshalJSON(data []byte) error {
	*s = Span{}
	if strings.TrimSpace(string(data)) == "null" {
		return nil
	}
	var seconds int64
	if err := json.Unmarshal(data, &seconds); err != nil || seconds > math.MaxInt64/second || seconds < math.MinInt64/second {
		return errSpan
	}
	*s = Span{time.Duration(seconds) * time.Second, true}
	return nil
}

// A Rate is a share with what it was counted from. Without a whole it is undefined, not zero.
type Rate struct {
	Part  int64 `json:"part"`
	Whole int64 `json:"whole"`
}

// Value is the share from 0 to 1. It is false where the rate is undefined.
func (r Rate) Value() (float64, bool) {
	if r.Whole == 0 {
		return 0, false
	}
	return float64(r.Part) / float64(r.Whole), true
}

// Interval is the interval of 95 % of the rate after Wilson. An undefined rate may be anything from 0 to 1.
func (r Rate) Interval() (low, high float64) {
	if r.Whole == 0 {
		return 0, 1
	}
	k, n := float64(r.Part), float64(r.Whole)
	const zz = z * z
	centre := k + zz/2
	spread := float64(z * math.Sqrt(float64(k*(n-k))/n+zz/4))
	low, high = (centre-spread)/(n+zz), (centre+spread)/(n+zz)
	if r.Part == 0 {
		low = 0 // what rounding leaves of it is noise
	}
	if r.Part == r.Whole {
		high = 1
	}
	return low, high
}

// String writes percent with one decimal, or "undefined".
func (r Rate) String() string {
	v, ok := r.Value()
	if !ok {
		return "undefined"
	}
	return fmt.Sprintf("%.1f %%", float64(v*100))
}
