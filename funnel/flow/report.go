package flow

import (
	"cmp"
	"slices"
	"time"

	"github.com/leadloop/leadloop/funnel"
)

// A Report is what a [Flow] has counted and what follows from it. Lists are in the order of the definition, of time, or as
// they say. String writes it as tables for people.
type Report struct {
	AsOf     time.Time `json:"as_of"`
	Journeys int64     `json:"journeys"` // that were added
	Leads    int64     `json:"leads"`    // of them, those that count: known as of AsOf, with a usable row
	Rows     int64     `json:"rows"`     // of all journeys
	Later    int64     `json:"later"`    // of them, after AsOf
	Excluded int64     `json:"excluded"` // leads of which nothing is measured in time, because their times contradict each other

	Waterfall   []Level      `json:"waterfall"`
	Standing    []Standing   `json:"standing"`
	Outcomes    Outcomes     `json:"outcomes"`
	Conversions []Conversion `json:"conversions"`
	Stages      []StageTime  `json:"stages"`
	Ageing      []Ageing     `json:"ageing"`
	Follows     []Follow     `json:"follows"`     // directly-follows matrix: the steps that were seen, by the stages that they lead from and to
	Skips       []Follow     `json:"skips"`       // of them, those that pass over stages of the success path, or begin beyond its beginning
	Regressions []Follow     `json:"regressions"` // of them, those that lead back on the success path
	Variants    []Variant    `json:"variants"`    // the most frequent first
	Ways        int64        `json:"ways"`        // how many different variants there are
	Recycling   []Recycling  `json:"recycling"`   // the most frequent of each stage first
	Rounds      []Round      `json:"rounds"`
	Velocity    Velocity     `json:"velocity"`
	Cohorts     []Cohort     `json:"cohorts"`
	QuickWithin Span         `json:"quick_within"` // what a quick win takes at most
	Horizon     Span         `json:"horizon"`
	Base        Segment      `json:"base"`     // all leads: what segments are held against
	Segments    []Segment    `json:"segments"` // by name
	Problems    Problems     `json:"problems"`
}

// A Level is a stage of the success path in the waterfall. A lead that skipped a stage has reached it.
type Level struct {
	Stage   funnel.Stage `json:"stage"`
	Reached int64        `json:"reached"` // leads that were there or beyond
	Entered int64        `json:"entered"` // leads that were there
	Visits  int64        `json:"visits"`  // times that they came
	Step    Rate         `json:"step"`    // reached, of those that reached the stage before
	Overall Rate         `json:"overall"` // reached, of those that reached the first stage
}

// A Standing is how many leads are in a stage at AsOf. The sum over all stages is Report.Leads.
type Standing struct {
	Stage    funnel.Stage `json:"stage"`
	Kind     funnel.Kind  `json:"kind"`
	Leads    int64        `json:"leads"`
	Pipeline int64        `json:"pipeline"` // amounts of the open ones, in minor units
}

// Outcomes are what became of leads, as of AsOf. Who was won once is won; who stands off the success path is lost or aside,
// by the kind of the stage; all others are open. What is open is not yet anything.
type Outcomes struct {
	Won   int64 `json:"won"`
	Lost  int64 `json:"lost"`
	Aside int64 `json:"aside"`
	Open  int64 `json:"open"`
}

// Close is the share of won leads of those that are not open.
func (o Outcomes) Close() Rate { return Rate{o.Won, add(o.Won, add(o.Lost, o.Aside))} }

// All is the number of leads.
func (o Outcomes) All() int64 { return add(o.Open, o.Close().Whole) }

// A Conversion is a step of the success path, or the way from one of its stages to won. Its unit is the spell: a lead has one
// for each round in which it entered From.
type Conversion struct {
	From funnel.Stage `json:"from"`
	To   funnel.Stage `json:"to"`

	// Within is the share that converted within the horizon, of the mature spells: those that were watched from their
	// beginning and began at least the horizon before AsOf.
	Within Rate `json:"within"`

	// Converted, Lost and Aside are cumulative incidences (Aalen–Johansen): the shares that are expected to have ended in
	// each way by a length of time.
	Converted Curve `json:"converted"`
	Lost      Curve `json:"lost"`
	Aside     Curve `json:"aside"`

	// Alone is 1 − Kaplan–Meier of the time to convert, with lost and aside taken as censored: the share that would have converted if no
	// lead were ever lost. It is above Converted, and no forecast.
	Alone Curve `json:"alone"`

	Unobserved int64 `json:"unobserved"` // spells that were over before the lead was watched, and are not measured
}

// A StageTime is how long leads are in a stage: 1 − Kaplan–Meier of the share that has left it. Working is in time of the
// calendar; it is nil without one.
type StageTime struct {
	Stage        funnel.Stage `json:"stage"`
	Visit        Curve        `json:"visit"` // of each visit
	Lead         Curve        `json:"lead"`  // of all visits of a lead together
	VisitWorking *Curve       `json:"visit_working,omitempty"`
	LeadWorking  *Curve       `json:"lead_working,omitempty"`
}

// An Ageing is how long the open leads of a stage have been there since they last entered it.
type Ageing struct {
	Stage   funnel.Stage `json:"stage"`
	Leads   int64        `json:"leads"` // whose age is known
	Median  Span         `json:"median"`
	P90     Span         `json:"p90"`
	Oldest  Span         `json:"oldest"`
	Limit   Span         `json:"limit"`   // by which 9 of 10 visits have ended (the P90 of StageTime.Visit); not reached if they have not
	Beyond  int64        `json:"beyond"`  // leads that are older
	Longest []Waiting    `json:"longest"` // those that wait longest, up to Options.Listed
}

// A Follow is a step that was seen. From is "" where journeys begin.
type Follow struct {
	From  funnel.Stage `json:"from,omitempty"`
	To    funnel.Stage `json:"to"`
	Count int64        `json:"count"`
	Known bool         `json:"known"` // an edge of the definition, or a beginning at its initial stage
}

// A Variant is a way through the funnel with its outcome: the stages that leads went through before they were won, or until
// the last one on the success path. So all leads of a variant were at its last stage, and its outcomes say what became of
// them there.
type Variant struct {
	Path     []funnel.Stage `json:"path"`
	More     bool           `json:"more,omitempty"` // longer than what is kept of it
	Outcomes Outcomes       `json:"outcomes"`
	Close    Rate           `json:"close"` // won, of those that are not open
	Low      float64        `json:"low"`   // interval of 95 % of Close
	High     float64        `json:"high"`
	Revenue  int64          `json:"revenue"`
	ToWin    Span           `json:"to_win"` // mean time from the first step to won, of the won
}

// Recycling is what became of the leads that left the success path for a stage, with a reason.
type Recycling struct {
	Stage    funnel.Stage  `json:"stage"`
	Reason   funnel.Reason `json:"reason,omitempty"`
	Returns  int64         `json:"returns"`            // a lead may have several
	Leads    int64         `json:"leads"`              // each once
	Again    Rate          `json:"again"`              // leads that came back to the success path, of the leads
	Yield    Rate          `json:"yield"`              // leads that were won after their first such return, of the leads
	Revenue  int64         `json:"revenue"`            // of those
	Back     Curve         `json:"back"`               // time from the return until the lead is on the path again (Aalen–Johansen)
	Accepted *Curve        `json:"accepted,omitempty"` // until it is in the first stage of the kind SLA, or beyond; nil if there is no such stage
}

// A Round is how many leads were first won in their n-th round.
type Round struct {
	Round int64 `json:"round"`
	Won   int64 `json:"won"`
}

// Velocity is pipeline velocity: opportunities × mean deal × win rate ÷ cycle days, what the open opportunities may be
// expected to bring in each day.
type Velocity struct {
	Stage         funnel.Stage `json:"stage"`         // that is an opportunity
	Opportunities int64        `json:"opportunities"` // leads that stand there
	Revenue       int64        `json:"revenue"`       // of the won deals
	Deals         int64        `json:"deals"`         // won leads with an amount
	Win           Rate         `json:"win"`           // opportunities won, of those won, lost or set aside, round by round
	Cycle         Span         `json:"cycle"`         // mean time from the opportunity to won, of the won
	PerDay        float64      `json:"per_day"`       // minor units a day; 0 where Defined is false
	Defined       bool         `json:"defined"`       // there is a deal, a decision and a cycle
}

// A Cohort are the leads whose first step was in a month.
type Cohort struct {
	Month    string   `json:"month"`   // "2026-03"; "" for leads whose beginning is unknown
	Reached  []int64  `json:"reached"` // stages of the waterfall
	Outcomes Outcomes `json:"outcomes"`
	Revenue  int64    `json:"revenue"`
	Within   Rate     `json:"within"` // won within the horizon of the first step, of those that were watched for so long
}

// Leads is the size of the cohort.
func (c Cohort) Leads() int64 { return c.Outcomes.All() }

// A Finding holds a rate against the base rate.
type Finding string

// The findings.
const (
	Above     Finding = "above"     // the interval lies above the base rate
	Below     Finding = "below"     // the interval lies below the base rate
	Undecided Finding = "undecided" // it holds the base rate, or there are fewer than [MinimumSupport] leads
)

// MinimumSupport is how many leads there must be before a rate is held against the base rate: a usual rule of thumb.
const MinimumSupport = 30

// A Segment is leads that have something in common.
type Segment struct {
	Name     string   `json:"name"`
	Outcomes Outcomes `json:"outcomes"`
	Close    Rate     `json:"close"` // won, of those that are not open
	Quick    Rate     `json:"quick"` // won within the time of a quick win, of those that were watched for so long
	Low      float64  `json:"low"`   // interval of 95 % of Quick
	High     float64  `json:"high"`
	Finding  Finding  `json:"finding"` // whether quick wins are more or less frequent than among all
	Revenue  int64    `json:"revenue"`
	ToWin    Span     `json:"to_win"` // mean time from the first step to won, of the won
}

// Problems are the rows that do not conform: all are counted, and of each kind the first are listed, by line.
type Problems struct {
	Count  int64          `json:"count"`
	Counts []ProblemCount `json:"counts"` // of the kinds that there are
	List   []Problem      `json:"list"`   // by line
}

// A ProblemCount is how often a kind of problem was found.
type ProblemCount struct {
	Kind  Kind  `json:"kind"`
	Count int64 `json:"count"`
}

// Report estimates. The flow can be added to and asked again. It takes time in proportion to the number of distinct lengths
// of time.
func (f *Flow) Report() *Report {
	p := f.plan
	whole := cohort{reached: make([]int64, len(p.path))}
	for _, month := range sortedKeys(f.cohorts) { // each lead is in one of them
		whole.group.merge(&f.cohorts[month].group)
		addAll(whole.reached, f.cohorts[month].reached)
	}
	r := &Report{
		AsOf: instant(p.asOf), Journeys: f.journeys, Leads: f.leads, Rows: f.rows, Later: f.later, Excluded: f.negative,
		Outcomes: outcomesOf(&whole.group), QuickWithin: spanOf(1, p.options.Quick), Horizon: spanOf(1, p.options.Horizon),
		Follows: []Follow{}, Skips: []Follow{}, Regressions: []Follow{}, Variants: []Variant{}, Recycling: []Recycling{}, Rounds: []Round{},
		Ageing: []Ageing{}, Cohorts: []Cohort{}, Segments: []Segment{}, Problems: Problems{Counts: []ProblemCount{}, List: []Problem{}},
	}
	f.waterfall(r, whole.reached)
	f.conversions(r, &whole.group)
	f.stageTimes(r)
	f.matrix(r)
	f.ways(r)
	f.recycled(r)
	f.cohortRows(r)
	f.shares(r, &whole.group)
	f.conformance(r)
	return r
}

func outcomesOf(g *group) Outcomes {
	return Outcomes{Won: g.outcomes[isWon], Lost: g.outcomes[isLost], Aside: g.outcomes[isAside], Open: g.outcomes[isOpen]}
}

func (f *Flow) waterfall(r *Report, reached []int64) {
	p := f.plan
	for rank, s := range p.path {
		l := Level{Stage: p.stages[s].name, Reached: reached[rank], Entered: f.entered[s], Visits: f.visited[s]}
		l.Overall = Rate{l.Reached, reached[0]}
		l.Step = Rate{l.Reached, reached[max(0, rank-1)]}
		r.Waterfall = append(r.Waterfall, l)
	}
	for i, s := range p.stages {
		r.Standing = append(r.Standing, Standing{s.name, s.kind, f.standing[i], f.pipeline[i]})
	}
}

func (f *Flow) conversions(r *Report, whole *group) {
	p := f.plan
	for k := range f.pairs {
		t := &f.pairs[k]
		s := t.sample(p.options.Tick)
		c := Conversion{
			From: p.stages[p.path[p.pairs[k].from]].name, To: p.stages[p.path[p.pairs[k].to]].name, Within: Rate{t.within, t.mature},
			Converted: s.curve(converted, true), Lost: s.curve(lost, true), Aside: s.curve(aside, true), Alone: s.curve(converted, false),
			Unobserved: t.unobserved,
		}
		r.Conversions = append(r.Conversions, c)
		if k == p.velocity {
			f.velocity(r, t, &c, whole)
		}
	}
}

func (f *Flow) velocity(r *Report, t *pairTimes, c *Conversion, whole *group) {
	p := f.plan
	s := p.path[p.opportunity]
	v := Velocity{Stage: p.stages[s].name, Opportunities: f.standing[s], Revenue: whole.revenue, Deals: whole.deals}
	v.Win = Rate{c.Converted.Events, add(c.Converted.Events, c.Converted.Others)}
	v.Cycle = mean(t.seconds, t.fromStart)
	if win, ok := v.Win.Value(); ok && v.Deals > 0 && v.Cycle.Reached && v.Cycle.Time > 0 {
		deal := float64(v.Revenue) / float64(v.Deals)
		v.PerDay = float64(float64(float64(v.Opportunities)*deal)*win) / v.Cycle.Days()
		v.Defined = true
	}
	r.Velocity = v
}

// mean gives a mean of seconds, to the second.
func mean(seconds, n int64) Span {
	if n == 0 {
		return Span{}
	}
	return Span{spanTime(seconds/n, time.Second), true}
}

func (f *Flow) stageTimes(r *Report) {
	p := f.plan
	tick := p.options.Tick
	for i := range f.stages {
		t := &f.stages[i]
		curve := func(once, several *times) Curve {
			var all times
			all.merge(once)
			all.merge(several)
			s := all.sample(tick)
			return s.curve(converted, false)
		}
		st := StageTime{Stage: p.stages[i].name, Visit: curve(&t.once, &t.visit), Lead: curve(&t.once, &t.lead)}
		if p.options.Calendar != nil {
			visit, lead := curve(&t.onceWorking, &t.visitWorking), curve(&t.onceWorking, &t.leadWorking)
			st.VisitWorking, st.LeadWorking = &visit, &lead
		}
		r.Stages = append(r.Stages, st)
		if p.stages[i].rank < 0 || p.stages[i].rank >= p.won {
			continue
		}
		ages := f.ageing[i].bins()
		a := Ageing{
			Stage: st.Stage, Leads: total(ages), Limit: st.Visit.P90.Span,
			Median: spanOf(nearestRank(ages, 1, 2), tick), P90: spanOf(nearestRank(ages, 9, 10), tick), Oldest: spanOf(nearestRank(ages, 1, 1), tick),
			Longest: append([]Waiting{}, f.waiting[i].cut(p.options.Listed, (*Waiting).compare)...),
		}
		if a.Limit.Reached {
			a.Beyond = a.Leads - below(ages, int64(a.Limit.Time/tick)+1)
		}
		r.Ageing = append(r.Ageing, a)
	}
}

func (f *Flow) matrix(r *Report) {
	p := f.plan
	n := len(p.stages)
	for i, s := range p.stages {
		if c := f.starts[i]; c > 0 {
			step := Follow{To: s.name, Count: c, Known: i == p.initial}
			r.Follows = append(r.Follows, step)
			if s.rank > 0 {
				r.Skips = append(r.Skips, step)
			}
		}
	}
	for from := range p.stages {
		for to := range p.stages {
			c := f.follows[from*n+to]
			if c == 0 {
				continue
			}
			step := Follow{p.stages[from].name, p.stages[to].name, c, p.edge(from, to)}
			r.Follows = append(r.Follows, step)
			a, b := p.stages[from].rank, p.stages[to].rank
			switch {
			case a < 0 || b < 0:
			case b > a+1:
				r.Skips = append(r.Skips, step)
			case b < a:
				r.Regressions = append(r.Regressions, step)
			}
		}
	}
}

func (f *Flow) ways(r *Report) {
	p := f.plan
	type way struct {
		key string
		of  *group
		all int64
	}
	list := make([]way, 0, len(f.variants))
	for _, key := range sortedKeys(f.variants) {
		g := f.variants[key]
		list = append(list, way{key, g, outcomesOf(g).All()})
	}
	slices.SortStableFunc(list, func(a, b way) int { return cmp.Compare(b.all, a.all) })
	r.Ways = int64(len(list))
	for _, w := range list[:min(len(list), p.options.Listed)] {
		v := Variant{Outcomes: outcomesOf(w.of), Revenue: w.of.revenue, ToWin: mean(w.of.seconds, w.of.measured), Path: []funnel.Stage{}}
		for i := range len(w.key) {
			if w.key[i] == more {
				v.More = true
				break
			}
			v.Path = append(v.Path, p.stages[w.key[i]].name)
		}
		v.Close = v.Outcomes.Close()
		v.Low, v.High = v.Close.Interval()
		r.Variants = append(r.Variants, v)
	}
}

// Best are the variants that close best: those of at least so many closed leads, by the lower limit of the interval of their
// rate, which a handful of lucky leads does not lift. Only listed variants take part.
func (r *Report) Best(closed int64) []Variant {
	var best []Variant
	for _, v := range r.Variants {
		if v.Close.Whole >= max(1, closed) {
			best = append(best, v)
		}
	}
	slices.SortStableFunc(best, func(a, b Variant) int { return cmp.Compare(b.Low, a.Low) })
	return best
}

func (f *Flow) recycled(r *Report) {
	p := f.plan
	for _, key := range f.returnKeys() {
		b := f.back[key]
		s := b.back.sample(p.options.Tick)
		y := Recycling{
			Stage: p.stages[key.stage].name, Reason: key.reason, Returns: b.visits, Leads: b.leads, Again: Rate{b.again, b.leads},
			Yield: Rate{b.won, b.leads}, Revenue: b.revenue, Back: s.curve(converted, true),
		}
		if p.accepted >= 0 {
			s := b.accepted.sample(p.options.Tick)
			c := s.curve(converted, true)
			y.Accepted = &c
		}
		r.Recycling = append(r.Recycling, y)
	}
	slices.SortStableFunc(r.Recycling, func(a, b Recycling) int {
		return cmp.Or(cmp.Compare(p.index[a.Stage], p.index[b.Stage]), cmp.Compare(b.Leads, a.Leads))
	})
	for _, round := range sortedKeys(f.rounds) {
		r.Rounds = append(r.Rounds, Round{round, f.rounds[round]})
	}
}

func (f *Flow) cohortRows(r *Report) {
	for _, month := range sortedKeys(f.cohorts) {
		c := f.cohorts[month]
		out := Cohort{Reached: slices.Clone(c.reached), Outcomes: outcomesOf(&c.group), Revenue: c.revenue, Within: Rate{c.won, c.ripe}}
		if month > 0 {
			out.Month = time.Date(int(month-1)/12, time.Month((month-1)%12+1), 1, 0, 0, 0, 0, time.UTC).Format("2006-01")
		}
		r.Cohorts = append(r.Cohorts, out)
	}
}

func (f *Flow) shares(r *Report, whole *group) {
	segment := func(name string, g *group) Segment {
		s := Segment{Name: name, Outcomes: outcomesOf(g), Quick: Rate{g.quick, g.mature}, Revenue: g.revenue, ToWin: mean(g.seconds, g.measured)}
		s.Close = s.Outcomes.Close()
		s.Low, s.High = s.Quick.Interval()
		s.Finding = Undecided
		return s
	}
	r.Base = segment("", whole)
	base, ok := r.Base.Quick.Value()
	for _, name := range sortedKeys(f.segments) {
		s := segment(name, f.segments[name])
		switch {
		case !ok || s.Quick.Whole < MinimumSupport:
		case s.Low > base:
			s.Finding = Above
		case s.High < base:
			s.Finding = Below
		}
		r.Segments = append(r.Segments, s)
	}
}

// QuickWins are the segments in which quick wins are more frequent than among all leads, the best first, by the lower limit of the
// interval of their rate.
func (r *Report) QuickWins() []Segment {
	var list []Segment
	for _, s := range r.Segments {
		if s.Finding == Above {
			list = append(list, s)
		}
	}
	slices.SortStableFunc(list, func(a, b Segment) int { return cmp.Compare(b.Low, a.Low) })
	return list
}

func (f *Flow) conformance(r *Report) {
	for i := range f.problems {
		q := &f.problems[i]
		if q.count == 0 {
			continue
		}
		r.Problems.Count = add(r.Problems.Count, q.count)
		r.Problems.Counts = append(r.Problems.Counts, ProblemCount{kinds[i], q.count})
		r.Problems.List = append(r.Problems.List, q.list.cut(f.plan.options.Listed, (*Problem).compare)...)
	}
	slices.SortStableFunc(r.Problems.List, func(a, b Problem) int { return a.compare(&b) })
}

// Conversion is the one between two stages of the success path; false where it is none that is measured: each step, and
// the way from each stage to won.
func (r *Report) Conversion(from, to funnel.Stage) (Conversion, bool) {
	for i := range r.Conversions {
		if c := &r.Conversions[i]; c.From == from && c.To == to {
			return *c, true
		}
	}
	return Conversion{}, false
}
