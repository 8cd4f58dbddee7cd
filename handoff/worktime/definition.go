package worktime

import "github.com/leadloop/leadloop/internal/document"

// Definition is a calendar as people write it down: plain data that can be
// reviewed, compared and versioned. [Compile] turns it into a [Calendar].
//
// What is open on a local date follows from the first of these that applies: a
// holiday closes the date; a break cuts what it covers; dated hours stand in for
// those of the weekday; the hours of the weekday hold.
type Definition struct {
	// TimeZone is a name that the host's loader understands, usually an IANA
	// name such as "Europe/Berlin".
	TimeZone string `json:"time_zone"`
	// Hours are the windows of each weekday, repeated for ever. A weekday
	// without windows is closed.
	Hours Week `json:"hours,omitzero"`
	// DatedHours replace the windows that start on single dates: a half-day,
	// a working Saturday. An empty list closes the date.
	DatedHours map[Date][]Window `json:"dated_hours,omitempty"`
	// Breaks cut single dates: what would be open during a break is closed.
	// A break that comes back every week is written as two windows of the day.
	Breaks map[Date][]Window `json:"breaks,omitempty"`
	// Holidays are closed from midnight to midnight, and a window that would
	// start on one does not take place, nor does its part after midnight.
	Holidays []Date `json:"holidays,omitempty"`
}

// Week has the windows that start on each weekday.
type Week struct {
	Mon []Window `json:"mon,omitempty"`
	Tue []Window `json:"tue,omitempty"`
	Wed []Window `json:"wed,omitempty"`
	Thu []Window `json:"thu,omitempty"`
	Fri []Window `json:"fri,omitempty"`
	Sat []Window `json:"sat,omitempty"`
	Sun []Window `json:"sun,omitempty"`
}

// Window is a stretch of a local day, "HH:MM-HH:MM", open at its start and
// closed at its end. The end may be 24:00. An end before the start is on the
// next day: "22:00-06:00" on a Friday lasts until Saturday at six, and belongs
// to the Friday.
type Window string

// Date is a local calendar date, "2026-12-24", in the years 0001 to 9999.
type Date string

// MaxDocument is the size in bytes up to which [Parse] reads a definition.
const MaxDocument = 1 << 20

// Parse reads a definition from JSON. Unknown and repeated keys, null and data
// after the end are errors with their path, line and column, all reported at
// once. What the values mean is checked by [Compile].
func Parse(data []byte) (Definition, error) {
	var d Definition
	if err := document.Decode(data, &d, MaxDocument); err != nil {
		return Definition{}, err
	}
	return d, nil
}
