package web

import (
	"fmt"
	"math/big"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/leadloop/leadloop/examples/crm/app"
	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/funnel/flow"
	"github.com/leadloop/leadloop/handoff"
	"github.com/leadloop/leadloop/handoff/goals"
)

// lastReport keeps the report that was shown last, so that its pictures show what the page does.
type lastReport struct {
	mutex  sync.Mutex
	report *app.Report
}

// A reportPage is the closed loop in figures.
type reportPage struct {
	*app.Report
	Shown   string   // names the report in the addresses of its pictures
	Funnel  []level  // of the success path
	Aside   []level  // off it
	Revenue []earned // by channel
	Models  []string // of the columns of Revenue
	Costs   []spent
	Reasons []returned
	Goals   []period
	Charts  map[string]chart
}

// A level is a stage with its leads.
type level struct {
	Stage         funnel.Stage
	Reached, Here int64
	Step, All     string // shares
}

// An earned is a channel's revenue under each model.
type earned struct {
	Channel string
	By      []int64
}

// A spent is what a channel cost, and what came of it.
type spent struct {
	Channel                string
	Touches, Cost, Revenue int64
	Return                 string // revenue for each unit of cost
}

// A returned is a reason with how often it was given, by kind of return.
type returned struct {
	Reason                                 funnel.Reason
	AtFault                                funnel.Side
	Rejected, Recycled, Disqualified, Lost int64
}

// A period has what both sides promised, and how far they are.
type period struct {
	goals.Standing
	Lines []promise
}

// A promise is one measure of one side.
type promise struct {
	Side, What, Delivered, Promised string
	Attained                        *big.Rat // of what is due by now; nil: nothing is
}

func (s *site) showReport(v *visit) error {
	report, err := s.app.Report(v.context())
	if err != nil {
		return err
	}
	s.report.mutex.Lock()
	s.report.report = report
	s.report.mutex.Unlock()
	return v.show(http.StatusOK, "report", newReportPage(report))
}

// showPlot is a picture of the report that the page shows.
func (s *site) showPlot(v *visit) error {
	query := v.r.URL.Query()
	s.report.mutex.Lock()
	report := s.report.report
	s.report.mutex.Unlock()
	if report == nil || reportName(report) != query.Get("of") {
		var err error
		if report, err = s.app.Report(v.context()); err != nil {
			return err
		}
	}
	name, found := strings.CutSuffix(v.r.PathValue("plot"), ".svg")
	c, known := newReportPage(report).Charts[name]
	if !found || !known {
		return errNotFound
	}
	width, colours := wide, light
	if query.Has("narrow") {
		width = narrow
	}
	if query.Has("dark") {
		colours = dark
	}
	picture, err := c.picture(lengthOf(width), colours)
	if err != nil {
		return err
	}
	h := v.w.Header()
	h.Set("Content-Type", "image/svg+xml")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox") // a picture has its colours in itself
	h.Set("Cache-Control", "private, max-age=600")
	_, err = v.w.Write(picture)
	return err
}

func reportName(r *app.Report) string { return strconv.FormatInt(r.AsOf.UnixMicro(), 36) }

func newReportPage(r *app.Report) reportPage {
	p := reportPage{Report: r, Shown: reportName(r), Charts: map[string]chart{}}
	p.levels()
	p.revenue()
	p.reasons()
	p.promises()
	for _, c := range []chart{p.funnelChart(), p.revenueChart(), p.reasonsChart(), p.goalsChart()} {
		if len(c.Categories) > 0 && len(c.Series) > 0 {
			p.Charts[c.Name] = c
		}
	}
	return p
}

func (p *reportPage) levels() {
	here := map[funnel.Stage]int64{}
	for _, standing := range p.Flow.Standing {
		here[standing.Stage] = standing.Leads
	}
	for _, l := range p.Flow.Waterfall {
		p.Funnel = append(p.Funnel, level{l.Stage, l.Reached, here[l.Stage], rate(l.Step), rate(l.Overall)})
		delete(here, l.Stage)
	}
	for _, standing := range p.Flow.Standing {
		if leads, aside := here[standing.Stage]; aside {
			p.Aside = append(p.Aside, level{Stage: standing.Stage, Here: leads})
		}
	}
}

func rate(r flow.Rate) string { return share(r.Part, r.Whole) }

func (p *reportPage) revenue() {
	rows := map[string]*earned{}
	var names []string
	row := func(channel string) *earned {
		if rows[channel] == nil {
			rows[channel] = &earned{Channel: channel, By: make([]int64, len(p.Report.Models))}
			names = append(names, channel)
		}
		return rows[channel]
	}
	for i, m := range p.Report.Models {
		p.Models = append(p.Models, m.Model)
		for _, c := range m.Channels {
			row(c.Channel).By[i] = c.Revenue
		}
	}
	for _, c := range p.Linear.Channels {
		row(c.Name)
		cost := spent{c.Name, c.Touches, c.Cost, c.Revenue, "–"}
		if ratio := c.ROAS(); ratio.Defined() {
			cost.Return = "× " + big.NewRat(ratio.Numerator, ratio.Denominator).FloatString(1)
		}
		p.Costs = append(p.Costs, cost)
	}
	slices.Sort(names)
	for _, name := range names {
		p.Revenue = append(p.Revenue, *rows[name])
	}
}

func (p *reportPage) reasons() {
	rows := map[funnel.Reason]*returned{}
	for _, list := range []struct {
		counts []handoff.ReasonCount
		add    func(r *returned, n int64)
	}{
		{p.Desk.Rejections, func(r *returned, n int64) { r.Rejected += n }},
		{p.Desk.Recycled, func(r *returned, n int64) { r.Recycled += n }},
		{p.Desk.Disqualified, func(r *returned, n int64) { r.Disqualified += n }},
		{p.Desk.Lost, func(r *returned, n int64) { r.Lost += n }},
	} {
		for _, c := range list.counts {
			if rows[c.Reason] == nil {
				rows[c.Reason] = &returned{Reason: c.Reason, AtFault: c.AtFault}
			}
			list.add(rows[c.Reason], c.Count)
		}
	}
	for _, r := range rows {
		p.Reasons = append(p.Reasons, *r)
	}
	slices.SortFunc(p.Reasons, func(a, b returned) int {
		if d := b.sum() - a.sum(); d != 0 {
			return int(d)
		}
		return strings.Compare(string(a.Reason), string(b.Reason))
	})
}

func (r returned) sum() int64 { return r.Rejected + r.Recycled + r.Disqualified + r.Lost }

func (p *reportPage) promises() {
	for _, standing := range p.Report.Goals {
		shown := period{Standing: standing}
		add := func(side, what, delivered, promised string, attained *big.Rat, known bool) {
			if !known {
				attained = nil
			}
			shown.Lines = append(shown.Lines, promise{side, what, delivered, promised, attained})
		}
		if m := standing.Count; m.Committed > 0 {
			attained, known := m.Attainment()
			add("Marketing", "Leads delivered", fmt.Sprint(m.Delivered), fmt.Sprint(m.Committed), attained, known)
		}
		if m := standing.Value; m.Committed > 0 {
			attained, known := m.Attainment()
			add("Marketing", "Value delivered", money(m.Delivered), money(m.Committed), attained, known)
		}
		if m := standing.Revenue; m.Committed > 0 {
			attained, known := m.Attainment()
			add("Sales", "Revenue", money(m.Delivered), money(m.Committed), attained, known)
		}
		for _, kept := range []struct {
			what string
			kept goals.Kept
		}{{"Acceptance", standing.Acceptance}, {"Follow-up", standing.FollowUp}} {
			if kept.kept.Agreed != "" {
				attained, known := kept.kept.Attainment()
				add("Sales", kept.what, fmt.Sprintf("%s (%d of %d)", share(kept.kept.Rate.Part, kept.kept.Rate.Whole), kept.kept.Rate.Part, kept.kept.Rate.Whole), fraction(kept.kept.Agreed), attained, known)
			}
		}
		p.Goals = append(p.Goals, shown)
	}
}

// fraction writes a fraction of an agreement, such as "4/5", in percent.
func fraction(f goals.Fraction) string {
	if r, valid := new(big.Rat).SetString(string(f)); valid {
		return percent(r)
	}
	return string(f)
}

// An answer is what became of offers.
type answer struct {
	Answer string
	Count  int64
}

// Offers are the answers to all offers.
func (p reportPage) Offers() []answer {
	o := p.Desk.Offers
	return []answer{
		{"Accepted", o.Accepted}, {"Accepted by silence", o.AutoAccepted}, {"Rejected", o.Rejected}, {"Expired", o.Expired}, {"Withdrawn", o.Withdrawn},
		{"Still open", o.Open},
	}
}

// Attainments are the deadlines with how often they were met.
func (p reportPage) Attainments() []struct {
	What string
	handoff.Attainment
} {
	d := p.Desk
	return []struct {
		What string
		handoff.Attainment
	}{{"Answer to an offer", d.Accept}, {"First attempt at contact", d.Touch}, {"All agreed attempts", d.Attempts}, {"Outcome", d.Feedback}}
}

// Ratio writes a ratio of the desk.
func (reportPage) Ratio(r handoff.Ratio) string { return share(r.Numerator, r.Denominator) }

// Median writes a percentile.
func (reportPage) Median(q handoff.Percentile) string {
	if !q.Reached {
		return "–"
	}
	return span(q.Time)
}

// Late says how long ago an offer fell due.
func (p reportPage) Late(due time.Time) string { return span(p.AsOf.Sub(due)) }
