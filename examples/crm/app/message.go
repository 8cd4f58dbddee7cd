package app

import (
	"context"
	"fmt"
	"time"
)

// A Message is something that a web site, a server or a file tells about a lead: what it did, who it is, or both.
type Message struct {
	ID        string    // unique; the same id twice is one message
	User      string    // the sender's id of the person; this, Anonymous or both
	Anonymous string    // the sender's id of a visitor it does not know yet
	At        time.Time // when it happened; zero is now, the future is now
	Kind      string    // of the activity, as the model names it, such as "pricing_view"; "" is none
	Channel   string    // of marketing that brought it about, such as "paid search"; "" is none
	Campaign  string
	Cost      int64             // of the touch, in minor units
	Detail    string            // such as the page
	Fields    map[string]string // of the lead, by their names in [FieldNames]; "" takes one away
}

// FieldNames are the fields of a lead that may be given, in the order of pages.
var FieldNames = []string{"name", "email", "phone", "company", "account", "title", "seniority", "industry", "employees", "country"}

// A FieldError says which field of which message can't be taken, and why.
type FieldError struct {
	Index   int    // of the message
	Field   string // such as "fields.employees" or "messageId"
	Problem string // what to do about it; holds no value
}

func (e *FieldError) Error() string {
	return fmt.Sprintf("message %d: %s: %s", e.Index, e.Field, e.Problem)
}

// Ingested says what became of a batch.
type Ingested struct {
	Messages   int // of the batch
	Known      int // of them, those that had come before
	Activities int // stored
	Leads      int // new
}

// MaxBatch is how many messages [App.Ingest] takes at once.
const MaxBatch = 5000

// Ingest stores a batch of messages in one transaction. It is idempotent by [Message].ID. A message that can't be taken refuses the
// whole batch with a [*FieldError]. Leads are scored afterwards, by the scheduler.
func (a *App) Ingest(ctx context.Context, batch []Message) (Ingested, error) { return Ingested{}, nil }
