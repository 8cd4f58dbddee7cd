package document

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"time"
)

const day = 24 * time.Hour

var units = []struct {
	name string
	size time.Duration
}{{"d", day}, {"h", time.Hour}, {"m", time.Minute}, {"s", time.Second}}

// ParseDuration reads a span such as "14d", "1d12h", "90m" or "30s": whole
// numbers of days (of 24 hours), hours, minutes and seconds, largest unit first,
// each at most once, with an optional leading minus. Its errors do not repeat the text.
func ParseDuration(s string) (time.Duration, error) {
	wrong := errors.New(`a span of time is written like "14d", "1d12h", "90m" or "30s"`)
	rest, negative := strings.CutPrefix(s, "-")
	if rest == "0" {
		return 0, nil
	}
	var sum time.Duration
	last := -1
	for rest != "" {
		digits := 0
		var n int64
		for digits < len(rest) && rest[digits] >= '0' && rest[digits] <= '9' {
			if n > (math.MaxInt64-9)/10 {
				return 0, errors.New("a span of time is at most 106751 days")
			}
			n = n*10 + int64(rest[digits]-'0')
			digits++
		}
		if digits == 0 || digits == len(rest) {
			return 0, wrong
		}
		unit := last + 1
		for unit < len(units) && units[unit].name != rest[digits:digits+1] {
			unit++
		}
		if unit == len(units) {
			return 0, wrong
		}
		size := units[unit].size
		if n > int64((math.MaxInt64-sum)/size) {
			return 0, errors.New("a span of time is at most 106751 days")
		}
		sum += time.Duration(n) * size
		last = unit
		rest = rest[digits+1:]
	}
	if last < 0 {
		return 0, wrong
	}
	if negative {
		sum = -sum
	}
	return sum, nil
}

// FormatDuration writes a span so that ParseDuration reads it again. Parts of a
// second, which documents do not have, are dropped.
func FormatDuration(d time.Duration) string {
	var b strings.Builder
	if d < 0 {
		b.WriteByte('-')
	}
	for _, u := range units {
		if n := d / u.size; n != 0 {
			fmt.Fprintf(&b, "%d%s", max(n, -n), u.name)
			d -= n * u.size
		}
	}
	if b.Len() == 0 || b.String() == "-" {
		return "0s"
	}
	return b.String()
}
