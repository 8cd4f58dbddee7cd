package scoring_test

import (
	"testing"
	"time"

	"github.com/leadloop/leadloop/scoring"
)

// Windows of days and months begin with the first instant of a local date, also where
// clocks skip midnight, show it twice, or skip a whole date.
func TestWindows(t *testing.T) {
	at := func(text string) time.Time {
		v, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for _, test := range []struct {
		zone   string
		window scoring.Window
		now    string
		first  string // the first instant in the window
	}{
		{"", scoring.Window{Span: scoring.Duration(time.Hour)}, "2026-06-15T12:00:00Z", "2026-06-15T11:00:00.000000001Z"},
		{"", scoring.Window{Days: 1}, "2026-06-15T12:00:00Z", "2026-06-14T00:00:00Z"},
		{"UTC", scoring.Window{Days: 1}, "2026-06-15T00:00:00Z", "2026-06-14T00:00:00Z"},
		{"", scoring.Window{Days: 1}, "2026-06-14T23:59:59.999999999Z", "2026-06-13T00:00:00Z"},
		{"", scoring.Window{Days: 15}, "2026-06-15T12:00:00+14:00", "2026-05-30T00:00:00Z"}, // the host's zone does not matter
		{"", scoring.Window{Days: 36525}, "2026-06-15T12:00:00Z", "1926-06-15T00:00:00Z"},
		{"", scoring.Window{Months: 1}, "2026-06-15T12:00:00Z", "2026-05-15T00:00:00Z"},
		{"", scoring.Window{Months: 1}, "2026-03-31T12:00:00Z", "2026-02-28T00:00:00Z"},
		{"", scoring.Window{Months: 1}, "2024-03-30T12:00:00Z", "2024-02-29T00:00:00Z"},
		{"", scoring.Window{Months: 12}, "2024-02-29T12:00:00Z", "2023-02-28T00:00:00Z"},
		{"", scoring.Window{Months: 3}, "2026-01-31T12:00:00Z", "2025-10-31T00:00:00Z"},
		{"", scoring.Window{Months: 1200}, "2026-01-31T12:00:00Z", "1926-01-31T00:00:00Z"},
		{"Europe/Berlin", scoring.Window{Days: 1}, "2026-06-15T22:00:00Z", "2026-06-14T22:00:00Z"},
		{"Europe/Berlin", scoring.Window{Days: 1}, "2026-06-15T21:59:59Z", "2026-06-13T22:00:00Z"},
		{"Europe/Berlin", scoring.Window{Days: 100}, "2026-06-15T12:00:00Z", "2026-03-06T23:00:00Z"},    // before the change of clocks
		{"America/Sao_Paulo", scoring.Window{Days: 1}, "2018-11-05T12:00:00Z", "2018-11-04T03:00:00Z"},  // 00:00 is skipped: 01:00 −02
		{"America/Sao_Paulo", scoring.Window{Days: 1}, "2018-02-18T12:00:00Z", "2018-02-17T02:00:00Z"},  // 00:00 −02
		{"America/Sao_Paulo", scoring.Window{Days: 1}, "2018-02-19T12:00:00Z", "2018-02-18T03:00:00Z"},  // after 23:00 came twice
		{"Africa/Cairo", scoring.Window{Days: 1}, "2023-04-29T12:00:00Z", "2023-04-27T22:00:00Z"},       // 00:00 is skipped
		{"Africa/Cairo", scoring.Window{Days: 1}, "2023-10-27T12:00:00Z", "2023-10-25T21:00:00Z"},       //
		{"Africa/Cairo", scoring.Window{Days: 1}, "2023-10-28T12:00:00Z", "2023-10-26T22:00:00Z"},       // after 23:00 came twice
		{"Asia/Beirut", scoring.Window{Days: 1}, "2024-04-01T12:00:00Z", "2024-03-30T22:00:00Z"},        // 00:00 is skipped
		{"Pacific/Apia", scoring.Window{Days: 1}, "2011-12-31T00:00:00Z", "2011-12-30T10:00:00Z"},       // the 30th is skipped: the 31st
		{"Pacific/Apia", scoring.Window{Days: 2}, "2011-12-31T00:00:00Z", "2011-12-29T10:00:00Z"},       // the 29th
		{"America/St_Johns", scoring.Window{Days: 1}, "2006-10-30T12:00:00Z", "2006-10-29T02:30:00Z"},   // comes, goes at 00:01 and comes again
		{"Antarctica/Troll", scoring.Window{Months: 2}, "2026-05-15T12:00:00Z", "2026-03-15T00:00:00Z"}, //
	} {
		s, err := scoring.Compile[Lead, Activity](scoring.Model{Schema: 1, Name: "m", Zone: test.zone, Dimensions: []scoring.Dimension{{Name: "d", Rules: []scoring.Rule{
			{Name: "r", Each: "true", Points: 1, Window: &test.window}}}}}, scoring.Zones(time.LoadLocation))
		if err != nil {
			t.Fatal(err)
		}
		first := at(test.first)
		if got := s.Score(subject(Activity{"x", first}), at(test.now)).Total; got != 1 {
			t.Errorf("%s %+v at %s: %s is out", test.zone, test.window, test.now, test.first)
		}
		if got := s.Score(subject(Activity{"x", first.Add(-1)}), at(test.now)).Total; got != 0 {
			t.Errorf("%s %+v at %s: a nanosecond before %s is in", test.zone, test.window, test.now, test.first)
		}
	}
}

// What fails outside a window is not looked at.
func TestWindowAndFailures(t *testing.T) {
	s := compile(t, scoring.Rule{Each: `5 % len(Kind) == 0`, Points: 1, Window: &scoring.Window{Days: 3}})
	score := s.Score(subject(Activity{"", ago(9)}, Activity{"x", ago(1)}), noon)
	if score.Err() != nil || score.Total != 1 {
		t.Errorf("%v, %d", score.Err(), score.Total)
	}
	score = s.Score(subject(Activity{"", ago(2)}, Activity{"x", ago(1)}), noon)
	if score.Err() == nil || score.Total != 1 {
		t.Errorf("%v, %d", score.Err(), score.Total)
	}
}

// Zones that are odd, or instants far off, end in some score and never in a loop.
func TestWindowsFarOff(t *testing.T) {
	far := time.FixedZone("far", 1<<30)
	for _, zone := range []*time.Location{far, zone(t, "Europe/Berlin"), zone(t, "Asia/Gaza"), time.UTC} {
		s, err := scoring.Compile[Lead, Activity](scoring.Model{Schema: 1, Name: "m", Zone: "any", Dimensions: []scoring.Dimension{{Name: "d", Rules: []scoring.Rule{
			{Name: "days", Each: "true", Points: 1, Window: &scoring.Window{Days: 3}}, {Name: "months", Each: "true", Points: 1, Window: &scoring.Window{Months: 3}},
			{Name: "span", Each: "true", Points: 1, Window: &scoring.Window{Span: scoring.Day}}}}}},
			scoring.Zones(func(string) (*time.Location, error) { return zone, nil }))
		if err != nil {
			t.Fatal(err)
		}
		for _, now := range []time.Time{noon, {}, time.Unix(1<<62, 0), time.Unix(-1<<62, 0), time.Unix(1<<63-1, 0), time.Unix(-1<<63, 0)} {
			checkSums(t, s.Score(subject(Activity{"x", now}, Activity{"x", noon}), now))
		}
		if got := s.Score(subject(Activity{"x", noon}), noon).Total; got != 3 {
			t.Errorf("%v: %d, want 3", zone, got)
		}
	}
}
