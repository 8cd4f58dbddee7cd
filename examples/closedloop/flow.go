package main

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/funnel/flow"
)

// This file makes the report's sections on how leads flow out of what funnel/flow has counted. Both data sets give it the
// journey of each lead; it is the host that knows what tells leads apart.

// Step is one stage of the waterfall.
type Step struct {
	Stage       string `json:"stage"`
	Leads       int64  `json:"leads"`         // that reached it, or went beyond
	Conversion  *Rate  `json:"conversion"`    // of the stage before; null for the first
	TimeInStage *Stay  `json:"time_in_stage"` // null for won, which nobody leaves
}

// Stay is how long visits of a stage take, those that are not over yet included.
type Stay struct {
	Visits        int64    `json:"visits"`
	Open          int64    `json:"open"`           // of them, not over yet
	Median        *Seconds `json:"median_seconds"` // null: fewer than half are over so far
	P90           *Seconds `json:"p90_seconds"`
	WorkingMedian *Seconds `json:"working_median_seconds"` // by the calendar of the agreement; null without one, too
	WorkingP90    *Seconds `json:"working_p90_seconds"`
}

// Standing is how many leads are in a stage.
type Standing struct {
	Stage string `json:"stage"`
	Leads int64  `json:"leads"`
}

// Conversion is how many get from one stage to another, and when. The unit is the spell: a lead has one for each round in
// which it was in From. Spells = Converted + Lost + Aside + Open.
type Conversion struct {
	From       string   `json:"from"`
	To         string   `json:"to"`
	Spells     int64    `json:"spells"` // that are measured
	Converted  int64    `json:"converted"`
	Lost       int64    `json:"lost"`
	Aside      int64    `json:"aside"`                // recycled or disqualified
	Open       int64    `json:"open"`                 // not yet
	Unobserved int64    `json:"unobserved,omitempty"` // spells that ended before anybody recorded it
	InTime     Rate     `json:"in_time"`              // within the horizon, of the spells that began at least so long ago
	Median     Quantile `json:"median"`
	P90        Quantile `json:"p90"`
	ByHorizon  *Mark    `json:"by_horizon"` // the share within the horizon, of all; null where it is not known yet
	Marks      []Mark   `json:"marks"`      // the share by length of time, as far as anything was observed
}

// Quantile is the time within which a share of all spells convert, with its 95 % interval; null where it is not reached.
type Quantile struct {
	Time *Seconds `json:"seconds"`
	Low  *Seconds `json:"low_seconds"`
	High *Seconds `json:"high_seconds"`
}

// Mark is the share that is expected to have converted by a length of time, with its 95 % interval.
type Mark struct {
	Days   int64   `json:"days"`
	AtRisk int64   `json:"at_risk"` // spells that were under way just before
	Share  Percent `json:"percent"`
	Low    Percent `json:"low"`
	High   Percent `json:"high"`
}

// Percent is a share in tenths of a percent.
type Percent int64

func percentOf(share float64) Percent { return Percent(math.RoundToEven(share * 1000)) }

func (p Percent) String() string { return decimal(int64(p)) + " %" }

// MarshalJSON writes percent with one decimal.
func (p Percent) MarshalJSON() ([]byte, error) { return []byte(decimal(int64(p))), nil }

// Velocity is what the open opportunities may be expected to bring in each day.
type Velocity struct {
	Opportunities int64    `json:"opportunities"`   // that are open
	Deal          *int64   `json:"mean_deal_cents"` // of the deals that are won and have an amount; null without one
	Win           Rate     `json:"win"`             // opportunities won, of those that ended, round by round
	Cycle         *Seconds `json:"cycle_seconds"`   // mean time from the opportunity to the deal
	PerDay        *int64   `json:"cents_per_day"`   // null where one of the others is
}

// Journey is a way through the funnel: the stages until the win, or until the last one of the success path.
type Journey struct {
	Stages  []string `json:"stages"`
	More    bool     `json:"more,omitempty"` // longer than what is kept of it
	Leads   int64    `json:"leads"`
	Won     Rate     `json:"won"` // of the closed
	Low     Percent  `json:"low"` // 95 % interval of it
	High    Percent  `json:"high"`
	Revenue int64    `json:"revenue_cents"`
	ToWin   *Seconds `json:"mean_seconds_to_win"` // from the first step; null without a win
}

// QuickWins says which leads are won quickly more often than others.
type QuickWins struct {
	Days     int64     `json:"days"` // what a quick win takes at most
	Base     Segment   `json:"base"` // all leads
	Segments []Segment `json:"segments"`
}

// Segment is leads that have something in common.
type Segment struct {
	Name    string   `json:"name"`
	Leads   int64    `json:"leads"`
	Won     int64    `json:"won"`   // so far
	Quick   Rate     `json:"quick"` // won in time, of those that have had the time
	Low     Percent  `json:"low"`   // 95 % interval of it
	High    Percent  `json:"high"`
	Finding string   `json:"finding"`             // above or below the base rate, or undecided
	ToWin   *Seconds `json:"mean_seconds_to_win"` // from the first step; null without a win
}

// Cohort is the leads of one month of first contact.
type Cohort struct {
	Month  string `json:"month"`
	Leads  int64  `json:"leads"`
	MQL    int64  `json:"mql"`
	Won    Rate   `json:"won"`         // so far
	InTime Rate   `json:"won_in_time"` // within the horizon, of those that have had the time
}

// Yield is what came of the leads that left the success path with a reason.
type Yield struct {
	Stage   string   `json:"stage"` // that they went to
	Reason  string   `json:"reason"`
	Returns int64    `json:"returns"` // a lead may have several
	Leads   int64    `json:"leads"`
	Again   Rate     `json:"again"` // back on the success path, of the leads
	Won     Rate     `json:"won"`   // won after it, of the leads
	Revenue int64    `json:"revenue_cents"`
	Back    *Seconds `json:"median_seconds_back"` // null: fewer than half have come back so far
}

// flows fills in what the report takes from flow, and holds flow's counts against those that the program made itself.
func (out *Report) flows(r *flow.Report, reached, standing map[funnel.Stage]int64) {
	out.HorizonDays = days24(r.Horizon)
	stays := map[funnel.Stage]*flow.StageTime{}
	for i := range r.Stages {
		stays[r.Stages[i].Stage] = &r.Stages[i]
	}
	last := len(r.Waterfall) - 1
	for i, l := range r.Waterfall {
		step := Step{Stage: string(l.Stage), Leads: l.Reached}
		if i > 0 {
			step.Conversion = &Rate{l.Step.Part, l.Step.Whole}
		}
		if i < last {
			step.TimeInStage = stayOf(stays[l.Stage])
		}
		out.Waterfall = append(out.Waterfall, step)
		out.Conservation.balance(flowCheck+"reached "+string(l.Stage), "leads", reached[l.Stage], Part{"flow", l.Reached})
	}
	for _, s := range r.Standing {
		out.Standing = append(out.Standing, Standing{string(s.Stage), s.Leads})
		out.Conservation.balance(flowCheck+"in "+string(s.Stage), "leads", standing[s.Stage], Part{"flow", s.Leads})
	}
	for i := range r.Conversions {
		c := &r.Conversions[i]
		if c.From == funnel.MQL && c.To == funnel.Won {
			out.TimeToWin = conversionOf(c, r.Horizon)
		}
		if i < last {
			out.Conversions = append(out.Conversions, conversionOf(c, r.Horizon))
		}
	}
	out.Won = r.Outcomes.Won
	for _, c := range r.Cohorts {
		mql := c.Reached[slices.IndexFunc(r.Waterfall, func(l flow.Level) bool { return l.Stage == funnel.MQL })]
		out.Cohorts = append(out.Cohorts, Cohort{c.Month, c.Leads(), mql, Rate{c.Outcomes.Won, c.Leads()}, rateOf(c.Within)})
	}
	out.QuickWins = &QuickWins{Days: days24(r.QuickWithin), Base: segmentOf(r.Base)}
	for _, s := range r.Segments {
		out.QuickWins.Segments = append(out.QuickWins.Segments, segmentOf(s))
	}
	slices.SortStableFunc(out.QuickWins.Segments, func(a, b Segment) int { return cmp.Compare(b.Low, a.Low) })
	out.oddSteps(r)
}

// flowCheck begins the names of the balances that hold flow's counts against the program's own.
const flowCheck = "flow, "

// deals fills in what only data with lost deals and revenue can tell, with what leads brought after they had left the path, and how many
// deals have brought something: a lead may have several, each of them at the end of a round that the velocity counts.
func (out *Report) deals(r *flow.Report, yields map[left]int64, sales int64) {
	v := r.Velocity
	out.Velocity = &Velocity{Opportunities: v.Opportunities, Win: rateOf(v.Win), Cycle: secondsOf(v.Cycle)}
	if sales > 0 {
		mean := (v.Revenue + sales/2) / sales
		out.Velocity.Deal = &mean
	}
	if v.Defined && sales > 0 {
		perDay := int64(math.RoundToEven(v.PerDay * (float64(v.Deals) / float64(sales)))) // of deals, not of leads
		out.Velocity.PerDay = &perDay
	}
	out.Journeys = []Journey{}
	for _, way := range r.Best(flow.MinimumSupport) {
		j := Journey{More: way.More, Leads: way.Outcomes.All(), Won: rateOf(way.Close), Low: percentOf(way.Low), High: percentOf(way.High),
			Revenue: way.Revenue, ToWin: secondsOf(way.ToWin)}
		for _, s := range way.Path {
			j.Stages = append(j.Stages, string(s))
		}
		out.Journeys = append(out.Journeys, j)
	}
	out.Yields = []Yield{}
	for i := range r.Recycling {
		y := &r.Recycling[i]
		out.Yields = append(out.Yields, Yield{string(y.Stage), string(y.Reason), y.Returns, y.Leads, rateOf(y.Again), rateOf(y.Yield), yields[left{y.Stage, y.Reason}],
			secondsOf(y.Back.Median.Span)})
	}
}

func stayOf(t *flow.StageTime) *Stay {
	s := &Stay{Visits: t.Visit.Spells, Open: t.Visit.Censored, Median: secondsOf(t.Visit.Median.Span), P90: secondsOf(t.Visit.P90.Span)}
	if w := t.VisitWorking; w != nil {
		s.WorkingMedian, s.WorkingP90 = secondsOf(w.Median.Span), secondsOf(w.P90.Span)
	}
	return s
}

func conversionOf(c *flow.Conversion, horizon flow.Span) *Conversion {
	out := &Conversion{
		From: string(c.From), To: string(c.To), Spells: c.Converted.Spells, Converted: c.Converted.Events, Lost: c.Lost.Events, Aside: c.Aside.Events,
		Open: c.Converted.Censored, Unobserved: c.Unobserved, InTime: rateOf(c.Within), Median: quantileOf(c.Converted.Median), P90: quantileOf(c.Converted.P90),
		ByHorizon: byHorizon(c, horizon), Marks: []Mark{},
	}
	for _, m := range c.Converted.Marks {
		out.Marks = append(out.Marks, Mark{days24(m.Time), m.AtRisk, percentOf(m.Share), percentOf(m.Low), percentOf(m.High)})
	}
	return out
}

// byHorizon is the share that converts within the horizon. A curve that ends before it tells all the same, if nobody is still
// under way at its end.
func byHorizon(c *flow.Conversion, horizon flow.Span) *Mark {
	p := c.Converted.At(horizon.Time)
	rest := 1 - p.Share - c.Lost.At(horizon.Time).Share - c.Aside.At(horizon.Time).Share
	if c.Converted.Spells == 0 || c.Converted.Until.Time < horizon.Time && rest > 1e-9 {
		return nil
	}
	low, high := p.Interval()
	m := Mark{Days: days24(horizon), Share: percentOf(p.Share), Low: percentOf(low), High: percentOf(high)}
	for _, known := range c.Converted.Marks {
		if known.Time == horizon {
			m.AtRisk = known.AtRisk
		}
	}
	return &m
}

func segmentOf(s flow.Segment) Segment {
	return Segment{s.Name, s.Outcomes.All(), s.Outcomes.Won, rateOf(s.Quick), percentOf(s.Low), percentOf(s.High), string(s.Finding), secondsOf(s.ToWin)}
}

func quantileOf(q flow.Quantile) Quantile {
	return Quantile{secondsOf(q.Span), secondsOf(q.Low), secondsOf(q.High)}
}

func rateOf(r flow.Rate) Rate { return Rate{r.Part, r.Whole} }

// secondsOf is null where a span is not known.
func secondsOf(s flow.Span) *Seconds {
	if !s.Reached {
		return nil
	}
	seconds := Seconds(s.Time / time.Second)
	return &seconds
}

func days24(s flow.Span) int64 { return int64(s.Time / (24 * time.Hour)) }
