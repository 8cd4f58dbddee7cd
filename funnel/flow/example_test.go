package flow_test

import (
	"fmt"
	"strings"
	"time"

	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/funnel/flow"
)

func day(s string) time.Time {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(err)
	}
	return t
}

// A log of a host that knows no transitions: lead, at, stage. Its rows come as they were written, which is in no order of
// leads or of time.
func Example() {
	const rows = `
		ann  2026-01-05 inquiry
		bob  2026-01-07 inquiry
		ann  2026-01-12 mql
		eve  2026-02-02 inquiry
		bob  2026-01-20 mql
		dan  2026-01-09 inquiry
		ann  2026-01-13 sal
		ann  2026-02-10 won
		bob  2026-02-01 recycled
		eve  2026-02-06 mql
		dan  2026-01-11 mql
		dan  2026-01-30 sal
		dan  2026-03-01 lost`

	var log flow.Log
	for i, row := range strings.Split(strings.TrimSpace(rows), "\n") {
		f := strings.Fields(row)
		log.Add(f[0], flow.Step{At: day(f[1]), Stage: funnel.Stage(f[2]), Line: i + 1})
	}

	total, err := flow.New(flow.Options{
		Definition: flow.Path("ours", []funnel.Stage{"inquiry", "mql", "sal", "won"}, "recycled", "lost"),
		AsOf:       day("2026-03-15"),
		Horizon:    30 * 24 * time.Hour,
	})
	if err != nil {
		panic(err)
	}
	for journey := range log.Journeys() {
		total.Add(journey)
	}
	report := total.Report()

	for _, level := range report.Waterfall {
		fmt.Printf("%-8s %d  %s\n", level.Stage, level.Reached, level.Step)
	}
	toWin, _ := report.Conversion("mql", "won")
	at40 := toWin.Converted.At(40 * 24 * time.Hour)
	fmt.Printf("won 40 days after mql: %.2f, median %s\n", at40.Share, toWin.Converted.Median)
	fmt.Printf("of those with time enough, won in %s: %d of %d\n", report.Horizon, toWin.Within.Part, toWin.Within.Whole)
	for _, stage := range report.Ageing {
		for _, lead := range stage.Longest {
			fmt.Printf("%s has been %s for %s\n", lead.Lead, lead.Stage, lead.Age)
		}
	}
	// Output:
	// inquiry  4  100.0 %
	// mql      4  100.0 %
	// sal      2  50.0 %
	// won      1  50.0 %
	// won 40 days after mql: 0.25, median not reached
	// of those with time enough, won in 30 d: 1 of 4
	// eve has been mql for 37 d
}

// Shards are counted apart, on as many machines as there are, and merged. Each lead's journey must be in one of them, whole.
func ExampleFlow_Merge() {
	options := flow.Options{Definition: funnel.Standard(), AsOf: day("2026-07-01")}
	shard := func(leads ...string) []byte {
		part, err := flow.New(options)
		if err != nil {
			panic(err)
		}
		for _, id := range leads {
			part.Add(flow.Journey{Lead: id, Steps: []flow.Step{{At: day("2026-01-05"), Stage: funnel.Inquiry}, {At: day("2026-02-01"), Stage: funnel.MQL}}})
		}
		data, err := part.MarshalBinary()
		if err != nil {
			panic(err)
		}
		return data
	}

	total, err := flow.New(options)
	if err != nil {
		panic(err)
	}
	for _, data := range [][]byte{shard("a", "b"), shard("c")} {
		part := total.Empty()
		if err := part.UnmarshalBinary(data); err != nil {
			panic(err)
		}
		if err := total.Merge(part); err != nil {
			panic(err)
		}
	}
	fmt.Println(total.Report().Leads, "leads")
	// Output: 3 leads
}
