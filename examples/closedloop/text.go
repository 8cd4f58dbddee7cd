package main

import (
	"fmt"
	"strings"
)

// text writes the report for people: everything on a page or two, numbers before words.
func (r *Report) text() string {
	s := &sheet{}
	s.line(strings.ToUpper(r.Title))
	s.line(r.Notice)
	header := fmt.Sprintf("%s to %s: %s leads", r.From, r.AsOf, thousands(r.Leads))
	if r.Accounts > 0 {
		header += fmt.Sprintf(" of %s accounts, %s activities, %s scores", thousands(r.Accounts), thousands(r.Activities), thousands(r.Scores))
	}
	if r.Simulated {
		header += fmt.Sprintf(", seed %d", *r.Seed)
	}
	s.line(header + ".")
	r.headline(s)
	r.textWaterfall(s)
	r.textOrigins(s)
	r.textSegments(s)
	r.textJourneys(s)
	r.textOffers(s)
	r.textReasons(s)
	r.textAgreement(s)
	r.textGoals(s)
	r.textRevenue(s)
	r.textRules(s)
	r.textReview(s)
	r.textOutlook(s)
	r.textPeople(s)
	r.textProposals(s)
	r.textProblems(s)
	r.textConservation(s)
	return s.String()
}

// headline is the result in a few lines.
func (r *Report) headline(s *sheet) {
	revenue := "revenue undefined: the data does not have it"
	if r.Revenue != nil {
		revenue = "revenue " + money(*r.Revenue)
		for _, share := range r.Shares {
			if share.Name == "sourced, by first_touch" && share.Revenue.Of > 0 {
				revenue += ", " + share.Revenue.String() + " of it marketing's (first touch)"
			}
		}
	}
	won := fmt.Sprintf("%s won (%s of leads), median time to win %s", thousands(r.Won), Rate{r.Won, r.Leads}, reached(r.TimeToWin.Median.Time, r.TimeToWin.Spells))
	s.paragraph("", won+"; "+revenue+".")
	if r.Offers == nil {
		s.line("The data has no offers to sales people: acceptance, speed to lead and both sides' agreement are undefined.")
	}
	var wrong []string
	for _, rule := range r.Rules {
		if rule.Win.Finding == "contradicted" || rule.Acceptance != nil && rule.Acceptance.Finding == "contradicted" {
			wrong = append(wrong, fmt.Sprintf("%s (%s)", rule.Rule, signed(rule.Points)))
		}
	}
	if len(wrong) > 0 {
		s.paragraph("", "Scoring rules that the outcomes contradict: "+strings.Join(wrong, ", ")+".")
	}
}

// signed writes points with their sign.
func signed(points string) string {
	if strings.HasPrefix(points, "-") {
		return points
	}
	return "+" + points
}

func (r *Report) textOrigins(s *sheet) {
	if r.ByOrigin == nil {
		return
	}
	s.heading("BY ORIGIN")
	rows := [][]string{{"origin", "leads", "won", "rate", ""}}
	var most int64
	for _, o := range r.ByOrigin {
		most = max(most, o.Rate.tenths())
	}
	for _, name := range sortedOrigins(r.ByOrigin) {
		o := r.ByOrigin[name]
		rows = append(rows, []string{shown(originName(name), 40), thousands(o.Leads), thousands(o.Won), o.Rate.String(), bar(o.Rate.tenths(), most, 24)})
	}
	s.table("lrrrl", rows...)
}

// textRules says how leads of each grade fared, and then what the outcomes say of each rule.
func (r *Report) textRules(s *sheet) {
	if len(r.Rules) == 0 {
		return // nothing is scored
	}
	when, accepted := "the hand-over", "accepted"
	if r.Rules[0].Acceptance == nil {
		when, accepted = "the first contact", ""
	}
	s.heading("DOES THE SCORE TELL?      grade at " + when + ", and what came of it")
	rows := [][]string{{"grade", "leads", accepted, "won", "of closed", ""}}
	var most int64
	for _, g := range r.Grades {
		if g.Won.Of > 0 {
			most = max(most, g.Won.tenths())
		}
	}
	for _, g := range foldGrades(r.Grades) {
		accepted := ""
		if g.Accepted != nil {
			accepted = g.Accepted.String()
		}
		length := ""
		if g.Won.Of > 0 {
			length = bar(g.Won.tenths(), most, 24)
		}
		rows = append(rows, []string{g.Grade, thousands(g.Leads), accepted, g.Won.String(), thousands(g.Won.Of), length})
	}
	s.table("lrrrrl", rows...)
	r.textEvidence(s)
}

// foldGrades makes one line of the grades that hardly any lead had.
func foldGrades(all []Grade) []Grade {
	var sum int64
	for _, g := range all {
		sum += g.Leads
	}
	var kept, rare []Grade
	other := Grade{}
	for _, g := range all {
		if g.Leads*50 >= sum {
			kept = append(kept, g)
			continue
		}
		rare = append(rare, g)
		other.Leads += g.Leads
		other.Won.Count += g.Won.Count
		other.Won.Of += g.Won.Of
		if g.Accepted != nil {
			if other.Accepted == nil {
				other.Accepted = &Rate{}
			}
			other.Accepted.Count += g.Accepted.Count
			other.Accepted.Of += g.Accepted.Of
		}
	}
	if len(rare) < 2 {
		return all
	}
	other.Grade = fmt.Sprintf("%d others", len(rare))
	return append(kept, other)
}

// textEvidence sets the points that people agreed on against what came of the leads.
func (r *Report) textEvidence(s *sheet) {
	s.heading("WHICH RULES DO THE OUTCOMES SUPPORT?     precision: share of the rule's leads that turned out well; lift: over all leads")
	both := len(r.Rules) > 0 && r.Rules[0].Acceptance != nil
	rows := [][]string{{"rule", "points"}}
	layout := "lr"
	question := "won"
	if both {
		rows[0] = append(rows[0], "judged", "accepted", "lift", "")
		layout += "rrrl"
	}
	rows[0] = append(rows[0], "closed", question, "lift", "")
	layout += "rrrl"
	cells := func(e Evidence) []string {
		lift := "undefined"
		if e.Lift != nil {
			lift = fmt.Sprintf("%d.%02d", *e.Lift/100, *e.Lift%100)
		}
		finding := e.Finding
		switch finding {
		case "open":
			finding = "·"
		case "contradicted":
			finding = "CONTRADICTED"
		}
		return []string{thousands(e.Support.Count), e.Precision.String(), lift, finding}
	}
	for _, rule := range r.Rules {
		row := []string{rule.Rule, signed(rule.Points)}
		if both {
			row = append(row, cells(*rule.Acceptance)...)
		}
		rows = append(rows, append(row, cells(rule.Win)...))
	}
	s.table(layout, rows...)
	s.paragraph("  ", r.Target)
}

func (r *Report) textPeople(s *sheet) {
	if len(r.People) == 0 || r.People[0].Role == "" {
		return
	}
	s.heading("SALES PEOPLE              won deals; who had a lead that is still open is not in the data")
	for _, role := range []string{"sdr", "sr"} {
		var list []Person
		var all int64
		for _, p := range r.People {
			if p.Role == role {
				list = append(list, p)
				all += p.Won
			}
		}
		var top []string
		for _, p := range list[:min(5, len(list))] {
			top = append(top, fmt.Sprintf("%.8s %d", p.ID, p.Won))
		}
		s.line(fmt.Sprintf("  %-4s %d people, %s deals; most: %s", role, len(list), thousands(all), strings.Join(top, ", ")))
	}
}

func (r *Report) textProblems(s *sheet) {
	s.heading("DATA PROBLEMS             counted, never dropped")
	if len(r.Problems) == 0 {
		s.line("  none")
	}
	width := 0
	for _, f := range r.Problems {
		width = max(width, len(thousands(f.Count)))
	}
	for _, f := range r.Problems {
		where := ""
		if f.Where != "" {
			where = " (" + f.Where + ")"
		}
		s.paragraph(fmt.Sprintf("  %*s  ", width, thousands(f.Count)), f.What+where+": "+f.Done)
	}
}

func (r *Report) textConservation(s *sheet) {
	s.heading("CONSERVATION              nothing is lost on the way")
	verdict := func(holds bool) string {
		if holds {
			return "holds "
		}
		return "BROKEN"
	}
	won, models, broken := int64(0), 0, []string{}
	checks, wrong := 0, []string{}
	for _, b := range r.Conservation.Lines {
		if strings.HasPrefix(b.Name, payCheck) {
			s.line(fmt.Sprintf("  %s  %s of %s = its %d lines", verdict(b.Holds), cents(b.Whole), b.Name, len(b.Parts)))
			continue
		}
		if name, ok := strings.CutPrefix(b.Name, flowCheck); ok {
			checks++
			if !b.Holds {
				wrong = append(wrong, fmt.Sprintf("%s (%s counted, %s in flow)", name, thousands(b.Whole), thousands(b.Parts[0].Value)))
			}
			continue
		}
		if b.Unit == "cents" {
			won = b.Whole
			models++
			if !b.Holds {
				broken = append(broken, strings.TrimPrefix(b.Name, "revenue, "))
			}
			continue
		}
		var parts []string
		for _, p := range b.Parts {
			parts = append(parts, thousands(p.Value)+" "+strings.ReplaceAll(p.Name, "_", "-"))
		}
		if len(parts) > 9 {
			parts = append(parts[:0], fmt.Sprintf("the sum of all %d", len(b.Parts)))
		}
		s.paragraph("  "+verdict(b.Holds)+"  ", fmt.Sprintf("%s %s = %s", thousands(b.Whole), b.Name, strings.Join(parts, " + ")))
	}
	text := fmt.Sprintf("the %d figures of reached, here now and won that flow gives = those counted apart from it", checks)
	if len(wrong) > 0 {
		text += ", but not " + strings.Join(wrong, ", ")
	}
	s.paragraph("  "+verdict(len(wrong) == 0)+"  ", text)
	if models > 0 {
		text := fmt.Sprintf("%s won = what all channels earned, to the cent, under each of the %d models", cents(won), models)
		if len(broken) > 0 {
			text += ", but not under " + strings.Join(broken, ", ")
		}
		s.paragraph("  "+verdict(len(broken) == 0)+"  ", text)
	}
}
