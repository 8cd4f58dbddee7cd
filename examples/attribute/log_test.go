package main

import (
	"strings"
	"testing"

	"github.com/leadloop/leadloop/attribution"
)

// Each figure was worked out in the rows of the sample. The conversion of L-9 has no touch.
func TestSampleLogByHand(t *testing.T) {
	args := func(more ...string) []string {
		return append(append([]string{"-conversions", "testdata/conversions.csv", "-format", "csv"}, more...), "testdata/touches.csv")
	}
	const note = "attribute: 1 conversion without a touch before, worth 15.00: no channel gets them\n"
	const plain = "channel,conversion_share,value_share,conversions,value\n"
	for _, c := range []struct{ flags, want, errs string }{
		// First: L-1 search 120, L-2 social 80 and 40.50, L-4 social 200. Of 4 conversions and 440.50.
		{"-model first", plain + "direct,0,0,0,0.00\nemail,0,0,0,0.00\nsearch,0.25,0.272417707150964813,1,120.00\nsocial,0.75,0.727582292849035187,3,320.50\n", note},
		{"-model last", plain + "direct,0.5,0.726447219069239501,2,320.00\nemail,0,0,0,0.00\nsearch,0.5,0.273552780930760499,2,120.50\nsocial,0,0,0,0.00\n", note},
		// L-1 converts by email, as direct doesn't count; L-2 by search, twice; L-4 by social.
		{"-model last-non-direct -direct direct", plain + "direct,0,0,0,0.00\nemail,0.25,0.272417707150964813,1,120.00\nsearch,0.5,0.273552780930760499,2,120.50\nsocial,0.25,0.454029511918274688,1,200.00\n", note},
		// Within 6 days: L-1 of 03-09 email and direct; L-2 of 03-04 social and search, of 04-01 none; L-4 direct.
		{"-model first -lookback 6", plain + "direct,0.333333333333333333,0.5,1,200.00\nemail,0.333333333333333333,0.3,1,120.00\nsearch,0,0,0,0.00\nsocial,0.333333333333333333,0.2,1,80.00\n",
			"attribute: 2 conversions without a touch before within the lookback, worth 55.50: no channel gets them\n"},
		// The paths are search-email-direct, social-search twice, and social-direct.
		{"-model participation", plain + "direct,0.5,0.726447219069239501,2,320.00\nemail,0.25,0.272417707150964813,1,120.00\nsearch,0.75,0.545970488081725312,3,240.50\nsocial,0.75,0.727582292849035187,3,320.50\n", note},
	} {
		out, errs, code := call(args(strings.Fields(c.flags)...)...)
		if code != 0 || errs != c.errs || !sameCSV(t, out, c.want) {
			t.Errorf("%s: code %d, %s\ngot\n%swant\n%s", c.flags, code, errs, out, c.want)
		}
	}
	d, channels := figures(t, "-conversions", "testdata/conversions.csv", "-model", "markov", "testdata/touches.csv")
	if d.Totals.Counts != (attribution.Counts{Conversions: 4, Value: 44050, Nulls: 2}) || *d.Totals.UnattributedConversions != 1 || *d.Totals.UnattributedValue != 1500 || *d.Totals.Cost != 660 {
		t.Errorf("%+v", d.Totals)
	}
	if *channels["search"].Cost != 490 || channels["direct"].ROAS != nil || *channels["direct"].Cost != 0 {
		t.Errorf("%+v", channels)
	}
	// L-4 was touched by direct 5 days before it converted, by social 47: six half-lives of 7 days apart, or two of 21.
	_, channels = figures(t, "-conversions", write(t, "won.csv", "journey,at,value\nL-4,2026-03-20,65.00\n"), "-model", "time-decay", "testdata/touches.csv")
	if channels["direct"].Value != 6400 || channels["social"].Value != 100 {
		t.Errorf("%+v", channels)
	}
	_, channels = figures(t, "-conversions", write(t, "won.csv", "journey,at,value\nL-4,2026-03-20,5.00\n"), "-model", "time-decay", "-half-life", "21", "testdata/touches.csv")
	if channels["direct"].Value != 400 || channels["social"].Value != 100 {
		t.Errorf("%+v", channels)
	}
}

// A log and the table of its paths give the same where the parts of each conversion are whole cents: a log's conversions are
// shared out one by one, a table's all at once.
func TestLogAndTableOfItsPaths(t *testing.T) {
	won := write(t, "won.csv", "journey,at,value\nL-1,2026-03-09T18:00:00Z,120.00\nL-2,2026-03-04,80\nL-2,2026-04-01,40.40\nL-4,2026-03-20,200\nL-9,2026-03-20,15\n")
	table := write(t, "paths.csv", header+"search > email > direct,1,120,0\nsocial > search,2,120.40,0\nsocial > direct,1,200,0\nemail,0,0,1\nsearch,0,0,1\n")
	for _, model := range []string{"first", "last", "linear", "u", "j", "inverse-j", "participation", "markov", "markov -order 3", "shapley", "ordered", "shao-li"} {
		flags := append([]string{"-format", "csv", "-model"}, strings.Fields(model)...)
		want, _, code := call(append(flags, table)...)
		if code != 0 {
			t.Fatal(want)
		}
		got, _, _ := call(append(flags, "-conversions", won, "testdata/touches.csv")...)
		if got != want {
			t.Errorf("%s: got\n%swant\n%s", model, got, want)
		}
	}
}

// A channel that is in no path cost something nevertheless; and a log may well have a column of paths on a web site.
func TestChannelsOutsideOfPaths(t *testing.T) {
	won := write(t, "won.csv", "journey,at,value\nL-1,2026-01-02,5\n")
	touches := write(t, "touches.csv", "journey,at,channel,path,cost\nL-1,2026-01-01,a,/home,1\nL-1,2026-01-03,late,/help,7\n")
	for _, model := range []string{"last", "markov", "shapley"} {
		d, channels := figures(t, "-model", model, "-conversions", won, touches)
		if len(channels) != 2 || *channels["late"].Cost != 700 || channels["late"].Value != 0 || *channels["late"].ROAS != 0 || *d.Totals.Cost != 800 || *channels["a"].ROAS != 5 {
			t.Errorf("%s: %+v", model, channels)
		}
	}
}
