package attribution_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/leadloop/leadloop/attribution"
)

// timeline writes a journey as words "day:what": a lower-case letter is a touch by marketing in that channel, SALES,
// INTERNAL and AUTOMATED are touches by others, LC, MQL, SAL, OC and WON are milestones, STOP is the suppression, and €
// is a conversion worth 100.00.
func timeline(words string) attribution.Journey {
	j := attribution.Journey{ID: "j"}
	for i, word := range strings.Fields(words) {
		var d int
		number, what, _ := strings.Cut(word, ":")
		fmt.Sscan(number, &d)
		at := day(d)
		switch what {
		case "LC":
			j.Milestones = append(j.Milestones, attribution.Milestone{Stage: attribution.LeadCreated, At: at})
		case "MQL":
			j.Milestones = append(j.Milestones, attribution.Milestone{Stage: attribution.MQL, At: at})
		case "SAL":
			j.Milestones = append(j.Milestones, attribution.Milestone{Stage: attribution.SAL, At: at})
		case "OC":
			j.Milestones = append(j.Milestones, attribution.Milestone{Stage: attribution.Opportunity, At: at})
		case "WON":
			j.Milestones = append(j.Milestones, attribution.Milestone{Stage: attribution.Won, At: at})
		case "STOP":
			j.Suppressed = at
		case "€":
			j.Conversions = append(j.Conversions, attribution.Conversion{ID: fmt.Sprintf("c%d", i), At: at, Revenue: 100_00})
		case "SALES", "INTERNAL", "AUTOMATED":
			j.Touches = append(j.Touches, attribution.Touch{ID: fmt.Sprintf("t%02d", i), Channel: "other", At: at, Side: attribution.Side(strings.ToLower(what))})
		default:
			j.Touches = append(j.Touches, attribution.Touch{ID: fmt.Sprintf("t%02d", i), Channel: what, At: at})
		}
	}
	return j
}

// TestRules is the documentation's sections on valid touches and on short paths, as a table. The credit is in cents of
// each entry of the last conversion.
func TestRules(t *testing.T) {
	w, u := attribution.WShaped, attribution.PositionBased
	linear3 := attribution.Linear.Within(3 * hours24)
	full := attribution.FullPath
	equally := func(m attribution.Model) attribution.Model { return m.WithAbsent(attribution.SplitEqually) }
	for _, c := range []struct {
		name  string
		model attribution.Model
		line  string
		want  string
	}{
		{"one touch all", u, "1:a 2:€", "a 10000"},
		{"two touches half and half", u, "1:a 2:b 3:€", "a 5000, b 5000"},
		{"three touches 40 20 40", u, "1:a 2:b 3:c 4:€", "a 4000, b 2000, c 4000"},
		{"no touch", u, "2:€", "- 10000"},
		{"touch at the instant of the conversion", attribution.Last, "1:a 2:b 2:€", "a 0, b 10000"},
		{"touch after the conversion", attribution.Last, "1:a 2:€ 3:b", "a 10000"},
		{"second conversion shares all touches", attribution.Linear, "1:a 2:€ 3:b 4:€", "a 5000, b 5000"},
		{"equal instants by id", attribution.First, "1:b 1:a 2:€", "b 10000, a 0"},
		{"others' touches earn nothing", attribution.Linear, "1:SALES 1:a 1:INTERNAL 1:AUTOMATED 2:€", "a 10000"},
		{"only others' touches", attribution.Linear, "1:SALES 1:INTERNAL 1:AUTOMATED 2:€", "- 10000"},
		{"at the suppression, not after it", attribution.Linear, "1:a 2:b 2:STOP 3:c 4:€", "a 5000, b 5000"},
		{"lookback includes its edge", linear3, "1:a 2:b 5:c 5:€", "b 5000, c 5000"},
		{"lookback leaves nothing", linear3, "1:a 9:€", "- 10000"},

		{"w of four key touches", w, "1:a 2:b 2:LC 3:c 3:OC 4:d 5:€", "a 3000, b 3000, c 3000, d 1000"},
		{"w, key touches are the last before", w, "1:a 2:b 3:LC 4:c 5:OC 6:d 7:€", "a 3000, b 3000, c 3000, d 1000"},
		{"w, rest is shared", w, "1:a 2:b 2:LC 3:x 3:x 4:c 4:OC 5:€", "a 3000, b 3000, x 500, x 500, c 3000"},
		{"w without a rest", w, "1:a 2:b 2:LC 3:c 3:OC 4:€", "a 3334, b 3333, c 3333"},
		{"w, first touch created the lead", w, "1:a 1:LC 2:b 3:c 3:OC 4:€", "a 6000, b 1000, c 3000"},
		{"w, one touch created lead and opportunity", w, "1:a 2:b 2:LC 2:OC 3:c 4:€", "a 3000, b 6000, c 1000"},
		{"w, all in one", w, "1:a 1:LC 1:OC 2:b 3:€", "a 9000, b 1000"},
		{"w, single touch", w, "1:a 1:LC 1:OC 3:€", "a 10000"},
		{"w without an opportunity", w, "1:a 2:b 2:LC 3:c 4:€", "a 4286, b 4286, c 1428"},
		{"w without milestones", w, "1:a 2:b 3:c 4:€", "a 7500, b 1250, c 1250"},
		{"w, opportunity after the conversion", w, "1:a 2:b 2:LC 3:c 4:€ 5:OC", "a 4286, b 4286, c 1428"},
		{"w, lead created after the conversion", w, "1:a 2:b 3:c 4:€ 5:LC", "a 7500, b 1250, c 1250"},
		{"w, lead created before any touch", w, "1:LC 2:a 3:b 4:€", "a 7500, b 2500"},
		{"w, lead created at the instant of the conversion", w, "1:a 2:b 3:c 3:LC 3:€", "a 4286, b 1428, c 4286"},
		{"w, the lead counts from its first creation", w, "1:a 2:b 2:LC 3:c 4:LC 4:d 5:€", "a 4286, b 4286, c 714, d 714"},
		{"w, the latest opportunity counts", w, "1:a 2:b 2:OC 3:c 4:OC 4:d 5:€", "a 4286, b 714, c 714, d 4286"},
		{"w, key touch outside the lookback", w.Within(3 * hours24), "1:a 1:LC 5:b 6:c 6:OC 7:d 7:€", "b 4286, c 4286, d 1428"},

		{"lead creation", attribution.LeadCreation, "1:a 2:b 2:LC 3:c 4:€", "a 0, b 10000, c 0"},
		{"lead creation without one earns nobody anything", attribution.LeadCreation, "1:a 2:b 4:€", "- 10000, a 0, b 0"},
		{"lead creation after the conversion", attribution.LeadCreation, "1:a 4:€ 5:LC", "- 10000, a 0"},
		{"full path", full, "1:a 2:b 2:LC 3:c 3:OC 4:d 5:e 6:€", "a 2250, b 2250, c 2250, d 1000, e 2250"},
		{"full path, the last touch opened the deal", full, "1:a 2:b 2:LC 3:x 4:c 4:OC 6:€", "a 2250, b 2250, x 1000, c 4500"},
		{"full path without milestones", full, "1:a 2:b 3:c 6:€", "a 4091, b 1818, c 4091"},
		{"full path without milestones, split equally", equally(full), "1:a 2:b 3:c 6:€", "a 4500, b 1000, c 4500"},
		{"full path without a rest, split equally", equally(full), "1:a 2:b 2:LC 3:c 6:€", "a 3334, b 3333, c 3333"},
		{"w, first touch created the lead, split equally", equally(w), "1:a 1:LC 2:b 3:c 4:€", "a 9000, b 500, c 500"},
		{"w without a rest, split equally", equally(w), "1:a 1:LC 2:b 2:OC 4:€", "a 6667, b 3333"},
		{"w without milestones, split equally", equally(w), "1:a 2:b 3:c 4:€", "a 9000, b 500, c 500"},
		{"j", attribution.JShaped, "1:a 2:b 3:c 4:d 5:€", "a 2000, b 1000, c 1000, d 6000"},
		{"j of two", attribution.JShaped, "1:a 2:b 5:€", "a 2500, b 7500"},
		{"j of two, split equally", equally(attribution.JShaped), "1:a 2:b 5:€", "a 3000, b 7000"},
		{"j of one, split equally", equally(attribution.JShaped), "1:a 5:€", "a 10000"},
		{"inverse j", attribution.InverseJShaped, "1:a 2:b 3:c 4:d 5:€", "a 6000, b 1000, c 1000, d 2000"},
		{"last but direct", attribution.LastNonDirect("d"), "1:a 2:b 3:d 4:d 5:€", "a 0, b 10000, d 0, d 0"},
		{"direct alone", attribution.LastNonDirect("d"), "1:d 3:d 5:€", "d 0, d 10000"},
		{"last but direct within the lookback", attribution.LastNonDirect("d").Within(3 * hours24), "1:a 4:d 5:€", "d 10000"},
		{"participation", attribution.Participation, "1:a 2:b 3:a 5:€", "a 10000, b 10000, a 10000"},
		{"nobody takes part", attribution.Participation, "5:€", "- 10000"},
		{"custom without what has weight", attribution.Custom("x", attribution.Weights{Opportunity: 5, Lead: 3}), "1:a 2:b 5:€", "- 10000, a 0, b 0"},
		{"custom", attribution.Custom("x", attribution.Weights{First: 1, Rest: 1}), "1:a 2:b 3:c 5:€", "a 5000, b 2500, c 2500"},
		{"custom without the rest", attribution.Custom("x", attribution.Weights{First: 1, Rest: 9}), "1:a 5:€", "a 10000"},

		{"decay halves", attribution.TimeDecay(hours24), "1:a 2:b 3:c 9:€", "a 1429, b 2857, c 5714"},
		{"decay of old paths", attribution.TimeDecay(time.Second), "1:a 2:b 900:€", "a 0, b 10000"},
		{"decay of equal age", attribution.TimeDecay(time.Nanosecond), "1:a 1:b 1:c 2:€", "a 3334, b 3333, c 3333"},
	} {
		t.Run(c.name, func(t *testing.T) {
			ledger := book(t, []attribution.Journey{timeline(c.line)}, c.model)
			deal := ledger.Deals[len(ledger.Deals)-1]
			var got []string
			for _, e := range ledger.DealTouches(deal.Journey, deal.Conversion) {
				channel := e.Channel
				if e.Touch == "" {
					channel = "-"
				}
				got = append(got, fmt.Sprint(channel, " ", e.Amount))
			}
			if got := strings.Join(got, ", "); got != c.want {
				t.Errorf("%s of %q: got %s, want %s", c.model.Name(), c.line, got, c.want)
			}
		})
	}
}

// TestOpenJourney shares out a journey that has not converted.
func TestOpenJourney(t *testing.T) {
	credit, err := attribution.WShaped.Credit(timeline("1:a 2:b 2:LC 3:c 4:OC"))
	if err != nil {
		t.Fatal(err)
	}
	for i, share := range credit { // the opportunity came after the last touch, and counts
		if want := attribution.One / 3; share < want || share > want+1 {
			t.Errorf("touch %d: got %v, want a third", i, share)
		}
	}
	credit, err = attribution.Linear.Within(hours24).Credit(timeline("1:a 2:b 3:c"))
	if err != nil || credit[0] != 0 || credit[1] != attribution.One/2 || credit[2] != attribution.One/2 {
		t.Errorf("got %v, %v; want the touches within a day of the last", credit, err)
	}
	// The lookback goes by the last milestone, if that is later than the last touch.
	if credit, err := attribution.Linear.Within(hours24).Credit(timeline("1:a 2:b 3:SAL")); err != nil || credit[0] != 0 || credit[1] != attribution.One {
		t.Errorf("got %v, %v; want the touch within a day of the milestone", credit, err)
	}
	if _, err := attribution.Linear.Within(hours24).Credit(timeline("1:a 2:b 9:SAL")); !errors.Is(err, attribution.ErrNoTouch) {
		t.Errorf("got %v", err)
	}
}

// contrary returns two instants of which the first is later by the wall clock and earlier by the monotonic one, as after
// the clock was set back. It uses that time.Now reads the two clocks one after the other.
func contrary(t *testing.T) (later, earlier time.Time) {
	t.Helper()
	for range 1_000_000 {
		a, b := time.Now(), time.Now()
		switch wall, monotonic := b.Round(0).Sub(a.Round(0)), b.Sub(a); {
		case monotonic > wall+1:
			return a.Add(wall + 1), b
		case wall > monotonic+1:
			return b, a.Add(monotonic + 1)
		}
	}
	t.Skip("both clocks are one here")
	return
}

// TestWallClockDecides has instants with a monotonic reading, which contradicts the wall clock, beside others without.
func TestWallClockDecides(t *testing.T) {
	later, earlier := contrary(t)
	stored := func(t time.Time) time.Time { return t.Round(0) }
	live := func(t time.Time) time.Time { return t }
	again := later.Add(earlier.Round(0).Sub(later.Round(0))) // earlier by the wall clock, not by the other
	journey := func(form func(time.Time) time.Time) attribution.Journey {
		return attribution.Journey{ID: "j", Suppressed: form(later),
			Touches: []attribution.Touch{
				{ID: "t1", Channel: "a", At: earlier.Round(0).Add(-time.Hour)},
				{ID: "t2", Channel: "b", At: stored(later)},
				{ID: "t3", Channel: "c", At: form(earlier)},
				{ID: "t0", Channel: "d", At: form(later)},
				{ID: "t0", Channel: "d", At: stored(later)}, // sent again
				{ID: "t3", Channel: "c", At: form(again)},
				{ID: "t4", Channel: "e", At: form(earlier), Side: attribution.Sales},
			},
			Milestones: []attribution.Milestone{
				{Stage: attribution.LeadCreated, At: form(later)},
				{Stage: attribution.SAL, At: form(earlier)},
				{Stage: attribution.Opportunity, At: form(later)},
			},
			Conversions: []attribution.Conversion{{ID: "c2", At: form(later), Revenue: 100}, {ID: "c1", At: form(earlier), Revenue: 100},
				{ID: "c1", At: form(again), Revenue: 100}},
		}
	}
	for _, m := range models() {
		want := book(t, []attribution.Journey{journey(stored)}, m)
		got := book(t, []attribution.Journey{journey(live)}, m)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", m.Name(), diff)
		}
		o := attribution.Options{AsOf: earlier}
		if diff := cmp.Diff(attribution.Report(want, attribution.Options{AsOf: stored(earlier)}), attribution.Report(got, o)); diff != "" {
			t.Errorf("%s: %s", m.Name(), diff)
		}
		suppressed := journey(live)
		suppressed.Suppressed = earlier
		for _, e := range book(t, []attribution.Journey{suppressed}, m).Entries {
			if e.Touch == "t0" || e.Touch == "t2" {
				t.Errorf("%s: touch %s came after the suppression", m.Name(), e.Touch)
			}
		}
		open := journey(live)
		open.Conversions = nil
		if _, err := m.Credit(open); err != nil {
			t.Error(err)
		}
	}
}

func TestOrigins(t *testing.T) {
	const m, s = attribution.Marketing, attribution.Sales
	for _, c := range []struct {
		line               string
		first, beforeSales attribution.Side
	}{
		{"1:a 2:€", m, m},
		{"2:€", "", ""},
		{"1:SALES 2:€", s, s},
		{"1:SALES 2:a 3:€", s, s},
		{"1:a 2:SALES 3:€", m, m},
		{"1:a 1:SALES 3:€", m, s}, // at the same instant is not before; the id decides which is first
		{"1:INTERNAL 1:AUTOMATED 2:a 3:€", m, m},
		{"1:INTERNAL 2:€", "", ""},
		{"1:STOP 2:a 3:SALES 4:€", s, s},
		{"1:a 1:STOP 4:€", m, m},
		{"1:LC 2:a 3:€", "", m}, // nothing had touched the lead when it was created
		{"2:LC 2:a 3:€", m, m},  // at that instant
		{"1:SAL 2:a 3:€", m, s}, // sales was at work before marketing
		{"2:SAL 2:a 3:€", m, s}, //
		{"2:OC 1:a 3:€", m, m},  //
		{"1:OC 2:a 3:€", m, s},  //
		{"2:OC 1:SAL 2:a 3:€", m, s},
		{"3:SAL 1:SALES 2:a 3:€", s, s},
		{"1:SALES 2:a 3:SALES 4:€", s, s}, // the first of the sales activities
		{"2:a 3:€ 4:SALES 5:SAL 1:MQL 1:WON", m, m},
		{"2:€ 3:a", "", ""},
		{"2:€ 3:SAL 3:SALES", "", ""},
	} {
		j := timeline(c.line)
		j.Source = attribution.Internal
		got := book(t, []attribution.Journey{j}, attribution.Linear).Deals[0].Origins
		want := attribution.Origins{FirstTouch: c.first, SourceField: attribution.Internal, BeforeSales: c.beforeSales}
		if got != want {
			t.Errorf("%q: got %+v, want %+v", c.line, got, want)
		}
		if got.By(attribution.OriginFirstTouch) != want.FirstTouch || got.By(attribution.OriginSourceField) != want.SourceField ||
			got.By(attribution.OriginBeforeSales) != want.BeforeSales {
			t.Errorf("%q: By does not answer by definition", c.line)
		}
	}
}

func TestOriginsAgree(t *testing.T) {
	const m, s = attribution.Marketing, attribution.Sales
	for _, c := range []struct {
		origins attribution.Origins
		want    bool
	}{
		{attribution.Origins{FirstTouch: m, SourceField: m, BeforeSales: m}, true},
		{attribution.Origins{FirstTouch: s, SourceField: "", BeforeSales: s}, true}, // not marketing, all of them
		{attribution.Origins{FirstTouch: s, SourceField: m, BeforeSales: m}, false},
		{attribution.Origins{FirstTouch: m, SourceField: s, BeforeSales: m}, false},
		{attribution.Origins{FirstTouch: m, SourceField: m, BeforeSales: ""}, false},
	} {
		if got := c.origins.Agree(); got != c.want {
			t.Errorf("%+v: got %v", c.origins, got)
		}
	}
}

// Equal remainders go to the earlier touch, also where the touches' weights differ: the shares, which are rounded, must
// not decide.
func TestTiesForTheLastCent(t *testing.T) {
	for _, c := range []struct {
		model   attribution.Model
		line    string
		revenue int64
		want    []int64
	}{
		{attribution.WShaped, "1:a 2:b 2:LC 3:c 3:OC 4:d 5:€", 5, []int64{2, 2, 1, 0}},
		{attribution.PositionBased, "1:a 2:b 3:c 4:d 5:e 6:€", 6, []int64{3, 1, 0, 0, 2}},
		{attribution.Linear, "1:a 2:b 3:c 4:€", 5, []int64{2, 2, 1}},
	} {
		j := timeline(c.line)
		j.Conversions[0].Revenue = c.revenue
		ledger, err := attribution.Book([]attribution.Journey{j}, c.model)
		if err != nil {
			t.Fatal(err)
		}
		var got []int64
		for _, e := range ledger.Entries {
			got = append(got, e.Amount)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s of %d: %s", c.model.Name(), c.revenue, diff)
		}
	}
}
