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
	if r.Simulated {
		header += fmt.Sprintf(" of %s accounts, %s activities, seed %d", thousands(r.Accounts), thousands(r.Activities), *r.Seed)
	}
	s.line(header + ". What is open is \"not yet\", never lost.")
	s.WriteString(r.headline())
	r.textWaterfall(s)
	r.textOrigins(s)
	r.textCohorts(s)
	r.textOffers(s)
	r.textReasons(s)
	r.textAgreement(s)
	r.textRevenue(s)
	r.textRules(s)
	r.textPeople(s)
	r.textProblems(s)
	r.textConservation(s)
	return s.String()
}

// headline is the result in two lines.
func (r *Report) headline() string {
	revenue := "revenue undefined: the data does not have it (a seller's declared turnover is no revenue of the marketplace)"
	if r.Revenue != nil {
		revenue = "revenue " + money(*r.Revenue)
		for _, share := range r.Shares {
			if share.Name == "sourced, by first_touch" {
				revenue += ", " + share.Revenue.String() + " of it sourced by marketing"
			}
		}
	}
	won := fmt.Sprintf("%s won (%s of leads), median time to win of those %s", thousands(r.Won), Rate{r.Won, r.Leads}, spanOf(r.TimeToWin.Median))
	return won + "; " + revenue + ".\n"
}

func (r *Report) textWaterfall(s *sheet) {
	s.heading("WATERFALL                 leads that ever reached the stage; time of completed visits to it")
	rows := [][]string{{"stage", "leads", "", "of stage before", "median in stage", "90 % within", "are here now"}}
	now := map[string]int64{}
	for _, p := range r.Standing {
		now[p.Stage] = p.Leads
	}
	for _, step := range r.Waterfall {
		conversion, median, p90 := "", spanOf(step.InStage.Median), spanOf(step.InStage.P90)
		if step.Conversion != nil {
			conversion = step.Conversion.String()
		}
		if step.Stage == "won" {
			median, p90 = "", ""
		}
		rows = append(rows, []string{stageName(step.Stage), thousands(step.Leads), bar(step.Leads, r.Leads, 24), conversion, median, p90,
			thousands(now[step.Stage])})
		delete(now, step.Stage)
	}
	s.table("lrlrrrr", rows...)
	var aside []string
	for _, p := range r.Standing {
		if n, ok := now[p.Stage]; ok {
			aside = append(aside, fmt.Sprintf("%s %s", stageName(p.Stage), thousands(n)))
		}
	}
	if len(aside) > 0 {
		s.line("  aside now: " + strings.Join(aside, ", "))
	}
	if c := r.Recycling; c != nil {
		s.line(fmt.Sprintf("  recycling: %s leads nurtured (%s of MQLs), %s handed over again, %s won later for %s",
			thousands(c.Recycled.Count), c.Recycled, c.Again, Rate{c.Won.Count, c.Won.Of}, money(c.Revenue)))
	}
}

// stageName is how practitioners write a stage.
func stageName(stage string) string {
	switch stage {
	case "mql", "sal", "sql":
		return strings.ToUpper(stage)
	}
	return stage
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
		rows = append(rows, []string{originName(name), thousands(o.Leads), thousands(o.Won), o.Rate.String(), bar(o.Rate.tenths(), most, 24)})
	}
	s.table("lrrrl", rows...)
}

func (r *Report) textCohorts(s *sheet) {
	if r.Cohorts == nil {
		return
	}
	s.heading("BY MONTH OF FIRST CONTACT         won so far; young months have had less time")
	rows := [][]string{{"month", "leads", "won", "rate", "", "median to win", "90 % within", "of"}}
	var most int64
	for _, c := range r.Cohorts {
		most = max(most, c.Won.tenths())
	}
	for _, c := range r.Cohorts {
		rows = append(rows, []string{c.Month, thousands(c.Leads), thousands(c.Won.Count), c.Won.String(), bar(c.Won.tenths(), most, 16),
			spanOf(c.TimeToWin.Median), spanOf(c.TimeToWin.P90), thousands(c.TimeToWin.Count)})
	}
	rows = append(rows, []string{"all", thousands(r.Leads), thousands(r.Won), Rate{r.Won, r.Leads}.String(), "",
		spanOf(r.TimeToWin.Median), spanOf(r.TimeToWin.P90), thousands(r.TimeToWin.Count)})
	s.table("lrrrlrrr", rows...)
}

func (r *Report) textOffers(s *sheet) {
	o := r.Offers
	if o == nil {
		return
	}
	s.heading("HAND-OVER                 offers to sales people; a lead may have several")
	rows := [][]string{}
	for _, p := range []Part{{"accepted", o.Accepted}, {"auto-accepted", o.AutoAccepted}, {"rejected", o.Rejected}, {"expired", o.Expired},
		{"withdrawn", o.Withdrawn}, {"open, not yet", o.Open}} {
		rows = append(rows, []string{p.Name, thousands(p.Value), Rate{p.Value, o.Offers}.String(), bar(p.Value, o.Offers, 24)})
	}
	s.table("lrrl", rows...)
	s.line(fmt.Sprintf("  acceptance rate %s (%s of %s decided or expired offers)", o.Acceptance, thousands(o.Acceptance.Count), thousands(o.Acceptance.Of)))
}

// textReasons shows the most frequent reasons of each return.
func (r *Report) textReasons(s *sheet) {
	if r.Reasons == nil {
		return
	}
	s.heading("WHY LEADS CAME BACK       and the side that it counts against")
	rows := [][]string{}
	names := map[string]string{"reject": "rejected", "recycle": "recycled", "disqualify": "disqualified", "lose": "lost"}
	for _, back := range []string{"reject", "recycle", "disqualify", "lose"} {
		var list []Reason
		var all, rest, most int64
		shown := 3
		if back == "reject" {
			shown = 5
		}
		for _, reason := range r.Reasons {
			if reason.Return == back {
				list = append(list, reason)
				all += reason.Count
				most = max(most, reason.Count)
			}
		}
		if len(list) > shown+1 {
			for _, reason := range list[shown:] {
				rest += reason.Count
			}
			most = max(most, rest)
		}
		for i, reason := range list {
			if i >= shown && len(list) > shown+1 {
				break
			}
			label := ""
			if i == 0 {
				label = fmt.Sprintf("%s %s", thousands(all), names[back])
			}
			rows = append(rows, []string{label, strings.ReplaceAll(reason.Reason, "_", " "), thousands(reason.Count),
				Rate{reason.Count, all}.String(), bar(reason.Count, most, 12), side(reason.AtFault)})
		}
		if rest > 0 {
			rows = append(rows, []string{"", fmt.Sprintf("%d other reasons", len(list)-shown), thousands(rest), Rate{rest, all}.String(), bar(rest, most, 12), ""})
		}
	}
	s.table("llrrll", rows...)
	var faults []string
	for _, f := range r.Faults {
		faults = append(faults, fmt.Sprintf("%s %s", side(f.Side), f.Returns))
	}
	if len(faults) > 0 {
		s.line("  rejections by side at fault: " + strings.Join(faults, ", "))
	}
}

func side(s string) string {
	if s == "none" {
		return "nobody"
	}
	return s
}

func (r *Report) textAgreement(s *sheet) {
	if r.Promises == nil {
		return
	}
	s.heading("THE AGREEMENT             what sales promised (business time)        what marketing promised (new MQLs to date)")
	var left, right [][]string
	for _, p := range r.Promises {
		left = append(left, []string{p.Name, "in " + p.Within, p.Met.String(), fmt.Sprintf("%s of %s", thousands(p.Met.Count), thousands(p.Met.Of)),
			fmt.Sprintf("%d open", p.Open)})
	}
	for _, d := range r.Delivery {
		right = append(right, []string{"by " + d.By, d.Delivered.String(), fmt.Sprintf("%s of %s due", thousands(d.Delivered.Count), thousands(d.Delivered.Of))})
	}
	s.beside("lrrrr", left, "lrr", right)
	rows := [][]string{{"speed to lead (wall clock)", "median", "90 %"}}
	for _, b := range r.Speed[0].Bands {
		rows[0] = append(rows[0], b.Name)
	}
	rows[0] = append(rows[0], "not yet")
	for _, sp := range r.Speed {
		row := []string{"from " + sp.From, spanOf(sp.Median), spanOf(sp.P90)}
		for _, b := range sp.Bands {
			row = append(row, b.Leads.String())
		}
		rows = append(rows, append(row, thousands(sp.NotYet)))
	}
	s.table("lrrrrrrrr", rows...)
}

func (r *Report) textRevenue(s *sheet) {
	if r.Channels == nil {
		return
	}
	s.heading("REVENUE BY CHANNEL        thousand euros by attribution model, touches of the 180 days before the deal; cost per MQL in euros")
	head := []string{"channel", "leads", "MQL", "won", "cost", "per MQL"}
	for _, m := range models {
		head = append(head, m.heading)
	}
	rows := [][]string{append(head, "")}
	total := Channel{}
	sums := make([]int64, len(models))
	var most int64
	for _, c := range r.Channels {
		most = max(most, r.Attributed["linear"][c.Channel])
	}
	line := func(c Channel, amounts []int64, bars string) {
		per := "undefined"
		if c.CostPer != nil {
			per = thousands((*c.CostPer + 50) / 100)
		}
		row := []string{c.Channel, thousands(c.Leads), thousands(c.MQL), thousands(c.Won), thousand(c.Cost), per}
		for _, a := range amounts {
			row = append(row, thousand(a))
		}
		rows = append(rows, append(row, bars))
	}
	for _, c := range r.Channels {
		var amounts []int64
		for i, m := range r.Models {
			amount := r.Attributed[m][c.Channel]
			amounts = append(amounts, amount)
			sums[i] += amount
		}
		line(c, amounts, bar(r.Attributed["linear"][c.Channel], most, 10))
		total.Leads += c.Leads
		total.MQL += c.MQL
		total.Won += c.Won
		total.Cost += c.Cost
	}
	row := []string{unattributed, "", "", "", "", ""}
	for i, m := range r.Models {
		row = append(row, thousand(r.Attributed[m][unattributed]))
		sums[i] += r.Attributed[m][unattributed]
	}
	rows = append(rows, append(row, ""))
	total.Channel = "all"
	if total.MQL > 0 {
		per := (total.Cost + total.MQL/2) / total.MQL
		total.CostPer = &per
	}
	line(total, sums, "")
	s.table("lrrrrrrrrrrrl", rows...)
	s.line("  the bar shows linear; sales outbound is sales' own, so that no marketing model credits it; sourced and influenced are never added")
	for _, share := range r.Shares {
		s.line(fmt.Sprintf("  %-32s %9s   %s of %s", share.Name, share.Revenue, money(share.Revenue.Count), money(share.Revenue.Of)))
	}
}

// thousand writes cents in thousands of euros with one decimal.
func thousand(cents int64) string {
	tenths := (cents + 5_000) / 10_000
	return thousands(tenths/10) + "." + fmt.Sprint(tenths%10)
}

func (r *Report) textRules(s *sheet) {
	s.heading("DOES THE SCORE TELL?      grade at the hand-over, and what came of it")
	accepted := "accepted"
	if !r.Simulated {
		accepted = ""
	}
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
		points := rule.Points
		if !strings.HasPrefix(points, "-") {
			points = "+" + points
		}
		row := []string{rule.Rule, points}
		if both {
			row = append(row, cells(*rule.Acceptance)...)
		}
		rows = append(rows, append(row, cells(rule.Win)...))
	}
	s.table(layout, rows...)
	s.paragraph(r.Target)
}

func (r *Report) textPeople(s *sheet) {
	if r.Simulated || len(r.People) == 0 {
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
	rows := [][]string{}
	for _, f := range r.Problems {
		where := ""
		if f.Where != "" {
			where = " (" + f.Where + ")"
		}
		rows = append(rows, []string{thousands(f.Count), f.What + where + ": " + f.Done})
	}
	s.table("rl", rows...)
}

func (r *Report) textConservation(s *sheet) {
	s.heading("CONSERVATION              nothing is lost on the way")
	verdict := func(holds bool) string {
		if holds {
			return "holds "
		}
		return "BROKEN"
	}
	holds, won, named := true, int64(0), []string{}
	for _, b := range r.Conservation.Lines {
		if b.Unit == "cents" {
			holds, won = holds && b.Holds, b.Whole
			named = append(named, strings.TrimPrefix(b.Name, "revenue, "))
			continue
		}
		var parts []string
		for _, p := range b.Parts {
			parts = append(parts, thousands(p.Value)+" "+strings.ReplaceAll(p.Name, "_", "-"))
		}
		if len(parts) > 9 {
			parts = append(parts[:0], fmt.Sprintf("the sum of all %d", len(b.Parts)))
		}
		s.line(fmt.Sprintf("  %s  %s %s = %s", verdict(b.Holds), thousands(b.Whole), b.Name, strings.Join(parts, " + ")))
	}
	if len(named) > 0 {
		s.line(fmt.Sprintf("  %s  %s won = what all channels earned, to the cent, under each of %s", verdict(holds), cents(won), strings.Join(named, ", ")))
	}
}
