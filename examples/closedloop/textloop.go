package main

import (
	"cmp"
	"fmt"
	"slices"
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
	rows := [][]string{{"speed to lead (by the wall clock)", "median", "90 %"}}
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
	s.heading("CHANNELS                  what they cost and brought; touches of the 180 days before a deal; thousand euros, cost per MQL in euros")
	rows := [][]string{{"channel", "leads", "MQL", "won", "cost", "per MQL", "sourced", "influenced", "linear", "return", ""}}
	total := Channel{}
	var most, linear int64
	for _, c := range r.Channels {
		most = max(most, c.Return.Count)
	}
	line := func(c Channel, influenced, bars string) {
		per := "undefined"
		if c.CostPer != nil {
			per = thousands((*c.CostPer + 50) / 100)
		}
		sourced, revenue, times := c.Sourced.String(), thousand(c.Return.Count), "undefined"
		if c.Sourced.Of == 0 {
			sourced, influenced, revenue, times = "", "", "", ""
		} else if c.Return.Of > 0 {
			times = tenths((c.Return.Count*20/c.Return.Of+1)/2) + " x"
		}
		rows = append(rows, []string{c.Channel, thousands(c.Leads), thousands(c.MQL), thousands(c.Won), thousand(c.Cost), per, sourced, influenced, revenue, times, bars})
	}
	for _, c := range r.Channels {
		line(c, c.Influenced.String(), bar(c.Return.Count, most, 12))
		total.Leads += c.Leads
		total.MQL += c.MQL
		total.Won += c.Won
		total.Cost += c.Cost
		total.Sourced.Count += c.Sourced.Count
		total.Sourced.Of = *r.Revenue
		linear += c.Return.Count
	}
	total.Channel, total.Return = "all", Rate{linear, total.Cost}
	if total.MQL > 0 {
		per := (total.Cost + total.MQL/2) / total.MQL
		total.CostPer = &per
	}
	line(total, "", "")
	s.table("lrrrrrrrrrl", rows...)
	own := "touches of sales are sales' own: no marketing model credits them; "
	if r.Simulated {
		own = "sales outbound is sales' own: no marketing model credits it; "
	}
	s.paragraph("  ", own+"sourced, by first touch, and influenced are never added; return: revenue by the linear model over cost")
	for _, share := range r.Shares {
		s.line(fmt.Sprintf("  %-32s %9s   %s of %s", share.Name, share.Revenue, money(share.Revenue.Count), money(share.Revenue.Of)))
	}
	r.textModels(s)
}

// textModels puts the models side by side, and beside the truth.
func (r *Report) textModels(s *sheet) {
	s.heading("REVENUE BY MODEL          percent of what each model attributes; off: what would have to change places to be the truth")
	names := r.credited()
	head := []string{"model"}
	for _, name := range names {
		head = append(head, shown(strings.NewReplacer("content syndication", "content", "organic search", "organic", "paid ", "").Replace(name), 10))
	}
	rows := [][]string{append(head, "off", "")}
	for _, m := range models {
		by := r.Attributed[m.key]
		all := int64(0)
		for _, name := range names {
			all += by[name]
		}
		row := []string{m.heading}
		for _, name := range names {
			row = append(row, Rate{by[name], all}.short())
		}
		rows = append(rows, append(row, r.Truth.off(m.key)...))
	}
	if r.Truth != nil {
		row := []string{"the truth"}
		for _, c := range r.Truth.Channels {
			row = append(row, c.Share.short())
		}
		rows = append(rows, append(row, "", ""))
	}
	s.table("l"+strings.Repeat("r", len(names)+1)+"l", rows...)
	if r.Truth != nil {
		s.paragraph("  ", fmt.Sprintf("the truth: what is won less in the same year without the channel (a market of %s leads from the same seed, lived through "+
			"once for each channel), in percent of all such losses", thousands(r.Truth.Leads)))
	}
}

// mostCredited is how many channels the table of the models has room for.
const mostCredited = 9

// credited are the channels of marketing that the table of the models shows: all of a simulation, and of other data those that the
// linear model gives most.
func (r *Report) credited() []string {
	if r.Simulated {
		return channels[:len(channels)-1] // sales outbound is sales' own
	}
	by := r.Attributed["linear"]
	var list []string
	for _, c := range r.Channels {
		if by[c.Channel] > 0 {
			list = append(list, c.Channel)
		}
	}
	slices.SortStableFunc(list, func(a, b string) int { return cmp.Compare(by[b], by[a]) })
	return list[:min(len(list), mostCredited)]
}

// off says how far a model is from the truth, with a bar; both are empty where nobody knows.
func (t *Truth) off(model string) []string {
	if t == nil {
		return []string{"", ""}
	}
	off, judged := t.Off[model]
	if !judged {
		return []string{"undefined", ""}
	}
	best, worst := off, off
	for _, other := range t.Off {
		best, worst = min(best, other), max(worst, other)
	}
	bars := bar(int64(off), int64(worst), 12)
	if off == best {
		bars += " nearest"
	}
	return []string{decimal(int64(off)), bars}
}

// thousand writes cents in thousands of euros with one decimal.
func thousand(cents int64) string { return tenths((cents + 5_000) / 10_000) }

// tenths writes tenths with thousands separated.
func tenths(n int64) string { return thousands(n/10) + "." + fmt.Sprint(n%10) }
