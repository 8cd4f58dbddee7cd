package main

import (
	"slices"
	"strings"
	"time"

	"github.com/leadloop/leadloop/funnel"
)

// This file reads the deals. A lead may have several: each is steps of the lead, and brings its own amount.

func (d *ownData) readDeals(t *table, readable bool) {
	if !t.has("outcome") && (!t.has("is_closed") || !t.has("is_won")) {
		t.wrong.add(t.file, 1, "add it, or is_closed and is_won", "missing column %q", t.names.called("outcome")[0])
		t.close()
		return
	}
	lines := map[string]int{}
	won := int64(0)
	for t.next() {
		id := t.text("deal_id")
		opened, closed := t.instant("opened"), t.instant("closed")
		end := ownRow{line: int32(t.line), kind: movedRow, from: fromDeals, cents: t.cents("amount"), person: d.named(t.text("person"))}
		switch first, twice := lines[id]; {
		case id == "":
			t.bad("deal_id is empty", "give every deal its id", "deal_id is empty")
		case t.differing[id]:
			t.bad("the deal is there in rows that differ", "", "")
		case twice:
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
		lead, ok := d.owner(t, id, readable)
		if t.broken || !ok {
			continue
		}
		lines[strings.Clone(id)] = t.line
		begin := ownRow{lead: lead, line: end.line, kind: movedRow, from: fromDeals, person: end.person, stage: d.stage(funnel.Opportunity)}
		end.lead = lead
		if outcome == funnel.Won {
			won = min(won+end.cents, maxAmount+1)
		}
		d.enterDeal(t, begin, end, opened, closed, outcome)
	}
	t.bound("amount", won)
}

// owner is the lead that a deal is of: the one that the deal names; else the one that names the deal, of several the one that
// came in first.
func (d *ownData) owner(t *table, deal string, readable bool) (uint32, bool) {
	ids, claims := t.text("lead_id"), d.byDeal[deal]
	lead, known := d.find(ids)
	if !known && len(claims) == 0 {
		return d.known(t, ids, readable)
	}
	if known {
		listed := strings.Split(ids, ";")
		for _, claim := range claims {
			if !t.broken && !slices.ContainsFunc(listed, func(id string) bool { return strings.TrimSpace(id) == d.leads[claim].id }) {
				d.oddity("a lead names a deal that names another lead", 1, t.file, t.line, "counted for the lead that the deal names")
			}
		}
		return lead, true
	}
	lead = slices.MinFunc(claims, func(a, b uint32) int {
		if c := d.leads[a].created.Compare(d.leads[b].created); c != 0 {
			return c
		}
		return strings.Compare(d.leads[a].id, d.leads[b].id)
	})
	if t.broken {
		return lead, true
	}
	if ids != "" {
		d.oddity("the deal names an unknown lead, and a lead names the deal", 1, t.file, t.line, "counted for the lead that names the deal")
	}
	if others := int64(len(claims) - 1); others > 0 {
		d.oddity("a lead names a deal that another lead names, too", others, t.file, t.line, "counted for the lead that came in first; the other has no deal by it")
	}
	return lead, true
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
		if d.mapping.isDate(closed) && d.mapping.sameDay(opened, closed) {
			closed = opened
		} else {
			opened = closed
			d.oddity("the deal was closed before it was opened", 1, t.file, t.line, "counted as opened when it was closed")
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
