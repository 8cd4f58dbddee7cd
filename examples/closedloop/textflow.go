package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/funnel/flow"
)

// This file writes the sections on how leads flow.

func (r *Report) textWaterfall(s *sheet) {
	s.heading("WATERFALL                 leads that reached the stage, and how long they stay; what is open is \"not yet\", never lost")
	head := []string{"stage", "leads", "", "of before", fmt.Sprintf("moves on in %d d (95 %%)", r.HorizonDays), "median stay", "90 % within"}
	layout := "lrlrrrr"
	working := slices.ContainsFunc(r.Waterfall, func(step Step) bool { return step.TimeInStage != nil && step.TimeInStage.WorkingMedian != nil })
	if working {
		head, layout = append(head, "business median"), layout+"r"
	}
	rows := [][]string{append(head, "are here now")}
	now := map[string]int64{}
	for _, p := range r.Standing {
		now[p.Stage] = p.Leads
	}
	for i, step := range r.Waterfall {
		row := []string{stageName(step.Stage), thousands(step.Leads), bar(step.Leads, r.Leads, 12), ""}
		if step.Conversion != nil {
			row[3] = step.Conversion.String()
		}
		if stay := step.TimeInStage; stay != nil {
			row = append(row, r.Conversions[i].within(), reached(stay.Median, stay.Visits), reached(stay.P90, stay.Visits))
			if working {
				row = append(row, inHours(stay.WorkingMedian, stay.Visits))
			}
		} else {
			row = append(row, make([]string, len(layout)-len(row))...)
		}
		rows = append(rows, append(row, thousands(now[step.Stage])))
		delete(now, step.Stage)
	}
	s.table(layout+"r", rows...)
	var aside []string
	for _, p := range r.Standing {
		if n, ok := now[p.Stage]; ok {
			aside = append(aside, fmt.Sprintf("%s %s", stageName(p.Stage), thousands(n)))
		}
	}
	if len(aside) > 0 {
		s.line("  aside now: " + strings.Join(aside, ", "))
	}
	s.paragraph("  ", r.TimeToWin.text())
	if v := r.Velocity; v != nil {
		s.paragraph("  ", v.text())
	}
}

// within is the share that converts within the horizon, with its interval.
func (c *Conversion) within() string {
	if c.ByHorizon == nil {
		return "not known yet"
	}
	m := c.ByHorizon
	if m.Low == m.High { // nobody, or everybody
		return m.Share.String()
	}
	return fmt.Sprintf("%s (%s)", m.Share, interval(m.Low, m.High))
}

func interval(low, high Percent) string {
	return fmt.Sprintf("%s to %s", decimal(int64(low)), decimal(int64(high)))
}

// text says by when how many are won, with 95 % intervals.
func (c *Conversion) text() string {
	var shares []string
	for _, m := range c.Marks {
		if m.Days >= 30 && m.Days != 60 && m.Share > 0 {
			shares = append(shares, fmt.Sprintf("%s within %d d (%s)", m.Share, m.Days, interval(m.Low, m.High)))
		}
	}
	if len(shares) == 0 {
		shares = []string{"too early to say"}
	}
	median := reached(c.Median.Time, c.Spells)
	if c.Median.Time != nil {
		median += fmt.Sprintf(" (%s to %s)", reached(c.Median.Low, 1), reached(c.Median.High, 1))
	}
	return fmt.Sprintf("time to win, from %s: %s; median %s", stageName(c.From), strings.Join(shares, ", "), median)
}

func (v *Velocity) text() string {
	if v.PerDay == nil {
		return "velocity: undefined without a won opportunity"
	}
	return fmt.Sprintf("velocity: %s open opportunities × %s a deal × %s won ÷ %s = %s a day", thousands(v.Opportunities), money(*v.Deal), v.Win, *v.Cycle, money(*v.PerDay))
}

// reached writes a time that a curve of so many spells has come to, or that it has not.
func reached(t *Seconds, spells int64) string {
	if t == nil && spells > 0 {
		return "not reached"
	}
	return spanOf(t)
}

// inHours writes working time: a "d" would be 24 hours, three working days.
func inHours(t *Seconds, spells int64) string {
	if t == nil || *t < 2*hour {
		return reached(t, spells)
	}
	return decimal(int64(*t)*10/hour) + " h"
}

// stageName is how practitioners write a stage.
func stageName(stage string) string {
	switch stage {
	case "mql", "sal", "sql":
		return strings.ToUpper(stage)
	}
	return stage
}

// textJourneys lists the ways through the funnel that close best.
func (r *Report) textJourneys(s *sheet) {
	if r.Journeys == nil {
		return
	}
	s.heading(fmt.Sprintf("JOURNEYS THAT CLOSE BEST  won of the closed leads, of those ways that at least %d closed leads went", flow.MinimumSupport))
	rows := [][]string{{"leads", "closed", "won", "", "95 %", "revenue", "mean time", "journey"}}
	for _, j := range r.Journeys[:min(5, len(r.Journeys))] {
		if j.Won.Count == 0 {
			break // what follows is no better
		}
		rows = append(rows, []string{thousands(j.Leads), thousands(j.Won.Of), thousands(j.Won.Count), j.Won.String(), interval(j.Low, j.High), money(j.Revenue),
			spanOf(j.ToWin), shown(j.text(), 68)})
	}
	if len(rows) == 1 {
		s.line("  too few leads are closed to say")
		return
	}
	s.table("rrrrrrrl", rows...)
}

// text is the way with arrows.
func (j *Journey) text() string {
	var names []string
	for _, stage := range j.Stages {
		names = append(names, stageName(stage))
	}
	if j.More {
		names = append(names, "…")
	}
	return strings.Join(names, " → ")
}

// mostAbove and mostBelow are how many segments people get to see: the best, and those to do without.
const (
	mostAbove = 6
	mostBelow = 5
)

// textSegments sets the cohorts beside the segments that are won quickly more or less often than all leads.
func (r *Report) textSegments(s *sheet) {
	q := r.QuickWins
	title, period, list := "BY MONTH OF FIRST CONTACT", "month", r.Cohorts
	if r.Simulated { // a whole year is shorter by quarters
		title, period, list = "BY QUARTER OF CREATION", "quarter", quarters(r.Cohorts)
	}
	left := [][]string{{period, "leads", "won", fmt.Sprintf("within %d d", r.HorizonDays), "of"}}
	for _, c := range list {
		left = append(left, []string{c.Month, thousands(c.Leads), thousands(c.Won.Count), c.InTime.String(), thousands(c.InTime.Of)})
	}
	right := [][]string{{"segment", fmt.Sprintf("within %d d", q.Days), "of", "95 %", ""}}
	add := func(g Segment, finding string) {
		right = append(right, []string{shown(segmentName(g.Name), 30), g.Quick.String(), thousands(g.Quick.Of), interval(g.Low, g.High), finding})
	}
	add(q.Base, "")
	var above, below []Segment
	for _, g := range q.Segments {
		switch g.Finding {
		case string(flow.Above):
			above = append(above, g)
		case string(flow.Below):
			below = append(below, g)
		}
	}
	slices.SortStableFunc(below, func(a, b Segment) int { return cmp.Compare(a.High, b.High) })
	for _, g := range above[:min(mostAbove, len(above))] {
		add(g, g.Finding)
	}
	for _, g := range below[:min(mostBelow, len(below))] {
		add(g, g.Finding)
	}
	if more := max(0, len(above)-mostAbove) + max(0, len(below)-mostBelow); more > 0 {
		right = append(right, []string{fmt.Sprintf("and %d more", more), "", "", "", ""})
	}
	a := &sheet{}
	a.table("lrrrr", left...)
	width := utf8.RuneCountInString(strings.SplitN(a.String(), "\n", 2)[0])
	s.heading(fmt.Sprintf("%-*s     QUICK WINS   segments clearly above or below all leads", width, title))
	s.beside("lrrrr", left, "lrrrl", right)
}

// segmentName shows a segment that is the absence of something.
func segmentName(name string) string {
	switch name {
	case "":
		return "all leads"
	case originSegment:
		return originSegment + originName("")
	}
	return name
}

// quarters sums months up.
func quarters(months []Cohort) []Cohort {
	var list []Cohort
	for _, c := range months {
		month, _ := time.Parse("2006-01", c.Month)
		name := fmt.Sprintf("%d-Q%d", month.Year(), (month.Month()+2)/3)
		if n := len(list); n == 0 || list[n-1].Month != name {
			list = append(list, Cohort{Month: name})
		}
		q := &list[len(list)-1]
		q.Leads += c.Leads
		q.MQL += c.MQL
		q.Won = Rate{q.Won.Count + c.Won.Count, q.Won.Of + c.Won.Of}
		q.InTime = Rate{q.InTime.Count + c.InTime.Count, q.InTime.Of + c.InTime.Of}
	}
	return list
}

// yields are the rows of what came of the leads that were recycled, by the most frequent reasons.
func (r *Report) yields(most int) [][]string {
	rows := [][]string{{"recycled because", "leads", "back", "won"}}
	list := slices.DeleteFunc(slices.Clone(r.Yields), func(y Yield) bool { return y.Stage != string(funnel.Recycled) })
	all := len(list)
	if all == 0 {
		return nil
	}
	list = slices.DeleteFunc(list, func(y Yield) bool { return y.Leads < flow.MinimumSupport }) // of so few their rates tell nothing
	list = list[:min(most, len(list))]
	for _, y := range list {
		rows = append(rows, []string{shown(strings.ReplaceAll(y.Reason, "_", " "), 22), thousands(y.Leads), y.Again.String(), y.Won.String()})
	}
	if more := all - len(list); more > 0 {
		rows = append(rows, []string{fmt.Sprintf("%d other reasons", more), "", "", ""})
	}
	return rows
}
