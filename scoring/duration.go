package scoring

import (
	"time"

	"github.com/leadloop/leadloop/internal/document"
)

// Duration is a span of time that JSON writes as "14d", "36h" or "1d12h": days
// of 24 hours, hours, minutes and seconds.
type Duration time.Duration

// Day is 24 hours.
const Day = Duration(24 * time.Hour)

// String writes the span as JSON does.
func (d Duration) String() string { return document.FormatDuration(time.Duration(d)) }

// MarshalText writes the span as String does.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads a span such as "14d" or "1d12h".
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := document.ParseDuration(string(text))
	if err != nil {
		return err
	}
	*d = Duration(v)
	return nil
}
