package main

import (
	"fmt"
	"regexp"
	"runtime"
	"strings"
	"time"

	"github.com/expr-lang/expr"
	"github.com/google/cel-go/cel"

	"github.com/leadloop/leadloop/attribution"
	"github.com/leadloop/leadloop/attribution/markov"
	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/handoff/worktime"
	"github.com/leadloop/leadloop/scoring"
)

// growthSteps are the sizes at which cost is measured.
type growthSteps struct {
	rules, activities, leads, channels, orders, lengths, reports []int
	spans                                                        []time.Duration
	inputs, paths                                                int
}

var (
	usualSteps = growthSteps{rules: []int{50, 500, 5000}, activities: []int{0, 1, 5, 20, 100, 1000}, leads: []int{1000, 10_000, 50_000}, channels: []int{10, 50, 200},
		orders: []int{1, 2, 3}, lengths: []int{2, 5, 10, 20}, reports: []int{64, 1024, 16_384}, spans: []time.Duration{time.Hour, 40 * time.Hour, 2000 * time.Hour, 20_000 * time.Hour}, inputs: 256, paths: 100_000}
	tinySteps = growthSteps{rules: []int{50, 60}, activities: []int{0, 2}, leads: []int{10, 20}, channels: []int{3, 5}, orders: []int{1, 2}, lengths: []int{2, 3}, reports: []int{4, 16},
		spans: []time.Duration{time.Hour, 40 * time.Hour}, inputs: 8, paths: 200}
)

// A series is one question at several sizes.
type series struct {
	name  string
	sizes []string
	build func(step int) (workload, error)
}

func names[T any](list []T) []string {
	all := make([]string, len(list))
	for i, v := range list {
		all[i] = fmt.Sprint(v)
	}
	return all
}

func allSeries(s growthSteps) []series {
	return []series{
		{"rules on the lead, for one lead", names(s.rules), func(i int) (workload, error) { return many(8, s.rules[i]) }},
		{"activities, 50 rules, for one lead", names(s.activities), func(i int) (workload, error) {
			leads := s.inputs
			if s.activities[i] >= 1000 {
				leads = min(leads, 16) // one takes some candidates many milliseconds
			}
			return fifty(leads, s.activities[i])
		}},
		{"leads, 50 rules, 20 activities, for one lead", names(s.leads), func(i int) (workload, error) { return manyLeads(s.leads[i]) }},
		{fmt.Sprintf("channels, Markov order 1, for one fit of %d journeys", s.paths), names(s.channels), func(i int) (workload, error) { return removal(s.paths, s.channels[i]) }},
		{fmt.Sprintf("order of the Markov chain, 50 channels, for one fit of %d journeys", s.paths), names(s.orders), func(i int) (workload, error) { return fitting(s.paths, 50, s.orders[i], 5) }},
		{fmt.Sprintf("mean path length, Markov order 2, 50 channels, for one fit of %d journeys", s.paths), names(s.lengths), func(i int) (workload, error) { return fitting(s.paths, 50, 2, float64(s.lengths[i])) }},
		{"touches of a journey, linear, for one journey", names(s.lengths), func(i int) (workload, error) { return longJourneys(s.lengths[i], s.reports[1]), nil }},
		{"journeys of a report, linear, for one journey", names(s.reports), func(i int) (workload, error) {
			n := s.reports[len(s.reports)-1]
			return creditOf(makeJourneys(n, 50), s.reports[i], attribution.Linear, linearWeights), nil
		}},
		{"working time to add, for one deadline", names(s.spans), func(i int) (workload, error) { return spans(s.inputs, s.spans[i]) }},
	}
}

// growth prints a table for each series, and the memory that is kept.
func (r *report) growth(p pace, s growthSteps, pattern *regexp.Regexp) error {
	p.rounds, p.limit = min(p.rounds, 10), min(p.limit, 10*time.Second)
	found := false
	for _, one := range allSeries(s) {
		if !pattern.MatchString(one.name) {
			continue
		}
		found = true
		var all [][]measured
		for i, size := range one.sizes {
			w, err := one.build(i)
			if err != nil {
				return err
			}
			if err := w.agree(); err != nil {
				return err
			}
			w.name = "growth: " + one.name + ": " + size
			column := w.measure(p)
			all = append(all, column)
			if r.csv != nil {
				r.table(w, column)
			}
		}
		if r.csv == nil {
			r.pivot(one, all)
		}
	}
	if pattern.MatchString("memory that is kept") {
		return r.kept(s)
	}
	if !found {
		return errNothing(pattern.String())
	}
	return nil
}

// pivot prints sizes as columns and candidates as rows, time and, where there is any, memory.
func (r *report) pivot(one series, all [][]measured) {
	var candidates []string
	cells := map[string][]string{}
	for i, column := range all {
		for _, m := range column {
			if cells[m.name] == nil {
				candidates, cells[m.name] = append(candidates, m.name), make([]string, len(all))
			}
			cells[m.name][i] = duration(m.nanoseconds)
			if m.bytes > 0 {
				cells[m.name][i] += ", " + memory(m.bytes)
			}
		}
	}
	r.grid(one.name, one.sizes, candidates, cells)
}

func (r *report) grid(title string, columns, rows []string, cells map[string][]string) {
	width, wide := 0, 0
	for _, row := range rows {
		width = max(width, len([]rune(row)))
		for _, cell := range cells[row] {
			wide = max(wide, len([]rune(cell)))
		}
	}
	fmt.Fprintf(r.out, "\n%s\n  %-*s", title, width, "")
	for _, column := range columns {
		fmt.Fprintf(r.out, "  %*s", wide, column)
	}
	for _, row := range rows {
		line := fmt.Sprintf("  %-*s", width, row)
		for _, cell := range cells[row] {
			line += fmt.Sprintf("  %*s", wide, cell)
		}
		fmt.Fprint(r.out, "\n", strings.TrimRight(line, " "))
	}
	fmt.Fprintln(r.out)
}

// manyLeads scores many different leads, which do not fit into the processor's caches.
func manyLeads(n int) (workload, error) {
	leads, rules := makeLeads(n, 20), fiftyRules()
	var g gather
	g.addAll(ours(modelOf(rules), subjectsOf(leads), scoring.Point))
	g.list = g.list[:2]
	g.add(hand("Go by hand, straightforward", scoreByHand, leads), nil)
	g.add(hand("Go by hand, expert", scoreByExpert, leads), nil)
	return workload{name: "leads", per: "lead", inputs: n, candidates: g.list}, g.err
}

// fitting fits a Markov chain to rows of paths.
func fitting(journeys, channels, order int, mean float64) (workload, error) {
	paths, err := pathsOf(journeys, channels, mean)
	if err != nil {
		return workload{}, err
	}
	rows := rowsOf(paths)
	answer := func(int) int64 {
		grams, err := markov.New(order, paths.Channels())
		if err != nil {
			panic(err)
		}
		for _, r := range rows {
			if err := grams.Add(r.path, r.counts); err != nil {
				panic(err)
			}
		}
		model, err := grams.Fit()
		if err != nil {
			panic(err)
		}
		return int64(model.States)
	}
	return workload{name: "fitting", per: "fit", inputs: 1, same: true, candidates: []candidate{{name: "leadloop, markov", answer: answer}}}, nil
}

// longJourneys credits journeys that all have so many touches.
func longJourneys(touches, report int) workload {
	journeys := makeJourneys(16*report, 50)
	for i := range journeys {
		j := &journeys[i]
		like := j.Touches[0]
		j.Touches = nil
		for k := range touches {
			like.ID, like.At = fmt.Sprintf("t%03d", k), like.At.Add(time.Minute)
			j.Touches = append(j.Touches, like)
		}
		j.Conversions[0].At = like.At.Add(time.Hour)
	}
	return creditOf(journeys, report, attribution.Linear, linearWeights)
}

// spans adds working time.
func spans(n int, span time.Duration) (workload, error) {
	o, err := newOffice(5)
	if err != nil {
		return workload{}, err
	}
	at := func(i int) time.Time { return noon.Add(time.Duration(i) * 311 * time.Minute) }
	return workload{name: "spans", per: "deadline", inputs: n, candidates: []candidate{
		{name: "leadloop, Calendar.Add", answer: func(i int) int64 { return o.ours.Add(at(i), span).Due.Unix() }},
		{name: "rickar/cal, AddWorkHours", answer: func(i int) int64 { return o.cal.AddWorkHours(at(i).In(o.location), span).Unix() }},
		{name: "Go by hand, a walk over days", answer: func(i int) int64 { return o.addByHand(at(i), span).Unix() }},
	}}, nil
}

// kept prints how much memory stays in use for what is made once.
func (r *report) kept(s growthSteps) error {
	var failed error
	must := func(v any, err error) any {
		if err != nil && failed == nil {
			failed = err
		}
		return v
	}
	perRules := map[string][]string{}
	var rows []string
	row := func(name string, cells ...float64) {
		rows = append(rows, name)
		for _, c := range cells {
			perRules[name] = append(perRules[name], memory(c))
		}
	}
	var ours, exprs, cels []float64
	for _, n := range s.rules {
		rules := manyRules(n)
		ours = append(ours, retained(func() any { return must(scoring.Compile[lead, activity](modelOf(rules))) }))
		exprs = append(exprs, retained(func() any { return must(byExpr("", rules, false, []*lead{}, expr.Env(&lead{}))) }))
		cels = append(cels, retained(func() any { return must(byCEL("", rules, false, []cel.Activation{})) }))
		if r.csv != nil {
			for i, name := range []string{"leadloop, Scorer", "expr, programs", "cel-go, programs"} {
				bytes := [][]float64{ours, exprs, cels}[i]
				r.keptRow(fmt.Sprintf("memory kept: %d rules", n), name, bytes[len(bytes)-1], ours[len(ours)-1])
			}
		}
	}
	row("leadloop, Scorer", ours...)
	row("expr, programs", exprs...)
	row("cel-go, programs", cels...)
	if r.csv == nil {
		r.grid("memory that is kept, by rules", names(s.rules), rows, perRules)
		fmt.Fprintln(r.out, "\nmemory that is kept, of other values")
	}
	values, err := keptValues(s)
	if err != nil {
		return err
	}
	for _, k := range values {
		bytes := retained(func() any { return must(k.build()) }) / float64(k.divide)
		if r.csv != nil {
			r.keptRow("memory kept", k.name, bytes, bytes)
		} else {
			fmt.Fprintf(r.out, "  %-60s %10s\n", k.name, memory(bytes))
		}
	}
	return failed
}

func (r *report) keptRow(workload, candidate string, bytes, ours float64) {
	r.csv.Write([]string{workload, candidate, "", short(bytes), "", short(bytes / ours)})
	r.csv.Flush()
}

// keptValue is something that a host keeps.
type keptValue struct {
	name   string
	divide int
	build  func() (any, error)
}

func keptValues(s growthSteps) ([]keptValue, error) {
	leads := makeLeads(s.leads[0], 20)
	scorer, err := scoring.Compile[lead, activity](modelOf(fiftyRules()))
	if err != nil {
		return nil, err
	}
	return []keptValue{
		{"scoring.State of a lead with 20 activities, 50 rules", len(leads), func() (any, error) {
			states := make([]*scoring.State[lead, activity], len(leads))
			for i, l := range leads {
				var err error
				if states[i], err = scorer.State(l); err != nil {
					return nil, err
				}
				states[i].Add(l.Activities...)
			}
			return states, nil
		}},
		{"funnel.Policy, the standard funnel", 1, func() (any, error) { return funnel.Compile[prospect](funnel.Standard()) }},
		{"worktime.Calendar, Europe/Berlin with holidays", 1, func() (any, error) {
			return worktime.Compile(worktime.Definition{TimeZone: "Europe/Berlin", Hours: worktime.Week{Mon: []worktime.Window{"09:00-17:00"}}, Holidays: []worktime.Date{"2026-12-25"}}, time.LoadLocation)
		}},
		{fmt.Sprintf("attribution.Paths of %d journeys, 50 channels", s.paths), 1, func() (any, error) { return pathsOf(s.paths, 50, 5) }},
		{fmt.Sprintf("attribution.Tally of %d journeys, 50 channels", s.reports[len(s.reports)-1]), 1, func() (any, error) {
			tally, err := attribution.NewTally(attribution.Options{}, attribution.Linear)
			for _, j := range makeJourneys(s.reports[len(s.reports)-1], 50) {
				if err == nil {
					err = tally.Add(j)
				}
			}
			return tally, err
		}},
		{"markov.Grams of those paths, order 1", 1, func() (any, error) { return gramsOf(s.paths, 1) }},
		{"markov.Grams of those paths, order 2", 1, func() (any, error) { return gramsOf(s.paths, 2) }},
		{"markov.Grams of those paths, order 3", 1, func() (any, error) { return gramsOf(s.paths, 3) }},
	}, nil
}

// gramsOf gives channels of their own to what it makes, which would keep the paths otherwise.
func gramsOf(journeys, order int) (any, error) {
	paths, err := pathsOf(journeys, 50, 5)
	if err != nil {
		return nil, err
	}
	channels := new(attribution.Channels)
	for i := range paths.Channels().Len() {
		if _, err := channels.Number([]byte(paths.Channels().Name(uint16(i)))); err != nil {
			return nil, err
		}
	}
	grams, err := markov.New(order, channels)
	for path, c := range paths.All() {
		if err == nil {
			err = grams.Add(path, c)
		}
	}
	return grams, err
}

// retained is how many bytes a value keeps in use.
func retained(build func() any) float64 {
	build() // what is made once for all is not counted
	var before, after runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&before)
	v := build()
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&after)
	runtime.KeepAlive(v)
	return max(0, float64(after.HeapAlloc)-float64(before.HeapAlloc))
}
