package main

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/leadloop/leadloop/funnel"
)

// This file reads what happened to leads: the activities and the deals.

// known finds the lead that a row is of: the first of a list of ids that there is.
func (d *ownData) known(t *table, ids string, readable bool) (uint32, bool) {
	for id := range strings.SplitSeq(ids, ";") {
		if number, ok := d.index[strings.TrimSpace(id)]; ok {
			return number, true
		}
	}
	if readable || ids == "" {
		t.bad("unknown lead", "add the lead to "+d.mapping.Leads.File+" or remove the row", "unknown lead %s", quoted(ids))
	}
	return 0, false
}

func (d *ownData) readActivities(t *table, readable bool) {
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
		}
		var ok bool
		if row.lead, ok = d.known(t, t.text("lead_id"), readable); !ok || t.broken {
			continue
		}
		if row.kind == offeredRow {
			d.offers = true
		}
		d.see(at)
		d.rows = append(d.rows, row)
	}
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

func (d *ownData) readDeals(t *table, readable bool) {
	if !t.has("outcome") && (!t.has("is_closed") || !t.has("is_won")) {
		t.wrong.add(t.file, 1, "add it, or is_closed and is_won", "missing column %q", t.names.called("outcome")[0])
		t.close()
		return
	}
	lines := map[string]int{}
	for t.next() {
		id := t.text("deal_id")
		opened, closed := t.instant("opened"), t.instant("closed")
		end := ownRow{line: int32(t.line), kind: movedRow, from: fromDeals, cents: t.cents("amount"), person: d.named(t.text("person"))}
		if first, twice := lines[id]; id == "" {
			t.bad("deal_id is empty", "give every deal its id", "deal_id is empty")
		} else if twice {
			t.bad("the deal is there already", "remove one of the two rows", "deal %s is there already at line %d", shown(id, shownLetters), first)
		}
		outcome := d.outcome(t)
		switch {
		case t.broken:
		case outcome == "" && opened.IsZero():
			t.bad("an open deal with no beginning", "say when it was opened", "an open deal with no beginning")
		case outcome != "" && closed.IsZero():
			t.bad("a closed deal with no end", "say when it was closed", "the deal is %s, and nobody knows since when", outcome)
		}
		ids := t.text("lead_id")
		lead, ok := d.byDeal[id]
		if !ok {
			lead, ok = d.known(t, ids, readable)
		}
		if t.broken || !ok {
			continue
		}
		lines[strings.Clone(id)] = t.line
		begin := ownRow{lead: lead, line: end.line, kind: movedRow, from: fromDeals, person: end.person, stage: d.stage(funnel.Opportunity)}
		end.lead = lead
		d.enterDeal(t, begin, end, opened, closed, outcome)
	}
}

// outcome is how a deal ended: won, lost, or "" for not yet.
func (d *ownData) outcome(t *table) funnel.Stage {
	switch text := t.text("outcome"); text {
	case "open":
		return ""
	case "won", "lost":
		return funnel.Stage(text)
	case "":
		if !t.has("is_closed") || !t.has("is_won") {
			t.bad("no outcome", "write open, won or lost", "outcome is empty")
			return ""
		}
	default:
		t.bad("unknown outcome", "write open, won or lost, or translate it in the mapping", "unknown outcome %s", quoted(text))
		return ""
	}
	switch won, closed := t.flag("is_won"), t.flag("is_closed"); {
	case won:
		return funnel.Won
	case closed:
		return funnel.Lost
	}
	return ""
}

// enterDeal adds the steps of a deal.
func (d *ownData) enterDeal(t *table, begin, end ownRow, opened, closed time.Time, outcome funnel.Stage) {
	if outcome != "" && !opened.IsZero() && closed.Before(opened) {
		if sameDay(opened, closed) { // a date without a time of day
			closed = opened
		} else {
			opened = closed
			d.oddity("the deal was closed before the day on which it was opened", 1, t.file, t.line, "counted as opened when it was closed")
		}
	}
	if !opened.IsZero() {
		begin.at = opened.Unix()
		d.see(opened)
		d.rows = append(d.rows, begin)
	}
	if outcome == "" {
		return // what its end may be is not known yet
	}
	end.at, end.stage = closed.Unix(), d.stage(outcome)
	d.see(closed)
	if outcome == funnel.Lost {
		end.cents, end.why = 0, d.why(t)
	} else {
		if end.cents == 0 {
			d.oddity("a won deal has no amount", 1, t.file, t.line, "counted as won for nothing")
		}
		if end.person == 0 {
			d.oddity("a won deal names no person", 1, t.file, t.line, "counted for nobody")
		}
	}
	d.rows = append(d.rows, end)
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
	d.channels = sortedKeys(seen)
	for i := range d.leads {
		l := &d.leads[i]
		at, _ := slices.BinarySearch(d.channels, d.text[l.channel])
		l.channel = int32(at)
		d.begin(l)
	}
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

// begin lets a lead come in before it enters a stage.
func (d *ownData) begin(l *ownLead) {
	rows, moved := d.rows[l.firstRow:l.afterRows], false
	for i := range rows {
		r := &rows[i]
		at := time.Unix(r.at, 0).UTC()
		if r.kind == didRow || !at.Before(l.created) {
			continue
		}
		if sameDay(at, l.created) { // a date without a time of day
			r.at, moved = l.created.Unix(), true
		} else {
			d.oddity("the lead entered a stage before it came in", 1, d.mapping.Leads.File, int(l.line), "counted as come in when it did")
			l.created = at
		}
	}
	if moved {
		slices.SortFunc(rows, d.inOrder)
	}
}
