package attribution_test

import (
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"strings"
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
	want := attribution.Statement{
		Model: "linear", Origin: attribution.OriginFirstTouch,
		Conversions: 2, Revenue: 150_00, Attributed: 100_00, Unattributed: 50_00, UnattributedConversions: 1,
		Sourced:    attribution.Ratio{Numerator: 100_00, Denominator: 150_00},
		Influenced: attribution.Ratio{Numerator: 100_00, Denominator: 150_00},
		Origins: []attribution.OriginRevenue{
			{Origin: attribution.OriginFirstTouch, Marketing: 100_00, Unknown: 50_00},
			{Origin: attribution.OriginSourceField, Other: 100_00, Unknown: 50_00},
			{Origin: attribution.OriginBeforeSales, Marketing: 100_00, Other: 50_00},
		},
		Gap:     attribution.Ratio{Numerator: 100_00, Denominator: 150_00},
		Touches: 4, Cost: 30, OtherTouches: 2, OtherCost: 1000,
		Stages: []attribution.StageCost{
			{Stage: attribution.LeadCreated, Journeys: 2, Cost: attribution.Ratio{Numerator: 30, Denominator: 2}},
			{Stage: attribution.MQL, Journeys: 1, Cost: attribution.Ratio{Numerator: 30, Denominator: 1}},
			{Stage: attribution.SAL, Cost: attribution.Ratio{Numerator: 30}},
			{Stage: attribution.Opportunity, Journeys: 2, Cost: attribution.Ratio{Numerator: 30, Denominator: 2}},
			{Stage: attribution.Won, Cost: attribution.Ratio{Numerator: 30}},
		},
		Channels: []attribution.Channel{
			{Name: "a", Figures: attribution.Figures{Revenue: 50_00, Conversions: half, Touches: 3, Cost: 10, Sourced: 100_00, Influenced: 100_00},
				Campaigns: []attribution.Campaign{
					{Name: "", Figures: attribution.Figures{Touches: 2, Cost: 3}},
					{Name: "spring", Figures: attribution.Figures{Revenue: 50_00, Conversions: half, Touches: 1, Cost: 7, Sourced: 100_00, Influenced: 100_00}},
				}},
			{Name: "b", Figures: attribution.Figures{Revenue: 50_00, Conversions: half, Touches: 1, Cost: 20, Influenced: 100_00},
				Campaigns: []attribution.Campaign{{Figures: attribution.Figures{Revenue: 50_00, Conversions: half, Touches: 1, Cost: 20, Influenced: 100_00}}}},
		},
	}
	got := attribution.Report(ledger, attribution.Options{})
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(attribution.Origin{})); diff != "" {
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
}

func TestJourneyErrors(t *testing.T) {
	at := day(1)
	broken := attribution.Journey{
		Source: "partner",
		Touches: []attribution.Touch{
			{},
			{ID: "t", Channel: "a", At: at, Cost: -1, Side: "they"},
			{ID: "t", Channel: "a", At: at, Cost: -1, Side: "they"},
			{ID: "t", Channel: "b", At: at},
		},
		Milestones:  []attribution.Milestone{{Stage: "mql", At: at}, {Stage: "met"}},
		Conversions: []attribution.Conversion{{}, {ID: "c", At: at, Revenue: -5}, {ID: "c", At: at}},
	}
	want := []struct {
		path string
		err  error
	}{
		{"id", attribution.ErrMissing},
		{"source", attribution.ErrUnknown},
		{"touches[0].id", attribution.ErrMissing},
		{"touches[0].channel", attribution.ErrMissing},
		{"touches[0].at", attribution.ErrMissing},
		{"touches[1].cost", attribution.ErrNegative},
		{"touches[1].side", attribution.ErrUnknown},
		{"touches[2].cost", attribution.ErrNegative},
		{"touches[2].side", attribution.ErrUnknown},
		{"milestones[1].stage", attribution.ErrUnknown},
		{"milestones[1].at", attribution.ErrMissing},
		{"conversions[0].id", attribution.ErrMissing},
		{"conversions[0].at", attribution.ErrMissing},
		{"conversions[1].revenue", attribution.ErrNegative},
		{"touches[3].id", attribution.ErrConflict},
		{"conversions[2].id", attribution.ErrConflict},
	}
	check := func(err error, index int) {
		t.Helper()
		joined, ok := err.(interface{ Unwrap() []error })
		if !ok {
			t.Fatalf("got %v, want joined errors", err)
		}
		var got []error
		for _, e := range joined.Unwrap() {
			if inner, ok := e.(interface{ Unwrap() []error }); ok {
				got = append(got, inner.Unwrap()...)
			} else {
				got = append(got, e)
			}
		}
		if len(got) != len(want) {
			t.Fatalf("got %d errors, want %d: %v", len(got), len(want), err)
		}
		for i, w := range want {
			var e *attribution.Error
			if !errors.As(got[i], &e) || e.Path != w.path || !errors.Is(e, w.err) || e.Index != index || e.Advice == "" {
				t.Errorf("error %d: got %v, want %s: %v", i, got[i], w.path, w.err)
			}
			if text := got[i].Error(); strings.Contains(text, "they") || strings.Contains(text, "partner") || strings.Contains(text, "-5") {
				t.Errorf("the text shows a value: %s", text)
			}
		}
	}
	check(broken.Validate(), -1)
	_, err := attribution.Linear.Credit(broken)
	check(err, -1)
	_, err = attribution.Book([]attribution.Journey{acme, broken}, attribution.Linear)
	check(err, 1)
	_, err = attribution.Compare([]attribution.Journey{acme, broken}, attribution.Options{}, attribution.Linear)
	check(err, 1)

	tally, err := attribution.NewTally(attribution.Options{}, attribution.Linear)
	if err != nil {
		t.Fatal(err)
	}
	check(tally.Add(broken), -1)
	if s := tally.Result()[0]; s.Touches != 0 || s.Revenue != 0 {
		t.Errorf("a refused journey left %+v behind", s)
	}
	if err := acme.Validate(); err != nil {
		t.Error(err)
	}
	if err := (&attribution.Error{Index: -1, Journey: "j", Path: "id", Err: attribution.ErrMissing, Advice: "give one"}).Error(); err != `journey "j" id: missing: give one` {
		t.Error(err)
	}
}

func TestConflictingRows(t *testing.T) {
	base := acme.Touches[0]
	for name, change := range map[string]func(*attribution.Touch){
		"channel":  func(x *attribution.Touch) { x.Channel = "other" },
		"campaign": func(x *attribution.Touch) { x.Campaign = "other" },
		"at":       func(x *attribution.Touch) { x.At = x.At.Add(1) },
		"cost":     func(x *attribution.Touch) { x.Cost++ },
		"contact":  func(x *attribution.Touch) { x.Contact = "other" },
		"side":     func(x *attribution.Touch) { x.Side = attribution.Sales },
	} {
		other := base
		change(&other)
		j := attribution.Journey{ID: "j", Touches: []attribution.Touch{base, other}}
		if err := j.Validate(); !errors.Is(err, attribution.ErrConflict) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	for name, other := range map[string]attribution.Conversion{
		"at":      {ID: "c", At: day(2), Revenue: 1},
		"revenue": {ID: "c", At: day(1), Revenue: 2},
	} {
		j := attribution.Journey{ID: "j", Conversions: []attribution.Conversion{{ID: "c", At: day(1), Revenue: 1}, other}}
		if err := j.Validate(); !errors.Is(err, attribution.ErrConflict) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestJourneyTwice(t *testing.T) {
	journeys := []attribution.Journey{acme, globex, acme}
	_, bookErr := attribution.Book(journeys, attribution.Linear)
	_, compareErr := attribution.Compare(journeys, attribution.Options{}, attribution.Linear)
	for _, err := range []error{bookErr, compareErr} {
		var e *attribution.Error
		if !errors.As(err, &e) || e.Index != 2 || e.Path != "id" || !errors.Is(err, attribution.ErrConflict) {
			t.Errorf("got %v", err)
		}
	}
}

func TestNoValidTouch(t *testing.T) {
	for _, line := range []string{"", "1:SALES 2:€", "2:€ 3:a"} {
		if credit, err := attribution.Linear.Credit(timeline(line)); !errors.Is(err, attribution.ErrNoTouch) || credit != nil {
			t.Errorf("%q: got %v, %v", line, credit, err)
		}
	}
}

func TestInvalidModels(t *testing.T) {
	for _, m := range []attribution.Model{{}, attribution.TimeDecay(0), attribution.TimeDecay(-1), attribution.Linear.Within(0), attribution.Last.Within(-1)} {
		if err := m.Validate(); !errors.Is(err, attribution.ErrModel) {
			t.Errorf("%q: got %v", m.Name(), err)
		}
		if _, err := m.Credit(acme); !errors.Is(err, attribution.ErrModel) {
			t.Errorf("%q: Credit: got %v", m.Name(), err)
		}
		if _, err := attribution.Book(nil, m); !errors.Is(err, attribution.ErrModel) {
			t.Errorf("%q: Book: got %v", m.Name(), err)
		}
		if _, err := attribution.Compare(nil, attribution.Options{}, attribution.First, m); !errors.Is(err, attribution.ErrModel) {
			t.Errorf("%q: Compare: got %v", m.Name(), err)
		}
	}
	for _, m := range append(models(), attribution.TimeDecay(1), attribution.Linear.Within(1), attribution.Linear.Within(math.MaxInt64)) {
		if err := m.Validate(); err != nil {
			t.Error(err)
		}
	}
	if _, err := attribution.NewTally(attribution.Options{}); !errors.Is(err, attribution.ErrModel) {
		t.Errorf("no model: got %v", err)
	}
	if _, err := attribution.NewTally(attribution.Options{}, attribution.First, attribution.Last, attribution.First); !errors.Is(err, attribution.ErrModel) {
		t.Errorf("a model twice: got %v", err)
	}
}

func TestIncompatibleTallies(t *testing.T) {
	make := func(o attribution.Options, models ...attribution.Model) *attribution.Tally {
		tally, err := attribution.NewTally(o, models...)
		if err != nil {
			t.Fatal(err)
		}
		return tally
	}
	base := make(attribution.Options{AsOf: day(1)}, attribution.First, attribution.Last)
	for _, other := range []*attribution.Tally{
		make(attribution.Options{AsOf: day(1)}, attribution.First),
		make(attribution.Options{AsOf: day(1)}, attribution.Last, attribution.First),
		make(attribution.Options{AsOf: day(2)}, attribution.First, attribution.Last),
		make(attribution.Options{AsOf: day(1), Origin: attribution.OriginBeforeSales}, attribution.First, attribution.Last),
		make(attribution.Options{AsOf: day(1)}, attribution.First, attribution.Last.Within(time.Hour)),
	} {
		if err := base.Merge(other); !errors.Is(err, attribution.ErrIncompatible) {
			t.Errorf("got %v", err)
		}
	}
	elsewhere := make(attribution.Options{AsOf: day(1).In(time.FixedZone("", 3600))}, attribution.First, attribution.Last)
	if err := base.Merge(elsewhere); err != nil { // the same instant
		t.Error(err)
	}
}

func TestSumsThatDoNotFit(t *testing.T) {
	rich := attribution.Journey{ID: "rich", Conversions: []attribution.Conversion{{ID: "c", At: day(1), Revenue: math.MaxInt64 - 10}}}
	dear := attribution.Journey{ID: "dear", Touches: []attribution.Touch{{ID: "t", Channel: "a", At: day(1), Cost: math.MaxInt64 - 10}}}
	ten := attribution.Journey{ID: "ten", Conversions: []attribution.Conversion{{ID: "c", At: day(1), Revenue: 10}},
		Touches: []attribution.Touch{{ID: "t", Channel: "a", At: day(1), Cost: 10}}}
	eleven := timeline("1:a 1:€")
	eleven.Conversions[0].Revenue, eleven.Touches[0].Cost = 11, 11

	if s := attribution.Report(book(t, []attribution.Journey{rich, dear, ten}, attribution.Linear), attribution.Options{}); s.Revenue != math.MaxInt64 || s.Cost != math.MaxInt64 {
		t.Errorf("what fits must be summed: %+v", s)
	}
	for path, big := range map[string]attribution.Journey{"conversions": rich, "touches": dear} {
		_, err := attribution.Book([]attribution.Journey{eleven, big}, attribution.Linear)
		if e := (*attribution.Error)(nil); !errors.As(err, &e) || !errors.Is(err, attribution.ErrOverflow) || e.Path != path {
			t.Errorf("Book: got %v", err)
		}
		if _, err := attribution.Compare([]attribution.Journey{big, eleven}, attribution.Options{}, attribution.Linear); !errors.Is(err, attribution.ErrOverflow) {
			t.Errorf("Compare: got %v", err)
		}
		sum, err := attribution.NewTally(attribution.Options{}, attribution.Linear)
		if err != nil {
			t.Fatal(err)
		}
		other, err := attribution.NewTally(attribution.Options{}, attribution.Linear)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(sum.Add(big), other.Add(eleven)); err != nil {
			t.Fatal(err)
		}
		before := sum.Result()
		if err := sum.Add(eleven); !errors.Is(err, attribution.ErrOverflow) {
			t.Errorf("Add: got %v", err)
		}
		if err := sum.Merge(other); !errors.Is(err, attribution.ErrOverflow) {
			t.Errorf("Merge: got %v", err)
		}
		if !reflect.DeepEqual(before, sum.Result()) {
			t.Error("a refused journey changed the tally")
		}
	}
}
