package main

import (
	"fmt"
	"strings"
)

// This file writes the sections that only the whole loop has: hand-over, reasons, agreement and revenue.

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
	s.heading("WHY LEADS CAME BACK       and the side that it counts against; beside it, what came of the leads that were recycled")
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
				Rate{reason.Count, all}.String(), bar(reason.Count, most, 8), side(reason.AtFault)})
		}
		if rest > 0 {
			rows = append(rows, []string{"", fmt.Sprintf("%d other reasons", len(list)-shown), thousands(rest), Rate{rest, all}.String(), bar(rest, most, 8), ""})
		}
	}
	s.beside("llrrll", rows, "lrrr", r.yields(max(0, len(rows)-2)))
	var faults []string
	for _, f := range r.Faults {
		faults = append(faults, fmt.Sprintf("%s %s", side(f.Side), f.Returns))
	}
	if len(faults) > 0 {
		s.line("  rejections by side at fault: " + strings.Join(faults, ", "))
	}
	if c := r.Recycling; c != nil {
		s.line(fmt.Sprintf("  recycling in all: %s leads (%s of MQLs), %s handed over again, %s won later for %s",
			thousands(c.Recycled.Count), c.Recycled, c.Again, Rate{c.Won.Count, c.Won.Of}, money(c.Revenue)))
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
	s.paragraph("  ", "the bar shows linear; sales outbound is sales' own: no marketing model credits it; sourced and influenced are never added")
	for _, share := range r.Shares {
		s.line(fmt.Sprintf("  %-32s %9s   %s of %s", share.Name, share.Revenue, money(share.Revenue.Count), money(share.Revenue.Of)))
	}
}

// thousand writes cents in thousands of euros with one decimal.
func thousand(cents int64) string {
	tenths := (cents + 5_000) / 10_000
	return thousands(tenths/10) + "." + fmt.Sprint(tenths%10)
}
