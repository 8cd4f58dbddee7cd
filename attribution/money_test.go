package attribution_test

import (
	"encoding/json"
	"errors"
	"math"
	"math/big"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/leadloop/leadloop/attribution"
)

// A refund of a third leaves 66.67 of 100.00 by largest remainder, and what is taken back leads from one to the other.
func TestRefundToTheCent(t *testing.T) {
	j := timeline("1:a 2:b 3:c 4:€")
	j.Conversions[0].Refunds = []attribution.Refund{{ID: "r1", At: day(5), Amount: 33_33}, {ID: "r2", At: day(6), Amount: 66_67}}
	ledger := book(t, []attribution.Journey{j}, attribution.Linear)
	// 10000 = 3334+3333+3333; 6667 = 2223+2222+2222; 0.
	want := []struct {
		refund, touch string
		amount        int64
	}{
		{"", "t00", 3334}, {"", "t01", 3333}, {"", "t02", 3333},
		{"r1", "t00", -1111}, {"r1", "t01", -1111}, {"r1", "t02", -1111},
		{"r2", "t00", -2223}, {"r2", "t01", -2222}, {"r2", "t02", -2222},
	}
	if len(ledger.Entries) != len(want) {
		t.Fatalf("got %+v", ledger.Entries)
	}
	for i, w := range want {
		if e := ledger.Entries[i]; e.Refund != w.refund || e.Touch != w.touch || e.Amount != w.amount {
			t.Errorf("entry %d is %+v, want %+v", i, e, w)
		}
	}
	for _, c := range []struct {
		asOf                         int
		revenue, refunded, influence int64
		a                            int64
	}{{4, 100_00, 0, 100_00, 3334}, {5, 66_67, 33_33, 66_67, 2223}, {6, 0, 100_00, 0, 0}} {
		s := attribution.Report(ledger, attribution.Options{AsOf: day(c.asOf)})
		if s.Revenue != c.revenue || s.Refunded != c.refunded || s.Influenced.Numerator != c.influence || s.Channels[0].Revenue != c.a || s.Conversions != 1 || s.Customers != 1 {
			t.Errorf("as of day %d: %+v", c.asOf, s)
		}
	}
}

// Refunds of what nobody earned come off what is unattributed; of what is sourced, off that.
func TestRefundOfUnattributed(t *testing.T) {
	j := timeline("1:a 2:€") // no milestone: lead creation credits nobody
	j.Conversions[0].Refunds = []attribution.Refund{{ID: "r", At: day(3), Amount: 40_00}}
	s := attribution.Report(book(t, []attribution.Journey{j}, attribution.LeadCreation), attribution.Options{})
	if s.Unattributed != 60_00 || s.Attributed != 0 || s.UnattributedConversions != 1 || s.Sourced.Numerator != 60_00 || s.Influenced.Numerator != 60_00 ||
		s.Channels[0].Influenced != 60_00 || s.Channels[0].Sourced != 60_00 || s.Channels[0].Revenue != 0 || s.Channels[0].Conversions != (attribution.Count{}) {
		t.Errorf("%+v", s)
	}
}

// Under participation a channel that was touched twice has its deal once, and refunds come off once.
func TestParticipationCountsADealOnce(t *testing.T) {
	j := timeline("1:a 2:b 3:a 4:€")
	j.Touches[0].Campaign = "spring"
	j.Conversions[0].Refunds = []attribution.Refund{{ID: "r", At: day(5), Amount: 10_00}}
	s := attribution.Report(book(t, []attribution.Journey{j}, attribution.Participation), attribution.Options{})
	if s.Revenue != 90_00 || s.Attributed != 90_00 {
		t.Errorf("%+v", s)
	}
	whole := attribution.Count{Whole: 1}
	for _, f := range []attribution.Figures{s.Channels[0].Figures, s.Channels[1].Figures, s.Channels[0].Campaigns[0].Figures, s.Channels[0].Campaigns[1].Figures} {
		if f.Revenue != 90_00 || f.Conversions != whole {
			t.Errorf("%+v", f)
		}
	}
}

func TestPipeline(t *testing.T) {
	j := timeline("1:a 2:b 4:c")
	j.Pipeline = []attribution.OpenDeal{
		{ID: "early", At: day(2), Amount: 101},                  // a, b
		{ID: "late", At: day(5), Closed: day(7), Amount: 300},   // a, b, c
		{ID: "cold", At: day(0), Closed: day(40), Amount: 1000}, // before any touch
	}
	ledger := book(t, []attribution.Journey{j}, attribution.Linear)
	for _, c := range []struct {
		asOf                int
		total, unattributed int64
		a, b, c             int64
	}{
		{1, 1000, 1000, 0, 0, 0},
		{2, 1101, 1000, 51, 50, 0},
		{5, 1401, 1000, 151, 150, 100},
		{7, 1101, 1000, 51, 50, 0}, // closed at the instant is closed
		{0, 1000, 1000, 0, 0, 0},
	} {
		s := attribution.Report(ledger, attribution.Options{AsOf: day(c.asOf)})
		var got [3]int64
		for _, channel := range s.Channels {
			got[channel.Name[0]-'a'] = channel.Pipeline
		}
		if s.Pipeline != c.total || s.UnattributedPipeline != c.unattributed || got != [3]int64{c.a, c.b, c.c} {
			t.Errorf("as of day %d: %+v", c.asOf, s)
		}
	}
	if s := attribution.Report(ledger, attribution.Options{}); s.Pipeline != 101 { // what was closed is closed
		t.Errorf("all that is known: %d", s.Pipeline)
	}
	s := attribution.Report(book(t, []attribution.Journey{j}, attribution.Participation), attribution.Options{AsOf: day(5)})
	if s.Pipeline != 1401 || s.Channels[0].Pipeline != 401 || s.Channels[2].Pipeline != 300 {
		t.Errorf("participation: %+v", s)
	}
}

func TestPipelineSumsByChannel(t *testing.T) {
	journeys := randomJourneys(random(12), 800)
	for _, m := range models() {
		if m == attribution.Participation {
			continue
		}
		s := attribution.Report(book(t, journeys, m), attribution.Options{AsOf: day(8)})
		sum := s.UnattributedPipeline
		for _, c := range s.Channels {
			var campaigns int64
			for _, p := range c.Campaigns {
				campaigns += p.Pipeline
			}
			if campaigns != c.Pipeline {
				t.Errorf("%s, %s: campaigns sum to %d of %d", m.Name(), c.Name, campaigns, c.Pipeline)
			}
			sum += c.Pipeline
		}
		if sum != s.Pipeline || sum == 0 {
			t.Errorf("%s: channels sum to %d of %d", m.Name(), sum, s.Pipeline)
		}
	}
}

// What a channel's stages count sums to those of the statement, less the journeys without a touch before the stage.
func TestStagesByChannel(t *testing.T) {
	journeys := randomJourneys(random(13), 800)
	ledger := book(t, journeys, attribution.Linear)
	s := attribution.Report(ledger, attribution.Options{})
	for i, all := range s.Stages {
		without := int64(0)
		for _, r := range ledger.Reached {
			if r.Stage == all.Stage && r.Channel == "" {
				without++
			}
		}
		sum := without
		for _, c := range s.Channels {
			var campaigns int64
			for _, p := range c.Campaigns {
				campaigns += p.Stages[i].Journeys
			}
			if got := c.Stages[i]; got.Journeys != campaigns || got.Cost != (attribution.Ratio{Numerator: c.Cost, Denominator: got.Journeys}) {
				t.Errorf("%s: %+v, campaigns %d", c.Name, got, campaigns)
			}
			sum += c.Stages[i].Journeys
		}
		if sum != all.Journeys || without == 0 || sum == without {
			t.Errorf("%s: channels sum to %d of %d", all.Stage, sum, all.Journeys)
		}
	}
}

func TestCurrency(t *testing.T) {
	euro, dollar, free, unnamed := acme, globex, timeline("1:a 2:MQL"), timeline("1:a 2:€")
	euro.Currency, dollar.Currency, free.ID, free.Currency, unnamed.ID = "EUR", "USD", "free", "GBP", "unnamed"
	ledger := book(t, []attribution.Journey{free, euro}, attribution.Linear) // a journey without money has no currency
	if s := attribution.Report(ledger, attribution.Options{}); s.Currency != "EUR" {
		t.Errorf("%+v", s)
	}
	for _, other := range []attribution.Journey{dollar, unnamed} {
		_, err := attribution.Book([]attribution.Journey{euro, other}, attribution.Linear)
		if e := (*attribution.Error)(nil); !errors.As(err, &e) || !errors.Is(err, attribution.ErrCurrency) || e.Path != "currency" || strings.Contains(err.Error(), "USD") {
			t.Errorf("Book: %v", err)
		}
		if _, err := attribution.Compare([]attribution.Journey{euro, other}, attribution.Options{}, attribution.Linear); !errors.Is(err, attribution.ErrCurrency) {
			t.Errorf("Compare: %v", err)
		}
		a, b := tally(t, attribution.Options{}, []attribution.Journey{euro}), tally(t, attribution.Options{}, []attribution.Journey{other})
		before := a.Result()
		if err := errors.Join(a.Merge(b), a.Add(other)); !errors.Is(err, attribution.ErrCurrency) {
			t.Errorf("Merge and Add: %v", err)
		}
		if diff := cmp.Diff(before, a.Result()); diff != "" {
			t.Error(diff)
		}
		empty := tally(t, attribution.Options{}, []attribution.Journey{free})
		if err := errors.Join(empty.Merge(b), empty.Add(other)); err != nil {
			t.Error(err)
		}
		if got := empty.Result()[0].Currency; got != other.Currency {
			t.Errorf("currency %q", got)
		}
	}
}

func TestOverflowOfPipeline(t *testing.T) {
	j := attribution.Journey{ID: "j", Pipeline: []attribution.OpenDeal{{ID: "a", At: day(1), Amount: math.MaxInt64}, {ID: "b", At: day(1), Amount: 1}}}
	_, err := attribution.Book([]attribution.Journey{j}, attribution.Linear)
	if e := (*attribution.Error)(nil); !errors.As(err, &e) || !errors.Is(err, attribution.ErrOverflow) || e.Path != "pipeline" {
		t.Errorf("%v", err)
	}
}

// Figures worked out by hand: 90,000 sourced at 60 % is 54,000 against a cost of 30,000 and 6,000 of overhead.
func TestEconomics(t *testing.T) {
	s := attribution.Statement{Sourced: attribution.Ratio{Numerator: 90_000, Denominator: 100_000}, Cost: 30_000, OtherCost: 4_000, Customers: 5}
	e := attribution.Economics{Margin: attribution.Ratio{Numerator: 60, Denominator: 100}, MonthlyRevenue: 800, MarketingOverhead: 6_000, SalesOverhead: 1_000}
	for _, c := range []struct {
		what string
		got  attribution.Ratio
		want attribution.Ratio
	}{
		{"ROI", s.ROI(e), attribution.Ratio{Numerator: 54_000 - 36_000, Denominator: 36_000}},
		{"ROI of a channel", attribution.Figures{Sourced: 333, Cost: 100}.ROI(e), attribution.Ratio{Numerator: 200 - 100, Denominator: 100}},
		{"CAC", s.CAC(e), attribution.Ratio{Numerator: 41_000, Denominator: 5}},
		{"payback", s.Payback(e), attribution.Ratio{Numerator: 41_000, Denominator: 2_400}},
		{"ROI without cost", attribution.Figures{Sourced: 10}.ROI(e), attribution.Ratio{Numerator: 6}},
		{"CAC without customers", attribution.Statement{Cost: 5}.CAC(e), attribution.Ratio{Numerator: 7_005}},
		{"payback without margin", s.Payback(attribution.Economics{}), attribution.Ratio{}},
		{"ROI without margin", s.ROI(attribution.Economics{}), attribution.Ratio{}},
		{"costs that do not fit", attribution.Statement{Cost: math.MaxInt64, OtherCost: 1}.CAC(e), attribution.Ratio{}},
		{"costs that do not fit", attribution.Statement{Cost: math.MaxInt64}.ROI(e), attribution.Ratio{}},
		{"revenue that does not fit", attribution.Statement{Customers: math.MaxInt64}.Payback(e), attribution.Ratio{}},
	} {
		if c.got != c.want {
			t.Errorf("%s: got %v, want %v", c.what, c.got, c.want)
		}
	}
	if err := e.Validate(); err != nil {
		t.Error(err)
	}
	for _, c := range []struct {
		bad  attribution.Economics
		want error
	}{
		{attribution.Economics{}, attribution.ErrRatio},
		{attribution.Economics{Margin: attribution.Ratio{Numerator: 2, Denominator: 1}}, attribution.ErrRatio},
		{attribution.Economics{Margin: attribution.Ratio{Numerator: -1, Denominator: 1}}, attribution.ErrRatio},
		{attribution.Economics{Margin: e.Margin, MonthlyRevenue: -1}, attribution.ErrNegative},
		{attribution.Economics{Margin: e.Margin, MarketingOverhead: -1}, attribution.ErrNegative},
		{attribution.Economics{Margin: e.Margin, SalesOverhead: -1}, attribution.ErrNegative},
	} {
		bad := c.bad
		if err := bad.Validate(); !errors.Is(err, c.want) {
			t.Errorf("%+v: %v", bad, err)
		}
		if got := s.CAC(bad); got.Defined() {
			t.Errorf("%+v: CAC %v", bad, got)
		}
	}
}

// The cases are per customer; 20 of them pay 20 times as much.
func TestEconomicsOfCases(t *testing.T) {
	data, err := os.ReadFile("testdata/metrics.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases struct {
		Cases []struct {
			ID                               string
			Marketing, Sales, Customers, CAC int64
			Monthly                          int64  `json:"arpa_month"`
			Margin                           string `json:"margin"`
			Months                           string `json:"months_exact"`
		}
	}
	if err := json.Unmarshal(data, &cases); err != nil || len(cases.Cases) != 2 {
		t.Fatal(err, len(cases.Cases))
	}
	cac, payback := cases.Cases[0], cases.Cases[1]
	margin := rat(t, payback.Margin)
	s := attribution.Statement{Cost: cac.Marketing, OtherCost: cac.Sales, Customers: cac.Customers}
	e := attribution.Economics{Margin: attribution.Ratio{Numerator: margin.Num().Int64(), Denominator: margin.Denom().Int64()}, MonthlyRevenue: payback.Monthly}
	if got := s.CAC(e); got.Numerator != cac.CAC*got.Denominator || cac.CAC != payback.CAC {
		t.Errorf("CAC %v, want %d", got, cac.CAC)
	}
	if got := s.Payback(e); big.NewRat(got.Numerator, got.Denominator).Cmp(rat(t, payback.Months)) != 0 {
		t.Errorf("payback %v, want %s", got, payback.Months)
	}
}

func TestIncremental(t *testing.T) {
	s := attribution.Report(book(t, []attribution.Journey{acme, globex}, attribution.Linear), attribution.Options{})
	third := attribution.Incrementality{Channel: "webinar", Factor: attribution.Ratio{Numerator: 1, Denominator: 3}, Source: "hold-out"}
	double := attribution.Incrementality{Channel: "email", Factor: attribution.Ratio{Numerator: 2, Denominator: 1}, Source: "test"}
	got, err := s.Incremental(third, double)
	want := []attribution.IncrementalRevenue{
		{Incrementality: double, Attributed: 40_000, Incremental: 80_000, Cost: 10},
		{Incrementality: third, Attributed: 20_000, Incremental: 6_667, Cost: 2500},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
	if got[1].ROAS() != (attribution.Ratio{Numerator: 6_667, Denominator: 2500}) {
		t.Errorf("ROAS %v", got[1].ROAS())
	}
	for _, c := range []struct {
		factors []attribution.Incrementality
		want    error
	}{
		{[]attribution.Incrementality{{Channel: "phone", Factor: third.Factor, Source: "x"}}, attribution.ErrUnknown},
		{[]attribution.Incrementality{{Channel: "email", Factor: third.Factor, Source: " "}}, attribution.ErrMissing},
		{[]attribution.Incrementality{{Channel: "email", Source: "x"}}, attribution.ErrRatio},
		{[]attribution.Incrementality{{Channel: "email", Source: "x", Factor: attribution.Ratio{Numerator: -1, Denominator: 1}}}, attribution.ErrRatio},
		{[]attribution.Incrementality{third, double, third}, attribution.ErrConflict},
		{[]attribution.Incrementality{{Channel: "email", Source: "x", Factor: attribution.Ratio{Numerator: math.MaxInt64, Denominator: 1}}}, attribution.ErrOverflow},
	} {
		if got, err := s.Incremental(c.factors...); !errors.Is(err, c.want) || got != nil {
			t.Errorf("%+v: %v", c.factors, err)
		}
	}
}
