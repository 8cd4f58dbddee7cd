package attribution_test

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/leadloop/leadloop/attribution"
)

// described writes paths as "a>b 1/10000/0", in their order.
func described(channels *attribution.Channels, paths iter.Seq[attribution.Path]) string {
	var all []string
	for p := range paths {
		var names []string
		for _, n := range p.Channels {
			names = append(names, channels.Name(n))
		}
		all = append(all, fmt.Sprintf("%s %d/%d/%d", strings.Join(names, ">"), p.Counts.Conversions, p.Counts.Value, p.Counts.Nulls))
	}
	return strings.Join(all, ", ")
}

func TestPathsOfJourneys(t *testing.T) {
	refunded := timeline("1:a 2:b 3:€")
	refunded.Conversions[0].Refunds = []attribution.Refund{{ID: "r", At: day(4), Amount: 30_00}, {ID: "s", At: day(5), Amount: 7}}
	for _, c := range []struct {
		journey  attribution.Journey
		lookback time.Duration
		want     string
	}{
		{timeline("1:a 2:b 3:€"), 0, "a>b 1/10000/0"},
		{refunded, 0, "a>b 1/6993/0"},
		{timeline("1:a 2:b 3:a"), 0, "a>b>a 0/0/1"},
		{timeline("1:a 2:€ 3:b 4:€ 5:c"), 0, "a 1/10000/0, a>b 1/10000/0"},
		{timeline("1:a 3:b 4:€"), 2 * hours24, "b 1/10000/0"},
		{timeline("1:a 9:€"), 2 * hours24, " 1/10000/0"},
		{timeline("1:a 3:b 9:MQL"), 7 * hours24, "b 0/0/1"}, // open: as if it converted at the milestone
		{timeline("1:SALES 2:a 3:INTERNAL 4:STOP 5:b 6:€"), 0, "a 1/10000/0"},
		{timeline(""), 0, " 0/0/1"},
	} {
		var channels attribution.Channels
		reader, err := attribution.NewJourneyPaths(&channels, c.lookback, time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		for range 2 { // the second time in used buffers
			paths, err := reader.Of(c.journey)
			if got := described(&channels, paths); err != nil || got != c.want {
				t.Errorf("%+v: got %s, %v; want %s", c.journey, got, err, c.want)
			}
		}
	}
}

// The paths of random journeys are those that the linear model credits, which has entries for all of them.
func TestPathsOfJourneysAreThoseOfTheLedger(t *testing.T) {
	r := random(31)
	conversions := 0
	for _, lookback := range []time.Duration{0, 4 * hours24} {
		model := attribution.Linear
		if lookback > 0 {
			model = model.Within(lookback)
		}
		var channels attribution.Channels
		reader, err := attribution.NewJourneyPaths(&channels, lookback, time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		for id := range 1500 {
			j := randomJourney(r, id)
			ledger := book(t, []attribution.Journey{j}, model)
			paths, err := reader.Of(j)
			if err != nil {
				t.Fatal(err)
			}
			var got []attribution.Path
			for p := range paths {
				got = append(got, attribution.Path{Channels: slices.Clone(p.Channels), Counts: p.Counts})
				clear(p.Channels) // is the caller's
			}
			if len(ledger.Deals) == 0 {
				if len(got) != 1 || got[0].Counts != (attribution.Counts{Nulls: 1}) {
					t.Fatalf("%+v: %v", j, got)
				}
				continue
			}
			var want []attribution.Path
			for _, d := range ledger.Deals {
				p := attribution.Path{Counts: attribution.Counts{Conversions: 1}}
				for _, e := range ledger.DealTouches(d.Journey, d.Conversion) {
					p.Counts.Value += e.Amount
					if e.Refund == "" && e.Touch != "" {
						n, err := channels.Number([]byte(e.Channel))
						if err != nil {
							t.Fatal(err)
						}
						p.Channels = append(p.Channels, n)
					}
				}
				want = append(want, p)
				conversions++
			}
			same := func(a, b attribution.Path) bool { return a.Counts == b.Counts && slices.Equal(a.Channels, b.Channels) }
			if !slices.EqualFunc(got, want, same) {
				t.Fatalf("%+v: got %v, want %v", j, got, want)
			}
		}
	}
	if conversions < 1500 {
		t.Errorf("only %d conversions", conversions)
	}
}

func TestPathsOfJourneysRefuse(t *testing.T) {
	var channels attribution.Channels
	if _, err := attribution.NewJourneyPaths(&channels, -1, time.Time{}); !errors.Is(err, attribution.ErrModel) {
		t.Errorf("a negative lookback: %v", err)
	}
	for i := range attribution.MaxChannels {
		if _, err := channels.Number(fmt.Append(nil, i)); err != nil {
			t.Fatal(err)
		}
	}
	reader, err := attribution.NewJourneyPaths(&channels, 0, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"1:a", "1:a 2:€"} {
		if paths, err := reader.Of(timeline(line)); !errors.Is(err, attribution.ErrChannels) || described(&channels, paths) != "" {
			t.Errorf("%s: %v", line, err)
		}
	}
	bad := timeline("1:a")
	bad.Touches[0].ID = ""
	if _, err := reader.Of(bad); !errors.Is(err, attribution.ErrMissing) {
		t.Errorf("a touch without an id: %v", err)
	}
}
