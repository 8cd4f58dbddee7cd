package scoring

import (
	"errors"
	"time"

	"github.com/leadloop/leadloop/internal/document"
)

// Duration is a span of time that JSON writes as "14d", "36h" or "1d12h": whole
// days of 24 hours, hours, minutes and seconds. Convert to time.Duration and back.
type Duration time.Duration

// Day is 24 hours.
const Day = Duration(24 * time.Hour)

// String writes the span as JSON does, without parts of a second.
func (d Duration) String() string { return document.FormatDuration(time.Duration(d)) }

// MarshalText writes the span as String does. Parts of a second, which the
// format does not have, are an error.
func (d Duration) MarshalText() ([]byte, error) {
	if time.Duration(d)%time.Second != 0 {
		return nil, errors.New("a span of time in a model is of whole seconds")
	}
	return []byte(d.String()), nil
}

// UnmarshalText reads a span such as "14d" or "1d12h".
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := document.ParseDuration(string(text))
	if err != nil {
		return err
	}
	*d = Duration(v)
	return nil
}
