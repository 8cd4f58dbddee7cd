package main

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/leadloop/leadloop/funnel"
)

// This file reads a company's own leads, activities and deals from three CSV files. What the columns mean stands in README.md.

// The columns, and those that no file may lack.
var (
	leadColumns = []string{"lead_id", "created", "account_id", "channel", "source", "industry", "employees", "country", "seniority", "free_mail", "email", "phone",
		"phone_at", "mql_at", "sal_at", "sql_at", "recycled_at", "disqualified_at", "reason", "deal_id"}
	activityColumns = []string{"lead_id", "at", "kind", "channel", "campaign", "cost", "side", "event", "stage", "person", "reason"}
	dealColumns     = []string{"deal_id", "lead_id", "opened", "closed", "outcome", "is_closed", "is_won", "amount", "person", "reason"}
)

const requiredColumns = 2 // the first ones, of leads and activities; of deals only the first

// ownLead is a row of the leads.
type ownLead struct {
	id        string
	view      Lead // as it is known now
	channel   int32
	account   uint32
	size      int8 // place in [sizes]; -1: not given
	line      int32
	created   time.Time
	phoneAt   time.Time // since when the telephone is known; zero: always
	staged    bool      // the activities say when it entered which stage
	firstRow  int32     // of its rows
	afterRows int32
}

// rowKind is what a row of the activities or the deals is.
type rowKind uint8

// The kinds of rows, in the order in which those of the same second happened.
const (
	didRow          rowKind = iota // the lead did something
	expiredRow                     // nobody answered the offer in time
	rejectedRow                    // the person declined
	withdrawnRow                   // it was merged, or law or consent demanded it
	attemptedRow                   // a person tried to reach it
	reachedRow                     // and did
	movedRow                       // it entered a stage
	offeredRow                     // it was offered to a person
	acceptedRow                    // who accepted it
	autoAcceptedRow                // it was accepted because nobody answered
)

// eventNames are the events of the activities.
var eventNames = map[string]rowKind{
	"offered": offeredRow, "accepted": acceptedRow, "auto_accepted": autoAcceptedRow, "rejected": rejectedRow, "expired": expiredRow,
	"withdrawn": withdrawnRow, "attempted": attemptedRow, "reached": reachedRow, "moved": movedRow,
}

// ownRow is one thing that happened to a lead. Texts are numbers of [ownData.text].
type ownRow struct {
	at                                       int64 // seconds, as [time.Time.Unix]
	cents                                    int64 // what a touch cost, or a won deal brought
	lead                                     uint32
	line                                     int32
	activity, channel, campaign, person, why uint32
	kind                                     rowKind
	stage                                    uint8 // entered, a place in [ownData.stages]; 0: none
	from                                     fromFile
	sales                                    bool // a touch of sales' own
}

// fromFile is where a row comes from. Of the same second, a lead's deeds come first, and what deals say last.
type fromFile uint8

const (
	fromActivities fromFile = iota // a deed of the lead
	fromDates                      // a date in its row
	fromEvents                     // an event in the activities
	fromDeals
)

// ownData is all that was read.
type ownData struct {
	mapping  *mapping
	leads    []ownLead
	rows     []ownRow // by lead, in the order of time
	accounts int
	channels []string // those that leads came by, in the order of the report
	stages   []funnel.Stage
	reasons  map[string]bool // of the catalogue
	latest   time.Time
	offers   bool // the activities say what was offered to whom
	wrong    problems
	odd      []Finding
	young    int64 // leads that came in after the as-of date

	index  map[string]uint32   // of leads by their id
	byDeal map[string][]uint32 // the leads that name a deal
	number map[string]uint32
	text   []string
}

// readOwnData reads the three files. Without lenient the error is a [problems] with every mistake in them.
func readOwnData(dir string, m *mapping, lenient bool) (*ownData, error) {
	d := newOwnData(m)
	d.wrong.lenient = lenient
	readable := false // every lead's id is; else whatever a broken row did would be reported as well
	for _, file := range []struct {
		names    *fileMapping
		columns  []string
		required int
		read     func(*table, bool)
	}{
		{&m.Leads, leadColumns, requiredColumns, d.readLeads},
		{&m.Activities, activityColumns, requiredColumns, d.readActivities},
		{&m.Deals, dealColumns, 1, d.readDeals},
	} {
		kind := tableKind{
			required: file.columns[:file.required], optional: file.columns[file.required:], mapping: m, names: file.names,
			advice: "give -data the folder that holds " + m.Leads.File + ", " + m.Activities.File + " and " + m.Deals.File + "; a file of which you have nothing needs but its first line",
		}
		t := openTable(dir, file.names.File, kind, &d.wrong)
		if t != nil {
			if lenient && file.names != &m.Activities { // activities have no ids
				t.differing = differingRows(dir, file.names.File, file.columns[0], kind)
			}
			file.read(t, readable || lenient)
			readable = readable || file.names == &m.Leads && !t.lost
			if t.noFinal() {
				d.oddity("the last line has no line end", 1, t.file, t.line, "check that the file is whole")
			}
		}
	}
	if err := d.wrong.err(); err != nil {
		return nil, err
	}
	if len(d.leads) == 0 {
		return nil, d.wrong.nothingLeft(m.Leads.File)
	}
	return d, nil
}

func newOwnData(m *mapping) *ownData {
	d := &ownData{mapping: m, index: map[string]uint32{}, byDeal: map[string][]uint32{}, number: map[string]uint32{"": 0}, text: []string{""}, reasons: map[string]bool{}}
	d.stages = []funnel.Stage{""}
	standard := funnel.Standard()
	for _, s := range standard.Stages {
		d.stages = append(d.stages, s.Name)
	}
	for _, r := range standard.Reasons {
		d.reasons[string(r.Code)] = true
	}
	return d
}

// oddity counts what is odd, and no mistake.
func (d *ownData) oddity(what string, count int64, file string, line int, done string) {
	for i := range d.odd {
		if d.odd[i].What == what && strings.HasPrefix(d.odd[i].Where, file) {
			d.odd[i].Count += count
			return
		}
	}
	d.odd = append(d.odd, Finding{what, count, fmt.Sprintf("%s:%d", file, line), done})
}

// named is the number of a text, which is kept once.
func (d *ownData) named(text string) uint32 {
	n, ok := d.number[text]
	if !ok {
		text = strings.Clone(text)
		n = uint32(len(d.text))
		d.number[text] = n
		d.text = append(d.text, text)
	}
	return n
}

// kept is a text of which all equal ones share the memory.
func (d *ownData) kept(text string) string { return d.text[d.named(text)] }

func (d *ownData) see(at time.Time) {
	if at.After(d.latest) {
		d.latest = at
	}
}

func (d *ownData) readLeads(t *table, _ bool) {
	accounts := map[string]uint32{}
	for t.next() {
		id := t.text("lead_id")
		l := ownLead{line: int32(t.line), created: t.instant("created"), phoneAt: t.instant("phone_at"), size: -1}
		l.view = Lead{
			Account: d.kept(t.text("account_id")), Source: d.kept(t.text("source")), Industry: d.kept(t.text("industry")), Country: d.kept(t.text("country")),
			Seniority: d.kept(t.text("seniority")), FreeMail: t.flag("free_mail") || freeMail(t.text("email")), HasPhone: t.text("phone") != "",
		}
		l.view.Employees, l.size = d.employees(t)
		l.channel = int32(d.named(cmp.Or(t.text("channel"), notGiven)))
		if s := l.view.Source; s != "" && s != "marketing" && s != "sales" {
			t.bad("source is neither marketing nor sales", "write marketing or sales, or translate it in the mapping", "source is neither marketing nor sales: %s", quoted(s))
		}
		d.checkLead(t, id, &l)
		dates := d.dates(t, &l)
		if t.broken {
			t.lost = t.lost || id == ""
			if _, known := d.index[id]; !known && id != "" && !t.wrong.lenient {
				d.index[id] = 0 // its row is wrong, and yet there is such a lead
			}
			continue
		}
		number := uint32(len(d.leads))
		l.id = strings.Clone(id)
		l.view.ID = l.id
		d.index[l.id] = number
		var known bool
		if l.account, known = accounts[l.view.Account]; !known || l.view.Account == "" {
			l.account = uint32(d.accounts)
			d.accounts++
			accounts[l.view.Account] = l.account
		}
		if deal := t.text("deal_id"); deal != "" {
			deal = strings.Clone(deal)
			d.byDeal[deal] = append(d.byDeal[deal], number)
		}
		for _, row := range dates {
			row.lead = number
			d.see(time.Unix(row.at, 0).UTC())
			d.rows = append(d.rows, row)
		}
		d.see(l.created)
		d.leads = append(d.leads, l)
	}
}

// checkLead refuses what no lead may be.
func (d *ownData) checkLead(t *table, id string, l *ownLead) {
	switch first, twice := d.index[id]; {
	case id == "":
		t.bad("lead_id is empty", "give every lead its id", "lead_id is empty")
	case t.differing[id]:
		t.bad("the lead is there in rows that differ", "", "")
	case twice && int(first) < len(d.leads) && d.leads[first].id == id:
		t.bad("the lead is there already", "remove one of the two rows", "lead %s is there already at line %d", shown(id, shownLetters), d.leads[first].line)
	case l.created.IsZero() && !t.broken:
		t.bad("created is empty", "say when the lead came in", "created is empty")
	}
}

// headcount is a number with or without groups of three, and zeroFraction what spreadsheets add to it.
var (
	headcount    = regexp.MustCompile(`^(\d+|\d{1,3}((,\d{3})+|(\.\d{3})+|( \d{3})+|('\d{3})+|(’\d{3})+))$`)
	zeroFraction = regexp.MustCompile(`[.,]0{1,2}$`)
)

// employees reads a number of employees and its place in [sizes]. What could be a broken number, or several, is refused.
func (d *ownData) employees(t *table) (int, int8) {
	text := t.text("employees")
	if text == "" {
		return 0, -1
	}
	digits := text
	if at := zeroFraction.FindStringIndex(text); at != nil && !strings.Contains(text[:at[0]], text[at[0]:at[0]+1]) {
		digits = text[:at[0]]
	}
	if headcount.MatchString(digits) {
		digits = strings.NewReplacer(",", "", ".", "", " ", "", "'", "", "’", "").Replace(digits)
		if n, err := strconv.ParseUint(digits, 10, 31); err == nil {
			return int(n), int8(sizeOf(int(n)))
		}
	}
	t.bad("employees is not a number", "write a number such as 250 or 1,200", "employees is not a number: %s", quoted(text))
	return 0, -1
}

// freeMails are domains where everybody has an address, and nobody a company.
var freeMails = map[string]bool{
	"aol.com": true, "gmail.com": true, "gmx.at": true, "gmx.ch": true, "gmx.de": true, "gmx.net": true, "googlemail.com": true, "hotmail.com": true,
	"icloud.com": true, "live.com": true, "mail.com": true, "mail.ru": true, "me.com": true, "msn.com": true, "outlook.com": true, "proton.me": true,
	"protonmail.com": true, "qq.com": true, "t-online.de": true, "web.de": true, "yahoo.com": true, "yandex.ru": true,
}

// freeMail looks at the domain of an address alone. Nothing of it is kept.
func freeMail(address string) bool {
	_, domain, _ := strings.Cut(address, "@")
	return freeMails[folded(domain)]
}

// dates makes the dates of stages in a lead's row into rows of their own. Where a date has no time of day, a stage of the same
// day as the one before came after it all the same.
func (d *ownData) dates(t *table, l *ownLead) (rows []ownRow) {
	var latest time.Time
	for _, entered := range []struct {
		column string
		stage  funnel.Stage
	}{{"mql_at", funnel.MQL}, {"sal_at", funnel.SAL}, {"sql_at", funnel.SQL}, {"recycled_at", funnel.Recycled}, {"disqualified_at", funnel.Disqualified}} {
		at := t.instant(entered.column)
		if at.IsZero() {
			continue
		}
		if at.Before(latest) && d.mapping.isDate(at) && d.mapping.sameDay(at, latest) {
			at = latest
		}
		if at.After(latest) {
			latest = at
		}
		row := ownRow{at: at.Unix(), line: l.line, kind: movedRow, from: fromDates, stage: d.stage(entered.stage)}
		if entered.stage == funnel.Recycled || entered.stage == funnel.Disqualified {
			row.why = d.why(t)
		}
		rows = append(rows, row)
	}
	return rows
}

func (d *ownData) stage(s funnel.Stage) uint8 { return uint8(slices.Index(d.stages, s)) }

// why is the reason of a return. What the catalogue does not have counts as "other".
func (d *ownData) why(t *table) uint32 {
	text := t.text("reason")
	if text == "" {
		return 0
	}
	if !d.reasons[text] {
		d.oddity("the reason is none of the catalogue's", 1, t.file, t.line, "counted as other; translate it in the mapping")
		text = string(funnel.ReasonOther)
	}
	return d.named(text)
}
