package app

import (
	"context"
	"fmt"
	"time"

	"github.com/leadloop/leadloop/examples/crm/store"
	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/handoff"
	"github.com/leadloop/leadloop/handoff/worktime"
	"github.com/leadloop/leadloop/scoring"
)

// A Row is a lead in a list.
type Row struct {
	ID      string
	Label   string // name and company
	Channel string // that brought it in
	Grade   string
	Points  scoring.Points
	Why     []string // the rules that weigh most, such as "mid_size +25"
	Stage   funnel.Stage
	Status  handoff.Status
	Owner   string
	Track   string
	Due     time.Time // shown to people; zero: nothing is due
	Until   time.Time // the latest instant that is in time
	Owed    string    // what is due then, such as "answer to the offer"
	Overdue bool
	Changed time.Time
	Version int64
}

// An InboxQuery says which rows an inbox shows.
type InboxQuery struct {
	Filter string // one of the user's [Inbox].Filters; "" is the first
	After  string // [Inbox].Next of the page before
	Limit  int    // rows; 0 is 50, at most 200
}

// An Inbox is a page of what a user has to see to, the most urgent first.
type Inbox struct {
	Filters []InboxFilter // that the user's role has, with their counts
	Filter  string        // that is shown
	Rows    []Row
	Next    string // for the next page; "" if this is the last
}

// An InboxFilter is a list of leads.
type InboxFilter struct {
	Name, Label string
	Count       int64
}

// inboxes are the lists of each role.
var inboxes = map[Role][]struct {
	name, label string
	list        store.List
}{
	Sales:     salesLists,
	Admin:     append(salesLists[:len(salesLists):len(salesLists)], marketingLists[1:]...),
	Marketing: marketingLists,
}

type inboxList = struct {
	name, label string
	list        store.List
}

var salesLists = []inboxList{
	{"offered", "Offered", store.List{Stages: []funnel.Stage{funnel.MQL}, Status: handoff.StatusOpen}},
	{"working", "In work", store.List{Stages: []funnel.Stage{funnel.SAL, funnel.SQL}}},
	{"opportunities", "Opportunities", store.List{Stages: []funnel.Stage{funnel.Opportunity}, Newest: true}},
}

var marketingLists = []inboxList{
	{"offered", "With sales, unanswered", store.List{Stages: []funnel.Stage{funnel.MQL}}},
	{"returned", "Returned", store.List{Stages: []funnel.Stage{funnel.Recycled}, Newest: true}},
	{"nurturing", "Coming back next", store.List{Stages: []funnel.Stage{funnel.Recycled}}},
	{"new", "Inquiries", store.List{Stages: []funnel.Stage{funnel.Inquiry}, Newest: true}},
	{"out", "Disqualified", store.List{Stages: []funnel.Stage{funnel.Disqualified}, Newest: true}},
}

// Inbox lists the leads that a user has to see to.
func (a *App) Inbox(ctx context.Context, by User, q InboxQuery) (Inbox, error) {
	var out Inbox
	var shown *store.List
	for _, known := range inboxes[by.Role] {
		list := known.list
		if by.Role == Sales {
			list.Owner = by.ID
		}
		count, err := a.store.CountCases(ctx, list)
		if err != nil {
			return out, err
		}
		out.Filters = append(out.Filters, InboxFilter{known.name, known.label, count})
		if shown == nil && (q.Filter == "" || q.Filter == known.name) {
			shown, out.Filter = &list, known.name
		}
	}
	if shown == nil {
		return out, fmt.Errorf("inbox: %w", errRequest)
	}
	limit := min(q.Limit, 200)
	if limit <= 0 {
		limit = 50
	}
	shown.Limit, shown.After = limit+1, q.After
	rows, err := a.store.Cases(ctx, *shown)
	if err != nil {
		return out, err
	}
	if len(rows) > limit {
		rows, out.Next = rows[:limit], rows[limit-1].Cursor
	}
	for i := range rows {
		out.Rows = append(out.Rows, a.row(&rows[i].Lead, &rows[i].Case))
	}
	return out, nil
}

func (a *App) row(l *store.Lead, c *handoff.Case) Row {
	r := Row{
		ID: l.ID, Label: l.Label, Channel: l.Channel, Grade: l.Grade, Points: scoring.Points(l.Points), Why: l.Why, Stage: c.Stage, Status: c.Status,
		Owner: c.Owner, Track: c.Track, Changed: c.Last, Version: c.Version,
	}
	if r.Changed.IsZero() {
		r.Changed = l.Newest
	}
	due, owed := owed(c)
	r.Due, r.Until, r.Owed = due.Due, due.MetUntil, owed
	r.Overdue = !r.Until.IsZero() && a.now().After(r.Until)
	return r
}

// owed is what is due next, and when.
func owed(c *handoff.Case) (worktime.Deadline, string) {
	var next worktime.Deadline
	what := ""
	for _, d := range []struct {
		deadline worktime.Deadline
		what     string
	}{
		{c.Deadlines.Accept, "answer to the offer"}, {c.Deadlines.Offer, "next offer"}, {c.Deadlines.Touch, "first attempt at contact"},
		{c.Deadlines.Attempts, "agreed attempts at contact"}, {c.Deadlines.Feedback, "outcome: qualified, recycled or disqualified"},
		{worktime.Deadline{Due: c.Deadlines.Wake, MetUntil: c.Deadlines.Wake}, "comes back"},
	} {
		if !d.deadline.MetUntil.IsZero() && (what == "" || d.deadline.MetUntil.Before(next.MetUntil)) {
			next, what = d.deadline, d.what
		}
	}
	return next, what
}

// Search finds leads by a part of name or company, at most 50, the newest first.
func (a *App) Search(ctx context.Context, by User, text string) ([]Row, error) {
	leads, err := a.store.Search(ctx, text, 50)
	if err != nil {
		return nil, err
	}
	var rows []Row
	for i := range leads {
		c, err := a.store.Case(ctx, leads[i].ID)
		if err != nil {
			return nil, err
		}
		rows = append(rows, a.row(&leads[i], &c))
	}
	return rows, nil
}
