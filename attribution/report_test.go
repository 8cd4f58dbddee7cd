package attribution_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/leadloop/leadloop/attribution"
)

// TestStatement is a report worked out by hand: two deals and an open journey, linear.
func TestStatement(t *testing.T) {
	won := timeline("1:a 2:LC 3:b 4:SALES 5:OC 6:€ 7:a") // a 5000, b 5000; the last touch came too late
	won.ID, won.Source = "won", attribution.Sales
	won.Touches[0].Campaign, won.Touches[0].Cost, won.Touches[1].Cost, won.Touches[2].Cost = "spring", 7, 20, 1000
	open := timeline("1:a 1:LC 2:MQL")
	open.ID, open.Touches[0].Cost = "open", 3
	cold := timeline("3:INTERNAL 5:€ 5:OC")
	cold.ID, cold.Conversions[0].Revenue = "cold", 50_00
	ledger := book(t, []attribution.Journey{open, won, cold}, attribution.Linear)

	half := attribution.Count{Part: attribution.One / 2}
	// Two journeys began with channel a: the open one, without a campaign, and the one that was won, by campaign spring.
	stages := func(cost, created, mql, opportunity int64) (all []attribution.StageCost) {
		for _, s := range []struct {
			stage    attribution.Stage
			journeys int64
		}{{attribution.LeadCreated, created}, {attribution.MQL, mql}, {attribution.SAL, 0}, {attribution.SQL, 0}, {attribution.Opportunity, opportunity}, {attribution.Won, 0}} {
			all = append(all, attribution.StageCost{Stage: s.stage, Journeys: s.journeys, Cost: attribution.Ratio{Numerator: cost, Denominator: s.journeys}})
		}
		return all
	}
	want := attribution.Statement{
		Model: "linear", Origin: attribution.OriginFirstTouch,
		Conversions: 2, Revenue: 150_00, Customers: 2, Attributed: 100_00, Unattributed: 50_00, UnattributedConversions: 1,
		Sourced:    attribution.Ratio{Numerator: 100_00, Denominator: 150_00},
		Influenced: attribution.Ratio{Numerator: 100_00, Denominator: 150_00},
		Origins: []attribution.OriginRevenue{
			{Origin: attribution.OriginFirstTouch, Marketing: 100_00, Unknown: 50_00},
			{Origin: attribution.OriginSourceField, Other: 100_00, Unknown: 50_00},
			{Origin: attribution.OriginBeforeSales, Marketing: 100_00, Other: 50_00},
		},
		Gap:     attribution.Ratio{Numerator: 100_00, Denominator: 150_00},
		Touches: 4, Cost: 30, OtherTouches: 2, OtherCost: 1000,
		Stages: stages(30, 2, 1, 2),
		Channels: []attribution.Channel{
			{Name: "a", Figures: attribution.Figures{Revenue: 50_00, Conversions: half, Touches: 3, Cost: 10, Sourced: 100_00, Influenced: 100_00},
				Stages: stages(10, 2, 1, 1),
				Campaigns: []attribution.Campaign{
					{Name: "", Figures: attribution.Figures{Touches: 2, Cost: 3}, Stages: stages(3, 1, 1, 0)},
					{Name: "spring", Figures: attribution.Figures{Revenue: 50_00, Conversions: half, Touches: 1, Cost: 7, Sourced: 100_00, Influenced: 100_00}, Stages: stages(7, 1, 0, 1)},
				}},
			{Name: "b", Figures: attribution.Figures{Revenue: 50_00, Conversions: half, Touches: 1, Cost: 20, Influenced: 100_00}, Stages: stages(20, 0, 0, 0),
				Campaigns: []attribution.Campaign{{Figures: attribution.Figures{Revenue: 50_00, Conversions: half, Touches: 1, Cost: 20, Influenced: 100_00}, Stages: stages(20, 0, 0, 0)}}},
		},
	}
	got := attribution.Report(ledger, attribution.Options{})
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if r := got.ROAS(); r != (attribution.Ratio{Numerator: 100_00, Denominator: 30}) {
		t.Errorf("ROAS %v", r)
	}
	if r := got.Share(got.Channels[0].Sourced); r != (attribution.Ratio{Numerator: 100_00, Denominator: 150_00}) {
		t.Errorf("share %v", r)
	}
	if s := attribution.Report(ledger, attribution.Options{Origin: attribution.OriginSourceField}); s.Sourced.Numerator != 0 || s.Channels[0].Sourced != 0 {
		t.Errorf("by the source field sales found all, not %v", s.Sourced)
	}
	if gaps := ledger.Gaps(); len(gaps) != 1 || gaps[0].Journey != "won" {
		t.Errorf("gaps %+v", gaps)
	}
	if e := ledger.Touches(""); len(e) != 1 || e[0].Journey != "cold" {
		t.Errorf("unattributed entries %+v", e)
	}
	// On the day of the conversion it counts; an instant earlier it does not.
	if s := attribution.Report(ledger, attribution.Options{AsOf: day(6)}); s.Conversions != 2 || s.Touches != 3 {
		t.Errorf("as of the 6th: %+v", s)
	}
	if s := attribution.Report(ledger, attribution.Options{AsOf: day(6).Add(-1)}); s.Conversions != 1 || s.Revenue != 50_00 {
		t.Errorf("before the 6th: %+v", s)
	}
}

func TestNoDataIsUndefined(t *testing.T) {
	s := attribution.Report(attribution.Ledger{}, attribution.Options{})
	for _, r := range []attribution.Ratio{s.Sourced, s.Influenced, s.Gap, s.ROAS(), s.Share(0), s.Stages[0].Cost} {
		if q, ok := r.Float64(); ok || q != 0 || r.Defined() || r.String() != "undefined (0/0)" {
			t.Errorf("got %v, want undefined", r)
		}
	}
	if s.Channels == nil {
		t.Error("no channels must be [] in JSON, not null")
	}
}

// TestReportOfAnyLedger reports what was not made by Book.
func TestReportOfAnyLedger(t *testing.T) {
	s := attribution.Report(attribution.Ledger{
		Deals:   []attribution.Deal{{Journey: "j", Conversion: "c", Revenue: 5}},
		Entries: []attribution.Entry{{Journey: "j", Conversion: "c", Touch: "t", Channel: "a", Share: attribution.One, Amount: 5}, {Journey: "k", Touch: "t", Channel: "b", Amount: 9}},
		Reached: []attribution.Reached{{Journey: "j", Stage: "elsewhere"}},
	}, attribution.Options{})
	if s.Revenue != 5 || len(s.Channels) != 1 || s.Channels[0].Conversions != (attribution.Count{Whole: 1}) {
		t.Errorf("got %+v", s)
	}
}

// TestReportOfStoredRows reads a ledger back as a database may give it: the rows of each table in any order.
func TestReportOfStoredRows(t *testing.T) {
	r := random(10)
	for range 20 {
		journeys := randomJourneys(r, 30)
		o := options(r)
		for _, m := range models() {
			l := book(t, journeys, m)
			want := attribution.Report(l, o)
			stored := attribution.Ledger{Model: l.Model, Deals: shuffle(r, l.Deals), Entries: shuffle(r, l.Entries),
				Participation: l.Participation, Refunds: shuffle(r, l.Refunds), Pipeline: shuffle(r, l.Pipeline), Spend: shuffle(r, l.Spend), Reached: shuffle(r, l.Reached)}
			before := append([]attribution.Entry(nil), stored.Entries...)
			got := attribution.Report(stored, o)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("%s: %s", m.Name(), diff)
			}
			if !reflect.DeepEqual(before, stored.Entries) {
				t.Fatal("Report has changed the caller's rows")
			}
		}
	}
}

func TestLedgerAndStatementAsJSON(t *testing.T) {
	ledger := book(t, []attribution.Journey{acme, globex}, attribution.WShaped)
	for _, c := range []struct{ value, empty any }{
		{&ledger, &attribution.Ledger{}},
		{ptr(attribution.Report(ledger, attribution.Options{AsOf: day(30), Origin: attribution.OriginBeforeSales})), &attribution.Statement{}},
		{&acme, &attribution.Journey{}},
	} {
		data, err := json.Marshal(c.value)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(data, c.empty); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(c.value, c.empty) {
			t.Errorf("%s: reads back as %+v", data, c.empty)
		}
	}
	var o attribution.Origin
	if err := json.Unmarshal([]byte(`"elsewhere"`), &o); !errors.Is(err, attribution.ErrUnknown) {
		t.Errorf("got %v", err)
	}
}

func ptr[T any](v T) *T { return &v }

func TestNumbersAsText(t *testing.T) {
	for got, want := range map[string]string{
		attribution.Share(0).String():                                        "0.00 %",
		(attribution.One / 3).String():                                       "33.33 %",
		attribution.One.String():                                             "100.00 %",
		attribution.Count{Whole: 12, Part: attribution.One / 4}.String():     "12.25",
		attribution.Ratio{Numerator: 1, Denominator: 4}.String():             "0.250 (1/4)",
		attribution.Ratio{Numerator: 30}.String():                            "undefined (30/0)",
		attribution.TimeDecay(36 * time.Hour).Name():                         "time-decay 36h0m0s",
		attribution.TimeDecay(7 * hours24).Within(90 * hours24).Name():       "time-decay 7d within 90d",
		attribution.PositionBased.Name() + " " + attribution.WShaped.Name():  "position-based w-shaped",
		attribution.First.Name() + attribution.Last.Within(time.Hour).Name(): "firstlast within 1h0m0s",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestCountAdds(t *testing.T) {
	third := attribution.Count{Part: attribution.One / 3}
	sum := third.Add(third).Add(third).Add(attribution.Count{Part: 1})
	if sum != (attribution.Count{Whole: 1}) { // 3·⌊2⁶²/3⌋ + 1 = 2⁶²
		t.Errorf("got %+v", sum)
	}
	whole := attribution.Count{Part: attribution.One}
	if sum := whole.Add(whole); sum != (attribution.Count{Whole: 2}) {
		t.Errorf("two whole conversions: got %+v", sum)
	}
	most := attribution.Count{Whole: 5, Part: attribution.One - 1}
	if sum := most.Add(most); sum != (attribution.Count{Whole: 11, Part: attribution.One - 2}) {
		t.Errorf("the greatest parts: got %+v", sum)
	}
}

func TestConversionsOfOneInstantStandByID(t *testing.T) {
	j := attribution.Journey{ID: "j", Touches: []attribution.Touch{{ID: "t", Channel: "a", At: day(1)}}}
	for i := range 100 {
		j.Conversions = append(j.Conversions, attribution.Conversion{ID: fmt.Sprintf("c%03d", (i*37)%100), At: day(2).AddDate(0, 0, i%2)})
	}
	deals := book(t, []attribution.Journey{j}, attribution.Linear).Deals
	for i := 1; i < len(deals); i++ {
		a, b := deals[i-1], deals[i]
		if a.At.After(b.At) || a.At.Equal(b.At) && a.Conversion >= b.Conversion {
			t.Errorf("%v stands before %v", a, b)
		}
	}
}

// TestTimesHaveOneForm compares with ==: neither a zone nor a monotonic reading may be left.
func TestTimesHaveOneForm(t *testing.T) {
	at := time.Now().In(time.FixedZone("", 3600))
	j := attribution.Journey{ID: "j",
		Touches:     []attribution.Touch{{ID: "t", Channel: "a", At: at}},
		Milestones:  []attribution.Milestone{{Stage: attribution.Won, At: at}},
		Conversions: []attribution.Conversion{{ID: "c", At: at}}}
	l := book(t, []attribution.Journey{j}, attribution.Linear)
	want := time.Unix(0, at.UnixNano()).UTC()
	s := attribution.Report(l, attribution.Options{AsOf: at})
	for _, got := range []time.Time{l.Deals[0].At, l.Entries[0].At, l.Spend[0].At, l.Reached[0].At, s.AsOf} {
		if got != want {
			t.Errorf("got %#v, want %#v", got, want)
		}
	}
}

// TestSourcedWithoutTouch counts a deal that the source field gives to marketing, which never touched it, to no channel.
func TestSourcedWithoutTouch(t *testing.T) {
	j := globex
	j.Source = attribution.Marketing
	s := attribution.Report(book(t, []attribution.Journey{j}, attribution.Linear), attribution.Options{Origin: attribution.OriginSourceField})
	if s.Sourced.Numerator != 40_000 || len(s.Channels) != 0 || s.Influenced.Numerator != 0 {
		t.Errorf("got %+v", s)
	}
}

func TestTallyKeepsItsModels(t *testing.T) {
	models := []attribution.Model{attribution.First}
	tally, err := attribution.NewTally(attribution.Options{}, models...)
	if err != nil {
		t.Fatal(err)
	}
	models[0] = attribution.Last
	if got := tally.Result()[0].Model; got != "first" {
		t.Errorf("got %s", got)
	}
}

// TestTallyAddAllocatesNothing holds for channels that it has seen, however many journeys come.
func TestTallyAddAllocatesNothing(t *testing.T) {
	journeys := benchJourneys(4000)
	tally, err := attribution.NewTally(attribution.Options{}, attribution.WShaped, attribution.TimeDecay(hours24))
	if err != nil {
		t.Fatal(err)
	}
	for i := range journeys {
		j := &journeys[i]
		if len(j.Touches) > 12 { // longer ones may allocate while they are sorted and apportioned
			j.Touches = j.Touches[:12]
		}
		j.Conversions = []attribution.Conversion{{ID: j.ID, At: day(60), Revenue: 100}}
	}
	for i := range journeys[:2000] { // buffers and channels grow to their size
		if err := tally.Add(journeys[i]); err != nil {
			t.Fatal(err)
		}
	}
	i := 2000
	allocations := testing.AllocsPerRun(1, func() { // a warm-up run, then one that counts
		for range 1000 {
			if err := tally.Add(journeys[i]); err != nil {
				t.Fatal(err)
			}
			i++
		}
	})
	if allocations != 0 {
		t.Errorf("%v allocations in 1,000 journeys", allocations)
	}
}
