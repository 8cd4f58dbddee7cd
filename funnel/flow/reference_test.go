package flow_test

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/funnel/flow"
	"github.com/leadloop/leadloop/handoff/worktime"
)

// The reference counts one lead after another, in the plainest way, and estimates by sums over all spells.

type stay struct {
	stage        funnel.Stage
	enter, leave time.Time
	open         bool
	reason       funnel.Reason
}

type obs struct {
	late bool
	from time.Duration // under observation from here on, if late
	to   time.Duration
	kind string // "", converted, lost, aside
}

type reference struct {
	asOf     time.Time
	horizon  time.Duration
	quick    time.Duration
	calendar *worktime.Calendar
	order    map[funnel.Stage]int
	kind     map[funnel.Stage]funnel.Kind

	reached, entered, visits, standing map[funnel.Stage]int64
	follows                            map[[2]funnel.Stage]int64
	outcomes                           map[string]int64
	spells                             map[[2]funnel.Stage][]obs
	mature, within                     map[[2]funnel.Stage]int64
	visit, lead, visitWork, leadWork   map[funnel.Stage][]obs
	ages                               map[funnel.Stage][]time.Duration
	variants                           map[string]map[string]int64
	returns                            map[string][]obs
	returned, again, yield             map[string]int64
	rounds                             map[int64]int64
	cohorts                            map[string]int64
	quickWins, quickOf                 map[string]int64
	revenue                            int64
}

func newReference(d funnel.Definition, asOf time.Time, calendar *worktime.Calendar) *reference {
	r := &reference{asOf: asOf, horizon: 90 * oneDay, quick: 30 * oneDay, calendar: calendar, order: map[funnel.Stage]int{}, kind: map[funnel.Stage]funnel.Kind{},
		reached: map[funnel.Stage]int64{}, entered: map[funnel.Stage]int64{}, visits: map[funnel.Stage]int64{}, standing: map[funnel.Stage]int64{},
		follows: map[[2]funnel.Stage]int64{}, outcomes: map[string]int64{}, spells: map[[2]funnel.Stage][]obs{}, mature: map[[2]funnel.Stage]int64{}, within: map[[2]funnel.Stage]int64{},
		visit: map[funnel.Stage][]obs{}, lead: map[funnel.Stage][]obs{}, visitWork: map[funnel.Stage][]obs{}, leadWork: map[funnel.Stage][]obs{},
		ages: map[funnel.Stage][]time.Duration{}, variants: map[string]map[string]int64{}, returns: map[string][]obs{}, returned: map[string]int64{}, again: map[string]int64{},
		yield: map[string]int64{}, rounds: map[int64]int64{}, cohorts: map[string]int64{}, quickWins: map[string]int64{}, quickOf: map[string]int64{}}
	for _, s := range d.Stages {
		r.order[s.Name], r.kind[s.Name] = s.Order, s.Kind
	}
	return r
}

// add takes a journey whose steps are in order of time, at different instants, and without a From.
func (r *reference) add(j flow.Journey) {
	var list []stay
	for _, s := range j.Steps {
		if s.At.After(r.asOf) {
			break
		}
		if n := len(list); n > 0 {
			list[n-1].leave, list[n-1].open = s.At, false
		}
		list = append(list, stay{s.Stage, s.At, r.asOf, true, s.Reason})
	}
	if len(list) == 0 || j.Observed.After(r.asOf) {
		return
	}
	seen := map[funnel.Stage]bool{}
	highest := 0
	for i, v := range list {
		r.visits[v.stage]++
		seen[v.stage] = true
		highest = max(highest, r.order[v.stage])
		if i > 0 {
			r.follows[[2]funnel.Stage{list[i-1].stage, v.stage}]++
		} else {
			r.follows[[2]funnel.Stage{"", v.stage}]++
		}
	}
	for s := range seen {
		r.entered[s]++
	}
	for s, o := range r.order {
		if o > 0 && o <= highest {
			r.reached[s]++
		}
	}
	last := list[len(list)-1]
	r.standing[last.stage]++

	won := slices.IndexFunc(list, func(v stay) bool { return v.stage == funnel.Won })
	outcome := "open"
	switch {
	case won >= 0:
		outcome = "won"
	case last.stage == funnel.Lost:
		outcome = "lost"
	case r.order[last.stage] == 0:
		outcome = "aside"
	}
	r.outcomes[outcome]++
	if won >= 0 {
		for _, s := range j.Steps {
			if s.Amount > 0 && !s.At.After(r.asOf) {
				r.revenue += s.Amount
				break // generated once per journey
			}
		}
		round := int64(0)
		for i := 0; i <= won; i++ {
			if r.order[list[i].stage] > 0 && (i == 0 || r.order[list[i-1].stage] == 0) {
				round++
			}
		}
		r.rounds[round]++
	}

	// Rounds: stretches on the path, cut also where a won lead begins again.
	for i := 0; i < len(list); {
		if r.order[list[i].stage] == 0 {
			i++
			continue
		}
		end := i + 1
		for end < len(list) && r.order[list[end].stage] > 0 && !(list[end-1].stage == funnel.Won && list[end].stage != funnel.Won) {
			end++
		}
		for from, a := range r.order {
			for to, b := range r.order {
				if a == 0 || b == 0 || a >= b || b != a+1 && to != funnel.Won {
					continue
				}
				r.round(j, list, i, end, from, to)
			}
		}
		i = end
	}

	sums, work := map[funnel.Stage]*obs{}, map[funnel.Stage]*obs{}
	for _, v := range list {
		kind := "converted"
		if v.open {
			kind = ""
		}
		o := obs{j.Observed.After(v.enter), j.Observed.Sub(v.enter), v.leave.Sub(v.enter), kind}
		r.visit[v.stage] = append(r.visit[v.stage], o)
		w := obs{o.late, r.calendar.Between(v.enter, j.Observed), r.calendar.Between(v.enter, v.leave), kind}
		r.visitWork[v.stage] = append(r.visitWork[v.stage], w)
		for _, x := range []struct {
			sums map[funnel.Stage]*obs
			o    obs
		}{{sums, o}, {work, w}} {
			s := x.sums[v.stage]
			if s == nil {
				s = &obs{}
				x.sums[v.stage] = s
			}
			if x.o.late {
				s.late = true
				s.from += min(x.o.from, x.o.to)
			}
			s.to += x.o.to
			s.kind = x.o.kind
		}
	}
	for s := range seen {
		r.lead[s] = append(r.lead[s], *sums[s])
		r.leadWork[s] = append(r.leadWork[s], *work[s])
	}
	if r.order[last.stage] > 0 && last.stage != funnel.Won {
		r.ages[last.stage] = append(r.ages[last.stage], r.asOf.Sub(last.enter))
	}

	way := ""
	cut := list
	if won >= 0 {
		cut = list[:won]
	} else {
		for len(cut) > 0 && r.order[cut[len(cut)-1].stage] == 0 {
			cut = cut[:len(cut)-1]
		}
	}
	for i, v := range cut {
		if i > 0 {
			way += " → "
		}
		way += string(v.stage)
	}
	if r.variants[way] == nil {
		r.variants[way] = map[string]int64{}
	}
	r.variants[way][outcome]++

	r.recycling(j, list)
	r.cohorts[list[0].enter.Format("2006-01")]++
	if !j.Observed.After(list[0].enter) && !list[0].enter.Add(r.quick).After(r.asOf) {
		for _, name := range append(slices.Clone(j.Segments), "") {
			r.quickOf[name]++
			if won >= 0 && list[won].enter.Sub(list[0].enter) <= r.quick {
				r.quickWins[name]++
			}
		}
	}
}

func (r *reference) round(j flow.Journey, list []stay, begin, end int, from, to funnel.Stage) {
	i := begin
	for i < end && list[i].stage != from {
		i++
	}
	if i == end {
		return
	}
	start := list[i].enter
	at, kind := r.asOf, ""
	for k := i + 1; k <= end && k < len(list); k++ {
		if k < end && r.order[list[k].stage] >= r.order[to] {
			at, kind = list[k].enter, "converted"
			break
		}
		if k == end {
			at, kind = list[k].enter, "aside"
			if list[k].stage == funnel.Lost {
				kind = "lost"
			}
		}
	}
	key := [2]funnel.Stage{from, to}
	o := obs{j.Observed.After(start), j.Observed.Sub(start), at.Sub(start), kind}
	r.spells[key] = append(r.spells[key], o)
	if !o.late && !start.Add(r.horizon).After(r.asOf) {
		r.mature[key]++
		if kind == "converted" && o.to <= r.horizon {
			r.within[key]++
		}
	}
}

func (r *reference) recycling(j flow.Journey, list []stay) {
	leads, came := map[string]bool{}, map[string]bool{}
	for i, v := range list {
		if r.order[v.stage] > 0 {
			continue
		}
		key := string(v.stage) + "/" + string(v.reason)
		at, kind := r.asOf, ""
		if i+1 < len(list) {
			at = list[i+1].enter
			switch next := list[i+1].stage; {
			case r.order[next] > 0:
				kind = "converted"
				came[key] = true
			case next == funnel.Lost:
				kind = "lost"
			default:
				kind = "aside"
			}
		}
		r.returns[key] = append(r.returns[key], obs{j.Observed.After(v.enter), j.Observed.Sub(v.enter), at.Sub(v.enter), kind})
		if !leads[key] {
			leads[key] = true
			r.returned[key]++
			if slices.ContainsFunc(list[i:], func(v stay) bool { return v.stage == funnel.Won }) {
				r.yield[key]++
			}
		}
	}
	for key := range came {
		r.again[key]++
	}
}

// curve estimates the share that has ended in one way by t, and its standard error, by the formulas.
func estimate(list []obs, way string, competing bool, tick, t time.Duration) (share, stdError float64) {
	type spell struct {
		from, to int64
		kind     string
	}
	var spells []spell
	ends := map[int64]bool{}
	for _, o := range list {
		if o.late && o.from >= o.to {
			continue
		}
		s := spell{-1, int64((o.to + tick - 1) / tick), o.kind}
		if o.late {
			s.from = int64(o.from / tick)
		}
		if !competing && s.kind != way {
			s.kind = ""
		}
		spells = append(spells, s)
		if s.kind != "" && s.to <= int64(t/tick) {
			ends[s.to] = true
		}
	}
	type term struct{ n, p, q, before, after, f float64 }
	var terms []term
	s, f := 1.0, 0.0
	for _, u := range slices.Sorted(maps.Keys(ends)) {
		var n, p, q float64
		for _, o := range spells {
			if o.from < u && u <= o.to {
				n++
			}
			if o.to == u && o.kind != "" {
				q++
				if o.kind == way {
					p++
				}
			}
		}
		p, q = p/n, q/n
		before := s
		f += s * p
		s *= 1 - q
		terms = append(terms, term{n, p, q, before, s, f})
	}
	variance := 0.0
	for _, u := range terms {
		g := 0.0
		if u.after > 1e-12 {
			g = (f - u.f) / u.after
		}
		variance += u.before * u.before / u.n * (u.p*(1-u.p) - 2*g*u.p*(1-u.q) + g*g*u.q*(1-u.q))
	}
	return f, math.Sqrt(max(0, variance))
}

// strolls are journeys with any steps at all: skips, regressions, ways off the path and back.
func stroll(r *rand.Rand, i int) flow.Journey {
	stages := []funnel.Stage{funnel.Inquiry, funnel.MQL, funnel.SAL, funnel.SQL, funnel.Opportunity, funnel.Won, funnel.Lost, funnel.Recycled, funnel.Disqualified}
	reasons := []funnel.Reason{funnel.ReasonNoBudget, funnel.ReasonTiming}
	at := day("2025-01-01").Add(time.Duration(r.Int64N(int64(300 * oneDay))))
	j := flow.Journey{Lead: fmt.Sprint("lead-", i), Segments: []string{fmt.Sprint("segment ", r.IntN(3))}}
	stage := r.IntN(2)
	paid := false
	for range 1 + r.IntN(9) {
		s := flow.Step{At: at, Stage: stages[stage]}
		if stage > 5 {
			s.Reason = reasons[r.IntN(2)]
		}
		if stage == 5 && !paid {
			s.Amount, paid = 100+r.Int64N(1000), true
		}
		j.Steps = append(j.Steps, s)
		at = at.Add(1 + time.Duration(r.ExpFloat64()*float64(15*oneDay)))
		// From won only to lost or aside: a plain log that begins with won contradicts itself.
		next := stage
		for next == stage || stage == 5 && next < 5 {
			next = r.IntN(9)
			if r.IntN(2) == 0 {
				next = min(stage+1, 8)
			}
		}
		stage = next
	}
	if r.IntN(4) == 0 {
		j.Observed = j.Steps[0].At.Add(time.Duration(r.Int64N(int64(40 * oneDay))))
	}
	return j
}

func shuffled(r *rand.Rand, j flow.Journey) flow.Journey {
	j.Steps = slices.Clone(j.Steps)
	r.Shuffle(len(j.Steps), func(a, b int) { j.Steps[a], j.Steps[b] = j.Steps[b], j.Steps[a] })
	return j
}

func equal[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func TestAgainstReference(t *testing.T) {
	for seed := range uint64(450) { // most logs are small: where few are at risk, all cases come up
		journeys := 1 + int(seed%7)
		if seed%60 == 0 {
			journeys = 60
		}
		r := rand.New(rand.NewPCG(seed, 1))
		asOf := day("2025-11-01").Add(time.Duration(r.Int64N(int64(100 * oneDay))))
		calendar := officeHours(t)
		tick := []time.Duration{time.Second, time.Hour, oneDay}[seed%3]
		f, err := flow.New(flow.Options{Definition: funnel.Standard(), AsOf: asOf, Tick: tick, Calendar: calendar, Listed: 1000})
		if err != nil {
			t.Fatal(err)
		}
		want := newReference(funnel.Standard(), asOf, calendar)
		for i := range journeys {
			j := stroll(r, i)
			want.add(j)
			f.Add(shuffled(r, j))
		}
		compare(t, f.Report(), want, tick)
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

func compare(t *testing.T, got *flow.Report, want *reference, tick time.Duration) {
	for _, l := range got.Waterfall {
		equal(t, "reached "+string(l.Stage), l.Reached, want.reached[l.Stage])
		equal(t, "entered "+string(l.Stage), l.Entered, want.entered[l.Stage])
		equal(t, "visits "+string(l.Stage), l.Visits, want.visits[l.Stage])
	}
	sum := int64(0)
	for _, s := range got.Standing {
		equal(t, "standing "+string(s.Stage), s.Leads, want.standing[s.Stage])
		sum += s.Leads
	}
	equal(t, "leads", got.Leads, sum)
	equal(t, "outcomes", got.Outcomes, flow.Outcomes{Won: want.outcomes["won"], Lost: want.outcomes["lost"], Aside: want.outcomes["aside"], Open: want.outcomes["open"]})
	steps := map[[2]funnel.Stage]int64{}
	for _, f := range got.Follows {
		steps[[2]funnel.Stage{f.From, f.To}] = f.Count
	}
	if !maps.Equal(steps, want.follows) {
		t.Errorf("follows: got %v, want %v", steps, want.follows)
	}
	for _, list := range []struct {
		steps []flow.Follow
		is    func(a, b int) bool
	}{{got.Skips, func(a, b int) bool { return b > a+1 }}, {got.Regressions, func(a, b int) bool { return b > 0 && b < a }}} {
		n := 0
		for s := range want.follows {
			if a, b := want.order[s[0]], want.order[s[1]]; (a > 0 && b > 0 || s[0] == "") && list.is(a, b) {
				n++
			}
		}
		equal(t, "skips or regressions", len(list.steps), n)
	}

	curve := func(what string, c *flow.Curve, list []obs, way string, competing bool) {
		t.Helper()
		for _, at := range []time.Duration{0, oneDay, 9 * oneDay, 33 * oneDay, 90 * oneDay} {
			p := c.At(at)
			share, stdError := estimate(list, way, competing, tick, at)
			near(t, fmt.Sprint(what, " ", way, " at ", at), p.Share, share)
			if share < 1-1e-9 {
				near(t, fmt.Sprint(what, " ", way, " error at ", at), p.StdError, stdError)
			}
		}
		if m := c.Median; m.Reached {
			share, _ := estimate(list, way, competing, tick, m.Time)
			before, _ := estimate(list, way, competing, tick, m.Time-tick)
			if share < 0.5-1e-9 || before >= 0.5+1e-9 {
				t.Errorf("%s: median %s, share %v, before it %v", what, m, share, before)
			}
		} else if share, _ := estimate(list, way, competing, tick, 1<<62); share >= 0.5+1e-9 {
			t.Errorf("%s: median not reached, share %v", what, share)
		}
	}
	equal(t, "conversions", len(got.Conversions), 9)
	for i := range got.Conversions {
		c := &got.Conversions[i]
		key := [2]funnel.Stage{c.From, c.To}
		what := fmt.Sprint(key)
		equal(t, what+" within", c.Within, flow.Rate{Part: want.within[key], Whole: want.mature[key]})
		curve(what, &c.Converted, want.spells[key], "converted", true)
		curve(what, &c.Lost, want.spells[key], "lost", true)
		curve(what, &c.Aside, want.spells[key], "aside", true)
		curve(what, &c.Alone, want.spells[key], "converted", false)
		equal(t, what+" all", c.Converted.Spells+c.Unobserved, int64(len(want.spells[key])))
		equal(t, what+" ends", c.Converted.Events+c.Converted.Others+c.Converted.Censored, c.Converted.Spells)
		if c.From == funnel.Opportunity {
			equal(t, "win rate", got.Velocity.Win, flow.Rate{Part: c.Converted.Events, Whole: c.Converted.Events + c.Lost.Events + c.Aside.Events})
		}
	}
	for i := range got.Stages {
		s := &got.Stages[i]
		curve(string(s.Stage)+" visit", &s.Visit, want.visit[s.Stage], "converted", false)
		curve(string(s.Stage)+" lead", &s.Lead, want.lead[s.Stage], "converted", false)
		curve(string(s.Stage)+" working visit", s.VisitWorking, want.visitWork[s.Stage], "converted", false)
		curve(string(s.Stage)+" working lead", s.LeadWorking, want.leadWork[s.Stage], "converted", false)
	}
	for _, a := range got.Ageing {
		ages := want.ages[a.Stage]
		slices.Sort(ages)
		equal(t, "ages", a.Leads, int64(len(ages)))
		equal(t, "waiting", len(a.Longest), len(ages))
		if n := len(ages); n > 0 {
			up := func(d time.Duration) time.Duration { return (d + tick - 1) / tick * tick }
			equal(t, "median age", a.Median.Time, up(ages[(n+1)/2-1]))
			equal(t, "age of 9 in 10", a.P90.Time, up(ages[(n*9+9)/10-1]))
			equal(t, "oldest", a.Oldest.Time, up(ages[n-1]))
			equal(t, "longest", a.Longest[0].Age.Time, ages[n-1])
			beyond := int64(0)
			for _, age := range ages {
				if a.Limit.Reached && up(age) > a.Limit.Time {
					beyond++
				}
			}
			equal(t, "beyond", a.Beyond, beyond)
		}
	}
	equal(t, "ways", int(got.Ways), len(want.variants))
	for _, v := range got.Variants {
		o := want.variants[v.PathText()]
		equal(t, v.PathText(), v.Outcomes, flow.Outcomes{Won: o["won"], Lost: o["lost"], Aside: o["aside"], Open: o["open"]})
	}
	equal(t, "returns", len(got.Recycling), len(want.returns))
	for i := range got.Recycling {
		y := &got.Recycling[i]
		key := string(y.Stage) + "/" + string(y.Reason)
		equal(t, key+" again", y.Again, flow.Rate{Part: want.again[key], Whole: want.returned[key]})
		equal(t, key+" yield", y.Yield, flow.Rate{Part: want.yield[key], Whole: want.returned[key]})
		equal(t, key+" returns", y.Returns, int64(len(want.returns[key])))
		curve(key, &y.Back, want.returns[key], "converted", true)
	}
	rounds := map[int64]int64{}
	for _, r := range got.Rounds {
		rounds[r.Round] = r.Won
	}
	if !maps.Equal(rounds, want.rounds) {
		t.Errorf("rounds: got %v, want %v", rounds, want.rounds)
	}
	cohorts := map[string]int64{}
	revenue := int64(0)
	for _, c := range got.Cohorts {
		cohorts[c.Month] = c.Leads()
		revenue += c.Revenue
	}
	if !maps.Equal(cohorts, want.cohorts) {
		t.Errorf("cohorts: got %v, want %v", cohorts, want.cohorts)
	}
	equal(t, "revenue", revenue, want.revenue)
	equal(t, "revenue for the velocity", got.Velocity.Revenue, want.revenue)
	for _, s := range append(slices.Clone(got.Segments), got.Base) {
		equal(t, "quick wins of "+s.Name, s.Quick, flow.Rate{Part: want.quickWins[s.Name], Whole: want.quickOf[s.Name]})
	}
}
