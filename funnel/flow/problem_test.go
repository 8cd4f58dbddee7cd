package flow_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/funnel/flow"
)

// row writes a step: "date stage", then from=, v=, reason=, amount=.
func row(t *testing.T, line int, text string) flow.Step {
	t.Helper()
	f := strings.Fields(text)
	s := flow.Step{Stage: funnel.Stage(f[1]), Line: line}
	if f[0] != "-" {
		s.At = day(f[0])
	}
	for _, more := range f[2:] {
		var err error
		switch name, value, _ := strings.Cut(more, "="); name {
		case "from":
			s.From = funnel.Stage(value)
		case "reason":
			s.Reason = funnel.Reason(value)
		case "on":
			s.Event, s.Stage = funnel.Event(value), ""
		case "amended":
			s.Amended = day(value)
		case "corrects":
			_, err = fmt.Sscan(value, &s.Corrects)
		case "v":
			_, err = fmt.Sscan(value, &s.Version)
		case "amount":
			_, err = fmt.Sscan(value, &s.Amount)
		default:
			err = errors.New("unknown " + name)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func TestProblems(t *testing.T) {
	for name, c := range map[string]struct {
		rows     []string
		problems []string // as text
		way      string   // the variant that remains; "-" for a lead that does not count
		measured bool     // in time
	}{
		"none": {
			[]string{"2026-01-01 inquiry", "2026-01-02 mql from=inquiry v=1", "2026-01-03 sal from=mql v=2"}, nil, "inquiry → mql → sal", true},
		"unknown stage": {
			[]string{"2026-01-01 inquiry", "2026-01-02 nql"}, []string{`line 2: lead "x": unknown stage "nql": the row is left out`}, "inquiry", true},
		"unknown stage that was left": {
			[]string{"2026-01-02 mql from=lead v=1"}, []string{`line 1: lead "x": unknown stage "lead": the row is left out`}, "mql", true},
		"no time": {
			[]string{"- inquiry", "2026-01-02 mql"}, []string{`line 1: lead "x": "inquiry" has no time, or one out of range: the row is left out`}, "mql", true},
		"duplicate": {
			[]string{"2026-01-01 inquiry", "2026-01-02 mql v=1", "2026-01-02 mql v=1 from=inquiry"}, []string{`line 2: lead "x": "mql" again: the row is left out`}, "inquiry → mql", true},
		"the same stage again": {
			[]string{"2026-01-01 inquiry", "2026-01-02 inquiry"}, []string{`line 2: lead "x": "inquiry" again: the row is left out`}, "inquiry", true},
		"rerouted, which the definition allows": {
			[]string{"2026-01-01 inquiry", "2026-01-02 mql", "2026-01-03 mql from=mql reason=misrouted"}, nil, "inquiry → mql → mql", true},
		"version twice": {
			[]string{"2026-01-01 inquiry", "2026-01-02 mql v=1", "2026-01-03 sal v=1"}, []string{`line 3: lead "x": "sal" has a version that another row has: the row is left out`}, "inquiry → mql", true},
		"times against versions": {
			[]string{"2026-01-01 inquiry", "2026-01-05 mql v=1", "2026-01-02 sal v=2"}, []string{`line 3: lead "x": from "mql" to "sal" in −3 d: the lead is not measured in time`}, "inquiry → mql → sal", false},
		"won before all else": {
			[]string{"2026-01-05 mql", "2026-01-01 won"}, []string{
				`line 2: lead "x": from "mql" to "won" in −4 d: the lead is not measured in time`,
				`line 2: lead "x": the definition has no step from "mql" to "won"`}, "mql", false},
		"left where it did not stand": {
			[]string{"2026-01-01 inquiry", "2026-01-02 sql from=sal"}, []string{
				`line 2: lead "x": leaves "sal" for "sql", but the lead did not stand there: rows are missing or out of order`,
				`line 2: lead "x": the definition has no step from "inquiry" to "sql"`}, "inquiry → sql", true},
		"rows missing": {
			[]string{"2026-01-01 mql v=1 from=inquiry", "2026-01-02 sql v=3"}, []string{
				`line 2: lead "x": rows are missing before "sql"`,
				`line 2: lead "x": the definition has no step from "mql" to "sql"`}, "inquiry → mql → sql", true},
		"first rows missing": {
			[]string{"2026-01-01 sal v=2"}, []string{`line 1: lead "x": rows are missing before "sal"`}, "sal", true},
		"not in the definition": {
			[]string{"2026-01-01 inquiry", "2026-01-02 opportunity"}, []string{`line 2: lead "x": the definition has no step from "inquiry" to "opportunity"`}, "inquiry → opportunity", true},
		"unknown reason": {
			[]string{"2026-01-01 sal", "2026-01-02 recycled reason=whim"}, []string{`line 2: lead "x": unknown reason "whim" for "recycled"`}, "sal", true},
		"amounts": {
			[]string{"2026-01-01 opportunity amount=-5", "2026-01-02 won amount=1000000000000001"}, []string{
				`line 1: lead "x": the amount at "opportunity" is negative or too large: it is taken as not said`,
				`line 2: lead "x": the amount at "won" is negative or too large: it is taken as not said`}, "opportunity", true},
		"nothing":        {nil, []string{`lead "x": nothing usable: the lead is not counted`}, "-", false},
		"nothing usable": {[]string{"- mql"}, []string{`lead "x": nothing usable: the lead is not counted`, `line 1: lead "x": "mql" has no time, or one out of range: the row is left out`}, "-", false},
		"only later":     {[]string{"2030-01-01 mql"}, nil, "-", false},
		"ties follow the path": {
			[]string{"2026-01-01 sal", "2026-01-01 inquiry", "2026-01-01 mql"}, nil, "inquiry → mql → sal", true},
		"ties follow what was left": {
			[]string{"2026-01-01 sal", "2026-01-02 mql from=recycled", "2026-01-02 recycled from=sal reason=timing", "2026-01-03 sal"}, nil, "sal → recycled → mql → sal", true},
		"ties follow the edges": {
			[]string{"2026-01-01 sal", "2026-01-02 mql", "2026-01-02 recycled", "2026-01-03 sal"}, nil, "sal → recycled → mql → sal", true},
		"ties follow the versions": {
			[]string{"2026-01-01 sql v=3 from=sal", "2026-01-01 mql v=1 from=inquiry", "2026-01-01 sal v=2 from=mql"}, nil, "inquiry → mql → sal → sql", true},
		"a correction takes back": {
			[]string{"2026-01-01 inquiry", "2026-01-02 mql v=1 from=inquiry", "2026-01-03 sal v=2 from=mql", "2026-01-04 sql v=3 from=sal",
				"2026-01-02 mql v=4 amended=2026-01-08 corrects=2", "2026-01-09 recycled v=5 from=mql reason=timing", "2026-02-09 mql v=6 from=recycled"}, nil, "inquiry → mql → recycled → mql", true},
		"a correction after the report is not known yet": {
			[]string{"2026-01-02 mql v=1", "2026-01-03 sal v=2 from=mql", "2026-01-02 mql v=3 amended=2026-07-08 corrects=2"}, nil, "mql → sal", true},
		"events": {
			[]string{"2026-01-02 - on=qualify", "2026-01-03 - on=accept", "2026-01-05 - on=recycle reason=timing", "2026-03-05 - on=requalify", "2026-03-06 - on=accept"}, nil,
			"inquiry → mql → sal → recycled → mql → sal", true},
		"events after a stage": {
			[]string{"2026-01-03 sql", "2026-01-04 - on=open", "2026-01-05 - on=lose"}, nil, "sql → opportunity", true},
		"events at the instant of the beginning": {
			[]string{"2026-01-03 - on=open", "2026-01-03 sql", "2026-01-05 - on=win"}, nil, "sql → opportunity", true},
		"events with versions": {
			[]string{"2026-01-03 - on=accept v=2", "2026-01-03 - on=qualify v=1", "2026-01-03 - on=sales_qualify v=3"}, nil, "inquiry → mql → sal → sql", true},
		"events at the same instant": {
			[]string{"2026-01-03 - on=accept", "2026-01-03 - on=qualify", "2026-01-03 - on=sales_qualify"}, nil, "inquiry → mql → sal → sql", true},
		"an event twice": {
			[]string{"2026-01-02 - on=qualify", "2026-01-02 - on=qualify"}, []string{`line 2: lead "x": "qualify" again: the row is left out`}, "inquiry → mql", true},
		"an event that is not possible": {
			[]string{"2026-01-02 - on=qualify", "2026-01-03 - on=win", "2026-01-04 - on=dance", "2026-01-05 - on=accept"}, []string{
				`line 2: lead "x": "win" is not possible at "mql", or does not say where it leads: the row is left out`,
				`line 3: lead "x": "dance" is not possible at "mql", or does not say where it leads: the row is left out`}, "inquiry → mql → sal", true},
		"a return that does not say where it leads": {
			[]string{"2026-01-02 - on=qualify", "2026-01-03 - on=reject"}, []string{
				`line 2: lead "x": "reject" is not possible at "mql", or does not say where it leads: the row is left out`}, "inquiry → mql", true},
		"an amendment to another stage": {
			[]string{"2026-01-02 mql v=1", "2026-01-01 sql v=2 amended=2026-02-01"}, nil, "mql → sql", true},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFlow(t, flow.Options{Definition: funnel.Standard(), AsOf: day("2026-06-01")})
			j := flow.Journey{Lead: "x"}
			for i, text := range c.rows {
				j.Steps = append(j.Steps, row(t, i+1, text))
			}
			f.Add(j)
			r := f.Report()
			var got []string
			for _, p := range r.Problems.List {
				got = append(got, p.String())
			}
			slices.Sort(got)
			slices.Sort(c.problems)
			if !slices.Equal(got, c.problems) {
				t.Errorf("got\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(c.problems, "\n\t"))
			}
			way := "-"
			if len(r.Variants) > 0 {
				way = r.Variants[0].PathText()
			}
			equal(t, "way", way, c.way)
			spells := int64(0)
			for i := range r.Stages {
				spells += r.Stages[i].Visit.Spells
			}
			equal(t, "measured", spells > 0, c.measured)
			equal(t, "excluded", r.Excluded == 1, !c.measured && c.way != "-")
		})
	}
}

// Of problems that are too many to list the first are listed, by line, and all are counted.
func TestProblemsAreCut(t *testing.T) {
	f := newFlow(t, flow.Options{Definition: funnel.Standard(), AsOf: day("2026-06-01"), Listed: 3})
	for i := range 50 {
		line := (i*17)%50 + 1
		f.Add(flow.Journey{Lead: fmt.Sprint(line), Steps: []flow.Step{{At: day("2026-01-01"), Stage: "a", Line: line}, {At: day("2026-02-01").AddDate(0, 0, line%7), Stage: funnel.MQL}}})
	}
	r := f.Report()
	if r.Problems.Count != 50 || len(r.Problems.List) != 3 || r.Problems.List[2].Line != 3 || r.Problems.Counts[0] != (flow.ProblemCount{Kind: flow.UnknownStage, Count: 50}) {
		t.Errorf("%+v", r.Problems)
	}
	if w := r.Ageing[1].Longest; len(w) != 3 || w[0].Lead != "14" || w[1].Lead != "21" || w[2].Lead != "28" || w[0].Age.Days() != 120 {
		t.Errorf("%+v", w)
	}
}

// A lead that was imported in mid-funnel is at risk from its import on, and counts from there.
func TestLeftTruncation(t *testing.T) {
	f := newFlow(t, flow.Options{Definition: funnel.Standard(), AsOf: day("2026-06-01"), Tick: oneDay, Horizon: 10 * oneDay})
	steps := func(rows ...string) (list []flow.Step) {
		for i, text := range rows {
			list = append(list, row(t, i+1, text))
		}
		return list
	}
	f.Add(flow.Journey{Lead: "imported", Observed: day("2026-02-01"), Steps: steps("2026-01-01 inquiry", "2026-01-11 mql", "2026-02-20 sal")})
	f.Add(flow.Journey{Lead: "watched", Steps: steps("2026-03-01 inquiry", "2026-03-08 mql", "2026-04-07 sal")})
	f.Add(flow.Journey{Lead: "later", Observed: day("2027-01-01"), Steps: steps("2026-01-01 inquiry")})
	f.Add(flow.Journey{Lead: "unknown beginning", Steps: steps("2026-03-01 mql from=inquiry", "2026-03-02 sal from=mql")})
	r := f.Report()
	equal(t, "leads", r.Leads, 3)
	equal(t, "later", r.Later, 1)
	mql, _ := r.Conversion(funnel.Inquiry, funnel.MQL)
	equal(t, "imported, and over before", mql.Unobserved, 1)
	equal(t, "spells", mql.Converted.Spells, 1)
	sal, _ := r.Conversion(funnel.MQL, funnel.SAL)
	equal(t, "late", sal.Converted.Late, 1)
	equal(t, "within the horizon, of those watched from the beginning", sal.Within, flow.Rate{Part: 1, Whole: 2})
	// At 1 day only those that are watched since their beginning are at risk; from 22 days on the imported one is, too.
	want := []struct {
		days, atRisk int64
		share        float64
	}{{1, 2, 0.5}, {30, 2, 0.75}, {40, 1, 1}}
	for i, p := range sal.Converted.Points {
		equal(t, "time", p.Time, time.Duration(want[i].days)*oneDay)
		equal(t, "at risk", p.AtRisk, want[i].atRisk)
		near(t, "share", p.Share, want[i].share)
	}
	equal(t, "points", len(sal.Converted.Points), 3)
	equal(t, "cohort of unknown beginning", r.Cohorts[0].Month, "")
	equal(t, "reached", r.Waterfall[0].Reached, 3)
}

func TestOptionsThatAreNotUsable(t *testing.T) {
	good := flow.Options{Definition: funnel.Standard(), AsOf: day("2026-01-01")}
	for want, change := range map[string]func(*flow.Options){
		"AsOf must be given":                      func(o *flow.Options) { o.AsOf = time.Time{} },
		"Tick must be whole seconds":              func(o *flow.Options) { o.Tick = time.Millisecond },
		"Horizon must be whole seconds":           func(o *flow.Options) { o.Horizon = -time.Hour },
		"Quick must be whole seconds":             func(o *flow.Options) { o.Quick = 1<<63 - 1 },
		"Listed must be":                          func(o *flow.Options) { o.Listed = -1 },
		"from 1 to 200 stages":                    func(o *flow.Options) { o.Definition = funnel.Definition{} },
		"needs a name of its own":                 func(o *flow.Options) { o.Definition.Stages[1].Name = funnel.Inquiry },
		"the same place on the success path":      func(o *flow.Options) { o.Definition.Stages[1].Order = 1 },
		"a won stage needs its place":             func(o *flow.Options) { o.Definition.Stages[5].Order = 0 },
		"the success path begins with won":        func(o *flow.Options) { o.Definition = flow.Path("x", []funnel.Stage{"won"}) },
		"no stage of the kind":                    func(o *flow.Options) { o.Definition = flow.Path("x", nil, "aside") },
		"Opportunity: \"won\" is no stage of the": func(o *flow.Options) { o.Opportunity = funnel.Won },
	} {
		o := good
		o.Definition = funnel.Standard()
		change(&o)
		if _, err := flow.New(o); !errors.Is(err, flow.ErrOptions) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v", want, err)
		}
	}
	_, err := flow.New(flow.Options{Tick: -1, Listed: -1})
	if joined, ok := err.(interface{ Unwrap() []error }); !ok || len(joined.Unwrap()) != 4 {
		t.Errorf("not all mistakes are reported: %v", err)
	}
}
