package worktime

// Definition is a calendar as people write it down: plain data that can be reviewed, compared and versioned. [Compile]
// turns it into a [Calendar].
//
// What is open on a local date follows from the first that applies: a holiday closes the date; a break cuts what it
// covers; dated hours replace the hours of the weekday; the hours of the weekday hold.
type Definition struct {
	// TimeZone is the name that the host's loader understands, usually an IANA name such as "Europe/Berlin".
	TimeZone string `json:"time_zone"`
	// Hours are the windows of each weekday, repeated for ever. A weekday without windows is closed.
	Hours Week `json:"hours,omitzero"`
	// DatedHours replace the hours of the weekday on single dates (a half-day, a working Saturday). An empty list closes the date.
	DatedHours map[Date][]Window `json:"dated_hours,omitempty"`
	// Breaks cut single dates: whatever is open during a break is closed.
	Breaks map[Date][]Window `json:"breaks,omitempty"`
	// Holidays are closed from midnight to midnight, and a window that would start on one does not take place,
	// its part after midnight included.
	Holidays []Date `json:"holidays,omitempty"`
}

// Week has the windows of each weekday.
type Week struct {
	Mon []Window `json:"mon,omitempty"`
	Tue []Window `json:"tue,omitempty"`
	Wed []Window `json:"wed,omitempty"`
	Thu []Window `json:"thu,omitempty"`
	Fri []Window `json:"fri,omitempty"`
	Sat []Window `json:"sat,omitempty"`
	Sun []Window `json:"sun,omitempty"`
}

// Window is a stretch of a local day, "HH:MM-HH:MM", half-open: open at its start, closed at its end. The end may be 24:00.
// An end before the start is on the next day: "22:00-06:00" on a Friday lasts until Saturday at six.
type Window string

// Date is a local calendar date, "2026-12-24".
type Date string
