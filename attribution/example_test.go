package attribution_test

import (
	"errors"
	"fmt"
	"time"

	"github.com/leadloop/leadloop/attribution"
)

// day returns noon of a day in March 2026.
func day(d int) time.Time { return time.Date(2026, time.March, d, 12, 0, 0, 0, time.UTC) }

// acme is an account: two people of it were touched before it bought for 1,000.00.
var acme = attribution.Journey{
	ID:     "acme",
	Source: attribution.Marketing,
	Touches: []attribution.Touch{
		{ID: "t1", Channel: "paid search", Campaign: "brand", At: day(1), Cost: 300, Contact: "c-17"},
		{ID: "t2", Channel: "webinar", At: day(4), Cost: 2500, Contact: "c-17"},
		{ID: "t3", Channel: "email", Campaign: "nurture", At: day(8), Cost: 5, Contact: "c-17"},
		{ID: "t4", Channel: "email", Campaign: "nurture", At: day(9), Cost: 5, Contact: "c-23"},
		{ID: "t5", Channel: "phone", At: day(10), Side: attribution.Sales},
		{ID: "t6", Channel: "event", At: day(12), Cost: 9000, Contact: "c-23"},
	},
	Milestones: []attribution.Milestone{
		{Stage: attribution.LeadCreated, At: day(4)},
		{Stage: attribution.MQL, At: day(9)},
		{Stage: attribution.SAL, At: day(10)},
		{Stage: attribution.Opportunity, At: day(13)},
		{Stage: attribution.Won, At: day(20)},
	},
	Conversions: []attribution.Conversion{{ID: "order-1", At: day(20), Revenue: 100_000}},
}

// globex was found by a salesperson and never touched by marketing.
var globex = attribution.Journey{
	ID:          "globex",
	Source:      attribution.Sales,
	Touches:     []attribution.Touch{{ID: "t1", Channel: "phone", At: day(2), Side: attribution.Sales}},
	Conversions: []attribution.Conversion{{ID: "order-2", At: day(15), Revenue: 40_000}},
}

// Credit shares out a single journey. The W-shaped model favours the first touch and those that created the lead and the
// opportunity; the call by sales earns nothing.
func ExampleModel_Credit() {
	credit, err := attribution.WShaped.Credit(acme)
	if err != nil {
		fmt.Println(err)
		return
	}
	var sum attribution.Share
	for i, share := range credit {
		fmt.Printf("%-12s %v\n", acme.Touches[i].Channel, share)
		sum += share
	}
	fmt.Println(sum == attribution.One)
	// Output:
	// paid search  30.00 %
	// webinar      30.00 %
	// email        5.00 %
	// email        5.00 %
	// phone        0.00 %
	// event        30.00 %
	// true
}

// The ledger is the money: it sums to the revenue won, and each cent leads back to its touch.
func ExampleBook() {
	ledger, err := attribution.Book([]attribution.Journey{acme, globex}, attribution.PositionBased.Within(30*24*time.Hour))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(ledger.Model)
	for _, e := range ledger.Entries {
		fmt.Printf("%-6s %-7s %2q %-11s %6d\n", e.Journey, e.Conversion, e.Touch, e.Channel, e.Amount)
	}
	for _, e := range ledger.Touches("email") {
		fmt.Println("email earned", e.Amount, "by", e.Touch)
	}
	// Output:
	// position-based within 30d
	// acme   order-1 "t1" paid search  40000
	// acme   order-1 "t2" webinar       6667
	// acme   order-1 "t3" email         6667
	// acme   order-1 "t4" email         6666
	// acme   order-1 "t6" event        40000
	// globex order-2 ""              40000
	// email earned 6667 by t3
	// email earned 6666 by t4
}

// The closed-loop report. Every rate shows what it was made of, and what has no data is undefined rather than zero.
func ExampleReport() {
	ledger, err := attribution.Book([]attribution.Journey{acme, globex}, attribution.Linear)
	if err != nil {
		fmt.Println(err)
		return
	}
	report := attribution.Report(ledger, attribution.Options{AsOf: day(31), Origin: attribution.OriginBeforeSales})
	fmt.Println("won", report.Revenue, "attributed", report.Attributed, "unattributed", report.Unattributed)
	fmt.Println("sourced", report.Sourced)
	fmt.Println("influenced", report.Influenced)
	for _, c := range report.Channels {
		fmt.Printf("%-11s revenue %5d conversions %v cost %4d ROAS %v\n", c.Name, c.Revenue, c.Conversions, c.Cost, c.ROAS())
	}

	early := attribution.Report(ledger, attribution.Options{AsOf: day(14)})
	fmt.Println("on the 14th: influenced", early.Influenced)
	// Output:
	// won 140000 attributed 100000 unattributed 40000
	// sourced 0.714 (100000/140000)
	// influenced 0.714 (100000/140000)
	// email       revenue 40000 conversions 0.40 cost   10 ROAS 4000.000 (40000/10)
	// event       revenue 20000 conversions 0.20 cost 9000 ROAS 2.222 (20000/9000)
	// paid search revenue 20000 conversions 0.20 cost  300 ROAS 66.667 (20000/300)
	// webinar     revenue 20000 conversions 0.20 cost 2500 ROAS 8.000 (20000/2500)
	// on the 14th: influenced undefined (0/0)
}

// Compare puts models side by side.
func ExampleCompare() {
	all, err := attribution.Compare([]attribution.Journey{acme, globex}, attribution.Options{},
		attribution.First, attribution.Last, attribution.WShaped, attribution.TimeDecay(7*24*time.Hour))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, s := range all {
		fmt.Printf("%-14s", s.Model)
		for _, c := range s.Channels {
			fmt.Printf(" %s=%d", c.Name, c.Revenue)
		}
		fmt.Println()
	}
	// Output:
	// first          email=0 event=0 paid search=100000 webinar=0
	// last           email=0 event=100000 paid search=0 webinar=0
	// w-shaped       email=10000 event=30000 paid search=30000 webinar=30000
	// time-decay 7d  email=44175 event=31198 paid search=10498 webinar=14129
}

// Tallies of different journeys merge into the report of all of them.
func ExampleTally() {
	var shards []*attribution.Tally
	for _, journey := range []attribution.Journey{acme, globex} { // each shard may be a machine of its own
		shard, err := attribution.NewTally(attribution.Options{}, attribution.Linear)
		if err != nil {
			fmt.Println(err)
			return
		}
		if err := shard.Add(journey); err != nil {
			fmt.Println(err)
			return
		}
		shards = append(shards, shard)
	}
	if err := shards[0].Merge(shards[1]); err != nil {
		fmt.Println(err)
		return
	}
	report := shards[0].Result()[0]
	fmt.Println(report.Conversions, report.Revenue, report.Influenced)
	// Output:
	// 2 140000 0.714 (100000/140000)
}

// The definitions of origin rarely agree; the report shows all, and the ledger lists the deals behind the gap.
func ExampleLedger_Gaps() {
	cold := acme
	cold.Source = attribution.Sales // the source field says otherwise than the touches
	ledger, err := attribution.Book([]attribution.Journey{cold, globex}, attribution.Linear)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, o := range attribution.Report(ledger, attribution.Options{}).Origins {
		fmt.Println(o.Origin, o.Marketing)
	}
	for _, d := range ledger.Gaps() {
		fmt.Println(d.Journey, d.Conversion, d.Origins)
	}
	// Output:
	// first_touch 100000
	// source_field 0
	// before_sales 100000
	// acme order-1 {marketing sales marketing}
}

// A refund changes the ledger by the difference between what is left, shared out, before and after.
func ExampleRefund() {
	paidBack := acme
	paidBack.Conversions = []attribution.Conversion{{ID: "order-1", At: day(20), Revenue: 100_000,
		Refunds: []attribution.Refund{{ID: "credit-note-1", At: day(25), Amount: 25_000}}}}
	ledger, err := attribution.Book([]attribution.Journey{paidBack}, attribution.JShaped)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, e := range ledger.Entries {
		fmt.Printf("%-13s %-11s %6d\n", e.Refund, e.Channel, e.Amount)
	}
	for _, d := range []int{24, 25} {
		s := attribution.Report(ledger, attribution.Options{AsOf: day(d)})
		fmt.Println("on day", d, "revenue", s.Revenue, "refunded", s.Refunded)
	}
	// Output:
	//               paid search  20000
	//               webinar       6667
	//               email         6667
	//               email         6666
	//               event        60000
	// credit-note-1 paid search  -5000
	// credit-note-1 webinar      -1667
	// credit-note-1 email        -1667
	// credit-note-1 email        -1666
	// credit-note-1 event       -15000
	// on day 24 revenue 100000 refunded 0
	// on day 25 revenue 75000 refunded 25000
}

// Vendors differ in what becomes of the weight that a short path can't use: two touches of the J-shaped model.
func ExampleModel_WithAbsent() {
	j := attribution.Journey{ID: "initech", Touches: []attribution.Touch{
		{ID: "t1", Channel: "search", At: day(1)}, {ID: "t2", Channel: "email", At: day(2)}}}
	for _, m := range []attribution.Model{attribution.JShaped, attribution.JShaped.WithAbsent(attribution.SplitEqually)} {
		credit, err := m.Credit(j)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(m.Name(), credit)
	}
	// Output:
	// j-shaped [25.00 % 75.00 %]
	// j-shaped split equally [30.00 % 70.00 %]
}

// What journeys do not tell, the host does: margin, overhead, monthly revenue, and what experiments found.
func ExampleEconomics() {
	ledger, err := attribution.Book([]attribution.Journey{acme, globex}, attribution.Linear)
	if err != nil {
		fmt.Println(err)
		return
	}
	s := attribution.Report(ledger, attribution.Options{})
	e := attribution.Economics{Margin: attribution.Ratio{Numerator: 60, Denominator: 100}, MonthlyRevenue: 2_000, MarketingOverhead: 28_190}
	fmt.Println("ROI", s.ROI(e))
	fmt.Println("CAC", s.CAC(e))
	fmt.Println("payback, months", s.Payback(e))
	found, err := s.Incremental(attribution.Incrementality{Channel: "event", Factor: attribution.Ratio{Numerator: 40, Denominator: 100},
		Source: "regions without the fair, spring 2026"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(found[0].Channel, "attributed", found[0].Attributed, "incremental", found[0].Incremental)
	// Output:
	// ROI 0.500 (20000/40000)
	// CAC 20000.000 (40000/2)
	// payback, months 16.667 (40000/2400)
	// event attributed 20000 incremental 8000
}

// Journeys become paths for the models that look at paths: one for each conversion, and one for a journey without any.
func ExampleJourneyPaths() {
	paths := attribution.NewPaths(0)
	reader, err := attribution.NewJourneyPaths(paths.Channels(), 90*24*time.Hour, time.Time{})
	if err != nil {
		fmt.Println(err)
		return
	}
	untouched := 0
	for _, j := range []attribution.Journey{acme, globex} {
		found, err := reader.Of(j)
		if err != nil {
			fmt.Println(err)
			return
		}
		for p := range found {
			if len(p.Channels) == 0 {
				untouched++
			} else if err := paths.Add(p.Channels, p.Counts); err != nil {
				fmt.Println(err)
				return
			}
		}
	}
	for path, c := range paths.All() {
		for _, n := range path {
			fmt.Print(paths.Channels().Name(n), " > ")
		}
		fmt.Println(c.Conversions, c.Value)
	}
	fmt.Println("without a touch:", untouched)
	// Output:
	// paid search > webinar > email > email > event > 1 100000
	// without a touch: 1
}

// All that is wrong is reported at once, by journey and field and without a value.
func ExampleError() {
	_, err := attribution.Book([]attribution.Journey{
		{ID: "acme", Touches: []attribution.Touch{{ID: "t1", Channel: "email"}}},
		{ID: "globex", Conversions: []attribution.Conversion{{ID: "order-2", At: day(15), Revenue: -1}}},
	}, attribution.Linear)
	fmt.Println(err)
	fmt.Println(errors.Is(err, attribution.ErrNegative))
	// Output:
	// journeys[0] "acme" touches[0].at: missing: say when it happened
	// journeys[1] "globex" conversions[0].revenue: negative amount: revenue is zero or more minor units; what was paid back is a refund of it
	// true
}
