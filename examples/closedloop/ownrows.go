package main

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/leadloop/leadloop/funnel"
)

// This file reads what happened to leads, the activities, and puts everything in order.

// find finds the first of a list of ids that there is.
func (d *ownData) find(ids string) (uint32, bool) {
	for id := range strings.SplitSeq(ids, ";") {
		if number, ok := d.index[strings.TrimSpace(id)]; ok {
			return number, true
		}
	}
	return 0, false
}

// known finds the lead that a row is of.
func (d *ownData) known(t *table, ids string, readable bool) (uint32, bool) {
	if number, ok := d.find(ids); ok {
		return number, true
	}
	if readable || ids == "" {
		t.bad("unknown lead", "add the lead to "+d.mapping.Leads.File+" or remove the row", "unknown lead %s", quoted(ids))
	}
	return 0, false
}

func (d *ownData) readActivities(t *table, readable bool) {
	cost := int64(0)
	for t.next() {
		row := ownRow{line: int32(t.line), cents: t.cents("cost")}
		at := t.instant("at")
		row.at = at.Unix()
		if at.IsZero() && !t.broken {
			t.bad("at is empty", "say when it happened", "at is empty")
		}
		d.readEvent(t, &row)
		if row.kind == didRow {
			row.activity, row.channel, row.campaign = d.named(t.text("kind")), d.named(t.text("channel")), d.named(t.text("campaign"))
			if row.activity == 0 && row.channel == 0 && !t.broken {
				t.bad("the row says nothing", "give it a kind or a channel, an event or a stage", "the row says nothing")
			}
		} else {
			row.from = fromEvents
			row.person, row.why = d.named(t.text("person")), d.why(t)
			if row.cents > 0 || t.text("kind")+t.text("channel")+t.text("campaign") != "" {
				t.bad("a touch beside an event or a stage", "write what the lead did, with channel and cost, in a row of its own", "the row is both a touch and an event or stage")
			}
		}
		var ok bool
		if row.lead, ok = d.known(t, t.text("lead_id"), readable); !ok || t.broken {
			continue
		}
		if row.kind == offeredRow {
			d.offers = true
		}
		d.see(at)
		cost = min(cost+row.cents, maxAmount+1)
		d.rows = append(d.rows, row)
	}
	t.bound("cost", cost)
}

// readEvent reads what a row of the activities says of sales' side.
func (d *ownData) readEvent(t *table, row *ownRow) {
	if text := t.text("stage"); text != "" {
		at := slices.Index(d.stages, funnel.Stage(text))
		if at < 0 {
			t.bad("unknown stage", "write "+joined(d.stages[1:])+", or translate it in the mapping", "unknown stage %s", quoted(text))
			return
		}
		row.stage, row.kind = uint8(at), movedRow
		if s := d.stages[at]; s == funnel.Opportunity || s == funnel.Won || s == funnel.Lost {
			t.bad("the stage is a matter of the deals", "remove the row: "+d.mapping.Deals.File+" says when opportunities begin and end", "stage %s is a matter of the deals", s)
		}
	}
	if text := t.text("event"); text != "" {
		kind, ok := eventNames[text]
		if !ok {
			t.bad("unknown event", "write "+strings.Join(sortedKeys(eventNames), ", ")+", or translate it in the mapping", "unknown event %s", quoted(text))
			return
		}
		if kind == movedRow && row.stage == 0 {
			t.bad("no stage", "name the stage that the lead entered", "the lead moved to no stage")
		}
		row.kind = kind
	}
	switch side := t.text("side"); side {
	case "", "marketing":
	case "sales":
		row.sales = true
	default:
		t.bad("side is neither marketing nor sales", "write marketing or sales", "side is neither marketing nor sales: %s", quoted(side))
	}
}

// joined lists stages.
func joined(stages []funnel.Stage) string {
	var list []string
	for _, s := range stages {
		list = append(list, string(s))
	}
	return strings.Join(list, ", ")
}

// until leaves out the leads that came in after an instant, and all about them.
func (d *ownData) until(asOf time.Time) {
	kept := make([]int64, len(d.leads)) // their new numbers
	var leads []ownLead
	accounts := map[uint32]uint32{}
	for i := range d.leads {
		l := d.leads[i]
		if l.created.After(asOf) {
			kept[i] = -1
			d.young++
			continue
		}
		account, known := accounts[l.account]
		if !known {
			account = uint32(len(accounts))
			accounts[l.account] = account
		}
		l.account = account
		kept[i] = int64(len(leads))
		leads = append(leads, l)
	}
	d.leads, d.accounts = leads, len(accounts)
	d.rows = slices.DeleteFunc(d.rows, func(r ownRow) bool { return kept[r.lead] < 0 })
	for i := range d.rows {
		d.rows[i].lead = uint32(kept[d.rows[i].lead])
	}
}

// arrange puts the rows in order, and leaves out the dates of leads whose stages the activities tell.
func (d *ownData) arrange() {
	for i := range d.rows {
		if r := &d.rows[i]; r.from == fromEvents && r.stage != 0 {
			d.leads[r.lead].staged = true
		}
	}
	d.rows = slices.DeleteFunc(d.rows, func(r ownRow) bool { return r.from == fromDates && d.leads[r.lead].staged })
	slices.SortFunc(d.rows, d.inOrder)
	for i := range d.rows {
		l := &d.leads[d.rows[i].lead]
		if l.afterRows == 0 {
			l.firstRow = int32(i)
		}
		l.afterRows = int32(i + 1)
	}
	seen := map[string]bool{}
	for i := range d.leads {
		seen[d.text[d.leads[i].channel]] = true
	}
	for i := range d.rows {
		if r := &d.rows[i]; r.channel != 0 {
			seen[d.text[r.channel]] = true
		}
	}
	d.channels = inReportOrder(seen)
	places := map[string]int32{}
	for i, name := range d.channels {
		places[name] = int32(i)
	}
	for i := range d.leads {
		l := &d.leads[i]
		l.channel = places[d.text[l.channel]]
		d.begin(l)
	}
}

// inReportOrder puts channels in the order of the report: those of [channels] as they stand there, then the others by their names.
func inReportOrder(seen map[string]bool) []string {
	list := sortedKeys(seen)
	slices.SortStableFunc(list, func(a, b string) int {
		place := func(name string) int { return (slices.Index(channels, name) + len(channels) + 1) % (len(channels) + 1) }
		return cmp.Compare(place(a), place(b))
	})
	return list
}

// inOrder is the order of rows: by lead and time, and what happened in the same second as it must have. It does not depend on
// the order of the rows in their files.
func (d *ownData) inOrder(a, b ownRow) int {
	if c := cmp.Or(cmp.Compare(a.lead, b.lead), cmp.Compare(a.at, b.at), cmp.Compare(a.from, b.from), cmp.Compare(a.kind, b.kind), cmp.Compare(a.stage, b.stage)); c != 0 {
		return c
	}
	for _, texts := range [][2]uint32{{a.activity, b.activity}, {a.channel, b.channel}, {a.campaign, b.campaign}, {a.person, b.person}, {a.why, b.why}} {
		if c := strings.Compare(d.text[texts[0]], d.text[texts[1]]); c != 0 {
			return c
		}
	}
	return cmp.Compare(a.cents, b.cents)
}

// begin lets a lead come in before it enters a stage, and counts stages whose dates run backwards.
func (d *ownData) begin(l *ownLead) {
	rows, dated := d.rows[l.firstRow:l.afterRows], false
	sameDay := func(at time.Time) bool { return d.mapping.isDate(at) && d.mapping.sameDay(at, l.created) }
	for i := range rows {
		r := &rows[i]
		at := time.Unix(r.at, 0).UTC()
		switch {
		case r.kind == didRow || !at.Before(l.created):
		case sameDay(at):
			dated = true
		default:
			d.oddity("the lead entered a stage before it came in", 1, d.mapping.Leads.File, int(l.line), "counted as come in when it did")
			l.created = at
		}
	}
	for i := range rows {
		r := &rows[i]
		if at := time.Unix(r.at, 0).UTC(); dated && r.kind != didRow && at.Before(l.created) && sameDay(at) {
			r.at = l.created.Unix()
		}
	}
	if dated {
		slices.SortFunc(rows, d.inOrder)
	}
	highest, last := uint8(0), d.stage(funnel.SQL)
	for i := range rows {
		if r := &rows[i]; r.from == fromDates && r.stage <= last {
			if r.stage < highest {
				d.oddity("a stage is dated before the one that comes before it", 1, d.mapping.Leads.File, int(l.line), "taken in the order of the dates")
			}
			highest = max(highest, r.stage)
		}
	}
}
