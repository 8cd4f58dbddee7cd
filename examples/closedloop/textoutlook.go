package main

import (
	"fmt"
	"strings"
	"time"
)

// textReview says what is to be said about the scoring model as such, whatever the data.
func (r *Report) textReview(s *sheet) {
	s.heading("REVIEW OF THE MODEL       what overlaps, can't be reached, never counts or must not be looked at")
	if len(r.Review) == 0 {
		s.line("  nothing to find fault with")
	}
	for _, f := range r.Review {
		s.paragraph("  "+string(f.Severity)+"  ", f.Path+": "+f.Message)
	}
}

// few is how many of the leads of a list people get to see; the JSON lists more.
const few = 5

// textOutlook says what comes next with the leads that are open.
func (r *Report) textOutlook(s *sheet) {
	if r.Outlook == nil {
		return
	}
	c, n := &r.Outlook.Cooling, &r.Outlook.Near
	s.heading("WHICH LEADS OF SALES COOL NEXT?     when their grade falls if they do nothing more")
	s.paragraph("  ", fmt.Sprintf("%s leads are with sales: the grade of %s falls, of %s of them within 7 days%s; of %s it stays%s",
		thousands(c.Leads), thousands(c.Fall), thousands(c.Soon), also(c.Rise, "; of %s it rises, as what counts against them fades"), thousands(c.Stay), also(c.Unknown, "; of %s it can't be told")))
	if len(c.Next) > 0 {
		rows := [][]string{{"falls (UTC)", "lead", "stage", "owner", "from", "to"}}
		for _, f := range c.Next[:min(few, len(c.Next))] {
			rows = append(rows, []string{f.At.Format(time.DateOnly + " 15:04"), f.Lead, stageName(f.Stage), f.Owner, f.From, f.To})
		}
		s.table("llllll", rows...)
	}
	first := ""
	if len(n.Next) > 0 {
		first = "; first those that lack least"
	}
	s.heading("WHAT WOULD LIFT LEADS TO THE HAND-OVER?     of those that marketing has and that are one band short")
	s.paragraph("  ", fmt.Sprintf("%s leads are one band of fit or engagement short of it%s", thousands(n.Leads), first))
	if len(n.Next) > 0 {
		rows := [][]string{{"lead", "stage", "grade", "one of these would do"}}
		for _, lead := range n.Next[:min(few, len(n.Next))] {
			var ways []string
			for _, w := range lead.Lifts {
				ways = append(ways, fmt.Sprintf("%s (+%s: %s)", w.needs(), w.Points, w.Grade))
			}
			rows = append(rows, []string{lead.Lead, stageName(lead.Stage), lead.Grade, strings.Join(ways, ", ")})
		}
		s.table("llll", rows...)
	}
}

// also words a number that is only worth a word if it is not 0.
func also(n int64, format string) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(format, thousands(n))
}

// needs lists what a way takes, without the names of dimensions.
func (w *Way) needs() string {
	var all []string
	for _, n := range w.Needs {
		_, name, _ := strings.Cut(n.Rule, "/")
		if n.Activities > 1 {
			name = fmt.Sprintf("%d × %s", n.Activities, name)
		}
		all = append(all, name)
	}
	return strings.Join(all, " and ")
}
