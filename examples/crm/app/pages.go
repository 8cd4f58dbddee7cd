package app

import (
	"context"
	"time"

	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/handoff"
	"github.com/leadloop/leadloop/scoring"
)

// A Row is a lead in a list.
type Row struct {
	ID      string
	Label   string // name and company
	Channel string // that brought it in
	Grade   string
	Points  scoring.Points
	Why     []string // the rules that weigh most, such as "fit/mid_size +25"
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

// An InboxFilter is a list of leads: "offered", "working", "opportunities" for sales; also "returned", "nurturing", "new" for marketing.
type InboxFilter struct {
	Name, Label string
	Count       int64
}

// Inbox lists the leads that a user has to see to.
func (a *App) Inbox(ctx context.Context, by User, q InboxQuery) (Inbox, error) { return Inbox{}, nil }

// A Page is all that the page of a lead shows.
type Page struct {
	Row
	Fields      []Field
	Created     time.Time
	Suppressed  time.Time // zero: it is not
	Case        handoff.Case
	Score       scoring.Score // as of now, with its lines
	Model       int           // version that it was scored by
	NextChange  scoring.NextChange
	Lifts       []scoring.Lift // what would bring the next grade
	Adjustments []scoring.Adjustment
	Journey     []JourneyStep // newest first, at most 200
	Activities  int64         // in all
	History     []Entry       // newest first
	Pending     []PendingEffect
	Actions     []Action
}

// A Field is one of a lead's fields.
type Field struct{ Name, Label, Value string }

// A JourneyStep is an activity.
type JourneyStep struct {
	At                              time.Time
	Kind, Channel, Campaign, Detail string
	Cost                            int64
}

// An Entry is an event of the log, in words.
type Entry struct {
	handoff.Event
	Text    string // such as "recycled by ann: no budget"
	Detail  string // note and fields of the feedback
	Decided string // the versions that it was decided under
}

// A PendingEffect is an effect that is not carried out yet, or given up.
type PendingEffect struct {
	Key, Kind, State, Error string
	Attempts                int64
	Next                    time.Time
}

// Lead gives the page of a lead; [store.ErrNotFound] if there is none.
func (a *App) Lead(ctx context.Context, by User, id string) (Page, error) { return Page{}, nil }

// A Pipeline is the funnel with the leads that stand in it.
type Pipeline struct {
	Stages []PipelineStage
}

// A PipelineStage is a stage with its leads.
type PipelineStage struct {
	Stage   funnel.Stage
	Label   string
	Leads   int64
	Revenue int64 // won in it
	Rows    []Row // that changed last, at most 10
}

// Pipeline gives the stages in the order of the funnel.
func (a *App) Pipeline(ctx context.Context, by User) (Pipeline, error) { return Pipeline{}, nil }

// Diagram is the funnel's, in Mermaid and in DOT.
func (a *App) Diagram() (mermaid, dot string) { return "", "" }

// Search finds leads by a part of name or company, at most 50, the newest first.
func (a *App) Search(ctx context.Context, by User, text string) ([]Row, error) { return nil, nil }
