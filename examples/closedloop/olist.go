package main

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// The two files of the data set "Marketing Funnel by Olist", and the columns that are read. The others of the second file
// (segment, lead type, behaviour profile, stock, catalogue size …) are known only once a deal is won. They say nothing
// about a lead that is still open, so scoring must not see them, and this program does not read them.
const (
	olistLeads = "olist_marketing_qualified_leads_dataset.csv"
	olistDeals = "olist_closed_deals_dataset.csv"
)

var (
	olistLeadColumns = []string{"mql_id", "first_contact_date", "landing_page_id", "origin"}
	olistDealColumns = []string{"mql_id", "sdr_id", "sr_id", "won_date", "declared_monthly_revenue"}
)

// olistLead is one row of the first file, and its deal if there is one.
type olistLead struct {
	id, origin, page string
	contact          time.Time // a day: the data has no time of day
	line             int
	deal             *olistDeal
}

// olistDeal is one row of the second file.
type olistDeal struct {
	sdr, sr  string
	won      time.Time
	declared int64 // cents per month that the seller said it turns over; not revenue of this company
	line     int
}

// negative says that the deal is dated on a day before the lead's first contact.
func (l *olistLead) negative() bool { return l.deal != nil && l.deal.won.Before(l.contact) }

// oddity is what there is to say of such a deal.
func (l *olistLead) oddity() problem {
	return problem{olistDeals, l.deal.line, fmt.Sprintf("the deal was won on %s, before the lead's first contact on %s (%s:%d)",
		dateOf(l.deal.won), dateOf(l.contact), olistLeads, l.line), "counted as won, left out of every duration"}
}

// olistData is everything read: the leads by first contact then id, and what is odd about the files but no error.
type olistData struct {
	leads  []olistLead
	oddity []problem
	latest time.Time // of all dates in the data
}

// readOlist reads both files. The error is a [problems] with every mistake in them.
func readOlist(dir string) (*olistData, error) {
	var wrong problems
	data := &olistData{}
	index := map[string]int{}
	readable := false // every lead's id is; else the deal of a broken row would be reported as well
	kind := tableKind{required: olistLeadColumns, advice: "give -olist the folder that holds the two Olist files"}
	if t := openTable(dir, olistLeads, kind, &wrong); t != nil {
		data.readLeads(t, index)
		readable = !t.lost
	}
	kind.required = olistDealColumns
	if t := openTable(dir, olistDeals, kind, &wrong); t != nil {
		data.readDeals(t, index, readable)
	}
	if err := wrong.err(); err != nil {
		return nil, err
	}
	if len(data.leads) == 0 {
		return nil, fmt.Errorf("%s: no leads in the file, give -olist a folder with data", olistLeads)
	}
	slices.SortFunc(data.leads, func(a, b olistLead) int {
		if c := a.contact.Compare(b.contact); c != 0 {
			return c
		}
		return strings.Compare(a.id, b.id)
	})
	return data, nil
}

func (data *olistData) readLeads(t *table, index map[string]int) {
	lines := map[string]int{}
	for t.next() {
		l := olistLead{
			id: strings.Clone(t.get("mql_id")), origin: strings.Clone(t.get("origin")),
			page: strings.Clone(t.get("landing_page_id")), line: t.line, contact: t.date("first_contact_date", time.DateOnly),
		}
		if l.id == "" {
			t.bad("no id", "give every lead its id", "mql_id is empty")
			t.lost = true
			continue
		}
		if first, twice := lines[l.id]; twice {
			t.bad("the lead is there already", "remove one of the two rows", "lead %s is there already at line %d", shown(l.id, shownLetters), first)
			continue
		}
		lines[l.id] = l.line
		index[l.id] = len(data.leads)
		data.leads = append(data.leads, l)
		data.see(l.contact)
	}
	data.cutOff(t)
}

func (data *olistData) readDeals(t *table, index map[string]int, readable bool) {
	for t.next() {
		id := t.get("mql_id")
		d := olistDeal{
			sdr: strings.Clone(t.get("sdr_id")), sr: strings.Clone(t.get("sr_id")), line: t.line,
			won: t.date("won_date", time.DateTime),
		}
		d.declared = t.cents("declared_monthly_revenue")
		i, ok := index[id]
		if !ok {
			if readable || id == "" {
				t.bad("unknown lead", "add the lead to "+olistLeads+" or remove the deal", "unknown lead %s", quoted(id))
			}
			continue
		}
		if other := data.leads[i].deal; other != nil {
			t.bad("the lead has a deal already", "remove one of the two rows", "lead %s has a deal already at line %d", shown(id, shownLetters), other.line)
			continue
		}
		data.leads[i].deal = &d
		data.see(d.won)
	}
	data.cutOff(t)
}

func (data *olistData) see(at time.Time) {
	if at.After(data.latest) {
		data.latest = at
	}
}

// cutOff notes a file whose last line is not ended: it reads well, and yet it may be shorter than it was.
func (data *olistData) cutOff(t *table) {
	if t.noFinal() {
		data.oddity = append(data.oddity, problem{t.file, t.line, "the last line has no line end", "check that the file is whole"})
	}
}
